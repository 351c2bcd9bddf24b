//! `report`: what was available, where and when, as one page with charts and their figures as CSV.

mod page;

use std::io::Write;
use std::path::Path;

use anyhow::{Context, Result, bail};
use openslots_api::calls::{StatisticsAnswer, StatisticsOutcome, read_statistics};
use openslots_api::parameters::{MAX_STATISTICS_DAYS, StatisticsRequest};
use openslots_api::render::StatisticsTable;
use openslots_model::{LocalDate, UnixSeconds};
use openslots_store::Store;
use openslots_web::statistics::Plot;

use self::page::{Report, page};
use super::export::open;
use crate::cli::ReportArgs;
use crate::output::{grouped, print_line};
use crate::report::EXIT_WELL;
use crate::statistics;

/// Days up to the last one when nothing is said.
const DEFAULT_DAYS: i32 = 90;
const PAGE: &str = "index.html";

/// Runs the command.
pub(super) fn run(args: &ReportArgs) -> Result<u8> {
    let settings = super::settings(&args.place)?;
    crate::logging::start(settings.log_format, settings.log_level.as_deref().unwrap_or("warn"))?;
    let store = open(&settings)?;
    let now = UnixSeconds::now();
    // Nobody else may have done so today.
    statistics::keep(&store, now);
    let days = days(args, now)?;
    let Some((_, last_counted)) = store.snapshot()?.census_days()? else {
        bail!("nothing has been crawled yet, so there is nothing to report; crawl first");
    };
    std::fs::create_dir_all(&args.out).with_context(|| format!("cannot make {}", args.out.display()))?;
    let mut charts = Vec::new();
    let mut n_rows = 0;
    for plot in Plot::ALL {
        let answer = answer(&store, plot.request(days, last_counted.min(days.1)))?;
        let file = format!("{}.csv", plot.id());
        write(&args.out, &file, &StatisticsTable::new(&answer)?.to_csv()?)?;
        n_rows += answer.total;
        charts.push((plot, answer, file));
    }
    let publishers = store.publisher_statuses()?;
    let report = Report { days, made_at: now, charts: &charts, publishers: &publishers };
    write(&args.out, PAGE, page(&report).as_bytes())?;
    let (n_charts, n_rows) = (charts.len(), grouped(n_rows as u64));
    print_line(&format!(
        "{}: {} to {} in {n_charts} charts with {n_rows} rows behind them",
        args.out.join(PAGE).display(),
        days.0,
        days.1
    ))?;
    Ok(EXIT_WELL)
}

fn days(args: &ReportArgs, now: UnixSeconds) -> Result<(LocalDate, LocalDate)> {
    let last = args.to.unwrap_or_else(|| LocalDate::of_local_seconds(now.0));
    let first = args.from.unwrap_or(LocalDate(last.0 - DEFAULT_DAYS + 1));
    if first > last {
        bail!("--from {first} lies after --to {last}");
    }
    if last.0 - first.0 >= MAX_STATISTICS_DAYS {
        bail!("--from {first} is {MAX_STATISTICS_DAYS} days or more before --to {last}; counts are kept no longer");
    }
    Ok((first, last))
}

fn answer(store: &Store, request: StatisticsRequest) -> Result<StatisticsAnswer> {
    match read_statistics(store, request)? {
        StatisticsOutcome::Answer(answer) => Ok(*answer),
        StatisticsOutcome::TooMuch { n_counts, n_most } => bail!(
            "these days hold {} counts, {} at most are read at once; name fewer days with --from and --to",
            grouped(n_counts),
            grouped(n_most)
        ),
    }
}

/// Writes a file under its name when it is whole.
fn write(out: &Path, name: &str, bytes: &[u8]) -> Result<()> {
    let path = out.join(name);
    let written = || -> Result<()> {
        let mut file = tempfile::Builder::new().prefix(".report-").tempfile_in(out)?;
        file.write_all(bytes)?;
        // Made for its owner alone, while a report is to be read like any other file.
        std::fs::set_permissions(file.path(), std::os::unix::fs::PermissionsExt::from_mode(0o644))?;
        file.persist(&path)?;
        Ok(())
    };
    written().with_context(|| format!("cannot write {}", path.display()))
}
