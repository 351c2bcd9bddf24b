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
    let mut injections = vec![None; faults.len()];
    // Faults that hide all else at a publisher choose first, so that the others can keep away from them.
    for hides_all in [true, false] {
        for (turn, fault) in faults.iter().copied().enumerate() {
            if hides_all != hides_everything(fault) {
                continue;
            }
            let n = publishers.len();
            let placed = (0..n).find_map(|step| place_at(fault, &mut publishers[(turn + step) % n]));
            injections[turn] = Some(placed.ok_or(Error::NoRoomForFault(fault))?);
        }
    }
    Ok(injections.into_iter().flatten().collect())
}

/// Whether nothing else of the publisher can be seen.
const fn hides_everything(fault: Fault) -> bool {
    matches!(fault, Fault::ManifestHtml | Fault::ManifestUnavailable)
}

fn place_at(fault: Fault, publisher: &mut Blueprint) -> Option<Injection> {
    let injection =
        |publisher: &Blueprint, path, n_lines| Injection { fault, publisher: publisher.slug.clone(), path, n_lines };
    if publisher.has_unreadable_manifest() {
        return None;
    }
    if fault.target() == Target::Manifest {
        // Each fault once; and without state tags there is none that could be a text.
        let tags = [Fault::NullExtension, Fault::StateAsString];
        let is_taken = |other: &Fault| *other == fault || tags.contains(&fault) && tags.contains(other);
        if publisher.manifest_faults.iter().any(is_taken) {
            return None;
        }
        publisher.manifest_faults.push(fault);
        return Some(injection(publisher, None, 0));
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
        self.manifest_faults.iter().copied().any(hides_everything)
    }
}
