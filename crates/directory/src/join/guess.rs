//! What a reference names that no resource answers to.

use openslots_model::ResourceKind;

use crate::text::{fold, words};

/// What such a reference may be.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Guess {
    /// A resource of that type.
    Kind(ResourceKind),
    /// A person or a place; the other actors may tell.
    PersonOrPlace,
    /// Neither a provider nor a place, or nothing is known of it.
    Nothing,
}

/// Types that schedules may name and that are neither provider nor place here.
const OTHER_TYPES: [&str; 6] = ["CareTeam", "Endpoint", "Group", "Patient", "RelatedPerson", "Substance"];

/// Words in the names of places.
const PLACE_WORDS: [&str; 22] = [
    "associates",
    "building",
    "campus",
    "center",
    "centers",
    "centre",
    "clinic",
    "clinics",
    "health",
    "healthcare",
    "hospital",
    "infirmary",
    "lab",
    "laboratory",
    "medical",
    "office",
    "pharmacy",
    "store",
    "suite",
    "telehealth",
    "urgent",
    "virtual",
];

/// Titles and degrees of people.
const TITLES: [&str; 24] = [
    "aprn", "cnm", "crnp", "dds", "dmd", "doctor", "dpm", "dpt", "dr", "fnp", "lcsw", "lmft", "lpc", "md", "miss",
    "mr", "mrs", "ms", "np", "pharmd", "phd", "prof", "psyd", "rn",
];

/// What a reference text and a display say about their target.
///
/// A type in the text (`Practitioner?identifier=...`) settles it. Else the display's words are looked at, those of
/// places first (`Dr. Smith's Clinic` is a place; `MD` also means Maryland).
pub(super) fn guess(text: &str, display: Option<&str>) -> Guess {
    if let Some(settled) = named_type(text) {
        return settled;
    }
    let folded = display.map(fold).unwrap_or_default();
    let has_word_of = |list: &[&str]| words(&folded).any(|word| list.contains(&word));
    if folded.is_empty() {
        Guess::Nothing
    } else if has_word_of(&PLACE_WORDS) {
        Guess::Kind(ResourceKind::Location)
    } else if has_word_of(&TITLES) {
        Guess::Kind(ResourceKind::Practitioner)
    } else {
        Guess::PersonOrPlace
    }
}

/// What the type says that a reference text names; `None` if it names none.
pub(super) fn named_type(text: &str) -> Option<Guess> {
    text.split(|c: char| !c.is_ascii_alphanumeric()).find_map(|part| match part.parse() {
        Ok(kind) => Some(Guess::Kind(kind)),
        Err(_) => OTHER_TYPES.contains(&part).then_some(Guess::Nothing),
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn texts_are_taken_for_what_they_say() {
        use ResourceKind::{Device, HealthcareService, Location, Practitioner, PractitionerRole};
        for (text, display, want) in [
            ("", None, Guess::Nothing),
            ("", Some(" - "), Guess::Nothing),
            ("urn:uuid:53fefa32", None, Guess::Nothing),
            ("Practitioner?identifier=npi|1", None, Guess::Kind(Practitioner)),
            ("https://x.example/PractitionerRole", Some("Main Clinic"), Guess::Kind(PractitionerRole)),
            ("HealthcareService/", None, Guess::Kind(HealthcareService)),
            ("Device?x=1", Some("Scanner"), Guess::Kind(Device)),
            ("Patient/7", Some("Dr. Jane Roe"), Guess::Nothing),
            ("", Some("Dr. Jane Roe"), Guess::Kind(Practitioner)),
            ("", Some("Jane Roe, MD"), Guess::Kind(Practitioner)),
            ("", Some("Dr. Roe's Clinic"), Guess::Kind(Location)),
            ("", Some("Mercy Hospital, Baltimore, MD"), Guess::Kind(Location)),
            ("urn:uuid:53fefa32", Some("Jane Roe"), Guess::PersonOrPlace),
            ("", Some("Main Street"), Guess::PersonOrPlace),
        ] {
            assert_eq!(guess(text, display), want, "{text} {display:?}");
        }
    }
}
