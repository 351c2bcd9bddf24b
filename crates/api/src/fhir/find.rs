//! `Appointment/$find`: what can be booked, as proposed Appointments (IHE ITI Scheduling, ITI-115).

use openslots_fhir::search::{Target, find_parameter, period_of};
use openslots_model::{PublisherNumber, ResourceKind};
use openslots_search::resources::{Comparator, Criterion, DateTest, Resources, Test, TextMode, TokenTest};
use openslots_search::{SlotCodeTest, SlotCodes};
use openslots_store::StoredSlot;
use rustc_hash::FxHashSet;
use serde_json::{Value, json};
use xxhash_rust::xxh3::xxh3_128;

use super::base::ServiceBase;
use super::bundle::SearchFault;
use super::clauses::{Clause, SlotClause};
use super::evaluate;
use super::parse;
use super::request::{self, MAX_COUNT, SearchRequest};
use super::resources::not_ready;
use super::slots;
use crate::ApiState;
use crate::problem::{ParameterIssue, Problem};

/// The parameters that are taken.
const KNOWN: [&str; 10] = [
    "start",
    "end",
    "specialty",
    "visit-type",
    "practitioner",
    "organization",
    "location-string",
    "location-reference",
    "_count",
    "_format",
];

/// What is asked for. Parameters of different names must all be met, of one name any.
pub(super) struct FindRequest {
    start: i64,
    end: i64,
    specialties: Vec<TokenTest>,
    visit_types: Vec<TokenTest>,
    practitioners: Vec<Target>,
    organizations: Vec<Target>,
    location_texts: Vec<String>,
    locations: Vec<Target>,
    count: usize,
    pairs: Vec<(String, String)>,
}

/// The name and value of each parameter of a Parameters resource.
pub(super) fn pairs_of_parameters(body: &[u8]) -> Result<Vec<(String, String)>, Problem> {
    let bad =
        |why: String| Problem::invalid_parameters(vec![ParameterIssue { parameter: "body".to_owned(), detail: why }]);
    let resource: Value = serde_json::from_slice(body).map_err(|error| bad(format!("is not JSON: {error}")))?;
    if resource["resourceType"] != "Parameters" {
        return Err(bad("is not a Parameters resource".to_owned()));
    }
    let mut pairs = Vec::new();
    for parameter in resource["parameter"].as_array().into_iter().flatten() {
        let name = parameter["name"].as_str().unwrap_or_default().to_owned();
        let members = parameter.as_object().into_iter().flatten();
        let value = members.into_iter().find(|(key, _)| key.starts_with("value")).map(|(_, value)| value);
        let text = match value {
            Some(Value::String(text)) => text.clone(),
            Some(Value::Number(number)) => number.to_string(),
            Some(concept) if concept["coding"].is_array() => token_text(&concept["coding"][0]),
            Some(reference) if reference["reference"].is_string() => {
                reference["reference"].as_str().unwrap_or_default().to_owned()
            }
            Some(coding) => token_text(coding),
            None => return Err(bad(format!("has a parameter `{}` without a value", parse::short(&name)))),
        };
        pairs.push((name, text));
    }
    Ok(pairs)
}

fn token_text(coding: &Value) -> String {
    let code = coding["code"].as_str().unwrap_or_default();
    coding["system"].as_str().map_or_else(|| code.to_owned(), |system| format!("{system}|{code}"))
}

/// Reads the parameters.
pub(super) fn read(pairs: Vec<(String, String)>) -> Result<FindRequest, Vec<ParameterIssue>> {
    let mut request = FindRequest {
        start: 0,
        end: 0,
        specialties: Vec::new(),
        visit_types: Vec::new(),
        practitioners: Vec::new(),
        organizations: Vec::new(),
        location_texts: Vec::new(),
        locations: Vec::new(),
        count: 25,
        pairs,
    };
    let mut issues = Vec::new();
    let mut issue = |parameter: &str, detail: String| {
        issues.push(ParameterIssue { parameter: parse::short(parameter), detail });
    };
    let (mut start, mut end) = (None, None);
    for (name, value) in request.pairs.clone() {
        let taken = match name.as_str() {
            "start" | "end" => match period_of(&value).or_else(|| period_of(&value.replace(' ', "+"))) {
                Some((from, to)) if name == "start" => {
                    start = Some((from, to));
                    Ok(())
                }
                Some(period) => {
                    end = Some(period);
                    Ok(())
                }
                None => Err("is not a date or instant".to_owned()),
            },
            "specialty" => parse::token(&value).map(|tests| request.specialties.extend(tests)),
            "visit-type" => parse::token(&value).map(|tests| request.visit_types.extend(tests)),
            "practitioner" => {
                let kinds = [ResourceKind::Practitioner, ResourceKind::PractitionerRole];
                parse::reference(&value, &kinds).map(|found| request.practitioners.extend(found))
            }
            "organization" => {
                parse::reference(&value, &[ResourceKind::Organization]).map(|found| request.organizations.extend(found))
            }
            "location-reference" => {
                parse::reference(&value, &[ResourceKind::Location]).map(|found| request.locations.extend(found))
            }
            "location-string" => parse::text(&value).map(|text| request.location_texts.push(text)),
            "_count" => value
                .parse::<usize>()
                .map(|count| request.count = count.min(MAX_COUNT))
                .map_err(|_| "is not a number of answers".to_owned()),
            "_format" => Ok(()),
            _ => Err(format!("is not a parameter of $find here; known are {}", KNOWN.join(", "))),
        };
        if let Err(detail) = taken {
            issue(&name, detail);
        }
    }
    match (start, end) {
        (Some((from, _)), Some((to_from, to))) => {
            // An instant ends a period itself; of a day all of it counts.
            let end = if to - to_from <= 1 { to_from } else { to };
            if end < from {
                issue("end", "lies before `start`".to_owned());
            }
            (request.start, request.end) = (from, end);
        }
        (start, end) => {
            for name in ["start", "end"] {
                let is_there = if name == "start" { start.is_some() } else { end.is_some() };
                if !is_there && !request.pairs.iter().any(|(given, _)| given == name) {
                    issue(name, "is missing; $find needs a start and an end".to_owned());
                }
            }
        }
    }
    let has = |name: &str| request.pairs.iter().any(|(given, _)| given == name);
    let asked = [
        ("practitioner", request.practitioners.is_empty()),
        ("organization", request.organizations.is_empty()),
        ("location-reference", request.locations.is_empty()),
    ];
    // An id that is none of ours is met by nobody; it must not fall away.
    let unmet: Vec<&str> =
        asked.into_iter().filter(|(name, is_empty)| *is_empty && has(name)).map(|(name, _)| name).collect();
    if issues.is_empty() {
        if !unmet.is_empty() {
            request.end = request.start;
        }
        Ok(request)
    } else {
        Err(issues)
    }
}

impl FindRequest {
    /// What is asked of schedules and slots.
    fn clauses(&self, resources: &Resources, excluded: &[PublisherNumber], now: i64) -> Vec<Clause> {
        let mut clauses = vec![
            Clause::Slot(SlotClause::Statuses(vec![openslots_model::SlotStatus::Free])),
            start(Comparator::GreaterOrEqual, self.start.max(now)),
            start(Comparator::Less, self.end),
        ];
        for (codes, tokens) in [(SlotCodes::Specialties, &self.specialties), (SlotCodes::VisitTypes, &self.visit_types)]
        {
            if !tokens.is_empty() {
                let tokens = Some(tokens.clone());
                clauses.push(Clause::Slot(SlotClause::Codes(SlotCodeTest::new(codes, tokens, false))));
            }
        }
        let Some(actor) = find_parameter(ResourceKind::Schedule, "actor") else { return clauses };
        for actors in self.actors(resources, excluded) {
            clauses.push(slots::of_actors(actors, actor.number()));
        }
        clauses
    }

    /// For each kind of actor that is asked for, which it may be.
    fn actors(&self, resources: &Resources, excluded: &[PublisherNumber]) -> Vec<FxHashSet<Target>> {
        use ResourceKind::{HealthcareService, Location, PractitionerRole};
        let referring = |kind: ResourceKind, name: &str, to: &[Target]| -> FxHashSet<Target> {
            let Some(parameter) = find_parameter(kind, name) else { return FxHashSet::default() };
            let test = Test::References(to.iter().copied().collect());
            let clause = Clause::Own(Criterion { parameter: Some(parameter.number()), test });
            evaluate::targets(resources, excluded, kind, &clause)
        };
        let mut asked = Vec::new();
        if !self.practitioners.is_empty() {
            let mut actors = referring(PractitionerRole, "practitioner", &self.practitioners);
            actors.extend(&self.practitioners);
            asked.push(actors);
        }
        if !self.organizations.is_empty() {
            let kinds = [PractitionerRole, HealthcareService, Location];
            asked.push(
                kinds.into_iter().flat_map(|kind| referring(kind, "organization", &self.organizations)).collect(),
            );
        }
        let mut places: FxHashSet<Target> = self.locations.iter().copied().collect();
        for name in ["name", "address"] {
            if let Some(parameter) = find_parameter(Location, name).filter(|_| !self.location_texts.is_empty()) {
                let test = Test::Texts(TextMode::Contains, self.location_texts.clone());
                let clause = Clause::Own(Criterion { parameter: Some(parameter.number()), test });
                places.extend(evaluate::targets(resources, excluded, Location, &clause));
            }
        }
        if !self.locations.is_empty() || !self.location_texts.is_empty() {
            let at: Vec<Target> = places.iter().copied().collect();
            // Who works at one place only is there, also where the schedule names no place.
            for kind in [PractitionerRole, HealthcareService] {
                let Some(parameter) = find_parameter(kind, "location") else { continue };
                let works_once = |target: &Target| resources.references(*target, parameter.number()).count() == 1;
                places.extend(referring(kind, "location", &at).into_iter().filter(works_once));
            }
            asked.push(places);
        }
        asked
    }
}

fn start(comparator: Comparator, at: i64) -> Clause {
    Clause::Slot(SlotClause::Start(DateTest { comparator, from: at, to: at + 1 }))
}

/// What can be booked, the earliest first. Blocks.
pub(super) fn find(state: &ApiState, base: &ServiceBase, asked: &FindRequest) -> Result<Value, SearchFault> {
    let resources = state.resources().ok_or_else(|| SearchFault::Refused(not_ready(2)))?;
    let excluded = state.publishers().expired(state.now());
    let count = [("_count".to_owned(), asked.count.to_string())];
    let request = request::read(ResourceKind::Slot, count.to_vec(), false)
        .map_err(|issues| SearchFault::Refused(issues.into()))?;
    let clauses = asked.clauses(&resources, &excluded, state.now().0);
    let request = SearchRequest { clauses, ..request };
    let found = slots::search(state, &resources, &excluded, &request, None)?;
    let entries: Vec<Value> = found
        .slots
        .iter()
        .map(|slot| {
            let uuid = uuid_of(xxh3_128(slot.id.as_bytes()));
            let resource = appointment(&resources, slot);
            json!({ "fullUrl": format!("urn:uuid:{uuid}"), "resource": resource, "search": { "mode": "match" } })
        })
        .collect();
    let query = url::form_urlencoded::Serializer::new(String::new())
        .extend_pairs(asked.pairs.iter().map(|(name, value)| (name.as_str(), value.as_str())))
        .finish();
    let mut bundle = json!({
        "resourceType": "Bundle",
        "type": "searchset",
        "total": found.total,
        "link": [{ "relation": "self", "url": format!("{}/Appointment/$find?{query}", base.fhir()) }],
    });
    if !entries.is_empty() {
        bundle["entry"] = Value::Array(entries);
    }
    Ok(bundle)
}

/// A proposed Appointment for a slot: who it would be with is who its schedule is of.
fn appointment(resources: &Resources, slot: &StoredSlot) -> Value {
    let schedule = Target { kind: ResourceKind::Schedule, id: slot.schedule_id };
    let actor =
        find_parameter(ResourceKind::Schedule, "actor").map_or(0, openslots_fhir::search::SearchParameter::number);
    let participant: Vec<Value> = resources
        .references(schedule, actor)
        .map(|actor| json!({ "actor": { "reference": format!("{}/{}", actor.kind, actor.id) }, "status": "needs-action" }))
        .collect();
    let traits = &slot.slot.traits;
    let mut appointment = json!({
        "resourceType": "Appointment",
        "status": "proposed",
        "start": slot.slot.start.to_string(),
        "end": slot.slot.end.to_string(),
        "slot": [{ "reference": format!("Slot/{}", slot.id) }],
        // An appointment has at least one participant; of whom nothing is known but that somebody is needed.
        "participant": if participant.is_empty() { vec![json!({ "status": "needs-action", "actor": { "display": "unknown" } })] } else { participant },
    });
    if !traits.is_coarse() {
        let minutes = (slot.slot.end.instant.0 - slot.slot.start.instant.0) / 60;
        if minutes > 0 {
            appointment["minutesDuration"] = minutes.into();
        }
    }
    for (name, codings) in [("serviceType", &traits.service_types), ("specialty", &traits.specialties)] {
        if !codings.is_empty() {
            appointment[name] = codings.iter().map(|coding| json!({ "coding": [coding] })).collect();
        }
    }
    if let Some(coding) = traits.appointment_types.first() {
        appointment["appointmentType"] = json!({ "coding": [coding] });
    }
    appointment
}

/// A UUID of version 8 (RFC 9562), of bits that are our own.
fn uuid_of(bits: u128) -> String {
    let bits = bits & !(0xf << 76) & !(0x3 << 62) | 8 << 76 | 2 << 62;
    let hex = format!("{bits:032x}");
    format!("{}-{}-{}-{}-{}", &hex[..8], &hex[8..12], &hex[12..16], &hex[16..20], &hex[20..])
}
