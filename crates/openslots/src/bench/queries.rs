//! Varied queries, the same for the same data: in process and over HTTP.

use std::sync::Arc;
use std::time::Instant;

use anyhow::{Context, Result, bail};
use openslots_directory::vocabulary;
use openslots_model::{
    AvailabilityQuery, CodeFilter, Near, PageStart, ProviderLocation, SlotSort, TextQuery, UnixSeconds,
};
use openslots_search::SearchIndex;

use super::latency::{Latency, Sample};

/// Queries of each kind; as many as the figures that they are held against were measured with.
const N_QUERIES: usize = 1_000;
/// Queries before counting begins.
const N_WARM_UP: usize = 100;
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
    fn pick<T>(&self, n: usize, part: impl Fn(&ProviderLocation) -> Option<T>) -> Result<T> {
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

    fn words(&self, n: usize) -> Result<String> {
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

fn specialty_code(at: &ProviderLocation) -> Option<String> {
    at.specialties().into_iter().find_map(|coding| coding.code)
}

/// Asks the index itself, one query after the other.
pub(super) fn in_process(index: &Arc<SearchIndex>, material: &Material) -> Result<Vec<Latency>> {
    type Make<'a> = &'a dyn Fn(usize) -> Result<AvailabilityQuery>;
    let kinds: [(&str, Make<'_>); 5] = [
        ("geo + specialty, 7 days", &|n| material.geo_specialty(n)),
        ("state + service, 3 days", &|n| material.state_service(n)),
        ("text: name + city", &|n| material.text(n)),
        ("text: typo + city", &|n| material.typo(n)),
        ("all free slots", &|n| Ok(AvailabilityQuery::free_from(material.now.plus_seconds(n as i64 * 60)))),
    ];
    kinds
        .into_iter()
        .map(|(kind, make)| {
            let mut sample = Sample::default();
            for n in 0..N_WARM_UP + N_QUERIES {
                let query = make(n)?;
                let snapshot = index.snapshot();
                let began = Instant::now();
                let page = snapshot.slots(&query, SlotSort::Start, PageStart::Offset(0), PAGE)?;
                if n >= N_WARM_UP {
                    sample.add(began.elapsed(), page.total);
                }
            }
            Ok(sample.finish(kind))
        })
        .collect()
}

/// Asks a service over one keep-alive connection, one query after the other; answers are read whole.
pub(super) async fn over_http(base: &str, material: &Material) -> Result<Vec<Latency>> {
    let client = reqwest::Client::new();
    let mut latencies = Vec::new();
    for kind in ["http: slots, geo + specialty", "http: provider locations, text", "http: all free slots"] {
        let mut sample = Sample::default();
        for n in 0..N_WARM_UP + N_QUERIES {
            let url = match kind {
                "http: slots, geo + specialty" => {
                    let (position, code) =
                        material.pick(n, |at| Some((at.place.as_ref()?.position?, specialty_code(at)?)))?;
                    format!(
                        "{base}/v1/scheduling/slots?near={},{}&radius=200&specialty={code}&limit=25",
                        position.latitude, position.longitude
                    )
                }
                "http: provider locations, text" => {
                    let words = material.words(n)?;
                    let mut url = url::Url::parse(&format!("{base}/v1/scheduling/provider-locations"))?;
                    url.query_pairs_mut().append_pair("q", &words);
                    url.to_string()
                }
                _ => format!("{base}/v1/scheduling/slots?limit=25&offset={n}"),
            };
            let began = Instant::now();
            let answer = client.get(&url).send().await?;
            let status = answer.status();
            let body = answer.bytes().await?;
            let elapsed = began.elapsed();
            if !status.is_success() {
                bail!("{url} answered {status}: {}", String::from_utf8_lossy(&body));
            }
            if n >= N_WARM_UP {
                let total = serde_json::from_slice::<serde_json::Value>(&body)?["total"].as_u64();
                sample.add(elapsed, total.context("an answer without a total")?);
            }
        }
        latencies.push(sample.finish(kind));
    }
    Ok(latencies)
}
