//! A whole search: filters, window, order and page.

use openslots_directory::text::fold;
use openslots_model::{
    AcceptingPatients, AvailabilityQuery, PageStart, ProviderLocationKey, PublisherSlug, SlotStatus, TextQuery,
    UnixSeconds,
};
use openslots_search::{MAX_WORDS, count_words};

use super::codes::{parse_codes, parse_npis, parse_specialties};
use super::given::{Given, echo, parse_bool};
use super::order::{Order, parse_order};
use super::page::{parse_limit, parse_start};
use super::place::{NearPoint, check_length, parse_near, parse_state};
use super::window::{from_of_walk, parse_window};
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
