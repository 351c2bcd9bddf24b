//! `kill -9` at many moments of a crawl: the data are those of before or of after, the index agrees with the store,
//! and the next crawl completes.

use std::process::Stdio;
use std::time::{Duration, Instant};

use crate::harness::{Publishers, Served, crawl_args, data_dir, dump_of_data, openslots, run_json};

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
