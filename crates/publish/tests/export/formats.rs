//! Every slot is in the part of its day, once, and the formats agree.

use std::collections::BTreeMap;
use std::path::Path;

use openslots_model::{LocalDate, PublicId, ResourceKind, UnixSeconds};
use openslots_publish::export::{Choice, Exported, Format, export};
use proptest::prelude::*;
use serde_json::{Value, json};

use crate::read::{files, rows};
use crate::world::{World, ZONES, slug};

fn whole(world: &World, out: &Path, format: Format) -> Exported {
    export(world, out, format, Choice::default()).expect("an export")
}

/// The day of an instant in a zone, by another library's calendar.
fn day(zone: Option<&str>, start: &str) -> String {
    let start: jiff::Timestamp = start.parse().expect("an instant");
    let zone = zone.map_or(jiff::tz::TimeZone::UTC, |zone| jiff::tz::TimeZone::get(zone).expect("a zone"));
    start.to_zoned(zone).date().to_string()
}

/// Ids by day, as the slots themselves say.
fn by_day(world: &World) -> BTreeMap<String, Vec<String>> {
    let mut days: BTreeMap<String, Vec<String>> = BTreeMap::new();
    for (schedule, slot) in &world.slots {
        let day = day(ZONES[*schedule as usize], slot["start"].as_str().expect("a start"));
        let id = PublicId::of(&slug(), ResourceKind::Slot, slot["id"].as_str().expect("an id"));
        days.entry(day).or_default().push(id.to_string());
    }
    days
}

fn found(out: &Path, extension: &str) -> BTreeMap<String, Vec<Value>> {
    let mut days = BTreeMap::new();
    for path in files(out).into_keys().filter(|path| path.starts_with("slots/")) {
        let day = path.strip_prefix("slots/date=").and_then(|rest| rest.split('/').next()).expect("a day").to_owned();
        assert!(path.ends_with(extension), "{path}");
        days.insert(day, rows(&out.join(path)));
    }
    days
}

fn ids(days: &BTreeMap<String, Vec<Value>>) -> BTreeMap<String, Vec<String>> {
    let id = |row: &Value| row["id"].as_str().expect("an id").to_owned();
    days.iter().map(|(day, rows)| (day.clone(), rows.iter().map(id).collect())).collect()
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(12))]
    #[test]
    fn formats_hold_the_same_rows_and_every_slot_its_day(
        slots in proptest::collection::vec((0u32..4, 0i64..40, any::<bool>()), 0..120),
    ) {
        let mut world = World::default();
        for (schedule, quarter_days, is_free) in slots {
            world.add(schedule, 1_793_000_000 + quarter_days * 21_600, is_free);
        }
        let folder = tempfile::tempdir().unwrap();
        let (ndjson, parquet) = (folder.path().join("ndjson"), folder.path().join("parquet"));
        let written = whole(&world, &ndjson, Format::Ndjson);
        prop_assert_eq!(written.n_slots, world.slots.len() as u64);
        whole(&world, &parquet, Format::Parquet);
        let lines = found(&ndjson, ".ndjson");
        prop_assert_eq!(ids(&lines), by_day(&world));
        for (day, rows) in &lines {
            prop_assert!(rows.iter().all(|row| row["local_date"] == *day));
        }
        // The record reader shows local times as if they were instants.
        let mut instants = lines.clone();
        for row in instants.values_mut().flatten() {
            for name in ["local_start", "local_end"] {
                if let Value::String(text) = &mut row[name] {
                    text.push('Z');
                }
            }
        }
        prop_assert_eq!(found(&parquet, ".parquet"), instants);
        for table in ["provider_locations", "publishers"] {
            let of = |out: &Path, extension| rows(&out.join(format!("{table}/part-0.{extension}")));
            prop_assert_eq!(of(&ndjson, "ndjson"), of(&parquet, "parquet"));
        }
    }
}

#[test]
fn a_row_says_everything_of_its_slot() {
    let mut world = World::default();
    world.add(0, 1_793_025_000, true);
    world.add(3, 1_793_025_000, false);
    let folder = tempfile::tempdir().expect("a folder");
    whole(&world, folder.path(), Format::Ndjson);
    let days = found(folder.path(), ".ndjson");
    let rows: Vec<&Value> = days.values().flatten().collect();
    let want = json!({
        "publisher": "clinic", "publisher_name": "Clinic \"One\": a, b", "source_id": "slot-0", "status": "free",
        "is_bookable": true, "start": UnixSeconds(1_793_025_000).to_string(), "local_start": "2026-10-26T10:30:00",
        "local_date": "2026-10-26", "time_zone": "America/New_York", "duration_seconds": 1_800, "precision": "exact",
        "booking_method": "contact", "booking_deep_link": null, "service_type_code": "57",
        "service_type_text": "Immunization", "location_address_lines": ["1 Main St", "Floor 2"],
        "location_state": "MA", "location_latitude": 42.25, "location_position_source": "postal-code",
        "provider_name": null, "accepting_patients": [], "transaction_time": "2026-09-21T14:00:00Z", "crawl_run": 7,
        "exported_as_of": UnixSeconds(1_790_000_000).to_string(), "freshness": "fresh",
        "service_types": [
            { "system": null, "code": "57", "display": "Immunization" },
            { "system": null, "code": "58", "display": null },
        ],
    });
    for (name, value) in want.as_object().expect("an object") {
        assert_eq!(rows[0][name], *value, "{name}");
    }
    assert_eq!(rows[1]["local_start"], Value::Null, "nobody knows the clock of this place");
    assert_eq!(rows[1]["local_date"], "2026-10-26");
}

#[test]
fn csv_survives_quotes_commas_and_lines() {
    let mut world = World::default();
    world.add(1, 1_793_025_000, true);
    let folder = tempfile::tempdir().expect("a folder");
    whole(&world, &folder.path().join("csv"), Format::Csv);
    whole(&world, &folder.path().join("ndjson"), Format::Ndjson);
    let part = |format: &str| folder.path().join(format!("{format}/provider_locations/part-0.{format}"));
    let mut reader = csv::Reader::from_path(part("csv")).expect("CSV");
    let names = reader.headers().expect("a head").clone();
    let records: Vec<csv::StringRecord> = reader.records().map(|record| record.expect("a record")).collect();
    let lines = rows(&part("ndjson"));
    assert_eq!(records.len(), lines.len());
    for (record, line) in records.iter().zip(&lines) {
        assert_eq!(record.len(), line.as_object().expect("an object").len());
        for (name, field) in names.iter().zip(record) {
            let want = match &line[name] {
                Value::Null => String::new(),
                Value::String(text) => text.clone(),
                Value::Array(list) if list.is_empty() => String::new(),
                other => other.to_string(),
            };
            assert_eq!(field, want, "{name}");
        }
    }
}

#[test]
fn days_are_chosen_with_both_ends() {
    let mut world = World::default();
    for day in 0..6 {
        world.add(0, 1_793_025_000 + day * 86_400, true);
    }
    let folder = tempfile::tempdir().expect("a folder");
    for (from, to, n_slots) in [
        (Some("2026-10-27"), Some("2026-10-28"), 2),
        (Some("2026-10-31"), None, 1),
        (None, Some("2026-10-26"), 1),
        (Some("2026-11-01"), None, 0),
        (None, None, 6),
    ] {
        let parse = |day: Option<&str>| day.map(|day| LocalDate::parse(day).expect("a day"));
        let wanted = Choice { from: parse(from), to: parse(to), ..Choice::default() };
        let written = export(&world, folder.path(), Format::Csv, wanted).expect("an export");
        let n_parts = files(folder.path()).keys().filter(|path| path.starts_with("slots/")).count();
        assert_eq!((written.n_slots, n_parts as u64), (n_slots, n_slots), "{from:?} {to:?}");
    }
}
