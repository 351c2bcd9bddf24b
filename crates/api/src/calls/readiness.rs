//! Whether the service can answer truthfully.

use openslots_model::ChangeSeq;

use crate::blocking::run_for_operator;
use crate::{ApiState, Error};

/// How far store and index have come.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Readiness {
    /// The newest change in the store.
    pub in_store: ChangeSeq,
    /// The newest change that searches see.
    pub in_index: ChangeSeq,
}

impl Readiness {
    /// Whether searches see all that the store holds.
    pub fn is_ready(self) -> bool {
        self.in_index >= self.in_store
    }
}

/// Compares store and index.
///
/// # Errors
/// When the store fails, or there is no room for another call.
pub async fn readiness(state: &ApiState) -> Result<Readiness, Error> {
    run_for_operator(state, |state| {
        let (in_store, in_index) = state.change_seqs()?;
        Ok(Readiness { in_store, in_index })
    })
    .await
}
