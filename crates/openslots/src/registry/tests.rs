//! Registries in every form, and hostile ones.

use proptest::prelude::*;

use super::*;

const TYPE: &str = r#""serviceType":"https://github.com/smart-on-fhir/smart-scheduling-links""#;

/// A publisher as the public repository has it.
fn service(name: &str) -> String {
    format!(
        r#"{{"@context":"https://schema.org/","@type":"Service","name":"{name}",{TYPE},
            "category":"testing","url":"https://example.org/{name}/$bulk-publish",
            "provider":{{"@type":"Organization","name":"{name} Health","contactPoint":[]}}}}"#
    )
}

fn page(blocks: &[&str]) -> String {
    let scripts = blocks.iter().map(|block| format!("<script type=\"application/ld+json\">{block}</script>\n"));
    format!("<!doctype html><html><head><title>Clinic</title>{}</head>", scripts.collect::<String>())
}

fn names(read: &RegistryRead) -> Vec<&str> {
    read.publishers.iter().map(|publisher| publisher.name.as_deref().unwrap_or("-")).collect()
}

fn told(read: &RegistryRead) -> Vec<String> {
    read.passed_over.iter().map(ToString::to_string).collect()
}

#[test]
fn a_publisher_is_read_with_all_that_is_said_of_it() {
    let text = format!(
        r#"{{"@context":"https://schema.org/","@type":"Service","name":" Clinic\n One ",{TYPE},"category":"production",
            "url":"https://example.org/$bulk-publish?v=1","provider":{{"@type":"Organization","name":"Clinic Health"}},
            "additionalProperty":[
              {{"@type":"PropertyValue","additionalType":"ApiHeader","name":"CLIENT_ID","value":"hush"}},
              {{"@type":"PropertyValue","additionalType":"ApiHeader","name":"CLIENT_ID","value":"hush"}},
              {{"@type":"PropertyValue","additionalType":"QueryParam","name":"key","value":"hush"}},
              {{"@type":"PropertyValue","name":"beds","value":"12"}}, 7]}}"#
    );
    let read = read(&text).expect("a registry");
    let want = ListedPublisher {
        name: Some("Clinic One".to_owned()),
        url: Url::parse("https://example.org/$bulk-publish?v=1").expect("a URL"),
        category: Some("production".to_owned()),
        provider: Some("Clinic Health".to_owned()),
        service_type: Some("https://github.com/smart-on-fhir/smart-scheduling-links".to_owned()),
        headers: vec!["CLIENT_ID".to_owned()],
        query: vec!["key".to_owned()],
    };
    assert_eq!(read.publishers, [want]);
    assert!(read.passed_over.is_empty());
    assert!(!format!("{read:?}").contains("hush"), "values are secrets");
}

#[test]
fn publishers_are_found_in_every_form() {
    let (a, b) = (service("a"), service("b"));
    let two = ["a", "b"].as_slice();
    for (what, text, want) in [
        ("one", a.clone(), &two[..1]),
        ("one with a byte order mark", format!("\u{feff}\n{a}\n"), &two[..1]),
        ("a list", format!("[{a},{b}]"), two),
        ("lists of lists", format!("[[{a}],[[{b}]]]"), two),
        ("a graph", format!(r#"{{"@context":"https://schema.org/","@graph":[{a},{b}]}}"#), two),
        ("a graph of one", format!(r#"{{"@graph":{a}}}"#), &two[..1]),
        ("a graph beside a service", a.replacen('{', &format!(r#"{{"@graph":[{b}],"#), 1), &["b", "a"]),
        ("a list of items", format!(r#"{{"@type":"ItemList","itemListElement":[{a},{b}]}}"#), two),
        (
            "a list of list items",
            format!(r#"{{"@type":"ItemList","itemListElement":[{{"@type":"ListItem","position":1,"item":{a}}},{b}]}}"#),
            two,
        ),
        ("a list without a type", format!(r#"{{"itemListElement":{a}}}"#), &two[..1]),
        ("a full type", a.replace("\"Service\"", "\"http://schema.org/Service\""), &two[..1]),
        ("several types", a.replace("\"Service\"", "[\"MedicalClinic\",\"schema:Service\"]"), &two[..1]),
        ("a page", page(&[&a]), &two[..1]),
        ("a page of two blocks", page(&[&a, &b]), two),
        ("a page with a list", page(&[&format!("[{a},{b}]")]), two),
        ("a page with a graph", page(&[&format!(r#"{{"@graph":[{a},{b}]}}"#)]), two),
    ] {
        let read = read(&text).expect(what);
        assert_eq!(names(&read), want, "{what}");
        assert!(read.passed_over.is_empty(), "{what}: {read:?}");
    }
}

#[test]
fn blocks_of_a_page_are_read_by_the_rules_of_html() {
    let a = service("a");
    let script = |attributes: &str| format!("<p>Hello<SCRIPT {attributes}>{a}</SCRIPT >");
    let in_page = |text: &str| page(&[text]);
    for (what, text, n_publishers) in [
        ("other quotes", script("type='application/ld+json'"), 1),
        ("no quotes", script("defer type=application/ld+json id=x"), 1),
        ("letters and parameters", script("TYPE=\" Application/LD+JSON; charset=utf-8\""), 1),
        ("an entity in the attribute", script("type=\"application/ld&#43;json\""), 1),
        ("a comment around it", in_page(&format!("<!--\n{a}\n-->")), 1),
        ("an old comment around it", in_page(&format!("<!--\n{a}\n//-->")), 1),
        ("a section around it", in_page(&format!("//<![CDATA[\n{a}\n//]]>")), 1),
        ("a section in comments", in_page(&format!("/*<![CDATA[*/{a}/*]]>*/")), 1),
        ("a page that breaks off", format!("<script type=\"application/ld+json\">{a}"), 1),
        ("tags in a text", in_page(&a.replace("\"testing\"", r#""<b>testing<\/script>""#)), 1),
        (
            "a script in another",
            format!(
                "<script>var x = '<script type=\"application/ld+json\">{a}';</script>{}",
                script("type=application/ld+json")
            ),
            1,
        ),
        ("a commented out block", format!("<!-- {} -->{}", script("type=application/ld+json"), in_page("[]")), 0),
        ("a block in a title", format!("<title>{}</title>{}", script("type=application/ld+json"), in_page("[]")), 0),
        ("an empty block", in_page(""), 0),
        ("half a block", in_page(&a[..100]), 0),
    ] {
        let read = read(&text).expect(what);
        assert_eq!(read.publishers.len(), n_publishers, "{what}: {read:?}");
    }
    // HTML has no entities in scripts.
    let read = read(&page(&[&a.replace("\"a\"", "\"Smith &amp; Co\"")])).expect("a registry");
    assert_eq!(names(&read), ["Smith &amp; Co"]);
}

#[test]
fn what_is_no_publisher_is_told() {
    let a = service("a");
    let with = |from: &str, to: &str| a.replace(from, to);
    let other_type = with(TYPE, r#""serviceType":"Dermatology""#);
    let no_type = with(&format!("{TYPE},"), "");
    let no_type_elsewhere = no_type.replace("$bulk-publish", "skin");
    let url = r#""url":"https://example.org/a/$bulk-publish""#;
    let block = |text: &str| page(&[text]);
    for (what, text, want) in [
        (
            "another type",
            r#"{"@type":"Organization","name":"Clinic"}"#.to_owned(),
            "the text is of type `Organization`",
        ),
        ("no type", r#"{"name":"Clinic"}"#.to_owned(), "the text has no `@type`"),
        ("crumbs", r#"{"@type":"BreadcrumbList","itemListElement":[7]}"#.to_owned(), "is of type `BreadcrumbList`"),
        ("an item elsewhere", r#"{"@type":"ListItem","url":"https://example.org/"}"#.to_owned(), "of type `ListItem`"),
        ("a number", "[7]".to_owned(), "the text, entry 1 is neither an object nor a list"),
        ("another service", other_type, "the text (`a`) has serviceType `Dermatology`"),
        ("no url", with(url, r#""uri":"x""#), "the text (`a`) has no url"),
        ("an empty url", with(url, r#""url":" ""#), "has no url"),
        ("a null url", with(url, r#""url":null"#), "has no url"),
        ("half a url", with(url, r#""url":"/$bulk-publish""#), "has a url that is none: relative URL without a base"),
        ("a file", with(url, r#""url":"file:///etc/passwd""#), "has a url of scheme `file`"),
        ("a script", with(url, r#""url":"javascript:alert(1)""#), "has a url of scheme `javascript`"),
        ("a service of a page", block(&no_type_elsewhere), "block 1 (`a`) has no serviceType"),
        ("a broken block", block("{,}"), "block 1 is not JSON: key must be a string at line 1 column 2"),
        ("an entry of a block", page(&["[]", "[{},7]"]), "block 2, entry 1 has no `@type`"),
    ] {
        let read = read(&text).expect(what);
        assert!(read.publishers.is_empty(), "{what}: {read:?}");
        assert!(told(&read).first().is_some_and(|told| told.contains(want)), "{what}: {:?}", told(&read));
    }
    // These are taken.
    let as_object = TYPE.replace(":\"", ":{\"@id\":\"").replace("links\"", "links/\"}");
    let as_list = TYPE.replace(":\"", ":[\"Booking\",\"").replace("links\"", "links\"]");
    for (what, text) in [
        ("no type in a file", no_type_elsewhere.clone()),
        ("no type, but a manifest", block(&no_type)),
        ("no type, but an encoded manifest", block(&no_type.replace('$', "%24"))),
        ("a type by its id", with(TYPE, &as_object)),
        ("one type of several", with(TYPE, &as_list)),
        ("a url by its id", with(url, r#""url":{"@id":"https://example.org/a/$bulk-publish"}"#)),
    ] {
        assert_eq!(read(&text).expect(what).publishers.len(), 1, "{what}");
    }
}

#[test]
fn a_url_is_taken_once_and_unclear_needs_are_told() {
    let (a, b) = (service("a"), service("b"));
    let again =
        a.replace("\"name\":\"a\"", "\"name\":\"again\"").replace("https://example.org/", "HTTPS://EXAMPLE.ORG:443/");
    let nameless = b.replacen('{', r#"{"additionalProperty":{"additionalType":"ApiHeader","value":"hush"},"#, 1);
    let read = read(&format!("[{a},{again},{nameless}]")).expect("a registry");
    assert_eq!(names(&read), ["a", "b"]);
    assert_eq!(
        told(&read),
        [
            "the text, entry 2 (`again`) has the url of one before it",
            "the text, entry 3 (`b`) needs a header or query parameter whose name is missing"
        ]
    );
}

#[test]
fn hostile_texts_are_refused_or_read_within_limits() {
    let deep = "[".repeat(100_000);
    let long = format!("{}{}", service("a"), " ".repeat(MAX_TEXT_BYTES));
    for (what, text, want) in [
        ("nothing", "\u{feff} \n", "is empty"),
        ("words", "hello", "neither JSON"),
        ("half", "{\"@type\":", "is not JSON: EOF"),
        ("depth", &deep, "is not JSON: recursion limit"),
        ("length", &long, "is larger than the limit"),
        ("a page without blocks", "<html><script>{}</script>", "without a `<script type=\"application/ld+json\">`"),
    ] {
        let error = read(text).expect_err(what).to_string();
        assert!(error.contains(want), "{what}: {error}");
    }
    let nothings = read(&format!("[{}7]", "7,".repeat(9_999))).expect("a registry");
    assert_eq!((nothings.passed_over.len(), nothings.n_more_passed_over), (1_000, 9_000));
    let wordy = read(&service("a").replace("\"testing\"", &format!("\"{}\\u0000\\u001b[31m\"", "x".repeat(5_000))));
    let category = wordy.expect("a registry").publishers[0].category.clone().expect("a category");
    assert_eq!(category, "x".repeat(200));
    let lists = format!("{}{}{}", "[".repeat(120), service("a"), "]".repeat(120));
    assert_eq!(read(&lists).expect("a registry").publishers.len(), 1);
}

proptest! {
    #[test]
    fn any_text_is_read_or_refused(text in "(?s).{0,200}") {
        read(&text).ok();
        read(&page(&[&text])).ok();
    }

    #[test]
    fn any_page_of_scraps_is_read_or_refused(scraps in prop::collection::vec(0usize..18, 0..40)) {
        let service = service("a");
        let known = [
            "<script type=\"application/ld+json\">", "</script>", "<script", ">", "<!--", "-->", "<title>", "</title>",
            "{\"@type\":\"Service\",\"url\":", "{\"@graph\":[", "]}", "\"https://example.org/$bulk-publish\"}", "&amp;",
            "<![CDATA[", "\"", "\u{0}", service.as_str(), "//]]>",
        ];
        let text: String = scraps.iter().map(|scrap| known[*scrap]).collect();
        read(&text).ok();
        read(&format!("<html>{text}")).ok();
    }
}
