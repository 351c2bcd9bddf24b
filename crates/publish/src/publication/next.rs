//! Making the next generation.

use std::collections::{BTreeMap, BTreeSet};
use std::path::Path;

use openslots_model::{Availability, PublicId, PublisherNumber, ResourceKind, UnixSeconds};
use rustc_hash::FxHashSet;
use serde_json::json;

use super::groups::Whereabouts;
use super::members::{Member, MembersReader, MembersWriter};
use super::ndjson_file::NdjsonFile;
use super::plan::{Group, Plan};
use super::record::{FileName, Increment, OutputFile, Record};
use super::source::{Source, SourceResource, SourceSlot};
use crate::{Error, Provenance, aggregate_within};

/// An increment of more changes than this is none: whoever follows reads everything anew, which costs less.
const MAX_CHANGES: usize = 2_000_000;
/// Entries of a Bundle of deletions.
const ENTRIES_PER_BUNDLE: usize = 100;

/// Makes the next generation; `None` if nothing has changed.
pub(super) fn make(
    directory: &Path,
    base_url: &str,
    before: Option<&Record>,
    source: &dyn Source,
    now: UnixSeconds,
) -> Result<Option<Record>, Error> {
    let generation = before.map_or(0, |before| before.generation + 1).max(now.0.unsigned_abs());
    let plan = Plan::of(source, before, base_url)?;
    let mut record = Record::new(base_url, generation, now);
    record.syncs = plan.syncs();
    let mut making =
        Making { directory, generation, base_url, plan: &plan, source, before, changes: Changes::default() };
    for (group, fingerprint) in &plan.fingerprints {
        let old = before.and_then(|before| find(before, *group, &plan));
        if let Some(old) = old.filter(|old| old.fingerprint == *fingerprint) {
            record.outputs.push(old.clone());
        }
    }
    for kind in ResourceKind::ALL {
        record.outputs.extend(making.write_kind(kind)?);
    }
    record.outputs.sort_by(|a, b| (a.kind, &a.name).cmp(&(b.kind, &b.name)));
    if before.is_some_and(|before| before.outputs == record.outputs) {
        return Ok(None);
    }
    if let Some(before) = before
        && let Some(increment) = making.finish_increment(before, now)?
    {
        record.increments = before.increments.clone();
        record.increments.push(increment);
    }
    Ok(Some(record))
}

/// The file of a group in a generation.
fn find<'r>(record: &'r Record, group: Group, plan: &Plan) -> Option<&'r OutputFile> {
    let states = plan.tags.letters(group.0, group.1);
    find_by_prefix(record, &prefix(group)).filter(|output| output.states == states)
}

fn prefix((kind, whereabouts): Group) -> String {
    format!("{kind}-{}", whereabouts.as_str())
}

/// What changed since the generation before.
#[derive(Default)]
struct Changes {
    outputs: Vec<OutputFile>,
    added: FxHashSet<(ResourceKind, PublicId)>,
    gone: BTreeSet<(ResourceKind, PublicId)>,
}

impl Changes {
    /// Notes that a line is no longer in its file; it may have moved to another one.
    fn forget(&mut self, kind: ResourceKind, member: Member) {
        self.gone.insert((kind, member.id));
    }

    fn are_too_many(&self) -> bool {
        self.added.len() + self.gone.len() > MAX_CHANGES
    }
}

struct Making<'a> {
    directory: &'a Path,
    generation: u64,
    base_url: &'a str,
    plan: &'a Plan,
    source: &'a dyn Source,
    before: Option<&'a Record>,
    changes: Changes,
}

/// A file under construction, with its increment.
struct GroupFile {
    name: FileName,
    whole: NdjsonFile,
    members: MembersWriter,
    /// What the file of the generation before was made of.
    old: Option<MembersReader>,
    changes: Option<NdjsonFile>,
}

impl Making<'_> {
    /// Writes the files of a type that changed.
    fn write_kind(&mut self, kind: ResourceKind) -> Result<Vec<OutputFile>, Error> {
        let mut files: BTreeMap<Whereabouts, GroupFile> = BTreeMap::new();
        let groups = self.plan.fingerprints.iter().filter(|((of, _), _)| *of == kind);
        for (group, fingerprint) in groups {
            let old = self.before.and_then(|before| find(before, *group, self.plan));
            if old.is_none_or(|old| old.fingerprint != *fingerprint) {
                files.insert(group.1, self.begin(*group)?);
            }
        }
        self.forget_vanished(kind)?;
        if files.is_empty() {
            return Ok(Vec::new());
        }
        let mut failure = None;
        if kind == ResourceKind::Slot {
            let plan = self.plan;
            self.source
                .slots(&mut |slot: SourceSlot| {
                    let Some(schedule) = plan.schedules.get(&slot.schedule) else { return };
                    let Some(file) = files.get_mut(&schedule.whereabouts).filter(|_| failure.is_none()) else { return };
                    let publisher = schedule.resource.publisher;
                    let version = plan.version(publisher, slot.line, None);
                    failure = self.push(kind, file, publisher, (slot.line, version), None).err();
                })
                .map_err(Error::Source)?;
        } else {
            for planned in self.plan.resources.iter().filter(|planned| planned.resource.kind == kind) {
                let Some(file) = files.get_mut(&planned.whereabouts) else { continue };
                let SourceResource { publisher, line, .. } = planned.resource;
                self.push(kind, file, publisher, (line, planned.version), planned.availability)?;
            }
        }
        if let Some(failure) = failure {
            return Err(failure);
        }
        files.into_iter().map(|(whereabouts, file)| self.finish((kind, whereabouts), file)).collect()
    }

    fn begin(&self, group: Group) -> Result<GroupFile, Error> {
        let prefix = prefix(group);
        let name = FileName::of(format!("{prefix}-{}", self.generation));
        let members_path = self.directory.join(name.members());
        let old = self.before.and_then(|before| find_by_prefix(before, &prefix));
        let old = old.map(|old| self.io(MembersReader::open(&self.directory.join(old.name.members())))).transpose()?;
        Ok(GroupFile {
            whole: NdjsonFile::begin(self.directory, name.clone()),
            members: self.io(MembersWriter::create(&members_path))?,
            old,
            changes: None,
            name,
        })
    }

    /// All of what was in files of which no group is left is gone.
    fn forget_vanished(&mut self, kind: ResourceKind) -> Result<(), Error> {
        let prefixes: BTreeSet<String> = self.plan.fingerprints.keys().map(|group| prefix(*group)).collect();
        for output in self.before.iter().flat_map(|before| &before.outputs).filter(|output| output.kind == kind) {
            if !prefixes.contains(output.name.prefix()) {
                let reader = self.io(MembersReader::open(&self.directory.join(output.name.members())))?;
                let finished = reader.finish(|member| self.changes.forget(kind, member));
                self.io(finished)?;
            }
        }
        Ok(())
    }

    fn push(
        &mut self,
        kind: ResourceKind,
        file: &mut GroupFile,
        publisher: PublisherNumber,
        (line, version): (u64, u64),
        availability: Option<Availability>,
    ) -> Result<(), Error> {
        let Some(voice) = self.plan.voices.get(&publisher) else { return Ok(()) };
        let json = self.source.line(line).map_err(Error::Source)?;
        let provenance = Provenance {
            publisher: &voice.publisher.slug,
            manifest_url: &voice.publisher.manifest_url,
            synced_at: voice.synced_at,
            base_url: self.base_url,
            availability,
        };
        let resource = aggregate_within(kind, &json, &provenance, &|id| self.plan.held.contains(&id))?;
        let id = resource.get("id").and_then(serde_json::Value::as_str).and_then(|id| id.parse().ok());
        let Some(id) = id else { return Ok(()) };
        let text = serde_json::to_vec(&resource)?;
        let changes = &mut self.changes;
        let old = file.old.as_mut().map(|old| old.advance_to(line, |member| changes.forget(kind, member)));
        let old = old.transpose().map_err(|source| failed(self.directory, source))?.flatten();
        let is_change = self.before.is_some() && old.is_none_or(|old| old.version != version);
        if is_change && !self.changes.are_too_many() {
            let name = || FileName::of(format!("{}-changes", file.name));
            let changes = file.changes.get_or_insert_with(|| NdjsonFile::begin(self.directory, name()));
            changes.push(&text).map_err(|source| failed(self.directory, source))?;
            self.changes.added.insert((kind, id));
        }
        let pushed = file.whole.push(&text).and_then(|()| file.members.push(Member { line, id, version }));
        self.io(pushed)
    }

    fn finish(&mut self, group: Group, file: GroupFile) -> Result<OutputFile, Error> {
        let (kind, whereabouts) = group;
        let GroupFile { name, whole, members, old, changes } = file;
        if let Some(old) = old {
            let finished = old.finish(|member| self.changes.forget(kind, member));
            self.io(finished)?;
        }
        let states = self.plan.tags.letters(kind, whereabouts);
        if let Some(changes) = changes {
            let written = self.io(changes.finish())?;
            let name = FileName::of(format!("{name}-changes"));
            let (n_lines, n_bytes) = (written.n_lines, written.n_bytes);
            let states = states.clone();
            self.changes.outputs.push(OutputFile { kind, states, name, n_lines, n_bytes, fingerprint: 0 });
        }
        self.io(members.finish())?;
        let written = self.io(whole.finish())?;
        let fingerprint = self.plan.fingerprints.get(&group).copied().unwrap_or_default();
        let (n_lines, n_bytes) = (written.n_lines, written.n_bytes);
        Ok(OutputFile { kind, states, name, n_lines, n_bytes, fingerprint })
    }

    /// The increment from the generation before; `None` if so much changed that reading everything anew costs less.
    fn finish_increment(self, before: &Record, now: UnixSeconds) -> Result<Option<Increment>, Error> {
        if self.changes.are_too_many() {
            return Ok(None);
        }
        let Changes { mut outputs, added, gone } = self.changes;
        outputs.sort_by(|a, b| (a.kind, &a.name).cmp(&(b.kind, &b.name)));
        // What moved to another line, or another state, is still there.
        let gone: Vec<_> = gone.into_iter().filter(|one| !added.contains(one)).collect();
        let mut deleted = None;
        if !gone.is_empty() {
            let name = FileName::of(format!("deleted-{}", self.generation));
            let mut file = NdjsonFile::begin(self.directory, name.clone());
            for entries in gone.chunks(ENTRIES_PER_BUNDLE) {
                let entry = |(kind, id): &(ResourceKind, PublicId)| json!({ "request": { "method": "DELETE", "url": format!("{kind}/{id}") } });
                let entries: Vec<_> = entries.iter().map(entry).collect();
                let bundle = json!({ "resourceType": "Bundle", "type": "transaction", "entry": entries });
                file.push(&serde_json::to_vec(&bundle)?).map_err(|source| failed(self.directory, source))?;
            }
            file.finish().map_err(|source| failed(self.directory, source))?;
            deleted = Some(name);
        }
        let (after, generation) = (before.generation, self.generation);
        Ok(Some(Increment { after, generation, transaction_time: now, outputs, deleted }))
    }

    fn io<T>(&self, result: std::io::Result<T>) -> Result<T, Error> {
        result.map_err(|source| failed(self.directory, source))
    }
}

fn find_by_prefix<'r>(record: &'r Record, prefix: &str) -> Option<&'r OutputFile> {
    record.outputs.iter().find(|output| output.name.prefix() == prefix)
}

fn failed(directory: &Path, source: std::io::Error) -> Error {
    Error::Directory { path: directory.to_owned(), source }
}
