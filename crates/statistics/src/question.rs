//! What is asked: by what figures are told apart, and of what.

use openslots_directory::text::{fold, words};
use openslots_directory::vocabulary::specialties_of;
use openslots_model::{CodeFilter, Coding, Dimension, LocalDate, ProviderLocationKey, PublisherSlug};

use crate::{Offer, OfferList, OfferNumber, OfferPlace, code_name};

/// What figures are made of; an empty list: of all.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Filter {
    /// Any of these publishers.
    pub publishers: Vec<PublisherSlug>,
    /// Any of these states.
    pub states: Vec<String>,
    /// Any of these counties, in whatever case.
    pub counties: Vec<String>,
    /// Any of these postal codes.
    pub postal_codes: Vec<String>,
    /// Any of these provider locations.
    pub provider_locations: Vec<ProviderLocationKey>,
    /// Any of these specialties.
    pub specialties: Vec<CodeFilter>,
    /// Any of these services.
    pub service_types: Vec<CodeFilter>,
}

/// By what figures are told apart, and of what they are made.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Question {
    /// Each day apart.
    pub by_day: bool,
    /// And each of these apart.
    pub by: Option<Dimension>,
    /// Of what.
    pub filter: Filter,
}

/// What the counts of a row have in common. Where it is not known, or not asked for, it is `None`.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Default)]
pub struct Group {
    /// The day, of UTC.
    pub day: Option<LocalDate>,
    /// The value of what is asked by.
    pub value: Option<Box<str>>,
}

impl Question {
    /// The group of a day and a value.
    pub(crate) fn group(&self, day: LocalDate, value: Option<&str>) -> Group {
        Group { day: self.by_day.then_some(day), value: value.filter(|_| self.by.is_some()).map(Box::from) }
    }

    /// What it takes of a publisher's offers.
    pub(crate) fn choose<'a>(&'a self, publisher: &'a PublisherSlug, offers: &'a OfferList) -> Choice<'a> {
        let Filter { specialties, service_types, .. } = &self.filter;
        let codes = |filters: &[CodeFilter]| {
            offers.codes().iter().map(|code| filters.is_empty() || matches_any(filters, code)).collect()
        };
        Choice {
            question: self,
            publisher,
            offers,
            is_asked: self.filter.publishers.is_empty() || self.filter.publishers.contains(publisher),
            places: offers.places().iter().map(|place| self.filter.has_place(place)).collect(),
            specialties: codes(specialties),
            service_types: codes(service_types),
        }
    }
}

impl Filter {
    fn has_place(&self, place: &OfferPlace) -> bool {
        let is_any = |wanted: &[String], value: &Option<Box<str>>| {
            let is_it = |value: &str| wanted.iter().any(|wanted| wanted.eq_ignore_ascii_case(value));
            wanted.is_empty() || value.as_deref().is_some_and(is_it)
        };
        is_any(&self.states, &place.state)
            && is_any(&self.counties, &place.county)
            && is_any(&self.postal_codes, &place.postal_code)
            && (self.provider_locations.is_empty() || self.provider_locations.contains(&place.key))
    }

    const fn asks_for_places(&self) -> bool {
        !(self.states.is_empty()
            && self.counties.is_empty()
            && self.postal_codes.is_empty()
            && self.provider_locations.is_empty())
    }
}

/// Whether a code is one of those that are asked for.
fn matches_any(filters: &[CodeFilter], coding: &Coding) -> bool {
    filters.iter().any(|filter| match filter {
        CodeFilter::Code(code) => coding.code.as_ref() == Some(code),
        CodeFilter::Exact { system, code } => {
            coding.system.as_ref() == Some(system) && coding.code.as_ref() == Some(code)
        }
        CodeFilter::Meaning(key) => specialties_of(coding).iter().any(|specialty| specialty.key == key),
        CodeFilter::Words(wanted) => {
            let (wanted, display) = (fold(wanted), fold(coding.display.as_deref().unwrap_or_default()));
            words(&wanted).next().is_some() && words(&wanted).all(|wanted| words(&display).any(|word| word == wanted))
        }
    })
}

/// What a question takes of a publisher's offers.
#[derive(Debug)]
pub(crate) struct Choice<'a> {
    pub(crate) question: &'a Question,
    pub(crate) publisher: &'a PublisherSlug,
    pub(crate) offers: &'a OfferList,
    is_asked: bool,
    places: Vec<bool>,
    specialties: Vec<bool>,
    service_types: Vec<bool>,
}

impl Choice<'_> {
    /// Whether an offer is asked for.
    fn has(&self, offer: &Offer) -> bool {
        let Filter { specialties, service_types, .. } = &self.question.filter;
        self.is_asked
            && (!self.question.filter.asks_for_places() || self.places(offer).next().is_some())
            && (specialties.is_empty() || self.specialties(offer).next().is_some())
            && (service_types.is_empty() || self.service_types(offer).next().is_some())
    }

    /// What was counted of offers that are asked for.
    pub(crate) fn asked<'c, T>(&'c self, counted: &'c [(OfferNumber, T)]) -> impl Iterator<Item = (&'c Offer, &'c T)> {
        let of_offers = counted.iter().map(|(number, counted)| (&self.offers.offers()[*number as usize], counted));
        of_offers.filter(|(offer, _)| self.has(offer))
    }

    /// The provider locations of an offer that are asked for.
    pub(crate) fn places(&self, offer: &Offer) -> impl Iterator<Item = u32> {
        offer.places.iter().copied().filter(|place| self.places[*place as usize])
    }

    /// The specialties of an offer that are asked for.
    pub(crate) fn specialties(&self, offer: &Offer) -> impl Iterator<Item = u32> {
        offer.specialties.iter().copied().filter(|code| self.specialties[*code as usize])
    }

    /// The services of an offer that are asked for.
    pub(crate) fn service_types(&self, offer: &Offer) -> impl Iterator<Item = u32> {
        offer.service_types.iter().copied().filter(|code| self.service_types[*code as usize])
    }

    /// The value of a provider location by what is asked; `None`: it is not known.
    pub(crate) fn value_of_place(&self, by: Dimension, place: u32) -> Option<Box<str>> {
        let place = &self.offers.places()[place as usize];
        match by {
            Dimension::State => place.state.clone(),
            Dimension::County => place.county.clone(),
            Dimension::PostalCode => place.postal_code.clone(),
            Dimension::ProviderLocation => Some(place.key.to_string().into()),
            Dimension::Publisher => Some(self.publisher.as_str().into()),
            Dimension::Specialty | Dimension::ServiceType => None,
        }
    }

    /// The group of a code.
    pub(crate) fn group_of_code(&self, day: LocalDate, code: Option<u32>) -> Group {
        let value = code.and_then(|code| code_name(&self.offers.codes()[code as usize]));
        self.question.group(day, value.as_deref())
    }

    /// The groups of a day to which an offer counts, each once; one without a value where it has none.
    pub(crate) fn groups(&self, day: LocalDate, offer: &Offer) -> Vec<Group> {
        let mut groups: Vec<Group> = match self.question.by {
            None => vec![self.question.group(day, None)],
            Some(Dimension::Publisher) => vec![self.question.group(day, Some(self.publisher.as_str()))],
            Some(Dimension::Specialty) => {
                self.specialties(offer).map(|code| self.group_of_code(day, Some(code))).collect()
            }
            Some(Dimension::ServiceType) => {
                self.service_types(offer).map(|code| self.group_of_code(day, Some(code))).collect()
            }
            Some(by) => {
                let value = |place| self.question.group(day, self.value_of_place(by, place).as_deref());
                self.places(offer).map(value).collect()
            }
        };
        if groups.is_empty() {
            groups.push(self.question.group(day, None));
        }
        groups.sort_unstable();
        groups.dedup();
        groups
    }
}
