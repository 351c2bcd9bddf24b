//! `state`: the opaque word that goes to the portal and comes back.
//!
//! 24 random bytes and a tag over them, so that a forged state is told from one that is not known any more without a
//! look at the database. It holds no identity, time or place. Only its hash is looked up.

use base64::Engine;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use hmac::{Hmac, KeyInit, Mac};
use sha2::{Digest, Sha256};

use crate::{Error, Result};

const RANDOM_BYTES: usize = 24;
/// Of the 32 of the tag.
const TAG_BYTES: usize = 16;

/// The key that signs states.
#[derive(Clone)]
pub(crate) struct StateKey([u8; 32]);

impl StateKey {
    pub(crate) const fn new(key: [u8; 32]) -> Self {
        Self(key)
    }

    fn mac(&self, random: &[u8]) -> Option<Hmac<Sha256>> {
        let mut mac = Hmac::<Sha256>::new_from_slice(&self.0).ok()?;
        mac.update(random);
        Some(mac)
    }

    /// A new state.
    pub(crate) fn issue(&self) -> Result<String> {
        let mut bytes = [0; RANDOM_BYTES];
        getrandom::fill(&mut bytes).map_err(|error| Error::Random(error.to_string()))?;
        let mac = self.mac(&bytes).ok_or_else(|| Error::Random("the key has a wrong length".to_owned()))?;
        let mut state = bytes.to_vec();
        state.extend_from_slice(&mac.finalize().into_bytes()[..TAG_BYTES]);
        Ok(URL_SAFE_NO_PAD.encode(state))
    }

    /// Whether this server has issued it, at whatever time.
    pub(crate) fn has_issued(&self, state: &str) -> bool {
        let Ok(bytes) = URL_SAFE_NO_PAD.decode(state) else { return false };
        if bytes.len() != RANDOM_BYTES + TAG_BYTES {
            return false;
        }
        let (random, tag) = bytes.split_at(RANDOM_BYTES);
        // Compares in constant time.
        self.mac(random).is_some_and(|mac| mac.verify_truncated_left(tag).is_ok())
    }
}

/// What a state is looked up by.
pub(crate) fn hash_of(state: &str) -> [u8; 32] {
    Sha256::digest(state).into()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_what_was_issued_is_known() {
        let (key, other) = (StateKey::new([1; 32]), StateKey::new([2; 32]));
        let state = key.issue().expect("a state");
        assert!(key.has_issued(&state) && !other.has_issued(&state));
        assert_ne!(key.issue(), Ok(state.clone()));
        let mut forged = state.clone().into_bytes();
        for place in 0..forged.len() {
            let was = forged[place];
            forged[place] = if was == b'A' { b'B' } else { b'A' };
            let text = String::from_utf8(forged.clone()).expect("text");
            // The last digit has bits that say nothing; they are refused too.
            assert!(!key.has_issued(&text), "{place}");
            forged[place] = was;
        }
        for bad in ["", "A", "not base64!", &state[1..], &format!("{state}A")] {
            assert!(!key.has_issued(bad), "{bad}");
        }
    }
}
