//! What can be done about each kind of need, as the verbs that do it; only what this caller may do.

use bellboard_core::artifact::Kind;
use bellboard_core::id::EngagementId;
use bellboard_core::time::Timestamp;
use serde_json::{Value, json};
use uuid::Uuid;

use super::Action;

/// For how long "Keep waiting" puts a silent run off.
const KEEP_WAITING: std::time::Duration = std::time::Duration::from_hours(1);

/// What the actions follow from.
pub(super) struct About<'a> {
    pub(super) kind: &'a str,
    pub(super) item_id: Uuid,
    pub(super) engagement_id: EngagementId,
    /// The newest version, when an artifact waits.
    pub(super) version: Option<i64>,
    /// The options of an ask; none for a form.
    pub(super) options: Option<Value>,
    /// Humans answer and decide; an agent does not decide what it made itself.
    pub(super) may_answer: bool,
    pub(super) may_decide: bool,
    pub(super) now: Timestamp,
}

/// Looking comes first, then what settles the need, the usual way first.
pub(super) fn actions(about: &About<'_>) -> Vec<Action> {
    let artifact = Kind::ALL
        .iter()
        .copied()
        .find(|kind| kind.needs_you_kind() == Some(about.kind));
    match (artifact, about.kind) {
        (Some(kind), _) => of_artifact(about, kind),
        (None, "ask") => of_ask(about),
        (None, "run_stale") => of_silent_run(about),
        (None, "task_needs_human") => of_task(about),
        (None, "run_follow_up" | "external_failure") => of_ended_run(about),
        (None, _) => Vec::new(),
    }
}

fn of_artifact(about: &About<'_>, kind: Kind) -> Vec<Action> {
    let id = about.item_id;
    let mut actions = vec![look("get_artifact", "Review", format!("/artifacts/{id}"))];
    if about.may_decide {
        actions.extend(kind.decisions().map(|decision| Action {
            needs_note: decision.needs_note(),
            ..act(
                "decide_artifact",
                &decision.label(),
                format!("/artifacts/{id}/decide"),
                json!({"decision": decision.as_str(), "expected_version": about.version}),
            )
        }));
    }
    actions
}

fn of_ask(about: &About<'_>) -> Vec<Action> {
    let id = about.item_id;
    let mut actions = vec![look("get_ask", "Look", format!("/asks/{id}"))];
    let options = about.options.as_ref().and_then(Value::as_array);
    for option in options.into_iter().flatten().filter(|_| about.may_answer) {
        let (Some(key), Some(label)) = (option["key"].as_str(), option["label"].as_str()) else {
            continue;
        };
        let path = format!("/asks/{id}/answer");
        actions.push(Action {
            needs_note: option["needs_note"].as_bool().unwrap_or(false),
            ..act("answer_ask", label, path, json!({"option": key}))
        });
    }
    actions
}

fn of_ended_run(about: &About<'_>) -> Vec<Action> {
    let id = about.item_id;
    vec![
        look("get_run", "Review", format!("/runs/{id}")),
        act(
            "acknowledge_run",
            "Done",
            format!("/runs/{id}/acknowledge"),
            json!({}),
        ),
    ]
}

fn of_silent_run(about: &About<'_>) -> Vec<Action> {
    let until = about.now + KEEP_WAITING;
    let snooze = json!({"engagement_id": about.engagement_id, "kind": about.kind, "item_id": about.item_id,
        "until": until});
    vec![
        look("get_run", "Look", format!("/runs/{}", about.item_id)),
        act(
            "snooze_need",
            "Keep waiting",
            "/me/snoozes".to_owned(),
            snooze,
        ),
    ]
}

fn of_task(about: &About<'_>) -> Vec<Action> {
    let path = format!("/tasks/{}", about.item_id);
    let helped = json!({"needs_human": false});
    vec![
        look("get_task", "Look", path.clone()),
        Action {
            method: "PATCH".to_owned(),
            ..act("update_task", "Done", path, helped)
        },
    ]
}

fn look(verb: &str, label: &str, path: String) -> Action {
    Action {
        verb: verb.to_owned(),
        label: label.to_owned(),
        method: "GET".to_owned(),
        path,
        body: None,
        needs_note: false,
    }
}

fn act(verb: &str, label: &str, path: String, body: Value) -> Action {
    Action {
        method: "POST".to_owned(),
        body: Some(body),
        ..look(verb, label, path)
    }
}
