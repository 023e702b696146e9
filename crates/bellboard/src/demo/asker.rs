//! Agents that ask a person and wait: the run says so until somebody answers, and then goes on as it was told.

use std::time::Duration;

use serde_json::{Value, json};

use super::cast::{HARBOUR, NORTHRAIL};
use super::stage::Actor;
use super::worker::{Gone, ask};
use crate::clock;

/// How long the hub keeps one question open.
const WAIT_SECONDS: u32 = 25;
/// Between two steps of the work.
const STEP: Duration = Duration::from_secs(4);

/// Work that cannot go on without a person.
pub struct Question {
    /// Which of the places.
    pub place: usize,
    /// What people read about the run.
    label: &'static str,
    /// What it does before it asks.
    before: &'static str,
    /// The ask.
    ask: fn() -> Value,
    /// What the run does after the answer: the words, and how many of the rows it works on.
    after: fn(&Value) -> (String, u64),
    /// When it asks for the first time, after the demo does.
    first_after_seconds: u64,
    /// Between an answer and the next run.
    rest_seconds: u64,
}

/// Every question.
pub const QUESTIONS: [Question; 2] = [
    Question {
        place: NORTHRAIL,
        label: "Agent: tidy the archive",
        before: "looking for rows that nobody owns",
        ask: || {
            json!({
                "title": "Delete 14 rows that have no owner?",
                "detail": "They are from 2019 and nothing reads them. Nothing is deleted before you answer.",
                "options": [
                    {"key": "delete", "label": "Delete them", "consequence": "14 rows are gone; the nightly copy keeps them for 30 days"},
                    {"key": "keep", "label": "Keep them", "consequence": "The list goes to the weekly report"},
                ],
            })
        },
        after: |answer| match answer["option"].as_str() {
            Some("delete") => ("deleting what you named".to_owned(), 14),
            _ => ("keeping the rows, writing the list".to_owned(), 0),
        },
        first_after_seconds: 2,
        rest_seconds: 120,
    },
    Question {
        place: HARBOUR,
        label: "Agent: review the evidence",
        before: "reading 31 days of sign-ins",
        ask: || {
            json!({
                "title": "From which age on is evidence too old?",
                "detail": "The contract names no limit. Without an answer 30 days hold.",
                "form": {
                    "type": "object",
                    "properties": {
                        "days": {"type": "integer", "title": "Days", "minimum": 1, "maximum": 365},
                    },
                    "required": ["days"],
                },
                "expires_in_seconds": 7_200,
                "fallback": {"values": {"days": 30}},
            })
        },
        after: |answer| {
            let days = answer["values"]["days"].as_u64().unwrap_or(30);
            (format!("checking what is older than {days} days"), 31)
        },
        first_after_seconds: 5,
        rest_seconds: 240,
    },
];

/// Plays until it cannot go on.
pub async fn play(question: &Question, actor: &Actor) -> Gone {
    tokio::time::sleep(Duration::from_secs(question.first_after_seconds)).await;
    loop {
        if let Err(gone) = perform(question, actor).await {
            return gone;
        }
        tokio::time::sleep(Duration::from_secs(question.rest_seconds)).await;
    }
}

async fn perform(question: &Question, actor: &Actor) -> Result<(), Gone> {
    let run_id = clock::new_id().to_string();
    let start = json!({
        "engagement_id": actor.engagement_id,
        "id": run_id,
        "type": "agent.session",
        "label": question.label,
        "identity_mode": "nonce",
        "status": "running",
        "heartbeat_seconds": 30,
    });
    ask(&actor.client, "start_run", start).await?;
    report(json!({"message": question.before}), &run_id, actor).await?;
    let mut input = (question.ask)();
    input["engagement_id"] = json!(actor.engagement_id);
    input["run_id"] = json!(run_id);
    // Asked again after a broken connection it is the same ask.
    input["key"] = json!(run_id);
    let asked = ask(&actor.client, "create_ask", input).await?;
    let answer = match asked.as_ref().and_then(|view| view["id"].as_str()) {
        Some(id) => answer(id, actor).await?,
        None => Value::Null,
    };
    let end = if answer.is_object() {
        let (words, rows) = (question.after)(&answer);
        work(&words, rows, &run_id, actor).await?;
        json!({"run_id": run_id, "outcome": "succeeded", "counts": {"processed": rows}})
    } else {
        let message = "The question was taken back.";
        json!({"run_id": run_id, "outcome": "cancelled", "message": message})
    };
    ask(&actor.client, "finish_run", end).await?;
    Ok(())
}

/// What holds: the answer or the fallback; null when there is none.
async fn answer(id: &str, actor: &Actor) -> Result<Value, Gone> {
    loop {
        let input = json!({"ask_id": id, "wait_seconds": WAIT_SECONDS});
        let Some(mut view) = ask(&actor.client, "get_ask", input).await? else {
            return Ok(Value::Null);
        };
        if view["closed"] == true {
            return Ok(view["answer"].take());
        }
        tokio::time::sleep(Duration::from_secs(1)).await;
    }
}

async fn work(words: &str, rows: u64, run_id: &str, actor: &Actor) -> Result<(), Gone> {
    report(json!({"message": words}), run_id, actor).await?;
    for done in 1..=rows {
        tokio::time::sleep(STEP).await;
        let words = json!({"processed": done, "total": rows, "unit": "rows"});
        report(words, run_id, actor).await?;
    }
    tokio::time::sleep(STEP).await;
    Ok(())
}

async fn report(mut words: Value, run_id: &str, actor: &Actor) -> Result<(), Gone> {
    words["run_id"] = json!(run_id);
    ask(&actor.client, "report_run", words).await?;
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_answer_is_work_that_ends() {
        for (answer, words, rows) in [
            (json!({"option": "delete"}), "deleting what you named", 14),
            (json!({"option": "keep"}), "keeping the rows", 0),
        ] {
            let (said, some) = (QUESTIONS[0].after)(&answer);
            assert!(said.starts_with(words) && some == rows, "{said}");
        }
        let (said, rows) = (QUESTIONS[1].after)(&json!({"values": {"days": 12}}));
        assert_eq!(
            (said.as_str(), rows),
            ("checking what is older than 12 days", 31)
        );
    }
}
