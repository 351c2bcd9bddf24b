//! What a file in `config/publishers` may begin with, for a publisher that needs more than its URL.

use openslots_model::PublisherSlug;
use serde_json::{Value, json};

use super::ListedPublisher;

const SERVICE_TYPE: &str = "https://github.com/smart-on-fhir/smart-scheduling-links";
/// Variables with this prefix are settings.
const OWN_PREFIX: &str = "OPENSLOTS_";

/// What a publisher needs beside its URL, in words; of a credential in the URL nothing is kept.
pub(crate) fn needs(publisher: &ListedPublisher, has_credential: bool) -> Vec<String> {
    let headers = publisher.headers.iter().map(|name| format!("header `{name}`"));
    let query = publisher.query.iter().map(|name| format!("query parameter `{name}`"));
    let url = has_credential.then(|| "the credential in its URL".to_owned());
    headers.chain(query).chain(url).collect()
}

/// The file's beginning, and the variables of the environment that it names in the place of secrets.
pub(crate) fn beginning(
    publisher: &ListedPublisher,
    slug: &PublisherSlug,
    has_credential: bool,
) -> (Value, Vec<String>) {
    let mut variables = Vec::new();
    let mut variable = |name: &str| {
        let variable = variable_of(slug, name);
        let reference = format!("${{{variable}}}");
        variables.push(variable);
        reference
    };
    let mut properties = Vec::new();
    for (kind, names) in [("ApiHeader", &publisher.headers), ("QueryParam", &publisher.query)] {
        for name in names {
            let value = variable(name);
            properties.push(json!({"@type": "PropertyValue", "additionalType": kind, "name": name, "value": value}));
        }
    }
    let url = if has_credential { variable("url") } else { publisher.url.to_string() };
    let mut file = json!({
        "@context": "https://schema.org/",
        "@type": "Service",
        "serviceType": publisher.service_type.as_deref().unwrap_or(SERVICE_TYPE),
        "url": url,
        "openslots": {"slug": slug},
    });
    if let Some(name) = &publisher.name {
        file["name"] = json!(name);
    }
    if let Some(category) = &publisher.category {
        file["category"] = json!(category);
    }
    if let Some(provider) = &publisher.provider {
        file["provider"] = json!({"@type": "Organization", "name": provider});
    }
    if !properties.is_empty() {
        file["additionalProperty"] = Value::Array(properties);
    }
    (file, variables)
}

/// A name that a shell can give to a variable, and that is no setting.
fn variable_of(slug: &PublisherSlug, name: &str) -> String {
    let text = format!("{slug}_{name}").to_ascii_uppercase();
    let text: String = text.chars().map(|c| if c.is_ascii_alphanumeric() { c } else { '_' }).collect();
    let is_unfit = text.starts_with(OWN_PREFIX) || text.starts_with(|c: char| c.is_ascii_digit());
    if is_unfit { format!("PUBLISHER_{text}") } else { text }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn variables_have_names_that_can_be_given() {
        for (slug, name, want) in [
            ("clinic-one", "CLIENT_ID", "CLINIC_ONE_CLIENT_ID"),
            ("clinic", "x-api.key", "CLINIC_X_API_KEY"),
            ("127-0-0-1-80", "key", "PUBLISHER_127_0_0_1_80_KEY"),
            ("openslots", "key", "PUBLISHER_OPENSLOTS_KEY"),
        ] {
            assert_eq!(variable_of(&slug.parse().expect("a slug"), name), want);
        }
    }
}
