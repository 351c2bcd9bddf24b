//! Watches of the real binary: a webhook is asked, then told what a crawl brings, once; the feed says the same.

use std::collections::BTreeSet;
use std::fs;
use std::net::TcpListener;
use std::sync::mpsc::{Receiver, Sender, channel};
use std::time::Duration;

use axum::Router;
use axum::body::Bytes;
use axum::extract::State;
use axum::http::{HeaderMap, StatusCode};
use axum::routing::post;
use hmac::{Hmac, KeyInit, Mac};
use serde_json::{Value, json};
use sha2::Sha256;

use crate::harness::{Publishers, Served, client, crawl_args, data_dir, run_json};

/// How long a call that must come is waited for.
const PATIENCE: Duration = Duration::from_secs(60);

/// A call that a webhook got.
struct Call {
    timestamp: String,
    signature: String,
    body: String,
}

impl Call {
    fn json(&self) -> Value {
        serde_json::from_str(&self.body).expect("JSON")
    }

    fn is_signed_with(&self, secret: &str) -> bool {
        let mut mac = Hmac::<Sha256>::new_from_slice(secret.as_bytes()).expect("a key");
        mac.update(format!("{}.{}", self.timestamp, self.body).as_bytes());
        let signature: String = mac.finalize().into_bytes().iter().map(|byte| format!("{byte:02x}")).collect();
        signature == self.signature
    }
}

/// A webhook that repeats challenges and passes on what it gets.
async fn take(State(calls): State<Sender<Call>>, headers: HeaderMap, body: Bytes) -> (StatusCode, String) {
    let header = |name: &str| headers[name].to_str().expect("text").to_owned();
    let call = Call {
        timestamp: header("x-timestamp"),
        signature: header("x-signature"),
        body: String::from_utf8(body.to_vec()).expect("text"),
    };
    let challenge = call.json()["challenge"].as_str().unwrap_or_default().to_owned();
    calls.send(call).expect("somebody waits");
    (StatusCode::OK, challenge)
}

/// Starts the webhook; its address and what it gets.
fn webhook() -> (String, Receiver<Call>) {
    let (sender, receiver) = channel();
    let listener = TcpListener::bind("127.0.0.1:0").expect("a port");
    listener.set_nonblocking(true).expect("a socket");
    let address = format!("http://{}/hook", listener.local_addr().expect("an address"));
    std::thread::spawn(move || {
        let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().expect("a runtime");
        runtime.block_on(async {
            let router = Router::new().route("/hook", post(take)).with_state(sender);
            let listener = tokio::net::TcpListener::from_std(listener).expect("a listener");
            axum::serve(listener, router).await.expect("served");
        });
    });
    (address, receiver)
}

/// What makes an appointment the same one, of all slots that a query finds.
fn appointments(served: &Served, query: &str) -> BTreeSet<(String, String)> {
    let mut found = BTreeSet::new();
    let mut cursor = String::new();
    loop {
        let page = served.get(&format!("/v1/scheduling/slots?{query}&limit=100{cursor}"));
        found.extend(page["slots"].as_array().expect("slots").iter().map(appointment));
        match page["next"].as_str() {
            Some(next) => cursor = format!("&cursor={next}"),
            None => return found,
        }
    }
}

fn appointment(slot: &Value) -> (String, String) {
    let text = |name: &str| slot[name].as_str().expect(name).to_owned();
    (text("scheduleId"), text("start"))
}

#[test]
fn what_a_crawl_brings_is_told_once() {
    let mut publishers = Publishers::start(1, &["--locations", "6", "--days", "6", "--slots", "900", "--seed", "11"]);
    let (folder, data) = data_dir();
    run_json(&crawl_args(&data, &publishers.manifests), 0);
    let log_path = folder.path().join("log");
    let log = fs::File::create(&log_path).expect("a file");
    let settings = [("OPENSLOTS_WATCHES__PRIVATE_ADDRESSES".to_owned(), "true".to_owned())].into();
    let served = Served::start_logging_to(log, &["serve", "--data-dir", &data, "--log-level", "trace"], &settings);

    let (address, calls) = webhook();
    let query = "startBefore=2100-01-01T00:00:00Z";
    let made = client()
        .post(format!("{}/v1/scheduling/watches?{query}", served.base))
        .body(json!({ "webhook": address }).to_string())
        .send()
        .expect("an answer");
    assert_eq!(made.status(), StatusCode::CREATED.as_u16());
    let made: Value = serde_json::from_str(&made.text().expect("a body")).expect("JSON");
    let secret = made["webhookSecret"].as_str().expect("a secret");
    let asked = calls.recv_timeout(PATIENCE).expect("the webhook is asked");
    assert!(asked.json()["type"] == "challenge" && asked.is_signed_with(secret), "{}", asked.body);

    let before = appointments(&served, query);
    publishers.steer("generation 7");
    run_json(&crawl_args(&data, &publishers.manifests), 0);
    let want: BTreeSet<_> = appointments(&served, query).difference(&before).cloned().collect();
    assert!(!want.is_empty(), "the publisher frees slots");
    let mut told = Vec::new();
    while told.len() < want.len() {
        let call = calls.recv_timeout(PATIENCE).expect("the webhook is told");
        assert!(call.is_signed_with(secret), "{}", call.body);
        told.extend(call.json()["slots"].as_array().expect("slots").iter().map(|told| appointment(&told["slot"])));
    }
    assert_eq!(told.len(), want.len(), "each once");
    assert_eq!(told.into_iter().collect::<BTreeSet<_>>(), want);

    let key = made["key"].as_str().expect("a key");
    let read = served.get(&format!("/v1/scheduling/watches/{key}"));
    assert_eq!((&read["told"], &read["webhook"]), (&json!(want.len()), &json!("active")));
    let feed = client().get(made["feed"].as_str().expect("a feed")).send().expect("an answer").text().expect("a feed");
    assert_eq!(feed.matches("<entry>").count(), want.len());
    drop(served);
    let log = fs::read_to_string(&log_path).expect("the log");
    assert!(log.contains("/v1/scheduling/watches/"), "the log is written");
    for hidden in [key, secret, address.as_str()] {
        assert!(!log.contains(hidden), "`{hidden}` stands in the log");
    }
}
