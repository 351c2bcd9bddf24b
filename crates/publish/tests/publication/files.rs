//! Which files there are, what they are tagged with, and how long they stay.

use std::time::Duration;

use openslots_model::{ResourceKind, UnixSeconds};
use openslots_publish::Publication;
use openslots_publish::publication::{Encoding, Retention};
use serde_json::{Value, json};

use crate::client::{Client, lines, page};
use crate::world::{BASE_URL, World};

const NOW: UnixSeconds = UnixSeconds(1_790_000_000);

fn publication(folder: &tempfile::TempDir, retention: Retention) -> Publication {
    Publication::open(folder.path(), BASE_URL, retention).expect("a publication")
}

fn root(publication: &Publication) -> Value {
    let record = publication.current().expect("a generation");
    page(publication, &record, &format!("{BASE_URL}/fhir/$bulk-publish")).expect("a root")
}

fn world() -> World {
    let mut world = World::default();
    world.place(1, "boston", "MA");
    world.place(1, "providence", "RI");
    world.role(1, "both", &["boston", "providence"]);
    world.schedule(1, "b", &["PractitionerRole/both", "Location/boston"]);
    world.schedule(1, "p", &["Location/providence", "PractitionerRole/both"]);
    world.slot(1, "1", "b", "free");
    world.slot(1, "2", "p", "busy");
    // Its schedule has not come.
    world.slot(1, "3", "unknown", "free");
    let video = json!({
        "resourceType": "Location", "id": "video", "physicalType": { "coding": [{ "code": "vi" }] },
        "extension": [
            { "url": "http://hl7.org/fhir/uv/smart-scheduling-links/StructureDefinition/licensed-states", "valueString": "ME" },
            { "url": "http://hl7.org/fhir/uv/smart-scheduling-links/StructureDefinition/licensed-states", "valueString": "NH" },
        ],
    });
    world.put(1, ResourceKind::Location, video);
    world.schedule(1, "v", &["Location/video", "Device/robot"]);
    world.slot(1, "4", "v", "free");
    world
}

#[test]
fn files_are_by_type_and_state_and_say_which() {
    let folder = tempfile::tempdir().expect("a folder");
    let publication = publication(&folder, Retention::default());
    assert!(publication.publish(&world(), NOW).expect("published"));
    let root = root(&publication);
    assert_eq!(root["transactionTime"], NOW.to_string());
    assert_eq!(root["requiresAccessToken"], false);
    assert_eq!(root["request"], format!("{BASE_URL}/fhir/$bulk-publish"));
    let outputs = root["output"].as_array().expect("outputs");
    let told: Vec<String> = outputs
        .iter()
        .map(|output| {
            format!("{} {} {}", output["type"].as_str().unwrap(), output["extension"]["state"], output["count"])
        })
        .collect();
    let want = [
        "Location [\"MA\"] 1",
        "Location [\"RI\"] 1",
        "Location [\"ME\",\"NH\"] 1",
        "PractitionerRole [\"MA\",\"RI\"] 1",
        "Schedule [\"MA\"] 1",
        "Schedule [\"RI\"] 1",
        "Schedule [\"ME\",\"NH\"] 1",
        "Slot [\"MA\"] 1",
        "Slot [\"RI\"] 1",
        "Slot [\"ME\",\"NH\"] 1",
    ];
    assert_eq!(told, want);
    let schedule = |state: &str| {
        let of_state = |output: &&Value| output["type"] == "Schedule" && output["extension"]["state"][0] == state;
        lines(&publication, outputs.iter().find(of_state).unwrap()["url"].as_str().unwrap()).remove(0)
    };
    let availability = |schedule: &Value| schedule["extension"][0]["valueCode"].clone();
    assert_eq!(availability(&schedule("MA")), "some");
    assert_eq!(availability(&schedule("RI")), "none");
    // What it refers to and nobody has is named, not addressed.
    let identifier = &schedule("ME")["actor"][1]["identifier"];
    assert_eq!(*identifier, json!({ "system": format!("{BASE_URL}/publishers/clinic-1"), "value": "Device/robot" }));
}

#[test]
fn only_files_that_changed_are_written_anew() {
    let folder = tempfile::tempdir().expect("a folder");
    let publication = publication(&folder, Retention::default());
    let mut world = world();
    publication.publish(&world, NOW).expect("published");
    let before = root(&publication);
    world.slot(1, "1", "b", "busy");
    assert!(publication.publish(&world, NOW.plus_seconds(60)).expect("published"));
    let after = root(&publication);
    let urls = |root: &Value| -> Vec<String> {
        root["output"].as_array().unwrap().iter().map(|output| output["url"].as_str().unwrap().to_owned()).collect()
    };
    let (old, new) = (urls(&before), urls(&after));
    let changed: Vec<&String> = new.iter().filter(|url| !old.contains(url)).collect();
    // The schedule has nothing left, which it says.
    assert_eq!(changed.len(), 2, "{changed:?}");
    assert!(changed.iter().all(|url| url.contains("-MA-1790000060")), "{changed:?}");
    // Whoever began to read the older manifest can read to its end.
    for url in &old {
        lines(&publication, url);
    }
    // Nothing says that it is younger only because it was read again.
    world.sync(1, NOW.plus_seconds(500));
    assert!(!publication.publish(&world, NOW.plus_seconds(560)).expect("published"));
    world.sync(1, NOW.plus_seconds(700));
    assert!(publication.publish(&world, NOW.plus_seconds(760)).expect("published"));
    assert!(urls(&root(&publication)).iter().all(|url| url.contains("-1790000760")));
}

#[test]
fn files_stay_for_a_grace_and_then_go() {
    let folder = tempfile::tempdir().expect("a folder");
    let retention = Retention { grace: Duration::from_secs(600), chain: Duration::from_secs(60) };
    let publication = publication(&folder, retention);
    let mut world = world();
    publication.publish(&world, NOW).expect("published");
    let first = publication.current().expect("a generation");
    let is_there = |publication: &Publication| {
        first.files().filter(|name| publication.file(name, Encoding::Gzip).is_some()).count()
    };
    let all = first.files().count();
    for (seconds, status, want) in [(300, "busy", all), (899, "free", all), (1_000, "busy", all - 2)] {
        world.slot(1, "1", "b", status);
        publication.publish(&world, NOW.plus_seconds(seconds)).expect("published");
        assert_eq!(is_there(&publication), want, "after {seconds} s");
    }
    // A client from long ago is told to begin again, one from nowhere is not answered.
    let record = publication.current().expect("a generation");
    let link = |generation: u64| {
        let url = format!("{BASE_URL}/fhir/bulk-publish/after/{generation}");
        page(&publication, &record, &url).map(|page| page["link"][0]["url"].clone())
    };
    assert_eq!(link(1_790_000_000), Some(json!("#closed")));
    assert_eq!(link(1_790_001_000), Some(json!("#pending")));
    assert_eq!(link(1_790_000_899), Some(json!(format!("{BASE_URL}/fhir/bulk-publish/changes/1790001000"))));
    assert_eq!(link(1_790_009_999), None);
}

#[test]
fn a_failure_leaves_what_was_published_and_a_lost_directory_is_made_anew() {
    let folder = tempfile::tempdir().expect("a folder");
    let first = publication(&folder, Retention::default());
    first.publish(&world(), NOW).expect("published");
    let held = Client::begin(&first).held;
    // Another address: every line names it, so all is written anew and the chain begins again.
    let other = Publication::open(folder.path(), "https://other.example.org/", Retention::default()).expect("opened");
    assert_eq!(other.current(), None);
    // A file is missing: the whole is not trusted.
    let record = first.current().expect("a generation");
    std::fs::remove_file(first.file(&record.outputs[0].name, Encoding::Gzip).expect("a file")).expect("removed");
    let again = publication(&folder, Retention::default());
    assert_eq!(again.current(), None);
    again.publish(&world(), NOW.plus_seconds(1)).expect("published");
    assert_eq!(Client::begin(&again).held, held);
}
