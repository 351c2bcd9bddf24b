//! Tests over whole sentences.

use proptest::prelude::*;

use super::lists::CONNECTIVES;
use super::*;
use crate::text::{fold, words};

/// `parameter=value` of each piece, a radius in brackets, a corrected word behind `~`.
fn shown(understanding: &Understanding) -> String {
    let one = |piece: &Understood| {
        let radius = match piece.meaning {
            Meaning::Near { radius_miles: Some(miles), .. } | Meaning::NearMe { radius_miles: Some(miles) } => {
                format!("({miles})")
            }
            _ => String::new(),
        };
        let corrected = piece.corrected.map(|word| format!("~{word}")).unwrap_or_default();
        format!("{}={}{radius}{corrected}", piece.meaning.parameter(), piece.meaning.value())
    };
    understanding.understood.iter().map(one).collect::<Vec<_>>().join(" ")
}

fn check(sentences: &[(&str, &str, &str)]) {
    let mut wrong = Vec::new();
    for (text, want, rest) in sentences {
        let got = understand(text);
        if shown(&got) != *want || got.rest != *rest {
            wrong.push(format!("{text}\n    want {want} | {rest}\n    got  {} | {}", shown(&got), got.rest));
        }
    }
    assert!(wrong.is_empty(), "{} of {}:\n{}", wrong.len(), sentences.len(), wrong.join("\n"));
}

#[test]
fn whole_sentences_are_understood() {
    check(&[
        (
            "skin doctor near 02139 on a weekday morning who speaks Spanish and takes new patients",
            "specialty=dermatology near=02139 weekday=mon,tue,wed,thu,fri timeOfDay=06:00-12:00 language=es acceptingPatients=newpt",
            "",
        ),
        (
            "I'm looking for a female pediatrician in Boston, tomorrow afternoon",
            "gender=female specialty=pediatrics startBefore=tomorrow timeOfDay=12:00-17:00",
            "in Boston",
        ),
        (
            "need a physical therapist within 10 miles of Cambridge, MA after 5pm",
            "specialty=physical-therapy near=Cambridge, MA(10) timeOfDay=17:00-24:00",
            "",
        ),
        ("Dr. Smith who speaks Mandarin, telehealth", "language=zh isVirtual=true", "Dr. Smith"),
        ("dermatologist 02139", "specialty=dermatology near=02139", ""),
        ("flu shot this weekend near me", "specialty=immunization weekday=sat,sun near=me", ""),
        ("eye exam next week", "specialty=optometry startBefore=next week", ""),
        ("dermatolgist near Boston", "specialty=dermatology~dermatologist near=Boston", ""),
        ("DERMATOLOGIST NEAR BOSTON, MA WHO SPEAKS SPANISH", "specialty=dermatology near=BOSTON, MA language=es", ""),
        ("dermatólogo que habla español cerca de Boston", "specialty=dermatology language=es near=Boston", ""),
        ("médico de familia en español", "specialty=family-medicine language=es", ""),
        ("find me a dentist", "specialty=dentistry", ""),
        ("looking for Nguyen dermatology", "specialty=dermatology", "Nguyen"),
        ("", "", ""),
        ("?!", "", "?!"),
        ("Boston", "", "Boston"),
    ]);
}

#[test]
fn places_are_understood() {
    check(&[
        ("dentist near 02139-1234", "specialty=dentistry near=02139", ""),
        ("dentist in 02139", "specialty=dentistry near=02139", ""),
        ("dentist near zip code 02139", "specialty=dentistry near=02139", ""),
        ("dentist near 99999", "specialty=dentistry", "near 99999"),
        ("dentist near Boston MA", "specialty=dentistry near=Boston MA", ""),
        ("dentist near St. Louis, MO", "specialty=dentistry near=St. Louis, MO", ""),
        ("near Portland, OR dentist", "near=Portland, OR specialty=dentistry", ""),
        ("dentist near portland or", "specialty=dentistry near=portland or", ""),
        ("dentist near newport or telehealth", "specialty=dentistry", "near newport or telehealth"),
        ("dentist near home", "specialty=dentistry", "near home"),
        ("dentist near Springfield", "specialty=dentistry", "near Springfield"),
        ("dentist in Boston", "specialty=dentistry", "in Boston"),
        ("dentist close to me", "specialty=dentistry near=me", ""),
        ("nearest dentist", "near=me specialty=dentistry", ""),
        ("dentist within 5 miles", "specialty=dentistry near=me(5)", ""),
        ("dentist near 02139 within 5 miles", "specialty=dentistry near=02139(5)", ""),
        ("dentist within 2.5 mi of me", "specialty=dentistry near=me(2.5)", ""),
        ("dentist near 02139 or 02140", "specialty=dentistry", "near 02139 or 02140"),
        ("02139", "", "02139"),
        ("store 02139", "", "store 02139"),
        ("Smith 02139", "near=02139", "Smith"),
        ("Newport", "", "Newport"),
        ("near Boston Children's Hospital", "", "near Boston Children's Hospital"),
        ("Near North Health Services", "", "Near North Health Services"),
        ("not near 02139", "", "not near 02139"),
    ]);
}

#[test]
fn languages_are_understood() {
    check(&[
        ("Spanish-speaking dentist", "language=es specialty=dentistry", ""),
        ("dentist in Spanish", "specialty=dentistry language=es", ""),
        ("dentist fluent in Haitian Creole", "specialty=dentistry language=ht", ""),
        ("dentist who speaks American Sign Language", "specialty=dentistry language=ase", ""),
        ("dentist who speaks Spanish and Portuguese", "specialty=dentistry language=es language=pt", ""),
        ("dentist who speaks Spanish or Portuguese", "specialty=dentistry", "who speaks Spanish or Portuguese"),
        ("dentist who doesn't speak Spanish", "specialty=dentistry", "who doesn't speak Spanish"),
        ("Spanish", "", "Spanish"),
        ("Spanish Peaks Clinic", "", "Spanish Peaks Clinic"),
        ("clinic in Spanish Fork", "", "clinic in Spanish Fork"),
        ("Spanish Speaking Center of Denver", "", "Spanish Speaking Center of Denver"),
        ("Polish National Alliance", "", "Polish National Alliance"),
        ("Dr. English", "", "Dr. English"),
    ]);
}

#[test]
fn days_and_times_are_understood() {
    check(&[
        ("on monday", "weekday=mon", ""),
        ("mondays", "weekday=mon", ""),
        ("on mon and tue", "weekday=mon,tue", ""),
        ("on mon, wed and fri", "weekday=mon,wed,fri", ""),
        ("mon-fri after 5:30 p.m.", "weekday=mon,tue,wed,thu,fri timeOfDay=17:30-24:00", ""),
        ("monday through wednesday", "weekday=mon,tue,wed", ""),
        ("monday morning", "weekday=mon timeOfDay=06:00-12:00", ""),
        ("weekday evenings", "weekday=mon,tue,wed,thu,fri timeOfDay=17:00-21:00", ""),
        ("weekends", "weekday=sat,sun", ""),
        ("Smith on Tuesdays", "weekday=tue", "Smith"),
        ("Dr. Monday", "", "Dr. Monday"),
        ("dermatologist saturday", "specialty=dermatology weekday=sat", ""),
        ("dermatologist Dr. Monday", "specialty=dermatology", "Dr. Monday"),
        ("weekend urgent care", "weekday=sat,sun specialty=urgent-care", ""),
        ("on friday harbor road", "", "on friday harbor road"),
        ("Rick Monday", "", "Rick Monday"),
        ("clinic on Sunday Street", "", "clinic on Sunday Street"),
        ("sun city", "", "sun city"),
        ("not on mondays or tuesdays", "", "not on mondays or tuesdays"),
        ("any day but monday", "", "any day but monday"),
        ("in the morning", "timeOfDay=06:00-12:00", ""),
        ("mornings", "timeOfDay=06:00-12:00", ""),
        ("mornings or afternoons", "timeOfDay=06:00-17:00", ""),
        ("mornings or evenings", "", "mornings or evenings"),
        ("morning appointment", "timeOfDay=06:00-12:00", ""),
        ("this evening", "timeOfDay=17:00-21:00 startBefore=today", ""),
        ("tomorrow morning", "startBefore=tomorrow timeOfDay=06:00-12:00", ""),
        ("Evening Star Clinic", "", "Evening Star Clinic"),
        ("evening star clinic", "", "evening star clinic"),
        ("in the Evening Star Clinic", "", "in the Evening Star Clinic"),
        ("Good Morning Pediatrics", "", "Good Morning Pediatrics"),
        ("before 9 am", "timeOfDay=00:00-09:00", ""),
        ("between 8 and 10 am", "timeOfDay=08:00-10:00", ""),
        ("between 11 and 1 pm", "timeOfDay=11:00-13:00", ""),
        ("9am to 5pm", "timeOfDay=09:00-17:00", ""),
        ("after 17:00", "timeOfDay=17:00-24:00", ""),
        ("after 5", "", "after 5"),
        ("after 9am before 11am", "timeOfDay=09:00-24:00 timeOfDay=00:00-11:00", ""),
        ("before 9am after 11am", "", "before 9am after 11am"),
        ("today", "startBefore=today", ""),
        ("this week", "startBefore=this week", ""),
        ("within 3 days", "startBefore=within 3 days", ""),
        ("in the next two weeks", "startBefore=within 14 days", ""),
        ("dentist asap", "specialty=dentistry sort=start", ""),
        ("earliest available dentist appointment", "sort=start specialty=dentistry", ""),
        ("dentist today or tomorrow", "specialty=dentistry", "today or tomorrow"),
        ("Dental Care Today LLC", "", "Dental Care Today LLC"),
        ("Today's Dental", "", "Today's Dental"),
    ]);
}

#[test]
fn wishes_about_people_and_care_are_understood() {
    check(&[
        ("accepting new patients", "acceptingPatients=newpt", ""),
        ("dentist open to new patients", "specialty=dentistry acceptingPatients=newpt", ""),
        ("new patient appointment with Smith", "acceptingPatients=newpt", "with Smith"),
        ("dentist who's accepting new patients", "specialty=dentistry acceptingPatients=newpt", ""),
        ("dentist as a new patient", "specialty=dentistry acceptingPatients=newpt", ""),
        ("not accepting new patients", "", "not accepting new patients"),
        ("New Patient Care Center LLC", "", "New Patient Care Center LLC"),
        ("telehealth", "isVirtual=true", ""),
        ("video visit with a psychiatrist", "isVirtual=true specialty=psychiatry", ""),
        ("virtual dermatologist", "isVirtual=true specialty=dermatology", ""),
        ("online doctor", "isVirtual=true", ""),
        ("in-person visit", "isVirtual=false", ""),
        ("telehealth or in person", "", "telehealth or in person"),
        ("virtual or in person", "", "virtual or in person"),
        ("no telehealth", "", "no telehealth"),
        ("Virtual Imaging Center", "", "Virtual Imaging Center"),
        ("same-day dermatologist", "startBefore=today specialty=dermatology", ""),
        ("Same Day Surgery Center", "", "Same Day Surgery Center"),
        ("Telehealth Partners", "", "Telehealth Partners"),
        ("female doctor", "gender=female", ""),
        ("woman ob-gyn", "gender=female specialty=obstetrics-gynecology", ""),
        ("male therapist", "gender=male specialty=psychology", ""),
        ("female primary care doctor", "gender=female specialty=family-medicine", ""),
        ("dentist who is a woman", "specialty=dentistry gender=female", ""),
        ("male or female dentist", "specialty=dentistry", "male or female"),
        ("women's health", "specialty=obstetrics-gynecology", ""),
        ("male infertility", "", "male infertility"),
        ("walk-ins", "walkIn=true", ""),
        ("dentist without an appointment", "specialty=dentistry walkIn=true", ""),
        ("walk-in clinic", "specialty=urgent-care", ""),
        ("walk in the park", "", "walk in the park"),
    ]);
}

#[test]
fn specialties_are_understood() {
    check(&[
        ("Skin Doctors", "specialty=dermatology", ""),
        ("OB/GYN", "specialty=obstetrics-gynecology", ""),
        ("obstetrics & gynaecology", "specialty=obstetrics-gynecology", ""),
        ("X-Ray", "specialty=radiology", ""),
        ("psychology 02139", "specialty=psychology near=02139", ""),
        ("boston dermatology", "specialty=dermatology", "boston"),
        ("Boston Dermatologist", "specialty=dermatology", "Boston"),
        ("Boston Dermatology Associates", "", "Boston Dermatology Associates"),
        ("boston dermatology associates", "", "boston dermatology associates"),
        ("Physical Therapist Partners LLC", "", "Physical Therapist Partners LLC"),
        ("Sacred Heart Hospital", "", "Sacred Heart Hospital"),
        ("Advanced Dermatology and Cosmetic Surgery", "", "Advanced Dermatology and Cosmetic Surgery"),
        ("sleep apnea specialist", "specialty=sleep-medicine", ""),
        ("Back Pain Specialists", "", "Back Pain Specialists"),
        ("Eye Doctors of Washington", "", "Eye Doctors of Washington"),
        ("heart", "", "heart"),
        ("knee pain", "", "knee pain"),
        ("pediatric dermatologist", "specialty=dermatology", "pediatric"),
        ("pediatric dentist", "specialty=pediatric-dentistry", ""),
        ("dermatologist or allergist", "specialty=dermatology specialty=allergy-immunology", ""),
        ("therapist near me", "specialty=psychology near=me", ""),
        ("recreation therapist", "", "recreation therapist"),
        ("respiratory therapist", "specialty=respiratory-therapy", ""),
        ("opthamologist", "specialty=ophthalmology~ophthalmologist", ""),
        ("virologist", "", "virologist"),
        ("not a dermatologist", "", "not a dermatologist"),
        ("CVS Pharmacy", "", "CVS Pharmacy"),
        ("University of Cardiology", "", "University of Cardiology"),
        ("Institute of Cardiology of Boston", "", "Institute of Cardiology of Boston"),
    ]);
}

#[test]
fn pieces_are_given_as_typed() {
    let got = understand("Skin Doctor, near  02139; who speaks Español.");
    let pieces: Vec<_> = got.understood.iter().map(|piece| piece.words.as_str()).collect();
    assert_eq!(pieces, ["Skin Doctor", "near  02139", "who speaks Español"]);
    let got = understand("dentist near 02139 on mondays within 5 miles");
    let pieces: Vec<_> = got.understood.iter().map(|piece| piece.words.as_str()).collect();
    assert_eq!(pieces, ["dentist", "near 02139 within 5 miles", "on mondays"]);
}

/// Words that meet in sentences, so that made-up ones are not all free text.
fn sentence() -> impl Strategy<Value = String> {
    const PIECES: [&str; 64] = [
        "skin",
        "doctor",
        "dermatologist",
        "dermatolgist",
        "physical",
        "therapist",
        "near",
        "02139",
        "me",
        "Boston",
        "MA",
        "OR",
        "or",
        "and",
        "not",
        "no",
        "on",
        "a",
        "weekday",
        "morning",
        "mornings",
        "evening",
        "monday",
        "Mondays",
        "sun",
        "tue",
        "who",
        "speaks",
        "Spanish",
        "speaking",
        "in",
        "person",
        "takes",
        "new",
        "patients",
        "patient",
        "appointment",
        "telehealth",
        "virtual",
        "visit",
        "female",
        "male",
        "walk",
        "today",
        "tomorrow",
        "next",
        "week",
        "within",
        "10",
        "miles",
        "of",
        "after",
        "5pm",
        "before",
        "9",
        "am",
        "between",
        "Clinic",
        "center",
        "Dr.",
        "Smith",
        "the",
        "this",
        "is",
    ];
    const GAPS: [&str; 6] = [" ", " ", " ", ", ", "-", ". "];
    prop::collection::vec((0..PIECES.len(), 0..GAPS.len()), 0..12)
        .prop_map(|parts| parts.into_iter().map(|(piece, gap)| format!("{}{}", PIECES[piece], GAPS[gap])).collect())
}

fn hold_promises(text: &str) -> Result<(), TestCaseError> {
    let got = understand(text);
    let again = understand(&got.rest);
    prop_assert!(again.understood.is_empty(), "{text:?}: {:?} again gives {:?}", got.rest, again.understood);
    prop_assert_eq!(&again.rest, got.rest.trim());
    let kept = std::iter::once(&got.rest).chain(got.understood.iter().map(|piece| &piece.words));
    let kept: Vec<_> = kept.map(|text| fold(text)).collect();
    let is_kept = |word: &str| kept.iter().any(|text| words(text).any(|kept| kept == word));
    let is_joint = |word: &str| CONNECTIVES.iter().any(|joint| words(joint).any(|part| part == word));
    for word in words(&fold(text)) {
        prop_assert!(is_kept(word) || is_joint(word), "{text:?} lost {word}");
    }
    for piece in &got.understood {
        prop_assert!(!piece.words.is_empty() && !piece.meaning.parameter().is_empty());
        prop_assert!(!piece.meaning.value().is_empty(), "{text:?}");
    }
    Ok(())
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(1_000))]

    #[test]
    fn sentences_lose_no_word_and_their_rest_says_nothing_new(text in sentence()) {
        hold_promises(&text)?;
    }

    #[test]
    fn no_text_panics(text in ".{0,60}") {
        hold_promises(&text)?;
    }
}
