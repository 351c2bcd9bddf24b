//! What figures are made of, against a recount by loops over what rows say.

mod recount;
mod world;

use std::collections::BTreeMap;

use openslots_model::{CodeFilter, CrawlOutcome, CrawlRun, Dimension, LocalDate, PublisherSlug, UnixSeconds};
use openslots_statistics::{Continuity, Coverage, FillRates, Filter, FreeSlots, Group, Histogram, LeadTimes, Question};
use openslots_store::{HistoryRetention, Store};
use proptest::prelude::*;

use self::recount::{Recount, Seen};
use self::world::{BEGIN, HOUR, Step, World, steps, world};
use crate::support::TestStore;

const ALL_DAYS: (LocalDate, LocalDate) = (LocalDate(i32::MIN), LocalDate(i32::MAX));

/// A group as plain data.
type Key = (Option<i32>, Option<String>);

fn key(group: &Group) -> Key {
    (group.day.map(|day| day.0), group.value.as_deref().map(str::to_owned))
}

fn plain(histogram: &Histogram) -> Vec<u32> {
    histogram.iter().flat_map(|(value, n)| std::iter::repeat_n(value, n as usize)).collect()
}

/// Every way to ask: by each thing, by day and pooled, and with some filters.
fn questions() -> Vec<Question> {
    let filters = [
        Filter::default(),
        Filter { states: vec!["MA".to_owned()], ..Filter::default() },
        Filter { counties: vec!["suffolk".to_owned()], ..Filter::default() },
        Filter { specialties: vec![CodeFilter::Code("394582007".to_owned())], ..Filter::default() },
        Filter {
            publishers: vec!["b".parse().unwrap()],
            postal_codes: vec!["02139".to_owned(), "03101".to_owned()],
            service_types: vec![CodeFilter::Exact { system: "urn:s".to_owned(), code: "57".to_owned() }],
            ..Filter::default()
        },
    ];
    let dimensions = Dimension::ALL.into_iter().map(Some).chain([None]);
    let ways = dimensions.flat_map(|by| [true, false].map(|by_day| (by_day, by)));
    ways.flat_map(|(by_day, by)| filters.clone().map(|filter| Question { by_day, by, filter })).collect()
}

fn check(store: &Store, recount: &Recount) {
    let snapshot = store.snapshot().unwrap();
    for question in questions() {
        let publishers = &question.filter.publishers;
        let (mut coverage, mut lead_times, mut free_slots, mut fill_rates) =
            (Coverage::default(), LeadTimes::default(), FreeSlots::default(), FillRates::default());
        snapshot
            .for_each_census(ALL_DAYS, publishers, |publisher, offers, day, held| {
                coverage.add(&question, publisher, offers, day, held);
                lead_times.add(&question, publisher, offers, day, held);
                free_slots.add(&question, publisher, offers, day, held);
            })
            .unwrap();
        snapshot
            .for_each_fates(ALL_DAYS, publishers, |publisher, offers, day, fates| {
                fill_rates.add(&question, publisher, offers, day, fates);
            })
            .unwrap();
        let coverage: BTreeMap<Key, [u64; 4]> = coverage
            .rows()
            .iter()
            .map(|(group, row)| (key(group), [row.n_places, row.n_with_slot, row.n_with_appointment, row.n_silent]))
            .collect();
        assert_eq!(coverage, recount.coverage(&question), "{question:?}");
        let lead_times: BTreeMap<Key, _> = lead_times
            .rows()
            .iter()
            .map(|(group, row)| {
                (key(group), ([row.n_offered, row.n_only_coarse, row.n_silent], plain(&row.next), plain(&row.third)))
            })
            .collect();
        assert_eq!(lead_times, recount.lead_times(&question), "{question:?}");
        let free_slots: BTreeMap<Key, [u64; 5]> = free_slots
            .rows()
            .iter()
            .map(|(group, row)| {
                (key(group), [row.n_exact, row.n_coarse, row.n_with_capacity, row.capacity, row.n_silent])
            })
            .collect();
        assert_eq!(free_slots, recount.free_slots(&question), "{question:?}");
        let fill_rates: BTreeMap<Key, _> = fill_rates
            .rows()
            .iter()
            .map(|(group, row)| {
                let counts = [row.n_taken, row.n_withdrawn, row.n_unfilled, row.n_unknown, row.n_coarse];
                (key(group), (counts, plain(&row.lifetimes)))
            })
            .collect();
        assert_eq!(fill_rates, recount.fill_rates(&question), "{question:?}");
    }
    for (by_day, by) in [(true, None), (false, Some(Dimension::Publisher)), (true, Some(Dimension::Publisher))] {
        let question = Question { by_day, by, filter: Filter::default() };
        let mut continuity = Continuity::default();
        snapshot
            .for_each_polls(ALL_DAYS, &[], |publisher, day, polls| continuity.add(&question, publisher, day, &polls))
            .unwrap();
        let continuity: BTreeMap<Key, _> = continuity
            .rows()
            .iter()
            .map(|(group, row)| {
                let counts = [row.n_polls, row.n_partial, row.n_failed, row.stale_seconds];
                (key(group), (counts, plain(&row.sync_gaps), row.last_success_at))
            })
            .collect();
        assert_eq!(continuity, recount.continuity(&question), "{question:?}");
    }
}

fn live(world: &World, steps: &[Step], keep_hours: Option<u32>) {
    let test = TestStore::new();
    let publishers: Vec<PublisherSlug> = ["a", "b"].map(|slug| test.publisher(slug).slug).into();
    let mut recount = Recount::new(world.clone());
    let mut now = BEGIN;
    for step in steps {
        now += i64::from(step.hours) * HOUR;
        let slug = &publishers[usize::from(step.publisher)];
        let outcome = if step.fails {
            let failed = CrawlRun { outcome: CrawlOutcome::Failed, ..CrawlRun::begun(slug.clone(), UnixSeconds(now)) };
            test.store.record_failed_run(&failed).unwrap();
            CrawlOutcome::Failed
        } else {
            world.crawl(&test.store, slug, step, now).outcome
        };
        recount.see(&test.store, slug, Seen { at: now, outcome });
        // Days are closed before anything of them is forgotten, as history itself sees to.
        recount.close(&test.store, now);
        test.store.close_days(UnixSeconds(now)).unwrap();
        if let Some(hours) = keep_hours {
            let retention = HistoryRetention { keep_seconds: hours * HOUR as u32, max_bytes: u64::MAX };
            test.store.trim_history(retention, UnixSeconds(now)).unwrap();
        }
        test.store.count_polls().unwrap();
        recount.take_census(&test.store, now);
        test.store.take_census(UnixSeconds(now)).unwrap();
        assert_eq!(test.store.take_census(UnixSeconds(now)).unwrap(), 0, "nothing is counted twice");
        assert_eq!(test.store.close_days(UnixSeconds(now)).unwrap(), 0, "nothing is closed twice");
        assert_eq!(test.store.count_polls().unwrap(), 0, "no run is counted twice");
    }
    check(&test.store, &recount);
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 32, failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn figures_are_those_of_a_recount(world in world(), steps in steps()) {
        live(&world, &steps, None);
    }

    #[test]
    fn they_are_so_where_history_is_forgotten_as_well(world in world(), steps in steps(), hours in 24u32..80) {
        live(&world, &steps, Some(hours));
    }
}

#[test]
fn what_a_slot_becomes_after_its_start_changes_nothing() {
    let listed = |hours: u8, own_specialty: usize| {
        let mut step = Step { hours, ..Step::of_slots(1) };
        step.slots[0].start = 3;
        step.slots[0].own_specialty = Some(own_specialty);
        step
    };
    live(&World::small(), &[listed(0, 0), listed(5, 1), listed(20, 2), listed(20, 2)], None);
}

#[test]
fn counts_outlive_what_they_are_made_of_by_thirteen_months() {
    let test = TestStore::new();
    let slug = test.publisher("a").slug;
    let world = World::small();
    let count = |at: i64| {
        world.crawl(&test.store, &slug, &Step::of_slots(3), at);
        test.store.close_days(UnixSeconds(at)).unwrap();
        test.store.take_census(UnixSeconds(at)).unwrap();
    };
    count(BEGIN);
    let day = |at: i64| LocalDate::of_local_seconds(at);
    assert_eq!(test.store.snapshot().unwrap().census_days().unwrap(), Some((day(BEGIN), day(BEGIN))));
    assert_eq!(test.store.snapshot().unwrap().closed_days().unwrap(), None, "no day is over");
    let later = BEGIN + 399 * 24 * HOUR;
    count(later);
    assert_eq!(test.store.snapshot().unwrap().census_days().unwrap(), Some((day(BEGIN), day(later))));
    let much_later = later + 3 * 24 * HOUR;
    count(much_later);
    let snapshot = test.store.snapshot().unwrap();
    assert_eq!(snapshot.census_days().unwrap(), Some((day(later), day(much_later))));
    assert_eq!(snapshot.closed_days().unwrap().map(|days| days.1), Some(LocalDate(day(much_later).0 - 1)));
    assert!(test.sql::<i64>("SELECT count(*) FROM offer_list") < 3);
    assert_eq!(snapshot.n_census_counts(ALL_DAYS, &[]).unwrap(), 2 * world.n_offers() as u64);
    assert_eq!(snapshot.n_census_counts(ALL_DAYS, &["b".parse().unwrap()]).unwrap(), 0);
}
