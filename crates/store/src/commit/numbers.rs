//! Numbers of resources and traits, looked up or given as they are first needed in a commit.

use openslots_model::{PublicId, ResourceKind, ResourceNumber, SlotTraits, TraitsNumber};
use rusqlite::OptionalExtension;
use rustc_hash::FxHashMap;

use super::Context;
use crate::{Error, Result};

/// Numbers of resources.
#[derive(Debug)]
pub(crate) struct ResourceNumbers {
    known: FxHashMap<PublicId, ResourceNumber>,
    /// Whether nothing of the publisher was numbered before this commit: then there is nothing to look up.
    is_first: bool,
    /// The first that this commit has given; numbers only grow.
    first_new: Option<ResourceNumber>,
}

impl ResourceNumbers {
    pub(crate) fn new(is_first: bool) -> Self {
        Self { known: FxHashMap::default(), is_first, first_new: None }
    }

    /// Whether this commit has given the number, so that nothing is kept of it yet but what the commit itself has
    /// written.
    pub(crate) fn is_new(&self, number: ResourceNumber) -> bool {
        self.first_new.is_some_and(|first| first <= number)
    }

    /// The number of a resource, which is entered without a line if it has not come yet.
    pub(crate) fn get_or_insert(
        &mut self,
        context: &Context<'_>,
        id: PublicId,
        kind: ResourceKind,
        source_id: &str,
    ) -> Result<ResourceNumber> {
        if let Some(number) = self.known.get(&id) {
            return Ok(*number);
        }
        let found = if self.is_first {
            None
        } else {
            let mut select = context.tx.prepare_cached("SELECT number FROM resource WHERE id = ?1")?;
            select.query_row([id.as_bytes()], |row| row.get(0).map(ResourceNumber)).optional()?
        };
        let number = match found {
            Some(number) => number,
            None => {
                context
                    .tx
                    .prepare_cached("INSERT INTO resource (publisher, kind, id, source_id) VALUES (?1, ?2, ?3, ?4)")?
                    .execute((context.publisher.0, kind.as_str(), id.as_bytes(), source_id))?;
                let number = u32::try_from(context.tx.last_insert_rowid()).map(ResourceNumber);
                let number =
                    number.map_err(|_| Error::damaged("more than four thousand million resources were numbered"))?;
                self.first_new.get_or_insert(number);
                number
            }
        };
        self.known.insert(id, number);
        Ok(number)
    }
}

/// Interned traits as a commit needs them.
#[derive(Debug, Clone, Copy)]
pub(crate) struct KnownTraits {
    pub(crate) number: TraitsNumber,
    /// Whether slots with these traits count as free.
    pub(crate) is_free: bool,
}

/// Numbers of traits.
#[derive(Debug, Default)]
pub(crate) struct TraitsNumbers {
    is_free: FxHashMap<u32, bool>,
    /// Those that were entered in this commit.
    pub(crate) new: Vec<TraitsNumber>,
}

impl TraitsNumbers {
    /// The number of a combination of traits, which is entered if it is new.
    pub(crate) fn get_or_insert(&mut self, context: &Context<'_>, traits: &SlotTraits) -> Result<KnownTraits> {
        let body = serde_json::to_string(traits).map_err(|source| Error::Json { what: "traits of a slot", source })?;
        let found = context
            .tx
            .prepare_cached("SELECT number FROM slot_traits WHERE body = ?1")?
            .query_row([&body], |row| row.get(0))
            .optional()?;
        let number = match found {
            Some(number) => number,
            None => {
                context.tx.prepare_cached("INSERT INTO slot_traits (body) VALUES (?1)")?.execute([&body])?;
                let number = u32::try_from(context.tx.last_insert_rowid())
                    .map_err(|_| Error::damaged("more than four thousand million traits were numbered"))?;
                self.new.push(TraitsNumber(number));
                number
            }
        };
        Ok(KnownTraits { number: TraitsNumber(number), is_free: traits.is_bookable() })
    }

    /// Whether slots with the traits of this number count as free.
    pub(crate) fn is_free(&mut self, context: &Context<'_>, number: u32) -> Result<bool> {
        if let Some(is_free) = self.is_free.get(&number) {
            return Ok(*is_free);
        }
        let body: String = context
            .tx
            .prepare_cached("SELECT body FROM slot_traits WHERE number = ?1")?
            .query_row([number], |row| row.get(0))
            .optional()?
            .ok_or_else(|| Error::damaged(format!("traits {number} are missing")))?;
        let is_free = read_traits(&body)?.is_bookable();
        self.is_free.insert(number, is_free);
        Ok(is_free)
    }
}

/// Traits as they are kept.
pub(crate) fn read_traits(body: &str) -> Result<SlotTraits> {
    serde_json::from_str(body).map_err(|source| Error::Json { what: "traits of a slot", source })
}
