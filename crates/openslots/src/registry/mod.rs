//! A list of publishers that somebody else keeps: the public SMART publisher repository, or a publisher's home page.
//!
//! Source of both forms: `publisher-advertising.md` of smart-on-fhir/smart-scheduling-links. The text is JSON (one
//! schema.org `Service`, a list of them, a `@graph`, an `ItemList`), or an HTML page with such JSON in
//! `<script type="application/ld+json">`.
//!
//! It is hostile territory: nothing of it is taken but what names a publisher, and of headers and query parameters only
//! the names; their values are secrets, which an operator configures.

mod page;
pub(crate) mod publisher_file;
mod service;
#[cfg(test)]
mod tests;

use std::collections::BTreeSet;
use std::fmt;

use anyhow::{Result, bail};
use serde_json::Value;
use url::Url;

use self::service::Walk;

/// A longer text is no list of publishers.
pub(crate) const MAX_TEXT_BYTES: usize = 8 << 20;
/// Entries passed over that are told one by one.
const MAX_TOLD: usize = 1_000;

/// What a registry holds.
#[derive(Debug, Default)]
pub(crate) struct RegistryRead {
    /// In the order of the text, each URL once.
    pub(crate) publishers: Vec<ListedPublisher>,
    /// What was passed over, the first thousand.
    pub(crate) passed_over: Vec<PassedOver>,
    /// How many more were passed over.
    pub(crate) n_more_passed_over: usize,
}

/// A publisher as a registry has it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct ListedPublisher {
    pub(crate) name: Option<String>,
    /// Its manifest.
    pub(crate) url: Url,
    /// `production` or `testing`, if it keeps to the rules.
    pub(crate) category: Option<String>,
    pub(crate) provider: Option<String>,
    pub(crate) service_type: Option<String>,
    /// Names of headers that it needs.
    pub(crate) headers: Vec<String>,
    /// Names of query parameters that it needs.
    pub(crate) query: Vec<String>,
}

/// Something in a registry that was not taken.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct PassedOver {
    /// Where it stands, with its name if it has one.
    pub(crate) place: String,
    pub(crate) reason: Reason,
}

impl fmt::Display for PassedOver {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{} {}", self.place, self.reason)
    }
}

/// Why something was not taken.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum Reason {
    /// A block of a page that is no JSON.
    NotJson(String),
    /// Neither an object nor a list.
    NotAnObject,
    /// An object of another type, or of none.
    NotAService(Option<String>),
    OtherServiceType(String),
    /// On a page that describes services of every kind, nothing says that this is a publisher.
    NoServiceType,
    NoUrl,
    NotAUrl(String),
    Scheme(String),
    /// The same URL is in the list already.
    Repeated,
    /// It is taken, but what it needs is not clear.
    NamelessProperty,
}

impl fmt::Display for Reason {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::NotJson(error) => write!(f, "is not JSON: {error}"),
            Self::NotAnObject => f.write_str("is neither an object nor a list"),
            Self::NotAService(Some(kind)) => write!(f, "is of type `{kind}`, not a `Service`"),
            Self::NotAService(None) => f.write_str("has no `@type`; a publisher is a `Service`"),
            Self::OtherServiceType(other) => write!(f, "has serviceType `{other}`, not SMART Scheduling Links"),
            Self::NoServiceType => f.write_str("has no serviceType, and its url does not end in `$bulk-publish`"),
            Self::NoUrl => f.write_str("has no url"),
            Self::NotAUrl(error) => write!(f, "has a url that is none: {error}"),
            Self::Scheme(scheme) => write!(f, "has a url of scheme `{scheme}`; only http and https can be crawled"),
            Self::Repeated => f.write_str("has the url of one before it"),
            Self::NamelessProperty => f.write_str("needs a header or query parameter whose name is missing"),
        }
    }
}

impl RegistryRead {
    fn pass_over(&mut self, place: impl FnOnce() -> String, reason: Reason) {
        if self.passed_over.len() < MAX_TOLD {
            self.passed_over.push(PassedOver { place: place(), reason });
        } else {
            self.n_more_passed_over += 1;
        }
    }
}

/// Reads a registry.
///
/// # Errors
/// Why the text is none at all. One that holds no publisher is well, and says what was passed over.
pub(crate) fn read(text: &str) -> Result<RegistryRead> {
    if text.len() > MAX_TEXT_BYTES {
        bail!("is larger than the limit of {MAX_TEXT_BYTES} bytes; a list of publishers is not");
    }
    let text = text.trim_start_matches('\u{feff}').trim();
    let mut read = RegistryRead::default();
    match text.chars().next() {
        None => bail!("is empty"),
        Some('{' | '[') => {
            let value: Value = match serde_json::from_str(text) {
                Ok(value) => value,
                Err(error) => bail!("is not JSON: {error}"),
            };
            Walk { read: &mut read, seen: BTreeSet::new(), is_page: false }.entry(&value, "the text");
        }
        Some('<') => {
            let blocks = page::json_ld(text);
            if blocks.is_empty() {
                bail!("is a page without a `<script type=\"application/ld+json\">`, in which publishers are named");
            }
            let mut walk = Walk { read: &mut read, seen: BTreeSet::new(), is_page: true };
            for (number, block) in (1..).zip(&blocks) {
                let place = format!("block {number}");
                match serde_json::from_str(block) {
                    Ok(value) => walk.entry(&value, &place),
                    Err(error) => walk.read.pass_over(|| place, Reason::NotJson(error.to_string())),
                }
            }
        }
        Some(_) => bail!("is neither JSON (an object or a list) nor an HTML page"),
    }
    Ok(read)
}
