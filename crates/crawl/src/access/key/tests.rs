//! Keys in every form that they come in, and texts that are none.

use jsonwebtoken::DecodingKey;
use jsonwebtoken::jwk::Jwk;

use super::*;

fn verifies(key: &SigningKey, by: &SigningKey) -> bool {
    let public = Jwk::from_encoding_key(&by.key, by.algorithm).expect("a public key");
    let public = DecodingKey::from_jwk(&public).expect("a public key");
    let signature = key.sign(b"message").expect("a signature");
    jsonwebtoken::crypto::verify(&signature, b"message", &public, by.algorithm).expect("verified")
}

#[test]
fn a_key_is_the_same_in_every_form() {
    let in_one_line = samples::RSA_PKCS8.replace('\n', "\\n");
    let rsa = [samples::RSA_PKCS8, samples::RSA_PKCS1, samples::RSA_JWK, &in_one_line];
    let ec = [samples::EC_PKCS8, samples::EC_JWK];
    for (forms, algorithm) in [(rsa.as_slice(), Algorithm::RS384), (&ec, Algorithm::ES384)] {
        let first = SigningKey::read(forms[0]).expect("a key");
        for form in forms {
            let key = SigningKey::read(&format!("\n{form}\n")).expect("a key");
            assert_eq!(key.algorithm, algorithm);
            assert!(verifies(&key, &first), "{}", &form[..20]);
            assert_eq!(format!("{key:?}"), format!("SigningKey({algorithm:?})"));
        }
    }
    assert_eq!(SigningKey::read(samples::EC_JWK).expect("a key").id(), Some("ec-1"));
    assert_eq!(SigningKey::read(samples::EC_PKCS8).expect("a key").id(), None);
}

#[test]
fn what_is_no_key_says_why_and_shows_nothing() {
    let without = |member: &str| samples::RSA_JWK.replace(&format!("\"{member}\""), "\"other\"");
    let short_number = r#"{"kty":"EC","crv":"P-384","d":"hush"}"#;
    let cut = &samples::EC_PKCS8[..120];
    for (text, want) in [
        ("", KeyError::Unknown),
        ("hush", KeyError::Unknown),
        ("{hush", KeyError::Unknown),
        (r#"{"kty":"EC","crv":"P-384","d":7}"#, KeyError::Unknown),
        ("-----BEGIN CERTIFICATE-----\nhush", KeyError::Unknown),
        (samples::RSA_PUBLIC, KeyError::Unknown),
        (samples::EC_SEC1, KeyError::Sec1),
        ("-----BEGIN ENCRYPTED PRIVATE KEY-----\nhush", KeyError::Encrypted),
        ("-----BEGIN RSA PRIVATE KEY-----\nProc-Type: 4,ENCRYPTED\nhush", KeyError::Encrypted),
        (cut, KeyError::CannotSign),
        (samples::P256, KeyError::CannotSign),
        (samples::RSA_SHORT, KeyError::CannotSign),
        (&without("d"), KeyError::Member("d")),
        (&without("qi"), KeyError::Member("qi")),
        (short_number, KeyError::Member("d")),
        (r#"{"kty":"EC","crv":"P-384","x":"hush"}"#, KeyError::Member("d")),
        (r#"{"kty":"EC","crv":"P-256","d":"hush"}"#, KeyError::Kind),
        (r#"{"kty":"oct","k":"hush"}"#, KeyError::Kind),
        ("{}", KeyError::Kind),
    ] {
        let error = SigningKey::read(text).expect_err("no key");
        assert_eq!(error, want, "{text}");
        assert!(!error.to_string().contains("hush"));
    }
    let zero = format!(r#"{{"kty":"EC","crv":"P-384","d":"{}"}}"#, "A".repeat(64));
    assert_eq!(SigningKey::read(&zero).expect_err("no key"), KeyError::CannotSign);
}

proptest::proptest! {
    #[test]
    fn any_text_is_a_key_or_none(text in ".{0,80}", member in "[A-Za-z0-9_-]{0,70}") {
        SigningKey::read(&text).ok();
        SigningKey::read(&format!("-----BEGIN RSA PRIVATE KEY-----\n{member}\n-----END RSA PRIVATE KEY-----")).ok();
        SigningKey::read(&format!("-----BEGIN PRIVATE KEY-----\n{member}\n-----END PRIVATE KEY-----")).ok();
        let rsa = ["n", "e", "d", "p", "q", "dp", "dq", "qi"].map(|name| format!(r#""{name}":"{member}""#)).join(",");
        SigningKey::read(&format!(r#"{{"kty":"RSA",{rsa}}}"#)).ok();
    }
}
