//! Which fault sits where.

use openslots_model::{PublisherSlug, ResourceKind};

use crate::blueprint::Blueprint;
use crate::files::FilePlan;
use crate::{Error, Fault};

use super::Target;
use super::lines::n_touched;

/// A fault in its place.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Injection {
    /// What is wrong.
    pub fault: Fault,
    /// At which publisher.
    pub publisher: PublisherSlug,
    /// In which output file; `None`: in the manifest.
    pub path: Option<String>,
    /// How many lines it touches; 0 where it concerns the file or manifest as a whole.
    pub n_lines: u64,
}

/// Puts each fault into a file (or manifest) of its own: the first one into the first publisher, the second into the
/// second, and so on; where that has no room, into the next that has.
pub(crate) fn place(faults: &[Fault], publishers: &mut [Blueprint]) -> Result<Vec<Injection>, Error> {
    let mut injections = Vec::with_capacity(faults.len());
    for (turn, fault) in faults.iter().copied().enumerate() {
        let n = publishers.len();
        let injection = (0..n)
            .find_map(|step| place_at(fault, &mut publishers[(turn + step) % n]))
            .ok_or(Error::NoRoomForFault(fault))?;
        injections.push(injection);
    }
    Ok(injections)
}

fn place_at(fault: Fault, publisher: &mut Blueprint) -> Option<Injection> {
    let injection =
        |publisher: &Blueprint, path, n_lines| Injection { fault, publisher: publisher.slug.clone(), path, n_lines };
    if fault.target() == Target::Manifest {
        // A manifest that cannot be read hides all else that is wrong with it, and with the files.
        let is_unreadable = matches!(fault, Fault::ManifestHtml | Fault::ManifestUnavailable);
        let has_faults = !publisher.manifest_faults.is_empty();
        let is_hidden = publisher.has_unreadable_manifest();
        let has_file_faults = publisher.files.iter().any(|file| file.fault.is_some());
        if is_hidden || publisher.manifest_faults.contains(&fault) || (is_unreadable && (has_faults || has_file_faults))
        {
            return None;
        }
        // Without state tags there is none that could be a text.
        let excludes = [Fault::NullExtension, Fault::StateAsString];
        if excludes.contains(&fault) && publisher.manifest_faults.iter().any(|other| excludes.contains(other)) {
            return None;
        }
        publisher.manifest_faults.push(fault);
        return Some(injection(publisher, None, 0));
    }
    if publisher.has_unreadable_manifest() {
        return None;
    }
    let file = choose_file(fault, &mut publisher.files)?;
    file.fault = Some(fault);
    let (path, n_lines) = (file.path.clone(), n_touched(fault, file.n_lines));
    Some(injection(publisher, Some(path), n_lines))
}

/// The longest file without a fault, of the type that the fault is about.
fn choose_file(fault: Fault, files: &mut [FilePlan]) -> Option<&mut FilePlan> {
    let kind = match fault.target() {
        Target::LocationLines => ResourceKind::Location,
        Target::ScheduleLines => ResourceKind::Schedule,
        Target::SlotLines | Target::SlotFile | Target::Answer | Target::Manifest => ResourceKind::Slot,
    };
    // A single line has none before it whose id it could take.
    let least_lines = if fault == Fault::DuplicateIds { 2 } else { 1 };
    let is_fit =
        |file: &&mut FilePlan| file.kind() == Some(kind) && file.fault.is_none() && file.n_lines >= least_lines;
    // Of files of equal length the first.
    files.iter_mut().filter(is_fit).rev().max_by_key(|file| file.n_lines)
}

impl Blueprint {
    pub(crate) fn has_unreadable_manifest(&self) -> bool {
        self.manifest_faults.iter().any(|fault| matches!(fault, Fault::ManifestHtml | Fault::ManifestUnavailable))
    }
}
