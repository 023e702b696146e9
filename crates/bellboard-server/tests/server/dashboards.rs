//! Dashboards over HTTP: rows come in as they are, snapshots go down in three forms.

use bellboard_hub::db::Db;
use reqwest::header::{CONTENT_DISPOSITION, CONTENT_TYPE};
use reqwest::{Method, StatusCode};
use serde_json::{Value, json};

use crate::house::{House, Person, body, problem};

on_each_engine!(
    rows_are_pushed_by_their_content_type_and_refused_whole,
    a_snapshot_goes_down_as_json_csv_and_html,
    only_a_demo_writes_its_own_past,
);

async fn scores(house: &House, owner: &Person) -> String {
    house.engagement(owner, "Mine").await;
    let spec = json!({"source": "pushed", "id_field": "id", "columns": ["id", "note", "score"]});
    let wish = json!({"title": "Scores", "view_spec_json": spec});
    let made = body(house.post(owner, "/dashboards", &wish), StatusCode::CREATED).await;
    made["id"].as_str().unwrap().to_owned()
}

fn push(
    house: &House,
    owner: &Person,
    board: &str,
    kind: &str,
    text: impl Into<Vec<u8>>,
) -> reqwest::RequestBuilder {
    let bytes: Vec<u8> = text.into();
    house
        .request(Method::POST, &format!("/dashboard/{board}/rows"))
        .bearer_auth(&owner.token)
        .header(CONTENT_TYPE, kind)
        .body(bytes)
}

async fn rows_are_pushed_by_their_content_type_and_refused_whole(db: Db) {
    let house = House::open(db).await;
    let owner = house.founder().await;
    let board = scores(&house, &owner).await;
    for (kind, text) in [
        ("application/json", r#"[{"id": "a", "score": 1}]"#),
        (
            "application/x-ndjson; charset=utf-8",
            "{\"id\": \"a\", \"score\": 1}\n",
        ),
        ("text/csv", "id,score\na,1\n"),
    ] {
        let pushed = body(
            push(&house, &owner, &board, kind, text),
            StatusCode::CREATED,
        )
        .await;
        assert_eq!(
            (&pushed["row_count"], &pushed["snapshot"]["row_count"]),
            (&json!(1), &json!(1)),
            "{kind}"
        );
    }
    let wrong = push(&house, &owner, &board, "text/plain", "id\na\n");
    let refused = problem(wrong, StatusCode::UNPROCESSABLE_ENTITY, "invalid_input").await;
    assert_eq!(refused["field"], "content-type");
    let wrong = push(&house, &owner, &board, "text/csv", "id,score\na,1\na,2\n");
    let refused = problem(wrong, StatusCode::UNPROCESSABLE_ENTITY, "invalid_rows").await;
    assert_eq!(
        (&refused["row"], &refused["column"]),
        (&json!(2), &json!("id"))
    );
    // More than a body of JSON may have, and less than rows may.
    let many: Vec<Value> = (0..30_000)
        .map(|number| json!({"id": format!("row {number}"), "note": "x".repeat(60), "score": number}))
        .collect();
    let many = Value::from(many).to_string();
    assert!(many.len() > 2 * 1024 * 1024);
    let pushed = body(
        push(&house, &owner, &board, "application/json", many),
        StatusCode::CREATED,
    )
    .await;
    assert_eq!(pushed["row_count"], 30_000);
    assert_eq!(
        (
            &pushed["snapshot"]["row_count"],
            &pushed["snapshot"]["matched"]
        ),
        (&json!(10_000), &json!(30_000))
    );
    let list = house.get(&owner, &format!("/dashboard/{board}/snapshots"));
    assert_eq!(body(list, StatusCode::OK).await["total_count"], 4);
    let nobody = house
        .request(Method::POST, &format!("/dashboard/{board}/rows"))
        .body("[]");
    problem(nobody, StatusCode::UNAUTHORIZED, "unauthenticated").await;
    house.close().await;
}

async fn a_snapshot_goes_down_as_json_csv_and_html(db: Db) {
    let house = House::open(db).await;
    let owner = house.founder().await;
    let board = scores(&house, &owner).await;
    let rows = json!([
        {"id": "a", "note": "=HYPERLINK(1)", "score": -1.5},
        {"id": "b", "note": "<script>alert(1)</script>", "score": null},
        {"id": "c, d"},
    ]);
    let text = rows.to_string();
    let pushed = body(
        push(&house, &owner, &board, "application/json", text),
        StatusCode::CREATED,
    )
    .await;
    let id = pushed["snapshot"]["id"].as_str().unwrap();
    let download = async |form: &str| {
        let path = format!("/snapshots/{id}/download?form={form}");
        let answer = house.get(&owner, &path).send().await.unwrap();
        assert_eq!(answer.status(), StatusCode::OK, "{form}");
        let headers = answer.headers().clone();
        let named = headers[CONTENT_DISPOSITION].to_str().unwrap().to_owned();
        let start = format!("attachment; filename=\"Scores-1.{form}\";");
        assert!(named.starts_with(&start), "{named}");
        assert!(
            headers["content-security-policy"]
                .to_str()
                .unwrap()
                .starts_with("sandbox")
        );
        assert_eq!(headers["x-content-type-options"], "nosniff");
        answer.text().await.unwrap()
    };
    assert_eq!(
        download("csv").await,
        "id,note,score\r\na,'=HYPERLINK(1),-1.5\r\nb,<script>alert(1)</script>,\r\n\"c, d\",,\r\n"
    );
    let html = download("html").await;
    assert!(
        html.contains("&lt;script&gt;alert(1)") && !html.contains("<script"),
        "{html}"
    );
    assert!(html.contains("<h1>Scores</h1>\n<p>Snapshot 1, taken at "));
    assert!(
        !html.contains("http"),
        "nothing is fetched from elsewhere: {html}"
    );
    let shown: Value = serde_json::from_str(&download("json").await).unwrap();
    assert_eq!(shown["materialized_data"]["rows"], rows);
    let other = house.get(&owner, &format!("/snapshots/{id}/download?form=pdf"));
    problem(other, StatusCode::UNPROCESSABLE_ENTITY, "invalid_input").await;
    house.close().await;
}

async fn only_a_demo_writes_its_own_past(db: Db) {
    let house = House::open(db).await;
    let owner = house.founder().await;
    let board = scores(&house, &owner).await;
    let push_at = |board: &str, query: &str| {
        house
            .request(Method::POST, &format!("/dashboard/{board}/rows?{query}"))
            .bearer_auth(&owner.token)
            .json(&json!([{"id": "a", "score": 1}]))
    };
    let earlier = "captured_at=2026-11-20T15:00:00Z";
    problem(push_at(&board, earlier), StatusCode::CONFLICT, "not_a_demo").await;
    let list = house.get(&owner, &format!("/dashboard/{board}/snapshots"));
    assert_eq!(body(list, StatusCode::OK).await["total_count"], 0);
    let shown = house.get(&owner, &format!("/dashboard/{board}"));
    assert_eq!(body(shown, StatusCode::OK).await["pushed"], Value::Null);

    let demo = json!({"name": "Play", "demo": true});
    let made = house.post(&owner, "/engagements", &demo);
    let demo = body(made, StatusCode::CREATED).await["id"].clone();
    let spec = json!({"source": "pushed", "id_field": "id", "columns": ["id", "score"]});
    let wish = json!({"engagement": demo, "title": "Scores", "view_spec_json": spec});
    let made = body(
        house.post(&owner, "/dashboards", &wish),
        StatusCode::CREATED,
    )
    .await;
    let board = made["id"].as_str().unwrap();
    for (query, captured_at) in [
        (earlier, "2026-11-20T15:00:00.000000Z"),
        (
            "captured_at=2026-11-20T16:00:00Z",
            "2026-11-20T16:00:00.000000Z",
        ),
        ("", "2026-11-20T17:40:00.000000Z"),
    ] {
        let pushed = body(push_at(board, query), StatusCode::CREATED).await;
        assert_eq!(pushed["snapshot"]["captured_at"], captured_at, "{query}");
    }
    for query in [
        "captured_at=2026-11-20T17:40:00Z",
        "captured_at=2026-11-20T17:40:01Z",
        "captured_at=yesterday",
        "snapshot=false&captured_at=2026-11-20T17:40:00Z",
    ] {
        let wrong = push_at(board, query);
        let refused = problem(wrong, StatusCode::UNPROCESSABLE_ENTITY, "invalid_input").await;
        assert_eq!(refused["field"], "captured_at", "{query}");
    }
    house.close().await;
}
