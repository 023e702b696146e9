//! Planned work over HTTP: paths with and without a slash at the end, codes, problems that a program can read, and where
//! a former slug leads.

use bellboard_hub::db::Db;
use reqwest::{Method, RequestBuilder, StatusCode};
use serde_json::{Value, json};

use crate::house::{House, Person, body, problem};

on_each_engine!(
    workstreams_and_tasks_have_their_paths_and_codes,
    a_former_slug_of_a_workstream_is_redirected,
    refusals_are_problems_with_what_a_program_needs,
    a_claim_over_http_names_who_has_it,
    what_is_sent_wrong_is_named,
    decisions_have_their_paths_and_codes,
    clean_up_has_its_paths_and_codes,
    every_code_of_the_plan_has_its_page,
);

struct Desk {
    house: House,
    founder: Person,
}

impl Desk {
    async fn open(db: Db) -> Self {
        let house = House::open(db).await;
        let founder = house.founder().await;
        house.engagement(&founder, "Aster Bank").await;
        let desk = Self { house, founder };
        let domain = json!({ "slug": "railiance", "name": "Railiance" });
        desk.made("/domains", domain).await;
        for slug in ["lay", "ride"] {
            let what =
                json!({ "domain": "railiance", "slug": slug, "title": slug, "status": "active" });
            desk.made("/workstreams", what).await;
        }
        let what = json!({ "workstream": "lay", "external_id": "T-1", "title": "Do it" });
        desk.made("/tasks", what).await;
        desk
    }

    fn post(&self, path: &str, what: &Value) -> RequestBuilder {
        self.house.post(&self.founder, path, what)
    }

    fn patch(&self, path: &str, what: &Value) -> RequestBuilder {
        let request = self.house.request(Method::PATCH, path);
        request.bearer_auth(&self.founder.token).json(what)
    }

    fn delete(&self, path: &str) -> RequestBuilder {
        let request = self.house.request(Method::DELETE, path);
        request.bearer_auth(&self.founder.token)
    }

    async fn made(&self, path: &str, what: Value) -> Value {
        body(self.post(path, &what), StatusCode::CREATED).await
    }

    async fn got(&self, path: &str) -> Value {
        body(self.house.get(&self.founder, path), StatusCode::OK).await
    }

    async fn changed(&self, path: &str, what: Value) -> Value {
        body(self.patch(path, &what), StatusCode::OK).await
    }
}

async fn workstreams_and_tasks_have_their_paths_and_codes(db: Db) {
    let desk = Desk::open(db).await;
    for path in [
        "/workstreams",
        "/workstreams/",
        "/api/workstreams?status=open",
    ] {
        assert_eq!(desk.got(path).await["total_count"], 2, "{path}");
    }
    for path in ["/tasks", "/tasks/", "/api/tasks/?workstream=lay"] {
        assert_eq!(desk.got(path).await["total_count"], 1, "{path}");
    }
    for path in [
        "/tasks/ready",
        "/tasks/ready/",
        "/api/tasks/ready?domain=railiance",
    ] {
        assert_eq!(
            desk.got(path).await["items"][0]["external_id"],
            "T-1",
            "{path}"
        );
    }
    for path in ["/workstreams/lay", "/workstreams/lay/"] {
        assert_eq!(desk.got(path).await["tasks"]["todo"], 1, "{path}");
    }
    for path in ["/tasks/T-1", "/api/tasks/T-1/"] {
        assert_eq!(desk.got(path).await["workstream"], "lay", "{path}");
    }
    let changed = desk
        .changed("/workstreams/lay/", json!({ "title": "Lay them" }))
        .await;
    assert_eq!(changed["title"], "Lay them");
    let changed = desk
        .changed(
            "/tasks/T-1/",
            json!({ "status": "wait", "blocking_reason": "No rails" }),
        )
        .await;
    assert_eq!(changed["status"], "blocked");
    let edge = json!({ "workstream": "ride", "depends_on": "lay" });
    desk.made("/dependencies/", edge.clone()).await;
    body(desk.post("/dependencies", &edge), StatusCode::OK).await;
    assert_eq!(
        desk.got("/dependencies?workstream=lay").await["total_count"],
        1
    );
    let path = "/dependencies/?workstream=ride&depends_on=lay";
    for removed in [true, false] {
        let gone = body(desk.delete(path), StatusCode::OK).await;
        assert_eq!(gone["removed"], removed);
    }
    let review = json!({ "review": [{ "task_id": "T-1", "as": "done" }] });
    let closed = body(
        desk.post("/workstreams/lay/close/", &review),
        StatusCode::OK,
    )
    .await;
    assert_eq!(closed["workstream"]["status"], "completed");
    desk.house.close().await;
}

async fn a_former_slug_of_a_workstream_is_redirected(db: Db) {
    let desk = Desk::open(db).await;
    desk.changed("/workstreams/lay", json!({ "new_slug": "put" }))
        .await;
    for (asked, told) in [
        ("/workstreams/lay", "/workstreams/put"),
        ("/api/workstreams/lay", "/api/workstreams/put"),
    ] {
        let answer = desk.house.get(&desk.founder, asked).send().await.unwrap();
        assert_eq!(answer.status(), StatusCode::PERMANENT_REDIRECT, "{asked}");
        assert_eq!(answer.headers()["location"], told);
    }
    let written = desk
        .changed("/workstreams/lay", json!({ "title": "Put" }))
        .await;
    assert_eq!(written["slug"], "put", "who writes is not redirected");
    let made = json!({ "workstream": "lay", "title": "More" });
    assert_eq!(desk.made("/tasks", made).await["workstream"], "put");
    assert_eq!(desk.got("/tasks?workstream=lay").await["total_count"], 2);
    let taken = json!({ "domain": "railiance", "slug": "lay", "title": "Another" });
    let taken = desk.post("/workstreams", &taken);
    let told = problem(taken, StatusCode::CONFLICT, "slug_taken").await;
    assert_eq!(told["taken_by"], "put");
    desk.house.close().await;
}

async fn refusals_are_problems_with_what_a_program_needs(db: Db) {
    let desk = Desk::open(db).await;
    let completed = desk.patch("/workstreams/lay", &json!({ "status": "completed" }));
    let told = problem(completed, StatusCode::CONFLICT, "closure_review_missing").await;
    assert_eq!(told["unclassified"][0]["external_id"], "T-1");
    let bare = desk.post("/workstreams/lay/close", &json!({}));
    let told = problem(bare, StatusCode::CONFLICT, "closure_review_missing").await;
    assert_eq!(told["unclassified"].as_array().unwrap().len(), 1);
    let note = desk.patch("/tasks/T-1", &json!({ "needs_human": true }));
    let told = problem(note, StatusCode::UNPROCESSABLE_ENTITY, "note_missing").await;
    assert_eq!(told["field"], "intervention_note");
    let flag = desk.post("/tasks/T-1/flag", &json!({}));
    problem(flag, StatusCode::UNPROCESSABLE_ENTITY, "note_missing").await;
    desk.made(
        "/dependencies",
        json!({ "workstream": "ride", "depends_on": "lay" }),
    )
    .await;
    let circle = desk.post(
        "/dependencies",
        &json!({ "workstream": "lay", "depends_on": "ride" }),
    );
    let told = problem(circle, StatusCode::CONFLICT, "dependency_cycle").await;
    assert_eq!(told["cycle"], json!(["lay", "ride", "lay"]));
    let itself = desk.post(
        "/dependencies",
        &json!({ "workstream": "lay", "depends_on": "lay" }),
    );
    let told = problem(itself, StatusCode::UNPROCESSABLE_ENTITY, "invalid_input").await;
    assert_eq!(told["field"], "depends_on");
    let domain = json!({ "domain": "unknown", "title": "Lay" });
    let domain = desk.post("/workstreams", &domain);
    let told = problem(domain, StatusCode::UNPROCESSABLE_ENTITY, "unknown_domain").await;
    assert_eq!(told["valid_slugs"], json!(["railiance"]));
    for path in [
        "/workstreams/unknown",
        "/tasks/T-9",
        "/decisions/00000000-0000-7000-8000-000000000000",
    ] {
        let unknown = desk.house.get(&desk.founder, path);
        problem(unknown, StatusCode::NOT_FOUND, "not_found").await;
    }
    desk.house.close().await;
}

async fn a_claim_over_http_names_who_has_it(db: Db) {
    let desk = Desk::open(db).await;
    let other = desk.house.human(&desk.founder, "Other").await;
    let memberships = desk.got("/me/memberships").await;
    let engagement = memberships["items"][0]["engagement_id"]
        .as_str()
        .unwrap()
        .to_owned();
    desk.house
        .put_member(&desk.founder, &engagement, other.id, &["contributor"])
        .await;
    let claim = json!({ "lease_seconds": "120" });
    let claimed = body(desk.post("/tasks/T-1/claim/", &claim), StatusCode::OK).await;
    assert_eq!(claimed["claim_fence"], 1);
    let second = desk.house.post(&other, "/tasks/T-1/claim", &json!({}));
    let told = problem(second, StatusCode::CONFLICT, "task_claimed").await;
    assert_eq!(
        (&told["claimed_by_name"], &told["claim_until"]),
        (&json!("Founder"), &claimed["claim_until"])
    );
    let lost = desk
        .house
        .post(&other, "/tasks/T-1/release", &json!({ "claim_fence": 1 }));
    problem(lost, StatusCode::CONFLICT, "task_claim_lost").await;
    let released = desk.post("/tasks/T-1/release/", &json!({ "claim_fence": 1 }));
    let released = body(released, StatusCode::OK).await;
    assert_eq!(released["claimed_by"], Value::Null);
    let claimed = desk.house.post(&other, "/tasks/T-1/claim", &json!({}));
    assert_eq!(body(claimed, StatusCode::OK).await["claim_fence"], 2);
    desk.house.close().await;
}

/// A path, what is sent there, and the field that is wrong.
fn wrong() -> Vec<(&'static str, Value, &'static str)> {
    vec![
        ("/workstreams", json!({ "title": "No domain" }), "domain"),
        ("/workstreams", json!({ "domain": "railiance" }), "title"),
        (
            "/workstreams",
            json!({ "domain": "railiance", "title": "x", "colour": "red" }),
            "colour",
        ),
        ("/tasks", json!({ "title": "No workstream" }), "workstream"),
        (
            "/tasks",
            json!({ "workstream": "lay", "title": "x", "due_date": "2026-02-31" }),
            "due_date",
        ),
        (
            "/tasks/T-1/claim",
            json!({ "lease_seconds": 5 }),
            "lease_seconds",
        ),
        (
            "/tasks/T-1/claim",
            json!({ "claim_fence": -1 }),
            "claim_fence",
        ),
        (
            "/dependencies",
            json!({ "workstream": "lay" }),
            "depends_on",
        ),
        (
            "/workstreams/lay/close",
            json!({ "review": [{ "task_id": "T-1" }] }),
            "review[0].as",
        ),
        ("/decisions", json!({ "title": "Which?" }), "options"),
        ("/cleanup-stale", json!({ "dry_run": "perhaps" }), "dry_run"),
    ]
}

async fn what_is_sent_wrong_is_named(db: Db) {
    let desk = Desk::open(db).await;
    for (path, what, field) in wrong() {
        let told = desk.post(path, &what);
        let told = problem(told, StatusCode::UNPROCESSABLE_ENTITY, "invalid_input").await;
        assert_eq!(told["field"], field, "{path} {what}: {told}");
    }
    for (path, field) in [
        ("/workstreams?status=sleeping", "status"),
        ("/tasks?status=sleeping", "status"),
        ("/tasks?needs_human=perhaps", "needs_human"),
        ("/tasks?workstream=unknown", "workstream"),
        ("/tasks/ready?limit=101", "limit"),
        ("/decisions?status=sleeping", "status"),
    ] {
        let told = desk.house.get(&desk.founder, path).send().await.unwrap();
        assert_eq!(told.status(), StatusCode::UNPROCESSABLE_ENTITY, "{path}");
        let told: Value = told.json().await.unwrap();
        assert_eq!(told["field"], field, "{path}: {told}");
    }
    assert_eq!(desk.got("/workstreams").await["total_count"], 2);
    assert_eq!(desk.got("/tasks").await["total_count"], 1);
    desk.house.close().await;
}

async fn decisions_have_their_paths_and_codes(db: Db) {
    let desk = Desk::open(db).await;
    let options = json!([{ "key": "a", "label": "A" }, { "key": "b", "label": "B" }]);
    let wish = json!({ "title": "Which?", "workstream": "lay", "options": options });
    let made = desk.made("/decisions/", wish).await;
    let path = format!("/decisions/{}", made["ask_id"].as_str().unwrap());
    assert_eq!(desk.got(&format!("{path}/")).await["status"], "open");
    let escalated = desk.changed(&format!("{path}/escalate"), json!({})).await;
    assert_eq!(escalated["status"], "escalated");
    let resolve = json!({ "option": "a", "rationale": "Because" });
    let resolved = desk
        .changed(&format!("{path}/resolve/"), resolve.clone())
        .await;
    assert_eq!(
        (&resolved["status"], &resolved["rationale"]),
        (&json!("resolved"), &json!("Because"))
    );
    let again = desk.changed(&format!("{path}/resolve"), resolve).await;
    assert_eq!(again["status"], "resolved", "the same again stands");
    let other = json!({ "option": "b", "rationale": "Because" });
    let other = desk.patch(&format!("{path}/resolve"), &other);
    problem(other, StatusCode::CONFLICT, "already_answered").await;
    let late = desk.patch(&format!("{path}/escalate"), &json!({}));
    problem(late, StatusCode::CONFLICT, "decision_closed").await;
    let steps = desk.got("/state/next_steps").await;
    assert_eq!(steps["items"][0]["because"], "decision_resolved");
    assert_eq!(
        desk.got("/decisions?workstream=lay").await["total_count"],
        1
    );
    desk.house.close().await;
}

async fn clean_up_has_its_paths_and_codes(db: Db) {
    let desk = Desk::open(db).await;
    desk.changed("/workstreams/lay", json!({ "status": "archived" }))
        .await;
    let dry = desk.post("/cleanup-stale/", &json!({ "dry_run": true }));
    let dry = body(dry, StatusCode::OK).await;
    assert_eq!(
        (&dry["total_count"], &dry["cleanup_id"]),
        (&json!(1), &Value::Null)
    );
    let done = body(desk.post("/cleanup-stale", &json!({})), StatusCode::OK).await;
    assert_eq!(done["tasks"][0]["external_id"], "T-1");
    assert_eq!(desk.got("/tasks/T-1").await["status"], "cancelled");
    let undone = body(
        desk.post("/cleanup-stale/undo/", &json!({})),
        StatusCode::OK,
    )
    .await;
    assert_eq!(
        (&undone["restored"], &undone["kept"]),
        (&json!(1), &json!(0))
    );
    assert_eq!(desk.got("/tasks/T-1").await["status"], "todo");
    let again = desk.post("/cleanup-stale/undo", &json!({}));
    problem(again, StatusCode::CONFLICT, "nothing_to_undo").await;
    desk.house.close().await;
}

async fn every_code_of_the_plan_has_its_page(db: Db) {
    let desk = Desk::open(db).await;
    for code in [
        "closure_review_missing",
        "decision_closed",
        "dependency_cycle",
        "note_missing",
        "nothing_to_undo",
        "task_blocked",
        "task_claim_lost",
        "task_claimed",
        "task_closed",
        "task_needs_human",
        "workstream_closed",
    ] {
        let page = desk.got(&format!("/problems/{code}")).await;
        assert_eq!(page["code"], code);
        assert!(!page["way_out"].as_str().unwrap().is_empty());
    }
    desk.house.close().await;
}
