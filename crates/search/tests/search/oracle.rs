//! The answers of plain loops over all data, written without a look at the index.

use std::cell::RefCell;
use std::collections::{BTreeMap, BTreeSet, HashMap};

use openslots_directory::geography::fold_city;
use openslots_directory::text::fold;
use openslots_directory::vocabulary::{specialties_in_words, specialties_of};
use openslots_model::{
    AvailabilityQuery, BookingMethod, CodeFilter, Coding, PageStart, ProviderLocation, ProviderLocationNumber,
    ProviderLocationSort, PublisherNumber, ResourceNumber, ScheduleSummary, SlotRecord, SlotRow, SlotSort, SlotStatus,
    SlotTraits, SortKey, UnixSeconds,
};
use openslots_search::{CodeList, ProviderLocationHit, ProviderLocationPage, SlotHit, SlotPage};

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
        let texts = world.provider_locations.iter().map(|(number, it)| (*number, texts(it))).collect();
        Self { world, slots, texts, meanings: RefCell::default(), scores: RefCell::default() }
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
    ) -> ProviderLocationPage {
        let mut hits = Vec::new();
        for it in self.matching(query) {
            let slots = self.matching_slots(query, it.provider_location);
            let own_codes_match = self.any_code(&it.provider_location.service_types(), &query.service_types)
                && self.any_code(&it.provider_location.specialties(), &query.specialties);
            let needs_slots = !query.appointment_types.is_empty()
                || query.accepting_patients.is_some()
                || query.window.before.is_some();
            if slots.is_empty() && (needs_slots || !own_codes_match) {
                continue;
            }
            let first = slots.iter().map(|slot| (clamped(slot.start), slot.row)).min();
            let next_start = first.map(|(start, _)| start);
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
                next_row: first.map(|(_, row)| row),
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
    pub(crate) fn codes(&self, list: CodeList, excluded: &[PublisherNumber]) -> BTreeMap<Coding, u64> {
        let mut counts = BTreeMap::new();
        for it in self.world.provider_locations.values().filter(|it| !excluded.contains(&it.publisher_number)) {
            let codings = match list {
                CodeList::ServiceTypes => it.service_types(),
                CodeList::Specialties => it.specialties(),
            };
            for coding in codings.into_iter().map(listed).collect::<BTreeSet<_>>() {
                *counts.entry(coding).or_default() += 1;
            }
        }
        counts
    }

    fn matching_slots(&self, query: &AvailabilityQuery, it: &ProviderLocation) -> Vec<&SlotRecord> {
        let mut found = Vec::new();
        for schedule in &it.schedules {
            let slots = self.slots.get(&schedule.number).into_iter().flatten();
            found.extend(slots.filter(|slot| self.slot_matches(query, slot, it, schedule)));
        }
        found
    }

    fn slot_matches(
        &self,
        query: &AvailabilityQuery,
        slot: &SlotRecord,
        it: &ProviderLocation,
        schedule: &ScheduleSummary,
    ) -> bool {
        let Some(traits) = self.world.traits.get(&slot.traits) else { return false };
        if !query.window.contains(slot.start, traits) || !self.traits_match(query, traits) {
            return false;
        }
        let of_provider = it.provider.iter().flat_map(|provider| provider.specialties.clone());
        let specialties = schedule.specialties.iter().cloned().chain(of_provider).collect::<Vec<_>>();
        let effective = |own: &[Coding], other: &[Coding]| if own.is_empty() { other.to_vec() } else { own.to_vec() };
        self.any_code(&effective(&traits.service_types, &schedule.service_types), &query.service_types)
            && self.any_code(&effective(&traits.specialties, &specialties), &query.specialties)
    }

    fn traits_match(&self, query: &AvailabilityQuery, traits: &SlotTraits) -> bool {
        traits.status == query.status
            && traits.is_servable()
            && !(query.status == SlotStatus::Free && traits.is_full)
            && self.any_code(&traits.appointment_types, &query.appointment_types)
            && query.accepting_patients.is_none_or(|wanted| {
                traits.accepting_patients.is_empty() || traits.accepting_patients.contains(&wanted)
            })
    }

    /// Whether any of the filters means any of the codings; without filters everything goes.
    fn any_code(&self, codings: &[Coding], filters: &[CodeFilter]) -> bool {
        let means = |filter: &CodeFilter, coding: &Coding| {
            let pair = (filter.clone(), coding.clone());
            *self.meanings.borrow_mut().entry(pair).or_insert_with(|| means(filter, coding))
        };
        filters.is_empty() || filters.iter().any(|filter| codings.iter().any(|coding| means(filter, coding)))
    }

    fn matching(&self, query: &AvailabilityQuery) -> Vec<Matching<'a>> {
        let scores = query.text.as_ref().and_then(|text| {
            let mut known = self.scores.borrow_mut();
            known.entry(text.0.clone()).or_insert_with(|| self.scores(&text.0)).clone()
        });
        let mut found = Vec::new();
        for (number, it) in &self.world.provider_locations {
            let place = it.place.clone().unwrap_or_default();
            let states = match (place.is_virtual, place.licensed_states.is_empty()) {
                (true, false) => place.licensed_states.clone(),
                _ => place.state.clone().into_iter().collect(),
            };
            let of_organization =
                it.provider.iter().flat_map(|provider| provider.organization_npis.iter().map(String::as_str));
            let own = it.provider.iter().flat_map(|provider| provider.npis());
            let npis = own.chain(of_organization).collect::<Vec<_>>();
            let distance_miles =
                query.near.and_then(|near| place.position.map(|position| near.position.distance_miles(position)));
            let matches = !query.excluded_publishers.contains(&it.publisher_number)
                && query.publishers.as_ref().is_none_or(|publishers| publishers.contains(&it.publisher_number))
                && query.is_virtual.is_none_or(|wanted| it.place.is_some() && place.is_virtual == wanted)
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

    /// The provider locations that have all words of a text, with their scores; `None` for a text without words.
    fn scores(&self, text: &str) -> Option<Scores> {
        const FILLERS: &str = " a an and at by for from in near of on or the to with ";
        let folded = fold(&text.replace(['\'', '\u{2019}'], ""));
        let mut words = Vec::new();
        for word in folded.split_whitespace() {
            if !words.contains(&word) {
                words.push(word);
            }
        }
        if words.is_empty() {
            return None;
        }
        let is_filler = |word: &str| FILLERS.contains(&format!(" {word} "));
        let all_fillers = words.iter().all(|word| is_filler(word));
        let best = |word: &str, number, n_typos: usize| {
            let required = all_fillers || !is_filler(word);
            let of_class = |(weight, theirs): &(u32, Vec<String>)| {
                let closeness = |own: &String| closeness(word, own, required, n_typos);
                theirs.iter().map(closeness).max().unwrap_or(0) * weight
            };
            self.texts[&number].iter().map(of_class).max().unwrap_or(0)
        };
        // What nobody has is stretched letter by letter, first each word for itself, then all of them.
        let nowhere = |word: &str, n_typos| self.texts.keys().all(|number| best(word, *number, n_typos) == 0);
        let fewest = |word: &str| (0..2).find(|n_typos| !nowhere(word, *n_typos)).unwrap_or(2);
        let mut n_typos = words.iter().map(|word| fewest(word)).collect::<Vec<_>>();
        for _ in 0..3 {
            let mut scores = Scores::new();
            for number in self.texts.keys() {
                let weights = words.iter().zip(&n_typos).map(|(word, n_typos)| (*word, best(word, *number, *n_typos)));
                let weights = weights.collect::<Vec<_>>();
                let has_all = weights.iter().all(|(word, weight)| *weight > 0 || (!all_fillers && is_filler(word)));
                if has_all {
                    scores.insert(*number, weights.iter().map(|(_, weight)| weight).sum());
                }
            }
            if !scores.is_empty() {
                return Some(scores);
            }
            n_typos.iter_mut().for_each(|n_typos| *n_typos += 1);
        }
        Some(Scores::new())
    }
}

/// The words of the texts of a provider location with the weight of each text.
fn texts(it: &ProviderLocation) -> Vec<(u32, Vec<String>)> {
    let (provider, place) = (it.provider.clone(), it.place.clone().unwrap_or_default());
    let of_provider = |part: fn(&openslots_model::Provider) -> &Option<String>| {
        provider.iter().filter_map(|provider| part(provider).clone()).collect::<Vec<_>>()
    };
    let mut services = Vec::new();
    services.extend(it.service_types().into_iter().filter_map(|coding| coding.display));
    for coding in it.specialties() {
        for specialty in specialties_of(&coding) {
            services.push(specialty.label.to_owned());
            services.extend(specialty.words.iter().map(|word| (*word).to_owned()));
        }
        services.extend(coding.display);
    }
    services.extend(it.schedules.iter().flat_map(|it| &it.vaccines).filter_map(|vaccine| vaccine.display.clone()));
    let mut at_place = place.address_lines.clone();
    at_place.extend([place.name, place.city, place.state, place.postal_code, place.district].into_iter().flatten());
    let mut descriptions = of_provider(|provider| &provider.description);
    descriptions.extend(place.description);
    let words = |texts: Vec<String>| {
        let both_ways = texts.iter().flat_map(|text| [fold(text), fold(&text.replace(['\'', '\u{2019}'], ""))]);
        both_ways.flat_map(|text| text.split_whitespace().map(str::to_owned).collect::<Vec<_>>()).collect()
    };
    vec![
        (8, words(of_provider(|provider| &provider.name))),
        (7, words(services)),
        (6, words(of_provider(|provider| &provider.organization))),
        (5, words(at_place)),
        (2, words(descriptions)),
    ]
}

fn closeness(word: &str, own: &str, required: bool, n_typos: usize) -> u32 {
    let max_typos = match word.len() {
        _ if word.bytes().any(|byte| byte.is_ascii_digit()) => 0,
        0..4 => 0,
        4..8 => 1,
        _ => 2,
    };
    let n_typos = n_typos.min(max_typos);
    if own == word {
        10
    } else if required && word.len() >= 3 && own.starts_with(word) {
        6
    } else if required
        && word.len().abs_diff(own.len()) <= n_typos
        && distance(word.as_bytes(), own.as_bytes()) <= n_typos
    {
        3
    } else {
        0
    }
}

/// Letters to insert, delete, replace or swap with their neighbour to make one word of the other.
fn distance(a: &[u8], b: &[u8]) -> usize {
    let mut rows = vec![vec![0; b.len() + 1]; a.len() + 1];
    for i in 0..=a.len() {
        for j in 0..=b.len() {
            rows[i][j] = if i == 0 || j == 0 {
                i + j
            } else {
                let replaced = rows[i - 1][j - 1] + usize::from(a[i - 1] != b[j - 1]);
                let mut least = replaced.min(rows[i - 1][j] + 1).min(rows[i][j - 1] + 1);
                if i > 1 && j > 1 && a[i - 1] == b[j - 2] && a[i - 2] == b[j - 1] {
                    least = least.min(rows[i - 2][j - 2] + 1);
                }
                least
            };
        }
    }
    rows[a.len()][b.len()]
}

fn means(filter: &CodeFilter, coding: &Coding) -> bool {
    match filter {
        CodeFilter::Code(code) => coding.code.as_ref() == Some(code),
        CodeFilter::Exact { system, code } => {
            coding.code.as_ref() == Some(code) && coding.system.as_ref() == Some(system)
        }
        CodeFilter::Words(text) => {
            let folded = fold(text);
            let display = fold(coding.display.as_deref().unwrap_or_default());
            let has_word = |word: &str| display.split_whitespace().any(|own| own == word);
            let by_display = !folded.is_empty() && folded.split_whitespace().all(has_word);
            let known = specialties_of(coding);
            by_display || specialties_in_words(text).iter().any(|it| known.iter().any(|own| own.key == it.key))
        }
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

fn paged<T: Copy>(mut hits: Vec<T>, key: impl Fn(&T) -> SortKey, page: PageStart, limit: usize) -> Vec<T> {
    hits.sort_by_key(&key);
    match page {
        PageStart::Offset(offset) => hits.into_iter().skip(offset as usize).take(limit).collect(),
        PageStart::Behind(behind) => hits.into_iter().filter(|hit| key(hit) > behind).take(limit).collect(),
    }
}
