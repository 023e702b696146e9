//! The header under which a start may be sent twice.

use bellboard_hub::db::Db;
use reqwest::{RequestBuilder, StatusCode};
use serde_json::{Value, json};

use crate::house::{House, Person, body, problem};

on_each_engine!(
    a_start_sent_twice_is_answered_twice_and_made_once,
    a_header_that_is_no_key_is_refused_by_its_name,
);

fn start(house: &House, who: &Person, engagement: &str, more: Value) -> RequestBuilder {
    let mut input = json!({"type": "test.work", "identity_mode": "nonce"});
    input
        .as_object_mut()
        .unwrap()
        .extend(more.as_object().unwrap().clone());
    house.post(who, &format!("/api/engagements/{engagement}/runs"), &input)
}

async fn a_start_sent_twice_is_answered_twice_and_made_once(db: Db) {
    let house = House::open(db).await;
    let founder = house.founder().await;
    let engagement = house.engagement(&founder, "Aster").await;
    let keyed =
        |more: Value| start(&house, &founder, &engagement, more).header("Idempotency-Key", "k-1");

    let first = body(keyed(json!({})), StatusCode::CREATED).await;
    let again = body(keyed(json!({})), StatusCode::CREATED).await;
    assert_eq!(first, again);
    let other = problem(
        keyed(json!({"label": "Another"})),
        StatusCode::UNPROCESSABLE_ENTITY,
        "idempotency_key_reused",
    )
    .await;
    assert_eq!(other["field"], "Idempotency-Key");
    let runs = body(house.get(&founder, "/api/runs"), StatusCode::OK).await;
    assert_eq!(runs["total_count"], 1);

    // Without a key each is its own.
    body(
        start(&house, &founder, &engagement, json!({})),
        StatusCode::CREATED,
    )
    .await;
    let runs = body(house.get(&founder, "/api/runs"), StatusCode::OK).await;
    assert_eq!(runs["total_count"], 2);

    // A run that was found is found again, with 200 both times.
    let shared = json!({"identity_mode": "while_active"});
    body(
        start(&house, &founder, &engagement, shared.clone()),
        StatusCode::CREATED,
    )
    .await;
    let found = || {
        start(&house, &founder, &engagement, shared.clone()).header("idempotency-key", "\"k-2\"")
    };
    let first = body(found(), StatusCode::OK).await;
    assert_eq!(first, body(found(), StatusCode::OK).await);
    assert_eq!(first["created"], false);
    house.close().await;
}

async fn a_header_that_is_no_key_is_refused_by_its_name(db: Db) {
    let house = House::open(db).await;
    let founder = house.founder().await;
    let engagement = house.engagement(&founder, "Aster").await;
    let long = "k".repeat(256);
    for wrong in [
        &b""[..],
        b" ",
        b"\"\"",
        b"two words",
        b"\xc3\xbc",
        long.as_bytes(),
    ] {
        let request =
            start(&house, &founder, &engagement, json!({})).header("Idempotency-Key", wrong);
        let refused = problem(request, StatusCode::UNPROCESSABLE_ENTITY, "invalid_input").await;
        assert_eq!(refused["field"], "Idempotency-Key");
    }
    let twice = start(&house, &founder, &engagement, json!({}))
        .header("Idempotency-Key", "a")
        .header("Idempotency-Key", "b");
    problem(twice, StatusCode::UNPROCESSABLE_ENTITY, "invalid_input").await;
    let runs = body(house.get(&founder, "/api/runs"), StatusCode::OK).await;
    assert_eq!(runs["total_count"], 0);
    house.close().await;
}
