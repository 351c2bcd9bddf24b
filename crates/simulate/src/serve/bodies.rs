//! The bodies of output files, made once for each generation.

use std::io::{self, Write};
use std::sync::{Mutex, PoisonError};

use bytes::Bytes;
use flate2::Compression;
use flate2::write::GzEncoder;
use openslots_model::ResourceKind;
use tokio::sync::mpsc;
use xxhash_rust::xxh3::Xxh3;

use super::ServeOptions;
use crate::SimulatedPublisher;
use crate::files::FilePlan;
use crate::write::write_file;

/// What is kept of one file.
#[derive(Debug, Default)]
pub(super) struct KeptBody(Mutex<Kept>);

#[derive(Debug, Default)]
struct Kept {
    generation: u32,
    etag: Option<String>,
    gzip: Option<Bytes>,
    plain: Option<Bytes>,
}

/// A body that is at hand.
#[derive(Debug)]
pub(super) struct ReadyBody {
    /// With its quotation marks; none if nobody asks for it.
    pub(super) etag: Option<String>,
    pub(super) content: ReadyContent,
}

/// In which form.
#[derive(Debug)]
pub(super) enum ReadyContent {
    Gzip(Bytes),
    Plain(Bytes),
    /// Nothing kept: to be made while it is sent.
    Unmade,
}

/// In which form a body is wanted.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Wanted {
    /// Only its `ETag`.
    Etag,
    Gzip,
    /// As plain bytes in memory.
    Plain,
}

impl KeptBody {
    /// What is wanted of a file, if it is kept and nobody is at work on it; never blocks.
    pub(super) fn at_hand(
        &self,
        publisher: &SimulatedPublisher,
        file: &FilePlan,
        options: &ServeOptions,
        wanted: Wanted,
    ) -> Option<ReadyBody> {
        let kept = self.0.try_lock().ok()?;
        let is_there = kept.generation == generation_of(publisher, file) && kept.has(options, wanted);
        is_there.then(|| kept.ready(wanted, None))
    }

    /// What is wanted of a file, made if it is not there yet. Blocks while it is made; others who want the same wait.
    pub(super) fn get(
        &self,
        publisher: &SimulatedPublisher,
        file: &FilePlan,
        options: &ServeOptions,
        wanted: Wanted,
    ) -> io::Result<ReadyBody> {
        let generation = generation_of(publisher, file);
        let mut kept = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        if kept.generation != generation {
            *kept = Kept { generation, ..Kept::default() };
        }
        if kept.has(options, wanted) {
            return Ok(kept.ready(wanted, None));
        }
        let mut maker = Maker::new(options, wanted);
        write_file(publisher.blueprint(), file, generation, &mut maker)?;
        let made = maker.finish()?;
        kept.etag = made.etag.or(kept.etag.take());
        kept.gzip = made.gzip.or(kept.gzip.take());
        if options.cache_plain {
            kept.plain = made.plain.clone().or(kept.plain.take());
        }
        Ok(kept.ready(wanted, made.plain))
    }
}

/// The generation that a file's bytes depend on: only slots change from one to the next.
fn generation_of(publisher: &SimulatedPublisher, file: &FilePlan) -> u32 {
    if file.kind() == Some(ResourceKind::Slot) { publisher.generation() } else { 0 }
}

impl Kept {
    fn has(&self, options: &ServeOptions, wanted: Wanted) -> bool {
        let has_etag = !options.etags || self.etag.is_some();
        has_etag
            && match wanted {
                Wanted::Etag => true,
                Wanted::Gzip => self.gzip.is_some(),
                Wanted::Plain => self.plain.is_some(),
            }
    }

    /// The body as kept, or plain as it was made just now.
    fn ready(&self, wanted: Wanted, made_plain: Option<Bytes>) -> ReadyBody {
        let content = match wanted {
            Wanted::Gzip => self.gzip.clone().map(ReadyContent::Gzip),
            Wanted::Plain => self.plain.clone().or(made_plain).map(ReadyContent::Plain),
            Wanted::Etag => None,
        };
        ReadyBody { etag: self.etag.clone(), content: content.unwrap_or(ReadyContent::Unmade) }
    }
}

/// Takes the bytes of a file once, for its tag and its body.
struct Maker {
    hasher: Option<Xxh3>,
    gzip: Option<GzEncoder<Vec<u8>>>,
    plain: Option<Vec<u8>>,
}

struct Made {
    etag: Option<String>,
    gzip: Option<Bytes>,
    plain: Option<Bytes>,
}

impl Maker {
    fn new(options: &ServeOptions, wanted: Wanted) -> Self {
        let level = Compression::new(options.gzip_level.clamp(1, 9));
        Self {
            hasher: options.etags.then(Xxh3::new),
            gzip: (wanted == Wanted::Gzip).then(|| GzEncoder::new(Vec::new(), level)),
            plain: (wanted == Wanted::Plain).then(Vec::new),
        }
    }

    fn finish(self) -> io::Result<Made> {
        let shrunk = |mut bytes: Vec<u8>| {
            bytes.shrink_to_fit();
            Bytes::from(bytes)
        };
        Ok(Made {
            etag: self.hasher.map(|hasher| etag(hasher.digest())),
            gzip: self.gzip.map(GzEncoder::finish).transpose()?.map(shrunk),
            plain: self.plain.map(shrunk),
        })
    }
}

impl Write for Maker {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        if let Some(hasher) = &mut self.hasher {
            hasher.update(bytes);
        }
        if let Some(gzip) = &mut self.gzip {
            gzip.write_all(bytes)?;
        }
        if let Some(plain) = &mut self.plain {
            plain.extend_from_slice(bytes);
        }
        Ok(bytes.len())
    }

    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
}

/// The tag of a body with that hash.
pub(super) fn etag(hash: u64) -> String {
    format!("\"{hash:016x}\"")
}

/// Hands pieces of a body over to the task that sends them; fails when that task has gone.
pub(super) struct PieceWriter(pub(super) mpsc::Sender<Bytes>);

impl Write for PieceWriter {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        let gone = |_| io::Error::from(io::ErrorKind::BrokenPipe);
        self.0.blocking_send(Bytes::copy_from_slice(bytes)).map_err(gone)?;
        Ok(bytes.len())
    }

    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
}
