//! An API in process: a real store and index in a temporary directory, filled through a staged run, asked without a
//! socket, at a time of the test's choosing.

#![allow(dead_code, reason = "each test binary uses its part")]

pub(crate) mod contract;
mod data;
pub(crate) mod served;

use std::collections::BTreeMap;
use std::sync::Arc;
use std::sync::atomic::{AtomicI64, Ordering};

use axum::Router;
use axum::body::Body;
use axum::http::{HeaderMap, Request, StatusCode};
use openslots_api::conformance::Judgements;
use openslots_api::{ApiOptions, ApiState};
use openslots_fhir::decode::{LineContent, decode_line};
use openslots_model::{
    Coverage, CrawlOutcome, CrawlRun, FileContent, FileIndex, FileOutcome, FileReport, FinishedFile, FinishedRun,
    FreshnessPolicy, Issue, IssueCode, LineBatch, LineEntry, OffsetInstant, PublicId, PublisherSlug, ResourceKind,
    ResourceRef, StagedContent, UnixSeconds, Validators,
};
use openslots_search::SearchIndex;
use openslots_store::{NewPublisher, NextUpdate, Store};
use serde_json::Value;
use tower::ServiceExt;

pub(crate) use data::{FLYNN, NOW, RIDGE, VALE};

/// What a publisher publishes: NDJSON, types mixed.
pub(crate) struct Feed {
    pub(crate) slug: &'static str,
    pub(crate) display_name: &'static str,
    pub(crate) ndjson: &'static str,
}

/// An API in process.
pub(crate) struct TestApp {
    pub(crate) state: ApiState,
    store: Store,
    index: Arc<SearchIndex>,
    router: Router,
    clock: Arc<AtomicI64>,
    pub(crate) judgements: Judgements,
    dir: tempfile::TempDir,
}

/// An answer, whole.
#[derive(Debug)]
pub(crate) struct Answer {
    pub(crate) status: StatusCode,
    pub(crate) headers: HeaderMap,
    pub(crate) body: String,
}

impl TestApp {
    /// Both publishers, crawled a minute ago.
    pub(crate) fn new() -> Self {
        let app = Self::empty();
        app.crawl(&FLYNN);
        app.crawl(&RIDGE);
        app.advance(60);
        app
    }

    /// Without publishers.
    pub(crate) fn empty() -> Self {
        Self::empty_with(ApiOptions::default())
    }

    /// Without publishers, and with other options than usual; the clock is the test's.
    pub(crate) fn empty_with(options: ApiOptions) -> Self {
        let dir = tempfile::tempdir().unwrap();
        let store = Store::open(dir.path()).unwrap();
        let index =
            Arc::new(SearchIndex::begin(&dir.path().join("index")).unwrap().finish(store.last_seq().unwrap()).unwrap());
        let clock = Arc::new(AtomicI64::new(instant(NOW).0));
        let ticking = Arc::clone(&clock);
        let judgements = Judgements::default();
        judgements.refresh(&store, instant(NOW)).unwrap();
        let judged = Some(judgements.clone());
        let options = ApiOptions {
            judgements: judged,
            clock: Arc::new(move || UnixSeconds(ticking.load(Ordering::Relaxed))),
            ..options
        };
        let state = ApiState::new(store.clone(), Arc::clone(&index), options).unwrap();
        let router = openslots_api::router(state.clone());
        Self { state, store, index, router, clock, judgements, dir }
    }

    /// All that it answers by.
    pub(crate) fn router(&self) -> Router {
        self.router.clone()
    }

    /// Lets time pass.
    pub(crate) fn advance(&self, seconds: i64) {
        self.clock.fetch_add(seconds, Ordering::Relaxed);
    }

    /// Reads a feed now and brings the index up to it.
    pub(crate) fn crawl(&self, feed: &Feed) {
        self.crawl_lines(feed, feed.ndjson);
        self.catch_up();
    }

    /// Reads other lines of a publisher now; the index stays behind.
    pub(crate) fn crawl_lines(&self, feed: &Feed, ndjson: &str) {
        let publisher = NewPublisher {
            slug: slug(feed.slug),
            display_name: feed.display_name.to_owned(),
            manifest_url: format!("https://{}.example.org/$bulk-publish", feed.slug),
            enabled: true,
            is_configured: false,
            policy: FreshnessPolicy { fresh_for_seconds: 3_600, max_staleness_seconds: 86_400 },
            access_expires_at: None,
            is_public_only: false,
        };
        self.store.put_publisher(&publisher).unwrap();
        let staged = self.store.begin_run(&publisher.slug).unwrap();
        let mut files = Vec::new();
        let by_kind = lines_by_kind(ndjson);
        for (place, (kind, lines)) in by_kind.into_iter().enumerate() {
            let url = format!("https://{}.example.org/{kind}.ndjson", feed.slug);
            let index = FileIndex(place as u32);
            let (batch, n_accepted, n_rejected) = batch(&publisher.slug, kind, &url, &lines);
            staged.stage(index, batch).unwrap();
            let report = FileReport {
                url,
                kind,
                outcome: FileOutcome::Fetched,
                n_bytes: 1,
                n_accepted,
                n_unchanged: 0,
                n_rejected,
                error: None,
            };
            let content = FileContent::Read;
            files.push(FinishedFile {
                index,
                page: 0,
                report,
                content,
                validators: Validators::default(),
                wire_hash: None,
                body_hash: None,
            });
        }
        let run = CrawlRun {
            duration_ms: 5,
            outcome: CrawlOutcome::Updated,
            transaction_time: Some("2026-10-01T11:55:00Z".to_owned()),
            files: files.iter().map(|file| file.report.clone()).collect(),
            n_bytes: 1,
            ..CrawlRun::begun(publisher.slug.clone(), self.state.now())
        };
        let finished = FinishedRun {
            run,
            files,
            coverage: Coverage::Complete,
            withdrawals: vec![],
            resume: None,
            max_removed_percent: 100,
            leaves_out_test_places: false,
            issues: vec![],
        };
        staged.commit(finished).unwrap();
        self.state.refresh_publishers().unwrap();
        self.state.refresh_resources().unwrap();
        self.judgements.refresh(&self.store, self.state.now()).unwrap();
    }

    /// Brings the index up to the store.
    pub(crate) fn catch_up(&self) {
        while let NextUpdate::Update(update) = self.store.next_update(self.index.seq()).unwrap() {
            self.index.apply(*update).unwrap();
        }
    }

    /// Damages the database under the store's feet: what answers are made of is no longer there.
    ///
    /// Tables are dropped rather than bytes overwritten: a connection with warm pages would not notice the latter.
    pub(crate) fn damage_store(&self) {
        let connection = rusqlite::Connection::open(self.dir.path().join("openslots.db")).unwrap();
        for table in ["slot", "slot_id", "provider_location", "issue", "issue_count", "line_block_data"] {
            connection.execute_batch(&format!("DROP TABLE {table}")).unwrap();
        }
    }

    /// Puts some pages beside the API.
    pub(crate) fn with_pages(self, pages: Router) -> Self {
        Self { router: openslots_api::router_with(self.state.clone(), pages), ..self }
    }

    /// A request of any kind. Its answer must be as the API's document says.
    pub(crate) async fn send(&self, request: Request<Body>) -> Answer {
        let asked = (request.method().clone(), request.uri().clone());
        let (parts, body) = self.router.clone().oneshot(request).await.unwrap().into_parts();
        let body = axum::body::to_bytes(body, usize::MAX).await.unwrap();
        let body = String::from_utf8_lossy(&body).into_owned();
        let answer = Answer { status: parts.status, headers: parts.headers, body };
        let faults = contract::faults(&asked.0, &asked.1.to_string(), &answer);
        assert!(faults.is_empty(), "{} {} is not as the document says: {faults:#?}\n{}", asked.0, asked.1, answer.body);
        answer
    }

    /// GET of a path under the scheduling API, or from the root with a leading slash.
    pub(crate) async fn get(&self, path: &str) -> Answer {
        let path = if path.starts_with('/') { path.to_owned() } else { format!("/v1/scheduling/{path}") };
        self.send(Request::get(path).body(Body::empty()).unwrap()).await
    }

    /// The JSON of a GET that must go well.
    pub(crate) async fn json(&self, path: &str) -> Value {
        let answer = self.get(path).await;
        assert_eq!(answer.status, StatusCode::OK, "{path}: {}", answer.body);
        answer.json()
    }

    /// The source ids of the slots that a search finds, as `publisher/id`, in order; the total must agree.
    pub(crate) async fn slots(&self, query: &str) -> Vec<String> {
        let answer = self.json(&format!("slots?{query}")).await;
        let ids: Vec<String> = answer["slots"].as_array().unwrap().iter().map(source_of).collect();
        if answer["next"].is_null() && !query.contains("offset") && !query.contains("cursor") {
            assert_eq!(answer["total"], ids.len(), "{query}");
        }
        ids
    }

    /// What a search for provider locations finds, as `provider @ place`, in order.
    pub(crate) async fn provider_locations(&self, query: &str) -> Vec<String> {
        let answer = self.json(&format!("provider-locations?{query}")).await;
        answer["providerLocations"].as_array().unwrap().iter().map(name_of).collect()
    }
}

impl Answer {
    pub(crate) fn json(&self) -> Value {
        serde_json::from_str(&self.body).unwrap_or_else(|error| panic!("{error}: {}", self.body))
    }

    pub(crate) fn header(&self, name: &str) -> &str {
        self.headers.get(name).map_or("", |value| value.to_str().unwrap())
    }
}

/// The published id of a slot.
pub(crate) fn slot_id(publisher: &str, source_id: &str) -> String {
    PublicId::of(&slug(publisher), ResourceKind::Slot, source_id).to_string()
}

pub(crate) fn source_of(slot: &Value) -> String {
    let part = |name: &str| slot["source"][name].as_str().unwrap().to_owned();
    format!("{}/{}", part("publisher"), part("resourceId"))
}

pub(crate) fn name_of(provider_location: &Value) -> String {
    let name = |part: &str| provider_location[part]["name"].as_str().unwrap_or("-").to_owned();
    format!("{} @ {}", name("provider"), name("location"))
}

fn slug(text: &str) -> PublisherSlug {
    text.parse().unwrap()
}

fn instant(text: &str) -> UnixSeconds {
    OffsetInstant::parse_strict(text).unwrap().instant
}

fn lines_by_kind(ndjson: &str) -> BTreeMap<ResourceKind, Vec<&str>> {
    let mut by_kind: BTreeMap<ResourceKind, Vec<&str>> = BTreeMap::new();
    for line in ndjson.lines().map(str::trim).filter(|line| !line.is_empty()) {
        let kind = serde_json::from_str::<Value>(line).unwrap()["resourceType"].as_str().unwrap().parse().unwrap();
        by_kind.entry(kind).or_default().push(line);
    }
    by_kind
}

/// What a crawl would make of these lines: `(batch, accepted, rejected)`.
fn batch(publisher: &PublisherSlug, kind: ResourceKind, url: &str, lines: &[&str]) -> (LineBatch, u64, u64) {
    let mut batch = LineBatch::default();
    let (mut n_accepted, mut n_rejected) = (0, 0);
    for (place, line) in lines.iter().enumerate() {
        let hash = xxhash_rust::xxh3::xxh3_64(line.as_bytes());
        let issue = |code: IssueCode, detail: &str| Issue {
            file: url.to_owned(),
            line: place as u64 + 1,
            code,
            detail: detail.to_owned(),
            excerpt: Issue::excerpt_of(line.as_bytes()),
        };
        let decoded = match decode_line(kind, line.as_bytes()) {
            Ok(decoded) => decoded,
            Err(fault) => {
                n_rejected += 1;
                batch.issues.push(issue(fault.code, &fault.detail));
                batch.entries.push(LineEntry::Rejected { hash });
                continue;
            }
        };
        n_accepted += 1;
        batch.issues.extend(decoded.repairs.iter().map(|(code, detail)| issue(*code, detail)));
        let content = match decoded.content {
            LineContent::Slot(facts) => {
                batch.traits.push(facts.traits.as_ref().clone());
                StagedContent::Slot {
                    id: PublicId::of(publisher, ResourceKind::Slot, &decoded.source_id),
                    schedule: PublicId::of(publisher, ResourceKind::Schedule, &facts.schedule_source_id),
                    schedule_source_id: facts.schedule_source_id.into_boxed_str(),
                    start: facts.start,
                    traits: batch.traits.len() as u32 - 1,
                }
            }
            LineContent::Resource { references } => {
                StagedContent::Resource { resource: ResourceRef { kind, source_id: decoded.source_id }, references }
            }
        };
        let raw = decoded.repaired.as_deref().unwrap_or(line.as_bytes());
        batch.raw.extend_from_slice(raw);
        batch.entries.push(LineEntry::Accepted { hash, n_bytes: raw.len() as u32, content });
    }
    (batch, n_accepted, n_rejected)
}
