//! May the command start? Only a key can say no; and only a hub that answers can know.

use std::time::Duration;

use anyhow::Result;
use bellboard_core::time::Timestamp;
use serde_json::json;

use super::IfRunning;
use super::plan::Plan;
use crate::clock;
use crate::output::Mark;
use crate::session::{EngagementFault, Session, resolve_engagement};
use crate::stop;
use crate::wire::{Run, Started};

/// A hub that does not answer by then does not hold the command up.
const ASK_SECONDS: u64 = 5;
/// How often we look whether the other run has ended.
const LOOK_SECONDS: u64 = 2;

/// What was found.
pub enum Admission {
    /// Go; the hub may have registered the run already.
    Start {
        /// The run as the hub registered it.
        registered: Option<Box<Run>>,
    },
    /// Nothing started; exit with this.
    Refused(u8),
}

/// Asks the hub when there is a key, and otherwise nobody: such a run is registered while the command already works.
pub async fn ask(plan: &Plan, session: &Session) -> Result<Admission> {
    if plan.key.is_none() {
        return Ok(Admission::Start { registered: None });
    }
    loop {
        let asked =
            tokio::time::timeout(Duration::from_secs(ASK_SECONDS), register(plan, session)).await;
        let Ok(Some(started)) = asked else {
            // Nobody can tell. A command that must not run twice runs all the same: being absent is no reason to stop
            // other people's work. The reporter says what is the matter.
            return Ok(Admission::Start { registered: None });
        };
        if started.created || started.run.id == plan.id {
            return Ok(Admission::Start {
                registered: Some(Box::new(started.run)),
            });
        }
        let words = already_words(&started.run, session, clock::now());
        match plan.if_running {
            IfRunning::Fail => {
                session
                    .output
                    .say(Mark::Warning, &format!("{words} Nothing started."));
                return Ok(Admission::Refused(stop::ALREADY_RUNNING));
            }
            IfRunning::Skip => {
                session
                    .output
                    .say(Mark::Note, &format!("{words} Nothing started."));
                return Ok(Admission::Refused(0));
            }
            IfRunning::Wait => {
                session
                    .output
                    .say(Mark::Note, &format!("{words} Waiting for its end."));
                wait_for_end(&started.run.id, session).await;
            }
        }
    }
}

async fn register(plan: &Plan, session: &Session) -> Option<Started> {
    let named = plan
        .engagement
        .as_deref()
        .or(session.config.engagement.as_deref());
    let engagement = match resolve_engagement(&session.client, named).await {
        Ok(engagement) => engagement,
        Err(EngagementFault::Call(_) | EngagementFault::Unclear(_)) => return None,
    };
    let mut input = plan.start(clock::now()).input;
    input["engagement_id"] = json!(engagement.engagement_id);
    session.client.call("start_run", input).await.ok()
}

async fn wait_for_end(run_id: &str, session: &Session) {
    loop {
        let seen = session
            .client
            .call::<Run>("get_run", json!({"run_id": run_id}))
            .await;
        if seen.as_ref().is_ok_and(Run::is_completed) {
            return;
        }
        tokio::time::sleep(Duration::from_secs(LOOK_SECONDS)).await;
        if seen.is_err() {
            // It cannot be seen at this moment, or never; whether it still runs is for the next start to say.
            return;
        }
    }
}

/// "Already running since 17:21, asked by Jonas: run 019aa3f2-7b1c."
fn already_words(run: &Run, session: &Session, now: Timestamp) -> String {
    let state = if run.status == "queued" {
        "queued"
    } else {
        "running"
    };
    let since = crate::when::clock_words(run.started_at.unwrap_or(run.created_at), now);
    let id = crate::runs::short_id(&run.id);
    let who = if run.initiator_name.is_empty() {
        "System"
    } else {
        &run.initiator_name
    };
    format!(
        "Already {state} since {since}, asked by {who}: run {id} · {}.",
        session.page_of_run(&run.id)
    )
}
