//! FHIR programs of others read what is given out under `/fhir`: the models of `fhir.resources` find every resource
//! valid, and the client library `fhirpy` walks all pages (both of PyPI).

use crate::harness::{Publishers, Served, crawl_args, data_dir, run_json};
use crate::python::run_script;

#[test]
fn fhir_programs_of_others_read_all_that_is_given_out() {
    let publishers = Publishers::start(6, &["--locations", "4", "--days", "4", "--slots", "600", "--seed", "5"]);
    let (_folder, data) = data_dir();
    run_json(&crawl_args(&data, &publishers.manifests), 0);
    let served = Served::start(&["serve", "--data-dir", &data]);
    let told = run_script("fhir_clients.py", &[&served.base, "400", "12"]);
    assert!(told.contains("CapabilityStatement"), "{told}");
}
