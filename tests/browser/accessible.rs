//! axe-core finds nothing, on any page, in light and dark, on a desk and on a phone.

use std::fs;

use serde_json::{Value, json};

use super::driver::{Browser, Habits, Look};
use super::site::Site;
use crate::kept::build_directory;
use crate::npm::file;

/// What is found, and what axe-core could not decide, with the elements.
const JUDGE: &str = "
    const done = arguments[arguments.length - 1];
    axe.run(document, {resultTypes: ['violations']}).then(
        found => done(found.violations.map(one => `${one.id} (${one.impact}): ${one.nodes.map(node => node.html + ' ' + node.failureSummary).join(' | ')}`)),
        error => done([String(error)]))";

fn finds_nothing(looks: [Look; 2]) {
    let axe = fs::read_to_string(file("axe-core/axe.min.js")).expect("axe-core");
    let site = Site::start();
    let browser = Browser::open(Habits::default());
    let pictures = build_directory().join("pictures");
    fs::create_dir_all(&pictures).expect("a folder");
    let mut found = Vec::new();
    for path in site.paths() {
        for look in looks {
            browser.look(look);
            browser.open_page(&site.url(&path));
            // Injected by the driver: the page's own policy forbids it what it forbids everybody.
            browser.script(&axe, &[]);
            let findings = browser.script_that_calls_back(JUDGE, &[]);
            found.extend(findings.as_array().expect("a list").iter().map(|one| format!("{path} {look:?}: {one}")));
            let name: String = path.chars().map(|c| if c.is_ascii_alphanumeric() { c } else { '_' }).collect();
            let scheme = if look.is_dark { "dark" } else { "light" };
            browser.picture(&pictures.join(format!("{name}-{}-{scheme}.png", look.width)));
        }
    }
    assert!(found.is_empty(), "{}", found.join("\n"));
}

#[test]
fn axe_finds_nothing_on_a_desk() {
    finds_nothing([Look::DESK, Look::DESK.dark()]);
}

#[test]
fn axe_finds_nothing_on_a_phone() {
    finds_nothing([Look::PHONE, Look::PHONE.dark()]);
}

#[test]
fn axe_finds_what_is_planted() {
    let axe = fs::read_to_string(file("axe-core/axe.min.js")).expect("axe-core");
    let site = Site::start();
    let browser = Browser::open(Habits::default());
    browser.open_page(&site.url("/publishers"));
    browser.script("document.querySelector('main').insertAdjacentHTML('beforeend', '<img src=\"/x.png\">')", &[]);
    browser.script(&axe, &[]);
    let found: Value = browser.script_that_calls_back(JUDGE, &[]);
    assert!(found.to_string().contains("image-alt"), "{found}");
    assert_ne!(found, json!([]));
}
