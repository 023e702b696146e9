//! `cargo xtask pictures`: takes the pictures of docs/pictures from a hub with the living demo, light and dark, on a desk,
//! a tablet and a phone, so that they show what the code does and not what somebody once drew.

use std::io::{BufRead, BufReader};
use std::path::{Path, PathBuf};
use std::process::{Child, Command, ExitCode, Stdio};

use anyhow::{Context, Result, ensure};
use serde_json::Value;

use crate::browser::Browser;
use crate::shell::{cargo, must, root, step, target};

const DESK: (u32, u32) = (1440, 1000);
const TABLET: (u32, u32) = (768, 1024);
const PHONE: (u32, u32) = (390, 844);
/// The pages that are shown in every width and both colours.
const EVERY_LOOK: [(&str, &str, (u32, u32)); 6] = [
    ("light", "light", DESK),
    ("dark", "dark", DESK),
    ("light-tablet", "light", TABLET),
    ("dark-tablet", "dark", TABLET),
    ("light-phone", "light", PHONE),
    ("dark-phone", "dark", PHONE),
];
/// The pages of the catalogue, each in every look.
const CATALOGUE: [(&str, &str); 8] = [
    ("domains", "/ui/domains"),
    ("domain", "/ui/domains?domain=timetables"),
    ("workstreams", "/ui/workstreams"),
    ("workstream", "/ui/workstreams/line-five"),
    ("closing", "/ui/workstreams/line-five?open=close"),
    ("extension-points", "/ui/extension-points"),
    ("technical-debt", "/ui/technical-debt"),
    ("technical-debt-one", "/ui/technical-debt/TD-0019"),
];
/// The demo is this old when it is looked at, so that its counts have begun to move.
const DEMO_AGE_SECONDS: u32 = 25;

/// Gives the address of a run for each mode of progress and each end.
const ONE_RUN_OF_EACH_KIND: &str = r"
    const runs = await (await fetch('/runs?limit=100')).json();
    const found = {};
    for (const run of runs.items) {
        const name = run.outcome ?? (run.progress.stale ? 'silent' : run.progress.mode);
        found[run.liveness === 'lost' ? 'lost' : name] ??= '/ui/runs/' + run.id;
    }
    return found;";
/// Gives the addresses of what is decided on: home with a row open, an ask, an artifact, the engagement of both.
const WHAT_IS_DECIDED: &str = r"
    const { items } = await (await fetch('/me/dashboard/needs_you?limit=100')).json();
    const ask = items.find((item) => item.item_kind === 'ask');
    const shape = items.find((item) => item.item_kind === 'pending_shape');
    const { items: places } = await (await fetch('/me/memberships')).json();
    const place = places.find((one) => one.engagement_id === shape?.engagement_id);
    return {
        'home-open': shape && '/?item=pending_shape:' + shape.item_id,
        ask: ask && '/ui/asks/' + ask.item_id,
        artifact: shape && '/ui/artifacts/' + shape.item_id,
        engagement: place && '/ui/engagements/' + place.engagement_slug,
        settings: '/ui/settings',
    };";
/// Gives the addresses of dashboards: the list, and of the board of the demo the change that rang, its answer, its past and its
/// bells.
const WHAT_IS_SAVED: &str = r"
    const { items } = await (await fetch('/dashboards?limit=100')).json();
    const board = items.find((item) => item.title === 'Hypothesis board');
    const { items: kept } = await (await fetch('/dashboard/' + board.id + '/snapshots?limit=100')).json();
    const rang = kept.find((one) => one.rang > 0);
    const at = '/ui/dashboards/' + board.id;
    return {
        dashboards: '/ui/dashboards',
        'dashboard-changes': rang && at + '/changes?b=' + rang.id,
        'dashboard-now': at,
        'dashboard-snapshots': at + '/snapshots',
        'dashboard-bells': at + '/bells',
        deliveries: '/ui/deliveries',
    };";
/// Opens the palette and waits for what it found.
const OPEN_PALETTE: &str = r"
    dispatchEvent(new KeyboardEvent('keydown', { key: 'k', ctrlKey: true }));
    while (!document.querySelector('#palette[open] [role=option]')) await new Promise((done) => setTimeout(done, 50));";
/// Lets a person's own runs end, each in its way, so that their bell rings.
const RING: &str = r"
    const { items } = await (await fetch('/me/memberships')).json();
    const at = items.find((item) => !item.demo) ?? items[0];
    const post = async (path, said) => (await fetch(path, {
        method: 'POST', headers: { 'content-type': 'application/json' }, body: JSON.stringify(said),
    })).json();
    for (const [label, outcome, message] of [
        ['Publish the release notes', 'succeeded'],
        ['Copy the archive', 'cancelled'],
        ['Export the audit trail', 'partially_succeeded', '2 of 31 days have gaps'],
        ['Rotate the signing keys', 'succeeded'],
        ['Build the documentation', 'failed', '3 links lead nowhere'],
    ]) {
        const start = { type: 'work.piece', label, identity_mode: 'nonce', status: 'running' };
        const { run } = await post('/engagements/' + at.engagement_id + '/runs', start);
        const failures = message ? [{ code: 'work.gap', message, count: 1 }] : [];
        await post('/runs/' + run.id + '/finish', { outcome, failures });
        if (outcome === 'cancelled') await post('/me/notifications/read', {});
    }";

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
    let runs = browser.run(ONE_RUN_OF_EACH_KIND)?;
    let runs = runs
        .as_object()
        .with_context(|| format!("no runs: {runs}"))?;
    for (kind, url) in runs {
        let address = hub.address(url.as_str().unwrap_or_default());
        if kind == "composite" {
            continue;
        }
        let name = format!("run-{kind}-light");
        take(browser, &address, &name, "light", DESK)?;
    }
    take_decisions(browser, hub)?;
    for (page, path) in CATALOGUE {
        take_every_look(browser, hub, page, path)?;
    }
    browser.run(RING)?;
    let composite = runs.get("composite").and_then(Value::as_str);
    let composite = composite.context("the demo has no composite run")?;
    for (page, path) in [("run", composite), ("inbox", "/ui/notifications")] {
        take_every_look(browser, hub, page, path)?;
    }
    browser.look("light", DESK.0, DESK.1)?;
    let form = hub.address("/ui/start?e=harbour-clinics&type=baseline.capture");
    take(browser, &form, "start-light", "light", DESK)?;
    browser.run("setTimeout(() => document.querySelector('main .btn.pri').click())")?;
    browser.run(
        "while (!document.querySelector('.toast')) await new Promise(done => setTimeout(done, 50))",
    )?;
    save(browser, "toast-light")
}

fn take_every_look(browser: &Browser, hub: &Hub, page: &str, path: &str) -> Result<()> {
    for (look, scheme, size) in EVERY_LOOK {
        let name = format!("{page}-{look}");
        take(browser, &hub.address(path), &name, scheme, size)?;
    }
    Ok(())
}

/// The pages on which people decide, dashboards, and the palette.
fn take_decisions(browser: &Browser, hub: &Hub) -> Result<()> {
    take_found(browser, hub, WHAT_IS_DECIDED)?;
    take_found(browser, hub, WHAT_IS_SAVED)?;
    for (look, scheme) in [("palette-light", "light"), ("palette-dark", "dark")] {
        browser.look(scheme, DESK.0, DESK.1)?;
        browser.open(&hub.address("/"))?;
        browser.run(OPEN_PALETTE)?;
        save(browser, look)?;
    }
    Ok(())
}

/// The pages whose addresses a script finds in the demo.
fn take_found(browser: &Browser, hub: &Hub, script: &str) -> Result<()> {
    let pages = browser.run(script)?;
    let pages = pages
        .as_object()
        .with_context(|| format!("no pages: {pages}"))?;
    for (page, path) in pages {
        let path = path.as_str();
        let path = path.with_context(|| format!("nothing in the demo shows `{page}`"))?;
        take_every_look(browser, hub, page, path)?;
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
    save(browser, name)
}

fn save(browser: &Browser, name: &str) -> Result<()> {
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
