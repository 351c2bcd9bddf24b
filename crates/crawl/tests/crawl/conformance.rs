//! What the guides have against a publisher is noted, where it is, and changes nothing else.

use openslots_crawl::CrawlLimits;
use openslots_model::{CrawlOutcome, Issue, IssueCode, LineEntry};

use crate::support::{Answer, Scene, counts, location, ndjson};

/// An Organization without fault, a line.
fn good(n: u32) -> String {
    format!(r#"{{"resourceType":"Organization","id":"o{n}","name":"Clinic {n}"}}"#)
}

/// One with an element that FHIR does not have, a line.
fn odd(n: u32) -> String {
    format!(r#"{{"resourceType":"Organization","id":"o{n}","name":"Clinic {n}","zip":"02139"}}"#)
}

async fn scene(n_lines: u32, lines: &[String]) -> Scene {
    let file = Answer::body(ndjson(lines)).tagged("1");
    Scene::checking(n_lines, CrawlLimits::default(), vec![("/o", "Organization", file)]).await
}

/// Line and requirement of each issue; all are of that one code.
fn noted(issues: &[Issue]) -> Vec<(u64, &str)> {
    let noted = issues.iter().map(|issue| {
        assert_eq!(issue.code, IssueCode::NonConformant, "{issue:?}");
        (issue.line, issue.detail.split('`').nth(1).expect("a requirement"))
    });
    noted.collect()
}

#[tokio::test]
async fn lines_are_noted_where_they_are_and_taken_all_the_same() {
    let lines = [good(1), odd(2), "{".to_owned(), odd(4), good(5)];
    let scene = scene(64, &lines).await;
    let run = scene.crawl().await;
    assert_eq!((run.outcome, counts(&run.files[0])), (CrawlOutcome::Updated, [4, 0, 1]));
    let (of_guides, other): (Vec<_>, Vec<_>) =
        scene.sink.issues(0).into_iter().partition(|issue| issue.code == IssueCode::NonConformant);
    assert_eq!(noted(&of_guides), [(2, "unknown-element"), (4, "unknown-element")]);
    assert_eq!(of_guides[0].excerpt, lines[1]);
    assert!(of_guides[0].detail.contains("Organization.zip: Organization has no `zip`. Leave out what"));
    assert_eq!(other.iter().map(|issue| (issue.line, issue.code)).collect::<Vec<_>>(), [(3, IssueCode::InvalidJson)]);
}

#[tokio::test]
async fn no_more_lines_are_looked_at_than_the_sample_has() {
    for (n_lines, want) in [(0, &[][..]), (1, &[]), (2, &[(2, "unknown-element")])] {
        let lines = [good(1), odd(2), odd(3)];
        let scene = scene(n_lines, &lines).await;
        scene.crawl().await;
        assert_eq!(noted(&scene.sink.issues(0)), want, "{n_lines}");
        assert_eq!(scene.sink.last_commit().issues.is_empty(), n_lines == 0, "the manifest is looked at as well");
    }
}

#[tokio::test]
async fn lines_that_are_as_before_are_not_looked_at_again() {
    let scene = scene(64, &[odd(1), good(2)]).await;
    scene.crawl().await;
    scene.publisher.answer("/o", Answer::body(ndjson(&[odd(1), good(2), odd(3)])).tagged("2"));
    let run = scene.crawl().await;
    assert_eq!(counts(&run.files[0]), [1, 2, 0]);
    assert_eq!(noted(&scene.sink.issues(0)), [(3, "unknown-element")]);
    assert!(matches!(scene.sink.entries(0).as_slice(), [LineEntry::Kept(_), LineEntry::Kept(_), _]));
    let run = scene.crawl().await;
    assert_eq!(run.outcome, CrawlOutcome::Unchanged);
    assert_eq!(scene.sink.issues(0), []);
}

#[tokio::test]
async fn the_manifest_is_noted_without_its_secrets_and_after_all_else() {
    let page = "{\n\"transactionTime\":\"2026-11-20T00:00:00Z\",\n\"request\":\"x?sig=hush\",\n\"output\":[\n\
         {\"type\":\"Location\",\"url\":\"locations?sig=hush\"},\n{\"type\":\"Location\",\"url\":\"gone?sig=hush\"}]}";
    let scene = Scene::checking(64, CrawlLimits::default(), vec![]).await;
    scene.publisher.answer("/$bulk-publish", Answer::body(page));
    scene.publisher.answer("/locations", Answer::body(ndjson(&[location("a")])));
    let run = scene.crawl().await;
    assert_eq!(run.outcome, CrawlOutcome::Partial, "for the file that is gone, not for the guides");
    let issues = scene.sink.last_commit().issues;
    assert_eq!(issues[0].code, IssueCode::FileFailed);
    let want = [(3, "manifest-request"), (5, "manifest-output"), (4, "manifest-missing-type"), (5, "sched-4")];
    assert_eq!(noted(&issues[1..]), want);
    assert!(issues[2].detail.contains("(1 more like it)"), "{issues:?}");
    assert!(issues.iter().all(|issue| !format!("{issue:?}").contains("hush")), "{issues:?}");
    assert!(issues[1..].iter().all(|issue| issue.file.ends_with("/$bulk-publish")), "{issues:?}");
}

#[tokio::test]
async fn increments_are_not_held_against_what_is_asked_of_manifests() {
    let page = |files: &str, next: &str| {
        format!(
            "{{\"transactionTime\":\"2026-11-20T00:00:00Z\",\"output\":[{files}],\
             \"link\":[{{\"relation\":\"next\",\"url\":\"{next}\"}}]}}"
        )
    };
    let mut scene = Scene::checking(64, CrawlLimits::default(), vec![]).await;
    let url = |path: &str| scene.publisher.url(path).to_string();
    let file = |path: &str| format!("{{\"type\":\"Organization\",\"url\":\"{}\"}}", url(path));
    scene.publisher.answer("/$bulk-publish", Answer::body(page(&file("/o1"), &url("/p1"))));
    scene.publisher.answer("/p1", Answer::body(page("", "#pending")));
    scene.publisher.answer("/o1", Answer::body(ndjson(&[good(1)])));
    let (grown, later) = (page("", &url("/p2")), page(&file("/o2"), "#pending"));
    scene.crawl_on().await;
    assert!(!noted(&scene.sink.last_commit().issues).is_empty());
    scene.publisher.answer("/p1", Answer::body(grown));
    scene.publisher.answer("/p2", Answer::body(later));
    scene.publisher.answer("/o2", Answer::body(ndjson(&[odd(2)])));
    let run = scene.crawl_on().await;
    assert_eq!(run.scope.as_str(), "increment");
    assert_eq!(scene.sink.last_commit().issues, []);
    assert_eq!(noted(&scene.sink.issues(0)), [(1, "unknown-element")], "its lines are");
}
