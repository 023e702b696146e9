//! `bellboard up`: one process with everything. It composes the hub and its surfaces, and owns nothing else: even the
//! demo speaks to it over loopback.

mod content;
mod credentials;
mod door;
mod first;
mod key;
mod store;

use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::time::Duration;

use anyhow::{Context as _, Result};
use bellboard_core::delivery::{AllowList, Network};
use bellboard_hub::loops::Loops;
use bellboard_hub::outgoing::Outgoing;
use bellboard_hub::world::RealWorld;
use bellboard_hub::{Hub, Keeps};
use bellboard_server::{App, Settings, outgoing};
use clap::Args;
use serde_json::json;
use tokio::signal::unix::{Signal, SignalKind, signal};
use tokio::task::JoinSet;

use self::first::Owner;
use crate::client::Client;
use crate::config::{self, Config};
use crate::demo;
use crate::output::{Mark, Output};
use crate::watch;

/// The arguments of `bellboard up`.
#[derive(Debug, Args)]
pub struct UpArgs {
    /// With five living engagements, in a data folder of their own; `bellboard demo remove` removes them
    #[arg(long)]
    demo: bool,
    /// Where to listen
    #[arg(
        long,
        value_name = "ADDRESS:PORT",
        default_value = "127.0.0.1:7717",
        env = "BELLBOARD_LISTEN"
    )]
    listen: String,
    /// PostgreSQL instead of the embedded SQLite: postgres://user@host/name
    #[arg(
        long,
        value_name = "URL",
        env = "BELLBOARD_DATABASE",
        hide_env_values = true
    )]
    database: Option<String>,
    /// The data folder [default: bellboard below $XDG_DATA_HOME]
    #[arg(long, value_name = "FOLDER", env = "BELLBOARD_DATA")]
    data: Option<PathBuf>,
    /// The 32 random bytes that seal the inputs of offered runs [default: inputs.key in the data folder; with PostgreSQL none]
    #[arg(long, value_name = "FILE", env = "BELLBOARD_KEY_FILE")]
    key_file: Option<PathBuf>,
    /// Where the files of artifacts lie: a folder, which replicas must share, or s3://bucket/prefix [default: content in the data folder]
    #[arg(long, value_name = "PLACE", env = "BELLBOARD_CONTENT")]
    content: Option<String>,
    /// The address that people type, when a proxy stands in front: https://board.example.com
    #[arg(long, value_name = "URL", env = "BELLBOARD_PUBLIC_URL")]
    public_url: Option<String>,
    /// A further name under which the hub may be asked for; may be given more than once
    #[arg(long = "host", value_name = "NAME")]
    hosts: Vec<String>,
    /// A network that messages may go to beside the public internet, even without TLS: 10.0.0.0/8; may be given more than once
    #[arg(
        long = "allow-network",
        value_name = "NETWORK",
        env = "BELLBOARD_ALLOW_NETWORKS",
        value_delimiter = ','
    )]
    allow_networks: Vec<Network>,
    /// The server of mail: smtps://name:password@mail.example.com, or smtp://localhost:25
    #[arg(
        long,
        value_name = "URL",
        env = "BELLBOARD_SMTP",
        hide_env_values = true,
        requires = "mail_from"
    )]
    smtp: Option<String>,
    /// Who mail is from: Bellboard <bells@example.com>
    #[arg(long, value_name = "ADDRESS", env = "BELLBOARD_MAIL_FROM")]
    mail_from: Option<String>,
    /// How often to look at the folders that are watched
    #[arg(long, value_name = "SECONDS", default_value_t = 15, hide = true, value_parser = clap::value_parser!(u64).range(1..=3600))]
    watch_seconds: u64,
    /// Write the address here, as JSON, once the hub listens
    #[arg(long, value_name = "FILE", hide = true)]
    ready_file: Option<PathBuf>,
}

/// Runs the hub until it is told to end.
pub async fn run(args: UpArgs, output: &Output) -> Result<u8> {
    let mut stopping = Stopping::install()?;
    let folder = args.data.clone().unwrap_or_else(|| {
        config::default_data_folder(if args.demo {
            "bellboard-demo"
        } else {
            "bellboard"
        })
    });
    store::prepare_folder(&folder)?;
    let listener = door::open(&args.listen).await?;
    let url = door::own_url(listener.local_addr()?);
    let opened = store::open(args.database.as_deref(), &folder).await?;
    let embedded = args.database.is_none();
    let people_url = args.public_url.clone().unwrap_or_else(|| url.clone());
    let people_url = people_url.trim_end_matches('/').to_owned();
    let keeps = Keeps {
        input_key: key::open(args.key_file.as_deref(), &folder, embedded)?,
        contents: Some(content::open(
            args.content.as_deref(),
            &folder,
            embedded,
            output,
        )?),
        outgoing: Some(way_out(&args)?),
        public_url: Some(people_url.clone()),
    };
    let hub = Hub::with(opened.db.clone(), Arc::new(RealWorld), keeps);
    let owner = first::settle(&hub, &folder, &url).await?;
    credentials::make_current(&owner, output).await;
    let link = first::link(&hub, &owner, args.demo).await?;
    let link = link.map(|path| format!("{people_url}{path}"));

    let loops = Loops::start(&hub);
    say_where(output, &opened, &people_url, &owner, link.as_deref())?;
    if let Some(path) = &args.ready_file {
        write_ready_file(path, &url, link.as_deref(), &owner)?;
    }
    let mut players = JoinSet::new();
    let client = Client::new(&Config {
        url,
        token: Some(owner.credentials.token.clone()),
        engagement: None,
    })?;
    if args.demo {
        let (client, words) = (client.clone(), output.clone());
        players.spawn(async move { demo::play(&client, &words).await });
    }
    let pause = Duration::from_secs(args.watch_seconds);
    players.spawn(async move { watch::play(&client, &folder, pause).await });
    let settings = Settings {
        public_url: args.public_url,
        hosts: args.hosts,
        ..Settings::default()
    };
    let served =
        bellboard_server::serve(App::new(hub, settings), vec![listener], stopping.next()).await;
    players.shutdown().await;
    loops.stop().await;
    opened.db.close().await;
    served.context("The server ended")?;
    Ok(0)
}

/// The ways out to other machines.
fn way_out(args: &UpArgs) -> Result<Outgoing> {
    let outgoing = outgoing::open(AllowList::new(args.allow_networks.clone()))?;
    let Some((server, sender)) = args.smtp.as_deref().zip(args.mail_from.as_deref()) else {
        return Ok(outgoing);
    };
    outgoing::with_mail(outgoing, server, sender)
        .context("Mail cannot be sent with --smtp and --mail-from")
}

fn say_where(
    output: &Output,
    opened: &store::Opened,
    url: &str,
    owner: &Owner,
    link: Option<&str>,
) -> Result<()> {
    let verb = if owner.is_new { "Created" } else { "Opened" };
    output.say(Mark::Done, &format!("{verb} {}", opened.place));
    output.say(Mark::Done, &format!("Listening on {url}"));
    match link {
        Some(link) => {
            output.say(Mark::Note, "Open this once to sign in, within 15 minutes:");
            output.data(&format!("  {link}"))?;
            output.say(
                Mark::Note,
                "Lost it? Run: bellboard login-link. Stop: Ctrl+C",
            );
        }
        None => output.say(
            Mark::Note,
            "Signed out? Run: bellboard login-link. Stop: Ctrl+C",
        ),
    }
    Ok(())
}

/// For scripts and tests: where the hub listens, once it does. Whoever sees the file sees all of it.
fn write_ready_file(path: &Path, url: &str, link: Option<&str>, owner: &Owner) -> Result<()> {
    let draft = path.with_extension("new");
    let text = json!({"url": url, "link": link, "first": owner.is_new}).to_string();
    std::fs::write(&draft, text)
        .and_then(|()| std::fs::rename(&draft, path))
        .with_context(|| format!("{} cannot be written", path.display()))
}

/// The signals that end the hub.
struct Stopping {
    interrupted: Signal,
    terminated: Signal,
}

impl Stopping {
    fn install() -> Result<Self> {
        Ok(Self {
            interrupted: signal(SignalKind::interrupt())?,
            terminated: signal(SignalKind::terminate())?,
        })
    }

    async fn next(&mut self) {
        tokio::select! {
            _ = self.interrupted.recv() => {}
            _ = self.terminated.recv() => {}
        }
    }
}
