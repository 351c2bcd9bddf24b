//! What is easier told as a story than as a model: rides, notices, erasure, forgetting, reconciling, who may read files.

use std::os::unix::fs::PermissionsExt;

use openslots_care::access::{Acting, ApplicationId, Caller};
use openslots_care::booking::{AttemptRequest, PortalReturn, Returned};
use openslots_care::resource::{CareKind, Stored};
use openslots_care::transport::{Pickup, RideRequest, RideStatus, RideUpdate};
use openslots_care::{Attendee, CalendarSource, Care, CareOptions, CareSearch, Error, Interaction, Retention, Work};
use openslots_model::UnixSeconds;
use serde_json::json;

use crate::given::{consent, facts, options, state_of};

const NOW: UnixSeconds = UnixSeconds(1_800_000_000);

struct Scene {
    folder: tempfile::TempDir,
    care: Care,
    caller: Caller,
}

impl Scene {
    fn new() -> Self {
        Self::with(options())
    }

    fn with(options: CareOptions) -> Self {
        let folder = tempfile::tempdir().expect("a folder");
        let care = Care::open(&folder.path().join("care.db"), options).expect("a database");
        let application: ApplicationId = "finder".parse().expect("an id");
        let json = r#"{"resourceType":"Patient","name":[{"family":"Zebedee-Quill"}],"address":[{"use":"home","postalCode":"02139"}]}"#;
        let patient = care.admit_patient(&application, json.as_bytes(), NOW).expect("a patient");
        Self { folder, care, caller: Caller { application, patient: patient.id, acting: Acting::Patient } }
    }

    fn call<T>(&self, work: impl FnOnce(&Work<'_>) -> Result<T, Error>) -> Result<T, Error> {
        self.call_at(NOW, work)
    }

    fn call_at<T>(&self, now: UnixSeconds, work: impl FnOnce(&Work<'_>) -> Result<T, Error>) -> Result<T, Error> {
        self.care.call(&self.caller, Interaction::operation("$test"), ("Task", None), now, work)
    }

    /// An appointment that a portal has booked, in a week.
    fn book(&self, wants_transport: bool) -> Stored {
        let request = AttemptRequest { wants_transport, ..AttemptRequest::default() };
        let opened =
            self.call(|work| work.open_attempt(facts(1, NOW.plus_seconds(604_800)), &request)).expect("an attempt");
        let returned = PortalReturn {
            state: state_of(&opened.url),
            outcome: "booked".to_owned(),
            booking_ref: Some("C-1".to_owned()),
            appointment_ref: Some("https://ehr.example.org/Appointment/77".to_owned()),
            result_token: Some("one-time-token".to_owned()),
            ..PortalReturn::default()
        };
        match self.care.take_return(&returned, NOW).expect("a database") {
            Returned::Taken(result) => result.appointment.expect("an appointment"),
            Returned::Refused(why) => panic!("{why:?}"),
        }
    }

    fn tasks(&self, code: &str) -> Vec<Stored> {
        let wanted = CareSearch { codes: vec![code.to_owned()], ..CareSearch::default() };
        self.call(|work| work.search(CareKind::Task, &wanted)).expect("tasks")
    }

    fn put(&self, of: &Stored, change: impl FnOnce(&mut serde_json::Value)) -> Result<Stored, Error> {
        let mut body = of.to_json();
        change(&mut body);
        self.call(|work| work.put(of.kind, of.id, body.to_string().as_bytes(), Some(of.version)))
    }
}

#[test]
fn the_hand_off_says_nothing_of_the_patient_and_secrets_are_not_shown() {
    let scene = Scene::new();
    let request = AttemptRequest { source: Some("finder".to_owned()), ..AttemptRequest::default() };
    let opened = scene.call(|work| work.open_attempt(facts(1, NOW.plus_seconds(60)), &request)).expect("an attempt");
    let names: Vec<String> = opened.url.query_pairs().map(|(name, _)| name.into_owned()).collect();
    assert_eq!(names, ["slot", "source", "state", "returnUrl"]);
    assert!(!opened.url.as_str().contains(&scene.caller.patient.to_string()));
    let booked = scene.book(false).to_json().to_string();
    assert!(booked.contains("C-1") && !booked.contains("Appointment/77") && !booked.contains("one-time-token"));
    let begun = scene.call(|work| work.open_attempt(facts(1, NOW), &request));
    assert!(matches!(begun, Err(Error::Invalid(faults)) if faults[0].element == "Slot.start"));
}

#[test]
fn a_ride_follows_its_appointment_and_its_vendor() {
    let scene = Scene::new();
    let appointment = scene.book(true);
    let template = scene.tasks("arrange-transportation").pop().expect("a task from the template");
    let wanted = RideRequest { vendor: Some("cab".to_owned()), ..RideRequest::default() };
    let ride = scene.call(|work| work.arrange_ride(appointment.id, &wanted)).expect("a ride");
    assert_eq!(ride.task.id, template.id, "the task of the template is the ride's");
    assert!(ride.estimate.sentence().contains("estimate"));
    let period = &ride.request.body["occurrencePeriod"];
    let start = appointment.body["start"].as_str().expect("a start");
    assert!(period["start"].as_str() < period["end"].as_str() && period["end"].as_str() < Some(start));
    let twice = scene.call(|work| work.arrange_ride(appointment.id, &wanted));
    assert!(matches!(twice, Err(Error::Invalid(_))), "{twice:?}");

    let update = |status, vendor: &str| RideUpdate {
        vendor: vendor.to_owned(),
        trip_id: "T-9".to_owned(),
        status,
        note: Some("blue car".to_owned()),
    };
    assert!(scene.care.update_ride(template.id, &update(RideStatus::Accepted, "other"), NOW).is_err());
    let accepted = scene.care.update_ride(template.id, &update(RideStatus::Accepted, "cab"), NOW).expect("accepted");
    assert_eq!(accepted.body["identifier"][0]["value"], "T-9");
    let again = scene.care.update_ride(template.id, &update(RideStatus::Accepted, "cab"), NOW).expect("the same");
    assert_eq!(again.version, accepted.version, "saying it twice changes nothing");
    let skipped = scene.care.update_ride(template.id, &update(RideStatus::Completed, "cab"), NOW);
    assert!(matches!(skipped, Err(Error::Invalid(_))), "{skipped:?}");

    let moved = scene
        .put(&appointment, |body| {
            body["start"] = json!(NOW.plus_seconds(700_000).to_string());
            body["end"] = json!(NOW.plus_seconds(701_800).to_string());
        })
        .expect("moved");
    let shown = scene.tasks("arrange-transportation").pop().expect("the ride");
    assert_eq!(
        (shown.body["statusReason"]["text"].as_str(), shown.text("status")),
        (Some("appointment-moved"), Some("accepted"))
    );
    let request = scene.call(|work| work.read(CareKind::ServiceRequest, ride.request.id)).expect("the request");
    assert_eq!(request.text("status"), Some("on-hold"));

    scene.put(&moved, |body| body["status"] = json!("cancelled")).expect("cancelled");
    let shown = scene.tasks("arrange-transportation").pop().expect("the ride");
    assert_eq!(shown.body["statusReason"]["text"], "appointment-cancelled");
    let request = scene.call(|work| work.read(CareKind::ServiceRequest, ride.request.id)).expect("the request");
    assert_eq!(request.text("status"), Some("revoked"));
    let late = scene.call(|work| work.arrange_ride(appointment.id, &wanted));
    assert!(matches!(late, Err(Error::Invalid(faults)) if faults[0].element == "Appointment.status"));
}

#[test]
fn a_ride_needs_to_know_where_it_begins() {
    let scene = Scene::new();
    let appointment = scene.book(false);
    let patient = scene.call(|work| work.read(CareKind::Patient, scene.caller.patient)).expect("the patient");
    scene.put(&patient, |body| _ = body.as_object_mut().expect("an object").remove("address")).expect("no address");
    let home = scene.call(|work| work.arrange_ride(appointment.id, &RideRequest::default()));
    assert!(matches!(home, Err(Error::Invalid(faults)) if faults[0].element == "Patient.address"));
    let pickup = Pickup::Address("1 Main St, Boston, MA 02108".to_owned());
    let ride = scene.call(|work| work.arrange_ride(appointment.id, &RideRequest { pickup, ..RideRequest::default() }));
    assert_eq!(ride.expect("a ride").estimate.road_miles, None, "the slot's place is not known");
}

#[test]
fn notices_come_until_they_are_taken() {
    let scene = Scene::new();
    let subscription = json!({
        "resourceType": "Subscription",
        "status": "requested",
        "reason": "to show changes",
        "criteria": "Task?code=complete-forms",
        "channel": { "type": "rest-hook", "endpoint": "https://app.example.org/hook", "header": ["Authorization: Bearer x"] },
    });
    let made =
        scene.call(|work| work.create(CareKind::Subscription, subscription.to_string().as_bytes())).expect("one");
    assert_eq!(made.text("status"), Some("active"));
    scene.book(false);
    let due = scene.care.due_notices(NOW, 10).expect("notices");
    assert_eq!(due.len(), 1, "the attempt's task is another kind");
    let (notice, delivery) = &due[0];
    assert!(delivery.payload.contains(&notice.resource) && !delivery.payload.contains("complete-forms"));
    assert_eq!(delivery.headers, ["Authorization: Bearer x"]);
    scene.care.note_undelivered(notice, NOW).expect("noted");
    assert!(scene.care.due_notices(NOW, 10).expect("notices").is_empty(), "it waits");
    let later = NOW.plus_seconds(10);
    let again = scene.care.due_notices(later, 10).expect("notices");
    assert_eq!((again[0].0.number, again[0].0.n_tries), (notice.number, 1));
    scene.care.note_delivered(notice.number).expect("noted");
    assert_eq!(scene.care.next_notice_due(), Ok(None));
    // What never arrives puts the subscription in error, which shows.
    let task = scene.tasks("complete-forms").pop().expect("a task");
    scene.put(&task, |body| body["status"] = json!("accepted")).expect("accepted");
    let mut at = NOW;
    while let Some(due_at) = scene.care.next_notice_due().expect("a time") {
        at = due_at;
        let (notice, _) = scene.care.due_notices(at, 1).expect("notices").remove(0);
        scene.care.note_undelivered(&notice, at).expect("noted");
    }
    assert!(at > NOW.plus_seconds(86_400), "for more than a day it was tried");
    let shown = scene.call(|work| work.read(CareKind::Subscription, made.id)).expect("the subscription");
    assert_eq!(shown.text("status"), Some("error"));
}

#[test]
fn what_the_provider_says_is_taken_over_only_of_the_same_appointment() {
    let scene = Scene::new();
    let appointment = scene.book(false);
    let mut theirs = appointment.to_json();
    theirs["id"] = json!("78");
    theirs["status"] = json!("cancelled");
    let other = scene.call(|work| work.reconcile(appointment.id, theirs.to_string().as_bytes()));
    assert!(matches!(other, Err(Error::Invalid(faults)) if faults[0].element == "Appointment.id"));
    theirs["id"] = json!("77");
    let done = scene.call(|work| work.reconcile(appointment.id, theirs.to_string().as_bytes())).expect("the same");
    assert_eq!((done.changed, done.appointment.text("status")), (vec!["status"], Some("cancelled")));
    theirs["status"] = json!("booked");
    let back = scene.call(|work| work.reconcile(appointment.id, theirs.to_string().as_bytes()));
    assert!(matches!(back, Err(Error::Invalid(_))), "{back:?}");
}

#[test]
fn a_slot_that_somebody_else_took_shows_in_the_attempt() {
    let scene = Scene::new();
    let of = facts(1, NOW.plus_seconds(604_800));
    let slot = of.slot;
    let opened = scene.call(|work| work.open_attempt(of, &AttemptRequest::default())).expect("an attempt");
    assert_eq!(scene.care.slots_under_way(NOW), Ok(vec![slot]));
    assert_eq!(scene.care.note_taken(&[slot], NOW), Ok(1));
    assert_eq!(scene.care.note_taken(&[slot], NOW), Ok(0), "it is told once");
    let task = scene.call(|work| work.read(CareKind::Task, opened.task.id)).expect("the task");
    assert_eq!(
        (task.body["statusReason"]["text"].as_str(), task.text("status")),
        (Some("slot-unavailable"), Some("in-progress"))
    );
    assert_eq!(scene.care.slots_under_way(NOW.plus_seconds(601)), Ok(vec![]));
}

#[test]
fn what_is_erased_is_in_no_file_any_more() {
    let scene = Scene::new();
    scene.book(true);
    let calendar = b"BEGIN:VCALENDAR\r\nVERSION:2.0\r\nPRODID:-//x//EN\r\nBEGIN:VEVENT\r\nUID:1\r\nSUMMARY:Lunch with Ulrike\r\nLOCATION:Cafe Zanzibar\r\nATTENDEE:mailto:ulrike@example.org\r\nDTSTART:20270116T120000Z\r\nDTEND:20270116T130000Z\r\nEND:VEVENT\r\nEND:VCALENDAR\r\n";
    let source = CalendarSource { text: calendar, zone: "America/New_York".to_owned(), url: None };
    let imported = scene.call(|work| work.import_calendar(Attendee::Patient, "default", &source)).expect("a calendar");
    assert_eq!((imported.n_windows, imported.skipped.len()), (1, 0));
    let all = scene.call(|work| work.everything()).expect("everything");
    let kinds: Vec<&str> = all.iter().filter_map(|of| of["resourceType"].as_str()).collect();
    for kind in ["Patient", "Appointment", "Task", "Schedule", "Slot", "AuditEvent"] {
        assert!(kinds.contains(&kind), "{kind} is not in {kinds:?}");
    }
    assert!(bytes_of(&scene).windows(13).any(|part| part == b"Zebedee-Quill"));
    for word in [&b"Ulrike"[..], b"Zanzibar", b"ulrike@example.org", b"Lunch"] {
        assert!(
            !bytes_of(&scene).windows(word.len()).any(|part| part == word),
            "titles, places and people are not kept"
        );
    }
    scene.care.erase(&scene.caller, NOW).expect("erased");
    assert!(!bytes_of(&scene).windows(13).any(|part| part == b"Zebedee-Quill"), "what was erased is still there");
    assert_eq!(scene.call(|work| work.search(CareKind::Task, &CareSearch::default())), Err(Error::UnknownSubject));
}

/// Everything in the folder of the database: the file, its log, whatever else.
fn bytes_of(scene: &Scene) -> Vec<u8> {
    let entries = std::fs::read_dir(scene.folder.path()).expect("a folder");
    entries.flat_map(|entry| std::fs::read(entry.expect("an entry").path()).expect("bytes")).collect()
}

#[test]
fn nobody_else_can_read_the_files() {
    let scene = Scene::new();
    scene.book(false);
    for entry in std::fs::read_dir(scene.folder.path()).expect("a folder") {
        let entry = entry.expect("an entry");
        let mode = entry.metadata().expect("metadata").permissions().mode();
        assert_eq!(mode & 0o777, 0o600, "{:?}", entry.file_name());
    }
}

#[test]
fn what_is_over_for_long_enough_is_forgotten() {
    let day = 86_400;
    let retention = Retention { keep_seconds: 30 * day, keep_audit_seconds: 60 * day };
    let scene = Scene::with(CareOptions { retention, ..options() });
    let appointment = scene.book(false);
    let n_forgotten = |days: i64| scene.care.forget(NOW.plus_seconds(days * day)).expect("forgotten").n_resources;
    assert_eq!(n_forgotten(36), 1, "the attempt is done, and nobody has touched it for a month");
    assert!(scene.call(|work| work.read(CareKind::Appointment, appointment.id)).is_ok());
    assert_eq!(n_forgotten(38), 2, "a month after the appointment it goes with its open task");
    assert!(scene.call(|work| work.read(CareKind::Appointment, appointment.id)).is_err());
    assert!(scene.care.audit_trail(&scene.caller, None, 10, NOW).expect("the trail").len() > 3);
    assert!(scene.care.forget(NOW.plus_seconds(61 * day)).expect("forgotten").n_audit_entries > 3);
}

#[test]
fn the_trail_has_every_access_those_that_were_refused_too() {
    let scene = Scene::new();
    let person = json!({ "resourceType": "RelatedPerson", "patient": { "reference": format!("Patient/{}", scene.caller.patient) } });
    let person =
        scene.call(|work| work.create(CareKind::RelatedPerson, person.to_string().as_bytes())).expect("a caregiver");
    let caregiver = Caller { acting: Acting::Caregiver(person.id), ..scene.caller.clone() };
    let of = ("Task", None);
    let search = |now| {
        scene
            .care
            .call(&caregiver, Interaction::SEARCH, of, now, |work| work.search(CareKind::Task, &CareSearch::default()))
    };
    assert!(matches!(search(NOW), Err(Error::NoConsent { .. })));
    let consent = consent(&scene.caller, person.id, true);
    let given = scene.call(|work| work.create(CareKind::Consent, consent.to_string().as_bytes())).expect("a consent");
    assert!(search(NOW).is_ok());
    // A caregiver may not let others in, nor stay when the consent is withdrawn.
    let own = scene.care.call(&caregiver, Interaction::CREATE, ("Consent", None), NOW, |work| {
        work.create(CareKind::Consent, consent.to_string().as_bytes())
    });
    assert_eq!(own, Err(Error::PatientOnly));
    scene.call(|work| work.remove(CareKind::Consent, given.id)).expect("withdrawn");
    assert!(search(NOW).is_err());
    let trail = scene.care.audit_trail(&scene.caller, None, 100, NOW).expect("the trail");
    let outcomes: Vec<String> = trail
        .iter()
        .map(openslots_care::AuditEntry::to_json)
        .filter(|event| event["agent"][0]["who"]["reference"] == format!("RelatedPerson/{}", person.id))
        .map(|event| event["outcome"].as_str().expect("an outcome").to_owned())
        .collect();
    assert_eq!(outcomes, ["4", "4", "0", "4"], "the newest first");
}

#[test]
fn consents_that_cannot_be_weighed_are_refused() {
    let scene = Scene::new();
    let person = json!({ "resourceType": "RelatedPerson", "patient": { "reference": format!("Patient/{}", scene.caller.patient) } });
    let person =
        scene.call(|work| work.create(CareKind::RelatedPerson, person.to_string().as_bytes())).expect("a caregiver");
    type Change = fn(&mut serde_json::Value);
    let cases: [(&str, Change); 6] = [
        ("Consent.provision.class", |consent| _ = consent["provision"].as_object_mut().expect("one").remove("class")),
        ("Consent.provision.class[0]", |consent| consent["provision"]["class"][0]["code"] = json!("AuditEvent")),
        ("Consent.provision.action[0]", |consent| {
            consent["provision"]["action"][0]["coding"][0]["code"] = json!("use")
        }),
        ("Consent.provision.actor[0].reference", |consent| {
            consent["provision"]["actor"][0]["reference"]["reference"] = json!("Practitioner/1");
        }),
        ("Consent.provision.purpose", |consent| consent["provision"]["purpose"] = json!([{ "code": "TREAT" }])),
        ("Consent.patient", |consent| consent["patient"]["reference"] = json!("Patient/other")),
    ];
    for (element, change) in cases {
        let mut consent = consent(&scene.caller, person.id, true);
        change(&mut consent);
        let refused = scene.call(|work| work.create(CareKind::Consent, consent.to_string().as_bytes()));
        let Err(Error::Invalid(faults)) = refused else { panic!("{element}: {refused:?}") };
        assert!(faults.iter().any(|fault| fault.element == element), "{element}: {faults:?}");
    }
}
