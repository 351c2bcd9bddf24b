//! Blocks: up to 64 source lines, compressed together.
//!
//! Among its neighbours a line of half a kilobyte takes some 30 bytes, and a block is small enough that one line is read in
//! some ten microseconds. Uncompressed it is the number of lines, the length of each, then their
//! bytes one after the other. A line that is no longer held may be blank: it keeps its place and its length is 0.

use std::num::NonZeroUsize;
use std::sync::Arc;

use lru::LruCache;
use zstd::bulk::{Compressor, Decompressor};
use zstd::zstd_safe::CParameter;

use crate::codec::{Decoder, put_varint};
use crate::pool::Pool;
use crate::shards::Shards;
use crate::{Error, Result};

/// Lines in a block: a line's locator is `block * 64 + index`.
pub(crate) const LINES_PER_BLOCK: u64 = 64;
/// A block is closed before a line that would bring it over this; a longer line has a block of its own.
const MAX_BLOCK_BYTES: usize = 64 * 1024;
/// With [`DICTIONARY`] level 1 of zstd packs tighter than levels 2 and 3 in less time: 30.1 bytes a synthetic slot line and
/// 9.6 a real one in blocks of 64, against 31.9 and 9.4, 31.4 and 9.2; level -1 takes half as many bytes more.
const LINES_LEVEL: i32 = 1;
/// The table of what was seen has 1,024 entries: it is copied from the dictionary's for every block, and with the 8,192 of
/// the level that takes a seventh of the time, for nothing (36.8 bytes a synthetic line instead of 36.9, 10.3 instead of
/// 10.4 a real one).
const LINES_HASH_LOG: u32 = 10;
/// All else is less, and gains more by it: provider locations 6 %, history 3 %.
const LEVEL: i32 = 3;
/// What all that is compressed is told to begin with: made-up lines as publishers write them, and provider locations.
///
/// Without it a slot line takes 34.0 bytes in a block of 64 lines, 62 in one of ten (30.1 and 42 with it), and a provider
/// location 827 (460). What was compressed with it cannot be read without it, so it never changes.
const DICTIONARY: &[u8] = include_bytes!("dictionary.ndjson");
/// No block is larger when read: far above any line that a crawl accepts.
const MAX_READ_BYTES: u64 = 1 << 30;

/// The block of a locator, and the line's index in it.
pub(crate) const fn split_locator(locator: u64) -> (u64, usize) {
    (locator / LINES_PER_BLOCK, (locator % LINES_PER_BLOCK) as usize)
}

/// What a page of the database has room for, and what a block takes there beside its bytes (SQLite's file format,
/// section 1.6).
const PAGE_ROOM_BYTES: usize = 8_184;
const CELL_BYTES: usize = 11;

/// Lines on their way into a block.
#[derive(Debug, Default)]
pub(crate) struct BlockBuilder {
    lengths: Vec<u32>,
    bytes: Vec<u8>,
    /// Memory for the block as it is compressed.
    raw: Vec<u8>,
    /// A block is also closed before a line that would bring it over this, as the block before it told.
    aim_bytes: Option<usize>,
}

/// How many bytes to compress at once so that blocks fill pages, going by a block that was compressed; `None`: 64 lines
/// do so.
///
/// Blocks stand whole on pages of eight kilobytes. Of those that take a little more than a quarter of one only three
/// fit, and a fifth of the file is holes.
///
/// A block that was aimed is shorter and packs less tightly: to go by it alone would swing to and fro (`is_aimed`).
fn aim(n_lines: usize, raw_bytes: usize, packed_bytes: usize, is_aimed: bool) -> Option<usize> {
    let whole_bytes = packed_bytes * LINES_PER_BLOCK as usize / n_lines.max(1) + CELL_BYTES;
    let is_hole_small = PAGE_ROOM_BYTES >= whole_bytes && PAGE_ROOM_BYTES % whole_bytes < PAGE_ROOM_BYTES / 20;
    if is_hole_small && !is_aimed {
        return None;
    }
    let n_on_page = PAGE_ROOM_BYTES.div_ceil(whole_bytes);
    // Blocks differ: aimed a little lower, most pages come out as meant.
    let room_bytes = (PAGE_ROOM_BYTES / n_on_page).saturating_sub(CELL_BYTES) * 97 / 100;
    Some(raw_bytes * room_bytes / packed_bytes.max(1))
}

impl BlockBuilder {
    pub(crate) const fn n_lines(&self) -> usize {
        self.lengths.len()
    }

    pub(crate) const fn n_bytes(&self) -> usize {
        self.bytes.len()
    }

    /// Whether a line of `n_bytes` must go into the next block.
    pub(crate) const fn is_full_for(&self, n_bytes: usize) -> bool {
        let n_lines = self.lengths.len();
        let most_bytes = match self.aim_bytes {
            Some(aim_bytes) if aim_bytes < MAX_BLOCK_BYTES => aim_bytes,
            _ => MAX_BLOCK_BYTES,
        };
        n_lines as u64 == LINES_PER_BLOCK || (n_lines > 0 && self.bytes.len() + n_bytes > most_bytes)
    }

    pub(crate) fn push(&mut self, line: &[u8]) {
        self.lengths.push(line.len() as u32);
        self.bytes.extend_from_slice(line);
    }

    /// The compressed block; the builder is empty again.
    pub(crate) fn finish(&mut self, codec: &BlockCodec) -> Result<Vec<u8>> {
        self.raw.clear();
        self.raw.reserve(1 + 3 * self.lengths.len() + self.bytes.len());
        put_varint(&mut self.raw, self.lengths.len() as u64);
        for length in &self.lengths {
            put_varint(&mut self.raw, u64::from(*length));
        }
        self.raw.extend_from_slice(&self.bytes);
        let packed = codec.compress_lines(&self.raw)?;
        self.aim_bytes = aim(self.lengths.len(), self.bytes.len(), packed.len(), self.aim_bytes.is_some());
        self.lengths.clear();
        self.bytes.clear();
        Ok(packed)
    }
}

/// A block that was read.
#[derive(Debug)]
pub(crate) struct Block {
    raw: Vec<u8>,
    /// Where the bytes of each line begin in `raw`, and where the last one ends.
    bounds: Vec<u32>,
}

impl Block {
    fn new(raw: Vec<u8>) -> Result<Self> {
        let mut decoder = Decoder::new(&raw, "a block of lines");
        let n_lines = decoder.varint()?;
        if n_lines > LINES_PER_BLOCK {
            return Err(decoder.damaged());
        }
        let lengths = (0..n_lines).map(|_| decoder.varint()).collect::<Result<Vec<_>>>()?;
        let n_bytes: u64 = lengths.iter().sum();
        let Some(mut bound) = (raw.len() as u64).checked_sub(n_bytes) else { return Err(decoder.damaged()) };
        let mut bounds = vec![bound as u32];
        for length in lengths {
            bound += length;
            bounds.push(bound as u32);
        }
        Ok(Self { raw, bounds })
    }

    pub(crate) const fn n_lines(&self) -> usize {
        self.bounds.len() - 1
    }

    /// The bytes of a line; empty where it is blank or there is none.
    pub(crate) fn line(&self, index: usize) -> &[u8] {
        match (self.bounds.get(index), self.bounds.get(index + 1)) {
            (Some(begin), Some(end)) => &self.raw[*begin as usize..*end as usize],
            _ => &[],
        }
    }

    /// The text of a line that must be there.
    pub(crate) fn text(&self, index: usize) -> Result<&str> {
        match std::str::from_utf8(self.line(index)) {
            Ok("") | Err(_) => Err(Error::damaged(format!("line {index} of a block is no text"))),
            Ok(text) => Ok(text),
        }
    }

    /// The block again with only the lines whose bit is set; the others blank.
    pub(crate) fn with_only(&self, live: u64, codec: &BlockCodec) -> Result<Vec<u8>> {
        let mut builder = BlockBuilder::default();
        for index in 0..self.n_lines() {
            let is_live = live >> index & 1 == 1;
            builder.push(if is_live { self.line(index) } else { &[] });
        }
        builder.finish(codec)
    }
}

/// Compression with reused contexts, shared by all threads.
#[derive(Debug, Default)]
pub(crate) struct BlockCodec {
    compressors: Pool<Compressor<'static>>,
    line_compressors: Pool<Compressor<'static>>,
    decompressors: Pool<Decompressor<'static>>,
}

impl BlockCodec {
    /// Compresses any bytes.
    pub(crate) fn compress(&self, raw: &[u8]) -> Result<Vec<u8>> {
        let mut compressor = self.compressors.take_or(|| compressor(LEVEL, None).map_err(Error::Staging))?;
        compressor.compress(raw).map_err(Error::Staging)
    }

    /// Compresses a block of lines.
    fn compress_lines(&self, raw: &[u8]) -> Result<Vec<u8>> {
        let new = || compressor(LINES_LEVEL, Some(LINES_HASH_LOG)).map_err(Error::Staging);
        let mut compressor = self.line_compressors.take_or(new)?;
        compressor.compress(raw).map_err(Error::Staging)
    }

    /// Gives back what was compressed.
    pub(crate) fn decompress(&self, data: &[u8]) -> Result<Vec<u8>> {
        let damaged = || Error::damaged("compressed bytes cannot be read");
        let n_bytes = match zstd::zstd_safe::get_frame_content_size(data) {
            Ok(Some(n_bytes)) if n_bytes <= MAX_READ_BYTES => n_bytes as usize,
            _ => return Err(damaged()),
        };
        let mut decompressor =
            self.decompressors.take_or(|| Decompressor::with_dictionary(DICTIONARY).map_err(Error::Staging))?;
        decompressor.decompress(data, n_bytes).map_err(|_| damaged())
    }

    pub(crate) fn read_block(&self, data: &[u8]) -> Result<Block> {
        Block::new(self.decompress(data)?)
    }
}

fn compressor(level: i32, hash_log: Option<u32>) -> std::io::Result<Compressor<'static>> {
    let mut compressor = Compressor::with_dictionary(level, DICTIONARY)?;
    if let Some(hash_log) = hash_log {
        compressor.set_parameter(CParameter::HashLog(hash_log))?;
    }
    Ok(compressor)
}

/// Blocks kept in each shard: 8 x 16 blocks of some 30 kB.
const BLOCKS_PER_SHARD: NonZeroUsize = NonZeroUsize::new(16).expect("not zero");

/// Blocks that were read lately.
///
/// Numbers of blocks are never used twice and a line never changes, so an entry is never wrong: where the block was
/// rewritten since, it merely still holds lines that nobody asks for any more.
#[derive(Debug)]
pub(crate) struct BlockCache(Shards<LruCache<u64, Arc<Block>>>);

impl Default for BlockCache {
    fn default() -> Self {
        Self(Shards::new(|| LruCache::new(BLOCKS_PER_SHARD)))
    }
}

impl BlockCache {
    /// The block, from the cache or else through `read`.
    pub(crate) fn get_or_read(&self, id: u64, read: impl FnOnce() -> Result<Block>) -> Result<Arc<Block>> {
        if let Some(block) = self.0.of(id).get(&id) {
            return Ok(Arc::clone(block));
        }
        let block = Arc::new(read()?);
        self.0.of(id).put(id, Arc::clone(&block));
        Ok(block)
    }

    /// Forgets all.
    pub(crate) fn clear(&self) {
        self.0.each().for_each(|mut blocks| blocks.clear());
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn built(lines: &[Vec<u8>]) -> Block {
        let codec = BlockCodec::default();
        let mut builder = BlockBuilder::default();
        for line in lines {
            builder.push(line);
        }
        codec.read_block(&builder.finish(&codec).unwrap()).unwrap()
    }

    #[test]
    fn a_block_is_full_at_64_lines_or_64_kib() {
        let mut builder = BlockBuilder::default();
        assert!(!builder.is_full_for(1_000_000), "a long line has a block of its own");
        builder.push(&vec![b'x'; 60_000]);
        assert!(builder.is_full_for(6_000));
        assert!(!builder.is_full_for(5_000));
        let mut builder = BlockBuilder::default();
        for _ in 0..64 {
            assert!(!builder.is_full_for(1));
            builder.push(b"{}");
        }
        assert!(builder.is_full_for(1));
    }

    #[test]
    fn the_dictionary_is_the_one_that_databases_were_written_with() {
        let same = xxhash_rust::xxh3::xxh3_64(DICTIONARY);
        assert_eq!(
            same, 0x087b_af2d_7727_7d27,
            "all that is kept was written with it: another one needs a new name beside it"
        );
    }

    #[test]
    fn what_was_compressed_without_a_dictionary_is_read() {
        let plain = zstd::bulk::compress(DICTIONARY, 2).unwrap();
        assert_eq!(BlockCodec::default().decompress(&plain).unwrap(), DICTIONARY);
    }

    #[test]
    fn a_line_as_publishers_write_them_takes_few_bytes() {
        let line = br#"{"resourceType":"Slot","id":"7","schedule":{"reference":"Schedule/3"},"status":"free","start":"2031-05-06T15:00:00Z","end":"2031-05-06T15:30:00Z"}"#;
        let n_bytes = BlockCodec::default().compress(line).unwrap().len();
        assert!(n_bytes * 3 < line.len(), "{n_bytes} of {} bytes", line.len());
    }

    /// The share of pages that is holes, where blocks come one after the other.
    fn hole_percent(sizes: &[usize]) -> usize {
        let (mut n_pages, mut left) = (0, 0);
        for size in sizes {
            if *size + CELL_BYTES > left {
                (n_pages, left) = (n_pages + 1, PAGE_ROOM_BYTES);
            }
            left -= *size + CELL_BYTES;
        }
        let n_bytes: usize = sizes.iter().map(|size| size + CELL_BYTES).sum();
        100 - n_bytes * 100 / (n_pages * PAGE_ROOM_BYTES)
    }

    #[test]
    fn blocks_fill_pages_whatever_their_lines_take() {
        let codec = BlockCodec::default();
        let mut seed = 7u64;
        let mut noise = |n_digits: usize| -> String {
            let mut digits = String::new();
            while digits.len() < n_digits {
                seed = xxhash_rust::xxh3::xxh3_64(&seed.to_le_bytes());
                digits.push_str(&format!("{seed:016x}"));
            }
            digits[..n_digits].to_owned()
        };
        for n_digits in [8, 24, 40, 56, 64, 72, 90, 120, 150, 200, 240] {
            let (mut builder, mut sizes) = (BlockBuilder::default(), Vec::new());
            while sizes.len() < 200 {
                let line = format!(r#"{{"resourceType":"Slot","id":"{}","status":"free"}}"#, noise(n_digits));
                if builder.is_full_for(line.len()) {
                    sizes.push(builder.finish(&codec).unwrap().len());
                }
                builder.push(line.as_bytes());
            }
            // The first block has none before it to go by.
            let percent = hole_percent(&sizes[1..]);
            assert!(percent <= 12, "{n_digits} digits of noise: {percent} % holes");
        }
    }

    #[test]
    fn bytes_that_are_no_block_are_an_error() {
        let codec = BlockCodec::default();
        for bad in [&b""[..], b"nothing", &codec.compress(&[200]).unwrap(), &codec.compress(&[2, 9, 9, 1]).unwrap()] {
            assert!(codec.read_block(bad).is_err());
        }
    }

    proptest! {
        #[test]
        fn lines_survive_being_packed(lines in proptest::collection::vec(proptest::collection::vec(any::<u8>(), 1..300), 1..64)) {
            let block = built(&lines);
            prop_assert_eq!(block.n_lines(), lines.len());
            for (index, line) in lines.iter().enumerate() {
                prop_assert_eq!(block.line(index), line.as_slice());
            }
            prop_assert_eq!(block.line(lines.len()), b"");
        }

        #[test]
        fn dead_lines_become_blank_and_the_others_stay(live in any::<u64>()) {
            let codec = BlockCodec::default();
            let lines: Vec<Vec<u8>> = (0..64).map(|index| format!("line {index}").into_bytes()).collect();
            let block = codec.read_block(&built(&lines).with_only(live, &codec).unwrap()).unwrap();
            for (index, line) in lines.iter().enumerate() {
                let want = if live >> index & 1 == 1 { line.as_slice() } else { b"" };
                prop_assert_eq!(block.line(index), want);
            }
        }
    }
}
