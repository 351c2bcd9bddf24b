//! What a crawl takes, and what it finds unchanged.

use openslots_crawl::Clock;
use openslots_model::{
    Coverage, CrawlOutcome, FileContent, FileOutcome, IssueCode, LineEntry, PublicId, ResourceKind, SlotStatus,
    StagedContent,
};

use crate::support::{Answer, Scene, counts, gzip, location, ndjson, slot, slot_of};

#[tokio::test]
async fn a_first_crawl_takes_every_line() {
    let slots: Vec<_> = (0..1_200).map(|id| slot_of(id, if id % 3 == 0 { "busy" } else { "free" })).collect();
    let scene = Scene::with_files(vec![
        ("/locations.ndjson", "Location", Answer::body(ndjson(&[location("1"), location("2")]))),
        ("/slots.ndjson", "Slot", Answer::body(ndjson(&slots)).tagged("s1")),
        ("/plans.ndjson", "InsurancePlan", Answer::body("")),
    ])
    .await;

    let run = scene.crawl().await;

    assert_eq!((run.outcome, run.reason), (CrawlOutcome::Updated, None));
    assert_eq!(run.files.iter().map(counts).collect::<Vec<_>>(), [[2, 0, 0], [1_200, 0, 0]]);
    assert_eq!(run.skipped_types, [("InsurancePlan".to_owned(), 1)]);
    assert_eq!(run.transaction_time.as_deref(), Some("2026-11-20T00:00:00Z"));
    assert_eq!(scene.publisher.take_paths(), ["/$bulk-publish", "/locations.ndjson", "/slots.ndjson"]);
    let staged = scene.sink.accepted(1);
    assert_eq!(staged.iter().map(|line| &line.raw).collect::<Vec<_>>(), slots.iter().collect::<Vec<_>>());
    let StagedContent::Slot { id, schedule, schedule_source_id, start, .. } = &staged[25].content else {
        panic!("slots are staged as slots")
    };
    assert_eq!(*id, PublicId::of(&scene.target.slug, ResourceKind::Slot, "25"));
    assert_eq!(*schedule, PublicId::of(&scene.target.slug, ResourceKind::Schedule, "a"));
    assert_eq!((schedule_source_id.as_ref(), start.to_string().as_str()), ("a", "2026-11-02T01:00:00Z"));
    let status = |index: usize| staged[index].traits.as_ref().map(|traits| traits.status);
    assert_eq!([status(24), status(25)], [Some(SlotStatus::Busy), Some(SlotStatus::Free)]);
    for batch in scene.sink.batches(1) {
        assert!(batch.entries.len() <= 512 && batch.traits.len() <= 2, "batches are small and share traits");
    }
    let commit = scene.sink.last_commit();
    assert!(commit.coverage == Coverage::Complete);
    assert_eq!(commit.files[1].validators.etag.as_deref(), Some("\"s1\""));
    assert_eq!(commit.run.n_bytes, scene.publisher.n_sent() as u64);
}

#[tokio::test]
async fn a_304_costs_nothing() {
    let scene =
        Scene::with_files(vec![("/slots.ndjson", "Slot", Answer::body(ndjson(&[slot(1), slot(2)])).tagged("one"))])
            .await;
    scene.crawl().await;
    let run = scene.crawl().await;

    assert_eq!(run.outcome, CrawlOutcome::Unchanged);
    assert_eq!((counts(&run.files[0]), run.files[0].n_bytes), ([0, 2, 0], 0));
    let file = &scene.sink.last_commit().files[0];
    assert_eq!((&file.content, file.report.outcome), (&FileContent::Unchanged, FileOutcome::Unchanged));
    assert_eq!(file.validators.etag.as_deref(), Some("\"one\""), "a 304 without a tag keeps the one that is known");
    assert!(scene.sink.compared().is_empty());
    let asked = scene.publisher.asked();
    let file_request = &asked.last().expect("the file was asked for").headers;
    assert_eq!(file_request["if-none-match"], "\"one\"");
    assert_eq!(file_request["accept"], "application/fhir+ndjson");
    assert_eq!(file_request["accept-encoding"], "gzip, zstd");
    assert!(file_request["user-agent"].to_str().is_ok_and(|name| name.starts_with("openslots/")));
}

#[tokio::test]
async fn an_equal_body_is_not_even_decompressed() {
    let body = gzip(&ndjson(&[slot(1), slot(2)]));
    let scene = Scene::with_files(vec![("/slots.ndjson", "Slot", Answer::body(body))]).await;
    scene.crawl().await;
    let run = scene.crawl().await;

    assert_eq!((run.outcome, counts(&run.files[0])), (CrawlOutcome::Unchanged, [0, 2, 0]));
    assert!(run.files[0].n_bytes > 0, "it was sent again");
    assert!(scene.sink.compared().is_empty(), "its lines were not looked at");
}

#[tokio::test]
async fn equal_lines_of_a_body_that_comes_otherwise_are_not_staged() {
    let mut body = ndjson(&[slot(1), slot(2)]);
    let scene = Scene::with_files(vec![("/slots.ndjson", "Slot", Answer::body(body.clone()))]).await;
    scene.crawl().await;
    let first = scene.sink.last_commit().files[0].clone();
    // Packed, and with a blank line: other bytes over the wire, the same lines.
    body.extend_from_slice(b"\r\n");
    scene.publisher.answer("/slots.ndjson", Answer::body(gzip(&body)));
    let run = scene.crawl().await;

    assert_eq!((run.outcome, counts(&run.files[0])), (CrawlOutcome::Unchanged, [0, 2, 0]));
    let second = &scene.sink.last_commit().files[0];
    assert_eq!(second.content, FileContent::Unchanged);
    assert_ne!(second.wire_hash, first.wire_hash, "what to compare with next time is the new body");
    assert_eq!(scene.sink.compared().len(), 1);
    assert!(scene.sink.entries(0).is_empty());
}

#[tokio::test]
async fn only_lines_that_differ_are_taken() {
    let lines: Vec<_> = (0..100).map(slot).collect();
    let scene = Scene::with_files(vec![("/slots.ndjson", "Slot", Answer::body(ndjson(&lines)))]).await;
    scene.crawl().await;
    let mut changed = lines.clone();
    changed[50] = slot_of(50, "busy");
    changed.remove(10);
    changed.push(slot(100));
    changed.swap(0, 1);
    scene.publisher.answer("/slots.ndjson", Answer::body(ndjson(&changed)));
    let run = scene.crawl().await;

    assert_eq!((run.outcome, counts(&run.files[0])), (CrawlOutcome::Updated, [2, 98, 0]));
    assert_eq!(run.files[0].outcome, FileOutcome::Fetched);
    let accepted: Vec<_> = scene.sink.accepted(0).into_iter().map(|line| line.raw).collect();
    assert_eq!(accepted, [slot_of(50, "busy"), slot(100)]);
    let entries = scene.sink.entries(0);
    assert_eq!(entries.len(), 100);
    let tokens: Vec<_> = entries
        .iter()
        .filter_map(|entry| if let LineEntry::Kept(line) = entry { Some(line.token.0) } else { None })
        .collect();
    assert_eq!(tokens[..4], [2, 1, 3, 4], "moved lines are known by their tokens");
}

#[tokio::test]
async fn lines_that_vanish_are_a_change() {
    let lines: Vec<_> = (0..10).map(slot).collect();
    let scene = Scene::with_files(vec![("/slots.ndjson", "Slot", Answer::body(ndjson(&lines)))]).await;
    scene.crawl().await;
    scene.publisher.answer("/slots.ndjson", Answer::body(ndjson(&lines[..6])));
    let run = scene.crawl().await;

    assert_eq!(counts(&run.files[0]), [0, 6, 0]);
    assert_eq!(run.files[0].outcome, FileOutcome::Fetched);
    assert_eq!(scene.sink.last_commit().files[0].content, FileContent::Read);
    assert_eq!(scene.sink.entries(0).len(), 6);
}

#[tokio::test]
async fn a_bad_line_costs_itself_only() {
    let bad = r#"{"resourceType":"Slot","id":"2","#.to_owned();
    let lines = [slot(1), bad.clone(), slot(3)];
    let scene = Scene::with_files(vec![("/slots.ndjson", "Slot", Answer::body(ndjson(&lines)))]).await;
    let run = scene.crawl().await;

    assert_eq!((run.outcome, counts(&run.files[0])), (CrawlOutcome::Updated, [2, 0, 1]));
    let issues = scene.sink.issues(0);
    assert_eq!(issues.len(), 1);
    assert_eq!((issues[0].line, issues[0].code, &issues[0].excerpt), (2, IssueCode::InvalidJson, &bad));
    assert_eq!(issues[0].file, run.files[0].url);

    // The same lines in other bytes: nothing differs, the bad one included.
    scene.publisher.answer("/slots.ndjson", Answer::body(gzip(&ndjson(&lines))));
    let run = scene.crawl().await;
    assert_eq!((run.outcome, counts(&run.files[0])), (CrawlOutcome::Unchanged, [0, 2, 1]));
    assert!(scene.sink.entries(0).is_empty());

    // A difference after it: the bad line is read anew, and is bad again.
    let lines = [slot(1), bad, slot(4)];
    scene.publisher.answer("/slots.ndjson", Answer::body(ndjson(&lines)));
    let run = scene.crawl().await;
    assert_eq!((run.outcome, counts(&run.files[0])), (CrawlOutcome::Updated, [1, 1, 1]));
    assert_eq!(scene.sink.issues(0).iter().map(|issue| issue.line).collect::<Vec<_>>(), [2]);
    assert!(matches!(
        scene.sink.entries(0)[..],
        [LineEntry::Kept(_), LineEntry::Rejected { .. }, LineEntry::Accepted { .. }]
    ));
}

#[tokio::test]
async fn many_faults_of_a_kind_are_counted_and_some_are_listed() {
    let mut lines = vec![r#"{"resourceType":"Slot"}"#.to_owned(); 250];
    lines.push(slot(1));
    let files = || vec![("/slots.ndjson", "Slot", Answer::body(ndjson(&lines)))];
    let scene = Scene::with_files(files()).await;
    assert_eq!(counts(&scene.crawl().await.files[0]), [1, 0, 250]);
    assert_eq!(scene.sink.issues(0).len(), 250, "who keeps them counts them");

    let limits = openslots_crawl::CrawlLimits { max_issue_samples_per_code: 100, ..Default::default() };
    let scene = Scene::with_limits(limits, files()).await;
    assert_eq!(counts(&scene.crawl().await.files[0]), [1, 0, 250]);
    let issues = scene.sink.issues(0);
    assert_eq!(issues.iter().filter(|issue| issue.line > 0).count(), 100);
    let rest: Vec<_> = issues.iter().filter(|issue| issue.line == 0).collect();
    assert!(rest.len() == 1 && rest[0].detail.contains("150 more"), "{rest:?}");
}

#[tokio::test]
async fn a_large_body_streams_past_what_is_held_and_is_compared_all_the_same() {
    let lines: Vec<_> = (0..2_000).map(slot).collect();
    let limits = openslots_crawl::CrawlLimits { max_held_bytes: 10_000, ..Default::default() };
    let scene = Scene::with_limits(limits, vec![("/slots.ndjson", "Slot", Answer::body(ndjson(&lines)))]).await;
    scene.crawl().await;
    let run = scene.crawl().await;
    assert_eq!((run.outcome, counts(&run.files[0])), (CrawlOutcome::Unchanged, [0, 2_000, 0]));
    assert_eq!(scene.sink.compared().len(), 1);
}

#[tokio::test]
async fn the_run_tells_when_it_began_and_goes_on_any_thread() {
    let scene = Scene::with_files(vec![("/slots.ndjson", "Slot", Answer::body(ndjson(&[slot(1)])))]).await;
    let now = scene.clock.now();
    let run = tokio::spawn(async move { scene.crawl().await }).await.expect("no panic");
    assert_eq!(run.started_at, now);
}
