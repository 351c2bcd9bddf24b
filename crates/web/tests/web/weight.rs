//! How heavy the first page is, what may be loaded with it, and that nothing is remembered of who reads it.

use axum::body::Body;
use axum::http::Request;

use crate::markup::elements;
use crate::support::{Feed, TestApp};
use crate::{raw, with_pages};

/// The first page with all that it loads, over the wire.
const MAX_BYTES: usize = 60_000;

/// Twenty places and more, each with much to tell.
fn crowded() -> TestApp {
    let app = TestApp::empty();
    let mut lines = String::new();
    for n in 0..30 {
        let (latitude, longitude) = (30.0 + f64::from(n) * 0.61, -120.0 + f64::from(n) * 1.37);
        lines.push_str(&format!(
            r#"{{"resourceType":"Location","id":"{n}","name":"Health Center of Neighbourhood {n}","telecom":[{{"system":"phone","value":"617-555-01{n:02}"}}],"address":{{"line":["{n}{n} Some Long Street Name","Suite {n}"],"city":"Boston","state":"MA","postalCode":"02115"}},"position":{{"latitude":{latitude:.4},"longitude":{longitude:.4}}}}}
{{"resourceType":"PractitionerRole","id":"{n}","practitioner":{{"display":"Dr. Firstname {n} Lastname"}},"specialty":[{{"coding":[{{"system":"http://snomed.info/sct","code":"394582007","display":"Dermatology"}}]}}]}}
{{"resourceType":"Schedule","id":"{n}","serviceType":[{{"text":"General Practice {n}"}}],"actor":[{{"reference":"Location/{n}"}},{{"reference":"PractitionerRole/{n}"}}]}}
"#
        ));
        for day in 2..30 {
            lines.push_str(&format!(
                r#"{{"resourceType":"Slot","id":"{n}-{day}","schedule":{{"reference":"Schedule/{n}"}},"status":"free","start":"2026-10-{day:02}T13:{n:02}:00Z","end":"2026-10-{day:02}T14:00:00Z","extension":[{{"url":"http://fhir-registry.smarthealthit.org/StructureDefinition/booking-deep-link","valueUrl":"https://a.example.org/{n}/{day}"}}]}}
"#
            ));
        }
    }
    app.crawl_lines(&Feed { slug: "crowded", display_name: "Crowded Health", ndjson: "" }, &lines);
    app.catch_up();
    with_pages(app)
}

async fn n_bytes(app: &TestApp, path: &str) -> usize {
    use tower::ServiceExt;
    let request = Request::get(path).header("accept-encoding", "gzip").body(Body::empty()).unwrap();
    let answer = app.router().oneshot(request).await.unwrap();
    let n_head: usize = answer.headers().iter().map(|(name, value)| name.as_str().len() + value.len() + 4).sum();
    n_head + axum::body::to_bytes(answer.into_body(), usize::MAX).await.unwrap().len()
}

#[tokio::test]
async fn the_first_page_is_light() {
    let app = crowded();
    let first = app.get("/").await;
    let all = elements(&first.body);
    let loaded = all.iter().filter(|element| ["link", "script", "img"].contains(&element.name.as_str()));
    let loaded: Vec<&str> =
        loaded.filter_map(|element| element.attribute("src").or(element.attribute("href"))).collect();
    assert_eq!(loaded.len(), 3, "a style sheet, an icon and a script: {loaded:?}");
    let mut n_all = n_bytes(&app, "/").await;
    for path in loaded {
        n_all += n_bytes(&app, path).await;
    }
    assert!((10_000..MAX_BYTES).contains(&n_all), "{n_all} bytes");
}

#[tokio::test]
async fn nothing_is_remembered_and_nothing_else_is_loaded() {
    let app = crowded();
    let key = app.json("provider-locations").await["providerLocations"][0]["key"].as_str().unwrap().to_owned();
    for path in [
        "/",
        "/?lang=es&what=x",
        "/?where=Springfield",
        "/places/nothing",
        &format!("/places/{key}"),
        "/publishers",
        "/stats",
        "/docs",
    ] {
        let answer = app.get(path).await;
        let policy = answer.header("content-security-policy");
        for want in [
            "default-src 'none'",
            "style-src 'self'",
            "base-uri 'none'",
            "frame-ancestors 'none'",
            "form-action 'self'",
        ] {
            assert!(policy.split("; ").any(|part| part == want), "{path}: {policy}");
        }
        assert!(!policy.contains("unsafe") && !policy.contains('*') && !policy.contains("http"), "{path}: {policy}");
        assert_eq!(policy.contains("script-src"), answer.body.contains("<script"), "{path}");
        assert_eq!(answer.header("referrer-policy"), "no-referrer", "{path}");
        assert_eq!(answer.header("x-content-type-options"), "nosniff", "{path}");
        assert!(!answer.headers.contains_key("set-cookie"), "{path}");
    }
    for (path, kind) in
        [("css", "text/css; charset=utf-8"), ("js", "text/javascript; charset=utf-8"), ("svg", "image/svg+xml")]
    {
        let path = format!("/assets/{}/openslots.{path}", env!("CARGO_PKG_VERSION"));
        let answer = raw(&app, &path).await;
        assert_eq!(answer.header("content-type"), kind);
        assert!(answer.header("cache-control").contains("max-age"), "{path}");
        for forbidden in ["http://", "https://", "document.cookie", "localStorage", "innerHTML", "eval("] {
            let body = answer.body.replace("xmlns=\"http://www.w3.org/2000/svg\"", "");
            assert!(!body.contains(forbidden), "{path}: {forbidden}");
        }
    }
}
