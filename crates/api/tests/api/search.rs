//! Each parameter changes the result.

use crate::support::TestApp;

const ALL: [&str; 7] = [
    "ridge/0",
    "flynn/derm-1",
    "flynn/general-day",
    "ridge/1",
    "flynn/remote-1",
    "flynn/derm-2",
    "flynn/general-known",
];
const DERM: [&str; 2] = ["flynn/derm-1", "flynn/derm-2"];
const RIDGE: [&str; 2] = ["ridge/0", "ridge/1"];

#[tokio::test]
async fn slots_are_found_by_each_parameter() {
    let app = TestApp::new();
    for (query, want) in [
        ("", &ALL[..]),
        ("status=free", &ALL),
        ("status=busy", &["ridge/2", "flynn/derm-busy"]),
        ("status=busy-tentative", &["flynn/derm-tentative"]),
        ("status=busy-unavailable", &["flynn/derm-unavailable"]),
        ("publisher=ridge", &RIDGE),
        ("serviceTypeCode=57", &RIDGE),
        ("serviceTypeCode=57,168", &["ridge/0", "flynn/derm-1", "ridge/1", "flynn/derm-2"]),
        ("serviceTypeCode=http://terminology.hl7.org/CodeSystem/service-type%7C168", &DERM),
        ("serviceTypeCode=http://example.org%7C168", &[]),
        ("npi=1073635355", &DERM),
        (
            "npi=1073635355,1234567893",
            &["flynn/derm-1", "flynn/general-day", "flynn/remote-1", "flynn/derm-2", "flynn/general-known"],
        ),
        ("npi=0000000000", &[]),
        ("specialty=394582007", &DERM),
        ("specialty=207N00000X", &DERM),
        ("specialty=http://snomed.info/sct%7C394582007", &DERM),
        ("specialty=http://nucc.org/provider-taxonomy%7C207N00000X", &[]),
        ("specialty=skin+doctor", &DERM),
        ("specialty=dermatologist", &DERM),
        ("appointmentType=ROUTINE", &["flynn/derm-1"]),
        ("appointmentType=ROUTINE,FOLLOWUP", &["flynn/derm-1", "flynn/remote-1"]),
        (
            "acceptingPatients=newpt&publisher=flynn",
            &["flynn/derm-1", "flynn/general-day", "flynn/remote-1", "flynn/derm-2"],
        ),
        (
            "acceptingPatients=existptonly&publisher=flynn",
            &["flynn/general-day", "flynn/remote-1", "flynn/derm-2", "flynn/general-known"],
        ),
        ("isVirtual=true", &["flynn/remote-1"]),
        ("isVirtual=false&publisher=ridge", &RIDGE),
        ("city=BOSTON", &DERM),
        ("state=NH", &RIDGE),
        ("state=new+hampshire", &RIDGE),
        ("state=VT", &["flynn/remote-1"]),
        ("startAfter=2026-10-03T09:00:00-04:00", &["flynn/derm-2", "flynn/general-known"]),
        ("startAfter=2026-10-03T13:00:01Z", &["flynn/general-known"]),
        ("startBefore=2026-10-02T12:30:00Z", &["ridge/0"]),
        ("startBefore=2026-10-02T12:29:59Z", &[]),
        ("startAfter=2026-09-30T00:00:00Z&startBefore=2026-10-01T00:00:00Z&includePast=true", &["flynn/derm-past"]),
        ("startAfter=2026-09-30T00:00:00Z&startBefore=2026-10-01T00:00:00Z", &[]),
        ("startAfter=2026-09-30T00:00:00Z", &ALL),
        ("includePast=true&startBefore=2026-10-01T00:00:00Z", &["flynn/derm-past"]),
        ("includePast=false&startBefore=2026-10-01T00:00:00Z", &[]),
        ("q=dermatolgist+boston", &DERM),
        ("q=okafor", &["flynn/general-day", "flynn/remote-1", "flynn/general-known"]),
        ("q=okafor+boston", &[]),
        ("near=42.36,-71.06", &DERM),
        ("zip=02139", &DERM),
        ("near=Boston,+MA", &DERM),
        ("zip=02139&radius=45&state=NH", &RIDGE),
        ("zip=02139&radiusKm=40", &DERM),
        ("zip=02139&radius=1", &[]),
        (
            "zip=02139&radius=60&sort=distance",
            &["flynn/derm-1", "flynn/derm-2", "ridge/0", "ridge/1", "flynn/general-day", "flynn/general-known"],
        ),
        ("publisher=ridge&sort=-start", &["ridge/1", "ridge/0"]),
        ("publisher=ridge&sort=start", &RIDGE),
        ("q=flynn+boston&sort=relevance", &DERM),
        ("limit=2", &ALL[..2]),
        ("limit=2&offset=2", &ALL[2..4]),
        ("offset=10000", &[]),
    ] {
        assert_eq!(app.slots(query).await, want, "{query}");
    }
}

#[tokio::test]
async fn the_slots_of_one_provider_location_are_found_by_its_key() {
    let app = TestApp::new();
    let found = app.json("provider-locations?npi=1073635355").await;
    let key = found["providerLocations"][0]["key"].as_str().unwrap();
    assert_eq!(app.slots(&format!("providerLocationKey={key}")).await, DERM);
    assert_eq!(app.slots("providerLocationKey=0000000000000000").await, [""; 0]);
}

const RUIZ: &str = "Dr. Ana Ruiz @ Flynn Skin Center";
const OKAFOR: &str = "Dr. Ben Okafor @ Flynn Family Medicine";
const VIDEO: &str = "Dr. Ben Okafor @ Flynn Video Visits";
const NASHUA: &str = "- @ Ridge Pharmacy Nashua";

#[tokio::test]
async fn provider_locations_are_found_and_ordered() {
    let app = TestApp::new();
    for (query, want) in [
        // By next available slot; Ruiz and Okafor have one at the same time, and come in an order of their own.
        ("limit=1", &[NASHUA][..]),
        ("offset=3", &[VIDEO]),
        ("sort=-start&limit=1", &[VIDEO]),
        ("sort=-start&offset=3", &[NASHUA]),
        ("specialty=394582007&near=42.36,-71.06", &[RUIZ]),
        ("q=dermatolgist+boston", &[RUIZ]),
        // With a place to measure from, the nearest comes first.
        ("zip=01608&radius=60", &[OKAFOR, RUIZ, NASHUA]),
        ("zip=01608&radius=60&sort=start&limit=1", &[NASHUA]),
        ("state=VT", &[VIDEO]),
        ("publisher=ridge", &[NASHUA]),
        ("appointmentType=FOLLOWUP", &[VIDEO]),
        // Without a matching slot it is found all the same, unless only slots can tell.
        ("state=NH&startAfter=2027-01-01T00:00:00Z", &[NASHUA]),
        ("state=NH&startAfter=2027-01-01T00:00:00Z&acceptingPatients=newpt", &[]),
    ] {
        assert_eq!(app.provider_locations(query).await, want, "{query}");
    }
    assert_eq!(app.provider_locations("").await.len(), 4);
}

#[tokio::test]
async fn data_grow_stale_and_are_no_longer_offered_when_too_old() {
    let app = TestApp::new();
    let freshness = async |path: &str| app.json(path).await["freshness"].as_str().unwrap().to_owned();
    let slot = format!("slots/{}", crate::support::slot_id("flynn", "derm-1"));
    assert_eq!(freshness(&slot).await, "fresh");
    app.advance(3_600);
    assert_eq!(freshness(&slot).await, "stale");
    assert_eq!(app.json("slots?limit=1").await["slots"][0]["freshness"], "stale");

    app.advance(82_800);
    app.crawl(&crate::support::RIDGE);
    assert_eq!(freshness("publishers/flynn").await, "expired");
    assert_eq!(app.slots("includePast=true&sort=-start").await, ["ridge/1", "ridge/0"]);
    assert_eq!(app.provider_locations("").await, [NASHUA]);
    let codes = app.json("service-types").await;
    assert_eq!(codes["serviceTypes"].as_array().unwrap().len(), 1);
    let gone = app.get(&slot).await;
    assert_eq!(gone.status, 404);
    assert!(gone.body.contains("are too old"), "{}", gone.body);
}

#[tokio::test]
async fn what_the_index_still_names_but_the_store_no_longer_holds_is_passed_over() {
    let app = TestApp::new();
    let without_first: String =
        crate::support::RIDGE.ndjson.lines().filter(|line| !line.contains("12:30:00Z")).collect::<Vec<_>>().join("\n");
    app.crawl_lines(&crate::support::RIDGE, &without_first);
    // The page is filled from behind what is gone, and the total knows of it.
    let answer = app.json("slots?limit=2").await;
    let ids: Vec<String> = answer["slots"].as_array().unwrap().iter().map(crate::support::source_of).collect();
    assert_eq!(ids, ["flynn/derm-1", "flynn/general-day"]);
    assert_eq!(answer["total"], 6);
    assert_eq!(app.get("/readyz").await.status, 503);
    app.catch_up();
    assert_eq!(app.get("/readyz").await.status, 200);
    assert_eq!(app.slots("").await, ALL[1..]);
}
