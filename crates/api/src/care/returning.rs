//! `GET /care/return`: where portals send patients back to.
//!
//! The browser comes with `state` and `outcome` and no token. What is wrong with a state is told to the operator; the
//! browser learns that nothing was changed, whatever the reason.

use axum::extract::{RawQuery, State};
use axum::http::{HeaderValue, StatusCode, header};
use axum::response::{Html, IntoResponse, Response};
use openslots_care::booking::{PortalReturn, Returned};
use openslots_care::codes::BookingOutcome;
use url::{Url, form_urlencoded};

use super::Handlers;
use crate::events::PortalReturned;

/// Nothing is loaded by the page, from nowhere.
const POLICY: HeaderValue =
    HeaderValue::from_static("default-src 'none'; style-src 'unsafe-inline'; base-uri 'none'; frame-ancestors 'none'");

pub(super) async fn come_back(State(handlers): State<Handlers>, RawQuery(query): RawQuery) -> Response {
    let returned = read(query.as_deref().unwrap_or_default());
    match handlers.run(move |care, now| care.take_return(&returned, now)).await {
        Ok(Returned::Taken(result)) => {
            PortalReturned { what: result.outcome.as_str() }.emit();
            let application = handlers.return_to(&result.task).await;
            match application {
                Some(url) => redirect(url, result.task.id.to_string(), result.outcome),
                None => page(StatusCode::OK, told(result.outcome)),
            }
        }
        Ok(Returned::Refused(why)) => {
            PortalReturned { what: why.as_str() }.emit();
            let detail = "Nothing was changed: this way back is not known, has expired or was used before. \
                          Your appointment's state is shown in the application that you came from.";
            page(StatusCode::GONE, detail)
        }
        Err(refusal) => refusal.into_response(),
    }
}

impl Handlers {
    /// Where the patient of a task goes on: where the application says, else where the operator does.
    async fn return_to(&self, task: &openslots_care::resource::Stored) -> Option<Url> {
        let id = task.id;
        let application = self.run(move |care, _| care.application_of(id)).await.ok()?;
        let of_application = self.access.gate.return_to(&application);
        of_application.or(self.access.return_to.as_ref()).cloned()
    }
}

/// Names that come twice count once, the first: a portal that appends to a URL must not be led astray by what was there.
fn read(query: &str) -> PortalReturn {
    let mut returned = PortalReturn::default();
    let mut seen: Vec<String> = Vec::new();
    for (name, value) in form_urlencoded::parse(query.as_bytes()).into_owned() {
        if seen.contains(&name) {
            continue;
        }
        match name.as_str() {
            "state" => returned.state = value,
            "outcome" => returned.outcome = value,
            "reason" => returned.reason = Some(value),
            "bookingRef" => returned.booking_ref = Some(value),
            "appointmentRef" => returned.appointment_ref = Some(value),
            "resultToken" => returned.result_token = Some(value),
            _ => {}
        }
        seen.push(name);
    }
    returned
}

/// To the application: with the attempt's id, which says nothing to anybody without a token, and how it ended.
fn redirect(mut url: Url, task: String, outcome: BookingOutcome) -> Response {
    url.query_pairs_mut().append_pair("task", &task).append_pair("outcome", outcome.as_str());
    let mut response = StatusCode::SEE_OTHER.into_response();
    if let Ok(location) = HeaderValue::try_from(url.as_str()) {
        response.headers_mut().insert(header::LOCATION, location);
    }
    response
}

const fn told(outcome: BookingOutcome) -> &'static str {
    match outcome {
        BookingOutcome::Booked => "Your appointment is booked. You can close this page.",
        BookingOutcome::Cancelled => "Nothing is booked: it was cancelled. You can close this page.",
        BookingOutcome::EnteredInError => "The booking was taken back. You can close this page.",
        BookingOutcome::Failed => "It could not be booked. Your application shows other times.",
    }
}

fn page(status: StatusCode, sentence: &str) -> Response {
    let html = format!(
        "<!doctype html><html lang=\"en\"><head><meta charset=\"utf-8\"><title>openslots</title>\
         <meta name=\"viewport\" content=\"width=device-width\"><meta name=\"robots\" content=\"noindex\">\
         <style>body{{font:1.1rem/1.5 system-ui,sans-serif;max-width:36rem;margin:4rem auto;padding:0 1rem;\
         color-scheme:light dark}}</style></head><body><main><p>{sentence}</p></main></body></html>"
    );
    let mut response = (status, Html(html)).into_response();
    response.headers_mut().insert(header::CONTENT_SECURITY_POLICY, POLICY);
    response
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_first_of_a_name_counts_and_secrets_are_not_shown() {
        let returned = read("state=a&outcome=booked&state=b&bookingRef=C%201&appointmentRef=s3cret&other=1");
        assert_eq!((returned.state.as_str(), returned.outcome.as_str()), ("a", "booked"));
        assert_eq!(returned.booking_ref.as_deref(), Some("C 1"));
        let shown = format!("{returned:?}");
        assert!(!shown.contains("s3cret") && !shown.contains("C 1") && !shown.contains("\"a\""), "{shown}");
    }
}
