//! What comes of each try.

use std::time::Duration;

use bellboard_core::delivery::{Answer, Signature, WebhookSecret, verify};
use bellboard_core::time::Timestamp;
use bellboard_hub::db::Db;
use bellboard_hub::outgoing::{Posting, Sent};
use serde_json::{Value, json};
use uuid::Uuid;

use super::bells::{Bells, header, status};

on_each_engine!(
    a_webhook_is_signed_sent_once_and_settled,
    every_answer_has_its_outcome,
    every_try_has_the_same_id_and_the_same_bytes,
    a_receiver_that_is_gone_ends_its_bell_and_tells_its_maker,
    what_waits_for_a_receiver_that_fails_waits_in_a_lane_of_its_own,
    what_waits_behind_a_bell_that_arrives_is_as_good_as_new,
    five_days_of_only_failures_end_a_bell,
    both_secrets_sign_for_a_day_after_a_rotation,
    a_persona_is_told_in_the_thread_and_in_the_inbox,
    who_has_left_is_told_nothing,
    a_digest_that_was_tried_is_complete,
    a_bell_without_a_way_out_waits,
    what_no_key_opened_goes_on_when_a_hub_starts_that_can,
);

fn is_signed_with(secret: &str, posting: &Posting, now: Timestamp) -> bool {
    let secret: WebhookSecret = secret.parse().unwrap();
    let signature = Signature {
        id: header(posting, "webhook-id").to_owned(),
        timestamp: header(posting, "webhook-timestamp").to_owned(),
        signature: header(posting, "webhook-signature").to_owned(),
    };
    verify(&secret, &signature, now, &posting.body).is_ok()
}

async fn a_webhook_is_signed_sent_once_and_settled(db: Db) {
    let bells = Bells::open(db).await;
    let (bell, secret) = bells.webhook(&bells.stage.operator).await;
    let id = bells.ring(bell).await;
    assert_eq!(bells.send().await, 1);
    assert_eq!(bells.send().await, 0, "it is sent once");
    let [posting] = bells.outside.posted().try_into().unwrap();
    assert_eq!(posting.url, "https://hooks.example/bell");
    assert_eq!(header(&posting, "webhook-id"), id.to_string());
    assert_eq!(header(&posting, "content-type"), "application/json");
    assert!(is_signed_with(&secret, &posting, bells.now()));
    let body: Value = serde_json::from_slice(&posting.body).unwrap();
    assert_eq!(body["type"], "dashboard.diverged");
    let shown = bells.delivery(id).await;
    assert_eq!(shown["status"], "delivered");
    assert_eq!(shown["attempts"], 1);
    assert_eq!(shown["body"], body);
    assert_eq!(shown["tries"][0]["outcome"], "delivered");
    assert_eq!(shown["tries"][0]["status_code"], 200);
}

async fn every_answer_has_its_outcome(db: Db) {
    let bells = Bells::open(db).await;
    let busy = |text: &str| Sent {
        answer: Answer::Status(503, Some(text.to_owned())),
        excerpt: Some("busy".to_owned()),
        reason: None,
    };
    // What is said, what becomes of the delivery, of the try, and how many seconds it waits at least.
    let rows = [
        (status(200), "delivered", "delivered", None),
        (status(204), "delivered", "delivered", None),
        (status(302), "waiting", "failed", Some(5)),
        (status(404), "waiting", "failed", Some(5)),
        (status(500), "waiting", "failed", Some(5)),
        (busy("60"), "waiting", "failed", Some(60)),
        (
            busy("Fri, 20 Nov 2026 17:42:00 GMT"),
            "waiting",
            "failed",
            Some(120),
        ),
        (busy("soon"), "waiting", "failed", Some(5)),
        (Sent::failed("no answer"), "waiting", "failed", Some(5)),
        (Sent::forbidden(), "waiting", "refused", Some(5)),
        (status(410), "dead", "gone", None),
    ];
    for (said, becomes, outcome, waits) in rows {
        let (bell, _) = bells.webhook(&bells.stage.operator).await;
        bells.outside.says([said.clone()]);
        let id = bells.ring(bell).await;
        assert_eq!(bells.send().await, 1, "{said:?}");
        let shown = bells.delivery(id).await;
        assert_eq!(shown["status"], becomes, "{said:?}");
        assert_eq!(shown["tries"][0]["outcome"], outcome, "{said:?}");
        assert_eq!(shown["tries"][0]["reason"], json!(said.reason));
        assert_eq!(shown["tries"][0]["answer_excerpt"], json!(said.excerpt));
        let next: Option<Timestamp> =
            serde_json::from_value(shown["next_attempt_at"].clone()).unwrap();
        let Some(seconds) = waits else {
            assert_eq!(next, None, "{said:?}");
            continue;
        };
        let least = Duration::from_secs(seconds);
        let waits = next.unwrap().saturating_since(bells.now());
        assert!(
            waits >= least && waits <= least.mul_f64(1.11),
            "{said:?}: {waits:?}"
        );
        // Out of the way of the next row.
        bells
            .execute(
                "update deliveries set status = 'cancelled' where id = $1",
                vec![id.into()],
            )
            .await;
    }
}

async fn every_try_has_the_same_id_and_the_same_bytes(db: Db) {
    let bells = Bells::open(db).await;
    let (bell, _) = bells.webhook(&bells.stage.operator).await;
    let id = bells.ring(bell).await;
    bells.outside.says((0..10).map(|_| status(500)));
    for seconds in [
        5, 300, 1_800, 7_200, 18_000, 36_000, 50_400, 72_000, 86_400, 0,
    ] {
        assert_eq!(bells.send().await, 1, "{seconds}");
        assert_eq!(bells.send().await, 0, "not before its time");
        // The longest that a wait is lengthened.
        let wait = Duration::from_millis(seconds * 1_100);
        bells.stage.fixture.world.advance(wait);
    }
    let shown = bells.delivery(id).await;
    assert_eq!(
        (&shown["status"], &shown["attempts"]),
        (&json!("dead"), &json!(10))
    );
    assert_eq!(shown["tries"].as_array().unwrap().len(), 10);
    let (fixture, again) = (&bells.stage.fixture, json!({ "delivery_id": id }));
    let operator = &bells.stage.operator;
    fixture.ok(operator, "replay_delivery", again.clone()).await;
    assert_eq!(bells.send().await, 1);
    assert_eq!(bells.delivery(id).await["status"], "delivered");
    let fault = fixture.refused(operator, "replay_delivery", again).await;
    assert_eq!(fault.code, "not_given_up");
    let posted = bells.outside.posted();
    assert_eq!(posted.len(), 11);
    for posting in &posted {
        assert_eq!(header(posting, "webhook-id"), id.to_string());
        assert_eq!(posting.body, posted[0].body);
    }
}

async fn a_receiver_that_is_gone_ends_its_bell_and_tells_its_maker(db: Db) {
    let bells = Bells::open(db).await;
    let (bell, _) = bells.webhook(&bells.stage.operator).await;
    let (first, second) = (bells.ring(bell).await, bells.ring(bell).await);
    let later = bells
        .ring_at(bell, bells.now() + Duration::from_hours(1), false)
        .await;
    bells.outside.says([status(410)]);
    bells.send().await;
    for id in [first, second, later] {
        let status = bells.delivery(id).await["status"].clone();
        assert!(status == "dead" || status == "cancelled", "{status}");
    }
    assert_eq!(bells.outside.posted().len(), 1, "nothing more goes there");
    let told = bells.inbox(&bells.stage.operator).await;
    let title = "A bell of Targets was switched off: the receiver said that it is gone (410)";
    assert_eq!(told, [("bell_disabled".to_owned(), title.to_owned())]);
    assert_eq!(bells.inbox(&bells.stage.owner).await, []);
}

async fn what_waits_for_a_receiver_that_fails_waits_in_a_lane_of_its_own(db: Db) {
    let bells = Bells::open(db).await;
    let (bell, _) = bells.webhook(&bells.stage.operator).await;
    let (other, _) = bells.webhook(&bells.stage.owner).await;
    let hour = Duration::from_hours(1);
    for (bell, hours) in [(bell, 0), (bell, 1), (bell, 2), (other, 2)] {
        bells.ring_at(bell, bells.now() + hour * hours, false).await;
    }
    let lanes = async || {
        let waiting = "select subscription_id, lane from deliveries where status = 'waiting'
                       order by next_attempt_at, lane, subscription_id";
        let rows = bells.stage.fixture.rows(waiting, vec![]).await;
        let lanes = rows
            .iter()
            .map(|row| (row.id(0).unwrap(), row.int(1).unwrap()));
        lanes.collect::<Vec<(Uuid, i64)>>()
    };
    bells.outside.says([status(500)]);
    bells.send().await;
    // The one that failed, and all that waits behind it; nothing of others.
    assert_eq!(lanes().await, [(bell, 1), (bell, 1), (other, 0), (bell, 1)]);
    bells.stage.fixture.world.advance(hour);
    bells.outside.says([status(500), status(200)]);
    bells.send().await;
    // It answers again: what was tried is still tried slowly, what was not is as good as new.
    assert_eq!(lanes().await, [(bell, 1), (bell, 0), (other, 0)]);
}

async fn what_waits_behind_a_bell_that_arrives_is_as_good_as_new(db: Db) {
    let bells = Bells::open(db).await;
    let (bell, _) = bells.webhook(&bells.stage.operator).await;
    bells.ring(bell).await;
    let hour = Duration::from_hours(1);
    let behind = bells.ring_at(bell, bells.now() + hour, false).await;
    let lane = "update deliveries set lane = 1 where id = $1";
    bells.execute(lane, vec![behind.into()]).await;
    bells.outside.says([status(200)]);
    assert_eq!(bells.send().await, 1);
    let behind = "select lane from deliveries where status = 'waiting'";
    let rows = bells.stage.fixture.rows(behind, vec![]).await;
    assert_eq!(rows[0].int(0), Ok(0));
}

async fn five_days_of_only_failures_end_a_bell(db: Db) {
    let bells = Bells::open(db).await;
    let (bell, _) = bells.webhook(&bells.stage.operator).await;
    let day = Duration::from_hours(24);
    // Once something arrives, the days are counted anew.
    for (days, said) in [(0, 500), (4, 500), (4, 200), (0, 500), (4, 500)] {
        bells.stage.fixture.world.advance(day * days);
        bells
            .execute(
                "update deliveries set status = 'cancelled' where status = 'waiting'",
                vec![],
            )
            .await;
        bells.outside.says([status(said)]);
        bells.ring(bell).await;
        assert_eq!(bells.send().await, 1);
        assert_eq!(bells.inbox(&bells.stage.operator).await, []);
    }
    bells.stage.fixture.world.advance(day);
    bells
        .execute(
            "update deliveries set status = 'cancelled' where status = 'waiting'",
            vec![],
        )
        .await;
    bells.outside.says([status(500)]);
    let id = bells.ring(bell).await;
    bells.send().await;
    let told = bells.inbox(&bells.stage.operator).await;
    let title = "A bell of Targets was switched off: nothing has arrived for five days";
    assert_eq!(told, [("bell_disabled".to_owned(), title.to_owned())]);
    assert_eq!(bells.delivery(id).await["status"], "dead");

    // A test that arrives switches it on again.
    let (fixture, again) = (&bells.stage.fixture, json!({ "delivery_id": id }));
    let operator = &bells.stage.operator;
    let fault = fixture
        .refused(operator, "replay_delivery", again.clone())
        .await;
    assert_eq!(fault.code, "bell_disabled");
    let input = bells.in_dashboard(json!({ "subscription_id": bell }));
    let test = fixture.ok(operator, "test_subscription", input).await;
    assert_eq!(test["arrived"], true);
    fixture.ok(operator, "replay_delivery", again).await;
    bells.send().await;
    assert_eq!(bells.delivery(id).await["status"], "delivered");
}

async fn both_secrets_sign_for_a_day_after_a_rotation(db: Db) {
    let bells = Bells::open(db).await;
    let (bell, old) = bells.webhook(&bells.stage.operator).await;
    let new = bells.rotate(&bells.stage.operator, bell).await;
    assert_ne!(old, new);
    for (after, old_signs) in [(0, true), (23, true), (2, false)] {
        bells
            .stage
            .fixture
            .world
            .advance(Duration::from_hours(after));
        bells.ring(bell).await;
        bells.send().await;
        let posting = bells.outside.posted().pop().unwrap();
        assert!(is_signed_with(&new, &posting, bells.now()));
        assert_eq!(
            is_signed_with(&old, &posting, bells.now()),
            old_signs,
            "after {after} h"
        );
    }
}

async fn a_persona_is_told_in_the_thread_and_in_the_inbox(db: Db) {
    let bells = Bells::open(db).await;
    let reader = bells.stage.reader.clone();
    let target = reader.person_id.to_string();
    let bell = bells.subscribe(&reader, "persona", &target).await;
    let id = bells.ring(bell).await;
    assert_eq!(bells.send().await, 1);
    assert_eq!(bells.send().await, 0);
    assert_eq!(bells.delivery(id).await["status"], "delivered");
    let [said] = bells.thread().await.try_into().unwrap();
    assert_eq!(said["comment_type"], "snapshot_alert");
    assert_eq!(said["author_id"], Value::Null);
    assert_eq!(said["mentions"][0]["person_id"], target);
    let html = said["body_html"].as_str().unwrap();
    assert!(html.contains("TREM2 took the lead from third."), "{html}");
    assert!(
        html.contains("https://board.example/ui/dashboards/1"),
        "{html}"
    );
    let told = bells.inbox(&reader).await;
    assert_eq!(
        told,
        [("snapshot_alert".to_owned(), "Targets changed".to_owned())]
    );
    assert_eq!(bells.inbox(&bells.stage.owner).await, []);
}

async fn who_has_left_is_told_nothing(db: Db) {
    let bells = Bells::open(db).await;
    let stage = &bells.stage;
    let reader = stage.reader.clone();
    let for_reader = reader.person_id.to_string();
    let by_reader = bells.subscribe(&reader, "persona", &for_reader).await;
    let (hook, _) = bells.webhook(&stage.operator).await;
    let of_other = bells.subscribe(&stage.owner, "persona", &for_reader).await;
    let mut queued = Vec::new();
    for bell in [by_reader, hook, of_other] {
        queued.push(bells.ring(bell).await);
    }
    for gone in [&reader, &stage.operator] {
        let input = json!({ "engagement_id": stage.engagement, "person_id": gone.person_id });
        stage.fixture.ok(&stage.owner, "delete_member", input).await;
    }
    bells.send().await;
    for id in queued {
        let shown = bells.delivery(id).await;
        assert_eq!(shown["status"], "cancelled");
        assert!(
            shown["tries"][0]["reason"]
                .as_str()
                .unwrap()
                .contains("does not belong")
        );
    }
    assert!(bells.outside.posted().is_empty());
    assert!(bells.thread().await.is_empty());
}

async fn a_digest_that_was_tried_is_complete(db: Db) {
    let bells = Bells::open(db).await;
    let (bell, _) = bells.webhook(&bells.stage.operator).await;
    let id = bells.ring_at(bell, bells.now(), true).await;
    let gathers = "select count(*) from deliveries where is_digest = 1";
    let fixture = &bells.stage.fixture;
    assert_eq!(fixture.count(gathers, vec![]).await, 1);
    bells.outside.says([status(500)]);
    bells.send().await;
    assert_eq!(bells.delivery(id).await["status"], "waiting");
    // What rings now is not added to what was sent already.
    assert_eq!(fixture.count(gathers, vec![]).await, 0);
}

async fn a_bell_without_a_way_out_waits(db: Db) {
    let bells = Bells::open(db).await;
    let bell = bells
        .subscribe(&bells.stage.operator, "webhook", "https://hooks.example/x")
        .await;
    // It has no secret that this hub could open.
    let id = bells.ring(bell).await;
    bells.send().await;
    let shown = bells.delivery(id).await;
    assert_eq!(shown["status"], "deferred");
    assert_eq!(shown["attempts"], 0);
    assert!(bells.outside.posted().is_empty());
}

async fn what_no_key_opened_goes_on_when_a_hub_starts_that_can(db: Db) {
    let bells = Bells::open(db.clone()).await;
    let (bell, _) = bells.webhook(&bells.stage.operator).await;
    let id = bells.ring(bell).await;
    let waits = "update deliveries set status = 'deferred', next_attempt_at = null where id = $1";
    bells.execute(waits, vec![id.into()]).await;
    // It has the key, and no server of mail.
    let hub = bells.replica(db, bells.outside.way());
    let loops = bellboard_hub::loops::Loops::start(&hub);
    let mut changes = hub.db().changes();
    while bells.delivery(id).await["status"] != "delivered" {
        changes.changed().await.unwrap();
    }
    loops.stop().await;
    assert_eq!(bells.outside.posted().len(), 1);
}
