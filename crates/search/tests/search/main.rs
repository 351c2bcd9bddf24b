//! The index against plain loops over the same data, and cases worth a name.

mod agreement;
mod local_times;
mod oracle;
mod persistence;
mod places;
mod random;
mod slots;
mod snapshots;
mod texts;
mod world;
