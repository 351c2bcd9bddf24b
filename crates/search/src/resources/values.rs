//! The distinct values of a table, packed: a value of its own memory each would take four times as much.

use openslots_fhir::search::{SearchValue, Target};
use rustc_hash::FxHashMap;

/// A value, borrowed.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum ValueRef<'a> {
    /// A code or identifier.
    Token { code: &'a str, system: Option<&'a str> },
    /// A text, folded and as it is written.
    Text { folded: &'a str, written: &'a str },
    /// What is referred to.
    Reference(Target),
    /// From an instant, in seconds since 1970, to before another.
    Period(i64, i64),
}

impl<'a> From<&'a SearchValue> for ValueRef<'a> {
    fn from(value: &'a SearchValue) -> Self {
        match value {
            SearchValue::Token { code, system } => Self::Token { code, system: system.as_deref() },
            SearchValue::Text { folded, written } => Self::Text { folded, written },
            SearchValue::Reference(target) => Self::Reference(*target),
            SearchValue::Period(from, to) => Self::Period(*from, *to),
        }
    }
}

impl ValueRef<'_> {
    /// The value with its own memory.
    pub(super) fn to_owned(self) -> SearchValue {
        match self {
            Self::Token { code, system } => {
                SearchValue::Token { code: code.to_owned(), system: system.map(str::to_owned) }
            }
            Self::Text { folded, written } => {
                SearchValue::Text { folded: folded.to_owned(), written: written.to_owned() }
            }
            Self::Reference(target) => SearchValue::Reference(target),
            Self::Period(from, to) => SearchValue::Period(from, to),
        }
    }
}

/// 16 bytes a value; what is text stands in the common text, from `at` on.
#[derive(Debug, Clone, Copy)]
enum Packed {
    Token {
        at: u32,
        code_bytes: u32,
        /// Its number; [`NONE`] without one.
        system: u32,
    },
    /// The written form stands behind the folded one.
    Text {
        at: u32,
        folded_bytes: u32,
        /// [`NONE`] where it is the same as the folded one.
        written_bytes: u32,
    },
    Reference(Target),
    /// Its place among the periods.
    Period(u32),
}

/// The number of nothing.
pub(super) const NONE: u32 = u32::MAX;

/// Values, each under the number of its coming.
#[derive(Debug, Default)]
pub(super) struct Values {
    text: String,
    systems: Vec<Box<str>>,
    periods: Vec<(i64, i64)>,
    packed: Vec<Packed>,
}

impl Values {
    /// The value of a number; `None` of [`NONE`].
    pub(super) fn find(&self, number: u32) -> Option<ValueRef<'_>> {
        (number != NONE).then(|| self.get(number))
    }

    /// The value of a number.
    pub(super) fn get(&self, number: u32) -> ValueRef<'_> {
        let text = |at: u32, bytes: u32| &self.text[at as usize..(at + bytes) as usize];
        match self.packed[number as usize] {
            Packed::Token { at, code_bytes, system } => ValueRef::Token {
                code: text(at, code_bytes),
                system: self.systems.get(system as usize).map(|it| &**it),
            },
            Packed::Text { at, folded_bytes, written_bytes } => {
                let folded = text(at, folded_bytes);
                let written = if written_bytes == NONE { folded } else { text(at + folded_bytes, written_bytes) };
                ValueRef::Text { folded, written }
            }
            Packed::Reference(target) => ValueRef::Reference(target),
            Packed::Period(place) => {
                let (from, to) = self.periods[place as usize];
                ValueRef::Period(from, to)
            }
        }
    }
}

/// Values on their way into a table, each kept once.
#[derive(Default)]
pub(super) struct ValuesBuilder {
    values: Values,
    numbers: FxHashMap<SearchValue, u32>,
    systems: FxHashMap<String, u32>,
}

impl ValuesBuilder {
    /// The number of a value; `None` once a publisher's values have more than four billion bytes, of which nothing more
    /// is found.
    pub(super) fn number_of(&mut self, value: SearchValue) -> Option<u32> {
        if let Some(number) = self.numbers.get(&value) {
            return Some(*number);
        }
        let number = u32::try_from(self.values.packed.len()).ok()?;
        let packed = self.pack(&value)?;
        self.values.packed.push(packed);
        self.numbers.insert(value, number);
        Some(number)
    }

    /// The number of a text that is this one when it is folded: the one of those at hand, else one of its own.
    pub(super) fn name(&mut self, folded: String, at_hand: &[(u16, SearchValue)]) -> Option<u32> {
        let is_it = |value: &&SearchValue| matches!(value, SearchValue::Text { folded: of, .. } if *of == folded);
        match at_hand.iter().map(|(_, value)| value).find(is_it) {
            Some(text) => self.number_of(text.clone()),
            None => self.number_of(SearchValue::Text { written: folded.clone(), folded }),
        }
    }

    fn pack(&mut self, value: &SearchValue) -> Option<Packed> {
        Some(match value {
            SearchValue::Token { code, system } => {
                let system = match system {
                    Some(system) => self.system(system)?,
                    None => NONE,
                };
                let (at, code_bytes) = self.write(&[code])?;
                Packed::Token { at, code_bytes, system }
            }
            SearchValue::Text { folded, written } if folded == written => {
                let (at, folded_bytes) = self.write(&[folded])?;
                Packed::Text { at, folded_bytes, written_bytes: NONE }
            }
            SearchValue::Text { folded, written } => {
                let (at, bytes) = self.write(&[folded, written])?;
                let folded_bytes = folded.len() as u32;
                Packed::Text { at, folded_bytes, written_bytes: bytes - folded_bytes }
            }
            SearchValue::Reference(target) => Packed::Reference(*target),
            SearchValue::Period(from, to) => {
                self.values.periods.push((*from, *to));
                Packed::Period(u32::try_from(self.values.periods.len() - 1).ok()?)
            }
        })
    }

    fn system(&mut self, system: &str) -> Option<u32> {
        if let Some(number) = self.systems.get(system) {
            return Some(*number);
        }
        let number = u32::try_from(self.values.systems.len()).ok().filter(|number| *number != NONE)?;
        self.values.systems.push(system.into());
        self.systems.insert(system.to_owned(), number);
        Some(number)
    }

    /// Appends to the common text; where, and how many bytes.
    fn write(&mut self, pieces: &[&str]) -> Option<(u32, u32)> {
        let text = &mut self.values.text;
        let at = u32::try_from(text.len()).ok()?;
        let bytes: usize = pieces.iter().map(|piece| piece.len()).sum();
        u32::try_from(text.len() + bytes).ok().filter(|end| *end != NONE)?;
        text.extend(pieces.iter().copied());
        Some((at, bytes as u32))
    }

    /// The values, without room for more.
    pub(super) fn finish(self) -> Values {
        let mut values = self.values;
        values.text.shrink_to_fit();
        values.systems.shrink_to_fit();
        values.periods.shrink_to_fit();
        values.packed.shrink_to_fit();
        values
    }
}

#[cfg(test)]
mod tests {
    use openslots_model::{PublicId, ResourceKind};
    use proptest::prelude::*;

    use super::*;

    fn value() -> impl Strategy<Value = SearchValue> {
        let text = || prop_oneof!["[a-c]{0,2}", ".{0,4}"];
        prop_oneof![
            (text(), prop::option::of(text())).prop_map(|(code, system)| SearchValue::Token { code, system }),
            (text(), text()).prop_map(|(folded, written)| SearchValue::Text { folded, written }),
            text().prop_map(|text| SearchValue::Text { folded: text.clone(), written: text }),
            any::<u8>().prop_map(|id| {
                SearchValue::Reference(Target { kind: ResourceKind::Schedule, id: PublicId::from_bytes([id; 10]) })
            }),
            (any::<i64>(), any::<i64>()).prop_map(|(from, to)| SearchValue::Period(from, to)),
        ]
    }

    proptest! {
        #[test]
        fn what_is_packed_comes_out_as_it_was(values in prop::collection::vec(value(), 0..40)) {
            let mut builder = ValuesBuilder::default();
            let numbers: Vec<u32> = values.iter().map(|value| builder.number_of(value.clone()).unwrap()).collect();
            let packed = builder.finish();
            for (value, number) in values.iter().zip(&numbers) {
                prop_assert_eq!(packed.get(*number), ValueRef::from(value));
                prop_assert_eq!(&packed.get(*number).to_owned(), value);
            }
            for (value, number) in values.iter().zip(&numbers) {
                let same = values.iter().zip(&numbers).filter(|(other, _)| *other == value);
                prop_assert!(same.into_iter().all(|(_, other)| other == number), "each is kept once");
            }
        }
    }

    #[test]
    fn a_value_takes_sixteen_bytes() {
        assert_eq!(size_of::<Packed>(), 16);
    }
}
