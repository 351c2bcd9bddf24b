//! Which slots match at a provider location.

use jiff::tz::TimeZone;
use openslots_directory::languages::same_language;
use openslots_directory::text::fold;
use openslots_directory::vocabulary::specialties_of;
use openslots_model::{
    AvailabilityQuery, CodeFilter, Coding, LocalDate, LocalTimes, ProviderLocation, ScheduleSummary, SlotRecord,
    SlotStatus, SlotTraits, UnixSeconds, Weekday,
};

use super::{Oracle, clamped};

impl Oracle<'_> {
    pub(super) fn matching_slots(&self, query: &AvailabilityQuery, it: &ProviderLocation) -> Vec<&SlotRecord> {
        let mut found = Vec::new();
        for schedule in &it.schedules {
            let slots = self.slots.get(&schedule.number).into_iter().flatten();
            found.extend(slots.filter(|slot| self.slot_matches(query, slot, it, schedule)));
        }
        found
    }

    pub(super) fn slot_matches(
        &self,
        query: &AvailabilityQuery,
        slot: &SlotRecord,
        it: &ProviderLocation,
        schedule: &ScheduleSummary,
    ) -> bool {
        let Some(traits) = self.world.traits.get(&slot.traits) else { return false };
        if !query.window.contains(slot.start, traits) || !self.traits_match(query, traits) {
            return false;
        }
        let of_provider = it.provider.iter().flat_map(|provider| provider.specialties.clone());
        let specialties = schedule.specialties.iter().cloned().chain(of_provider).collect::<Vec<_>>();
        let effective = |own: &[Coding], other: &[Coding]| if own.is_empty() { other.to_vec() } else { own.to_vec() };
        let languages = it.provider.as_ref().map_or(&[][..], |provider| &provider.languages);
        let languages = if traits.languages.is_empty() { languages } else { &traits.languages };
        let walk_in = if traits.appointment_types.is_empty() { schedule.is_walk_in } else { says_walk_in(traits) };
        let own_service_types = effective(&traits.service_types, &schedule.service_types);
        let own_specialties = effective(&traits.specialties, &specialties);
        self.any_code(&own_service_types, &query.service_types)
            && self.has_specialty(query, &own_service_types, &own_specialties)
            && !contradicts(query, &own_service_types, &own_specialties)
            && speaks(query, languages)
            && self.has_vaccine(query, schedule)
            && query.is_walk_in.is_none_or(|wanted| walk_in == wanted)
            && query.local_times.as_ref().is_none_or(|times| is_wanted_then(times, slot, traits, it))
    }

    /// By its specialties, or by service types that mean a specialty of the vocabulary.
    fn has_specialty(&self, query: &AvailabilityQuery, service_types: &[Coding], specialties: &[Coding]) -> bool {
        let key = |filter: &CodeFilter| match filter {
            CodeFilter::Meaning(key) => Some(key.clone()),
            _ => None,
        };
        let keys = query.specialties.iter().filter_map(key).collect::<Vec<_>>();
        self.any_code(specialties, &query.specialties) || is_served(&keys, service_types, specialties)
    }

    fn has_vaccine(&self, query: &AvailabilityQuery, schedule: &ScheduleSummary) -> bool {
        self.any_code(&schedule.vaccines, &query.vaccines)
            && (query.vaccine_doses.is_empty()
                || schedule.vaccine_doses.iter().any(|dose| query.vaccine_doses.contains(dose)))
    }

    pub(super) fn is_found_without_slots(&self, query: &AvailabilityQuery, it: &ProviderLocation) -> bool {
        let asks_slots = !query.appointment_types.is_empty()
            || query.accepting_patients.is_some()
            || query.is_walk_in.is_some()
            || query.min_duration_seconds.is_some()
            || query.is_coarse.is_some()
            || query.local_times.is_some()
            || query.window.before.is_some();
        !asks_slots
            && self.any_code(&it.service_types(), &query.service_types)
            && self.has_specialty(query, &it.service_types(), &it.specialties())
            && it.schedules.iter().any(|schedule| {
                let of_provider = it.provider.iter().flat_map(|provider| provider.specialties.clone());
                let specialties = schedule.specialties.iter().cloned().chain(of_provider).collect::<Vec<_>>();
                !contradicts(query, &schedule.service_types, &specialties)
            })
            && speaks(query, it.provider.as_ref().map_or(&[][..], |provider| &provider.languages))
            && it.schedules.iter().any(|schedule| self.has_vaccine(query, schedule))
    }

    fn traits_match(&self, query: &AvailabilityQuery, traits: &SlotTraits) -> bool {
        query.status.is_none_or(|status| traits.status == status)
            && traits.is_servable()
            && !(query.status == Some(SlotStatus::Free) && traits.is_full)
            && query
                .min_duration_seconds
                .is_none_or(|seconds| !traits.is_coarse() && traits.duration_seconds >= seconds)
            && query.is_coarse.is_none_or(|wanted| traits.is_coarse() == wanted)
            && self.any_code(&traits.appointment_types, &query.appointment_types)
            && query.accepting_patients.is_none_or(|wanted| {
                traits.accepting_patients.is_empty() || traits.accepting_patients.contains(&wanted)
            })
    }

    /// Whether any of the filters means any of the codings; without filters everything goes.
    fn any_code(&self, codings: &[Coding], filters: &[CodeFilter]) -> bool {
        let means = |filter: &CodeFilter, coding: &Coding| {
            let pair = (filter.clone(), coding.clone());
            *self.meanings.borrow_mut().entry(pair).or_insert_with(|| means(filter, coding))
        };
        filters.is_empty() || filters.iter().any(|filter| codings.iter().any(|coding| means(filter, coding)))
    }
}

/// Whether service types mean one of the specialties; what any practice calls its services only where no specialty is
/// known.
fn is_served(keys: &[String], service_types: &[Coding], specialties: &[Coding]) -> bool {
    let is_told = specialties.iter().any(|coding| !specialties_of(coding).is_empty());
    service_types.iter().any(|coding| {
        let known = specialties_of(coding);
        known.iter().any(|it| keys.iter().any(|key| key == it.key))
            && !(is_told && known.iter().all(|it| ["family-medicine", "internal-medicine"].contains(&it.key)))
    })
}

/// Whether codes are known to be something else than what the words of a text mean.
fn contradicts(query: &AvailabilityQuery, service_types: &[Coding], specialties: &[Coding]) -> bool {
    let is_known = |codings: &[Coding]| codings.iter().any(|coding| !specialties_of(coding).is_empty());
    let is_meant = specialties
        .iter()
        .flat_map(specialties_of)
        .any(|it| query.meant_specialties.iter().any(|meant| meant == it.key));
    let is_asked = !query.meant_specialties.is_empty();
    is_asked
        && (is_known(service_types) || is_known(specialties))
        && !is_meant
        && !is_served(&query.meant_specialties, service_types, specialties)
}

fn speaks(query: &AvailabilityQuery, languages: &[String]) -> bool {
    let is_spoken = |wanted: &String| languages.iter().any(|own| same_language(wanted, own));
    query.languages.is_empty() || query.languages.iter().any(is_spoken)
}

fn says_walk_in(traits: &SlotTraits) -> bool {
    traits.appointment_types.iter().any(|coding| coding.code.as_deref() == Some("WALKIN"))
}

/// What the clock of a place shows at an instant, by the time zone library.
pub(super) fn local(it: &ProviderLocation, instant: i64) -> Option<jiff::civil::DateTime> {
    let zone = TimeZone::get(it.place.as_ref()?.time_zone.as_deref()?).ok()?;
    Some(zone.to_datetime(UnixSeconds(instant).timestamp()))
}

pub(super) fn date_of(local: jiff::civil::DateTime) -> LocalDate {
    let epoch = jiff::civil::date(1970, 1, 1);
    LocalDate(epoch.until(local.date()).expect("a span of days").get_days())
}

/// Whether a slot is wanted on the clock of a place: an appointment by its start, a window by any of its quarters.
fn is_wanted_then(times: &LocalTimes, slot: &SlotRecord, traits: &SlotTraits, it: &ProviderLocation) -> bool {
    let start = clamped(slot.start);
    let is_wanted_at = |instant: i64| {
        let Some(there) = local(it, instant) else { return false };
        let minute = u16::try_from(there.hour()).expect("an hour") * 60 + u16::try_from(there.minute()).expect("60");
        let date = date_of(there);
        let weekday = Weekday::ALL[usize::try_from(there.weekday().to_monday_zero_offset()).expect("a day")];
        let today = |now: UnixSeconds| date_of(local(it, clamped(now)).expect("a clock that showed the start"));
        let relative = times.relative.map(|(span, now)| span.seen_from(today(now)));
        times.dates.or(relative).is_none_or(|(from, to)| from <= date && date <= to)
            && times.weekdays.contains(weekday)
            && (times.times_of_day.is_empty()
                || times.times_of_day.iter().any(|hours| (hours.from_minute..hours.to_minute).contains(&minute)))
    };
    // Slots, days and hours of these tests begin and end with a quarter of an hour.
    let n_quarters = (i64::from(traits.offered_seconds()) / 900).max(1);
    (0..n_quarters).any(|quarter| is_wanted_at(start + quarter * 900))
}

fn means(filter: &CodeFilter, coding: &Coding) -> bool {
    match filter {
        CodeFilter::Code(code) => coding.code.as_ref() == Some(code),
        CodeFilter::Exact { system, code } => {
            coding.code.as_ref() == Some(code) && coding.system.as_ref() == Some(system)
        }
        CodeFilter::Words(text) => {
            let folded = fold(text);
            let display = fold(coding.display.as_deref().unwrap_or_default());
            let has_word = |word: &str| display.split_whitespace().any(|own| own == word);
            !folded.is_empty() && folded.split_whitespace().all(has_word)
        }
        CodeFilter::Meaning(key) => specialties_of(coding).iter().any(|own| own.key == key),
    }
}
