//! What the README shows of studying an export: run word for word.

use crate::harness::{Publishers, crawl_args, data_dir, root, run_json};
use crate::python::run_script;
use crate::research::export;

#[test]
fn the_readme_shows_queries_that_answer_right() {
    // More places than have slots within a week.
    let args = ["--locations", "40", "--days", "12", "--slots", "420", "--seed", "21"];
    let mut publishers = Publishers::start(3, &args);
    let (folder, data) = data_dir();
    for generation in 0..2 {
        publishers.steer(&format!("generation {generation}"));
        run_json(&crawl_args(&data, &publishers.manifests), 0);
    }
    for (format, name) in [("parquet", "export"), ("ndjson", "ndjson")] {
        export(&data, &folder.path().join(name), &["--format", format, "--history"]);
    }
    let readme = root().join("README.md");
    let [readme, folder] = [&readme, folder.path()].map(|path| path.to_str().expect("text"));
    let told = run_script("worked_example.py", &[readme, folder]);
    assert!(told.contains("slots that went before their time"), "{told}");
}
