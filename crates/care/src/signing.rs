//! Signatures of small messages between services: a moment and a body under a shared secret.
//!
//! The signature is the hexadecimal HMAC-SHA-256 of the time (seconds since 1970), a dot and the body. The time is part of
//! it, so that an old message cannot be sent again.

use hmac::{Hmac, KeyInit, Mac};
use openslots_model::UnixSeconds;
use sha2::Sha256;

/// How far the time of a message may be from ours, in seconds.
const MAX_AGE_SECONDS: u64 = 300;

/// The signature of a body that is sent at a time.
pub fn sign(secret: &[u8], at: UnixSeconds, body: &[u8]) -> String {
    hex(&mac(secret, &[at.0.to_string().as_bytes(), b".", body]))
}

/// Whether a message was signed with the secret at the time that it gives, not long ago. Compares in constant time.
pub fn is_signed(secret: &[u8], timestamp: &str, signature: &str, body: &[u8], now: UnixSeconds) -> bool {
    let is_recent = timestamp.parse::<i64>().is_ok_and(|at| now.0.abs_diff(at) <= MAX_AGE_SECONDS);
    let Some(signature) = from_hex(signature) else { return false };
    let Some(mac) = begin(secret, &[timestamp.as_bytes(), b".", body]) else { return false };
    mac.verify_slice(&signature).is_ok() && is_recent
}

/// The HMAC-SHA-256 of some bytes.
pub(crate) fn mac(key: &[u8], parts: &[&[u8]]) -> [u8; 32] {
    begin(key, parts).map_or([0; 32], |mac| mac.finalize().into_bytes().into())
}

/// `None` never comes: a key of any length is taken, only the constructor's signature says otherwise.
fn begin(key: &[u8], parts: &[&[u8]]) -> Option<Hmac<Sha256>> {
    let mut mac = Hmac::<Sha256>::new_from_slice(key).ok()?;
    parts.iter().for_each(|part| mac.update(part));
    Some(mac)
}

pub(crate) fn hex(bytes: &[u8]) -> String {
    bytes.iter().map(|byte| format!("{byte:02x}")).collect()
}

fn from_hex(text: &str) -> Option<Vec<u8>> {
    if !text.len().is_multiple_of(2) || !text.bytes().all(|byte| byte.is_ascii_hexdigit()) {
        return None;
    }
    (0..text.len()).step_by(2).map(|at| u8::from_str_radix(&text[at..at + 2], 16).ok()).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_message_is_taken_as_it_was_signed_and_not_later() {
        let now = UnixSeconds(1_800_000_000);
        let secret = "k".repeat(32);
        for (seconds, want) in [(0, true), (-300, true), (300, true), (-301, false), (301, false)] {
            let at = UnixSeconds(now.0 + seconds);
            let signature = sign(secret.as_bytes(), at, b"{}");
            let is_taken = is_signed(secret.as_bytes(), &at.0.to_string(), &signature, b"{}", now);
            assert_eq!(is_taken, want, "{seconds} s");
        }
        let signature = sign(secret.as_bytes(), now, b"{}");
        let taken = |timestamp: &str, signature: &str, body: &[u8]| {
            is_signed(secret.as_bytes(), timestamp, signature, body, now)
        };
        let at = now.0.to_string();
        assert!(taken(&at, &signature, b"{}"));
        assert!(!taken(&(now.0 + 1).to_string(), &signature, b"{}"));
        assert!(!taken(&at, &signature, b"{ }"));
        assert!(!taken("now", &signature, b"{}"));
        for bad in ["", "zz", "+1", &signature[1..], &signature[2..]] {
            assert!(!taken(&at, bad, b"{}"), "{bad}");
        }
        assert!(!is_signed(b"other", &at, &signature, b"{}", now));
    }
}
