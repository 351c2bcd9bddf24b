//! The finder: what it lists, its calendar, its drawing, and what it says where nothing is found.

use axum::http::StatusCode;

use crate::markup::{Element, elements};
use crate::support::{Answer, TestApp, VALE};
use crate::{WHOLE_QUERY, app, attributes, page, raw, with_pages};

fn of_class<'a>(elements: &'a [Element], class: &str) -> Vec<&'a Element> {
    let has_class = |element: &&Element| {
        element.attribute("class").is_some_and(|classes| classes.split(' ').any(|known| known == class))
    };
    elements.iter().filter(has_class).collect()
}

/// The addresses of the booking buttons of a page.
fn book_links(answer: &Answer) -> Vec<String> {
    attributes(&answer.body, "href").into_iter().filter(|href| href.ends_with("/book")).collect()
}

#[tokio::test]
async fn the_list_is_what_the_api_answers() {
    let app = app();
    for (page_query, api_query) in [
        ("", ""),
        ("what=skin+doctor", "q=skin+doctor"),
        ("where=Boston,+MA&miles=50", "near=Boston,+MA&radius=50"),
        ("where=02139&miles=50&order=start", "zip=02139&radius=50&sort=start"),
        ("care=true", "isVirtual=true"),
        ("new=1", "acceptingPatients=newpt"),
        ("day=2026-10-02", "date=2026-10-02"),
        ("days=weekend", "weekday=weekend"),
        ("hours=morning", "timeOfDay=06:00-12:00"),
    ] {
        let shown = page(&app, &format!("/?{page_query}")).await;
        assert_eq!(shown.status, StatusCode::OK, "{page_query}");
        let all = elements(&shown.body);
        let found = app.json(&format!("provider-locations?slots=3&limit=20&{api_query}")).await;
        let mut keys = Vec::new();
        for one in found["providerLocations"].as_array().unwrap() {
            keys.push(format!("/places/{}", one["key"].as_str().unwrap()));
            let name = one["provider"]["name"].as_str().or(one["location"]["name"].as_str()).unwrap();
            assert!(all.iter().any(|element| element.name == "h2" && element.text.ends_with(name)), "{name}");
        }
        let entries =
            all.iter().filter(|element| element.name == "h2" && element.text.starts_with(|c: char| c.is_ascii_digit()));
        assert_eq!(entries.count(), keys.len(), "{page_query}");
        assert!(!keys.is_empty(), "{page_query} finds something");
        let mut links: Vec<String> = attributes(&shown.body, "href");
        links.retain(|href| href.starts_with("/places/"));
        links.dedup();
        for key in &keys {
            assert!(links.contains(key), "{page_query}: {key} in {links:?}");
        }
    }
}

#[tokio::test]
async fn slots_are_buttons_or_say_how_else_they_are_booked() {
    let app = app();
    let shown = page(&app, "/?what=skin+doctor").await;
    let all = elements(&shown.body);
    let buttons = of_class(&all, "book");
    assert_eq!(buttons[0].text, "Fri Oct 2, 9:00 AM EDT");
    assert_eq!(buttons[0].attribute("aria-label"), Some("Book Fri Oct 2, 9:00 AM EDT"));
    assert!(shown.body.contains("new patients") && shown.body.contains("read 1 minute ago"), "{}", shown.body);
    for href in book_links(&shown) {
        let answer = raw(&app, &href).await;
        assert_eq!(answer.status, StatusCode::SEE_OTHER, "{href}");
    }
    let by_phone = page(&app, "/?what=Flynn+Family+Medicine&care=false").await;
    assert!(
        by_phone.body.contains("Booked by phone: <a href=\"tel:5085550103\">508-555-0103</a>"),
        "{}",
        by_phone.body
    );
    assert!(by_phone.body.contains("some time on Fri Oct 2"), "a window of hours is no appointment: {}", by_phone.body);
    let to_ask = page(&app, "/?what=immunization").await;
    assert!(to_ask.body.contains("Ask the place for:"), "{}", to_ask.body);
}

#[tokio::test]
async fn the_calendar_counts_what_each_of_its_days_lists() {
    let app = app();
    for question in ["", "what=skin+doctor&", "where=02139&miles=100&"] {
        let shown = page(&app, &format!("/?{question}")).await;
        let all = elements(&shown.body);
        let days: Vec<_> = of_class(&all, "day").into_iter().filter(|day| day.name == "a").collect();
        assert!(!days.is_empty(), "{question}");
        let mut n_all = 0;
        for day in days {
            let address = day.attribute("href").unwrap();
            let date = address.split("day=").nth(1).unwrap();
            let of_day = page(&app, address).await;
            let on_page = elements(&of_day.body);
            assert_eq!(of_class(&on_page, "day").len(), 14, "the days stay when one is chosen");
            let current: Vec<_> = on_page.iter().filter(|one| one.attribute("aria-current") == Some("date")).collect();
            assert!(current.len() == 1 && current[0].text == day.text, "{address}");
            let api = question.replace("what=", "q=").replace("where=", "zip=").replace("miles=", "radius=");
            let slots = app.json(&format!("slots?{api}date={date}")).await;
            assert!(day.text.ends_with(&format!(" {} free", slots["total"])), "{} for {}", day.text, slots["total"]);
            n_all += slots["total"].as_u64().unwrap();
        }
        assert!(n_all > 0);
    }
}

#[tokio::test]
async fn the_drawing_shows_the_places_of_the_list() {
    let app = app();
    let shown = page(&app, "/?where=02139&miles=100").await;
    let all = elements(&shown.body);
    let numbers: Vec<&str> =
        all.iter().filter_map(|element| element.attribute("id")).filter(|id| id.starts_with('r')).collect();
    assert_eq!(numbers, ["r1", "r2", "r3"]);
    let drawn: Vec<&Element> = of_class(&all, "marker");
    for (marker, number) in drawn.iter().zip(&numbers) {
        assert_eq!(marker.attribute("href"), Some(format!("#{number}").as_str()));
    }
    assert_eq!(drawn.len(), 3, "one is virtual and so nowhere: it is not near either");
    assert!(of_class(&all, "ring").len() >= 4, "rings and what is written on them");
    assert!(drawn[0].text.starts_with("1. Dr. Ana Ruiz"), "{:?}", drawn[0]);
    let everywhere = page(&app, "/").await;
    assert!(everywhere.body.contains("1 is not on the map"), "{}", everywhere.body);
    let nowhere = page(&app, "/?care=true").await;
    assert!(!nowhere.body.contains("<svg") && !nowhere.body.contains("#map"), "{}", nowhere.body);
}

#[tokio::test]
async fn the_form_works_as_browsers_send_it_without_a_script() {
    let app = app();
    let shown = page(&app, "/").await;
    let all = elements(&shown.body);
    let mut fields: Vec<&str> = all.iter().filter_map(|element| element.attribute("name")).collect();
    fields.retain(|name| !["viewport", "color-scheme", "new"].contains(name));
    let asked: Vec<&str> = WHOLE_QUERY[2..].split('&').filter_map(|pair| pair.split('=').next()).collect();
    assert_eq!(fields, asked, "all fields that a browser sends");
    let sent = page(&app, WHOLE_QUERY).await;
    assert_eq!(sent.status, StatusCode::OK);
    assert_eq!(
        elements(&sent.body).iter().filter(|one| one.name == "h2").count(),
        all.iter().filter(|one| one.name == "h2").count()
    );
    let locate = all.iter().find(|element| element.attribute("id") == Some("locate")).unwrap();
    assert!(locate.attribute("hidden").is_some(), "without a script there is no button that does nothing");
}

#[tokio::test]
async fn a_question_stays_in_its_form() {
    let app = app();
    let query = "/?what=skin+doctor&where=02139&miles=60&day=2026-10-02&days=fri&hours=morning&care=false&language=vi&order=start&new=1";
    let shown = page(&app, query).await;
    let all = elements(&shown.body);
    let values: Vec<&str> = all
        .iter()
        .filter(|element| element.name == "input" || element.attribute("selected").is_some())
        .filter_map(|element| element.attribute("value"))
        .collect();
    for want in ["skin doctor", "02139", "60", "2026-10-02", "fri", "morning", "false", "vi", "start", "1"] {
        assert!(values.contains(&want), "{want}: {values:?}");
    }
    assert!(all.iter().any(|element| element.name == "details" && element.attribute("open").is_some()));
    assert!(all.iter().any(|element| element.attribute("checked").is_some()));
}

#[tokio::test]
async fn where_nothing_is_found_the_page_says_why() {
    let app = app();
    let far = page(&app, "/?what=skin+doctor&where=33101").await;
    assert_eq!(far.status, StatusCode::OK);
    assert!(far.body.contains("Nothing was found.") && far.body.contains("The nearest match is"), "{}", far.body);
    // Whole days, since it may be a window: its first minute is no appointment.
    assert!(far.body.contains("miles away, Fri Oct 2</a>."), "{}", far.body);
    let wider = attributes(&far.body, "href").into_iter().find(|href| href == "/?what=skin+doctor").unwrap();
    assert!(page(&app, &wider).await.body.contains("Dr. Ana Ruiz"));
    let several = page(&app, "/?what=skin+doctor&language=vi&days=wed").await;
    assert!(several.body.contains("No single choice is the reason"), "{}", several.body);
}

#[tokio::test]
async fn what_is_wrong_is_told_at_its_field() {
    let app = app();
    for (query, id, field) in [
        ("where=Springfield", "fault-where", "where"),
        ("where=Nowhere,+ZZ", "fault-where", "where"),
        ("where=02139&miles=900", "fault-miles", "miles"),
        ("day=yesterday", "fault-day", "day"),
        ("language=", "", ""),
        ("cursor=abc", "fault-other", ""),
    ] {
        let shown = page(&app, &format!("/?{query}")).await;
        let all = elements(&shown.body);
        let invalid: Vec<_> = all.iter().filter(|element| element.attribute("aria-invalid").is_some()).collect();
        if id.is_empty() {
            assert_eq!(shown.status, StatusCode::OK, "{query}");
            continue;
        }
        assert_eq!(shown.status, StatusCode::BAD_REQUEST, "{query}");
        let told = all.iter().find(|element| element.attribute("id") == Some(id)).unwrap();
        assert!(told.text.len() > 20, "{query}: {}", told.text);
        let named: Vec<_> = invalid.iter().filter_map(|element| element.attribute("name")).collect();
        assert_eq!(named, if field.is_empty() { vec![] } else { vec![field] }, "{query}");
    }
}

#[tokio::test]
async fn pages_follow_each_other() {
    let app = TestApp::empty();
    for feed in 0..25 {
        let lines = format!(
            r#"{{"resourceType":"Location","id":"{feed}","name":"Place {feed}","address":{{"city":"Boston","state":"MA","postalCode":"02115"}},"position":{{"latitude":42.3,"longitude":-71.{feed:02}}}}}
{{"resourceType":"Schedule","id":"{feed}","actor":[{{"reference":"Location/{feed}"}}]}}
{{"resourceType":"Slot","id":"{feed}","schedule":{{"reference":"Schedule/{feed}"}},"status":"free","start":"2026-10-02T13:{feed:02}:00Z","end":"2026-10-02T14:00:00Z"}}"#
        );
        let feed = crate::support::Feed { slug: Box::leak(format!("p{feed}").into_boxed_str()), ..VALE };
        app.crawl_lines(&feed, &lines);
    }
    app.catch_up();
    let app = with_pages(app);
    let mut address = "/?where=02115&miles=100".to_owned();
    let mut names = Vec::new();
    for want in [20, 5] {
        let shown = page(&app, &address).await;
        let all = elements(&shown.body);
        let entries: Vec<String> = all
            .iter()
            .filter(|element| element.name == "h2" && element.text.contains(" Place "))
            .map(|element| element.text.split_once(' ').unwrap().1.to_owned())
            .collect();
        assert_eq!(entries.len(), want, "{address}");
        names.extend(entries);
        let next = all.iter().find(|element| element.attribute("rel") == Some("next"));
        match next {
            Some(link) => address = link.attribute("href").unwrap().to_owned(),
            None => assert_eq!(want, 5),
        }
    }
    names.sort();
    names.dedup();
    assert_eq!(names.len(), 25);
}
