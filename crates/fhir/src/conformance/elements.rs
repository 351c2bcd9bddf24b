//! What FHIR R4 says of each element: its type, how often it may stand, which codes or targets it may have.

use std::collections::HashMap;
use std::sync::LazyLock;

/// The elements of the types that publishers write, as a table.
const PUBLISHED: &str = include_str!("r4_elements.tsv");
/// Those of the types that the patient side reads.
const OF_PATIENTS: &str = include_str!("r4_patient_elements.tsv");

/// What an element may be.
#[derive(Debug)]
pub(crate) struct Element {
    /// Its type's name in FHIR; those that begin with a capital are objects.
    pub(crate) type_name: &'static str,
    pub(crate) is_list: bool,
    /// The choice it is one of (`value` of `value[x]`).
    pub(crate) choice: Option<&'static str>,
    /// The codes of a required binding, or the types that a reference may name; empty: any.
    pub(crate) allowed: Vec<&'static str>,
}

/// The elements of a type.
#[derive(Debug, Default)]
pub(crate) struct TypeElements {
    by_name: HashMap<&'static str, Element>,
    /// Names of those that must be there.
    pub(crate) required: Vec<&'static str>,
}

impl TypeElements {
    pub(crate) fn get(&self, name: &str) -> Option<&Element> {
        self.by_name.get(name)
    }
}

static TYPES: LazyLock<HashMap<&'static str, TypeElements>> = LazyLock::new(|| {
    let mut types: HashMap<&'static str, TypeElements> = HashMap::new();
    let mut current = "";
    for line in PUBLISHED.lines().chain(OF_PATIENTS.lines()).filter(|line| !line.starts_with('#')) {
        if let Some(name) = line.strip_prefix('[').and_then(|line| line.strip_suffix(']')) {
            current = name;
            continue;
        }
        let mut columns = line.split('\t');
        let mut column = || columns.next().unwrap_or_default();
        let (name, type_name, cardinality, choice, allowed) = (column(), column(), column(), column(), column());
        let element = Element {
            type_name,
            is_list: cardinality.ends_with('*'),
            choice: Some(choice).filter(|choice| !choice.is_empty()),
            allowed: allowed.split_ascii_whitespace().collect(),
        };
        let of_type = types.entry(current).or_default();
        if cardinality.starts_with('1') {
            of_type.required.push(name);
        }
        of_type.by_name.insert(name, element);
    }
    types
});

/// The elements of a type; `None` for one that neither side has a use for, whose content is not looked at.
pub(crate) fn of_type(name: &str) -> Option<&'static TypeElements> {
    TYPES.get(name)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_table_says_what_the_standard_says() {
        let slot = of_type("Slot").expect("a type");
        assert_eq!(slot.required, ["end", "schedule", "start", "status"]);
        assert_eq!(slot.get("schedule").expect("an element").allowed, ["Schedule"]);
        assert!(of_type("Schedule").and_then(|of| of.get("actor")).is_some_and(|actor| actor.is_list));
        assert!(of_type("Extension").and_then(|of| of.get("valueUrl")).is_some_and(|url| url.choice == Some("value")));
        assert!(slot.get("name").is_none() && of_type("Observation").is_none());
    }

    #[test]
    fn every_object_type_that_is_named_is_there_or_left_aside_on_purpose() {
        let aside = [
            "ContactDetail",
            "Contributor",
            "DataRequirement",
            "Dosage",
            "Expression",
            "ParameterDefinition",
            "Ratio",
            "RelatedArtifact",
            "Resource",
            "SampledData",
            "Signature",
            "Timing",
            "TriggerDefinition",
            "UsageContext",
        ];
        for (owner, elements) in &*TYPES {
            for (name, element) in &elements.by_name {
                let is_object = element.type_name.starts_with(char::is_uppercase);
                let is_known = of_type(element.type_name).is_some() || aside.contains(&element.type_name);
                assert!(!is_object || is_known, "{owner}.{name}: {}", element.type_name);
            }
        }
    }
}
