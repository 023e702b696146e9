//! `bellboard engagements`: what you answer for.

use anyhow::Result;
use clap::Subcommand;
use serde_json::json;

use crate::output::{Form, Mark, print_json, print_plain};
use crate::session::Session;
use crate::wire::{self, Membership};

/// What can be done with engagements.
#[derive(Debug, Subcommand)]
pub enum EngagementsCommand {
    /// The engagements that you belong to
    List,
    /// A new engagement, with you as its owner
    Create {
        /// A client, a project: anything you answer for
        name: String,
        /// The short name for `--in`
        #[arg(long)]
        slug: Option<String>,
    },
}

/// Does it.
pub async fn run(command: EngagementsCommand, session: &Session) -> Result<u8> {
    match command {
        EngagementsCommand::List => list(session).await,
        EngagementsCommand::Create { name, slug } => create(&name, slug.as_deref(), session).await,
    }
}

async fn list(session: &Session) -> Result<u8> {
    let output = &session.output;
    if output.form == Form::Json {
        print_json(
            &session
                .client
                .call_raw("list_memberships", json!({"limit": wire::PAGE}))
                .await?,
        )?;
        return Ok(0);
    }
    let memberships: Vec<Membership> =
        wire::all(&session.client, "list_memberships", json!({})).await?;
    for one in &memberships {
        let role = one.designations.join(", ");
        let demo = if one.demo { " · demo" } else { "" };
        if output.form == Form::Plain {
            print_plain(&[
                &one.engagement_id,
                &one.engagement_slug,
                &one.engagement_name,
                &role,
            ])?;
        } else {
            let read_only = if one.read_only { " · read only" } else { "" };
            let about = format!("{role}{read_only}{demo}");
            output.data(&format!(
                "{:<20}  {:<28}  {}",
                one.engagement_slug,
                one.engagement_name,
                output.faint(&about)
            ))?;
        }
    }
    if memberships.is_empty() {
        output.say(
            Mark::Note,
            "You belong to none. Create one: bellboard engagements create \"My work\"",
        );
    }
    Ok(0)
}

async fn create(name: &str, slug: Option<&str>, session: &Session) -> Result<u8> {
    let view = session
        .client
        .call_raw("create_engagement", json!({"name": name, "slug": slug}))
        .await?;
    let output = &session.output;
    if output.form == Form::Json {
        print_json(&view)?;
        return Ok(0);
    }
    let slug = view["slug"].as_str().unwrap_or(name);
    output.say(
        Mark::Done,
        &format!("Created {name}. Runs go there with: bellboard run --in {slug} -- COMMAND"),
    );
    Ok(0)
}
