//! The clocks of places: what time it is there at a start, quickly enough to ask for every slot.

use std::cell::OnceCell;
use std::sync::Arc;

use jiff::Timestamp;
use jiff::tz::TimeZone;
use openslots_model::{LocalTimes, TimeWindow};

use crate::columns::column_start;

/// Number of a [`PlaceClock`] in a state.
pub(crate) type ClockId = u16;

/// Starts that share their first bits begin looking for their offset at the same place: 49 days each.
const BUCKET_BITS: u32 = 22;

/// The offsets of one time zone over the range of the columns.
#[derive(Debug)]
pub(crate) struct PlaceClock {
    /// From when on which offset holds, in seconds east of UTC, ascending; the first from 0 on.
    offsets: Vec<(u32, i32)>,
    /// For each bucket of starts the place of the offset that holds when it begins.
    first_of_bucket: Box<[u16]>,
}

impl PlaceClock {
    /// The clock of an IANA zone; `None` for one that is not known here.
    fn find(name: &str) -> Option<Self> {
        let zone = TimeZone::get(name).ok()?;
        let offset_at = |timestamp| zone.to_offset(timestamp).seconds();
        let mut offsets = vec![(0, offset_at(Timestamp::UNIX_EPOCH))];
        for transition in zone.following(Timestamp::UNIX_EPOCH) {
            let Ok(from) = u32::try_from(transition.timestamp().as_second()) else { break };
            offsets.push((from, transition.offset().seconds()));
        }
        offsets.dedup_by_key(|(_, offset)| *offset);
        let holds_at = |start: u32| offsets.partition_point(|(from, _)| *from <= start) - 1;
        let first_of_bucket = (0..=u32::MAX >> BUCKET_BITS)
            .map(|bucket| u16::try_from(holds_at(bucket << BUCKET_BITS)))
            .collect::<Result<_, _>>()
            .ok()?;
        Some(Self { offsets, first_of_bucket })
    }

    /// What this clock shows at a start, in seconds since its own 1970-01-01T00:00.
    pub(crate) fn local(&self, instant: u32) -> i64 {
        i64::from(instant) + i64::from(self.offsets[self.place(instant)].1)
    }

    /// How far it is from UTC at an instant, in seconds east, and until when it is put neither forward nor back.
    pub(crate) fn offset_until(&self, instant: u32) -> (i64, u32) {
        let place = self.place(instant);
        let until = self.offsets.get(place + 1).map_or(u32::MAX, |(from, _)| *from);
        (i64::from(self.offsets[place].1), until)
    }

    /// The place of the offset that holds at an instant.
    fn place(&self, instant: u32) -> usize {
        let mut place = usize::from(self.first_of_bucket[(instant >> BUCKET_BITS) as usize]);
        while self.offsets.get(place + 1).is_some_and(|(from, _)| *from <= instant) {
            place += 1;
        }
        place
    }

    /// What this clock shows from one instant to another (not included), in parts where it is not put forward or back.
    fn local_parts(&self, from: u32, to: u32) -> impl Iterator<Item = (i64, i64)> {
        self.offsets[self.place(from)..].iter().enumerate().map_while(move |(n, (begin, offset))| {
            let next = self.offsets.get(self.place(from) + n + 1).map_or(u32::MAX, |(begin, _)| *begin);
            let (part_from, part_to) = (from.max(*begin), to.min(next));
            let offset = i64::from(*offset);
            (part_from < part_to).then_some((i64::from(part_from) + offset, i64::from(part_to) + offset))
        })
    }
}

/// All clocks of a state; there are few. A clone shares them.
#[derive(Clone, Default)]
pub(crate) struct ClockTable {
    clocks: Vec<(Arc<str>, Arc<PlaceClock>)>,
}

impl ClockTable {
    /// The clock of a zone, which is made when it is first seen.
    pub(crate) fn intern(&mut self, name: &str) -> Option<ClockId> {
        if let Some(place) = self.clocks.iter().position(|(known, _)| **known == *name) {
            return ClockId::try_from(place).ok();
        }
        let id = ClockId::try_from(self.clocks.len()).ok()?;
        self.clocks.push((name.into(), Arc::new(PlaceClock::find(name)?)));
        Some(id)
    }

    pub(crate) fn clock(&self, id: ClockId) -> &PlaceClock {
        &self.clocks[usize::from(id)].1
    }
}

/// Appointments are looked up in steps of time for this long from the beginning of a window; later ones are worked out.
const TABLE_SECONDS: u32 = 62 * 86_400;
/// Finer steps make a table that costs more than it saves.
const MIN_STEP_SECONDS: u32 = 300;

/// Decides which slots are wanted by the clocks of their places.
pub(crate) struct LocalMatcher<'a> {
    clocks: &'a ClockTable,
    /// What is wanted on each clock, and the same by steps, made when it is first asked.
    times: Vec<(LocalTimes, OnceCell<StepTable>)>,
    from: u32,
    seconds: u32,
}

/// Whether appointments are wanted, for each step of time.
#[derive(Debug, Default)]
struct StepTable {
    from: u32,
    /// No hour begins or ends and no clock changes within a step.
    step_seconds: u32,
    is_wanted: Box<[bool]>,
}

impl StepTable {
    /// The table of a clock; an empty one where steps would be too fine.
    fn new(times: &LocalTimes, clock: &PlaceClock, from: u32, seconds: u32) -> Self {
        let is_even = |step: u32| {
            clock.offsets.iter().all(|(begin, offset)| begin % step == 0 && offset.unsigned_abs() % step == 0)
        };
        let steps = [1, 2, 4, 12].map(|part| times.step_seconds() / part);
        let step = steps.into_iter().find(|step| *step >= MIN_STEP_SECONDS && is_even(*step));
        let Some(step_seconds) = step else { return Self::default() };
        let from = from - from % step_seconds;
        let starts = (0..=seconds / step_seconds).map(|n| from.saturating_add(n * step_seconds));
        Self { from, step_seconds, is_wanted: starts.map(|start| times.contains(clock.local(start))).collect() }
    }

    #[inline]
    fn get(&self, start: u32) -> Option<bool> {
        let step = start.checked_sub(self.from)?.checked_div(self.step_seconds)?;
        self.is_wanted.get(step as usize).copied()
    }
}

impl<'a> LocalMatcher<'a> {
    /// Of appointments that are mostly asked for in a window.
    pub(crate) fn new(times: &LocalTimes, clocks: &'a ClockTable, window: TimeWindow) -> Self {
        let now = times.relative.map_or(0, |(_, now)| column_start(now));
        let on_clock = |(_, clock): &(_, Arc<PlaceClock>)| (times.seen_from(clock.local(now)), OnceCell::new());
        let from = column_start(window.from);
        let seconds = window.before.map_or(TABLE_SECONDS, |before| column_start(before).saturating_sub(from));
        Self { clocks, times: clocks.clocks.iter().map(on_clock).collect(), from, seconds: seconds.min(TABLE_SECONDS) }
    }

    /// Whether a slot is wanted that starts then and is offered so many seconds after (0: an appointment).
    ///
    /// Where the clock is not known nothing is: nobody can tell what time it is there.
    pub(crate) fn contains(&self, clock: Option<ClockId>, start: u32, offered_seconds: u32) -> bool {
        let Some(id) = clock else { return false };
        if offered_seconds == 0 {
            return self.appointments(id).contains(start);
        }
        let mut parts = self.clocks.clock(id).local_parts(start, start.saturating_add(offered_seconds));
        parts.any(|(from, to)| self.times[usize::from(id)].0.overlaps(from, to))
    }

    /// Which appointments are wanted by a clock.
    pub(crate) fn appointments(&self, id: ClockId) -> WantedAppointments<'_> {
        let (clock, (times, table)) = (self.clocks.clock(id), &self.times[usize::from(id)]);
        let table = table.get_or_init(|| StepTable::new(times, clock, self.from, self.seconds));
        WantedAppointments { clock, times, table }
    }
}

/// Which appointments are wanted by one clock.
#[derive(Clone, Copy)]
pub(crate) struct WantedAppointments<'a> {
    clock: &'a PlaceClock,
    times: &'a LocalTimes,
    table: &'a StepTable,
}

impl WantedAppointments<'_> {
    #[inline]
    pub(crate) fn contains(self, start: u32) -> bool {
        self.table.get(start).unwrap_or_else(|| self.times.contains(self.clock.local(start)))
    }
}

#[cfg(test)]
mod tests {
    use openslots_model::{TimeOfDay, UnixSeconds, Weekday};
    use proptest::prelude::*;

    use super::*;

    const ZONES: [&str; 6] = [
        "America/New_York",
        "America/Anchorage",
        "America/Phoenix",
        "Pacific/Honolulu",
        "America/Indiana/Indianapolis",
        "Pacific/Majuro",
    ];

    #[test]
    fn zones_that_are_not_known_have_no_clock() {
        let mut table = ClockTable::default();
        assert_eq!(table.intern("Mars/Olympus_Mons"), None);
        assert_eq!(table.intern("America/New_York"), Some(0));
        assert_eq!(table.intern("America/Phoenix"), Some(1));
        assert_eq!(table.intern("America/New_York"), Some(0));
    }

    #[test]
    fn a_span_over_a_change_of_clocks_shows_what_the_clock_shows() {
        let clock = PlaceClock::find("America/New_York").expect("a zone");
        let at = |text: &str| text.parse::<Timestamp>().expect(text).as_second() as u32;
        let shown = |from: &str, to: &str| {
            let hours = |local: i64| local.rem_euclid(86_400) as f64 / 3_600.0;
            let parts = clock.local_parts(at(from), at(to)).map(|(from, to)| (hours(from), hours(to)));
            parts.collect::<Vec<_>>()
        };
        for (from, to, want) in [
            ("2026-11-25T14:00:00Z", "2026-11-25T22:00:00Z", vec![(9.0, 17.0)]),
            // At two in the night it is one o'clock again.
            ("2026-11-01T05:45:00Z", "2026-11-01T09:45:00Z", vec![(1.75, 2.0), (1.0, 4.75)]),
            // At two in the night it is three o'clock.
            ("2026-03-08T06:00:00Z", "2026-03-08T10:00:00Z", vec![(1.0, 2.0), (3.0, 6.0)]),
            ("2026-03-08T07:00:00Z", "2026-03-08T08:00:00Z", vec![(3.0, 4.0)]),
        ] {
            assert_eq!(shown(from, to), want, "{from} {to}");
        }
    }

    proptest! {
        #[test]
        fn appointments_are_wanted_by_what_their_clock_shows(
            from: u32,
            // Some of them behind the table.
            ahead in 0u32..100 * 86_400,
            zone in prop::sample::select(&ZONES[..]),
            from_minute in 0u16..1_440,
            n_minutes in 1u16..600,
            // Of hours that begin at any minute there is no table.
            every_minutes in prop::sample::select(&[1u16, 15, 60][..]),
        ) {
            let even = |minute: u16| minute - minute % every_minutes;
            let hours = TimeOfDay { from_minute: even(from_minute), to_minute: even(from_minute + n_minutes).min(1_440) };
            let weekdays = Weekday::ALL[..5].iter().copied().collect();
            let times = LocalTimes { weekdays, times_of_day: vec![hours], ..LocalTimes::ANY };
            let mut clocks = ClockTable::default();
            let id = clocks.intern(zone).expect("a zone");
            let window = TimeWindow { from: UnixSeconds(i64::from(from)), before: None, with_running: false };
            let matcher = LocalMatcher::new(&times, &clocks, window);
            let start = from.saturating_add(ahead);
            let want = times.contains(clocks.clock(id).local(start));
            prop_assert_eq!(matcher.contains(Some(id), start, 0), want, "{} {:?}", zone, hours);
            prop_assert!(!matcher.contains(None, start, 0));
        }

        #[test]
        fn clocks_agree_with_the_time_zone_database(instant: u32, zone in prop::sample::select(&ZONES[..])) {
            let clock = PlaceClock::find(zone).expect("a zone");
            let timestamp = Timestamp::from_second(i64::from(instant)).expect("an instant");
            let offset = TimeZone::get(zone).expect("a zone").to_offset(timestamp);
            prop_assert_eq!(clock.local(instant), i64::from(instant) + i64::from(offset.seconds()), "{}", zone);
        }
    }
}
