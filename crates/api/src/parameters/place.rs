//! Where: `near` or `zip` with `radius` or `radiusKm`, and `state`.

use openslots_directory::geography;
use openslots_model::{BoundingBox, KM_PER_MILE, Near, Position};

use super::MAX_TEXT_CHARS;
use super::given::{Given, echo};

/// The largest radius, in miles.
pub const MAX_RADIUS_MILES: f64 = 500.0;
/// The largest radius, in kilometres.
pub(super) const MAX_RADIUS_KM: f64 = MAX_RADIUS_MILES * KM_PER_MILE;
/// The radius when none is given, in miles.
pub(super) const DEFAULT_RADIUS_MILES: f64 = 25.0;

/// What a searcher named to measure from.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum NearSource {
    /// A point by its latitude and longitude.
    Point,
    /// A postal code: measured from its centroid.
    PostalCode,
    /// A city: measured from its middle.
    City,
}

impl NearSource {
    /// The name in the JSON API.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Point => "point",
            Self::PostalCode => "postal-code",
            Self::City => "city",
        }
    }
}

/// Where distances are measured from, how far, and how that was told.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct NearPoint {
    /// The centre and the radius.
    pub near: Near,
    /// What the searcher named.
    pub source: NearSource,
}

/// Reads `near`, `zip`, `radius` and `radiusKm`; `in_words` is a place that the words of `q` name, and how far from it
/// in miles.
pub(crate) fn parse_near(given: &mut Given<'_>, in_words: Option<(String, Option<f64>)>) -> Option<NearPoint> {
    let (has_near, has_zip) = (given.has("near"), given.has("zip"));
    if has_near && has_zip {
        given.refuse("zip", "cannot go with `near`; give one of them");
    }
    if given.has("radius") && given.has("radiusKm") {
        given.refuse("radiusKm", "cannot go with `radius`; give one of them");
    }
    for name in ["radius", "radiusKm"] {
        if given.has(name) && !has_near && !has_zip && in_words.is_none() {
            given.refuse(name, "needs `near` or `zip` to measure from");
        }
    }
    let point = given.parse("near", |text| locate(text, source_of(text)));
    let zip = given.parse("zip", |text| match geography::normalize_zip(text) {
        Some(_) => locate(text, NearSource::PostalCode),
        None => Err(format!("`{}` is not a ZIP code; write five digits", echo(text))),
    });
    let miles = given.parse("radius", |text| parse_radius(text, 1.0, "miles"));
    let from_km = given.parse("radiusKm", |text| parse_radius(text, 1.0 / KM_PER_MILE, "kilometres"));
    let (named, miles_in_words) = in_words.unzip();
    let of_words = named.and_then(|named| locate(&named, source_of(&named)).ok());
    let (position, source) = point.or(zip).or(of_words)?;
    let miles = miles.or(from_km).or(miles_in_words.flatten());
    let radius_miles = miles.unwrap_or(DEFAULT_RADIUS_MILES);
    Some(NearPoint { near: Near { position, radius_miles }, source })
}

fn locate(text: &str, source: NearSource) -> Result<(Position, NearSource), String> {
    check_length(text)?;
    geography::locate(text).map(|position| (position, source)).map_err(|error| error.to_string())
}

/// What a text given as `near` is meant to be, by its form.
fn source_of(text: &str) -> NearSource {
    let is_zip = |text: &str| text.len() >= 5 && geography::normalize_zip(text).is_some();
    let mut parts = text.split([',', ' ']).filter(|part| !part.is_empty());
    if geography::normalize_zip(text).is_some() {
        NearSource::PostalCode
    } else if parts.clone().all(|part| part.parse::<f64>().is_ok()) {
        NearSource::Point
    } else if parts.next_back().is_some_and(is_zip) {
        // `Boston, MA 02114`: the ZIP is the narrower of the two, so it is what is measured from.
        NearSource::PostalCode
    } else {
        NearSource::City
    }
}

/// A radius in miles, given in a unit of `miles_per_unit`.
fn parse_radius(text: &str, miles_per_unit: f64, unit: &str) -> Result<f64, String> {
    let most = MAX_RADIUS_MILES / miles_per_unit;
    match text.parse::<f64>() {
        Ok(radius) if radius > 0.0 && radius <= most => Ok(radius * miles_per_unit),
        _ => Err(format!("must be a number of {unit} above 0 and at most {}, not `{}`", most.floor(), echo(text))),
    }
}

/// `bbox`: west, south, east and north in degrees, in the order of GeoJSON (RFC 7946, section 5).
pub(crate) fn parse_bounding_box(text: &str) -> Result<BoundingBox, String> {
    let bad = || format!("must be west,south,east,north in degrees, as in -71.2,42.2,-70.9,42.5, not `{}`", echo(text));
    let degrees: Vec<f64> =
        text.split(',').map(|part| part.trim().parse()).collect::<Result<_, _>>().map_err(|_| bad())?;
    let [west, south, east, north] = degrees[..] else { return Err(bad()) };
    let corners = [(south, west), (north, east)].map(|(latitude, longitude)| Position::new(latitude, longitude));
    if let Some(error) = corners.into_iter().find_map(Result::err) {
        return Err(error.to_string());
    }
    if south > north {
        return Err(format!("has its southern border {south} north of its northern one {north}"));
    }
    Ok(BoundingBox { south, north, west, east })
}

/// `state`: two letters, or a name that has them.
pub(crate) fn parse_state(text: &str) -> Result<String, String> {
    geography::normalize_state(text)
        .map(str::to_owned)
        .ok_or_else(|| format!("`{}` is not a state or territory of the United States; write two letters", echo(text)))
}

/// Refuses texts that are longer than any name of a place or person.
pub(crate) fn check_length(text: &str) -> Result<(), String> {
    if text.chars().count() > MAX_TEXT_CHARS {
        return Err(format!("is longer than {MAX_TEXT_CHARS} characters"));
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn sources_are_told_by_their_form() {
        for (text, want) in [
            ("02114", NearSource::PostalCode),
            ("02114-1234", NearSource::PostalCode),
            ("Boston, MA 02114", NearSource::PostalCode),
            ("55 Fruit St,Boston,02114", NearSource::PostalCode),
            ("42.36,-71.06", NearSource::Point),
            ("42.36 -71.06", NearSource::Point),
            ("Boston, MA", NearSource::City),
            ("Boston", NearSource::City),
        ] {
            let (position, source) = locate(text, source_of(text)).expect(text);
            assert_eq!(source, want, "{text}");
            let of_zip = geography::locate("02114").expect("a ZIP");
            assert_eq!(position == of_zip, want == NearSource::PostalCode, "{text}");
        }
    }

    #[test]
    fn boxes_are_read_west_first() {
        let boston = BoundingBox { south: 42.2, north: 42.5, west: -71.2, east: -70.9 };
        assert_eq!(parse_bounding_box("-71.2,42.2,-70.9,42.5"), Ok(boston));
        let aleutians = BoundingBox { south: 51.0, north: 55.0, west: 172.0, east: -163.0 };
        assert_eq!(parse_bounding_box("172, 51, -163, 55"), Ok(aleutians));
        for bad in
            ["-71.2,91.0,-70.9,92.0", "-71.2,42.5,-70.9,42.2", "-71.2,42.2,-70.9", "NaN,42.2,-70.9,42.5", "a,b,c,d"]
        {
            assert!(parse_bounding_box(bad).is_err(), "{bad}");
        }
    }

    #[test]
    fn radii_are_positive_and_bounded() {
        assert_eq!(parse_radius("10", 1.0, "miles"), Ok(10.0));
        assert_eq!(parse_radius("500", 1.0, "miles"), Ok(500.0));
        for bad in ["0", "-1", "500.1", "inf", "NaN", "ten", "1e9", "10mi"] {
            assert!(parse_radius(bad, 1.0, "miles").is_err(), "{bad}");
        }
        let miles = parse_radius("16.09344", 1.0 / KM_PER_MILE, "kilometres").expect("a radius");
        assert!((miles - 10.0).abs() < 1e-9);
        assert_eq!(
            parse_radius("805", 1.0 / KM_PER_MILE, "kilometres"),
            Err("must be a number of kilometres above 0 and at most 804, not `805`".to_owned())
        );
    }
}
