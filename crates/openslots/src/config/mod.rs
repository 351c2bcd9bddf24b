//! Configuration: `openslots.toml`, `publishers/*.json` beside it, and the environment.
//!
//! Every fault is collected and reported with its file and key; a bad setting never becomes a default.
//! The rest of the program sees checked values only.

mod care_settings;
mod crawl_settings;
mod export_settings;
mod http_settings;
mod publish_settings;
mod publisher_file;
mod quantity;
mod settings;
mod sources;
mod watch_settings;

use std::fmt;
use std::path::{Path, PathBuf};

pub(crate) use care_settings::CareSettings;
pub(crate) use http_settings::HttpSettings;
pub(crate) use publisher_file::ConfiguredPublisher;
pub(crate) use quantity::parse_bytes;
pub(crate) use settings::{LogFormat, Settings};
pub(crate) use watch_settings::WatchSettings;

/// Where the configuration is looked for when no file is named.
const DEFAULT_FILE: &str = "config/openslots.toml";

/// Everything that is wrong with the configuration, a line each.
#[derive(Debug, Default)]
pub(crate) struct Faults(Vec<String>);

impl Faults {
    fn add(&mut self, place: impl fmt::Display, fault: impl fmt::Display) {
        self.0.push(format!("{place}: {fault}"));
    }
}

impl fmt::Display for Faults {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "the configuration has {} fault(s); mend them and start again:", self.0.len())?;
        self.0.iter().try_for_each(|fault| write!(f, "\n  {fault}"))
    }
}

impl std::error::Error for Faults {}

/// The environment as the configuration sees it, so that tests need not touch the process's own.
pub(crate) type Environment = std::collections::BTreeMap<String, String>;

/// Reads and checks the whole configuration.
///
/// # Errors
/// All faults of all files and variables at once.
pub(crate) fn load(file: Option<&Path>, environment: &Environment) -> Result<Settings, Faults> {
    let mut faults = Faults::default();
    let file = match file {
        Some(file) => Some(file.to_owned()),
        None => Some(PathBuf::from(DEFAULT_FILE)).filter(|file| file.is_file()),
    };
    let sources = sources::Sources::read(file.as_deref(), environment, &mut faults);
    let mut settings = Settings::check(sources, &mut faults);
    // Publishers need no settings file beside them.
    let beside = file.as_deref().unwrap_or(Path::new(DEFAULT_FILE));
    if let Some(directory) = beside.parent().map(|parent| parent.join("publishers")) {
        settings.publishers = publisher_file::read_directory(&directory, environment, &mut faults);
    }
    if let Some(directory) = beside.parent().map(|parent| parent.join("applications")) {
        settings.care.applications = care_settings::read_applications(&directory, &mut faults);
    }
    if faults.0.is_empty() { Ok(settings) } else { Err(faults) }
}

#[cfg(test)]
mod tests {
    use openslots_directory::links::LinkRules;
    use openslots_model::{PublicId, ResourceKind};

    use super::*;

    /// The settings of a file of this text and an environment, or all faults.
    pub(super) fn load_text(text: &str, environment: &[(&str, &str)]) -> Result<Settings, String> {
        let folder = tempfile::tempdir().expect("a temporary folder");
        let file = folder.path().join("openslots.toml");
        std::fs::write(&file, text).expect("a written file");
        let environment = environment.iter().map(|(name, value)| ((*name).to_owned(), (*value).to_owned())).collect();
        load(Some(&file), &environment).map_err(|faults| faults.to_string())
    }

    #[test]
    fn every_fault_is_listed_with_its_key() {
        let text = "[server]\nlisten = 'nowhere'\nport = 1\n[crawl]\nschedule = 'now and then'\n[colour]\nred = 1\n";
        let faults = load_text(text, &[("OPENSLOTS_FRESHNESS__FRESH_FOR", "soon"), ("OPENSLOTS_FOO__BAR", "1")])
            .expect_err("a refused configuration");
        for key in [
            "server.listen",
            "server.port",
            "crawl.schedule",
            "colour",
            "OPENSLOTS_FRESHNESS__FRESH_FOR",
            "OPENSLOTS_FOO__BAR",
        ] {
            assert!(faults.contains(key), "{key} is not in\n{faults}");
        }
        assert!(faults.starts_with("the configuration has 6 fault(s)"), "{faults}");
    }

    #[test]
    fn the_environment_beats_the_file_and_the_file_the_default() {
        let text = "[server]\nlisten = '127.0.0.1:1'\n[crawl]\nconcurrency = 3\n";
        let settings = load_text(text, &[("OPENSLOTS_SERVER__LISTEN", "127.0.0.1:2")]).expect("a good configuration");
        assert_eq!(settings.listen.port(), 2);
        assert_eq!(settings.concurrency.get(), 3);
        assert_eq!(settings.policy.fresh_for_seconds, 3_600);
    }

    #[test]
    fn a_missing_file_is_a_fault_of_its_own() {
        let faults = load(Some(Path::new("no/such/file.toml")), &Environment::new()).expect_err("a refused start");
        assert!(faults.to_string().contains("no/such/file.toml"), "{faults}");
    }

    #[test]
    fn the_shipped_configuration_is_good() {
        let file = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../config/openslots.toml");
        load(Some(&file), &Environment::new()).expect("a good configuration");
    }

    #[test]
    fn the_examples_are_good_and_name_settings_that_are_known() {
        let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../config/examples");
        let mut n_names = 0;
        for entry in std::fs::read_dir(folder).expect("examples") {
            let path = entry.expect("an entry").path();
            let text = std::fs::read_to_string(&path).expect("text");
            if path.extension().is_some_and(|extension| extension == "toml") {
                load(Some(&path), &Environment::new()).expect("a good configuration");
            }
            for rest in text.split("OPENSLOTS_").skip(1) {
                let is_of_name = |c: char| c.is_ascii_uppercase() || c == '_';
                let name: String = rest.chars().take_while(|c| is_of_name(*c)).collect();
                let key = name.to_ascii_lowercase().replace("__", ".");
                let is_known = name == "SECTION__KEY" || settings::all_known().any(|known| known == key);
                assert!(is_known, "{name} of {} is no setting", path.display());
                n_names += 1;
            }
        }
        assert!(n_names >= 5, "the examples are where they were");
    }

    #[test]
    fn every_setting_that_is_shipped_as_a_comment_is_known_and_the_default() {
        let file = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../config/openslots.toml");
        let shipped = std::fs::read_to_string(file).expect("the shipped configuration");
        let is_setting = |line: &&str| {
            let name = line.strip_prefix("# ").and_then(|line| line.split_once(" = ")).map(|(name, _)| name);
            name.is_some_and(|name| name.bytes().all(|byte| byte.is_ascii_lowercase() || byte == b'_'))
        };
        let uncomment = |line: &str| if is_setting(&line) { line[2..].to_owned() } else { line.to_owned() };
        let text: Vec<String> = shipped.lines().map(uncomment).collect();
        assert!(shipped.lines().filter(is_setting).count() > 25, "the settings are found");
        let given = load_text(&text.join("\n"), &[]).expect("a good configuration");
        let default = load_text("", &[]).expect("a good configuration");
        let limits = openslots_crawl::CrawlLimits { contact: None, ..given.limits };
        assert_eq!((limits, given.pace, given.policy), (default.limits, default.pace, default.policy));
        assert_eq!((&given.http.requests, &given.http.server), (&default.http.requests, &default.http.server));
        assert_eq!(given.http.max_waiting_calls, default.http.max_waiting_calls);
        assert_eq!(
            (given.listen, given.concurrency, given.states, given.links),
            (default.listen, default.concurrency, default.states, default.links)
        );
    }

    #[test]
    fn links_are_pairs_of_ids() {
        let [a, b, c] = ["1", "2", "3"]
            .map(|id| PublicId::of(&"flynn".parse().expect("a slug"), ResourceKind::Location, id).to_string());
        let text = format!("[links]\nsame = '{a} {b}, {a} {c}'\ndifferent = '{b} {c}'\n");
        let settings = load_text(&text, &[]).expect("a good configuration");
        let [a, b, c] = [a, b, c].map(|id| id.parse::<PublicId>().expect("an id"));
        assert_eq!(settings.links, LinkRules::new([(a, b), (a, c)], [(b, c)]));
        for bad in [format!("{a}"), format!("{a} {a}"), format!("{a} nothing"), format!("{a} {b} {c}")] {
            let faults = load_text(&format!("[links]\nsame = '{bad}'\n"), &[]).expect_err(&bad);
            assert!(faults.contains("links.same"), "{faults}");
        }
    }

    #[test]
    fn limits_come_from_file_and_environment_and_bad_ones_are_faults() {
        let text = "[crawl]\nstates = 'ma, NH'\nmax_removed = '80%'\nmax_line = '64KiB'\nstall_timeout = '5s'\n";
        let settings = load_text(text, &[("OPENSLOTS_CRAWL__MAX_BACKOFF", "2h")]).expect("a good configuration");
        assert_eq!(settings.states, ["MA", "NH"]);
        assert_eq!((settings.limits.max_removed_percent, settings.limits.max_line_bytes), (80, 65_536));
        assert_eq!((settings.limits.stall_timeout.as_secs(), settings.pace.max_backoff.as_secs()), (5, 7_200));
        for (name, bad) in [
            ("states", "Massachusetts"),
            ("max_removed", "0.5"),
            ("max_redirects", "-1"),
            ("connections_total", "0"),
            ("max_expansion", "x"),
            ("breaker_after", "99999999999"),
            ("resnapshot_after", "daily"),
        ] {
            let faults = load_text(&format!("[crawl]\n{name} = '{bad}'\n"), &[]).expect_err(name);
            assert!(faults.contains(&format!("crawl.{name}")), "{faults}");
        }
    }
}
