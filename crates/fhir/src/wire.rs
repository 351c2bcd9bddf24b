//! JSON as publishers write it, in types that borrow from the line: one reading takes every shape that is understood.
//!
//! What is read here is tolerant of shape (null for absent, one object for a list, a number for a text) and silent.
//! What cannot be read is an error; [`crate::decode`] then cuts the element out and reads again.

use std::borrow::Cow;
use std::fmt;
use std::marker::PhantomData;

use serde::de::value::MapAccessDeserializer;
use serde::de::{Deserialize, Deserializer, Error, IgnoredAny, MapAccess, SeqAccess, Visitor};

mod concept;
mod extension;
mod person;

pub(crate) use concept::{ConceptWire, codings};
pub(crate) use extension::{ExtensionValue, Extensions};
pub(crate) use person::{
    AddressWire, HumanNameWire, IdentifierWire, ReferenceWire, TelecomWire, actors, identifiers, name_for_people,
    telecoms,
};

/// A text; a number or a truth value in its place is read as its text.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub(crate) struct Text<'a>(pub(crate) Cow<'a, str>);

impl Text<'_> {
    pub(crate) fn as_str(&self) -> &str {
        &self.0
    }

    /// The text without white space around it, unless nothing is left.
    pub(crate) fn words(&self) -> Option<String> {
        let words = self.0.trim();
        (!words.is_empty()).then(|| words.to_owned())
    }
}

/// The text of an optional element, unless nothing is in it.
pub(crate) fn words(text: &Option<Text<'_>>) -> Option<String> {
    text.as_ref().and_then(Text::words)
}

impl<'de: 'a, 'a> Deserialize<'de> for Text<'a> {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        struct TextVisitor;

        impl<'de> Visitor<'de> for TextVisitor {
            type Value = Cow<'de, str>;

            fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str("a text")
            }

            fn visit_borrowed_str<E: Error>(self, text: &'de str) -> Result<Self::Value, E> {
                Ok(Cow::Borrowed(text))
            }

            fn visit_str<E: Error>(self, text: &str) -> Result<Self::Value, E> {
                Ok(Cow::Owned(text.to_owned()))
            }

            fn visit_i64<E: Error>(self, number: i64) -> Result<Self::Value, E> {
                Ok(Cow::Owned(number.to_string()))
            }

            fn visit_u64<E: Error>(self, number: u64) -> Result<Self::Value, E> {
                Ok(Cow::Owned(number.to_string()))
            }

            fn visit_f64<E: Error>(self, number: f64) -> Result<Self::Value, E> {
                Ok(Cow::Owned(number.to_string()))
            }

            fn visit_bool<E: Error>(self, truth: bool) -> Result<Self::Value, E> {
                Ok(Cow::Owned(truth.to_string()))
            }
        }

        deserializer.deserialize_any(TextVisitor).map(Self)
    }
}

/// The id of a resource.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Id<'a> {
    pub(crate) text: Cow<'a, str>,
    /// Whether it came as a JSON number.
    pub(crate) is_number: bool,
}

impl<'de: 'a, 'a> Deserialize<'de> for Id<'a> {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        struct IdVisitor;

        impl<'de> Visitor<'de> for IdVisitor {
            type Value = Id<'de>;

            fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str("a text or a whole number")
            }

            fn visit_borrowed_str<E: Error>(self, text: &'de str) -> Result<Self::Value, E> {
                Ok(Id { text: Cow::Borrowed(text), is_number: false })
            }

            fn visit_str<E: Error>(self, text: &str) -> Result<Self::Value, E> {
                Ok(Id { text: Cow::Owned(text.to_owned()), is_number: false })
            }

            fn visit_i64<E: Error>(self, number: i64) -> Result<Self::Value, E> {
                Ok(Id { text: Cow::Owned(number.to_string()), is_number: true })
            }

            fn visit_u64<E: Error>(self, number: u64) -> Result<Self::Value, E> {
                Ok(Id { text: Cow::Owned(number.to_string()), is_number: true })
            }
        }

        deserializer.deserialize_any(IdVisitor)
    }
}

/// A number; a text that holds one is read as it.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(crate) struct Number(pub(crate) f64);

impl<'de> Deserialize<'de> for Number {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let text = Text::deserialize(deserializer)?;
        number_in(text.as_str()).map(Self).ok_or_else(|| D::Error::custom(format_args!("`{}` is not a number", text.0)))
    }
}

/// The finite number that a text holds.
pub(crate) fn number_in(text: &str) -> Option<f64> {
    text.trim().parse().ok().filter(|number: &f64| number.is_finite())
}

/// A truth value; the texts `true` and `false` are read as such.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Flag(pub(crate) bool);

impl<'de> Deserialize<'de> for Flag {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let text = Text::deserialize(deserializer)?;
        match text.as_str().trim() {
            "true" => Ok(Self(true)),
            "false" => Ok(Self(false)),
            other => Err(D::Error::custom(format_args!("`{other}` is neither true nor false"))),
        }
    }
}

/// A type that is written as a JSON object, for which a bare text may stand.
pub(crate) trait Element<'de>: Deserialize<'de> {
    /// For people: "a reference".
    const EXPECTED: &'static str;

    /// What a bare text in the object's place means, if anything.
    fn from_text(text: Text<'de>) -> Option<Self> {
        let _ = text;
        None
    }
}

impl<'de: 'a, 'a> Element<'de> for Text<'a> {
    const EXPECTED: &'static str = "a text";

    fn from_text(text: Text<'de>) -> Option<Self> {
        Some(Text(text.0))
    }
}

/// One element or none: null is none, and of a list the first counts.
#[derive(Debug, Clone, PartialEq)]
pub(crate) struct One<T>(pub(crate) Option<T>);

impl<T> Default for One<T> {
    fn default() -> Self {
        Self(None)
    }
}

impl<'de, T: Element<'de>> Deserialize<'de> for One<T> {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        struct OneVisitor<T>(PhantomData<T>);

        impl<'de, T: Element<'de>> Visitor<'de> for OneVisitor<T> {
            type Value = Option<T>;

            fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str(T::EXPECTED)
            }

            fn visit_unit<E: Error>(self) -> Result<Self::Value, E> {
                Ok(None)
            }

            fn visit_map<A: MapAccess<'de>>(self, map: A) -> Result<Self::Value, A::Error> {
                T::deserialize(MapAccessDeserializer::new(map)).map(Some)
            }

            fn visit_seq<A: SeqAccess<'de>>(self, mut seq: A) -> Result<Self::Value, A::Error> {
                let mut first = None;
                while first.is_none() {
                    match seq.next_element::<One<T>>()? {
                        Some(One(item)) => first = item,
                        None => return Ok(None),
                    }
                }
                while seq.next_element::<IgnoredAny>()?.is_some() {}
                Ok(first)
            }

            fn visit_borrowed_str<E: Error>(self, text: &'de str) -> Result<Self::Value, E> {
                let found = T::from_text(Text(Cow::Borrowed(text)));
                found.map(Some).ok_or_else(|| E::invalid_type(serde::de::Unexpected::Str(text), &self))
            }

            fn visit_str<E: Error>(self, text: &str) -> Result<Self::Value, E> {
                let found = T::from_text(Text(Cow::Owned(text.to_owned())));
                found.map(Some).ok_or_else(|| E::invalid_type(serde::de::Unexpected::Str(text), &self))
            }
        }

        deserializer.deserialize_any(OneVisitor(PhantomData)).map(Self)
    }
}

/// A list: null is an empty one, nulls inside it are left out, and a single element stands for a list of it.
#[derive(Debug, Clone, PartialEq)]
pub(crate) struct Many<T>(pub(crate) Vec<T>);

impl<T> Default for Many<T> {
    fn default() -> Self {
        Self(Vec::new())
    }
}

impl<'de, T: Element<'de>> Deserialize<'de> for Many<T> {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        struct ManyVisitor<T>(PhantomData<T>);

        impl<'de, T: Element<'de>> Visitor<'de> for ManyVisitor<T> {
            type Value = Vec<T>;

            fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                write!(f, "a list, each item {}", T::EXPECTED)
            }

            fn visit_unit<E: Error>(self) -> Result<Self::Value, E> {
                Ok(Vec::new())
            }

            fn visit_seq<A: SeqAccess<'de>>(self, mut seq: A) -> Result<Self::Value, A::Error> {
                let mut list = Vec::new();
                while let Some(One(item)) = seq.next_element()? {
                    list.extend(item);
                }
                Ok(list)
            }

            fn visit_map<A: MapAccess<'de>>(self, map: A) -> Result<Self::Value, A::Error> {
                T::deserialize(MapAccessDeserializer::new(map)).map(|item| vec![item])
            }

            fn visit_borrowed_str<E: Error>(self, text: &'de str) -> Result<Self::Value, E> {
                let found = T::from_text(Text(Cow::Borrowed(text)));
                found.map(|item| vec![item]).ok_or_else(|| E::invalid_type(serde::de::Unexpected::Str(text), &self))
            }

            fn visit_str<E: Error>(self, text: &str) -> Result<Self::Value, E> {
                let found = T::from_text(Text(Cow::Owned(text.to_owned())));
                found.map(|item| vec![item]).ok_or_else(|| E::invalid_type(serde::de::Unexpected::Str(text), &self))
            }
        }

        deserializer.deserialize_any(ManyVisitor(PhantomData)).map(Self)
    }
}
