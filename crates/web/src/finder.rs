//! The finder: who has a slot near me, soon, for this?

use axum::extract::{RawQuery, State};
use axum::http::StatusCode;
use axum::response::Response;
use maud::{Markup, html};
use openslots_api::ApiState;
use openslots_api::calls::{FoundProviderLocation, ProviderLocationsAnswer, search_provider_locations};
use openslots_api::parameters::{Context, Search, SearchKind};
use openslots_model::{Freshness, UnixSeconds};
use url::form_urlencoded::{self, Serializer};

use crate::layout::{failure, page};
use crate::times::{ago, local_days, local_start};

/// What the form holds.
#[derive(Debug, Default, PartialEq, Eq)]
pub(crate) struct Form {
    /// Words for what is looked for.
    what: String,
    /// ZIP, city or point.
    place: String,
    /// Where the page before this one ended.
    cursor: Option<String>,
}

impl Form {
    /// Reads a query string as a person may have changed it: of a field given twice the last counts, and what is no
    /// field is passed over. Whatever is wrong with the values is told on the page.
    fn read(raw_query: Option<&str>) -> Self {
        let mut form = Self::default();
        for (name, value) in form_urlencoded::parse(raw_query.unwrap_or_default().as_bytes()) {
            match name.as_ref() {
                "what" => form.what = value.into_owned(),
                "where" => form.place = value.into_owned(),
                "cursor" => form.cursor = Some(value.into_owned()).filter(|cursor| !cursor.is_empty()),
                _ => {}
            }
        }
        form
    }

    /// The same question in the parameters of the JSON API.
    fn as_api_query(&self) -> String {
        let mut query = Serializer::new(String::new());
        let (what, place) = (self.what.trim(), self.place.trim());
        if !what.is_empty() {
            query.append_pair("q", what);
        }
        let is_zip = place.len() == 5 && place.bytes().all(|byte| byte.is_ascii_digit());
        if !place.is_empty() {
            query.append_pair(if is_zip { "zip" } else { "near" }, place);
        }
        if let Some(cursor) = &self.cursor {
            query.append_pair("cursor", cursor);
        }
        query.append_pair("limit", "20").finish()
    }

    /// The address of the next page.
    fn next_page(&self, cursor: &str) -> String {
        let mut query = Serializer::new(String::from("/?"));
        query.append_pair("what", &self.what).append_pair("where", &self.place).append_pair("cursor", cursor);
        query.finish()
    }
}

/// `GET /`
pub(crate) async fn show(State(state): State<ApiState>, RawQuery(query): RawQuery) -> Response {
    let form = Form::read(query.as_deref());
    let now = state.now();
    let publishers = state.publishers();
    let context = Context { now, publishers: &publishers };
    let search = match Search::parse(SearchKind::ProviderLocations, Some(&form.as_api_query()), context) {
        Ok(search) => search,
        Err(issues) => {
            let faults = html! { @for issue in &issues { p.fault role="alert" { (issue.detail) } } };
            return page(StatusCode::BAD_REQUEST, "openslots: find an appointment", &whole(&form, &faults));
        }
    };
    match search_provider_locations(&state, search).await {
        Ok(answer) => page(StatusCode::OK, "openslots: find an appointment", &whole(&form, &list(&form, &answer, now))),
        Err(error) => {
            tracing::error!(%error, "the finder page could not be made");
            failure()
        }
    }
}

fn whole(form: &Form, results: &Markup) -> Markup {
    html! {
        h1 { "Find an appointment" }
        form method="get" action="/" role="search" {
            label { "What" input name="what" value=(form.what) placeholder="skin doctor, vaccine, a name" autocomplete="off"; }
            label { "Where" input name="where" value=(form.place) placeholder="ZIP, or City, ST" autocomplete="postal-code"; }
            button type="submit" { "Search" }
        }
        (results)
    }
}

fn list(form: &Form, answer: &ProviderLocationsAnswer, now: UnixSeconds) -> Markup {
    html! {
        @if answer.provider_locations.is_empty() {
            p role="status" { "Nothing was found. Try fewer words, a larger place nearby, or leave one of the fields empty." }
        } @else {
            p.quiet role="status" { (answer.total) @if answer.total == 1 { " place" } @else { " places" } }
        }
        ol.found { @for found in &answer.provider_locations { li { (entry(found, now)) } } }
        @if let Some(cursor) = &answer.next {
            p { a href=(form.next_page(cursor)) rel="next" { "More places" } }
        }
    }
}

fn entry(found: &FoundProviderLocation, now: UnixSeconds) -> Markup {
    let at = &*found.provider_location;
    let place = at.place.as_ref();
    let provider_name = at.provider.as_ref().and_then(|provider| provider.name.as_deref());
    let place_name = place.and_then(|place| place.name.as_deref());
    let mut what: Vec<String> = Vec::new();
    for name in
        at.specialties().into_iter().chain(at.service_types()).filter_map(|coding| coding.display.or(coding.code))
    {
        // The same thing in two code systems is one thing to a reader.
        if !what.iter().any(|known| known.eq_ignore_ascii_case(&name)) {
            what.push(name);
        }
    }
    let city: Vec<_> = place
        .map(|place| [place.city.as_deref(), place.state.as_deref(), place.postal_code.as_deref()])
        .into_iter()
        .flatten()
        .flatten()
        .collect();
    html! {
        h2 { (provider_name.or(place_name).unwrap_or("Name not published")) }
        p {
            @if provider_name.is_some() { @if let Some(name) = place_name { (name) ", " } }
            @if at.is_virtual() == Some(true) { "virtual care" } @else { (city.join(" ")) }
            @if let Some(miles) = found.distance_miles { " (" (format!("{miles:.1}")) " miles)" }
        }
        p.quiet { (what.join(", ")) }
        p.quiet { (freshness(found, now)) }
        div.next { (next_slot(found)) }
    }
}

fn freshness(found: &FoundProviderLocation, now: UnixSeconds) -> Markup {
    let name = &found.publisher.publisher.display_name;
    let read = found
        .publisher
        .last_success_at
        .map_or_else(|| "never read in full".to_owned(), |at| format!("read {}", ago(at, now)));
    html! {
        "Published by " (name) ", " (read)
        @if found.freshness != Freshness::Fresh { span.stale { " (" (found.freshness.as_str()) ")" } }
    }
}

fn next_slot(found: &FoundProviderLocation) -> Markup {
    let time_zone = found.provider_location.place.as_ref().and_then(|place| place.time_zone.as_deref());
    let Some(start) = found.next_start else {
        return html! { p.quiet { "No free slots published" } };
    };
    let slot = found.next_slot.as_ref();
    let window = slot.map(|stored| stored.slot.traits.offered_seconds()).filter(|seconds| *seconds > 0);
    let when = match window {
        Some(seconds) => local_days(start, seconds, time_zone),
        None => local_start(start, time_zone),
    };
    html! {
        p { (when) }
        p.quiet { (found.n_slots) @if found.n_slots == 1 { " free slot" } @else { " free slots" } }
        @if let Some(stored) = slot {
            @if stored.slot.booking_deep_link.is_some() {
                p { a.book href={ "/v1/scheduling/slots/" (stored.id) "/book" } rel="nofollow" { "Book" } }
            } @else if let Some(phone) = &stored.slot.booking_phone {
                p { a.book href={ "tel:" (phone) } { "Call " (phone) } }
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn any_query_string_is_read() {
        let form = |what: &str, place: &str, cursor: Option<&str>| Form {
            what: what.to_owned(),
            place: place.to_owned(),
            cursor: cursor.map(str::to_owned),
        };
        for (query, want) in [
            (None, form("", "", None)),
            (Some("what=skin+doctor&where=02139"), form("skin doctor", "02139", None)),
            (Some("what=a&utm_source=x&what=b"), form("b", "", None)),
            (Some("cursor="), form("", "", None)),
            (Some("cursor=01&where"), form("", "", Some("01"))),
            (Some("what=%FF%&&=&where=%2C"), form("\u{fffd}%", ",", None)),
        ] {
            assert_eq!(Form::read(query), want, "{query:?}");
        }
    }

    #[test]
    fn the_form_asks_what_the_api_understands() {
        for (what, place, want) in [
            ("", "", "limit=20"),
            ("skin doctor", "02139", "q=skin+doctor&zip=02139&limit=20"),
            (" ", "Boston, MA", "near=Boston%2C+MA&limit=20"),
            ("a&b=c", "", "q=a%26b%3Dc&limit=20"),
        ] {
            let form = Form { what: what.to_owned(), place: place.to_owned(), cursor: None };
            assert_eq!(form.as_api_query(), want);
        }
    }
}
