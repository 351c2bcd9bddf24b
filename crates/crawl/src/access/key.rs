//! The private key that a client proves itself with, read from PEM or a JWK.
//!
//! SMART asks for RS384 or ES384; which of them is told by the kind of key.

use std::fmt;

use base64::Engine;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use jsonwebtoken::{Algorithm, EncodingKey, Header};
use serde::Deserialize;

/// Why a text is no key to sign with. Shows nothing of the text.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum KeyError {
    /// Neither PEM nor a JSON object.
    #[error("is neither a private key in PEM nor a private JWK")]
    Unknown,
    /// PEM of the older form for elliptic curves.
    #[error("is PEM of the form `EC PRIVATE KEY`; convert it with `openssl pkcs8 -topk8 -nocrypt`")]
    Sec1,
    /// PEM that needs a password.
    #[error("is encrypted; convert it with `openssl pkcs8 -topk8 -nocrypt` or `openssl pkey`")]
    Encrypted,
    /// A JWK without a private part or with broken ones.
    #[error("is a JWK whose `{0}` is missing or broken; a private key has it")]
    Member(&'static str),
    /// A JWK of another kind.
    #[error("is a JWK of another kind; SMART takes RSA keys (RS384) and keys of the curve P-384 (ES384)")]
    Kind,
    /// A key that cannot sign.
    #[error("cannot sign; it must be a private RSA key of at least 2048 bits (RS384) or of the curve P-384 (ES384)")]
    CannotSign,
}

/// A private key to sign with. Its `Debug` shows the algorithm only.
#[derive(Clone)]
pub struct SigningKey {
    key: EncodingKey,
    algorithm: Algorithm,
    id: Option<String>,
}

impl fmt::Debug for SigningKey {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "SigningKey({:?})", self.algorithm)
    }
}

/// The members of a private JWK that are needed (RFC 7518, section 6).
#[derive(Deserialize)]
struct PrivateJwk {
    kty: Option<String>,
    crv: Option<String>,
    kid: Option<String>,
    n: Option<String>,
    e: Option<String>,
    d: Option<String>,
    p: Option<String>,
    q: Option<String>,
    dp: Option<String>,
    dq: Option<String>,
    qi: Option<String>,
}

/// The bytes of a private P-384 number.
const P384_BYTES: usize = 48;
/// PKCS #8 of a P-384 key (RFC 5208, RFC 5915) up to the number itself, which has a fixed length.
const P384_PKCS8: [u8; 32] = [
    0x30, 0x4e, 0x02, 0x01, 0x00, 0x30, 0x10, 0x06, 0x07, 0x2a, 0x86, 0x48, 0xce, 0x3d, 0x02, 0x01, 0x06, 0x05, 0x2b,
    0x81, 0x04, 0x00, 0x22, 0x04, 0x37, 0x30, 0x35, 0x02, 0x01, 0x01, 0x04, 0x30,
];
/// An RSA signature with SHA-384 is as long as the modulus; SMART's floor is 2048 bits.
const MIN_RSA_SIGNATURE_CHARS: usize = 2_048 / 8 * 4 / 3;

impl SigningKey {
    /// Reads a key from PEM (PKCS #8, PKCS #1) or from a JWK, and tries it.
    ///
    /// # Errors
    /// Why it cannot be used, without showing it.
    pub fn read(text: &str) -> Result<Self, KeyError> {
        let text = text.trim();
        let key = if text.starts_with('{') { Self::of_jwk(text)? } else { Self::of_pem(text)? };
        let signature = key.sign(b"").map_err(|_| KeyError::CannotSign)?;
        if key.algorithm == Algorithm::RS384 && signature.len() < MIN_RSA_SIGNATURE_CHARS {
            return Err(KeyError::CannotSign);
        }
        Ok(key)
    }

    fn of_pem(text: &str) -> Result<Self, KeyError> {
        // A variable of the environment often holds a PEM in one line, with `\n` spelt out.
        let pem = text.replace("\\n", "\n");
        let starts = |label: &str| pem.starts_with(&format!("-----BEGIN {label}-----"));
        if starts("EC PRIVATE KEY") || starts("EC PARAMETERS") {
            return Err(KeyError::Sec1);
        }
        if starts("ENCRYPTED PRIVATE KEY") || pem.contains("Proc-Type: 4,ENCRYPTED") {
            return Err(KeyError::Encrypted);
        }
        if !starts("PRIVATE KEY") && !starts("RSA PRIVATE KEY") {
            return Err(KeyError::Unknown);
        }
        let rsa = || EncodingKey::from_rsa_pem(pem.as_bytes()).map(|key| (key, Algorithm::RS384));
        let ec = || EncodingKey::from_ec_pem(pem.as_bytes()).map(|key| (key, Algorithm::ES384));
        let (key, algorithm) = rsa().or_else(|_| ec()).map_err(|_| KeyError::CannotSign)?;
        Ok(Self { key, algorithm, id: None })
    }

    fn of_jwk(text: &str) -> Result<Self, KeyError> {
        // What serde says of a broken JWK might show parts of it.
        let jwk: PrivateJwk = serde_json::from_str(text).map_err(|_| KeyError::Unknown)?;
        let (key, algorithm) = match (jwk.kty.as_deref(), jwk.crv.as_deref()) {
            (Some("EC"), Some("P-384")) => {
                let number = member("d", &jwk.d)?;
                if number.len() != P384_BYTES {
                    return Err(KeyError::Member("d"));
                }
                (EncodingKey::from_ec_der(&[&P384_PKCS8, number.as_slice()].concat()), Algorithm::ES384)
            }
            (Some("RSA"), _) => (EncodingKey::from_rsa_der(&rsa_der(&jwk)?), Algorithm::RS384),
            _ => return Err(KeyError::Kind),
        };
        Ok(Self { key, algorithm, id: jwk.kid })
    }

    /// The key's id, if it says one (`kid` of a JWK).
    pub fn id(&self) -> Option<&str> {
        self.id.as_deref()
    }

    pub(super) fn header(&self, key_id: Option<&str>) -> Header {
        let mut header = Header::new(self.algorithm);
        header.kid = key_id.or(self.id()).map(str::to_owned);
        header
    }

    pub(super) fn key(&self) -> &EncodingKey {
        &self.key
    }

    fn sign(&self, message: &[u8]) -> Result<String, jsonwebtoken::errors::Error> {
        jsonwebtoken::crypto::sign(message, &self.key, self.algorithm)
    }
}

fn member(name: &'static str, value: &Option<String>) -> Result<Vec<u8>, KeyError> {
    let decoded = value.as_ref().and_then(|text| URL_SAFE_NO_PAD.decode(text.trim_end_matches('=')).ok());
    decoded.filter(|bytes| !bytes.is_empty()).ok_or(KeyError::Member(name))
}

/// An RSA key as PKCS #1 has it (RFC 8017, appendix A.1.2).
fn rsa_der(jwk: &PrivateJwk) -> Result<Vec<u8>, KeyError> {
    let mut numbers = der(0x02, &[0]);
    for (name, value) in [
        ("n", &jwk.n),
        ("e", &jwk.e),
        ("d", &jwk.d),
        ("p", &jwk.p),
        ("q", &jwk.q),
        ("dp", &jwk.dp),
        ("dq", &jwk.dq),
        ("qi", &jwk.qi),
    ] {
        let bytes = member(name, value)?;
        let first = bytes.iter().position(|byte| *byte != 0).ok_or(KeyError::Member(name))?;
        let mut number = bytes[first..].to_vec();
        // A number whose first bit is set would be negative.
        if number[0] & 0x80 != 0 {
            number.insert(0, 0);
        }
        numbers.extend(der(0x02, &number));
    }
    Ok(der(0x30, &numbers))
}

/// One element of DER.
fn der(tag: u8, content: &[u8]) -> Vec<u8> {
    let n_bytes = content.len().to_be_bytes();
    let first = n_bytes.iter().position(|byte| *byte != 0).unwrap_or(n_bytes.len() - 1);
    let length = &n_bytes[first..];
    let mut element = vec![tag];
    if content.len() >= 0x80 {
        element.push(0x80 | length.len() as u8);
    }
    element.extend_from_slice(length);
    element.extend_from_slice(content);
    element
}

#[cfg(test)]
pub(crate) mod samples;
#[cfg(test)]
mod tests;
