//! Whom patients want to see, and how: gender, new patients, virtual care, walk-ins.

use openslots_model::Gender;

use super::Meaning;
use super::scan::{Found, Scan};
use crate::vocabulary::called;

/// Nouns for an appointment.
pub(super) fn is_appointment(word: &str) -> bool {
    const NOUNS: [&str; 24] = [
        "appointment",
        "appointments",
        "appt",
        "appts",
        "availability",
        "call",
        "calls",
        "checkup",
        "consult",
        "consultation",
        "consultations",
        "exam",
        "hours",
        "intake",
        "opening",
        "openings",
        "session",
        "sessions",
        "slot",
        "slots",
        "times",
        "visit",
        "visits",
        "chat",
    ];
    NOUNS.contains(&word)
}

/// Whether a word names any kind of doctor.
pub(super) fn is_doctor(word: &str) -> bool {
    let word = word.strip_suffix('s').unwrap_or(word);
    matches!(word, "doctor" | "physician" | "provider" | "practitioner" | "clinician" | "doc" | "dr")
}

/// Whether a word names somebody who treats patients.
pub(super) fn is_person(word: &str) -> bool {
    let one = word.strip_suffix('s').unwrap_or(word);
    const ENDINGS: [&str; 9] = ["ist", "ician", "opath", "practor", "ologo", "ologa", "iatra", "ista", "surgeon"];
    let is_named = matches!(one, "gp" | "pcp" | "obgyn" | "gyn" | "nurse" | "midwife" | "pediatrician" | "counselor");
    let is_formed = one.len() >= 7 && ENDINGS.iter().any(|ending| one.ends_with(ending));
    is_doctor(word)
        || is_named
        || (is_formed && (one.ends_with("therapist") || one == "surgeon" || !called(one).is_empty()))
}

/// `female doctor`, `male dermatologist`, `who is a woman`.
pub(super) fn gender(scan: &Scan<'_>, from: usize) -> Option<Found> {
    let run = scan.run(from);
    let is_either = from > 0 && matches!(scan.word(from - 1), "or" | "and") || scan.gap(from).contains('/');
    if is_either || scan.is_negated(from, 3) {
        return None;
    }
    let found = |to: usize, gender| Some(Found::new(from, to, Meaning::Gender(gender)));
    match run[..] {
        ["who" | "that", "is", "a", word, ..] if scan.may_end(from + 4) && scan.word(from + 4) != "or" => {
            return found(from + 4, gender_of(word)?);
        }
        ["who s", "a", word, ..] if scan.may_end(from + 3) && scan.word(from + 3) != "or" => {
            return found(from + 3, gender_of(word)?);
        }
        ["who" | "that", "is", word, ..] if scan.may_end(from + 3) && scan.word(from + 3) != "or" => {
            return found(from + 3, gender_of(word)?);
        }
        _ => {}
    }
    let gender = gender_of(run.first()?)?;
    let (next, at) = (scan.word(from + 1), from + 1);
    if scan.is_parted(at) || scan.is_in_name(from, at) && !is_person(next) {
        return None;
    }
    if run.len() > 1 && is_doctor(next) && !scan.names_follow(at + 1) {
        return found(at + 1, gender);
    }
    // Parts of the body may be a man's or a woman's own: `male fertility doctor` says nothing of the doctor.
    const FIELDS: [&str; 15] = [
        "eye",
        "family",
        "foot",
        "mental",
        "kids",
        "massage",
        "ob",
        "occupational",
        "pediatric",
        "physical",
        "primary",
        "skin",
        "speech",
        "general",
        "care",
    ];
    let is_field = |word: &str| FIELDS.contains(&word) || word == "health";
    let n_fields = (at..at + 2).take_while(|at| !scan.is_parted(*at) && is_field(scan.word(*at))).count();
    let is_sure =
        is_person(scan.word(at + n_fields)) && !scan.is_parted(at + n_fields) && !scan.names_follow(at + n_fields + 1);
    if is_sure { found(at, gender) } else { None }
}

fn gender_of(word: &str) -> Option<Gender> {
    match word {
        "female" | "woman" | "women" | "lady" => Some(Gender::Female),
        "male" | "man" => Some(Gender::Male),
        _ => None,
    }
}

/// `takes new patients`, `new patient appointment`, `as a new patient`.
pub(super) fn new_patients(scan: &Scan<'_>, from: usize) -> Option<Found> {
    if scan.is_negated(from, 3) {
        return None;
    }
    let run = scan.run(from);
    let is_lead = |word: &&&str| {
        matches!(**word, "who" | "who s" | "that" | "which" | "is" | "are" | "currently" | "still" | "now")
    };
    let n_who = run.iter().take_while(is_lead).count();
    let (n_words, must_end) = match run.get(n_who..)? {
        [
            "takes" | "take" | "taking" | "accepts" | "accept" | "accepting" | "welcomes" | "welcoming" | "sees"
            | "seeing",
            rest @ ..,
        ] => match rest {
            ["new", "patient" | "patients", ..] => (3, false),
            ["any" | "all", "new", "patient" | "patients", ..] => (4, false),
            _ => return None,
        },
        ["open", "to", "new", "patient" | "patients", ..] => (4, false),
        ["for", "new", "patient" | "patients", ..] => (3, true),
        ["for" | "as", "a", "new", "patient", ..] => (4, true),
        ["i", "am", "a", "new", "patient", ..] => (5, true),
        ["i m" | "im", "a", "new", "patient", ..] => (4, true),
        ["new", "patients", "welcome" | "accepted" | "only", ..] => (3, true),
        ["new", "patient" | "patients", noun, ..] if is_appointment(noun) => (3, true),
        ["new", "patient" | "patients", ..] if n_who == 0 => (2, true),
        _ => return None,
    };
    let to = from + n_who + n_words;
    let is_sure = !scan.names_follow(to) && (!must_end || scan.may_end(to));
    is_sure.then(|| Found::new(from, to, Meaning::AcceptsNewPatients))
}

/// `telehealth`, `video visit`, `in person`.
pub(super) fn virtual_care(scan: &Scan<'_>, from: usize) -> Option<Found> {
    let run = scan.run(from);
    let n_lead = usize::from(matches!(run.first(), Some(&"by" | &"via" | &"over" | &"through")));
    let noun_at = |at: usize| usize::from(run.get(at).is_some_and(|word| is_appointment(word) || *word == "only"));
    let (n_words, is_virtual) = match run.get(n_lead..)? {
        ["telehealth" | "telemedicine" | "televisit" | "televisits", ..] => (1 + noun_at(n_lead + 1), true),
        ["video", ..] if n_lead > 0 => (1 + noun_at(n_lead + 1), true),
        ["virtual" | "online" | "video" | "remote", noun, ..] if is_appointment(noun) && *noun != "hours" => (2, true),
        ["virtual" | "online", "doctor" | "doctors" | "provider" | "providers", ..] => (2, true),
        ["virtual", "care" | "only", ..] | ["online" | "video", "only", ..] => (2, true),
        ["virtual", ..] if is_person(scan.word(from + n_lead + 1)) && !scan.is_parted(from + n_lead + 1) => (1, true),
        ["in", "person", ..] if n_lead == 0 => (2 + noun_at(2), false),
        _ => return None,
    };
    let to = from + n_lead + n_words;
    let is_way = |word: &str| matches!(word, "or" | "and" | "either");
    let is_either = from > 0 && is_way(scan.word(from - 1)) || is_way(scan.word(to)) && !is_sure_behind(scan, to);
    let is_name = scan.names_follow(to) || scan.is_in_name(from, to) && !is_person(scan.word(to));
    let is_sure = !is_either && !is_name && !scan.is_negated(from, 3) && !scan.gap(to).contains('/');
    is_sure.then(|| Found::new(from, to, Meaning::Virtual(is_virtual)))
}

/// Whether an `and` behind a way of care goes on to something else than another way.
fn is_sure_behind(scan: &Scan<'_>, at: usize) -> bool {
    const WAYS: [&str; 10] =
        ["in", "online", "phone", "telehealth", "telemedicine", "video", "virtual", "office", "remote", "person"];
    scan.word(at) == "and" && !WAYS.contains(&scan.word(at + 1))
}

/// `walk-in`, `without an appointment`.
pub(super) fn walk_in(scan: &Scan<'_>, from: usize) -> Option<Found> {
    let run = scan.run(from);
    let n_lead = usize::from(matches!(run.first(), Some(&"accepts" | &"accepting" | &"takes" | &"taking" | &"allows")));
    let n_words = match run.get(n_lead..)? {
        ["walk", "in" | "ins", "welcome" | "accepted" | "allowed" | "available", ..] => 3,
        ["walk", "in" | "ins", noun, ..] if is_appointment(noun) => 3,
        ["walk", "in" | "ins", ..] => 2,
        ["walkin" | "walkins", ..] => 1,
        ["no", "appointment", "needed" | "necessary" | "required", ..] if n_lead == 0 => 3,
        ["without", "an" | "a", "appointment", ..] if n_lead == 0 => 3,
        ["without", "appointment", ..] if n_lead == 0 => 2,
        _ => return None,
    };
    let to = from + n_lead + n_words;
    let is_verb = matches!(scan.word(to), "the" | "a" | "my" | "to");
    let is_sure = scan.may_end(to) && !is_verb && !scan.is_negated(from, 3);
    is_sure.then(|| Found::new(from, to, Meaning::WalkIn))
}
