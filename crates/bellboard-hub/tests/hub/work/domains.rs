//! Domains: made, found, renamed and archived while the hub runs.

use bellboard_hub::fault::FaultKind;
use serde_json::json;

use super::{domain, slugs};
use crate::fixture::{HubFixture, told, with_more};

on_each_engine!(
    p1_1_domains_are_rows_made_renamed_and_archived_while_the_hub_runs,
    p1_1_six_domains_are_seeded_as_often_as_one_likes,
    what_is_bad_in_a_seed_is_named_and_none_of_it_is_made,
    p1_3_a_slug_is_unique_and_lower_case,
    p1_3_a_rename_is_followed_everywhere_and_the_former_slug_leads_there,
    p1_3_a_domain_with_active_topics_is_not_archived,
    a_slug_in_two_engagements_asks_which,
    something_new_goes_where_its_maker_may_work,
    every_change_writes_a_line_and_a_hint,
);

async fn p1_1_domains_are_rows_made_renamed_and_archived_while_the_hub_runs(fixture: HubFixture) {
    let stage = fixture.stage().await;
    let version = stage.fixture.hub.db().schema_version().await.unwrap();
    for slug in ["railiance", "markitect", "coulomb_social"] {
        let made = domain(&stage, slug).await;
        assert_eq!(
            (&made["slug"], &made["status"]),
            (&json!(slug), &json!("active"))
        );
        assert_eq!(made["engagement_slug"], "aster-bank");
    }
    let rename = json!({"slug": "markitect", "new_slug": "market", "new_name": "The market"});
    let renamed = stage
        .fixture
        .ok(&stage.contributor, "rename_domain", rename)
        .await;
    assert_eq!(
        (&renamed["slug"], &renamed["name"]),
        (&json!("market"), &json!("The market"))
    );
    let archive = json!({"slug": "railiance"});
    let archived = stage
        .fixture
        .ok(&stage.owner, "archive_domain", archive.clone())
        .await;
    assert_eq!(archived["status"], "archived");
    let again = stage
        .fixture
        .ok(&stage.owner, "archive_domain", archive)
        .await;
    assert_eq!(again, archived, "archiving twice is archiving once");
    for (status, expected) in [
        (json!({}), vec!["coulomb_social", "market"]),
        (json!({"status": "archived"}), vec!["railiance"]),
        (
            json!({"status": "all", "engagement": "aster-bank"}),
            vec!["coulomb_social", "market", "railiance"],
        ),
    ] {
        let list = stage
            .fixture
            .ok(&stage.reader, "list_domains", status.clone())
            .await;
        assert_eq!(slugs(&list), expected, "{status}");
        assert_eq!(list["total_count"], expected.len());
    }
    let pages = stage
        .fixture
        .pages(&stage.reader, "list_domains", json!({"status": "all"}), 1)
        .await;
    assert_eq!(pages.len(), 3);
    let after = stage.fixture.hub.db().schema_version().await.unwrap();
    assert_eq!(version, after, "no migration was needed");
}

/// Six domains, as a hub may begin with them.
const SEED: [&str; 6] = [
    "custodian",
    "railiance",
    "markitect",
    "coulomb_social",
    "personhood",
    "net-kingdom",
];

async fn p1_1_six_domains_are_seeded_as_often_as_one_likes(fixture: HubFixture) {
    let stage = fixture.stage().await;
    let hub = &stage.fixture;
    let one = |slug: &str| json!({"slug": slug, "name": format!("Seeded {slug}")});
    let seed = json!({"engagement_id": stage.engagement, "domains": SEED.map(one)});
    // One of them is there before, under the same slug and another name.
    domain(&stage, "railiance").await;
    let first = hub.ok(&stage.operator, "seed_domains", seed.clone()).await;
    let made: Vec<&str> = SEED
        .into_iter()
        .filter(|slug| *slug != "railiance")
        .collect();
    assert_eq!(first["made"], json!(made));
    assert_eq!(slugs(&first), SEED, "in the order of the list");
    assert_eq!(first["items"][1]["name"], "Domain railiance");
    let events = "select count(*) from progress_events";
    assert_eq!(hub.count(events, vec![]).await, 6);
    // What happens to them at run time stays, however often they are seeded.
    let rename = json!({"slug": "markitect", "new_slug": "market"});
    hub.ok(&stage.operator, "rename_domain", rename).await;
    let archive = json!({"slug": "personhood"});
    hub.ok(&stage.operator, "archive_domain", archive).await;
    for _ in 0..2 {
        let again = hub.ok(&stage.operator, "seed_domains", seed.clone()).await;
        assert_eq!(again["made"], json!([]));
        assert_eq!(again["items"][2]["slug"], "market");
        assert_eq!(again["items"][4]["status"], "archived");
    }
    assert_eq!(hub.count("select count(*) from domains", vec![]).await, 6);
    assert_eq!(hub.count(events, vec![]).await, 8);
}

async fn what_is_bad_in_a_seed_is_named_and_none_of_it_is_made(fixture: HubFixture) {
    let stage = fixture.stage().await;
    let one = |slug: &str| json!({"slug": slug, "name": "N"});
    let many: Vec<_> = (0..101).map(|number| one(&format!("d-{number}"))).collect();
    for (domains, field) in [
        (json!([]), "domains"),
        (json!(many), "domains"),
        (json!([one("a"), one("B")]), "domains[1].slug"),
        (json!([one("a"), one("b"), one("a")]), "domains[2].slug"),
        (json!([one("a"), {"slug": "b"}]), "domains[1].name"),
        (json!("a"), "domains"),
    ] {
        let seed = json!({"engagement_id": stage.engagement, "domains": domains});
        let fault = stage
            .fixture
            .refused(&stage.operator, "seed_domains", seed)
            .await;
        assert_eq!(
            told(&fault),
            (FaultKind::Invalid, "invalid_input", Some(field))
        );
    }
    let seed = json!({"engagement_id": stage.engagement, "domains": [one("a")]});
    for (caller, kind) in [
        (&stage.reader, FaultKind::Forbidden),
        (&stage.stranger, FaultKind::NotFound),
    ] {
        let fault = stage
            .fixture
            .refused(caller, "seed_domains", seed.clone())
            .await;
        assert_eq!(fault.kind, kind);
    }
    let rows = stage
        .fixture
        .count("select count(*) from domains", vec![])
        .await;
    assert_eq!(rows, 0);
}

async fn p1_3_a_slug_is_unique_and_lower_case(fixture: HubFixture) {
    let stage = fixture.stage().await;
    domain(&stage, "railiance").await;
    let make = |slug: &str| json!({"slug": slug, "name": "Another"});
    let long = "x".repeat(51);
    for bad in ["", "Railiance", "a b", "ä", "a/b", &long] {
        let fault = stage
            .fixture
            .refused(&stage.operator, "create_domain", make(bad))
            .await;
        assert_eq!(
            told(&fault),
            (FaultKind::Invalid, "invalid_input", Some("slug")),
            "{bad}"
        );
    }
    let fault = stage
        .fixture
        .refused(&stage.operator, "create_domain", make("railiance"))
        .await;
    assert_eq!(
        told(&fault),
        (FaultKind::Conflict, "slug_taken", Some("slug"))
    );
    assert!(
        fault.detail.contains("“Domain railiance”"),
        "{}",
        fault.detail
    );
    domain(&stage, "second").await;
    let rename = json!({"slug": "second", "new_slug": "railiance"});
    let fault = stage
        .fixture
        .refused(&stage.operator, "rename_domain", rename)
        .await;
    assert_eq!(
        told(&fault),
        (FaultKind::Conflict, "slug_taken", Some("new_slug"))
    );
    let rows = stage
        .fixture
        .count("select count(*) from domains", vec![])
        .await;
    assert_eq!(rows, 2, "what was refused changed nothing");
}

async fn p1_3_a_rename_is_followed_everywhere_and_the_former_slug_leads_there(fixture: HubFixture) {
    let stage = fixture.stage().await;
    let made = domain(&stage, "railiance").await;
    let rename = |from: &str, to: &str| json!({"slug": from, "new_slug": to});
    for (from, to) in [
        ("railiance", "rail"),
        ("railiance", "tracks"),
        ("rail", "rail"),
    ] {
        let renamed = stage
            .fixture
            .ok(&stage.operator, "rename_domain", rename(from, to))
            .await;
        assert_eq!(renamed["slug"], to);
        assert_eq!(renamed["id"], made["id"]);
    }
    // Three slugs and the id lead to it, and it says the slug of today.
    let id = made["id"].as_str().unwrap();
    for name in ["railiance", "rail", "tracks", id] {
        let shown = stage
            .fixture
            .ok(&stage.reader, "get_domain", json!({"slug": name}))
            .await;
        assert_eq!(
            (&shown["slug"], &shown["id"]),
            (&json!("rail"), &made["id"])
        );
        let zero = json!({"topics": 0, "workstreams": 0, "extension_points": 0, "technical_debts": 0, "repos": 0});
        assert_eq!((&shown["counts"], &shown["repos"]), (&zero, &json!([])));
    }
    // A former slug is nobody else's.
    let fault = stage
        .fixture
        .refused(
            &stage.operator,
            "create_domain",
            json!({"slug": "tracks", "name": "T"}),
        )
        .await;
    assert_eq!(
        told(&fault),
        (FaultKind::Conflict, "slug_taken", Some("slug"))
    );
    assert_eq!(fault.extra["taken_by"], "rail");
    let fault = stage
        .fixture
        .refused(&stage.reader, "get_domain", json!({"slug": "never"}))
        .await;
    assert_eq!(fault.kind, FaultKind::NotFound);
}

async fn p1_3_a_domain_with_active_topics_is_not_archived(fixture: HubFixture) {
    let stage = fixture.stage().await;
    let made = domain(&stage, "railiance").await;
    let domain_id = crate::fixture::id_in(&made["id"]);
    let topics = "insert into topics (engagement_id, id, domain_id, slug, title, description, status, created_at, changed_at)
                  values ($1, $2, $2, 'tracks', 'Tracks', '', 'active', 7, 7)";
    let parameters = vec![stage.engagement.into(), domain_id.into()];
    stage.fixture.execute(topics, parameters).await;
    let archive = json!({"slug": "railiance"});
    let fault = stage
        .fixture
        .refused(&stage.operator, "archive_domain", archive.clone())
        .await;
    assert_eq!(told(&fault), (FaultKind::Conflict, "active_topics", None));
    assert_eq!(fault.extra["topics"], json!(["tracks"]));
    assert!(fault.detail.contains("tracks"), "{}", fault.detail);
    stage
        .fixture
        .execute("update topics set status = 'archived'", vec![])
        .await;
    stage
        .fixture
        .ok(&stage.operator, "archive_domain", archive)
        .await;
}

async fn a_slug_in_two_engagements_asks_which(fixture: HubFixture) {
    let stage = fixture.stage().await;
    domain(&stage, "railiance").await;
    let second = stage.fixture.engagement(&stage.owner, "Birch").await;
    let make = json!({"slug": "railiance", "name": "Birch's", "engagement": second});
    stage.fixture.ok(&stage.owner, "create_domain", make).await;
    let fault = stage
        .fixture
        .refused(&stage.owner, "get_domain", json!({"slug": "railiance"}))
        .await;
    assert_eq!(told(&fault), (FaultKind::Conflict, "ambiguous_slug", None));
    assert_eq!(fault.extra["engagements"], json!(["aster-bank", "birch"]));
    for engagement in ["birch".to_owned(), second.to_string()] {
        let which = json!({"slug": "railiance", "engagement": engagement});
        let shown = stage.fixture.ok(&stage.owner, "get_domain", which).await;
        assert_eq!(shown["name"], "Birch's");
    }
    // Whoever sees one of them only need not say which.
    let shown = stage
        .fixture
        .ok(&stage.reader, "get_domain", json!({"slug": "railiance"}))
        .await;
    assert_eq!(shown["name"], "Domain railiance");
    for engagement in ["birch", "nowhere"] {
        let which = json!({"slug": "railiance", "engagement": engagement});
        let fault = stage
            .fixture
            .refused(&stage.reader, "get_domain", which)
            .await;
        assert_eq!(
            told(&fault),
            (FaultKind::NotFound, "not_found", Some("engagement"))
        );
    }
}

async fn something_new_goes_where_its_maker_may_work(fixture: HubFixture) {
    let stage = fixture.stage().await;
    let make = json!({"slug": "new", "name": "New"});
    let fault = stage
        .fixture
        .refused(&stage.stranger, "create_domain", make.clone())
        .await;
    assert_eq!(
        told(&fault),
        (FaultKind::Invalid, "invalid_input", Some("engagement"))
    );
    let fault = stage
        .fixture
        .refused(&stage.domain_expert, "create_domain", make.clone())
        .await;
    assert_eq!(
        told(&fault),
        (FaultKind::Forbidden, "capability_denied", None)
    );
    let second = stage.fixture.engagement(&stage.owner, "Birch").await;
    // In the second one the operator only looks on, so the first is the only one that can be meant.
    stage
        .fixture
        .join(&stage.owner, second, &stage.operator, &["reader"])
        .await;
    let domain = stage
        .fixture
        .ok(&stage.operator, "create_domain", make.clone())
        .await;
    assert_eq!(domain["engagement_slug"], "aster-bank");
    let fault = stage
        .fixture
        .refused(&stage.owner, "create_domain", make)
        .await;
    assert_eq!(
        told(&fault),
        (FaultKind::Invalid, "invalid_input", Some("engagement"))
    );
    assert_eq!(fault.extra["engagements"], json!(["aster-bank", "birch"]));
}

async fn every_change_writes_a_line_and_a_hint(fixture: HubFixture) {
    let stage = fixture.stage().await;
    domain(&stage, "railiance").await;
    let change = |more: serde_json::Value| with_more(json!({"slug": "railiance"}), &more);
    for (verb, more) in [
        ("update_domain", json!({"description": "Rails and tracks"})),
        ("update_domain", json!({})),
        ("update_domain", json!({"description": null})),
        ("rename_domain", json!({"new_slug": "rail"})),
        ("archive_domain", json!({})),
        ("archive_domain", json!({})),
    ] {
        stage.fixture.ok(&stage.operator, verb, change(more)).await;
    }
    let lines = "select type from progress_events order by id";
    let lines = stage.fixture.rows(lines, vec![]).await;
    let lines: Vec<String> = lines.iter().map(|row| row.text(0).unwrap()).collect();
    let expected = [
        "domain_created",
        "domain_updated",
        "domain_updated",
        "domain_renamed",
        "domain_archived",
    ];
    assert_eq!(lines, expected, "what changes nothing is no event");
    let hints = "select count(*) from events where kind = 'work.changed'";
    assert_eq!(stage.fixture.count(hints, vec![]).await, 5);
}
