//! Who gets in, and who does not.

use jsonwebtoken::{EncodingKey, Header, encode};
use serde_json::json;

use super::*;

/// Keys made for these tests with `openssl ecparam -name secp384r1`.
const KEY: &str = include_str!("test_key.pem");
const OTHER_KEY: &str = include_str!("test_other_key.pem");

const AUDIENCE: &str = "https://slots.example.org/oauth/token";
const NOW: UnixSeconds = UnixSeconds(1_800_000_000);

fn encoding_key(pem: &str) -> EncodingKey {
    EncodingKey::from_ec_pem(pem.as_bytes()).expect("a key")
}

fn gate() -> Gate {
    let mut key = Jwk::from_encoding_key(&encoding_key(KEY), Algorithm::ES384).expect("a public key");
    key.common.key_id = Some("one".to_owned());
    let id: ApplicationId = "finder".parse().expect("an id");
    let application = Application { id, keys: JwkSet { keys: vec![key] }, return_to: None };
    Gate::new(vec![application], Some(("0123456789abcdef0123456789abcdef", "default".parse().expect("an id"))))
}

fn assertion(pem: &str, change: impl FnOnce(&mut serde_json::Value, &mut Header)) -> String {
    let mut claims = json!({ "iss": "finder", "sub": "finder", "aud": AUDIENCE, "exp": NOW.0 + 240, "jti": "a" });
    let mut header = Header::new(Algorithm::ES384);
    header.kid = Some("one".to_owned());
    change(&mut claims, &mut header);
    encode(&header, &claims, &encoding_key(pem)).expect("a token")
}

#[test]
fn a_good_assertion_gets_a_token_that_expires() {
    let gate = gate();
    let patient = CareId::random().expect("an id");
    let subject = Some((patient, Acting::Patient));
    let given = gate.exchange(&assertion(KEY, |_, _| {}), AUDIENCE, subject, NOW).expect("a token").expect("a token");
    let (token, grant) = given;
    assert_eq!((grant.application.as_str(), grant.subject), ("finder", subject));
    assert_eq!(gate.authenticate(token.as_bytes(), NOW), Some(grant));
    assert_eq!(gate.authenticate(token.as_bytes(), NOW.plus_seconds(TOKEN_SECONDS)), None);
    assert_eq!(gate.authenticate(b"", NOW), None);
    assert_eq!(gate.authenticate(format!("{token}x").as_bytes(), NOW), None);
}

#[test]
fn the_fixed_token_is_that_of_one_application() {
    let gate = gate();
    let grant = gate.authenticate(b"0123456789abcdef0123456789abcdef", NOW).expect("a grant");
    assert_eq!((grant.application.as_str(), grant.subject), ("default", None));
    assert_eq!(gate.authenticate(b"0123456789abcdef0123456789abcdee", NOW), None);
    assert_eq!(Gate::new(Vec::new(), None).authenticate(b"", NOW), None);
}

#[test]
fn every_fault_of_an_assertion_is_seen() {
    type Change = fn(&mut serde_json::Value, &mut Header);
    let cases: [(AssertionFault, &str, Change); 10] = [
        (AssertionFault::Signature, OTHER_KEY, |_, _| {}),
        (AssertionFault::Signature, KEY, |_, header| header.kid = Some("two".to_owned())),
        (AssertionFault::Issuer, KEY, |claims, _| claims["iss"] = json!("nobody")),
        (AssertionFault::Issuer, KEY, |claims, _| claims["sub"] = json!("somebody-else")),
        (AssertionFault::Audience, KEY, |claims, _| claims["aud"] = json!("https://other.example.org/oauth/token")),
        (AssertionFault::Expiry, KEY, |claims, _| claims["exp"] = json!(NOW.0 - 31)),
        (AssertionFault::Expiry, KEY, |claims, _| claims["exp"] = json!(NOW.0 + 331)),
        (AssertionFault::Replayed, KEY, |claims, _| claims["jti"] = json!("")),
        (AssertionFault::Replayed, KEY, |claims, _| {
            claims.as_object_mut().expect("an object").remove("jti");
        }),
        (AssertionFault::Signature, KEY, |claims, _| claims["exp"] = json!("soon")),
    ];
    for (place, (want, pem, change)) in cases.into_iter().enumerate() {
        let refused = gate().exchange(&assertion(pem, change), AUDIENCE, None, NOW).expect("an answer");
        assert_eq!(refused, Err(want), "{place}");
    }
    for text in ["", "a.b.c", "eyJhbGciOiJub25lIn0.eyJpc3MiOiJmaW5kZXIifQ."] {
        assert_eq!(gate().exchange(text, AUDIENCE, None, NOW).expect("an answer"), Err(AssertionFault::Form), "{text}");
    }
}

#[test]
fn an_assertion_works_once() {
    let gate = gate();
    let (first, second) = (assertion(KEY, |_, _| {}), assertion(KEY, |claims, _| claims["jti"] = json!("b")));
    assert!(gate.exchange(&first, AUDIENCE, None, NOW).expect("an answer").is_ok());
    assert_eq!(gate.exchange(&first, AUDIENCE, None, NOW).expect("an answer"), Err(AssertionFault::Replayed));
    assert!(gate.exchange(&second, AUDIENCE, None, NOW).expect("an answer").is_ok());
}

#[test]
fn a_symmetric_signature_with_the_public_key_is_none() {
    let header = Header::new(Algorithm::HS384);
    let claims = json!({ "iss": "finder", "sub": "finder", "aud": AUDIENCE, "exp": NOW.0 + 240, "jti": "a" });
    let forged = encode(&header, &claims, &EncodingKey::from_secret(b"whatever")).expect("a token");
    assert_eq!(gate().exchange(&forged, AUDIENCE, None, NOW).expect("an answer"), Err(AssertionFault::Signature));
}
