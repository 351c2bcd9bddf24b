//! A publisher on loopback.

use std::collections::HashMap;
use std::io::Write;
use std::net::SocketAddr;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Arc, Mutex};
use std::time::Duration;

use axum::body::{Body, to_bytes};
use axum::extract::{Request, State};
use axum::http::{HeaderMap, Response, StatusCode, header};
use axum::routing::any;
use bytes::Bytes;
use futures_util::{StreamExt, stream};
use openslots_crawl::VirtualClock;
use tokio::net::TcpListener;
use tokio::task::JoinHandle;
use url::Url;

use super::clock::{http_date, virtual_clock};

/// More is not posted to a publisher.
const MAX_POSTED_BYTES: usize = 1 << 20;

/// How a body ends.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Ending {
    Whole,
    /// The connection breaks after the body given, which claims to be longer.
    CutOff,
    /// The body given, again and again.
    Never,
    /// The body given, then nothing.
    Silent,
}

/// What a path answers.
#[derive(Debug, Clone)]
pub(crate) struct Answer {
    status: StatusCode,
    headers: Vec<(&'static str, String)>,
    body: Bytes,
    ending: Ending,
    /// The `Authorization` without which the answer is 401.
    bearer: Option<String>,
    /// How far the clock goes on meanwhile.
    lasting: Duration,
}

impl Answer {
    pub(crate) fn body(body: impl Into<Vec<u8>>) -> Self {
        let body = Bytes::from(body.into());
        Self {
            status: StatusCode::OK,
            headers: vec![],
            body,
            ending: Ending::Whole,
            bearer: None,
            lasting: Duration::ZERO,
        }
    }

    pub(crate) fn status(status: u16) -> Self {
        Self::body("").with_status(status)
    }

    pub(crate) fn with_status(self, status: u16) -> Self {
        Self { status: StatusCode::from_u16(status).expect("a status"), ..self }
    }

    pub(crate) fn redirect(to: impl Into<String>) -> Self {
        Self::status(302).header("location", to)
    }

    pub(crate) fn header(mut self, name: &'static str, value: impl Into<String>) -> Self {
        self.headers.push((name, value.into()));
        self
    }

    /// With an ETag, answered with 304 when it comes back.
    pub(crate) fn tagged(self, tag: &str) -> Self {
        self.header("etag", format!("\"{tag}\""))
    }

    /// For those who bring this access token; others get 401.
    pub(crate) fn behind(self, token: &str) -> Self {
        Self { bearer: Some(format!("Bearer {token}")), ..self }
    }

    /// The clock goes on by this when it is asked for.
    pub(crate) fn lasting(self, lasting: Duration) -> Self {
        Self { lasting, ..self }
    }

    pub(crate) fn cut_off(self) -> Self {
        Self { ending: Ending::CutOff, ..self }
    }

    pub(crate) fn falling_silent(self) -> Self {
        Self { ending: Ending::Silent, ..self }
    }

    pub(crate) fn never_ending(self) -> Self {
        Self { ending: Ending::Never, ..self }
    }
}

/// A request as it came.
#[derive(Debug, Clone)]
pub(crate) struct Asked {
    /// Path and query.
    pub(crate) path: String,
    pub(crate) headers: HeaderMap,
    /// What was posted.
    pub(crate) body: String,
}

struct Shared {
    answers: Mutex<HashMap<String, Answer>>,
    asked: Mutex<Vec<Asked>>,
    n_sent: AtomicUsize,
    n_at_once: AtomicUsize,
    max_at_once: AtomicUsize,
    /// What its `Date` is told by.
    clock: VirtualClock,
}

impl Shared {
    fn at(clock: VirtualClock) -> Self {
        Self {
            answers: Mutex::default(),
            asked: Mutex::default(),
            n_sent: AtomicUsize::default(),
            n_at_once: AtomicUsize::default(),
            max_at_once: AtomicUsize::default(),
            clock,
        }
    }
}

/// A publisher that answers as it is told to and remembers what it was asked.
pub(crate) struct FakePublisher {
    address: SocketAddr,
    shared: Arc<Shared>,
    server: JoinHandle<()>,
}

impl Drop for FakePublisher {
    fn drop(&mut self) {
        self.server.abort();
    }
}

impl FakePublisher {
    pub(crate) async fn start() -> Self {
        Self::with_clock(virtual_clock()).await
    }

    pub(crate) async fn with_clock(clock: VirtualClock) -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").await.expect("a free port");
        let address = listener.local_addr().expect("an address");
        let shared = Arc::new(Shared::at(clock));
        let app = axum::Router::new().fallback(any(answer)).with_state(Arc::clone(&shared));
        let server = tokio::spawn(async move { axum::serve(listener, app).await.expect("serving works") });
        Self { address, shared, server }
    }

    pub(crate) fn url(&self, path: &str) -> Url {
        Url::parse(&format!("http://{}{path}", self.address)).expect("a URL")
    }

    pub(crate) fn answer(&self, path: &str, answer: Answer) {
        self.shared.answers.lock().expect("whole").insert(path.to_owned(), answer);
    }

    /// Answers `$bulk-publish` with a manifest of files (path or URL, type), named relative to it.
    pub(crate) fn list(&self, files: &[(&str, &str)]) {
        self.answer("/$bulk-publish", Answer::body(manifest(files, "")));
    }

    /// All requests so far, in order.
    pub(crate) fn asked(&self) -> Vec<Asked> {
        self.shared.asked.lock().expect("whole").clone()
    }

    /// The paths of all requests so far, sorted; those to come are counted from here on.
    pub(crate) fn take_paths(&self) -> Vec<String> {
        let mut paths: Vec<_> = self.shared.asked.lock().expect("whole").drain(..).map(|asked| asked.path).collect();
        paths.sort();
        paths
    }

    /// Bytes of bodies that were handed to the network.
    pub(crate) fn n_sent(&self) -> usize {
        self.shared.n_sent.load(Ordering::Relaxed)
    }

    /// The most requests that were under way at the same time.
    pub(crate) fn max_at_once(&self) -> usize {
        self.shared.max_at_once.load(Ordering::Relaxed)
    }
}

/// A manifest of files (path or URL, type); `more` is put before its end (`,"link":[...]`).
pub(crate) fn manifest(files: &[(&str, &str)], more: &str) -> String {
    let outputs: Vec<_> = files.iter().map(|(url, kind)| format!(r#"{{"type":"{kind}","url":"{url}"}}"#)).collect();
    format!(
        r#"{{"transactionTime":"2026-11-20T00:00:00Z","request":"x","output":[{}],"error":[]{more}}}"#,
        outputs.join(",")
    )
}

/// Bytes as gzip packs them.
pub(crate) fn gzip(bytes: &[u8]) -> Vec<u8> {
    let mut encoder = flate2::write::GzEncoder::new(vec![], flate2::Compression::new(6));
    encoder.write_all(bytes).expect("writing to memory works");
    encoder.finish().expect("writing to memory works")
}

async fn answer(State(shared): State<Arc<Shared>>, request: Request) -> Response<Body> {
    let now = shared.n_at_once.fetch_add(1, Ordering::SeqCst) + 1;
    shared.max_at_once.fetch_max(now, Ordering::SeqCst);
    // Gives others that are allowed to be here the time to come.
    for _ in 0..20 {
        tokio::task::yield_now().await;
    }
    shared.n_at_once.fetch_sub(1, Ordering::SeqCst);
    let (parts, body) = request.into_parts();
    let posted = to_bytes(body, MAX_POSTED_BYTES).await.expect("a small body");
    let body = String::from_utf8(posted.to_vec()).expect("a text");
    let path = parts.uri.path_and_query().map(|path| path.to_string()).unwrap_or_default();
    let answers = shared.answers.lock().expect("whole");
    let answer = answers.get(&path).or_else(|| answers.get(parts.uri.path())).cloned();
    drop(answers);
    let tag = parts.headers.get(header::IF_NONE_MATCH).cloned();
    let needed = answer.as_ref().and_then(|answer| answer.bearer.clone());
    let is_let_in =
        needed.is_none_or(|needed| parts.headers.get(header::AUTHORIZATION).is_some_and(|it| *it == needed));
    let answer = answer.filter(|_| is_let_in).or_else(|| (!is_let_in).then(|| Answer::status(401)));
    shared.asked.lock().expect("whole").push(Asked { path, headers: parts.headers, body });
    let answer = answer.unwrap_or_else(|| Answer::status(404));
    shared.clock.advance(answer.lasting);
    let mut response = Response::builder().status(answer.status);
    if !answer.headers.iter().any(|(name, _)| *name == "date") {
        response = response.header("date", http_date(&shared.clock));
    }
    for (name, value) in &answer.headers {
        response = response.header(*name, value);
        if *name == "etag" && tag.as_ref().is_some_and(|tag| tag.as_bytes() == value.as_bytes()) {
            return Response::builder().status(304).body(Body::empty()).expect("a response");
        }
    }
    let body = answer.body.clone();
    let sent = move |piece: Bytes| {
        shared.n_sent.fetch_add(piece.len(), Ordering::Relaxed);
        Ok::<_, std::io::Error>(piece)
    };
    let body = match answer.ending {
        Ending::Whole => Body::from(sent(body).expect("no error")),
        Ending::CutOff => {
            // What was written is sent before the connection breaks.
            let broken = stream::once(async {
                for _ in 0..20 {
                    tokio::task::yield_now().await;
                }
                Err(std::io::Error::other("cut off"))
            });
            Body::from_stream(stream::iter([sent(body)]).chain(broken))
        }
        Ending::Silent => Body::from_stream(stream::iter([sent(body)]).chain(stream::pending())),
        Ending::Never => Body::from_stream(stream::iter(std::iter::repeat_with(move || sent(body.clone())))),
    };
    response.body(body).expect("a response")
}
