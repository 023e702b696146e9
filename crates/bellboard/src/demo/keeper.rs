//! The agent that does planned work: it takes a task that is ready, says how far it is, and gives it back, so that a
//! claim can be seen to come and go and the plan never runs out.

use std::time::Duration;

use serde_json::{Value, json};

use super::stage::Actor;
use super::worker::{Gone, ask};

/// Before it takes a task for the first time.
const FIRST_AFTER: Duration = Duration::from_secs(4);
/// How long it has one.
const AT_WORK: Duration = Duration::from_secs(50);
/// Between two tasks; it grows, so that a demo left alone for weeks stays small.
const REST: Duration = Duration::from_secs(20);
/// After so many tasks a rest is longer by another [`REST`].
const TASKS_PER_REST: u32 = 6;

/// Plays until it cannot go on.
pub async fn play(actor: &Actor) -> Gone {
    tokio::time::sleep(FIRST_AFTER).await;
    let mut turn = 0;
    loop {
        if let Err(gone) = perform(actor).await {
            return gone;
        }
        turn += 1;
        tokio::time::sleep(REST + REST * (turn / TASKS_PER_REST)).await;
    }
}

async fn perform(actor: &Actor) -> Result<(), Gone> {
    let place = &actor.engagement_id;
    let wanted = json!({"engagement": place, "limit": 1});
    let ready = ask(&actor.client, "list_ready_tasks", wanted).await?;
    let task = ready.map(|ready| ready["items"][0].clone());
    let Some(task) = task.filter(Value::is_object) else {
        return Ok(());
    };
    let claim = json!({"engagement": place, "task_id": task["id"], "lease_seconds": 300});
    let Some(claimed) = ask(&actor.client, "claim_task", claim).await? else {
        return Ok(());
    };
    let begun = json!({
        "engagement": place,
        "task_id": task["id"],
        "status": "in_progress",
        "claim_fence": claimed["claim_fence"],
    });
    ask(&actor.client, "update_task", begun).await?;
    tokio::time::sleep(AT_WORK).await;
    let title = task["title"].as_str().unwrap_or_default();
    let said = json!({
        "engagement": place,
        "workstream": task["workstream"],
        "task": task["id"],
        "type": "looked_through",
        "summary": format!("{title}: looked through, nothing new"),
    });
    ask(&actor.client, "add_progress", said).await?;
    let back = json!({
        "engagement": place,
        "task_id": task["id"],
        "claim_fence": claimed["claim_fence"],
    });
    ask(&actor.client, "release_task", back).await?;
    Ok(())
}
