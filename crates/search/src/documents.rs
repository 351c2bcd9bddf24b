//! Documents: what tantivy knows of a provider location.
//!
//! A document has no stored fields: a query only needs its number. Filters compare whole terms, texts are words.

use openslots_directory::geography::fold_city;
use openslots_directory::text::{fold, words};
use openslots_model::{Coding, Place, ProviderLocation, ProviderLocationKey, ProviderLocationNumber, PublisherNumber};
use tantivy::schema::{
    FAST, Field, INDEXED, IndexRecordOption, NumericOptions, Schema, TextFieldIndexing, TextOptions,
};
use tantivy::{TantivyDocument, Term};

use crate::codes::{CodeId, CodeTable};
use crate::state::State;
use crate::words::push_words;

/// Name of the field that the number of a provider location is read from.
pub(crate) const NUMBER: &str = "number";

/// Longer codes are cut off; what was found is compared with the whole codes afterwards.
const MAX_CODE_TERM_LEN: usize = 1_024;

/// The texts of a document, each a field of its own, the most telling first.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum TextClass {
    /// Name of the provider.
    Name,
    /// Specialties, service types and vaccines, as published and in everyday words.
    Service,
    /// Name of the organisation.
    Organization,
    /// Name and address of the place.
    Place,
    /// What the publisher says about provider and place.
    Description,
}

impl TextClass {
    pub(crate) const ALL: [Self; 5] = [Self::Name, Self::Service, Self::Organization, Self::Place, Self::Description];

    const fn field_name(self) -> &'static str {
        match self {
            Self::Name => "name",
            Self::Service => "service",
            Self::Organization => "organization",
            Self::Place => "place",
            Self::Description => "description",
        }
    }

    /// How much a word counts that is found there.
    pub(crate) const fn weight(self) -> u8 {
        match self {
            Self::Name => 8,
            Self::Service => 7,
            Self::Organization => 6,
            Self::Place => 5,
            Self::Description => 2,
        }
    }
}

/// The fields of a document.
#[derive(Debug, Clone)]
pub(crate) struct Fields {
    number: Field,
    key: Field,
    publisher: Field,
    npi: Field,
    city: Field,
    state: Field,
    service_type: Field,
    specialty: Field,
    texts: [Field; TextClass::ALL.len()],
}

impl Fields {
    /// The schema and its fields. Whoever changes it raises [`SCHEMA_VERSION`](crate::disk::SCHEMA_VERSION) as well.
    pub(crate) fn schema() -> (Schema, Self) {
        let text = |tokenizer| {
            let indexing = TextFieldIndexing::default()
                .set_tokenizer(tokenizer)
                .set_index_option(IndexRecordOption::Basic)
                .set_fieldnorms(false);
            TextOptions::default().set_indexing_options(indexing)
        };
        let mut builder = Schema::builder();
        let fields = Self {
            number: builder.add_u64_field(NUMBER, NumericOptions::from(INDEXED | FAST)),
            key: builder.add_text_field("key", text("raw")),
            publisher: builder.add_u64_field("publisher", INDEXED),
            npi: builder.add_text_field("npi", text("raw")),
            city: builder.add_text_field("city", text("raw")),
            state: builder.add_text_field("state", text("raw")),
            service_type: builder.add_text_field("service_type", text("raw")),
            specialty: builder.add_text_field("specialty", text("raw")),
            texts: TextClass::ALL.map(|class| builder.add_text_field(class.field_name(), text("whitespace"))),
        };
        (builder.build(), fields)
    }

    /// The document of a provider location whose codes the state already holds.
    pub(crate) fn document(
        &self,
        state: &State,
        number: ProviderLocationNumber,
        provider_location: &ProviderLocation,
    ) -> TantivyDocument {
        let mut document = TantivyDocument::default();
        document.add_u64(self.number, u64::from(number.0));
        document.add_text(self.key, provider_location.key.0.to_string());
        document.add_u64(self.publisher, u64::from(provider_location.publisher_number.0));
        if let Some(provider) = &provider_location.provider {
            for npi in provider.npis().chain(provider.organization_npis.iter().map(String::as_str)) {
                document.add_text(self.npi, npi);
            }
        }
        if let Some(place) = &provider_location.place {
            self.add_place(&mut document, place);
        }
        if let Some(entry) = state.provider_locations.get(number.0) {
            for link in entry.schedules.iter() {
                let set = state.codes.set(link.codes);
                for (field, codes) in [(self.service_type, &set.service_types), (self.specialty, &set.specialties)] {
                    for id in codes {
                        document.add_text(field, code_text(state.codes.coding(*id)));
                    }
                }
            }
        }
        for (class, field) in TextClass::ALL.into_iter().zip(self.texts) {
            let words = words_of(class, &state.codes, provider_location);
            if !words.is_empty() {
                document.add_text(field, words);
            }
        }
        document
    }

    fn add_place(&self, document: &mut TantivyDocument, place: &Place) {
        if let Some(city) = &place.city {
            document.add_text(self.city, fold_city(city));
        }
        for state in place.served_states() {
            document.add_text(self.state, fold(state));
        }
    }

    pub(crate) fn number_term(&self, number: ProviderLocationNumber) -> Term {
        Term::from_field_u64(self.number, u64::from(number.0))
    }

    pub(crate) fn key_term(&self, key: ProviderLocationKey) -> Term {
        Term::from_field_text(self.key, &key.0.to_string())
    }

    pub(crate) fn publisher_term(&self, publisher: PublisherNumber) -> Term {
        Term::from_field_u64(self.publisher, u64::from(publisher.0))
    }

    pub(crate) fn npi_term(&self, npi: &str) -> Term {
        Term::from_field_text(self.npi, npi)
    }

    pub(crate) fn city_term(&self, city: &str) -> Term {
        Term::from_field_text(self.city, &fold_city(city))
    }

    pub(crate) fn state_term(&self, state: &str) -> Term {
        Term::from_field_text(self.state, &fold(state))
    }

    /// A word of the organisation's name.
    pub(crate) fn organization_term(&self, word: &str) -> Term {
        let place = TextClass::ALL.iter().position(|class| *class == TextClass::Organization).unwrap_or_default();
        Term::from_field_text(self.texts[place], word)
    }

    pub(crate) fn service_type_term(&self, coding: &Coding) -> Term {
        Term::from_field_text(self.service_type, &code_text(coding))
    }

    pub(crate) fn specialty_term(&self, coding: &Coding) -> Term {
        Term::from_field_text(self.specialty, &code_text(coding))
    }

    /// The fields that hold words, with what they hold.
    pub(crate) fn texts(&self) -> impl Iterator<Item = (TextClass, Field)> + use<> {
        TextClass::ALL.into_iter().zip(self.texts)
    }
}

/// The term of a coding: `system|code`, or its text where it has no code. Two codings may share one.
fn code_text(coding: &Coding) -> String {
    let part = |part: &Option<String>| part.as_deref().unwrap_or_default().to_owned();
    let mut text = match &coding.code {
        Some(code) => part(&coding.system) + "|" + code,
        None => part(&coding.display),
    };
    let end = (0..=MAX_CODE_TERM_LEN.min(text.len())).rev().find(|end| text.is_char_boundary(*end));
    text.truncate(end.unwrap_or(0));
    text
}

/// The words of one of the texts, parted by spaces.
pub(crate) fn words_of(class: TextClass, codes: &CodeTable, provider_location: &ProviderLocation) -> String {
    let (provider, place) = (provider_location.provider.as_ref(), provider_location.place.as_ref());
    let mut words = String::new();
    let mut push = |text: &str| push_words(&mut words, text);
    match class {
        TextClass::Name => provider.iter().flat_map(|provider| &provider.name).for_each(|name| push(name)),
        TextClass::Organization => {
            provider.iter().flat_map(|provider| &provider.organization).for_each(|name| push(name));
        }
        TextClass::Place => {
            if let Some(place) = place {
                let parts = [&place.name, &place.state, &place.postal_code, &place.district];
                parts.into_iter().flatten().chain(&place.address_lines).for_each(|part| push(part));
                place.city.iter().flat_map(|city| both_ways(city)).for_each(|city| push(&city));
            }
        }
        TextClass::Description => {
            let of_provider = provider.and_then(|provider| provider.description.as_ref());
            let of_place = place.and_then(|place| place.description.as_ref());
            of_provider.into_iter().chain(of_place).for_each(|text| push(text));
        }
        TextClass::Service => return service_words(codes, provider_location),
    }
    words
}

/// The name of a city as published, in full and abbreviated: people write any (`St. Louis`, `Saint Louis`).
fn both_ways(city: &str) -> [String; 3] {
    let in_full = fold_city(city);
    let abbreviated = words(&in_full).map(|word| match word {
        "saint" => "st",
        "sainte" => "ste",
        "mount" => "mt",
        "fort" => "ft",
        word => word,
    });
    let abbreviated = abbreviated.collect::<Vec<_>>().join(" ");
    [city.to_owned(), in_full, abbreviated]
}

/// Displays of all services and specialties, and the vocabulary's words for them.
fn service_words(codes: &CodeTable, provider_location: &ProviderLocation) -> String {
    let mut words = String::new();
    let add = |words: &mut String, text: &str| {
        if !words.is_empty() && !text.is_empty() {
            words.push(' ');
        }
        words.push_str(text);
    };
    let known =
        |codings: Vec<Coding>| codings.into_iter().filter_map(|coding| codes.id(&coding)).collect::<Vec<CodeId>>();
    let mut meant: Vec<&'static str> = Vec::new();
    for id in known(provider_location.service_types()).into_iter().chain(known(provider_location.specialties())) {
        add(&mut words, codes.words(id));
        for specialty in codes.specialties(id).iter().filter(|specialty| !meant.contains(&specialty.key)) {
            push_words(&mut words, specialty.label);
            specialty.words.iter().for_each(|everyday| push_words(&mut words, everyday));
        }
        meant.extend(codes.specialties(id).iter().map(|specialty| specialty.key));
    }
    for vaccine in provider_location.schedules.iter().flat_map(|schedule| &schedule.vaccines) {
        vaccine.display.iter().for_each(|display| push_words(&mut words, display));
    }
    words
}
