//! The bytes of a body, decompressed, with caps; on a blocking thread.
//!
//! How a body is compressed is told by its first bytes, not by its headers: some publishers send gzip without saying
//! so, some say so and do not, and a `.gz` file behind a compressing server is packed twice.

use std::cell::Cell;
use std::io::{self, BufRead, BufReader, Cursor, Read};
use std::rc::Rc;

use bytes::{Buf, Bytes};
use flate2::bufread::MultiGzDecoder;
use tokio::sync::mpsc;
use xxhash_rust::xxh3::Xxh3Default;

use crate::limits::CrawlLimits;

/// The ratio of expansion is not looked at before a body has this many bytes.
const EXPANSION_GRACE_BYTES: u64 = 32 << 20;
/// Compression inside compression, at most.
const MAX_LAYERS: usize = 2;
/// Decompressed bytes are handed on in pieces of this size.
const PIECE_BYTES: usize = 64 * 1024;
/// Windows of zstd up to 8 MiB, as RFC 9659 has it for HTTP.
const ZSTD_WINDOW_LOG_MAX: u32 = 23;

const GZIP_MAGIC: [u8; 2] = [0x1f, 0x8b];
const ZSTD_MAGIC: [u8; 4] = [0x28, 0xb5, 0x2f, 0xfd];

/// A piece of a body on its way to the blocking thread. A channel that closes without an end was given up.
#[derive(Debug)]
pub(crate) enum Part {
    Bytes(Bytes),
    End,
}

/// Why a body cannot be read to its end.
#[derive(Debug, thiserror::Error)]
pub(crate) enum BodyError {
    #[error("its compressed body is cut off or damaged: {0}")]
    Damaged(io::Error),
    #[error("is encoded as `{0}`, which was not asked for and cannot be read")]
    Encoding(String),
    #[error("is larger than the limit of {0} bytes")]
    TooLarge(u64),
    #[error("expands to more than {0} times its size, which is more than the limit")]
    Bomb(u64),
    #[error("was given up")]
    GivenUp,
}

/// What was found of a body that was read to its end.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct BodyEnd {
    /// xxh3-64 of the decompressed body.
    pub(crate) hash: u64,
    /// Whether all of it was read; else the visitor had enough.
    pub(crate) is_whole: bool,
}

/// Caps on a body.
#[derive(Debug, Clone, Copy)]
pub(crate) struct BodyCaps {
    pub(crate) max_bytes: u64,
    pub(crate) max_expansion: u64,
}

impl BodyCaps {
    pub(crate) fn of_file(limits: &CrawlLimits) -> Self {
        Self { max_bytes: limits.max_file_bytes, max_expansion: limits.max_expansion }
    }
}

/// The wire's end of a body, as a reader that blocks.
struct WireReader {
    parts: mpsc::Receiver<Part>,
    current: Bytes,
    is_ended: bool,
    n_wire: Rc<Cell<u64>>,
}

impl BufRead for WireReader {
    fn fill_buf(&mut self) -> io::Result<&[u8]> {
        while self.current.is_empty() && !self.is_ended {
            match self.parts.blocking_recv() {
                Some(Part::Bytes(bytes)) => {
                    self.n_wire.set(self.n_wire.get() + bytes.len() as u64);
                    self.current = bytes;
                }
                Some(Part::End) => self.is_ended = true,
                None => return Err(io::Error::from(io::ErrorKind::ConnectionAborted)),
            }
        }
        Ok(&self.current)
    }

    fn consume(&mut self, n_bytes: usize) {
        self.current.advance(n_bytes);
    }
}

impl Read for WireReader {
    fn read(&mut self, into: &mut [u8]) -> io::Result<usize> {
        let n_bytes = self.fill_buf()?.read(into)?;
        self.consume(n_bytes);
        Ok(n_bytes)
    }
}

/// Reads a body that comes through a channel; `visit` sees its decompressed bytes and says whether to go on.
pub(crate) fn read_parts(
    parts: mpsc::Receiver<Part>,
    encoding: Option<&str>,
    caps: BodyCaps,
    visit: impl FnMut(&[u8]) -> bool,
) -> Result<BodyEnd, BodyError> {
    let n_wire = Rc::new(Cell::new(0));
    let wire = WireReader { parts, current: Bytes::new(), is_ended: false, n_wire: Rc::clone(&n_wire) };
    read(Box::new(wire), &n_wire, encoding, caps, visit)
}

/// How a body is packed, by its first bytes.
pub(crate) fn packing_of(wire: &[u8]) -> Option<&'static str> {
    if wire.starts_with(&GZIP_MAGIC) {
        Some("gzip")
    } else if wire.starts_with(&ZSTD_MAGIC) {
        Some("zstd")
    } else {
        None
    }
}

/// Reads a body that is held whole.
pub(crate) fn read_whole(wire: Vec<u8>, encoding: Option<&str>, caps: BodyCaps) -> Result<Vec<u8>, BodyError> {
    let n_wire = Cell::new(wire.len() as u64);
    let mut plain = Vec::new();
    read(Box::new(Cursor::new(wire)), &n_wire, encoding, caps, |piece| {
        plain.extend_from_slice(piece);
        true
    })?;
    Ok(plain)
}

fn read(
    wire: Box<dyn BufRead>,
    n_wire: &Cell<u64>,
    encoding: Option<&str>,
    caps: BodyCaps,
    mut visit: impl FnMut(&[u8]) -> bool,
) -> Result<BodyEnd, BodyError> {
    let mut reader = unpack(wire, encoding)?;
    let mut hasher = Xxh3Default::new();
    let mut n_plain = 0;
    loop {
        let piece = reader.fill_buf().map_err(of_io)?;
        if piece.is_empty() {
            return Ok(BodyEnd { hash: hasher.digest(), is_whole: true });
        }
        let n_bytes = piece.len();
        n_plain += n_bytes as u64;
        if n_plain > caps.max_bytes {
            return Err(BodyError::TooLarge(caps.max_bytes));
        }
        if n_plain > EXPANSION_GRACE_BYTES && n_plain / caps.max_expansion.max(1) > n_wire.get() {
            return Err(BodyError::Bomb(caps.max_expansion));
        }
        hasher.update(piece);
        if !visit(piece) {
            return Ok(BodyEnd { hash: hasher.digest(), is_whole: false });
        }
        reader.consume(n_bytes);
    }
}

fn of_io(error: io::Error) -> BodyError {
    if error.kind() == io::ErrorKind::ConnectionAborted { BodyError::GivenUp } else { BodyError::Damaged(error) }
}

/// Takes the layers of compression off.
fn unpack(wire: Box<dyn BufRead>, encoding: Option<&str>) -> Result<Box<dyn BufRead>, BodyError> {
    let mut reader = wire;
    for layer in 0..=MAX_LAYERS {
        let mut first = Vec::with_capacity(ZSTD_MAGIC.len());
        (&mut reader).take(ZSTD_MAGIC.len() as u64).read_to_end(&mut first).map_err(of_io)?;
        let (is_gzip, is_zstd) = (first.starts_with(&GZIP_MAGIC), first.starts_with(&ZSTD_MAGIC));
        if layer == 0
            && !(is_gzip || is_zstd || may_be_text(&first))
            && let Some(encoding) = encoding.filter(|encoding| !is_known_encoding(encoding))
        {
            return Err(BodyError::Encoding(encoding.to_owned()));
        }
        let again = Read::chain(Cursor::new(first), reader);
        reader = if is_gzip && layer < MAX_LAYERS {
            Box::new(BufReader::with_capacity(PIECE_BYTES, MultiGzDecoder::new(again)))
        } else if is_zstd && layer < MAX_LAYERS {
            let mut decoder = zstd::Decoder::with_buffer(again).map_err(BodyError::Damaged)?;
            decoder.window_log_max(ZSTD_WINDOW_LOG_MAX).map_err(BodyError::Damaged)?;
            Box::new(BufReader::with_capacity(PIECE_BYTES, decoder))
        } else {
            return Ok(Box::new(again));
        };
    }
    Ok(reader)
}

fn may_be_text(first: &[u8]) -> bool {
    first.first().is_none_or(|byte| matches!(byte, b'{' | b'[' | b'<' | b'"' | b' ' | b'\t' | b'\r' | b'\n' | 0xef))
}

fn is_known_encoding(encoding: &str) -> bool {
    encoding
        .split(',')
        .all(|name| matches!(name.trim().to_ascii_lowercase().as_str(), "" | "identity" | "gzip" | "x-gzip" | "zstd"))
}

#[cfg(test)]
mod tests {
    use std::io::Write;

    use proptest::prelude::*;

    use super::*;

    const CAPS: BodyCaps = BodyCaps { max_bytes: 1 << 20, max_expansion: 200 };

    fn gzip(bytes: &[u8]) -> Vec<u8> {
        let mut encoder = flate2::write::GzEncoder::new(vec![], flate2::Compression::fast());
        encoder.write_all(bytes).expect("writing to memory works");
        encoder.finish().expect("writing to memory works")
    }

    /// Reads a body that comes in pieces of this size.
    fn read_in_pieces(wire: &[u8], n_bytes: usize) -> Result<(Vec<u8>, BodyEnd), BodyError> {
        let (sender, parts) = mpsc::channel(wire.len() + 1);
        for piece in wire.chunks(n_bytes) {
            sender.try_send(Part::Bytes(Bytes::copy_from_slice(piece))).expect("there is room");
        }
        sender.try_send(Part::End).expect("there is room");
        let mut plain = vec![];
        let end = read_parts(parts, None, CAPS, |piece| {
            plain.extend_from_slice(piece);
            true
        })?;
        Ok((plain, end))
    }

    #[test]
    fn a_body_that_is_given_up_has_no_end() {
        let (sender, parts) = mpsc::channel(1);
        sender.try_send(Part::Bytes(Bytes::from_static(b"{}\n"))).expect("there is room");
        drop(sender);
        assert!(matches!(read_parts(parts, None, CAPS, |_| true), Err(BodyError::GivenUp)));
    }

    proptest! {
        #[test]
        fn a_body_is_the_same_in_every_packing(plain in prop::collection::vec(any::<u8>(), 0..3_000), n_bytes in 1usize..999) {
            // Bytes that look packed are unpacked, as they should be.
            prop_assume!(!plain.starts_with(&GZIP_MAGIC) && !plain.starts_with(&ZSTD_MAGIC));
            let hash = xxhash_rust::xxh3::xxh3_64(&plain);
            let zstd = zstd::encode_all(plain.as_slice(), 1).expect("packing works");
            for wire in [plain.clone(), gzip(&plain), zstd.clone(), gzip(&zstd)] {
                let (read, end) = read_in_pieces(&wire, n_bytes).expect("readable");
                prop_assert_eq!(&read, &plain);
                prop_assert_eq!(end, BodyEnd { hash, is_whole: true });
            }
        }

        #[test]
        fn a_cut_body_is_noticed_and_nothing_panics(
            plain in prop::collection::vec(any::<u8>(), 1..2_000), cut in 0usize..2_000, noise in any::<[u8; 12]>(),
        ) {
            for packed in [gzip(&plain), zstd::encode_all(plain.as_slice(), 1).expect("packing works")] {
                let cut = 4 + cut % (packed.len() - 4);
                prop_assert!(read_in_pieces(&packed[..cut], 64).is_err());
                read_in_pieces(&[&packed[..cut], &noise].concat(), 64).ok();
            }
        }
    }
}
