//! What a publisher takes back.

use openslots_model::{CrawlOutcome, FileContent, IssueCode, LineEntry};

use crate::support::{Answer, Scene, counts, manifest, ndjson, slot};

const DELETED: &str = r#","deleted":[{"type":"Bundle","url":"/deleted.ndjson"}]"#;

fn bundle(urls: &[&str]) -> String {
    let entries: Vec<_> =
        urls.iter().map(|url| format!(r#"{{"request":{{"method":"DELETE","url":"{url}"}}}}"#)).collect();
    format!(r#"{{"resourceType":"Bundle","type":"transaction","entry":[{}]}}"#, entries.join(","))
}

/// Three slots that are held, their file tagged.
async fn three_slots() -> Scene {
    let body = ndjson(&[slot(1), slot(2), slot(3)]);
    let scene = Scene::with_files(vec![("/slots.ndjson", "Slot", Answer::body(body).tagged("same"))]).await;
    assert_eq!(counts(&scene.crawl().await.files[0]), [3, 0, 0]);
    scene
}

fn list_with_deletions(scene: &Scene, deleted: Answer) {
    scene.publisher.answer("/$bulk-publish", Answer::body(manifest(&[("/slots.ndjson", "Slot")], DELETED)));
    scene.publisher.answer("/deleted.ndjson", deleted);
}

#[tokio::test]
async fn what_is_taken_back_is_left_out_until_it_comes_back() {
    let scene = three_slots().await;
    list_with_deletions(&scene, Answer::body(bundle(&["Slot/2", "Slot/99"])));

    // The file is as before, but a line of it no longer counts.
    let run = scene.crawl().await;
    assert_eq!((run.outcome, counts(&run.files[0])), (CrawlOutcome::Updated, [0, 2, 1]), "{run:?}");
    let issues = scene.sink.issues(0);
    assert_eq!(issues.iter().map(|issue| (issue.line, issue.code)).collect::<Vec<_>>(), [(2, IssueCode::Withdrawn)]);
    assert!(matches!(scene.sink.entries(0)[..], [LineEntry::Kept(_), LineEntry::Rejected { .. }, LineEntry::Kept(_)]));

    // Nothing new: nothing to write.
    let run = scene.crawl().await;
    assert_eq!((run.outcome, counts(&run.files[0])), (CrawlOutcome::Unchanged, [0, 2, 1]));
    assert_eq!(scene.sink.last_commit().files[0].content, FileContent::Unchanged);

    // The deletion goes; the file is as before, and the line counts again.
    scene.publisher.list(&[("/slots.ndjson", "Slot")]);
    let run = scene.crawl().await;
    assert_eq!((run.outcome, counts(&run.files[0])), (CrawlOutcome::Updated, [1, 2, 0]));
    let run = scene.crawl().await;
    assert_eq!((run.files[0].n_bytes, counts(&run.files[0])), (0, [0, 3, 0]), "a 304 counts again as well");
}

#[tokio::test]
async fn all_of_a_file_may_be_taken_back() {
    let scene = three_slots().await;
    list_with_deletions(&scene, Answer::body(bundle(&["Slot/1", "Slot/2", "Slot/3"])));
    let run = scene.crawl().await;
    assert_eq!((run.outcome, counts(&run.files[0])), (CrawlOutcome::Updated, [0, 0, 3]), "{run:?}");
}

#[tokio::test]
async fn a_later_page_brings_back_what_an_earlier_one_took() {
    let scene = three_slots().await;
    let more = format!(r#"{DELETED},"link":[{{"relation":"next","url":"/page2"}}]"#);
    scene.publisher.answer("/$bulk-publish", Answer::body(manifest(&[("/slots.ndjson", "Slot")], &more)));
    scene.publisher.answer("/deleted.ndjson", Answer::body(bundle(&["Slot/1", "Slot/2"])));
    scene.publisher.answer("/page2", Answer::body(manifest(&[("/more.ndjson", "Slot")], "")));
    scene.publisher.answer("/more.ndjson", Answer::body(ndjson(&[slot(2)])).tagged("more"));
    let run = scene.crawl().await;
    assert_eq!(run.files.iter().map(counts).collect::<Vec<_>>(), [[0, 1, 2], [1, 0, 0]]);
    let run = scene.crawl().await;
    assert_eq!(
        (run.outcome, run.files[1].n_bytes),
        (CrawlOutcome::Unchanged, 0),
        "no deletion concerns the later page"
    );
}

#[tokio::test]
async fn deletions_that_cannot_be_read_fail_the_run() {
    let put = r#"{"resourceType":"Bundle","entry":[{"request":{"method":"PUT","url":"Slot/2"}}]}"#;
    for (answer, want) in [
        (Answer::status(404), "http 404"),
        (Answer::body("<html>"), "no bundle of deletions"),
        (Answer::body(put), "no deletion"),
        (Answer::body(bundle(&["Slot/2"])).cut_off(), "broke off"),
    ] {
        let scene = three_slots().await;
        list_with_deletions(&scene, answer);
        let run = scene.crawl().await;
        assert_eq!(run.outcome, CrawlOutcome::Failed);
        let reason = run.reason.expect("a failed run says why");
        assert!(reason.contains("/deleted.ndjson") && reason.contains(want), "{reason}");
        assert_eq!(scene.sink.commits().len(), 1, "what is held stands");
    }
}
