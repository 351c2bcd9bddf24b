//! Kept lines, by their locators.

use std::sync::Arc;

use openslots_model::{ResourceNumber, SlotRow};
use rusqlite::{Connection, OptionalExtension};

use crate::block::{Block, BlockCache, BlockCodec, split_locator};
use crate::columns::blob;
use crate::{Error, Result};

/// What is left of a block that has lost lines.
const SELECT_REST: &str = "SELECT r.data FROM line_block b JOIN line_block_rest r ON r.number = b.rest WHERE b.id = ?1";

/// Reads kept lines through a cache of blocks.
#[derive(Debug, Clone, Copy)]
pub(crate) struct LineReader<'a> {
    pub(crate) conn: &'a Connection,
    pub(crate) codec: &'a BlockCodec,
    pub(crate) blocks: &'a BlockCache,
}

impl LineReader<'_> {
    /// The block of that number; that it is there is the caller's knowledge.
    pub(crate) fn block(&self, id: u64) -> Result<Arc<Block>> {
        self.blocks.get_or_read(id, || {
            match self.stored_block("SELECT data FROM line_block_data WHERE id = ?1", id)? {
                Some(block) => Ok(block),
                None => {
                    let rest = self.stored_block(SELECT_REST, id)?;
                    rest.ok_or_else(|| Error::damaged(format!("block {id} is missing")))
                }
            }
        })
    }

    fn stored_block(&self, sql: &str, id: u64) -> Result<Option<Block>> {
        let mut statement = self.conn.prepare_cached(sql)?;
        let mut rows = statement.query([id as i64])?;
        let Some(row) = rows.next()? else { return Ok(None) };
        self.codec.read_block(blob(row, 0)?).map(Some)
    }

    /// The text of the line at a locator; that it is held is the caller's knowledge.
    pub(crate) fn text(&self, locator: u64) -> Result<String> {
        let (block, index) = split_locator(locator);
        Ok(self.block(block)?.text(index)?.to_owned())
    }

    /// The locator of a resource's line; `None`: it is not held.
    pub(crate) fn locator(&self, resource: ResourceNumber) -> Result<Option<u64>> {
        let mut statement = self.conn.prepare_cached("SELECT line FROM resource WHERE number = ?1")?;
        let line: Option<Option<i64>> = statement.query_row([resource.0], |row| row.get(0)).optional()?;
        Ok(line.flatten().map(|line| line as u64))
    }

    /// The text of a slot.
    pub(crate) fn slot(&self, row: SlotRow) -> Result<String> {
        self.text(row.0)
    }
}
