//! How applications prove who they are: a signed assertion for a short token (SMART Backend Services, "Authorization"),
//! or one token that the operator gives to the one application of a small installation.
//!
//! Tokens are random, short-lived and held in memory as hashes; after a restart applications ask for new ones.

use std::collections::HashMap;
use std::fmt;
use std::sync::{Mutex, MutexGuard, PoisonError};

use base64::Engine;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use jsonwebtoken::jwk::{Jwk, JwkSet};
use jsonwebtoken::{Algorithm, DecodingKey, Validation, decode, decode_header};
use openslots_model::UnixSeconds;
use serde::Deserialize;
use sha2::{Digest, Sha256};
use subtle::ConstantTimeEq;
use url::Url;

use super::{Acting, ApplicationId};
use crate::resource::CareId;
use crate::{Error, Result};

/// How long a token is good for, in seconds.
pub const TOKEN_SECONDS: i64 = 300;
/// How far ahead an assertion's end may be, in seconds (SMART Backend Services: five minutes), with some for clocks that
/// differ.
const MAX_AHEAD_SECONDS: i64 = 300 + CLOCK_SECONDS;
/// By how much clocks may differ, in seconds.
const CLOCK_SECONDS: i64 = 30;
/// So many tokens, and so many assertions that have been used, are remembered; more are refused until some have expired.
const MAX_REMEMBERED: usize = 100_000;
/// What assertions may be signed with (SMART Backend Services).
const ALGORITHMS: [Algorithm; 2] = [Algorithm::ES384, Algorithm::RS384];

/// An application that may call: its id, its public keys, and where its patients go on when they come back from a portal.
#[derive(Clone)]
pub struct Application {
    /// As the operator named it.
    id: ApplicationId,
    keys: JwkSet,
    return_to: Option<Url>,
}

impl Application {
    /// An application with the public keys of a JWK set.
    ///
    /// # Errors
    /// When the set has no key that signs ES384 or RS384, or has private ones; what is wrong, for people.
    pub fn new(id: ApplicationId, jwks: serde_json::Value, return_to: Option<Url>) -> Result<Self, String> {
        let is_private = |key: &serde_json::Value| key.get("d").is_some() || key.get("k").is_some();
        if jwks["keys"].as_array().into_iter().flatten().any(is_private) {
            return Err("holds a private key; give the public ones only".to_owned());
        }
        let keys: JwkSet = serde_json::from_value(jwks).map_err(|error| format!("is no JWK set: {error}"))?;
        if keys.keys.is_empty() || keys.keys.iter().any(|key| DecodingKey::from_jwk(key).is_err()) {
            return Err("has no key, or one that cannot be read".to_owned());
        }
        Ok(Self { id, keys, return_to })
    }
}

impl Application {
    /// Its id.
    pub const fn id(&self) -> &ApplicationId {
        &self.id
    }
}

impl fmt::Debug for Application {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Application").field("id", &self.id).finish_non_exhaustive()
    }
}

/// What a token stands for.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Grant {
    /// The application that has it.
    pub application: ApplicationId,
    /// The patient that it is good for, and on whose behalf; `None`: each call names them.
    pub subject: Option<(CareId, Acting)>,
    /// Up to when.
    pub expires_at: UnixSeconds,
}

/// Why an assertion gets no token. Told to the operator; the caller learns that it was refused.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum AssertionFault {
    /// It is no signed JWT.
    #[error("it is no JWT")]
    Form,
    /// Nobody knows the application that it names.
    #[error("its issuer is no application that is configured")]
    Issuer,
    /// It is signed with something else than ES384 or RS384, or with a key that the application does not have.
    #[error("no key of the application has made its signature")]
    Signature,
    /// It is for somebody else.
    #[error("its audience is not this service's token endpoint")]
    Audience,
    /// Its time is over, or too long.
    #[error("it has expired, or is good for more than five minutes")]
    Expiry,
    /// It has no `jti`, or one that was used before.
    #[error("its jti is missing or was used before")]
    Replayed,
    /// Too many are remembered.
    #[error("too many tokens are held at once")]
    Full,
}

#[derive(Deserialize)]
struct Claims {
    iss: String,
    sub: String,
    aud: Audience,
    exp: i64,
    jti: Option<String>,
}

#[derive(Deserialize)]
#[serde(untagged)]
enum Audience {
    One(String),
    Many(Vec<String>),
}

type Hash = [u8; 32];

/// Lets applications in.
pub struct Gate {
    applications: HashMap<ApplicationId, Application>,
    /// The hash of the operator's one token, and whose it is.
    fixed: Option<(Hash, ApplicationId)>,
    tokens: Mutex<HashMap<Hash, Grant>>,
    /// Assertions that were used, until they expire.
    used: Mutex<HashMap<Hash, UnixSeconds>>,
}

impl fmt::Debug for Gate {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Gate").field("applications", &self.applications.keys()).finish_non_exhaustive()
    }
}

fn hash(bytes: &[u8]) -> Hash {
    Sha256::digest(bytes).into()
}

fn lock<T>(of: &Mutex<T>) -> MutexGuard<'_, T> {
    of.lock().unwrap_or_else(PoisonError::into_inner)
}

impl Gate {
    /// A gate for these applications, and for the one that has a fixed token.
    pub fn new(applications: Vec<Application>, fixed: Option<(&str, ApplicationId)>) -> Self {
        Self {
            applications: applications.into_iter().map(|of| (of.id.clone(), of)).collect(),
            fixed: fixed.map(|(token, application)| (hash(token.trim().as_bytes()), application)),
            tokens: Mutex::default(),
            used: Mutex::default(),
        }
    }

    /// Where patients of an application go on when they come back from a portal.
    pub fn return_to(&self, application: &ApplicationId) -> Option<&Url> {
        self.applications.get(application)?.return_to.as_ref()
    }

    /// What a token stands for, if it is good. Hashes are compared, so the time it takes tells nothing of the token.
    pub fn authenticate(&self, token: &[u8], now: UnixSeconds) -> Option<Grant> {
        let given = hash(token);
        if let Some((fixed, application)) = &self.fixed
            && bool::from(fixed.ct_eq(&given))
        {
            let expires_at = UnixSeconds(i64::MAX);
            return Some(Grant { application: application.clone(), subject: None, expires_at });
        }
        lock(&self.tokens).get(&given).filter(|grant| grant.expires_at > now).cloned()
    }

    /// A token for a signed assertion.
    ///
    /// # Errors
    /// [`AssertionFault`] within, where it is refused; [`Error::Random`].
    pub fn exchange(
        &self,
        assertion: &str,
        audience: &str,
        subject: Option<(CareId, Acting)>,
        now: UnixSeconds,
    ) -> Result<Result<(String, Grant), AssertionFault>> {
        let application = match self.check(assertion, audience, now) {
            Ok(application) => application,
            Err(fault) => return Ok(Err(fault)),
        };
        let token = random_token()?;
        let grant = Grant { application, subject, expires_at: now.plus_seconds(TOKEN_SECONDS) };
        let mut tokens = lock(&self.tokens);
        if tokens.len() >= MAX_REMEMBERED {
            tokens.retain(|_, grant| grant.expires_at > now);
        }
        if tokens.len() >= MAX_REMEMBERED {
            return Ok(Err(AssertionFault::Full));
        }
        tokens.insert(hash(token.as_bytes()), grant.clone());
        Ok(Ok((token, grant)))
    }

    fn check(&self, assertion: &str, audience: &str, now: UnixSeconds) -> Result<ApplicationId, AssertionFault> {
        let header = decode_header(assertion).map_err(|_| AssertionFault::Form)?;
        let issuer = issuer_of(assertion).ok_or(AssertionFault::Form)?;
        let application = issuer.parse::<ApplicationId>().ok().and_then(|id| self.applications.get(&id));
        let application = application.ok_or(AssertionFault::Issuer)?;
        if !ALGORITHMS.contains(&header.alg) {
            return Err(AssertionFault::Signature);
        }
        let is_candidate = |key: &&Jwk| header.kid.is_none() || key.common.key_id == header.kid;
        let mut keys = application.keys.keys.iter().filter(is_candidate);
        let claims = keys.find_map(|key| verified(assertion, key, header.alg)).ok_or(AssertionFault::Signature)?;
        if claims.iss != claims.sub {
            return Err(AssertionFault::Issuer);
        }
        let is_for_us = match &claims.aud {
            Audience::One(aud) => aud == audience,
            Audience::Many(auds) => auds.iter().any(|aud| aud == audience),
        };
        if !is_for_us {
            return Err(AssertionFault::Audience);
        }
        let expires_at = UnixSeconds(claims.exp);
        if expires_at.plus_seconds(CLOCK_SECONDS) <= now || expires_at > now.plus_seconds(MAX_AHEAD_SECONDS) {
            return Err(AssertionFault::Expiry);
        }
        let id = claims.jti.filter(|id| !id.is_empty()).ok_or(AssertionFault::Replayed)?;
        let key = hash(format!("{}\n{id}", application.id).as_bytes());
        let mut used = lock(&self.used);
        used.retain(|_, until| *until > now);
        if used.len() >= MAX_REMEMBERED {
            return Err(AssertionFault::Full);
        }
        match used.insert(key, expires_at.plus_seconds(CLOCK_SECONDS)) {
            Some(_) => Err(AssertionFault::Replayed),
            None => Ok(application.id.clone()),
        }
    }
}

/// The claims, if this key has signed them.
fn verified(assertion: &str, key: &Jwk, algorithm: Algorithm) -> Option<Claims> {
    let key = DecodingKey::from_jwk(key).ok()?;
    let mut validation = Validation::new(algorithm);
    // Time is handed in and the audience depends on the request; both are looked at after the signature.
    validation.validate_exp = false;
    validation.validate_aud = false;
    validation.required_spec_claims.clear();
    Some(decode::<Claims>(assertion, &key, &validation).ok()?.claims)
}

/// A token that nobody can guess: 256 random bits, in letters that fit a header and a URL.
///
/// # Errors
/// When the system gives no random numbers.
pub fn random_token() -> Result<String> {
    let mut bytes = [0; 32];
    getrandom::fill(&mut bytes).map_err(|error| Error::Random(error.to_string()))?;
    Ok(URL_SAFE_NO_PAD.encode(bytes))
}

/// Whom an assertion claims to be from; not verified.
fn issuer_of(assertion: &str) -> Option<String> {
    #[derive(Deserialize)]
    struct Issuer {
        iss: String,
    }
    let payload = URL_SAFE_NO_PAD.decode(assertion.split('.').nth(1)?).ok()?;
    Some(serde_json::from_slice::<Issuer>(&payload).ok()?.iss)
}

#[cfg(test)]
mod tests;
