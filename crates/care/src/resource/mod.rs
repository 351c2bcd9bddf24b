//! Resources of the patient side: their types, ids, references, and how they are read.

mod id;
mod reading;
mod reference;
mod stored;

pub use id::{CareId, CareIdError, CareKind};
pub use reading::read;
pub(crate) use reading::{code_in, instant_of, text_at};
pub use reference::ResourceReference;
pub use stored::{Body, Stored};
