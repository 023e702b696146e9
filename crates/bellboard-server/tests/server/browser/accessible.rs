//! Every page in every width and both colours: axe-core finds nothing, nothing scrolls sideways, nothing moves by
//! itself, the console is empty, and nobody else's machine is asked for anything.

use bellboard_hub::db::Db;
use serde_json::{Value, json};

use super::driver::{Look, Window, axe};
use super::scene::{Scene, asks, scene, states};
use crate::artifact_pages::shape;
use crate::house::House;

in_each_width!(pages_are_accessible);

in_each_width!(what_is_decided_is_accessible);

/// An ask in each state, a refused form, and what opens on home: a row, the palette, the bar for several.
async fn what_is_decided_is_accessible(db: Db, look: Look) {
    let house = House::open(db).await;
    let window = Window::open(look).await;
    let founder = house.founder().await;
    let aster = house.engagement(&founder, "Aster Bank").await;
    window.sign_in(&house, &founder).await;
    let asks = asks(&house, &founder, &aster).await;
    for (words, path) in &asks {
        inspect(&house, &window, path, words).await;
    }
    let (_, with_form) = &asks[0];
    window.go(&house, with_form).await;
    window.touch("[name='value.days']").await;
    window.press("400\u{e007}").await;
    window.wait_for("#answering [aria-invalid]").await;
    check(&window, "a refused form").await;
    // A refusal is told by the console; that line is expected.
    drop(window.console().await);

    let shape = shape(&house, &founder, &aster, json!({})).await;
    let open = shape.replace("/ui/artifacts/", "/?item=pending_shape:");
    inspect(&house, &window, &open, "Guest access policy").await;
    for theme in ["light", "dark"] {
        window.go(&house, &format!("/?theme={theme}")).await;
        window
            .wait_until("document.querySelector('[data-pause]:not([hidden])')")
            .await;
        window.press("j").await;
        window.press("x").await;
        window.wait_for("#bulk").await;
        check(&window, &format!("the bar for several, {theme}")).await;
        window.press("\u{e009}k").await;
        window
            .wait_until("document.getElementById('palette')?.open")
            .await;
        check(&window, &format!("the palette, {theme}")).await;
    }
    assert_eq!(window.console().await, Vec::<String>::new());
    window.close().await;
    house.close().await;
}

async fn pages_are_accessible(db: Db, look: Look) {
    let house = House::open(db).await;
    let window = Window::open(look).await;
    let Scene {
        founder,
        aster,
        counted,
        failed,
    } = scene(&house).await;
    let artifact = shape(&house, &founder, &aster, json!({})).await;
    let states = states(&house, &founder, &aster).await;
    for path in ["/", "/login?link=abc"] {
        inspect(&house, &window, path, "").await;
    }
    // A page that answers 401 is told by the console; that line is expected.
    drop(window.console().await);
    window.sign_in(&house, &founder).await;
    for (path, words) in [
        ("/".to_owned(), "need you"),
        ("/?e=aster-bank".to_owned(), "In Aster Bank."),
        ("/ui/runs".to_owned(), "Silent import"),
        ("/ui/runs?show=queued".to_owned(), "Waits its turn"),
        (format!("/ui/runs/{counted}"), "214 of 512 policies"),
        (format!("/ui/runs/{failed}"), "What went wrong"),
        (
            format!("/ui/runs?started={counted}&as=running"),
            "Compare policies is already running",
        ),
        (
            "/ui/start?e=aster-bank&type=baseline.capture".to_owned(),
            "Inputs, as JSON",
        ),
        ("/ui/notifications".to_owned(), "unread"),
        ("/ui/start?e=aster-bank".to_owned(), "In Aster Bank"),
        ("/ui/settings".to_owned(), "Settings"),
        ("/ui/search?q=aster".to_owned(), "Aster Bank"),
        ("/ui/engagements/aster-bank".to_owned(), "Members"),
        (artifact, "Guest access policy"),
    ] {
        inspect(&house, &window, &path, words).await;
    }
    for (_, words, run) in states {
        inspect(&house, &window, &format!("/ui/runs/{run}"), words).await;
    }
    assert_eq!(window.console().await, Vec::<String>::new());
    let ours = house.url("/");
    let foreign: Vec<String> = window.requests().await;
    let foreign = foreign
        .iter()
        .filter(|url| !url.starts_with(&ours) && !url.starts_with("data:"));
    assert_eq!(foreign.collect::<Vec<_>>(), Vec::<&String>::new());
    window.close().await;
    house.close().await;
}

/// One page in both colours.
pub async fn inspect(house: &House, window: &Window, path: &str, words: &str) {
    for theme in ["light", "dark"] {
        let sign = if path.contains('?') { '&' } else { '?' };
        let address = format!("{path}{sign}theme={theme}");
        window.go(house, &address).await;
        window.wait_for("h1").await;
        let said = json!(words);
        window
            .wait_until(&format!("document.body.textContent.includes({said})"))
            .await;
        check(window, &address).await;
    }
}

/// Whatever the window shows now.
pub async fn check(window: &Window, what: &str) {
    window.fits().await;
    assert_eq!(
        window.value("document.getAnimations().length").await,
        0,
        "{what}"
    );
    assert_eq!(violations(window).await, json!([]), "{what}");
}

/// What axe-core has to say with everything unfolded. Sticky bars are laid into the page first, because it reports what
/// lies under them.
pub async fn violations(window: &Window) -> Value {
    window.client.execute(&axe(), vec![]).await.unwrap();
    let script = r#"
        const done = arguments[0];
        for (const bar of document.querySelectorAll(".top, .tabs, .strip, .side, .toasts")) bar.style.position = "static";
        for (const fold of document.querySelectorAll("details:not(.menu)")) fold.open = true;
        const tags = ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa", "best-practice"];
        axe.run(document, { runOnly: tags }).then((found) => done(found.violations.map((violation) =>
            [violation.id, violation.nodes.map((node) => node.html + " " + node.failureSummary)])));
    "#;
    window.client.execute_async(script, vec![]).await.unwrap()
}
