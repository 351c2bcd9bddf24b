//! The commands, one module each.

mod demo;
mod export;
mod operate;
mod publishers;
mod report;
mod serve;
mod simulate;

use std::ffi::OsString;
use std::path::PathBuf;

use anyhow::Result;

use crate::cli::{Command, IndexCommand, PlaceArgs};
use crate::config::{self, Settings};
use crate::operations::{CrawlRequest, Request};

/// Runs a command; its exit code.
pub(crate) fn run(command: Command) -> Result<u8> {
    match command {
        Command::Demo(args) => demo::run(&args),
        Command::Serve(args) => serve::run(&args),
        Command::Check(args) => crate::check::run(&args),
        Command::Export(args) => export::run(&args),
        Command::Report(args) => report::run(&args),
        Command::Bench(args) => crate::bench::run(&args),
        Command::Simulate(args) => simulate::run(&args),
        Command::Crawl(args) => {
            let request = CrawlRequest { publishers: args.publishers, manifests: args.manifests, force: args.force };
            operate::run(&args.place, Request::Crawl(request), args.json)
        }
        Command::Status(args) => operate::run(&args.place, Request::Status, args.json),
        Command::Publishers(command) => publishers::run(command),
        Command::Index(IndexCommand::Rebuild { place }) => operate::run(&place, Request::RebuildIndex, false),
    }
}

/// The settings of a command: file, environment, then the command line.
fn settings(place: &PlaceArgs) -> Result<Settings> {
    // A variable that is no text can be none of ours.
    let text = |(name, value): (OsString, OsString)| Some((name.into_string().ok()?, value.into_string().ok()?));
    let environment = std::env::vars_os().filter_map(text).collect();
    let mut settings = config::load(place.config.as_deref(), &environment)?;
    if let Some(data_dir) = &place.data_dir {
        settings.data_dir = PathBuf::from(data_dir);
    }
    Ok(settings)
}
