//! What is told beside the answers: counts, what was understood, why nothing was found.

use std::collections::BTreeMap;

use openslots_model::{OffsetInstant, ProviderLocationKey};
use serde::Serialize;
use utoipa::ToSchema;

use crate::openapi::shapes;

use super::{CountedCode, LocalClock, Published, Text, to_tenth};
use crate::calls;
use crate::parameters::facet_name;

/// The values of each facet by its name.
pub type Facets<'a> = BTreeMap<&'static str, Vec<CountedCode<'a>>>;

/// The facets that were asked for; `None`: none was.
pub(super) fn facets<'a>(counted: &'a [calls::CountedFacet]) -> Option<Facets<'a>> {
    let values = |facet: &'a calls::CountedFacet| facet.values.iter().map(CountedCode::from).collect();
    let facets = counted.iter().map(|facet| (facet_name(facet.facet), values(facet)));
    (!counted.is_empty()).then(|| facets.collect())
}

impl<'a> From<&'a (calls::CountedValue, u64)> for CountedCode<'a> {
    fn from((value, count): &'a (calls::CountedValue, u64)) -> Self {
        let (system, code, display) = parts_of(value);
        Self { system, code, display, count: *count }
    }
}

fn parts_of(value: &calls::CountedValue) -> (Option<&str>, Option<&str>, Option<&str>) {
    match value {
        calls::CountedValue::Publisher { slug, display_name } => (None, Some(slug.as_str()), Some(display_name)),
        calls::CountedValue::Code(coding) => {
            (coding.system.as_deref(), coding.code.as_deref(), coding.display.as_deref())
        }
        calls::CountedValue::Text(text) => (None, Some(text), None),
    }
}

/// Words of the request and the parameter that would say the same.
#[derive(Debug, Clone, Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub struct Understood<'a> {
    /// The words as they were written.
    pub words: &'a str,
    /// The parameter that would say the same.
    pub parameter: &'static str,
    /// Its value.
    pub value: &'a str,
    /// What people read of the value.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub label: Option<&'a str>,
    /// What misspelt words were taken for.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub corrected: Option<&'a str>,
}

impl<'a> From<&'a crate::parameters::Understood> for Understood<'a> {
    fn from(understood: &'a crate::parameters::Understood) -> Self {
        Self {
            words: &understood.words,
            parameter: understood.parameter,
            value: &understood.value,
            label: understood.label.as_deref(),
            corrected: understood.corrected.as_deref(),
        }
    }
}

/// What would have been found, were something else asked for.
#[derive(Debug, Clone, Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub struct Explanation<'a> {
    /// The nearest match beyond the radius.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub nearest: Option<Match<'a>>,
    /// The first match behind the end of the time asked for.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub next: Option<Match<'a>>,
    /// The filters without which something is found, the one that excludes most first.
    pub without: Vec<Without>,
}

/// A filter, and how much is found without it.
#[derive(Debug, Clone, Copy, Serialize, ToSchema)]
pub struct Without {
    /// The filter.
    pub parameter: &'static str,
    /// How much is found without it.
    pub total: u64,
}

/// A match of a question near to the one that was asked.
#[derive(Debug, Clone, Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
#[allow(missing_docs, reason = "named as in slots and provider locations")]
pub struct Match<'a> {
    #[schema(value_type = shapes::ProviderLocationKey)]
    pub provider_location_key: ProviderLocationKey,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub name: Option<&'a str>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub city: Option<&'a str>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub state: Option<&'a str>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub distance_miles: Option<f64>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub start: Option<Published>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub local_start: Option<Published>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub time_zone: Option<&'a str>,
}

impl<'a> From<&'a calls::Explanation> for Explanation<'a> {
    fn from(explanation: &'a calls::Explanation) -> Self {
        let without = |(parameter, total): &(&'static str, u64)| Without { parameter, total: *total };
        Self {
            nearest: explanation.nearest.as_ref().map(Match::from),
            next: explanation.next.as_ref().map(Match::from),
            without: explanation.without.iter().map(without).collect(),
        }
    }
}

impl<'a> From<&'a calls::Match> for Match<'a> {
    fn from(found: &'a calls::Match) -> Self {
        let provider_location = &*found.provider_location;
        let place = provider_location.place.as_ref();
        let clock = LocalClock::of(place);
        let provider_name = provider_location.provider.as_ref().and_then(|provider| provider.name.as_deref());
        Self {
            provider_location_key: provider_location.key,
            name: provider_name.or_else(|| place.and_then(|place| place.name.as_deref())),
            city: place.and_then(|place| place.city.as_deref()),
            state: place.and_then(|place| place.state.as_deref()),
            distance_miles: found.distance_miles.map(to_tenth),
            start: found.start.map(|instant| Text(OffsetInstant { instant, offset_seconds: 0 })),
            local_start: clock.as_ref().zip(found.start).map(|(clock, start)| clock.show(start)),
            time_zone: clock.as_ref().map(LocalClock::name),
        }
    }
}
