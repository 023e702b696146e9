//! Whatever is wrong with a request is named, with its field and the way out, and changes nothing.

use bellboard_hub::db::Db;
use reqwest::{Method, StatusCode};
use serde_json::{Value, json};

use crate::house::{House, Person, body, problem};

on_each_engine!(
    refused_fields_are_named,
    percentages_are_refused,
    every_code_has_its_page,
    refused_words_of_an_address_are_named,
    bodies_that_cannot_be_read_are_refused,
    too_much_is_refused,
    cursors_belong_to_their_list,
    an_ended_run_keeps_its_outcome,
);

/// A run of the founder, and the engagement it is in.
struct Scene {
    house: House,
    founder: Person,
    engagement: String,
    run: String,
}

impl Scene {
    async fn set(db: Db) -> Self {
        let house = House::open(db).await;
        let founder = house.founder().await;
        let engagement = house.engagement(&founder, "E").await;
        let run = house.run(&founder, &engagement).await;
        Self {
            house,
            founder,
            engagement,
            run,
        }
    }

    fn start_path(&self) -> String {
        format!("/engagements/{}/runs", self.engagement)
    }

    fn report_path(&self) -> String {
        format!("/runs/{}/report", self.run)
    }

    async fn run_now(&self) -> Value {
        let path = format!("/runs/{}", self.run);
        body(self.house.get(&self.founder, &path), StatusCode::OK).await
    }
}

async fn refused_fields_are_named(db: Db) {
    let scene = Scene::set(db).await;
    let before = scene.run_now().await;
    let (start, report) = (scene.start_path(), scene.report_path());
    let finish = format!("/runs/{}/finish", scene.run);
    let cases = [
        (&start, json!({ "type": "a.b", "colour": "red" }), "colour"),
        (&start, json!({}), "type"),
        (&start, json!({ "type": "Not A Type" }), "type"),
        (
            &start,
            json!({ "type": "a.b", "label": "x".repeat(201) }),
            "label",
        ),
        (
            &start,
            json!({ "type": "a.b", "label": "a\u{202E}b" }),
            "label",
        ),
        (
            &start,
            json!({ "type": "a.b", "identity_mode": "sometimes" }),
            "identity_mode",
        ),
        (
            &start,
            json!({ "type": "a.b", "identity_mode": "slot" }),
            "slot",
        ),
        (&report, json!({ "counts": { "colours": 3 } }), "counts"),
        (&report, json!({ "processed": -1 }), "processed"),
        (&report, json!({ "processed": 1.5 }), "processed"),
        (&finish, json!({ "outcome": "superb" }), "outcome"),
        (&finish, json!({}), "outcome"),
        (
            &finish,
            json!({ "outcome": "failed", "grade": "verified" }),
            "grade",
        ),
    ];
    for (path, input, field) in cases {
        let request = scene.house.post(&scene.founder, path, &input);
        let refused = problem(request, StatusCode::UNPROCESSABLE_ENTITY, "invalid_input").await;
        let named = refused["field"].as_str().unwrap_or_default();
        assert!(
            named == field || named.starts_with(&format!("{field}.")),
            "{input}: {refused}"
        );
    }
    assert_eq!(scene.run_now().await, before, "nothing was changed");
    scene.house.close().await;
}

async fn percentages_are_refused(db: Db) {
    let scene = Scene::set(db).await;
    let report = scene.report_path();
    for (input, field) in [
        (json!({ "processed": "42%" }), "processed"),
        (json!({ "percent": 42 }), "percent"),
        (json!({ "percentage": 42 }), "percentage"),
        (json!({ "processed": 4, "unit": "%" }), "unit"),
    ] {
        let request = scene.house.post(&scene.founder, &report, &input);
        let refused = problem(
            request,
            StatusCode::UNPROCESSABLE_ENTITY,
            "percentage_refused",
        )
        .await;
        assert_eq!(refused["field"], field);
        let detail = refused["detail"].as_str().unwrap();
        assert!(
            detail.contains(r#"{"processed":214,"total":512,"unit":"policies"}"#),
            "{detail}"
        );
        let contract = refused["contract"].as_str().unwrap();
        assert!(detail.contains(contract), "{detail}");
        let page = body(scene.house.request(Method::GET, contract), StatusCode::OK).await;
        assert!(page["meaning"].as_str().unwrap().contains("The contract"));
        assert!(page["way_out"].as_str().unwrap().contains("214/512"));
    }
    scene.house.close().await;
}

async fn every_code_has_its_page(db: Db) {
    let house = House::open(db).await;
    for code in bellboard_server::problem_codes() {
        for place in ["", "/api"] {
            let path = format!("{place}/problems/{}", code.code);
            let told = body(house.request(Method::GET, &path), StatusCode::OK).await;
            assert_eq!(told["type"], format!("/problems/{}", code.code));
            assert_eq!(
                (&told["status"], &told["title"], &told["way_out"]),
                (
                    &json!(code.status),
                    &json!(code.title),
                    &json!(code.way_out)
                )
            );
            let page = house
                .request(Method::GET, &path)
                .header("accept", "text/html");
            let page = page.send().await.unwrap();
            assert_eq!(page.status(), StatusCode::OK);
            assert_eq!(page.headers()["content-type"], "text/html; charset=utf-8");
            assert!(page.text().await.unwrap().contains(code.code));
        }
    }
    let unknown = house.request(Method::GET, "/problems/no_such_code");
    problem(unknown, StatusCode::NOT_FOUND, "not_found").await;
    house.close().await;
}

async fn refused_words_of_an_address_are_named(db: Db) {
    let scene = Scene::set(db).await;
    let bad_lists = [
        ("/runs?limit=0", "limit"),
        ("/runs?limit=101", "limit"),
        ("/runs?limit=many", "limit"),
        ("/runs?status=done", "status"),
        ("/runs?colour=red", "colour"),
        ("/runs?limit=3&limit=4", "limit"),
        ("/me/dashboard/active?kind=everything", "kind"),
        ("/runs/not-an-id", "run_id"),
    ];
    for (path, field) in bad_lists {
        let request = scene.house.get(&scene.founder, path);
        let refused = problem(request, StatusCode::UNPROCESSABLE_ENTITY, "invalid_input").await;
        assert_eq!(refused["field"], field, "{path}: {refused}");
    }
    let twice = format!("{}?processed=1", scene.report_path());
    let request = scene
        .house
        .post(&scene.founder, &twice, &json!({ "processed": 2 }));
    let refused = problem(request, StatusCode::UNPROCESSABLE_ENTITY, "invalid_input").await;
    assert_eq!(refused["field"], "processed");
    scene.house.close().await;
}

async fn bodies_that_cannot_be_read_are_refused(db: Db) {
    let scene = Scene::set(db).await;
    let path = scene.start_path();
    let send = |kind: &str, text: &str| {
        let request = scene
            .house
            .request(Method::POST, &path)
            .bearer_auth(&scene.founder.token);
        request.header("content-type", kind).body(text.to_owned())
    };
    let json = "application/json";
    problem(
        send("text/plain", "{}"),
        StatusCode::UNSUPPORTED_MEDIA_TYPE,
        "unsupported_media_type",
    )
    .await;
    problem(
        send(json, "{\"type\": "),
        StatusCode::BAD_REQUEST,
        "malformed_json",
    )
    .await;
    problem(
        send(json, "[]"),
        StatusCode::UNPROCESSABLE_ENTITY,
        "invalid_input",
    )
    .await;
    let twice = send(json, "{\"type\":\"a.b\",\"type\":\"c.d\"}");
    let refused = problem(twice, StatusCode::UNPROCESSABLE_ENTITY, "invalid_input").await;
    assert_eq!(refused["field"], "type");
    let within = send(json, r#"{"type": "a.b", "inputs": {"x": 1, "x": 2}}"#);
    let refused = problem(within, StatusCode::UNPROCESSABLE_ENTITY, "invalid_input").await;
    assert_eq!(refused["field"], "inputs.x");
    let deep = format!(
        "{{\"type\":\"a.b\",\"inputs\":{}{}}}",
        "[".repeat(40),
        "]".repeat(40)
    );
    problem(
        send(json, &deep),
        StatusCode::UNPROCESSABLE_ENTITY,
        "invalid_input",
    )
    .await;
    body(
        send("application/json; charset=utf-8", "{\"type\":\"a.b\"}"),
        StatusCode::CREATED,
    )
    .await;
    scene.house.close().await;
}

async fn too_much_is_refused(db: Db) {
    let scene = Scene::set(db).await;
    let path = scene.start_path();
    let long = json!({ "type": "a.b", "inputs": { "text": "x".repeat(70_000) } });
    let request = scene.house.post(&scene.founder, &path, &long);
    let refused = problem(request, StatusCode::UNPROCESSABLE_ENTITY, "invalid_input").await;
    assert_eq!(refused["field"], "inputs.text");
    let parts: Vec<_> = (0..20).map(|_| "x".repeat(60_000)).collect();
    let large = json!({ "type": "a.b", "inputs": parts });
    let request = scene.house.post(&scene.founder, &path, &large);
    problem(request, StatusCode::PAYLOAD_TOO_LARGE, "body_too_large").await;
    let header = "x".repeat(20_000);
    let request = scene
        .house
        .get(&scene.founder, "/me")
        .header("x-long", header);
    assert_eq!(
        request.send().await.unwrap().status(),
        StatusCode::REQUEST_HEADER_FIELDS_TOO_LARGE
    );
    scene.house.close().await;
}

async fn cursors_belong_to_their_list(db: Db) {
    let scene = Scene::set(db).await;
    let other = scene
        .house
        .member(&scene.founder, &scene.engagement, "Other", &["reader"])
        .await;
    scene.house.run(&scene.founder, &scene.engagement).await;
    let page = body(
        scene.house.get(&scene.founder, "/runs?limit=1"),
        StatusCode::OK,
    )
    .await;
    let cursor = page["next_cursor"].as_str().unwrap();
    let flipped = if cursor.starts_with('A') { "B" } else { "A" };
    let cases = [
        (&scene.founder, "/runs?cursor=broken".to_owned()),
        (
            &scene.founder,
            format!("/runs?cursor={flipped}{}", &cursor[1..]),
        ),
        (
            &scene.founder,
            format!("/runs?status=running&cursor={cursor}"),
        ),
        (
            &scene.founder,
            format!("/me/dashboard/active?cursor={cursor}"),
        ),
        (&other, format!("/runs?cursor={cursor}")),
    ];
    for (person, path) in cases {
        let refused = problem(
            scene.house.get(person, &path),
            StatusCode::UNPROCESSABLE_ENTITY,
            "invalid_cursor",
        )
        .await;
        assert_eq!(refused["field"], "cursor", "{path}");
    }
    body(
        scene
            .house
            .get(&scene.founder, &format!("/runs?limit=1&cursor={cursor}")),
        StatusCode::OK,
    )
    .await;
    scene.house.close().await;
}

async fn an_ended_run_keeps_its_outcome(db: Db) {
    let scene = Scene::set(db).await;
    let finish = format!("/runs/{}/finish", scene.run);
    let end = |outcome: &str| {
        scene
            .house
            .post(&scene.founder, &finish, &json!({ "outcome": outcome }))
    };
    let first = body(end("failed"), StatusCode::OK).await;
    assert_eq!(first["changed"], true);
    let again = body(end("failed"), StatusCode::OK).await;
    assert_eq!(again["changed"], false);
    let response = end("succeeded").send().await.unwrap();
    assert_eq!(response.status(), StatusCode::CONFLICT);
    let refused: Value = response.json().await.unwrap();
    assert!(
        refused.to_string().contains("failed"),
        "the outcome that stands is named: {refused}"
    );
    assert_eq!(scene.run_now().await["outcome"], "failed");
    let unknown = scene.house.hub.world().new_id();
    let request = scene.house.post(
        &scene.founder,
        &format!("/runs/{unknown}/finish"),
        &json!({ "outcome": "failed" }),
    );
    problem(request, StatusCode::NOT_FOUND, "not_found").await;
    scene.house.close().await;
}
