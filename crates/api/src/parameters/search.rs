//! A whole search: filters, window, order and page.

use std::collections::BTreeSet;

use openslots_directory::text::fold;
use openslots_model::{
    AcceptingPatients, AvailabilityQuery, OffsetInstant, PageStart, ProviderLocationKey, ProviderLocationSort,
    PublisherSlug, SlotSort, SlotStatus, TextQuery, TimeError, TimeWindow, UnixSeconds,
};

use openslots_search::MAX_WORDS;

use super::codes::{parse_codes, parse_npis, parse_specialties};
use super::given::{Given, echo, parse_bool};
use super::page::{parse_limit, parse_start};
use super::place::{NearPoint, check_length, parse_near, parse_state};
use crate::cursor::{Cursor, scope_of};
use crate::problem::ParameterIssue;
use crate::state::PublisherTable;

/// Every parameter of a search.
const KNOWN: &[&str] = &[
    "status",
    "publisher",
    "serviceTypeCode",
    "npi",
    "specialty",
    "appointmentType",
    "acceptingPatients",
    "isVirtual",
    "city",
    "state",
    "startAfter",
    "startBefore",
    "includePast",
    "providerLocationKey",
    "limit",
    "offset",
    "cursor",
    "q",
    "near",
    "zip",
    "radius",
    "radiusKm",
    "sort",
];
/// The parameters that say which part of an answer is wanted, and so may change from page to page.
const PAGE_PARAMETERS: &[&str] = &["limit", "offset", "cursor", "sort"];
/// A start before every slot.
const BEGINNING: UnixSeconds = UnixSeconds(i64::MIN / 2);

/// What is searched for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum SearchKind {
    /// Slots.
    Slots,
    /// Provider locations.
    ProviderLocations,
}

/// In which order.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Order {
    /// Earliest first.
    Start,
    /// Latest first.
    StartDescending,
    /// Nearest first.
    Distance,
    /// Best match of the text first.
    Relevance,
}

impl Order {
    const ALL: [Self; 4] = [Self::Start, Self::StartDescending, Self::Distance, Self::Relevance];

    /// The value of `sort`.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Start => "start",
            Self::StartDescending => "-start",
            Self::Distance => "distance",
            Self::Relevance => "relevance",
        }
    }

    pub(crate) const fn of_slots(self) -> SlotSort {
        match self {
            Self::Start => SlotSort::Start,
            Self::StartDescending => SlotSort::StartDescending,
            Self::Distance => SlotSort::Distance,
            Self::Relevance => SlotSort::Relevance,
        }
    }

    pub(crate) const fn of_provider_locations(self) -> ProviderLocationSort {
        match self {
            Self::Start => ProviderLocationSort::Start,
            Self::StartDescending => ProviderLocationSort::StartDescending,
            Self::Distance => ProviderLocationSort::Distance,
            Self::Relevance => ProviderLocationSort::Relevance,
        }
    }
}

/// What a search is read against: the present, and who publishes.
#[derive(Debug, Clone, Copy)]
pub struct Context<'a> {
    /// The present.
    pub now: UnixSeconds,
    /// The publishers and their state.
    pub publishers: &'a PublisherTable,
}

/// A search for slots or provider locations, checked.
#[derive(Debug, Clone, PartialEq)]
pub struct Search {
    /// The filters.
    pub query: AvailabilityQuery,
    /// In which order.
    pub order: Order,
    /// Where the page starts.
    pub start: PageStart,
    /// How many answers it has.
    pub limit: usize,
    /// Where distances are measured from.
    pub near: Option<NearPoint>,
    /// What the cursors of this search are bound to.
    scope: u64,
}

impl Search {
    /// Everything free from now on, first page.
    pub fn everything(kind: SearchKind, context: Context<'_>) -> Self {
        // An empty query string has no faults.
        Self::read(kind, &mut Given::read(None, KNOWN), context)
    }

    /// Reads the query string of a search.
    ///
    /// # Errors
    /// One issue for each bad parameter, all of them.
    pub fn parse(kind: SearchKind, raw_query: Option<&str>, context: Context<'_>) -> Result<Self, Vec<ParameterIssue>> {
        let mut given = Given::read(raw_query, KNOWN);
        let search = Self::read(kind, &mut given, context);
        given.finish()?;
        Ok(search)
    }

    fn read(kind: SearchKind, given: &mut Given<'_>, context: Context<'_>) -> Self {
        let mut query = AvailabilityQuery::free_from(context.now);
        query.excluded_publishers = context.publishers.expired(context.now);
        read_filters(given, &mut query, context.publishers);
        query.window = parse_window(given, context.now);
        let near = parse_near(given);
        query.near = near.map(|point| point.near);
        let order = parse_order(kind, given);
        let scope = scope_of(
            match kind {
                SearchKind::Slots => "slots",
                SearchKind::ProviderLocations => "provider-locations",
            },
            order.as_str(),
            &given.sorted_pairs(PAGE_PARAMETERS),
        );
        let limit = parse_limit(given);
        let start = parse_start(given, scope);
        Self { query, order, start, limit, near, scope }
    }

    /// The cursor behind an answer with this key.
    pub(crate) fn cursor_behind(&self, key: openslots_model::SortKey) -> String {
        Cursor { key }.encode(self.scope)
    }
}

fn read_filters(given: &mut Given<'_>, query: &mut AvailabilityQuery, publishers: &PublisherTable) {
    if let Some(status) = given.parse("status", parse_status) {
        query.status = status;
    }
    query.publishers = given.parse("publisher", |text| {
        let slug = text.parse::<PublisherSlug>().map_err(|error| error.to_string())?;
        match publishers.by_slug(&slug) {
            Some(status) => Ok(vec![status.publisher.number]),
            None => Err(format!("no publisher `{slug}` is known; /v1/scheduling/publishers lists them")),
        }
    });
    query.service_types = given.parse("serviceTypeCode", parse_codes).unwrap_or_default();
    query.npis = given.parse("npi", parse_npis).unwrap_or_default();
    query.specialties = given.parse("specialty", parse_specialties).unwrap_or_default();
    query.appointment_types = given.parse("appointmentType", parse_codes).unwrap_or_default();
    query.accepting_patients = given.parse("acceptingPatients", parse_accepting_patients);
    query.is_virtual = given.parse("isVirtual", parse_bool);
    query.city = given.parse("city", parse_words);
    query.state = given.parse("state", parse_state);
    query.text = given.parse("q", parse_free_text).map(TextQuery);
    query.provider_location = given.parse("providerLocationKey", |text| {
        text.parse::<ProviderLocationKey>().map_err(|_| format!("`{}` is not a key of this service", echo(text)))
    });
}

fn parse_status(text: &str) -> Result<SlotStatus, String> {
    match text.parse() {
        Ok(SlotStatus::EnteredInError) | Err(()) => {
            Err(format!("must be free, busy, busy-unavailable or busy-tentative, not `{}`", echo(text)))
        }
        Ok(status) => Ok(status),
    }
}

fn parse_accepting_patients(text: &str) -> Result<AcceptingPatients, String> {
    match text.parse() {
        Ok(AcceptingPatients::None) => Err("must not be nopt: slots for no patients are never served".to_owned()),
        Ok(code) => Ok(code),
        Err(()) => Err(format!("must be newpt, existptonly or existptfam, not `{}`", echo(text))),
    }
}

/// Text with at least one letter or digit.
fn parse_words(text: &str) -> Result<String, String> {
    check_length(text)?;
    if fold(text).is_empty() {
        return Err(format!("`{}` has no letter or digit to search for", echo(text)));
    }
    Ok(text.to_owned())
}

/// Words, and not more of them than a search takes.
fn parse_free_text(text: &str) -> Result<String, String> {
    let text = parse_words(text)?;
    let n_words = fold(&text).split(' ').collect::<BTreeSet<_>>().len();
    if n_words > MAX_WORDS {
        return Err(format!("has {n_words} words, at most {MAX_WORDS} are searched for at once; leave some out"));
    }
    Ok(text)
}

/// `startAfter` and `startBefore`, both inclusive; without the first, from now (or from ever, with `includePast`).
fn parse_window(given: &mut Given<'_>, now: UnixSeconds) -> TimeWindow {
    let after = given.parse("startAfter", parse_instant);
    let before = given.parse("startBefore", parse_instant);
    let includes_past = given.parse("includePast", parse_bool).unwrap_or(false);
    if let (Some(after), Some(before)) = (after, before)
        && before < after
    {
        given.refuse("startBefore", "lies before `startAfter`, so nothing can start between them");
    }
    let from = after.unwrap_or(if includes_past { BEGINNING } else { now });
    // Instants are whole seconds, so "at or before" is "before the next one".
    TimeWindow { from, before: before.map(|before| before.plus_seconds(1)) }
}

fn parse_instant(text: &str) -> Result<UnixSeconds, String> {
    OffsetInstant::parse_strict(text).map(|instant| instant.instant).map_err(|error| {
        let hint = match error {
            // `+` in a query string is a space.
            TimeError::Form if text.contains(' ') => "; write the + of an offset as %2B in a URL",
            _ => "",
        };
        format!("`{}` {error}{hint}", echo(text))
    })
}

/// `sort`; without it slots come by start, provider locations nearest first, else best match first, else by start.
fn parse_order(kind: SearchKind, given: &mut Given<'_>) -> Order {
    let (has_near, has_text) = (given.has("near") || given.has("zip"), given.has("q"));
    let order = given.parse("sort", |text| {
        let order = Order::ALL.into_iter().find(|order| order.as_str() == text);
        match order {
            Some(Order::Distance) if !has_near => Err("by distance needs `near` or `zip`".to_owned()),
            Some(Order::Relevance) if !has_text => Err("by relevance needs `q`".to_owned()),
            Some(order) => Ok(order),
            None => Err(format!("must be start, -start, distance or relevance, not `{}`", echo(text))),
        }
    });
    order.unwrap_or(match kind {
        SearchKind::ProviderLocations if has_near => Order::Distance,
        SearchKind::ProviderLocations if has_text => Order::Relevance,
        SearchKind::Slots | SearchKind::ProviderLocations => Order::Start,
    })
}
