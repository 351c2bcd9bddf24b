//! Who may see what.
//!
//! A call is made by an application, for one patient, on behalf of the patient or of a caregiver (RelatedPerson).
//! An application knows only the patients that it has brought; a caregiver sees only what a Consent grants.

mod caller;
mod consent;
mod gate;

pub use caller::{Acting, ApplicationId, ApplicationIdError, Caller, Right};
pub(crate) use consent::{check_consent, permit};
pub use gate::{Application, AssertionFault, Gate, Grant, TOKEN_SECONDS, random_token};
