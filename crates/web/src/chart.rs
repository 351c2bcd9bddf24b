//! Charts drawn on the server: SVG without a script, without a style of its own, and with its figures in a table.
//!
//! Everything that is drawn is said as well: series differ by dashes and marks beside their colours, outcomes by their
//! height, and each chart comes with its figures as a table and, where there is an address for it, as CSV.
//! What is not known is a gap, never a zero.
//! Positions are in percent of the drawing and texts in the size of the page, so that a chart is as legible on a phone
//! as on a wall. Colours come from the style sheet of the pages ([`crate::STYLE`]), for light, dark and paper.
//!
//! ```
//! use openslots_model::LocalDate;
//! use openslots_web::Language;
//! use openslots_web::chart::{Bar, Bars, Caption, Lines, Notation};
//!
//! let caption = Caption {
//!     title: "Free slots by day",
//!     measure: "free slots",
//!     csv: Some("/v1/scheduling/statistics/free?format=csv"),
//!     ..Caption::new("free-by-day", Language::English)
//! };
//! let first = LocalDate::parse("2026-11-23").expect("a day");
//! let lines = Lines::daily(caption, Notation::Whole, first, vec![("Massachusetts", vec![Some(12.0), None, Some(9.0)])]);
//! let html: String = lines.show().into_string();
//! assert!(html.contains("role=\"img\""));
//!
//! let caption = Caption { title: "By state", measure: "share with a slot", ..Caption::new("by-state", Language::English) };
//! let bars = Bars { caption, notation: Notation::Share, bars: vec![Bar::new("MA", Some(0.25)), Bar::new("NH", None)] };
//! assert!(bars.show().into_string().contains("25%"));
//! ```

mod bars;
mod lines;
mod scale;
mod strip;

use maud::{Markup, html};

pub use self::bars::{Bar, Bars};
pub use self::lines::{Lines, MAX_SERIES, Points};
pub use self::strip::{Outcome, Strip, Tone};
use crate::figures::grouped;
use crate::language::Language;
use crate::messages::Say;

/// What stands around a chart.
#[derive(Debug, Clone, Copy)]
pub struct Caption<'a> {
    /// Its name on the page, on which no other element has it: letters, digits and hyphens.
    pub id: &'a str,
    /// What it shows, as a heading.
    pub title: &'a str,
    /// What its figures count, with the unit: `free slots`, `days to the next slot`.
    pub measure: &'a str,
    /// How the figures were got and what they do not say; empty where that goes without saying.
    pub note: &'a str,
    /// Where the figures are as CSV.
    pub csv: Option<&'a str>,
    /// In what language the words around it are.
    pub language: Language,
}

impl<'a> Caption<'a> {
    /// A caption without words, to be filled in.
    pub const fn new(id: &'a str, language: Language) -> Self {
        Self { id, title: "", measure: "", note: "", csv: None, language }
    }
}

/// How figures are written.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Notation {
    /// Things that are counted: `1,234`.
    Whole,
    /// Quantities, to three digits or to the unit: `0.25`, `12.5`, `1,234`.
    Decimal,
    /// Parts of one in percent: 0.125 is `12.5%`.
    Share,
}

impl Notation {
    /// A figure as it is written.
    pub fn text(self, value: f64) -> String {
        match self {
            Self::Whole => grouped(value.round().max(0.0) as u64),
            Self::Decimal => decimal(value),
            Self::Share => format!("{}%", decimal(value * 100.0)),
        }
    }
}

fn decimal(value: f64) -> String {
    let n_places = match value {
        100.0.. => return grouped(value.round() as u64),
        10.0.. => 1,
        1.0.. => 2,
        _ => 3,
    };
    let text = format!("{value:.n_places$}");
    text.trim_end_matches('0').trim_end_matches('.').to_owned()
}

/// A figure that can be drawn. What is below zero, infinite or no number is not known.
fn known(value: Option<f64>) -> Option<f64> {
    value.filter(|value| value.is_finite() && *value >= 0.0)
}

/// A part of a length, from 0 to 1, as an attribute.
fn percent(part: f64) -> String {
    let text = format!("{:.2}", part * 100.0);
    format!("{}%", text.trim_end_matches('0').trim_end_matches('.'))
}

/// A table of figures.
struct Figures {
    /// Names of the columns; that of the rows first.
    columns: Vec<String>,
    /// For each row its name, then a text a column.
    rows: Vec<(String, Vec<String>)>,
}

impl Figures {
    fn show(&self, label: &str) -> Markup {
        let mut columns = self.columns.iter();
        html! {
            div.scroll tabindex="0" role="region" aria-label=(label) {
                table {
                    thead {
                        tr {
                            @if let Some(first) = columns.next() { th scope="col" { (first) } }
                            @for column in columns { th.count scope="col" { (column) } }
                        }
                    }
                    tbody {
                        @for (name, texts) in &self.rows {
                            tr { th scope="row" { (name) } @for text in texts { td.count { (text) } } }
                        }
                    }
                }
            }
        }
    }
}

/// A drawing with its title above, and below it what is to be known of it and its figures.
fn figure(caption: &Caption<'_>, drawing: &Markup, figures: Option<&Figures>) -> Markup {
    let Caption { id, title, note, csv, language, .. } = *caption;
    let label = language.fill(Say::FiguresOf, &[&title]);
    html! {
        figure.chart #(id) {
            figcaption { (title) }
            (drawing)
            @if !note.is_empty() { p.quiet.note { (note) } }
            @if let Some(figures) = figures {
                details {
                    summary { (language.say(Say::AsTable)) span.spoken { ": " (title) } }
                    (figures.show(&label))
                }
            }
            @if let Some(address) = csv {
                p.note { a href=(address) aria-label=(format!("{label}, CSV")) { "CSV" } }
            }
        }
    }
}

/// The words that a drawing is told in to whoever does not see it.
fn described(caption: &Caption<'_>, description: &str) -> Markup {
    html! {
        title #{ (caption.id) "-title" } { (caption.title) }
        desc #{ (caption.id) "-desc" } { (description) }
    }
}

/// The ids of [`described`], for `aria-labelledby`.
fn told_by(caption: &Caption<'_>) -> String {
    format!("{id}-title {id}-desc", id = caption.id)
}

#[cfg(test)]
mod tests;
