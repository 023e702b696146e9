//! A row that is open is as accessible as the page around it.

use bellboard_hub::db::{Db, Engine};
use serde_json::json;

use super::super::accessible::violations;
use super::super::driver::{Look, Width};
use super::{signed_in, ten};
use crate::house::House;

#[test]
fn an_open_row_is_accessible_in_both_colours_and_widths() {
    crate::support::run(Engine::Sqlite, |db| open_row(db, Look::of(Width::Desk)));
}

#[test]
fn an_open_row_is_accessible_on_a_phone() {
    crate::support::run(Engine::Sqlite, |db| open_row(db, Look::of(Width::Phone)));
}

async fn open_row(db: Db, look: Look) {
    let house = House::open(db).await;
    let founder = house.founder().await;
    let aster = house.engagement(&founder, "Aster").await;
    let ids = ten(&house, &founder, &aster).await;
    let window = signed_in(&house, &founder, look).await;
    for theme in ["light", "dark"] {
        let path = format!("/?item=pending_shape:{}&theme={theme}", ids[1]);
        window.go(&house, &path).await;
        window.wait_for("li[aria-current] .diff").await;
        // The bars of a phone stick to its edges; what is pressed stands between them.
        let centred =
            "document.querySelector('li[aria-current]').scrollIntoView({block: 'center'})";
        window.client.execute(centred, vec![]).await.unwrap();
        window
            .click("li[aria-current] .act > details:not(.more) summary")
            .await;
        window
            .wait_for("li[aria-current] details[open] textarea")
            .await;
        window.fits().await;
        assert_eq!(violations(&window).await, json!([]), "{theme}");
        if let Some(folder) = std::env::var_os("BELLBOARD_LOOK") {
            let name = format!("home-{theme}-{:?}.png", look.width);
            std::fs::write(
                std::path::Path::new(&folder).join(name),
                window.client.screenshot().await.unwrap(),
            )
            .unwrap();
        }
    }
    window.close().await;
    house.close().await;
}
