//! Watches: made, read, and looked after.

use std::collections::HashMap;
use std::sync::Arc;

use openslots_care::resource::CareId;
use openslots_care::watches::{MadeWatch, NewMatch, SeenAppointment, ToldSlot, Watch, WatchNumber, Watches};
use openslots_model::{PageStart, SlotRow, SlotSort};
use openslots_search::{SlotHit, Snapshot};
use rustc_hash::FxHashSet;
use tokio::sync::Notify;
use url::Url;

use super::FoundSlot;
use super::booking::is_bookable;
use super::slots::{is_older, read_hits};
use super::stored::follow_old_key;
use crate::blocking::run_blocking;
use crate::parameters::{Search, SearchKind};
use crate::{ApiState, Error, render};

/// A watch looks at so many matching slots, the earliest; one that matches more is refused.
pub const MAX_WATCHED_SLOTS: usize = 1_000;

/// Where watches are kept, and who is told when there is something to send.
#[derive(Debug, Clone)]
pub struct WatchAccess {
    /// The watches.
    pub watches: Arc<Watches>,
    /// Told when a webhook waits for a call.
    pub to_send: Arc<Notify>,
    /// Whether webhooks are called.
    pub has_webhooks: bool,
}

/// What came of the wish for a watch.
#[derive(Debug, Clone)]
pub enum Making {
    /// It was made; so many slots match now, and are not new to it.
    Made(Box<MadeWatch>, u64),
    /// So many slots match now that it would tell nobody anything.
    TooWide(u64),
    /// There are as many watches as are kept.
    NoRoom,
}

/// What a watch was told of one slot, and whether that still holds.
#[derive(Debug, Clone)]
pub struct FeedEntry {
    /// What was told.
    pub told: ToldSlot,
    /// Whether the slot can still be booked.
    pub is_bookable: bool,
}

/// Makes a watch of a search that was read from `query`.
///
/// # Errors
/// When store, index or the watches' own database fail, or there is no room for another call.
pub async fn make_watch(
    state: &ApiState,
    access: &WatchAccess,
    query: String,
    search: Search,
    webhook: Option<Url>,
) -> Result<Making, Error> {
    let to_send = webhook.is_some().then(|| Arc::clone(&access.to_send));
    let watches = Arc::clone(&access.watches);
    let making = run_blocking(state, move |state| {
        let snapshot = state.search().snapshot();
        let Matching { hits, total } = matching(state, &snapshot, &search)?;
        if total > MAX_WATCHED_SLOTS as u64 {
            return Ok(Making::TooWide(total));
        }
        let now = state.now();
        let seen: Vec<SeenAppointment> = read_hits(state, &hits, now)?.iter().map(appointment_of).collect();
        let made = watches.make(&query, webhook.as_ref().map(Url::as_str), &seen, now)?;
        Ok(made.map_or(Making::NoRoom, |made| Making::Made(Box::new(made), total)))
    })
    .await?;
    if let Some(to_send) = to_send {
        to_send.notify_one();
    }
    Ok(making)
}

/// The watch of a key.
///
/// # Errors
/// When its database fails, or there is no room for another call.
pub async fn find_watch(state: &ApiState, access: &WatchAccess, key: CareId) -> Result<Option<Watch>, Error> {
    let watches = Arc::clone(&access.watches);
    run_blocking(state, move |state| Ok(watches.find(key, state.now())?)).await
}

/// Forgets the watch of a key; whether there was one.
///
/// # Errors
/// When its database fails, or there is no room for another call.
pub async fn delete_watch(state: &ApiState, access: &WatchAccess, key: CareId) -> Result<bool, Error> {
    let watches = Arc::clone(&access.watches);
    run_blocking(state, move |_| Ok(watches.delete(key)?)).await
}

/// What a watch was told, the newest first; of each slot whether it can still be booked.
///
/// # Errors
/// When a database fails, or there is no room for another call.
pub async fn read_feed(state: &ApiState, access: &WatchAccess, watch: WatchNumber) -> Result<Vec<FeedEntry>, Error> {
    let watches = Arc::clone(&access.watches);
    run_blocking(state, move |state| {
        let told = watches.told(watch)?;
        told.into_iter()
            .map(|told| Ok(FeedEntry { is_bookable: is_bookable(state, told.slot)? == Some(true), told }))
            .collect()
    })
    .await
}

/// Rows of slots that watches have seen: a row is a version of a slot, so those need not be read again.
#[derive(Debug, Default)]
pub struct SeenRows(HashMap<WatchNumber, FxHashSet<SlotRow>>);

/// Looks for what is new to any watch, and notes it to be told. Blocking; one at a time. How many slots were told.
///
/// # Errors
/// The first failure, after all watches have been looked at; what failed is looked at again the next time.
pub fn look_for_new(state: &ApiState, watches: &Watches, seen: &mut SeenRows) -> Result<u32, Error> {
    let (now, snapshot) = (state.now(), state.search().snapshot());
    watches.forget(now)?;
    let all = watches.all(now)?;
    let present: FxHashSet<WatchNumber> = all.iter().map(|watch| watch.number).collect();
    seen.0.retain(|number, _| present.contains(number));
    let (mut n_told, mut failure) = (0, None);
    for watch in all {
        match look(state, &snapshot, watches, &watch, seen.0.entry(watch.number).or_default()) {
            Ok(n) => n_told += n,
            Err(error) => failure = failure.or(Some(error)),
        }
    }
    failure.map_or(Ok(n_told), Err)
}

fn look(
    state: &ApiState,
    snapshot: &Snapshot,
    watches: &Watches,
    watch: &Watch,
    seen: &mut FxHashSet<SlotRow>,
) -> Result<u32, Error> {
    let now = state.now();
    // It could be read when the watch was made; where it cannot be any more, what it asks for is gone.
    let Ok(search) = Search::of_request(state, SearchKind::Watch, Some(&watch.query)) else { return Ok(0) };
    let Matching { hits, total } = matching(state, snapshot, &search)?;
    let unread: Vec<SlotHit> = hits.iter().filter(|hit| !seen.contains(&hit.row)).copied().collect();
    let mut found = read_hits(state, &unread, now)?;
    found.retain(|slot| !is_older(slot, search.max_age_seconds, now));
    let appointments: Vec<SeenAppointment> = found.iter().map(appointment_of).collect();
    let unseen: FxHashSet<SeenAppointment> = watches.unseen(watch.number, &appointments)?.into_iter().collect();
    let mut new = Vec::new();
    for slot in found.iter().filter(|slot| unseen.contains(&appointment_of(slot))) {
        let body = serde_json::to_string(&render::Slot::from(slot))?;
        new.push(NewMatch { seen: appointment_of(slot), slot: slot.stored.id, body });
    }
    let is_too_wide = total > MAX_WATCHED_SLOTS as u64;
    // Nearly always there is nothing to write.
    let n_told = match new.is_empty() && is_too_wide == watch.is_too_wide {
        true => 0,
        false => watches.tell(watch.number, &new, is_too_wide, now)?,
    };
    let matching: FxHashSet<SlotRow> = hits.iter().map(|hit| hit.row).collect();
    seen.retain(|row| matching.contains(row));
    seen.extend(found.iter().map(|slot| slot.stored.row));
    Ok(n_told)
}

/// What matches a search now and has not begun, the earliest first.
struct Matching {
    hits: Vec<SlotHit>,
    /// How many match in all.
    total: u64,
}

fn matching(state: &ApiState, snapshot: &Snapshot, search: &Search) -> Result<Matching, Error> {
    let (mut query, now) = (search.query.clone(), state.now());
    follow_old_key(state, &mut query)?;
    let mut page = snapshot.slots(&query, SlotSort::Start, PageStart::Offset(0), MAX_WATCHED_SLOTS)?;
    page.hits.retain(|hit| hit.start >= now);
    Ok(Matching { hits: page.hits, total: page.total })
}

fn appointment_of(slot: &FoundSlot) -> SeenAppointment {
    SeenAppointment { start: slot.stored.slot.start.instant, schedule: slot.stored.schedule_id }
}
