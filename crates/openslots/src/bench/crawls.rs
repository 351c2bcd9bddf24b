//! `bench --crawls`: a service that is crawled into again and again, each time with one slot in a hundred changed, and
//! what it holds meanwhile: what is superseded must go as what is new comes.

use anyhow::{Context, Result};
use openslots_simulate::SimulationPlan;
use openslots_store::Store;
use serde::Serialize;
use tokio::task::block_in_place;

use super::child::{Publishers, Served};
use super::report::machine;
use super::service::crawl;
use super::{memory, size_of_directory, size_of_file};
use crate::output::{bytes, grouped, table};

/// How often the sizes are looked at.
const N_LOOKS: u32 = 10;

/// What is held after a number of crawls.
#[derive(Debug, Serialize)]
#[serde(rename_all = "camelCase")]
struct Held {
    /// Crawls since the first.
    n_crawls: u32,
    /// Lines that were new or different in the last of them.
    n_accepted: u64,
    /// Of the last of them, from the command to everything searchable.
    seconds: f64,
    /// The database's file.
    database_bytes: u64,
    /// Of that the history of slots, which grows by design until it is as old or as large as is allowed.
    history_bytes: u64,
    /// What was written lately, beside the database: it is used again and again.
    log_bytes: u64,
    index_bytes: u64,
    /// Resident, of the service.
    memory_bytes: u64,
}

/// What was held on the way.
#[derive(Debug, Serialize)]
#[serde(rename_all = "camelCase")]
pub(super) struct CrawlsReport {
    n_slots: u64,
    machine: String,
    held: Vec<Held>,
}

/// Crawls once, then so many times what has changed by one slot in a hundred.
pub(super) async fn measure(plan: &SimulationPlan, n_crawls: u32) -> Result<CrawlsReport> {
    let folder = tempfile::tempdir().context("a temporary directory cannot be made")?;
    let data_dir = folder.path();
    let mut publishers = block_in_place(|| Publishers::start(plan))?;
    let served = Served::start(data_dir, None).await?;
    let mut held = Vec::new();
    for generation in 0..=n_crawls {
        block_in_place(|| publishers.steer(&format!("generation {generation}")))?;
        let crawled = crawl(data_dir, &publishers.manifests, plan.n_slots).await?;
        let is_looked_at = generation == 1 || generation % n_crawls.div_ceil(N_LOOKS).max(1) == 0;
        if is_looked_at || generation == n_crawls {
            let history = block_in_place(|| Store::open(data_dir)?.snapshot()?.history_size())?;
            held.push(Held {
                n_crawls: generation,
                n_accepted: crawled.n_accepted,
                seconds: crawled.seconds,
                database_bytes: size_of_file(&data_dir.join("openslots.db"))?,
                history_bytes: history.n_bytes,
                log_bytes: size_of_file(&data_dir.join("openslots.db-wal"))?,
                index_bytes: size_of_directory(&data_dir.join("index"))?,
                memory_bytes: memory::of_process(&served.process())?.now_bytes,
            });
        }
    }
    Ok(CrawlsReport { n_slots: plan.n_slots, machine: machine(), held })
}

impl CrawlsReport {
    /// The figures as a table.
    pub(super) fn to_table(&self) -> String {
        let columns = ["crawls", "lines changed", "seconds", "database", "of it history", "log", "index", "memory"];
        let rows = self.held.iter().map(|held| {
            vec![
                grouped(u64::from(held.n_crawls)),
                grouped(held.n_accepted),
                format!("{:.2}", held.seconds),
                bytes(held.database_bytes),
                bytes(held.history_bytes),
                bytes(held.log_bytes),
                bytes(held.index_bytes),
                bytes(held.memory_bytes),
            ]
        });
        format!("{} slots\n{}\n\n{}", grouped(self.n_slots), self.machine, table(&columns, &columns, rows))
    }
}
