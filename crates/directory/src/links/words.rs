//! Words of addresses and names in one spelling.

/// Street suffixes as USPS abbreviates them (Publication 28, appendix C), with what publishers write.
const SUFFIXES: &[(&str, &[&str])] = &[
    ("aly", &["alley", "ally"]),
    ("ave", &["avenue", "av", "aven", "avenu", "avn"]),
    ("bch", &["beach"]),
    ("blvd", &["boulevard", "boul", "boulv", "bl"]),
    ("byp", &["bypass", "bypas"]),
    ("cir", &["circle", "circ", "crcl"]),
    ("cmn", &["common", "commons"]),
    ("cres", &["crescent"]),
    ("ct", &["court", "crt"]),
    ("ctr", &["center", "centre", "cntr", "cen"]),
    ("cv", &["cove"]),
    ("dr", &["drive", "drv", "driv"]),
    ("expy", &["expressway", "expwy"]),
    ("ext", &["extension"]),
    ("fwy", &["freeway", "frwy"]),
    ("hwy", &["highway", "hiway", "hiwy", "hway"]),
    ("ldg", &["landing"]),
    ("ln", &["lane"]),
    ("loop", &["loops"]),
    ("mall", &[]),
    ("mnr", &["manor"]),
    ("park", &["prk"]),
    ("path", &[]),
    ("pike", &[]),
    ("pkwy", &["parkway", "parkwy", "pkway", "pky", "pwy"]),
    ("pl", &["place"]),
    ("plz", &["plaza", "plza"]),
    ("pt", &["point"]),
    ("rd", &["road"]),
    ("row", &[]),
    ("run", &[]),
    ("sq", &["square", "sqr"]),
    ("st", &["street", "str", "strt", "saint"]),
    ("ter", &["terrace", "terr"]),
    ("tpke", &["turnpike", "trnpk", "tpk", "tnpk"]),
    ("trl", &["trail"]),
    ("walk", &[]),
    ("way", &["wy"]),
    ("xing", &["crossing", "crssng"]),
];

/// Other words of streets.
const STREET_WORDS: [(&str, &str); 27] = [
    ("north", "n"),
    ("south", "s"),
    ("east", "e"),
    ("west", "w"),
    ("northeast", "ne"),
    ("northwest", "nw"),
    ("southeast", "se"),
    ("southwest", "sw"),
    ("mount", "mt"),
    ("fort", "ft"),
    ("route", "hwy"),
    ("rte", "hwy"),
    ("rt", "hwy"),
    ("sr", "hwy"),
    ("first", "1"),
    ("second", "2"),
    ("third", "3"),
    ("fourth", "4"),
    ("fifth", "5"),
    ("sixth", "6"),
    ("seventh", "7"),
    ("eighth", "8"),
    ("ninth", "9"),
    ("tenth", "10"),
    ("eleventh", "11"),
    ("twelfth", "12"),
    ("twentieth", "20"),
];

/// House numbers that are spelled out.
const NUMBERS: [&str; 11] = ["zero", "one", "two", "three", "four", "five", "six", "seven", "eight", "nine", "ten"];

/// The ordinals that have no row of their own.
const TEENS: [(&str, &str); 7] = [
    ("thirteenth", "13"),
    ("fourteenth", "14"),
    ("fifteenth", "15"),
    ("sixteenth", "16"),
    ("seventeenth", "17"),
    ("eighteenth", "18"),
    ("nineteenth", "19"),
];

/// A word of a street in its one spelling: suffixes and directions abbreviated, ordinals as digits.
pub(super) fn street_word(word: &str) -> &str {
    if let Some((short, _)) = SUFFIXES.iter().find(|(short, long)| *short == word || long.contains(&word)) {
        return short;
    }
    if let Some((_, short)) = STREET_WORDS.iter().chain(&TEENS).find(|(long, _)| *long == word) {
        return short;
    }
    let digits = ["st", "nd", "rd", "th"].into_iter().find_map(|end| word.strip_suffix(end));
    match digits {
        Some(digits) if is_digits(digits) => digits,
        _ => word,
    }
}

/// The number of a suffix of a street, from 1.
pub(super) fn suffix(word: &str) -> Option<u8> {
    let at = SUFFIXES.iter().position(|(short, _)| *short == word)?;
    u8::try_from(at + 1).ok()
}

/// The number of a direction, from 1.
pub(super) fn direction(word: &str) -> Option<u8> {
    let at = ["n", "s", "e", "w", "ne", "nw", "se", "sw"].into_iter().position(|known| known == word)?;
    u8::try_from(at + 1).ok()
}

/// The digits of a small number that is spelled out.
pub(super) fn number(word: &str) -> Option<usize> {
    NUMBERS.iter().position(|known| *known == word).filter(|number| *number > 0)
}

/// Whether all are digits, and there is one.
pub(super) fn is_digits(text: &str) -> bool {
    !text.is_empty() && text.bytes().all(|b| b.is_ascii_digit())
}

/// Whether both are written alike but for one slip of the pen: a letter more, less, other, or two in the wrong order.
///
/// Short words and words with digits must be equal: `5` is not `6`, `Hill` is not `Mill`.
pub(super) fn is_alike(a: &str, b: &str) -> bool {
    if a == b {
        return true;
    }
    let is_word = |text: &str| text.len() >= 5 && !text.bytes().any(|b| b.is_ascii_digit());
    if !is_word(a) || !is_word(b) || a.len().max(b.len()) < 6 || a.as_bytes()[0] != b.as_bytes()[0] {
        return false;
    }
    let (short, long) = if a.len() <= b.len() { (a.as_bytes(), b.as_bytes()) } else { (b.as_bytes(), a.as_bytes()) };
    let same = short.iter().zip(long).take_while(|(x, y)| x == y).count();
    match long.len() - short.len() {
        0 => {
            let is_swap = same + 1 < long.len()
                && short[same] == long[same + 1]
                && short[same + 1] == long[same]
                && short[same + 2..] == long[same + 2..];
            short[same + 1..] == long[same + 1..] || is_swap
        }
        1 => short[same..] == long[same + 1..],
        _ => false,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn words_have_one_spelling() {
        for (word, want) in [
            ("street", "st"),
            ("saint", "st"),
            ("avenue", "ave"),
            ("parkway", "pkwy"),
            ("north", "n"),
            ("southwest", "sw"),
            ("1st", "1"),
            ("first", "1"),
            ("42nd", "42"),
            ("twentieth", "20"),
            ("sixteenth", "16"),
            ("rte", "hwy"),
            ("mount", "mt"),
            ("summer", "summer"),
            ("th", "th"),
        ] {
            assert_eq!(street_word(word), want, "{word}");
            assert_eq!(street_word(want), want, "{word}");
        }
    }

    #[test]
    fn one_slip_is_forgiven_in_long_words_only() {
        for (a, b, want) in [
            ("summer", "summer", true),
            ("summer", "sumer", true),
            ("maple", "mable", false),
            ("lexington", "lexingtn", true),
            ("lexington", "lexignton", true),
            ("lexington", "lexingtan", true),
            ("lexington", "lexingtons", true),
            ("lexington", "lexngtns", false),
            ("marlow", "harlow", false),
            ("hill", "mill", false),
            ("highway 51", "highway 52", false),
            ("5", "6", false),
            ("washington", "worthington", false),
        ] {
            assert_eq!(is_alike(a, b), want, "{a} {b}");
            assert_eq!(is_alike(b, a), want, "{b} {a}");
        }
    }
}
