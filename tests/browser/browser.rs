//! A browser with an empty profile, and what a person does in it: open, click, fill in, drop files, look.

use std::{fs, path::Path, process, time::Duration};

use fantoccini::{Client, ClientBuilder, Locator, elements::Element, wd::TimeoutConfiguration};
use hyper_util::client::legacy::connect::HttpConnector;
use serde_json::{Value, json};
use tempfile::TempDir;

use crate::{
    driver::{Driver, find},
    eventually::eventually,
};

/// How long a page may take to show what it must.
const PATIENCE: Duration = Duration::from_secs(60);

/// Headless chromium, driven by a chromedriver of its own. Dropped, both end.
pub struct Browser {
    client: Client,
    driver: Driver,
    session: String,
    _profile: TempDir,
}

impl Browser {
    /// Starts one with a window of 1280 × 900.
    pub async fn start() -> Self {
        let chromium = find(
            "CHROME_BIN",
            &["chromium", "google-chrome", "google-chrome-stable"],
        )
        .unwrap_or_else(|| {
            panic!(
                "the browser tests need Chromium, and it is neither on the PATH nor named by CHROME_BIN; \
                 Debian has it in the package chromium, and ./test gets it"
            )
        });
        let driver = Driver::start();
        let profile = tempfile::tempdir().unwrap();
        let arguments = [
            // As root, and in most containers, there is no sandbox.
            "--headless=new",
            "--no-sandbox",
            "--disable-gpu",
            "--disable-dev-shm-usage",
            "--disable-quic",
            "--no-first-run",
            "--disable-background-networking",
            "--disable-component-update",
            "--disable-sync",
            "--window-size=1280,900",
        ]
        .map(str::to_owned)
        .into_iter()
        .chain([format!("--user-data-dir={}", profile.path().display())]);
        let capabilities = json!({
            "goog:chromeOptions": { "binary": chromium, "args": arguments.collect::<Vec<_>>() },
            "goog:loggingPrefs": { "browser": "ALL" },
        });
        let Value::Object(capabilities) = capabilities else {
            unreachable!("it is written as an object")
        };
        let client = ClientBuilder::new(HttpConnector::new())
            .capabilities(capabilities)
            .connect(&driver.url())
            .await
            .unwrap_or_else(|error| panic!("{} does not start: {error}", chromium.display()));
        client
            .update_timeouts(TimeoutConfiguration::new(Some(PATIENCE), Some(PATIENCE), None))
            .await
            .unwrap();
        let session = client.session_id().await.unwrap().unwrap();
        Self {
            client,
            driver,
            session,
            _profile: profile,
        }
    }

    /// Opens an address and waits until it is loaded.
    pub async fn open(&self, url: &str) {
        self.client.goto(url).await.unwrap();
    }

    /// Loads the page anew.
    pub async fn reload(&self) {
        self.client.refresh().await.unwrap();
    }

    /// The path of the address that is shown.
    pub async fn path(&self) -> String {
        self.client.current_url().await.unwrap().path().to_owned()
    }

    /// Runs a function's body in the page; a promise is awaited.
    pub async fn run(&self, script: &str, arguments: Value) -> Value {
        self.try_to_run(script, &arguments).await.unwrap()
    }

    async fn try_to_run(&self, script: &str, arguments: &Value) -> Result<Value, String> {
        let arguments = arguments.as_array().expect("arguments are a list").clone();
        self.client
            .execute(script, arguments)
            .await
            .map_err(|error| error.to_string())
    }

    /// Looks until the script finds something: neither null nor false. `what` ends the sentence "there is no …".
    pub async fn see(&self, what: &str, script: &str, arguments: Value) -> Value {
        self.see_within(PATIENCE, what, script, arguments).await
    }

    /// The same with a deadline of its own.
    pub async fn see_within(&self, deadline: Duration, what: &str, script: &str, arguments: Value) -> Value {
        let seen = eventually(deadline, async || {
            match self.try_to_run(script, &arguments).await? {
                Value::Null | Value::Bool(false) => Err("the page has nothing of it".to_owned()),
                found => Ok(found),
            }
        });
        match seen.await {
            Ok(found) => found,
            Err(words) => {
                self.fail(&format!("there is no {what} after {deadline:?}: {words}"))
                    .await
            }
        }
    }

    /// Waits until the page at `path` is there and its scripts have run.
    pub async fn see_page(&self, path: &str) {
        let script = "return location.pathname === arguments[0] && document.readyState === 'complete' \
                      && document.documentElement.classList.contains('js')";
        self.see(&format!("page {path}"), script, json!([path])).await;
    }

    /// Waits for an element.
    pub async fn see_element(&self, css: &str) {
        let script = "return document.querySelector(arguments[0]) !== null";
        self.see(&format!("element {css}"), script, json!([css])).await;
    }

    /// Waits until no element is left.
    pub async fn see_no_element(&self, css: &str) {
        let script = "return document.querySelector(arguments[0]) === null";
        self.see(&format!("page without {css}"), script, json!([css]))
            .await;
    }

    /// The text of the first element that there is.
    pub async fn text(&self, css: &str) -> String {
        let script = "return document.querySelector(arguments[0])?.textContent.trim()";
        let text = self.see(&format!("text in {css}"), script, json!([css])).await;
        text.as_str().unwrap().to_owned()
    }

    /// What stands in a field.
    pub async fn value(&self, css: &str) -> String {
        let script = "return document.querySelector(arguments[0])?.value";
        let value = self.see(&format!("field {css}"), script, json!([css])).await;
        value.as_str().unwrap().to_owned()
    }

    /// Clicks the element.
    pub async fn click(&self, css: &str) {
        self.with_element(css, async |element| {
            element.click().await.map_err(|error| error.to_string())
        })
        .await;
    }

    /// Clicks what has this `data-action`.
    pub async fn act(&self, action: &str) {
        self.click(&format!("[data-action={action}]")).await;
    }

    /// Replaces what stands in a field, by typing.
    pub async fn fill(&self, css: &str, text: &str) {
        self.with_element(css, async |element| {
            element.clear().await.map_err(|error| error.to_string())?;
            element.send_keys(text).await.map_err(|error| error.to_string())
        })
        .await;
    }

    /// Chooses an option by typing the letter that its text alone begins with. (A click from chromedriver on an option
    /// makes no `input` event, as the hand of a person does.)
    pub async fn choose(&self, css: &str, letter: &str) {
        self.with_element(css, async |element| {
            element.send_keys(letter).await.map_err(|error| error.to_string())
        })
        .await;
    }

    /// Does something with an element as soon as that is possible: it may be still to come, covered, or being replaced.
    async fn with_element(&self, css: &str, mut act: impl AsyncFnMut(Element) -> Result<(), String>) {
        let done = eventually(PATIENCE, async || {
            let element = self.client.find(Locator::Css(css)).await;
            act(element.map_err(|error| error.to_string())?).await
        });
        if let Err(words) = done.await {
            self.fail(&format!("{css} cannot be used: {words}")).await;
        }
    }

    /// Drags files over the middle of the window and drops them: the browser makes the events itself, as for a mouse.
    pub async fn drop_files(&self, files: &[&Path]) {
        for step in ["dragEnter", "dragOver"] {
            self.drag(step, files);
        }
        self.see_element("#drop:not([hidden])").await;
        self.drag("drop", files);
        self.see_element("#drop[hidden]").await;
    }

    fn drag(&self, step: &str, files: &[&Path]) {
        let (x, y, copy) = (640, 400, 1);
        let data = json!({ "items": [], "files": files, "dragOperationsMask": copy });
        self.devtools(
            "Input.dispatchDragEvent",
            json!({ "type": step, "x": x, "y": y, "data": data }),
        );
    }

    /// Takes the page off the network, or puts it back.
    pub fn set_offline(&self, offline: bool) {
        self.emulate_network(offline, -1);
    }

    /// Takes the page off the network, or gives it one on which it can send so many bytes a second; -1: any number.
    pub fn emulate_network(&self, offline: bool, upload_bytes_a_second: i64) {
        self.devtools("Network.enable", json!({}));
        let unlimited = -1;
        self.devtools(
            "Network.emulateNetworkConditions",
            json!({
                "offline": offline,
                "latency": 0,
                "downloadThroughput": unlimited,
                "uploadThroughput": upload_bytes_a_second,
            }),
        );
    }

    /// A command of the Chrome DevTools Protocol.
    fn devtools(&self, command: &str, parameters: Value) {
        let path = format!("/session/{}/goog/cdp/execute", self.session);
        let body = json!({ "cmd": command, "params": parameters });
        self.driver
            .post(&path, &body)
            .unwrap_or_else(|words| panic!("{command}: {words}"));
    }

    /// Asserts that no script failed and that nothing broke the content security policy. Failed requests are not
    /// counted: tests make them on purpose.
    pub fn assert_nothing_went_wrong_in_scripts(&self) {
        let path = format!("/session/{}/se/log", self.session);
        let entries = self.driver.post(&path, &json!({ "type": "browser" })).unwrap();
        let wrong: Vec<_> = entries
            .as_array()
            .unwrap()
            .iter()
            .filter(|entry| entry["level"] == "SEVERE" && entry["source"] != "network")
            .map(|entry| entry["message"].to_string())
            .collect();
        assert!(wrong.is_empty(), "the console says: {}", wrong.join("\n"));
    }

    /// Ends the test with what it looked like.
    async fn fail(&self, words: &str) -> ! {
        let url = self.client.current_url().await.map(String::from);
        let picture = Path::new(env!("CARGO_TARGET_TMPDIR")).join(format!("browser-{}.png", process::id()));
        let saved = match self.client.screenshot().await {
            Ok(png) => fs::write(&picture, png).map_err(|error| error.to_string()),
            Err(error) => Err(error.to_string()),
        };
        panic!(
            "{words}; at {}; the page looked like {} ({saved:?})",
            url.unwrap_or_else(|error| error.to_string()),
            picture.display(),
        );
    }
}
