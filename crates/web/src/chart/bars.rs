//! A figure for each of some categories, as bars in a table.

use maud::{Markup, html};

use super::{Caption, Notation, figure, known, percent};
use crate::messages::Say;

/// The shortest bar of a figure that is not zero.
const LEAST_PART: f64 = 0.004;

/// A category.
#[derive(Debug, Clone)]
pub struct Bar<'a> {
    /// Its name.
    pub name: &'a str,
    /// Its figure; `None` where it is not known.
    pub value: Option<f64>,
    /// Where there is more about it.
    pub href: Option<String>,
}

impl<'a> Bar<'a> {
    /// A category that leads nowhere.
    pub const fn new(name: &'a str, value: Option<f64>) -> Self {
        Self { name, value, href: None }
    }
}

/// Categories in the order given, a bar each. The table of the figures is the chart: each row has its bar beside it.
#[derive(Debug, Clone)]
pub struct Bars<'a> {
    /// What stands around it; `title` heads the chart, `measure` the column of figures.
    pub caption: Caption<'a>,
    /// How the figures are written.
    pub notation: Notation,
    /// The categories.
    pub bars: Vec<Bar<'a>>,
}

impl Bars<'_> {
    /// The chart; words alone where there are no categories.
    pub fn show(&self) -> Markup {
        let Caption { title, measure, language, .. } = self.caption;
        if self.bars.is_empty() {
            return figure(&self.caption, &html! { p { (language.say(Say::NoFigures)) } }, None);
        }
        let most = self.bars.iter().filter_map(|bar| known(bar.value)).fold(0.0, f64::max);
        let drawing = html! {
            p.quiet.measure aria-hidden="true" { (measure) }
            table.bars {
                caption.spoken { (title) }
                thead.spoken {
                    tr {
                        th scope="col" { (language.say(Say::Name)) }
                        th scope="col" { (measure) }
                    }
                }
                tbody { @for bar in &self.bars { (self.row(bar, most)) } }
            }
        };
        figure(&self.caption, &drawing, None)
    }

    fn row(&self, bar: &Bar<'_>, most: f64) -> Markup {
        let value = known(bar.value);
        let part = value.filter(|value| *value > 0.0).map_or(0.0, |value| (value / most).max(LEAST_PART));
        html! {
            tr {
                th scope="row" {
                    @match &bar.href { Some(address) => { a href=(address) { (bar.name) } } None => (bar.name) }
                }
                td {
                    @match value {
                        Some(value) => {
                            svg.bar aria-hidden="true" { rect width=(percent(part)) height="100%" {} }
                            span.count { (self.notation.text(value)) }
                        }
                        None => span.quiet { (self.caption.language.say(Say::NotKnown)) }
                    }
                }
            }
        }
    }
}
