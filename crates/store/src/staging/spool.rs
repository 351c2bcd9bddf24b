//! Where a run waits for its commit: in memory while it is small, then in a file without a name.

use std::io::{Read, Seek, SeekFrom, Write};
use std::path::Path;

use tempfile::SpooledTempFile;

use crate::{Error, Result};

/// Beyond this a run waits in a file. The file has no name, so a crash leaves nothing behind.
const MAX_MEMORY_BYTES: usize = 16 * 1024 * 1024;

/// A piece of the spool.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Piece {
    pub(crate) offset: u64,
    pub(crate) n_bytes: u32,
}

/// Bytes that are appended, then read back piece by piece.
#[derive(Debug)]
pub(crate) struct Spool {
    file: SpooledTempFile,
    n_bytes: u64,
}

impl Spool {
    pub(crate) fn new_in(dir: &Path) -> Self {
        Self { file: tempfile::spooled_tempfile_in(MAX_MEMORY_BYTES, dir), n_bytes: 0 }
    }

    /// Appends bytes and tells where they begin.
    pub(crate) fn append(&mut self, bytes: &[u8]) -> Result<u64> {
        let offset = self.n_bytes;
        self.file.write_all(bytes).map_err(Error::Staging)?;
        self.n_bytes += bytes.len() as u64;
        Ok(offset)
    }

    /// Reads a piece into `buffer`. Nothing is appended any more after the first read.
    pub(crate) fn read(&mut self, piece: Piece, buffer: &mut Vec<u8>) -> Result<()> {
        buffer.resize(piece.n_bytes as usize, 0);
        self.file.seek(SeekFrom::Start(piece.offset)).map_err(Error::Staging)?;
        self.file.read_exact(buffer).map_err(Error::Staging)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn pieces_come_back_from_memory_and_from_the_file() {
        let dir = tempfile::tempdir().unwrap();
        let mut spool = Spool::new_in(dir.path());
        let pieces: Vec<_> = (0..20u8)
            .map(|round| {
                let bytes = vec![round; 1024 * 1024 + usize::from(round)];
                Piece { offset: spool.append(&bytes).unwrap(), n_bytes: bytes.len() as u32 }
            })
            .collect();
        let mut buffer = Vec::new();
        for (round, piece) in pieces.iter().enumerate().rev() {
            spool.read(*piece, &mut buffer).unwrap();
            assert_eq!(buffer, vec![round as u8; 1024 * 1024 + round]);
        }
        assert_eq!(std::fs::read_dir(dir.path()).unwrap().count(), 0, "the file has no name");
    }
}
