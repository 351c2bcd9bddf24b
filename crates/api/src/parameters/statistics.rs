//! What is asked of statistics: days, by what, of what, how many rows, and in which form.

use openslots_directory::geography;
use openslots_model::{Dimension, LocalDate, ProviderLocationKey, PublisherSlug, UnixSeconds};
use openslots_statistics::{Figure, Filter, Question};

use super::codes::{list, parse_services};
use super::described::{Form, PUBLIC_ID, Parameter};
use super::given::{Given, echo};
use super::place::{check_length, parse_state};
use super::specialties::parse_specialties;
use super::{Context, MAX_LIST_VALUES, MAX_TEXT_CHARS, Understood};
use crate::problem::ParameterIssue;

/// The most days that can be asked for at once: thirteen months.
pub const MAX_STATISTICS_DAYS: i32 = 400;
/// Days up to the last one when nothing is said.
const DEFAULT_DAYS: i32 = 30;
/// Rows when nothing is said.
const DEFAULT_ROWS: usize = 1_000;
/// The most rows of an answer.
const MAX_ROWS: usize = 10_000;

/// What figures can be told apart by, as parameters name it.
pub const DIMENSIONS: [(&str, Dimension); 7] = [
    ("publisher", Dimension::Publisher),
    ("state", Dimension::State),
    ("county", Dimension::County),
    ("zip", Dimension::PostalCode),
    ("specialty", Dimension::Specialty),
    ("serviceType", Dimension::ServiceType),
    ("providerLocation", Dimension::ProviderLocation),
];

/// The name of what figures are told apart by.
pub fn dimension_name(dimension: Dimension) -> &'static str {
    DIMENSIONS.iter().find(|(_, known)| *known == dimension).map_or("", |(name, _)| name)
}

/// How an answer is written.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum StatisticsFormat {
    /// An object with definition, caveats and rows.
    Json,
    /// The rows alone.
    Csv,
}

/// A request for a figure, checked.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct StatisticsRequest {
    /// Which figure.
    pub figure: Figure,
    /// First and last day.
    pub days: (LocalDate, LocalDate),
    /// By what, and of what.
    pub question: Question,
    /// The most rows.
    pub limit: usize,
    /// What plain words were understood as.
    pub understood: Vec<Understood>,
}

impl StatisticsRequest {
    /// A figure of some days with as many rows as an answer may have.
    pub fn of_days(figure: Figure, days: (LocalDate, LocalDate), question: Question) -> Self {
        Self { figure, days, question, limit: MAX_ROWS, understood: Vec::new() }
    }

    /// Reads a query string; with it the form that it asks for, if any.
    ///
    /// # Errors
    /// One issue for each bad parameter.
    pub fn parse(
        figure: Figure,
        raw_query: Option<&str>,
        context: Context<'_>,
    ) -> Result<(Self, Option<StatisticsFormat>), Vec<ParameterIssue>> {
        let names = parameters_of(figure).iter().map(|parameter| parameter.name).collect::<Vec<_>>();
        let mut given = Given::read(raw_query, &names);
        let days = parse_days(&mut given, context.now);
        let (by_day, by) = parse_by(&mut given, figure);
        let mut understood = Vec::new();
        let filter = parse_filter(&mut given, context, &mut understood);
        let limit = given.parse("limit", |text| match text.parse::<usize>() {
            Ok(limit @ 1..=MAX_ROWS) => Ok(limit),
            _ => Err(format!("must be a whole number from 1 to {MAX_ROWS}, not `{}`", echo(text))),
        });
        let format = given.parse("format", |text| match text {
            "json" => Ok(StatisticsFormat::Json),
            "csv" => Ok(StatisticsFormat::Csv),
            other => Err(format!("must be json or csv, not `{}`", echo(other))),
        });
        given.finish()?;
        let question = Question { by_day, by, filter };
        Ok((Self { figure, days, question, limit: limit.unwrap_or(DEFAULT_ROWS), understood }, format))
    }
}

/// `from` and `to`; without `to` up to today, without `from` thirty days.
fn parse_days(given: &mut Given<'_>, now: UnixSeconds) -> (LocalDate, LocalDate) {
    let read = |text: &str| {
        LocalDate::parse(text).ok_or_else(|| format!("must be a day written as 2026-12-01, not `{}`", echo(text)))
    };
    let (from, to) = (given.parse("from", read), given.parse("to", read));
    let last = to.unwrap_or(LocalDate::of_local_seconds(now.0).max(from.unwrap_or(LocalDate(i32::MIN))));
    let first = from.unwrap_or(LocalDate(last.0.saturating_sub(DEFAULT_DAYS - 1)));
    if first > last {
        given.refuse("to", "lies before `from`, so there are no days between them");
    } else if i64::from(last.0) - i64::from(first.0) >= i64::from(MAX_STATISTICS_DAYS) {
        given.refuse("from", format!("is more than {MAX_STATISTICS_DAYS} days before the last day; ask in parts"));
    }
    (first, last)
}

/// `by`: whether each day is told apart, and what else.
fn parse_by(given: &mut Given<'_>, figure: Figure) -> (bool, Option<Dimension>) {
    let is_continuity = figure == Figure::Continuity;
    let by = given.parse("by", |text| {
        let (mut by_day, mut by) = (false, None);
        for name in list(text)? {
            let dimension = DIMENSIONS.iter().find(|(known, _)| *known == name).map(|(_, dimension)| *dimension);
            match dimension {
                None if name == "day" => by_day = true,
                Some(Dimension::Publisher) if by.is_none() => by = dimension,
                Some(_) if by.is_none() && !is_continuity => by = dimension,
                Some(_) if by.is_some() => return Err("names two things beside `day`; name one".to_owned()),
                _ => {
                    let names = by_names(figure).join(", ");
                    return Err(format!(
                        "`{}` is nothing that this can be told apart by; there are {names}",
                        echo(name)
                    ));
                }
            }
        }
        Ok((by_day, by))
    });
    match (by, figure) {
        // Slots of different days are the same ones for the most part: to add them up says nothing.
        (Some((_, by)), Figure::FreeSlots) => (true, by),
        (Some(by), _) => by,
        (None, Figure::Continuity) => (false, Some(Dimension::Publisher)),
        (None, _) => (true, None),
    }
}

fn by_names(figure: Figure) -> Vec<&'static str> {
    if figure == Figure::Continuity { by_of_publishers() } else { by_of_all() }
}

fn parse_filter(given: &mut Given<'_>, context: Context<'_>, understood: &mut Vec<Understood>) -> Filter {
    let publishers = given.parse("publisher", |text| {
        let find = |slug: &str| {
            let slug = slug.parse::<PublisherSlug>().map_err(|error| error.to_string())?;
            match context.publishers.by_slug(&slug) {
                Some(_) => Ok(slug),
                None => Err(format!("no publisher `{slug}` is known; /v1/scheduling/publishers lists them")),
            }
        };
        list(text)?.into_iter().map(find).collect()
    });
    let states = given.parse("state", |text| list(text)?.into_iter().map(parse_state).collect());
    let counties = given.parse("county", |text| {
        let read = |name: &str| check_length(name).map(|()| name.to_owned());
        list(text)?.into_iter().map(read).collect()
    });
    let postal_codes = given.parse("zip", |text| list(text)?.into_iter().map(parse_zip).collect());
    let provider_locations = given.parse("providerLocation", |text| {
        let read = |key: &str| {
            key.parse::<ProviderLocationKey>().map_err(|_| format!("`{}` is not a key of this service", echo(key)))
        };
        list(text)?.into_iter().map(read).collect()
    });
    let specialties = given.parse("specialty", parse_specialties).map(|(filters, words)| {
        understood.extend(words);
        filters
    });
    let service_types = given.parse("serviceType", parse_services);
    Filter {
        publishers: publishers.unwrap_or_default(),
        states: states.unwrap_or_default(),
        counties: counties.unwrap_or_default(),
        postal_codes: postal_codes.unwrap_or_default(),
        provider_locations: provider_locations.unwrap_or_default(),
        specialties: specialties.unwrap_or_default(),
        service_types: service_types.unwrap_or_default(),
    }
}

fn parse_zip(text: &str) -> Result<String, String> {
    geography::normalize_zip(text).ok_or_else(|| format!("`{}` is no ZIP code; write five digits", echo(text)))
}

fn formats() -> Vec<&'static str> {
    vec!["json", "csv"]
}

fn by_of_all() -> Vec<&'static str> {
    ["day"].into_iter().chain(DIMENSIONS.iter().map(|(name, _)| *name)).collect()
}

fn by_of_publishers() -> Vec<&'static str> {
    vec!["day", "publisher"]
}

/// The parameters of a figure, as the API's document tells them.
pub fn parameters_of(figure: Figure) -> &'static [Parameter] {
    if figure == Figure::Continuity { OF_CONTINUITY } else { OF_ALL }
}

const DAY: Form = Form::Pattern("^[0-9]{4}-[0-9]{2}-[0-9]{2}$");

const fn of(name: &'static str, form: Form, example: &'static str, description: &'static str) -> Parameter {
    Parameter { name, description, form, example }
}

const FROM: Parameter =
    of("from", DAY, "2026-10-01", "The first day, of UTC. Without it thirty days up to the last one; at most 400.");
const TO: Parameter = of("to", DAY, "2026-10-31", "The last day, of UTC. Without it today.");
const PUBLISHER: Parameter = of(
    "publisher",
    Form::List(&Form::Pattern("^[a-z0-9]([a-z0-9-]{0,61}[a-z0-9])?$"), MAX_LIST_VALUES),
    "flynn",
    "Slugs of publishers: any of them. One that is not known is refused.",
);
const LIMIT: Parameter = of(
    "limit",
    Form::Integer(1, MAX_ROWS as u64, Some(DEFAULT_ROWS as u64)),
    "100",
    "The most rows; `total` tells how many there are.",
);
const FORMAT: Parameter = of(
    "format",
    Form::OneOf(formats, None),
    "json",
    "`csv`: the rows alone, with a head of names. Without it what `Accept` prefers, else JSON.",
);

const OF_ALL: &[Parameter] = &[
    FROM,
    TO,
    of(
        "by",
        Form::List(&Form::OneOf(by_of_all, None), 2),
        "day,state",
        "What figures are told apart by: `day`, one of the others, or both. Without it by day. Free slots are by day always.",
    ),
    PUBLISHER,
    of(
        "state",
        Form::List(&Form::Text(MAX_TEXT_CHARS), MAX_LIST_VALUES),
        "MA",
        "States of places, by two letters or by name: any of them.",
    ),
    of(
        "county",
        Form::List(&Form::Text(MAX_TEXT_CHARS), MAX_LIST_VALUES),
        "Suffolk",
        "Counties of places as published, in whatever case: any of them.",
    ),
    of("zip", Form::List(&Form::Pattern("^[0-9]{5}$"), MAX_LIST_VALUES), "02139", "ZIP codes of places: any of them."),
    of(
        "specialty",
        Form::List(&Form::Pattern(r"^[^,|]*[^,|\s][^,|]*(\|[^,]*[^,\s][^,]*)?$"), MAX_LIST_VALUES),
        "dermatologist",
        "Specialties: codes, `system|code`, or plain words such as `skin doctor`, any of them. How words were understood is told in `understood`.",
    ),
    of(
        "serviceType",
        Form::List(&Form::Pattern(r"^[^,|]*[^,|\s][^,|]*(\|[^,]*[^,\s][^,]*)?$"), MAX_LIST_VALUES),
        "57",
        "What is done: codes, `system|code`, or names of services, any of them.",
    ),
    of(
        "providerLocation",
        Form::List(&Form::Pattern(PUBLIC_ID), MAX_LIST_VALUES),
        "qxvbfzagsest15t1",
        "Provider locations by their `key`: any of them.",
    ),
    LIMIT,
    FORMAT,
];

const OF_CONTINUITY: &[Parameter] = &[
    FROM,
    TO,
    of(
        "by",
        Form::List(&Form::OneOf(by_of_publishers, None), 2),
        "day,publisher",
        "What figures are told apart by: `day`, `publisher`, or both. Without it by publisher.",
    ),
    PUBLISHER,
    LIMIT,
    FORMAT,
];

#[cfg(test)]
mod tests {
    use openslots_model::{ChangeSeq, OffsetInstant};

    use super::*;
    use crate::PublisherTable;

    fn parse(figure: Figure, query: &str) -> Result<StatisticsRequest, Vec<(String, String)>> {
        let publishers = PublisherTable::default();
        let now = OffsetInstant::parse_strict("2026-10-31T12:00:00Z").expect("an instant").instant;
        let context = Context { now, publishers: &publishers, snapshot: None, feed_began: ChangeSeq::default() };
        let issues =
            |issues: Vec<ParameterIssue>| issues.into_iter().map(|issue| (issue.parameter, issue.detail)).collect();
        StatisticsRequest::parse(figure, Some(query), context).map(|(request, _)| request).map_err(issues)
    }

    #[test]
    fn days_are_the_last_thirty_unless_asked_otherwise() {
        for (query, first, last) in [
            ("", "2026-10-02", "2026-10-31"),
            ("from=2026-10-30", "2026-10-30", "2026-10-31"),
            ("to=2026-01-30", "2026-01-01", "2026-01-30"),
            ("from=2025-12-01&to=2026-12-31", "2025-12-01", "2026-12-31"),
            ("from=2027-01-01", "2027-01-01", "2027-01-01"),
        ] {
            let (from, to) = parse(Figure::Coverage, query).expect(query).days;
            assert_eq!((from.to_string(), to.to_string()), (first.to_owned(), last.to_owned()), "{query}");
        }
        for (query, parameter) in [
            ("from=2026-10-02&to=2026-10-01", "to"),
            ("from=2025-09-01", "from"),
            ("from=yesterday", "from"),
            ("to=2026-02-30", "to"),
        ] {
            assert_eq!(parse(Figure::Coverage, query).expect_err(query)[0].0, parameter, "{query}");
        }
    }

    #[test]
    fn figures_are_told_apart_by_day_and_one_thing() {
        use Figure::{Continuity, Coverage, FreeSlots};
        for (figure, query, want) in [
            (Coverage, "", Some((true, None))),
            (Coverage, "by=state", Some((false, Some(Dimension::State)))),
            (Coverage, "by=zip,day", Some((true, Some(Dimension::PostalCode)))),
            (FreeSlots, "by=specialty", Some((true, Some(Dimension::Specialty)))),
            (Continuity, "", Some((false, Some(Dimension::Publisher)))),
            (Continuity, "by=day", Some((true, None))),
            (Coverage, "by=state,zip", None),
            (Coverage, "by=color", None),
            (Continuity, "by=state", None),
            (Continuity, "state=MA", None),
        ] {
            let got = parse(figure, query).ok().map(|request| (request.question.by_day, request.question.by));
            assert_eq!(got, want, "{figure:?} {query}");
        }
    }
}
