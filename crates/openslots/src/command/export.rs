//! `export`: the aggregated data as files.

use std::path::Path;

use anyhow::{Context, Result, bail};
use openslots_model::UnixSeconds;
use openslots_publish::Publication;
use openslots_publish::export::{Choice, Format, export};
use openslots_publish::publication::{Retention, StaticFiles};
use openslots_store::Store;

use crate::cli::{ExportArgs, ExportFormat};
use crate::config::Settings;
use crate::exports::SnapshotSource;
use crate::output::{grouped, print_line};
use crate::publication::{StoreSource, publish};
use crate::report::EXIT_WELL;

/// What an export remembers of itself, below its directory.
const STATE: &str = ".publication";

/// Runs the command.
pub(super) fn run(args: &ExportArgs) -> Result<u8> {
    let settings = super::settings(&args.place)?;
    crate::logging::start(settings.log_format, settings.log_level.as_deref().unwrap_or("warn"))?;
    match args.format {
        ExportFormat::Ndjson => rows(args, &settings, Format::Ndjson),
        ExportFormat::Csv => rows(args, &settings, Format::Csv),
        ExportFormat::Parquet => rows(args, &settings, Format::Parquet),
        ExportFormat::BulkPublish => bulk_publish(args, &settings),
    }
}

/// Opens the store of a data directory that somebody may be serving.
pub(super) fn open(settings: &Settings) -> Result<Store> {
    if !settings.data_dir.join("openslots.db").is_file() {
        bail!("{} holds no data; crawl first", settings.data_dir.display());
    }
    Ok(Store::open(&settings.data_dir)?)
}

fn rows(args: &ExportArgs, settings: &Settings, format: Format) -> Result<u8> {
    if args.base_url.is_some() {
        bail!("--base-url goes with --format bulk-publish only");
    }
    if let (Some(from), Some(to)) = (args.from, args.to)
        && from > to
    {
        bail!("--from {from} lies after --to {to}");
    }
    let store = open(settings)?;
    if args.history {
        store.count_events()?;
    }
    let source = SnapshotSource::open(&store)?;
    let choice = Choice { from: args.from, to: args.to, with_history: args.history, as_of: args.as_of };
    let written = export(&source, &args.out, format, choice)?;
    print_line(&format!(
        "{}: {} slots as of {} in {} files, {} of them new",
        args.out.display(),
        grouped(written.n_slots),
        written.as_of,
        grouped(written.n_files),
        grouped(written.n_written)
    ))?;
    Ok(EXIT_WELL)
}

fn bulk_publish(args: &ExportArgs, settings: &Settings) -> Result<u8> {
    if args.from.is_some() || args.to.is_some() || args.history || args.as_of.is_some() {
        bail!("--from, --to, --history and --as-of go with rows; --format bulk-publish holds all that may be offered");
    }
    let Some(base_url) = args.base_url.as_ref().or(settings.base_url.as_ref()) else {
        bail!("files name one another by where clients find them: say where with --base-url");
    };
    let store = open(settings)?;
    let written = write(&store, &args.out, base_url.as_str(), settings.publication.retention)?;
    print_line(&format!(
        "{}: {} lines in {} files, {} of them new",
        args.out.display(),
        grouped(written.n_lines),
        grouped(written.n_files),
        grouped(written.n_written)
    ))?;
    Ok(EXIT_WELL)
}

/// Writes what a store holds as the files of a publisher.
pub(crate) fn write(store: &Store, out: &Path, base_url: &str, retention: Retention) -> Result<StaticFiles> {
    let now = UnixSeconds::now();
    let source = StoreSource::open(store, now)?;
    let publication = Publication::open(&out.join(STATE), base_url, retention)?;
    publish(&source, &publication, now)?;
    let written = publication.write_static_files(out)?;
    written.with_context(|| "nothing has been crawled yet, so there is nothing to write".to_owned())
}
