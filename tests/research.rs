//! Exports for research: what the files say is what the API serves.

use std::collections::{BTreeMap, BTreeSet};
use std::fs::{self, File};
use std::path::Path;

use parquet::file::reader::{FileReader, SerializedFileReader};
use serde_json::Value;

use crate::harness::{Publishers, Served, client, crawl_args, data_dir, run, run_json};
use crate::python::run_script;

pub(crate) fn export(data: &str, out: &Path, more: &[&str]) -> String {
    let out = out.to_str().expect("text");
    let output = run(&[&["export", "--data-dir", data, "--out", out], more].concat());
    assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
    String::from_utf8_lossy(&output.stdout).into_owned()
}

fn index(out: &Path) -> Value {
    serde_json::from_slice(&fs::read(out.join("index.json")).expect("an index")).expect("JSON")
}

/// Rows of slots by day, as an index tells them.
fn rows_by_day(out: &Path) -> BTreeMap<String, u64> {
    let index = index(out);
    let of_slots = index["files"].as_array().expect("files").iter().filter(|entry| entry["table"] == "slots");
    of_slots
        .map(|entry| (entry["date"].as_str().expect("a day").to_owned(), entry["rows"].as_u64().expect("rows")))
        .collect()
}

fn slot_lines(out: &Path) -> Vec<Value> {
    let days = rows_by_day(out).into_keys();
    let texts =
        days.map(|day| fs::read_to_string(out.join(format!("slots/date={day}/part-0.ndjson"))).expect("a part"));
    texts
        .flat_map(|text| text.lines().map(|line| serde_json::from_str(line).expect("JSON")).collect::<Vec<_>>())
        .collect()
}

fn get(url: &str) -> Value {
    client().get(url).send().expect("an answer").json().expect("JSON")
}

#[test]
fn files_say_what_the_api_serves() {
    let mut publishers = Publishers::start(3, &["--locations", "4", "--days", "5", "--slots", "900", "--seed", "11"]);
    let (folder, data) = data_dir();
    run_json(&crawl_args(&data, &publishers.manifests), 0);
    let (ndjson, csv, parquet) =
        (folder.path().join("ndjson"), folder.path().join("csv"), folder.path().join("parquet"));
    for (format, out) in [("ndjson", &ndjson), ("csv", &csv), ("parquet", &parquet)] {
        let said = export(&data, out, &["--format", format]);
        assert!(said.contains("900 slots as of"), "{said}");
        let said = export(&data, out, &["--format", format]);
        assert!(said.contains(" 0 of them new"), "{said}");
    }
    assert_eq!(rows_by_day(&ndjson), rows_by_day(&parquet));
    assert_eq!(rows_by_day(&ndjson), rows_by_day(&csv));

    let served = Served::start(&["serve", "--data-dir", &data]);
    let lines = slot_lines(&ndjson);
    let mut total = 0;
    for status in ["free", "busy", "busy-unavailable", "busy-tentative"] {
        let answer = get(&format!("{}/v1/scheduling/slots?status={status}&includePast=true&limit=1", served.base));
        let n_lines = lines.iter().filter(|line| line["status"] == status).count() as u64;
        assert_eq!(answer["total"], n_lines, "{status}");
        total += n_lines;
    }
    assert_eq!(total, lines.len() as u64);
    let mut n_local = 0;
    for line in lines.iter().step_by(lines.len() / 40) {
        let id = line["id"].as_str().expect("an id");
        let slot = get(&format!("{}/v1/scheduling/slots/{id}", served.base));
        let instant = |value: &Value| value.as_str().expect("text").parse::<jiff::Timestamp>().expect("an instant");
        assert_eq!(instant(&line["start"]), instant(&slot["start"]));
        assert_eq!(instant(&line["end"]), instant(&slot["end"]));
        let local_start = slot["localStart"].as_str();
        assert_eq!(local_start.is_some(), line["local_start"].is_string(), "{id}");
        if let Some(local_start) = local_start {
            n_local += 1;
            for column in ["local_start", "local_date"] {
                assert!(local_start.starts_with(line[column].as_str().expect("text")), "{local_start}");
            }
        }
        for (column, member) in [
            ("publisher", "/publisher"),
            ("schedule_id", "/scheduleId"),
            ("source_id", "/source/resourceId"),
            ("booking_deep_link", "/bookingDeepLink"),
            ("booking_phone", "/bookingPhone"),
            ("capacity", "/capacity"),
            ("is_coarse", "/coarse"),
            ("is_virtual", "/isVirtual"),
            ("service_type_code", "/serviceTypeCode"),
            ("location_id", "/location/id"),
            ("location_city", "/location/city"),
            ("location_state", "/location/state"),
            ("location_postal_code", "/location/postalCode"),
            ("location_latitude", "/location/position/latitude"),
            ("provider_name", "/provider/name"),
            ("provider_npi", "/provider/npi"),
            ("time_zone", "/timeZone"),
        ] {
            assert_eq!(line[column], *slot.pointer(member).unwrap_or(&Value::Null), "{column} of {id}");
        }
    }

    assert!(n_local > 20, "{n_local} slots know their clock");

    let mut ids = BTreeSet::new();
    for day in rows_by_day(&parquet).into_keys() {
        let file = File::open(parquet.join(format!("slots/date={day}/part-0.parquet"))).expect("a part");
        let reader = SerializedFileReader::new(file).expect("Parquet");
        for row in reader.get_row_iter(None).expect("rows") {
            let row = row.expect("a row");
            let shown = |wanted: &str| {
                let found = row.get_column_iter().find(|(name, _)| *name == wanted);
                found.map(|(_, field)| field.to_string()).expect("a column")
            };
            assert!(shown("local_date").contains(&day), "{}", shown("local_date"));
            ids.insert(shown("id"));
        }
    }
    let of_lines = lines.iter().map(|line| format!("\"{}\"", line["id"].as_str().expect("an id")));
    assert_eq!(ids, of_lines.collect());

    // Another state: what is there afterwards is that state, whole.
    publishers.steer("generation 1");
    run_json(&crawl_args(&data, &publishers.manifests), 0);
    export(&data, &parquet, &["--format", "parquet"]);
    export(&data, &folder.path().join("anew"), &["--format", "parquet"]);
    assert_eq!(index(&parquet), index(&folder.path().join("anew")));
}

/// Rows of a table in parts that stand in folders of their own.
fn rows_of(out: &Path, table: &str) -> Vec<Value> {
    let index = index(out);
    let of_table = index["files"].as_array().expect("files").iter().filter(|entry| entry["table"] == table);
    let texts =
        of_table.map(|entry| fs::read_to_string(out.join(entry["path"].as_str().expect("a path"))).expect("a part"));
    texts
        .flat_map(|text| text.lines().map(|line| serde_json::from_str(line).expect("JSON")).collect::<Vec<_>>())
        .collect()
}

/// What tables of slots of every kind say alike of each slot.
fn states(rows: &[Value]) -> BTreeMap<String, Vec<Value>> {
    let columns = [
        "publisher",
        "schedule_id",
        "provider_location_key",
        "status",
        "is_bookable",
        "start",
        "end",
        "local_start",
        "local_end",
        "local_date",
        "duration_seconds",
        "precision",
        "booking_method",
        "service_types",
        "specialties",
        "appointment_types",
        "accepting_patients",
        "location_state",
        "location_postal_code",
    ];
    let state = |row: &Value| columns.iter().map(|column| row[column].clone()).collect();
    rows.iter().map(|row| (row["id"].as_str().expect("an id").to_owned(), state(row))).collect()
}

#[test]
fn the_past_can_be_told_and_events_lead_to_the_present() {
    let mut publishers = Publishers::start(2, &["--locations", "3", "--days", "4", "--slots", "600", "--seed", "13"]);
    let (folder, data) = data_dir();
    let mut told = Vec::new();
    for generation in 0..3 {
        publishers.steer(&format!("generation {generation}"));
        run_json(&crawl_args(&data, &publishers.manifests), 0);
        let out = folder.path().join(format!("now-{generation}"));
        export(&data, &out, &["--format", "ndjson", "--history"]);
        let as_of = index(&out)["asOf"].as_str().expect("an instant").to_owned();
        told.push((as_of, states(&rows_of(&out, "slots"))));
    }
    assert_ne!(told[0].1, told[1].1, "the generations differ");
    for (as_of, _) in &told {
        // Of two that ended within a second the later one counts.
        let (_, want) = told.iter().rfind(|(other, _)| other == as_of).expect("itself");
        let out = folder.path().join("past");
        export(&data, &out, &["--format", "ndjson", "--as-of", as_of]);
        assert_eq!(states(&rows_of(&out, "past_slots")), *want, "{as_of}");
        let runs = rows_of(&out, "publisher_runs");
        assert!(runs.iter().all(|run| run["at"].as_str() <= Some(as_of)), "{as_of}");
    }

    let out = folder.path().join("now-2");
    let mut events = rows_of(&out, "slot_events");
    events.sort_by_key(|event| event["run"].as_u64());
    let mut replayed: BTreeMap<String, Value> = BTreeMap::new();
    for event in &events {
        let id = event["id"].as_str().expect("an id").to_owned();
        let before = replayed.remove(&id);
        assert_eq!(before.as_ref().map_or(&Value::Null, |row| &row["status"]), &event["status_before"], "{event}");
        assert_eq!(before.as_ref().map_or(&Value::Null, |row| &row["start"]), &event["start_before"], "{event}");
        if event["is_there"] == true {
            replayed.insert(id, event.clone());
        }
    }
    let replayed: Vec<Value> = replayed.into_values().collect();
    assert_eq!(states(&replayed), told[2].1);
    assert_eq!(rows_of(&out, "publisher_runs").len(), 6);

    // Daily counts are counts of the events, by what rows of these say.
    let mut counted: BTreeMap<(&str, String), u64> = BTreeMap::new();
    for event in &events {
        for (dimension, column) in
            [("publisher", "publisher"), ("state", "location_state"), ("postal-code", "location_postal_code")]
        {
            if let Some(value) = event[column].as_str() {
                *counted.entry((dimension, value.to_owned())).or_default() += 1;
            }
        }
    }
    let mut told = BTreeMap::new();
    let counts = rows_of(&out, "daily_counts");
    for row in &counts {
        let dimension = ["publisher", "state", "postal-code"].into_iter().find(|name| row["dimension"] == *name);
        let Some(dimension) = dimension else { continue };
        let n: u64 = ["n_appeared", "n_reappeared", "n_changed", "n_vanished"]
            .iter()
            .filter_map(|name| row[name].as_u64())
            .sum();
        *told.entry((dimension, row["value"].as_str().expect("a value").to_owned())).or_default() += n;
    }
    assert_eq!(told, counted);
    for dimension in ["specialty", "service-type", "provider-location"] {
        assert!(counts.iter().any(|row| row["dimension"] == dimension), "{dimension}");
    }

    for (at, want) in [("2020-01-01T00:00:00Z", 0), ("2100-01-01T00:00:00Z", 1)] {
        let out = folder.path().join("other");
        let out = out.to_str().expect("text");
        let args = ["export", "--format", "csv", "--data-dir", &data, "--out", out, "--as-of", at];
        let output = run(&args);
        assert_eq!(output.status.code(), Some(want), "{at}: {}", String::from_utf8_lossy(&output.stderr));
    }
}

#[test]
fn data_tools_read_parquet_and_csv() {
    let publishers = Publishers::start(2, &["--locations", "3", "--days", "4", "--slots", "400", "--seed", "12"]);
    let (folder, data) = data_dir();
    run_json(&crawl_args(&data, &publishers.manifests), 0);
    for format in ["ndjson", "csv", "parquet"] {
        export(&data, &folder.path().join(format), &["--format", format]);
    }
    let told = run_script("exports.py", &[folder.path().to_str().expect("text")]);
    assert!(told.contains("400 slots"), "{told}");
}

#[test]
fn days_are_chosen_and_bad_options_named() {
    let publishers = Publishers::start(1, &["--days", "4", "--slots", "200", "--start-date", "2030-01-01"]);
    let (folder, data) = data_dir();
    run_json(&crawl_args(&data, &publishers.manifests), 0);
    let out = folder.path().join("out");
    export(&data, &out, &["--format", "csv", "--from", "2030-01-02", "--to", "2030-01-03"]);
    assert_eq!(rows_by_day(&out).into_keys().collect::<Vec<_>>(), ["2030-01-02", "2030-01-03"]);
    let out = out.to_str().expect("text");
    for (args, want) in [
        (vec!["--format", "csv", "--from", "2030-01-03", "--to", "2030-01-02"], "--from"),
        (vec!["--format", "csv", "--from", "tomorrow"], "YYYY-MM-DD"),
        (vec!["--format", "csv", "--base-url", "https://slots.example.org"], "--base-url"),
        (vec!["--format", "bulk-publish", "--from", "2030-01-03"], "--from"),
    ] {
        let output = run(&[&["export", "--data-dir", &data, "--out", out], &args[..]].concat());
        assert!(!output.status.success(), "{args:?}");
        assert!(String::from_utf8_lossy(&output.stderr).contains(want), "{args:?}");
    }
}
