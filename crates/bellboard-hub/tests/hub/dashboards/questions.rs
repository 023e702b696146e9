//! Saved questions: made, changed, listed, taken out of use; and what is wrong with one is told where it stands.

use bellboard_hub::fault::FaultKind;
use serde_json::{Value, json};

use crate::fixture::{HubFixture, Stage, told, with_more};

on_each_engine!(
    a_question_is_saved_as_it_was_asked,
    every_fault_of_a_question_is_named_with_its_path_and_the_near_miss,
    what_changes_is_changed_and_the_rest_stays,
    the_next_due_time_follows_the_policy_and_the_zone,
    an_archived_dashboard_stays_readable_and_changes_no_more,
    dashboards_come_in_pages_last_changed_first,
    who_may_not_see_an_engagement_sees_none_of_its_dashboards,
);

fn runs_by_duration() -> Value {
    json!({
        "source": "runs", "id_field": "id", "columns": ["id", "label", "duration_seconds"],
        "where": {"eq": {"field": "status", "value": "completed"}},
        "order_by": [{"field": "duration_seconds", "direction": "desc"}],
        "limit": 20, "primary_metric": {"measure": "mean", "field": "duration_seconds"},
    })
}

async fn made(stage: &Stage, more: Value) -> Value {
    let input = json!({"title": "Long runs", "view_spec_json": runs_by_duration()});
    let input = with_more(input, &more);
    stage
        .fixture
        .ok(&stage.operator, "create_dashboard", input)
        .await
}

async fn a_question_is_saved_as_it_was_asked(fixture: HubFixture) {
    let stage = fixture.stage().await;
    let made = made(&stage, json!({"description": "What takes long"})).await;
    assert_eq!(made["view_spec_json"], runs_by_duration());
    assert_eq!(
        made["metadata"],
        json!({"snapshot_policy": "manual", "zone": "UTC", "keep_days": 400})
    );
    assert_eq!(
        (
            &made["next_due_at"],
            &made["last_snapshot"],
            &made["subscriptions"]
        ),
        (&Value::Null, &Value::Null, &json!(0))
    );
    let again = json!({"dashboard_id": made["id"]});
    let seen = stage
        .fixture
        .ok(&stage.reader, "get_dashboard", again)
        .await;
    assert_eq!(seen, made);
}

async fn every_fault_of_a_question_is_named_with_its_path_and_the_near_miss(fixture: HubFixture) {
    let stage = fixture.stage().await;
    let rows = [
        (
            json!({"source": "run", "id_field": "id"}),
            "view_spec_json.source",
            "did you mean `runs`?",
        ),
        (
            json!({"source": "runs", "id_field": "id", "where": {"and": [{"eq": {"field": "statu", "value": "x"}}]}}),
            "view_spec_json.where.and[0].eq.field",
            "did you mean `status`?",
        ),
        (
            json!({"source": "runs", "id_field": "id", "limitt": 5}),
            "view_spec_json.limitt",
            "did you mean `limit`?",
        ),
        (json!({"source": "runs"}), "view_spec_json.id_field", ""),
        (json!("runs"), "view_spec_json", "must be an object"),
    ];
    for (spec, path, words) in rows {
        let input = json!({"title": "Wrong", "view_spec_json": spec});
        let fault = stage
            .fixture
            .refused(&stage.operator, "create_dashboard", input)
            .await;
        assert_eq!(
            told(&fault),
            (FaultKind::Invalid, "invalid_view_spec", Some(path)),
            "{fault}"
        );
        assert!(fault.detail.contains(words), "{fault}");
        assert_eq!(fault.extra["faults"][0]["path"], path);
    }
    for (field, metadata) in [
        (
            "metadata.snapshot_policy",
            json!({"snapshot_policy": "daily"}),
        ),
        ("metadata.zone", json!({"zone": "Europe/Nowhere"})),
        ("metadata.keep_days", json!({"keep_days": 0})),
        ("metadata.keep", json!({"keep": 5})),
    ] {
        let input =
            json!({"title": "Wrong", "view_spec_json": runs_by_duration(), "metadata": metadata});
        let fault = stage
            .fixture
            .refused(&stage.operator, "create_dashboard", input)
            .await;
        assert_eq!(
            told(&fault),
            (FaultKind::Invalid, "invalid_input", Some(field))
        );
    }
    let list = stage
        .fixture
        .ok(&stage.reader, "list_dashboards", json!({}))
        .await;
    assert_eq!(list["total_count"], 0);
}

async fn what_changes_is_changed_and_the_rest_stays(fixture: HubFixture) {
    let stage = fixture.stage().await;
    let made = made(&stage, json!({"description": "What takes long"})).await;
    let id = &made["id"];
    stage
        .fixture
        .world
        .advance(std::time::Duration::from_secs(1));
    let update =
        json!({"dashboard_id": id, "title": "Runs that take long", "metadata": {"keep_days": 30}});
    let changed = stage
        .fixture
        .ok(&stage.operator, "update_dashboard", update)
        .await;
    assert_eq!(
        (
            &changed["title"],
            &changed["metadata"]["keep_days"],
            &changed["description"]
        ),
        (
            &json!("Runs that take long"),
            &json!(30),
            &json!("What takes long")
        )
    );
    assert_eq!(changed["view_spec_json"], made["view_spec_json"]);
    assert_ne!(changed["changed_at"], made["changed_at"]);
    let wrong = json!({"dashboard_id": id, "title": "No", "view_spec_json": {"source": "tasks", "id_field": "ids"}});
    let fault = stage
        .fixture
        .refused(&stage.operator, "update_dashboard", wrong)
        .await;
    assert_eq!(fault.field.as_deref(), Some("view_spec_json.id_field"));
    let get = json!({"dashboard_id": id});
    let seen = stage.fixture.ok(&stage.reader, "get_dashboard", get).await;
    assert_eq!(seen, changed);
}

async fn the_next_due_time_follows_the_policy_and_the_zone(fixture: HubFixture) {
    let stage = fixture.stage().await;
    // It is 2026-11-20T17:40:00Z, a Friday.
    let rows = [
        (
            json!({"snapshot_policy": "hourly"}),
            json!("2026-11-20T18:00:00.000000Z"),
        ),
        (
            json!({"snapshot_policy": "every:15m"}),
            json!("2026-11-20T17:45:00.000000Z"),
        ),
        (
            json!({"snapshot_policy": "cron:0 7 * * mon-fri", "zone": "Europe/Berlin"}),
            json!("2026-11-23T06:00:00.000000Z"),
        ),
        (json!({"snapshot_policy": "manual"}), Value::Null),
    ];
    let id = made(&stage, json!({})).await["id"].clone();
    for (metadata, due) in rows {
        let update = json!({"dashboard_id": id, "metadata": metadata});
        let changed = stage
            .fixture
            .ok(&stage.operator, "update_dashboard", update)
            .await;
        assert_eq!(changed["next_due_at"], due, "{metadata}");
    }
}

async fn an_archived_dashboard_stays_readable_and_changes_no_more(fixture: HubFixture) {
    let stage = fixture.stage().await;
    let made = made(&stage, json!({"metadata": {"snapshot_policy": "hourly"}})).await;
    let of = json!({"dashboard_id": made["id"]});
    let archived = stage
        .fixture
        .ok(&stage.operator, "archive_dashboard", of.clone())
        .await;
    assert!(archived["archived_at"].is_string());
    assert_eq!(archived["next_due_at"], Value::Null);
    let again = stage
        .fixture
        .ok(&stage.operator, "archive_dashboard", of.clone())
        .await;
    assert_eq!(again, archived);
    let update = json!({"dashboard_id": made["id"], "title": "More"});
    let fault = stage
        .fixture
        .refused(&stage.operator, "update_dashboard", update)
        .await;
    assert_eq!(
        told(&fault),
        (FaultKind::Conflict, "dashboard_archived", None)
    );
    assert_eq!(
        stage.fixture.ok(&stage.reader, "get_dashboard", of).await,
        archived
    );
    for (input, held) in [(json!({}), 0), (json!({"archived": true}), 1)] {
        let list = stage
            .fixture
            .ok(&stage.reader, "list_dashboards", input)
            .await;
        assert_eq!(list["total_count"], held);
    }
}

async fn dashboards_come_in_pages_last_changed_first(fixture: HubFixture) {
    let stage = fixture.stage().await;
    let mut titles = Vec::new();
    for number in 0..5 {
        let title = format!("Dashboard {number}");
        made(&stage, json!({"title": title})).await;
        titles.insert(0, title);
    }
    let pages = stage
        .fixture
        .pages(&stage.reader, "list_dashboards", json!({}), 2)
        .await;
    let shown: Vec<&str> = pages
        .iter()
        .map(|one| one["title"].as_str().unwrap())
        .collect();
    assert_eq!(shown, titles);
}

async fn who_may_not_see_an_engagement_sees_none_of_its_dashboards(fixture: HubFixture) {
    let stage = fixture.stage().await;
    let made = made(&stage, json!({})).await;
    let of = json!({"dashboard_id": made["id"]});
    let fault = stage
        .fixture
        .refused(&stage.stranger, "get_dashboard", of.clone())
        .await;
    assert_eq!(fault.kind, FaultKind::NotFound);
    let list = stage
        .fixture
        .ok(&stage.stranger, "list_dashboards", json!({}))
        .await;
    assert_eq!(list["total_count"], 0);
    let fault = stage
        .fixture
        .refused(&stage.reader, "archive_dashboard", of)
        .await;
    assert_eq!(
        told(&fault),
        (FaultKind::Forbidden, "capability_denied", None)
    );
}
