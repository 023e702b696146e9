//! `bellboard repos`: the repositories of domains.

use std::path::{Path, PathBuf};

use anyhow::Result;
use clap::{Args, Subcommand};
use serde::Deserialize;
use serde_json::{Value, json};

use crate::output::{Form, Mark, Output, print_json, print_plain};
use crate::session::Session;
use crate::stop::Stop;
use crate::wire::{self, WhichStatus};

/// What can be done with repos.
#[derive(Debug, Subcommand)]
pub enum ReposCommand {
    /// The repos of your engagements, newest first
    List(ListArgs),
    /// A new repo of a domain: from its folder, or by name
    Add(AddArgs),
    /// Out of use
    Archive(ArchiveArgs),
}

#[derive(Debug, Args)]
pub struct ListArgs {
    /// Only of this domain, by its slug
    #[arg(long, value_name = "DOMAIN")]
    domain: Option<String>,
    /// Those in use, those no longer, or both
    #[arg(long, value_enum, default_value = "active", value_name = "STATUS")]
    status: WhichStatus,
    /// Only of this engagement: its slug, name or id
    #[arg(long = "in", value_name = "ENGAGEMENT")]
    engagement: Option<String>,
}

#[derive(Debug, Args)]
pub struct AddArgs {
    /// Its folder on this machine; the hub does not open it
    #[arg(required_unless_present = "name")]
    path: Option<PathBuf>,
    /// The domain that it belongs to, by its slug
    #[arg(long, value_name = "DOMAIN")]
    domain: String,
    /// What people read; the folder's name when not said
    #[arg(long, value_name = "NAME")]
    name: Option<String>,
    /// The short name; made from the name when not said
    #[arg(long, value_name = "SLUG")]
    slug: Option<String>,
    /// Where it is fetched from, without a password in it
    #[arg(long, value_name = "URL")]
    url: Option<String>,
    /// What it is
    #[arg(long, value_name = "TEXT")]
    description: Option<String>,
    /// The topic that it is about, by its slug
    #[arg(long, value_name = "TOPIC")]
    topic: Option<String>,
    /// Where: an engagement's slug, name or id
    #[arg(long = "in", value_name = "ENGAGEMENT")]
    engagement: Option<String>,
}

#[derive(Debug, Args)]
pub struct ArchiveArgs {
    /// The repo, by its slug
    slug: String,
    /// Where: an engagement's slug, name or id
    #[arg(long = "in", value_name = "ENGAGEMENT")]
    engagement: Option<String>,
}

/// A repo, as far as it is told here.
#[derive(Debug, Deserialize)]
struct Repo {
    slug: String,
    name: String,
    domain_slug: String,
    engagement_slug: String,
    local_path: Option<String>,
    remote_url: Option<String>,
    status: String,
}

/// Does it.
pub async fn run(command: ReposCommand, session: &Session) -> Result<u8> {
    match command {
        ReposCommand::List(args) => list(args, session).await,
        ReposCommand::Add(args) => add(args, session).await,
        ReposCommand::Archive(args) => archive(args, session).await,
    }
}

async fn list(args: ListArgs, session: &Session) -> Result<u8> {
    let filters = json!({
        "domain": args.domain,
        "status": args.status.as_str(),
        "engagement": session.engagement_filter(args.engagement.as_deref()).await?,
    });
    let items: Vec<Value> = wire::all(&session.client, "list_repos", filters).await?;
    let output = &session.output;
    if output.form == Form::Json {
        print_json(&json!({ "items": items, "total_count": items.len() }))?;
        return Ok(0);
    }
    let repos: Vec<Repo> = serde_json::from_value(Value::Array(items))?;
    for one in &repos {
        if output.form == Form::Plain {
            print_plain(&[
                &one.slug,
                &one.name,
                &one.domain_slug,
                &one.status,
                one.local_path.as_deref().unwrap_or_default(),
                one.remote_url.as_deref().unwrap_or_default(),
                &one.engagement_slug,
            ])?;
        } else {
            output.data(&line(one, output))?;
        }
    }
    if repos.is_empty() {
        output.say(
            Mark::Note,
            "No repos match. Add one from its folder: bellboard repos add . --domain DOMAIN",
        );
    }
    Ok(0)
}

/// Whole but for the place, which may be long.
fn line(one: &Repo, output: &Output) -> String {
    let place = one.local_path.as_deref().or(one.remote_url.as_deref());
    let archived = if one.status == "archived" {
        "archived · "
    } else {
        ""
    };
    let about = format!("{archived}{}", place.unwrap_or("no place given"));
    let room = output.columns.saturating_sub(48).max(20);
    let about = output.faint(&output.cut(&about, room));
    format!("{:<28}  {:<16}  {about}", one.slug, one.domain_slug)
}

async fn add(args: AddArgs, session: &Session) -> Result<u8> {
    let folder = args.path.as_deref().map(folder).transpose()?;
    let own_name = folder.as_deref().and_then(last_part);
    let Some(name) = args.name.or(own_name) else {
        return Err(Stop::usage("This folder has no name. Say one with --name NAME.").into());
    };
    let input = json!({
        "domain": args.domain,
        "name": name,
        "slug": args.slug,
        "local_path": folder,
        "remote_url": args.url,
        "description": args.description,
        "topic": args.topic,
        "engagement": session.engagement_meant(args.engagement.as_deref()).await?,
    });
    let made = session.client.call_raw("create_repo", input).await?;
    session.tell(&made, |repo: &Repo| {
        format!("Added {} to {}.", repo.slug, repo.domain_slug)
    })
}

/// The folder by its whole path, which is what whoever looks for it later needs.
fn folder(path: &Path) -> Result<String> {
    let whole = path.canonicalize().ok().filter(|whole| whole.is_dir());
    let whole = whole.and_then(|whole| whole.into_os_string().into_string().ok());
    whole.ok_or_else(|| {
        let path = path.display();
        Stop::usage(format!(
            "{path} is no folder that can be read here. Name a repo that lies elsewhere with --name NAME --url URL."
        ))
        .into()
    })
}

fn last_part(folder: &str) -> Option<String> {
    let name = Path::new(folder).file_name()?;
    Some(name.to_string_lossy().into_owned())
}

async fn archive(args: ArchiveArgs, session: &Session) -> Result<u8> {
    let input = json!({
        "slug": args.slug,
        "engagement": session.engagement_meant(args.engagement.as_deref()).await?,
    });
    let archived = session.client.call_raw("archive_repo", input).await?;
    session.tell(&archived, |repo: &Repo| {
        format!(
            "Archived the repo {} of {}. What was read from it is kept.",
            repo.slug, repo.domain_slug
        )
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_folder_gives_its_whole_path_and_its_name() {
        let here = folder(Path::new(".")).expect("the tests run in a folder");
        assert!(Path::new(&here).is_absolute(), "{here}");
        assert_eq!(last_part("/srv/git/rail-hub").as_deref(), Some("rail-hub"));
        assert_eq!(last_part("/"), None);
        for none in ["./no-such-folder", "Cargo.toml"] {
            let said = folder(Path::new(none)).unwrap_err().to_string();
            assert!(said.contains(none) && said.contains("--url URL"), "{said}");
        }
    }

    #[test]
    fn a_line_tells_where_a_repo_lies() {
        let repo = |local: Option<&str>, remote: Option<&str>, status: &str| Repo {
            slug: "rail-hub".to_owned(),
            name: "Rail hub".to_owned(),
            domain_slug: "railiance".to_owned(),
            engagement_slug: "aster-bank".to_owned(),
            local_path: local.map(str::to_owned),
            remote_url: remote.map(str::to_owned),
            status: status.to_owned(),
        };
        let output = Output {
            form: Form::Human,
            quiet: false,
            ascii: true,
            columns: 80,
        };
        let (local, remote) = (Some("/srv/rail-hub"), Some("https://git.example.com/rail"));
        for (repo, end) in [
            (repo(local, remote, "active"), "/srv/rail-hub"),
            (repo(None, remote, "active"), "https://git.example.com/rail"),
            (repo(None, None, "archived"), "archived - no place given"),
        ] {
            let line = line(&repo, &output);
            assert!(
                line.starts_with("rail-hub ") && line.contains(end),
                "{line}"
            );
        }
    }
}
