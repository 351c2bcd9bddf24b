//! The page of a report: all in one file, for screens and paper.

use maud::{DOCTYPE, Markup, PreEscaped, html};
use openslots_api::calls::StatisticsAnswer;
use openslots_model::{LocalDate, PublisherStatus, UnixSeconds};
use openslots_statistics::Figure;
use openslots_web::statistics::{Plot, SHOWN};
use openslots_web::{Language, STYLE};

/// What a page has beside the style of all pages.
const OWN_STYLE: &str = "
section { margin: 2rem 0; } section h2 { font-size: 1.25rem; } dl.columns { font-size: 0.9rem; }
.caveats { font-size: 0.95rem; } body { max-width: 76rem; }
@media print { section { break-before: page; } figure { break-inside: avoid; } details { display: none; } }
";

/// What a report is made of.
pub(super) struct Report<'a> {
    pub(super) days: (LocalDate, LocalDate),
    pub(super) made_at: UnixSeconds,
    /// Each chart with its answer and the file of its figures.
    pub(super) charts: &'a [(Plot, StatisticsAnswer, String)],
    pub(super) publishers: &'a [PublisherStatus],
}

/// The page.
pub(super) fn page(report: &Report<'_>) -> String {
    let (first, last) = report.days;
    let title = format!("Availability of appointments, {first} to {last}");
    let markup = html! {
        (DOCTYPE)
        html lang="en" {
            head {
                meta charset="utf-8";
                meta name="viewport" content="width=device-width, initial-scale=1";
                meta name="color-scheme" content="light dark";
                title { (title) }
                style { (PreEscaped(STYLE)) (PreEscaped(OWN_STYLE)) }
            }
            body {
                main {
                    h1 { (title) }
                    p.quiet { "Made by openslots " (env!("CARGO_PKG_VERSION")) " at " (report.made_at) ". Days are of UTC." }
                    nav.contents aria-label="Contents" {
                        ul {
                            @for figure in SHOWN { li { a href={ "#" (figure.as_str()) } { (figure.title()) } } }
                            li { a href="#publishers" { "Publishers" } }
                        }
                    }
                    @for figure in SHOWN { (section(report, figure)) }
                    (publishers(report.publishers))
                }
            }
        }
    };
    markup.into_string()
}

fn section(report: &Report<'_>, figure: Figure) -> Markup {
    let charts: Vec<_> = report.charts.iter().filter(|(plot, ..)| plot.figure() == figure).collect();
    let counted = charts.first().and_then(|(_, answer, _)| answer.counted);
    html! {
        section #(figure.as_str()) {
            h2 { (figure.title()) }
            p.prose { (marked_up(figure.definition())) }
            @match counted {
                Some((first, last)) => p.quiet { "Counted from " (first) " to " (last) "." },
                None => p.quiet { "Nothing is counted yet." },
            }
            div.charts {
                @for (plot, answer, file) in charts { (plot.show(answer, Language::English, file)) }
            }
            h3 { "How to read it" }
            ul.caveats { @for caveat in figure.caveats() { li { (marked_up(caveat)) } } }
            details {
                summary { "Columns of the CSV files" }
                dl.columns.facts {
                    @for column in figure.columns() { div { dt { (column.name) } dd { (marked_up(column.meaning)) } } }
                }
            }
        }
    }
}

/// A text in which names stand between backticks.
fn marked_up(text: &str) -> Markup {
    html! {
        @for (n, part) in text.split('`').enumerate() {
            @if n % 2 == 0 { (part) } @else { code { (part) } }
        }
    }
}

fn publishers(publishers: &[PublisherStatus]) -> Markup {
    html! {
        section #publishers {
            h2 { "Publishers" }
            p.prose { "All figures are of what these publishers published and nobody else; places of others are not in them." }
            ul {
                @for status in publishers {
                    li {
                        (status.publisher.display_name)
                        @match status.last_success_at {
                            Some(at) => { ", last read in full at " (at) },
                            None => ", never read in full",
                        }
                    }
                }
            }
        }
    }
}
