//! Bodies in every packing, and those that must not be taken.

use openslots_crawl::CrawlLimits;
use openslots_model::{CrawlOutcome, FileOutcome, IssueCode};

use crate::support::{Answer, Scene, counts, gzip, location, ndjson, slot};

fn zstd(bytes: &[u8]) -> Vec<u8> {
    zstd::encode_all(bytes, 3).expect("packing works")
}

#[tokio::test]
async fn what_a_body_is_packed_with_is_told_by_its_bytes() {
    let plain = ndjson(&[slot(1), slot(2)]);
    let two_members = [gzip(&plain[..50]), gzip(&plain[50..])].concat();
    for (what, body, encoding) in [
        ("plain", plain.clone(), None),
        ("gzip", gzip(&plain), Some("gzip")),
        ("gzip that does not say so", gzip(&plain), None),
        ("plain that says it is gzip", plain.clone(), Some("gzip")),
        ("plain that says it is brotli", plain.clone(), Some("br")),
        ("gzip in two members", two_members, Some("gzip")),
        ("gzip twice", gzip(&gzip(&plain)), Some("gzip")),
        ("zstd", zstd(&plain), Some("zstd")),
        ("zstd that does not say so", zstd(&plain), None),
        ("zstd that says it is gzip", zstd(&plain), Some("gzip")),
        ("without a last line end", plain[..plain.len() - 1].to_vec(), None),
        ("with other line ends", String::from_utf8_lossy(&plain).replace('\n', "\r\n\r\n").into_bytes(), None),
        ("with a byte order mark", [b"\xEF\xBB\xBF".to_vec(), plain.clone()].concat(), None),
    ] {
        let mut answer = Answer::body(body);
        if let Some(encoding) = encoding {
            answer = answer.header("content-encoding", encoding);
        }
        let scene = Scene::with_files(vec![("/slots.ndjson", "Slot", answer)]).await;
        let run = scene.crawl().await;
        assert_eq!(counts(&run.files[0]), [2, 0, 0], "{what}: {:?}", run.files[0].error);
    }
}

/// Crawls a file of locations that is well and a file of slots that answers this; gives the error of the latter.
async fn failure_of(limits: CrawlLimits, answer: Answer) -> String {
    let good = Answer::body(ndjson(&[location("1")]));
    let files = vec![("/locations.ndjson", "Location", good), ("/slots.ndjson", "Slot", answer)];
    let scene = Scene::with_limits(limits, files).await;
    let run = scene.crawl().await;
    assert_eq!(run.outcome, CrawlOutcome::Partial, "{run:?}");
    assert_eq!(counts(&run.files[0]), [1, 0, 0], "the other file is taken");
    assert_eq!((run.files[1].outcome, counts(&run.files[1])), (FileOutcome::Failed, [0, 0, 0]));
    let error = run.files[1].error.clone().expect("a failed file says why");
    assert!(run.reason.is_some_and(|reason| reason.contains(&error) && reason.contains("/slots.ndjson")));
    let issues = scene.sink.last_commit().issues;
    assert!(issues.len() == 1 && issues[0].detail == error && issues[0].code.is_rejection(), "{issues:?}");
    error
}

#[tokio::test]
async fn what_is_not_a_whole_file_is_not_taken() {
    let plain = ndjson(&[slot(1), slot(2)]);
    let packed = gzip(&plain);
    let html = "\n  <!DOCTYPE html>\n<html><body>Sign in</body></html>";
    for (what, answer, want) in [
        ("a page", Answer::body(html), "HTML"),
        ("a page that is packed", Answer::body(gzip(html.as_bytes())), "HTML"),
        ("a page of one line", Answer::body("<html></html>"), "HTML"),
        ("pretty-printed JSON", Answer::body("{\n  \"resourceType\": \"Bundle\"\n}\n"), "spread over many lines"),
        ("not found", Answer::status(404), "http 404 Not Found"),
        ("forbidden", Answer::status(403), "signature may have expired"),
        ("busy", Answer::status(503).header("retry-after", "120"), "http 503 Service Unavailable; retry after 120"),
        ("no content", Answer::status(204), "http 204"),
        ("304 out of the blue", Answer::status(304), "http 304"),
        ("a broken connection", Answer::body(plain.clone()).cut_off(), "broke off"),
        ("a cut gzip", Answer::body(packed[..packed.len() - 10].to_vec()), "cut off or damaged"),
        ("a damaged gzip", Answer::body([&packed[..20], &[0xff; 30]].concat()), "cut off or damaged"),
        ("a cut zstd", Answer::body(zstd(&plain)[..60].to_vec()), "cut off or damaged"),
        ("a cut last line", Answer::body(plain[..plain.len() - 20].to_vec()), "ends in the middle of a line"),
        ("brotli", Answer::body([0x1b, 0x55, 0x00]).header("content-encoding", "br"), "encoded as `br`"),
    ] {
        let error = failure_of(CrawlLimits::default(), answer).await;
        assert!(error.contains(want), "{what}: {error}");
    }
}

#[tokio::test]
async fn a_cut_line_is_named() {
    let plain = ndjson(&[slot(1), slot(2)]);
    let scene = Scene::with_files(vec![
        ("/locations.ndjson", "Location", Answer::body(ndjson(&[location("1")]))),
        ("/slots.ndjson", "Slot", Answer::body(plain[..plain.len() - 20].to_vec())),
    ])
    .await;
    scene.crawl().await;
    let issue = &scene.sink.last_commit().issues[0];
    assert_eq!((issue.code, issue.line), (IssueCode::TruncatedLine, 2));
    assert!(issue.excerpt.starts_with(r#"{"resourceType":"Slot","id":"2""#));
}

#[tokio::test]
async fn a_bomb_is_not_unpacked() {
    let bomb = gzip(&vec![b' '; 64 << 20]);
    let error = failure_of(CrawlLimits::default(), Answer::body(bomb)).await;
    assert!(error.contains("expands to more than 200 times"), "{error}");
}

#[tokio::test]
async fn a_file_larger_than_the_limit_is_not_taken() {
    let limits = CrawlLimits { max_file_bytes: 50_000, ..Default::default() };
    let body = ndjson(&(0..1_000).map(slot).collect::<Vec<_>>());
    for answer in [Answer::body(body.clone()), Answer::body(gzip(&body))] {
        let error = failure_of(limits.clone(), answer).await;
        assert_eq!(error, "is larger than the limit of 50000 bytes");
    }
}

#[tokio::test]
async fn a_line_without_end_is_passed_over() {
    let mut body = vec![b'x'; 5 << 20];
    body.extend_from_slice(b"\n");
    body.extend_from_slice(&ndjson(&[slot(1)]));
    let scene = Scene::with_files(vec![("/slots.ndjson", "Slot", Answer::body(body))]).await;
    let run = scene.crawl().await;
    assert_eq!(counts(&run.files[0]), [1, 0, 1]);
    let issue = &scene.sink.issues(0)[0];
    assert_eq!((issue.code, issue.line, issue.excerpt.len()), (IssueCode::LineTooLong, 1, 200));
    // It is known as what it was: the same file in other bytes is unchanged.
    let mut same = vec![b'x'; 5 << 20];
    same.extend_from_slice(b"\r\n");
    same.extend_from_slice(&ndjson(&[slot(1)]));
    scene.publisher.answer("/slots.ndjson", Answer::body(same));
    let run = scene.crawl().await;
    assert_eq!((run.outcome, counts(&run.files[0])), (CrawlOutcome::Unchanged, [0, 1, 1]));
}

#[tokio::test]
async fn a_body_without_end_is_left() {
    let limits = CrawlLimits { max_file_bytes: 4 << 20, ..Default::default() };
    let scene =
        Scene::with_limits(limits, vec![("/slots.ndjson", "Slot", Answer::body(vec![b'x'; 64 << 10]).never_ending())])
            .await;
    let run = scene.crawl().await;
    assert_eq!(run.files[0].error.as_deref(), Some("is larger than the limit of 4194304 bytes"));
    // What is under way in the network's buffers may have been sent as well.
    assert!(scene.publisher.n_sent() < 64 << 20, "{}", scene.publisher.n_sent());
}
