//! Watches: made of a search, told what is new once, in a feed that says what is gone.

use std::sync::Arc;

use axum::body::Body;
use axum::http::{Method, Request, StatusCode};
use openslots_api::ApiOptions;
use openslots_api::calls::{SeenRows, WatchAccess, look_for_new};
use openslots_care::watches::{WatchLimits, Watches};
use quick_xml::Reader;
use quick_xml::events::Event;
use serde_json::{Value, json};
use tokio::sync::Notify;

use crate::support::{Answer, FLYNN, RIDGE, TestApp, slot_id};

/// An API that keeps watches, both publishers crawled, and its watches.
struct Watched {
    app: TestApp,
    watches: Arc<Watches>,
    seen: SeenRows,
    _folder: tempfile::TempDir,
}

impl Watched {
    fn new() -> Self {
        let folder = tempfile::tempdir().unwrap();
        let limits = WatchLimits { max_watches: 2, keep_seconds: 86_400 };
        let watches = Arc::new(Watches::open(&folder.path().join("watches.db"), limits).unwrap());
        let access =
            WatchAccess { watches: Arc::clone(&watches), to_send: Arc::new(Notify::new()), has_webhooks: true };
        let app = TestApp::empty_with(ApiOptions { watches: Some(access), ..ApiOptions::default() });
        app.crawl(&FLYNN);
        app.crawl(&RIDGE);
        app.advance(60);
        Self { app, watches, seen: SeenRows::default(), _folder: folder }
    }

    async fn send(&self, method: Method, path: &str, body: &str) -> Answer {
        let request = Request::builder().method(method).uri(format!("/v1/scheduling/{path}"));
        self.app.send(request.body(Body::from(body.to_owned())).unwrap()).await
    }

    /// The key of a new watch.
    async fn make(&self, query: &str) -> String {
        let answer = self.send(Method::POST, &format!("watches?{query}"), "").await;
        assert_eq!(answer.status, StatusCode::CREATED, "{}", answer.body);
        answer.json()["key"].as_str().unwrap().to_owned()
    }

    /// A publisher's lines with one text in another's place, crawled.
    fn crawl_with(&self, from: &str, to: &str) {
        assert!(FLYNN.ndjson.contains(from), "{from}");
        self.app.crawl_lines(&FLYNN, &FLYNN.ndjson.replace(from, to));
        self.app.catch_up();
    }

    fn look(&mut self) -> u32 {
        look_for_new(&self.app.state, &self.watches, &mut self.seen).unwrap()
    }

    async fn titles(&self, key: &str) -> Vec<String> {
        let answer = self.app.get(&format!("watches/{key}/feed")).await;
        assert_eq!(answer.status, StatusCode::OK, "{}", answer.body);
        assert_eq!(answer.header("content-type"), "application/atom+xml");
        texts(&answer.body, "title").split_off(1)
    }
}

/// The texts of all elements of a name; the document must be well-formed.
fn texts(xml: &str, name: &str) -> Vec<String> {
    let mut reader = Reader::from_str(xml);
    let (mut open, mut texts) = (Vec::new(), Vec::new());
    loop {
        match reader.read_event().unwrap() {
            Event::Start(start) => {
                let opened = start.name().as_ref().to_owned();
                if opened == name {
                    texts.push(String::new());
                }
                open.push(opened);
            }
            Event::End(_) => drop(open.pop()),
            Event::Text(text) if open.last().is_some_and(|open| open == name) => {
                texts.last_mut().unwrap().push_str(&text);
            }
            Event::GeneralRef(reference) if open.last().is_some_and(|open| open == name) => {
                texts.last_mut().unwrap().push_str(&format!("&{};", &*reference));
            }
            Event::Eof => break,
            _ => {}
        }
    }
    assert!(open.is_empty(), "{open:?} is left open");
    texts
}

const BUSY: &str = r#""id":"derm-busy","schedule":{"reference":"Schedule/derm"},"status":"busy","#;
const FREE: &str = r#""id":"derm-busy","schedule":{"reference":"Schedule/derm"},"status":"free","#;
const FREE_AS_OTHER: &str = r#""id":"derm-other","schedule":{"reference":"Schedule/derm"},"status":"free","#;
const DERM_BUSY: &str = "2026-10-02 10:00 · Dr. Ana Ruiz · Flynn Skin Center · Boston";

#[tokio::test]
async fn what_is_new_is_told_once_whatever_becomes_of_it() {
    let mut watched = Watched::new();
    let key = watched.make("specialty=394582007&near=02115&radius=25").await;
    assert_eq!(watched.look(), 0, "what was there is not new");
    watched.crawl_with(BUSY, FREE);
    assert_eq!((watched.look(), watched.titles(&key).await), (1, vec![DERM_BUSY.to_owned()]));
    assert_eq!(watched.look(), 0);
    // Taken: the feed must not send anybody there.
    watched.crawl_with(BUSY, BUSY);
    assert_eq!(watched.look(), 0);
    assert_eq!(watched.titles(&key).await, [format!("No longer available: {DERM_BUSY}")]);
    // Free again, under its own id and under another: the same appointment.
    for again in [FREE, FREE_AS_OTHER, FREE] {
        watched.crawl_with(BUSY, again);
        assert_eq!(watched.look(), 0, "{again}");
    }
    assert_eq!(watched.titles(&key).await, [DERM_BUSY]);
    // Also for a process that begins anew and remembers no row.
    watched.seen = SeenRows::default();
    assert_eq!(watched.look(), 0);
    let read = watched.app.get(&format!("watches/{key}")).await;
    assert_eq!((read.json()["told"].clone(), read.header("cache-control")), (json!(1), "no-store"));
}

#[tokio::test]
async fn a_watch_is_told_what_its_search_finds_and_nothing_else() {
    let mut watched = Watched::new();
    let near = watched.make("specialty=394582007&near=02115&radius=25").await;
    let far = watched.make("specialty=394582007&near=03060&radius=5").await;
    watched.crawl_with(BUSY, FREE);
    watched.look();
    assert_eq!(watched.titles(&near).await.len(), 1);
    assert_eq!(watched.titles(&far).await, [""; 0]);
    let feed = watched.app.get(&format!("watches/{near}/feed")).await;
    assert!(feed.body.contains(&format!("/slots/{}/book", slot_id("flynn", "derm-busy"))), "{}", feed.body);
    let ids = texts(&feed.body, "id");
    assert!(ids.len() == 2 && ids[0] != ids[1] && ids.iter().all(|id| id.starts_with("urn:uuid:")), "{ids:?}");
    assert_eq!(feed.header("cache-control"), "private, max-age=60");
    let again =
        Request::get(format!("/v1/scheduling/watches/{near}/feed")).header("if-none-match", feed.header("etag"));
    assert_eq!(watched.app.send(again.body(Body::empty()).unwrap()).await.status, StatusCode::NOT_MODIFIED);
}

#[tokio::test]
async fn slots_of_a_publisher_that_went_stale_are_not_new_when_it_is_back() {
    let mut watched = Watched::new();
    watched.make("publisher=flynn").await;
    watched.app.advance(80 * 3_600);
    assert_eq!(watched.look(), 0, "too old to be offered");
    watched.app.advance(-80 * 3_600);
    assert_eq!(watched.look(), 0, "offered again");
}

#[tokio::test]
async fn what_cannot_be_watched_is_refused_and_keys_lead_nowhere_else() {
    let watched = Watched::new();
    for (query, body, want) in [
        ("zip=99999", "", "zip"),
        ("limit=5", "", "limit"),
        ("cursor=abc", "", "cursor"),
        ("", r#"{"webhook": "ftp://site.example.org/"}"#, "webhook"),
        ("", r#"{"webhook": "https://user@site.example.org/"}"#, "webhook"),
        ("", r#"{"webhook": "site.example.org"}"#, "webhook"),
        ("", r#"{"hook": "https://site.example.org/"}"#, "body"),
        ("", "[", "body"),
    ] {
        let answer = watched.send(Method::POST, &format!("watches?{query}"), body).await;
        assert_eq!(answer.status, StatusCode::BAD_REQUEST, "{query} {body}");
        assert_eq!(answer.json()["issues"][0]["parameter"], want, "{query} {body}");
    }
    let key = watched.make("").await;
    watched.make("").await;
    let full = watched.send(Method::POST, "watches", "").await;
    assert_eq!((full.status, full.header("retry-after")), (StatusCode::SERVICE_UNAVAILABLE, "3600"));
    let forgotten = watched.send(Method::DELETE, &format!("watches/{key}"), "").await;
    assert_eq!(forgotten.status, StatusCode::NO_CONTENT);
    for (method, path) in [
        (Method::GET, format!("watches/{key}")),
        (Method::DELETE, format!("watches/{key}")),
        (Method::GET, format!("watches/{key}/feed")),
        (Method::GET, format!("watches/{}", "0".repeat(32))),
        (Method::GET, "watches/1".to_owned()),
    ] {
        let answer = watched.send(method, &path, "").await;
        assert_eq!(answer.status, StatusCode::NOT_FOUND, "{path}");
        assert!(!answer.json()["detail"].to_string().contains(&key), "{}", answer.body);
    }
}

#[tokio::test]
async fn a_webhook_gets_a_secret_and_is_asked_first() {
    let watched = Watched::new();
    let body = r#"{"webhook": "https://site.example.org/hook"}"#;
    let made: Value = watched.send(Method::POST, "watches?zip=02115", body).await.json();
    assert_eq!(made["watch"]["webhook"], "pending");
    assert_eq!(made["matching"], watched.app.json("slots?zip=02115").await["total"]);
    let due = watched.watches.due(watched.app.state.now(), 10).unwrap();
    assert_eq!((due.len(), due[0].told.len(), json!(due[0].secret)), (1, 0, made["webhookSecret"].clone()));
}

#[tokio::test]
async fn without_watches_there_are_none() {
    let app = TestApp::new();
    let answer = app.get(&format!("watches/{}", "0".repeat(32))).await;
    assert_eq!(answer.status, StatusCode::NOT_FOUND);
}
