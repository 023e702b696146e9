//! The lists of extension points and of technical debts.

use bellboard_hub::db::Db;
use reqwest::StatusCode;
use serde_json::json;

use crate::house::body;
use crate::planning::{Scene, has, lacks};

on_each_engine!(
    p4_2_the_lists_are_narrowed_to_a_domain_in_the_address,
    p4_2_a_domain_that_is_renamed_archived_or_unknown_is_told,
    long_lists_go_on,
);

/// Two entries of one domain, one of the other.
async fn three_entries(scene: &Scene, path: &str, key: &str) {
    for (domain, id, status) in [
        ("railiance", "X-1", "open"),
        ("railiance", "X-2", "in_progress"),
        ("markitect", "X-3", "open"),
    ] {
        let entry = json!({ key: id, "domain": domain, "title": format!("Title {id}"), "status": status,
                            "location": "src/main.rs", "description": "Because <b>so</b>" });
        scene.made(path, entry).await;
    }
}

async fn p4_2_the_lists_are_narrowed_to_a_domain_in_the_address(db: Db) {
    let scene = Scene::set(db).await;
    for (path, key, page_path, none) in [
        (
            "/extension-points",
            "ep_id",
            "/ui/extension-points",
            "0 extension points",
        ),
        (
            "/technical-debt",
            "td_id",
            "/ui/technical-debt",
            "0 technical debts",
        ),
    ] {
        let empty = scene.page(page_path).await;
        has(&empty, &["Nothing has been written down yet.", none]);
        three_entries(&scene, path, key).await;
        let all = scene.page(page_path).await;
        has(
            &all,
            &[
                "<option value=\"\">All domains</option>",
                "<option value=\"railiance\">Railiance</option>",
                "X-1",
                "X-3",
                "src/main.rs",
                "Because &#60;b&#62;so",
                "href=\"/ui/extension-points\"",
                "href=\"/ui/technical-debt\"",
            ],
        );
        let one = scene.page(&format!("{page_path}?domain=railiance")).await;
        has(
            &one,
            &[
                "<option value=\"railiance\" selected>",
                "X-1",
                "X-2",
                "2 ",
                "href=\"/ui/extension-points?domain=railiance\"",
                "href=\"/ui/technical-debt?domain=railiance\"",
            ],
        );
        lacks(&one, &["X-3"]);
        let query = format!("{page_path}?domain=railiance&status=in_progress");
        let narrow = scene.page(&query).await;
        has(
            &narrow,
            &["X-2", "<option value=\"in_progress\" selected>In progress"],
        );
        lacks(&narrow, &["X-1"]);
        let nothing = scene.page(&format!("{page_path}?status=wont_fix")).await;
        has(&nothing, &["Nothing matches these filters.", "Show all"]);
        let refused = format!("{page_path}?status=sleeping");
        let refused = scene.browser().open(&refused).await;
        assert_eq!(refused.status(), StatusCode::UNPROCESSABLE_ENTITY);
    }
    // A domain that was made just now can be chosen.
    let domain = json!({ "slug": "harbour", "name": "Harbour" });
    scene.made("/domains", domain).await;
    let page = scene.page("/ui/technical-debt").await;
    has(&page, &["<option value=\"harbour\">Harbour</option>"]);
    scene.house.close().await;
}

async fn p4_2_a_domain_that_is_renamed_archived_or_unknown_is_told(db: Db) {
    let scene = Scene::set(db).await;
    let debt = json!({ "td_id": "TD-1", "domain": "railiance", "title": "Old rails" });
    scene.made("/technical-debt", debt).await;
    let fields = "from=page&at=&name=Rail&slug=rail";
    scene
        .browser()
        .submit("/ui/domains/railiance/rename", fields)
        .await;
    assert_eq!(
        scene
            .moved(
                "/ui/technical-debt?domain=railiance&status=open",
                StatusCode::PERMANENT_REDIRECT
            )
            .await,
        "/ui/technical-debt?domain=rail&status=open"
    );
    has(
        &scene.page("/ui/technical-debt?domain=rail").await,
        &[
            "TD-1",
            "<a href=\"/ui/technical-debt?domain=rail\">rail</a>",
        ],
    );
    scene
        .browser()
        .submit("/ui/domains/rail/archive", "from=page&at=")
        .await;
    let archived = scene.page("/ui/technical-debt?domain=rail").await;
    has(
        &archived,
        &[
            "TD-1",
            "<option value=\"rail\" selected>Rail, archived</option>",
        ],
    );
    let others = scene.page("/ui/technical-debt").await;
    lacks(&others, &["<option value=\"rail\""]);
    let long = "x".repeat(120);
    for name in ["never", "%3Cb%3E", "Not%20a%20slug", &long] {
        let page = scene
            .page(&format!("/ui/extension-points?domain={name}"))
            .await;
        has(
            &page,
            &[
                "No domain of yours is called",
                "Show all",
                "href=\"/ui/technical-debt\"",
            ],
        );
        lacks(&page, &["<b>", "?domain=never"]);
    }
    scene.house.close().await;
}

async fn long_lists_go_on(db: Db) {
    let scene = Scene::set(db).await;
    for number in 0..51 {
        let debt = json!({ "td_id": format!("TD-{number:03}"), "domain": "railiance", "title": "Old rails" });
        scene.made("/technical-debt", debt).await;
    }
    let first = scene.page("/ui/technical-debt?domain=railiance").await;
    assert_eq!(first.matches("<tr id=\"row-").count(), 50);
    has(&first, &["51 technical debts match."]);
    let older = first.split("class=\"btn\" href=\"").nth(1).unwrap();
    let older = older.split('"').next().unwrap().replace("&#38;", "&");
    assert!(older.starts_with("/ui/technical-debt?domain=railiance&before="));
    let last = scene.page(&older).await;
    assert_eq!(last.matches("<tr id=\"row-").count(), 1);
    has(&last, &["TD-000"]);
    let domains: Vec<_> = (0..50)
        .map(|number| json!({ "slug": format!("d-{number}"), "name": "N" }))
        .collect();
    let seed = scene
        .house
        .request(
            reqwest::Method::PUT,
            &format!("/engagements/{}/domains", scene.engagement),
        )
        .bearer_auth(&scene.founder.token);
    body(seed.json(&json!({ "domains": domains })), StatusCode::OK).await;
    let first = scene.page("/ui/domains").await;
    assert_eq!(first.matches("class=\"card dom\"").count(), 50);
    let older = first.split("class=\"btn\" href=\"").last().unwrap();
    let older = older.split('"').next().unwrap().replace("&#38;", "&");
    has(&scene.page(&older).await, &["Railiance</a>"]);
    scene.house.close().await;
}
