//! The bells of dashboards from a terminal, what they sent, and what is sent again.

use std::time::Duration;

use bellboard_hub::world::{RealWorld, World as _};
use serde_json::{Value, json};

use crate::dashboards::board;
use crate::house::House;
use crate::place::Said;

#[test]
fn bells_are_added_for_anybody_tried_and_muted() {
    let house = House::open(RealWorld.now());
    board(&house, "Scores");
    let listed = house.run(&["bells", "list", "Scores"]);
    assert!(
        listed.err.contains("Nobody is told of Scores yet."),
        "{}",
        listed.err
    );
    let rule = r#"{"primary_metric_delta_pct": 0.1}"#;
    let hook = [
        "bells",
        "add",
        "Scores",
        "--rule",
        rule,
        "--to",
        "http://127.0.0.1:9/bells",
        "--baseline",
        "last-notified",
    ];
    let made = house.plain(&hook);
    let (bell, secret) = (made[0][0].clone(), made[0][1].clone());
    assert!(secret.starts_with("whsec_"), "{secret}");
    let lines = house.plain(&["bells", "list", "Scores"]);
    assert_eq!(
        lines,
        [[
            bell.as_str(),
            "webhook",
            "http://127.0.0.1:9/bells",
            rule.replace(' ', "").as_str(),
            "last_notified",
            "listening",
        ]]
    );
    let again = house.run(&hook);
    assert_ne!(again.code, 0);
    assert!(again.err.contains("already"), "{}", again.err);
    let wrong = ["bells", "add", "Scores", "--rule", r#"{"set_added": 1}"#];
    let said = house.run(&wrong);
    assert_ne!(said.code, 0);
    assert!(said.err.contains("set_added_min"), "{}", said.err);
}

#[test]
fn a_rule_is_tried_before_it_is_a_bell_and_a_bell_is_muted() {
    let house = House::open(RealWorld.now());
    board(&house, "Scores");
    let rule = r#"{"primary_metric_delta_pct": 0.1}"#;
    let bell = house.json(&["bells", "add", "Scores", "--rule", rule]);
    let bell = bell["id"].as_str().unwrap();
    for score in [100, 105, 130] {
        let rows = format!("id,score\na,{score}\n");
        let push = ["dashboards", "push", "Scores", "-", "--format", "csv"];
        assert_eq!(house.pipe(&push, &rows).code, 0);
    }
    let test = ["bells", "test", "Scores", "--rule", rule];
    let said = house.run(&test);
    assert!(
        said.err.contains("Would have rung once in 3 snapshots"),
        "{}",
        said.err
    );
    assert!(
        said.err.contains("at 0.1: once (this rule)"),
        "{}",
        said.err
    );
    assert!(said.err.contains("at 0.05: 2 times"), "{}", said.err);
    assert!(
        said.out.contains("the number went from 105 to 130"),
        "{}",
        said.out
    );
    let tried = house.json(&test);
    assert_eq!(tried["checked"], 3);
    let muted = house.json(&["bells", "mute", "Scores", bell, "--for", "30m"]);
    assert!(muted["muted_until"].is_string());
    let said = house.run(&["bells", "mute", "Scores", bell, "--off"]);
    assert!(said.err.contains("It is heard again"), "{}", said.err);
}

#[test]
fn how_a_bell_stands_is_listed() {
    let house = House::open(RealWorld.now());
    board(&house, "Scores");
    let rule = r#"{"set_added_min": 1}"#;
    let to = ["--to", "ada@example.org"];
    let add = [&["bells", "add", "Scores", "--rule", rule][..], &to].concat();
    let said = house.says(&add);
    let words = "No bell goes to ada@example.org before it says yes to the mail that asks it.";
    assert!(said.contains(words), "{said}");
    let stands = |sql: &'static str| {
        assert_eq!(house.execute(sql, Vec::new()), 1, "{sql}");
        let state = house.plain(&["bells", "list", "Scores"])[0][5].clone();
        (state, house.prints(&["bells", "list", "Scores"]))
    };
    for (sql, state, words) in [
        (
            "update subscriptions set muted_until = 1",
            "unconfirmed",
            "waits for the address to say yes",
        ),
        (
            "update subscriptions set confirmed_at = 1",
            "listening",
            "email · previous · listening",
        ),
        (
            "update subscriptions set failing_since = 1",
            "failing",
            "nothing arrives",
        ),
        (
            "update subscriptions set muted_until = 4102444800000000",
            "muted",
            "muted until 1 Jan 2100",
        ),
        (
            "update subscriptions set disabled_at = 1, disabled_reason = 'the receiver is gone'",
            "off",
            "off: the receiver is gone",
        ),
    ] {
        let (stands, shown) = stands(sql);
        assert_eq!(stands, state, "{sql}");
        assert!(shown.contains(words), "{shown}");
    }
}

#[test]
fn a_test_for_a_person_is_put_into_the_inbox() {
    let house = House::open(RealWorld.now());
    board(&house, "Scores");
    let rule = r#"{"set_added_min": 1}"#;
    let bell = house.json(&["bells", "add", "Scores", "--rule", rule]);
    let id = bell["id"].as_str().unwrap();
    let said = house.says(&["bells", "test", "Scores", "--send", id]);
    let words = "It was put into the inbox and the thread";
    assert!(said.contains(words), "{said}");
    assert!(!said.contains("answered"), "{said}");
}

/// A bell of the dashboard for a webhook that nobody listens at: the bell's id, and the address.
fn bell_for_nobody(house: &House) -> (String, String) {
    // The port of the place is held, and this hub listens elsewhere.
    let hook = format!("http://127.0.0.1:{}/bells", house.place.port());
    let rule = r#"{"set_added_min": 1}"#;
    let add = ["bells", "add", "Scores", "--rule", rule, "--to", &hook];
    (house.plain(&add)[0][0].clone(), hook)
}

#[test]
fn a_bell_is_sent_a_test_whose_bytes_and_answer_are_shown() {
    let house = House::open(RealWorld.now());
    board(&house, "Scores");
    let (bell, hook) = bell_for_nobody(&house);
    let said = house.run(&["deliveries", "list"]);
    assert!(said.err.contains("No deliveries match."), "{}", said.err);
    let tried = house.run(&["bells", "test", "Scores", "--send", &bell[24..]]);
    assert_eq!(tried.code, 1, "nobody listens there");
    assert!(
        tried.out.contains("webhook-signature: v1,"),
        "{}",
        tried.out
    );
    assert!(
        tried.out.contains(r#""type":"dashboard.test""#),
        "{}",
        tried.out
    );
    assert!(
        tried.err.contains(&format!("{hook}: no connection")),
        "{}",
        tried.err
    );
    let tried = Said::of(
        house
            .bellboard(&["bells", "test", "Scores", "--send", &bell, "--json"])
            .output()
            .unwrap(),
    );
    let shown: Value = serde_json::from_str(&tried.out).unwrap();
    assert_eq!((tried.code, &shown["arrived"]), (1, &json!(false)));
    let listed = house.prints(&["deliveries", "list"]);
    assert!(
        listed.contains("Test: Scores") && listed.contains("dead"),
        "{listed}"
    );
    let said = house.run(&["bells", "test", "Scores", "--send", "zzzz"]);
    assert_eq!(said.code, 2);
    assert!(
        said.err.contains("No bell of this dashboard"),
        "{}",
        said.err
    );
    let said = house.run(&["bells", "test", "Scores"]);
    assert_eq!(said.code, 2);
    assert!(said.err.contains("--rule"), "{}", said.err);
}

#[test]
fn what_was_given_up_is_sent_again_one_by_one_or_by_time() {
    let house = House::open(RealWorld.now());
    let dashboard = board(&house, "Scores");
    let (_, hook) = bell_for_nobody(&house);
    let push = ["dashboards", "push", "Scores", "-", "--format", "csv"];
    for rows in ["id,score\na,1\n", "id,score\na,1\nb,2\n"] {
        assert_eq!(house.pipe(&push, rows).code, 0);
        house.advance_to(house.now() + Duration::from_secs(1));
    }
    assert_eq!(house.send_due(), 1);
    let waiting = house.plain(&["deliveries", "list", "--status", "waiting"]);
    let id = waiting[0][0].clone();
    let fields = ["waiting", "webhook", hook.as_str(), "Scores", "1"];
    assert_eq!(waiting[0][1..6], fields);
    let said = house.run(&["deliveries", "replay", &id]);
    assert_eq!(said.code, 1);
    assert!(
        said.err.contains("This delivery is waiting"),
        "{}",
        said.err
    );

    give_up(&house);
    let again = house.run(&["deliveries", "replay", &id[24..]]);
    assert!(
        again.err.contains("It is sent again to webhook"),
        "{}",
        again.err
    );
    let shown = house.get(&format!("/api/deliveries/{id}"));
    assert_eq!(
        (&shown["status"], &shown["dashboard_id"]),
        (&json!("waiting"), &json!(dashboard))
    );

    give_up(&house);
    house.advance_to(house.now() + Duration::from_secs(1));
    let last = ["deliveries", "replay", "--last", "1h"];
    let of_others = house.run(&[&last[..], &["--dashboard", "Nothing"]].concat());
    assert_eq!(of_others.code, 2);
    assert_eq!(house.json(&last), json!({"replayed": 1, "more": false}));
    let none = house.run(&last);
    assert!(none.err.contains("0 will be sent again"), "{}", none.err);
    let said = house.run(&["deliveries", "replay", "zzzz"]);
    assert!(said.err.contains("No delivery of yours"), "{}", said.err);
    let said = house.run(&["deliveries", "list", "--status", "lost"]);
    assert!(said.err.contains("`lost` is no status"), "{}", said.err);
}

/// Makes every delivery what it is after ten tries in three days.
fn give_up(house: &House) {
    let dead =
        "update deliveries set status = 'dead', settled_at = created_at, next_attempt_at = null";
    assert_eq!(house.execute(dead, Vec::new()), 1);
}
