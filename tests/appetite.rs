//! What hostile publishers can make a service eat: a line that never ends and bombs of compression cost less than
//! 300 MB.

use std::io::Write;

use flate2::Compression;
use flate2::write::GzEncoder;

use crate::harness::{Served, data_dir, run_json};
use crate::server::{respond, serve};

const MIB: usize = 1 << 20;
/// Far more than the service may take.
const HOSTILE_BYTES: usize = 448 * MIB;
/// What one member of a bomb unpacks to.
const MEMBER_BYTES: usize = 16 * MIB;
const MAX_RESIDENT_BYTES: u64 = 300 * MIB as u64;

/// One gzip member of so many equal bytes.
fn packed(byte: u8, n_bytes: usize) -> Vec<u8> {
    let mut encoder = GzEncoder::new(Vec::new(), Compression::best());
    let piece = vec![byte; MIB];
    (0..n_bytes / MIB).try_for_each(|_| encoder.write_all(&piece)).expect("writing to memory works");
    encoder.finish().expect("writing to memory works")
}

/// The most memory that a process has had, in bytes.
fn peak_resident_bytes(process: u32) -> u64 {
    let status = std::fs::read_to_string(format!("/proc/{process}/status")).expect("Linux accounts for memory");
    let line = status.lines().find_map(|line| line.strip_prefix("VmHWM:")).expect("a peak");
    let kib: u64 = line.trim().trim_end_matches("kB").trim().parse().expect("a number");
    kib * 1_024
}

/// A publisher of hostile files.
fn publisher() -> String {
    // A thousandth of what they unpack to goes over the wire.
    let bomb = packed(b'x', MEMBER_BYTES).repeat(HOSTILE_BYTES / MEMBER_BYTES);
    let blanks = packed(b'\n', MEMBER_BYTES).repeat(HOSTILE_BYTES / MEMBER_BYTES);
    serve(move |asked, stream| {
        match asked.path.trim_start_matches('/') {
        "$bulk-publish" => {
            let entry = |name: &str| format!(r#"{{"type":"Slot","url":"{name}"}}"#);
            let outputs = ["line", "bomb", "blanks", "good"].map(entry).join(",");
            respond(stream, 200, "", format!(r#"{{"output":[{outputs}]}}"#).as_bytes())
        }
        "line" => {
            stream.write_all(b"HTTP/1.1 200 OK\r\nconnection: close\r\n\r\n{\"resourceType\":\"Slot\",\"id\":\"")?;
            let piece = vec![b'x'; MIB];
            (0..HOSTILE_BYTES / MIB).try_for_each(|_| stream.write_all(&piece))
        }
        "bomb" => respond(stream, 200, "content-encoding: gzip\r\n", &bomb),
        "blanks" => respond(stream, 200, "", &blanks),
        "bomb-manifest" => respond(stream, 200, "content-encoding: gzip\r\n", &bomb),
        _ => respond(
            stream,
            200,
            "",
            br#"{"resourceType":"Slot","id":"1","schedule":{"reference":"Schedule/1"},"status":"free","start":"2099-01-02T09:00:00Z","end":"2099-01-02T09:30:00Z"}"#,
        ),
    }
    })
}

/// Crawls the hostile publisher in a service with these settings; gives the report and the service's peak of memory.
fn crawl(settings: &[(&str, &str)], path: &str, code: i32) -> (serde_json::Value, u64) {
    let base = publisher();
    let (_folder, data) = data_dir();
    let text = |text: &str| text.to_owned();
    let environment = settings.iter().map(|(name, value)| (text(name), text(value))).collect();
    let served = Served::start_with(&["serve", "--data-dir", &data], &environment);
    let manifest = format!("{base}/{path}");
    let report = run_json(&["crawl", "--json", "--force", "--data-dir", &data, "--manifest", &manifest], code);
    let peak = peak_resident_bytes(served.child.0.id());
    (report["publishers"][0].clone(), peak)
}

#[test]
fn bombs_and_lines_without_end_cost_little() {
    let (report, peak) = crawl(&[("OPENSLOTS_CRAWL__MAX_FILE", "384MiB")], "$bulk-publish", 2);
    assert!(peak < MAX_RESIDENT_BYTES, "{peak} bytes: {report}");
    assert_eq!(report["outcome"], "partial", "{report}");
    assert_eq!(report["slotsFree"], 1, "the good file is taken: {report}");
    for (place, want) in
        [(0, "larger than the limit"), (1, "expands to more than 200 times"), (2, "expands to more than")]
    {
        let error = report["fileReports"][place]["error"].as_str().unwrap_or_default();
        assert!(error.contains(want), "{error}");
    }
}

#[test]
fn what_an_operator_allows_to_be_large_costs_little_as_well() {
    let settings = [("OPENSLOTS_CRAWL__MAX_FILE", "2GiB"), ("OPENSLOTS_CRAWL__MAX_EXPANSION", "1000000")];
    let (report, peak) = crawl(&settings, "$bulk-publish", 0);
    assert!(peak < MAX_RESIDENT_BYTES, "{peak} bytes: {report}");
    // A line over the limit is passed over, however long it is; blank lines are no lines.
    assert_eq!(report["lines"]["rejected"], 2, "{report}");
    assert_eq!(report["fileReports"][2]["outcome"], "fetched", "{report}");
    assert_eq!(report["slotsFree"], 1, "{report}");
}

#[test]
fn a_manifest_may_be_a_bomb() {
    let (report, peak) = crawl(&[], "bomb-manifest", 2);
    assert!(peak < MAX_RESIDENT_BYTES, "{peak} bytes: {report}");
    let reason = report["reason"].as_str().unwrap_or_default();
    assert!(reason.contains("larger than the limit") || reason.contains("expands to more than"), "{reason}");
}
