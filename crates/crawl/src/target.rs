//! What to crawl.

use std::fmt;

use openslots_model::{PublisherSlug, ResumePoint, UnixSeconds};
use url::Url;

use crate::access::BackendServices;
use crate::secrets::without_query;

/// A publisher to crawl.
#[derive(Clone)]
pub struct CrawlTarget {
    /// Its short name.
    pub slug: PublisherSlug,
    /// Its manifest, as configured. A user and password in it go to its own host only.
    pub manifest_url: Url,
    /// Headers to send to the manifest's host, secret.
    pub headers: Vec<(String, String)>,
    /// Query parameters to send to the manifest's host, secret.
    pub query: Vec<(String, String)>,
    /// How to get the access token that its manifest may say its files need; sent to the manifest's host only.
    pub backend_services: Option<BackendServices>,
    /// Whether its manifest may be on the public Internet only, because somebody else than the operator named it.
    pub is_public_only: bool,
    /// Two-letter codes: only output files of these states are read; none: all are.
    pub states: Vec<String>,
    /// Ask the manifest for what has changed since the last run (`_since`).
    pub asks_since: bool,
    /// What earlier runs have left, in this process or another.
    pub memory: CrawlMemory,
}

/// What earlier runs of a publisher have left.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct CrawlMemory {
    /// When the publisher was last asked; the later in that run the better.
    pub last_attempt_at: Option<UnixSeconds>,
    /// Until when it asked to be left alone.
    pub left_alone_until: Option<UnixSeconds>,
    /// Where the next run begins, as committed.
    pub resume: Option<ResumePoint>,
}

impl CrawlTarget {
    /// A publisher of which no more than its manifest is known.
    pub fn new(slug: PublisherSlug, manifest_url: Url) -> Self {
        Self {
            slug,
            manifest_url,
            headers: Vec::new(),
            query: Vec::new(),
            backend_services: None,
            is_public_only: false,
            states: Vec::new(),
            asks_since: false,
            memory: CrawlMemory::default(),
        }
    }
}

impl fmt::Debug for CrawlTarget {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let names = |pairs: &[(String, String)]| pairs.iter().map(|(name, _)| name.clone()).collect::<Vec<_>>();
        f.debug_struct("CrawlTarget")
            .field("slug", &self.slug)
            .field("manifest_url", &without_query(&self.manifest_url))
            .field("headers", &names(&self.headers))
            .field("query", &names(&self.query))
            .field("backend_services", &self.backend_services)
            .field("states", &self.states)
            .field("asks_since", &self.asks_since)
            .finish_non_exhaustive()
    }
}
