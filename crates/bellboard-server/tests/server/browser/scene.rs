//! A board on which everything happens that the pages can show.

use std::time::Duration;

use bellboard_core::time::Timestamp;
use bellboard_hub::ask::expire_due;
use bellboard_hub::run::lose_abandoned;
use reqwest::StatusCode;
use serde_json::{Value, json};

use crate::ask_pages::{form, question};
use crate::house::{House, Person, body};
use crate::pages::{finish, report, start};

/// Everything that the zones of home can show, in two engagements.
pub struct Scene {
    pub founder: Person,
    pub aster: String,
    pub counted: String,
    pub failed: String,
}

pub async fn scene(house: &House) -> Scene {
    let founder = house.founder().await;
    let aster = house.engagement(&founder, "Aster Bank").await;
    let north = house.engagement(&founder, "Northrail").await;
    let failed = start(house, &founder, &north, "Sync repositories").await;
    let end = json!({
        "outcome": "failed", "grade": "observed", "exit_code": 128,
        "failures": [{"code": "git.refused", "message": "remote refused", "count": 3}],
        "tail": "remote: denied\nexit 128"
    });
    finish(house, &founder, &failed, end).await;
    let done = start(house, &founder, &aster, "Capture").await;
    finish(house, &founder, &done, json!({"outcome": "succeeded"})).await;
    let partial = start(house, &founder, &aster, "Export the sign-in log").await;
    finish(
        house,
        &founder,
        &partial,
        json!({"outcome": "partially_succeeded"}),
    )
    .await;
    for (label, said) in MODES {
        let run = start(house, &founder, &aster, label).await;
        let said = serde_json::from_str(said).unwrap();
        report(house, &founder, &run, said).await;
    }
    let counted = start(house, &founder, &aster, "Compare policies").await;
    let said = json!({"processed": 214, "total": 512, "unit": "policies"});
    report(house, &founder, &counted, said).await;
    Scene {
        founder,
        aster,
        counted,
        failed,
    }
}

/// A label and a report for each mode of progress that is no bar.
const MODES: [(&str, &str); 4] = [
    (
        "Rows of unknown number",
        r#"{"processed": 18422, "unit": "rows"}"#,
    ),
    (
        "Review",
        r#"{"parts": {"succeeded": 2, "failed": 1, "follow_up": 1, "running": 4, "waiting": 2}}"#,
    ),
    (
        "Evidence",
        r#"{"phase": {"key": "c", "label": "collecting evidence", "number": 2, "of": 4}}"#,
    ),
    (
        "Agent",
        r#"{"message": "reading conditional access results"}"#,
    ),
];

/// Starts a run with these fields beside what every start of these tests has; its id.
pub async fn start_with(
    house: &House,
    person: &Person,
    engagement: &str,
    fields: &Value,
) -> String {
    let mut start = json!({"type": "test.work", "identity_mode": "nonce", "status": "running"});
    for (name, value) in fields.as_object().unwrap() {
        start[name] = value.clone();
    }
    let path = format!("/engagements/{engagement}/runs");
    let started = body(house.post(person, &path, &start), StatusCode::CREATED).await;
    started["run"]["id"].as_str().unwrap().to_owned()
}

/// One run in each state that a run's page can be in beside the modes of [`scene`], by a colleague: a word for the
/// state, what its page says of it, and the run.
pub async fn states(
    house: &House,
    founder: &Person,
    aster: &str,
) -> Vec<(&'static str, &'static str, String)> {
    let mara = house.member(founder, aster, "Mara", &["operator"]).await;
    let start = async |fields: Value| start_with(house, &mara, aster, &fields).await;
    let beating = json!({"label": "Lost on the way", "heartbeat_seconds": 10});
    let lost = start(beating).await;
    house.advance(Duration::from_secs(121));
    lose_abandoned(&house.hub, Timestamp::MIN).await.unwrap();
    house.advance(Duration::from_mins(3));
    finish(house, &mara, &lost, json!({"outcome": "succeeded"})).await;

    let silent = start(json!({"label": "Silent import", "heartbeat_seconds": 30})).await;
    let said = json!({"processed": 480, "total": 1_240, "unit": "rows"});
    report(house, &mara, &silent, said.clone()).await;
    house.advance(Duration::from_secs(91));

    let grown = start(json!({"label": "Import with a growing total"})).await;
    report(
        house,
        &mara,
        &grown,
        json!({"processed": 10, "total": 900, "unit": "rows"}),
    )
    .await;
    report(house, &mara, &grown, said).await;
    let queued = start(json!({"label": "Waits its turn", "status": "queued"})).await;
    let outside = start(json!({
        "label": "Order at the print partner", "type": "external.production", "heartbeat_seconds": 60,
        "context": {"target": "Print Partner", "trigger": "Nightly", "links": {"Order": "https://example.com/orders/7"}}
    }))
    .await;
    let blocked = start(json!({"label": "Not allowed any more", "status": "queued"})).await;
    let denied = json!({
        "outcome": "blocked",
        "failures": [{"code": "scope_denied", "message": "Whoever started this no longer belongs to the engagement", "count": 1}]
    });
    finish(house, &mara, &blocked, denied).await;
    let cancelled = start(json!({"label": "Called off"})).await;
    finish(house, &mara, &cancelled, json!({"outcome": "cancelled"})).await;
    let verified = start(json!({"label": "Checked by another"})).await;
    finish(house, &mara, &verified, json!({"outcome": "succeeded"})).await;
    let evidence = json!({"note": "Compared both lists", "link": "https://example.com/evidence", "digest": "sha256:9f86d0"});
    let path = format!("/runs/{verified}/verify");
    body(house.post(founder, &path, &evidence), StatusCode::OK).await;
    let asked = start(json!({"label": "Asked to stop"})).await;
    let path = format!("/runs/{asked}/cancel");
    body(house.post(founder, &path, &json!({})), StatusCode::OK).await;
    vec![
        ("lost", "Lost at 17:42, reported succeeded at 17:45.", lost),
        ("silent", "No sign of life for 1 min", silent),
        ("grown", "The total grew from 900", grown),
        ("queued", "Waiting for", queued),
        ("outside", "Waiting outside", outside),
        ("blocked", "The same start would be refused again.", blocked),
        ("cancelled", "Verify the outcome", cancelled),
        ("verified", "Compared both lists", verified),
        ("asked", "Founder asked it to stop at", asked),
    ]
}

/// An ask in each state that its page can be in, first one with a form: words of the page, and its address.
pub async fn asks(house: &House, founder: &Person, aster: &str) -> Vec<(&'static str, String)> {
    let mara = house.member(founder, aster, "Mara", &["operator"]).await;
    let run = start(house, founder, aster, "Tidy the rows").await;
    let ask = async |fields: Value| question(house, &mara, aster, fields).await;
    let told = async |by: &Person, page: &str, what: &str, said: Value| {
        let path = format!("{}/{what}", page.replace("/ui/", "/"));
        body(house.post(by, &path, &said), StatusCode::OK).await;
    };
    let ending = json!({"expires_in_seconds": 600, "fallback": {"option": "no"}});
    let expired = ask(ending.clone()).await;
    house.advance(Duration::from_secs(601));
    expire_due(&house.hub).await.unwrap();
    let with_form = ask(json!({"form": form(), "detail": "The contract names no limit."})).await;
    let mut open = ending;
    open["run_id"] = json!(run);
    let open = ask(open).await;
    let (own, others, released) = (
        ask(json!({})).await,
        ask(json!({})).await,
        ask(json!({})).await,
    );
    let said = json!({"option": "no", "note": "The audit needs them", "undo_seconds": 60});
    told(founder, &own, "answer", said.clone()).await;
    told(&mara, &others, "answer", said).await;
    told(&mara, &released, "answer", json!({"option": "yes"})).await;
    let withdrawn = ask(json!({})).await;
    told(&mara, &withdrawn, "withdraw", json!({"note": "Found out"})).await;
    let elsewhere = ask(json!({"for": {"person_id": mara.id}})).await;
    vec![
        ("A whole number from 1 to 365.", with_form),
        ("Without an answer", open),
        ("You answered it", own),
        ("What was answered is told when it takes effect", others),
        ("Mara answered it", released),
        ("Mara withdrew it", withdrawn),
        ("Nobody answered in time", expired),
        ("It waits for others to answer: Mara.", elsewhere),
        ("Waiting for a person", format!("/ui/runs/{run}")),
    ]
}
