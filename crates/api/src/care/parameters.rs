//! `Parameters`: what operations are asked.

use axum::http::StatusCode;
use openslots_fhir::conformance::{ResourceFault, read_resource};
use serde_json::Value;

use super::answer::{Refusal, outcome};

/// The parameters of a call, each taken once; what is left over is a fault.
pub(super) struct Given(Vec<(String, Value)>);

impl Given {
    /// Reads a Parameters resource; nothing at all is one without parameters.
    pub(super) fn read(body: &[u8]) -> Result<Self, Refusal> {
        if body.trim_ascii().is_empty() {
            return Ok(Self(Vec::new()));
        }
        let bad = |code, detail: String| outcome(StatusCode::BAD_REQUEST, code, &detail);
        let resource = read_resource("Parameters", body).map_err(|fault| match fault {
            ResourceFault::Json(reason) => bad("structure", format!("the body is no JSON resource: {reason}")),
            ResourceFault::Type(_) => bad("value", "the body must be a Parameters resource".to_owned()),
            ResourceFault::Structure(found) => {
                let told: Vec<String> = found.iter().map(|it| format!("{} {}", it.element, it.detail)).collect();
                bad("structure", told.join("; "))
            }
        })?;
        let list = resource.get("parameter").and_then(Value::as_array).cloned().unwrap_or_default();
        let mut given = Vec::new();
        for parameter in list {
            let name = parameter["name"].as_str().unwrap_or_default().to_owned();
            let members = parameter.as_object().into_iter().flatten();
            let value =
                members.filter(|(key, _)| key.starts_with("value") || *key == "resource").map(|(_, it)| it).next();
            let value = value.ok_or_else(|| bad("required", format!("Parameters.parameter `{name}` has no value")))?;
            given.push((name, value.clone()));
        }
        Ok(Self(given))
    }

    /// Takes all values of a name.
    pub(super) fn all(&mut self, name: &str) -> Vec<Value> {
        let (taken, left) = std::mem::take(&mut self.0).into_iter().partition(|(found, _)| found == name);
        self.0 = left;
        let taken: Vec<(String, Value)> = taken;
        taken.into_iter().map(|(_, value)| value).collect()
    }

    /// Takes the one value of a name.
    pub(super) fn one(&mut self, name: &str) -> Result<Option<Value>, Refusal> {
        let mut values = self.all(name);
        if values.len() > 1 {
            return Err(bad_value(name, "is given more than once"));
        }
        Ok(values.pop())
    }

    /// Takes a text.
    pub(super) fn text(&mut self, name: &str) -> Result<Option<String>, Refusal> {
        let value = self.one(name)?;
        value
            .map(|value| value.as_str().map(str::to_owned).ok_or_else(|| bad_value(name, "must be a text")))
            .transpose()
    }

    /// Takes a whole number within bounds.
    pub(super) fn number(&mut self, name: &str, min: u64, max: u64) -> Result<Option<u64>, Refusal> {
        let Some(value) = self.one(name)? else { return Ok(None) };
        let number = value.as_u64().filter(|number| (min..=max).contains(number));
        number.map(Some).ok_or_else(|| bad_value(name, &format!("must be a whole number from {min} to {max}")))
    }

    /// Takes true or false.
    pub(super) fn boolean(&mut self, name: &str) -> Result<Option<bool>, Refusal> {
        let Some(value) = self.one(name)? else { return Ok(None) };
        value.as_bool().map(Some).ok_or_else(|| bad_value(name, "must be true or false"))
    }

    /// Takes everything that is left, as texts.
    pub(super) fn rest(&mut self) -> Result<Vec<(String, String)>, Refusal> {
        let as_text = |(name, value): (String, Value)| match value {
            Value::String(text) => Ok((name, text)),
            Value::Bool(_) | Value::Number(_) => Ok((name, value.to_string())),
            _ => Err(bad_value(&name, "must be a text, a number, or true or false")),
        };
        std::mem::take(&mut self.0).into_iter().map(as_text).collect()
    }

    /// Refuses what nobody has taken.
    pub(super) fn finish(self) -> Result<(), Refusal> {
        match self.0.first() {
            Some((name, _)) => Err(bad_value(name, "is not a parameter of this operation")),
            None => Ok(()),
        }
    }
}

/// A parameter that cannot be used.
pub(super) fn bad_value(name: &str, detail: &str) -> Refusal {
    outcome(StatusCode::BAD_REQUEST, "value", &format!("Parameters.parameter `{}` {detail}", crate::fhir::short(name)))
}
