//! One line of an output file, held against everything that is asked of it.

use openslots_model::{ResourceKind, ResourceRef, UnixSeconds};

use super::finding::{Finding, Findings};
use super::json::{Json, Object};
use super::{Requirement, codes, extensions, profiles, structure};
use crate::reference::Reference;

/// What a line says that other lines are held against.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct LineFacts {
    /// The resource's id.
    pub id: Option<String>,
    /// What it refers to, within the data set.
    pub references: Vec<NamedReference>,
    /// The state of a Location's address.
    pub state: Option<String>,
    /// Whether it is a free slot.
    pub is_free: bool,
    /// What a Schedule's `has-availability` says.
    pub availability: Option<String>,
}

/// A reference and how far others can do without its target.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct NamedReference {
    /// The element, for messages.
    pub element: &'static str,
    /// What is referred to.
    pub target: ResourceRef,
}

/// Holds a line against FHIR R4 and the guide; what it says, and what is wrong with it. Never stops at the first fault.
///
/// `now` is what past and future are told by.
pub fn check_line(kind: ResourceKind, line: &[u8], now: UnixSeconds) -> (LineFacts, Vec<Finding>) {
    let mut findings = Findings::default();
    let facts = findings.within(kind.as_str(), None, |findings| read(kind, line, now, findings));
    (facts, findings.found)
}

fn read(kind: ResourceKind, line: &[u8], now: UnixSeconds, findings: &mut Findings) -> LineFacts {
    let line = match line.strip_prefix(b"\xEF\xBB\xBF") {
        Some(rest) => {
            findings.add(Requirement::ByteOrderMark, "the line begins with a byte order mark");
            rest
        }
        None => line,
    };
    let text = match std::str::from_utf8(line) {
        Ok(text) => text,
        Err(error) => {
            let detail = format!("byte {} is no UTF-8", error.valid_up_to() + 1);
            findings.add(Requirement::LineEncoding, detail);
            return LineFacts::default();
        }
    };
    let json = match serde_json::from_str::<Json<'_>>(text) {
        Ok(json) => json,
        Err(error) => {
            findings.add(Requirement::LineJson, error.to_string());
            return LineFacts::default();
        }
    };
    let Some(resource) = json.as_object() else {
        findings.add(Requirement::LineObject, format!("the line is {}", json.kind()));
        return LineFacts::default();
    };
    match resource.text("resourceType") {
        Some(found) if found == kind.as_str() => {}
        Some("Bundle") => {
            findings.add(Requirement::LineObject, "the line is a Bundle");
            return LineFacts::default();
        }
        found => {
            let detail = match found {
                Some(found) => format!("{} in a file of {kind}", crate::decode::quoted(found)),
                None => "resourceType is missing".to_owned(),
            };
            findings.add_at("resourceType", Requirement::ResourceType, detail);
            return LineFacts::default();
        }
    }
    structure::check_object(kind.as_str(), resource, findings);
    extensions::check(kind.as_str(), resource, findings);
    codes::check(&json, findings);
    profiles::check(kind, resource, now, findings);
    facts(kind, resource, findings)
}

fn facts(kind: ResourceKind, resource: &Object<'_>, findings: &mut Findings) -> LineFacts {
    let mut references = Vec::new();
    let referring: &[&'static str] = match kind {
        ResourceKind::Slot => &["schedule"],
        ResourceKind::Schedule => &["actor"],
        ResourceKind::Location => &["managingOrganization", "partOf"],
        ResourceKind::PractitionerRole => &["practitioner", "organization", "location", "healthcareService"],
        ResourceKind::HealthcareService => &["providedBy", "location"],
        ResourceKind::Organization => &["partOf"],
        ResourceKind::Device => &["owner", "location"],
        ResourceKind::Practitioner => &[],
    };
    for element in referring {
        for reference in resource.objects(element).filter_map(|reference| reference.text("reference")) {
            match Reference::parse(reference) {
                Reference::Resource(target) => references.push(NamedReference { element, target }),
                Reference::Contained(id) => {
                    if !resource.objects("contained").any(|inner| inner.text("id") == Some(&id)) {
                        let detail = format!("nothing contained has the id `{id}`");
                        findings.add_at(element, Requirement::ReferenceContained, detail);
                    }
                }
                Reference::Other(_) => {}
            }
        }
    }
    let availability = extensions::named(resource, "has-availability").next();
    LineFacts {
        id: resource.text("id").map(str::to_owned),
        references,
        state: resource.object("address").and_then(|address| address.text("state")).map(str::to_owned),
        is_free: resource.text("status") == Some("free"),
        availability: availability.and_then(|found| found.text("valueCode")).map(str::to_owned),
    }
}
