//! Old keys of provider locations: each leads to the one that has its schedules now.
//!
//! A key is made of provider and place, so it changes where a join does: a role that came late brings its place with it,
//! a schedule gets another actor. Bookmarks hold the old one.

use std::collections::BTreeMap;

use openslots_model::{Place, Provider, ProviderLocation, ProviderLocationKey, ProviderLocationNumber, PublicId};
use rusqlite::OptionalExtension;

use super::Context;
use crate::Result;

/// Old keys that are kept of a publisher, the newest: one that gives new ids with every export must not fill the disk.
const MAX_OLD_KEYS: i64 = 10_000;

/// Provider and place by their ids.
type Who = (Option<PublicId>, Option<PublicId>);

/// What provider and place a provider location has.
pub(super) fn who(provider: Option<&Provider>, place: Option<&Place>) -> Who {
    (provider.map(|provider| provider.id), place.and_then(|place| place.id))
}

/// Where schedules went that provider locations lost in this commit.
#[derive(Debug, Default)]
pub(super) struct Moves {
    by_loser: BTreeMap<ProviderLocationNumber, BTreeMap<ProviderLocationNumber, u32>>,
}

impl Moves {
    /// A schedule belongs to others than before.
    pub(super) fn add(
        &mut self,
        losers: &[ProviderLocationNumber],
        gainers: impl Iterator<Item = ProviderLocationNumber> + Clone,
    ) {
        for loser in losers {
            let by_gainer = self.by_loser.entry(*loser).or_default();
            gainers.clone().for_each(|gainer| *by_gainer.entry(gainer).or_default() += 1);
        }
    }

    /// The one of the others that is most like a provider location which is gone: with the same provider (who asked for
    /// a doctor follows the doctor), at the same place, with most of its schedules, the first.
    pub(super) fn successor(
        &self,
        gone: ProviderLocationNumber,
        was: Who,
        who_is: impl Fn(ProviderLocationNumber) -> Option<Who>,
    ) -> Option<ProviderLocationNumber> {
        let likeness = |(gainer, n_schedules): (&ProviderLocationNumber, &u32)| {
            let (provider, place) = who_is(*gainer).unwrap_or_default();
            let is_same = |is: Option<PublicId>, was: Option<PublicId>| is.is_some() && is == was;
            (is_same(provider, was.0), is_same(place, was.1), *n_schedules, std::cmp::Reverse(*gainer))
        };
        let gainers = self.by_loser.get(&gone)?;
        gainers.iter().max_by_key(|gainer| likeness(*gainer)).map(|(gainer, _)| *gainer)
    }

    /// Whether any schedule left its provider location.
    pub(super) fn is_empty(&self) -> bool {
        self.by_loser.is_empty()
    }
}

/// A provider location is gone: its key, and those that led to it, lead to its successor from now on, or nowhere.
pub(super) fn retire(
    context: &Context<'_>,
    gone: &ProviderLocation,
    successor: Option<ProviderLocationNumber>,
) -> Result<()> {
    let key = gone.key.0;
    let mut select = context.tx.prepare_cached("SELECT key FROM provider_location WHERE number = ?1")?;
    let successor: Option<[u8; 10]> = match successor {
        Some(number) => select.query_row([number.0], |row| row.get(0)).optional()?,
        None => None,
    };
    let Some(successor) = successor else {
        let sql = "DELETE FROM provider_location_alias WHERE successor = ?1";
        context.tx.prepare_cached(sql)?.execute([key.as_bytes()])?;
        return Ok(());
    };
    let sql = "UPDATE provider_location_alias SET successor = ?2 WHERE successor = ?1";
    context.tx.prepare_cached(sql)?.execute((key.as_bytes(), successor))?;
    let sql = "INSERT OR REPLACE INTO provider_location_alias (key, successor, publisher) VALUES (?1, ?2, ?3)";
    context.tx.prepare_cached(sql)?.execute((key.as_bytes(), successor, context.publisher.0))?;
    Ok(())
}

/// A key is in use (again): it leads to no other.
pub(super) fn revive(context: &Context<'_>, key: ProviderLocationKey) -> Result<()> {
    let sql = "DELETE FROM provider_location_alias WHERE key = ?1";
    context.tx.prepare_cached(sql)?.execute([key.0.as_bytes()])?;
    Ok(())
}

/// Forgets the oldest of a publisher's old keys, if there are too many.
pub(super) fn trim(context: &Context<'_>) -> Result<()> {
    let sql = "DELETE FROM provider_location_alias WHERE publisher = ?1 AND seq <= (
                   SELECT seq FROM provider_location_alias WHERE publisher = ?1 ORDER BY seq DESC LIMIT 1 OFFSET ?2
               )";
    context.tx.prepare_cached(sql)?.execute((context.publisher.0, MAX_OLD_KEYS))?;
    Ok(())
}
