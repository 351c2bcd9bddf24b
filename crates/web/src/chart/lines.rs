//! Figures over time, as lines.

use maud::{Markup, html};
use openslots_model::{LocalDate, UnixSeconds};

use super::scale::{Clock, FigureAxis, TimeAxis, day_start};
use super::{Caption, Figures, Notation, described, figure, known, percent, told_by};
use crate::language::Language;
use crate::messages::Say;

/// So many series are drawn, in six colours, dashes and marks; further ones are in the table alone.
pub const MAX_SERIES: usize = 6;
/// Width and height of the lines, in their own units, which are stretched to the drawing.
const SIZE: f64 = 1_000.0;
/// Lines have so many marks, about: enough to tell them apart.
const N_MARKS: usize = 8;
/// The marks of the series: disc, square, triangle, diamond, plus, cross.
const MARKS: [&str; MAX_SERIES] = [
    "M-3.5 0a3.5 3.5 0 1 0 7 0a3.5 3.5 0 1 0-7 0z",
    "M-3-3h6v6h-6z",
    "M0-4l4 7h-8z",
    "M0-4.5l4.5 4.5l-4.5 4.5l-4.5-4.5z",
    "M-4-1h3v-3h2v3h3v2h-3v3h-2v-3h-3z",
    "M-4-2.6l1.4-1.4l2.6 2.6l2.6-2.6l1.4 1.4l-2.6 2.6l2.6 2.6l-1.4 1.4l-2.6-2.6l-2.6 2.6l-1.4-1.4l2.6-2.6z",
];

/// Figures at instants, in order; `None` from where on nothing is known.
pub type Points = Vec<(UnixSeconds, Option<f64>)>;

/// Some series of figures over the same time. The axis of figures begins at zero.
#[derive(Debug, Clone)]
pub struct Lines<'a> {
    caption: Caption<'a>,
    notation: Notation,
    axis: TimeAxis,
    series: Vec<Series<'a>>,
    is_area: bool,
}

#[derive(Debug, Clone)]
struct Series<'a> {
    name: &'a str,
    points: Vec<(i64, Option<f64>)>,
}

impl<'a> Lines<'a> {
    /// A figure a day for each series, from `first` on; `None` where it is not known.
    pub fn daily(
        caption: Caption<'a>,
        notation: Notation,
        first: LocalDate,
        series: Vec<(&'a str, Vec<Option<f64>>)>,
    ) -> Self {
        let n_days = series.iter().map(|(_, values)| values.len()).max().unwrap_or_default();
        let day = |n: usize| day_start(LocalDate(first.0.saturating_add(i32::try_from(n).unwrap_or(i32::MAX))));
        let axis = TimeAxis { clock: Clock::Days, from: day(0), to: day(n_days.saturating_sub(1)) };
        let series = series.into_iter().map(|(name, values)| Series {
            name,
            points: values.into_iter().enumerate().map(|(n, value)| (day(n), known(value))).collect(),
        });
        Self { caption, notation, axis, series: series.collect(), is_area: false }
    }

    /// Figures at instants, in order, drawn over the whole time between `from` and `to`; a line ends at a `None`.
    pub fn over_time(
        caption: Caption<'a>,
        notation: Notation,
        [from, to]: [UnixSeconds; 2],
        series: Vec<(&'a str, Points)>,
    ) -> Self {
        let axis = TimeAxis { clock: Clock::Utc, from: from.0, to: to.0 };
        let series = series.into_iter().map(|(name, points)| Series {
            name,
            points: points.into_iter().map(|(at, value)| (at.0, known(value))).collect(),
        });
        Self { caption, notation, axis, series: series.collect(), is_area: false }
    }

    /// The same with what lies below the lines filled: for one series, or few that do not cross.
    pub fn filled(self) -> Self {
        Self { is_area: true, ..self }
    }

    /// The chart; words alone where no figure is known.
    pub fn show(&self) -> Markup {
        let Caption { measure, language, .. } = self.caption;
        let Some(most) = self.values().reduce(f64::max) else {
            return figure(&self.caption, &html! { p { (language.say(Say::NoFigures)) } }, None);
        };
        let figures_axis = FigureAxis::new(most, self.notation == Notation::Whole);
        let drawn = &self.series[..self.series.len().min(MAX_SERIES)];
        let n_left_out = (self.series.len() - drawn.len()) as u64;
        let utc = if self.axis.clock == Clock::Utc { ", UTC" } else { "" };
        let drawing = html! {
            @if self.series.len() > 1 { (legend(drawn)) }
            @if n_left_out > 0 { p.quiet.note { (language.fill(Say::MoreInTable, &[&n_left_out])) } }
            p.quiet.measure aria-hidden="true" { (measure) (utc) }
            svg.plot role="img" aria-labelledby=(told_by(&self.caption)) {
                (described(&self.caption, &self.description()))
                @for tick in figures_axis.ticks() {
                    @let y = percent(1.0 - tick / figures_axis.end());
                    line.grid x1="0" x2="100%" y1=(y) y2=(y) {}
                    text.figure x="-6" y=(y) dy="0.35em" { (self.notation.text(tick)) }
                }
                @for (at, label) in self.axis.ticks(language) {
                    @let x = percent(self.axis.part(at));
                    line.tick x1=(x) x2=(x) y1="98%" y2="100%" {}
                    text.time x=(x) y="100%" dy="1.4em" { (label) }
                }
                svg width="100%" height="100%" viewBox={ "0 0 " (SIZE) " " (SIZE) } preserveAspectRatio="none" {
                    @for (n, series) in drawn.iter().enumerate() {
                        @let pieces = self.pieces(series, figures_axis);
                        @if self.is_area { path.area.{ "c" (n) } d=(area(&pieces)) {} }
                        path.line.{ "c" (n) } d=(line(&pieces)) {}
                    }
                }
                @for (n, series) in drawn.iter().enumerate() {
                    @for (x, y) in marked(&self.pieces(series, figures_axis), drawn.len() > 1) {
                        svg.mark x=(percent(x / SIZE)) y=(percent(y / SIZE)) { path.mark.{ "c" (n) } d=(MARKS[n]) {} }
                    }
                }
            }
        };
        figure(&self.caption, &drawing, Some(&self.figures()))
    }

    fn values(&self) -> impl Iterator<Item = f64> {
        self.series.iter().flat_map(|series| series.points.iter().filter_map(|(_, value)| *value))
    }

    /// The points of a series in units of the drawing, apart where something is not known.
    fn pieces(&self, series: &Series<'a>, axis: FigureAxis) -> Vec<Vec<(f64, f64)>> {
        let known = series.points.split(|(_, value)| value.is_none());
        let point = |(at, value): &(i64, Option<f64>)| {
            value.map(|value| (self.axis.part(*at) * SIZE, (1.0 - value / axis.end()) * SIZE))
        };
        known.map(|piece| piece.iter().filter_map(point).collect()).filter(|piece: &Vec<_>| !piece.is_empty()).collect()
    }

    /// What the lines show, in words.
    fn description(&self) -> String {
        let language = self.caption.language;
        let span = [self.axis.text(self.axis.from), self.axis.text(self.axis.to)];
        let mut text = language.fill(Say::FromTo, &[&self.caption.measure, &span[0], &span[1]]);
        for series in &self.series {
            text.push(' ');
            text.push_str(&self.told(series, language));
        }
        text
    }

    fn told(&self, series: &Series<'a>, language: Language) -> String {
        let known: Vec<f64> = series.points.iter().filter_map(|(_, value)| *value).collect();
        let text = |value: f64| self.notation.text(value);
        let (Some(first), Some(last)) = (known.first(), known.last()) else {
            return language.fill(Say::SeriesUnknown, &[&self.name_of(series)]);
        };
        let least = known.iter().copied().fold(f64::INFINITY, f64::min);
        let most = known.iter().copied().fold(0.0, f64::max);
        let n_unknown = series.points.len() - known.len();
        let values = [text(*first), text(*last), text(least), text(most)];
        let [first, last, least, most] = &values;
        language.fill(Say::SeriesTold, &[&self.name_of(series), first, last, least, most, &n_unknown])
    }

    /// The name of a series; one alone need not have a name.
    const fn name_of(&self, series: &Series<'a>) -> &'a str {
        if series.name.is_empty() { self.caption.measure } else { series.name }
    }

    fn figures(&self) -> Figures {
        let language = self.caption.language;
        let mut times: Vec<i64> =
            self.series.iter().flat_map(|series| series.points.iter().map(|(at, _)| *at)).collect();
        times.sort_unstable();
        times.dedup();
        let mut cells = vec![vec![String::new(); self.series.len()]; times.len()];
        for (column, series) in self.series.iter().enumerate() {
            for (at, value) in &series.points {
                let Ok(row) = times.binary_search(at) else { continue };
                cells[row][column] =
                    value.map_or_else(|| language.say(Say::NotKnown).to_owned(), |value| self.notation.text(value));
            }
        }
        let time = match self.axis.clock {
            Clock::Days => language.say(Say::Day).to_owned(),
            Clock::Utc => format!("{} (UTC)", language.say(Say::Time)),
        };
        Figures {
            columns: [time]
                .into_iter()
                .chain(self.series.iter().map(|series| self.name_of(series).to_owned()))
                .collect(),
            rows: times.into_iter().map(|at| self.axis.text(at)).zip(cells).collect(),
        }
    }
}

fn legend(series: &[Series<'_>]) -> Markup {
    html! {
        ul.legend {
            @for (n, series) in series.iter().enumerate() {
                li {
                    svg.key aria-hidden="true" viewBox="-16 -6 32 12" {
                        path.line.{ "c" (n) } d="M-16 0H16" {}
                        path.mark.{ "c" (n) } d=(MARKS[n]) {}
                    }
                    (series.name)
                }
            }
        }
    }
}

fn line(pieces: &[Vec<(f64, f64)>]) -> String {
    let mut path = String::new();
    for piece in pieces {
        for (n, (x, y)) in piece.iter().enumerate() {
            path.push_str(&format!("{}{x:.1} {y:.1}", if n == 0 { 'M' } else { 'L' }));
        }
    }
    path
}

fn area(pieces: &[Vec<(f64, f64)>]) -> String {
    let mut path = String::new();
    for piece in pieces {
        let (Some((first, _)), Some((last, _))) = (piece.first(), piece.last()) else { continue };
        path.push_str(&line(std::slice::from_ref(piece)));
        path.push_str(&format!("L{last:.1} {SIZE}L{first:.1} {SIZE}Z"));
    }
    path
}

/// Where marks go: on points without neighbours, which no line shows, and where series are to be told apart.
fn marked(pieces: &[Vec<(f64, f64)>], is_one_of_several: bool) -> Vec<(f64, f64)> {
    let n_points: usize = pieces.iter().map(Vec::len).sum();
    let every = n_points.div_ceil(N_MARKS).max(1);
    let mut marks = Vec::new();
    let mut n_passed = 0;
    for piece in pieces {
        for (n, point) in piece.iter().enumerate() {
            if piece.len() == 1 || (is_one_of_several && (n_passed + n).is_multiple_of(every)) {
                marks.push(*point);
            }
        }
        n_passed += piece.len();
    }
    marks
}
