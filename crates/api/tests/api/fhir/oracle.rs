//! Random searches over random resources find what plain loops over the same JSON find.

mod loops;
mod world;

use openslots_model::ResourceKind;
use serde_json::Value;
use url::form_urlencoded;

use crate::support::TestApp;
use loops::Asked;
use world::{Dice, World};

const N_WORLDS: u64 = 3;
const N_SEARCHES: usize = 250;
const KINDS: [ResourceKind; 7] = [
    ResourceKind::Location,
    ResourceKind::Organization,
    ResourceKind::Practitioner,
    ResourceKind::PractitionerRole,
    ResourceKind::HealthcareService,
    ResourceKind::Schedule,
    ResourceKind::Slot,
];

/// The ids of all pages of a search, and the total of the first.
async fn walk(app: &TestApp, path: &str) -> (Vec<String>, u64) {
    let mut bundle = app.json(path).await;
    let total = bundle["total"].as_u64().unwrap();
    let mut ids = Vec::new();
    loop {
        let entries = bundle["entry"].as_array().into_iter().flatten();
        ids.extend(entries.map(|entry| entry["resource"]["id"].as_str().unwrap().to_owned()));
        let links = bundle["link"].as_array().unwrap();
        let next = links.iter().find(|link| link["relation"] == "next").map(|link| link["url"].as_str().unwrap());
        let Some(next) = next else { return (ids, total) };
        let path = next.strip_prefix("http://localhost").unwrap().to_owned();
        bundle = app.json(&path).await;
    }
}

#[tokio::test]
async fn random_searches_find_what_plain_loops_find() {
    let (mut n_some, mut n_part) = (0, 0);
    for seed in 1..=N_WORLDS {
        let mut dice = Dice::new(seed);
        let world = World::new(&mut dice);
        let app = TestApp::empty();
        for (feed, ndjson) in world.feeds() {
            app.crawl_lines(&feed, &ndjson);
        }
        app.catch_up();
        // Nothing is left out for what it is: neither what is over, nor slots of schedules that nobody can be shown for.
        for kind in KINDS {
            let (found, total) = walk(&app, &format!("/fhir/{kind}?_count=100")).await;
            assert_eq!((found.len(), total as usize), (world.of(kind).count(), found.len()), "seed {seed}: {kind}");
        }
        for _ in 0..N_SEARCHES {
            let kind = *dice.pick(&KINDS);
            let asked: Vec<Asked> = (0..=dice.below(2)).map(|_| Asked::random(&world, kind, &mut dice)).collect();
            let mut query = form_urlencoded::Serializer::new(String::new());
            query.append_pair("_count", "40");
            query.extend_pairs(asked.iter().map(|asked| (&asked.name, &asked.value)));
            let path = format!("/fhir/{kind}?{}", query.finish());
            let (mut found, total) = walk(&app, &path).await;
            assert_eq!(found.len() as u64, total, "seed {seed}: {path}");
            let of_kind: Vec<&world::Held> = world.of(kind).collect();
            let is_met = |held: &&&world::Held| asked.iter().all(|asked| asked.is_met(&world, held));
            let mut want: Vec<String> = of_kind.iter().filter(is_met).map(|held| held.public_id()).collect();
            if kind == ResourceKind::Slot {
                let start = |id: &String| -> &Value { &world.by_public_id(kind, id).json["start"] };
                assert!(found.is_sorted_by_key(|id| start(id).as_str().unwrap()), "seed {seed}: {path}");
            }
            n_some += usize::from(!want.is_empty());
            n_part += usize::from(!want.is_empty() && want.len() < of_kind.len());
            found.sort();
            want.sort();
            assert_eq!(found, want, "seed {seed}: {path}");
        }
    }
    // Searches that find nothing, or all, would agree about little.
    assert!(n_some > 300 && n_part > 200, "{n_some} found something, {n_part} a part");
}
