//! What lines say of one another: ids that come twice, references that lead nowhere, schedules at odds with their slots.
//!
//! Ids and references are written to files by their hash and read back part by part, so that a part fits into memory
//! however many there are.

use std::collections::{HashMap, HashSet};
use std::fs::File;
use std::io::{BufReader, BufWriter, Read, Write};

use anyhow::{Context, Result};
use openslots_fhir::conformance::{LineFacts, Requirement};
use openslots_model::ResourceKind;
use tempfile::TempDir;
use xxhash_rust::xxh3::xxh3_64;

use super::report::Collector;

/// Parts of the ids: 30 million slots are half a million ids in each.
const N_PARTS: usize = 64;
/// References that were noted lately, so that the slots of a schedule note it once.
const N_REMEMBERED: usize = 1 << 16;

/// What a record says.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Said {
    /// The id is that of a resource.
    Is,
    /// A Schedule that says it has no availability.
    IsWithoutAvailability,
    /// Something refers to it.
    Named,
    /// A free slot refers to it.
    NamedByFreeSlot,
}

impl Said {
    const ALL: [Self; 4] = [Self::Is, Self::IsWithoutAvailability, Self::Named, Self::NamedByFreeSlot];
}

struct Record {
    said: Said,
    page: u32,
    file: u32,
    line: u64,
    key: String,
}

/// Collects ids and references; [`CrossCheck::judge`] holds them against each other.
pub(super) struct CrossCheck {
    folder: TempDir,
    parts: Vec<BufWriter<File>>,
    remembered: HashSet<u64>,
    /// Types of which there is a file.
    published: HashSet<ResourceKind>,
    /// Whether something was not read: then nobody knows what is missing.
    pub(super) is_partial: bool,
}

impl CrossCheck {
    pub(super) fn new() -> Result<Self> {
        let folder = tempfile::tempdir().context("a temporary directory cannot be made")?;
        let part = |n| File::create(folder.path().join(format!("{n}"))).map(BufWriter::new);
        let parts = (0..N_PARTS).map(part).collect::<Result<_, _>>().context("temporary files cannot be made")?;
        Ok(Self { folder, parts, remembered: HashSet::new(), published: HashSet::new(), is_partial: false })
    }

    /// There is a file of this type.
    pub(super) fn publishes(&mut self, kind: ResourceKind) {
        self.published.insert(kind);
    }

    /// Notes what a line says.
    pub(super) fn note(
        &mut self,
        kind: ResourceKind,
        file: u32,
        page: u32,
        line: u64,
        facts: &LineFacts,
    ) -> Result<()> {
        if let Some(id) = &facts.id {
            let is_without = kind == ResourceKind::Schedule && facts.availability.as_deref() == Some("none");
            let said = if is_without { Said::IsWithoutAvailability } else { Said::Is };
            self.write(&Record { said, page, file, line, key: format!("{kind}/{id}") })?;
        }
        for reference in &facts.references {
            let said = if facts.is_free { Said::NamedByFreeSlot } else { Said::Named };
            let key = format!("{}/{}", reference.target.kind, reference.target.source_id);
            if self.remembered.len() >= N_REMEMBERED {
                self.remembered.clear();
            }
            if self.remembered.insert(xxh3_64(key.as_bytes()) ^ u64::from(facts.is_free)) {
                self.write(&Record { said, page, file, line, key })?;
            }
        }
        Ok(())
    }

    fn write(&mut self, record: &Record) -> Result<()> {
        let Record { said, page, file, line, key } = record;
        let part = (xxh3_64(key.as_bytes()) >> 58) as usize;
        let out = &mut self.parts[part % N_PARTS];
        let length = u32::try_from(key.len())?;
        out.write_all(&[*said as u8])?;
        out.write_all(&page.to_le_bytes())?;
        out.write_all(&file.to_le_bytes())?;
        out.write_all(&line.to_le_bytes())?;
        out.write_all(&length.to_le_bytes())?;
        Ok(out.write_all(key.as_bytes())?)
    }

    /// Holds everything against each other; `names` are the files by number.
    pub(super) fn judge(mut self, names: &[String], collector: &mut Collector) -> Result<()> {
        for part in &mut self.parts {
            part.flush()?;
        }
        for n in 0..N_PARTS {
            let file = File::open(self.folder.path().join(format!("{n}")))?;
            self.judge_part(BufReader::new(file), names, collector)?;
        }
        Ok(())
    }

    fn judge_part(&self, mut part: impl Read, names: &[String], collector: &mut Collector) -> Result<()> {
        let (mut known, mut named): (HashMap<String, Record>, Vec<Record>) = Default::default();
        let name = |file: u32| names.get(file as usize).map_or("", String::as_str);
        while let Some(record) = read(&mut part)? {
            if matches!(record.said, Said::Named | Said::NamedByFreeSlot) {
                named.push(record);
            } else if let Some(first) = known.get(&record.key).filter(|first| first.page == record.page) {
                let detail = format!("{} was there before: {}:{}", record.key, name(first.file), first.line);
                collector.add(Requirement::DuplicateId, name(record.file), record.line, "id", &detail, String::new);
            } else {
                known.insert(record.key.clone(), record);
            }
        }
        for record in named {
            let (at, line) = (name(record.file), record.line);
            match known.get(&record.key).map(|target| target.said) {
                None if !self.is_partial => {
                    let (requirement, detail) = self.dangling(&record.key);
                    collector.add(requirement, at, line, "reference", &detail, String::new);
                }
                Some(Said::IsWithoutAvailability) if record.said == Said::NamedByFreeSlot => {
                    let detail = format!("a free slot of {}, whose `has-availability` is `none`", record.key);
                    collector.add(Requirement::AvailabilityContradicted, at, line, "schedule", &detail, String::new);
                }
                _ => {}
            }
        }
        Ok(())
    }

    fn dangling(&self, key: &str) -> (Requirement, String) {
        let kind = key.split('/').next().and_then(|name| name.parse::<ResourceKind>().ok());
        let is_expected = kind.is_some_and(|kind| {
            matches!(kind, ResourceKind::Location | ResourceKind::Schedule) || self.published.contains(&kind)
        });
        if is_expected {
            (Requirement::ReferenceDangling, format!("{key} is not published"))
        } else {
            (Requirement::ReferenceUnpublished, format!("{key}: no file of its type is published"))
        }
    }
}

/// The next record of a part.
fn read(part: &mut impl Read) -> Result<Option<Record>> {
    let mut said = [0; 1];
    if part.read(&mut said)? == 0 {
        return Ok(None);
    }
    let said = *Said::ALL.get(usize::from(said[0])).context("a temporary file is broken")?;
    let (mut page, mut file, mut line, mut length) = ([0; 4], [0; 4], [0; 8], [0; 4]);
    part.read_exact(&mut page)?;
    part.read_exact(&mut file)?;
    part.read_exact(&mut line)?;
    part.read_exact(&mut length)?;
    let mut key = vec![0; u32::from_le_bytes(length) as usize];
    part.read_exact(&mut key)?;
    Ok(Some(Record {
        said,
        page: u32::from_le_bytes(page),
        file: u32::from_le_bytes(file),
        line: u64::from_le_bytes(line),
        key: String::from_utf8(key)?,
    }))
}
