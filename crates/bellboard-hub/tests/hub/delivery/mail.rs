//! Bells by mail: asked for before the first one comes, ended with one click, waiting where no server of mail is.

use std::time::Duration;

use bellboard_hub::db::Db;
use bellboard_hub::delivery::{confirm_bell, end_bell, look_at_bell};
use bellboard_hub::fault::FaultKind;
use serde_json::{Value, json};
use uuid::Uuid;

use super::bells::{Bells, Outside, status};
use crate::fixture::told;

on_each_engine!(
    an_address_is_asked_before_it_is_told,
    one_click_ends_the_bells_of_an_address,
    without_a_server_of_mail_a_mail_waits,
    a_mail_has_one_id_over_all_tries,
    a_new_address_gets_one_mail_with_its_link,
    an_address_that_does_not_answer_is_asked_three_times_a_day,
    an_address_that_the_hub_may_not_speak_to_is_refused,
    what_is_sent_again_is_not_forgotten_meanwhile,
);

/// A bell for an address. The secret from which its links are made comes from the verb that renews secrets of webhooks.
async fn address(bells: &Bells) -> Uuid {
    let maker = bells.stage.operator.clone();
    let (bell, _) = bells.webhook(&maker).await;
    bells
        .execute(
            "update subscriptions set subscriber_kind = 'email', subscriber_id = 'ada@example.org' where id = $1",
            vec![bell.into()],
        )
        .await;
    bell
}

/// Confirms an address as its link does; the token is what a mail holds.
async fn know_tokens(bells: &Bells, bell: Uuid) -> (String, String) {
    use sha2::{Digest as _, Sha256};
    bells
        .execute(
            "update subscriptions set confirmed_at = 1 where id = $1",
            vec![bell.into()],
        )
        .await;
    bells.ring(bell).await;
    bells.send().await;
    let letter = bells.outside.mailed().pop().unwrap();
    let end = letter.unsubscribe_url.unwrap();
    let end = end
        .strip_prefix("https://board.example/bells/end/")
        .unwrap()
        .to_owned();
    let confirm = "the confirming link's token".to_owned();
    let hash = |token: &str| -> [u8; 32] { Sha256::digest(token).into() };
    bells
        .execute(
            "update subscriptions set confirmed_at = null, confirm_hash = $2, unsubscribe_hash = $3 where id = $1",
            vec![bell.into(), hash(&confirm).into(), hash(&end).into()],
        )
        .await;
    (confirm, end)
}

async fn an_address_is_asked_before_it_is_told(db: Db) {
    let bells = Bells::with_mail(db).await;
    let bell = address(&bells).await;
    let (confirm, _) = know_tokens(&bells, bell).await;
    let before = bells.outside.mailed().len();
    let id = bells.ring(bell).await;
    bells.send().await;
    assert_eq!(bells.outside.mailed().len(), before);
    let shown = bells.delivery(id).await;
    assert_eq!(shown["status"], "cancelled");
    assert_eq!(shown["tries"][0]["reason"], "the address was not confirmed");
    let input = bells.in_dashboard(json!({ "subscription_id": bell }));
    let operator = &bells.stage.operator;
    let fault = bells
        .stage
        .fixture
        .refused(operator, "test_subscription", input)
        .await;
    assert_eq!(told(&fault), (FaultKind::Conflict, "not_confirmed", None));
    assert!(fault.detail.contains("Only the link"), "{}", fault.detail);

    let hub = &bells.stage.fixture.hub;
    let looked = look_at_bell(hub, &confirm).await.unwrap();
    assert_eq!(
        (looked.dashboard_title.as_str(), looked.address.as_str()),
        ("Targets", "ada@example.org")
    );
    assert_eq!(confirm_bell(hub, &confirm).await.unwrap(), looked);
    assert_eq!(confirm_bell(hub, &confirm).await.unwrap(), looked);
    bells.ring(bell).await;
    bells.send().await;
    let letter = bells.outside.mailed().pop().unwrap();
    assert_eq!(letter.to, "ada@example.org");
    assert_eq!(letter.subject, "Targets changed");
    assert!(
        letter
            .text
            .starts_with("TREM2 took the lead from third.\n\nhttps://board.example/")
    );
    assert!(
        letter
            .html
            .contains("<p>TREM2 took the lead from third.</p>")
    );
    let fault = confirm_bell(hub, "nonsense").await.unwrap_err();
    assert_eq!(fault.kind, FaultKind::NotFound);
}

async fn one_click_ends_the_bells_of_an_address(db: Db) {
    let bells = Bells::with_mail(db).await;
    let bell = address(&bells).await;
    let (confirm, end) = know_tokens(&bells, bell).await;
    let hub = &bells.stage.fixture.hub;
    confirm_bell(hub, &confirm).await.unwrap();
    let waiting = bells
        .ring_at(bell, bells.now() + Duration::from_hours(1), false)
        .await;
    look_at_bell(hub, &end).await.unwrap();
    assert_eq!(
        bells.delivery(waiting).await["status"],
        "waiting",
        "looking changes nothing"
    );
    end_bell(hub, &end).await.unwrap();
    end_bell(hub, &end).await.unwrap();
    assert_eq!(bells.delivery(waiting).await["status"], "cancelled");
    let before = bells.outside.mailed().len();
    bells.ring(bell).await;
    bells.send().await;
    assert_eq!(bells.outside.mailed().len(), before);
}

async fn without_a_server_of_mail_a_mail_waits(db: Db) {
    let bells = Bells::open(db.clone()).await;
    let bell = address(&bells).await;
    let (fixture, operator) = (&bells.stage.fixture, &bells.stage.operator);
    let input = bells.in_dashboard(json!({ "subscription_id": bell }));
    let fault = fixture.refused(operator, "test_subscription", input).await;
    assert!(fault.detail.contains("--smtp"), "{}", fault.detail);
    bells
        .execute(
            "update subscriptions set confirmed_at = 1 where id = $1",
            vec![bell.into()],
        )
        .await;
    let id = bells.ring(bell).await;
    bells.send().await;
    let shown = bells.delivery(id).await;
    assert_eq!(
        (&shown["status"], &shown["attempts"]),
        (&json!("deferred"), &json!(0))
    );
    assert!(
        shown["tries"][0]["reason"]
            .as_str()
            .unwrap()
            .contains("--smtp")
    );
    // The next hub has one.
    let outside = Outside::default();
    let hub = bells.replica(db, outside.way_with_mail());
    let loops = bellboard_hub::loops::Loops::start(&hub);
    let mut changes = hub.db().changes();
    while bells.delivery(id).await["status"] != "delivered" {
        changes.changed().await.unwrap();
    }
    loops.stop().await;
    assert_eq!(outside.mailed().len(), 1);
}

async fn a_mail_has_one_id_over_all_tries(db: Db) {
    let bells = Bells::with_mail(db).await;
    let bell = address(&bells).await;
    bells
        .execute(
            "update subscriptions set confirmed_at = 1 where id = $1",
            vec![bell.into()],
        )
        .await;
    // Grey-listed, and then taken.
    bells.outside.says([status(451), status(250)]);
    let id = bells.ring(bell).await;
    bells.send().await;
    assert_eq!(bells.delivery(id).await["status"], "waiting");
    bells.stage.fixture.world.advance(Duration::from_secs(6));
    bells.send().await;
    assert_eq!(bells.delivery(id).await["status"], "delivered");
    let letters = bells.outside.mailed();
    assert_eq!(letters.len(), 2);
    assert_eq!(letters[0], letters[1]);
    assert_eq!(letters[0].id, id.to_string());
    // Refused for good is not tried again.
    bells.outside.says([status(550)]);
    let id = bells.ring(bell).await;
    bells.send().await;
    assert_eq!(bells.delivery(id).await["status"], "dead");
}

/// A dashboard of pushed rows, made as everybody makes one.
async fn board(bells: &Bells) -> Value {
    let spec = json!({ "source": "pushed", "id_field": "id", "columns": ["id"] });
    let wish = json!({ "title": "Scores", "view_spec_json": spec });
    let operator = &bells.stage.operator;
    let made = bells
        .stage
        .fixture
        .ok(operator, "create_dashboard", wish)
        .await;
    made["id"].clone()
}

async fn a_new_address_gets_one_mail_with_its_link(db: Db) {
    let bells = Bells::with_mail(db).await;
    let (board, operator) = (board(&bells).await, &bells.stage.operator);
    let wish = json!({
        "dashboard_id": board, "subscriber_kind": "email", "subscriber_id": "ada@example.org",
        "threshold_json": { "set_added_min": 1 },
    });
    let made = bells
        .stage
        .fixture
        .ok(operator, "create_subscription", wish)
        .await;
    assert_eq!(made["confirmed_at"], Value::Null);
    bells.send().await;
    let [letter] = bells.outside.mailed().try_into().unwrap();
    assert_eq!(letter.to, "ada@example.org");
    assert_eq!(letter.subject, "Confirm: bells of Scores");
    let link = letter
        .text
        .split_whitespace()
        .find(|word| word.contains("/bells/confirm/"));
    let token = link
        .unwrap()
        .strip_prefix("https://board.example/bells/confirm/")
        .unwrap();
    assert!(letter.html.contains(token));
    let hub = &bells.stage.fixture.hub;
    assert_eq!(
        confirm_bell(hub, token).await.unwrap().address,
        "ada@example.org"
    );
    let input = json!({ "dashboard_id": board, "subscription_id": made["id"] });
    let test = bells
        .stage
        .fixture
        .ok(operator, "test_subscription", input)
        .await;
    assert_eq!(
        (&test["arrived"], &test["target"]),
        (&json!(true), &json!("ada@example.org"))
    );
    // It is shown as it went: what the way out says of it, cut below its headers.
    let [_, letter] = bells.outside.mailed().try_into().unwrap();
    assert_eq!(letter.subject, "Test: Scores");
    let headers = json!([
        { "name": "To", "value": letter.to }, { "name": "Subject", "value": letter.subject },
    ]);
    assert_eq!(
        (&test["headers"], &test["body"]),
        (&headers, &json!(letter.text))
    );
}

async fn an_address_that_does_not_answer_is_asked_three_times_a_day(db: Db) {
    let bells = Bells::with_mail(db).await;
    let (board, operator) = (board(&bells).await, &bells.stage.operator);
    let fixture = &bells.stage.fixture;
    let wish = |least: u32| {
        json!({
            "dashboard_id": board, "subscriber_kind": "email", "subscriber_id": "ada@example.org",
            "threshold_json": { "set_added_min": least },
        })
    };
    let refused = || async {
        let fault = fixture
            .refused(operator, "create_subscription", wish(9))
            .await;
        assert_eq!(told(&fault), (FaultKind::Conflict, "not_confirmed", None));
    };
    let made = fixture.ok(operator, "create_subscription", wish(1)).await;
    for least in [2, 3] {
        fixture
            .ok(operator, "create_subscription", wish(least))
            .await;
    }
    refused().await;
    bells.send().await;
    refused().await;
    let letters = bells.outside.mailed();
    assert_eq!(letters.len(), 3);
    let end = letters[0].unsubscribe_url.as_deref().unwrap();
    let token = end.rsplit('/').next().unwrap();
    end_bell(&fixture.hub, token).await.unwrap();
    let of = json!({ "dashboard_id": board, "subscription_id": made["id"] });
    fixture.ok(operator, "delete_subscription", of).await;
    refused().await;

    fixture.world.advance(Duration::from_hours(24));
    fixture.ok(operator, "create_subscription", wish(4)).await;
    bells.send().await;
    let letters = bells.outside.mailed();
    let mut words = letters[3].text.split_whitespace();
    let link = words.find(|word| word.contains("/bells/confirm/")).unwrap();
    let token = link.rsplit('/').next().unwrap();
    confirm_bell(&fixture.hub, token).await.unwrap();
    for least in 5..9 {
        fixture
            .ok(operator, "create_subscription", wish(least))
            .await;
    }
}

async fn an_address_that_the_hub_may_not_speak_to_is_refused(db: Db) {
    let bells = Bells::with_mail(db).await;
    let board = board(&bells).await;
    let wish = |kind: &str, address: &str| {
        json!({
            "dashboard_id": board, "subscriber_kind": kind, "subscriber_id": address,
            "threshold_json": { "set_added_min": 1 },
        })
    };
    let fixture = &bells.stage.fixture;
    // The world of this test speaks to https only.
    let refused = wish("webhook", "http://10.0.0.1/");
    let fault = fixture
        .refused(
            &bells.stage.operator,
            "create_subscription",
            refused.clone(),
        )
        .await;
    assert_eq!(
        told(&fault),
        (FaultKind::Invalid, "address_refused", Some("subscriber_id"))
    );
    let fault = fixture
        .refused(&bells.stage.stranger, "create_subscription", refused)
        .await;
    assert_eq!(fault.kind, FaultKind::NotFound);
    // Who may not subscribe an address learns nothing of it, and has no name resolved.
    let refused = wish("webhook", "http://10.0.0.1/");
    let fault = fixture
        .refused(&bells.stage.reader, "create_subscription", refused)
        .await;
    assert_eq!(told(&fault), (FaultKind::Forbidden, "not_yours", None));
    for address in [
        "ada",
        "ada@example.org\r\nBcc: all@example.org",
        "Ada <ada@example.org>",
    ] {
        let fault = fixture
            .refused(
                &bells.stage.operator,
                "create_subscription",
                wish("email", address),
            )
            .await;
        assert_eq!(
            (fault.kind, fault.field.as_deref()),
            (FaultKind::Invalid, Some("subscriber_id")),
            "{address}"
        );
    }
    assert_eq!(bells.send().await, 0);
}

async fn what_is_sent_again_is_not_forgotten_meanwhile(db: Db) {
    let bells = Bells::with_mail(db).await;
    let (board, operator) = (board(&bells).await, &bells.stage.operator);
    let fixture = &bells.stage.fixture;
    for number in 0..20 {
        // Every mail that asks an address has the same body.
        let wish = json!({
            "dashboard_id": board, "subscriber_kind": "email",
            "subscriber_id": format!("ada{number}@example.org"),
            "threshold_json": { "set_added_min": 1 },
        });
        let (_, forgotten) = tokio::join!(
            fixture.ok(operator, "create_subscription", wish),
            bellboard_hub::loops::forget(&fixture.hub)
        );
        forgotten.unwrap();
        let kept = "select count(*)
               from deliveries d
               join delivery_bodies b on b.engagement_id = d.engagement_id and b.hash = d.body_hash
              where b.created_at = $1";
        assert_eq!(fixture.count(kept, vec![bells.now().into()]).await, 1);
        // Its time is over, and no delivery has it any more.
        let aged = "update delivery_bodies set created_at = 1";
        assert_eq!(bells.execute(aged, vec![]).await, 1);
        let gone = "delete from deliveries";
        assert_eq!(bells.execute(gone, vec![]).await, 1);
    }
}
