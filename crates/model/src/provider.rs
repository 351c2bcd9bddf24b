//! Providers: who gives care.

use std::str::FromStr;

use serde::{Deserialize, Serialize};

use crate::{Coding, Identifier, PublicId, ResourceKind};

/// Which resource describes the provider.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum ProviderKind {
    /// A person.
    Practitioner,
    /// A person in a role at an organisation.
    PractitionerRole,
    /// A service of an organisation.
    HealthcareService,
}

impl ProviderKind {
    /// The name in the JSON API.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Practitioner => "practitioner",
            Self::PractitionerRole => "practitioner-role",
            Self::HealthcareService => "healthcare-service",
        }
    }

    /// The type of the resource.
    pub const fn resource_kind(self) -> ResourceKind {
        match self {
            Self::Practitioner => ResourceKind::Practitioner,
            Self::PractitionerRole => ResourceKind::PractitionerRole,
            Self::HealthcareService => ResourceKind::HealthcareService,
        }
    }
}

/// Administrative gender (FHIR `administrative-gender`).
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
#[allow(missing_docs, reason = "the codes of the value set")]
pub enum Gender {
    Female,
    Male,
    Other,
    Unknown,
}

impl Gender {
    /// Every code.
    pub const ALL: [Self; 4] = [Self::Female, Self::Male, Self::Other, Self::Unknown];

    /// The code.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Female => "female",
            Self::Male => "male",
            Self::Other => "other",
            Self::Unknown => "unknown",
        }
    }
}

impl FromStr for Gender {
    type Err = ();

    /// The code in any case.
    fn from_str(text: &str) -> Result<Self, ()> {
        Self::ALL.into_iter().find(|code| code.as_str().eq_ignore_ascii_case(text.trim())).ok_or(())
    }
}

/// Who gives care: a role, a person or a service, with what is known of the person and the organisation behind it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Provider {
    /// Published id of the resource.
    pub id: PublicId,
    /// Which resource it is.
    pub kind: ProviderKind,
    /// What people call it.
    #[serde(default)]
    pub name: Option<String>,
    /// The source's own identifiers, the person's included.
    #[serde(default)]
    pub identifiers: Vec<Identifier>,
    /// Specialties as published.
    #[serde(default)]
    pub specialties: Vec<Coding>,
    /// Languages spoken, BCP 47 as published.
    #[serde(default)]
    pub languages: Vec<String>,
    /// Administrative gender, where published.
    #[serde(default)]
    pub gender: Option<String>,
    /// Insurance networks, where published.
    #[serde(default)]
    pub networks: Vec<String>,
    /// Name of the organisation, where published.
    #[serde(default)]
    pub organization: Option<String>,
    /// Telephone numbers as published.
    #[serde(default)]
    pub phones: Vec<String>,
    /// National Provider Identifiers of the organisations and services that it works for: it is found by them, though
    /// they are not its own.
    #[serde(default)]
    pub organization_npis: Vec<String>,
    /// Comment or description, where published.
    #[serde(default)]
    pub description: Option<String>,
}

impl Provider {
    /// The National Provider Identifiers among the identifiers.
    pub fn npis(&self) -> impl Iterator<Item = &str> {
        self.identifiers.iter().filter(|identifier| identifier.is_npi()).map(|identifier| identifier.value.as_str())
    }
}
