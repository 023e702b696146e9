//! Whom a zone shows what: filters, narrowed tokens, and people who have left.

use std::time::Duration;

use bellboard_core::id::TokenId;
use bellboard_hub::call::{Caller, Credential};
use bellboard_hub::fault::FaultKind;
use bellboard_hub::world::World as _;
use serde_json::{Value, json};
use uuid::Uuid;

use crate::fixture::{HubFixture, Stage, id_in, told};

on_each_engine!(
    no_snooze_outlives_its_need,
    a_zone_can_be_asked_for_one_engagement,
    an_engagement_that_one_may_not_see_is_an_empty_page,
    a_kind_that_does_not_exist_is_refused_by_name,
    a_narrowed_token_sees_only_its_engagements,
    a_former_member_sees_nothing,
    the_same_failure_is_settled_by_a_later_success,
    a_success_that_was_begun_before_the_failure_settles_nothing,
);

const ZONES: [&str; 3] = ["list_active", "list_needs_you", "list_recent"];

/// One active and one failed run in each place.
async fn furnish(stage: &Stage, places: &[Uuid]) {
    for place in places {
        for ends in [false, true] {
            let input = json!({"engagement_id": place, "type": "build", "identity_mode": "nonce", "status": "running"});
            let run = stage.fixture.ok(&stage.owner, "start_run", input).await;
            if ends {
                let end = json!({"run_id": id_in(&run["run"]["id"]), "outcome": "failed"});
                stage.fixture.ok(&stage.owner, "finish_run", end).await;
            }
        }
    }
}

/// How many each zone holds for somebody: what is shown and what is counted agree.
async fn held(stage: &Stage, who: &Caller, input: &Value) -> [u64; 3] {
    let mut held = [0; 3];
    for (count, zone) in held.iter_mut().zip(ZONES) {
        let page = stage.fixture.ok(who, zone, input.clone()).await;
        *count = page["total_count"].as_u64().unwrap();
        assert_eq!(
            page["items"].as_array().unwrap().len() as u64,
            *count,
            "{zone}"
        );
    }
    held
}

async fn a_zone_can_be_asked_for_one_engagement(fixture: HubFixture) {
    let stage = fixture.stage().await;
    let other = stage.fixture.engagement(&stage.owner, "Beryl").await;
    furnish(&stage, &[stage.engagement, other]).await;
    assert_eq!(held(&stage, &stage.owner, &json!({})).await, [2, 2, 2]);
    let one = json!({"engagement": other});
    assert_eq!(held(&stage, &stage.owner, &one).await, [1, 1, 1]);
    let page = stage.fixture.ok(&stage.owner, "list_active", one).await;
    assert_eq!(page["items"][0]["engagement_name"], "Beryl");
}

async fn an_engagement_that_one_may_not_see_is_an_empty_page(fixture: HubFixture) {
    let stage = fixture.stage().await;
    furnish(&stage, &[stage.engagement]).await;
    let foreign = json!({"engagement": stage.engagement});
    let never = json!({"engagement": "01a1fa0b-3180-7000-8000-000000000000"});
    assert_eq!(held(&stage, &stage.stranger, &foreign).await, [0, 0, 0]);
    assert_eq!(held(&stage, &stage.stranger, &never).await, [0, 0, 0]);
}

async fn a_kind_that_does_not_exist_is_refused_by_name(fixture: HubFixture) {
    let stage = fixture.stage().await;
    for zone in ZONES {
        for kind in ["job", "", "run,", "RUN"] {
            let fault = stage
                .fixture
                .refused(&stage.owner, zone, json!({"kind": kind}))
                .await;
            assert_eq!(
                told(&fault),
                (FaultKind::Invalid, "invalid_input", Some("kind"))
            );
        }
    }
    // Every kind of the source is known, whether or not something of it is there.
    for (zone, kinds) in [
        (
            "list_active",
            "shape_production,render_production,composition,external_polling,run",
        ),
        (
            "list_needs_you",
            "pending_shape,held_assertion,produced_render_for_review,review_report,external_failure,\
             downstream_specification,ask,run_follow_up,run_stale,task_needs_human,snapshot_alert",
        ),
        (
            "list_recent",
            "render,review_report,transformed_artifact,run",
        ),
    ] {
        stage
            .fixture
            .ok(&stage.owner, zone, json!({"kind": kinds}))
            .await;
    }
}

/// The same person, by a token that is narrowed to these engagements.
async fn narrowed(stage: &Stage, engagements: &[Uuid]) -> Caller {
    let input = json!({"name": "narrow", "engagements": engagements});
    let made = stage.fixture.ok(&stage.owner, "create_token", input).await;
    Caller {
        credential: Credential::Token {
            id: TokenId::from_uuid(id_in(&made["token"]["id"])),
            narrowed: true,
            verbs: None,
        },
        ..stage.owner.clone()
    }
}

async fn a_narrowed_token_sees_only_its_engagements(fixture: HubFixture) {
    let stage = fixture.stage().await;
    let second = stage.fixture.engagement(&stage.owner, "Beryl").await;
    let third = stage.fixture.engagement(&stage.owner, "Citrine").await;
    furnish(&stage, &[stage.engagement, second, third]).await;
    let everything = json!({});
    for (engagements, sees) in [(vec![second], 1), (vec![second, third], 2), (vec![], 0)] {
        let token = narrowed(&stage, &engagements).await;
        assert_eq!(held(&stage, &token, &everything).await, [sees; 3]);
        let badge = stage.fixture.ok(&token, "get_badge", json!({})).await;
        assert_eq!(badge["needs_you"], sees);
        for list in ["list_memberships", "list_notifications"] {
            let page = stage.fixture.ok(&token, list, json!({})).await;
            assert_eq!(page["total_count"], sees, "{list}");
        }
        let runs = stage.fixture.ok(&token, "list_runs", json!({})).await;
        assert_eq!(runs["total_count"], 2 * sees);
        let outside = json!({"engagement_id": stage.engagement});
        let fault = stage
            .fixture
            .refused(&token, "get_engagement", outside)
            .await;
        assert_eq!(fault.kind, FaultKind::NotFound);
        // Asking for one outside does not reach further.
        let outside = json!({"engagement": stage.engagement});
        assert_eq!(held(&stage, &token, &outside).await, [0, 0, 0]);
    }
}

async fn a_former_member_sees_nothing(fixture: HubFixture) {
    let stage = fixture.stage().await;
    furnish(&stage, &[stage.engagement]).await;
    let own = stage.running().await;
    stage.finish(own, "failed").await;
    assert_eq!(held(&stage, &stage.operator, &json!({})).await, [1, 2, 2]);
    let leaves = json!({"engagement_id": stage.engagement, "person_id": stage.operator.person_id});
    stage
        .fixture
        .ok(&stage.owner, "delete_member", leaves)
        .await;
    assert_eq!(held(&stage, &stage.operator, &json!({})).await, [0, 0, 0]);
    for list in ["list_runs", "list_memberships", "list_notifications"] {
        let page = stage.fixture.ok(&stage.operator, list, json!({})).await;
        assert_eq!(page["total_count"], 0, "{list}");
        assert_eq!(page["items"], json!([]), "{list}");
    }
    let fault = stage.on_run("get_run", own, json!({})).await.unwrap_err();
    assert_eq!(told(&fault), (FaultKind::NotFound, "not_found", None));
}

async fn the_same_failure_is_settled_by_a_later_success(fixture: HubFixture) {
    let stage = fixture.stage().await;
    let ended = |run_type: &'static str, target: &'static str, outcome: &'static str| {
        let stage = &stage;
        async move {
            let begun = json!({"type": run_type, "target": target, "status": "running"});
            let run = id_in(&stage.start(begun).await["id"]);
            stage.finish(run, outcome).await;
        }
    };
    let waiting = || async { held(&stage, &stage.owner, &json!({})).await[1] };
    // A type that Bellboard knows as repeatable, and one that it does not know and that waits for a person.
    for run_type in ["baseline.capture", "nightly.sync"] {
        ended(run_type, "tenant a", "failed").await;
        ended(run_type, "tenant b", "blocked").await;
    }
    assert_eq!(waiting().await, 4);
    ended("baseline.capture", "tenant a", "cancelled").await;
    assert_eq!(waiting().await, 4);
    ended("baseline.capture", "tenant a", "succeeded").await;
    assert_eq!(waiting().await, 3);
    ended("baseline.compare", "tenant b", "succeeded").await;
    ended("nightly.sync", "tenant a", "succeeded").await;
    assert_eq!(waiting().await, 3);
}

async fn a_success_that_was_begun_before_the_failure_settles_nothing(fixture: HubFixture) {
    let stage = fixture.stage().await;
    let begin = || async {
        stage.fixture.world.advance(Duration::from_secs(1));
        let input = json!({"type": "baseline.capture", "target": "tenant a", "status": "running"});
        id_in(&stage.start(input).await["id"])
    };
    let waiting = || async { held(&stage, &stage.owner, &json!({})).await[1] };
    let (early, failing) = (begin().await, begin().await);
    stage.fixture.world.advance(Duration::from_secs(1));
    stage.finish(failing, "failed").await;
    stage.finish(early, "succeeded").await;
    assert_eq!(waiting().await, 1);
    let later = begin().await;
    stage.finish(later, "succeeded").await;
    assert_eq!(waiting().await, 0);
}

async fn no_snooze_outlives_its_need(fixture: HubFixture) {
    let stage = fixture.stage().await;
    for _ in 0..20 {
        let id = stage.shape().await;
        let until = stage.fixture.world.now() + std::time::Duration::from_hours(1);
        let told = crate::races::at_once(2, |number| {
            let (verb, input) = [
                (
                    "snooze_need",
                    json!({"engagement_id": stage.engagement, "kind": "pending_shape", "item_id": id, "until": until.to_string()}),
                ),
                (
                    "decide_artifact",
                    json!({"artifact_id": id, "decision": "confirm", "expected_version": 1}),
                ),
            ][number]
                .clone();
            crate::races::calling(&stage.fixture, &stage.owner, verb, input)
        })
        .await;
        assert!(told[1].is_ok(), "{told:?}");
        let left = stage
            .fixture
            .count("select count(*) from snoozes", vec![])
            .await;
        assert_eq!(left, 0, "nobody can put off what does not wait");
    }
}
