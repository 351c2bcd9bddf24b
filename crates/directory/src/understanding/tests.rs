//! What is understood, and above all what is not.

use proptest::prelude::*;

use super::*;

/// A meaning in short: `specialty dermatology`, `near 02139`, `mon tue`.
fn short(meaning: &Meaning) -> String {
    match meaning {
        Meaning::Specialty { specialties, corrected } => {
            let keys = specialties.iter().map(|specialty| specialty.key).collect::<Vec<_>>().join("/");
            corrected.map_or_else(|| keys.clone(), |name| format!("{keys} ({name})"))
        }
        Meaning::Near { place, radius_miles: None } => format!("near {place}"),
        Meaning::Near { place, radius_miles: Some(miles) } => format!("{miles} miles of {place}"),
        Meaning::NearMe => "near me".to_owned(),
        Meaning::Language(language) => language.tags[0].to_owned(),
        Meaning::NewPatients => "new patients".to_owned(),
        Meaning::Weekdays(days) if *days == working_days() => "weekdays".to_owned(),
        Meaning::Weekdays(days) => {
            let days = Weekday::ALL.into_iter().filter(|day| days.contains(*day)).map(Weekday::as_str);
            days.collect::<Vec<_>>().join(" ")
        }
        Meaning::TimeOfDay(hours) => format!("{}-{}", clock(hours.from_minute), clock(hours.to_minute)),
        Meaning::Days(DaySpan::Ahead(0, 0)) => "today".to_owned(),
        Meaning::Days(DaySpan::Ahead(..)) => "tomorrow".to_owned(),
        Meaning::Days(DaySpan::ThisWeek) => "this week".to_owned(),
        Meaning::Days(DaySpan::NextWeek) => "next week".to_owned(),
        Meaning::Virtual(true) => "virtual".to_owned(),
        Meaning::Virtual(false) => "in person".to_owned(),
        Meaning::Gender(gender) => gender.as_str().to_owned(),
        Meaning::WalkIn => "walk in".to_owned(),
        Meaning::Soon => "soon".to_owned(),
    }
}

fn clock(minute: u16) -> String {
    format!("{}:{:02}", minute / 60, minute % 60)
}

fn assert_understood(cases: &[(&str, &str, &[&str])]) {
    let mut wrong = Vec::new();
    for (text, rest, want) in cases {
        let got = understand(text);
        let meanings = got.understood.iter().map(|it| short(&it.meaning)).collect::<Vec<_>>();
        if (got.rest.as_str(), &meanings) != (*rest, &want.iter().map(ToString::to_string).collect()) {
            wrong.push(format!("{text}: `{}` {meanings:?} instead of `{rest}` {want:?}", got.rest));
        }
    }
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
}

#[test]
fn a_whole_sentence_is_understood() {
    let text = "skin doctor near 02139 on a weekday morning who speaks Spanish and takes new patients";
    let understanding = understand(text);
    assert_eq!(understanding.rest, "skin doctor");
    let parts = understanding.understood.iter().map(|it| (it.words.as_str(), short(&it.meaning)));
    let want = [
        ("skin doctor", "dermatology"),
        ("near 02139", "near 02139"),
        ("on a weekday", "weekdays"),
        ("morning", "6:00-12:00"),
        ("who speaks Spanish", "es"),
        ("and takes new patients", "new patients"),
    ];
    assert_eq!(parts.collect::<Vec<_>>(), want.map(|(words, meaning)| (words, meaning.to_owned())));
}

#[test]
fn places_are_understood_where_they_are_led_in() {
    assert_understood(&[
        ("dentist near Boston, MA", "dentist", &["dentistry", "near Boston, MA"]),
        ("pediatrician close to cambridge ma", "pediatrician", &["pediatrics", "near cambridge ma"]),
        ("flu shot within 10 miles of 02139", "flu shot", &["immunization", "10 miles of 02139"]),
        ("flu shot 5 miles from St. Louis, MO", "flu shot", &["immunization", "5 miles of St. Louis, MO"]),
        ("allergist near 42.36,-71.06", "allergist", &["allergy-immunology", "near 42.36,-71.06"]),
        ("dermatologist 02139", "dermatologist", &["dermatology", "near 02139"]),
        ("dermatologist in 02139", "dermatologist", &["dermatology", "near 02139"]),
        ("dermatologist in Boston", "dermatologist in Boston", &["dermatology"]),
        ("optometrist near me", "optometrist", &["optometry", "near me"]),
        ("near Boston MA who speaks Spanish", "", &["near Boston MA", "es"]),
        ("dentist near nowhere at all", "dentist near nowhere at all", &["dentistry"]),
        ("12 Main St Boston MA 02115", "12 Main St Boston MA 02115", &[]),
        ("02139", "02139", &[]),
        ("pediatra cerca de 33125", "pediatra", &["pediatrics", "near 33125"]),
    ]);
}

#[test]
fn languages_are_understood_and_names_are_not() {
    assert_understood(&[
        ("therapist who speaks Haitian Creole", "therapist", &["psychology", "ht"]),
        ("vietnamese-speaking dentist", "dentist", &["vi", "dentistry"]),
        ("Spanish speaking cardiologist", "cardiologist", &["es", "cardiology"]),
        ("cardiologist that can speak Portuguese", "cardiologist", &["cardiology", "pt"]),
        ("médico que habla español", "médico", &["es"]),
        ("psychiatrist in Spanish", "psychiatrist", &["psychiatry", "es"]),
        ("Spanish Peaks Clinic", "Spanish Peaks Clinic", &[]),
        ("French Hospital Medical Center", "French Hospital Medical Center", &[]),
        ("German Polish", "German Polish", &[]),
        ("speaks softly", "speaks softly", &[]),
    ]);
}

#[test]
fn patients_gender_and_care_are_understood() {
    assert_understood(&[
        ("family doctor accepting new patients", "family doctor", &["family-medicine", "new patients"]),
        ("dermatologist who is taking new patients", "dermatologist", &["dermatology", "new patients"]),
        ("internist open to new patients", "internist", &["internal-medicine", "new patients"]),
        ("new patient appointment dermatology", "dermatology", &["new patients", "dermatology"]),
        ("dermatology as a new patient", "dermatology", &["dermatology", "new patients"]),
        ("New Patient Care Center LLC", "New Patient Care Center LLC", &[]),
        ("Newport", "Newport", &[]),
        ("female gynecologist", "gynecologist", &["female", "obstetrics-gynecology"]),
        ("male eye doctor", "eye doctor", &["male", "ophthalmology/optometry"]),
        ("male infertility", "male infertility", &[]),
        ("women's health", "women's health", &["obstetrics-gynecology"]),
        ("telehealth psychiatrist", "psychiatrist", &["virtual", "psychiatry"]),
        ("video visit with a dermatologist", "dermatologist", &["virtual", "dermatology"]),
        ("online doctor", "doctor", &["virtual"]),
        ("in-person therapy", "therapy", &["in person"]),
        ("Virtual Realty Medical", "Virtual Realty Medical", &[]),
        ("walk-in flu shots", "flu shots", &["walk in", "immunization"]),
        ("covid vaccine without appointment", "covid vaccine", &["immunization", "walk in"]),
        ("Walk-In Clinic of Boston", "Walk-In Clinic of Boston", &[]),
    ]);
}

#[test]
fn times_are_understood_where_they_can_be_nothing_else() {
    assert_understood(&[
        ("dentist on monday", "dentist", &["dentistry", "mon"]),
        ("dentist mondays and tuesdays", "dentist", &["dentistry", "mon tue"]),
        ("dentist on Saturday or Sunday", "dentist", &["dentistry", "sat sun"]),
        ("dentist on weekends", "dentist", &["dentistry", "sat sun"]),
        ("friday afternoon dentist", "dentist", &["fri", "12:00-17:00", "dentistry"]),
        ("Dr. Monday", "Dr. Monday", &[]),
        ("Rick Friday MD", "Rick Friday MD", &[]),
        ("weekday", "weekday", &[]),
        ("dentist in the morning", "dentist", &["dentistry", "6:00-12:00"]),
        ("evening appointment dentist", "dentist", &["17:00-21:00", "dentistry"]),
        ("dentist mornings", "dentist", &["dentistry", "6:00-12:00"]),
        ("Evening Star Clinic", "Evening Star Clinic", &[]),
        ("Morning Glory Pediatrics", "Morning Glory Pediatrics", &["pediatrics"]),
        ("dentist after 5pm", "dentist", &["dentistry", "17:00-24:00"]),
        ("dentist before 9:30 am", "dentist", &["dentistry", "0:00-9:30"]),
        ("dentist between 8 and 10 am", "dentist", &["dentistry", "8:00-10:00"]),
        ("dentist between 11 and 2 pm", "dentist", &["dentistry", "11:00-14:00"]),
        ("dentist after 5", "dentist after 5", &["dentistry"]),
        ("dentist tomorrow morning", "dentist", &["dentistry", "tomorrow", "6:00-12:00"]),
        ("dentist today", "dentist", &["dentistry", "today"]),
        ("dentist next week", "dentist", &["dentistry", "next week"]),
        ("Urgent Care Today Clinic", "Urgent Care Today Clinic", &["urgent-care"]),
        ("pediatrician as soon as possible", "pediatrician", &["pediatrics", "soon"]),
    ]);
}

#[test]
fn specialties_are_told_from_names() {
    assert_understood(&[
        ("dermatologist", "dermatologist", &["dermatology"]),
        ("dermatolgist boston", "dermatolgist boston", &["dermatology (dermatologist)"]),
        ("I need a heart specialist", "heart specialist", &["cardiology"]),
        ("physical therapist", "physical therapist", &["physical-therapy"]),
        ("heart", "heart", &[]),
        ("Sacred Heart Hospital", "Sacred Heart Hospital", &[]),
        ("Boston Dermatology Associates", "Boston Dermatology Associates", &[]),
        ("Skin Doctor LLC", "Skin Doctor LLC", &[]),
        ("Dr. Conor O'Brien", "Dr. Conor O'Brien", &[]),
        ("\"speaks Spanish\"", "speaks Spanish", &[]),
        ("", "", &[]),
        ("  !? ", "!?", &[]),
    ]);
}

proptest! {
    #[test]
    fn no_text_panics_and_what_is_left_says_nothing_new(text in "[a-zA-Z0-9 ,.'-]{0,60}|.{0,40}") {
        understood_once(&text);
    }

    #[test]
    fn sentences_of_known_words_are_understood_once(
        words in prop::collection::vec(
            prop::sample::select(vec![
                "near", "02139", "Boston", "MA", "me", "speaks", "Spanish", "new", "patients", "takes", "on", "monday",
                "morning", "after", "5", "pm", "walk", "in", "female", "doctor", "skin", "today", "next", "week", "and",
            ]),
            0..12,
        ),
    ) {
        understood_once(&words.join(" "));
    }
}

/// Every word is left, understood, or one of those that people write around both.
fn understood_once(text: &str) {
    let understanding = understand(text);
    let written = |text: &str| crate::text::fold(text).split(' ').map(str::to_owned).collect::<Vec<_>>();
    let mut known = written(&understanding.rest);
    known.extend(understanding.understood.iter().flat_map(|it| written(&it.words)));
    for word in written(text).into_iter().filter(|word| !word.is_empty()) {
        let is_around = tokens::is_around(&word);
        assert!(known.contains(&word) || is_around, "{word} of {text:?} is lost: {understanding:?}");
    }
}
