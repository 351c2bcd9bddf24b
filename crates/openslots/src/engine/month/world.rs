//! Publishers whose answers hang on nothing but the virtual time.

use std::collections::{BTreeMap, HashMap};
use std::sync::{Arc, Mutex};
use std::time::{Duration, UNIX_EPOCH};

use axum::body::Body;
use axum::extract::{Request, State};
use axum::http::{Response, StatusCode, header};
use futures_util::stream;
use openslots_crawl::{Clock, VirtualClock};
use openslots_model::UnixSeconds;
use serde_json::{Value, json};
use tokio::net::TcpListener;

use super::BEGIN;

/// The world changes every two hours.
const STEP_SECONDS: u64 = 7_200;
const STEPS_A_DAY: u64 = 12;
/// A chain of increments is closed after a week.
const STEPS_A_CHAIN: u64 = 7 * STEPS_A_DAY;
/// From here on everybody who is there behaves.
const LAST_DAY: u64 = (super::N_DAYS - 1) * STEPS_A_DAY;
/// Slots lie on so many hours from now on.
const HOURS_AHEAD: u64 = 60;
const FLOOR: Duration = Duration::from_secs(60);

/// How a publisher behaves.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub(super) enum Character {
    /// Always well, with validators.
    Healthy,
    /// Always well, without validators.
    Plain,
    /// Wishes to be asked once a day.
    Seldom,
    /// Asks to be left alone now and then: 503 for the manifest, 429 for files.
    Busy,
    /// Down for a week.
    Down,
    /// Gone for ever from the twelfth day on.
    Gone,
    /// Files are cut off, HTML, empty, missing or broken, in turns.
    Sloppy,
    /// Every state has file URLs of its own.
    Rotating,
    /// Lists no slots at all now and then.
    Moody,
    /// Its files have moved.
    Moved,
    /// Publishes a chain of increments, a new one each week.
    Chain,
    /// Says what has changed since.
    Since,
}

impl Character {
    pub(super) const ALL: [Self; 12] = [
        Self::Healthy,
        Self::Plain,
        Self::Seldom,
        Self::Busy,
        Self::Down,
        Self::Gone,
        Self::Sloppy,
        Self::Rotating,
        Self::Moody,
        Self::Moved,
        Self::Chain,
        Self::Since,
    ];

    pub(super) fn name(self) -> String {
        format!("{self:?}").to_lowercase()
    }
}

struct Shared {
    clock: VirtualClock,
    /// When each URL was last asked for.
    asked: Mutex<HashMap<String, Duration>>,
    too_soon: Mutex<Vec<String>>,
    /// Requests of each publisher by day.
    n_asked: Mutex<BTreeMap<(String, u64), u64>>,
}

/// All publishers on one loopback address.
pub(super) struct World {
    pub(super) base: String,
    shared: Arc<Shared>,
}

impl World {
    pub(super) async fn start(clock: VirtualClock) -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").await.expect("a free port");
        let base = format!("http://{}", listener.local_addr().expect("an address"));
        let shared =
            Arc::new(Shared { clock, asked: Mutex::default(), too_soon: Mutex::default(), n_asked: Mutex::default() });
        let app = axum::Router::new().fallback(answer).with_state(Arc::clone(&shared));
        tokio::spawn(async move { axum::serve(listener, app).await.expect("serving works") });
        Self { base, shared }
    }

    /// URLs that were asked for less than a minute after they had been.
    pub(super) fn asked_too_soon(&self) -> Vec<String> {
        self.shared.too_soon.lock().expect("whole").clone()
    }

    pub(super) fn n_asked_on_last_day(&self, character: Character) -> u64 {
        let key = (character.name(), super::N_DAYS - 1);
        self.shared.n_asked.lock().expect("whole").get(&key).copied().unwrap_or(0)
    }

    /// Free slots that a publisher listed when it was read and that have not begun by now.
    pub(super) fn listed(&self, _: Character, read_at: UnixSeconds, now: UnixSeconds) -> Vec<String> {
        let step = (read_at.0 - BEGIN.0) as u64 / STEP_SECONDS;
        let is_listed = |slot: &&Slot| slot.is_free && slot.start >= now;
        let mut ids: Vec<String> = slots(step).iter().filter(is_listed).map(|slot| slot.id.clone()).collect();
        ids.sort();
        ids
    }
}

#[derive(Debug, Clone, PartialEq, Eq)]
struct Slot {
    id: String,
    start: UnixSeconds,
    is_free: bool,
}

/// The slots of a step: an hour each, some of them taken meanwhile.
fn slots(step: u64) -> Vec<Slot> {
    let first_hour = step * STEP_SECONDS / 3_600 + 1;
    (first_hour..first_hour + HOURS_AHEAD)
        .map(|hour| Slot {
            id: format!("h{hour}"),
            start: BEGIN.plus_seconds(hour as i64 * 3_600),
            is_free: !(hour * 7 + step / 3).is_multiple_of(5),
        })
        .collect()
}

fn line(slot: &Slot) -> String {
    let status = if slot.is_free { "free" } else { "busy" };
    let end = slot.start.plus_seconds(1_800);
    json!({
        "resourceType": "Slot", "id": slot.id, "schedule": {"reference": "Schedule/1"}, "status": status,
        "start": slot.start.to_string(), "end": end.to_string(),
    })
    .to_string()
        + "\n"
}

fn file(slots: &[Slot]) -> String {
    slots.iter().map(line).collect()
}

/// What is new or different from one step to another.
fn changed(from: u64, to: u64) -> String {
    let before = slots(from);
    file(&slots(to).into_iter().filter(|slot| !before.contains(slot)).collect::<Vec<_>>())
}

/// What is gone from one step to another.
fn gone(from: u64, to: u64) -> String {
    let now = slots(to);
    let is_gone = |slot: &Slot| !now.iter().any(|other| other.id == slot.id);
    let entries: Vec<Value> = slots(from)
        .into_iter()
        .filter(is_gone)
        .map(|slot| json!({"request": {"method": "DELETE", "url": format!("Slot/{}", slot.id)}}))
        .collect();
    json!({"resourceType": "Bundle", "type": "transaction", "entry": entries}).to_string()
}

async fn answer(State(shared): State<Arc<Shared>>, request: Request) -> Response<Body> {
    let target = request.uri().path_and_query().map(ToString::to_string).unwrap_or_default();
    let elapsed = shared.clock.elapsed();
    if let Some(last) = shared.asked.lock().expect("whole").insert(target.clone(), elapsed)
        && elapsed - last < FLOOR
    {
        let text = format!("{target} at {elapsed:?}, and at {last:?} before");
        shared.too_soon.lock().expect("whole").push(text);
    }
    let path = request.uri().path().trim_start_matches('/').to_owned();
    let (publisher, name) = path.split_once('/').unwrap_or((&path, ""));
    let day = elapsed.as_secs() / 86_400;
    *shared.n_asked.lock().expect("whole").entry((publisher.to_owned(), day)).or_default() += 1;
    let Some(character) = Character::ALL.into_iter().find(|character| character.name() == publisher) else {
        return plain(StatusCode::NOT_FOUND, "no such publisher");
    };
    let visit = Visit { character, step: elapsed.as_secs() / STEP_SECONDS, now: shared.clock.now() };
    let since = request.uri().query().and_then(|query| query.strip_prefix("_since="));
    let known = request.headers().get(header::IF_NONE_MATCH).and_then(|tag| tag.to_str().ok());
    let mut response = visit.answer(name, since, known);
    let date = UNIX_EPOCH + Duration::from_secs(visit.now.0 as u64);
    let date = httpdate::fmt_http_date(date).parse().expect("a header");
    response.headers_mut().insert(header::DATE, date);
    response
}

fn plain(status: StatusCode, text: &'static str) -> Response<Body> {
    Response::builder().status(status).body(Body::from(text)).expect("a response")
}

fn step_of(text: &str) -> u64 {
    text.parse().expect("a step")
}

/// One request, as one publisher sees it.
struct Visit {
    character: Character,
    step: u64,
    now: UnixSeconds,
}

impl Visit {
    fn answer(&self, name: &str, since: Option<&str>, known: Option<&str>) -> Response<Body> {
        if let Some(fault) = self.fault(name) {
            return fault;
        }
        if self.character == Character::Moved && !name.starts_with("moved/") && name != "$bulk-publish" {
            let to = format!("/moved/moved/{name}");
            return Response::builder().status(302).header("location", to).body(Body::empty()).expect("a response");
        }
        let name = name.trim_start_matches("moved/");
        let body = match name {
            "$bulk-publish" => self.manifest(since).to_string(),
            "locations.ndjson" => {
                json!({"resourceType": "Location", "id": "1", "name": "North",
                    "address": {"city": "Boston", "state": "MA", "postalCode": "02114"}})
                .to_string()
                    + "\n"
            }
            "schedules.ndjson" => {
                json!({"resourceType": "Schedule", "id": "1", "actor": [{"reference": "Location/1"}]}).to_string()
                    + "\n"
            }
            _ => {
                let parts: Vec<&str> = name.trim_end_matches(".ndjson").split('-').collect();
                match parts.as_slice() {
                    ["slots", half] => self.half(half),
                    ["at", step] => file(&slots(step_of(step))),
                    ["diff", from, to] => changed(step_of(from), step_of(to)),
                    ["gone", from, to] => gone(step_of(from), step_of(to)),
                    ["page", chain, place] => self.page(step_of(chain), step_of(place)).to_string(),
                    _ => return plain(StatusCode::NOT_FOUND, "no such file"),
                }
            }
        };
        self.with_validators(body, known)
    }

    fn with_validators(&self, body: String, known: Option<&str>) -> Response<Body> {
        let tag = format!("\"{:x}\"", xxhash_rust::xxh3::xxh3_64(body.as_bytes()));
        let builder = Response::builder();
        if self.character == Character::Plain {
            return builder.body(Body::from(body)).expect("a response");
        }
        let builder = builder.header("etag", &tag);
        if known == Some(&tag) {
            return builder.status(StatusCode::NOT_MODIFIED).body(Body::empty()).expect("a response");
        }
        builder.body(Body::from(body)).expect("a response")
    }

    /// Slots of even or odd hours.
    fn half(&self, half: &str) -> String {
        let of_half = |slot: &Slot| (step_of(&slot.id[1..]).is_multiple_of(2)) == (half == "even");
        file(&slots(self.step).into_iter().filter(of_half).collect::<Vec<_>>())
    }

    fn manifest(&self, since: Option<&str>) -> Value {
        let mut outputs =
            vec![("Location", "locations.ndjson".to_owned()), ("Schedule", "schedules.ndjson".to_owned())];
        let (mut deleted, mut link) = (vec![], vec![]);
        match (self.character, since) {
            (Character::Rotating, _) => outputs.push(("Slot", format!("at-{}.ndjson", self.step))),
            (Character::Moody, _) if self.step % 20 == 7 && self.step < LAST_DAY => {}
            (Character::Chain, _) => {
                let chain = self.step / STEPS_A_CHAIN;
                outputs.push(("Slot", format!("at-{}.ndjson", chain * STEPS_A_CHAIN)));
                link.push(json!({"relation": "next", "url": format!("page-{chain}-0")}));
            }
            (Character::Since, Some(since)) => {
                let since: jiff::Timestamp = since.replace("%3A", ":").parse().expect("an instant");
                let from = (since.as_second() - BEGIN.0) as u64 / STEP_SECONDS;
                outputs = vec![("Slot", format!("diff-{from}-{}.ndjson", self.step))];
                deleted.push(json!({"type": "Bundle", "url": format!("gone-{from}-{}.ndjson", self.step)}));
            }
            _ => outputs.extend([("Slot", "slots-even.ndjson".to_owned()), ("Slot", "slots-odd.ndjson".to_owned())]),
        }
        let outputs: Vec<Value> = outputs.iter().map(|(kind, url)| json!({"type": kind, "url": url})).collect();
        let mut manifest = json!({
            "transactionTime": self.now.to_string(), "request": "x", "output": outputs, "deleted": deleted, "error": [],
            "link": link,
        });
        if self.character == Character::Seldom {
            manifest["updateCadence"] = "P1D".into();
        }
        manifest
    }

    /// A page of a chain: what came in a step, or that nothing has come yet.
    fn page(&self, chain: u64, place: u64) -> Value {
        let first = chain * STEPS_A_CHAIN;
        let (from, to) = (first + place, first + place + 1);
        let next = |url: String| json!([{"relation": "next", "url": url}]);
        if place + 1 == STEPS_A_CHAIN && chain < self.step / STEPS_A_CHAIN {
            return json!({"output": [], "link": next("#closed".to_owned())});
        }
        if from >= self.step {
            return json!({"output": [], "link": next("#pending".to_owned())});
        }
        json!({
            "transactionTime": self.now.to_string(),
            "output": [{"type": "Slot", "url": format!("diff-{from}-{to}.ndjson")}],
            "deleted": [{"type": "Bundle", "url": format!("gone-{from}-{to}.ndjson")}],
            "link": next(format!("page-{chain}-{}", place + 1)),
        })
    }

    /// What goes wrong with this request, if something does.
    fn fault(&self, name: &str) -> Option<Response<Body>> {
        let (is_manifest, is_slots) = (name == "$bulk-publish", name.starts_with("slots-"));
        let day = self.step / STEPS_A_DAY;
        match self.character {
            Character::Gone if day >= 12 => Some(plain(StatusCode::INTERNAL_SERVER_ERROR, "gone")),
            _ if self.step >= LAST_DAY => None,
            Character::Down if (3..10).contains(&day) => Some(plain(StatusCode::BAD_GATEWAY, "down")),
            Character::Busy if is_manifest && self.step % 3 == 1 => Some(self.busy(503, "1800".to_owned())),
            Character::Busy if is_slots && self.step % 5 == 2 => {
                let date = UNIX_EPOCH + Duration::from_secs(self.now.0 as u64 + 600);
                Some(self.busy(429, httpdate::fmt_http_date(date)))
            }
            Character::Sloppy if name == "slots-odd.ndjson" => self.sloppy(),
            _ => None,
        }
    }

    fn busy(&self, status: u16, after: String) -> Response<Body> {
        Response::builder().status(status).header("retry-after", after).body(Body::empty()).expect("a response")
    }

    fn sloppy(&self) -> Option<Response<Body>> {
        let body = self.half("odd");
        let response = |body: Body| Some(Response::new(body));
        match self.step % 8 {
            1 => {
                let half = body[..body.len() / 2].to_owned();
                let pieces = [Ok(half), Err(std::io::Error::other("cut off"))];
                response(Body::from_stream(stream::iter(pieces)))
            }
            2 => response(Body::from("<html>Sign in</html>")),
            3 => response(Body::empty()),
            4 => Some(plain(StatusCode::NOT_FOUND, "not here")),
            5 => Some(plain(StatusCode::INTERNAL_SERVER_ERROR, "broken")),
            6 => response(Body::from(body[..body.len() - 20].to_owned())),
            _ => None,
        }
    }
}
