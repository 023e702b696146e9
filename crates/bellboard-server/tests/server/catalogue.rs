//! The catalogue's acceptance lines over HTTP: paths with a slash at the end or none, codes, and what a refusal says.

use bellboard_hub::db::Db;
use reqwest::{Method, RequestBuilder, StatusCode};
use serde_json::{Value, json};

use crate::house::{House, Person, body, problem};

on_each_engine!(
    p1_2_topics_are_made_read_changed_and_renamed,
    p1_3_a_domain_is_read_with_its_five_counts_and_its_rename_is_seen_everywhere,
    p1_4_a_topic_names_a_domain_of_the_live_list,
    p2_2_the_five_repo_endpoints_and_the_repos_inside_a_domain,
    p3_2_extension_points_and_debts_are_checked_against_the_live_list,
    p3_2_the_summary_holds_the_statistics_of_each_domain,
    what_is_bad_is_named_with_its_field_and_changes_nothing,
    two_engagements_with_one_slug_are_told_apart,
    progress_is_written_by_hand_and_by_every_change,
);

/// An engagement with the domains `railiance` and `markitect`, and its owner.
struct Scene {
    house: House,
    founder: Person,
}

impl Scene {
    async fn set(db: Db) -> Self {
        let house = House::open(db).await;
        let founder = house.founder().await;
        house.engagement(&founder, "Aster Bank").await;
        let scene = Self { house, founder };
        for slug in ["railiance", "markitect"] {
            scene
                .made("/domains/", json!({ "slug": slug, "name": slug }))
                .await;
        }
        scene
    }

    async fn made(&self, path: &str, what: Value) -> Value {
        body(self.post(path, &what), StatusCode::CREATED).await
    }

    async fn shown(&self, path: &str) -> Value {
        body(self.house.get(&self.founder, path), StatusCode::OK).await
    }

    async fn changed(&self, path: &str, what: Value) -> Value {
        body(self.patch(path, &what), StatusCode::OK).await
    }

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

async fn p3_2_extension_points_and_debts_are_checked_against_the_live_list(db: Db) {
    let scene = Scene::set(db).await;
    for (path, key, kind, status) in [
        ("/extension-points/", "ep_id", "architecture", "addressed"),
        ("/technical-debt/", "td_id", "dependencies", "resolved"),
    ] {
        let wanted =
            |domain: &str| json!({ key: "X-1", "domain": domain, "title": "One", "type": kind });
        let refused = scene.post(path, &wanted("railianc"));
        let refused = scene.invalid(refused, "unknown_domain", "domain").await;
        assert_eq!(refused["valid_slugs"], json!(["markitect", "railiance"]));
        let detail = refused["detail"].as_str().unwrap();
        assert!(detail.contains("railianc") && detail.contains("markitect, railiance"));
        let made = scene.made(path, wanted("railiance")).await;
        assert_eq!(
            (&made["domain"], &made["type"], &made["status"]),
            (&json!("railiance"), &json!(kind), &json!("open"))
        );
        let one = format!("{path}X-1/");
        let moved = json!({ "domain": "markitect", "status": status });
        let moved = scene.changed(&one, moved).await;
        assert_eq!(
            (&moved["domain"], &moved["status"]),
            (&json!("markitect"), &json!(status))
        );
        assert_eq!(scene.shown(&one).await["id"], moved["id"]);
        let elsewhere = scene.patch(&one, &json!({ "domain": "nowhere" }));
        scene.invalid(elsewhere, "unknown_domain", "domain").await;
        for (filter, found) in [
            ("?domain=markitect".to_owned(), 1),
            ("?domain=railiance".to_owned(), 0),
            (format!("?status={status}&type={kind}"), 1),
            ("?status=deferred".to_owned(), 0),
        ] {
            let list = scene.shown(&format!("{path}{filter}")).await;
            assert_eq!(list["total_count"], found, "{path}{filter}");
        }
        let filter = scene
            .house
            .get(&scene.founder, &format!("{path}?domain=nowhere"));
        scene.invalid(filter, "unknown_domain", "domain").await;
    }
    scene.house.close().await;
}

async fn p3_2_the_summary_holds_the_statistics_of_each_domain(db: Db) {
    let scene = Scene::set(db).await;
    for name in ["one", "two"] {
        let repo = json!({ "domain": "railiance", "name": name });
        scene.made("/repos", repo).await;
    }
    let point = json!({ "domain": "railiance", "ep_id": "EP-1", "title": "More" });
    scene.made("/extension-points", point).await;
    let debt = json!({ "domain": "markitect", "td_id": "TD-1", "title": "Less" });
    scene.made("/technical-debt", debt).await;
    let summary = scene.shown("/state/summary/").await;
    let told: Vec<_> = summary["domains"]
        .as_array()
        .unwrap()
        .iter()
        .map(|domain| {
            let count = |field: &str| domain[field].as_u64().unwrap();
            (
                domain["slug"].as_str().unwrap(),
                [
                    count("repo_count"),
                    count("active_workstream_count"),
                    count("ep_count"),
                    count("td_count"),
                ],
            )
        })
        .collect();
    assert_eq!(
        told,
        [("markitect", [0, 0, 0, 1]), ("railiance", [2, 0, 1, 0])]
    );
    let scoped = scene
        .house
        .get(&scene.founder, "/state/summary?domain=railiance");
    let scoped = scoped.send().await.unwrap().bytes().await.unwrap();
    assert!(scoped.len() <= 2_048, "{} bytes", scoped.len());
    let scoped: Value = serde_json::from_slice(&scoped).unwrap();
    assert_eq!(scoped["totals"]["repos"], 2);
    assert_eq!(scoped["domains"].as_array().unwrap().len(), 1);
    assert_eq!(scene.shown("/state/next_steps").await["items"], json!([]));
    scene.house.close().await;
}

/// What is made where, with something that is wrong in the field that is named last.
const BAD: [(&str, &str, &str); 25] = [
    ("/domains", r#"{"slug": "Rail Iance", "name": "R"}"#, "slug"),
    ("/domains", r#"{"slug": "rail"}"#, "name"),
    ("/domains", r#"{"slug": "rail", "name": " "}"#, "name"),
    (
        "/domains",
        r#"{"slug": "rail", "name": "R", "colour": "red"}"#,
        "colour",
    ),
    (
        "/domains",
        r#"{"slug": "rail", "name": "a\u202eb"}"#,
        "name",
    ),
    ("/repos", r#"{"name": "One"}"#, "domain_slug"),
    (
        "/repos",
        r#"{"domain": "railiance", "name": "???"}"#,
        "name",
    ),
    (
        "/repos",
        r#"{"domain": "railiance", "name": "One", "slug": "One!"}"#,
        "slug",
    ),
    (
        "/repos",
        r#"{"domain": "railiance", "name": "One", "remote_url": "https://ada:pass@git.example.com/a"}"#,
        "remote_url",
    ),
    (
        "/repos",
        r#"{"domain": "railiance", "name": "One", "topic": "unknown"}"#,
        "topic",
    ),
    (
        "/topics",
        r#"{"domain": "railiance", "slug": "a b", "title": "T"}"#,
        "slug",
    ),
    (
        "/topics",
        r#"{"domain": "railiance", "slug": "tracks"}"#,
        "title",
    ),
    ("/progress", r#"{"summary": ""}"#, "summary"),
    (
        "/progress",
        r#"{"summary": "S", "task": "unknown"}"#,
        "task",
    ),
    (
        "/progress",
        r#"{"summary": "S", "type": "No Type"}"#,
        "type",
    ),
    (
        "/extension-points",
        r#"{"domain": "railiance", "title": "T", "ep_id": "EP 1"}"#,
        "ep_id",
    ),
    (
        "/extension-points",
        r#"{"domain": "railiance", "title": "T", "ep_id": "EP-1", "type": "colour"}"#,
        "type",
    ),
    (
        "/extension-points",
        r#"{"domain": "railiance", "title": "T", "ep_id": "EP-1", "status": "resolved"}"#,
        "status",
    ),
    (
        "/extension-points",
        r#"{"domain": "railiance", "title": "T", "ep_id": "EP-1", "priority": "huge"}"#,
        "priority",
    ),
    (
        "/extension-points",
        r#"{"domain": "railiance", "title": "T", "ep_id": "EP-1", "topic": "unknown"}"#,
        "topic",
    ),
    (
        "/extension-points",
        r#"{"domain": "railiance", "title": "T", "ep_id": "EP-1", "workstream": "unknown"}"#,
        "workstream",
    ),
    (
        "/technical-debt",
        r#"{"domain": "railiance", "title": "T", "td_id": "TD/1"}"#,
        "td_id",
    ),
    (
        "/technical-debt",
        r#"{"domain": "railiance", "title": "T", "td_id": "TD-1", "type": "colour"}"#,
        "type",
    ),
    (
        "/technical-debt",
        r#"{"domain": "railiance", "title": "T", "td_id": "TD-1", "status": "addressed"}"#,
        "status",
    ),
    (
        "/technical-debt",
        r#"{"domain": "railiance", "title": "T", "td_id": "TD-1", "severity": "huge"}"#,
        "severity",
    ),
];

async fn what_is_bad_is_named_with_its_field_and_changes_nothing(db: Db) {
    let scene = Scene::set(db).await;
    let before = scene.shown("/progress").await["total_count"].clone();
    for (path, what, field) in BAD {
        let what: Value = serde_json::from_str(what).unwrap();
        let refused = scene.post(path, &what);
        let refused = scene.invalid(refused, "invalid_input", field).await;
        assert!(!refused["detail"].as_str().unwrap().contains("pass@"));
    }
    for (path, what, field) in [
        (
            "/domains/railiance/rename",
            json!({ "new_slug": "Rail" }),
            "new_slug",
        ),
        ("/domains/railiance/rename", json!({}), "new_slug"),
        ("/domains/railiance", json!({ "slug": "rail" }), "slug"),
    ] {
        scene
            .invalid(scene.patch(path, &what), "invalid_input", field)
            .await;
    }
    for path in [
        "/domains/never",
        "/repos/never",
        "/topics/never",
        "/extension-points/EP-9",
        "/technical-debt/TD-9",
    ] {
        let read = scene.house.get(&scene.founder, path);
        problem(read, StatusCode::NOT_FOUND, "not_found").await;
        let change = scene.patch(path, &json!({}));
        problem(change, StatusCode::NOT_FOUND, "not_found").await;
    }
    assert_eq!(scene.shown("/progress").await["total_count"], before);
    let summary = scene.shown("/state/summary").await;
    let nothing_else = json!({ "domains": 2, "repos": 0, "topics": 0, "open_workstreams": 0, "todo_tasks": 0,
                               "in_progress_tasks": 0, "blocked_tasks": 0, "open_decisions": 0,
                               "extension_points": 0, "technical_debts": 0 });
    assert_eq!(summary["totals"], nothing_else);
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
