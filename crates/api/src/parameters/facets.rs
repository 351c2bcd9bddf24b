//! What is told beside the answers: `facet`, `slots`.

use openslots_search::Facet;

use super::codes::list;
use super::given::{Given, echo};

/// The most slots of each provider location that come along.
pub(super) const MAX_NEXT_SLOTS: usize = 20;

/// Every facet with its name.
pub const FACETS: [(&str, Facet); 8] = [
    ("publisher", Facet::Publisher),
    ("serviceType", Facet::ServiceType),
    ("specialty", Facet::Specialty),
    ("language", Facet::Language),
    ("state", Facet::State),
    ("gender", Facet::Gender),
    ("network", Facet::Network),
    ("isVirtual", Facet::IsVirtual),
];

/// The name of a facet.
pub fn facet_name(facet: Facet) -> &'static str {
    FACETS.iter().find(|(_, known)| *known == facet).map_or("", |(name, _)| name)
}

/// `facet`: a list of names.
pub(super) fn parse_facets(given: &mut Given<'_>) -> Vec<Facet> {
    let read = |value: &str| {
        let known = FACETS.iter().find(|(name, _)| *name == value).map(|(_, facet)| *facet);
        known.ok_or_else(|| {
            let names = FACETS.map(|(name, _)| name).join(", ");
            format!("`{}` is not a facet; they are {names}", echo(value))
        })
    };
    let facets = given.parse("facet", |text| list(text)?.into_iter().map(read).collect::<Result<Vec<_>, _>>());
    let mut facets = facets.unwrap_or_default();
    let mut seen = Vec::new();
    facets.retain(|facet| {
        !seen.contains(facet) && {
            seen.push(*facet);
            true
        }
    });
    facets
}

/// `slots`: how many of the next slots of each provider location come along.
pub(super) fn parse_next_slots(given: &mut Given<'_>) -> usize {
    let n_slots = given.parse("slots", |text| match text.parse::<usize>() {
        Ok(n_slots @ 0..=MAX_NEXT_SLOTS) => Ok(n_slots),
        _ => Err(format!("must be a whole number from 0 to {MAX_NEXT_SLOTS}, not `{}`", echo(text))),
    });
    n_slots.unwrap_or(0)
}
