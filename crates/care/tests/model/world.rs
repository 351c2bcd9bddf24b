//! The model: what each call must answer, told by plain tables.

use openslots_care::access::{Acting, ApplicationId, Caller};
use openslots_care::booking::{AttemptRequest, PortalReturn, ReturnRefusal, Returned};
use openslots_care::codes::BookingOutcome;
use openslots_care::resource::{CareId, CareKind};
use openslots_care::{Care, CareSearch, Error, Interaction, Work};
use openslots_model::UnixSeconds;
use serde_json::{Value, json};

use crate::given::{ATTEMPT_SECONDS, consent, facts, options, state_of};
use crate::steps::{N_PATIENTS, Step};
use crate::tables::{APPOINTMENT_STATUSES, TASK_STATUSES, appointment_may, task_may};

const BEGINNING: UnixSeconds = UnixSeconds(1_800_000_000);

/// What the model knows of a task.
#[derive(Debug, Clone, PartialEq)]
struct Task {
    id: CareId,
    status: String,
    owner: String,
    /// Of an appointment, by its place in the list.
    appointment: Option<usize>,
    n_versions: usize,
}

#[derive(Debug, Clone)]
struct Appointment {
    id: CareId,
    status: String,
    start: UnixSeconds,
}

#[derive(Debug, Clone)]
struct Attempt {
    patient: usize,
    task: CareId,
    state: String,
    expires_at: UnixSeconds,
    is_used: bool,
    /// `in-progress` until it has ended.
    status: String,
    /// Its place in the list of appointments.
    appointment: Option<usize>,
}

struct Patient {
    caller: Caller,
    caregiver: CareId,
    /// By id of the Consent.
    consents: Vec<bool>,
    tasks: Vec<Task>,
    appointments: Vec<Appointment>,
}

pub(crate) struct World {
    _folder: tempfile::TempDir,
    care: Care,
    now: UnixSeconds,
    patients: Vec<Patient>,
    attempts: Vec<Attempt>,
    n_slots: u32,
}

impl World {
    pub(crate) fn new() -> Self {
        let folder = tempfile::tempdir().expect("a folder");
        let care = Care::open(&folder.path().join("care.db"), options()).expect("a database");
        let patients = (0..N_PATIENTS).map(|number| Patient::new(&care, number)).collect();
        Self { _folder: folder, care, now: BEGINNING, patients, attempts: Vec::new(), n_slots: 0 }
    }

    fn call<T>(&self, caller: &Caller, work: impl FnOnce(&Work<'_>) -> Result<T, Error>) -> Result<T, Error> {
        self.care.call(caller, Interaction::operation("$test"), ("Task", None), self.now, work)
    }

    fn caregiver(&self, patient: usize) -> Caller {
        let of = &self.patients[patient];
        Caller { acting: Acting::Caregiver(of.caregiver), ..of.caller.clone() }
    }

    /// Whether the caregiver may: somebody permits and nobody denies.
    fn is_let_in(&self, patient: usize) -> bool {
        let consents = &self.patients[patient].consents;
        !consents.is_empty() && consents.iter().all(|is_permit| *is_permit)
    }

    pub(crate) fn run(&mut self, step: &Step) {
        match *step {
            Step::Book { patient, by_caregiver } => self.book(patient, by_caregiver),
            Step::Return { attempt, outcome, is_forged } => self.come_back(attempt, outcome, is_forged),
            Step::Report { patient, attempt, outcome } => self.report(patient, attempt, outcome),
            Step::ChangeTask { patient, task, status, to_caregiver } => {
                self.change_task(patient, task, status, to_caregiver);
            }
            Step::MakeAppointment { patient, status } => self.make_appointment(patient, status),
            Step::ChangeAppointment { patient, appointment, status, moves } => {
                self.change_appointment(patient, appointment, status, moves);
            }
            Step::Consent { patient, is_permit } => self.consent(patient, is_permit),
            Step::CaregiverReads { patient } => {
                let read =
                    self.call(&self.caregiver(patient), |work| work.search(CareKind::Task, &CareSearch::default()));
                assert_eq!(read.is_ok(), self.is_let_in(patient), "{read:?}");
            }
            Step::Trespass { patient, with_own_application } => self.trespass(patient, with_own_application),
            Step::Wait { seconds } => self.now = self.now.plus_seconds(seconds),
        }
    }

    fn book(&mut self, patient: usize, by_caregiver: bool) {
        self.n_slots += 1;
        let facts = facts(self.n_slots, self.now.plus_seconds(7 * 86_400));
        let caller = if by_caregiver { self.caregiver(patient) } else { self.patients[patient].caller.clone() };
        let opened = self.call(&caller, |work| work.open_attempt(facts, &AttemptRequest::default()));
        let may = !by_caregiver || self.is_let_in(patient);
        assert_eq!(opened.is_ok(), may, "{opened:?}");
        let Ok(opened) = opened else { return };
        self.attempts.push(Attempt {
            patient,
            task: opened.task.id,
            state: state_of(&opened.url),
            expires_at: self.now.plus_seconds(ATTEMPT_SECONDS),
            is_used: false,
            status: "in-progress".to_owned(),
            appointment: None,
        });
    }

    fn come_back(&mut self, attempt: usize, outcome: usize, is_forged: bool) {
        if self.attempts.is_empty() {
            return;
        }
        let place = attempt % self.attempts.len();
        let attempt = self.attempts[place].clone();
        let known = BookingOutcome::ALL.get(outcome).copied();
        let mut state = attempt.state.clone();
        if is_forged {
            let first = if state.starts_with('A') { "B" } else { "A" };
            state.replace_range(..1, first);
        }
        let outcome = known.map_or("splendid", BookingOutcome::as_str).to_owned();
        let returned = PortalReturn { state, outcome, ..PortalReturn::default() };
        let came = self.care.take_return(&returned, self.now).expect("a working database");
        let refusal = match known {
            _ if is_forged => Some(ReturnRefusal::Forged),
            _ if attempt.is_used => Some(ReturnRefusal::Replayed),
            _ if attempt.expires_at <= self.now => Some(ReturnRefusal::Expired),
            None => Some(ReturnRefusal::BadOutcome),
            Some(_) => None,
        };
        match (came, refusal, known) {
            (Returned::Refused(why), Some(want), _) => assert_eq!(why, want),
            (Returned::Taken(result), None, Some(outcome)) => {
                assert_eq!(result.outcome, outcome);
                self.settle(place, outcome);
            }
            (came, refusal, _) => panic!("{came:?} instead of {refusal:?}"),
        }
    }

    /// Whether an outcome can be told of an attempt that has a state.
    fn may_settle(attempt: &Attempt, outcome: BookingOutcome) -> bool {
        let takes_back = matches!(outcome, BookingOutcome::Cancelled | BookingOutcome::EnteredInError);
        attempt.status == "in-progress" || attempt.appointment.is_some() && takes_back
    }

    fn report(&mut self, patient: usize, attempt: usize, outcome: usize) {
        if self.attempts.is_empty() {
            return;
        }
        let place = attempt % self.attempts.len();
        let outcome = BookingOutcome::ALL[outcome % BookingOutcome::ALL.len()];
        let attempt = self.attempts[place].clone();
        let caller = self.patients[patient].caller.clone();
        let told = self.call(&caller, |work| work.report_outcome(attempt.task, outcome, None, None));
        let may = attempt.patient == patient && Self::may_settle(&attempt, outcome);
        assert_eq!(told.is_ok(), may, "{told:?} of {attempt:?}");
        if may {
            self.settle(place, outcome);
        }
    }

    /// What an outcome does, in the model.
    fn settle(&mut self, place: usize, outcome: BookingOutcome) {
        let attempt = &mut self.attempts[place];
        attempt.is_used = true;
        let patient = attempt.patient;
        attempt.status = match outcome {
            BookingOutcome::Booked => "completed",
            BookingOutcome::Cancelled => "cancelled",
            BookingOutcome::EnteredInError => "entered-in-error",
            BookingOutcome::Failed => "failed",
        }
        .to_owned();
        let wanted = match outcome {
            BookingOutcome::Cancelled => Some("cancelled"),
            BookingOutcome::EnteredInError => Some("entered-in-error"),
            _ => None,
        };
        match (outcome, attempt.appointment) {
            (BookingOutcome::Booked, None) => {
                let task = self.read(patient, CareKind::Task, self.attempts[place].task);
                let id = named(&task["focus"]);
                let start = self.start_of(patient, id);
                let of = &mut self.patients[patient];
                of.appointments.push(Appointment { id, status: "booked".to_owned(), start });
                self.attempts[place].appointment = Some(of.appointments.len() - 1);
                self.learn_follow_up(patient);
            }
            (_, Some(appointment)) => {
                let of = &mut self.patients[patient].appointments[appointment];
                if let Some(wanted) = wanted
                    && of.status != wanted
                    && appointment_may(&of.status, wanted)
                {
                    of.status = wanted.to_owned();
                    self.note_change(patient, appointment);
                }
            }
            _ => {}
        }
    }

    /// The tasks that a booked appointment has begun: exactly those of the template that nobody must ask for.
    fn learn_follow_up(&mut self, patient: usize) {
        let place = self.patients[patient].appointments.len() - 1;
        let id = self.patients[patient].appointments[place].id;
        let wanted = CareSearch { appointment: Some(format!("Appointment/{id}")), ..CareSearch::default() };
        let caller = self.patients[patient].caller.clone();
        let found = self.call(&caller, |work| work.search(CareKind::Task, &wanted)).expect("tasks");
        let forms: Vec<_> =
            found.iter().filter(|task| task.body["code"]["coding"][0]["code"] == "complete-forms").collect();
        assert_eq!(forms.len(), 1);
        let task = forms[0];
        let of = &mut self.patients[patient];
        of.tasks.push(Task {
            id: task.id,
            status: "requested".to_owned(),
            owner: task.body["owner"]["reference"].as_str().expect("an owner").to_owned(),
            appointment: Some(place),
            n_versions: 1,
        });
    }

    /// Open tasks show that their appointment has changed.
    fn note_change(&mut self, patient: usize, appointment: usize) {
        let is_open = |task: &&mut Task| ["requested", "accepted", "in-progress"].contains(&task.status.as_str());
        let tasks = self.patients[patient].tasks.iter_mut();
        tasks
            .filter(|task| task.appointment == Some(appointment))
            .filter(is_open)
            .for_each(|task| task.n_versions += 1);
    }

    fn change_task(&mut self, patient: usize, task: usize, status: usize, to_caregiver: bool) {
        let of = &self.patients[patient];
        if of.tasks.is_empty() {
            return;
        }
        let place = task % of.tasks.len();
        let before = of.tasks[place].clone();
        let status = TASK_STATUSES[status];
        let owner = if to_caregiver {
            format!("RelatedPerson/{}", of.caregiver)
        } else {
            format!("Patient/{}", of.caller.patient)
        };
        let mut body = self.read(patient, CareKind::Task, before.id);
        body["status"] = json!(status);
        body["owner"] = json!({ "reference": owner });
        let caller = of.caller.clone();
        let bytes = body.to_string();
        let changed = self.call(&caller, |work| work.put(CareKind::Task, before.id, bytes.as_bytes(), None));
        let is_open = ["requested", "accepted", "in-progress"].contains(&before.status.as_str());
        let may = status != "ready" && task_may(&before.status, status) && (is_open || owner == before.owner);
        assert_eq!(changed.is_ok(), may, "{before:?} to {status}: {changed:?}");
        if may {
            let task = &mut self.patients[patient].tasks[place];
            (task.status, task.owner) = (status.to_owned(), owner);
            task.n_versions += 1;
        }
    }

    fn make_appointment(&mut self, patient: usize, status: usize) {
        let status = APPOINTMENT_STATUSES[status];
        let of = &self.patients[patient];
        let start = self.now.plus_seconds(86_400);
        let appointment = json!({
            "resourceType": "Appointment",
            "status": status,
            "start": start.to_string(),
            "minutesDuration": 20,
            "participant": [
                { "actor": { "reference": format!("Patient/{}", of.caller.patient) }, "status": "accepted" },
            ],
        });
        let caller = of.caller.clone();
        let bytes = appointment.to_string();
        let made = self.call(&caller, |work| work.create(CareKind::Appointment, bytes.as_bytes()));
        let may = ["proposed", "pending", "waitlist", "booked"].contains(&status);
        assert_eq!(made.is_ok(), may, "{status}: {made:?}");
        if let Ok(made) = made {
            let status = status.to_owned();
            let is_booked = status == "booked";
            self.patients[patient].appointments.push(Appointment { id: made.id, status, start });
            if is_booked {
                self.learn_follow_up(patient);
            }
        }
    }

    fn change_appointment(&mut self, patient: usize, appointment: usize, status: usize, moves: bool) {
        let of = &self.patients[patient];
        if of.appointments.is_empty() {
            return;
        }
        let place = appointment % of.appointments.len();
        let before = of.appointments[place].clone();
        let status = APPOINTMENT_STATUSES[status];
        let mut body = self.read(patient, CareKind::Appointment, before.id);
        body["status"] = json!(status);
        let start = if moves { before.start.plus_seconds(3_600) } else { before.start };
        body["start"] = json!(start.to_string());
        if let Some(end) = body.get_mut("end") {
            *end = json!(start.plus_seconds(1_800).to_string());
        }
        let caller = of.caller.clone();
        let bytes = body.to_string();
        let changed = self.call(&caller, |work| work.put(CareKind::Appointment, before.id, bytes.as_bytes(), None));
        let is_movable = ["proposed", "pending", "waitlist", "booked"].contains(&before.status.as_str());
        let may = appointment_may(&before.status, status) && (!moves || is_movable);
        assert_eq!(changed.is_ok(), may, "{before:?} to {status}, moved {moves}: {changed:?}");
        if !may {
            return;
        }
        let of = &mut self.patients[patient].appointments[place];
        (of.status, of.start) = (status.to_owned(), start);
        let is_off = ["cancelled", "entered-in-error", "noshow"].contains(&status);
        if before.status != status && is_off || moves {
            self.note_change(patient, place);
        }
        let has_forms = self.patients[patient].tasks.iter().any(|task| task.appointment == Some(place));
        if before.status != status && status == "booked" && !has_forms {
            // What was booked later begins its tasks then.
            let last = self.patients[patient].appointments.len() - 1;
            self.patients[patient].appointments.swap(place, last);
            self.rename_appointments(patient, place, last);
            self.learn_follow_up(patient);
        }
    }

    /// Two appointments of the list have changed places.
    fn rename_appointments(&mut self, patient: usize, a: usize, b: usize) {
        let renamed = |place: &mut Option<usize>| match *place {
            Some(found) if found == a => *place = Some(b),
            Some(found) if found == b => *place = Some(a),
            _ => {}
        };
        self.patients[patient].tasks.iter_mut().for_each(|task| renamed(&mut task.appointment));
        let of_patient = self.attempts.iter_mut().filter(|attempt| attempt.patient == patient);
        of_patient.for_each(|attempt| renamed(&mut attempt.appointment));
    }

    fn consent(&mut self, patient: usize, is_permit: bool) {
        let of = &self.patients[patient];
        let consent = consent(&of.caller, of.caregiver, is_permit);
        let made = self.call(&of.caller, |work| work.create(CareKind::Consent, consent.to_string().as_bytes()));
        made.expect("a consent");
        self.patients[patient].consents.push(is_permit);
    }

    fn trespass(&mut self, patient: usize, with_own_application: bool) {
        let other = (patient + 1) % N_PATIENTS;
        let Some(task) = self.patients[other].tasks.first().map(|task| task.id) else { return };
        let own = self.patients[patient].caller.clone();
        // In one's own compartment there is no such thing; with one's own application there is no such patient.
        let caller =
            if with_own_application { Caller { patient: self.patients[other].caller.patient, ..own } } else { own };
        let read = self.call(&caller, |work| work.read(CareKind::Task, task));
        match (with_own_application, read) {
            (true, Err(Error::UnknownSubject)) | (false, Err(Error::NotFound { .. })) => {}
            (_, read) => panic!("{read:?}"),
        }
    }

    fn read(&self, patient: usize, kind: CareKind, id: CareId) -> Value {
        let caller = &self.patients[patient].caller;
        self.call(caller, |work| work.read(kind, id)).expect("a resource").to_json()
    }

    fn start_of(&self, patient: usize, appointment: CareId) -> UnixSeconds {
        let body = self.read(patient, CareKind::Appointment, appointment);
        let start = body["start"].as_str().expect("a start");
        openslots_model::OffsetInstant::parse_strict(start).expect("an instant").instant
    }

    /// Everything is as the model has it, histories included.
    pub(crate) fn check(&self) {
        for (patient, of) in self.patients.iter().enumerate() {
            for task in &of.tasks {
                let held = self.read(patient, CareKind::Task, task.id);
                assert_eq!(
                    (held["status"].as_str(), held["owner"]["reference"].as_str()),
                    (Some(task.status.as_str()), Some(task.owner.as_str()))
                );
                let history = self.call(&of.caller, |work| work.history(CareKind::Task, task.id)).expect("versions");
                assert_eq!(history.len(), task.n_versions, "{task:?}");
            }
            for appointment in &of.appointments {
                let held = self.read(patient, CareKind::Appointment, appointment.id);
                assert_eq!(held["status"], appointment.status.as_str());
            }
            let held = self.call(&of.caller, |work| work.search(CareKind::Appointment, &CareSearch::default()));
            assert_eq!(held.expect("appointments").len(), of.appointments.len());
        }
        for attempt in &self.attempts {
            let held = self.read(attempt.patient, CareKind::Task, attempt.task);
            assert_eq!(held["status"], attempt.status.as_str(), "{attempt:?}");
            assert_eq!(held.get("focus").is_some(), attempt.appointment.is_some(), "{attempt:?}");
        }
    }
}

fn named(reference: &Value) -> CareId {
    let text = reference["reference"].as_str().expect("a reference");
    text.split_once('/').expect("Type/id").1.parse().expect("an id")
}

impl Patient {
    fn new(care: &Care, number: usize) -> Self {
        let application: ApplicationId = format!("application-{number}").parse().expect("an id");
        let json = r#"{"resourceType":"Patient","name":[{"family":"Doe"}],"address":[{"postalCode":"02139"}]}"#;
        let patient = care.admit_patient(&application, json.as_bytes(), BEGINNING).expect("a patient");
        let caller = Caller { application, patient: patient.id, acting: Acting::Patient };
        let person =
            json!({ "resourceType": "RelatedPerson", "patient": { "reference": format!("Patient/{}", patient.id) } });
        let caregiver = care
            .call(&caller, Interaction::CREATE, ("RelatedPerson", None), BEGINNING, |work| {
                work.create(CareKind::RelatedPerson, person.to_string().as_bytes())
            })
            .expect("a caregiver");
        Self { caller, caregiver: caregiver.id, consents: Vec::new(), tasks: Vec::new(), appointments: Vec::new() }
    }
}
