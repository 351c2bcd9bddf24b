//! What answers are ranked by besides their start.

use openslots_model::AvailabilityQuery;

use crate::Error;
use crate::candidates::{Candidate, CandidateFinder};

const MM_PER_MILE: f64 = 1_609_344.0;

/// What a sort measures.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Measure {
    /// The distance, in millimetres.
    Distance,
    /// How well the text matches.
    Relevance,
}

impl Measure {
    /// Refuses a sort whose measure the query doesn't give.
    pub(crate) const fn check(
        measure: Option<Self>,
        query: &AvailabilityQuery,
        finder: &CandidateFinder<'_>,
    ) -> Result<(), Error> {
        match measure {
            Some(Self::Distance) if query.near.is_none() => Err(Error::DistanceWithoutPlace),
            Some(Self::Relevance) if !finder.has_text() => Err(Error::RelevanceWithoutText),
            _ => Ok(()),
        }
    }
}

/// The rank of a provider location by a measure; smaller is better, and 0 without a measure.
pub(crate) fn rank(measure: Option<Measure>, candidate: &Candidate<'_>) -> i64 {
    match measure {
        None => 0,
        Some(Measure::Distance) => candidate.distance_miles.map_or(i64::MAX, millimetres),
        Some(Measure::Relevance) => -i64::from(candidate.score),
    }
}

/// Millimetres of a distance: fine enough for an order, and exact in a cursor.
pub(crate) fn millimetres(miles: f64) -> i64 {
    // Distances are not negative: cutting off what is behind the point rounds them.
    (miles * MM_PER_MILE + 0.5) as i64
}
