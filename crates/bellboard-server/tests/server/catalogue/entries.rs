//! Extension points and technical debts: checked against the live list of domains, and counted for each.

use bellboard_hub::db::Db;
use serde_json::{Value, json};

use crate::planning::Scene;

on_each_engine!(
    p3_2_extension_points_and_debts_are_checked_against_the_live_list,
    p3_2_the_summary_holds_the_statistics_of_each_domain,
);

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
