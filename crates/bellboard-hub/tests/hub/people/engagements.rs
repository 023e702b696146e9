//! Engagements: made by people, named once, and removed only when they are part of the demo, with everything in them.

use bellboard_hub::db::Engine;
use bellboard_hub::fault::FaultKind;
use serde_json::{Value, json};
use uuid::Uuid;

use crate::fixture::{HubFixture, Stage, id_in, told};

on_each_engine!(
    an_engagement_belongs_to_whoever_made_it,
    a_slug_is_given_once,
    only_a_demo_can_be_deleted,
    a_deleted_demo_leaves_no_row_behind,
    memberships_come_in_pages_newest_first,
);

async fn an_engagement_belongs_to_whoever_made_it(fixture: HubFixture) {
    let stage = fixture.stage().await;
    let made = stage
        .fixture
        .answer(
            Some(&stage.stranger),
            "create_engagement",
            json!({"name": "Beryl & Sons"}),
        )
        .await
        .unwrap();
    assert!(made.created);
    let made: Value = serde_json::from_slice(&made.json).unwrap();
    assert_eq!(made["slug"], "beryl-sons");
    assert_eq!(made["demo"], false);
    let here = json!({"engagement_id": made["id"]});
    let shown = stage
        .fixture
        .ok(&stage.stranger, "get_engagement", here.clone())
        .await;
    assert_eq!(shown, made);
    let members = stage
        .fixture
        .ok(&stage.stranger, "list_members", here.clone())
        .await;
    assert_eq!(members["items"][0]["designations"], json!(["owner"]));
    assert_eq!(members["total_count"], 1);
    // Owning the hub is no key to what others made.
    let fault = stage
        .fixture
        .refused(&stage.owner, "get_engagement", here)
        .await;
    assert_eq!(told(&fault), (FaultKind::NotFound, "not_found", None));
}

async fn a_slug_is_given_once(fixture: HubFixture) {
    let stage = fixture.stage().await;
    let same = json!({"name": "Aster  bank!"});
    let fault = stage
        .fixture
        .refused(&stage.owner, "create_engagement", same)
        .await;
    assert_eq!(told(&fault), (FaultKind::Conflict, "slug_taken", None));
    let other = json!({"name": "Aster Bank", "slug": "aster-bank-2"});
    stage
        .fixture
        .ok(&stage.owner, "create_engagement", other)
        .await;
    for (field, input) in [
        ("slug", json!({"name": "x", "slug": "Not A Slug"})),
        ("slug", json!({"name": "北京"})),
        ("name", json!({"name": " "})),
        ("name", json!({"name": "x".repeat(101)})),
        ("demo", json!({"name": "x", "demo": "yes"})),
        ("colour", json!({"name": "x", "colour": "red"})),
    ] {
        let fault = stage
            .fixture
            .refused(&stage.owner, "create_engagement", input)
            .await;
        assert_eq!(
            told(&fault),
            (FaultKind::Invalid, "invalid_input", Some(field))
        );
    }
}

async fn only_a_demo_can_be_deleted(fixture: HubFixture) {
    let stage = fixture.stage().await;
    let here = json!({"engagement_id": stage.engagement});
    let fault = stage
        .fixture
        .refused(&stage.owner, "delete_engagement", here.clone())
        .await;
    assert_eq!(told(&fault), (FaultKind::Conflict, "not_a_demo", None));
    stage.fixture.ok(&stage.owner, "get_engagement", here).await;
}

/// The tables that hold something of one engagement, from the catalogue, so that a new table cannot be forgotten.
async fn tables(fixture: &HubFixture) -> Vec<String> {
    let catalogue = match fixture.hub.db().engine() {
        Engine::Sqlite => {
            "select m.name from sqlite_master m join pragma_table_info(m.name) c
              where m.type = 'table' and c.name = 'engagement_id' order by m.name"
        }
        Engine::Postgres => {
            "select cast(table_name as text) from information_schema.columns
              where table_schema = 'public' and column_name = 'engagement_id' order by 1"
        }
    };
    let rows = fixture.rows(catalogue, vec![]).await;
    rows.iter().map(|row| row.text(0).unwrap()).collect()
}

async fn held(fixture: &HubFixture, table: &str, engagement: Uuid) -> i64 {
    let counting = format!("select count(*) from {table} where engagement_id = $1");
    fixture
        .count(counting.leak(), vec![engagement.into()])
        .await
}

/// An engagement with something in every table that verbs fill.
async fn furnished_demo(stage: &Stage) -> Uuid {
    let input = json!({"name": "Demo", "demo": true});
    let made = stage
        .fixture
        .ok(&stage.owner, "create_engagement", input)
        .await;
    let demo = id_in(&made["id"]);
    stage
        .fixture
        .join(&stage.owner, demo, &stage.reader, &["reader"])
        .await;
    let start = json!({"engagement_id": demo, "type": "build", "identity_mode": "nonce", "status": "running"});
    let mut runs = Vec::new();
    for _ in 0..2 {
        let started = stage
            .fixture
            .ok(&stage.owner, "start_run", start.clone())
            .await;
        runs.push(started["run"]["id"].clone());
    }
    let offered =
        json!({"engagement_id": demo, "type": "composition", "claimable": true, "inputs": 1});
    stage.fixture.ok(&stage.owner, "start_run", offered).await;
    let watched = json!({"run_id": runs[1]});
    stage.fixture.ok(&stage.reader, "watch_run", watched).await;
    let failed = json!({"run_id": runs[0], "outcome": "failed"});
    stage.fixture.ok(&stage.owner, "finish_run", failed).await;
    let declared = json!({"engagement_id": demo, "type": "build"});
    stage
        .fixture
        .ok(&stage.owner, "put_engagement_run_type", declared)
        .await;
    let token = json!({"name": "demo", "engagements": [demo]});
    stage.fixture.ok(&stage.owner, "create_token", token).await;
    demo
}

async fn a_deleted_demo_leaves_no_row_behind(fixture: HubFixture) {
    let stage = fixture.stage().await;
    let kept = stage.running().await;
    stage.finish(kept, "failed").await;
    let demo = furnished_demo(&stage).await;
    let tables = tables(&stage.fixture).await;
    for filled in [
        "memberships",
        "needs",
        "notifications",
        "run_events",
        "run_inputs",
        "run_types",
        "run_watchers",
        "runs",
        "token_engagements",
        "zone_counts",
    ] {
        assert!(tables.iter().any(|table| table == filled), "{filled}");
        assert!(held(&stage.fixture, filled, demo).await > 0, "{filled}");
    }
    let here = json!({"engagement_id": demo});
    stage
        .fixture
        .ok(&stage.owner, "delete_engagement", here.clone())
        .await;
    for table in &tables {
        // Hints tell where something changed and never what; they are forgotten by their age.
        if table != "events" {
            assert_eq!(held(&stage.fixture, table, demo).await, 0, "{table}");
        }
    }
    let gone = "select count(*) from engagements where id = $1";
    assert_eq!(stage.fixture.count(gone, vec![demo.into()]).await, 0);
    let fault = stage
        .fixture
        .refused(&stage.owner, "get_engagement", here)
        .await;
    assert_eq!(fault.kind, FaultKind::NotFound);
    // The engagement beside it is whole.
    assert_eq!(stage.run(kept).await["outcome"], "failed");
    let zone = stage
        .fixture
        .ok(&stage.owner, "list_needs_you", json!({}))
        .await;
    assert_eq!(zone["total_count"], 1);
    // A token that was narrowed to what is gone reaches nothing, rather than everything.
    let narrowed = "select count(*) from tokens where narrowed = 1";
    assert_eq!(stage.fixture.count(narrowed, vec![]).await, 1);
}

async fn memberships_come_in_pages_newest_first(fixture: HubFixture) {
    let stage = fixture.stage().await;
    let mut names = vec!["Aster Bank".to_owned()];
    for number in 0..6 {
        let name = format!("Place {number}");
        stage.fixture.engagement(&stage.owner, &name).await;
        names.insert(0, name);
    }
    let shown = stage
        .fixture
        .pages(&stage.owner, "list_memberships", json!({}), 3)
        .await;
    let shown: Vec<_> = shown
        .iter()
        .map(|one| one["engagement_name"].as_str().unwrap().to_owned())
        .collect();
    assert_eq!(shown, names);
}
