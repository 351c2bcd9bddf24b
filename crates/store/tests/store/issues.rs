//! Issues live as long as the lines they are about.

use std::collections::HashMap;

use openslots_model::{CrawlOutcome, FileIndex, Issue, IssueCode, Publisher};

use crate::support::{Crawl, File, TestStore, counts, crawl, finish, read, slot};

fn issues(test: &TestStore, publisher: &Publisher) -> Vec<(u64, &'static str)> {
    let issues = test.store.issues(publisher.number, 100).unwrap();
    issues.iter().map(|issue| (issue.line, issue.code.as_str())).collect()
}

fn good(n: u32) -> String {
    slot(&format!("good-{n}"), "10", "free", n)
}

/// Accepted, after its time was repaired.
fn repaired(n: u32) -> String {
    slot(&format!("short-{n}"), "10", "free", n).replace(":00Z\",\"end", ":00-05\",\"end").replace("30:00Z", "30:00-05")
}

#[test]
fn rejected_lines_are_found_again_and_again() {
    let test = TestStore::new();
    let publisher = test.publisher("a");
    let mut file = File::slots("slots", [good(1), "{nonsense".to_owned(), good(2)]);
    let run = crawl(&test.store, "a", std::slice::from_ref(&file));
    assert_eq!((run.n_lines(), run.n_free_slots), ((2, 0, 1), 2));
    assert_eq!(issues(&test, &publisher), [(2, "invalid-json")]);
    assert_eq!(test.store.issues(publisher.number, 1).unwrap()[0].excerpt, "{nonsense");
    assert_eq!(test.store.publisher_statuses().unwrap()[0].n_issues, 1);

    let run = crawl(&test.store, "a", std::slice::from_ref(&file));
    assert_eq!(run.n_lines(), (0, 2, 1));
    assert_eq!(issues(&test, &publisher), [(2, "invalid-json")]);
    file.lines.insert(0, good(3));
    crawl(&test.store, "a", std::slice::from_ref(&file));
    assert_eq!(issues(&test, &publisher), [(3, "invalid-json")]);
    file.lines[2] = good(4);
    crawl(&test.store, "a", std::slice::from_ref(&file));
    assert_eq!(issues(&test, &publisher), []);
}

#[test]
fn repairs_stay_with_lines_that_are_kept() {
    let test = TestStore::new();
    let publisher = test.publisher("a");
    let mut file = File::slots("slots", [repaired(1), good(2), repaired(3)]);
    crawl(&test.store, "a", std::slice::from_ref(&file));
    let n = |test: &TestStore| counts(&test.store, &publisher).get("repaired-time").copied().unwrap_or(0);
    let n_of_one = n(&test) / 2;
    assert!(n_of_one > 0);
    file.lines.insert(0, good(4));
    let run = crawl(&test.store, "a", std::slice::from_ref(&file));
    assert_eq!(run.n_lines(), (1, 3, 0));
    assert_eq!(n(&test), 2 * n_of_one);
    let mut lines: Vec<u64> = issues(&test, &publisher).into_iter().map(|(line, _)| line).collect();
    lines.dedup();
    assert_eq!(lines, [2, 4]);
    file.lines.remove(1);
    crawl(&test.store, "a", std::slice::from_ref(&file));
    assert_eq!(n(&test), n_of_one);
    file.lines[2] = good(3);
    crawl(&test.store, "a", std::slice::from_ref(&file));
    assert_eq!(issues(&test, &publisher), []);
}

#[test]
fn issues_go_with_their_file() {
    let test = TestStore::new();
    let publisher = test.publisher("a");
    let bad = File::slots("bad", ["{".to_owned()]);
    let fine = File::slots("fine", [good(1), good(2)]);
    crawl(&test.store, "a", &[bad.clone(), fine.clone()]);
    crawl(&test.store, "a", &[bad.failing(), fine.clone()]);
    assert_eq!(issues(&test, &publisher), [(1, "invalid-json")], "what is kept of it still has its issues");
    crawl(&test.store, "a", &[fine]);
    assert_eq!(issues(&test, &publisher), []);
    assert!(counts(&test.store, &publisher).is_empty());
}

#[test]
fn issues_of_the_run_replace_those_of_the_run_before() {
    let test = TestStore::new();
    let publisher = test.publisher("a");
    let file = File::slots("slots", [good(1)]);
    let commit = |issues: Vec<Issue>| {
        let staged = test.store.begin_run(&publisher.slug).unwrap();
        let crawl = Crawl::default();
        let read = read(&staged, &publisher.slug, FileIndex(0), &file, crawl).unwrap();
        let mut run = finish(&publisher.slug, vec![read], crawl);
        run.issues = issues;
        staged.commit(run).unwrap()
    };
    let skipped = Issue {
        file: "https://a.example/$bulk-publish".to_owned(),
        line: 0,
        code: IssueCode::SkippedType,
        detail: "Flag".to_owned(),
        excerpt: String::new(),
    };
    commit(vec![skipped.clone()]);
    assert_eq!(test.store.issues(publisher.number, 9).unwrap(), std::slice::from_ref(&skipped));
    let before = test.dump();
    assert_eq!(commit(vec![skipped]).outcome, CrawlOutcome::Unchanged);
    assert_eq!(test.dump(), before);
    commit(vec![]);
    assert_eq!(test.store.issues(publisher.number, 9).unwrap(), []);
    assert!(counts(&test.store, &publisher).is_empty());
}

#[test]
fn every_issue_is_counted_and_the_first_thousand_are_kept() {
    let test = TestStore::new();
    let publisher = test.publisher("a");
    let file = File::slots("slots", (0..1_500).map(|n| format!("{{{n}")));
    crawl(&test.store, "a", &[file]);
    assert_eq!(counts(&test.store, &publisher)["invalid-json"], 1_500);
    assert_eq!(test.store.issues(publisher.number, usize::MAX).unwrap().len(), 1_000);
}

#[test]
fn issues_are_found_by_code_and_counted_by_file() {
    let test = TestStore::new();
    let publisher = test.publisher("a");
    let noisy = File::slots("noisy", (0..40).map(|n| format!("{{{n}")));
    let rare = File::slots("rare", [good(1), "{nonsense".to_owned(), good(2).replace("free", "perhaps")]);
    let staged = test.store.begin_run(&publisher.slug).unwrap();
    let crawl = Crawl::default();
    let of_file = |url: &str, code| Issue {
        file: url.to_owned(),
        line: 0,
        code,
        detail: "all of it".to_owned(),
        excerpt: String::new(),
    };
    let files = [&noisy, &rare].into_iter().zip(0..);
    let files = files.map(|(file, place)| read(&staged, &publisher.slug, FileIndex(place), file, crawl).unwrap());
    let mut run = finish(&publisher.slug, files.collect(), crawl);
    let manifest = "https://a.example/$bulk-publish";
    run.issues = vec![of_file(manifest, IssueCode::SkippedType), of_file(&rare.url, IssueCode::InvalidJson)];
    staged.commit(run).unwrap();

    let found = |code, limit| {
        let issues = test.store.issues_of_code(publisher.number, code, limit).unwrap();
        issues.into_iter().map(|issue| (issue.file, issue.line)).collect::<Vec<_>>()
    };
    assert_eq!(found(IssueCode::InvalidStatus, 9), [(rare.url.clone(), 3)]);
    assert_eq!(found(IssueCode::SkippedType, 9), [(manifest.to_owned(), 0)]);
    assert_eq!(found(IssueCode::ClockSkew, 9), []);
    let first: Vec<_> = [(rare.url.clone(), 0), (noisy.url.clone(), 1), (noisy.url.clone(), 2)].into();
    assert_eq!(found(IssueCode::InvalidJson, 3), first);
    assert_eq!(found(IssueCode::InvalidJson, 99).last(), Some(&(rare.url.clone(), 2)));

    let by_file = |codes: &[IssueCode], limit| {
        let files = test.store.issue_counts_by_file(publisher.number, codes, limit).unwrap();
        files.into_iter().map(|file| (file.url, file.counts.into_values().collect())).collect::<Vec<(_, Vec<_>)>>()
    };
    let all = [(noisy.url, vec![40]), (rare.url.clone(), vec![2, 1]), (manifest.to_owned(), vec![1])];
    assert_eq!(by_file(IssueCode::ALL, 9), all);
    assert_eq!(by_file(IssueCode::ALL, 1), all[..1]);
    assert_eq!(by_file(&[IssueCode::InvalidStatus], 9), [(rare.url, vec![1])]);
    let of_all = test.store.issue_counts_by_publisher().unwrap();
    let of_one = test.store.issue_counts(publisher.number).unwrap();
    assert_eq!(of_all[&publisher.number].clone().into_iter().collect::<HashMap<_, _>>(), of_one.into_iter().collect());
    assert_eq!(of_all.len(), 1);
}
