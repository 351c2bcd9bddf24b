//! Which lines a file was made of, so that the next generation knows what changed and what went.

use std::fs::File;
use std::io::{self, BufReader, BufWriter, Read, Write};
use std::path::Path;

use openslots_model::PublicId;

/// A line of a file: where its source line is, which resource it is, and how it was written.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Member {
    pub(super) line: u64,
    pub(super) id: PublicId,
    /// Of all that the line was made of, as one number.
    pub(super) version: u64,
}

const MEMBER_LEN: usize = 26;

impl Member {
    fn to_bytes(self) -> [u8; MEMBER_LEN] {
        let mut bytes = [0; MEMBER_LEN];
        bytes[..8].copy_from_slice(&self.line.to_le_bytes());
        bytes[8..18].copy_from_slice(self.id.as_bytes());
        bytes[18..].copy_from_slice(&self.version.to_le_bytes());
        bytes
    }

    fn from_bytes(bytes: &[u8; MEMBER_LEN]) -> Self {
        let (mut line, mut id, mut version) = ([0; 8], [0; 10], [0; 8]);
        line.copy_from_slice(&bytes[..8]);
        id.copy_from_slice(&bytes[8..18]);
        version.copy_from_slice(&bytes[18..]);
        Self { line: u64::from_le_bytes(line), id: PublicId::from_bytes(id), version: u64::from_le_bytes(version) }
    }
}

/// Writes members, by line, ascending.
pub(super) struct MembersWriter(BufWriter<File>);

impl MembersWriter {
    pub(super) fn create(path: &Path) -> io::Result<Self> {
        Ok(Self(BufWriter::with_capacity(16 * 1024, File::create(path)?)))
    }

    pub(super) fn push(&mut self, member: Member) -> io::Result<()> {
        self.0.write_all(&member.to_bytes())
    }

    pub(super) fn finish(self) -> io::Result<()> {
        self.0.into_inner().map_err(io::IntoInnerError::into_error)?.sync_all()
    }
}

/// Reads members, by line, ascending.
pub(super) struct MembersReader {
    file: BufReader<File>,
    next: Option<Member>,
}

impl MembersReader {
    pub(super) fn open(path: &Path) -> io::Result<Self> {
        let mut reader = Self { file: BufReader::with_capacity(16 * 1024, File::open(path)?), next: None };
        reader.next = reader.read()?;
        Ok(reader)
    }

    fn read(&mut self) -> io::Result<Option<Member>> {
        let mut bytes = [0; MEMBER_LEN];
        let mut n_read = 0;
        while n_read < MEMBER_LEN {
            match self.file.read(&mut bytes[n_read..])? {
                0 if n_read == 0 => return Ok(None),
                0 => return Err(io::ErrorKind::UnexpectedEof.into()),
                n => n_read += n,
            }
        }
        Ok(Some(Member::from_bytes(&bytes)))
    }

    /// Hands those before a line over, and gives the one of that line, if there is one.
    pub(super) fn advance_to(&mut self, line: u64, mut passed: impl FnMut(Member)) -> io::Result<Option<Member>> {
        while let Some(member) = self.next {
            if member.line > line {
                break;
            }
            self.next = self.read()?;
            if member.line == line {
                return Ok(Some(member));
            }
            passed(member);
        }
        Ok(None)
    }

    /// Hands all that are left over.
    pub(super) fn finish(mut self, passed: impl FnMut(Member)) -> io::Result<()> {
        self.advance_to(u64::MAX, passed).map(drop)
    }
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeMap;

    use proptest::prelude::*;

    use super::*;

    proptest! {
        #[test]
        fn a_merge_passes_over_what_is_gone(
            old in proptest::collection::btree_map(0u64..200, any::<u64>(), 0..40),
            new in proptest::collection::btree_set(0u64..200, 0..40),
        ) {
            let folder = tempfile::tempdir().unwrap();
            let path = folder.path().join("members");
            let member = |line: u64, version: u64| Member { line, id: PublicId::from_bytes([line as u8; 10]), version };
            let mut writer = MembersWriter::create(&path).unwrap();
            for (line, version) in &old {
                writer.push(member(*line, *version)).unwrap();
            }
            writer.finish().unwrap();
            let mut reader = MembersReader::open(&path).unwrap();
            let (mut gone, mut kept) = (BTreeMap::new(), BTreeMap::new());
            for line in &new {
                let found = reader.advance_to(*line, |member| gone.extend([(member.line, member.version)])).unwrap();
                kept.extend(found.map(|member| (member.line, member.version)));
            }
            reader.finish(|member| gone.extend([(member.line, member.version)])).unwrap();
            let (want_kept, want_gone) = old.into_iter().partition(|(line, _)| new.contains(line));
            prop_assert_eq!((kept, gone), (want_kept, want_gone));
        }
    }
}
