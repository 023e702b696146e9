//! `bellboard domains`: the fields of work that repos, topics and plans belong to.

use anyhow::Result;
use bellboard_core::time::Timestamp;
use clap::{Args, Subcommand};
use serde::Deserialize;
use serde_json::{Value, json};

use crate::clock;
use crate::output::{Form, Mark, Output, print_json, print_plain};
use crate::session::Session;
use crate::stop::Stop;
use crate::when;
use crate::wire::{self, WhichStatus};

/// What can be done with domains.
#[derive(Debug, Subcommand)]
pub enum DomainsCommand {
    /// The domains of your engagements, newest first
    List(ListArgs),
    /// A new domain
    Add(AddArgs),
    /// Make those that are not there yet; what is or was there is left as it is
    Seed(SeedArgs),
    /// Another slug; the former one still leads there
    Rename(RenameArgs),
    /// Out of use, once its topics are
    Archive(ArchiveArgs),
}

#[derive(Debug, Args)]
pub struct ListArgs {
    /// Those in use, those no longer, or both
    #[arg(long, value_enum, default_value = "active", value_name = "STATUS")]
    status: WhichStatus,
    /// Only of this engagement: its slug, name or id
    #[arg(long = "in", value_name = "ENGAGEMENT")]
    engagement: Option<String>,
}

#[derive(Debug, Args)]
pub struct AddArgs {
    /// The short name: a-z, 0-9, _ and -
    slug: String,
    /// What people read
    name: String,
    /// What it is about
    #[arg(long, value_name = "TEXT")]
    description: Option<String>,
    /// Where: an engagement's slug, name or id
    #[arg(long = "in", value_name = "ENGAGEMENT")]
    engagement: Option<String>,
}

#[derive(Debug, Args)]
pub struct SeedArgs {
    /// SLUG=NAME, as many as you like
    #[arg(required = true, value_name = "SLUG=NAME")]
    domains: Vec<String>,
    /// Where: an engagement's slug, name or id
    #[arg(long = "in", value_name = "ENGAGEMENT")]
    engagement: Option<String>,
}

#[derive(Debug, Args)]
pub struct RenameArgs {
    /// The domain, by its slug
    slug: String,
    /// The slug from now on
    new_slug: String,
    /// The name from now on; as it is when not said
    #[arg(long, value_name = "NAME")]
    name: Option<String>,
    /// Where: an engagement's slug, name or id
    #[arg(long = "in", value_name = "ENGAGEMENT")]
    engagement: Option<String>,
}

#[derive(Debug, Args)]
pub struct ArchiveArgs {
    /// The domain, by its slug
    slug: String,
    /// Where: an engagement's slug, name or id
    #[arg(long = "in", value_name = "ENGAGEMENT")]
    engagement: Option<String>,
}

/// A domain, as far as it is told here.
#[derive(Debug, Deserialize)]
struct Domain {
    slug: String,
    name: String,
    status: String,
    engagement_slug: String,
    created_at: Timestamp,
}

/// Does it.
pub async fn run(command: DomainsCommand, session: &Session) -> Result<u8> {
    match command {
        DomainsCommand::List(args) => list(args, session).await,
        DomainsCommand::Add(args) => add(args, session).await,
        DomainsCommand::Seed(args) => seed(args, session).await,
        DomainsCommand::Rename(args) => rename(args, session).await,
        DomainsCommand::Archive(args) => archive(args, session).await,
    }
}

async fn list(args: ListArgs, session: &Session) -> Result<u8> {
    let filters = json!({
        "status": args.status.as_str(),
        "engagement": session.engagement_filter(args.engagement.as_deref()).await?,
    });
    let items: Vec<Value> = wire::all(&session.client, "list_domains", filters).await?;
    let output = &session.output;
    if output.form == Form::Json {
        print_json(&json!({ "items": items, "total_count": items.len() }))?;
        return Ok(0);
    }
    let domains: Vec<Domain> = serde_json::from_value(Value::Array(items))?;
    for one in &domains {
        if output.form == Form::Plain {
            print_plain(&[
                &one.slug,
                &one.name,
                &one.status,
                &one.engagement_slug,
                &one.created_at.to_string(),
            ])?;
        } else {
            output.data(&line(one, output))?;
        }
    }
    if domains.is_empty() {
        output.say(
            Mark::Note,
            "No domains match. Make one: bellboard domains add SLUG NAME",
        );
    }
    Ok(0)
}

fn line(one: &Domain, output: &Output) -> String {
    let archived = if one.status == "archived" {
        " · archived"
    } else {
        ""
    };
    let since = when::clock_words(one.created_at, clock::now());
    let about = format!("{}{archived} · {since}", one.engagement_slug);
    let name = output.cut(&one.name, 40);
    format!("{:<24}  {name:<40}  {}", one.slug, output.faint(&about))
}

async fn add(args: AddArgs, session: &Session) -> Result<u8> {
    let input = json!({
        "slug": args.slug,
        "name": args.name,
        "description": args.description,
        "engagement": session.engagement_meant(args.engagement.as_deref()).await?,
    });
    let made = session.client.call_raw("create_domain", input).await?;
    session.tell(&made, |domain: &Domain| {
        format!(
            "Made the domain {}. Add a repo: bellboard repos add PATH --domain {}",
            domain.name, domain.slug
        )
    })
}

async fn seed(args: SeedArgs, session: &Session) -> Result<u8> {
    let domains = args
        .domains
        .iter()
        .map(|one| match one.split_once('=') {
            Some((slug, name)) => Ok(json!({ "slug": slug, "name": name })),
            None => Err(Stop::usage(format!(
                "`{one}` names no domain. Write SLUG=NAME, such as northrail=Northrail."
            ))),
        })
        .collect::<Result<Vec<_>, _>>()?;
    let engagement = session.engagement(args.engagement.as_deref()).await?;
    let input = json!({ "engagement_id": engagement.engagement_id, "domains": domains });
    let seeded = session.client.call_raw("seed_domains", input).await?;
    let output = &session.output;
    if output.form == Form::Json {
        print_json(&seeded)?;
        return Ok(0);
    }
    let items: Vec<Domain> = serde_json::from_value(seeded["items"].clone())?;
    let made: Vec<String> = serde_json::from_value(seeded["made"].clone())?;
    for one in &items {
        let word = if made.contains(&one.slug) {
            "made"
        } else {
            "there"
        };
        if output.form == Form::Plain {
            print_plain(&[&one.slug, word])?;
        } else {
            output.data(&format!("{:<24}  {}", one.slug, output.faint(word)))?;
        }
    }
    output.say(
        Mark::Done,
        &format!(
            "{} made, {} there before",
            made.len(),
            items.len() - made.len()
        ),
    );
    Ok(0)
}

async fn rename(args: RenameArgs, session: &Session) -> Result<u8> {
    let input = json!({
        "slug": args.slug,
        "new_slug": args.new_slug,
        "new_name": args.name,
        "engagement": session.engagement_meant(args.engagement.as_deref()).await?,
    });
    let renamed = session.client.call_raw("rename_domain", input).await?;
    session.tell(&renamed, |domain: &Domain| {
        format!(
            "{} is called {} now. {} still leads there.",
            domain.name, domain.slug, args.slug
        )
    })
}

async fn archive(args: ArchiveArgs, session: &Session) -> Result<u8> {
    let input = json!({
        "slug": args.slug,
        "engagement": session.engagement_meant(args.engagement.as_deref()).await?,
    });
    let archived = session.client.call_raw("archive_domain", input).await?;
    session.tell(&archived, |domain: &Domain| {
        format!(
            "Archived the domain {}. What belongs to it is kept.",
            domain.name
        )
    })
}
