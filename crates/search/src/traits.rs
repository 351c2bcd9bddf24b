//! Traits of slots, taken apart: what is offered, and what slots say themselves that schedules say otherwise.
//!
//! There are thousands of combinations of traits (each length of an appointment by each status by each list of codes) and
//! hundreds of either part. A query judges the parts, and puts the verdicts together for traits that it meets.

use std::sync::Arc;

use openslots_model::{AcceptingPatients, BookingMethod, SlotStatus, SlotTraits, TraitsNumber};
use rustc_hash::FxHashMap;

use crate::answers::OwnLists;
use crate::codes::{CodeId, Interner};
use crate::columns::{TraitsKind, TraitsKinds};

/// How slots are offered, whatever they are for.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub(crate) struct Offer {
    pub(crate) status: SlotStatus,
    pub(crate) booking: BookingMethod,
    pub(crate) is_servable: bool,
    pub(crate) is_full: bool,
    /// How long an appointment is; 0 for a window, which does not say.
    pub(crate) appointment_seconds: u32,
    /// How long after their start they can still be booked.
    pub(crate) offered_seconds: u32,
    pub(crate) accepting_patients: Box<[AcceptingPatients]>,
    pub(crate) appointment_types: Box<[CodeId]>,
}

impl Offer {
    /// What is offered by traits that are not known: nothing.
    fn nothing() -> Self {
        Self {
            status: SlotStatus::EnteredInError,
            booking: BookingMethod::Contact,
            is_servable: false,
            is_full: false,
            appointment_seconds: 0,
            offered_seconds: 0,
            accepting_patients: Box::default(),
            appointment_types: Box::default(),
        }
    }

    fn of(traits: &SlotTraits, interner: &mut Interner<'_>) -> Self {
        Self {
            status: traits.status,
            booking: traits.booking,
            is_servable: traits.is_servable(),
            is_full: traits.is_full,
            appointment_seconds: if traits.is_coarse() { 0 } else { traits.duration_seconds },
            offered_seconds: traits.offered_seconds(),
            accepting_patients: traits.accepting_patients.as_slice().into(),
            appointment_types: interner.codes(&traits.appointment_types),
        }
    }

    /// Whether such slots can be booked, as [`SlotTraits::is_bookable`] has it.
    pub(crate) fn is_bookable(&self) -> bool {
        self.status == SlotStatus::Free && self.is_servable && !self.is_full
    }
}

/// What slots say themselves, which overrides their schedule's word where it is not empty.
#[derive(Debug, Clone, PartialEq, Eq, Hash, Default)]
pub(crate) struct OwnWords {
    pub(crate) service_types: Box<[CodeId]>,
    pub(crate) specialties: Box<[CodeId]>,
    pub(crate) languages: Box<[Arc<str>]>,
    /// Whether one comes without an appointment; `None`: there is no appointment type to tell.
    pub(crate) is_walk_in: Option<bool>,
}

impl OwnWords {
    fn of(traits: &SlotTraits, interner: &mut Interner<'_>) -> Self {
        Self {
            service_types: interner.codes(&traits.service_types),
            specialties: interner.codes(&traits.specialties),
            languages: texts(&traits.languages),
            is_walk_in: (!traits.appointment_types.is_empty()).then(|| traits.is_walk_in()),
        }
    }

    /// The lists that are there.
    pub(crate) fn lists(&self) -> OwnLists {
        OwnLists::of([
            !self.service_types.is_empty(),
            !self.specialties.is_empty(),
            !self.languages.is_empty(),
            self.is_walk_in.is_some(),
        ])
    }

    /// Whether there is any list that facets count.
    pub(crate) fn is_counted(&self) -> bool {
        !self.service_types.is_empty() || !self.specialties.is_empty() || !self.languages.is_empty()
    }
}

/// The parts of one combination of traits, by their numbers.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub(crate) struct TraitsParts {
    pub(crate) offer: u32,
    pub(crate) own: u32,
}

/// All traits, by the store's numbers. Parts are numbered in order of appearance; number 0 of each is that of traits that
/// are not known.
#[derive(Clone)]
pub(crate) struct TraitsTable {
    parts: Vec<TraitsParts>,
    kinds: TraitsKinds,
    offers: Numbered<Offer>,
    own: Numbered<OwnWords>,
}

impl Default for TraitsTable {
    fn default() -> Self {
        let (offers, own) = (Numbered::beginning_with(Offer::nothing()), Numbered::beginning_with(OwnWords::default()));
        Self { parts: Vec::new(), kinds: TraitsKinds::default(), offers, own }
    }
}

impl TraitsTable {
    /// Sets the traits of a number. Snapshots share the table; it is copied when new traits come, 14 bytes a number.
    pub(crate) fn put(table: &mut Arc<Self>, number: TraitsNumber, traits: &SlotTraits, interner: &mut Interner<'_>) {
        let (offer, own) = (Offer::of(traits, interner), OwnWords::of(traits, interner));
        let offered_seconds = offer.offered_seconds;
        let kind = TraitsKind { is_bookable: offer.is_bookable(), own: own.lists(), offered_seconds };
        let table = Arc::make_mut(table);
        let parts = TraitsParts { offer: table.offers.number(offer), own: table.own.number(own) };
        let number = number.0 as usize;
        if number >= table.parts.len() {
            table.parts.resize(number + 1, TraitsParts::default());
        }
        table.parts[number] = parts;
        table.kinds.put(number, kind);
    }

    /// The parts of all traits, by number.
    pub(crate) fn parts(&self) -> &[TraitsParts] {
        &self.parts
    }

    /// What summaries of schedules tell of traits.
    pub(crate) const fn kinds(&self) -> &TraitsKinds {
        &self.kinds
    }

    /// All offers, by number.
    pub(crate) fn offers(&self) -> &[Arc<Offer>] {
        &self.offers.all
    }

    /// All that slots say themselves, by number.
    pub(crate) fn own_words(&self) -> &[Arc<OwnWords>] {
        &self.own.all
    }

    /// How slots of a traits number are offered.
    #[inline]
    pub(crate) fn offer(&self, traits: u32) -> &Offer {
        &self.offers.all[self.parts_of(traits).offer as usize]
    }

    /// What slots of a traits number say themselves.
    #[inline]
    pub(crate) fn own(&self, traits: u32) -> &OwnWords {
        &self.own.all[self.parts_of(traits).own as usize]
    }

    /// The parts of a traits number.
    #[inline]
    pub(crate) fn parts_of(&self, traits: u32) -> TraitsParts {
        self.parts.get(traits as usize).copied().unwrap_or_default()
    }
}

/// Distinct things, numbered as they come.
#[derive(Clone)]
struct Numbered<T> {
    all: Vec<Arc<T>>,
    numbers: FxHashMap<Arc<T>, u32>,
}

impl<T: Eq + std::hash::Hash> Numbered<T> {
    fn beginning_with(first: T) -> Self {
        let mut numbered = Self { all: Vec::new(), numbers: FxHashMap::default() };
        numbered.number(first);
        numbered
    }

    fn number(&mut self, it: T) -> u32 {
        if let Some(number) = self.numbers.get(&it) {
            return *number;
        }
        let (number, it) = (self.all.len() as u32, Arc::new(it));
        self.all.push(Arc::clone(&it));
        self.numbers.insert(it, number);
        number
    }
}

/// Texts in order, each once.
pub(crate) fn texts(texts: &[String]) -> Box<[Arc<str>]> {
    let mut texts = texts.iter().map(|text| Arc::from(text.as_str())).collect::<Vec<Arc<str>>>();
    texts.sort_unstable();
    texts.dedup();
    texts.into_boxed_slice()
}

#[cfg(test)]
mod tests {
    use openslots_model::Coding;

    use super::*;
    use crate::codes::CodeTable;

    fn traits(duration_seconds: u32, service: Option<&str>) -> SlotTraits {
        let coding = |code: &str| Coding { system: None, code: Some(code.to_owned()), display: None };
        SlotTraits {
            duration_seconds,
            service_types: service.map(coding).into_iter().collect(),
            status: SlotStatus::Free,
            booking: BookingMethod::Online,
            is_full: false,
            appointment_types: Vec::new(),
            accepting_patients: Vec::new(),
            specialties: Vec::new(),
            languages: Vec::new(),
        }
    }

    #[test]
    fn traits_share_their_parts_and_unknown_ones_offer_nothing() {
        let (mut table, mut codes) = (Arc::new(TraitsTable::default()), Arc::new(CodeTable::default()));
        let all = [(3, 900, None), (1, 900, Some("57")), (4, 1_800, Some("57"))];
        for (number, seconds, service) in all {
            let mut interner = Interner(&mut codes);
            TraitsTable::put(&mut table, TraitsNumber(number), &traits(seconds, service), &mut interner);
        }
        let parts = [0, 1, 2, 3, 4, 9].map(|number| table.parts_of(number));
        let parts = parts.map(|TraitsParts { offer, own }| (offer, own));
        assert_eq!(parts, [(0, 0), (1, 1), (0, 0), (1, 0), (2, 1), (0, 0)]);
        assert!(table.offer(3).is_bookable() && !table.offer(2).is_bookable());
        assert!(table.own(4).is_counted() && !table.own(3).is_counted());
        assert_eq!(table.kinds().is_bookable(), [false, true, false, true, true]);
    }
}
