//! Identifiers.
//!
//! A FHIR id is unique only within its publisher and type, so it is never a key by itself.
//! [`PublicId`] is the published identity of a resource: a stable hash of (publisher, type, source id).

use std::fmt;
use std::str::FromStr;

use serde::{Deserialize, Serialize};
use sha2::{Digest, Sha256};

/// Why an identifier was refused.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum IdError {
    /// A publisher slug breaks its rule.
    #[error("publisher slug `{0}` must be 1 to 63 characters of a-z, 0-9 and '-', not starting or ending with '-'")]
    Slug(String),
    /// A published id is not one that this program gives out.
    #[error("id `{0}` must be 16 characters of 0-9 and a-z without i, l, o and u")]
    PublicId(String),
    /// A resource type that is not kept.
    #[error("resource type `{0}` is not one that openslots keeps")]
    Kind(String),
}

/// The short name of a publisher, chosen by the operator: 1 to 63 of `a-z`, `0-9`, `-`.
#[derive(Debug, Clone, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(try_from = "String", into = "String")]
pub struct PublisherSlug(String);

impl PublisherSlug {
    /// The slug as text.
    pub fn as_str(&self) -> &str {
        &self.0
    }

    /// A slug made of any text: runs of other characters become one `-`, letters become lower case.
    ///
    /// Used for publishers given as a bare URL (host and path). Returns `None` when nothing usable is left.
    pub fn from_text(text: &str) -> Option<Self> {
        let mut slug = String::new();
        for c in text.chars() {
            let c = c.to_ascii_lowercase();
            if c.is_ascii_lowercase() || c.is_ascii_digit() {
                slug.push(c);
            } else if !slug.is_empty() && !slug.ends_with('-') {
                slug.push('-');
            }
        }
        slug.truncate(63);
        Self::from_str(slug.trim_end_matches('-')).ok()
    }
}

impl FromStr for PublisherSlug {
    type Err = IdError;

    fn from_str(text: &str) -> Result<Self, IdError> {
        let legal = |b: u8| b.is_ascii_lowercase() || b.is_ascii_digit() || b == b'-';
        if text.is_empty()
            || text.len() > 63
            || !text.bytes().all(legal)
            || text.starts_with('-')
            || text.ends_with('-')
        {
            return Err(IdError::Slug(text.to_owned()));
        }
        Ok(Self(text.to_owned()))
    }
}

impl TryFrom<String> for PublisherSlug {
    type Error = IdError;

    fn try_from(text: String) -> Result<Self, IdError> {
        text.parse()
    }
}

impl From<PublisherSlug> for String {
    fn from(slug: PublisherSlug) -> Self {
        slug.0
    }
}

impl fmt::Display for PublisherSlug {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

/// The resource types that are kept; every other type in a manifest is skipped and counted.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
#[allow(missing_docs, reason = "each variant is the FHIR resource type of that name")]
pub enum ResourceKind {
    Location,
    Practitioner,
    PractitionerRole,
    HealthcareService,
    Organization,
    Device,
    Schedule,
    Slot,
}

impl ResourceKind {
    /// Every kind, provider side first: a good order to read files in.
    pub const ALL: [Self; 8] = [
        Self::Location,
        Self::Organization,
        Self::Practitioner,
        Self::HealthcareService,
        Self::PractitionerRole,
        Self::Device,
        Self::Schedule,
        Self::Slot,
    ];

    /// The FHIR name of the type.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Location => "Location",
            Self::Practitioner => "Practitioner",
            Self::PractitionerRole => "PractitionerRole",
            Self::HealthcareService => "HealthcareService",
            Self::Organization => "Organization",
            Self::Device => "Device",
            Self::Schedule => "Schedule",
            Self::Slot => "Slot",
        }
    }
}

impl FromStr for ResourceKind {
    type Err = IdError;

    fn from_str(text: &str) -> Result<Self, IdError> {
        Self::ALL.into_iter().find(|kind| kind.as_str() == text).ok_or_else(|| IdError::Kind(text.to_owned()))
    }
}

impl fmt::Display for ResourceKind {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.as_str())
    }
}

/// The published id of a resource: the first 80 bits of SHA-256 over `slug \n Type \n source id`, written as 16
/// characters of Crockford's base 32 in lower case.
///
/// 80 bits: among 36 million slots the chance of any collision is about 5e-10, and nobody can make an id that hits
/// a given one of another publisher. The hash needs nothing but the three parts, so the id survives re-crawls and
/// a rebuilt database, and anyone can recompute it.
#[derive(Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct PublicId([u8; 10]);

const BASE32: &[u8; 32] = b"0123456789abcdefghjkmnpqrstvwxyz";

impl PublicId {
    /// The id of one resource of a publisher.
    pub fn of(publisher: &PublisherSlug, kind: ResourceKind, source_id: &str) -> Self {
        Self::hash(publisher.as_str(), kind.as_str(), source_id)
    }

    fn hash(publisher: &str, kind: &str, rest: &str) -> Self {
        let mut hasher = Sha256::new();
        hasher.update(publisher.as_bytes());
        hasher.update(b"\n");
        hasher.update(kind.as_bytes());
        hasher.update(b"\n");
        hasher.update(rest.as_bytes());
        let digest = hasher.finalize();
        let mut bytes = [0; 10];
        bytes.copy_from_slice(&digest[..10]);
        Self(bytes)
    }

    /// The ten bytes, as the store keeps them.
    pub const fn as_bytes(&self) -> &[u8; 10] {
        &self.0
    }

    /// The id of ten stored bytes.
    pub const fn from_bytes(bytes: [u8; 10]) -> Self {
        Self(bytes)
    }
}

impl fmt::Display for PublicId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let mut text = [0u8; 16];
        for (half, chunk) in self.0.chunks(5).enumerate() {
            let bits = chunk.iter().fold(0u64, |bits, byte| bits << 8 | u64::from(*byte));
            for place in 0..8 {
                text[half * 8 + place] = BASE32[(bits >> (35 - 5 * place) & 31) as usize];
            }
        }
        f.write_str(std::str::from_utf8(&text).map_err(|_| fmt::Error)?)
    }
}

impl fmt::Debug for PublicId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Display::fmt(self, f)
    }
}

impl FromStr for PublicId {
    type Err = IdError;

    fn from_str(text: &str) -> Result<Self, IdError> {
        let refused = || IdError::PublicId(text.to_owned());
        if text.len() != 16 {
            return Err(refused());
        }
        let mut bytes = [0u8; 10];
        for (half, chunk) in text.as_bytes().chunks(8).enumerate() {
            let mut bits = 0u64;
            for c in chunk {
                let value = BASE32.iter().position(|known| known == c).ok_or_else(refused)?;
                bits = bits << 5 | value as u64;
            }
            bytes[half * 5..half * 5 + 5].copy_from_slice(&bits.to_be_bytes()[3..]);
        }
        Ok(Self(bytes))
    }
}

impl Serialize for PublicId {
    fn serialize<S: serde::Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_str(self)
    }
}

impl<'de> Deserialize<'de> for PublicId {
    fn deserialize<D: serde::Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let text = std::borrow::Cow::<'de, str>::deserialize(deserializer)?;
        text.parse().map_err(serde::de::Error::custom)
    }
}

/// The key of a provider location: a [`PublicId`] over (publisher, provider, place).
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(transparent)]
pub struct ProviderLocationKey(pub PublicId);

impl ProviderLocationKey {
    /// The key of a provider at a place; either may be unknown.
    ///
    /// Where both are unknown the schedule stands alone under its own id (`schedule`).
    pub fn of(
        publisher: &PublisherSlug,
        provider: Option<PublicId>,
        place: Option<PublicId>,
        schedule: PublicId,
    ) -> Self {
        let part = |id: Option<PublicId>| id.map_or_else(|| "-".to_owned(), |id| id.to_string());
        let rest = match (provider, place) {
            (None, None) => format!("schedule/{schedule}"),
            (provider, place) => format!("{}/{}", part(provider), part(place)),
        };
        Self(PublicId::hash(publisher.as_str(), "ProviderLocation", &rest))
    }
}

impl fmt::Display for ProviderLocationKey {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.fmt(f)
    }
}

impl FromStr for ProviderLocationKey {
    type Err = IdError;

    fn from_str(text: &str) -> Result<Self, IdError> {
        text.parse().map(Self)
    }
}

macro_rules! numbers {
    ($($(#[$doc:meta])* $name:ident($inner:ty);)*) => {$(
        $(#[$doc])*
        #[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize, Default)]
        #[serde(transparent)]
        pub struct $name(pub $inner);

        impl fmt::Display for $name {
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                self.0.fmt(f)
            }
        }
    )*};
}

numbers! {
    /// A publisher inside one store; never published.
    PublisherNumber(u32);
    /// A provider-side resource or schedule inside one store (also one that is only referred to so far); never published.
    ResourceNumber(u32);
    /// A provider location inside one store; never published.
    ProviderLocationNumber(u32);
    /// One accepted version of a slot inside one store: a changed slot gets a new row; never published.
    SlotRow(u64);
    /// An interned [`crate::SlotTraits`] inside one store.
    TraitsNumber(u32);
    /// A place in the change feed; larger is later.
    ChangeSeq(u64);
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn slug(text: &str) -> PublisherSlug {
        text.parse().expect("a legal slug")
    }

    #[test]
    fn ids_are_those_that_sha256sum_gives() {
        // printf 'flynn\nSlot\n0' | sha256sum
        let id = PublicId::of(&slug("flynn"), ResourceKind::Slot, "0");
        let hex: String = id.as_bytes().iter().map(|byte| format!("{byte:02x}")).collect();
        assert_eq!(hex, "019d57ab371fb0a12485");
    }

    #[test]
    fn the_same_source_id_stays_apart_between_publishers_and_types() {
        let a = PublicId::of(&slug("a"), ResourceKind::Slot, "0");
        assert_ne!(a, PublicId::of(&slug("b"), ResourceKind::Slot, "0"));
        assert_ne!(a, PublicId::of(&slug("a"), ResourceKind::Schedule, "0"));
    }

    #[test]
    fn slugs_are_made_of_hosts_and_paths() {
        for (text, want) in [
            ("127.0.0.1:9001/$bulk-publish", Some("127-0-0-1-9001-bulk-publish")),
            ("Clinic.Example.org", Some("clinic-example-org")),
            ("//", None),
        ] {
            assert_eq!(PublisherSlug::from_text(text).as_ref().map(PublisherSlug::as_str), want, "{text}");
        }
        for bad in ["", "-a", "a-", "A", "a_b", "é"] {
            assert!(bad.parse::<PublisherSlug>().is_err(), "{bad}");
        }
    }

    proptest! {
        #[test]
        fn ids_survive_being_written_and_read(bytes in any::<[u8; 10]>()) {
            let id = PublicId::from_bytes(bytes);
            prop_assert_eq!(id.to_string().parse::<PublicId>(), Ok(id));
        }

        #[test]
        fn no_text_panics(text in ".{0,20}") {
            text.parse::<PublicId>().ok();
            PublisherSlug::from_text(&text);
        }
    }
}
