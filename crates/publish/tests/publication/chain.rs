//! Whoever follows the chain has what the root has.

use openslots_model::UnixSeconds;
use openslots_publish::Publication;
use openslots_publish::publication::Retention;
use proptest::prelude::*;

use crate::client::Client;
use crate::world::{BASE_URL, World};

/// A change of the world.
#[derive(Debug, Clone)]
enum Change {
    Place(u32, u8, u8),
    Role(u32, u8, Vec<u8>),
    Schedule(u32, u8, u8),
    Slot(u32, u8, u8, bool),
    Remove(u32, u8, u8),
    Sync(u32, u8),
}

fn changes() -> impl Strategy<Value = Vec<Vec<Change>>> {
    let publisher = 1u32..3;
    let change = prop_oneof![
        2 => (publisher.clone(), 0u8..4, 0u8..4).prop_map(|(p, id, state)| Change::Place(p, id, state)),
        1 => (publisher.clone(), 0u8..3, prop::collection::vec(0u8..4, 0..3)).prop_map(|(p, id, at)| Change::Role(p, id, at)),
        2 => (publisher.clone(), 0u8..4, 0u8..7).prop_map(|(p, id, actor)| Change::Schedule(p, id, actor)),
        6 => (publisher.clone(), 0u8..12, 0u8..4, any::<bool>()).prop_map(|(p, id, at, free)| Change::Slot(p, id, at, free)),
        4 => (publisher.clone(), 0u8..4, 0u8..12).prop_map(|(p, kind, id)| Change::Remove(p, kind, id)),
        1 => (publisher, 0u8..30).prop_map(|(p, minutes)| Change::Sync(p, minutes)),
    ];
    prop::collection::vec(prop::collection::vec(change, 0..6), 50)
}

impl Change {
    fn apply(&self, world: &mut World, now: UnixSeconds) {
        use openslots_model::ResourceKind::{Location, PractitionerRole, Schedule, Slot};
        const STATES: [&str; 4] = ["MA", "Rhode Island", "NY", "Ontario"];
        let text = |number: &u8| number.to_string();
        match self {
            Self::Place(publisher, id, state) => world.place(*publisher, &text(id), STATES[usize::from(*state)]),
            Self::Role(publisher, id, places) => {
                let places: Vec<String> = places.iter().map(text).collect();
                world.role(*publisher, &text(id), &places.iter().map(String::as_str).collect::<Vec<_>>());
            }
            Self::Schedule(publisher, id, actor) => {
                let kind = if *actor < 4 { "Location" } else { "PractitionerRole" };
                world.schedule(*publisher, &text(id), &[&format!("{kind}/{}", actor % 4)]);
            }
            Self::Slot(publisher, id, schedule, is_free) => {
                world.slot(*publisher, &text(id), &text(schedule), if *is_free { "free" } else { "busy" });
            }
            Self::Remove(publisher, kind, id) => {
                let kind = [Location, PractitionerRole, Schedule, Slot][usize::from(*kind)];
                world.remove(*publisher, kind, &text(id));
            }
            Self::Sync(publisher, minutes) => world.sync(*publisher, now.plus_seconds(-60 * i64::from(*minutes))),
        }
    }
}

/// Every reference inside the set leads to something in it.
fn assert_references_resolve(client: &Client) {
    fn each(value: &serde_json::Value, visit: &mut dyn FnMut(&str)) {
        match value {
            serde_json::Value::Array(list) => list.iter().for_each(|member| each(member, visit)),
            serde_json::Value::Object(members) => {
                members.get("reference").and_then(|text| text.as_str()).into_iter().for_each(&mut *visit);
                members.values().for_each(|member| each(member, visit));
            }
            _ => {}
        }
    }
    for (key, resource) in &client.held {
        each(resource, &mut |reference| assert!(client.held.contains_key(reference), "{key} refers to {reference}"));
    }
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 16, failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn whoever_follows_the_chain_has_what_the_root_has(steps in changes(), forgetful in any::<bool>()) {
        let folder = tempfile::tempdir().unwrap();
        let retention = Retention { chain: std::time::Duration::from_secs(1_000_000), ..Retention::default() };
        let open = || Publication::open(folder.path(), BASE_URL, retention).unwrap();
        let mut publication = open();
        let mut world = World::default();
        let mut now = UnixSeconds(1_790_000_000);
        let (mut eager, mut lazy) = (None::<Client>, None::<Client>);
        for (number, step) in steps.iter().enumerate() {
            now = now.plus_seconds(60);
            step.iter().for_each(|change| change.apply(&mut world, now));
            let before = publication.current();
            let has_changed = publication.publish(&world, now).unwrap();
            prop_assert_eq!(has_changed, publication.current() != before);
            prop_assert!(!publication.publish(&world, now).unwrap(), "the same data are no new generation");
            if forgetful && number == 25 {
                // A restart must lose nothing.
                publication = open();
            }
            let Some(record) = publication.current() else { continue };
            if has_changed {
                prop_assert_eq!(record.transaction_time, now);
            }
            let whole = Client::begin(&publication);
            assert_references_resolve(&whole);
            // A chain that has grown larger than the whole set is cut: whoever is left behind starts again.
            let client = eager.get_or_insert_with(|| whole.clone());
            if !client.follow(&publication) {
                *client = whole.clone();
            }
            prop_assert_eq!(&client.held, &whole.held);
            let client = lazy.get_or_insert_with(|| whole.clone());
            if number % 7 == 0 {
                if !client.follow(&publication) {
                    *client = whole.clone();
                }
                prop_assert_eq!(&client.held, &whole.held);
            }
        }
    }
}
