//! The pages' own modules, each function by itself, in the browser that runs them.

use std::time::Duration;

use bellboard_core::time::elapsed_words;
use bellboard_hub::db::{Db, Engine};
use serde_json::{Value, json};

use super::driver::{Look, Window};
use crate::house::House;

/// Imports a module of the open page and evaluates an expression over it.
async fn with_module(window: &Window, name: &str, expression: &str) -> Value {
    let script = format!(
        "const done = arguments[0];
         const main = document.querySelector('script[type=module]').src;
         import(main.replace('/main.', '/{name}.')).then((module) => done({expression}), (error) => done(String(error)));"
    );
    window.client.execute_async(&script, vec![]).await.unwrap()
}

async fn open(house: &House) -> Window {
    let window = Window::open(Look::default()).await;
    let founder = house.founder().await;
    window.sign_in(house, &founder).await;
    window
}

/// The server and the browser say the same about every span, so that a row does not change its words when it ticks.
#[test]
fn spans_read_alike_on_both_sides() {
    crate::support::run(Engine::Sqlite, spans);
}

async fn spans(db: Db) {
    let house = House::open(db).await;
    let window = open(&house).await;
    let seconds: [u64; 14] = [
        0, 1, 59, 60, 61, 119, 120, 3_599, 3_600, 7_199, 86_399, 86_400, 172_799, 8_640_000,
    ];
    let list = json!(seconds).to_string();
    let expression = format!("{list}.map((s) => module.elapsed(s * 1000 + 999))");
    let said = with_module(&window, "times", &expression).await;
    let expected: Vec<String> = seconds
        .iter()
        .map(|seconds| elapsed_words(Duration::from_secs(*seconds)))
        .collect();
    assert_eq!(said, json!(expected));
    let backwards = with_module(&window, "times", "module.elapsed(-5000)").await;
    assert_eq!(backwards, "0 s");
    window.close().await;
    house.close().await;
}

/// Ticks: one tall mark per slot of five seconds in which a sign of life arrived, short ones between, none invented.
#[test]
fn ticks_draw_only_what_arrived() {
    crate::support::run(Engine::Sqlite, ticks);
}

async fn ticks(db: Db) {
    let house = House::open(db).await;
    let window = open(&house).await;
    let draw = |seen: &[&str]| {
        let seen = json!(seen);
        format!(
            "(() => {{ const strip = document.createElement('span'); strip.hidden = true;
               for (const at of {seen}) module.beat(strip, at);
               return [strip.hidden, [...strip.children].map((mark) => mark.className).join(',')]; }})()"
        )
    };
    for (seen, expected) in [
        (&["2026-11-20T17:40:00Z"][..], json!([true, "b"])),
        (
            &["2026-11-20T17:40:00Z", "2026-11-20T17:40:00Z"][..],
            json!([true, "b"]),
        ),
        (
            &["2026-11-20T17:40:00Z", "2026-11-20T17:40:06Z"][..],
            json!([false, "b,b"]),
        ),
        (
            &["2026-11-20T17:40:00Z", "2026-11-20T17:40:16Z"][..],
            json!([false, "b,,,b"]),
        ),
        (
            &["2026-11-20T17:40:16Z", "2026-11-20T17:40:00Z"][..],
            json!([true, "b"]),
        ),
        (&["nonsense"][..], json!([true, ""])),
    ] {
        let drawn = with_module(&window, "morph", &draw(seen)).await;
        assert_eq!(drawn, expected, "{seen:?}");
    }
    let long = ["2026-11-20T17:00:00Z", "2026-11-20T17:40:00Z"];
    let drawn = with_module(&window, "morph", &draw(&long)).await;
    assert_eq!(
        drawn[1].as_str().unwrap().matches(',').count(),
        27,
        "28 slots at most"
    );
    window.close().await;
    house.close().await;
}
