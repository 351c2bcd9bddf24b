//! openslots: a self-hosted aggregator of SMART Scheduling Links publishers.
//!
//! The binary is command line, configuration and wiring; the work is in the crates below it
//! (see `crates/ARCHITECTURE.md`).

mod admin;
mod background;
mod bench;
mod care;
mod check;
mod cli;
mod command;
mod config;
mod control;
mod crawl_schedule;
mod data_dir;
mod engine;
mod events;
mod exports;
mod indexing;
mod judging;
mod logging;
mod operations;
mod output;
mod plan;
mod processors;
mod progress;
mod publication;
mod publisher_report;
mod registry;
mod report;
mod resource_tables;
mod scheduler;
mod sink;
mod statistics;
mod threads;
mod watching;

use std::io::Write;
use std::process::ExitCode;

use clap::Parser;

/// Allocates for SQLite and zstd as well; `.cargo/config.toml` says how it is set.
#[cfg(not(target_env = "msvc"))]
#[global_allocator]
static ALLOCATOR: tikv_jemallocator::Jemalloc = tikv_jemallocator::Jemalloc;

fn main() -> ExitCode {
    let cli = match cli::Cli::try_parse() {
        Ok(cli) => cli,
        Err(error) => return refuse(&error),
    };
    match command::run(cli.command) {
        Ok(code) => ExitCode::from(code),
        Err(error) => {
            // The last word of a command that could not do its work; a full disk may take that too.
            writeln!(std::io::stderr(), "openslots: {error:#}").ok();
            ExitCode::from(report::EXIT_NOTHING_DONE)
        }
    }
}

/// Help and version are good answers; anything else that is no command does nothing (2 is kept for crawls that failed
/// in part).
fn refuse(error: &clap::Error) -> ExitCode {
    // There is nobody left to tell where even this cannot be printed.
    error.print().ok();
    ExitCode::from(if error.use_stderr() { report::EXIT_NOTHING_DONE } else { report::EXIT_WELL })
}
