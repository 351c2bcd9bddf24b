//! A publisher that writes markup into every field, and addresses that do: nothing of it is run, and nothing is taken
//! for more than text.

#[path = "../../crates/web/tests/web/hostile_feed.rs"]
mod hostile_feed;

use serde_json::{Value, json};

use super::driver::{Browser, Habits};
use crate::harness::{Served, data_dir, run, run_json};
use crate::server;
use hostile_feed::{HOSTILE, resources};

/// Serves the feed, and a file that is not there under a name that is no better; the URL of its manifest.
fn publish() -> String {
    let tomorrow = jiff::Zoned::now().date().tomorrow().expect("a day");
    let resources = resources(&tomorrow.to_string());
    server::serve(move |asked, stream| {
        let name = asked.path.trim_start_matches('/');
        let of_type = resources.iter().filter(|resource| resource["resourceType"] == name).map(Value::to_string);
        let lines: Vec<String> = of_type.collect();
        if name == "$bulk-publish" {
            let base = format!("http://{}", asked.host);
            let types = ["Location", "Organization", "Practitioner", "PractitionerRole", "Schedule", "Slot"];
            let mut output: Vec<Value> =
                types.iter().map(|kind| json!({"type": kind, "url": format!("{base}/{kind}")})).collect();
            output.push(json!({"type": "Slot", "url": format!("{base}/<script>alert(2)</script>")}));
            let manifest =
                json!({"transactionTime": jiff::Timestamp::now().to_string(), "request": base, "output": output});
            return server::respond(stream, 200, "content-type: application/json\r\n", manifest.to_string().as_bytes());
        }
        let status = if lines.is_empty() { 404 } else { 200 };
        // A line that is refused, whose excerpt is shown.
        let body = format!("{}\n{HOSTILE}\n", lines.join("\n"));
        server::respond(stream, status, "content-type: application/fhir+ndjson\r\n", body.as_bytes())
    }) + "/$bulk-publish"
}

/// What a page would have in it if a text had been taken for markup.
const INJECTED: &str = "
    return [...document.querySelectorAll('script:not([src]), [onload], [onfocus], b, iframe, a[href^=\"javascript\" i]')]
        .map(one => one.outerHTML)";

fn is_unharmed(browser: &Browser, path: &str) {
    assert!(!browser.has_dialog(), "{path} opens a dialog");
    assert_eq!(browser.script(INJECTED, &[]), json!([]), "{path}");
    let policy: Vec<String> = browser.console().into_iter().filter(|line| !line.contains("status of 4")).collect();
    assert_eq!(policy, [""; 0], "{path}");
}

#[test]
fn nothing_that_a_publisher_or_an_address_says_is_run() {
    let manifest = publish();
    let (_folder, data) = data_dir();
    let added = run(&["publishers", "add", &manifest, "--slug", "hostile", "--name", HOSTILE, "--data-dir", &data]);
    assert!(added.status.success(), "{}", String::from_utf8_lossy(&added.stderr));
    run_json(&["crawl", "--json", "--force", "--publisher", "hostile", "--data-dir", &data], 2);
    let served = Served::start(&["serve", "--data-dir", &data]);
    let places = served.get("/v1/scheduling/provider-locations?slots=9");
    let place = &places["providerLocations"][0];
    let key = place["key"].as_str().expect("a key");
    let mut paths =
        vec!["/".to_owned(), "/?lang=es".to_owned(), format!("/places/{key}"), format!("/places/{key}?lang=es")];
    paths.extend(["/publishers", "/publishers/hostile", "/stats", "/docs"].map(str::to_owned));
    let slots = place["nextSlots"].as_array().expect("slots");
    assert_eq!(slots.len(), 3);
    paths.extend(slots.iter().map(|slot| format!("/slots/{}/book", slot["id"].as_str().expect("an id"))));
    let mark: String = HOSTILE.bytes().map(|byte| format!("%{byte:02X}")).collect();
    for field in ["what", "where", "day", "language", "cursor"] {
        paths.push(format!("/?{field}={mark}"));
    }
    paths.push(format!("/places/{mark}"));
    paths.push(format!("/publishers/{mark}"));
    let browser = Browser::open(Habits::default());
    let mut n_shown = 0;
    for path in paths {
        browser.open_page(&format!("{}{path}", served.base));
        is_unharmed(&browser, &path);
        n_shown += usize::from(browser.text("body").contains("<script>alert(1)"));
    }
    assert!(n_shown >= 10, "what is published is shown, as text: on {n_shown} pages");
}
