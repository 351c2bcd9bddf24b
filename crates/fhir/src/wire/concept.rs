//! Coded values in every shape: `CodeableConcept`, a bare `Coding`, R5's `CodeableReference`, a text alone.

use openslots_model::Coding;
use serde::Deserialize;

use super::{Element, Many, One, Text, words};

/// A coded value of any shape: each shape uses some of the fields.
#[derive(Debug, Clone, PartialEq, Default, Deserialize)]
pub(crate) struct ConceptWire<'a> {
    #[serde(default, borrow)]
    coding: Many<CodingWire<'a>>,
    #[serde(borrow)]
    text: Option<Text<'a>>,
    /// Of a bare `Coding`.
    #[serde(borrow)]
    system: Option<Text<'a>>,
    /// Of a bare `Coding`.
    #[serde(borrow)]
    code: Option<Text<'a>>,
    /// Of a bare `Coding`.
    #[serde(borrow)]
    display: Option<Text<'a>>,
    /// Of a `CodeableReference`.
    #[serde(default, borrow)]
    concept: One<Box<ConceptWire<'a>>>,
    /// Of R5's `Practitioner.communication`.
    #[serde(default, borrow)]
    language: One<Box<ConceptWire<'a>>>,
}

/// A `Coding` within a `CodeableConcept`.
#[derive(Debug, Clone, PartialEq, Default, Deserialize)]
struct CodingWire<'a> {
    #[serde(borrow)]
    system: Option<Text<'a>>,
    #[serde(borrow)]
    code: Option<Text<'a>>,
    #[serde(borrow)]
    display: Option<Text<'a>>,
}

impl<'de: 'a, 'a> Element<'de> for ConceptWire<'a> {
    const EXPECTED: &'static str = "a coded value";

    fn from_text(text: Text<'de>) -> Option<Self> {
        Some(Self { text: Some(Text(text.0)), ..Self::default() })
    }
}

impl<'de: 'a, 'a> Element<'de> for Box<ConceptWire<'a>> {
    const EXPECTED: &'static str = ConceptWire::EXPECTED;

    fn from_text(text: Text<'de>) -> Option<Self> {
        ConceptWire::from_text(text).map(Box::new)
    }
}

impl<'de: 'a, 'a> Element<'de> for CodingWire<'a> {
    const EXPECTED: &'static str = "a coding";
}

impl ConceptWire<'_> {
    /// Adds its codings to a list, each once. The text is kept as well: as the display of the only coding if that
    /// has none, else as a coding of its own unless a coding already shows it.
    pub(crate) fn add_to(&self, list: &mut Vec<Coding>) {
        let bare = CodingWire { system: self.system.clone(), code: self.code.clone(), display: self.display.clone() };
        let mut own: Vec<Coding> = self.coding.0.iter().chain([&bare]).filter_map(CodingWire::coding).collect();
        if let Some(text) = words(&self.text) {
            match own.as_mut_slice() {
                [only] if only.display.is_none() => only.display = Some(text),
                codings if codings.iter().any(|coding| shows(coding, &text)) => {}
                _ => own.push(Coding { display: Some(text), ..Coding::default() }),
            }
        }
        for coding in own {
            coding.add_to(list);
        }
        for concept in self.concept.0.iter().chain(&self.language.0) {
            concept.add_to(list);
        }
    }

    /// The codings, each once.
    pub(crate) fn codings(&self) -> Vec<Coding> {
        let mut list = Vec::new();
        self.add_to(&mut list);
        list
    }
}

impl CodingWire<'_> {
    fn coding(&self) -> Option<Coding> {
        let coding = Coding { system: words(&self.system), code: words(&self.code), display: words(&self.display) };
        (coding.code.is_some() || coding.display.is_some()).then_some(coding)
    }
}

fn shows(coding: &Coding, text: &str) -> bool {
    coding.display.as_ref().is_some_and(|display| display.eq_ignore_ascii_case(text))
}

/// The codings of a list of concepts, each once.
pub(crate) fn codings(concepts: &Many<ConceptWire<'_>>) -> Vec<Coding> {
    let mut list = Vec::new();
    for concept in &concepts.0 {
        concept.add_to(&mut list);
    }
    list
}

#[cfg(test)]
mod tests {
    use super::*;

    fn coding(system: &str, code: &str, display: &str) -> Coding {
        let some = |text: &str| (!text.is_empty()).then(|| text.to_owned());
        Coding { system: some(system), code: some(code), display: some(display) }
    }

    #[test]
    fn every_shape_gives_its_codings() {
        for (json, want) in [
            (r#"[{"coding":[{"system":"s","code":"57","display":"Shot"}]}]"#, vec![coding("s", "57", "Shot")]),
            (r#"{"coding":[{"system":"s","code":"57"}]}"#, vec![coding("s", "57", "")]),
            (r#"{"coding":{"system":"s","code":57}}"#, vec![coding("s", "57", "")]),
            (r#"[{"system":"s","code":"57","display":"Shot"}]"#, vec![coding("s", "57", "Shot")]),
            (r#"[{"concept":{"coding":[{"code":"57"}]},"reference":null}]"#, vec![coding("", "57", "")]),
            (r#"[{"reference":{"reference":"HealthcareService/1"}}]"#, vec![]),
            (r#"[{"text":"Flu shot"}]"#, vec![coding("", "", "Flu shot")]),
            (r#"["Flu shot"]"#, vec![coding("", "", "Flu shot")]),
            (r#""Flu shot""#, vec![coding("", "", "Flu shot")]),
            (r#"{"coding":[{"code":"57"}],"text":"Flu shot"}"#, vec![coding("", "57", "Flu shot")]),
            (
                r#"{"coding":[{"code":"57","display":"FLU SHOT"}],"text":"Flu shot"}"#,
                vec![coding("", "57", "FLU SHOT")],
            ),
            (
                r#"{"coding":[{"code":"57","display":"Immunization"}],"text":"Flu shot"}"#,
                vec![coding("", "57", "Immunization"), coding("", "", "Flu shot")],
            ),
            (r#"[{"coding":[{"code":"57"},null,{"code":"57","display":"again"}]},null]"#, vec![coding("", "57", "")]),
            (r#"[{"coding":null,"text":null}]"#, vec![]),
            (r#"[{"coding":[{"system":"s","code":" ","display":""}]}]"#, vec![]),
            ("null", vec![]),
            ("[]", vec![]),
        ] {
            let concepts: Many<ConceptWire<'_>> = serde_json::from_str(json).expect(json);
            assert_eq!(codings(&concepts), want, "{json}");
        }
    }

    #[test]
    fn what_is_no_coded_value_is_refused() {
        for json in ["5", "true", "[5]", r#"[{"coding":5}]"#, r#"[{"coding":["x"]}]"#, r#"[{"text":{}}]"#] {
            assert!(serde_json::from_str::<Many<ConceptWire<'_>>>(json).is_err(), "{json}");
        }
    }
}
