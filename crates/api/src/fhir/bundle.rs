//! Searches, and the Bundles that answer them.

use std::borrow::Cow;
use std::sync::Arc;

use openslots_fhir::search::Target;
use openslots_model::{KM_PER_MILE, PublisherNumber, PublisherStatus, ResourceKind};
use openslots_search::resources::Resources;
use serde_json::{Value, json};
use url::form_urlencoded;

use super::base::ServiceBase;
use super::evaluate::{self, OrderKey};
use super::include;
use super::outcome;
use super::render;
use super::request::{CURSOR, Part, SearchRequest};
use super::resources::not_ready;
use super::slots;
use crate::problem::{ParameterIssue, Problem};
use crate::{ApiState, Error};

/// The extension that tells how far a place is from the asked point.
const LOCATION_DISTANCE: &str = "http://hl7.org/fhir/StructureDefinition/location-distance";

/// Why a search cannot be answered.
pub(super) enum SearchFault {
    /// For reasons that lie with us.
    Failed(Error),
    /// For what was asked.
    Refused(Problem),
}

impl<E: Into<Error>> From<E> for SearchFault {
    fn from(error: E) -> Self {
        Self::Failed(error.into())
    }
}

impl From<SearchFault> for Problem {
    fn from(fault: SearchFault) -> Self {
        match fault {
            SearchFault::Failed(error) => error.into(),
            SearchFault::Refused(problem) => problem,
        }
    }
}

/// What a page has found.
struct Page {
    found: Vec<Target>,
    /// Of each of them its distance, in kilometres.
    distances_km: Vec<Option<f64>>,
    /// Of slots what was read with them.
    slots: Vec<SlotOfPage>,
    total: u64,
    next: Option<String>,
}

/// A slot of a page.
struct SlotOfPage {
    target: Target,
    schedule: Target,
    publisher: PublisherNumber,
    json: String,
}

/// Searches, and renders the Bundle. Blocks.
pub(super) fn search(state: &ApiState, base: &ServiceBase, request: &SearchRequest) -> Result<Value, SearchFault> {
    let resources = state.resources().ok_or_else(|| SearchFault::Refused(not_ready(2)))?;
    let excluded = state.publishers().expired(state.now());
    let mut page = match request.kind {
        ResourceKind::Slot => slot_page(state, &resources, &excluded, request)?,
        _ => resource_page(&resources, &excluded, request)?,
    };
    if matches!(request.part, Part::Count) || request.count == 0 {
        page.found.clear();
        page.next = None;
    }
    let schedules: Vec<(Target, Target)> = page.slots.iter().map(|slot| (slot.target, slot.schedule)).collect();
    let (along, is_cut) = include::included(state, &resources, &excluded, &page.found, &schedules, &request.includes)?;
    let mut entries = Vec::new();
    for (place, target) in page.found.iter().enumerate() {
        // Slots are in the order of what was found, and nothing else is found with them.
        let known = page.slots.get(place).map(|slot| (slot.publisher, slot.json.as_str()));
        let Some(resource) = read(state, base, &resources, *target, known, &request.part)? else { continue };
        let mut search = json!({ "mode": "match" });
        if let Some(km) = page.distances_km.get(place).copied().flatten() {
            let value = json!({
                "value": (km * 1_000.0).round() / 1_000.0,
                "unit": "km", "system": "http://unitsofmeasure.org", "code": "km",
            });
            search["extension"] = json!([{ "url": LOCATION_DISTANCE, "valueDistance": value }]);
        }
        entries
            .push(json!({ "fullUrl": base.resource(target.kind, target.id), "resource": resource, "search": search }));
    }
    for target in along {
        let Some(resource) = read(state, base, &resources, target, None, &Part::Whole)? else { continue };
        let full_url = base.resource(target.kind, target.id);
        entries.push(json!({ "fullUrl": full_url, "resource": resource, "search": { "mode": "include" } }));
    }
    let mut ignored = request.ignored.clone();
    if is_cut {
        let why = format!("lead to more than {} resources, of which the rest is missing", include::MAX_INCLUDED);
        ignored.push(("_include".to_owned(), why));
    }
    if !ignored.is_empty() {
        entries.push(json!({ "resource": outcome::left_out(&ignored), "search": { "mode": "outcome" } }));
    }
    let mut bundle = json!({
        "resourceType": "Bundle",
        "type": "searchset",
        "total": page.total,
        "link": links(base, request, page.next.as_deref()),
    });
    if !entries.is_empty() {
        bundle["entry"] = Value::Array(entries);
    }
    Ok(bundle)
}

fn bad_cursor() -> SearchFault {
    let detail = "is not one of this service; take the whole `next` link as it is, or begin again".to_owned();
    SearchFault::Refused(Problem::invalid_parameters(vec![ParameterIssue { parameter: CURSOR.to_owned(), detail }]))
}

fn slot_page(
    state: &ApiState,
    resources: &Resources,
    excluded: &[PublisherNumber],
    request: &SearchRequest,
) -> Result<Page, SearchFault> {
    let cursor = request.cursor.as_deref().map(|text| slots::key_of_cursor(text).ok_or_else(bad_cursor)).transpose()?;
    let found = slots::search(state, resources, excluded, request, cursor)?;
    let target = |id| Target { kind: ResourceKind::Slot, id };
    let slots: Vec<SlotOfPage> = found
        .slots
        .into_iter()
        .map(|slot| SlotOfPage {
            target: target(slot.id),
            schedule: Target { kind: ResourceKind::Schedule, id: slot.schedule_id },
            publisher: slot.publisher,
            json: slot.json.clone(),
        })
        .collect();
    Ok(Page {
        found: slots.iter().map(|slot| slot.target).collect(),
        distances_km: Vec::new(),
        slots,
        total: found.total,
        next: found.next.map(slots::cursor_of_key),
    })
}

fn resource_page(
    resources: &Resources,
    excluded: &[PublisherNumber],
    request: &SearchRequest,
) -> Result<Page, SearchFault> {
    let near = request.clauses.iter().find_map(super::clauses::Clause::near);
    let found = evaluate::find(resources, excluded, request.kind, &request.clauses);
    let total = found.len() as u64;
    let mut keyed: Vec<(OrderKey, Target, Option<f64>)> = found
        .into_iter()
        .map(|entry| {
            let miles = near.zip(entry.position()).map(|(near, position)| near.position.distance_miles(position));
            (OrderKey::of(entry, request.sort, request.is_descending, miles), entry.target(), miles)
        })
        .collect();
    keyed.sort_by(|(a, _, _), (b, _, _)| a.compare(b, request.is_descending));
    if let Some(text) = &request.cursor {
        let last = OrderKey::of_cursor(text).ok_or_else(bad_cursor)?;
        keyed.retain(|(key, _, _)| key.compare(&last, request.is_descending).is_gt());
    }
    let has_more = keyed.len() > request.count;
    keyed.truncate(request.count);
    let next = keyed.last().filter(|_| has_more).map(|(key, _, _)| key.to_cursor());
    Ok(Page {
        distances_km: keyed.iter().map(|(_, _, miles)| miles.map(|miles| miles * KM_PER_MILE)).collect(),
        found: keyed.into_iter().map(|(_, target, _)| target).collect(),
        slots: Vec::new(),
        total,
        next,
    })
}

/// A resource, if it is held and may be shown.
pub(super) fn read(
    state: &ApiState,
    base: &ServiceBase,
    resources: &Resources,
    target: Target,
    known: Option<(PublisherNumber, &str)>,
    part: &Part,
) -> Result<Option<Value>, Error> {
    let (publisher, json) = match (target.kind, known) {
        (_, Some((publisher, json))) => (publisher, Cow::Borrowed(json)),
        (ResourceKind::Slot, None) => {
            let Some(slot) = state.store().slot_by_id(target.id)?.filter(|slot| slots::may_be_shown(slot)) else {
                return Ok(None);
            };
            (slot.publisher, Cow::Owned(slot.json.clone()))
        }
        (_, None) => {
            let Some((publisher, _)) = resources.find(target) else { return Ok(None) };
            let Some(json) = state.store().resource_json(target.id)? else { return Ok(None) };
            (publisher, Cow::Owned(json))
        }
    };
    let Some(status) = publisher_of(state, publisher)? else { return Ok(None) };
    if status.freshness(state.now()) == openslots_model::Freshness::Expired {
        return Ok(None);
    }
    let mut resource = render::resource(state, base, resources, target, &status, &json)?;
    render::cut(&mut resource, target.kind, part);
    Ok(Some(resource))
}

fn publisher_of(state: &ApiState, number: PublisherNumber) -> Result<Option<Arc<PublisherStatus>>, Error> {
    if let Some(status) = state.publishers().by_number(number) {
        return Ok(Some(Arc::clone(status)));
    }
    state.refresh_publishers()?;
    Ok(state.publishers().by_number(number).cloned())
}

/// `self` says what was applied; `next` goes on behind this page.
fn links(base: &ServiceBase, request: &SearchRequest, next: Option<&str>) -> Value {
    let address = |cursor: Option<&str>| {
        let mut query = form_urlencoded::Serializer::new(String::new());
        query.extend_pairs(request.applied.iter().map(|(name, value)| (name.as_str(), value.as_str())));
        if let Some(cursor) = cursor {
            query.append_pair(CURSOR, cursor);
        }
        let query = query.finish();
        let mark = if query.is_empty() { "" } else { "?" };
        format!("{}/{}{mark}{query}", base.fhir(), request.kind)
    };
    let mut links = vec![json!({ "relation": "self", "url": address(request.cursor.as_deref()) })];
    links.push(json!({ "relation": "first", "url": address(None) }));
    if let Some(next) = next {
        links.push(json!({ "relation": "next", "url": address(Some(next)) }));
    }
    Value::Array(links)
}
