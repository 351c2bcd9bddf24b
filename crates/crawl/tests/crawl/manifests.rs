//! Manifests: pages, redirects, and those that cannot be used.

use openslots_crawl::CrawlLimits;
use openslots_model::{Coverage, CrawlOutcome, IssueCode};
use url::Url;

use crate::support::{Answer, Scene, counts, gzip, location, manifest, ndjson, slot};

async fn one_file() -> Scene {
    Scene::with_files(vec![("/slots.ndjson", "Slot", Answer::body(ndjson(&[slot(1)])))]).await
}

#[tokio::test]
async fn a_manifest_that_cannot_be_used_fails_the_run_by_name() {
    for (what, answer, want) in [
        ("a page", Answer::body("<html>Sign in</html>"), "is not JSON"),
        ("other JSON", Answer::body(r#"{"hello":"world"}"#), "no `$bulk-publish` manifest"),
        ("nothing", Answer::body(""), "is not JSON"),
        ("not found", Answer::status(404), "answered http 404 Not Found"),
        ("a broken connection", Answer::body(r#"{"output":["#).cut_off(), "broke off"),
        ("a redirect to itself", Answer::redirect("/$bulk-publish"), "redirected in a circle"),
        ("a redirect to nowhere", Answer::redirect("http://"), "no URL"),
        ("a redirect to a file", Answer::redirect("file:///etc/passwd"), "has scheme `file`"),
    ] {
        let scene = one_file().await;
        scene.publisher.answer("/$bulk-publish", answer);
        let run = scene.crawl().await;
        let reason = run.reason.expect("a failed run says why");
        assert_eq!(run.outcome, CrawlOutcome::Failed, "{what}");
        let name = format!("manifest {}", scene.target.manifest_url);
        assert!(reason.starts_with(&name) && reason.contains(want), "{what}: {reason}");
        assert_eq!(scene.sink.n_runs(), 0, "{what}: the sink was not bothered");
    }
}

#[tokio::test]
async fn an_unreachable_host_is_named() {
    let mut scene = one_file().await;
    // A port that was free a moment ago and that nobody listens on.
    let listener = std::net::TcpListener::bind("127.0.0.1:0").expect("a free port");
    let address = listener.local_addr().expect("an address");
    drop(listener);
    scene.target.manifest_url = Url::parse(&format!("http://{address}/$bulk-publish?sig=hush")).expect("a URL");
    let run = scene.crawl().await;
    let reason = run.reason.expect("a failed run says why");
    assert!(reason.contains(&address.to_string()) && reason.to_lowercase().contains("connection refused"), "{reason}");
    assert!(!reason.contains("hush"), "{reason}");
}

#[tokio::test]
async fn a_manifest_larger_than_the_limit_is_not_read() {
    let limits = CrawlLimits { max_manifest_bytes: 10_000, ..Default::default() };
    let large = manifest(&[("/slots.ndjson", "Slot"); 500], "");
    for answer in [Answer::body(large.clone()), Answer::body(gzip(large.as_bytes())), Answer::body("x").never_ending()]
    {
        let scene = Scene::with_limits(limits.clone(), vec![]).await;
        scene.publisher.answer("/$bulk-publish", answer);
        let reason = scene.crawl().await.reason.expect("a failed run says why");
        assert!(reason.contains("larger than the limit of 10000 bytes"), "{reason}");
    }
}

#[tokio::test]
async fn files_are_named_relative_to_where_the_manifest_was_found() {
    let scene = Scene::with_files(vec![]).await;
    scene.publisher.answer("/$bulk-publish", Answer::redirect("moved/here/$bulk-publish?part=1"));
    let files = [("slots.ndjson", "Slot"), ("/top.ndjson", "Location")];
    scene.publisher.answer("/moved/here/$bulk-publish?part=1", Answer::body(manifest(&files, "")));
    scene.publisher.answer("/moved/here/slots.ndjson", Answer::body(ndjson(&[slot(1)])));
    scene.publisher.answer("/top.ndjson", Answer::body(ndjson(&[location("1")])));
    let run = scene.crawl().await;
    assert_eq!(run.outcome, CrawlOutcome::Updated, "{run:?}");
    let urls: Vec<_> = run.files.iter().map(|file| file.url.clone()).collect();
    assert_eq!(
        urls,
        [scene.publisher.url("/moved/here/slots.ndjson"), scene.publisher.url("/top.ndjson")].map(String::from)
    );
}

#[tokio::test]
async fn pages_are_followed_to_the_last() {
    let scene = one_file().await;
    let next = |path: &str| format!(r#","link":[{{"relation":"next","url":"{}"}}]"#, scene.publisher.url(path));
    let first = manifest(&[("/slots.ndjson", "Slot"), ("/a.ndjson", "Location")], &next("/page?n=2"));
    let second = manifest(&[("/b.ndjson", "Location"), ("/a.ndjson", "Location")], "");
    scene.publisher.answer("/$bulk-publish", Answer::body(first));
    scene.publisher.answer("/page?n=2", Answer::body(second));
    scene.publisher.answer("/a.ndjson", Answer::body(ndjson(&[location("1")])));
    scene.publisher.answer("/b.ndjson", Answer::body(ndjson(&[location("1"), location("2")])));
    let run = scene.crawl().await;

    assert_eq!(run.outcome, CrawlOutcome::Updated, "{run:?}");
    assert_eq!(run.files.iter().map(counts).collect::<Vec<_>>(), [[1, 0, 0], [1, 0, 0], [2, 0, 0]]);
    assert_eq!(
        scene.publisher.take_paths(),
        ["/$bulk-publish", "/a.ndjson", "/b.ndjson", "/page?n=2", "/slots.ndjson"]
    );
    let commit = scene.sink.last_commit();
    assert!(commit.coverage == Coverage::Complete);
    assert!(commit.issues.iter().any(|issue| issue.detail.contains("/a.ndjson is listed more than once")));
}

#[tokio::test]
async fn a_manifest_that_cannot_be_followed_to_its_end_is_not_complete() {
    for (what, second, want) in [
        ("a missing page", Answer::status(404), "answered http 404"),
        ("a page that is none", Answer::body("<html>"), "is not JSON"),
        (
            "a circle",
            Answer::body(manifest(&[], r#","link":[{"relation":"next","url":"/$bulk-publish"}]"#)),
            "leads back to a page before it",
        ),
        (
            "a closed chain",
            Answer::body(manifest(&[], r##","link":[{"relation":"next","url":"#closed"}]"##)),
            "closed chain",
        ),
    ] {
        let scene = one_file().await;
        let first = manifest(&[("/slots.ndjson", "Slot")], r#","link":[{"relation":"next","url":"/page2"}]"#);
        scene.publisher.answer("/$bulk-publish", Answer::body(first));
        scene.publisher.answer("/page2", second);
        let run = scene.crawl().await;
        assert_eq!(run.outcome, CrawlOutcome::Partial, "{what}: {run:?}");
        assert!(run.reason.as_ref().is_some_and(|reason| reason.contains(want)), "{what}: {:?}", run.reason);
        assert_eq!(counts(&run.files[0]), [1, 0, 0], "{what}: what came is taken");
        let commit = scene.sink.last_commit();
        assert!(commit.coverage != Coverage::Complete, "{what}");
        assert!(commit.issues.iter().any(|issue| issue.code == IssueCode::ManifestFailed), "{what}");
    }
}

#[tokio::test]
async fn pages_without_end_are_left() {
    let limits = CrawlLimits { max_manifest_pages: 5, ..Default::default() };
    let scene = Scene::with_limits(limits, vec![]).await;
    for page in 0..10 {
        let path = if page == 0 { "/$bulk-publish".to_owned() } else { format!("/page{page}") };
        let more = format!(r#","link":[{{"relation":"next","url":"/page{}"}}]"#, page + 1);
        let file = format!("/{page}.ndjson");
        scene.publisher.answer(&path, Answer::body(manifest(&[(&file, "Slot")], &more)));
        scene.publisher.answer(&file, Answer::body(ndjson(&[slot(page)])));
    }
    let run = scene.crawl().await;
    assert_eq!((run.outcome, run.files.len()), (CrawlOutcome::Partial, 5));
}

#[tokio::test]
async fn a_chain_that_goes_on_later_is_complete() {
    let scene = one_file().await;
    let more = r##","link":[{"relation":"next","url":"#pending"}]"##;
    scene.publisher.answer("/$bulk-publish", Answer::body(manifest(&[("/slots.ndjson", "Slot")], more)));
    assert_eq!(scene.crawl().await.outcome, CrawlOutcome::Updated);
    assert!(scene.sink.last_commit().coverage == Coverage::Complete);
}

#[tokio::test]
async fn more_files_than_the_limit_are_not_read() {
    let limits = CrawlLimits { max_files: 1, ..Default::default() };
    let files = vec![("/a.ndjson", "Slot", Answer::body("")), ("/b.ndjson", "Slot", Answer::body(""))];
    let scene = Scene::with_limits(limits, files).await;
    let run = scene.crawl().await;
    assert!(run.reason.is_some_and(|reason| reason.contains("more than the limit of 1 output files")));
}

#[tokio::test]
async fn an_entry_that_cannot_be_read_may_stand_for_a_file_that_is_held() {
    let scene = one_file().await;
    let entries = r#"{"output":[{"type":"Slot","url":"/slots.ndjson"},{"type":"Location"}]}"#;
    scene.publisher.answer("/$bulk-publish", Answer::body(entries));
    let run = scene.crawl().await;
    assert_eq!((run.outcome, counts(&run.files[0])), (CrawlOutcome::Partial, [1, 0, 0]));
    assert!(scene.sink.last_commit().coverage != Coverage::Complete);
}

#[tokio::test]
async fn a_publisher_that_a_public_list_named_must_be_public() {
    let mut scene = one_file().await;
    scene.target.is_public_only = true;
    let run = scene.crawl().await;
    assert_eq!(run.outcome, CrawlOutcome::Failed);
    assert!(run.reason.is_some_and(|reason| reason.contains("not on the public internet")));
    assert!(scene.publisher.take_paths().is_empty(), "nobody was asked");
}
