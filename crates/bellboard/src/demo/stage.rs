//! Sets the stage: the engagements, an agent with a token of its own in each, and nothing left open from before.

use std::collections::HashMap;

use serde::Deserialize;
use serde_json::{Value, json};

use super::cast::{PLACES, Place};
use super::{history, maker, plans};
use crate::client::{CallFault, Client};
use crate::wire::{self, Membership, Page, Run};

/// What the tokens of the demo are called, so that the next start finds and revokes them.
const TOKEN_NAME: &str = "Demo worker";
/// A demo that is left alone plays this long, the longest that a hub lets a token live.
const TOKEN_DAYS: u32 = 366;
/// A demo with more runs than this begins afresh at its next start.
const MAX_RUNS: u64 = 500;

/// An agent at work in one engagement.
#[derive(Debug, Clone)]
pub struct Actor {
    /// Speaks as the agent.
    pub client: Client,
    /// Speaks as the person who brought the demo: agents do not decide about the work of their owner's other agents, so what
    /// was decided before anybody looked, that person has decided.
    pub reviewer: Client,
    /// Where it works.
    pub engagement_id: String,
}

#[derive(Debug, Deserialize)]
struct Named {
    id: String,
    name: String,
}

#[derive(Debug, Deserialize)]
struct Token {
    id: String,
    name: String,
    revoked_at: Option<Value>,
}

/// Makes what is missing and ends what an earlier demo left open; one actor per place.
pub async fn set(owner: &Client) -> Result<Vec<Actor>, CallFault> {
    dismiss(owner).await?;
    let memberships: Vec<Membership> = wire::all(owner, "list_memberships", json!({})).await?;
    let agents: Vec<Named> = wire::all(owner, "list_agents", json!({})).await?;
    let agents: HashMap<String, String> = agents
        .into_iter()
        .map(|agent| (agent.name, agent.id))
        .collect();
    let mut actors = Vec::new();
    for (at, place) in PLACES.iter().enumerate() {
        let there = memberships
            .iter()
            .find(|one| one.demo && one.engagement_name == place.name);
        let engagement_id = engagement(owner, *place, there).await?;
        let agent_id = agent(owner, &agents, place.agent).await?;
        let actor = Actor {
            client: hire(owner, &engagement_id, &agent_id).await?,
            reviewer: owner.clone(),
            engagement_id,
        };
        if clear(&actor).await? {
            history::tell(&actor, at).await?;
            // Whoever plays here afterwards finds out the same, and says it.
            let _gone = maker::tell_past(&actor, at).await;
        }
        plans::tell(&actor, at).await?;
        actors.push(actor);
    }
    Ok(actors)
}

/// The agent of this name: found or made; its id.
async fn agent(
    owner: &Client,
    known: &HashMap<String, String>,
    name: &str,
) -> Result<String, CallFault> {
    if let Some(id) = known.get(name) {
        return Ok(id.clone());
    }
    let made = owner
        .call_raw("create_agent", json!({"name": name}))
        .await?;
    Ok(text(&made["id"]))
}

/// Makes the agent a member with a token for this engagement only.
async fn hire(owner: &Client, engagement_id: &str, agent_id: &str) -> Result<Client, CallFault> {
    let membership = json!({
        "engagement_id": engagement_id,
        "person_id": agent_id,
        "designations": ["contributor"],
    });
    owner.call_raw("put_member", membership).await?;
    let token = json!({
        "name": TOKEN_NAME,
        "agent_id": agent_id,
        "engagements": [engagement_id],
        "expires_in_days": TOKEN_DAYS,
    });
    let token = owner.call_raw("create_token", token).await?;
    Ok(owner.with_token(&text(&token["secret"])))
}

/// Revokes the tokens of an earlier demo.
pub async fn dismiss(owner: &Client) -> Result<(), CallFault> {
    let tokens: Vec<Token> = wire::all(owner, "list_tokens", json!({})).await?;
    for token in tokens
        .iter()
        .filter(|token| token.name == TOKEN_NAME && token.revoked_at.is_none())
    {
        owner
            .call_raw("revoke_token", json!({"token_id": token.id}))
            .await?;
    }
    Ok(())
}

/// The engagement of a place: found, made, or made afresh when its history has grown long.
async fn engagement(
    owner: &Client,
    place: Place,
    there: Option<&Membership>,
) -> Result<String, CallFault> {
    if let Some(there) = there {
        let id = &there.engagement_id;
        let runs: Page<Run> = owner
            .call("list_runs", json!({"engagement": id, "limit": 1}))
            .await?;
        if runs.total_count <= MAX_RUNS {
            return Ok(id.clone());
        }
        owner
            .call_raw("delete_engagement", json!({"engagement_id": id}))
            .await?;
    }
    let input = json!({"name": place.name, "slug": place.slug, "demo": true});
    match owner.call_raw("create_engagement", input).await {
        Ok(made) => Ok(text(&made["id"])),
        // The slug belongs to a real engagement; the demo takes another.
        Err(CallFault::Refused(problem)) if problem.status == 409 => {
            let input =
                json!({"name": place.name, "slug": format!("{}-demo", place.slug), "demo": true});
            Ok(text(
                &owner.call_raw("create_engagement", input).await?["id"],
            ))
        }
        Err(fault) => Err(fault),
    }
}

/// Ends what is still open here, questions of people too; true when nothing ever ran here.
async fn clear(actor: &Actor) -> Result<bool, CallFault> {
    let filter = json!({"engagement": actor.engagement_id});
    let newest: Page<Run> = actor
        .client
        .call("list_runs", {
            let mut filter = filter.clone();
            filter["limit"] = json!(1);
            filter
        })
        .await?;
    let mut asks = filter.clone();
    asks["state"] = json!("open");
    for ask in wire::all::<Value>(&actor.client, "list_asks", asks).await? {
        let input = json!({"ask_id": ask["id"], "note": "The demo was stopped while this waited."});
        end(actor, "withdraw_ask", input).await?;
    }
    for status in ["running", "queued"] {
        let mut filter = filter.clone();
        filter["status"] = json!(status);
        for run in wire::all::<Run>(&actor.client, "list_runs", filter).await? {
            let input = json!({
                "run_id": run.id,
                "outcome": "cancelled",
                "message": "The demo was stopped while this ran.",
            });
            end(actor, "finish_run", input).await?;
        }
    }
    Ok(newest.items.is_empty())
}

/// Ends one thing; what the hub refuses was ended by somebody else.
async fn end(actor: &Actor, verb: &str, input: Value) -> Result<(), CallFault> {
    match actor.client.call_raw(verb, input).await {
        Ok(_) | Err(CallFault::Refused(_)) => Ok(()),
        Err(fault) => Err(fault),
    }
}

fn text(value: &Value) -> String {
    value.as_str().unwrap_or_default().to_owned()
}
