//! The recount: plain loops over what the rows said after each crawl.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

use openslots_model::{
    CodeFilter, Coding, CrawlOutcome, Dimension, Freshness, PublicId, PublisherSlug, ResourceKind, SlotTraits,
    UnixSeconds,
};
use openslots_statistics::{MAX_LEAD_HOURS, Question};
use openslots_store::{Store, StoredSlot};

use super::Key;
use super::world::{HOUR, NOWHERE, PLACES, SERVICE_NAMES, SPECIALTY_NAMES, World};

const DAY: i64 = 24 * HOUR;

/// A slot as its row and its line have it.
#[derive(Debug, Clone)]
struct Row {
    schedule: usize,
    start: i64,
    traits: SlotTraits,
    capacity: Option<i64>,
}

type Rows = BTreeMap<String, Row>;

/// A crawl run that has ended.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Seen {
    pub(crate) at: i64,
    pub(crate) outcome: CrawlOutcome,
}

/// A census as it should be.
#[derive(Debug, Clone)]
struct Census {
    freshness: Freshness,
    at: i64,
    rows: Rows,
    /// Whether the publisher's schedules were there.
    has_schedules: bool,
}

/// What became of a slot.
#[derive(Debug, Clone)]
struct Ended {
    publisher: String,
    day: i32,
    last: Row,
    fate: usize,
    lifetime_hours: Option<u32>,
}

pub(crate) struct Recount {
    world: World,
    /// What was held of each publisher after each of its runs.
    runs: BTreeMap<String, Vec<(Seen, Rows)>>,
    census: BTreeMap<(String, i32), Census>,
    ended: Vec<Ended>,
    /// The first day that is not closed.
    open: Option<i32>,
    keys: BTreeMap<(String, usize), String>,
}

fn day_of(at: i64) -> i32 {
    at.div_euclid(DAY) as i32
}

impl Recount {
    pub(crate) fn new(world: World) -> Self {
        let (runs, census, ended, open, keys) = Default::default();
        Self { world, runs, census, ended, open, keys }
    }

    /// What is held of a publisher now.
    fn rows(&self, store: &Store, slug: &PublisherSlug) -> Rows {
        let snapshot = store.snapshot().unwrap();
        let mut rows = Vec::new();
        snapshot.for_each_slot(|slot| rows.push(slot.row)).unwrap();
        let number = store.publishers().unwrap().into_iter().find(|of| of.slug == *slug).unwrap().number;
        let slots = store.slots(&rows).unwrap().into_iter().map(Option::unwrap);
        let of_publisher = slots.filter(|slot| slot.publisher == number);
        let schedule = |id: PublicId| {
            let is_it = |n: &usize| PublicId::of(slug, ResourceKind::Schedule, &n.to_string()) == id;
            (0..self.world.schedules.len()).find(is_it).unwrap()
        };
        let row = |slot: Arc<StoredSlot>| {
            let row = Row {
                schedule: schedule(slot.schedule_id),
                start: slot.slot.start.instant.0,
                traits: slot.slot.traits.clone(),
                capacity: slot.slot.capacity,
            };
            (slot.slot.id.clone(), row)
        };
        of_publisher.map(row).collect()
    }

    pub(crate) fn see(&mut self, store: &Store, slug: &PublisherSlug, seen: Seen) {
        let rows = self.rows(store, slug);
        self.runs.entry(slug.to_string()).or_default().push((seen, rows));
        store
            .snapshot()
            .unwrap()
            .for_each_provider_location(|_, of| {
                let name = of.place.and_then(|place| place.name);
                let number = name.map(|name| name.strip_prefix("Place ").unwrap().parse().unwrap());
                let place = number.unwrap_or(NOWHERE);
                self.keys.insert((of.publisher.to_string(), place), of.key.to_string());
            })
            .unwrap();
    }

    pub(crate) fn take_census(&mut self, store: &Store, now: i64) {
        for status in store.publisher_statuses().unwrap() {
            let freshness = status.freshness(UnixSeconds(now));
            let slug = status.publisher.slug;
            let key = (slug.to_string(), day_of(now));
            let is_due = match self.census.get(&key) {
                None => freshness != Freshness::Unknown,
                Some(known) => known.freshness != Freshness::Fresh && freshness == Freshness::Fresh,
            };
            if is_due {
                let rows = self.rows(store, &slug);
                let has_schedules = self.runs.contains_key(slug.as_str());
                self.census.insert(key, Census { freshness, at: now, rows, has_schedules });
            }
        }
    }

    /// Closes the days that are over, by the runs that history still tells.
    pub(crate) fn close(&mut self, store: &Store, now: i64) {
        let told = store.snapshot().unwrap().history_runs().unwrap();
        let first = self.open.or(told.iter().map(|run| day_of(run.at.0)).min());
        let Some(first) = first.filter(|first| *first < day_of(now)) else { return };
        self.open = Some(day_of(now));
        let publishers = store.publishers().unwrap();
        for (slug, runs) in &self.runs {
            let of = publishers.iter().find(|of| of.slug.as_str() == slug).unwrap();
            let n_told = told.iter().filter(|run| run.publisher == of.number).count();
            let n_forgotten = runs.len() - n_told;
            let fresh_for = i64::from(of.policy.fresh_for_seconds);
            let lives: BTreeSet<(String, i64)> = runs
                .iter()
                .flat_map(|(_, rows)| rows.iter().map(|(id, row)| (id.clone(), row.start)))
                .filter(|(_, start)| (first..day_of(now)).contains(&day_of(*start)))
                .collect();
            for (id, start) in lives {
                self.ended.extend(end_of(slug, runs, n_forgotten, (&id, start), fresh_for));
            }
        }
    }

    /// The names of a row's specialties and services: its own, else its schedule's.
    fn names(&self, row: &Row) -> (Vec<String>, Vec<String>) {
        let schedule = &self.world.schedules[row.schedule];
        let own = |codes: &[Coding]| codes.iter().map(name_of).collect::<Vec<_>>();
        let or = |own: Vec<String>, of_schedule: &[usize], names: &[&str]| {
            if own.is_empty() { of_schedule.iter().map(|code| names[*code].to_owned()).collect() } else { own }
        };
        (
            or(own(&row.traits.specialties), &schedule.specialties, &SPECIALTY_NAMES),
            or(own(&row.traits.service_types), &schedule.services, &SERVICE_NAMES),
        )
    }

    /// Whether a publisher is asked for, and what is left of places, specialties and services; `None`: nothing.
    fn chosen(
        &self,
        question: &Question,
        publisher: &str,
        (places, specialties, services): (Vec<usize>, Vec<String>, Vec<String>),
    ) -> Option<(Vec<usize>, Vec<String>, Vec<String>)> {
        let filter = &question.filter;
        if !filter.publishers.is_empty() && filter.publishers.iter().all(|slug| slug.as_str() != publisher) {
            return None;
        }
        let asks_for_places =
            !filter.states.is_empty() || !filter.counties.is_empty() || !filter.postal_codes.is_empty();
        let is = |wanted: &[String], value: Option<&str>| {
            wanted.is_empty() || value.is_some_and(|value| wanted.iter().any(|one| one.eq_ignore_ascii_case(value)))
        };
        let places: Vec<usize> = places
            .into_iter()
            .filter(|place| {
                let (state, county, zip) = PLACES[*place];
                is(&filter.states, state) && is(&filter.counties, county) && is(&filter.postal_codes, zip)
            })
            .collect();
        let wanted = |filters: &[CodeFilter], names: Vec<String>| {
            let is_wanted = |name: &String| {
                filters.is_empty()
                    || filters.iter().any(|filter| match filter {
                        CodeFilter::Code(code) => name.split('|').next_back() == Some(code),
                        CodeFilter::Exact { system, code } => *name == format!("{system}|{code}"),
                        other => panic!("{other:?}"),
                    })
            };
            let left: Vec<String> = names.into_iter().filter(is_wanted).collect();
            (filters.is_empty() || !left.is_empty()).then_some(left)
        };
        if asks_for_places && places.is_empty() {
            return None;
        }
        Some((places, wanted(&filter.specialties, specialties)?, wanted(&filter.service_types, services)?))
    }

    fn value_of_place(&self, by: Dimension, publisher: &str, place: usize) -> Option<String> {
        let (state, county, zip) = PLACES[place];
        match by {
            Dimension::State => state.map(str::to_owned),
            Dimension::County => county.map(str::to_owned),
            Dimension::PostalCode => zip.map(str::to_owned),
            Dimension::Publisher => Some(publisher.to_owned()),
            Dimension::ProviderLocation => Some(self.keys[&(publisher.to_owned(), place)].clone()),
            Dimension::Specialty | Dimension::ServiceType => panic!("not of a place"),
        }
    }

    /// The groups that a slot counts to.
    fn groups(
        &self,
        question: &Question,
        publisher: &str,
        day: i32,
        (places, specialties, services): (Vec<usize>, Vec<String>, Vec<String>),
    ) -> BTreeSet<Key> {
        let values: BTreeSet<Option<String>> = match question.by {
            None => BTreeSet::new(),
            Some(Dimension::Publisher) => [Some(publisher.to_owned())].into(),
            Some(Dimension::Specialty) => specialties.into_iter().map(Some).collect(),
            Some(Dimension::ServiceType) => services.into_iter().map(Some).collect(),
            Some(by) => places.into_iter().map(|place| self.value_of_place(by, publisher, place)).collect(),
        };
        let day = question.by_day.then_some(day);
        if values.is_empty() { [(day, None)].into() } else { values.into_iter().map(|value| (day, value)).collect() }
    }

    pub(crate) fn free_slots(&self, question: &Question) -> BTreeMap<Key, [u64; 5]> {
        let mut counts: BTreeMap<Key, [u64; 5]> = BTreeMap::new();
        for ((publisher, day), census) in &self.census {
            for (what, row) in self.all(census) {
                let Some(what) = self.chosen(question, publisher, what) else { continue };
                for group in self.groups(question, publisher, *day, what) {
                    let counts = counts.entry(group).or_default();
                    let Some(row) = row.filter(|row| is_free(row, census.at)) else { continue };
                    if census.freshness == Freshness::Expired {
                        counts[4] += 1;
                        continue;
                    }
                    counts[usize::from(row.traits.is_coarse())] += 1;
                    if let Some(capacity) = row.capacity {
                        counts[2] += 1;
                        counts[3] += capacity as u64;
                    }
                }
            }
        }
        counts
    }

    /// All that a census holds: slots with where and what they are, and schedules without any that lead somewhere.
    #[allow(clippy::type_complexity, reason = "places, specialties and services")]
    fn all<'a>(&self, census: &'a Census) -> Vec<((Vec<usize>, Vec<String>, Vec<String>), Option<&'a Row>)> {
        let mut all = Vec::new();
        for row in census.rows.values() {
            let (specialties, services) = self.names(row);
            all.push(((self.world.schedules[row.schedule].places.clone(), specialties, services), Some(row)));
        }
        for (number, schedule) in self.world.schedules.iter().enumerate() {
            let has_slots = census.rows.values().any(|row| row.schedule == number);
            if census.has_schedules && !has_slots {
                let specialties = schedule.specialties.iter().map(|code| SPECIALTY_NAMES[*code].to_owned()).collect();
                let services = schedule.services.iter().map(|code| SERVICE_NAMES[*code].to_owned()).collect();
                all.push(((schedule.places.clone(), specialties, services), None));
            }
        }
        all
    }

    /// Each place with each of its codes, with the free slots that it has.
    fn units<'a>(
        &self,
        question: &Question,
        publisher: &str,
        census: &'a Census,
        part: Option<Dimension>,
    ) -> BTreeMap<(usize, Option<String>), Vec<&'a Row>> {
        let mut units: BTreeMap<(usize, Option<String>), Vec<&Row>> = BTreeMap::new();
        for (what, row) in self.all(census) {
            let Some((places, specialties, services)) = self.chosen(question, publisher, what) else { continue };
            let codes = match part {
                Some(Dimension::Specialty) => specialties,
                Some(Dimension::ServiceType) => services,
                _ => vec![],
            };
            let codes: Vec<Option<String>> =
                if codes.is_empty() { vec![None] } else { codes.into_iter().map(Some).collect() };
            for place in places {
                for code in &codes {
                    let unit = units.entry((place, code.clone())).or_default();
                    unit.extend(row.filter(|row| is_free(row, census.at)));
                }
            }
        }
        units
    }

    fn group_of_unit(&self, question: &Question, publisher: &str, day: i32, unit: &(usize, Option<String>)) -> Key {
        let value = match question.by {
            None => None,
            Some(Dimension::Specialty | Dimension::ServiceType) => unit.1.clone(),
            Some(by) => self.value_of_place(by, publisher, unit.0),
        };
        (question.by_day.then_some(day), value)
    }

    pub(crate) fn coverage(&self, question: &Question) -> BTreeMap<Key, [u64; 4]> {
        let mut counts: BTreeMap<Key, [u64; 4]> = BTreeMap::new();
        for ((publisher, day), census) in &self.census {
            for (unit, free) in self.units(question, publisher, census, question.by) {
                let counts = counts.entry(self.group_of_unit(question, publisher, *day, &unit)).or_default();
                if census.freshness == Freshness::Expired {
                    counts[3] += 1;
                    continue;
                }
                counts[0] += 1;
                counts[1] += u64::from(!free.is_empty());
                counts[2] += u64::from(free.iter().any(|row| !row.traits.is_coarse()));
            }
        }
        counts
    }

    #[allow(clippy::type_complexity, reason = "counts, then hours to the next and the third")]
    pub(crate) fn lead_times(&self, question: &Question) -> BTreeMap<Key, ([u64; 3], Vec<u32>, Vec<u32>)> {
        let mut counts: BTreeMap<Key, ([u64; 3], Vec<u32>, Vec<u32>)> = BTreeMap::new();
        let part = match question.by {
            Some(Dimension::ServiceType) => Dimension::ServiceType,
            _ => Dimension::Specialty,
        };
        for ((publisher, day), census) in &self.census {
            for (unit, free) in self.units(question, publisher, census, Some(part)) {
                let (counts, next, third) =
                    counts.entry(self.group_of_unit(question, publisher, *day, &unit)).or_default();
                if census.freshness == Freshness::Expired {
                    counts[2] += 1;
                    continue;
                }
                let mut hours: Vec<u32> = free
                    .iter()
                    .filter(|row| !row.traits.is_coarse())
                    .map(|row| (((row.start - census.at) / HOUR) as u32).min(MAX_LEAD_HOURS))
                    .collect();
                hours.sort_unstable();
                counts[0] += 1;
                counts[1] += u64::from(hours.is_empty() && !free.is_empty());
                next.extend(hours.first());
                third.extend(hours.get(2));
            }
        }
        for (_, next, third) in counts.values_mut() {
            next.sort_unstable();
            third.sort_unstable();
        }
        counts
    }

    pub(crate) fn fill_rates(&self, question: &Question) -> BTreeMap<Key, ([u64; 5], Vec<u32>)> {
        let mut counts: BTreeMap<Key, ([u64; 5], Vec<u32>)> = BTreeMap::new();
        for ended in &self.ended {
            let (specialties, services) = self.names(&ended.last);
            let what = (self.world.schedules[ended.last.schedule].places.clone(), specialties, services);
            let Some(what) = self.chosen(question, &ended.publisher, what) else { continue };
            for group in self.groups(question, &ended.publisher, ended.day, what) {
                let (counts, lifetimes) = counts.entry(group).or_default();
                if ended.last.traits.is_coarse() {
                    counts[4] += 1;
                } else {
                    counts[ended.fate] += 1;
                    lifetimes.extend(ended.lifetime_hours);
                }
            }
        }
        counts.values_mut().for_each(|(_, lifetimes)| lifetimes.sort_unstable());
        counts
    }

    #[allow(clippy::type_complexity, reason = "counts, then gaps and the last success")]
    pub(crate) fn continuity(&self, question: &Question) -> BTreeMap<Key, ([u64; 4], Vec<u32>, Option<UnixSeconds>)> {
        let mut counts: BTreeMap<Key, ([u64; 4], Vec<u32>, Option<UnixSeconds>)> = BTreeMap::new();
        let of_runs = |(slug, runs): (&String, &Vec<(Seen, Rows)>)| {
            runs.iter().map(|(seen, _)| (slug.clone(), day_of(seen.at))).collect::<Vec<_>>()
        };
        let days: BTreeSet<(String, i32)> = self.runs.iter().flat_map(of_runs).collect();
        for (slug, day) in &days {
            let value = question.by.map(|_| slug.clone());
            let (counts, gaps, last) = counts.entry((question.by_day.then_some(*day), value)).or_default();
            let mut success: Option<i64> = None;
            for (seen, _) in &self.runs[slug] {
                let is_of_day = day_of(seen.at) == *day;
                if is_of_day {
                    counts[0] += 1;
                    counts[1] += u64::from(seen.outcome == CrawlOutcome::Partial);
                    counts[2] += u64::from(seen.outcome == CrawlOutcome::Failed);
                }
                if !seen.outcome.is_success() || day_of(seen.at) > *day {
                    continue;
                }
                if let Some(before) = success.filter(|_| is_of_day) {
                    gaps.push(((seen.at - before) / 60) as u32);
                    counts[3] += (seen.at - before - FRESH_FOR).max(0) as u64;
                }
                success = Some(seen.at);
            }
            *last = (*last).max(success.map(UnixSeconds));
        }
        counts.values_mut().for_each(|(_, gaps, _)| gaps.sort_unstable());
        counts
    }
}

/// How long the data of the test's publishers are fresh, in seconds.
const FRESH_FOR: i64 = HOUR;

fn name_of(coding: &Coding) -> String {
    match (&coding.system, &coding.code, &coding.display) {
        (Some(system), Some(code), _) => format!("{system}|{code}"),
        (None, Some(code), _) => code.clone(),
        (_, None, display) => display.clone().unwrap(),
    }
}

fn is_free(row: &Row, now: i64) -> bool {
    let end = match row.traits.duration_seconds {
        0 => row.start + DAY,
        seconds => row.start + i64::from(seconds),
    };
    let is_left = if row.traits.is_coarse() { end > now } else { row.start >= now };
    row.traits.is_bookable() && is_left
}

/// What became of a slot by its start.
fn end_of(
    publisher: &str,
    runs: &[(Seen, Rows)],
    n_forgotten: usize,
    (id, start): (&str, i64),
    fresh_for: i64,
) -> Option<Ended> {
    let at_time = |rows: &Rows| rows.get(id).filter(|row| row.start == start).cloned();
    let before = n_forgotten.checked_sub(1).and_then(|last| at_time(&runs[last].1));
    let told = runs[n_forgotten..].iter().filter(|(seen, _)| seen.at <= start);
    let states: Vec<(i64, Option<Row>)> = told.map(|(seen, rows)| (seen.at, at_time(rows))).collect();
    let is_free = |row: &Option<Row>| row.as_ref().is_some_and(|row| row.traits.is_bookable());
    let all: Vec<&Option<Row>> = [&before].into_iter().chain(states.iter().map(|(_, row)| row)).collect();
    if !all.iter().any(|row| is_free(row)) {
        return None;
    }
    let last = all.iter().rev().find_map(|row| row.as_ref())?.clone();
    let at_start = *all.last()?;
    let heard = runs.iter().filter(|(seen, _)| seen.at <= start && seen.outcome.is_success());
    let is_heard = heard.map(|(seen, _)| seen.at).max().is_some_and(|at| start - at <= fresh_for);
    let fate = match at_start {
        Some(_) if is_free(at_start) => {
            if is_heard {
                2
            } else {
                3
            }
        }
        Some(_) => 0,
        None => 1,
    };
    let first_free = states.iter().find(|(_, row)| is_free(row)).map(|(at, _)| *at);
    let went = (1..all.len()).rev().find(|place| is_free(all[place - 1]) && !is_free(all[*place]));
    let lifetime_hours = match (is_free(&before), first_free, went) {
        (false, Some(since), Some(place)) if !is_free(at_start) => {
            Some((((states[place - 1].0 - since) / HOUR) as u32).min(MAX_LEAD_HOURS))
        }
        _ => None,
    };
    Some(Ended { publisher: publisher.to_owned(), day: day_of(start), last, fate, lifetime_hours })
}
