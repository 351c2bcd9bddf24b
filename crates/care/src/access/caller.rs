//! Who calls.

use std::fmt;
use std::str::FromStr;

use crate::resource::CareId;

/// An application that may call, as the operator named it.
#[derive(Debug, Clone, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct ApplicationId(String);

/// The text is no id of an application.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("is no id of an application: 1 to 64 letters, digits, dots, hyphens and underscores")]
pub struct ApplicationIdError;

impl ApplicationId {
    /// The id as text.
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl FromStr for ApplicationId {
    type Err = ApplicationIdError;

    fn from_str(text: &str) -> Result<Self, ApplicationIdError> {
        let is_legal = |byte: u8| byte.is_ascii_alphanumeric() || b".-_".contains(&byte);
        let is_id = (1..=64).contains(&text.len()) && text.bytes().all(is_legal);
        if is_id { Ok(Self(text.to_owned())) } else { Err(ApplicationIdError) }
    }
}

impl fmt::Display for ApplicationId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

/// On whose behalf an application calls.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Acting {
    /// The patient's own.
    Patient,
    /// A caregiver's: the id of a RelatedPerson of the patient.
    Caregiver(CareId),
}

/// Who calls, and for whom.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Caller {
    /// The application.
    pub application: ApplicationId,
    /// The patient whose data the call is about.
    pub patient: CareId,
    /// On whose behalf.
    pub acting: Acting,
}

/// What a call does to data.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Right {
    /// Sees them.
    Read,
    /// Makes or changes them.
    Change,
}

impl Right {
    /// The code of `consentaction` that grants it.
    pub(crate) const fn consent_action(self) -> &'static str {
        match self {
            Self::Read => "access",
            Self::Change => "correct",
        }
    }

    /// For messages.
    pub(crate) const fn as_str(self) -> &'static str {
        match self {
            Self::Read => "read",
            Self::Change => "change",
        }
    }
}
