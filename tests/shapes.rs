//! Publishers of both generations of the specification, in one data set.

use std::io::{Read, Write};
use std::net::TcpListener;
use std::path::PathBuf;

use serde_json::Value;

use crate::harness::{Served, crawl_args, data_dir, dump_of_data, root, run_json};

/// Serves a fixture as a publisher from a thread that ends with the process; slots are moved to lie ahead of now.
pub(crate) fn publisher(fixture: &str, slot_day: Option<&str>) -> String {
    let folder = root().join("fixtures").join(fixture);
    let listener = TcpListener::bind("127.0.0.1:0").expect("a port");
    let base = format!("http://{}", listener.local_addr().expect("an address"));
    let manifest_url = format!("{base}/$bulk-publish");
    let slot_day = slot_day.map(str::to_owned);
    std::thread::spawn(move || {
        for stream in listener.incoming() {
            let mut stream = stream.expect("a connection");
            let mut request = vec![0u8; 16_384];
            let n_read = stream.read(&mut request).unwrap_or(0);
            let request = String::from_utf8_lossy(&request[..n_read]).into_owned();
            let path = request.split_whitespace().nth(1).unwrap_or("/").trim_start_matches('/').replace("%24", "$");
            let answer = match body_of(&folder, &path, slot_day.as_deref()) {
                Some(body) => {
                    format!("HTTP/1.1 200 OK\r\nContent-Length: {}\r\nConnection: close\r\n\r\n{body}", body.len())
                }
                None => "HTTP/1.1 404 Not Found\r\nContent-Length: 0\r\nConnection: close\r\n\r\n".to_owned(),
            };
            stream.write_all(answer.as_bytes()).ok();
        }
    });
    manifest_url
}

fn body_of(folder: &std::path::Path, name: &str, slot_day: Option<&str>) -> Option<String> {
    let file: PathBuf = folder.join(name);
    let text = std::fs::read_to_string(file).ok()?;
    if name == "$bulk-publish" {
        // The fixture names where its files are public; here they lie beside the manifest.
        let mut manifest: Value = serde_json::from_str(&text).expect("a manifest");
        for output in manifest["output"].as_array_mut().expect("outputs") {
            let url = output["url"].as_str().expect("a URL").rsplit('/').next().expect("a name").to_owned();
            output["url"] = url.into();
        }
        return Some(manifest.to_string());
    }
    match slot_day {
        Some(day) if name.starts_with("slots") => Some(
            text.lines()
                .map(|line| {
                    let mut slot: Value = serde_json::from_str(line).expect("a slot");
                    for name in ["start", "end"] {
                        let time = slot[name].as_str().expect("a time")[10..].to_owned();
                        slot[name] = format!("{day}{time}").into();
                    }
                    format!("{slot}\n")
                })
                .collect(),
        ),
        _ => Some(text),
    }
}

fn n_lines(fixture: &str) -> u64 {
    std::fs::read_dir(root().join("fixtures").join(fixture))
        .expect("a fixture")
        .map(|entry| entry.expect("an entry").path())
        .filter(|path| path.extension().is_some_and(|extension| extension == "ndjson"))
        .map(|path| {
            std::fs::read_to_string(path).expect("text").lines().filter(|line| !line.trim().is_empty()).count() as u64
        })
        .sum()
}

#[test]
fn both_generations_live_in_one_data_set() {
    let manifests = [publisher("shape-2021", None), publisher("shape-2026", None)];
    let (_folder, data) = data_dir();
    let first = run_json(&crawl_args(&data, &manifests), 0);
    let mut accepted = 0;
    for publisher in first["publishers"].as_array().expect("publishers") {
        assert_eq!(publisher["lines"]["rejected"], 0, "{publisher}");
        accepted += publisher["lines"]["accepted"].as_u64().expect("a count");
    }
    assert_eq!(accepted, n_lines("shape-2021") + n_lines("shape-2026"));
    let before = dump_of_data(&data);
    let second = run_json(&crawl_args(&data, &manifests), 0);
    for publisher in second["publishers"].as_array().expect("publishers") {
        assert_eq!(publisher["outcome"], "unchanged");
    }
    assert_eq!(dump_of_data(&data), before);

    // Location/0 and Schedule/10 exist in both and stay apart.
    let served = Served::start(&["serve", "--data-dir", &data]);
    let found = served.get("/v1/scheduling/provider-locations?includePast=true&limit=100");
    let keys: Vec<_> =
        found["providerLocations"].as_array().expect("a list").iter().map(|one| one["key"].to_string()).collect();
    let mut distinct = keys.clone();
    distinct.sort();
    distinct.dedup();
    assert_eq!(keys.len(), distinct.len());
    let names: Vec<_> = found["providerLocations"]
        .as_array()
        .expect("a list")
        .iter()
        .filter_map(|one| one["location"]["name"].as_str())
        .collect();
    for name in ["Harbor Vaccine Clinic Boston", "Riverside Urgent Care Springfield", "Harbor Primary Care Boston"] {
        assert!(names.contains(&name), "{name} is not among {names:?}");
    }
}

#[test]
fn the_boston_dermatologist_is_found_by_code_by_words_and_by_zip() {
    let manifests = [publisher("shape-2026", Some("2099-03-02"))];
    let (_folder, data) = data_dir();
    run_json(&crawl_args(&data, &manifests), 0);
    let served = Served::start(&["serve", "--data-dir", &data]);
    for query in [
        "specialty=394582007&near=42.36,-71.06",
        "specialty=http://snomed.info/sct%7C394582007&zip=02114",
        "q=dermatolgist%20boston",
        "specialty=skin%20doctor&near=Boston,%20MA&radius=5",
    ] {
        let found = served.get(&format!("/v1/scheduling/provider-locations?{query}"));
        let first = &found["providerLocations"][0];
        assert_eq!(first["provider"]["name"], "Dr. Ada Example", "{query}: {found}");
        assert_eq!(first["location"]["city"], "Boston", "{query}");
        assert_eq!(first["location"]["positionSource"], "postal-code", "{query}");
        assert_eq!(first["bookingMethod"], "online", "{query}");
        let start = first["nextAvailableStart"].as_str().expect("a next slot");
        assert!(start.starts_with("2099-03-0"), "{query}: {start}");
        let link = first["nextAvailableSlot"]["bookingDeepLink"].as_str().expect("a deep link");
        assert!(link.starts_with("https://portal.example.org/book"), "{query}: {link}");
    }
    let slots = served.get("/v1/scheduling/slots?specialty=394582007&zip=02114");
    assert_eq!(slots["slots"][0]["location"]["city"], "Boston");
    assert!(slots["slots"][0]["distanceMiles"].is_number(), "{slots}");
    let elsewhere = served.get("/v1/scheduling/slots?specialty=394582007&near=Seattle,%20WA");
    assert_eq!(elsewhere["total"], 0, "{elsewhere}");
}
