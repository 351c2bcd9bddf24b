//! One provider by its National Provider Identifier: all places, whoever publishes them, with what can be booked next.

use axum::extract::rejection::PathRejection;
use axum::extract::{Path, RawQuery, State};
use axum::http::{HeaderMap, StatusCode};
use axum::response::{IntoResponse, Redirect, Response};
use maud::{Markup, html};
use openslots_api::calls::{ProviderLocationsAnswer, count_days, search_provider_locations};
use openslots_api::parameters::{Search, SearchKind};
use openslots_api::problem::ParameterIssue;
use openslots_api::{ApiState, Error};
use openslots_model::{LocalDate, UnixSeconds};
use url::form_urlencoded::{self, Serializer};

use crate::days::FreeDays;
use crate::entry::entry;
use crate::language::Reader;
use crate::layout::{Frame, failure_for, framed};
use crate::messages::Say;
use crate::shown::{languages_of, name_of, texts_of};

/// Slots that are shown of each place.
const N_SLOTS: &str = "12";
/// Digits of an identifier.
const N_DIGITS: usize = 10;

/// The address of a provider's page. An identifier that is none leads to a page that says so.
pub(crate) fn address_of(npi: &str, reader: Reader) -> String {
    let npi: String = form_urlencoded::byte_serialize(npi.as_bytes()).collect();
    reader.link(&format!("/providers/{npi}"))
}

/// What an address asks for.
#[derive(Debug, Clone, PartialEq, Eq)]
struct Asked {
    npi: String,
    /// The only day to show.
    day: Option<LocalDate>,
    /// Where the page before this one ended.
    cursor: Option<String>,
}

impl Asked {
    /// Reads an address as a person may have changed it: what cannot be read is passed over. `None`: no identifier.
    fn read(npi: &str, raw_query: Option<&str>) -> Option<Self> {
        if npi.len() != N_DIGITS || !npi.bytes().all(|byte| byte.is_ascii_digit()) {
            return None;
        }
        let mut asked = Self { npi: npi.to_owned(), day: None, cursor: None };
        for (name, value) in form_urlencoded::parse(raw_query.unwrap_or_default().as_bytes()) {
            match name.as_ref() {
                "day" => asked.day = LocalDate::parse(&value),
                "cursor" => asked.cursor = Some(value.into_owned()).filter(|cursor| !cursor.is_empty()),
                _ => {}
            }
        }
        Some(asked)
    }

    /// The first page without a choice.
    fn plain(&self) -> Self {
        Self { day: None, cursor: None, ..self.clone() }
    }

    fn address(&self, reader: Reader) -> String {
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
            query if query.is_empty() => format!("/providers/{}", self.npi),
            query => format!("/providers/{}?{query}", self.npi),
        }
    }

    /// The searches for the places of the page, and for all days.
    fn searches(&self, state: &ApiState) -> Result<(Search, Search), Vec<ParameterIssue>> {
        let mut query = Serializer::new(format!("npi={}", self.npi));
        query.append_pair("slots", N_SLOTS).append_pair("limit", "20");
        if let Some(day) = self.day {
            query.append_pair("date", &day.to_string());
        }
        if let Some(cursor) = &self.cursor {
            query.append_pair("cursor", cursor);
        }
        let places = Search::of_request(state, SearchKind::ProviderLocations, Some(&query.finish()))?;
        let days = Search::of_request(state, SearchKind::Days, Some(&format!("npi={}", self.npi)))?;
        Ok((places, days))
    }
}

/// `GET /providers/{npi}`
pub(crate) async fn show(
    State(state): State<ApiState>,
    headers: HeaderMap,
    RawQuery(query): RawQuery,
    npi: Result<Path<String>, PathRejection>,
) -> Response {
    let reader = Reader::of(query.as_deref(), &headers);
    let other = Reader { language: reader.language.other(), is_asked: true };
    let npi = npi.map(|Path(text)| text).unwrap_or_default();
    let Some(asked) = Asked::read(&npi, query.as_deref()) else { return missing(reader, &other.link("/")) };
    let searches = match asked.searches(&state) {
        Ok(searches) => searches,
        // A cursor that has expired, or a day of no calendar: begin anew.
        Err(_) if asked != asked.plain() => return Redirect::to(&asked.plain().address(reader)).into_response(),
        Err(_) => return missing(reader, &other.link("/")),
    };
    match ask(&state, searches).await {
        Ok((answer, _)) if answer.provider_locations.is_empty() && asked == asked.plain() => {
            missing(reader, &asked.address(other))
        }
        Ok((answer, days)) => {
            let content = whole(&asked, &answer, &days, reader, state.now());
            let title = format!("openslots: {}", name(&answer, reader));
            let frame = Frame { title: &title, reader, translation: Some(&asked.address(other)), has_script: false };
            framed(StatusCode::OK, &frame, &content)
        }
        Err(error) => failure_for(reader, &error, "the page of a provider"),
    }
}

async fn ask(state: &ApiState, (places, days): (Search, Search)) -> Result<(ProviderLocationsAnswer, FreeDays), Error> {
    Ok((search_provider_locations(state, places).await?, FreeDays::from(&count_days(state, days).await?)))
}

fn missing(reader: Reader, translation: &str) -> Response {
    let language = reader.language;
    let content = html! {
        h1 { (language.say(Say::NoSuchProvider)) }
        p { (language.say(Say::NoSuchProviderText)) " " a href=(reader.link("/")) { (language.say(Say::SearchAgain)) } }
    };
    let title = format!("openslots: {}", language.say(Say::NoSuchProvider));
    let frame = Frame { title: &title, reader, translation: Some(translation), has_script: false };
    framed(StatusCode::NOT_FOUND, &frame, &content)
}

fn name(answer: &ProviderLocationsAnswer, reader: Reader) -> &str {
    let mut names = answer.provider_locations.iter().filter_map(|found| name_of(&found.provider_location));
    names.next().unwrap_or(reader.language.say(Say::NoName))
}

fn whole(asked: &Asked, answer: &ProviderLocationsAnswer, days: &FreeDays, reader: Reader, now: UnixSeconds) -> Markup {
    let language = reader.language;
    let places = answer.provider_locations.iter().map(|found| &found.provider_location);
    let specialties = texts_of(places.clone().flat_map(|at| at.specialties()), language);
    let mut spoken: Vec<String> =
        places.filter_map(|at| at.provider.as_ref()).flat_map(|provider| provider.languages.clone()).collect();
    spoken.sort_unstable();
    html! {
        h1 { (name(answer, reader)) }
        @if !specialties.is_empty() { p { (specialties.join(", ")) } }
        @if !spoken.is_empty() { p { (language.fill(Say::Speaks, &[&languages_of(&spoken, language)])) } }
        p.quiet { "NPI " (asked.npi) }
        (days.show(asked.day, language, |day| {
            Asked { day: LocalDate::parse(day), ..asked.plain() }.address(reader)
        }))
        @if answer.provider_locations.is_empty() { p { (language.say(Say::NoTimesThen)) } }
        ol.found {
            @for (place, found) in answer.provider_locations.iter().enumerate() {
                li { (entry(found, place + 1, reader, now)) }
            }
        }
        @if let Some(cursor) = &answer.next {
            @let next = Asked { cursor: Some(cursor.clone()), ..asked.clone() };
            p.more { a href=(next.address(reader)) rel="next" { (language.say(Say::MorePlaces)) } }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::language::Language;

    #[test]
    fn an_address_names_a_provider_or_nobody() {
        let spanish = Reader { language: Language::Spanish, is_asked: true };
        for (npi, query, want) in [
            ("1234567893", "", Some("/providers/1234567893?lang=es")),
            ("1234567893", "day=2026-12-01&x=1", Some("/providers/1234567893?lang=es&day=2026-12-01")),
            ("1234567893", "day=soon&cursor=", Some("/providers/1234567893?lang=es")),
            ("123456789", "", None),
            ("12345678931", "", None),
            ("123456789x", "", None),
            ("<b>", "", None),
        ] {
            let address = Asked::read(npi, Some(query)).map(|asked| asked.address(spanish));
            assert_eq!(address.as_deref(), want, "{npi}?{query}");
        }
        assert_eq!(address_of("a/b?c", Reader::ENGLISH), "/providers/a%2Fb%3Fc");
    }
}
