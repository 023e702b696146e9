//! A bell by signed webhook, from the editor to a receiver that checks the signature with the secret that the page showed.

use std::time::Duration;

use axum::Router;
use axum::extract::State;
use axum::http::{HeaderMap, StatusCode};
use axum::routing::post;
use bellboard_core::delivery::{Signature, WebhookSecret, verify};
use bellboard_hub::db::{Db, Engine};
use bellboard_hub::world::World as _;
use serde_json::{Value, json};
use tokio::net::TcpListener;
use tokio::sync::mpsc;
use tokio::task::JoinSet;

use super::bells::Place;
use super::driver::Look;
use crate::dashboard_pages::Scene;
use crate::house::House;

/// What came.
struct Posted {
    signature: Signature,
    body: String,
}

/// A receiver on this machine that takes everything.
struct Receiver {
    url: String,
    posted: mpsc::Receiver<Posted>,
    _tasks: JoinSet<()>,
}

impl Receiver {
    async fn start() -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let url = format!("http://{}/bells", listener.local_addr().unwrap());
        let (say, posted) = mpsc::channel(8);
        let app = Router::new().route("/bells", post(take)).with_state(say);
        let mut tasks = JoinSet::new();
        tasks.spawn(async move { axum::serve(listener, app).await.unwrap() });
        Self {
            url,
            posted,
            _tasks: tasks,
        }
    }
}

async fn take(
    State(say): State<mpsc::Sender<Posted>>,
    headers: HeaderMap,
    body: String,
) -> StatusCode {
    let header = |name: &str| headers[name].to_str().unwrap().to_owned();
    let signature = Signature {
        id: header("webhook-id"),
        timestamp: header("webhook-timestamp"),
        signature: header("webhook-signature"),
    };
    say.send(Posted { signature, body }).await.unwrap();
    StatusCode::NO_CONTENT
}

#[test]
fn a_bell_by_webhook_is_saved_shows_its_secret_once_and_is_signed_with_it() {
    crate::support::run(Engine::Sqlite, by_webhook);
}

async fn by_webhook(db: Db) {
    let mut receiver = Receiver::start().await;
    let scene = Scene::of(House::with_loopback(db).await).await;
    let place = Place::of(scene, Look::default()).await;
    let window = &place.window;
    place.go(&place.bells()).await;
    place.says("once").await;
    for (control, said) in [("to-me", false), ("to-webhook", true)] {
        window.touch(&format!("[name='{control}']")).await;
        // The editor is drawn anew with what was chosen; nothing is typed before that is over.
        let asked = format!("one.name.includes('{control}=1') === {said}");
        window
            .wait_until(&format!(
                "performance.getEntriesByType('resource').some(one => one.name.includes('sends=1') && {asked})"
            ))
            .await;
    }
    window.touch("[name='webhook']").await;
    window.press(&receiver.url).await;
    window.touch("[value='save']").await;
    window.wait_for_words("which is shown this once").await;
    let secret = window.text(".receipt-line .cli code").await;
    let secret: WebhookSecret = secret.parse().expect("the secret is one");
    let [bell] = place.listed("subscriptions").await.try_into().unwrap();
    assert_eq!(bell["subscriber_kind"], "webhook");
    assert_eq!(bell["subscriber_id"], json!(receiver.url));
    place.go(&place.bells()).await;
    window
        .wait_for_words_in("li", "by signed webhook · Listening")
        .await;
    let page = window.value("document.documentElement.outerHTML").await;
    assert!(!page.as_str().unwrap().contains("whsec_"));

    place
        .scene
        .push(&[("Amber", 102.0), ("Birch", 130.0)])
        .await;
    let posted = receiver.posted.recv().await.expect("it is told");
    let now = place.scene.house.world.now();
    verify(&secret, &posted.signature, now, posted.body.as_bytes()).expect("it is signed");
    let body: Value = serde_json::from_str(&posted.body).unwrap();
    assert_eq!(body["type"], "dashboard.diverged");
    assert_eq!(body["dashboard_id"], json!(place.scene.board));
    while place.listed_deliveries().await != ["delivered"] {
        tokio::task::yield_now().await;
    }
    place.go("/ui/deliveries?status=delivered").await;
    window.wait_for_words_in("li", &receiver.url).await;
    // An unchanged picture rings nothing.
    place.scene.house.advance(Duration::from_hours(1));
    place
        .scene
        .push(&[("Amber", 102.0), ("Birch", 130.0)])
        .await;
    assert!(receiver.posted.try_recv().is_err());
    place.close().await;
}
