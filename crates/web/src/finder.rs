//! The finder: who has a slot near me, soon, for this?

mod beside;
mod fault;
mod form;
mod map;
mod suggestions;
mod watch;

use axum::extract::{RawQuery, State};
use axum::http::{HeaderMap, StatusCode};
use axum::response::Response;
use maud::{Markup, html};
use openslots_api::calls::{ProviderLocationsAnswer, count_days, search_provider_locations};
use openslots_api::parameters::{Search, SearchKind};
use openslots_api::problem::ParameterIssue;
use openslots_api::{ApiState, Error};
use openslots_model::{LocalDate, UnixSeconds};

use self::fault::Fault;
use self::form::Form;
use self::map::Spot;
pub(crate) use self::watch::make as make_watch;
use crate::days::FreeDays;
use crate::entry::entry;
use crate::language::Reader;
use crate::layout::{Frame, failure_for, framed};
use crate::messages::Say;
use crate::shown::name_of;

/// Makes ready what every page needs.
pub(crate) fn load() {
    map::load();
}

/// What the page is made of.
struct Results {
    answer: ProviderLocationsAnswer,
    days: FreeDays,
    now: UnixSeconds,
}

/// `GET /`
pub(crate) async fn show(State(state): State<ApiState>, headers: HeaderMap, RawQuery(query): RawQuery) -> Response {
    let reader = Reader::of(query.as_deref(), &headers);
    let form = Form::read(query.as_deref());
    let searches = read_searches(&state, &form);
    let (status, faults, results) = match searches {
        Ok((places, days)) => match ask(&state, places, days).await {
            Ok(results) => {
                let answer = html! { (list(&form, &results, reader)) (watch::button(&state, &form, reader)) };
                (StatusCode::OK, vec![], answer)
            }
            Err(error) => return failure_for(reader, &error, "the finder page"),
        },
        Err(issues) => {
            let faults: Vec<Fault> = issues.iter().map(Fault::from).collect();
            (StatusCode::BAD_REQUEST, faults, html! {})
        }
    };
    let content = html! {
        h1 { (reader.language.say(Say::FindAppointment)) }
        @if !faults.is_empty() { (fault::told(reader.language, &faults)) }
        (form.show(reader, &faults))
        (results)
    };
    let other = Reader { language: reader.language.other(), is_asked: true };
    let title = format!("openslots: {}", reader.language.say(Say::FindAppointment));
    let frame = Frame { title: &title, reader, translation: Some(&form.address(other)), has_script: true };
    framed(status, &frame, &content)
}

fn read_searches(state: &ApiState, form: &Form) -> Result<(Search, Search), Vec<ParameterIssue>> {
    let places = Search::of_request(state, SearchKind::ProviderLocations, Some(&form.as_api_query()))?;
    let days = Search::of_request(state, SearchKind::Days, Some(&form.as_days_query()))?;
    Ok((places, days))
}

async fn ask(state: &ApiState, places: Search, days: Search) -> Result<Results, Error> {
    let answer = search_provider_locations(state, places).await?;
    let days = FreeDays::from(&count_days(state, days).await?);
    Ok(Results { answer, days, now: state.now() })
}

fn list(form: &Form, results: &Results, reader: Reader) -> Markup {
    let Results { answer, days, now } = results;
    let language = reader.language;
    let map = map::show(&spots(answer, reader), answer.near.map(|point| point.near.position), language);
    let has_map = !map.0.is_empty();
    html! {
        (beside::understood(&answer.understood, language))
        (days.show(LocalDate::parse(form.day.trim()), language, |day| form.on_day(day).address(reader)))
        @if answer.provider_locations.is_empty() {
            (beside::explanation(form, answer.explanation.as_ref(), reader, *now))
        } @else {
            p.quiet.summary role="status" {
                (language.count(answer.total, Say::OnePlace, Say::Places))
                @if has_map { span.to-map { " · " a href="#map" { (language.say(Say::ToMap)) } } }
            }
        }
        div.results.mapped[has_map] {
            section aria-label=(language.say(Say::Results)) {
                ol.found {
                    @for (place, found) in answer.provider_locations.iter().enumerate() {
                        li id={ "r" (place + 1) } { (entry(found, place + 1, reader, *now)) }
                    }
                }
                @if let Some(cursor) = &answer.next {
                    @let next = Form { cursor: Some(cursor.clone()), ..form.clone() };
                    p.more { a href=(next.address(reader)) rel="next" { (language.say(Say::MorePlaces)) } }
                }
            }
            (map)
        }
    }
}

/// The places of the list for the map; where care is only virtual, there is nowhere to go.
fn spots(answer: &ProviderLocationsAnswer, reader: Reader) -> Vec<Spot> {
    let spot = |(place, found): (usize, &openslots_api::calls::FoundProviderLocation)| {
        let at = &found.provider_location;
        let name = name_of(at).unwrap_or(reader.language.say(Say::NoName)).to_owned();
        let somewhere = at.place.as_ref().filter(|place| place.is_in_person());
        Spot { number: place + 1, name, position: somewhere.and_then(|place| place.position) }
    };
    answer.provider_locations.iter().enumerate().map(spot).collect()
}
