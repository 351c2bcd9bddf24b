//! Resources as they are given out.

use openslots_fhir::resource::Resource;
use openslots_fhir::search::Target;
use openslots_model::{PublisherStatus, ResourceKind};
use openslots_publish::{Provenance, aggregate_within};
use openslots_search::resources::Resources;
use serde_json::{Map, Value, json};

use super::KINDS;
use super::base::ServiceBase;
use super::request::Part;
use crate::{ApiState, Error};

/// A resource with what an aggregator adds, from its source's JSON.
pub(super) fn resource(
    state: &ApiState,
    base: &ServiceBase,
    resources: &Resources,
    target: Target,
    publisher: &PublisherStatus,
    source_json: &str,
) -> Result<Value, Error> {
    let availability = (target.kind == ResourceKind::Schedule).then(|| {
        let said = match Resource::parse(target.kind, source_json) {
            Ok(Resource::Schedule(schedule)) => schedule.has_availability,
            _ => None,
        };
        publisher.availability(n_free_slots(state, resources, target), [said], state.now())
    });
    let provenance = Provenance {
        publisher: &publisher.publisher.slug,
        manifest_url: &publisher.publisher.manifest_url,
        synced_at: publisher.last_success_at,
        base_url: base.service(),
        availability,
    };
    // A reference to what is not offered here is a logical one, so that none leads nowhere.
    let table = resources.table(publisher.publisher.number);
    let is_offered =
        |id| table.is_some_and(|table| KINDS.into_iter().any(|kind| table.entry(Target { kind, id }).is_some()));
    Ok(aggregate_within(target.kind, source_json, &provenance, &is_offered)?)
}

/// How many free slots a schedule has ahead.
fn n_free_slots(state: &ApiState, resources: &Resources, schedule: Target) -> u64 {
    let Some((_, entry)) = resources.find(schedule) else { return 0 };
    let query = openslots_search::ScheduleSlotQuery {
        schedules: vec![entry.number()],
        statuses: vec![openslots_model::SlotStatus::Free],
        from: Some(state.now().0),
        ..Default::default()
    };
    let start = openslots_model::PageStart::Offset(0);
    state.search().snapshot().slots_of_schedules(&query, false, start, 0).total
}

/// The elements that a summary shows, beside `id`, `meta` and the type (R4, the elements marked as such).
const fn summary_elements(kind: ResourceKind) -> &'static [&'static str] {
    match kind {
        ResourceKind::Location => &[
            "identifier",
            "status",
            "operationalStatus",
            "name",
            "description",
            "mode",
            "type",
            "physicalType",
            "managingOrganization",
        ],
        ResourceKind::Organization => &["identifier", "active", "type", "name", "partOf"],
        ResourceKind::Practitioner => &["identifier", "active", "name", "telecom", "address", "gender", "birthDate"],
        ResourceKind::PractitionerRole => &[
            "identifier",
            "active",
            "period",
            "practitioner",
            "organization",
            "code",
            "specialty",
            "location",
            "telecom",
        ],
        ResourceKind::HealthcareService => &[
            "identifier",
            "active",
            "providedBy",
            "category",
            "type",
            "specialty",
            "location",
            "name",
            "comment",
            "photo",
        ],
        ResourceKind::Schedule => {
            &["identifier", "active", "serviceCategory", "serviceType", "specialty", "actor", "planningHorizon"]
        }
        ResourceKind::Slot => &[
            "identifier",
            "serviceCategory",
            "serviceType",
            "specialty",
            "appointmentType",
            "schedule",
            "status",
            "start",
            "end",
        ],
        ResourceKind::Device => &[],
    }
}

/// What may not be missing (R4, cardinality 1), whatever is asked for.
const fn mandatory_elements(kind: ResourceKind) -> &'static [&'static str] {
    match kind {
        ResourceKind::Schedule => &["actor"],
        ResourceKind::Slot => &["schedule", "status", "start", "end"],
        _ => &[],
    }
}

/// Leaves the part of a resource that is asked for, and marks it as a part.
pub(super) fn cut(resource: &mut Value, kind: ResourceKind, part: &Part) {
    let Value::Object(members) = resource else { return };
    let always =
        |name: &str| matches!(name, "resourceType" | "id" | "meta") || mandatory_elements(kind).contains(&name);
    match part {
        Part::Whole | Part::Count => return,
        Part::Summary => members.retain(|name, _| always(name) || summary_elements(kind).contains(&name.as_str())),
        Part::Text => members.retain(|name, _| always(name) || name == "text"),
        Part::Data => drop(members.remove("text")),
        Part::Elements(wanted) => members.retain(|name, _| always(name) || wanted.contains(name)),
    }
    mark(members);
}

fn mark(members: &mut Map<String, Value>) {
    let subsetted =
        json!({ "system": "http://terminology.hl7.org/CodeSystem/v3-ObservationValue", "code": "SUBSETTED" });
    if let Some(Value::Object(meta)) = members.get_mut("meta") {
        match meta.get_mut("tag") {
            Some(Value::Array(tags)) => tags.push(subsetted),
            _ => drop(meta.insert("tag".to_owned(), json!([subsetted]))),
        }
    }
}
