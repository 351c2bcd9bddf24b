//! A crawl, end to end: counts, tables, exit codes, and a second crawl that changes nothing.

use crate::harness::{Publishers, crawl_args, data_dir, dump_of_data, run, run_json};

/// Lines of all files of a publisher in a report: accepted, unchanged, rejected.
fn lines(publisher: &serde_json::Value) -> (u64, u64, u64) {
    let count = |name: &str| publisher["lines"][name].as_u64().expect("a count");
    (count("accepted"), count("unchanged"), count("rejected"))
}

#[test]
fn a_second_crawl_finds_everything_unchanged_and_leaves_the_data_as_they_were() {
    let publishers = Publishers::start(3, &["--slots", "3000", "--locations", "10"]);
    let (_folder, data) = data_dir();
    let first = run_json(&crawl_args(&data, &publishers.manifests), 0);
    let slots: u64 = first["publishers"]
        .as_array()
        .expect("publishers")
        .iter()
        .flat_map(|publisher| publisher["fileReports"].as_array().expect("files"))
        .filter(|file| file["kind"] == "Slot")
        .map(|file| file["n_accepted"].as_u64().expect("a count"))
        .sum();
    assert_eq!(slots, 3_000);
    let before = dump_of_data(&data);
    assert!(before.lines().count() > 3_000, "the dump holds the data");

    let second = run_json(&crawl_args(&data, &publishers.manifests), 0);
    for (first, second) in
        first["publishers"].as_array().expect("first").iter().zip(second["publishers"].as_array().expect("second"))
    {
        assert_eq!((first["outcome"].as_str(), second["outcome"].as_str()), (Some("updated"), Some("unchanged")));
        let (accepted, _, rejected) = lines(first);
        assert_eq!(lines(second), (0, accepted, rejected), "{}", first["publisher"]);
        assert_eq!(second["files"]["fetched"], 0);
        assert_eq!(first["slotsFree"], second["slotsFree"]);
    }
    assert_eq!(dump_of_data(&data), before);
}

#[test]
fn only_what_changed_is_taken() {
    let mut publishers = Publishers::start(2, &["--slots", "4000", "--locations", "10"]);
    let (_folder, data) = data_dir();
    run_json(&crawl_args(&data, &publishers.manifests), 0);
    publishers.steer("generation 1");
    let report = run_json(&crawl_args(&data, &publishers.manifests), 0);
    let accepted: u64 =
        report["publishers"].as_array().expect("publishers").iter().map(|publisher| lines(publisher).0).sum();
    assert!((10..=100).contains(&accepted), "about one in a hundred of 4000 lines changed, not {accepted}");
    publishers.steer("generation 0");
    let before = run_json(&["status", "--json", "--data-dir", &data], 0);
    assert_eq!(before["publishers"].as_array().map(Vec::len), Some(2));
}

#[test]
fn a_publisher_asked_a_moment_ago_is_left_alone() {
    let publishers = Publishers::start(1, &["--slots", "20", "--locations", "2"]);
    let (_folder, data) = data_dir();
    let args = ["crawl", "--json", "--data-dir", &data, "--manifest", &publishers.manifests[0]];
    let first = run_json(&args, 0);
    assert_eq!(first["publishers"][0]["outcome"], "updated");
    let second = run_json(&args, 0);
    assert_eq!(second["publishers"][0]["outcome"], "too-soon");
    assert_eq!(second["publishers"][0]["slotsFree"], first["publishers"][0]["slotsFree"], "what is held stands");
    assert!(second["publishers"][0]["reason"].as_str().is_some_and(|reason| reason.contains("60 s")), "{second}");
}

#[test]
fn the_table_has_a_row_for_each_publisher() {
    let publishers = Publishers::start(2, &["--slots", "100", "--locations", "2"]);
    let (_folder, data) = data_dir();
    let mut args = crawl_args(&data, &publishers.manifests);
    args.retain(|arg| *arg != "--json");
    let output = run(&args);
    let table = String::from_utf8(output.stdout).expect("text");
    assert_eq!(output.status.code(), Some(0), "{table}");
    let rows: Vec<_> = table.lines().filter(|line| line.contains("updated")).collect();
    assert_eq!(rows.len(), 2, "{table}");
    for column in
        ["publisher", "outcome", "fetched", "unchanged", "failed", "bytes", "accepted", "rejected", "free slots"]
    {
        assert!(table.lines().next().is_some_and(|header| header.contains(column)), "{column}: {table}");
    }
    assert!(output.stderr.is_empty(), "no progress bars in a pipe: {}", String::from_utf8_lossy(&output.stderr));
}

#[test]
fn a_failed_run_leaves_good_data_standing() {
    let publishers = Publishers::start(1, &["--slots", "500", "--locations", "5"]);
    let (_folder, data) = data_dir();
    let manifests = publishers.manifests.clone();
    let first = run_json(&crawl_args(&data, &manifests), 0);
    let before = dump_of_data(&data);
    publishers.stop();
    let failed = run_json(&crawl_args(&data, &manifests), 2);
    assert_eq!(failed["publishers"][0]["outcome"], "failed");
    assert_eq!(failed["publishers"][0]["slotsFree"], first["publishers"][0]["slotsFree"]);
    let reason = failed["publishers"][0]["reason"].as_str().expect("a reason");
    assert!(reason.contains("127.0.0.1"), "{reason}");
    assert_eq!(dump_of_data(&data), before);
    let status = run_json(&["status", "--json", "--data-dir", &data], 0);
    assert_eq!(status["publishers"][0]["n_free_slots"], first["publishers"][0]["slotsFree"]);
    assert_eq!(status["publishers"][0]["last_outcome"], "failed");
}

#[test]
fn a_manifest_with_a_query_is_known_again_by_the_next_process() {
    let publishers = Publishers::start(1, &["--slots", "20", "--locations", "2"]);
    let (_folder, data) = data_dir();
    let manifest = [format!("{}?sig=secret", publishers.manifests[0])];
    run_json(&crawl_args(&data, &manifest), 0);
    let second = run_json(&crawl_args(&data, &manifest), 0);
    assert_eq!(second["publishers"][0]["outcome"], "unchanged");
    let status = run_json(&["status", "--json", "--data-dir", &data], 0);
    assert_eq!(status["publishers"].as_array().map(Vec::len), Some(1), "{status}");
    assert!(!status.to_string().contains("secret"), "{status}");
}

#[test]
fn manifests_that_differ_in_their_query_are_two_publishers() {
    let publishers = Publishers::start(1, &["--slots", "20", "--locations", "2"]);
    let (_folder, data) = data_dir();
    let of = |state: &str| [format!("{}?state={state}", publishers.manifests[0])];
    for (state, outcome) in [("MA", "updated"), ("RI", "updated"), ("RI", "unchanged"), ("MA", "unchanged")] {
        let report = run_json(&crawl_args(&data, &of(state)), 0);
        assert_eq!(report["publishers"][0]["outcome"], outcome, "{state}: {report}");
    }
    let status = run_json(&["status", "--json", "--data-dir", &data], 0);
    assert_eq!(status["publishers"].as_array().map(Vec::len), Some(2), "{status}");
}

#[test]
fn a_command_that_is_none_does_nothing_and_says_so() {
    for args in [&["crawl", "--manifest", "nonsense"][..], &["frobnicate"], &["crawl", "--colour"]] {
        assert_eq!(run(args).status.code(), Some(1), "{args:?}");
    }
    assert_eq!(run(&["--help"]).status.code(), Some(0));
    assert_eq!(run(&["--version"]).status.code(), Some(0));
}
