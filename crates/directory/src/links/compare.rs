//! Two places, side by side.

use super::name::Relation;
use super::phone::number;
use super::signals::{PlaceSignals, phone_fact};
use super::verdict::{Contradiction, LinkSignal, LinkSignals, Verdict};
use super::{Agreement, index::Cell};

/// Positions as near as this are one house: geocoders differ by a parking lot.
const SAME_SPOT_MILES: f64 = 0.08;
/// Farther apart than this, nothing but a wrong position makes two one: too much to bet on.
const NEIGHBOURS_MILES: f64 = 0.25;
/// Places that are farther apart are different ones, even where one position is rough.
const FAR_MILES: f64 = 1.0;
/// The same where a position is cut off after two decimals.
const FAR_MILES_WHEN_CUT: f64 = 2.0;

/// How far apart two places are, as their publishers say.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Distance {
    Unknown,
    SameSpot,
    Neighbours,
    Apart,
    Far,
}

/// What two places on their own say of being the same, as if no other place had their phones and identifiers.
pub fn compare(a: &PlaceSignals, b: &PlaceSignals) -> Verdict {
    compare_among(a, b, |_| false)
}

/// The same, where some facts are shared with other places and so tell nothing of these two.
pub(super) fn compare_among(a: &PlaceSignals, b: &PlaceSignals, is_shared: impl Fn(u64) -> bool) -> Verdict {
    let pair = Pair { a, b, distance: distance(a, b), relation: a.name.relation(&b.name) };
    let contradiction = pair.contradiction();
    let agrees = pair.agreeing(is_shared);
    let signals = LinkSignals::default()
        .with(LinkSignal::Identifier, agrees.own_identifier || agrees.other_identifier)
        .with(LinkSignal::Address, agrees.address)
        .with(LinkSignal::Phone, agrees.phone)
        .with(LinkSignal::Position, agrees.position)
        .with(LinkSignal::Name, agrees.name);
    Verdict { signals, contradiction, is_same: contradiction.is_none() && pair.is_enough(agrees) }
}

struct Pair<'a> {
    a: &'a PlaceSignals,
    b: &'a PlaceSignals,
    distance: Distance,
    relation: Relation,
}

#[derive(Debug, Clone, Copy)]
struct Agreeing {
    address: bool,
    position: bool,
    phone: bool,
    name: bool,
    /// One that names one place.
    own_identifier: bool,
    /// One of an organisation.
    other_identifier: bool,
}

impl Pair<'_> {
    fn contradiction(&self) -> Option<Contradiction> {
        let Self { a, b, distance, relation } = self;
        let is_same_spot = *distance == Distance::SameSpot;
        // A ZIP may be mistyped; a state is not: towns on its border have the same streets on both sides.
        if self.has_other_state() || (self.region() == Agreement::Differs && !is_same_spot) {
            return Some(Contradiction::Region);
        }
        if *distance == Distance::Far {
            return Some(Contradiction::Distance);
        }
        if let (Some(one), Some(other)) = (&a.street, &b.street) {
            let compared = one.compare(other);
            if compared.house == Agreement::Differs {
                return Some(Contradiction::House);
            }
            // One house on one spot may have two names of its street, but 14th Place is never 14th Avenue.
            if compared.has_other_end || (compared.street == Agreement::Differs && !is_same_spot) {
                return Some(Contradiction::Street);
            }
        }
        if a.units.compare(b.units) == Agreement::Differs {
            return Some(Contradiction::Unit);
        }
        if a.name.has_other_store(&b.name) {
            return Some(Contradiction::Store);
        }
        if self.has_other_identifier() {
            return Some(Contradiction::Identifier);
        }
        let are_named = !a.name.is_empty() && !b.name.is_empty();
        let is_other_department = *relation == Relation::Siblings || a.name.kinds.exclude(b.name.kinds);
        (are_named && is_other_department).then_some(Contradiction::Department)
    }

    fn has_other_state(&self) -> bool {
        let (a, b) = (self.a.state, self.b.state);
        a != b && a != [0; 2] && b != [0; 2]
    }

    /// Whether both have phones, and none in common: a reason to doubt, as one place may have many phones.
    fn has_other_phone(&self) -> bool {
        let is_of_both = |phone: &u64| self.b.phones.iter().any(|other| number(*other) == number(*phone));
        !self.a.phones.is_empty() && !self.b.phones.is_empty() && !self.a.phones.iter().any(is_of_both)
    }

    /// Whether the addresses are the same to the letter, and neither says more than the other.
    fn is_same_door(&self) -> bool {
        let Self { a, b, .. } = self;
        let is_same_street = a.street.is_some() && a.street == b.street;
        is_same_street && a.zip != 0 && a.zip == b.zip && a.units.compare(b.units) == Agreement::Agrees
    }

    /// Whether ZIP and state are the same; unknown where neither ZIPs nor cities can be compared.
    fn region(&self) -> Agreement {
        let Self { a, b, .. } = self;
        let differs = |a: u32, b: u32| a != 0 && b != 0 && a != b;
        if self.has_other_state() || differs(a.zip, b.zip) {
            return Agreement::Differs;
        }
        let is_same_zip = a.zip != 0 && a.zip == b.zip;
        let is_same_city = a.city != 0 && a.city == b.city && a.state != [0; 2] && a.state == b.state;
        Agreement::of_known(is_same_zip || is_same_city)
    }

    /// Whether the two have values of one system, and no value in common.
    fn has_other_identifier(&self) -> bool {
        let exclusive = self.a.identifiers.iter().filter(|identifier| identifier.excludes_others);
        exclusive.clone().any(|one| {
            let mut others = self.b.identifiers.iter().filter(|other| other.system == one.system).peekable();
            let is_of_both = |value: u64| self.a.identifiers.iter().any(|identifier| identifier.value == value);
            others.peek().is_some() && !others.any(|other| is_of_both(other.value))
        })
    }

    fn agreeing(&self, is_shared: impl Fn(u64) -> bool) -> Agreeing {
        let Self { a, b, .. } = self;
        let is_same_street = match (&a.street, &b.street) {
            (Some(one), Some(other)) => {
                let compared = one.compare(other);
                compared.house == Agreement::Agrees && compared.street == Agreement::Agrees
            }
            _ => false,
        };
        let is_same_region = self.region() == Agreement::Agrees || self.distance == Distance::SameSpot;
        let has_identifier = |is_of_place: bool| {
            let mut ones = a.identifiers.iter().filter(|one| one.is_of_place == is_of_place && !is_shared(one.value));
            ones.any(|one| b.identifiers.iter().any(|other| other.value == one.value))
        };
        Agreeing {
            address: is_same_street && is_same_region && a.units.compare(b.units) != Agreement::Differs,
            position: self.distance == Distance::SameSpot,
            phone: a.phones.iter().any(|phone| b.phones.contains(phone) && !is_shared(phone_fact(*phone))),
            name: self.relation == Relation::Equal && a.name.kinds.are_compatible(b.name.kinds),
            own_identifier: has_identifier(true),
            other_identifier: has_identifier(false),
        }
    }

    /// Whether what agrees is enough, where nothing contradicts.
    fn is_enough(&self, agrees: Agreeing) -> bool {
        let Self { a, b, relation, .. } = self;
        let Agreeing { address, position, phone, name, own_identifier, other_identifier } = agrees;
        let is_here = address || position;
        // Without a common address at least the region must be one, and no position may say otherwise.
        let is_around = self.region() == Agreement::Agrees && self.distance != Distance::Apart;
        let units = a.units.compare(b.units);
        match relation {
            // By position alone only the very same name counts: it is how such a pair is found.
            Relation::Equal if name => {
                let is_same_name = a.name.key() == b.name.key();
                // A chain may be twice in one street, and a practice twice in one house, each with a phone of its own.
                let is_sure = !self.has_other_phone() || (self.is_same_door() && a.name.whole == b.name.whole);
                (address && is_sure)
                    || (position && is_same_name && is_sure)
                    || (is_around && (phone || own_identifier))
            }
            Relation::Equal => is_here && (phone || own_identifier),
            Relation::Unknown => {
                // What has no name may be the desk of the whole, of which the other is a department.
                let is_part = a.name.kinds.exclude(b.name.kinds);
                let is_of_house = address && other_identifier && units == Agreement::Agrees && !is_part;
                (is_here && (phone || own_identifier)) || (is_around && phone && own_identifier) || is_of_house
            }
            // A part of the whole, unless both name the same door.
            Relation::Part => (is_here && own_identifier) || (address && phone && a.units.is_same_suite(b.units)),
            // A new name, where all else stayed. Many share a house and its switchboard: it takes one suite or one
            // specialty as well.
            Relation::Disjoint => {
                let is_told = a.units.is_same_suite(b.units) || a.name.kinds.has_specialty();
                let is_as_before = is_told && units == Agreement::Agrees && a.name.kinds.are_equal(b.name.kinds);
                address && is_as_before && (phone || own_identifier)
            }
            Relation::Siblings => false,
        }
    }
}

fn distance(a: &PlaceSignals, b: &PlaceSignals) -> Distance {
    let (Some(a), Some(b)) = (a.spot, b.spot) else { return Distance::Unknown };
    let miles = a.position.distance_miles(b.position);
    if !a.is_precise || !b.is_precise {
        return if miles > FAR_MILES_WHEN_CUT { Distance::Far } else { Distance::Unknown };
    }
    let is_same_spot = miles <= SAME_SPOT_MILES && Cell::of(a.position).is_beside(Cell::of(b.position));
    match miles {
        _ if is_same_spot => Distance::SameSpot,
        _ if miles <= NEIGHBOURS_MILES => Distance::Neighbours,
        _ if miles <= FAR_MILES => Distance::Apart,
        _ => Distance::Far,
    }
}
