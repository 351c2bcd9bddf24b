//! References between resources.

use openslots_model::{ResourceKind, ResourceRef};

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
    ///
    /// The last segment that names a kept type and has something behind it counts, so a base in front of it does not
    /// matter: publishers write relative and absolute references to the same resource.
    pub fn parse(text: &str) -> Self {
        let text = text.trim();
        if let Some(id) = text.strip_prefix('#') {
            return Self::Contained(id.to_owned());
        }
        // The usual form, without a search for what it has not.
        if let Some((kind, id)) = text.split_once('/')
            && !id.is_empty()
            && !id.contains('/')
            && let Ok(kind) = kind.parse()
        {
            return Self::Resource(ResourceRef { kind, source_id: id.to_owned() });
        }
        let path = match text.rfind("/_history/") {
            Some(at) => &text[..at],
            None => text,
        };
        let path = path.trim_end_matches('/');
        let mut end = path.len();
        // `end` walks from slash to slash, from the right; what stands behind it is the id.
        while let Some(slash) = path[..end].rfind('/') {
            let start = path[..slash].rfind('/').map_or(0, |before| before + 1);
            if let Ok(kind) = path[start..slash].parse::<ResourceKind>() {
                return Self::Resource(ResourceRef { kind, source_id: path[slash + 1..].to_owned() });
            }
            end = slash;
        }
        Self::Other(text.to_owned())
    }

    /// The resource of the same publisher that is named, if one is.
    pub fn resource(&self) -> Option<&ResourceRef> {
        match self {
            Self::Resource(target) => Some(target),
            Self::Contained(_) | Self::Other(_) => None,
        }
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn references_are_read_in_every_form() {
        let target = |kind, id: &str| Reference::Resource(ResourceRef { kind, source_id: id.to_owned() });
        let other = |text: &str| Reference::Other(text.to_owned());
        for (text, want) in [
            ("Schedule/10", target(ResourceKind::Schedule, "10")),
            (" Schedule/10 ", target(ResourceKind::Schedule, "10")),
            ("/Schedule/10/", target(ResourceKind::Schedule, "10")),
            ("Schedule/10/_history/3", target(ResourceKind::Schedule, "10")),
            ("https://fhir.example.org/r4/Location/a-1", target(ResourceKind::Location, "a-1")),
            ("https://fhir.example.org/r4/Location/a-1/_history/2", target(ResourceKind::Location, "a-1")),
            ("https://Location/fhir/Schedule/9", target(ResourceKind::Schedule, "9")),
            ("Location/store_12 b", target(ResourceKind::Location, "store_12 b")),
            ("Location/a/b", target(ResourceKind::Location, "a/b")),
            ("Schedule/Slot", target(ResourceKind::Schedule, "Slot")),
            ("#role", Reference::Contained("role".to_owned())),
            ("Patient/1", other("Patient/1")),
            ("Schedule/", other("Schedule/")),
            ("Schedule", other("Schedule")),
            ("10", other("10")),
            ("urn:uuid:53fefa32-fcbb-4ff8-8a92-55ee120877b7", other("urn:uuid:53fefa32-fcbb-4ff8-8a92-55ee120877b7")),
            ("", other("")),
        ] {
            assert_eq!(Reference::parse(text), want, "{text}");
        }
    }

    proptest! {
        #[test]
        fn no_text_panics(text in ".{0,40}") {
            let _ = Reference::parse(&text);
        }

        #[test]
        fn a_base_or_a_version_does_not_matter(id in "[A-Za-z0-9.-]{1,64}", version in 0u32..) {
            let plain = Reference::parse(&format!("Schedule/{id}"));
            prop_assert_eq!(&Reference::parse(&format!("https://example.org/fhir/Schedule/{id}")), &plain);
            prop_assert_eq!(&Reference::parse(&format!("Schedule/{id}/_history/{version}")), &plain);
        }
    }
}
