//! English and Spanish: which is chosen, and that a page stays in it.

use axum::body::Body;
use axum::http::Request;

use crate::markup::elements;
use crate::{app, attributes, page};

#[tokio::test]
async fn the_language_is_that_of_the_address_else_that_of_the_browser() {
    let app = app();
    for (path, accepted, want) in [
        ("/", "", "en"),
        ("/", "es-MX,es;q=0.9,en;q=0.5", "es"),
        ("/", "fr", "en"),
        ("/?lang=es", "en", "es"),
        ("/?lang=en&what=skin+doctor", "es", "en"),
        ("/?lang=xx", "es", "es"),
        ("/?where=Springfield", "es", "es"),
        ("/places/nothing", "es", "es"),
        ("/places/nothing?lang=en", "es", "en"),
    ] {
        let request = Request::get(path).header("accept-language", accepted).body(Body::empty()).unwrap();
        let answer = app.send(request).await;
        assert_eq!(answer.header("content-language"), want, "{path} {accepted}");
        let vary: Vec<_> = answer.headers.get_all("vary").iter().map(|value| value.to_str().unwrap()).collect();
        assert!(vary.iter().any(|value| value.contains("accept-language")), "{path}: {vary:?}");
        let all = elements(&answer.body);
        assert_eq!(all[0].attribute("lang"), Some(want), "{path} {accepted}");
        let other = if want == "en" { "es" } else { "en" };
        let translation = all.iter().find(|element| element.attribute("hreflang").is_some()).unwrap();
        assert_eq!(translation.attribute("lang"), Some(other), "{path}");
        assert!(translation.attribute("href").unwrap().contains(&format!("lang={other}")), "{path}");
    }
}

#[tokio::test]
async fn a_page_in_a_language_leads_to_pages_in_it() {
    let app = app();
    let question = "what=dermat%C3%B3logo&where=02139&miles=50";
    let shown = page(&app, &format!("/?lang=es&{question}")).await;
    for told in [
        "Encuentre una cita",
        "Se entendió: «dermatólogo» como Dermatología.",
        ">vie 2 oct, 9:00 a.\u{a0}m. EDT</a>",
        "Reservar: vie 2 oct",
        "leído hace 1 minuto",
        "1 lugar",
        "<input type=\"hidden\" name=\"lang\" value=\"es\">",
    ] {
        assert!(shown.body.contains(told), "{told}\n{}", shown.body);
    }
    let all = elements(&shown.body);
    for link in all.iter().filter(|element| element.name == "a" && element.attribute("hreflang").is_none()) {
        let href = link.attribute("href").unwrap();
        if href == "/" || href.starts_with("/?") || href.starts_with("/places/") {
            assert!(href.contains("lang=es"), "{href}");
        }
    }
    let place = attributes(&shown.body, "href").into_iter().find(|href| href.starts_with("/places/")).unwrap();
    let place = page(&app, &place).await;
    for told in ["Horarios libres", "Viernes 2 de octubre", "De dónde vienen estos datos", "Dermatología"] {
        assert!(place.body.to_lowercase().contains(&told.to_lowercase()), "{told}\n{}", place.body);
    }
}

#[tokio::test]
async fn spanish_faults_are_told_in_spanish_with_the_detail_marked_as_english() {
    let shown = page(&app(), "/?lang=es&where=Springfield").await;
    assert!(shown.body.contains("No se entendió lo que escribió en «Dónde»: <span lang=\"en\">"), "{}", shown.body);
}

#[tokio::test]
async fn pages_in_english_only_say_so() {
    let app = app();
    for path in ["/publishers", "/docs"] {
        let request = Request::get(path).header("accept-language", "es").body(Body::empty()).unwrap();
        let answer = app.send(request).await;
        assert_eq!(answer.header("content-language"), "en", "{path}");
        assert_eq!(elements(&answer.body)[0].attribute("lang"), Some("en"), "{path}");
    }
}
