//! The checked settings.

use std::fmt::Display;
use std::net::SocketAddr;
use std::num::NonZeroUsize;
use std::path::PathBuf;
use std::str::FromStr;

use openslots_crawl::{CrawlLimits, Pace};
use openslots_directory::links::LinkRules;
use openslots_model::{FreshnessPolicy, PublicId};
use openslots_store::HistoryRetention;
use url::Url;

use super::care_settings::{self, CareSettings};
use super::crawl_settings::{self, CrawlSettings};
use super::http_settings::{self, HttpSettings};
use super::quantity::{parse_bytes, parse_duration_seconds};
use super::sources::Sources;
use super::watch_settings::{self, WatchSettings};
use super::{ConfiguredPublisher, Faults, export_settings, publish_settings};
use crate::crawl_schedule::CrawlSchedule;
use crate::exports::ExportSettings;
use crate::publication::PublicationSettings;

/// How log lines look.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum LogFormat {
    /// For people.
    Pretty,
    /// An object a line.
    Json,
}

impl FromStr for LogFormat {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, String> {
        match text {
            "pretty" => Ok(Self::Pretty),
            "json" => Ok(Self::Json),
            other => Err(format!("`{other}` is neither `pretty` nor `json`")),
        }
    }
}

/// All settings, checked.
#[derive(Debug)]
pub(crate) struct Settings {
    /// Address to serve on.
    pub(crate) listen: SocketAddr,
    /// The address under which clients reach the service, where that is not the one it listens on.
    pub(crate) base_url: Option<Url>,
    /// What clients may take, and the operator's token.
    pub(crate) http: HttpSettings,
    /// Data directory.
    pub(crate) data_dir: PathBuf,
    /// When publishers without a schedule of their own are crawled.
    pub(crate) schedule: CrawlSchedule,
    /// How many publishers are crawled at once.
    pub(crate) concurrency: NonZeroUsize,
    /// What a crawl may take.
    pub(crate) limits: CrawlLimits,
    /// How crawls are paced beside the schedule.
    pub(crate) pace: Pace,
    /// Only output files of these states are wanted; none: all are.
    pub(crate) states: Vec<String>,
    /// How data of publishers without a policy of their own age.
    pub(crate) policy: FreshnessPolicy,
    /// Which places of different publishers are the same, and which are not, whatever they look like.
    pub(crate) links: LinkRules,
    /// How much is kept of what happened.
    pub(crate) history: HistoryRetention,
    /// How the data are given out again.
    pub(crate) publication: PublicationSettings,
    /// The files for research that are kept of each day.
    pub(crate) exports: ExportSettings,
    /// The patient side.
    pub(crate) care: CareSettings,
    /// Saved searches.
    pub(crate) watches: WatchSettings,
    /// How log lines look.
    pub(crate) log_format: LogFormat,
    /// What is logged, where the command's own habit is not wanted.
    pub(crate) log_level: Option<String>,
    /// Publishers of the configuration directory.
    pub(crate) publishers: Vec<ConfiguredPublisher>,
}

const KNOWN: &[&str] = &[
    "server.listen",
    "server.base_url",
    "data.dir",
    "crawl.schedule",
    "crawl.concurrency",
    "freshness.fresh_for",
    "freshness.max_staleness",
    "history.keep",
    "history.max_bytes",
    "links.same",
    "links.different",
    "log.format",
    "log.level",
];

impl Settings {
    /// The address under which clients reach the service.
    pub(crate) fn public_base_url(&self) -> String {
        let listened = || format!("http://{}", self.listen);
        self.base_url.as_ref().map_or_else(listened, |url| url.as_str().trim_end_matches('/').to_owned())
    }
}

/// The settings of all sections.
pub(super) fn all_known() -> impl Iterator<Item = &'static str> {
    let sections = [
        http_settings::KNOWN,
        crawl_settings::KNOWN,
        publish_settings::KNOWN,
        export_settings::KNOWN,
        care_settings::KNOWN,
        watch_settings::KNOWN,
    ];
    [KNOWN].into_iter().chain(sections).flatten().copied()
}

/// Takes settings out of their sources, collecting faults.
pub(super) struct Checker<'a> {
    sources: Sources,
    faults: &'a mut Faults,
}

impl Checker<'_> {
    /// A setting, or its default where it is not given; a bad one is a fault.
    pub(super) fn get<T, E: Display>(
        &mut self,
        path: &'static str,
        default: T,
        parse: impl FnOnce(&str) -> Result<T, E>,
    ) -> T {
        let is_known = all_known().any(|known| known == path);
        debug_assert!(is_known, "{path} is missing from the list of known settings");
        let Some(raw) = self.sources.take(path) else { return default };
        parse(&raw.text).unwrap_or_else(|fault| {
            self.faults.add(raw.origin, fault);
            default
        })
    }

    /// A setting that is true or false.
    pub(super) fn flag(&mut self, path: &'static str, default: bool) -> bool {
        self.get(path, default, |text| text.parse().map_err(|_| format!("`{text}` is neither true nor false")))
    }

    /// A secret, if it is given; it must not stand in the file, and no fault repeats it.
    pub(super) fn secret<T>(&mut self, path: &'static str, parse: impl FnOnce(&str) -> Result<T, String>) -> Option<T> {
        let raw = self.sources.take(path)?;
        if !raw.is_from_environment {
            self.faults.add(raw.origin, "is a secret; give it in the environment, or name a file that holds it");
            return None;
        }
        parse(&raw.text).map_err(|fault| self.faults.add(raw.origin, fault)).ok()
    }

    /// Notes that settings do not go together.
    pub(super) fn fault(&mut self, path: &'static str, fault: &str) {
        self.faults.add(path, fault);
    }
}

impl Settings {
    /// Checks raw settings; those that are missing get their defaults, those that are bad are faults.
    pub(super) fn check(sources: Sources, faults: &mut Faults) -> Self {
        let mut checker = Checker { sources, faults };
        let listen = checker.get("server.listen", SocketAddr::from(([127, 0, 0, 1], 8080)), |text| {
            text.parse().map_err(|_| format!("`{text}` is not an address; write 127.0.0.1:8080"))
        });
        let base_url = checker.get("server.base_url", None, |text| parse_base_url(text).map(Some));
        let http = HttpSettings::check(&mut checker);
        let data_dir = checker.get("data.dir", PathBuf::from("data"), |text| Ok::<_, String>(PathBuf::from(text)));
        let schedule = checker.get("crawl.schedule", CrawlSchedule::default(), str::parse);
        let concurrency = checker.get("crawl.concurrency", NonZeroUsize::new(4).unwrap_or(NonZeroUsize::MIN), count);
        let CrawlSettings { limits, pace, states } = CrawlSettings::check(&mut checker);
        let policy = FreshnessPolicy::default();
        let policy = FreshnessPolicy {
            fresh_for_seconds: checker.get("freshness.fresh_for", policy.fresh_for_seconds, parse_duration_seconds),
            max_staleness_seconds: checker.get(
                "freshness.max_staleness",
                policy.max_staleness_seconds,
                parse_duration_seconds,
            ),
        };
        let history = HistoryRetention::default();
        let history = HistoryRetention {
            keep_seconds: checker.get("history.keep", history.keep_seconds, parse_duration_seconds),
            max_bytes: checker.get("history.max_bytes", history.max_bytes, parse_bytes),
        };
        let same = checker.get("links.same", Vec::new(), parse_pairs);
        let links = LinkRules::new(same, checker.get("links.different", Vec::new(), parse_pairs));
        let publication = PublicationSettings::check(&mut checker);
        let exports = ExportSettings::check(&mut checker);
        let care = CareSettings::check(&mut checker);
        let watches = WatchSettings::check(&mut checker);
        let log_format = checker.get("log.format", LogFormat::Pretty, str::parse);
        let log_level = checker.get("log.level", None, |text| crate::logging::check_level(text).map(Some));
        let Checker { sources, faults } = checker;
        sources.refuse_rest(&all_known().collect::<Vec<_>>(), faults);
        let publishers = Vec::new();
        Self {
            listen,
            base_url,
            http,
            data_dir,
            schedule,
            concurrency,
            limits,
            pace,
            states,
            policy,
            links,
            history,
            publication,
            exports,
            care,
            watches,
            log_format,
            log_level,
            publishers,
        }
    }
}

/// An address that paths are put behind.
fn parse_base_url(text: &str) -> Result<Url, String> {
    let url = Url::parse(text).map_err(|error| format!("`{text}` is not a URL: {error}"))?;
    let is_base = matches!(url.scheme(), "http" | "https") && url.query().is_none() && url.fragment().is_none();
    if is_base { Ok(url) } else { Err(format!("`{text}` is not an address such as https://slots.example.org")) }
}

/// Pairs of ids of places (`location.id` of an answer): a space between the two of a pair, commas between pairs.
fn parse_pairs(text: &str) -> Result<Vec<(PublicId, PublicId)>, String> {
    let id =
        |text: &str| text.parse().map_err(|_| format!("`{text}` is not the id of a place, as `location.id` has it"));
    let pair = |text: &str| match text.split_whitespace().collect::<Vec<_>>()[..] {
        [a, b] if a != b => Ok((id(a)?, id(b)?)),
        _ => Err(format!("`{}` is not a pair of two ids with a space between", text.trim())),
    };
    text.split(',').filter(|pair| !pair.trim().is_empty()).map(pair).collect()
}

/// A whole number from 1.
pub(super) fn count(text: &str) -> Result<NonZeroUsize, String> {
    text.parse().map_err(|_| format!("`{text}` is not a count; write a whole number from 1"))
}
