//! The pages with forms of their own (members, settings, an artifact), by keyboard alone, and on a phone without scripts.

use bellboard_hub::db::{Db, Engine};
use reqwest::StatusCode;
use serde_json::{Value, json};

use super::asks::tab_to;
use super::driver::{Look, Window};
use super::keys::{DOWN, ENTER};
use crate::artifact_pages::shape;
use crate::house::{House, Person, body};

const SPACE: &str = " ";

/// An engagement to manage, a colleague from another one, and the page of an artifact.
struct Place {
    house: House,
    founder: Person,
    aster: String,
    artifact: String,
}

async fn place(db: Db) -> Place {
    let house = House::open(db).await;
    let founder = house.founder().await;
    let aster = house.engagement(&founder, "Aster").await;
    let north = house.engagement(&founder, "Northrail").await;
    house.member(&founder, &north, "Mara", &["operator"]).await;
    let artifact = shape(&house, &founder, &aster, json!({})).await;
    Place {
        house,
        founder,
        aster,
        artifact,
    }
}

impl Place {
    /// What Mara is in the engagement, by the API.
    async fn mara(&self) -> Option<Value> {
        let path = format!("/engagements/{}/members", self.aster);
        let members = body(self.house.get(&self.founder, &path), StatusCode::OK).await;
        let mut members = members["items"].as_array().unwrap().iter();
        let mara = members.find(|member| member["name"] == "Mara")?;
        Some(mara["designations"].clone())
    }

    async fn settings(&self) -> Value {
        body(
            self.house.get(&self.founder, "/me/settings"),
            StatusCode::OK,
        )
        .await
    }

    async fn state(&self) -> Value {
        let path = self.artifact.replace("/ui/", "/");
        let artifact = body(self.house.get(&self.founder, &path), StatusCode::OK).await;
        artifact["state"].clone()
    }
}

#[test]
fn members_settings_and_an_artifact_by_keyboard_alone() {
    crate::support::run(Engine::Sqlite, by_keyboard);
}

async fn by_keyboard(db: Db) {
    let place = place(db).await;
    let window = Window::open(Look::default()).await;
    window.sign_in(&place.house, &place.founder).await;

    window.go(&place.house, "/ui/engagements/aster").await;
    tab_to(&window, "#members > details > summary").await;
    window.press(ENTER).await;
    tab_to(&window, "#members > details select").await;
    window.press("Mara").await;
    tab_to(&window, "#members > details [name=operator]").await;
    window.press(SPACE).await;
    tab_to(&window, "#members > details .btn.pri").await;
    window.press(ENTER).await;
    window.wait_for_words_in("li", "Mara").await;
    assert_eq!(place.mara().await, Some(json!(["operator", "contributor"])));
    tab_to(&window, "summary[aria-label='Change what Mara is here']").await;
    window.press(ENTER).await;
    tab_to(&window, "li details[open] .danger").await;
    window.press(ENTER).await;
    window
        .wait_until("!document.querySelector('#members .rec').innerText.includes('Mara')")
        .await;
    assert_eq!(place.mara().await, None);

    window.go(&place.house, &place.artifact).await;
    tab_to(&window, "main textarea[name=note]").await;
    window.press("Name the devices").await;
    tab_to(&window, "button[value=reject]").await;
    window.press(ENTER).await;
    window.wait_for_words("You rejected it").await;
    tab_to(&window, ".receipt-line button").await;
    window.press(ENTER).await;
    window.wait_for("button[value=confirm]").await;
    assert_eq!(place.state().await, "pending_confirmation");
    tab_to(&window, "button[value=confirm]").await;
    window.press(ENTER).await;
    window.wait_for_words("You confirmed it").await;
    assert_eq!(place.state().await, "confirmed");

    window.go(&place.house, "/ui/settings").await;
    tab_to(&window, "[name=theme]").await;
    window.press(DOWN).await;
    tab_to(&window, "[name=single_keys]").await;
    window.press(SPACE).await;
    tab_to(&window, "[name=undo_seconds]").await;
    window.press(DOWN).await;
    tab_to(&window, "main .btn.pri").await;
    window.press(ENTER).await;
    window.wait_for_words("Saved").await;
    let kept = place.settings().await;
    assert_eq!(
        (&kept["theme"], &kept["single_keys"], &kept["undo_seconds"]),
        (&json!("light"), &json!(false), &json!(20))
    );
    assert_eq!(window.console().await, Vec::<String>::new());
    window.close().await;
    place.house.close().await;
}

#[test]
fn a_refused_form_on_members_stays_as_it_was_typed_while_the_page_lives_on() {
    crate::support::run(Engine::Sqlite, refused_and_kept);
}

async fn refused_and_kept(db: Db) {
    let place = place(db).await;
    let window = Window::open(Look::default()).await;
    window.sign_in(&place.house, &place.founder).await;
    window.go(&place.house, "/ui/engagements/aster").await;
    window.click("#members > details > summary").await;
    window.click("#members > details [name=operator]").await;
    window.click("#members > details [name=other_id]").await;
    window.press("nobody").await;
    window.press(ENTER).await;
    window
        .wait_for("#members > details[open] [role=alert]")
        .await;
    window.is_live().await;
    shape(&place.house, &place.founder, &place.aster, json!({})).await;
    window.wait_until("document.title.startsWith('(2)')").await;
    let told = "[...document.querySelectorAll('#members > details[open] [role=alert]')].map((told) => told.innerText)";
    let reason = "Choose somebody from the list, or write the id that they find under Settings. Nothing was changed.";
    assert_eq!(window.value(told).await, json!([reason]));
    let typed = "(() => { const form = document.querySelector('#members > details form').elements;
        return [form.other_id.value, form.operator.checked, form.contributor.checked, form.reader.checked]; })()";
    assert_eq!(
        window.value(typed).await,
        json!(["nobody", true, true, false])
    );
    // What stands there can be mended and sent.
    window
        .value("document.querySelector('#members > details [name=other_id]').value = ''")
        .await;
    window.click("#members > details select").await;
    window.press("Mara").await;
    window.click("#members > details .btn.pri").await;
    window.wait_for_words_in("li", "Mara").await;
    assert_eq!(place.mara().await, Some(json!(["operator", "contributor"])));
    window.close().await;
    place.house.close().await;
}

#[test]
fn members_settings_and_an_artifact_on_a_phone_without_scripts() {
    crate::support::run(Engine::Sqlite, without_scripts);
}

async fn without_scripts(db: Db) {
    let place = place(db).await;
    let window = Window::open(Look::PHONE_WITHOUT_SCRIPTS).await;
    window.sign_in(&place.house, &place.founder).await;

    window.go(&place.house, &place.artifact).await;
    window.fits().await;
    window.touch("button[value=reject]").await;
    window.wait_for_words("needs a note").await;
    window.touch("main textarea[name=note]").await;
    window.press("Name the devices").await;
    window.touch("button[value=reject]").await;
    window.wait_for_words("You rejected it").await;
    window.fits().await;
    window.touch(".receipt-line button").await;
    window.wait_for("button[value=confirm]").await;
    window.touch("button[value=confirm]").await;
    window.wait_for_words("You confirmed it").await;
    assert_eq!(place.state().await, "confirmed");

    window.go(&place.house, "/ui/engagements/aster").await;
    window.fits().await;
    window.touch("#members > details > summary").await;
    window.touch("#members > details select").await;
    window.press("Mara").await;
    window.touch("#members > details .btn.pri").await;
    window.wait_for_words_in("li", "Mara").await;
    assert_eq!(place.mara().await, Some(json!(["contributor"])));

    window.touch("header .icon[href='/ui/search']").await;
    window.touch("#search-words").await;
    window.press("guest").await;
    window.press(ENTER).await;
    window.wait_for("#found a").await;
    window.fits().await;

    window.go(&place.house, "/ui/settings").await;
    window.fits().await;
    window.touch("input[value=dark]").await;
    window.touch("input[name=undo_seconds][value='60']").await;
    window.touch("main .btn.pri").await;
    window.wait_for("html[data-theme=dark]").await;
    let kept = place.settings().await;
    assert_eq!(
        (&kept["theme"], &kept["undo_seconds"]),
        (&json!("dark"), &json!(60))
    );
    window.close().await;
    place.house.close().await;
}
