//! The catalogue's acceptance lines over HTTP: paths with a slash at the end or none, codes, and what a refusal says.

mod bad;
mod entries;

use bellboard_hub::db::Db;
use reqwest::{Method, RequestBuilder, StatusCode};
use serde_json::{Value, json};

use crate::house::{body, problem};
use crate::planning::Scene;

on_each_engine!(
    p1_2_topics_are_made_read_changed_and_renamed,
    p1_3_a_domain_is_read_with_its_five_counts_and_its_rename_is_seen_everywhere,
    p1_4_a_topic_names_a_domain_of_the_live_list,
    p2_2_the_five_repo_endpoints_and_the_repos_inside_a_domain,
    two_engagements_with_one_slug_are_told_apart,
    progress_is_written_by_hand_and_by_every_change,
);

impl Scene {
    fn post(&self, path: &str, what: &Value) -> RequestBuilder {
        self.house.post(&self.founder, path, what)
    }

    fn patch(&self, path: &str, what: &Value) -> RequestBuilder {
        let request = self.house.request(Method::PATCH, path);
        request.bearer_auth(&self.founder.token).json(what)
    }

    /// A refusal of this input in this field.
    async fn invalid(&self, request: RequestBuilder, code: &str, field: &str) -> Value {
        let refused = problem(request, StatusCode::UNPROCESSABLE_ENTITY, code).await;
        assert_eq!(refused["field"], field, "{refused}");
        refused
    }
}

/// One field of every item of a list.
fn each<'a>(list: &'a Value, field: &str) -> Vec<&'a str> {
    let items = list["items"].as_array().unwrap();
    items
        .iter()
        .map(|item| item[field].as_str().unwrap())
        .collect()
}

async fn p1_2_topics_are_made_read_changed_and_renamed(db: Db) {
    let scene = Scene::set(db).await;
    let topic = json!({ "domain_slug": "railiance", "slug": "tracks", "title": "Tracks" });
    let made = scene.made("/topics/", topic.clone()).await;
    assert_eq!(
        (&made["domain_slug"], &made["status"]),
        (&json!("railiance"), &json!("active"))
    );
    problem(
        scene.post("/topics", &topic),
        StatusCode::CONFLICT,
        "slug_taken",
    )
    .await;
    let by_id = json!({ "domain_id": made["domain_id"], "slug": "signals", "title": "Signals" });
    scene.made("/api/topics", by_id).await;
    assert_eq!(
        scene.shown("/topics/tracks/").await["domain_id"],
        made["domain_id"]
    );
    let changed = json!({ "title": "All tracks", "domain": "markitect" });
    let changed = scene.changed("/topics/tracks/", changed).await;
    assert_eq!(
        (&changed["title"], &changed["domain_slug"]),
        (&json!("All tracks"), &json!("markitect"))
    );
    let renamed = json!({ "new_slug": "lines", "new_title": "Lines" });
    let renamed = scene.changed("/topics/tracks/rename", renamed).await;
    assert_eq!(
        (&renamed["slug"], &renamed["title"]),
        (&json!("lines"), &json!("Lines"))
    );
    let former = scene.house.get(&scene.founder, "/topics/tracks");
    let former = former.send().await.unwrap();
    assert_eq!(former.status(), StatusCode::PERMANENT_REDIRECT);
    assert_eq!(former.headers()["location"], "/topics/lines");
    let of_domain = scene.shown("/topics/?domain=railiance").await;
    assert_eq!(each(&of_domain, "slug"), ["signals"]);
    scene.changed("/topics/lines/archive", json!({})).await;
    let archived = scene.shown("/topics?status=archived").await;
    assert_eq!(each(&archived, "slug"), ["lines"]);
    scene.house.close().await;
}

async fn p1_3_a_domain_is_read_with_its_five_counts_and_its_rename_is_seen_everywhere(db: Db) {
    let scene = Scene::set(db).await;
    for (path, what) in [
        ("/topics", json!({ "slug": "tracks", "title": "Tracks" })),
        ("/repos", json!({ "name": "rail-hub" })),
        ("/repos", json!({ "name": "rail-docs" })),
        (
            "/extension-points",
            json!({ "ep_id": "EP-1", "title": "More trains" }),
        ),
        (
            "/technical-debt",
            json!({ "td_id": "TD-1", "title": "Old rails" }),
        ),
    ] {
        let mut what = what;
        what["domain"] = json!("railiance");
        scene.made(path, what).await;
    }
    let rename = json!({ "new_slug": "rail", "new_name": "Rail" });
    scene.changed("/domains/railiance/rename/", rename).await;
    let shown = scene.shown("/domains/rail/").await;
    let counts = json!({ "topics": 1, "workstreams": 0, "extension_points": 1, "technical_debts": 1, "repos": 2 });
    assert_eq!(shown["counts"], counts);
    for (path, field) in [
        ("/topics/tracks", "domain_slug"),
        ("/repos/rail-hub", "domain_slug"),
        ("/extension-points/EP-1", "domain"),
        ("/technical-debt/TD-1", "domain"),
    ] {
        assert_eq!(scene.shown(path).await[field], "rail", "{path}");
    }
    for path in [
        "/topics?domain=rail",
        "/topics?domain=railiance",
        "/extension-points/?domain=rail",
        "/technical-debt/?domain=rail",
    ] {
        assert_eq!(scene.shown(path).await["total_count"], 1, "{path}");
    }
    let archive = scene.patch("/domains/rail/archive", &json!({}));
    let refused = problem(archive, StatusCode::CONFLICT, "active_topics").await;
    assert_eq!(refused["topics"], json!(["tracks"]));
    assert!(refused["detail"].as_str().unwrap().contains("tracks"));
    assert_eq!(scene.shown("/domains/rail").await["status"], "active");
    scene.changed("/topics/tracks/archive", json!({})).await;
    scene.changed("/domains/rail/archive", json!({})).await;
    let all = scene.shown("/domains/?status=all").await;
    assert_eq!(each(&all, "slug"), ["markitect", "rail"]);
    scene.house.close().await;
}

async fn p1_4_a_topic_names_a_domain_of_the_live_list(db: Db) {
    let scene = Scene::set(db).await;
    let topic =
        |domain: &str| json!({ "domain_slug": domain, "slug": "tracks", "title": "Tracks" });
    let refused = scene
        .invalid(
            scene.post("/topics", &topic("unknown")),
            "unknown_domain",
            "domain_slug",
        )
        .await;
    assert_eq!(refused["valid_slugs"], json!(["markitect", "railiance"]));
    scene.changed("/domains/markitect/archive", json!({})).await;
    let refused = scene
        .invalid(
            scene.post("/topics", &topic("markitect")),
            "unknown_domain",
            "domain_slug",
        )
        .await;
    assert_eq!(refused["valid_slugs"], json!(["railiance"]));
    let wanted = json!({ "slug": "harbour", "name": "Harbour" });
    scene.made("/domains", wanted).await;
    let made = scene.made("/topics", topic("harbour")).await;
    assert_eq!(
        made["domain_slug"], "harbour",
        "a domain made just now is valid"
    );
    scene.house.close().await;
}

async fn p2_2_the_five_repo_endpoints_and_the_repos_inside_a_domain(db: Db) {
    let scene = Scene::set(db).await;
    let first = json!({ "domain_slug": "railiance", "name": "Rail Hub", "local_path": "/srv/rail-hub",
                        "remote_url": "https://git.example.com/rail/hub.git", "description": "Trains" });
    let first = scene.made("/repos/", first).await;
    assert_eq!(
        (&first["slug"], &first["topic_slug"], &first["status"]),
        (&json!("rail-hub"), &json!(null), &json!("active"))
    );
    let second =
        json!({ "domain_id": first["domain_id"], "slug": "rail-docs", "name": "Rail docs" });
    scene.made("/repos", second).await;
    let registered = json!({ "name": "Market" });
    scene.made("/domains/markitect/repos", registered).await;
    assert_eq!(scene.shown("/repos/").await["total_count"], 3);
    let of_domain = scene.shown("/repos/?domain=railiance").await;
    assert_eq!(each(&of_domain, "slug"), ["rail-docs", "rail-hub"]);
    assert_eq!(
        scene.shown("/repos/rail-hub/").await["local_path"],
        "/srv/rail-hub"
    );
    let changed = json!({ "local_path": null, "description": "All trains" });
    let changed = scene.changed("/repos/rail-hub/", changed).await;
    assert_eq!(
        (&changed["local_path"], &changed["description"]),
        (&json!(null), &json!("All trains"))
    );
    let detail = scene.shown("/domains/railiance/").await;
    let inside: Vec<_> = detail["repos"].as_array().unwrap().iter().collect();
    assert_eq!(inside.len(), 2);
    assert_eq!(inside[1], &changed);
    let archived = scene.changed("/repos/rail-docs/archive", json!({})).await;
    assert_eq!(archived["status"], "archived");
    let active = scene.shown("/repos?domain=railiance&status=active").await;
    assert_eq!(each(&active, "slug"), ["rail-hub"]);
    let taken = scene.post(
        "/repos",
        &json!({ "domain": "markitect", "name": "Rail hub" }),
    );
    let refused = problem(taken, StatusCode::CONFLICT, "slug_taken").await;
    assert_eq!(refused["taken_by"], "rail-hub");
    let nowhere = scene.post("/repos", &json!({ "domain_slug": "never", "name": "R" }));
    scene
        .invalid(nowhere, "unknown_domain", "domain_slug")
        .await;
    scene.house.close().await;
}

async fn two_engagements_with_one_slug_are_told_apart(db: Db) {
    let scene = Scene::set(db).await;
    let birch = scene.house.engagement(&scene.founder, "Birch").await;
    let domain = json!({ "slug": "railiance", "name": "Birch's" });
    let refused = scene
        .invalid(
            scene.post("/domains", &domain),
            "invalid_input",
            "engagement",
        )
        .await;
    assert_eq!(refused["engagements"], json!(["aster-bank", "birch"]));
    let mut there = domain;
    there["engagement"] = json!("birch");
    scene.made("/domains", there).await;
    for path in ["/domains/railiance", "/domains/railiance/repos"] {
        let both = scene.house.get(&scene.founder, path);
        let refused = problem(both, StatusCode::CONFLICT, "ambiguous_slug").await;
        assert_eq!(refused["engagements"], json!(["aster-bank", "birch"]));
    }
    for name in ["birch", &birch] {
        let path = format!("/domains/railiance?engagement={name}");
        assert_eq!(scene.shown(&path).await["name"], "Birch's");
    }
    let path = "/domains/railiance/archive?engagement=birch";
    assert_eq!(scene.changed(path, json!({})).await["status"], "archived");
    let list = scene.shown("/domains?engagement=aster-bank").await;
    assert_eq!(each(&list, "slug"), ["markitect", "railiance"]);
    // A repo finds its domain in the engagement that it names, or is asked which.
    let repo = json!({ "domain": "railiance", "name": "hub" });
    problem(
        scene.post("/repos", &repo),
        StatusCode::CONFLICT,
        "ambiguous_slug",
    )
    .await;
    let there = json!({ "domain": "railiance", "name": "hub", "engagement": "aster-bank" });
    assert_eq!(
        scene.made("/repos", there).await["engagement_slug"],
        "aster-bank"
    );
    scene.house.close().await;
}

async fn progress_is_written_by_hand_and_by_every_change(db: Db) {
    let scene = Scene::set(db).await;
    let note = json!({ "summary": "The old signals were measured", "domain": "railiance", "type": "finding" });
    let made = scene.made("/progress/", note).await;
    assert_eq!(
        (&made["author_name"], &made["type"], &made["domain"]),
        (&json!("Founder"), &json!("finding"), &json!("railiance"))
    );
    let update = json!({ "description": "Rails" });
    scene.changed("/domains/railiance", update.clone()).await;
    scene.changed("/domains/railiance", update).await;
    let of_domain = scene.shown("/progress?domain=railiance").await;
    assert_eq!(
        each(&of_domain, "type"),
        ["domain_updated", "finding", "domain_created"],
        "newest first, and what changes nothing is no event"
    );
    let page = scene.shown("/progress?limit=2").await;
    assert_eq!(page["total_count"], 4);
    let next = format!(
        "/progress?limit=2&cursor={}",
        page["next_cursor"].as_str().unwrap()
    );
    assert_eq!(
        scene.shown(&next).await["items"].as_array().unwrap().len(),
        2
    );
    let mine = format!("/progress?author={}", scene.founder.id);
    assert_eq!(scene.shown(&mine).await["total_count"], 4);
    let reader = scene.house.human(&scene.founder, "Rita").await;
    let nothing = scene.house.get(&reader, "/progress");
    assert_eq!(body(nothing, StatusCode::OK).await["total_count"], 0);
    scene.house.close().await;
}
