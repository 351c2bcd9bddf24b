//! How publishers come to be known: added after a look, or imported from a list.

use std::net::TcpListener;
use std::path::Path;

use serde_json::{Value, json};

use crate::harness::{Publishers, Served, data_dir, openslots, run, run_json};
use crate::server;

/// Standard output of a command that must end with `code`; standard error where it fails.
fn said(args: &[&str], code: i32) -> String {
    let output = run(args);
    let (stdout, stderr) = (String::from_utf8_lossy(&output.stdout), String::from_utf8_lossy(&output.stderr));
    assert_eq!(output.status.code(), Some(code), "{args:?}: {stdout}{stderr}");
    if code == 0 { stdout.into_owned() } else { format!("{stdout}{stderr}") }
}

/// Slug, name and manifest of all known publishers.
fn known(data: &str) -> Vec<(String, String, String)> {
    let list = run_json(&["publishers", "list", "--json", "--data-dir", data], 0);
    let text = |one: &Value, name: &str| one[name].as_str().expect("a text").to_owned();
    let publishers = list.as_array().expect("a list").iter();
    publishers.map(|one| (text(one, "slug"), text(one, "display_name"), text(one, "manifest_url"))).collect()
}

fn service(name: &str, url: &str, more: Value) -> Value {
    let mut service = json!({
        "@context": "https://schema.org/",
        "@type": "Service",
        "name": name,
        "serviceType": "https://github.com/smart-on-fhir/smart-scheduling-links",
        "category": "production",
        "url": url,
    });
    for (name, value) in more.as_object().expect("an object") {
        service[name] = value.clone();
    }
    service
}

fn written(folder: &Path, name: &str, text: &str) -> String {
    let file = folder.join(name);
    std::fs::write(&file, text).expect("a file");
    file.to_str().expect("a path of text").to_owned()
}

/// Answers every request with one body; the server's address.
fn serving(status: u16, content_type: &'static str, body: &str) -> String {
    let body = body.to_owned();
    let headers = format!("content-type: {content_type}\r\n");
    server::serve(move |_, stream| server::respond(stream, status, &headers, body.as_bytes()))
}

/// What became of each publisher of an import.
fn outcomes(report: &Value) -> Vec<(&str, &str)> {
    let publishers = report["publishers"].as_array().expect("a list").iter();
    publishers.map(|one| (one["slug"].as_str().unwrap_or("-"), one["outcome"].as_str().expect("an outcome"))).collect()
}

#[test]
fn a_publisher_is_added_after_a_look_and_crawled_a_minute_later() {
    let publishers = Publishers::start(1, &["--slots", "60", "--locations", "2"]);
    let url = publishers.manifests[0].as_str();
    let (_folder, data) = data_dir();
    let added = said(&["publishers", "add", url, "--name", "Clinic One", "--data-dir", &data], 0);
    for part in [url, "output files", "Slot 8", "data up to", "application/json", "clinic-one added", "--force"] {
        assert!(added.contains(part), "{part} is not in: {added}");
    }
    assert_eq!(known(&data), [("clinic-one".to_owned(), "Clinic One".to_owned(), url.to_owned())]);
    let status = run_json(&["status", "--json", "--data-dir", &data], 0);
    let publisher = &status["publishers"][0];
    assert!(publisher["last_outcome"].is_null() && publisher["last_success_at"].is_null(), "not crawled: {publisher}");

    let again = said(&["publishers", "add", url, "--slug", "other", "--data-dir", &data], 0);
    assert_eq!(again, "clinic-one is known already, and stays as it is\n");
    let crawl = ["crawl", "--json", "--publisher", "clinic-one", "--data-dir", &data];
    let early = run_json(&crawl, 0);
    assert_eq!(early["publishers"][0]["outcome"], "too-soon", "{early}");
    let forced = run_json(&[&crawl[..], &["--force"]].concat(), 0);
    assert_eq!(forced["publishers"][0]["outcome"], "updated", "{forced}");

    // Without a look the manifest was not asked for, so it can be now.
    let (_folder, data) = data_dir();
    let args = ["publishers", "add", url, "--unchecked", "--slug", "clinic", "--json", "--data-dir", &data];
    let report = run_json(&args, 0);
    assert_eq!(
        (&report["outcome"], &report["slug"], &report["found"]),
        (&json!("added"), &json!("clinic"), &json!(null))
    );
    let crawled = run_json(&["crawl", "--json", "--publisher", "clinic", "--data-dir", &data], 0);
    assert_eq!(crawled["publishers"][0]["outcome"], "updated", "{crawled}");
}

#[test]
fn what_is_no_manifest_is_not_added() {
    let closed = TcpListener::bind("127.0.0.1:0").and_then(|socket| socket.local_addr()).expect("a port");
    let page = "<!doctype html><script type=\"application/ld+json\">{}</script>";
    let (_folder, data) = data_dir();
    for (url, words) in [
        (
            serving(200, "text/html", "<title>Sign in</title>"),
            ["begins with `<title>Sign in</title>`", "/$bulk-publish'"],
        ),
        (serving(200, "text/html", page), ["an HTML page", "publishers import http://"]),
        (serving(404, "text/plain", "no such page"), ["http 404 Not Found", "/$bulk-publish'"]),
        (serving(200, "application/json", "[1, 2]"), ["a list, not an object", "no `$bulk-publish` manifest"]),
        (
            serving(200, "application/fhir+json", r#"{"resourceType":"CapabilityStatement"}"#),
            ["the CapabilityStatement of a FHIR server", "/$bulk-publish'"],
        ),
        (format!("http://{closed}/$bulk-publish?sig=hush"), ["cannot be reached", "nothing was added"]),
        ("ftp://clinic.example/$bulk-publish".to_owned(), ["scheme `ftp`", "http"]),
    ] {
        let message = said(&["publishers", "add", &url, "--data-dir", &data], 1);
        for word in words {
            assert!(message.contains(word), "{url}: {word} is not in: {message}");
        }
        assert!(!message.contains("hush"), "{message}");
    }
    assert_eq!(known(&data), []);
    let url = serving(503, "text/plain", "later");
    let report = run_json(&["publishers", "add", &url, "--json", "--data-dir", &data], 1);
    assert_eq!(report["outcome"], "refused");
    assert!(report["failure"]["reason"].as_str().is_some_and(|reason| reason.contains("http 503")), "{report}");
    let added = said(&["publishers", "add", &url, "--unchecked", "--data-dir", &data], 0);
    assert!(added.contains("added"), "{added}");
    let taken = known(&data)[0].0.clone();
    let refused =
        said(&["publishers", "add", "http://127.0.0.1:9/x", "--slug", &taken, "--unchecked", "--data-dir", &data], 1);
    assert!(refused.contains("is taken by another publisher"), "{refused}");
    assert_eq!(known(&data).len(), 1);
}

#[test]
fn a_running_service_adds_and_imports() {
    let publishers = Publishers::start(3, &["--slots", "60", "--locations", "2"]);
    let (folder, data) = data_dir();
    let served = Served::start(&["serve", "--data-dir", &data]);
    let url = format!("{}?sig=hush", publishers.manifests[0]);
    let added = said(&["publishers", "add", &url, "--name", "Clinic One", "--data-dir", &data], 0);
    for part in ["clinic-one added; the running service crawls it in a minute", "carries a credential"] {
        assert!(added.contains(part), "{part} is not in: {added}");
    }
    assert!(!added.contains("hush"), "{added}");
    assert_eq!(served.get("/v1/scheduling/publishers/clinic-one")["displayName"], "Clinic One");
    let status = run_json(&["status", "--json", "--data-dir", &data], 0);
    let publisher = &status["publishers"][0];
    assert_eq!((&status["serving"], &publisher["due_reason"]), (&json!(true), &json!("new")), "{status}");
    let at = |name: &str| publisher[name].as_i64().expect("an instant");
    assert_eq!(
        at("next_due_at") - at("last_attempt_at"),
        60,
        "a publisher that was looked at does not wait for a schedule"
    );
    let page = serving(200, "text/html", "<html>");
    assert!(said(&["publishers", "add", &page, "--data-dir", &data], 1).contains("an HTML page"));

    let listed =
        publishers.manifests.iter().zip(["One", "Two", "Two"]).map(|(url, name)| service(name, url, json!({})));
    let block = serde_json::to_string(&json!({"@graph": listed.collect::<Vec<_>>()})).expect("JSON");
    let script = format!("<html><script type=\"application/ld+json\">{block}</script><script>x</script>");
    let home = format!("{}/home", serving(200, "text/html", &script));
    let import = ["publishers", "import", &home, "--json", "--data-dir", &data];
    let dry = run_json(&[&import[..], &["--dry-run"]].concat(), 0);
    let report = run_json(&import, 0);
    for (report, dry_run) in [(&dry, true), (&report, false)] {
        assert_eq!((&report["source"], &report["dryRun"]), (&json!(home), &json!(dry_run)));
        assert_eq!(outcomes(report), [("clinic-one", "known"), ("two", "added"), ("two-2", "added")], "{report}");
    }
    assert_eq!(served.get("/v1/scheduling/publishers")["publishers"].as_array().map(Vec::len), Some(3));
    let again = said(&["publishers", "import", &home, "--data-dir", &data], 0);
    assert_eq!(again.matches("known already").count(), 3, "{again}");
    // A large list reaches the service as well.
    let file =
        written(folder.path(), "list.json", &format!("[{}{}]", " ".repeat(4 << 20), r#"{"@type":"Organization"}"#));
    assert!(said(&["publishers", "import", &file, "--data-dir", &data], 1).contains("of type `Organization`"));
}

#[test]
fn a_list_is_imported_from_a_file() {
    let publishers = Publishers::start(2, &["--slots", "60", "--locations", "2"]);
    let (folder, data) = data_dir();
    let header = json!({"additionalProperty": [
        {"@type": "PropertyValue", "additionalType": "ApiHeader", "name": "CLIENT_ID", "value": "hush"},
        {"@type": "PropertyValue", "additionalType": "QueryParam", "name": "part"},
    ]});
    let list = json!([
        service("Clinic One", &publishers.manifests[0], json!({})),
        service("Test Clinic", &publishers.manifests[1], json!({"category": "testing"})),
        service("Keyed", "https://keyed.example.org/$bulk-publish", header),
        service("Signed", "https://signed.example.org/$bulk-publish?sig=hush", json!({})),
        {"@type": "Organization", "name": "Nobody"},
    ]);
    let file = written(folder.path(), "list.json", &list.to_string());
    let import = ["publishers", "import", &file, "--data-dir", &data];

    let dry = said(&[&import[..], &["--dry-run"]].concat(), 0);
    for part in [
        "would be added",
        "not added: needs header `CLIENT_ID`, query parameter `part`",
        "not added: needs the credential in its URL",
        "save this as config/publishers/keyed.json and give KEYED_CLIENT_ID, KEYED_PART in the environment",
        "entry 5 is of type `Organization`",
    ] {
        assert!(dry.contains(part), "{part} is not in: {dry}");
    }
    assert!(!dry.contains("hush"), "{dry}");
    assert_eq!(known(&data), []);

    let report = run_json(&[&import[..], &["--category", "production", "--json"]].concat(), 0);
    let want = [("clinic-one", "added"), ("-", "other-category"), ("keyed", "needs-file"), ("signed", "needs-file")];
    assert_eq!(outcomes(&report), want, "{report}");
    let report = run_json(&[&import[..], &["--json"]].concat(), 0);
    let want = [("clinic-one", "known"), ("test-clinic", "added"), ("keyed", "needs-file"), ("signed", "needs-file")];
    assert_eq!(outcomes(&report), want, "{report}");
    let names: Vec<_> = known(&data).into_iter().map(|(slug, name, _)| (slug, name)).collect();
    let pair = |slug: &str, name: &str| (slug.to_owned(), name.to_owned());
    assert_eq!(names, [pair("clinic-one", "Clinic One"), pair("test-clinic", "Test Clinic")]);
    let crawled = run_json(&["crawl", "--json", "--data-dir", &data], 0);
    for publisher in crawled["publishers"].as_array().expect("a list") {
        assert_eq!(publisher["outcome"], "updated", "{crawled}");
    }

    // The file that is printed is one that can be used.
    let directory = folder.path().join("publishers");
    std::fs::create_dir(&directory).expect("a folder");
    let config = written(folder.path(), "openslots.toml", "");
    for place in [2, 3] {
        let one = &report["publishers"][place];
        let name = format!("{}.json", one["slug"].as_str().expect("a slug"));
        written(&directory, &name, &one["publisherFile"].to_string());
    }
    let args = ["publishers", "import", &file, "--json", "--config", &config, "--data-dir", &data];
    let refused = said(&args, 1);
    assert!(refused.contains("KEYED_CLIENT_ID") && refused.contains("SIGNED_URL"), "{refused}");
    let output = openslots(&args)
        .env("KEYED_CLIENT_ID", "hush")
        .env("KEYED_PART", "1")
        .env("SIGNED_URL", "https://signed.example.org/$bulk-publish?sig=hush")
        .output()
        .expect("the binary runs");
    let report: Value = serde_json::from_slice(&output.stdout).expect("JSON");
    assert!(outcomes(&report).iter().all(|(_, outcome)| *outcome == "known"), "{report}");
    // One that a file named is held under its slug, which nobody takes.
    let taken = ["publishers", "add", "https://other.example.org/x", "--unchecked", "--data-dir", &data];
    assert!(said(&[&taken[..], &["--slug", "keyed"]].concat(), 1).contains("is taken by another publisher"));
    assert!(said(&[&taken[..], &["--name", "Keyed"]].concat(), 0).contains("keyed-2 added"));
    let back = ["publishers", "add", "https://keyed.example.org/%24bulk-publish", "--unchecked", "--data-dir", &data];
    assert!(said(&back, 0).contains("keyed added"), "its file is gone: it goes on with what is held of it");
}

#[test]
fn what_lists_no_publisher_is_told() {
    let (folder, data) = data_dir();
    let page = serving(200, "text/html", "<html><title>Clinic</title>");
    let gone = serving(410, "text/html", "<html>");
    for (source, want) in [
        (page.clone(), "is a page without a `<script type=\"application/ld+json\">`"),
        (gone, "answered http 410 Gone"),
        ("ftp://clinic.example/list.json".to_owned(), "scheme `ftp`"),
        ("http://".to_owned(), "is not a URL"),
        (folder.path().join("nothing.json").to_str().expect("text").to_owned(), "nothing.json cannot be read"),
        (written(folder.path(), "half.json", "[{"), "half.json is not JSON"),
        (written(folder.path(), "words.txt", "hello"), "words.txt is neither JSON"),
        (written(folder.path(), "empty.json", "[]"), "empty.json lists no publisher"),
        (written(folder.path(), "large.json", &"[".repeat((8 << 20) + 1)), "is larger than the limit"),
    ] {
        let message = said(&["publishers", "import", &source, "--data-dir", &data], 1);
        assert!(message.contains(want), "{source}: {message}");
    }
    let json =
        run_json(&["publishers", "import", &written(folder.path(), "a.json", "{}"), "--json", "--data-dir", &data], 1);
    assert_eq!(json["passedOver"].as_array().map(Vec::len), Some(1), "{json}");
    assert_eq!(known(&data), []);
}
