//! Charts of figures: what each asks for, and how it is drawn.

use std::collections::BTreeMap;

use maud::Markup;
use openslots_api::calls::{StatisticsAnswer, StatisticsRows};
use openslots_api::parameters::{StatisticsRequest, dimension_name};
use openslots_model::{Coding, Dimension, LocalDate};
use openslots_statistics::{Figure, Filter, Group, Question};

use crate::chart::{Bar, Bars, Caption, Lines, Notation};
use crate::language::Language;
use crate::messages::Say;
use crate::terms;

/// Bars of a chart at most; the rest are in its figures as CSV.
const MAX_BARS: usize = 20;

/// A chart of a figure.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[allow(missing_docs, reason = "each is what its name says")]
pub enum Plot {
    FreeByDay,
    FreeByState,
    FreeByPublisher,
    FreeBySpecialty,
    PlacesByDay,
    PlacesByState,
    LeadByDay,
    LeadByState,
    LeadBySpecialty,
    FatesByDay,
    FatesByPublisher,
    LifetimesBySpecialty,
    GapsByPublisher,
    FailuresByPublisher,
}

/// A day and its values, or a name and its value.
enum Drawing {
    Days(Vec<(Say, BTreeMap<LocalDate, Option<f64>>)>),
    Bars(Vec<NamedValue>),
}

/// A value by name.
struct NamedValue {
    name: String,
    /// What it is called in the figures.
    value_name: Option<Box<str>>,
    value: Option<f64>,
    /// Those with most are drawn.
    weight: u64,
}

/// Adds their codes to names that several have: publishers code one specialty in different systems.
fn tell_apart(bars: &mut [NamedValue]) {
    let names: Vec<String> = bars.iter().map(|bar| bar.name.clone()).collect();
    for bar in bars.iter_mut().filter(|bar| names.iter().filter(|name| **name == bar.name).count() > 1) {
        if let Some(code) = bar.value_name.as_deref().and_then(|name| name.rsplit('|').next()) {
            bar.name = format!("{} ({code})", bar.name);
        }
    }
}

impl Plot {
    /// Every chart, in the order in which they are shown.
    pub const ALL: [Self; 14] = [
        Self::FreeByDay,
        Self::FreeByState,
        Self::FreeByPublisher,
        Self::FreeBySpecialty,
        Self::PlacesByDay,
        Self::PlacesByState,
        Self::LeadByDay,
        Self::LeadByState,
        Self::LeadBySpecialty,
        Self::FatesByDay,
        Self::FatesByPublisher,
        Self::LifetimesBySpecialty,
        Self::GapsByPublisher,
        Self::FailuresByPublisher,
    ];

    /// Its name on a page and in the names of files.
    pub const fn id(self) -> &'static str {
        match self {
            Self::FreeByDay => "free-slots-by-day",
            Self::FreeByState => "free-slots-by-state",
            Self::FreeByPublisher => "free-slots-by-publisher",
            Self::FreeBySpecialty => "free-slots-by-specialty",
            Self::PlacesByDay => "coverage-by-day",
            Self::PlacesByState => "coverage-by-state",
            Self::LeadByDay => "lead-time-by-day",
            Self::LeadByState => "lead-time-by-state",
            Self::LeadBySpecialty => "lead-time-by-specialty",
            Self::FatesByDay => "fill-rate-by-day",
            Self::FatesByPublisher => "fill-rate-by-publisher",
            Self::LifetimesBySpecialty => "fill-rate-by-specialty",
            Self::GapsByPublisher => "gaps-by-publisher",
            Self::FailuresByPublisher => "failures-by-publisher",
        }
    }

    /// The figure that it is of.
    pub const fn figure(self) -> Figure {
        match self {
            Self::FreeByDay | Self::FreeByState | Self::FreeByPublisher | Self::FreeBySpecialty => Figure::FreeSlots,
            Self::PlacesByDay | Self::PlacesByState => Figure::Coverage,
            Self::LeadByDay | Self::LeadByState | Self::LeadBySpecialty => Figure::LeadTime,
            Self::FatesByDay | Self::FatesByPublisher | Self::LifetimesBySpecialty => Figure::FillRate,
            Self::GapsByPublisher | Self::FailuresByPublisher => Figure::Continuity,
        }
    }

    const fn by(self) -> Option<Dimension> {
        match self {
            Self::FreeByDay | Self::PlacesByDay | Self::LeadByDay | Self::FatesByDay => None,
            Self::FreeByState | Self::PlacesByState | Self::LeadByState => Some(Dimension::State),
            Self::FreeBySpecialty | Self::LeadBySpecialty | Self::LifetimesBySpecialty => Some(Dimension::Specialty),
            Self::FreeByPublisher | Self::FatesByPublisher | Self::GapsByPublisher | Self::FailuresByPublisher => {
                Some(Dimension::Publisher)
            }
        }
    }

    /// What it asks for. Free slots that are told apart by something are those of the last day of which there are
    /// counts: those of different days are the same ones for the most part.
    pub fn request(self, days: (LocalDate, LocalDate), last_counted: LocalDate) -> StatisticsRequest {
        let is_of_one_day = self.figure() == Figure::FreeSlots && self.by().is_some();
        let by_day = self.by().is_none() || is_of_one_day;
        let question = Question { by_day, by: self.by(), filter: Filter::default() };
        let days = if is_of_one_day { (last_counted, last_counted) } else { days };
        StatisticsRequest::of_days(self.figure(), days, question)
    }

    /// Where its figures are as CSV in the API.
    pub fn csv_address(self, request: &StatisticsRequest) -> String {
        let by = [request.question.by_day.then_some("day"), request.question.by.map(dimension_name)];
        let by: Vec<&str> = by.into_iter().flatten().collect();
        let (from, to) = request.days;
        let (figure, by) = (self.figure().as_str(), by.join(","));
        format!("/v1/scheduling/statistics/{figure}?from={from}&to={to}&by={by}&limit=10000&format=csv")
    }

    const fn title(self) -> Say {
        match self {
            Self::FreeByDay => Say::FreeByDay,
            Self::FreeByState => Say::FreeByState,
            Self::FreeByPublisher => Say::FreeByPublisher,
            Self::FreeBySpecialty => Say::FreeBySpecialty,
            Self::PlacesByDay => Say::PlacesByDay,
            Self::PlacesByState => Say::PlacesByState,
            Self::LeadByDay => Say::LeadByDay,
            Self::LeadByState => Say::LeadByState,
            Self::LeadBySpecialty => Say::LeadBySpecialty,
            Self::FatesByDay => Say::FatesByDay,
            Self::FatesByPublisher => Say::FatesByPublisher,
            Self::LifetimesBySpecialty => Say::LifetimesBySpecialty,
            Self::GapsByPublisher => Say::GapsByPublisher,
            Self::FailuresByPublisher => Say::FailuresByPublisher,
        }
    }

    const fn measure(self) -> Say {
        match self {
            Self::FreeByDay | Self::FreeByState | Self::FreeByPublisher | Self::FreeBySpecialty => {
                Say::FreeSlotsMeasure
            }
            Self::PlacesByDay | Self::PlacesByState => Say::PlacesMeasure,
            Self::LeadByDay | Self::LeadByState | Self::LeadBySpecialty => Say::LeadMeasure,
            Self::FatesByDay => Say::FatesMeasure,
            Self::FatesByPublisher => Say::FatesMostMeasure,
            Self::LifetimesBySpecialty => Say::LifetimeMeasure,
            Self::GapsByPublisher => Say::GapsMeasure,
            Self::FailuresByPublisher => Say::FailuresMeasure,
        }
    }

    const fn note(self) -> Say {
        match self {
            Self::FreeByDay => Say::FreeByDayNote,
            Self::FreeByState | Self::FreeByPublisher | Self::FreeBySpecialty => Say::FreeNote,
            Self::PlacesByDay | Self::PlacesByState => Say::PlacesNote,
            Self::LeadByDay | Self::LeadByState | Self::LeadBySpecialty => Say::LeadNote,
            Self::FatesByDay | Self::FatesByPublisher => Say::FatesNote,
            Self::LifetimesBySpecialty => Say::LifetimeNote,
            Self::GapsByPublisher | Self::FailuresByPublisher => Say::GapsNote,
        }
    }

    const fn notation(self) -> Notation {
        match self.figure() {
            Figure::Coverage => Notation::Share,
            Figure::LeadTime => Notation::Decimal,
            Figure::FillRate if !matches!(self, Self::LifetimesBySpecialty) => Notation::Share,
            Figure::FillRate => Notation::Decimal,
            Figure::Continuity if matches!(self, Self::FailuresByPublisher) => Notation::Share,
            Figure::FreeSlots | Figure::Continuity => Notation::Whole,
        }
    }

    /// The chart of an answer; its figures are found at `csv`.
    pub fn show(self, answer: &StatisticsAnswer, language: Language, csv: &str) -> Markup {
        let caption = Caption {
            title: language.say(self.title()),
            measure: language.say(self.measure()),
            note: language.say(self.note()),
            csv: Some(csv),
            ..Caption::new(self.id(), language)
        };
        match self.drawing(answer, language) {
            Drawing::Days(series) => {
                let (first, last) = answer.request.days;
                // Days before the first that was counted are none of which nothing is known.
                let first = answer.counted.map_or(first, |counted| counted.0.max(first));
                let days = (first.0..=last.0).map(LocalDate);
                let values = |values: &BTreeMap<LocalDate, Option<f64>>| {
                    days.clone().map(|day| values.get(&day).copied().flatten()).collect::<Vec<_>>()
                };
                let series = series.iter().map(|(name, of)| (language.say(*name), values(of))).collect();
                Lines::daily(caption, self.notation(), first, series).show()
            }
            Drawing::Bars(mut bars) => {
                bars.sort_by(|a, b| b.weight.cmp(&a.weight).then_with(|| a.name.cmp(&b.name)));
                bars.truncate(MAX_BARS);
                tell_apart(&mut bars);
                let bars = bars.iter().map(|bar| Bar::new(&bar.name, bar.value)).collect();
                Bars { caption, notation: self.notation(), bars }.show()
            }
        }
    }

    fn drawing(self, answer: &StatisticsAnswer, language: Language) -> Drawing {
        match &answer.rows {
            StatisticsRows::FreeSlots(rows) => {
                let known = |row: &openslots_statistics::FreeSlotsRow, n: u64| {
                    let is_silent = row.n_exact + row.n_coarse == 0 && row.n_silent > 0;
                    (!is_silent).then_some(n as f64)
                };
                if self.by().is_none() {
                    return Drawing::Days(vec![
                        (Say::Appointments, by_day(rows, |row| known(row, row.n_exact))),
                        (Say::Windows, by_day(rows, |row| known(row, row.n_coarse))),
                    ]);
                }
                self.bars(answer, language, rows, |row| {
                    let n = row.n_exact + row.n_coarse;
                    (known(row, n), n)
                })
            }
            StatisticsRows::Coverage(rows) if self.by().is_none() => {
                Drawing::Days(vec![(Say::PlacesMeasure, by_day(rows, |row| row.share_with_slot()))])
            }
            StatisticsRows::Coverage(rows) => {
                self.bars(answer, language, rows, |row| (row.share_with_slot(), row.n_places + row.n_silent))
            }
            StatisticsRows::LeadTime(rows) if self.by().is_none() => Drawing::Days(vec![
                (Say::NextAppointment, by_day(rows, |row| days(row.next.percentile(50)))),
                (Say::ThirdAppointment, by_day(rows, |row| days(row.third.percentile(50)))),
            ]),
            StatisticsRows::LeadTime(rows) => {
                self.bars(answer, language, rows, |row| (days(row.next.percentile(50)), row.n_offered))
            }
            StatisticsRows::FillRate(rows) if self.by().is_none() => Drawing::Days(vec![
                (Say::AtLeast, by_day(rows, |row| row.least())),
                (Say::AtMost, by_day(rows, |row| row.most())),
            ]),
            StatisticsRows::FillRate(rows) => self.bars(answer, language, rows, |row| {
                let n = row.n_taken + row.n_withdrawn + row.n_unfilled;
                match self {
                    Self::LifetimesBySpecialty => (days(row.lifetimes.percentile(50)), n),
                    _ => (row.most(), n),
                }
            }),
            StatisticsRows::Continuity(rows) => self.bars(answer, language, rows, |row| {
                let value = match self {
                    Self::FailuresByPublisher => {
                        (row.n_polls > 0).then(|| (row.n_failed + row.n_partial) as f64 / row.n_polls as f64)
                    }
                    _ => row.sync_gaps.percentile(95).map(f64::from),
                };
                (value, row.n_polls)
            }),
        }
    }

    fn bars<T>(
        self,
        answer: &StatisticsAnswer,
        language: Language,
        rows: &[(Group, T)],
        value: impl Fn(&T) -> (Option<f64>, u64),
    ) -> Drawing {
        let bar = |(group, row): &(Group, T)| {
            let (value, weight) = value(row);
            NamedValue { name: self.name(group, answer, language), value_name: group.value.clone(), value, weight }
        };
        Drawing::Bars(rows.iter().map(bar).collect())
    }

    /// What a reader calls the value of a group.
    fn name(self, group: &Group, answer: &StatisticsAnswer, language: Language) -> String {
        let Some(value) = group.value.as_deref() else { return language.say(Say::NotKnown).to_owned() };
        let display = answer.displays.get(value).cloned();
        if self.by() != Some(Dimension::Specialty) {
            return display.unwrap_or_else(|| value.to_owned());
        }
        let coding = match value.split_once('|') {
            Some((system, code)) => Coding { system: Some(system.to_owned()), code: Some(code.to_owned()), display },
            None => Coding { system: None, code: None, display: display.or_else(|| Some(value.to_owned())) },
        };
        terms::coding(coding, language).unwrap_or_else(|| value.to_owned())
    }
}

/// Hours as days.
fn days(hours: Option<u32>) -> Option<f64> {
    hours.map(|hours| f64::from(hours) / 24.0)
}

fn by_day<T>(rows: &[(Group, T)], value: impl Fn(&T) -> Option<f64>) -> BTreeMap<LocalDate, Option<f64>> {
    rows.iter().filter_map(|(group, row)| Some((group.day?, value(row)))).collect()
}
