//! The provider locations that a query finds, before their slots are looked at.

use std::hint::black_box;

use openslots_model::{AvailabilityQuery, BoundingBox, Near, ProviderLocationNumber, PublisherNumber};
use tantivy::query::{EnableScoring, Query};
use tantivy::{DocSet, Score, SegmentReader, TERMINATED};

use crate::Error;
use crate::enclosure::Enclosure;
use crate::grid::Held;
use crate::matching::SlotMatcher;
use crate::snapshot::Snapshot;
use crate::source::Source;
use crate::state::{ProviderLocationEntry, ScheduleLink};
use crate::text;
use crate::words::{QueryWord, query_words};

/// So many are read ahead at once where memory is waited for.
pub(crate) const N_AHEAD: usize = 32;

/// Boost of scorers: no score is asked for.
const NO_BOOST: Score = 1.0;

/// A provider location that matches all filters but those on slots and codes.
#[derive(Clone, Copy)]
pub(crate) struct Candidate<'a> {
    pub(crate) number: ProviderLocationNumber,
    pub(crate) entry: &'a ProviderLocationEntry,
    /// Miles from the asked position, if one was asked for.
    pub(crate) distance_miles: Option<f64>,
    /// How well the text matches; 0 without.
    pub(crate) score: u32,
}

/// One that is in the box around the circle of `near`; whether it is in the circle is not worked out yet.
#[derive(Clone, Copy)]
pub(crate) struct Unmeasured<'a> {
    pub(crate) number: ProviderLocationNumber,
    pub(crate) entry: &'a ProviderLocationEntry,
    links: Links<'a>,
    score: u32,
}

/// One that is looked at soon.
struct Waiting<'a> {
    number: ProviderLocationNumber,
    score: u32,
    /// Its schedules, where it was found in the grid.
    held: Option<&'a [Held]>,
}

/// Where the schedules of a provider location are read from: whoever comes from the grid has them at hand.
#[derive(Clone, Copy)]
enum Links<'a> {
    Entry(&'a [ScheduleLink]),
    Grid(&'a [Held]),
}

impl<'a> Unmeasured<'a> {
    fn of_entry(number: ProviderLocationNumber, entry: &'a ProviderLocationEntry, score: u32) -> Self {
        Self { number, entry, links: Links::Entry(&entry.schedules), score }
    }

    /// Its schedules.
    pub(crate) fn links(&self) -> impl Iterator<Item = ScheduleLink> + use<'a> {
        let (of_entry, of_grid) = match self.links {
            Links::Entry(links) => (links, &[][..]),
            Links::Grid(held) => (&[][..], held),
        };
        of_entry.iter().copied().chain(of_grid.iter().filter_map(|held| held.link))
    }
}

/// Finds the provider locations of one query.
pub(crate) struct CandidateFinder<'a> {
    snapshot: &'a Snapshot,
    source: Source,
    words: Vec<QueryWord>,
    near: Option<Near>,
    /// What holds the circle of `near`.
    enclosure: Option<Enclosure>,
    bounding_box: Option<BoundingBox>,
    /// For each profile whether it is asked for; `None`: all are.
    profiles: Option<Vec<bool>>,
    excluded: Vec<PublisherNumber>,
}

impl<'a> CandidateFinder<'a> {
    /// Works the query out. The matcher tells which codes are meant: documents are only asked for them where no slot
    /// can match by codes of its own, and whoever gets the candidates still compares the codes.
    pub(crate) fn new(
        snapshot: &'a Snapshot,
        query: &AvailabilityQuery,
        matcher: &SlotMatcher<'_>,
    ) -> Result<Self, Error> {
        let words = query.text.as_ref().map_or(Ok(Vec::new()), |text| query_words(&text.0))?;
        let mut excluded = query.excluded_publishers.clone();
        excluded.sort_unstable();
        let source = Source::of(snapshot, query, matcher)?;
        let profiles = snapshot.state.profiles.matching(query);
        let (near, bounding_box) = (query.near, query.bounding_box);
        let enclosure = near.map(Enclosure::of_circle);
        Ok(Self { snapshot, source, words, near, enclosure, bounding_box, profiles, excluded })
    }

    /// Whether there is a text to rank by.
    pub(crate) const fn has_text(&self) -> bool {
        !self.words.is_empty()
    }

    /// Hands each provider location that may match over, in no certain order, its distance aside: most that are near are
    /// ruled out by their codes, which is quicker than to measure how near.
    ///
    /// With `needs_slots`, those none of whose slots can match by their codes may be left out.
    pub(crate) fn for_each(
        &self,
        matcher: &mut SlotMatcher<'_>,
        needs_slots: bool,
        mut take: impl FnMut(&mut SlotMatcher<'_>, Unmeasured<'a>),
    ) -> Result<(), Error> {
        let snapshot = self.snapshot;
        match &self.source {
            Source::Nowhere => return Ok(()),
            Source::Area(area) => {
                let mut waiting = Vec::with_capacity(N_AHEAD);
                for of_one in snapshot.state.grid.within(area) {
                    let mut links = of_one.iter().filter_map(|held| held.link);
                    if !needs_slots || links.any(|link| matcher.case_with_slots(&link).is_some()) {
                        waiting.push(Waiting { number: of_one[0].number, score: 0, held: Some(of_one) });
                    }
                    if waiting.len() == N_AHEAD {
                        self.check_all(&mut waiting, |unmeasured| take(matcher, unmeasured));
                    }
                }
                self.check_all(&mut waiting, |unmeasured| take(matcher, unmeasured));
                return Ok(());
            }
            Source::All if self.words.is_empty() => {
                for (number, entry) in snapshot.state.provider_locations.iter() {
                    let unmeasured = Unmeasured::of_entry(ProviderLocationNumber(number), entry, 0);
                    self.check(unmeasured, |unmeasured| take(matcher, unmeasured));
                }
                return Ok(());
            }
            Source::All | Source::Documents(_) => {}
        }
        let scored = if self.words.is_empty() { None } else { Some(text::search(&snapshot.corpus, &self.words)?) };
        let mut waiting = Vec::with_capacity(N_AHEAD);
        for (index, (segment, numbers)) in snapshot.corpus.segments().enumerate() {
            let mut found = |doc: u32, score: u32| {
                let number = ProviderLocationNumber(numbers[doc as usize]);
                waiting.push(Waiting { number, score, held: None });
                if waiting.len() == N_AHEAD {
                    self.check_all(&mut waiting, |unmeasured| take(matcher, unmeasured));
                }
            };
            match (&self.source, &scored) {
                (Source::Documents(query), None) => self.each_doc(segment, &**query, |doc| found(doc, 0))?,
                (Source::Documents(query), Some(scored)) => {
                    self.each_scored_doc(segment, &**query, &scored[index], found)?;
                }
                (_, Some(scored)) => scored[index].iter().for_each(|(doc, score)| found(*doc, *score)),
                (_, None) => {}
            }
        }
        self.check_all(&mut waiting, |unmeasured| take(matcher, unmeasured));
        Ok(())
    }

    /// Checks those that wait, all of them read a little before: one wait for memory instead of one for each.
    fn check_all(&self, waiting: &mut Vec<Waiting<'a>>, mut take: impl FnMut(Unmeasured<'a>)) {
        let entry = |number: ProviderLocationNumber| self.snapshot.state.provider_locations.get(number.0);
        let is_read = |waiting: &&Waiting<'_>| match (entry(waiting.number), waiting.held) {
            (Some(entry), Some(_)) => entry.position.is_some(),
            (Some(entry), None) => entry.schedules.first().is_some_and(|link| link.codes > 0),
            (None, _) => false,
        };
        black_box(waiting.iter().filter(is_read).count());
        for Waiting { number, score, held } in waiting.drain(..) {
            if let Some(entry) = entry(number) {
                let links = held.map_or(Links::Entry(&entry.schedules), Links::Grid);
                self.check(Unmeasured { number, entry, links, score }, &mut take);
            }
        }
    }

    /// Checks what memory knows better than the documents.
    fn check(&self, unmeasured: Unmeasured<'a>, take: impl FnOnce(Unmeasured<'a>)) {
        let entry = unmeasured.entry;
        if self.excluded.binary_search(&entry.publisher).is_ok() {
            return;
        }
        if self.profiles.as_ref().is_some_and(|profiles| !profiles[entry.profile as usize]) {
            return;
        }
        if self.bounding_box.is_some_and(|area| !entry.position.is_some_and(|position| area.contains(position))) {
            return;
        }
        // A place without position is nowhere near: it can't be told, so it is not offered.
        if let Some(enclosure) = &self.enclosure
            && !entry.position.is_some_and(|position| enclosure.holds(position))
        {
            return;
        }
        take(unmeasured);
    }

    /// With its distance; `None` if it is too far.
    pub(crate) fn measured(&self, unmeasured: Unmeasured<'a>) -> Option<Candidate<'a>> {
        let Unmeasured { number, entry, score, .. } = unmeasured;
        let mut distance_miles = None;
        if let Some(near) = self.near {
            let miles = near.position.distance_miles(entry.position?);
            let is_near = miles <= near.radius_miles;
            if !is_near {
                return None;
            }
            distance_miles = Some(miles);
        }
        Some(Candidate { number, entry, distance_miles, score })
    }

    fn each_doc(&self, segment: &SegmentReader, query: &dyn Query, mut take: impl FnMut(u32)) -> Result<(), Error> {
        let weight = query.weight(EnableScoring::disabled_from_searcher(&self.snapshot.corpus.searcher))?;
        let alive = segment.alive_bitset();
        weight.for_each_no_score(segment, &mut |docs| {
            for doc in docs {
                if alive.is_none_or(|alive| alive.is_alive(*doc)) {
                    take(*doc);
                }
            }
        })?;
        Ok(())
    }

    /// Both sides leap to where the other is.
    fn each_scored_doc(
        &self,
        segment: &SegmentReader,
        query: &dyn Query,
        scored: &[(u32, u32)],
        mut take: impl FnMut(u32, u32),
    ) -> Result<(), Error> {
        if scored.is_empty() {
            return Ok(());
        }
        let weight = query.weight(EnableScoring::disabled_from_searcher(&self.snapshot.corpus.searcher))?;
        let mut docs = weight.scorer(segment, NO_BOOST)?;
        let mut scored = scored.iter().peekable();
        let mut doc = docs.doc();
        while let Some((scored_doc, score)) = scored.peek() {
            if doc == TERMINATED {
                break;
            } else if doc < *scored_doc {
                doc = docs.seek(*scored_doc);
            } else {
                if doc == *scored_doc {
                    take(doc, *score);
                }
                scored.next();
            }
        }
        Ok(())
    }
}
