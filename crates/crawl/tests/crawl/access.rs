//! Publishers whose files need an access token.

use std::collections::BTreeSet;
use std::time::Duration;

use jsonwebtoken::jwk::Jwk;
use jsonwebtoken::{Algorithm, DecodingKey, EncodingKey, Validation};
use openslots_crawl::{BackendServices, CrawlLimits, SigningKey};
use openslots_model::{CrawlOutcome, FileContent};
use serde_json::Value;
use url::form_urlencoded;

use crate::support::{Answer, Asked, FakePublisher, Scene, manifest, ndjson, slot};

/// A P-384 key made for these tests.
const KEY: &str = "-----BEGIN PRIVATE KEY-----
MIG2AgEAMBAGByqGSM49AgEGBSuBBAAiBIGeMIGbAgEBBDCzrXEE4gocmzPvuSc4
UTXfoFIUDp/7kMZ4UlJynFIF7EbHMnq5nTS5tr3SRqinAi+hZANiAAScGk03IRh0
GUjI22ORXdA1+e6v7hoKeQLWwtsCAvoMFRJrgSAANgL5jza0DtkBPFpqda7pfXb4
PChZbEYlPML/o4LEdZGH8SM0i4u7WTljDncqh2+R8Izwf15OtIK+/cc=
-----END PRIVATE KEY-----";

const FILES: [(&str, &str); 3] = [("/a.ndjson", "Slot"), ("/b.ndjson", "Slot"), ("/c.ndjson", "Slot")];
const NEEDS_TOKEN: &str = r#","requiresAccessToken":true"#;

/// A publisher of three files that need a token (`hush-1`), and a client that it knows.
async fn scene() -> Scene {
    scene_with(CrawlLimits::default()).await
}

async fn scene_with(limits: CrawlLimits) -> Scene {
    let mut scene = Scene::with_limits(limits, vec![]).await;
    scene.publisher.answer("/$bulk-publish", Answer::body(manifest(&FILES, NEEDS_TOKEN)));
    scene.target.backend_services = Some(BackendServices {
        client_id: "finder".to_owned(),
        token_url: scene.publisher.url("/token"),
        key: SigningKey::read(KEY).expect("a key"),
        key_id: Some("key-1".to_owned()),
        scope: BackendServices::DEFAULT_SCOPE.to_owned(),
    });
    give_out(&scene, "hush-1", 300);
    scene
}

/// From now on this token is given out and needed.
fn give_out(scene: &Scene, token: &str, seconds: u32) {
    let answer = format!(r#"{{"access_token":"{token}","token_type":"bearer","expires_in":{seconds}}}"#);
    scene.publisher.answer("/token", Answer::body(answer));
    require(scene, token);
}

/// From now on files need this token.
fn require(scene: &Scene, token: &str) {
    for (path, _) in FILES {
        scene.publisher.answer(path, Answer::body(ndjson(&[slot(1)])).behind(token));
    }
}

/// The requests of a token since the last call, and all others.
fn asked(publisher: &FakePublisher) -> (Vec<Asked>, Vec<Asked>) {
    let all = publisher.asked();
    publisher.take_paths();
    all.into_iter().partition(|asked| asked.path == "/token")
}

fn bearer(asked: &Asked) -> Option<&str> {
    asked.headers.get("authorization").map(|value| value.to_str().expect("a text"))
}

fn no_secrets(scene: &Scene, run: &openslots_model::CrawlRun) {
    let kept = format!("{run:?} {:?} {:?}", scene.sink.commits(), scene.target);
    for secret in ["hush", "eyJ", "MIG2"] {
        assert!(!kept.contains(secret), "`{secret}` is in {kept}");
    }
}

#[tokio::test]
async fn a_token_is_got_once_and_sent_with_each_file() {
    let scene = scene().await;
    let run = scene.crawl().await;
    assert_eq!(run.outcome, CrawlOutcome::Updated, "{run:?}");
    let (tokens, others) = asked(&scene.publisher);
    assert_eq!((tokens.len(), others.len()), (1, 4));
    for asked in &others {
        let want = asked.path.ends_with(".ndjson").then_some("Bearer hush-1");
        assert_eq!(bearer(asked), want, "{}", asked.path);
    }
    no_secrets(&scene, &run);

    // It is still good.
    assert_eq!(scene.crawl().await.outcome, CrawlOutcome::Unchanged);
    let (tokens, others) = asked(&scene.publisher);
    assert_eq!((tokens.len(), others.len()), (0, 4));
}

#[tokio::test]
async fn the_client_proves_who_it_is() {
    let scene = scene().await;
    scene.crawl().await;
    let (tokens, _) = asked(&scene.publisher);
    let form: Vec<(String, String)> = form_urlencoded::parse(tokens[0].body.as_bytes()).into_owned().collect();
    let field = |name: &str| form.iter().find(|(known, _)| known == name).map(|(_, value)| value.as_str());
    assert_eq!(field("grant_type"), Some("client_credentials"));
    assert_eq!(field("scope"), Some("system/*.rs"));
    assert_eq!(field("client_assertion_type"), Some("urn:ietf:params:oauth:client-assertion-type:jwt-bearer"));
    assert_eq!(tokens[0].headers["content-type"], "application/x-www-form-urlencoded");

    let private = EncodingKey::from_ec_pem(KEY.as_bytes()).expect("a key");
    let public = Jwk::from_encoding_key(&private, Algorithm::ES384).expect("a public key");
    let mut validation = Validation::new(Algorithm::ES384);
    validation.set_issuer(&["finder"]);
    validation.sub = Some("finder".to_owned());
    validation.set_audience(&[scene.publisher.url("/token")]);
    validation.set_required_spec_claims(&["iss", "sub", "aud", "exp"]);
    let public = DecodingKey::from_jwk(&public).expect("a public key");
    let assertion = field("client_assertion").expect("an assertion");
    let token = jsonwebtoken::decode::<Value>(assertion, &public, &validation).expect("a valid assertion");
    assert_eq!(token.header.kid.as_deref(), Some("key-1"));
    assert!(token.claims["jti"].as_str().is_some_and(|id| id.len() >= 16));
}

#[tokio::test]
async fn a_manifest_that_needs_no_token_gets_none() {
    for more in ["", r#","requiresAccessToken":false"#, r#","requiresAccessToken":null"#] {
        let scene = scene().await;
        // Kept from a time when it was needed.
        scene.crawl().await;
        asked(&scene.publisher);
        for (path, _) in FILES {
            scene.publisher.answer(path, Answer::body(ndjson(&[slot(2)])));
        }
        scene.publisher.answer("/$bulk-publish", Answer::body(manifest(&FILES, more)));
        assert_eq!(scene.crawl().await.outcome, CrawlOutcome::Updated, "{more}");
        let (tokens, others) = asked(&scene.publisher);
        assert_eq!((tokens.len(), others.len()), (0, 4), "{more}");
        assert!(others.iter().all(|asked| bearer(asked).is_none()), "{more}");
    }
}

#[tokio::test]
async fn each_page_says_what_its_own_files_need() {
    let scene = scene().await;
    let more = r#","link":[{"relation":"next","url":"/page2"}]"#;
    scene.publisher.answer("/$bulk-publish", Answer::body(manifest(&FILES[..1], more)));
    scene.publisher.answer("/page2", Answer::body(manifest(&FILES[1..2], NEEDS_TOKEN)));
    scene.publisher.answer("/a.ndjson", Answer::body(ndjson(&[slot(1)])));
    let run = scene.crawl().await;
    assert_eq!(run.outcome, CrawlOutcome::Updated, "{run:?}");
    let (_, others) = asked(&scene.publisher);
    let with_token: BTreeSet<_> = others.iter().filter(|it| bearer(it).is_some()).map(|it| it.path.as_str()).collect();
    assert_eq!(with_token, BTreeSet::from(["/b.ndjson"]));
}

#[tokio::test]
async fn files_of_deletions_need_the_token_too() {
    let scene = scene().await;
    let more = format!(r#"{NEEDS_TOKEN},"deleted":[{{"type":"Bundle","url":"/gone.ndjson"}}]"#);
    scene.publisher.answer("/$bulk-publish", Answer::body(manifest(&FILES, &more)));
    let bundle = r#"{"resourceType":"Bundle","entry":[{"request":{"method":"DELETE","url":"Slot/7"}}]}"#;
    scene.publisher.answer("/gone.ndjson", Answer::body(bundle).behind("hush-1"));
    let run = scene.crawl().await;
    assert_eq!(run.outcome, CrawlOutcome::Updated, "{run:?}");
    assert_eq!(asked(&scene.publisher).0.len(), 1);
}

#[tokio::test]
async fn a_token_goes_to_the_publishers_own_host_only() {
    let scene = scene().await;
    let elsewhere = FakePublisher::start().await;
    let there = elsewhere.url("/there.ndjson");
    let files = [("/a.ndjson", "Slot"), ("/moved.ndjson", "Slot"), ("/near.ndjson", "Slot"), (there.as_str(), "Slot")];
    scene.publisher.answer("/$bulk-publish", Answer::body(manifest(&files, NEEDS_TOKEN)));
    scene.publisher.answer("/moved.ndjson", Answer::redirect(elsewhere.url("/moved.ndjson")).behind("hush-1"));
    scene.publisher.answer("/near.ndjson", Answer::redirect("/b.ndjson").behind("hush-1"));
    elsewhere.answer("/there.ndjson", Answer::body(ndjson(&[slot(2)])));
    elsewhere.answer("/moved.ndjson", Answer::body(ndjson(&[slot(3)])));
    let run = scene.crawl().await;
    assert_eq!(run.outcome, CrawlOutcome::Updated, "{run:?}");
    let strangers = elsewhere.asked();
    assert_eq!(strangers.len(), 2);
    assert!(strangers.iter().all(|asked| bearer(asked).is_none()));
    no_secrets(&scene, &run);
}

#[tokio::test]
async fn files_elsewhere_alone_need_no_token() {
    let scene = scene().await;
    let elsewhere = FakePublisher::start().await;
    let there = elsewhere.url("/there.ndjson");
    scene.publisher.answer("/$bulk-publish", Answer::body(manifest(&[(there.as_str(), "Slot")], NEEDS_TOKEN)));
    // One that refuses is not taken for one that was refused a token.
    elsewhere.answer("/there.ndjson", Answer::status(401));
    let reason = scene.crawl().await.reason.unwrap_or_default();
    assert!(reason.contains("http 401") && !reason.contains("access token"), "{reason}");
    assert!(asked(&scene.publisher).0.is_empty());
}

#[tokio::test]
async fn without_configuration_files_fail_and_say_what_to_do() {
    let mut scene = scene().await;
    scene.target.backend_services = None;
    let run = scene.crawl().await;
    assert_eq!(run.outcome, CrawlOutcome::Failed);
    assert!(run.reason.is_some_and(|reason| reason.contains("configure `openslots.backend_services`")));
    assert_eq!(asked(&scene.publisher).1.len(), 1, "the manifest alone was asked for");

    // What else is configured may be what the publisher means.
    scene.target.headers = vec![("authorization".to_owned(), "Bearer hush-1".to_owned())];
    assert_eq!(scene.crawl().await.outcome, CrawlOutcome::Updated);
}

#[tokio::test]
async fn a_token_that_cannot_be_had_fails_its_files_and_is_asked_for_once() {
    let refused = r#"{"error":"invalid_client","error_description":"key not known"}"#;
    for (what, answer, want) in [
        ("a refusal", Answer::body(refused), "without an `access_token`"),
        ("a refusal by status", Answer::status(403), "answered http 403 Forbidden"),
        ("an outage", Answer::status(503), "answered http 503"),
        ("a redirect", Answer::redirect("/a.ndjson"), "answered http 302 Found"),
        ("a page", Answer::body("<html>hush</html>"), "no JSON object"),
        ("another type", Answer::body(r#"{"access_token":"hush","token_type":"mac"}"#), "not `bearer`"),
        ("a broken connection", Answer::body(r#"{"access_token":"hush"#).cut_off(), "broke off"),
        ("no end", Answer::body("hush").never_ending(), "larger than the limit of 10000 bytes"),
    ] {
        let scene = scene_with(CrawlLimits { max_manifest_bytes: 10_000, ..Default::default() }).await;
        let elsewhere = FakePublisher::start().await;
        elsewhere.answer("/free.ndjson", Answer::body(ndjson(&[slot(9)])));
        let free = elsewhere.url("/free.ndjson");
        let files = [&FILES[..], &[(free.as_str(), "Slot")]].concat();
        scene.publisher.answer("/$bulk-publish", Answer::body(manifest(&files, NEEDS_TOKEN)));
        scene.publisher.answer("/token", answer);
        let run = scene.crawl().await;
        assert_eq!(run.outcome, CrawlOutcome::Partial, "{what}: {run:?}");
        for file in &run.files[..3] {
            let error = file.error.as_deref().unwrap_or_default();
            let name = format!("the token endpoint {}", scene.publisher.url("/token"));
            assert!(error.starts_with("needs an access token") && error.contains(&name), "{what}: {error}");
            assert!(error.contains(want), "{what}: {error}");
        }
        let (tokens, others) = asked(&scene.publisher);
        assert_eq!((tokens.len(), others.len()), (1, 1), "{what}: no file was asked for without its token");
        no_secrets(&scene, &run);
    }
}

#[tokio::test]
async fn what_the_endpoint_says_is_told_without_what_it_was_sent() {
    let scene = scene().await;
    let refusal = r#"{"error":"invalid_client","error_description":"key not known"}"#;
    scene.publisher.answer("/token", Answer::body(refusal).with_status(400));
    let reason = scene.crawl().await.reason.unwrap_or_default();
    assert!(reason.contains("answered http 400 Bad Request: invalid_client (key not known)"), "{reason}");
}

#[tokio::test]
async fn data_stand_while_the_token_cannot_be_had() {
    let scene = scene_with(CrawlLimits { min_interval: Duration::ZERO, ..Default::default() }).await;
    give_out(&scene, "hush-1", 0);
    scene.crawl().await;
    let n_commits = scene.sink.commits().len();
    scene.publisher.answer("/token", Answer::status(401));
    scene.clock.advance(Duration::from_secs(2));
    let run = scene.crawl().await;
    assert_eq!(run.outcome, CrawlOutcome::Failed, "{run:?}");
    assert_eq!(scene.sink.commits().len(), n_commits, "nothing was committed");

    // The failure is forgotten with its run.
    give_out(&scene, "hush-2", 300);
    assert_eq!(scene.crawl().await.outcome, CrawlOutcome::Unchanged);
}

#[tokio::test]
async fn a_token_that_has_expired_is_renewed() {
    for (seconds, n_tokens) in [(300, 0), (33, 0), (32, 1), (30, 1), (1, 1), (0, 1)] {
        let limits = CrawlLimits { min_interval: Duration::ZERO, ..Default::default() };
        let scene = scene_with(limits).await;
        scene.publisher.answer("/$bulk-publish", Answer::body(manifest(&FILES[..1], NEEDS_TOKEN)));
        give_out(&scene, "hush-1", seconds);
        assert_eq!(scene.crawl().await.outcome, CrawlOutcome::Updated);
        asked(&scene.publisher);
        scene.clock.advance(Duration::from_secs(2));
        assert_eq!(scene.crawl().await.outcome, CrawlOutcome::Unchanged);
        assert_eq!(asked(&scene.publisher).0.len(), n_tokens, "{seconds} s");
    }
}

#[tokio::test]
async fn a_token_that_expires_while_files_wait_is_renewed_within_the_run() {
    let scene = scene_with(CrawlLimits { connections_per_host: 1, ..Default::default() }).await;
    for (path, _) in FILES {
        let answer = Answer::body(ndjson(&[slot(1)])).behind("hush-1").lasting(Duration::from_secs(600));
        scene.publisher.answer(path, answer);
    }
    assert_eq!(scene.crawl().await.outcome, CrawlOutcome::Updated);
    assert_eq!(asked(&scene.publisher).0.len(), 3, "each file outlasts the token of the next");
}

#[tokio::test]
async fn the_endpoint_is_left_alone_for_a_minute_however_short_its_tokens_last() {
    let scene = scene().await;
    give_out(&scene, "hush-1", 1);
    for _ in 0..3 {
        scene.crawl().await;
    }
    assert_eq!(asked(&scene.publisher).0.len(), 1);
}

#[tokio::test]
async fn a_token_that_is_refused_is_used_in_its_run_and_no_longer() {
    let scene = scene().await;
    scene.crawl().await;
    asked(&scene.publisher);

    // One file wants another token: the others get theirs.
    scene.publisher.answer("/a.ndjson", Answer::body(ndjson(&[slot(1)])).behind("hush-2"));
    let run = scene.crawl().await;
    assert_eq!(run.outcome, CrawlOutcome::Partial, "{run:?}");
    let error = run.files[0].error.as_deref().unwrap_or_default();
    assert!(error.contains("http 401 Unauthorized to its access token") && !error.contains("hush"), "{error}");
    assert!(run.files[1..].iter().all(|file| file.error.is_none()));
    assert_eq!(scene.sink.last_commit().files[0].content, FileContent::Failed);
    assert!(asked(&scene.publisher).0.is_empty());

    give_out(&scene, "hush-2", 300);
    assert_eq!(scene.crawl().await.outcome, CrawlOutcome::Unchanged);
    assert_eq!(asked(&scene.publisher).0.len(), 1);
}

#[tokio::test]
async fn another_client_gets_another_token() {
    let mut scene = scene().await;
    scene.crawl().await;
    give_out(&scene, "hush-2", 300);
    scene.target.backend_services.as_mut().expect("configured").client_id = "other".to_owned();
    assert_eq!(scene.crawl().await.outcome, CrawlOutcome::Unchanged);
    assert_eq!(asked(&scene.publisher).0.len(), 2);
}

#[tokio::test]
async fn a_token_beats_configured_authorization_and_is_sent_once() {
    let mut scene = scene().await;
    scene.target.headers = vec![("Authorization".to_owned(), "Basic hush".to_owned())];
    scene.target.manifest_url.set_username("me").expect("an http URL");
    assert_eq!(scene.crawl().await.outcome, CrawlOutcome::Updated);
    for asked in asked(&scene.publisher).1.iter().filter(|asked| asked.path.ends_with(".ndjson")) {
        let sent: Vec<_> = asked.headers.get_all("authorization").iter().collect();
        assert_eq!(sent, ["Bearer hush-1"]);
    }
}
