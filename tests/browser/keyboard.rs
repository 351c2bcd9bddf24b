//! Without a mouse: what has the focus is seen, and everything can be reached.

use serde_json::{Value, json};

use super::driver::{Browser, Habits, Look};
use super::site::Site;

const TAB: &str = "\u{e004}";
const ENTER: &str = "\u{e007}";

/// What has the focus: a description, whether it is seen to have it, and whether it is on the screen.
const FOCUSED: &str = "
    const at = document.activeElement;
    if (at === null || at === document.body) return null;
    const style = getComputedStyle(at), box = at.getBoundingClientRect();
    const inner = [...at.querySelectorAll('circle')].map(one => getComputedStyle(one)).some(one => parseFloat(one.strokeWidth) >= 3);
    return {
        what: at.outerHTML.slice(0, 200),
        seen: inner || (style.outlineStyle !== 'none' && parseFloat(style.outlineWidth) >= 2),
        shown: box.width > 0 && box.height > 0 && box.bottom > 0 && box.top < innerHeight && box.right > 0 && box.left < innerWidth,
    }";

/// How many elements can have the focus.
const FOCUSABLE: &str = "
    const all = document.querySelectorAll('a[href], button, input, select, summary, [tabindex=\"0\"]');
    return [...all].filter(one => one.checkVisibility() && !one.closest('[hidden]')).length";

#[test]
fn everything_is_reached_by_tab_and_seen_to_be() {
    let site = Site::start();
    let browser = Browser::open(Habits::default());
    let paths = site.paths();
    let place = paths.iter().find(|path| path.starts_with("/places/")).expect("a place");
    let publisher = paths.last().expect("a publisher");
    for path in ["/?lang=en", place, publisher, "/publishers", "/stats"] {
        for look in [Look::DESK, Look::PHONE.dark()] {
            browser.look(look);
            browser.open_page(&site.url(path));
            let n_focusable = browser.script(FOCUSABLE, &[]).as_u64().expect("a count");
            let mut reached = Vec::new();
            loop {
                browser.press(TAB);
                let focused = browser.script(FOCUSED, &[]);
                let what = focused["what"].to_string();
                // Behind the last element comes the browser, or the first one again.
                if focused == Value::Null || reached.first() == Some(&what) {
                    break;
                }
                assert_eq!((&focused["seen"], &focused["shown"]), (&json!(true), &json!(true)), "{path}: {focused}");
                reached.push(what);
            }
            assert_eq!(reached.len() as u64, n_focusable, "{path} {look:?}: {reached:#?}");
        }
    }
}

#[test]
fn the_first_link_skips_to_the_content() {
    let site = Site::start();
    let browser = Browser::open(Habits::default());
    for path in ["/?lang=en", "/publishers"] {
        browser.open_page(&site.url(path));
        browser.press(TAB);
        let focused = browser.script(FOCUSED, &[]);
        assert!(focused["what"].as_str().is_some_and(|what| what.contains("class=\"skip\"")), "{focused}");
        browser.press(ENTER);
        browser.wait("the skip", |browser| browser.script("return document.activeElement.id", &[]) == "content");
        browser.press(TAB);
        let inside = "return document.activeElement.closest('main') !== null";
        assert_eq!(browser.script(inside, &[]), json!(true), "{path}");
    }
}
