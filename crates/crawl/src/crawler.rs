//! The crawler of a process.

use std::sync::Arc;

use openslots_model::{CrawlRun, UnixSeconds};

use crate::access::AccessTokens;
use crate::clock::{Clock, SystemClock};
use crate::error::Error;
use crate::fetch::Fetcher;
use crate::hosts::Hosts;
use crate::limits::CrawlLimits;
use crate::progress::CrawlProgress;
use crate::publisher::PublisherCrawl;
use crate::sink::CrawlSink;
use crate::target::CrawlTarget;

/// How to crawl.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct CrawlOptions {
    /// Ask even if the publisher was asked less than a minute ago.
    pub force: bool,
}

/// Crawls publishers into a sink. One serves a whole process, any number of crawls at once.
pub struct Crawler {
    pub(crate) limits: Arc<CrawlLimits>,
    pub(crate) sink: Arc<dyn CrawlSink>,
    pub(crate) fetcher: Fetcher,
    pub(crate) hosts: Hosts,
    pub(crate) clock: Arc<dyn Clock>,
    pub(crate) access_tokens: AccessTokens,
}

impl Crawler {
    /// A crawler that leaves what it reads with the sink. Fails if no HTTP client can be set up.
    pub fn new(limits: CrawlLimits, sink: Arc<dyn CrawlSink>) -> Result<Self, Error> {
        Self::with_clock(limits, sink, Arc::new(SystemClock::default()))
    }

    /// The same by another clock than the machine's.
    pub fn with_clock(limits: CrawlLimits, sink: Arc<dyn CrawlSink>, clock: Arc<dyn Clock>) -> Result<Self, Error> {
        let limits = Arc::new(limits);
        Ok(Self {
            sink,
            fetcher: Fetcher::new(Arc::clone(&limits), Arc::clone(&clock))?,
            hosts: Hosts::new(limits.connections_per_host, limits.connections_total),
            access_tokens: AccessTokens::default(),
            limits,
            clock,
        })
    }

    /// Until when the host of a publisher's manifest is left alone, because it has told another publisher's crawl that
    /// it is asked too often.
    pub fn host_left_alone_until(&self, target: &CrawlTarget) -> Option<UnixSeconds> {
        self.hosts.paused_for_all_until(&target.manifest_url, self.clock.now())
    }

    /// Crawls one publisher once. Never fails as a whole: failures are in the run (outcome, reason, issues).
    ///
    /// A run that read nothing ([`Failed`](openslots_model::CrawlOutcome::Failed) or
    /// [`TooSoon`](openslots_model::CrawlOutcome::TooSoon)) has changed nothing with the sink; to record it is up to
    /// the caller. Dropping the future ends the crawl; what it staged is not committed, unless the commit is under
    /// way already.
    pub async fn crawl(&self, target: &CrawlTarget, options: CrawlOptions, progress: &dyn CrawlProgress) -> CrawlRun {
        PublisherCrawl::new(self, target, options, progress).run().await
    }
}
