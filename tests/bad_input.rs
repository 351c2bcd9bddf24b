//! Bad input: each a message that names the thing and what to do, and the exit codes of the contract.

use std::io::{Read, Write};
use std::net::TcpListener;

use crate::harness::{data_dir, openslots, run, run_json};

/// Answers every request with one body, from a thread that ends with the process.
fn server_of(content_type: &'static str, body: &'static str) -> String {
    let listener = TcpListener::bind("127.0.0.1:0").expect("a port");
    let address = listener.local_addr().expect("an address");
    std::thread::spawn(move || {
        for stream in listener.incoming() {
            let mut stream = stream.expect("a connection");
            let mut request = [0u8; 8_192];
            // What is asked does not matter; a closed connection shows in the write.
            let _n_read = stream.read(&mut request).unwrap_or(0);
            let length = body.len();
            let answer = format!(
                "HTTP/1.1 200 OK\r\nContent-Type: {content_type}\r\nContent-Length: {length}\r\nConnection: close\r\n\r\n{body}"
            );
            stream.write_all(answer.as_bytes()).ok();
        }
    });
    format!("http://{address}/$bulk-publish")
}

fn reason_of(manifest: &str) -> String {
    let (_folder, data) = data_dir();
    let report = run_json(&["crawl", "--json", "--data-dir", &data, "--manifest", manifest], 2);
    assert_eq!(report["publishers"][0]["outcome"], "failed", "{report}");
    report["publishers"][0]["reason"].as_str().expect("a reason").to_owned()
}

#[test]
fn a_manifest_that_is_no_manifest_is_named() {
    for (content_type, body, word) in [
        ("text/html", "<!doctype html><title>Sign in</title>", "Sign in"),
        ("application/json", "[1, 2]", "manifest"),
        ("application/json", "", "JSON"),
    ] {
        let manifest = server_of(content_type, body);
        let reason = reason_of(&manifest);
        assert!(reason.contains(word) && reason.contains(&manifest), "{body}: {reason}");
    }
}

#[test]
fn an_unreachable_host_is_named() {
    let port = TcpListener::bind("127.0.0.1:0").and_then(|socket| socket.local_addr()).expect("a port").port();
    let reason = reason_of(&format!("http://127.0.0.1:{port}/$bulk-publish"));
    assert!(reason.contains(&port.to_string()), "{reason}");
}

#[test]
fn an_output_file_of_html_fails_alone() {
    let page = server_of("text/html", "<!doctype html><title>Not found</title>");
    let page = page.trim_end_matches("$bulk-publish").to_owned();
    let manifest: &'static str = Box::leak(
        format!(
            r#"{{"transactionTime":"2026-01-01T00:00:00Z","output":[{{"type":"Slot","url":"{page}slots.ndjson"}}]}}"#
        )
        .into_boxed_str(),
    );
    let (_folder, data) = data_dir();
    let manifest = server_of("application/json", manifest);
    let report = run_json(&["crawl", "--json", "--data-dir", &data, "--manifest", &manifest], 2);
    let file = &report["publishers"][0]["fileReports"][0];
    assert_eq!(file["outcome"], "failed", "{report}");
    assert!(file["error"].as_str().is_some_and(|error| error.contains("HTML")), "{file}");
}

#[test]
fn a_bad_configuration_stops_the_start_with_every_fault() {
    let (folder, data) = data_dir();
    let file = folder.path().join("openslots.toml");
    std::fs::write(&file, "[server]\nlisten = 'here'\n[crawl]\ncolour = 'red'\n").expect("a file");
    let output = run(&["serve", "--config", file.to_str().expect("text"), "--data-dir", &data]);
    let message = String::from_utf8_lossy(&output.stderr).into_owned();
    assert_eq!(output.status.code(), Some(1), "{message}");
    for part in ["server.listen", "crawl.colour", "openslots.toml", "2 fault(s)"] {
        assert!(message.contains(part), "{part} is not in: {message}");
    }
    let output =
        openslots(&["status", "--data-dir", &data]).env("OPENSLOTS_SERVER__LISTEN", "x").output().expect("runs");
    assert_eq!(output.status.code(), Some(1));
    assert!(String::from_utf8_lossy(&output.stderr).contains("OPENSLOTS_SERVER__LISTEN"));
}

#[test]
fn a_data_directory_that_cannot_be_is_named() {
    let (folder, _) = data_dir();
    let file = folder.path().join("file");
    std::fs::write(&file, "").expect("a file");
    let below = file.join("data");
    let output = run(&["status", "--data-dir", below.to_str().expect("text")]);
    let message = String::from_utf8_lossy(&output.stderr).into_owned();
    assert_eq!(output.status.code(), Some(1));
    assert!(message.contains("--data-dir") && message.contains("file/data"), "{message}");
}

#[test]
fn nothing_to_do_says_what_to_do() {
    let (_folder, data) = data_dir();
    for (args, word) in [
        (vec!["crawl", "--data-dir", &data], "--manifest"),
        (vec!["crawl", "--data-dir", &data, "--publisher", "nobody"], "nobody"),
        (vec!["crawl", "--data-dir", &data, "--manifest", "ftp://example.org/x"], "http"),
        (vec!["simulate", "--out", &data, "--fault", "no-such-fault"], "no-such-fault"),
    ] {
        let output = run(&args);
        let message = String::from_utf8_lossy(&output.stderr).into_owned();
        assert_eq!(output.status.code(), Some(1), "{args:?}: {message}");
        assert!(message.contains(word), "{args:?}: {message}");
    }
}
