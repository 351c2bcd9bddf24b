//! `demo`: simulated publishers, crawled and served, with queries to try.

use std::sync::Arc;

use anyhow::{Context, Result};
use openslots_api::{Vendor, VendorSecret};
use openslots_model::CrawlOutcome;
use openslots_simulate::{Fault, ServeOptions, Simulation, SimulationPlan};
use tokio::net::TcpListener;
use url::Url;

use super::serve::{Service, open, stop_signal};
use crate::cli::DemoArgs;
use crate::config::{self, CareSettings, Environment, LogFormat};
use crate::data_dir::DataDir;
use crate::operations::{CrawlRequest, Reply, Request};
use crate::output::print;
use crate::progress;
use crate::report::EXIT_WELL;
use crate::threads;

/// Everything that looks random in the demo comes from it, so that its places are the same every day.
const SEED: u64 = 7;
/// Publishers of the demo.
const N_PUBLISHERS: u32 = 5;
/// What some of them do wrong.
const FAULTS: [Fault; 3] = [Fault::BadLine, Fault::StateAsString, Fault::NotFoundFile];

/// Runs the command.
pub(super) fn run(args: &DemoArgs) -> Result<u8> {
    crate::logging::start(LogFormat::Pretty, "warn")?;
    let mut settings = config::load(None, &Environment::new())?;
    settings.publishers.clear();
    settings.listen = args.listen;
    let folder = tempfile::tempdir().context("a temporary directory cannot be made")?;
    settings.data_dir = args.data_dir.clone().unwrap_or_else(|| folder.path().join("data"));
    let patient_side = PatientSideOfDemo::new()?;
    patient_side.open_in(&mut settings.care)?;
    let data_dir = DataDir::create(&settings.data_dir)?;
    let runtime = threads::answering()?;
    let background = threads::background()?;
    let shown = runtime.block_on(async {
        let plan = SimulationPlan {
            seed: SEED,
            start_date: jiff::Zoned::now().date(),
            n_publishers: N_PUBLISHERS,
            n_locations: 60,
            n_days: 21,
            n_slots: 60_000,
            faults: FAULTS.to_vec(),
            generation: 0,
            changed_per_mille: 10,
        };
        let simulation = Arc::new(Simulation::new(plan)?);
        let listener = TcpListener::bind("127.0.0.1:0").await.context("simulated publishers find no free port")?;
        let publishers = openslots_simulate::serve(Arc::clone(&simulation), listener, ServeOptions::default()).await?;
        let engine = open(&settings, &data_dir)?;
        let mut slugs = Vec::new();
        for (url, publisher) in publishers.manifest_urls().iter().zip(simulation.publishers()) {
            let slug = publisher.slug();
            tokio::task::block_in_place(|| engine.put_publisher(slug, publisher.name(), &Url::parse(url)?))?;
            slugs.push(slug.to_string());
        }
        let service = Service::start(Arc::clone(&engine), &data_dir, &settings).await?;
        let base = format!("http://{}", service.address());
        print(&format!("openslots demo: {N_PUBLISHERS} simulated publishers, some of them with faults\n\n"))?;
        let stop = stop_signal()?;
        let request = CrawlRequest { publishers: slugs, manifests: Vec::new(), force: true };
        let crawled = tokio::select! {
            () = stop.cancelled() => return anyhow::Ok(()),
            crawled = engine.handle(Request::Crawl(request), progress::for_terminal()) => crawled?,
        };
        if let Reply::Crawl(report) = crawled {
            let n_read = report.runs.iter().filter(|run| run.outcome != CrawlOutcome::Failed).count();
            print(&format!("{}\n{n_read} publishers read. Open in a browser: {base}/\n\n", report.to_table()))?;
        }
        let behind = background.handle().clone();
        let serving = tokio::spawn(async move { service.run(&behind, stop).await });
        let walk_through = patient_side.walk_through(&base, publishers.base_url());
        print(&format!("Or ask:\n{}\n", sample_queries(&base)))?;
        print(&format!(
            "Or go a patient's way, from the search to the ride:\n  {walk_through}\n\nCtrl-C ends the demo.\n"
        ))?;
        serving.await?
    });
    background.shutdown_background();
    runtime.shutdown_background();
    shown.map(|()| EXIT_WELL)
}

/// The patient side of the demo: secrets of its own, and endpoints on this machine.
struct PatientSideOfDemo {
    token: String,
    cab_secret: String,
}

impl PatientSideOfDemo {
    fn new() -> Result<Self> {
        Ok(Self { token: openslots_care::access::random_token()?, cab_secret: openslots_care::access::random_token()? })
    }

    fn open_in(&self, settings: &mut CareSettings) -> Result<()> {
        settings.token = Some(self.token.clone());
        settings.allows_private_addresses = true;
        settings.vendors = vec![Vendor { name: "cab".to_owned(), secret: VendorSecret::new(&self.cab_secret)? }];
        Ok(())
    }

    /// The command that walks through it.
    fn walk_through(&self, base: &str, publishers: &str) -> String {
        format!("python3 tests/python/walk_through.py {base} {} {publishers}/portal {}", self.token, self.cab_secret)
    }
}

/// Three questions that the demo's data answer.
fn sample_queries(base: &str) -> String {
    [
        format!("  curl '{base}/v1/scheduling/slots?limit=3'"),
        format!(
            "  curl '{base}/v1/scheduling/provider-locations?specialty=dermatologist&near=Boston,%20MA&radius=500'"
        ),
        format!("  curl '{base}/v1/scheduling/provider-locations?q=dermatolgist+on+a+weekday'"),
    ]
    .map(|line| line + "\n")
    .concat()
}
