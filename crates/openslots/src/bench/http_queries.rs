//! Varied queries over HTTP.

use std::time::{Duration, Instant};

use anyhow::{Context, Result, bail};

use super::latency::{Latency, Sample};
use super::queries::{Material, Rounds, specialty_code};

/// How long an answer takes, read whole, and its body as it came.
pub(super) async fn timed(request: reqwest::RequestBuilder) -> Result<(Duration, Vec<u8>)> {
    let began = Instant::now();
    let answer = request.send().await?;
    let (status, url) = (answer.status(), answer.url().clone());
    let body = answer.bytes().await?;
    let elapsed = began.elapsed();
    if !status.is_success() {
        bail!("{url} answered {status}: {}", String::from_utf8_lossy(&body));
    }
    Ok((elapsed, body.into()))
}

/// Asks a service over one keep-alive connection, one query after the other; answers are read whole.
pub(super) async fn ask_over_http(base: &str, material: &Material, rounds: Rounds) -> Result<Vec<Latency>> {
    let client = reqwest::Client::new();
    let mut latencies = Vec::new();
    for kind in [
        "http: slots, geo + specialty",
        "http: slots, words with a place and a time",
        "http: provider locations, text",
        "http: all free slots",
    ] {
        let mut sample = Sample::default();
        for n in 0..rounds.n_warm_up + rounds.n_counted {
            let url = match kind {
                "http: slots, geo + specialty" => {
                    let (position, code) =
                        material.pick(n, |at| Some((at.place.as_ref()?.position?, specialty_code(at)?)))?;
                    format!(
                        "{base}/v1/scheduling/slots?near={},{}&radius=200&specialty={code}&limit=25",
                        position.latitude, position.longitude
                    )
                }
                "http: slots, words with a place and a time" => {
                    let zip = material.pick(n, |at| at.place.as_ref()?.postal_code.clone())?;
                    let words = format!("family doctor near {zip} on a weekday morning who takes new patients");
                    let mut url = url::Url::parse(&format!("{base}/v1/scheduling/slots"))?;
                    url.query_pairs_mut().append_pair("q", &words);
                    url.to_string()
                }
                "http: provider locations, text" => {
                    let words = material.words(n)?;
                    let mut url = url::Url::parse(&format!("{base}/v1/scheduling/provider-locations"))?;
                    url.query_pairs_mut().append_pair("q", &words);
                    url.to_string()
                }
                _ => format!("{base}/v1/scheduling/slots?limit=25&offset={n}"),
            };
            let (elapsed, body) = timed(client.get(&url)).await?;
            if n >= rounds.n_warm_up {
                let total = serde_json::from_slice::<serde_json::Value>(&body)?["total"].as_u64();
                sample.add(elapsed, total.context("an answer without a total")?);
            }
        }
        latencies.push(sample.finish(kind));
    }
    Ok(latencies)
}
