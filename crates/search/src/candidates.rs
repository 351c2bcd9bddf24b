//! The provider locations that a query finds, before their slots are looked at.

use openslots_directory::text::{fold, words};
use openslots_model::{AvailabilityQuery, BoundingBox, Near, ProviderLocationNumber, PublisherNumber};
use tantivy::query::{BooleanQuery, EnableScoring, Query, TermQuery, TermSetQuery};
use tantivy::schema::IndexRecordOption;
use tantivy::{DocSet, Score, SegmentReader, TERMINATED, Term};

use crate::Error;
use crate::codes::CodeSelection;
use crate::enclosure::Enclosure;
use crate::matching::SlotMatcher;
use crate::snapshot::Snapshot;
use crate::state::ProviderLocationEntry;
use crate::text;
use crate::words::{QueryWord, query_words};

/// More terms than this are compared with an automaton instead of a union of their documents.
const MAX_UNITED_TERMS: usize = 16;

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

/// What is asked of documents.
enum DocumentFilter {
    /// Nothing.
    All,
    /// Something that none has.
    Impossible,
    /// This.
    Query(Box<dyn Query>),
}

/// Finds the provider locations of one query.
pub(crate) struct CandidateFinder<'a> {
    snapshot: &'a Snapshot,
    filter: DocumentFilter,
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
        let filter = document_filter(snapshot, query, matcher);
        let profiles = snapshot.state.profiles.matching(query);
        let (near, bounding_box) = (query.near, query.bounding_box);
        let enclosure = near.map(Enclosure::of_circle);
        Ok(Self { snapshot, filter, words, near, enclosure, bounding_box, profiles, excluded })
    }

    /// Whether there is a text to rank by.
    pub(crate) const fn has_text(&self) -> bool {
        !self.words.is_empty()
    }

    /// Hands each provider location that matches over, in no certain order.
    pub(crate) fn for_each(&self, mut take: impl FnMut(Candidate<'a>)) -> Result<(), Error> {
        let snapshot = self.snapshot;
        if matches!(self.filter, DocumentFilter::Impossible) {
            return Ok(());
        }
        if matches!(self.filter, DocumentFilter::All) && self.words.is_empty() {
            for (number, entry) in snapshot.state.provider_locations.iter() {
                self.check(ProviderLocationNumber(number), entry, 0, &mut take);
            }
            return Ok(());
        }
        let scored = if self.words.is_empty() {
            None
        } else {
            Some(text::search(&snapshot.searcher, &snapshot.fields, &self.words)?)
        };
        for (index, segment) in snapshot.searcher.segment_readers().iter().enumerate() {
            let numbers = &snapshot.numbers[index];
            let mut found = |doc: u32, score: u32| {
                let number = numbers.get_val(doc) as u32;
                if let Some(entry) = snapshot.state.provider_locations.get(number) {
                    self.check(ProviderLocationNumber(number), entry, score, &mut take);
                }
            };
            match (&self.filter, &scored) {
                (DocumentFilter::Query(query), None) => self.each_doc(segment, &**query, |doc| found(doc, 0))?,
                (DocumentFilter::Query(query), Some(scored)) => {
                    self.each_scored_doc(segment, &**query, &scored[index], found)?;
                }
                (_, Some(scored)) => scored[index].iter().for_each(|(doc, score)| found(*doc, *score)),
                (_, None) => {}
            }
        }
        Ok(())
    }

    /// Checks what memory knows better than the documents.
    fn check(
        &self,
        number: ProviderLocationNumber,
        entry: &'a ProviderLocationEntry,
        score: u32,
        take: &mut impl FnMut(Candidate<'a>),
    ) {
        if self.excluded.binary_search(&entry.publisher).is_ok() {
            return;
        }
        if self.profiles.as_ref().is_some_and(|profiles| !profiles[entry.profile as usize]) {
            return;
        }
        if self.bounding_box.is_some_and(|area| !entry.position.is_some_and(|position| area.contains(position))) {
            return;
        }
        let mut distance_miles = None;
        if let Some(near) = self.near {
            // A place without position is nowhere near: it can't be told, so it is not offered.
            let Some(position) = entry.position else { return };
            // Most are ruled out without a sine.
            if self.enclosure.as_ref().is_some_and(|enclosure| !enclosure.holds(position)) {
                return;
            }
            let miles = near.position.distance_miles(position);
            let is_near = miles <= near.radius_miles;
            if !is_near {
                return;
            }
            distance_miles = Some(miles);
        }
        take(Candidate { number, entry, distance_miles, score });
    }

    fn each_doc(&self, segment: &SegmentReader, query: &dyn Query, mut take: impl FnMut(u32)) -> Result<(), Error> {
        let weight = query.weight(EnableScoring::disabled_from_searcher(&self.snapshot.searcher))?;
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
        let weight = query.weight(EnableScoring::disabled_from_searcher(&self.snapshot.searcher))?;
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

fn document_filter(snapshot: &Snapshot, query: &AvailabilityQuery, matcher: &SlotMatcher<'_>) -> DocumentFilter {
    let fields = &snapshot.fields;
    let mut clauses: Vec<Box<dyn Query>> = Vec::new();
    let mut alternatives: Vec<Vec<Term>> = Vec::new();
    if let Some(publishers) = &query.publishers {
        alternatives.push(publishers.iter().map(|publisher| fields.publisher_term(*publisher)).collect());
    }
    if !query.npis.is_empty() {
        alternatives.push(query.npis.iter().map(|npi| fields.npi_term(npi)).collect());
    }
    for word in query.organization.as_deref().map(fold).iter().flat_map(|name| words(name)) {
        alternatives.push(vec![fields.organization_term(word)]);
    }
    if let Some(city) = &query.city {
        alternatives.push(vec![fields.city_term(city)]);
    }
    if let Some(state) = &query.state {
        alternatives.push(vec![fields.state_term(state)]);
    }
    if let Some(key) = query.provider_location {
        alternatives.push(vec![fields.key_term(key)]);
    }
    let terms_of = |selection: &CodeSelection, term: &dyn Fn(&openslots_model::Coding) -> Term| {
        selection.ids().iter().map(|id| term(snapshot.state.codes.coding(*id))).collect::<Vec<_>>()
    };
    if let (Some(selection), false) = (matcher.service_types(), matcher.has_own_service_types) {
        alternatives.push(terms_of(selection, &|coding| fields.service_type_term(coding)));
    }
    if let (Some(selection), false) = (matcher.specialties(), matcher.has_own_specialties) {
        let mut terms = terms_of(selection, &|coding| fields.specialty_term(coding));
        if let Some(meant) = matcher.meant() {
            terms.extend(terms_of(meant, &|coding| fields.service_type_term(coding)));
        }
        alternatives.push(terms);
    }
    for terms in alternatives {
        match any_of(terms) {
            Some(clause) => clauses.push(clause),
            None => return DocumentFilter::Impossible,
        }
    }
    if query.near.is_some_and(|near| near.radius_miles < 0.0) {
        return DocumentFilter::Impossible;
    }
    // Positions are compared in memory. Documents are asked for them only where nothing else narrows the search: a
    // range reads the column of all documents, which takes longer than to look at the few that are left.
    if clauses.is_empty() && query.text.is_none() {
        let areas = query.near.map(Enclosure::of_circle).into_iter().chain(query.bounding_box.map(Enclosure::of_box));
        clauses.extend(areas.flat_map(|area| area.clauses(fields.latitude, fields.longitude)));
    }
    match clauses.len() {
        0 => DocumentFilter::All,
        1 => DocumentFilter::Query(clauses.swap_remove(0)),
        _ => DocumentFilter::Query(Box::new(BooleanQuery::intersection(clauses))),
    }
}

/// Documents with any of the terms; `None` if there is no term.
fn any_of(mut terms: Vec<Term>) -> Option<Box<dyn Query>> {
    let single = |term| -> Box<dyn Query> { Box::new(TermQuery::new(term, IndexRecordOption::Basic)) };
    terms.sort_unstable();
    terms.dedup();
    match terms.len() {
        0 => None,
        1 => terms.pop().map(single),
        2..=MAX_UNITED_TERMS => Some(Box::new(BooleanQuery::union(terms.into_iter().map(single).collect()))),
        _ => Some(Box::new(TermSetQuery::new(terms))),
    }
}
