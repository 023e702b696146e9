//! In which lane a bell waits that rings while another is not told yet.

use std::time::Duration;

use bellboard_core::dashboard::RowsFormat;
use serde_json::json;

use super::{push, push_as, scores, subscribe};
use crate::fixture::{HubFixture, Stage};

on_each_engine!(
    only_the_first_that_waits_for_a_receiver_waits_in_the_fast_lane,
    the_answer_says_how_many_bells_rang,
);

/// The lanes of all deliveries, the oldest first.
async fn lanes(stage: &Stage) -> Vec<i64> {
    let text = "select lane from deliveries order by created_at";
    let rows = stage.fixture.rows(text, vec![]).await;
    rows.iter().map(|row| row.int(0).unwrap()).collect()
}

async fn only_the_first_that_waits_for_a_receiver_waits_in_the_fast_lane(fixture: HubFixture) {
    let stage = fixture.stage().await;
    let board = scores(&stage).await;
    push(&stage, board, &[("a", 1)]).await;
    subscribe(&stage, board, json!({"set_added_min": 1}), json!({})).await;
    let webhook =
        json!({"subscriber_kind": "webhook", "subscriber_id": "https://example.com/bells"});
    let other = subscribe(&stage, board, json!({"set_removed_min": 1}), webhook).await;
    push(&stage, board, &[("a", 1), ("b", 1)]).await;
    push(&stage, board, &[("a", 1), ("b", 1), ("c", 1)]).await;
    assert_eq!(lanes(&stage).await, [0, 1]);
    // Nothing waits for another bell of the same dashboard.
    push(&stage, board, &[("a", 1), ("b", 1)]).await;
    assert_eq!(lanes(&stage).await, [0, 1, 0]);
    for (status, told, next) in [
        ("sending", "lease_until = 9223372036854775807", 1),
        ("waiting", "lane = 0", 1),
        // Of what a dead hub left, and of what is late in the slow lane, nobody knows when it is told.
        ("sending", "lease_until = 1", 0),
        ("waiting", "lane = 1", 0),
        (
            "waiting",
            "lane = 0, next_attempt_at = 9223372036854775807",
            0,
        ),
        ("delivered", "settled_at = 1, next_attempt_at = null", 0),
    ] {
        let text = format!("update deliveries set status = $1, {told} where subscription_id = $2");
        let parameters = vec![status.into(), other.into()];
        stage.fixture.execute(text.leak(), parameters).await;
        push(&stage, board, &[("a", 1), ("b", 1), ("c", 1)]).await;
        push(&stage, board, &[("a", 1), ("b", 1)]).await;
        assert_eq!(lanes(&stage).await.last(), Some(&next), "behind {status}");
    }
}

async fn the_answer_says_how_many_bells_rang(fixture: HubFixture) {
    let stage = fixture.stage().await;
    let board = scores(&stage).await;
    push(&stage, board, &[("a", 1)]).await;
    for rule in [
        json!({"set_added_min": 1}),
        json!({"top_n_reordering": 1}),
        json!({"set_removed_min": 1}),
    ] {
        subscribe(&stage, board, rule, json!({})).await;
    }
    for (rows, rang) in [
        (r#"[{"id": "a", "score": 1}, {"id": "b", "score": 9}]"#, 2),
        (r#"[{"id": "a", "score": 1}, {"id": "b", "score": 9}]"#, 0),
    ] {
        stage.fixture.world.advance(Duration::from_secs(1));
        let format = RowsFormat::Json;
        let pushed = push_as(&stage, &stage.operator, board, format, rows).await;
        let snapshot = pushed.unwrap().snapshot.unwrap();
        assert_eq!(snapshot.rang, rang, "{rows}");
        let input = json!({"snapshot_id": snapshot.id});
        let read = stage.fixture.ok(&stage.reader, "get_snapshot", input).await;
        assert_eq!(read["rang"], rang, "{rows}");
    }
}
