//! Bad input: every fault is told, one issue for each parameter.

use axum::http::StatusCode;

use crate::support::TestApp;

async fn issues(app: &TestApp, path: &str) -> Vec<(String, String)> {
    let answer = app.get(path).await;
    assert_eq!(answer.status, StatusCode::BAD_REQUEST, "{path}: {}", answer.body);
    assert_eq!(answer.header("content-type"), "application/problem+json");
    let problem = answer.json();
    assert_eq!(problem["type"], "/docs#invalid-parameters");
    assert_eq!(problem["status"], 400);
    let text = |issue: &serde_json::Value, name: &str| issue[name].as_str().unwrap().to_owned();
    let issues = problem["issues"].as_array().unwrap();
    issues.iter().map(|issue| (text(issue, "parameter"), text(issue, "detail"))).collect()
}

#[tokio::test]
async fn each_bad_parameter_is_one_issue() {
    let app = TestApp::new();
    for (query, want) in [
        ("status=open", ("status", "must be free, busy, busy-unavailable or busy-tentative, not `open`")),
        (
            "status=entered-in-error",
            ("status", "must be free, busy, busy-unavailable or busy-tentative, not `entered-in-error`"),
        ),
        ("publisher=nobody", ("publisher", "no publisher `nobody` is known; /v1/scheduling/publishers lists them")),
        (
            "publisher=No+Body",
            (
                "publisher",
                "publisher slug `No Body` must be 1 to 63 characters of a-z, 0-9 and '-', not starting or ending with '-'",
            ),
        ),
        ("serviceTypeCode=57,,124", ("serviceTypeCode", "has an empty value between commas")),
        ("npi=123", ("npi", "`123` is not a National Provider Identifier of ten digits")),
        ("specialty=sct%7C", ("specialty", "`sct|` must name a system before the bar and a code behind it")),
        ("acceptingPatients=nopt", ("acceptingPatients", "must not be nopt: slots for no patients are never served")),
        ("acceptingPatients=all", ("acceptingPatients", "must be newpt, existptonly or existptfam, not `all`")),
        ("isVirtual=yes", ("isVirtual", "must be true or false, not `yes`")),
        ("includePast=1", ("includePast", "must be true or false, not `1`")),
        ("city=---", ("city", "`---` has no letter or digit to search for")),
        ("city=Bostn", ("city", "no city `Bostn` is known; write its name without the state")),
        (
            "state=Massachusets",
            ("state", "`Massachusets` is not a state or territory of the United States; write two letters"),
        ),
        (
            "startAfter=2026-10-02T13:00Z",
            ("startAfter", "`2026-10-02T13:00Z` has no seconds (write YYYY-MM-DDThh:mm:ss and an offset or Z)"),
        ),
        ("startAfter=2026-10-02", ("startAfter", "`2026-10-02` has no offset, so its instant is unknown")),
        (
            "startBefore=2026-10-02T13:00:00+02:00",
            (
                "startBefore",
                "`2026-10-02T13:00:00 02:00` is not a timestamp of the form YYYY-MM-DDThh:mm:ss and an offset or Z; write the + of an offset as %2B in a URL",
            ),
        ),
        (
            "startBefore=2026-02-30T13:00:00Z",
            ("startBefore", "`2026-02-30T13:00:00Z` names a date or time that does not exist"),
        ),
        (
            "startAfter=2026-10-03T00:00:00Z&startBefore=2026-10-02T00:00:00Z",
            ("startBefore", "lies before `startAfter`, so nothing can start between them"),
        ),
        ("providerLocationKey=x", ("providerLocationKey", "`x` is not a key of this service")),
        ("limit=0", ("limit", "must be a whole number from 1 to 100, not `0`")),
        ("limit=101", ("limit", "must be a whole number from 1 to 100, not `101`")),
        ("limit=ten", ("limit", "must be a whole number from 1 to 100, not `ten`")),
        (
            "offset=10001",
            (
                "offset",
                "must be a whole number from 0 to 10000, not `10001`; to go further, give `next` of each answer as `cursor`",
            ),
        ),
        (
            "offset=-1",
            (
                "offset",
                "must be a whole number from 0 to 10000, not `-1`; to go further, give `next` of each answer as `cursor`",
            ),
        ),
        ("offset=1&cursor=00", ("cursor", "cannot go with `offset`; give one of them")),
        ("cursor=00", ("cursor", "is not a cursor of this service; take it from `next` as it is")),
        ("q=%21%21", ("q", "`!!` has no letter or digit to search for")),
        (
            "q=a+b+c+d+e+f+g+h+i+j+k+l+m+n+o+p+q",
            ("q", "has 17 words, at most 16 are searched for at once; leave some out"),
        ),
        (
            "q=a'b+a'c+a'd+a'e+b'a+b'c+b'd+b'e+c'a+c'b+c'd+c'e+d'a+d'b+d'c+d'e+e'a",
            ("q", "has 17 words, at most 16 are searched for at once; leave some out"),
        ),
        ("zip=99999", ("zip", "no ZIP code `99999` is known; give a five-digit ZIP, a point `lat,lon` or `City, ST`")),
        ("zip=Boston", ("zip", "`Boston` is not a ZIP code; write five digits")),
        (
            "near=Atlantis,+MA",
            ("near", "no city `Atlantis, MA` is known; write it as `City, ST`, or give a ZIP or a point `lat,lon`"),
        ),
        ("near=42,-71&zip=02139", ("zip", "cannot go with `near`; give one of them")),
        ("radius=5", ("radius", "needs `near` or `zip` to measure from")),
        ("radiusKm=5", ("radiusKm", "needs `near` or `zip` to measure from")),
        ("zip=02139&radius=0", ("radius", "must be a number of miles above 0 and at most 500, not `0`")),
        ("zip=02139&radius=501", ("radius", "must be a number of miles above 0 and at most 500, not `501`")),
        ("zip=02139&radius=NaN", ("radius", "must be a number of miles above 0 and at most 500, not `NaN`")),
        ("zip=02139&radius=5&radiusKm=5", ("radiusKm", "cannot go with `radius`; give one of them")),
        ("sort=name", ("sort", "must be start, -start, distance or relevance, not `name`")),
        ("sort=distance", ("sort", "by distance needs `near` or `zip`")),
        ("sort=relevance", ("sort", "by relevance needs `q`")),
        ("city=", ("city", "is empty; give a value or leave it out")),
        ("city=Boston&city=Boston", ("city", "is given twice; give it once")),
        ("speciality=1", ("speciality", "is not a parameter of this request; did you mean `specialty`?")),
        // In the contract, and still to come: refused, not ignored.
        ("langauge=es", ("langauge", "is not a parameter of this request; did you mean `language`?")),
    ] {
        for path in ["slots", "provider-locations"] {
            let want = vec![(want.0.to_owned(), want.1.to_owned())];
            assert_eq!(issues(&app, &format!("{path}?{query}")).await, want, "{path}?{query}");
        }
    }
}

#[tokio::test]
async fn all_faults_are_told_at_once() {
    let app = TestApp::new();
    let names: Vec<String> = issues(&app, "slots?limit=0&foo=1&radius=5&startAfter=now&state=XX&status=")
        .await
        .into_iter()
        .map(|(name, _)| name)
        .collect();
    assert_eq!(names, ["limit", "foo", "radius", "startAfter", "state", "status"]);
}

#[tokio::test]
async fn lists_have_a_hundred_values_at_most() {
    let app = TestApp::new();
    let list = |n: usize| vec!["1073635355"; n].join(",");
    assert_eq!(app.get(&format!("slots?npi={}", list(100))).await.status, StatusCode::OK);
    let told = issues(&app, &format!("slots?npi={}&serviceTypeCode={}", list(101), list(101))).await;
    let detail = "has 101 values; 100 are allowed".to_owned();
    assert_eq!(told, [("npi".to_owned(), detail.clone()), ("serviceTypeCode".to_owned(), detail)]);
}

#[tokio::test]
async fn paths_without_parameters_refuse_them() {
    let app = TestApp::new();
    let slot = format!("slots/{}", crate::support::slot_id("flynn", "derm-1"));
    for path in [slot.as_str(), "publishers", "publishers/flynn"] {
        let told = issues(&app, &format!("{path}?limit=1")).await;
        assert_eq!(told, [("limit".to_owned(), "is not a parameter of this request".to_owned())], "{path}");
    }
    let told = issues(&app, "specialties?includePast=no").await;
    assert_eq!(told, [("includePast".to_owned(), "must be true or false, not `no`".to_owned())]);
    assert_eq!(app.get("specialties?includePast=true").await.status, StatusCode::OK);
}

#[tokio::test]
async fn what_is_not_there_is_a_404() {
    let app = TestApp::new();
    for path in [
        "slots/0000000000000000",
        "slots/x",
        "slots/0000000000000000/book",
        "slots/%FF",
        "slots/..%2F..%2Fetc",
        "provider-locations/0000000000000000",
        "provider-locations/x",
        "publishers/nobody",
        "publishers/No%20Body",
        "publishers/nobody/issues",
        "slots/",
        "nothing",
        "/",
        "/v2",
    ] {
        let answer = app.get(path).await;
        assert_eq!(answer.status, StatusCode::NOT_FOUND, "{path}");
        let problem = answer.json();
        assert_eq!(problem["type"], "/docs#not-found", "{path}");
        assert_eq!(problem["status"], 404, "{path}");
        assert_eq!(problem["requestId"], answer.header("x-request-id"), "{path}");
        assert!(!problem["detail"].as_str().unwrap().is_empty(), "{path}");
    }
    // A slot that accepts nobody is nobody's.
    let nobody = format!("slots/{}", crate::support::slot_id("flynn", "derm-nobody"));
    assert_eq!(app.get(&nobody).await.status, StatusCode::NOT_FOUND);
}

#[tokio::test]
async fn hostile_texts_do_no_harm() {
    let app = TestApp::new();
    for text in [
        "%00",
        "%F0%9F%92%89",
        "%22%20OR%201%3D1--",
        "*%3A*",
        "a%20AND%20(b",
        "%5B0%20TO%20*%5D",
        "%3Cscript%3Ealert(1)%3C%2Fscript%3E",
        "..%2F..%2Fetc%2Fpasswd",
        "%FF%FE",
        "%0D%0ASet-Cookie%3A%20a%3Db",
        "%E2%80%AE",
    ] {
        for name in ["q", "city", "state", "publisher", "specialty", "near", "zip", "cursor", "startAfter", "npi", "x"]
        {
            let answer = app.get(&format!("slots?{name}={text}")).await;
            assert!(
                answer.status == StatusCode::OK || answer.status == StatusCode::BAD_REQUEST,
                "{name}={text}: {} {}",
                answer.status,
                answer.body
            );
            answer.json();
        }
        let answer = app.get(&format!("slots/{text}")).await;
        assert!(answer.status == StatusCode::NOT_FOUND || answer.status == StatusCode::BAD_REQUEST, "{text}");
    }
}

#[tokio::test]
async fn every_path_refuses_what_it_does_not_know() {
    let app = TestApp::new();
    let slot = crate::support::slot_id("flynn", "derm-1");
    let key = app.json("provider-locations?limit=1").await["providerLocations"][0]["key"].as_str().unwrap().to_owned();
    for path in [
        "slots",
        &format!("slots/{slot}"),
        &format!("slots/{slot}/book"),
        "provider-locations",
        &format!("provider-locations/{key}"),
        "publishers",
        "publishers/flynn",
        "publishers/flynn/issues",
        "availability",
        "service-types",
        "specialties",
    ] {
        let unknown = |name: &str| (name.to_owned(), "is not a parameter of this request".to_owned());
        assert_eq!(issues(&app, &format!("{path}?zzz1=1&zzz2=")).await, [unknown("zzz1"), unknown("zzz2")], "{path}");
        // What names nothing is told of after what is wrong with the request.
        let nothing = path.replace(&slot, "nothing").replace(&key, "nothing").replace("flynn", "nothing");
        assert_eq!(issues(&app, &format!("{nothing}?zzz1=1")).await, [unknown("zzz1")], "{nothing}");
    }
}

#[tokio::test]
async fn pages_have_bounds() {
    let app = TestApp::new();
    for path in ["slots", "provider-locations"] {
        for limit in ["0", "-1", "101", "1.5", "ten", "18446744073709551616"] {
            let want = format!("must be a whole number from 1 to 100, not `{limit}`");
            assert_eq!(issues(&app, &format!("{path}?limit={limit}")).await, [("limit".to_owned(), want)], "{path}");
        }
        for offset in ["-1", "10001", "x"] {
            let found = issues(&app, &format!("{path}?offset={offset}")).await;
            assert_eq!(found.len(), 1, "{found:?}");
            assert!(found[0].1.ends_with("to go further, give `next` of each answer as `cursor`"), "{found:?}");
        }
        // Behind the end there is nothing, and that is no fault.
        for query in ["limit=100&offset=10000", "limit=1&offset=99"] {
            let answer = app.json(&format!("{path}?{query}")).await;
            let list = if path == "slots" { "slots" } else { "providerLocations" };
            assert_eq!(answer[list], serde_json::json!([]), "{path}?{query}");
            assert!(answer["total"].as_u64().unwrap() >= 3 && answer["next"].is_null(), "{path}?{query}");
        }
    }
}
