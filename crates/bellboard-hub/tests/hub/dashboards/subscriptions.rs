//! Subscriptions: who may make and delete one, with which rule, and what is told no more.

use bellboard_core::dashboard::RowsFormat;
use bellboard_hub::fault::FaultKind;
use serde_json::{Value, json};

use super::{deliveries, outcomes, push, push_as, scores, subscribe};
use crate::fixture::{HubFixture, id_in, told};

on_each_engine!(
    create_needs_the_owner_of_the_agent_or_of_the_engagement,
    every_fault_of_a_rule_is_named_with_its_path,
    one_subscriber_has_one_subscription_with_one_rule,
    another_spelling_is_no_other_subscriber,
    what_was_deleted_is_told_nothing_more,
    a_subscription_of_who_left_is_not_told,
    a_subscription_whose_maker_left_rings_no_more,
    a_rule_names_only_what_the_dashboard_shows,
    a_column_that_a_bell_watches_stays_in_the_question,
);

async fn create_needs_the_owner_of_the_agent_or_of_the_engagement(fixture: HubFixture) {
    let stage = fixture.stage().await;
    let board = scores(&stage).await;
    let hub = &stage.fixture;
    let agent = hub.agent(&stage.contributor, "The agent").await;
    hub.join(&stage.owner, stage.engagement, &agent, &["reader"])
        .await;
    let wish = |who: Value, top: u32| {
        json!({"dashboard_id": board, "subscriber_kind": "persona", "subscriber_id": who,
               "threshold_json": {"top_n_reordering": top}})
    };
    let agent_id = json!(agent.person_id);
    for (top, caller) in [(1, &stage.contributor), (2, &stage.owner), (3, &agent)] {
        let made = hub
            .ok(caller, "create_subscription", wish(agent_id.clone(), top))
            .await;
        assert_eq!(made["subscriber_name"], "The agent");
    }
    for caller in [&stage.operator, &stage.reader] {
        let fault = hub
            .refused(caller, "create_subscription", wish(agent_id.clone(), 4))
            .await;
        assert_eq!(told(&fault), (FaultKind::Forbidden, "not_yours", None));
    }
    let me = json!(stage.reader.person_id);
    hub.ok(&stage.reader, "create_subscription", wish(me, 1))
        .await;
    let gone = json!(stage.stranger.person_id);
    let fault = hub
        .refused(&stage.owner, "create_subscription", wish(gone, 1))
        .await;
    assert_eq!(fault.field.as_deref(), Some("subscriber_id"));
    let hook = json!({"dashboard_id": board, "subscriber_kind": "webhook", "subscriber_id": "https://example.com/secret-path",
                      "threshold_json": {"top_n_reordering": 1}});
    let fault = hub
        .refused(&stage.reader, "create_subscription", hook.clone())
        .await;
    assert_eq!(fault.kind, FaultKind::Forbidden);
    let made = hub
        .ok(&stage.contributor, "create_subscription", hook)
        .await;
    assert!(made["secret"].as_str().unwrap().starts_with("whsec_"));
    let list = hub
        .ok(
            &stage.reader,
            "list_subscriptions",
            json!({"dashboard_id": board}),
        )
        .await;
    assert_eq!(list["total_count"], 5);
    let shown = list.to_string();
    assert!(
        !shown.contains("whsec_") && !shown.contains("secret-path"),
        "{shown}"
    );
    let sealed = "select count(*) from subscriptions where secret is not null";
    assert_eq!(hub.count(sealed, vec![]).await, 1);
}

async fn every_fault_of_a_rule_is_named_with_its_path(fixture: HubFixture) {
    let stage = fixture.stage().await;
    let board = scores(&stage).await;
    push(&stage, board, &[("a", 1)]).await;
    let rows = [
        (
            json!({"value_delta_pct": 0.1, "on_field": "scor"}),
            "threshold_json.on_field",
        ),
        (json!({"and": []}), "threshold_json.and"),
        (
            json!({"or": [{"set_added_min": 0}]}),
            "threshold_json.or[0].set_added_min",
        ),
        (json!({"set_addedmin": 1}), "threshold_json.set_addedmin"),
        (
            json!({"value_delta_pct": 0.1, "on_field": "id"}),
            "threshold_json.on_field",
        ),
    ];
    for (rule, path) in rows {
        for verb in ["create_subscription", "preview_subscription"] {
            let mut input = json!({"dashboard_id": board, "threshold_json": rule});
            if verb == "create_subscription" {
                input["subscriber_kind"] = json!("persona");
                input["subscriber_id"] = json!(stage.owner.person_id);
            }
            let fault = stage.fixture.refused(&stage.owner, verb, input).await;
            assert_eq!(
                told(&fault),
                (FaultKind::Invalid, "invalid_threshold", Some(path)),
                "{rule}: {fault}"
            );
        }
    }
    let none = "select count(*) from subscriptions";
    assert_eq!(stage.fixture.count(none, vec![]).await, 0);
}

async fn one_subscriber_has_one_subscription_with_one_rule(fixture: HubFixture) {
    let stage = fixture.stage().await;
    let board = scores(&stage).await;
    let rule = json!({"or": [{"set_added_min": 1}, {"set_removed_min": 1}]});
    subscribe(&stage, board, rule, json!({})).await;
    // The same rule, written in another way.
    let input = json!({
        "dashboard_id": board, "subscriber_kind": "persona", "subscriber_id": stage.reader.person_id,
        "threshold_json": {"OR": [{"set_removed_min": 1}, {"set_added_min": 1}]},
    });
    let fault = stage
        .fixture
        .refused(&stage.owner, "create_subscription", input)
        .await;
    assert_eq!(
        told(&fault),
        (FaultKind::Conflict, "already_subscribed", None)
    );
}

async fn another_spelling_is_no_other_subscriber(fixture: HubFixture) {
    let stage = fixture.stage().await;
    let board = scores(&stage).await;
    let person = stage.reader.person_id.to_string();
    for (kind, first, again) in [
        ("persona", person.as_str(), person.to_uppercase()),
        (
            "webhook",
            "https://hooks.example/Bells",
            "https://Hooks.EXAMPLE/Bells".to_owned(),
        ),
        ("email", "Ada@Example.ORG", "Ada@example.org".to_owned()),
    ] {
        let wish = |address: &str| {
            json!({
                "dashboard_id": board, "subscriber_kind": kind, "subscriber_id": address,
                "threshold_json": {"set_added_min": 1},
            })
        };
        let made = stage
            .fixture
            .ok(&stage.owner, "create_subscription", wish(first));
        made.await;
        let fault = stage
            .fixture
            .refused(&stage.owner, "create_subscription", wish(&again))
            .await;
        assert_eq!(
            told(&fault),
            (FaultKind::Conflict, "already_subscribed", None),
            "{again}"
        );
    }
}

async fn what_was_deleted_is_told_nothing_more(fixture: HubFixture) {
    let stage = fixture.stage().await;
    let board = scores(&stage).await;
    push(&stage, board, &[("a", 1)]).await;
    let bell = subscribe(&stage, board, json!({"set_added_min": 1}), json!({})).await;
    push(&stage, board, &[("a", 1), ("b", 1)]).await;
    let of = json!({"dashboard_id": board, "subscription_id": bell});
    let fault = stage
        .fixture
        .refused(&stage.operator, "delete_subscription", of.clone())
        .await;
    assert_eq!(told(&fault), (FaultKind::Forbidden, "not_yours", None));
    stage
        .fixture
        .ok(&stage.reader, "delete_subscription", of.clone())
        .await;
    let cancelled =
        "select count(*) from deliveries where status = 'cancelled' and settled_at is not null";
    assert_eq!(stage.fixture.count(cancelled, vec![]).await, 1);
    push(&stage, board, &[("c", 1)]).await;
    assert_eq!(outcomes(&stage, board, bell).await, ["rang"]);
    let fault = stage
        .fixture
        .refused(&stage.reader, "delete_subscription", of)
        .await;
    assert_eq!(fault.kind, FaultKind::NotFound);
}

async fn a_subscription_of_who_left_is_not_told(fixture: HubFixture) {
    let stage = fixture.stage().await;
    let board = scores(&stage).await;
    push(&stage, board, &[("a", 1)]).await;
    let bell = subscribe(&stage, board, json!({"set_added_min": 1}), json!({})).await;
    let leave = json!({"engagement_id": stage.engagement, "person_id": stage.reader.person_id});
    stage.fixture.ok(&stage.owner, "delete_member", leave).await;
    push(&stage, board, &[("a", 1), ("b", 1)]).await;
    assert_eq!(deliveries(&stage, bell).await, 0);
}

async fn a_subscription_whose_maker_left_rings_no_more(fixture: HubFixture) {
    let stage = fixture.stage().await;
    let hub = &stage.fixture;
    let maker = hub.human(&stage.owner, "Otto").await;
    let owns = ["owner"];
    hub.join(&stage.owner, stage.engagement, &maker, &owns)
        .await;
    let board = scores(&stage).await;
    push(&stage, board, &[("a", 1)]).await;
    let wish = json!({
        "dashboard_id": board, "subscriber_kind": "persona",
        "subscriber_id": stage.reader.person_id, "threshold_json": {"set_added_min": 1},
    });
    let made = hub.ok(&maker, "create_subscription", wish).await;
    let bell = id_in(&made["id"]);
    let leave = json!({"engagement_id": stage.engagement, "person_id": maker.person_id});
    hub.ok(&stage.owner, "delete_member", leave).await;
    push(&stage, board, &[("a", 1), ("b", 1)]).await;
    assert!(outcomes(&stage, board, bell).await.is_empty());
    let of = json!({"dashboard_id": board, "subscription_id": bell});
    let fault = hub
        .refused(&stage.reader, "test_subscription", of.clone())
        .await;
    assert_eq!(told(&fault), (FaultKind::Conflict, "bell_abandoned", None));
    assert_eq!(deliveries(&stage, bell).await, 0);
    let said = "select count(*) from comments";
    assert_eq!(hub.count(said, vec![]).await, 0);
    // Whoever comes back finds it as it was.
    hub.join(&stage.owner, stage.engagement, &maker, &owns)
        .await;
    let test = hub.ok(&stage.reader, "test_subscription", of).await;
    assert_eq!(test["arrived"], true);
    push(&stage, board, &[("a", 1), ("b", 1), ("c", 1)]).await;
    assert_eq!(outcomes(&stage, board, bell).await, ["rang"]);
}

async fn a_rule_names_only_what_the_dashboard_shows(fixture: HubFixture) {
    let stage = fixture.stage().await;
    let hub = &stage.fixture;
    let board = scores(&stage).await;
    let rows = r#"[{"id": "a", "score": 1, "age": 7}]"#;
    push_as(&stage, &stage.operator, board, RowsFormat::Json, rows)
        .await
        .unwrap();
    let rule = json!({"or": [{"value_delta_pct": 0.1, "on_field": "age"}]});
    let input = json!({
        "dashboard_id": board, "subscriber_kind": "persona", "subscriber_id": stage.reader.person_id,
        "threshold_json": rule,
    });
    let preview = json!({"dashboard_id": board, "threshold_json": rule});
    let path = "threshold_json.or[0].on_field";
    for (verb, input) in [
        ("create_subscription", &input),
        ("preview_subscription", &preview),
    ] {
        let fault = hub.refused(&stage.owner, verb, input.clone()).await;
        assert_eq!(
            told(&fault),
            (FaultKind::Invalid, "invalid_threshold", Some(path))
        );
        assert_eq!(
            fault.detail,
            "`age` is not among the columns of the dashboard, and a rule looks only at those; known are `score`"
        );
    }
    // Once it is shown, it can be watched.
    let all =
        json!({"dashboard_id": board, "view_spec_json": {"source": "pushed", "id_field": "id"}});
    hub.ok(&stage.operator, "update_dashboard", all).await;
    hub.ok(&stage.owner, "create_subscription", input).await;
}

async fn a_column_that_a_bell_watches_stays_in_the_question(fixture: HubFixture) {
    let stage = fixture.stage().await;
    let hub = &stage.fixture;
    let board = scores(&stage).await;
    let rule = json!({"not": {"value_delta_pct": 0.1, "on_field": "score"}});
    let bell = subscribe(&stage, board, rule, json!({})).await;
    let with = |spec: Value| json!({"dashboard_id": board, "view_spec_json": spec});
    let without = with(json!({"source": "pushed", "id_field": "id", "columns": ["id"]}));
    let all = with(json!({"source": "pushed", "id_field": "id"}));
    let more =
        with(json!({"source": "pushed", "id_field": "id", "columns": ["score", "age", "id"]}));
    // Before there are rows and after, where the columns were said and where all were shown.
    for shows_score in [&more, &all] {
        hub.ok(&stage.operator, "update_dashboard", shows_score.clone())
            .await;
        let fault = hub
            .refused(&stage.operator, "update_dashboard", without.clone())
            .await;
        let path = "view_spec_json.columns";
        assert_eq!(
            told(&fault),
            (FaultKind::Invalid, "invalid_view_spec", Some(path))
        );
        assert_eq!(
            fault.detail,
            "bells of this dashboard watch `score`; keep the column, or delete those bells first"
        );
        push(&stage, board, &[("a", 1)]).await;
    }
    let title = json!({"dashboard_id": board, "title": "Scores of today"});
    hub.ok(&stage.operator, "update_dashboard", title).await;
    let of = json!({"dashboard_id": board, "subscription_id": bell});
    hub.ok(&stage.reader, "delete_subscription", of).await;
    hub.ok(&stage.operator, "update_dashboard", without).await;
}
