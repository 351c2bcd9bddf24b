//! Raw settings: from the file, overridden by the environment.

use std::collections::BTreeMap;
use std::path::Path;

use super::{Environment, Faults};

/// What every variable of the environment that is ours begins with.
const PREFIX: &str = "OPENSLOTS_";
/// Variables that are not settings: where the logger takes its filter from.
const OTHER_VARIABLES: [&str; 1] = ["OPENSLOTS_LOG"];

/// A raw value and where it was given.
#[derive(Debug)]
pub(super) struct RawValue {
    pub(super) text: String,
    pub(super) origin: String,
    /// Whether that was the environment, which alone may hold secrets.
    pub(super) is_from_environment: bool,
}

/// Raw values by `section.key`; what is left at the end is unknown.
#[derive(Debug, Default)]
pub(super) struct Sources {
    values: BTreeMap<String, RawValue>,
}

impl Sources {
    /// Reads file and environment. Unreadable ones are faults.
    pub(super) fn read(file: Option<&Path>, environment: &Environment, faults: &mut Faults) -> Self {
        let mut sources = Self::default();
        if let Some(file) = file {
            sources.add_file(file, faults);
        }
        for (name, text) in environment {
            let Some(key) = name.strip_prefix(PREFIX).filter(|_| !OTHER_VARIABLES.contains(&name.as_str())) else {
                continue;
            };
            let key = key.to_ascii_lowercase().replace("__", ".");
            sources
                .values
                .insert(key, RawValue { text: text.clone(), origin: name.clone(), is_from_environment: true });
        }
        sources
    }

    fn add_file(&mut self, file: &Path, faults: &mut Faults) {
        let name = file.display();
        let text = match std::fs::read_to_string(file) {
            Ok(text) => text,
            Err(error) => return faults.add(name, format!("cannot be read ({error}); name a file that exists")),
        };
        let table: toml::Table = match text.parse() {
            Ok(table) => table,
            Err(error) => return faults.add(name, format!("is not TOML: {}", error.to_string().trim_end())),
        };
        for (section, value) in table {
            let toml::Value::Table(entries) = value else {
                faults.add(format_args!("{name}: {section}"), "is not a known section; settings stand in sections");
                continue;
            };
            for (key, value) in entries {
                let text = match value {
                    toml::Value::String(text) => text,
                    other => other.to_string(),
                };
                let path = format!("{section}.{key}");
                let origin = format!("{name}: {path}");
                self.values.insert(path, RawValue { text, origin, is_from_environment: false });
            }
        }
    }

    /// Takes a setting out, if it was given.
    pub(super) fn take(&mut self, path: &str) -> Option<RawValue> {
        self.values.remove(path)
    }

    /// Everything that nobody has taken is unknown.
    pub(super) fn refuse_rest(self, known: &[&str], faults: &mut Faults) {
        for value in self.values.into_values() {
            faults.add(value.origin, format!("is not a known setting; known are {}", known.join(", ")));
        }
    }
}
