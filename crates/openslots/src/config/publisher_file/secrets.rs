//! What a publisher file says of headers, query parameters and access tokens.

use openslots_crawl::{BackendServices, SigningKey};
use serde_json::{Map, Value};

use super::Reader;
use crate::config::Environment;

/// Names and values.
pub(super) type Pairs = Vec<(String, String)>;

/// What `openslots.backend_services` may hold.
const KNOWN_FIELDS: [&str; 5] = ["client_id", "token_url", "key", "key_id", "scope"];

impl Reader<'_> {
    /// Headers and query parameters.
    pub(super) fn properties(&mut self, value: Option<&Value>) -> (Pairs, Pairs) {
        let (mut headers, mut query) = (Vec::new(), Vec::new());
        let properties = match value {
            None | Some(Value::Null) => return (headers, query),
            Some(Value::Array(properties)) => properties.as_slice(),
            Some(single) => std::slice::from_ref(single),
        };
        for (place, property) in properties.iter().enumerate() {
            let key = format!("additionalProperty[{place}]");
            let field = |name: &str| property.get(name).and_then(Value::as_str);
            let (Some(name), Some(value)) = (field("name"), field("value")) else {
                self.fault(&key, "needs a `name` and a `value`, both texts");
                continue;
            };
            let value = match expand(value, self.environment) {
                Ok(value) => value,
                Err(fault) => {
                    self.fault(&key, fault);
                    continue;
                }
            };
            match field("additionalType") {
                Some("ApiHeader") => headers.push((name.to_owned(), value)),
                Some("QueryParam") => query.push((name.to_owned(), value)),
                other => self.fault(&key, format!("additionalType must be `ApiHeader` or `QueryParam`, not {other:?}")),
            }
        }
        (headers, query)
    }

    /// How to get access tokens.
    pub(super) fn backend_services(&mut self, fields: &Map<String, Value>) -> Option<BackendServices> {
        for name in fields.keys().filter(|name| !KNOWN_FIELDS.contains(&name.as_str())) {
            let fault = format!("is not known; known are {}", KNOWN_FIELDS.join(", "));
            self.fault(&format!("openslots.backend_services.{name}"), fault);
        }
        let client_id = self.service_text(fields, "client_id", true);
        let token_url = self.service_text(fields, "token_url", true);
        let token_url = token_url.and_then(|text| self.web_url("openslots.backend_services.token_url", &text));
        let key = self.signing_key(fields);
        let key_id = self.service_text(fields, "key_id", false);
        let scope = self.service_text(fields, "scope", false);
        Some(BackendServices {
            client_id: client_id?,
            token_url: token_url?,
            key: key?,
            key_id,
            scope: scope.unwrap_or_else(|| BackendServices::DEFAULT_SCOPE.to_owned()),
        })
    }

    /// A text of `backend_services`, expanded.
    fn service_text(&mut self, fields: &Map<String, Value>, name: &str, is_required: bool) -> Option<String> {
        let fault = match fields.get(name) {
            None if is_required => "is missing".to_owned(),
            None => return None,
            Some(Value::String(text)) => match expand(text, self.environment) {
                Ok(text) if !text.trim().is_empty() => return Some(text.trim().to_owned()),
                Ok(_) => "is empty".to_owned(),
                Err(fault) => fault,
            },
            Some(_) => "must be a text".to_owned(),
        };
        self.fault(&format!("openslots.backend_services.{name}"), fault);
        None
    }

    /// The private key, which does not stand in the file itself.
    fn signing_key(&mut self, fields: &Map<String, Value>) -> Option<SigningKey> {
        if let Some(Value::String(text)) = fields.get("key")
            && !is_reference(text.trim())
        {
            let fault = "must name a variable as `${NAME}`: the key is read from NAME, or from the file that NAME_FILE \
                         names, and never stands here itself";
            self.fault("openslots.backend_services.key", fault);
            return None;
        }
        let text = self.service_text(fields, "key", true)?;
        match SigningKey::read(&text) {
            Ok(key) => Some(key),
            Err(fault) => {
                self.fault("openslots.backend_services.key", fault);
                None
            }
        }
    }
}

/// Whether a text is `${NAME}` and nothing else.
fn is_reference(text: &str) -> bool {
    let name = text.strip_prefix("${").and_then(|rest| rest.strip_suffix('}'));
    name.is_some_and(|name| !name.is_empty() && !name.contains(['$', '{', '}']))
}

/// Puts variables of the environment (or the files that they name) in the place of `${NAME}`.
pub(super) fn expand(text: &str, environment: &Environment) -> Result<String, String> {
    let mut expanded = String::new();
    let mut rest = text;
    while let Some((before, after)) = rest.split_once("${") {
        let (name, tail) = after.split_once('}').ok_or("has `${` without `}`")?;
        expanded.push_str(before);
        if let Some(value) = environment.get(name) {
            expanded.push_str(value);
        } else if let Some(file) = environment.get(&format!("{name}_FILE")) {
            let value = std::fs::read_to_string(file)
                .map_err(|error| format!("needs the file that {name}_FILE names, which cannot be read ({error})"))?;
            expanded.push_str(value.trim_end());
        } else {
            return Err(format!("needs the variable {name} (or {name}_FILE) in the environment"));
        }
        rest = tail;
    }
    expanded.push_str(rest);
    Ok(expanded)
}
