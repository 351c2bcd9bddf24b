//! Chains of increments, and what has changed since.

use std::time::Duration;

use openslots_crawl::CrawlLimits;
use openslots_model::{Coverage, CrawlOutcome, FileContent, ResumePoint, RunScope};

use crate::support::{Answer, Scene, counts, manifest, ndjson, slot, slot_of};

fn link(to: &str) -> String {
    format!(r#","link":[{{"relation":"next","url":"{to}"}}]"#)
}

fn pending() -> String {
    link("#pending")
}

fn bundle(ids: &[&str]) -> String {
    let entries: Vec<_> =
        ids.iter().map(|id| format!(r#"{{"request":{{"method":"DELETE","url":"Slot/{id}"}}}}"#)).collect();
    format!(r#"{{"resourceType":"Bundle","type":"transaction","entry":[{}]}}"#, entries.join(","))
}

/// A root with three slots that leads to a stub page with `#pending`, crawled once.
async fn chain() -> Scene {
    let body = ndjson(&[slot(1), slot(2), slot(3)]);
    let mut scene = Scene::with_files(vec![("/base.ndjson", "Slot", Answer::body(body).tagged("base"))]).await;
    let root = manifest(&[("/base.ndjson", "Slot")], &link("/page1"));
    scene.publisher.answer("/$bulk-publish", Answer::body(root));
    scene.publisher.answer("/page1", Answer::body(manifest(&[], &pending())).tagged("stub"));
    let run = scene.crawl_on().await;
    assert_eq!((run.outcome, run.scope), (CrawlOutcome::Updated, RunScope::Snapshot), "{run:?}");
    assert_eq!(scene.publisher.take_paths(), ["/$bulk-publish", "/base.ndjson", "/page1"]);
    scene
}

/// The stub page leads to a page with one more file, which ends in a stub of its own.
fn add_page(scene: &Scene, stub: &str, page: &str, file: &str, next: &str) {
    scene.publisher.answer(stub, Answer::body(manifest(&[], &link(page))).tagged("moved-on"));
    scene.publisher.answer(page, Answer::body(manifest(&[(file, "Slot")], next)).tagged(page));
}

fn page_of(scene: &Scene) -> Option<String> {
    match scene.target.memory.resume.as_ref()? {
        ResumePoint::Chain(position) => position.page.rsplit('/').next().map(str::to_owned),
        ResumePoint::Since { .. } => None,
    }
}

#[tokio::test]
async fn a_chain_without_news_costs_one_conditional_request() {
    let mut scene = chain().await;
    for _ in 0..3 {
        let run = scene.crawl_on().await;
        assert_eq!((run.outcome, run.scope, run.n_bytes), (CrawlOutcome::Unchanged, RunScope::Increment, 0));
        assert_eq!(scene.sink.last_commit().coverage, Coverage::Increment);
        let asked = scene.publisher.asked();
        assert_eq!(asked.last().map(|asked| asked.path.as_str()), Some("/page1"));
        assert_eq!(
            asked.last().and_then(|asked| asked.headers.get("if-none-match")).map(|tag| tag.as_bytes()),
            Some(&b"\"stub\""[..])
        );
        assert_eq!(scene.publisher.take_paths(), ["/page1"]);
    }
}

#[tokio::test]
async fn only_what_came_after_is_read() {
    let mut scene = chain().await;
    add_page(&scene, "/page1", "/page2", "/more.ndjson", &pending());
    scene.publisher.answer("/more.ndjson", Answer::body(ndjson(&[slot_of(2, "busy"), slot(4)])));
    let run = scene.crawl_on().await;
    assert_eq!((run.outcome, run.files.len(), counts(&run.files[0])), (CrawlOutcome::Updated, 1, [2, 0, 0]));
    assert_eq!(scene.publisher.take_paths(), ["/more.ndjson", "/page1", "/page2"]);
    assert_eq!(scene.sink.last_commit().coverage, Coverage::Increment);
    assert_eq!(page_of(&scene).as_deref(), Some("page2"));

    // The page that ended the chain lists more itself before it leads on: what was taken is not taken again.
    let both = manifest(&[("/more.ndjson", "Slot"), ("/late.ndjson", "Slot")], &link("/page3"));
    scene.publisher.answer("/page2", Answer::body(both).tagged("grown"));
    scene.publisher.answer("/page3", Answer::body(manifest(&[], &pending())).tagged("three"));
    scene.publisher.answer("/late.ndjson", Answer::body(ndjson(&[slot(5)])));
    let run = scene.crawl_on().await;
    assert_eq!((run.files.len(), counts(&run.files[0])), (1, [1, 0, 0]));
    assert_eq!(scene.publisher.take_paths(), ["/late.ndjson", "/page2", "/page3"]);
    assert_eq!(scene.crawl_on().await.outcome, CrawlOutcome::Unchanged);
    assert_eq!(scene.publisher.take_paths(), ["/page3"]);
}

#[tokio::test]
async fn what_is_taken_back_on_a_later_page_is_handed_on() {
    let mut scene = chain().await;
    let deleted = format!(r#","deleted":[{{"type":"Bundle","url":"/deleted.ndjson"}}]{}"#, pending());
    scene.publisher.answer("/page1", Answer::body(manifest(&[], &link("/page2"))).tagged("moved-on"));
    scene.publisher.answer("/page2", Answer::body(manifest(&[], &deleted)).tagged("two"));
    scene.publisher.answer("/deleted.ndjson", Answer::body(bundle(&["1", "3"])));
    let run = scene.crawl_on().await;
    assert_eq!((run.outcome, run.files.len()), (CrawlOutcome::Unchanged, 0), "the store knows what it had of them");
    let withdrawn: Vec<_> = scene
        .sink
        .last_commit()
        .withdrawals
        .into_iter()
        .map(|withdrawal| (withdrawal.resource.source_id, withdrawal.page))
        .collect();
    assert_eq!(withdrawn, [("1".to_owned(), 1), ("3".to_owned(), 1)]);
    scene.publisher.take_paths();
    scene.crawl_on().await;
    assert_eq!(scene.publisher.take_paths(), ["/page2"], "deletions that were taken are not read again");
}

#[tokio::test]
async fn an_increment_that_fails_is_read_again() {
    let mut scene = chain().await;
    add_page(&scene, "/page1", "/page2", "/more.ndjson", &pending());
    for (answer, outcome) in [(Answer::status(500), CrawlOutcome::Failed), (Answer::status(404), CrawlOutcome::Failed)]
    {
        scene.publisher.answer("/more.ndjson", answer);
        assert_eq!(scene.crawl_on().await.outcome, outcome);
        assert_eq!(page_of(&scene).as_deref(), Some("page1"), "the place in the chain stands");
    }
    // Of two files one comes: it is committed, and the place stands all the same.
    let two = manifest(&[("/more.ndjson", "Slot"), ("/good.ndjson", "Slot")], &pending());
    scene.publisher.answer("/page2", Answer::body(two).tagged("two"));
    scene.publisher.answer("/good.ndjson", Answer::body(ndjson(&[slot(9)])).tagged("good"));
    let run = scene.crawl_on().await;
    assert_eq!((run.outcome, page_of(&scene).as_deref()), (CrawlOutcome::Partial, Some("page1")));
    scene.publisher.answer("/more.ndjson", Answer::body(ndjson(&[slot(4)])));
    let run = scene.crawl_on().await;
    assert_eq!((run.outcome, page_of(&scene).as_deref()), (CrawlOutcome::Updated, Some("page2")), "{run:?}");
    let contents: Vec<_> = scene.sink.last_commit().files.into_iter().map(|file| file.content).collect();
    assert_eq!(contents, [FileContent::Read, FileContent::Unchanged]);
}

#[tokio::test]
async fn a_page_that_cannot_be_had_leaves_the_place_in_the_chain() {
    let mut scene = chain().await;
    scene.publisher.answer("/page1", Answer::status(500));
    let run = scene.crawl_on().await;
    assert_eq!(run.outcome, CrawlOutcome::Failed);
    let reason = run.reason.expect("a reason");
    assert!(reason.contains("/page1 of its chain answered http 500"), "{reason}");
    add_page(&scene, "/page1", "/page2", "/more.ndjson", &pending());
    let broken = Answer::body(manifest(&[("/more.ndjson", "Slot")], &link("/page3")));
    scene.publisher.answer("/page2", broken);
    scene.publisher.answer("/more.ndjson", Answer::body(ndjson(&[slot(4)])));
    scene.publisher.answer("/page3", Answer::body("<html>"));
    let run = scene.crawl_on().await;
    assert_eq!((run.outcome, page_of(&scene).as_deref()), (CrawlOutcome::Partial, Some("page1")), "{run:?}");
    assert_eq!(scene.sink.last_commit().coverage, Coverage::Partial);
}

#[tokio::test]
async fn an_ended_chain_is_begun_anew_from_its_root() {
    for (what, stub) in [
        ("closed", Answer::body(manifest(&[], &link("#closed"))).tagged("end")),
        ("gone", Answer::status(410)),
        ("not found", Answer::status(404)),
    ] {
        let mut scene = chain().await;
        scene.publisher.answer("/page1", stub);
        let root = manifest(&[("/base.ndjson", "Slot")], &link("/other1"));
        scene.publisher.answer("/$bulk-publish", Answer::body(root));
        scene.publisher.answer("/other1", Answer::body(manifest(&[], &pending())).tagged("other"));
        let run = scene.crawl_on().await;
        assert_eq!((run.outcome, run.scope), (CrawlOutcome::Unchanged, RunScope::Snapshot), "{what}: {run:?}");
        assert_eq!(scene.sink.last_commit().coverage, Coverage::Complete, "{what}");
        assert_eq!(scene.publisher.take_paths(), ["/$bulk-publish", "/base.ndjson", "/other1", "/page1"], "{what}");
        assert_eq!(page_of(&scene).as_deref(), Some("other1"), "{what}");
    }
}

#[tokio::test]
async fn a_root_that_is_its_own_end_is_read_whole_each_time() {
    let body = |n: u32| Answer::body(ndjson(&(0..n).map(slot).collect::<Vec<_>>())).tagged(&n.to_string());
    let mut scene = Scene::with_files(vec![("/base.ndjson", "Slot", body(1))]).await;
    let root = manifest(&[("/base.ndjson", "Slot")], &pending());
    scene.publisher.answer("/$bulk-publish", Answer::body(root).tagged("root"));
    for n in 1..4 {
        // The same URL, with other content.
        scene.publisher.answer("/base.ndjson", body(n));
        let run = scene.crawl_on().await;
        assert_eq!((run.outcome, run.scope), (CrawlOutcome::Updated, RunScope::Snapshot));
        assert_eq!(scene.publisher.take_paths(), ["/$bulk-publish", "/base.ndjson"]);
    }
    assert_eq!(scene.crawl_on().await.outcome, CrawlOutcome::Unchanged);
}

#[tokio::test]
async fn finished_pages_and_deletions_say_nothing_of_when_to_ask_again() {
    let for_ever = "max-age=31536000, immutable";
    let mut scene = chain().await;
    let deleted = format!(r#","deleted":[{{"type":"Bundle","url":"/deleted.ndjson"}}]{}"#, link("/page2"));
    scene.publisher.answer("/page1", Answer::body(manifest(&[], &deleted)).header("cache-control", for_ever));
    scene.publisher.answer("/deleted.ndjson", Answer::body(bundle(&["1"])).header("cache-control", for_ever));
    let stub = Answer::body(manifest(&[], &pending())).header("cache-control", "max-age=120");
    scene.publisher.answer("/page2", stub);
    assert_eq!(scene.crawl_on().await.hints.wished_interval_seconds, Some(120));
}

#[tokio::test]
async fn after_a_day_all_that_there_is_is_read_again() {
    let mut scene = chain().await;
    scene.clock.advance(Duration::from_secs(86_400));
    let run = scene.crawl_on().await;
    assert_eq!((run.outcome, run.scope), (CrawlOutcome::Unchanged, RunScope::Snapshot));
    assert_eq!(scene.publisher.take_paths(), ["/$bulk-publish", "/base.ndjson", "/page1"]);
    // And so it is where the operator wants other states, or names another manifest.
    assert_eq!(scene.crawl_on().await.scope, RunScope::Increment);
    scene.target.states = vec!["MA".to_owned()];
    assert_eq!(scene.crawl_on().await.scope, RunScope::Snapshot);
    assert_eq!(scene.crawl_on().await.scope, RunScope::Increment);
    scene.publisher.answer("/other/$bulk-publish", Answer::body(manifest(&[("/base.ndjson", "Slot")], "")));
    scene.target.manifest_url = scene.publisher.url("/other/$bulk-publish");
    assert_eq!(scene.crawl_on().await.scope, RunScope::Snapshot);
}

#[tokio::test]
async fn a_page_with_a_signature_is_not_kept() {
    let mut scene = Scene::with_files(vec![("/base.ndjson", "Slot", Answer::body(ndjson(&[slot(1)])))]).await;
    let root = manifest(&[("/base.ndjson", "Slot")], &link("/page1?sig=hush"));
    scene.publisher.answer("/$bulk-publish", Answer::body(root));
    scene.publisher.answer("/page1", Answer::body(manifest(&[], &pending())));
    scene.crawl_on().await;
    assert_eq!(scene.target.memory.resume, None);
    assert_eq!(scene.crawl_on().await.scope, RunScope::Snapshot);
}

#[tokio::test]
async fn a_chain_without_end_is_begun_anew() {
    let limits = CrawlLimits { max_manifest_pages: 4, ..Default::default() };
    let mut scene = Scene::with_limits(limits, vec![("/base.ndjson", "Slot", Answer::body(ndjson(&[slot(1)])))]).await;
    scene.publisher.answer("/$bulk-publish", Answer::body(manifest(&[("/base.ndjson", "Slot")], &link("/page1"))));
    scene.publisher.answer("/page1", Answer::body(manifest(&[], &pending())));
    scene.crawl_on().await;
    let mut scopes = Vec::new();
    for n in 1..5 {
        let (stub, next) = (format!("/page{n}"), format!("/page{}", n + 1));
        scene.publisher.answer(&stub, Answer::body(manifest(&[], &link(&next))));
        scene.publisher.answer(&next, Answer::body(manifest(&[], &pending())));
        scopes.push(scene.crawl_on().await.scope);
    }
    assert_eq!(scopes[..3], [RunScope::Increment, RunScope::Increment, RunScope::Snapshot]);
}

#[tokio::test]
async fn who_is_asked_since_says_what_has_changed() {
    let mut scene = Scene::with_files(vec![("/base.ndjson", "Slot", Answer::body(ndjson(&[slot(1), slot(2)])))]).await;
    scene.target.asks_since = true;
    assert_eq!(scene.crawl_on().await.scope, RunScope::Snapshot);
    scene.publisher.take_paths();
    let since = "/$bulk-publish?_since=2026-11-20T00%3A00%3A00Z";
    let changed = manifest(&[("/changed.ndjson", "Slot")], "").replace("T00:00:00Z", "T00:10:00Z");
    scene.publisher.answer(since, Answer::body(changed));
    scene.publisher.answer("/changed.ndjson", Answer::status(500));
    // What was not taken is asked for again.
    assert_eq!(scene.crawl_on().await.outcome, CrawlOutcome::Failed);
    scene.publisher.answer("/changed.ndjson", Answer::body(ndjson(&[slot(3)])));
    let run = scene.crawl_on().await;
    assert_eq!(
        (run.outcome, run.scope, counts(&run.files[0])),
        (CrawlOutcome::Updated, RunScope::Increment, [1, 0, 0])
    );
    assert_eq!(scene.sink.last_commit().coverage, Coverage::Increment);
    assert_eq!(scene.publisher.take_paths(), [since, since, "/changed.ndjson", "/changed.ndjson"]);
    // What lies ahead is not asked from, or all that changes until then would be missed.
    let later = "/$bulk-publish?_since=2026-11-20T00%3A10%3A00Z";
    scene.publisher.answer(later, Answer::body(manifest(&[], "").replace("2026-11-20", "2036-11-20")));
    scene.crawl_on().await;
    assert_eq!(scene.publisher.take_paths(), [later]);
    assert_eq!(scene.target.memory.resume, None);
    assert_eq!(scene.crawl_on().await.scope, RunScope::Snapshot);
    scene.crawl_on().await;
    // Once a day all is read: what vanished is known by then.
    scene.clock.advance(Duration::from_secs(86_400));
    assert_eq!(scene.crawl_on().await.scope, RunScope::Snapshot);
}

#[tokio::test]
async fn of_several_pages_the_earliest_time_is_asked_from() {
    let mut scene = Scene::with_files(vec![("/base.ndjson", "Slot", Answer::body(ndjson(&[slot(1)])))]).await;
    scene.target.asks_since = true;
    let at = |time: &str, body: String| body.replace("2026-11-20T00:00:00Z", time);
    let root = manifest(&[("/base.ndjson", "Slot")], &link("/page2"));
    scene.publisher.answer("/$bulk-publish", Answer::body(at("2026-11-19T10:00:00Z", root)));
    scene.publisher.answer("/page2", Answer::body(at("2026-11-19T12:00:00Z", manifest(&[], ""))));
    let run = scene.crawl_on().await;
    assert_eq!(run.transaction_time.as_deref(), Some("2026-11-19T12:00:00Z"));
    let Some(ResumePoint::Since { transaction_time, .. }) = &scene.target.memory.resume else { panic!("no point") };
    assert_eq!(transaction_time, "2026-11-19T10:00:00Z");
}
