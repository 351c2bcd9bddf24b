//! Types and ids.

use std::fmt;
use std::str::FromStr;

use crate::{Error, Result};

/// The types that the patient side keeps.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
#[allow(missing_docs, reason = "FHIR's own names")]
pub enum CareKind {
    Patient,
    RelatedPerson,
    Consent,
    Appointment,
    Task,
    ServiceRequest,
    Subscription,
}

impl CareKind {
    /// All of them; what others refer to comes first.
    pub const ALL: [Self; 7] = [
        Self::Patient,
        Self::RelatedPerson,
        Self::Consent,
        Self::Appointment,
        Self::ServiceRequest,
        Self::Task,
        Self::Subscription,
    ];

    /// FHIR's name of the type.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Patient => "Patient",
            Self::RelatedPerson => "RelatedPerson",
            Self::Consent => "Consent",
            Self::Appointment => "Appointment",
            Self::Task => "Task",
            Self::ServiceRequest => "ServiceRequest",
            Self::Subscription => "Subscription",
        }
    }
}

impl fmt::Display for CareKind {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.as_str())
    }
}

/// The text names no type of the patient side.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("is no 32 hexadecimal digits, or names no type of the patient side")]
pub struct CareIdError;

impl FromStr for CareKind {
    type Err = CareIdError;

    fn from_str(text: &str) -> Result<Self, CareIdError> {
        Self::ALL.into_iter().find(|kind| kind.as_str() == text).ok_or(CareIdError)
    }
}

/// The id of a resource of the patient side: 128 random bits, so that none can be guessed and none says anything.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct CareId(u128);

impl CareId {
    /// A new one.
    ///
    /// # Errors
    /// When the system gives no random numbers.
    pub fn random() -> Result<Self> {
        let mut bytes = [0; 16];
        getrandom::fill(&mut bytes).map_err(|error| Error::Random(error.to_string()))?;
        Ok(Self(u128::from_be_bytes(bytes)))
    }
}

impl fmt::Display for CareId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{:032x}", self.0)
    }
}

impl FromStr for CareId {
    type Err = CareIdError;

    fn from_str(text: &str) -> Result<Self, CareIdError> {
        let is_digit = |byte: u8| byte.is_ascii_digit() || (b'a'..=b'f').contains(&byte);
        if text.len() != 32 || !text.bytes().all(is_digit) {
            return Err(CareIdError);
        }
        u128::from_str_radix(text, 16).map(Self).map_err(|_| CareIdError)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn ids_are_read_as_they_are_written_and_nothing_else_is() {
        let id = CareId::random().expect("an id");
        assert_eq!(id.to_string().parse(), Ok(id));
        assert_ne!(CareId::random(), Ok(id));
        let text = id.to_string();
        for bad in ["", &text[1..], &format!("{text}0"), &format!("+{}", &text[1..]), &"F".repeat(32)] {
            assert_eq!(bad.parse::<CareId>(), Err(CareIdError), "{bad}");
        }
        for kind in CareKind::ALL {
            assert_eq!(kind.as_str().parse(), Ok(kind));
        }
    }
}
