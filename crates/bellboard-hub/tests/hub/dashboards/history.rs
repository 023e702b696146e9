//! The back-test answers what really rang, because it is the same code.

use bellboard_hub::fault::FaultKind;
use serde_json::{Value, json};

use super::{ledger, push, scores, subscribe};
use crate::dice::Dice;
use crate::fixture::HubFixture;

on_each_engine!(
    the_back_test_rings_as_the_bell_rang,
    the_back_test_counts_at_neighbouring_thresholds,
    the_back_test_looks_at_so_many_days,
);

const ROUNDS: usize = 40;

/// A picture that walks: scores go up and down, rows come and go.
fn walk(dice: &mut Dice, rows: &mut Vec<(String, i64)>) {
    for (_, score) in rows.iter_mut() {
        *score += i64::try_from(dice.throw(21)).unwrap() - 10;
    }
    if dice.throw(4) == 0 {
        let name = format!("row {}", dice.throw(1_000));
        if rows.iter().all(|(known, _)| *known != name) {
            rows.push((name, 100));
        }
    }
    if dice.throw(5) == 0 && rows.len() > 3 {
        rows.remove(0);
    }
}

async fn the_back_test_rings_as_the_bell_rang(fixture: HubFixture) {
    let stage = fixture.stage().await;
    let board = scores(&stage).await;
    let rules = [
        json!({"value_delta_pct": 0.08, "on_field": "score"}),
        json!({"or": [{"set_added_min": 1}, {"top_n_reordering": 1}]}),
        json!({"and": [{"primary_metric_delta_pct": 0.01}, {"not": {"set_removed_min": 1}}]}),
    ];
    let mut bells = Vec::new();
    for rule in rules {
        for (baseline, who) in [("previous", &stage.reader), ("last_notified", &stage.owner)] {
            let more = json!({"baseline": baseline, "subscriber_id": who.person_id});
            let bell = subscribe(&stage, board, rule.clone(), more).await;
            bells.push((bell, rule.clone(), baseline));
        }
    }
    let mut dice = Dice::new(7);
    let mut rows: Vec<(String, i64)> = (0..8)
        .map(|number| (format!("row {number}"), 100))
        .collect();
    for _ in 0..ROUNDS {
        walk(&mut dice, &mut rows);
        let scores: Vec<(&str, i64)> = rows
            .iter()
            .map(|(id, score)| (id.as_str(), *score))
            .collect();
        push(&stage, board, &scores).await;
    }
    let mut rang_at_all = 0;
    for (bell, rule, baseline) in bells {
        let input = json!({"dashboard_id": board, "threshold_json": rule, "baseline": baseline});
        let tried = stage
            .fixture
            .ok(&stage.reader, "preview_subscription", input)
            .await;
        assert_eq!(tried["checked"], ROUNDS);
        let would: Vec<(&Value, &Value)> = tried["rings"]
            .as_array()
            .unwrap()
            .iter()
            .map(|ring| (&ring["snapshot_id"], &ring["words"]))
            .collect();
        let lines = ledger(&stage, board, bell).await;
        assert_eq!(lines.len(), ROUNDS);
        let rang: Vec<(&Value, &Value)> = lines
            .iter()
            .filter(|line| line["outcome"] == "rang")
            .map(|line| (&line["snapshot_id"], &line["words"]))
            .collect();
        assert_eq!(would, rang, "{rule} {baseline}");
        rang_at_all += rang.len();
    }
    assert!(rang_at_all > 20, "only {rang_at_all} rings prove nothing");
}

async fn the_back_test_counts_at_neighbouring_thresholds(fixture: HubFixture) {
    let stage = fixture.stage().await;
    let board = scores(&stage).await;
    for score in [100, 104, 125, 126, 200] {
        push(&stage, board, &[("a", score)]).await;
    }
    let input = json!({"dashboard_id": board, "threshold_json": {"value_delta_pct": 0.10, "on_field": "score"}});
    let tried = stage
        .fixture
        .ok(&stage.reader, "preview_subscription", input)
        .await;
    assert_eq!(tried["rings"].as_array().unwrap().len(), 2);
    let ladder: Vec<_> = tried["ladder"]
        .as_array()
        .unwrap()
        .iter()
        .map(|rung| {
            (
                rung["threshold"].as_f64().unwrap(),
                rung["rings"].as_u64().unwrap(),
                rung["own"] == true,
            )
        })
        .collect();
    assert_eq!(
        ladder,
        [
            (0.02, 3, false),
            (0.05, 2, false),
            (0.10, 2, true),
            (0.15, 2, false),
            (0.20, 2, false)
        ]
    );
    assert_eq!(tried["rings_without"], 0);
    let none = "select count(*) from subscriptions";
    assert_eq!(stage.fixture.count(none, vec![]).await, 0);
}

async fn the_back_test_looks_at_so_many_days(fixture: HubFixture) {
    let stage = fixture.stage().await;
    let board = scores(&stage).await;
    for score in 1..4 {
        push(&stage, board, &[("a", score)]).await;
    }
    stage
        .fixture
        .world
        .advance(std::time::Duration::from_hours(47));
    push(&stage, board, &[("a", 9)]).await;
    let tried = async |days: u32| {
        let input =
            json!({"dashboard_id": board, "threshold_json": {"set_added_min": 1}, "days": days});
        stage
            .fixture
            .call(&stage.reader, "preview_subscription", input)
            .await
    };
    assert_eq!(tried(1).await.unwrap()["checked"], 1);
    assert_eq!(tried(2).await.unwrap()["checked"], 4);
    for days in [0, 401] {
        assert_eq!(tried(days).await.unwrap_err().kind, FaultKind::Invalid);
    }
}
