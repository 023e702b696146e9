//! S7: how soon a server is ready on a hub with a past, and how much memory an idle one with the demo's data holds.

use std::path::Path;
use std::process::Stdio;
use std::time::Duration;

use anyhow::{Context, Result, bail};
use tokio::process::{Child, Command};

use crate::Settings;
use crate::client::Client;
use crate::figure::{Report, Samples, count, float, now, remark, time};
use crate::fill::fill;
use crate::folder::Folder;
use crate::server::usage_of;

/// How often each start is measured; the worst counts.
const STARTS: usize = 5;
/// Nothing that is not ready by then will be.
const PATIENCE: Duration = Duration::from_secs(20);
/// The demo lives this long before its memory is read.
const DEMO_LIVES: Duration = Duration::from_secs(15);

pub async fn measure(settings: &Settings, folder: &Folder, report: &mut Report) -> Result<()> {
    let Some(binary) = &settings.binary else {
        remark("S7: left out, BELLBOARD_BINARY names no program");
        return Ok(());
    };
    let sizes = if settings.is_quick() {
        [1_000, 10_000, 50_000]
    } else {
        [10_000, 100_000, 1_000_000]
    };
    let mut line = report.line("S7 start on a database");
    let mut worst = Duration::ZERO;
    for runs in sizes {
        let name = format!("start{runs}");
        let url = folder.sqlite(&name);
        fill(&url, runs).await?;
        let mut samples = Samples::default();
        for _ in 0..STARTS {
            let program = Program::start(binary, folder, &["--database", &url]).await?;
            samples.add(program.ready_after);
            program.stop().await?;
        }
        worst = samples.worst();
        line.tell(format_args!(
            "{} runs: ready in {} to {}",
            count(runs),
            time(samples.best()),
            time(worst)
        ));
        folder.forget_sqlite(&name);
    }
    line.at_most(
        "slowest start at the largest",
        worst.as_secs_f64() * 1e3,
        300.0,
        " ms",
    );
    line.end();

    let mut line = report.line("S7 idle with the demo's data");
    let data = folder.path("demo");
    let data = data.to_str().context("the folder's name is not UTF-8")?;
    let program = Program::start(binary, folder, &["--demo", "--data", data]).await?;
    let mut most = 0;
    let begun = now();
    while begun.elapsed() < DEMO_LIVES {
        tokio::time::sleep(Duration::from_secs(1)).await;
        most = usage_of(program.id()?)?.resident_bytes.max(most);
    }
    program.stop().await?;
    let mebibytes = float(most) / 1024.0 / 1024.0;
    line.at_most("resident", mebibytes, 40.0, " MiB");
    line.end();
    Ok(())
}

/// The product as people start it: `bellboard up`.
pub struct Program {
    process: Child,
    ready_after: Duration,
}

impl Program {
    /// Starts it on a free port and waits until `/readyz` says yes.
    pub async fn start(binary: &Path, folder: &Folder, arguments: &[&str]) -> Result<Self> {
        let port = std::net::TcpListener::bind("127.0.0.1:0")?
            .local_addr()?
            .port();
        let home = folder.path("home");
        std::fs::create_dir_all(&home)?;
        let begun = now();
        let process = Command::new(binary)
            .arg("up")
            .args(arguments)
            .args(["--listen", &format!("127.0.0.1:{port}")])
            .envs([
                ("HOME", &home),
                ("XDG_CONFIG_HOME", &home),
                ("XDG_DATA_HOME", &home),
            ])
            .stdin(Stdio::null())
            .stdout(Stdio::null())
            .stderr(Stdio::null())
            .kill_on_drop(true)
            .spawn()
            .with_context(|| format!("cannot start {}", binary.display()))?;
        let mut program = Self {
            process,
            ready_after: Duration::ZERO,
        };
        while begun.elapsed() < PATIENCE {
            if let Some(status) = program.process.try_wait()? {
                bail!("`bellboard up {}` ended with {status}", arguments.join(" "));
            }
            if is_ready(port).await.unwrap_or(false) {
                program.ready_after = begun.elapsed();
                return Ok(program);
            }
            tokio::time::sleep(Duration::from_millis(1)).await;
        }
        bail!("`bellboard up {}` is not ready", arguments.join(" "))
    }

    /// Its process.
    pub fn id(&self) -> Result<u32> {
        self.process.id().context("the program has ended")
    }

    /// Asks it to end, as Ctrl-C does.
    pub async fn stop(mut self) -> Result<()> {
        let id = self.id()?.to_string();
        Command::new("kill").args(["-INT", &id]).status().await?;
        if tokio::time::timeout(PATIENCE, self.process.wait())
            .await
            .is_err()
        {
            self.process.kill().await?;
        }
        Ok(())
    }
}

async fn is_ready(port: u16) -> Result<bool> {
    let mut client = Client::with_headers(port, "").await?;
    Ok(client.get("/readyz").await?.status == 200)
}
