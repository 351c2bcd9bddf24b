//! Blocks of lines: new ones come in, lines die, and a block of which more than a quarter is dead is rewritten.

use std::collections::BTreeMap;

use rusqlite::{Connection, OptionalExtension};

use super::Context;
use crate::block::{BlockCodec, LINES_PER_BLOCK, split_locator};
use crate::{Error, Result};

/// The number that the next block gets.
pub(crate) fn next_block(tx: &Connection) -> Result<u64> {
    let last: Option<i64> =
        tx.query_row("SELECT seq FROM sqlite_sequence WHERE name = 'line_block'", [], |row| row.get(0)).optional()?;
    Ok(last.unwrap_or(0) as u64 + 1)
}

/// Keeps a block of which the lines with a set bit are live; the others came with it and are not wanted.
pub(crate) fn insert_block(
    tx: &Connection,
    codec: &BlockCodec,
    id: u64,
    n_lines: u32,
    live: u64,
    data: &[u8],
) -> Result<()> {
    let rewritten;
    let (n_lines, data) = if is_sparse(n_lines, live) {
        rewritten = codec.read_block(data)?.with_only(live, codec)?;
        (live.count_ones(), rewritten.as_slice())
    } else {
        (n_lines, data)
    };
    tx.prepare_cached("INSERT INTO line_block (id, n_lines, live) VALUES (?1, ?2, ?3)")?.execute((
        id as i64,
        n_lines,
        live as i64,
    ))?;
    tx.prepare_cached("INSERT INTO line_block_data (id, data) VALUES (?1, ?2)")?.execute((id as i64, data))?;
    Ok(())
}

/// Whether more than a quarter of a block's lines is dead.
const fn is_sparse(n_lines: u32, live: u64) -> bool {
    live.count_ones() * 4 < n_lines * 3
}

/// Lines that are no longer held.
#[derive(Debug, Default)]
pub(crate) struct DeadLines(BTreeMap<u64, u64>);

impl DeadLines {
    /// The line at this locator dies.
    pub(crate) fn add(&mut self, locator: u64) {
        let (block, index) = split_locator(locator);
        *self.0.entry(block).or_default() |= 1 << index;
    }

    /// The lines at these locators die.
    pub(crate) fn extend(&mut self, locators: impl IntoIterator<Item = u64>) {
        locators.into_iter().for_each(|locator| self.add(locator));
    }

    /// Buries them all: their bits are cleared; empty blocks are removed, and what is left of sparse ones is written
    /// anew, to where no hole remains.
    pub(crate) fn bury(self, context: &Context<'_>) -> Result<()> {
        let tx = context.tx;
        for (id, dead) in self.0 {
            let key = id as i64;
            let (n_lines, live, rest): (u32, i64, Option<i64>) = tx
                .prepare_cached("SELECT n_lines, live, rest FROM line_block WHERE id = ?1")?
                .query_row([key], |row| Ok((row.get(0)?, row.get(1)?, row.get(2)?)))
                .optional()?
                .ok_or_else(|| Error::damaged(format!("block {id} is missing")))?;
            let live = live as u64 & !dead;
            if live == 0 {
                remove_data(tx, key, rest)?;
                tx.prepare_cached("DELETE FROM line_block WHERE id = ?1")?.execute([key])?;
            } else if is_sparse(n_lines, live) {
                let data = context.lines().block(id)?.with_only(live, context.codec)?;
                remove_data(tx, key, rest)?;
                tx.prepare_cached("INSERT INTO line_block_rest (data) VALUES (?1)")?.execute([data])?;
                let rest = tx.last_insert_rowid();
                tx.prepare_cached("UPDATE line_block SET n_lines = ?2, live = ?3, rest = ?4 WHERE id = ?1")?
                    .execute((key, live.count_ones(), live as i64, rest))?;
            } else {
                tx.prepare_cached("UPDATE line_block SET live = ?2 WHERE id = ?1")?.execute((key, live as i64))?;
            }
        }
        Ok(())
    }
}

fn remove_data(tx: &Connection, key: i64, rest: Option<i64>) -> Result<()> {
    match rest {
        None => tx.prepare_cached("DELETE FROM line_block_data WHERE id = ?1")?.execute([key])?,
        Some(rest) => tx.prepare_cached("DELETE FROM line_block_rest WHERE number = ?1")?.execute([rest])?,
    };
    Ok(())
}

/// The locator of the line with this ordinal, where the run's first block gets the number `first_block`.
pub(crate) const fn locator(first_block: u64, ordinal: u32) -> u64 {
    first_block * LINES_PER_BLOCK + ordinal as u64
}
