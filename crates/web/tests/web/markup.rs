//! Whether a page is sound: its syntax, its nesting, its ids, the names of what can be used, and nothing inline.

use std::collections::{BTreeMap, BTreeSet};

use html5gum::{DefaultEmitter, Token, Tokenizer};

/// Elements that have no end.
const VOID: [&str; 6] = ["meta", "link", "input", "br", "img", "hr"];

/// A start tag.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Element {
    pub(crate) name: String,
    attributes: BTreeMap<String, String>,
    /// The elements that it is in, the outermost first.
    within: Vec<String>,
    /// All text inside, where it is closed.
    pub(crate) text: String,
}

impl Element {
    pub(crate) fn attribute(&self, name: &str) -> Option<&str> {
        self.attributes.get(name).map(String::as_str)
    }
}

fn text(bytes: &[u8]) -> String {
    std::str::from_utf8(bytes).unwrap().to_owned()
}

/// All elements of a page, in order; its syntax and its nesting must be sound.
pub(crate) fn elements(html: &str) -> Vec<Element> {
    let mut emitter = DefaultEmitter::default();
    emitter.naively_switch_states(true);
    let mut elements: Vec<Element> = Vec::new();
    let mut open: Vec<usize> = Vec::new();
    for Ok(token) in Tokenizer::new_with_emitter(html, emitter) {
        match token {
            Token::StartTag(tag) => {
                let name = text(&tag.name);
                let attributes = tag.attributes.iter().map(|(name, value)| (text(name), text(value))).collect();
                let within = open.iter().map(|place| elements[*place].name.clone()).collect();
                if !VOID.contains(&name.as_str()) {
                    open.push(elements.len());
                }
                elements.push(Element { name, attributes, within, text: String::new() });
            }
            Token::EndTag(tag) => {
                let place = open.pop().expect("something is open");
                assert_eq!(elements[place].name, text(&tag.name), "closed out of order");
            }
            Token::String(string) => {
                for place in &open {
                    elements[*place].text.push_str(&text(&string));
                }
            }
            Token::Error(error) => panic!("{error:?} in {html}"),
            Token::Comment(comment) => panic!("a comment: {comment:?}"),
            Token::Doctype(_) => {}
        }
    }
    assert!(open.is_empty(), "left open: {:?}", open.iter().map(|place| &elements[*place].name).collect::<Vec<_>>());
    elements
}

/// Fails where a page is not as it must be.
pub(crate) fn check(path: &str, html: &str) {
    let all = elements(html);
    assert!(html.starts_with("<!DOCTYPE html>"), "{path}");
    assert!(all[0].name == "html" && all[0].attribute("lang").is_some_and(|lang| !lang.is_empty()), "{path}");
    for name in ["title", "h1", "main", "header", "footer"] {
        assert_eq!(
            all.iter().filter(|element| element.name == name && !is_drawn(element)).count(),
            1,
            "{path}: <{name}>"
        );
    }
    let ids: Vec<&str> = all.iter().filter_map(|element| element.attribute("id")).collect();
    let known: BTreeSet<&str> = ids.iter().copied().collect();
    assert_eq!(ids.len(), known.len(), "{path}: an id is there twice: {ids:?}");
    let mut level = 0;
    for element in &all {
        nothing_inline(path, element);
        only_from_here(path, element);
        has_a_name(path, element, &all);
        for (attribute, value) in &element.attributes {
            if ["list", "for", "aria-describedby", "aria-labelledby"].contains(&attribute.as_str()) {
                for id in value.split(' ') {
                    assert!(known.contains(id), "{path}: {attribute}={value} names nothing");
                }
            }
        }
        if let Some(target) = element.attribute("href").and_then(|href| href.strip_prefix('#')) {
            assert!(known.contains(target), "{path}: #{target} leads nowhere");
        }
        if let Some(heading) = element.name.strip_prefix('h').and_then(|rest| rest.parse::<u32>().ok()) {
            assert!(heading <= level + 1, "{path}: a heading of level {heading} below one of {level}");
            assert!(!element.text.trim().is_empty(), "{path}: a heading says nothing");
            level = heading;
        }
        let is_block = ["p", "div", "ul", "ol", "dl", "h2", "h3", "section", "form"].contains(&element.name.as_str());
        assert!(
            !(is_block && element.within.iter().any(|outer| outer == "p")),
            "{path}: a block in a paragraph: {element:?}"
        );
        let is_used = ["a", "button", "input", "select"].contains(&element.name.as_str());
        assert!(!(is_used && element.within.iter().any(|outer| outer == "a")), "{path}: {element:?} in a link");
    }
}

fn is_drawn(element: &Element) -> bool {
    element.within.iter().any(|outer| outer == "svg")
}

/// The policy forbids styles and scripts that stand in the page.
fn nothing_inline(path: &str, element: &Element) {
    assert!(element.name != "style", "{path}");
    assert!(element.name != "script" || element.text.is_empty(), "{path}: a script in the page");
    for name in element.attributes.keys() {
        assert!(!name.starts_with("on") && name != "style", "{path}: {name} of {element:?}");
    }
}

/// Whatever is loaded is ours, and whatever is followed is a page, a number to call or a place of ours.
fn only_from_here(path: &str, element: &Element) {
    for name in ["src", "href", "action"] {
        let Some(value) = element.attribute(name) else { continue };
        let is_ours = value.starts_with('/') && !value.starts_with("//") || value.starts_with('#');
        let is_link =
            element.name == "a" && ["https://", "http://", "tel:"].iter().any(|start| value.starts_with(start));
        assert!(is_ours || is_link, "{path}: {name}={value}");
    }
}

/// What can be used has a name that is read out.
fn has_a_name(path: &str, element: &Element, all: &[Element]) {
    let has_label = || element.attribute("aria-label").is_some_and(|label| !label.trim().is_empty());
    match element.name.as_str() {
        "a" | "button" => assert!(has_label() || !element.text.trim().is_empty(), "{path}: {element:?}"),
        "select" => assert!(element.within.iter().any(|outer| outer == "label"), "{path}: {element:?}"),
        "input" if element.attribute("type") != Some("hidden") => {
            assert!(element.within.iter().any(|outer| outer == "label"), "{path}: {element:?}");
        }
        "label" => assert!(!element.text.trim().is_empty(), "{path}: {element:?}"),
        "nav" | "svg" | "aside" => {
            let is_labelled = has_label() || element.attribute("aria-labelledby").is_some();
            // A drawing that adds nothing to the words beside it, or is part of one that has a name.
            let is_labelled = is_labelled || element.attribute("aria-hidden").is_some() || is_drawn(element);
            assert!(is_labelled, "{path}: {element:?} among {}", all.len());
        }
        _ => {}
    }
}
