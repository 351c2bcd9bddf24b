//! The page as text, made of parts that try to break it.

use std::sync::Arc;

use openslots_api::conformance::{Breach, Conformance, Grade};
use openslots_model::{
    CrawlOutcome, FreshnessPolicy, HeldRemoval, Issue, PublisherHints, PublisherNumber, PublisherStatus, ResourceKind,
};

use super::*;

const NOW: UnixSeconds = UnixSeconds(1_000_000);
/// What a publisher may write into names, URLs, errors and lines.
const HOSTILE: &str = "<script>alert(1)</script>\" onload=\"x";

fn file(url: &str, outcome: FileOutcome) -> FileReport {
    FileReport {
        url: format!("https://clinic.example/{url}"),
        kind: ResourceKind::Slot,
        outcome,
        n_bytes: 1_500,
        n_accepted: 1_234,
        n_unchanged: 0,
        n_rejected: 2,
        error: (outcome == FileOutcome::Failed).then(|| format!("answered {HOSTILE}")),
    }
}

fn parts() -> Parts {
    let mut run = CrawlRun::begun("clinic".parse().expect("a slug"), NOW.plus_seconds(-180));
    run.outcome = CrawlOutcome::Partial;
    run.reason = Some(format!("1 of 2 files failed: {HOSTILE}"));
    run.files = vec![file("good", FileOutcome::Fetched), file(HOSTILE, FileOutcome::Failed)];
    let status = PublisherStatus {
        publisher: Publisher {
            number: PublisherNumber(1),
            slug: "clinic".parse().expect("a slug"),
            display_name: format!("Clinic {HOSTILE}"),
            manifest_url: format!("https://clinic.example/{HOSTILE}"),
            enabled: true,
            is_configured: false,
            policy: FreshnessPolicy { fresh_for_seconds: 3_600, max_staleness_seconds: 259_200 },
            access_expires_at: None,
            is_public_only: false,
        },
        last_attempt_at: Some(run.started_at),
        last_success_at: None,
        last_read_at: Some(run.started_at),
        last_outcome: Some(run.outcome),
        reason: run.reason.clone(),
        transaction_time: Some(HOSTILE.to_owned()),
        next_due_at: None,
        n_slots: 12_345,
        n_free_slots: 6,
        n_issues: 8,
        n_failures: 0,
        hints: PublisherHints {
            wished_interval_seconds: Some(300),
            left_alone_until: None,
            clock_skew_seconds: Some(-600),
        },
        held_removal: Some(HeldRemoval { n_slots: 9, n_free_slots: 5, n_resources: 0, since: NOW }),
        last_snapshot_at: None,
    };
    let sample = |line| Issue {
        file: format!("https://clinic.example/{HOSTILE}"),
        line,
        code: IssueCode::InvalidJson,
        detail: format!("detail {line} {HOSTILE}"),
        excerpt: HOSTILE.to_owned(),
    };
    let status = Arc::new(status);
    let view = PublisherView {
        freshness: status.freshness(NOW),
        n_bookable_slots: 5,
        next_due: Some(NextDue { at: NOW.plus_seconds(240), reason: "publisher-cadence" }),
        warnings: status.warnings(NOW),
        status: Arc::clone(&status),
        conformance: None,
        last_run: Some(run.clone()),
    };
    let breach = |requirement: &str, severity: &str, n| Breach {
        requirement: requirement.to_owned(),
        severity: severity.to_owned(),
        n,
        remedy: format!("Do something about {requirement}."),
    };
    let conformance = Conformance {
        grade: Grade::D,
        n_checked: 200,
        n_faulty: 3,
        n_rejected: 1_234,
        n_errors: 1,
        n_warnings: 9,
        findings: vec![breach("location-state", "error", 1), breach("slot-booking", "warning", 9)],
    };
    let view = PublisherView { conformance: Some(Arc::new(conformance)), ..view };
    let issues = IssuesAnswer {
        publisher: status,
        counts: vec![(IssueCode::InvalidJson, 7), (IssueCode::RepairedTime, 1)],
        files: vec![],
        samples: (1..=4).map(sample).collect(),
    };
    Parts { view, issues, runs: vec![run.clone(), run], history: vec![], period: Period::Week, now: NOW }
}

#[test]
fn everything_that_is_known_is_told() {
    let text = whole(&parts()).into_string();
    for told in [
        "never read in full",
        ">3 minutes ago</time>",
        ">in 4 minutes</time>, by the publisher's own cadence",
        "asks for a crawl every 5 minutes",
        "fresh for 1 hour and offered for 3 days",
        "12,345, of them 6 free and 5 offered now",
        "10 minutes behind ours",
        "9 slots (5 free) are no longer listed",
        "its clock is 600 s behind ours",
        "Grade <strong>D</strong>: 1 error and 9 warnings in 200 lines that were looked at; 1,234 lines",
        "<code>location-state</code>",
        "Do something about slot-booking.",
        "openslots check 'https://clinic.example/",
        "invalid-json: 7 rejected",
        "repaired-time: 1 noted",
        IssueCode::InvalidJson.remedy(),
        "detail 3 ",
        "/v1/scheduling/publishers/clinic/issues?limit=100&amp;code=invalid-json",
        "1.5 kB",
    ] {
        assert!(text.contains(told), "{told}\n{text}");
    }
    assert!(!text.contains("detail 4 "), "three samples of each code");
    assert!(!text.contains("code=repaired-time"), "there are no more of it");
    let (failed, good) = (text.find(">answered "), text.find("https://clinic.example/good"));
    assert!(failed.is_some() && failed < good, "files that failed come first");
}

#[test]
fn files_beside_the_manifest_are_shown_by_name() {
    for (url, want) in [
        ("https://a.example/fhir/slots.ndjson", "slots.ndjson"),
        ("https://a.example/fhir/new/slots.ndjson", "new/slots.ndjson"),
        ("https://a.example/other/slots.ndjson", "https://a.example/other/slots.ndjson"),
        ("https://a.example/fhir/", "https://a.example/fhir/"),
    ] {
        let shown = from_manifest(url, "https://a.example/fhir/$bulk-publish").into_string();
        assert_eq!(shown, format!("<span title=\"{url}\">{want}</span>"));
    }
}

#[test]
fn nothing_that_a_publisher_writes_is_taken_for_markup() {
    let text = whole(&parts()).into_string();
    assert!(!text.contains("<script"), "{text}");
    assert!(!text.contains("\" onload"), "no attribute ends early: {text}");
    assert!(text.contains("&lt;script&gt;"), "{text}");
}

#[test]
fn what_is_not_known_is_told_as_that() {
    let mut parts = parts();
    let status = PublisherStatus {
        last_attempt_at: None,
        last_read_at: None,
        last_outcome: None,
        reason: None,
        hints: PublisherHints::default(),
        held_removal: None,
        ..(*parts.view.status).clone()
    };
    parts.view = PublisherView {
        freshness: Freshness::Unknown,
        n_bookable_slots: 0,
        next_due: None,
        warnings: vec![],
        status: Arc::new(status),
        conformance: None,
        last_run: None,
    };
    (parts.issues.counts, parts.issues.samples, parts.runs) = (vec![], vec![], vec![]);
    let text = whole(&parts).into_string();
    for told in ["unknown", "none yet", "not planned", "Not judged", "None is known.", "None yet."] {
        assert!(text.contains(told), "{told}\n{text}");
    }
    assert!(!text.contains("Warnings") && !text.contains("Files of the last crawl"), "{text}");
}
