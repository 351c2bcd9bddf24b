//! The answers of plain loops over all data, written without a look at the index.

mod counts;
mod slots;
mod texts;

use std::cell::RefCell;
use std::collections::{BTreeMap, HashMap};

use openslots_directory::geography::fold_city;
use openslots_directory::text::fold;
use openslots_model::{
    AvailabilityQuery, BookingMethod, CodeFilter, Coding, PageStart, ProviderLocation, ProviderLocationNumber,
    ProviderLocationSort, ResourceNumber, ScheduleSummary, SlotRecord, SlotRow, SlotSort, SortKey, UnixSeconds,
};
use openslots_search::{ProviderLocationHit, ProviderLocationPage, SlotHit, SlotPage};

use crate::world::World;

/// A provider location that matches all but filters on slots and codes.
struct Matching<'a> {
    number: ProviderLocationNumber,
    provider_location: &'a ProviderLocation,
    distance_miles: Option<f64>,
    score: u32,
}

/// One state of the data, with what is too slow to work out for every query.
pub(crate) struct Oracle<'a> {
    world: &'a World,
    slots: BTreeMap<ResourceNumber, Vec<SlotRecord>>,
    texts: BTreeMap<ProviderLocationNumber, Vec<(u32, Vec<String>)>>,
    meanings: RefCell<HashMap<(CodeFilter, Coding), bool>>,
    scores: RefCell<HashMap<String, Option<Scores>>>,
}

/// Rank, distance in millimetres, score turned round, number: the least provider location of a slot is shown.
type ViaOrder = (i64, i64, u32, u32);

type Scores = BTreeMap<ProviderLocationNumber, u32>;

impl<'a> Oracle<'a> {
    pub(crate) fn new(world: &'a World) -> Self {
        let mut slots: BTreeMap<_, Vec<_>> = BTreeMap::new();
        for slot in world.slots.values() {
            slots.entry(slot.schedule).or_default().push(*slot);
        }
        let texts = world.provider_locations.iter().map(|(number, it)| (*number, texts::texts(it))).collect();
        Self { world, slots, texts, meanings: RefCell::default(), scores: RefCell::default() }
    }

    /// The provider location, schedule and slot of each slot that matches; of several provider locations the first.
    fn found_slots(&self, query: &AvailabilityQuery) -> Vec<(&'a ProviderLocation, &'a ScheduleSummary, SlotRecord)> {
        let mut best = BTreeMap::new();
        for it in self.matching(query) {
            let order = (it.distance_miles.map_or(0, millimetres), u32::MAX - it.score, it.number);
            for schedule in &it.provider_location.schedules {
                for slot in self.slots.get(&schedule.number).into_iter().flatten() {
                    if self.slot_matches(query, slot, it.provider_location, schedule)
                        && best.get(&slot.row).is_none_or(|(best, _)| order < *best)
                    {
                        best.insert(slot.row, (order, (it.provider_location, schedule, *slot)));
                    }
                }
            }
        }
        best.into_values().map(|(_, found)| found).collect()
    }

    pub(crate) fn slots(&self, query: &AvailabilityQuery, sort: SlotSort, page: PageStart, limit: usize) -> SlotPage {
        let mut best: BTreeMap<SlotRow, (ViaOrder, SlotHit)> = BTreeMap::new();
        for it in self.matching(query) {
            for slot in self.matching_slots(query, it.provider_location) {
                let rank = match sort {
                    SlotSort::Start | SlotSort::StartDescending => 0,
                    SlotSort::Distance => millimetres(it.distance_miles.expect("a distance")),
                    SlotSort::Relevance => -i64::from(it.score),
                };
                let start = clamped(slot.start);
                let key = SortKey {
                    rank,
                    start: if sort == SlotSort::StartDescending { -start } else { start },
                    tie: slot.row.0,
                };
                let hit = SlotHit {
                    row: slot.row,
                    start: UnixSeconds(start),
                    schedule: slot.schedule,
                    provider_location: it.number,
                    distance_miles: it.distance_miles,
                    key,
                };
                let order = (rank, it.distance_miles.map_or(0, millimetres), u32::MAX - it.score, it.number.0);
                if best.get(&slot.row).is_none_or(|(best, _)| order < *best) {
                    best.insert(slot.row, (order, hit));
                }
            }
        }
        let hits = best.into_values().map(|(_, hit)| hit).collect::<Vec<_>>();
        let total = hits.len() as u64;
        SlotPage { hits: paged(hits, |hit| hit.key, page, limit), total }
    }

    pub(crate) fn provider_locations(
        &self,
        query: &AvailabilityQuery,
        sort: ProviderLocationSort,
        page: PageStart,
        limit: usize,
        n_next: usize,
    ) -> ProviderLocationPage {
        let mut hits = Vec::new();
        for it in self.matching(query) {
            let slots = self.matching_slots(query, it.provider_location);
            if slots.is_empty() && !self.is_found_without_slots(query, it.provider_location) {
                continue;
            }
            let mut next = slots.iter().map(|slot| (clamped(slot.start), slot.row)).collect::<Vec<_>>();
            next.sort_unstable();
            let next_start = next.first().map(|(start, _)| *start);
            let start = match (next_start, sort) {
                (None, _) => i64::MAX,
                (Some(start), ProviderLocationSort::StartDescending) => -start,
                (Some(start), _) => start,
            };
            let rank = match sort {
                ProviderLocationSort::Start | ProviderLocationSort::StartDescending => 0,
                ProviderLocationSort::Distance => millimetres(it.distance_miles.expect("a distance")),
                ProviderLocationSort::Relevance => -i64::from(it.score),
            };
            hits.push(ProviderLocationHit {
                number: it.number,
                next_start: next_start.map(UnixSeconds),
                next_rows: next.iter().take(n_next.max(1)).map(|(_, row)| *row).collect(),
                n_slots: slots.len() as u64,
                distance_miles: it.distance_miles,
                booking: slots
                    .iter()
                    .map(|slot| self.world.traits[&slot.traits].booking)
                    .max()
                    .unwrap_or(BookingMethod::Contact),
                key: SortKey { rank, start, tie: u64::from(it.number.0) },
            });
        }
        let total = hits.len() as u64;
        ProviderLocationPage { hits: paged(hits, |hit| hit.key, page, limit), total }
    }

    pub(crate) fn provider_locations_of_schedule(&self, schedule: ResourceNumber) -> Vec<ProviderLocationNumber> {
        let has = |it: &ProviderLocation| it.schedules.iter().any(|its| its.number == schedule);
        self.world.provider_locations.iter().filter(|(_, it)| has(it)).map(|(number, _)| *number).collect()
    }

    /// Provider locations of each code.
    fn matching(&self, query: &AvailabilityQuery) -> Vec<Matching<'a>> {
        let scores = query.text.as_ref().and_then(|text| {
            let mut known = self.scores.borrow_mut();
            known.entry(text.0.clone()).or_insert_with(|| self.scores(&text.0)).clone()
        });
        let mut found = Vec::new();
        for (number, it) in &self.world.provider_locations {
            let place = it.place.clone().unwrap_or_default();
            let is_in_person = it.place.is_some() && (!place.is_virtual || !place.address_lines.is_empty());
            let mut states = if place.is_virtual { place.licensed_states.clone() } else { Vec::new() };
            if is_in_person || states.is_empty() {
                states.extend(place.state.clone());
            }
            let has_words = |name: &str, wanted: &str| {
                let (name, wanted) = (fold(name), fold(wanted));
                let has_word = |word: &str| name.split_whitespace().any(|own| own == word);
                !wanted.is_empty() && wanted.split_whitespace().all(has_word)
            };
            let provider = it.provider.clone();
            let organization = provider.as_ref().and_then(|provider| provider.organization.clone());
            let networks = provider.as_ref().map_or(Vec::new(), |provider| provider.networks.clone());
            let gender = provider.as_ref().and_then(|provider| provider.gender.clone());
            let of_organization =
                it.provider.iter().flat_map(|provider| provider.organization_npis.iter().map(String::as_str));
            let own = it.provider.iter().flat_map(|provider| provider.npis());
            let npis = own.chain(of_organization).collect::<Vec<_>>();
            let distance_miles =
                query.near.and_then(|near| place.position.map(|position| near.position.distance_miles(position)));
            let matches = !query.excluded_publishers.contains(&it.publisher_number)
                && query.publishers.as_ref().is_none_or(|publishers| publishers.contains(&it.publisher_number))
                && query.is_virtual.is_none_or(|wanted| if wanted { place.is_virtual } else { is_in_person })
                && query.organization.as_ref().is_none_or(|wanted| {
                    organization.as_ref().is_some_and(|name| {
                        let without = name.replace(['\'', '\u{2019}'], "");
                        has_words(&format!("{name} {without}"), wanted)
                    })
                })
                && query.gender.is_none_or(|wanted| gender.as_deref() == Some(wanted.as_str()))
                && (query.networks.is_empty()
                    || networks.iter().any(|network| query.networks.iter().any(|wanted| has_words(network, wanted))))
                && query.bounding_box.is_none_or(|area| place.position.is_some_and(|position| area.contains(position)))
                && query
                    .city
                    .as_ref()
                    .is_none_or(|city| place.city.as_ref().is_some_and(|own| fold_city(own) == fold_city(city)))
                && query.state.as_ref().is_none_or(|state| states.iter().any(|own| fold(own) == fold(state)))
                && query.provider_location.is_none_or(|key| it.key == key)
                && (query.npis.is_empty() || query.npis.iter().any(|npi| npis.contains(&npi.as_str())))
                && query.near.is_none_or(|near| distance_miles.is_some_and(|miles| miles <= near.radius_miles));
            let score = scores.as_ref().map_or(Some(0), |scores| scores.get(number).copied());
            if let (true, Some(score)) = (matches, score) {
                found.push(Matching { number: *number, provider_location: it, distance_miles, score });
            }
        }
        found
    }
}

/// What a list of codes tells apart: the display counts only where there is no code.
pub(crate) fn listed(coding: Coding) -> Coding {
    Coding { display: coding.display.filter(|_| coding.code.is_none()), ..coding }
}

fn millimetres(miles: f64) -> i64 {
    (miles * 1_609_344.0 + 0.5).floor() as i64
}

fn clamped(start: UnixSeconds) -> i64 {
    start.0.clamp(0, 4_294_967_295)
}

fn paged<T>(mut hits: Vec<T>, key: impl Fn(&T) -> SortKey, page: PageStart, limit: usize) -> Vec<T> {
    hits.sort_by_key(&key);
    match page {
        PageStart::Offset(offset) => hits.into_iter().skip(offset as usize).take(limit).collect(),
        PageStart::Behind(behind) => hits.into_iter().filter(|hit| key(hit) > behind).take(limit).collect(),
    }
}
