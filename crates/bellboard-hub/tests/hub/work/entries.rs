//! Extension points, technical debts and progress events.

use bellboard_hub::fault::FaultKind;
use serde_json::json;

use super::domain;
use crate::fixture::{HubFixture, told};

on_each_engine!(
    p3_2_extension_points_and_debts_check_the_domain_against_the_live_list,
    p3_2_a_rename_orphans_no_extension_point_and_no_debt,
    words_that_are_none_of_their_set_are_named,
    progress_is_listed_by_what_it_is_about,
);

const KINDS: [(&str, &str, &str); 2] = [
    ("extension_point", "ep_id", "EP-1"),
    ("technical_debt", "td_id", "TD-1"),
];

async fn p3_2_extension_points_and_debts_check_the_domain_against_the_live_list(
    fixture: HubFixture,
) {
    let stage = fixture.stage().await;
    let hub = &stage.fixture;
    domain(&stage, "railiance").await;
    domain(&stage, "markitect").await;
    for (what, key, id) in KINDS {
        let wanted = |domain: &str| json!({key: id, "domain": domain, "title": "Something"});
        let create = format!("create_{what}");
        let fault = hub
            .refused(&stage.operator, &create, wanted("railiances"))
            .await;
        assert_eq!(
            told(&fault),
            (FaultKind::Invalid, "unknown_domain", Some("domain"))
        );
        assert_eq!(
            fault.extra["valid_slugs"],
            json!(["markitect", "railiance"])
        );
        assert!(
            fault.detail.ends_with("Valid are: markitect, railiance."),
            "{}",
            fault.detail
        );
        let made = hub.ok(&stage.operator, &create, wanted("railiance")).await;
        assert_eq!(
            (&made["domain"], &made["status"], &made["type"]),
            (&json!("railiance"), &json!("open"), &json!("other"))
        );
        let fault = hub
            .refused(&stage.operator, &create, wanted("railiance"))
            .await;
        assert_eq!(told(&fault), (FaultKind::Conflict, "slug_taken", Some(key)));
        let fault = hub
            .refused(
                &stage.operator,
                &format!("update_{what}"),
                json!({key: id, "domain": "unknown"}),
            )
            .await;
        assert_eq!(fault.code, "unknown_domain");
    }
}

async fn p3_2_a_rename_orphans_no_extension_point_and_no_debt(fixture: HubFixture) {
    let stage = fixture.stage().await;
    let hub = &stage.fixture;
    domain(&stage, "railiance").await;
    for (what, key, id) in KINDS {
        let make =
            json!({key: id, "domain": "railiance", "title": "Something", "location": "src/a.rs"});
        hub.ok(&stage.operator, &format!("create_{what}"), make)
            .await;
    }
    let rename = json!({"slug": "railiance", "new_slug": "rail"});
    hub.ok(&stage.operator, "rename_domain", rename).await;
    for (what, key, id) in KINDS {
        let get = format!("get_{what}");
        let shown = hub.ok(&stage.reader, &get, json!({key: id})).await;
        assert_eq!(shown["domain"], "rail");
        let update =
            json!({key: id, "status": "in-progress", "title": "Another", "location": null});
        let changed = hub
            .ok(&stage.operator, &format!("update_{what}"), update)
            .await;
        assert_eq!(
            (&changed["status"], &changed["title"], &changed["location"]),
            (&json!("in_progress"), &json!("Another"), &json!(""))
        );
        for (filter, found) in [
            (json!({"domain": "rail"}), 1),
            (json!({"domain": "railiance", "status": "in_progress"}), 1),
            (json!({"status": "open"}), 0),
            (json!({"type": "other"}), 1),
            (json!({"type": "security"}), 0),
        ] {
            // `security` is a word of debts only.
            if what == "extension_point" && filter["type"] == "security" {
                continue;
            }
            let list = hub
                .ok(&stage.reader, &format!("list_{what}s"), filter.clone())
                .await;
            assert_eq!(list["total_count"], found, "{what} {filter}");
            assert_eq!(list["items"].as_array().unwrap().len(), found);
        }
    }
    let detail = hub
        .ok(&stage.reader, "get_domain", json!({"slug": "rail"}))
        .await;
    assert_eq!(
        (
            &detail["counts"]["extension_points"],
            &detail["counts"]["technical_debts"]
        ),
        (&json!(1), &json!(1))
    );
}

async fn words_that_are_none_of_their_set_are_named(fixture: HubFixture) {
    let stage = fixture.stage().await;
    domain(&stage, "railiance").await;
    for (what, key, id) in KINDS {
        for (field, value) in [
            ("status", json!("sleeping")),
            ("type", json!("colour")),
            (key, json!("not a key")),
            ("title", json!("")),
        ] {
            let mut make = json!({key: id, "domain": "railiance", "title": "Something"});
            make[field] = value;
            let fault = stage
                .fixture
                .refused(&stage.operator, &format!("create_{what}"), make)
                .await;
            assert_eq!(
                told(&fault),
                (FaultKind::Invalid, "invalid_input", Some(field)),
                "{what}: {}",
                fault.detail
            );
        }
    }
    let fault = stage
        .fixture
        .refused(
            &stage.operator,
            "list_extension_points",
            json!({"status": "sleeping"}),
        )
        .await;
    assert!(
        fault.detail.contains("open, in_progress, addressed"),
        "{}",
        fault.detail
    );
}

async fn progress_is_listed_by_what_it_is_about(fixture: HubFixture) {
    let stage = fixture.stage().await;
    let hub = &stage.fixture;
    domain(&stage, "railiance").await;
    domain(&stage, "markitect").await;
    let run = stage.running().await;
    let note = json!({"summary": "The rails arrived", "domain": "railiance", "run_id": run, "type": "delivery"});
    let made = hub.ok(&stage.contributor, "add_progress", note).await;
    assert_eq!(
        (&made["type"], &made["domain"], &made["author_name"]),
        (
            &json!("delivery"),
            &json!("railiance"),
            &json!("The contributor")
        )
    );
    let plain = hub
        .ok(
            &stage.operator,
            "add_progress",
            json!({"summary": "On we go"}),
        )
        .await;
    assert_eq!(
        (&plain["type"], &plain["domain"]),
        (&json!("note"), &json!(null))
    );
    let author = stage.contributor.person_id;
    for (filter, expected) in [
        (
            json!({}),
            vec!["note", "delivery", "domain_created", "domain_created"],
        ),
        (
            json!({"domain": "railiance"}),
            vec!["delivery", "domain_created"],
        ),
        (json!({"author": author}), vec!["delivery"]),
        (
            json!({"engagement": "aster-bank", "limit": 1}),
            vec!["note"],
        ),
    ] {
        let list = hub.ok(&stage.reader, "list_progress", filter.clone()).await;
        let types: Vec<_> = list["items"]
            .as_array()
            .unwrap()
            .iter()
            .map(|item| item["type"].as_str().unwrap())
            .collect();
        assert_eq!(types, expected, "{filter}");
    }
    for (input, field) in [
        (json!({"summary": "x", "domain": "unknown"}), "domain"),
        (
            json!({"summary": "x", "workstream": "unknown"}),
            "workstream",
        ),
        (json!({"summary": "x", "task": "T-1"}), "task"),
        (json!({"summary": ""}), "summary"),
        (json!({"summary": "x", "type": "Not A Type"}), "type"),
    ] {
        let fault = hub.refused(&stage.operator, "add_progress", input).await;
        assert_eq!(
            (fault.kind, fault.field.as_deref()),
            (FaultKind::Invalid, Some(field))
        );
    }
}
