//! A resource as it is kept.

use openslots_model::UnixSeconds;
use serde_json::{Map, Value, json};

use super::{CareId, CareKind, ResourceReference};

/// The elements of a resource, without `resourceType`, `id` and `meta`: those are the server's.
pub type Body = Map<String, Value>;

/// A resource in one of its versions.
#[derive(Debug, Clone, PartialEq)]
pub struct Stored {
    /// Its type.
    pub kind: CareKind,
    /// Its id.
    pub id: CareId,
    /// Whose it is.
    pub patient: CareId,
    /// Counted from 1.
    pub version: u32,
    /// When this version came to be.
    pub updated_at: UnixSeconds,
    /// Its elements.
    pub body: Body,
}

impl Stored {
    /// The resource as FHIR JSON.
    pub fn to_json(&self) -> Value {
        let mut whole = Body::new();
        whole.insert("resourceType".to_owned(), json!(self.kind.as_str()));
        whole.insert("id".to_owned(), json!(self.id.to_string()));
        let meta = json!({ "versionId": self.version.to_string(), "lastUpdated": self.updated_at.to_string() });
        whole.insert("meta".to_owned(), meta);
        whole.extend(self.body.clone());
        Value::Object(whole)
    }

    /// An element that refers to it.
    pub fn reference(&self) -> Value {
        ResourceReference::to(self.kind, self.id)
    }

    /// A text at the top.
    pub fn text(&self, name: &str) -> Option<&str> {
        self.body.get(name)?.as_str()
    }

    /// What a reference at the top names.
    pub fn reference_at(&self, name: &str) -> Option<ResourceReference<'_>> {
        self.body.get(name).and_then(ResourceReference::of)
    }
}
