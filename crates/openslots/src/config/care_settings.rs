//! The section `care`, and `applications/*.json`: the patient side, who may call it, and how long it keeps what.

use std::path::Path;
use std::time::Duration;

use openslots_api::{Vendor, VendorSecret};
use openslots_care::Retention;
use openslots_care::access::{Application, ApplicationId};
use openslots_care::codes::TaskCode;
use openslots_care::follow_up::TaskTemplate;
use serde::Deserialize;
use url::Url;

use super::Faults;
use super::quantity::parse_duration_seconds;
use super::settings::Checker;

/// The settings of the section.
pub(super) const KNOWN: &[&str] = &[
    TOKEN,
    TOKEN_FILE,
    VENDORS,
    "care.attempt_lifetime",
    "care.tasks",
    "care.return_to",
    "care.keep",
    "care.keep_audit",
    "care.calendar_interval",
    "care.private_addresses",
];

const TOKEN: &str = "care.token";
const TOKEN_FILE: &str = "care.token_file";
const VENDORS: &str = "care.vendors";
/// Shorter tokens could be guessed: 128 bits as hexadecimal digits.
const MIN_TOKEN_CHARS: usize = 32;

/// The section, checked.
#[derive(Clone)]
pub(crate) struct CareSettings {
    /// The token of the one application of a small installation.
    pub(crate) token: Option<String>,
    /// Applications that sign assertions.
    pub(crate) applications: Vec<Application>,
    /// Vendors of rides that may send updates.
    pub(crate) vendors: Vec<Vendor>,
    /// How long a portal's answer is waited for.
    pub(crate) attempt_lifetime: Duration,
    /// What has to be done once an appointment is booked.
    pub(crate) templates: Vec<TaskTemplate>,
    /// Where patients go on who come back from a portal.
    pub(crate) return_to: Option<Url>,
    /// How long things are kept.
    pub(crate) retention: Retention,
    /// How often subscribed calendars are read.
    pub(crate) calendar_interval: Duration,
    /// Whether calendars and endpoints may be on private addresses.
    pub(crate) allows_private_addresses: bool,
}

impl std::fmt::Debug for CareSettings {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("CareSettings").field("applications", &self.applications).finish_non_exhaustive()
    }
}

impl CareSettings {
    /// Whether anybody may call; without, there is no patient side.
    pub(crate) fn is_enabled(&self) -> bool {
        self.token.is_some() || !self.applications.is_empty()
    }

    pub(super) fn check(checker: &mut Checker<'_>) -> Self {
        let keep = Retention::default();
        let seconds = |text: &str| parse_duration_seconds(text).map(i64::from);
        Self {
            token: token(checker),
            applications: Vec::new(),
            vendors: checker.secret(VENDORS, parse_vendors).unwrap_or_default(),
            attempt_lifetime: checker.duration("care.attempt_lifetime", Duration::from_secs(2 * 3_600)),
            templates: checker.get("care.tasks", TaskTemplate::defaults(), parse_templates),
            return_to: checker.get("care.return_to", None, |text| parse_return_to(text).map(Some)),
            retention: Retention {
                keep_seconds: checker.get("care.keep", keep.keep_seconds, seconds),
                keep_audit_seconds: checker.get("care.keep_audit", keep.keep_audit_seconds, seconds),
            },
            calendar_interval: checker.duration("care.calendar_interval", Duration::from_secs(3_600)),
            allows_private_addresses: checker.flag("care.private_addresses", false),
        }
    }
}

/// The token from the environment, or from the file that is named.
fn token(checker: &mut Checker<'_>) -> Option<String> {
    let file = checker.get(TOKEN_FILE, None, |file| match file {
        "" => Ok(None),
        file => {
            let text = std::fs::read_to_string(file).map_err(|error| format!("{file} cannot be read: {error}"))?;
            parse_token(&text).map(Some).map_err(|fault| format!("{file}: {fault}"))
        }
    });
    let token = checker.secret(TOKEN, parse_token);
    if file.is_some() && token.is_some() {
        checker.fault(TOKEN_FILE, "stands beside a token in the environment; leave one of the two out");
    }
    file.or(token)
}

fn parse_token(text: &str) -> Result<String, String> {
    let text = text.trim();
    let is_legal = |byte: u8| byte.is_ascii_alphanumeric() || b"-._~+/=".contains(&byte);
    if text.len() < MIN_TOKEN_CHARS {
        return Err(format!(
            "the token has less than {MIN_TOKEN_CHARS} characters; make one with `openssl rand -hex 32`"
        ));
    }
    if !text.bytes().all(is_legal) {
        return Err("the token holds other characters than letters, digits and -._~+/=".to_owned());
    }
    Ok(text.to_owned())
}

/// `name:secret`, with commas between.
fn parse_vendors(text: &str) -> Result<Vec<Vendor>, String> {
    let vendor = |text: &str| {
        let (name, secret) = text.trim().split_once(':').ok_or("a vendor is `name:secret`")?;
        let is_name = |byte: u8| byte.is_ascii_lowercase() || byte.is_ascii_digit() || byte == b'-';
        if name.is_empty() || !name.bytes().all(is_name) {
            return Err("a vendor's name has small letters, digits and hyphens".to_owned());
        }
        let secret = VendorSecret::new(secret).map_err(|error| error.to_string())?;
        Ok(Vendor { name: name.to_owned(), secret })
    };
    text.split(',').filter(|vendor| !vendor.trim().is_empty()).map(vendor).collect()
}

/// `code time [on-request]`, with commas between: how long before the appointment each task is due.
fn parse_templates(text: &str) -> Result<Vec<TaskTemplate>, String> {
    let template = |text: &str| {
        let form = || {
            format!(
                "`{}` is no task; write `complete-forms 24h` or `arrange-transportation 48h on-request`",
                text.trim()
            )
        };
        let words: Vec<&str> = text.split_whitespace().collect();
        let (code, time, on_request) = match words[..] {
            [code, time] => (code, time, false),
            [code, time, "on-request"] => (code, time, true),
            _ => return Err(form()),
        };
        let defaults = TaskTemplate::defaults();
        let known = defaults.into_iter().find(|known| known.code.as_str() == code).ok_or_else(form)?;
        Ok(TaskTemplate { due_before_seconds: i64::from(parse_duration_seconds(time)?), on_request, ..known })
    };
    let templates: Vec<TaskTemplate> =
        text.split(',').filter(|task| !task.trim().is_empty()).map(template).collect::<Result<_, String>>()?;
    let mut codes: Vec<TaskCode> = templates.iter().map(|template| template.code).collect();
    codes.dedup();
    if codes.len() == templates.len() { Ok(templates) } else { Err("names a task twice".to_owned()) }
}

fn parse_return_to(text: &str) -> Result<Url, String> {
    let url = Url::parse(text).map_err(|error| format!("`{text}` is not a URL: {error}"))?;
    if matches!(url.scheme(), "http" | "https") { Ok(url) } else { Err(format!("`{text}` is neither http nor https")) }
}

/// A file of `applications/`.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct ApplicationFile {
    client_id: String,
    jwks: serde_json::Value,
    #[serde(default)]
    return_to: Option<String>,
}

/// Reads all files of applications in the order of their names; a missing directory has none.
pub(super) fn read_applications(directory: &Path, faults: &mut Faults) -> Vec<Application> {
    let entries = match std::fs::read_dir(directory) {
        Ok(entries) => entries,
        Err(error) if error.kind() == std::io::ErrorKind::NotFound => return Vec::new(),
        Err(error) => {
            faults.add(directory.display(), format!("cannot be read ({error})"));
            return Vec::new();
        }
    };
    let mut files: Vec<_> = entries.filter_map(Result::ok).map(|entry| entry.path()).collect();
    files.retain(|file| file.extension().is_some_and(|extension| extension == "json"));
    files.sort();
    let mut applications: Vec<Application> = Vec::new();
    for file in files {
        match read_application(&file) {
            Ok(application) if applications.iter().any(|known| known.id() == application.id()) => {
                faults.add(file.display(), format!("client_id {} stands in another file too", application.id()));
            }
            Ok(application) => applications.push(application),
            Err(fault) => faults.add(file.display(), fault),
        }
    }
    applications
}

fn read_application(file: &Path) -> Result<Application, String> {
    let text = std::fs::read_to_string(file).map_err(|error| format!("cannot be read ({error})"))?;
    let read: ApplicationFile = serde_json::from_str(&text).map_err(|error| error.to_string())?;
    let id: ApplicationId = read.client_id.parse().map_err(|error| format!("client_id {error}"))?;
    let return_to = read.return_to.as_deref().map(parse_return_to).transpose()?;
    Application::new(id, read.jwks, return_to).map_err(|fault| format!("jwks {fault}"))
}

#[cfg(test)]
mod tests {
    use super::super::tests::load_text;
    use super::*;

    #[test]
    fn without_anybody_who_may_call_there_is_no_patient_side() {
        assert!(!load_text("", &[]).expect("settings").care.is_enabled());
        let token = "0123456789abcdef0123456789abcdef";
        let settings = load_text("", &[("OPENSLOTS_CARE__TOKEN", token)]).expect("settings");
        assert!(settings.care.is_enabled());
        assert!(!format!("{settings:?}").contains(token));
    }

    #[test]
    fn bad_settings_are_faults_by_name() {
        for (text, environment, named) in [
            ("[care]\ntoken = 'x'\n", None, "care.token: is a secret"),
            ("", Some(("OPENSLOTS_CARE__TOKEN", "short")), "OPENSLOTS_CARE__TOKEN: the token has less"),
            ("", Some(("OPENSLOTS_CARE__VENDORS", "ride:short")), "OPENSLOTS_CARE__VENDORS: a vendor's secret"),
            ("[care]\ntasks = 'dance 1h'\n", None, "care.tasks: `dance 1h` is no task"),
            ("[care]\nreturn_to = 'app://x'\n", None, "care.return_to"),
            ("[care]\nkeep = 'long'\n", None, "care.keep"),
        ] {
            let faults = load_text(text, environment.as_slice()).expect_err(text);
            assert!(faults.contains(named), "{faults}");
        }
    }

    #[test]
    fn tasks_are_read_with_their_times() {
        let read = parse_templates("complete-forms 12h, arrange-transportation 3d on-request").expect("tasks");
        let told: Vec<_> = read.iter().map(|of| (of.code, of.due_before_seconds, of.on_request)).collect();
        let want = [(TaskCode::CompleteForms, 43_200, false), (TaskCode::ArrangeTransportation, 259_200, true)];
        assert_eq!(told, want);
        assert_eq!(parse_templates("").expect("none"), []);
    }
}
