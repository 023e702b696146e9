//! Dashboards in a browser: accessible in every width and both colours, live while they are open, usable by keyboard alone
//! and without scripts, and readable with forced colours and on paper.

use bellboard_hub::db::{Db, Engine};

use super::accessible::inspect;
use super::driver::{Look, Window};
use super::media::{MARK, Seen, TEXT, force_colours, is_seen, print};
use crate::dashboard_pages::Scene;

/// The rows before and after, in a picture with every kind of change.
const BEFORE: [(&str, f64); 5] = [
    ("Apoe clearance", 0.812),
    ("Tau spread", 0.797),
    ("Trem switch", 0.781),
    ("Gut axis", 0.744),
    ("Insulin resistance", 0.5),
];
const AFTER: [(&str, f64); 5] = [
    ("Trem switch", 0.845),
    ("Apoe clearance", 0.812),
    ("Tau spread", 0.797),
    ("Gut axis", 0.7),
    ("Lactate shuttle", 0.6),
];

/// What the figure is made of.
const FIGURE: [Seen<'static>; 10] = [
    (".slope .mv", "stroke", MARK),
    // Thin and pale on purpose: whom others have pushed.
    (".slope .pu", "stroke", 1.5),
    (".slope .go", "stroke", MARK),
    (".slope .gx", "stroke", MARK),
    (".slope .nw", "stroke", MARK),
    (".slope .nd", "stroke", MARK),
    (".slopes .bar rect", "fill", MARK),
    (".slopes .old li > span", "color", TEXT),
    (".slopes tbody th", "color", TEXT),
    (".slopes tbody td:not(.hb)", "color", TEXT),
];

/// A dashboard with three snapshots, seen by its owner.
struct Stage {
    scene: Scene,
    window: Window,
}

impl Stage {
    async fn set(db: Db, look: Look) -> Self {
        let window = Window::open(look).await;
        let scene = Scene::set(db).await;
        scene.push(&BEFORE[..4]).await;
        scene.push(&BEFORE).await;
        scene.push(&AFTER).await;
        window.sign_in(&scene.house, &scene.founder).await;
        Self { scene, window }
    }

    async fn go(&self, path: &str) {
        let path = format!("/ui/dashboards/{}{path}", self.scene.board);
        self.window.go(&self.scene.house, &path).await;
    }

    async fn close(self) {
        self.window.close().await;
        self.scene.house.close().await;
    }
}

in_each_width!(dashboards_are_accessible);

async fn dashboards_are_accessible(db: Db, look: Look) {
    let stage = Stage::set(db, look).await;
    let board = &stage.scene.board;
    let comments = format!("/ui/comments/dashboards/{board}");
    let said = "body=Is+this+right%3F&comment_type=question";
    stage.scene.browser().submit(&comments, said).await;
    let many: Vec<String> = (0..40).map(|n| format!("Row {n}")).collect();
    for (path, words) in [
        ("/ui/dashboards".to_owned(), "Trem switch took the lead"),
        ("/ui/dashboards/new".to_owned(), "Sources and their fields"),
        ("/ui/more".to_owned(), "Tech debt"),
        (format!("/ui/dashboards/{board}"), "What it answers now"),
        (
            format!("/ui/dashboards/{board}/changes"),
            "Trem switch took the lead",
        ),
        (
            format!("/ui/dashboards/{board}/snapshots"),
            "How the first ranks moved",
        ),
        (format!("/ui/dashboards/{board}/edit"), "Change Hypothesis"),
        (comments, "Is this right?"),
    ] {
        inspect(&stage.scene.house, &stage.window, &path, words).await;
    }
    let rows = |last: f64| -> Vec<(&str, f64)> {
        let numbered = many.iter().enumerate();
        numbered
            .map(|(n, name)| {
                (
                    name.as_str(),
                    if n == 20 {
                        last
                    } else {
                        100.0 - f64::from(u32::try_from(n).unwrap())
                    },
                )
            })
            .collect()
    };
    stage.scene.push(&rows(80.0)).await;
    stage.scene.push(&rows(99.5)).await;
    let changes = format!("/ui/dashboards/{board}/changes");
    inspect(
        &stage.scene.house,
        &stage.window,
        &changes,
        "rows did not change",
    )
    .await;
    assert_eq!(stage.window.console().await, Vec::<String>::new());
    stage.close().await;
}

#[test]
fn an_open_page_follows_snapshots_and_comments() {
    crate::support::run(Engine::Sqlite, follows);
}

async fn follows(db: Db) {
    let stage = Stage::set(db, Look::default()).await;
    stage.go("/changes").await;
    stage
        .window
        .wait_for_words("Trem switch took the lead")
        .await;
    let live = "document.querySelector('[data-live] .w').textContent === 'Live'";
    stage.window.wait_until(live).await;
    stage.scene.push(&BEFORE).await;
    stage
        .window
        .wait_for_words("Apoe clearance took the lead")
        .await;
    let comments = format!("/ui/comments/dashboards/{}", stage.scene.board);
    stage
        .scene
        .browser()
        .submit(&comments, "body=Back+again")
        .await;
    stage.window.wait_for_words("Back again").await;
    stage.close().await;
}

#[test]
fn two_snapshots_are_compared_by_keyboard() {
    crate::support::run(Engine::Sqlite, by_keyboard);
}

async fn by_keyboard(db: Db) {
    let stage = Stage::set(db, Look::default()).await;
    stage.go("/changes").await;
    stage.window.wait_for("[rel=prev]").await;
    let live = "document.querySelector('[data-pause]:not([hidden])')";
    stage.window.wait_until(live).await;
    stage.window.press("[").await;
    stage.window.wait_for_words("1 row is new.").await;
    stage.window.wait_for("[rel=next]").await;
    stage.window.wait_until(live).await;
    stage.window.press("]").await;
    stage
        .window
        .wait_for_words("Trem switch took the lead")
        .await;
    // The first of the list is the oldest that can be the earlier one.
    stage.window.wait_until(live).await;
    let focus = "(document.getElementById('from').focus(), true)";
    stage.window.wait_until(focus).await;
    stage.window.press("\u{e010}").await;
    stage
        .window
        .wait_for_words("2 rows changed score, 1 is new.")
        .await;
    stage.close().await;
}

#[test]
fn dashboards_are_kept_on_a_phone_without_scripts() {
    crate::support::run(Engine::Sqlite, without_scripts);
}

async fn without_scripts(db: Db) {
    let stage = Stage::set(db, Look::PHONE_WITHOUT_SCRIPTS).await;
    let window = &stage.window;
    window.click(".tabs a[href='/ui/dashboards']").await;
    window.wait_for("#dashboards").await;
    window.fits().await;
    window.touch("#dashboards .name").await;
    window.wait_for("#changes .slope").await;
    window.wait_for_words("Trem switch took the lead").await;
    window.fits().await;
    window.touch("[rel=prev]").await;
    window.wait_for_words("1 row is new.").await;
    window.touch(".seg a[href$='/snapshots']").await;
    window.wait_for("#snapshots").await;
    window.fits().await;
    window.touch("#snapshots footer .btn").await;
    window.wait_for_words("Trem switch took the lead").await;
    window.touch(".head form .btn").await;
    window.wait_for_words("A snapshot was taken.").await;
    window.wait_for_words("Nothing changed.").await;
    window.touch("#say-body").await;
    window.press("Seen").await;
    window.touch("#thread .btn.pri").await;
    window.wait_for("#thread .md").await;
    window.fits().await;
    stage.close().await;
}

#[test]
fn the_figure_is_read_with_forced_colours_and_on_paper() {
    crate::support::run(Engine::Sqlite, other_media);
}

async fn other_media(db: Db) {
    let stage = Stage::set(db, Look::default()).await;
    let window = &stage.window;
    stage.go("/changes?theme=dark").await;
    window.wait_for(".slope .mv").await;
    is_seen(window, &FIGURE).await;
    for scheme in ["light", "dark"] {
        force_colours(window, scheme).await;
        is_seen(window, &FIGURE).await;
        let stroke = "(of => getComputedStyle(document.querySelector(of)).stroke)";
        let differ = format!("{stroke}('.slope .mv') !== {stroke}('.slope .pu')");
        assert_eq!(window.value(&differ).await, true, "{scheme}");
    }
    print(window).await;
    is_seen(window, &FIGURE).await;
    let shown = |of: &str| format!("!!document.querySelector('{of}')?.getClientRects().length");
    for (of, expected) in [
        (".slopes table", true),
        (".answer h2", true),
        ("#from", false),
        (".seg", false),
        (".head .btn", false),
        ("#say-body", false),
    ] {
        assert_eq!(window.value(&shown(of)).await, expected, "{of}");
    }
    stage.close().await;
}
