//! A client written for the field's scheduling API (the public SDK `haau3` of PyPI) gets right answers from here after
//! changing only its base URL.

use crate::harness::{Publishers, Served, crawl_args, data_dir, run_json};
use crate::python::run_script;

#[test]
fn the_public_sdk_gets_right_answers() {
    let publishers = Publishers::start(4, &["--locations", "8", "--days", "6", "--slots", "1200", "--seed", "5"]);
    let (_folder, data) = data_dir();
    run_json(&crawl_args(&data, &publishers.manifests), 0);
    let served = Served::start(&["serve", "--data-dir", &data]);
    let told = run_script("haau3_client.py", &[&served.base]);
    assert!(told.contains("provider locations"), "{told}");
}
