//! Snapshots: what was answered is kept as it was, once however often it is the same.

use bellboard_hub::fault::{Fault, FaultKind};
use bellboard_hub::snapshot::forget_expired;
use serde_json::{Value, json};

use super::{keep_a_day, ledger, push, scores, subscribe};
use crate::fixture::{HubFixture, Stage, id_in, told};

on_each_engine!(
    a_snapshot_shows_rows_ranks_and_the_one_number,
    an_unchanged_picture_is_kept_once,
    top_n_reorder_value_delta_and_set_difference,
    a_null_a_missing_and_a_zero_cell_are_told_apart,
    two_snapshots_make_a_diff_and_one_does_not,
    the_retention_removes_whole_old_snapshots_and_never_the_newest,
    what_the_retention_removed_is_the_one_before_of_none,
    who_only_looks_on_takes_no_snapshot,
);

async fn a_snapshot_shows_rows_ranks_and_the_one_number(fixture: HubFixture) {
    let stage = fixture.stage().await;
    let board = scores(&stage).await;
    push(&stage, board, &[("low", 1), ("high", 9), ("ties", 1)]).await;
    let of = json!({"dashboard_id": board});
    let taken = stage
        .fixture
        .answer(Some(&stage.operator), "take_snapshot", of.clone())
        .await
        .unwrap();
    assert!(taken.created);
    let taken: Value = serde_json::from_slice(&taken.json).unwrap();
    assert_eq!(
        taken["materialized_data"]["rows"],
        json!([{"id": "high", "score": 9}, {"id": "low", "score": 1}, {"id": "ties", "score": 1}])
    );
    assert_eq!(
        taken["primary_rows"],
        json!([{"rank": 1, "id": "high"}, {"rank": 2, "id": "low"}, {"rank": 3, "id": "ties"}])
    );
    assert_eq!(
        (
            &taken["primary_metric"],
            &taken["row_count"],
            &taken["reason"],
            &taken["number"]
        ),
        (&json!(11), &json!(3), &json!("manual"), &json!(2))
    );
    assert_eq!(taken["taken_by_name"], "The operator");
    let again = json!({"snapshot_id": taken["id"]});
    let seen = stage.fixture.ok(&stage.reader, "get_snapshot", again).await;
    assert_eq!(seen, taken);
    let board = stage.fixture.ok(&stage.reader, "get_dashboard", of).await;
    assert_eq!(board["last_snapshot"]["id"], taken["id"]);
}

async fn an_unchanged_picture_is_kept_once(fixture: HubFixture) {
    let stage = fixture.stage().await;
    let board = scores(&stage).await;
    push(&stage, board, &[("a", 1)]).await;
    let of = json!({"dashboard_id": board});
    for _ in 0..3 {
        stage
            .fixture
            .ok(&stage.operator, "take_snapshot", of.clone())
            .await;
    }
    push(&stage, board, &[("a", 2)]).await;
    push(&stage, board, &[("a", 1)]).await;
    let kept = stage
        .fixture
        .pages(&stage.reader, "list_snapshots", of, 2)
        .await;
    let facts: Vec<_> = kept
        .iter()
        .map(|one| {
            (
                one["number"].as_u64().unwrap(),
                one["unchanged"].as_bool().unwrap(),
            )
        })
        .collect();
    assert_eq!(
        facts,
        [
            (6, false),
            (5, false),
            (4, true),
            (3, true),
            (2, true),
            (1, false)
        ]
    );
    assert_eq!(kept[0]["content_hash"], kept[5]["content_hash"]);
    let pictures = "select count(*) from dashboard_pictures";
    assert_eq!(stage.fixture.count(pictures, vec![]).await, 2);
}

async fn top_n_reorder_value_delta_and_set_difference(fixture: HubFixture) {
    let stage = fixture.stage().await;
    let board = scores(&stage).await;
    let a = push(
        &stage,
        board,
        &[("a", 30), ("b", 20), ("gone", 10), ("zero", 0)],
    )
    .await;
    let b = push(
        &stage,
        board,
        &[("a", 30), ("b", 60), ("new", 5), ("zero", 4)],
    )
    .await;
    let input = json!({"dashboard_id": board, "a": a, "b": b, "top_n": 2});
    let diff = stage
        .fixture
        .ok(&stage.reader, "get_dashboard_diff", input)
        .await;
    assert_eq!(
        diff["top_n_changes"],
        json!([
            {"id": "b", "rank_before": 2, "rank_after": 1, "cause": "moved"},
            {"id": "a", "rank_before": 1, "rank_after": 2, "cause": "pushed"},
        ])
    );
    let deltas = diff["row_value_deltas"].as_array().unwrap();
    let deltas: Vec<_> = deltas
        .iter()
        .map(|one| {
            (
                &one["id"],
                &one["delta"],
                &one["delta_pct"],
                &one["from_zero"],
            )
        })
        .collect();
    assert_eq!(
        deltas,
        [
            (&json!("b"), &json!(40), &json!(2.0), &json!(false)),
            (&json!("zero"), &json!(4), &Value::Null, &json!(true)),
        ]
    );
    assert_eq!(diff["id_set_added"], json!(["new"]));
    assert_eq!(diff["id_set_removed"], json!(["gone"]));
    assert_eq!(diff["primary_metric_delta_pct"], 0.65);
    assert_eq!(diff["snapshot_a"]["id"], json!(a));
    assert!(
        diff["sentence"].as_str().unwrap().contains("took the lead"),
        "{}",
        diff["sentence"]
    );
    // Without names it is the newest beside the one before.
    let newest = json!({"dashboard_id": board, "top_n": 2});
    let newest = stage
        .fixture
        .ok(&stage.reader, "get_dashboard_diff", newest)
        .await;
    assert_eq!(newest, diff);
}

async fn a_null_a_missing_and_a_zero_cell_are_told_apart(fixture: HubFixture) {
    let stage = fixture.stage().await;
    let spec = json!({"source": "pushed", "id_field": "id", "columns": ["id", "n"]});
    let input = json!({"title": "Cells", "view_spec_json": spec});
    let made = stage
        .fixture
        .ok(&stage.operator, "create_dashboard", input)
        .await;
    let board = id_in(&made["id"]);
    let format = bellboard_core::dashboard::RowsFormat::Ndjson;
    for text in [
        "{\"id\":\"a\",\"n\":0}\n{\"id\":\"b\",\"n\":null}\n{\"id\":\"c\",\"n\":1}\n{\"id\":\"d\",\"n\":1}",
        "{\"id\":\"a\",\"n\":null}\n{\"id\":\"b\"}\n{\"id\":\"c\",\"n\":9007199254740993}\n{\"id\":\"d\",\"n\":1}",
    ] {
        super::push_as(&stage, &stage.operator, board, format, text)
            .await
            .unwrap();
    }
    let diff = json!({"dashboard_id": board});
    let diff = stage
        .fixture
        .ok(&stage.reader, "get_dashboard_diff", diff)
        .await;
    let deltas = diff["row_value_deltas"].as_array().unwrap();
    let kinds: Vec<_> = deltas
        .iter()
        .map(|one| (one["id"].as_str().unwrap(), one["kind"].as_str().unwrap()))
        .collect();
    assert_eq!(
        kinds,
        [("a", "to_null"), ("b", "to_missing"), ("c", "number")]
    );
    assert_eq!(deltas[2]["delta"], 9_007_199_254_740_992_i64);
    assert!(deltas[1].get("after").is_none() && deltas[1]["before"].is_null());
}

/// There is nothing to compare with.
async fn too_few(stage: &Stage, of: &Value) -> Fault {
    let fault = stage
        .fixture
        .refused(&stage.reader, "get_dashboard_diff", of.clone())
        .await;
    assert_eq!(
        told(&fault),
        (FaultKind::Conflict, "too_few_snapshots", None)
    );
    fault
}

async fn two_snapshots_make_a_diff_and_one_does_not(fixture: HubFixture) {
    let stage = fixture.stage().await;
    let board = scores(&stage).await;
    let of = json!({"dashboard_id": board});
    for _ in 0..2 {
        too_few(&stage, &of).await;
        push(&stage, board, &[("a", 1)]).await;
    }
    stage
        .fixture
        .ok(&stage.reader, "get_dashboard_diff", of)
        .await;
    let other = scores(&stage).await;
    let foreign = push(&stage, other, &[("a", 1)]).await;
    let input = json!({"dashboard_id": board, "a": foreign});
    let fault = stage
        .fixture
        .refused(&stage.reader, "get_dashboard_diff", input)
        .await;
    assert_eq!(fault.field.as_deref(), Some("a"));
}

#[test]
fn no_verb_changes_or_removes_a_snapshot() {
    use bellboard_hub::verbs::{Method, VERBS};

    for verb in VERBS {
        let of_snapshots = verb.path.contains("snapshots");
        let changes = matches!(verb.method, Method::Put | Method::Patch | Method::Delete);
        assert!(!(of_snapshots && changes), "{}", verb.name);
    }
}

async fn the_retention_removes_whole_old_snapshots_and_never_the_newest(fixture: HubFixture) {
    let stage = fixture.stage().await;
    let board = scores(&stage).await;
    push(&stage, board, &[("a", 1)]).await;
    let bell = subscribe(
        &stage,
        board,
        json!({"set_added_min": 9}),
        json!({"baseline": "last_notified"}),
    )
    .await;
    for score in 2..6 {
        push(&stage, board, &[("a", score)]).await;
    }
    keep_a_day(&stage, board).await;
    assert_eq!(forget_expired(&stage.fixture.hub).await, Ok(0));
    stage
        .fixture
        .world
        .advance(std::time::Duration::from_hours(25));
    // The newest stays, and so does the one that the subscription compares with.
    assert_eq!(forget_expired(&stage.fixture.hub).await, Ok(3));
    let of = json!({"dashboard_id": board});
    let kept = stage.fixture.ok(&stage.reader, "list_snapshots", of).await;
    let numbers: Vec<_> = kept["items"]
        .as_array()
        .unwrap()
        .iter()
        .map(|one| one["number"].clone())
        .collect();
    assert_eq!(numbers, [5, 1]);
    for (counting, held) in [
        ("select count(*) from dashboard_pictures", 2),
        ("select count(*) from bell_evaluations", 1),
    ] {
        assert_eq!(
            stage.fixture.count(counting, vec![]).await,
            held,
            "{counting}"
        );
    }
    assert_eq!(ledger(&stage, board, bell).await.len(), 1);
    assert_eq!(forget_expired(&stage.fixture.hub).await, Ok(0));
}

async fn what_the_retention_removed_is_the_one_before_of_none(fixture: HubFixture) {
    let stage = fixture.stage().await;
    let board = scores(&stage).await;
    push(&stage, board, &[("a", 1)]).await;
    let moved = json!({"value_delta_pct": 0.1, "on_field": "score"});
    let bell = subscribe(&stage, board, moved, json!({})).await;
    let second = push(&stage, board, &[("a", 2)]).await;
    let told = "update deliveries set status = 'delivered', settled_at = 1, next_attempt_at = null";
    assert_eq!(stage.fixture.execute(told, vec![]).await, 1);
    keep_a_day(&stage, board).await;
    stage
        .fixture
        .world
        .advance(std::time::Duration::from_hours(25));
    assert_eq!(forget_expired(&stage.fixture.hub).await, Ok(1));
    let of = json!({"dashboard_id": board});
    let kept = stage
        .fixture
        .ok(&stage.reader, "list_snapshots", of.clone())
        .await;
    assert_eq!(kept["items"][0]["previous_id"], Value::Null);
    let one = json!({"snapshot_id": second});
    let one = stage.fixture.ok(&stage.reader, "get_snapshot", one).await;
    assert_eq!(
        (&one["previous_id"], &one["number"]),
        (&Value::Null, &json!(2))
    );
    let [rang] = ledger(&stage, board, bell).await.try_into().unwrap();
    assert_eq!(
        (&rang["outcome"], &rang["compared_with"]),
        (&json!("rang"), &Value::Null)
    );
    let fault = too_few(&stage, &of).await;
    assert!(fault.detail.contains("not kept any more"), "{fault}");
    // What is compared with the one before is compared with one that is kept.
    let third = push(&stage, board, &[("a", 3)]).await;
    let diff = stage
        .fixture
        .ok(&stage.reader, "get_dashboard_diff", of)
        .await;
    let ids = (
        id_in(&diff["snapshot_a"]["id"]),
        id_in(&diff["snapshot_b"]["id"]),
    );
    assert_eq!(ids, (second, third));
    assert_eq!(id_in(&diff["snapshot_b"]["previous_id"]), second);
}

async fn who_only_looks_on_takes_no_snapshot(fixture: HubFixture) {
    let stage = fixture.stage().await;
    let board = scores(&stage).await;
    let of = json!({"dashboard_id": board});
    let fault = stage
        .fixture
        .refused(&stage.reader, "take_snapshot", of.clone())
        .await;
    assert_eq!(fault.kind, FaultKind::Forbidden);
    stage
        .fixture
        .ok(&stage.operator, "archive_dashboard", of.clone())
        .await;
    let fault = stage
        .fixture
        .refused(&stage.operator, "take_snapshot", of)
        .await;
    assert_eq!(fault.code, "dashboard_archived");
}
