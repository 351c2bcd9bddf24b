//! Figures of what was available, as JSON and as tables.

use std::collections::BTreeMap;

use openslots_model::{Dimension, LocalDate};
use openslots_statistics::{
    ContinuityRow, CoverageRow, Figure, FillRateRow, FreeSlotsRow, Group as GroupOf, Histogram, LeadTimeRow,
};
use serde::Serialize;
use serde_json::{Map, Value};
use utoipa::ToSchema;

use super::{Text, Understood, Utc};
use crate::Error;
use crate::calls::{CountedDays, StatisticsAnswer, StatisticsRows};
use crate::openapi::shapes;
use crate::parameters::{dimension_name, parameters_of};

/// Shares are told to four places.
const PLACES: f64 = 10_000.0;

/// What a row is of; what is not known, or not asked by, is absent.
#[derive(Debug, Clone, Default, Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
#[schema(as = StatisticsGroup)]
pub struct Group {
    /// The day, of UTC.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(value_type = Option<shapes::Date>)]
    pub day: Option<Text<LocalDate>>,
    /// Slug of the publisher.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub publisher: Option<String>,
    /// State of the place.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub state: Option<String>,
    /// County of the place, as published.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub county: Option<String>,
    /// Postal code of the place.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub zip: Option<String>,
    /// The specialty: `system|code`, or what it is called.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub specialty: Option<String>,
    /// The service: `system|code`, or what it is called.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub service_type: Option<String>,
    /// Key of the provider location.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(value_type = Option<shapes::ProviderLocationKey>)]
    pub provider_location: Option<String>,
    /// What people call it.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub display: Option<String>,
}

impl Group {
    fn new(group: &GroupOf, by: Option<Dimension>, displays: &BTreeMap<String, String>) -> Self {
        let mut shown = Self { day: group.day.map(Text), ..Self::default() };
        let Some(value) = group.value.as_deref() else { return shown };
        shown.display = displays.get(value).cloned();
        let part = match by {
            None => return shown,
            Some(Dimension::Publisher) => &mut shown.publisher,
            Some(Dimension::State) => &mut shown.state,
            Some(Dimension::County) => &mut shown.county,
            Some(Dimension::PostalCode) => &mut shown.zip,
            Some(Dimension::Specialty) => &mut shown.specialty,
            Some(Dimension::ServiceType) => &mut shown.service_type,
            Some(Dimension::ProviderLocation) => &mut shown.provider_location,
        };
        *part = Some(value.to_owned());
        shown
    }
}

/// Places with something to book.
#[derive(Debug, Clone, Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
#[allow(missing_docs, reason = "the columns of the figure")]
pub struct Coverage {
    pub group: Group,
    pub places: u64,
    pub with_slot: u64,
    pub with_appointment: u64,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub share_with_slot: Option<f64>,
    pub silent: u64,
}

/// Hours to the next and the third next available appointment.
#[derive(Debug, Clone, Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
#[allow(missing_docs, reason = "the columns of the figure")]
pub struct LeadTime {
    pub group: Group,
    pub offered: u64,
    pub with_next: u64,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub next_median_hours: Option<u32>,
    #[serde(rename = "nextP90Hours", skip_serializing_if = "Option::is_none")]
    pub next_p90_hours: Option<u32>,
    pub with_third: u64,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub third_median_hours: Option<u32>,
    #[serde(rename = "thirdP90Hours", skip_serializing_if = "Option::is_none")]
    pub third_p90_hours: Option<u32>,
    pub only_coarse: u64,
    pub silent: u64,
}

/// Free slots.
#[derive(Debug, Clone, Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
#[allow(missing_docs, reason = "the columns of the figure")]
pub struct FreeSlots {
    pub group: Group,
    pub appointments: u64,
    pub coarse: u64,
    pub with_capacity: u64,
    pub capacity: u64,
    pub silent: u64,
}

/// What became of appointments by their start.
#[derive(Debug, Clone, Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
#[allow(missing_docs, reason = "the columns of the figure")]
pub struct FillRate {
    pub group: Group,
    pub taken: u64,
    pub withdrawn: u64,
    pub unfilled: u64,
    pub unknown: u64,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub fill_rate_least: Option<f64>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub fill_rate_most: Option<f64>,
    pub with_lifetime: u64,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub lifetime_median_hours: Option<u32>,
    #[serde(rename = "lifetimeP90Hours", skip_serializing_if = "Option::is_none")]
    pub lifetime_p90_hours: Option<u32>,
    pub coarse: u64,
}

/// How steadily publishers were heard.
#[derive(Debug, Clone, Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
#[allow(missing_docs, reason = "the columns of the figure")]
pub struct Continuity {
    pub group: Group,
    pub polls: u64,
    pub partial: u64,
    pub failed: u64,
    pub sync_gaps: u64,
    #[serde(rename = "syncGapP50Minutes", skip_serializing_if = "Option::is_none")]
    pub sync_gap_p50_minutes: Option<u32>,
    #[serde(rename = "syncGapP95Minutes", skip_serializing_if = "Option::is_none")]
    pub sync_gap_p95_minutes: Option<u32>,
    #[serde(rename = "syncGapP99Minutes", skip_serializing_if = "Option::is_none")]
    pub sync_gap_p99_minutes: Option<u32>,
    pub data_gaps: u64,
    #[serde(rename = "dataGapP50Minutes", skip_serializing_if = "Option::is_none")]
    pub data_gap_p50_minutes: Option<u32>,
    #[serde(rename = "dataGapP95Minutes", skip_serializing_if = "Option::is_none")]
    pub data_gap_p95_minutes: Option<u32>,
    #[serde(rename = "dataGapP99Minutes", skip_serializing_if = "Option::is_none")]
    pub data_gap_p99_minutes: Option<u32>,
    pub stale_seconds: u64,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub last_success_at: Option<Utc>,
}

fn share(share: Option<f64>) -> Option<f64> {
    share.map(|share| (share * PLACES).round() / PLACES)
}

fn coverage(group: Group, row: &CoverageRow) -> Coverage {
    Coverage {
        group,
        places: row.n_places,
        with_slot: row.n_with_slot,
        with_appointment: row.n_with_appointment,
        share_with_slot: share(row.share_with_slot()),
        silent: row.n_silent,
    }
}

fn lead_time(group: Group, row: &LeadTimeRow) -> LeadTime {
    LeadTime {
        group,
        offered: row.n_offered,
        with_next: row.next.n(),
        next_median_hours: row.next.percentile(50),
        next_p90_hours: row.next.percentile(90),
        with_third: row.third.n(),
        third_median_hours: row.third.percentile(50),
        third_p90_hours: row.third.percentile(90),
        only_coarse: row.n_only_coarse,
        silent: row.n_silent,
    }
}

fn free_slots(group: Group, row: &FreeSlotsRow) -> FreeSlots {
    FreeSlots {
        group,
        appointments: row.n_exact,
        coarse: row.n_coarse,
        with_capacity: row.n_with_capacity,
        capacity: row.capacity,
        silent: row.n_silent,
    }
}

fn fill_rate(group: Group, row: &FillRateRow) -> FillRate {
    FillRate {
        group,
        taken: row.n_taken,
        withdrawn: row.n_withdrawn,
        unfilled: row.n_unfilled,
        unknown: row.n_unknown,
        fill_rate_least: share(row.least()),
        fill_rate_most: share(row.most()),
        with_lifetime: row.lifetimes.n(),
        lifetime_median_hours: row.lifetimes.percentile(50),
        lifetime_p90_hours: row.lifetimes.percentile(90),
        coarse: row.n_coarse,
    }
}

fn continuity(group: Group, row: &ContinuityRow) -> Continuity {
    let of = |gaps: &Histogram| [50, 95, 99].map(|percent| gaps.percentile(percent));
    let ([sync_p50, sync_p95, sync_p99], [data_p50, data_p95, data_p99]) = (of(&row.sync_gaps), of(&row.data_gaps));
    Continuity {
        group,
        polls: row.n_polls,
        partial: row.n_partial,
        failed: row.n_failed,
        sync_gaps: row.sync_gaps.n(),
        sync_gap_p50_minutes: sync_p50,
        sync_gap_p95_minutes: sync_p95,
        sync_gap_p99_minutes: sync_p99,
        data_gaps: row.data_gaps.n(),
        data_gap_p50_minutes: data_p50,
        data_gap_p95_minutes: data_p95,
        data_gap_p99_minutes: data_p99,
        stale_seconds: row.stale_seconds,
        last_success_at: row.last_success_at.map(Text),
    }
}

/// Gives each figure a type of its answers.
macro_rules! answers {
    ($($(#[doc = $doc:literal])+ $name:ident = $row:ident, $rows:ident, $render:ident;)*) => {
        $(
            $(#[doc = $doc])+
            #[derive(Debug, Clone, Serialize, ToSchema)]
            #[serde(rename_all = "camelCase")]
            pub struct $name<'a> {
                /// What the figure means.
                pub definition: &'a str,
                /// What must be known to read it rightly.
                pub caveats: &'a [&'a str],
                /// The first day asked for.
                #[schema(value_type = shapes::Date)]
                pub from: Text<LocalDate>,
                /// The last day asked for.
                #[schema(value_type = shapes::Date)]
                pub to: Text<LocalDate>,
                /// The days of which there are counts; absent: there are none yet.
                #[serde(skip_serializing_if = "Option::is_none")]
                pub counted: Option<DayRange>,
                /// How many rows there are.
                pub total: u64,
                /// The first of them, by day and value.
                pub rows: Vec<$row>,
                /// What plain words were understood as.
                #[serde(skip_serializing_if = "Vec::is_empty")]
                pub understood: Vec<Understood<'a>>,
            }

            impl<'a> $name<'a> {
                fn new(answer: &'a StatisticsAnswer, rows: Vec<$row>) -> Self {
                    let (from, to) = answer.request.days;
                    Self {
                        definition: answer.request.figure.definition(),
                        caveats: answer.request.figure.caveats(),
                        from: Text(from),
                        to: Text(to),
                        counted: answer.counted.map(DayRange::from),
                        total: answer.total as u64,
                        rows,
                        understood: answer.request.understood.iter().map(Understood::from).collect(),
                    }
                }
            }
        )*

        /// Any figure.
        #[derive(Debug, Clone, Serialize)]
        #[serde(untagged)]
        pub(crate) enum AnyStatistics<'a> {
            $($rows($name<'a>),)*
        }

        impl<'a> From<&'a StatisticsAnswer> for AnyStatistics<'a> {
            fn from(answer: &'a StatisticsAnswer) -> Self {
                let by = answer.request.question.by;
                let group = |group: &GroupOf| Group::new(group, by, &answer.displays);
                match &answer.rows {
                    $(StatisticsRows::$rows(rows) => {
                        let rows = rows.iter().map(|(of, row)| $render(group(of), row)).collect();
                        Self::$rows($name::new(answer, rows))
                    })*
                }
            }
        }
    };
}

answers! {
    /// How many places had something to book.
    CoverageStatistics = Coverage, Coverage, coverage;
    /// How long it was to the next and the third next available appointment.
    LeadTimeStatistics = LeadTime, LeadTime, lead_time;
    /// How many slots were free.
    FreeSlotsStatistics = FreeSlots, FreeSlots, free_slots;
    /// Which part of the slots was taken by their start, and how long they were on offer.
    FillRateStatistics = FillRate, FillRate, fill_rate;
    /// How steadily publishers were heard.
    ContinuityStatistics = Continuity, Continuity, continuity;
}

/// A first and a last day, of UTC.
#[derive(Debug, Clone, Copy, Serialize, ToSchema)]
pub struct DayRange {
    /// The first.
    #[schema(value_type = shapes::Date)]
    pub first: Text<LocalDate>,
    /// The last.
    #[schema(value_type = shapes::Date)]
    pub last: Text<LocalDate>,
}

impl From<(LocalDate, LocalDate)> for DayRange {
    fn from((first, last): (LocalDate, LocalDate)) -> Self {
        Self { first: Text(first), last: Text(last) }
    }
}

/// A figure as a table: a head of names, and texts; empty where nothing is known.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct StatisticsTable {
    /// The names of its columns: what rows are of, then those of the figure.
    pub columns: Vec<&'static str>,
    /// Its rows.
    pub rows: Vec<Vec<String>>,
}

impl StatisticsTable {
    /// The table of a figure.
    ///
    /// # Errors
    /// When the figure cannot be written.
    pub fn new(answer: &StatisticsAnswer) -> Result<Self, Error> {
        let question = &answer.request.question;
        let mut of = Vec::new();
        of.extend(question.by_day.then_some("day"));
        of.extend(question.by.map(dimension_name));
        if matches!(question.by, Some(Dimension::Publisher | Dimension::Specialty | Dimension::ServiceType)) {
            of.push("display");
        }
        let figures = answer.request.figure.columns().iter().map(|column| column.name);
        let json = serde_json::to_value(AnyStatistics::from(answer))?;
        let rows = json["rows"].as_array().into_iter().flatten().map(|row| {
            let of = of.iter().map(|name| text(&row["group"][*name]));
            of.chain(figures.clone().map(|name| text(&row[name]))).collect()
        });
        let rows = rows.collect();
        Ok(Self { columns: of.into_iter().chain(figures).collect(), rows })
    }

    /// The table as CSV (RFC 4180).
    ///
    /// # Errors
    /// When it cannot be written.
    pub fn to_csv(&self) -> Result<Vec<u8>, Error> {
        let mut writer = csv::Writer::from_writer(Vec::new());
        writer.write_record(&self.columns)?;
        for row in &self.rows {
            writer.write_record(row)?;
        }
        writer.into_inner().map_err(|error| Error::Csv(error.into_error().into()))
    }
}

fn text(value: &Value) -> String {
    match value {
        Value::Null => String::new(),
        Value::String(text) => text.clone(),
        other => other.to_string(),
    }
}

/// The figures that there are.
#[derive(Debug, Clone, Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub struct StatisticsIndex {
    /// The days on which what was held was counted; absent: on none yet.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub census: Option<DayRange>,
    /// The days of which it is counted what became of slots; absent: none is over yet.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub closed: Option<DayRange>,
    /// The days of which it is counted how publishers were heard; absent: none was yet.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub polled: Option<DayRange>,
    /// The figures.
    pub figures: Vec<FigureShown>,
}

/// A figure that can be asked for.
#[derive(Debug, Clone, Serialize, ToSchema)]
#[schema(as = StatisticsFigure)]
pub struct FigureShown {
    /// Its name.
    pub name: &'static str,
    /// What people call it.
    pub title: &'static str,
    /// Where it is asked for.
    pub href: String,
    /// What it means.
    pub definition: &'static str,
    /// What must be known to read it rightly.
    pub caveats: &'static [&'static str],
    /// What stands in each column, with its unit.
    #[schema(value_type = BTreeMap<String, String>)]
    pub columns: Map<String, Value>,
    /// The parameters that it takes.
    pub parameters: Vec<&'static str>,
}

impl StatisticsIndex {
    pub(crate) fn new(days: CountedDays, base: &str) -> Self {
        let shown = |figure: Figure| FigureShown {
            name: figure.as_str(),
            title: figure.title(),
            href: format!("{base}/{}", figure.as_str()),
            definition: figure.definition(),
            caveats: figure.caveats(),
            columns: figure.columns().iter().map(|column| (column.name.to_owned(), column.meaning.into())).collect(),
            parameters: parameters_of(figure).iter().map(|parameter| parameter.name).collect(),
        };
        Self {
            census: days.census.map(DayRange::from),
            closed: days.closed.map(DayRange::from),
            polled: days.polled.map(DayRange::from),
            figures: Figure::ALL.into_iter().map(shown).collect(),
        }
    }
}
