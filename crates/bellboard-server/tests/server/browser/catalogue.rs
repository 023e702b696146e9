//! The pages of the catalogue in a real browser: domains by keyboard and by hand, the dialog that has an address, and the
//! filter that stays.

use bellboard_hub::db::{Db, Engine};
use reqwest::StatusCode;
use serde_json::{Value, json};

use super::accessible::inspect;
use super::asks::tab_to;
use super::driver::{Look, Window};
use super::keys::{ENTER, ESCAPE};
use crate::house::{House, Person, body};

/// The domain that the filter shows.
pub const CHOSEN: &str = "document.getElementById('f-domain').value";

/// A hub with two domains, in one of which there is something of everything.
pub struct Place {
    pub house: House,
    pub founder: Person,
    pub window: Window,
}

impl Place {
    pub async fn open(db: Db, look: Look) -> Self {
        let house = House::open(db).await;
        let founder = house.founder().await;
        house.engagement(&founder, "Aster Bank").await;
        let window = Window::open(look).await;
        window.sign_in(&house, &founder).await;
        let place = Self {
            house,
            founder,
            window,
        };
        for (path, what) in [
            (
                "/domains",
                json!({"slug": "railiance", "name": "Railiance", "description": "Trains"}),
            ),
            (
                "/domains",
                json!({"slug": "markitect", "name": "Markitect"}),
            ),
            (
                "/topics",
                json!({"domain": "railiance", "slug": "tracks", "title": "Tracks"}),
            ),
            (
                "/repos",
                json!({"domain": "railiance", "name": "rail-hub", "local_path": "/srv/git/rail-hub"}),
            ),
            (
                "/repos",
                json!({"domain": "railiance", "name": "docs", "remote_url": "https://git.example.com/rail/docs"}),
            ),
            (
                "/extension-points",
                json!({"domain": "railiance", "ep_id": "EP-1", "title": "More trains", "priority": "critical"}),
            ),
            (
                "/technical-debt",
                json!({"domain": "railiance", "td_id": "TD-1", "title": "Old rails", "location": "src/rails.rs"}),
            ),
            (
                "/technical-debt",
                json!({"domain": "markitect", "td_id": "TD-2", "title": "Old stalls", "status": "resolved"}),
            ),
        ] {
            place.made(path, what).await;
        }
        place
    }

    pub async fn go(&self, path: &str) {
        self.window.go(&self.house, path).await;
        self.window.wait_for("h1").await;
    }

    /// The path and query of the page.
    pub async fn address(&self) -> String {
        let address = self
            .window
            .value("location.pathname + location.search")
            .await;
        address.as_str().unwrap().to_owned()
    }

    pub async fn made(&self, path: &str, what: Value) {
        let request = self.house.post(&self.founder, path, &what);
        body(request, StatusCode::CREATED).await;
    }

    pub async fn shown(&self, path: &str) -> Value {
        body(self.house.get(&self.founder, path), StatusCode::OK).await
    }

    /// Inspects each of these pages once it shows the words beside it.
    pub async fn inspect(&self, pages: &[(&str, &str)]) {
        for (path, words) in pages {
            inspect(&self.house, &self.window, path, words).await;
        }
    }

    /// Narrows a list to Railiance by keyboard, upon which these words leave it; the others stay also after a reload.
    pub async fn narrow(&self, list: &str, gone: &str, left: &str) {
        let window = &self.window;
        assert_eq!(window.value(CHOSEN).await, "", "all by default");
        tab_to(window, "#f-domain").await;
        window.press("R").await;
        window
            .wait_until("location.search.includes('domain=railiance')")
            .await;
        let left_it = format!("!document.getElementById('{list}').innerText.includes('{gone}')");
        window.wait_until(&left_it).await;
        window.client.refresh().await.unwrap();
        window.wait_for_words(left).await;
        assert_eq!(window.value(CHOSEN).await, "railiance");
    }

    async fn domain(&self, slug: &str) -> Value {
        self.shown(&format!("/domains/{slug}")).await
    }

    pub async fn close(self) {
        assert_eq!(self.window.console().await, Vec::<String>::new());
        self.window.close().await;
        self.house.close().await;
    }
}

#[test]
fn p4_1_a_domain_is_made_renamed_and_archived_by_keyboard_alone() {
    crate::support::run(Engine::Sqlite, by_keyboard);
}

async fn by_keyboard(db: Db) {
    let place = Place::open(db, Look::default()).await;
    let window = &place.window;
    place.go("/").await;
    window.press("gd").await;
    window.wait_for("#domains").await;
    assert_eq!(place.address().await, "/ui/domains");
    tab_to(window, "a[href='#new-name']").await;
    window.press(ENTER).await;
    window
        .wait_until("document.activeElement.matches('#new-domain[open] [name=name]')")
        .await;
    window.press("Harbour").await;
    tab_to(window, "#new-domain [name=slug]").await;
    window.press("railiance").await;
    window.press(ENTER).await;
    // It is refused beside what was typed, which is still there to be put right.
    window.wait_for("#new-domain [role=alert]").await;
    assert_eq!(
        window
            .value("document.querySelector('#new-domain [name=name]').value")
            .await,
        "Harbour"
    );
    tab_to(window, "#new-domain [name=slug]").await;
    window.press("\u{e009}a\u{e000}harbour").await;
    window.press(ENTER).await;
    window.wait_for("dialog:modal").await;
    window.wait_for_words("The domain was made.").await;
    assert_eq!(place.domain("harbour").await["name"], "Harbour");
    // A refused form is told by the console; that line is expected.
    drop(window.console().await);

    tab_to(window, "dialog summary").await;
    window.press(ENTER).await;
    tab_to(window, "dialog [name=slug]").await;
    window.press("\u{e009}a\u{e000}port").await;
    window.press(ENTER).await;
    window
        .wait_for_words("Renamed. The former slug still leads here.")
        .await;
    assert_eq!(
        place.address().await,
        "/ui/domains?domain=port&at=aster-bank&did=renamed"
    );
    tab_to(window, "dialog .danger").await;
    window.press(ENTER).await;
    window
        .wait_for_words("Archived. What belongs to it is kept.")
        .await;
    assert_eq!(place.domain("port").await["status"], "archived");
    window.press(ESCAPE).await;
    window.wait_until("!document.querySelector('dialog')").await;
    assert_eq!(place.address().await, "/ui/domains");
    let shown = window.text("#domains").await;
    assert!(!shown.contains("Harbour"), "{shown}");
    place.close().await;
}

#[test]
fn p4_1_the_dialog_has_an_address_and_gives_the_focus_back() {
    crate::support::run(Engine::Sqlite, dialog);
}

async fn dialog(db: Db) {
    let place = Place::open(db, Look::default()).await;
    let window = &place.window;
    place.go("/ui/domains?status=all").await;
    window.click(".dom a[href*='domain=railiance']").await;
    window.wait_for("dialog:modal").await;
    let address = place.address().await;
    assert_eq!(address, "/ui/domains?status=all&domain=railiance");
    let said = window.text("dialog").await;
    for words in [
        "rail-hub",
        "/srv/git/rail-hub",
        "git.example.com/rail/docs",
        "tracks",
    ] {
        assert!(said.contains(words), "{words}: {said}");
    }
    let focus = "document.activeElement.getAttribute('aria-label')";
    assert_eq!(window.value(focus).await, "Close");
    window.press(ESCAPE).await;
    window.wait_until("!document.querySelector('dialog')").await;
    assert_eq!(place.address().await, "/ui/domains?status=all");
    let focus = "document.activeElement.innerText";
    assert_eq!(window.value(focus).await, "Railiance");
    // The address alone opens it, back and forth and after a reload.
    window.client.back().await.unwrap();
    window.wait_for("dialog:modal").await;
    window.client.refresh().await.unwrap();
    window.wait_for("dialog:modal").await;
    window.click("dialog [data-close]").await;
    window.wait_until("!document.querySelector('dialog')").await;
    place.go(&address).await;
    window.wait_for("dialog:modal").await;
    window.click("dialog a[href='/ui/domains/railiance']").await;
    window.wait_for("#domain h1").await;
    assert_eq!(place.address().await, "/ui/domains/railiance");
    // What others change is seen without a reload.
    place.go("/ui/domains").await;
    window.is_live().await;
    let made = json!({"slug": "harbour", "name": "Harbour"});
    place.made("/domains", made).await;
    window.wait_for("a[href*='domain=harbour']").await;
    place.close().await;
}

#[test]
fn p4_2_the_filter_stays_over_reload_and_navigation() {
    crate::support::run(Engine::Sqlite, filter);
}

async fn filter(db: Db) {
    let place = Place::open(db, Look::default()).await;
    let window = &place.window;
    place.go("/ui/technical-debt").await;
    window.wait_for_words("Old stalls").await;
    place.narrow("entries", "Old stalls", "Old rails").await;
    window.click(".side a[href^='/ui/extension-points']").await;
    window.wait_for_words("More trains").await;
    assert_eq!(
        place.address().await,
        "/ui/extension-points?domain=railiance"
    );
    assert_eq!(window.value(CHOSEN).await, "railiance");
    window.client.back().await.unwrap();
    window.wait_for_words("Old rails").await;
    tab_to(window, "#f-domain").await;
    window.press("A").await;
    window.wait_for_words("Old stalls").await;
    place.close().await;
}

#[test]
fn domains_are_kept_on_a_phone_without_scripts() {
    crate::support::run(Engine::Sqlite, without_scripts);
}

async fn without_scripts(db: Db) {
    let place = Place::open(db, Look::PHONE_WITHOUT_SCRIPTS).await;
    let window = &place.window;
    window.click(".tabs a[href='/ui/more']").await;
    window.wait_for(".links").await;
    window.fits().await;
    window.touch(".links a[href='/ui/domains']").await;
    window.wait_for("#domains").await;
    window.fits().await;
    window.touch("#new-domain > summary").await;
    window.touch("#new-domain [name=name]").await;
    window.press("Harbour").await;
    window.touch("#new-domain [name=slug]").await;
    window.press("harbour").await;
    window.touch("#new-domain .btn.pri").await;
    window.wait_for_words("The domain was made.").await;
    window.fits().await;
    window.touch("dialog summary").await;
    window.touch("dialog [name=name]").await;
    window.press(" and quays").await;
    window.touch("dialog .btn.pri").await;
    window.wait_for_words("Renamed.").await;
    assert_eq!(place.domain("harbour").await["name"], "Harbour and quays");
    window.touch("dialog [data-close]").await;
    window.wait_for("body:not(:has(dialog))").await;
    window.touch(".narrow a[href='/ui/technical-debt']").await;
    window.wait_for_words("Old stalls").await;
    window.fits().await;
    window.touch("#f-domain").await;
    window.press("Mark").await;
    window.touch("form[data-scope] .btn").await;
    window.wait_for("option[value=markitect][selected]").await;
    let shown = window.text("#entries").await;
    assert!(
        shown.contains("Old stalls") && !shown.contains("Old rails"),
        "{shown}"
    );
    place.close().await;
}

in_each_width!(the_catalogue_is_accessible);

async fn the_catalogue_is_accessible(db: Db, look: Look) {
    let place = Place::open(db, look).await;
    let pages = [
        ("/ui/domains", "New domain"),
        (
            "/ui/domains?status=archived",
            "No domain has been archived.",
        ),
        (
            "/ui/domains?domain=railiance",
            "Archive its active topic first",
        ),
        (
            "/ui/domains?domain=never",
            "No domain of yours is called never.",
        ),
        ("/ui/domains/railiance", "Rename"),
        ("/ui/extension-points", "More trains"),
        ("/ui/technical-debt?domain=railiance", "src/rails.rs"),
        ("/ui/technical-debt?status=deferred", "Nothing matches"),
        ("/ui/extension-points/EP-1", "Change it"),
        ("/ui/technical-debt/TD-1", "src/rails.rs"),
    ];
    place.inspect(&pages).await;
    place.close().await;
}
