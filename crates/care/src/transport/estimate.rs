//! How long a ride takes, roughly. It is an estimate and says so wherever it is shown.

use openslots_directory::geography::find_zip;
use openslots_model::Position;

/// Roads are longer than the line through the air: by a third, as a rule of thumb of US networks (circuity of about 1.2 to
/// 1.4, Ballou, Rahardja and Sakai, "Selected country circuity factors for road travel distance estimation", 2002).
const CIRCUITY: f64 = 1.3;
/// Miles an hour in towns, stops included.
const SLOW_MPH: f64 = 20.0;
/// On longer ways, most of which are highways.
const FAST_MPH: f64 = 45.0;
/// Up to this length a way is driven slowly, in miles of road.
const SLOW_MILES: f64 = 10.0;
/// For coming to the door, getting in and out.
const BOARDING_MINUTES: f64 = 10.0;
/// Where it is not known how far it is.
const UNKNOWN_MINUTES: i64 = 60;

/// How long a ride takes.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct TravelEstimate {
    /// Minutes, boarding included.
    pub minutes: i64,
    /// Miles of road; `None`: one end is not known, and the minutes are what is allowed then.
    pub road_miles: Option<f64>,
}

impl TravelEstimate {
    /// Between two positions.
    pub fn between(from: Option<Position>, to: Option<Position>) -> Self {
        let Some((from, to)) = from.zip(to) else { return Self { minutes: UNKNOWN_MINUTES, road_miles: None } };
        let road_miles = from.distance_miles(to) * CIRCUITY;
        let slow = road_miles.min(SLOW_MILES);
        let hours = slow / SLOW_MPH + (road_miles - slow) / FAST_MPH;
        let minutes = (hours * 60.0 + BOARDING_MINUTES).ceil() as i64;
        Self { minutes, road_miles: Some(road_miles) }
    }

    /// In a sentence.
    pub fn sentence(&self) -> String {
        match self.road_miles {
            Some(miles) => format!(
                "Travel estimate: {} minutes for about {miles:.0} miles, reckoned from the straight line; traffic is not in it.",
                self.minutes
            ),
            None => format!("Travel estimate: {} minutes are allowed, since the distance is not known.", self.minutes),
        }
    }
}

/// Where an address is, by the last ZIP code in it.
pub(super) fn position_of(address: &str) -> Option<Position> {
    let words = address.split(|c: char| !(c.is_ascii_alphanumeric() || c == '-'));
    words.filter(|word| word.len() >= 5).filter_map(find_zip).next_back().map(|zip| zip.position)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn estimates_grow_with_the_way() {
        let at = |latitude, longitude| Some(Position::new(latitude, longitude).expect("a position"));
        let minutes = |from, to| TravelEstimate::between(from, to).minutes;
        let boston = at(42.36, -71.06);
        assert_eq!(minutes(boston, boston), 10);
        // Boston to Worcester: 39 miles through the air, 51 by road; about an hour and a half with boarding.
        let worcester = minutes(boston, at(42.26, -71.80));
        assert!((80..110).contains(&worcester), "{worcester}");
        assert_eq!(TravelEstimate::between(None, boston), TravelEstimate { minutes: 60, road_miles: None });
    }
}
