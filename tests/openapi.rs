//! The real binary keeps to its own OpenAPI document, whatever it is asked: schemathesis finds nothing.

use crate::fixpoint;
use crate::harness::{Publishers, Served, crawl_args, data_dir, run_json};
use crate::python::run_script;

#[test]
fn the_document_is_valid_and_schemathesis_finds_nothing() {
    let publishers = Publishers::start(3, &["--locations", "6", "--days", "6", "--slots", "900", "--seed", "11"]);
    let (_folder, data) = data_dir();
    run_json(&crawl_args(&data, &publishers.manifests), 0);
    let served = Served::start(&["serve", "--data-dir", &data]);
    // Until the first files are written, what asks for them is told to come back later, which is no answer to judge.
    fixpoint::root(&served);
    let told = run_script("openapi_check.py", &[&served.base]);
    for want in ["document valid", "Tested: ", "No issues found"] {
        assert!(told.contains(want), "{want}: {told}");
    }
}
