//! `bench --clients`: the service under load, from one client to hundreds, idle and while everything is crawled anew.

use std::path::Path;
use std::sync::Arc;
use std::time::Duration;

use anyhow::{Context, Result};
use openslots_model::UnixSeconds;
use openslots_simulate::SimulationPlan;
use serde::Serialize;
use tokio::task::block_in_place;

use super::child::{Publishers, Served};
use super::load::{LoadFigures, ask_during, ask_for};
use super::queries::{Material, specialty_code};
use super::report::machine;
use super::service::{Crawled, crawl, sample_of_data};
use crate::output::{grouped, table};

/// Clients during a re-crawl, and just before it.
const N_CLIENTS_OF_CRAWL: usize = 8;
/// Different questions, asked in turn.
const N_PATHS: usize = 1_000;
/// By then the status of every slot has flipped once.
const GENERATION_OF_CHANGE: u32 = 100;

/// All that was measured.
#[derive(Debug, Serialize)]
#[serde(rename_all = "camelCase")]
pub(super) struct ClientsReport {
    n_slots: u64,
    machine: String,
    /// One after the other.
    idle: Vec<LoadFigures>,
    /// With so many clients: idle, then during the crawl.
    before_crawl: LoadFigures,
    during_crawl: LoadFigures,
    crawl: Crawled,
}

/// Crawls, then loads the service, each number of clients for so long.
pub(super) async fn measure(plan: &SimulationPlan, n_clients: &[usize], ask_time: Duration) -> Result<ClientsReport> {
    let folder = tempfile::tempdir().context("a temporary directory cannot be made")?;
    // Elsewhere in real life: they get what is left.
    let mut publishers = block_in_place(|| Publishers::start_yielding(plan))?;
    let served = Served::start(folder.path(), None).await?;
    crawl(folder.path(), &publishers.manifests, plan.n_slots).await?;
    let paths = slots_near(folder.path())?;
    let health: Arc<[String]> = Arc::new(["/healthz".to_owned()]);
    let mut idle = Vec::new();
    for (name, paths) in [("/healthz", &health), ("slots near a place, one specialty", &paths)] {
        for n_clients in n_clients {
            idle.push(ask_for(name, served.address, paths, *n_clients, ask_time).await?);
        }
    }
    block_in_place(|| {
        publishers.steer(&format!("generation {GENERATION_OF_CHANGE}"))?;
        publishers.steer("warm")
    })?;
    let name = "slots near a place, one specialty";
    let before_crawl = ask_for(name, served.address, &paths, N_CLIENTS_OF_CRAWL, ask_time).await?;
    let work = crawl(folder.path(), &publishers.manifests, plan.n_slots);
    let name = "the same while every slot is crawled anew and differs";
    let (during_crawl, crawl) = ask_during(name, served.address, &paths, N_CLIENTS_OF_CRAWL, work).await?;
    Ok(ClientsReport { n_slots: plan.n_slots, machine: machine(), idle, before_crawl, during_crawl, crawl })
}

/// Requests for slots of a specialty within 25 miles of places all over the data, 25 a page.
fn slots_near(data_dir: &Path) -> Result<Arc<[String]>> {
    let material = Material::new(block_in_place(|| sample_of_data(data_dir))?, UnixSeconds::now())?;
    let path = |n| -> Result<String> {
        let (position, code) = material.pick(n, |at| Some((at.place.as_ref()?.position?, specialty_code(at)?)))?;
        let (latitude, longitude) = (position.latitude, position.longitude);
        Ok(format!("/v1/scheduling/slots?near={latitude},{longitude}&radius=25&specialty={code}&limit=25"))
    };
    (0..N_PATHS).map(path).collect()
}

impl ClientsReport {
    /// The figures as tables.
    pub(super) fn to_table(&self) -> String {
        let columns = ["what is asked", "clients", "answers/s", "p50", "p99", "longest", "turned away"];
        let rows = self.idle.iter().chain([&self.before_crawl, &self.during_crawl]).map(|figures| {
            vec![
                figures.name.clone(),
                grouped(figures.n_clients as u64),
                grouped(figures.requests_per_second as u64),
                format!("{:.2} ms", figures.p50_ms),
                format!("{:.2} ms", figures.p99_ms),
                format!("{:.1} ms", figures.max_ms),
                grouped(figures.n_turned_away),
            ]
        });
        format!(
            "{} slots\n{}\nclients, publishers and service share these cores\n\n{}\nthe crawl took {:.2} s: {} lines, {} of them new or different\n",
            grouped(self.n_slots),
            self.machine,
            table(&columns, &columns[1..], rows),
            self.crawl.seconds,
            grouped(self.crawl.n_lines),
            grouped(self.crawl.n_accepted),
        )
    }
}
