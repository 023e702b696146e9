//! Several at once: what happens to one dashboard happens one after the other.

use std::collections::BTreeSet;
use std::time::Duration;

use bellboard_core::dashboard::RowsFormat;
use bellboard_hub::fault::FaultKind;
use bellboard_hub::snapshot::forget_expired;
use futures_util::future::join_all;
use serde_json::{Value, json};

use super::{keep_a_day, outcomes, push, push_as, scores, subscribe};
use crate::fixture::{HubFixture, with_more};

on_each_engine!(
    snapshots_at_once_have_numbers_of_their_own,
    pushes_at_once_leave_the_rows_of_one_of_them,
    of_equal_subscriptions_at_once_one_is_made,
    a_subscription_that_ends_while_a_snapshot_is_taken_leaves_nothing_half_done,
    an_option_that_changes_while_a_snapshot_is_taken_holds_for_its_bell,
    a_change_of_the_question_meets_no_old_picture,
    a_picture_that_comes_back_while_the_retention_forgets_it_is_kept,
    what_is_read_while_the_retention_forgets_is_of_one_moment,
);

const AT_ONCE: usize = 8;

async fn snapshots_at_once_have_numbers_of_their_own(fixture: HubFixture) {
    let stage = fixture.stage().await;
    let board = scores(&stage).await;
    push(&stage, board, &[("a", 1)]).await;
    let of = json!({"dashboard_id": board});
    let taken = join_all((0..AT_ONCE).map(|_| {
        stage
            .fixture
            .ok(&stage.operator, "take_snapshot", of.clone())
    }))
    .await;
    let numbers: BTreeSet<u64> = taken
        .iter()
        .map(|one| one["number"].as_u64().unwrap())
        .collect();
    let expected: BTreeSet<u64> = (2..2 + AT_ONCE as u64).collect();
    assert_eq!(numbers, expected);
    let kept = stage
        .fixture
        .pages(&stage.reader, "list_snapshots", of, 4)
        .await;
    assert_eq!(kept.len(), AT_ONCE + 1);
    // Each follows the one before, and no two have one time.
    for pair in kept.windows(2) {
        assert_eq!(pair[0]["previous_id"], pair[1]["id"]);
        assert!(pair[0]["captured_at"].as_str() > pair[1]["captured_at"].as_str());
        assert_eq!(
            pair[0]["number"].as_u64().unwrap(),
            pair[1]["number"].as_u64().unwrap() + 1
        );
    }
}

async fn pushes_at_once_leave_the_rows_of_one_of_them(fixture: HubFixture) {
    let stage = fixture.stage().await;
    let board = scores(&stage).await;
    let bell = subscribe(
        &stage,
        board,
        json!({"value_delta_pct": 0.01, "on_field": "score"}),
        json!({}),
    )
    .await;
    let texts: Vec<String> = (1..=AT_ONCE)
        .map(|number| format!("[{{\"id\": \"a\", \"score\": {}}}]", number * 10))
        .collect();
    let pushed = join_all(
        texts
            .iter()
            .map(|text| push_as(&stage, &stage.operator, board, RowsFormat::Json, text)),
    )
    .await;
    assert!(pushed.iter().all(Result::is_ok));
    let told = outcomes(&stage, board, bell).await;
    assert_eq!(told[0], "baseline");
    assert!(
        told[1..].iter().all(|outcome| outcome == "rang"),
        "{told:?}"
    );
    assert_eq!(told.len(), AT_ONCE);
    let rows = "select count(*) from dashboard_rows";
    assert_eq!(stage.fixture.count(rows, vec![]).await, 1);
    // What the newest snapshot shows is what lies there now.
    let of = json!({"dashboard_id": board});
    let again = stage.fixture.ok(&stage.operator, "take_snapshot", of).await;
    assert_eq!(again["unchanged"], true);
}

async fn of_equal_subscriptions_at_once_one_is_made(fixture: HubFixture) {
    let stage = fixture.stage().await;
    let board = scores(&stage).await;
    let input = json!({
        "dashboard_id": board, "subscriber_kind": "persona", "subscriber_id": stage.owner.person_id,
        "threshold_json": {"set_added_min": 1},
    });
    let made = join_all((0..AT_ONCE).map(|_| {
        stage
            .fixture
            .call(&stage.owner, "create_subscription", input.clone())
    }))
    .await;
    let (done, refused): (Vec<_>, Vec<_>) = made.into_iter().partition(Result::is_ok);
    assert_eq!(done.len(), 1);
    for fault in refused.into_iter().filter_map(Result::err) {
        assert_eq!(
            (fault.kind, fault.code),
            (FaultKind::Conflict, "already_subscribed")
        );
    }
}

async fn a_subscription_that_ends_while_a_snapshot_is_taken_leaves_nothing_half_done(
    fixture: HubFixture,
) {
    let stage = fixture.stage().await;
    let board = scores(&stage).await;
    push(&stage, board, &[("a", 1)]).await;
    for round in 0..6_i64 {
        let rule = json!({"primary_metric_delta_pct": 0.01});
        let bell = subscribe(&stage, board, rule, json!({})).await;
        let text = format!("[{{\"id\": \"a\", \"score\": {}}}]", 10 + round);
        let of = json!({"dashboard_id": board, "subscription_id": bell});
        let (pushed, ended) = tokio::join!(
            push_as(&stage, &stage.operator, board, RowsFormat::Json, &text),
            stage.fixture.call(&stage.reader, "delete_subscription", of)
        );
        assert!(pushed.is_ok() && ended.is_ok(), "{pushed:?} {ended:?}");
        // Either it was told and the delivery is cancelled, or nothing was decided for it.
        let told =
            "select count(*) from bell_evaluations where subscription_id = $1 and outcome = 'rang'";
        let sent = "select count(*) from deliveries where subscription_id = $1";
        let told = stage.fixture.count(told, vec![bell.into()]).await;
        assert_eq!(stage.fixture.count(sent, vec![bell.into()]).await, told);
        let waits =
            "select count(*) from deliveries where subscription_id = $1 and status = 'waiting'";
        assert_eq!(stage.fixture.count(waits, vec![bell.into()]).await, 0);
    }
    let open = "select count(*) from deliveries d
                 where d.status = 'waiting'
                   and not exists (select 1 from subscriptions b where b.id = d.subscription_id)
                   and exists (select 1 from bell_evaluations v
                                where v.subscription_id = d.subscription_id and v.outcome <> 'rang')";
    assert_eq!(stage.fixture.count(open, vec![]).await, 0);
}

async fn an_option_that_changes_while_a_snapshot_is_taken_holds_for_its_bell(fixture: HubFixture) {
    let stage = fixture.stage().await;
    let board = scores(&stage).await;
    push(&stage, board, &[("a", 1)]).await;
    let rule = json!({"primary_metric_delta_pct": 0.01});
    let gathers = json!({"muted_until": null, "digest_seconds": 3600});
    let bell = subscribe(&stage, board, rule, gathers.clone()).await;
    let of = json!({"dashboard_id": board, "subscription_id": bell});
    let options = [
        json!({"muted_until": "2026-11-21T08:00:00Z"}),
        json!({"digest_seconds": null}),
    ];
    for round in 0..AT_ONCE {
        let back = with_more(of.clone(), &gathers);
        stage
            .fixture
            .ok(&stage.reader, "update_subscription", back)
            .await;
        let change = with_more(of.clone(), &options[round % options.len()]);
        let text = format!("[{{\"id\": \"a\", \"score\": {}}}]", 10 + round);
        let (pushed, changed) = tokio::join!(
            push_as(&stage, &stage.operator, board, RowsFormat::Json, &text),
            stage
                .fixture
                .call(&stage.reader, "update_subscription", change)
        );
        assert!(pushed.is_ok() && changed.is_ok(), "{pushed:?} {changed:?}");
        // Whichever came first: no digest waits of what is muted, or gathers nothing any more.
        let waits = "select count(*) from deliveries
                      where subscription_id = $1 and status = 'waiting' and is_digest = 1";
        assert_eq!(stage.fixture.count(waits, vec![bell.into()]).await, 0);
    }
}

async fn a_change_of_the_question_meets_no_old_picture(fixture: HubFixture) {
    let stage = fixture.stage().await;
    let board = scores(&stage).await;
    push(&stage, board, &[("a", 1), ("b", 2)]).await;
    for limit in [1, 2, 1, 2, 1, 2] {
        let spec = json!({
            "source": "pushed", "id_field": "id", "columns": ["id", "score"], "limit": limit,
            "order_by": [{"field": "score", "direction": "desc"}],
        });
        let change = json!({"dashboard_id": board, "view_spec_json": spec});
        let of = json!({"dashboard_id": board});
        let (changed, taken) = tokio::join!(
            stage
                .fixture
                .call(&stage.operator, "update_dashboard", change),
            stage.fixture.call(&stage.operator, "take_snapshot", of)
        );
        changed.unwrap();
        match taken {
            Ok(shown) => assert!(shown["row_count"].as_u64().unwrap() <= 2),
            Err(fault) => assert_eq!(fault.code, "busy"),
        }
    }
    let of = json!({"dashboard_id": board});
    let shown: Value = stage.fixture.ok(&stage.operator, "take_snapshot", of).await;
    assert_eq!(shown["row_count"], 2);
}

async fn a_picture_that_comes_back_while_the_retention_forgets_it_is_kept(fixture: HubFixture) {
    let stage = fixture.stage().await;
    let board = scores(&stage).await;
    let of = json!({"dashboard_id": board});
    keep_a_day(&stage, board).await;
    let comes_back = r#"[{"id": "a", "score": 1}]"#;
    for _ in 0..AT_ONCE {
        push(&stage, board, &[("a", 1)]).await;
        push(&stage, board, &[("a", 2)]).await;
        stage.fixture.world.advance(Duration::from_hours(25));
        let (pushed, forgotten) = tokio::join!(
            push_as(&stage, &stage.operator, board, RowsFormat::Json, comes_back),
            forget_expired(&stage.fixture.hub)
        );
        assert!(pushed.is_ok(), "{pushed:?}");
        assert!(forgotten.is_ok_and(|forgotten| forgotten > 0));
        let without = "select count(*) from snapshots s
                        where not exists (select 1 from dashboard_pictures p
                                           where p.engagement_id = s.engagement_id
                                             and p.dashboard_id = s.dashboard_id
                                             and p.content_hash = s.content_hash)";
        assert_eq!(stage.fixture.count(without, vec![]).await, 0);
        let kept = stage
            .fixture
            .pages(&stage.reader, "list_snapshots", of.clone(), 4)
            .await;
        for one in kept {
            let one = json!({"snapshot_id": one["id"]});
            stage.fixture.ok(&stage.reader, "get_snapshot", one).await;
        }
        let of = of.clone();
        let taken = stage.fixture.ok(&stage.operator, "take_snapshot", of).await;
        assert_eq!(taken["unchanged"], true);
    }
}

async fn what_is_read_while_the_retention_forgets_is_of_one_moment(fixture: HubFixture) {
    let stage = fixture.stage().await;
    let board = scores(&stage).await;
    let of = json!({"dashboard_id": board});
    keep_a_day(&stage, board).await;
    for _ in 0..AT_ONCE {
        let old = push(&stage, board, &[("a", 1)]).await;
        push(&stage, board, &[("a", 2)]).await;
        stage.fixture.world.advance(Duration::from_hours(25));
        let old = json!({"snapshot_id": old});
        let rule = json!({
            "dashboard_id": board, "baseline": "last_notified",
            "threshold_json": {"value_delta_pct": 0.10, "on_field": "score"},
        });
        let (forgotten, compared, tried, shown) = tokio::join!(
            forget_expired(&stage.fixture.hub),
            stage
                .fixture
                .call(&stage.reader, "get_dashboard_diff", of.clone()),
            stage
                .fixture
                .call(&stage.reader, "preview_subscription", rule),
            stage.fixture.call(&stage.reader, "get_snapshot", old)
        );
        assert!(forgotten.is_ok_and(|forgotten| forgotten > 0));
        // What is forgotten is not there; nothing is there in part.
        for fault in [compared, tried, shown].into_iter().filter_map(Result::err) {
            assert_ne!(fault.kind, FaultKind::Internal, "{fault}");
        }
    }
}
