//! Pages that show all days or one, and go on behind a cursor.

use openslots_model::LocalDate;
use url::form_urlencoded::{self, Serializer};

use crate::language::Reader;

/// What the query string of such a page says.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub(crate) struct DayPage {
    /// The only day to show.
    pub(crate) day: Option<LocalDate>,
    /// Where the page before this one ended.
    pub(crate) cursor: Option<String>,
}

impl DayPage {
    /// Reads a query string as a person may have changed it: what cannot be read is passed over.
    pub(crate) fn read(raw_query: Option<&str>) -> Self {
        let mut page = Self::default();
        for (name, value) in form_urlencoded::parse(raw_query.unwrap_or_default().as_bytes()) {
            match name.as_ref() {
                "day" => page.day = LocalDate::parse(&value),
                "cursor" => page.cursor = Some(value.into_owned()).filter(|cursor| !cursor.is_empty()),
                _ => {}
            }
        }
        page
    }

    /// The first page of a day.
    pub(crate) fn of_day(day: &str) -> Self {
        Self { day: LocalDate::parse(day), cursor: None }
    }

    /// The page behind a cursor.
    pub(crate) fn behind(&self, cursor: &str) -> Self {
        Self { cursor: Some(cursor.to_owned()), ..self.clone() }
    }

    /// The address of the page below a path.
    pub(crate) fn address(&self, path: &str, reader: Reader) -> String {
        let mut query = Serializer::new(String::new());
        let day = self.day.map(|day| day.to_string()).unwrap_or_default();
        for (name, value) in
            [("lang", reader.lang()), ("day", &day), ("cursor", self.cursor.as_deref().unwrap_or_default())]
        {
            if !value.is_empty() {
                query.append_pair(name, value);
            }
        }
        match query.finish() {
            query if query.is_empty() => path.to_owned(),
            query => format!("{path}?{query}"),
        }
    }

    /// What asks the JSON API for the page, beside what else is asked.
    pub(crate) fn as_api_query(&self, asked: &[(&str, &str)]) -> String {
        let mut query = Serializer::new(String::new());
        query.extend_pairs(asked);
        if let Some(day) = self.day {
            query.append_pair("date", &day.to_string());
        }
        if let Some(cursor) = &self.cursor {
            query.append_pair("cursor", cursor);
        }
        query.finish()
    }
}
