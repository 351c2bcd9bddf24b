//! References between resources.

use openslots_model::ResourceRef;

/// What a reference names.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Reference {
    /// A resource of the same publisher: `Type/id`, also absolute or with `/_history/n`.
    Resource(ResourceRef),
    /// A contained resource (`#id`).
    Contained(String),
    /// Something that is not kept or not understood.
    Other(String),
}

impl Reference {
    /// Reads the text of `Reference.reference`.
    pub fn parse(text: &str) -> Self {
        let _ = text;
        unimplemented!()
    }
}
