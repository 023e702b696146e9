//! The lists of a dashboard: whole, in pages, newest first; a cursor leads nowhere else.

use bellboard_core::dashboard::RowsFormat;
use bellboard_hub::fault::FaultKind;
use serde_json::{Value, json};

use super::{ledger, outcomes, push, push_as, scores, subscribe};
use crate::fixture::{HubFixture, id_in, told, with_more};

on_each_engine!(
    every_list_comes_in_pages_without_a_gap,
    a_cursor_of_another_list_leads_nowhere,
    the_ledger_is_narrowed_to_a_subscription_and_to_what_was_met,
    what_is_anothers_is_not_there,
    a_subscription_is_found_under_its_dashboard_only,
    an_archived_dashboard_takes_no_rows_and_no_subscriptions,
    pushing_without_a_snapshot_keeps_the_rows_and_rings_nothing,
    a_snapshot_of_nothing_is_a_snapshot,
);

async fn every_list_comes_in_pages_without_a_gap(fixture: HubFixture) {
    let stage = fixture.stage().await;
    let board = scores(&stage).await;
    for least in 1..6 {
        subscribe(&stage, board, json!({"set_added_min": least}), json!({})).await;
    }
    for score in 1..8 {
        push(&stage, board, &[("a", score)]).await;
    }
    let of = json!({"dashboard_id": board});
    for (verb, held) in [
        ("list_snapshots", 7),
        ("list_subscriptions", 5),
        ("list_ledger", 35),
        ("list_missed_snapshots", 0),
    ] {
        for limit in [1, 3, 100] {
            let items = stage
                .fixture
                .pages(&stage.reader, verb, of.clone(), limit)
                .await;
            assert_eq!(items.len(), held, "{verb} by {limit}");
            let once: std::collections::BTreeSet<String> =
                items.iter().map(Value::to_string).collect();
            assert_eq!(once.len(), held, "{verb} by {limit} repeats");
        }
    }
    let kept = stage
        .fixture
        .pages(&stage.reader, "list_snapshots", of, 2)
        .await;
    let numbers: Vec<u64> = kept
        .iter()
        .map(|one| one["number"].as_u64().unwrap())
        .collect();
    assert_eq!(numbers, [7, 6, 5, 4, 3, 2, 1]);
}

async fn a_cursor_of_another_list_leads_nowhere(fixture: HubFixture) {
    let stage = fixture.stage().await;
    let board = scores(&stage).await;
    let other = scores(&stage).await;
    for score in 1..4 {
        push(&stage, board, &[("a", score)]).await;
        push(&stage, other, &[("a", score)]).await;
    }
    let first = json!({"dashboard_id": board, "limit": 1});
    let first = stage
        .fixture
        .ok(&stage.reader, "list_snapshots", first)
        .await;
    let cursor = &first["next_cursor"];
    for (who, verb, of) in [
        (&stage.reader, "list_snapshots", other),
        (&stage.reader, "list_ledger", board),
        (&stage.reader, "list_subscriptions", board),
        (&stage.operator, "list_snapshots", board),
    ] {
        let input = json!({"dashboard_id": of, "cursor": cursor});
        let fault = stage.fixture.refused(who, verb, input).await;
        assert_eq!(
            told(&fault),
            (FaultKind::Invalid, "invalid_cursor", Some("cursor")),
            "{verb}"
        );
        let words = "It is not a cursor of this list with these filters; leave it out to begin with the first page.";
        assert_eq!(fault.detail, words);
    }
}

async fn the_ledger_is_narrowed_to_a_subscription_and_to_what_was_met(fixture: HubFixture) {
    let stage = fixture.stage().await;
    let board = scores(&stage).await;
    let seldom = subscribe(&stage, board, json!({"set_added_min": 2}), json!({})).await;
    let often = subscribe(
        &stage,
        board,
        json!({"value_delta_pct": 0.01, "on_field": "score"}),
        json!({"muted_until": "2027-01-01T00:00:00Z"}),
    )
    .await;
    for score in 1..5 {
        push(&stage, board, &[("a", score)]).await;
    }
    assert_eq!(ledger(&stage, board, seldom).await.len(), 4);
    assert_eq!(
        outcomes(&stage, board, often).await,
        ["baseline", "muted", "muted", "muted"]
    );
    for (filter, held) in [
        (json!({}), 8),
        (json!({"met": true}), 3),
        (json!({"met": "true"}), 3),
        (json!({"met": true, "subscription_id": seldom}), 0),
        (json!({"met": true, "subscription_id": often}), 3),
    ] {
        let input = with_more(json!({"dashboard_id": board}), &filter);
        let list = stage.fixture.ok(&stage.reader, "list_ledger", input).await;
        assert_eq!(list["total_count"], held, "{filter}");
    }
}

async fn what_is_anothers_is_not_there(fixture: HubFixture) {
    let stage = fixture.stage().await;
    let board = scores(&stage).await;
    let snapshot = push(&stage, board, &[("a", 1)]).await;
    let bell = subscribe(&stage, board, json!({"set_added_min": 1}), json!({})).await;
    let never = uuid::Uuid::from_u128(7);
    let rule = json!({"set_added_min": 1});
    for (verb, mine, nobodys) in [
        (
            "get_snapshot",
            json!({"snapshot_id": snapshot}),
            json!({"snapshot_id": never}),
        ),
        (
            "list_snapshots",
            json!({"dashboard_id": board}),
            json!({"dashboard_id": never}),
        ),
        (
            "take_snapshot",
            json!({"dashboard_id": board}),
            json!({"dashboard_id": never}),
        ),
        (
            "get_dashboard_diff",
            json!({"dashboard_id": board}),
            json!({"dashboard_id": never}),
        ),
        (
            "list_subscriptions",
            json!({"dashboard_id": board}),
            json!({"dashboard_id": never}),
        ),
        (
            "preview_subscription",
            json!({"dashboard_id": board, "threshold_json": rule}),
            json!({"dashboard_id": never, "threshold_json": rule}),
        ),
        (
            "delete_subscription",
            json!({"dashboard_id": board, "subscription_id": bell}),
            json!({"dashboard_id": never, "subscription_id": bell}),
        ),
        (
            "list_missed_snapshots",
            json!({"dashboard_id": board}),
            json!({"dashboard_id": never}),
        ),
    ] {
        let seen = stage.fixture.refused(&stage.stranger, verb, mine).await;
        let unseen = stage.fixture.refused(&stage.stranger, verb, nobodys).await;
        assert_eq!(seen, unseen, "{verb} tells them apart");
        assert_eq!(seen.kind, FaultKind::NotFound, "{verb}");
    }
}

async fn a_subscription_is_found_under_its_dashboard_only(fixture: HubFixture) {
    let stage = fixture.stage().await;
    let (board, other) = (scores(&stage).await, scores(&stage).await);
    let bell = subscribe(&stage, board, json!({"set_added_min": 1}), json!({})).await;
    let wrong = json!({"dashboard_id": other, "subscription_id": bell});
    for verb in ["update_subscription", "delete_subscription"] {
        let fault = stage
            .fixture
            .refused(&stage.owner, verb, wrong.clone())
            .await;
        assert_eq!(fault.kind, FaultKind::NotFound, "{verb}");
    }
    let right = json!({"dashboard_id": board, "subscription_id": bell});
    let gone = stage
        .fixture
        .ok(&stage.owner, "delete_subscription", right)
        .await;
    assert_eq!(id_in(&gone["id"]), bell);
}

async fn an_archived_dashboard_takes_no_rows_and_no_subscriptions(fixture: HubFixture) {
    let stage = fixture.stage().await;
    let board = scores(&stage).await;
    push(&stage, board, &[("a", 1)]).await;
    let of = json!({"dashboard_id": board});
    stage
        .fixture
        .ok(&stage.operator, "archive_dashboard", of.clone())
        .await;
    let pushed = push_as(&stage, &stage.operator, board, RowsFormat::Json, "[]").await;
    assert_eq!(pushed.unwrap_err().code, "dashboard_archived");
    let input = json!({
        "dashboard_id": board, "subscriber_kind": "persona", "subscriber_id": stage.owner.person_id,
        "threshold_json": {"set_added_min": 1},
    });
    let fault = stage
        .fixture
        .refused(&stage.owner, "create_subscription", input)
        .await;
    assert_eq!(fault.code, "dashboard_archived");
    let list = stage.fixture.ok(&stage.reader, "list_snapshots", of).await;
    assert_eq!(list["total_count"], 1, "what was kept stays readable");
}

async fn pushing_without_a_snapshot_keeps_the_rows_and_rings_nothing(fixture: HubFixture) {
    use bellboard_core::id::DashboardId;
    use bellboard_hub::fault::Fault;
    use bellboard_hub::snapshot::{Makes, push_rows};
    use bytes::Bytes;
    use futures_util::stream;

    let stage = fixture.stage().await;
    let board = scores(&stage).await;
    push(&stage, board, &[("a", 1)]).await;
    let bell = subscribe(&stage, board, json!({"set_added_min": 1}), json!({})).await;
    let verb = bellboard_hub::verbs::find("take_snapshot").unwrap();
    let call = stage.fixture.hub.call(Some(stage.operator.clone()), verb);
    let text = Bytes::from_static(b"id,score\na,1\nb,2\n");
    let pieces = stream::iter([Ok(text)]);
    let id = DashboardId::from_uuid(board);
    let pushed = push_rows::<Fault>(call, id, RowsFormat::Csv, Makes::Nothing, pieces)
        .await
        .unwrap();
    assert_eq!((pushed.row_count, pushed.snapshot), (2, None));
    assert!(outcomes(&stage, board, bell).await.is_empty());
    let of = json!({"dashboard_id": board});
    let taken = stage.fixture.ok(&stage.operator, "take_snapshot", of).await;
    assert_eq!(
        (&taken["row_count"], &taken["number"]),
        (&json!(2), &json!(2))
    );
    assert_eq!(outcomes(&stage, board, bell).await, ["rang"]);
}

async fn a_snapshot_of_nothing_is_a_snapshot(fixture: HubFixture) {
    let stage = fixture.stage().await;
    let board = scores(&stage).await;
    let of = json!({"dashboard_id": board});
    for number in 1..3 {
        let taken = stage
            .fixture
            .ok(&stage.operator, "take_snapshot", of.clone())
            .await;
        assert_eq!(taken["number"], number);
        assert_eq!(taken["materialized_data"]["rows"], json!([]));
        assert_eq!(taken["primary_metric"], 0);
        assert_eq!(taken["unchanged"], number == 2);
    }
    let diff = stage
        .fixture
        .ok(&stage.reader, "get_dashboard_diff", of)
        .await;
    assert_eq!(diff["sentence"], "Nothing changed.");
    assert_eq!(diff["unchanged"], true);
}
