//! Every search parameter that the capability statement declares changes what is found.

use std::collections::BTreeSet;

use openslots_model::ResourceKind;

use super::{app, found, id};

/// A search, and what it finds; `{north}` is the id of the Location of that source id, and so on.
const CASES: &[(&str, &str, &[&str])] = &[
    ("Location", "_id={north}", &["north"]),
    ("Location", "_lastUpdated=ge2026-09-10", &["south"]),
    ("Location", "_lastUpdated=lt2026-09-10", &["north"]),
    ("Location", "address=elm", &["south"]),
    ("Location", "address-city=bost", &["north", "other:north"]),
    ("Location", "address-city:exact=Boston", &["north", "other:north"]),
    ("Location", "address-city:exact=boston", &[]),
    ("Location", "address-postalcode=02903", &["south"]),
    ("Location", "address-state=RI", &["south"]),
    ("Location", "identifier=urn:holly|N", &["north"]),
    ("Location", "identifier=|N", &[]),
    ("Location", "identifier=urn:holly|", &["north"]),
    ("Location", "identifier=http://anywhere/publishers/other|Location/north", &["other:north"]),
    ("Location", "name=holly", &["north", "south"]),
    ("Location", "name=sud", &["south"]),
    ("Location", "name:contains=ort", &["north", "other:north"]),
    ("Location", "name=norte", &["north"]),
    ("Location", "near=42.34|-71.10|10|km", &["north", "other:north"]),
    ("Location", "near=41.82|-71.41|5|[mi_us]", &["south"]),
    ("Location", "organization=Organization/{holly}", &["north"]),
    ("Location", "organization.name=holly", &["north"]),
    ("Location", "partof={north}", &["south"]),
    ("Location", "partof:missing=true", &["north", "other:north"]),
    ("Location", "status=suspended", &["south"]),
    ("Location", "status:not=suspended", &["north", "other:north"]),
    ("Location", "type=urn:type|DX", &["north"]),
    ("Practitioner", "_id={practitioner}", &["sol"]),
    ("Practitioner", "_lastUpdated=ge2000", &[]),
    ("Practitioner", "active=true", &["sol"]),
    ("Practitioner", "communication=es", &["sol"]),
    ("Practitioner", "family=nunez", &["sol"]),
    ("Practitioner", "gender=male", &["lee"]),
    ("Practitioner", "given=ann", &["lee"]),
    ("Practitioner", "identifier=1679576722", &["sol"]),
    ("Practitioner", "name=mart", &["sol"]),
    ("PractitionerRole", "_id={role}", &["sol"]),
    ("PractitionerRole", "_lastUpdated=ge2000", &[]),
    ("PractitionerRole", "active=true", &["sol"]),
    ("PractitionerRole", "identifier=urn:role|R", &["sol"]),
    ("PractitionerRole", "location=Location/{south}", &["lee"]),
    ("PractitionerRole", "location.near=42.34|-71.10|10|km", &["sol"]),
    ("PractitionerRole", "organization=Organization/{holly}", &["sol"]),
    ("PractitionerRole", "practitioner={practitioner}", &["sol"]),
    ("PractitionerRole", "practitioner.family=lee", &["lee"]),
    ("PractitionerRole", "role=doctor", &["sol"]),
    ("PractitionerRole", "service:missing=false", &["sol"]),
    ("PractitionerRole", "specialty=http://snomed.info/sct|394582007", &["sol"]),
    ("HealthcareService", "_id={service}", &["shots"]),
    ("HealthcareService", "_lastUpdated=ge2000", &[]),
    ("HealthcareService", "active=true", &["shots"]),
    ("HealthcareService", "identifier=S", &["shots"]),
    ("HealthcareService", "location={north}", &["shots"]),
    ("HealthcareService", "name=vacc", &["shots"]),
    ("HealthcareService", "organization={holly}", &["shots"]),
    ("HealthcareService", "service-category=prev", &["shots"]),
    ("HealthcareService", "service-type=57", &["shots"]),
    ("HealthcareService", "specialty=408443003", &["shots"]),
    ("Organization", "_id={holly}", &["holly"]),
    ("Organization", "_lastUpdated=ge2000", &[]),
    ("Organization", "active=true", &["holly"]),
    ("Organization", "address=boston", &["holly"]),
    ("Organization", "address-city=boston", &["holly"]),
    ("Organization", "address-postalcode=02115", &["holly"]),
    ("Organization", "address-state=MA", &["holly"]),
    ("Organization", "identifier=H", &["holly"]),
    ("Organization", "name=branch", &["branch"]),
    ("Organization", "partof={holly}", &["branch"]),
    ("Organization", "type=prov", &["holly"]),
    ("Schedule", "_id={schedule}", &["sol"]),
    ("Schedule", "_lastUpdated=ge2000", &[]),
    ("Schedule", "active=true", &["sol"]),
    ("Schedule", "actor=Location/{north}", &["sol"]),
    ("Schedule", "actor:Location.address-state=MA", &["other:sol", "sol"]),
    ("Schedule", "actor:PractitionerRole.practitioner.name=lee", &["lee"]),
    ("Schedule", "date=ge2026-10-15", &["sol"]),
    ("Schedule", "identifier=urn:sched|1", &["sol"]),
    ("Schedule", "service-type=124", &["sol"]),
    ("Schedule", "specialty=394582007", &["sol"]),
    ("Slot", "_id={slot}", &["a"]),
    ("Slot", "appointment-type=ROUTINE", &["a"]),
    ("Slot", "appointment-type:missing=true", &["past", "other:a", "b", "c"]),
    ("Slot", "identifier=http://localhost/publishers/holly|Slot/b", &["b"]),
    ("Slot", "schedule=Schedule/{schedule}", &["a", "b"]),
    ("Slot", "schedule.actor=Location/{north}", &["a", "b"]),
    ("Slot", "schedule.actor:Location.near=42.34|-71.10|10|km", &["a", "other:a", "b"]),
    ("Slot", "schedule.actor:Location.address-city=boston", &["a", "other:a", "b"]),
    ("Slot", "schedule.actor:PractitionerRole.specialty=394582007", &["a", "b"]),
    ("Slot", "schedule.actor:PractitionerRole.practitioner.family=lee", &["past", "c"]),
    // What a slot says of itself goes over what its schedule says.
    ("Slot", "service-type=124", &["a"]),
    ("Slot", "service-type=urn:st|57", &["b"]),
    ("Slot", "service-type:not=124", &["past", "other:a", "b", "c"]),
    ("Slot", "specialty=207Q00000X", &["c"]),
    ("Slot", "start=2026-10-03", &["b"]),
    ("Slot", "start=ge2026-10-02T13:00:01Z&start=lt2026-10-04", &["other:a", "b"]),
    ("Slot", "start=ne2026-10-02", &["past", "b", "c"]),
    ("Slot", "status=busy", &["b"]),
    ("Slot", "status=free,busy&start=gt2026-10-02", &["b", "c"]),
    ("Slot", "status:not=free", &["b"]),
];

fn named(query: &str) -> String {
    use ResourceKind::{HealthcareService, Location, Organization, Practitioner, PractitionerRole, Schedule, Slot};
    let mut query = query.to_owned();
    for (name, kind, source_id) in [
        ("{north}", Location, "north"),
        ("{south}", Location, "south"),
        ("{holly}", Organization, "holly"),
        ("{practitioner}", Practitioner, "sol"),
        ("{role}", PractitionerRole, "sol"),
        ("{service}", HealthcareService, "shots"),
        ("{schedule}", Schedule, "sol"),
        ("{slot}", Slot, "a"),
    ] {
        query = query.replace(name, &id(kind, source_id));
    }
    query
}

#[tokio::test]
async fn each_parameter_changes_the_result() {
    let app = app();
    let mut covered: BTreeSet<(String, String)> = BTreeSet::new();
    for (kind, query, want) in CASES {
        let all = app.json(&format!("/fhir/{kind}?_count=100")).await;
        let bundle = app.json(&format!("/fhir/{kind}?_count=100&{}", named(query).replace('|', "%7C"))).await;
        let (mut got, mut want): (Vec<String>, Vec<String>) =
            (found(&bundle), want.iter().map(|id| (*id).to_owned()).collect());
        if *kind != "Slot" {
            got.sort();
            want.sort();
        }
        assert_eq!(got, want, "{kind}?{query}");
        assert_eq!(bundle["total"], got.len(), "{kind}?{query}");
        assert_ne!(bundle["total"], all["total"], "{kind}?{query} changes nothing");
        for pair in query.split('&') {
            let name = pair.split(['=', ':', '.']).next().unwrap_or_default();
            covered.insert(((*kind).to_owned(), name.to_owned()));
        }
    }
    let metadata = app.json("/fhir/metadata").await;
    for resource in metadata["rest"][0]["resource"].as_array().unwrap() {
        for parameter in resource["searchParam"].as_array().into_iter().flatten() {
            let declared =
                (resource["type"].as_str().unwrap().to_owned(), parameter["name"].as_str().unwrap().to_owned());
            assert!(covered.contains(&declared), "{declared:?} has no case");
        }
    }
}
