//! Who sees deliveries and may change how bells are delivered.

use std::time::Duration;

use bellboard_hub::db::Db;
use bellboard_hub::fault::FaultKind;
use serde_json::{Value, json};

use super::bells::{Bells, ids, status};
use crate::fixture::told;

on_each_engine!(
    one_sees_ones_own_bells_and_the_owner_sees_all,
    an_agent_sees_what_its_owner_may_see,
    a_test_shows_the_exact_bytes_and_the_answer,
    dead_letters_are_replayed_by_range,
    what_nobody_would_send_is_not_replayed,
    a_bell_for_who_has_left_is_neither_tested_nor_replayed,
    whose_bell_it_is_not_may_not_change_it,
    what_was_settled_long_ago_is_forgotten,
);

async fn one_sees_ones_own_bells_and_the_owner_sees_all(db: Db) {
    let bells = Bells::open(db).await;
    let stage = &bells.stage;
    let (hook, _) = bells.webhook(&stage.operator).await;
    let reader = stage.reader.person_id.to_string();
    let persona = bells
        .subscribe(&stage.contributor, "persona", &reader)
        .await;
    let first = bells.ring(hook).await;
    stage.fixture.world.advance(Duration::from_secs(1));
    let second = bells.ring(persona).await;
    for (who, sees) in [
        (&stage.owner, vec![second, first]),
        (&stage.operator, vec![first]),
        (&stage.contributor, vec![second]),
        (&stage.reader, vec![second]),
        (&stage.domain_expert, vec![]),
        (&stage.stranger, vec![]),
    ] {
        let page = stage.fixture.ok(who, "list_deliveries", json!({})).await;
        assert_eq!(ids(&page), sees, "{}", who.name);
        assert_eq!(page["total_count"], sees.len());
        for id in [first, second] {
            let shown = stage
                .fixture
                .call(who, "get_delivery", json!({ "delivery_id": id }))
                .await;
            assert_eq!(shown.is_ok(), sees.contains(&id), "{} {id}", who.name);
        }
    }
    let narrowed = |input: Value| async move {
        let page = stage
            .fixture
            .ok(&stage.owner, "list_deliveries", input)
            .await;
        ids(&page)
    };
    bells.send().await;
    assert!(narrowed(json!({ "status": "waiting" })).await.is_empty());
    assert_eq!(
        narrowed(json!({ "status": "delivered" })).await,
        [second, first]
    );
    let here = bells.in_dashboard(json!({}));
    assert_eq!(narrowed(here).await, [second, first]);
    let pages = stage
        .fixture
        .pages(&stage.owner, "list_deliveries", json!({}), 1)
        .await;
    assert_eq!(pages.len(), 2);
    let fault = stage
        .fixture
        .refused(&stage.owner, "list_deliveries", json!({ "status": "lost" }))
        .await;
    assert_eq!(
        told(&fault),
        (FaultKind::Invalid, "invalid_input", Some("status"))
    );
}

async fn an_agent_sees_what_its_owner_may_see(db: Db) {
    let bells = Bells::open(db).await;
    let stage = &bells.stage;
    let (here, hub) = (stage.engagement, &stage.fixture);
    let agent = hub.agent(&stage.operator, "Scout").await;
    hub.join(&stage.owner, here, &stage.operator, &["owner"])
        .await;
    hub.join(&stage.owner, here, &agent, &["owner"]).await;
    let (hook, _) = bells.webhook(&stage.contributor).await;
    let others = bells.ring(hook).await;
    let page = hub.ok(&agent, "list_deliveries", json!({})).await;
    assert_eq!(ids(&page), [others]);
    hub.join(&stage.owner, here, &stage.operator, &["reader"])
        .await;
    hub.world.advance(Duration::from_secs(1));
    let persona = agent.person_id.to_string();
    let persona = bells.subscribe(&stage.owner, "persona", &persona).await;
    let own = bells.ring(persona).await;
    for (who, sees) in [
        (&agent, vec![own]),
        (&stage.operator, vec![]),
        (&stage.owner, vec![own, others]),
    ] {
        let page = hub.ok(who, "list_deliveries", json!({})).await;
        assert_eq!(ids(&page), sees, "{}", who.name);
        assert_eq!(page["total_count"], sees.len());
    }
}

async fn a_test_shows_the_exact_bytes_and_the_answer(db: Db) {
    let bells = Bells::open(db).await;
    let stage = &bells.stage;
    let (hook, _) = bells.webhook(&stage.operator).await;
    let input = bells.in_dashboard(json!({ "subscription_id": hook }));
    bells.outside.says([status(500)]);
    let shown = stage
        .fixture
        .ok(&stage.operator, "test_subscription", input.clone())
        .await;
    let [posting] = bells.outside.posted().try_into().unwrap();
    assert_eq!(shown["body"].as_str().unwrap().as_bytes(), posting.body);
    let headers: Vec<_> = posting
        .headers
        .iter()
        .map(|(name, value)| json!({ "name": name, "value": value }))
        .collect();
    assert_eq!(shown["headers"], json!(headers));
    assert_eq!(
        (&shown["arrived"], &shown["status_code"]),
        (&json!(false), &json!(500))
    );
    let kept = bells
        .delivery(crate::fixture::id_in(&shown["delivery_id"]))
        .await;
    assert_eq!(
        (&kept["status"], &kept["is_test"]),
        (&json!("dead"), &json!(true))
    );
    assert_eq!(bells.send().await, 0, "a test is tried once");
    let reader = stage.reader.clone();
    let persona = bells
        .subscribe(&reader, "persona", &reader.person_id.to_string())
        .await;
    let input = bells.in_dashboard(json!({ "subscription_id": persona }));
    let shown = stage.fixture.ok(&reader, "test_subscription", input).await;
    assert_eq!(shown["arrived"], true);
    assert_eq!(
        bells.inbox(&reader).await,
        [("snapshot_alert".to_owned(), "Test: Targets".to_owned())]
    );
}

async fn dead_letters_are_replayed_by_range(db: Db) {
    let bells = Bells::open(db).await;
    let stage = &bells.stage;
    let (hook, _) = bells.webhook(&stage.operator).await;
    let begin = bells.now();
    let mut rung = Vec::new();
    for _ in 0..4 {
        rung.push(bells.ring(hook).await);
        stage.fixture.world.advance(Duration::from_secs(10));
    }
    bells
        .execute(
            "update deliveries set status = 'dead', settled_at = 1",
            vec![],
        )
        .await;
    let from = begin + Duration::from_secs(10);
    let to = begin + Duration::from_secs(30);
    let range = json!({ "from": from, "to": to });
    let count = |who, input: Value| async move {
        stage.fixture.ok(who, "replay_deliveries", input).await["replayed"].clone()
    };
    assert_eq!(
        count(&stage.contributor, range.clone()).await,
        0,
        "not theirs"
    );
    assert_eq!(count(&stage.operator, range.clone()).await, 2);
    assert_eq!(count(&stage.operator, range).await, 0);
    bells.send().await;
    let mut became = Vec::new();
    for id in &rung {
        became.push(bells.delivery(*id).await["status"].clone());
    }
    assert_eq!(became, ["dead", "delivered", "delivered", "dead"]);
    assert_eq!(count(&stage.owner, json!({ "from": begin })).await, 2);
    let backwards = json!({ "from": to, "to": from });
    let fault = stage
        .fixture
        .refused(&stage.owner, "replay_deliveries", backwards)
        .await;
    assert_eq!(
        told(&fault),
        (FaultKind::Invalid, "invalid_input", Some("from"))
    );
}

async fn what_nobody_would_send_is_not_replayed(db: Db) {
    let bells = Bells::open(db).await;
    let stage = &bells.stage;
    let (hook, _) = bells.webhook(&stage.operator).await;
    bells.outside.says([status(500)]);
    let bell = bells.in_dashboard(json!({ "subscription_id": hook }));
    let test = stage
        .fixture
        .ok(&stage.operator, "test_subscription", bell)
        .await;
    let dead = bells.ring(hook).await;
    bells
        .execute(
            "update deliveries set status = 'dead', settled_at = 1, attempts = 10 where id = $1",
            vec![dead.into()],
        )
        .await;
    let replay = json!({ "delivery_id": test["delivery_id"] });
    let fault = stage
        .fixture
        .refused(&stage.operator, "replay_delivery", replay)
        .await;
    assert_eq!(told(&fault), (FaultKind::Conflict, "not_given_up", None));
    assert!(fault.detail.contains("is a test"), "{fault}");
    bells
        .execute("delete from subscriptions where id = $1", vec![hook.into()])
        .await;
    let replay = json!({ "delivery_id": dead });
    let fault = stage
        .fixture
        .refused(&stage.owner, "replay_delivery", replay)
        .await;
    assert_eq!(told(&fault), (FaultKind::Conflict, "bell_removed", None));
    let kept = bells.delivery(dead).await;
    assert_eq!(
        (&kept["status"], &kept["attempts"]),
        (&json!("dead"), &json!(10))
    );
}

async fn a_bell_for_who_has_left_is_neither_tested_nor_replayed(db: Db) {
    let bells = Bells::open(db).await;
    let stage = &bells.stage;
    let reader = stage.reader.person_id.to_string();
    let for_reader = bells.subscribe(&stage.owner, "persona", &reader).await;
    let (by_operator, _) = bells.webhook(&stage.operator).await;
    for gone in [&stage.reader, &stage.operator] {
        let input = json!({ "engagement_id": stage.engagement, "person_id": gone.person_id });
        stage.fixture.ok(&stage.owner, "delete_member", input).await;
    }
    for (bell, who) in [
        (for_reader, "Whom the bell is for"),
        (by_operator, "Whoever made"),
    ] {
        let rung = bells.ring(bell).await;
        bells.send().await;
        let test = bells.in_dashboard(json!({ "subscription_id": bell }));
        let replay = json!({ "delivery_id": rung });
        for (verb, input) in [("test_subscription", test), ("replay_delivery", replay)] {
            let fault = stage.fixture.refused(&stage.owner, verb, input).await;
            let abandoned = (FaultKind::Conflict, "bell_abandoned", None);
            assert_eq!(told(&fault), abandoned, "{verb}");
            assert!(fault.detail.starts_with(who), "{fault}");
        }
        assert_eq!(bells.delivery(rung).await["status"], "cancelled");
    }
    assert!(bells.outside.posted().is_empty());
    assert!(bells.thread().await.is_empty());
}

async fn whose_bell_it_is_not_may_not_change_it(db: Db) {
    let bells = Bells::open(db).await;
    let stage = &bells.stage;
    let (hook, _) = bells.webhook(&stage.operator).await;
    let id = bells.ring(hook).await;
    let bell = bells.in_dashboard(json!({ "subscription_id": hook }));
    let delivery = json!({ "delivery_id": id });
    for (verb, input) in [
        ("rotate_secret", bell.clone()),
        ("test_subscription", bell),
        ("replay_delivery", delivery.clone()),
        ("get_delivery", delivery),
    ] {
        let fault = stage
            .fixture
            .refused(&stage.contributor, verb, input.clone())
            .await;
        assert_eq!(
            told(&fault),
            (FaultKind::Forbidden, "not_yours", None),
            "{verb}"
        );
        let fault = stage.fixture.refused(&stage.stranger, verb, input).await;
        assert_eq!(fault.kind, FaultKind::NotFound, "{verb}");
    }
    let persona = bells
        .subscribe(
            &stage.operator,
            "persona",
            &stage.reader.person_id.to_string(),
        )
        .await;
    let input = bells.in_dashboard(json!({ "subscription_id": persona }));
    let fault = stage
        .fixture
        .refused(&stage.operator, "rotate_secret", input)
        .await;
    assert_eq!(told(&fault), (FaultKind::Conflict, "no_secret", None));
}

async fn what_was_settled_long_ago_is_forgotten(db: Db) {
    let bells = Bells::open(db).await;
    let stage = &bells.stage;
    let (hook, _) = bells.webhook(&stage.operator).await;
    bells.ring(hook).await;
    bells.send().await;
    stage.fixture.world.advance(Duration::from_hours(24 * 89));
    let kept = bells.ring(hook).await;
    bells.send().await;
    let counts = || async {
        let mut counts = Vec::new();
        for text in [
            "select count(*) from deliveries",
            "select count(*) from delivery_attempts",
            "select count(*) from delivery_bodies",
        ] {
            counts.push(stage.fixture.count(text, vec![]).await);
        }
        counts
    };
    bellboard_hub::loops::forget(&stage.fixture.hub)
        .await
        .unwrap();
    assert_eq!(counts().await, [2, 2, 2]);
    stage.fixture.world.advance(Duration::from_hours(25));
    bellboard_hub::loops::forget(&stage.fixture.hub)
        .await
        .unwrap();
    assert_eq!(counts().await, [1, 1, 1]);
    assert_eq!(bells.delivery(kept).await["status"], "delivered");
}
