//! Telephone numbers that tell one place from another.

use crate::text::fold;

/// Area codes that are paid by the callee or belong to no region: such a number is an organisation's.
const NOT_LOCAL: [u64; 13] = [500, 521, 522, 533, 544, 700, 800, 833, 844, 855, 866, 877, 888];

/// The number as one integer: ten digits of the North American plan, then five of the extension.
///
/// None where it says nothing of a place: toll-free, made up (`000-000-0000`, `555-0123`), too short.
/// A number with an extension is another number than the one without: it leads to another desk.
pub(super) fn read(text: &str) -> Option<u64> {
    let folded = fold(text);
    let (number, extension) = split_extension(&folded);
    let digits: String = number.chars().filter(char::is_ascii_digit).collect();
    let national = match digits.len() {
        10 => digits.as_str(),
        11 => digits.strip_prefix('1')?,
        _ => return None,
    };
    let number: u64 = national.parse().ok()?;
    let extension: u64 = match extension.chars().filter(char::is_ascii_digit).collect::<String>() {
        digits if digits.is_empty() => 0,
        digits => digits.parse().ok().filter(|extension| *extension < 100_000)?,
    };
    is_local(number).then_some(number * 100_000 + extension)
}

/// The ten digits of what [`read`] gives, without the extension.
pub(super) fn number(phone: u64) -> u64 {
    phone / 100_000
}

/// Parts `617 555 2200 ext 12` before the extension.
fn split_extension(folded: &str) -> (&str, &str) {
    let starts = |at: &usize| folded[*at..].starts_with('x') || folded[*at..].starts_with("ext");
    match folded.char_indices().map(|(at, _)| at).find(starts) {
        Some(at) => folded.split_at(at),
        None => (folded, ""),
    }
}

fn is_local(number: u64) -> bool {
    let (area, exchange, line) = (number / 10_000_000, number / 10_000 % 1_000, number % 10_000);
    let begins_well = |code: u64| (200..1_000).contains(&code);
    let is_service = area % 100 == 11 || exchange % 100 == 11 || area == 900 || NOT_LOCAL.contains(&area);
    let is_made_up = exchange == 555 && ((100..200).contains(&line) || line == 1_212);
    let is_repeated = number.is_multiple_of(1_111_111_111);
    begins_well(area) && begins_well(exchange) && !is_service && !is_made_up && !is_repeated
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn numbers_are_read_however_they_are_written() {
        let want = Some(6_175_552_200 * 100_000);
        for text in
            ["617-555-2200", "(617) 555-2200", "+1 617.555.2200", "1-617-555-2200", "6175552200", "tel:+16175552200"]
        {
            assert_eq!(read(text), want, "{text}");
        }
        for text in ["617-555-2200 x12", "617.555.2200 ext. 12", "(617) 555-2200, extension 12", "617-555-2200x0012"] {
            assert_eq!(read(text), Some(6_175_552_200 * 100_000 + 12), "{text}");
        }
    }

    #[test]
    fn numbers_that_say_nothing_of_a_place_are_none() {
        for text in [
            "",
            "n/a",
            "555-2200",
            "000-000-0000",
            "999-999-9999",
            "222-222-2222",
            "800-555-2200",
            "1-888-555-2200",
            "833 555 2200",
            "617-555-0123",
            "617-555-1212",
            "123-456-7890",
            "617-055-2200",
            "617-911-2200",
            "911",
            "617-555-22000",
            "+44 20 7946 0018",
            "900-555-2200",
            "617-555-2200 x1234567",
        ] {
            assert_eq!(read(text), None, "{text}");
        }
    }
}
