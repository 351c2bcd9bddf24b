//! Publishers whose slots change as planned, and what history has to tell of them.

use std::collections::{BTreeMap, BTreeSet};

use openslots_model::UnixSeconds;
use serde_json::json;

use super::BEGIN;
use crate::engine::matrix::server::{Script, Server, status};

const DAY_SECONDS: i64 = 86_400;
const HALF_AN_HOUR: i64 = 1_800;
/// Slots lie on so many days from tomorrow on.
const DAYS_AHEAD: i64 = 6;
/// What is offered everywhere.
pub(super) const SERVICE_TYPE: &str = "http://terminology.hl7.org/CodeSystem/service-type|124";
/// Of two days in a row on which a slots file is empty, the first one.
const EMPTY_ON: i64 = 60;

/// A publisher, with one schedule at one place.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(super) enum Publisher {
    /// Always well; slots are booked, moved, taken back and offered again.
    Steady,
    /// The same, but down, without anything or without slots on some days.
    Moody,
    /// Gives a new id to each slot every day.
    Restless,
}

/// What a publisher answers on a day.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Weather {
    /// All that it has.
    Fair,
    /// An error for the manifest.
    Down,
    /// A manifest that lists nothing.
    Bare,
    /// A slots file without lines.
    Empty,
    /// Again, so that it is believed.
    EmptyAgain,
}

impl Publisher {
    pub(super) const ALL: [Self; 3] = [Self::Steady, Self::Moody, Self::Restless];

    pub(super) fn name(self) -> String {
        format!("{self:?}").to_lowercase()
    }

    /// State, county, ZIP code and city.
    pub(super) const fn place(self) -> [&'static str; 4] {
        match self {
            Self::Steady => ["MA", "Middlesex", "02139", "Cambridge"],
            Self::Moody => ["AK", "Anchorage", "99501", "Anchorage"],
            Self::Restless => ["HI", "Honolulu", "96813", "Honolulu"],
        }
    }

    pub(super) fn weather(self, day: i64) -> Weather {
        match self {
            Self::Moody if day == EMPTY_ON => Weather::Empty,
            Self::Moody if day == EMPTY_ON + 1 => Weather::EmptyAgain,
            Self::Moody if day % 7 == 3 => Weather::Down,
            Self::Moody if day % 14 == 9 => Weather::Bare,
            _ => Weather::Fair,
        }
    }

    /// Slots of a day.
    const fn slots_a_day(self) -> i64 {
        match self {
            Self::Steady | Self::Moody => 4,
            Self::Restless => 25,
        }
    }
}

/// What is listed of a slot.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Listed {
    pub(super) start: UnixSeconds,
    pub(super) is_free: bool,
}

/// An event that was planned.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Planned {
    /// Days since the beginning.
    pub(super) day: i64,
    pub(super) publisher: Publisher,
    pub(super) id: String,
    pub(super) kind: &'static str,
    pub(super) before: Option<Listed>,
    pub(super) after: Option<Listed>,
}

/// What is listed, and all that has happened.
#[derive(Default)]
pub(super) struct World {
    server: Server,
    listed: BTreeMap<(Publisher, String), Listed>,
    /// What slots were that are listed no longer.
    gone: BTreeMap<(Publisher, String), Listed>,
    /// The first day whose slots were never listed.
    next_day: BTreeMap<Publisher, i64>,
    pub(super) events: Vec<Planned>,
    /// Slots that have changed on this day: two changes would be told as one.
    changed: BTreeSet<(Publisher, String)>,
}

impl World {
    pub(super) async fn start() -> Self {
        Self { server: Server::start().await, ..Self::default() }
    }

    pub(super) fn base(&self) -> &str {
        &self.server.base
    }

    /// Slots that are listed.
    pub(super) fn n_listed(&self) -> usize {
        self.listed.len()
    }

    /// Lets a day dawn: changes what is planned, and puts it where crawls find it.
    pub(super) fn dawn(&mut self, day: i64) {
        self.changed.clear();
        for publisher in Publisher::ALL {
            match publisher.weather(day) {
                Weather::Fair if publisher == Publisher::Restless => self.rename_all(day),
                Weather::Fair => self.change_some(publisher, day),
                Weather::EmptyAgain => self.vanish_all(publisher, day),
                // Nothing of it is believed.
                Weather::Down | Weather::Bare | Weather::Empty => {}
            }
            self.publish(publisher, day);
        }
    }

    fn change_some(&mut self, publisher: Publisher, day: i64) {
        self.roll(publisher, day, "");
        if publisher.weather(day - 1) == Weather::EmptyAgain {
            // All is back that is not over.
            let back = self.gone.iter().filter(|((of, _), slot)| *of == publisher && slot.start >= midnight(day + 1));
            let back: Vec<_> = back.map(|((_, id), slot)| (id.clone(), *slot)).collect();
            back.into_iter().for_each(|(id, slot)| self.put(day, publisher, &id, Some(slot)));
            return;
        }
        let id = |ahead: i64, place: i64| format!("d{}-{place}", day + ahead);
        let listed = |world: &Self, id: &str| {
            let key = (publisher, id.to_owned());
            world.listed.get(&key).copied().filter(|_| !world.changed.contains(&key))
        };
        if let Some(slot) = listed(self, &id(3, 0)) {
            self.put(day, publisher, &id(3, 0), Some(Listed { is_free: false, ..slot }));
        }
        if let Some(slot) = listed(self, &id(2, 0)).filter(|slot| day % 3 == 0 && !slot.is_free) {
            self.put(day, publisher, &id(2, 0), Some(Listed { is_free: true, ..slot }));
        }
        if let Some(slot) = listed(self, &id(4, 1)).filter(|_| day % 2 == 0) {
            let start = slot.start.plus_seconds(HALF_AN_HOUR);
            self.put(day, publisher, &id(4, 1), Some(Listed { start, ..slot }));
        }
        if listed(self, &id(3, 2)).is_some() && day % 4 == 0 {
            self.put(day, publisher, &id(3, 2), None);
        }
        let gone = self.gone.get(&(publisher, id(2, 2))).copied();
        if let Some(slot) = gone.filter(|_| day % 4 == 1) {
            self.put(day, publisher, &id(2, 2), Some(slot));
        }
        if let Some(slot) = listed(self, &id(5, 3)).filter(|_| day % 5 == 0) {
            self.put(day, publisher, &id(5, 3), None);
            self.put(day, publisher, &format!("{}-renamed", id(5, 3)), Some(slot));
        }
    }

    /// The same times under other ids.
    fn rename_all(&mut self, day: i64) {
        let publisher = Publisher::Restless;
        let held: Vec<_> =
            self.listed.range((publisher, String::new())..).map(|((_, id), slot)| (id.clone(), *slot)).collect();
        for (id, slot) in held {
            self.put(day, publisher, &id, None);
            if slot.start >= midnight(day + 1) {
                let (stem, _) = id.split_once('@').unwrap_or((&id, ""));
                self.put(day, publisher, &format!("{stem}@{day}"), Some(slot));
            }
        }
        self.roll(publisher, day, &format!("@{day}"));
    }

    fn vanish_all(&mut self, publisher: Publisher, day: i64) {
        let ids: Vec<_> = self.listed.keys().filter(|(of, _)| *of == publisher).map(|(_, id)| id.clone()).collect();
        ids.iter().for_each(|id| self.put(day, publisher, id, None));
    }

    /// What is over goes, and the days that are near enough come.
    fn roll(&mut self, publisher: Publisher, day: i64, suffix: &str) {
        let over = self.listed.iter().filter(|((of, _), slot)| *of == publisher && slot.start < midnight(day + 1));
        let over: Vec<_> = over.map(|((_, id), _)| id.clone()).collect();
        over.iter().for_each(|id| self.put(day, publisher, id, None));
        let from = self.next_day.get(&publisher).copied().unwrap_or(1).max(day + 1);
        for of in from..=day + DAYS_AHEAD {
            for place in 0..publisher.slots_a_day() {
                let start = midnight(of).plus_seconds(HALF_AN_HOUR * (20 + place));
                self.put(day, publisher, &format!("d{of}-{place}{suffix}"), Some(Listed { start, is_free: true }));
            }
        }
        self.next_day.insert(publisher, day + DAYS_AHEAD + 1);
    }

    fn put(&mut self, day: i64, publisher: Publisher, id: &str, after: Option<Listed>) {
        let key = (publisher, id.to_owned());
        assert!(self.changed.insert(key.clone()), "{key:?} changes twice on day {day}");
        let before = match after {
            Some(slot) => self.listed.insert(key.clone(), slot),
            None => self.listed.remove(&key),
        };
        let was_gone = after.is_some() && self.gone.remove(&key).is_some();
        let kind = match (before, after) {
            (None, Some(_)) if was_gone => "reappeared",
            (None, _) => "appeared",
            (Some(_), Some(_)) => "changed",
            (Some(slot), None) => {
                self.gone.insert(key, slot);
                "vanished"
            }
        };
        self.events.push(Planned { day, publisher, id: id.to_owned(), kind, before, after });
    }

    fn publish(&self, publisher: Publisher, day: i64) {
        let weather = publisher.weather(day);
        let set = |path: &str, script| self.server.set(&format!("/{}/{path}", publisher.name()), script);
        let [state, district, postal_code, city] = publisher.place();
        let address = json!({"city": city, "district": district, "state": state, "postalCode": postal_code});
        let place = json!({"resourceType": "Location", "id": "1", "name": publisher.name(), "address": address});
        let (system, code) = SERVICE_TYPE.split_once('|').expect("system and code");
        let service_type = json!([{"coding": [{"system": system, "code": code}]}]);
        let schedule = json!({
            "resourceType": "Schedule", "id": "1", "actor": [{"reference": "Location/1"}], "serviceType": service_type,
        });
        set("places.ndjson", Script::Well(format!("{place}\n")));
        set("schedules.ndjson", Script::Well(format!("{schedule}\n")));
        let slots = self.listed.iter().filter(|((of, _), _)| *of == publisher);
        let slots = slots.map(|((_, id), slot)| line(id, *slot)).collect::<String>();
        let is_empty = matches!(weather, Weather::Empty | Weather::EmptyAgain);
        set("slots.ndjson", Script::Well(if is_empty { String::new() } else { slots }));
        let output = json!([
            {"type": "Location", "url": "places.ndjson"},
            {"type": "Schedule", "url": "schedules.ndjson"},
            {"type": "Slot", "url": "slots.ndjson"},
        ]);
        let output = if weather == Weather::Bare { json!([]) } else { output };
        let manifest = json!({"transactionTime": midnight(day).to_string(), "output": output}).to_string();
        set(
            "$bulk-publish",
            if weather == Weather::Down { Script::Raw(status(500, "")) } else { Script::Well(manifest) },
        );
    }
}

/// The beginning of a day, in UTC.
pub(super) fn midnight(day: i64) -> UnixSeconds {
    BEGIN.plus_seconds(day * DAY_SECONDS)
}

fn line(id: &str, slot: Listed) -> String {
    let status = if slot.is_free { "free" } else { "busy" };
    let end = slot.start.plus_seconds(HALF_AN_HOUR);
    json!({
        "resourceType": "Slot", "id": id, "schedule": {"reference": "Schedule/1"}, "status": status,
        "start": slot.start.to_string(), "end": end.to_string(),
    })
    .to_string()
        + "\n"
}
