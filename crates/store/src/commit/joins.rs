//! Joins of a commit: schedules that are touched by a changed resource belong to their provider locations anew.

mod assembly;
mod finder;

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

use openslots_fhir::resource::Resource;
use openslots_model::{ProviderLocationKey, ProviderLocationNumber, PublicId, ResourceKind, ResourceNumber};
use rusqlite::OptionalExtension;
use rustc_hash::FxHashMap;

use self::assembly::{Assembled, Owner, Parts, Touched};
use self::finder::Finder;
use super::shares::share_out;
use super::{Context, old_keys};
use crate::feed::Change;
use crate::fresh::FreshProviderLocation;
use crate::{Error, Result};

/// Schedules, or provider locations, that are worked on at once: what is between the database's steps is shared between
/// cores.
const BATCH: usize = 512;

/// Brings provider locations and links up to date after these resources came, changed or went.
///
/// `leaves_out_test_places`: schedules at places that are tests belong to none. `taken`: resources that the commit has
/// written and that were parsed ahead of it. Gives the provider locations that are new or another.
pub(crate) fn rejoin(
    context: &Context<'_>,
    changed: &BTreeSet<ResourceNumber>,
    leaves_out_test_places: bool,
    taken: impl Iterator<Item = (PublicId, ResourceNumber, Arc<Resource>)>,
    change: &mut Change,
) -> Result<Vec<FreshProviderLocation>> {
    let mut fresh = Vec::new();
    let schedules = touched_schedules(context, changed)?;
    if schedules.is_empty() {
        return Ok(fresh);
    }
    let mut finder = Finder::new(context, leaves_out_test_places, taken);
    let mut numbers = FxHashMap::default();
    let mut touched: BTreeMap<ProviderLocationNumber, Touched> = BTreeMap::new();
    let mut moves = old_keys::Moves::default();
    for batch in Vec::from_iter(&schedules).chunks(BATCH) {
        let known = finder.known();
        let joined = share_out(batch.to_vec(), |schedule| known.join(*schedule));
        for (schedule, joined) in batch.iter().copied().zip(joined) {
            let joined = joined.map_or_else(|| finder.join(*schedule), Ok)?;
            let mut links = BTreeSet::new();
            for joined in joined {
                let number = provider_location_number(context, &mut numbers, joined.key)?;
                // Two actors may lead to the same provider location; the first one counts.
                if links.insert(number) {
                    touched.entry(number).or_default().add(*schedule, joined);
                }
            }
            let dropped = write_links(context, *schedule, &links)?;
            moves.add(&dropped, links.iter().copied());
            for number in dropped {
                touched.entry(number).or_default();
            }
        }
    }
    let who_is = if moves.is_empty() { FxHashMap::default() } else { who_is(&touched) };
    let mut touched = touched.into_iter();
    loop {
        let batch = touched.by_ref().take(BATCH);
        let batch = batch.map(|(number, touched)| Parts::gather(context, &mut finder, number, touched));
        let batch: Vec<Parts> = batch.collect::<Result<_>>()?;
        if batch.is_empty() {
            break;
        }
        let (owner, schedules) = (Owner::of(context), &schedules);
        for assembled in share_out(batch, |parts| parts.assemble(owner, schedules)) {
            let (number, assembled) = assembled?;
            match assembled {
                Assembled::Same => continue,
                Assembled::Changed(assembled) => {
                    let sql = "UPDATE provider_location SET body = ?2 WHERE number = ?1";
                    context.tx.prepare_cached(sql)?.execute((number.0, &assembled.body))?;
                    fresh.push(*assembled);
                }
                Assembled::Gone(gone) => {
                    let sql = "DELETE FROM provider_location WHERE number = ?1";
                    context.tx.prepare_cached(sql)?.execute([number.0])?;
                    if let Some(gone) = gone {
                        let was = old_keys::who(gone.provider.as_ref(), gone.place.as_ref());
                        let successor = moves.successor(number, was, |number| who_is.get(&number).copied());
                        old_keys::retire(context, &gone, successor)?;
                    }
                }
            }
            change.provider_locations.insert(number);
        }
    }
    if !moves.is_empty() {
        old_keys::trim(context)?;
    }
    Ok(fresh)
}

/// Provider and place of those that are touched, by what their first touched schedule says.
fn who_is(
    touched: &BTreeMap<ProviderLocationNumber, Touched>,
) -> FxHashMap<ProviderLocationNumber, (Option<PublicId>, Option<PublicId>)> {
    let heads = touched.iter().filter_map(|(number, touched)| Some((*number, touched.head.as_ref()?)));
    heads.map(|(number, head)| (number, old_keys::who(head.provider.as_ref(), head.place.as_ref()))).collect()
}

/// All schedules of the publisher whose lines are held.
pub(crate) fn all_schedules(context: &Context<'_>) -> Result<Vec<ResourceNumber>> {
    let sql = "SELECT number FROM resource WHERE publisher = ?1 AND kind = ?2 AND line IS NOT NULL";
    let mut statement = context.tx.prepare_cached(sql)?;
    let rows = statement.query_map((context.publisher.0, ResourceKind::Schedule.as_str()), |row| row.get(0))?;
    Ok(rows.map(|number| number.map(ResourceNumber)).collect::<rusqlite::Result<_>>()?)
}

/// The schedules among the resources and all that refer to them, directly or through others.
fn touched_schedules(context: &Context<'_>, changed: &BTreeSet<ResourceNumber>) -> Result<BTreeSet<ResourceNumber>> {
    let mut kind = context.tx.prepare_cached("SELECT kind FROM resource WHERE number = ?1")?;
    let mut referrers = context.tx.prepare_cached("SELECT referrer FROM resource_reference WHERE target = ?1")?;
    let mut schedules = BTreeSet::new();
    let mut seen = changed.clone();
    let mut open: Vec<ResourceNumber> = changed.iter().copied().collect();
    while let Some(number) = open.pop() {
        let kind: String = kind.query_row([number.0], |row| row.get(0))?;
        if kind == ResourceKind::Schedule.as_str() {
            schedules.insert(number);
            continue;
        }
        for referrer in referrers.query_map([number.0], |row| row.get(0).map(ResourceNumber))? {
            let referrer = referrer?;
            if seen.insert(referrer) {
                open.push(referrer);
            }
        }
    }
    Ok(schedules)
}

fn provider_location_number(
    context: &Context<'_>,
    numbers: &mut FxHashMap<ProviderLocationKey, ProviderLocationNumber>,
    key: ProviderLocationKey,
) -> Result<ProviderLocationNumber> {
    if let Some(number) = numbers.get(&key) {
        return Ok(*number);
    }
    let found = context
        .tx
        .prepare_cached("SELECT number FROM provider_location WHERE key = ?1")?
        .query_row([key.0.as_bytes()], |row| row.get(0))
        .optional()?;
    let number = match found {
        Some(number) => number,
        None => {
            // The body follows once all its schedules are joined.
            context
                .tx
                .prepare_cached("INSERT INTO provider_location (key, publisher, body) VALUES (?1, ?2, x'')")?
                .execute((key.0.as_bytes(), context.publisher.0))?;
            old_keys::revive(context, key)?;
            u32::try_from(context.tx.last_insert_rowid())
                .map_err(|_| Error::damaged("more than four thousand million provider locations were numbered"))?
        }
    };
    let number = ProviderLocationNumber(number);
    numbers.insert(key, number);
    Ok(number)
}

/// Makes `links` what the schedule belongs to; gives what it belonged to before and no longer does.
fn write_links(
    context: &Context<'_>,
    schedule: ResourceNumber,
    links: &BTreeSet<ProviderLocationNumber>,
) -> Result<Vec<ProviderLocationNumber>> {
    let mut select = context.tx.prepare_cached("SELECT provider_location FROM schedule_link WHERE schedule = ?1")?;
    let old = select.query_map([schedule.0], |row| row.get(0).map(ProviderLocationNumber))?;
    let old: BTreeSet<ProviderLocationNumber> = old.collect::<Result<_, _>>()?;
    let mut insert =
        context.tx.prepare_cached("INSERT INTO schedule_link (schedule, provider_location) VALUES (?1, ?2)")?;
    for number in links.difference(&old) {
        insert.execute((schedule.0, number.0))?;
    }
    let mut delete =
        context.tx.prepare_cached("DELETE FROM schedule_link WHERE schedule = ?1 AND provider_location = ?2")?;
    let dropped: Vec<_> = old.difference(links).copied().collect();
    for number in &dropped {
        delete.execute((schedule.0, number.0))?;
    }
    Ok(dropped)
}
