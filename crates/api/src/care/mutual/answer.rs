//! What was found, as Parameters: the earliest, alternatives, and why the nearest misses failed.

use openslots_care::mutual::{Candidate, Miss, MutualSlot, MutualSlots, Reason};
use openslots_model::UnixSeconds;
use serde_json::{Value, json};

use super::Diary;
use crate::calls::FoundSlot;

/// What is told.
pub(super) struct Answer<'a> {
    pub(super) base: String,
    pub(super) slots: &'a [FoundSlot],
    pub(super) diaries: &'a [Diary],
}

impl Answer<'_> {
    pub(super) fn render(&self, found: &MutualSlots<usize>, searched_until: Option<UnixSeconds>) -> Value {
        let mut parameters = vec![
            json!({ "name": "lookedAt", "valueInteger": found.n_candidates }),
            json!({ "name": "mutual", "valueInteger": found.n_mutual }),
        ];
        if let Some(until) = searched_until {
            parameters.push(json!({ "name": "searchedUntil", "valueInstant": until.to_string() }));
        }
        parameters.extend(self.diaries.iter().map(participant));
        parameters.extend(found.earliest.iter().map(|slot| self.slot("earliest", slot)));
        parameters.extend(found.alternatives.iter().map(|slot| self.slot("alternative", slot)));
        parameters.extend(found.misses.iter().map(|miss| self.miss(miss)));
        json!({ "resourceType": "Parameters", "parameter": parameters })
    }

    fn slot(&self, name: &str, slot: &MutualSlot<usize>) -> Value {
        let mut parts = self.parts(&slot.candidate);
        if slot.candidate.coarse {
            let period = json!({ "start": slot.free.start.to_string(), "end": slot.free.end.to_string() });
            parts.push(json!({ "name": "free", "valuePeriod": period }));
        }
        json!({ "name": name, "part": parts })
    }

    fn miss(&self, miss: &Miss<usize>) -> Value {
        let mut parts = self.parts(&miss.candidate);
        parts.extend(
            miss.reasons.iter().map(|reason| json!({ "name": "reason", "valueString": self.sentence(reason) })),
        );
        json!({ "name": "miss", "part": parts })
    }

    fn parts(&self, candidate: &Candidate<usize>) -> Vec<Value> {
        let Some(found) = self.slots.get(candidate.key) else { return Vec::new() };
        let id = found.stored.id;
        let local = candidate.start.timestamp().to_zoned(candidate.zone.clone());
        let mut parts = vec![
            json!({ "name": "slot", "valueReference": { "reference": format!("Slot/{id}") } }),
            json!({ "name": "url", "valueUrl": format!("{}/Slot/{id}", self.base) }),
            json!({ "name": "start", "valueInstant": candidate.start.to_string() }),
            json!({ "name": "end", "valueInstant": candidate.end.to_string() }),
            json!({ "name": "localStart", "valueString": local.datetime().to_string() }),
        ];
        if let Some(name) = candidate.zone.iana_name() {
            parts.push(json!({ "name": "timeZone", "valueString": name }));
        }
        if let Some(miles) = candidate.distance_miles {
            parts.push(json!({ "name": "distanceMiles", "valueDecimal": (miles * 10.0).round() / 10.0 }));
        }
        let of = found.provider_location.as_deref();
        let names = [
            ("provider", of.and_then(|of| of.provider.as_ref()?.name.clone())),
            ("location", of.and_then(|of| of.place.as_ref()?.name.clone())),
        ];
        let named = names.into_iter().filter_map(|(name, value)| Some(json!({ "name": name, "valueString": value? })));
        parts.extend(named);
        parts
    }

    fn sentence(&self, reason: &Reason) -> String {
        let who = |number: usize| self.diaries.get(number).map_or("somebody", |diary| diary.reference.as_str());
        match reason {
            Reason::TooEarly => "starts too soon".to_owned(),
            Reason::TooLate => "starts later than calendars are known for".to_owned(),
            Reason::TooShort => "the window is shorter than a visit".to_owned(),
            Reason::Day => "is on another day than is wanted".to_owned(),
            Reason::Hours => "is at another hour than is wanted".to_owned(),
            Reason::TooFar => "is too far away".to_owned(),
            Reason::Busy { participant, during } => {
                format!("{} is busy from {} to {}", who(*participant), during.start, during.end)
            }
            Reason::Margin { participant, during } => {
                format!("{} has no time for the way: busy from {} to {}", who(*participant), during.start, during.end)
            }
        }
    }
}

/// What is known of a participant's time, so that nobody takes silence for leisure.
fn participant(diary: &Diary) -> Value {
    let n_skipped: u32 = diary.calendars.iter().map(|calendar| calendar.n_skipped).sum();
    let mut parts = vec![
        json!({ "name": "who", "valueReference": { "reference": diary.reference } }),
        json!({ "name": "calendars", "valueInteger": diary.calendars.len() }),
        json!({ "name": "notUnderstood", "valueInteger": n_skipped }),
    ];
    if let Some(until) = diary.known_until() {
        parts.push(json!({ "name": "knownUntil", "valueInstant": until.to_string() }));
    }
    json!({ "name": "participant", "part": parts })
}
