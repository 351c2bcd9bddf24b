//! A crawl run on its way in.

use openslots_model::{CrawlRun, FileIndex, FinishedRun, KnownFile, KnownLine, LineBatch, PublisherSlug, Validators};

use crate::{Result, Store};

/// A crawl run that is being staged: nobody sees it before [`StagedRun::commit`]; dropped before that, it never was.
#[derive(Debug)]
pub struct StagedRun {
    publisher: PublisherSlug,
}

impl Store {
    /// Begins a crawl run of a publisher.
    ///
    /// # Errors
    /// When the publisher is unknown or the database cannot be read.
    pub fn begin_run(&self, publisher: &PublisherSlug) -> Result<StagedRun> {
        let _ = publisher;
        unimplemented!()
    }
}

impl StagedRun {
    /// What the manifest was last read with.
    ///
    /// # Errors
    /// When the database cannot be read.
    pub fn manifest_validators(&self) -> Result<Validators> {
        let _ = &self.publisher;
        unimplemented!()
    }

    /// What is kept of an output file; `None`: it is new.
    ///
    /// # Errors
    /// When the database cannot be read.
    pub fn known_file(&self, url: &str) -> Result<Option<KnownFile>> {
        let _ = url;
        unimplemented!()
    }

    /// The lines of an output file as last read, in order; none of a file that is new.
    ///
    /// # Errors
    /// When the database cannot be read.
    pub fn known_lines(&self, url: &str) -> Result<Vec<KnownLine>> {
        let _ = url;
        unimplemented!()
    }

    /// Takes the next lines of an output file. Files may be staged at once, the batches of one file in order.
    ///
    /// # Errors
    /// When the lines cannot be staged, or do not fit together (a fault of the caller).
    pub fn stage(&self, file: FileIndex, batch: LineBatch) -> Result<()> {
        let _ = (file, batch);
        unimplemented!()
    }

    /// Makes the run visible, in one transaction, and gives the completed run.
    ///
    /// # Errors
    /// When anything of it fails; then nothing of the run is visible, and it is over.
    pub fn commit(&self, run: FinishedRun) -> Result<CrawlRun> {
        let _ = run;
        unimplemented!()
    }
}
