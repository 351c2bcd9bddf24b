//! Provider locations as they are kept: JSON, compressed.
//!
//! Written out they were the second largest part of the database, at 1.7 kB each; compressed they take a quarter.

use openslots_model::{ProviderLocation, ProviderLocationNumber};
use rusqlite::Connection;

use crate::block::BlockCodec;
use crate::columns::blob;
use crate::{Error, Result};

const WHAT: &str = "a provider location";

/// The JSON of a provider location.
pub(crate) fn to_json(provider_location: &ProviderLocation) -> Result<Vec<u8>> {
    serde_json::to_vec(provider_location).map_err(|source| Error::Json { what: WHAT, source })
}

/// A provider location of its JSON.
pub(crate) fn of_json(json: &[u8]) -> Result<ProviderLocation> {
    serde_json::from_slice(json).map_err(|source| Error::Json { what: WHAT, source })
}

/// A provider location as it is kept.
pub(crate) fn decode(codec: &BlockCodec, body: &[u8]) -> Result<ProviderLocation> {
    of_json(&codec.decompress(body)?)
}

/// The provider location of a number, if it is (still) there; `known` gives it for its bytes if it need not be decoded.
pub(crate) fn read(
    conn: &Connection,
    codec: &BlockCodec,
    number: ProviderLocationNumber,
    known: impl FnOnce(&[u8]) -> Option<ProviderLocation>,
) -> Result<Option<ProviderLocation>> {
    let mut statement = conn.prepare_cached("SELECT body FROM provider_location WHERE number = ?1")?;
    let mut rows = statement.query([number.0])?;
    let Some(row) = rows.next()? else { return Ok(None) };
    let body = blob(row, 0)?;
    match known(body) {
        Some(known) => Ok(Some(known)),
        None => decode(codec, body).map(Some),
    }
}

/// One that says nothing of provider and place, for tests.
#[cfg(test)]
pub(crate) fn of_nobody() -> ProviderLocation {
    use openslots_model::{ProviderLocationKey, PublicId, PublisherNumber};

    ProviderLocation {
        key: ProviderLocationKey(PublicId::from_bytes([7; 10])),
        publisher: "a".parse().unwrap(),
        publisher_number: PublisherNumber(1),
        provider: None,
        place: None,
        schedules: Vec::new(),
    }
}
