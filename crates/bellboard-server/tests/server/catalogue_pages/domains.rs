//! The domains, the details of one, and the forms that change them.

use bellboard_hub::db::Db;
use reqwest::StatusCode;
use serde_json::json;

use crate::house::body;
use crate::pages::Browser;
use crate::planning::{Scene, has, lacks};

on_each_engine!(
    p4_1_the_domains_page_shows_figures_cards_and_repos,
    p4_1_the_details_of_a_domain_have_an_address_of_their_own,
    p4_1_domains_are_made_renamed_and_archived_with_plain_forms,
    a_form_that_is_refused_says_why_and_keeps_what_was_typed,
    who_only_reads_is_offered_no_forms,
    one_slug_in_two_engagements_is_told_apart_on_the_pages,
);

async fn p4_1_the_domains_page_shows_figures_cards_and_repos(db: Db) {
    let scene = Scene::set(db).await;
    for (name, more) in [
        ("one", json!({ "local_path": "/srv/git/one" })),
        (
            "two",
            json!({ "remote_url": "https://git.example.com/two" }),
        ),
        (
            "three",
            json!({ "remote_url": "git@git.example.com:three.git" }),
        ),
        ("four", json!({})),
    ] {
        let mut repo = json!({ "domain": "railiance", "name": name });
        let more = more.as_object().unwrap().clone();
        repo.as_object_mut().unwrap().extend(more);
        scene.made("/repos", repo).await;
    }
    let point = json!({ "domain": "railiance", "ep_id": "EP-1", "title": "More" });
    scene.made("/extension-points", point).await;
    let page = scene.page("/ui/domains").await;
    lacks(&page, &["Plans read"]);
    has(
        &page,
        &[
            "aria-current=\"page\"><svg class=\"i\" aria-hidden=\"true\"><use href=\"#grid\"",
            "<dt>Active domains</dt><dd>2 <small>0 archived</small>",
            "<dt>Repositories</dt><dd>4 <small>in 1 domain</small>",
            "<dt>Open workstreams</dt><dd>0 <small>no task is blocked</small>",
            "<dt>Newest domain</dt><dd>The &#60;market&#62;",
            "<dt>repos</dt><dd>4</dd>",
            "<dt>ext. points</dt><dd>1</dd>",
            "href=\"https://git.example.com/two\"",
            ">git.example.com/two</a>",
            "git@git.example.com:three.git",
            "1 more repository",
            "bellboard repos add . --domain markitect",
            "New domain",
        ],
    );
    lacks(&page, &["<market>", "<dialog", "href=\"git@"]);
    let nothing = scene.page("/ui/domains?status=archived").await;
    has(&nothing, &["No domain has been archived."]);
    lacks(&nothing, &["Railiance</a>"]);
    let all = scene.page("/ui/domains?status=all&e=aster-bank").await;
    has(
        &all,
        &[
            "Railiance</a>",
            "href=\"/ui/domains?status=archived&#38;e=aster-bank\"",
        ],
    );
    let refused = scene.browser().open("/ui/domains?status=sleeping").await;
    assert_eq!(refused.status(), StatusCode::UNPROCESSABLE_ENTITY);
    let home = scene.page("/").await;
    has(
        &home,
        &["href=\"/ui/domains\"", "href=\"/ui/technical-debt\""],
    );
    scene.house.close().await;
}

async fn p4_1_the_details_of_a_domain_have_an_address_of_their_own(db: Db) {
    let scene = Scene::set(db).await;
    let repo = json!({ "domain": "railiance", "name": "hub", "local_path": "/srv/hub" });
    scene.made("/repos", repo).await;
    for slug in ["tracks", "signals"] {
        let topic = json!({ "domain": "railiance", "slug": slug, "title": slug });
        scene.made("/topics", topic).await;
    }
    let list = scene.page("/ui/domains").await;
    has(&list, &["href=\"/ui/domains?domain=railiance\""]);
    let open = scene.page("/ui/domains?domain=railiance").await;
    let same = [
        "Railiance <span class=\"tag\">active</span>",
        "/srv/hub",
        "href=\"/ui/extension-points?domain=railiance\"",
        "href=\"/ui/technical-debt?domain=railiance\"",
        "Archive its 2 active topics first: signals, tracks.",
        "aria-disabled=\"true\" aria-describedby=\"held-by\">Archive",
        "action=\"/ui/domains/railiance/rename\"",
    ];
    has(&open, &same);
    has(
        &open,
        &[
            "<dialog class=\"wide\" open",
            "href=\"/ui/domains/railiance\">Open page",
            "href=\"/ui/domains#domain-",
        ],
    );
    lacks(
        &open,
        &[
            "action=\"/ui/domains/railiance/archive\"><div class=\"box\"><input type=\"hidden\" name=\"at\" value=\"aster-bank\"><button class=\"btn danger\">",
        ],
    );
    let page = scene.page("/ui/domains/railiance").await;
    has(&page, &same);
    has(&page, &["<h1 class=\"title\" id=\"h-domain\">"]);
    lacks(&page, &["<dialog", "Open page"]);
    by_a_new_slug_and_by_none(&scene).await;
    scene.house.close().await;
}

/// Its former address leads to the new one; that of no domain says so.
async fn by_a_new_slug_and_by_none(scene: &Scene) {
    let rename = json!({ "new_slug": "rail" });
    let request = scene
        .house
        .request(reqwest::Method::PATCH, "/domains/railiance/rename")
        .bearer_auth(&scene.founder.token);
    let domain = body(request.json(&rename), StatusCode::OK).await;
    assert_eq!(
        scene
            .moved("/ui/domains/railiance", StatusCode::PERMANENT_REDIRECT)
            .await,
        "/ui/domains/rail"
    );
    assert_eq!(
        scene
            .moved(
                "/ui/domains?status=all&domain=railiance",
                StatusCode::PERMANENT_REDIRECT
            )
            .await,
        "/ui/domains?status=all&domain=rail"
    );
    let by_id = format!("/ui/domains/{}", domain["id"].as_str().unwrap());
    has(
        &scene.page(&by_id).await,
        &["<span class=\"mono\">rail</span>"],
    );
    let unknown = scene.page("/ui/domains?domain=never").await;
    has(
        &unknown,
        &["No domain of yours is called never.", "Show all"],
    );
    lacks(&unknown, &["<dialog"]);
    let unknown = scene.browser().open("/ui/domains/never").await;
    assert_eq!(unknown.status(), StatusCode::NOT_FOUND);
}

async fn p4_1_domains_are_made_renamed_and_archived_with_plain_forms(db: Db) {
    let scene = Scene::set(db).await;
    let fields = "from=list&at=aster-bank&name=Harbour&slug=harbour&description=Ships";
    let place = scene.browser().submit("/ui/domains", fields).await;
    assert_eq!(place, "/ui/domains?domain=harbour&at=aster-bank&did=made");
    let open = scene.page(&place).await;
    has(
        &open,
        &[
            "The domain was made.",
            "Harbour <span class=\"tag\">active</span>",
            "· Ships",
        ],
    );
    let fields = "from=list&status=all&e=&at=aster-bank&name=The+harbour&slug=port";
    let place = scene
        .browser()
        .submit("/ui/domains/harbour/rename", fields)
        .await;
    assert_eq!(
        place,
        "/ui/domains?status=all&domain=port&at=aster-bank&did=renamed"
    );
    has(
        &scene.page(&place).await,
        &["Renamed. The former slug still leads here.", "The harbour"],
    );
    assert_eq!(scene.shown("/domains/port").await["name"], "The harbour");
    // From its own page the way leads back there; the former slug will do in a form too.
    let fields = "from=page&at=&name=Port&slug=port";
    let place = scene
        .browser()
        .submit("/ui/domains/harbour/rename", fields)
        .await;
    assert_eq!(place, "/ui/domains/port?did=renamed");
    let fields = "from=page&at=";
    let place = scene
        .browser()
        .submit("/ui/domains/port/archive", fields)
        .await;
    assert_eq!(place, "/ui/domains/port?did=archived");
    let page = scene.page(&place).await;
    has(
        &page,
        &[
            "Archived. What belongs to it is kept.",
            "<span class=\"tag\">archived</span>",
        ],
    );
    lacks(&page, &["action=\"/ui/domains/port/archive\""]);
    let list = scene.page("/ui/domains").await;
    lacks(&list, &["Port</a>"]);
    has(&list, &["1 archived"]);
    has(
        &scene.page("/ui/domains?status=archived").await,
        &["Port</a>"],
    );
    // A form that is reloaded leads to its page.
    let again = scene.browser().open("/ui/domains/port/rename").await;
    assert_eq!(again.headers()["location"], "/ui/domains/port");
    let unknown = scene.browser().post("/ui/domains/port/sell", fields).await;
    assert_eq!(unknown.status(), StatusCode::NOT_FOUND);
    scene.house.close().await;
}

async fn a_form_that_is_refused_says_why_and_keeps_what_was_typed(db: Db) {
    let scene = Scene::set(db).await;
    let topic = json!({ "domain": "railiance", "slug": "tracks", "title": "Tracks" });
    scene.made("/topics", topic).await;
    for (fields, status, words) in [
        (
            "name=Harbour+%3C1%3E&slug=Har+bour",
            StatusCode::UNPROCESSABLE_ENTITY,
            "`har-bour` would do",
        ),
        (
            "name=Harbour+%3C1%3E&slug=railiance",
            StatusCode::CONFLICT,
            "Choose another.",
        ),
        (
            "name=Harbour+%3C1%3E&slug=",
            StatusCode::UNPROCESSABLE_ENTITY,
            "Slug: ",
        ),
    ] {
        let fields = format!("from=list&at=aster-bank&description=Ships&{fields}");
        let refused = scene.browser().post("/ui/domains", &fields).await;
        assert_eq!(refused.status(), status, "{fields}");
        let page = refused.text().await.unwrap();
        has(
            &page,
            &[
                words,
                "Nothing was made.",
                "id=\"new-domain\" open data-keep",
                "value=\"Harbour &#60;1&#62;\"",
                ">Ships</textarea>",
            ],
        );
    }
    for (action, fields, status, words) in [
        (
            "rename",
            "name=Rail&slug=markitect",
            StatusCode::CONFLICT,
            "Slug: ",
        ),
        (
            "rename",
            "name=&slug=rail",
            StatusCode::UNPROCESSABLE_ENTITY,
            "Name: ",
        ),
        (
            "archive",
            "",
            StatusCode::CONFLICT,
            "tracks. Archive them first.",
        ),
    ] {
        let path = format!("/ui/domains/railiance/{action}");
        let fields = format!("from=list&at=&{fields}");
        let refused = scene.browser().post(&path, &fields).await;
        assert_eq!(refused.status(), status, "{path}");
        let page = refused.text().await.unwrap();
        has(&page, &[words, "Nothing was changed."]);
        let stays_open = page.contains("<details open data-keep>");
        assert_eq!(stays_open, action == "rename", "{page}");
    }
    let domains = scene.shown("/domains?status=all").await;
    assert_eq!(domains["total_count"], 2);
    assert_eq!(scene.shown("/domains/railiance").await["name"], "Railiance");
    scene.house.close().await;
}

async fn who_only_reads_is_offered_no_forms(db: Db) {
    let scene = Scene::set(db).await;
    let reader = scene
        .house
        .member(&scene.founder, &scene.engagement, "Rita", &["reader"])
        .await;
    let theirs = Browser::of(&scene.house, &reader).await;
    let list = theirs.page("/ui/domains?domain=railiance").await;
    has(&list, &["Railiance", "Open page"]);
    lacks(
        &list,
        &[
            "New domain",
            "<button class=\"btn pri\"",
            ">Rename<",
            ">Archive<",
        ],
    );
    let forced = theirs
        .post("/ui/domains/railiance/archive", "from=page&at=")
        .await;
    assert_eq!(forced.status(), StatusCode::FORBIDDEN);
    let forced = theirs
        .post("/ui/domains", "at=aster-bank&name=N&slug=n")
        .await;
    assert_eq!(forced.status(), StatusCode::FORBIDDEN);
    let stranger = scene.house.human(&scene.founder, "Stranger").await;
    let theirs = Browser::of(&scene.house, &stranger).await;
    let list = theirs.page("/ui/domains").await;
    has(&list, &["No domain is in use."]);
    lacks(&list, &["Railiance"]);
    for path in ["/ui/domains/railiance", "/ui/domains?e=aster-bank"] {
        let answer = theirs.open(path).await;
        assert_eq!(answer.status(), StatusCode::NOT_FOUND, "{path}");
    }
    let filtered = theirs.page("/ui/technical-debt?domain=railiance").await;
    has(&filtered, &["No domain of yours is called railiance."]);
    scene.house.close().await;
}

async fn one_slug_in_two_engagements_is_told_apart_on_the_pages(db: Db) {
    let scene = Scene::set(db).await;
    scene.house.engagement(&scene.founder, "Birch").await;
    let there = json!({ "engagement": "birch", "slug": "railiance", "name": "Birch rails" });
    scene.made("/domains", there).await;
    let list = scene.page("/ui/domains").await;
    has(
        &list,
        &[
            "href=\"/ui/domains?domain=railiance&#38;at=birch\"",
            "href=\"/ui/domains?domain=railiance&#38;at=aster-bank\"",
            "<span class=\"n\">Birch</span>",
            "<option value=\"birch\">Birch</option>",
        ],
    );
    let open = scene.page("/ui/domains?domain=railiance&at=birch").await;
    has(
        &open,
        &[
            "Birch rails <span",
            "href=\"/ui/domains/railiance?at=birch\">Open page",
        ],
    );
    let which = scene.browser().open("/ui/domains/railiance").await;
    assert_eq!(which.status(), StatusCode::CONFLICT);
    let page = scene.page("/ui/domains/railiance?at=aster-bank").await;
    has(
        &page,
        &["Railiance <span", "name=\"at\" value=\"aster-bank\""],
    );
    let fields = "from=page&at=birch&name=Birches&slug=birches";
    let place = scene
        .browser()
        .submit("/ui/domains/railiance/rename", fields)
        .await;
    assert_eq!(place, "/ui/domains/birches?did=renamed&at=birch");
    has(&scene.page(&place).await, &["Birches"]);
    let one = scene.page("/ui/domains?e=birch").await;
    has(&one, &["Birches</a>", "<dt>Active domains</dt><dd>1 "]);
    lacks(&one, &["Railiance</a>"]);
    // The lists of entries take both under one choice.
    let there = json!({ "engagement": "birch", "slug": "markitect", "name": "Birch market" });
    scene.made("/domains", there).await;
    for (engagement, key) in [("aster-bank", "TD-1"), ("birch", "TD-2")] {
        let debt =
            json!({ "engagement": engagement, "domain": "markitect", "td_id": key, "title": key });
        scene.made("/technical-debt", debt).await;
    }
    let both = scene.page("/ui/technical-debt?domain=markitect").await;
    has(
        &both,
        &["TD-1", "TD-2", "· birch", "2 technical debts match."],
    );
    let one = scene
        .page("/ui/technical-debt?domain=markitect&e=birch")
        .await;
    has(&one, &["TD-2", "name=\"e\" value=\"birch\""]);
    lacks(&one, &["TD-1"]);
    scene.house.close().await;
}
