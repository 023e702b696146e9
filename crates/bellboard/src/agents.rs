//! `bellboard agents`: the programs that you answer for. An agent signs in with a token of its own and belongs to
//! engagements like anybody else.

use anyhow::Result;
use clap::Subcommand;
use serde::Deserialize;
use serde_json::json;

use crate::output::{Form, Mark, print_json, print_plain};
use crate::session::Session;
use crate::stop::Stop;
use crate::wire;

/// What can be done with agents.
#[derive(Debug, Subcommand)]
pub enum AgentsCommand {
    /// The agents that you answer for
    List,
    /// A new agent that you answer for, a contributor of the engagements that you name
    Create {
        /// What people read beside its reports
        name: String,
        /// An engagement that it may report in; may be given more than once
        #[arg(long = "in", alias = "engagement", value_name = "ENGAGEMENT")]
        engagements: Vec<String>,
    },
}

#[derive(Debug, Clone, Deserialize)]
struct Agent {
    id: String,
    name: String,
}

/// Does it.
pub async fn run(command: AgentsCommand, session: &Session) -> Result<u8> {
    match command {
        AgentsCommand::List => list(session).await,
        AgentsCommand::Create { name, engagements } => create(&name, &engagements, session).await,
    }
}

/// The id of the agent that is meant by a name or an id.
pub async fn resolve(reference: &str, session: &Session) -> Result<String> {
    let agents: Vec<Agent> = wire::all(&session.client, "list_agents", json!({})).await?;
    let found = agents
        .into_iter()
        .find(|agent| agent.id == reference || agent.name == reference);
    Ok(found.map(|agent| agent.id).ok_or_else(|| {
        Stop::usage(format!("No agent of yours is called `{reference}`. Create it: bellboard agents create {reference}"))
    })?)
}

async fn list(session: &Session) -> Result<u8> {
    let output = &session.output;
    if output.form == Form::Json {
        print_json(
            &session
                .client
                .call_raw("list_agents", json!({"limit": wire::PAGE}))
                .await?,
        )?;
        return Ok(0);
    }
    for agent in wire::all::<Agent>(&session.client, "list_agents", json!({})).await? {
        if output.form == Form::Plain {
            print_plain(&[&agent.id, &agent.name])?;
        } else {
            output.data(&format!("{}  {}", output.faint(&agent.id), agent.name))?;
        }
    }
    Ok(0)
}

async fn create(name: &str, engagements: &[String], session: &Session) -> Result<u8> {
    let mut places = Vec::new();
    for named in engagements {
        places.push(session.engagement(Some(named)).await?);
    }
    let view = session
        .client
        .call_raw("create_agent", json!({"name": name}))
        .await?;
    let agent: Agent = serde_json::from_value(view.clone())?;
    for place in &places {
        let membership = json!({
            "engagement_id": place.engagement_id,
            "person_id": agent.id,
            "designations": ["contributor"],
        });
        session.client.call_raw("put_member", membership).await?;
    }
    let output = &session.output;
    if output.form == Form::Json {
        print_json(&view)?;
        return Ok(0);
    }
    output.say(
        Mark::Done,
        &format!(
            "Created {name}. Its key: bellboard token create \"{name}\" --agent {}",
            agent.id
        ),
    );
    Ok(0)
}
