//! Publishers that ask to be left alone, that fail again and again, whose clock is off, or who wish to be asked seldom.

use std::time::Duration;

use openslots_crawl::{Clock, CrawlLimits, CrawlMemory};
use openslots_model::{CrawlOutcome, FileOutcome, IssueCode, UnixSeconds};

use crate::support::{Answer, Scene, location, manifest, ndjson, slot};

async fn many_files(limits: CrawlLimits, answer: &Answer) -> Scene {
    let paths: Vec<_> = (0..40).map(|n| format!("/{n}.ndjson")).collect();
    let files = paths.iter().map(|path| (path.as_str(), "Slot", answer.clone())).collect();
    Scene::with_limits(limits, files).await
}

#[tokio::test]
async fn a_host_that_asks_to_be_left_alone_is() {
    for (status, after) in [(429, "120"), (503, "120"), (503, "Fri, 20 Nov 2026 00:02:00 GMT")] {
        let limits = CrawlLimits { connections_per_host: 1, ..Default::default() };
        let scene = many_files(limits, &Answer::status(status).header("retry-after", after)).await;
        let run = scene.crawl_politely(None).await;
        assert_eq!(run.outcome, CrawlOutcome::Failed);
        assert_eq!(scene.publisher.take_paths().len(), 2, "the manifest and one file");
        let begin = scene.clock.now();
        assert_eq!(run.hints.left_alone_until, Some(begin.plus_seconds(120)), "{status} {after}");
        let errors: Vec<_> = run.files.iter().filter_map(|file| file.error.as_deref()).collect();
        assert_eq!(errors.len(), 40);
        assert!(
            errors
                .iter()
                .filter(|error| error.contains("has asked to be left alone until 2026-11-20T00:02:00Z"))
                .count()
                == 39,
            "{errors:?}"
        );

        // Another process has been told, or this one by another publisher of the host.
        let mut later = scene;
        later.clock.advance(Duration::from_secs(90));
        let memory = CrawlMemory { left_alone_until: run.hints.left_alone_until, ..CrawlMemory::default() };
        let other = std::mem::replace(&mut later.target.memory, memory);
        let run = later.crawl_politely(None).await;
        assert_eq!(run.outcome, CrawlOutcome::TooSoon);
        assert!(run.reason.is_some_and(|reason| reason.contains("left alone until 2026-11-20T00:02:00Z")));
        later.target.memory = other;
        assert!(later.publisher.take_paths().is_empty(), "nobody was asked");
        // A 429 counts the requests of all publishers of the host, a 503 is of this one.
        let told = later.crawler.host_left_alone_until(&later.target);
        assert_eq!(told.is_some(), status == 429);
        // Then it is asked again.
        later.clock.advance(Duration::from_secs(60));
        later.crawl_politely(None).await;
        assert!(later.publisher.take_paths().len() >= 2);
    }
}

#[tokio::test]
async fn a_wish_to_be_left_alone_for_ever_is_believed_for_a_day() {
    let scene = many_files(CrawlLimits::default(), &Answer::status(503).header("retry-after", "4000000000")).await;
    let run = scene.crawl_politely(None).await;
    assert_eq!(run.hints.left_alone_until, Some(scene.clock.now().plus_seconds(86_400)));
}

#[tokio::test]
async fn a_server_that_is_down_is_not_asked_for_every_file() {
    let limits = CrawlLimits { max_failures_in_row: 5, connections_per_host: 1, ..Default::default() };
    let scene = many_files(limits.clone(), &Answer::status(500)).await;
    let run = scene.crawl().await;
    assert_eq!(run.outcome, CrawlOutcome::Failed);
    assert_eq!(scene.publisher.take_paths().len(), 6, "the manifest and five files");
    let error = run.files[39].error.as_deref().expect("failed");
    assert!(error.contains("was not asked for, after 5 failures in a row"), "{error}");

    // One that is there now and then is asked on; a file that is missing is an answer.
    let scene = many_files(limits, &Answer::status(404)).await;
    for n in (0..40).filter(|n| n % 5 == 4) {
        scene.publisher.answer(&format!("/{n}.ndjson"), Answer::status(500));
    }
    scene.crawl().await;
    assert_eq!(scene.publisher.take_paths().len(), 41);
}

#[tokio::test]
async fn the_longer_wish_of_header_and_manifest_counts() {
    for (max_age, cadence, want) in [
        (None, None, None),
        (Some("max-age=300"), None, Some(300)),
        (None, Some("PT1H"), Some(3_600)),
        (Some("max-age=300"), Some("PT1H"), Some(3_600)),
        (Some("max-age=7200"), Some("PT1H"), Some(7_200)),
    ] {
        let scene = Scene::with_files(vec![]).await;
        let more = cadence.map(|cadence| format!(r#","updateCadence":"{cadence}""#)).unwrap_or_default();
        let mut answer = Answer::body(manifest(&[], &more));
        if let Some(max_age) = max_age {
            answer = answer.header("cache-control", max_age);
        }
        scene.publisher.answer("/$bulk-publish", answer);
        assert_eq!(scene.crawl().await.hints.wished_interval_seconds, want, "{max_age:?} {cadence:?}");
    }
}

#[tokio::test]
async fn a_clock_that_is_off_is_told() {
    for (date, transaction_time, want) in [
        ("Fri, 20 Nov 2026 00:00:03 GMT", "2026-11-20T00:00:00Z", vec![]),
        ("Fri, 20 Nov 2026 00:04:00 GMT", "2026-11-20T00:04:00Z", vec![]),
        ("Fri, 20 Nov 2026 01:00:00 GMT", "2026-11-20T01:00:00Z", vec!["more than five minutes ahead of ours"]),
        ("Thu, 19 Nov 2026 23:00:00 GMT", "2026-11-19T23:00:00Z", vec!["more than five minutes behind ours"]),
        ("Fri, 20 Nov 2026 00:00:00 GMT", "2026-11-21T00:00:00Z", vec!["lies more than five minutes ahead"]),
        ("Fri, 20 Nov 2026 00:00:00 GMT", "2021-01-01T00:00:00Z", vec![]),
    ] {
        let scene = Scene::with_files(vec![]).await;
        let body = manifest(&[], "").replace("2026-11-20T00:00:00Z", transaction_time);
        scene.publisher.answer("/$bulk-publish", Answer::body(body).header("date", date));
        let run = scene.crawl().await;
        assert_eq!(run.outcome, CrawlOutcome::Unchanged, "{run:?}");
        let issues = scene.sink.last_commit().issues;
        assert_eq!(issues.len(), want.len(), "{date} {transaction_time}: {issues:?}");
        for (issue, want) in issues.iter().zip(want) {
            assert_eq!(issue.code, IssueCode::ClockSkew);
            assert!(issue.detail.contains(want), "{}", issue.detail);
        }
    }
}

#[tokio::test]
async fn files_of_other_states_are_not_fetched() {
    let slots = || Answer::body(ndjson(&[slot(1)]));
    let mut scene = Scene::with_files(vec![
        ("/slots-NH.ndjson", "Slot", slots()),
        ("/slots-MA.ndjson", "Slot", slots()),
        ("/places.ndjson", "Location", Answer::body(ndjson(&[location("1")]))),
    ])
    .await;
    scene.target.states = vec!["MA".to_owned()];
    let run = scene.crawl().await;
    assert_eq!((run.files.len(), run.n_files_of_other_states), (2, 1));
    assert_eq!(scene.publisher.take_paths(), ["/$bulk-publish", "/places.ndjson", "/slots-MA.ndjson"]);
}

#[tokio::test]
async fn manifests_inside_a_manifest_are_read_as_one() {
    let scene = Scene::with_files(vec![]).await;
    let root = [("/a/$bulk-publish", "Bundle"), ("/b/$bulk-publish?key=1", "Manifest"), ("/own.ndjson", "Slot")];
    scene.publisher.answer("/$bulk-publish", Answer::body(manifest(&root, "")));
    // The second leads back to the first and to the root.
    let of_a = [("slots.ndjson", "Slot"), ("/$bulk-publish", "Bundle")];
    scene.publisher.answer("/a/$bulk-publish", Answer::body(manifest(&of_a, "")));
    let of_b = [("../a/$bulk-publish", "Bundle"), ("slots.ndjson", "Slot")];
    scene.publisher.answer("/b/$bulk-publish", Answer::body(manifest(&of_b, "")));
    for (path, n) in [("/own.ndjson", 1), ("/a/slots.ndjson", 2), ("/b/slots.ndjson", 3)] {
        scene.publisher.answer(path, Answer::body(ndjson(&[slot(n)])));
    }
    let run = scene.crawl().await;
    assert_eq!((run.outcome, run.n_files(FileOutcome::Fetched)), (CrawlOutcome::Updated, 3), "{run:?}");
    let asked = scene.publisher.take_paths();
    assert_eq!(asked.len(), 6, "{asked:?}");

    // One that is missing, or too deep, may hold what is held.
    for (what, depth, answer) in [("missing", 3, Answer::status(404)), ("too deep", 0, Answer::status(404))] {
        let limits = CrawlLimits { max_manifest_depth: depth, ..Default::default() };
        let scene = Scene::with_limits(limits, vec![]).await;
        let files = [("/a/$bulk-publish", "Bundle"), ("/own.ndjson", "Slot")];
        scene.publisher.answer("/$bulk-publish", Answer::body(manifest(&files, "")));
        scene.publisher.answer("/own.ndjson", Answer::body(ndjson(&[slot(1)])));
        scene.publisher.answer("/a/$bulk-publish", answer);
        assert_eq!(scene.crawl().await.outcome, CrawlOutcome::Partial, "{what}");
    }
}

#[tokio::test]
async fn a_clock_put_back_does_not_stop_the_crawl() {
    let scene = Scene::with_files(vec![]).await;
    let tomorrow = Some(UnixSeconds(scene.clock.now().0 + 86_400));
    assert_eq!(scene.crawl_politely(tomorrow).await.outcome, CrawlOutcome::Unchanged);
}
