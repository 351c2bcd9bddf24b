//! Whether a resource is FHIR R4 by its structure: elements, JSON types, cardinalities, formats, codes, references.

use super::Requirement;
use super::elements::{self, Element};
use super::finding::Findings;
use super::json::{Json, Object};
use super::primitives;

/// Deeper values are not looked at; nothing that publishers write is half as deep.
const MAX_DEPTH: usize = 24;

/// Looks through an object of a FHIR type.
pub(crate) fn check_object(type_name: &str, object: &Object<'_>, findings: &mut Findings) {
    Walk { depth: 0, findings }.object(type_name, object, true);
}

struct Walk<'a> {
    depth: usize,
    findings: &'a mut Findings,
}

impl Walk<'_> {
    fn object(&mut self, type_name: &str, object: &Object<'_>, is_resource: bool) {
        if self.depth == MAX_DEPTH {
            return;
        }
        let Some(elements) = elements::of_type(type_name) else { return };
        if object.0.is_empty() {
            self.findings.add(Requirement::EmptyValue, "an object without members");
            return;
        }
        for name in object.repeated_names() {
            self.findings.add_at(name, Requirement::DuplicateName, format!("`{name}` stands twice in one object"));
        }
        let mut choice: Option<(&str, &str)> = None;
        for (name, value) in &object.0 {
            if is_resource && name == "resourceType" || name == "fhir_comments" {
                continue;
            }
            // `_name` is what is said of a primitive element beside its value.
            let (name, is_beside) = name.strip_prefix('_').map_or((&**name, false), |name| (name, true));
            let Some(element) = elements.get(name) else {
                self.findings.add_at(name, Requirement::UnknownElement, format!("{type_name} has no `{name}`"));
                continue;
            };
            if is_beside {
                continue;
            }
            if let Some(of) = element.choice {
                match choice {
                    Some((other, earlier)) if other == of && earlier != name => {
                        let detail = format!("`{earlier}` and `{name}` stand beside each other");
                        self.findings.add_at(name, Requirement::ChoiceTwice, detail);
                    }
                    _ => choice = Some((of, name)),
                }
            }
            self.depth += 1;
            self.element(name, element, value);
            self.depth -= 1;
        }
        for name in &elements.required {
            let is_there = object.0.iter().any(|(found, _)| found.strip_prefix('_').unwrap_or(found) == *name);
            if !is_there {
                let detail = format!("{type_name} needs `{name}`");
                self.findings.add_at(name, Requirement::RequiredElement, detail);
            }
        }
    }

    fn element(&mut self, name: &str, element: &Element, value: &Json<'_>) {
        match (element.is_list, value) {
            (true, Json::List(items)) => {
                if items.is_empty() {
                    self.findings.add_at(name, Requirement::EmptyValue, "a list without items");
                }
                for (place, item) in items.iter().enumerate() {
                    self.findings_within(name, Some(place), |walk| walk.value(element, item));
                }
            }
            (true, Json::Null) | (false, _) if !matches!(value, Json::List(_)) => {
                self.findings_within(name, None, |walk| walk.value(element, value));
            }
            (true, single) => {
                let detail = format!("{} instead of a list", single.kind());
                self.findings.add_at(name, Requirement::Cardinality, detail);
                self.findings_within(name, None, |walk| walk.value(element, single));
            }
            (false, list) => {
                self.findings.add_at(name, Requirement::Cardinality, "a list instead of a single value");
                for (place, item) in list.items().iter().enumerate() {
                    self.findings_within(name, Some(place), |walk| walk.value(element, item));
                }
            }
        }
    }

    fn findings_within(&mut self, name: &str, place: Option<usize>, look: impl FnOnce(&mut Walk<'_>)) {
        let depth = self.depth;
        self.findings.within(name, place, |findings| look(&mut Walk { depth, findings }));
    }

    fn value(&mut self, element: &Element, value: &Json<'_>) {
        match value {
            Json::Null => return self.findings.add(Requirement::NullValue, "null"),
            Json::Text(text) if text.trim().is_empty() => {
                return self.findings.add(Requirement::EmptyValue, "an empty text");
            }
            _ => {}
        }
        if element.type_name == "Resource" {
            return self.contained(value);
        }
        if !element.type_name.starts_with(char::is_uppercase) {
            return self.primitive(element, value);
        }
        let Json::Object(object) = value else {
            let detail = format!("{}, where FHIR has a {}", value.kind(), element.type_name);
            return self.findings.add(Requirement::ElementType, detail);
        };
        self.object(element.type_name, object, false);
        match element.type_name {
            "Reference" => self.reference(element, object),
            "Extension" => self.extension(object),
            "ContactPoint" if object.get("value").is_some() && object.get("system").is_none() => {
                self.findings.add(Requirement::ContactSystem, "a value without system");
            }
            "Period" => self.period(object),
            _ => {}
        }
    }

    fn primitive(&mut self, element: &Element, value: &Json<'_>) {
        let shown = |value: &Json<'_>| match value {
            Json::Text(text) => crate::decode::quoted(text),
            Json::Number(number) => format!("`{number}`"),
            other => other.kind().to_owned(),
        };
        match primitives::check(element.type_name, value) {
            Err(wanted) => {
                let detail = format!("{}, where FHIR has {wanted} ({})", value.kind(), element.type_name);
                self.findings.add(Requirement::ElementType, detail);
            }
            Ok(Err(fault)) => {
                let requirement = match element.type_name {
                    "instant" => Requirement::InstantFormat,
                    "id" => Requirement::IllegalId,
                    _ => Requirement::Primitive,
                };
                self.findings.add(requirement, format!("{} as {}: {fault}", shown(value), element.type_name));
            }
            Ok(Ok(())) => {
                let is_bound = element.type_name == "code" && !element.allowed.is_empty();
                if is_bound && let Some(code) = value.as_text().filter(|code| !element.allowed.contains(code)) {
                    let detail = format!("{} is none of {}", crate::decode::quoted(code), element.allowed.join(", "));
                    self.findings.add(Requirement::CodeBinding, detail);
                }
            }
        }
    }

    fn contained(&mut self, value: &Json<'_>) {
        let Json::Object(object) = value else {
            return self.findings.add(Requirement::ElementType, format!("{} instead of a resource", value.kind()));
        };
        match object.text("resourceType") {
            Some(type_name) => self.object(type_name, object, true),
            None => self.findings.add(Requirement::RequiredElement, "a contained resource without resourceType"),
        }
        if object.get("contained").is_some() {
            self.findings.add(Requirement::UnknownElement, "a contained resource contains others (dom-2)");
        }
    }

    fn reference(&mut self, element: &Element, object: &Object<'_>) {
        let Some(text) = object.text("reference") else {
            if ["display", "identifier"].iter().all(|name| object.get(name).is_none())
                && object.get("extension").is_none()
            {
                self.findings.add(Requirement::ReferenceForm, "neither reference, nor identifier, nor display");
            }
            return;
        };
        let Some(named) = named_type(text) else {
            if !text.starts_with('#') && !text.starts_with("urn:") {
                let detail = format!("{} is no `Type/id`", crate::decode::quoted(text));
                self.findings.add_at("reference", Requirement::ReferenceForm, detail);
            }
            return;
        };
        if !element.allowed.is_empty() && !element.allowed.contains(&named) {
            let detail = format!("{} is none of {}", crate::decode::quoted(text), element.allowed.join(", "));
            self.findings.add_at("reference", Requirement::ReferenceTarget, detail);
        }
    }

    fn extension(&mut self, object: &Object<'_>) {
        let has_value = object.0.iter().any(|(name, _)| name.trim_start_matches('_').starts_with("value"));
        if has_value == object.get("extension").is_some() {
            let what = if has_value { "a value and extensions" } else { "neither a value nor extensions" };
            self.findings.add(Requirement::ExtensionEmpty, what);
        }
    }

    fn period(&mut self, object: &Object<'_>) {
        if let (Some(start), Some(end)) = (object.text("start"), object.text("end"))
            && day(start) > day(end)
        {
            self.findings.add(Requirement::PeriodOrder, format!("from {start} to {end}"));
        }
    }
}

/// The day that a date or an instant begins with; days compare as texts.
fn day(text: &str) -> &str {
    text.get(..10).unwrap_or(text)
}

/// The type that a literal reference names, if it has the form of one: `Type/id`, also absolute or with a version.
fn named_type(text: &str) -> Option<&str> {
    let path = text.split_once("/_history/").map_or(text, |(path, _)| path);
    let mut parts = path.rsplit('/');
    let (id, type_name) = (parts.next()?, parts.next()?);
    let is_type = type_name.starts_with(|letter: char| letter.is_ascii_uppercase())
        && type_name.bytes().all(|byte| byte.is_ascii_alphabetic());
    let is_relative = path.matches('/').count() == 1;
    (is_type && crate::decode::is_legal_id(id) && (is_relative || path.contains("://"))).then_some(type_name)
}
