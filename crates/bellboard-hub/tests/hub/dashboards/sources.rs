//! Sources: the rows of one engagement and of no other.

use serde_json::{Value, json};

use crate::fixture::{HubFixture, Stage};

on_each_engine!(
    every_source_answers_with_its_fields,
    runs_are_asked_by_their_outcome_and_their_counts,
    a_dashboard_sees_its_own_engagement_only,
);

/// What a new dashboard with this question answers.
async fn answer(stage: &Stage, spec: Value) -> Value {
    let input =
        json!({"title": "A question", "view_spec_json": spec, "engagement": stage.engagement});
    let made = stage
        .fixture
        .ok(&stage.operator, "create_dashboard", input)
        .await;
    let of = json!({"dashboard_id": made["id"]});
    stage.fixture.ok(&stage.operator, "take_snapshot", of).await
}

async fn furnish(stage: &Stage) {
    let hub = &stage.fixture;
    let engagement = &stage.engagement;
    let make = async |verb: &str, input: Value| {
        hub.ok(&stage.operator, verb, input).await;
    };
    make(
        "create_domain",
        json!({"engagement": engagement, "slug": "north", "name": "North"}),
    )
    .await;
    make(
        "create_workstream",
        json!({"domain": "north", "slug": "one", "title": "One"}),
    )
    .await;
    make(
        "create_task",
        json!({"workstream": "one", "external_id": "T-1", "title": "Begin"}),
    )
    .await;
    make(
        "create_repo",
        json!({"domain_slug": "north", "name": "Hub"}),
    )
    .await;
    make(
        "create_extension_point",
        json!({"domain": "north", "ep_id": "EP-1", "title": "More"}),
    )
    .await;
    make(
        "create_technical_debt",
        json!({"domain": "north", "td_id": "TD-1", "title": "Less"}),
    )
    .await;
    let run = stage.running().await;
    stage.finish(run, "failed").await;
    make(
        "create_artifact",
        json!({"engagement_id": engagement, "kind": "review_report", "label": "Report", "content": {"inline": {}}}),
    )
    .await;
}

async fn every_source_answers_with_its_fields(fixture: HubFixture) {
    use bellboard_core::dashboard::Source;

    let stage = fixture.stage().await;
    furnish(&stage).await;
    for source in Source::ALL {
        let fields = source.known_fields();
        let Some((id_field, _)) = fields.first() else {
            continue;
        };
        let taken = answer(&stage, json!({"source": source, "id_field": id_field})).await;
        let columns = taken["materialized_data"]["columns"].as_array().unwrap();
        let names: Vec<_> = columns
            .iter()
            .map(|one| one["name"].as_str().unwrap())
            .collect();
        let known: Vec<_> = fields.iter().map(|(name, _)| *name).collect();
        assert_eq!(names, known, "{source}");
        let rows = taken["materialized_data"]["rows"].as_array().unwrap();
        assert!(!rows.is_empty(), "{source} has no row");
        for (column, (name, kind)) in columns.iter().zip(fields) {
            let held = column["kind"].as_str().unwrap();
            assert!(
                held == kind.as_str() || held == "empty",
                "{source}.{name}: {held}"
            );
        }
    }
}

async fn runs_are_asked_by_their_outcome_and_their_counts(fixture: HubFixture) {
    let stage = fixture.stage().await;
    for (processed, outcome) in [(5, "failed"), (9, "failed"), (7, "succeeded")] {
        let run = stage.running().await;
        let counts = json!({"processed": processed, "total": 10, "unit": "files"});
        stage.on_run("report_run", run, counts).await.unwrap();
        stage.finish(run, outcome).await;
    }
    let taken = answer(
        &stage,
        json!({
            "source": "runs", "id_field": "id", "columns": ["processed", "status", "liveness"],
            "where": {"eq": {"field": "outcome", "value": "failed"}},
            "order_by": [{"field": "processed", "direction": "desc"}],
            "limit": 1, "primary_metric": {"measure": "sum", "field": "processed"},
        }),
    )
    .await;
    assert_eq!(
        taken["materialized_data"]["rows"],
        json!([{"processed": 9, "status": "completed", "liveness": "finished"}])
    );
    assert_eq!(
        (&taken["matched"], &taken["primary_metric"]),
        (&json!(2), &json!(14))
    );
}

async fn a_dashboard_sees_its_own_engagement_only(fixture: HubFixture) {
    let stage = fixture.stage().await;
    furnish(&stage).await;
    // The operator belongs to both.
    let elsewhere = stage.fixture.engagement(&stage.owner, "Elsewhere").await;
    stage
        .fixture
        .join(&stage.owner, elsewhere, &stage.operator, &["operator"])
        .await;
    for (source, id) in [
        ("runs", "id"),
        ("tasks", "id"),
        ("needs_you", "item_id"),
        ("recent", "artifact_id"),
    ] {
        let spec = json!({"source": source, "id_field": id});
        let input = json!({"title": "Elsewhere", "view_spec_json": spec, "engagement": elsewhere});
        let made = stage
            .fixture
            .ok(&stage.operator, "create_dashboard", input)
            .await;
        let of = json!({"dashboard_id": made["id"]});
        let taken = stage.fixture.ok(&stage.operator, "take_snapshot", of).await;
        assert_eq!(taken["row_count"], 0, "{source}");
    }
}
