//! What each parameter means, which values it takes and what one looks like: the one place that the API's document is
//! made from. Bounds and names of values are those that the parsers judge by.

use openslots_model::{AcceptingPatients, Gender, IssueCode, SlotStatus};

use super::facets::{FACETS, MAX_NEXT_SLOTS};
use super::filters::MAX_DURATION_MINUTES;
use super::order::Order;
use super::page::{DEFAULT_LIMIT, MAX_LIMIT, MAX_OFFSET};
use super::place::{DEFAULT_RADIUS_MILES, MAX_RADIUS_KM, MAX_RADIUS_MILES};
use super::{MAX_LIST_VALUES, MAX_TEXT_CHARS};

/// A parameter of a query string.
#[derive(Debug, Clone, Copy)]
pub struct Parameter {
    /// Its name.
    pub name: &'static str,
    /// What it does, in full sentences.
    pub description: &'static str,
    /// Which values it takes.
    pub form: Form,
    /// A value, as it stands in a query string before it is encoded; empty where only the service can give one.
    pub example: &'static str,
}

/// The values that a parameter takes.
#[derive(Debug, Clone, Copy)]
pub enum Form {
    /// Free text of so many characters at most.
    Text(usize),
    /// Text of a form that a regular expression tells.
    Pattern(&'static str),
    /// One of these.
    OneOf(fn() -> Vec<&'static str>, Option<&'static str>),
    /// `true` or `false`; what holds without it, if that is one of the two.
    Boolean(Option<bool>),
    /// A whole number from, to, and what holds without it.
    Integer(u64, u64, Option<u64>),
    /// A number above zero and at most this, and what holds without it.
    Measure(f64, Option<f64>),
    /// RFC 3339 with seconds and offset.
    Instant,
    /// West, south, east, north in degrees.
    BoundingBox,
    /// A comma list of fields that answers have; which ones hangs on the request.
    Fields,
    /// A comma list of at most so many values.
    List(&'static Form, usize),
}

const TEXT: Form = Form::Text(MAX_TEXT_CHARS);
/// A code or words; how long it may be is bounded by the query string alone.
const CODES: Form = Form::List(&Form::Pattern(r"^[^,|]*[^,|\s][^,|]*(\|[^,]*[^,\s][^,]*)?$"), MAX_LIST_VALUES);
const YES_OR_NO: Form = Form::Boolean(None);

fn statuses() -> Vec<&'static str> {
    let served = |status: &SlotStatus| *status != SlotStatus::EnteredInError;
    SlotStatus::ALL.into_iter().filter(served).map(SlotStatus::as_str).collect()
}

fn patients() -> Vec<&'static str> {
    let served = |code: &AcceptingPatients| *code != AcceptingPatients::None;
    AcceptingPatients::ALL.into_iter().filter(served).map(AcceptingPatients::as_str).collect()
}

fn genders() -> Vec<&'static str> {
    Gender::ALL.into_iter().map(Gender::as_str).collect()
}

fn orders() -> Vec<&'static str> {
    Order::ALL.into_iter().map(Order::as_str).collect()
}

fn facets() -> Vec<&'static str> {
    FACETS.iter().map(|(name, _)| *name).collect()
}

fn weekdays() -> Vec<&'static str> {
    vec!["mon", "tue", "wed", "thu", "fri", "sat", "sun", "weekdays", "weekend"]
}

fn issue_codes() -> Vec<&'static str> {
    IssueCode::ALL.iter().map(|code| code.as_str()).collect()
}

/// The parameter of a name.
pub fn describe(name: &str) -> Option<&'static Parameter> {
    DESCRIBED.iter().find(|parameter| parameter.name == name)
}

/// Shortens the table below: one line a name.
const fn of(name: &'static str, form: Form, example: &'static str, description: &'static str) -> Parameter {
    Parameter { name, description, form, example }
}

/// Every parameter of every request.
pub const DESCRIBED: &[Parameter] = &[
    of(
        "status",
        Form::OneOf(statuses, Some("free")),
        "free",
        "The status of the slots. Days are counted over every status unless one is given.",
    ),
    of(
        "publisher",
        Form::List(&Form::Pattern("^[a-z0-9]([a-z0-9-]{0,61}[a-z0-9])?$"), MAX_LIST_VALUES),
        "flynn",
        "Slugs of publishers: any of them. `/v1/scheduling/publishers` lists them; one that is not known is refused.",
    ),
    of("serviceTypeCode", CODES, "57", "What is done: codes, `system|code`, or names of services, any of them."),
    of(
        "npi",
        Form::List(&Form::Pattern("^[0-9]{10}$"), MAX_LIST_VALUES),
        "1073635355",
        "National Provider Identifiers of ten digits: any of them.",
    ),
    of(
        "specialty",
        CODES,
        "dermatologist",
        "Specialties of provider or schedule: codes, `system|code`, or plain words such as `skin doctor`, any of them. A bare code stands for the same specialty in other code systems too; `system|code` matches exactly. How words were understood is told in `understood`.",
    ),
    of("appointmentType", CODES, "ROUTINE", "Codes of appointment types, or `system|code`: any of them."),
    of(
        "acceptingPatients",
        Form::OneOf(patients, None),
        "newpt",
        "Slots for patients of this kind (HL7 `accepting-patients`). A slot that declares no kind matches each of them.",
    ),
    of("isVirtual", YES_OR_NO, "false", "Virtual care only, or care in person only."),
    of("city", TEXT, "Boston", "The city of the place, without its state. A city that nobody knows is refused."),
    of(
        "state",
        Form::Text(MAX_TEXT_CHARS),
        "MA",
        "The state of the place, by two letters or by its name; for virtual care the states it is licensed for.",
    ),
    of(
        "startAfter",
        Form::Instant,
        "2026-10-02T00:00:00Z",
        "Slots that start at this instant or later. Without it, from now on. A time without seconds or offset is refused; `+` is written `%2B` in a URL.",
    ),
    of("startBefore", Form::Instant, "2036-10-09T00:00:00Z", "Slots that start at this instant or earlier."),
    of("includePast", Form::Boolean(Some(false)), "false", "Slots that have begun as well."),
    of(
        "providerLocationKey",
        Form::Pattern(PUBLIC_ID),
        "qxvbfzagsest15t1",
        "The slots of one provider location, by its `key`.",
    ),
    of(
        "q",
        TEXT,
        "skin doctor near Boston, MA who speaks Spanish",
        "What a patient would say: provider, organisation, place, service, specialty, and when, where and in which language. What is understood becomes a filter and is told in `understood`; the rest is looked for, typos forgiven. Text in double quotes is looked for as it stands. Parameters that are given win over words.",
    ),
    of(
        "near",
        TEXT,
        "42.36,-71.06",
        "Where distances are measured from: a point `latitude,longitude`, a ZIP code, or `City, ST`. Not together with `zip`.",
    ),
    of(
        "zip",
        Form::Pattern("^[0-9]{5}(-[0-9]{4})?$"),
        "02139",
        "A ZIP code, whose middle distances are measured from. One that does not exist is refused.",
    ),
    of(
        "radius",
        Form::Measure(MAX_RADIUS_MILES, Some(DEFAULT_RADIUS_MILES)),
        "10",
        "How far, in miles. Needs `near` or `zip`, or a place in the words of `q`.",
    ),
    of("radiusKm", Form::Measure(MAX_RADIUS_KM, None), "16", "How far, in kilometres, in place of `radius`."),
    of(
        "bbox",
        Form::BoundingBox,
        "-71.2,42.2,-70.9,42.5",
        "Places in a box, in degrees: west, south, east, north (the order of RFC 7946, section 5). A box whose west lies east of its east crosses the date line.",
    ),
    of("organization", TEXT, "Flynn Health", "Words of the organisation's name."),
    of(
        "language",
        Form::List(&TEXT, MAX_LIST_VALUES),
        "es",
        "Languages that the provider speaks, by tag (BCP 47) or English name: any of them.",
    ),
    of("gender", Form::OneOf(genders, None), "female", "The provider's gender."),
    of("network", Form::List(&TEXT, MAX_LIST_VALUES), "Blue", "Words of the names of insurance networks: any of them."),
    of("vaccine", CODES, "207", "Vaccines: CVX codes, `system|code`, or names, any of them."),
    of("vaccineDose", Form::List(&Form::Integer(1, 20, None), MAX_LIST_VALUES), "1", "Doses in a series: any of them."),
    of("walkIn", YES_OR_NO, "true", "Whether one may come without an appointment."),
    of("coarse", YES_OR_NO, "false", "Whether the time is a window of hours or days rather than an appointment's."),
    of("minDuration", Form::Integer(1, MAX_DURATION_MINUTES as u64, None), "20", "The shortest slot, in minutes."),
    of(
        "date",
        Form::Pattern(
            "^(today|tomorrow|this-week|next-week|([1-9]|[1-9][0-9]|[12][0-9]{2}|3[0-5][0-9]|36[0-6])-days|[0-9]{4}-[0-9]{2}-[0-9]{2}(/[0-9]{4}-[0-9]{2}-[0-9]{2})?)$",
        ),
        "next-week",
        "Days on the clock of each place: `2026-12-01`, `2026-12-01/2026-12-24`, `today`, `tomorrow`, `this-week`, `next-week`, or `3-days` for as many days from today on.",
    ),
    of(
        "weekday",
        Form::List(&Form::OneOf(weekdays, None), MAX_LIST_VALUES),
        "mon,tue",
        "Days of the week on the clock of each place: any of them. Longer forms such as `Monday` are read too.",
    ),
    of(
        "timeOfDay",
        Form::List(
            &Form::Pattern("^([01]?[0-9]|2[0-3]):[0-5][0-9]-(([01]?[0-9]|2[0-3]):[0-5][0-9]|24:00)$"),
            MAX_LIST_VALUES,
        ),
        "08:00-12:00",
        "Hours of the day on the clock of each place: any of them. `20:00-06:00` goes over midnight.",
    ),
    of(
        "maxAge",
        Form::Pattern("^[1-9][0-9]{0,8}[smhd]$"),
        "30m",
        "How old data may be: a whole number above 0 with `s`, `m`, `h` or `d` behind it.",
    ),
    of(
        "limit",
        Form::Integer(1, MAX_LIMIT as u64, Some(DEFAULT_LIMIT as u64)),
        "10",
        "How many answers a page has; of issues, how many of each code.",
    ),
    of(
        "offset",
        Form::Integer(0, MAX_OFFSET, Some(0)),
        "0",
        "How many answers are passed over. To go further than this allows, and to go through a set that changes, take `cursor`.",
    ),
    of(
        "cursor",
        Form::Pattern("^[0-9A-Za-z_-]+$"),
        "",
        "The `next` of the page before, as it is, with the same filters and order. Not together with `offset`.",
    ),
    of(
        "sort",
        Form::OneOf(orders, None),
        "start",
        "In which order: by start, latest start first, nearest first (needs `near` or `zip`), or best match first (needs `q`). Without it slots come by start; provider locations come nearest first, else best match first, else by their next slot.",
    ),
    of(
        "facet",
        Form::List(&Form::OneOf(facets, None), MAX_LIST_VALUES),
        "state,specialty",
        "What is counted beside the answers, under the same filters.",
    ),
    of(
        "fields",
        Form::Fields,
        "location.city,distanceMiles",
        "Which fields of each answer are wanted, with a dot before a part of one; `id` or `key` always comes along. Without it all of them.",
    ),
    of(
        "slots",
        Form::Integer(0, MAX_NEXT_SLOTS as u64, Some(0)),
        "3",
        "How many of the next slots of each provider location come along in `nextSlots`.",
    ),
    of(
        "code",
        Form::List(&Form::OneOf(issue_codes, None), MAX_LIST_VALUES),
        "invalid-time,missing-id",
        "Codes of issues: any of them.",
    ),
    of("source", TEXT, "finder.example.org", "Who refers the patient; told to the booking system as `source`."),
    of("booking-referral", TEXT, "a1b2c3", "The referral's own id; told to the booking system as `booking-referral`."),
];

/// The form of published ids and keys: sixteen letters and digits of Crockford's base 32.
pub const PUBLIC_ID: &str = "^[0-9a-hjkmnp-tv-z]{16}$";

#[cfg(test)]
mod tests {
    use std::collections::BTreeSet;

    use super::*;
    use crate::parameters::{BOOKING_PARAMETERS, ISSUE_PARAMETERS, READ_PARAMETERS, SearchKind};

    #[test]
    fn what_is_parsed_is_described_and_nothing_else() {
        let of_searches = SearchKind::ALL.into_iter().flat_map(SearchKind::parameter_names);
        let parsed: BTreeSet<_> = of_searches
            .chain(ISSUE_PARAMETERS.iter().chain(BOOKING_PARAMETERS).chain(READ_PARAMETERS).copied())
            .collect();
        let described: BTreeSet<_> = DESCRIBED.iter().map(|parameter| parameter.name).collect();
        assert_eq!(parsed, described);
        assert_eq!(described.len(), DESCRIBED.len(), "each is described once");
    }

    #[test]
    fn descriptions_are_sentences() {
        for Parameter { name, description, .. } in DESCRIBED {
            assert!(description.ends_with('.') && description.len() > 10, "{name}");
        }
    }
}
