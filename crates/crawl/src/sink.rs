//! Where a crawl run leaves what it read.

use std::sync::Arc;

use openslots_model::{CrawlRun, FileIndex, FinishedRun, KnownFile, KnownLine, LineBatch, PublisherSlug};

/// Why a sink failed, whatever it is.
pub type SinkError = Box<dyn std::error::Error + Send + Sync>;

/// Opens a place for each crawl run.
pub trait CrawlSink: Send + Sync + 'static {
    /// Begins a run of the publisher. Called once its manifest has been read.
    fn begin_run(&self, publisher: &PublisherSlug) -> Result<Arc<dyn RunSink>, SinkError>;
}

/// Takes what one crawl run reads.
///
/// All calls block, and are made on blocking threads only. Files are staged concurrently, the batches of one file in
/// order. Nothing is called after [`RunSink::commit`]. A run that is dropped without it must leave no trace.
pub trait RunSink: Send + Sync + 'static {
    /// What is kept of the output file, if it was read before.
    fn known_file(&self, url: &str) -> Result<Option<KnownFile>, SinkError>;

    /// The lines of the output file as last committed, in order. Called once, and only if its body differs.
    fn known_lines(&self, url: &str) -> Result<Vec<KnownLine>, SinkError>;

    /// Takes some lines of a file, following those before.
    fn stage(&self, file: FileIndex, batch: LineBatch) -> Result<(), SinkError>;

    /// Does what keeps a processor busy. A sink may let it wait for what is more urgent; never for the network.
    fn compute(&self, work: &mut dyn FnMut()) {
        work();
    }

    /// Makes everything visible at once; gives the completed run (free slots counted, outcome decided between
    /// updated and unchanged).
    fn commit(&self, run: FinishedRun) -> Result<CrawlRun, SinkError>;
}
