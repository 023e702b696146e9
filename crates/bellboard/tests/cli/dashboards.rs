//! Dashboards and their rows from a terminal.

use std::fs;

use bellboard_hub::world::{RealWorld, World as _};
use serde_json::json;

use crate::house::House;

/// A dashboard of pushed rows; its id.
pub fn board(house: &House, title: &str) -> String {
    let spec = json!({
        "source": "pushed", "id_field": "id", "columns": ["id", "score"],
        "order_by": [{"field": "score", "direction": "desc"}],
        "primary_metric": {"measure": "sum", "field": "score"},
    });
    let wish = json!({"title": title, "view_spec_json": spec});
    let made = house.post("/api/dashboards", &wish);
    made["id"].as_str().unwrap().to_owned()
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
    let said = house.run(&["dashboards", "push", "scores", path]);
    assert_eq!(said.code, 0, "{}", said.err);
    assert!(said.err.contains("2 rows of Scores"), "{}", said.err);
    let rule = r#"{"top_n_reordering": 1}"#;
    let bell = house.json(&["bells", "add", "Scores", "--rule", rule]);
    assert_eq!(bell["subscriber_kind"], "persona");
    let bell = bell["id"].as_str().unwrap();
    fs::write(&file, "id,score\na,30\nb,60\n").unwrap();
    let pushed = house.json(&["dashboards", "push", &id[28..], path]);
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
    let tried = house.run(&["bells", "test", "Scores", "--rule", rule]);
    assert!(
        tried.err.contains("Would have rung once in 2 snapshots"),
        "{}",
        tried.err
    );
    let listed = house.prints(&["bells", "list", "Scores"]);
    assert!(listed.contains(bell), "{listed}");
    let muted = house.run(&["bells", "mute", "Scores", bell, "--for", "8h"]);
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
    // The short way.
    let said = house.run(&["push", "Scores", path]);
    assert_ne!(said.code, 0);
    assert!(said.err.contains("row 1"), "{}", said.err);
    fs::remove_file(&file).unwrap();
}

#[test]
fn a_question_is_saved_or_its_faults_are_named() {
    let house = House::open(RealWorld.now());
    let add = ["dashboards", "add", "Scores", "--spec"];
    let spec = r#"{"source": "pushed", "id_field": "id"}"#;
    let made = house.json(&[&add[..], &[spec, "--policy", "every:15m"]].concat());
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
        let said = house.run(&[&add[..], &[spec]].concat());
        assert_eq!(said.code, code, "{}", said.err);
        assert!(said.err.contains(fault), "{}", said.err);
    }
}

#[test]
fn what_is_due_is_taken_once_and_what_is_unknown_is_said() {
    let house = House::open(RealWorld.now());
    let due = house.json(&["snapshot", "--due"]);
    assert_eq!(due, json!({"taken": 0, "missed": 0}));
    let said = house.run(&["dashboards", "show", "Nothing"]);
    assert_eq!(said.code, 2, "{}", said.err);
    assert!(
        said.err
            .contains("None of your dashboards is called `Nothing`"),
        "{}",
        said.err
    );
    let said = house.run(&["bells", "add", "Nothing", "--rule", "{"]);
    assert_eq!(said.code, 2, "{}", said.err);
    assert!(said.err.contains("The rule is no JSON"), "{}", said.err);
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
        let said = house.pipe(&push, text);
        assert_eq!(said.code, 0, "{form}: {}", said.err);
        assert!(said.err.contains("1 row of Scores"), "{form}: {}", said.err);
    }
    let said = house.pipe(&["dashboards", "push", "Scores", "-"], "[]");
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
    let said = house.pipe(&quiet, "id,score\nb,3\n");
    assert_eq!(said.code, 0, "{}", said.err);
    assert!(!said.err.contains("Snapshot"), "{}", said.err);
    let shown = house.json(&["dashboards", "show", "Scores"]);
    assert_eq!(shown["number"], 3);
    let taken = house.json(&["dashboards", "snapshot", "Scores"]);
    assert_eq!(
        (
            &taken["number"],
            &taken["materialized_data"]["rows"][0]["id"]
        ),
        (&json!(4), &json!("b"))
    );
    let said = house.run(&["dashboards", "snapshot", "Scores"]);
    assert!(
        said.err.contains("Snapshot 5 of Scores: 1 row, unchanged"),
        "{}",
        said.err
    );
}

#[test]
fn what_is_out_of_use_is_still_read() {
    let house = House::open(RealWorld.now());
    let id = board(&house, "Scores");
    let push = ["dashboards", "push", "Scores", "-", "--format", "csv"];
    for rows in ["id,score\na,2\n", "id,score\na,3\n"] {
        assert_eq!(house.pipe(&push, rows).code, 0);
    }
    let rule = r#"{"set_added_min": 1}"#;
    let bell = house.json(&["bells", "add", "Scores", "--rule", rule]);
    let archive = "update dashboards set archived_at = created_at";
    assert_eq!(house.execute(archive, Vec::new()), 1);
    for named in ["Scores", &id] {
        let lines = house.plain(&["dashboards", "show", named]);
        assert_eq!(lines, [["id", "score"], ["a", "3"]]);
        let diff = house.prints(&["dashboards", "diff", named]);
        assert!(diff.contains("a  score  2 to 3"), "{diff}");
        let bells = house.plain(&["bells", "list", named]);
        assert_eq!(bells[0][0], bell["id"].as_str().unwrap());
        assert_eq!(bells[0][5], "archived");
    }
    let said = house.pipe(&push, "id,score\na,4\n");
    assert_ne!(said.code, 0, "{}", said.err);
    assert!(said.err.contains("archived"), "{}", said.err);
    // One in use goes before.
    let new = board(&house, "Scores");
    let taken = house.json(&["dashboards", "snapshot", "Scores"]);
    assert_eq!(taken["dashboard_id"], json!(new));
}

#[test]
fn dashboards_are_listed_and_shown_for_programs_too() {
    let house = House::open(RealWorld.now());
    let listed = house.run(&["dashboards", "list"]);
    assert!(
        listed.err.contains("No dashboards match."),
        "{}",
        listed.err
    );
    let id = board(&house, "Scores");
    let other = board(&house, "Scores of others");
    let lines = house.plain(&["dashboards", "list"]);
    assert_eq!(lines.len(), 2);
    let mine = lines.iter().find(|line| line[0] == id).unwrap();
    assert_eq!(mine[1..], ["Scores", "aster-bank", "pushed", "0"]);
    let all = house.json(&["dashboards", "list", "--in", "aster-bank"]);
    assert_eq!(all["total_count"], 2);
    let none = house.json(&["dashboards", "list", "--archived"]);
    assert_eq!(none["total_count"], 0);
    let said = house.run(&["dashboards", "show", "Scores"]);
    assert_eq!(said.code, 0, "{}", said.err);
    assert!(said.err.contains("has no snapshot yet"), "{}", said.err);
    let rows = "id,score\na,2\nb,\n";
    let push = ["dashboards", "push", "Scores", "-", "--format", "csv"];
    assert_eq!(house.pipe(&push, rows).code, 0);
    let lines = house.plain(&["dashboards", "show", "Scores"]);
    assert_eq!(lines, [["id", "score"], ["a", "2"], ["b", ""]]);
    // A title is found whatever its capitals; an id by its beginning.
    for named in ["SCORES OF OTHERS", &other, &other[26..]] {
        let said = house.run(&["dashboards", "snapshot", named]);
        assert_eq!(said.code, 0, "{named}: {}", said.err);
    }
    board(&house, "Scores");
    let said = house.run(&["dashboards", "show", "Scores"]);
    assert_eq!(said.code, 2, "{}", said.err);
    assert!(
        said.err.contains("Several are meant by `Scores`"),
        "{}",
        said.err
    );
}
