//! Which token each line of a run has got, once all claims are settled.

use roaring::RoaringTreemap;

use super::claims::{Fate, Settled};
use super::plan::Role;
use crate::file_lines::LineState;

/// Which tokens the lines of the run have got.
pub(crate) struct LineTokens<'a> {
    /// How claims to slots and to other resources came out; their ordinals are distinct.
    pub(crate) settled: [&'a Settled; 2],
    /// The token of an accepted line that is new or changed.
    pub(crate) new_token: &'a dyn Fn(u32) -> u64,
    /// What goes in this run.
    pub(crate) removed: &'a RoaringTreemap,
}

impl LineTokens<'_> {
    /// How the accepted line of an ordinal stands, and its token.
    pub(crate) fn of(&self, ordinal: u32) -> (LineState, u64) {
        let token = match self.settled.iter().find_map(|settled| settled.fate(ordinal)) {
            Some(Fate::Lost) => return (LineState::Unheld, 0),
            Some(Fate::Reused(token)) => token,
            Some(Fate::Replaces(_)) | None => (self.new_token)(ordinal),
        };
        let is_contested = self.settled.iter().any(|settled| settled.contested.contains(ordinal));
        (if is_contested { LineState::Contested } else { LineState::Held }, token)
    }

    /// How a line that is held as it was stands now.
    pub(crate) fn of_held(&self, role: Role, state: LineState, token: u64) -> LineState {
        if state == LineState::Unheld || self.removed.contains(token) {
            return LineState::Unheld;
        }
        match self.settled.iter().find_map(|settled| settled.edits.get(&token)) {
            Some(edited) => *edited,
            // Files that are not listed hold what nobody else claims.
            None if role == Role::Unlisted && self.settled.iter().any(|settled| settled.taken.contains(token)) => {
                LineState::Unheld
            }
            None => state,
        }
    }

    /// Whether lines of files that are listed and were not read may stand otherwise now.
    pub(crate) fn has_edits(&self) -> bool {
        !self.removed.is_empty() || self.settled.iter().any(|settled| !settled.edits.is_empty())
    }

    /// Whether lines of files that are not listed may stand otherwise now.
    pub(crate) fn has_edits_of_unlisted(&self) -> bool {
        self.has_edits() || self.settled.iter().any(|settled| !settled.taken.is_empty())
    }

    /// Whether a line that is held no longer has given way to another line, rather than being removed.
    pub(crate) fn is_lost(&self, token: u64) -> bool {
        !self.removed.contains(token)
    }

    pub(crate) fn is_sharing(&self, file: usize) -> bool {
        self.settled.iter().any(|settled| settled.sharing.contains(&file))
    }
}
