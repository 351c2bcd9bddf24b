//! What can go wrong on the patient side.

use std::path::PathBuf;

use crate::resource::{CareId, CareKind};

/// What kind of fault an element has; the codes are those of FHIR's `issue-type`.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum FaultCode {
    /// It is not what FHIR R4 has there.
    Structure,
    /// It must be there.
    Required,
    /// Its value cannot be used.
    Value,
    /// It would break a rule, such as an order of states.
    BusinessRule,
}

impl FaultCode {
    /// The code.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Structure => "structure",
            Self::Required => "required",
            Self::Value => "value",
            Self::BusinessRule => "business-rule",
        }
    }
}

/// What is wrong with one element of what somebody sent.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Fault {
    /// Its kind.
    pub code: FaultCode,
    /// The element, as in `Task.owner.reference`.
    pub element: String,
    /// What is wrong and what would be right. For who sent it, never for a log: it may repeat what was sent.
    pub detail: String,
}

impl Fault {
    /// A fault of an element.
    pub fn new(code: FaultCode, element: impl Into<String>, detail: impl Into<String>) -> Self {
        Self { code, element: element.into(), detail: detail.into() }
    }
}

/// Why the patient side could not do what was asked.
#[derive(Debug, PartialEq, thiserror::Error)]
pub enum Error {
    /// The published booking link is not a URL.
    #[error("booking link `{link}` is not a URL: {reason}")]
    Link {
        /// The link as published.
        link: String,
        /// What the URL parser says.
        reason: url::ParseError,
    },
    /// The published booking link leads somewhere that a browser must not be sent to.
    #[error("booking link `{link}` has the scheme `{scheme}`; only http and https are followed")]
    Scheme {
        /// The link as published.
        link: String,
        /// Its scheme.
        scheme: String,
    },
    /// The database file cannot be used.
    #[error("{path} cannot be opened: {reason}")]
    Open {
        /// The file.
        path: PathBuf,
        /// What is wrong with it.
        reason: String,
    },
    /// A statement failed.
    #[error("the database of the patient side failed: {0}")]
    Database(#[from] rusqlite::Error),
    /// What the database holds cannot be read: it was not written by this program.
    #[error("{kind} {id} of the database of the patient side cannot be read; restore care.db from a copy")]
    Corrupt {
        /// Its type.
        kind: String,
        /// Its id.
        id: String,
    },
    /// The system gives no random numbers.
    #[error("the system gives no random numbers: {0}")]
    Random(String),
    /// No patient of this application has that id, or the caregiver is not one of this patient.
    #[error("this application knows no such patient, or the patient no such caregiver")]
    UnknownSubject,
    /// No consent grants it.
    #[error("no active consent of the patient lets this caregiver {right} {kind}")]
    NoConsent {
        /// `read` or `change`.
        right: &'static str,
        /// The resource type.
        kind: &'static str,
    },
    /// Only the patient may.
    #[error("only the patient may do that, no caregiver")]
    PatientOnly,
    /// There is no such resource in this patient's compartment.
    #[error("this patient has no {kind} `{id}`")]
    NotFound {
        /// Its type.
        kind: &'static str,
        /// The id that was asked for.
        id: String,
    },
    /// What was sent cannot be taken; at least one fault.
    #[error("what was sent has {} fault(s); the first: {}", .0.len(), .0.first().map_or("", |fault| &fault.detail))]
    Invalid(Vec<Fault>),
    /// Somebody else has changed it meanwhile.
    #[error("{kind} {id} is at version {current} by now; read it again")]
    VersionConflict {
        /// Its type.
        kind: CareKind,
        /// Which.
        id: CareId,
        /// Its version.
        current: u32,
    },
    /// A resource that only changes by what happens, or must stay.
    #[error("{kind} cannot be {what}; {instead}")]
    NotAllowed {
        /// Its type.
        kind: CareKind,
        /// What was asked for, as in `deleted`.
        what: &'static str,
        /// What to do instead.
        instead: &'static str,
    },
}

impl Error {
    /// One fault.
    pub fn invalid(code: FaultCode, element: impl Into<String>, detail: impl Into<String>) -> Self {
        Self::Invalid(vec![Fault::new(code, element, detail)])
    }
}

/// What the patient side gives back.
pub type Result<T, E = Error> = std::result::Result<T, E>;
