//! Daily exports over HTTP: what is listed can be read, whole or in part, and nothing else can.

use std::fs;
use std::path::Path;
use std::sync::Arc;

use axum::body::Body;
use axum::http::{Method, Request, StatusCode};
use openslots_api::ApiOptions;
use openslots_publish::daily_exports::{DailyExports, DailyRetention};
use openslots_publish::export::Format;
use serde_json::json;

use crate::support::{Answer, TestApp};

const COUNTS: &str = "day,dimension,value,n_appeared\n2026-09-30,state,MA,12\n";
const DICTIONARY: &str = "# Data dictionary\n";
const HASH_OF_COUNTS: &str = "11";
const BASE: &str = "/v1/scheduling/exports";

/// Writes a day in one format, with a table and a document, and a file that its index does not name.
fn write_day(folder: &Path, date: &str, format: &str) {
    let below = folder.join(date).join(format);
    fs::create_dir_all(below.join("daily_counts")).unwrap();
    let part = format!("daily_counts/part-0.{format}");
    for (path, text) in [(part.as_str(), COUNTS), ("DATA_DICTIONARY.md", DICTIONARY), ("unnamed.csv", "secret\n")] {
        fs::write(below.join(path), text).unwrap();
    }
    let file = |path: &str, table: Option<&str>, rows: u64, text: &str, sha256: &str| json!({"path": path, "table": table, "date": null, "rows": rows, "bytes": text.len(), "sha256": sha256});
    let index = json!({
        "generator": "openslots", "format": format, "asOf": format!("{date}T23:59:59Z"), "generation": "1",
        "from": date, "to": date,
        "files": [
            file(&part, Some("daily_counts"), 1, COUNTS, HASH_OF_COUNTS),
            file("DATA_DICTIONARY.md", None, 0, DICTIONARY, "22"),
        ],
    });
    fs::write(below.join("index.json"), index.to_string()).unwrap();
}

fn app() -> (tempfile::TempDir, TestApp) {
    let folder = tempfile::tempdir().unwrap();
    write_day(folder.path(), "2026-09-29", "csv");
    write_day(folder.path(), "2026-09-30", "csv");
    write_day(folder.path(), "2026-09-30", "ndjson");
    fs::write(folder.path().join("outside.csv"), "secret\n").unwrap();
    let retention = DailyRetention { keep_days: 30, max_bytes: 1 << 20 };
    let exports = DailyExports::open(folder.path(), vec![Format::Csv], retention).unwrap();
    let options = ApiOptions { exports: Some(Arc::new(exports)), ..ApiOptions::default() };
    (folder, TestApp::empty_with(options))
}

async fn get_with(app: &TestApp, path: &str, headers: &[(&str, &str)]) -> Answer {
    let mut request = Request::get(path);
    for (name, value) in headers {
        request = request.header(*name, *value);
    }
    app.send(request.body(Body::empty()).unwrap()).await
}

#[tokio::test]
async fn days_are_listed_with_their_files() {
    let (_folder, app) = app();
    let listed = app.json(BASE).await;
    let dates: Vec<_> = listed["days"].as_array().unwrap().iter().map(|day| day["date"].as_str().unwrap()).collect();
    assert_eq!(dates, ["2026-09-30", "2026-09-29"]);
    let day = app.json(&format!("{BASE}/2026-09-30")).await;
    assert_eq!(day, listed["days"][0]);
    assert_eq!(
        day,
        json!({
            "date": "2026-09-30", "asOf": "2026-09-30T23:59:59Z", "bytes": 2 * COUNTS.len() + DICTIONARY.len(),
            "url": format!("{BASE}/2026-09-30"),
            "files": [
                {"name": "DATA_DICTIONARY.md", "url": format!("{BASE}/2026-09-30/DATA_DICTIONARY.md"),
                 "bytes": DICTIONARY.len(), "sha256": "22"},
                {"name": "daily_counts.csv", "url": format!("{BASE}/2026-09-30/daily_counts.csv"),
                 "table": "daily_counts", "format": "csv", "rows": 1, "bytes": COUNTS.len(), "sha256": "11"},
                {"name": "daily_counts.ndjson", "url": format!("{BASE}/2026-09-30/daily_counts.ndjson"),
                 "table": "daily_counts", "format": "ndjson", "rows": 1, "bytes": COUNTS.len(), "sha256": "11"},
            ],
        })
    );
}

#[tokio::test]
async fn a_file_is_read_whole_in_part_or_not_again() {
    let (_folder, app) = app();
    let path = format!("{BASE}/2026-09-30/daily_counts.csv");
    let tag = format!("\"{HASH_OF_COUNTS}\"");
    let n = COUNTS.len();
    for (headers, status, body, content_range) in [
        (&[][..], 200, COUNTS, ""),
        // Parts and validators are of these very bytes, so they are not compressed on the way.
        (&[("accept-encoding", "gzip, br, zstd")], 200, COUNTS, ""),
        (&[("if-none-match", tag.as_str())], 304, "", ""),
        (&[("if-none-match", "\"other\"")], 200, COUNTS, ""),
        (&[("range", "bytes=4-12")], 206, "dimension", &format!("bytes 4-12/{n}")),
        (&[("range", "bytes=-3")], 206, "12\n", &format!("bytes {}-{}/{n}", n - 3, n - 1)),
        (&[("range", "bytes=0-1,4-12")], 200, COUNTS, ""),
        (&[("range", "bytes=4-12"), ("if-range", tag.as_str())], 206, "dimension", &format!("bytes 4-12/{n}")),
        (&[("range", "bytes=4-12"), ("if-range", "\"other\"")], 200, COUNTS, ""),
    ] {
        let answer = get_with(&app, &path, headers).await;
        assert_eq!((answer.status.as_u16(), answer.body.as_str()), (status, body), "{headers:?}");
        assert_eq!(answer.header("content-range"), content_range, "{headers:?}");
        assert_eq!(answer.header("etag"), tag, "{headers:?}");
        assert_eq!(answer.header("cache-control"), "public, max-age=31536000, immutable", "{headers:?}");
        assert_eq!(answer.header("content-encoding"), "", "{headers:?}");
    }
    let beyond = get_with(&app, &path, &[("range", "bytes=5000-")]).await;
    assert_eq!(beyond.status, StatusCode::RANGE_NOT_SATISFIABLE);
    assert_eq!(beyond.header("content-range"), format!("bytes */{n}"));

    let head = Request::builder().method(Method::HEAD).uri(&path).body(Body::empty()).unwrap();
    let head = app.send(head).await;
    assert_eq!((head.status, head.body.as_str()), (StatusCode::OK, ""));
    assert_eq!((head.header("etag"), head.header("accept-ranges")), (tag.as_str(), "bytes"));
    assert_eq!(head.header("content-length"), n.to_string());

    for (name, content_type, cache_control) in [
        ("daily_counts.ndjson", "application/x-ndjson", "public, max-age=31536000, immutable"),
        ("DATA_DICTIONARY.md", "text/markdown; charset=utf-8", "public, max-age=3600"),
    ] {
        let answer = app.get(&format!("{BASE}/2026-09-30/{name}")).await;
        assert_eq!((answer.header("content-type"), answer.header("cache-control")), (content_type, cache_control));
    }
}

#[tokio::test]
async fn what_is_not_listed_is_not_there() {
    let (folder, app) = app();
    for path in [
        "2026-09-28",
        "2026-9-30",
        "today",
        "2026-09-29/daily_counts.ndjson",
        "2026-09-30/unnamed.csv",
        "2026-09-30/index.json",
        "2026-09-30/csv",
        "2026-09-30/..%2F..%2Foutside.csv",
        "2026-09-30/%2Fetc%2Fpasswd",
        "2026-09-30%2F..%2F2026-09-30/daily_counts.csv",
        "..%2Foutside.csv",
        "2026-09-30/csv/daily_counts",
    ] {
        let answer = app.get(&format!("{BASE}/{path}")).await;
        assert_eq!(answer.status, StatusCode::NOT_FOUND, "{path}: {}", answer.body);
        assert_eq!(answer.header("content-type"), "application/problem+json", "{path}");
    }
    let refused = app.get(&format!("{BASE}?limit=1")).await;
    assert_eq!(refused.status, StatusCode::BAD_REQUEST);

    // A file that has gone meanwhile is told so.
    fs::remove_dir_all(folder.path().join("2026-09-29")).unwrap();
    assert_eq!(app.get(&format!("{BASE}/2026-09-29/daily_counts.csv")).await.status, StatusCode::NOT_FOUND);

    let without = TestApp::empty();
    for path in [BASE.to_owned(), format!("{BASE}/2026-09-30"), format!("{BASE}/2026-09-30/daily_counts.csv")] {
        let answer = without.get(&path).await;
        assert_eq!(answer.status, StatusCode::NOT_FOUND, "{path}");
        assert!(answer.body.contains("exports.enabled"), "{}", answer.body);
    }
}
