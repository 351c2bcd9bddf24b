//! What is told of a manifest.

use openslots_fhir::manifest::{Manifest, ManifestLink};
use openslots_model::Issue;
use serde::{Deserialize, Serialize};

use super::found::cleaned;

/// Issues and manifests inside the manifest that are told one by one.
pub(super) const MAX_TOLD: usize = 20;

/// What a manifest says, and how it came.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct ProbeReport {
    /// Where it was found, after redirects.
    pub url: String,
    /// The publisher's claim: data up to this instant (as written).
    pub transaction_time: Option<String>,
    /// Output files of kept types.
    pub files: Vec<FilesOfType>,
    /// Output files of other types.
    pub skipped: Vec<FilesOfType>,
    /// States that the output files cover, where said.
    pub states: Vec<String>,
    /// Files of deletions.
    pub n_deletion_files: u64,
    /// Manifests inside it, the first twenty.
    pub manifests: Vec<String>,
    /// How many manifests there are inside it.
    pub n_manifests: u64,
    /// Whether it goes on after this page.
    pub continuation: Option<Continuation>,
    /// Whether its files need an access token.
    pub requires_access_token: bool,
    /// `updateCadence`, in seconds.
    pub update_cadence_seconds: Option<u64>,
    /// `Cache-Control: max-age`, in seconds.
    pub max_age_seconds: Option<u32>,
    /// `Content-Type`, as written.
    pub content_type: Option<String>,
    /// `Content-Encoding`, as written.
    pub content_encoding: Option<String>,
    /// How it was really packed.
    pub packing: Option<String>,
    /// Bytes over the wire.
    pub n_wire_bytes: u64,
    /// Bytes unpacked.
    pub n_bytes: u64,
    /// What is odd about it, the first twenty.
    pub issues: Vec<Issue>,
    /// How much is odd about it.
    pub n_issues: u64,
    /// From the request to the last byte, in milliseconds.
    pub duration_ms: u64,
}

/// Output files of one type.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct FilesOfType {
    /// The type.
    #[serde(rename = "type")]
    pub kind: String,
    /// How many there are.
    pub n_files: u64,
}

/// How a manifest goes on.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Continuation {
    /// It has a next page.
    NextPage,
    /// It is the end so far of a chain of increments.
    Pending,
    /// It is the end of a chain that goes on elsewhere.
    Closed,
}

impl ProbeReport {
    /// What a manifest says, apart from how it came.
    pub(super) fn of_manifest(manifest: Manifest) -> Self {
        let mut files: Vec<FilesOfType> = Vec::new();
        let mut states: Vec<String> = Vec::new();
        for output in &manifest.outputs {
            let kind = output.kind.as_str();
            match files.iter_mut().find(|known| known.kind == kind) {
                Some(known) => known.n_files += 1,
                None => files.push(FilesOfType { kind: kind.to_owned(), n_files: 1 }),
            }
            states.extend(output.states.iter().map(|state| cleaned(state)));
        }
        states.sort_unstable();
        states.dedup();
        let skipped = manifest.skipped_types.into_iter().map(|(kind, n_files)| {
            // As a type is written by who made it up.
            FilesOfType { kind: cleaned(&kind), n_files }
        });
        let n_issues = manifest.issues.len() as u64;
        let issues = manifest.issues.into_iter().take(MAX_TOLD);
        Self {
            url: String::new(),
            transaction_time: manifest.transaction_time.map(|text| cleaned(&text)),
            files,
            skipped: skipped.collect(),
            states,
            n_deletion_files: manifest.deleted.len() as u64,
            manifests: Vec::new(),
            n_manifests: manifest.nested.len() as u64,
            continuation: manifest.link.map(|link| match link {
                ManifestLink::Next(_) => Continuation::NextPage,
                ManifestLink::Pending => Continuation::Pending,
                ManifestLink::Closed => Continuation::Closed,
            }),
            requires_access_token: manifest.requires_access_token,
            update_cadence_seconds: manifest.update_cadence_seconds,
            max_age_seconds: None,
            content_type: None,
            content_encoding: None,
            packing: None,
            n_wire_bytes: 0,
            n_bytes: 0,
            issues: issues.map(|issue| Issue { detail: cleaned(&issue.detail), ..issue }).collect(),
            n_issues,
            duration_ms: 0,
        }
    }
}
