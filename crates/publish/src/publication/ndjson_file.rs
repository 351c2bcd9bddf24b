//! NDJSON files, compressed as they are written.

use std::fs::{self, OpenOptions};
use std::io::{self, Write};
use std::path::{Path, PathBuf};

use flate2::Compression;
use flate2::write::GzEncoder;

use super::record::FileName;

/// Bytes that wait in memory before they are compressed. Each such piece is a gzip member and a zstd frame of its own:
/// both formats allow several in a row, and hundreds of files can grow side by side without as many compressors.
const PIECE_BYTES: usize = 256 * 1024;
/// Files are written once and read by many, but a machine of two cores serves meanwhile: level 6 of gzip takes three
/// times as long for a tenth fewer bytes.
const GZIP_LEVEL: Compression = Compression::new(3);
const ZSTD_LEVEL: i32 = 3;

/// How a file is kept.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[allow(missing_docs, reason = "the names of the content codings")]
pub enum Encoding {
    Gzip,
    Zstd,
}

impl Encoding {
    /// Every file is kept in each.
    pub const ALL: [Self; 2] = [Self::Gzip, Self::Zstd];

    /// The content coding, as HTTP names it.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Gzip => "gzip",
            Self::Zstd => "zstd",
        }
    }

    pub(super) const fn extension(self) -> &'static str {
        match self {
            Self::Gzip => "gz",
            Self::Zstd => "zst",
        }
    }
}

/// A file under construction: it has its name only when it is whole.
#[derive(Debug)]
pub(super) struct NdjsonFile {
    directory: PathBuf,
    name: FileName,
    piece: Vec<u8>,
    n_lines: u64,
    n_bytes: u64,
    has_begun: bool,
}

/// How much was written.
#[derive(Debug, Clone, Copy)]
pub(super) struct Written {
    pub(super) n_lines: u64,
    pub(super) n_bytes: u64,
}

impl NdjsonFile {
    pub(super) fn begin(directory: &Path, name: FileName) -> Self {
        Self { directory: directory.to_owned(), name, piece: Vec::new(), n_lines: 0, n_bytes: 0, has_begun: false }
    }

    /// Adds a line.
    pub(super) fn push(&mut self, line: &[u8]) -> io::Result<()> {
        self.piece.extend_from_slice(line);
        self.piece.push(b'\n');
        self.n_lines += 1;
        if self.piece.len() >= PIECE_BYTES { self.flush() } else { Ok(()) }
    }

    /// Writes what waits and gives the file its name.
    pub(super) fn finish(mut self) -> io::Result<Written> {
        if !self.piece.is_empty() || !self.has_begun {
            self.flush()?;
        }
        for encoding in Encoding::ALL {
            let whole = self.directory.join(self.name.on_disk(encoding));
            let part = self.part(encoding);
            OpenOptions::new().append(true).open(&part)?.sync_all()?;
            fs::rename(part, whole)?;
        }
        Ok(Written { n_lines: self.n_lines, n_bytes: self.n_bytes })
    }

    fn part(&self, encoding: Encoding) -> PathBuf {
        self.directory.join(format!("{}.part", self.name.on_disk(encoding)))
    }

    fn flush(&mut self) -> io::Result<()> {
        self.n_bytes += self.piece.len() as u64;
        for encoding in Encoding::ALL {
            let compressed = compress(&self.piece, encoding)?;
            // Opened for each piece, so that hundreds of files under construction are no hundreds of open ones.
            let mut options = OpenOptions::new();
            options.create(true).write(true);
            if self.has_begun {
                options.append(true)
            } else {
                options.truncate(true)
            };
            options.open(self.part(encoding))?.write_all(&compressed)?;
        }
        self.has_begun = true;
        self.piece.clear();
        Ok(())
    }
}

fn compress(bytes: &[u8], encoding: Encoding) -> io::Result<Vec<u8>> {
    match encoding {
        Encoding::Gzip => {
            let mut encoder = GzEncoder::new(Vec::with_capacity(bytes.len() / 8), GZIP_LEVEL);
            encoder.write_all(bytes)?;
            encoder.finish()
        }
        Encoding::Zstd => zstd::bulk::compress(bytes, ZSTD_LEVEL),
    }
}

#[cfg(test)]
mod tests {
    use std::io::Read;

    use flate2::read::MultiGzDecoder;

    use super::*;

    #[test]
    fn a_file_is_the_same_in_every_encoding_and_there_only_when_it_is_whole() {
        let folder = tempfile::tempdir().expect("a folder");
        for n_lines in [0, 1, 5_000] {
            let name = FileName::of(format!("Slot-MA-{n_lines}"));
            let mut file = NdjsonFile::begin(folder.path(), name.clone());
            let line = |n: usize| format!(r#"{{"id":"{n}","comment":"{}"}}"#, "x".repeat(n % 200));
            let want: String = (0..n_lines).map(|n| line(n) + "\n").collect();
            for n in 0..n_lines {
                file.push(line(n).as_bytes()).expect("written");
            }
            let at = |encoding| folder.path().join(name.on_disk(encoding));
            assert!(!at(Encoding::Gzip).exists());
            let written = file.finish().expect("written");
            assert_eq!((written.n_lines, written.n_bytes), (n_lines as u64, want.len() as u64));
            let mut text = String::new();
            let gzip = fs::File::open(at(Encoding::Gzip)).expect("there");
            MultiGzDecoder::new(gzip).read_to_string(&mut text).expect("gzip");
            assert_eq!(text, want);
            let zstd = zstd::decode_all(fs::File::open(at(Encoding::Zstd)).expect("there")).expect("zstd");
            assert_eq!(zstd, want.as_bytes());
        }
        let parts = fs::read_dir(folder.path()).expect("read").flatten();
        assert_eq!(parts.filter(|entry| entry.path().extension().is_some_and(|end| end == "part")).count(), 0);
    }
}
