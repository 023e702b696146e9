//! The page of an engagement and search, as a browser without JavaScript meets them.

use bellboard_hub::db::Db;
use reqwest::StatusCode;
use serde_json::{Value, json};

use crate::artifact_pages::shape;
use crate::house::{House, Person, body};
use crate::pages::{Browser, finish, start};

const MEMBERS: &str = "/ui/engagements/aster/members";

on_each_engine!(
    an_engagement_has_its_page,
    a_decision_leads_back_with_its_receipt_and_only_what_was_decided_has_one,
    a_row_opens_in_the_view_that_it_stands_in,
    members_are_changed_by_plain_forms,
    a_form_on_members_says_what_it_lacks,
    a_form_on_members_keeps_what_was_typed,
    the_last_owner_stays,
    search_finds_by_name_what_one_may_see,
    search_reads_on_until_it_has_found,
);

async fn an_engagement_has_its_page(db: Db) {
    let house = House::open(db).await;
    let founder = house.founder().await;
    let aster = house.engagement(&founder, "Aster Bank").await;
    let north = house.engagement(&founder, "Northrail").await;
    let run = start(&house, &founder, &aster, "Capture").await;
    finish(&house, &founder, &run, json!({"outcome": "failed"})).await;
    start(&house, &founder, &north, "Elsewhere").await;
    let reader = house.member(&founder, &aster, "Rita", &["reader"]).await;

    let mine = Browser::of(&house, &founder).await;
    let page = mine.page("/ui/engagements/aster-bank").await;
    for words in [
        "1 thing needs you",
        "zone-needs",
        "Capture",
        "You are owner here",
        "Add a member",
    ] {
        assert!(page.contains(words), "{words}: {page}");
    }
    assert!(!page.contains("Elsewhere"), "{page}");
    let theirs = Browser::of(&house, &reader).await;
    let page = theirs.page("/ui/engagements/aster-bank").await;
    for words in ["Read only", "zone-recent", "Rita"] {
        assert!(page.contains(words), "{words}: {page}");
    }
    for words in [
        "id=\"zone-needs\"",
        "Add a member",
        "Remove",
        "<button class=\"btn pri\"",
    ] {
        assert!(
            !page.contains(words),
            "a reader sees no decisions: {words}: {page}"
        );
    }
    for stranger in ["/ui/engagements/northrail", "/ui/engagements/nowhere"] {
        assert_eq!(
            theirs.open(stranger).await.status(),
            StatusCode::NOT_FOUND,
            "{stranger}"
        );
    }
    house.close().await;
}

async fn a_decision_leads_back_with_its_receipt_and_only_what_was_decided_has_one(db: Db) {
    let house = House::open(db).await;
    let founder = house.founder().await;
    let aster = house.engagement(&founder, "Aster").await;
    let page = shape(&house, &founder, &aster, json!({})).await;
    let id = page.rsplit('/').next().unwrap();
    let browser = Browser::of(&house, &founder).await;
    let form = format!("/ui/needs/pending_shape/{id}");
    let sent = "act=confirm&version=1&back=%2Fui%2Fengagements%2Faster";
    let place = browser.submit(&form, sent).await;
    assert_eq!(
        place,
        format!("/ui/engagements/aster?did=pending_shape:{id}")
    );
    let shown = browser.page(&place).await;
    assert!(
        shown.contains("You confirmed") && shown.contains(">Undo<"),
        "{shown}"
    );

    let run = start(&house, &founder, &aster, "Still going").await;
    let told = format!("/?did=run_follow_up:{run}");
    assert!(!browser.page(&told).await.contains("You dealt with"));
    finish(&house, &founder, &run, json!({"outcome": "failed"})).await;
    assert!(!browser.page(&told).await.contains("You dealt with"));
    browser
        .submit(&format!("/ui/runs/{run}/acknowledge"), "back=%2F")
        .await;
    assert!(browser.page(&told).await.contains("You dealt with"));
    house.close().await;
}

async fn a_row_opens_in_the_view_that_it_stands_in(db: Db) {
    let house = House::open(db).await;
    let founder = house.founder().await;
    let aster = house.engagement(&founder, "Aster").await;
    let page = shape(&house, &founder, &aster, json!({})).await;
    let id = page.rsplit('/').next().unwrap();
    let browser = Browser::of(&house, &founder).await;
    for (view, link) in [
        ("/", format!("/?item=pending_shape:{id}")),
        (
            "/?e=aster&group=kind",
            format!("/?e=aster&#38;group=kind&#38;item=pending_shape:{id}"),
        ),
    ] {
        let shown = browser.page(view).await;
        assert!(
            shown.contains(&format!("href=\"{link}\"")),
            "{link}: {shown}"
        );
    }
    house.close().await;
}

/// What the engagement's list of members says that Mara is.
async fn mara_is(house: &House, founder: &Person, engagement: &str) -> Option<Value> {
    let path = format!("/engagements/{engagement}/members");
    let page = body(house.get(founder, &path), StatusCode::OK).await;
    let items = page["items"].as_array().unwrap().clone();
    let mara = items.into_iter().find(|member| member["name"] == "Mara");
    mara.map(|member| member["designations"].clone())
}

async fn members_are_changed_by_plain_forms(db: Db) {
    let house = House::open(db).await;
    let founder = house.founder().await;
    let aster = house.engagement(&founder, "Aster").await;
    let north = house.engagement(&founder, "Northrail").await;
    let mara = house.member(&founder, &north, "Mara", &["operator"]).await;
    let unknown = house.human(&founder, "Unknown").await;
    let browser = Browser::of(&house, &founder).await;
    let page = browser.page("/ui/engagements/aster").await;
    assert!(
        page.contains(">Mara</option>"),
        "a colleague can be chosen: {page}"
    );
    assert!(
        !page.contains("Unknown"),
        "nobody learns of strangers: {page}"
    );

    let fields = format!("person_id={}&other_id=&operator=1&domain_expert=1", mara.id);
    let place = browser.submit(MEMBERS, &fields).await;
    assert_eq!(place, "/ui/engagements/aster");
    let two = Some(json!(["operator", "domain_expert"]));
    assert_eq!(mara_is(&house, &founder, &aster).await, two);
    let theirs = Browser::of(&house, &mara).await;
    let fields = format!("person_id={}&owner=1", mara.id);
    let refused = theirs.post(MEMBERS, &fields).await;
    assert_eq!(
        refused.status(),
        StatusCode::FORBIDDEN,
        "an operator does not manage"
    );
    let fields = format!("person_id=&other_id={}&reader=1", unknown.id);
    browser.submit(MEMBERS, &fields).await;
    let remove = format!("{MEMBERS}/remove");
    let fields = format!("person_id={}", mara.id);
    browser.submit(&remove, &fields).await;
    assert_eq!(mara_is(&house, &founder, &aster).await, None);
    let gone = theirs.open("/ui/engagements/aster").await;
    assert_eq!(gone.status(), StatusCode::NOT_FOUND);
    house.close().await;
}

async fn a_form_on_members_says_what_it_lacks(db: Db) {
    let house = House::open(db).await;
    let founder = house.founder().await;
    let aster = house.engagement(&founder, "Aster").await;
    let mara = house.member(&founder, &aster, "Mara", &["operator"]).await;
    let browser = Browser::of(&house, &founder).await;
    for (fields, words) in [
        (format!("person_id={}", mara.id), "Tick at least one role."),
        (
            "person_id=&other_id=&reader=1".to_owned(),
            "Choose somebody",
        ),
        ("other_id=nobody&reader=1".to_owned(), "Choose somebody"),
    ] {
        let refused = browser.post(MEMBERS, &fields).await;
        assert_eq!(
            refused.status(),
            StatusCode::UNPROCESSABLE_ENTITY,
            "{fields}"
        );
        let page = refused.text().await.unwrap();
        assert!(
            page.contains(words) && page.contains("Nothing was changed."),
            "{fields}: {page}"
        );
    }
    let still = Some(json!(["operator"]));
    assert_eq!(mara_is(&house, &founder, &aster).await, still);
    house.close().await;
}

async fn a_form_on_members_keeps_what_was_typed(db: Db) {
    let house = House::open(db).await;
    let founder = house.founder().await;
    let aster = house.engagement(&founder, "Aster").await;
    let north = house.engagement(&founder, "Northrail").await;
    let (mara, nils) = (
        house.human(&founder, "Mara").await,
        house.human(&founder, "Nils").await,
    );
    house
        .put_member(&founder, &aster, mara.id, &["operator"])
        .await;
    house
        .put_member(&founder, &north, nils.id, &["reader"])
        .await;
    let browser = Browser::of(&house, &founder).await;
    let ticked = |name: &str| format!("name=\"{name}\" value=\"1\" checked");
    let open = "<details open data-keep><summary>Add a member";

    let refused = browser
        .post(MEMBERS, "person_id=&other_id=no%22body&owner=1&reader=1")
        .await;
    let page = refused.text().await.unwrap();
    let (_, form) = page.split_once(open).expect("the form is open");
    assert!(form.contains("value=\"no&#34;body\""), "{form}");
    for (name, kept) in [("owner", true), ("reader", true), ("contributor", false)] {
        assert_eq!(form.contains(&ticked(name)), kept, "{name}: {form}");
    }

    let fields = format!("person_id={}&other_id=", nils.id);
    let page = browser.post(MEMBERS, &fields).await.text().await.unwrap();
    let (_, form) = page.split_once(open).expect("the form is open");
    let chosen = format!("<option value=\"{}\" selected>Nils", nils.id);
    assert!(form.contains(&chosen), "{form}");
    assert!(!form.contains(" checked"), "nothing was ticked: {form}");

    // The row of a member opens again, with what was ticked there.
    let fields = format!("person_id={}&reader=1", founder.id);
    let page = browser.post(MEMBERS, &fields).await.text().await.unwrap();
    let (_, rest) = page
        .split_once("<details class=\"menu\" open data-keep>")
        .expect("the row is open");
    let (row, rest) = rest.split_once("</details>").unwrap();
    assert!(row.contains("keeps at least one owner"), "{row}");
    assert!(
        row.contains(&ticked("reader")) && !row.contains(&ticked("owner")),
        "{row}"
    );
    assert!(!rest.contains("data-keep"), "no other form is held: {rest}");
    assert_eq!(page.matches("Nothing was changed.").count(), 1, "{page}");
    house.close().await;
}

async fn the_last_owner_stays(db: Db) {
    let house = House::open(db).await;
    let founder = house.founder().await;
    let aster = house.engagement(&founder, "Aster").await;
    let browser = Browser::of(&house, &founder).await;
    let me = format!("person_id={}", founder.id);
    let remove = format!("{MEMBERS}/remove");
    for (path, fields) in [(MEMBERS, format!("{me}&reader=1")), (&remove, me.clone())] {
        let refused = browser.post(path, &fields).await;
        assert_eq!(refused.status(), StatusCode::CONFLICT, "{path}");
        let page = refused.text().await.unwrap();
        assert!(page.contains("keeps at least one owner"), "{page}");
        // A form that is reloaded leads to its page.
        let again = browser.open(path).await;
        assert_eq!(again.headers()["location"], "/ui/engagements/aster");
    }
    house.member(&founder, &aster, "Mara", &["owner"]).await;
    assert_eq!(browser.submit(&remove, &me).await, "/");
    house.close().await;
}

async fn search_reads_on_until_it_has_found(db: Db) {
    let house = House::open(db).await;
    let founder = house.founder().await;
    let aster = house.engagement(&founder, "Aster Bank").await;
    let old = start(&house, &founder, &aster, "Compare policies").await;
    for number in 0..120 {
        start(&house, &founder, &aster, &format!("Nightly {number}")).await;
    }
    let browser = Browser::of(&house, &founder).await;
    let part = browser.page("/_ui/found?q=policies").await;
    assert!(part.contains(&format!("/ui/runs/{old}")), "{part}");
    let part = browser.page("/_ui/found?q=nightly").await;
    assert_eq!(
        part.matches("/ui/runs/").count(),
        20,
        "no more than a glance takes"
    );
    let part = browser.page("/_ui/found?q=monthly").await;
    assert!(part.contains("the newest 500 runs"), "{part}");
    house.close().await;
}

async fn search_finds_by_name_what_one_may_see(db: Db) {
    let house = House::open(db).await;
    let founder = house.founder().await;
    let aster = house.engagement(&founder, "Aster Bank").await;
    let run = start(&house, &founder, &aster, "Compare <b>policies</b>").await;
    let mara = house.human(&founder, "Mara").await;
    house.engagement(&mara, "Asteroid").await;
    let browser = Browser::of(&house, &founder).await;
    let page = browser.page("/ui/search?q=POLICIES").await;
    assert!(page.contains(&format!("/ui/runs/{run}")), "{page}");
    assert!(!page.contains("<b>policies"), "{page}");
    let part = browser.page("/_ui/found?q=aster").await;
    assert!(part.contains("/ui/engagements/aster-bank"), "{part}");
    assert!(!part.contains("Asteroid"), "{part}");
    let part = browser.page("/_ui/found?q=nothing-like-it").await;
    assert!(part.contains("is called “nothing-like-it”"), "{part}");
    assert!(
        browser
            .page("/ui/search")
            .await
            .contains("Type a part of a name.")
    );
    house.close().await;
}
