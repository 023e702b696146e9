//! `cargo xtask pictures`: takes the pictures of docs/pictures from a hub with the living demo, light and dark, on a desk
//! and on a phone, so that they show what the code does and not what somebody once drew.

use std::io::{BufRead, BufReader};
use std::path::{Path, PathBuf};
use std::process::{Child, Command, ExitCode, Stdio};

use anyhow::{Context, Result, ensure};
use serde_json::Value;

use crate::browser::Browser;
use crate::shell::{cargo, must, root, step, target};

const DESK: (u32, u32) = (1440, 1000);
const PHONE: (u32, u32) = (390, 844);
/// The demo is this old when it is looked at, so that its counts have begun to move.
const DEMO_AGE_SECONDS: u32 = 25;

/// Gives the address of an active run for each mode of progress.
const ONE_RUN_FOR_EACH_MODE: &str = r"
    const active = await (await fetch('/me/dashboard/active?limit=100')).json();
    const found = {};
    for (const item of active.items) {
        const run = await (await fetch('/runs/' + item.item_id)).json();
        const name = run.progress.stale ? 'silent' : run.progress.mode;
        found[name] ??= '/ui/runs/' + item.item_id;
    }
    return found;";

pub fn run() -> Result<ExitCode> {
    step("the demo");
    must(&mut cargo(&["build", "--locked", "--package", "bellboard"]))?;
    let home = std::env::temp_dir().join(format!("bellboard-pictures-{}", std::process::id()));
    let hub = Hub::start(&home)?;
    let browser = Browser::start()?;
    sign_in(&browser, &hub.link)?;
    browser.run(&format!(
        "await new Promise(done => setTimeout(done, {DEMO_AGE_SECONDS}000))"
    ))?;
    take_all(&browser, &hub)?;
    Ok(ExitCode::SUCCESS)
}

fn take_all(browser: &Browser, hub: &Hub) -> Result<()> {
    for (name, scheme, size) in [
        ("home-light", "light", DESK),
        ("home-dark", "dark", DESK),
        ("home-phone", "light", PHONE),
    ] {
        take(browser, &hub.address("/"), name, scheme, size)?;
    }
    for (name, scheme) in [("runs-light", "light"), ("runs-dark", "dark")] {
        take(browser, &hub.address("/ui/runs"), name, scheme, DESK)?;
    }
    let runs = browser.run(ONE_RUN_FOR_EACH_MODE)?;
    let runs = runs
        .as_object()
        .with_context(|| format!("no active runs: {runs}"))?;
    for (mode, url) in runs {
        let address = hub.address(url.as_str().unwrap_or_default());
        take(
            browser,
            &address,
            &format!("run-{mode}-light"),
            "light",
            DESK,
        )?;
    }
    if let Some(url) = runs.get("phased").and_then(Value::as_str) {
        take(browser, &hub.address(url), "run-phased-dark", "dark", DESK)?;
        take(
            browser,
            &hub.address(url),
            "run-phased-phone",
            "light",
            PHONE,
        )?;
    }
    Ok(())
}

/// Opens the login link and presses its button.
fn sign_in(browser: &Browser, link: &str) -> Result<()> {
    browser.open(link)?;
    browser.run("document.querySelector('main form button, form button').click()")?;
    browser.open(&link[..link.find("/login").context("the link leads to no login")?])?;
    let me = browser.run("return (await fetch('/me')).status")?;
    ensure!(
        me == 200,
        "the login link did not sign in: /me answers {me}"
    );
    Ok(())
}

fn take(
    browser: &Browser,
    address: &str,
    name: &str,
    scheme: &str,
    size: (u32, u32),
) -> Result<()> {
    browser.look(scheme, size.0, size.1)?;
    browser.open(address)?;
    browser.run("await document.fonts.ready")?;
    let file = root().join("docs/pictures").join(format!("{name}.png"));
    std::fs::create_dir_all(file.parent().expect("the file lies in a folder"))?;
    std::fs::write(&file, browser.picture()?)
        .with_context(|| format!("cannot write {}", file.display()))?;
    println!("docs/pictures/{name}.png");
    Ok(())
}

/// A hub with the demo, in folders of its own.
struct Hub {
    process: Child,
    home: PathBuf,
    url: String,
    link: String,
}

impl Hub {
    fn start(home: &Path) -> Result<Self> {
        let mut process = Command::new(target().join("debug/bellboard"))
            .args(["up", "--demo", "--listen", "127.0.0.1:0"])
            .env("XDG_DATA_HOME", home.join("data"))
            .env("XDG_CONFIG_HOME", home.join("config"))
            .env("XDG_STATE_HOME", home.join("state"))
            .env("USER", "Jonas")
            .stdin(Stdio::null())
            .stdout(Stdio::piped())
            .spawn()
            .context("bellboard cannot be started")?;
        let said = process.stdout.take().context("bellboard has no stdout")?;
        let mut words = BufReader::new(said).lines().map_while(Result::ok);
        let link = words.find_map(|line| {
            Some(line[line.find("http://")?..].trim().to_owned())
                .filter(|link| link.contains("/login"))
        });
        let link = link.context("bellboard printed no login link")?;
        let url = link[..link.find("/login").unwrap_or(link.len())].to_owned();
        let home = home.to_owned();
        Ok(Self {
            process,
            home,
            url,
            link,
        })
    }

    fn address(&self, path: &str) -> String {
        format!("{}{path}", self.url)
    }
}

impl Drop for Hub {
    fn drop(&mut self) {
        let _killed = self.process.kill();
        let _reaped = self.process.wait();
        let _removed = std::fs::remove_dir_all(&self.home);
    }
}
