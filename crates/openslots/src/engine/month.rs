//! A month of crawls on a virtual clock, over real HTTP into a real store, with publishers that misbehave in every way.
//!
//! What must hold: no URL is asked for twice within its minute, every publisher that can be read is current at the end,
//! one that is gone has expired and is asked now and then whether it is back, and neither memory nor database grow.

mod world;

use std::collections::BTreeMap;
use std::path::Path;
use std::process::Command;
use std::sync::Arc;
use std::time::Duration;

use openslots_crawl::{Clock, NoProgress, VirtualClock};
use openslots_model::{CrawlOutcome, Freshness, PublisherSlug, SlotStatus, UnixSeconds};

use super::Engine;
use crate::bench::memory::of_process;
use crate::config;
use crate::data_dir::DataDir;
use world::{Character, World};

const N_DAYS: u64 = 30;
/// 2026-11-20T00:00:00Z.
const BEGIN: UnixSeconds = UnixSeconds(1_795_132_800);

/// An engine over publishers of every character, each configured in a file of its own.
fn engine(folder: &Path, base: &str, clock: &VirtualClock) -> Arc<Engine> {
    let publishers = folder.join("publishers");
    std::fs::create_dir_all(&publishers).expect("a folder");
    for character in Character::ALL {
        let name = character.name();
        let service = serde_json::json!({
            "@type": "Service", "name": name, "url": format!("{base}/{name}/$bulk-publish"),
            "openslots": { "since": character == Character::Since },
        });
        std::fs::write(publishers.join(format!("{name}.json")), service.to_string()).expect("a written file");
    }
    let file = folder.join("openslots.toml");
    std::fs::write(&file, "[crawl]\nschedule = '0 */2 * * *'\n[history]\nkeep = '3d'\n").expect("a written file");
    let settings = config::load(Some(&file), &BTreeMap::new()).expect("a good configuration");
    let data_dir = DataDir::create(&folder.join("data")).expect("a data directory");
    let lock = data_dir.try_lock().expect("a lock file").expect("nobody else is here");
    let clock = Arc::new(clock.clone());
    Arc::new(Engine::open_with_clock(&settings, &data_dir, lock, true, clock).expect("an engine"))
}

/// Free slots that begin from now on, by source id.
fn offered(engine: &Engine, slug: &PublisherSlug, now: UnixSeconds) -> Vec<String> {
    let store = engine.store();
    let number = engine.status(slug).expect("a store").expect("a publisher").publisher.number;
    let mut rows = Vec::new();
    let snapshot = store.snapshot().expect("a snapshot");
    snapshot.for_each_slot(|slot| rows.push(slot.row)).expect("slots");
    let slots = store.slots(&rows).expect("slots").into_iter().flatten();
    let is_offered = |status: SlotStatus, start: UnixSeconds| status == SlotStatus::Free && start >= now;
    let mut ids: Vec<String> = slots
        .filter(|found| found.publisher == number)
        .filter(|found| is_offered(found.slot.traits.status, found.slot.start.instant))
        .map(|found| found.slot.id.clone())
        .collect();
    ids.sort();
    ids
}

fn resident_bytes() -> u64 {
    of_process("self").expect("memory is accounted for").now_bytes
}

/// Rows of all tables but that of crawl runs, of which a fixed number is kept of each publisher, and those of counts by
/// day, which stay.
fn n_rows(folder: &Path) -> BTreeMap<String, i64> {
    let connection = rusqlite::Connection::open(folder.join("data/openslots.db")).expect("a database");
    let sql = "SELECT name FROM sqlite_schema
               WHERE type = 'table' AND name NOT IN
                   ('crawl_run', 'daily_count', 'daily_census', 'daily_fates', 'daily_polls', 'offer_list', 'closed_day',
                    'sqlite_sequence')";
    let mut select = connection.prepare(sql).expect("a schema");
    let names = select.query_map([], |row| row.get(0)).expect("tables").map(|name| name.expect("a name"));
    let count = |name: String| {
        let n = connection.query_row(&format!("SELECT count(*) FROM {name}"), [], |row| row.get(0)).expect("a count");
        (name, n)
    };
    names.map(count).collect()
}

/// In a process of its own: its memory is measured, and other tests need some as well.
#[test]
fn a_month_goes_by() {
    const IS_ALONE: &str = "OPENSLOTS_TEST_IS_ALONE";
    if std::env::var_os(IS_ALONE).is_some() {
        return tokio::runtime::Runtime::new().expect("a runtime").block_on(live_through_a_month());
    }
    let name = format!("{}::a_month_goes_by", module_path!().trim_start_matches("openslots::"));
    let mut alone = Command::new(std::env::current_exe().expect("this program"));
    let output = alone.args(["--exact", &name, "--nocapture"]).env(IS_ALONE, "1").output().expect("a process");
    let said = String::from_utf8_lossy(&output.stdout);
    let why = String::from_utf8_lossy(&output.stderr);
    assert!(output.status.success() && said.contains("1 passed"), "{said}\n{why}");
}

async fn live_through_a_month() {
    let folder = tempfile::tempdir().expect("a temporary folder");
    let clock = VirtualClock::at(BEGIN);
    let world = World::start(clock.clone()).await;
    let engine = {
        let (folder, base, clock) = (folder.path().to_owned(), world.base.clone(), clock.clone());
        tokio::task::spawn_blocking(move || engine(&folder, &base, &clock)).await.expect("an engine")
    };
    let end = BEGIN.plus_seconds((N_DAYS * 86_400) as i64);
    let mut outcomes: BTreeMap<(PublisherSlug, &'static str), u64> = BTreeMap::new();
    let (mut n_held, mut after_a_week, mut looked_after_at) = (0u64, None, BEGIN);
    loop {
        let due = engine.due().expect("due times");
        let (slug, due) = due.into_iter().min_by_key(|(_, due)| due.at).expect("somebody is due");
        if due.at >= end {
            break;
        }
        let wait = u64::try_from(due.at.0 - clock.now().0).unwrap_or(0);
        clock.advance(Duration::from_secs(wait));
        let run = engine.crawl_publisher(&slug, false, Arc::new(NoProgress)).await.expect("a run");
        if run.outcome == CrawlOutcome::TooSoon {
            let reason = run.reason.unwrap_or_default();
            assert!(reason.contains("its host has asked to be left alone"), "{slug} was due: {reason}");
            // The scheduler looks again after a while.
            clock.advance(Duration::from_secs(60));
            continue;
        }
        if clock.now().0 - looked_after_at.0 >= 86_400 {
            looked_after_at = clock.now();
            tokio::task::block_in_place(|| engine.look_after_store());
        }
        *outcomes.entry((slug, run.outcome.as_str())).or_default() += 1;
        n_held += u64::from(run.held_removal.is_some());
        if after_a_week.is_none() && clock.elapsed() > Duration::from_secs(7 * 86_400) {
            after_a_week = Some((resident_bytes(), n_rows(folder.path())));
        }
    }
    clock.advance(Duration::from_secs(u64::try_from(end.0 - clock.now().0).unwrap_or(0)));

    assert_eq!(world.asked_too_soon(), Vec::<String>::new());
    let now = clock.now();
    for character in Character::ALL {
        let slug: PublisherSlug = character.name().parse().expect("a slug");
        let status = engine.status(&slug).expect("a store").expect("a publisher");
        let seen = offered(&engine, &slug, now);
        if character == Character::Gone {
            assert_eq!(status.freshness(now), Freshness::Expired, "{slug}");
            let asked = world.n_asked_on_last_day(character);
            assert!((3..=12).contains(&asked), "one that is gone was asked {asked} times on the last day");
            continue;
        }
        assert_eq!(status.freshness(now), Freshness::Fresh, "{slug}: {status:?}");
        assert_eq!(status.held_removal, None, "{slug}");
        // What it lists now, but for what has begun since it was last read.
        let read_at = status.last_success_at.expect("read");
        assert_eq!(seen, world.listed(character, read_at, now), "{slug}, read at {read_at}, now {now}");
        assert!(!seen.is_empty(), "{slug}");
    }
    let seldom = outcomes.iter().filter(|((slug, _), _)| slug.as_str() == "seldom").map(|(_, n)| n).sum::<u64>();
    assert!((28..=32).contains(&seldom), "one that wishes to be asked daily was asked {seldom} times");
    assert!(n_held > 0, "some removal waited");
    for (name, outcome) in [("sloppy", "partial"), ("down", "failed"), ("moody", "partial"), ("busy", "failed")] {
        let n = outcomes.get(&(name.parse().expect("a slug"), outcome)).copied().unwrap_or(0);
        assert!(n > 0, "{name} was never {outcome}: {outcomes:?}");
    }
    let (memory, rows) = after_a_week.expect("a week has gone by");
    let memory_now = resident_bytes();
    assert!(memory_now < memory + (48 << 20), "memory grew from {memory} to {memory_now} bytes");
    for (table, n_now) in n_rows(folder.path()) {
        let n = rows[&table];
        assert!(n_now <= n + n / 2 + 100, "table {table} grew from {n} to {n_now} rows");
    }
    let index = engine.index().snapshot();
    let n_slots: u64 = engine.store().publisher_statuses().expect("a store").iter().map(|status| status.n_slots).sum();
    assert_eq!(index.n_slots(), n_slots, "the index holds what the store holds");
}
