//! History: events say exactly what changed, and undoing them leads to what was there.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

use openslots_model::{
    CrawlOutcome, Dimension, EventCounts, HistoryRun, LocalDate, PublicId, ResourceKind, SlotEvent, SlotEventKind,
    SlotRow, SlotState, SlotStatus, UnixSeconds,
};
use openslots_store::{Error, HistoryRetention, Store, StoredSlot};
use proptest::prelude::*;

use crate::stateful::steps;
use crate::support::{Crawl, File, TestStore, crawl_and_withdraw, crawl_with, slot};

type State = BTreeMap<PublicId, SlotState>;
/// Source lines by slot, and where they are.
type Lines = BTreeMap<PublicId, (SlotRow, String)>;

const HOUR: i64 = 3_600;
const BEGIN: i64 = 1_700_000_000;

/// What is held, by way of rows rather than events.
fn held(store: &Store) -> State {
    let snapshot = store.snapshot().unwrap();
    let traits: BTreeMap<_, _> = snapshot.traits().unwrap().into_iter().collect();
    let mut rows = Vec::new();
    snapshot.for_each_slot(|slot| rows.push(slot)).unwrap();
    let slots = store.slots(&rows.iter().map(|slot| slot.row).collect::<Vec<_>>()).unwrap();
    let state = |(record, stored): (&openslots_model::SlotRecord, Option<Arc<StoredSlot>>)| {
        let stored = stored.unwrap();
        let traits = traits[&record.traits].clone().into();
        (stored.id, SlotState { schedule: stored.schedule_id, start: record.start, traits })
    };
    rows.iter().zip(slots).map(state).collect()
}

/// The source lines of what is held.
fn lines(store: &Store) -> Lines {
    let mut rows = Vec::new();
    store.snapshot().unwrap().for_each_slot(|slot| rows.push(slot.row)).unwrap();
    let slots = store.slots(&rows).unwrap();
    rows.into_iter().zip(slots).filter_map(|(row, slot)| slot.map(|slot| (slot.id, (row, slot.json.clone())))).collect()
}

/// The source lines that are still known of a past instant.
fn lines_as_of(store: &Store, at: i64) -> Lines {
    let snapshot = store.snapshot().unwrap();
    let publisher = store.publishers().unwrap()[0].number;
    let mut rows = Vec::new();
    snapshot.slots_as_of(publisher, UnixSeconds(at), |slot| rows.extend(slot.row.map(|row| (slot.id, row)))).unwrap();
    rows.into_iter().map(|(id, row)| (id, (row, snapshot.line(row.0).unwrap()))).collect()
}

fn as_of(store: &Store, at: i64) -> Result<State, Error> {
    let mut state = State::new();
    let snapshot = store.snapshot().unwrap();
    let publisher = store.publishers().unwrap()[0].number;
    snapshot.slots_as_of(publisher, UnixSeconds(at), |slot| {
        assert_eq!(state.insert(slot.id, slot.state), None, "each slot comes once");
    })?;
    Ok(state)
}

fn events(store: &Store, run: &HistoryRun) -> Vec<SlotEvent> {
    let mut events = Vec::new();
    store.snapshot().unwrap().for_each_event(run, |event| events.push(event)).unwrap();
    events.sort_by_key(|event| event.slot);
    events
}

/// The events between two states.
fn difference(before: &State, after: &State, vanished: &mut BTreeSet<PublicId>) -> Vec<SlotEvent> {
    let ids: BTreeSet<PublicId> = before.keys().chain(after.keys()).copied().collect();
    let mut events = Vec::new();
    for slot in ids {
        let (before, after) = (before.get(&slot).cloned(), after.get(&slot).cloned());
        let kind = match (&before, &after) {
            (None, _) if vanished.remove(&slot) => SlotEventKind::Reappeared,
            (None, _) => SlotEventKind::Appeared,
            (Some(before), Some(after)) if before == after => continue,
            (Some(_), Some(_)) => SlotEventKind::Changed,
            (Some(_), None) => SlotEventKind::Vanished,
        };
        if kind == SlotEventKind::Vanished {
            vanished.insert(slot);
        }
        events.push(SlotEvent { kind, slot, before, after });
    }
    events
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 64, failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn events_say_what_changed_and_the_past_can_be_told(steps in steps()) {
        let test = TestStore::new();
        test.publisher("a");
        let mut states = vec![(BEGIN - HOUR, State::new())];
        let mut lines_by_run = vec![Lines::new()];
        let mut vanished = BTreeSet::new();
        for (number, step) in (0..).zip(&steps) {
            let started_at = BEGIN + number * HOUR;
            let crawl = Crawl { coverage: step.coverage, started_at, ..Crawl::default() };
            let run = crawl_and_withdraw(&test.store, "a", &step.files(), crawl, step.withdrawals()).unwrap();
            let state = held(&test.store);
            let entered = test.store.snapshot().unwrap().history_runs().unwrap().pop().unwrap();
            prop_assert_eq!((entered.started_at, entered.at), (UnixSeconds(started_at), UnixSeconds(started_at)));
            prop_assert_eq!((entered.outcome, entered.n_slots), (run.outcome, state.len() as u64));
            let want = difference(&states.last().unwrap().1, &state, &mut vanished);
            prop_assert_eq!(events(&test.store, &entered), want, "step {}: {:?}", number, step);
            states.push((started_at, state));
            lines_by_run.push(lines(&test.store));
        }
        // Lines of then are known as long as they are held, and no others are taken for them.
        let lines_now = lines(&test.store);
        for ((at, _), mut lines) in states.iter().zip(lines_by_run) {
            lines.retain(|id, line| lines_now.get(id) == Some(line));
            prop_assert_eq!(lines_as_of(&test.store, *at), lines, "as of {}", at);
        }
        for (at, state) in &states {
            prop_assert_eq!(&as_of(&test.store, *at).unwrap(), state, "as of {}", at);
            prop_assert_eq!(&as_of(&test.store, *at + HOUR - 1).unwrap(), state, "just before the next run");
        }
    }
}

#[test]
fn a_line_that_changed_without_an_event_is_not_taken_for_that_of_then() {
    let test = TestStore::new();
    test.publisher("a");
    let list = |hour: i64, comments: [&str; 2]| {
        let line = |(id, comment): (&str, &str)| {
            slot(id, "s", "free", 1).replacen('{', &format!(r#"{{"comment":"{comment}","#), 1)
        };
        let at = Crawl { started_at: BEGIN + hour * HOUR, ..Crawl::default() };
        let lines = ["x", "y"].into_iter().zip(comments).map(line);
        crawl_with(&test.store, "a", &[File::slots("slots", lines)], at).unwrap();
    };
    list(0, ["one", "one"]);
    list(1, ["two", "one"]);
    let runs = test.store.snapshot().unwrap().history_runs().unwrap();
    assert_eq!(events(&test.store, &runs[1]), [], "what an event tells has not changed");
    let [x, y] = ["x", "y"].map(|id| PublicId::of(&"a".parse().unwrap(), ResourceKind::Slot, id));
    let known = |hour: i64, id| lines_as_of(&test.store, BEGIN + hour * HOUR).remove(&id).map(|(_, line)| line);
    assert_eq!(known(0, x), None);
    assert!(known(1, x).is_some_and(|line| line.contains("two")));
    assert!(known(0, y).is_some_and(|line| line.contains("one")));
    // Of runs that nobody noted it of, nothing is known.
    test.execute("UPDATE history_run SET first_block = NULL");
    assert_eq!((known(0, y), known(1, y).is_some()), (None, true));
}

#[test]
fn daily_counts_outlive_the_events() {
    let test = TestStore::new();
    test.publisher("a");
    hourly(&test, 0..30);
    let (mut want, mut n_events) = (BTreeMap::new(), 0);
    for run in test.store.snapshot().unwrap().history_runs().unwrap() {
        let of_day = want.entry(LocalDate::of_local_seconds(run.at.0)).or_insert_with(EventCounts::default);
        for event in events(&test.store, &run) {
            of_day.add(&event);
            n_events += 1;
        }
    }
    assert!(n_events > 30 && want.len() > 1, "{want:?}");
    // What is forgotten was counted, and nothing is counted twice.
    let retention = HistoryRetention { keep_seconds: 1, max_bytes: 1 };
    test.store.trim_history(retention, UnixSeconds(BEGIN + 99 * HOUR)).unwrap();
    assert_eq!(test.sql::<i64>("SELECT count(*) FROM history_run"), 0);
    assert_eq!(test.store.count_events().unwrap(), 0);
    let mut by_publisher = BTreeMap::new();
    let snapshot = test.store.snapshot().unwrap();
    snapshot
        .for_each_daily_count(|count| {
            assert_eq!((count.dimension, count.value.as_str()), (Dimension::Publisher, "a"), "nothing else is known");
            by_publisher.insert(count.day, count.counts);
        })
        .unwrap();
    assert_eq!(by_publisher, want);
}

fn hourly(test: &TestStore, hours: std::ops::Range<i64>) -> Vec<State> {
    let crawl = |hour: i64| {
        let status = if hour % 2 == 0 { "free" } else { "busy" };
        let slots = (0..20).map(|id| slot(&(hour + id).to_string(), "s", status, 1));
        let at = Crawl { started_at: BEGIN + hour * HOUR, ..Crawl::default() };
        crawl_with(&test.store, "a", &[File::slots("slots", slots)], at).unwrap();
        held(&test.store)
    };
    hours.map(crawl).collect()
}

#[test]
fn old_runs_are_forgotten_and_later_states_can_still_be_told() {
    let test = TestStore::new();
    test.publisher("a");
    let states = hourly(&test, 0..48);
    let retention = HistoryRetention { keep_seconds: 24 * HOUR as u32, max_bytes: u64::MAX };
    let now = UnixSeconds(BEGIN + 47 * HOUR);
    assert_eq!(test.store.trim_history(retention, now).unwrap().n_runs, 23);
    assert_eq!(test.store.trim_history(retention, now).unwrap().n_runs, 0);
    assert_eq!(test.sql::<i64>("SELECT count(*) FROM history_block WHERE run <= 23"), 0);
    for (hour, state) in (0..).zip(&states) {
        let told = as_of(&test.store, BEGIN + hour * HOUR);
        match told {
            Ok(told) if hour >= 22 => assert_eq!(told, *state, "{hour}"),
            Err(Error::BeforeHistory { horizon, .. }) if hour < 22 => assert_eq!(horizon.0, BEGIN + 22 * HOUR),
            other => panic!("{hour}: {other:?}"),
        }
    }
}

#[test]
fn history_does_not_grow_beyond_its_bytes_and_gives_them_back() {
    let test = TestStore::new();
    test.publisher("a");
    // New ids with every run: nothing but events grows.
    for hour in 0..12 {
        let slots = (0..2_000).map(|id| slot(&format!("{hour}-{id}"), "s", "free", id));
        let at = Crawl { started_at: BEGIN + hour * HOUR, ..Crawl::default() };
        crawl_with(&test.store, "a", &[File::slots("slots", slots)], at).unwrap();
    }
    let bytes = "SELECT sum(length(ids) + length(body)) FROM history_block";
    let n_before = test.sql::<i64>(bytes);
    let pages = |pragma: &str| test.sql::<i64>(&format!("SELECT {pragma} FROM pragma_{pragma}"));
    let max_bytes = n_before as u64 / 10;
    let retention = HistoryRetention { keep_seconds: u32::MAX, max_bytes };
    let pages_before = pages("page_count");
    let trimmed = test.store.trim_history(retention, UnixSeconds(BEGIN)).unwrap();
    assert!(trimmed.n_runs > 0 && trimmed.n_pages > 0, "{trimmed:?}");
    assert!(test.sql::<i64>(bytes) as u64 <= max_bytes);
    assert!(pages("page_count") < pages_before);
    assert_eq!(pages("freelist_count"), 0);
}

#[test]
fn runs_that_bring_nothing_are_told_too() {
    let test = TestStore::new();
    test.publisher("a");
    hourly(&test, 0..1);
    let failed = openslots_model::CrawlRun {
        duration_ms: 1_500,
        ..openslots_model::CrawlRun::begun("a".parse().unwrap(), UnixSeconds(BEGIN + HOUR))
    };
    test.store.record_failed_run(&failed).unwrap();
    // The clock was put back.
    let late = openslots_model::CrawlRun { started_at: UnixSeconds(BEGIN), ..failed };
    test.store.record_failed_run(&late).unwrap();
    let runs = test.store.snapshot().unwrap().history_runs().unwrap();
    let told: Vec<_> = runs.iter().map(|run| (run.outcome, run.at.0 - BEGIN, run.n_slots, run.n_free_slots)).collect();
    assert_eq!(
        told,
        [
            (CrawlOutcome::Updated, 0, 20, 20),
            (CrawlOutcome::Failed, HOUR + 2, 20, 20),
            (CrawlOutcome::Failed, HOUR + 2, 20, 20)
        ]
    );
    assert_eq!(events(&test.store, &runs[1]), []);
}

#[test]
fn a_slot_that_was_booked_and_vanished_and_came_back_tells_so() {
    let test = TestStore::new();
    test.publisher("a");
    let list = |hour: i64, lines: &[(&str, &str)]| {
        let lines = lines.iter().map(|(id, status)| slot(id, "s", status, 1));
        let at = Crawl { started_at: BEGIN + hour * HOUR, ..Crawl::default() };
        crawl_with(&test.store, "a", &[File::slots("slots", lines)], at).unwrap();
    };
    let others = [("b", "free"), ("c", "free"), ("d", "free")];
    list(0, &[&[("x", "free")], &others[..]].concat());
    list(1, &[&[("x", "busy")], &others[..]].concat());
    list(2, &others);
    list(3, &[&[("x", "free")], &others[..]].concat());
    let id = PublicId::of(&"a".parse().unwrap(), ResourceKind::Slot, "x");
    let runs = test.store.snapshot().unwrap().history_runs().unwrap();
    let told: Vec<_> = runs
        .iter()
        .flat_map(|run| events(&test.store, run))
        .filter(|event| event.slot == id)
        .map(|event| {
            let status = |state: Option<SlotState>| state.map(|state| state.traits.status);
            (event.kind, status(event.before), status(event.after))
        })
        .collect();
    let (free, busy) = (Some(SlotStatus::Free), Some(SlotStatus::Busy));
    assert_eq!(
        told,
        [
            (SlotEventKind::Appeared, None, free),
            (SlotEventKind::Changed, free, busy),
            (SlotEventKind::Vanished, busy, None),
            (SlotEventKind::Reappeared, None, free)
        ]
    );
}
