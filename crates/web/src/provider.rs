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
use openslots_model::UnixSeconds;
use url::form_urlencoded;

use crate::day_page::DayPage;
use crate::days::FreeDays;
use crate::entry::entry;
use crate::language::Reader;
use crate::layout::{Frame, failure_for, framed, missing};
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
    page: DayPage,
}

impl Asked {
    /// Reads an address; `None`: no identifier.
    fn read(npi: &str, raw_query: Option<&str>) -> Option<Self> {
        let is_identifier = npi.len() == N_DIGITS && npi.bytes().all(|byte| byte.is_ascii_digit());
        is_identifier.then(|| Self { npi: npi.to_owned(), page: DayPage::read(raw_query) })
    }

    /// Whether it is the first page without a choice.
    fn is_plain(&self) -> bool {
        self.page == DayPage::default()
    }

    /// The address of a page of the same provider.
    fn address_of_page(&self, page: &DayPage, reader: Reader) -> String {
        page.address(&format!("/providers/{}", self.npi), reader)
    }

    fn address(&self, reader: Reader) -> String {
        self.address_of_page(&self.page, reader)
    }

    /// The searches for the places of the page, and for all days.
    fn searches(&self, state: &ApiState) -> Result<(Search, Search), Vec<ParameterIssue>> {
        let query = self.page.as_api_query(&[("npi", &self.npi), ("slots", N_SLOTS), ("limit", "20")]);
        let places = Search::of_request(state, SearchKind::ProviderLocations, Some(&query))?;
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
    let Some(asked) = Asked::read(&npi, query.as_deref()) else { return nobody(reader, &other.link("/")) };
    let searches = match asked.searches(&state) {
        Ok(searches) => searches,
        // A cursor that has expired, or a day of no calendar: begin anew.
        Err(_) if !asked.is_plain() => {
            return Redirect::to(&asked.address_of_page(&DayPage::default(), reader)).into_response();
        }
        Err(_) => return nobody(reader, &other.link("/")),
    };
    match ask(&state, searches).await {
        Ok((answer, _)) if answer.provider_locations.is_empty() && asked.is_plain() => {
            nobody(reader, &asked.address(other))
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

fn nobody(reader: Reader, translation: &str) -> Response {
    missing(reader, Say::NoSuchProvider, reader.language.say(Say::NoSuchProviderText), translation)
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
        (days.show(asked.page.day, language, |day| asked.address_of_page(&DayPage::of_day(day), reader)))
        @if answer.provider_locations.is_empty() { p { (language.say(Say::NoTimesThen)) } }
        ol.found {
            @for (place, found) in answer.provider_locations.iter().enumerate() {
                li { (entry(found, place + 1, reader, now)) }
            }
        }
        @if let Some(cursor) = &answer.next {
            @let next = asked.address_of_page(&asked.page.behind(cursor), reader);
            p.more { a href=(next) rel="next" { (language.say(Say::MorePlaces)) } }
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
