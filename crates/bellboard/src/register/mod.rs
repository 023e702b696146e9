//! `bellboard register`: tells the hub of a repository, and the agents that work in it of the hub.

mod file;
mod section;

use std::path::{Path, PathBuf};

use anyhow::Result;
use bellboard_core::work::RemoteUrl;
use bellboard_hub::sync::checkout::Checkout;
use clap::Args;
use serde::Deserialize;
use serde_json::{Value, json};

use crate::output::{Form, Mark, print_json};
use crate::session::Session;
use crate::stop::Stop;
use crate::watch::list::{self, Watched};
use crate::wire;
use file::{Instructions, Wrote};

/// What is registered, and where.
#[derive(Debug, Args)]
pub struct RegisterArgs {
    /// A folder of the repository
    #[arg(value_name = "PATH", default_value = ".")]
    path: PathBuf,
    /// The domain that it belongs to, by slug
    #[arg(long, value_name = "SLUG")]
    domain: String,
    /// What people read; the folder's name when absent. The slug is made from it
    #[arg(long)]
    name: Option<String>,
    /// The engagement, where the domain's slug alone names several
    #[arg(long = "in", alias = "engagement", value_name = "ENGAGEMENT")]
    engagement: Option<String>,
    /// The file with instructions for agents
    #[arg(long, value_name = "FILE", default_value = "AGENTS.md")]
    file: String,
    /// Write the section anew where the file has one
    #[arg(long)]
    force: bool,
    /// On the hub's own machine, as its owner: let the hub sync the folder by itself
    #[arg(long, conflicts_with = "no_watch")]
    watch: bool,
    /// No longer
    #[arg(long)]
    no_watch: bool,
}

/// What is read of a repo.
#[derive(Debug, Clone, Deserialize)]
struct Repo {
    id: String,
    slug: String,
    domain_slug: String,
    #[serde(default)]
    status: String,
    #[serde(default)]
    local_path: Option<String>,
    #[serde(default)]
    remote_url: Option<String>,
}

/// Does it. What can be refused is refused before anything is registered.
pub async fn run(args: RegisterArgs, session: &Session) -> Result<u8> {
    let checkout = Checkout::open(&args.path).map_err(|fault| refused(fault.to_string()))?;
    let instructions = Instructions::open(&checkout.root, &args.file)?;
    let data = if args.watch || args.no_watch {
        let data = list::data_folder_of(session.client.url());
        Some(data.ok_or_else(|| not_here(session.client.url()))?)
    } else {
        None
    };
    let engagement = match &args.engagement {
        Some(named) => Some(session.engagement(Some(named)).await?.engagement_id),
        None => None,
    };
    let (view, is_new) = registered(&args, &checkout, engagement.as_deref(), session).await?;
    let repo: Repo = serde_json::from_value(view.clone())?;
    let others = others(&repo, &view, session).await?;
    let section = section::of(&repo, &others, session.client.url());
    let wrote = instructions
        .put(&section, args.force)
        .map_err(|cause| unwritable(&args.file, &cause))?;
    if session.output.form == Form::Json {
        print_json(
            &json!({"repo": view, "created": is_new, "file": args.file, "section": wrote.word()}),
        )?;
    }
    tell(&args, &repo, is_new, wrote, session);
    if let Some(data) = data {
        let watched = Watched {
            repo: repo.id,
            path: checkout.root,
        };
        watch(&data, &watched, args.watch, session)?;
    }
    Ok(0)
}

/// Puts the folder on the list of those that the hub looks at, or takes it off.
fn watch(data: &Path, watched: &Watched, is_wanted: bool, session: &Session) -> Result<()> {
    let path = watched.path.display();
    let words = match (list::change(data, watched, is_wanted)?, is_wanted) {
        (_, true) => format!("The hub syncs {path} by itself when a plan file changes."),
        (true, false) => format!("The hub no longer looks at {path}."),
        (false, false) => format!("The hub does not look at {path}."),
    };
    session.output.say(Mark::Done, &words);
    Ok(())
}

fn not_here(url: &str) -> Stop {
    refused(format!(
        "the hub at {url} does not keep its data here, where you could read it, and it opens no folder that others name. \
         Sync from a git hook or a timer instead: bellboard sync"
    ))
}

/// The repo that lies there, or a new one, and whether it is new.
async fn registered(
    args: &RegisterArgs,
    checkout: &Checkout,
    engagement: Option<&str>,
    session: &Session,
) -> Result<(Value, bool)> {
    let root = checkout.root.to_string_lossy();
    let all: Vec<Value> = wire::all(
        &session.client,
        "list_repos",
        json!({"engagement": engagement}),
    )
    .await?;
    let known = all
        .into_iter()
        .find(|repo| repo["local_path"] == *root && repo["status"] == "active");
    if let Some(known) = known {
        return match known["domain_slug"].as_str() {
            Some(domain) if domain == args.domain => Ok((known, false)),
            domain => Err(refused(format!(
                "{root} is registered as {} in the domain {}, and a repo belongs to one. Register it there, or move it first",
                known["slug"].as_str().unwrap_or_default(),
                domain.unwrap_or_default(),
            ))
            .into()),
        };
    }
    let folder = checkout.root.file_name();
    let folder = folder.map(|name| name.to_string_lossy().into_owned());
    let input = json!({
        "domain_slug": args.domain,
        "engagement": engagement,
        "name": args.name.clone().or(folder).unwrap_or_else(|| "Repository".to_owned()),
        "local_path": root,
        // An address with a secret in it is kept to itself.
        "remote_url": checkout.remote_url().filter(|url| url.parse::<RemoteUrl>().is_ok()),
    });
    Ok((session.client.call_raw("register_repo", input).await?, true))
}

/// The other repos of its domain that are in use.
async fn others(repo: &Repo, view: &Value, session: &Session) -> Result<Vec<Repo>> {
    let input = json!({"domain_slug": view["domain_id"], "engagement": view["engagement_id"]});
    let answer = session.client.call_raw("list_domain_repos", input).await?;
    let all: Vec<Repo> = serde_json::from_value(answer["items"].clone())?;
    let others = all
        .into_iter()
        .filter(|other| other.slug != repo.slug && other.status == "active");
    Ok(others.collect())
}

fn tell(args: &RegisterArgs, repo: &Repo, is_new: bool, wrote: Wrote, session: &Session) {
    let output = &session.output;
    let begin = if is_new {
        "Registered as"
    } else {
        "Already registered as"
    };
    let (slug, domain) = (&repo.slug, &repo.domain_slug);
    output.say(
        Mark::Done,
        &format!("{begin} {slug} in the domain {domain}."),
    );
    let file = &args.file;
    match wrote {
        Wrote::New => output.say(Mark::Done, &format!("{file} tells agents of it.")),
        Wrote::Replaced => output.say(Mark::Done, &format!("The section in {file} is new.")),
        Wrote::Same => {}
        Wrote::LeftAlone => output.warn(&format!(
            "{file} has a section already, which says something else. --force writes it anew."
        )),
    }
    output.say(Mark::Note, "Next: bellboard sync");
}

fn refused(message: String) -> Stop {
    Stop {
        code: 1,
        message: crate::sync::sentence(&message),
    }
}

fn unwritable(file: &str, cause: &std::io::Error) -> Stop {
    refused(format!(
        "the repo is registered, but {file} cannot be written: {cause}. Make it writable, and register again"
    ))
}
