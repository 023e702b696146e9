//! The measured server: the real stack in a process of its own, so that its memory and its time are its own.

use std::net::Ipv4Addr;
use std::path::Path;
use std::process::Stdio;
use std::sync::Arc;
use std::time::Duration;

use anyhow::{Context, Result};
use bellboard_core::delivery::AllowList;
use bellboard_hub::content::Contents;
use bellboard_hub::db::{Db, DbOptions};
use bellboard_hub::loops::Loops;
use bellboard_hub::seal::InputKey;
use bellboard_hub::world::RealWorld;
use bellboard_hub::{Hub, Keeps};
use bellboard_server::{App, Settings, outgoing};
use tokio::io::{AsyncBufReadExt, AsyncReadExt, BufReader};
use tokio::process::{Child, Command};

/// A started server says within this time where it listens.
const START: Duration = Duration::from_secs(30);

/// Opens a database with the current schema.
pub async fn open(url: &str) -> Result<Hub> {
    let db = Db::open(&url.parse()?, &DbOptions::default()).await?;
    db.migrate().await?;
    let keeps = Keeps {
        contents: contents_beside(url)?,
        input_key: Some(InputKey::new(&[7; 32])),
        // Messages go to this machine only.
        outgoing: Some(outgoing::open(AllowList::new(vec![
            "127.0.0.0/8".parse()?,
        ]))?),
        ..Keeps::default()
    };
    Ok(Hub::with(db, Arc::new(RealWorld), keeps))
}

/// Content lies beside a SQLite file, which is how the product does it.
fn contents_beside(url: &str) -> Result<Option<Contents>> {
    let Some(file) = url.strip_prefix("sqlite:") else {
        return Ok(None);
    };
    let folder = Path::new(file).with_extension("content");
    Ok(Some(Contents::in_folder(&folder)?))
}

/// The child's side: serves the database until its stdin ends, which happens whenever the bench does.
pub async fn serve(url: &str) -> Result<()> {
    let hub = open(url).await?;
    let loops = Loops::start(&hub);
    let listener = bellboard_server::listen((Ipv4Addr::LOCALHOST, 0)).await?;
    println!("{}", listener.local_addr()?.port());
    let app = App::new(hub.clone(), Settings::default());
    bellboard_server::serve(app, vec![listener], async {
        let mut nothing = Vec::new();
        let _ended = tokio::io::stdin().read_to_end(&mut nothing).await;
    })
    .await?;
    loops.stop().await;
    hub.db().close().await;
    Ok(())
}

/// The parent's side: a running server.
pub struct Server {
    process: Child,
    pub port: u16,
}

/// What a process has used so far.
#[derive(Debug, Clone, Copy)]
pub struct Usage {
    /// Memory that it holds now.
    pub resident_bytes: u64,
    /// The most memory that it ever held.
    pub peak_bytes: u64,
    /// Time that its threads were on a core.
    pub core: Duration,
}

impl Server {
    /// Starts this program again as a server of that database.
    pub async fn start(url: &str) -> Result<Self> {
        let mut process = Command::new(std::env::current_exe()?)
            .args(["serve", url])
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .kill_on_drop(true)
            .spawn()?;
        let words = process.stdout.take().context("the server has no stdout")?;
        let mut line = String::new();
        tokio::time::timeout(START, BufReader::new(words).read_line(&mut line)).await??;
        let port = line
            .trim()
            .parse()
            .context("the server did not say where it listens")?;
        Ok(Self { process, port })
    }

    pub fn usage(&self) -> Result<Usage> {
        usage_of(self.process.id().context("the server has ended")?)
    }

    /// Lets it finish, then waits for its end.
    pub async fn stop(mut self) -> Result<()> {
        drop(self.process.stdin.take());
        if tokio::time::timeout(START, self.process.wait())
            .await
            .is_err()
        {
            self.process.kill().await?;
        }
        Ok(())
    }
}

/// Reads `/proc`.
pub fn usage_of(process: u32) -> Result<Usage> {
    let folder = Path::new("/proc").join(process.to_string());
    let status = std::fs::read_to_string(folder.join("status"))?;
    let kibibytes = |name: &str| -> Result<u64> {
        let line = status.lines().find_map(|line| line.strip_prefix(name));
        let number = line.and_then(|line| line.trim().strip_suffix(" kB"));
        Ok(number.with_context(|| format!("no {name}"))?.parse()?)
    };
    let stat = std::fs::read_to_string(folder.join("stat"))?;
    // The name in parentheses may hold spaces; user and system time are the 12th and 13th words after it.
    let (_, words) = stat.rsplit_once(") ").context("no name in stat")?;
    let ticks: u64 = words
        .split(' ')
        .skip(11)
        .take(2)
        .filter_map(|word| word.parse::<u64>().ok())
        .sum();
    // Linux counts in hundredths of a second on every machine that this runs on.
    Ok(Usage {
        resident_bytes: kibibytes("VmRSS:")? * 1024,
        peak_bytes: kibibytes("VmHWM:")? * 1024,
        core: Duration::from_millis(ticks * 10),
    })
}
