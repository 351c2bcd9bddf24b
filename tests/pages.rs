//! Pages of a running service: the finder, and those about its publishers.

use crate::harness::{Publishers, Served, client, crawl_args, data_dir, run_json};

fn page(served: &Served, path: &str) -> (u16, String) {
    let answer = client().get(format!("{}{path}", served.base)).send().expect("an answer");
    let status = answer.status().as_u16();
    assert_eq!(answer.headers()["content-type"], "text/html; charset=utf-8", "{path}");
    let policy = answer.headers()["content-security-policy"].to_str().expect("text").to_owned();
    assert!(policy.contains("default-src 'none'"), "{path}: {policy}");
    let text = answer.text().expect("text");
    assert!(!text.contains("<script"), "{path} needs no script");
    (status, text)
}

#[test]
fn a_publisher_has_a_page_that_leads_to_what_is_wrong() {
    let args = ["--slots", "400", "--locations", "4", "--fault", "bad-line", "--fault", "not-found-file"];
    let publishers = Publishers::start(2, &args);
    let (_folder, data) = data_dir();
    let served = Served::start(&["serve", "--data-dir", &data]);
    assert!(page(&served, "/publishers").1.contains("No publishers yet"));
    run_json(&crawl_args(&data, &publishers.manifests), 2);
    let list = served.get("/v1/scheduling/publishers");
    let (_, all) = page(&served, "/publishers");
    for publisher in list["publishers"].as_array().expect("a list") {
        let slug = publisher["slug"].as_str().expect("a slug");
        assert!(all.contains(&format!("href=\"/publishers/{slug}\"")), "{all}");
        let (status, text) = page(&served, &format!("/publishers/{slug}"));
        assert_eq!(status, 200);
        assert!(text.contains(publisher["displayName"].as_str().expect("a name")), "{text}");
        let last_run = &served.get(&format!("/v1/scheduling/publishers/{slug}"))["lastRun"];
        for file in last_run["files"].as_array().expect("files") {
            assert!(text.contains(file["url"].as_str().expect("a URL")), "{file}");
        }
        let issues = served.get(&format!("/v1/scheduling/publishers/{slug}/issues"));
        for counted in issues["codes"].as_array().expect("codes") {
            let code = counted["code"].as_str().expect("a code");
            assert!(text.contains(&format!("{code}: {}", counted["count"])), "{code}: {text}");
        }
        if publisher["lastOutcome"] == "partial" {
            assert!(text.contains("404 Not Found") && all.contains("class=\"warnings\""), "{text}");
        }
    }
    assert!(list["publishers"].as_array().expect("a list").iter().any(|one| one["lastOutcome"] == "partial"), "{list}");
    for path in ["/publishers/nobody", "/publishers/No%20Slug", "/publishers/%FF"] {
        let (status, text) = page(&served, path);
        assert_eq!(status, 404, "{path}");
        assert!(text.contains("No such publisher"), "{path}: {text}");
    }
}

/// The first link of a page whose address begins so.
fn link<'a>(text: &'a str, start: &str) -> &'a str {
    let begin = text.find(&format!("href=\"{start}")).expect("a link") + "href=\"".len();
    text[begin..].split('"').next().expect("an address")
}

#[test]
fn from_the_finder_to_the_booking_page_in_three_steps() {
    let publishers = Publishers::start(1, &["--slots", "400", "--locations", "4"]);
    let (_folder, data) = data_dir();
    let served = Served::start(&["serve", "--data-dir", &data]);
    run_json(&crawl_args(&data, &publishers.manifests), 0);
    let read = |path: &str| client().get(format!("{}{path}", served.base)).send().expect("an answer");
    let found = read("/?lang=es").text().expect("text");
    assert!(found.contains("<html lang=\"es\">") && found.contains("Encuentre una cita"), "{found}");
    let place = read(link(&found, "/places/")).text().expect("text");
    assert!(place.contains("Horarios libres"), "{place}");
    let no_redirects = reqwest::blocking::Client::builder().redirect(reqwest::redirect::Policy::none());
    let address = format!("{}{}", served.base, link(&place, "/slots/"));
    let booked = no_redirects.build().expect("a client").get(address).send().expect("an answer");
    assert_eq!(booked.status().as_u16(), 303);
    assert!(booked.headers()["location"].to_str().expect("text").starts_with("http"), "{booked:?}");
}
