//! What is served: the world, what is kept of it, and the headers of every good answer.

use std::collections::HashMap;
use std::io;
use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering};
use std::sync::{Arc, PoisonError, RwLock};

use axum::body::Body;
use axum::http::header::{CACHE_CONTROL, ETAG, IF_NONE_MATCH, VARY};
use axum::http::response::Builder;
use axum::http::{HeaderMap, Response, StatusCode};

use super::ServeOptions;
use super::bodies::{KeptBody, Wanted};
use super::log::Log;
use crate::{Error, SimulatedPublisher, Simulation};

/// Everything that is served.
#[derive(Debug)]
pub(super) struct Site {
    simulation: RwLock<Arc<Simulation>>,
    base_url: String,
    pub(super) options: ServeOptions,
    /// Whether a client that has what it asks for is told so with a 304.
    answers_conditions: AtomicBool,
    /// From slug to publisher, and from path to file.
    pub(super) publishers: HashMap<String, (usize, HashMap<String, usize>)>,
    /// By publisher and file.
    pub(super) bodies: Vec<Vec<KeptBody>>,
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

/// Fails where a body cannot be made.
pub(super) type Answer = io::Result<Response<Body>>;

pub(super) fn with_body(builder: Builder, body: impl Into<Body>) -> Answer {
    builder.body(body.into()).map_err(io::Error::other)
}

impl Site {
    /// The headers that all good answers have.
    pub(super) fn begin(&self, etag: Option<&str>) -> Builder {
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
    pub(super) fn unchanged(&self, etag: Option<&str>, headers: &HeaderMap) -> Option<Answer> {
        let etag = etag.filter(|_| self.answers_conditions.load(Ordering::Relaxed))?;
        let known = headers.get_all(IF_NONE_MATCH).iter().filter_map(|value| value.to_str().ok());
        let is_known = known
            .flat_map(|list| list.split(','))
            .map(str::trim)
            .any(|tag| tag == "*" || tag.strip_prefix("W/").unwrap_or(tag) == etag);
        is_known.then(|| with_body(self.begin(Some(etag)).status(StatusCode::NOT_MODIFIED), Body::empty()))
    }
}
