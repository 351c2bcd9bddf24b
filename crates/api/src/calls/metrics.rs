//! Figures for those who watch the service.

use crate::blocking::run_for_operator;
use crate::{ApiState, Error, gauges};

/// All metrics as Prometheus text (version 0.0.4): the state of publishers, store and index as it is now, then what the
/// process has counted.
///
/// # Errors
/// When the store fails, or there is no room for another call.
pub async fn metrics(state: &ApiState) -> Result<String, Error> {
    run_for_operator(state, |state| Ok(gauges::render(state)? + &state.process_metrics())).await
}
