//! S8: what a browser has to fetch for a full home page, compressed as it travels.

use std::collections::BTreeSet;

use anyhow::{Context, Result};

use crate::client::Client;
use crate::figure::{Report, float};
use crate::fill::fill;
use crate::folder::Folder;
use crate::server::Server;

/// The largest home page has all its places filled.
const RUNS: [u64; 3] = [100, 1_000, 20_000];

pub async fn measure(folder: &Folder, report: &mut Report) -> Result<()> {
    let mut line = report.line("S8 home");
    let mut last = Sizes::default();
    for runs in RUNS {
        let name = format!("pages{runs}");
        let url = folder.sqlite(&name);
        let token = fill(&url, runs).await?.of_ten.token;
        let server = Server::start(&url).await?;
        last = sizes(server.port, &token).await?;
        line.tell(format_args!("{runs} runs: HTML {} bytes gz", last.html));
        server.stop().await?;
        folder.forget_sqlite(&name);
    }
    line.at_most("HTML", kib(last.html), 20.0, " KiB");
    line.at_most("CSS", kib(last.css), 8.0, " KiB");
    line.at_most("JS", kib(last.js), 15.0, " KiB");
    line.end();
    Ok(())
}

#[derive(Default)]
struct Sizes {
    html: u64,
    css: u64,
    js: u64,
}

async fn sizes(port: u16, token: &str) -> Result<Sizes> {
    let plain = format!("authorization: Bearer {token}\r\naccept: text/html, */*\r\n");
    let zipped = format!("{plain}accept-encoding: gzip\r\n");
    let mut reading = Client::with_headers(port, &plain).await?;
    let mut weighing = Client::with_headers(port, &zipped).await?;
    let home = reading.get("/").await?;
    anyhow::ensure!(home.status == 200, "home was answered {}", home.status);
    let home = String::from_utf8(home.body).context("home is not UTF-8")?;
    let mut sizes = Sizes {
        html: weighing.get("/").await?.body.len() as u64,
        ..Sizes::default()
    };
    let mut wanted = links(&home);
    let mut at = 0;
    while let Some(link) = wanted.get(at).cloned() {
        at += 1;
        let bytes = weighing.get(&link).await?.body.len() as u64;
        let name = link.split('?').next().unwrap_or_default();
        match name.rsplit_once('.') {
            Some((_, "css")) => sizes.css += bytes,
            Some((_, "js")) => {
                sizes.js += bytes;
                let script = reading.get(&link).await?;
                anyhow::ensure!(
                    script.status == 200,
                    "{link} was answered {}",
                    script.status
                );
                let script = String::from_utf8(script.body).context("a script is not UTF-8")?;
                // A module fetches what it imports, but `import()` waits until somebody asks, as the palette does.
                let later = script.split("import(\"").skip(1);
                let later: Vec<&str> = later.filter_map(|rest| rest.split('"').next()).collect();
                let at_once = links(&script).into_iter();
                wanted.extend(at_once.filter(|link| !later.contains(&link.as_str())));
                let mut seen = BTreeSet::new();
                wanted.retain(|link| seen.insert(link.clone()));
            }
            _ => {}
        }
    }
    Ok(sizes)
}

/// The addresses of style sheets and scripts that a text names, each once.
fn links(text: &str) -> Vec<String> {
    let found: BTreeSet<&str> = text
        .split(['"', '\''])
        .filter(|word| word.starts_with("/static/"))
        .filter(|word| word.contains(".css") || word.contains(".js"))
        .collect();
    found.into_iter().map(str::to_owned).collect()
}

fn kib(bytes: u64) -> f64 {
    float(bytes) / 1024.0
}
