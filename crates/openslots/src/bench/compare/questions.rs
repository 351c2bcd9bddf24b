//! What is asked, of openslots as a query and of databases as parameters of their SQL.

use anyhow::Result;
use openslots_model::{
    AvailabilityQuery, BoundingBox, CodeFilter, Near, Position, ProviderLocation, SlotSort, TextQuery, UnixSeconds,
};
use serde_json::{Value, json};

use super::super::queries::{Material, specialty_code};
use super::other_words::OtherWords;

/// Different questions of a kind, asked in turn.
pub(super) const N_ASKS: usize = 20;
const DAY_SECONDS: i64 = 86_400;
const RADIUS_MILES: f64 = 25.0;
/// Boston as it was first measured: about 25 miles each way, in degrees.
const BOSTON: BoundingBox = BoundingBox { south: 42.11, north: 42.61, west: -71.40, east: -70.72 };
/// Dermatology in SNOMED CT.
const DERMATOLOGY: &str = "394582007";

/// What an answer is made of.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Want {
    /// The first fifty slots in an order.
    Slots(SlotSort),
    /// How many slots there are.
    Count,
    /// How many slots there are of each specialty.
    Specialties,
}

/// A kind of question.
#[derive(Debug)]
pub(super) struct Question {
    pub(super) name: &'static str,
    pub(super) want: Want,
    pub(super) template: &'static str,
    pub(super) asks: Vec<Ask>,
}

/// One question, said twice.
#[derive(Debug)]
pub(super) struct Ask {
    pub(super) query: AvailabilityQuery,
    /// In the order of the template's numbers.
    pub(super) parameters: Vec<Value>,
}

/// The name of the question that goals are set for.
pub(super) const BOSTON_NAME: &str = "Boston: box, dermatology, 7 days";

/// All questions, of places and people that are there.
pub(super) fn questions(material: &Material, other_words: &OtherWords, now: UnixSeconds) -> Result<Vec<Question>> {
    let by_start = Want::Slots(SlotSort::Start);
    let asks = |ask: &dyn Fn(usize) -> Result<Ask>| (0..N_ASKS).map(ask).collect::<Result<Vec<Ask>>>();
    Ok(vec![
        Question {
            name: BOSTON_NAME,
            want: by_start,
            template: include_str!("sql/box.sql"),
            asks: vec![in_box(BOSTON, DERMATOLOGY.to_owned(), now)],
        },
        Question {
            name: "box elsewhere, a specialty, 7 days",
            want: by_start,
            template: include_str!("sql/box.sql"),
            asks: asks(&|n| {
                let (position, code) = material.pick(n, position_and_specialty)?;
                Ok(in_box(box_around(position), code, now))
            })?,
        },
        Question {
            name: "25 miles, a specialty, 7 days, nearest first",
            want: Want::Slots(SlotSort::Distance),
            template: include_str!("sql/nearest.sql"),
            asks: asks(&|n| {
                let (position, code) = material.pick(n, position_and_specialty)?;
                Ok(nearest(position, code, now))
            })?,
        },
        Question {
            name: "a person's name, a city",
            want: by_start,
            template: include_str!("sql/name.sql"),
            asks: asks(&|n| {
                let (first, last, city) = material.pick(n, |at| {
                    let is_clear = |(first, last, city): &(String, String, String)| {
                        ![first, last].into_iter().any(|name| other_words.begin_with(city, name))
                    };
                    name_and_city(at).filter(is_clear)
                })?;
                Ok(named(&first, &last, &city, now))
            })?,
        },
        Question {
            name: "state, a service, 3 days, counted",
            want: Want::Count,
            template: include_str!("sql/state_service.sql"),
            asks: asks(&|n| {
                let (state, code) = material.pick(n, |at| {
                    let code = at.service_types().into_iter().find_map(|coding| coding.code)?;
                    Some((at.place.as_ref()?.state.clone()?, code))
                })?;
                Ok(state_service(state, code, now))
            })?,
        },
        Question {
            name: "specialties of a state, 7 days, counted",
            want: Want::Specialties,
            template: include_str!("sql/specialties.sql"),
            asks: asks(&|n| Ok(specialties(material.pick(n, |at| at.place.as_ref()?.state.clone())?, now)))?,
        },
    ])
}

/// Free slots of some days from now on; appointments that have begun are nobody's.
fn free(now: UnixSeconds, n_days: Option<i64>) -> AvailabilityQuery {
    let mut query = AvailabilityQuery::free_from(now);
    query.window.with_running = false;
    query.window.before = n_days.map(|n_days| now.plus_seconds(n_days * DAY_SECONDS));
    query
}

fn days(now: UnixSeconds, n_days: i64) -> i64 {
    now.plus_seconds(n_days * DAY_SECONDS).0
}

/// A specialty, the corners of a box, and a week.
fn box_parameters(bounding_box: BoundingBox, code: &str, now: UnixSeconds) -> Vec<Value> {
    let BoundingBox { south, north, west, east } = bounding_box;
    vec![json!(code), json!(south), json!(north), json!(west), json!(east), json!(now.0), json!(days(now, 7))]
}

fn in_box(bounding_box: BoundingBox, code: String, now: UnixSeconds) -> Ask {
    Ask {
        parameters: box_parameters(bounding_box, &code, now),
        query: AvailabilityQuery {
            bounding_box: Some(bounding_box),
            specialties: vec![CodeFilter::Code(code)],
            ..free(now, Some(7))
        },
    }
}

fn nearest(position: Position, code: String, now: UnixSeconds) -> Ask {
    let mut parameters = box_parameters(box_around(position), &code, now);
    parameters.extend([json!(position.latitude), json!(position.longitude), json!(RADIUS_MILES)]);
    Ask {
        parameters,
        query: AvailabilityQuery {
            near: Some(Near { position, radius_miles: RADIUS_MILES }),
            specialties: vec![CodeFilter::Code(code)],
            ..free(now, Some(7))
        },
    }
}

fn named(first: &str, last: &str, city: &str, now: UnixSeconds) -> Ask {
    Ask {
        parameters: vec![
            json!(first.to_lowercase()),
            json!(last.to_lowercase()),
            json!(city.to_lowercase()),
            json!(now.0),
        ],
        query: AvailabilityQuery {
            text: Some(TextQuery(format!("{first} {last}"))),
            city: Some(city.to_owned()),
            ..free(now, None)
        },
    }
}

fn state_service(state: String, code: String, now: UnixSeconds) -> Ask {
    Ask {
        parameters: vec![json!(code), json!(state), json!(now.0), json!(days(now, 3))],
        query: AvailabilityQuery {
            state: Some(state),
            service_types: vec![CodeFilter::Code(code)],
            ..free(now, Some(3))
        },
    }
}

fn specialties(state: String, now: UnixSeconds) -> Ask {
    Ask {
        parameters: vec![json!(state), json!(now.0), json!(days(now, 7))],
        query: AvailabilityQuery { state: Some(state), ..free(now, Some(7)) },
    }
}

fn position_and_specialty(at: &ProviderLocation) -> Option<(Position, String)> {
    Some((at.place.as_ref()?.position?, specialty_code(at)?))
}

/// First and last name of a person, and the city of the place.
fn name_and_city(at: &ProviderLocation) -> Option<(String, String, String)> {
    // "Dr. Olga G. Wright": titles and initials end in a full stop.
    let mut words = at.provider.as_ref()?.name.as_ref()?.split(' ').filter(|word| !word.ends_with('.'));
    let (first, last) = (words.next()?, words.next()?);
    let has_letters_only = |word: &str| word.bytes().all(|byte| byte.is_ascii_alphabetic());
    let is_person = words.next().is_none() && has_letters_only(first) && has_letters_only(last);
    is_person.then_some((first.to_owned(), last.to_owned(), at.place.as_ref()?.city.clone()?))
}

/// The least box that holds the circle about a point, a little wider; for places far from the poles.
fn box_around(position: Position) -> BoundingBox {
    let degrees = (RADIUS_MILES * 1.001 / openslots_model::EARTH_RADIUS_MILES).to_degrees();
    let across = degrees / (position.latitude.abs() + degrees).to_radians().cos();
    BoundingBox {
        south: position.latitude - degrees,
        north: position.latitude + degrees,
        west: position.longitude - across,
        east: position.longitude + across,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_box_holds_its_circle() {
        for (latitude, longitude) in [(42.36, -71.06), (25.77, -80.19), (64.84, -147.72), (19.72, -155.08)] {
            let at = Position::new(latitude, longitude).expect("a position");
            let around = box_around(at);
            for (south_or_north, west_or_east) in
                [(around.south, longitude), (around.north, longitude), (latitude, around.west), (latitude, around.east)]
            {
                let border = Position::new(south_or_north, west_or_east).expect("a position");
                assert!(at.distance_miles(border) > RADIUS_MILES, "{border:?} is within the circle");
            }
        }
    }
}
