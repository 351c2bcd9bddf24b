//! Every quirk of a line that is put up with, as tables.

use openslots_model::{AcceptingPatients, BookingMethod, Coding, SlotStatus};
use serde_json::{Value, json};

use super::*;
use crate::resource::Slot;

const OLD: &str = "http://fhir-registry.smarthealthit.org/StructureDefinition";
const NEW: &str = "http://hl7.org/fhir/uv/smart-scheduling-links/StructureDefinition";

/// A plain slot with some elements replaced; null removes one.
fn slot_with(changes: Value) -> String {
    let mut slot = json!({
        "resourceType": "Slot", "id": "20", "schedule": {"reference": "Schedule/10"}, "status": "free",
        "start": "2026-10-05T14:00:00Z", "end": "2026-10-05T14:30:00Z",
    });
    let (Value::Object(slot), Value::Object(changes)) = (&mut slot, changes) else { panic!("objects") };
    for (name, value) in changes {
        if value.is_null() {
            slot.remove(&name);
        } else {
            slot.insert(name, value);
        }
    }
    Value::Object(slot.clone()).to_string()
}

fn decode(line: &str) -> DecodedLine {
    decode_line(ResourceKind::Slot, line.as_bytes()).unwrap_or_else(|fault| panic!("{fault} in {line}"))
}

fn facts(line: &str) -> SlotFacts {
    match decode(line).content {
        LineContent::Slot(facts) => facts,
        LineContent::Resource { .. } => panic!("a slot"),
    }
}

fn codes(line: &DecodedLine) -> Vec<IssueCode> {
    line.repairs.iter().map(|(code, _)| *code).collect()
}

fn fault(line: &[u8]) -> LineFault {
    decode_line(ResourceKind::Slot, line).expect_err(&String::from_utf8_lossy(line))
}

fn display(text: &str) -> Coding {
    Coding { display: Some(text.to_owned()), ..Coding::default() }
}

fn code(text: &str) -> Coding {
    Coding { code: Some(text.to_owned()), ..Coding::default() }
}

#[test]
fn a_plain_slot_is_read_without_repair() {
    let line = slot_with(json!({"extension": [
        {"url": format!("{OLD}/booking-deep-link"), "valueUrl": "https://example.org/book?slot=1"},
        {"url": format!("{OLD}/booking-phone"), "valueString": "555-0100"},
        {"url": format!("{OLD}/slot-capacity"), "valueInteger": 100},
    ]}));
    let decoded = decode(&line);
    assert_eq!((decoded.source_id.as_str(), codes(&decoded), &decoded.repaired), ("20", vec![], &None));
    let facts = facts(&line);
    assert_eq!(facts.schedule_source_id, "10");
    assert_eq!(facts.start.to_string(), "2026-10-05T14:00:00Z");
    let traits = facts.traits;
    assert_eq!((traits.status, traits.duration_seconds, traits.is_full), (SlotStatus::Free, 1800, false));
    assert_eq!(traits.booking, BookingMethod::Online);
}

#[test]
fn lines_that_are_no_slot_are_rejected() {
    for (line, want) in [
        (&b"{"[..], IssueCode::InvalidJson),
        (b"  \"id\": \"1\",", IssueCode::InvalidJson),
        (b"<html><body>404</body></html>", IssueCode::InvalidJson),
        (b"not json", IssueCode::InvalidJson),
        (b"{\"resourceType\":\"Slot\",\"id\":\"20\",\"sched", IssueCode::InvalidJson),
        (b"{\"resourceType\":\"Slot\"},{\"resourceType\":\"Slot\"}", IssueCode::InvalidJson),
        (b"", IssueCode::InvalidJson),
        (b"5", IssueCode::InvalidShape),
        (b"null", IssueCode::InvalidShape),
        (b"\"Slot\"", IssueCode::InvalidShape),
        (b"[\"Slot\",\"20\",{\"reference\":\"Schedule/1\"}]", IssueCode::InvalidShape),
        (b"{\"resourceType\":\"Slot\",\"id\":\"\xff\"}", IssueCode::InvalidEncoding),
        (b"{}", IssueCode::MissingType),
        (b"{\"resourceType\":null,\"id\":\"1\"}", IssueCode::MissingType),
        (b"{\"resourceType\":\"Location\",\"id\":\"1\"}", IssueCode::UnexpectedType),
        (b"{\"resourceType\":\"Bundle\",\"entry\":[]}", IssueCode::UnexpectedType),
    ] {
        assert_eq!(fault(line).code, want, "{}", String::from_utf8_lossy(line));
    }
}

#[test]
fn slots_that_lack_what_nobody_can_do_without_are_rejected() {
    for (changes, want) in [
        (json!({"id": null}), IssueCode::MissingId),
        (json!({"id": " "}), IssueCode::MissingId),
        (json!({"id": {"value": "1"}}), IssueCode::MissingId),
        (json!({"id": 1.5}), IssueCode::MissingId),
        (json!({"schedule": null}), IssueCode::MissingSchedule),
        (json!({"schedule": {}}), IssueCode::MissingSchedule),
        (json!({"schedule": {"reference": null}}), IssueCode::MissingSchedule),
        (json!({"schedule": {"reference": "Location/1"}}), IssueCode::MissingSchedule),
        (json!({"schedule": {"reference": "10"}}), IssueCode::MissingSchedule),
        (json!({"schedule": {"reference": "#contained"}}), IssueCode::MissingSchedule),
        (json!({"schedule": 10}), IssueCode::MissingSchedule),
        (json!({"status": null}), IssueCode::InvalidStatus),
        (json!({"status": "open"}), IssueCode::InvalidStatus),
        (json!({"status": ["free"]}), IssueCode::InvalidStatus),
        (json!({"start": null}), IssueCode::InvalidTime),
        (json!({"start": "tomorrow"}), IssueCode::InvalidTime),
        (json!({"start": "2026-10-05T14:00:00"}), IssueCode::InvalidTime),
        (json!({"start": 1_790_000_000}), IssueCode::InvalidTime),
        (json!({"start": {}}), IssueCode::InvalidTime),
        (json!({"end": null}), IssueCode::InvalidTime),
        (json!({"end": "2026-02-30T14:00:00Z"}), IssueCode::InvalidTime),
        (json!({"end": "2026-10-05T13:59:59Z"}), IssueCode::EndBeforeStart),
    ] {
        assert_eq!(fault(slot_with(changes.clone()).as_bytes()).code, want, "{changes}");
    }
}

#[test]
fn faults_say_what_was_found() {
    for (changes, want) in [
        (json!({"status": "open"}), "status `open` is not free"),
        (json!({"start": "tomorrow"}), "start `tomorrow` is not a timestamp"),
        (json!({"start": {"a": 1}}), "start is missing; `start` is left out: invalid type: map, expected a text"),
        (json!({"schedule": {"reference": "Location/1"}}), "schedule `Location/1` is not of the form Schedule/id"),
        (json!({"resourceType": "Location"}), "resourceType is `Location`, the manifest says Slot"),
    ] {
        let detail = fault(slot_with(changes).as_bytes()).detail;
        assert!(detail.contains(want), "{detail}");
    }
    for (line, want) in
        [("{", "pretty-printed"), ("<html>", "HTML"), ("{\"a\":1},{\"a\":2}", "one resource on one line")]
    {
        let detail = fault(line.as_bytes()).detail;
        assert!(detail.contains(want), "{detail}");
    }
}

#[test]
fn odd_ids_are_accepted_and_reported() {
    let long = "x".repeat(65);
    for (id, want, code) in [
        (json!("a-1.B"), "a-1.B", None),
        (json!(20), "20", Some(IssueCode::NumericId)),
        (json!("store_12"), "store_12", Some(IssueCode::IllegalId)),
        (json!("store 12"), "store 12", Some(IssueCode::IllegalId)),
        (json!(long), long.as_str(), Some(IssueCode::IllegalId)),
        (json!("käse"), "käse", Some(IssueCode::IllegalId)),
    ] {
        let decoded = decode(&slot_with(json!({"id": id})));
        assert_eq!((decoded.source_id.as_str(), codes(&decoded)), (want, Vec::from_iter(code)));
    }
}

#[test]
fn schedules_are_found_in_every_form_of_reference() {
    for (schedule, want) in [
        (json!({"reference": "Schedule/10"}), "10"),
        (json!({"reference": "https://fhir.example.org/r4/Schedule/10"}), "10"),
        (json!({"reference": "Schedule/10/_history/2", "display": "Dr. A"}), "10"),
        (json!({"reference": "Schedule/store_1 x"}), "store_1 x"),
        (json!([{"reference": "Schedule/10"}]), "10"),
        (json!("Schedule/10"), "10"),
    ] {
        assert_eq!(facts(&slot_with(json!({"schedule": schedule.clone()}))).schedule_source_id, want, "{schedule}");
    }
}

#[test]
fn times_are_repaired_and_reported() {
    for (start, want, n_repairs) in [
        ("2026-10-05T10:00:00-04:00", "2026-10-05T14:00:00Z", 0),
        ("2026-10-05T14:00:00.000Z", "2026-10-05T14:00:00Z", 0),
        ("2026-10-05T10:00:00-04", "2026-10-05T14:00:00Z", 1),
        ("2026-10-05T10:00:00-0400", "2026-10-05T14:00:00Z", 1),
        ("2026-10-05T14:00Z", "2026-10-05T14:00:00Z", 1),
        ("2026-10-05t14:00:00z", "2026-10-05T14:00:00Z", 1),
    ] {
        let line = slot_with(json!({"start": start}));
        assert_eq!(facts(&line).start.to_string(), want);
        assert_eq!(codes(&decode(&line)), vec![IssueCode::RepairedTime; n_repairs], "{start}");
    }
    let empty = facts(&slot_with(json!({"end": "2026-10-05T14:00:00Z"})));
    assert_eq!(empty.traits.duration_seconds, 0, "a slot that ends when it starts is a day capacity");
    let endless = facts(&slot_with(json!({"end": "9999-10-05T14:00:00Z"})));
    assert_eq!(endless.traits.duration_seconds, u32::MAX);
}

#[test]
fn stray_characters_and_tabs_are_mended() {
    let plain = slot_with(json!({}));
    let stray = vec![IssueCode::StrayCharacters];
    let with_tab = slot_with(json!({"comment": "a\tb"})).replace("\\t", "\t");
    let mended_tab = slot_with(json!({"comment": "a\tb"}));
    for (line, want, mended) in [
        (format!("{plain},"), stray.clone(), Some(&plain)),
        (format!("[{plain},"), stray.clone(), Some(&plain)),
        (format!(" {plain} ] "), stray.clone(), Some(&plain)),
        (format!("[{plain}]"), stray.clone(), Some(&plain)),
        (format!("\u{feff}{plain}"), stray.clone(), Some(&plain)),
        (with_tab.clone(), vec![IssueCode::RepairedTab], Some(&mended_tab)),
        (format!("{with_tab},"), vec![IssueCode::StrayCharacters, IssueCode::RepairedTab], Some(&mended_tab)),
        (format!("\t {plain}\r"), vec![], None),
    ] {
        let decoded = decode(&line);
        assert_eq!(codes(&decoded), want, "{line}");
        assert_eq!(decoded.repaired.as_deref(), mended.map(String::as_bytes), "{line}");
    }
    assert_eq!(fault(with_tab.replace('\t', "\u{1}").as_bytes()).code, IssueCode::InvalidJson, "only tabs are mended");
}

#[test]
fn nulls_are_absent() {
    let line = slot_with(json!({})).replace(
        '{',
        r#"{"extension":null,"serviceType":null,"specialty":[null],"comment":null,"meta":null,"appointmentType":null,"#,
    );
    // The replacement also reached the schedule's object: its nulls are absent as well.
    assert_eq!(codes(&decode(&line)), vec![]);
    assert_eq!(facts(&line), facts(&slot_with(json!({}))));
}

#[test]
fn service_types_are_read_in_every_shape() {
    let concept = json!({"coding": [{"code": "57"}]});
    for (value, want) in [
        (json!([concept]), vec![code("57")]),
        (concept.clone(), vec![code("57")]),
        (json!([{"code": "57"}]), vec![code("57")]),
        (json!([{"concept": concept}]), vec![code("57")]),
        (json!([{"text": "Flu shot"}]), vec![display("Flu shot")]),
        (json!([{"coding": {"code": "57"}}, {"text": "Flu shot"}]), vec![code("57"), display("Flu shot")]),
        (json!([]), vec![]),
    ] {
        for name in ["serviceType", "specialty", "appointmentType"] {
            let line = slot_with(json!({name: value.clone()}));
            let traits = Arc::unwrap_or_clone(facts(&line).traits);
            let got = match name {
                "serviceType" => traits.service_types,
                "specialty" => traits.specialties,
                _ => traits.appointment_types,
            };
            assert_eq!((got, codes(&decode(&line))), (want.clone(), vec![]), "{name} {value}");
        }
    }
}

#[test]
fn unreadable_elements_are_left_out_and_the_slot_is_kept() {
    for (changes, want) in [
        (json!({"serviceType": [{"coding": [{"code": {}}]}]}), &["`serviceType[0].coding[0].code`"][..]),
        (json!({"serviceType": 57, "specialty": true}), &["`serviceType`", "`specialty`"]),
        (json!({"extension": "none"}), &["`extension`"]),
        (
            json!({"extension": [5, {"url": format!("{OLD}/booking-phone"), "valueString": ["555"]}]}),
            &["`extension[0]`", "`extension[0].valueString`"],
        ),
        (json!({"comment": {"text": "x"}}), &["`comment`"]),
    ] {
        let decoded = decode(&slot_with(changes.clone()));
        let details: Vec<&str> = decoded.repairs.iter().map(|(_, detail)| detail.as_str()).collect();
        assert_eq!(codes(&decoded), vec![IssueCode::IgnoredElement; want.len()], "{changes}");
        for (detail, want) in details.iter().zip(want) {
            assert!(detail.starts_with(want), "{detail} should start with {want}");
        }
        assert_eq!(decoded.repaired, None, "the bytes as given are valid JSON");
    }
    let hopeless = json!({"extension": vec![5; 17]});
    assert_eq!(fault(slot_with(hopeless).as_bytes()).code, IssueCode::InvalidShape);
}

#[test]
fn of_an_element_that_is_there_twice_the_last_counts() {
    let line = slot_with(json!({})).replacen('{', r#"{"status":"busy","#, 1);
    let decoded = decode(&line);
    assert_eq!(codes(&decoded), vec![IssueCode::IgnoredElement]);
    assert_eq!(facts(&line).traits.status, SlotStatus::Free);
}

#[test]
fn booking_is_online_or_by_phone_or_by_contact() {
    let link = |url: &str| json!({"url": format!("{NEW}/booking-deep-link"), "valueUrl": url});
    let phone = json!({"url": format!("{NEW}/booking-phone"), "valueString": "555-0100"});
    let unusable = vec![IssueCode::UnusableLink];
    for (extensions, want, codes_wanted) in [
        (json!([link("https://example.org/"), phone]), BookingMethod::Online, vec![]),
        (json!([phone]), BookingMethod::Phone, vec![]),
        (json!([]), BookingMethod::Contact, vec![]),
        (json!([link("")]), BookingMethod::Contact, vec![]),
        (json!([link("javascript:alert(1)"), phone]), BookingMethod::Phone, unusable.clone()),
        (json!([link("example.org/book")]), BookingMethod::Contact, unusable.clone()),
        (json!([link("ftp://example.org/"), link("https://example.org/")]), BookingMethod::Online, unusable),
        (
            json!([{"url": "http://example.org/booking-deep-link", "valueUrl": "https://x.org/"}]),
            BookingMethod::Contact,
            vec![],
        ),
    ] {
        let line = slot_with(json!({"extension": extensions.clone()}));
        assert_eq!((facts(&line).traits.booking, codes(&decode(&line))), (want, codes_wanted), "{extensions}");
    }
}

#[test]
fn capacities_are_read_as_they_come() {
    let odd = Some(IssueCode::OddCapacity);
    for (value, full, capacity, code) in [
        (json!({"valueInteger": 5}), false, Some(5), None),
        (json!({"valueInteger": 0}), true, Some(0), None),
        (json!({"valueInteger": -3}), true, Some(-3), odd),
        (json!({"valueInteger": "7"}), false, Some(7), None),
        (json!({"valueDecimal": 2.0}), false, Some(2), None),
        (json!({"valueDecimal": 2.9}), false, Some(2), odd),
        (json!({"valueDecimal": 0.5}), false, Some(1), odd),
        (json!({"valueString": "0"}), true, Some(0), None),
        (json!({"valueString": "None"}), true, Some(0), odd),
        (json!({"valueString": "limited"}), false, None, Some(IssueCode::IgnoredElement)),
        (json!({"valueInteger": null}), false, None, None),
        (json!({"valueInteger": 1e300}), false, Some(i64::MAX), odd),
    ] {
        let mut extension = value.clone();
        extension["url"] = json!(format!("{OLD}/slot-capacity"));
        let line = slot_with(json!({"extension": [extension]}));
        let decoded = decode(&line);
        assert_eq!(facts(&line).traits.is_full, full, "{value}");
        assert_eq!(Slot::parse(&line).expect("readable").capacity, capacity, "{value}");
        assert_eq!(codes(&decoded), Vec::from_iter(code), "{value}");
    }
}

#[test]
fn patients_and_languages_are_read_from_either_extension() {
    let patients = |code: &str| json!({"system": crate::systems::ACCEPTING_PATIENTS, "code": code});
    let language = |code: &str| json!({"url": "languagesSpoken", "valueCodeableConcept": {"coding": [{"code": code}]}});
    let new = vec![AcceptingPatients::New];
    for (changes, want, languages) in [
        (
            json!({"extension": [{"url": format!("{NEW}/patient-type"), "valueCoding": patients("newpt")}]}),
            new.clone(),
            vec![],
        ),
        (json!({"extension": [{"url": format!("{NEW}/patient-type"), "valueCode": "newpt"}]}), new.clone(), vec![]),
        (
            json!({"extension": [{"url": format!("{NEW}/characteristic"), "extension": [
                {"url": "acceptingPatients", "valueCodeableConcept": {"coding": [patients("newpt")]}},
                language("en-US"), language("es"), language("es"),
            ]}]}),
            new.clone(),
            vec!["en-US", "es"],
        ),
        (
            json!({"extension": [
                {"url": format!("{NEW}/patient-type"), "valueCoding": patients("existptonly")},
                {"url": format!("{OLD}/patient-type"), "valueCoding": patients("existptfam")},
            ]}),
            vec![AcceptingPatients::ExistingOnly, AcceptingPatients::ExistingAndFamily],
            vec![],
        ),
        (json!({"appointmentType": {"coding": [patients("newpt")]}}), new, vec![]),
    ] {
        let line = slot_with(changes);
        let traits = facts(&line).traits;
        assert_eq!(traits.accepting_patients, want);
        assert_eq!(traits.languages, languages);
        assert_eq!(codes(&decode(&line)), vec![]);
    }
    let unknown = json!({"extension": [{"url": format!("{NEW}/patient-type"), "valueCoding": patients("anybody")}]});
    let decoded = decode(&slot_with(unknown));
    assert_eq!(codes(&decoded), vec![IssueCode::IgnoredElement]);
}

#[test]
fn references_of_resources_are_collected_once() {
    for (kind, line, want) in [
        (
            ResourceKind::Schedule,
            json!({"actor": [
                {"reference": "PractitionerRole/1"}, {"reference": "https://x.org/Location/2/_history/1"},
                {"reference": "Location/2"}, {"reference": "#r"}, {"reference": "Patient/9"}, null, {"display": "Dr. A"},
            ], "contained": [{"resourceType": "PractitionerRole", "id": "r", "location": [{"reference": "Location/3"}]}]}),
            vec!["PractitionerRole/1", "Location/2", "Location/3"],
        ),
        (
            ResourceKind::PractitionerRole,
            json!({"practitioner": {"reference": "Practitioner/1"}, "organization": {"reference": "Organization/2"},
                "location": [{"reference": "Location/3"}], "healthcareService": [{"reference": "HealthcareService/4"}]}),
            vec!["Practitioner/1", "Organization/2", "Location/3", "HealthcareService/4"],
        ),
        (
            ResourceKind::HealthcareService,
            json!({"providedBy": {"reference": "Organization/2"}, "location": {"reference": "Location/3"}}),
            vec!["Organization/2", "Location/3"],
        ),
        (
            ResourceKind::Location,
            json!({"managingOrganization": {"reference": "Organization/2"}}),
            vec!["Organization/2"],
        ),
        (ResourceKind::Device, json!({"location": {"reference": "Location/3"}}), vec!["Location/3"]),
        (ResourceKind::Practitioner, json!({}), vec![]),
        (ResourceKind::Organization, json!({"partOf": {"reference": "Organization/1"}}), vec![]),
    ] {
        let mut line = line;
        line["resourceType"] = json!(kind.as_str());
        line["id"] = json!("1");
        let decoded = decode_line(kind, line.to_string().as_bytes()).expect("readable");
        let LineContent::Resource { references } = &decoded.content else { panic!("a resource") };
        let got: Vec<String> =
            references.iter().map(|target| format!("{}/{}", target.kind, target.source_id)).collect();
        assert_eq!((got, codes(&decoded)), (want.iter().map(|text| (*text).to_owned()).collect(), vec![]), "{kind}");
    }
}

#[test]
fn resources_are_kept_without_their_unreadable_elements() {
    for (kind, line, want) in [
        (
            ResourceKind::Location,
            r#"{"resourceType":"Location","id":"1","position":{"latitude":0,"longitude":0}}"#,
            IssueCode::UnusablePosition,
        ),
        (
            ResourceKind::Location,
            r#"{"resourceType":"Location","id":"1","position":{"latitude":"north"}}"#,
            IssueCode::IgnoredElement,
        ),
        (ResourceKind::Location, r#"{"resourceType":"Location","id":"99999"}"#, IssueCode::TestData),
        (
            ResourceKind::Location,
            r#"{"resourceType":"Location","id":"1","identifier":[{"value":"99999"}]}"#,
            IssueCode::TestData,
        ),
        (
            ResourceKind::Location,
            r#"{"resourceType":"Location","id":"1","telecom":[{"system":"phone","value":"(000) 000-0000"}]}"#,
            IssueCode::TestData,
        ),
        (ResourceKind::Location, r#"{"resourceType":"Location","id":1}"#, IssueCode::NumericId),
        (ResourceKind::Location, r#"{"resourceType":"Location","id":"1"},"#, IssueCode::StrayCharacters),
        (ResourceKind::Schedule, r#"{"resourceType":"Schedule","id":"1","actor":[5]}"#, IssueCode::IgnoredElement),
        (ResourceKind::Schedule, r#"{"resourceType":"Schedule","id":"a_b"}"#, IssueCode::IllegalId),
        (ResourceKind::Device, r#"{"resourceType":"Device","id":"1","location":5}"#, IssueCode::IgnoredElement),
    ] {
        let decoded = decode_line(kind, line.as_bytes()).expect(line);
        assert_eq!(codes(&decoded).first(), Some(&want), "{line}");
    }
}

#[test]
fn an_aggregators_word_is_read_and_an_unreadable_one_is_none() {
    let sync = |value: Value| {
        let extension = json!([null, {"url": crate::systems::LAST_SOURCE_SYNC, "valueDateTime": value}]);
        Slot::parse(&slot_with(json!({"meta": {"extension": extension}}))).expect("readable").last_source_sync
    };
    for (value, want) in [
        (json!("2026-10-05T10:00:00-04:00"), Some("2026-10-05T10:00:00-04:00")),
        (json!("2026-10-05T10:00:00-04"), Some("2026-10-05T10:00:00-04:00")),
        (json!("2026-10-05"), None),
        (json!(5), None),
        (json!(null), None),
    ] {
        assert_eq!(sync(value.clone()).map(|time| time.to_string()).as_deref(), want, "{value}");
    }
    assert_eq!(Slot::parse(&slot_with(json!({"meta": 5}))).expect("readable").last_source_sync, None);
}
