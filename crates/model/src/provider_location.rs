//! The unit of search: one provider at one place of one publisher, with its schedules.

use serde::{Deserialize, Serialize};

use crate::{Coding, Place, Provider, ProviderLocationKey, PublisherNumber, PublisherSlug, ScheduleSummary};

/// How a slot can be booked.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum BookingMethod {
    /// Nothing published: contact the place.
    Contact,
    /// A telephone number is published.
    Phone,
    /// A booking deep link is published.
    Online,
}

impl BookingMethod {
    /// The name in the JSON API.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Contact => "contact",
            Self::Phone => "phone",
            Self::Online => "online",
        }
    }
}

/// One provider (role, person, service or none) at one place of one publisher.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct ProviderLocation {
    /// The key, stable over crawls and rebuilds.
    pub key: ProviderLocationKey,
    /// Who published it.
    pub publisher: PublisherSlug,
    /// Number of the publisher in the store.
    pub publisher_number: PublisherNumber,
    /// Who gives care, if known.
    #[serde(default)]
    pub provider: Option<Provider>,
    /// Where, if known.
    #[serde(default)]
    pub place: Option<Place>,
    /// The schedules with slots for this provider at this place; never empty.
    pub schedules: Vec<ScheduleSummary>,
}

impl ProviderLocation {
    /// All service types of its schedules, each once.
    pub fn service_types(&self) -> Vec<Coding> {
        let mut list = Vec::new();
        for coding in self.schedules.iter().flat_map(|schedule| &schedule.service_types) {
            coding.clone().add_to(&mut list);
        }
        list
    }

    /// All specialties of its provider and schedules, each once.
    pub fn specialties(&self) -> Vec<Coding> {
        let mut list = Vec::new();
        let of_provider = self.provider.iter().flat_map(|provider| &provider.specialties);
        for coding in of_provider.chain(self.schedules.iter().flat_map(|schedule| &schedule.specialties)) {
            coding.clone().add_to(&mut list);
        }
        list
    }

    /// Whether care is virtual; unknown without a place.
    pub fn is_virtual(&self) -> Option<bool> {
        self.place.as_ref().map(|place| place.is_virtual)
    }
}
