//! The start form, as a browser without JavaScript meets it: a run is started, met again, and refused in place.

use bellboard_hub::db::Db;
use reqwest::StatusCode;
use serde_json::{Value, json};

use crate::house::{House, Person, body};
use crate::pages::Browser;

on_each_engine!(
    a_run_is_started_and_met_again,
    what_is_refused_is_said_in_place_and_keeps_what_was_typed,
    only_what_somebody_may_start_is_offered,
    what_could_not_be_queued_reads_so_on_every_page,
);

async fn claim(house: &House, who: &Person, engagement: &str) -> Value {
    let input = json!({"type": "baseline.capture", "worker": "ann"});
    let path = format!("/engagements/{engagement}/runs/claim");
    body(house.post(who, &path, &input), StatusCode::OK).await["claim"].clone()
}

async fn a_run_is_started_and_met_again(db: Db) {
    let house = House::open(db).await;
    let founder = house.founder().await;
    let mara = house.human(&founder, "Mara").await;
    let bank = house.engagement(&mara, "Aster Bank").await;
    let browser = Browser::of(&house, &mara).await;
    let runs = browser.page("/ui/runs?e=aster-bank").await;
    assert!(runs.contains(r#"href="/ui/start?e=aster-bank""#), "{runs}");
    // With one engagement there is nothing to choose.
    let form = browser.page("/ui/start?type=baseline.capture").await;
    assert!(form.contains("In Aster Bank"), "{form}");
    assert!(
        form.contains(r#"<option value="baseline.capture" selected>Capture baseline"#),
        "{form}"
    );
    assert!(
        form.contains("bellboard worker --type baseline.capture --in aster-bank"),
        "{form}"
    );

    let fields = "e=aster-bank&type=baseline.capture&label=Capture&target=aster&inputs=%7B%22depth%22%3A2%7D";
    let to = browser.submit("/ui/start", fields).await;
    let (page, query) = to.split_once('?').unwrap();
    let run = page.strip_prefix("/ui/runs/").unwrap();
    assert_eq!(query, format!("started={run}&as=created"));
    let shown = browser.page(&to).await;
    assert!(shown.contains("Capture queued."), "{shown}");
    for met in ["queued", "running"] {
        let again = browser.submit("/ui/start", fields).await;
        assert_eq!(again, format!("/ui/runs/{run}?started={run}&as={met}"));
        let shown = browser.page(&again).await;
        assert!(
            shown.contains(&format!("Capture is already {met}")),
            "{shown}"
        );
        if met == "queued" {
            let claimed = claim(&house, &mara, &bank).await;
            assert_eq!(claimed["run"]["id"], run);
            assert_eq!(claimed["inputs"], json!({"depth": 2, "target": "aster"}));
            let report = json!({"fence": 1});
            let path = format!("/runs/{run}/report");
            body(house.post(&mara, &path, &report), StatusCode::OK).await;
        }
    }
    assert_eq!(claim(&house, &mara, &bank).await, Value::Null);
    house.close().await;
}

async fn what_is_refused_is_said_in_place_and_keeps_what_was_typed(db: Db) {
    let house = House::open(db).await;
    let founder = house.founder().await;
    let mara = house.human(&founder, "Mara").await;
    house.engagement(&mara, "Aster Bank").await;
    let browser = Browser::of(&house, &mara).await;
    let long = "x".repeat(201);
    let nested = format!("{}{}", "[".repeat(33), "]".repeat(33));
    let rows = [
        (
            "inputs",
            "label=Kept&inputs=%7B%22a%22%3A%3Cb%3E",
            "This is not JSON: expected value at line 1 column 6.",
        ),
        (
            "inputs",
            &format!("label=Kept&inputs={nested}"),
            "The inputs nest deeper than 32 levels.",
        ),
        (
            "label",
            &format!("label={long}&target=Kept"),
            "At most 200 characters, this has 201.",
        ),
        (
            "target",
            &format!("label=Kept&target={long}"),
            "At most 200 characters, this has 201.",
        ),
        (
            "type",
            "type=nobody.knows&label=Kept",
            "Nobody has declared the type",
        ),
    ];
    for (field, said, words) in rows {
        let kind = if field == "type" {
            ""
        } else {
            "&type=composition"
        };
        let response = browser
            .post("/ui/start", &format!("e=aster-bank{kind}&{said}"))
            .await;
        assert_eq!(
            response.status(),
            StatusCode::UNPROCESSABLE_ENTITY,
            "{said}"
        );
        let page = response.text().await.unwrap();
        let place = page.find(&format!(r#"id="w-{field}" role="alert">{words}"#));
        assert!(place.is_some(), "{said}: {page}");
        assert_eq!(page.matches("aria-invalid").count(), 1, "{page}");
        assert!(page.contains(r#"value="Kept""#), "{page}");
        assert!(!page.contains("<b>"), "what was typed is escaped: {page}");
    }
    let runs = body(house.get(&mara, "/runs"), StatusCode::OK).await;
    assert_eq!(runs["total_count"], 0, "nothing was started");
    house.close().await;
}

async fn only_what_somebody_may_start_is_offered(db: Db) {
    let house = House::open(db).await;
    let founder = house.founder().await;
    let mara = house.human(&founder, "Mara").await;
    let jonas = house.human(&founder, "Jonas").await;
    let bank = house.engagement(&mara, "Aster Bank").await;
    let boat = house.engagement(&mara, "Paperboat").await;
    let declared = json!({"capability": "manage"});
    let path = format!("/engagements/{bank}/run-types/payroll.close");
    let put = house
        .request(reqwest::Method::PUT, &path)
        .bearer_auth(&mara.token)
        .json(&declared);
    body(put, StatusCode::OK).await;
    house
        .put_member(&mara, &bank, jonas.id, &["operator"])
        .await;
    house.put_member(&mara, &boat, jonas.id, &["reader"]).await;

    let browser = Browser::of(&house, &mara).await;
    let choice = browser.page("/ui/start").await;
    assert!(choice.contains("Choose the engagement"), "{choice}");
    assert!(choice.contains("Paperboat</option>"), "{choice}");
    assert!(
        browser
            .page("/ui/start?e=aster-bank")
            .await
            .contains("payroll.close")
    );

    let browser = Browser::of(&house, &jonas).await;
    let form = browser.page("/ui/start").await;
    assert!(
        form.contains("In Aster Bank"),
        "the only one where he starts runs: {form}"
    );
    assert!(!form.contains("payroll.close"), "{form}");
    let reader = browser.page("/ui/start?e=paperboat").await;
    assert!(reader.contains("You may look at Paperboat"), "{reader}");
    assert!(!reader.contains("<textarea"), "{reader}");
    for (slug, kind, status) in [
        ("paperboat", "composition", StatusCode::FORBIDDEN),
        ("aster-bank", "payroll.close", StatusCode::FORBIDDEN),
        ("nowhere", "composition", StatusCode::NOT_FOUND),
    ] {
        let refused = browser
            .post("/ui/start", &format!("e={slug}&type={kind}"))
            .await;
        assert_eq!(refused.status(), status, "{slug} {kind}");
    }
    let elsewhere = house.human(&founder, "Elsewhere").await;
    let browser = Browser::of(&house, &elsewhere).await;
    let page = browser.page("/ui/start").await;
    assert!(page.contains("There is no engagement"), "{page}");
    assert_eq!(
        browser.open("/ui/start?e=aster-bank").await.status(),
        StatusCode::NOT_FOUND
    );
    house.close().await;
}

async fn what_could_not_be_queued_reads_so_on_every_page(db: Db) {
    let house = House::open(db).await;
    let founder = house.founder().await;
    let mara = house.human(&founder, "Mara").await;
    house.engagement(&mara, "Aster Bank").await;
    let browser = Browser::of(&house, &mara).await;
    let to = browser
        .submit("/ui/start", "e=aster-bank&type=composition")
        .await;
    let page = to.split('?').next().unwrap();
    let run = page.strip_prefix("/ui/runs/").unwrap();
    let failure = json!({"code": "queue.dispatch_failed", "message": "amqp refused"});
    let end = json!({"outcome": "failed", "failures": [failure]});
    let path = format!("/runs/{run}/finish");
    let ended = body(house.post(&mara, &path, &end), StatusCode::OK).await;
    assert_eq!(
        ended["run"]["failures"][0]["message"],
        "Could not be queued"
    );
    for place in ["/", "/ui/runs", "/ui/notifications", page] {
        let shown = browser.page(place).await;
        assert!(shown.contains("ould not be queued"), "{place}: {shown}");
    }
    house.close().await;
}
