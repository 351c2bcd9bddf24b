//! `fields`: which fields of the answer's records are wanted.

use std::collections::BTreeMap;

use super::codes::list;
use super::given::{Given, echo};
use crate::render::{Field, FieldTable};

/// The fields that are wanted of a record.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Fields {
    /// All of it.
    Whole,
    /// Those that are named, each with what is wanted of it.
    Part {
        /// By name.
        named: BTreeMap<&'static str, Fields>,
        /// Whether the others are wanted as well, whole.
        keeps_others: bool,
    },
}

impl Fields {
    /// An answer with these fields of the records in its list, and all that stands beside it.
    pub(crate) fn in_list(self, list: &'static str) -> Self {
        Self::Part { named: BTreeMap::from([(list, self)]), keeps_others: true }
    }

    /// What is wanted of a member; `None`: nothing.
    pub(crate) fn of_member(&self, name: &str) -> Option<&Self> {
        match self {
            Self::Whole => Some(&Self::Whole),
            Self::Part { named, keeps_others } => named.get(name).or(keeps_others.then_some(&Self::Whole)),
        }
    }

    /// Wants a field that is there.
    fn want(&mut self, path: &[&'static str]) {
        let Self::Part { named, .. } = self else { return };
        match path {
            [] => *self = Self::Whole,
            [name, below @ ..] => named.entry(name).or_insert_with(Self::none).want(below),
        }
    }

    const fn none() -> Self {
        Self::Part { named: BTreeMap::new(), keeps_others: false }
    }
}

/// `fields`: a list of names, with dots for what lies deeper; `None`: everything.
pub(crate) fn parse_fields(given: &mut Given<'_>, table: &FieldTable) -> Option<Fields> {
    given.parse("fields", |text| {
        let mut fields = Fields::none();
        fields.want(&[table.key]);
        for path in list(text)? {
            fields.want(&find(path, table.fields)?);
        }
        Ok(fields)
    })
}

/// The names along a path.
fn find(path: &str, fields: &'static [Field]) -> Result<Vec<&'static str>, String> {
    let (mut fields, mut names) = (fields, Vec::new());
    for name in path.split('.') {
        let Some(field) = fields.iter().find(|field| field.name == name) else {
            let known: Vec<&str> = fields.iter().map(|field| field.name).collect();
            let below = match names.last() {
                Some(parent) if known.is_empty() => {
                    return Err(format!("`{}`: there is nothing below `{parent}`", echo(path)));
                }
                Some(parent) => format!("below `{parent}` there are"),
                None => "they are".to_owned(),
            };
            return Err(format!("`{}` is not a field; {below} {}", echo(path), known.join(", ")));
        };
        names.push(field.name);
        fields = field.below;
    }
    Ok(names)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::render::SLOT_FIELDS;

    fn parse(text: &str) -> Result<Fields, String> {
        let query: String = url::form_urlencoded::Serializer::new(String::new()).append_pair("fields", text).finish();
        let mut given = Given::read(Some(&query), &["fields"]);
        let fields = parse_fields(&mut given, &SLOT_FIELDS);
        given.finish().map_err(|issues| issues[0].detail.clone())?;
        Ok(fields.expect("fields"))
    }

    #[test]
    fn the_key_comes_along_and_the_whole_covers_its_parts() {
        let fields = parse("start, location.city,location.position.latitude").expect("fields");
        assert_eq!(fields.of_member("id"), Some(&Fields::Whole));
        assert_eq!(fields.of_member("end"), None);
        let location = fields.of_member("location").expect("a location");
        assert_eq!(location.of_member("city"), Some(&Fields::Whole));
        assert_eq!(location.of_member("name"), None);
        for both in ["location,location.city", "location.city,location"] {
            assert_eq!(parse(both), parse("location"), "{both}");
        }
    }

    #[test]
    fn unknown_names_are_told_with_those_that_are_known() {
        for (text, want) in [
            ("begin", "`begin` is not a field; they are id, publisher, scheduleId, status, start, end, "),
            ("source.what", "`source.what` is not a field; below `source` there are publisher, resourceId, "),
            ("start.hour", "`start.hour`: there is nothing below `start`"),
            ("location.position.latitude.x", "`location.position.latitude.x`: there is nothing below `latitude`"),
            ("location.", "`location.` is not a field; below `location` there are id, identifier, "),
            ("id,,start", "has an empty value between commas"),
        ] {
            let detail = parse(text).expect_err(text);
            assert!(detail.starts_with(want), "{text}: {detail}");
        }
    }
}
