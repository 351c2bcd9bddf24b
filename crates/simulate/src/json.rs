//! Writing JSON by hand, members in the order they are given.
//!
//! A general serialiser would do, but the order of members (and so every byte) would then hang on which features
//! other crates switch on in it.

use std::io::Write as _;

/// Appends the members of one object; commas and braces take care of themselves.
pub(crate) struct Object<'a> {
    out: &'a mut Vec<u8>,
    is_empty: bool,
}

/// Appends the items of one array.
pub(crate) struct Array<'a> {
    out: &'a mut Vec<u8>,
    is_empty: bool,
}

/// Writes an object.
pub(crate) fn object(out: &mut Vec<u8>, fill: impl FnOnce(&mut Object<'_>)) {
    out.push(b'{');
    fill(&mut Object { out, is_empty: true });
    out.push(b'}');
}

/// Writes an array.
pub(crate) fn array(out: &mut Vec<u8>, fill: impl FnOnce(&mut Array<'_>)) {
    out.push(b'[');
    fill(&mut Array { out, is_empty: true });
    out.push(b']');
}

/// Writes a text as a JSON string.
pub(crate) fn string(out: &mut Vec<u8>, text: &str) {
    out.push(b'"');
    for byte in text.bytes() {
        match byte {
            b'"' | b'\\' => out.extend([b'\\', byte]),
            0..0x20 => {
                const HEX: &[u8; 16] = b"0123456789abcdef";
                out.extend_from_slice(b"\\u00");
                out.extend([HEX[usize::from(byte >> 4)], HEX[usize::from(byte & 15)]]);
            }
            _ => out.push(byte),
        }
    }
    out.push(b'"');
}

/// Writes a number in decimal.
pub(crate) fn number(out: &mut Vec<u8>, mut value: u64) {
    let mut digits = [0; 20];
    let mut at = digits.len();
    loop {
        at -= 1;
        digits[at] = b'0' + (value % 10) as u8;
        value /= 10;
        if value == 0 {
            break;
        }
    }
    out.extend_from_slice(&digits[at..]);
}

impl Object<'_> {
    /// The bytes so far, ready to take the value of a new member.
    pub(crate) fn member(&mut self, name: &str) -> &mut Vec<u8> {
        if !std::mem::take(&mut self.is_empty) {
            self.out.push(b',');
        }
        string(self.out, name);
        self.out.push(b':');
        self.out
    }

    pub(crate) fn text(&mut self, name: &str, value: &str) -> &mut Self {
        string(self.member(name), value);
        self
    }

    pub(crate) fn integer(&mut self, name: &str, value: u64) -> &mut Self {
        number(self.member(name), value);
        self
    }

    pub(crate) fn boolean(&mut self, name: &str, value: bool) -> &mut Self {
        self.member(name).extend_from_slice(if value { b"true" } else { b"false" });
        self
    }

    pub(crate) fn null(&mut self, name: &str) -> &mut Self {
        self.member(name).extend_from_slice(b"null");
        self
    }

    /// A number of hundred-thousandths, written as a decimal fraction.
    pub(crate) fn degrees_e5(&mut self, name: &str, value: i32) -> &mut Self {
        let out = self.member(name);
        let (sign, magnitude) = (if value < 0 { "-" } else { "" }, value.unsigned_abs());
        // Writing to a vector cannot fail.
        let _ignored = write!(out, "{sign}{}.{:05}", magnitude / 100_000, magnitude % 100_000);
        self
    }

    pub(crate) fn object(&mut self, name: &str, fill: impl FnOnce(&mut Object<'_>)) -> &mut Self {
        object(self.member(name), fill);
        self
    }

    pub(crate) fn array(&mut self, name: &str, fill: impl FnOnce(&mut Array<'_>)) -> &mut Self {
        array(self.member(name), fill);
        self
    }
}

impl Array<'_> {
    fn item(&mut self) -> &mut Vec<u8> {
        if !std::mem::take(&mut self.is_empty) {
            self.out.push(b',');
        }
        self.out
    }

    pub(crate) fn text(&mut self, value: &str) -> &mut Self {
        string(self.item(), value);
        self
    }

    pub(crate) fn object(&mut self, fill: impl FnOnce(&mut Object<'_>)) -> &mut Self {
        object(self.item(), fill);
        self
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn members_come_in_the_order_given() {
        let mut out = Vec::new();
        object(&mut out, |o| {
            o.text("b", "x\"\\\n\u{e9}").integer("a", 0).boolean("t", true).null("n");
            o.degrees_e5("lat", 4_200_001).degrees_e5("lon", -7_150_000).degrees_e5("s", -5);
            o.array("list", |l| {
                l.text("1").object(|o| {
                    o.integer("max", u64::MAX);
                });
            });
            o.object("empty", |_| {}).array("none", |_| {});
        });
        let text = String::from_utf8(out).unwrap();
        let want = "{\"b\":\"x\\\"\\\\\\u000a\u{e9}\",\"a\":0,\"t\":true,\"n\":null,\"lat\":42.00001,\"lon\":-71.50000,\"s\":-0.00005,\
                    \"list\":[\"1\",{\"max\":18446744073709551615}],\"empty\":{},\"none\":[]}";
        assert_eq!(text, want);
        assert!(serde_json::from_str::<serde_json::Value>(&text).is_ok());
    }
}
