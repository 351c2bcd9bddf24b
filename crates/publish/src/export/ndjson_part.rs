//! NDJSON: one object a line, every column in it, `null` where there is nothing.

use std::io::Write;

use openslots_model::{Coding, UnixSeconds};
use serde::ser::SerializeMap;
use serde::{Serialize, Serializer};

use super::column::{Column, Value};
use super::part::Hashed;
use crate::Error;

pub(crate) struct NdjsonPart {
    output: Hashed,
    line: Vec<u8>,
}

impl NdjsonPart {
    pub(crate) const fn begin(output: Hashed) -> Self {
        Self { output, line: Vec::new() }
    }

    pub(crate) fn push<R>(&mut self, columns: &[Column<R>], row: &R) -> Result<(), Error> {
        self.line.clear();
        let mut serializer = serde_json::Serializer::new(&mut self.line);
        let mut object = serializer.serialize_map(Some(columns.len()))?;
        for column in columns {
            object.serialize_entry(column.name, &(column.of)(row))?;
        }
        object.end()?;
        self.line.push(b'\n');
        self.output.write_all(&self.line).map_err(Error::Export)
    }

    pub(crate) fn finish(mut self) -> Result<(), Error> {
        self.output.flush().map_err(Error::Export)
    }
}

impl Serialize for Value<'_> {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        match self {
            Self::Missing => serializer.serialize_none(),
            Self::Text(text) => serializer.serialize_str(text),
            Self::Integer(number) => serializer.serialize_i64(*number),
            Self::Number(number) => serializer.serialize_f64(*number),
            Self::Flag(flag) => serializer.serialize_bool(*flag),
            Self::Instant(instant) => serializer.collect_str(instant),
            Self::LocalTime(seconds) => serializer.serialize_str(&local_time(*seconds)),
            Self::Day(day) => serializer.collect_str(day),
            Self::Texts(texts) => serializer.collect_seq(texts),
            Self::Codings(codings) => serializer.collect_seq(codings.iter().map(WholeCoding)),
        }
    }
}

/// A coding with all of its members, so that every object has the same shape.
struct WholeCoding<'r>(&'r Coding);

impl Serialize for WholeCoding<'_> {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let Self(Coding { system, code, display }) = self;
        let mut object = serializer.serialize_map(Some(3))?;
        for (name, value) in [("system", system), ("code", code), ("display", display)] {
            object.serialize_entry(name, value)?;
        }
        object.end()
    }
}

/// Date and time of a clock, without an offset.
pub(crate) fn local_time(seconds: i64) -> String {
    let mut text = UnixSeconds(seconds).to_string();
    if text.ends_with('Z') {
        text.pop();
    }
    text
}
