//! The pages of workstreams, as a browser without JavaScript meets them.

use bellboard_hub::db::Db;
use reqwest::StatusCode;
use serde_json::{Value, json};

use crate::pages::Browser;
use crate::planning::{Scene, has, lacks};

on_each_engine!(
    p4_2_workstreams_are_narrowed_to_a_domain_and_a_status,
    p4_2_the_domain_follows_a_rename_and_an_unknown_one_is_named,
    a_workstream_shows_tasks_claims_flags_dependencies_and_decisions,
    a_workstream_is_found_under_its_former_slug_and_a_task_under_its_id,
    a_workstream_is_completed_with_a_review_of_every_open_task,
    an_incomplete_review_is_refused_with_the_list_and_keeps_what_was_typed,
    who_only_reads_is_offered_no_review,
    one_slug_in_two_engagements_leads_to_its_own_workstream,
    many_tasks_are_cut_on_the_page_and_whole_in_the_review,
);

/// The scene with three workstreams, of which one is under way.
async fn set(db: Db) -> Scene {
    let scene = Scene::set(db).await;
    for what in [
        json!({ "domain": "railiance", "slug": "lay", "title": "Lay <tracks>", "owner": "Mara", "status": "active" }),
        json!({ "domain": "railiance", "slug": "ride", "title": "Ride on them" }),
        json!({ "domain": "markitect", "slug": "stalls", "title": "Build stalls" }),
    ] {
        scene.made("/workstreams", what).await;
    }
    for what in [
        json!({ "workstream": "lay", "external_id": "T-1", "title": "Survey", "status": "done" }),
        json!({ "workstream": "lay", "external_id": "T-2", "title": "Sleepers", "priority": "high" }),
        json!({ "workstream": "lay", "external_id": "T-3", "title": "Rails", "status": "blocked",
                "blocking_reason": "No steel" }),
        json!({ "workstream": "lay", "external_id": "T-4", "title": "Permit", "needs_human": true,
                "intervention_note": "Sign it" }),
    ] {
        scene.made("/tasks", what).await;
    }
    scene
}

impl Scene {
    /// The id of the task that its file calls so.
    async fn task(&self, key: &str) -> String {
        let task = self.shown(&format!("/tasks/{key}")).await;
        task["id"].as_str().unwrap().to_owned()
    }
}

async fn p4_2_workstreams_are_narrowed_to_a_domain_and_a_status(db: Db) {
    let scene = set(db).await;
    let all = scene.page("/ui/workstreams").await;
    has(
        &all,
        &[
            "3 workstreams open.",
            "href=\"/ui/workstreams/lay\">Lay &#60;tracks&#62;</a>",
            "1 of 4 done · 1 blocked · 2 todo",
            "No tasks",
            "href=\"/ui/workstreams?domain=markitect\">markitect</a>",
            "<option value=\"\">All domains</option>",
            "<option value=\"open\" selected>Open</option>",
            "href=\"/ui/workstreams\" aria-current=\"page\"",
            "<svg class=\"taskbar\"",
        ],
    );
    lacks(&all, &["<tracks>"]);
    let one = scene
        .page("/ui/workstreams?domain=railiance&status=open")
        .await;
    has(
        &one,
        &[
            "2 workstreams match.",
            "<option value=\"railiance\" selected>Railiance</option>",
            "href=\"/ui/extension-points?domain=railiance\"",
            "href=\"/ui/workstreams?domain=railiance\" aria-current=\"page\"",
        ],
    );
    lacks(&one, &["Build stalls"]);
    let active = scene.page("/ui/workstreams?status=active").await;
    has(&active, &["1 workstream matches.", "Lay "]);
    lacks(&active, &["Ride on them"]);
    let none = scene.page("/ui/workstreams?status=completed").await;
    has(&none, &["Nothing matches these filters.", "Show all"]);
    let scoped = scene.page("/ui/workstreams?e=aster-bank").await;
    has(
        &scoped,
        &["name=\"e\" value=\"aster-bank\"", "Ride on them"],
    );
    let refused = scene
        .browser()
        .open("/ui/workstreams?status=sleeping")
        .await;
    assert_eq!(refused.status(), StatusCode::UNPROCESSABLE_ENTITY);
    let domain = scene.page("/ui/domains/railiance").await;
    has(
        &domain,
        &["href=\"/ui/workstreams?domain=railiance&#38;status=all\">Workstreams"],
    );
    scene.house.close().await;
}

async fn p4_2_the_domain_follows_a_rename_and_an_unknown_one_is_named(db: Db) {
    let scene = set(db).await;
    let rename = json!({ "new_slug": "rail", "new_name": "Rail" });
    scene.changed("/domains/railiance/rename", rename).await;
    let moved = "/ui/workstreams?domain=railiance&status=all";
    assert_eq!(
        scene.moved(moved, StatusCode::PERMANENT_REDIRECT).await,
        "/ui/workstreams?domain=rail&status=all"
    );
    let unknown = scene.page("/ui/workstreams?domain=never").await;
    has(&unknown, &["No domain of yours is called never."]);
    lacks(
        &unknown,
        &["href=\"/ui/technical-debt?domain=never\"", "Ride on them"],
    );
    scene.house.close().await;
}

async fn a_workstream_shows_tasks_claims_flags_dependencies_and_decisions(db: Db) {
    let scene = set(db).await;
    let claim = scene.done("/tasks/T-2/claim", json!({})).await;
    let begun = json!({ "status": "in_progress", "claim_fence": claim["claim_fence"] });
    scene.changed("/tasks/T-2", begun).await;
    let edge = json!({ "workstream": "lay", "depends_on": "stalls" });
    scene.made("/dependencies", edge).await;
    let edge = json!({ "workstream": "ride", "depends_on": "lay" });
    scene.made("/dependencies", edge).await;
    let decision = json!({ "workstream": "lay", "title": "Which gauge?", "options": [
        { "key": "broad", "label": "Broad" }, { "key": "narrow", "label": "Narrow" },
    ]});
    let decision = scene.made("/decisions", decision).await;
    let said = json!({ "workstream": "lay", "summary": "The first sleepers lie", "type": "note" });
    scene.made("/progress", said).await;
    let page = scene.page("/ui/workstreams/lay").await;
    let ask = decision["ask_id"].as_str().unwrap();
    let ask = format!("href=\"/ui/asks/{ask}\">Which gauge?</a> <small>Open</small>");
    has(
        &page,
        &[
            "<h1 class=\"title\">Lay &#60;tracks&#62; <span class=\"tag blue\">",
            "1 of 4 done · 1 in progress · 1 blocked · 1 todo",
            "claimed by Founder until <time",
            "high priority",
            "Needs a human",
            "Sign it",
            "No steel",
            "<dt>Owner</dt><dd>Mara</dd>",
            "<dt>Waits for</dt><dd><a href=\"/ui/workstreams/stalls\">stalls</a>",
            "<dt>Awaited by</dt><dd><a href=\"/ui/workstreams/ride\">ride</a>",
            "<a href=\"/ui/domains/railiance\">railiance</a>",
            &ask,
            "The first sleepers lie, Founder",
            "href=\"/ui/workstreams/lay?open=close\">Complete…",
        ],
    );
    lacks(&page, &["<dialog", "<tracks>"]);
    // In the order in which they were planned.
    let places: Vec<_> = ["T-1<", "T-2<", "T-3<", "T-4<"]
        .iter()
        .map(|key| page.find(key).unwrap())
        .collect();
    assert!(places.is_sorted(), "{places:?}");
    let resolve = json!({ "option": "broad", "rationale": "It is what we have" });
    scene
        .changed(
            &format!(
                "/decisions/{}/resolve",
                decision["ask_id"].as_str().unwrap()
            ),
            resolve,
        )
        .await;
    scene.house.close().await;
}

async fn a_workstream_is_found_under_its_former_slug_and_a_task_under_its_id(db: Db) {
    let scene = set(db).await;
    let id = scene.task("T-4").await;
    let page = scene.page("/").await;
    has(&page, &[&format!("href=\"/ui/tasks/{id}\"")]);
    scene
        .changed("/workstreams/lay", json!({ "new_slug": "put" }))
        .await;
    assert_eq!(
        scene
            .moved(
                "/ui/workstreams/lay?open=close",
                StatusCode::PERMANENT_REDIRECT
            )
            .await,
        "/ui/workstreams/put?open=close"
    );
    assert_eq!(
        scene
            .moved(&format!("/ui/tasks/{id}"), StatusCode::SEE_OTHER)
            .await,
        format!("/ui/workstreams/put?at=aster-bank#task-{id}")
    );
    let shown = scene.page("/ui/workstreams/put?at=aster-bank").await;
    has(&shown, &[&format!("<tr id=\"task-{id}\">")]);
    for unknown in [
        "/ui/workstreams/never",
        "/ui/workstreams/put?at=never",
        "/ui/tasks/T-99",
    ] {
        let answer = scene.browser().open(unknown).await;
        assert_eq!(answer.status(), StatusCode::NOT_FOUND, "{unknown}");
    }
    let back = scene
        .moved("/ui/workstreams/put/close", StatusCode::SEE_OTHER)
        .await;
    assert_eq!(back, "/ui/workstreams/put");
    scene.house.close().await;
}

async fn a_workstream_is_completed_with_a_review_of_every_open_task(db: Db) {
    let scene = set(db).await;
    let open = scene.page("/ui/workstreams/lay?open=close").await;
    let (second, third, fourth) = (
        scene.task("T-2").await,
        scene.task("T-3").await,
        scene.task("T-4").await,
    );
    has(
        &open,
        &[
            "<dialog class=\"wide\" open",
            "<legend>T-2 Sleepers</legend>",
            "<option value=\"ride\">Ride on them</option>",
            &format!("name=\"as-{fourth}\" required"),
        ],
    );
    lacks(
        &open,
        &["<legend>T-1 Survey</legend>", "<option value=\"lay\""],
    );
    let fields = format!(
        "as-{second}=done&as-{third}=cancelled&reason-{third}=No+steel&as-{fourth}=carry_forward&target-{fourth}=ride"
    );
    let place = scene
        .browser()
        .submit("/ui/workstreams/lay/close", &fields)
        .await;
    assert_eq!(place, "/ui/workstreams/lay?did=closed");
    let page = scene.page(&place).await;
    has(
        &page,
        &[
            "Completed. The review is kept.",
            "2 of 2 done",
            "the review classified 3 open tasks, Founder",
        ],
    );
    lacks(&page, &["Complete…", "T-4<"]);
    assert_eq!(scene.shown("/tasks/T-4").await["workstream"], "ride");
    assert_eq!(scene.shown("/tasks/T-3").await["status"], "cancelled");
    let again = scene.page("/ui/workstreams/lay?open=close").await;
    lacks(&again, &["<dialog", "The review is kept."]);
    scene.house.close().await;
}

async fn an_incomplete_review_is_refused_with_the_list_and_keeps_what_was_typed(db: Db) {
    let scene = set(db).await;
    let second = scene.task("T-2").await;
    let browser = scene.browser();
    let path = "/ui/workstreams/lay/close";
    let answer = browser.post(path, &format!("as-{second}=done")).await;
    assert_eq!(answer.status(), StatusCode::CONFLICT);
    let page = answer.text().await.unwrap();
    has(
        &page,
        &[
            "<dialog class=\"wide\" open",
            "2 open tasks of lay are not classified: ",
            "T-3",
            "T-4",
            "<option value=\"done\" selected>",
        ],
    );
    let bare = format!("as-{second}=cancelled&name-{second}=T-2+Sleepers");
    let answer = browser.post(path, &bare).await;
    assert_eq!(answer.status(), StatusCode::UNPROCESSABLE_ENTITY);
    let page = answer.text().await.unwrap();
    has(&page, &["role=\"alert\">T-2 Sleepers: "]);
    let nowhere = format!("as-{second}=carry_forward&target-{second}=%3Cnever%3E");
    let answer = browser.post(path, &nowhere).await;
    assert_eq!(answer.status(), StatusCode::UNPROCESSABLE_ENTITY);
    let page = answer.text().await.unwrap();
    has(&page, &["value=\"&#60;never&#62;\""]);
    assert_eq!(scene.shown("/workstreams/lay").await["status"], "active");
    let missing = browser.post("/ui/workstreams/never/close", "").await;
    assert_eq!(missing.status(), StatusCode::NOT_FOUND);
    scene.house.close().await;
}

async fn who_only_reads_is_offered_no_review(db: Db) {
    let scene = set(db).await;
    let reader = scene
        .house
        .member(&scene.founder, &scene.engagement, "Rita", &["reader"])
        .await;
    let browser = Browser::of(&scene.house, &reader).await;
    let page = browser.page("/ui/workstreams/lay?open=close").await;
    has(&page, &["Survey"]);
    lacks(&page, &["<dialog", "Complete…"]);
    let answer = browser.post("/ui/workstreams/lay/close", "").await;
    assert_eq!(answer.status(), StatusCode::FORBIDDEN);
    let stranger = scene.house.human(&scene.founder, "Stan").await;
    let browser = Browser::of(&scene.house, &stranger).await;
    let answer = browser.open("/ui/workstreams/lay").await;
    assert_eq!(answer.status(), StatusCode::NOT_FOUND);
    let list = browser.page("/ui/workstreams").await;
    has(&list, &["No workstream is open.", "bellboard sync"]);
    scene.house.close().await;
}

async fn one_slug_in_two_engagements_leads_to_its_own_workstream(db: Db) {
    let scene = set(db).await;
    scene.house.engagement(&scene.founder, "Northrail").await;
    let place = |mut what: Value| {
        what["engagement"] = json!("northrail");
        what
    };
    let domain = place(json!({ "slug": "north", "name": "North" }));
    scene.made("/domains", domain).await;
    let other = place(json!({ "domain": "north", "slug": "lay", "title": "Lay cables" }));
    scene.made("/workstreams", other).await;
    let list = scene.page("/ui/workstreams").await;
    for (at, title) in [
        ("aster-bank", "Lay &#60;tracks&#62;"),
        ("northrail", "Lay cables"),
    ] {
        has(
            &list,
            &[&format!("href=\"/ui/workstreams/lay?at={at}\">{title}</a>")],
        );
        let page = scene.page(&format!("/ui/workstreams/lay?at={at}")).await;
        has(
            &page,
            &[
                &format!("<h1 class=\"title\">{title}"),
                &format!("lay?at={at}&#38;open=close"),
            ],
        );
    }
    let either = scene.browser().open("/ui/workstreams/lay").await;
    assert_eq!(either.status(), StatusCode::CONFLICT);
    let form = scene
        .page("/ui/workstreams/lay?at=northrail&open=close")
        .await;
    has(
        &form,
        &["name=\"at\" value=\"northrail\"", "No task is open."],
    );
    let place = scene
        .browser()
        .submit("/ui/workstreams/lay/close", "at=northrail")
        .await;
    assert_eq!(place, "/ui/workstreams/lay?at=northrail&did=closed");
    has(&scene.page(&place).await, &["Completed"]);
    scene.house.close().await;
}

async fn many_tasks_are_cut_on_the_page_and_whole_in_the_review(db: Db) {
    let scene = set(db).await;
    for number in 0..101 {
        let task = json!({ "workstream": "stalls", "title": format!("Stall {number}") });
        scene.made("/tasks", task).await;
    }
    let page = scene.page("/ui/workstreams/stalls").await;
    assert_eq!(page.matches("<tr id=\"task-").count(), 100);
    has(
        &page,
        &[
            "0 of 101 done · 101 todo",
            "bellboard tasks list --workstream stalls",
        ],
    );
    let review = scene.page("/ui/workstreams/stalls?open=close").await;
    assert_eq!(review.matches("<fieldset class=\"fate\">").count(), 101);
    scene.house.close().await;
}
