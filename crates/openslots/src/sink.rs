//! Joins the crawl to the store: neither knows the other.

use std::sync::Arc;

use openslots_crawl::{CrawlSink, RunSink, SinkError};
use openslots_model::{CrawlRun, FileIndex, FinishedRun, KnownFile, KnownLine, LineBatch, PublisherSlug};
use openslots_store::{StagedRun, Store};

/// A store as the place where crawls leave what they read.
pub(crate) struct StoreSink(pub(crate) Store);

struct StagedRunSink(StagedRun);

impl CrawlSink for StoreSink {
    fn begin_run(&self, publisher: &PublisherSlug) -> Result<Arc<dyn RunSink>, SinkError> {
        Ok(Arc::new(StagedRunSink(self.0.begin_run(publisher)?)))
    }
}

impl RunSink for StagedRunSink {
    fn known_file(&self, url: &str) -> Result<Option<KnownFile>, SinkError> {
        Ok(self.0.known_file(url)?)
    }

    fn known_lines(&self, url: &str) -> Result<Vec<KnownLine>, SinkError> {
        Ok(self.0.known_lines(url)?)
    }

    fn stage(&self, file: FileIndex, batch: LineBatch) -> Result<(), SinkError> {
        Ok(self.0.stage(file, batch)?)
    }

    fn commit(&self, run: FinishedRun) -> Result<CrawlRun, SinkError> {
        Ok(self.0.commit(run)?)
    }
}
