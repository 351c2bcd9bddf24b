//! A service with publishers, whose pages are looked at.

use serde_json::Value;
use tempfile::TempDir;

use crate::harness::{Publishers, Served, client, crawl_args, data_dir, run_json};

/// A service and what it was crawled from.
pub(super) struct Site {
    served: Served,
    _publishers: Publishers,
    _folder: TempDir,
}

impl Site {
    /// Two publishers with enough places for three pages of them, and with some faults.
    pub(super) fn start() -> Self {
        let args = ["--slots", "2000", "--locations", "40", "--fault", "bad-line", "--fault", "not-found-file"];
        let publishers = Publishers::start(2, &args);
        let (folder, data) = data_dir();
        let served = Served::start(&["serve", "--data-dir", &data]);
        run_json(&crawl_args(&data, &publishers.manifests), 2);
        Self { served, _publishers: publishers, _folder: folder }
    }

    /// The URL of a page.
    pub(super) fn url(&self, path: &str) -> String {
        format!("{}{path}", self.served.base)
    }

    /// What the API answers.
    pub(super) fn api(&self, path: &str) -> Value {
        self.served.get(&format!("/v1/scheduling/{path}"))
    }

    /// The first provider location that has what `pointer` leads to. Which one has the earliest slot depends on the
    /// time of day; virtual care has no local time and a service no NPI.
    fn place_with(&self, query: &str, pointer: &str) -> Value {
        let found = self.api(query);
        let places = found["providerLocations"].as_array().expect("provider locations");
        places.iter().find(|place| place.pointer(pointer).is_some()).cloned().expect("one that has it")
    }

    /// Paths of all kinds of pages, in all their states.
    pub(super) fn paths(&self) -> Vec<String> {
        let place = self.place_with("provider-locations?limit=100&slots=1", "/nextSlots/0/localStart");
        let key = place["key"].as_str().expect("a key");
        let id = place["nextSlots"][0]["id"].as_str().expect("an id");
        let slug = place["publisher"].as_str().expect("a slug");
        let day = place["nextSlots"][0]["localStart"].as_str().expect("a time")[..10].to_owned();
        let mut paths: Vec<String> =
            ["", "&what=doctor&where=Boston,+MA&miles=100", "&what=zzzz", "&where=Springfield", "&day=x&care=y"]
                .iter()
                .flat_map(|query| ["en", "es"].map(|language| format!("/?lang={language}{query}")))
                .collect();
        let doctor = self.place_with("provider-locations?limit=100&q=doctor", "/provider/npi");
        let npi = doctor["provider"]["npi"].as_str().expect("a number");
        for language in ["en", "es"] {
            paths.push(format!("/providers/{npi}?lang={language}"));
            paths.push(format!("/places/{key}?lang={language}"));
            paths.push(format!("/places/{key}?lang={language}&day={day}"));
            paths.push(format!("/places/none?lang={language}"));
            paths.push(format!("/slots/{id}x/book?lang={language}"));
            paths.push(format!("/stats?lang={language}"));
        }
        paths.extend(["/publishers", "/publishers/nobody", "/docs"].map(str::to_owned));
        paths.extend(["day", "week"].map(|period| format!("/publishers/{slug}?period={period}")));
        paths
    }

    /// Whether a page is one of an error, which browsers tell their console.
    pub(super) fn is_error(&self, path: &str) -> bool {
        client().get(self.url(path)).send().expect("an answer").status().is_client_error()
    }
}
