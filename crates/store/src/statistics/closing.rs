//! Days that are over: what became of the slots that started on them.

use std::collections::hash_map::Entry;
use std::collections::{BTreeMap, btree_map};
use std::sync::Arc;

use openslots_model::{HistoryRun, LocalDate, PublicId, Publisher, SlotEvent, SlotState, UnixSeconds};
use openslots_statistics::{Fates, Life, OfferNumber, Presence};
use rusqlite::{Connection, TransactionBehavior};
use rustc_hash::FxHashMap;

use super::books::{OfferBook, ScheduleParts};
use super::coding::encode_fates;
use super::polls::last_polls;
use super::{KEEP_DAYS, PERIOD_DAYS, period_of};
use crate::{Error, ReadSnapshot, Result, Store};

/// Days that are closed in one pass over the history. Slots that start on them are held in memory.
const DAYS_AT_A_TIME: i32 = 7;
const DAY_SECONDS: i64 = 86_400;

impl Store {
    /// Counts what became of the slots of each day that is over and not counted yet, and forgets counts that are older
    /// than thirteen months; how many days were counted.
    ///
    /// Who and where are those that the schedule leads to by now.
    ///
    /// # Errors
    /// When the database cannot be read or written.
    pub fn close_days(&self, now: UnixSeconds) -> Result<u64> {
        let yesterday = LocalDate(LocalDate::of_local_seconds(now.0).0 - 1);
        let mut n_days = 0;
        loop {
            let snapshot = self.snapshot()?;
            // Of days behind the last run nothing is known, and a clock that is far ahead must not close them.
            let Some(heard_at) = snapshot.history_end()? else { return Ok(n_days) };
            let end = yesterday.min(LocalDate::of_local_seconds(heard_at.0));
            let Some(first) = first_open(&snapshot)?.filter(|first| *first <= end) else { return Ok(n_days) };
            let last = LocalDate(end.0.min(first.0 + DAYS_AT_A_TIME - 1));
            let closed = close(&snapshot, first, last)?;
            drop(snapshot);
            if !self.write_closed(&closed, first, last)? {
                return Ok(n_days);
            }
            n_days += (last.0 - first.0 + 1) as u64;
        }
    }

    /// Keeps what was counted of some days; whether nobody else has meanwhile.
    fn write_closed(&self, closed: &[ClosedPublisher], first: LocalDate, last: LocalDate) -> Result<bool> {
        let mut writer = self.writer();
        let tx = writer.transaction_with_behavior(TransactionBehavior::Immediate)?;
        if last_closed(&tx)?.is_some_and(|before| before >= first) {
            return Ok(false);
        }
        for of in closed {
            let slug = of.publisher.slug.as_str();
            for book in of.books.values() {
                if !book.write(&tx, self.codec())? {
                    return Ok(false);
                }
            }
            for (day, fates) in &of.fates {
                let rows: Vec<(OfferNumber, Fates)> =
                    fates.iter().map(|(number, fates)| (*number, fates.clone())).collect();
                let sql = "INSERT OR REPLACE INTO daily_fates (publisher, day, n_offers, body) VALUES (?1, ?2, ?3, ?4)";
                let body = encode_fates(&rows, self.codec())?;
                tx.prepare_cached(sql)?.execute((slug, day.0, rows.len() as i64, body))?;
            }
        }
        tx.execute("DELETE FROM closed_day", [])?;
        tx.execute("INSERT INTO closed_day (day) VALUES (?1)", [last.0])?;
        let oldest = last.0 - KEEP_DAYS;
        for table in ["daily_census", "daily_fates", "daily_polls"] {
            tx.execute(&format!("DELETE FROM {table} WHERE day < ?1"), [oldest])?;
        }
        tx.execute("DELETE FROM offer_list WHERE period < ?1", [oldest.div_euclid(PERIOD_DAYS)])?;
        tx.commit()?;
        Ok(true)
    }
}

/// The first day that is not closed; `None`: nothing has happened yet.
fn first_open(snapshot: &ReadSnapshot) -> Result<Option<LocalDate>> {
    let conn = snapshot.connection();
    if let Some(LocalDate(closed)) = last_closed(conn)? {
        return Ok(Some(LocalDate(closed + 1)));
    }
    let first: Option<i64> = conn.query_row("SELECT min(at) FROM history_run", [], |row| row.get(0))?;
    Ok(first.map(LocalDate::of_local_seconds))
}

/// What was counted of some days of a publisher.
struct ClosedPublisher {
    publisher: Publisher,
    books: BTreeMap<i32, OfferBook>,
    fates: BTreeMap<LocalDate, BTreeMap<OfferNumber, Fates>>,
}

fn close(snapshot: &ReadSnapshot, first: LocalDate, last: LocalDate) -> Result<Vec<ClosedPublisher>> {
    let all_runs = snapshot.history_runs()?;
    let mut closed = Vec::new();
    for status in snapshot.publisher_statuses()? {
        let publisher = status.publisher;
        let of_publisher = all_runs.iter().filter(|run| run.publisher == publisher.number);
        let runs: Vec<&HistoryRun> = of_publisher.collect();
        let before = last_polls(snapshot, &publisher.slug, first)?;
        let mut closing = ClosingPublisher {
            snapshot,
            window: (midnight(first), midnight(LocalDate(last.0 + 1))),
            schedules: FxHashMap::default(),
            closed: ClosedPublisher { publisher, books: BTreeMap::new(), fates: BTreeMap::new() },
        };
        let lives = closing.lives(&runs)?;
        let heard = Heard {
            successes: runs.iter().filter(|run| run.outcome.is_success()).map(|run| run.at).collect(),
            before: before.last_success_at,
            fresh_for_seconds: i64::from(closing.closed.publisher.policy.fresh_for_seconds),
        };
        closing.count(lives, &heard)?;
        closed.push(closing.closed);
    }
    Ok(closed)
}

const fn midnight(day: LocalDate) -> UnixSeconds {
    UnixSeconds(day.0 as i64 * DAY_SECONDS)
}

/// When a publisher was heard.
struct Heard {
    successes: Vec<UnixSeconds>,
    /// Before all of these.
    before: Option<UnixSeconds>,
    fresh_for_seconds: i64,
}

impl Heard {
    /// Whether the publisher's data were fresh at an instant, by runs up to then.
    fn is_fresh(&self, at: UnixSeconds) -> bool {
        let n = self.successes.partition_point(|success| *success <= at);
        let last = n.checked_sub(1).map(|place| self.successes[place]).or(self.before.filter(|before| *before <= at));
        last.is_some_and(|last| at.0 - last.0 <= self.fresh_for_seconds)
    }
}

/// A slot's life, and how it was when it was last listed.
struct Tracked {
    life: Life,
    last: SlotState,
}

type Lives = FxHashMap<(PublicId, UnixSeconds), Tracked>;

struct ClosingPublisher<'s> {
    snapshot: &'s ReadSnapshot,
    /// Slots that start from the first instant on and before the second are counted.
    window: (UnixSeconds, UnixSeconds),
    schedules: FxHashMap<(i32, PublicId), ScheduleParts>,
    closed: ClosedPublisher,
}

fn presence(state: &SlotState) -> Presence {
    if state.traits.is_bookable() { Presence::Free } else { Presence::Taken }
}

impl ClosingPublisher<'_> {
    fn is_asked(&self, start: UnixSeconds) -> bool {
        (self.window.0..self.window.1).contains(&start)
    }

    /// The lives of all slots that start on the days, by all that history tells.
    fn lives(&self, runs: &[&HistoryRun]) -> Result<Lives> {
        let mut lives = Lives::default();
        for run in runs {
            self.snapshot.for_each_event(run, |event| self.take(&mut lives, run.at, event))?;
        }
        // What was there before history begins and has not changed since is told by no event.
        if self.snapshot.history_horizon()?.is_some() {
            self.add_untold(&mut lives)?;
        }
        Ok(lives)
    }

    fn take(&self, lives: &mut Lives, at: UnixSeconds, event: SlotEvent) {
        let SlotEvent { slot, before, after, .. } = event;
        let is_moved = matches!((&before, &after), (Some(before), Some(after)) if before.start != after.start);
        if is_moved {
            self.turn(lives, at, slot, before, None);
            self.turn(lives, at, slot, None, after);
        } else {
            self.turn(lives, at, slot, before, after);
        }
    }

    fn turn(
        &self,
        lives: &mut Lives,
        at: UnixSeconds,
        slot: PublicId,
        before: Option<SlotState>,
        after: Option<SlotState>,
    ) {
        let turned = after.as_ref().map_or(Presence::Absent, presence);
        let was = before.as_ref().map_or(Presence::Absent, presence);
        let is_in_time = |state: &SlotState| at <= state.start;
        // How it was as long as it mattered.
        let Some(state) = after.filter(|after| is_in_time(after) || before.is_none()).or(before) else { return };
        if !self.is_asked(state.start) {
            return;
        }
        let start = state.start;
        let is_listed = turned != Presence::Absent && at <= start;
        match lives.entry((slot, start)) {
            Entry::Occupied(mut known) => {
                let tracked = known.get_mut();
                tracked.life.turn(at, turned);
                if is_listed {
                    tracked.last = state;
                }
            }
            Entry::Vacant(new) => {
                let mut life = Life::known_as(start, was);
                life.turn(at, turned);
                new.insert(Tracked { life, last: state });
            }
        }
    }

    fn add_untold(&self, lives: &mut Lives) -> Result<()> {
        let traits: FxHashMap<u32, _> =
            self.snapshot.traits()?.into_iter().map(|(number, traits)| (number.0, Arc::new(traits))).collect();
        let mut statement = self.snapshot.connection().prepare_cached(
            "SELECT i.id, s.start, s.traits, r.id FROM slot_id i JOIN slot s ON s.row = i.row
             JOIN resource r ON r.number = s.schedule
             WHERE i.publisher = ?1 AND s.start >= ?2 AND s.start < ?3",
        )?;
        let mut rows = statement.query((self.closed.publisher.number.0, self.window.0.0, self.window.1.0))?;
        while let Some(row) = rows.next()? {
            let (id, start) = (PublicId::from_bytes(row.get(0)?), UnixSeconds(row.get(1)?));
            let number: u32 = row.get(2)?;
            let traits = traits.get(&number).cloned();
            let traits = traits.ok_or_else(|| Error::damaged(format!("traits {number} are missing")))?;
            let last = SlotState { schedule: PublicId::from_bytes(row.get(3)?), start, traits };
            lives.entry((id, start)).or_insert_with(|| Tracked { life: Life::known_as(start, presence(&last)), last });
        }
        Ok(())
    }

    fn count(&mut self, lives: Lives, heard: &Heard) -> Result<()> {
        let mut lives: Vec<_> = lives.into_iter().collect();
        // So that offers are numbered the same whoever counts.
        lives.sort_unstable_by_key(|(key, _)| *key);
        for ((_, start), Tracked { life, last }) in lives {
            let Some((fate, lifetime_seconds)) = life.fate(heard.is_fresh(start)) else { continue };
            let day = LocalDate::of_local_seconds(start.0);
            let offer = self.offer(day, &last)?;
            let fates = self.closed.fates.entry(day).or_default().entry(offer).or_default();
            if last.traits.is_coarse() {
                fates.n_coarse += 1;
            } else {
                fates.add(fate, lifetime_seconds);
            }
        }
        Ok(())
    }

    /// The offer that a slot of a day belongs to.
    fn offer(&mut self, day: LocalDate, state: &SlotState) -> Result<OfferNumber> {
        let period = period_of(day);
        let ClosedPublisher { publisher, books, .. } = &mut self.closed;
        let book = match books.entry(period) {
            btree_map::Entry::Occupied(known) => known.into_mut(),
            btree_map::Entry::Vacant(new) => new.insert(OfferBook::read(self.snapshot, &publisher.slug, period)?),
        };
        let parts = match self.schedules.entry((period, state.schedule)) {
            Entry::Occupied(known) => known.into_mut(),
            Entry::Vacant(new) => new.insert(parts_of(self.snapshot, book, state.schedule)?),
        };
        Ok(book.offer(parts, Some(&state.traits)))
    }
}

/// What a schedule offers by now, by numbers of a book.
fn parts_of(snapshot: &ReadSnapshot, book: &mut OfferBook, schedule: PublicId) -> Result<ScheduleParts> {
    let found = match snapshot.schedule_number(schedule)? {
        Some(number) => snapshot.schedule(number)?,
        None => None,
    };
    let mut parts = ScheduleParts::default();
    for of in found.into_iter().flat_map(|found| found.provider_locations) {
        for summary in of.schedules.iter().filter(|summary| summary.id == schedule) {
            book.add(&mut parts, &of, (&summary.specialties, &summary.service_types));
        }
    }
    Ok(parts)
}

/// The last day that is counted.
pub(super) fn last_closed(conn: &Connection) -> Result<Option<LocalDate>> {
    let day: Option<i32> = conn.query_row("SELECT max(day) FROM closed_day", [], |row| row.get(0))?;
    Ok(day.map(LocalDate))
}
