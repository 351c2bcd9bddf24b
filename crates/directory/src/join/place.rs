//! Places: Locations as people look for them.

use openslots_fhir::resource::Location;
use openslots_model::{Place, Position, PositionSource};

use super::provider::each_usable_once;
use super::target::Target;
use crate::geography::{StateSet, find_zip, is_in_or_near, normalize_state, normalize_zip};
use crate::zone::time_zone_of;

/// The code of a virtual place in HL7's physical types.
const VIRTUAL: &str = "vi";

/// The places that are in use, as far as known. A suspended Location may be open again by the time of the slot.
pub(super) fn in_use(targets: &[Target]) -> impl Iterator<Item = &Target> {
    targets.iter().filter(|target| {
        let status = target.location().and_then(|location| location.status.as_deref());
        !status.is_some_and(|status| status.eq_ignore_ascii_case("inactive"))
    })
}

/// The place that a reference names.
pub(super) fn of_target(target: &Target) -> Place {
    let mut place = target.location().map(of_location).unwrap_or_default();
    place.id = Some(target.id);
    place.name = place.name.or_else(|| target.display.clone());
    place
}

/// The states where care at a Location is for: its own, by its address or else its ZIP, and those that virtual care is
/// licensed for. None where nothing tells.
pub fn states_of_location(location: &Location) -> StateSet {
    let place = of_location(location);
    let served = place.served_states().map(StateSet::of).collect::<StateSet>();
    let of_zip =
        || place.postal_code.as_deref().and_then(find_zip).map_or(StateSet::NONE, |zip| StateSet::of(zip.state));
    if served.is_empty() { of_zip() } else { served }
}

/// Where a Location is: as published, else at the centroid of its ZIP code.
pub fn position_of_location(location: &Location) -> Option<Position> {
    of_location(location).position
}

fn of_location(location: &Location) -> Place {
    let is_virtual =
        location.physical_type.as_ref().is_some_and(|physical| physical.code.trim().eq_ignore_ascii_case(VIRTUAL));
    let mut place = Place {
        id: None,
        identifiers: each_usable_once(&location.identifiers),
        name: location.name.clone(),
        description: location.description.clone(),
        phones: location.phones.clone(),
        websites: location.websites.clone(),
        address_lines: location.address_lines.clone(),
        city: location.city.clone(),
        state: location.state.as_deref().map(state_as_letters),
        postal_code: location.postal_code.as_deref().map(|text| normalize_zip(text).unwrap_or_else(|| text.to_owned())),
        district: location.district.clone(),
        physical_type: location.physical_type.clone(),
        position: None,
        position_source: None,
        time_zone: None,
        is_virtual,
        licensed_states: licensed_states(&location.licensed_states),
    };
    // A virtual place is nowhere, unless it says from where it serves.
    let is_somewhere = !is_virtual || place.city.is_some() || !place.address_lines.is_empty();
    (place.position, place.position_source) = match location.position {
        Some(position) => (Some(position), Some(PositionSource::Published)),
        None => match zip_centroid(&place).filter(|_| is_somewhere) {
            Some(position) => (Some(position), Some(PositionSource::PostalCode)),
            None => (None, None),
        },
    };
    if is_somewhere || location.position.is_some() {
        place.time_zone = time_zone_of(&place).map(str::to_owned);
    }
    place
}

/// The centroid of the place's ZIP, unless the ZIP lies in another state than the one published: then one of them is
/// wrong, and a place on the wrong side of the country is worse than one without a position.
fn zip_centroid(place: &Place) -> Option<Position> {
    let code = find_zip(place.postal_code.as_deref()?)?;
    let state = place.state.as_deref().and_then(normalize_state);
    state.is_none_or(|state| is_in_or_near(code, state)).then_some(code.position)
}

fn state_as_letters(text: &str) -> String {
    normalize_state(text).unwrap_or(text).to_owned()
}

/// Each state once, in order.
fn licensed_states(published: &[String]) -> Vec<String> {
    let mut states: Vec<String> = published.iter().map(|text| state_as_letters(text)).collect();
    states.sort();
    states.dedup();
    states
}
