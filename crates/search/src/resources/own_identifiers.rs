//! The identifier that an aggregator adds to each resource: made of its publisher and the id there, so it is worked out
//! of what is asked, and kept nowhere.

use openslots_fhir::search::{Target, find_parameter};
use openslots_model::{PublicId, PublisherSlug, ResourceKind};

use super::TokenTest;

/// The identifiers that the resources of one publisher have of the aggregator.
#[derive(Debug)]
pub(super) struct OwnIdentifiers {
    publisher: PublisherSlug,
    /// The end of their system, which begins with the aggregator's own address.
    system: String,
}

/// Whose identifiers are asked for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Named {
    All,
    One(Target),
}

impl OwnIdentifiers {
    pub(super) fn of(publisher: &PublisherSlug) -> Self {
        Self { publisher: publisher.clone(), system: format!("/publishers/{publisher}") }
    }

    /// Whether they are values of a parameter of resources of this type.
    pub(super) fn are_of(kind: ResourceKind, parameter: u16) -> bool {
        find_parameter(kind, "identifier").is_some_and(|identifier| identifier.number() == parameter)
    }

    /// Which resources of a type have one that is asked for, if they are there; `None`: none has.
    pub(super) fn named(&self, kind: ResourceKind, test: &TokenTest) -> Option<Named> {
        let is_system = |wanted: &Option<String>| wanted.as_deref() == Some(&*self.system);
        if !test.system.as_ref().is_none_or(is_system) {
            return None;
        }
        let Some(code) = &test.code else { return Some(Named::All) };
        let id = code.strip_prefix(kind.as_str())?.strip_prefix('/')?;
        Some(Named::One(Target { kind, id: PublicId::of(&self.publisher, kind, id) }))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn identifiers_are_found_by_system_and_code() {
        let slug = |text: &str| text.parse::<PublisherSlug>().expect("a slug");
        let own = OwnIdentifiers::of(&slug("holly"));
        let north = PublicId::of(&slug("holly"), ResourceKind::Location, "a/north");
        let one = Some(Named::One(Target { kind: ResourceKind::Location, id: north }));
        let holly = Some(Some("/publishers/holly"));
        for (system, code, want) in [
            (holly, Some("Location/a/north"), one),
            (None, Some("Location/a/north"), one),
            (holly, None, Some(Named::All)),
            (holly, Some("Schedule/a/north"), None),
            (holly, Some("a/north"), None),
            (Some(Some("/publishers/hollys")), Some("Location/a/north"), None),
            (Some(Some("/publishers/hollys")), None, None),
            (Some(None), Some("Location/a/north"), None),
        ] {
            let test =
                TokenTest { system: system.map(|system| system.map(str::to_owned)), code: code.map(str::to_owned) };
            assert_eq!(own.named(ResourceKind::Location, &test), want, "{test:?}");
        }
    }
}
