//! Bells that go out to a webhook or by mail.

use std::time::Duration;

use bellboard_hub::db::Db;
use reqwest::StatusCode;
use serde_json::json;

use super::{address, deliveries, history, rows_changed, said, set_bells, subscriptions};
use crate::dashboard_pages::{Scene, has, lacks};
use crate::house::{House, body};
use crate::pages::Browser;

on_each_engine!(
    a_webhook_gets_another_secret_and_what_cannot_be_sent_waits,
    a_webhook_shows_its_secret_once,
    a_secret_is_shown_also_when_the_hub_fails_after_it,
    an_address_is_written_by_those_who_plan_and_confirmed_by_its_owner,
    a_bell_by_mail_says_what_it_waits_for,
    a_hub_without_mail_says_that_mail_waits,
);

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
    lacks(&page, &["whsec_"]);
    has(&page, &["https://example.com/bells"]);
    scene.house.close().await;
}

async fn a_secret_is_shown_also_when_the_hub_fails_after_it(db: Db) {
    let scene = Scene::set(db).await;
    history(&scene).await;
    // The mail that asks an address cannot be written.
    let hidden = "alter table delivery_bodies rename to hidden_bodies";
    rows_changed(&scene, hidden).await;
    let sent = said(&[
        ("kind-0", "new"),
        ("on-0", "1"),
        ("n-0", "1"),
        ("sends", "1"),
        ("to-webhook", "1"),
        ("webhook", "https://example.com/bells"),
        ("to-mail", "1"),
        ("mail", "ada@example.org"),
        ("act", "save"),
    ]);
    let answer = scene.browser().post(&address(&scene, ""), &sent).await;
    assert_eq!(answer.status(), StatusCode::INTERNAL_SERVER_ERROR);
    let page = answer.text().await.unwrap();
    has(
        &page,
        &[
            "whsec_",
            "shown this once",
            "Saved: By webhook. Not saved: By mail.",
        ],
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
    // One that wants no more is not switched on by a test.
    set_bells(
        &scene,
        "update subscriptions set disabled_at = 2, disabled_reason = 'the address wants no more of these'",
    )
    .await;
    let page = scene.page(&address(&scene, "")).await;
    has(
        &page,
        &[
            "· Off",
            "The address wants no more of these. Only the link in the first mail to it switches it on.",
        ],
    );
    lacks(&page, &["A test that arrives"]);
    // Who only reads here has no field for it, and a form of their own making is refused.
    let reader = scene.member("Rea", &["reader"]).await;
    let browser = Browser::of(&scene.house, &reader).await;
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
    lacks(&page, &["ada@example.org"]);
    scene.house.close().await;
}

/// A bell by mail, and perhaps in other ways, when so many rows are gone.
fn by_mail(least: &str, more: &[(&str, &str)]) -> String {
    let mail = [
        ("kind-0", "gone"),
        ("on-0", "1"),
        ("n-0", least),
        ("sends", "1"),
        ("to-mail", "1"),
        ("mail", "ada@example.org"),
        ("act", "save"),
    ];
    said(&[&mail[..], more].concat())
}

async fn a_bell_by_mail_says_what_it_waits_for(db: Db) {
    let scene = Scene::of(House::with_mail(db).await).await;
    history(&scene).await;
    lacks(&scene.page(&address(&scene, "")).await, &["sends no mail"]);
    let sent = by_mail("2", &[]);
    let to = scene.browser().submit(&address(&scene, ""), &sent).await;
    let page = scene.page(&to).await;
    has(
        &page,
        &[
            "Saved. It rings once the address has said yes to the mail that asks it.",
            "A mail asks whether the address wants bells; none are sent before.",
        ],
    );
    lacks(&page, &["from the next snapshot on", "sends no mail"]);
    let sent = by_mail("3", &[("to-me", "1")]);
    let to = scene.browser().submit(&address(&scene, ""), &sent).await;
    has(
        &scene.page(&to).await,
        &["It rings from the next snapshot on; by mail once the address has said yes"],
    );
    scene.house.close().await;
}

async fn a_hub_without_mail_says_that_mail_waits(db: Db) {
    let scene = Scene::set(db).await;
    history(&scene).await;
    let page = scene.page(&address(&scene, "")).await;
    has(
        &page,
        &["This hub sends no mail yet; mail waits until it does."],
    );
    let sent = by_mail("2", &[]);
    let to = scene.browser().submit(&address(&scene, ""), &sent).await;
    let page = scene.page(&to).await;
    has(
        &page,
        &[
            "Saved. It does not ring yet: this hub sends no mail",
            "This hub sends no mail yet; the mail that asks whether the address wants bells waits.",
        ],
    );
    lacks(&page, &["A mail asks"]);
    let sent = by_mail(
        "3",
        &[
            ("to-webhook", "1"),
            ("webhook", "https://example.com/bells"),
        ],
    );
    let answer = scene.browser().post(&address(&scene, ""), &sent).await;
    assert_eq!(answer.status(), StatusCode::OK);
    let page = answer.text().await.unwrap();
    has(&page, &["whsec_", "not by mail yet: this hub sends none"]);
    set_bells(&scene, "update subscriptions set confirmed_at = 1").await;
    let page = scene.page(&address(&scene, "")).await;
    has(&page, &["what it would send waits."]);
    scene.house.close().await;
}
