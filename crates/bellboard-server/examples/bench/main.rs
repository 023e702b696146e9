//! The figures of speed and size, measured on this machine: `cargo xtask bench` builds and starts this program.
//!
//! Each figure is one line: what was measured at three sizes, the ratio that counts, and PASS or FAIL. Ratios are taken
//! side by side in one run, because absolute times belong to a machine. Servers are processes of their own, clients
//! speak to loopback only, and everything is bounded in number and time and stops with this program.

mod bells;
mod client;
mod content;
mod figure;
mod fill;
mod folder;
mod pages;
mod receivers;
mod server;
mod start;
mod store;
mod streams;
mod sync;
mod writes;
mod zones;

use std::process::ExitCode;

use anyhow::{Context, Result, bail};

use figure::Report;
use folder::Folder;

/// How large the measurements are.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Size {
    /// The sizes that the figures name.
    Full,
    /// Small ones, to see that everything works.
    Quick,
}

/// What was asked for on the command line, and where things are.
struct Settings {
    size: Size,
    /// The names of the figures; all of them when it is empty.
    figures: Vec<String>,
    /// The PostgreSQL server whose databases may be made and dropped; its figures are left out without one.
    postgres: Option<String>,
    /// The product's own binary, for the figures of a real start.
    binary: Option<std::path::PathBuf>,
}

impl Settings {
    fn read(arguments: Vec<String>) -> Result<Self> {
        let (options, figures): (Vec<_>, Vec<_>) = arguments
            .into_iter()
            .partition(|argument| argument.starts_with('-'));
        if let Some(unknown) = options.iter().find(|option| *option != "--quick") {
            bail!(
                "bench does not know `{unknown}`: [--quick] [S1 S2 S3 S6 S7 S8 bells content sync]"
            );
        }
        let known = [
            "S1", "S2", "S3", "S6", "S7", "S8", "bells", "content", "sync",
        ];
        if let Some(unknown) = figures.iter().find(|name| !known.contains(&name.as_str())) {
            bail!("there is no figure `{unknown}`: {}", known.join(" "));
        }
        Ok(Self {
            size: if options.is_empty() {
                Size::Full
            } else {
                Size::Quick
            },
            figures,
            postgres: std::env::var("BELLBOARD_TEST_POSTGRES").ok(),
            binary: std::env::var_os("BELLBOARD_BINARY").map(Into::into),
        })
    }

    fn wants(&self, figure: &str) -> bool {
        self.figures.is_empty() || self.figures.iter().any(|name| name == figure)
    }

    fn is_quick(&self) -> bool {
        self.size == Size::Quick
    }
}

fn main() -> ExitCode {
    let mut arguments: Vec<String> = std::env::args().skip(1).collect();
    let runtime = tokio::runtime::Builder::new_multi_thread()
        .enable_all()
        .build()
        .expect("the machine has threads for a benchmark");
    let ended = if arguments.first().is_some_and(|first| first == "serve") {
        let url = arguments.pop().unwrap_or_default();
        runtime
            .block_on(server::serve(&url))
            .map(|()| ExitCode::SUCCESS)
    } else {
        runtime.block_on(measure(arguments))
    };
    ended.unwrap_or_else(|fault| {
        eprintln!("bench: {fault:#}");
        ExitCode::FAILURE
    })
}

async fn measure(arguments: Vec<String>) -> Result<ExitCode> {
    let settings = Settings::read(arguments)?;
    let folder = Folder::make()?;
    let mut report = Report::default();
    if settings.wants("S3") {
        writes::measure(&settings, &folder, &mut report)
            .await
            .context("S3")?;
    }
    if settings.wants("S6") {
        streams::measure(&settings, &folder, &mut report)
            .await
            .context("S6")?;
    }
    if settings.wants("S7") {
        start::measure(&settings, &folder, &mut report)
            .await
            .context("S7")?;
    }
    if settings.wants("S8") {
        pages::measure(&folder, &mut report).await.context("S8")?;
    }
    if settings.wants("bells") {
        bells::measure(&settings, &folder, &mut report)
            .await
            .context("bells")?;
    }
    if settings.wants("content") {
        content::measure(&settings, &folder, &mut report)
            .await
            .context("content")?;
    }
    if settings.wants("sync") {
        sync::measure(&settings, &folder, &mut report)
            .await
            .context("sync")?;
    }
    if settings.wants("S1") || settings.wants("S2") {
        zones::measure(&settings, &folder, &mut report)
            .await
            .context("S1 and S2")?;
    }
    Ok(report.close())
}
