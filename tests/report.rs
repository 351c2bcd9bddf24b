//! `openslots report`: a page that needs nothing else, and its figures beside it.

use std::collections::BTreeSet;
use std::fs;

use crate::harness::{Publishers, Served, client, crawl_args, data_dir, run, run_json};

/// The addresses that a page links to or loads.
fn addresses(page: &str) -> BTreeSet<String> {
    let of = |attribute: &str| {
        page.split(attribute).skip(1).filter_map(|rest| rest.split('"').next()).map(str::to_owned).collect::<Vec<_>>()
    };
    ["href=\"", "src=\""].into_iter().flat_map(of).collect()
}

#[test]
fn a_report_says_what_the_api_says_and_needs_nothing_else() {
    let publishers = Publishers::start(3, &["--locations", "4", "--days", "5", "--slots", "900", "--seed", "11"]);
    let (folder, data) = data_dir();
    let out = folder.path().join("report");
    let args = ["report", "--data-dir", &data, "--out", out.to_str().expect("text")];
    let early = run(&args);
    assert!(!early.status.success() && String::from_utf8_lossy(&early.stderr).contains("crawl first"), "{early:?}");
    run_json(&crawl_args(&data, &publishers.manifests), 0);
    let said = run(&args);
    assert!(said.status.success(), "{}", String::from_utf8_lossy(&said.stderr));

    let page = fs::read_to_string(out.join("index.html")).expect("a page");
    let (files, parts): (BTreeSet<_>, BTreeSet<_>) =
        addresses(&page).into_iter().partition(|address| !address.starts_with('#'));
    for part in &parts {
        assert!(page.contains(&format!("id=\"{}\"", &part[1..])), "{part} leads somewhere");
    }
    let written: BTreeSet<String> = fs::read_dir(&out)
        .expect("a folder")
        .map(|entry| entry.expect("an entry").file_name().into_string().expect("text"))
        .collect();
    let named: BTreeSet<String> = files.into_iter().chain(["index.html".to_owned()]).collect();
    assert_eq!(named, written, "the page names its files and loads nothing else");
    assert!(!page.contains("<script") && !page.contains("url(") && !page.contains("@import"));
    assert!(page.contains("<svg") && page.contains("A publisher that is silent is not one without slots"));

    let served = Served::start(&["serve", "--data-dir", &data]);
    let ask =
        |path: &str| client().get(format!("{}{path}", served.base)).send().expect("an answer").text().expect("text");
    let file = |name: &str| fs::read_to_string(out.join(name)).expect("a file");
    // What was counted at the crawl stays for the day; should the day end in between, it is that of the file.
    let by_state = file("free-slots-by-state.csv");
    let day = by_state.lines().nth(1).and_then(|row| row.split(',').next()).expect("a day").to_owned();
    let days = format!("from={day}&to={day}&format=csv");
    assert_eq!(by_state, ask(&format!("/v1/scheduling/statistics/free-slots?by=state&{days}")));
    let by_specialty = ask(&format!("/v1/scheduling/statistics/free-slots?by=specialty&{days}"));
    assert_eq!(file("free-slots-by-specialty.csv"), by_specialty);
    let n_free: u64 = file("free-slots-by-day.csv")
        .lines()
        .filter_map(|row| row.strip_prefix(&format!("{day},")))
        .flat_map(|row| row.split(',').take(2).map(|n| n.parse::<u64>().expect("a count")).collect::<Vec<_>>())
        .sum();
    assert!(n_free > 100, "{n_free} slots were free");
    for (name, head) in [
        ("coverage-by-state.csv", "state,places,withSlot,"),
        ("lead-time-by-specialty.csv", "specialty,display,offered,withNext,nextMedianHours,"),
        ("fill-rate-by-day.csv", "day,taken,withdrawn,unfilled,unknown,"),
        ("gaps-by-publisher.csv", "publisher,display,polls,partial,failed,"),
    ] {
        assert!(file(name).starts_with(head), "{name}: {}", file(name));
    }

    let outside = run(&[&args[..], &["--from", "2026-01-02", "--to", "2026-01-01"]].concat());
    assert!(!outside.status.success() && String::from_utf8_lossy(&outside.stderr).contains("lies after --to"));
}
