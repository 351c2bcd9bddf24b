//! Offers: what is counted together, by who, where and what.

use std::collections::hash_map::Entry;

use openslots_model::{Coding, ProviderLocation, ProviderLocationKey};
use rustc_hash::FxHashMap;

/// The place of an offer in its list.
pub type OfferNumber = u32;

/// A provider location as far as figures ask.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub struct OfferPlace {
    /// Its key.
    pub key: ProviderLocationKey,
    /// Two-letter state where it could be told, else as published.
    pub state: Option<Box<str>>,
    /// County as published.
    pub county: Option<Box<str>>,
    /// Five-digit ZIP where it could be told, else as published.
    pub postal_code: Option<Box<str>>,
}

impl From<&ProviderLocation> for OfferPlace {
    fn from(of: &ProviderLocation) -> Self {
        let place = of.place.as_ref();
        let text = |text: &Option<String>| text.as_deref().map(Box::from);
        Self {
            key: of.key,
            state: place.and_then(|place| text(&place.state)),
            county: place.and_then(|place| text(&place.district)),
            postal_code: place.and_then(|place| text(&place.postal_code)),
        }
    }
}

/// What one set of provider locations offers of one set of specialties and services, by places in their [`OfferList`],
/// ascending. No places: of a schedule that leads to none.
#[derive(Debug, Clone, PartialEq, Eq, Hash, Default)]
pub struct Offer {
    /// Its provider locations.
    pub places: Box<[u32]>,
    /// Its specialties.
    pub specialties: Box<[u32]>,
    /// Its services.
    pub service_types: Box<[u32]>,
}

/// The offers of one publisher, each once, in the order in which they were first met.
#[derive(Debug, Clone, Default)]
pub struct OfferList {
    places: Vec<OfferPlace>,
    codes: Vec<Coding>,
    offers: Vec<Offer>,
    place_numbers: FxHashMap<OfferPlace, u32>,
    code_numbers: FxHashMap<String, u32>,
    offer_numbers: FxHashMap<Offer, OfferNumber>,
}

impl OfferList {
    /// The provider locations.
    pub fn places(&self) -> &[OfferPlace] {
        &self.places
    }

    /// The specialties and services.
    pub fn codes(&self) -> &[Coding] {
        &self.codes
    }

    /// The offers.
    pub fn offers(&self) -> &[Offer] {
        &self.offers
    }

    /// The number of a provider location, which is added if it is new.
    pub fn place(&mut self, place: OfferPlace) -> u32 {
        let next = self.places.len() as u32;
        match self.place_numbers.entry(place) {
            Entry::Occupied(known) => *known.get(),
            Entry::Vacant(new) => {
                self.places.push(new.key().clone());
                *new.insert(next)
            }
        }
    }

    /// The number of a code, which is added if it is new; `None`: it says nothing. What is called the same is the same,
    /// whatever its display.
    pub fn code(&mut self, coding: &Coding) -> Option<u32> {
        let next = self.codes.len() as u32;
        let number = *self.code_numbers.entry(code_name(coding)?).or_insert(next);
        if number == next {
            self.codes.push(coding.clone());
        }
        Some(number)
    }

    /// The number of the offer of these parts, which is added if it is new. The parts may come in any order.
    pub fn offer(&mut self, places: Vec<u32>, specialties: Vec<u32>, service_types: Vec<u32>) -> OfferNumber {
        let sorted = |mut list: Vec<u32>| {
            list.sort_unstable();
            list.dedup();
            list.into_boxed_slice()
        };
        let offer =
            Offer { places: sorted(places), specialties: sorted(specialties), service_types: sorted(service_types) };
        let next = self.offers.len() as OfferNumber;
        match self.offer_numbers.entry(offer) {
            Entry::Occupied(known) => *known.get(),
            Entry::Vacant(new) => {
                self.offers.push(new.key().clone());
                *new.insert(next)
            }
        }
    }
}

/// What a code is called where something is counted by it: the code with its system, else the code, else what people
/// read; `None`: it says nothing.
pub fn code_name(coding: &Coding) -> Option<String> {
    match (&coding.system, &coding.code) {
        (Some(system), Some(code)) => Some(format!("{system}|{code}")),
        (None, Some(code)) => Some(code.clone()),
        (_, None) => coding.display.clone(),
    }
}
