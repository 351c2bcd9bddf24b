//! What one file has lost to another comes back when the other lets it go, although its own file stays as it was.

use openslots_model::{CrawlOutcome, PublisherSlug};
use url::Url;

use super::matrix::server::{Script, Server};
use super::matrix::{crawl, engine, held, slots};

#[tokio::test(flavor = "multi_thread")]
async fn a_duplicate_is_taken_up_again_by_a_file_that_is_as_before() {
    let folder = tempfile::tempdir().expect("a temporary folder");
    let engine = {
        let folder = folder.path().to_owned();
        tokio::task::spawn_blocking(move || engine(&folder)).await.expect("an engine")
    };
    let server = Server::start().await;
    let entry = |url: &str| format!(r#"{{"type":"Slot","url":"{url}"}}"#);
    let manifest = format!(r#"{{"output":[{},{}]}}"#, entry("one"), entry("two"));
    server.set("/clinic/$bulk-publish", Script::Well(manifest));
    let slug: PublisherSlug = "clinic".parse().expect("a slug");
    let url = Url::parse(&format!("{}/clinic/$bulk-publish", server.base)).expect("a URL");
    engine.put_publisher(&slug, "Clinic", &url).expect("a store");
    // Both list the first five; the later file wins.
    server.set("/clinic/one", Script::Well(slots("s", 20, 0)));
    server.set("/clinic/two", Script::Well(slots("s", 5, 5) + &slots("t", 15, 0)));
    crawl(&engine, &slug).await;
    let n_busy = |lines: &[String]| lines.iter().filter(|line| line.contains("busy")).count();
    let (lines, _) = held(&engine, &slug);
    assert_eq!((lines.len(), n_busy(&lines)), (35, 5));
    // Nothing new: nothing changes, though both are read anew.
    assert_eq!(crawl(&engine, &slug).await.outcome, CrawlOutcome::Unchanged);
    // The later file lets them go; the first one, byte for byte as before, has them again.
    server.set("/clinic/two", Script::Well(slots("t", 15, 0)));
    crawl(&engine, &slug).await;
    let (lines, _) = held(&engine, &slug);
    assert_eq!((lines.len(), n_busy(&lines)), (35, 0));
    let run = crawl(&engine, &slug).await;
    assert_eq!((run.outcome, run.files[0].n_bytes), (CrawlOutcome::Unchanged, 0), "a 304 will do again: {run:?}");
}
