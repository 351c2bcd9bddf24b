//! A whole search: filters, window, order and page.

use openslots_directory::text::fold;
use openslots_model::{
    AcceptingPatients, AvailabilityQuery, OffsetInstant, PageStart, ProviderLocationKey, PublisherSlug, SlotStatus,
    TextQuery, TimeError, TimeWindow, UnixSeconds,
};
use openslots_search::{MAX_WORDS, count_words};

use super::codes::{parse_codes, parse_npis, parse_specialties};
use super::given::{Given, echo, parse_bool};
use super::order::{Order, parse_order};
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

/// For how long the pages of one walk ask from the same moment on; a cursor that is older goes on from the present, so
/// that one from a bookmark does not offer slots that are long over.
const MAX_WALK_SECONDS: i64 = 3_600;

/// What is searched for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum SearchKind {
    /// Slots.
    Slots,
    /// Provider locations.
    ProviderLocations,
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
        let (start, first_from) = parse_start(given, scope);
        if let (SearchKind::ProviderLocations, Some(first_from)) = (kind, first_from) {
            query.window.from = from_of_walk(query.window.from, first_from, context.now);
        }
        Self { query, order, start, limit, near, scope }
    }

    /// The cursor behind an answer with this key.
    pub(crate) fn cursor_behind(&self, key: openslots_model::SortKey) -> String {
        Cursor { key, from: self.query.window.from }.encode(self.scope)
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
    let n_words = count_words(&text);
    if n_words > MAX_WORDS {
        return Err(format!("has {n_words} words, at most {MAX_WORDS} are searched for at once; leave some out"));
    }
    Ok(text)
}

/// `startAfter` and `startBefore`, both inclusive; never from before now, unless with `includePast`.
fn parse_window(given: &mut Given<'_>, now: UnixSeconds) -> TimeWindow {
    let after = given.parse("startAfter", parse_instant);
    let before = given.parse("startBefore", parse_instant);
    let includes_past = given.parse("includePast", parse_bool).unwrap_or(false);
    if let (Some(after), Some(before)) = (after, before)
        && before < after
    {
        given.refuse("startBefore", "lies before `startAfter`, so nothing can start between them");
    }
    let earliest = if includes_past { BEGINNING } else { now };
    let from = after.map_or(earliest, |after| after.max(earliest));
    // Instants are whole seconds, so "at or before" is "before the next one".
    TimeWindow { from, before: before.map(|before| before.plus_seconds(1)) }
}

/// From when on a later page asks, where the first one asked from `first_from`.
///
/// Provider locations are ordered by their next slot: did the window move with the clock, one whose next slot has just
/// begun would change its place between two pages, and be shown twice or never.
fn from_of_walk(from: UnixSeconds, first_from: UnixSeconds, now: UnixSeconds) -> UnixSeconds {
    // Any other beginning was asked for and is the same on every page.
    let is_from_clock = from == now;
    if is_from_clock { first_from.clamp(now.plus_seconds(-MAX_WALK_SECONDS), now) } else { from }
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

#[cfg(test)]
mod tests {
    use openslots_model::{CodeFilter, PublisherNumber};
    use proptest::prelude::*;

    use super::*;

    const NOW: UnixSeconds = UnixSeconds(1_790_856_000);

    fn parse(kind: SearchKind, query: &str) -> Result<Search, Vec<ParameterIssue>> {
        let publishers = PublisherTable::default();
        Search::parse(kind, Some(query), Context { now: NOW, publishers: &publishers })
    }

    #[test]
    fn windows_begin_now_unless_asked_otherwise() {
        let at = |text: &str| OffsetInstant::parse_strict(text).expect(text).instant;
        let noon = at("2026-10-02T12:00:00Z");
        for (query, from, before) in [
            ("", NOW, None),
            ("includePast=true", BEGINNING, None),
            ("includePast=false", NOW, None),
            ("startAfter=2026-10-02T12:00:00Z", noon, None),
            ("startAfter=2026-10-02T08:00:00-04:00&includePast=true", noon, None),
            ("startAfter=2020-01-01T00:00:00Z", NOW, None),
            ("startAfter=2020-01-01T00:00:00Z&includePast=true", at("2020-01-01T00:00:00Z"), None),
            ("startBefore=2026-10-02T12:00:00.75Z", NOW, Some(noon.plus_seconds(1))),
        ] {
            let search = parse(SearchKind::Slots, query).expect(query);
            assert_eq!(search.query.window, TimeWindow { from, before }, "{query}");
        }
    }

    #[test]
    fn later_pages_ask_from_when_the_first_did() {
        let ago = |seconds: i64| NOW.plus_seconds(-seconds);
        for (from, first_from, want) in [
            (NOW, ago(60), ago(60)),
            (NOW, ago(3_600), ago(3_600)),
            (NOW, ago(7_200), ago(3_600)),
            // The clock was set back.
            (NOW, ago(-60), NOW),
            (ago(-600), ago(-600), ago(-600)),
            (BEGINNING, BEGINNING, BEGINNING),
        ] {
            assert_eq!(from_of_walk(from, first_from, NOW), want, "{from:?} {first_from:?}");
        }
    }

    #[test]
    fn the_usual_order_depends_on_what_is_asked() {
        use SearchKind::{ProviderLocations, Slots};
        for (kind, query, want) in [
            (Slots, "", Order::Start),
            (Slots, "q=skin&zip=02139", Order::Start),
            (Slots, "q=skin&sort=relevance", Order::Relevance),
            (ProviderLocations, "", Order::Start),
            (ProviderLocations, "q=skin", Order::Relevance),
            (ProviderLocations, "q=skin&near=42.36,-71.06", Order::Distance),
            (ProviderLocations, "q=skin&zip=02139&sort=-start", Order::StartDescending),
        ] {
            assert_eq!(parse(kind, query).expect(query).order, want, "{query}");
        }
    }

    #[test]
    fn filters_are_typed() {
        let search =
            parse(SearchKind::Slots, "specialty=394582007,skin+doctor&state=massachusetts&acceptingPatients=newpt")
                .expect("a search");
        for want in [CodeFilter::Code("394582007".to_owned()), CodeFilter::Words("skin doctor".to_owned())] {
            assert!(search.query.specialties.contains(&want), "{want:?}");
        }
        assert_eq!(search.query.state.as_deref(), Some("MA"));
        assert_eq!(search.query.accepting_patients, Some(AcceptingPatients::New));
        assert_eq!(search.query.publishers, None::<Vec<PublisherNumber>>);
    }

    proptest! {
        #[test]
        fn no_query_panics(name in proptest::sample::select(KNOWN), value in ".{0,60}") {
            let query: String = url::form_urlencoded::Serializer::new(String::new()).append_pair(name, &value).finish();
            for query in [query.clone(), format!("zip=02139&q=a&{query}")] {
                let issues = parse(SearchKind::Slots, &query).err().unwrap_or_default();
                prop_assert!(issues.iter().all(|issue| KNOWN.contains(&issue.parameter.as_str())), "{:?}", issues);
                prop_assert!(issues.len() <= 2, "{:?}", issues);
            }
        }
    }
}
