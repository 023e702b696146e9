//! Plays one scene over and over: start, report, end, rest. A worker that finds its place removed, or whose token has
//! ended, goes home and says which.

use std::time::Duration;

use serde_json::{Value, json};

use super::scenes::{Act, End, Scene};
use super::stage::Actor;
use crate::client::{CallFault, Client};
use crate::clock;
use bellboard_core::time::Timestamp;

/// How long a worker waits for a hub that is away.
pub const AWAY: Duration = Duration::from_secs(5);
/// Rests grow with the number of runs told, so that a demo left alone for weeks stays small: after this many, a rest is
/// twice as long.
const RUNS_PER_REST: u32 = 12;

/// Why a worker went home.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Gone {
    /// The place is not there any more, or we may not report there.
    Removed,
    /// The token has ended or was revoked.
    SignedOut,
}

/// Plays until it cannot go on.
pub async fn play(scene: &Scene, actor: &Actor) -> Gone {
    tokio::time::sleep(Duration::from_secs(scene.first_after_seconds)).await;
    let mut follow_up = None;
    let mut turn = 0;
    loop {
        let ended = match perform(scene, actor, turn).await {
            Ok(ended) => ended,
            Err(gone) => return gone,
        };
        if ended.needs_a_look {
            // One follow-up per scene is enough to look at: a newer one takes the place of the last.
            if let Some(earlier) = follow_up.replace(ended.run_id) {
                let note = json!({"run_id": earlier, "note": "A newer run of the same work took its place."});
                if let Err(gone) = send(&actor.client, "acknowledge_run", note).await {
                    return gone;
                }
            }
        }
        let rest = Duration::from_secs(scene.rest_seconds);
        tokio::time::sleep(rest + rest * (turn / RUNS_PER_REST)).await;
        turn += 1;
    }
}

struct Ended {
    run_id: String,
    needs_a_look: bool,
}

async fn perform(scene: &Scene, actor: &Actor, turn: u32) -> Result<Ended, Gone> {
    let run_id = clock::new_id().to_string();
    let mut start = json!({
        "engagement_id": actor.engagement_id,
        "id": run_id,
        "type": scene.run_type,
        "label": scene.label,
        "identity_mode": "nonce",
        "status": if scene.queued { "queued" } else { "running" },
        "heartbeat_seconds": scene.heartbeat_seconds,
    });
    if let Some(minutes) = scene.began_minutes_ago {
        start["started_at"] = json!(minutes_ago(minutes));
    }
    send(&actor.client, "start_run", start).await?;
    for act in (scene.acts)(turn) {
        let Act {
            after_seconds,
            mut report,
            minutes_ago: said,
        } = act;
        tokio::time::sleep(Duration::from_secs(after_seconds)).await;
        report["run_id"] = json!(run_id);
        if let Some(minutes) = said {
            report["at"] = json!(minutes_ago(minutes));
        }
        send(&actor.client, "report_run", report).await?;
    }
    let End {
        after_seconds,
        outcome,
        failure,
        counts,
    } = (scene.end)(turn);
    tokio::time::sleep(Duration::from_secs(after_seconds)).await;
    let mut end =
        json!({"run_id": run_id, "outcome": outcome, "grade": "claimed", "counts": counts});
    if let Some((code, message)) = failure {
        end["message"] = json!(message);
        if outcome != "cancelled" {
            end["failures"] = json!([{"code": code, "message": message, "count": 1}]);
        }
    }
    send(&actor.client, "finish_run", end).await?;
    Ok(Ended {
        run_id,
        needs_a_look: !matches!(outcome, "succeeded" | "cancelled"),
    })
}

async fn send(client: &Client, verb: &str, input: Value) -> Result<(), Gone> {
    ask(client, verb, input).await.map(drop)
}

/// Asks until the hub answers; none when it refused. A run that somebody else ended is no reason to go home.
pub async fn ask(client: &Client, verb: &str, input: Value) -> Result<Option<Value>, Gone> {
    loop {
        match client.call_raw(verb, input.clone()).await {
            Err(CallFault::Unreachable { .. }) => tokio::time::sleep(AWAY).await,
            Err(CallFault::SignedOut { .. }) => return Err(Gone::SignedOut),
            Err(CallFault::Refused(problem)) if matches!(problem.status, 403 | 404) => {
                return Err(Gone::Removed);
            }
            Ok(view) => return Ok(Some(view)),
            Err(CallFault::Refused(_)) => return Ok(None),
        }
    }
}

fn minutes_ago(minutes: u32) -> Timestamp {
    Timestamp::from_micros(clock::now().micros() - i64::from(minutes) * 60_000_000)
}
