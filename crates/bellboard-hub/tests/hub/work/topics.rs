//! Topics: they belong to a domain by key, and show its slug.

use bellboard_hub::fault::FaultKind;
use serde_json::json;

use super::{domain, slugs};
use crate::fixture::{HubFixture, told};

on_each_engine!(
    p1_2_a_topic_belongs_to_a_domain_by_key_and_shows_its_slug,
    p1_4_a_topic_is_made_in_a_domain_of_the_live_list,
);

async fn p1_2_a_topic_belongs_to_a_domain_by_key_and_shows_its_slug(fixture: HubFixture) {
    let stage = fixture.stage().await;
    let railiance = domain(&stage, "railiance").await;
    domain(&stage, "markitect").await;
    let hub = &stage.fixture;
    let wanted = json!({"domain_slug": "railiance", "slug": "tracks", "title": "Tracks", "description": "Rails"});
    let made = hub.ok(&stage.operator, "create_topic", wanted).await;
    assert_eq!(
        (&made["domain_slug"], &made["domain_id"], &made["status"]),
        (&json!("railiance"), &railiance["id"], &json!("active"))
    );
    for (field, slug) in [("domain_id", "points"), ("domain", "signals")] {
        let wanted = json!({field: railiance["id"], "slug": slug, "title": slug});
        hub.ok(&stage.operator, "create_topic", wanted).await;
    }
    // The domain is renamed, and everything that shows it follows.
    let rename = json!({"slug": "railiance", "new_slug": "rail"});
    hub.ok(&stage.operator, "rename_domain", rename).await;
    let shown = hub
        .ok(&stage.reader, "get_topic", json!({"slug": "tracks"}))
        .await;
    assert_eq!(shown["domain_slug"], "rail");
    for name in ["rail", "railiance", railiance["id"].as_str().unwrap()] {
        let list = hub
            .ok(&stage.reader, "list_topics", json!({"domain": name}))
            .await;
        assert_eq!(slugs(&list), ["signals", "points", "tracks"], "{name}");
    }
    let detail = hub
        .ok(&stage.reader, "get_domain", json!({"slug": "rail"}))
        .await;
    assert_eq!(detail["counts"]["topics"], 3);
    // A topic changes its words, its domain and its slug; the former slug still leads to it.
    let update = json!({"slug": "tracks", "title": "All tracks", "description": null, "domain": "markitect"});
    let changed = hub.ok(&stage.operator, "update_topic", update).await;
    assert_eq!(
        (
            &changed["title"],
            &changed["description"],
            &changed["domain_slug"]
        ),
        (&json!("All tracks"), &json!(""), &json!("markitect"))
    );
    let rename = json!({"slug": "tracks", "new_slug": "lines"});
    hub.ok(&stage.operator, "rename_topic", rename).await;
    let shown = hub
        .ok(&stage.reader, "get_topic", json!({"slug": "tracks"}))
        .await;
    assert_eq!(shown["slug"], "lines");
    let archive = json!({"slug": "lines"});
    hub.ok(&stage.operator, "archive_topic", archive).await;
    let archive = json!({"slug": "markitect"});
    hub.ok(&stage.operator, "archive_domain", archive).await;
}

async fn p1_4_a_topic_is_made_in_a_domain_of_the_live_list(fixture: HubFixture) {
    let stage = fixture.stage().await;
    let hub = &stage.fixture;
    let make = |name: &str| json!({"domain_slug": name, "slug": "tracks", "title": "Tracks"});
    let fault = hub
        .refused(&stage.operator, "create_topic", make("railiance"))
        .await;
    assert_eq!(
        told(&fault),
        (FaultKind::Invalid, "unknown_domain", Some("domain_slug"))
    );
    assert_eq!(fault.extra["valid_slugs"], json!([]));
    domain(&stage, "railiance").await;
    domain(&stage, "former").await;
    let archive = json!({"slug": "former"});
    hub.ok(&stage.operator, "archive_domain", archive).await;
    for (name, words) in [
        ("unknown", "There is no domain `unknown`."),
        ("former", "Domain former is archived."),
    ] {
        let fault = hub
            .refused(&stage.operator, "create_topic", make(name))
            .await;
        assert_eq!(
            told(&fault),
            (FaultKind::Invalid, "unknown_domain", Some("domain_slug"))
        );
        assert_eq!(fault.detail, format!("{words} Valid are: railiance."));
        assert_eq!(fault.extra["valid_slugs"], json!(["railiance"]));
    }
    let twice =
        json!({"domain_slug": "railiance", "domain": "railiance", "slug": "a", "title": "A"});
    for (input, field) in [
        (twice, "domain"),
        (json!({"slug": "a", "title": "A"}), "domain_slug"),
    ] {
        let fault = hub.refused(&stage.operator, "create_topic", input).await;
        assert_eq!(
            told(&fault),
            (FaultKind::Invalid, "invalid_input", Some(field))
        );
    }
    let topics = hub.count("select count(*) from topics", vec![]).await;
    assert_eq!(topics, 0, "what was refused changed nothing");
    hub.ok(&stage.operator, "create_topic", make("railiance"))
        .await;
    let fault = hub
        .refused(&stage.operator, "create_topic", make("railiance"))
        .await;
    assert_eq!(
        told(&fault),
        (FaultKind::Conflict, "slug_taken", Some("slug"))
    );
    let list = json!({"domain": "unknown"});
    let fault = hub.refused(&stage.reader, "list_topics", list).await;
    assert_eq!(
        told(&fault),
        (FaultKind::Invalid, "unknown_domain", Some("domain"))
    );
}
