//! Which providers meet which places: every shape of actors that was seen, and some that were not.

use openslots_fhir::reference::Reference;
use openslots_fhir::resource::Actor;
use openslots_model::ResourceKind;
use proptest::prelude::*;

use super::*;

const LYNN: &str = r#"{"resourceType":"Location","id":"lynn","name":"Lynn"}"#;
const SALEM: &str = r#"{"resourceType":"Location","id":"salem","name":"Salem"}"#;
const CLOSED: &str = r#"{"resourceType":"Location","id":"closed","name":"Closed","status":"inactive"}"#;
const ROE: &str =
    r#"{"resourceType":"Practitioner","id":"roe","name":[{"prefix":["Dr."],"given":["Jane"],"family":"Roe"}]}"#;
const POE: &str = r#"{"resourceType":"Practitioner","id":"poe","name":[{"text":"Ann Poe"}]}"#;
const ROLE_ROE: &str = r#"{"resourceType":"PractitionerRole","id":"roe","practitioner":{"reference":"Practitioner/roe"},"location":[{"reference":"Location/salem"}]}"#;
const ROLE_POE: &str =
    r#"{"resourceType":"PractitionerRole","id":"poe","practitioner":{"reference":"Practitioner/poe"}}"#;
const ROLE_BOTH: &str = r#"{"resourceType":"PractitionerRole","id":"both","practitioner":{"display":"Dr. Two Places"},"location":[{"reference":"Location/salem"},{"reference":"Location/lynn"},{"reference":"Location/salem"}]}"#;
const ROLE_OVER: &str =
    r#"{"resourceType":"PractitionerRole","id":"over","active":false,"practitioner":{"reference":"Practitioner/roe"}}"#;
const ROLE_SERVICE: &str = r#"{"resourceType":"PractitionerRole","id":"service","practitioner":{"reference":"Practitioner/poe"},"healthcareService":[{"reference":"HealthcareService/vaccines"}]}"#;
const ROLE_CLOSED: &str = r#"{"resourceType":"PractitionerRole","id":"closed","practitioner":{"reference":"Practitioner/poe"},"location":[{"reference":"Location/closed"}]}"#;
const VACCINES: &str = r#"{"resourceType":"HealthcareService","id":"vaccines","name":"Vaccines","location":[{"reference":"Location/lynn"}]}"#;
const IMAGING: &str = r#"{"resourceType":"HealthcareService","id":"imaging","name":"Imaging"}"#;
const ENDED: &str = r#"{"resourceType":"HealthcareService","id":"ended","name":"Ended","active":false}"#;

fn everything() -> World {
    World::of(&[
        LYNN,
        SALEM,
        CLOSED,
        ROE,
        POE,
        ROLE_ROE,
        ROLE_POE,
        ROLE_BOTH,
        ROLE_OVER,
        ROLE_SERVICE,
        ROLE_CLOSED,
        VACCINES,
        IMAGING,
        ENDED,
    ])
}

fn schedule(actors: &[&str]) -> String {
    let actors: Vec<String> = actors.iter().map(|actor| format!(r#"{{"reference":"{actor}"}}"#)).collect();
    format!(r#"{{"resourceType":"Schedule","id":"1","actor":[{}]}}"#, actors.join(","))
}

#[test]
fn actors_of_every_shape_are_joined_in_both_orders() {
    let world = everything();
    for (actors, want) in [
        (&["Location/lynn"][..], &["- @ Lynn"][..]),
        (&["PractitionerRole/roe", "Location/lynn"], &["Dr. Jane Roe @ Lynn"]),
        (&["Practitioner/roe", "Location/lynn"], &["Dr. Jane Roe @ Lynn"]),
        (&["Device/scanner", "Location/lynn"], &["- @ Lynn"]),
        (&["HealthcareService/vaccines", "Location/salem"], &["Vaccines @ Salem"]),
        (&["HealthcareService/vaccines"], &["Vaccines @ Lynn"]),
        (&["HealthcareService/imaging"], &["Imaging @ -"]),
        (&["PractitionerRole/roe"], &["Dr. Jane Roe @ Salem"]),
        (&["PractitionerRole/poe"], &["Ann Poe @ -"]),
        (&["PractitionerRole/both"], &["Dr. Two Places @ Lynn", "Dr. Two Places @ Salem"]),
        (&["PractitionerRole/service"], &["Ann Poe @ Lynn"]),
        (&["PractitionerRole/poe", "HealthcareService/vaccines"], &["Ann Poe @ Lynn"]),
        (&["PractitionerRole/roe", "HealthcareService/vaccines"], &["Dr. Jane Roe @ Salem"]),
        (&["Practitioner/roe", "HealthcareService/vaccines"], &["Dr. Jane Roe @ Lynn"]),
        (&["Practitioner/roe"], &["Dr. Jane Roe @ -"]),
        (&["PractitionerRole/roe", "Practitioner/roe", "Location/lynn"], &["Dr. Jane Roe @ Lynn"]),
        (&["PractitionerRole/roe", "PractitionerRole/poe"], &["Ann Poe @ -", "Dr. Jane Roe @ Salem"]),
        (
            &["PractitionerRole/roe", "Location/lynn", "PractitionerRole/poe", "Location/salem"],
            &["Ann Poe @ Lynn", "Ann Poe @ Salem", "Dr. Jane Roe @ Lynn", "Dr. Jane Roe @ Salem"],
        ),
        (
            &["HealthcareService/imaging", "HealthcareService/vaccines", "Location/salem"],
            &["Imaging @ Salem", "Vaccines @ Salem"],
        ),
        (&["Location/lynn", "Location/lynn", "https://flynn.example/fhir/Location/lynn"], &["- @ Lynn"]),
        (&["Location/lynn/_history/3", "PractitionerRole/roe/_history/1"], &["Dr. Jane Roe @ Lynn"]),
        (&["Patient/1", "Organization/2"], &["- @ -"]),
        (&["Device/scanner"], &["- @ -"]),
        (&[], &["- @ -"]),
        // What is out of use is left out; nothing is left if all of it is.
        (&["Location/closed", "Location/lynn"], &["- @ Lynn"]),
        (&["Location/closed"], &[]),
        (&["Location/closed", "PractitionerRole/roe"], &[]),
        (&["PractitionerRole/over", "Location/lynn"], &[]),
        (&["PractitionerRole/over", "Practitioner/roe", "Location/lynn"], &[]),
        (&["PractitionerRole/over", "PractitionerRole/poe", "Location/lynn"], &["Ann Poe @ Lynn"]),
        (&["PractitionerRole/closed"], &[]),
        (&["PractitionerRole/closed", "Location/lynn"], &["Ann Poe @ Lynn"]),
        (&["HealthcareService/ended", "Location/lynn"], &[]),
        (&["HealthcareService/ended", "PractitionerRole/poe", "Location/lynn"], &["Ann Poe @ Lynn"]),
    ] {
        assert_eq!(world.who_where(&schedule(actors)), want, "{actors:?}");
        let reversed: Vec<_> = actors.iter().rev().copied().collect();
        assert_eq!(world.join(&schedule(&reversed)), world.join(&schedule(actors)), "{reversed:?}");
    }
}

#[test]
fn a_schedule_that_is_not_active_belongs_nowhere() {
    let world = everything();
    let line = |active| {
        format!(r#"{{"resourceType":"Schedule","id":"1","active":{active},"actor":[{{"reference":"Location/lynn"}}]}}"#)
    };
    assert_eq!(world.who_where(&line(true)), ["- @ Lynn"]);
    assert!(world.join(&line(false)).is_empty());
}

#[test]
fn contained_resources_are_found_and_keep_an_id_of_their_own() {
    let world = everything();
    let in_schedule = r##"{"resourceType":"Schedule","id":"9","contained":[
        {"resourceType":"PractitionerRole","id":"r","practitioner":{"reference":"#p"},"location":[{"reference":"#l"}]},
        {"resourceType":"Practitioner","id":"p","name":[{"text":"Pat Within"}]},
        {"resourceType":"Location","id":"l","name":"Within"},
        {"resourceType":"HealthcareService","id":"h","name":"Service within","location":[{"reference":"Location/lynn"}]}
      ],"actor":[{"reference":"ACTOR"}]}"##;
    for (actor, want) in [
        ("#r", "Pat Within @ Within"),
        ("#p", "Pat Within @ -"),
        ("#l", "- @ Within"),
        ("#h", "Service within @ Lynn"),
        ("#missing", "- @ -"),
    ] {
        assert_eq!(world.who_where(&in_schedule.replace("ACTOR", actor)), [want], "{actor}");
    }
    let one = world.join(&in_schedule.replace("ACTOR", "#r"));
    let other = world.join(&in_schedule.replace("ACTOR", "#r").replace(r#""id":"9""#, r#""id":"10""#));
    assert_ne!(one[0].key, other[0].key, "another schedule's `#r` is another role");

    let mut world = world;
    world.add(
        r##"{"resourceType":"PractitionerRole","id":"outer","contained":[
        {"resourceType":"Practitioner","id":"#p","name":[{"text":"Pat Inner"}]},
        {"resourceType":"Organization","id":"o","name":"Inner Org"},
        {"resourceType":"Location","id":"l","name":"Inner"}],
        "practitioner":{"reference":"#p"},"organization":{"reference":"#o"},"location":[{"reference":"#l"}]}"##,
    );
    let joined = world.join(&schedule(&["PractitionerRole/outer"]));
    assert_eq!(who_where(&joined), ["Pat Inner @ Inner"]);
    let provider = joined[0].provider.as_ref().expect("a provider");
    assert_eq!(provider.organization.as_deref(), Some("Inner Org"));
}

#[test]
fn dangling_references_keep_id_and_display_until_the_target_arrives() {
    let line = r#"{"resourceType":"Schedule","id":"1","actor":[
        {"reference":"Location/salem","display":"Salem (soon)"},
        {"reference":"PractitionerRole/roe","display":"Dr. Roe (soon)"}]}"#;
    let mut world = World::default();
    let before = world.join(line);
    assert_eq!(who_where(&before), ["Dr. Roe (soon) @ Salem (soon)"]);
    let key = before[0].key;
    // Each arrival says more, none changes the key.
    for (arrival, want) in
        [(SALEM, "Dr. Roe (soon) @ Salem"), (ROLE_ROE, "Dr. Roe (soon) @ Salem"), (ROE, "Dr. Jane Roe @ Salem")]
    {
        world.add(arrival);
        let joined = world.join(line);
        assert_eq!(who_where(&joined), [want], "{arrival}");
        assert_eq!(joined[0].key, key, "{arrival}");
    }
}

#[test]
fn a_role_that_arrives_late_brings_its_places() {
    let line = schedule(&["PractitionerRole/both"]);
    let mut world = World::of(&[LYNN]);
    assert_eq!(world.who_where(&line), ["? @ -"]);
    world.add(ROLE_BOTH);
    assert_eq!(world.who_where(&line), ["Dr. Two Places @ ?", "Dr. Two Places @ Lynn"]);
    world.add(SALEM);
    assert_eq!(world.who_where(&line), ["Dr. Two Places @ Lynn", "Dr. Two Places @ Salem"]);
}

#[test]
fn references_without_a_target_are_taken_for_what_they_most_likely_are() {
    let world = everything();
    let line = |actors: &str| format!(r#"{{"resourceType":"Schedule","id":"1","actor":[{actors}]}}"#);
    for (actors, want) in [
        (r#"{"display":"Main Street"}"#, "- @ Main Street"),
        (r#"{"display":"Dr. Who"}"#, "Dr. Who @ -"),
        (r#"{"display":"Main Street Clinic"},{"display":"Dr. Who"}"#, "Dr. Who @ Main Street Clinic"),
        (r#"{"display":"John Doe"},{"reference":"Location/lynn"}"#, "John Doe @ Lynn"),
        (r#"{"display":"Annex"},{"reference":"PractitionerRole/poe"}"#, "Ann Poe @ Annex"),
        (r#"{"display":"Annex"},{"reference":"PractitionerRole/poe"},{"reference":"Location/lynn"}"#, "Ann Poe @ Lynn"),
        (r#"{"reference":"urn:uuid:1","display":"Dr. Who"},{"reference":"Location/lynn"}"#, "Dr. Who @ Lynn"),
        (r#"{"reference":"urn:uuid:1"},{"reference":"Location/lynn"}"#, "- @ Lynn"),
        (r#"{"reference":"Practitioner?identifier=1","display":"Jo"},{"reference":"Location/lynn"}"#, "Jo @ Lynn"),
        (r#"{"reference":"Patient/3","display":"Dr. Patient"},{"reference":"Location/lynn"}"#, "- @ Lynn"),
        (r##"{"reference":"#scanner","display":"3D scanner"},{"reference":"Location/lynn"}"##, "- @ Lynn"),
    ] {
        assert_eq!(world.who_where(&line(actors)), [want], "{actors}");
        let joined = world.join(&line(actors));
        assert_eq!(joined[0].key, world.join(&line(actors))[0].key);
    }
}

#[test]
fn a_target_of_another_type_than_the_element_wants_is_not_used() {
    let mut world = everything();
    world.add(
        r#"{"resourceType":"PractitionerRole","id":"odd","practitioner":{"reference":"Organization/1","display":"Odd"},
        "organization":{"reference":"Location/lynn","display":"Lynn Org"},
        "location":[{"reference":"HealthcareService/vaccines"},{"display":"Somewhere"}]}"#,
    );
    let joined = world.join(&schedule(&["PractitionerRole/odd"]));
    assert_eq!(who_where(&joined), ["? @ Somewhere"]);
    let provider = joined[0].provider.as_ref().expect("a provider");
    assert_eq!(provider.organization.as_deref(), Some("Lynn Org"));
}

proptest! {
    #[test]
    fn the_order_of_actors_and_of_arrivals_does_not_matter(
        picked in proptest::sample::subsequence(ACTORS.to_vec(), 0..=ACTORS.len()).prop_shuffle(),
        published in proptest::sample::subsequence(LINES.to_vec(), 0..=LINES.len()).prop_shuffle(),
    ) {
        let actor = |text: &&str| Actor { reference: Reference::parse(text), display: Some(format!("display of {text}")) };
        let shuffled = Schedule { id: "1".to_owned(), actors: picked.iter().map(actor).collect(), ..Schedule::default() };
        let mut in_order = shuffled.clone();
        in_order.actors.sort_by_key(|actor| format!("{actor:?}"));
        let mut sorted = published.clone();
        sorted.sort_unstable();
        let joined = World::of(&published).join_read(&shuffled);
        prop_assert_eq!(&joined, &World::of(&sorted).join_read(&in_order));
        let mut keys: Vec<_> = joined.iter().map(|side| side.key).collect();
        keys.dedup();
        prop_assert_eq!(keys.len(), joined.len(), "each once");
    }
}

const ACTORS: [&str; 12] = [
    "Location/lynn",
    "Location/salem",
    "Location/closed",
    "Practitioner/roe",
    "Practitioner/poe",
    "PractitionerRole/roe",
    "PractitionerRole/both",
    "PractitionerRole/over",
    "HealthcareService/vaccines",
    "HealthcareService/imaging",
    "Device/scanner",
    "urn:uuid:1",
];

const LINES: [&str; 10] = [LYNN, SALEM, CLOSED, ROE, POE, ROLE_ROE, ROLE_BOTH, ROLE_OVER, VACCINES, IMAGING];

#[test]
fn a_line_of_thousands_of_actors_stays_within_bounds() {
    let actor =
        |kind: &str, number: usize| Actor { reference: Reference::parse(&format!("{kind}/{number}")), display: None };
    let mut actors: Vec<Actor> = (0..200).map(|number| actor("Location", number)).collect();
    actors.extend((0..200).map(|number| actor("PractitionerRole", number)));
    let schedule = Schedule { id: "1".to_owned(), actors, ..Schedule::default() };
    let joined = everything().join_read(&schedule);
    assert_eq!(joined.len(), crate::join::MAX_PAIRS);
    let mut reversed = schedule;
    reversed.actors.reverse();
    assert_eq!(everything().join_read(&reversed), joined);
}

#[test]
fn ids_are_those_of_the_references() {
    let joined = everything().join(&schedule(&["PractitionerRole/roe", "Location/lynn"]));
    let id = |kind, source_id: &str| openslots_model::PublicId::of(&publisher(), kind, source_id);
    let side = &joined[0];
    assert_eq!(side.provider.as_ref().map(|provider| provider.id), Some(id(ResourceKind::PractitionerRole, "roe")));
    assert_eq!(side.place.as_ref().and_then(|place| place.id), Some(id(ResourceKind::Location, "lynn")));
    assert_eq!(side.schedule.id, id(ResourceKind::Schedule, "1"));
    assert_eq!(side.schedule.number, ResourceNumber(7));
}
