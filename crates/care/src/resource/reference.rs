//! References, as `Type/id`.

use serde_json::{Value, json};

use super::{CareId, CareKind};

/// A relative reference.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ResourceReference<'a> {
    /// The type's name.
    pub type_name: &'a str,
    /// The id.
    pub id: &'a str,
}

impl<'a> ResourceReference<'a> {
    /// What the text names, if it is relative.
    pub fn parse(text: &'a str) -> Option<Self> {
        let (type_name, id) = text.split_once('/')?;
        let is_type = !type_name.is_empty() && type_name.bytes().all(|byte| byte.is_ascii_alphabetic());
        (is_type && !id.is_empty() && !id.contains('/')).then_some(Self { type_name, id })
    }

    /// What an element of type Reference names.
    pub fn of(element: &'a Value) -> Option<Self> {
        Self::parse(element.get("reference")?.as_str()?)
    }

    /// Its id, where it is one of the patient side's of that type.
    pub fn care_id(&self, kind: CareKind) -> Option<CareId> {
        (self.type_name == kind.as_str()).then(|| self.id.parse().ok()).flatten()
    }

    /// An element that refers to a resource of the patient side.
    pub fn to(kind: CareKind, id: CareId) -> Value {
        json!({ "reference": format!("{kind}/{id}") })
    }
}
