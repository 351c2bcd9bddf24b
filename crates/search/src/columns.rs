//! The slots of all schedules in memory, some eight bytes each.
//!
//! Slots are kept by schedule and, within a schedule, by start and row. The schedules of 64 consecutive numbers make a
//! chunk; chunks are shared between snapshots, and a change rebuilds only those it touches.

mod build;
mod narrow;
mod patch;
mod starts;
mod summary;

use std::hint::black_box;
use std::ops::Range;
use std::sync::Arc;

pub(crate) use build::ColumnsBuilder;
use narrow::Narrow;
use openslots_model::{TimeWindow, UnixSeconds};
use starts::Starts;
use summary::Summary;
pub(crate) use summary::Told;

use crate::answers::OwnLists;
use crate::bits::Bits;
use crate::packed::Packed;

/// Schedules in a chunk. With some 50 slots each a chunk is 25 kB: copying one takes microseconds.
const CHUNK_LEN: usize = 64;

/// A start as the columns keep it, clamped to [`START_RANGE`](crate::START_RANGE).
pub(crate) fn column_start(start: UnixSeconds) -> u32 {
    start.0.clamp(0, i64::from(u32::MAX)) as u32
}

/// A slot in its schedule. The order is that of the columns: by start, then by row.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
struct Slot {
    start: u32,
    row: u64,
    traits: u32,
}

/// What summaries tell of slots with the same traits.
#[derive(Debug, Clone, Copy, Default)]
pub(crate) struct TraitsKind {
    pub(crate) is_bookable: bool,
    pub(crate) own: OwnLists,
    /// How long they are offered after their start: windows of hours or days are, until they end; 0: appointments.
    pub(crate) offered_seconds: u32,
}

/// The kinds of traits, by number. Slots come after the traits that they refer to, or with them.
#[derive(Debug, Clone, Default)]
pub(crate) struct TraitsKinds {
    /// By itself, since queries compare it with what they match.
    is_bookable: Vec<bool>,
    own: Vec<OwnLists>,
    /// By itself, since it is asked of each slot that may be running.
    offered_seconds: Vec<u32>,
}

impl TraitsKinds {
    /// Sets the kind of a number.
    pub(crate) fn put(&mut self, number: usize, kind: TraitsKind) {
        if number >= self.own.len() {
            self.is_bookable.resize(number + 1, false);
            self.own.resize(number + 1, OwnLists::default());
            self.offered_seconds.resize(number + 1, 0);
        }
        self.is_bookable[number] = kind.is_bookable;
        self.own[number] = kind.own;
        self.offered_seconds[number] = kind.offered_seconds;
    }

    /// Whether slots of each number can be booked.
    pub(crate) fn is_bookable(&self) -> &[bool] {
        &self.is_bookable
    }

    /// How long after its start a slot of a traits number is offered; 0: an appointment.
    #[inline]
    pub(crate) fn offered_seconds(&self, traits: u32) -> u32 {
        self.offered_seconds.get(traits as usize).copied().unwrap_or(0)
    }

    fn of(&self, traits: u32) -> TraitsKind {
        let number = traits as usize;
        let own = self.own.get(number).copied().unwrap_or_default();
        let is_bookable = self.is_bookable.get(number).copied().unwrap_or_default();
        TraitsKind { is_bookable, own, offered_seconds: self.offered_seconds(traits) }
    }
}

/// The slots of consecutive schedules, one behind the other.
struct Chunk {
    /// Where the slots of each schedule end; they begin where those of the schedule before end.
    ends: [u32; CHUNK_LEN],
    starts: Starts,
    /// Which slots can be booked: what is asked for most is answered without a look at traits.
    bookable: Bits,
    traits: Narrow,
    rows: Packed,
}

/// A slot that was found. Most are but counted, so what is not asked for is not read.
#[derive(Clone, Copy)]
pub(crate) struct FoundSlot<'a> {
    pub(crate) start: u32,
    chunk: &'a Chunk,
    place: usize,
}

impl FoundSlot<'_> {
    #[inline]
    pub(crate) fn traits(&self) -> u32 {
        self.chunk.traits.get(self.place)
    }

    #[inline]
    pub(crate) fn row(&self) -> u64 {
        self.chunk.rows.get(self.place)
    }

    #[inline]
    pub(crate) fn is_bookable(&self) -> bool {
        self.chunk.bookable.get(self.place)
    }
}

/// The slots of a schedule, or some consecutive ones of them, in order: by start, then by row.
#[derive(Clone, Copy)]
pub(crate) struct Slots<'a> {
    chunk: &'a Chunk,
    /// The place of the first in the chunk.
    first: usize,
    /// Where they end.
    end: usize,
    /// Whether any slot of the schedule is a window.
    pub(crate) has_windows: bool,
}

impl<'a> Slots<'a> {
    pub(crate) const fn len(self) -> usize {
        self.end - self.first
    }

    const fn places(self) -> Range<usize> {
        self.first..self.end
    }

    /// Those from one place to before another.
    pub(crate) fn range(self, places: Range<usize>) -> Self {
        let at = |place: usize| (self.first + place).min(self.end);
        Self { first: at(places.start), end: at(places.end.max(places.start)), ..self }
    }

    /// How many start before an instant.
    pub(crate) fn n_before(self, instant: u32) -> usize {
        self.chunk.starts.n_before(self.places(), instant)
    }

    /// Those that start before a window, of which some may be running when it begins.
    pub(crate) fn before(self, window: ColumnWindow) -> Self {
        if window.look_back == 0 || !self.has_windows {
            return self.range(0..0);
        }
        let earliest = window.from.saturating_sub(window.look_back);
        self.within(ColumnWindow {
            from: earliest,
            before: Some(window.before.unwrap_or(u32::MAX).min(window.from)),
            ..window
        })
    }

    /// Those that start in a window.
    pub(crate) fn within(self, window: ColumnWindow) -> Self {
        let from = self.n_before(window.from);
        let to = window.before.map_or(self.len(), |before| self.n_before(before));
        self.range(from..to)
    }

    /// One of them.
    #[inline]
    pub(crate) fn get(self, place: usize) -> FoundSlot<'a> {
        self.at(self.first + place)
    }

    fn at(self, place: usize) -> FoundSlot<'a> {
        FoundSlot { start: self.chunk.starts.get(place), chunk: self.chunk, place }
    }

    /// All of them, in order.
    #[inline]
    pub(crate) fn found(self) -> impl Iterator<Item = FoundSlot<'a>> {
        self.places().map(move |place| self.at(place))
    }

    /// Those that can be booked, in order.
    #[inline]
    pub(crate) fn bookable(self) -> impl Iterator<Item = FoundSlot<'a>> {
        self.chunk.bookable.places(self.places()).map(move |place| self.at(place))
    }

    /// How many can be booked.
    #[inline]
    pub(crate) fn n_bookable(self) -> usize {
        self.chunk.bookable.count(self.places())
    }

    /// How many have traits that match.
    pub(crate) fn count(self, matches: impl Fn(u32) -> bool) -> usize {
        self.chunk.traits.count(self.places(), matches)
    }

    fn iter(self) -> impl Iterator<Item = Slot> + 'a {
        self.found().map(|slot| Slot { start: slot.start, row: slot.row(), traits: slot.traits() })
    }
}

/// A window of time in the columns' terms: from inclusive, before exclusive.
#[derive(Debug, Clone, Copy)]
pub(crate) struct ColumnWindow {
    pub(crate) from: u32,
    pub(crate) before: Option<u32>,
    /// How long before `from` slots may have begun that are still running then; 0: there are none.
    pub(crate) look_back: u32,
}

impl ColumnWindow {
    /// A window, and the longest time that slots which matter are offered after their start.
    pub(crate) fn new(window: TimeWindow, max_offered_seconds: u32) -> Self {
        let look_back = if window.with_running { max_offered_seconds } else { 0 };
        Self { from: column_start(window.from), before: window.before.map(column_start), look_back }
    }
}

impl Chunk {
    fn slots(&self, place: usize, has_windows: bool) -> Slots<'_> {
        let first = if place == 0 { 0 } else { self.ends[place - 1] as usize };
        Slots { chunk: self, first, end: self.ends[place] as usize, has_windows }
    }
}

/// The slots of all schedules.
#[derive(Clone, Default)]
pub(crate) struct Columns {
    chunks: Vec<Option<Arc<Chunk>>>,
    /// Of the schedules of each chunk that has slots, one behind the other: many are asked for where no slot is looked at.
    summaries: Vec<Option<Arc<[Summary; CHUNK_LEN]>>>,
    /// In the same way the lists that any of a schedule's slots has of its own: a byte each, since most schedules are
    /// ruled out by them alone.
    own: Vec<[OwnLists; CHUNK_LEN]>,
    /// Which of them have windows, a bit each.
    with_windows: Vec<u64>,
    /// The moment that summaries are of.
    summed_as_of: u32,
}

impl Columns {
    /// The slots of a schedule; `None` if neither it nor its neighbours have any.
    #[inline]
    pub(crate) fn slots(&self, schedule: u32) -> Option<Slots<'_>> {
        let schedule = schedule as usize;
        let chunk = self.chunks.get(schedule / CHUNK_LEN)?.as_ref()?;
        Some(chunk.slots(schedule % CHUNK_LEN, self.has_windows(schedule)))
    }

    /// Makes room for so many chunks.
    fn make_room(&mut self, n_chunks: usize) {
        self.chunks.resize_with(n_chunks, || None);
        self.summaries.resize_with(n_chunks, || None);
        self.own.resize(n_chunks, [OwnLists::default(); CHUNK_LEN]);
        self.with_windows.resize(n_chunks, 0);
    }

    #[inline]
    fn has_windows(&self, schedule: usize) -> bool {
        self.with_windows.get(schedule / CHUNK_LEN).is_some_and(|bits| bits >> (schedule % CHUNK_LEN) & 1 == 1)
    }

    /// What is known of a schedule's slots that can be booked in a window without a look at them. The window looks back as
    /// far as any such slot is offered, or not at all.
    #[inline]
    pub(crate) fn tell(&self, schedule: u32, window: ColumnWindow) -> Told {
        let schedule = schedule as usize;
        match self.summaries.get(schedule / CHUNK_LEN) {
            None | Some(None) => Told::Nothing,
            Some(Some(summaries)) => summaries[schedule % CHUNK_LEN].tell(window),
        }
    }

    /// Sums schedules up as of a moment, if it is later than the one before; whether it was.
    pub(crate) fn sum_up(&mut self, as_of: u32, kinds: &TraitsKinds) -> bool {
        if as_of <= self.summed_as_of {
            return false;
        }
        self.summed_as_of = as_of;
        for chunk in 0..self.summaries.len() {
            // In most nothing has begun or ended meanwhile.
            let old = self.summaries[chunk].as_ref().filter(|old| old.iter().any(|summary| !summary.holds(as_of)));
            let Some(mut new) = old.map(|old| **old) else { continue };
            for (place, summary) in new.iter_mut().enumerate().filter(|(_, summary)| !summary.holds(as_of)) {
                let slots = self.slots((chunk * CHUNK_LEN + place) as u32).into_iter().flat_map(Slots::found);
                *summary = Summary::of(slots.map(|slot| (slot.start, slot.traits())), kinds, as_of);
            }
            self.summaries[chunk] = Some(Arc::new(new));
        }
        true
    }

    /// Reads a little of each of some schedules that are asked for next, each with whether traits will be read. They lie
    /// far apart: so the processor waits for the memory of all of them at once, and not for one after the other.
    pub(crate) fn look_ahead(&self, schedules: impl Iterator<Item = (u32, bool)>) {
        let mut read = 0;
        for (schedule, reads_traits) in schedules {
            let Some(slots) = self.slots(schedule).filter(|slots| slots.len() > 0) else { continue };
            read ^= slots.chunk.starts.touch(slots.places());
            // Of windows it is asked until when they are offered.
            read ^= if reads_traits || slots.has_windows {
                slots.chunk.traits.touch(slots.places())
            } else {
                u32::from(slots.get(0).is_bookable())
            };
        }
        black_box(read);
    }

    /// The lists that any of a schedule's slots has of its own.
    pub(crate) fn own_lists(&self, schedule: u32) -> OwnLists {
        let schedule = schedule as usize;
        self.own.get(schedule / CHUNK_LEN).map_or_else(OwnLists::default, |own| own[schedule % CHUNK_LEN])
    }

    /// Slots of all schedules together.
    pub(crate) fn n_slots(&self) -> usize {
        self.chunks.iter().flatten().map(|chunk| chunk.starts.len()).sum()
    }
}
