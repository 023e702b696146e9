//! Dashboards and bells from a terminal.

use std::fs;
use std::net::TcpListener;
use std::time::Duration;

use bellboard_hub::world::{RealWorld, World as _};
use serde_json::{Value, json};

use crate::house::House;
use crate::place::Said;

fn run(house: &House, arguments: &[&str]) -> Said {
    Said::of(house.bellboard(arguments).output().unwrap())
}

fn as_json(house: &House, arguments: &[&str]) -> Value {
    let out = house.prints(&[arguments, &["--json"]].concat());
    serde_json::from_str(&out).unwrap()
}

#[test]
fn rows_are_pushed_compared_and_rung_from_a_terminal() {
    let house = House::open(RealWorld.now());
    let spec = json!({
        "source": "pushed", "id_field": "id", "columns": ["id", "score"],
        "order_by": [{"field": "score", "direction": "desc"}],
    });
    let made = house.post(
        "/api/dashboards",
        &json!({"title": "Scores", "view_spec_json": spec}),
    );
    let id = made["id"].as_str().unwrap();
    let file = std::env::temp_dir().join(format!("bellboard_scores_{}.csv", std::process::id()));
    let path = file.to_str().unwrap();
    fs::write(&file, "id,score\na,30\nb,20\n").unwrap();
    let said = run(&house, &["dashboards", "push", "scores", path]);
    assert_eq!(said.code, 0, "{}", said.err);
    assert!(said.err.contains("2 rows of Scores"), "{}", said.err);
    let rule = r#"{"top_n_reordering": 1}"#;
    let bell = as_json(&house, &["bells", "add", "Scores", "--rule", rule]);
    assert_eq!(bell["subscriber_kind"], "persona");
    let bell = bell["id"].as_str().unwrap();
    fs::write(&file, "id,score\na,30\nb,60\n").unwrap();
    let pushed = as_json(&house, &["dashboards", "push", &id[28..], path]);
    assert_eq!(pushed["snapshot"]["number"], 2);
    let shown = house.prints(&["dashboards", "diff", "Scores"]);
    for line in [
        "order   2 to 1  b (moved)",
        "value   b  score  20 to 60 (+200.0 %)",
    ] {
        assert!(shown.contains(line), "{shown}");
    }
    let table = house.prints(&["dashboards", "show", "Scores"]);
    assert!(table.contains("b      60"), "{table}");
    let tried = run(&house, &["bells", "test", "Scores", "--rule", rule]);
    assert!(
        tried.err.contains("Would have rung once in 2 snapshots"),
        "{}",
        tried.err
    );
    let listed = house.prints(&["bells", "list", "Scores"]);
    assert!(listed.contains(bell), "{listed}");
    let muted = run(&house, &["bells", "mute", "Scores", bell, "--for", "8h"]);
    assert!(
        muted.err.contains("Nothing is heard of it until"),
        "{}",
        muted.err
    );
    let listed = house.prints(&["dashboards", "list"]);
    assert!(
        listed.contains("pushed · manual · 1 bell · 2 rows"),
        "{listed}"
    );
    fs::write(&file, "id,score\na,\"30\n").unwrap();
    let said = run(&house, &["dashboards", "push", "Scores", path]);
    assert_ne!(said.code, 0);
    assert!(said.err.contains("row 1"), "{}", said.err);
    fs::remove_file(&file).unwrap();
}

#[test]
fn a_question_is_saved_or_its_faults_are_named() {
    let house = House::open(RealWorld.now());
    let add = ["dashboards", "add", "Scores", "--spec"];
    let spec = r#"{"source": "pushed", "id_field": "id"}"#;
    let made = as_json(
        &house,
        &[&add[..], &[spec, "--policy", "every:15m"]].concat(),
    );
    assert_eq!(made["metadata"]["snapshot_policy"], "every:15m");
    let listed = house.prints(&["dashboards", "list"]);
    assert!(
        listed.contains("pushed · every:15m · 0 bells · no snapshot yet"),
        "{listed}"
    );
    let near = r#"{"source": "pushd", "id_field": "id"}"#;
    for (spec, code, fault) in [
        ("{", 2, "The question is no JSON"),
        (near, 1, "did you mean `pushed`?"),
    ] {
        let said = run(&house, &[&add[..], &[spec]].concat());
        assert_eq!(said.code, code, "{}", said.err);
        assert!(said.err.contains(fault), "{}", said.err);
    }
}

#[test]
fn what_is_due_is_taken_once_and_what_is_unknown_is_said() {
    let house = House::open(RealWorld.now());
    let due = as_json(&house, &["snapshot", "--due"]);
    assert_eq!(due, json!({"taken": 0, "missed": 0}));
    let said = run(&house, &["dashboards", "show", "Nothing"]);
    assert_eq!(said.code, 2, "{}", said.err);
    assert!(
        said.err
            .contains("None of your dashboards is called `Nothing`"),
        "{}",
        said.err
    );
    let said = run(&house, &["bells", "add", "Nothing", "--rule", "{"]);
    assert_eq!(said.code, 2, "{}", said.err);
    assert!(said.err.contains("The rule is no JSON"), "{}", said.err);
}

/// A dashboard of pushed rows; its id.
fn board(house: &House, title: &str) -> String {
    let spec = json!({
        "source": "pushed", "id_field": "id", "columns": ["id", "score"],
        "order_by": [{"field": "score", "direction": "desc"}],
        "primary_metric": {"measure": "sum", "field": "score"},
    });
    let wish = json!({"title": title, "view_spec_json": spec});
    let made = house.post("/api/dashboards", &wish);
    made["id"].as_str().unwrap().to_owned()
}

/// The lines of `--plain`, cut into their fields.
fn plain(house: &House, arguments: &[&str]) -> Vec<Vec<String>> {
    let out = house.prints(&[arguments, &["--plain"]].concat());
    let fields = |line: &str| line.split('\t').map(str::to_owned).collect();
    out.lines().map(fields).collect()
}

/// Pushes what comes on standard input.
fn pipe(house: &House, arguments: &[&str], text: &str) -> Said {
    use std::io::Write as _;
    use std::process::Stdio;

    let mut child = house
        .bellboard(arguments)
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .stderr(Stdio::piped())
        .spawn()
        .unwrap();
    child
        .stdin
        .take()
        .unwrap()
        .write_all(text.as_bytes())
        .unwrap();
    Said::of(child.wait_with_output().unwrap())
}

#[test]
fn rows_come_on_standard_input_in_each_form() {
    let house = House::open(RealWorld.now());
    board(&house, "Scores");
    for (form, text) in [
        ("json", r#"[{"id": "a", "score": 2}]"#),
        ("ndjson", "{\"id\": \"a\", \"score\": 2}\n"),
        ("csv", "id,score\na,2\n"),
    ] {
        let push = ["dashboards", "push", "Scores", "-", "--format", form];
        let said = pipe(&house, &push, text);
        assert_eq!(said.code, 0, "{form}: {}", said.err);
        assert!(
            said.err.contains("1 rows of Scores"),
            "{form}: {}",
            said.err
        );
    }
    let said = pipe(&house, &["dashboards", "push", "Scores", "-"], "[]");
    assert_eq!(said.code, 2, "{}", said.err);
    assert!(
        said.err.contains("--format json, ndjson or csv"),
        "{}",
        said.err
    );
    let quiet = [
        "dashboards",
        "push",
        "Scores",
        "-",
        "--format",
        "csv",
        "--no-snapshot",
    ];
    let said = pipe(&house, &quiet, "id,score\nb,3\n");
    assert_eq!(said.code, 0, "{}", said.err);
    assert!(!said.err.contains("Snapshot"), "{}", said.err);
    let shown = as_json(&house, &["dashboards", "show", "Scores"]);
    assert_eq!(shown["number"], 3);
    let taken = as_json(&house, &["dashboards", "snapshot", "Scores"]);
    assert_eq!(
        (
            &taken["number"],
            &taken["materialized_data"]["rows"][0]["id"]
        ),
        (&json!(4), &json!("b"))
    );
    let said = run(&house, &["dashboards", "snapshot", "Scores"]);
    assert!(
        said.err.contains("Snapshot 5 of Scores: 1 rows, unchanged"),
        "{}",
        said.err
    );
}

#[test]
fn dashboards_are_listed_and_shown_for_programs_too() {
    let house = House::open(RealWorld.now());
    let listed = run(&house, &["dashboards", "list"]);
    assert!(
        listed.err.contains("No dashboards match."),
        "{}",
        listed.err
    );
    let id = board(&house, "Scores");
    let other = board(&house, "Scores of others");
    let lines = plain(&house, &["dashboards", "list"]);
    assert_eq!(lines.len(), 2);
    let mine = lines.iter().find(|line| line[0] == id).unwrap();
    assert_eq!(mine[1..], ["Scores", "aster-bank", "pushed", "0"]);
    let all = as_json(&house, &["dashboards", "list", "--in", "aster-bank"]);
    assert_eq!(all["total_count"], 2);
    let none = as_json(&house, &["dashboards", "list", "--archived"]);
    assert_eq!(none["total_count"], 0);
    let said = run(&house, &["dashboards", "show", "Scores"]);
    assert_eq!(said.code, 0, "{}", said.err);
    assert!(said.err.contains("has no snapshot yet"), "{}", said.err);
    let rows = "id,score\na,2\nb,\n";
    let push = ["dashboards", "push", "Scores", "-", "--format", "csv"];
    assert_eq!(pipe(&house, &push, rows).code, 0);
    let lines = plain(&house, &["dashboards", "show", "Scores"]);
    assert_eq!(lines, [["id", "score"], ["a", "2"], ["b", ""]]);
    // A title is found whatever its capitals; an id by its beginning.
    for named in ["SCORES OF OTHERS", &other, &other[26..]] {
        let said = run(&house, &["dashboards", "snapshot", named]);
        assert_eq!(said.code, 0, "{named}: {}", said.err);
    }
    board(&house, "Scores");
    let said = run(&house, &["dashboards", "show", "Scores"]);
    assert_eq!(said.code, 2, "{}", said.err);
    assert!(
        said.err.contains("Several are meant by `Scores`"),
        "{}",
        said.err
    );
}

#[test]
fn bells_are_added_for_anybody_tried_and_muted() {
    let house = House::open(RealWorld.now());
    board(&house, "Scores");
    let listed = run(&house, &["bells", "list", "Scores"]);
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
    let made = plain(&house, &hook);
    let (bell, secret) = (made[0][0].clone(), made[0][1].clone());
    assert!(secret.starts_with("whsec_"), "{secret}");
    let lines = plain(&house, &["bells", "list", "Scores"]);
    assert_eq!(
        lines,
        [[
            bell.as_str(),
            "webhook",
            "http://127.0.0.1:9/bells",
            rule.replace(' ', "").as_str(),
            "last_notified",
        ]]
    );
    let again = run(&house, &hook);
    assert_ne!(again.code, 0);
    assert!(again.err.contains("already"), "{}", again.err);
    let wrong = ["bells", "add", "Scores", "--rule", r#"{"set_added": 1}"#];
    let said = run(&house, &wrong);
    assert_ne!(said.code, 0);
    assert!(said.err.contains("set_added_min"), "{}", said.err);
}

#[test]
fn a_rule_is_tried_before_it_is_a_bell_and_a_bell_is_muted() {
    let house = House::open(RealWorld.now());
    board(&house, "Scores");
    let rule = r#"{"primary_metric_delta_pct": 0.1}"#;
    let bell = as_json(&house, &["bells", "add", "Scores", "--rule", rule]);
    let bell = bell["id"].as_str().unwrap();
    for score in [100, 105, 130] {
        let rows = format!("id,score\na,{score}\n");
        let push = ["dashboards", "push", "Scores", "-", "--format", "csv"];
        assert_eq!(pipe(&house, &push, &rows).code, 0);
    }
    let test = ["bells", "test", "Scores", "--rule", rule];
    let said = run(&house, &test);
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
    let tried = as_json(&house, &test);
    assert_eq!(tried["checked"], 3);
    let muted = as_json(&house, &["bells", "mute", "Scores", bell, "--for", "30m"]);
    assert!(muted["muted_until"].is_string());
    let said = run(&house, &["bells", "mute", "Scores", bell, "--off"]);
    assert!(said.err.contains("It is heard again"), "{}", said.err);
}

/// A bell of the dashboard for a webhook that nobody listens at: the bell's id, and the address.
fn bell_for_nobody(house: &House) -> (String, String) {
    let nobody = TcpListener::bind("127.0.0.1:0").unwrap();
    let hook = format!("http://{}/bells", nobody.local_addr().unwrap());
    drop(nobody);
    let rule = r#"{"set_added_min": 1}"#;
    let add = ["bells", "add", "Scores", "--rule", rule, "--to", &hook];
    (plain(house, &add)[0][0].clone(), hook)
}

#[test]
fn a_bell_is_sent_a_test_whose_bytes_and_answer_are_shown() {
    let house = House::open(RealWorld.now());
    board(&house, "Scores");
    let (bell, hook) = bell_for_nobody(&house);
    let said = run(&house, &["deliveries", "list"]);
    assert!(said.err.contains("No deliveries match."), "{}", said.err);
    let tried = run(&house, &["bells", "test", "Scores", "--send", &bell[24..]]);
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
    let said = run(&house, &["bells", "test", "Scores", "--send", "zzzz"]);
    assert_eq!(said.code, 2);
    assert!(
        said.err.contains("No bell of this dashboard"),
        "{}",
        said.err
    );
    let said = run(&house, &["bells", "test", "Scores"]);
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
        assert_eq!(pipe(&house, &push, rows).code, 0);
        house.advance_to(house.now() + Duration::from_secs(1));
    }
    assert_eq!(house.send_due(), 1);
    let waiting = plain(&house, &["deliveries", "list", "--status", "waiting"]);
    let id = waiting[0][0].clone();
    let fields = ["waiting", "webhook", hook.as_str(), "Scores", "1"];
    assert_eq!(waiting[0][1..6], fields);
    let said = run(&house, &["deliveries", "replay", &id]);
    assert_eq!(said.code, 1);
    assert!(
        said.err.contains("This delivery is waiting"),
        "{}",
        said.err
    );

    give_up(&house);
    let again = run(&house, &["deliveries", "replay", &id[24..]]);
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
    let of_others = run(&house, &[&last[..], &["--dashboard", "Nothing"]].concat());
    assert_eq!(of_others.code, 2);
    assert_eq!(as_json(&house, &last)["replayed"], 1);
    let none = run(&house, &last);
    assert!(none.err.contains("0 will be sent again"), "{}", none.err);
    let said = run(&house, &["deliveries", "replay", "zzzz"]);
    assert!(said.err.contains("No delivery of yours"), "{}", said.err);
    let said = run(&house, &["deliveries", "list", "--status", "lost"]);
    assert!(said.err.contains("`lost` is no status"), "{}", said.err);
}

/// Makes every delivery what it is after ten tries in three days.
fn give_up(house: &House) {
    let dead =
        "update deliveries set status = 'dead', settled_at = created_at, next_attempt_at = null";
    assert_eq!(house.execute(dead, Vec::new()), 1);
}
