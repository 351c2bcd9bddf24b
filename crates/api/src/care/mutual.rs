//! `POST /fhir/Patient/{id}/$find-mutual-slots`: what suits the patient and every caregiver who comes along.
//!
//! Slots are found with the filters of `/v1/scheduling/slots`; days and hours are taken as wishes, so that a miss can say
//! that it was nothing but the hour.

mod answer;

use std::collections::HashMap;

use axum::extract::State;
use axum::http::StatusCode;
use axum::response::Response;
use jiff::tz::TimeZone;
use openslots_care::mutual::{Candidate, Margins, Participant, Preferences, Ranking, Wanted, mutual_slots};
use openslots_care::resource::CareId;
use openslots_care::{Attendee, CalendarRow, Interaction};
use openslots_model::UnixSeconds;
use serde_json::{Value, json};
use url::form_urlencoded;

use self::answer::Answer;
use super::Handlers;
use super::answer::{Refusal, fhir};
use super::caller::{Call, care_id};
use super::parameters::{Given, bad_value};
use super::resources::{Body, PathId, whole};
use crate::calls::{FoundSlot, search_slots};
use crate::parameters::{Search, SearchKind};
use crate::problem::ParameterIssue;

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
    fn read(body: &[u8]) -> Result<Self, Refusal> {
        let mut given = Given::read(body)?;
        let mut caregivers = Vec::new();
        for value in given.all("caregiver") {
            let text = value.as_str().or_else(|| value["reference"].as_str()).unwrap_or_default();
            let id = text.strip_prefix("RelatedPerson/").unwrap_or(text);
            caregivers.push(id.parse().map_err(|_| bad_value("caregiver", "must be a RelatedPerson of the patient"))?);
        }
        let minutes = |given: &mut Given, name: &str, default: u32| -> Result<u32, Refusal> {
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

fn minute_of_day(text: &str) -> Result<u16, Refusal> {
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
) -> Result<Response, Refusal> {
    let id = care_id(path)?;
    let caller = call.caller_of(id)?;
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
    async fn candidates(&self, asked: &Asked, diaries: &[Diary]) -> Result<Looked, Refusal> {
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
            let page = page.map_err(Refusal::of_call)?;
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

fn bad_filters(issues: &[ParameterIssue]) -> Refusal {
    let told = issues.iter().map(|issue| {
        let diagnostics = format!("Parameters.parameter `{}` {}", issue.parameter, issue.detail);
        json!({ "severity": "error", "code": "value", "diagnostics": diagnostics })
    });
    Refusal::of(StatusCode::BAD_REQUEST, &told.collect::<Value>())
}
