//! Daily exports beside `serve`: a day that is over is written once, and read over HTTP like the file that it is.

use std::collections::BTreeMap;

use reqwest::StatusCode;
use reqwest::blocking::{RequestBuilder, Response};
use serde_json::Value;

use crate::harness::{Publishers, Served, client, crawl_args, data_dir, run_json};

/// Puts all that has happened so far two days back, so that the day is over.
fn days_go_by(data: &str) {
    let connection = rusqlite::Connection::open(format!("{data}/openslots.db")).expect("a database");
    let sql = "UPDATE history_run SET at = (SELECT max(at) FROM history_run) - 172800";
    connection.execute_batch(sql).expect("two days back");
}

/// Waits until the service has written the day on which something happened; it looks at once when it starts.
fn day(served: &Served) -> Value {
    loop {
        let listed = served.get("/v1/scheduling/exports");
        let has_events = |day: &&Value| {
            let mut files = day["files"].as_array().expect("files").iter();
            files.any(|file| file["table"] == "slot_events" && file["rows"] != 0)
        };
        if let Some(day) = listed["days"].as_array().expect("days").iter().find(has_events) {
            return day.clone();
        }
        std::thread::yield_now();
    }
}

fn asked(served: &Served, path: &str) -> RequestBuilder {
    client().get(format!("{}{path}", served.base))
}

fn header<'a>(answer: &'a Response, name: &str) -> &'a str {
    answer.headers().get(name).map_or("", |value| value.to_str().expect("text"))
}

#[test]
fn a_day_that_is_over_is_there_in_files() {
    let publishers = Publishers::start(2, &["--locations", "3", "--days", "4", "--slots", "300", "--seed", "31"]);
    let (_folder, data) = data_dir();
    run_json(&crawl_args(&data, &publishers.manifests), 0);
    // Without the publishers nothing more comes.
    publishers.stop();
    days_go_by(&data);
    let environment = BTreeMap::from([
        ("OPENSLOTS_EXPORTS__ENABLED".to_owned(), "true".to_owned()),
        ("OPENSLOTS_EXPORTS__FORMATS".to_owned(), "csv, ndjson, parquet".to_owned()),
    ]);
    let served = Served::start_with(&["serve", "--data-dir", &data], &environment);
    let listed = day(&served);
    let date = listed["date"].as_str().expect("a day");
    assert_eq!(served.get(&format!("/v1/scheduling/exports/{date}")), listed);
    let files = listed["files"].as_array().expect("files");
    let tables = ["daily_counts", "past_slots", "provider_locations", "publisher_runs", "publishers", "slot_events"];
    assert_eq!(files.len(), 2 + 3 * tables.len(), "{files:?}");
    // The first crawl is the only one: each slot came, and each is there at the end of the day.
    for table in ["past_slots", "slot_events"] {
        for format in ["csv", "ndjson", "parquet"] {
            let file = files.iter().find(|file| file["name"] == format!("{table}.{format}")).expect("a file");
            assert_eq!(file["rows"], 300, "{file}");
        }
    }
    for file in files {
        let url = file["url"].as_str().expect("a URL");
        let answer = asked(&served, url).send().expect("an answer");
        assert_eq!(answer.status(), StatusCode::OK, "{url}");
        let tag = header(&answer, "etag").to_owned();
        assert_eq!(tag, format!("\"{}\"", file["sha256"].as_str().expect("a hash")));
        let is_document = file["table"].is_null();
        assert_eq!(header(&answer, "cache-control").contains("immutable"), !is_document, "{url}");
        let whole = answer.bytes().expect("a body");
        assert_eq!(file["bytes"], whole.len(), "{url}");
        assert_eq!(file["sha256"], sha256(&whole), "{url}");

        let known = asked(&served, url).header("If-None-Match", &tag).send().expect("an answer");
        assert_eq!(known.status(), StatusCode::NOT_MODIFIED, "{url}");
        let part = asked(&served, url).header("Range", "bytes=10-19").send().expect("an answer");
        assert_eq!(part.status(), StatusCode::PARTIAL_CONTENT, "{url}");
        assert_eq!(part.bytes().expect("a body"), whole.slice(10..20), "{url}");
        let other = asked(&served, url).header("Range", "bytes=10-19").header("If-Range", "\"other\"");
        assert_eq!(other.send().expect("an answer").bytes().expect("a body"), whole, "{url}");
    }
    let lines = asked(&served, &format!("/v1/scheduling/exports/{date}/past_slots.ndjson"));
    let lines = lines.send().expect("an answer").text().expect("text");
    for line in lines.lines() {
        let row: Value = serde_json::from_str(line).expect("JSON");
        // Nothing has changed since, so nothing is unknown.
        assert_eq!(row["has_source"], true, "{row}");
        let slot = served.get(&format!("/v1/scheduling/slots/{}", row["id"].as_str().expect("an id")));
        let members = [("booking_deep_link", "bookingDeepLink"), ("capacity", "capacity"), ("status", "status")];
        for (column, member) in members {
            assert_eq!(row[column], slot[member], "{column} of {row}");
        }
    }
    drop(served);

    // What is there stays as it is, and without the setting nothing is offered.
    let again = Served::start_with(&["serve", "--data-dir", &data], &environment);
    assert_eq!(day(&again), listed);
    drop(again);
    let without = Served::start(&["serve", "--data-dir", &data]);
    let answer = asked(&without, "/v1/scheduling/exports").send().expect("an answer");
    assert_eq!(answer.status(), StatusCode::NOT_FOUND);
}

fn sha256(bytes: &[u8]) -> String {
    use sha2::Digest;
    sha2::Sha256::digest(bytes).iter().map(|byte| format!("{byte:02x}")).collect()
}
