//! Lines and manifests that nobody means well with.

use openslots_model::{ResourceKind, UnixSeconds};
use proptest::prelude::*;
use url::Url;

use super::*;

const NOW: UnixSeconds = UnixSeconds(1_790_000_000);

fn manifest(body: &str) -> ManifestCheck {
    check_manifest(body.as_bytes(), &Url::parse("https://clinic.example.org/$bulk-publish").expect("a URL"), NOW, true)
}

#[test]
fn entries_are_told_by_their_line_however_their_urls_are_written() {
    let entry = |n: usize| {
        let url = format!("https://clinic.example.org/slots-{n}.ndjson");
        let url = if n.is_multiple_of(2) { url.replace('/', "\\/") } else { url };
        format!("{{\"type\":\"Slot\",\"url\":\"{url}\"}}")
    };
    let entries: Vec<_> = (0..300).map(entry).collect();
    let check = manifest(&format!("{{\n\"output\":[\n{}\n]\n}}", entries.join(",\n")));
    assert_eq!(check.files.len(), 300);
    for (n, file) in check.files.iter().enumerate() {
        assert_eq!((file.line, file.url.path()), (n as u64 + 3, format!("/slots-{n}.ndjson").as_str()));
    }
}

#[test]
fn the_same_url_is_told_where_it_stands_again() {
    let entry = "{\"type\":\"Slot\",\"url\":\"https://clinic.example.org/é.ndjson\"}";
    let check = manifest(&format!("{{\n\"output\":[\n{entry},\n{entry}]}}"));
    let again = check.findings.iter().find(|(_, finding)| finding.requirement == Requirement::ManifestDuplicate);
    assert_eq!(again.map(|(line, _)| *line), Some(4));
}

#[test]
fn a_manifest_of_nothing_but_objects_is_refused_before_it_is_read() {
    let check = manifest(&format!("[{}{{}}]", "{},".repeat(250_001)));
    let found: Vec<_> = check.findings.iter().map(|(_, finding)| finding.requirement).collect();
    assert_eq!(found, [Requirement::ManifestUnreadable]);
}

#[test]
fn names_are_compared_in_large_objects_too() {
    let names: String = (0..50_000).map(|n| format!("\"n{n}\":1,")).collect();
    let line = format!("{{\"resourceType\":\"Location\",{names}\"n7\":2}}");
    let (_, found) = check_line(ResourceKind::Location, line.as_bytes(), NOW);
    let repeated: Vec<_> = found
        .iter()
        .filter(|finding| finding.requirement == Requirement::DuplicateName)
        .map(|of| &of.element)
        .collect();
    assert_eq!(repeated, ["Location.n7"]);
}

proptest! {
    #[test]
    fn no_line_and_no_manifest_panics(bytes in prop::collection::vec(any::<u8>(), 0..200), text in "\\PC{0,80}") {
        for kind in ResourceKind::ALL {
            check_line(kind, &bytes, NOW);
            check_line(kind, format!("{{\"resourceType\":\"{kind}\",\"extension\":[{text}]}}").as_bytes(), NOW);
            let quoted = serde_json::to_string(&text).expect("a text");
            let line = format!(
                "{{\"resourceType\":\"{kind}\",\"id\":{quoted},\"start\":{quoted},\"end\":{quoted},\"actor\":[{{\"reference\":{quoted}}}],\
                 \"extension\":[{{\"url\":{quoted}}}],\"address\":{{\"state\":{quoted},\"postalCode\":{quoted}}},\
                 \"telecom\":[{{\"system\":\"url\",\"value\":{quoted}}}],\"identifier\":[{{\"system\":\"http://hl7.org/fhir/sid/us-npi\",\"value\":{quoted}}}],\
                 \"specialty\":[{{\"coding\":[{{\"system\":\"http://snomed.info/sct\",\"code\":{quoted}}}]}}]}}"
            );
            prop_assert!(!check_line(kind, line.as_bytes(), NOW).1.is_empty());
        }
        check_deletion_line(&bytes);
        manifest(&String::from_utf8_lossy(&bytes));
        let quoted = serde_json::to_string(&text).expect("a text");
        manifest(&format!(
            "{{\"transactionTime\":{quoted},\"updateCadence\":{quoted},\"output\":[{{\"url\":{quoted}}}],\"link\":[{{\"relation\":\"next\",\"url\":{quoted}}}]}}"
        ));
    }
}
