//! With scripts forbidden, everything works that patients need.

use super::driver::{Browser, Habits};
use super::site::Site;

#[test]
fn the_finder_needs_no_script() {
    let site = Site::start();
    let browser = Browser::open(Habits { has_scripts: false, ..Habits::default() });
    browser.open_page(&site.url("/"));
    assert!(!browser.is_shown("#locate"), "a button that needs a script is not there");
    browser.type_into("input[name=what]", "dermatologist");
    browser.click("form[role=search] button[type=submit]");
    browser.wait("the search", |browser| browser.url().contains("what=dermatologist"));
    assert!(browser.url().contains("days="), "no script has shortened the address: {}", browser.url());
    assert!(browser.count("ol.found > li") > 0);
    browser.click("a.day");
    browser.wait("the day", |browser| browser.url().contains("day=2"));
    browser.click("ol.found h2 a");
    browser.wait("the page of the place", |browser| browser.url().contains("/places/"));
    assert!(browser.count("a.book") + browser.count(".time") > 0);
    browser.open_page(&site.url("/publishers"));
    browser.click("tbody th a");
    browser.wait("the page of a publisher", |browser| browser.count("figure.chart svg[role=img]") > 0);
}
