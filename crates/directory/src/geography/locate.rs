//! From what a searcher types to a point.

use openslots_model::{Position, PositionError};

use super::cities::{City, cities, counties, fold_city};
use super::states::normalize_folded_state;
use super::{PlaceError, find_zip, normalize_zip};
use crate::text::{fold, words};

/// A city without state is taken to be the one with more than this many times the ZIP codes of the next: `Boston` is
/// the one in Massachusetts, `Portland` and `Springfield` are anybody's guess and need a state.
const CLEARLY_LARGER: usize = 10;

/// Names that people use for places which the table calls otherwise: (folded name, city, state).
const NICKNAMES: [(&str, &str, &str); 3] =
    [("manhattan", "new york", "NY"), ("new york city", "new york", "NY"), ("nyc", "new york", "NY")];

/// The point that a searcher means by `lat,lon`, a ZIP, or `City, ST`.
///
/// - A point is two numbers with a comma or space between; `0,0` is refused, it is how a missing position looks.
/// - A ZIP may have lost its leading zeros, have four more digits, or follow a city (`Boston, MA 02114`: the ZIP counts).
/// - The state may be letters or a name, with or without comma. `St`, `Mt` and `Ft` are `Saint`, `Mount` and `Fort`.
///   A name that is no city of the state may be a county of it (`Queens, NY`; `Orange County, CA`).
/// - A city without state is taken where only one state has it, or where one state's city has more than ten times the
///   ZIP codes of the next. Else the answer is [`PlaceError::AmbiguousCity`].
///
/// Never the nearest guess: what is not known is an error, because a search around a wrong point looks like an answer.
///
/// # Errors
/// Says what is not known, and how to write it.
pub fn locate(text: &str) -> Result<Position, PlaceError> {
    let text = text.trim();
    if let Some(zip) = find_zip(text) {
        return Ok(zip.position);
    }
    if let Some(point) = read_point(text) {
        return point;
    }
    let is_code = !text.is_empty() && text.bytes().all(|b| b.is_ascii_digit() || matches!(b, b'-' | b' '));
    if is_code || normalize_zip(text).is_some() {
        return Err(PlaceError::UnknownZip(text.to_owned()));
    }
    if let Some((_, last)) = text.rsplit_once([' ', ','])
        && let Some(zip) = normalize_zip(last).filter(|_| last.len() >= 5)
    {
        return find_zip(&zip).map(|code| code.position).ok_or_else(|| PlaceError::UnknownZip(last.to_owned()));
    }
    locate_city(text).map(|city| city.position)
}

/// Two numbers; `None` where the text is not meant as a point.
fn read_point(text: &str) -> Option<Result<Position, PlaceError>> {
    let bad = |reason: &dyn ToString| Some(Err(PlaceError::BadPoint(text.to_owned(), reason.to_string())));
    let parts: Vec<&str> = match text.contains(',') {
        true => text.split(',').map(str::trim).collect(),
        false => text.split_whitespace().collect(),
    };
    let numbers: Vec<Option<f64>> = parts.iter().map(|part| part.parse().ok()).collect();
    match numbers[..] {
        [Some(latitude), Some(longitude)] => match Position::new(latitude, longitude) {
            Ok(_) if latitude == 0.0 && longitude == 0.0 => bad(&PositionError::NullIsland),
            Ok(position) => Some(Ok(position)),
            Err(error) => bad(&error),
        },
        // A number with a fraction is no ZIP and starts no city's name.
        [Some(_), ..] if parts[0].contains('.') => bad(&"give latitude and longitude in degrees, as in `42.36,-71.06`"),
        _ => None,
    }
}

fn locate_city(text: &str) -> Result<City, PlaceError> {
    if let Some((city, state)) = text.rsplit_once(',') {
        // What follows the comma must be a state; a country after it says nothing new.
        let tail = fold(state);
        if matches!(tail.as_str(), "us" | "usa" | "united states") {
            return locate_city(city);
        }
        let known = normalize_folded_state(&tail).and_then(|state| find_in_state(&fold_city(city), state));
        return known.ok_or_else(|| PlaceError::UnknownCity(text.to_owned()));
    }
    let name = fold_city(text);
    if let Some((_, city, state)) = NICKNAMES.iter().find(|(nickname, ..)| *nickname == name)
        && let Some(city) = cities().find(city, state)
    {
        return Ok(city);
    }
    let mut found = cities().find_all(&name);
    if found.is_empty()
        && let Some(county) = name.strip_suffix(" county")
    {
        found = counties().find_all(county);
    }
    match &found[..] {
        [] => find_before_state(&fold(text)).ok_or_else(|| PlaceError::UnknownCity(text.to_owned())),
        [only] => Ok(*only),
        [first, second, ..] if first.zip_codes.len() > CLEARLY_LARGER * second.zip_codes.len() => Ok(*first),
        [first, ..] => {
            let states: Vec<_> = found.iter().map(|city| city.state).collect();
            Err(PlaceError::AmbiguousCity(text.to_owned(), states.join(", "), first.state.to_owned()))
        }
    }
}

/// The city that a name without a state means, if all of the text is that name.
pub(crate) fn locate_bare_city(text: &str) -> Option<City> {
    let name = fold_city(text);
    let is_bare = NICKNAMES.iter().any(|(nickname, ..)| *nickname == name) || !cities().find_all(&name).is_empty();
    if is_bare && !text.contains(',') { locate_city(text).ok() } else { None }
}

/// `boston massachusetts`: the longest tail that is a state, so that `x west virginia` is not `x west` in Virginia.
fn find_before_state(folded: &str) -> Option<City> {
    let words: Vec<_> = words(folded).collect();
    (1..words.len()).find_map(|n_city_words| {
        let (city, state) = words.split_at(n_city_words);
        find_in_state(&fold_city(&city.join(" ")), normalize_folded_state(&state.join(" "))?)
    })
}

/// A city of a state, else a county of it.
fn find_in_state(name: &str, state: &str) -> Option<City> {
    let nickname = NICKNAMES.iter().find(|(nickname, _, of)| *nickname == name && *of == state);
    let name = nickname.map_or(name, |(_, city, _)| city);
    let county = name.strip_suffix(" county").unwrap_or(name);
    cities().find(name, state).or_else(|| counties().find(county, state))
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn places_are_found() {
        let boston = (42.36, -71.06);
        let new_york = (40.75, -73.99);
        for (text, (latitude, longitude)) in [
            ("42.36,-71.06", boston),
            (" 42.36 , -71.06 ", boston),
            ("42.36 -71.06", boston),
            ("42,-71", (42.0, -71.0)),
            ("02114", boston),
            ("2114-0001", boston),
            ("Boston, MA", boston),
            ("BOSTON,ma", boston),
            ("boston massachusetts", boston),
            ("boston ma", boston),
            ("Boston, MA 02114", boston),
            ("Boston, MA, USA", boston),
            ("Boston", boston),
            ("New York", new_york),
            ("new york new york", new_york),
            ("NYC", new_york),
            ("Manhattan, NY", new_york),
            ("Queens, NY", (40.72, -73.82)),
            ("Orange County, CA", (33.73, -117.85)),
            ("Washington", (38.9, -77.03)),
            ("Washington, D.C.", (38.9, -77.03)),
            ("St. Louis, Mo", (38.63, -90.26)),
            ("saint louis mo", (38.63, -90.26)),
            ("Ft Worth TX", (32.75, -97.33)),
            ("Charleston West Virginia", (38.35, -81.63)),
            ("Las Cruces", (32.32, -106.78)),
            ("Twentynine Palms", (34.14, -116.05)),
        ] {
            let got = locate(text).unwrap_or_else(|error| panic!("{text}: {error}"));
            let miles = got.distance_miles(Position::new(latitude, longitude).expect("a position"));
            assert!(miles < 5.0, "{text} is {miles} miles off at {got:?}");
        }
    }

    #[test]
    fn what_is_not_known_is_an_error_that_says_so() {
        for (text, want) in [
            ("99999", "no ZIP code `99999` is known"),
            ("123456", "no ZIP code `123456` is known"),
            ("12", "no ZIP code `12` is known"),
            ("Boston, MA 99999", "no ZIP code `99999` is known"),
            ("Atlantis", "no city `Atlantis` is known"),
            ("Atlantis, MA", "no city `Atlantis, MA` is known"),
            ("Boston, XX", "no city `Boston, XX` is known"),
            ("Massachusetts", "no city `Massachusetts` is known"),
            ("", "no city `` is known"),
            (",", "no city `,` is known"),
            ("Springfield", "`Springfield` is in several states (IL, MA, MO, "),
            ("Portland", "add the state, as in `Portland, OR`"),
            ("0,0", "`0,0` is not a point: 0, 0 is how a missing position is written"),
            ("91,0", "`91,0` is not a point: latitude must lie in -90..90"),
            ("42.36,-271.06", "is not a point: latitude must lie in"),
            ("NaN,5", "is not a point: latitude must lie in"),
            ("inf,5", "is not a point: latitude must lie in"),
            ("42.36", "give latitude and longitude"),
            ("42.36,west", "give latitude and longitude"),
            ("42.36,-71.06,10", "give latitude and longitude"),
        ] {
            let got = locate(text).expect_err(text).to_string();
            assert!(got.contains(want), "{text}: {got}");
        }
    }

    proptest! {
        #[test]
        fn no_text_panics(text in ".{0,30}") {
            drop(locate(&text));
        }

        #[test]
        fn every_point_but_null_island_is_itself(latitude in -90.0..=90.0f64, longitude in -180.0..=180.0f64) {
            prop_assume!(latitude != 0.0 || longitude != 0.0);
            prop_assert_eq!(locate(&format!("{latitude},{longitude}")), Ok(Position { latitude, longitude }));
        }
    }
}
