//! Publishers, their state, their issues and the history of their crawl runs.

use openslots_model::{
    CrawlRun, FreshnessPolicy, Issue, IssueCode, Publisher, PublisherNumber, PublisherSlug, PublisherStatus,
};

use crate::{Result, Store};

/// A publisher as it is configured.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct NewPublisher {
    /// Its short name: who it is.
    pub slug: PublisherSlug,
    /// What people call it.
    pub display_name: String,
    /// The manifest's URL, secrets removed.
    pub manifest_url: String,
    /// Whether it is crawled on schedule.
    pub enabled: bool,
    /// How its data age.
    pub policy: FreshnessPolicy,
}

impl Store {
    /// Adds a publisher, or brings the one with this slug up to date.
    ///
    /// # Errors
    /// When the database cannot be written.
    pub fn put_publisher(&self, publisher: &NewPublisher) -> Result<Publisher> {
        let _ = publisher;
        unimplemented!()
    }

    /// All publishers, by slug.
    ///
    /// # Errors
    /// When the database cannot be read.
    pub fn publishers(&self) -> Result<Vec<Publisher>> {
        unimplemented!()
    }

    /// All publishers with their state, by slug.
    ///
    /// # Errors
    /// When the database cannot be read.
    pub fn publisher_statuses(&self) -> Result<Vec<PublisherStatus>> {
        unimplemented!()
    }

    /// Keeps a run that read nothing in the status and the history of its publisher; data stay as they are.
    ///
    /// # Errors
    /// When the publisher is unknown or the database cannot be written.
    pub fn record_failed_run(&self, run: &CrawlRun) -> Result<()> {
        let _ = run;
        unimplemented!()
    }

    /// Issues of the data held of a publisher, in order of file and line, at most `limit`.
    ///
    /// # Errors
    /// When the database cannot be read.
    pub fn issues(&self, publisher: PublisherNumber, limit: usize) -> Result<Vec<Issue>> {
        let _ = (publisher, limit);
        unimplemented!()
    }

    /// How many issues of each code there are of the data held of a publisher: exact, also where not every one is kept.
    ///
    /// # Errors
    /// When the database cannot be read.
    pub fn issue_counts(&self, publisher: PublisherNumber) -> Result<Vec<(IssueCode, u64)>> {
        let _ = publisher;
        unimplemented!()
    }

    /// The last crawl runs of a publisher, the newest first.
    ///
    /// # Errors
    /// When the database cannot be read.
    pub fn crawl_runs(&self, publisher: PublisherNumber, limit: usize) -> Result<Vec<CrawlRun>> {
        let _ = (publisher, limit);
        unimplemented!()
    }
}
