//! A headless Chromium, driven through ChromeDriver by the WebDriver protocol.

use std::io::{BufRead, BufReader};
use std::path::Path;
use std::process::{Command, Stdio};
use std::time::{Duration, Instant};

use base64::Engine;
use base64::prelude::BASE64_STANDARD;
use serde_json::{Value, json};

use crate::harness::{OwnedChild, client};

/// How long something that must happen may take.
const PATIENCE: Duration = Duration::from_secs(30);
/// How long a page or a script in it may take, in milliseconds: a judge takes its time over a long page.
const LONGEST_MS: u64 = 300_000;
/// The name under which the protocol tells an element.
const ELEMENT: &str = "element-6066-11e4-a52e-4f735466cecf";
/// No sandbox, since tests may run as root; nothing that asks other hosts.
const ARGUMENTS: [&str; 9] = [
    "--headless",
    "--no-sandbox",
    "--disable-gpu",
    "--disable-dev-shm-usage",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
    "--host-resolver-rules=MAP * ~NOTFOUND, EXCLUDE 127.0.0.1",
];

/// A browser with one window.
pub(super) struct Browser {
    session: String,
    _driver: OwnedChild,
}

/// What a person set in the browser.
#[derive(Debug, Clone, Copy)]
pub(super) struct Habits {
    pub(super) languages: &'static str,
    pub(super) has_scripts: bool,
}

impl Default for Habits {
    fn default() -> Self {
        Self { languages: "en-US,en", has_scripts: true }
    }
}

/// How a page is looked at.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Look {
    /// Pixels of style sheets.
    pub(super) width: u32,
    pub(super) is_dark: bool,
}

impl Look {
    pub(super) const DESK: Self = Self { width: 1_280, is_dark: false };
    pub(super) const PHONE: Self = Self { width: 390, is_dark: false };

    pub(super) const fn dark(self) -> Self {
        Self { is_dark: true, ..self }
    }
}

fn post(url: &str, body: &Value) -> Value {
    let answer =
        client().post(url).timeout(Duration::from_millis(LONGEST_MS)).json(body).send().expect("ChromeDriver answers");
    let mut answer: Value = answer.json().expect("JSON");
    let value = answer["value"].take();
    assert!(value["error"].is_null(), "{url} {body}: {value:#}");
    value
}

impl Browser {
    pub(super) fn open(habits: Habits) -> Self {
        let mut driver = Command::new("chromedriver")
            .arg("--port=0")
            .stdout(Stdio::piped())
            .stderr(Stdio::inherit())
            .spawn()
            .map(OwnedChild)
            .expect("chromedriver is needed for the tests in a browser; install chromium and chromium-driver");
        let mut lines = BufReader::new(driver.0.stdout.take().expect("a pipe")).lines();
        let port: u16 = lines
            .by_ref()
            .map(|line| line.expect("text"))
            .find_map(|line| line.split_once("successfully on port ")?.1.trim_end_matches('.').parse().ok())
            .expect("chromedriver says on what port it listens");
        // It must not be stopped by a pipe that nobody reads.
        std::thread::spawn(move || lines.for_each(drop));
        let scripts = if habits.has_scripts { 1 } else { 2 };
        let capabilities = json!({
            "browserName": "chrome",
            "goog:chromeOptions": {
                "args": ARGUMENTS,
                "prefs": {
                    "intl.accept_languages": habits.languages,
                    "profile.default_content_setting_values.javascript": scripts,
                },
            },
            "timeouts": {"script": LONGEST_MS, "pageLoad": LONGEST_MS},
            "goog:loggingPrefs": {"browser": "ALL", "performance": "ALL"},
        });
        let base = format!("http://127.0.0.1:{port}/session");
        let session = post(&base, &json!({"capabilities": {"alwaysMatch": capabilities}}));
        let id = session["sessionId"].as_str().unwrap_or_else(|| panic!("no session: {session}"));
        let browser = Self { session: format!("{base}/{id}"), _driver: driver };
        browser.look(Look::DESK);
        browser
    }

    fn post(&self, command: &str, body: &Value) -> Value {
        post(&format!("{}/{command}", self.session), body)
    }

    fn get(&self, command: &str) -> Value {
        let answer = client().get(format!("{}/{command}", self.session)).send().expect("ChromeDriver answers");
        answer.json::<Value>().expect("JSON")["value"].take()
    }

    /// A command of Chromium's own protocol.
    fn chromium(&self, command: &str, parameters: &Value) -> Value {
        self.post("goog/cdp/execute", &json!({"cmd": command, "params": parameters}))
    }

    /// From now on pages are looked at like this.
    pub(super) fn look(&self, look: Look) {
        let size = json!({"width": look.width, "height": 900, "deviceScaleFactor": 1, "mobile": look.width < 600});
        self.chromium("Emulation.setDeviceMetricsOverride", &size);
        let scheme = if look.is_dark { "dark" } else { "light" };
        // A page that glides is not yet where a click goes.
        self.media(&[("prefers-color-scheme", scheme), ("prefers-reduced-motion", "reduce")]);
    }

    /// From now on media features have these values.
    pub(super) fn media(&self, features: &[(&str, &str)]) {
        let features: Vec<Value> = features.iter().map(|(name, value)| json!({"name": name, "value": value})).collect();
        self.chromium("Emulation.setEmulatedMedia", &json!({"features": features}));
    }

    /// Opens a page and waits until it is loaded.
    pub(super) fn open_page(&self, url: &str) {
        self.post("url", &json!({"url": url}));
    }

    /// The address of the page.
    pub(super) fn url(&self) -> String {
        self.get("url").as_str().expect("an address").to_owned()
    }

    /// The page as it is now, as HTML.
    pub(super) fn source(&self) -> String {
        self.get("source").as_str().expect("text").to_owned()
    }

    /// What a script returns that runs in the page; it reads what it is given as `arguments`.
    pub(super) fn script(&self, script: &str, arguments: &[Value]) -> Value {
        self.post("execute/sync", &json!({"script": script, "args": arguments}))
    }

    /// What a script gives to the function that is its last argument.
    pub(super) fn script_that_calls_back(&self, script: &str, arguments: &[Value]) -> Value {
        self.post("execute/async", &json!({"script": script, "args": arguments}))
    }

    /// The text of the first element that a selector finds, as it is shown.
    pub(super) fn text(&self, selector: &str) -> String {
        self.get(&format!("element/{}/text", self.find(selector))).as_str().expect("text").to_owned()
    }

    /// How many elements a selector finds.
    pub(super) fn count(&self, selector: &str) -> usize {
        self.post("elements", &json!({"using": "css selector", "value": selector})).as_array().expect("a list").len()
    }

    fn find(&self, selector: &str) -> String {
        let found = self.post("element", &json!({"using": "css selector", "value": selector}));
        found[ELEMENT].as_str().expect("an element").to_owned()
    }

    /// Whether the first element that a selector finds is shown.
    pub(super) fn is_shown(&self, selector: &str) -> bool {
        self.get(&format!("element/{}/displayed", self.find(selector))).as_bool().expect("yes or no")
    }

    /// From now on the browser is there, and pages may ask it where that is.
    pub(super) fn stand_at(&self, latitude: f64, longitude: f64) {
        self.post("permissions", &json!({"descriptor": {"name": "geolocation"}, "state": "granted"}));
        let position = json!({"latitude": latitude, "longitude": longitude, "accuracy": 1});
        self.chromium("Emulation.setGeolocationOverride", &position);
    }

    /// Clicks on an element.
    pub(super) fn click(&self, selector: &str) {
        self.post(&format!("element/{}/click", self.find(selector)), &json!({}));
    }

    /// Types into an element.
    pub(super) fn type_into(&self, selector: &str, text: &str) {
        self.post(&format!("element/{}/value", self.find(selector)), &json!({"text": text}));
    }

    /// Presses a key and lets it go, wherever the focus is.
    pub(super) fn press(&self, key: &str) {
        let actions = json!([{"type": "keyDown", "value": key}, {"type": "keyUp", "value": key}]);
        self.post("actions", &json!({"actions": [{"type": "key", "id": "keyboard", "actions": actions}]}));
    }

    /// Waits until something holds.
    pub(super) fn wait(&self, what: &str, holds: impl Fn(&Self) -> bool) {
        let began = Instant::now();
        while !holds(self) {
            assert!(began.elapsed() < PATIENCE, "{what} does not happen at {}:\n{}", self.url(), self.source());
            std::thread::yield_now();
        }
    }

    /// Whether a dialog is open: an alert, a question.
    pub(super) fn has_dialog(&self) -> bool {
        self.get("alert/text")["error"].is_null()
    }

    /// What the browser told its console since it was asked last.
    pub(super) fn console(&self) -> Vec<String> {
        let entries = self.post("se/log", &json!({"type": "browser"}));
        entries.as_array().expect("a list").iter().map(|entry| entry["message"].to_string()).collect()
    }

    /// What was asked of the network since it was asked last.
    pub(super) fn requests(&self) -> Vec<String> {
        let entries = self.post("se/log", &json!({"type": "performance"}));
        let url = |entry: &Value| {
            let message: Value = serde_json::from_str(entry["message"].as_str()?).ok()?;
            let message = &message["message"];
            let is_request = message["method"] == "Network.requestWillBeSent";
            is_request.then(|| message["params"]["request"]["url"].as_str().map(str::to_owned))?
        };
        entries.as_array().expect("a list").iter().filter_map(url).collect()
    }

    /// A picture of the whole page as a PNG file.
    pub(super) fn picture(&self, file: &Path) {
        let size = self.chromium("Page.getLayoutMetrics", &json!({}))["cssContentSize"].take();
        let clip = json!({"x": 0, "y": 0, "width": size["width"], "height": size["height"], "scale": 1});
        let how = json!({"format": "png", "captureBeyondViewport": true, "clip": clip});
        let page = self.chromium("Page.captureScreenshot", &how);
        let png = BASE64_STANDARD.decode(page["data"].as_str().expect("a picture")).expect("base64");
        std::fs::write(file, png).expect("a written picture");
    }
}

impl Drop for Browser {
    fn drop(&mut self) {
        // Chromium ends with its session, not with ChromeDriver.
        client().delete(&self.session).send().ok();
    }
}
