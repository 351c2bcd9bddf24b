//! Provider discovery: filters by who, what and when on the place's clock, counts beside the answers, days, and why
//! nothing was found.

use serde_json::json;

use crate::support::{Feed, RIDGE, TestApp, VALE};

fn app() -> TestApp {
    let app = TestApp::new();
    app.crawl(&VALE);
    app
}

const SOL: [&str; 2] = ["vale/sol-early", "vale/sol-late"];
const SHOTS: [&str; 2] = ["vale/shots-day", "vale/shots-appointment"];
const VALE_ALL: [&str; 4] = ["vale/sol-early", "vale/sol-late", "vale/shots-day", "vale/shots-appointment"];

#[tokio::test]
async fn slots_are_found_by_who_what_and_when() {
    let app = app();
    for (query, want) in [
        ("publisher=vale", &VALE_ALL[..]),
        ("publisher=vale,ridge", &["ridge/0", "ridge/1", VALE_ALL[0], VALE_ALL[1], VALE_ALL[2], VALE_ALL[3]]),
        ("language=es", &SOL),
        ("language=Spanish", &SOL),
        ("language=es-MX", &SOL),
        ("language=vi", &["vale/shots-appointment"]),
        ("language=en,vi", &["vale/shots-appointment"]),
        ("language=fr", &[]),
        ("gender=female", &SOL),
        ("gender=male", &[]),
        ("organization=maricopa+vale", &SOL),
        ("organization=maric", &[]),
        ("network=aetna", &[]),
        ("specialty=207Q00000X&publisher=vale", &SOL),
        // Who publishes a specialty is not taken for another by what the service is called.
        ("specialty=family+doctor", &SOL),
        ("serviceTypeCode=shots", &["ridge/0", "ridge/1", SHOTS[0], SHOTS[1]]),
        ("vaccine=8", &SHOTS),
        ("vaccine=http://hl7.org/fhir/sid/cvx%7C08", &SHOTS),
        ("vaccine=hep+b&vaccineDose=2", &SHOTS),
        ("vaccine=8&vaccineDose=1", &[]),
        ("vaccine=207", &["ridge/0", "ridge/1"]),
        ("walkIn=true", &["vale/shots-day"]),
        ("walkIn=false&publisher=vale", &["vale/sol-early", "vale/sol-late", "vale/shots-appointment"]),
        ("coarse=true", &["flynn/general-day", "vale/shots-day"]),
        ("coarse=false&publisher=vale", &["vale/sol-early", "vale/sol-late", "vale/shots-appointment"]),
        ("minDuration=16&publisher=vale", &["vale/sol-early"]),
        ("minDuration=15&publisher=vale", &SOL),
        // A place that is virtual too is both, and cares for its own state and where it is licensed.
        ("isVirtual=true", &["flynn/remote-1", VALE_ALL[0], VALE_ALL[1], VALE_ALL[2], VALE_ALL[3]]),
        ("isVirtual=false&publisher=vale", &VALE_ALL),
        ("state=AZ", &VALE_ALL),
        ("state=NM", &VALE_ALL),
        ("bbox=-112,33,-111,34", &VALE_ALL),
        ("bbox=-112,33,-111.9,34", &[]),
        // On the clock of the place: late on a Saturday in Arizona, Sunday in UTC.
        ("date=2026-10-31", &["vale/sol-early"]),
        ("date=2026-11-01", &[]),
        ("date=2026-10-31/2026-11-02", &["vale/sol-early", "vale/sol-late", "vale/shots-day"]),
        ("weekday=sat&publisher=vale", &["vale/sol-early"]),
        ("weekday=sun&publisher=vale", &[]),
        ("weekday=weekend", &["vale/sol-early", "flynn/derm-2"]),
        ("timeOfDay=23:00-24:00", &["vale/sol-early"]),
        ("timeOfDay=22:00-06:00", &["vale/sol-early"]),
        ("timeOfDay=08:00-08:01&publisher=vale", &["vale/sol-late"]),
        // A window of hours holds an appointment at three; nobody knows the clock of a virtual place.
        ("timeOfDay=15:00-15:30", &["flynn/general-day", "vale/shots-day"]),
        ("timeOfDay=00:00-24:00&isVirtual=true", &VALE_ALL),
        ("maxAge=1h", &["ridge/0"]),
        ("maxAge=6m&publisher=vale", &VALE_ALL),
        ("maxAge=5m&publisher=ridge", &[]),
    ] {
        let query = if query.starts_with("maxAge=1h") { "maxAge=1h&limit=1" } else { query };
        let mut found = app.slots(query).await;
        if query == "weekday=weekend" {
            found.sort_by_key(|id| !id.starts_with("vale"));
        }
        assert_eq!(found, want, "{query}");
    }
}

#[tokio::test]
async fn provider_locations_bring_their_next_slots() {
    let app = app();
    let found = app.json("provider-locations?publisher=vale&slots=1").await;
    let next = |n: usize| found["providerLocations"][n]["nextSlots"].as_array().unwrap().len();
    assert_eq!((found["total"].as_u64(), next(0), next(1)), (Some(2), 1, 1));
    let found = app.json("provider-locations?publisher=vale&slots=5&language=es").await;
    let slots = &found["providerLocations"][0]["nextSlots"];
    assert_eq!(slots.as_array().unwrap().len(), 2);
    assert_eq!(slots[0]["localStart"], "2026-10-31T23:30:00-07:00");
    assert_eq!(slots[1]["localStart"], "2026-11-02T08:00:00-07:00");
    assert!(app.json("provider-locations?publisher=vale").await["providerLocations"][0]["nextSlots"].is_null());
}

#[tokio::test]
async fn answers_are_counted_by_what_they_carry() {
    let app = app();
    let found = app.json("slots?facet=publisher,language,state,isVirtual,specialty&limit=1").await;
    assert_eq!(
        found["facets"],
        json!({
            "publisher": [
                {"code": "flynn", "display": "Flynn Health", "count": 5},
                {"code": "vale", "display": "Vale Health Center", "count": 4},
                {"code": "ridge", "display": "Ridge Pharmacy", "count": 2},
            ],
            "language": [{"code": "es-MX", "count": 2}, {"code": "vi", "count": 1}],
            "state": [
                {"code": "MA", "count": 5},
                {"code": "AZ", "count": 4},
                {"code": "NM", "count": 4},
                {"code": "NH", "count": 2},
                {"code": "VT", "count": 1},
            ],
            "isVirtual": [{"code": "false", "count": 10}, {"code": "true", "count": 5}],
            "specialty": [
                {"system": "http://snomed.info/sct", "code": "394802001", "display": "General medicine", "count": 3},
                {"system": "http://nucc.org/provider-taxonomy", "code": "207Q00000X", "display": "Family Medicine", "count": 2},
                {"system": "http://snomed.info/sct", "code": "394582007", "display": "Dermatology", "count": 2},
            ],
        })
    );
    let found = app.json("provider-locations?facet=gender,serviceType,network&publisher=vale").await;
    assert_eq!(
        found["facets"],
        json!({
            "gender": [{"code": "female", "count": 1}],
            "serviceType": [{"display": "Checkup", "count": 1}, {"display": "Shots", "count": 1}],
            "network": [],
        })
    );
    let codes = app.json("specialties?state=AZ").await;
    assert_eq!(codes["specialties"].as_array().unwrap().len(), 1);
    assert_eq!(codes["specialties"][0]["code"], "207Q00000X");
}

#[tokio::test]
async fn days_are_those_of_the_places() {
    let app = app();
    let found = app.json("availability?publisher=vale").await;
    assert_eq!(
        found["days"],
        json!([
            {"date": "2026-10-31", "free": 1, "total": 1},
            {"date": "2026-11-02", "free": 2, "total": 3},
            {"date": "2026-11-03", "free": 1, "total": 1},
        ])
    );
    let found = app.json("availability?status=busy&publisher=vale").await;
    assert_eq!(found["days"], json!([{"date": "2026-11-02", "free": 0, "total": 1}]));
    // Where the zone is not known, nobody can tell the day.
    let found = app.json("availability?isVirtual=true&publisher=flynn").await;
    assert_eq!((&found["days"], &found["withoutDay"]), (&json!([]), &json!({"free": 1, "total": 1})));
}

#[tokio::test]
async fn nothing_found_is_explained() {
    let app = app();
    let found = app.json("slots?zip=85201&specialty=skin+doctor").await;
    assert_eq!(found["total"], 0);
    let explanation = &found["explanation"];
    assert_eq!(explanation["nearest"]["name"], "Dr. Ana Ruiz");
    assert_eq!(explanation["nearest"]["localStart"], "2026-10-02T09:00:00-04:00");
    assert!(explanation["nearest"]["distanceMiles"].as_f64().unwrap() > 2_000.0);
    assert_eq!(
        explanation["without"],
        json!([
            {"parameter": "specialty", "total": 4},
            {"parameter": "radius", "total": 2},
        ])
    );

    let found = app.json("provider-locations?specialty=dermatology&date=2026-10-01").await;
    assert_eq!(found["explanation"]["next"]["localStart"], "2026-10-02T09:00:00-04:00");
    assert_eq!(found["explanation"]["without"], json!([{"parameter": "date", "total": 1}]));
    let found = app.json("availability?publisher=ridge&startBefore=2026-10-01T23:00:00Z").await;
    assert_eq!(found["explanation"]["next"]["start"], "2026-10-02T12:30:00Z");
    assert!(app.json("slots?publisher=vale").await["explanation"].is_null());
}

#[tokio::test]
async fn what_words_were_understood_as_is_told() {
    let app = app();
    let found = app.json("slots?specialty=skin+doctor,dermatolgist").await;
    assert_eq!(
        found["understood"],
        json!([
            {"words": "skin doctor", "parameter": "specialty", "value": "dermatology", "label": "Dermatology"},
            {
                "words": "dermatolgist",
                "parameter": "specialty",
                "value": "dermatology",
                "label": "Dermatology",
                "corrected": "dermatologist",
            },
        ])
    );
    assert_eq!(found["total"], 2);
    assert!(app.json("slots?specialty=394582007").await["understood"].is_null());
}

#[tokio::test]
async fn a_patients_own_words_are_understood() {
    let app = app();
    for (words, want) in [
        ("family doctor near Mesa, AZ who speaks Spanish", &SOL[..]),
        ("skin doctor near 02139 on a weekday morning", &["flynn/derm-1"]),
        ("skin doctor within 30 miles of 02139", &["flynn/derm-1", "flynn/derm-2"]),
        ("skin doctor", &["flynn/derm-1", "flynn/derm-2"]),
        ("shots without appointment", &["vale/shots-day"]),
        ("female family doctor", &SOL),
        ("doctor flynn telehealth", &["flynn/remote-1"]),
        ("dermatologist or family doctor", &["flynn/derm-1", "flynn/derm-2", SOL[0], SOL[1]]),
        // What is not wanted is no filter.
        ("family doctor vale not on saturdays", &[]),
    ] {
        let query: String = url::form_urlencoded::Serializer::new(String::new()).append_pair("q", words).finish();
        assert_eq!(app.slots(&query).await, want, "{words}");
    }
    let found = app.json("slots?q=skin+doctor+near+02139").await;
    assert_eq!(found["near"]["source"], "postal-code");
    assert_eq!(
        found["understood"],
        json!([
            {"words": "skin doctor", "parameter": "specialty", "value": "dermatology", "label": "Dermatology"},
            {"words": "near 02139", "parameter": "near", "value": "02139"},
        ])
    );
    // One in quotes is looked for as it stands.
    assert!(app.json("slots?q=%22skin+doctor+near+02139%22").await["understood"].is_null());
}

#[tokio::test]
async fn an_old_key_answers_with_its_successor() {
    let app = app();
    let key = |found: &serde_json::Value| found["providerLocations"][0]["key"].as_str().unwrap().to_owned();
    let old = key(&app.json("provider-locations?publisher=ridge").await);
    // The pharmacy tells by whom it vaccinates.
    let service = r#"{"resourceType":"HealthcareService","id":"shots","name":"Shots"}"#;
    let with_service = RIDGE.ndjson.replace(
        r#""actor":[{"reference":"Location/0"}]"#,
        r#""actor":[{"reference":"Location/0"},{"reference":"HealthcareService/shots"}]"#,
    );
    app.crawl_lines(&RIDGE, &format!("{with_service}{service}\n"));
    app.catch_up();
    let new = key(&app.json("provider-locations?publisher=ridge").await);
    assert_ne!(old, new);
    let answer = app.get(&format!("provider-locations/{old}")).await;
    assert_eq!(answer.status, 200);
    assert_eq!(answer.json()["key"], new.as_str());
    assert_eq!(answer.header("content-location"), format!("/v1/scheduling/provider-locations/{new}"));
    assert_eq!(app.get(&format!("provider-locations/{new}")).await.header("content-location"), "");
    assert_eq!(app.slots(&format!("providerLocationKey={old}")).await, ["ridge/0", "ridge/1"]);
    assert_eq!(app.json(&format!("availability?providerLocationKey={old}")).await["days"][0]["free"], 2);
    // What would be found otherwise is that of the successor as well.
    for call in ["slots", "provider-locations", "availability"] {
        let early = format!("{call}?providerLocationKey={old}&startBefore=2026-09-30T00:00:00Z");
        let explanation = &app.json(&early).await["explanation"];
        assert!(explanation["next"]["start"].is_string(), "{call}: {explanation}");
        assert_eq!(explanation["next"]["providerLocationKey"], new.as_str(), "{call}");
    }
}

#[tokio::test]
async fn places_of_several_publishers_are_linked_and_stay_apart() {
    let app = app();
    let other = Feed {
        slug: "portal",
        display_name: "The Portal",
        ndjson: r#"
{"resourceType":"Location","id":"77","name":"Ridge Pharmacy Nashua","telecom":[{"system":"phone","value":"(603) 555-0104"}],"address":{"line":["5 Oak Street"],"city":"NASHUA","state":"NH","postalCode":"03060-1234"}}
{"resourceType":"Schedule","id":"77","actor":[{"reference":"Location/77"}]}
{"resourceType":"Slot","id":"77","schedule":{"reference":"Schedule/77"},"status":"free","start":"2026-10-02T14:00:00Z","end":"2026-10-02T14:15:00Z","extension":[{"url":"http://fhir-registry.smarthealthit.org/StructureDefinition/booking-deep-link","valueUrl":"https://portal.example.org/77"}]}
"#,
    };
    app.crawl(&other);
    let of = async |publisher: &str| {
        let found = app.json(&format!("provider-locations?publisher={publisher}")).await;
        found["providerLocations"][0].clone()
    };
    let (ridge, portal) = (of("ridge").await, of("portal").await);
    for (one, two, slug) in [(&ridge, &portal, "portal"), (&portal, &ridge, "ridge")] {
        let also = one["alsoPublishedBy"].as_array().unwrap();
        assert_eq!((also.len(), &also[0]["publisher"]), (1, &json!(slug)));
        assert_eq!(also[0]["providerLocationKey"], two["key"]);
        assert_eq!(also[0]["locationId"], two["location"]["id"]);
        assert_eq!(also[0]["signals"], json!(["address", "name"]));
    }
    assert_eq!(portal["nextAvailableSlot"]["bookingDeepLink"], "https://portal.example.org/77");
    assert_eq!(ridge["nextAvailableSlot"]["bookingDeepLink"], "https://ridge.example.org/#/book/0");
    assert!(of("vale").await["alsoPublishedBy"].is_null());
}
