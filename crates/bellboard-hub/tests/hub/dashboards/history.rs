//! The back-test answers what really rang, because it is the same code.
//!
//! `BELLBOARD_HOURS` sets how many hours the timer takes snapshots. Before a release, a year:
//! `BELLBOARD_HOURS=8760 cargo test -p bellboard-hub --test hub hour_by_hour -- --nocapture`.

use std::time::Duration;

use bellboard_core::dashboard::RowsFormat;
use bellboard_core::id::DashboardId;
use bellboard_hub::fault::{Fault, FaultKind};
use bellboard_hub::snapshot::{Makes, push_rows};
use bellboard_hub::verbs;
use bytes::Bytes;
use futures_util::stream;
use serde_json::{Value, json};
use uuid::Uuid;

use super::{deliveries, ledger, push, scores, subscribe};
use crate::dice::Dice;
use crate::fixture::{HubFixture, Stage};

on_each_engine!(
    the_back_test_rings_as_the_bell_rang,
    what_rang_hour_by_hour_is_what_the_back_test_says,
    the_back_test_counts_at_neighbouring_thresholds,
    the_back_test_looks_at_so_many_days,
    the_first_ring_of_a_time_is_one_of_the_back_test,
    what_is_too_much_to_try_is_left_out_and_counted,
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

/// Each rule with both baselines; the subscription, its rule and its baseline.
async fn bells(stage: &Stage, board: Uuid, rules: &[Value]) -> Vec<(Uuid, Value, &'static str)> {
    let mut bells = Vec::new();
    for rule in rules {
        for (baseline, who) in [("previous", &stage.reader), ("last_notified", &stage.owner)] {
            let more = json!({"baseline": baseline, "subscriber_id": who.person_id});
            let bell = subscribe(stage, board, rule.clone(), more).await;
            bells.push((bell, rule.clone(), baseline));
        }
    }
    bells
}

async fn the_back_test_rings_as_the_bell_rang(fixture: HubFixture) {
    let stage = fixture.stage().await;
    let board = scores(&stage).await;
    let rules = [
        json!({"value_delta_pct": 0.08, "on_field": "score"}),
        json!({"or": [{"set_added_min": 1}, {"top_n_reordering": 1}]}),
        json!({"and": [{"primary_metric_delta_pct": 0.01}, {"not": {"set_removed_min": 1}}]}),
    ];
    let bells = bells(&stage, board, &rules).await;
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

/// The rows at one hour; they make no snapshot: the timer does.
async fn set(stage: &Stage, board: Uuid, rows: &[(String, i64)]) {
    let rows: Vec<Value> = rows
        .iter()
        .map(|(id, score)| json!({"id": id, "score": score}))
        .collect();
    let verb = verbs::find("take_snapshot").expect("it is in the table");
    let call = stage.fixture.hub.call(Some(stage.operator.clone()), verb);
    let text = Bytes::from(Value::from(rows).to_string());
    let (id, pieces) = (DashboardId::from_uuid(board), stream::iter([Ok(text)]));
    push_rows::<Fault>(call, id, RowsFormat::Json, Makes::Nothing, pieces)
        .await
        .unwrap();
}

/// Each hour other rows, and a snapshot by the timer.
async fn walk_for(stage: &Stage, board: Uuid, hours: usize) {
    let mut dice = Dice::new(8_760);
    let mut rows: Vec<(String, i64)> = (0..8)
        .map(|number| (format!("row {number}"), 100))
        .collect();
    for hour in 0..hours {
        // In some hours nothing moves.
        if dice.throw(5) > 0 {
            walk(&mut dice, &mut rows);
            // Over a year it would wander off: near zero every step is a large one.
            rows.truncate(12);
            rows.iter_mut()
                .filter(|(_, score)| !(60..400).contains(score))
                .for_each(|(_, score)| *score = 100);
        }
        set(stage, board, &rows).await;
        stage.fixture.world.advance(Duration::from_hours(1));
        let due = stage
            .fixture
            .ok(&stage.operator, "take_due_snapshots", json!({}));
        assert_eq!(due.await, json!({"taken": 1, "missed": 0}), "hour {hour}");
    }
}

async fn what_rang_hour_by_hour_is_what_the_back_test_says(fixture: HubFixture) {
    let hours: usize = std::env::var("BELLBOARD_HOURS").map_or(60, |text| text.parse().unwrap());
    let stage = fixture.stage().await;
    let board = scores(&stage).await;
    let hourly = json!({"dashboard_id": board, "metadata": {"snapshot_policy": "hourly"}});
    stage
        .fixture
        .ok(&stage.operator, "update_dashboard", hourly)
        .await;
    let rules = [
        json!({"value_delta_pct": 0.10, "on_field": "score"}),
        json!({"or": [{"set_added_min": 1}, {"top_n_reordering": 1}]}),
    ];
    let bells = bells(&stage, board, &rules).await;
    walk_for(&stage, board, hours).await;
    for (bell, rule, baseline) in bells {
        let days = hours / 24 + 2;
        let input = json!({
            "dashboard_id": board, "threshold_json": rule, "baseline": baseline, "days": days,
        });
        let preview = stage
            .fixture
            .ok(&stage.reader, "preview_subscription", input);
        let tried = preview.await;
        assert_eq!(tried["checked"], hours);
        let would: Vec<&Value> = tried["rings"]
            .as_array()
            .unwrap()
            .iter()
            .map(|ring| &ring["snapshot_id"])
            .collect();
        let input = json!({"dashboard_id": board, "subscription_id": bell});
        let mut lines = stage
            .fixture
            .pages(&stage.reader, "list_ledger", input, 100)
            .await;
        lines.reverse();
        let rang: Vec<&Value> = lines
            .iter()
            .filter(|line| line["outcome"] == "rang")
            .map(|line| &line["snapshot_id"])
            .collect();
        assert_eq!(would, rang, "{rule} {baseline}");
        assert_eq!(
            deliveries(&stage, bell).await,
            i64::try_from(rang.len()).unwrap()
        );
        assert!(
            rang.len() > hours / 30,
            "only {} rings prove nothing",
            rang.len()
        );
        println!(
            "{rule} {baseline}: {} of {hours} hours rang, as the back-test says",
            rang.len()
        );
    }
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

async fn what_is_too_much_to_try_is_left_out_and_counted(fixture: HubFixture) {
    let stage = fixture.stage().await;
    let board = scores(&stage).await;
    for score in 1..5 {
        push(&stage, board, &[("a", score)]).await;
        stage.fixture.world.advance(Duration::from_hours(1));
    }
    let tried = async |baseline: &str| {
        let rule = json!({"value_delta_pct": 0.1, "on_field": "score"});
        let input = json!({"dashboard_id": board, "threshold_json": rule, "baseline": baseline});
        let tried = stage
            .fixture
            .ok(&stage.reader, "preview_subscription", input)
            .await;
        ["checked", "expected", "left_out"].map(|name| tried[name].clone())
    };
    assert_eq!(tried("last_notified").await, [4, 4, 0]);
    // Three of the four take more than there is room for.
    let blanks = " ".repeat(22 * 1024 * 1024);
    let larger = "update dashboard_pictures set materialized_data = materialized_data || $1";
    assert_eq!(stage.fixture.execute(larger, vec![blanks.into()]).await, 4);
    assert_eq!(tried("last_notified").await, [1, 1, 3]);
    assert_eq!(tried("previous").await, [4, 4, 0], "no picture is read");
}

async fn the_first_ring_of_a_time_is_one_of_the_back_test(fixture: HubFixture) {
    let stage = fixture.stage().await;
    let board = scores(&stage).await;
    let rule = json!({"value_delta_pct": 0.10, "on_field": "score"});
    let bells = bells(&stage, board, std::slice::from_ref(&rule)).await;
    let mut pushed = Vec::new();
    for score in [10, 20, 20, 21] {
        pushed.push(push(&stage, board, &[("a", score)]).await);
        stage.fixture.world.advance(Duration::from_hours(47));
    }
    // Each time the window holds fewer, and what lies before it is compared with and not counted.
    for (days, checked, rings) in [(8, 4, 1), (6, 3, 1), (4, 2, 0), (2, 1, 0), (1, 0, 0)] {
        for baseline in ["previous", "last_notified"] {
            let input = json!({
                "dashboard_id": board, "threshold_json": rule, "baseline": baseline, "days": days,
            });
            let tried = stage
                .fixture
                .ok(&stage.reader, "preview_subscription", input)
                .await;
            let told = format!("{days} days, {baseline}: {tried}");
            assert_eq!(tried["checked"], checked, "{told}");
            assert_eq!(tried["expected"], checked, "{told}");
            let rang = tried["rings"].as_array().unwrap();
            assert_eq!(rang.len(), rings, "{told}");
            if let [ring] = rang.as_slice() {
                assert_eq!(ring["snapshot_id"], json!(pushed[1]), "{told}");
                assert_eq!(ring["compared_with"], json!(pushed[0]), "{told}");
            }
            let first = &tried["first_at"];
            assert_eq!(first.is_null(), checked == 0, "{told}");
        }
    }
    for (bell, _, baseline) in bells {
        let lines = ledger(&stage, board, bell).await;
        let told: Vec<&str> = lines
            .iter()
            .map(|line| line["outcome"].as_str().unwrap())
            .collect();
        assert_eq!(
            told,
            ["baseline", "rang", "unchanged", "not_met"],
            "{baseline}"
        );
    }
}
