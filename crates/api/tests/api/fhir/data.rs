//! A publisher that has a value for every search parameter, twice in different ways, and another one.

use crate::support::Feed;

pub(super) const HOLLY: Feed = Feed {
    slug: "holly",
    display_name: "Holly Health",
    ndjson: r#"
{"resourceType":"Location","id":"north","meta":{"lastUpdated":"2026-09-01T10:00:00Z"},"identifier":[{"system":"urn:holly","value":"N"}],"status":"active","name":"Holly North","alias":["Norte"],"type":[{"coding":[{"system":"urn:type","code":"DX"}]}],"address":{"line":["1 Main St"],"city":"Boston","state":"MA","postalCode":"02115"},"position":{"latitude":42.3401,"longitude":-71.1002},"managingOrganization":{"reference":"Organization/holly"}}
{"resourceType":"Location","id":"south","meta":{"lastUpdated":"2026-09-20T10:00:00Z"},"status":"suspended","name":"Holly Süd","address":{"line":["2 Elm St"],"city":"Providence","state":"RI","postalCode":"02903"},"partOf":{"reference":"Location/north"}}
{"resourceType":"Organization","id":"holly","active":true,"identifier":[{"system":"urn:org","value":"H"}],"name":"Holly Health","type":[{"coding":[{"system":"urn:ot","code":"prov"}]}],"address":[{"city":"Boston","state":"MA","postalCode":"02115"}]}
{"resourceType":"Organization","id":"branch","name":"Branch","partOf":{"reference":"Organization/holly"}}
{"resourceType":"Practitioner","id":"sol","active":true,"identifier":[{"system":"http://hl7.org/fhir/sid/us-npi","value":"1679576722"}],"name":[{"family":"Núñez","given":["Marta"]}],"gender":"female","communication":[{"coding":[{"system":"urn:ietf:bcp:47","code":"es"}]}]}
{"resourceType":"Practitioner","id":"lee","name":[{"family":"Lee","given":["Ann"]}],"gender":"male"}
{"resourceType":"HealthcareService","id":"shots","active":true,"identifier":[{"system":"urn:svc","value":"S"}],"providedBy":{"reference":"Organization/holly"},"category":[{"coding":[{"system":"urn:cat","code":"prev"}]}],"type":[{"coding":[{"system":"urn:st","code":"57"}]}],"specialty":[{"coding":[{"system":"http://snomed.info/sct","code":"408443003"}]}],"location":[{"reference":"Location/north"}],"name":"Vaccinations"}
{"resourceType":"HealthcareService","id":"care","name":"Care"}
{"resourceType":"PractitionerRole","id":"sol","active":true,"identifier":[{"system":"urn:role","value":"R"}],"practitioner":{"reference":"Practitioner/sol"},"organization":{"reference":"Organization/holly"},"code":[{"coding":[{"system":"urn:code","code":"doctor"}]}],"specialty":[{"coding":[{"system":"http://snomed.info/sct","code":"394582007"}]}],"location":[{"reference":"Location/north"}],"healthcareService":[{"reference":"HealthcareService/shots"}]}
{"resourceType":"PractitionerRole","id":"lee","practitioner":{"reference":"Practitioner/lee"},"location":[{"reference":"Location/south"}]}
{"resourceType":"Schedule","id":"sol","active":true,"identifier":[{"system":"urn:sched","value":"1"}],"serviceType":[{"coding":[{"system":"urn:st","code":"124"}]}],"actor":[{"reference":"PractitionerRole/sol"},{"reference":"Location/north"}],"planningHorizon":{"start":"2026-10-01T00:00:00Z","end":"2026-10-31T00:00:00Z"},"extension":[{"url":"http://hl7.org/fhir/uv/smart-scheduling-links/StructureDefinition/schedule-specialty","valueCoding":{"system":"http://snomed.info/sct","code":"394582007"}}]}
{"resourceType":"Schedule","id":"lee","actor":[{"reference":"PractitionerRole/lee"}]}
{"resourceType":"Slot","id":"a","schedule":{"reference":"Schedule/sol"},"status":"free","start":"2026-10-02T09:00:00-04:00","end":"2026-10-02T09:30:00-04:00","appointmentType":{"coding":[{"system":"http://terminology.hl7.org/CodeSystem/v2-0276","code":"ROUTINE"}]}}
{"resourceType":"Slot","id":"b","schedule":{"reference":"Schedule/sol"},"status":"busy","start":"2026-10-03T09:00:00-04:00","end":"2026-10-03T09:30:00-04:00","serviceType":[{"coding":[{"system":"urn:st","code":"57"}]}]}
{"resourceType":"Slot","id":"c","schedule":{"reference":"Schedule/lee"},"status":"free","start":"2026-10-04T09:00:00-04:00","end":"2026-10-04T09:20:00-04:00","specialty":[{"coding":[{"system":"http://nucc.org/provider-taxonomy","code":"207Q00000X"}]}]}
{"resourceType":"Slot","id":"past","schedule":{"reference":"Schedule/lee"},"status":"free","start":"2026-09-30T09:00:00-04:00","end":"2026-09-30T09:20:00-04:00"}
{"resourceType":"Slot","id":"nobody","schedule":{"reference":"Schedule/lee"},"status":"free","start":"2026-10-04T10:00:00-04:00","end":"2026-10-04T10:20:00-04:00","extension":[{"url":"http://hl7.org/fhir/uv/smart-scheduling-links/StructureDefinition/patient-type","valueCoding":{"system":"http://terminology.hl7.org/CodeSystem/accepting-patients","code":"nopt"}}]}
"#,
};

pub(super) const OTHER: Feed = Feed {
    slug: "other",
    display_name: "Other",
    ndjson: r#"
{"resourceType":"Location","id":"north","name":"Other North","address":{"city":"Boston","state":"MA","postalCode":"02116"}}
{"resourceType":"Schedule","id":"sol","actor":[{"reference":"Location/north"}]}
{"resourceType":"Slot","id":"a","schedule":{"reference":"Schedule/sol"},"status":"free","start":"2026-10-02T15:00:00Z","end":"2026-10-02T15:15:00Z"}
"#,
};
