//! A patient side in process, and who asks it.

use std::sync::Arc;

use axum::body::Body;
use axum::http::{Method, Request, StatusCode};
use openslots_api::{ApiOptions, CalendarFuture, CareAccess, FetchCalendar, Vendor, VendorSecret};
use openslots_care::access::Gate;
use openslots_care::follow_up::TaskTemplate;
use openslots_care::{Care, CareOptions, Retention};
use serde_json::{Value, json};
use url::Url;

use crate::support::{Answer, FLYNN, TestApp};

pub(super) const TOKEN: &str = "0123456789abcdef0123456789abcdef";
const SECRET: &str = "fedcba9876543210fedcba9876543210";

/// A calendar server that has one lunch.
pub(super) struct Lunch;

impl FetchCalendar for Lunch {
    fn fetch(&self, url: Url) -> CalendarFuture {
        let text = calendar("20261002T130000Z", "20261002T133000Z");
        Box::pin(async move {
            if url.host_str() == Some("calendars.example.org") {
                Ok(text.into_bytes())
            } else {
                Err("no such server".to_owned())
            }
        })
    }
}

pub(super) fn calendar(start: &str, end: &str) -> String {
    format!(
        "BEGIN:VCALENDAR\r\nVERSION:2.0\r\nPRODID:-//x//EN\r\nBEGIN:VEVENT\r\nUID:1\r\nSUMMARY:Secret lunch\r\nDTSTART:{start}\r\nDTEND:{end}\r\nEND:VEVENT\r\nEND:VCALENDAR\r\n"
    )
}

pub(super) struct Portal {
    pub(super) app: TestApp,
    _folder: tempfile::TempDir,
}

pub(super) fn portal() -> Portal {
    let folder = tempfile::tempdir().unwrap();
    let options = CareOptions {
        return_url: "https://slots.example.org/care/return".parse().unwrap(),
        identifier_base: "https://slots.example.org".to_owned(),
        attempt_seconds: 600,
        templates: TaskTemplate::defaults(),
        retention: Retention::default(),
    };
    let access = CareAccess {
        care: Arc::new(Care::open(&folder.path().join("care.db"), options).unwrap()),
        gate: Arc::new(Gate::new(Vec::new(), Some((TOKEN, "default".parse().unwrap())))),
        vendors: [Vendor { name: "cab".to_owned(), secret: VendorSecret::new(SECRET).unwrap() }].into(),
        calendars: Arc::new(Lunch),
        return_to: None,
    };
    let app = TestApp::empty_with(ApiOptions { care: Some(access), ..ApiOptions::default() });
    app.crawl(&FLYNN);
    Portal { app, _folder: folder }
}

/// Who asks.
#[derive(Clone, Copy, Default)]
pub(super) struct As<'a> {
    pub(super) token: Option<&'a str>,
    pub(super) patient: Option<&'a str>,
    pub(super) caregiver: Option<&'a str>,
}

impl<'a> As<'a> {
    pub(super) const fn patient(patient: &'a str) -> Self {
        Self { token: Some(TOKEN), patient: Some(patient), caregiver: None }
    }
}

impl Portal {
    pub(super) async fn ask(&self, by: As<'_>, method: Method, path: &str, body: &str) -> Answer {
        let mut request = Request::builder().method(method).uri(path).header("content-type", "application/fhir+json");
        let token = by.token.map(|token| format!("Bearer {token}"));
        for (name, value) in
            [("authorization", token.as_deref()), ("x-patient", by.patient), ("x-caregiver", by.caregiver)]
        {
            if let Some(value) = value {
                request = request.header(name, value);
            }
        }
        let answer = self.app.send(request.body(Body::from(body.to_owned())).unwrap()).await;
        assert_eq!(answer.header("cache-control"), "no-store", "{path}");
        answer
    }

    pub(super) async fn post(&self, by: As<'_>, path: &str, body: &Value) -> Answer {
        self.ask(by, Method::POST, path, &body.to_string()).await
    }

    pub(super) async fn get(&self, by: As<'_>, path: &str) -> Answer {
        self.ask(by, Method::GET, path, "").await
    }

    /// A new patient's id.
    pub(super) async fn admit(&self) -> String {
        let patient =
            json!({ "resourceType": "Patient", "name": [{ "family": "Doe" }], "address": [{ "postalCode": "02139" }] });
        let answer = self.post(As { token: Some(TOKEN), ..As::default() }, "/fhir/Patient", &patient).await;
        assert_eq!(answer.status, StatusCode::CREATED, "{}", answer.body);
        answer.json()["id"].as_str().unwrap().to_owned()
    }

    pub(super) async fn create(&self, by: As<'_>, resource: &Value) -> String {
        let path = format!("/fhir/{}", resource["resourceType"].as_str().unwrap());
        let answer = self.post(by, &path, resource).await;
        assert_eq!(answer.status, StatusCode::CREATED, "{}", answer.body);
        answer.json()["id"].as_str().unwrap().to_owned()
    }
}

pub(super) fn parameters(given: &[(&str, Value)]) -> Value {
    let parameter = |(name, value): &(&str, Value)| {
        let kind = match value {
            Value::Bool(_) => "valueBoolean",
            Value::Number(_) => "valueInteger",
            _ => "valueString",
        };
        json!({ "name": name, kind: value })
    };
    let list: Vec<Value> = given.iter().map(parameter).collect();
    if list.is_empty() {
        json!({ "resourceType": "Parameters" })
    } else {
        json!({ "resourceType": "Parameters", "parameter": list })
    }
}

pub(super) fn named<'a>(answer: &'a Value, name: &str) -> Vec<&'a Value> {
    answer["parameter"].as_array().unwrap().iter().filter(|parameter| parameter["name"] == name).collect()
}

pub(super) fn part<'a>(of: &'a Value, name: &str) -> &'a Value {
    of["part"].as_array().unwrap().iter().find(|part| part["name"] == name).unwrap_or(&Value::Null)
}
