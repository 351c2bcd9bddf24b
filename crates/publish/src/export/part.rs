//! One file of a table, in any format: hashed on its way, and under its name only when it is whole.

use std::fs::File;
use std::io::{self, BufWriter, Write};
use std::path::Path;
use std::sync::{Arc, Mutex, PoisonError};

use sha2::{Digest, Sha256};

use super::column::Column;
use super::csv_part::CsvPart;
use super::ndjson_part::NdjsonPart;
use super::parquet_part::ParquetPart;
use super::{Format, failed};
use crate::Error;

/// What a file was written with.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Sealed {
    pub(crate) n_rows: u64,
    pub(crate) n_bytes: u64,
    pub(crate) sha256: [u8; 32],
}

/// A table's file on its way.
pub(crate) struct Part<'t, R> {
    columns: &'t [Column<R>],
    writer: Writer,
    n_rows: u64,
}

enum Writer {
    Ndjson(NdjsonPart),
    Csv(Box<CsvPart>),
    Parquet(Box<ParquetPart>),
}

impl<'t, R> Part<'t, R> {
    /// Begins a file of these columns.
    pub(crate) fn begin(
        format: Format,
        columns: &'t [Column<R>],
        notes: &[(&str, String)],
        output: Hashed,
    ) -> Result<Self, Error> {
        let writer = match format {
            Format::Ndjson => Writer::Ndjson(NdjsonPart::begin(output)),
            Format::Csv => Writer::Csv(Box::new(CsvPart::begin(columns, output)?)),
            Format::Parquet => Writer::Parquet(Box::new(ParquetPart::begin(columns, notes, output)?)),
        };
        Ok(Self { columns, writer, n_rows: 0 })
    }

    /// Adds a row.
    pub(crate) fn push(&mut self, row: &R) -> Result<(), Error> {
        self.n_rows += 1;
        match &mut self.writer {
            Writer::Ndjson(part) => part.push(self.columns, row),
            Writer::Csv(part) => part.push(self.columns, row),
            Writer::Parquet(part) => part.push(self.columns, row),
        }
    }

    /// Ends the file; how many rows it has.
    pub(crate) fn finish(self) -> Result<u64, Error> {
        match self.writer {
            Writer::Ndjson(part) => part.finish()?,
            Writer::Csv(part) => part.finish()?,
            Writer::Parquet(part) => part.finish()?,
        }
        Ok(self.n_rows)
    }
}

/// Bytes and hash of what has gone by, shared because writers of formats take their output for themselves.
#[derive(Default)]
struct Seen {
    hasher: Sha256,
    n_bytes: u64,
}

/// A file that is hashed while it is written.
pub(crate) struct Hashed {
    file: BufWriter<File>,
    seen: Arc<Mutex<Seen>>,
}

impl Write for Hashed {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        let n = self.file.write(bytes)?;
        // Nobody holds the lock but who writes.
        let mut seen = self.seen.lock().unwrap_or_else(PoisonError::into_inner);
        seen.hasher.update(&bytes[..n]);
        seen.n_bytes += n as u64;
        Ok(n)
    }

    fn flush(&mut self) -> io::Result<()> {
        self.file.flush()
    }
}

/// Writes a file through `write`, which gives its rows, and gives it its name when it is whole and on the disk.
pub(crate) fn write_whole(path: &Path, write: impl FnOnce(Hashed) -> Result<u64, Error>) -> Result<Sealed, Error> {
    let temporary = path.with_added_extension("tmp");
    let file = File::create(&temporary).map_err(failed(&temporary))?;
    let seen = Arc::new(Mutex::new(Seen::default()));
    let output = file.try_clone().map_err(failed(&temporary))?;
    let n_rows = write(Hashed { file: BufWriter::new(output), seen: Arc::clone(&seen) })?;
    file.sync_all().map_err(failed(&temporary))?;
    std::fs::rename(&temporary, path).map_err(failed(path))?;
    let seen = std::mem::take(&mut *seen.lock().unwrap_or_else(PoisonError::into_inner));
    Ok(Sealed { n_rows, n_bytes: seen.n_bytes, sha256: seen.hasher.finalize().into() })
}
