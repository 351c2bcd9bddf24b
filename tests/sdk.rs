//! The public SDK of the scheduling API whose names openslots speaks, against the real binary.
//!
//! It is `haau3` of PyPI; the npm registry answers that `@haau3/sdk` does not exist, so only the Python one is used.
//! Nothing is changed for it but the base URL.

use crate::harness::{Served, crawl_args, data_dir, run_json};
use crate::python::run_script;
use crate::server;
use crate::shapes::publisher;

const MANIFEST: &str = r#"{"request":"/caring/$bulk-publish","output":[
{"type":"Location","url":"all-Location.ndjson"},{"type":"PractitionerRole","url":"all-PractitionerRole.ndjson"},
{"type":"Schedule","url":"all-Schedule.ndjson"},{"type":"Slot","url":"all-Slot.ndjson"}]}"#;

/// Two places, a video visit and a slot of every status, so that each filter of the SDK finds some and not all.
const LINES: &str = r#"
{"resourceType":"Location","id":"bay","name":"Bay Clinic","telecom":[{"system":"phone","value":"802-555-0101"}],"address":{"line":["1 Main St"],"city":"Saint Mary's Bay","state":"VT","postalCode":"05401"},"position":{"latitude":44.48,"longitude":-73.21},"identifier":[{"system":"https://caring.example.org/places","value":"B1"}]}
{"resourceType":"Location","id":"video","name":"Video Visits","physicalType":{"coding":[{"system":"http://terminology.hl7.org/CodeSystem/location-physical-type","code":"vi"}]},"extension":[{"url":"http://hl7.org/fhir/uv/smart-scheduling-links/StructureDefinition/licensed-states","valueString":"VT"}]}
{"resourceType":"PractitionerRole","id":"ruiz","active":true,"identifier":[{"system":"http://hl7.org/fhir/sid/us-npi","value":"1073635355"}],"practitioner":{"display":"Dr. Ana Ruiz"},"organization":{"display":"Caring"},"specialty":[{"coding":[{"system":"http://snomed.info/sct","code":"408443003","display":"General medical practice"}]}]}
{"resourceType":"Schedule","id":"shots","serviceType":[{"coding":[{"system":"http://terminology.hl7.org/CodeSystem/service-type","code":"57","display":"Immunization"}]}],"actor":[{"reference":"Location/bay"}]}
{"resourceType":"Schedule","id":"remote","serviceType":[{"coding":[{"system":"http://terminology.hl7.org/CodeSystem/service-type","code":"124","display":"General Practice"}]}],"actor":[{"reference":"PractitionerRole/ruiz"},{"reference":"Location/video"}]}
{"resourceType":"Slot","id":"routine","schedule":{"reference":"Schedule/shots"},"status":"free","start":"2099-03-02T09:00:00-05:00","end":"2099-03-02T09:15:00-05:00","appointmentType":{"coding":[{"system":"http://terminology.hl7.org/CodeSystem/v2-0276","code":"ROUTINE"}]},"extension":[{"url":"http://hl7.org/fhir/uv/smart-scheduling-links/StructureDefinition/booking-deep-link","valueUrl":"https://caring.example.org/1"}]}
{"resourceType":"Slot","id":"new","schedule":{"reference":"Schedule/shots"},"status":"free","start":"2099-03-03T09:00:00-05:00","end":"2099-03-03T09:15:00-05:00","extension":[{"url":"http://hl7.org/fhir/uv/smart-scheduling-links/StructureDefinition/patient-type","valueCoding":{"system":"http://terminology.hl7.org/CodeSystem/accepting-patients","code":"newpt"}}]}
{"resourceType":"Slot","id":"known","schedule":{"reference":"Schedule/shots"},"status":"free","start":"2099-03-04T09:00:00-05:00","end":"2099-03-04T09:15:00-05:00","extension":[{"url":"http://hl7.org/fhir/uv/smart-scheduling-links/StructureDefinition/patient-type","valueCoding":{"system":"http://terminology.hl7.org/CodeSystem/accepting-patients","code":"existptonly"}}]}
{"resourceType":"Slot","id":"nobody","schedule":{"reference":"Schedule/shots"},"status":"free","start":"2099-03-04T10:00:00-05:00","end":"2099-03-04T10:15:00-05:00","extension":[{"url":"http://hl7.org/fhir/uv/smart-scheduling-links/StructureDefinition/patient-type","valueCoding":{"system":"http://terminology.hl7.org/CodeSystem/accepting-patients","code":"nopt"}}]}
{"resourceType":"Slot","id":"busy","schedule":{"reference":"Schedule/shots"},"status":"busy","start":"2099-03-05T09:00:00-05:00","end":"2099-03-05T09:15:00-05:00"}
{"resourceType":"Slot","id":"closed","schedule":{"reference":"Schedule/remote"},"status":"busy-unavailable","start":"2099-03-05T10:00:00-05:00","end":"2099-03-05T10:15:00-05:00"}
{"resourceType":"Slot","id":"maybe","schedule":{"reference":"Schedule/remote"},"status":"busy-tentative","start":"2099-03-05T11:00:00-05:00","end":"2099-03-05T11:15:00-05:00"}
{"resourceType":"Slot","id":"video-1","schedule":{"reference":"Schedule/remote"},"status":"free","start":"2099-03-06T09:00:00-05:00","end":"2099-03-06T09:15:00-05:00"}
{"resourceType":"Slot","id":"past","schedule":{"reference":"Schedule/shots"},"status":"free","start":"2021-03-02T09:00:00-05:00","end":"2021-03-02T09:15:00-05:00"}
"#;

#[test]
fn a_program_of_the_public_sdk_works_after_changing_its_base_url() {
    let caring = server::serve(|asked, stream| {
        let name = asked.path.rsplit('/').next().unwrap_or_default();
        let kind = name.trim_start_matches("all-").trim_end_matches(".ndjson");
        let of_kind = |line: &&str| line.contains(&format!(r#""resourceType":"{kind}""#));
        let body: String = match name {
            "$bulk-publish" => MANIFEST.to_owned(),
            _ => LINES.lines().filter(of_kind).flat_map(|line| [line, "\n"]).collect(),
        };
        server::respond(stream, 200, "", body.as_bytes())
    });
    let manifests = [format!("{caring}/caring/$bulk-publish"), publisher("shape-2026", Some("2099-03-02"))];
    let (_folder, data) = data_dir();
    run_json(&crawl_args(&data, &manifests), 0);
    let served = Served::start(&["serve", "--data-dir", &data]);
    let written = run_script("haau3_client.py", &[&served.base]);
    assert_eq!(written.stdout.trim(), "every call was answered as the SDK declares", "{}", written.stderr);
}
