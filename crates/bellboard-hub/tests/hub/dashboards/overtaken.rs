//! Pictures that others overtake: what is kept last is what the dashboard shows, and no bell rings there and back.

use std::collections::BTreeSet;
use std::time::Duration;

use bellboard_core::dashboard::RowsFormat;
use bellboard_hub::snapshot::{DueView, take_due};
use futures_util::future::join_all;
use serde_json::{Value, json};
use uuid::Uuid;

use super::{outcomes, push, push_as, scores, subscribe};
use crate::fixture::{HubFixture, Stage};

on_each_engine!(
    rows_that_come_while_a_picture_is_made_are_what_is_kept_last,
    the_timer_keeps_no_picture_of_rows_that_were_replaced,
    of_many_pushes_and_snapshots_at_once_no_picture_comes_back,
    a_push_that_meets_another_question_answers_it,
);

/// So many rows that making their picture takes longer than pushing a single one.
const MANY: usize = 20_000;
const SINGLE: &str = r#"[{"id": "a", "score": 7}]"#;
/// As many pushes at once as a snapshot may meet without being told.
const AT_ONCE: i64 = 5;

/// A dashboard of many rows, and a bell of it for every change of their sum.
async fn large(stage: &Stage) -> (Uuid, Uuid) {
    let board = scores(stage).await;
    let lines: Vec<String> = (0..MANY).map(|number| format!("r{number},1")).collect();
    let text = format!("id,score\n{}\n", lines.join("\n"));
    push_as(stage, &stage.operator, board, RowsFormat::Csv, &text)
        .await
        .unwrap();
    let rule = json!({"primary_metric_delta_pct": 0.01});
    let bell = subscribe(stage, board, rule, json!({})).await;
    (board, bell)
}

/// The number of the newest snapshot, which must be what the dashboard shows now.
async fn shown_and_kept(stage: &Stage, board: Uuid) -> Value {
    let of = json!({"dashboard_id": board});
    let now = stage
        .fixture
        .ok(&stage.reader, "get_dashboard_now", of)
        .await;
    let newest = json!({"dashboard_id": board, "limit": 1});
    let kept = stage
        .fixture
        .ok(&stage.reader, "list_snapshots", newest)
        .await;
    let kept = kept["items"][0]["primary_metric"].clone();
    assert_eq!(kept, now["primary_metric"]);
    kept
}

async fn rows_that_come_while_a_picture_is_made_are_what_is_kept_last(fixture: HubFixture) {
    let stage = fixture.stage().await;
    let (board, bell) = large(&stage).await;
    let of = json!({"dashboard_id": board});
    let (taken, pushed) = tokio::join!(
        stage.fixture.call(&stage.operator, "take_snapshot", of),
        push_as(&stage, &stage.operator, board, RowsFormat::Json, SINGLE)
    );
    assert!(taken.is_ok(), "{taken:?}");
    assert!(pushed.is_ok(), "{pushed:?}");
    assert_eq!(shown_and_kept(&stage, board).await, 7);
    // Whichever came first: there is one change, and it rang once.
    let mut told = outcomes(&stage, board, bell).await;
    told.sort();
    assert_eq!(told, ["rang", "unchanged"]);
}

async fn the_timer_keeps_no_picture_of_rows_that_were_replaced(fixture: HubFixture) {
    let stage = fixture.stage().await;
    let (board, bell) = large(&stage).await;
    let hourly = json!({"dashboard_id": board, "metadata": {"snapshot_policy": "hourly"}});
    stage
        .fixture
        .ok(&stage.operator, "update_dashboard", hourly)
        .await;
    stage.fixture.world.advance(Duration::from_hours(1));
    let (done, pushed) = tokio::join!(
        take_due(&stage.fixture.hub),
        push_as(&stage, &stage.operator, board, RowsFormat::Json, SINGLE)
    );
    assert!(pushed.is_ok(), "{pushed:?}");
    let once = DueView {
        taken: 1,
        missed: 0,
    };
    assert_eq!(done.unwrap(), once);
    assert_eq!(shown_and_kept(&stage, board).await, 7);
    let mut told = outcomes(&stage, board, bell).await;
    told.sort();
    assert_eq!(told, ["rang", "unchanged"]);
}

async fn of_many_pushes_and_snapshots_at_once_no_picture_comes_back(fixture: HubFixture) {
    let stage = fixture.stage().await;
    let board = scores(&stage).await;
    push(&stage, board, &[("a", 1)]).await;
    let rule = json!({"value_delta_pct": 0.01, "on_field": "score"});
    let bell = subscribe(&stage, board, rule, json!({})).await;
    let of = json!({"dashboard_id": board});
    for round in 0..8 {
        // No two pushes of all rounds have the same rows.
        let texts: Vec<String> = (0..AT_ONCE)
            .map(|number| {
                let score = 10 + round * AT_ONCE + number;
                format!("[{{\"id\": \"a\", \"score\": {score}}}]")
            })
            .collect();
        let pushes = texts
            .iter()
            .map(|text| push_as(&stage, &stage.operator, board, RowsFormat::Json, text));
        let takes = (0..AT_ONCE).map(|_| {
            stage
                .fixture
                .ok(&stage.operator, "take_snapshot", of.clone())
        });
        let (all, _) = tokio::join!(join_all(pushes), join_all(takes));
        assert!(all.iter().all(Result::is_ok), "{all:?}");
        shown_and_kept(&stage, board).await;
    }
    let kept = stage
        .fixture
        .pages(&stage.reader, "list_snapshots", of, 100)
        .await;
    let pictures: BTreeSet<&str> = kept
        .iter()
        .map(|one| one["content_hash"].as_str().unwrap())
        .collect();
    let changes = kept.iter().filter(|one| one["unchanged"] == false).count();
    assert_eq!(changes, pictures.len(), "each picture came once");
    let told = outcomes(&stage, board, bell).await;
    let rang = told.iter().filter(|outcome| *outcome == "rang").count();
    assert_eq!(rang, changes - 1, "{told:?}");
}

async fn a_push_that_meets_another_question_answers_it(fixture: HubFixture) {
    let stage = fixture.stage().await;
    let board = scores(&stage).await;
    let of = json!({"dashboard_id": board});
    for limit in [10_i64, 20, 10, 20, 10, 20] {
        // Reading so many takes longer than changing the question.
        let lines: Vec<String> = (0..2_000)
            .map(|number| format!("r{number},{limit}"))
            .collect();
        let text = format!("id,score\n{}\n", lines.join("\n"));
        let spec = json!({
            "source": "pushed", "id_field": "id", "columns": ["id", "score"], "limit": limit,
            "order_by": [{"field": "score", "direction": "desc"}],
            "primary_metric": {"measure": "sum", "field": "score"},
        });
        let change = json!({"dashboard_id": board, "view_spec_json": spec});
        let (pushed, changed) = tokio::join!(
            push_as(&stage, &stage.operator, board, RowsFormat::Csv, &text),
            stage
                .fixture
                .call(&stage.operator, "update_dashboard", change)
        );
        changed.unwrap();
        let kept = pushed.unwrap().snapshot.unwrap();
        assert_eq!(kept.matched, 2_000);
        assert_eq!(shown_and_kept(&stage, board).await, 2_000 * limit);
        let taken = stage
            .fixture
            .ok(&stage.operator, "take_snapshot", of.clone());
        assert_eq!(taken.await["row_count"], limit);
    }
}
