//! `bench`: what this machine can do, on simulated publishers in a process of their own on loopback.
//!
//! Real feeds of today are small, so the data are synthetic; their shape follows the public example publishers.
//! Latencies are of one client, one query after the other, but for those of `clients`.

mod child;
mod clients;
mod compare;
mod crawls;
mod files;
mod growth;
mod http_queries;
mod latency;
mod load;
pub(crate) mod memory;
mod pages;
mod queries;
mod report;
mod research;
mod service;
mod small;

use std::path::Path;
use std::sync::Arc;
use std::time::{Duration, Instant};

use anyhow::{Context, Result, bail};
use openslots_crawl::NoProgress;
use openslots_model::{CrawlOutcome, ProviderLocation, UnixSeconds};
use openslots_simulate::SimulationPlan;
use openslots_store::Store;
use serde::Serialize;

use self::child::{Publishers, Served};
use self::clients::ClientsReport;
use self::compare::CompareReport;
use self::crawls::CrawlsReport;
use self::growth::GrowthReport;
use self::report::{BenchReport, CrawlFigures};
use self::research::EventFigures;
use self::small::SmallReport;
use crate::cli::BenchArgs;
use crate::config::{self, Environment, Settings};
use crate::data_dir::DataDir;
use crate::engine::Engine;
use crate::operations::{CrawlRequest, Reply, Request};
use crate::output::{print, print_json};
use crate::report::EXIT_WELL;

/// Provider locations that queries are made of, at least, where there are so many.
const N_SAMPLE: usize = 2_000;

/// Runs the command.
pub(crate) fn run(args: &BenchArgs) -> Result<u8> {
    crate::logging::start(config::LogFormat::Pretty, "warn")?;
    // Clients of HTTP need one, also where no crawler has been made; one that is there stays.
    rustls::crypto::ring::default_provider().install_default().ok();
    let runtime = tokio::runtime::Builder::new_multi_thread().enable_all().build()?;
    let plan = plan(args.slots);
    if args.compare {
        let report = runtime.block_on(compare::measure(&plan, &args.python))?;
        tell(args.json, &report, CompareReport::to_table)?;
    } else if !args.growth.is_empty() {
        let report = growth::measure(&args.growth, args.chart.as_deref())?;
        tell(args.json, &report, GrowthReport::to_table)?;
    } else if !args.clients.is_empty() {
        let report = runtime.block_on(clients::measure(&plan, &args.clients, Duration::from_secs(args.seconds)))?;
        tell(args.json, &report, ClientsReport::to_table)?;
    } else if let Some(n_crawls) = args.crawls {
        let report = runtime.block_on(crawls::measure(&plan, n_crawls))?;
        tell(args.json, &report, CrawlsReport::to_table)?;
    } else if let Some(limit_bytes) = args.memory_limit {
        let report = runtime.block_on(small::measure(&plan, limit_bytes))?;
        tell(args.json, &report, SmallReport::to_table)?;
    } else {
        let report = runtime.block_on(measure(&plan, !args.without_files))?;
        tell(args.json, &report, BenchReport::to_table)?;
    }
    Ok(EXIT_WELL)
}

/// Prints a report for programs or for people.
fn tell<R: Serialize>(as_json: bool, report: &R, to_table: impl Fn(&R) -> String) -> Result<()> {
    if as_json { print_json(report) } else { print(&to_table(report)) }
}

/// The world of a number of slots: from 100,000 on fifty slots a schedule, whatever the size.
fn plan(n_slots: u64) -> SimulationPlan {
    let (n_publishers, n_locations) = match n_slots {
        ..10_000 => (2, 10),
        10_000..500_000 => (5, 100),
        500_000..5_000_000 => (20, 250),
        _ => (50, u32::try_from(n_slots / 10_000).unwrap_or(u32::MAX)),
    };
    let today = jiff::Zoned::now().date();
    SimulationPlan { n_publishers, n_locations, n_days: 28, n_slots, ..SimulationPlan::small(1, today) }
}

async fn measure(plan: &SimulationPlan, with_files: bool) -> Result<BenchReport> {
    let n_slots = plan.n_slots;
    let rounds = queries::Rounds::of_world(n_slots);
    let mut publishers = tokio::task::block_in_place(|| Publishers::start(plan))?;
    let folder = tempfile::tempdir().context("a temporary directory cannot be made")?;
    let data_dir = DataDir::create(folder.path())?;
    let mut settings = config::load(None, &Environment::new())?;
    settings.publishers.clear();
    let engine = open(&settings, &data_dir)?;
    let history_size = || tokio::task::block_in_place(|| engine.store().snapshot()?.history_size());

    let no_events = history_size()?;
    let first = crawl(&engine, &publishers, n_slots, CrawlOutcome::Updated).await?;
    let first_events = history_size()?;
    let first_end = tokio::task::block_in_place(|| engine.store().snapshot()?.history_end())?;
    let first_end = first_end.context("a crawl is not in history")?;
    let database_bytes = tokio::task::block_in_place(|| size_of_store(&engine, folder.path()))?;
    publishers.steer("conditions off")?;
    let unchanged_bodies = crawl(&engine, &publishers, n_slots, CrawlOutcome::Unchanged).await?;
    publishers.steer("conditions on")?;
    let unchanged_304 = crawl(&engine, &publishers, n_slots, CrawlOutcome::Unchanged).await?;
    publishers.steer("generation 1")?;
    let before = history_size()?;
    let changed = crawl(&engine, &publishers, n_slots, CrawlOutcome::Updated).await?;
    let events = vec![
        EventFigures::between("first", no_events, first_events, first.seconds),
        EventFigures::between("1 % changed", before, history_size()?, changed.seconds),
    ];
    let events_read_per_second = tokio::task::block_in_place(|| research::events_read_per_second(engine.store()))?;

    // As a service does when it is at rest.
    tokio::task::block_in_place(|| crate::indexing::settle(engine.index()))?;
    let sample = tokio::task::block_in_place(|| sample_of(engine.store()))?;
    let material = queries::Material::new(sample, UnixSeconds::now())?;
    let mut latencies = tokio::task::block_in_place(|| queries::in_process(engine.index(), &material, rounds))?;
    let n_provider_locations = engine.index().snapshot().n_provider_locations();
    drop(engine);
    let (mut files, mut rows) = (Vec::new(), Vec::new());
    if with_files {
        let site = tempfile::tempdir().context("a temporary directory cannot be made")?;
        files = tokio::task::block_in_place(|| files::measure(folder.path(), site.path(), n_slots))?;
        site.close().context("a temporary directory cannot be removed")?;
        rows = tokio::task::block_in_place(|| research::measure_exports(folder.path(), first_end))?;
    }

    let mut served = Served::start(folder.path(), None).await?;
    served.settle().await?;
    let base = format!("http://{}", served.address);
    latencies.extend(http_queries::ask_over_http(&base, &material, rounds).await?);
    latencies.extend(pages::ask_for_pages(&base, &material, rounds).await?);
    let serving = memory::of_process(&served.process())?;
    Ok(BenchReport {
        n_slots,
        n_publishers: plan.n_publishers,
        n_provider_locations,
        machine: report::machine(),
        first_crawl: first,
        unchanged_bodies,
        unchanged_304,
        changed,
        database_bytes_per_slot: database_bytes as f64 / n_slots as f64,
        index_bytes: size_of_directory(&data_dir.index())?,
        start_to_ready_ms: served.start_to_ready.as_secs_f64() * 1_000.0,
        serving_memory_bytes: serving.now_bytes,
        files,
        events,
        events_read_per_second,
        rows,
        latencies,
    })
}

fn open(settings: &Settings, data_dir: &DataDir) -> Result<Arc<Engine>> {
    let lock = data_dir.try_lock()?.context("a new directory is held by nobody")?;
    Ok(Arc::new(tokio::task::block_in_place(|| Engine::open(settings, data_dir, lock, false))?))
}

/// One crawl of all publishers, until its changes are searchable.
async fn crawl(
    engine: &Arc<Engine>,
    publishers: &Publishers,
    n_slots: u64,
    want: CrawlOutcome,
) -> Result<CrawlFigures> {
    memory::reset_peak()?;
    let catching_up_before = engine.time_catching_up();
    let began = Instant::now();
    let request = CrawlRequest { publishers: Vec::new(), manifests: publishers.manifests.clone(), force: true };
    let Reply::Crawl(report) = engine.handle(Request::Crawl(request), Arc::new(NoProgress)).await? else {
        bail!("a crawl was answered with something else");
    };
    let wall = began.elapsed();
    let mut figures = CrawlFigures::default();
    for run in &report.runs {
        if run.outcome != want {
            bail!("publisher {}: {} instead of {want}: {:?}", run.publisher, run.outcome, run.reason);
        }
        let (accepted, unchanged, rejected) = run.n_lines();
        figures.n_lines += accepted + unchanged + rejected;
        figures.n_accepted += accepted;
        figures.wire_bytes += run.n_bytes;
    }
    figures.seconds = wall.as_secs_f64();
    figures.slots_per_second = n_slots as f64 / figures.seconds;
    figures.lines_per_second = figures.n_lines as f64 / figures.seconds;
    figures.wire_bytes_per_second = figures.wire_bytes as f64 / figures.seconds;
    figures.index_ms = millis(engine.time_catching_up().saturating_sub(catching_up_before));
    figures.peak_memory_bytes = memory::of_process("self")?.peak_bytes;
    Ok(figures)
}

fn millis(duration: Duration) -> f64 {
    duration.as_secs_f64() * 1_000.0
}

/// Between two and four thousand provider locations from all over the data, or all if there are fewer.
fn sample_of(store: &Store) -> Result<Vec<ProviderLocation>> {
    let mut sample = Vec::new();
    let (mut step, mut n_seen) = (1, 0);
    store.snapshot()?.for_each_provider_location(|_, provider_location| {
        if n_seen % step == 0 {
            sample.push(provider_location);
        }
        n_seen += 1;
        // Too many: every other one goes, and half as many come.
        if sample.len() == 2 * N_SAMPLE {
            let mut place = 0_usize;
            sample.retain(|_| {
                place += 1;
                place % 2 == 1
            });
            step *= 2;
        }
    })?;
    Ok(sample)
}

/// Size of the database file, what its log held included.
fn size_of_store(engine: &Engine, data_dir: &Path) -> Result<u64> {
    engine.store().checkpoint()?;
    size_of_file(&data_dir.join("openslots.db"))
}

fn size_of_file(path: &Path) -> Result<u64> {
    Ok(path.metadata().with_context(|| format!("{} is gone", path.display()))?.len())
}

fn size_of_directory(directory: &Path) -> Result<u64> {
    let mut bytes = 0;
    for entry in std::fs::read_dir(directory).with_context(|| format!("{} cannot be listed", directory.display()))? {
        bytes += entry?.metadata()?.len();
    }
    Ok(bytes)
}
