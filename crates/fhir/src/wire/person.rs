//! References, identifiers, names, telephones and addresses.

use openslots_model::Identifier;
use serde::Deserialize;

use super::{Element, Many, Text, words};
use crate::reference::Reference;
use crate::resource::Actor;

/// A `Reference`.
#[derive(Debug, Clone, PartialEq, Default, Deserialize)]
pub(crate) struct ReferenceWire<'a> {
    #[serde(borrow)]
    pub(crate) reference: Option<Text<'a>>,
    #[serde(borrow)]
    pub(crate) display: Option<Text<'a>>,
}

impl<'de: 'a, 'a> Element<'de> for ReferenceWire<'a> {
    const EXPECTED: &'static str = "a reference";

    fn from_text(text: Text<'de>) -> Option<Self> {
        Some(Self { reference: Some(Text(text.0)), display: None })
    }
}

impl ReferenceWire<'_> {
    /// What it names; `None` if it says nothing at all.
    pub(crate) fn actor(&self) -> Option<Actor> {
        let (reference, display) = (words(&self.reference), words(&self.display));
        if reference.is_none() && display.is_none() {
            return None;
        }
        Some(Actor { reference: Reference::parse(&reference.unwrap_or_default()), display })
    }
}

/// The actors of a list of references.
pub(crate) fn actors(references: &Many<ReferenceWire<'_>>) -> Vec<Actor> {
    references.0.iter().filter_map(ReferenceWire::actor).collect()
}

/// An `Identifier`.
#[derive(Debug, Clone, PartialEq, Default, Deserialize)]
pub(crate) struct IdentifierWire<'a> {
    #[serde(borrow)]
    system: Option<Text<'a>>,
    #[serde(borrow)]
    value: Option<Text<'a>>,
}

impl<'de: 'a, 'a> Element<'de> for IdentifierWire<'a> {
    const EXPECTED: &'static str = "an identifier";
}

/// The identifiers that say something: publishers also write `null`, `nil` and `unknown VTrckS pin for ...`.
pub(crate) fn identifiers(list: &Many<IdentifierWire<'_>>) -> Vec<Identifier> {
    let says_something = |value: &String| {
        let value = value.to_ascii_lowercase();
        !(matches!(value.as_str(), "null" | "nil" | "undefined") || value.starts_with("unknown"))
    };
    let mut found: Vec<Identifier> = Vec::new();
    for wire in &list.0 {
        if let Some(value) = words(&wire.value).filter(says_something) {
            let identifier = Identifier { system: words(&wire.system), value };
            if !found.contains(&identifier) {
                found.push(identifier);
            }
        }
    }
    found
}

/// A `ContactPoint`.
#[derive(Debug, Clone, PartialEq, Default, Deserialize)]
pub(crate) struct TelecomWire<'a> {
    #[serde(borrow)]
    system: Option<Text<'a>>,
    #[serde(borrow)]
    value: Option<Text<'a>>,
}

impl<'de: 'a, 'a> Element<'de> for TelecomWire<'a> {
    const EXPECTED: &'static str = "a contact point";
}

/// The values of the contact points of a system, each once.
pub(crate) fn telecoms(list: &Many<TelecomWire<'_>>, system: &str) -> Vec<String> {
    let mut found = Vec::new();
    for wire in &list.0 {
        let is_wanted = wire.system.as_ref().is_some_and(|text| text.as_str().eq_ignore_ascii_case(system));
        if let Some(value) = words(&wire.value).filter(|value| is_wanted && !found.contains(value)) {
            found.push(value);
        }
    }
    found
}

/// An `Address`.
#[derive(Debug, Clone, PartialEq, Default, Deserialize)]
pub(crate) struct AddressWire<'a> {
    #[serde(default, borrow)]
    pub(crate) line: Many<Text<'a>>,
    #[serde(borrow)]
    pub(crate) city: Option<Text<'a>>,
    #[serde(borrow)]
    pub(crate) state: Option<Text<'a>>,
    #[serde(rename = "postalCode", borrow)]
    pub(crate) postal_code: Option<Text<'a>>,
    #[serde(borrow)]
    pub(crate) district: Option<Text<'a>>,
}

impl<'de: 'a, 'a> Element<'de> for AddressWire<'a> {
    const EXPECTED: &'static str = "an address";
}

/// A `HumanName`.
#[derive(Debug, Clone, PartialEq, Default, Deserialize)]
pub(crate) struct HumanNameWire<'a> {
    #[serde(rename = "use", borrow)]
    usage: Option<Text<'a>>,
    #[serde(borrow)]
    text: Option<Text<'a>>,
    #[serde(borrow)]
    family: Option<Text<'a>>,
    #[serde(default, borrow)]
    given: Many<Text<'a>>,
    #[serde(default, borrow)]
    prefix: Many<Text<'a>>,
}

impl<'de: 'a, 'a> Element<'de> for HumanNameWire<'a> {
    const EXPECTED: &'static str = "a person's name";

    fn from_text(text: Text<'de>) -> Option<Self> {
        Some(Self { text: Some(Text(text.0)), ..Self::default() })
    }
}

impl HumanNameWire<'_> {
    /// The text if there is one, else prefix, given and family names.
    fn for_people(&self) -> Option<String> {
        words(&self.text).or_else(|| {
            let parts = self.prefix.0.iter().chain(&self.given.0).chain(&self.family);
            let parts: Vec<String> = parts.filter_map(Text::words).collect();
            (!parts.is_empty()).then(|| parts.join(" "))
        })
    }
}

/// The name to call a person by: the usual or official one before others, an old one last.
pub(crate) fn name_for_people(names: &Many<HumanNameWire<'_>>) -> Option<String> {
    let rank = |name: &&HumanNameWire<'_>| match name.usage.as_ref().map(Text::as_str) {
        Some("usual") => 0,
        Some("official") => 1,
        Some("old" | "maiden") => 3,
        _ => 2,
    };
    let mut names: Vec<&HumanNameWire<'_>> = names.0.iter().collect();
    names.sort_by_key(rank);
    names.into_iter().find_map(HumanNameWire::for_people)
}
