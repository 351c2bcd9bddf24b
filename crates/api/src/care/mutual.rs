//! `POST /fhir/Patient/{id}/$find-mutual-slots`: what suits the patient and every caregiver who comes along.
//!
//! Slots are found with the filters of `/v1/scheduling/slots`; days and hours are taken as wishes, so that a miss can say
//! that it was nothing but the hour.

use std::collections::HashMap;

use axum::extract::State;
use axum::http::StatusCode;
use axum::response::{IntoResponse, Response};
use jiff::tz::TimeZone;
use openslots_care::mutual::{
    Candidate, Margins, Miss, MutualSlot, MutualSlots, Participant, Preferences, Ranking, Reason, Wanted, mutual_slots,
};
use openslots_care::resource::CareId;
use openslots_care::{Attendee, CalendarRow, Interaction};
use openslots_model::UnixSeconds;
use serde_json::{Value, json};
use url::form_urlencoded;

use super::Handlers;
use super::answer::{fhir, outcome};
use super::caller::{Call, care_id};
use super::parameters::{Given, bad_value};
use super::resources::{Body, PathId, whole};
use crate::calls::{FoundSlot, search_slots};
use crate::parameters::{Search, SearchKind};
use crate::problem::{ParameterIssue, Problem};

/// Slots that are looked at for one answer; whoever needs more goes on from where it ended.
const MAX_CANDIDATES: usize = 2_000;
/// Slots of a page while looking.
const PAGE: usize = 100;

/// What is asked beside the filters.
struct Asked {
    caregivers: Vec<CareId>,
    wanted: Wanted,
    margins: Margins,
    counts_tentative: bool,
    min_notice_minutes: u32,
    min_visit_minutes: u32,
    filters: Vec<(String, String)>,
}

impl Asked {
    fn read(body: &[u8]) -> Result<Self, Response> {
        let mut given = Given::read(body)?;
        let mut caregivers = Vec::new();
        for value in given.all("caregiver") {
            let text = value.as_str().or_else(|| value["reference"].as_str()).unwrap_or_default();
            let id = text.strip_prefix("RelatedPerson/").unwrap_or(text);
            caregivers.push(id.parse().map_err(|_| bad_value("caregiver", "must be a RelatedPerson of the patient"))?);
        }
        let minutes = |given: &mut Given, name: &str, default: u32| -> Result<u32, Response> {
            Ok(given.number(name, 0, 14 * 24 * 60)?.map_or(default, |minutes| minutes as u32))
        };
        let ranking = match (given.text("ranking")?.as_deref(), given.text("preferredTime")?) {
            (None | Some("earliest"), None) => Ranking::Earliest,
            (Some("distance"), None) => Ranking::Distance,
            (None | Some("time-of-day"), Some(time)) => Ranking::TimeOfDay(minute_of_day(&time)?),
            (Some("time-of-day"), None) => return Err(bad_value("preferredTime", "must be there, as 09:30")),
            _ => return Err(bad_value("ranking", "must be earliest, distance or time-of-day (with preferredTime)")),
        };
        let asked = Self {
            caregivers,
            wanted: Wanted {
                n_alternatives: given.number("count", 1, 50)?.unwrap_or(5) as usize,
                per_day: given.number("perDay", 1, 50)?.unwrap_or(2) as usize,
                ranking,
                n_misses: given.number("misses", 0, 20)?.unwrap_or(3) as usize,
            },
            margins: Margins {
                before_minutes: minutes(&mut given, "travelBefore", 0)?,
                after_minutes: minutes(&mut given, "travelAfter", 0)?,
            },
            counts_tentative: given.boolean("tentativeIsBusy")?.unwrap_or(true),
            min_notice_minutes: minutes(&mut given, "minNotice", 0)?,
            min_visit_minutes: minutes(&mut given, "minVisit", 30)?.max(1),
            filters: given.rest()?,
        };
        for name in ["limit", "offset", "cursor", "sort", "status", "includePast", "fields", "facet", "slots"] {
            if asked.filters.iter().any(|(given, _)| given == name) {
                return Err(bad_value(name, "is not a parameter of this operation"));
            }
        }
        Ok(asked)
    }

    fn query(&self, cursor: Option<&str>) -> String {
        let mut query = form_urlencoded::Serializer::new(String::new());
        query.extend_pairs(&self.filters).append_pair("sort", "start").append_pair("limit", &PAGE.to_string());
        query.extend_pairs(cursor.map(|cursor| ("cursor", cursor)));
        query.finish()
    }
}

fn minute_of_day(text: &str) -> Result<u16, Response> {
    let time: Result<jiff::civil::Time, _> = text.parse();
    let time = time.map_err(|_| bad_value("preferredTime", "must be a time of day, as 09:30"))?;
    Ok(time.hour() as u16 * 60 + time.minute() as u16)
}

/// What is known of one who has to be there.
struct Diary {
    reference: String,
    windows: Vec<openslots_care::calendar::BusyWindow>,
    calendars: Vec<CalendarRow>,
}

impl Diary {
    /// Up to when it is known when they are busy.
    fn known_until(&self) -> Option<UnixSeconds> {
        self.calendars.iter().map(|calendar| calendar.until).min()
    }
}

pub(super) async fn find(
    State(handlers): State<Handlers>,
    call: Call,
    path: PathId,
    body: Body,
) -> Result<Response, Response> {
    let (id, caller) = (care_id(path)?, call.caller()?);
    if id != caller.patient {
        return Err(outcome(StatusCode::FORBIDDEN, "forbidden", "the path names another patient than the call"));
    }
    let asked = Asked::read(&whole(body)?)?;
    let attendees: Vec<Attendee> =
        std::iter::once(Attendee::Patient).chain(asked.caregivers.iter().copied().map(Attendee::Caregiver)).collect();
    let interaction = Interaction::operation("$find-mutual-slots");
    let diaries = handlers
        .call(caller, interaction, ("Slot", None), move |work| {
            attendees
                .into_iter()
                .map(|of| {
                    let reference = match of {
                        Attendee::Patient => format!("Patient/{id}"),
                        Attendee::Caregiver(id) => format!("RelatedPerson/{id}"),
                    };
                    Ok(Diary { reference, windows: work.busy_windows(of)?, calendars: work.calendars(of)? })
                })
                .collect::<Result<Vec<Diary>, openslots_care::Error>>()
        })
        .await?;
    let looked = handlers.candidates(&asked, &diaries).await?;
    let participants: Vec<Participant> =
        diaries.iter().map(|diary| Participant::new(&diary.windows, asked.margins, asked.counts_tentative)).collect();
    let found = mutual_slots(looked.candidates, &participants, &looked.preferences, &asked.wanted);
    let answer = Answer { base: call.base.fhir(), slots: &looked.slots, diaries: &diaries };
    Ok(fhir(StatusCode::OK, &answer.render(&found, looked.searched_until)))
}

/// The slots that were looked at.
struct Looked {
    candidates: Vec<Candidate<usize>>,
    slots: Vec<FoundSlot>,
    preferences: Preferences,
    /// Where the search ended before all slots were looked at.
    searched_until: Option<UnixSeconds>,
}

impl Handlers {
    async fn candidates(&self, asked: &Asked, diaries: &[Diary]) -> Result<Looked, Response> {
        let mut slots: Vec<FoundSlot> = Vec::new();
        let mut cursor: Option<String> = None;
        let mut preferences = Preferences::any(self.state.now());
        let mut searched_until = None;
        loop {
            let query = asked.query(cursor.as_deref());
            let read = Search::of_request(&self.state, SearchKind::Slots, Some(&query));
            let mut search = read.map_err(|issues| bad_filters(&issues))?;
            // Days and hours are wishes here. The cursor is bound to what was asked, so the query may be without them.
            if let Some(times) = search.query.local_times.take() {
                preferences.times = times;
            }
            let page = search_slots(&self.state, search).await;
            let page = page.map_err(|error| Problem::from(error).into_response())?;
            slots.extend(page.slots);
            cursor = page.next;
            if cursor.is_none() {
                break;
            }
            if slots.len() >= MAX_CANDIDATES {
                searched_until = slots.last().map(|slot| slot.stored.slot.start.instant);
                break;
            }
        }
        preferences.min_notice_minutes = asked.min_notice_minutes;
        preferences.min_visit_minutes = asked.min_visit_minutes;
        // Of later times nobody knows whether somebody is busy.
        preferences.latest = diaries.iter().filter_map(Diary::known_until).min();
        let mut zones = HashMap::new();
        let candidates = slots.iter().enumerate().map(|(key, slot)| candidate(key, slot, &mut zones)).collect();
        Ok(Looked { candidates, slots, preferences, searched_until })
    }
}

fn candidate(key: usize, found: &FoundSlot, zones: &mut HashMap<String, TimeZone>) -> Candidate<usize> {
    let slot = &found.stored.slot;
    let start = slot.start.instant;
    Candidate {
        key,
        start,
        end: start.plus_seconds(i64::from(slot.traits.duration_seconds)),
        zone: zone_of(found, zones),
        distance_miles: found.distance_miles,
        coarse: slot.traits.is_coarse(),
    }
}

/// The clock of a slot's place; where it is not known, the offset that its publisher wrote.
fn zone_of(found: &FoundSlot, zones: &mut HashMap<String, TimeZone>) -> TimeZone {
    let place = found.provider_location.as_deref().and_then(|of| of.place.as_ref());
    let name = place.and_then(|place| place.time_zone.clone());
    let known = name.and_then(|name| match zones.get(&name) {
        Some(zone) => Some(zone.clone()),
        None => {
            let zone = TimeZone::get(&name).ok()?;
            zones.insert(name, zone.clone());
            Some(zone)
        }
    });
    let offset =
        jiff::tz::Offset::from_seconds(found.stored.slot.start.offset_seconds).unwrap_or(jiff::tz::Offset::UTC);
    known.unwrap_or_else(|| TimeZone::fixed(offset))
}

fn bad_filters(issues: &[ParameterIssue]) -> Response {
    let told = issues.iter().map(|issue| {
        let diagnostics = format!("Parameters.parameter `{}` {}", issue.parameter, issue.detail);
        json!({ "severity": "error", "code": "value", "diagnostics": diagnostics })
    });
    let issues: Vec<Value> = told.collect();
    fhir(StatusCode::BAD_REQUEST, &json!({ "resourceType": "OperationOutcome", "issue": issues }))
}

/// What is told.
struct Answer<'a> {
    base: String,
    slots: &'a [FoundSlot],
    diaries: &'a [Diary],
}

impl Answer<'_> {
    fn render(&self, found: &MutualSlots<usize>, searched_until: Option<UnixSeconds>) -> Value {
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
