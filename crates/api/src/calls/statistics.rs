//! Figures of what was available, where and when.

use std::collections::BTreeMap;

use openslots_model::{Dimension, LocalDate, PublisherSlug};
use openslots_statistics::{
    Continuity, ContinuityRow, Coverage, CoverageRow, Figure, FillRateRow, FillRates, FreeSlots, FreeSlotsRow, Group,
    Held, LeadTimeRow, LeadTimes, OfferList, OfferNumber, Question, code_name,
};
use openslots_store::{ReadSnapshot, Store};

use crate::blocking::run_blocking;
use crate::parameters::StatisticsRequest;
use crate::{ApiState, Error};

/// The most counts that are read for one answer, so that none takes long.
const MAX_COUNTS: u64 = 10_000_000;

/// What came of a request for a figure.
#[derive(Debug, Clone)]
pub enum StatisticsOutcome {
    /// The figure.
    Answer(Box<StatisticsAnswer>),
    /// The days asked for hold more than is read for one answer: how much, and how much may be asked for.
    TooMuch {
        /// What they hold.
        n_counts: u64,
        /// What is read at most.
        n_most: u64,
    },
}

/// A figure.
#[derive(Debug, Clone)]
pub struct StatisticsAnswer {
    /// What was asked.
    pub request: StatisticsRequest,
    /// The days of which there is anything that it could be made of.
    pub counted: Option<(LocalDate, LocalDate)>,
    /// How many rows there are.
    pub total: usize,
    /// The first of them, by day and value.
    pub rows: StatisticsRows,
    /// What people call the values, where that is known.
    pub displays: BTreeMap<String, String>,
}

/// The rows of a figure.
#[derive(Debug, Clone)]
#[allow(missing_docs, reason = "the figures")]
pub enum StatisticsRows {
    Coverage(Vec<(Group, CoverageRow)>),
    LeadTime(Vec<(Group, LeadTimeRow)>),
    FreeSlots(Vec<(Group, FreeSlotsRow)>),
    FillRate(Vec<(Group, FillRateRow)>),
    Continuity(Vec<(Group, ContinuityRow)>),
}

/// The first and last day of which there are counts.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct CountedDays {
    /// Of what was held.
    pub census: Option<(LocalDate, LocalDate)>,
    /// Of what became of slots.
    pub closed: Option<(LocalDate, LocalDate)>,
    /// Of how publishers were heard.
    pub polled: Option<(LocalDate, LocalDate)>,
}

/// The days of which there are counts.
///
/// # Errors
/// When the store fails, or there is no room for another call.
pub async fn counted_days(state: &ApiState) -> Result<CountedDays, Error> {
    run_blocking(state, |state| {
        let snapshot = state.store().snapshot()?;
        Ok(CountedDays {
            census: snapshot.census_days()?,
            closed: snapshot.closed_days()?,
            polled: snapshot.polled_days()?,
        })
    })
    .await
}

/// A figure.
///
/// # Errors
/// When the store fails, or there is no room for another call.
pub async fn statistics(state: &ApiState, request: StatisticsRequest) -> Result<StatisticsOutcome, Error> {
    run_blocking(state, move |state| read_statistics(state.store(), request)).await
}

/// The same from a store alone. Blocking.
///
/// # Errors
/// When the store fails.
pub fn read_statistics(store: &Store, request: StatisticsRequest) -> Result<StatisticsOutcome, Error> {
    let snapshot = store.snapshot()?;
    let publishers = &request.question.filter.publishers;
    let n_counts = match request.figure {
        Figure::Coverage | Figure::LeadTime | Figure::FreeSlots => {
            snapshot.n_census_counts(request.days, publishers)?
        }
        Figure::FillRate => snapshot.n_fate_counts(request.days, publishers)?,
        // A row for each publisher and day.
        Figure::Continuity => 0,
    };
    if n_counts > MAX_COUNTS {
        return Ok(StatisticsOutcome::TooMuch { n_counts, n_most: MAX_COUNTS });
    }
    let mut displays = Displays::new(&request);
    if request.question.by == Some(Dimension::Publisher) {
        for status in snapshot.publisher_statuses()? {
            displays.known.insert(status.publisher.slug.to_string(), status.publisher.display_name);
        }
    }
    let (rows, total) = rows(&snapshot, &request, &mut displays)?;
    let counted = match request.figure {
        Figure::Coverage | Figure::LeadTime | Figure::FreeSlots => snapshot.census_days()?,
        Figure::FillRate => snapshot.closed_days()?,
        Figure::Continuity => snapshot.polled_days()?,
    };
    let answer = StatisticsAnswer { request, counted, total, rows, displays: displays.known };
    Ok(StatisticsOutcome::Answer(Box::new(answer)))
}

/// Takes day after day in; the first rows, and how many there are.
fn rows(
    snapshot: &ReadSnapshot,
    request: &StatisticsRequest,
    displays: &mut Displays,
) -> Result<(StatisticsRows, usize), Error> {
    let StatisticsRequest { days, question, limit, .. } = request;
    let publishers = &question.filter.publishers;
    Ok(match request.figure {
        Figure::Coverage => {
            let (rows, total) = first(of_census(snapshot, request, displays, Coverage::add)?.rows(), *limit);
            (StatisticsRows::Coverage(rows), total)
        }
        Figure::LeadTime => {
            let (rows, total) = first(of_census(snapshot, request, displays, LeadTimes::add)?.rows(), *limit);
            (StatisticsRows::LeadTime(rows), total)
        }
        Figure::FreeSlots => {
            let (rows, total) = first(of_census(snapshot, request, displays, FreeSlots::add)?.rows(), *limit);
            (StatisticsRows::FreeSlots(rows), total)
        }
        Figure::FillRate => {
            let mut figure = FillRates::default();
            snapshot.for_each_fates(*days, publishers, |publisher, offers, day, fates| {
                displays.note(offers);
                figure.add(question, publisher, offers, day, fates);
            })?;
            let (rows, total) = first(figure.rows(), *limit);
            (StatisticsRows::FillRate(rows), total)
        }
        Figure::Continuity => {
            let mut figure = Continuity::default();
            snapshot.for_each_polls(*days, publishers, |publisher, day, polls| {
                figure.add(question, publisher, day, &polls);
            })?;
            let (rows, total) = first(figure.rows(), *limit);
            (StatisticsRows::Continuity(rows), total)
        }
    })
}

/// Takes what was held of a publisher on a day into a figure.
type AddHeld<F> = fn(&mut F, &Question, &PublisherSlug, &OfferList, (LocalDate, bool), &[(OfferNumber, Held)]);

/// A figure of what was held.
fn of_census<F: Default>(
    snapshot: &ReadSnapshot,
    request: &StatisticsRequest,
    displays: &mut Displays,
    add: AddHeld<F>,
) -> Result<F, Error> {
    let StatisticsRequest { days, question, .. } = request;
    let mut figure = F::default();
    snapshot.for_each_census(*days, &question.filter.publishers, |publisher, offers, day, held| {
        displays.note(offers);
        add(&mut figure, question, publisher, offers, day, held);
    })?;
    Ok(figure)
}

fn first<T>(rows: BTreeMap<Group, T>, limit: usize) -> (Vec<(Group, T)>, usize) {
    let total = rows.len();
    (rows.into_iter().take(limit).collect(), total)
}

/// What people call codes.
struct Displays {
    is_asked: bool,
    known: BTreeMap<String, String>,
}

impl Displays {
    fn new(request: &StatisticsRequest) -> Self {
        let is_asked = matches!(request.question.by, Some(Dimension::Specialty | Dimension::ServiceType));
        Self { is_asked, known: BTreeMap::new() }
    }

    fn note(&mut self, offers: &OfferList) {
        for code in offers.codes().iter().filter(|_| self.is_asked) {
            let (Some(name), Some(display)) = (code_name(code), &code.display) else { continue };
            if name != *display {
                self.known.entry(name).or_insert_with(|| display.clone());
            }
        }
    }
}
