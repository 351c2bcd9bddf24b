//! One NDJSON line -> what the store and the index need of it.

use openslots_model::{IssueCode, ResourceKind, ResourceRef, SlotTraits, UnixSeconds};

/// What a line says, as far as columns need it; the line itself is kept whole beside it.
#[derive(Debug, Clone, PartialEq)]
pub enum LineContent {
    /// A Slot.
    Slot(SlotFacts),
    /// A provider-side resource or a Schedule, with the resources it refers to (each once).
    Resource {
        /// What it refers to.
        references: Vec<ResourceRef>,
    },
}

/// What is needed of a slot beside its source JSON.
#[derive(Debug, Clone, PartialEq)]
pub struct SlotFacts {
    /// Source id of the schedule it belongs to.
    pub schedule_source_id: String,
    /// Start.
    pub start: UnixSeconds,
    /// All else that queries filter by.
    pub traits: SlotTraits,
}

/// An accepted line.
#[derive(Debug, Clone, PartialEq)]
pub struct DecodedLine {
    /// Its id at the source.
    pub source_id: String,
    /// What it says.
    pub content: LineContent,
    /// What had to be put right or left out, each with a detail.
    pub repairs: Vec<(IssueCode, String)>,
    /// The line after repair of its bytes, if it had to be; else the line as given is valid JSON.
    pub repaired: Option<Vec<u8>>,
}

/// Why a line was rejected.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("{code}: {detail}")]
pub struct LineFault {
    /// What kind of fault.
    pub code: IssueCode,
    /// What exactly.
    pub detail: String,
}

/// Reads one line of an output file of the given type.
pub fn decode_line(kind: ResourceKind, line: &[u8]) -> Result<DecodedLine, LineFault> {
    let _ = (kind, line);
    unimplemented!()
}
