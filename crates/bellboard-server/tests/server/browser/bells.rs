//! The bells of a dashboard in a real browser: a rule is put together by keyboard alone, the back-test follows, and what was
//! saved rings once; the same on a phone without scripts.

use std::time::Duration;

use bellboard_hub::db::{Db, Engine};
use reqwest::StatusCode;
use serde_json::{Value, json};

use super::accessible::{check, inspect};
use super::asks::tab_to;
use super::driver::{Look, Window};
use super::keys::{ENTER, TAB};
use crate::dashboard_pages::Scene;
use crate::house::body;

const SELECT_ALL: &str = "\u{e009}a\u{e000}";
const TIMES: &str = "document.querySelector('#bell-times .amber').textContent";

/// A dashboard with a past, and a browser of its owner.
pub struct Place {
    pub scene: Scene,
    pub window: Window,
}

impl Place {
    async fn open(db: Db, look: Look) -> Self {
        Self::of(Scene::set(db).await, look).await
    }

    pub async fn of(scene: Scene, look: Look) -> Self {
        for rows in [
            &[("Amber", 100.0), ("Birch", 90.0)][..],
            &[("Amber", 102.0), ("Birch", 90.0)],
            &[("Amber", 102.0), ("Birch", 108.0)],
            &[("Amber", 102.0), ("Birch", 111.0)],
        ] {
            scene.push(rows).await;
            scene.house.advance(Duration::from_hours(1));
        }
        let window = Window::open(look).await;
        window.sign_in(&scene.house, &scene.founder).await;
        Self { scene, window }
    }

    pub fn bells(&self) -> String {
        format!("/ui/dashboards/{}/bells", self.scene.board)
    }

    pub async fn go(&self, path: &str) {
        self.window.go(&self.scene.house, path).await;
        self.window.wait_for("h1").await;
    }

    /// Waits until the back-test says this.
    pub async fn says(&self, times: &str) {
        self.window
            .wait_until(&format!("{TIMES} === {}", json!(times)))
            .await;
    }

    pub async fn shown(&self, path: &str) -> Value {
        let request = self.scene.house.get(&self.scene.founder, path);
        body(request, StatusCode::OK).await
    }

    /// The rows of a list of this dashboard.
    pub async fn listed(&self, path: &str) -> Vec<Value> {
        let path = format!("/dashboard/{}/{path}", self.scene.board);
        self.shown(&path).await["items"].as_array().unwrap().clone()
    }

    /// Two pictures, of which the first crosses a rule of a tenth, and what came of them: one bell.
    async fn rings_once(&self) {
        self.scene.push(&[("Amber", 102.0), ("Birch", 130.0)]).await;
        self.scene.house.advance(Duration::from_hours(1));
        self.scene.push(&[("Amber", 102.0), ("Birch", 131.0)]).await;
        let outcomes: Vec<Value> = self
            .listed("ledger")
            .await
            .iter()
            .map(|line| line["outcome"].clone())
            .collect();
        assert_eq!(outcomes, [json!("not_met"), json!("rang")]);
        // The bell is on its way to the inbox; its delivery says when it is there.
        self.go("/ui/deliveries?status=delivered").await;
        while self.listed_deliveries().await != ["delivered"] {
            tokio::task::yield_now().await;
        }
        let unread = self.shown("/me/notifications/unread").await;
        assert_eq!(unread["unread"], 1);
    }

    pub async fn listed_deliveries(&self) -> Vec<String> {
        let list = self.shown("/deliveries").await;
        let statuses = list["items"].as_array().unwrap().iter();
        statuses
            .map(|one| one["status"].as_str().unwrap().to_owned())
            .collect()
    }

    pub async fn close(self) {
        assert_eq!(self.window.console().await, Vec::<String>::new());
        self.window.close().await;
        self.scene.house.close().await;
    }
}

#[test]
fn p6_9_a_bell_is_proved_saved_and_rings_by_keyboard_alone() {
    crate::support::run(Engine::Sqlite, by_keyboard);
}

async fn by_keyboard(db: Db) {
    let place = Place::open(db, Look::default()).await;
    let window = &place.window;
    place.go(&place.bells()).await;
    // What is proposed rings for the jump of a fifth.
    place.says("once").await;
    tab_to(window, "[name='n-0']").await;
    window.press(SELECT_ALL).await;
    window.press("2").await;
    window.press(TAB).await;
    place.says("3 times").await;
    // The address holds the rule, and no more of the people who are told.
    let address = window.value("location.search").await;
    assert!(address.as_str().unwrap().contains("n-0=2&"), "{address}");
    tab_to(window, "#on-2").await;
    window.press(" ").await;
    window
        .wait_until("location.search.includes('on-2=1')")
        .await;
    window.press(" ").await;
    window
        .wait_until("!location.search.includes('on-2=1')")
        .await;
    place.says("3 times").await;
    tab_to(window, "[name='rung']:checked").await;
    let chosen = "document.querySelector('[name=rung]:checked').value";
    assert_eq!(window.value(chosen).await, "2");
    window.press("\u{e015}").await;
    window
        .wait_until("document.querySelector(\"[name='n-0']\").value === '5'")
        .await;
    place.says("once").await;
    tab_to(window, "[name='n-0']").await;
    window.press(SELECT_ALL).await;
    window.press("10").await;
    window.press(TAB).await;
    window
        .wait_until("document.querySelector('[name=rung-was]').value === '10'")
        .await;
    tab_to(window, "[value='save']").await;
    window.press(ENTER).await;
    window
        .wait_for_words("Saved. It rings from the next snapshot on.")
        .await;
    let made = place.listed("subscriptions").await;
    assert_eq!(
        made[0]["threshold_json"],
        json!({"value_delta_pct": 0.1, "on_field": "score"})
    );
    place.rings_once().await;
    place.go(&place.bells()).await;
    window.wait_for_words_in("li", "rang").await;
    // It is muted and removed by keyboard too.
    tab_to(window, ".bell-list summary").await;
    window.press(ENTER).await;
    tab_to(window, ".bell-list [action$='/mute'] .btn").await;
    window.press(ENTER).await;
    window
        .wait_for_words("Muted. What it would have said")
        .await;
    tab_to(window, ".bell-list summary").await;
    window.press(ENTER).await;
    tab_to(window, ".bell-list [action$='/remove'] .btn").await;
    window.press(ENTER).await;
    window.wait_for_words("Removed. What was decided").await;
    assert_eq!(place.listed("subscriptions").await, Vec::<Value>::new());
    place.close().await;
}

#[test]
fn p6_9_a_bell_is_proved_saved_and_rings_on_a_phone_without_scripts() {
    crate::support::run(Engine::Sqlite, without_scripts);
}

async fn without_scripts(db: Db) {
    let place = Place::open(db, Look::PHONE_WITHOUT_SCRIPTS).await;
    let window = &place.window;
    place.go(&place.bells()).await;
    window.touch("[name='n-0']").await;
    window.press(SELECT_ALL).await;
    window.press("2").await;
    window.touch("[value='try']").await;
    window.wait_for("[name='n-0'][value='2']").await;
    assert_eq!(window.value(TIMES).await, "3 times");
    window.touch("[name='n-0']").await;
    window.press(SELECT_ALL).await;
    window.press("10").await;
    window.touch("[value='try']").await;
    window.wait_for("[name='n-0'][value='10']").await;
    assert_eq!(window.value(TIMES).await, "once");
    window.fits().await;
    window.touch("[value='save']").await;
    window
        .wait_for_words("Saved. It rings from the next snapshot on.")
        .await;
    place.rings_once().await;
    window.click(".tabs a[href='/ui/bells']").await;
    window.wait_for(".bell-list").await;
    window.click(".tabs a[href='/ui/more']").await;
    window.wait_for(".links").await;
    window.touch(".links a[href='/ui/notifications']").await;
    window.wait_for("#inbox").await;
    place.close().await;
}

in_each_width!(bells_are_accessible);

async fn bells_are_accessible(db: Db, look: Look) {
    let place = Place::open(db, look).await;
    let (house, window) = (&place.scene.house, &place.window);
    let bells = place.bells();
    inspect(house, window, &bells, "This rule would have rung").await;
    inspect(house, window, "/ui/bells", "No bell rings for you.").await;
    inspect(
        house,
        window,
        "/ui/deliveries",
        "Nothing has been sent yet.",
    )
    .await;
    place.go(&bells).await;
    window.touch("#on-1").await;
    window
        .wait_until("location.search.includes('on-1=1')")
        .await;
    window.touch("#on-1").await;
    window
        .wait_until("!location.search.includes('on-1=1')")
        .await;
    window.touch("[value='save']").await;
    window
        .wait_for_words("Saved. It rings from the next snapshot on.")
        .await;
    check(window, "a bell that was saved").await;
    place.rings_once().await;
    let delivery = place.shown("/deliveries").await["items"][0]["id"].clone();
    let delivery = format!("/ui/deliveries/{}", delivery.as_str().unwrap());
    let ledger = format!("/ui/dashboards/{}/ledger", place.scene.board);
    for (path, words) in [
        (bells.as_str(), "What was decided"),
        ("/ui/bells", "Rings when"),
        ("/ui/deliveries", "Delivered"),
        (&delivery, "What is sent"),
        (&ledger, "Rule was met"),
    ] {
        inspect(house, window, path, words).await;
    }
    place.close().await;
}
