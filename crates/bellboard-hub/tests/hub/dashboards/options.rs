//! How bells are paced: muted, not too often, not at night, gathered; and slow drift.

use std::time::Duration;

use bellboard_hub::fault::FaultKind;
use bellboard_hub::world::World as _;
use serde_json::{Value, json};
use uuid::Uuid;

use super::{deliveries, outcomes, push, scores, subscribe};
use crate::fixture::{HubFixture, START, Stage, told, with_more};

on_each_engine!(
    slow_drift_is_caught_by_the_last_notified_baseline_only,
    a_muted_bell_is_evaluated_and_not_told,
    a_bell_rings_at_most_every_so_often,
    a_bell_of_the_night_waits_for_the_morning,
    a_digest_is_one_message_about_the_newest_picture,
    a_picture_that_is_again_as_it_was_cancels_its_digest,
    a_digest_is_cancelled_also_where_the_way_back_rings_nothing,
    a_digest_that_waits_is_told_when_digests_are_switched_off,
    what_waits_is_told_by_the_options_that_hold_now,
    options_are_changed_by_those_whose_bell_it_is,
);

/// A second later, for each push.
const GROWING: [i64; 4] = [100, 109, 118, 128];

async fn slow_drift_is_caught_by_the_last_notified_baseline_only(fixture: HubFixture) {
    let stage = fixture.stage().await;
    let board = scores(&stage).await;
    push(&stage, board, &[("a", GROWING[0])]).await;
    let rule = json!({"value_delta_pct": 0.10, "on_field": "score"});
    let previous = subscribe(&stage, board, rule.clone(), json!({"baseline": "previous"})).await;
    let drift = json!({"baseline": "last_notified", "subscriber_id": stage.owner.person_id});
    let drift = subscribe(&stage, board, rule, drift).await;
    for score in &GROWING[1..] {
        push(&stage, board, &[("a", *score)]).await;
    }
    assert_eq!(
        outcomes(&stage, board, previous).await,
        ["not_met", "not_met", "not_met"]
    );
    // 9 %, then 18 % beside the first; after that ring 8 % beside the one that rang.
    assert_eq!(
        outcomes(&stage, board, drift).await,
        ["not_met", "rang", "not_met"]
    );
}

/// A dashboard with one row, and a bell of it for a tenth of its main figure.
async fn bell_with(stage: &Stage, options: Value) -> (Uuid, Uuid) {
    let board = scores(stage).await;
    push(stage, board, &[("a", 1)]).await;
    let tenth = json!({"primary_metric_delta_pct": 0.1});
    let bell = subscribe(stage, board, tenth, options).await;
    (board, bell)
}

async fn a_muted_bell_is_evaluated_and_not_told(fixture: HubFixture) {
    let stage = fixture.stage().await;
    let muted = json!({"muted_until": "2026-11-20T17:40:03Z"});
    let (board, bell) = bell_with(&stage, muted).await;
    push(&stage, board, &[("a", 2)]).await;
    assert_eq!(deliveries(&stage, bell).await, 0);
    push(&stage, board, &[("a", 4)]).await;
    assert_eq!(outcomes(&stage, board, bell).await, ["muted", "rang"]);
    assert_eq!(deliveries(&stage, bell).await, 1);
}

async fn a_bell_rings_at_most_every_so_often(fixture: HubFixture) {
    let stage = fixture.stage().await;
    let seldom = json!({"at_most_every_seconds": 60});
    let (board, bell) = bell_with(&stage, seldom).await;
    push(&stage, board, &[("a", 2)]).await;
    push(&stage, board, &[("a", 4)]).await;
    stage.fixture.world.advance(Duration::from_mins(1));
    push(&stage, board, &[("a", 8)]).await;
    assert_eq!(
        outcomes(&stage, board, bell).await,
        ["rang", "throttled", "rang"]
    );
    assert_eq!(deliveries(&stage, bell).await, 2);
}

async fn a_bell_of_the_night_waits_for_the_morning(fixture: HubFixture) {
    let stage = fixture.stage().await;
    // It is 18:40 in Berlin.
    let night = json!({"quiet_hours": {"from": "18:00", "to": "07:00", "zone": "Europe/Berlin"}});
    let (board, bell) = bell_with(&stage, night).await;
    push(&stage, board, &[("a", 2)]).await;
    assert_eq!(outcomes(&stage, board, bell).await, ["quiet_hours"]);
    let due = "select cast(next_attempt_at / 1000000 as bigint) from deliveries where subscription_id = $1";
    // 2026-11-21T06:00:00Z.
    assert_eq!(
        stage.fixture.count(due, vec![bell.into()]).await,
        1_795_240_800
    );
}

async fn a_digest_is_one_message_about_the_newest_picture(fixture: HubFixture) {
    let stage = fixture.stage().await;
    let hourly = json!({"digest_seconds": 3600});
    let (board, bell) = bell_with(&stage, hourly).await;
    push(&stage, board, &[("a", 2)]).await;
    push(&stage, board, &[("a", 4)]).await;
    push(&stage, board, &[("a", 8)]).await;
    assert_eq!(
        outcomes(&stage, board, bell).await,
        ["digest", "digest", "digest"]
    );
    assert_eq!(deliveries(&stage, bell).await, 1);
    let rows = stage
        .fixture
        .rows(
            "select b.body from deliveries d
               join delivery_bodies b on b.engagement_id = d.engagement_id and b.hash = d.body_hash
              where d.is_digest = 1",
            vec![],
        )
        .await;
    let body: Value = serde_json::from_str(&rows[0].text(0).unwrap()).unwrap();
    let diff = &body["diff"];
    assert_eq!(
        (
            &diff["primary_metric_before"],
            &diff["primary_metric_after"]
        ),
        (&json!(1), &json!(8))
    );
}

async fn a_picture_that_is_again_as_it_was_cancels_its_digest(fixture: HubFixture) {
    let stage = fixture.stage().await;
    for baseline in ["previous", "last_notified"] {
        let hourly = json!({"digest_seconds": 3600, "baseline": baseline});
        let (board, bell) = bell_with(&stage, hourly).await;
        push(&stage, board, &[("a", 2)]).await;
        push(&stage, board, &[("a", 1)]).await;
        let of = json!({"dashboard_id": board});
        let listed = stage
            .fixture
            .pages(&stage.reader, "list_deliveries", of, 10)
            .await;
        let [cancelled] = listed.as_slice() else {
            panic!("{baseline}: {listed:?}");
        };
        assert_eq!(cancelled["status"], "cancelled", "{baseline}");
        assert!(cancelled["settled_at"].is_string());
        assert_eq!(cancelled["next_attempt_at"], Value::Null);
        let of = json!({"delivery_id": cancelled["id"]});
        let shown = stage.fixture.ok(&stage.reader, "get_delivery", of).await;
        assert_eq!(shown["tries"][0]["outcome"], "cancelled");
        assert_eq!(
            shown["tries"][0]["reason"],
            "the picture is again as it was where the digest began"
        );
        // What differs again within the hour begins another digest, from what the subscriber knows.
        push(&stage, board, &[("a", 2)]).await;
        assert_eq!(
            outcomes(&stage, board, bell).await,
            ["digest", "evened_out", "digest"],
            "{baseline}"
        );
        assert_eq!(deliveries(&stage, bell).await, 2);
        let waiting = "select count(*) from deliveries
                        where subscription_id = $1 and status = 'waiting' and is_digest = 1";
        assert_eq!(stage.fixture.count(waiting, vec![bell.into()]).await, 1);
        let unchanged =
            "select count(*) from delivery_bodies where body like '%\"unchanged\":true%'";
        assert_eq!(stage.fixture.count(unchanged, vec![]).await, 0);
    }
}

async fn a_digest_is_cancelled_also_where_the_way_back_rings_nothing(fixture: HubFixture) {
    let stage = fixture.stage().await;
    // There it is a tenth, back it is less; and back too soon after the last.
    for (there, options) in [
        (110, json!({"digest_seconds": 3600})),
        (
            200,
            json!({"digest_seconds": 3600, "at_most_every_seconds": 7200}),
        ),
    ] {
        let board = scores(&stage).await;
        push(&stage, board, &[("a", 100)]).await;
        let tenth = json!({"value_delta_pct": 0.1, "on_field": "score"});
        let bell = subscribe(&stage, board, tenth, options).await;
        push(&stage, board, &[("a", there)]).await;
        push(&stage, board, &[("a", 100)]).await;
        assert_eq!(
            outcomes(&stage, board, bell).await,
            ["digest", "evened_out"],
            "{there}"
        );
        let of = json!({"dashboard_id": board});
        let listed = stage
            .fixture
            .pages(&stage.reader, "list_deliveries", of, 10);
        let [cancelled] = listed.await.try_into().unwrap();
        assert_eq!(cancelled["status"], "cancelled", "{there}");
        // Nothing was heard of it, so it is not too soon after it.
        stage.fixture.world.advance(Duration::from_hours(1));
        push(&stage, board, &[("a", 300)]).await;
        assert_eq!(
            outcomes(&stage, board, bell).await,
            ["digest", "evened_out", "digest"],
            "{there}"
        );
    }
}

async fn a_digest_that_waits_is_told_when_digests_are_switched_off(fixture: HubFixture) {
    let stage = fixture.stage().await;
    // Until 17:50, ten minutes after the beginning; digests are told at 18:00.
    let quiet = json!({"from": "17:00", "to": "17:50", "zone": "UTC"});
    let ten_minutes = START + 600_000_000;
    for (more, told_at) in [
        (json!({}), None),
        (json!({"quiet_hours": quiet}), Some(ten_minutes)),
        (
            json!({"muted_until": "2026-11-20T17:50:00Z"}),
            Some(ten_minutes),
        ),
    ] {
        let (board, bell) = bell_with(&stage, json!({"digest_seconds": 3600})).await;
        push(&stage, board, &[("a", 2)]).await;
        let off = json!({"dashboard_id": board, "subscription_id": bell, "digest_seconds": null});
        stage
            .fixture
            .ok(&stage.reader, "update_subscription", with_more(off, &more))
            .await;
        let waits = "select next_attempt_at from deliveries where subscription_id = $1 and status = 'waiting'";
        let at = stage.fixture.count(waits, vec![bell.into()]).await;
        let now = stage.fixture.world.now().micros();
        assert_eq!(at, told_at.unwrap_or(now), "{more}");
        // What rings from here on is told by itself.
        push(&stage, board, &[("a", 4)]).await;
        let digests =
            "select count(*) from deliveries where subscription_id = $1 and is_digest = 1";
        assert_eq!(stage.fixture.count(digests, vec![bell.into()]).await, 0);
    }
}

async fn what_waits_is_told_by_the_options_that_hold_now(fixture: HubFixture) {
    let stage = fixture.stage().await;
    let minute = 60_000_000;
    let month = json!({"digest_seconds": 2_678_400});
    let until = |to: &str| json!({"from": "17:00", "to": to, "zone": "UTC"});
    let evening = json!({"quiet_hours": until("19:00")});
    // It is 17:40. What waits before, what changes, in how many minutes it is told, and whether the next bell joins it.
    for (options, change, minutes, joins) in [
        (&month, json!({"digest_seconds": 3600}), Some(20), true),
        (
            &month,
            json!({"digest_seconds": 3600, "quiet_hours": until("18:30")}),
            Some(50),
            true,
        ),
        (&month, json!({"digest_seconds": null}), None, false),
        (&evening, json!({"quiet_hours": null}), None, false),
        (
            &evening,
            json!({"quiet_hours": until("17:50")}),
            Some(10),
            false,
        ),
        (
            &evening,
            json!({"quiet_hours": null, "digest_seconds": 3600}),
            Some(20),
            true,
        ),
    ] {
        let (board, bell) = bell_with(&stage, options.clone()).await;
        push(&stage, board, &[("a", 2)]).await;
        let of = json!({"dashboard_id": board, "subscription_id": bell});
        stage
            .fixture
            .ok(&stage.reader, "update_subscription", with_more(of, &change))
            .await;
        let waits = "select next_attempt_at from deliveries where subscription_id = $1 and status = 'waiting'";
        let at = stage.fixture.count(waits, vec![bell.into()]).await;
        let now = stage.fixture.world.now().micros();
        let told_at = minutes.map_or(now, |minutes| START + minutes * minute);
        assert_eq!(at, told_at, "{options} {change}");
        push(&stage, board, &[("a", 4)]).await;
        let bells = if joins { 1 } else { 2 };
        assert_eq!(deliveries(&stage, bell).await, bells, "{options} {change}");
    }
}

async fn options_are_changed_by_those_whose_bell_it_is(fixture: HubFixture) {
    let stage = fixture.stage().await;
    let board = scores(&stage).await;
    let bell = subscribe(&stage, board, json!({"set_added_min": 1}), json!({})).await;
    let of = |more: Value| {
        with_more(
            json!({"dashboard_id": board, "subscription_id": bell}),
            &more,
        )
    };
    let mute = json!({"muted_until": "2026-11-21T00:00:00Z", "digest_seconds": 3600});
    let changed = stage
        .fixture
        .ok(&stage.reader, "update_subscription", of(mute.clone()))
        .await;
    assert_eq!(changed["muted_until"], "2026-11-21T00:00:00.000000Z");
    assert_eq!(changed["digest_seconds"], 3600);
    let back = json!({"muted_until": null, "baseline": "last_notified"});
    let changed = stage
        .fixture
        .ok(&stage.owner, "update_subscription", of(back))
        .await;
    assert_eq!(
        (
            &changed["muted_until"],
            &changed["baseline"],
            &changed["digest_seconds"]
        ),
        (&Value::Null, &json!("last_notified"), &json!(3600))
    );
    let fault = stage
        .fixture
        .refused(&stage.contributor, "update_subscription", of(mute))
        .await;
    assert_eq!(told(&fault), (FaultKind::Forbidden, "not_yours", None));
    let wrong = json!({"quiet_hours": {"from": "25:00", "to": "07:00", "zone": "UTC"}});
    let fault = stage
        .fixture
        .refused(&stage.reader, "update_subscription", of(wrong))
        .await;
    assert_eq!(fault.field.as_deref(), Some("quiet_hours"));
}
