//! Compact bytes: variable-length integers and what is made of them.

use crate::{Error, Result};

/// Appends an unsigned integer, 7 bits a byte, low bits first.
pub(crate) fn put_varint(out: &mut Vec<u8>, mut value: u64) {
    while value >= 0x80 {
        out.push(value as u8 | 0x80);
        value >>= 7;
    }
    out.push(value as u8);
}

/// Appends a difference, small in either direction.
pub(crate) fn put_delta(out: &mut Vec<u8>, difference: i64) {
    put_varint(out, ((difference << 1) ^ (difference >> 63)) as u64);
}

/// Appends a text with its length.
pub(crate) fn put_text(out: &mut Vec<u8>, text: &str) {
    put_varint(out, text.len() as u64);
    out.extend_from_slice(text.as_bytes());
}

/// Reads what the functions above have written; every read that does not fit is an error that names the thing.
#[derive(Debug)]
pub(crate) struct Decoder<'a> {
    rest: &'a [u8],
    what: &'static str,
}

impl<'a> Decoder<'a> {
    pub(crate) const fn new(bytes: &'a [u8], what: &'static str) -> Self {
        Self { rest: bytes, what }
    }

    pub(crate) const fn is_empty(&self) -> bool {
        self.rest.is_empty()
    }

    pub(crate) fn damaged(&self) -> Error {
        Error::damaged(format!("{} cannot be read", self.what))
    }

    pub(crate) fn varint(&mut self) -> Result<u64> {
        let mut value = 0u64;
        for (place, byte) in self.rest.iter().enumerate().take(10) {
            value |= u64::from(byte & 0x7f) << (7 * place);
            if byte & 0x80 == 0 {
                self.rest = &self.rest[place + 1..];
                return Ok(value);
            }
        }
        Err(self.damaged())
    }

    pub(crate) fn varint_u32(&mut self) -> Result<u32> {
        u32::try_from(self.varint()?).map_err(|_| self.damaged())
    }

    pub(crate) fn delta(&mut self) -> Result<i64> {
        let value = self.varint()?;
        Ok((value >> 1) as i64 ^ -((value & 1) as i64))
    }

    pub(crate) fn bytes(&mut self, n: usize) -> Result<&'a [u8]> {
        let (head, rest) = self.rest.split_at_checked(n).ok_or_else(|| self.damaged())?;
        self.rest = rest;
        Ok(head)
    }

    pub(crate) fn array<const N: usize>(&mut self) -> Result<[u8; N]> {
        let (head, rest) = self.rest.split_first_chunk::<N>().ok_or_else(|| self.damaged())?;
        self.rest = rest;
        Ok(*head)
    }

    pub(crate) fn text(&mut self) -> Result<&'a str> {
        let n = self.varint()?;
        let n = usize::try_from(n).map_err(|_| self.damaged())?;
        let bytes = self.bytes(n)?;
        std::str::from_utf8(bytes).map_err(|_| self.damaged())
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    proptest! {
        #[test]
        fn what_is_written_is_read(values in proptest::collection::vec((any::<u64>(), any::<i64>(), ".{0,9}"), 0..20)) {
            let mut bytes = Vec::new();
            for (value, difference, text) in &values {
                put_varint(&mut bytes, *value);
                put_delta(&mut bytes, *difference);
                put_text(&mut bytes, text);
            }
            let mut decoder = Decoder::new(&bytes, "test");
            for (value, difference, text) in &values {
                prop_assert_eq!(decoder.varint().unwrap(), *value);
                prop_assert_eq!(decoder.delta().unwrap(), *difference);
                prop_assert_eq!(decoder.text().unwrap(), text.as_str());
            }
            prop_assert!(decoder.is_empty());
        }

        #[test]
        fn no_bytes_panic(bytes in proptest::collection::vec(any::<u8>(), 0..30)) {
            let mut decoder = Decoder::new(&bytes, "test");
            while decoder.varint().is_ok() && decoder.text().is_ok() && decoder.array::<3>().is_ok() {}
        }
    }
}
