//! What every request passes: names, headers, ids, methods, the size of things.

use bellboard_hub::db::Db;
use bellboard_server::Settings;
use reqwest::{Method, StatusCode};
use serde_json::json;

use crate::house::{House, body, problem};

on_each_engine!(
    only_known_names_are_answered,
    every_answer_has_the_headers,
    a_request_keeps_its_id,
    unknown_roads_and_wrong_methods_are_problems,
    a_cookie_alone_changes_nothing_from_elsewhere,
    lists_link_to_their_next_page,
    both_places_and_slashes_lead_to_the_same_verb,
    without_its_database_the_hub_lives_and_is_not_ready,
    long_answers_are_compressed_for_those_who_ask,
    asking_for_the_head_gives_the_head,
);

async fn only_known_names_are_answered(db: Db) {
    let settings = Settings {
        public_url: Some("https://board.example.com".to_owned()),
        hosts: vec!["intranet".to_owned(), "proxy:8443".to_owned()],
        ..Settings::default()
    };
    let house = House::with(db, settings).await;
    let port = house.port;
    let known = [
        format!("127.0.0.1:{port}"),
        format!("localhost:{port}"),
        format!("LOCALHOST:{port}"),
        format!("[::1]:{port}"),
        "board.example.com".to_owned(),
        "intranet".to_owned(),
        format!("intranet:{port}"),
        "proxy:8443".to_owned(),
    ];
    for host in known {
        let response = house
            .request(Method::GET, "/healthz")
            .header("host", &host)
            .send()
            .await
            .unwrap();
        assert_eq!(response.status(), StatusCode::OK, "{host}");
    }
    let other_port = port.wrapping_add(1).max(1);
    let unknown = [
        "evil.example".to_owned(),
        format!("localhost:{other_port}"),
        "localhost".to_owned(),
        format!("localhost.evil.example:{port}"),
        "proxy".to_owned(),
        "board.example.com:8443".to_owned(),
    ];
    for host in unknown {
        for path in ["/healthz", "/me", "/mcp", "/events", "/"] {
            let request = house.request(Method::GET, path).header("host", &host);
            problem(request, StatusCode::MISDIRECTED_REQUEST, "unknown_host").await;
        }
    }
    house.close().await;
}

async fn every_answer_has_the_headers(db: Db) {
    let house = House::open(db).await;
    let founder = house.founder().await;
    let expected = [
        (
            "content-security-policy",
            "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self' data:; connect-src 'self'; \
             form-action 'self'; base-uri 'none'; frame-ancestors 'none'",
        ),
        ("x-content-type-options", "nosniff"),
        ("referrer-policy", "no-referrer"),
        ("cross-origin-opener-policy", "same-origin"),
        ("cross-origin-resource-policy", "same-origin"),
        (
            "permissions-policy",
            "camera=(), microphone=(), geolocation=(), payment=(), usb=()",
        ),
    ];
    for path in [
        "/me",
        "/healthz",
        "/nowhere",
        "/login",
        "/openapi.json",
        "/events",
        "/mcp",
        "/",
    ] {
        for signed in [true, false] {
            let mut request = house.request(Method::GET, path);
            if signed {
                request = request.bearer_auth(&founder.token);
            }
            let response = request.send().await.unwrap();
            for (name, value) in expected {
                assert_eq!(response.headers().get(name).expect(name), value, "{path}");
            }
            assert!(response.headers().contains_key("x-request-id"), "{path}");
            assert_eq!(response.headers()["cache-control"], "no-store", "{path}");
        }
    }
    house.close().await;
}

async fn a_request_keeps_its_id(db: Db) {
    let house = House::open(db).await;
    let given = problem(
        house
            .request(Method::GET, "/me")
            .header("x-request-id", "ci-4711.step_2"),
        StatusCode::UNAUTHORIZED,
        "unauthenticated",
    )
    .await;
    assert_eq!(given["request_id"], "ci-4711.step_2");
    for bad in [
        "short",
        "has space in it",
        "semi;colon;semi",
        &"x".repeat(65),
    ] {
        let made = problem(
            house
                .request(Method::GET, "/me")
                .header("x-request-id", bad),
            StatusCode::UNAUTHORIZED,
            "unauthenticated",
        )
        .await;
        assert_ne!(made["request_id"], bad);
    }
    house.close().await;
}

async fn unknown_roads_and_wrong_methods_are_problems(db: Db) {
    let house = House::open(db).await;
    let founder = house.founder().await;
    let broken = house.get(&founder, "/runs/%FF");
    problem(broken, StatusCode::NOT_FOUND, "not_found").await;
    let twice = house.get(&founder, "/events?after=0.1&after=0.2");
    problem(twice, StatusCode::UNPROCESSABLE_ENTITY, "invalid_input").await;
    for path in ["/nowhere", "/api/nowhere", "/api", "/me/nothing"] {
        problem(
            house.request(Method::GET, path),
            StatusCode::NOT_FOUND,
            "not_found",
        )
        .await;
    }
    let request = house.request(Method::PATCH, "/me/tokens");
    let response = request.try_clone().unwrap().send().await.unwrap();
    let mut allowed: Vec<_> = response.headers()["allow"]
        .to_str()
        .unwrap()
        .split(',')
        .map(str::trim)
        .collect();
    allowed.sort_unstable();
    assert_eq!(allowed, ["GET", "HEAD", "POST"]);
    problem(
        request,
        StatusCode::METHOD_NOT_ALLOWED,
        "method_not_allowed",
    )
    .await;

    let page = house
        .request(Method::GET, "/nowhere")
        .header("accept", "text/html,*/*")
        .send()
        .await
        .unwrap();
    assert_eq!(page.status(), StatusCode::NOT_FOUND);
    assert!(
        page.headers()["content-type"]
            .to_str()
            .unwrap()
            .starts_with("text/html")
    );
    house.close().await;
}

async fn a_cookie_alone_changes_nothing_from_elsewhere(db: Db) {
    let house = House::open(db).await;
    let founder = house.founder().await;
    let cookie = house.cookie(founder.id).await;
    let own = format!("http://127.0.0.1:{}", house.port);
    let create = || {
        house
            .request(Method::POST, "/engagements")
            .header("cookie", &cookie)
            .json(&json!({ "name": "E" }))
    };

    problem(create(), StatusCode::FORBIDDEN, "cross_site").await;
    for (name, value) in [
        ("origin", "https://evil.example"),
        ("origin", "null"),
        ("origin", "http://127.0.0.1:1"),
        ("sec-fetch-site", "cross-site"),
        ("sec-fetch-site", "same-site"),
        ("sec-fetch-site", "none"),
    ] {
        problem(
            create().header(name, value),
            StatusCode::FORBIDDEN,
            "cross_site",
        )
        .await;
    }
    let both = create()
        .header("sec-fetch-site", "cross-site")
        .header("origin", &own);
    problem(both, StatusCode::FORBIDDEN, "cross_site").await;
    let list = body(house.get(&founder, "/me/memberships"), StatusCode::OK).await;
    assert_eq!(list["total_count"], 0, "nothing was changed");

    let other = create().json(&json!({ "name": "F" }));
    body(other.header("origin", &own), StatusCode::CREATED).await;
    body(
        create().header("sec-fetch-site", "same-origin"),
        StatusCode::CREATED,
    )
    .await;
    let read = house
        .request(Method::GET, "/me")
        .header("cookie", &cookie)
        .header("sec-fetch-site", "cross-site");
    body(read, StatusCode::OK).await;

    let form = house
        .request(Method::POST, "/engagements")
        .header("cookie", &cookie)
        .header("origin", &own);
    let form = form
        .header("content-type", "application/x-www-form-urlencoded")
        .body("name=E");
    problem(
        form,
        StatusCode::UNSUPPORTED_MEDIA_TYPE,
        "unsupported_media_type",
    )
    .await;
    for path in ["/login", "/logout"] {
        let blind = house.form(path, "x");
        problem(blind, StatusCode::FORBIDDEN, "cross_site").await;
    }
    house.close().await;
}

async fn lists_link_to_their_next_page(db: Db) {
    let house = House::open(db).await;
    let founder = house.founder().await;
    for name in ["A", "B", "C"] {
        house.engagement(&founder, name).await;
    }
    let mut path = "/api/me/memberships?limit=2".to_owned();
    let mut names = Vec::new();
    loop {
        let response = house.get(&founder, &path).send().await.unwrap();
        let link = response
            .headers()
            .get("link")
            .map(|link| link.to_str().unwrap().to_owned());
        let page: serde_json::Value = response.json().await.unwrap();
        assert_eq!(page["total_count"], 3);
        let items = page["items"].as_array().unwrap();
        names.extend(
            items
                .iter()
                .map(|item| item["engagement_name"].as_str().unwrap().to_owned()),
        );
        match link {
            None => break,
            Some(link) => {
                let target = link
                    .strip_prefix('<')
                    .unwrap()
                    .strip_suffix(">; rel=\"next\"")
                    .unwrap();
                assert!(
                    target.starts_with("/api/me/memberships?limit=2&cursor="),
                    "{target}"
                );
                target.clone_into(&mut path);
            }
        }
    }
    names.sort();
    assert_eq!(names, ["A", "B", "C"]);
    house.close().await;
}

async fn both_places_and_slashes_lead_to_the_same_verb(db: Db) {
    let house = House::open(db).await;
    let founder = house.founder().await;
    let mut seen = Vec::new();
    for path in ["/me", "/me/", "/api/me", "/api/me/"] {
        seen.push(body(house.get(&founder, path), StatusCode::OK).await);
    }
    assert!(seen.windows(2).all(|pair| pair[0] == pair[1]));
    house.close().await;
}

async fn without_its_database_the_hub_lives_and_is_not_ready(db: Db) {
    let house = House::open(db).await;
    let founder = house.founder().await;
    let get = |path: &str| house.get(&founder, path);
    assert_eq!(
        get("/readyz").send().await.unwrap().status(),
        StatusCode::OK
    );
    house.hub.db().close().await;
    assert_eq!(
        get("/healthz").send().await.unwrap().status(),
        StatusCode::OK
    );
    for path in ["/readyz", "/me"] {
        let response = get(path).send().await.unwrap();
        assert_eq!(response.headers()["retry-after"], "2", "{path}");
        let unavailable = StatusCode::SERVICE_UNAVAILABLE;
        problem(get(path), unavailable, "database_unavailable").await;
    }
    house.close().await;
}

async fn long_answers_are_compressed_for_those_who_ask(db: Db) {
    let house = House::open(db).await;
    let founder = house.founder().await;
    let encoding = async |path: &str, accepts: &str| {
        let request = house.get(&founder, path).header("accept-encoding", accepts);
        let response = request.send().await.unwrap();
        let encoding = response.headers().get("content-encoding").cloned();
        let vary: Vec<_> = response.headers().get_all("vary").iter().collect();
        assert!(!vary.is_empty(), "{path}");
        encoding.map(|encoding| encoding.to_str().unwrap().to_owned())
    };
    assert_eq!(
        encoding("/openapi.json", "gzip").await.as_deref(),
        Some("gzip")
    );
    assert_eq!(encoding("/openapi.json", "identity").await, None);
    assert_eq!(
        encoding("/me", "gzip").await,
        None,
        "too short to be worth it"
    );
    assert_eq!(
        encoding("/events", "gzip").await,
        None,
        "a stream is never held back"
    );
    house.close().await;
}

async fn asking_for_the_head_gives_the_head(db: Db) {
    let house = House::open(db).await;
    let founder = house.founder().await;
    let request = house
        .request(Method::HEAD, "/me")
        .bearer_auth(&founder.token);
    let response = request.send().await.unwrap();
    assert_eq!(response.status(), StatusCode::OK);
    assert_eq!(response.headers()["content-type"], "application/json");
    assert_eq!(response.text().await.unwrap(), "");
    house.close().await;
}
