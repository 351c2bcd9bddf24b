//! Part of an answer: JSON as it is written, without the fields that nobody asked for.
//!
//! The answer is written whole and read over once: what is kept is copied as bytes, what is not is skipped.

use std::fmt;

use serde::Deserialize;
use serde::de::{DeserializeSeed, Deserializer, IgnoredAny, MapAccess, SeqAccess, Visitor};
use serde_json::value::RawValue;

use crate::parameters::Fields;

/// The wanted part of some JSON of ours.
///
/// # Errors
/// When the text is not JSON, or a field is not a record whose fields were asked for.
pub(crate) fn part_of(json: &[u8], fields: &Fields) -> Result<Vec<u8>, serde_json::Error> {
    let mut out = Vec::with_capacity(json.len() / 2);
    let mut deserializer = serde_json::Deserializer::from_slice(json);
    Copier { fields, out: &mut out }.deserialize(&mut deserializer)?;
    deserializer.end()?;
    Ok(out)
}

/// Copies a value, or what is wanted of it.
struct Copier<'a> {
    fields: &'a Fields,
    out: &'a mut Vec<u8>,
}

impl<'de> DeserializeSeed<'de> for Copier<'_> {
    type Value = ();

    fn deserialize<D: Deserializer<'de>>(self, deserializer: D) -> Result<(), D::Error> {
        match self.fields {
            Fields::Whole => {
                let raw = <&RawValue>::deserialize(deserializer)?;
                self.out.extend_from_slice(raw.get().as_bytes());
                Ok(())
            }
            Fields::Part { .. } => deserializer.deserialize_any(self),
        }
    }
}

impl<'de> Visitor<'de> for Copier<'_> {
    type Value = ();

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("a record or a list of records")
    }

    fn visit_map<A: MapAccess<'de>>(self, mut members: A) -> Result<(), A::Error> {
        self.out.push(b'{');
        let mut is_first = true;
        while let Some(name) = members.next_key::<&str>()? {
            let Some(fields) = self.fields.of_member(name) else {
                members.next_value::<IgnoredAny>()?;
                continue;
            };
            if !std::mem::take(&mut is_first) {
                self.out.push(b',');
            }
            // Names of ours have nothing that would be escaped.
            self.out.push(b'"');
            self.out.extend_from_slice(name.as_bytes());
            self.out.extend_from_slice(b"\":");
            members.next_value_seed(Copier { fields, out: &mut *self.out })?;
        }
        self.out.push(b'}');
        Ok(())
    }

    fn visit_seq<A: SeqAccess<'de>>(self, mut items: A) -> Result<(), A::Error> {
        self.out.push(b'[');
        let begin = self.out.len();
        loop {
            let before = self.out.len();
            if before > begin {
                self.out.push(b',');
            }
            if items.next_element_seed(Copier { fields: self.fields, out: &mut *self.out })?.is_none() {
                self.out.truncate(before);
                break;
            }
        }
        self.out.push(b']');
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeMap;

    use super::*;

    fn part<const N: usize>(named: [(&'static str, Fields); N]) -> Fields {
        Fields::Part { named: BTreeMap::from(named), keeps_others: false }
    }

    #[test]
    fn what_is_wanted_is_copied_as_it_is() {
        let json = r#"{"slots":[{"id":"a","x":{"y":1.50,"z":[{"u":"\"é"},{"v":2}]}},{"id":"b"}],"total":2,"list":[]}"#;
        let items = part([("id", Fields::Whole)]);
        let deep = part([("x", part([("z", part([("u", Fields::Whole)]))]))]);
        for (fields, want) in [
            (Fields::Whole, json),
            (items.clone().in_list("slots"), r#"{"slots":[{"id":"a"},{"id":"b"}],"total":2,"list":[]}"#),
            (deep.in_list("slots"), r#"{"slots":[{"x":{"z":[{"u":"\"é"},{}]}},{}],"total":2,"list":[]}"#),
            (part([("list", items)]), r#"{"list":[]}"#),
            (part([]), "{}"),
        ] {
            let found = part_of(json.as_bytes(), &fields).expect("a part");
            assert_eq!(String::from_utf8(found).expect("text"), want, "{fields:?}");
        }
        assert!(part_of(b"1", &part([])).is_err());
    }
}
