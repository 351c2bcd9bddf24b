//! Rides: a request for one, what fulfils it, and what a vendor says of it.

mod estimate;
mod request;
mod update;

pub use estimate::TravelEstimate;
pub use request::{ArrangedRide, Pickup, RideRequest};
pub(crate) use update::find_task;
pub use update::{RideStatus, RideUpdate};
