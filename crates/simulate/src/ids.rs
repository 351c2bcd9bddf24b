//! Source ids and National Provider Identifiers.

use openslots_model::ResourceKind;

use crate::json;
use crate::random::{Key, Purpose};

/// How a publisher makes ids.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum IdStyle {
    /// Like random UUIDs.
    Uuid,
    /// Small whole numbers that begin anew for each type (but for schedules and slots, which begin higher), as in the
    /// public example publishers: equal ids stand for different things in other types and at other publishers.
    Integer,
}

/// Where a publisher's ids come from.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Ids {
    style: IdStyle,
    key: Key,
    /// With integer ids, where schedules begin.
    first_schedule: u64,
    /// With integer ids, where slots begin.
    first_slot: u64,
}

impl Ids {
    pub(crate) fn new(style: IdStyle, key: Key, n_locations: u64, n_schedules: u64) -> Self {
        Self { style, key, first_schedule: n_locations, first_slot: n_locations + n_schedules }
    }

    /// A writer of the ids of one type.
    pub(crate) fn of(&self, kind: ResourceKind) -> IdsOfKind {
        let first = match kind {
            ResourceKind::Schedule => self.first_schedule,
            ResourceKind::Slot => self.first_slot,
            _ => 0,
        };
        let key = self.key.of(kind as u64);
        IdsOfKind {
            style: self.style,
            high: key.for_purpose(Purpose::IdHigh),
            low: key.for_purpose(Purpose::IdLow),
            first,
        }
    }

    /// The id of the `number`-th resource of a type.
    pub(crate) fn text(&self, kind: ResourceKind, number: u64) -> String {
        let mut out = Vec::with_capacity(36);
        self.of(kind).write(&mut out, number);
        ascii(out)
    }

    /// `Type/id` of the `number`-th resource of a type.
    pub(crate) fn reference(&self, kind: ResourceKind, number: u64) -> String {
        format!("{kind}/{}", self.text(kind, number))
    }
}

fn ascii(bytes: Vec<u8>) -> String {
    bytes.into_iter().map(char::from).collect()
}

/// Writes ids of one type.
#[derive(Debug, Clone, Copy)]
pub(crate) struct IdsOfKind {
    style: IdStyle,
    high: Key,
    low: Key,
    first: u64,
}

impl IdsOfKind {
    /// Appends the id of the `number`-th resource.
    #[inline]
    pub(crate) fn write(&self, out: &mut Vec<u8>, number: u64) {
        match self.style {
            IdStyle::Integer => json::number(out, self.first + number),
            IdStyle::Uuid => {
                // Version 4, variant 10; the other 122 bits are the number's, spread.
                let high = self.high.of(number).bits() & 0xffff_ffff_ffff_0fff | 0x4000;
                let low = self.low.of(number).bits() & 0x3fff_ffff_ffff_ffff | 0x8000_0000_0000_0000;
                write_uuid(out, high, low);
            }
        }
    }
}

/// Both hexadecimal digits of every byte.
static HEX_PAIRS: [[u8; 2]; 256] = {
    let digits = b"0123456789abcdef";
    let mut pairs = [[0; 2]; 256];
    let mut byte = 0;
    while byte < 256 {
        pairs[byte] = [digits[byte >> 4], digits[byte & 15]];
        byte += 1;
    }
    pairs
};

fn write_uuid(out: &mut Vec<u8>, high: u64, low: u64) {
    let mut text = [b'-'; 36];
    let bytes = [high.to_be_bytes(), low.to_be_bytes()];
    let mut at = 0;
    for (index, byte) in bytes.as_flattened().iter().enumerate() {
        if matches!(index, 4 | 6 | 8 | 10) {
            at += 1;
        }
        text[at..at + 2].copy_from_slice(&HEX_PAIRS[usize::from(*byte)]);
        at += 2;
    }
    out.extend_from_slice(&text);
}

/// A National Provider Identifier with a right check digit, of the form that persons have.
pub(crate) fn npi(key: Key) -> String {
    let body = 100_000_000 + key.for_purpose(Purpose::Npi).below(100_000_000);
    format!("{body}{}", npi_check_digit(body))
}

/// The Luhn digit over the prefix 80840 (health, United States) and nine digits.
fn npi_check_digit(body: u64) -> u64 {
    /// What the prefix adds to the sum.
    const PREFIX_SUM: u64 = 24;
    let mut rest = body;
    let mut sum = PREFIX_SUM;
    let mut is_doubled = true;
    while rest > 0 {
        let digit = rest % 10 * (1 + u64::from(is_doubled));
        sum += digit / 10 + digit % 10;
        rest /= 10;
        is_doubled = !is_doubled;
    }
    (10 - sum % 10) % 10
}

#[cfg(test)]
mod tests {
    use std::collections::HashSet;

    use super::*;

    #[test]
    fn check_digits_are_those_of_the_standard() {
        // 123456789 -> 3 is the worked example of the NPI standard; the others are of the public example publisher.
        for (body, want) in [(123_456_789, 3), (107_363_535, 5), (147_750_026, 2)] {
            assert_eq!(npi_check_digit(body), want, "{body}");
        }
        assert_eq!(npi(Key::new(1)).len(), 10);
    }

    #[test]
    fn uuids_have_their_form_and_do_not_repeat() {
        let ids = Ids::new(IdStyle::Uuid, Key::new(5), 10, 40).of(ResourceKind::Slot);
        let mut seen = HashSet::new();
        for number in 0..20_000 {
            let mut out = Vec::new();
            ids.write(&mut out, number);
            let text = ascii(out);
            assert_eq!(text.len(), 36);
            assert_eq!((&text[14..15], &text[8..9]), ("4", "-"), "{text}");
            assert!(matches!(&text[19..20], "8" | "9" | "a" | "b"), "{text}");
            assert!(seen.insert(text));
        }
    }

    #[test]
    fn integer_ids_collide_between_types() {
        let ids = Ids::new(IdStyle::Integer, Key::new(5), 10, 40);
        assert_eq!(ids.text(ResourceKind::Location, 0), "0");
        assert_eq!(ids.text(ResourceKind::PractitionerRole, 0), "0");
        assert_eq!(ids.reference(ResourceKind::Schedule, 2), "Schedule/12");
        assert_eq!(ids.text(ResourceKind::Slot, 0), "50");
    }
}
