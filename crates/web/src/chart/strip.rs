//! What came out of something that is done again and again, as a strip of time.

use maud::{Markup, html};
use openslots_model::UnixSeconds;

use super::scale::{Clock, TimeAxis};
use super::{Caption, Figures, described, figure, percent, told_by};
use crate::figures::grouped;
use crate::messages::Say;

/// The time is cut into so many parts: on a phone each is as wide as a line.
const N_PARTS: usize = 60;
/// Parts of a strip that stands in a line of text or a table.
const N_SMALL_PARTS: usize = 24;
/// How much of its part a column takes; the rest is a gap to the next.
const WIDTH: f64 = 0.8;

/// How an outcome is to be taken.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Tone {
    /// All went well.
    Good,
    /// Something did not.
    Mixed,
    /// It failed.
    Bad,
}

impl Tone {
    const fn class(self) -> &'static str {
        match self {
            Self::Good => "good",
            Self::Mixed => "mixed",
            Self::Bad => "bad",
        }
    }

    /// How high its column is: tones differ in more than colour.
    const fn height(self) -> f64 {
        match self {
            Self::Good => 0.4,
            Self::Mixed => 0.7,
            Self::Bad => 1.0,
        }
    }
}

/// A kind of outcome.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Outcome<'a> {
    /// Its name.
    pub name: &'a str,
    /// How it is to be taken.
    pub tone: Tone,
}

/// Outcomes between two instants. A part of the time shows the worst of what came out in it, and nothing where nothing
/// did.
#[derive(Debug, Clone)]
pub struct Strip<'a> {
    /// What stands around it.
    pub caption: Caption<'a>,
    /// From when to when.
    pub span: [UnixSeconds; 2],
    /// The kinds that there can be, the best first; those that do not occur are not shown.
    pub kinds: Vec<Outcome<'a>>,
    /// What came out when: places in `kinds`. What lies outside the span, or has no kind, is left out.
    pub outcomes: Vec<(UnixSeconds, usize)>,
}

impl Strip<'_> {
    /// The chart; words alone where nothing was done.
    pub fn show(&self) -> Markup {
        let [from, to] = self.span;
        let axis = TimeAxis { clock: Clock::Utc, from: from.0, to: to.0 };
        let parts = self.parts(N_PARTS);
        let totals = self.totals(&parts);
        if totals.iter().all(|n| *n == 0) {
            return figure(&self.caption, &html! { p { (self.caption.language.say(Say::NoFigures)) } }, None);
        }
        let drawing = html! {
            ul.legend {
                @for (kind, n) in self.kinds.iter().zip(&totals).filter(|(_, n)| **n > 0) {
                    li {
                        svg.key aria-hidden="true" {
                            rect.(kind.tone.class()) width="100%" y=(percent(1.0 - kind.tone.height())) height=(percent(kind.tone.height())) {}
                        }
                        (kind.name) ": " (grouped(*n))
                    }
                }
            }
            p.quiet.measure aria-hidden="true" { (self.caption.measure) ", UTC" }
            svg.plot.strip role="img" aria-labelledby=(told_by(&self.caption)) {
                (described(&self.caption, &self.description(axis, &totals)))
                line.grid x1="0" x2="100%" y1="100%" y2="100%" {}
                (self.columns(axis, &parts))
                @for (at, label) in axis.ticks(self.caption.language) {
                    @let x = percent(axis.part(at));
                    line.tick x1=(x) x2=(x) y1="90%" y2="100%" {}
                    text.time x=(x) y="100%" dy="1.4em" { (label) }
                }
            }
        };
        figure(&self.caption, &drawing, Some(&self.figures(axis, &parts)))
    }

    /// The strip alone, small enough for a line of text or a table; empty where nothing was done.
    pub fn show_small(&self) -> Markup {
        let [from, to] = self.span;
        let axis = TimeAxis { clock: Clock::Utc, from: from.0, to: to.0 };
        let parts = self.parts(N_SMALL_PARTS);
        let totals = self.totals(&parts);
        html! {
            @if totals.iter().any(|n| *n > 0) {
                svg.small role="img" aria-labelledby=(told_by(&self.caption)) {
                    (described(&self.caption, &self.description(axis, &totals)))
                    line.grid x1="0" x2="100%" y1="100%" y2="100%" {}
                    (self.columns(axis, &parts))
                }
            }
        }
    }

    fn columns(&self, axis: TimeAxis, parts: &[Vec<u64>]) -> Markup {
        let width = 1.0 / parts.len() as f64;
        html! {
            @for (n, counts) in parts.iter().enumerate() {
                @if let Some(tone) = self.worst(counts) {
                    rect.(tone.class()) x=(percent(n as f64 * width)) width=(percent(WIDTH * width))
                        y=(percent(1.0 - tone.height())) height=(percent(tone.height())) {
                        title { (axis.text(self.begin(n, parts.len()))) ": " (self.told(counts)) }
                    }
                }
            }
        }
    }

    /// For each part of the time how often each kind occurred.
    fn parts(&self, n_parts: usize) -> Vec<Vec<u64>> {
        let [UnixSeconds(from), UnixSeconds(to)] = self.span;
        let mut parts = vec![vec![0; self.kinds.len()]; n_parts];
        for &(UnixSeconds(at), kind) in self.outcomes.iter().filter(|(at, _)| (from..=to).contains(&at.0)) {
            let part = (i128::from(at - from) * n_parts as i128 / i128::from((to - from).max(1))) as usize;
            if let Some(n) = parts[part.min(n_parts - 1)].get_mut(kind) {
                *n += 1;
            }
        }
        parts
    }

    fn totals(&self, parts: &[Vec<u64>]) -> Vec<u64> {
        (0..self.kinds.len()).map(|kind| parts.iter().map(|counts| counts[kind]).sum()).collect()
    }

    fn worst(&self, counts: &[u64]) -> Option<Tone> {
        self.kinds.iter().zip(counts).filter(|(_, n)| **n > 0).map(|(kind, _)| kind.tone).max()
    }

    /// When a part begins, in Unix seconds.
    fn begin(&self, part: usize, n_parts: usize) -> i64 {
        let [UnixSeconds(from), UnixSeconds(to)] = self.span;
        from + (to - from) * part as i64 / n_parts as i64
    }

    fn told(&self, counts: &[u64]) -> String {
        let kinds = self.kinds.iter().zip(counts).filter(|(_, n)| **n > 0);
        kinds.map(|(kind, n)| format!("{} {}", grouped(*n), kind.name)).collect::<Vec<_>>().join(", ")
    }

    fn description(&self, axis: TimeAxis, totals: &[u64]) -> String {
        let language = self.caption.language;
        let span = language.fill(Say::FromTo, &[&self.caption.measure, &axis.text(axis.from), &axis.text(axis.to)]);
        format!("{span} {}.", self.told(totals))
    }

    fn figures(&self, axis: TimeAxis, parts: &[Vec<u64>]) -> Figures {
        let language = self.caption.language;
        let row = |(n, counts): (usize, &Vec<u64>)| {
            (axis.text(self.begin(n, parts.len())), counts.iter().map(|n| grouped(*n)).collect::<Vec<_>>())
        };
        Figures {
            columns: [format!("{} (UTC)", language.say(Say::TimeFrom))]
                .into_iter()
                .chain(self.kinds.iter().map(|kind| kind.name.to_owned()))
                .collect(),
            rows: parts.iter().enumerate().filter(|(_, counts)| counts.iter().any(|n| *n > 0)).map(row).collect(),
        }
    }
}
