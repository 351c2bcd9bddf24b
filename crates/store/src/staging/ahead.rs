//! Resources that are parsed before their run commits: parsing takes longer than all that the commit writes of them, and
//! only one run at a time can commit.

use std::collections::BTreeMap;
use std::sync::Arc;

use openslots_fhir::resource::Resource;
use openslots_model::{FileIndex, ResourceKind};

use super::facts::read_resources;
use super::file::{Content, FileStage};
use super::spool::Spool;
use crate::Result;
use crate::block::BlockCodec;

/// Bytes of lines that are parsed ahead of one run: some 25,000 resources. Those after them are parsed one by one.
const MAX_AHEAD_BYTES: usize = 16 << 20;

/// Parses the first resources of each file that joins ask for, as far as the memory for them goes.
pub(super) fn parse_ahead(
    files: &mut BTreeMap<FileIndex, FileStage>,
    spool: &mut Spool,
    codec: &BlockCodec,
) -> Result<()> {
    let mut n_left = MAX_AHEAD_BYTES;
    let mut bytes = Vec::new();
    for file in files.values_mut().filter(|file| file.content == Some(Content::Resources) && !file.is_broken) {
        'blocks: for staged in &file.blocks {
            spool.read(staged.facts, &mut bytes)?;
            let facts = read_resources(&bytes)?;
            spool.read(staged.data, &mut bytes)?;
            let block = codec.read_block(&bytes)?;
            for (index, fact) in facts.iter().enumerate() {
                let text = block.text(index)?;
                n_left = match n_left.checked_sub(text.len()) {
                    Some(n_left) if is_joined(fact.resource.kind) => n_left,
                    _ => break 'blocks,
                };
                // One that cannot be parsed is a fault that the commit tells of, if it comes to it.
                let Ok(resource) = Resource::parse(fact.resource.kind, text) else { break 'blocks };
                file.ahead.push(Arc::new(resource));
            }
        }
    }
    Ok(())
}

/// Whether joins look at resources of this kind: slots and devices are never joined.
pub(crate) const fn is_joined(kind: ResourceKind) -> bool {
    !matches!(kind, ResourceKind::Slot | ResourceKind::Device)
}
