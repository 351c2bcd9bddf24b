//! Extensions: only the known ones are read, the others are passed over without a look at their values.

use std::borrow::Cow;
use std::fmt;

use openslots_model::Coding;
use serde::de::value::MapAccessDeserializer;
use serde::de::{Deserialize, Deserializer, Error, IgnoredAny, MapAccess, Visitor};

use super::{ConceptWire, Element, Many, Text};
use crate::systems::ExtensionName;

/// The value of an extension, whatever `value[x]` it came in.
#[derive(Debug, Clone, PartialEq, Default)]
pub(crate) enum ExtensionValue<'a> {
    /// None, or null.
    #[default]
    None,
    /// `valueString`, `valueUrl`, `valueCode` ...
    Text(Text<'a>),
    /// `valueInteger`, `valueDecimal` ...
    Number(f64),
    /// `valueCoding`, `valueCodeableConcept`.
    Concept(Box<ConceptWire<'a>>),
}

/// A known extension.
#[derive(Debug, Clone, PartialEq)]
pub(crate) struct ExtensionWire<'a> {
    pub(crate) name: ExtensionName,
    pub(crate) value: ExtensionValue<'a>,
    /// The extensions inside it.
    pub(crate) parts: Extensions<'a>,
}

/// The known ones of a list of extensions.
#[derive(Debug, Clone, PartialEq, Default)]
pub(crate) struct Extensions<'a>(pub(crate) Vec<ExtensionWire<'a>>);

impl<'a> Extensions<'a> {
    /// The values of all extensions of a name.
    pub(crate) fn values(&self, name: ExtensionName) -> impl Iterator<Item = &ExtensionValue<'a>> {
        self.0.iter().filter(move |extension| extension.name == name).map(|extension| &extension.value)
    }
}

impl<'de: 'a, 'a> Deserialize<'de> for Extensions<'a> {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let list = Many::<MaybeKnown<'_>>::deserialize(deserializer)?;
        // The same allocation serves: both items are of one size.
        Ok(Self(list.0.into_iter().filter_map(|item| item.0).collect()))
    }
}

/// An extension, if it is a known one.
struct MaybeKnown<'a>(Option<ExtensionWire<'a>>);

impl<'de: 'a, 'a> Element<'de> for MaybeKnown<'a> {
    const EXPECTED: &'static str = "an extension";
}

impl<'de: 'a, 'a> Deserialize<'de> for MaybeKnown<'a> {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        struct ExtensionVisitor;

        impl<'de> Visitor<'de> for ExtensionVisitor {
            type Value = Option<ExtensionWire<'de>>;

            fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str(MaybeKnown::EXPECTED)
            }

            fn visit_map<A: MapAccess<'de>>(self, mut map: A) -> Result<Self::Value, A::Error> {
                // Nothing until the URL has come, then whether it is a known one: `url` nearly always comes first.
                let mut name: Option<Option<ExtensionName>> = None;
                let mut value = ExtensionValue::None;
                let mut parts = Extensions::default();
                while let Some(key) = map.next_key::<Text<'de>>()? {
                    match key.as_str() {
                        "url" => name = Some(ExtensionName::of_url(map.next_value::<Text<'de>>()?.as_str())),
                        _ if name == Some(None) => drop(map.next_value::<IgnoredAny>()?),
                        "extension" => parts = map.next_value()?,
                        // STU 1 writes the booking phone so, the text of 2021 as `valueString`.
                        "valueContactPoint" => value = map.next_value::<ContactPointWire<'de>>()?.into_value(),
                        key if key.starts_with("value") => value = map.next_value()?,
                        _ => drop(map.next_value::<IgnoredAny>()?),
                    }
                }
                Ok(name.flatten().map(|name| ExtensionWire { name, value, parts }))
            }
        }

        deserializer.deserialize_map(ExtensionVisitor).map(Self)
    }
}

/// A telephone as an extension's value.
#[derive(serde::Deserialize)]
struct ContactPointWire<'a> {
    #[serde(borrow)]
    value: Option<Text<'a>>,
}

impl<'a> ContactPointWire<'a> {
    fn into_value(self) -> ExtensionValue<'a> {
        self.value.map_or(ExtensionValue::None, ExtensionValue::Text)
    }
}

impl<'de: 'a, 'a> Deserialize<'de> for ExtensionValue<'a> {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        struct ValueVisitor;

        impl<'de> Visitor<'de> for ValueVisitor {
            type Value = ExtensionValue<'de>;

            fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str("a text, a number or a coded value")
            }

            fn visit_unit<E: Error>(self) -> Result<Self::Value, E> {
                Ok(ExtensionValue::None)
            }

            fn visit_borrowed_str<E: Error>(self, text: &'de str) -> Result<Self::Value, E> {
                Ok(ExtensionValue::Text(Text(Cow::Borrowed(text))))
            }

            fn visit_str<E: Error>(self, text: &str) -> Result<Self::Value, E> {
                Ok(ExtensionValue::Text(Text(Cow::Owned(text.to_owned()))))
            }

            fn visit_bool<E: Error>(self, truth: bool) -> Result<Self::Value, E> {
                Ok(ExtensionValue::Text(Text(Cow::Borrowed(if truth { "true" } else { "false" }))))
            }

            fn visit_i64<E: Error>(self, number: i64) -> Result<Self::Value, E> {
                Ok(ExtensionValue::Number(number as f64))
            }

            fn visit_u64<E: Error>(self, number: u64) -> Result<Self::Value, E> {
                Ok(ExtensionValue::Number(number as f64))
            }

            fn visit_f64<E: Error>(self, number: f64) -> Result<Self::Value, E> {
                Ok(ExtensionValue::Number(number))
            }

            fn visit_map<A: MapAccess<'de>>(self, map: A) -> Result<Self::Value, A::Error> {
                ConceptWire::deserialize(MapAccessDeserializer::new(map))
                    .map(|concept| ExtensionValue::Concept(Box::new(concept)))
            }
        }

        deserializer.deserialize_any(ValueVisitor)
    }
}

impl<'a> ExtensionValue<'a> {
    /// The value as a text: of a coded value its first code, else its first display.
    pub(crate) fn text(&self) -> Option<String> {
        match self {
            Self::None => None,
            Self::Text(text) => text.words(),
            Self::Number(number) => Some(number.to_string()),
            Self::Concept(concept) => {
                let codings = concept.codings();
                let code = codings.iter().find_map(|coding| coding.code.clone());
                code.or_else(|| codings.into_iter().find_map(|coding| coding.display))
            }
        }
    }

    /// [`Self::text`] without white space around it, borrowed where it can be; nothing for an empty one.
    pub(crate) fn into_words(self) -> Option<Cow<'a, str>> {
        match self {
            Self::Text(Text(text)) => {
                let words = text.trim();
                match words.len() {
                    0 => None,
                    length if length == text.len() => Some(text),
                    _ => Some(Cow::Owned(words.to_owned())),
                }
            }
            other => other.text().map(Cow::Owned),
        }
    }

    /// Adds the codings of the value to a list, each once; a text or number is a coding with only a display.
    pub(crate) fn add_codings_to(&self, list: &mut Vec<Coding>) {
        match self {
            Self::None => {}
            Self::Concept(concept) => concept.add_to(list),
            Self::Text(_) | Self::Number(_) => Coding { display: self.text(), ..Coding::default() }.add_to(list),
        }
    }

    /// The value as a number.
    pub(crate) fn number(&self) -> Option<f64> {
        match self {
            Self::Number(number) => Some(*number),
            Self::Text(text) => super::number_in(text.as_str()),
            Self::None | Self::Concept(_) => None,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const BASE: &str = "http://hl7.org/fhir/uv/smart-scheduling-links/StructureDefinition";

    fn read(json: &str) -> Result<Vec<(ExtensionName, Option<String>)>, serde_json::Error> {
        let json = json.replace("BASE", BASE);
        let extensions: Extensions<'_> = serde_json::from_str(&json)?;
        Ok(extensions.0.iter().map(|extension| (extension.name, extension.value.text())).collect())
    }

    #[test]
    fn known_extensions_are_read_whatever_their_value_is_called() {
        let phone = |text: &str| vec![(ExtensionName::BookingPhone, Some(text.to_owned()))];
        for (json, want) in [
            (r#"[{"url":"BASE/booking-phone","valueString":"555"}]"#, phone("555")),
            (r#"[{"valueString":"555","url":"BASE/booking-phone"}]"#, phone("555")),
            (r#"{"url":"BASE/booking-phone","valueUri":"tel:555"}"#, phone("tel:555")),
            (r#"[{"url":"BASE/booking-phone","valueContactPoint":{"system":"phone","value":"555"}}]"#, phone("555")),
            (r#"[{"url":"BASE/booking-phone","valueContactPoint":{}}]"#, vec![(ExtensionName::BookingPhone, None)]),
            (r#"[{"url":"BASE/booking-phone","valueInteger":555}]"#, phone("555")),
            (r#"[{"url":"BASE/booking-phone","valueCoding":{"code":"555"}}]"#, phone("555")),
            (r#"[{"id":{},"url":"BASE/booking-phone","valueString":"555","other":[[]]}]"#, phone("555")),
            (r#"[{"url":"BASE/booking-phone","valueString":null}]"#, vec![(ExtensionName::BookingPhone, None)]),
            (r#"[{"url":"http://example.org/x","valueTiming":{"code":{"coding":[]}}}]"#, vec![]),
            (r#"[{"valueString":"no url"},null]"#, vec![]),
            ("null", vec![]),
        ] {
            assert_eq!(read(json).expect(json), want, "{json}");
        }
        for json in ["5", "[5]", r#"["text"]"#, r#"[{"url":"BASE/booking-phone","valueString":["x"]}]"#] {
            assert!(read(json).is_err(), "{json}");
        }
    }

    #[test]
    fn parts_are_read() {
        let json = format!(
            r#"[{{"url":"{BASE}/characteristic","extension":[{{"url":"languagesSpoken","valueCode":"es"}},{{"url":"other"}}]}}]"#
        );
        let extensions: Extensions<'_> = serde_json::from_str(&json).expect("readable");
        let parts = &extensions.0[0].parts.0;
        assert_eq!(parts.len(), 1);
        assert_eq!((parts[0].name, parts[0].value.text()), (ExtensionName::LanguagesSpoken, Some("es".to_owned())));
    }
}
