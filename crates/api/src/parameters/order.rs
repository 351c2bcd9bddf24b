//! In which order: `sort`.

use openslots_model::{AvailabilityQuery, ProviderLocationSort, SlotSort};

use super::SearchKind;
use super::given::{Given, echo};

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
    pub(super) const ALL: [Self; 4] = [Self::Start, Self::StartDescending, Self::Distance, Self::Relevance];

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

/// `sort`; without it slots come by start, provider locations nearest first, else best match first, else by start.
/// What was asked for soon comes by start as well.
pub(super) fn parse_order(kind: SearchKind, given: &mut Given<'_>, query: &AvailabilityQuery, is_soon: bool) -> Order {
    // What is given and cannot be used is told already.
    let has_near = query.near.is_some() || given.has("near") || given.has("zip");
    let has_text = query.text.is_some() || given.is_bad("q");
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
        _ if is_soon => Order::Start,
        SearchKind::ProviderLocations if has_near => Order::Distance,
        SearchKind::ProviderLocations if has_text => Order::Relevance,
        _ => Order::Start,
    })
}
