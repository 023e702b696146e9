//! The same names in two engagements: whoever sees both says which, whoever sees one is not asked.

use bellboard_hub::call::Caller;
use bellboard_hub::fault::FaultKind;
use serde_json::{Value, json};
use uuid::Uuid;

use crate::fixture::{HubFixture, Stage};

on_each_engine!(
    a_name_in_two_engagements_is_decided_by_the_caller,
    whoever_sees_one_of_them_is_not_asked,
    what_is_made_goes_where_its_parts_are,
    nothing_refers_across_engagements,
);

/// The stage with a second engagement of the operator, both with the same plan.
struct Twins {
    stage: Stage,
    other: Uuid,
    other_owner: Caller,
}

impl Twins {
    async fn of(fixture: HubFixture) -> Self {
        let stage = fixture.stage().await;
        let other_owner = stage.fixture.human(&stage.owner, "Other owner").await;
        let other = stage.fixture.engagement(&other_owner, "Birch Mill").await;
        let hub = &stage.fixture;
        hub.join(&other_owner, other, &stage.operator, &["operator"])
            .await;
        for engagement in ["aster-bank", "birch-mill"] {
            for (verb, what) in plan() {
                let mut input = what;
                input["engagement"] = json!(engagement);
                hub.ok(&stage.operator, verb, input).await;
            }
        }
        Self {
            stage,
            other,
            other_owner,
        }
    }
}

fn plan() -> Vec<(&'static str, Value)> {
    vec![
        (
            "create_domain",
            json!({"slug": "railiance", "name": "Railiance"}),
        ),
        (
            "create_workstream",
            json!({"domain": "railiance", "slug": "lay", "title": "Lay", "status": "active"}),
        ),
        (
            "create_workstream",
            json!({"domain": "railiance", "slug": "ride", "title": "Ride", "status": "active"}),
        ),
        (
            "create_task",
            json!({"workstream": "lay", "external_id": "T-1", "title": "Do it"}),
        ),
        (
            "create_extension_point",
            json!({"domain": "railiance", "ep_id": "EP-1", "title": "More"}),
        ),
    ]
}

async fn a_name_in_two_engagements_is_decided_by_the_caller(fixture: HubFixture) {
    let twins = Twins::of(fixture).await;
    let (hub, operator) = (&twins.stage.fixture, &twins.stage.operator);
    for (verb, input) in [
        ("get_workstream", json!({"slug": "lay"})),
        (
            "update_workstream",
            json!({"slug": "lay", "title": "Which?"}),
        ),
        ("close_workstream", json!({"slug": "lay"})),
        ("get_task", json!({"task_id": "T-1"})),
        ("update_task", json!({"task_id": "T-1", "title": "Which?"})),
        ("claim_task", json!({"task_id": "T-1"})),
        ("release_task", json!({"task_id": "T-1"})),
        (
            "flag_for_human",
            json!({"task_id": "T-1", "intervention_note": "Which?"}),
        ),
        (
            "create_task",
            json!({"workstream": "lay", "title": "Which?"}),
        ),
        (
            "create_dependency",
            json!({"workstream": "lay", "depends_on": "ride"}),
        ),
        ("list_tasks", json!({"workstream": "lay"})),
        ("list_ready_tasks", json!({"workstream": "lay"})),
        ("list_dependencies", json!({"workstream": "lay"})),
    ] {
        let fault = hub.refused(operator, verb, input).await;
        assert_eq!(
            (fault.kind, fault.code),
            (FaultKind::Conflict, "ambiguous_slug"),
            "{verb}"
        );
        assert_eq!(
            fault.extra["engagements"],
            json!(["aster-bank", "birch-mill"]),
            "{verb}"
        );
    }
    let point = json!({"ep_id": "EP-1"});
    let fault = hub.refused(operator, "get_extension_point", point).await;
    assert_eq!(
        fault.detail,
        "`EP-1` names more than one extension point: one in each of aster-bank, birch-mill. Say which with `engagement`."
    );
    for place in ["aster-bank", "birch-mill"] {
        let which = json!({"task_id": "T-1", "engagement": place});
        let seen = hub.ok(operator, "get_task", which.clone()).await;
        assert_eq!(seen["engagement_slug"], place);
        let claimed = hub.ok(operator, "claim_task", which).await;
        assert_eq!(claimed["claim_fence"], 1, "each place has its own task");
        let by_id = json!({"task_id": seen["id"]});
        let seen = hub.ok(operator, "get_task", by_id).await;
        assert_eq!(seen["engagement_slug"], place, "an id is never ambiguous");
    }
}

async fn whoever_sees_one_of_them_is_not_asked(fixture: HubFixture) {
    let twins = Twins::of(fixture).await;
    let (hub, stage) = (&twins.stage.fixture, &twins.stage);
    for (who, place) in [
        (&stage.contributor, "aster-bank"),
        (&twins.other_owner, "birch-mill"),
    ] {
        let seen = hub.ok(who, "get_task", json!({"task_id": "T-1"})).await;
        assert_eq!(seen["engagement_slug"], place);
        let seen = hub.ok(who, "get_workstream", json!({"slug": "lay"})).await;
        assert_eq!(seen["engagement_slug"], place);
        for verb in ["list_tasks", "list_ready_tasks"] {
            let list = hub.ok(who, verb, json!({})).await;
            assert_eq!(list["total_count"], 1, "{verb}");
        }
        let list = hub.ok(who, "list_workstreams", json!({})).await;
        assert_eq!(list["total_count"], 2);
        let other =
            json!({"engagement": if place == "aster-bank" { "birch-mill" } else { "aster-bank" }});
        for verb in [
            "list_tasks",
            "list_ready_tasks",
            "list_workstreams",
            "list_dependencies",
            "list_decisions",
        ] {
            let fault = hub.refused(who, verb, other.clone()).await;
            assert_eq!(fault.kind, FaultKind::NotFound, "{verb}");
        }
    }
    let both = hub.ok(&stage.operator, "list_tasks", json!({})).await;
    assert_eq!(both["total_count"], 2);
    let one = json!({"engagement": twins.other});
    let one = hub.ok(&stage.operator, "list_tasks", one).await;
    assert_eq!(one["total_count"], 1);
}

async fn what_is_made_goes_where_its_parts_are(fixture: HubFixture) {
    let twins = Twins::of(fixture).await;
    let (hub, operator) = (&twins.stage.fixture, &twins.stage.operator);
    let only = json!({"slug": "only-here", "name": "Only here", "engagement": "birch-mill"});
    hub.ok(operator, "create_domain", only).await;
    let made = json!({"domain": "only-here", "slug": "dig", "title": "Dig"});
    let made = hub.ok(operator, "create_workstream", made).await;
    assert_eq!(made["engagement_slug"], "birch-mill");
    let made = json!({"workstream": "dig", "title": "Find a spade"});
    let made = hub.ok(operator, "create_task", made).await;
    assert_eq!(made["engagement_slug"], "birch-mill");
    let options = json!([{"key": "a", "label": "A"}, {"key": "b", "label": "B"}]);
    let made = json!({"workstream": "dig", "title": "Where?", "options": options});
    let made = hub.ok(operator, "create_decision", made).await;
    assert_eq!(made["engagement_slug"], "birch-mill");
    let nowhere = json!({"title": "Where?", "options": options});
    let fault = hub.refused(operator, "create_decision", nowhere).await;
    assert_eq!(fault.field.as_deref(), Some("engagement"));
    for verb in ["cleanup_stale", "undo_cleanup"] {
        let fault = hub.refused(operator, verb, json!({})).await;
        assert_eq!(fault.field.as_deref(), Some("engagement"), "{verb}");
        assert_eq!(
            fault.extra["engagements"],
            json!(["aster-bank", "birch-mill"])
        );
    }
}

async fn nothing_refers_across_engagements(fixture: HubFixture) {
    let twins = Twins::of(fixture).await;
    let (hub, operator) = (&twins.stage.fixture, &twins.stage.operator);
    let of = async |place: &str, slug: &str| {
        let which = json!({"slug": slug, "engagement": place});
        hub.ok(operator, "get_workstream", which).await["id"].clone()
    };
    let (here, there) = (
        of("aster-bank", "lay").await,
        of("birch-mill", "ride").await,
    );
    let across = json!({"workstream": here, "depends_on": there});
    let fault = hub.refused(operator, "create_dependency", across).await;
    assert_eq!(
        (fault.kind, fault.field.as_deref()),
        (FaultKind::Invalid, Some("depends_on"))
    );
    let review = json!([{"task_id": "T-1", "as": "carry_forward", "target": there}]);
    let close = json!({"slug": "lay", "engagement": "aster-bank", "review": review});
    let fault = hub.refused(operator, "close_workstream", close).await;
    assert_eq!(fault.field.as_deref(), Some("review.0.target"));
    let task = json!({"task_id": "T-1", "engagement": "birch-mill"});
    let task = hub.ok(operator, "get_task", task).await["id"].clone();
    let review = json!([{"task_id": task, "as": "done"}]);
    let close = json!({"slug": "lay", "engagement": "aster-bank", "review": review});
    let fault = hub.refused(operator, "close_workstream", close).await;
    assert_eq!(fault.field.as_deref(), Some("review.0.task_id"));
    let edges = hub.count("select count(*) from dependencies", vec![]).await;
    assert_eq!(edges, 0);
}
