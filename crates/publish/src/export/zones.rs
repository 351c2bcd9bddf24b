//! Time zones by number: slots are many, zones are few.

use jiff::tz::TimeZone;
use openslots_model::UnixSeconds;
use rustc_hash::FxHashMap;

/// A zone that was seen.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct ZoneNumber(u16);

/// The zones that were seen.
#[derive(Debug, Default)]
pub(crate) struct Zones {
    /// `None`: not known here.
    numbers: FxHashMap<Box<str>, Option<ZoneNumber>>,
    zones: Vec<TimeZone>,
}

impl Zones {
    /// The number of an IANA zone; `None`: it is not known here.
    pub(crate) fn number(&mut self, name: &str) -> Option<ZoneNumber> {
        if let Some(number) = self.numbers.get(name) {
            return *number;
        }
        let number = TimeZone::get(name).ok().and_then(|zone| {
            let number = u16::try_from(self.zones.len()).ok().map(ZoneNumber)?;
            self.zones.push(zone);
            Some(number)
        });
        self.numbers.insert(name.into(), number);
        number
    }

    /// Seconds east of UTC that a zone's clock shows at an instant.
    pub(crate) fn offset_seconds(&self, ZoneNumber(number): ZoneNumber, instant: UnixSeconds) -> i32 {
        self.zones.get(usize::from(number)).map_or(0, |zone| zone.to_offset(instant.timestamp()).seconds())
    }
}
