//! Sync: what one command costs that reads the plans of many repositories into a hub, beside only reading and hashing
//! their files; a second one without changes; and what the server keeps of it in memory.

use std::fmt::Write as _;
use std::path::{Path, PathBuf};
use std::process::Stdio;
use std::time::Duration;

use anyhow::{Context, Result, bail, ensure};
use bellboard_hub::sync::checkout::Checkout;
use serde_json::{Value, json};
use sha2::{Digest as _, Sha256};
use tokio::process::Command;

use crate::Settings;
use crate::client::Client;
use crate::figure::{Report, Samples, count, float, now, ratio, remark, time};
use crate::folder::Folder;
use crate::server::usage_of;
use crate::start::Program;

/// How many tasks stand in the plans of each repository.
const TASKS: u64 = 25;
/// How often each is measured. Of reading, and of what can be repeated in one hub, the best counts; of the first sync, which
/// needs a hub of its own each time, the middle one.
const TIMES: usize = 5;
/// How often everything is sent again before the memory is read a second time.
const AGAIN: usize = 20;

pub async fn measure(settings: &Settings, folder: &Folder, report: &mut Report) -> Result<()> {
    let Some(binary) = &settings.binary else {
        remark("sync: left out, BELLBOARD_BINARY names no program");
        return Ok(());
    };
    let sizes = if settings.is_quick() {
        [5, 10, 20]
    } else {
        [20, 50, 200]
    };
    let mut line = report.line("sync of repositories, sqlite");
    let (mut cold, mut second, mut grown) = (0.0, 0.0, 0.0);
    for size in sizes {
        let mut first = Samples::default();
        for round in 1..TIMES {
            let scene = Scene::make(binary, folder, (size, round)).await?;
            first.add(scene.sync(&[]).await?);
            scene.close().await?;
        }
        let scene = Scene::make(binary, folder, (size, 0)).await?;
        let read = scene.only_read()?;
        first.add(scene.sync(&[]).await?);
        let mut again = Samples::default();
        for _ in 0..TIMES {
            again.add(scene.sync(&[]).await?);
        }
        // Everything is sent, compared and told again, which is where memory would grow once the caches are full.
        scene.sync_all_of_it().await?;
        let before = scene.memory()?;
        scene.sync_all_of_it().await?;
        grown = scene.memory()? - before;
        (cold, second) = (ratio(first.p50(), read), ratio(again.best(), read));
        line.tell(format_args!(
            "{} repos, {} tasks: read {}, cold {} ({} at worst), again {}",
            count(size),
            count(size * TASKS),
            time(read),
            time(first.p50()),
            time(first.worst()),
            time(again.best())
        ));
        scene.close().await?;
    }
    line.at_most("cold at the largest", cold, 5.0, " x reading");
    line.at_most("again", second, 1.5, " x reading");
    line.at_most("memory grown", grown, 8.0, " MiB");
    line.end();
    Ok(())
}

/// A hub, and so many repositories that are registered with it.
struct Scene {
    program: Program,
    binary: PathBuf,
    home: PathBuf,
    repos: Vec<PathBuf>,
}

impl Scene {
    async fn make(binary: &Path, folder: &Folder, (size, round): (u64, usize)) -> Result<Self> {
        let data = folder.path(&format!("sync{size}-{round}"));
        let arguments = ["--data", data.to_str().context("a folder in UTF-8")?];
        let program = Program::start(binary, folder, &arguments).await?;
        let mut scene = Self {
            program,
            binary: binary.to_owned(),
            home: folder.path("home"),
            repos: Vec::new(),
        };
        let domain = format!("domain{size}");
        scene.make_domain(&data, &domain).await?;
        for number in 0..size {
            let repo = folder.path(&format!("repos{size}-{round}/r{size}-{number}"));
            make_repository(&repo, &format!("R{size}-{number}")).await?;
            let path = repo.to_str().context("a folder in UTF-8")?;
            scene.run(&["register", path, "--domain", &domain]).await?;
            scene.repos.push(repo);
        }
        Ok(scene)
    }

    /// As the owner, whose key lies with the data.
    async fn make_domain(&self, data: &Path, slug: &str) -> Result<()> {
        let key: Value = serde_json::from_slice(&std::fs::read(data.join("owner.json"))?)?;
        let text = |name: &str| key[name].as_str().context("the owner's key");
        let port = text("url")?.rsplit(':').next().context("a port")?.parse()?;
        let mut client = Client::connect(port, text("token")?).await?;
        let engagement = text("engagement")?;
        let domain = json!({"engagement": engagement, "slug": slug, "name": slug});
        let answer = client.post("/api/domains", &domain).await?;
        ensure!(
            answer.status == 201,
            "the domain was answered {}",
            answer.status
        );
        Ok(())
    }

    /// Finds, reads and hashes every plan file, and nothing else.
    fn only_read(&self) -> Result<Duration> {
        let mut samples = Samples::default();
        for _ in 0..TIMES {
            let begun = now();
            let mut hash = Sha256::new();
            for repo in &self.repos {
                let checkout = Checkout::open(repo)?;
                for path in &checkout.paths {
                    let file = checkout.read(path);
                    let file = file.map_err(|why| anyhow::anyhow!("{path} {}", why.reason))?;
                    hash.update(file.text);
                }
            }
            std::hint::black_box(hash.finalize());
            samples.add(begun.elapsed());
        }
        Ok(samples.best())
    }

    /// One command for all of them; how long it took, the start of its process included.
    async fn sync(&self, more: &[&str]) -> Result<Duration> {
        let repos = self.repos.iter().filter_map(|repo| repo.to_str());
        let arguments: Vec<&str> = ["sync"]
            .into_iter()
            .chain(more.iter().copied())
            .chain(repos)
            .collect();
        let begun = now();
        self.run(&arguments).await?;
        Ok(begun.elapsed())
    }

    async fn sync_all_of_it(&self) -> Result<()> {
        for _ in 0..AGAIN {
            self.sync(&["--force"]).await?;
        }
        Ok(())
    }

    async fn run(&self, arguments: &[&str]) -> Result<()> {
        let mut command = Command::new(&self.binary);
        command
            .args(arguments)
            .arg("--quiet")
            .envs([
                ("HOME", &self.home),
                ("XDG_CONFIG_HOME", &self.home),
                ("XDG_DATA_HOME", &self.home),
            ])
            .stdin(Stdio::null())
            .stdout(Stdio::null());
        let status = command.status().await?;
        if !status.success() {
            bail!("`bellboard {} ...` ended with {status}", arguments[0]);
        }
        Ok(())
    }

    /// What the server holds in memory, in MiB.
    fn memory(&self) -> Result<f64> {
        let bytes = usage_of(self.program.id()?)?.resident_bytes;
        Ok(float(bytes) / 1024.0 / 1024.0)
    }

    async fn close(self) -> Result<()> {
        self.program.stop().await
    }
}

/// A git repository with one plan in one commit.
async fn make_repository(path: &Path, id: &str) -> Result<()> {
    let plans = path.join("workplans");
    std::fs::create_dir_all(&plans)?;
    let mut text = format!("---\nid: {id}\ntitle: Plan {id}\nstatus: active\n---\n\n# Plan {id}\n");
    for number in 0..TASKS {
        let status = ["todo", "in_progress", "done"][usize::try_from(number % 3)?];
        write!(
            text,
            "\n## Task {number} of {id}\n\n```task\nid: {id}-T{number}\nstatus: {status}\npriority: high\n```\n\nWhat it is about, in a sentence.\n"
        )?;
    }
    std::fs::write(plans.join("plan.md"), text)?;
    for arguments in [
        &["init", "--quiet", "--initial-branch=main"][..],
        &["add", "--all"],
        &[
            "-c",
            "user.name=Bench",
            "-c",
            "user.email=bench@example.org",
            "commit",
            "--quiet",
            "--message",
            "Plan",
        ],
    ] {
        let mut git = Command::new("git");
        git.current_dir(path).args(arguments);
        if !git.status().await?.success() {
            bail!("git {} failed in {}", arguments[0], path.display());
        }
    }
    Ok(())
}
