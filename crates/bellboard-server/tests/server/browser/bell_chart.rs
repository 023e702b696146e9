//! The picture of the back-test with forced colours and on paper.

use bellboard_hub::db::{Db, Engine};

use super::bells::Place;
use super::driver::Look;
use super::media::{MARK, QUIET, Seen, TEXT, force_colours, is_seen, print};
use crate::dashboard_pages::Scene;

/// What the picture is made of.
const PICTURE: [Seen<'static>; 10] = [
    (".bt .gr", "stroke", QUIET),
    (".bt .stem", "stroke", MARK),
    (".bt .th", "stroke", MARK),
    (".bt .rg", "stroke", MARK),
    (".bt .rgd", "fill", MARK),
    (".bt .lb", "fill", TEXT),
    (".bt .ax", "fill", TEXT),
    (".ladder rect", "fill", MARK),
    (".ladder label", "color", TEXT),
    (".rings .d", "color", TEXT),
];

#[test]
fn the_back_test_is_read_with_forced_colours_and_on_paper() {
    crate::support::run(Engine::Sqlite, other_media);
}

async fn other_media(db: Db) {
    let place = Place::of(Scene::set(db).await, Look::default()).await;
    let window = &place.window;
    let rule = "match=any&kind-0=value&on-0=1&field-0=score&n-0=10&kind-1=order&on-1=1&n-1=2";
    place
        .go(&format!("{}?{rule}&theme=dark", place.bells()))
        .await;
    window.wait_for(".bt .lb").await;
    is_seen(window, &PICTURE).await;
    for scheme in ["light", "dark"] {
        force_colours(window, scheme).await;
        is_seen(window, &PICTURE).await;
        let differ = "(of => getComputedStyle(document.querySelector(of)).stroke)";
        let differ = format!("{differ}('.bt .rg') !== {differ}('.bt .stem')");
        assert_eq!(window.value(&differ).await, true, "{scheme}");
    }
    print(window).await;
    is_seen(window, &PICTURE).await;
    place.close().await;
}
