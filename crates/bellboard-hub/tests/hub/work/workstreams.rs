//! Workstreams: made, listed, changed; what they look like is computed.

use std::time::Duration;

use bellboard_hub::fault::FaultKind;
use serde_json::{Value, json};

use super::{domain, last_events, slugs, task, update, workstream};
use crate::fixture::{HubFixture, Stage, told};

on_each_engine!(
    a_workstream_is_in_a_domain_about_a_topic_or_in_a_repo,
    workstreams_are_listed_by_where_they_are,
    what_a_workstream_looks_like_is_computed_and_never_stored,
    a_workstream_is_renamed_and_moved,
    what_makes_no_workstream_is_named,
);

const DAY: Duration = Duration::from_hours(24);

/// Two domains, of which one has a topic and the other a repo.
async fn places(stage: &Stage) {
    let hub = &stage.fixture;
    domain(stage, "railiance").await;
    domain(stage, "markitect").await;
    let topic = json!({"domain": "railiance", "slug": "tracks", "title": "Tracks"});
    hub.ok(&stage.operator, "create_topic", topic).await;
    let repo = json!({"domain_slug": "markitect", "name": "press"});
    hub.ok(&stage.operator, "register_repo", repo).await;
}

async fn a_workstream_is_in_a_domain_about_a_topic_or_in_a_repo(fixture: HubFixture) {
    let stage = fixture.stage().await;
    let hub = &stage.fixture;
    places(&stage).await;
    for (input, slug, of) in [
        (
            json!({"domain": "railiance", "slug": "lay", "title": "Lay them", "due_date": "2026-12-24",
                "owner": "Olive", "status": "ready"}),
            "lay",
            "railiance",
        ),
        (
            json!({"topic": "tracks", "title": "Measure: the tracks"}),
            "measure-the-tracks",
            "railiance",
        ),
        (
            json!({"repo": "press", "topic": "tracks", "slug": "print", "title": "Print"}),
            "print",
            "markitect",
        ),
        (
            json!({"repo": "press", "domain": "railiance", "slug": "both", "title": "Both"}),
            "both",
            "railiance",
        ),
    ] {
        let made = hub.ok(&stage.operator, "create_workstream", input).await;
        assert_eq!(
            (&made["slug"], &made["domain_slug"]),
            (&json!(slug), &json!(of))
        );
    }
    let lay = hub
        .ok(&stage.reader, "get_workstream", json!({"slug": "lay"}))
        .await;
    assert_eq!(
        (
            &lay["due_date"],
            &lay["owner"],
            &lay["status"],
            &lay["label"]
        ),
        (
            &json!("2026-12-24"),
            &json!("Olive"),
            &json!("ready"),
            &json!(null)
        )
    );
    assert_eq!(last_events(&stage, 2).await, ["workstream_created"; 2]);
}

async fn workstreams_are_listed_by_where_they_are(fixture: HubFixture) {
    let stage = fixture.stage().await;
    let hub = &stage.fixture;
    places(&stage).await;
    for input in [
        json!({"domain": "railiance", "slug": "lay", "title": "Lay", "status": "ready"}),
        json!({"topic": "tracks", "slug": "measure", "title": "Measure"}),
        json!({"repo": "press", "topic": "tracks", "slug": "print", "title": "Print"}),
    ] {
        hub.ok(&stage.operator, "create_workstream", input).await;
    }
    for (filter, expected) in [
        (json!({}), vec!["print", "measure", "lay"]),
        (json!({"domain": "railiance"}), vec!["measure", "lay"]),
        (json!({"topic": "tracks"}), vec!["print", "measure"]),
        (
            json!({"repo": "press", "domain": "markitect"}),
            vec!["print"],
        ),
        (json!({"status": "proposed"}), vec!["print", "measure"]),
        (
            json!({"status": "open", "engagement": "aster-bank"}),
            vec!["print", "measure", "lay"],
        ),
        (json!({"status": "completed"}), vec![]),
    ] {
        let list = hub
            .ok(&stage.reader, "list_workstreams", filter.clone())
            .await;
        assert_eq!(slugs(&list), expected, "{filter}");
        assert_eq!(list["total_count"], expected.len(), "{filter}");
    }
    let paged = hub
        .pages(&stage.reader, "list_workstreams", json!({}), 2)
        .await;
    assert_eq!(paged.len(), 3);
    let nothing = hub.ok(&stage.stranger, "list_workstreams", json!({})).await;
    assert_eq!(nothing["total_count"], 0);
}

async fn what_a_workstream_looks_like_is_computed_and_never_stored(fixture: HubFixture) {
    let stage = fixture.stage().await;
    let hub = &stage.fixture;
    domain(&stage, "railiance").await;
    workstream(&stage, "railiance", "lay").await;
    let label = async || {
        let seen = hub
            .ok(&stage.reader, "get_workstream", json!({"slug": "lay"}))
            .await;
        (seen["label"].clone(), seen["tasks"].clone())
    };
    for key in ["T-1", "T-2"] {
        task(&stage, "lay", key).await;
    }
    let counts = json!({"todo": 2, "in_progress": 0, "blocked": 0, "done": 0, "cancelled": 0});
    assert_eq!(label().await, (json!(null), counts));
    hub.world.advance(DAY * 8);
    assert_eq!(label().await.0, "dormant");
    update(&stage, "T-1", json!({"status": "done"})).await;
    assert_eq!(label().await.0, json!(null), "something happened just now");
    hub.world.advance(DAY * 8);
    assert_eq!(label().await.0, "stalled");
    update(&stage, "T-2", json!({"status": "cancelled"})).await;
    let counts = json!({"todo": 0, "in_progress": 0, "blocked": 0, "done": 1, "cancelled": 1});
    assert_eq!(label().await, (json!("finished"), counts));
    let close = json!({"slug": "lay", "status": "completed"});
    let closed = hub.ok(&stage.operator, "update_workstream", close).await;
    assert_eq!(closed["label"], json!(null));
    assert!(closed["completed_at"].is_string());
    let open = json!({"slug": "lay", "status": "active"});
    let open = hub.ok(&stage.operator, "update_workstream", open).await;
    assert_eq!(
        (&open["label"], &open["completed_at"]),
        (&json!("finished"), &json!(null))
    );
}

async fn a_workstream_is_renamed_and_moved(fixture: HubFixture) {
    let stage = fixture.stage().await;
    let hub = &stage.fixture;
    domain(&stage, "railiance").await;
    domain(&stage, "markitect").await;
    workstream(&stage, "railiance", "lay").await;
    workstream(&stage, "railiance", "measure").await;
    let change = json!({"slug": "lay", "new_slug": "put", "title": "Put them", "owner": "Olive", "description": "All",
                        "due_date": "2027-01-31", "domain": "markitect", "status": "blocked"});
    let changed = hub.ok(&stage.operator, "update_workstream", change).await;
    assert_eq!(
        (
            &changed["slug"],
            &changed["domain_slug"],
            &changed["status"]
        ),
        (&json!("put"), &json!("markitect"), &json!("blocked"))
    );
    let clear = json!({"slug": "lay", "owner": null, "description": null, "due_date": null});
    let cleared = hub.ok(&stage.operator, "update_workstream", clear).await;
    assert_eq!(
        (
            &cleared["slug"],
            &cleared["owner"],
            &cleared["description"],
            &cleared["due_date"]
        ),
        (&json!("put"), &json!(""), &json!(""), &json!(null))
    );
    let before = last_events(&stage, 100).await.len();
    let same = json!({"slug": "put", "title": "Put them"});
    hub.ok(&stage.operator, "update_workstream", same).await;
    assert_eq!(
        last_events(&stage, 100).await.len(),
        before,
        "nothing changed"
    );
    let taken = json!({"slug": "measure", "new_slug": "lay"});
    let fault = hub
        .refused(&stage.operator, "update_workstream", taken)
        .await;
    assert_eq!(
        told(&fault),
        (FaultKind::Conflict, "slug_taken", Some("new_slug"))
    );
    assert_eq!(fault.extra["taken_by"], "put");
    let fault = hub
        .refused(
            &stage.reader,
            "update_workstream",
            json!({"slug": "put", "title": "No"}),
        )
        .await;
    assert_eq!(fault.code, "capability_denied");
}

/// What makes no workstream, with the code and the field of the refusal.
fn refused() -> Vec<(Value, &'static str, &'static str)> {
    vec![
        (json!({"title": "Lay"}), "invalid_input", "domain"),
        (
            json!({"title": "Lay", "domain": "unknown"}),
            "unknown_domain",
            "domain",
        ),
        (
            json!({"title": "Lay", "topic": "unknown"}),
            "invalid_input",
            "topic",
        ),
        (
            json!({"title": "Lay", "repo": "unknown"}),
            "invalid_input",
            "repo",
        ),
        (
            json!({"title": "Lay", "domain": "railiance", "topic": "unknown"}),
            "invalid_input",
            "topic",
        ),
        (
            json!({"title": "!", "domain": "railiance"}),
            "invalid_input",
            "title",
        ),
        (
            json!({"title": "Lay", "domain": "railiance", "slug": "Lay It"}),
            "invalid_input",
            "slug",
        ),
        (
            json!({"title": "Lay", "domain": "railiance", "status": "sleeping"}),
            "invalid_input",
            "status",
        ),
        (
            json!({"title": "Lay", "domain": "railiance", "status": "completed"}),
            "invalid_input",
            "status",
        ),
        (
            json!({"title": "Lay", "domain": "railiance", "due_date": "tomorrow"}),
            "invalid_input",
            "due_date",
        ),
    ]
}

async fn what_makes_no_workstream_is_named(fixture: HubFixture) {
    let stage = fixture.stage().await;
    let hub = &stage.fixture;
    domain(&stage, "railiance").await;
    for (input, code, field) in refused() {
        let fault = hub
            .refused(&stage.operator, "create_workstream", input.clone())
            .await;
        assert_eq!(
            told(&fault),
            (FaultKind::Invalid, code, Some(field)),
            "{input}: {}",
            fault.detail
        );
    }
    let made = hub.count("select count(*) from workstreams", vec![]).await;
    assert_eq!(made, 0, "what was refused changed nothing");
    let fault = hub
        .refused(
            &stage.reader,
            "list_workstreams",
            json!({"status": "sleeping"}),
        )
        .await;
    assert!(
        fault.detail.contains("proposed, ready, active"),
        "{}",
        fault.detail
    );
}
