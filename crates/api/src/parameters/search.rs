//! A whole search: filters, window, order and page.

use openslots_model::{AvailabilityQuery, ChangeSeq, PageStart, UnixSeconds};
use openslots_search::{Facet, Snapshot};

use super::Understood;
use super::facets::{parse_facets, parse_next_slots};
use super::fields::{Fields, PROVIDER_LOCATION, SLOT, Shape, parse_fields};
use super::filters::{FILTERS, read_filters};
use super::given::Given;
use super::order::{Order, parse_order};
use super::page::{parse_limit, parse_start};
use super::place::{NearPoint, parse_near};
use super::window::{from_of_walk, parse_max_age, parse_window};
use super::words::read_words;
use crate::ApiState;
use crate::cursor::{Cursor, Present, scope_of};
use crate::problem::ParameterIssue;
use crate::state::PublisherTable;

/// The parameters that say which part of an answer is wanted and how much of it, and so may change from page to page.
const PAGE_PARAMETERS: &[&str] = &["limit", "offset", "cursor", "sort", "facet", "fields", "slots"];

/// What is searched for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum SearchKind {
    /// Slots.
    Slots,
    /// Provider locations.
    ProviderLocations,
    /// Free slots a day.
    Days,
    /// The codes in use.
    Codes,
    /// Slots that are not there yet.
    Watch,
}

impl SearchKind {
    /// Every kind.
    pub const ALL: [Self; 5] = [Self::Slots, Self::ProviderLocations, Self::Days, Self::Codes, Self::Watch];

    /// The names of all parameters that such a search takes.
    pub fn parameter_names(self) -> Vec<&'static str> {
        [FILTERS, self.others()].concat()
    }

    /// The parameters that such a search has beside the filters.
    const fn others(self) -> &'static [&'static str] {
        match self {
            Self::Slots => &["limit", "offset", "cursor", "sort", "facet", "fields"],
            Self::ProviderLocations => PAGE_PARAMETERS,
            Self::Days | Self::Codes | Self::Watch => &[],
        }
    }

    /// The fields that its answers have, where some can be chosen.
    pub(crate) const fn shape(self) -> Option<&'static Shape> {
        match self {
            Self::Slots => Some(&SLOT),
            Self::ProviderLocations => Some(&PROVIDER_LOCATION),
            Self::Days | Self::Codes | Self::Watch => None,
        }
    }

    const fn name(self) -> &'static str {
        match self {
            Self::Slots => "slots",
            Self::ProviderLocations => "provider-locations",
            Self::Days => "availability",
            Self::Codes => "codes",
            Self::Watch => "watches",
        }
    }
}

/// What a search is read against: the present, and who publishes.
#[derive(Clone, Copy)]
pub struct Context<'a> {
    /// The present.
    pub now: UnixSeconds,
    /// The publishers and their state.
    pub publishers: &'a PublisherTable,
    /// The index, which knows the cities that are published; without one every city is known.
    pub snapshot: Option<&'a Snapshot>,
    /// Where the store's change feed began.
    pub feed_began: ChangeSeq,
}

impl Context<'_> {
    fn present(self) -> Present {
        let newest = self.snapshot.map_or(self.feed_began, Snapshot::seq);
        Present { now: self.now, feed_began: self.feed_began, newest }
    }
}

/// A search, checked.
#[derive(Debug, Clone, PartialEq)]
pub struct Search {
    /// What is searched for.
    pub kind: SearchKind,
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
    /// What is counted beside the answers.
    pub facets: Vec<Facet>,
    /// Which fields of each answer are wanted; `None`: all.
    pub fields: Option<Fields>,
    /// How many of the next slots of each provider location come along.
    pub n_next: usize,
    /// How old data may be, in seconds.
    pub max_age_seconds: Option<i64>,
    /// What plain words were understood as.
    pub understood: Vec<Understood>,
    /// What the cursors of this search are bound to.
    scope: u64,
    /// When it was asked, and the newest change that was known then.
    asked_at: UnixSeconds,
    seq: ChangeSeq,
}

impl Search {
    /// Everything free from now on, first page.
    pub fn everything(kind: SearchKind, context: Context<'_>) -> Self {
        // An empty query string has no faults.
        Self::read(kind, &mut Given::read(None, &[]), context)
    }

    /// Reads the query string of a search against what is known at present.
    ///
    /// # Errors
    /// As [`Search::parse`].
    pub fn of_request(
        state: &ApiState,
        kind: SearchKind,
        raw_query: Option<&str>,
    ) -> Result<Self, Vec<ParameterIssue>> {
        let (publishers, snapshot) = (state.publishers(), state.search().snapshot());
        let (now, feed_began) = (state.now(), state.feed_began());
        let context = Context { now, publishers: &publishers, snapshot: Some(&snapshot), feed_began };
        Self::parse(kind, raw_query, context)
    }

    /// Reads the query string of a search.
    ///
    /// # Errors
    /// One issue for each bad parameter, all of them.
    pub fn parse(kind: SearchKind, raw_query: Option<&str>, context: Context<'_>) -> Result<Self, Vec<ParameterIssue>> {
        let mut given = Given::read(raw_query, &kind.parameter_names());
        let search = Self::read(kind, &mut given, context);
        given.finish()?;
        Ok(search)
    }

    fn read(kind: SearchKind, given: &mut Given<'_>, context: Context<'_>) -> Self {
        let mut query = AvailabilityQuery::free_from(context.now);
        if kind == SearchKind::Days {
            query.status = None;
        }
        let max_age_seconds = given.parse("maxAge", parse_max_age);
        query.excluded_publishers = context.publishers.expired(context.now);
        if let Some(seconds) = max_age_seconds {
            query.excluded_publishers.extend(context.publishers.older_than(seconds, context.now));
        }
        let mut understood = read_filters(given, &mut query, context);
        let asked = read_words(given, &mut query, context.now);
        understood.extend(asked.understood);
        query.window = parse_window(given, context.now);
        let near = parse_near(given, asked.near);
        query.near = near.map(|point| point.near);
        let order = parse_order(kind, given, &query, asked.is_soon);
        let scope = scope_of(kind.name(), order.as_str(), &given.sorted_pairs(PAGE_PARAMETERS));
        let limit = parse_limit(given);
        let (start, first_from) = parse_start(given, scope, context.present());
        if let (SearchKind::ProviderLocations, Some(first_from)) = (kind, first_from) {
            query.window.from = from_of_walk(query.window.from, first_from, context.now);
        }
        Self {
            kind,
            query,
            order,
            start,
            limit,
            near,
            facets: parse_facets(given),
            fields: kind.shape().and_then(|shape| parse_fields(given, shape)),
            n_next: parse_next_slots(given),
            max_age_seconds,
            understood,
            scope,
            asked_at: context.now,
            seq: context.present().newest,
        }
    }

    /// The cursor behind an answer with this key.
    pub(crate) fn cursor_behind(&self, key: openslots_model::SortKey) -> String {
        Cursor { key, from: self.query.window.from, given_at: self.asked_at, seq: self.seq }.encode(self.scope)
    }
}

#[cfg(test)]
mod tests {
    use openslots_model::{AcceptingPatients, CodeFilter, PublisherNumber};
    use proptest::prelude::*;

    use super::*;

    const NOW: UnixSeconds = UnixSeconds(1_790_856_000);

    fn parse(kind: SearchKind, query: &str) -> Result<Search, Vec<ParameterIssue>> {
        let publishers = PublisherTable::default();
        let context = Context { now: NOW, publishers: &publishers, snapshot: None, feed_began: ChangeSeq(0) };
        Search::parse(kind, Some(query), context)
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
        for want in [CodeFilter::Code("394582007".to_owned()), CodeFilter::Meaning("dermatology".to_owned())] {
            assert!(search.query.specialties.contains(&want), "{want:?}");
        }
        assert_eq!(search.query.state.as_deref(), Some("MA"));
        assert_eq!(search.query.accepting_patients, Some(AcceptingPatients::New));
        assert_eq!(search.query.publishers, None::<Vec<PublisherNumber>>);
    }

    fn known() -> Vec<&'static str> {
        [FILTERS, PAGE_PARAMETERS].concat()
    }

    proptest! {
        #[test]
        fn no_query_panics(name in proptest::sample::select(known()), value in ".{0,60}") {
            let query: String = url::form_urlencoded::Serializer::new(String::new()).append_pair(name, &value).finish();
            for query in [query.clone(), format!("zip=02139&q=a&{query}")] {
                let issues = parse(SearchKind::ProviderLocations, &query).err().unwrap_or_default();
                prop_assert!(issues.iter().all(|issue| known().contains(&issue.parameter.as_str())), "{:?}", issues);
                prop_assert!(issues.len() <= 2, "{:?}", issues);
            }
        }
    }
}
