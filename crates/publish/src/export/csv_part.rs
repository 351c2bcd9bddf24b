//! CSV (RFC 4180): a head of names; nothing where there is nothing; lists as JSON, which no value can break.

use super::column::{Column, Value};
use super::ndjson_part::local_time;
use super::part::Hashed;
use crate::Error;

pub(crate) struct CsvPart {
    writer: csv::Writer<Hashed>,
}

impl CsvPart {
    pub(crate) fn begin<R>(columns: &[Column<R>], output: Hashed) -> Result<Self, Error> {
        let mut writer = csv::Writer::from_writer(output);
        writer.write_record(columns.iter().map(|column| column.name)).map_err(failed)?;
        Ok(Self { writer })
    }

    pub(crate) fn push<R>(&mut self, columns: &[Column<R>], row: &R) -> Result<(), Error> {
        for column in columns {
            let value = (column.of)(row);
            let owned = match &value {
                Value::Text(text) => {
                    self.writer.write_field(text.as_bytes()).map_err(failed)?;
                    continue;
                }
                Value::Missing => String::new(),
                Value::Integer(number) => number.to_string(),
                Value::Number(number) => number.to_string(),
                Value::Flag(flag) => flag.to_string(),
                Value::Instant(instant) => instant.to_string(),
                Value::LocalTime(seconds) => local_time(*seconds),
                Value::Day(day) => day.to_string(),
                Value::Texts(texts) if texts.is_empty() => String::new(),
                Value::Codings([]) => String::new(),
                Value::Texts(_) | Value::Codings(_) => serde_json::to_string(&value)?,
            };
            self.writer.write_field(owned).map_err(failed)?;
        }
        self.writer.write_record(None::<&[u8]>).map_err(failed)
    }

    pub(crate) fn finish(mut self) -> Result<(), Error> {
        self.writer.flush().map_err(Error::Export)
    }
}

fn failed(error: csv::Error) -> Error {
    Error::Export(std::io::Error::from(error))
}
