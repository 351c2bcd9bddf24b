//! Searching, filtering, paging on, from the list to a place, in both languages and where one is.

use serde_json::json;

use super::driver::{Browser, Habits, Look};
use super::site::Site;

/// The keys of the places in the list, in order.
fn listed(browser: &Browser) -> Vec<String> {
    let script = "return [...document.querySelectorAll('ol.found h2 a')].map(a => a.pathname.split('/').pop())";
    let keys = browser.script(script, &[]);
    keys.as_array().expect("a list").iter().map(|key| key.as_str().expect("a key").to_owned()).collect()
}

/// The keys that the API answers.
fn answered(site: &Site, query: &str) -> (Vec<String>, u64) {
    let answer = site.api(&format!("provider-locations?limit=20&slots=1&{query}"));
    let places = answer["providerLocations"].as_array().expect("a list");
    let keys = places.iter().map(|place| place["key"].as_str().expect("a key").to_owned());
    (keys.collect(), answer["total"].as_u64().expect("a total"))
}

#[test]
fn what_is_asked_in_the_form_is_found_as_the_api_finds_it() {
    let site = Site::start();
    let browser = Browser::open(Habits::default());
    browser.open_page(&site.url("/"));
    let (keys, total) = answered(&site, "");
    assert_eq!(listed(&browser), keys);
    assert!(browser.text(".summary").starts_with(&format!("{total} places")), "{}", browser.source());

    browser.type_into("input[name=what]", "dermatologist");
    browser.type_into("input[name=where]", "Boston, MA");
    browser.click("summary");
    browser.click("select[name=miles] option[value='100']");
    browser.click("form[role=search] button[type=submit]");
    browser.wait("the search", |browser| browser.url().contains("what=dermatologist"));
    let (keys, total) = answered(&site, "q=dermatologist&near=Boston,%20MA&radius=100");
    assert!(total > 0, "the simulation has dermatologists near Boston");
    assert_eq!(listed(&browser), keys);
    assert!(!browser.url().contains("days="), "fields that say nothing stay out of the address: {}", browser.url());

    browser.click("select[name=days] option[value=weekend]");
    browser.click("form[role=search] button[type=submit]");
    browser.wait("the filter", |browser| browser.url().contains("days=weekend"));
    let (weekend, _) = answered(&site, "q=dermatologist&near=Boston,%20MA&radius=100&weekday=weekend");
    assert_eq!(listed(&browser), weekend);
    assert_ne!(weekend, keys);

    // The map shows what the list shows.
    let markers = "return [...document.querySelectorAll('.map .marker')].map(a => a.getAttribute('href'))";
    for marker in browser.script(markers, &[]).as_array().expect("a list") {
        assert_eq!(browser.count(&format!("ol.found > li{}", marker.as_str().expect("an address"))), 1);
    }
    assert_eq!(browser.console(), [""; 0]);
}

#[test]
fn one_page_after_the_other_shows_each_place_once_and_leads_to_it() {
    let site = Site::start();
    let browser = Browser::open(Habits::default());
    browser.open_page(&site.url("/?order=start"));
    let mut seen = listed(&browser);
    let (_, total) = answered(&site, "sort=start");
    while browser.count("a[rel=next]") == 1 {
        let before = listed(&browser);
        browser.click("a[rel=next]");
        browser.wait("the next page", |browser| listed(browser) != before);
        seen.extend(listed(&browser));
    }
    assert_eq!(seen.len() as u64, total);
    let n_seen = seen.len();
    seen.sort_unstable();
    seen.dedup();
    assert_eq!(seen.len(), n_seen);

    browser.click("ol.found h2 a");
    browser.wait("the page of the place", |browser| browser.url().contains("/places/"));
    assert!(browser.count("a.book") + browser.count(".time") > 0, "{}", browser.source());
    let asked = browser.requests();
    assert!(asked.len() > 4, "{asked:?}");
    for url in asked.iter().filter(|url| url.starts_with("http")) {
        assert!(url.starts_with(&site.url("/")), "{url}");
    }
}

#[test]
fn a_browser_that_likes_spanish_gets_spanish() {
    let site = Site::start();
    let browser = Browser::open(Habits { languages: "es-MX,es,en", ..Habits::default() });
    browser.open_page(&site.url("/"));
    assert_eq!(browser.script("return document.documentElement.lang", &[]), "es");
    assert_eq!(browser.text("h1"), "Encuentre una cita");
    browser.type_into("input[name=what]", "dermatólogo");
    browser.click("form[role=search] button[type=submit]");
    browser.wait("the search", |browser| browser.url().contains("what="));
    let (keys, total) = answered(&site, "q=skin%20doctor");
    assert!(total > 0);
    assert_eq!(listed(&browser), keys);
    browser.click("header a[hreflang=en]");
    browser.wait("English", |browser| browser.text("h1") == "Find an appointment");
    assert_eq!(listed(&browser), keys);
}

#[test]
fn where_one_is_is_asked_of_the_browser_only_on_a_click() {
    let site = Site::start();
    let browser = Browser::open(Habits::default());
    browser.open_page(&site.url("/"));
    browser.stand_at(42.360_1, -71.058_9);
    browser.click("#locate");
    browser.wait("the search", |browser| browser.url().contains("where="));
    assert!(browser.url().contains("where=42.36%2C-71.06"), "two decimals, no more: {}", browser.url());
    let (keys, _) = answered(&site, "near=42.36,-71.06");
    assert_eq!(listed(&browser), keys);
}

#[test]
fn pages_fit_a_phone_and_heed_what_people_set() {
    let site = Site::start();
    let browser = Browser::open(Habits::default());
    for path in site.paths() {
        browser.look(Look::PHONE);
        browser.open_page(&site.url(&path));
        let width = browser.script("return document.documentElement.scrollWidth", &[]);
        assert_eq!(width, json!(Look::PHONE.width), "{path} scrolls sideways");
        let paper = "return getComputedStyle(document.body).backgroundColor";
        let light = browser.script(paper, &[]);
        browser.look(Look::PHONE.dark());
        assert_ne!(browser.script(paper, &[]), light, "{path} is light in the dark");
        let motion =
            "return [getComputedStyle(document.documentElement).scrollBehavior, document.getAnimations().length]";
        browser.media(&[("prefers-reduced-motion", "no-preference")]);
        assert_eq!(browser.script(motion, &[]), json!(["smooth", 0]), "{path}");
        browser.media(&[("prefers-reduced-motion", "reduce")]);
        assert_eq!(browser.script(motion, &[]), json!(["auto", 0]), "{path}");
        if !site.is_error(&path) {
            assert_eq!(browser.console(), [""; 0], "{path}");
        }
        browser.console();
    }
}
