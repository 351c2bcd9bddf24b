//! `VFREEBUSY`: times that another program has worked out.

use openslots_model::UnixSeconds;

use super::expand::{Budget, OverBudget};
use super::lines::Component;
use super::property::{Name, Property};
use super::values::moments;
use super::zones::Zones;
use super::{BusyKind, Found, SkipReason, TimeRange};

/// Notes the times that a free/busy list gives as taken up.
pub(super) fn read(
    component: &Component<'_>,
    zones: &Zones<'_>,
    budget: &mut Budget,
    found: &mut Found,
) -> Result<(), OverBudget> {
    let zones = zones.of(component.calendar);
    let bound = |name| {
        let property = component.properties.iter().find(|property| property.name == name)?;
        moments(property, zones.home(), &zones).next()?.ok()?.0.instant()
    };
    if let (Some(start), Some(end)) = (bound(Name::DtStart), bound(Name::DtEnd)) {
        found.cover(TimeRange { start: UnixSeconds(start), end: UnixSeconds(end) });
    }
    for property in component.properties.iter().filter(|property| property.name == Name::FreeBusy) {
        let kind = match kind(property) {
            Ok(Some(kind)) => kind,
            Ok(None) => continue,
            Err(reason) => {
                found.skip(component.number, reason);
                continue;
            }
        };
        for period in moments(property, zones.home(), &zones) {
            budget.spend(1)?;
            match period {
                Ok((moment, Some(span))) => {
                    let start = moment.instant();
                    let range = start.and_then(|start| Some((start, span.end(moment.wall, start, &moment.zone)?)));
                    if let Some((start, end)) = range {
                        found.busy(TimeRange { start: UnixSeconds(start), end: UnixSeconds(end) }, kind);
                    }
                }
                Ok((_, None)) => found.skip(component.number, SkipReason::Length),
                Err(reason) => found.skip(component.number, reason),
            }
        }
    }
    Ok(())
}

/// How the times of a property are taken up; what is not known counts as busy (RFC 5545, 3.2.9).
fn kind(property: &Property<'_>) -> Result<Option<BusyKind>, SkipReason> {
    let kind = property.parameter("FBTYPE")?.unwrap_or_default();
    Ok(match kind.to_ascii_uppercase().as_str() {
        "FREE" => None,
        "BUSY-UNAVAILABLE" => Some(BusyKind::Unavailable),
        "BUSY-TENTATIVE" => Some(BusyKind::Tentative),
        _ => Some(BusyKind::Busy),
    })
}
