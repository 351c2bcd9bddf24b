//! What must hold of slots and provider locations: every filter, the same for every kind of search.

use openslots_directory::text::fold;
use openslots_directory::{geography, languages};
use openslots_model::{AcceptingPatients, AvailabilityQuery, Gender, ProviderLocationKey, PublisherSlug, SlotStatus};

use super::codes::{list, parse_codes, parse_doses, parse_npis, parse_services, parse_vaccines};
use super::given::{Given, echo, parse_bool};
use super::local_times::parse_local_times;
use super::place::{check_length, parse_bounding_box, parse_state};
use super::specialties::parse_specialties;
use super::{Context, Understood};

/// The names of all filters.
pub(super) const FILTERS: &[&str] = &[
    "status",
    "publisher",
    "serviceTypeCode",
    "npi",
    "specialty",
    "appointmentType",
    "acceptingPatients",
    "isVirtual",
    "city",
    "state",
    "startAfter",
    "startBefore",
    "includePast",
    "providerLocationKey",
    "q",
    "near",
    "zip",
    "radius",
    "radiusKm",
    "bbox",
    "organization",
    "language",
    "gender",
    "network",
    "vaccine",
    "vaccineDose",
    "walkIn",
    "coarse",
    "minDuration",
    "date",
    "weekday",
    "timeOfDay",
    "maxAge",
];

/// The longest appointment that is asked for, in minutes.
pub(super) const MAX_DURATION_MINUTES: u32 = 24 * 60;

/// Reads all filters but those of place and text; says what plain words were understood as.
pub(super) fn read_filters(
    given: &mut Given<'_>,
    query: &mut AvailabilityQuery,
    context: Context<'_>,
) -> Vec<Understood> {
    let mut understood = Vec::new();
    if given.has("status") {
        query.status = given.parse("status", parse_status).or(query.status);
    }
    query.publishers = given.parse("publisher", |text| {
        let find = |slug: &str| {
            let slug = slug.parse::<PublisherSlug>().map_err(|error| error.to_string())?;
            match context.publishers.by_slug(&slug) {
                Some(status) => Ok(status.publisher.number),
                None => Err(format!("no publisher `{slug}` is known; /v1/scheduling/publishers lists them")),
            }
        };
        list(text)?.into_iter().map(find).collect()
    });
    query.service_types = given.parse("serviceTypeCode", parse_services).unwrap_or_default();
    query.npis = given.parse("npi", parse_npis).unwrap_or_default();
    if let Some((filters, words)) = given.parse("specialty", parse_specialties) {
        query.specialties = filters;
        understood.extend(words);
    }
    query.appointment_types = given.parse("appointmentType", parse_codes).unwrap_or_default();
    query.accepting_patients = given.parse("acceptingPatients", parse_accepting_patients);
    query.is_virtual = given.parse("isVirtual", parse_bool);
    query.city = given.parse("city", |text| parse_city(text, context));
    query.state = given.parse("state", parse_state);
    query.bounding_box = given.parse("bbox", parse_bounding_box);
    query.organization = given.parse("organization", parse_words);
    if let Some((tags, words)) = given.parse("language", parse_languages) {
        query.languages = tags;
        understood.extend(words);
    }
    query.gender = given.parse("gender", parse_gender);
    query.networks =
        given.parse("network", |text| list(text)?.into_iter().map(parse_words).collect()).unwrap_or_default();
    query.vaccines = given.parse("vaccine", parse_vaccines).unwrap_or_default();
    query.vaccine_doses = given.parse("vaccineDose", parse_doses).unwrap_or_default();
    query.is_walk_in = given.parse("walkIn", parse_bool);
    query.is_coarse = given.parse("coarse", parse_bool);
    query.min_duration_seconds = given.parse("minDuration", parse_duration);
    query.local_times = parse_local_times(given, context.now);
    query.provider_location = given.parse("providerLocationKey", |text| {
        text.parse::<ProviderLocationKey>().map_err(|_| format!("`{}` is not a key of this service", echo(text)))
    });
    understood
}

fn parse_status(text: &str) -> Result<SlotStatus, String> {
    match text.parse() {
        Ok(SlotStatus::EnteredInError) | Err(()) => {
            Err(format!("must be free, busy, busy-unavailable or busy-tentative, not `{}`", echo(text)))
        }
        Ok(status) => Ok(status),
    }
}

fn parse_accepting_patients(text: &str) -> Result<AcceptingPatients, String> {
    match text.parse() {
        Ok(AcceptingPatients::None) => Err("must not be nopt: slots for no patients are never served".to_owned()),
        Ok(code) => Ok(code),
        Err(()) => Err(format!("must be newpt, existptonly or existptfam, not `{}`", echo(text))),
    }
}

fn parse_gender(text: &str) -> Result<Gender, String> {
    text.parse().map_err(|()| format!("must be female, male, other or unknown, not `{}`", echo(text)))
}

fn parse_duration(text: &str) -> Result<u32, String> {
    match text.parse::<u32>() {
        Ok(minutes @ 1..=MAX_DURATION_MINUTES) => Ok(minutes * 60),
        _ => Err(format!("must be whole minutes from 1 to {MAX_DURATION_MINUTES}, not `{}`", echo(text))),
    }
}

/// A list of language tags or names; what names were taken for.
fn parse_languages(text: &str) -> Result<(Vec<String>, Vec<Understood>), String> {
    let (mut tags, mut understood) = (Vec::new(), Vec::new());
    for value in list(text)? {
        let is_tag = value.split(['-', '_']).enumerate().all(|(n, part)| {
            let n_letters = if n == 0 { 2..=3 } else { 1..=8 };
            n_letters.contains(&part.len()) && part.bytes().all(|byte| byte.is_ascii_alphanumeric())
        });
        match languages::language_tags(value) {
            Some(language) if !is_tag => {
                tags.push(language.tag().to_owned());
                understood.push(Understood {
                    label: Some(language.name.to_owned()),
                    ..Understood::new("language", value, language.tag())
                });
            }
            _ if is_tag => tags.push(value.to_owned()),
            _ => {
                let value = echo(value);
                return Err(format!("`{value}` is no language known here; write its tag, as in es or zh-Hant"));
            }
        }
    }
    Ok((tags, understood))
}

/// A city of the gazetteer, or one that is published: a misspelt one would look like a city without slots.
fn parse_city(text: &str, context: Context<'_>) -> Result<String, String> {
    let city = parse_words(text)?;
    let is_published = || context.snapshot.is_none_or(|snapshot| snapshot.has_city(&city));
    if !geography::is_city_name(&city) && !is_published() {
        return Err(format!("no city `{}` is known; write its name without the state", echo(&city)));
    }
    Ok(city)
}

/// Text with at least one letter or digit.
pub(super) fn parse_words(text: &str) -> Result<String, String> {
    check_length(text)?;
    if fold(text).is_empty() {
        return Err(format!("`{}` has no letter or digit to search for", echo(text)));
    }
    Ok(text.to_owned())
}
