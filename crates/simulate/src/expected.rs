//! What a lenient reader must find: the injected faults, counted.

use openslots_model::{IssueCode, PublisherSlug, ResourceKind};

use crate::fault::Effect;
use crate::fault::lines::n_touched;
use crate::files::FilePlan;
use crate::manifest::listed_files;
use crate::{Fault, SimulatedPublisher};

/// What a reader that takes whatever can be taken finds at a publisher.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ExpectedPublisher {
    /// The publisher.
    pub publisher: PublisherSlug,
    /// Whether its manifest can be read; otherwise there are no files.
    pub is_manifest_readable: bool,
    /// Issues of the manifest, by code: each kind of fault counts once, and so does each skipped type.
    pub manifest_issues: Vec<(IssueCode, u64)>,
    /// Output files that are listed, in manifest order, without those of skipped types.
    pub files: Vec<ExpectedFile>,
    /// Output files of types that nobody keeps, by type.
    pub skipped_types: Vec<(&'static str, u64)>,
}

/// What a reader that takes whatever can be taken finds in an output file.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ExpectedFile {
    /// Its path.
    pub path: String,
    /// What it holds.
    pub kind: ResourceKind,
    /// What is wrong with it.
    pub fault: Option<Fault>,
    /// Whether it can be read to its end; otherwise no line of it counts.
    pub is_readable: bool,
    /// Lines that can be taken, if need be after a repair.
    pub n_accepted: u64,
    /// Lines that cannot be taken.
    pub n_rejected: u64,
    /// Different resources among the accepted lines.
    pub n_held: u64,
    /// Issues by code: those of lines one for each line, that of a file one.
    pub issues: Vec<(IssueCode, u64)>,
}

pub(crate) fn expect(publisher: &SimulatedPublisher) -> ExpectedPublisher {
    let blueprint = publisher.blueprint();
    let mut expected = ExpectedPublisher {
        publisher: publisher.slug().clone(),
        is_manifest_readable: !blueprint.has_unreadable_manifest(),
        manifest_issues: Vec::new(),
        files: Vec::new(),
        skipped_types: Vec::new(),
    };
    if !expected.is_manifest_readable {
        expected.manifest_issues.push((IssueCode::ManifestFailed, 1));
        return expected;
    }
    let listed = || listed_files(blueprint, publisher.generation());
    if blueprint.manifest_faults.contains(&Fault::StateAsString) {
        expected.manifest_issues.push((IssueCode::StateNotAList, 1));
    }
    expected.files = listed().filter_map(|file| Some(expect_file(file, file.kind()?))).collect();
    if listed().any(|file| file.kind().is_none()) {
        expected.manifest_issues.push((IssueCode::SkippedType, 1));
        expected.skipped_types.push(("Endpoint", 1));
    }
    expected
}

fn expect_file(file: &FilePlan, kind: ResourceKind) -> ExpectedFile {
    let n_lines = if file.fault == Some(Fault::EmptyFile) { 0 } else { file.n_lines };
    let mut expected = ExpectedFile {
        path: file.path.clone(),
        kind,
        fault: file.fault,
        is_readable: true,
        n_accepted: n_lines,
        n_rejected: 0,
        n_held: n_lines,
        issues: Vec::new(),
    };
    let Some(fault) = file.fault else { return expected };
    let n_touched = n_touched(fault, file.n_lines);
    match fault.effect() {
        Effect::Harmless => {}
        Effect::Repaired(code) => {
            expected.issues.push((code, n_touched));
            if code == IssueCode::DuplicateId {
                expected.n_held -= n_touched;
            }
        }
        Effect::Rejected(code) => {
            expected.issues.push((code, n_touched));
            expected.n_rejected = n_touched;
            expected.n_accepted -= n_touched;
            expected.n_held -= n_touched;
        }
        Effect::Unreadable(code) => {
            expected.issues.push((code, 1));
            expected.is_readable = false;
            (expected.n_accepted, expected.n_held) = (0, 0);
        }
        Effect::FileRemark(code) => expected.issues.push((code, 1)),
    }
    expected
}
