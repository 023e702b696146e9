//! The editor: a rule is put together, tried on the past and saved.

use bellboard_hub::db::Db;
use reqwest::StatusCode;
use serde_json::{Value, json};

use super::{address, history, said, set_bells, subscriptions};
use crate::dashboard_pages::{Scene, has, lacks};
use crate::house::body;

on_each_engine!(
    p6_9_a_rule_is_tried_on_the_past_before_it_is_saved,
    p6_9_a_bell_is_saved_and_rings_once,
    a_rule_that_is_refused_is_told_with_what_was_typed,
    a_nested_rule_is_written_as_json,
    a_rule_is_known_by_its_address_without_what_people_typed_beside_it,
    every_kind_of_condition_can_be_added_and_counts,
    a_past_with_gaps_says_what_is_missing,
    only_fields_that_the_dashboard_shows_are_offered,
);

async fn p6_9_a_rule_is_tried_on_the_past_before_it_is_saved(db: Db) {
    let scene = Scene::set(db).await;
    let empty = scene.page(&address(&scene, "")).await;
    has(
        &empty,
        &[
            "No snapshot has been taken in this time",
            "Nobody is told when it changes.",
        ],
    );
    let snapshots = history(&scene).await;
    let page = scene.page(&address(&scene, "")).await;
    // The rule that is proposed: a tenth of the score.
    has(
        &page,
        &[
            "This rule would have rung <span class=\"amber\">once</span> in the last 30 days.",
            "4 snapshots were checked with the same code that rings.",
            "<svg class=\"bt\"",
            "Birch score 90 to 108 (+20.0 %)",
            "Rings in 30 days at other score thresholds",
            "<span class=\"n\">1<span class=\"vh\"> ring</span></span>",
            "bellboard bells add",
        ],
    );
    let change = format!("?a={}&#38;b={}", snapshots[1], snapshots[2]);
    has(&page, &[&change]);
    let order = "?match=any&kind-0=value&on-0=1&field-0=score&n-0=10&kind-1=order&on-1=1&n-1=5";
    let page = scene.page(&address(&scene, order)).await;
    has(
        &page,
        &[
            "<span class=\"amber\">2 times</span>",
            "2 rings stay at any threshold",
        ],
    );
    let rule = "?match=any&kind-0=value&on-0=1&field-0=score&n-0=";
    for (number, times) in [
        ("10", "once"),
        ("2", "2 times"),
        ("20", "once"),
        ("21", "not once"),
    ] {
        let page = scene
            .page(&address(&scene, &format!("{rule}{number}")))
            .await;
        has(&page, &[&format!("<span class=\"amber\">{times}</span>")]);
    }
    // A rung of the ladder is chosen, and a line added, by sending the form.
    let sent = "match=any&kind-0=value&on-0=1&field-0=score&n-0=10&rung-was=10&rung=50&act=try";
    let answer = scene.browser().post(&address(&scene, ""), sent).await;
    assert_eq!(answer.status(), StatusCode::OK);
    let page = answer.text().await.unwrap();
    has(&page, &["not once", "name=\"n-0\" inputmode=\"decimal\""]);
    let sent = "kind-0=value&on-0=1&field-0=score&n-0=10&add=exception&new=new";
    let page = scene
        .browser()
        .post(&address(&scene, ""), sent)
        .await
        .text()
        .await
        .unwrap();
    has(
        &page,
        &["But not when", "<span class=\"amber\">once</span>"],
    );
    assert_eq!(subscriptions(&scene).await, Vec::<Value>::new());
    scene.house.close().await;
}

async fn p6_9_a_bell_is_saved_and_rings_once(db: Db) {
    let scene = Scene::set(db).await;
    history(&scene).await;
    let sent = "match=any&baseline=last_notified&kind-0=value&on-0=1&field-0=score&n-0=10&sends=1&to-me=1&at-most=21600\
                &quiet-from=22%3A00&quiet-to=23%3A00&zone=Europe%2FBerlin&act=save";
    let to = scene.browser().submit(&address(&scene, ""), sent).await;
    assert_eq!(to, address(&scene, "?did=saved"));
    let page = scene.page(&to).await;
    has(
        &page,
        &[
            "Saved. It rings from the next snapshot on.",
            "Rings when a row’s score changes by 10\u{a0}% or more.",
            "Compared with the last one that rang",
            "at most once per 6 hours",
            "quiet from 22:00 to 23:00 Europe/Berlin",
            "has not rung",
        ],
    );
    let made = subscriptions(&scene).await;
    assert_eq!(made.len(), 1);
    assert_eq!(
        (&made[0]["threshold_json"], &made[0]["baseline"]),
        (
            &json!({"value_delta_pct": 0.1, "on_field": "score"}),
            &json!("last_notified")
        )
    );
    // The same rule once more is refused, and what was typed is still there.
    let answer = scene.browser().post(&address(&scene, ""), sent).await;
    assert_eq!(answer.status(), StatusCode::CONFLICT);
    let page = answer.text().await.unwrap();
    has(
        &page,
        &["role=\"alert\"", "Nothing was saved.", "value=\"22:00\""],
    );
    scene.house.close().await;
}

async fn a_rule_that_is_refused_is_told_with_what_was_typed(db: Db) {
    let scene = Scene::set(db).await;
    history(&scene).await;
    let page = scene
        .page(&address(
            &scene,
            "?kind-0=value&on-0=1&field-0=score&n-0=ten",
        ))
        .await;
    has(&page, &["A change in per cent must be", "value=\"ten\""]);
    lacks(&page, &["0.10 is ten", "bellboard bells test"]);
    let page = scene.page(&address(&scene, "?rule=%7B%22or%22%3A")).await;
    has(&page, &["The rule is no JSON: EOF while parsing"]);
    lacks(&page, &["must be an object"]);
    for (sent, words) in [
        (
            "kind-0=order&n-0=5&sends=1&to-me=1&act=save",
            "Tick at least one condition",
        ),
        (
            "kind-0=order&on-0=1&n-0=5&sends=1&act=save",
            "Say how you want to be told",
        ),
        (
            "kind-0=order&on-0=1&n-0=0&sends=1&to-me=1&act=save",
            "The rule, top_n_reordering:",
        ),
        (
            "kind-0=order&on-0=1&n-0=5&sends=1&to-me=1&to-mail=1&mail=nobody&act=save",
            "Nothing was saved.",
        ),
        (
            "rule=%7B&sends=1&to-me=1&act=save",
            "The rule is no JSON: EOF while parsing",
        ),
    ] {
        let answer = scene.browser().post(&address(&scene, ""), sent).await;
        assert_eq!(answer.status(), StatusCode::UNPROCESSABLE_ENTITY, "{sent}");
        has(&answer.text().await.unwrap(), &[words, "role=\"alert\""]);
    }
    assert_eq!(subscriptions(&scene).await, Vec::<Value>::new());
    scene.house.close().await;
}

async fn a_nested_rule_is_written_as_json(db: Db) {
    let scene = Scene::set(db).await;
    history(&scene).await;
    let rule = json!({"or": [{"and": [{"set_added_min": 1}, {"not": {"set_removed_min": 1}}]}, {"top_n_reordering": 1}]});
    let query = format!("?{}", said(&[("rule", &rule.to_string())]));
    let page = scene.page(&address(&scene, &query)).await;
    has(
        &page,
        &[
            "This rule says more than the sentence can.",
            "<span class=\"amber\">2 times</span>",
        ],
    );
    let sent = said(&[
        ("rule", &rule.to_string()),
        ("sends", "1"),
        ("to-me", "1"),
        ("act", "save"),
    ]);
    scene.browser().submit(&address(&scene, ""), &sent).await;
    assert_eq!(subscriptions(&scene).await[0]["threshold_json"], rule);
    // What the sentence can say comes back as its controls.
    let query = format!("?{}", said(&[("rule", r#"{"set_added_min": 3}"#)]));
    let page = scene.page(&address(&scene, &query)).await;
    has(&page, &["name=\"kind-0\" value=\"new\"", "value=\"3\""]);
    let page = scene.page(&address(&scene, "?rule=%7B")).await;
    has(&page, &["The rule is no JSON: "]);
    scene.house.close().await;
}

async fn a_rule_is_known_by_its_address_without_what_people_typed_beside_it(db: Db) {
    let scene = Scene::set(db).await;
    history(&scene).await;
    let query = said(&[
        ("match", "all"),
        ("baseline", "last_notified"),
        ("kind-0", "value"),
        ("on-0", "1"),
        ("field-0", "score"),
        ("n-0", "15"),
        ("kind-1", "gone"),
        ("on-1", "1"),
        ("not-1", "1"),
        ("n-1", "1"),
        ("sends", "1"),
        ("at-most", "21600"),
        ("quiet-from", "22:00"),
    ]);
    let page = scene.page(&address(&scene, &format!("?{query}"))).await;
    has(
        &page,
        &[
            "<option value=\"all\" selected>",
            "<option value=\"last_notified\" selected>",
            "<option value=\"21600\" selected>6 hours</option>",
            "But not when",
            "<span class=\"amber\">once</span>",
            "--baseline last-notified",
            "value=\"22:00\"",
        ],
    );
    // A field that is gone stays to be seen, and why the rule cannot be tried.
    let gone = "?kind-0=value&on-0=1&field-0=scor&n-0=15";
    let page = scene.page(&address(&scene, gone)).await;
    has(&page, &["<option value=\"scor\" selected>", "did you mean"]);
    scene.house.close().await;
}

async fn every_kind_of_condition_can_be_added_and_counts(db: Db) {
    let scene = Scene::set(db).await;
    history(&scene).await;
    for (kind, words) in [
        ("value", "row’s <select"),
        ("order", "order of the first"),
        ("new", "rows are new"),
        ("gone", "rows are gone"),
        ("metric", "main figure changes by"),
    ] {
        for (what, sign) in [("condition", "Ring when"), ("exception", "But not when")] {
            let sent = format!("kind-0=gone&on-0=1&n-0=9&add={what}&new={kind}");
            let answer = scene.browser().post(&address(&scene, ""), &sent).await;
            assert_eq!(answer.status(), StatusCode::OK, "{sent}");
            let page = answer.text().await.unwrap();
            has(
                &page,
                &[words, sign, &format!("name=\"kind-1\" value=\"{kind}\"")],
            );
        }
    }
    // More lines than the sentence has room for are not added, and nothing breaks.
    let many: Vec<String> = (0..12)
        .map(|at| format!("kind-{at}=new&on-{at}=1&n-{at}={}", at + 1))
        .collect();
    let sent = format!("{}&add=condition&new=gone", many.join("&"));
    let answer = scene.browser().post(&address(&scene, ""), &sent).await;
    let page = answer.text().await.unwrap();
    has(
        &page,
        &["name=\"kind-11\"", "<span class=\"amber\">once</span>"],
    );
    lacks(&page, &["name=\"kind-12\""]);
    scene.house.close().await;
}

async fn a_past_with_gaps_says_what_is_missing(db: Db) {
    let scene = Scene::set(db).await;
    history(&scene).await;
    set_bells(
        &scene,
        "insert into missed_snapshots (engagement_id, dashboard_id, due_at, noticed_at, reason)
         select d.engagement_id, d.id, 1795198500000000 + n.hour * 3600000000, 1795220000000000, 'the hub was off'
           from dashboards d
          cross join (select 0 as hour union select 1 union select 2) n",
    )
    .await;
    let page = scene.page(&address(&scene, "")).await;
    has(
        &page,
        &[
            "4 of 7 snapshots were checked with the same code that rings.",
            "3 are missing",
            "url(#hatch)",
            "Hatched: no snapshots.",
        ],
    );
    scene.house.close().await;
}

async fn only_fields_that_the_dashboard_shows_are_offered(db: Db) {
    let mut scene = Scene::set(db).await;
    let spec = json!({"source": "runs", "id_field": "id", "columns": ["id", "failed"]});
    let wish = json!({"title": "Failures", "view_spec_json": spec});
    let request = scene.house.post(&scene.founder, "/dashboards", &wish);
    let made = body(request, StatusCode::CREATED).await;
    made["id"].as_str().unwrap().clone_into(&mut scene.board);
    let page = scene.page(&address(&scene, "")).await;
    has(&page, &["<option value=\"failed\" selected>"]);
    lacks(&page, &["<option value=\"duration_seconds\""]);
    scene.house.close().await;
}
