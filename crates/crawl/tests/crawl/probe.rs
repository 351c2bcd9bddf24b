//! One look at a URL: what a manifest says, and what is told of anything else.

use std::time::Duration;

use openslots_crawl::{Continuation, CrawlLimits, CrawlTarget, ProbeFailure};
use openslots_model::{CrawlOutcome, IssueCode};
use url::Url;

use crate::support::{Answer, Scene, gzip, manifest, ndjson, slot};

/// What a probe says of an answer at a path.
async fn failure_of(path: &str, answer: Answer) -> ProbeFailure {
    let mut scene = Scene::with_files(vec![]).await;
    scene.publisher.answer(path, answer);
    scene.target.manifest_url = scene.publisher.url(path);
    let failure = scene.crawler.probe(&scene.target).await.expect_err(path);
    assert_eq!(failure.url, scene.publisher.url(path).as_str(), "{path}");
    failure
}

#[tokio::test]
async fn a_manifest_is_told_with_all_that_it_says() {
    let mut scene = Scene::with_files(vec![]).await;
    let body = r##"{"transactionTime":"2026-11-20T00:00:00Z","requiresAccessToken":true,"updateCadence":"PT5M",
        "output":[
          {"type":"Slot","url":"1.ndjson","extension":{"state":["MA","NH"]}},
          {"type":"Slot","url":"2.ndjson","extension":{"state":"MA"}},
          {"type":"Location","url":"l.ndjson"},
          {"type":"Basic\u001b[31m","url":"b.ndjson"},
          {"type":"Slot"},
          {"url":"/other/$bulk-publish?sig=hush"}],
        "deleted":[{"type":"Bundle","url":"d.ndjson"}],
        "link":[{"relation":"next","url":"#pending"}]}"##;
    let packed = gzip(body.as_bytes());
    let n_wire_bytes = packed.len() as u64;
    scene.publisher.answer("/$bulk-publish", Answer::redirect("/moved/$bulk-publish?sig=hush"));
    let answer = Answer::body(packed).header("content-type", "application/json").header("cache-control", "max-age=60");
    scene.publisher.answer("/moved/$bulk-publish", answer);
    scene.target.headers = vec![("CLIENT_ID".to_owned(), "hush-header".to_owned())];

    let report = scene.crawler.probe(&scene.target).await.expect("a manifest");
    assert_eq!(report.url, scene.publisher.url("/moved/$bulk-publish?sig=***").as_str());
    assert_eq!(report.transaction_time.as_deref(), Some("2026-11-20T00:00:00Z"));
    let files = |list: &[openslots_crawl::FilesOfType]| {
        list.iter().map(|files| (files.kind.clone(), files.n_files)).collect::<Vec<_>>()
    };
    assert_eq!(files(&report.files), [("Slot".to_owned(), 2), ("Location".to_owned(), 1)]);
    assert_eq!(files(&report.skipped), [("Basic [31m".to_owned(), 1)]);
    assert_eq!(report.states, ["MA", "NH"]);
    assert_eq!(report.manifests, [scene.publisher.url("/other/$bulk-publish?sig=***").as_str()]);
    assert_eq!((report.n_deletion_files, report.n_manifests), (1, 1));
    assert_eq!(report.continuation, Some(Continuation::Pending));
    assert!(report.requires_access_token);
    assert_eq!((report.update_cadence_seconds, report.max_age_seconds), (Some(300), Some(60)));
    assert_eq!(report.content_type.as_deref(), Some("application/json"));
    assert_eq!((report.packing.as_deref(), report.content_encoding.as_deref()), (Some("gzip"), None));
    assert_eq!((report.n_wire_bytes, report.n_bytes), (n_wire_bytes, body.len() as u64));
    assert_eq!(report.n_issues, report.issues.len() as u64);
    assert!(report.issues.iter().any(|issue| issue.code == IssueCode::InvalidShape), "{:?}", report.issues);
    // One page, no files, and secrets where they belong.
    let asked = scene.publisher.asked();
    assert_eq!(asked.len(), 2);
    assert!(asked.iter().all(|asked| asked.headers.get("client_id").is_some_and(|value| value == "hush-header")));
    assert_eq!(scene.sink.n_runs(), 0);
    let told = format!("{report:?}");
    assert!(!told.contains("hush"), "{told}");
}

#[tokio::test]
async fn how_a_manifest_goes_on_is_told() {
    for (link, want) in [
        ("", None),
        (r#","link":[{"relation":"next","url":"/page2"}]"#, Some(Continuation::NextPage)),
        (r##","link":[{"relation":"next","url":"#pending"}]"##, Some(Continuation::Pending)),
        (r##","link":[{"relation":"next","url":"#closed"}]"##, Some(Continuation::Closed)),
    ] {
        let scene = Scene::with_files(vec![]).await;
        scene.publisher.answer("/$bulk-publish", Answer::body(manifest(&[("/slots.ndjson", "Slot")], link)));
        let report = scene.crawler.probe(&scene.target).await.expect(link);
        assert_eq!(report.continuation, want, "{link}");
        assert_eq!(scene.publisher.take_paths(), ["/$bulk-publish"], "{link}");
    }
}

#[tokio::test]
async fn what_is_no_manifest_is_named_with_what_to_do() {
    let json_ld = r#"<html><script type="application/LD+json">{}</script></html>"#;
    let bare = |path: &str| format!("try 'http://127.0.0.1:PORT{path}'");
    for (path, answer, reason, hint) in [
        (
            "/clinic",
            Answer::body("\n<!doctype html>\n<title>Sign in</title>"),
            "answered http 200 OK, with an HTML page that begins with `<!doctype html> <title>Sign in</title>`",
            Some(bare("/clinic/$bulk-publish")),
        ),
        ("/$bulk-publish", Answer::body("<html>"), "an HTML page that begins with `<html>`", None),
        ("/clinic", Answer::body(json_ld), "an HTML page", Some("`openslots publishers import http".to_owned())),
        (
            "/list.json",
            Answer::body(r#"[{"@type":"Service"}]"#),
            "with JSON-LD",
            Some("`openslots publishers import http".to_owned()),
        ),
        ("/$bulk-publish", Answer::status(404), "answered http 404 Not Found, with an empty body", None),
        ("/fhir/", Answer::status(404), "answered http 404 Not Found", Some(bare("/fhir/$bulk-publish"))),
        (
            "/fhir/metadata",
            Answer::body(r#"{"resourceType":"CapabilityStatement"}"#),
            "the CapabilityStatement of a FHIR server",
            Some(bare("/fhir/$bulk-publish")),
        ),
        ("/Slot", Answer::body(r#"{"resourceType":"Bundle","entry":[]}"#), "with a Bundle, as a FHIR server", None),
        (
            "/$bulk-publish",
            Answer::body(r#"{"resourceType":"OperationOutcome","issue":[{"diagnostics":"unknown\noperation"}]}"#)
                .with_status(400),
            "answered http 400 Bad Request, with an OperationOutcome: unknown operation",
            None,
        ),
        (
            "/metadata",
            Answer::body("<CapabilityStatement xmlns=\"http://hl7.org/fhir\">"),
            "an XML document that begins with `<CapabilityStatement",
            Some(bare("/$bulk-publish")),
        ),
        (
            "/slots.ndjson",
            Answer::body(ndjson(&[slot(1), slot(2)])),
            "lines of FHIR resources (NDJSON), the first a `Slot`",
            Some("give the URL of that manifest".to_owned()),
        ),
        ("/$bulk-publish", Answer::body(r#"{"hello":1}"#), "no `$bulk-publish` manifest: it has no `output`", None),
        ("/$bulk-publish", Answer::body(r#"{"output":["#), "damaged JSON that begins with `{\"output\":[`", None),
        ("/$bulk-publish", Answer::body("hello"), "text (not JSON) that begins with `hello`", None),
        ("/$bulk-publish", Answer::body(""), "with an empty body", None),
        (
            "/$bulk-publish",
            Answer::body(r#"{"output":[]}"#).with_status(401),
            "answered http 401 Unauthorized",
            Some("a file that names them into config/publishers".to_owned()),
        ),
        (
            "/$bulk-publish",
            Answer::status(503).header("retry-after", "120"),
            "answered http 503 Service Unavailable (retry after 120)",
            None,
        ),
        ("/$bulk-publish", Answer::body("{").cut_off(), "broke off", None),
        ("/-publish", Answer::status(404), "http 404", Some("between single quotes, '".to_owned())),
        ("/a/%24bulk-publish", Answer::status(404), "http 404", None),
    ] {
        let failure = failure_of(path, answer).await;
        assert!(failure.reason.contains(reason), "{path}: {failure}");
        match hint {
            Some(hint) => {
                let port = Url::parse(&failure.url).expect("a URL").port().expect("a port");
                let hint = hint.replace("PORT", &port.to_string());
                assert!(failure.hint.as_ref().is_some_and(|it| it.contains(&hint)), "{path}: {failure:?}");
            }
            None if path.contains("bulk-publish") => assert_eq!(failure.hint, None, "{path}"),
            None => assert!(failure.hint.is_some(), "{path}"),
        }
    }
}

#[tokio::test]
async fn what_a_page_repeats_of_a_secret_is_not_told() {
    let long = "x".repeat(100);
    for body in [
        "<p>Cannot GET /clinic?sig=hush-signature&part=1".to_owned(),
        format!("<p>{long} hush-signature hush-header"),
        r#"{"resourceType":"OperationOutcome","issue":[{"diagnostics":"hush-signature is bad"}]}"#.to_owned(),
    ] {
        let mut scene = Scene::with_files(vec![]).await;
        scene.publisher.answer("/clinic", Answer::body(body).with_status(404));
        scene.target.manifest_url = scene.publisher.url("/clinic?sig=hush-signature&part=1");
        scene.target.headers = vec![("CLIENT_ID".to_owned(), "hush-header".to_owned())];
        let failure = scene.crawler.probe(&scene.target).await.expect_err("no manifest");
        let told = format!("{failure} {failure:?}");
        assert!(told.contains("***") && !told.contains("hush"), "{told}");
    }
}

#[tokio::test]
async fn a_probe_counts_as_a_request_and_heeds_those_before_it() {
    let scene = Scene::with_files(vec![("/slots.ndjson", "Slot", Answer::body(ndjson(&[slot(1)])))]).await;
    scene.crawler.probe(&scene.target).await.expect("a manifest");
    scene.clock.advance(Duration::from_secs(20));
    let again = scene.crawler.probe(&scene.target).await.expect_err("too soon").to_string();
    assert!(again.ends_with("was asked for less than 60 s ago; try again in 40 s"), "{again}");
    assert_eq!(scene.crawl_politely(None).await.outcome, CrawlOutcome::TooSoon);
    assert_eq!(scene.publisher.take_paths(), ["/$bulk-publish"]);
    scene.clock.advance(Duration::from_secs(40));
    assert_eq!(scene.crawl_politely(None).await.outcome, CrawlOutcome::Updated);
}

#[tokio::test]
async fn limits_hold_for_a_probe() {
    let limits = CrawlLimits { max_manifest_bytes: 1_000, max_redirects: 2, ..CrawlLimits::default() };
    for (what, answer, want) in [
        ("size", Answer::body("x".repeat(2_000)), "is larger than the limit of 1000 bytes"),
        ("endless", Answer::body("x").never_ending(), "is larger than the limit of 1000 bytes"),
        ("an endless refusal", Answer::body("x").with_status(500).never_ending(), "answered http 500"),
        ("a circle", Answer::redirect("/$bulk-publish"), "redirected in a circle"),
        ("a file", Answer::redirect("file:///etc/passwd"), "has scheme `file`"),
    ] {
        let scene = Scene::with_limits(limits.clone(), vec![]).await;
        scene.publisher.answer("/$bulk-publish", answer);
        let failure = scene.crawler.probe(&scene.target).await.expect_err(what);
        assert!(failure.reason.contains(want), "{what}: {failure}");
    }
    let scene = Scene::with_limits(limits, vec![]).await;
    for (scheme, want) in [("ftp", "has scheme `ftp`"), ("mailto", "has")] {
        let url = Url::parse(&format!("{scheme}:clinic.example/x")).expect("a URL");
        let target = CrawlTarget::new("clinic".parse().expect("a slug"), url);
        let failure = scene.crawler.probe(&target).await.expect_err(scheme);
        assert!(failure.reason.contains(want), "{failure}");
    }
}

#[tokio::test]
async fn a_text_is_fetched_as_it_is_and_may_name_what_is_beside_it() {
    let scene = Scene::with_limits(CrawlLimits { max_manifest_bytes: 10, ..CrawlLimits::default() }, vec![]).await;
    scene.publisher.answer("/home", Answer::redirect("/list?sig=hush"));
    scene.publisher.answer("/list", Answer::body(gzip(b"<html>\xff and so on")));
    for _ in 0..2 {
        let fetched = scene.crawler.fetch_text(&scene.publisher.url("/home")).await.expect("a text");
        assert_eq!(fetched.text, "<html>\u{fffd} and so on");
        assert_eq!(fetched.url, scene.publisher.url("/list?sig=***").as_str());
        assert!(fetched.may_name(&scene.publisher.url("/$bulk-publish")), "it is on loopback itself");
    }
    for (path, answer, want) in [
        ("/gone", Answer::status(410), "answered http 410 Gone"),
        ("/large", Answer::body("x".repeat(1 << 20)).never_ending(), "is larger than the limit of 8388608 bytes"),
    ] {
        scene.publisher.answer(path, answer);
        let failure = scene.crawler.fetch_text(&scene.publisher.url(path)).await.expect_err(path);
        assert!(failure.to_string().contains(want), "{failure}");
    }
}
