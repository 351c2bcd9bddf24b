//! The drawing says what the list says.

use super::*;

fn at(latitude: f64, longitude: f64) -> Position {
    Position::new(latitude, longitude).expect("a position")
}

fn spot(number: usize, position: Option<Position>) -> Spot {
    Spot { number, name: format!("Place {number}"), position }
}

const BOSTON: (f64, f64) = (42.3601, -71.0589);

#[test]
fn distances_from_the_middle_are_those_of_the_list() {
    let middle = at(BOSTON.0, BOSTON.1);
    for miles in [1.0, 25.0, 500.0, 2_500.0] {
        let projection = Projection { middle, miles };
        for position in [at(42.4, -71.1), at(44.5, -73.2), at(25.8, -80.2), at(61.2, -149.9), at(21.3, -157.9)] {
            let point = projection.point(position);
            let drawn = point.distance(Point { x: MIDDLE, y: MIDDLE }) / REACH * miles;
            let listed = middle.distance_miles(position);
            assert!((drawn - listed).abs() < 1e-6 * listed.max(1.0), "{position:?}: {drawn} for {listed}");
        }
    }
}

#[test]
fn north_is_up_and_east_is_right() {
    let projection = Projection { middle: at(BOSTON.0, BOSTON.1), miles: 50.0 };
    let north = projection.point(at(42.6, BOSTON.1));
    let east = projection.point(at(BOSTON.0, -70.8));
    assert!(north.y < MIDDLE && (north.x - MIDDLE).abs() < 1e-6, "{north:?}");
    assert!(east.x > MIDDLE && (east.y - MIDDLE).abs() < 0.5, "{east:?}");
}

#[test]
fn every_place_with_a_position_has_one_marker_and_no_two_touch() {
    let middle = at(BOSTON.0, BOSTON.1);
    // A spiral, dense in the middle.
    let spots: Vec<Spot> = (0..60)
        .map(|n| {
            let (angle, away) = (f64::from(n) * 0.7, f64::from(n) * 0.004);
            let position = at(BOSTON.0 + away * angle.sin(), BOSTON.1 + away * angle.cos());
            spot(n as usize + 1, (n % 7 != 0).then_some(position))
        })
        .collect();
    let markers = markers(&spots, Projection { middle, miles: 20.0 });
    let mut numbers: Vec<usize> = markers.iter().flat_map(|marker| &marker.spots).map(|spot| spot.number).collect();
    numbers.sort_unstable();
    let want: Vec<usize> = spots.iter().filter(|spot| spot.position.is_some()).map(|spot| spot.number).collect();
    assert_eq!(numbers, want);
    for (n, marker) in markers.iter().enumerate() {
        assert!(markers[..n].iter().all(|other| other.at.distance(marker.at) >= 2.0 * MARKER), "{marker:?}");
    }
}

#[test]
fn rings_hold_all_places_and_are_few() {
    for miles in [0.25, 0.3, 1.0, 4.9, 24.0, 25.0, 61.0, 499.0, 6_000.0] {
        let step = step_for(miles, MAX_RINGS);
        let n_rings = (miles / step).ceil();
        assert!((1.0..=MAX_RINGS).contains(&n_rings) && n_rings * step >= miles, "{miles}: {n_rings} of {step}");
    }
    let html = show(&[spot(1, Some(at(42.5, -71.2)))], Some(at(BOSTON.0, BOSTON.1)), Language::English).into_string();
    assert_eq!(html.matches("<circle class=\"ring\"").count(), 3, "12 miles in steps of 5: {html}");
    assert!(html.contains(">5 mi</text>") && html.contains(">15 mi</text>"), "{html}");
}

#[test]
fn without_a_place_asked_for_there_is_a_scale() {
    let spots = [spot(1, Some(at(47.6, -122.3))), spot(2, Some(at(25.8, -80.2))), spot(3, None)];
    let html = show(&spots, None, Language::English).into_string();
    assert!(!html.contains("class=\"ring\"") && html.contains("class=\"scale\""), "{html}");
    assert!(html.contains("1 is not on the map"), "{html}");
    assert!(show(&[spot(1, None)], None, Language::English).into_string().is_empty());
    assert!(show(&[spot(1, None)], Some(at(1.5, 1.5)), Language::English).into_string().is_empty());
}

#[test]
fn the_middle_of_places_on_both_sides_of_the_antimeridian_is_between_them() {
    let middle = middle_of(&[at(51.9, -176.6), at(52.9, 172.9)]).expect("a middle");
    assert!((middle.longitude - 178.15).abs() < 0.01, "{middle:?}");
    let middle = middle_of(&[at(47.6, -122.3), at(25.8, -80.2)]).expect("a middle");
    assert!((middle.longitude + 101.25).abs() < 0.01 && (middle.latitude - 36.7).abs() < 0.01, "{middle:?}");
}

#[test]
fn names_of_places_are_text() {
    let hostile = Spot { name: "</title><script>".to_owned(), ..spot(1, Some(at(42.4, -71.1))) };
    let html = show(&[hostile], Some(at(BOSTON.0, BOSTON.1)), Language::Spanish).into_string();
    assert!(!html.contains("<script") && html.contains("&lt;/title&gt;&lt;script&gt;"), "{html}");
}

#[test]
fn towns_are_named_beside_markers_and_each_other() {
    let projection = Projection { middle: at(BOSTON.0, BOSTON.1), miles: 25.0 };
    let marker = projection.point(at(42.48, -71.15));
    let labels = labels(projection, &[marker]);
    assert!(labels.len() >= 5 && labels.iter().any(|label| label.name == "Boston"), "{labels:?}");
    for label in &labels {
        assert!((0.0..SIZE).contains(&label.text_x()) && (0.0..SIZE).contains(&label.at.y), "{label:?}");
        assert!(label.at.distance(marker) >= MARKER, "{label:?}");
    }
}
