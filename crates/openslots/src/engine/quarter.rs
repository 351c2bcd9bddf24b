//! A quarter on a virtual clock, over real HTTP into a real database, with changes that were planned.
//!
//! What must hold: history tells exactly those events; the state of any day can be rebuilt from exports, of the past
//! state as of the events, and is what was served that day; neither history nor the database grow over their bounds.

mod exports;
mod world;

use std::collections::BTreeMap;
use std::path::Path;
use std::sync::Arc;
use std::time::Duration;

use axum::Router;
use axum::body::{Body, to_bytes};
use axum::http::Request;
use openslots_api::{ApiOptions, ApiState};
use openslots_crawl::{Clock, NoProgress, VirtualClock};
use openslots_model::{CrawlOutcome, LocalDate, PublicId, PublisherSlug, ResourceKind, SlotStatus, UnixSeconds};
use openslots_publish::export::Format;
use openslots_store::HistoryRetention;
use serde_json::Value;
use tower::ServiceExt;

use super::Engine;
use crate::config;
use crate::data_dir::DataDir;
use exports::{Archive, State, Told, past_state};
use world::{Listed, Planned, Publisher, Weather, World};

const N_DAYS: i64 = 90;
/// 2099-10-01T00:00:00Z: clocks go back within it.
const BEGIN: UnixSeconds = UnixSeconds(4_094_496_000);
/// Publishers are crawled at noon.
const NOON_SECONDS: u64 = 43_200;
const DAY_SECONDS: u64 = 86_400;
/// Bytes of events that are kept: some twenty days.
const MAX_HISTORY_BYTES: u64 = 96 << 10;
/// Bytes of the whole database, which holds some 170 slots: what happened in a quarter would not fit.
const MAX_DATABASE_BYTES: u64 = 1_280 << 10;
/// Bytes of its log: it begins again from the front after 32 MiB.
const MAX_LOG_BYTES: u64 = 40 << 20;
/// Exports are made at the end of each so many days.
const EXPORT_EVERY: i64 = 15;

fn engine(folder: &Path, base: &str, clock: &VirtualClock) -> Arc<Engine> {
    let publishers = folder.join("publishers");
    std::fs::create_dir_all(&publishers).expect("a folder");
    for publisher in Publisher::ALL {
        let name = publisher.name();
        let service =
            serde_json::json!({"@type": "Service", "name": name, "url": format!("{base}/{name}/$bulk-publish")});
        std::fs::write(publishers.join(format!("{name}.json")), service.to_string()).expect("a written file");
    }
    let file = folder.join("openslots.toml");
    let text = format!("[history]\nkeep = '3650d'\nmax_bytes = '{MAX_HISTORY_BYTES}'\n");
    std::fs::write(&file, text).expect("a written file");
    let settings = config::load(Some(&file), &BTreeMap::new()).expect("a good configuration");
    let data_dir = DataDir::create(&folder.join("data")).expect("a data directory");
    let lock = data_dir.try_lock().expect("a lock file").expect("nobody else is here");
    Arc::new(Engine::open_with_clock(&settings, &data_dir, lock, true, Arc::new(clock.clone())).expect("an engine"))
}

fn router(engine: &Engine, clock: &VirtualClock) -> (ApiState, Router) {
    let clock = clock.clone();
    let options = ApiOptions { clock: Arc::new(move || clock.now()), ..ApiOptions::default() };
    let state = ApiState::new(engine.store().clone(), Arc::clone(engine.index()), options).expect("a state");
    (state.clone(), openslots_api::router(state))
}

/// Everything that is served.
async fn served(router: &Router) -> State {
    let mut state = State::new();
    for status in ["free", "busy", "busy-unavailable", "busy-tentative"] {
        let mut next = Some(format!("/v1/scheduling/slots?status={status}&includePast=true&limit=100"));
        while let Some(path) = next {
            let page = get(router, &path).await;
            for slot in page["slots"].as_array().expect("slots") {
                let id = slot["id"].as_str().expect("an id").to_owned();
                assert_eq!(state.insert(id, Told::of_answer(slot)), None);
            }
            let begin = path.split("&cursor").next().unwrap_or_default();
            next = page["next"].as_str().map(|cursor| format!("{begin}&cursor={cursor}"));
        }
    }
    state
}

async fn get(router: &Router, path: &str) -> Value {
    let request = Request::get(path).body(Body::empty()).expect("a request");
    let answer = router.clone().oneshot(request).await.expect("an answer");
    let status = answer.status();
    let body = to_bytes(answer.into_body(), usize::MAX).await.expect("a body");
    assert!(status.is_success(), "{path}: {status}: {}", String::from_utf8_lossy(&body));
    serde_json::from_slice(&body).expect("JSON")
}

/// What a store takes on the disk, in bytes.
#[derive(Debug)]
struct Disk {
    database: u64,
    /// What of the database is not in use.
    free: u64,
    log: u64,
}

impl Disk {
    fn of(folder: &Path) -> Self {
        let connection = rusqlite::Connection::open(folder.join("data/openslots.db")).expect("a database");
        let pragma = |name: &str| connection.query_row(&format!("PRAGMA {name}"), [], |row| row.get::<_, i64>(0));
        let pragma = |name: &str| pragma(name).expect("a number") as u64;
        let page = pragma("page_size");
        let log = std::fs::metadata(folder.join("data/openslots.db-wal")).map_or(0, |log| log.len());
        Self { database: pragma("page_count") * page, free: pragma("freelist_count") * page, log }
    }
}

/// Bytes of the events that are kept.
fn history_bytes(folder: &Path) -> u64 {
    let connection = rusqlite::Connection::open(folder.join("data/openslots.db")).expect("a database");
    let sql = "SELECT coalesce(sum(length(ids) + length(body)), 0) FROM history_block";
    connection.query_row(sql, [], |row| row.get::<_, i64>(0)).expect("a sum") as u64
}

fn outcome(weather: Weather) -> CrawlOutcome {
    match weather {
        Weather::Fair | Weather::EmptyAgain => CrawlOutcome::Updated,
        Weather::Down => CrawlOutcome::Failed,
        // What is missing waits.
        Weather::Bare | Weather::Empty => CrawlOutcome::Partial,
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_quarter_is_told_as_it_was() {
    let folder = tempfile::tempdir().expect("a temporary folder");
    let clock = VirtualClock::at(BEGIN);
    let mut world = World::start().await;
    let engine = {
        let (folder, base, clock) = (folder.path().to_owned(), world.base().to_owned(), clock.clone());
        tokio::task::spawn_blocking(move || engine(&folder, &base, &clock)).await.expect("an engine")
    };
    let (state, router) = tokio::task::block_in_place(|| router(&engine, &clock));
    let mut served_by_day: Vec<(UnixSeconds, State)> = Vec::new();
    let mut archive = Archive::default();
    let mut n_appended_bytes = 0;
    for day in 0..N_DAYS {
        let now = day as u64 * DAY_SECONDS + NOON_SECONDS;
        clock.advance(Duration::from_secs(now) - clock.elapsed());
        world.dawn(day);
        let before = history_bytes(folder.path());
        for publisher in Publisher::ALL {
            let slug: PublisherSlug = publisher.name().parse().expect("a slug");
            let run = engine.crawl_publisher(&slug, false, Arc::new(NoProgress)).await.expect("a run");
            assert_eq!(run.outcome, outcome(publisher.weather(day)), "{slug} on day {day}: {run:?}");
            let waits = matches!(publisher.weather(day), Weather::Bare | Weather::Empty);
            assert_eq!(run.held_removal.is_some(), waits, "{slug} on day {day}");
        }
        n_appended_bytes += history_bytes(folder.path()) - before;
        state.refresh_publishers().expect("publishers");
        let seen = served(&router).await;
        let at = engine.store().snapshot().expect("a snapshot").history_end().expect("a store").expect("a run");
        assert_eq!(seen.len(), world.n_listed(), "day {day}");
        served_by_day.push((at, seen));

        tokio::task::block_in_place(|| engine.look_after_store());
        let disk = Disk::of(folder.path());
        assert!(disk.database <= MAX_DATABASE_BYTES && disk.log <= MAX_LOG_BYTES, "day {day}: {disk:?}");
        assert!(disk.free * 8 <= disk.database, "day {day}: {disk:?}");
        assert!(history_bytes(folder.path()) <= MAX_HISTORY_BYTES, "day {day}");
        if (day + 1) % EXPORT_EVERY == 0 {
            tokio::task::block_in_place(|| hold_exports(&engine, folder.path(), &served_by_day, &mut archive));
        }
    }
    assert!(n_appended_bytes > 3 * MAX_HISTORY_BYTES, "{n_appended_bytes} bytes of events were appended");

    // Exactly what was planned.
    let mut told: Vec<Value> = archive.events().map(exports::essence).collect();
    let mut want: Vec<Value> = world.events.iter().map(essence).collect();
    told.sort_by_key(ToString::to_string);
    want.sort_by_key(ToString::to_string);
    assert_eq!(told.len(), want.len());
    assert_eq!(told, want);
    for kind in ["appeared", "changed", "vanished", "reappeared"] {
        assert!(want.iter().any(|event| event["event"] == kind), "{kind}");
    }
    // And the events lead from nothing to each day's state.
    let mut replayed = State::new();
    for (day, (_, seen)) in (0..).zip(&served_by_day) {
        archive.replay(&mut replayed, &date(day));
        assert_eq!(replayed, *seen, "day {day}");
    }
    assert_eq!(exports::daily_counts(&folder.path().join("history")), planned_counts(&world.events));

    // What is kept no longer leaves the disk.
    let before = Disk::of(folder.path());
    let none = HistoryRetention { keep_seconds: 1, max_bytes: 1 };
    let tomorrow = clock.now().plus_seconds(DAY_SECONDS as i64);
    tokio::task::block_in_place(|| engine.store().trim_history(none, tomorrow)).expect("a trimmed history");
    let after = Disk::of(folder.path());
    assert_eq!((history_bytes(folder.path()), after.free), (0, 0));
    assert!(after.database + 2 * MAX_HISTORY_BYTES < before.database, "{before:?}, then {after:?}");
}

/// Events that were planned, by day, dimension and value: those that came, came again, changed and vanished, and of all
/// these those that could be booked afterwards only and before only.
fn planned_counts(events: &[Planned]) -> BTreeMap<(String, String, String), [u64; 6]> {
    let mut counts: BTreeMap<_, [u64; 6]> = BTreeMap::new();
    for event in events {
        let [state, county, postal_code, _] = event.publisher.place();
        let name = event.publisher.name();
        let dimensions = [
            ("publisher", name.as_str()),
            ("state", state),
            ("county", county),
            ("postal-code", postal_code),
            ("service-type", world::SERVICE_TYPE),
        ];
        let is_free = |slot: Option<Listed>| slot.is_some_and(|slot| slot.is_free);
        let (was_free, is_free) = (is_free(event.before), is_free(event.after));
        let kinds = ["appeared", "reappeared", "changed", "vanished"].map(|kind| kind == event.kind);
        let flags = [kinds[0], kinds[1], kinds[2], kinds[3], is_free && !was_free, was_free && !is_free];
        for (dimension, value) in dimensions {
            let counts = counts.entry((date(event.day), dimension.to_owned(), value.to_owned())).or_default();
            counts.iter_mut().zip(flags).for_each(|(count, flag)| *count += u64::from(flag));
        }
    }
    counts
}

/// Holds what can be exported now against what was served, and keeps what happened.
fn hold_exports(engine: &Engine, folder: &Path, served_by_day: &[(UnixSeconds, State)], archive: &mut Archive) {
    let horizon = engine.store().snapshot().expect("a snapshot").history_horizon().expect("a store");
    let can_be_told = |at: UnixSeconds| horizon.is_none_or(|horizon| at >= horizon);
    let oldest = served_by_day.iter().position(|(at, _)| can_be_told(*at)).expect("a day");
    let first_new = served_by_day.len() - EXPORT_EVERY as usize;
    assert!(oldest <= first_new, "day {oldest} is the first that can be told");
    // Each third day, since each file that is written waits for the disk; the events lead to every day.
    let days = served_by_day.iter().enumerate();
    for (day, (at, seen)) in days.filter(|(day, _)| *day == oldest || (*day >= first_new && day % 3 == 0)) {
        let formats: &[_] = if day % 9 == 0 { &[Format::Ndjson, Format::Parquet] } else { &[Format::Ndjson] };
        for format in formats {
            assert_eq!(past_state(engine.store(), folder, *format, *at), *seen, "day {day} in {format:?}");
        }
    }
    archive.add(engine.store(), folder, local_date(first_new as i64));
}

fn local_date(day: i64) -> LocalDate {
    LocalDate::of_local_seconds(BEGIN.0 + day * DAY_SECONDS as i64)
}

fn date(day: i64) -> String {
    local_date(day).to_string()
}

/// What matters of an event that was planned, as rows tell it.
fn essence(event: &Planned) -> Value {
    let Planned { day, publisher, id, kind, before, after } = event;
    let slug: PublisherSlug = publisher.name().parse().expect("a slug");
    let status = |slot: Listed| if slot.is_free { SlotStatus::Free } else { SlotStatus::Busy }.as_str();
    let last = after.or(*before);
    serde_json::json!({
        "date": date(*day), "publisher": publisher.name(), "event": kind,
        "id": PublicId::of(&slug, ResourceKind::Slot, id).to_string(),
        "status_before": before.map(status), "start_before": before.map(|slot| slot.start.to_string()),
        "status": last.map(status), "start": last.map(|slot| slot.start.to_string()), "is_there": after.is_some(),
        "location_state": publisher.place()[0],
    })
}
