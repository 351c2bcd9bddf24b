//! An aggregator that reads an aggregator holds what that one holds, and so does the next; what comes back to where it
//! came from is not taken.

use std::collections::BTreeMap;
use std::io::Read;
use std::time::{Duration, Instant};

use serde_json::Value;

use crate::harness::{Publishers, Served, client, crawl_args, data_dir, run_json};

/// Resources of a publication by where they come from at first (`meta.source`), without what each station adds.
type Origins = BTreeMap<String, Value>;

/// The root of what is published, as soon as there is one.
pub(crate) fn root(served: &Served) -> Value {
    let began = Instant::now();
    loop {
        let answer = client().get(format!("{}/fhir/$bulk-publish", served.base)).send().expect("an answer");
        if answer.status().is_success() {
            return serde_json::from_str(&answer.text().expect("a body")).expect("JSON");
        }
        assert_eq!(answer.status(), 503, "only the first generation is waited for");
        assert!(began.elapsed() < Duration::from_secs(60), "nothing is published");
        std::thread::yield_now();
    }
}

/// The lines of a file, as a client without any decompression gets them.
fn lines(url: &str) -> Vec<Value> {
    let mut text = String::new();
    client().get(url).send().expect("an answer").read_to_string(&mut text).expect("text");
    assert!(text.is_empty() || text.ends_with('\n'), "{url}");
    text.lines().map(|line| serde_json::from_str(line).expect("a JSON line")).collect()
}

fn origins(served: &Served, stations: &[String]) -> Origins {
    let root = root(served);
    let resources: Vec<Value> = root["output"]
        .as_array()
        .expect("outputs")
        .iter()
        .flat_map(|output| {
            assert!(!output["extension"]["state"].as_array().expect("states").is_empty());
            lines(output["url"].as_str().expect("a URL"))
        })
        .collect();
    let source = |resource: &Value| resource["meta"]["source"].as_str().expect("a source").to_owned();
    let sources: BTreeMap<String, String> = resources
        .iter()
        .map(|resource| {
            let (kind, id) =
                (resource["resourceType"].as_str().expect("a type"), resource["id"].as_str().expect("an id"));
            (format!("{kind}/{id}"), source(resource))
        })
        .collect();
    assert_eq!(sources.len(), resources.len(), "each resource is in one file");
    let strip = |mut resource: Value| {
        let key = source(&resource);
        let members = resource.as_object_mut().expect("an object");
        members.remove("id");
        if let Some(Value::Array(identifiers)) = members.get_mut("identifier") {
            identifiers.retain(|identifier| {
                let system = identifier["system"].as_str().unwrap_or_default();
                !stations.iter().any(|station| system.starts_with(station.as_str()))
            });
        }
        refer_to_sources(&mut resource, &sources);
        (key, resource)
    };
    let origins: Origins = resources.into_iter().map(strip).collect();
    assert_eq!(origins.len(), sources.len(), "each resource has one origin");
    origins
}

/// Puts where a resource comes from in the place of each reference, which must lead to one.
fn refer_to_sources(value: &mut Value, sources: &BTreeMap<String, String>) {
    match value {
        Value::Array(list) => list.iter_mut().for_each(|member| refer_to_sources(member, sources)),
        Value::Object(members) => {
            if let Some(Value::String(reference)) = members.get_mut("reference") {
                *reference = sources.get(reference).unwrap_or_else(|| panic!("{reference} leads nowhere")).clone();
            }
            members.values_mut().for_each(|member| refer_to_sources(member, sources));
        }
        _ => {}
    }
}

#[test]
fn three_aggregators_in_a_row_hold_the_same_and_nothing_comes_back() {
    let publishers = Publishers::start(3, &["--locations", "6", "--days", "3", "--slots", "900", "--seed", "11"]);
    let (_folders, paths): (Vec<_>, Vec<_>) = (0..3).map(|_| data_dir()).unzip();
    let mut manifests = publishers.manifests.clone();
    let mut stations: Vec<Served> = Vec::new();
    for path in &paths {
        let report = run_json(&crawl_args(path, &manifests), 0);
        for run in report["publishers"].as_array().expect("runs") {
            assert_eq!(run["outcome"], "updated", "{run}");
        }
        let served = Served::start_with(
            &["serve", "--data-dir", path],
            &BTreeMap::from([("OPENSLOTS_CRAWL__SCHEDULE".to_owned(), "0 0 0 1 1 * 2099".to_owned())]),
        );
        root(&served);
        manifests = vec![format!("{}/fhir/$bulk-publish", served.base)];
        stations.push(served);
    }
    let bases: Vec<String> = stations.iter().map(|served| format!("{}/publishers/", served.base)).collect();
    let all: Vec<Origins> = stations.iter().map(|served| origins(served, &bases)).collect();
    assert!(all[0].len() > 500, "only {} resources", all[0].len());
    for (station, found) in all.iter().enumerate().skip(1) {
        for (source, resource) in &all[0] {
            assert_eq!(found.get(source), Some(resource), "{source} at station {station}");
        }
        assert_eq!(found.len(), all[0].len(), "station {station}");
    }

    // The first reads the last: all of it is its own.
    let report = run_json(&crawl_args(&paths[0], &manifests), 0);
    let files = report["publishers"][0]["fileReports"].as_array().expect("files");
    assert!(!files.is_empty());
    for file in files {
        assert_eq!(file["n_accepted"], 0, "{file}");
        assert!(file["n_rejected"].as_u64().expect("a count") > 0, "{file}");
    }
    let slug = report["publishers"][0]["publisher"].as_str().expect("a slug");
    let issues = stations[0].get(&format!("/v1/scheduling/publishers/{slug}/issues?code=looped-back&limit=1"));
    assert_eq!(issues["issues"][0]["code"], "looped-back", "{issues}");
}
