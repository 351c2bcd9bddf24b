//! The command line: names and options as users' scripts know them.

use std::net::SocketAddr;
use std::path::PathBuf;

use clap::{ArgGroup, Args, Parser, Subcommand};
use openslots_model::{LocalDate, OffsetInstant, PublisherSlug, UnixSeconds};
use url::Url;

use crate::config::LogFormat;
use crate::operations::Category;

/// A self-hosted aggregator of SMART Scheduling Links publishers.
#[derive(Debug, Parser)]
#[command(name = "openslots", version, about, propagate_version = true)]
pub(crate) struct Cli {
    #[command(subcommand)]
    pub(crate) command: Command,
}

#[derive(Debug, Subcommand)]
pub(crate) enum Command {
    /// Start simulated publishers, crawl them and serve what they have: needs no configuration.
    Demo(DemoArgs),
    /// Crawl on schedule and serve, in one process.
    Serve(ServeArgs),
    /// Crawl once, now.
    ///
    /// Exits 0 when all went well (rejected lines are reported, not failures), 2 when some publisher or file failed,
    /// 1 when nothing could be done.
    Crawl(CrawlArgs),
    /// Hold what a publisher publishes against the specifications: errors with file and line, and what to do.
    ///
    /// Takes the URL of a manifest, or a folder with a manifest and its files. Exits 0 when no errors were found
    /// (warnings are none), 2 when some were, 1 when nothing could be checked.
    Check(CheckArgs),
    /// Write the aggregated data as files.
    ///
    /// `ndjson`, `csv`, `parquet`: slots by local day, provider locations and publishers, each row complete in itself,
    /// with a data dictionary, a citation file and an index of checksums. A run that was cut goes on where it was; one
    /// that finds nothing changed writes nothing.
    ///
    /// `bulk-publish`: manifest, files and chain of increments below DIR, each under the path of its URL, for a web
    /// server or an object store behind a CDN. Run again into the same DIR, it adds what has changed; what it has to
    /// remember for that is in DIR/.publication, which need not be served.
    ///
    /// Reads the data directory only, so a `serve` may be running on it.
    Export(ExportArgs),
    /// Write a report of what was available, where and when: one HTML page with charts, and their figures as CSV.
    ///
    /// Free slots, places with something to book, time to the next appointment, what became of appointments, and how
    /// steadily publishers are heard, each with what it means and what it does not. Reads what is counted once a day, so a
    /// `serve` may be running on the data directory.
    Report(ReportArgs),
    /// Measure this machine: simulated publishers, crawls and queries.
    Bench(BenchArgs),
    /// Write or serve synthetic publishers: the same bytes for the same seed, start date and sizes.
    Simulate(SimulateArgs),
    /// Show what is known of each publisher.
    Status(StatusArgs),
    /// Look after the search index.
    #[command(subcommand)]
    Index(IndexCommand),
    /// List, add or import publishers.
    #[command(subcommand)]
    Publishers(PublishersCommand),
}

/// Where configuration and data are.
#[derive(Debug, Clone, Args)]
pub(crate) struct PlaceArgs {
    /// Configuration file; without it `config/openslots.toml` if there, else defaults.
    #[arg(long, value_name = "FILE")]
    pub(crate) config: Option<PathBuf>,
    /// Data directory; overrides the configuration.
    #[arg(long, value_name = "DIR")]
    pub(crate) data_dir: Option<PathBuf>,
}

#[derive(Debug, Args)]
pub(crate) struct DemoArgs {
    /// Address to serve on; port 0 takes any free one.
    #[arg(long, value_name = "ADDR", default_value = "127.0.0.1:8080")]
    pub(crate) listen: SocketAddr,
    /// Data directory; without it a temporary one that is removed at the end.
    #[arg(long, value_name = "DIR")]
    pub(crate) data_dir: Option<PathBuf>,
}

#[derive(Debug, Args)]
pub(crate) struct ServeArgs {
    #[command(flatten)]
    pub(crate) place: PlaceArgs,
    /// Address to serve on; overrides the configuration.
    #[arg(long, value_name = "ADDR")]
    pub(crate) listen: Option<SocketAddr>,
    /// Manifest URL of a publisher to add on the fly.
    #[arg(long = "manifest", value_name = "URL")]
    pub(crate) manifests: Vec<Url>,
    /// How log lines look, `pretty` or `json`; overrides the configuration.
    #[arg(long, value_name = "FORMAT")]
    pub(crate) log_format: Option<LogFormat>,
    /// What is logged, as in `warn` or `info,openslots_crawl=debug`; overrides the configuration.
    #[arg(long, value_name = "LEVEL", value_parser = crate::logging::check_level)]
    pub(crate) log_level: Option<String>,
}

#[derive(Debug, Args)]
pub(crate) struct CrawlArgs {
    #[command(flatten)]
    pub(crate) place: PlaceArgs,
    /// Crawl only this publisher (may be repeated).
    #[arg(long = "publisher", value_name = "SLUG")]
    pub(crate) publishers: Vec<String>,
    /// Manifest URL of a publisher to add on the fly and crawl (may be repeated).
    #[arg(long = "manifest", value_name = "URL")]
    pub(crate) manifests: Vec<Url>,
    /// Ask even for what was asked for less than a minute ago.
    #[arg(long)]
    pub(crate) force: bool,
    /// Print JSON instead of a table.
    #[arg(long)]
    pub(crate) json: bool,
}

#[derive(Debug, Args)]
pub(crate) struct CheckArgs {
    /// URL of a manifest, or a folder.
    #[arg(value_name = "URL-or-DIR")]
    pub(crate) target: String,
    /// Print JSON instead of text.
    #[arg(long)]
    pub(crate) json: bool,
    /// Also write the report as one HTML page.
    #[arg(long, value_name = "FILE")]
    pub(crate) html: Option<PathBuf>,
    /// Look at no more than so many lines of each file.
    #[arg(long, value_name = "N")]
    pub(crate) max_lines: Option<u64>,
}

/// How data are written.
#[derive(Debug, Clone, Copy, PartialEq, Eq, clap::ValueEnum)]
pub(crate) enum ExportFormat {
    /// One JSON object a line.
    Ndjson,
    /// Comma-separated values with a head.
    Csv,
    /// Apache Parquet.
    Parquet,
    /// A publisher's manifest and NDJSON files.
    BulkPublish,
}

#[derive(Debug, Args)]
pub(crate) struct ExportArgs {
    #[command(flatten)]
    pub(crate) place: PlaceArgs,
    /// How they are written.
    #[arg(long, value_enum)]
    pub(crate) format: ExportFormat,
    /// Where they are written.
    #[arg(long, value_name = "DIR")]
    pub(crate) out: PathBuf,
    /// Also write what happened: each change of a slot, and how each crawl run ended.
    #[arg(long, conflicts_with = "as_of")]
    pub(crate) history: bool,
    /// Instead of the present state, write the slots that were held at an instant (2026-10-05T14:00:00Z), as far back as
    /// history reaches.
    #[arg(long, value_name = "INSTANT", value_parser = instant)]
    pub(crate) as_of: Option<UnixSeconds>,
    /// Leave out slots of local days (and events of days) before this one (YYYY-MM-DD).
    #[arg(long, value_name = "DATE", value_parser = local_date)]
    pub(crate) from: Option<LocalDate>,
    /// Leave out slots of local days (and events of days) after this one (YYYY-MM-DD).
    #[arg(long, value_name = "DATE", value_parser = local_date)]
    pub(crate) to: Option<LocalDate>,
    /// Of `bulk-publish`: where DIR will be found by clients; without it `server.base_url` of the configuration.
    #[arg(long, value_name = "URL")]
    pub(crate) base_url: Option<Url>,
}

fn instant(text: &str) -> Result<UnixSeconds, String> {
    OffsetInstant::parse_strict(text).map(|read| read.instant).map_err(|error| error.to_string())
}

fn local_date(text: &str) -> Result<LocalDate, String> {
    LocalDate::parse(text).ok_or_else(|| "not a day of the form YYYY-MM-DD".to_owned())
}

fn at_least_one(text: &str) -> Result<usize, String> {
    text.parse().ok().filter(|n| *n > 0).ok_or_else(|| "not a number from 1".to_owned())
}

#[derive(Debug, Args)]
pub(crate) struct ReportArgs {
    #[command(flatten)]
    pub(crate) place: PlaceArgs,
    /// Where it is written: `index.html`, and a CSV file for each chart.
    #[arg(long, value_name = "DIR")]
    pub(crate) out: PathBuf,
    /// The first day (of UTC, YYYY-MM-DD); without it ninety days up to the last one.
    #[arg(long, value_name = "DATE", value_parser = local_date)]
    pub(crate) from: Option<LocalDate>,
    /// The last day; without it today.
    #[arg(long, value_name = "DATE", value_parser = local_date)]
    pub(crate) to: Option<LocalDate>,
}

#[derive(Debug, Args)]
#[command(group(ArgGroup::new("instead").args(["compare", "growth", "clients", "crawls", "memory_limit"])))]
pub(crate) struct BenchArgs {
    /// Slots over all simulated publishers.
    #[arg(long, default_value_t = 1_000_000)]
    pub(crate) slots: u64,
    /// Leave out the files: to write the data set takes up to 2 kB a slot of the disk.
    #[arg(long)]
    pub(crate) without_files: bool,
    /// Instead, ask the same questions of SQLite, PostgreSQL and DuckDB over the same files, and hold answers and times
    /// against each other.
    ///
    /// PostgreSQL is started in a folder for temporary files and goes with it. What is not installed is left out.
    #[arg(long)]
    pub(crate) compare: bool,
    /// Of `compare`: a Python with the packages `duckdb` and `psycopg[binary]`.
    #[arg(long, value_name = "FILE", default_value = "python3")]
    pub(crate) python: PathBuf,
    /// Instead, measure these numbers of slots one after the other, and say how each figure grows.
    #[arg(long, value_name = "N,N,...", value_delimiter = ',', conflicts_with = "slots")]
    pub(crate) growth: Vec<u64>,
    /// Of `growth`: also draw a chart of it (SVG).
    #[arg(long, value_name = "FILE", requires = "growth")]
    pub(crate) chart: Option<PathBuf>,
    /// Instead, have so many clients at once ask the service as fast as it answers, then some of them while every slot is
    /// crawled anew.
    #[arg(long, value_name = "N,N,...", value_delimiter = ',', value_parser = at_least_one)]
    pub(crate) clients: Vec<usize>,
    /// Of `clients`: how long each number of them asks.
    #[arg(long, value_name = "N", default_value_t = 5, value_parser = clap::value_parser!(u64).range(1..=3_600))]
    pub(crate) seconds: u64,
    /// Instead, crawl so many times, each time with one slot in a hundred changed, and tell what is held meanwhile.
    #[arg(long, value_name = "N", value_parser = clap::value_parser!(u32).range(1..=100_000))]
    pub(crate) crawls: Option<u32>,
    /// Instead, let the service have so much memory (`512MiB`), and hold its figures against those of one without limit.
    #[arg(long, value_name = "SIZE", value_parser = crate::config::parse_bytes)]
    pub(crate) memory_limit: Option<u64>,
    /// Print JSON instead of a table.
    #[arg(long)]
    pub(crate) json: bool,
}

#[derive(Debug, Args)]
#[command(group(ArgGroup::new("destination").required(true).args(["listen", "out", "faults"]).multiple(true)))]
pub(crate) struct SimulateArgs {
    /// Serve on this address; prints each manifest URL on a line of its own, then serves.
    #[arg(long, value_name = "ADDR")]
    pub(crate) listen: Option<SocketAddr>,
    /// Write into this directory, a folder for each publisher.
    #[arg(long, value_name = "DIR", conflicts_with = "listen")]
    pub(crate) out: Option<PathBuf>,
    /// Number of publishers.
    #[arg(long, default_value_t = 5)]
    pub(crate) publishers: u32,
    /// Locations of each publisher.
    #[arg(long, default_value_t = 20)]
    pub(crate) locations: u32,
    /// Days from the start date that slots lie on.
    #[arg(long, default_value_t = 28)]
    pub(crate) days: u32,
    /// Slots over all publishers.
    #[arg(long, default_value_t = 10_000)]
    pub(crate) slots: u64,
    /// Seed of everything that looks random.
    #[arg(long, default_value_t = 1)]
    pub(crate) seed: u64,
    /// First day (YYYY-MM-DD); without it, today.
    #[arg(long, value_name = "DATE")]
    pub(crate) start_date: Option<jiff::civil::Date>,
    /// Something that the publishers do wrong (may be repeated; `--fault help` lists the names).
    #[arg(long = "fault", value_name = "NAME")]
    pub(crate) faults: Vec<String>,
    /// Send bodies again even to those who ask whether anything has changed.
    #[arg(long)]
    pub(crate) no_etags: bool,
    /// With --listen, take commands from standard input: `generation N`, `conditions on`, `conditions off`, `warm`.
    #[arg(long, requires = "listen")]
    pub(crate) steer: bool,
}

#[derive(Debug, Args)]
pub(crate) struct StatusArgs {
    #[command(flatten)]
    pub(crate) place: PlaceArgs,
    /// Print JSON instead of a table.
    #[arg(long)]
    pub(crate) json: bool,
}

#[derive(Debug, Subcommand)]
pub(crate) enum IndexCommand {
    /// Throw the index away and build it anew from the store.
    Rebuild {
        #[command(flatten)]
        place: PlaceArgs,
    },
}

#[derive(Debug, Subcommand)]
pub(crate) enum PublishersCommand {
    /// List all publishers.
    List {
        #[command(flatten)]
        place: PlaceArgs,
        /// Print JSON instead of a table.
        #[arg(long)]
        json: bool,
    },
    /// Add a publisher by the URL of its manifest, after a look at it.
    ///
    /// The manifest is asked for once, without its files, and what it says is printed. What is no manifest is not
    /// added, and the exit code is 1. The look counts as a request: the first crawl waits until a minute after it.
    Add(AddArgs),
    /// Add the publishers of a list that somebody else keeps.
    ///
    /// Reads schema.org services as the public SMART publisher repository has them, from a file or the web, in JSON or
    /// in the JSON-LD of a page. None of the publishers is asked for anything: they are read when they are crawled.
    /// Those that are known stay as they are. One that needs headers, query parameters or a signed URL is not added, as
    /// secrets stand in `config/publishers` only: what its file there may begin with is printed. A list that was found
    /// on the public Internet must not name manifests on private addresses; a file is trusted.
    /// Exits 0 if a publisher was found in the list, 1 if not.
    Import(ImportArgs),
}

#[derive(Debug, Args)]
pub(crate) struct AddArgs {
    #[command(flatten)]
    pub(crate) place: PlaceArgs,
    /// URL of the manifest, usually ending in `$bulk-publish`; used as it is given.
    pub(crate) url: Url,
    /// What people call the publisher.
    #[arg(long)]
    pub(crate) name: Option<String>,
    /// Its short name (a-z, 0-9 and `-`); else made of the name or of host and path.
    #[arg(long)]
    pub(crate) slug: Option<PublisherSlug>,
    /// Add it without asking for its manifest.
    #[arg(long)]
    pub(crate) unchecked: bool,
    /// Print JSON instead of text.
    #[arg(long)]
    pub(crate) json: bool,
}

#[derive(Debug, Args)]
pub(crate) struct ImportArgs {
    #[command(flatten)]
    pub(crate) place: PlaceArgs,
    /// The list: a file, or an address that begins with http:// or https://.
    #[arg(value_name = "FILE-or-URL")]
    pub(crate) source: String,
    /// Tell what would be done, and do nothing.
    #[arg(long)]
    pub(crate) dry_run: bool,
    /// Only publishers of this category; those for testing have data that somebody made up.
    #[arg(long, value_enum)]
    pub(crate) category: Option<Category>,
    /// Print JSON instead of a table.
    #[arg(long)]
    pub(crate) json: bool,
}
