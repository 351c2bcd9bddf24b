//! Where the provider locations of a query are looked for: what narrows the search most.

use openslots_directory::text::{fold, words};
use openslots_model::{AvailabilityQuery, Coding};
use tantivy::Term;
use tantivy::query::{BooleanQuery, Query, TermQuery, TermSetQuery};
use tantivy::schema::IndexRecordOption;

use crate::Error;
use crate::codes::CodeSelection;
use crate::enclosure::Enclosure;
use crate::grid::Area;
use crate::matching::SlotMatcher;
use crate::snapshot::Snapshot;

/// More terms than this are compared with an automaton instead of a union of their documents.
const MAX_UNITED_TERMS: usize = 16;

/// More cells than this are not looked at one by one: they are some two thousand miles across.
const MAX_CELLS: usize = 16_384;

/// What a provider location found through documents costs, in ones found through the grid: its number is looked up
/// first.
const DOCUMENT_COST: usize = 2;

/// Where provider locations are looked for. Whatever memory knows of them is compared afterwards.
pub(crate) enum Source {
    /// Nowhere: something is asked that none has.
    Nowhere,
    /// Everywhere.
    All,
    /// In cells of the grid.
    Area(Area),
    /// Among documents.
    Documents(Box<dyn Query>),
}

impl Source {
    /// The source for a query, words aside. Documents are only asked for codes where no slot can match by codes of its
    /// own.
    pub(crate) fn of(snapshot: &Snapshot, query: &AvailabilityQuery, matcher: &SlotMatcher<'_>) -> Result<Self, Error> {
        if query.near.is_some_and(|near| near.radius_miles < 0.0) {
            return Ok(Self::Nowhere);
        }
        let known_to_documents = known_to_documents(snapshot, query);
        let codes = codes_terms(snapshot, matcher);
        let alternatives = || known_to_documents.iter().chain(&codes);
        if alternatives().any(Vec::is_empty) {
            return Ok(Self::Nowhere);
        }
        let area = query.near.map(Enclosure::of_circle).or_else(|| query.bounding_box.map(Enclosure::of_box));
        let area = area.map(|enclosure| Area::of(&enclosure)).filter(|area| area.n_cells() <= MAX_CELLS);
        // Codes and positions are compared in memory as well, so the grid will do if nothing else is asked.
        if let Some(area) = area
            && known_to_documents.is_empty()
            && query.text.is_none()
        {
            let n_in_area = snapshot.state.grid.count(&area);
            let n_of_codes = codes.iter().map(|terms| n_documents(snapshot, terms)).collect::<Result<Vec<_>, _>>()?;
            if n_of_codes.into_iter().all(|n| n_in_area <= n.saturating_mul(DOCUMENT_COST)) {
                return Ok(Self::Area(area));
            }
        }
        let mut clauses = alternatives().map(|terms| any_of(terms.clone())).collect::<Vec<_>>();
        Ok(match clauses.len() {
            0 => Self::All,
            1 => Self::Documents(clauses.swap_remove(0)),
            _ => Self::Documents(Box::new(BooleanQuery::intersection(clauses))),
        })
    }
}

/// For each filter that only documents can answer the terms of which one must be there.
fn known_to_documents(snapshot: &Snapshot, query: &AvailabilityQuery) -> Vec<Vec<Term>> {
    let fields = &snapshot.corpus.fields;
    let mut alternatives = Vec::new();
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
    alternatives
}

/// The same for filters by code that documents can answer.
fn codes_terms(snapshot: &Snapshot, matcher: &SlotMatcher<'_>) -> Vec<Vec<Term>> {
    let fields = &snapshot.corpus.fields;
    let terms_of = |selection: &CodeSelection, term: &dyn Fn(&Coding) -> Term| {
        selection.ids().iter().map(|id| term(snapshot.state.codes.coding(*id))).collect::<Vec<_>>()
    };
    let mut alternatives = Vec::new();
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
    alternatives
}

/// How many documents have any of the terms, at most.
fn n_documents(snapshot: &Snapshot, terms: &[Term]) -> tantivy::Result<usize> {
    terms.iter().map(|term| snapshot.corpus.searcher.doc_freq(term).map(|n| n as usize)).sum()
}

/// Documents with any of the terms, of which there are some.
fn any_of(mut terms: Vec<Term>) -> Box<dyn Query> {
    let single = |term| -> Box<dyn Query> { Box::new(TermQuery::new(term, IndexRecordOption::Basic)) };
    terms.sort_unstable();
    terms.dedup();
    match terms.len() {
        1 => single(terms.swap_remove(0)),
        ..=MAX_UNITED_TERMS => Box::new(BooleanQuery::union(terms.into_iter().map(single).collect())),
        _ => Box::new(TermSetQuery::new(terms)),
    }
}
