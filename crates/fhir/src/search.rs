//! Search parameters of FHIR R4: which there are, and what a resource has for each.
//!
//! One table says all: the capability statement is made from it, requests are read against it, and the values of
//! resources are taken by it (HL7 FHIR R4, "Search Parameter Registry"; the parameters of Schedule, Slot and
//! HealthcareService as the pages of these resources have them).

mod parameters;
mod values;

use openslots_model::{PublicId, ResourceKind};

pub use parameters::{PARAMETERS, find_parameter, parameters_of};
pub use values::{SearchValue, fold_text, period_of, values_of};

/// The type of a search parameter.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[allow(missing_docs, reason = "the types of the specification")]
pub enum ParameterType {
    Token,
    Reference,
    String,
    Date,
    Special,
}

impl ParameterType {
    /// The code of the type.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Token => "token",
            Self::Reference => "reference",
            Self::String => "string",
            Self::Date => "date",
            Self::Special => "special",
        }
    }

    /// The modifiers that parameters of this type take here.
    pub const fn modifiers(self) -> &'static [&'static str] {
        match self {
            Self::Token => &["not", "missing"],
            Self::Reference | Self::Date => &["missing"],
            Self::String => &["exact", "contains", "missing"],
            Self::Special => &[],
        }
    }
}

/// A search parameter of a resource type.
#[derive(Debug, Clone, Copy)]
pub struct SearchParameter {
    /// The type that it is for.
    pub kind: ResourceKind,
    /// Its name in a request.
    pub name: &'static str,
    /// Its type.
    pub parameter_type: ParameterType,
    /// Where its values are in a resource: element names parted by dots. None: they are worked out elsewhere.
    pub paths: &'static [&'static str],
    /// Of a reference what it may lead to.
    pub targets: &'static [ResourceKind],
    /// What it finds, in a sentence.
    pub documentation: &'static str,
}

impl SearchParameter {
    /// Its place in [`PARAMETERS`]: a small number for it.
    pub fn number(&self) -> u16 {
        let place = PARAMETERS.iter().position(|known| known.kind == self.kind && known.name == self.name);
        place.unwrap_or_default() as u16
    }
}

/// A resource that a reference leads to, as its publisher names it.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct Target {
    /// Its type.
    pub kind: ResourceKind,
    /// Its published id.
    pub id: PublicId,
}
