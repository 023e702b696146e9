//! A body for each verb that takes one.

use serde_json::{Value, json};
use uuid::Uuid;

/// A body that each verb takes. Whoever adds a verb with a body adds it here.
pub fn input(verb: &str) -> Value {
    match verb {
        "create_login_link"
        | "create_person_link"
        | "acknowledge_run"
        | "cancel_run"
        | "watch_run"
        | "undo_artifact"
        | "undo_ask"
        | "withdraw_ask"
        | "read_all_notifications"
        | "read_notification"
        | "replay_delivery"
        | "test_subscription"
        | "rotate_secret" => json!({}),
        "create_artifact" => {
            json!({ "kind": "shape", "label": "Policy", "content": { "inline": { "days": 14 } } })
        }
        "add_artifact_version" => {
            json!({ "content": { "inline": { "days": 30 } }, "expected_version": 1 })
        }
        "decide_batch" => {
            json!({ "items": [{ "artifact_id": Uuid::nil(), "decision": "confirm", "expected_version": 1 }] })
        }
        "create_ask" | "ask_human" => json!({
            "title": "Delete 14 rows?",
            "wait_seconds": 0,
            "options": [{ "key": "yes", "label": "Delete" }, { "key": "no", "label": "Keep" }],
        }),
        "answer_ask" => json!({ "option": "yes" }),
        // By its turn the ask is answered, so that nobody looks at the person.
        "delegate_ask" => json!({ "person_id": Uuid::nil() }),
        "decide_artifact" => json!({ "decision": "confirm", "expected_version": 1 }),
        "put_run_type" | "put_engagement_run_type" => json!({ "label": "Work" }),
        "verify_run" => json!({ "note": "looked at it" }),
        "create_token" => json!({ "name": "matrix" }),
        "create_agent" | "create_person" => json!({ "name": "Somebody" }),
        "create_engagement" => json!({ "name": "Somewhere" }),
        "put_settings" => json!({ "theme": "dark", "single_keys": true, "undo_seconds": 8 }),
        // A moment that is over is refused to everybody who may call at all.
        "snooze_need" => {
            json!({ "engagement_id": "00000000-0000-7000-8000-000000000000", "kind": "ask",
            "item_id": "00000000-0000-7000-8000-000000000000", "until": "2020-01-01T00:00:00Z" })
        }
        "put_member" => json!({ "designations": ["reader"] }),
        "start_run" => json!({ "type": "test.work", "identity_mode": "nonce" }),
        "report_run" => json!({ "processed": 1, "total": 2, "unit": "files" }),
        "claim_run" => json!({ "type": "composition", "worker": "matrix" }),
        "finish_run" => json!({ "outcome": "succeeded" }),
        "add_dashboard_comment" | "add_run_comment" | "add_artifact_comment" => {
            json!({ "body": "The matrix came by" })
        }
        "replay_deliveries" => json!({ "from": "2026-01-01T00:00:00Z" }),
        planned => input_of_the_plan(planned),
    }
}

/// The same for the catalogue and the plan.
fn input_of_the_plan(verb: &str) -> Value {
    match verb {
        "archive_domain" | "archive_repo" | "archive_topic" | "close_workstream" | "claim_task"
        | "release_task" | "escalate_decision" | "cleanup_stale" | "undo_cleanup" => json!({}),
        "create_domain" => json!({ "slug": "matrix", "name": "Matrix" }),
        "seed_domains" => json!({ "domains": [{ "slug": "matrix", "name": "Matrix" }] }),
        "rename_domain" => json!({ "new_slug": "", "new_name": "Renamed" }),
        "register_repo" => json!({ "name": "Registered by the matrix" }),
        "create_repo" => json!({ "domain_slug": "", "name": "Made by the matrix" }),
        "create_topic" => json!({ "domain_slug": "", "slug": "matrix", "title": "Matrix" }),
        "create_extension_point" => json!({ "domain": "", "ep_id": "EP-1", "title": "Matrix" }),
        "create_technical_debt" => json!({ "domain": "", "td_id": "TD-1", "title": "Matrix" }),
        "update_domain"
        | "update_repo"
        | "update_topic"
        | "update_extension_point"
        | "update_technical_debt"
        | "update_workstream"
        | "update_task" => {
            json!({ "description": "Seen by the matrix" })
        }
        "create_workstream" => json!({ "domain": "", "title": "Made by the matrix" }),
        "create_task" => json!({ "workstream": "", "title": "Made by the matrix" }),
        "flag_for_human" => json!({ "intervention_note": "The matrix came by" }),
        "create_dependency" => json!({ "workstream": "", "depends_on": "groundwork" }),
        "rename_topic" => json!({ "new_slug": "" }),
        "add_progress" => json!({ "summary": "The matrix came by" }),
        "create_decision" => json!({
            "title": "Which way?",
            "options": [{ "key": "left", "label": "Left" }, { "key": "right", "label": "Right" }],
        }),
        "resolve_decision" => json!({ "option": "left", "rationale": "The matrix likes it" }),
        "sync_repo" => json!({ "head": {}, "files": [] }),
        "sync_repos" => json!({ "repos": [{ "slug": "", "head": {}, "files": [] }] }),
        dashed => input_of_dashboards(dashed),
    }
}

/// The same for dashboards and what hangs on them.
fn input_of_dashboards(verb: &str) -> Value {
    match verb {
        "archive_dashboard" | "take_snapshot" | "take_due_snapshots" => json!({}),
        "create_subscription" => {
            json!({ "subscriber_kind": "persona", "subscriber_id": "", "threshold_json": { "set_added_min": 1 } })
        }
        "update_subscription" => json!({ "baseline": "previous" }),
        "preview_subscription" => json!({ "threshold_json": { "set_added_min": 1 } }),
        "create_dashboard" => {
            json!({ "title": "Runs", "view_spec_json": { "source": "runs", "id_field": "id" } })
        }
        "update_dashboard" => json!({ "description": "Seen by the matrix" }),
        other => panic!("the matrix has no input for {other}: add one"),
    }
}
