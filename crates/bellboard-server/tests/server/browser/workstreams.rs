//! The pages of workstreams in a real browser: the filter that stays over all lists, the review that closes one, and a
//! page that follows the work.

use bellboard_hub::db::{Db, Engine};
use fantoccini::Locator;
use reqwest::{Method, StatusCode};
use serde_json::json;

use super::accessible::check;
use super::asks::tab_to;
use super::catalogue::{CHOSEN, Place};
use super::driver::Look;
use super::keys::{ENTER, ESCAPE};
use crate::house::body;

/// The place with two workstreams in it, of which one has three open tasks.
async fn place(db: Db, look: Look) -> Place {
    let place = Place::open(db, look).await;
    for (path, what) in [
        (
            "/workstreams",
            json!({"domain": "railiance", "slug": "lay", "title": "Lay tracks", "status": "active",
                   "description": "From the harbour to the airport", "owner": "Mara", "due_date": "2026-12-13"}),
        ),
        (
            "/workstreams",
            json!({"domain": "railiance", "slug": "ride", "title": "Ride on them"}),
        ),
        (
            "/workstreams",
            json!({"domain": "markitect", "slug": "stalls", "title": "Build stalls"}),
        ),
        (
            "/tasks",
            json!({"workstream": "lay", "external_id": "T-1", "title": "Survey", "status": "done"}),
        ),
        (
            "/tasks",
            json!({"workstream": "lay", "external_id": "T-2", "title": "Sleepers", "priority": "high"}),
        ),
        (
            "/tasks",
            json!({"workstream": "lay", "external_id": "T-3", "title": "Rails", "status": "blocked",
                   "blocking_reason": "No steel"}),
        ),
        (
            "/tasks",
            json!({"workstream": "lay", "external_id": "T-4", "title": "Permit", "needs_human": true,
                   "intervention_note": "Sign it"}),
        ),
        (
            "/dependencies",
            json!({"workstream": "lay", "depends_on": "stalls"}),
        ),
        (
            "/decisions",
            json!({"workstream": "lay", "title": "Which gauge?", "options": [
                {"key": "broad", "label": "Broad"}, {"key": "narrow", "label": "Narrow"}]}),
        ),
    ] {
        place.made(path, what).await;
    }
    place
}

/// The selector of one field of the review.
async fn field(place: &Place, name: &str, key: &str) -> String {
    let task = place.shown(&format!("/tasks/{key}")).await;
    format!("dialog [name='{name}-{}']", task["id"].as_str().unwrap())
}

#[test]
fn p4_2_the_filter_stays_over_reload_and_all_lists() {
    crate::support::run(Engine::Sqlite, filter);
}

async fn filter(db: Db) {
    let place = place(db, Look::default()).await;
    let window = &place.window;
    place.go("/").await;
    window.press("gw").await;
    window.wait_for_words("Build stalls").await;
    place
        .narrow("workstreams", "Build stalls", "Lay tracks")
        .await;
    for (path, words) in [
        ("/ui/technical-debt", "Old rails"),
        ("/ui/extension-points", "More trains"),
        ("/ui/workstreams", "Ride on them"),
    ] {
        window.click(&format!(".side a[href^='{path}']")).await;
        window.wait_for_words(words).await;
        assert_eq!(place.address().await, format!("{path}?domain=railiance"));
        assert_eq!(window.value(CHOSEN).await, "railiance");
    }
    // The page of one keeps the domain too.
    window
        .click("#workstreams a[href='/ui/workstreams/lay']")
        .await;
    window.wait_for_words("1 of 4 done").await;
    window.click(".side a[href^='/ui/technical-debt']").await;
    window.wait_for_words("Old rails").await;
    assert_eq!(place.address().await, "/ui/technical-debt?domain=railiance");
    place.close().await;
}

#[test]
fn the_review_has_an_address_and_escape_leads_back() {
    crate::support::run(Engine::Sqlite, address);
}

async fn address(db: Db) {
    let place = place(db, Look::default()).await;
    let window = &place.window;
    place.go("/ui/workstreams/lay?open=close").await;
    window.wait_for("dialog:modal").await;
    window.client.refresh().await.unwrap();
    window.wait_for("dialog:modal").await;
    window.press(ESCAPE).await;
    window.wait_until("!document.querySelector('dialog')").await;
    assert_eq!(place.address().await, "/ui/workstreams/lay");
    place.close().await;
}

#[test]
fn a_workstream_is_completed_by_keyboard_alone() {
    crate::support::run(Engine::Sqlite, by_keyboard);
}

async fn by_keyboard(db: Db) {
    let place = place(db, Look::default()).await;
    let window = &place.window;
    place.go("/ui/workstreams/lay").await;
    tab_to(window, "main a[href$='open=close']").await;
    window.press(ENTER).await;
    window.wait_for("dialog:modal").await;
    assert_eq!(place.address().await, "/ui/workstreams/lay?open=close");
    let (done, cancelled, carried) = (
        field(&place, "as", "T-2").await,
        field(&place, "as", "T-3").await,
        field(&place, "as", "T-4").await,
    );
    let (reason, target) = (
        field(&place, "reason", "T-3").await,
        field(&place, "target", "T-4").await,
    );
    let is_seen = async |selector: &str| {
        let seen = format!("document.querySelector(\"{selector}\").checkVisibility()");
        window.value(&seen).await
    };
    assert_eq!(
        is_seen(&reason).await,
        false,
        "asked only where it is needed"
    );
    for (select, letter) in [(&done, "D"), (&cancelled, "Can"), (&carried, "Car")] {
        tab_to(window, select).await;
        window.press(letter).await;
    }
    assert_eq!(is_seen(&reason).await, true);
    tab_to(window, &reason).await;
    window.press("No steel").await;
    tab_to(window, &target).await;
    window.press("ride").await;
    // Meanwhile somebody plans one more: the review is refused with the list, and nothing typed is lost.
    let late = json!({"workstream": "lay", "external_id": "T-5", "title": "Ballast"});
    place.made("/tasks", late).await;
    tab_to(window, "dialog .btn.pri").await;
    window.press(ENTER).await;
    window.wait_for("dialog [role=alert]").await;
    let said = window.text("dialog [role=alert]").await;
    assert!(said.contains("T-5") && !said.contains("T-2"), "{said}");
    let kept = format!("document.querySelector(\"{reason}\").value");
    assert_eq!(window.value(&kept).await, "No steel");
    // A refused form is told by the console; that line is expected.
    drop(window.console().await);
    let late = field(&place, "as", "T-5").await;
    tab_to(window, &late).await;
    window.press("D").await;
    tab_to(window, "dialog .btn.pri").await;
    window.press(ENTER).await;
    window
        .wait_for_words("Completed. The review is kept.")
        .await;
    assert_eq!(place.shown("/workstreams/lay").await["status"], "completed");
    assert_eq!(place.shown("/tasks/T-4").await["workstream"], "ride");
    assert_eq!(place.shown("/tasks/T-3").await["status"], "cancelled");
    place.close().await;
}

#[test]
fn a_workstream_is_completed_on_a_phone_without_scripts() {
    crate::support::run(Engine::Sqlite, without_scripts);
}

async fn without_scripts(db: Db) {
    let place = place(db, Look::PHONE_WITHOUT_SCRIPTS).await;
    let window = &place.window;
    place.go("/ui/domains").await;
    window.touch(".narrow a[href='/ui/workstreams']").await;
    window.wait_for_words("Lay tracks").await;
    window.touch("#f-domain").await;
    window.press("Mark").await;
    window.touch("form[data-scope] .btn").await;
    window.wait_for("option[value=markitect][selected]").await;
    window.touch("#workstreams .name").await;
    window.wait_for_words("Awaited by").await;
    window.touch("main a[href$='open=close']").await;
    window.wait_for("dialog[open]").await;
    window.fits().await;
    window.touch("dialog .btn.pri").await;
    window
        .wait_for_words("Completed. The review is kept.")
        .await;
    assert_eq!(
        place.shown("/workstreams/stalls").await["status"],
        "completed"
    );
    place.close().await;
}

#[test]
fn the_page_of_a_workstream_follows_the_work() {
    crate::support::run(Engine::Sqlite, follows);
}

async fn follows(db: Db) {
    let place = place(db, Look::default()).await;
    let window = &place.window;
    // What needs a human leads from home to its task.
    place.go("/").await;
    window.wait_for_words("Help with task: Permit").await;
    window.click("#triage a[href^='/ui/tasks/']").await;
    window.wait_for("#workstream h1").await;
    let hash = window.value("location.hash").await;
    let task = place.shown("/tasks/T-4").await;
    assert_eq!(hash, format!("#task-{}", task["id"].as_str().unwrap()));
    window.is_live().await;
    let claim = place
        .house
        .post(&place.founder, "/tasks/T-2/claim", &json!({}));
    body(claim, StatusCode::OK).await;
    window.wait_for_words("claimed by Founder until").await;
    let done = place.house.request(Method::PATCH, "/tasks/T-3");
    let done = done
        .bearer_auth(&place.founder.token)
        .json(&json!({"status": "done"}));
    body(done, StatusCode::OK).await;
    window.wait_for_words("2 of 4 done").await;
    place.close().await;
}

#[test]
fn an_extension_point_is_written_down_by_keyboard_alone() {
    crate::support::run(Engine::Sqlite, entry);
}

async fn entry(db: Db) {
    let place = Place::open(db, Look::default()).await;
    let window = &place.window;
    place.go("/ui/extension-points?domain=railiance").await;
    tab_to(window, "a[href='#new-key']").await;
    window.press(ENTER).await;
    window
        .wait_until("document.activeElement.matches('#new-entry[open] [name=key]')")
        .await;
    window.press("EP-2").await;
    tab_to(window, "#new-entry [name=title]").await;
    window.press("Night trains").await;
    tab_to(window, "#new-entry [name=weight]").await;
    window.press("H").await;
    tab_to(window, "#new-entry .btn.pri").await;
    window.press(ENTER).await;
    window.wait_for_words("Written down.").await;
    let made = place.shown("/extension-points/EP-2").await;
    assert_eq!(
        (&made["priority"], &made["domain"], &made["type"]),
        (&json!("high"), &json!("railiance"), &json!("other"))
    );
    tab_to(window, "[name=status]").await;
    window.press("Def").await;
    tab_to(window, "main .btn.pri").await;
    window.press(ENTER).await;
    window.wait_for_words("Changed.").await;
    let changed = place.shown("/extension-points/EP-2").await;
    assert_eq!(changed["status"], "deferred");
    place.close().await;
}

in_each_width!(workstreams_are_accessible);

async fn workstreams_are_accessible(db: Db, look: Look) {
    let place = place(db, look).await;
    let pages = [
        ("/ui/workstreams", "1 of 4 done"),
        (
            "/ui/workstreams?domain=never",
            "No domain of yours is called never.",
        ),
        ("/ui/workstreams?status=completed", "Nothing matches"),
        ("/ui/workstreams/lay", "Which gauge?"),
        ("/ui/workstreams/stalls", "No tasks"),
        ("/ui/workstreams/lay?open=close", "What becomes of it"),
        ("/ui/workstreams/stalls?open=close", "No task is open."),
        ("/ui/domains/railiance", "Tracks"),
    ];
    place.inspect(&pages).await;
    drifted(&place).await;
    let left = ("/ui/domains/railiance", "1 difference left");
    place.inspect(&[left]).await;
    place.go("/ui/technical-debt").await;
    place.window.touch("#new-entry > summary").await;
    // Typed into each field without a click, which would open the list of a select above the button.
    for (field, said) in [("key", "TD-1"), ("title", "Old rails"), ("domain", "Rail")] {
        let field = format!("#new-entry [name={field}]");
        let field = place.window.client.find(Locator::Css(&field)).await;
        field.unwrap().send_keys(said).await.unwrap();
    }
    place.window.touch("#new-entry .btn.pri").await;
    place.window.wait_for("#new-entry [role=alert]").await;
    check(&place.window, "a refused entry").await;
    // A refused form is told by the console; that line is expected.
    drop(place.window.console().await);
    place.close().await;
}

/// A repo of which one difference is left.
async fn drifted(place: &Place) {
    for (status, head) in [
        ("done", json!({"branch": "main", "commit": "1a2b3c4d5e6f"})),
        (
            "todo",
            json!({"branch": "main", "commit": "7f8e9d0c1b2a", "holds_commit": "1a2b3c4d5e6f"}),
        ),
    ] {
        let text = format!(
            "---\nid: A\ntitle: A plan\n---\n\n## Lay it\n\n```task\nid: A-1\nstatus: {status}\n```\n"
        );
        let file = json!({"path": "workplans/a.md", "text": text});
        let sync = json!({"head": head, "files": [file]});
        let request = place
            .house
            .post(&place.founder, "/repos/rail-hub/sync", &sync);
        body(request, StatusCode::OK).await;
    }
}
