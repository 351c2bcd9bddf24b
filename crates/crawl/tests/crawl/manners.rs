//! Politeness, secrets and redirects.

use std::time::Duration;

use openslots_crawl::{Clock, CrawlLimits, CrawlOptions, NoProgress};
use openslots_model::CrawlOutcome;

use crate::support::{Answer, FakePublisher, Scene, counts, manifest, ndjson, slot};

#[tokio::test]
async fn a_publisher_is_left_alone_for_a_minute() {
    let scene = Scene::with_files(vec![("/slots.ndjson", "Slot", Answer::body(ndjson(&[slot(1)])))]).await;
    assert_eq!(scene.crawl_politely(None).await.outcome, CrawlOutcome::Updated);
    scene.publisher.take_paths();

    let run = scene.crawl_politely(None).await;
    assert_eq!(run.outcome, CrawlOutcome::TooSoon);
    assert!(run.reason.is_some_and(|reason| reason.contains("less than 60 s ago")));
    assert!(scene.publisher.take_paths().is_empty(), "nothing was asked");
    assert_eq!(scene.crawl().await.outcome, CrawlOutcome::Unchanged, "unless it is forced");
}

#[tokio::test]
async fn what_another_process_asked_counts() {
    let scene = Scene::with_files(vec![("/slots.ndjson", "Slot", Answer::body(ndjson(&[slot(1)])))]).await;
    let now = scene.clock.now();
    let run = scene.crawl_politely(Some(now.plus_seconds(-20))).await;
    assert_eq!(run.outcome, CrawlOutcome::TooSoon);
    assert!(scene.publisher.take_paths().is_empty());
    assert_eq!(scene.crawl_politely(Some(now.plus_seconds(-61))).await.outcome, CrawlOutcome::Updated);
}

#[tokio::test]
async fn no_url_is_asked_for_twice_in_a_run() {
    // Each file leads to the same page of excuses.
    let paths: Vec<_> = (0..5).map(|n| format!("/{n}.ndjson")).collect();
    let files = paths.iter().map(|path| (path.as_str(), "Slot", Answer::redirect("/sorry"))).collect();
    let scene = Scene::with_files(files).await;
    scene.publisher.answer("/sorry", Answer::status(503));
    let run = scene.crawl().await;
    assert_eq!(run.outcome, CrawlOutcome::Failed);
    assert_eq!(scene.publisher.take_paths().iter().filter(|path| *path == "/sorry").count(), 1);
}

#[tokio::test]
async fn redirects_of_files_are_followed_so_far() {
    let hops: Vec<_> = (0..7).map(|n| format!("/hop{n}")).collect();
    let limits = CrawlLimits { max_redirects: 5, ..Default::default() };
    let scene = Scene::with_limits(
        limits,
        vec![
            ("/near.ndjson", "Slot", Answer::redirect("/hop2")),
            ("/far.ndjson", "Slot", Answer::redirect("/far0")),
            ("/round.ndjson", "Slot", Answer::redirect("/round2")),
        ],
    )
    .await;
    scene.publisher.answer("/round2", Answer::redirect("/round.ndjson"));
    for (n, hop) in hops.iter().enumerate() {
        let next = Answer::redirect(format!("/hop{}", n + 1));
        scene.publisher.answer(hop, if n == 6 { Answer::body(ndjson(&[slot(1)])) } else { next });
        scene.publisher.answer(&format!("/far{n}"), Answer::redirect(format!("/far{}", n + 1)));
    }
    let run = scene.crawl().await;
    assert_eq!(counts(&run.files[0]), [1, 0, 0], "five redirects are followed");
    let error = |index: usize| run.files[index].error.clone().unwrap_or_default();
    assert_eq!(error(1), "was redirected more than 5 times");
    assert!(error(2).contains("in a circle"), "{}", error(2));
}

#[tokio::test]
async fn secrets_go_to_the_publishers_own_host_only() {
    let mut scene = Scene::with_files(vec![]).await;
    let elsewhere = FakePublisher::start().await;
    let (there, moved) = (elsewhere.url("/there.ndjson"), elsewhere.url("/moved.ndjson"));
    let body = || Answer::body(ndjson(&[slot(1)]));
    let files = [("/here.ndjson?part=1", "Slot"), ("/moved.ndjson", "Slot"), (there.as_str(), "Slot")];
    scene.publisher.answer("/$bulk-publish", Answer::body(manifest(&files, "")));
    scene.publisher.answer("/here.ndjson", body());
    scene.publisher.answer("/moved.ndjson", Answer::redirect(moved.as_str()));
    elsewhere.answer("/there.ndjson", body());
    elsewhere.answer("/moved.ndjson", body());
    scene.target.headers = vec![("CLIENT_ID".to_owned(), "hush".to_owned())];
    scene.target.query = vec![("key".to_owned(), "hush".to_owned())];
    scene.target.manifest_url.set_username("me").expect("an http URL");
    scene.target.manifest_url.set_password(Some("hush")).expect("an http URL");

    let run = scene.crawl().await;

    assert_eq!(run.outcome, CrawlOutcome::Updated, "{run:?}");
    let own = scene.publisher.asked();
    assert_eq!(own.len(), 3);
    for asked in own {
        assert_eq!(asked.headers["client_id"], "hush", "{}", asked.path);
        assert!(asked.headers["authorization"].to_str().is_ok_and(|value| value.starts_with("Basic ")));
        assert!(asked.path.contains("key=hush"), "{}", asked.path);
    }
    let other = elsewhere.asked();
    assert_eq!(other.len(), 2);
    for asked in other {
        assert!(!asked.headers.contains_key("client_id") && !asked.headers.contains_key("authorization"));
        assert!(!asked.path.contains("hush") && !asked.headers.contains_key("referer"));
    }
    let kept = format!("{run:?} {:?} {:?}", scene.sink.last_commit(), scene.target);
    assert!(!kept.contains("hush"), "what is kept and shown holds no secret: {kept}");
    assert!(run.files[0].url.ends_with("/here.ndjson?part=1"));
}

#[tokio::test]
async fn a_host_is_asked_for_so_many_files_at_once() {
    let paths: Vec<_> = (0..60).map(|n| format!("/{n}.ndjson")).collect();
    let files = paths.iter().map(|path| (path.as_str(), "Slot", Answer::body(ndjson(&[slot(1)])))).collect();
    let limits = CrawlLimits { connections_per_host: 3, ..Default::default() };
    let scene = Scene::with_limits(limits, files).await;
    let run = scene.crawl().await;
    assert_eq!(run.outcome, CrawlOutcome::Updated);
    let order: Vec<_> = run.files.iter().map(|file| file.url.clone()).collect();
    assert_eq!(order, paths.iter().map(|path| scene.publisher.url(path).to_string()).collect::<Vec<_>>());
    assert!(scene.publisher.max_at_once() <= 3, "{}", scene.publisher.max_at_once());
}

#[tokio::test]
async fn the_name_that_publishers_read_says_where_to_complain() {
    let limits = CrawlLimits { contact: Some("https://finder.example/contact".to_owned()), ..Default::default() };
    let scene = Scene::with_limits(limits, vec![("/slots.ndjson", "Slot", Answer::body(""))]).await;
    scene.crawl().await;
    let name = format!("openslots/{} (+https://finder.example/contact)", env!("CARGO_PKG_VERSION"));
    assert!(scene.publisher.asked().iter().all(|asked| asked.headers["user-agent"] == name.as_str()));
}

#[tokio::test]
async fn a_header_that_cannot_be_sent_fails_the_run_by_name() {
    let mut scene = Scene::with_files(vec![]).await;
    scene.target.headers = vec![("CLIENT ID".to_owned(), "hush".to_owned())];
    let run = scene.crawler.crawl(&scene.target, CrawlOptions::default(), &NoProgress).await;
    assert_eq!(run.outcome, CrawlOutcome::Failed);
    assert!(run.reason.is_some_and(|reason| reason.contains("`CLIENT ID`") && !reason.contains("hush")));
}

#[tokio::test]
async fn a_file_of_two_publishers_is_asked_for_when_its_time_has_come() {
    let mut scene = Scene::with_files(vec![("/slots.ndjson", "Slot", Answer::body(ndjson(&[slot(1)])))]).await;
    scene.publisher.answer("/other/$bulk-publish", Answer::body(manifest(&[("/slots.ndjson", "Slot")], "")));
    let began = scene.clock.elapsed();
    assert_eq!(scene.crawl_politely(None).await.outcome, CrawlOutcome::Updated);
    scene.target.manifest_url = scene.publisher.url("/other/$bulk-publish");
    assert_eq!(scene.crawl_politely(None).await.outcome, CrawlOutcome::Unchanged);
    assert_eq!(scene.clock.elapsed() - began, Duration::from_secs(60), "it waited");
}

#[tokio::test]
async fn a_publisher_that_falls_silent_is_left() {
    let limits = CrawlLimits { stall_timeout: Duration::from_millis(200), ..Default::default() };
    let files = vec![("/slots.ndjson", "Slot", Answer::body(ndjson(&[slot(1)])).falling_silent())];
    let scene = Scene::with_limits(limits, files).await;
    let run = scene.crawl().await;
    assert_eq!(run.files[0].error.as_deref(), Some("broke off: no more data within 200ms"));
}

#[tokio::test]
async fn a_file_that_trickles_is_left() {
    let limits = CrawlLimits { file_timeout: Duration::from_millis(300), ..Default::default() };
    let files = vec![("/slots.ndjson", "Slot", Answer::body(ndjson(&[slot(1)])).falling_silent())];
    let scene = Scene::with_limits(limits, files).await;
    let run = scene.crawl().await;
    assert_eq!(run.files[0].error.as_deref(), Some("took longer than 300ms"));
}
