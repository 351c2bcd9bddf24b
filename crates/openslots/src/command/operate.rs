//! Commands that act on a data directory once: themselves, or by the `serve` that holds it.

use std::sync::Arc;

use anyhow::{Result, bail};
use openslots_api::conformance::Judgements;
use openslots_model::UnixSeconds;
use openslots_store::Store;

use crate::cli::PlaceArgs;
use crate::config::Settings;
use crate::control;
use crate::data_dir::DataDir;
use crate::engine::{Engine, status_of};
use crate::operations::{Reply, Request};
use crate::output::{grouped, print, print_json, print_line, terminal_width};
use crate::progress;
use crate::report::EXIT_WELL;
use crate::threads;

/// Does a request, prints its reply and gives the exit code.
pub(super) fn run(place: &PlaceArgs, request: Request, json: bool) -> Result<u8> {
    show(ask(place, request)?, json)
}

/// Does a request.
pub(super) fn ask(place: &PlaceArgs, request: Request) -> Result<Reply> {
    let settings = super::settings(place)?;
    crate::logging::start(settings.log_format, settings.log_level.as_deref().unwrap_or("warn"))?;
    let data_dir = DataDir::create(&settings.data_dir)?;
    let runtime = threads::answering()?;
    let reply = runtime.block_on(ask_or_do(&settings, &data_dir, request));
    // Fetches of a run that was given up must not keep the command from ending.
    runtime.shutdown_background();
    reply
}

async fn ask_or_do(settings: &Settings, data_dir: &DataDir, request: Request) -> Result<Reply> {
    let Some(lock) = data_dir.try_lock()? else {
        if let Some(reply) = control::ask(&data_dir.control_socket(), &request).await? {
            return Ok(reply);
        }
        if matches!(request, Request::Status) {
            let path = data_dir.path().to_owned();
            let read = move || status_of(&Store::open(&path)?, &Judgements::default(), false, UnixSeconds::now());
            return Ok(Reply::Status(tokio::task::spawn_blocking(read).await??));
        }
        bail!(
            "data directory {} is held by {}, which does not take requests; wait until it has ended",
            data_dir.path().display(),
            data_dir.lock_holder()
        );
    };
    let engine = Arc::new(tokio::task::block_in_place(|| Engine::open(settings, data_dir, lock, false))?);
    let is_crawl = matches!(request, Request::Crawl(_));
    let reply = engine.handle(request, progress::for_terminal()).await?;
    if is_crawl {
        // A service does so beside its work.
        tokio::task::block_in_place(|| engine.keep_statistics());
    }
    // What is done leaves one file behind, which can be copied as it is.
    tokio::task::block_in_place(|| engine.store().checkpoint())?;
    Ok(reply)
}

fn show(reply: Reply, json: bool) -> Result<u8> {
    match reply {
        Reply::Crawl(report) => {
            if json {
                print_line(&report.to_json()?)?;
            } else {
                print(&report.to_table())?;
            }
            return Ok(report.exit_code());
        }
        Reply::Status(report) if json => print_json(&report)?,
        Reply::Status(report) => print(&report.to_table(UnixSeconds::now(), terminal_width()))?,
        Reply::PublisherAdded(report) => {
            if json {
                print_json(&report)?;
            } else {
                print(&report.to_text()?)?;
            }
            return Ok(report.exit_code());
        }
        Reply::PublishersImported(report) => {
            if json {
                print_json(&report)?;
            } else {
                print(&report.to_table())?;
            }
            return Ok(report.exit_code());
        }
        Reply::IndexRebuilt(report) => print_line(&format!(
            "index rebuilt: {} provider locations, {} slots, {:.1} s",
            grouped(report.n_provider_locations),
            grouped(report.n_slots),
            report.duration_ms as f64 / 1_000.0
        ))?,
    }
    Ok(EXIT_WELL)
}
