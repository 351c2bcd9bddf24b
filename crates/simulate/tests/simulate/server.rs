//! Publishers over HTTP.

use std::io::Read as _;
use std::sync::Arc;
use std::time::Duration;

use openslots_model::ResourceKind;
use openslots_simulate::{Fault, ServeOptions, Simulation, SimulationPlan, SimulationServer, serve};
use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
use tokio::net::{TcpListener, TcpStream};

use crate::reader::{bytes_of, simulate, small_plan};

/// An answer as it came over the wire.
struct Answer {
    status: u16,
    head: String,
    body: Vec<u8>,
}

impl Answer {
    fn header(&self, name: &str) -> Option<&str> {
        self.head.lines().find_map(|line| {
            let (known, value) = line.split_once(':')?;
            known.eq_ignore_ascii_case(name).then_some(value.trim())
        })
    }
}

async fn start(simulation: Simulation, options: ServeOptions) -> SimulationServer {
    let listener = TcpListener::bind("127.0.0.1:0").await.expect("a free port");
    serve(Arc::new(simulation), listener, options).await.expect("a server")
}

/// HTTP 1.0, so that bodies come as they are and the connection ends with them.
async fn get(url: &str, headers: &[(&str, &str)]) -> Answer {
    let rest = url.strip_prefix("http://").expect("an http URL");
    let (host, path) = rest.split_once('/').expect("a path");
    let headers: String = headers.iter().map(|(name, value)| format!("{name}: {value}\r\n")).collect();
    let mut stream = TcpStream::connect(host).await.expect("a connection");
    let request = format!("GET /{path} HTTP/1.0\r\nHost: {host}\r\n{headers}\r\n");
    stream.write_all(request.as_bytes()).await.expect("a request");
    let mut bytes = Vec::new();
    stream.read_to_end(&mut bytes).await.ok();
    let end = bytes.windows(4).position(|window| window == b"\r\n\r\n").expect("a head");
    let head = String::from_utf8(bytes[..end].to_vec()).expect("a head of text");
    let status = head.split(' ').nth(1).and_then(|status| status.parse().ok()).expect("a status");
    Answer { status, head, body: bytes[end + 4..].to_vec() }
}

fn url_of(server: &SimulationServer, publisher: usize, path: &str) -> String {
    let simulation = server.simulation();
    format!("{}/{}/{path}", server.base_url(), simulation.publishers()[publisher].slug())
}

#[tokio::test]
async fn files_are_served_as_they_are_written() {
    for options in [
        ServeOptions::default(),
        ServeOptions { cache_plain: true, ..ServeOptions::default() },
        ServeOptions { etags: false, gzip: false, max_age_seconds: None, ..ServeOptions::default() },
    ] {
        let server = start(simulate(small_plan()), options.clone()).await;
        for (number, manifest_url) in server.manifest_urls().iter().enumerate() {
            let manifest = get(manifest_url, &[]).await;
            assert_eq!((manifest.status, manifest.header("Content-Type")), (200, Some("application/json")));
            let manifest: serde_json::Value = serde_json::from_slice(&manifest.body).expect("JSON");
            let simulation = server.simulation();
            let publisher = &simulation.publishers()[number];
            for (output, file) in manifest["output"].as_array().expect("outputs").iter().zip(publisher.files()) {
                let url = output["url"].as_str().expect("a URL");
                assert_eq!(url, url_of(&server, number, &file.path));
                let want = bytes_of(publisher, &file.path);
                let plain = get(url, &[]).await;
                assert_eq!((plain.status, plain.header("Content-Type")), (200, Some("application/fhir+ndjson")));
                assert_eq!(plain.header("ETag").is_some(), options.etags);
                assert_eq!(plain.header("Cache-Control"), options.max_age_seconds.map(|_| "max-age=60"));
                assert!(plain.body == want, "{url}");
                let packed = get(url, &[("Accept-Encoding", "br, gzip")]).await;
                assert_eq!(packed.header("Content-Encoding"), options.gzip.then_some("gzip"));
                let mut unpacked = Vec::new();
                if options.gzip {
                    flate2::read::GzDecoder::new(packed.body.as_slice()).read_to_end(&mut unpacked).expect("gzip");
                } else {
                    unpacked = packed.body;
                }
                assert!(unpacked == want, "{url} packed");
            }
        }
        server.shutdown().await.expect("a stop");
    }
}

#[tokio::test]
async fn what_a_client_has_is_not_sent_again() {
    let server = start(simulate(small_plan()), ServeOptions { log_requests: true, ..ServeOptions::default() }).await;
    server.prerender().await.expect("all bodies");
    let simulation = server.simulation();
    let files = simulation.publishers()[0].files();
    let slots = files.iter().find(|file| file.kind == Some(ResourceKind::Slot)).expect("a slot file");
    for (path, changes) in [("$bulk-publish", true), (&slots.path, true), ("locations.ndjson", false)] {
        server.set_generation(0);
        let url = url_of(&server, 0, path);
        let first = get(&url, &[]).await;
        let tag = first.header("ETag").expect("a tag").to_owned();
        for known in [tag.clone(), format!("\"x\", W/{tag}"), "*".to_owned()] {
            let again = get(&url, &[("If-None-Match", &known)]).await;
            assert_eq!((again.status, again.body.len()), (304, 0), "{path} {known}");
            assert_eq!(again.header("ETag"), Some(tag.as_str()));
        }
        assert_eq!(get(&url, &[("If-None-Match", "\"other\"")]).await.status, 200);
        // Half of all slots flip, so that every slot file changes.
        server.set_generation(50);
        let later = get(&url, &[("If-None-Match", &tag)]).await;
        assert_eq!(later.status, if changes { 200 } else { 304 }, "{path} in another generation");
        assert!(later.body != first.body, "{path}");
    }
    assert_eq!(server.traffic().n_requests, 18);
    assert_eq!(server.traffic().n_not_modified, 10);
    assert_eq!(server.request_log().len(), 18);
    assert_eq!(server.request_log()[1].header("if-none-match").map(|tag| tag.len()), Some(18));
    server.clear_request_log();
    assert_eq!((server.request_log().len(), server.traffic().n_requests), (0, 0));
    server.shutdown().await.expect("a stop");
}

#[tokio::test]
async fn bodies_are_sent_again_without_tags() {
    let server = start(simulate(small_plan()), ServeOptions { etags: false, ..ServeOptions::default() }).await;
    let url = url_of(&server, 0, "locations.ndjson");
    let answer = get(&url, &[("If-None-Match", "*")]).await;
    assert_eq!((answer.status, answer.header("ETag")), (200, None));
    assert!(server.request_log().is_empty());
    assert_eq!(server.traffic().n_body_bytes, answer.body.len() as u64);
}

#[tokio::test]
async fn conditions_can_be_left_unanswered_for_a_while() {
    let server = start(simulate(small_plan()), ServeOptions::default()).await;
    let url = url_of(&server, 0, "locations.ndjson");
    for (answered, want) in [(false, 200), (true, 304)] {
        server.answer_conditions(answered);
        let answer = get(&url, &[("If-None-Match", "*")]).await;
        assert_eq!(answer.status, want);
        assert!(answer.header("ETag").is_some());
    }
}

#[tokio::test]
async fn what_is_not_there_is_not_found() {
    let server = start(simulate(small_plan()), ServeOptions::default()).await;
    for path in ["", "nobody/$bulk-publish", "$bulk-publish"] {
        assert_eq!(get(&format!("{}/{path}", server.base_url()), &[]).await.status, 404, "{path}");
    }
    assert_eq!(get(&url_of(&server, 0, "nothing.ndjson"), &[]).await.status, 404);
    let encoded = get(&url_of(&server, 0, "%24bulk-publish"), &[]).await;
    assert_eq!(encoded.status, 200);
}

/// Serves one publisher with a fault; gives the server and the URL of the faulty file or manifest.
async fn serve_fault(fault: Fault) -> (SimulationServer, String) {
    let plan = SimulationPlan { n_publishers: 1, n_slots: 600, faults: vec![fault], ..small_plan() };
    let options = ServeOptions { slow_pause: Duration::ZERO, ..ServeOptions::default() };
    let server = start(simulate(plan), options).await;
    let path = server.simulation().injections()[0].path.clone().unwrap_or_else(|| "$bulk-publish".to_owned());
    let url = url_of(&server, 0, &path);
    (server, url)
}

#[tokio::test]
async fn faulty_answers_are_faulty() {
    for (fault, status, header) in [
        (Fault::NotFoundFile, 404, None),
        (Fault::ServerError, 500, None),
        (Fault::ManifestUnavailable, 503, None),
        (Fault::ManifestHtml, 200, Some(("Content-Type", "text/html; charset=utf-8"))),
        (Fault::HtmlPage, 200, Some(("Content-Type", "text/html; charset=utf-8"))),
        (Fault::WrongContentType, 200, Some(("Content-Type", "text/html; charset=utf-8"))),
        (Fault::HeaderWithoutGzip, 200, Some(("Content-Encoding", "gzip"))),
    ] {
        let (_server, url) = serve_fault(fault).await;
        let answer = get(&url, &[]).await;
        assert_eq!(answer.status, status, "{fault}");
        if let Some((name, want)) = header {
            assert_eq!(answer.header(name), Some(want), "{fault}");
        }
    }
}

#[tokio::test]
async fn bodies_are_cut_off_dripped_and_disguised() {
    let whole = |server: &SimulationServer, url: &str| {
        bytes_of(&server.simulation().publishers()[0], url.rsplit('/').next().expect("a name"))
    };
    let (server, url) = serve_fault(Fault::CutOffBody).await;
    let (answer, want) = (get(&url, &[]).await, whole(&server, &url));
    assert_eq!(answer.header("Content-Length"), Some(want.len().to_string().as_str()));
    assert!(answer.body.len() < want.len() && want.starts_with(&answer.body));

    let (server, url) = serve_fault(Fault::Slow).await;
    assert!(get(&url, &[("Accept-Encoding", "gzip")]).await.body == whole(&server, &url));

    let (server, url) = serve_fault(Fault::HeaderWithoutGzip).await;
    assert!(get(&url, &[("Accept-Encoding", "gzip")]).await.body == whole(&server, &url));

    let (_server, url) = serve_fault(Fault::GzipWithoutHeader).await;
    let answer = get(&url, &[("Accept-Encoding", "gzip")]).await;
    assert_eq!(answer.header("Content-Encoding"), None);
    assert!(answer.body.starts_with(&[0x1f, 0x8b]));
}

#[tokio::test]
async fn redirects_end_or_go_round() {
    let follow = async |fault| {
        let (server, mut url) = serve_fault(fault).await;
        let mut n_hops = 0;
        loop {
            let answer = get(&url, &[]).await;
            let Some(location) = answer.header("Location").filter(|_| n_hops < 10) else {
                return (n_hops, answer.status);
            };
            url = format!("{}{location}", server.base_url());
            n_hops += 1;
        }
    };
    assert_eq!(follow(Fault::Redirect).await, (1, 200));
    assert_eq!(follow(Fault::RedirectLoop).await, (10, 302));
}
