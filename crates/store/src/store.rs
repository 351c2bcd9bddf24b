//! Opening the store.

use std::path::Path;
use std::sync::Arc;

use crate::Result;

/// The store of one data directory. Cheap to clone; all clones share one writer and a pool of readers.
#[derive(Debug, Clone)]
pub struct Store {
    inner: Arc<()>,
}

impl Store {
    /// Opens `<data_dir>/openslots.db`, making the directory and the file where they are missing and bringing the schema up
    /// to date.
    ///
    /// # Errors
    /// When the directory cannot be made or written, or the file is no database of ours, or of a newer program.
    pub fn open(data_dir: &Path) -> Result<Self> {
        let _ = data_dir;
        unimplemented!()
    }
}
