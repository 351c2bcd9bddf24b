//! Pages over HTTP, as browsers ask for them: compressed.

use std::io::Read;

use anyhow::{Context, Result};
use flate2::read::GzDecoder;

use super::http_queries::timed;
use super::latency::{Latency, Sample};
use super::queries::{Material, Rounds};

/// What each place of a list begins with.
const PLACE: &str = "<li id=\"r";

/// Asks for pages over one keep-alive connection, one after the other. What is found on average is the places that a
/// page lists.
pub(super) async fn ask_for_pages(base: &str, material: &Material, rounds: Rounds) -> Result<Vec<Latency>> {
    let client = reqwest::Client::new();
    let mut latencies = Vec::new();
    for kind in
        ["page: finder, first", "page: finder, words + place + weekdays", "page: finder, words", "page: a place"]
    {
        let mut sample = Sample::default();
        for n in 0..rounds.n_warm_up + rounds.n_counted {
            let mut url = url::Url::parse(base)?;
            match kind {
                "page: finder, words + place + weekdays" => {
                    let zip = material.pick(n, |at| at.place.as_ref()?.postal_code.clone())?;
                    url.query_pairs_mut()
                        .append_pair("what", "family doctor")
                        .append_pair("where", &zip)
                        .append_pair("miles", "100")
                        .append_pair("days", "weekdays");
                }
                "page: finder, words" => {
                    url.query_pairs_mut().append_pair("what", &material.words(n)?);
                }
                "page: a place" => url.set_path(&format!("/places/{}", material.pick(n, |at| Some(at.key))?)),
                _ => {}
            }
            let (elapsed, body) = timed(client.get(url).header("accept-encoding", "gzip")).await?;
            if n >= rounds.n_warm_up {
                let mut page = String::new();
                GzDecoder::new(&body[..]).read_to_string(&mut page).context("a page is no gzip")?;
                sample.add(elapsed, page.matches(PLACE).count() as u64);
            }
        }
        latencies.push(sample.finish(kind));
    }
    Ok(latencies)
}
