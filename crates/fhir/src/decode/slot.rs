//! Slots.

use std::borrow::Cow;

use openslots_model::{
    AcceptingPatients, BookingMethod, Coding, IssueCode, OffsetInstant, ResourceKind, ResourceRef, SlotStatus,
    SlotTraits, TimeRepair,
};
use serde::Deserialize;

use super::link::usable_link;
use super::pattern::borrowed;
use super::{LineFault, Repairs, Unread, check_header, object, quoted};
use crate::reference::Reference;
use crate::systems::{ACCEPTING_PATIENTS, ExtensionName};
use crate::wire::{ConceptWire, ExtensionValue, Extensions, Id, Many, One, ReferenceWire, Text, codings};

/// A Slot as it is written.
#[derive(Debug, Deserialize)]
pub(crate) struct SlotWire<'a> {
    #[serde(rename = "resourceType", borrow)]
    resource_type: Option<Text<'a>>,
    #[serde(borrow)]
    id: Option<Id<'a>>,
    #[serde(default, borrow)]
    schedule: One<ReferenceWire<'a>>,
    #[serde(borrow)]
    status: Option<Text<'a>>,
    #[serde(borrow)]
    start: Option<Text<'a>>,
    #[serde(borrow)]
    end: Option<Text<'a>>,
    #[serde(default, borrow)]
    extension: Extensions<'a>,
    #[serde(default, rename = "appointmentType", borrow)]
    appointment_type: Many<ConceptWire<'a>>,
    #[serde(default, rename = "serviceType", borrow)]
    service_type: Many<ConceptWire<'a>>,
    #[serde(default, borrow)]
    specialty: Many<ConceptWire<'a>>,
    #[serde(borrow)]
    comment: Option<Text<'a>>,
}

/// A slot with all that is read of it; what queries do not filter by is still borrowed from the line.
pub(crate) struct SlotParts<'a> {
    pub(super) written: Written<'a>,
    pub(crate) id: String,
    pub(crate) schedule: ResourceRef,
    pub(crate) schedule_display: Option<Text<'a>>,
    pub(crate) start: OffsetInstant,
    pub(crate) end: OffsetInstant,
    pub(crate) traits: SlotTraits,
    pub(crate) booking_deep_link: Option<Cow<'a, str>>,
    pub(crate) booking_phone: Option<Cow<'a, str>>,
    pub(crate) capacity: Option<i64>,
    pub(crate) comment: Option<Text<'a>>,
}

/// Texts of a slot as they stand in its line; nothing where one has escapes.
pub(super) struct Written<'a> {
    pub(super) id: Option<&'a str>,
    pub(super) schedule: Option<&'a str>,
    pub(super) status: Option<&'a str>,
    pub(super) start: Option<&'a str>,
    pub(super) end: Option<&'a str>,
}

impl<'a> Written<'a> {
    fn of(wire: &SlotWire<'a>) -> Self {
        let text = |text: &Option<Text<'a>>| text.as_ref().and_then(|text| borrowed(&text.0));
        Self {
            id: wire.id.as_ref().and_then(|id| borrowed(&id.text)),
            schedule: wire.schedule.0.as_ref().and_then(|schedule| text(&schedule.reference)),
            status: text(&wire.status),
            start: text(&wire.start),
            end: text(&wire.end),
        }
    }
}

/// Reads a Slot.
pub(crate) fn read_slot<'a>(text: &'a str, repairs: &mut Repairs) -> Result<SlotParts<'a>, Unread> {
    let wire: SlotWire<'a> = object(text)?;
    let written = Written::of(&wire);
    let id = check_header(wire.resource_type.as_ref(), wire.id.as_ref(), ResourceKind::Slot, repairs)?;
    let (schedule, schedule_display) = read_schedule(wire.schedule.0)?;
    let status = read_status(wire.status.as_ref())?;
    let start = read_time("start", wire.start.as_ref(), repairs)?;
    let end = read_time("end", wire.end.as_ref(), repairs)?;
    let seconds = end.instant.0 - start.instant.0;
    if seconds < 0 {
        let detail = format!("end {} is before start {}", end.instant, start.instant);
        return Err(LineFault::new(IssueCode::EndBeforeStart, detail).into());
    }
    let mut parts = SlotParts {
        written,
        id,
        schedule,
        schedule_display,
        start,
        end,
        traits: SlotTraits {
            status,
            duration_seconds: u32::try_from(seconds).unwrap_or(u32::MAX),
            booking: BookingMethod::Contact,
            is_full: false,
            appointment_types: codings(&wire.appointment_type),
            accepting_patients: Vec::new(),
            service_types: codings(&wire.service_type),
            specialties: codings(&wire.specialty),
            languages: Vec::new(),
        },
        booking_deep_link: None,
        booking_phone: None,
        capacity: None,
        comment: wire.comment,
    };
    accept_patients_of_types(&mut parts.traits);
    parts.add_extensions(wire.extension, repairs);
    parts.traits.booking = match (&parts.booking_deep_link, &parts.booking_phone) {
        (Some(_), _) => BookingMethod::Online,
        (None, Some(_)) => BookingMethod::Phone,
        (None, None) => BookingMethod::Contact,
    };
    parts.traits.is_full = parts.capacity.is_some_and(|capacity| capacity <= 0);
    Ok(parts)
}

impl<'a> SlotParts<'a> {
    /// Takes what the extensions say; of those that may be there once, the first usable one counts.
    fn add_extensions(&mut self, extensions: Extensions<'a>, repairs: &mut Repairs) {
        for extension in extensions.0 {
            let value = extension.value;
            match extension.name {
                ExtensionName::BookingDeepLink if self.booking_deep_link.is_none() => {
                    self.booking_deep_link = read_link(value, repairs);
                }
                ExtensionName::BookingPhone if self.booking_phone.is_none() => self.booking_phone = value.into_words(),
                ExtensionName::SlotCapacity if self.capacity.is_none() => {
                    self.capacity = read_capacity(&value, repairs)
                }
                ExtensionName::PatientType | ExtensionName::AcceptingPatients => self.accept_patients(&value, repairs),
                ExtensionName::LanguagesSpoken => self.add_language(&value),
                ExtensionName::AppointmentType => value.add_codings_to(&mut self.traits.appointment_types),
                ExtensionName::Specialty => value.add_codings_to(&mut self.traits.specialties),
                ExtensionName::Characteristic => self.add_extensions(extension.parts, repairs),
                _ => {}
            }
        }
    }

    fn accept_patients(&mut self, value: &ExtensionValue<'_>, repairs: &mut Repairs) {
        let Some(code) = value.text() else { return };
        match code.parse::<AcceptingPatients>() {
            Ok(patients) => add_once(&mut self.traits.accepting_patients, patients),
            Err(()) => {
                let detail = format!(
                    "patient type {} is left out: it is not newpt, existptonly, existptfam or nopt",
                    quoted(&code)
                );
                repairs.push((IssueCode::IgnoredElement, detail));
            }
        }
    }

    fn add_language(&mut self, value: &ExtensionValue<'_>) {
        if let Some(language) = value.text() {
            add_once(&mut self.traits.languages, language);
        }
    }
}

/// Drafts of STU 1 wrote the patients that are accepted as an appointment type.
fn accept_patients_of_types(traits: &mut SlotTraits) {
    let of_patients = |coding: &&Coding| coding.system.as_deref() == Some(ACCEPTING_PATIENTS);
    for coding in traits.appointment_types.iter().filter(of_patients) {
        if let Some(Ok(patients)) = coding.code.as_deref().map(str::parse) {
            add_once(&mut traits.accepting_patients, patients);
        }
    }
}

fn add_once<T: PartialEq>(list: &mut Vec<T>, item: T) {
    if !list.contains(&item) {
        list.push(item);
    }
}

fn read_schedule<'a>(wire: Option<ReferenceWire<'a>>) -> Result<(ResourceRef, Option<Text<'a>>), LineFault> {
    let fault = |detail: String| Err(LineFault::new(IssueCode::MissingSchedule, detail));
    let Some(wire) = wire else { return fault("schedule is missing".to_owned()) };
    let text = wire.reference.as_ref().map(Text::as_str).unwrap_or_default();
    match Reference::parse(text) {
        Reference::Resource(target) if target.kind == ResourceKind::Schedule => Ok((target, wire.display)),
        _ if text.trim().is_empty() => fault("schedule has no reference".to_owned()),
        _ => fault(format!("schedule {} is not of the form Schedule/id", quoted(text))),
    }
}

fn read_status(status: Option<&Text<'_>>) -> Result<SlotStatus, LineFault> {
    let fault = |detail: String| LineFault::new(IssueCode::InvalidStatus, detail);
    let text = status.ok_or_else(|| fault("status is missing".to_owned()))?.as_str();
    let wanted = "free, busy, busy-unavailable, busy-tentative or entered-in-error";
    text.parse().map_err(|()| fault(format!("status {} is not {wanted}", quoted(text))))
}

fn read_time(name: &str, text: Option<&Text<'_>>, repairs: &mut Repairs) -> Result<OffsetInstant, LineFault> {
    let fault = |detail: String| LineFault::new(IssueCode::InvalidTime, detail);
    let text = text.ok_or_else(|| fault(format!("{name} is missing")))?.as_str().trim();
    let (instant, repair) =
        OffsetInstant::parse_lenient(text).map_err(|error| fault(format!("{name} {} {error}", quoted(text))))?;
    if let Some(repair) = repair {
        let what = match repair {
            TimeRepair::ShortOffset => "an offset without minutes or colon",
            TimeRepair::NoSeconds => "no seconds",
            TimeRepair::Letters => "a lower-case letter or a space where T and Z belong",
        };
        repairs.push((IssueCode::RepairedTime, format!("{name} {} has {what}", quoted(text))));
    }
    Ok(instant)
}

fn read_link<'a>(value: ExtensionValue<'a>, repairs: &mut Repairs) -> Option<Cow<'a, str>> {
    let text = value.into_words()?;
    let link = usable_link(&text);
    if link.is_none() {
        let detail = format!("booking link {} is not an http or https URL", quoted(&text));
        repairs.push((IssueCode::UnusableLink, detail));
    }
    link.is_some().then_some(text)
}

/// The capacity as a whole number; anything above zero is at least 1, so that rounding never makes a slot full.
fn read_capacity(value: &ExtensionValue<'_>, repairs: &mut Repairs) -> Option<i64> {
    match value.number() {
        Some(number) => {
            let capacity = if number > 0.0 { (number as i64).max(1) } else { number.floor() as i64 };
            if capacity < 0 {
                let detail = format!("slot-capacity {number} is below zero; nothing is left then");
                repairs.push((IssueCode::OddCapacity, detail));
            } else if capacity as f64 != number {
                let detail = format!("slot-capacity {number} is no whole number; it is read as {capacity}");
                repairs.push((IssueCode::OddCapacity, detail));
            }
            Some(capacity)
        }
        None => {
            if let Some(text) = value.text() {
                if text.eq_ignore_ascii_case("none") {
                    let detail = "slot-capacity `none` is no number; nothing is left then".to_owned();
                    repairs.push((IssueCode::OddCapacity, detail));
                    return Some(0);
                }
                let detail = format!("slot-capacity {} is left out: it is not a number", quoted(&text));
                repairs.push((IssueCode::IgnoredElement, detail));
            }
            None
        }
    }
}
