//! What a patient's words ask for, beside the words that are looked for.
//!
//! Only unmistakable forms are understood: `speaks Spanish` is a language, `Spanish Peaks Clinic` is a name. A wrong
//! filter hides what was asked for and nobody notices; a word that is not understood is looked for as it stands.

mod time;
mod tokens;
mod what;
mod whereabouts;
mod who;

#[cfg(test)]
mod tests;

use openslots_model::{DaySpan, Gender, TimeOfDay, Weekday, Weekdays};

use self::tokens::Tokens;
use crate::languages::Language;
use crate::vocabulary::Specialty;

/// What words mean.
#[derive(Debug, Clone, PartialEq)]
pub enum Meaning {
    /// One of these specialties; misspelt words were taken for `corrected`. The words themselves stay in the rest.
    Specialty {
        /// What the words mean.
        specialties: Vec<&'static Specialty>,
        /// The known name of it, where the words are misspelt.
        corrected: Option<&'static str>,
    },
    /// Near a place, as [`crate::geography::locate`] understands it.
    Near {
        /// The place.
        place: String,
        /// How far, in miles, if that is said.
        radius_miles: Option<u32>,
    },
    /// Near whoever asks, wherever that is.
    NearMe,
    /// Who speaks this language.
    Language(&'static Language),
    /// Who takes new patients.
    NewPatients,
    /// On these days of the week.
    Weekdays(Weekdays),
    /// At this time of day.
    TimeOfDay(TimeOfDay),
    /// On these days.
    Days(DaySpan),
    /// Virtual care, or care in person.
    Virtual(bool),
    /// Of this gender.
    Gender(Gender),
    /// Without an appointment.
    WalkIn,
    /// As soon as possible: the earliest come first anyway.
    Soon,
}

/// Words of a text with their meaning.
#[derive(Debug, Clone, PartialEq)]
pub struct Understood {
    /// The words as they were written.
    pub words: String,
    /// What they mean.
    pub meaning: Meaning,
}

/// A text, understood.
#[derive(Debug, Clone, PartialEq, Default)]
pub struct Understanding {
    /// What is left to be looked for.
    pub rest: String,
    /// What was understood, in the order of the text.
    pub understood: Vec<Understood>,
}

/// Understands a text as far as it is unmistakable. One in double quotes is looked for as it stands.
pub fn understand(text: &str) -> Understanding {
    let quoted = text.trim().strip_prefix('"').and_then(|text| text.strip_suffix('"'));
    if let Some(quoted) = quoted {
        return Understanding { rest: quoted.to_owned(), understood: Vec::new() };
    }
    let mut tokens = Tokens::of(text);
    whereabouts::find(&mut tokens);
    who::find(&mut tokens);
    what::find_care(&mut tokens);
    time::find(&mut tokens);
    what::find_specialties(&mut tokens);
    tokens.finish()
}

/// The days from Monday to Friday.
fn working_days() -> Weekdays {
    Weekday::ALL[..5].iter().copied().collect()
}
