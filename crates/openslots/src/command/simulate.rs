//! `simulate`: synthetic publishers, written or served.

use std::sync::Arc;

use anyhow::{Context, Result, bail};
use openslots_simulate::{Fault, ServeOptions, Simulation, SimulationPlan, SimulationServer};
use tokio::io::{AsyncBufReadExt, BufReader};
use tokio::net::TcpListener;

use super::serve::stop_signal;
use crate::cli::SimulateArgs;
use crate::output::{print, print_line};
use crate::report::EXIT_WELL;
use crate::threads;

/// Slots in a thousand that differ from one generation to the next.
const CHANGED_PER_MILLE: u32 = 10;

/// Runs the command.
pub(super) fn run(args: &SimulateArgs) -> Result<u8> {
    if args.faults.iter().any(|name| name == "help") {
        for fault in Fault::ALL {
            print_line(&format!("{:<24} {}", fault.to_string(), fault.description()))?;
        }
        return Ok(EXIT_WELL);
    }
    let simulation = Simulation::new(plan(args)?)?;
    if let Some(directory) = &args.out {
        openslots_simulate::write_to_dir(&simulation, directory)
            .with_context(|| format!("publishers cannot be written to {}", directory.display()))?;
        return Ok(EXIT_WELL);
    }
    let Some(listen) = args.listen else { bail!("name --listen ADDR or --out DIR") };
    threads::answering()?.block_on(async {
        let listener =
            TcpListener::bind(listen).await.with_context(|| format!("address {listen} cannot be listened on"))?;
        let options = ServeOptions { etags: !args.no_etags, ..ServeOptions::default() };
        let server = openslots_simulate::serve(Arc::new(simulation), listener, options).await?;
        let manifests: String = server.manifest_urls().iter().map(|url| format!("{url}\n")).collect();
        print(&manifests)?;
        let stop = stop_signal()?;
        tokio::select! {
            () = stop.cancelled() => Ok(()),
            steered = steer(&server, args.steer) => steered,
        }
    })?;
    Ok(EXIT_WELL)
}

fn plan(args: &SimulateArgs) -> Result<SimulationPlan> {
    let faults = args.faults.iter().map(|name| name.parse::<Fault>()).collect::<Result<_, _>>()?;
    Ok(SimulationPlan {
        seed: args.seed,
        start_date: args.start_date.unwrap_or_else(|| jiff::Zoned::now().date()),
        n_publishers: args.publishers,
        n_locations: args.locations,
        n_days: args.days,
        n_slots: args.slots,
        faults,
        generation: 0,
        changed_per_mille: CHANGED_PER_MILLE,
    })
}

/// Takes commands from standard input until it ends; then, or without `--steer`, waits for ever.
async fn steer(server: &SimulationServer, steered: bool) -> Result<()> {
    let mut lines = BufReader::new(tokio::io::stdin()).lines();
    if !steered {
        return std::future::pending().await;
    }
    while let Some(line) = lines.next_line().await? {
        let words: Vec<_> = line.split_whitespace().collect();
        match words.as_slice() {
            ["generation", number] => server.set_generation(number.parse().context("generation is a number")?),
            ["conditions", "on"] => server.answer_conditions(true),
            ["conditions", "off"] => server.answer_conditions(false),
            ["warm"] => server.prerender().await?,
            _ => {
                print_line(&format!("`{line}` is no command"))?;
                continue;
            }
        }
        print_line("ok")?;
    }
    Ok(())
}
