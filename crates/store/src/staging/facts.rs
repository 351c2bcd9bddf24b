//! What the commit needs to know of each accepted line beside the line itself, as bytes of the spool.

use openslots_model::{PublicId, ResourceKind, ResourceRef, UnixSeconds};

use crate::Result;
use crate::codec::{Decoder, put_delta, put_text, put_varint};

/// What is needed of a slot.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct SlotFact {
    pub(crate) id: PublicId,
    /// Hash of its line.
    pub(crate) hash: u64,
    /// Its schedule, by the run's own count.
    pub(crate) schedule: u32,
    pub(crate) start: UnixSeconds,
    /// Its traits, by the run's own count.
    pub(crate) traits: u32,
}

/// What is needed of any other resource.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct ResourceFact {
    /// Hash of its line.
    pub(crate) hash: u64,
    pub(crate) resource: ResourceRef,
    pub(crate) references: Vec<ResourceRef>,
}

/// The facts of the lines of one block.
#[derive(Debug, Default)]
pub(crate) struct FactWriter {
    bytes: Vec<u8>,
    start_before: i64,
}

impl FactWriter {
    pub(crate) fn put_slot(&mut self, fact: &SlotFact) {
        self.bytes.extend_from_slice(fact.id.as_bytes());
        self.bytes.extend_from_slice(&fact.hash.to_le_bytes());
        put_varint(&mut self.bytes, u64::from(fact.schedule));
        put_delta(&mut self.bytes, fact.start.0.wrapping_sub(self.start_before));
        put_varint(&mut self.bytes, u64::from(fact.traits));
        self.start_before = fact.start.0;
    }

    pub(crate) fn put_resource(&mut self, hash: u64, resource: &ResourceRef, references: &[ResourceRef]) {
        self.bytes.extend_from_slice(&hash.to_le_bytes());
        put_ref(&mut self.bytes, resource);
        put_varint(&mut self.bytes, references.len() as u64);
        for reference in references {
            put_ref(&mut self.bytes, reference);
        }
    }

    /// The bytes so far.
    pub(crate) fn bytes(&self) -> &[u8] {
        &self.bytes
    }

    /// Begins anew, in the same memory.
    pub(crate) fn clear(&mut self) {
        self.start_before = 0;
        self.bytes.clear();
    }
}

/// The facts of the slots of a block, in the place of those that `facts` held.
pub(crate) fn read_slots(bytes: &[u8], facts: &mut Vec<SlotFact>) -> Result<()> {
    facts.clear();
    let mut decoder = Decoder::new(bytes, "the staged facts of slots");
    let mut start = 0i64;
    while !decoder.is_empty() {
        let id = PublicId::from_bytes(decoder.array()?);
        let hash = u64::from_le_bytes(decoder.array()?);
        let schedule = decoder.varint_u32()?;
        start = start.wrapping_add(decoder.delta()?);
        let traits = decoder.varint_u32()?;
        facts.push(SlotFact { id, hash, schedule, start: UnixSeconds(start), traits });
    }
    Ok(())
}

/// The facts of the resources of a block.
pub(crate) fn read_resources(bytes: &[u8]) -> Result<Vec<ResourceFact>> {
    let mut facts = Vec::new();
    let mut decoder = Decoder::new(bytes, "the staged facts of resources");
    while !decoder.is_empty() {
        let hash = u64::from_le_bytes(decoder.array()?);
        let resource = read_ref(&mut decoder)?;
        let n = decoder.varint()?;
        let references = (0..n).map(|_| read_ref(&mut decoder)).collect::<Result<_>>()?;
        facts.push(ResourceFact { hash, resource, references });
    }
    Ok(facts)
}

fn put_ref(bytes: &mut Vec<u8>, reference: &ResourceRef) {
    put_text(bytes, reference.kind.as_str());
    put_text(bytes, &reference.source_id);
}

fn read_ref(decoder: &mut Decoder<'_>) -> Result<ResourceRef> {
    let kind: ResourceKind = decoder.text()?.parse().map_err(|_| decoder.damaged())?;
    Ok(ResourceRef { kind, source_id: decoder.text()?.to_owned() })
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    proptest! {
        #[test]
        fn slots_survive(raw in proptest::collection::vec((any::<[u8; 10]>(), any::<u64>(), any::<u32>(), any::<i64>()), 0..9)) {
            let mut writer = FactWriter::default();
            for _ in 0..2 {
                let facts: Vec<_> = raw
                    .iter()
                    .map(|(id, hash, n, start)| SlotFact {
                        id: PublicId::from_bytes(*id),
                        hash: *hash,
                        schedule: *n,
                        start: UnixSeconds(*start),
                        traits: n / 2,
                    })
                    .collect();
                facts.iter().for_each(|fact| writer.put_slot(fact));
                let mut read = Vec::new();
                read_slots(writer.bytes(), &mut read).unwrap();
                writer.clear();
                prop_assert_eq!(read, facts);
            }
        }

        #[test]
        fn resources_survive(ids in proptest::collection::vec(".{0,5}", 1..6)) {
            let mut writer = FactWriter::default();
            let refs: Vec<_> = ids
                .iter()
                .zip(ResourceKind::ALL)
                .map(|(id, kind)| ResourceRef { kind, source_id: id.clone() })
                .collect();
            writer.put_resource(7, &refs[0], &refs[1..]);
            let read = read_resources(writer.bytes()).unwrap();
            prop_assert_eq!(read, [ResourceFact { hash: 7, resource: refs[0].clone(), references: refs[1..].to_vec() }]);
        }
    }
}
