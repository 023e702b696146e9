//! Repos: several of a domain, which is their primary link.

use bellboard_hub::fault::FaultKind;
use serde_json::{Value, json};

use super::{domain, slugs};
use crate::fixture::{HubFixture, told};

on_each_engine!(
    p2_1_a_domain_has_several_repos_and_their_topic_is_optional,
    p2_2_the_repo_endpoints_and_the_repos_inside_a_domain,
    p2_3_registering_checks_the_domain_and_leaves_the_other_repos_as_they_are,
    a_repo_keeps_no_secret_in_its_address,
    a_repo_moves_between_domains_and_topics_of_its_engagement_only,
);

async fn p2_1_a_domain_has_several_repos_and_their_topic_is_optional(fixture: HubFixture) {
    let stage = fixture.stage().await;
    let hub = &stage.fixture;
    domain(&stage, "railiance").await;
    let topic = json!({"domain": "railiance", "slug": "tracks", "title": "Tracks"});
    hub.ok(&stage.operator, "create_topic", topic).await;
    let first =
        json!({"domain_slug": "railiance", "name": "Rail Hub", "local_path": "/srv/rail-hub"});
    let first = hub.ok(&stage.contributor, "register_repo", first).await;
    assert_eq!(
        (&first["slug"], &first["domain_slug"], &first["topic_slug"]),
        (&json!("rail-hub"), &json!("railiance"), &json!(null))
    );
    let second = json!({"domain_slug": "railiance", "name": "Second", "slug": "second", "topic": "tracks",
                        "remote_url": "git@git.example.com:rail/second.git"});
    let second = hub.ok(&stage.operator, "create_repo", second).await;
    assert_eq!(second["topic_slug"], "tracks");
    let list = json!({"domain_slug": "railiance"});
    let list = hub.ok(&stage.reader, "list_domain_repos", list).await;
    assert_eq!(slugs(&list), ["rail-hub", "second"]);
    let again = json!({"domain_slug": "railiance", "name": "rail hub"});
    let fault = hub.refused(&stage.operator, "register_repo", again).await;
    assert_eq!(
        told(&fault),
        (FaultKind::Conflict, "slug_taken", Some("slug"))
    );
    let nowhere = json!({"domain_slug": "unknown", "name": "Third"});
    for verb in ["register_repo", "create_repo"] {
        let fault = hub.refused(&stage.operator, verb, nowhere.clone()).await;
        assert_eq!(
            told(&fault),
            (FaultKind::Invalid, "unknown_domain", Some("domain_slug"))
        );
        assert_eq!(fault.extra["valid_slugs"], json!(["railiance"]));
    }
    let topic = json!({"domain": "railiance", "name": "Third", "topic": "unknown"});
    let fault = hub.refused(&stage.operator, "create_repo", topic).await;
    assert_eq!(
        told(&fault),
        (FaultKind::Invalid, "invalid_input", Some("topic"))
    );
}

/// The repo as `get_repo` shows it before its first sync.
fn never_synced(repo: &Value) -> Value {
    let mut detail = repo.clone();
    for rows in ["drift", "warnings", "errors"] {
        detail[rows] = json!([]);
    }
    detail
}

async fn p2_2_the_repo_endpoints_and_the_repos_inside_a_domain(fixture: HubFixture) {
    let stage = fixture.stage().await;
    let hub = &stage.fixture;
    domain(&stage, "railiance").await;
    domain(&stage, "markitect").await;
    for (domain, name) in [
        ("railiance", "one"),
        ("railiance", "two"),
        ("markitect", "three"),
    ] {
        let make = json!({"domain": domain, "name": name, "description": "A repo"});
        hub.ok(&stage.operator, "create_repo", make).await;
    }
    let update = json!({"slug": "two", "new_slug": "second", "name": "The second", "local_path": "/srv/two",
                        "description": null, "domain": "markitect"});
    let changed = hub.ok(&stage.operator, "update_repo", update).await;
    assert_eq!(
        (
            &changed["slug"],
            &changed["domain_slug"],
            &changed["description"]
        ),
        (&json!("second"), &json!("markitect"), &json!(""))
    );
    let shown = hub
        .ok(&stage.reader, "get_repo", json!({"slug": "two"}))
        .await;
    let expected = never_synced(&changed);
    assert_eq!(shown, expected, "the former slug leads there");
    let detail = hub
        .ok(&stage.reader, "get_domain", json!({"slug": "markitect"}))
        .await;
    assert_eq!(detail["counts"]["repos"], 2);
    let inside: Vec<_> = detail["repos"].as_array().unwrap().iter().collect();
    assert_eq!(
        (&inside[0]["slug"], &inside[1]["local_path"]),
        (&json!("second"), &json!(null)),
        "by slug"
    );
    assert_eq!(inside[0], &changed);
    let domains = hub.ok(&stage.reader, "list_domains", json!({})).await;
    let counted: Vec<_> = domains["items"].as_array().unwrap().iter().collect();
    assert_eq!(
        (&counted[0]["counts"], &counted[1]["counts"]["repos"]),
        (&detail["counts"], &json!(1)),
        "the list counts as the details do, newest first"
    );
    let archive = json!({"slug": "one"});
    let archived = hub.ok(&stage.operator, "archive_repo", archive).await;
    assert_eq!(archived["status"], "archived");
    for (filter, expected) in [
        (json!({}), vec!["three", "second"]),
        (json!({"domain": "railiance"}), vec![]),
        (json!({"domain": "railiance", "status": "all"}), vec!["one"]),
        (json!({"status": "archived"}), vec!["one"]),
    ] {
        let list = hub.ok(&stage.reader, "list_repos", filter.clone()).await;
        assert_eq!(slugs(&list), expected, "{filter}");
    }
    let all = hub
        .pages(&stage.reader, "list_repos", json!({"status": "all"}), 2)
        .await;
    assert_eq!(all.len(), 3);
}

async fn a_repo_keeps_no_secret_in_its_address(fixture: HubFixture) {
    let stage = fixture.stage().await;
    domain(&stage, "railiance").await;
    for address in ["https://ada:pass@git.example.com/a", "javascript:alert(1)"] {
        let make = json!({"domain": "railiance", "name": "one", "remote_url": address});
        let fault = stage
            .fixture
            .refused(&stage.operator, "create_repo", make)
            .await;
        assert_eq!(
            told(&fault),
            (FaultKind::Invalid, "invalid_input", Some("remote_url"))
        );
        assert!(!fault.detail.contains("ada"), "{}", fault.detail);
    }
    let repos = stage
        .fixture
        .count("select count(*) from repos", vec![])
        .await;
    assert_eq!(repos, 0);
}

async fn p2_3_registering_checks_the_domain_and_leaves_the_other_repos_as_they_are(
    fixture: HubFixture,
) {
    let stage = fixture.stage().await;
    let hub = &stage.fixture;
    domain(&stage, "railiance").await;
    let register = |name: &str, path: &str| json!({"domain_slug": "railiance", "name": name, "local_path": path});
    let first = hub
        .ok(
            &stage.contributor,
            "register_repo",
            register("Rail Hub", "/srv/hub"),
        )
        .await;
    let second = hub
        .ok(
            &stage.contributor,
            "register_repo",
            register("Rail Docs", "/srv/docs"),
        )
        .await;
    let of_domain = json!({"domain_slug": "railiance"});
    let list = hub.ok(&stage.reader, "list_domain_repos", of_domain).await;
    assert_eq!(
        list["items"],
        json!([second, first]),
        "by slug, both as made"
    );
    // The same name once more is refused and says what is there; nothing is overwritten.
    let fault = hub
        .refused(
            &stage.contributor,
            "register_repo",
            register("Rail Hub", "/elsewhere"),
        )
        .await;
    assert_eq!(fault.code, "slug_taken");
    assert_eq!(fault.extra["taken_by"], "rail-hub");
    let shown = hub
        .ok(&stage.reader, "get_repo", json!({"slug": "rail-hub"}))
        .await;
    assert_eq!(shown, never_synced(&first));
    // A former slug of the domain will do, an archived domain will not.
    let rename = json!({"slug": "railiance", "new_slug": "rail"});
    hub.ok(&stage.operator, "rename_domain", rename).await;
    let third = register("Rail Tools", "/srv/tools");
    let third = hub.ok(&stage.contributor, "register_repo", third).await;
    assert_eq!(third["domain_slug"], "rail");
    hub.ok(&stage.operator, "archive_domain", json!({"slug": "rail"}))
        .await;
    let fourth = register("Rail Late", "/srv/late");
    let fault = hub
        .refused(&stage.contributor, "register_repo", fourth)
        .await;
    assert_eq!(
        told(&fault),
        (FaultKind::Invalid, "unknown_domain", Some("domain_slug"))
    );
    assert!(fault.detail.contains("create_domain"), "{}", fault.detail);
    assert_eq!(hub.count("select count(*) from repos", vec![]).await, 3);
}

async fn a_repo_moves_between_domains_and_topics_of_its_engagement_only(fixture: HubFixture) {
    let stage = fixture.stage().await;
    let hub = &stage.fixture;
    domain(&stage, "railiance").await;
    domain(&stage, "markitect").await;
    let birch = hub.engagement(&stage.owner, "Birch").await;
    let elsewhere = json!({"engagement": birch, "slug": "birches", "name": "Birches"});
    hub.ok(&stage.owner, "create_domain", elsewhere).await;
    let topic = json!({"domain": "birches", "slug": "leaves", "title": "Leaves"});
    hub.ok(&stage.owner, "create_topic", topic).await;
    let topic = json!({"domain": "railiance", "slug": "tracks", "title": "Tracks"});
    hub.ok(&stage.owner, "create_topic", topic).await;
    let repo = json!({"domain": "railiance", "name": "hub"});
    hub.ok(&stage.owner, "create_repo", repo).await;
    let update = |field: &str, to: serde_json::Value| json!({"slug": "hub", field: to});
    for (field, to, code) in [
        ("domain", "birches", "unknown_domain"),
        ("domain", "never", "unknown_domain"),
        ("topic", "leaves", "invalid_input"),
    ] {
        let fault = hub
            .refused(&stage.owner, "update_repo", update(field, json!(to)))
            .await;
        assert_eq!(told(&fault), (FaultKind::Invalid, code, Some(field)));
    }
    for (field, to, shown) in [
        ("topic", json!("tracks"), "topic_slug"),
        ("domain", json!("markitect"), "domain_slug"),
    ] {
        let changed = hub
            .ok(&stage.owner, "update_repo", update(field, to.clone()))
            .await;
        assert_eq!(changed[shown], to);
    }
    let changed = hub
        .ok(&stage.owner, "update_repo", update("topic", json!(null)))
        .await;
    assert_eq!(changed["topic_slug"], json!(null));
    let archived = json!({"slug": "markitect"});
    hub.ok(&stage.owner, "archive_domain", archived).await;
    hub.ok(
        &stage.owner,
        "update_repo",
        update("name", json!("The hub")),
    )
    .await;
    let fault = hub
        .refused(
            &stage.owner,
            "update_repo",
            update("domain", json!("markitect")),
        )
        .await;
    assert_eq!(fault.code, "unknown_domain");
    assert_eq!(fault.extra["valid_slugs"], json!(["railiance"]));
}
