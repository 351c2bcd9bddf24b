//! All cases as publishers of one server, which answers as their steps say.

use std::collections::BTreeMap;
use std::io::Write;
use std::path::PathBuf;
use std::sync::{Arc, Mutex};

use axum::Router;
use axum::body::Body;
use axum::extract::{Request, State};
use axum::http::{HeaderMap, Response, StatusCode, header};
use flate2::Compression;
use flate2::write::GzEncoder;
use serde_json::Value;

use super::case::{Case, check_keys, object};

/// Values of placeholders, by name.
pub(super) type Values = BTreeMap<String, String>;

/// The server; it ends with the process.
pub(super) struct QuirkyPublishers {
    shared: Arc<Shared>,
}

struct Shared {
    /// On one host, and the same on another (of the same address: another port).
    hosts: [String; 2],
    /// Days since 1970 when the test began.
    today: i64,
    sites: BTreeMap<String, Site>,
    state: Mutex<Progress>,
}

struct Site {
    folder: PathBuf,
    /// Its slug, where its own file gives it one.
    slug: Option<String>,
    /// Where the manifest is below the base.
    manifest: String,
    /// How files are answered, by step.
    answers: Vec<BTreeMap<String, Value>>,
}

#[derive(Default)]
struct Progress {
    step: usize,
    /// How often a path was asked for in this step.
    asked: BTreeMap<String, u64>,
}

impl QuirkyPublishers {
    pub(super) fn start(cases: &[Case]) -> Self {
        let sockets = [(); 2].map(|()| std::net::TcpListener::bind("127.0.0.1:0").expect("a port"));
        let hosts = sockets.each_ref().map(|socket| format!("http://{}", socket.local_addr().expect("an address")));
        let site = |case: &Case| Site {
            folder: case.folder.clone(),
            slug: case.config.is_some().then(|| case.name.clone()),
            manifest: case.manifest.clone(),
            answers: case.steps.iter().map(|step| step.answers.clone()).collect(),
        };
        let now = std::time::SystemTime::now().duration_since(std::time::UNIX_EPOCH).expect("after 1970");
        let shared = Arc::new(Shared {
            hosts,
            today: (now.as_secs() / 86_400) as i64,
            sites: cases.iter().map(|case| (case.name.clone(), site(case))).collect(),
            state: Mutex::default(),
        });
        for socket in sockets {
            let app = Router::new().fallback(answer).with_state(Arc::clone(&shared));
            std::thread::spawn(move || {
                let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().expect("a runtime");
                runtime.block_on(async move {
                    socket.set_nonblocking(true).expect("a socket");
                    let listener = tokio::net::TcpListener::from_std(socket).expect("a socket");
                    axum::serve(listener, app).await.expect("the server goes on");
                });
            });
        }
        Self { shared }
    }

    /// From now on answers are those of this step, from 0.
    pub(super) fn set_step(&self, step: usize) {
        *self.shared.state.lock().expect("whole") = Progress { step, asked: BTreeMap::new() };
    }

    pub(super) fn manifest_url(&self, case: &Case) -> String {
        let query = case.query.as_ref().map(|query| format!("?{}", filled(query, &self.values_of(case))));
        let query = query.unwrap_or_default();
        format!("{}/{}/{}{query}", self.shared.hosts[0], case.name, case.manifest)
    }

    /// What the placeholders of a case stand for.
    pub(super) fn values_of(&self, case: &Case) -> Values {
        self.shared.values(&case.name, &self.shared.sites[&case.name])
    }

    /// How often paths of a case were asked for in this step.
    pub(super) fn asked(&self, case: &Case) -> BTreeMap<String, u64> {
        let state = self.shared.state.lock().expect("whole");
        let of_case = |(path, count): (&String, &u64)| {
            Some((path.strip_prefix(&case.name)?.trim_start_matches('/').to_owned(), *count))
        };
        state.asked.iter().filter_map(of_case).collect()
    }
}

impl Shared {
    fn values(&self, name: &str, site: &Site) -> Values {
        let [base, other] = self.hosts.each_ref().map(|host| format!("{host}/{name}"));
        let slug = site.slug.clone().unwrap_or_else(|| {
            // Without the manifest's usual name, which says nothing.
            let path = base.trim_start_matches("http://").to_owned() + "/" + &site.manifest;
            path.trim_end_matches("/$bulk-publish").replace(['.', ':', '/'], "-")
        });
        let mut values: Values =
            [("base", base), ("other", other), ("slug", slug)].map(|(name, value)| (name.to_owned(), value)).into();
        for days in -90..=90 {
            values.insert(format!("day{days:+}"), date(self.today + days));
        }
        values
    }
}

/// The text with its placeholders filled in.
pub(super) fn filled(text: &str, values: &Values) -> String {
    let mut filled = text.to_owned();
    for (name, value) in values {
        let placeholder = format!("{{{name}}}");
        if filled.contains(&placeholder) {
            filled = filled.replace(&placeholder, value);
        }
    }
    filled
}

/// A day since 1970 as a date (the usual count in 400-year eras from 1 March).
fn date(days: i64) -> String {
    let days = days + 719_468;
    let (era, day_of_era) = (days.div_euclid(146_097), days.rem_euclid(146_097));
    let year_of_era = (day_of_era - day_of_era / 1_460 + day_of_era / 36_524 - day_of_era / 146_096) / 365;
    let day_of_year = day_of_era - (365 * year_of_era + year_of_era / 4 - year_of_era / 100);
    let month = (5 * day_of_year + 2) / 153;
    let day = day_of_year - (153 * month + 2) / 5 + 1;
    let month = if month < 10 { month + 3 } else { month - 9 };
    let year = era * 400 + year_of_era + i64::from(month <= 2);
    format!("{year:04}-{month:02}-{day:02}")
}

async fn answer(State(shared): State<Arc<Shared>>, request: Request) -> Response<Body> {
    let path = request.uri().path().trim_start_matches('/').replace("%24", "$");
    let step = {
        let mut state = shared.state.lock().expect("whole");
        *state.asked.entry(path.clone()).or_default() += 1;
        state.step
    };
    let (name, file) = path.split_once('/').unwrap_or((&path, ""));
    let Some(site) = shared.sites.get(name) else { return status(StatusCode::NOT_FOUND) };
    let answer = site.answers.iter().take(step + 1).rev().find_map(|answers| answers.get(file)).cloned();
    let answer = answer.unwrap_or_default();
    let wanted = answer["query"].as_str().map(|query| filled(query, &shared.values(name, site)));
    if wanted.is_some_and(|wanted| wanted != request.uri().query().unwrap_or_default()) {
        return status(StatusCode::FORBIDDEN);
    }
    respond(&shared, name, file, &answer, request.headers())
}

fn status(code: StatusCode) -> Response<Body> {
    Response::builder().status(code).body(Body::empty()).expect("an answer")
}

fn respond(shared: &Shared, name: &str, file: &str, answer: &Value, asked: &HeaderMap) -> Response<Body> {
    check_keys(name, answer, &["status", "headers", "file", "gzip", "require", "refuse", "query"]);
    let site = &shared.sites[name];
    let lacks = |(header, value): (&String, &Value)| {
        asked.get(header).map(header::HeaderValue::as_bytes) != value.as_str().map(str::as_bytes)
    };
    if answer["require"].as_object().is_some_and(|wanted| wanted.iter().any(lacks)) {
        return status(StatusCode::UNAUTHORIZED);
    }
    let refused = answer["refuse"]
        .as_array()
        .is_some_and(|names| names.iter().filter_map(Value::as_str).any(|header| asked.contains_key(header)));
    if refused {
        return status(StatusCode::BAD_REQUEST);
    }
    let headers = object(&answer["headers"]);
    let etag = headers.get("etag").and_then(Value::as_str);
    if etag.is_some() && asked.get(header::IF_NONE_MATCH).and_then(|tag| tag.to_str().ok()) == etag {
        return status(StatusCode::NOT_MODIFIED);
    }
    let code = answer["status"].as_u64().map(|code| StatusCode::from_u16(code as u16).expect("a status"));
    let source = site.folder.join(answer["file"].as_str().unwrap_or(file));
    let Ok(bytes) = std::fs::read(source) else {
        let code = code.unwrap_or(StatusCode::NOT_FOUND);
        return with_headers(code, &headers, shared, name, Vec::new());
    };
    let values = shared.values(name, site);
    let mut body = match String::from_utf8(bytes) {
        Ok(text) => filled(&text, &values).into_bytes(),
        Err(error) => error.into_bytes(),
    };
    if answer["gzip"] == true {
        let mut encoder = GzEncoder::new(Vec::new(), Compression::fast());
        encoder.write_all(&body).expect("memory");
        body = encoder.finish().expect("memory");
    }
    with_headers(code.unwrap_or(StatusCode::OK), &headers, shared, name, body)
}

fn with_headers(
    code: StatusCode,
    headers: &BTreeMap<String, Value>,
    shared: &Shared,
    name: &str,
    body: Vec<u8>,
) -> Response<Body> {
    let values = shared.values(name, &shared.sites[name]);
    let mut response = Response::builder().status(code);
    for (header, value) in headers {
        response = response.header(header, filled(value.as_str().expect("a text"), &values));
    }
    response.body(Body::from(body)).expect("an answer")
}
