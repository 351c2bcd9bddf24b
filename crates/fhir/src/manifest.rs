//! The `$bulk-publish` manifest, in every dialect: told by the fields present, not by version.

use openslots_model::{Issue, ResourceKind};
use url::Url;

mod read;
#[cfg(test)]
mod tests;

/// A manifest as the crawl needs it.
#[derive(Debug, Clone, PartialEq)]
pub struct Manifest {
    /// The publisher's claim: data up to this instant, strictly written. Where files of slots say `currentAsOf`, the
    /// earliest of those: it is said of the data, `transactionTime` only of the export.
    pub transaction_time: Option<String>,
    /// Whether files need a bearer token.
    pub requires_access_token: bool,
    /// `updateCadence` in seconds.
    pub update_cadence_seconds: Option<u64>,
    /// Output files of kept types, in manifest order.
    pub outputs: Vec<OutputFile>,
    /// Output files of other types: how many of each.
    pub skipped_types: Vec<(String, u64)>,
    /// Manifests that it lists among its output files: those of an aggregator's sources.
    pub nested: Vec<Url>,
    /// Files of deletions.
    pub deleted: Vec<Url>,
    /// The next page.
    pub link: Option<ManifestLink>,
    /// What was odd about it (file is the manifest's own URL, line 0).
    pub issues: Vec<Issue>,
}

/// Where a manifest goes on.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum ManifestLink {
    /// An ordinary next page.
    Next(Url),
    /// The chain's end so far: poll this page again.
    Pending,
    /// The chain is over: start again from the root.
    Closed,
}

/// One output file.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct OutputFile {
    /// Its type.
    pub kind: ResourceKind,
    /// Where it is, resolved against the manifest's own (final) URL.
    pub url: Url,
    /// States that it covers, where said.
    pub states: Vec<String>,
}

/// Why a manifest cannot be used.
#[derive(Debug, thiserror::Error)]
pub enum ManifestError {
    /// Not JSON at all.
    #[error("is not JSON ({detail}); it begins with `{excerpt}`")]
    NotJson {
        /// The parser's words.
        detail: String,
        /// Its first characters.
        excerpt: String,
    },
    /// JSON, but no manifest.
    #[error("is JSON but no `$bulk-publish` manifest: {0}")]
    NotAManifest(String),
}

impl Manifest {
    /// Reads a manifest that was found at `url` (after redirects).
    ///
    /// # Errors
    /// Of a body that is no JSON object, or one that has neither output files nor a link to more.
    pub fn parse(body: &[u8], url: &Url) -> Result<Self, ManifestError> {
        read::manifest(body, url)
    }

    /// Whether every entry could be used. If not, nobody knows what the others held, so nothing may be removed for
    /// not being in the files that are listed.
    pub fn is_whole(&self) -> bool {
        !self.issues.iter().any(|issue| issue.code.is_rejection())
    }
}
