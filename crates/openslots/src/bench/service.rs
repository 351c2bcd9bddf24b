//! What is done to a service that runs: crawls by the command that hands them to it, and a look at its data.

use std::path::Path;
use std::process::Stdio;
use std::time::Instant;

use anyhow::{Context, Result, bail, ensure};
use openslots_model::ProviderLocation;
use openslots_store::Store;
use serde::{Deserialize, Serialize};
use tokio::process::Command;
use url::Url;

/// A crawl of all publishers by the service.
#[derive(Debug, Clone, Serialize)]
#[serde(rename_all = "camelCase")]
pub(super) struct Crawled {
    /// From the command to everything searchable.
    pub(super) seconds: f64,
    /// Lines of all files.
    pub(super) n_lines: u64,
    /// Those that were new or different.
    pub(super) n_accepted: u64,
}

/// What is read of `crawl --json`.
#[derive(Deserialize)]
struct Told {
    publishers: Vec<ToldRun>,
}

#[derive(Deserialize)]
struct ToldRun {
    publisher: String,
    outcome: String,
    reason: Option<String>,
    lines: ToldLines,
}

#[derive(Deserialize)]
struct ToldLines {
    accepted: u64,
    unchanged: u64,
    rejected: u64,
}

/// Has the service on a data directory crawl; all must go well, and at least so many lines come.
pub(super) async fn crawl(data_dir: &Path, manifests: &[Url], n_slots: u64) -> Result<Crawled> {
    let mut command = Command::new(std::env::current_exe()?);
    command.args(["crawl", "--force", "--json", "--data-dir"]).arg(data_dir).stderr(Stdio::inherit());
    command.args(manifests.iter().flat_map(|manifest| ["--manifest", manifest.as_str()]));
    let began = Instant::now();
    let output = command.output().await.context("a crawl cannot be started")?;
    let seconds = began.elapsed().as_secs_f64();
    if !output.status.success() {
        bail!("the crawl ended with {}", output.status);
    }
    let told: Told = serde_json::from_slice(&output.stdout).context("what the crawl told")?;
    let mut crawled = Crawled { seconds, n_lines: 0, n_accepted: 0 };
    for run in told.publishers {
        let (publisher, outcome) = (run.publisher, run.outcome);
        ensure!(matches!(outcome.as_str(), "updated" | "unchanged"), "{publisher}: {outcome}: {:?}", run.reason);
        crawled.n_accepted += run.lines.accepted;
        crawled.n_lines += run.lines.accepted + run.lines.unchanged + run.lines.rejected;
    }
    ensure!(crawled.n_lines >= n_slots, "{} lines of {n_slots} slots", crawled.n_lines);
    Ok(crawled)
}

/// Some thousand provider locations from all over the data of a service.
pub(super) fn sample_of_data(data_dir: &Path) -> Result<Vec<ProviderLocation>> {
    let store = Store::open(data_dir)?;
    super::sample_of(&store)
}
