//! What waits for what, without circles.

use bellboard_hub::fault::FaultKind;
use serde_json::{Value, json};

use super::{domain, last_events, workstream};
use crate::fixture::{HubFixture, told};
use crate::races::{at_once, calling};

on_each_engine!(
    dependencies_come_in_pages,
    dependencies_are_made_listed_and_removed,
    a_circle_is_refused_with_the_way_around,
    two_who_would_close_a_circle_together_do_not,
);

fn edge(waits: &str, for_what: &str) -> Value {
    json!({"workstream": waits, "depends_on": for_what})
}

async fn dependencies_are_made_listed_and_removed(fixture: HubFixture) {
    let stage = fixture.stage().await;
    let hub = &stage.fixture;
    domain(&stage, "railiance").await;
    for slug in ["a", "b", "c"] {
        workstream(&stage, "railiance", slug).await;
    }
    let made = hub
        .ok(&stage.operator, "create_dependency", edge("b", "a"))
        .await;
    assert_eq!(
        (&made["workstream"], &made["depends_on"], &made["cleared"]),
        (&json!("b"), &json!("a"), &json!(false))
    );
    hub.ok(&stage.operator, "create_dependency", edge("c", "b"))
        .await;
    let before = last_events(&stage, 100).await.len();
    hub.ok(&stage.operator, "create_dependency", edge("c", "b"))
        .await;
    assert_eq!(
        last_events(&stage, 100).await.len(),
        before,
        "the same again changes nothing"
    );
    let seen = hub
        .ok(&stage.reader, "get_workstream", json!({"slug": "b"}))
        .await;
    assert_eq!(
        (&seen["depends_on"], &seen["blocks"]),
        (&json!(["a"]), &json!(["c"]))
    );
    for (filter, many) in [
        (json!({}), 2),
        (json!({"workstream": "b"}), 2),
        (json!({"workstream": "a"}), 1),
    ] {
        let list = hub.ok(&stage.reader, "list_dependencies", filter).await;
        assert_eq!(
            (
                list["items"].as_array().unwrap().len(),
                &list["total_count"]
            ),
            (many, &json!(many))
        );
    }
    let nothing = hub
        .ok(&stage.stranger, "list_dependencies", json!({}))
        .await;
    assert_eq!(nothing["total_count"], 0);
    let archive = json!({"slug": "a", "status": "archived"});
    hub.ok(&stage.operator, "update_workstream", archive).await;
    let list = hub
        .ok(
            &stage.reader,
            "list_dependencies",
            json!({"workstream": "a"}),
        )
        .await;
    assert_eq!(list["items"][0]["cleared"], true);
    for removed in [true, false] {
        let gone = hub
            .ok(&stage.operator, "delete_dependency", edge("b", "a"))
            .await;
        assert_eq!(gone["removed"], removed);
    }
    assert_eq!(
        last_events(&stage, 2).await,
        ["dependency_deleted", "workstream_updated"]
    );
}

async fn a_circle_is_refused_with_the_way_around(fixture: HubFixture) {
    let stage = fixture.stage().await;
    let hub = &stage.fixture;
    domain(&stage, "railiance").await;
    for slug in ["a", "b", "c"] {
        workstream(&stage, "railiance", slug).await;
    }
    hub.ok(&stage.operator, "create_dependency", edge("a", "b"))
        .await;
    hub.ok(&stage.operator, "create_dependency", edge("b", "c"))
        .await;
    let fault = hub
        .refused(&stage.operator, "create_dependency", edge("c", "a"))
        .await;
    assert_eq!(
        told(&fault),
        (FaultKind::Conflict, "dependency_cycle", Some("depends_on"))
    );
    assert_eq!(fault.extra["cycle"], json!(["c", "a", "b", "c"]));
    assert!(
        fault.detail.contains("c -> a -> b -> c"),
        "{}",
        fault.detail
    );
    for (input, field) in [
        (edge("a", "a"), "depends_on"),
        (edge("a", "unknown"), "depends_on"),
        (edge("unknown", "a"), "workstream"),
    ] {
        let fault = hub
            .refused(&stage.operator, "create_dependency", input)
            .await;
        assert_eq!(
            told(&fault),
            (FaultKind::Invalid, "invalid_input", Some(field))
        );
    }
    let edges = hub.count("select count(*) from dependencies", vec![]).await;
    assert_eq!(edges, 2);
}

async fn two_who_would_close_a_circle_together_do_not(fixture: HubFixture) {
    let stage = fixture.stage().await;
    domain(&stage, "railiance").await;
    for round in 0..10 {
        let (one, two) = (format!("a-{round}"), format!("b-{round}"));
        workstream(&stage, "railiance", &one).await;
        workstream(&stage, "railiance", &two).await;
        let told = at_once(2, |number| {
            let input = if number == 0 {
                edge(&one, &two)
            } else {
                edge(&two, &one)
            };
            calling(&stage.fixture, &stage.operator, "create_dependency", input)
        })
        .await;
        let made = told.iter().filter(|told| told.is_ok()).count();
        assert_eq!(made, 1, "round {round}");
        let fault = told.into_iter().find_map(Result::err).unwrap();
        assert_eq!(fault.code, "dependency_cycle");
    }
}

async fn dependencies_come_in_pages(fixture: HubFixture) {
    let stage = fixture.stage().await;
    let hub = &stage.fixture;
    domain(&stage, "railiance").await;
    for slug in ["a", "b", "c", "d", "e", "last"] {
        workstream(&stage, "railiance", slug).await;
    }
    // One workstream waits for several since the same moment, and several for one.
    for (waits, depends_on) in [
        ("last", "a"),
        ("last", "b"),
        ("last", "c"),
        ("d", "a"),
        ("e", "a"),
    ] {
        hub.ok(
            &stage.operator,
            "create_dependency",
            edge(waits, depends_on),
        )
        .await;
    }
    for limit in [1, 2, 3, 5] {
        let all = hub
            .pages(&stage.reader, "list_dependencies", json!({}), limit)
            .await;
        let edges = all
            .iter()
            .map(|edge| (edge["workstream"].as_str(), edge["depends_on"].as_str()));
        let edges: std::collections::BTreeSet<_> = edges.collect();
        assert_eq!((all.len(), edges.len()), (5, 5), "{limit} a page");
    }
    let of = json!({"workstream": "last"});
    let some = hub.pages(&stage.reader, "list_dependencies", of, 1).await;
    assert_eq!(some.len(), 3);
}
