//! openslots: a self-hosted aggregator of SMART Scheduling Links publishers.
//!
//! The binary is command line, configuration and wiring; the work is in the crates below it
//! (see `crates/ARCHITECTURE.md`).

mod bench;
mod cli;
mod command;
mod config;
mod control;
mod crawl_schedule;
mod data_dir;
mod engine;
mod indexing;
mod logging;
mod operations;
mod output;
mod progress;
mod report;
mod scheduler;
mod sink;

use std::process::ExitCode;

use clap::Parser;

fn main() -> ExitCode {
    let cli = cli::Cli::parse();
    match command::run(cli.command) {
        Ok(code) => ExitCode::from(code),
        Err(error) => {
            #[expect(clippy::print_stderr, reason = "the last word of a command that could not do its work")]
            {
                eprintln!("openslots: {error:#}");
            }
            ExitCode::from(report::EXIT_NOTHING_DONE)
        }
    }
}
