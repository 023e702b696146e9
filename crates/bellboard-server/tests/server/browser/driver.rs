//! A headless Chromium for one test, driven through chromedriver, and what it saw: console lines and requests.

mod start;

use std::path::PathBuf;
use std::time::Duration;

use fantoccini::actions::{InputSource as _, MouseActions, PointerAction};
use fantoccini::error::CmdError;
use fantoccini::{Client, ClientBuilder, Locator};
use hyper_util::client::legacy::connect::HttpConnector;
use reqwest::StatusCode;
use serde_json::{Value, json};
use tokio::io::BufReader;
use tokio::process::{Child, ChildStdout};

use self::start::{STARTS, capabilities, start_driver};
use crate::house::{House, Person};

/// How long a page may take to show what it is to show.
const PATIENCE: Duration = Duration::from_secs(45);

/// How often something is done to an element while the page is being drawn anew.
const TRIES: u32 = 20;

/// How long is waited before something is tried again.
const PAUSE: Duration = Duration::from_millis(100);

/// One window of one browser.
pub struct Window {
    pub client: Client,
    driver: Child,
    driver_url: String,
    _stdout: BufReader<ChildStdout>,
}

/// What kind of window.
#[derive(Clone, Copy, Debug, Default)]
pub struct Look {
    /// How wide.
    pub width: Width,
    /// Movement is welcome; else the system asks for less of it.
    pub moving: bool,
    /// The page's own scripts do not run.
    pub without_scripts: bool,
}

/// How wide a window is.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Width {
    /// 1440 pixels, pointed at.
    #[default]
    Desk,
    /// 768 pixels, touched.
    Tablet,
    /// 390 pixels, touched.
    Phone,
}

impl Look {
    /// A phone whose pages run no scripts of their own.
    pub const PHONE_WITHOUT_SCRIPTS: Self = Self {
        width: Width::Phone,
        moving: false,
        without_scripts: true,
    };

    /// An ordinary window of this width.
    pub fn of(width: Width) -> Self {
        Self {
            width,
            ..Self::default()
        }
    }
}

/// Makes three tests, `name::on_a_desk`, `name::on_a_tablet` and `name::on_a_phone`, of each async function named. The
/// function takes a [`Db`](bellboard_hub::db::Db) and the [`Look`] of its window.
macro_rules! in_each_width {
    ($($name:ident),+ $(,)?) => {$(
        mod $name {
            use $crate::browser::driver::{Look, Width};

            #[test]
            fn on_a_desk() {
                seen_on(Width::Desk);
            }

            #[test]
            fn on_a_tablet() {
                seen_on(Width::Tablet);
            }

            #[test]
            fn on_a_phone() {
                seen_on(Width::Phone);
            }

            fn seen_on(width: Width) {
                $crate::support::run(bellboard_hub::db::Engine::Sqlite, |db| {
                    super::$name(db, Look::of(width))
                });
            }
        }
    )+};
}

impl Window {
    /// A fresh browser that knows nobody.
    pub async fn open(look: Look) -> Self {
        let mut faults = Vec::new();
        for _ in 0..STARTS {
            match Self::try_open(look).await {
                Ok(window) => return window,
                Err(fault) => faults.push(fault),
            }
        }
        panic!(
            "Chromium does not start (CHROMIUM names another than /usr/bin/chromium): {faults:#?}"
        );
    }

    async fn try_open(look: Look) -> Result<Self, String> {
        let (driver, driver_url, stdout) = start_driver().await;
        let client = ClientBuilder::new(HttpConnector::new())
            .capabilities(capabilities(look))
            .connect(&driver_url)
            .await
            .map_err(|fault| fault.to_string())?;
        Ok(Self {
            client,
            driver,
            driver_url,
            _stdout: stdout,
        })
    }

    /// Signs in as this person, by link and button.
    pub async fn sign_in(&self, house: &House, person: &Person) {
        let link = bellboard_hub::session::new_link(&house.hub, person.id)
            .await
            .unwrap();
        self.go(house, &link.url_path).await;
        self.click("main button").await;
        self.wait_for("#answer").await;
    }

    pub async fn go(&self, house: &House, path: &str) {
        self.client.goto(&house.url(path)).await.unwrap();
    }

    pub async fn click(&self, selector: &str) {
        despite_redraws(|| async {
            let found = self.client.find(Locator::Css(selector)).await?;
            found.click().await
        })
        .await;
    }

    /// Clicks where no bar of a phone lies above it.
    pub async fn touch(&self, selector: &str) {
        let centred = format!(
            "document.querySelector({}).scrollIntoView({{block: 'center'}})",
            json!(selector)
        );
        self.client.execute(&centred, vec![]).await.unwrap();
        self.click(selector).await;
    }

    /// Waits until something that fits the selector is on the page.
    pub async fn wait_for(&self, selector: &str) {
        assert!(
            self.comes(Locator::Css(selector)).await,
            "nothing fits {selector}: {}",
            self.place().await
        );
    }

    /// Whether such an element comes in time. A page that is being left answers with faults of many kinds.
    async fn comes(&self, element: Locator<'_>) -> bool {
        let looking = async {
            while self.client.find(element).await.is_err() {
                tokio::time::sleep(PAUSE).await;
            }
        };
        tokio::time::timeout(PATIENCE, looking).await.is_ok()
    }

    /// Waits until the page says these words, also when it is just being left for the next one.
    pub async fn wait_for_words(&self, words: &str) {
        self.wait_for_words_in("main", words).await;
    }

    /// The same for one kind of element.
    pub async fn wait_for_words_in(&self, element: &str, words: &str) {
        let path = format!("//{element}[contains(., \"{words}\")]");
        assert!(
            self.comes(Locator::XPath(&path)).await,
            "`{words}` is never said: {}",
            self.place().await
        );
    }

    /// Waits until this JavaScript expression is true, also when the page is just being left for the next one.
    pub async fn wait_until(&self, expression: &str) {
        let script = format!(
            "const done = arguments[0], look = () => ({expression}) ? done(true) : setTimeout(look, 50); look();"
        );
        let waited = tokio::time::timeout(PATIENCE, async {
            // A page that is left takes its script with it, which the driver tells as a fault.
            while self.client.execute_async(&script, vec![]).await.is_err() {
                tokio::task::yield_now().await;
            }
        });
        let met = waited.await.is_ok();
        assert!(met, "never true: {expression}\n{}", self.place().await);
    }

    /// Waits until what happens on the hub shows by itself: the page says so before it has asked for its stream.
    pub async fn is_live(&self) {
        self.wait_until(
            "document.documentElement.dataset.stream === 'open' && \
             document.querySelector('.side .live .w').innerText === 'Live'",
        )
        .await;
    }

    /// Waits until single keys are heard.
    pub async fn hears_keys(&self) {
        self.wait_until("document.querySelector('[data-keys]:not([hidden])')")
            .await;
    }

    /// Where the window is and what it says, for whoever reads of a failure.
    async fn place(&self) -> String {
        let address = self.client.current_url().await.unwrap();
        format!("{address}: {}", self.text("body").await)
    }

    /// The value of a JavaScript expression.
    pub async fn value(&self, expression: &str) -> Value {
        let script = format!("return {expression}");
        self.client.execute(&script, vec![]).await.unwrap()
    }

    /// Whatever the page shows must fit between its left and its right edge.
    pub async fn fits(&self) {
        let sideways = self
            .value("document.documentElement.scrollWidth - innerWidth")
            .await;
        assert!(
            sideways.as_i64().unwrap() <= 0,
            "it scrolls sideways by {sideways}: {}",
            self.place().await
        );
    }

    pub async fn text(&self, selector: &str) -> String {
        despite_redraws(|| async {
            let found = self.client.find(Locator::Css(selector)).await?;
            found.text().await
        })
        .await
    }

    /// Types into whatever has the focus.
    pub async fn press(&self, keys: &str) {
        despite_redraws(|| async {
            let focused = self.client.active_element().await?;
            focused.send_keys(keys).await
        })
        .await;
    }

    /// Moves the pointer onto something.
    pub async fn point_at(&self, selector: &str) {
        let (x, y, width, height) = despite_redraws(|| async {
            let found = self.client.find(Locator::Css(selector)).await?;
            found.rectangle().await
        })
        .await;
        let there = PointerAction::MoveTo {
            duration: None,
            x: x + width / 2.0,
            y: y + height / 2.0,
        };
        let pointer = MouseActions::new("pointer".to_owned()).then(there);
        self.client.perform_actions(pointer).await.unwrap();
    }

    /// What the console said since the last call; refusals by the content security policy are among it.
    pub async fn console(&self) -> Vec<String> {
        let entries = self.log("browser").await;
        let lines = entries.iter().map(|entry| entry["message"].to_string());
        lines.collect()
    }

    /// The addresses asked for since the last call.
    pub async fn requests(&self) -> Vec<String> {
        let entries = self.log("performance").await;
        let sent = entries.iter().filter_map(|entry| {
            let told: Value = serde_json::from_str(entry["message"].as_str()?).ok()?;
            let told = &told["message"];
            (told["method"] == "Network.requestWillBeSent")
                .then(|| told["params"]["request"]["url"].as_str().map(str::to_owned))?
        });
        sent.collect()
    }

    async fn log(&self, kind: &str) -> Vec<Value> {
        let answer = self.drive("se/log", json!({ "type": kind })).await;
        answer["value"].as_array().unwrap().clone()
    }

    /// A command of the browser's own protocol.
    pub async fn command(&self, command: &str, parameters: Value) {
        let said = json!({ "cmd": command, "params": parameters });
        self.drive("goog/cdp/execute", said).await;
    }

    /// What the driver answers to a command that the client has no words for.
    async fn drive(&self, command: &str, said: Value) -> Value {
        let session = self.client.session_id().await.unwrap().unwrap();
        let address = format!("{}/session/{session}/{command}", self.driver_url);
        let http = reqwest::Client::builder()
            .timeout(PATIENCE)
            .build()
            .unwrap();
        let answer = http.post(address).json(&said).send().await.unwrap();
        assert_eq!(answer.status(), StatusCode::OK);
        answer.json().await.unwrap()
    }

    pub async fn close(mut self) {
        self.client.close().await.unwrap();
        self.driver.kill().await.unwrap();
    }
}

/// Finds an element and does something with it. What was found may be gone a moment later, when the page is drawn anew;
/// then both are done again.
async fn despite_redraws<T, F>(act: impl Fn() -> F) -> T
where
    F: Future<Output = Result<T, CmdError>>,
{
    let mut tries = 1;
    loop {
        match act().await {
            Ok(done) => return done,
            Err(fault) => assert!(tries < TRIES && is_passing(&fault), "{fault:?}"),
        }
        tries += 1;
        tokio::time::sleep(PAUSE).await;
    }
}

/// Whether the driver said at once that it could not; after a time-out, it may have done what it was told.
fn is_passing(fault: &CmdError) -> bool {
    matches!(fault, CmdError::Standard(_)) && !fault.is_timeout() && !fault.is_script_timeout()
}

/// axe-core, as `cargo xtask test` installs it.
pub fn axe() -> String {
    let tools = std::env::var_os("BELLBOARD_TOOLS").map_or_else(
        || PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("../../target/tools"),
        PathBuf::from,
    );
    let path = tools.join("npm/node_modules/axe-core/axe.min.js");
    std::fs::read_to_string(&path).unwrap_or_else(|error| {
        panic!(
            "{}: {error}. `cargo xtask test` installs it.",
            path.display()
        )
    })
}
