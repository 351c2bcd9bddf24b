//! Daily exports for research.

use openslots_model::{LocalDate, UnixSeconds};
use openslots_publish::daily_exports::{DailyFile, ExportedDay as Day};
use openslots_publish::export::Format;
use serde::Serialize;
use utoipa::ToSchema;

use super::{SECONDS_PER_DAY, Text, Utc};
use crate::openapi::shapes;

/// The answer that lists daily exports.
#[derive(Debug, Clone, Serialize, ToSchema)]
pub struct ExportedDays {
    /// The days whose files are there, the newest first.
    pub days: Vec<ExportedDay>,
}

/// The files of a day that is over.
#[derive(Debug, Clone, Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub struct ExportedDay {
    /// The day, of UTC.
    #[schema(value_type = shapes::Date)]
    pub date: Text<LocalDate>,
    /// Its last second: the moment that `past_slots` shows. The other tables say what happened on the day.
    pub as_of: Utc,
    /// Size of all its files.
    pub bytes: u64,
    /// Where this entry is found by itself.
    pub url: String,
    /// Its files.
    pub files: Vec<ExportedFile>,
}

/// A file of a day.
#[derive(Debug, Clone, Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub struct ExportedFile {
    /// Its name.
    pub name: String,
    /// Where it is.
    pub url: String,
    /// The table that it holds; documents hold none.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub table: Option<String>,
    /// How its rows are written.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(value_type = Option<shapes::ExportFormat>)]
    pub format: Option<&'static str>,
    /// How many rows it has.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub rows: Option<u64>,
    /// Its size.
    pub bytes: u64,
    /// The SHA-256 of its bytes, in hexadecimal digits.
    pub sha256: String,
}

impl ExportedDay {
    /// A day of those that lie below a URL.
    pub fn new(day: &Day, base: &str) -> Self {
        let Day { date, files } = day;
        let url = format!("{base}/{date}");
        let file = |(name, file): (&String, &DailyFile)| ExportedFile {
            name: name.clone(),
            url: format!("{url}/{name}"),
            table: file.written.table.clone(),
            format: file.format.map(Format::extension),
            rows: file.format.map(|_| file.written.rows),
            bytes: file.written.bytes,
            sha256: file.written.sha256.clone(),
        };
        let files: Vec<_> = files.iter().map(file).collect();
        Self {
            date: Text(*date),
            as_of: Text(UnixSeconds((i64::from(date.0) + 1) * SECONDS_PER_DAY - 1)),
            bytes: files.iter().map(|file| file.bytes).sum(),
            url,
            files,
        }
    }
}
