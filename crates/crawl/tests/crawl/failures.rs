//! What fails leaves the last good data as they are.

use openslots_model::{Coverage, CrawlOutcome, FileContent, FileOutcome};

use crate::support::{Answer, Scene, SinkFault, counts, location, ndjson, slot};

async fn two_files() -> Scene {
    Scene::with_files(vec![
        ("/locations.ndjson", "Location", Answer::body(ndjson(&[location("1")]))),
        ("/slots.ndjson", "Slot", Answer::body(ndjson(&[slot(1), slot(2)]))),
    ])
    .await
}

#[tokio::test]
async fn one_missing_file_of_many_is_a_partial_run() {
    let scene = two_files().await;
    scene.crawl().await;
    scene.publisher.answer("/slots.ndjson", Answer::status(404));
    let run = scene.crawl().await;

    assert_eq!(run.outcome, CrawlOutcome::Partial);
    assert_eq!((run.n_files(FileOutcome::Failed), run.n_files(FileOutcome::Unchanged)), (1, 1));
    let commit = scene.sink.last_commit();
    assert!(commit.coverage == Coverage::Complete, "the manifest was read; the failed file is told by its content");
    assert_eq!(commit.files[1].content, FileContent::Failed);

    // Back again, as it was: known from before the failure.
    scene.publisher.answer("/slots.ndjson", Answer::body(ndjson(&[slot(1), slot(2)])));
    assert_eq!(counts(&scene.crawl().await.files[1]), [0, 2, 0]);
}

#[tokio::test]
async fn a_file_that_is_suddenly_empty_is_read_as_such() {
    // Whether it is believed is for the sink to say, which knows what it held.
    for body in ["", "\n\n", "[\n]\n"] {
        let scene = two_files().await;
        scene.crawl().await;
        scene.publisher.answer("/slots.ndjson", Answer::body(body));
        let run = scene.crawl().await;
        assert_eq!((run.files[1].outcome, counts(&run.files[1])), (FileOutcome::Fetched, [0, 0, 0]), "{body:?}");
        assert_eq!(scene.sink.last_commit().files[1].content, FileContent::Read);
    }
}

#[tokio::test]
async fn a_file_without_any_line_of_use_removes_nothing() {
    let scene = two_files().await;
    scene.crawl().await;
    let outcome = r#"{"resourceType":"OperationOutcome","issue":[{"severity":"error","code":"exception"}]}"#;
    scene.publisher.answer("/slots.ndjson", Answer::body(outcome));
    let run = scene.crawl().await;
    assert_eq!(run.files[1].outcome, FileOutcome::Failed);
    assert!(run.files[1].error.as_ref().is_some_and(|error| error.contains("none of its 1 lines")));
}

#[tokio::test]
async fn an_empty_file_of_a_new_publisher_is_well() {
    let scene = Scene::with_files(vec![("/slots.ndjson", "Slot", Answer::body(""))]).await;
    for outcome in [CrawlOutcome::Updated, CrawlOutcome::Unchanged] {
        let run = scene.crawl().await;
        assert_eq!((run.outcome, counts(&run.files[0])), (outcome, [0, 0, 0]));
    }
}

#[tokio::test]
async fn when_every_file_fails_nothing_is_committed() {
    let scene = two_files().await;
    scene.publisher.answer("/locations.ndjson", Answer::status(500));
    scene.publisher.answer("/slots.ndjson", Answer::status(500));
    let run = scene.crawl().await;
    assert_eq!(run.outcome, CrawlOutcome::Failed);
    assert!(run.reason.is_some_and(|reason| reason.contains("/locations.ndjson answered http 500")));
    assert_eq!(run.files.len(), 2, "the run tells what became of each file");
    assert!(scene.sink.commits().is_empty());
}

#[tokio::test]
async fn a_failing_sink_fails_the_run() {
    for fault in [SinkFault::Begin, SinkFault::KnownFile, SinkFault::Stage, SinkFault::Commit] {
        let scene = two_files().await;
        scene.sink.set_fault(Some(fault));
        let run = scene.crawl().await;
        assert_eq!(run.outcome, CrawlOutcome::Failed, "{fault:?}");
        assert_eq!(run.reason.as_deref(), Some("what was read cannot be kept: the disk is full"), "{fault:?}");
        assert!(scene.sink.commits().is_empty());
        scene.sink.set_fault(None);
        assert_eq!(scene.crawl().await.outcome, CrawlOutcome::Updated, "{fault:?}: the next run is well");
    }
}

#[tokio::test]
async fn a_panic_costs_its_file_only() {
    let scene = two_files().await;
    scene.sink.set_fault(Some(SinkFault::PanicAt("Schedule/a")));
    let run = scene.crawl().await;
    assert_eq!(run.outcome, CrawlOutcome::Partial);
    assert_eq!(run.n_files(FileOutcome::Fetched), 1);
    assert!(run.files[1].error.as_ref().is_some_and(|error| error.contains("please report")));
}
