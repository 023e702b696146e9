//! What a dashboard may be: the bounds of each field, how many there may be, and which questions are taken.

use bellboard_hub::db::Value as Parameter;
use bellboard_hub::fault::FaultKind;
use serde_json::{Value, json};
use uuid::Uuid;

use super::{made, question, wish};
use crate::fixture::{HubFixture, Stage, told, with_more};

on_each_engine!(
    every_field_has_its_bounds,
    an_engagement_has_so_many_dashboards_in_use,
    a_change_that_changes_nothing_leaves_no_trace,
    every_change_is_hinted,
    a_question_of_every_source_is_taken,
    a_question_of_pushed_rows_names_what_it_will_see,
);

async fn every_field_has_its_bounds(fixture: HubFixture) {
    let stage = fixture.stage().await;
    let board = made(&stage, "Tasks").await;
    let rows = [
        ("title", json!({"title": ""})),
        ("title", json!({"title": "x".repeat(201)})),
        ("title", json!({"title": "two\nlines"})),
        ("description", json!({"description": "x".repeat(4001)})),
        ("colour", json!({"colour": "red"})),
        (
            "metadata.snapshot_policy",
            json!({"metadata": {"snapshot_policy": "every:10s"}}),
        ),
        (
            "metadata.snapshot_policy",
            json!({"metadata": {"snapshot_policy": "every:32d"}}),
        ),
        (
            "metadata.snapshot_policy",
            json!({"metadata": {"snapshot_policy": "cron:61 * * * *"}}),
        ),
        (
            "metadata.keep_days",
            json!({"metadata": {"keep_days": 3651}}),
        ),
        (
            "metadata.zone",
            json!({"metadata": {"zone": "Mars/Olympus"}}),
        ),
    ];
    for (field, more) in rows {
        let mut create = wish(&stage, "Fine");
        let mut update = json!({"dashboard_id": board});
        for input in [&mut create, &mut update] {
            let fields = more.as_object().unwrap().clone();
            input.as_object_mut().unwrap().extend(fields);
        }
        for (verb, input) in [("create_dashboard", create), ("update_dashboard", update)] {
            let fault = stage.fixture.refused(&stage.operator, verb, input).await;
            assert_eq!(
                told(&fault),
                (FaultKind::Invalid, "invalid_input", Some(field)),
                "{verb} {more}: {fault}"
            );
        }
    }
    let long = json!({
        "dashboard_id": board,
        "title": "x".repeat(200),
        "description": format!("{}\nand more", "x".repeat(3_991)),
        "metadata": {"snapshot_policy": "every:1m", "keep_days": 3650, "zone": "America/New_York"},
    });
    let changed = stage
        .fixture
        .ok(&stage.operator, "update_dashboard", long)
        .await;
    assert_eq!(
        changed["metadata"],
        json!({"snapshot_policy": "every:1m", "keep_days": 3650, "zone": "America/New_York"})
    );
    let cleared = json!({"dashboard_id": board, "description": null});
    let cleared = stage
        .fixture
        .ok(&stage.operator, "update_dashboard", cleared)
        .await;
    assert_eq!(cleared["description"], "");
}

async fn an_engagement_has_so_many_dashboards_in_use(fixture: HubFixture) {
    let stage = fixture.stage().await;
    let board = made(&stage, "Tasks").await;
    for number in 1..500_u128 {
        let copied = "insert into dashboards (engagement_id, id, title, description, view_spec, snapshot_policy, zone, keep_days,
                                              created_by, created_by_name, created_at, changed_at)
             select engagement_id, $2, title, description, view_spec, snapshot_policy, zone, keep_days, created_by,
                    created_by_name, created_at, changed_at
               from dashboards where id = $1";
        let values: Vec<Parameter> = vec![board.into(), Uuid::from_u128(number).into()];
        assert_eq!(stage.fixture.execute(copied, values).await, 1);
    }
    let more = wish(&stage, "One more");
    let fault = stage
        .fixture
        .refused(&stage.operator, "create_dashboard", more.clone())
        .await;
    assert_eq!(
        told(&fault),
        (FaultKind::Conflict, "too_many_dashboards", None)
    );
    let of = json!({"dashboard_id": board});
    stage
        .fixture
        .ok(&stage.operator, "archive_dashboard", of)
        .await;
    stage
        .fixture
        .ok(&stage.operator, "create_dashboard", more)
        .await;
}

async fn hints(stage: &Stage) -> i64 {
    let counting =
        "select count(*) from events where kind = 'dashboard.changed' and concept = 'dashboard'";
    stage.fixture.count(counting, vec![]).await
}

async fn a_change_that_changes_nothing_leaves_no_trace(fixture: HubFixture) {
    let stage = fixture.stage().await;
    let board = made(&stage, "Tasks").await;
    let of = json!({"dashboard_id": board});
    let before = stage
        .fixture
        .ok(&stage.reader, "get_dashboard", of.clone())
        .await;
    let hinted = hints(&stage).await;
    stage
        .fixture
        .world
        .advance(std::time::Duration::from_mins(5));
    for more in [
        json!({}),
        json!({"title": "Tasks"}),
        json!({"view_spec_json": question()}),
        json!({"metadata": {"snapshot_policy": "manual", "zone": "UTC", "keep_days": 400}}),
    ] {
        let input = with_more(of.clone(), &more);
        let after = stage
            .fixture
            .ok(&stage.operator, "update_dashboard", input)
            .await;
        assert_eq!(after, before, "{more}");
    }
    assert_eq!(hints(&stage).await, hinted);
}

async fn every_change_is_hinted(fixture: HubFixture) {
    let stage = fixture.stage().await;
    let board = made(&stage, "Tasks").await;
    assert_eq!(hints(&stage).await, 1);
    let change = json!({"dashboard_id": board, "title": "Other tasks"});
    stage
        .fixture
        .ok(&stage.operator, "update_dashboard", change)
        .await;
    assert_eq!(hints(&stage).await, 2);
    let of = json!({"dashboard_id": board});
    for _ in 0..2 {
        stage
            .fixture
            .ok(&stage.operator, "archive_dashboard", of.clone())
            .await;
    }
    assert_eq!(hints(&stage).await, 3);
}

async fn a_question_of_every_source_is_taken(fixture: HubFixture) {
    use bellboard_core::dashboard::Source;

    let stage = fixture.stage().await;
    for source in Source::ALL {
        let Some((id_field, _)) = source.known_fields().first() else {
            continue;
        };
        let columns: Vec<&str> = source
            .known_fields()
            .iter()
            .map(|(name, _)| *name)
            .collect();
        let spec = json!({
            "source": source, "id_field": id_field, "columns": columns, "limit": 10_000,
            "order_by": [{"field": id_field, "direction": "asc"}],
            "primary_metric": {"measure": "count"},
        });
        let mut input = wish(&stage, source.as_str());
        input["view_spec_json"] = spec.clone();
        let made = stage
            .fixture
            .ok(&stage.operator, "create_dashboard", input)
            .await;
        assert_eq!(made["view_spec_json"], spec);
    }
}

async fn a_question_of_pushed_rows_names_what_it_will_see(fixture: HubFixture) {
    let stage = fixture.stage().await;
    let mut input = wish(&stage, "Pushed");
    input["view_spec_json"] = json!({
        "source": "pushed", "id_field": "id", "columns": ["id", "score"],
        "order_by": [{"field": "scor"}],
    });
    let fault = stage
        .fixture
        .refused(&stage.operator, "create_dashboard", input.clone())
        .await;
    assert_eq!(
        fault.field.as_deref(),
        Some("view_spec_json.order_by[0].field")
    );
    assert!(fault.detail.contains("did you mean `score`?"), "{fault}");
    input["view_spec_json"]["order_by"][0]["field"] = json!("score");
    let made = stage
        .fixture
        .ok(&stage.operator, "create_dashboard", input)
        .await;
    assert_eq!(
        made["view_spec_json"]["order_by"],
        json!([{"field": "score", "direction": "asc"}])
    );
    assert_eq!(made["pushed"], Value::Null);
}
