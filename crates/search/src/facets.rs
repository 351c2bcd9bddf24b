//! Counts of what matches by what it carries.

use std::cmp::Reverse;
use std::collections::BTreeMap;
use std::sync::Arc;

use openslots_model::{AvailabilityQuery, Coding, PublisherNumber, ResourceNumber};
use rustc_hash::FxHashMap;

use crate::candidates::CandidateFinder;
use crate::code_lists::{CodeTally, codes_of};
use crate::codes::CodeSetId;
use crate::matching::SlotMatcher;
use crate::profiles::{Profile, ProfileId};
use crate::snapshot::Snapshot;
use crate::state::State;
use crate::walk::{Owner, Reads, for_each_schedule, for_each_slot};
use crate::{CodeList, Error, provider_location_search};

/// What answers are counted by.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
#[allow(missing_docs, reason = "named as the filters")]
pub enum Facet {
    Publisher,
    ServiceType,
    Specialty,
    Language,
    State,
    Gender,
    Network,
    IsVirtual,
}

/// A value that answers carry.
#[derive(Debug, Clone, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum FacetValue {
    /// Whose they are.
    Publisher(PublisherNumber),
    /// A code.
    Code(Coding),
    /// A text as published.
    Text(Arc<str>),
}

/// A value and how many answers carry it; one answer may carry several, or none.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct FacetCount {
    /// The value.
    pub value: FacetValue,
    /// Answers that carry it; exact.
    pub n: u64,
}

/// The counts of a facet, the largest first, equal ones by value.
pub type FacetCounts = (Facet, Vec<FacetCount>);

/// What answers have in common that carry the same values.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
struct Carrier {
    publisher: PublisherNumber,
    profile: ProfileId,
    codes: CodeSetId,
    /// Traits that say something themselves, which overrides the schedule; else none.
    traits: Option<u32>,
}

/// Counts of slots.
pub(crate) fn of_slots(
    snapshot: &Snapshot,
    query: &AvailabilityQuery,
    facets: &[Facet],
) -> Result<Vec<FacetCounts>, Error> {
    if facets.is_empty() {
        return Ok(Vec::new());
    }
    let state = &snapshot.state;
    let mut matcher = SlotMatcher::new(state, query);
    let finder = CandidateFinder::new(snapshot, query, &matcher)?;
    let window = matcher.window(query.window);
    let is_counted = state.traits.own_words().iter().map(|own| own.is_counted()).collect::<Vec<_>>();
    let says_something = |traits: u32| is_counted[state.traits.parts_of(traits).own as usize];
    let mut n_by_carrier: FxHashMap<Carrier, u64> = FxHashMap::default();
    let mut visit = |matcher: &SlotMatcher<'_>, schedule: ResourceNumber, owners: &[Owner<'_>]| {
        // Most slots of a schedule are alike, so they are added together.
        let mut run: Option<(Carrier, u64)> = None;
        for_each_slot(&state.columns, window, matcher, (schedule, owners), |owner, slot| {
            let traits = Some(slot.traits()).filter(|traits| says_something(*traits));
            let carrier = Carrier::of(owner, traits);
            match &mut run {
                Some((same, n)) if *same == carrier => *n += 1,
                _ => {
                    let before = run.replace((carrier, 1));
                    before.into_iter().for_each(|(carrier, n)| *n_by_carrier.entry(carrier).or_default() += n);
                }
            }
        });
        run.into_iter().for_each(|(carrier, n)| *n_by_carrier.entry(carrier).or_default() += n);
    };
    for_each_schedule(snapshot, &finder, &mut matcher, None, Reads::Traits, &mut visit)?;
    Ok(facets.iter().map(|facet| (*facet, count_slots(state, *facet, &n_by_carrier))).collect())
}

/// Counts of provider locations, by what their schedules and providers carry.
pub(crate) fn of_provider_locations(
    snapshot: &Snapshot,
    query: &AvailabilityQuery,
    facets: &[Facet],
) -> Result<Vec<FacetCounts>, Error> {
    if facets.is_empty() {
        return Ok(Vec::new());
    }
    let state = &snapshot.state;
    let mut n_by_sets: FxHashMap<(PublisherNumber, ProfileId, Vec<CodeSetId>), u64> = FxHashMap::default();
    provider_location_search::for_each_found(snapshot, query, |candidate, _| {
        let mut sets = candidate.entry.schedules.iter().map(|link| link.codes).collect::<Vec<_>>();
        sets.sort_unstable();
        sets.dedup();
        *n_by_sets.entry((candidate.entry.publisher, candidate.entry.profile, sets)).or_default() += 1;
    })?;
    let count = |facet| {
        let mut tally = Tally::new(state, facet);
        for ((publisher, profile, sets), n) in &n_by_sets {
            let sets = || sets.iter().map(|set| state.codes.set(*set));
            match facet {
                Facet::ServiceType | Facet::Specialty => {
                    let list = list_of(facet);
                    tally.codes.add(sets().flat_map(|set| codes_of(set, list).iter().copied()), *n);
                }
                Facet::Language => tally.add_texts(sets().flat_map(|set| set.languages.iter().cloned()), *n),
                _ => tally.add_common(facet, *publisher, state.profiles.profile(*profile), *n),
            }
        }
        tally.finish()
    };
    Ok(facets.iter().map(|facet| (*facet, count(*facet))).collect())
}

impl Carrier {
    fn of(owner: &Owner<'_>, traits: Option<u32>) -> Self {
        Self { publisher: owner.entry.publisher, profile: owner.entry.profile, codes: owner.codes, traits }
    }
}

const fn list_of(facet: Facet) -> CodeList {
    match facet {
        Facet::ServiceType => CodeList::ServiceTypes,
        _ => CodeList::Specialties,
    }
}

fn count_slots(state: &State, facet: Facet, n_by_carrier: &FxHashMap<Carrier, u64>) -> Vec<FacetCount> {
    let mut tally = Tally::new(state, facet);
    for (carrier, n) in n_by_carrier {
        let set = state.codes.set(carrier.codes);
        let own_words = carrier.traits.map(|traits| state.traits.own(traits));
        match facet {
            Facet::ServiceType | Facet::Specialty => {
                let own = own_words.map(|own| match facet {
                    Facet::ServiceType => &own.service_types[..],
                    _ => &own.specialties[..],
                });
                let own = own.filter(|own| !own.is_empty());
                tally.codes.add(own.unwrap_or(codes_of(set, list_of(facet))).iter().copied(), *n);
            }
            Facet::Language => {
                let own = own_words.map(|own| &own.languages).filter(|own| !own.is_empty());
                tally.add_texts(own.unwrap_or(&set.languages).iter().cloned(), *n);
            }
            _ => tally.add_common(facet, carrier.publisher, state.profiles.profile(carrier.profile), *n),
        }
    }
    tally.finish()
}

/// Counts under way; a facet uses one of them.
struct Tally<'a> {
    facet: Facet,
    codes: CodeTally<'a>,
    others: BTreeMap<FacetValue, u64>,
}

impl<'a> Tally<'a> {
    fn new(state: &'a State, facet: Facet) -> Self {
        Self { facet, codes: CodeTally::new(&state.codes), others: BTreeMap::new() }
    }

    fn add_texts(&mut self, texts: impl Iterator<Item = Arc<str>>, n: u64) {
        let mut texts = texts.collect::<Vec<_>>();
        texts.sort_unstable();
        texts.dedup();
        texts.into_iter().for_each(|text| *self.others.entry(FacetValue::Text(text)).or_default() += n);
    }

    /// What provider and place carry.
    fn add_common(&mut self, facet: Facet, publisher: PublisherNumber, profile: &Profile, n: u64) {
        match facet {
            Facet::Publisher => *self.others.entry(FacetValue::Publisher(publisher)).or_default() += n,
            Facet::State => self.add_texts(profile.states.iter().cloned(), n),
            Facet::Network => self.add_texts(profile.networks.iter().cloned(), n),
            Facet::Gender => self.add_texts(profile.gender.iter().map(|gender| gender.as_str().into()), n),
            Facet::IsVirtual => {
                let both = [(profile.is_virtual == Some(true), "true"), (profile.is_in_person, "false")];
                self.add_texts(both.into_iter().filter(|(is_so, _)| *is_so).map(|(_, text)| text.into()), n);
            }
            Facet::ServiceType | Facet::Specialty | Facet::Language => {}
        }
    }

    fn finish(self) -> Vec<FacetCount> {
        if matches!(self.facet, Facet::ServiceType | Facet::Specialty) {
            let codes = self.codes.finish().into_iter();
            return codes.map(|(coding, n)| FacetCount { value: FacetValue::Code(coding), n }).collect();
        }
        let mut counts = self.others.into_iter().map(|(value, n)| FacetCount { value, n }).collect::<Vec<_>>();
        counts.sort_by_key(|count| Reverse(count.n));
        counts
    }
}
