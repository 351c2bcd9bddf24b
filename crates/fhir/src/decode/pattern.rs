//! Lines of one pattern: what publishers write by machine differs from line to line in a few texts only.
//!
//! A slot that was read in full, without repair, leaves its line as a pattern: the bytes between the texts that change from
//! slot to slot. A line that has the same bytes between plain texts says the same but for these, which are judged as ever.
//! Whatever does not fit, in form or in what a text says, is read in full.

use std::borrow::Cow;
use std::sync::Arc;

use memchr::memchr2;
use openslots_model::{OffsetInstant, ResourceKind, SlotStatus, SlotTraits};

use super::link::usable_link;
use super::slot::SlotParts;
use super::{DecodedLine, LineContent, SlotFacts, is_legal_id};
use crate::reference::Reference;

/// Patterns that are remembered; publishers with several kinds of slots write them in turn.
const MAX_PATTERNS: usize = 4;
/// Combinations of status and duration that are remembered of a pattern.
const MAX_TRAITS: usize = 16;

/// The texts that change from slot to slot.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Varying {
    Id,
    Schedule,
    Status,
    Start,
    End,
    Link,
    Phone,
}

/// The patterns of the slots of a file, the one used last first.
#[derive(Debug, Default)]
pub(super) struct SlotPatterns(Vec<SlotPattern>);

impl SlotPatterns {
    /// Reads a line that has one of the patterns.
    pub(super) fn read(&mut self, line: &[u8]) -> Option<DecodedLine> {
        for place in 0..self.0.len() {
            if let Some(values) = self.0[place].match_line(line) {
                let decoded = self.0[place].decode(&values)?;
                self.0[..=place].rotate_right(1);
                return Some(decoded);
            }
        }
        None
    }

    /// Remembers the pattern of a line that was read without repair; gives the traits that its slot shares with others.
    pub(super) fn learn(&mut self, line: &str, parts: SlotParts<'_>) -> Arc<SlotTraits> {
        let pattern = SlotPattern::of(line, &parts);
        let traits = Arc::new(parts.traits);
        if let Some(pattern) = pattern {
            self.0.truncate(MAX_PATTERNS - 1);
            self.0.insert(0, SlotPattern { traits: vec![Arc::clone(&traits)], ..pattern });
        }
        traits
    }
}

/// One pattern.
#[derive(Debug)]
struct SlotPattern {
    /// The bytes between the texts, one after the other.
    fixed: Box<[u8]>,
    /// The texts in order, each with where the fixed bytes before it end.
    steps: Box<[(usize, Varying)]>,
    /// Traits of its slots, one for each status and duration; the newest last.
    traits: Vec<Arc<SlotTraits>>,
}

/// The text of each [`Varying`].
type Values<'a> = [Option<&'a str>; 7];

impl SlotPattern {
    /// The pattern of a line, with the traits to come; `None` if a text that changes is not written plainly.
    fn of(line: &str, parts: &SlotParts<'_>) -> Option<Self> {
        let written = &parts.written;
        let always = [
            (Varying::Id, written.id?),
            (Varying::Schedule, written.schedule?),
            (Varying::Status, written.status?),
            (Varying::Start, written.start?),
            (Varying::End, written.end?),
        ];
        // These may be absent, or what they are made of does not change.
        let link = parts.booking_deep_link.as_ref().and_then(borrowed).map(|text| (Varying::Link, text));
        let phone = parts.booking_phone.as_ref().and_then(borrowed).map(|text| (Varying::Phone, text));
        let mut spans = Vec::with_capacity(7);
        for (varying, text) in always.into_iter().chain(link).chain(phone) {
            spans.push((place_in(line, text)?, text.len(), varying));
        }
        spans.sort_unstable_by_key(|(at, _, _)| *at);
        let (mut fixed, mut steps, mut from) = (Vec::with_capacity(line.len()), Vec::new(), 0);
        for (at, n_bytes, varying) in spans {
            // Between quotation marks, and none inside another.
            let is_text = line.as_bytes()[..at].ends_with(b"\"") && line.as_bytes()[at + n_bytes..].starts_with(b"\"");
            fixed.extend_from_slice(line.as_bytes().get(from..at).filter(|_| is_text)?);
            steps.push((fixed.len(), varying));
            from = at + n_bytes;
        }
        fixed.extend_from_slice(&line.as_bytes()[from..]);
        Some(Self { fixed: fixed.into(), steps: steps.into(), traits: Vec::new() })
    }

    /// The texts of a line of this pattern.
    fn match_line<'a>(&self, line: &'a [u8]) -> Option<Values<'a>> {
        let (mut rest, mut from) = (line, 0);
        let mut values = Values::default();
        for (end, varying) in &self.steps {
            rest = rest.strip_prefix(&self.fixed[from..*end])?;
            let n_bytes = memchr2(b'"', b'\\', rest).filter(|at| rest[*at] == b'"')?;
            let (text, after) = rest.split_at(n_bytes);
            values[*varying as usize] = Some(plain_text(text)?);
            (rest, from) = (after, *end);
        }
        (rest == &self.fixed[from..]).then_some(values)
    }

    /// What a line of this pattern says; `None` where a text is not as it should be.
    fn decode(&mut self, values: &Values<'_>) -> Option<DecodedLine> {
        let text = |varying: Varying| values[varying as usize];
        let id = text(Varying::Id).filter(|id| is_legal_id(id))?;
        let Reference::Resource(schedule) = Reference::parse(text(Varying::Schedule)?) else { return None };
        if schedule.kind != ResourceKind::Schedule {
            return None;
        }
        let status = text(Varying::Status)?.parse().ok()?;
        let (start, end) = (time(text(Varying::Start)?)?, time(text(Varying::End)?)?);
        let duration_seconds = end.instant.0.checked_sub(start.instant.0).filter(|seconds| *seconds >= 0)?;
        let is_same = |read: Option<&str>, text: &str| read == Some(text);
        if text(Varying::Link).is_some_and(|link| !is_same(usable_link(link), link))
            || text(Varying::Phone).is_some_and(|phone| phone.is_empty() || !is_same(Some(phone.trim()), phone))
        {
            return None;
        }
        let traits = self.traits_of(status, u32::try_from(duration_seconds).unwrap_or(u32::MAX))?;
        let facts = SlotFacts { schedule_source_id: schedule.source_id, start: start.instant, traits };
        let content = LineContent::Slot(facts);
        Some(DecodedLine { source_id: id.to_owned(), content, repairs: Vec::new(), repaired: None })
    }

    fn traits_of(&mut self, status: SlotStatus, duration_seconds: u32) -> Option<Arc<SlotTraits>> {
        let is_it = |traits: &&Arc<SlotTraits>| (traits.status, traits.duration_seconds) == (status, duration_seconds);
        if let Some(traits) = self.traits.iter().find(is_it) {
            return Some(Arc::clone(traits));
        }
        let traits = SlotTraits { status, duration_seconds, ..SlotTraits::clone(self.traits.last()?) };
        if self.traits.len() >= MAX_TRAITS {
            self.traits.remove(0);
        }
        let traits = Arc::new(traits);
        self.traits.push(Arc::clone(&traits));
        Some(traits)
    }
}

/// A text that stands in the line as it is.
pub(super) const fn borrowed<'a>(text: &Cow<'a, str>) -> Option<&'a str> {
    match text {
        Cow::Borrowed(text) => Some(text),
        Cow::Owned(_) => None,
    }
}

/// Where in a line a text begins that was borrowed from it.
fn place_in(line: &str, text: &str) -> Option<usize> {
    let at = (text.as_ptr() as usize).checked_sub(line.as_ptr() as usize)?;
    (at + text.len() <= line.len()).then_some(at)
}

/// A text of printable ASCII, which needs no escapes.
fn plain_text(bytes: &[u8]) -> Option<&str> {
    // Without a way out on the first other byte, so that many are looked at together.
    let is_plain = bytes.iter().fold(true, |is_plain, byte| is_plain & matches!(byte, b' '..=b'~'));
    if is_plain { std::str::from_utf8(bytes).ok() } else { None }
}

/// An instant that needs no repair.
fn time(text: &str) -> Option<OffsetInstant> {
    match OffsetInstant::parse_lenient(text) {
        Ok((instant, None)) => Some(instant),
        _ => None,
    }
}
