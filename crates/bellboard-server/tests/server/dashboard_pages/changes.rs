//! What differs between two snapshots.

use std::time::Duration;

use bellboard_hub::db::Db;
use bellboard_hub::snapshot::forget_expired;
use reqwest::{Method, StatusCode};
use serde_json::json;

use super::{Scene, has, lacks};
use crate::house::body;
use crate::pages::Browser;

on_each_engine!(
    changes_tell_what_differs_between_two_snapshots,
    a_pair_of_snapshots_is_an_address,
    a_snapshot_whose_forerunner_was_forgotten_has_its_page,
    changes_of_ten_thousand_rows_stay_a_small_page,
);

async fn changes_tell_what_differs_between_two_snapshots(db: Db) {
    let scene = Scene::set(db).await;
    has(
        &scene.tab("/changes").await,
        &[
            "There is nothing to compare yet.",
            "aria-current=\"page\">Changes</a>",
        ],
    );
    let first = scene
        .push(&[
            ("Apoe", 0.812),
            ("Tau", 0.797),
            ("Trem <2>", 0.781),
            ("Insulin", 0.5),
        ])
        .await;
    has(
        &scene.tab("/changes").await,
        &["There is nothing to compare yet."],
    );
    let second = scene
        .push(&[
            ("Apoe", 0.812),
            ("Tau", 0.797),
            ("Trem <2>", 0.845),
            ("Lactate", 0.6),
        ])
        .await;
    let changes = scene.tab("/changes").await;
    has(
        &changes,
        &[
            "Trem &#60;2&#62; took the lead from third. 1 row changed score, 1 is new, 1 is gone.",
            "<th scope=\"row\">Trem &#60;2&#62;</th>",
            "<td class=\"r w\">0.781</td><td class=\"r v\">0.845</td><td class=\"r blue\">+8.2 %</td>",
            "<th scope=\"col\" class=\"r w\">Score was</th>",
            "<span class=\"tag blue\">new</span>",
            "<li class=\"gone\"><span>Insulin</span>",
            "Gone: <b>Insulin</b>.",
            "<path class=\"mv\" d=\"M0 90C75 90 75 18 150 18\"/>",
            "<tr class=\"same\"><td class=\"rank\">2</td>",
            &format!("<option value=\"{first}\""),
            &format!("diff?a={first}&#38;b={second}"),
            &format!(
                "<code>bellboard dashboards diff {} --from {first} --to {second}</code>",
                scene.board
            ),
        ],
    );
    lacks(&changes, &["<2>", "rel=\"prev\"", "rel=\"next\"", "style="]);
    scene.house.close().await;
}

async fn a_pair_of_snapshots_is_an_address(db: Db) {
    let scene = Scene::set(db).await;
    let first = scene
        .push(&[
            ("Apoe", 0.812),
            ("Tau", 0.797),
            ("Trem", 0.781),
            ("Insulin", 0.5),
        ])
        .await;
    let second = scene
        .push(&[
            ("Apoe", 0.812),
            ("Tau", 0.797),
            ("Trem", 0.845),
            ("Lactate", 0.6),
        ])
        .await;
    let third = scene.push(&[("Apoe", 0.9), ("Tau", 0.8)]).await;
    let newest = scene.tab("/changes").await;
    has(
        &newest,
        &[&format!(
            "rel=\"prev\" href=\"/ui/dashboards/{}/changes?b={second}\"",
            scene.board
        )],
    );
    let earlier = scene.tab(&format!("/changes?b={second}")).await;
    has(
        &earlier,
        &[
            "took the lead from third",
            &format!(
                "rel=\"next\" href=\"/ui/dashboards/{}/changes?b={third}\"",
                scene.board
            ),
        ],
    );
    // Links in mails and notifications name the pair; the wrong way round it is turned.
    for pair in [
        format!("a={first}&b={third}"),
        format!("a={third}&b={first}"),
    ] {
        for path in [format!("?{pair}"), format!("/changes?{pair}")] {
            let page = scene.tab(&path).await;
            has(
                &page,
                &[
                    "2 rows changed score, 2 are gone.",
                    &format!("<option value=\"{first}\" data-as=\"clock\""),
                    &format!("diff?a={first}&#38;b={third}"),
                ],
            );
        }
    }
    let same = scene.tab(&format!("/changes?a={first}&b={first}")).await;
    has(&same, &["Nothing changed."]);
    let other = scene.dashboard("Another").await;
    for path in [
        format!("/ui/dashboards/{other}/changes?b={first}"),
        format!("/ui/dashboards/{}/changes?a=none", scene.board),
    ] {
        let answer = scene.browser().open(&path).await;
        assert_eq!(answer.status(), StatusCode::NOT_FOUND, "{path}");
    }
    scene.house.close().await;
}

async fn a_snapshot_whose_forerunner_was_forgotten_has_its_page(db: Db) {
    let scene = Scene::set(db).await;
    scene.push(&[("Apoe", 1.0)]).await;
    let oldest = scene.push(&[("Apoe", 2.0)]).await;
    let board = format!("/ui/dashboards/{}", scene.board);
    let path = format!("/dashboard/{}", scene.board);
    let keep = scene.house.request(Method::PATCH, &path);
    let keep = keep.json(&json!({"metadata": {"keep_days": 1}}));
    body(keep.bearer_auth(&scene.founder.token), StatusCode::OK).await;
    scene.house.advance(Duration::from_hours(25));
    assert_eq!(forget_expired(&scene.house.hub).await, Ok(1));
    // The session of the day before is over.
    let cookie = scene.house.cookie(scene.founder.id).await;
    let browser = Browser::again(&scene.house, &cookie);
    for path in ["/changes".to_owned(), format!("/changes?b={oldest}")] {
        let alone = browser.page(&format!("{board}{path}")).await;
        has(&alone, &["The snapshot before is not kept any more."]);
    }
    let link = format!("{board}/changes?b={oldest}\"");
    let snapshots = browser.page(&format!("{board}/snapshots")).await;
    has(
        &snapshots,
        &["1 row changed.", "1 snapshot, kept for 1 day."],
    );
    lacks(&snapshots, &[&link]);
    // The next one has something before it, which leads no further back.
    scene.push(&[("Apoe", 3.0)]).await;
    let next = browser.page(&format!("{board}/changes")).await;
    has(&next, &["<option value=", "1 row changed score."]);
    lacks(&next, &["rel=\"prev\""]);
    scene.house.close().await;
}

async fn changes_of_ten_thousand_rows_stay_a_small_page(db: Db) {
    let scene = Scene::set(db).await;
    let names: Vec<String> = (0..10_000).map(|n| format!("Row number {n}")).collect();
    let rows = |factor: f64| -> Vec<(&str, f64)> {
        let scored = names.iter().zip(0..);
        scored
            .map(|(name, n)| (name.as_str(), 1_000.0 + f64::from(n) * factor))
            .collect()
    };
    scene.push(&rows(1.0)).await;
    scene.push(&rows(1.1)).await;
    let page = scene.tab("/changes").await;
    has(
        &page,
        &[
            "9999 rows changed score.",
            "more rows changed, moved, came or went",
        ],
    );
    assert!(page.len() < 60_000, "{} bytes", page.len());
    scene.house.close().await;
}
