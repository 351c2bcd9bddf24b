//! The table of provider locations, and what rows of slots repeat of it.

use std::borrow::Cow;
use std::sync::Arc;

use openslots_model::{Place, PositionSource, Provider, ProviderLocation, UnixSeconds};

use super::column::{Column, Value, columns};
use super::source::ExportedPublisher;

/// A row of provider locations.
pub(crate) struct ProviderLocationRow {
    pub(crate) provider_location: ProviderLocation,
    pub(crate) publisher: Arc<ExportedPublisher>,
    pub(crate) as_of: UnixSeconds,
}

/// A row that says who and where.
pub(crate) trait OfProviderLocation {
    fn provider_location(&self) -> Option<&ProviderLocation>;

    fn place(&self) -> Option<&Place> {
        self.provider_location()?.place.as_ref()
    }

    fn provider(&self) -> Option<&Provider> {
        self.provider_location()?.provider.as_ref()
    }
}

impl OfProviderLocation for ProviderLocationRow {
    fn provider_location(&self) -> Option<&ProviderLocation> {
        Some(&self.provider_location)
    }
}

/// The columns of provider locations.
pub(crate) fn provider_location_columns() -> Vec<Column<ProviderLocationRow>> {
    let mut columns = columns! { ProviderLocationRow =>
        key: Text, always, "openslots",
            "Key of the provider location: one provider at one place of one publisher. Stable over crawls.",
            |row| Value::shown(row.provider_location.key);
        publisher: Text, always, "openslots", "Short name of the publisher; see the table `publishers`.",
            |row| row.provider_location.publisher.as_str().into();
        schedule_ids: Texts, always, "Schedule.id", "Published ids of its schedules.",
            |row| Value::Texts(row.provider_location.schedules.iter().map(|of| Cow::Owned(of.id.to_string())).collect());
        service_types: Texts, always, "Schedule.serviceType",
            "What is offered on its schedules: texts, or codes where there is no text.",
            |row| Value::Texts(row.provider_location.service_types().iter().filter_map(shown).collect());
        specialties: Texts, always, "Schedule.specialty, PractitionerRole.specialty, HealthcareService.specialty",
            "Specialties of its provider and schedules: texts, or codes where there is no text.",
            |row| Value::Texts(row.provider_location.specialties().iter().filter_map(shown).collect());
    };
    columns.extend(who_and_where());
    columns.extend(columns! { ProviderLocationRow =>
        last_synced_at: Instant, maybe, "openslots",
            "Beginning of the last crawl run that read all of the publisher without a failure.",
            |row| row.publisher.status.last_success_at.into();
        exported_as_of: Instant, always, "openslots",
            "The moment that the row shows; in daily exports that of writing, not the end of the day.",
            |row| row.as_of.into();
    });
    columns
}

fn shown(coding: &openslots_model::Coding) -> Option<Cow<'static, str>> {
    coding.display.clone().or_else(|| coding.code.clone()).map(Cow::Owned)
}

/// The columns that say who gives care, and where.
pub(crate) fn who_and_where<R: OfProviderLocation>() -> Vec<Column<R>> {
    columns! { R =>
        provider_id: Text, maybe, "PractitionerRole.id, Practitioner.id, HealthcareService.id",
            "Published id of the resource that describes who gives care.",
            |row| row.provider().map(|of| Value::shown(of.id)).into();
        provider_type: Text, maybe, "resourceType",
            "Which resource that is: `practitioner`, `practitioner-role` or `healthcare-service`.",
            |row| row.provider().map(|of| of.kind.as_str()).into();
        provider_name: Text, maybe, "Practitioner.name, HealthcareService.name", "What people call it.",
            |row| row.provider().and_then(|of| of.name.as_deref()).into();
        provider_npi: Text, maybe, "identifier", "Its first National Provider Identifier.",
            |row| row.provider().and_then(|of| of.npis().next()).into();
        provider_specialties: Codings, always, "PractitionerRole.specialty, HealthcareService.specialty",
            "Its specialties, as published.",
            |row| Value::Codings(row.provider().map_or(&[], |of| of.specialties.as_slice()));
        provider_languages: Texts, always, "Practitioner.communication", "Languages it speaks (BCP 47), as published.",
            |row| row.provider().map_or(&[][..], |of| of.languages.as_slice()).into();
        provider_gender: Text, maybe, "Practitioner.gender", "Administrative gender.",
            |row| row.provider().and_then(|of| of.gender.as_deref()).into();
        provider_networks: Texts, always, "extension (network)", "Insurance networks.",
            |row| row.provider().map_or(&[][..], |of| of.networks.as_slice()).into();
        organization_name: Text, maybe, "Organization.name", "The organisation behind the provider.",
            |row| row.provider().and_then(|of| of.organization.as_deref()).into();
        organization_npis: Texts, always, "Organization.identifier",
            "National Provider Identifiers of the organisations and services that the provider works for.",
            |row| row.provider().map_or(&[][..], |of| of.organization_npis.as_slice()).into();
        location_id: Text, maybe, "Location.id", "Published id of the place.",
            |row| row.place().and_then(|of| of.id).map(Value::shown).into();
        location_name: Text, maybe, "Location.name", "What it is called.",
            |row| row.place().and_then(|of| of.name.as_deref()).into();
        location_address_lines: Texts, always, "Location.address.line", "Street lines.",
            |row| row.place().map_or(&[][..], |of| of.address_lines.as_slice()).into();
        location_city: Text, maybe, "Location.address.city", "City, as published.",
            |row| row.place().and_then(|of| of.city.as_deref()).into();
        location_county: Text, maybe, "Location.address.district", "County, as published.",
            |row| row.place().and_then(|of| of.district.as_deref()).into();
        location_state: Text, maybe, "Location.address.state",
            "State: two letters where it could be told, else as published.",
            |row| row.place().and_then(|of| of.state.as_deref()).into();
        location_postal_code: Text, maybe, "Location.address.postalCode",
            "ZIP code: five digits where it could be told, else as published.",
            |row| row.place().and_then(|of| of.postal_code.as_deref()).into();
        location_latitude: Number, maybe, "Location.position", "Degrees north (WGS 84).",
            |row| row.place().and_then(|of| of.position).map(|of| of.latitude).into();
        location_longitude: Number, maybe, "Location.position", "Degrees east (WGS 84).",
            |row| row.place().and_then(|of| of.position).map(|of| of.longitude).into();
        location_position_source: Text, maybe, "openslots",
            "`published`, or `postal-code` where the position is the centroid of the ZIP code.",
            |row| row.place().and_then(|of| of.position_source).map(PositionSource::as_str).into();
        location_phones: Texts, always, "Location.telecom", "Telephone numbers, as published.",
            |row| row.place().map_or(&[][..], |of| of.phones.as_slice()).into();
        location_websites: Texts, always, "Location.telecom", "Web pages, as published.",
            |row| row.place().map_or(&[][..], |of| of.websites.as_slice()).into();
        is_virtual: Flag, maybe, "Location.physicalType", "Whether care is virtual.",
            |row| row.place().map(|of| of.is_virtual).into();
        licensed_states: Texts, always, "Location.address, extension (virtual service)",
            "States that virtual care is licensed for.",
            |row| row.place().map_or(&[][..], |of| of.licensed_states.as_slice()).into();
        time_zone: Text, maybe, "openslots", "IANA name of the place's time zone, worked out from its position or address.",
            |row| row.place().and_then(|of| of.time_zone.as_deref()).into();
    }
}
