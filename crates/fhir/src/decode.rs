//! One NDJSON line -> what the store and the index need of it.
//!
//! The usual way is one strict pass over the line into types that borrow from it. Only where that fails is the line
//! repaired: its bytes are mended, and elements of an unreadable shape are cut out one after another.
//! Nothing is put right in silence: every repair is an entry in [`DecodedLine::repairs`].

use std::sync::Arc;

use openslots_model::{IssueCode, ResourceKind, ResourceRef, SlotTraits, UnixSeconds};
use serde::Deserialize;

use crate::resource::Resource;
use crate::wire::{Id, Text};

mod link;
mod pattern;
#[cfg(test)]
mod properties;
mod repair;
mod slot;
#[cfg(test)]
mod tests;

use pattern::SlotPatterns;
pub(crate) use repair::{Lenient, Probe, read_leniently, try_shape};
use slot::SlotParts;
pub(crate) use slot::{SlotWire, read_slot};

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
    /// All else that queries filter by; slots of a [`LineDecoder`] that agree share it.
    pub traits: Arc<SlotTraits>,
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

impl LineFault {
    pub(crate) fn new(code: IssueCode, detail: impl Into<String>) -> Self {
        Self { code, detail: detail.into() }
    }
}

/// Why a line could not be read at the first attempt.
pub(crate) enum Unread {
    /// Its JSON, or the shape of an element: a repair may help.
    Json(serde_json::Error),
    /// What it says: no repair helps.
    Fault(LineFault),
}

impl From<serde_json::Error> for Unread {
    fn from(error: serde_json::Error) -> Self {
        Self::Json(error)
    }
}

impl From<LineFault> for Unread {
    fn from(fault: LineFault) -> Self {
        Self::Fault(fault)
    }
}

/// Reads the lines of one output file; as [`decode_line`] does, but quicker where one is like another before it.
#[derive(Debug)]
pub struct LineDecoder {
    kind: ResourceKind,
    patterns: SlotPatterns,
}

impl LineDecoder {
    /// For the lines of a file of the given type.
    pub fn new(kind: ResourceKind) -> Self {
        Self { kind, patterns: SlotPatterns::default() }
    }

    /// Reads the next line.
    ///
    /// # Errors
    /// Those of [`decode_line`].
    pub fn decode(&mut self, line: &[u8]) -> Result<DecodedLine, LineFault> {
        if self.kind != ResourceKind::Slot {
            return decode_line(self.kind, line);
        }
        if let Some(decoded) = self.patterns.read(line) {
            return Ok(decoded);
        }
        let mut repairs = Repairs::new();
        let Ok(text) = std::str::from_utf8(line) else { return decode_line(self.kind, line) };
        let Ok(mut parts) = read_slot(text, &mut repairs) else { return decode_line(self.kind, line) };
        let (source_id, start) = (std::mem::take(&mut parts.id), parts.start.instant);
        let schedule_source_id = std::mem::take(&mut parts.schedule.source_id);
        let traits = if repairs.is_empty() { self.patterns.learn(text, parts) } else { Arc::new(parts.traits) };
        let content = LineContent::Slot(SlotFacts { schedule_source_id, start, traits });
        Ok(DecodedLine { source_id, content, repairs, repaired: None })
    }
}

/// What had to be put right or left out.
pub(crate) type Repairs = Vec<(IssueCode, String)>;

/// Reads one line of an output file of the given type.
///
/// # Errors
/// The reason to reject the line: it is no JSON object of that type, or it lacks what nobody can do without (an id;
/// of a slot its schedule, status, start and end).
pub fn decode_line(kind: ResourceKind, line: &[u8]) -> Result<DecodedLine, LineFault> {
    let text = std::str::from_utf8(line).map_err(|error| {
        let at = error.valid_up_to() + 1;
        LineFault::new(
            IssueCode::InvalidEncoding,
            format!("the line is not UTF-8 (byte {at}); write UTF-8 without exception"),
        )
    })?;
    let Lenient { found, repairs, mended } =
        read_leniently(text, probe(kind), |text, repairs| read(kind, text, repairs))?;
    let (source_id, content) = found;
    Ok(DecodedLine { source_id, content, repairs, repaired: mended.map(String::into_bytes) })
}

fn read(kind: ResourceKind, text: &str, repairs: &mut Repairs) -> Result<(String, LineContent), Unread> {
    if kind == ResourceKind::Slot {
        let SlotParts { id, schedule, start, traits, .. } = read_slot(text, repairs)?;
        let (start, traits) = (start.instant, Arc::new(traits));
        let facts = SlotFacts { schedule_source_id: schedule.source_id, start, traits };
        return Ok((id, LineContent::Slot(facts)));
    }
    let header: Header<'_> = object(text)?;
    let source_id = header.check(kind, repairs)?;
    let references = match kind {
        ResourceKind::Device => crate::resource::device_references(text)?,
        _ => Resource::read(kind, text, &source_id, repairs)?.references(),
    };
    Ok((source_id, LineContent::Resource { references }))
}

fn probe(kind: ResourceKind) -> Probe {
    if kind == ResourceKind::Slot { |value| try_shape::<SlotWire<'_>>(value) } else { crate::resource::probe(kind) }
}

/// Reads a JSON object; `serde` would read a list as well, its items as the fields in order.
pub(crate) fn object<'a, T: Deserialize<'a>>(text: &'a str) -> Result<T, serde_json::Error> {
    if text.trim_ascii_start().starts_with('{') {
        serde_json::from_str(text)
    } else {
        Err(serde::de::Error::custom("not a JSON object"))
    }
}

/// What every resource has.
#[derive(Debug, Deserialize)]
pub(crate) struct Header<'a> {
    #[serde(rename = "resourceType", borrow)]
    pub(crate) resource_type: Option<Text<'a>>,
    #[serde(borrow)]
    pub(crate) id: Option<Id<'a>>,
}

impl Header<'_> {
    /// The source id, if the type is the expected one.
    fn check(&self, kind: ResourceKind, repairs: &mut Repairs) -> Result<String, LineFault> {
        check_header(self.resource_type.as_ref(), self.id.as_ref(), kind, repairs)
    }
}

fn check_header(
    resource_type: Option<&Text<'_>>,
    id: Option<&Id<'_>>,
    kind: ResourceKind,
    repairs: &mut Repairs,
) -> Result<String, LineFault> {
    match resource_type.map(Text::as_str) {
        Some(name) if name == kind.as_str() => {}
        None | Some("") => return Err(LineFault::new(IssueCode::MissingType, "resourceType is missing")),
        Some(name) => {
            let advice = if name == "Bundle" { "; write each of its resources on a line of its own" } else { "" };
            let detail = format!("resourceType is {}, the manifest says {kind}{advice}", quoted(name));
            return Err(LineFault::new(IssueCode::UnexpectedType, detail));
        }
    }
    let id = id.filter(|id| !id.text.trim().is_empty());
    let id = id.ok_or_else(|| LineFault::new(IssueCode::MissingId, "id is missing or empty"))?;
    if id.is_number {
        repairs.push((IssueCode::NumericId, format!("id is the number {}, not a text", id.text)));
    }
    if !is_legal_id(&id.text) {
        let detail = format!("id {} is not 1 to 64 characters of A-Z, a-z, 0-9, '-' and '.'", quoted(&id.text));
        repairs.push((IssueCode::IllegalId, detail));
    }
    Ok(id.text.clone().into_owned())
}

/// `[A-Za-z0-9\-.]{1,64}` (FHIR R4, data type `id`).
pub(crate) fn is_legal_id(text: &str) -> bool {
    let is_legal_byte = |byte: u8| byte.is_ascii_alphanumeric() || byte == b'-' || byte == b'.';
    (1..=64).contains(&text.len()) && text.bytes().all(is_legal_byte)
}

/// A text in backquotes for a message, cut after 60 characters.
pub(crate) fn quoted(text: &str) -> String {
    match text.char_indices().nth(60) {
        Some((end, _)) => format!("`{}...`", &text[..end]),
        None => format!("`{text}`"),
    }
}
