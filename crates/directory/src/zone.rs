//! Time zones of places.
//!
//! Told from the ZIP, the position, the city or the county, over a table of county lists (`data/time_zones.tsv`).
//! A wrong zone moves an appointment by an hour, so where it is not sure the answer is `None`, and whoever shows the
//! time falls back to the publisher's offset.
//!
//! The names are good for today's clocks. Where a corner of a state has a zone of its own in the IANA database only
//! for its past (Juneau, Nome; the Indiana suburbs of Louisville), the larger zone with the same present rules may stand for it.

use std::sync::OnceLock;

use openslots_model::{Place, Position, PositionSource};
use rustc_hash::FxHashMap;

use crate::geography::{self, ZipCode, find_zip, fold_county, normalize_state, zips_within};

/// The table as text.
const TABLE: &str = include_str!("../data/time_zones.tsv");

/// How far the nearest post office may be to say something about a point, in miles. Half of Alaska is farther off.
const FARTHEST_ZIP_MILES: f64 = 60.0;

/// The IANA name of the time zone of a US place, where it can be told.
///
/// The first of these that says something: the ZIP, a published position, city and state, county and state, the state
/// if it lies in one zone whole. A ZIP of another state than the one published is trusted only where both have the same
/// clock or the state line is near. A virtual place without an address is nowhere and has no zone.
pub fn time_zone_of(place: &Place) -> Option<&'static str> {
    let state = place.state.as_deref().and_then(normalize_state);
    if let Some(code) = place.postal_code.as_deref().and_then(find_zip) {
        let by_zip = time_zone_of_zip(code);
        let agrees = state.is_none_or(|state| geography::is_in_or_near(code, state));
        if !agrees {
            // One of the two is wrong, nobody knows which.
            return by_zip
                .filter(|zone| state.and_then(only_zone).is_some_and(|other| same_clock(zone) == same_clock(other)));
        }
        if by_zip.is_some() {
            return by_zip;
        }
    }
    let published = place.position.filter(|_| place.position_source != Some(PositionSource::PostalCode));
    let by_position = || published.and_then(|position| time_zone_around(position, state));
    let by_city = || unanimous(geography::find_city(place.city.as_deref()?, state?)?.zip_codes);
    let by_county = || unanimous(geography::find_county(place.district.as_deref()?, state?)?.zip_codes);
    by_position().or_else(by_city).or_else(by_county).or_else(|| only_zone(state?))
}

/// The IANA name of the time zone of a ZIP: that of its post office.
pub fn time_zone_of_zip(code: &ZipCode) -> Option<&'static str> {
    let table = table();
    if let Some(zone) = table.by_zip.get(code.zip) {
        return *zone;
    }
    let state = table.by_state.get(code.state)?;
    state.by_county.get(&fold_county(code.county)).copied().or(state.elsewhere)
}

/// The zone of a point: that of the nearest post office, if all others about as near have the same clock.
fn time_zone_around(position: Position, state: Option<&'static str>) -> Option<&'static str> {
    let near: Vec<_> = zips_within(position, FARTHEST_ZIP_MILES)
        .filter(|(code, _)| state.is_none_or(|state| code.state == state))
        .collect();
    let (_, nearest_miles) = near.iter().min_by(|(_, a), (_, b)| a.total_cmp(b))?;
    let limit = 2.0 * nearest_miles + 5.0;
    let about_as_near: Vec<_> = near.iter().filter(|(_, miles)| *miles <= limit).map(|(code, _)| *code).collect();
    unanimous(&about_as_near)
}

/// The zone that all of these have. If they only have the same clock, the common name of that clock.
fn unanimous(codes: &[&'static ZipCode]) -> Option<&'static str> {
    let (first, others) = codes.split_first()?;
    let mut zone = time_zone_of_zip(first)?;
    for code in others {
        let other = time_zone_of_zip(code)?;
        if other != zone {
            zone = same_clock(zone);
            if same_clock(other) != zone {
                return None;
            }
        }
    }
    Some(zone)
}

/// The zone of a state that lies in one zone whole.
fn only_zone(state: &'static str) -> Option<&'static str> {
    let zones = table().by_state.get(state)?;
    zones.elsewhere.filter(|_| zones.is_whole)
}

/// The larger zone whose clocks this one's have been the same as for years.
fn same_clock(zone: &'static str) -> &'static str {
    match zone {
        "America/Boise" => "America/Denver",
        "America/Menominee" | "America/Indiana/Knox" | "America/Indiana/Tell_City" => "America/Chicago",
        "America/Detroit" => "America/New_York",
        _ if zone.starts_with("America/North_Dakota/") => "America/Chicago",
        _ if zone.starts_with("America/Indiana/") || zone.starts_with("America/Kentucky/") => "America/New_York",
        _ => zone,
    }
}

/// What `data/time_zones.tsv` says. A zone of `None` is one that cannot be told.
#[derive(Default)]
struct ZoneTable {
    by_zip: FxHashMap<&'static str, Option<&'static str>>,
    by_state: FxHashMap<&'static str, StateZones>,
}

#[derive(Default)]
struct StateZones {
    by_county: FxHashMap<String, &'static str>,
    elsewhere: Option<&'static str>,
    /// Nothing of it is in another zone.
    is_whole: bool,
}

/// Reads the table now instead of on first use.
pub(crate) fn load() {
    table();
}

fn table() -> &'static ZoneTable {
    static TABLE_READ: OnceLock<ZoneTable> = OnceLock::new();
    TABLE_READ.get_or_init(|| {
        let mut table = ZoneTable::default();
        for row in TABLE.lines().skip(1) {
            let cells: Vec<&'static str> = row.split('\t').collect();
            let [state, zone, counties, zips, _note] = cells[..] else { continue };
            let zone = (zone != "-").then_some(zone);
            for zip in zips.split_whitespace() {
                table.by_zip.insert(zip, zone);
            }
            let is_first = !table.by_state.contains_key(state);
            let zones = table.by_state.entry(state).or_default();
            zones.is_whole = is_first;
            match (counties, zone) {
                ("*", _) => zones.elsewhere = zone,
                (_, Some(zone)) => {
                    let named = counties.split('|').filter(|county| !county.is_empty());
                    zones.by_county.extend(named.map(|county| (fold_county(county), zone)));
                }
                (_, None) => {}
            }
        }
        table
    })
}

#[cfg(test)]
mod tests {
    use jiff::civil::date;
    use jiff::tz::TimeZone;
    use proptest::prelude::*;

    use super::*;
    use crate::geography::zip_codes;

    fn place(zip: &str, city: &str, state: &str) -> Place {
        let text = |text: &str| (!text.is_empty()).then(|| text.to_owned());
        Place { postal_code: text(zip), city: text(city), state: text(state), ..Place::default() }
    }

    fn offsets_in_hours(zone: &str) -> [f64; 2] {
        let zone = TimeZone::get(zone).unwrap_or_else(|error| panic!("{zone}: {error}"));
        [date(2027, 1, 15), date(2027, 7, 15)].map(|day| {
            let noon = day.at(12, 0, 0, 0).to_zoned(zone.clone()).expect("a time that exists");
            f64::from(noon.offset().seconds()) / 3600.0
        })
    }

    #[test]
    fn known_places_have_their_zone() {
        for (zip, city, state, want) in [
            ("32501", "Pensacola", "FL", Some("America/Chicago")),
            ("32465", "Wewahitchka", "FL", Some("America/Chicago")),
            ("32456", "Port Saint Joe", "FL", Some("America/New_York")),
            ("33101", "Miami", "FL", Some("America/New_York")),
            ("79901", "El Paso", "TX", Some("America/Denver")),
            ("79855", "Van Horn", "TX", Some("America/Chicago")),
            ("99501", "Anchorage", "AK", Some("America/Anchorage")),
            ("99546", "Adak", "AK", Some("America/Adak")),
            ("99692", "Dutch Harbor", "AK", Some("America/Anchorage")),
            ("85001", "Phoenix", "AZ", Some("America/Phoenix")),
            ("86515", "Window Rock", "AZ", Some("America/Denver")),
            ("86045", "Tuba City", "AZ", Some("America/Denver")),
            ("86042", "Polacca", "AZ", Some("America/Phoenix")),
            ("96813", "Honolulu", "HI", Some("Pacific/Honolulu")),
            ("46402", "Gary", "IN", Some("America/Chicago")),
            ("46201", "Indianapolis", "IN", Some("America/Indiana/Indianapolis")),
            ("47708", "Evansville", "IN", Some("America/Chicago")),
            ("47591", "Vincennes", "IN", Some("America/Indiana/Vincennes")),
            ("46534", "Knox", "IN", Some("America/Indiana/Knox")),
            ("40202", "Louisville", "KY", Some("America/Kentucky/Louisville")),
            ("42101", "Bowling Green", "KY", Some("America/Chicago")),
            ("37902", "Knoxville", "TN", Some("America/New_York")),
            ("37203", "Nashville", "TN", Some("America/Chicago")),
            ("37402", "Chattanooga", "TN", Some("America/New_York")),
            ("83702", "Boise", "ID", Some("America/Boise")),
            ("83814", "Coeur d'Alene", "ID", Some("America/Los_Angeles")),
            ("83549", "Riggins", "ID", Some("America/Boise")),
            ("83530", "Grangeville", "ID", Some("America/Los_Angeles")),
            ("97914", "Ontario", "OR", Some("America/Boise")),
            ("97201", "Portland", "OR", Some("America/Los_Angeles")),
            ("57701", "Rapid City", "SD", Some("America/Denver")),
            ("57104", "Sioux Falls", "SD", Some("America/Chicago")),
            ("58601", "Dickinson", "ND", Some("America/Denver")),
            ("58554", "Mandan", "ND", Some("America/Chicago")),
            ("69361", "Scottsbluff", "NE", Some("America/Denver")),
            ("49938", "Ironwood", "MI", Some("America/Menominee")),
            ("48226", "Detroit", "MI", Some("America/Detroit")),
            ("67735", "Goodland", "KS", Some("America/Denver")),
            ("89883", "West Wendover", "NV", Some("America/Denver")),
            ("96910", "Hagatna", "GU", Some("Pacific/Guam")),
            ("00901", "San Juan", "PR", Some("America/Puerto_Rico")),
            ("00802", "St Thomas", "VI", Some("America/St_Thomas")),
            ("96799", "Pago Pago", "AS", Some("Pacific/Pago_Pago")),
            ("96950", "Saipan", "MP", Some("Pacific/Saipan")),
            ("96970", "Ebeye", "MH", Some("Pacific/Kwajalein")),
            ("2139", "", "", Some("America/New_York")),
            // Law and custom differ, or nobody made sure.
            ("36867", "Phenix City", "AL", None),
            ("99923", "Hyder", "AK", None),
            ("69216", "Kilgore", "NE", None),
        ] {
            assert_eq!(time_zone_of(&place(zip, city, state)), want, "{zip} {city} {state}");
        }
    }

    #[test]
    fn other_evidence_counts_where_the_zip_says_nothing() {
        let at = |latitude, longitude, state: &str| Place {
            position: Some(Position::new(latitude, longitude).expect("a position")),
            position_source: Some(PositionSource::Published),
            ..place("", "", state)
        };
        let in_county = |county: &str, state: &str| Place { district: Some(county.to_owned()), ..place("", "", state) };
        for (place, want) in [
            (place("", "Boise", "Idaho"), Some("America/Boise")),
            (place("", "Pensacola", "fl"), Some("America/Chicago")),
            (place("99999", "Pensacola", "FL"), Some("America/Chicago")),
            (place("", "Orlando", "FL"), Some("America/New_York")),
            (place("", "No Such Town", "FL"), None),
            (place("", "", "FL"), None),
            (place("", "", "MA"), Some("America/New_York")),
            (place("", "Pensacola", ""), None),
            (in_county("ESCAMBIA", "FL"), Some("America/Chicago")),
            (in_county("Escambia County", "FL"), Some("America/Chicago")),
            (in_county("Gulf", "FL"), None),
            (in_county("Morton", "ND"), None),
            (at(30.42, -87.22, "FL"), Some("America/Chicago")),
            (at(41.6, -87.34, "IN"), Some("America/Chicago")),
            (at(39.77, -86.16, ""), Some("America/Indiana/Indianapolis")),
            (at(42.36, -71.06, ""), Some("America/New_York")),
            // On the line between two clocks, in the open sea, and abroad.
            (at(32.47, -85.0, ""), None),
            (at(30.0, -60.0, ""), None),
            (at(51.5, -0.12, ""), None),
            (Place::default(), None),
        ] {
            assert_eq!(time_zone_of(&place), want, "{place:?}");
        }
    }

    #[test]
    fn a_zip_and_a_state_that_contradict_each_other_say_nothing_unless_their_clocks_agree() {
        for (zip, state, want) in [
            ("02139", "TX", None),
            ("02139", "NY", Some("America/New_York")),
            ("37203", "FL", None),
            // Fort Campbell: a Kentucky ZIP whose post is delivered in Tennessee too.
            ("42223", "TN", Some("America/Chicago")),
        ] {
            assert_eq!(time_zone_of(&place(zip, "", state)), want, "{zip} {state}");
        }
    }

    #[test]
    fn a_derived_position_is_no_evidence_of_its_own() {
        let mut place = place("99999", "", "");
        place.position = Some(Position::new(42.36, -71.06).expect("a position"));
        place.position_source = Some(PositionSource::PostalCode);
        assert_eq!(time_zone_of(&place), None);
    }

    #[test]
    fn the_table_names_what_exists() {
        for row in TABLE.lines().skip(1) {
            let cells: Vec<_> = row.split('\t').collect();
            let [state, zone, counties, zips, _note] = cells[..] else { panic!("{row}") };
            assert_eq!(normalize_state(state), Some(state), "{row}");
            if zone != "-" {
                assert_eq!(offsets_in_hours(zone), offsets_in_hours(same_clock(table_zone(zone))), "{zone}");
            }
            for county in counties.split('|').filter(|county| !county.is_empty() && *county != "*") {
                assert!(geography::find_county(county, state).is_some(), "{county}, {state}");
            }
            for zip in zips.split_whitespace() {
                assert_eq!(find_zip(zip).map(|code| code.state), Some(state), "{zip}");
            }
        }
    }

    fn table_zone(zone: &str) -> &'static str {
        let mut zones = TABLE.lines().filter_map(|row| row.split('\t').nth(1));
        zones.find(|known| *known == zone).expect("a zone of the table")
    }

    #[test]
    fn all_but_a_few_zips_have_a_zone() {
        let untold: Vec<_> = zip_codes().iter().filter(|code| time_zone_of_zip(code).is_none()).collect();
        assert_eq!(untold.len(), 28, "{untold:?}");
        let of_state = |state| zip_codes().iter().filter(move |code| code.state == state).filter_map(time_zone_of_zip);
        assert_eq!(of_state("TN").filter(|zone| *zone == "America/New_York").count(), 258);
        assert_eq!(of_state("IN").filter(|zone| offsets_in_hours(zone)[0] == -6.0).count(), 156);
    }

    proptest! {
        #[test]
        fn no_place_panics(zip in "[0-9]{0,6}", city in ".{0,10}", state in "[A-Z]{0,2}", latitude in -90.0..90.0f64, longitude in -180.0..180.0f64) {
            let position = Position::new(latitude, longitude).ok();
            let place = Place { position, ..place(&zip, &city, &state) };
            if let Some(zone) = time_zone_of(&place) {
                prop_assert!(TimeZone::get(zone).is_ok(), "{}", zone);
            }
        }
    }
}
