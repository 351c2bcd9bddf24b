//! From a slot to an appointment: an attempt is opened, the portal books, its answer comes back.

mod attempt;
mod facts;
mod outcome;
mod returning;
mod state;

pub use attempt::{AttemptRequest, OpenedAttempt};
pub use facts::{NamedReference, SlotFacts};
pub use outcome::BookingResult;
pub(crate) use returning::take;
pub use returning::{PortalReturn, ReturnRefusal, Returned};
pub(crate) use state::StateKey;
