//! What zone a `TZID` means: by its IANA name, by its Windows name, or as the calendar describes it.

use std::cell::RefCell;
use std::collections::HashMap;

use jiff::tz::TimeZone;

use super::TimeRange;
use super::expand::{Budget, OverBudget, Stretch, occurrences};
use super::lines::{Component, ComponentKind};
use super::property::{Name, Property};
use super::rule::{Frequency, Rule};
use super::values::{Form, Written, utc_offset};
use super::wall::DAY_SECONDS;

/// Names that Windows and Outlook give zones, and the IANA names for them (CLDR's `windowsZones`, territory 001).
pub(super) const WINDOWS_ZONES: &str = include_str!("windows_zones.tsv");

/// A described zone is worked out for so long behind the window, so that everything in the window has its offset.
const BEHIND_WINDOW_SECONDS: i64 = 400 * DAY_SECONDS;

/// The zones of a text.
pub(super) struct Zones<'a> {
    home: &'a TimeZone,
    /// By calendar and `TZID`.
    described: HashMap<(usize, String), TimeZone>,
    /// What names that were looked up mean wherever they are written.
    known: RefCell<HashMap<String, Option<TimeZone>>>,
}

/// The zones of one calendar.
#[derive(Clone, Copy)]
pub(super) struct ZoneScope<'a> {
    zones: &'a Zones<'a>,
    calendar: usize,
}

impl<'a> Zones<'a> {
    /// Reads what the calendars describe, except for zones that are known by name.
    pub(super) fn read(
        components: &[Component<'_>],
        home: &'a TimeZone,
        window: TimeRange,
        budget: &mut Budget,
    ) -> Result<Self, OverBudget> {
        let mut zones = Self { home, described: HashMap::new(), known: RefCell::default() };
        let until = window.end.0.saturating_add(BEHIND_WINDOW_SECONDS);
        for component in components.iter().filter(|component| component.kind == ComponentKind::Zone) {
            let value = |name: Name| component.properties.iter().find(|property| property.name == name)?.value();
            let Some(name) = value(Name::TzId) else { continue };
            if zones.known(name).is_some() {
                continue;
            }
            let located = value(Name::ZoneLocation).and_then(|location| zones.known(location));
            let zone = match located {
                Some(zone) => Some(zone),
                None => described(&component.observances, until, budget)?,
            };
            if let Some(zone) = zone {
                zones.described.insert((component.calendar, name.to_owned()), zone);
            }
        }
        Ok(zones)
    }

    /// The zones as a calendar of the text names them.
    pub(super) fn of(&'a self, calendar: usize) -> ZoneScope<'a> {
        ZoneScope { zones: self, calendar }
    }

    /// What a name means wherever it is written.
    fn known(&self, name: &str) -> Option<TimeZone> {
        if let Some(zone) = self.known.borrow().get(name) {
            return zone.clone();
        }
        let zone = iana(name).or_else(|| windows(name)).or_else(|| behind_a_path(name));
        self.known.borrow_mut().insert(name.to_owned(), zone.clone());
        zone
    }
}

impl ZoneScope<'_> {
    /// The zone of a `TZID`.
    pub(super) fn find(&self, name: &str) -> Option<TimeZone> {
        let described = || self.zones.described.get(&(self.calendar, name.to_owned())).cloned();
        self.zones.known(name).or_else(described)
    }

    /// Where whole days and times without a zone are meant.
    pub(super) fn home(&self) -> &TimeZone {
        self.zones.home
    }
}

fn iana(name: &str) -> Option<TimeZone> {
    TimeZone::get(name).ok().filter(|zone| !zone.is_unknown())
}

fn windows(name: &str) -> Option<TimeZone> {
    let mut pairs = WINDOWS_ZONES.lines().filter_map(|line| line.split_once('\t'));
    pairs.find(|(known, _)| known.eq_ignore_ascii_case(name)).and_then(|(_, iana_name)| iana(iana_name))
}

/// A globally unique `TZID` begins with a `/` and often ends in an IANA name (`/example.org/20050126_1/America/Denver`).
fn behind_a_path(name: &str) -> Option<TimeZone> {
    let path = name.strip_prefix('/')?;
    let ends = path.match_indices('/').map(|(slash, _)| &path[slash + 1..]);
    std::iter::once(path).chain(ends).take(8).find_map(iana)
}

/// The zone that the parts of a `VTIMEZONE` describe, exact up to `until`; `None` when they cannot be read.
fn described(
    observances: &[Vec<Property<'_>>],
    until: i64,
    budget: &mut Budget,
) -> Result<Option<TimeZone>, OverBudget> {
    let mut onsets: Vec<Onset> = Vec::new();
    for observance in observances {
        if !add_onsets(observance, until, &mut onsets, budget)? {
            return Ok(None);
        }
    }
    onsets.sort_unstable_by_key(|onset| onset.instant);
    onsets.dedup_by_key(|onset| onset.instant);
    let zone = onsets.first().map(|first| first.from).and_then(|before| tzif(before, &onsets));
    Ok(zone.and_then(|bytes| TimeZone::tzif("described", &bytes).ok()))
}

/// When an offset begins to hold.
struct Onset {
    instant: i64,
    from: i32,
    to: i32,
}

/// Adds when an observance begins; `false` when it cannot be read.
fn add_onsets(
    observance: &[Property<'_>],
    until: i64,
    onsets: &mut Vec<Onset>,
    budget: &mut Budget,
) -> Result<bool, OverBudget> {
    let value = |name: Name| observance.iter().find(|property| property.name == name)?.value();
    let offset = |name: Name| value(name).and_then(utc_offset);
    let start = value(Name::DtStart).and_then(Written::parse).filter(|start| start.form != Form::Utc);
    let (Some(start), Some(from), Some(to)) = (start, offset(Name::TzOffsetFrom), offset(Name::TzOffsetTo)) else {
        return Ok(false);
    };
    // An onset is written on the clock as it was just before.
    let mut add = |wall: i64| onsets.push(Onset { instant: wall - i64::from(from), from, to });
    add(start.wall);
    for property in observance {
        match property.name {
            Name::RRule => {
                // No clock is put forward or back more often.
                let rule = property.value().and_then(Rule::parse).filter(|rule| rule.frequency >= Frequency::Monthly);
                let Some(rule) = rule else { return Ok(false) };
                let last = rule.until.map_or(until, |last| match last.form {
                    Form::Date => last.wall + DAY_SECONDS - 1,
                    Form::Local => last.wall,
                    Form::Utc => last.wall + i64::from(from),
                });
                let stretch = Stretch { from: start.wall, last: last.min(until) };
                occurrences(&rule, start.wall, false, stretch, budget, &mut add)?;
            }
            Name::RDate => {
                for written in property.value().unwrap_or_default().split(',') {
                    let Some(written) = Written::parse(written.trim_ascii()) else { return Ok(false) };
                    add(if written.form == Form::Utc { written.wall + i64::from(from) } else { written.wall });
                }
            }
            _ => {}
        }
    }
    Ok(true)
}

/// The offsets as TZif (RFC 8536, version 2), which is the form in which a zone can be handed to `jiff`.
fn tzif(before: i32, onsets: &[Onset]) -> Option<Vec<u8>> {
    const NO_NAME: &[u8] = b"-00\0";
    let mut offsets = vec![before];
    let mut kinds = Vec::with_capacity(onsets.len());
    for onset in onsets {
        let place = offsets.iter().position(|offset| *offset == onset.to).unwrap_or_else(|| {
            offsets.push(onset.to);
            offsets.len() - 1
        });
        kinds.push(u8::try_from(place).ok()?);
    }
    let mut bytes = Vec::new();
    let header = |bytes: &mut Vec<u8>, n_times: usize, n_kinds: usize| -> Option<()> {
        bytes.extend_from_slice(b"TZif2");
        bytes.extend_from_slice(&[0; 15]);
        for count in [0, 0, 0, n_times, n_kinds, NO_NAME.len()] {
            bytes.extend_from_slice(&u32::try_from(count).ok()?.to_be_bytes());
        }
        Some(())
    };
    // The part for readers of version 1: UTC, and nothing else.
    header(&mut bytes, 0, 1)?;
    bytes.extend_from_slice(&[0; 6]);
    bytes.extend_from_slice(NO_NAME);
    header(&mut bytes, onsets.len(), offsets.len())?;
    bytes.extend(onsets.iter().flat_map(|onset| onset.instant.to_be_bytes()));
    bytes.extend_from_slice(&kinds);
    for offset in offsets {
        bytes.extend_from_slice(&offset.to_be_bytes());
        bytes.extend_from_slice(&[0, 0]);
    }
    bytes.extend_from_slice(NO_NAME);
    bytes.extend_from_slice(b"\n\n");
    Some(bytes)
}
