//! What a crawl tells while it runs.

use openslots_model::{FileReport, PublisherSlug};

/// Listens to crawl runs. Called on async threads: it must not block.
pub trait CrawlProgress: Send + Sync {
    /// The manifest has been read; it lists so many output files of kept types.
    fn manifest(&self, _publisher: &PublisherSlug, _n_files: usize) {}

    /// Bytes came over the wire.
    fn bytes(&self, _publisher: &PublisherSlug, _n_bytes: u64) {}

    /// An output file has been read, found unchanged, or has failed.
    fn file_done(&self, _publisher: &PublisherSlug, _report: &FileReport) {}
}

/// Listens to nothing.
#[derive(Debug, Clone, Copy, Default)]
pub struct NoProgress;

impl CrawlProgress for NoProgress {}
