//! What a mute silences of what waits, and from what a bell is told afterwards.

use serde_json::{Value, json};

use super::{outcomes, push, scores, subscribe};
use crate::fixture::{HubFixture, with_more};

on_each_engine!(
    a_mute_also_silences_what_waits,
    a_mute_holds_back_retries_and_what_was_deferred,
    a_mute_takes_back_every_bell_that_nobody_heard,
);

async fn a_mute_also_silences_what_waits(fixture: HubFixture) {
    let stage = fixture.stage().await;
    // It is 18:40 in Berlin.
    for (options, outcome) in [
        (json!({"digest_seconds": 3600}), "digest"),
        (
            json!({"quiet_hours": {"from": "18:00", "to": "07:00", "zone": "Europe/Berlin"}}),
            "quiet_hours",
        ),
    ] {
        let board = scores(&stage).await;
        push(&stage, board, &[("a", 100)]).await;
        let tenth = json!({"value_delta_pct": 0.1, "on_field": "score"});
        let drift = with_more(options, &json!({"baseline": "last_notified"}));
        let bell = subscribe(&stage, board, tenth, drift).await;
        push(&stage, board, &[("a", 118)]).await;
        let waiting =
            "select count(*) from deliveries where subscription_id = $1 and status = 'waiting'";
        let of = json!({"dashboard_id": board, "subscription_id": bell});
        // The first of them ends before anything is told.
        for (until, left) in [("2026-11-20T17:50:00Z", 1), ("2026-11-21T08:00:00Z", 0)] {
            let mute = with_more(of.clone(), &json!({"muted_until": until}));
            stage
                .fixture
                .ok(&stage.reader, "update_subscription", mute)
                .await;
            let waits = stage.fixture.count(waiting, vec![bell.into()]).await;
            assert_eq!(waits, left, "{outcome} {until}");
        }
        let listed = stage
            .fixture
            .pages(
                &stage.reader,
                "list_deliveries",
                json!({"dashboard_id": board}),
                10,
            )
            .await;
        let [cancelled] = listed.as_slice() else {
            panic!("{outcome}: {listed:?}");
        };
        assert_eq!(cancelled["status"], "cancelled", "{outcome}");
        assert_eq!(cancelled["next_attempt_at"], Value::Null);
        let one = json!({"delivery_id": cancelled["id"]});
        let shown = stage.fixture.ok(&stage.reader, "get_delivery", one).await;
        assert_eq!(shown["tries"][0]["outcome"], "cancelled");
        assert_eq!(shown["tries"][0]["reason"], "the bell was muted");
        // Once it is heard again it tells the whole of the drift, of which nobody was told.
        let unmute = with_more(of, &json!({"muted_until": null}));
        stage
            .fixture
            .ok(&stage.reader, "update_subscription", unmute)
            .await;
        push(&stage, board, &[("a", 120)]).await;
        assert_eq!(outcomes(&stage, board, bell).await, [outcome, outcome]);
    }
}

async fn a_mute_holds_back_retries_and_what_was_deferred(fixture: HubFixture) {
    let stage = fixture.stage().await;
    // What was tried may have arrived, so that the bell goes on from there.
    for (becomes, outcome) in [
        (
            "update deliveries set attempts = 1, fence = 1, next_attempt_at = next_attempt_at + 300000000
              where subscription_id = $1",
            "not_met",
        ),
        (
            "update deliveries set status = 'deferred', fence = 1, next_attempt_at = null
              where subscription_id = $1",
            "rang",
        ),
    ] {
        let board = scores(&stage).await;
        push(&stage, board, &[("a", 100)]).await;
        let tenth = json!({"value_delta_pct": 0.1, "on_field": "score"});
        let drift = json!({"baseline": "last_notified"});
        let bell = subscribe(&stage, board, tenth, drift).await;
        push(&stage, board, &[("a", 118)]).await;
        assert_eq!(stage.fixture.execute(becomes, vec![bell.into()]).await, 1);
        let of = json!({"dashboard_id": board, "subscription_id": bell});
        for until in [json!("2026-11-21T08:00:00Z"), Value::Null] {
            let mute = with_more(of.clone(), &json!({"muted_until": until}));
            stage
                .fixture
                .ok(&stage.reader, "update_subscription", mute)
                .await;
        }
        let here = json!({"dashboard_id": board});
        let listed = stage
            .fixture
            .pages(&stage.reader, "list_deliveries", here, 10);
        let [cancelled] = listed.await.try_into().unwrap();
        assert_eq!(cancelled["status"], "cancelled", "{outcome}");
        let one = json!({"delivery_id": cancelled["id"]});
        let shown = stage.fixture.ok(&stage.reader, "get_delivery", one).await;
        assert_eq!(shown["tries"][0]["reason"], "the bell was muted");
        push(&stage, board, &[("a", 120)]).await;
        assert_eq!(outcomes(&stage, board, bell).await, ["rang", outcome]);
    }
}

async fn a_mute_takes_back_every_bell_that_nobody_heard(fixture: HubFixture) {
    let stage = fixture.stage().await;
    let tenth = json!({"value_delta_pct": 0.1, "on_field": "score"});
    // It is 18:40 in Berlin.
    let night = json!({"from": "18:00", "to": "07:00", "zone": "Europe/Berlin"});
    for was_heard in [false, true] {
        let board = scores(&stage).await;
        push(&stage, board, &[("a", 100)]).await;
        let options = json!({"quiet_hours": night});
        let bell = subscribe(&stage, board, tenth.clone(), options).await;
        for score in [118, 119, 140] {
            push(&stage, board, &[("a", score)]).await;
        }
        assert_eq!(
            outcomes(&stage, board, bell).await,
            ["quiet_hours", "not_met", "quiet_hours"]
        );
        let first = "update deliveries set status = 'delivered', settled_at = created_at, next_attempt_at = null
                      where subscription_id = $1 and rang_before is null";
        if was_heard {
            assert_eq!(stage.fixture.execute(first, vec![bell.into()]).await, 1);
        }
        let mute = json!({
            "dashboard_id": board, "subscription_id": bell, "muted_until": "2026-11-21T08:00:00Z",
        });
        let muted = stage
            .fixture
            .ok(&stage.reader, "update_subscription", mute)
            .await;
        assert_eq!(muted["last_rang_at"].is_string(), was_heard, "{muted}");
        let waiting =
            "select count(*) from deliveries where subscription_id = $1 and status = 'waiting'";
        assert_eq!(stage.fixture.count(waiting, vec![bell.into()]).await, 0);
    }
}
