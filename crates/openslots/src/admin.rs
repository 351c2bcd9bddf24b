//! What operators ask for over HTTP, done by the engine as the control socket has it done.

use std::sync::Arc;

use openslots_api::{AdminError, AdminFuture, AdminOperations, AdminReply, AdminRequest};
use openslots_crawl::NoProgress;
use openslots_model::PublisherSlug;
use serde_json::json;
use tokio::runtime::Handle;
use tokio::sync::{OwnedSemaphorePermit, Semaphore};

use crate::engine::Engine;
use crate::operations::{CrawlRequest, Reply, Request};

/// How many crawls that operators asked for may be under way; each publisher is crawled once at a time anyway.
const MAX_CRAWLS: usize = 4;

/// The engine as operators see it.
pub(crate) struct EngineAdmin {
    engine: Arc<Engine>,
    crawls: Arc<Semaphore>,
    rebuilds: Arc<Semaphore>,
    /// Where it is done.
    background: Handle,
}

impl EngineAdmin {
    pub(crate) fn new(engine: Arc<Engine>, background: Handle) -> Self {
        let (crawls, rebuilds) = (Arc::new(Semaphore::new(MAX_CRAWLS)), Arc::new(Semaphore::new(1)));
        Self { engine, crawls, rebuilds, background }
    }

    /// Starts a crawl of publishers that are known.
    fn start_crawl(&self, publishers: &[PublisherSlug], force: bool) -> Result<AdminReply, AdminError> {
        let publishers = self.select(publishers)?;
        let permit = enter(&self.crawls, "as many crawls as may be are under way; ask again when one has ended")?;
        let request = CrawlRequest { publishers: publishers.clone(), manifests: Vec::new(), force };
        self.go_on(permit, Request::Crawl(request));
        Ok(AdminReply::Started(json!({ "publishers": publishers })))
    }

    fn start_rebuild(&self) -> Result<AdminReply, AdminError> {
        let permit = enter(&self.rebuilds, "the index is being rebuilt")?;
        self.go_on(permit, Request::RebuildIndex);
        Ok(AdminReply::Started(json!({ "index": "rebuild" })))
    }

    /// The publishers that are meant: those that are named, else all that are enabled.
    fn select(&self, named: &[PublisherSlug]) -> Result<Vec<String>, AdminError> {
        let plans = self.engine.plans();
        let unknown: Vec<_> =
            named.iter().filter(|slug| !plans.contains_key(slug)).map(PublisherSlug::as_str).collect();
        if !unknown.is_empty() {
            return Err(AdminError::UnknownPublishers(format!("not known: {}", unknown.join(", "))));
        }
        let slugs: Vec<_> = if named.is_empty() {
            plans.iter().filter(|(_, plan)| plan.enabled).map(|(slug, _)| slug.to_string()).collect()
        } else {
            named.iter().map(ToString::to_string).collect()
        };
        if slugs.is_empty() {
            return Err(AdminError::UnknownPublishers("there are no publishers to crawl".to_owned()));
        }
        Ok(slugs)
    }

    /// Does a request for as long as it takes; what it comes to is in the log and in the state of the publishers.
    fn go_on(&self, permit: OwnedSemaphorePermit, request: Request) {
        let engine = Arc::clone(&self.engine);
        self.background.spawn(async move {
            let _permit = permit;
            match engine.handle(request, Arc::new(NoProgress)).await {
                Ok(Reply::IndexRebuilt(report)) => {
                    tracing::info!(n_slots = report.n_slots, duration_ms = report.duration_ms, "index rebuilt");
                }
                // Each run has been told by itself.
                Ok(_) => {}
                Err(error) => tracing::error!(error = format!("{error:#}"), "admin request failed"),
            }
        });
    }
}

fn enter(room: &Arc<Semaphore>, under_way: &str) -> Result<OwnedSemaphorePermit, AdminError> {
    Arc::clone(room).try_acquire_owned().map_err(|_| AdminError::UnderWay(under_way.to_owned()))
}

impl AdminOperations for EngineAdmin {
    fn perform(&self, request: AdminRequest) -> AdminFuture {
        let started = match request {
            AdminRequest::Crawl { publishers, force } => self.start_crawl(&publishers, force),
            AdminRequest::RebuildIndex => self.start_rebuild(),
            AdminRequest::Status => {
                let engine = Arc::clone(&self.engine);
                return Box::pin(async move {
                    let failed = |error: String| AdminError::Failed(error);
                    let reply = engine.handle(Request::Status, Arc::new(NoProgress)).await;
                    match reply.map_err(|error| failed(format!("{error:#}")))? {
                        Reply::Status(report) => serde_json::to_value(report)
                            .map(AdminReply::Done)
                            .map_err(|error| failed(error.to_string())),
                        _ => Err(failed("the state was answered with something else".to_owned())),
                    }
                });
            }
        };
        Box::pin(std::future::ready(started))
    }
}
