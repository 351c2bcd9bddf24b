//! Blocks of events: columns of numbers, with the schedules and traits that they refer to.

use openslots_model::PublicId;
use rustc_hash::FxHashMap;

use crate::codec::{Decoder, put_delta, put_text, put_varint};
use crate::{Error, Result};

/// Events of a block.
pub(crate) const MAX_EVENTS: usize = 1 << 16;
const ID_BYTES: usize = 10;
const WHAT: &str = "a block of events";

/// What a slot was or is, by numbers of the store.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Facts {
    pub(crate) schedule: u32,
    pub(crate) start: i64,
    pub(crate) traits: u32,
}

/// An event of a block. What it says of a slot names schedules and traits by their places in the block's lists.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Event {
    pub(crate) id: PublicId,
    pub(crate) before: Option<Facts>,
    pub(crate) after: Option<Facts>,
    /// Of one that came: whether it had been there before.
    pub(crate) is_again: bool,
}

/// A block that is being filled.
#[derive(Debug, Default)]
pub(crate) struct BlockWriter {
    ids: Vec<u8>,
    shapes: Vec<u8>,
    columns: Columns,
    schedules: Numbering,
    traits: Numbering,
}

/// Numbers of the store by their places in a block's list.
#[derive(Debug, Default)]
struct Numbering {
    places: FxHashMap<u32, u32>,
    list: Vec<u32>,
    /// The last one asked for: neighbours are mostly alike.
    last: Option<(u32, u32)>,
}

impl Numbering {
    fn place(&mut self, number: u32) -> u32 {
        if let Some((known, place)) = self.last
            && known == number
        {
            return place;
        }
        let next = self.list.len() as u32;
        let place = *self.places.entry(number).or_insert(next);
        if place == next {
            self.list.push(number);
        }
        self.last = Some((number, place));
        place
    }
}

/// The columns of what is said of slots.
#[derive(Debug, Default)]
struct Columns {
    schedules: Vec<u8>,
    starts: Vec<u8>,
    traits: Vec<u8>,
    schedule_before: i64,
    start_before: i64,
}

/// Bits of the shape of an event.
const HAS_BEFORE: u8 = 1;
const HAS_AFTER: u8 = 2;
const IS_AGAIN: u8 = 4;

impl BlockWriter {
    pub(crate) const fn n_events(&self) -> usize {
        self.shapes.len()
    }

    /// Adds an event, by numbers of the store.
    pub(crate) fn push(&mut self, event: Event) {
        self.ids.extend_from_slice(event.id.as_bytes());
        let shape =
            [(event.before.is_some(), HAS_BEFORE), (event.after.is_some(), HAS_AFTER), (event.is_again, IS_AGAIN)];
        self.shapes.push(shape.into_iter().filter(|(is_so, _)| *is_so).map(|(_, bit)| bit).sum());
        for facts in [event.before, event.after].into_iter().flatten() {
            let (schedule, traits) = (self.schedules.place(facts.schedule), self.traits.place(facts.traits));
            let columns = &mut self.columns;
            put_delta(&mut columns.schedules, i64::from(schedule) - columns.schedule_before);
            put_delta(&mut columns.starts, facts.start.wrapping_sub(columns.start_before));
            put_varint(&mut columns.traits, u64::from(traits));
            (columns.schedule_before, columns.start_before) = (i64::from(schedule), facts.start);
        }
    }

    /// The ids and the body, given what the numbers stand for; the writer is empty again.
    pub(crate) fn finish(
        &mut self,
        mut schedule: impl FnMut(u32) -> Result<PublicId>,
        mut traits: impl FnMut(u32) -> Result<Box<str>>,
    ) -> Result<(Vec<u8>, Vec<u8>)> {
        let block = std::mem::take(self);
        let mut body = Vec::new();
        put_varint(&mut body, block.schedules.list.len() as u64);
        for number in block.schedules.list {
            body.extend_from_slice(schedule(number)?.as_bytes());
        }
        put_varint(&mut body, block.traits.list.len() as u64);
        for number in block.traits.list {
            put_text(&mut body, &traits(number)?);
        }
        let Columns { schedules, starts, traits, .. } = block.columns;
        for column in [block.shapes, schedules, starts, traits] {
            put_varint(&mut body, column.len() as u64);
            body.extend_from_slice(&column);
        }
        Ok((block.ids, body))
    }
}

/// A block that was read.
#[derive(Debug, PartialEq, Eq)]
pub(crate) struct Block {
    pub(crate) schedules: Vec<PublicId>,
    pub(crate) traits: Vec<String>,
    pub(crate) events: Vec<Event>,
}

impl Block {
    pub(crate) fn decode(ids: &[u8], body: &[u8]) -> Result<Self> {
        let mut decoder = Decoder::new(body, WHAT);
        let n = decoder.varint()?;
        let schedules = (0..n).map(|_| decoder.array().map(PublicId::from_bytes)).collect::<Result<Vec<_>>>()?;
        let n = decoder.varint()?;
        let traits = (0..n).map(|_| decoder.text().map(str::to_owned)).collect::<Result<Vec<_>>>()?;
        let mut column = || {
            let n = decoder.varint()?;
            usize::try_from(n).ok().ok_or_else(|| decoder.damaged()).and_then(|n| decoder.bytes(n))
        };
        let shapes = column()?;
        let [mut of_schedules, mut of_starts, mut of_traits] =
            [column()?, column()?, column()?].map(|bytes| Decoder::new(bytes, WHAT));
        if ids.len() != shapes.len() * ID_BYTES {
            return Err(Error::damaged(format!("{WHAT} has not one id for each event")));
        }
        let (mut schedule, mut start) = (0i64, 0i64);
        let mut facts = || {
            schedule = schedule.wrapping_add(of_schedules.delta()?);
            start = start.wrapping_add(of_starts.delta()?);
            let traits_place = of_traits.varint_u32()?;
            let schedule_place = u32::try_from(schedule).map_err(|_| of_schedules.damaged())?;
            if schedule_place as usize >= schedules.len() || traits_place as usize >= traits.len() {
                return Err(of_traits.damaged());
            }
            Ok(Facts { schedule: schedule_place, start, traits: traits_place })
        };
        let mut events = Vec::with_capacity(shapes.len());
        for (shape, id) in shapes.iter().zip(ids.chunks_exact(ID_BYTES)) {
            let id: [u8; ID_BYTES] = id.try_into().map_err(|_| Error::damaged(WHAT))?;
            let before = (shape & HAS_BEFORE != 0).then(&mut facts).transpose()?;
            let after = (shape & HAS_AFTER != 0).then(&mut facts).transpose()?;
            events.push(Event { id: PublicId::from_bytes(id), before, after, is_again: shape & IS_AGAIN != 0 });
        }
        Ok(Self { schedules, traits, events })
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn facts() -> impl Strategy<Value = Facts> {
        (0u32..9, any::<i64>(), 0u32..5).prop_map(|(schedule, start, traits)| Facts { schedule, start, traits })
    }

    fn event() -> impl Strategy<Value = Event> {
        (any::<[u8; 10]>(), proptest::option::of(facts()), proptest::option::of(facts()), any::<bool>())
            .prop_map(|(id, before, after, is_again)| Event { id: PublicId::from_bytes(id), before, after, is_again })
    }

    fn schedule_id(number: u32) -> PublicId {
        PublicId::from_bytes([number as u8; 10])
    }

    proptest! {
        #[test]
        fn events_survive(events in proptest::collection::vec(event(), 0..40)) {
            let mut writer = BlockWriter::default();
            for _ in 0..2 {
                events.iter().for_each(|event| writer.push(*event));
                prop_assert_eq!(writer.n_events(), events.len());
                let named = |number: u32| Ok(number.to_string().into_boxed_str());
                let (ids, body) = writer.finish(|number| Ok(schedule_id(number)), named).unwrap();
                let block = Block::decode(&ids, &body).unwrap();
                let named = |facts: Facts| {
                    let traits = block.traits[facts.traits as usize].parse().unwrap();
                    (block.schedules[facts.schedule as usize], facts.start, traits)
                };
                let read: Vec<_> =
                    block.events.iter().map(|e| (e.id, e.before.map(named), e.after.map(named), e.is_again)).collect();
                let want = |facts: Facts| (schedule_id(facts.schedule), facts.start, facts.traits);
                let want: Vec<_> =
                    events.iter().map(|e| (e.id, e.before.map(want), e.after.map(want), e.is_again)).collect();
                prop_assert_eq!(read, want);
            }
        }

        #[test]
        fn no_bytes_panic(
            ids in proptest::collection::vec(any::<u8>(), 0..40),
            body in proptest::collection::vec(any::<u8>(), 0..60),
        ) {
            drop(Block::decode(&ids, &body));
        }
    }
}
