//! What is known of a place and its provider, and where it comes from, as terms and what is known of each.

use maud::{Markup, html};
use openslots_api::calls::FoundProviderLocation;
use openslots_model::{Gender, Identifier, UnixSeconds};

use crate::language::Language;
use crate::messages::Say;
use crate::shown::{city_line, languages_of, phone, published_by, texts_of, website};

/// A term and what is known of it; nothing at all where nothing is.
fn fact(language: Language, term: Say, content: &Markup) -> Markup {
    html! { @if !content.0.trim().is_empty() { div { dt { (language.say(term)) } dd { (content) } } } }
}

/// The same for texts, one after the other.
fn texts(language: Language, term: Say, texts: &[String]) -> Markup {
    fact(language, term, &html! { (texts.join(", ")) })
}

/// Where it is, and how to reach it.
pub(super) fn contact(found: &FoundProviderLocation, language: Language) -> Markup {
    let at = &found.provider_location;
    let of_provider = at.provider.iter().flat_map(|provider| &provider.phones);
    let mut phones: Vec<&String> = at.place.iter().flat_map(|place| &place.phones).chain(of_provider).collect();
    let mut seen = Vec::new();
    phones.retain(|number| {
        !seen.contains(number) && {
            seen.push(*number);
            true
        }
    });
    html! {
        h2 #contact { (language.say(Say::Contact)) }
        dl.facts {
            @if let Some(place) = &at.place {
                (fact(language, Say::Address, &html! {
                    @for line in &place.address_lines { (line) br; }
                    (city_line(place))
                }))
            }
            (fact(language, Say::Phone, &html! {
                @for (n, number) in phones.iter().enumerate() { @if n > 0 { br; } (phone(number, number)) }
            }))
            @if let Some(place) = &at.place {
                (fact(language, Say::Website, &html! {
                    @for (n, page) in place.websites.iter().enumerate() { @if n > 0 { br; } (website(page)) }
                }))
                (fact(language, Say::About, &html! { @if let Some(text) = &place.description { (text) } }))
                @if place.is_virtual {
                    @let states: Vec<&str> = place.served_states().collect();
                    (fact(language, Say::LicensedStates, &html! { (states.join(", ")) }))
                }
                (fact(language, Say::TimeZone, &html! {
                    (place.time_zone.as_deref().unwrap_or(language.say(Say::ZoneUnknown)))
                }))
            }
        }
    }
}

/// What is offered, and by whom.
pub(super) fn provider(found: &FoundProviderLocation, language: Language) -> Markup {
    let at = &found.provider_location;
    let vaccines = at.schedules.iter().flat_map(|schedule| schedule.vaccines.iter().cloned());
    let is_walk_in = at.schedules.iter().any(|schedule| schedule.is_walk_in);
    html! {
        h2 #details { (language.say(Say::Details)) }
        dl.facts {
            (texts(language, Say::Services, &texts_of(at.service_types(), language)))
            (texts(language, Say::Specialties, &texts_of(at.specialties(), language)))
            (texts(language, Say::Vaccines, &texts_of(vaccines, language)))
            @if is_walk_in { (fact(language, Say::WalkIn, &html! { (language.say(Say::WalkInText)) })) }
            @if let Some(provider) = &at.provider {
                (fact(language, Say::Provider, &html! { @if let Some(name) = &provider.name { (name) } }))
                (fact(language, Say::Organization, &html! { @if let Some(name) = &provider.organization { (name) } }))
                (fact(language, Say::Languages, &html! { (languages_of(&provider.languages, language)) }))
                (fact(language, Say::Gender, &html! { @if let Some(text) = &provider.gender { (gender(text, language)) } }))
                (texts(language, Say::Networks, &provider.networks))
                (fact(language, Say::About, &html! { @if let Some(text) = &provider.description { (text) } }))
            }
        }
    }
}

fn gender(text: &str, language: Language) -> &str {
    match text.parse() {
        Ok(Gender::Female) => language.say(Say::Female),
        Ok(Gender::Male) => language.say(Say::Male),
        Ok(Gender::Other) => language.say(Say::OtherGender),
        Ok(Gender::Unknown) => "",
        Err(()) => text,
    }
}

/// Who publishes it, how old it is, and the same as data.
pub(super) fn source(found: &FoundProviderLocation, language: Language, now: UnixSeconds) -> Markup {
    let at = &found.provider_location;
    let of_place = at.place.iter().flat_map(|place| &place.identifiers);
    let of_provider = at.provider.iter().flat_map(|provider| &provider.identifiers);
    let identifiers: Vec<&Identifier> = of_place.chain(of_provider).collect();
    html! {
        h2 #source { (language.say(Say::Source)) }
        dl.facts {
            (fact(language, Say::Freshness, &published_by(found, language, now)))
            @if let Some(claim) = &found.publisher.transaction_time {
                (fact(language, Say::AsOf, &html! { (language.fill(Say::ByItsWord, &[claim])) }))
            }
            (fact(language, Say::Identifiers, &html! {
                @for (n, identifier) in identifiers.iter().enumerate() {
                    @if n > 0 { br; }
                    span.url { (identifier.value) @if let Some(system) = &identifier.system { " (" (system) ")" } }
                }
            }))
            (fact(language, Say::AsData, &html! {
                a href={ "/v1/scheduling/provider-locations/" (at.key) } { "JSON" }
                @for address in fhir_resources(found) { ", " a href={ "/fhir/" (address) } { "FHIR " (kind_of(&address)) } }
            }))
        }
    }
}

/// The resources that it is made of, by type and id.
fn fhir_resources(found: &FoundProviderLocation) -> Vec<String> {
    let at = &found.provider_location;
    let place = at.place.iter().filter_map(|place| place.id).map(|id| format!("Location/{id}"));
    let provider = at.provider.iter().map(|provider| format!("{}/{}", provider.kind.resource_kind(), provider.id));
    let schedules = at.schedules.iter().map(|schedule| format!("Schedule/{}", schedule.id));
    place.chain(provider).chain(schedules).collect()
}

fn kind_of(address: &str) -> &str {
    address.split('/').next().unwrap_or_default()
}
