//! Free slots a day.

use openslots_model::LocalDate;
use openslots_search::SlotCounts;
use serde::Serialize;
use utoipa::ToSchema;

use crate::openapi::shapes;

use super::{Explanation, NearNote, Text, Understood};
use crate::calls::DaysAnswer;

/// The slots of each day, on the clocks of their places.
#[derive(Debug, Clone, Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub struct Days<'a> {
    /// Days with slots, ascending.
    pub days: Vec<Day>,
    /// Slots of places whose time zone is not known: nobody can tell their day.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub without_day: Option<Counts>,
    /// What distances are measured from.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub near: Option<NearNote>,
    /// What plain words were understood as.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub understood: Vec<Understood<'a>>,
    /// Why nothing was found.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub explanation: Option<Explanation<'a>>,
}

/// The slots of a day.
#[derive(Debug, Clone, Copy, Serialize, ToSchema)]
pub struct Day {
    /// The day on the clock of each place.
    #[schema(value_type = shapes::Date)]
    pub date: Text<LocalDate>,
    /// Slots that can be booked.
    pub free: u64,
    /// All slots that match, taken ones included.
    pub total: u64,
}

/// Slots without a day.
#[derive(Debug, Clone, Copy, Serialize, ToSchema)]
#[allow(missing_docs, reason = "as of a day")]
#[schema(as = DayCounts)]
pub struct Counts {
    pub free: u64,
    pub total: u64,
}

impl<'a> From<&'a DaysAnswer> for Days<'a> {
    fn from(answer: &'a DaysAnswer) -> Self {
        let day = |(date, counts): &(LocalDate, SlotCounts)| Day {
            date: Text(*date),
            free: counts.n_free,
            total: counts.n_slots,
        };
        let SlotCounts { n_free, n_slots } = answer.calendar.without_day;
        Self {
            days: answer.calendar.days.iter().map(day).collect(),
            without_day: (n_slots > 0).then_some(Counts { free: n_free, total: n_slots }),
            near: answer.near.map(NearNote::from),
            understood: answer.understood.iter().map(Understood::from).collect(),
            explanation: answer.explanation.as_ref().map(Explanation::from),
        }
    }
}
