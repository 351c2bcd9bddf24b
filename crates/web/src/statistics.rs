//! What was available, over time: charts of figures, each with its numbers as a table and as CSV.

mod plot;

use axum::extract::{RawQuery, State};
use axum::http::{HeaderMap, StatusCode};
use axum::response::Response;
use maud::{Markup, html};
use openslots_api::calls::{CountedDays, StatisticsOutcome, counted_days, statistics};
use openslots_api::parameters::MAX_STATISTICS_DAYS;
use openslots_api::{ApiState, Error};
use openslots_model::{LocalDate, UnixSeconds};
use openslots_statistics::Figure;
use url::form_urlencoded::{self, Serializer};

pub use self::plot::Plot;
use crate::language::Reader;
use crate::layout::{Frame, failure_for, framed};
use crate::messages::Say;

/// Where the page is.
pub(crate) const PATH: &str = "/stats";
/// The figures in the order in which they are shown.
pub const SHOWN: [Figure; 5] =
    [Figure::FreeSlots, Figure::Coverage, Figure::LeadTime, Figure::FillRate, Figure::Continuity];
/// How many days back a reader may ask for.
const SPANS: [i32; 3] = [30, 90, MAX_STATISTICS_DAYS];

/// `GET /stats`
pub(crate) async fn show(State(state): State<ApiState>, headers: HeaderMap, RawQuery(query): RawQuery) -> Response {
    let reader = Reader::of(query.as_deref(), &headers);
    let span = asked_span(query.as_deref());
    match content(&state, reader, span).await {
        Ok(content) => {
            let other = Reader { language: reader.language.other(), is_asked: true };
            let title = format!("openslots: {}", reader.language.say(Say::Statistics));
            let translation = address(span, other);
            let frame = Frame { title: &title, reader, translation: Some(&translation), has_script: false };
            framed(StatusCode::OK, &frame, &content)
        }
        Err(error) => failure_for(reader, &error, "the page of statistics"),
    }
}

/// The days that are asked for; what cannot be read is passed over.
fn asked_span(raw_query: Option<&str>) -> i32 {
    let mut pairs = form_urlencoded::parse(raw_query.unwrap_or_default().as_bytes());
    let asked = pairs.find(|(name, _)| name == "days").and_then(|(_, value)| value.parse().ok());
    asked.filter(|days| SPANS.contains(days)).unwrap_or(SPANS[0])
}

fn address(span: i32, reader: Reader) -> String {
    let mut query = Serializer::new(String::new());
    if span != SPANS[0] {
        query.append_pair("days", &span.to_string());
    }
    if !reader.lang().is_empty() {
        query.append_pair("lang", reader.lang());
    }
    match query.finish() {
        query if query.is_empty() => PATH.to_owned(),
        query => format!("{PATH}?{query}"),
    }
}

async fn content(state: &ApiState, reader: Reader, span: i32) -> Result<Markup, Error> {
    let language = reader.language;
    let counted = counted_days(state).await?;
    let mut charts = Vec::new();
    if let Some((_, last)) = counted.census {
        let days = days_until_now(state.now(), span);
        for plot in Plot::ALL {
            let request = plot.request(days, last);
            let address = plot.csv_address(&request);
            let chart = match statistics(state, request).await? {
                StatisticsOutcome::Answer(answer) => plot.show(&answer, language, &address),
                StatisticsOutcome::TooMuch { .. } => {
                    html! { p.note { (language.say(Say::TooMuchToDraw)) } }
                }
            };
            charts.push((plot.figure(), chart));
        }
    }
    Ok(whole(reader, span, counted, &charts))
}

/// So many days, today the last of them.
fn days_until_now(now: UnixSeconds, span: i32) -> (LocalDate, LocalDate) {
    let today = LocalDate::of_local_seconds(now.0);
    (LocalDate(today.0 - span + 1), today)
}

fn whole(reader: Reader, span: i32, counted: CountedDays, charts: &[(Figure, Markup)]) -> Markup {
    let language = reader.language;
    html! {
        h1 { (language.say(Say::Statistics)) }
        p.prose { (language.say(Say::StatisticsIntro)) " "
            a href="/v1/scheduling/statistics" { (language.say(Say::StatisticsDefinitions)) } }
        @match counted.census {
            None => p { (language.say(Say::NothingCounted)) },
            Some((first, last)) => {
                p.quiet { (language.fill(Say::CountedFromTo, &[&first, &last])) }
                p {
                    @for (n, other) in SPANS.into_iter().enumerate() {
                        @if n > 0 { " " }
                        @let text = language.fill(Say::LastDays, &[&other]);
                        @if other == span { strong { (text) } } @else { a href=(address(other, reader)) { (text) } }
                    }
                }
                @for figure in SHOWN {
                    @let of_figure = charts.iter().filter(|(of, _)| *of == figure).collect::<Vec<_>>();
                    h2 #(figure.as_str()) { (language.say(heading(figure))) }
                    div.charts.wide {
                        @for (_, chart) in of_figure { (chart) }
                    }
                }
            }
        }
    }
}

/// What a reader calls a figure.
const fn heading(figure: Figure) -> Say {
    match figure {
        Figure::FreeSlots => Say::FreeSlotsFigure,
        Figure::Coverage => Say::CoverageFigure,
        Figure::LeadTime => Say::LeadTimeFigure,
        Figure::FillRate => Say::FillRateFigure,
        Figure::Continuity => Say::ContinuityFigure,
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::language::Language;

    #[test]
    fn spans_that_are_not_offered_are_the_shortest() {
        for (query, want) in [("", 30), ("days=90", 90), ("days=400&lang=es", 400), ("days=7", 30), ("days=x", 30)] {
            assert_eq!(asked_span(Some(query)), want, "{query}");
        }
        let spanish = Reader { language: Language::Spanish, is_asked: true };
        assert_eq!(address(30, Reader::ENGLISH), "/stats");
        assert_eq!(address(90, spanish), "/stats?days=90&lang=es");
    }
}
