//! What holds for every line: nothing panics, what was written is read, and what was accepted can be read again.

use openslots_model::{AcceptingPatients, BookingMethod, Coding, OffsetInstant, SlotStatus, UnixSeconds};
use proptest::prelude::*;
use proptest::sample::{Index, select};
use serde_json::{Value, json};

use super::*;
use crate::resource::Slot;
use crate::systems::EXTENSION_BASES;

const SAMPLE: &str = r#"{"resourceType":"Slot","id":"20","schedule":{"reference":"Schedule/10"},"status":"free","start":"2021-03-01T14:00:00.000Z","end":"2021-03-01T23:00:00-05","serviceType":[{"coding":[{"system":"s","code":"57"}],"text":"t\"\\u00e9"}],"extension":[{"url":"http://hl7.org/fhir/uv/smart-scheduling-links/StructureDefinition/booking-deep-link","valueUrl":"https://example.org/"},{"url":"http://hl7.org/fhir/uv/smart-scheduling-links/StructureDefinition/slot-capacity","valueInteger":1}]}"#;
const SCHEDULE: &str = r##"{"resourceType":"Schedule","id":"1","active":true,"actor":[{"reference":"PractitionerRole/1"},{"reference":"#r"}],"contained":[{"resourceType":"PractitionerRole","id":"r","location":[{"reference":"Location/3"}],"contained":[]}],"extension":[{"url":"http://hl7.org/fhir/uv/smart-scheduling-links/StructureDefinition/vaccine-dose","valueInteger":1}]}"##;
const LOCATION: &str = r#"{"resourceType":"Location","id":"1","name":"A","position":{"latitude":42.1,"longitude":-71.2},"telecom":[{"system":"phone","value":"5"}],"address":{"line":["1 A St"],"city":"B"},"managingOrganization":{"reference":"Organization/1"}}"#;

/// What a generated slot says.
#[derive(Debug, Clone)]
struct Said {
    id: String,
    schedule: String,
    status: SlotStatus,
    start: i64,
    seconds: u32,
    offset_minutes: i32,
    has_link: bool,
    phone: Option<String>,
    capacity: Option<i64>,
    patients: Vec<AcceptingPatients>,
    languages: Vec<String>,
    service_type: Option<(String, String)>,
    comment: Option<String>,
}

prop_compose! {
    fn anything_said()(
        id in "[A-Za-z0-9.-]{1,64}",
        schedule in "[A-Za-z0-9.-]{1,64}",
        status in select(&SlotStatus::ALL[..]),
        start in 0i64..4_000_000_000,
        seconds in 0u32..10_000_000,
        offset_minutes in -14 * 60..14 * 60i32,
        (has_link, phone, capacity) in (any::<bool>(), prop::option::of("[0-9+-]{1,12}"), prop::option::of(-9i64..1_000)),
        patients in prop::sample::subsequence(AcceptingPatients::ALL.to_vec(), 0..4),
        languages in prop::sample::subsequence(vec!["en".to_owned(), "es-US".to_owned(), "vi".to_owned()], 0..3),
        service_type in prop::option::of(("[a-z0-9-]{1,8}", "[A-Z][a-z \"\\\\é]{0,8}[a-z]")),
        comment in prop::option::of("\\PC{0,12}x"),
    ) -> Said {
        Said { id, schedule, status, start, seconds, offset_minutes, has_link, phone, capacity, patients, languages, service_type, comment }
    }
}

/// An instant on a clock so many minutes east of Greenwich.
fn written(seconds: i64, offset_minutes: i32) -> String {
    let local = UnixSeconds(seconds + i64::from(offset_minutes) * 60).to_string();
    let sign = if offset_minutes < 0 { '-' } else { '+' };
    let minutes = offset_minutes.abs();
    format!("{}{sign}{:02}:{:02}", local.trim_end_matches('Z'), minutes / 60, minutes % 60)
}

/// The slot as a publisher might write it; `base` chooses the extensions' base, `noise` the order and what else is there.
fn slot_json(said: &Said, base: Index, noise: Index) -> String {
    let url = |name: &str| format!("{}/{name}", EXTENSION_BASES[base.index(2)]);
    let mut extensions = vec![json!({"url": "http://example.org/other", "valuePeriod": {"start": [1]}})];
    if said.has_link {
        extensions.push(json!({"url": url("booking-deep-link"), "valueUrl": "https://example.org/book?a=1&b=2"}));
    }
    extensions.extend(said.phone.iter().map(|phone| json!({"url": url("booking-phone"), "valueString": phone})));
    extensions.extend(said.capacity.iter().map(|n| json!({"url": url("slot-capacity"), "valueInteger": n})));
    let patients =
        said.patients.iter().map(|code| json!({"url": url("patient-type"), "valueCoding": {"code": code.as_str()}}));
    extensions.extend(patients);
    let languages = said.languages.iter().map(|code| json!({"url": "languagesSpoken", "valueCode": code}));
    extensions.push(json!({"url": url("characteristic"), "extension": languages.collect::<Vec<_>>()}));
    let n_extensions = extensions.len();
    extensions.rotate_left(noise.index(n_extensions));
    let mut fields = vec![
        ("resourceType", json!("Slot")),
        ("id", json!(said.id)),
        ("meta", json!({"lastUpdated": null, "profile": [[]]})),
        ("schedule", json!({"reference": format!("Schedule/{}", said.schedule)})),
        ("status", json!(said.status.as_str())),
        ("start", json!(written(said.start, said.offset_minutes))),
        ("end", json!(written(said.start + i64::from(said.seconds), said.offset_minutes))),
        ("overbooked", Value::Null),
        ("extension", Value::Array(extensions)),
        ("comment", json!(said.comment)),
    ];
    if let Some((code, display)) = &said.service_type {
        fields.push(("serviceType", json!([{"coding": [{"code": code, "display": display}]}])));
    }
    let n_fields = fields.len();
    fields.rotate_left(noise.index(n_fields));
    // Joined by hand: `serde_json` would sort the fields.
    let fields: Vec<String> = fields.into_iter().map(|(name, value)| format!("\"{name}\":{value}")).collect();
    format!("{{{}}}", fields.join(","))
}

/// A line near a good one: some bytes replaced, removed or doubled.
fn nearly(line: &'static str) -> impl Strategy<Value = Vec<u8>> {
    let edits = prop::collection::vec((any::<Index>(), 0u8..3, select(&b"{}[]\",:\\\t \n0-.eEtn\xef"[..])), 0..4);
    edits.prop_map(move |edits| {
        let mut bytes = line.as_bytes().to_vec();
        for (place, edit, byte) in edits {
            let at = place.index(bytes.len());
            match edit {
                0 => bytes[at] = byte,
                1 => drop(bytes.remove(at)),
                _ => bytes.insert(at, byte),
            }
        }
        bytes
    })
}

/// A good line in which one value, wherever it is, is replaced by one of another shape.
fn misshapen(line: &'static str) -> impl Strategy<Value = Vec<u8>> {
    let shapes = vec![
        json!(null),
        json!(5),
        json!(-1.5),
        json!(true),
        json!("x"),
        json!([]),
        json!({}),
        json!([[1]]),
        json!({"code": {}}),
    ];
    (prop::collection::vec(any::<Index>(), 1..5), select(shapes)).prop_map(move |(way, shape)| {
        let mut whole: Value = serde_json::from_str(line).expect("a good line");
        replace(&mut whole, &way, shape);
        whole.to_string().into_bytes()
    })
}

fn replace(place: &mut Value, way: &[Index], shape: Value) {
    match (way, place) {
        ([step, rest @ ..], Value::Object(map)) if !map.is_empty() => {
            let at = step.index(map.len());
            if let Some(child) = map.values_mut().nth(at) {
                replace(child, rest, shape);
            }
        }
        ([step, rest @ ..], Value::Array(list)) if !list.is_empty() => {
            let at = step.index(list.len());
            replace(&mut list[at], rest, shape);
        }
        (_, place) => *place = shape,
    }
}

/// Decodes a line; what is accepted must be readable again from what is kept of it.
fn decode_and_read_again(kind: ResourceKind, line: &[u8]) {
    let Ok(decoded) = decode_line(kind, line) else { return };
    let kept = decoded.repaired.as_deref().unwrap_or(line);
    let json = std::str::from_utf8(kept).expect("an accepted line is UTF-8");
    serde_json::from_str::<serde::de::IgnoredAny>(json).expect("what is kept is JSON");
    match decoded.content {
        LineContent::Slot(facts) => {
            let slot = Slot::parse(json).expect("an accepted slot is readable");
            assert_eq!((slot.id, slot.start.instant), (decoded.source_id, facts.start));
            assert_eq!(slot.traits, *facts.traits);
        }
        LineContent::Resource { references } if kind != ResourceKind::Device => {
            let resource = Resource::parse(kind, json).expect("an accepted resource is readable");
            assert_eq!(resource.references(), references);
        }
        LineContent::Resource { .. } => {}
    }
}

/// Lines as one file might have them: slots of a few patterns, some of them damaged.
fn lines_of_a_file() -> impl Strategy<Value = Vec<Vec<u8>>> {
    let patterns = prop::collection::vec((anything_said(), any::<Index>(), any::<Index>()), 1..3);
    let change = (anything_said(), any::<Index>(), prop::bool::weighted(0.2));
    let edit = (any::<Index>(), select(&b"{}\",:\\\t \n0-.eZ\xef"[..]));
    let changes = prop::collection::vec((change, prop::option::weighted(0.3, edit)), 1..12);
    (patterns, changes).prop_map(|(patterns, changes)| {
        let line = |((change, which, is_other), edit): ((Said, Index, bool), Option<(Index, u8)>)| {
            let (said, base, noise) = &patterns[which.index(patterns.len())];
            let Said { id, schedule, status, start, .. } = change.clone();
            let (seconds, phone) = (if is_other { change.seconds } else { said.seconds }, said.phone.clone());
            let phone = phone.map(|phone| if is_other { format!("{phone}1") } else { phone });
            let said = Said { id, schedule, status, start, seconds, phone, ..said.clone() };
            let mut line = slot_json(&said, *base, *noise).into_bytes();
            if let Some((at, byte)) = edit {
                let at = at.index(line.len());
                line[at] = byte;
            }
            line
        };
        changes.into_iter().map(line).collect()
    })
}

#[test]
fn slots_of_a_pattern_share_their_traits() {
    let mut decoder = LineDecoder::new(ResourceKind::Slot);
    let mut traits_of = |id: &str, status: &str, hour: u32| {
        let slot = json!({
            "resourceType": "Slot", "id": id, "schedule": {"reference": format!("Schedule/{hour}")}, "status": status,
            "start": format!("2030-01-02T{hour:02}:00:00Z"), "end": format!("2030-01-02T{hour:02}:20:00Z"),
        });
        match decoder.decode(slot.to_string().as_bytes()).expect("a slot").content {
            LineContent::Slot(facts) => facts.traits,
            LineContent::Resource { .. } => panic!("a slot"),
        }
    };
    let (free, busy) = (traits_of("a", "free", 9), traits_of("b", "busy", 10));
    assert!(Arc::ptr_eq(&free, &traits_of("c", "free", 11)) && Arc::ptr_eq(&busy, &traits_of("d", "busy", 12)));
    assert_eq!((free.status, busy.status), (SlotStatus::Free, SlotStatus::Busy));
}

proptest! {
    #[test]
    fn a_line_is_read_alike_after_others(lines in lines_of_a_file()) {
        let mut decoder = LineDecoder::new(ResourceKind::Slot);
        for line in lines {
            let want = decode_line(ResourceKind::Slot, &line);
            prop_assert_eq!(decoder.decode(&line), want, "{}", String::from_utf8_lossy(&line));
        }
    }

    #[test]
    fn what_a_slot_says_is_read(said in anything_said(), base in any::<Index>(), noise in any::<Index>()) {
        let json = slot_json(&said, base, noise);
        let decoded = decode_line(ResourceKind::Slot, json.as_bytes()).map_err(|fault| TestCaseError::fail(fault.to_string()))?;
        prop_assert_eq!(&decoded.source_id, &said.id);
        let repairs: Vec<IssueCode> = decoded.repairs.iter().map(|(code, _)| *code).collect();
        let is_odd = said.capacity.is_some_and(|capacity| capacity < 0);
        prop_assert_eq!(repairs, vec![IssueCode::OddCapacity; usize::from(is_odd)]);
        let LineContent::Slot(facts) = decoded.content else { return Err(TestCaseError::fail("a slot")) };
        prop_assert_eq!(&facts.schedule_source_id, &said.schedule);
        prop_assert_eq!(facts.start, UnixSeconds(said.start));
        let traits = &facts.traits;
        prop_assert_eq!((traits.status, traits.duration_seconds), (said.status, said.seconds));
        let booking = match (said.has_link, &said.phone) {
            (true, _) => BookingMethod::Online,
            (false, Some(_)) => BookingMethod::Phone,
            (false, None) => BookingMethod::Contact,
        };
        prop_assert_eq!(traits.booking, booking);
        prop_assert_eq!(traits.is_full, said.capacity.is_some_and(|capacity| capacity <= 0));
        prop_assert!(traits.accepting_patients.iter().all(|code| said.patients.contains(code)));
        prop_assert_eq!(traits.accepting_patients.len(), said.patients.len());
        prop_assert_eq!(&traits.languages, &said.languages);
        let service_types: Vec<Coding> = said.service_type.iter().map(|(code, display)| {
            Coding { system: None, code: Some(code.clone()), display: Some(display.clone()) }
        }).collect();
        prop_assert_eq!(&traits.service_types, &service_types);

        let slot = Slot::parse(&json).map_err(|error| TestCaseError::fail(error.to_string()))?;
        let end = OffsetInstant { instant: UnixSeconds(said.start + i64::from(said.seconds)), offset_seconds: said.offset_minutes * 60 };
        prop_assert_eq!(slot.end, end);
        prop_assert_eq!(&slot.traits, &*facts.traits);
        prop_assert_eq!((slot.booking_phone, slot.capacity), (said.phone, said.capacity));
        prop_assert_eq!(slot.booking_deep_link.is_some(), said.has_link);
        prop_assert_eq!(slot.comment, said.comment.map(|comment| comment.trim().to_owned()));
    }

    #[test]
    fn no_bytes_panic(kind in select(&ResourceKind::ALL[..]), line in prop::collection::vec(any::<u8>(), 0..80)) {
        decode_and_read_again(kind, &line);
    }

    #[test]
    fn no_damaged_line_panics(slot in nearly(SAMPLE), schedule in nearly(SCHEDULE), location in nearly(LOCATION)) {
        decode_and_read_again(ResourceKind::Slot, &slot);
        decode_and_read_again(ResourceKind::Schedule, &schedule);
        decode_and_read_again(ResourceKind::Location, &location);
    }

    #[test]
    fn no_misshapen_line_panics(slot in misshapen(SAMPLE), schedule in misshapen(SCHEDULE), location in misshapen(LOCATION)) {
        decode_and_read_again(ResourceKind::Slot, &slot);
        decode_and_read_again(ResourceKind::Schedule, &schedule);
        decode_and_read_again(ResourceKind::Location, &location);
    }
}
