//! The extensions of SMART Scheduling Links: where each may stand, and what it may hold.

use super::Requirement;
use super::codes;
use super::finding::Findings;
use super::json::Object;
use crate::decode::is_legal_id;
use crate::systems::{ACCEPTING_PATIENTS, EXTENSION_BASES, LAST_SOURCE_SYNC};

/// What is said of an extension.
struct Rule {
    name: &'static str,
    /// The resources it is for.
    contexts: &'static [&'static str],
    /// The elements its value may stand in; empty: it holds extensions.
    values: &'static [&'static str],
    may_repeat: bool,
}

const RULES: &[Rule] = &[
    rule("booking-deep-link", &["Slot"], &["valueUrl"], false),
    rule("booking-phone", &["Slot"], &["valueString", "valueContactPoint"], false),
    rule("slot-capacity", &["Slot"], &["valueInteger"], false),
    rule("appointment-type", &["Slot", "Schedule"], &["valueCodeableConcept", "valueCoding"], true),
    rule("patient-type", &["Slot", "Schedule"], &["valueCoding", "valueCodeableConcept"], true),
    rule("characteristic", &["Slot", "Schedule", "PractitionerRole", "HealthcareService", "Location"], &[], true),
    rule("vaccine-product", &["Schedule", "Slot"], &["valueCoding"], true),
    rule("vaccine-dose", &["Schedule", "Slot"], &["valueInteger"], true),
    rule("has-availability", &["Schedule"], &["valueCode"], false),
    rule("specialty", &["Schedule", "Slot"], &["valueCoding", "valueCodeableConcept"], true),
    rule("schedule-specialty", &["Schedule"], &["valueCoding", "valueCodeableConcept"], true),
    rule("licensed-states", &["Location", "PractitionerRole"], &["valueString", "valueCode"], true),
    rule("virtual-service-base", &["Location", "HealthcareService", "Schedule", "Slot"], &[], true),
];

const fn rule(
    name: &'static str,
    contexts: &'static [&'static str],
    values: &'static [&'static str],
    may_repeat: bool,
) -> Rule {
    Rule { name, contexts, values, may_repeat }
}

/// The name of an extension of the guide, under either base.
pub(crate) fn name_of(url: &str) -> Option<&str> {
    EXTENSION_BASES.iter().find_map(|base| url.strip_prefix(base)?.strip_prefix('/'))
}

/// The extensions of a resource that have a name of the guide.
pub(crate) fn named<'o, 'a>(resource: &'o Object<'a>, name: &'o str) -> impl Iterator<Item = &'o Object<'a>> {
    resource.objects("extension").filter(move |extension| extension.text("url").and_then(name_of) == Some(name))
}

/// Looks at the extensions that stand on a resource itself.
pub(crate) fn check(type_name: &str, resource: &Object<'_>, findings: &mut Findings) {
    let mut seen: Vec<&str> = Vec::new();
    for (place, extension) in resource.objects("extension").enumerate() {
        let Some(url) = extension.text("url") else { continue };
        findings.within("extension", Some(place), |findings| {
            if !url.contains(':') {
                return findings.add_at("url", Requirement::ExtensionUrl, format!("`{url}` is no URL in full"));
            }
            let Some(name) = name_of(url) else { return };
            let Some(rule) = RULES.iter().find(|rule| rule.name == name) else {
                return findings.add_at("url", Requirement::ExtensionUnknown, format!("the guide has no `{name}`"));
            };
            if !rule.may_repeat && seen.contains(&name) {
                findings.add(Requirement::ExtensionRepeated, format!("`{name}` stands more than once"));
            }
            seen.push(name);
            if !rule.contexts.contains(&type_name) {
                let detail = format!("`{name}` stands on a {type_name}; it is for {}", rule.contexts.join(", "));
                findings.add(Requirement::ExtensionContext, detail);
            }
            value(rule, extension, findings);
        });
    }
    if let Some(meta) = resource.object("meta") {
        for sync in meta.objects("extension").filter(|extension| extension.text("url") == Some(LAST_SOURCE_SYNC)) {
            if sync.get("valueDateTime").is_none() {
                let detail = "`lastSourceSync` has no `valueDateTime`";
                findings.add_at("meta.extension", Requirement::ExtensionValue, detail);
            }
        }
    }
}

fn value(rule: &Rule, extension: &Object<'_>, findings: &mut Findings) {
    let name = rule.name;
    let found = extension.0.iter().find(|(name, _)| name.starts_with("value"));
    if rule.values.is_empty() {
        if name == "characteristic" {
            characteristic(extension, findings);
        }
        return;
    }
    let Some((element, value)) = found.filter(|(element, _)| rule.values.contains(&&**element)) else {
        let found = found.map_or("no value", |(element, _)| element);
        let detail = format!("`{name}` has {found}, not {}", rule.values.join(" or "));
        return findings.add(Requirement::ExtensionValue, detail);
    };
    let code = value.as_object().and_then(|coding| {
        let inner = coding.objects("coding").next().unwrap_or(coding);
        Some((inner.text("system"), inner.text("code")?))
    });
    let number = || match value {
        super::json::Json::Number(number) => number.as_i64(),
        _ => None,
    };
    let text = value.as_text();
    let mut add = |requirement, detail: String| findings.add_at(element, requirement, detail);
    match name {
        "booking-deep-link" => link(text.unwrap_or_default(), &mut add),
        "slot-capacity" if number().is_none_or(|capacity| capacity < 1) => {
            add(Requirement::SlotCapacity, "the capacity is no whole number from 1".to_owned());
        }
        "vaccine-dose" if number().is_some_and(|dose| !(1..=10).contains(&dose)) => {
            add(Requirement::ExtensionCode, "the dose is not 1 to 10".to_owned());
        }
        "has-availability" if !matches!(text, Some("some" | "none" | "unknown")) => {
            add(Requirement::ExtensionCode, format!("`{}` is none of some, none, unknown", text.unwrap_or_default()));
        }
        "licensed-states" if !text.is_some_and(codes::is_state) => {
            add(Requirement::ExtensionCode, format!("`{}` is no two-letter state", text.unwrap_or_default()));
        }
        "patient-type" => {
            if let Some((system, code)) = code
                && (system != Some(ACCEPTING_PATIENTS) || !codes::ACCEPTED_PATIENTS.contains(&code))
            {
                add(Requirement::ExtensionCode, format!("`{code}` is no code of {ACCEPTING_PATIENTS}"));
            }
        }
        _ => {}
    }
}

fn link(text: &str, add: &mut impl FnMut(Requirement, String)) {
    match url::Url::parse(text) {
        Ok(url) if url.scheme() == "https" => {}
        Ok(url) if url.scheme() == "http" => {
            add(Requirement::BookingLinkPlain, "the link begins with `http://`".to_owned());
        }
        _ => add(Requirement::BookingLink, format!("{} is no http or https URL", crate::decode::quoted(text))),
    }
}

fn characteristic(extension: &Object<'_>, findings: &mut Findings) {
    for part in extension.objects("extension") {
        let coded = ["valueCodeableConcept", "valueCoding", "valueCode", "valueString"];
        let value = coded.iter().find_map(|name| part.get(name));
        let code = value.and_then(|value| match value.as_object() {
            Some(object) => object.objects("coding").next().unwrap_or(object).text("code"),
            None => value.as_text(),
        });
        match (part.text("url"), code) {
            (Some("acceptingPatients"), Some(code)) if !codes::ACCEPTED_PATIENTS.contains(&code) => {
                let detail = format!("`{code}` is no code of {ACCEPTING_PATIENTS}");
                findings.add_at("extension", Requirement::ExtensionCode, detail);
            }
            (Some("languagesSpoken"), Some(code)) if !codes::is_language(code) || !is_legal_id(code) => {
                findings.add_at("extension", Requirement::LanguageTag, format!("`{code}` is no BCP 47 tag"));
            }
            (Some("acceptingPatients" | "languagesSpoken"), _) => {}
            (url, _) => {
                let detail = format!("`characteristic` has no part `{}`", url.unwrap_or_default());
                findings.add_at("extension", Requirement::ExtensionUnknown, detail);
            }
        }
    }
}
