//! Free text.

use openslots_model::{AvailabilityQuery, Coding, PageStart, ProviderLocationSort, SlotSort, TextQuery, UnixSeconds};
use openslots_search::{Error, SearchIndex};

use crate::world::{Edit, NUCC, SNOMED, World, code, free, provider_location};

fn world() -> World {
    let dermatology = || code(SNOMED, "394582007", "Dermatology");
    let mut world = World::default();
    let traits = world.add_traits(free());
    let mut add = |it| {
        let number = world.add(it);
        world.add_slot(number.0, 1_800_000_000 - i64::from(number.0), traits);
    };
    add(provider_location(1, &[1]).named("Flynn Andrews, MD").at("Boston", "MA").specialised(dermatology()));
    add(provider_location(2, &[2]).named("Conor O'Brien").at("Cedar Rapids", "IA"));
    add(provider_location(3, &[3]).named("Ana Ménière").at("Mayagüez", "PR"));
    add(provider_location(4, &[4]).named("Boston Strong").at("Worcester", "MA"));
    add(provider_location(5, &[5]).named("Kim Lee").at("Portland", "OR").specialised(code(NUCC, "207N00000X", "")));
    add(provider_location(6, &[6]).named("Pat Doe").at("Bolton", "NC").edit(|it| {
        it.schedules[0].service_types.push(Coding { display: Some("Children's vaccines".into()), ..Coding::default() });
        if let Some(place) = &mut it.place {
            place.postal_code = Some("02139".into());
            place.description = Some("Ask at the desk for Boston".into());
        }
    }));
    add(provider_location(7, &[7]).named("Lou Smyth").at("Portland", "ME"));
    add(provider_location(8, &[8]).named("Jo Roe").at("St. Louis", "MO"));
    add(provider_location(9, &[9]).named("Jo Poe").at("Fort Wayne", "IN"));
    world
}

fn ranked(index: &SearchIndex, text: &str) -> Vec<u32> {
    let query =
        AvailabilityQuery { text: Some(TextQuery(text.into())), ..AvailabilityQuery::free_from(UnixSeconds(0)) };
    let snapshot = index.snapshot();
    let page = snapshot.provider_locations(&query, ProviderLocationSort::Relevance, PageStart::Offset(0), 100, 1);
    let numbers = page.expect("provider locations").hits.iter().map(|hit| hit.number.0).collect::<Vec<_>>();
    let slots = snapshot.slots(&query, SlotSort::Relevance, PageStart::Offset(0), 100).expect("slots");
    let by_slots = slots.hits.iter().map(|hit| hit.provider_location.0).collect::<Vec<_>>();
    assert_eq!(by_slots, numbers, "slots are ranked like their provider locations: {text}");
    numbers
}

#[test]
fn people_find_what_they_mean() {
    let dir = tempfile::tempdir().expect("a directory");
    let index = world().index(dir.path());
    for (text, want, why) in [
        ("dermatolgist boston", &[1][..], "a letter is missing, and the word is the vocabulary's"),
        ("skin doctor", &[5, 1], "two code systems, everyday words"),
        ("dermatologist in boston", &[1], "words between need not be found"),
        ("O'Brien Cedar Rapids", &[2], "an apostrophe is no syntax"),
        ("obrien", &[2], "written without it"),
        ("o brien", &[2], "written apart"),
        ("OBRIEN, Conor", &[2], "case and order do not matter"),
        ("meniere mayaguez", &[3], "accents left out"),
        ("MÉNIÈRE", &[3], "accents given"),
        ("men", &[3], "three letters begin a word"),
        ("me", &[7], "two letters are a word of their own: the state"),
        ("boston", &[4, 1, 6], "name before place before description, and not Bolton"),
        ("bostn", &[4, 1, 6], "a letter is missing"),
        ("botson", &[4, 1, 6], "two letters are swapped: one typo"),
        ("baston", &[4, 1, 6], "a letter is wrong"),
        ("portland or", &[5, 7], "`or` may be Oregon, which counts, or just a word"),
        ("smith", &[7], "nobody is called so, somebody nearly"),
        ("smyth portlnd", &[7], "only the word that is nowhere is stretched"),
        ("childrens vaccine", &[6], "the beginning of a word"),
        ("children's", &[6], "with its apostrophe"),
        ("02139", &[6], "a ZIP code"),
        ("02138", &[], "numbers are never stretched"),
        ("boston smith", &[], "each word is known or nearly known, but not in one place"),
        ("saint louis", &[8], "written out"),
        ("st louis", &[8], "as published"),
        ("ft wayne", &[9], "abbreviated"),
        ("xyzzy", &[], "nothing like it"),
        ("lee kim portland", &[5], "all in one"),
    ] {
        assert_eq!(ranked(&index, text), want, "{text}: {why}");
    }
}

#[test]
fn a_typo_in_a_word_that_exists_elsewhere_is_forgiven_when_nothing_else_is_found() {
    let mut world = world();
    world.add(provider_location(10, &[10]).named("Dee Bolton").at("Cedar Falls", "IA"));
    let dir = tempfile::tempdir().expect("a directory");
    let index = world.index(dir.path());
    assert_eq!(ranked_without_slots(&index, "bolton flynn"), [1], "Boston is meant");
    assert_eq!(ranked_without_slots(&index, "bolton"), [10, 6], "Bolton is meant");
}

fn ranked_without_slots(index: &SearchIndex, text: &str) -> Vec<u32> {
    let query =
        AvailabilityQuery { text: Some(TextQuery(text.into())), ..AvailabilityQuery::free_from(UnixSeconds(0)) };
    let snapshot = index.snapshot();
    let page = snapshot.provider_locations(&query, ProviderLocationSort::Relevance, PageStart::Offset(0), 100, 1);
    page.expect("provider locations").hits.iter().map(|hit| hit.number.0).collect()
}

#[test]
fn a_text_without_words_does_not_filter() {
    let dir = tempfile::tempdir().expect("a directory");
    let snapshot = world().index(dir.path()).snapshot();
    for text in ["", "   ", "?!", "\u{1f600}"] {
        let query =
            AvailabilityQuery { text: Some(TextQuery(text.into())), ..AvailabilityQuery::free_from(UnixSeconds(0)) };
        let page = snapshot.slots(&query, SlotSort::Start, PageStart::Offset(0), 100).expect("slots");
        assert_eq!(page.total, 9, "{text:?}");
        let ranked = snapshot.slots(&query, SlotSort::Relevance, PageStart::Offset(0), 100);
        assert!(matches!(ranked, Err(Error::RelevanceWithoutText)), "{text:?}");
    }
}

#[test]
fn bad_queries_are_told_from_failures() {
    let dir = tempfile::tempdir().expect("a directory");
    let snapshot = world().index(dir.path()).snapshot();
    let all = AvailabilityQuery::free_from(UnixSeconds(0));
    let long = AvailabilityQuery {
        text: Some(TextQuery((0..30).map(|n| format!("w{n} ")).collect())),
        ..AvailabilityQuery::free_from(UnixSeconds(0))
    };
    for (query, sort, want) in [
        (&all, SlotSort::Distance, "sorting by distance needs a place"),
        (&all, SlotSort::Relevance, "sorting by relevance needs free text"),
        (&long, SlotSort::Start, "free text has 30 words, at most 16"),
    ] {
        let error = snapshot.slots(query, sort, PageStart::Offset(0), 1).expect_err(want);
        assert!(error.is_bad_query());
        assert!(error.to_string().starts_with(want), "{error}");
    }
}

#[test]
fn texts_of_any_kind_are_searched_without_harm() {
    let dir = tempfile::tempdir().expect("a directory");
    let snapshot = world().index(dir.path()).snapshot();
    for text in ["\"", "a:b", "+-!(){}[]^~*?\\/", "name:boston AND", "皮肤科医生", "\0", &"x".repeat(10_000), "ﬁ ǅ ß"]
    {
        let query =
            AvailabilityQuery { text: Some(TextQuery(text.into())), ..AvailabilityQuery::free_from(UnixSeconds(0)) };
        assert!(snapshot.slots(&query, SlotSort::Start, PageStart::Offset(0), 10).is_ok(), "{text:?}");
    }
}
