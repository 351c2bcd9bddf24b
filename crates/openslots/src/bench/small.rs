//! `bench --memory-limit`: the service with so much memory and no more, beside one that may have what it wants.
//!
//! The limit is the system's on data (`RLIMIT_DATA`): heap, stacks and private memory, which nothing but ending the
//! process gives back. Pages of files that are mapped (tantivy's, SQLite's) are not in it, since the system takes them
//! back when it needs them; the resident peak, which is told beside it, has both.

use std::path::Path;
use std::time::Duration;

use anyhow::{Context, Result};
use openslots_model::UnixSeconds;
use openslots_simulate::SimulationPlan;
use serde::Serialize;
use tokio::task::block_in_place;

use super::child::{Publishers, Served};
use super::http_queries::ask_over_http;
use super::latency::Latency;
use super::memory;
use super::queries::{Material, Rounds};
use super::report::machine;
use super::service::{crawl, sample_of_data};
use crate::output::{bytes, grouped, table};

/// A service's figures.
#[derive(Debug, Serialize)]
#[serde(rename_all = "camelCase")]
struct ServiceFigures {
    first_crawl_seconds: f64,
    unchanged_crawl_seconds: f64,
    changed_crawl_seconds: f64,
    /// Resident, at its peak over all of it.
    peak_memory_bytes: u64,
    /// Resident, after the queries.
    memory_bytes: u64,
    start_to_ready_ms: f64,
    /// Resident, after the same queries of a service that has just been started on the data.
    started_memory_bytes: u64,
    latencies: Vec<Latency>,
}

/// How it went with the limit.
#[derive(Debug, Serialize)]
#[serde(rename_all = "camelCase")]
enum Outcome {
    Held(ServiceFigures),
    /// And why.
    Failed(String),
}

/// Both.
#[derive(Debug, Serialize)]
#[serde(rename_all = "camelCase")]
pub(super) struct SmallReport {
    n_slots: u64,
    machine: String,
    limit_bytes: u64,
    unlimited: ServiceFigures,
    limited: Outcome,
}

/// Measures one service after the other.
pub(super) async fn measure(plan: &SimulationPlan, limit_bytes: u64) -> Result<SmallReport> {
    let unlimited = figures(plan, None).await?;
    let limited = match figures(plan, Some(limit_bytes)).await {
        Ok(figures) => Outcome::Held(figures),
        Err(error) => Outcome::Failed(format!("{error:#}")),
    };
    Ok(SmallReport { n_slots: plan.n_slots, machine: machine(), limit_bytes, unlimited, limited })
}

async fn figures(plan: &SimulationPlan, limit_bytes: Option<u64>) -> Result<ServiceFigures> {
    let folder = tempfile::tempdir().context("a temporary directory cannot be made")?;
    let data_dir = folder.path();
    let mut publishers = block_in_place(|| Publishers::start(plan))?;
    let served = Served::start(data_dir, limit_bytes).await?;
    let n_slots = plan.n_slots;
    let first_crawl = crawl(data_dir, &publishers.manifests, n_slots).await?;
    publishers.steer("conditions off")?;
    let unchanged_crawl = crawl(data_dir, &publishers.manifests, n_slots).await?;
    publishers.steer("conditions on")?;
    publishers.steer("generation 1")?;
    let changed_crawl = crawl(data_dir, &publishers.manifests, n_slots).await?;
    drop(publishers);
    let rounds = Rounds::of_world(n_slots);
    let latencies = ask(&served, data_dir, rounds).await?;
    let memory = memory::of_process(&served.process())?;
    drop(served);
    let started = Served::start(data_dir, limit_bytes).await?;
    ask(&started, data_dir, rounds).await?;
    Ok(ServiceFigures {
        first_crawl_seconds: first_crawl.seconds,
        unchanged_crawl_seconds: unchanged_crawl.seconds,
        changed_crawl_seconds: changed_crawl.seconds,
        peak_memory_bytes: memory.peak_bytes,
        memory_bytes: memory.now_bytes,
        start_to_ready_ms: millis(started.start_to_ready),
        started_memory_bytes: memory::of_process(&started.process())?.now_bytes,
        latencies,
    })
}

async fn ask(served: &Served, data_dir: &Path, rounds: Rounds) -> Result<Vec<Latency>> {
    let material = Material::new(block_in_place(|| sample_of_data(data_dir))?, UnixSeconds::now())?;
    ask_over_http(&format!("http://{}", served.address), &material, rounds).await
}

fn millis(duration: Duration) -> f64 {
    duration.as_secs_f64() * 1_000.0
}

impl ServiceFigures {
    /// Name and value of each, and how the value is told.
    fn rows(&self) -> Vec<(String, f64, String)> {
        let seconds = |name: &str, value: f64| (name.to_owned(), value, format!("{value:.2} s"));
        let size = |name: &str, value: u64| (name.to_owned(), value as f64, bytes(value));
        let mut rows = vec![
            seconds("first crawl", self.first_crawl_seconds),
            seconds("re-crawl, bodies sent again", self.unchanged_crawl_seconds),
            seconds("re-crawl, 1 % changed", self.changed_crawl_seconds),
            ("start to ready".to_owned(), self.start_to_ready_ms, format!("{:.0} ms", self.start_to_ready_ms)),
            size("resident memory at its peak", self.peak_memory_bytes),
            size("resident memory after crawls and queries", self.memory_bytes),
            size("resident memory after a start and queries", self.started_memory_bytes),
        ];
        for latency in &self.latencies {
            for (name, ms) in [("p50", latency.p50_ms), ("p99", latency.p99_ms)] {
                rows.push((format!("{}: {name}", latency.kind), ms, format!("{ms:.2} ms")));
            }
        }
        rows
    }
}

impl SmallReport {
    /// The figures as a table.
    pub(super) fn to_table(&self) -> String {
        let head = format!("{} slots\n{}\n\n", grouped(self.n_slots), self.machine);
        let limit = format!("at most {} of data", bytes(self.limit_bytes));
        let columns = ["figure", "no limit", limit.as_str(), "ratio"];
        let unlimited = self.unlimited.rows();
        match &self.limited {
            Outcome::Failed(reason) => {
                let rows = unlimited.into_iter().map(|(name, _, told)| vec![name, told]);
                format!("{head}{}\n{limit}: it did not hold: {reason}\n", table(&columns[..2], &columns[1..], rows))
            }
            Outcome::Held(limited) => {
                let rows = unlimited
                    .into_iter()
                    .zip(limited.rows())
                    .map(|((name, a, told_a), (_, b, told_b))| vec![name, told_a, told_b, format!("{:.2}", b / a)]);
                format!("{head}{}", table(&columns, &columns[1..], rows))
            }
        }
    }
}
