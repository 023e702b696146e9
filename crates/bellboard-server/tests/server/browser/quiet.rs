//! Motion is evidence: nothing moves unless a report arrived, and a worker that died is said to be silent by a page that
//! nobody reloads.

use std::time::Duration;

use bellboard_hub::db::{Db, Engine};
use serde_json::json;

use super::driver::{Look, Window};
use super::scene::{Scene, scene, start_with};
use crate::house::House;
use crate::pages::{finish, report, start};

#[test]
fn a_dead_workers_pages_turn_to_silent_without_a_reload() {
    crate::support::run(Engine::Sqlite, silent);
}

/// A run that falls silent sends no hint; the server has told the page when to look again.
async fn silent(db: Db) {
    let house = House::open(db).await;
    let founder = house.founder().await;
    let aster = house.engagement(&founder, "Aster").await;
    let window = Window::open(Look::default()).await;
    window.sign_in(&house, &founder).await;
    for (path, part) in [
        ("/ui/runs/RUN", "[data-run]"),
        ("/", "#zone-active"),
        ("/ui/runs", "#runs-list"),
        ("/ui/settings", "#strip"),
    ] {
        let fields = json!({"label": "Compare", "heartbeat_seconds": 1});
        let run = start_with(&house, &founder, &aster, &fields).await;
        let said = json!({"processed": 214, "total": 512, "unit": "policies"});
        report(&house, &founder, &run, said).await;
        window.go(&house, &path.replace("RUN", &run)).await;
        window.is_live().await;
        window.wait_for(part).await;
        window.value("window.notReloaded = true").await;
        let text = window.text(part).await;
        assert!(
            text.contains("214 of 512") && !text.contains("No sign of life"),
            "{text}"
        );
        house.advance(Duration::from_secs(4));
        let silent = "includes('No sign of life for 4 s')";
        window
            .wait_until(&format!(
                "document.querySelector({part:?}).innerText.{silent}"
            ))
            .await;
        let bars = format!("document.querySelectorAll('{part} progress').length");
        assert_eq!(
            window.value(&bars).await,
            0,
            "{path}: silent work has no bar"
        );
        assert_eq!(window.value("window.notReloaded").await, true, "{path}");
        let end = json!({"outcome": "cancelled"});
        finish(&house, &founder, &run, end).await;
    }
    assert_eq!(window.console().await, Vec::<String>::new());
    window.close().await;
    house.close().await;
}

#[test]
fn nothing_moves_unless_a_report_arrived() {
    crate::support::run(Engine::Sqlite, still);
}

async fn still(db: Db) {
    let house = House::open(db).await;
    let window = Window::open(Look {
        moving: true,
        ..Look::default()
    })
    .await;
    let Scene {
        founder,
        aster,
        counted,
        ..
    } = scene(&house).await;
    let plain = start(&house, &founder, &aster, "Plain work").await;
    window.sign_in(&house, &founder).await;
    for path in [format!("/ui/runs/{counted}"), "/".to_owned()] {
        window.go(&house, &path).await;
        window.is_live().await;
        assert_eq!(moved(&window, 90).await, 0, "{path}: no event arrived");
    }
    // The counterpart: when a sign of life arrives, its tick rises.
    let watching = window.client.execute("window.moves = 0; const look = () => { moves += document.getAnimations().length; requestAnimationFrame(look); }; look();", vec![]);
    watching.await.unwrap();
    house.advance(Duration::from_secs(6));
    report(&house, &founder, &plain, json!({})).await;
    window.wait_until("moves > 0").await;
    window
        .wait_until("document.getAnimations().length === 0")
        .await;
    assert_eq!(moved(&window, 90).await, 0, "it stands still again");
    window.close().await;
    house.close().await;
}

/// How many animations ran, summed over so many frames.
async fn moved(window: &Window, frames: u32) -> u64 {
    let script = "
        const done = arguments[1];
        let left = arguments[0], moves = 0;
        const look = () => {
            moves += document.getAnimations().length;
            left-- ? requestAnimationFrame(look) : done(moves);
        };
        look();";
    let moves = window.client.execute_async(script, vec![frames.into()]);
    moves.await.unwrap().as_u64().unwrap()
}
