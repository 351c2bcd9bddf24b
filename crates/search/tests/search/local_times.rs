//! Days and hours on the clocks of places, against plain loops.

use openslots_model::{
    AvailabilityQuery, LocalTimes, PageStart, ProviderLocationSort, SlotSort, SlotStatus, SlotTraits, TimeOfDay,
    TimeWindow, UnixSeconds, Weekday,
};

use crate::oracle::Oracle;
use crate::world::{Edit, World, free, provider_location};

/// Midnight (UTC) of 2026-10-31, the day before clocks are put back.
const FIRST_START: i64 = 1_793_404_800;
const HOUR: i64 = 3_600;
const DAY: i64 = 24 * HOUR;

/// Schedules of appointments alone and others with windows, each on the clock of New York, of Phoenix and on none; the last
/// is one of two places. They begin at half hours: the plain loops look at windows by the quarter.
fn world() -> World {
    let mut world = World::default();
    let appointment = world.add_traits(free());
    let busy = world.add_traits(SlotTraits { status: SlotStatus::Busy, ..free() });
    let window = world.add_traits(SlotTraits { duration_seconds: 5 * 3_600, ..free() });
    let zones = [Some("America/New_York"), Some("America/Phoenix"), None].into_iter().cycle();
    let schedules: [&[u32]; 8] = [&[1], &[2], &[3], &[4], &[5], &[6], &[7], &[7]];
    for (number, (schedules, zone)) in (1..).zip(schedules.into_iter().zip(zones)) {
        let zone = zone.map(str::to_owned);
        let at_zone = provider_location(number, schedules);
        world.add(at_zone.edit(|it| it.place.as_mut().expect("a place").time_zone = zone));
    }
    for schedule in 1..8 {
        for n in 0..240 {
            let traits = match n % 5 {
                0 => busy,
                1 if (4..7).contains(&schedule) => window,
                _ => appointment,
            };
            world.add_slot(schedule, FIRST_START + n * HOUR / 2, traits);
        }
        // Farther ahead than what is wanted is worked out beforehand.
        for n in 0..24 {
            world.add_slot(schedule, FIRST_START + 70 * DAY + n * HOUR, appointment);
        }
    }
    world
}

#[test]
fn hours_are_those_of_each_place() {
    let (world, dir) = (world(), tempfile::tempdir().expect("a directory"));
    let index = world.index(dir.path());
    let (snapshot, oracle) = (index.snapshot(), Oracle::new(&world));
    let hours = |from_minute, to_minute| vec![TimeOfDay { from_minute, to_minute }];
    let workdays = || Weekday::ALL[..5].iter().copied().collect();
    let at = |times_of_day| LocalTimes { times_of_day, ..LocalTimes::ANY };
    for times in [
        LocalTimes { weekdays: workdays(), ..at(hours(8 * 60, 12 * 60)) },
        LocalTimes { weekdays: [Weekday::Sunday].into_iter().collect(), ..LocalTimes::ANY },
        // Between one and two it is twice.
        at(hours(60, 2 * 60)),
        at(hours(8 * 60 + 1, 9 * 60 + 13)),
    ] {
        for (from, before, with_running) in [(0, None, true), (3 * HOUR, Some(3 * DAY), true), (DAY, None, false)] {
            for status in [Some(SlotStatus::Free), Some(SlotStatus::Busy), None] {
                let instant = |seconds| UnixSeconds(FIRST_START + seconds);
                let window = TimeWindow { from: instant(from), before: before.map(instant), with_running };
                let local_times = Some(times.clone());
                let query =
                    AvailabilityQuery { window, local_times, status, ..AvailabilityQuery::free_from(window.from) };
                let start = PageStart::Offset(0);
                for sort in [SlotSort::Start, SlotSort::StartDescending] {
                    let got = snapshot.slots(&query, sort, start, 2_000).expect("slots");
                    assert_eq!(got, oracle.slots(&query, sort, start, 2_000), "{query:#?}");
                    assert!(got.total > 0, "{query:#?}");
                }
                assert_eq!(snapshot.days(&query).expect("days"), oracle.days(&query), "{query:#?}");
                let sort = ProviderLocationSort::Start;
                let got = snapshot.provider_locations(&query, sort, start, 9, 3).expect("provider locations");
                assert_eq!(got, oracle.provider_locations(&query, sort, start, 9, 3), "{query:#?}");
            }
        }
    }
}
