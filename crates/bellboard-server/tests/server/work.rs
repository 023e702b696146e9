//! The catalogue over HTTP: the source's paths and codes, a trailing slash or none, and where a former slug leads.

use bellboard_hub::db::Db;
use reqwest::{Method, StatusCode};
use serde_json::json;

use crate::house::{House, body, problem};

on_each_engine!(
    p1_3_the_domain_endpoints_have_the_paths_and_codes_of_the_source,
    a_former_slug_is_redirected_for_readers_and_works_for_writers,
    the_summary_is_sent_once_to_who_has_it,
);

async fn p1_3_the_domain_endpoints_have_the_paths_and_codes_of_the_source(db: Db) {
    let house = House::open(db).await;
    let founder = house.founder().await;
    house.engagement(&founder, "Aster Bank").await;
    let domain = json!({ "slug": "railiance", "name": "Railiance" });
    let made = body(
        house.post(&founder, "/domains/", &domain),
        StatusCode::CREATED,
    )
    .await;
    assert_eq!(made["status"], "active");
    let again = house.post(&founder, "/domains", &domain);
    problem(again, StatusCode::CONFLICT, "slug_taken").await;
    let bad = house.post(
        &founder,
        "/domains/",
        &json!({ "slug": "Bad Slug", "name": "B" }),
    );
    let refused = problem(bad, StatusCode::UNPROCESSABLE_ENTITY, "invalid_input").await;
    assert_eq!(refused["field"], "slug");
    for path in [
        "/domains",
        "/domains/",
        "/api/domains",
        "/api/domains/?status=all",
    ] {
        let list = body(house.get(&founder, path), StatusCode::OK).await;
        assert_eq!(list["total_count"], 1, "{path}");
    }
    let patch = |path: &str, what: serde_json::Value| {
        let request = house.request(Method::PATCH, path);
        request.bearer_auth(&founder.token).json(&what)
    };
    let described = patch("/domains/railiance/", json!({ "description": "Rails" }));
    let described = body(described, StatusCode::OK).await;
    assert_eq!(described["description"], "Rails");
    let archived = body(
        patch("/domains/railiance/archive", json!({})),
        StatusCode::OK,
    )
    .await;
    assert_eq!(archived["status"], "archived");
    let unknown = patch("/domains/unknown/archive", json!({}));
    problem(unknown, StatusCode::NOT_FOUND, "not_found").await;
    let word = house.get(&founder, "/domains?status=sleeping");
    let refused = problem(word, StatusCode::UNPROCESSABLE_ENTITY, "invalid_input").await;
    assert_eq!(refused["field"], "status");
    house.close().await;
}

async fn a_former_slug_is_redirected_for_readers_and_works_for_writers(db: Db) {
    let house = House::open(db).await;
    let founder = house.founder().await;
    house.engagement(&founder, "Aster Bank").await;
    let domain = json!({ "slug": "railiance", "name": "Railiance" });
    body(
        house.post(&founder, "/domains", &domain),
        StatusCode::CREATED,
    )
    .await;
    let rename = json!({ "new_slug": "rail", "new_name": "Rail" });
    let patch = house
        .request(Method::PATCH, "/domains/railiance/rename")
        .bearer_auth(&founder.token);
    let renamed = body(patch.json(&rename), StatusCode::OK).await;
    for (asked, told) in [
        ("/domains/railiance", "/domains/rail"),
        ("/domains/railiance/", "/domains/rail/"),
        (
            "/api/domains/railiance?engagement=aster-bank",
            "/api/domains/rail?engagement=aster-bank",
        ),
    ] {
        let answer = house.get(&founder, asked).send().await.unwrap();
        assert_eq!(answer.status(), StatusCode::PERMANENT_REDIRECT, "{asked}");
        assert_eq!(answer.headers()["location"], told);
        let shown = body(house.get(&founder, told), StatusCode::OK).await;
        assert_eq!(shown["slug"], "rail");
    }
    // An id is no former slug, and who writes is not sent elsewhere.
    let by_id = format!("/domains/{}", renamed["id"].as_str().unwrap());
    body(house.get(&founder, &by_id), StatusCode::OK).await;
    let patch = house
        .request(Method::PATCH, "/domains/railiance")
        .bearer_auth(&founder.token);
    let changed = body(patch.json(&json!({ "name": "The rails" })), StatusCode::OK).await;
    assert_eq!(
        (&changed["slug"], &changed["name"]),
        (&json!("rail"), &json!("The rails"))
    );
    house.close().await;
}

async fn the_summary_is_sent_once_to_who_has_it(db: Db) {
    let house = House::open(db).await;
    let founder = house.founder().await;
    house.engagement(&founder, "Aster Bank").await;
    let path = "/state/summary/";
    let first = house.get(&founder, path).send().await.unwrap();
    assert_eq!(first.status(), StatusCode::OK);
    let tag = first.headers()["etag"].clone();
    let again = house.get(&founder, path).header("if-none-match", &tag);
    let again = again.send().await.unwrap();
    assert_eq!(again.status(), StatusCode::NOT_MODIFIED);
    assert_eq!(again.headers()["etag"], tag);
    assert!(again.text().await.unwrap().is_empty());
    let domain = json!({ "slug": "railiance", "name": "Railiance" });
    body(
        house.post(&founder, "/domains", &domain),
        StatusCode::CREATED,
    )
    .await;
    let changed = house.get(&founder, path).header("if-none-match", &tag);
    let changed = changed.send().await.unwrap();
    assert_eq!(changed.status(), StatusCode::OK);
    assert_ne!(changed.headers()["etag"], tag);
    let missing = json!({ "domain_slug": "unknown", "name": "hub" });
    let refused = house.post(&founder, "/repos/", &missing);
    let refused = problem(refused, StatusCode::UNPROCESSABLE_ENTITY, "unknown_domain").await;
    assert_eq!(refused["valid_slugs"], json!(["railiance"]));
    house.close().await;
}
