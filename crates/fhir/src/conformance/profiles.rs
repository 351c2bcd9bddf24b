//! What SMART Scheduling Links asks of each resource beyond FHIR R4.

use jiff::Timestamp;
use openslots_model::{ResourceKind, UnixSeconds};

use super::Requirement;
use super::codes::is_state;
use super::extensions::named;
use super::finding::Findings;
use super::json::{Json, Object};
use super::primitives;
use crate::systems::PHYSICAL_TYPE;

/// From this length on a slot is an opening hour rather than an appointment.
const COARSE_SECONDS: i64 = 4 * 3_600;
const DAY_SECONDS: i64 = 86_400;
/// VTrckS PINs, as an identifier's system.
const VTRCKS: &str = "https://cdc.gov/vaccines/programs/vtrcks";

/// Looks at a resource.
pub(crate) fn check(kind: ResourceKind, resource: &Object<'_>, now: UnixSeconds, findings: &mut Findings) {
    if resource.get("id").is_none() {
        findings.add_at("id", Requirement::MissingId, "id is missing");
    }
    match kind {
        ResourceKind::Slot => slot(resource, now, findings),
        ResourceKind::Schedule => schedule(resource, findings),
        ResourceKind::Location => location(resource, findings),
        ResourceKind::PractitionerRole => {
            let practitioner = resource.object("practitioner");
            if practitioner.is_none_or(|found| found.text("reference").is_none() && found.text("display").is_none()) {
                findings.add_at("practitioner", Requirement::RolePractitioner, "nobody is named");
            }
        }
        ResourceKind::HealthcareService => {
            if ["name", "type", "specialty"].iter().all(|name| resource.get(name).is_none()) {
                findings.add_at("name", Requirement::ServiceName, "no name, type or specialty");
            }
        }
        ResourceKind::Organization => {
            if resource.get("name").is_none() && resource.get("identifier").is_none() {
                findings.add_at("name", Requirement::OrganizationNamed, "neither name nor identifier");
            }
        }
        ResourceKind::Practitioner | ResourceKind::Device => {}
    }
}

fn slot(slot: &Object<'_>, now: UnixSeconds, findings: &mut Findings) {
    let is_free = slot.text("status") == Some("free");
    if matches!(slot.text("status"), Some("busy-unavailable" | "busy-tentative" | "entered-in-error")) {
        let detail = format!("status `{}`", slot.text("status").unwrap_or_default());
        findings.add_at("status", Requirement::SlotStatus, detail);
    }
    let instant = |name: &str| {
        let text = slot.text(name).filter(|text| primitives::is_instant(text))?;
        text.parse::<Timestamp>().ok().map(Timestamp::as_second)
    };
    if let (Some(start), Some(end)) = (instant("start"), instant("end")) {
        let seconds = end - start;
        if seconds <= 0 {
            findings.add_at("end", Requirement::SlotOrder, "the slot ends before it starts, or then");
        } else if is_free && end < now.0 {
            findings.add_at("end", Requirement::SlotOver, "a free slot that is over");
        }
        let is_whole_day = seconds > 0 && seconds % DAY_SECONDS == 0 && start % DAY_SECONDS == 0;
        if is_whole_day && slot.text("start").is_some_and(|text| text.ends_with('Z')) {
            findings.add_at("start", Requirement::SlotMidnight, "whole days from midnight to midnight in UTC");
        } else if seconds >= COARSE_SECONDS {
            findings.add_at("end", Requirement::SlotCoarse, format!("{} hours long", seconds / 3_600));
        }
    }
    let is_bookable = ["booking-deep-link", "booking-phone"].iter().any(|name| named(slot, name).next().is_some());
    if is_free && !is_bookable {
        findings.add(Requirement::SlotBooking, "a free slot with neither link nor telephone");
    }
}

fn schedule(schedule: &Object<'_>, findings: &mut Findings) {
    if schedule.get("serviceType").is_none() && schedule.get("specialty").is_none() {
        findings.add_at("serviceType", Requirement::ScheduleService, "no serviceType");
    }
    let names_place = schedule.objects("actor").any(|actor| {
        let reference = actor.text("reference").unwrap_or_default();
        ["Location/", "PractitionerRole/", "HealthcareService/"].iter().any(|kind| reference.contains(kind))
    });
    if schedule.get("actor").is_some() && !names_place {
        let detail = "no Location among the actors, nor a role or service that could name one";
        findings.add_at("actor", Requirement::ScheduleActor, detail);
    }
}

/// Whether a Location is a virtual one.
fn is_virtual(location: &Object<'_>) -> bool {
    let types = location.object("physicalType").into_iter().flat_map(|physical| physical.objects("coding"));
    types.into_iter().any(|coding| {
        coding.text("code") == Some("vi") && coding.text("system").is_none_or(|system| system == PHYSICAL_TYPE)
    })
}

fn location(location: &Object<'_>, findings: &mut Findings) {
    if location.text("name").is_none_or(|name| name.trim().is_empty()) {
        findings.add_at("name", Requirement::LocationName, "no name");
    }
    if location.objects("telecom").all(|telecom| telecom.text("value").is_none()) {
        findings.add_at("telecom", Requirement::LocationTelecom, "no telephone or URL");
    }
    if is_virtual(location) {
        if named(location, "licensed-states").next().is_none() {
            findings.add_at("extension", Requirement::VirtualStates, "no `licensed-states`");
        }
        if location.object("address").is_some_and(|address| address.get("line").is_some()) {
            findings.add_at("address", Requirement::VirtualAddress, "a street address");
        }
        return;
    }
    let mut vtrcks = location.objects("identifier").filter(|identifier| identifier.text("system") == Some(VTRCKS));
    match vtrcks.next().map(|identifier| identifier.text("value").unwrap_or_default()) {
        None => findings.add_at("identifier", Requirement::LocationIdentifier, "no VTrckS PIN"),
        Some(pin) if !pin.is_empty() && pin.bytes().all(|byte| byte == b'9') => {
            findings.add_at("identifier", Requirement::TestData, format!("`{pin}` is a placeholder"));
        }
        Some(_) => {}
    }
    match location.object("address") {
        None => findings.add_at("address", Requirement::LocationAddress, "no address"),
        Some(address) => findings.within("address", None, |findings| self::address(address, findings)),
    }
    if let Some(position) = location.object("position") {
        let degrees = |name: &str| match position.get(name) {
            Some(Json::Number(number)) => number.as_f64(),
            _ => None,
        };
        let (latitude, longitude) = (degrees("latitude"), degrees("longitude"));
        let fault = match (latitude, longitude) {
            (Some(latitude), Some(longitude)) if latitude.abs() > 90.0 || longitude.abs() > 180.0 => {
                "is no place on earth"
            }
            (Some(latitude), Some(longitude)) if latitude == 0.0 && longitude == 0.0 => "is 0, 0",
            (Some(latitude), Some(longitude)) if latitude.fract() == 0.0 && longitude.fract() == 0.0 => {
                "is in whole degrees, so it is some tens of miles off"
            }
            _ => return,
        };
        findings.add_at("position", Requirement::LocationPosition, format!("the position {fault}"));
    }
}

fn address(address: &Object<'_>, findings: &mut Findings) {
    let missing: Vec<_> =
        ["line", "city", "state", "postalCode"].into_iter().filter(|name| address.get(name).is_none()).collect();
    if !missing.is_empty() {
        findings.add(Requirement::LocationAddress, format!("no {}", missing.join(", no ")));
    }
    let is_abroad = address.text("country").is_some_and(|country| !matches!(country, "US" | "USA" | "United States"));
    if is_abroad {
        return;
    }
    if let Some(state) = address.text("state").filter(|state| !is_state(state)) {
        findings.add_at("state", Requirement::LocationState, format!("{} is no state", crate::decode::quoted(state)));
    }
    if let Some(code) = address.text("postalCode").filter(|code| !is_postal_code(code)) {
        let detail = format!("{} is no postal code", crate::decode::quoted(code));
        findings.add_at("postalCode", Requirement::LocationPostalCode, detail);
    }
}

fn is_postal_code(text: &str) -> bool {
    let is_number = |part: &str, length: usize| part.len() == length && part.bytes().all(|byte| byte.is_ascii_digit());
    match text.split_once('-') {
        Some((five, four)) => is_number(five, 5) && is_number(four, 4),
        None => is_number(text, 5),
    }
}
