//! Manifests in every dialect, and those that are none.

use proptest::prelude::*;
use serde_json::json;

use super::*;
use openslots_model::IssueCode;

fn base() -> Url {
    Url::parse("https://user:pass@clinic.example.org/feeds/$bulk-publish?sig=secret").expect("a URL")
}

fn parse(body: &serde_json::Value) -> Manifest {
    Manifest::parse(body.to_string().as_bytes(), &base()).unwrap_or_else(|error| panic!("{error} in {body}"))
}

fn codes(manifest: &Manifest) -> Vec<IssueCode> {
    manifest.issues.iter().map(|issue| issue.code).collect()
}

#[test]
fn the_manifest_of_2021_is_read() {
    let manifest = parse(&json!({
        "transactionTime": "2021-04-22T14:28:21.582Z",
        "request": "not even a URL",
        "output": [
            {"type": "Location", "url": "https://files.example.org/locations.ndjson"},
            {"type": "Slot", "url": "https://files.example.org/slots.ndjson", "extension": {"state": ["MA", "NH"]}},
        ],
        "error": [],
    }));
    assert_eq!(manifest.transaction_time.as_deref(), Some("2021-04-22T14:28:21Z"));
    assert_eq!(manifest.issues, vec![]);
    let outputs: Vec<_> =
        manifest.outputs.iter().map(|file| (file.kind, file.url.as_str(), file.states.len())).collect();
    assert_eq!(
        outputs,
        vec![
            (ResourceKind::Location, "https://files.example.org/locations.ndjson", 0),
            (ResourceKind::Slot, "https://files.example.org/slots.ndjson", 2),
        ]
    );
    assert!(!manifest.requires_access_token);
    assert_eq!((manifest.link, manifest.deleted, manifest.update_cadence_seconds), (None, vec![], None));
}

#[test]
fn the_manifest_of_the_bulk_publish_ballot_is_read() {
    let manifest = parse(&json!({
        "manifestType": "http://hl7.org/fhir/uv/bulkdata/StructureDefinition/BulkPublishManifest",
        "transactionTime": "2026-08-01T01:24:16Z",
        "requiresAccessToken": true,
        "updateCadence": "PT1H",
        "output": [{"type": "Slot", "url": "slots.ndjson", "count": 5, "continuesInFile": "more.ndjson"}],
        "deleted": [{"type": "Bundle", "url": "/deleted.ndjson"}],
        "outcome": [{"type": "OperationOutcome", "url": "outcome.ndjson"}],
        "link": [{"relation": "self", "url": "x"}, {"relation": "next", "url": "page-2?token=t"}],
    }));
    assert!(manifest.requires_access_token);
    assert_eq!(manifest.update_cadence_seconds, Some(3_600));
    assert_eq!(manifest.outputs[0].url.path(), "/feeds/slots.ndjson", "relative to the manifest");
    assert_eq!(manifest.deleted[0].path(), "/deleted.ndjson");
    let Some(ManifestLink::Next(next)) = manifest.link else { panic!("a next page") };
    assert_eq!((next.path(), next.query()), ("/feeds/page-2", Some("token=t")));
    assert_eq!(manifest.issues, vec![]);
}

#[test]
fn links_lead_on_or_end_a_chain() {
    for (link, want) in [
        (json!([{"relation": "next", "url": "#pending"}]), Some(ManifestLink::Pending)),
        (json!({"relation": "next", "url": "#closed"}), Some(ManifestLink::Closed)),
        (json!([{"relation": "next", "url": "https://clinic.example.org/m#closed"}]), Some(ManifestLink::Closed)),
        (json!([{"relation": "NEXT", "url": "#pending"}]), Some(ManifestLink::Pending)),
        (json!([{"relation": "self", "url": "#pending"}]), None),
        (json!([]), None),
    ] {
        let manifest = parse(&json!({"link": link}));
        assert_eq!((manifest.link, codes_of(&manifest.issues)), (want, vec![]), "{link}");
    }
    let without_url = parse(&json!({"link": [{"relation": "next"}]}));
    assert_eq!((without_url.link.clone(), codes(&without_url)), (None, vec![IssueCode::InvalidShape]));
}

fn codes_of(issues: &[Issue]) -> Vec<IssueCode> {
    issues.iter().map(|issue| issue.code).collect()
}

#[test]
fn states_are_read_in_every_form() {
    for (extension, want, issues) in [
        (json!({"state": ["MA", "NH"]}), vec!["MA", "NH"], vec![]),
        (json!({"state": ["MA", null, "MA", " NH "]}), vec!["MA", "NH"], vec![]),
        (json!({"state": "MA"}), vec!["MA"], vec![IssueCode::StateNotAList]),
        (json!({"state": "MA, NH"}), vec!["MA", "NH"], vec![IssueCode::StateNotAList]),
        (json!([{"url": "http://x.org/state", "valueCode": "MA"}]), vec!["MA"], vec![]),
        (json!({"state": null}), vec![], vec![]),
        (json!({"state": 5}), vec![], vec![]),
        (json!(null), vec![], vec![]),
        (json!("MA"), vec![], vec![]),
    ] {
        let manifest = parse(&json!({"output": [{"type": "Slot", "url": "s", "extension": extension}]}));
        assert_eq!(
            (manifest.outputs[0].states.clone(), codes(&manifest)),
            (want.iter().map(|s| (*s).to_owned()).collect(), issues),
            "{extension}"
        );
    }
}

#[test]
fn other_types_are_counted_with_one_issue_each() {
    let entry = |kind: &str| json!({"type": kind, "url": format!("{kind}.ndjson")});
    let manifest = parse(
        &json!({"output": [entry("Slot"), entry("Endpoint"), entry("InsurancePlan"), entry("Endpoint"), entry("Device")]}),
    );
    assert_eq!(manifest.outputs.len(), 2);
    assert_eq!(manifest.skipped_types, vec![("Endpoint".to_owned(), 2), ("InsurancePlan".to_owned(), 1)]);
    assert_eq!(codes(&manifest), vec![IssueCode::SkippedType; 2]);
}

#[test]
fn entries_that_cannot_be_used_are_issues_and_the_others_are_kept() {
    for (entry, want) in [
        (json!({"type": "Slot"}), IssueCode::InvalidShape),
        (json!({"type": "Slot", "url": null}), IssueCode::InvalidShape),
        (json!({"type": "Slot", "url": ""}), IssueCode::InvalidShape),
        (json!({"type": "Slot", "url": 5}), IssueCode::InvalidShape),
        (json!({"type": "Slot", "url": "https://["}), IssueCode::InvalidShape),
        (json!({"type": "Slot", "url": "file:///etc/passwd"}), IssueCode::InvalidShape),
        (json!({"url": "x.ndjson"}), IssueCode::InvalidShape),
        (json!("x.ndjson"), IssueCode::InvalidShape),
        (json!({"type": "Slot", "url": "good.ndjson"}), IssueCode::IgnoredElement),
    ] {
        let manifest = parse(&json!({"output": [null, entry, {"type": "Slot", "url": "good.ndjson"}]}));
        assert_eq!((manifest.outputs.len(), codes(&manifest)), (1, vec![want]), "{entry}");
        assert_eq!(manifest.is_whole(), !want.is_rejection(), "{entry}");
    }
}

#[test]
fn the_time_of_the_data_is_the_earliest_that_is_said_of_slots() {
    let file = |kind: &str, current: &str| json!({"type": kind, "url": current, "extension": {"currentAsOf": current}});
    for (outputs, want) in [
        (json!([]), "2026-08-01T05:00:00Z"),
        (json!([file("Location", "2026-07-01T00:00:00Z")]), "2026-08-01T05:00:00Z"),
        (json!([file("Slot", "2026-08-01T04:00:00.5Z")]), "2026-08-01T04:00:00Z"),
        (
            json!([file("Slot", "2026-08-01T04:00:00Z"), file("Slot", "2026-08-01T02:00:00-01")]),
            "2026-08-01T02:00:00-01:00",
        ),
        (json!([file("Slot", "soon"), file("Slot", "2026-08-02T00:00:00Z")]), "2026-08-02T00:00:00Z"),
    ] {
        let manifest = parse(&json!({"transactionTime": "2026-08-01T05:00:00Z", "output": outputs.clone()}));
        assert_eq!(manifest.transaction_time.as_deref(), Some(want), "{outputs}");
    }
}

#[test]
fn odd_fields_are_ignored_with_an_issue() {
    let ignored = IssueCode::IgnoredElement;
    for (name, value, issues) in [
        ("transactionTime", json!(5), vec![ignored]),
        ("transactionTime", json!(null), vec![]),
        ("transactionTime", json!("2026-08-01T01:24:16-05"), vec![IssueCode::RepairedTime]),
        ("transactionTime", json!("2026-08-01"), vec![ignored]),
        ("currentAsOf", json!("2026-08-01T01:24:16Z"), vec![IssueCode::DataTimeElsewhere]),
        ("currentAsOf", json!("lately"), vec![ignored]),
        ("currentAsOf", json!(null), vec![]),
        ("requiresAccessToken", json!("true"), vec![]),
        ("requiresAccessToken", json!(1), vec![ignored]),
        ("updateCadence", json!("hourly"), vec![ignored]),
        ("updateCadence", json!("PT0S"), vec![ignored]),
        ("updateCadence", json!("-PT1H"), vec![ignored]),
        ("updateCadence", json!(null), vec![]),
        ("deleted", json!(null), vec![]),
        ("deleted", json!([{}]), vec![IssueCode::InvalidShape]),
        ("error", json!("none"), vec![]),
    ] {
        assert_eq!(codes(&parse(&json!({"output": [], name: value.clone()}))), issues, "{name}: {value}");
    }
}

#[test]
fn cadences_are_durations() {
    for (text, want) in
        [("PT1H", 3_600), ("PT15M", 900), ("P7D", 604_800), ("P1W", 604_800), ("P1DT12H", 129_600), ("P1M", 2_592_000)]
    {
        let manifest = parse(&json!({"output": [], "updateCadence": text}));
        assert_eq!(manifest.update_cadence_seconds, Some(want), "{text}");
    }
}

#[test]
fn what_is_no_manifest_is_refused_with_a_reason() {
    for (body, want) in [
        ("<!doctype html>\n<html>  <title>404 Not Found</title>", "it begins with `<!doctype html> <html> <title>404"),
        ("", "the body is empty"),
        ("{\"output\": [", "EOF"),
        ("\u{1f}\u{8b}\u{8}", "is not JSON"),
        ("[]", "it is a list"),
        ("\"x\"", "it is a text"),
        ("null", "it is null"),
        ("{}", "it has no `output`"),
        (r#"{"output": null, "transactionTime": "2026-08-01T00:00:00Z"}"#, "it has no `output`"),
        (r#"{"output": "x"}"#, "its `output` is a text"),
        (r#"{"resourceType": "Bundle"}"#, "it is a resource of type `Bundle`"),
        (
            r#"{"resourceType": "OperationOutcome", "issue": [{"diagnostics": "come back later"}]}"#,
            "it is an OperationOutcome: come back later",
        ),
    ] {
        let error = Manifest::parse(body.as_bytes(), &base()).expect_err(body).to_string();
        assert!(error.contains(want), "{error} should contain {want}");
    }
    assert!(Manifest::parse(b"\xEF\xBB\xBF{\"output\":[]}", &base()).is_ok(), "a byte order mark does no harm");
}

#[test]
fn a_hostile_manifest_costs_little() {
    let entries = |entry: &str, n: usize| format!("{{\"output\":[{}]}}", vec![entry; n].join(","));
    let many = Manifest::parse(entries("{}", 250_001).as_bytes(), &base()).expect_err("too many");
    assert!(many.to_string().contains("more than 250000 objects"), "{many}");
    let values = Manifest::parse(entries("0", 2_000_002).as_bytes(), &base()).expect_err("too many");
    assert!(values.to_string().contains("2000000 values"), "{values}");
    // Faults are told up to a number and counted beyond.
    let faulty = Manifest::parse(entries("{}", 1_000).as_bytes(), &base()).expect("a manifest");
    assert_eq!(faulty.issues.len(), 101);
    assert_eq!(faulty.issues[100].detail, "900 more entries have this fault");
    let types: Vec<_> = (0..500).map(|n| format!(r#"{{"type":"T{n}","url":"x"}}"#)).collect();
    let types =
        Manifest::parse(format!("{{\"output\":[{}]}}", types.join(",")).as_bytes(), &base()).expect("a manifest");
    assert_eq!(types.skipped_types.len(), 101);
    assert!(types.skipped_types.contains(&("(others)".to_owned(), 400)));
}

#[test]
fn no_secret_reaches_an_issue() {
    let manifest = parse(&json!({"output": [
        {"type": "Slot", "url": "ftp://files.example.org/s.ndjson?sig=secret"},
        {"type": "Endpoint", "url": "e?sig=secret"},
    ]}));
    assert_eq!(manifest.issues.len(), 2);
    for issue in &manifest.issues {
        assert_eq!((issue.file.as_str(), issue.line), ("https://clinic.example.org/feeds/$bulk-publish", 0));
        assert!(!issue.detail.contains("secret"), "{}", issue.detail);
    }
}

proptest! {
    #[test]
    fn no_bytes_panic(body in prop::collection::vec(any::<u8>(), 0..200)) {
        prop_assert!(Manifest::parse(&body, &base()).is_err() || serde_json::from_slice::<serde_json::Value>(&body).is_ok());
    }

    #[test]
    fn no_shape_panics(
        name in prop::sample::select(vec!["output", "deleted", "link", "updateCadence", "transactionTime"]),
        value in prop::sample::select(vec![
            "null", "5", "\"x\"", "[]", "{}", "[null]", "[5]", "[\"x\"]", "[[{}]]", "[{\"type\":5}]", "{\"relation\":\"next\"}",
            "[{\"type\":\"Slot\",\"url\":{},\"extension\":[5]}]", "[{\"relation\":\"next\",\"url\":[]}]", "\"P9999999Y\"",
        ]),
    ) {
        let body = format!("{{\"output\":[],\"{name}\":{value}}}");
        let parsed = Manifest::parse(body.as_bytes(), &base());
        prop_assert!(parsed.is_ok() || name == "output", "{}", body);
    }
}
