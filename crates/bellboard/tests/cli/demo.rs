//! The demo: it lives, it does not double, and one command removes it.

use std::collections::BTreeSet;

use serde_json::{Value, json};

use crate::place::{Hub, Place, until};

/// How many engagements are marked as demo.
fn demos(place: &Place) -> usize {
    let all = place.json(&["engagements", "list"]);
    all["items"]
        .as_array()
        .unwrap()
        .iter()
        .filter(|one| one["demo"] == true)
        .count()
}

/// Every status with every mode of progress that is to be seen now.
fn ways(place: &Place) -> BTreeSet<String> {
    let runs = place.runs();
    let words = runs.iter().map(|run| {
        [
            run["status"].as_str().unwrap(),
            run["progress"]["mode"].as_str().unwrap(),
        ]
        .join(" ")
    });
    words.collect()
}

/// The kinds of what needs a person now.
fn needs(place: &Place) -> BTreeSet<String> {
    let status = place.json(&["status"]);
    let items = status["needs_you"]["items"].as_array().unwrap();
    let kind = |item: &Value| item["item_kind"].as_str().unwrap().to_owned();
    items.iter().map(kind).collect()
}

/// The artifacts that wait for a decision.
fn artifacts(place: &Place) -> BTreeSet<String> {
    let all = place.json(&["artifacts", "list", "--limit", "100"]);
    let waits = |one: &&Value| !one["decisions_allowed"].as_array().unwrap().is_empty();
    let items = all["items"].as_array().unwrap().iter().filter(waits);
    items
        .map(|one| one["id"].as_str().unwrap().to_owned())
        .collect()
}

/// Every kind that is decided about waits, with what was decided before in recent; what waits.
fn decisions_wait(place: &Place) -> BTreeSet<String> {
    let wanted = [
        "ask",
        "downstream_specification",
        "held_assertion",
        "pending_shape",
        "produced_render_for_review",
        "review_report",
    ];
    until("every kind of decision", || {
        let needs = needs(place);
        wanted
            .iter()
            .all(|kind| needs.contains(*kind))
            .then_some(())
    });
    let status = place.json(&["status"]);
    let recent = status["recent"]["items"].as_array().unwrap();
    for kind in ["render", "review_report", "transformed_artifact"] {
        assert!(
            recent.iter().any(|item| item["artifact_kind"] == kind),
            "{kind}"
        );
    }
    until("all six wait, the shape in its third version", || {
        let all = place.json(&["artifacts", "list", "--limit", "100"]);
        let items = all["items"].as_array().unwrap();
        let third = |one: &Value| one["label"] == "Guest access policy" && one["version"] == 3;
        let decided =
            |one: &Value| one["label"] == "Incident summary" && one["state"] == "accepted";
        let there = items.iter().any(third) && items.iter().any(decided);
        (there && artifacts(place).len() == 6).then_some(())
    });
    artifacts(place)
}

/// An agent waits for a person, and goes on as it is told.
fn a_question_is_answered(place: &Place) {
    let tidying = |place: &Place| {
        let runs = place.runs();
        let ours = |run: &&Value| run["label"] == "Agent: tidy the archive";
        runs.iter().find(ours).unwrap()["progress"].clone()
    };
    let waits = tidying(place);
    assert_eq!(
        (&waits["label"], &waits["mode"], &waits["stale"]),
        (
            &json!("Waiting for a person: Delete 14 rows that have no owner?"),
            &json!("none"),
            &json!(false)
        )
    );
    let status = place.json(&["status"]);
    let items = status["needs_you"]["items"].as_array().unwrap();
    let ours = |item: &&Value| item["item_label"] == "Delete 14 rows that have no owner?";
    let ask = items.iter().find(ours).unwrap()["item_id"]
        .as_str()
        .unwrap();
    let said = place.run(["accept", ask, "--option", "delete", "--undo", "0"]);
    assert_eq!(said.code, 0, "{}", said.err);
    until("the agent deletes", || {
        let now = tidying(place);
        (now["processed"].as_u64() > Some(0) && now["total"] == 14).then_some(())
    });
}

/// The hypothesis board begins with a past of full hours, in which its rule would have rung four times.
fn a_board_has_a_past(place: &Place) {
    let rule = r#"{"value_delta_pct": 0.1, "on_field": "score"}"#;
    let test = [
        "bells",
        "test",
        "Hypothesis board",
        "--rule",
        rule,
        "--json",
    ];
    let tried = until("the past of a dashboard", || {
        let said = place.run(test);
        let tried: Value = serde_json::from_str(&said.out).ok()?;
        (tried["checked"].as_u64()? >= 40).then_some(tried)
    });
    let rings = tried["rings"].as_array().unwrap().iter();
    let at: BTreeSet<&str> = rings
        .map(|ring| ring["captured_at"].as_str().unwrap())
        .collect();
    let hours = at.iter().filter(|at| at.ends_with(":00:00.000000Z"));
    assert_eq!(hours.count(), 4, "{at:?}");
    let bells = place.json(&["bells", "list", "Hypothesis board"]);
    assert_eq!(bells["total_count"], 1, "and a bell for what comes");
}

#[test]
fn the_demo_lives_starts_twice_and_goes() {
    let place = Place::new();
    let hub = Hub::start_with(&place, &place.port(), &["--demo"]);
    until("five engagements", || (demos(&place) == 5).then_some(()));
    // Before anything that takes long: what is queued waits for less than a minute.
    let wanted = [
        "completed none",
        "queued activity",
        "running activity",
        "running composite",
        "running counted",
        "running phased",
    ];
    until("every way of progress", || {
        let ways = ways(&place);
        wanted.iter().all(|way| ways.contains(*way)).then_some(())
    });
    until("three dashboards", || {
        let boards = place.json(&["dashboards", "list"]);
        (boards["total_count"] == 3).then_some(())
    });
    a_board_has_a_past(&place);
    assert!(
        place
            .runs()
            .iter()
            .any(|run| run["progress"]["stale"] == true),
        "one is silent"
    );
    let waiting = decisions_wait(&place);
    a_question_is_answered(&place);
    let started = place.runs().len();
    let port = hub.stop();
    let hub = Hub::start_with(&place, &port, &["--demo"]);
    assert!(hub.link.is_some(), "people come to look");
    until("it plays again", || {
        (place.runs().len() > started).then_some(())
    });
    assert_eq!(demos(&place), 5);
    until("what waited goes on waiting", || {
        (artifacts(&place) == waiting).then_some(())
    });

    assert_eq!(
        place
            .run(["run", "--quiet", "--label", "Mine", "--", "true"])
            .code,
        0
    );
    let said = place.run(["demo", "remove"]);
    assert!(
        said.err.contains("Removed 5 demo engagements"),
        "{}",
        said.err
    );
    assert_eq!(place.only_run()["label"], "Mine");
    assert!(
        place
            .run(["demo", "remove"])
            .err
            .contains("There is no demo here")
    );
}

#[test]
fn a_demo_run_counts() {
    let place = Place::new();
    let _hub = Hub::start(&place);
    let said = place.run(["demo", "count", "--to", "3", "--pause-ms", "10"]);
    assert_eq!(said.code, 0, "{}", said.err);
    assert_eq!(place.only_run()["summary_counts"]["processed"], 3);
}
