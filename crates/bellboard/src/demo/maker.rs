//! Plays one exhibit over and over: a run makes it, a person decides about it, the agent hears the decision and does as it
//! was told: makes it again, or makes the next one. What an earlier demo left waiting goes on waiting.

use std::time::Duration;

use bellboard_core::artifact::{Decision, Kind};
use serde_json::{Value, json};

use super::exhibits::{Content, Exhibit, PAST, Settled};
use super::stage::Actor;
use super::worker::{Gone, ask};
use crate::client::{CallFault, Client, UPLOAD};
use crate::clock;

/// How long the hub keeps one question open.
const WAIT_SECONDS: u32 = 25;
/// Between two looks, whatever the hub answers.
const PAUSE: Duration = Duration::from_secs(1);
/// An agent reads what was wrong before it makes a thing again.
const AGAIN: Duration = Duration::from_secs(15);

/// Plays until it cannot go on.
pub async fn play(exhibit: &Exhibit, actor: &Actor) -> Gone {
    tokio::time::sleep(Duration::from_secs(exhibit.first_after_seconds)).await;
    loop {
        if let Err(gone) = perform(exhibit, actor).await {
            return gone;
        }
        tokio::time::sleep(Duration::from_secs(exhibit.rest_seconds)).await;
    }
}

/// From the making to the decision that ends it.
async fn perform(exhibit: &Exhibit, actor: &Actor) -> Result<(), Gone> {
    let artifact = match waiting(exhibit, actor).await? {
        Some(id) => Some(id),
        None => make(exhibit, actor).await?,
    };
    let Some(artifact) = artifact else {
        return Ok(());
    };
    loop {
        let Some(view) = decided(&artifact, actor).await? else {
            return Ok(());
        };
        let decision = view["decision"]["decision"]
            .as_str()
            .and_then(Decision::parse);
        if decision.is_none_or(|decision| !decision.needs_note()) {
            return Ok(());
        }
        tokio::time::sleep(AGAIN).await;
        let version = view["version"].as_u64().unwrap_or(1);
        let note = view["decision"]["note"].as_str().unwrap_or_default();
        let next = u32::try_from(version).unwrap_or(1) + 1;
        let content = (exhibit.content)(next);
        let input = json!({
            "artifact_id": artifact,
            "content": put(&content, actor).await?,
            "expected_version": version,
            "note": format!("Made again, because it was said: {note}").chars().take(400).collect::<String>(),
        });
        ask(&actor.client, "add_artifact_version", input).await?;
    }
}

/// What an earlier demo has put up, or this one, and nobody has decided about.
async fn waiting(exhibit: &Exhibit, actor: &Actor) -> Result<Option<String>, Gone> {
    let filter = json!({
        "engagement": actor.engagement_id,
        "kind": exhibit.kind,
        "state": exhibit.kind.first_state(),
        "limit": 100,
    });
    let page = ask(&actor.client, "list_artifacts", filter).await?;
    let items = page.as_ref().and_then(|page| page["items"].as_array());
    let ours = |one: &&Value| {
        let label = one["label"].as_str().unwrap_or_default();
        exhibit.labels.contains(&label)
    };
    Ok(items.into_iter().flatten().find(ours).and_then(id_of))
}

/// A run makes the next one; its id.
async fn make(exhibit: &Exhibit, actor: &Actor) -> Result<Option<String>, Gone> {
    let filter = json!({"engagement": actor.engagement_id, "kind": exhibit.kind, "limit": 1});
    let page = ask(&actor.client, "list_artifacts", filter).await?;
    let before = page.and_then(|page| page["total_count"].as_u64());
    let before = usize::try_from(before.unwrap_or(0)).unwrap_or(0);
    let run_id = clock::new_id().to_string();
    let start = json!({
        "engagement_id": actor.engagement_id,
        "id": run_id,
        "type": exhibit.run_type,
        "label": exhibit.run_label,
        "identity_mode": "nonce",
        "status": "running",
    });
    ask(&actor.client, "start_run", start).await?;
    let label = exhibit.labels[before % exhibit.labels.len()];
    let made = Made {
        kind: exhibit.kind,
        label,
        detail: exhibit.detail,
        run_id: Some(&run_id),
    };
    let id = create(&made, &(exhibit.content)(1), actor).await?;
    if let (Some(id), 0) = (&id, before) {
        give_past(exhibit, id, actor).await?;
    }
    let end = json!({"run_id": run_id, "outcome": "succeeded", "counts": {"created": 1}});
    ask(&actor.client, "finish_run", end).await?;
    Ok(id)
}

/// The versions that came before the one that waits.
async fn give_past(exhibit: &Exhibit, id: &str, actor: &Actor) -> Result<(), Gone> {
    for (version, settled) in (1..).zip(exhibit.past) {
        settle(id, version, *settled, actor).await?;
        let input = json!({
            "artifact_id": id,
            "content": put(&(exhibit.content)(version + 1), actor).await?,
            "expected_version": version,
            "note": settled.note.unwrap_or("More of it"),
        });
        ask(&actor.client, "add_artifact_version", input).await?;
    }
    Ok(())
}

/// The artifact once a decision about its newest version is in effect; none when it is gone.
async fn decided(artifact: &str, actor: &Actor) -> Result<Option<Value>, Gone> {
    loop {
        let input = json!({"artifact_id": artifact, "wait_seconds": WAIT_SECONDS});
        let Some(view) = ask(&actor.client, "get_artifact", input).await? else {
            return Ok(None);
        };
        if view["decision"]["released"] == true {
            return Ok(Some(view));
        }
        tokio::time::sleep(PAUSE).await;
    }
}

/// What was made and decided before the curtain rose.
pub async fn tell_past(actor: &Actor, place: usize) -> Result<(), Gone> {
    for past in PAST.iter().filter(|past| past.place == place) {
        let made = Made {
            kind: past.kind,
            label: past.label,
            detail: past.detail,
            run_id: None,
        };
        let id = create(&made, &(past.content)(), actor).await?;
        if let (Some(id), Some(settled)) = (id, past.settled) {
            settle(&id, 1, settled, actor).await?;
        }
    }
    Ok(())
}

struct Made<'a> {
    kind: Kind,
    label: &'a str,
    detail: &'a str,
    run_id: Option<&'a str>,
}

async fn create(made: &Made<'_>, content: &Content, actor: &Actor) -> Result<Option<String>, Gone> {
    let input = json!({
        "engagement_id": actor.engagement_id,
        "kind": made.kind,
        "label": made.label,
        "detail": made.detail,
        "run_id": made.run_id,
        "content": put(content, actor).await?,
    });
    let view = ask(&actor.client, "create_artifact", input).await?;
    Ok(view.as_ref().and_then(id_of))
}

/// A person decides.
async fn settle(id: &str, version: u32, settled: Settled, actor: &Actor) -> Result<(), Gone> {
    let input = json!({
        "artifact_id": id,
        "decision": settled.decision,
        "note": settled.note,
        "expected_version": version,
    });
    ask(&actor.reviewer, "decide_artifact", input).await?;
    Ok(())
}

/// The content as an artifact names it; files go up first.
async fn put(content: &Content, actor: &Actor) -> Result<Value, Gone> {
    let files = match content {
        Content::Inline(value) => return Ok(json!({"inline": value})),
        Content::Files(files) => files,
    };
    let path = format!("/api/engagements/{}/content", actor.engagement_id);
    let mut named = Vec::new();
    for (name, media_type, text) in files {
        let digest = upload(&actor.client, &path, text).await?;
        named.push(json!({"name": name, "media_type": media_type, "digest": digest}));
    }
    Ok(json!({"files": named}))
}

async fn upload(client: &Client, path: &str, text: &str) -> Result<Value, Gone> {
    loop {
        let sent = client.stream(UPLOAD, path, |request| request.body(text.to_owned()));
        let answer = match sent.await {
            Ok(answer) => client.json(answer).await,
            Err(fault) => Err(fault),
        };
        match answer {
            Ok(view) => return Ok(view["digest"].clone()),
            Err(CallFault::SignedOut { .. }) => return Err(Gone::SignedOut),
            Err(CallFault::Refused(_)) => return Err(Gone::Removed),
            Err(CallFault::Unreachable { .. }) => tokio::time::sleep(super::worker::AWAY).await,
        }
    }
}

fn id_of(view: &Value) -> Option<String> {
    view["id"].as_str().map(str::to_owned)
}
