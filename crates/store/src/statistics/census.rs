//! The census: what is held of each offer at one moment of a day.

use openslots_fhir::resource::Slot;
use openslots_model::{
    Coding, Freshness, LocalDate, PublisherNumber, PublisherSlug, PublisherStatus, ResourceNumber, SlotRecord,
    SlotTraits, TraitsNumber, UnixSeconds,
};
use openslots_statistics::{Held, OfferNumber};
use rusqlite::TransactionBehavior;
use rustc_hash::FxHashMap;

use super::books::{OfferBook, ScheduleParts};
use super::coding::encode_held;
use super::period_of;
use crate::columns::text;
use crate::{Error, ReadSnapshot, Result, Store};

/// What every line with a capacity holds.
const CAPACITY: &str = "slot-capacity";

impl Store {
    /// Counts what is held of each publisher that is not counted yet today, or was counted when its data were not
    /// fresh and they are now; how many publishers those were.
    ///
    /// All slots are read where there is one to count, and the lines of those that can be booked.
    ///
    /// # Errors
    /// When the database cannot be read or written.
    pub fn take_census(&self, now: UnixSeconds) -> Result<u64> {
        let snapshot = self.snapshot()?;
        let day = LocalDate::of_local_seconds(now.0);
        let due = due(&snapshot, day, now)?;
        if due.is_empty() {
            return Ok(0);
        }
        let mut census = Census::begin(&snapshot, due, day, now)?;
        census.count_slots(&snapshot)?;
        self.write_census(census, day)
    }

    fn write_census(&self, census: Census, day: LocalDate) -> Result<u64> {
        let mut n_written = 0;
        for counted in census.publishers {
            let held: Vec<(OfferNumber, Held)> =
                (0..).zip(&counted.held).filter_map(|(number, held)| Some((number, (*held)?))).collect();
            let body = encode_held(&held, self.codec())?;
            let mut writer = self.writer();
            let tx = writer.transaction_with_behavior(TransactionBehavior::Immediate)?;
            // Where somebody else has kept another list meanwhile it is counted anew another time.
            if counted.book.write(&tx, self.codec())? {
                let sql = "INSERT OR REPLACE INTO daily_census (publisher, day, taken_at, freshness, n_offers, body)
                           VALUES (?1, ?2, ?3, ?4, ?5, ?6)";
                let slug = counted.slug.as_str();
                let row = (slug, day.0, census.now.0, counted.freshness.as_str(), held.len() as i64, body);
                tx.prepare_cached(sql)?.execute(row)?;
                tx.commit()?;
                n_written += 1;
            }
        }
        Ok(n_written)
    }
}

/// The publishers that are to be counted, with how old their data are.
fn due(snapshot: &ReadSnapshot, day: LocalDate, now: UnixSeconds) -> Result<Vec<(PublisherStatus, Freshness)>> {
    let mut statement =
        snapshot.connection().prepare_cached("SELECT publisher, freshness FROM daily_census WHERE day = ?1")?;
    let mut rows = statement.query([day.0])?;
    let mut was_fresh: FxHashMap<String, bool> = FxHashMap::default();
    while let Some(row) = rows.next()? {
        was_fresh.insert(row.get(0)?, text(row, 1)? == Freshness::Fresh.as_str());
    }
    let judged = snapshot.publisher_statuses()?.into_iter().map(|status| {
        let freshness = status.freshness(now);
        (status, freshness)
    });
    let is_due =
        |(status, freshness): &(PublisherStatus, Freshness)| match was_fresh.get(status.publisher.slug.as_str()) {
            // Of one that was never read nothing is known.
            None => *freshness != Freshness::Unknown,
            Some(was_fresh) => !was_fresh && *freshness == Freshness::Fresh,
        };
    Ok(judged.filter(is_due).collect())
}

/// A publisher that is being counted.
struct Counted {
    slug: PublisherSlug,
    freshness: Freshness,
    book: OfferBook,
    /// By number of the offer; `None`: nothing of it is held.
    held: Vec<Option<Held>>,
}

impl Counted {
    fn held(&mut self, offer: OfferNumber) -> &mut Held {
        let place = offer as usize;
        if place >= self.held.len() {
            self.held.resize(place + 1, None);
        }
        self.held[place].get_or_insert_default()
    }
}

/// A schedule of a publisher that is being counted.
struct Schedule {
    /// Its place among those that are counted.
    publisher: usize,
    parts: ScheduleParts,
    has_slots: bool,
}

/// What is asked of traits.
struct TraitsFacts {
    traits: SlotTraits,
    /// Its place among different lists of own specialties and services; 0: it has neither.
    own: u32,
}

struct Census {
    now: UnixSeconds,
    publishers: Vec<Counted>,
    schedules: FxHashMap<ResourceNumber, Schedule>,
    traits: FxHashMap<TraitsNumber, TraitsFacts>,
    /// Offers of schedules, by schedule and the slot's own codes.
    offers: FxHashMap<(ResourceNumber, u32), OfferNumber>,
}

impl Census {
    fn begin(
        snapshot: &ReadSnapshot,
        due: Vec<(PublisherStatus, Freshness)>,
        day: LocalDate,
        now: UnixSeconds,
    ) -> Result<Self> {
        let mut places: FxHashMap<PublisherNumber, usize> = FxHashMap::default();
        let mut publishers = Vec::new();
        for (status, freshness) in due {
            places.insert(status.publisher.number, publishers.len());
            let slug = status.publisher.slug;
            let book = OfferBook::read(snapshot, &slug, period_of(day))?;
            publishers.push(Counted { slug, freshness, book, held: Vec::new() });
        }
        let mut schedules = schedules_of(snapshot, &places)?;
        snapshot.for_each_provider_location(|_, of| {
            for summary in &of.schedules {
                let Some(schedule) = schedules.get_mut(&summary.number) else { continue };
                let book = &mut publishers[schedule.publisher].book;
                book.add(&mut schedule.parts, &of, (&summary.specialties, &summary.service_types));
            }
        })?;
        let traits = traits_of(snapshot)?;
        Ok(Self { now, publishers, schedules, traits, offers: FxHashMap::default() })
    }

    fn count_slots(&mut self, snapshot: &ReadSnapshot) -> Result<()> {
        let mut outcome = Ok(());
        snapshot.for_each_slot(|slot| {
            if outcome.is_ok() {
                outcome = self.count(snapshot, slot);
            }
        })?;
        outcome?;
        // What has no slots at all is there as well, as long as it leads somewhere.
        for schedule in
            self.schedules.values().filter(|schedule| !schedule.has_slots && !schedule.parts.places.is_empty())
        {
            let of = &mut self.publishers[schedule.publisher];
            let offer = of.book.offer(&schedule.parts, None);
            of.held(offer);
        }
        Ok(())
    }

    fn count(&mut self, snapshot: &ReadSnapshot, slot: SlotRecord) -> Result<()> {
        let Some(schedule) = self.schedules.get_mut(&slot.schedule) else { return Ok(()) };
        schedule.has_slots = true;
        let facts = self.traits.get(&slot.traits);
        let facts = facts.ok_or_else(|| Error::damaged(format!("traits {} are missing", slot.traits)))?;
        let of = &mut self.publishers[schedule.publisher];
        let offer = *self
            .offers
            .entry((slot.schedule, facts.own))
            .or_insert_with(|| of.book.offer(&schedule.parts, Some(&facts.traits)));
        let held = of.held(offer);
        if !facts.traits.is_bookable() || facts.traits.is_over(slot.start, self.now) {
            return Ok(());
        }
        if facts.traits.is_coarse() {
            held.n_coarse += 1;
        } else {
            held.n_exact += 1;
            held.next.add_start(slot.start, self.now);
        }
        let line = snapshot.line(slot.row.0)?;
        if line.contains(CAPACITY)
            && let Some(capacity) = Slot::parse(&line)?.capacity
        {
            held.n_with_capacity += 1;
            held.capacity += u64::try_from(capacity).unwrap_or(0);
        }
        Ok(())
    }
}

/// The schedules of the publishers that are counted; what they offer comes later.
fn schedules_of(
    snapshot: &ReadSnapshot,
    places: &FxHashMap<PublisherNumber, usize>,
) -> Result<FxHashMap<ResourceNumber, Schedule>> {
    let sql = "SELECT number, publisher FROM resource WHERE kind = 'Schedule'";
    let mut statement = snapshot.connection().prepare_cached(sql)?;
    let mut rows = statement.query([])?;
    let mut schedules = FxHashMap::default();
    while let Some(row) = rows.next()? {
        if let Some(publisher) = places.get(&PublisherNumber(row.get(1)?)) {
            let schedule = Schedule { publisher: *publisher, parts: ScheduleParts::default(), has_slots: false };
            schedules.insert(ResourceNumber(row.get(0)?), schedule);
        }
    }
    Ok(schedules)
}

fn traits_of(snapshot: &ReadSnapshot) -> Result<FxHashMap<TraitsNumber, TraitsFacts>> {
    let mut own_lists: FxHashMap<(Vec<Coding>, Vec<Coding>), u32> = FxHashMap::default();
    own_lists.insert((Vec::new(), Vec::new()), 0);
    let all = snapshot.traits()?.into_iter().map(|(number, traits)| {
        let next = own_lists.len() as u32;
        let own = *own_lists.entry((traits.specialties.clone(), traits.service_types.clone())).or_insert(next);
        (number, TraitsFacts { traits, own })
    });
    Ok(all.collect())
}
