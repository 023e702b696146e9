//! The command palette by keyboard alone, a decision made from it, and files of artifacts that must run no script.

use bellboard_hub::db::{Db, Engine};
use reqwest::{Method, StatusCode};
use serde_json::{Value, json};

use super::driver::{Look, Window};
use super::keys::{DOWN, ENTER, ESCAPE};
use crate::artifact_pages::shape;
use crate::house::{House, Person, body};
use crate::pages::start;

/// Holds Control while K is pressed.
const CONTROL_K: &str = "\u{e009}k";

/// The palette is open and has the focus; before that, keys go elsewhere.
const CAN_TYPE: &str = "document.activeElement?.matches('#palette[open] input')";

#[test]
fn the_palette_finds_does_and_goes() {
    crate::support::run(Engine::Sqlite, finds_does_and_goes);
}

async fn finds_does_and_goes(db: Db) {
    let house = House::open(db).await;
    let window = Window::open(Look::default()).await;
    let founder = house.founder().await;
    let aster = house.engagement(&founder, "Aster Bank").await;
    let run = start(&house, &founder, &aster, "Quarterly tenant review").await;
    let page = shape(&house, &founder, &aster, json!({})).await;
    window.sign_in(&house, &founder).await;
    let loaded = "performance.getEntriesByType('resource').some((entry) => entry.name.includes('/palette.'))";
    assert_eq!(
        window.value(loaded).await,
        false,
        "fetched when it is opened"
    );

    window.press(CONTROL_K).await;
    window.wait_until(CAN_TYPE).await;
    let chosen =
        "document.getElementById(document.activeElement.getAttribute('aria-activedescendant'))";
    window.press("tenant rev").await;
    window
        .wait_until(&format!(
            "{chosen}?.textContent.includes('Quarterly tenant review')"
        ))
        .await;
    window.press(ENTER).await;
    window
        .wait_until(&format!("location.pathname === '/ui/runs/{run}'"))
        .await;

    window.go(&house, &page).await;
    window
        .wait_until("document.querySelector('[data-pause]:not([hidden])')")
        .await;
    window.click(".side .cmd input").await;
    window.wait_until(CAN_TYPE).await;
    let groups = "[...document.querySelectorAll('#palette [role=group]')].map((group) => group.getAttribute('aria-label'))";
    assert_eq!(
        window.value(groups).await,
        json!(["On this item", "Commands", "Go to"])
    );
    window.press(DOWN).await;
    window.wait_until(&format!("{chosen}.id === 'do-1'")).await;
    window.press(ESCAPE).await;
    window
        .wait_until("!document.getElementById('palette').open")
        .await;
    window.press(CONTROL_K).await;
    window.wait_until(CAN_TYPE).await;
    window.press("confirm").await;
    window
        .wait_until(&format!("{chosen}?.textContent.startsWith('Confirm')"))
        .await;
    window.press(ENTER).await;
    window.wait_for_words("You confirmed it").await;
    assert_eq!(window.console().await, Vec::<String>::new());
    window.close().await;
    house.close().await;
}

/// Uploads a file that would run a script, and names it in an artifact; the artifact.
async fn dangerous(
    house: &House,
    person: &Person,
    engagement: &str,
    name: &str,
    kind: &str,
    text: &'static str,
) -> Value {
    let path = format!("/engagements/{engagement}/content");
    let upload = house
        .request(Method::PUT, &path)
        .bearer_auth(&person.token)
        .body(text);
    let kept = body(upload, StatusCode::CREATED).await;
    let files = json!([{"name": name, "media_type": kind, "digest": kept["digest"]}]);
    let input = json!({"kind": "render", "label": name, "content": {"files": files}});
    let path = format!("/engagements/{engagement}/artifacts");
    body(house.post(person, &path, &input), StatusCode::CREATED).await
}

#[test]
fn a_file_of_an_artifact_runs_no_script() {
    crate::support::run(Engine::Sqlite, runs_no_script);
}

async fn runs_no_script(db: Db) {
    const SVG: &str = "<svg xmlns=\"http://www.w3.org/2000/svg\" onload=\"fetch('/ui/settings?ran=svg')\"><script>fetch('/ui/settings?ran=svg')</script></svg>";
    const HTML: &str = "<!doctype html><body onload=\"fetch('/ui/settings?ran=html')\"><script>fetch('/ui/settings?ran=html')</script>";
    let house = House::open(db).await;
    let window = Window::open(Look::default()).await;
    let founder = house.founder().await;
    let aster = house.engagement(&founder, "Aster").await;
    window.sign_in(&house, &founder).await;
    for (name, kind, text) in [
        ("x.svg", "image/svg+xml", SVG),
        ("x.html", "text/html", HTML),
    ] {
        let made = dangerous(&house, &founder, &aster, name, kind, text).await;
        let page = format!("/ui/artifacts/{}", made["id"].as_str().unwrap());
        window.go(&house, &page).await;
        window.wait_for_words(name).await;
        window.click(".files a.btn").await;
        // The address itself, framed and shown as a picture.
        let url = made["files"][0]["download_url"].as_str().unwrap();
        let script = "const done = arguments[arguments.length - 1], url = arguments[0];
            const frame = document.createElement('iframe'), picture = new Image();
            frame.src = url; picture.onerror = picture.onload = () => setTimeout(done, 500);
            document.body.append(frame); picture.src = url;";
        let told = window.client.execute_async(script, vec![json!(url)]).await;
        told.unwrap();
        let here = window.client.current_url().await.unwrap();
        assert_eq!(here.path(), page, "it is downloaded, not shown");
    }
    let ran: Vec<String> = window.requests().await;
    assert!(ran.iter().any(|url| url.contains("/download")), "{ran:?}");
    assert!(!ran.iter().any(|url| url.contains("ran=")), "{ran:?}");
    window.close().await;
    house.close().await;
}
