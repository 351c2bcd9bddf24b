//! Publisher files, good and bad.

use super::*;

fn read(json: &str, environment: &[(&str, &str)]) -> Result<Vec<ConfiguredPublisher>, String> {
    let folder = tempfile::tempdir().expect("a temporary folder");
    std::fs::write(folder.path().join("Clinic One.json"), json).expect("a written file");
    let environment = environment.iter().map(|(name, value)| ((*name).to_owned(), (*value).to_owned())).collect();
    let mut faults = Faults::default();
    let publishers = read_directory(folder.path(), &environment, &mut faults);
    if faults.0.is_empty() { Ok(publishers) } else { Err(faults.to_string()) }
}

#[test]
fn a_file_of_the_public_repository_is_read() {
    let json = r#"{"@context":"https://schema.org/","@type":"Service","name":"Clinic One","category":"testing",
        "url":"https://example.org/$bulk-publish?v=1","provider":{"@type":"Organization","name":"Clinic"},
        "additionalProperty":[
          {"@type":"PropertyValue","additionalType":"ApiHeader","name":"CLIENT_ID","value":"id-${TOKEN}"},
          {"@type":"PropertyValue","additionalType":"QueryParam","name":"part","value":"x"}],
        "openslots":{"schedule":"*/10 * * * *","max_staleness":"6h"}}"#;
    let publishers = read(json, &[("TOKEN", "7")]).expect("a good file");
    let [publisher] = publishers.as_slice() else { panic!("one publisher: {publishers:?}") };
    assert_eq!(publisher.slug.as_str(), "clinic-one");
    assert_eq!(publisher.headers, [("CLIENT_ID".to_owned(), "id-7".to_owned())]);
    assert_eq!(publisher.query, [("part".to_owned(), "x".to_owned())]);
    assert_eq!(publisher.max_staleness_seconds, Some(21_600));
    assert!(publisher.enabled);
}

#[test]
fn faults_name_the_file_and_the_key() {
    for (json, key) in [
        ("[]", "is not a JSON object"),
        (r#"{"@type":"Thing","url":"https://example.org/"}"#, "@type"),
        (r#"{"@type":"Service"}"#, "url"),
        (r#"{"@type":"Service","url":"ftp://example.org/"}"#, "url"),
        (r#"{"@type":"Service","url":"https://example.org/","openslots":{"colour":1}}"#, "openslots.colour"),
        (r#"{"@type":"Service","url":"https://example.org/","openslots":{"enabled":"yes"}}"#, "openslots.enabled"),
        (
            r#"{"@type":"Service","url":"https://example.org/","additionalProperty":[{"additionalType":"ApiHeader","name":"K","value":"${MISSING}"}]}"#,
            "MISSING",
        ),
    ] {
        let faults = read(json, &[]).expect_err(json);
        assert!(faults.contains(key) && faults.contains("Clinic One.json"), "{json}: {faults}");
    }
}

/// A P-384 key made for these tests, as a private JWK.
const KEY: &str = r#"{"kty":"EC","crv":"P-384","kid":"key-1","d":"ARiwYsIuAObe_5MrxwhHmWc-dmQrDfeCw-1bjXmzqbVYWO554ijdE7X5jzSQQhMd"}"#;

fn with_services(services: &str) -> String {
    format!(
        r#"{{"@type":"Service","url":"https://example.org/$bulk-publish","openslots":{{"backend_services":{services}}}}}"#
    )
}

#[test]
fn backend_services_are_read() {
    let folder = tempfile::tempdir().expect("a temporary folder");
    let file = folder.path().join("key.json");
    std::fs::write(&file, format!("{KEY}\n")).expect("a written file");
    let file = file.to_str().expect("a text");
    let least = r#"{"client_id":"finder","token_url":"https://example.org/token","key":"${CLINIC_KEY}"}"#;
    let all = r#"{"client_id":"${CLIENT}","token_url":"https://example.org/token","key":"${CLINIC_KEY}",
        "key_id":"own","scope":"system/Slot.rs"}"#;
    for (services, environment, want) in [
        (least, [("CLINIC_KEY", KEY), ("CLIENT", "x")], ("finder", None, "system/*.rs")),
        (least, [("CLINIC_KEY_FILE", file), ("CLIENT", "x")], ("finder", None, "system/*.rs")),
        (all, [("CLINIC_KEY", KEY), ("CLIENT", "x")], ("x", Some("own"), "system/Slot.rs")),
    ] {
        let publishers = read(&with_services(services), &environment).expect("a good file");
        let [publisher] = publishers.as_slice() else { panic!("one publisher: {publishers:?}") };
        let services = publisher.backend_services.as_ref().expect("configured");
        assert_eq!((services.client_id.as_str(), services.key_id.as_deref(), services.scope.as_str()), want);
        assert_eq!(services.token_url.as_str(), "https://example.org/token");
        assert_eq!(services.key.id(), Some("key-1"));
    }
}

#[test]
fn faults_of_backend_services_name_their_key_and_show_none_of_its_text() {
    let literal = KEY.replace('"', "\\\"");
    let environment = [("GOOD", KEY), ("BAD", "hush"), ("BLANK", " ")];
    let base = r#""client_id":"finder","token_url":"https://example.org/token""#;
    for (services, wants) in [
        ("7".to_owned(), ["openslots.backend_services: must be an object"].as_slice()),
        ("{}".to_owned(), &["client_id: is missing", "token_url: is missing", "key: is missing"]),
        (format!(r#"{{{base},"key":"{literal}"}}"#), &["backend_services.key: must name a variable"]),
        (format!(r#"{{{base},"key":"x${{GOOD}}"}}"#), &["backend_services.key: must name a variable"]),
        (format!(r#"{{{base},"key":"${{GOOD}}${{GOOD}}"}}"#), &["backend_services.key: must name a variable"]),
        (format!(r#"{{{base},"key":7}}"#), &["backend_services.key: must be a text"]),
        (format!(r#"{{{base},"key":"${{MISSING}}"}}"#), &["backend_services.key: needs the variable MISSING"]),
        (format!(r#"{{{base},"key":"${{BLANK}}"}}"#), &["backend_services.key: is empty"]),
        (format!(r#"{{{base},"key":"${{BAD}}"}}"#), &["backend_services.key: is neither a private key"]),
        (format!(r#"{{{base},"key":"${{GOOD}}","colour":1}}"#), &["backend_services.colour: is not known"]),
        (
            format!(r#"{{{base},"key":"${{GOOD}}","scope":1,"key_id":""}}"#),
            &["scope: must be a text", "key_id: is empty"],
        ),
        (
            r#"{"client_id":"a","token_url":"ftp://example.org/","key":"${GOOD}"}"#.to_owned(),
            &["backend_services.token_url: has scheme `ftp`"],
        ),
    ] {
        let faults = read(&with_services(&services), &environment).expect_err(&services);
        for want in wants {
            assert!(faults.contains(want) && faults.contains("Clinic One.json"), "{services}: {faults}");
        }
        assert!(!faults.contains("hush") && !faults.contains("ARiwYsIuAObe"), "{faults}");
    }
}
