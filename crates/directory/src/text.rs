//! Words of a text, as search compares them.

/// The text without accents, in lower case, everything but letters and digits turned into single spaces.
///
/// Nothing at either end: ` Ménière's  (St. Louis) ` becomes `meniere s st louis`. Folding twice changes nothing.
pub fn fold(text: &str) -> String {
    let mut folded = String::with_capacity(text.len());
    let mut gap = false;
    let mut push = |c: char| {
        if c.is_ascii_alphanumeric() {
            if gap && !folded.is_empty() {
                folded.push(' ');
            }
            gap = false;
            folded.push(c.to_ascii_lowercase());
        } else {
            gap = true;
        }
    };
    for c in text.chars() {
        if c.is_ascii() {
            push(c);
        } else {
            // A character that nobody can write in ASCII (an emoji is written as its name) parts words.
            match deunicode::deunicode_char(c) {
                Some(ascii) if c.is_alphanumeric() => ascii.trim().chars().for_each(&mut push),
                // A combining accent follows its letter and belongs to the word.
                Some("") => {}
                _ => push(' '),
            }
        }
    }
    folded
}

/// The words of a text that [`fold`] gave.
pub fn words(folded: &str) -> impl Iterator<Item = &str> {
    folded.split(' ').filter(|word| !word.is_empty())
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn texts_are_folded() {
        for (text, want) in [
            ("", ""),
            ("  ", ""),
            ("Boston", "boston"),
            ("  Coeur d'Alene, ID ", "coeur d alene id"),
            ("Doña Ana", "dona ana"),
            ("Mayagüez", "mayaguez"),
            ("Cafe\u{301} Noir", "cafe noir"),
            ("STRASSE straße", "strasse strasse"),
            ("ob-gyn / X–Ray", "ob gyn x ray"),
            ("Dr. O\u{2019}Brien", "dr o brien"),
            ("24\u{a0}h", "24 h"),
            ("\u{1f489} shots", "shots"),
        ] {
            assert_eq!(fold(text), want, "{text}");
        }
        assert_eq!(words("dr o brien").collect::<Vec<_>>(), ["dr", "o", "brien"]);
        assert_eq!(words("").count(), 0);
    }

    proptest! {
        #[test]
        fn folding_twice_changes_nothing(text in ".{0,60}") {
            let once = fold(&text);
            prop_assert_eq!(&fold(&once), &once);
            prop_assert!(once.bytes().all(|b| b == b' ' || b.is_ascii_digit() || b.is_ascii_lowercase()));
            prop_assert_eq!(once.trim(), once.as_str());
            prop_assert!(!once.contains("  "));
        }
    }
}
