//! Which output files an operator of some states needs.
//!
//! A file says by `extension.state` which states it covers. One that says nothing may say so by its name
//! (`slots-MA.ndjson`), which is a hint only: it may spare a download of slots, and never says where a place is.

use openslots_fhir::manifest::OutputFile;
use openslots_model::ResourceKind;

/// Codes of states, districts and territories of the United States (USPS, Publication 28, appendix B).
const STATES: [&str; 56] = [
    "AK", "AL", "AR", "AS", "AZ", "CA", "CO", "CT", "DC", "DE", "FL", "GA", "GU", "HI", "IA", "ID", "IL", "IN", "KS",
    "KY", "LA", "MA", "MD", "ME", "MI", "MN", "MO", "MP", "MS", "MT", "NC", "ND", "NE", "NH", "NJ", "NM", "NV", "NY",
    "OH", "OK", "OR", "PA", "PR", "RI", "SC", "SD", "TN", "TX", "UT", "VA", "VI", "VT", "WA", "WI", "WV", "WY",
];

/// Whether a file may hold something of the wanted states; an empty list wants all.
pub(crate) fn may_concern(output: &OutputFile, wanted: &[String]) -> bool {
    if wanted.is_empty() {
        return true;
    }
    let is_wanted = |state: &str| wanted.iter().any(|wanted| wanted.eq_ignore_ascii_case(state.trim()));
    if !output.states.is_empty() {
        return output.states.iter().any(|state| is_wanted(state));
    }
    // A place or a schedule of another state does no harm; slots are what is large.
    if output.kind != ResourceKind::Slot {
        return true;
    }
    hint_of(output).is_none_or(is_wanted)
}

/// The one state that the name of a file names, in capitals and between other characters.
fn hint_of(output: &OutputFile) -> Option<&str> {
    let name = output.url.path_segments()?.next_back()?;
    let words = name.split(|c: char| !c.is_ascii_alphanumeric()).filter(|word| STATES.contains(word));
    let mut found = None;
    for word in words {
        if found.is_some_and(|found| found != word) {
            return None;
        }
        found = Some(word);
    }
    found
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn files_of_other_states_are_left_out() {
        use ResourceKind::{Location, Slot};
        for (kind, path, states, wanted, want) in [
            (Slot, "slots.ndjson", &[][..], &[][..], true),
            (Slot, "slots.ndjson", &["MA"], &["MA"], true),
            (Slot, "slots.ndjson", &["NH", "ma"], &["MA"], true),
            (Slot, "slots.ndjson", &["NH"], &["MA"], false),
            (Location, "places.ndjson", &["NH"], &["MA"], false),
            // A hint, and only where nothing is said.
            (Slot, "slots-NH.ndjson", &[], &["MA"], false),
            (Slot, "slots-MA.ndjson", &[], &["MA"], true),
            (Slot, "slots-NH.ndjson", &["MA"], &["MA"], true),
            (Slot, "MA/slots_2026-W40.NH.ndjson", &[], &["MA"], false),
            (Slot, "slots-NH-MA.ndjson", &[], &["MA"], true),
            (Slot, "slots-in-order.ndjson", &[], &["MA"], true),
            (Slot, "NHslots.ndjson", &[], &["MA"], true),
            (Location, "places-NH.ndjson", &[], &["MA"], true),
        ] {
            let url = url::Url::parse("https://clinic.example/$bulk-publish").and_then(|base| base.join(path));
            let states = states.iter().map(|state| (*state).to_owned()).collect();
            let output = OutputFile { kind, url: url.expect("a URL"), states };
            let wanted: Vec<String> = wanted.iter().map(|state| (*state).to_owned()).collect();
            assert_eq!(may_concern(&output, &wanted), want, "{path} {:?}", output.states);
        }
    }
}
