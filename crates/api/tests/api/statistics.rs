//! Figures: what they say agrees with what searches find, in both forms, and what is refused.

use std::collections::BTreeMap;

use axum::body::Body;
use axum::http::{Request, StatusCode};
use openslots_model::OffsetInstant;
use openslots_statistics::Figure;
use serde_json::{Value, json};

use crate::support::{Answer, FLYNN, RIDGE, TestApp, VALE};

/// Lets an app count what is to be counted at this moment.
fn count(app: &TestApp) {
    let (store, now) = (app.state.store(), app.state.now());
    store.count_polls().unwrap();
    store.close_days(now).unwrap();
    store.take_census(now).unwrap();
}

fn counted() -> TestApp {
    let app = TestApp::new();
    app.crawl(&VALE);
    count(&app);
    app
}

async fn rows(app: &TestApp, path: &str) -> Vec<Value> {
    let answer = app.json(&format!("statistics/{path}")).await;
    assert_eq!(answer["total"], answer["rows"].as_array().unwrap().len(), "{answer}");
    answer["rows"].as_array().unwrap().clone()
}

async fn total(app: &TestApp, path: &str) -> u64 {
    app.json(path).await["total"].as_u64().unwrap()
}

#[tokio::test]
async fn figures_tell_what_they_mean_before_there_is_anything_to_tell() {
    let app = TestApp::empty();
    let index = app.json("statistics").await;
    assert!(index.get("census").is_none() && index.get("closed").is_none() && index.get("polled").is_none());
    for figure in index["figures"].as_array().unwrap() {
        let href = figure["href"].as_str().unwrap();
        let answer = app.get(href).await.json();
        assert_eq!((&answer["total"], &answer["rows"]), (&json!(0), &json!([])), "{href}");
        assert_eq!((&answer["definition"], &answer["caveats"]), (&figure["definition"], &figure["caveats"]));
        assert!(answer.get("counted").is_none(), "{answer}");
        assert!(figure["caveats"].as_array().is_some_and(|caveats| !caveats.is_empty()), "{href}");
    }
    let counted = counted();
    let index = counted.json("statistics").await;
    assert_eq!(index["census"], json!({"first": "2026-10-01", "last": "2026-10-01"}));
    assert_eq!(index["polled"], index["census"]);
    assert!(index.get("closed").is_none(), "no day is over: {index}");
}

#[tokio::test]
async fn counts_are_those_that_searches_find() {
    let app = counted();
    let slots = rows(&app, "free-slots").await;
    let (appointments, coarse) =
        (total(&app, "slots?coarse=false&limit=1").await, total(&app, "slots?coarse=true&limit=1").await);
    assert!(appointments > 0 && coarse > 0);
    assert_eq!(slots.len(), 1);
    assert_eq!(
        (&slots[0]["appointments"], &slots[0]["coarse"], &slots[0]["group"]["day"]),
        (&json!(appointments), &json!(coarse), &json!("2026-10-01"))
    );
    for row in rows(&app, "free-slots?by=state").await {
        let Some(state) = row["group"]["state"].as_str() else { continue };
        let found = total(&app, &format!("slots?state={state}&coarse=false&isVirtual=false&limit=1")).await;
        assert!(row["appointments"].as_u64().unwrap() >= found, "{row}: virtual care has a state as well");
    }
    for row in rows(&app, "free-slots?by=publisher").await {
        let publisher = row["group"]["publisher"].as_str().unwrap();
        let found = total(&app, &format!("slots?publisher={publisher}&coarse=false&limit=1")).await;
        assert_eq!(row["appointments"], found, "{row}");
        assert_eq!(row["group"]["display"], app.json(&format!("publishers/{publisher}")).await["displayName"]);
    }
    let dermatology = rows(&app, "free-slots?specialty=skin%20doctor").await;
    let found = total(&app, "slots?specialty=skin%20doctor&coarse=false&limit=1").await;
    assert_eq!(dermatology[0]["appointments"], found);
    let understood = app.json("statistics/free-slots?specialty=skin%20doctor").await["understood"].clone();
    assert_eq!(understood[0]["label"], "Dermatology");
}

#[tokio::test]
async fn lead_times_are_those_of_the_next_slots() {
    let app = counted();
    let now = app.state.now();
    let places = app.json("provider-locations?limit=100&slots=20").await["providerLocations"].clone();
    let mut next: BTreeMap<String, i64> = BTreeMap::new();
    for place in places.as_array().unwrap() {
        let key = place["key"].as_str().unwrap();
        let slots = app.json(&format!("slots?providerLocationKey={key}&coarse=false&limit=1")).await;
        if let Some(start) = slots["slots"][0]["start"].as_str() {
            let start = OffsetInstant::parse_strict(start).unwrap().instant;
            next.insert(key.to_owned(), (start.0 - now.0) / 3_600);
        }
    }
    assert!(next.len() > 2, "{places}");
    let lead_times = rows(&app, "lead-time?by=providerLocation").await;
    for row in &lead_times {
        let key = row["group"]["providerLocation"].as_str().unwrap();
        assert_eq!(row["nextMedianHours"].as_i64(), next.get(key).copied(), "{row}");
    }
    assert_eq!(lead_times.len(), places.as_array().unwrap().len());
    let one = next.keys().next().unwrap();
    let of_one = rows(&app, &format!("coverage?providerLocation={one}")).await;
    assert_eq!((&of_one[0]["places"], &of_one[0]["shareWithSlot"]), (&json!(1), &json!(1.0)));
    let coverage = rows(&app, "coverage").await;
    assert_eq!(coverage[0]["places"], places.as_array().unwrap().len());
    assert_eq!(coverage[0]["withAppointment"], next.len());
}

#[tokio::test]
async fn what_became_of_slots_is_told_the_day_after() {
    let app = TestApp::empty();
    app.crawl(&FLYNN);
    app.advance(3_600);
    // The first is booked, the second is no longer listed.
    let later = FLYNN
        .ndjson
        .lines()
        .filter(|line| !line.contains(r#""id":"remote-1""#))
        .map(|line| {
            let is_booked = line.contains(r#""id":"derm-1""#);
            if is_booked { line.replace(r#""status":"free""#, r#""status":"busy""#) } else { line.to_owned() }
        })
        .collect::<Vec<_>>()
        .join("\n");
    app.crawl_lines(&FLYNN, &later);
    app.advance(2 * 86_400);
    // Days are counted when somebody was heard behind them.
    app.crawl(&RIDGE);
    count(&app);
    let fates = rows(&app, "fill-rate?from=2026-10-02&to=2026-10-02").await;
    assert_eq!(
        fates,
        [json!({
            "group": {"day": "2026-10-02"}, "taken": 1, "withdrawn": 1, "unfilled": 0, "unknown": 0,
            "fillRateLeast": 0.5, "fillRateMost": 1.0, "withLifetime": 2, "lifetimeMedianHours": 1,
            "lifetimeP90Hours": 1, "coarse": 1,
        })]
    );
    let continuity = rows(&app, "continuity").await;
    let flynn = &continuity[0];
    assert_eq!(
        (&flynn["group"]["publisher"], &flynn["polls"], &flynn["syncGapP99Minutes"]),
        (&json!("flynn"), &json!(2), &json!(60))
    );
}

#[tokio::test]
async fn a_silent_publisher_is_not_one_without_slots() {
    let app = TestApp::empty();
    app.crawl(&RIDGE);
    app.advance(2 * 86_400);
    count(&app);
    let coverage = rows(&app, "coverage").await;
    assert_eq!(
        coverage,
        [json!({"group": {"day": "2026-10-03"}, "places": 0, "withSlot": 0, "withAppointment": 0, "silent": 1})]
    );
    // As soon as it is heard again that day it is counted anew.
    app.crawl(&RIDGE);
    count(&app);
    let coverage = rows(&app, "coverage").await;
    assert_eq!((&coverage[0]["places"], &coverage[0]["silent"]), (&json!(1), &json!(0)));
}

async fn accepting(app: &TestApp, path: &str, accept: &str) -> Answer {
    let request = Request::get(format!("/v1/scheduling/statistics/{path}")).header("accept", accept);
    app.send(request.body(Body::empty()).unwrap()).await
}

#[tokio::test]
async fn every_figure_is_a_table_as_well() {
    let app = counted();
    for figure in Figure::ALL {
        let name = figure.as_str();
        let csv = app.get(&format!("statistics/{name}?by=day,publisher&format=csv")).await;
        assert_eq!(csv.header("content-type"), "text/csv; charset=utf-8");
        let mut lines = csv.body.lines();
        let head: Vec<&str> = lines.next().unwrap().split(',').collect();
        let columns: Vec<&str> = figure.columns().iter().map(|column| column.name).collect();
        assert_eq!(head, [vec!["day", "publisher", "display"], columns.clone()].concat());
        let json = rows(&app, &format!("{name}?by=day,publisher")).await;
        assert_eq!(lines.clone().count(), json.len(), "{name}");
        for (line, row) in lines.zip(&json) {
            let values: Vec<&str> = line.split(',').collect();
            let text = |value: &Value| value.as_str().map_or_else(|| value.to_string(), str::to_owned);
            for (column, value) in columns.iter().zip(&values[3..]) {
                assert_eq!(*value, row.get(*column).map(text).unwrap_or_default(), "{name} {column}");
            }
        }
        let shown = json.iter().flat_map(|row| row.as_object().unwrap().keys());
        assert!(shown.filter(|field| *field != "group").all(|field| columns.contains(&field.as_str())), "{name}");
    }
    for (accept, format, want) in [
        ("text/csv", "", "text/csv; charset=utf-8"),
        ("text/csv;q=0.9, application/json;q=0.1", "", "text/csv; charset=utf-8"),
        ("text/html, */*", "", "application/json"),
        ("application/json, text/csv", "", "application/json"),
        ("text/csv", "?format=json", "application/json"),
        ("application/json", "?format=csv", "text/csv; charset=utf-8"),
    ] {
        let answer = accepting(&app, &format!("coverage{format}"), accept).await;
        assert_eq!(answer.header("content-type"), want, "{accept} {format}");
        let varies = answer.headers.get_all("vary").iter().any(|value| value == "accept");
        assert!(varies, "{accept}");
    }
}

#[tokio::test]
async fn answers_are_cut_and_kept_as_others_are() {
    let app = counted();
    let whole = app.json("statistics/coverage?by=state").await;
    let cut = app.json("statistics/coverage?by=state&limit=1").await;
    assert_eq!((&cut["total"], cut["rows"].as_array().unwrap().len()), (&whole["total"], 1));
    assert_eq!(cut["rows"][0], whole["rows"][0]);
    let answer = app.get("statistics/coverage").await;
    let etag = answer.header("etag").to_owned();
    assert_eq!(answer.header("cache-control"), "public, max-age=60");
    let again = Request::get("/v1/scheduling/statistics/coverage").header("if-none-match", etag);
    assert_eq!(app.send(again.body(Body::empty()).unwrap()).await.status, StatusCode::NOT_MODIFIED);
}

#[tokio::test]
async fn what_cannot_be_asked_is_refused_by_name() {
    let app = counted();
    for (path, parameters) in [
        ("coverage?by=state,zip", &["by"][..]),
        ("coverage?by=color&limit=0", &["by", "limit"]),
        ("coverage?from=2026-10-02&to=2026-10-01", &["to"]),
        ("coverage?from=2020-01-01", &["from"]),
        ("lead-time?from=today&state=ZZ&zip=12", &["from", "state", "zip"]),
        ("free-slots?publisher=nobody&format=xml", &["publisher", "format"]),
        ("fill-rate?providerLocation=x&offset=1", &["providerLocation", "offset"]),
        ("continuity?state=MA&by=state", &["state", "by"]),
    ] {
        let refused = app.get(&format!("statistics/{path}")).await;
        assert_eq!(refused.status, StatusCode::BAD_REQUEST, "{path}");
        let issues = refused.json()["issues"].clone();
        let named: Vec<_> =
            issues.as_array().unwrap().iter().map(|issue| issue["parameter"].as_str().unwrap()).collect();
        assert_eq!(named, parameters, "{issues}");
    }
    assert_eq!(app.get("statistics/nothing").await.status, StatusCode::NOT_FOUND);
    assert_eq!(app.get("statistics?by=day").await.status, StatusCode::BAD_REQUEST);
}
