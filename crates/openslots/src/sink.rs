//! Joins the crawl to the store: neither knows the other.

use std::sync::Arc;

use openslots_crawl::{CrawlSink, RunSink, SinkError};
use openslots_model::{CrawlRun, FileIndex, FinishedRun, KnownFile, KnownLine, LineBatch, PublisherSlug};
use openslots_store::{StagedRun, Store};

use crate::processors::Processors;

/// A store as the place where crawls leave what they read.
pub(crate) struct StoreSink {
    pub(crate) store: Store,
    pub(crate) processors: Arc<Processors>,
}

struct StagedRunSink {
    run: StagedRun,
    processors: Arc<Processors>,
}

impl CrawlSink for StoreSink {
    fn begin_run(&self, publisher: &PublisherSlug) -> Result<Arc<dyn RunSink>, SinkError> {
        let run = self.store.begin_run(publisher)?;
        Ok(Arc::new(StagedRunSink { run, processors: Arc::clone(&self.processors) }))
    }
}

impl RunSink for StagedRunSink {
    fn known_file(&self, url: &str) -> Result<Option<KnownFile>, SinkError> {
        Ok(self.run.known_file(url)?)
    }

    fn known_lines(&self, url: &str) -> Result<Vec<KnownLine>, SinkError> {
        Ok(self.run.known_lines(url)?)
    }

    fn stage(&self, file: FileIndex, batch: LineBatch) -> Result<(), SinkError> {
        Ok(self.run.stage(file, batch)?)
    }

    fn compute(&self, work: &mut dyn FnMut()) {
        self.processors.compute(work);
    }

    fn commit(&self, run: FinishedRun) -> Result<CrawlRun, SinkError> {
        let sealed = self.processors.compute(|| self.run.seal())?;
        Ok(self.processors.commit(|| sealed.commit(run))?)
    }
}
