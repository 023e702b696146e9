//! The list of runs says what the plain statement would say, in any filter and page size.

use std::time::Duration;

use bellboard_core::time::Timestamp;
use bellboard_hub::fault::FaultKind;
use bellboard_hub::run::lose_abandoned;
use serde_json::{Value, json};

use crate::crowd::{Crowd, TYPES, field};
use crate::fixture::{HubFixture, told};

on_each_engine!(
    the_list_of_runs_is_that_of_the_plain_statement,
    what_a_run_looks_like_now_is_a_filter,
    a_cursor_of_another_filter_is_refused,
    a_filter_that_does_not_exist_is_refused_by_name,
);

const PLAIN: &str = "select id from runs
    where engagement_id in (select engagement_id from memberships where person_id = $1)
      and ($2 = '' or status = $2) and ($3 = '' or outcome = $3) and ($4 = '' or type = $4)
    order by created_at desc, id desc";

async fn the_list_of_runs_is_that_of_the_plain_statement(fixture: HubFixture) {
    let mut crowd = Crowd::gather(fixture, 7, 1).await;
    // Somebody else's runs must never show.
    let stranger = crowd.fixture.human(&crowd.owner, "Elsewhere").await;
    let elsewhere = crowd.fixture.engagement(&stranger, "Elsewhere").await;
    let foreign = json!({"engagement_id": elsewhere, "type": "build", "identity_mode": "nonce"});
    crowd.fixture.ok(&stranger, "start_run", foreign).await;
    crowd.happen_often(300).await;
    let statuses = ["", "queued", "running", "completed"];
    let outcomes = ["", "succeeded", "failed"];
    for status in statuses {
        for outcome in outcomes {
            for run_type in ["", TYPES[0], TYPES[3], "never.seen"] {
                let mut input = json!({});
                let filters = [("status", status), ("outcome", outcome), ("type", run_type)];
                for (name, value) in filters.into_iter().filter(|(_, value)| !value.is_empty()) {
                    input[name] = json!(value);
                }
                let limit = 1 + crowd.dice.throw(40);
                let shown = crowd
                    .fixture
                    .pages(&crowd.owner, "list_runs", input.clone(), limit)
                    .await;
                let person = crowd.owner.person_id;
                let plain = vec![
                    person.into(),
                    status.into(),
                    outcome.into(),
                    run_type.into(),
                ];
                assert_eq!(
                    field(&shown, "id"),
                    crowd.ids(PLAIN, plain).await,
                    "{input} by {limit}"
                );
            }
        }
    }
    let one = json!({"engagement": crowd.places[2]});
    let shown = crowd.fixture.pages(&crowd.owner, "list_runs", one, 5).await;
    assert!(!shown.is_empty());
    assert!(
        shown
            .iter()
            .all(|run| run["engagement_id"] == json!(crowd.places[2]))
    );
}

/// The filters by what is computed give what somebody would pick who reads the whole list.
async fn what_a_run_looks_like_now_is_a_filter(fixture: HubFixture) {
    const HOUR: Duration = Duration::from_hours(1);
    let mut crowd = Crowd::gather(fixture, 5, 3).await;
    crowd.happen_often(250).await;
    for (hours, gives_up) in [(0, false), (7, false), (18, true), (1, false)] {
        crowd.fixture.world.advance(HOUR * hours);
        if gives_up {
            lose_abandoned(&crowd.fixture.hub, Timestamp::MIN)
                .await
                .unwrap();
            crowd.happen_often(60).await;
        }
        let all = crowd
            .fixture
            .pages(&crowd.owner, "list_runs", json!({}), 100)
            .await;
        let is_problem = |run: &Value| {
            let ended_badly = ["partially_succeeded", "blocked", "failed"].map(Value::from);
            run["liveness"] == "stale"
                || (ended_badly.contains(&run["outcome"]) && run["acknowledged_at"].is_null())
        };
        let looks = ["fresh", "stale", "lost", "finished"]
            .map(Some)
            .into_iter()
            .chain([None]);
        for look in looks {
            for problem in [false, true] {
                for run_type in [None, Some(TYPES[0])] {
                    let mut input = json!({"problem": problem});
                    if let Some(look) = look {
                        input["liveness"] = json!(look);
                    }
                    if let Some(run_type) = run_type {
                        input["type"] = json!(run_type);
                    }
                    let picked: Vec<Value> = all
                        .iter()
                        .filter(|run| look.is_none_or(|look| run["liveness"] == look))
                        .filter(|run| run_type.is_none_or(|name| run["type"] == name))
                        .filter(|run| !problem || is_problem(run))
                        .cloned()
                        .collect();
                    let limit = 1 + crowd.dice.throw(9);
                    let shown = crowd
                        .fixture
                        .pages(&crowd.owner, "list_runs", input.clone(), limit)
                        .await;
                    assert_eq!(
                        field(&shown, "id"),
                        field(&picked, "id"),
                        "{input} by {limit} after {hours} h"
                    );
                }
            }
        }
    }
}

async fn a_cursor_of_another_filter_is_refused(fixture: HubFixture) {
    let stage = fixture.stage().await;
    for _ in 0..3 {
        stage.running().await;
    }
    let list = |input| stage.fixture.call(&stage.operator, "list_runs", input);
    let first = list(json!({"limit": 1})).await.unwrap();
    let cursor: &Value = &first["next_cursor"];
    assert!(list(json!({"limit": 1, "cursor": cursor})).await.is_ok());
    for other in [
        json!({"status": "running"}),
        json!({"type": "build"}),
        json!({"engagement": stage.engagement}),
    ] {
        let mut input = other;
        input["cursor"] = cursor.clone();
        let fault = list(input).await.unwrap_err();
        assert_eq!(
            told(&fault),
            (FaultKind::Invalid, "invalid_cursor", Some("cursor"))
        );
    }
}

async fn a_filter_that_does_not_exist_is_refused_by_name(fixture: HubFixture) {
    let stage = fixture.stage().await;
    for (field, input) in [
        ("status", json!({"status": "lost"})),
        ("outcome", json!({"outcome": "great"})),
        ("type", json!({"type": "Not A Type"})),
        ("limit", json!({"limit": 101})),
        ("limit", json!({"limit": "0"})),
        ("engagement", json!({"engagement": "aster-bank"})),
        ("colour", json!({"colour": "red"})),
    ] {
        let fault = stage
            .fixture
            .refused(&stage.operator, "list_runs", input)
            .await;
        assert_eq!(fault.kind, FaultKind::Invalid);
        assert_eq!(fault.field.as_deref(), Some(field), "{fault:?}");
    }
}
