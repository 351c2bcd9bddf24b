//! Free slots a day.

use openslots_search::Calendar;

use super::Explanation;
use super::explain::explain;
use super::stored::follow_old_key;
use crate::blocking::run_blocking;
use crate::parameters::{NearPoint, Search, Understood};
use crate::{ApiState, Error};

/// The slots of each day, on the clocks of their places.
#[derive(Debug, Clone)]
pub struct DaysAnswer {
    /// The days.
    pub calendar: Calendar,
    /// Where distances are measured from.
    pub near: Option<NearPoint>,
    /// What plain words were understood as.
    pub understood: Vec<Understood>,
    /// Why nothing was found, if so.
    pub explanation: Option<Explanation>,
}

/// How many slots match on each day.
///
/// # Errors
/// When store or index fail, or there is no room for another call.
pub async fn count_days(state: &ApiState, mut search: Search) -> Result<DaysAnswer, Error> {
    run_blocking(state, move |state| {
        let snapshot = state.search().snapshot();
        follow_old_key(state, &mut search.query)?;
        let calendar = snapshot.days(&search.query)?;
        let is_empty = calendar.days.is_empty() && calendar.without_day.n_slots == 0;
        let explanation = if is_empty { explain(state, &snapshot, &search)? } else { None };
        Ok(DaysAnswer { calendar, near: search.near, understood: search.understood, explanation })
    })
    .await
}
