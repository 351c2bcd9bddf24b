//! From a request to its answer.

use std::collections::HashMap;
use std::io;
use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering};
use std::sync::{Arc, PoisonError, RwLock};
use std::time::Instant;

use axum::body::Body;
use axum::extract::State;
use axum::http::header::{
    ACCEPT_ENCODING, CACHE_CONTROL, CONTENT_ENCODING, CONTENT_LENGTH, CONTENT_TYPE, ETAG, IF_NONE_MATCH, LOCATION, VARY,
};
use axum::http::response::Builder;
use axum::http::{HeaderMap, Method, Request, Response, StatusCode};
use bytes::Bytes;
use futures_util::stream;
use tokio::sync::mpsc;
use xxhash_rust::xxh3::xxh3_64;

use super::ServeOptions;
use super::bodies::{KeptBody, PieceWriter, ReadyBody, ReadyContent, Wanted, etag};
use super::log::Log;
use crate::fault::lines::HTML_PAGE;
use crate::files::FilePlan;
use crate::manifest::MANIFEST_NAME;
use crate::write::write_file;
use crate::{Error, Fault, SimulatedPublisher, Simulation};

/// Pieces of a body that may wait to be sent.
const PIECES_AHEAD: usize = 4;
/// Pieces that a slow body is cut into.
const SLOW_PIECES: usize = 64;

/// Everything that is served.
#[derive(Debug)]
pub(super) struct Site {
    simulation: RwLock<Arc<Simulation>>,
    base_url: String,
    options: ServeOptions,
    /// Whether a client that has what it asks for is told so with a 304.
    answers_conditions: AtomicBool,
    /// From slug to publisher, and from path to file.
    publishers: HashMap<String, (usize, HashMap<String, usize>)>,
    /// By publisher and file.
    bodies: Vec<Vec<KeptBody>>,
    log: Log,
}

impl Site {
    pub(super) fn new(simulation: Arc<Simulation>, base_url: String, options: ServeOptions) -> Self {
        let number_files = |publisher: &SimulatedPublisher| {
            let files = publisher.blueprint().files.iter().enumerate();
            files.map(|(number, file)| (file.path.clone(), number)).collect()
        };
        let publishers = simulation.publishers().iter().enumerate();
        Self {
            publishers: publishers.map(|(n, one)| (one.slug().to_string(), (n, number_files(one)))).collect(),
            bodies: simulation
                .publishers()
                .iter()
                .map(|publisher| publisher.blueprint().files.iter().map(|_| KeptBody::default()).collect())
                .collect(),
            log: Log::new(options.log_requests),
            simulation: RwLock::new(simulation),
            base_url,
            answers_conditions: AtomicBool::new(true),
            options,
        }
    }

    pub(super) fn base_url(&self) -> &str {
        &self.base_url
    }

    pub(super) fn log(&self) -> &Log {
        &self.log
    }

    pub(super) fn simulation(&self) -> Arc<Simulation> {
        Arc::clone(&self.simulation.read().unwrap_or_else(PoisonError::into_inner))
    }

    pub(super) fn set_generation(&self, generation: u32) {
        let mut simulation = self.simulation.write().unwrap_or_else(PoisonError::into_inner);
        *simulation = Arc::new(simulation.at_generation(generation));
    }

    /// Makes all bodies, on all cores.
    pub(super) fn prerender(&self) -> Result<(), Error> {
        let simulation = self.simulation();
        let files: Vec<(usize, usize)> =
            self.bodies.iter().enumerate().flat_map(|(one, files)| (0..files.len()).map(move |n| (one, n))).collect();
        let wanted = match (self.options.gzip, self.options.cache_plain) {
            (true, _) => Wanted::Gzip,
            (false, true) => Wanted::Plain,
            (false, false) => Wanted::Etag,
        };
        let next = AtomicUsize::new(0);
        let make = || -> io::Result<()> {
            while let Some((one, n)) = files.get(next.fetch_add(1, Ordering::Relaxed)) {
                let publisher = &simulation.publishers()[*one];
                let file = &publisher.blueprint().files[*n];
                self.bodies[*one][*n].get(publisher, file, &self.options, wanted)?;
            }
            Ok(())
        };
        let n_threads = std::thread::available_parallelism().map_or(1, usize::from);
        let done = std::thread::scope(|scope| {
            let threads: Vec<_> = (0..n_threads).map(|_| scope.spawn(make)).collect();
            threads.into_iter().try_for_each(|thread| {
                thread.join().unwrap_or_else(|_| Err(io::Error::other("a thread that makes bodies has failed")))
            })
        });
        done.map_err(Error::io("make all bodies"))
    }
}

/// Answers any request.
pub(super) async fn answer(State(site): State<Arc<Site>>, request: Request<Body>) -> Response<Body> {
    let at = Instant::now();
    let (parts, _) = request.into_parts();
    let result = if parts.method == Method::GET || parts.method == Method::HEAD {
        answer_get(&site, parts.uri.path(), parts.uri.query(), &parts.headers).await
    } else {
        text(StatusCode::METHOD_NOT_ALLOWED, "only GET and HEAD are answered")
    };
    let response = result.unwrap_or_else(|error| {
        tracing::warn!(%error, path = parts.uri.path(), "cannot make an answer");
        let mut response = Response::new(Body::from("cannot make this answer"));
        *response.status_mut() = StatusCode::INTERNAL_SERVER_ERROR;
        response
    });
    site.log.add_request(at, &parts.method, &parts.uri, &parts.headers, response.status());
    response
}

/// Fails where a body cannot be made.
type Answer = io::Result<Response<Body>>;

fn with_body(builder: Builder, body: impl Into<Body>) -> Answer {
    builder.body(body.into()).map_err(io::Error::other)
}

async fn answer_get(site: &Arc<Site>, path: &str, query: Option<&str>, headers: &HeaderMap) -> Answer {
    let Some((slug, name)) = path.trim_start_matches('/').split_once('/') else {
        return text(StatusCode::NOT_FOUND, "publishers are at /<slug>/$bulk-publish");
    };
    let Some((number, files)) = site.publishers.get(slug) else {
        return text(StatusCode::NOT_FOUND, "no such publisher");
    };
    let simulation = site.simulation();
    if name == MANIFEST_NAME || name.eq_ignore_ascii_case("%24bulk-publish") {
        return answer_manifest(site, &simulation.publishers()[*number], headers);
    }
    let Some(file) = files.get(name) else { return text(StatusCode::NOT_FOUND, "no such file") };
    let asked = Asked { site: Arc::clone(site), simulation, publisher: *number, file: *file };
    match asked.file().fault {
        Some(Fault::NotFoundFile) => text(StatusCode::NOT_FOUND, "no such file"),
        Some(Fault::ServerError) => text(StatusCode::INTERNAL_SERVER_ERROR, "the database is being maintained"),
        Some(Fault::RedirectLoop) => redirect(path, "again"),
        Some(Fault::Redirect) if query.is_none() => redirect(path, "moved"),
        _ => asked.answer(headers).await,
    }
}

fn answer_manifest(site: &Site, publisher: &SimulatedPublisher, headers: &HeaderMap) -> Answer {
    let faults = &publisher.blueprint().manifest_faults;
    if faults.contains(&Fault::ManifestUnavailable) {
        return text(StatusCode::SERVICE_UNAVAILABLE, "down for maintenance");
    }
    if faults.contains(&Fault::ManifestHtml) {
        return with_body(Response::builder().header(CONTENT_TYPE, "text/html; charset=utf-8"), HTML_PAGE);
    }
    let manifest = publisher.manifest(&format!("{}/{}", site.base_url, publisher.slug()));
    let tag = site.options.etags.then(|| etag(xxh3_64(&manifest)));
    if let Some(unchanged) = site.unchanged(tag.as_deref(), headers) {
        return unchanged;
    }
    site.log.add_body_bytes(manifest.len());
    with_body(site.begin(tag.as_deref()).header(CONTENT_TYPE, "application/json"), manifest)
}

impl Site {
    /// The headers that all good answers have.
    fn begin(&self, etag: Option<&str>) -> Builder {
        let mut builder = Response::builder().header(VARY, "Accept-Encoding");
        if let Some(seconds) = self.options.max_age_seconds {
            builder = builder.header(CACHE_CONTROL, format!("max-age={seconds}"));
        }
        if let Some(etag) = etag {
            builder = builder.header(ETAG, etag);
        }
        builder
    }

    /// From now on answers conditional requests with a 304 where it fits, or always with a body.
    pub(super) fn answer_conditions(&self, answered: bool) {
        self.answers_conditions.store(answered, Ordering::Relaxed);
    }

    /// A 304, if the client has what it asks for.
    fn unchanged(&self, etag: Option<&str>, headers: &HeaderMap) -> Option<Answer> {
        let etag = etag.filter(|_| self.answers_conditions.load(Ordering::Relaxed))?;
        let known = headers.get_all(IF_NONE_MATCH).iter().filter_map(|value| value.to_str().ok());
        let is_known = known
            .flat_map(|list| list.split(','))
            .map(str::trim)
            .any(|tag| tag == "*" || tag.strip_prefix("W/").unwrap_or(tag) == etag);
        is_known.then(|| with_body(self.begin(Some(etag)).status(StatusCode::NOT_MODIFIED), Body::empty()))
    }
}

/// A file that is asked for, in one generation.
#[derive(Clone)]
struct Asked {
    site: Arc<Site>,
    simulation: Arc<Simulation>,
    publisher: usize,
    file: usize,
}

impl Asked {
    fn publisher(&self) -> &SimulatedPublisher {
        &self.simulation.publishers()[self.publisher]
    }

    fn file(&self) -> &FilePlan {
        &self.publisher().blueprint().files[self.file]
    }

    /// Gets the body on a thread that may block.
    async fn get(&self, wanted: Wanted) -> io::Result<ReadyBody> {
        let asked = self.clone();
        let get = move || {
            let body = &asked.site.bodies[asked.publisher][asked.file];
            body.get(asked.publisher(), asked.file(), &asked.site.options, wanted)
        };
        tokio::task::spawn_blocking(get).await.map_err(io::Error::other)?
    }

    async fn answer(&self, headers: &HeaderMap) -> Answer {
        let site = &self.site;
        let fault = self.file().fault;
        // These faults are about the plain bytes on their way, or forge the header that would announce others.
        let is_plain_only = matches!(fault, Some(Fault::CutOffBody | Fault::Slow | Fault::HeaderWithoutGzip));
        let takes_gzip =
            site.options.gzip && accepts_gzip(headers) && !is_plain_only && fault != Some(Fault::GzipWithoutHeader);
        let wanted = match (takes_gzip, is_plain_only || site.options.cache_plain) {
            (true, _) => Wanted::Gzip,
            (false, true) => Wanted::Plain,
            (false, false) => Wanted::Etag,
        };
        let ready = self.get(wanted).await?;
        if let Some(unchanged) = site.unchanged(ready.etag.as_deref(), headers) {
            return unchanged;
        }
        let content_type = match fault {
            Some(Fault::HtmlPage | Fault::WrongContentType) => "text/html; charset=utf-8",
            _ => "application/fhir+ndjson",
        };
        let answer = site.begin(ready.etag.as_deref()).header(CONTENT_TYPE, content_type);
        match (ready.content, fault) {
            (ReadyContent::Plain(plain), Some(Fault::CutOffBody)) => {
                site.log.add_body_bytes(plain.len() / 2);
                with_body(answer.header(CONTENT_LENGTH, plain.len()), cut_off(plain))
            }
            (ReadyContent::Plain(plain), Some(Fault::Slow)) => {
                site.log.add_body_bytes(plain.len());
                with_body(answer, self.dripping(plain))
            }
            (ReadyContent::Plain(plain), _) => {
                site.log.add_body_bytes(plain.len());
                let forged = fault == Some(Fault::HeaderWithoutGzip);
                let answer = if forged { answer.header(CONTENT_ENCODING, "gzip") } else { answer };
                with_body(answer, plain)
            }
            (ReadyContent::Gzip(gzip), _) => {
                site.log.add_body_bytes(gzip.len());
                with_body(answer.header(CONTENT_ENCODING, "gzip"), gzip)
            }
            (ReadyContent::Unmade, _) => with_body(answer, self.made_while_sent()),
        }
    }

    /// The plain body, made on a thread that may block, a few pieces ahead of what is sent.
    fn made_while_sent(&self) -> Body {
        let (sender, mut pieces) = mpsc::channel::<Bytes>(PIECES_AHEAD);
        let asked = self.clone();
        tokio::task::spawn_blocking(move || {
            let publisher = asked.publisher();
            let mut out = PieceWriter(sender);
            // It fails when the client has gone; nobody is left to be told.
            write_file(publisher.blueprint(), asked.file(), publisher.generation(), &mut out).ok();
        });
        let site = Arc::clone(&self.site);
        Body::from_stream(stream::poll_fn(move |context| {
            let piece = pieces.poll_recv(context);
            piece.map(|piece| {
                piece.map(|piece| {
                    site.log.add_body_bytes(piece.len());
                    Ok::<Bytes, io::Error>(piece)
                })
            })
        }))
    }

    /// The plain body in pieces with pauses between them.
    fn dripping(&self, plain: Bytes) -> Body {
        let pause = self.site.options.slow_pause;
        let piece_bytes = plain.len().div_ceil(SLOW_PIECES).max(1);
        Body::from_stream(stream::unfold((plain, true), move |(mut rest, is_first)| async move {
            if rest.is_empty() {
                return None;
            }
            if !is_first {
                tokio::time::sleep(pause).await;
            }
            let piece = rest.split_to(piece_bytes.min(rest.len()));
            Some((Ok::<Bytes, io::Error>(piece), (rest, false)))
        }))
    }
}

/// The first half of a body, then the end of the connection.
fn cut_off(plain: Bytes) -> Body {
    let half = plain.slice(..plain.len() / 2);
    Body::from_stream(stream::unfold(Some(half), |half| async move {
        match half {
            Some(half) => Some((Ok(half), None)),
            None => {
                // What was sent so far leaves before the error closes the connection.
                tokio::task::yield_now().await;
                Some((Err(io::Error::from(io::ErrorKind::ConnectionAborted)), None))
            }
        }
    }))
}

/// Whether gzip is among the encodings that a client takes.
fn accepts_gzip(headers: &HeaderMap) -> bool {
    let lists = headers.get_all(ACCEPT_ENCODING).iter().filter_map(|value| value.to_str().ok());
    lists.flat_map(|list| list.split(',')).any(|item| {
        let (name, weight) = item.split_once(';').unwrap_or((item, "q=1"));
        let is_refused = weight.trim().trim_start_matches("q=").parse() == Ok(0.0);
        matches!(name.trim(), "gzip" | "*") && !is_refused
    })
}

fn text(status: StatusCode, message: &'static str) -> Answer {
    with_body(Response::builder().status(status).header(CONTENT_TYPE, "text/plain"), message)
}

fn redirect(path: &str, query: &str) -> Answer {
    let location = format!("{path}?{query}=1");
    with_body(Response::builder().status(StatusCode::FOUND).header(LOCATION, location), Body::empty())
}
