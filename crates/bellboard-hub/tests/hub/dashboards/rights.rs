//! Who may do what with a dashboard.

use bellboard_hub::call::Caller;
use bellboard_hub::fault::FaultKind;
use serde_json::json;

use super::{made, question, wish};
use crate::fixture::{HubFixture, id_in, told};

on_each_engine!(
    each_designation_may_do_what_the_table_says,
    an_agent_reaches_no_further_than_its_owner,
    the_engagement_is_named_where_there_are_several,
    a_token_of_one_engagement_sees_no_other,
);

async fn each_designation_may_do_what_the_table_says(fixture: HubFixture) {
    let stage = fixture.stage().await;
    let board = made(&stage, "Tasks").await;
    let of = json!({"dashboard_id": board});
    let change = json!({"dashboard_id": board, "description": "Seen"});
    let rows: [(&Caller, bool, bool); 6] = [
        (&stage.owner, true, true),
        (&stage.operator, true, true),
        (&stage.contributor, true, true),
        (&stage.domain_expert, true, false),
        (&stage.reader, true, false),
        (&stage.stranger, false, false),
    ];
    for (who, sees, changes) in rows {
        let refusal = if sees {
            FaultKind::Forbidden
        } else {
            FaultKind::NotFound
        };
        let seen = stage.fixture.call(who, "get_dashboard", of.clone()).await;
        assert_eq!(seen.is_ok(), sees, "{} sees", who.name);
        for (verb, input) in [
            ("update_dashboard", change.clone()),
            ("create_dashboard", wish(&stage, "Another")),
        ] {
            let done = stage.fixture.call(who, verb, input).await;
            match done {
                Ok(_) => assert!(changes, "{} may {verb}", who.name),
                Err(fault) => {
                    assert!(!changes, "{} may not {verb}: {fault}", who.name);
                    assert_eq!(fault.kind, refusal, "{} {verb}", who.name);
                }
            }
        }
        let listed = stage.fixture.ok(who, "list_dashboards", json!({})).await;
        assert_eq!(listed["total_count"] == 0, !sees, "{} lists", who.name);
    }
    for who in [&stage.domain_expert, &stage.reader] {
        let fault = stage
            .fixture
            .refused(who, "archive_dashboard", of.clone())
            .await;
        assert_eq!(
            told(&fault),
            (FaultKind::Forbidden, "capability_denied", None)
        );
    }
    let archived = stage
        .fixture
        .ok(&stage.contributor, "archive_dashboard", of)
        .await;
    assert!(archived["archived_at"].is_string());
}

async fn an_agent_reaches_no_further_than_its_owner(fixture: HubFixture) {
    let stage = fixture.stage().await;
    let board = made(&stage, "Tasks").await;
    let of = json!({"dashboard_id": board});
    for (owner, changes) in [(&stage.operator, true), (&stage.reader, false)] {
        let agent = stage.fixture.agent(owner, "An agent").await;
        stage
            .fixture
            .join(&stage.owner, stage.engagement, &agent, &["operator"])
            .await;
        stage.fixture.ok(&agent, "get_dashboard", of.clone()).await;
        let change = json!({"dashboard_id": board, "title": format!("Of {}", owner.name)});
        let done = stage.fixture.call(&agent, "update_dashboard", change).await;
        assert_eq!(done.is_ok(), changes, "{}", owner.name);
    }
    let seen = stage.fixture.ok(&stage.reader, "get_dashboard", of).await;
    assert_eq!(seen["title"], "Of The operator");
}

async fn the_engagement_is_named_where_there_are_several(fixture: HubFixture) {
    let stage = fixture.stage().await;
    let elsewhere = stage.fixture.engagement(&stage.owner, "Elsewhere").await;
    let unnamed = json!({"title": "Tasks", "view_spec_json": question()});
    let fault = stage
        .fixture
        .refused(&stage.owner, "create_dashboard", unnamed.clone())
        .await;
    assert_eq!(
        told(&fault),
        (FaultKind::Invalid, "invalid_input", Some("engagement"))
    );
    assert_eq!(
        fault.extra["engagements"],
        json!(["aster-bank", "elsewhere"])
    );
    for (name, id) in [
        (json!("aster-bank"), stage.engagement),
        (json!(elsewhere), elsewhere),
    ] {
        let mut named = unnamed.clone();
        named["engagement"] = name;
        let made = stage
            .fixture
            .ok(&stage.owner, "create_dashboard", named)
            .await;
        assert_eq!(id_in(&made["engagement_id"]), id);
    }
    for (filter, held) in [
        (json!({}), 2),
        (json!({"engagement": "elsewhere"}), 1),
        (json!({"engagement": stage.engagement}), 1),
    ] {
        let list = stage
            .fixture
            .ok(&stage.owner, "list_dashboards", filter)
            .await;
        assert_eq!(list["total_count"], held);
    }
    // The operator belongs to one of them, and needs to name none.
    let made = stage
        .fixture
        .ok(&stage.operator, "create_dashboard", unnamed)
        .await;
    assert_eq!(made["engagement_slug"], "aster-bank");
}

async fn a_token_of_one_engagement_sees_no_other(fixture: HubFixture) {
    use bellboard_core::id::TokenId;
    use bellboard_hub::call::Credential;

    let stage = fixture.stage().await;
    let here = made(&stage, "Here").await;
    let elsewhere = stage.fixture.engagement(&stage.owner, "Elsewhere").await;
    let mut there = wish(&stage, "There");
    there["engagement"] = json!(elsewhere);
    let there = stage
        .fixture
        .ok(&stage.owner, "create_dashboard", there)
        .await;
    let token = json!({"name": "narrow", "engagements": [elsewhere]});
    let token = stage.fixture.ok(&stage.owner, "create_token", token).await;
    let narrowed = Caller {
        credential: Credential::Token {
            id: TokenId::from_uuid(id_in(&token["token"]["id"])),
            narrowed: true,
            verbs: None,
        },
        ..stage.owner.clone()
    };
    let of = json!({"dashboard_id": there["id"]});
    stage.fixture.ok(&narrowed, "get_dashboard", of).await;
    let of = json!({"dashboard_id": here});
    let fault = stage.fixture.refused(&narrowed, "get_dashboard", of).await;
    assert_eq!(fault.kind, FaultKind::NotFound);
    let list = stage
        .fixture
        .ok(&narrowed, "list_dashboards", json!({}))
        .await;
    assert_eq!(
        (&list["total_count"], &list["items"][0]["title"]),
        (&json!(1), &json!("There"))
    );
}
