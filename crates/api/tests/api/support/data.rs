//! Two small publishers, as of [`NOW`].

use super::Feed;

/// The present of the tests: a Thursday noon in UTC.
pub(crate) const NOW: &str = "2026-10-01T12:00:00Z";

/// A health system of Massachusetts in the newer dialect: a dermatologist in Boston, a generalist in Worcester (whose
/// place has no position) and on video, and a slot that is broken.
pub(crate) const FLYNN: Feed = Feed {
    slug: "flynn",
    display_name: "Flynn Health",
    ndjson: r#"
{"resourceType":"Location","id":"boston","name":"Flynn Skin Center","telecom":[{"system":"phone","value":"617-555-0101"},{"system":"url","value":"https://flynn.example.org/boston"}],"address":{"line":["1 Main St","Floor 2"],"city":"Boston","state":"MA","postalCode":"02115"},"position":{"latitude":42.3401,"longitude":-71.1002},"identifier":[{"system":"https://flynn.example.org/places","value":"B1"}]}
{"resourceType":"Location","id":"worcester","name":"Flynn Family Medicine","address":{"line":["9 Elm St"],"city":"Worcester","state":"MA","postalCode":"01608"}}
{"resourceType":"Location","id":"video","name":"Flynn Video Visits","physicalType":{"coding":[{"system":"http://terminology.hl7.org/CodeSystem/location-physical-type","code":"vi"}]},"extension":[{"url":"http://hl7.org/fhir/uv/smart-scheduling-links/StructureDefinition/licensed-states","valueString":"MA"},{"url":"http://hl7.org/fhir/uv/smart-scheduling-links/StructureDefinition/licensed-states","valueString":"VT"}]}
{"resourceType":"PractitionerRole","id":"ruiz","active":true,"identifier":[{"system":"http://hl7.org/fhir/sid/us-npi","value":"1073635355"}],"practitioner":{"display":"Dr. Ana Ruiz"},"organization":{"display":"Flynn Health"},"specialty":[{"coding":[{"system":"http://snomed.info/sct","code":"394582007","display":"Dermatology"}]}],"location":[{"reference":"Location/boston"}]}
{"resourceType":"PractitionerRole","id":"okafor","active":true,"identifier":[{"system":"http://hl7.org/fhir/sid/us-npi","value":"1234567893"}],"practitioner":{"display":"Dr. Ben Okafor"},"specialty":[{"coding":[{"system":"http://snomed.info/sct","code":"394802001","display":"General medicine"}]}]}
{"resourceType":"Schedule","id":"derm","serviceType":[{"coding":[{"system":"http://terminology.hl7.org/CodeSystem/service-type","code":"168","display":"Dermatology"}]}],"actor":[{"reference":"PractitionerRole/ruiz"},{"reference":"Location/boston"}]}
{"resourceType":"Schedule","id":"general","serviceType":[{"coding":[{"system":"http://terminology.hl7.org/CodeSystem/service-type","code":"124","display":"General Practice"}]}],"actor":[{"reference":"Location/worcester"},{"reference":"PractitionerRole/okafor"}]}
{"resourceType":"Schedule","id":"remote","serviceType":[{"coding":[{"system":"http://terminology.hl7.org/CodeSystem/service-type","code":"124","display":"General Practice"}]}],"actor":[{"reference":"PractitionerRole/okafor"},{"reference":"Location/video"}]}
{"resourceType":"Slot","id":"derm-past","schedule":{"reference":"Schedule/derm"},"status":"free","start":"2026-09-30T09:00:00-04:00","end":"2026-09-30T09:30:00-04:00"}
{"resourceType":"Slot","id":"derm-1","schedule":{"reference":"Schedule/derm"},"status":"free","start":"2026-10-02T09:00:00.000-04:00","end":"2026-10-02T09:30:00-04","appointmentType":{"coding":[{"system":"http://terminology.hl7.org/CodeSystem/v2-0276","code":"ROUTINE"}]},"extension":[{"url":"http://fhir-registry.smarthealthit.org/StructureDefinition/booking-deep-link","valueUrl":"https://flynn.example.org/book?slot=1#top"},{"url":"http://fhir-registry.smarthealthit.org/StructureDefinition/booking-phone","valueString":"617-555-0102"},{"url":"http://hl7.org/fhir/uv/smart-scheduling-links/StructureDefinition/patient-type","valueCoding":{"system":"http://terminology.hl7.org/CodeSystem/accepting-patients","code":"newpt"}}]}
{"resourceType":"Slot","id":"derm-2","schedule":{"reference":"Schedule/derm"},"status":"free","start":"2026-10-03T13:00:00Z","end":"2026-10-03T13:30:00Z","extension":[{"url":"http://fhir-registry.smarthealthit.org/StructureDefinition/booking-deep-link","valueUrl":"https://flynn.example.org/book?slot=2"}]}
{"resourceType":"Slot","id":"derm-busy","schedule":{"reference":"Schedule/derm"},"status":"busy","start":"2026-10-02T10:00:00-04:00","end":"2026-10-02T10:30:00-04:00","extension":[{"url":"http://fhir-registry.smarthealthit.org/StructureDefinition/booking-deep-link","valueUrl":"https://flynn.example.org/book?slot=3"}]}
{"resourceType":"Slot","id":"derm-tentative","schedule":{"reference":"Schedule/derm"},"status":"busy-tentative","start":"2026-10-02T11:00:00-04:00","end":"2026-10-02T11:30:00-04:00"}
{"resourceType":"Slot","id":"derm-unavailable","schedule":{"reference":"Schedule/derm"},"status":"busy-unavailable","start":"2026-10-02T12:00:00-04:00","end":"2026-10-02T12:30:00-04:00"}
{"resourceType":"Slot","id":"derm-nobody","schedule":{"reference":"Schedule/derm"},"status":"free","start":"2026-10-02T13:00:00-04:00","end":"2026-10-02T13:30:00-04:00","extension":[{"url":"http://hl7.org/fhir/uv/smart-scheduling-links/StructureDefinition/patient-type","valueCoding":{"system":"http://terminology.hl7.org/CodeSystem/accepting-patients","code":"nopt"}}]}
{"resourceType":"Slot","id":"general-day","schedule":{"reference":"Schedule/general"},"status":"free","start":"2026-10-02T13:00:00Z","end":"2026-10-02T21:00:00Z","extension":[{"url":"http://fhir-registry.smarthealthit.org/StructureDefinition/booking-phone","valueString":"508-555-0103"},{"url":"http://fhir-registry.smarthealthit.org/StructureDefinition/slot-capacity","valueInteger":5}]}
{"resourceType":"Slot","id":"general-known","schedule":{"reference":"Schedule/general"},"status":"free","start":"2026-10-05T14:00:00Z","end":"2026-10-05T14:20:00Z","extension":[{"url":"http://hl7.org/fhir/uv/smart-scheduling-links/StructureDefinition/patient-type","valueCoding":{"system":"http://terminology.hl7.org/CodeSystem/accepting-patients","code":"existptonly"}}]}
{"resourceType":"Slot","id":"remote-1","schedule":{"reference":"Schedule/remote"},"status":"free","start":"2026-10-02T15:00:00Z","end":"2026-10-02T15:20:00Z","appointmentType":{"coding":[{"system":"http://terminology.hl7.org/CodeSystem/v2-0276","code":"FOLLOWUP"}]},"extension":[{"url":"http://fhir-registry.smarthealthit.org/StructureDefinition/booking-deep-link","valueUrl":"https://flynn.example.org/video/1"}]}
{"resourceType":"Slot","id":"broken","schedule":{"reference":"Schedule/general"},"status":"open","start":"2026-10-02T15:00:00Z","end":"2026-10-02T15:20:00Z"}
"#,
};

/// A pharmacy of New Hampshire in the dialect of 2021: vaccinations, places without providers.
pub(crate) const RIDGE: Feed = Feed {
    slug: "ridge",
    display_name: "Ridge Pharmacy",
    ndjson: r#"
{"resourceType":"Location","id":"0","name":"Ridge Pharmacy Nashua","telecom":[{"system":"phone","value":"603-555-0104"}],"address":{"line":["5 Oak St"],"city":"Nashua","state":"NH","postalCode":"03060"},"position":{"latitude":42.7571,"longitude":-71.4646}}
{"resourceType":"Schedule","id":"0","serviceType":[{"coding":[{"system":"http://terminology.hl7.org/CodeSystem/service-type","code":"57","display":"Immunization"}]}],"actor":[{"reference":"Location/0"}],"extension":[{"url":"http://fhir-registry.smarthealthit.org/StructureDefinition/vaccine-product","valueCoding":{"system":"http://hl7.org/fhir/sid/cvx","code":"207"}}]}
{"resourceType":"Slot","id":"0","schedule":{"reference":"Schedule/0"},"status":"free","start":"2026-10-02T12:30:00Z","end":"2026-10-02T12:45:00Z","extension":[{"url":"http://fhir-registry.smarthealthit.org/StructureDefinition/booking-deep-link","valueUrl":"https://ridge.example.org/#/book/0"}]}
{"resourceType":"Slot","id":"1","schedule":{"reference":"Schedule/0"},"status":"free","start":"2026-10-02T13:00:00Z","end":"2026-10-02T13:15:00Z"}
{"resourceType":"Slot","id":"2","schedule":{"reference":"Schedule/0"},"status":"busy","start":"2026-10-02T13:15:00Z","end":"2026-10-02T13:30:00Z"}
"#,
};

/// A health centre in Arizona, where clocks stand still, with all that is seldom published: languages, gender, a service
/// without appointments, a place that is virtual too, doses.
pub(crate) const VALE: Feed = Feed {
    slug: "vale",
    display_name: "Vale Health Center",
    ndjson: r#"
{"resourceType":"Location","id":"mesa","name":"Vale Health Center","address":{"line":["20 Palm Ave"],"city":"Mesa","state":"AZ","postalCode":"85201"},"position":{"latitude":33.4321,"longitude":-111.8512},"physicalType":{"coding":[{"system":"http://terminology.hl7.org/CodeSystem/location-physical-type","code":"vi"}]},"extension":[{"url":"http://hl7.org/fhir/uv/smart-scheduling-links/StructureDefinition/licensed-states","valueString":"NM"}]}
{"resourceType":"Practitioner","id":"sol","identifier":[{"system":"http://hl7.org/fhir/sid/us-npi","value":"1679576722"}],"name":[{"family":"Sol","given":["Marta"],"prefix":["Dr."]}],"gender":"female","communication":[{"coding":[{"system":"urn:ietf:bcp:47","code":"es-MX"}]}]}
{"resourceType":"Organization","id":"vale","name":"Vale Health of Maricopa"}
{"resourceType":"PractitionerRole","id":"sol","practitioner":{"reference":"Practitioner/sol"},"organization":{"reference":"Organization/vale"},"specialty":[{"coding":[{"system":"http://nucc.org/provider-taxonomy","code":"207Q00000X","display":"Family Medicine"}]}]}
{"resourceType":"HealthcareService","id":"shots","name":"Vaccinations","appointmentRequired":false}
{"resourceType":"Schedule","id":"sol","serviceType":[{"text":"Checkup"}],"actor":[{"reference":"PractitionerRole/sol"},{"reference":"Location/mesa"}]}
{"resourceType":"Schedule","id":"shots","serviceType":[{"text":"Shots"}],"actor":[{"reference":"HealthcareService/shots"},{"reference":"Location/mesa"}],"extension":[{"url":"http://hl7.org/fhir/uv/smart-scheduling-links/StructureDefinition/vaccine-product","valueCoding":{"system":"http://hl7.org/fhir/sid/cvx","code":"08","display":"Hep B"}},{"url":"http://hl7.org/fhir/uv/smart-scheduling-links/StructureDefinition/vaccine-dose","valueInteger":2}]}
{"resourceType":"Slot","id":"sol-early","schedule":{"reference":"Schedule/sol"},"status":"free","start":"2026-10-31T23:30:00-07:00","end":"2026-11-01T00:15:00-07:00"}
{"resourceType":"Slot","id":"sol-late","schedule":{"reference":"Schedule/sol"},"status":"free","start":"2026-11-02T15:00:00Z","end":"2026-11-02T15:15:00Z"}
{"resourceType":"Slot","id":"shots-day","schedule":{"reference":"Schedule/shots"},"status":"free","start":"2026-11-02T16:00:00Z","end":"2026-11-02T23:00:00Z"}
{"resourceType":"Slot","id":"shots-booked","schedule":{"reference":"Schedule/shots"},"status":"busy","start":"2026-11-02T17:00:00Z","end":"2026-11-02T17:10:00Z"}
{"resourceType":"Slot","id":"shots-appointment","schedule":{"reference":"Schedule/shots"},"status":"free","start":"2026-11-03T16:00:00Z","end":"2026-11-03T16:10:00Z","appointmentType":{"coding":[{"system":"http://terminology.hl7.org/CodeSystem/v2-0276","code":"ROUTINE"}]},"extension":[{"url":"http://hl7.org/fhir/uv/smart-scheduling-links/StructureDefinition/characteristic","extension":[{"url":"languagesSpoken","valueCode":"vi"}]}]}
"#,
};
