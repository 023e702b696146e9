//! The page of an ask: answered by keyboard alone and without scripts on a phone, and kept true while it is open.

use std::time::Duration;

use bellboard_hub::ask::expire_due;
use bellboard_hub::db::{Db, Engine};
use reqwest::StatusCode;
use serde_json::{Value, json};

use super::driver::{Look, Window};
use super::keys::{ENTER, TAB};
use crate::artifact_pages::shape;
use crate::ask_pages::{form, question};
use crate::house::{House, Person, body};
use crate::pages::start;

const SPACE: &str = " ";

/// What the API says of the ask whose page this is.
async fn told(house: &House, person: &Person, page: &str) -> Value {
    let path = page.replace("/ui/", "/");
    body(house.get(person, &path), StatusCode::OK).await
}

/// Goes on by Tab until what has the focus fits the selector.
pub async fn tab_to(window: &Window, selector: &str) {
    let there = format!("document.activeElement.matches({})", json!(selector));
    // After a load the browser's own bars may have the focus; the first stop of the page is its skip link.
    let start =
        "if (document.activeElement === document.body) document.querySelector('.skip').focus()";
    window.client.execute(start, vec![]).await.unwrap();
    for _ in 0..80 {
        if window.value(&there).await == true {
            return;
        }
        window.press(TAB).await;
    }
    let place = "[location.href, document.activeElement.outerHTML.slice(0, 200)]";
    let place = window.value(place).await;
    panic!("no Tab leads to {selector}, only to {place}");
}

#[test]
fn an_ask_is_answered_by_keyboard_alone() {
    crate::support::run(Engine::Sqlite, by_keyboard);
}

async fn by_keyboard(db: Db) {
    let house = House::open(db).await;
    let founder = house.founder().await;
    let aster = house.engagement(&founder, "Aster").await;
    let window = Window::open(Look::default()).await;
    window.sign_in(&house, &founder).await;

    // Single keys: the first option, undone, then the second, which asks why.
    let page = question(&house, &founder, &aster, json!({})).await;
    window.go(&house, &page).await;
    window.is_live().await;
    window.press("a").await;
    window.wait_for_words("You answered it").await;
    assert_eq!(
        told(&house, &founder, &page).await["answer"]["option"],
        "yes"
    );
    window.is_live().await;
    window.press("u").await;
    window.wait_for("button[name=option]").await;
    window.is_live().await;
    window.press("r").await;
    window
        .wait_until("document.activeElement.id === 'note' && document.activeElement.value === ''")
        .await;
    window.press("The audit needs them").await;
    tab_to(&window, "button[value=no]").await;
    window.press(ENTER).await;
    window.wait_for_words("You answered it").await;
    let answer = told(&house, &founder, &page).await["answer"].clone();
    assert_eq!(
        (&answer["option"], &answer["note"]),
        (&json!("no"), &json!("The audit needs them"))
    );

    // A form, by Tab alone, from the row of home.
    let page = question(&house, &founder, &aster, json!({"form": form()})).await;
    window.go(&house, "/").await;
    tab_to(&window, "#triage .act a").await;
    window.press(ENTER).await;
    window.wait_for("#answering").await;
    tab_to(&window, "[name='value.days']").await;
    window.press("400").await;
    window.press(ENTER).await;
    window.wait_for("#answering [aria-invalid]").await;
    tab_to(&window, "[name='value.days']").await;
    window
        .client
        .execute("document.activeElement.select()", vec![])
        .await
        .unwrap();
    window.press("30").await;
    tab_to(&window, "[name='value.keep']").await;
    window.press(SPACE).await;
    tab_to(&window, "[name='value.where']").await;
    window.press("Va").await;
    tab_to(&window, "#answering button").await;
    window.press(ENTER).await;
    window.wait_for_words("You answered it").await;
    let values = told(&house, &founder, &page).await["answer"]["values"].clone();
    assert_eq!(
        (&values["days"], &values["where"]),
        (&json!(30), &json!("Vault"))
    );
    // The refused answer is told to the console by the browser; nothing else is.
    let said = window.console().await;
    assert!(said.iter().all(|line| line.contains("422")), "{said:?}");
    window.close().await;
    house.close().await;
}

#[test]
fn an_ask_is_answered_on_a_phone_without_scripts() {
    crate::support::run(Engine::Sqlite, without_scripts);
}

async fn without_scripts(db: Db) {
    let house = House::open(db).await;
    let founder = house.founder().await;
    let aster = house.engagement(&founder, "Aster").await;
    house.member(&founder, &aster, "Mara", &["operator"]).await;
    let window = Window::open(Look::PHONE_WITHOUT_SCRIPTS).await;
    window.sign_in(&house, &founder).await;
    let page = question(&house, &founder, &aster, json!({"form": form()})).await;
    window.go(&house, "/").await;
    window.click("#triage .act a").await;
    window.wait_for("#answering").await;
    window.touch("[name='value.days']").await;
    window.press("many").await;
    window.touch("[name='value.why']").await;
    window.press("Nobody reads them").await;
    window.touch("#answering button").await;
    window.wait_for_words("Days: Must be a whole number").await;
    window.touch("[name='value.days']").await;
    window.press("\u{e003}\u{e003}\u{e003}\u{e003}30").await;
    window.touch("#answering button").await;
    window.wait_for_words("You answered it").await;
    let values = told(&house, &founder, &page).await["answer"]["values"].clone();
    assert_eq!(values, json!({"days": 30, "why": "Nobody reads them"}));
    window.touch(".receipt-line button").await;
    window.wait_for("#answering").await;

    window.touch("#delegate > summary").await;
    window.touch("#who").await;
    window.press("Mara").await;
    window.touch("#delegate button").await;
    window
        .wait_for_words("It waits for others to answer: Mara.")
        .await;
    window.touch("#withdraw > summary").await;
    window.touch("#why-not").await;
    window.press("Found out").await;
    window.touch("#withdraw button").await;
    window.wait_for_words("You withdrew it").await;
    assert_eq!(told(&house, &founder, &page).await["state"], "withdrawn");
    window.fits().await;
    window.close().await;
    house.close().await;
}

/// Two people of one engagement, and the window of the first.
struct Watched {
    house: House,
    founder: Person,
    mara: Person,
    aster: String,
    run: String,
    window: Window,
}

async fn watched(db: Db) -> Watched {
    let house = House::open(db).await;
    let founder = house.founder().await;
    let aster = house.engagement(&founder, "Aster").await;
    let mara = house.member(&founder, &aster, "Mara", &["operator"]).await;
    // Before the first run home is a set-up list that reloads itself, perhaps while it is being left.
    let run = start(&house, &founder, &aster, "Tidy the rows").await;
    let window = Window::open(Look::default()).await;
    window.sign_in(&house, &founder).await;
    Watched {
        house,
        founder,
        mara,
        aster,
        run,
        window,
    }
}

impl Watched {
    /// Opens a page that must follow what happens without being loaded again.
    async fn watch(&self, path: &str) {
        self.window.go(&self.house, path).await;
        self.window.is_live().await;
        self.window.value("window.notReloaded = true").await;
    }

    /// Does this to the thing whose page it is, through the API.
    async fn act(&self, by: &Person, page: &str, what: &str, said: Value) {
        let path = format!("{}/{what}", page.replace("/ui/", "/"));
        let answer = self.house.post(by, &path, &said).send().await.unwrap();
        assert!(answer.status().is_success(), "{what}: {answer:?}");
    }

    async fn end(self) {
        assert_eq!(self.window.value("window.notReloaded").await, true);
        self.window.close().await;
        self.house.close().await;
    }
}

#[test]
fn an_open_run_follows_what_it_asks_and_makes() {
    crate::support::run(Engine::Sqlite, follows_a_run);
}

async fn follows_a_run(db: Db) {
    let at = watched(db).await;
    at.watch(&format!("/ui/runs/{}", at.run)).await;
    let of_run = json!({"run_id": at.run});
    let page = question(&at.house, &at.founder, &at.aster, of_run.clone()).await;
    at.window.wait_for("#h-waits").await;
    at.act(&at.mara, &page, "answer", json!({"option": "yes"}))
        .await;
    at.window
        .wait_until("!document.getElementById('h-waits')")
        .await;
    at.window.wait_for_words("Mara answered: Delete them").await;
    shape(&at.house, &at.founder, &at.aster, of_run).await;
    at.window.wait_for_words("Guest access policy").await;
    at.end().await;
}

#[test]
fn an_open_artifact_follows_versions_and_decisions() {
    crate::support::run(Engine::Sqlite, follows_an_artifact);
}

async fn follows_an_artifact(db: Db) {
    let at = watched(db).await;
    let page = shape(&at.house, &at.founder, &at.aster, json!({})).await;
    at.watch(&page).await;
    let version = json!({"expected_version": 1, "content": {"inline": {"guests": "stay out"}}});
    at.act(&at.founder, &page, "versions", version).await;
    at.window.wait_for_words("on version 2").await;
    let decision = json!({"decision": "confirm", "expected_version": 2});
    at.act(&at.mara, &page, "decide", decision).await;
    at.window.wait_for_words("Mara confirmed it").await;
    at.end().await;
}

/// What is being written and chosen stays while the ask is handed over, and goes when it was withdrawn.
#[test]
fn an_open_ask_follows_what_others_do() {
    crate::support::run(Engine::Sqlite, follows_an_ask);
}

async fn follows_an_ask(db: Db) {
    let at = watched(db).await;
    let window = &at.window;
    let page = question(&at.house, &at.founder, &at.aster, json!({})).await;
    at.watch(&page).await;
    window.click("#delegate > summary").await;
    window
        .value("document.getElementById('who').selectedIndex = 1")
        .await;
    window.click("#note").await;
    window.press("Half a sent").await;
    let to = json!({"person_id": at.founder.id});
    at.act(&at.mara, &page, "delegate", to).await;
    window.wait_for_words("For: Founder").await;
    let kept = "[document.activeElement.id, document.getElementById('note').value, document.getElementById('who').selectedIndex, document.getElementById('delegate').open]";
    assert_eq!(
        window.value(kept).await,
        json!(["note", "Half a sent", 1, true])
    );
    let why = json!({"note": "No longer"});
    at.act(&at.founder, &page, "withdraw", why).await;
    window.wait_for_words("You withdrew it").await;
    let form = "document.getElementById('answering')";
    assert_eq!(window.value(form).await, Value::Null);
    at.end().await;
}

/// An answer that was refused stays as it was typed when something else changes; when its time is over the page says so.
#[test]
fn an_open_ask_keeps_what_was_refused_until_its_time_is_over() {
    crate::support::run(Engine::Sqlite, keeps_and_ends);
}

async fn keeps_and_ends(db: Db) {
    let at = watched(db).await;
    let window = &at.window;
    let fields =
        json!({"form": form(), "expires_in_seconds": 600, "fallback": {"values": {"days": 7}}});
    let page = question(&at.house, &at.founder, &at.aster, fields).await;
    at.watch(&page).await;
    window.click("[name='value.days']").await;
    window.press("400").await;
    window.press(ENTER).await;
    window.wait_for("#answering [aria-invalid]").await;
    window.is_live().await;
    window.value("window.notReloaded = true").await;
    question(&at.house, &at.founder, &at.aster, json!({})).await;
    window.wait_until("document.title.startsWith('(2)')").await;
    let typed = "document.querySelector('[name=\"value.days\"]').value";
    assert_eq!(window.value(typed).await, "400");
    at.house.advance(Duration::from_secs(601));
    expire_due(&at.house.hub).await.unwrap();
    window.wait_for_words("Nobody answered in time").await;
    at.end().await;
}
