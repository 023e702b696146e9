//! Members: what somebody may do follows from what they are, and an engagement keeps an owner.

use bellboard_core::membership::Designations;
use bellboard_hub::fault::FaultKind;
use serde_json::json;

use crate::crowd::field;
use crate::fixture::{HubFixture, told};

on_each_engine!(
    an_owner_says_who_belongs_and_as_what,
    the_last_owner_stays,
    managing_needs_the_capability,
    strangers_are_told_the_same_as_about_what_never_existed,
    somebody_who_does_not_exist_cannot_belong,
    what_is_no_set_of_designations_is_refused,
    members_come_in_pages_newest_first,
    a_change_of_members_wakes_listeners,
    an_agent_reaches_no_further_than_its_owner,
    statements_bound_every_set_by_every_other,
    who_leaves_takes_their_agents_along,
    an_agent_that_owns_does_not_count_as_an_owner,
);

async fn an_owner_says_who_belongs_and_as_what(fixture: HubFixture) {
    let stage = fixture.stage().await;
    let who = stage.stranger.person_id;
    let put = |designations| json!({"engagement_id": stage.engagement, "person_id": who, "designations": designations});
    let shown = stage
        .fixture
        .ok(
            &stage.owner,
            "put_member",
            put(json!(["reader", "operator"])),
        )
        .await;
    assert_eq!(shown["designations"], json!(["operator", "reader"]));
    assert_eq!(shown["read_only"], false);
    assert_eq!(shown["name"], "The stranger");
    let own = stage
        .fixture
        .ok(&stage.stranger, "list_memberships", json!({}))
        .await;
    assert_eq!(own["items"][0]["engagement_name"], "Aster Bank");
    assert_eq!(
        own["items"][0]["designations"],
        json!(["operator", "reader"])
    );
    let shown = stage
        .fixture
        .ok(&stage.owner, "put_member", put(json!(["reader"])))
        .await;
    assert_eq!(shown["read_only"], true);
    let left = json!({"engagement_id": stage.engagement, "person_id": who});
    stage
        .fixture
        .ok(&stage.owner, "delete_member", left.clone())
        .await;
    let fault = stage
        .fixture
        .refused(&stage.owner, "delete_member", left)
        .await;
    assert_eq!(told(&fault), (FaultKind::NotFound, "not_found", None));
}

async fn the_last_owner_stays(fixture: HubFixture) {
    let stage = fixture.stage().await;
    let of = |who: &bellboard_hub::call::Caller| json!({"engagement_id": stage.engagement, "person_id": who.person_id});
    let mut demoted = of(&stage.owner);
    demoted["designations"] = json!(["operator"]);
    for (verb, input) in [
        ("delete_member", of(&stage.owner)),
        ("put_member", demoted.clone()),
    ] {
        let fault = stage.fixture.refused(&stage.owner, verb, input).await;
        assert_eq!(told(&fault), (FaultKind::Conflict, "last_owner", None));
        assert!(fault.detail.contains("Make somebody else an owner"));
    }
    // An owner among other things is an owner.
    let both = ["owner", "domain_expert"];
    stage
        .fixture
        .join(&stage.owner, stage.engagement, &stage.operator, &both)
        .await;
    stage.fixture.ok(&stage.owner, "put_member", demoted).await;
    let fault = stage
        .fixture
        .refused(&stage.operator, "delete_member", of(&stage.operator))
        .await;
    assert_eq!(fault.code, "last_owner");
    stage
        .fixture
        .ok(&stage.operator, "delete_member", of(&stage.owner))
        .await;
}

async fn managing_needs_the_capability(fixture: HubFixture) {
    let stage = fixture.stage().await;
    let member = json!({"engagement_id": stage.engagement, "person_id": stage.reader.person_id});
    let mut put = member.clone();
    put["designations"] = json!(["owner"]);
    let here = json!({"engagement_id": stage.engagement});
    for who in [
        &stage.operator,
        &stage.contributor,
        &stage.domain_expert,
        &stage.reader,
    ] {
        for (verb, input) in [
            ("put_member", put.clone()),
            ("delete_member", member.clone()),
            ("delete_engagement", here.clone()),
        ] {
            let fault = stage.fixture.refused(who, verb, input).await;
            assert_eq!(
                told(&fault),
                (FaultKind::Forbidden, "capability_denied", None),
                "{verb}"
            );
        }
        for verb in ["get_engagement", "list_members"] {
            stage.fixture.ok(who, verb, here.clone()).await;
        }
    }
}

async fn strangers_are_told_the_same_as_about_what_never_existed(fixture: HubFixture) {
    let stage = fixture.stage().await;
    let never = "01a1fa0b-3180-7000-8000-000000000000";
    for verb in [
        "get_engagement",
        "delete_engagement",
        "list_members",
        "put_member",
        "delete_member",
        "start_run",
    ] {
        let input = |engagement| match verb {
            "put_member" => {
                json!({"engagement_id": engagement, "person_id": stage.reader.person_id, "designations": ["owner"]})
            }
            "delete_member" => {
                json!({"engagement_id": engagement, "person_id": stage.reader.person_id})
            }
            "start_run" => json!({"engagement_id": engagement, "type": "build"}),
            _ => json!({"engagement_id": engagement}),
        };
        let foreign = input(json!(stage.engagement));
        let foreign = stage.fixture.refused(&stage.stranger, verb, foreign).await;
        let missing = input(json!(never));
        let missing = stage.fixture.refused(&stage.stranger, verb, missing).await;
        assert_eq!(
            told(&foreign),
            (FaultKind::NotFound, "not_found", None),
            "{verb}"
        );
        assert_eq!(foreign, missing, "{verb}");
    }
}

async fn somebody_who_does_not_exist_cannot_belong(fixture: HubFixture) {
    let stage = fixture.stage().await;
    let input = json!({"engagement_id": stage.engagement, "person_id": "01a1fa0b-3180-7000-8000-000000000000",
        "designations": ["reader"]});
    let fault = stage
        .fixture
        .refused(&stage.owner, "put_member", input)
        .await;
    assert_eq!(
        told(&fault),
        (FaultKind::Invalid, "invalid_input", Some("person_id"))
    );
}

async fn what_is_no_set_of_designations_is_refused(fixture: HubFixture) {
    let stage = fixture.stage().await;
    for designations in [json!([]), json!(["king"]), json!("owner"), json!(null)] {
        let input = json!({"engagement_id": stage.engagement, "person_id": stage.reader.person_id,
            "designations": designations});
        let fault = stage
            .fixture
            .refused(&stage.owner, "put_member", input)
            .await;
        assert_eq!(
            told(&fault),
            (FaultKind::Invalid, "invalid_input", Some("designations"))
        );
    }
}

async fn members_come_in_pages_newest_first(fixture: HubFixture) {
    let stage = fixture.stage().await;
    let input = json!({"engagement_id": stage.engagement});
    for limit in [1, 2, 5, 50] {
        let shown = stage
            .fixture
            .pages(&stage.reader, "list_members", input.clone(), limit)
            .await;
        let names = field(&shown, "name");
        assert_eq!(
            names,
            [
                "The reader",
                "The domain_expert",
                "The contributor",
                "The operator",
                "Olive"
            ]
        );
    }
}

async fn a_change_of_members_wakes_listeners(fixture: HubFixture) {
    let stage = fixture.stage().await;
    let hints = "select count(*) from events where kind = 'engagement.changed'";
    let before = stage.fixture.count(hints, vec![]).await;
    stage
        .fixture
        .join(&stage.owner, stage.engagement, &stage.stranger, &["reader"])
        .await;
    let left = json!({"engagement_id": stage.engagement, "person_id": stage.stranger.person_id});
    stage.fixture.ok(&stage.owner, "delete_member", left).await;
    assert_eq!(stage.fixture.count(hints, vec![]).await, before + 2);
}

async fn an_agent_reaches_no_further_than_its_owner(fixture: HubFixture) {
    let stage = fixture.stage().await;
    let (here, owner) = (stage.engagement, &stage.owner);
    let agent = stage.fixture.agent(&stage.operator, "Scout").await;
    stage.fixture.join(owner, here, &agent, &["owner"]).await;
    let start = json!({"engagement_id": here, "type": "build", "identity_mode": "nonce"});
    stage.fixture.ok(&agent, "start_run", start.clone()).await;
    // Made an owner, it still does not manage: the operator who answers for it does not.
    let manage = json!({"engagement_id": here, "person_id": stage.reader.person_id, "designations": ["owner"]});
    let fault = stage.fixture.refused(&agent, "put_member", manage).await;
    assert_eq!(fault.code, "capability_denied");
    stage
        .fixture
        .join(owner, here, &stage.operator, &["reader"])
        .await;
    let fault = stage
        .fixture
        .refused(&agent, "start_run", start.clone())
        .await;
    assert_eq!(
        told(&fault),
        (FaultKind::Forbidden, "capability_denied", None)
    );
    let look = json!({"engagement_id": here});
    stage
        .fixture
        .ok(&agent, "get_engagement", look.clone())
        .await;
    // As an older hub may have left it: the owner is gone, the membership of the agent is not.
    let gone = "delete from memberships where person_id = $1";
    let parameters = vec![stage.operator.person_id.into()];
    assert_eq!(stage.fixture.execute(gone, parameters).await, 1);
    let fault = stage.fixture.refused(&agent, "get_engagement", look).await;
    assert_eq!(told(&fault), (FaultKind::NotFound, "not_found", None));
    for list in ["list_memberships", "list_runs", "list_active"] {
        let seen = stage.fixture.ok(&agent, list, json!({})).await;
        assert_eq!(
            (&seen["items"], &seen["total_count"]),
            (&json!([]), &json!(0)),
            "{list}"
        );
    }
}

/// What a statement says in SQL, `Designations::bounded_by` says in Rust.
async fn statements_bound_every_set_by_every_other(fixture: HubFixture) {
    let stage = fixture.stage().await;
    let agent = stage.fixture.agent(&stage.operator, "Scout").await;
    let sets: Vec<Designations> = (1..32).filter_map(Designations::from_bits).collect();
    assert_eq!(sets.len(), 31);
    let belongs = "insert into memberships (engagement_id, person_id, designations, created_at) values ($1, $2, $3, 1)";
    for own in &sets {
        let name = format!("Place {}", own.bits());
        let place = stage.fixture.engagement(&stage.owner, &name).await;
        for who in [&agent, &stage.operator] {
            let bits = i64::from(own.bits());
            let member = vec![place.into(), who.person_id.into(), bits.into()];
            assert_eq!(stage.fixture.execute(belongs, member).await, 1);
        }
    }
    let changed = "update memberships set designations = $1 where person_id = $2";
    for bound in &sets {
        let bits = i64::from(bound.bits());
        let owner = vec![bits.into(), stage.operator.person_id.into()];
        assert_eq!(stage.fixture.execute(changed, owner).await, 32);
        let seen = stage
            .fixture
            .pages(&agent, "list_memberships", json!({}), 50)
            .await;
        assert_eq!(seen.len(), sets.len());
        for membership in seen {
            let name = membership["engagement_name"].as_str().unwrap();
            let bits: u8 = name.strip_prefix("Place ").unwrap().parse().unwrap();
            let own = Designations::from_bits(bits).unwrap();
            assert_eq!(
                membership["designations"],
                json!(own.bounded_by(*bound)),
                "{own:?} within {bound:?}"
            );
        }
    }
}

async fn who_leaves_takes_their_agents_along(fixture: HubFixture) {
    let stage = fixture.stage().await;
    let (here, owner) = (stage.engagement, &stage.owner);
    let agent = stage.fixture.agent(&stage.operator, "Scout").await;
    let other = stage.fixture.agent(owner, "Stays").await;
    for who in [&agent, &other] {
        stage.fixture.join(owner, here, who, &["operator"]).await;
    }
    let left = json!({"engagement_id": here, "person_id": stage.operator.person_id});
    stage.fixture.ok(owner, "delete_member", left).await;
    let members = json!({"engagement_id": here});
    let shown = stage
        .fixture
        .pages(owner, "list_members", members, 10)
        .await;
    assert_eq!(
        field(&shown, "name"),
        [
            "Stays",
            "The reader",
            "The domain_expert",
            "The contributor",
            "Olive"
        ]
    );
    // It cannot come back before whoever answers for it.
    let back =
        json!({"engagement_id": here, "person_id": agent.person_id, "designations": ["operator"]});
    let fault = stage
        .fixture
        .refused(owner, "put_member", back.clone())
        .await;
    assert_eq!(
        told(&fault),
        (FaultKind::Invalid, "invalid_input", Some("person_id"))
    );
    assert!(fault.detail.contains("owner"), "{fault}");
    stage
        .fixture
        .join(owner, here, &stage.operator, &["operator"])
        .await;
    stage.fixture.ok(owner, "put_member", back).await;
}

async fn an_agent_that_owns_does_not_count_as_an_owner(fixture: HubFixture) {
    let stage = fixture.stage().await;
    let (here, owner) = (stage.engagement, &stage.owner);
    let agent = stage.fixture.agent(owner, "Helper").await;
    stage.fixture.join(owner, here, &agent, &["owner"]).await;
    let leave = json!({"engagement_id": here, "person_id": owner.person_id});
    let mut demote = leave.clone();
    demote["designations"] = json!(["operator"]);
    for (who, verb, input) in [
        (&agent, "delete_member", &leave),
        (&agent, "put_member", &demote),
        (owner, "delete_member", &leave),
    ] {
        let fault = stage.fixture.refused(who, verb, input.clone()).await;
        assert_eq!(told(&fault), (FaultKind::Conflict, "last_owner", None));
    }
    // The agent itself may go at any time.
    let gone = json!({"engagement_id": here, "person_id": agent.person_id});
    stage.fixture.ok(owner, "delete_member", gone).await;
}
