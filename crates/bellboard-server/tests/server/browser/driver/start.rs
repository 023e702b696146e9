//! Starts chromedriver, and tells it what kind of Chromium to start.

use std::process::Stdio;

use serde_json::{Map, Value, json};
use tokio::io::{AsyncBufReadExt as _, BufReader};
use tokio::process::{Child, ChildStdout, Command};

use super::{Look, Width};

/// How often a driver or a browser is started before the test gives up.
pub(super) const STARTS: u32 = 5;

/// chromedriver picks a port and then binds it; somebody else may have been quicker, so it may have to try again.
pub(super) async fn start_driver() -> (Child, String, BufReader<ChildStdout>) {
    for _ in 0..STARTS {
        if let Some(started) = try_start_driver().await {
            return started;
        }
    }
    panic!("chromedriver ended {STARTS} times before it listened");
}

async fn try_start_driver() -> Option<(Child, String, BufReader<ChildStdout>)> {
    let program = std::env::var("CHROMEDRIVER").unwrap_or_else(|_| "chromedriver".to_owned());
    let mut driver = Command::new(program)
        .arg("--port=0")
        .stdout(Stdio::piped())
        .stderr(Stdio::null())
        .kill_on_drop(true)
        .spawn()
        .expect("chromedriver starts (`cargo xtask test` installs it)");
    let mut stdout = BufReader::new(driver.stdout.take().unwrap());
    let mut line = String::new();
    while !line.contains("started successfully on port") {
        line.clear();
        if stdout.read_line(&mut line).await.unwrap() == 0 {
            return None;
        }
    }
    let port = line.trim().trim_end_matches('.').rsplit(' ').next()?;
    Some((driver, format!("http://127.0.0.1:{port}"), stdout))
}

pub(super) fn capabilities(look: Look) -> Map<String, Value> {
    let binary = std::env::var("CHROMIUM").unwrap_or_else(|_| "/usr/bin/chromium".to_owned());
    let mut options = json!({
        "binary": binary,
        "args": [
            "--headless=new", "--no-sandbox", "--disable-gpu", "--disable-dev-shm-usage", "--no-first-run",
            "--disable-background-networking", "--disable-component-update", "--window-size=1440,960",
            if look.moving { "--enable-automation" } else { "--force-prefers-reduced-motion" }
        ],
    });
    let touched = match look.width {
        Width::Desk => None,
        Width::Tablet => Some((768, 1024)),
        Width::Phone => Some((390, 844)),
    };
    if let Some((width, height)) = touched {
        // Where a page may run no scripts, chromedriver waits for ever for the end of its own tap on the first button; there
        // the same small window is pointed at instead.
        let touch = !look.without_scripts;
        options["mobileEmulation"] = json!({ "deviceMetrics": { "width": width, "height": height, "pixelRatio": 1.0, "touch": touch } });
    }
    if look.without_scripts {
        options["prefs"] = json!({ "profile.managed_default_content_settings.javascript": 2 });
    }
    let all = json!({
        "goog:chromeOptions": options,
        "goog:loggingPrefs": { "browser": "ALL", "performance": "ALL" },
        "timeouts": { "script": 60_000 },
    });
    match all {
        Value::Object(all) => all,
        _ => Map::new(),
    }
}
