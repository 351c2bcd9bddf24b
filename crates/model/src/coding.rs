//! Coded values and business identifiers.

use serde::{Deserialize, Serialize};

/// The systems under which publishers write a National Provider Identifier, the canonical one first.
pub const NPI_SYSTEMS: [&str; 3] =
    ["http://hl7.org/fhir/sid/us-npi", "urn:oid:2.16.840.1.113883.4.6", "https://npiregistry.cms.hhs.gov"];

/// One coded value. Text without a code has only a display.
#[derive(Debug, Clone, PartialEq, Eq, Hash, PartialOrd, Ord, Default, Serialize, Deserialize)]
pub struct Coding {
    /// Canonical URL of the code system.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub system: Option<String>,
    /// The code within the system.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub code: Option<String>,
    /// What people read.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub display: Option<String>,
}

impl Coding {
    /// Whether both name the same code of the same system, whatever their display.
    pub fn is_same_code(&self, other: &Self) -> bool {
        self.code.is_some() && self.code == other.code && self.system == other.system
    }

    /// Adds a coding unless one of the same code (or, without a code, the same text) is there.
    pub fn add_to(self, list: &mut Vec<Self>) {
        let known = list.iter().any(|old| old.is_same_code(&self) || *old == self);
        if !known && (self.code.is_some() || self.display.is_some()) {
            list.push(self);
        }
    }
}

/// A business identifier.
#[derive(Debug, Clone, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
pub struct Identifier {
    /// The namespace, where given.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub system: Option<String>,
    /// The value; never empty.
    pub value: String,
}

impl Identifier {
    /// Whether this is a National Provider Identifier, under any of the systems in use.
    pub fn is_npi(&self) -> bool {
        self.system.as_deref().is_some_and(|system| {
            let system = system.trim_end_matches('/');
            NPI_SYSTEMS.iter().any(|known| without_scheme(known) == without_scheme(system))
        })
    }

    /// The same identifier under the canonical system, if it is a National Provider Identifier.
    pub fn canonical(mut self) -> Self {
        if self.is_npi() {
            self.system = Some(NPI_SYSTEMS[0].to_owned());
        }
        self
    }
}

/// Publishers write `http` and `https` for each other in the names of systems.
fn without_scheme(system: &str) -> &str {
    system.strip_prefix("https://").or_else(|| system.strip_prefix("http://")).unwrap_or(system)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn npis_are_known_under_every_system_in_use() {
        for (system, is_npi) in [
            ("http://hl7.org/fhir/sid/us-npi", true),
            ("https://hl7.org/fhir/sid/us-npi/", true),
            ("urn:oid:2.16.840.1.113883.4.6", true),
            ("https://npiregistry.cms.hhs.gov", true),
            ("http://hl7.org/fhir/sid/us-npi-2", false),
            ("http://hl7.org/fhir/sid/us-ssn", false),
            ("urn:oid:2.16.840.1.113883.4.60", false),
            ("", false),
        ] {
            let identifier = Identifier { system: Some(system.to_owned()), value: "1234567893".to_owned() };
            assert_eq!(identifier.is_npi(), is_npi, "{system}");
            let canonical = if is_npi { NPI_SYSTEMS[0] } else { system };
            assert_eq!(identifier.canonical().system.as_deref(), Some(canonical), "{system}");
        }
    }
}
