//! Our own data, come back by way of another aggregator.
//!
//! What we give out again names the publisher in an identifier of ours (SMART Scheduling Links, "Slot Aggregator"), and
//! whoever gives that out again keeps it. To take it would offer everything twice, and for ever: after the publisher has
//! taken a slot back, each of two aggregators would still hold it of the other.

use memchr::memmem::Finder;
use serde::Deserialize;

/// How systems of our own identifiers begin.
#[derive(Debug, Clone)]
pub(crate) struct OwnMark {
    system: String,
    finder: Finder<'static>,
}

#[derive(Deserialize)]
struct Identified {
    #[serde(default)]
    identifier: Vec<Identifier>,
}

#[derive(Deserialize)]
struct Identifier {
    #[serde(default)]
    system: Option<String>,
}

impl OwnMark {
    /// The mark of data that are given out under an address.
    pub(crate) fn of(base_url: &str) -> Self {
        let system = format!("{}/publishers/", base_url.trim_end_matches('/'));
        let finder = Finder::new(system.as_bytes()).into_owned();
        Self { system, finder }
    }

    /// Whether a line has it.
    pub(crate) fn is_on(&self, line: &[u8]) -> bool {
        // Hardly a line has the text at all, so hardly one is parsed for it.
        self.finder.find(line).is_some()
            && serde_json::from_slice::<Identified>(line).is_ok_and(|resource| {
                let systems = resource.identifier.iter().filter_map(|identifier| identifier.system.as_ref());
                systems.clone().any(|system| system.starts_with(&self.system))
            })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_identifiers_of_ours_mark_our_data() {
        let mark = OwnMark::of("https://slots.example.org/");
        for (line, want) in [
            (
                r#"{"identifier":[{"value":"1"},{"system":"https://slots.example.org/publishers/clinic","value":"Slot/1"}]}"#,
                true,
            ),
            (r#"{"identifier":[{"system":"https://slots.example.org/other","value":"1"}]}"#, false),
            (r#"{"identifier":[{"system":"https://other.example.org/publishers/clinic","value":"1"}]}"#, false),
            (r#"{"comment":"see https://slots.example.org/publishers/clinic"}"#, false),
            (r#"{"identifier":"https://slots.example.org/publishers/clinic"}"#, false),
            ("https://slots.example.org/publishers/", false),
            ("", false),
        ] {
            assert_eq!(mark.is_on(line.as_bytes()), want, "{line}");
        }
    }
}
