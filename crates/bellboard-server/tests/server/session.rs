//! Signing in with a link, once; and out.

use std::time::Duration;

use bellboard_hub::db::Db;
use bellboard_hub::session::new_link;
use bellboard_server::Settings;
use reqwest::{Method, Response, StatusCode};

use crate::house::{House, body, problem};

on_each_engine!(
    a_link_signs_in_once_and_only_by_the_button,
    a_link_ends_after_a_quarter_of_an_hour,
    signing_out_ends_the_session_in_the_hub,
    behind_tls_the_cookie_is_bound_to_the_host,
    secrets_travel_in_their_own_place_only,
);

async fn press(house: &House, link: &str) -> Response {
    let request = house
        .form("/login", link)
        .header("sec-fetch-site", "same-origin");
    request.send().await.unwrap()
}

fn cookie_of(response: &Response) -> String {
    response.headers()["set-cookie"]
        .to_str()
        .unwrap()
        .to_owned()
}

async fn a_link_signs_in_once_and_only_by_the_button(db: Db) {
    let house = House::open(db).await;
    let founder = house.founder().await;
    let path = new_link(&house.hub, founder.id).await.unwrap().url_path;
    let secret = path.strip_prefix("/login?link=").unwrap();
    for _ in 0..3 {
        let page = house.request(Method::GET, &path).send().await.unwrap();
        assert_eq!(
            page.status(),
            StatusCode::OK,
            "a scanner that follows the link uses nothing up"
        );
        assert!(!page.headers().contains_key("set-cookie"));
    }
    let signed_in = press(&house, secret).await;
    assert_eq!(signed_in.status(), StatusCode::SEE_OTHER);
    assert_eq!(signed_in.headers()["location"], "/");
    let cookie = cookie_of(&signed_in);
    assert!(cookie.starts_with("bellboard=bbs_"), "{cookie}");
    assert!(
        cookie.ends_with("; Path=/; Max-Age=604800; HttpOnly; SameSite=Lax"),
        "{cookie}"
    );
    let pair = cookie.split(';').next().unwrap();
    let me = body(
        house.request(Method::GET, "/me").header("cookie", pair),
        StatusCode::OK,
    )
    .await;
    assert_eq!(me["name"], "Founder");

    let again = press(&house, secret).await;
    assert_eq!(again.status(), StatusCode::FORBIDDEN);
    assert!(!again.headers().contains_key("set-cookie"));
    assert_eq!(
        press(&house, "nonsense").await.status(),
        StatusCode::FORBIDDEN
    );
    house.close().await;
}

async fn a_link_ends_after_a_quarter_of_an_hour(db: Db) {
    let house = House::open(db).await;
    let founder = house.founder().await;
    let path = new_link(&house.hub, founder.id).await.unwrap().url_path;
    house.advance(Duration::from_mins(15));
    assert_eq!(
        press(&house, path.strip_prefix("/login?link=").unwrap())
            .await
            .status(),
        StatusCode::FORBIDDEN
    );
    house.close().await;
}

async fn signing_out_ends_the_session_in_the_hub(db: Db) {
    let house = House::open(db).await;
    let founder = house.founder().await;
    let cookie = house.cookie(founder.id).await;
    let out = house
        .request(Method::POST, "/logout")
        .header("cookie", &cookie)
        .header("sec-fetch-site", "same-origin");
    let out = out.send().await.unwrap();
    assert_eq!(out.status(), StatusCode::SEE_OTHER);
    assert!(cookie_of(&out).starts_with("bellboard=; Path=/; Max-Age=0"));
    let me = house.request(Method::GET, "/me").header("cookie", &cookie);
    problem(me, StatusCode::UNAUTHORIZED, "unauthenticated").await;
    house.close().await;
}

async fn behind_tls_the_cookie_is_bound_to_the_host(db: Db) {
    let settings = Settings {
        public_url: Some("https://board.example.com".to_owned()),
        ..Settings::default()
    };
    let house = House::with(db, settings).await;
    let founder = house.founder().await;
    let path = new_link(&house.hub, founder.id).await.unwrap().url_path;
    let cookie = cookie_of(&press(&house, path.strip_prefix("/login?link=").unwrap()).await);
    assert!(cookie.starts_with("__Host-bellboard=bbs_"), "{cookie}");
    assert!(
        cookie.ends_with("; Path=/; Max-Age=604800; HttpOnly; SameSite=Lax; Secure"),
        "{cookie}"
    );
    let pair = cookie.split(';').next().unwrap();
    body(
        house.request(Method::GET, "/me").header("cookie", pair),
        StatusCode::OK,
    )
    .await;
    let plain = pair.replace("__Host-", "");
    let request = house.request(Method::GET, "/me").header("cookie", plain);
    problem(request, StatusCode::UNAUTHORIZED, "unauthenticated").await;
    house.close().await;
}

async fn secrets_travel_in_their_own_place_only(db: Db) {
    let house = House::open(db).await;
    let founder = house.founder().await;
    let cookie = house.cookie(founder.id).await;
    let session = cookie.strip_prefix("bellboard=").unwrap();
    let me = || house.request(Method::GET, "/me");
    let wrong = [
        me().bearer_auth(session),
        me().header("cookie", format!("bellboard={}", founder.token)),
        me().header("authorization", "Basic abc")
            .header("cookie", &cookie),
        me().bearer_auth("bbp_nonsense").header("cookie", &cookie),
        house.request(Method::GET, &format!("/me?token={}", founder.token)),
    ];
    for request in wrong {
        let response = request.try_clone().unwrap().send().await.unwrap();
        assert_eq!(
            response.headers()["www-authenticate"],
            "Bearer realm=\"bellboard\""
        );
        problem(request, StatusCode::UNAUTHORIZED, "unauthenticated").await;
    }
    house.close().await;
}
