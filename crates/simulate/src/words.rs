//! Word lists and what is composed of them: invented publishers, places and people.
//!
//! None of the names is meant to be that of a company or a person; telephone numbers are of the range 555-0100 to
//! 555-0199 that is kept free for invented ones.

use crate::random::{Key, Purpose};

const BRAND_HEADS: [&str; 24] = [
    "Quill", "Marrow", "Thistle", "Ember", "Larkspur", "Cobble", "Hollow", "Sable", "Juniper", "Fennel", "Harrow",
    "Wicker", "Tamarack", "Gosling", "Bramble", "Copper", "Dovetail", "Lantern", "Mallow", "Nettle", "Otter", "Pewter",
    "Saffron", "Yarrow",
];
const BRAND_TAILS: [&str; 23] = [
    "water", "bridge", "field", "gate", "haven", "mere", "point", "ridge", "stone", "vale", "wick", "worth", "combe",
    "dale", "ford", "grove", "holt", "ley", "marsh", "moor", "shaw", "thorpe", "wold",
];
const CLINIC_KINDS: [&str; 6] =
    ["Health", "Medical Group", "Care Partners", "Clinics", "Physicians Network", "Health Alliance"];
const STORE_KINDS: [&str; 5] = ["Pharmacy", "Drug Stores", "Market Pharmacy", "Apothecary", "Corner Drugs"];

/// Name of the `number`-th publisher of a simulation. The first 552 differ in their first word.
pub(crate) fn publisher_name(key: Key, number: u32, is_store: bool) -> String {
    let n_brands = (BRAND_HEADS.len() * BRAND_TAILS.len()) as u64;
    // 25 and 552 have no common factor, so the steps visit every brand once before any comes again.
    let brand = (key.below(n_brands) + u64::from(number) * 25) % n_brands;
    let head = BRAND_HEADS[(brand % BRAND_HEADS.len() as u64) as usize];
    let tail = BRAND_TAILS[(brand / BRAND_HEADS.len() as u64) as usize];
    let kinds: &[&str] = if is_store { &STORE_KINDS } else { &CLINIC_KINDS };
    let kind = kinds[number as usize % kinds.len()];
    let round = u64::from(number) / n_brands;
    if round == 0 { format!("{head}{tail} {kind}") } else { format!("{head}{tail} {kind} {}", round + 1) }
}

const STREETS: [&str; 32] = [
    "Maple",
    "Oak",
    "Cedar",
    "Elm",
    "Washington",
    "Lake",
    "Hill",
    "Walnut",
    "Spring",
    "North",
    "Ridge",
    "Church",
    "Willow",
    "Mill",
    "Sunset",
    "Railroad",
    "Jackson",
    "River",
    "Cherry",
    "Highland",
    "Center",
    "Franklin",
    "Prospect",
    "Chestnut",
    "Summit",
    "Park",
    "Orchard",
    "Meadow",
    "Harbor",
    "Union",
    "College",
    "Canal",
];
const STREET_KINDS: [&str; 6] = ["St", "Ave", "Rd", "Blvd", "Dr", "Way"];

/// Street line of a place, and the street's name alone.
pub(crate) fn street(key: Key) -> (String, &'static str) {
    let name = key.pick(&STREETS);
    let kind = key.of(1).pick(&STREET_KINDS);
    (format!("{} {name} {kind}", 1 + key.of(2).below(4_999)), name)
}

const CLINIC_PLACES: [&str; 6] =
    ["Family Health", "Medical Center", "Primary Care", "Specialty Clinic", "Health Center", "Urgent Care"];

/// What a place of care is called.
pub(crate) fn place_name(brand: &str, number: u32, is_store: bool, street: &str, city: &str) -> String {
    if is_store {
        format!("{brand} #{} {street} {city}", 1_000 + number)
    } else {
        format!("{brand} {} {city} {street}", CLINIC_PLACES[number as usize % CLINIC_PLACES.len()])
    }
}

/// One area code of each state.
const AREA_CODES: [(&str, &str); 51] = [
    ("AK", "907"),
    ("AL", "205"),
    ("AR", "501"),
    ("AZ", "602"),
    ("CA", "415"),
    ("CO", "303"),
    ("CT", "203"),
    ("DC", "202"),
    ("DE", "302"),
    ("FL", "305"),
    ("GA", "404"),
    ("HI", "808"),
    ("IA", "515"),
    ("ID", "208"),
    ("IL", "312"),
    ("IN", "317"),
    ("KS", "316"),
    ("KY", "502"),
    ("LA", "504"),
    ("MA", "617"),
    ("MD", "410"),
    ("ME", "207"),
    ("MI", "313"),
    ("MN", "612"),
    ("MO", "314"),
    ("MS", "601"),
    ("MT", "406"),
    ("NC", "704"),
    ("ND", "701"),
    ("NE", "402"),
    ("NH", "603"),
    ("NJ", "201"),
    ("NM", "505"),
    ("NV", "702"),
    ("NY", "212"),
    ("OH", "216"),
    ("OK", "405"),
    ("OR", "503"),
    ("PA", "215"),
    ("RI", "401"),
    ("SC", "803"),
    ("SD", "605"),
    ("TN", "615"),
    ("TX", "214"),
    ("UT", "801"),
    ("VA", "804"),
    ("VT", "802"),
    ("WA", "206"),
    ("WI", "414"),
    ("WV", "304"),
    ("WY", "307"),
];

/// A telephone number that nobody has.
pub(crate) fn phone(key: Key, state: &str) -> String {
    let area = AREA_CODES.iter().find(|(code, _)| *code == state).map_or("800", |(_, area)| area);
    format!("{area}-555-{:04}", 100 + key.below(100))
}

const GIVEN_NAMES: [(&str, &str); 32] = [
    ("James", "male"),
    ("Maria", "female"),
    ("Robert", "male"),
    ("Linda", "female"),
    ("Michael", "male"),
    ("Elena", "female"),
    ("David", "male"),
    ("Susan", "female"),
    ("Wei", "male"),
    ("Aisha", "female"),
    ("Carlos", "male"),
    ("Grace", "female"),
    ("Omar", "male"),
    ("Hannah", "female"),
    ("Ravi", "male"),
    ("Priya", "female"),
    ("Samuel", "male"),
    ("Nicole", "female"),
    ("Victor", "male"),
    ("Sofia", "female"),
    ("Minh", "male"),
    ("Olga", "female"),
    ("Daniel", "male"),
    ("Fatima", "female"),
    ("Anthony", "male"),
    ("Rachel", "female"),
    ("Kwame", "male"),
    ("Yuki", "female"),
    ("Peter", "male"),
    ("Camila", "female"),
    ("Andre", "male"),
    ("Ingrid", "female"),
];
const FAMILY_NAMES: [&str; 40] = [
    "Smith", "Johnson", "Garcia", "Nguyen", "Brown", "Martinez", "Davis", "Kim", "Wilson", "Patel", "Anderson",
    "Lopez", "Thompson", "Chen", "Moore", "Rivera", "Jackson", "Kowalski", "White", "Okafor", "Harris", "Singh",
    "Clark", "Ramirez", "Lewis", "Haddad", "Walker", "Tran", "Young", "O'Brien", "Allen", "Santos", "Wright", "Petrov",
    "Scott", "Müller", "Green", "Ortiz", "Baker", "Yamamoto",
];

/// An invented person.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Person {
    pub(crate) given: &'static str,
    pub(crate) middle: char,
    pub(crate) family: &'static str,
    pub(crate) gender: &'static str,
}

impl Person {
    pub(crate) fn new(key: Key) -> Self {
        let (given, gender) = key.pick(&GIVEN_NAMES);
        let middle = char::from(b'A' + key.of(1).below(26) as u8);
        Self { given, middle, family: key.of(2).pick(&FAMILY_NAMES), gender }
    }

    /// The name as it stands on a door.
    pub(crate) fn display(&self) -> String {
        format!("Dr. {} {}. {}", self.given, self.middle, self.family)
    }
}

/// Languages that clinicians speak, the commoner ones more often, as BCP 47 tag and name.
const LANGUAGES: [(&str, &str); 16] = [
    ("es", "Spanish"),
    ("es", "Spanish"),
    ("es", "Spanish"),
    ("es", "Spanish"),
    ("zh", "Chinese"),
    ("zh", "Chinese"),
    ("vi", "Vietnamese"),
    ("vi", "Vietnamese"),
    ("tl", "Tagalog"),
    ("ko", "Korean"),
    ("ar", "Arabic"),
    ("fr", "French"),
    ("ru", "Russian"),
    ("pt", "Portuguese"),
    ("ht", "Haitian Creole"),
    ("hi", "Hindi"),
];

/// English, and another language for about half.
pub(crate) fn languages(key: Key) -> Vec<(&'static str, &'static str)> {
    let key = key.for_purpose(Purpose::Language);
    let mut spoken = vec![("en", "English")];
    if key.below(2) == 1 {
        spoken.push(key.of(1).pick(&LANGUAGES));
    }
    spoken
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeSet;

    use super::*;

    #[test]
    fn publishers_differ_in_name() {
        let names: BTreeSet<String> = (0..1_200).map(|n| publisher_name(Key::new(3), n, n % 3 == 0)).collect();
        assert_eq!(names.len(), 1_200);
    }

    #[test]
    fn phones_are_of_the_range_kept_free() {
        for n in 0..200 {
            let phone = phone(Key::new(n), "MA");
            assert!(phone.starts_with("617-555-01") && phone.len() == 12, "{phone}");
        }
    }
}
