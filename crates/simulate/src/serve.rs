//! Publishers over HTTP, answered from memory.

mod answer;
mod bodies;
mod file;
mod log;
mod portal;
mod site;

use std::net::{IpAddr, Ipv4Addr, SocketAddr};
use std::sync::Arc;
use std::time::Duration;

use axum::Router;
use axum::routing::get;
use axum::serve::ListenerExt as _;
use tokio::net::TcpListener;
use tokio::sync::oneshot;
use tokio::task::JoinHandle;

use crate::manifest::MANIFEST_NAME;
use crate::{Error, Simulation};
use site::Site;

pub use log::{RequestRecord, Traffic};

/// After this time a stop no longer waits for connections that are still busy.
const STOP_PATIENCE: Duration = Duration::from_secs(2);

/// How publishers are served.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ServeOptions {
    /// Send an `ETag` with everything, and 304 to an `If-None-Match` that holds it. Switched off, every request is
    /// answered with a body.
    pub etags: bool,
    /// Send gzip to those who accept it. The compressed bodies of a generation are kept in memory.
    pub gzip: bool,
    /// Level of compression, 1 (fast) to 9 (small).
    pub gzip_level: u32,
    /// Keep the plain bodies of a generation in memory as well; otherwise they are made while they are sent.
    pub cache_plain: bool,
    /// `Cache-Control: max-age` in seconds; `None`: no such header.
    pub max_age_seconds: Option<u32>,
    /// Remember every request (see [`SimulationServer::request_log`]).
    pub log_requests: bool,
    /// The pause between the pieces of a file with the fault `slow`.
    pub slow_pause: Duration,
}

impl Default for ServeOptions {
    /// `ETag`s, gzip of level 6, a `max-age` of a minute, no request log, slow files within about three seconds.
    fn default() -> Self {
        Self {
            etags: true,
            gzip: true,
            gzip_level: 6,
            cache_plain: false,
            max_age_seconds: Some(60),
            log_requests: false,
            slow_pause: Duration::from_millis(50),
        }
    }
}

/// Running publishers. They stop when this is dropped or [`SimulationServer::shutdown`] is called.
#[derive(Debug)]
pub struct SimulationServer {
    site: Arc<Site>,
    stop: oneshot::Sender<()>,
    task: JoinHandle<std::io::Result<()>>,
}

/// Serves all publishers of a world on one listener: each one's manifest at `/<slug>/$bulk-publish`, its files beside it.
///
/// # Errors
/// When the listener has no address.
pub async fn serve(
    simulation: Arc<Simulation>,
    listener: TcpListener,
    options: ServeOptions,
) -> Result<SimulationServer, Error> {
    let address = listener.local_addr().map_err(Error::io("tell the address of the listener"))?;
    let site = Arc::new(Site::new(simulation, format!("http://{}", reachable(address)), options));
    let app =
        Router::new().route(portal::PATH, get(portal::answer)).fallback(answer::answer).with_state(Arc::clone(&site));
    let (stop, stopped) = oneshot::channel::<()>();
    // Answers are small beside the round trips of delayed acknowledgements.
    let listener = listener.tap_io(|stream| {
        if let Err(error) = stream.set_nodelay(true) {
            tracing::debug!(%error, "cannot switch off delayed sending");
        }
    });
    let task = tokio::spawn(
        axum::serve(listener, app)
            .with_graceful_shutdown(async move {
                // An error means that the handle was dropped: stop as well.
                stopped.await.ok();
            })
            .into_future(),
    );
    Ok(SimulationServer { site, stop, task })
}

/// An address that clients on this machine can use, also where the listener takes any.
fn reachable(address: SocketAddr) -> SocketAddr {
    let ip = if address.ip().is_unspecified() { IpAddr::V4(Ipv4Addr::LOCALHOST) } else { address.ip() };
    SocketAddr::new(ip, address.port())
}

impl SimulationServer {
    /// The URL below which all publishers are, without a slash at its end.
    pub fn base_url(&self) -> &str {
        self.site.base_url()
    }

    /// URL of a publisher's manifest.
    pub fn manifest_url(&self, slug: &str) -> String {
        format!("{}/{slug}/{MANIFEST_NAME}", self.base_url())
    }

    /// URLs of all manifests, in the order of the publishers.
    pub fn manifest_urls(&self) -> Vec<String> {
        let simulation = self.simulation();
        simulation.publishers().iter().map(|publisher| self.manifest_url(publisher.slug().as_str())).collect()
    }

    /// The world as it is served now.
    pub fn simulation(&self) -> Arc<Simulation> {
        self.site.simulation()
    }

    /// Moves the world to another generation: from now on every answer is of that one.
    pub fn set_generation(&self, generation: u32) {
        self.site.set_generation(generation);
    }

    /// From now on answers `If-None-Match` with a 304 where it fits (as at the start), or always sends the body again.
    pub fn answer_conditions(&self, answered: bool) {
        self.site.answer_conditions(answered);
    }

    /// Makes and compresses all bodies of the present generation, so that none is made while a client waits.
    ///
    /// # Errors
    /// When a body cannot be made.
    pub async fn prerender(&self) -> Result<(), Error> {
        let site = Arc::clone(&self.site);
        let done = tokio::task::spawn_blocking(move || site.prerender()).await;
        done.map_err(|error| Error::io("make all bodies")(std::io::Error::other(error)))?
    }

    /// The requests so far, oldest first; empty unless [`ServeOptions::log_requests`] is set.
    pub fn request_log(&self) -> Vec<RequestRecord> {
        self.site.log().records()
    }

    /// Forgets the requests so far, also in [`Self::traffic`].
    pub fn clear_request_log(&self) {
        self.site.log().clear();
    }

    /// How much was asked for and sent.
    pub fn traffic(&self) -> Traffic {
        self.site.log().traffic()
    }

    /// Stops: no new connection is taken, answers under way are finished, for two seconds at most.
    ///
    /// # Errors
    /// When the server had failed before.
    pub async fn shutdown(self) -> Result<(), Error> {
        let Self { stop, mut task, .. } = self;
        // The receiver is gone if the server has ended by itself; then the task tells how.
        stop.send(()).ok();
        match tokio::time::timeout(STOP_PATIENCE, &mut task).await {
            Ok(Ok(ended)) => ended.map_err(Error::io("serve")),
            Ok(Err(error)) => Err(Error::io("serve")(std::io::Error::other(error))),
            Err(_) => {
                task.abort();
                Ok(())
            }
        }
    }
}
