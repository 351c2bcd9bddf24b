//! What `check` says of the answers that files come in.

use std::collections::BTreeSet;
use std::fs;

use crate::harness::{Served, crawl_args, data_dir, run_json};
use crate::server::{respond, serve};

use super::{clean, places};

/// What answers are held against.
pub(super) const REQUIREMENTS: [&str; 10] = [
    "sched-2",
    "sched-3",
    "sched-5",
    "manifest-content-type",
    "file-content-type",
    "compression",
    "cors",
    "validators",
    "conditional-request",
    "https",
];

/// Requirements that a publisher breaks whose answers have these headers.
fn broken(headers_of_manifest: &'static str, headers_of_files: &'static str, refuses_plain: bool) -> BTreeSet<String> {
    let folder = clean();
    let base = serve(move |asked, stream| {
        let name = asked.path.trim_start_matches('/');
        if refuses_plain && asked.accept.as_deref().is_none_or(|accept| accept == "*/*") {
            return respond(stream, 406, "", b"");
        }
        let body = fs::read(folder.path().join(name)).unwrap_or_default();
        let is_manifest = name == "$bulk-publish";
        let text = String::from_utf8_lossy(&body);
        // It names itself where it is.
        let here = format!("http://{}/", asked.host);
        let body = if is_manifest { text.replace("https://clinic.example.org/", &here) } else { text.into_owned() };
        respond(stream, 200, if is_manifest { headers_of_manifest } else { headers_of_files }, body.as_bytes())
    });
    let report =
        serde_json::from_slice(&crate::harness::run(&["check", "--json", &format!("{base}/$bulk-publish")]).stdout);
    places(&report.expect("JSON")).into_iter().map(|(requirement, ..)| requirement).collect()
}

fn set(names: &[&str]) -> BTreeSet<String> {
    names.iter().map(|name| (*name).to_owned()).collect()
}

#[test]
fn headers_are_held_against_what_is_asked_of_them() {
    let manifest = "content-type: application/json\r\ncache-control: max-age=60\r\naccess-control-allow-origin: *\r\n";
    let file = "content-type: application/fhir+ndjson\r\ncache-control: max-age=60\r\n\
                access-control-allow-origin: *\r\nlast-modified: Wed, 01 Jan 2020 00:00:00 GMT\r\n";
    assert_eq!(broken(manifest, file, false), set(&["https", "compression"]));
    // The server knows no conditions, so it must not send a tag.
    let tagged = "content-type: application/fhir+ndjson\r\ncache-control: max-age=60\r\n\
                  access-control-allow-origin: *\r\netag: \"1\"\r\n";
    assert_eq!(broken(manifest, tagged, false), set(&["https", "compression", "conditional-request"]));
    let bare = broken("", "", true);
    let all_but_conditions: Vec<&str> =
        REQUIREMENTS.into_iter().filter(|name| *name != "conditional-request").collect();
    assert_eq!(bare, set(&all_but_conditions));
}

#[test]
fn what_is_published_again_here_breaks_nothing() {
    let publishers = crate::harness::Publishers::start(2, &["--locations", "5", "--days", "3", "--slots", "600"]);
    let (_folder, path) = data_dir();
    run_json(&crawl_args(&path, &publishers.manifests), 0);
    let served = Served::start(&["serve", "--data-dir", &path]);
    crate::fixpoint::root(&served);
    let report = run_json(&["check", "--json", &format!("{}/fhir/$bulk-publish", served.base)], 0);
    assert_eq!(report["nErrors"], 0);
    let lines = report["files"].as_array().expect("files").iter().filter_map(|file| file["nLines"].as_u64());
    assert!(lines.sum::<u64>() > 300);
}
