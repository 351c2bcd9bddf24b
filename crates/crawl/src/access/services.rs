//! How a client proves itself to a token endpoint, and what the endpoint answers.

use std::fmt;
use std::time::Duration;

use jsonwebtoken::EncodingKey;
use openslots_model::UnixSeconds;
use reqwest::header::HeaderValue;
use serde::{Deserialize, Serialize};
use serde_json::Value;
use url::{Url, form_urlencoded};

use super::key::SigningKey;
use crate::secrets::{without_query, without_user};

/// The client's assertion is good for this long; SMART allows five minutes, and clocks differ.
const ASSERTION_SECONDS: i64 = 4 * 60;
/// A token whose endpoint does not say how long it is good: SMART's recommended maximum.
const DEFAULT_LIFETIME: Duration = Duration::from_secs(300);
/// How much of an endpoint's own words is told.
const MAX_TOLD_CHARS: usize = 200;

/// How to get access tokens from a publisher: SMART Backend Services.
///
/// Its `Debug` shows no secret.
#[derive(Clone)]
pub struct BackendServices {
    /// Under which the publisher knows this client.
    pub client_id: String,
    /// Where tokens are given out.
    pub token_url: Url,
    /// What the client proves itself with.
    pub key: SigningKey,
    /// The name under which the publisher knows the key; by default what the key says itself.
    pub key_id: Option<String>,
    /// What to ask access to.
    pub scope: String,
}

impl fmt::Debug for BackendServices {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("BackendServices")
            .field("client_id", &self.client_id)
            .field("token_url", &without_query(&self.token_url))
            .field("key", &self.key)
            .field("key_id", &self.key_id)
            .field("scope", &self.scope)
            .finish()
    }
}

/// What a client says of itself (RFC 7523, section 3).
#[derive(Serialize)]
struct Claims<'a> {
    iss: &'a str,
    sub: &'a str,
    aud: String,
    exp: i64,
    jti: String,
}

/// A request for a token.
pub(super) struct TokenRequest {
    pub(super) form: String,
    assertion: String,
}

/// A token as it is sent, and how long it is good.
pub(super) struct IssuedToken {
    pub(super) bearer: HeaderValue,
    pub(super) lifetime: Duration,
}

impl BackendServices {
    /// What is asked access to unless something else is configured: reading and searching resources of every type.
    pub const DEFAULT_SCOPE: &'static str = "system/*.rs";

    /// A request for a token, signed now.
    pub(super) fn request(&self, now: UnixSeconds) -> Result<TokenRequest, String> {
        let claims = Claims {
            iss: &self.client_id,
            sub: &self.client_id,
            aud: without_user(&self.token_url).into(),
            exp: now.plus_seconds(ASSERTION_SECONDS).0,
            jti: unique_id()?,
        };
        let header = self.key.header(self.key_id.as_deref());
        let key: &EncodingKey = self.key.key();
        let assertion = jsonwebtoken::encode(&header, &claims, key).map_err(|_| "cannot be signed".to_owned())?;
        let form = form_urlencoded::Serializer::new(String::new())
            .append_pair("grant_type", "client_credentials")
            .append_pair("scope", &self.scope)
            .append_pair("client_assertion_type", "urn:ietf:params:oauth:client-assertion-type:jwt-bearer")
            .append_pair("client_assertion", &assertion)
            .finish();
        Ok(TokenRequest { form, assertion })
    }
}

/// A number that nobody has used or can guess.
fn unique_id() -> Result<String, String> {
    let mut bytes = [0; 16];
    let random = rustls::crypto::ring::default_provider().secure_random;
    random.fill(&mut bytes).map_err(|_| "cannot be signed: this machine gives no random numbers".to_owned())?;
    Ok(bytes.iter().map(|byte| format!("{byte:02x}")).collect())
}

/// An endpoint's answer (RFC 6749, section 5.1).
#[derive(Deserialize)]
struct Answer {
    access_token: Option<Value>,
    token_type: Option<Value>,
    expires_in: Option<Value>,
}

/// An endpoint's refusal (RFC 6749, section 5.2).
#[derive(Deserialize)]
struct Refusal {
    error: Option<Value>,
    error_description: Option<Value>,
}

/// Reads a token endpoint's answer.
///
/// # Errors
/// What is wrong with it, showing nothing of it.
pub(super) fn read_answer(body: &[u8]) -> Result<IssuedToken, String> {
    // What serde says of a broken answer might show parts of it.
    let answer: Answer =
        serde_json::from_slice(body).map_err(|_| "gave an answer that is no JSON object".to_owned())?;
    let token = answer.access_token.as_ref().and_then(Value::as_str).filter(|token| !token.is_empty());
    let token = token.ok_or("gave an answer without an `access_token`")?;
    let kind = answer.token_type.as_ref().map_or(Some("bearer"), Value::as_str);
    if !kind.is_some_and(|kind| kind.eq_ignore_ascii_case("bearer")) {
        return Err("gave a token whose `token_type` is not `bearer`".to_owned());
    }
    let unusable = |_| "gave a token that cannot be sent in a header".to_owned();
    let mut bearer = HeaderValue::try_from(format!("Bearer {token}")).map_err(unusable)?;
    bearer.set_sensitive(true);
    let seconds = match &answer.expires_in {
        Some(Value::String(text)) => text.trim().parse().ok(),
        Some(value) => value.as_f64(),
        None => None,
    };
    let lifetime = seconds.map_or(DEFAULT_LIFETIME, |seconds| {
        // A lifetime beyond a day is asked about again after one; below zero, at once.
        Duration::from_secs(seconds.clamp(0.0, 86_400.0) as u64)
    });
    Ok(IssuedToken { bearer, lifetime })
}

/// What an endpoint that refuses says of it, without anything secret.
pub(super) fn read_refusal(body: &[u8], request: &TokenRequest) -> Option<String> {
    let refusal: Refusal = serde_json::from_slice(body).ok()?;
    let told = |value: Option<Value>| {
        let text = value.as_ref().and_then(Value::as_str).map(str::trim).filter(|text| !text.is_empty())?.to_owned();
        // An endpoint might say what it was sent.
        let is_echo = request.assertion.split('.').any(|part| text.contains(part));
        let text: String = text.chars().filter(|char| !char.is_control()).take(MAX_TOLD_CHARS).collect();
        Some(text).filter(|_| !is_echo)
    };
    match (told(refusal.error), told(refusal.error_description)) {
        (Some(error), Some(description)) => Some(format!("{error} ({description})")),
        (error, description) => error.or(description),
    }
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeSet;

    use jsonwebtoken::jwk::Jwk;
    use jsonwebtoken::{Algorithm, DecodingKey, Validation};

    use super::super::key::samples;
    use super::*;

    fn services(key: &str) -> BackendServices {
        BackendServices {
            client_id: "finder".to_owned(),
            token_url: Url::parse("https://me:hush@clinic.example.org/auth/token?hush=1").expect("a URL"),
            key: SigningKey::read(key).expect("a key"),
            key_id: None,
            scope: BackendServices::DEFAULT_SCOPE.to_owned(),
        }
    }

    #[test]
    fn an_assertion_says_what_smart_asks_for() {
        let now = UnixSeconds::now();
        for (key, key_id, algorithm, want_id) in [
            (samples::RSA_PKCS8, Some("own"), Algorithm::RS384, Some("own")),
            (samples::EC_PKCS8, None, Algorithm::ES384, None),
            (samples::EC_JWK, None, Algorithm::ES384, Some("ec-1")),
            (samples::EC_JWK, Some("own"), Algorithm::ES384, Some("own")),
        ] {
            let services = BackendServices { key_id: key_id.map(str::to_owned), ..services(key) };
            let public = Jwk::from_encoding_key(services.key.key(), algorithm).expect("a public key");
            let mut validation = Validation::new(algorithm);
            validation.set_audience(&["https://clinic.example.org/auth/token?hush=1"]);
            validation.set_issuer(&["finder"]);
            validation.sub = Some("finder".to_owned());
            let mut ids = BTreeSet::new();
            for _ in 0..3 {
                let request = services.request(now).expect("a request");
                let key = DecodingKey::from_jwk(&public).expect("a public key");
                let token = jsonwebtoken::decode::<Value>(&request.assertion, &key, &validation).expect("valid");
                assert_eq!(token.header.kid.as_deref(), want_id);
                assert!(token.claims["exp"].as_i64().is_some_and(|exp| exp > now.0 && exp <= now.0 + 300));
                ids.insert(token.claims["jti"].as_str().expect("a text").to_owned());
                let form: Vec<_> = form_urlencoded::parse(request.form.as_bytes()).into_owned().collect();
                let names: Vec<_> = form.iter().map(|(name, _)| name.as_str()).collect();
                assert_eq!(names, ["grant_type", "scope", "client_assertion_type", "client_assertion"]);
                assert_eq!((form[0].1.as_str(), form[1].1.as_str()), ("client_credentials", "system/*.rs"));
            }
            assert_eq!(ids.len(), 3, "each is used once");
        }
    }

    #[test]
    fn answers_are_read() {
        for (body, want) in [
            (r#"{"access_token":"abc","token_type":"bearer","expires_in":60}"#, Ok(60)),
            (r#"{"access_token":"abc","token_type":"Bearer","expires_in":"90"}"#, Ok(90)),
            (r#"{"access_token":"abc","expires_in":59.9}"#, Ok(59)),
            (r#"{"access_token":"abc","token_type":"bearer"}"#, Ok(300)),
            (r#"{"access_token":"abc","expires_in":null}"#, Ok(300)),
            (r#"{"access_token":"abc","expires_in":-5}"#, Ok(0)),
            (r#"{"access_token":"abc","expires_in":1e300}"#, Ok(86_400)),
            (r#"{"access_token":"abc","expires_in":"NaN"}"#, Ok(0)),
            (r#"{"access_token":"","token_type":"bearer"}"#, Err("without an `access_token`")),
            (r#"{"access_token":["hush"]}"#, Err("without an `access_token`")),
            (r#"{"access_token":"hush","token_type":"mac"}"#, Err("not `bearer`")),
            (r#"{"access_token":"hush","token_type":7}"#, Err("not `bearer`")),
            (r#"{"access_token":"hush\n"}"#, Err("cannot be sent")),
            ("hush", Err("no JSON object")),
            (r#"{"access_token":"hush""#, Err("no JSON object")),
            ("[]", Err("no JSON object")),
        ] {
            let read = read_answer(body.as_bytes());
            match (read, want) {
                (Ok(token), Ok(seconds)) => {
                    assert_eq!(token.lifetime.as_secs(), seconds, "{body}");
                    assert_eq!(token.bearer, "Bearer abc", "{body}");
                    assert!(!format!("{:?}", token.bearer).contains("abc"));
                }
                (Err(error), Err(want)) => assert!(error.contains(want) && !error.contains("hush"), "{body}: {error}"),
                (read, _) => panic!("{body}: {:?}", read.map(|token| token.lifetime)),
            }
        }
    }

    #[test]
    fn refusals_are_told_without_secrets() {
        let request = TokenRequest { form: String::new(), assertion: "head.claims.signature".to_owned() };
        let long = format!(r#"{{"error":"{}"}}"#, "x".repeat(1_000));
        for (body, want) in [
            (r#"{"error":"invalid_client"}"#, Some("invalid_client")),
            (r#"{"error":"invalid_client","error_description":"who?\n"}"#, Some("invalid_client (who?)")),
            (r#"{"error":"x","error_description":"bad claims"}"#, Some("x")),
            (r#"{"error":"x","error_description":"a head.claims.signature"}"#, Some("x")),
            (r#"{"error":7,"error_description":"why"}"#, Some("why")),
            (r#"{"error":" "}"#, None),
            ("{}", None),
            ("<html>", None),
        ] {
            assert_eq!(read_refusal(body.as_bytes(), &request).as_deref(), want, "{body}");
        }
        assert_eq!(read_refusal(long.as_bytes(), &request).map(|text| text.len()), Some(MAX_TOLD_CHARS));
    }

    #[test]
    fn debug_shows_no_secret() {
        let shown = format!("{:?}", services(samples::EC_JWK));
        assert!(shown.contains("finder") && !shown.contains("hush") && !shown.contains("\"d\""), "{shown}");
    }
}
