//! A running service: commands beside it, a second one refused, a stop in time.

use std::os::unix::fs::PermissionsExt;
use std::path::Path;
use std::time::Duration;

use crate::harness::{Publishers, Served, crawl_args, data_dir, run, run_json};

#[test]
fn commands_beside_a_running_service_are_done_by_it() {
    let mut publishers = Publishers::start(2, &["--slots", "600", "--locations", "5"]);
    let (_folder, data) = data_dir();
    let mut served = Served::start(&["serve", "--data-dir", &data]);
    let socket = std::fs::metadata(Path::new(&data).join("control.sock")).expect("a control socket");
    assert_eq!(socket.permissions().mode() & 0o777, 0o600);

    let crawl = run_json(&crawl_args(&data, &publishers.manifests), 0);
    assert_eq!(crawl["publishers"].as_array().map(Vec::len), Some(2));
    let status = run_json(&["status", "--json", "--data-dir", &data], 0);
    assert_eq!(status["serving"], true);
    let held: u64 =
        status["publishers"].as_array().expect("list").iter().map(|one| one["n_slots"].as_u64().expect("n")).sum();
    assert_eq!(held, 600);
    let total = served.get("/v1/scheduling/slots?limit=1")["total"].as_u64().expect("a total");
    let free: u64 =
        crawl["publishers"].as_array().expect("list").iter().map(|one| one["slotsFree"].as_u64().expect("n")).sum();
    assert!(total > 0 && total <= free, "{total} of {free} free slots lie ahead");

    publishers.steer("generation 1");
    run_json(&crawl_args(&data, &publishers.manifests), 0);
    let listed = run(&["publishers", "list", "--data-dir", &data]);
    assert_eq!(String::from_utf8_lossy(&listed.stdout).lines().count(), 3, "a header and two publishers");
    let rebuilt = run(&["index", "rebuild", "--data-dir", &data]);
    assert_eq!(rebuilt.status.code(), Some(0), "{}", String::from_utf8_lossy(&rebuilt.stderr));
    assert!(String::from_utf8_lossy(&rebuilt.stdout).contains("600 slots"));
    assert!(served.get("/v1/scheduling/slots?limit=1")["total"].as_u64().is_some_and(|total| total > 0));

    let second = run(&["serve", "--data-dir", &data, "--listen", "127.0.0.1:0"]);
    assert_eq!(second.status.code(), Some(1));
    let message = String::from_utf8_lossy(&second.stderr).into_owned();
    assert!(message.contains("is held by process"), "{message}");

    let (took, code) = served.child.stop_with("TERM");
    assert_eq!(code, Some(0));
    assert!(took < Duration::from_secs(5), "{took:?}");
    assert!(!Path::new(&data).join("control.sock").exists());
    assert_eq!(run_json(&["status", "--json", "--data-dir", &data], 0)["serving"], false);
}

#[test]
fn a_service_crawls_what_it_is_given_by_itself() {
    let publishers = Publishers::start(1, &["--slots", "200", "--locations", "3"]);
    let (_folder, data) = data_dir();
    let mut served = Served::start(&["serve", "--data-dir", &data, "--manifest", &publishers.manifests[0]]);
    let began = std::time::Instant::now();
    loop {
        let list = served.get("/v1/scheduling/publishers");
        if list["publishers"][0]["lastOutcome"] == "updated" {
            break;
        }
        assert!(began.elapsed() < Duration::from_secs(30), "not crawled: {list}");
        std::thread::yield_now();
    }
    let slots = served.get("/v1/scheduling/slots?limit=1");
    assert!(slots["total"].as_u64().is_some_and(|total| total > 0), "{slots}");
    // Ctrl-C, while publishers are gone and a connection is kept open.
    publishers.stop();
    let (took, code) = served.child.stop_with("INT");
    assert_eq!(code, Some(0));
    assert!(took < Duration::from_secs(5), "{took:?}");
}
