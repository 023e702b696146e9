//! Extension points and technical debts on their pages: written down, looked at and changed with plain forms.

use bellboard_hub::db::Db;
use reqwest::StatusCode;
use serde_json::{Value, json};

use crate::pages::Browser;
use crate::planning::{Scene, has, lacks};

on_each_engine!(
    p4_2_an_extension_point_is_written_down_with_a_plain_form,
    p4_2_an_extension_point_is_changed_with_a_plain_form,
    p4_2_a_technical_debt_is_written_down_and_changed_with_plain_forms,
    a_form_that_is_refused_says_why_and_keeps_what_was_typed,
    who_only_reads_sees_the_entry_and_no_form,
    one_key_in_two_engagements_leads_to_its_own_page,
    an_entry_of_an_archived_domain_can_still_be_changed,
    an_extension_point_of_an_archived_topic_can_still_be_changed,
    the_details_of_a_domain_name_its_topics,
);

async fn p4_2_an_extension_point_is_written_down_with_a_plain_form(db: Db) {
    let scene = Scene::set(db).await;
    for (path, what) in [
        (
            "/topics",
            json!({ "domain": "railiance", "slug": "tracks", "title": "Tracks" }),
        ),
        (
            "/workstreams",
            json!({ "domain": "railiance", "slug": "lay", "title": "Lay" }),
        ),
    ] {
        scene.made(path, what).await;
    }
    let list = scene.page("/ui/extension-points?domain=railiance").await;
    has(
        &list,
        &[
            "href=\"#new-key\">New extension point",
            "<option value=\"railiance\" selected>Railiance</option>",
            "<option value=\"medium\" selected>Medium</option>",
            "<option value=\"mcp\">MCP</option>",
            "name=\"workstream\"",
        ],
    );
    let fields = "at=aster-bank&key=EP-7&title=More+%3Ctrains%3E&domain=railiance&of_type=api&status=open&weight=high\
                  &location=src%2Fmain.rs&description=&topic=tracks&workstream=lay";
    let place = scene.browser().submit("/ui/extension-points", fields).await;
    assert_eq!(place, "/ui/extension-points/EP-7?at=aster-bank&did=made");
    let page = scene.page(&place).await;
    has(
        &page,
        &[
            "Written down.",
            "<h1 class=\"title\">More &#60;trains&#62;",
            "<option value=\"api\" selected>API</option>",
            "<option value=\"high\" selected>High</option>",
            "href=\"/ui/workstreams/lay?at=aster-bank\">lay</a>",
            "High priority",
            "action=\"/ui/extension-points/EP-7\"",
        ],
    );
    let made = scene.shown("/extension-points/EP-7").await;
    assert_eq!(
        (
            &made["type"],
            &made["priority"],
            &made["topic"],
            &made["location"]
        ),
        (
            &json!("api"),
            &json!("high"),
            &json!("tracks"),
            &json!("src/main.rs")
        )
    );
    scene.house.close().await;
}

async fn p4_2_an_extension_point_is_changed_with_a_plain_form(db: Db) {
    let scene = Scene::set(db).await;
    let topic = json!({ "domain": "railiance", "slug": "tracks", "title": "Tracks" });
    scene.made("/topics", topic).await;
    let point = json!({ "domain": "railiance", "ep_id": "EP-7", "title": "More trains", "topic": "tracks",
                        "location": "src/main.rs" });
    scene.made("/extension-points", point).await;
    let fields = "at=aster-bank&title=Fewer+trains&domain=markitect&of_type=schema&status=addressed&weight=low\
                  &location=&description=Done+so&topic=&workstream=";
    let place = scene
        .browser()
        .submit("/ui/extension-points/EP-7", fields)
        .await;
    assert_eq!(place, "/ui/extension-points/EP-7?at=aster-bank&did=changed");
    has(
        &scene.page(&place).await,
        &["Changed.", "Addressed", "Done so"],
    );
    let changed = scene.shown("/extension-points/EP-7").await;
    for (field, expected) in [
        ("title", json!("Fewer trains")),
        ("domain", json!("markitect")),
        ("status", json!("addressed")),
        ("location", json!("")),
        ("topic", Value::Null),
        ("workstream", Value::Null),
    ] {
        assert_eq!(changed[field], expected, "{field}");
    }
    let list = scene.page("/ui/extension-points").await;
    has(
        &list,
        &["href=\"/ui/extension-points/EP-7\">Fewer trains</a>"],
    );
    scene.house.close().await;
}

async fn p4_2_a_technical_debt_is_written_down_and_changed_with_plain_forms(db: Db) {
    let scene = Scene::set(db).await;
    let list = scene.page("/ui/technical-debt").await;
    has(&list, &["New technical debt", "<label>Severity<select"]);
    lacks(&list, &["name=\"workstream\"", "name=\"topic\""]);
    let fields = "at=aster-bank&key=TD-1&title=Old+rails&domain=railiance&of_type=test&status=open&weight=critical";
    let place = scene.browser().submit("/ui/technical-debt", fields).await;
    assert_eq!(place, "/ui/technical-debt/TD-1?at=aster-bank&did=made");
    has(
        &scene.page(&place).await,
        &["<span class=\"tag red\">Critical severity</span>"],
    );
    let fields =
        "at=aster-bank&title=Old+rails&domain=railiance&of_type=test&status=resolved&weight=low";
    scene
        .browser()
        .submit("/ui/technical-debt/TD-1", fields)
        .await;
    let debt = scene.shown("/technical-debt/TD-1").await;
    assert_eq!(
        (&debt["status"], &debt["severity"]),
        (&json!("resolved"), &json!("low"))
    );
    scene.house.close().await;
}

async fn a_form_that_is_refused_says_why_and_keeps_what_was_typed(db: Db) {
    let scene = Scene::set(db).await;
    let path = "/ui/extension-points";
    let unknown =
        "at=aster-bank&key=EP-1&title=More&domain=never&of_type=api&status=open&weight=low";
    let page = scene
        .refused(path, unknown, StatusCode::UNPROCESSABLE_ENTITY)
        .await;
    has(
        &page,
        &[
            "<details class=\"card\" id=\"new-entry\" open data-keep>",
            "role=\"alert\">Domain: ",
            "railiance",
            "Nothing was made.",
            "value=\"EP-1\"",
            "<option value=\"low\" selected>Low</option>",
        ],
    );
    let bad = "at=aster-bank&key=E+P&title=More&domain=railiance";
    let page = scene
        .refused(path, bad, StatusCode::UNPROCESSABLE_ENTITY)
        .await;
    has(&page, &["role=\"alert\">Key: ", "value=\"E P\""]);
    let good = "at=aster-bank&key=EP-1&title=More&domain=railiance";
    scene.browser().submit(path, good).await;
    let page = scene.refused(path, good, StatusCode::CONFLICT).await;
    has(&page, &["role=\"alert\">", "EP-1"]);
    let change = "at=aster-bank&title=&domain=railiance&status=open&weight=low&of_type=sleeping&location=%3Chere%3E";
    let page = scene
        .refused(
            "/ui/extension-points/EP-1",
            change,
            StatusCode::UNPROCESSABLE_ENTITY,
        )
        .await;
    has(&page, &["Nothing was changed.", "value=\"&#60;here&#62;\""]);
    assert_eq!(scene.shown("/extension-points/EP-1").await["title"], "More");
    let missing = "at=aster-bank&title=More&domain=railiance";
    scene
        .refused("/ui/technical-debt/TD-9", missing, StatusCode::NOT_FOUND)
        .await;
    scene.house.close().await;
}

async fn who_only_reads_sees_the_entry_and_no_form(db: Db) {
    let scene = Scene::set(db).await;
    let debt = json!({ "domain": "railiance", "td_id": "TD-1", "title": "Old rails", "description": "Rust" });
    scene.made("/technical-debt", debt).await;
    let reader = scene
        .house
        .member(&scene.founder, &scene.engagement, "Rita", &["reader"])
        .await;
    let browser = Browser::of(&scene.house, &reader).await;
    let list = browser.page("/ui/technical-debt").await;
    has(&list, &["href=\"/ui/technical-debt/TD-1\""]);
    lacks(&list, &["New technical debt"]);
    let page = browser.page("/ui/technical-debt/TD-1").await;
    has(&page, &["Old rails", "Rust"]);
    lacks(&page, &["Change it", "Save"]);
    let change = "at=aster-bank&title=New+rails&domain=railiance";
    let answer = browser.post("/ui/technical-debt/TD-1", change).await;
    assert_eq!(answer.status(), StatusCode::FORBIDDEN);
    let made = browser
        .post("/ui/technical-debt", &format!("{change}&key=TD-2"))
        .await;
    assert_eq!(made.status(), StatusCode::FORBIDDEN);
    let stranger = scene.house.human(&scene.founder, "Stan").await;
    let browser = Browser::of(&scene.house, &stranger).await;
    for path in ["/ui/technical-debt/TD-1", "/ui/technical-debt/TD-9"] {
        assert_eq!(browser.open(path).await.status(), StatusCode::NOT_FOUND);
    }
    scene.house.close().await;
}

async fn one_key_in_two_engagements_leads_to_its_own_page(db: Db) {
    let scene = Scene::set(db).await;
    scene.house.engagement(&scene.founder, "Northrail").await;
    let domain = json!({ "slug": "north", "name": "North", "engagement": "northrail" });
    scene.made("/domains", domain).await;
    for (at, domain, title) in [
        ("aster-bank", "railiance", "Old rails"),
        ("northrail", "north", "Old ice"),
    ] {
        let debt = json!({ "domain": domain, "td_id": "TD-1", "title": title, "engagement": at });
        scene.made("/technical-debt", debt).await;
    }
    let list = scene.page("/ui/technical-debt").await;
    has(
        &list,
        &[
            "<label>Engagement<select",
            "<option value=\"northrail\">Northrail</option>",
        ],
    );
    for (at, title) in [("aster-bank", "Old rails"), ("northrail", "Old ice")] {
        let address = format!("/ui/technical-debt/TD-1?at={at}");
        has(&list, &[&format!("href=\"{address}\">{title}</a>")]);
        let page = scene.page(&address).await;
        has(&page, &[&format!("<h1 class=\"title\">{title}")]);
    }
    let north = scene.page("/ui/technical-debt/TD-1?at=northrail").await;
    lacks(&north, &["<option value=\"railiance\""]);
    let change = "at=northrail&title=New+ice&domain=north&of_type=other&status=open&weight=low";
    scene
        .browser()
        .submit("/ui/technical-debt/TD-1", change)
        .await;
    let aster = scene
        .shown("/technical-debt/TD-1?engagement=aster-bank")
        .await;
    assert_eq!(aster["title"], "Old rails");
    let either = scene.browser().open("/ui/technical-debt/TD-1").await;
    assert_eq!(either.status(), StatusCode::CONFLICT);
    scene.house.close().await;
}

async fn an_entry_of_an_archived_domain_can_still_be_changed(db: Db) {
    let scene = Scene::set(db).await;
    let debt = json!({ "domain": "railiance", "td_id": "TD-1", "title": "Old rails" });
    scene.made("/technical-debt", debt).await;
    let archive = "at=aster-bank&from=page";
    scene
        .browser()
        .submit("/ui/domains/railiance/archive", archive)
        .await;
    let page = scene.page("/ui/technical-debt/TD-1").await;
    has(
        &page,
        &["<option value=\"railiance\" selected>Railiance, archived</option>"],
    );
    let change = "at=aster-bank&title=Old+rails&domain=railiance&was_in=railiance&of_type=other&status=wont_fix&weight=low";
    scene
        .browser()
        .submit("/ui/technical-debt/TD-1", change)
        .await;
    assert_eq!(
        scene.shown("/technical-debt/TD-1").await["status"],
        "wont_fix"
    );
    scene.house.close().await;
}

async fn an_extension_point_of_an_archived_topic_can_still_be_changed(db: Db) {
    let scene = Scene::set(db).await;
    let topic = json!({ "domain": "railiance", "slug": "tracks", "title": "Tracks" });
    scene.made("/topics", topic).await;
    let lay = json!({ "domain": "railiance", "slug": "lay", "title": "Lay" });
    scene.made("/workstreams", lay).await;
    let point = json!({ "domain": "railiance", "ep_id": "EP-1", "title": "More trains", "topic": "tracks",
                        "workstream": "lay" });
    scene.made("/extension-points", point).await;
    let archived = scene.changed("/topics/tracks/archive", json!({})).await;
    assert_eq!(archived["status"], "archived");
    let status = json!({ "status": "archived" });
    scene.changed("/workstreams/lay", status).await;
    let page = scene.page("/ui/extension-points/EP-1").await;
    has(
        &page,
        &["name=\"topic\"", "value=\"tracks\"", "value=\"lay\""],
    );
    // As the form has it, with nothing touched but the status.
    let change = "at=aster-bank&title=More+trains&domain=railiance&was_in=railiance&of_type=other&status=deferred\
                  &weight=medium&topic=tracks&workstream=lay";
    scene
        .browser()
        .submit("/ui/extension-points/EP-1", change)
        .await;
    let seen = async |field: &str| scene.shown("/extension-points/EP-1").await[field].clone();
    assert_eq!(seen("status").await, "deferred");
    // A program that says nothing of them leaves them as they are.
    let title = json!({ "title": "Fewer trains" });
    scene.changed("/extension-points/EP-1", title).await;
    assert_eq!(
        (
            seen("title").await,
            seen("topic").await,
            seen("workstream").await
        ),
        (json!("Fewer trains"), json!("tracks"), json!("lay"))
    );
    scene.house.close().await;
}

async fn the_details_of_a_domain_name_its_topics(db: Db) {
    let scene = Scene::set(db).await;
    let none = scene.page("/ui/domains/railiance").await;
    lacks(&none, &["aria-label=\"Topics\""]);
    for number in 0..21 {
        let slug = format!("topic-{number:02}");
        let topic =
            json!({ "domain": "railiance", "slug": slug, "title": format!("Track {number}") });
        scene.made("/topics", topic).await;
    }
    let page = scene.page("/ui/domains/railiance").await;
    assert_eq!(page.matches("<span class=\"tag\">topic</span>").count(), 20);
    has(
        &page,
        &[
            "<b>Track 20</b><span class=\"mono\">topic-20</span>",
            "1 more: <code class=\"mono\">GET /topics?domain=railiance</code>",
            "Archive its 21 active topics first: topic-20, ",
        ],
    );
    scene.house.close().await;
}
