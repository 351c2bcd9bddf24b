//! `kill -9` at many moments of a crawl: the data are those of before or of after, the index agrees with the store,
//! and the next crawl completes.

use std::process::Stdio;
use std::sync::Arc;
use std::sync::atomic::{AtomicU32, Ordering};
use std::time::{Duration, Instant};

use crate::harness::{Publishers, Served, crawl_args, data_dir, dump_of_data, openslots, run_json};
use crate::server::{respond, serve};

/// How many moments are tried, spread evenly over a crawl.
const N_MOMENTS: u32 = 12;

/// Statuses of all slots of a store as a state to compare: the data of a generation.
fn publishers_data(data: &str) -> Vec<(u64, u64)> {
    let status = run_json(&["status", "--json", "--data-dir", data], 0);
    let list = status["publishers"].as_array().cloned().unwrap_or_default();
    list.iter().map(|one| (one["n_slots"].as_u64().expect("n"), one["n_free_slots"].as_u64().expect("n"))).collect()
}

#[test]
fn a_killed_crawl_leaves_the_data_of_before_or_of_after() {
    let mut publishers = Publishers::start(1, &["--slots", "20000", "--locations", "40"]);
    let (_folder, data) = data_dir();
    run_json(&crawl_args(&data, &publishers.manifests), 0);
    let before = dump_of_data(&data);
    let figures_before = publishers_data(&data);

    // What a whole crawl of the next generation leaves, and how long it takes.
    publishers.steer("generation 1");
    let (_other_folder, other) = data_dir();
    copy_folder(&data, &other);
    let began = Instant::now();
    run_json(&crawl_args(&other, &publishers.manifests), 0);
    let whole = began.elapsed();
    let after = dump_of_data(&other);
    let figures_after = publishers_data(&other);
    assert_ne!(before, after);

    let mut n_killed = 0;
    for moment in 0..N_MOMENTS {
        let (_folder, victim) = data_dir();
        copy_folder(&data, &victim);
        let mut child = openslots(&crawl_args(&victim, &publishers.manifests))
            .stdout(Stdio::null())
            .stderr(Stdio::null())
            .spawn()
            .expect("a crawl starts");
        let kill_after = whole * moment / (N_MOMENTS - 1);
        let began = Instant::now();
        while began.elapsed() < kill_after {
            std::thread::yield_now();
        }
        // It may have ended by itself.
        child.kill().ok();
        n_killed += u32::from(child.wait().expect("it ends").code().is_none());

        let left = dump_of_data(&victim);
        assert!(left == before || left == after, "killed after {kill_after:?}: neither before nor after");
        let want = if left == before { &figures_before } else { &figures_after };
        assert_eq!(&publishers_data(&victim), want);
        // The index agrees with the store, and the next crawl completes.
        let served = Served::start(&["serve", "--data-dir", &victim]);
        let total = served.get("/v1/scheduling/slots?includePast=true&limit=1")["total"].as_u64().expect("a total");
        drop(served);
        assert!(total > 0 && total <= want[0].1, "{total} of {} free slots are served", want[0].1);
        run_json(&crawl_args(&victim, &publishers.manifests), 0);
        assert_eq!(publishers_data(&victim), figures_after);
        assert!(began.elapsed() < Duration::from_secs(60));
    }
    assert!(n_killed > 0, "no crawl was killed before its end");
}

/// Steps of the chain.
const N_STEPS: u32 = 10;

fn slot(id: u32, status: &str) -> String {
    format!(
        r#"{{"resourceType":"Slot","id":"{id}","schedule":{{"reference":"Schedule/1"}},"status":"{status}","start":"2099-01-{:02}T{:02}:00:00Z","end":"2099-01-{:02}T{:02}:30:00Z"}}"#,
        id / 24 + 1,
        id % 24,
        id / 24 + 1,
        id % 24,
    ) + "\n"
}

/// A publisher of a chain that has come to the step told: each adds three slots, takes one away and one back.
fn chain(step: Arc<AtomicU32>, n_of_root: Arc<AtomicU32>) -> String {
    serve(move |asked, stream| {
        let now = step.load(Ordering::SeqCst);
        let path = asked.path.trim_start_matches('/').to_owned();
        let number = |name: &str| path.strip_prefix(name).and_then(|rest| rest.parse::<u32>().ok());
        let body = if path == "$bulk-publish" {
            n_of_root.fetch_add(1, Ordering::SeqCst);
            r#"{"output":[{"type":"Slot","url":"base"}],"link":[{"relation":"next","url":"page1"}]}"#.to_owned()
        } else if path == "base" {
            (0..100).map(|id| slot(id, "free")).collect()
        } else if let Some(page) = number("page").filter(|page| *page > now) {
            format!(r##"{{"page":{page},"output":[],"link":[{{"relation":"next","url":"#pending"}}]}}"##)
        } else if let Some(page) = number("page") {
            format!(
                r#"{{"output":[{{"type":"Slot","url":"more{page}"}}],"deleted":[{{"type":"Bundle","url":"less{page}"}}],
                    "link":[{{"relation":"next","url":"page{}"}}]}}"#,
                page + 1
            )
        } else if let Some(page) = number("more") {
            let new = (0..3).map(|n| slot(100 + page * 3 + n, "free"));
            new.chain([slot(page, "busy")]).collect()
        } else if let Some(page) = number("less") {
            format!(
                r#"{{"resourceType":"Bundle","entry":[{{"request":{{"method":"DELETE","url":"Slot/{}"}}}}]}}"#,
                50 + page
            )
        } else {
            return respond(stream, 404, "", b"");
        };
        let tag = format!("\"{}-{}\"", path, body.len());
        match &asked.known_tag {
            Some(known) if *known == tag => respond(stream, 304, &format!("etag: {tag}\r\n"), b""),
            _ => respond(stream, 200, &format!("etag: {tag}\r\n"), body.as_bytes()),
        }
    })
}

#[test]
fn a_crawl_killed_in_the_middle_of_a_chain_goes_on_where_it_was() {
    let (step, n_of_root) = (Arc::new(AtomicU32::new(0)), Arc::new(AtomicU32::new(0)));
    let manifests = [format!("{}/$bulk-publish", chain(Arc::clone(&step), Arc::clone(&n_of_root)))];
    let (_folder, data) = data_dir();
    run_json(&crawl_args(&data, &manifests), 0);
    let began = Instant::now();
    run_json(&crawl_args(&data, &manifests), 0);
    let whole = began.elapsed();
    let held_after = |step: u32| vec![(u64::from(100 + 2 * step), u64::from(100 + step))];
    let mut n_killed = 0;
    let mut done = 0;
    for now in 1..=N_STEPS {
        step.store(now, Ordering::SeqCst);
        let mut child = openslots(&crawl_args(&data, &manifests))
            .stdout(Stdio::null())
            .stderr(Stdio::null())
            .spawn()
            .expect("a crawl");
        let kill_after = whole * now / N_STEPS;
        let began = Instant::now();
        while began.elapsed() < kill_after {
            std::thread::yield_now();
        }
        // It may have ended by itself.
        child.kill().ok();
        n_killed += u32::from(child.wait().expect("it ends").code().is_none());
        let held = publishers_data(&data);
        assert!(held == held_after(done) || held == held_after(now), "step {now}, {done} before: {held:?}");
        if held == held_after(now) {
            done = now;
        }
    }
    assert!(n_killed > 0, "no crawl was killed before its end");
    run_json(&crawl_args(&data, &manifests), 0);
    assert_eq!(publishers_data(&data), held_after(N_STEPS));
    assert_eq!(n_of_root.load(Ordering::SeqCst), 1, "the place in the chain was never lost");
    let again = run_json(&crawl_args(&data, &manifests), 0);
    assert_eq!(again["publishers"][0]["outcome"], "unchanged", "{again}");
}

fn copy_folder(from: &str, to: &str) {
    std::fs::create_dir_all(to).expect("a folder");
    for entry in std::fs::read_dir(from).expect("a folder") {
        let entry = entry.expect("an entry");
        let target = format!("{to}/{}", entry.file_name().to_string_lossy());
        if entry.path().is_dir() {
            copy_folder(&entry.path().to_string_lossy(), &target);
        } else {
            std::fs::copy(entry.path(), target).expect("a copied file");
        }
    }
}
