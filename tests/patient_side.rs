//! The patient side of the real binary: the walk-through of the README from the first search to the ride, and no word of
//! a patient in anything that is public.

use std::fs;
use std::path::Path;

use reqwest::Url;

use crate::harness::{Publishers, Served, crawl_args, data_dir, run_json};
use crate::python::run_script;

const TOKEN: &str = "0123456789abcdef0123456789abcdef";
const CAB_SECRET: &str = "fedcba9876543210fedcba9876543210";
/// Stands in no list of names that slots are made of.
const FAMILY: &str = "Quxworthy-Zebedee";

/// Everything below a folder, but the patient side's own files.
fn public_bytes(folder: &Path, bytes: &mut Vec<u8>) {
    for entry in fs::read_dir(folder).expect("a folder") {
        let path = entry.expect("an entry").path();
        let is_care = path.file_name().is_some_and(|name| name.to_string_lossy().starts_with("care.db"));
        if path.is_dir() {
            public_bytes(&path, bytes);
        } else if !is_care && path.metadata().is_ok_and(|data| data.is_file()) {
            bytes.extend(fs::read(&path).expect("bytes"));
        }
    }
}

#[test]
fn a_patient_finds_matches_books_comes_back_and_rides() {
    let publishers = Publishers::start(3, &["--locations", "8", "--days", "6", "--slots", "1200", "--seed", "5"]);
    let (folder, data) = data_dir();
    run_json(&crawl_args(&data, &publishers.manifests), 0);
    let log_path = folder.path().join("log");
    let log = fs::File::create(&log_path).expect("a file");
    let settings = [
        ("OPENSLOTS_CARE__TOKEN", TOKEN.to_owned()),
        ("OPENSLOTS_CARE__VENDORS", format!("cab:{CAB_SECRET}")),
        ("OPENSLOTS_CARE__PRIVATE_ADDRESSES", "true".to_owned()),
    ];
    let settings = settings.into_iter().map(|(name, value)| (name.to_owned(), value)).collect();
    let served = Served::start_logging_to(log, &["serve", "--data-dir", &data, "--log-level", "trace"], &settings);
    let manifest = Url::parse(&publishers.manifests[0]).expect("a URL");
    let portal = manifest.join("/portal").expect("a URL");
    let told = run_script("walk_through.py", &[&served.base, TOKEN, portal.as_str(), CAB_SECRET, FAMILY]);
    for line in ["The ride is completed", "A subscriber was told", "Valid by their models"] {
        assert!(told.contains(line), "{told}");
    }
    drop(served);

    let mut bytes = fs::read(&log_path).expect("the log");
    assert!(String::from_utf8_lossy(&bytes).contains("/care/rides/"), "the log is written");
    public_bytes(folder.path(), &mut bytes);
    let text = String::from_utf8_lossy(&bytes);
    for planted in [FAMILY, "Ulrike", "Zanzibar", "1990-01-01", "1 Main St", "SIMULATED-1", TOKEN, CAB_SECRET, "state="]
    {
        assert!(!text.contains(planted), "`{planted}` stands in what is public, or in the log");
    }
    // Where it belongs it is, in the file or in its log.
    let own = ["care.db", "care.db-wal"].map(|name| fs::read(Path::new(&data).join(name)).unwrap_or_default());
    assert!(own.iter().any(|bytes| String::from_utf8_lossy(bytes).contains(FAMILY)));
}

#[test]
fn the_walk_through_of_the_readme_works_on_the_demo() {
    let demo = crate::demo::start();
    let (script, words) = demo.walk_through.split_once("walk_through.py ").expect("a command with its arguments");
    assert_eq!(script, "python3 tests/python/");
    let words: Vec<&str> = words.split_whitespace().collect();
    let told = run_script("walk_through.py", &words);
    assert!(told.contains("Erased."), "{told}");
}
