//! Varied queries, the same for the same data, in process: a row for each kind that people ask.

use std::sync::Arc;
use std::time::Instant;

use anyhow::{Context, Result, bail};
use openslots_directory::vocabulary;
use openslots_model::{
    AcceptingPatients, AvailabilityQuery, BoundingBox, CodeFilter, Gender, LocalTimes, Near, PageStart,
    ProviderLocation, ProviderLocationSort, SlotSort, SlotStatus, TextQuery, TimeOfDay, UnixSeconds, Weekday,
};
use openslots_search::{Facet, SearchIndex, Snapshot};

use super::latency::{Latency, Sample};

/// Worlds with fewer slots are for seeing that the bench works.
const LEAST_MEASURED_SLOTS: u64 = 100_000;

/// How many queries of each kind are asked.
#[derive(Debug, Clone, Copy)]
pub(super) struct Rounds {
    /// Before counting begins.
    pub(super) n_warm_up: usize,
    pub(super) n_counted: usize,
}

impl Rounds {
    /// A thousand, as the figures that they are held against were measured with; a tenth where nothing is measured.
    pub(super) const fn of_world(n_slots: u64) -> Self {
        let n_counted = if n_slots < LEAST_MEASURED_SLOTS { 100 } else { 1_000 };
        Self { n_warm_up: n_counted / 10, n_counted }
    }
}

/// Answers of a page.
const PAGE: usize = 25;
/// A radius that people search in.
const RADIUS_MILES: f64 = 25.0;

/// What queries are made of: provider locations of the data.
pub(super) struct Material {
    provider_locations: Vec<ProviderLocation>,
    now: UnixSeconds,
}

impl Material {
    /// Takes every n-th provider location, so that queries hit all over the data.
    pub(super) fn new(provider_locations: Vec<ProviderLocation>, now: UnixSeconds) -> Result<Self> {
        if provider_locations.is_empty() {
            bail!("there are no provider locations to ask for");
        }
        Ok(Self { provider_locations, now })
    }

    /// The n-th provider location that has what a query needs.
    pub(super) fn pick<T>(&self, n: usize, part: impl Fn(&ProviderLocation) -> Option<T>) -> Result<T> {
        let count = self.provider_locations.len();
        (0..count)
            .find_map(|step| part(&self.provider_locations[(n * 7_919 + step) % count]))
            .context("no provider location has what the query needs")
    }

    fn week(&self, n: usize) -> AvailabilityQuery {
        let day = i64::try_from(n % 14).unwrap_or(0);
        let mut query = AvailabilityQuery::free_from(self.now.plus_seconds(day * 86_400));
        query.window.before = Some(query.window.from.plus_seconds(7 * 86_400));
        query
    }

    fn geo_specialty(&self, n: usize) -> Result<AvailabilityQuery> {
        let (position, code) = self.pick(n, |at| Some((at.place.as_ref()?.position?, specialty_code(at)?)))?;
        Ok(AvailabilityQuery {
            near: Some(Near { position, radius_miles: RADIUS_MILES }),
            specialties: vec![CodeFilter::Code(code)],
            ..self.week(n)
        })
    }

    fn state_service(&self, n: usize) -> Result<AvailabilityQuery> {
        let (state, code) = self.pick(n, |at| {
            let code = at.service_types().into_iter().find_map(|coding| coding.code)?;
            Some((at.place.as_ref()?.state.clone()?, code))
        })?;
        let mut query =
            AvailabilityQuery { state: Some(state), service_types: vec![CodeFilter::Code(code)], ..self.week(n) };
        query.window.before = Some(query.window.from.plus_seconds(3 * 86_400));
        Ok(query)
    }

    fn geo_words(&self, n: usize) -> Result<AvailabilityQuery> {
        let (position, meaning) = self.pick(n, |at| {
            let coding = at.specialties().into_iter().next()?;
            Some((at.place.as_ref()?.position?, vocabulary::specialties_of(&coding).first()?.key))
        })?;
        Ok(AvailabilityQuery {
            near: Some(Near { position, radius_miles: RADIUS_MILES }),
            specialties: vec![CodeFilter::Meaning(meaning.to_owned())],
            accepting_patients: Some(AcceptingPatients::New),
            ..AvailabilityQuery::free_from(self.now)
        })
    }

    fn bounding_box(&self, n: usize) -> Result<AvailabilityQuery> {
        let position = self.pick(n, |at| at.place.as_ref()?.position)?;
        let (latitude, longitude) = (position.latitude, position.longitude);
        let bounding_box = BoundingBox {
            south: latitude - 0.25,
            north: latitude + 0.25,
            west: longitude - 0.25,
            east: longitude + 0.25,
        };
        Ok(AvailabilityQuery { bounding_box: Some(bounding_box), ..self.week(n) })
    }

    fn npi(&self, n: usize) -> Result<AvailabilityQuery> {
        let npi = self.pick(n, |at| Some(at.provider.as_ref()?.npis().next()?.to_owned()))?;
        Ok(AvailabilityQuery { npis: vec![npi], ..AvailabilityQuery::free_from(self.now) })
    }

    fn language_gender(&self, n: usize) -> Result<AvailabilityQuery> {
        let language = ["es", "en", "zh", "vi"][n % 4].to_owned();
        let gender = if n.is_multiple_of(2) { Gender::Female } else { Gender::Male };
        Ok(AvailabilityQuery { languages: vec![language], gender: Some(gender), ..self.week(n) })
    }

    fn weekday_mornings(&self, n: usize, is_near: bool) -> Result<AvailabilityQuery> {
        let position = self.pick(n, |at| at.place.as_ref()?.position)?;
        let mornings = LocalTimes {
            weekdays: Weekday::ALL[..5].iter().copied().collect(),
            times_of_day: vec![TimeOfDay { from_minute: 8 * 60, to_minute: 12 * 60 }],
            ..LocalTimes::ANY
        };
        Ok(AvailabilityQuery {
            near: is_near.then_some(Near { position, radius_miles: RADIUS_MILES }),
            local_times: Some(mornings),
            ..self.week(n)
        })
    }

    fn state_week(&self, n: usize) -> Result<AvailabilityQuery> {
        let state = self.pick(n, |at| at.place.as_ref()?.state.clone())?;
        Ok(AvailabilityQuery { state: Some(state), ..self.week(n) })
    }

    fn state_days(&self, n: usize) -> Result<AvailabilityQuery> {
        let mut query = self.state_week(n)?;
        (query.window.before, query.status) = (None, None::<SlotStatus>);
        Ok(query)
    }

    fn geo_days(&self, n: usize) -> Result<AvailabilityQuery> {
        let mut query = self.geo_specialty(n)?;
        (query.window.before, query.status) = (None, None);
        Ok(query)
    }

    pub(super) fn words(&self, n: usize) -> Result<String> {
        self.pick(n, |at| {
            let name = at.provider.as_ref()?.name.as_ref()?.split_whitespace().next_back()?.to_owned();
            Some(format!("{name} {}", at.place.as_ref()?.city.as_ref()?))
        })
    }

    fn text(&self, n: usize) -> Result<AvailabilityQuery> {
        let mut query = AvailabilityQuery::free_from(self.now);
        query.text = Some(TextQuery(self.words(n)?));
        Ok(query)
    }

    fn typo(&self, n: usize) -> Result<AvailabilityQuery> {
        let mut query = AvailabilityQuery::free_from(self.now);
        let words = self.pick(n, |at| {
            let coding = at.specialties().into_iter().next()?;
            let word = *vocabulary::specialties_of(&coding).first()?.words.first()?;
            let word = word.split_whitespace().max_by_key(|word| word.len()).filter(|word| word.len() >= 6)?;
            // One letter left out, as in "dermatolgist".
            Some(format!(
                "{}{} {}",
                &word[..word.len() / 2],
                &word[word.len() / 2 + 1..],
                at.place.as_ref()?.city.as_ref()?
            ))
        })?;
        query.text = Some(TextQuery(words));
        Ok(query)
    }
}

pub(super) fn specialty_code(at: &ProviderLocation) -> Option<String> {
    at.specialties().into_iter().find_map(|coding| coding.code)
}

/// What is asked of the index.
#[derive(Clone, Copy)]
enum Ask {
    /// The first page of slots.
    Slots(SlotSort),
    /// The first page of provider locations, each with some of its next slots.
    ProviderLocations(ProviderLocationSort, usize),
    /// Counts of slots by specialty, service type and language.
    Facets,
    /// Free slots a day.
    Days,
}

impl Ask {
    /// Asks, and gives how much was found.
    fn ask(self, snapshot: &Snapshot, query: &AvailabilityQuery) -> Result<u64> {
        let start = PageStart::Offset(0);
        Ok(match self {
            Self::Slots(sort) => snapshot.slots(query, sort, start, PAGE)?.total,
            Self::ProviderLocations(sort, n_next) => {
                snapshot.provider_locations(query, sort, start, PAGE, n_next)?.total
            }
            Self::Facets => {
                let counts = snapshot.slot_facets(query, &[Facet::Specialty, Facet::ServiceType, Facet::Language])?;
                counts.first().map_or(0, |(_, counts)| counts.iter().map(|count| count.n).sum())
            }
            Self::Days => snapshot.days(query)?.days.iter().map(|(_, counts)| counts.n_slots).sum(),
        })
    }
}

/// Asks the index itself, one query after the other.
pub(super) fn in_process(index: &Arc<SearchIndex>, material: &Material, rounds: Rounds) -> Result<Vec<Latency>> {
    type Make<'a> = &'a dyn Fn(usize) -> Result<AvailabilityQuery>;
    let by_start = Ask::Slots(SlotSort::Start);
    // One second after the other, as those come who ask from now on.
    let all = |n: usize| Ok(AvailabilityQuery::free_from(material.now.plus_seconds(n as i64)));
    let kinds: [(&str, Ask, Make<'_>); 17] = [
        ("geo + specialty, 7 days", by_start, &|n| material.geo_specialty(n)),
        ("same, nearest first", Ask::Slots(SlotSort::Distance), &|n| material.geo_specialty(n)),
        ("geo + specialty in words, new patients", by_start, &|n| material.geo_words(n)),
        ("box, 7 days", by_start, &|n| material.bounding_box(n)),
        ("state + service, 3 days", by_start, &|n| material.state_service(n)),
        ("NPI", by_start, &|n| material.npi(n)),
        ("language + gender, 7 days", by_start, &|n| material.language_gender(n)),
        ("weekday mornings near, 7 days", by_start, &|n| material.weekday_mornings(n, true)),
        ("weekday mornings anywhere, 7 days", by_start, &|n| material.weekday_mornings(n, false)),
        ("text: name + city", by_start, &|n| material.text(n)),
        ("same, best match first", Ask::Slots(SlotSort::Relevance), &|n| material.text(n)),
        ("text: typo + city", by_start, &|n| material.typo(n)),
        ("places near + specialty, 3 slots each", Ask::ProviderLocations(ProviderLocationSort::Distance, 3), &|n| {
            material.geo_specialty(n)
        }),
        ("facets of a state, 7 days", Ask::Facets, &|n| material.state_week(n)),
        ("days of a state", Ask::Days, &|n| material.state_days(n)),
        ("days of a place and specialty", Ask::Days, &|n| material.geo_days(n)),
        ("all free slots", by_start, &all),
    ];
    let snapshot = index.snapshot();
    kinds
        .into_iter()
        .map(|(kind, ask, make)| {
            let mut sample = Sample::default();
            for n in 0..rounds.n_warm_up + rounds.n_counted {
                let query = make(n)?;
                let began = Instant::now();
                let total = ask.ask(&snapshot, &query)?;
                if n >= rounds.n_warm_up {
                    sample.add(began.elapsed(), total);
                }
            }
            Ok(sample.finish(kind))
        })
        .collect()
}
