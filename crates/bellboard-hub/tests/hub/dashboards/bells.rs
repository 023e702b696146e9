//! Bells: who is told, of what, and who is not.

use bellboard_hub::fault::FaultKind;
use serde_json::{Value, json};
use uuid::Uuid;

use super::{deliveries, ledger, outcomes, push, scores, subscribe};
use crate::fixture::{HubFixture, id_in};

on_each_engine!(
    it_fans_out_to_all_matching_subscribers_and_to_no_other,
    a_second_automatic_snapshot_without_a_difference_notifies_nobody_again,
    the_first_snapshot_is_a_baseline_and_rings_nothing,
    every_evaluation_is_in_the_ledger_with_its_reason,
    what_is_sent_is_kept_once_and_says_what_differs,
    a_difference_of_more_than_64_bits_is_told_exactly,
    a_rule_of_several_conditions_rings_as_it_reads,
    a_thousand_subscribers_are_told_of_one_snapshot,
    reasons_name_places_as_each_rule_is_written,
    each_compares_with_what_it_told_last_however_many_show_the_same,
);

async fn it_fans_out_to_all_matching_subscribers_and_to_no_other(fixture: HubFixture) {
    let stage = fixture.stage().await;
    let board = scores(&stage).await;
    push(&stage, board, &[("a", 10), ("b", 5)]).await;
    let matching = [
        subscribe(&stage, board, json!({"top_n_reordering": 1}), json!({})).await,
        subscribe(
            &stage,
            board,
            json!({"value_delta_pct": 0.5, "on_field": "score"}),
            json!({}),
        )
        .await,
        subscribe(
            &stage,
            board,
            json!({"top_n_reordering": 1}),
            json!({"subscriber_kind": "webhook", "subscriber_id": "https://example.com/bells"}),
        )
        .await,
    ];
    let others = [
        subscribe(&stage, board, json!({"set_added_min": 1}), json!({})).await,
        subscribe(&stage, board, json!({"set_removed_min": 1}), json!({})).await,
    ];
    let elsewhere = scores(&stage).await;
    let stranger = subscribe(&stage, elsewhere, json!({"top_n_reordering": 1}), json!({})).await;
    push(&stage, board, &[("a", 10), ("b", 20)]).await;
    for one in matching {
        assert_eq!(outcomes(&stage, board, one).await, ["rang"]);
        assert_eq!(deliveries(&stage, one).await, 1);
    }
    for one in others {
        assert_eq!(outcomes(&stage, board, one).await, ["not_met"]);
        assert_eq!(deliveries(&stage, one).await, 0);
    }
    assert!(outcomes(&stage, elsewhere, stranger).await.is_empty());
    assert_eq!(deliveries(&stage, stranger).await, 0);
}

async fn a_second_automatic_snapshot_without_a_difference_notifies_nobody_again(
    fixture: HubFixture,
) {
    let stage = fixture.stage().await;
    let board = scores(&stage).await;
    push(&stage, board, &[("a", 1)]).await;
    let bell = subscribe(&stage, board, json!({"set_added_min": 1}), json!({})).await;
    push(&stage, board, &[("a", 1), ("b", 2)]).await;
    for _ in 0..2 {
        push(&stage, board, &[("b", 2), ("a", 1)]).await;
    }
    assert_eq!(
        outcomes(&stage, board, bell).await,
        ["rang", "unchanged", "unchanged"]
    );
    assert_eq!(deliveries(&stage, bell).await, 1);
}

async fn the_first_snapshot_is_a_baseline_and_rings_nothing(fixture: HubFixture) {
    let stage = fixture.stage().await;
    let board = scores(&stage).await;
    let always = json!({"not": {"set_removed_min": 1000}});
    let bells = [
        subscribe(&stage, board, always.clone(), json!({})).await,
        subscribe(
            &stage,
            board,
            json!({"set_added_min": 1}),
            json!({"baseline": "last_notified"}),
        )
        .await,
    ];
    push(&stage, board, &[("a", 1)]).await;
    for bell in bells {
        assert_eq!(outcomes(&stage, board, bell).await, ["baseline"]);
        assert_eq!(deliveries(&stage, bell).await, 0);
    }
    push(&stage, board, &[("a", 1), ("b", 1)]).await;
    for bell in bells {
        assert_eq!(outcomes(&stage, board, bell).await, ["baseline", "rang"]);
    }
}

async fn every_evaluation_is_in_the_ledger_with_its_reason(fixture: HubFixture) {
    let stage = fixture.stage().await;
    let board = scores(&stage).await;
    let first = push(&stage, board, &[("a", 10)]).await;
    let rule = json!({"value_delta_pct": 0.1, "on_field": "score"});
    let bell = subscribe(&stage, board, rule, json!({})).await;
    let second = push(&stage, board, &[("a", 20)]).await;
    let third = push(&stage, board, &[("a", 21)]).await;
    let lines = ledger(&stage, board, bell).await;
    let facts: Vec<_> = lines
        .iter()
        .map(|line| (id_in(&line["snapshot_id"]), id_in(&line["compared_with"])))
        .collect();
    assert_eq!(facts, [(second, first), (third, second)]);
    assert_eq!(lines[0]["words"], "a score 10 to 20 (+100.0 %)");
    assert_eq!(lines[0]["why"]["rings"]["reasons"][0]["id"], "a");
    assert_eq!(lines[1]["why"]["silent"]["not_met"]["met"], false);
    let met = json!({"dashboard_id": board, "met": true});
    let met = stage.fixture.ok(&stage.reader, "list_ledger", met).await;
    assert_eq!(met["total_count"], 1);
    let input = json!({"dashboard_id": board});
    let fault = stage
        .fixture
        .refused(&stage.stranger, "list_ledger", input)
        .await;
    assert_eq!(fault.kind, FaultKind::NotFound);
}

async fn what_is_sent_is_kept_once_and_says_what_differs(fixture: HubFixture) {
    let stage = fixture.stage().await;
    let board = scores(&stage).await;
    let first = push(&stage, board, &[("a", 10), ("b", 5)]).await;
    for rule in [
        json!({"top_n_reordering": 1}),
        json!({"top_n_reordering": 2}),
    ] {
        subscribe(&stage, board, rule, json!({})).await;
    }
    let second = push(&stage, board, &[("a", 10), ("b", 20)]).await;
    let rows = stage
        .fixture
        .rows("select body from delivery_bodies", vec![])
        .await;
    assert_eq!(rows.len(), 1, "two deliveries with one body");
    let body: Value = serde_json::from_str(&rows[0].text(0).unwrap()).unwrap();
    assert_eq!(body["type"], "dashboard.diverged");
    assert_eq!(body["timestamp"], "2026-11-20T17:40:02.000000Z");
    assert_eq!(
        (id_in(&body["snapshot_a"]), id_in(&body["snapshot_b"])),
        (first, second)
    );
    assert_eq!(body["diff"]["row_value_deltas"][0]["delta"], 15);
    assert_eq!(body["diff"]["primary_metric_delta_pct"], 1.0);
    let waiting = "select count(*) from deliveries where status = 'waiting' and kind = 'persona' and attempts = 0
                      and next_attempt_at = created_at and lease_until is null";
    assert_eq!(stage.fixture.count(waiting, vec![]).await, 2);
    // What would be too long is cut to its summary.
    let names: Vec<String> = (0..2_000)
        .map(|number| format!("row number {number}"))
        .collect();
    let many: Vec<(&str, i64)> = names.iter().map(|name| (name.as_str(), 1)).collect();
    push(&stage, board, &many).await;
    let longest = "select max(length(body)) from delivery_bodies";
    assert!(stage.fixture.count(longest, vec![]).await < 22_000);
    let cut = "select count(*) from delivery_bodies where body like '%\"cut\":true%'";
    assert_eq!(stage.fixture.count(cut, vec![]).await, 1);
}

async fn a_difference_of_more_than_64_bits_is_told_exactly(fixture: HubFixture) {
    let stage = fixture.stage().await;
    let board = scores(&stage).await;
    let far = 9_000_000_000_000_000_000_i64;
    push(&stage, board, &[("a", far)]).await;
    let rule = json!({"primary_metric_delta_pct": 0.5});
    let bell = subscribe(&stage, board, rule, json!({})).await;
    push(&stage, board, &[("a", -far)]).await;
    push(&stage, board, &[("a", far)]).await;
    assert_eq!(outcomes(&stage, board, bell).await, ["rang", "rang"]);
    let bodies = stage
        .fixture
        .rows(
            "select body from delivery_bodies order by created_at",
            vec![],
        )
        .await;
    let differences = [
        "\"delta\":-18000000000000000000,",
        "\"delta\":18000000000000000000,",
    ];
    assert_eq!(bodies.len(), differences.len());
    for (body, difference) in bodies.iter().zip(differences) {
        let body = body.text(0).unwrap();
        assert!(body.contains(difference), "{body}");
    }
    // It is shown as well: the newest, and what became of it.
    let diff = json!({"dashboard_id": board});
    let diff = stage
        .fixture
        .ok(&stage.reader, "get_dashboard_diff", diff)
        .await;
    let delta = &diff["row_value_deltas"][0]["delta"];
    assert_eq!(delta, &json!(18_000_000_000_000_000_000_u64));
    let list = json!({"dashboard_id": board});
    let list = stage
        .fixture
        .ok(&stage.reader, "list_deliveries", list)
        .await;
    assert_eq!(list["total_count"], 2);
    let newest_first = differences.iter().rev();
    for (one, difference) in list["items"].as_array().unwrap().iter().zip(newest_first) {
        let of = json!({"delivery_id": one["id"]});
        let shown = stage
            .fixture
            .answer(Some(&stage.reader), "get_delivery", of)
            .await
            .unwrap();
        let shown = String::from_utf8(shown.json).unwrap();
        assert!(shown.contains(difference), "{shown}");
    }
}

async fn a_rule_of_several_conditions_rings_as_it_reads(fixture: HubFixture) {
    let stage = fixture.stage().await;
    let board = scores(&stage).await;
    push(&stage, board, &[("a", 10), ("b", 5)]).await;
    let moved = json!({"top_n_reordering": 1});
    let came = json!({"set_added_min": 1});
    let rows = [
        (json!({"and": [moved, came]}), "not_met"),
        (json!({"or": [moved, came]}), "rang"),
        (json!({"not": came}), "rang"),
        (json!({"not": {"OR": [moved, came]}}), "not_met"),
        (json!({"AND": [{"not": came}, {"or": [moved]}]}), "rang"),
        (json!({"primary_metric_delta_pct": 0.5}), "rang"),
        (json!({"primary_metric_delta_pct": 2.0}), "not_met"),
    ];
    let mut bells = Vec::new();
    for (rule, outcome) in rows {
        bells.push((
            subscribe(&stage, board, rule.clone(), json!({})).await,
            rule,
            outcome,
        ));
    }
    push(&stage, board, &[("a", 10), ("b", 20)]).await;
    for (bell, rule, outcome) in bells {
        assert_eq!(outcomes(&stage, board, bell).await, [outcome], "{rule}");
    }
}

async fn a_thousand_subscribers_are_told_of_one_snapshot(fixture: HubFixture) {
    let stage = fixture.stage().await;
    let board = scores(&stage).await;
    push(&stage, board, &[("a", 1)]).await;
    let one = subscribe(&stage, board, json!({"set_added_min": 1}), json!({})).await;
    // As many as nobody wants to make by hand; every other one has another rule.
    for number in 1..1_000_u128 {
        let copied = "insert into subscriptions (engagement_id, id, dashboard_id, subscriber_kind, subscriber_id, threshold,
                              threshold_key, baseline, baseline_snapshot_id, created_by, created_by_name, created_at, changed_at)
             select engagement_id, $2, dashboard_id, 'webhook', $3, threshold, threshold_key, baseline, baseline_snapshot_id,
                    created_by, created_by_name, created_at, changed_at
               from subscriptions where id = $1";
        let id = Uuid::from_u128(number);
        let address = format!("https://example.com/{number}");
        let values = vec![one.into(), id.into(), address.into()];
        assert_eq!(stage.fixture.execute(copied, values).await, 1);
    }
    push(&stage, board, &[("a", 1), ("b", 1)]).await;
    for (counting, held) in [
        (
            "select count(*) from bell_evaluations where outcome = 'rang'",
            1_000,
        ),
        (
            "select count(*) from deliveries where status = 'waiting'",
            1_000,
        ),
        ("select count(*) from delivery_bodies", 1),
        (
            "select count(*) from subscriptions where last_rang_at is not null",
            1_000,
        ),
    ] {
        assert_eq!(
            stage.fixture.count(counting, vec![]).await,
            held,
            "{counting}"
        );
    }
}

async fn reasons_name_places_as_each_rule_is_written(fixture: HubFixture) {
    let stage = fixture.stage().await;
    let board = scores(&stage).await;
    push(&stage, board, &[("a", 1)]).await;
    let (new, gone) = (json!({"set_added_min": 1}), json!({"set_removed_min": 1}));
    let webhook =
        json!({"subscriber_kind": "webhook", "subscriber_id": "https://example.com/bells"});
    let one = subscribe(&stage, board, json!({"and": [new, gone]}), json!({})).await;
    let other = subscribe(&stage, board, json!({"and": [gone, new]}), webhook).await;
    push(&stage, board, &[("b", 1)]).await;
    for (bell, first) in [(one, "new"), (other, "gone")] {
        let [line] = ledger(&stage, board, bell).await.try_into().unwrap();
        let reason = &line["why"]["rings"]["reasons"][0];
        assert_eq!(reason["path"], "and[0]", "{line}");
        assert!(reason["words"].as_str().unwrap().contains(first), "{line}");
    }
}

async fn each_compares_with_what_it_told_last_however_many_show_the_same(fixture: HubFixture) {
    let stage = fixture.stage().await;
    let board = scores(&stage).await;
    let two: [(&str, i64); 2] = [("a", 1), ("b", 1)];
    let three: [(&str, i64); 3] = [("a", 1), ("b", 1), ("c", 1)];
    let gone = |least: u32| json!({"set_removed_min": least});
    let last = json!({"baseline": "last_notified"});
    let elsewhere = json!({
        "baseline": "last_notified", "subscriber_kind": "webhook",
        "subscriber_id": "https://example.com/bells",
    });
    push(&stage, board, &two).await;
    let one = subscribe(&stage, board, gone(1), last.clone()).await;
    push(&stage, board, &three).await;
    let second = subscribe(&stage, board, gone(2), last).await;
    push(&stage, board, &two).await;
    let third = subscribe(&stage, board, gone(2), elsewhere).await;
    push(&stage, board, &three).await;
    push(&stage, board, &[("a", 1)]).await;
    let expected: [(Uuid, &[&str]); 3] = [
        (one, &["not_met", "unchanged", "not_met", "rang"]),
        (second, &["not_met", "unchanged", "rang"]),
        (third, &["not_met", "not_met"]),
    ];
    for (bell, told) in expected {
        assert_eq!(outcomes(&stage, board, bell).await, told);
    }
}
