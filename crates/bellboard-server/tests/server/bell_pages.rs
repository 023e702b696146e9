//! The bells of a dashboard on its page, as a browser without JavaScript meets them.

use std::time::Duration;

use bellboard_hub::db::{Db, DbFault};
use reqwest::{Method, StatusCode};
use serde_json::{Value, json};

use crate::dashboard_pages::Scene;
use crate::house::body;
use crate::pages::Browser;

on_each_engine!(
    p6_9_a_rule_is_tried_on_the_past_before_it_is_saved,
    p6_9_a_bell_is_saved_and_rings_once,
    a_rule_that_is_refused_is_told_with_what_was_typed,
    a_nested_rule_is_written_as_json,
    a_webhook_shows_its_secret_once,
    a_bell_is_muted_tested_and_removed,
    who_only_looks_on_changes_no_bell_of_others,
    p6_8_what_was_given_up_is_tried_again_from_its_page,
    the_ledger_says_what_was_decided,
    each_state_of_a_bell_has_its_word,
    an_archived_dashboard_shows_its_bells_and_no_editor,
    an_address_is_written_by_those_who_plan_and_confirmed_by_its_owner,
    a_past_with_gaps_says_what_is_missing,
    a_rule_is_known_by_its_address_without_what_people_typed_beside_it,
    the_pages_of_bells_are_small,
    a_webhook_gets_another_secret_and_what_cannot_be_sent_waits,
    every_kind_of_condition_can_be_added_and_counts,
);

/// Pictures an hour apart: quiet, a jump of 20 %, quiet, and a new row.
async fn history(scene: &Scene) -> Vec<String> {
    let mut snapshots = Vec::new();
    for rows in [
        &[("Amber", 100.0), ("Birch", 90.0)][..],
        &[("Amber", 102.0), ("Birch", 90.0)],
        &[("Amber", 102.0), ("Birch", 108.0)],
        &[("Amber", 102.0), ("Birch", 108.0), ("Cedar", 5.0)],
    ] {
        snapshots.push(scene.push(rows).await);
        scene.house.advance(Duration::from_hours(1));
    }
    snapshots
}

fn address(scene: &Scene, query: &str) -> String {
    format!("/ui/dashboards/{}/bells{query}", scene.board)
}

#[track_caller]
fn has(page: &str, words: &[&str]) {
    for words in words {
        assert!(page.contains(words), "{words}: {page}");
    }
}

async fn subscriptions(scene: &Scene) -> Vec<Value> {
    let path = format!("/dashboard/{}/subscriptions", scene.board);
    let list = body(scene.house.get(&scene.founder, &path), StatusCode::OK).await;
    list["items"].as_array().unwrap().clone()
}

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
            "birch score 90 to 108 (+20.0 %)",
            "Rings in 30 days at other score thresholds",
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
    has(&page, &["The rule, value_delta_pct:", "value=\"ten\""]);
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
    has(&page, &["The rule:"]);
    scene.house.close().await;
}

async fn a_webhook_shows_its_secret_once(db: Db) {
    let scene = Scene::set(db).await;
    history(&scene).await;
    let sent = said(&[
        ("kind-0", "new"),
        ("on-0", "1"),
        ("n-0", "1"),
        ("sends", "1"),
        ("to-webhook", "1"),
        ("webhook", "https://example.com/bells"),
        ("act", "save"),
    ]);
    let answer = scene.browser().post(&address(&scene, ""), &sent).await;
    assert_eq!(answer.status(), StatusCode::OK);
    let page = answer.text().await.unwrap();
    has(&page, &["shown this once", "whsec_", "by signed webhook"]);
    let page = scene.page(&address(&scene, "")).await;
    assert!(!page.contains("whsec_"), "{page}");
    has(&page, &["https://example.com/bells"]);
    scene.house.close().await;
}

/// A bell of the founder, which rings for every new row, made through the API.
async fn bell(scene: &Scene) -> String {
    let bell = json!({"subscriber_kind": "persona", "subscriber_id": scene.founder.id,
        "threshold_json": {"set_added_min": 1}});
    let path = format!("/dashboard/{}/subscriptions", scene.board);
    let request = scene.house.post(&scene.founder, &path, &bell);
    let made = body(request, StatusCode::CREATED).await;
    made["id"].as_str().unwrap().to_owned()
}

async fn a_bell_is_muted_tested_and_removed(db: Db) {
    let scene = Scene::set(db).await;
    let bell = bell(&scene).await;
    let form = |action: &str| address(&scene, &format!("/{bell}/{action}"));
    let to = scene.browser().submit(&form("mute"), "hours=8").await;
    assert_eq!(to, address(&scene, "?did=mute"));
    has(
        &scene.page(&to).await,
        &[
            "Muted until",
            "Hear it again",
            "Rings when at least 1 row is new.",
        ],
    );
    assert_eq!(
        subscriptions(&scene).await[0]["muted_until"],
        "2026-11-21T01:40:00.000000Z"
    );
    let answer = scene.browser().post(&form("mute"), "hours=1000").await;
    assert_eq!(answer.status(), StatusCode::UNPROCESSABLE_ENTITY);
    let to = scene.browser().submit(&form("unmute"), "").await;
    has(
        &scene.page(&to).await,
        &["It can be heard again.", "Mute for"],
    );

    let answer = scene.browser().post(&form("test"), "").await;
    assert_eq!(answer.status(), StatusCode::OK);
    has(
        &answer.text().await.unwrap(),
        &[
            "The test arrived.",
            "nothing has changed",
            "it was put into the inbox and the thread",
        ],
    );
    let answer = scene.browser().post(&form("rotate"), "").await;
    assert_eq!(answer.status(), StatusCode::CONFLICT);
    has(
        &answer.text().await.unwrap(),
        &["Only webhooks have a secret.", "role=\"alert\""],
    );
    let answer = scene.browser().post(&form("sell"), "").await;
    assert_eq!(answer.status(), StatusCode::NOT_FOUND);

    has(
        &scene.page("/ui/bells").await,
        &["1 bell that ring", "Hypothesis &#60;board&#62;"],
    );
    let to = scene.browser().submit(&form("remove"), "").await;
    has(
        &scene.page(&to).await,
        &["Removed.", "Nobody is told when it changes."],
    );
    has(&scene.page("/ui/bells").await, &["No bell rings for you."]);
    scene.house.close().await;
}

async fn who_only_looks_on_changes_no_bell_of_others(db: Db) {
    let scene = Scene::set(db).await;
    let bell = bell(&scene).await;
    let reader = scene.house.human(&scene.founder, "Rea").await;
    scene
        .house
        .put_member(&scene.founder, &scene.engagement, reader.id, &["reader"])
        .await;
    let cookie = scene.house.cookie(reader.id).await;
    let browser = Browser::again(&scene.house, &cookie);
    let page = browser.page(&address(&scene, "")).await;
    has(
        &page,
        &["Rings when at least 1 row is new.", "in Bellboard"],
    );
    for words in ["/remove", "by signed webhook", "name=\"mail\""] {
        assert!(!page.contains(words), "{words}: {page}");
    }
    let form = address(&scene, &format!("/{bell}/remove"));
    let answer = browser.post(&form, "").await;
    assert_eq!(answer.status(), StatusCode::FORBIDDEN);
    assert_eq!(subscriptions(&scene).await.len(), 1);
    // Their own bell they may hang up.
    let sent = "kind-0=order&on-0=1&n-0=5&sends=1&to-me=1&act=save";
    let to = browser.submit(&address(&scene, ""), sent).await;
    has(
        &browser.page(&to).await,
        &["<b class=\"name\">You</b>", "/remove"],
    );
    let stranger = scene.house.human(&scene.founder, "Sten").await;
    let cookie = scene.house.cookie(stranger.id).await;
    let browser = Browser::again(&scene.house, &cookie);
    for path in [
        address(&scene, ""),
        format!("/ui/deliveries?d={}", scene.board),
    ] {
        assert_eq!(
            browser.open(&path).await.status(),
            StatusCode::NOT_FOUND,
            "{path}"
        );
    }
    scene.house.close().await;
}

async fn p6_8_what_was_given_up_is_tried_again_from_its_page(db: Db) {
    let scene = Scene::set(db).await;
    bell(&scene).await;
    scene.push(&[("Amber", 1.0)]).await;
    // A picture of the same moment would be dated a little later, and its bells with it.
    scene.house.advance(Duration::from_hours(1));
    scene.push(&[("Amber", 1.0), ("Birch", 2.0)]).await;
    settled(&scene, "delivered").await;
    let list = scene
        .page(&format!("/ui/deliveries?d={}", scene.board))
        .await;
    has(
        &list,
        &[
            "1 delivery matches.",
            "Delivered",
            "To you in Bellboard",
            "1 try",
        ],
    );
    let delivery = deliveries(&scene).await[0]["id"]
        .as_str()
        .unwrap()
        .to_owned();
    let page = scene.page(&format!("/ui/deliveries/{delivery}")).await;
    has(&page, &["Arrived", "dashboard.diverged", "See change"]);
    let replay = format!("/ui/deliveries/{delivery}/replay");
    let answer = scene.browser().post(&replay, "").await;
    assert_eq!(answer.status(), StatusCode::CONFLICT);
    has(
        &answer.text().await.unwrap(),
        &["Only what is dead or cancelled is replayed."],
    );

    give_up(&scene).await;
    let list = scene.page("/ui/deliveries?status=dead").await;
    has(&list, &["Given up", "Try again", "Try them again"]);
    let to = scene.browser().submit(&replay, "").await;
    has(
        &scene.page(&to).await,
        &["It is tried again, with the same id"],
    );
    settled(&scene, "delivered").await;
    give_up(&scene).await;
    scene.house.advance(Duration::from_mins(1));
    let range = format!("hours=24&d={}", scene.board);
    let to = scene
        .browser()
        .submit("/ui/deliveries/replay", &range)
        .await;
    has(&scene.page(&to).await, &["1 delivery is tried again."]);
    settled(&scene, "delivered").await;
    let to = scene
        .browser()
        .submit("/ui/deliveries/replay", &range)
        .await;
    has(
        &scene.page(&to).await,
        &["Nothing was given up in that time."],
    );
    let answer = scene
        .browser()
        .post("/ui/deliveries/replay", "hours=0")
        .await;
    assert_eq!(answer.status(), StatusCode::UNPROCESSABLE_ENTITY);
    scene.house.close().await;
}

async fn the_ledger_says_what_was_decided(db: Db) {
    let scene = Scene::set(db).await;
    bell(&scene).await;
    history(&scene).await;
    let all = scene
        .page(&format!("/ui/dashboards/{}/ledger", scene.board))
        .await;
    has(&all, &["First snapshot", "Not met", "Rang"]);
    let ledger = scene
        .page(&format!("/ui/dashboards/{}/ledger?which=met", scene.board))
        .await;
    has(&ledger, &["Rang", "cedar", "See change"]);
    assert!(!ledger.contains("First snapshot"), "{ledger}");
    scene.house.close().await;
}

async fn deliveries(scene: &Scene) -> Vec<Value> {
    let list = body(
        scene.house.get(&scene.founder, "/deliveries"),
        StatusCode::OK,
    )
    .await;
    list["items"].as_array().unwrap().clone()
}

/// Waits until the one delivery stands so.
async fn settled(scene: &Scene, status: &str) {
    let waited = tokio::time::timeout(Duration::from_secs(30), async {
        while deliveries(scene).await[0]["status"] != status {
            tokio::task::yield_now().await;
        }
    });
    assert!(waited.await.is_ok(), "{:?}", deliveries(scene).await);
}

/// As if it had been tried for days.
async fn give_up(scene: &Scene) {
    let text = "update deliveries set status = 'dead', next_attempt_at = null";
    let done = scene
        .house
        .hub
        .db()
        .write(move |sql| Box::pin(async move { sql.execute(text, &[]).await }));
    let done: Result<_, DbFault> = done.await;
    assert_eq!(done.unwrap(), 1);
}

/// Fields as a browser sends them.
fn said(fields: &[(&str, &str)]) -> String {
    let encoded = |text: &str| -> String {
        text.bytes()
            .map(|byte| match byte {
                byte if byte.is_ascii_alphanumeric() => char::from(byte).to_string(),
                byte => format!("%{byte:02X}"),
            })
            .collect()
    };
    let pairs: Vec<String> = fields
        .iter()
        .map(|(name, said)| format!("{name}={}", encoded(said)))
        .collect();
    pairs.join("&")
}

/// Changes every bell below the hub's hands.
async fn set_bells(scene: &Scene, text: &'static str) {
    let done = scene
        .house
        .hub
        .db()
        .write(move |sql| Box::pin(async move { sql.execute(text, &[]).await }));
    let done: Result<_, DbFault> = done.await;
    assert!(done.unwrap() > 0, "{text}");
}

async fn each_state_of_a_bell_has_its_word(db: Db) {
    let scene = Scene::set(db).await;
    bell(&scene).await;
    let shown = async || scene.page(&address(&scene, "")).await;
    has(&shown().await, &["· Listening", "has not rung"]);
    set_bells(&scene, "update subscriptions set failing_since = 1").await;
    has(
        &shown().await,
        &[
            "· Nothing arrives",
            "What is sent does not arrive; it is tried again.",
        ],
    );
    set_bells(
        &scene,
        "update subscriptions set disabled_at = 2, disabled_reason = 'Five days without an answer.'",
    )
    .await;
    has(
        &shown().await,
        &[
            "· Off",
            "Five days without an answer.",
            "A test that arrives switches it on again.",
        ],
    );
    set_bells(
        &scene,
        "update subscriptions set disabled_at = null, failing_since = null, last_rang_at = 1795200000000000,
                                  digest_seconds = 86400, at_most_every_seconds = 5400",
    )
    .await;
    has(
        &shown().await,
        &[
            "At most once per 90 min, told together, every day.",
            "rang <time",
        ],
    );
    // A person whose name is known is called by it.
    let reader = scene.house.human(&scene.founder, "Rea <b>").await;
    scene
        .house
        .put_member(&scene.founder, &scene.engagement, reader.id, &["owner"])
        .await;
    let cookie = scene.house.cookie(reader.id).await;
    let browser = Browser::again(&scene.house, &cookie);
    let page = browser.page(&address(&scene, "")).await;
    has(&page, &["in Bellboard", "/remove"]);
    assert!(!page.contains("<b class=\"name\">You</b>"), "{page}");
    scene.house.close().await;
}

async fn an_archived_dashboard_shows_its_bells_and_no_editor(db: Db) {
    let scene = Scene::set(db).await;
    bell(&scene).await;
    let archive = format!("/dashboard/{}/archive", scene.board);
    let request = scene.house.request(Method::PATCH, &archive);
    let request = request.bearer_auth(&scene.founder.token).json(&json!({}));
    body(request, StatusCode::OK).await;
    let page = scene.page(&address(&scene, "")).await;
    has(&page, &["Rings when at least 1 row is new.", "archived"]);
    for words in ["Save bell", "This rule would have rung"] {
        assert!(!page.contains(words), "{words}: {page}");
    }
    let sent = "kind-0=order&on-0=1&n-0=5&sends=1&to-me=1&act=save";
    let answer = scene.browser().post(&address(&scene, ""), sent).await;
    assert_eq!(answer.status(), StatusCode::CONFLICT);
    has(
        &answer.text().await.unwrap(),
        &["This dashboard was archived at", "role=\"alert\""],
    );
    assert_eq!(subscriptions(&scene).await.len(), 1);
    scene.house.close().await;
}

async fn an_address_is_written_by_those_who_plan_and_confirmed_by_its_owner(db: Db) {
    let scene = Scene::set(db).await;
    history(&scene).await;
    let sent = said(&[
        ("kind-0", "gone"),
        ("on-0", "1"),
        ("n-0", "2"),
        ("sends", "1"),
        ("to-mail", "1"),
        ("mail", "ada@example.org"),
        ("digest", "86400"),
        ("act", "save"),
    ]);
    let to = scene.browser().submit(&address(&scene, ""), &sent).await;
    has(
        &scene.page(&to).await,
        &[
            "ada@example.org",
            "by mail",
            "Waiting for a yes",
            "Rings when at least 2 rows are gone.",
        ],
    );
    let made = subscriptions(&scene).await;
    assert_eq!(
        (&made[0]["subscriber_kind"], &made[0]["digest_seconds"]),
        (&json!("email"), &json!(86_400))
    );
    // Who only reads here has no field for it, and a form of their own making is refused.
    let reader = scene.house.human(&scene.founder, "Rea").await;
    scene
        .house
        .put_member(&scene.founder, &scene.engagement, reader.id, &["reader"])
        .await;
    let cookie = scene.house.cookie(reader.id).await;
    let browser = Browser::again(&scene.house, &cookie);
    let sent = said(&[
        ("kind-0", "gone"),
        ("on-0", "1"),
        ("n-0", "3"),
        ("sends", "1"),
        ("to-me", "1"),
        ("to-mail", "1"),
        ("mail", "rea@example.org"),
        ("act", "save"),
    ]);
    let answer = browser.post(&address(&scene, ""), &sent).await;
    assert_eq!(answer.status(), StatusCode::FORBIDDEN);
    let page = answer.text().await.unwrap();
    has(&page, &["Nothing was saved.", "\u{2026}@example.org"]);
    assert!(!page.contains("ada@example.org"), "{page}");
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

async fn the_pages_of_bells_are_small(db: Db) {
    let scene = Scene::set(db).await;
    for number in 0..60_u32 {
        let score = 100.0 + f64::from(number % 7) * 9.0;
        scene.push(&[("Amber", score), ("Birch", 90.0)]).await;
        scene.house.advance(Duration::from_hours(1));
    }
    bell(&scene).await;
    for path in [
        address(&scene, ""),
        "/ui/bells".to_owned(),
        "/ui/deliveries".to_owned(),
    ] {
        let bytes = scene.browser().bytes_of(&path).await;
        assert!(bytes <= 20 * 1024, "{bytes} bytes of {path}");
    }
    scene.house.close().await;
}

async fn a_webhook_gets_another_secret_and_what_cannot_be_sent_waits(db: Db) {
    let scene = Scene::set(db).await;
    let hook = json!({"subscriber_kind": "webhook", "subscriber_id": "https://example.com/bells",
        "threshold_json": {"set_added_min": 1}});
    let path = format!("/dashboard/{}/subscriptions", scene.board);
    let request = scene.house.post(&scene.founder, &path, &hook);
    let made = body(request, StatusCode::CREATED).await;
    let (id, first) = (
        made["id"].as_str().unwrap(),
        made["secret"].as_str().unwrap(),
    );
    let page = scene.page(&address(&scene, "")).await;
    has(&page, &["New secret", "by signed webhook"]);
    let rotate = address(&scene, &format!("/{id}/rotate"));
    let answer = scene.browser().post(&rotate, "").await;
    assert_eq!(answer.status(), StatusCode::OK);
    let page = answer.text().await.unwrap();
    has(&page, &["A new secret. For a day", "whsec_"]);
    assert!(!page.contains(first), "the former one is not shown again");
    // This hub has no way out to other machines, so a test is refused in words and a bell waits.
    let test = address(&scene, &format!("/{id}/test"));
    let answer = scene.browser().post(&test, "").await;
    assert!(answer.status().is_server_error(), "{}", answer.status());
    scene.push(&[("Amber", 1.0)]).await;
    scene.house.advance(Duration::from_hours(1));
    scene.push(&[("Amber", 1.0), ("Birch", 2.0)]).await;
    let sent = deliveries(&scene).await;
    assert_eq!(sent.len(), 1);
    let delivery = sent[0]["id"].as_str().unwrap();
    let page = scene.page(&format!("/ui/deliveries/{delivery}")).await;
    has(
        &page,
        &[
            "To https://example.com/bells by webhook",
            "dashboard.diverged",
        ],
    );
    let none = scene.page("/ui/deliveries?status=delivered").await;
    has(&none, &["None is in this state.", "0 deliveries match."]);
    for path in [
        "/ui/deliveries?status=sold",
        "/ui/deliveries/never",
        "/ui/deliveries?d=never",
    ] {
        let status = scene.browser().open(path).await.status();
        assert!(status.is_client_error(), "{path}: {status}");
    }
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
    assert!(!page.contains("name=\"kind-12\""), "{page}");
    scene.house.close().await;
}
