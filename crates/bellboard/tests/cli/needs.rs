//! What waits for a person, settled from the terminal under the ids that `bellboard status` shows.

use std::fmt::Write as _;

use reqwest::{Method, StatusCode};
use serde_json::{Value, json};

use crate::desk::Desk;
use crate::place::settled;

impl Desk {
    /// Something that waits for a decision; its id.
    fn made(&self, kind: &str, label: &str) -> String {
        let path = format!("/api/engagements/{}/artifacts", self.client.engagement);
        let words = json!({"kind": kind, "label": label, "content": {"inline": {"rows": 3}}});
        id_of(&self.say(&path, &words))
    }

    fn asked(&self, question: &Value) -> String {
        let path = format!("/api/engagements/{}/asks", self.client.engagement);
        id_of(&self.say(&path, question))
    }

    fn waits(&self) -> u64 {
        let status = self.place.json(&["status"]);
        status["needs_you"]["total_count"].as_u64().unwrap()
    }

    /// From now on a decision can be undone for a minute, however busy the machine is.
    fn takes_its_time(&self) {
        let settings = json!({"theme": "system", "single_keys": true, "undo_seconds": 60});
        let request = self.client.request(Method::PUT, "/api/me/settings");
        let request = request.json(&settings);
        let sent = self.runtime.block_on(async { request.send().await });
        assert_eq!(sent.unwrap().status(), StatusCode::OK);
    }

    fn state(&self, artifact: &str) -> String {
        let view = self.get(&format!("/api/artifacts/{artifact}"));
        view["state"].as_str().unwrap().to_owned()
    }
}

fn id_of(view: &Value) -> String {
    view["id"].as_str().unwrap().to_owned()
}

/// The id as it is shown.
fn short(id: &str) -> &str {
    &id[id.len() - 8..]
}

fn yes_or_no(title: &str) -> Value {
    json!({"title": title, "options": [
        {"key": "yes", "label": "Delete them"},
        {"key": "no", "label": "Keep", "needs_note": true},
    ]})
}

#[test]
fn every_kind_is_shown_with_its_commands() {
    let desk = Desk::open();
    for (kind, label) in [
        ("shape", "Guest access policy"),
        ("assertion", "Two owners left in May"),
        ("render", "Site plan"),
        ("review_report", "Quarterly review"),
        ("downstream_specification", "Next step"),
        ("transformed_artifact", "Nobody decides about this"),
    ] {
        desk.made(kind, label);
    }
    desk.asked(&yes_or_no("Delete 14 rows?"));
    let failing = [
        "run",
        "--quiet",
        "--label",
        "Sync repositories",
        "--",
        "false",
    ];
    assert_eq!(desk.run(&failing).code, 1);
    let status = desk.run(&["status"]);
    let mut shown = settled(&status.out, &desk.hub.url);
    let plain = desk.run(&["status", "--plain"]);
    let needs = plain
        .out
        .lines()
        .filter(|line| line.starts_with("needs_you"));
    for line in needs {
        let fields: Vec<&str> = line.split('\t').collect();
        writeln!(shown, "{} | {} | {}", fields[1], fields[4], fields[7]).unwrap();
    }
    insta::assert_snapshot!("needs", shown);
}

#[test]
fn a_decision_is_made_under_the_shown_id_and_taken_back() {
    let desk = Desk::open();
    let shape = desk.made("shape", "Guest access policy");
    let line = desk.run(&["status"]).out;
    let line = line
        .lines()
        .find(|line| line.contains("Guest access"))
        .unwrap();
    let shown = line
        .split_whitespace()
        .find(|word| word.len() == 8 && shape.ends_with(word));
    let shown = shown.unwrap_or_else(|| panic!("no id of {shape} in {line}"));

    let other = desk.made("shape", "Device names");
    let said = desk.says(&["accept", &other]);
    assert!(
        said.contains("Confirmed: Device names · in effect in 8 s"),
        "{said}"
    );
    desk.takes_its_time();
    let said = desk.says(&["accept", shown]);
    assert!(
        said.contains("Confirmed: Guest access policy · in effect in 60 s"),
        "{said}"
    );
    assert!(said.contains(&format!("bellboard undo {shown}")), "{said}");
    assert_eq!(
        (desk.state(&shape).as_str(), desk.waits()),
        ("confirmed", 0)
    );
    let said = desk.says(&["undo", shown]);
    assert!(
        said.contains("it waits again: Guest access policy"),
        "{said}"
    );
    assert_eq!(
        (desk.state(&shape).as_str(), desk.waits()),
        ("pending_confirmation", 1)
    );

    let decision = desk
        .place
        .json(&["accept", &shape[..18], "--undo", "0", "--note", "Good"]);
    assert_eq!(
        (
            &decision["decision"],
            &decision["note"],
            &decision["released"]
        ),
        (&json!("confirm"), &json!("Good"), &json!(true))
    );
    let late = desk.refused(1, &["undo", shown]);
    assert!(late.contains("The time to undo ended at"), "{late}");
    assert_eq!(desk.state(&shape), "confirmed");
}

#[test]
fn sending_back_needs_words_and_says_with_which_flag() {
    let desk = Desk::open();
    let render = desk.made("render", "Site plan");
    let id = short(&render);
    let said = desk.refused(2, &["reject", id]);
    assert!(
        said.contains("“Site plan” needs a reason. Say it with --note TEXT"),
        "{said}"
    );
    assert_eq!(desk.state(&render), "produced");
    // What core takes for no note at all, the hub refuses in its own words; the flag is named all the same.
    let said = desk.refused(2, &["reject", id, "--note", " "]);
    assert!(said.contains("--note TEXT"), "{said}");
    assert_eq!(
        (desk.state(&render).as_str(), desk.waits()),
        ("produced", 1)
    );
    let said = desk.says(&[
        "reject",
        id,
        "-m",
        "The north arrow is missing",
        "--undo",
        "0",
    ]);
    assert!(said.ends_with("Returned: Site plan\n"), "{said}");
    let view = desk.get(&format!("/api/artifacts/{render}"));
    assert_eq!(
        (&view["state"], &view["decision"]["note"]),
        (&json!("returned"), &json!("The north arrow is missing"))
    );

    let report = desk.made("review_report", "Quarterly review");
    let said = desk.refused(2, &["reject", short(&report), "--note", "No"]);
    assert!(
        said.contains("only to acknowledge: bellboard accept"),
        "{said}"
    );
    let made = desk.made("transformed_artifact", "Cut list");
    let said = desk.refused(2, &["accept", short(&made)]);
    assert!(
        said.contains("Cut list: nothing is decided about this"),
        "{said}"
    );
    for (arguments, words) in [
        (
            &["accept", short(&report), "--option", "yes"][..],
            "this is no question",
        ),
        (&["done", short(&report)], "bellboard accept"),
        (&["accept", short(&report), "--undo", "61"], "undo_seconds"),
    ] {
        let said = desk.run(arguments);
        assert!(
            said.code > 0 && said.err.contains(words),
            "{arguments:?}: {}",
            said.err
        );
    }
    assert_eq!(desk.state(&report), "produced");
}

#[test]
fn who_comes_second_hears_who_was_first_what_and_when() {
    let desk = Desk::open();
    let shape = desk.made("shape", "Guest access policy");
    let path = format!("/api/artifacts/{shape}/decide");
    let note = json!({"decision": "reject", "note": "Not yet", "expected_version": 1});
    let decided = desk.say(&path, &note);
    for arguments in [
        &["accept", short(&shape)][..],
        &["accept", &shape],
        &["reject", short(&shape), "--note", "No"],
    ] {
        let said = desk.refused(1, arguments);
        let first = format!(
            "{} has decided already: Rejected, at {}",
            decided["decided_by_name"].as_str().unwrap(),
            decided["decided_at"].as_str().unwrap()
        );
        assert!(said.contains(&first), "{arguments:?}: {said}");
    }
    let ask = desk.asked(&yes_or_no("Delete 14 rows?"));
    desk.say(
        &format!("/api/asks/{ask}/answer"),
        &json!({"option": "yes"}),
    );
    let said = desk.refused(1, &["accept", short(&ask), "--option", "no", "-m", "Wait"]);
    assert!(
        said.contains("already") && said.contains("Delete them"),
        "{said}"
    );

    let render = desk.made("render", "Site plan");
    let path = format!("/api/artifacts/{render}/versions");
    let next = json!({"content": {"inline": {"rows": 4}}, "expected_version": 1});
    desk.say(&path, &next);
    let said = desk.refused(1, &["accept", short(&render), "--expect-version", "1"]);
    assert!(
        said.contains("version is 2") && said.contains("--expect-version 2"),
        "{said}"
    );
    assert_eq!(desk.state(&render), "produced");
    let said = desk.says(&["accept", short(&render), "--expect-version", "2"]);
    assert!(said.contains("Accepted: Site plan, version 2"), "{said}");
}

#[test]
fn a_question_is_answered_by_option_or_by_the_fields_of_its_form() {
    let desk = Desk::open();
    desk.takes_its_time();
    let ask = desk.asked(&yes_or_no("Delete 14 rows?"));
    let id = short(&ask);
    let ways =
        format!("bellboard accept {id} with --option yes (Delete them) or --option no (Keep)");
    for arguments in [&["accept", id][..], &["reject", id]] {
        let said = desk.refused(2, arguments);
        assert!(said.contains(&ways), "{said}");
    }
    let said = desk.refused(2, &["accept", id, "--option", "no"]);
    assert!(
        said.contains("“Keep” needs a reason. Say it with --note TEXT"),
        "{said}"
    );
    let said = desk.refused(1, &["accept", id, "--option", "perhaps"]);
    assert!(said.contains("option") && said.contains("yes"), "{said}");
    assert_eq!(desk.waits(), 1, "nothing of this was an answer");
    let said = desk.says(&["accept", id, "--option", "no", "--note", "They are needed"]);
    assert!(said.contains("Answered “Delete 14 rows?”: Keep"), "{said}");
    desk.says(&["undo", id]);
    assert_eq!(desk.waits(), 1);
    let answered = desk
        .place
        .json(&["accept", id, "--option", "yes", "--undo", "0"]);
    assert_eq!(answered["answer"]["option"], "yes");

    let form = desk.asked(&json!({"title": "Which limit?", "form": {
        "type": "object",
        "properties": {"days": {"type": "integer", "minimum": 1}, "why": {"type": "string"}},
        "required": ["days"],
    }}));
    let id = short(&form);
    let said = desk.refused(2, &["accept", id]);
    assert!(
        said.contains("--value days=VALUE --value why=VALUE"),
        "{said}"
    );
    let said = desk.refused(2, &["accept", id, "--value", "days=soon"]);
    assert!(said.contains("days takes a whole number"), "{said}");
    let said = desk.refused(1, &["accept", id, "--value", "days=0"]);
    assert!(said.contains("days"), "{said}");
    let values = [
        "--value",
        "days=30",
        "--value",
        "why=As agreed",
        "--undo",
        "0",
        "--json",
    ];
    let said = desk.run(&[&["accept", id][..], &values].concat());
    let answered: Value = serde_json::from_str(&said.out).unwrap();
    assert_eq!(
        answered["answer"]["values"],
        json!({"days": 30, "why": "As agreed"})
    );
}

#[test]
fn a_follow_up_is_done_and_a_decision_about_it_says_how() {
    let desk = Desk::open();
    assert_eq!(
        desk.run(&["run", "--quiet", "--label", "Sync", "--", "false"])
            .code,
        1
    );
    let run = desk.place.only_run();
    let id = short(run["id"].as_str().unwrap()).to_owned();
    let said = desk.refused(2, &["accept", &id]);
    assert!(
        said.contains(&format!("then bellboard done {id}")),
        "{said}"
    );
    let said = desk.says(&["done", &id, "-m", "The remote was away"]);
    assert!(said.contains("Dealt with: Sync"), "{said}");
    assert_eq!(desk.waits(), 0);
}

#[test]
fn what_is_snoozed_is_hidden_until_then_or_until_it_is_undone() {
    let desk = Desk::open();
    let shape = desk.made("shape", "Guest access policy");
    let id = short(&shape);
    for (flag, value, words) in [
        ("--for", "soon", "such as 2h"),
        ("--until", "soon", "a time such as 17:40"),
        ("--until", "2001-01-01", "in the future"),
        ("--for", "31d", "at most 30 days"),
    ] {
        let said = desk.run(&["snooze", id, flag, value]);
        assert!(
            said.code > 0 && said.err.contains(words),
            "{value}: {}",
            said.err
        );
    }
    assert_eq!(desk.waits(), 1);
    let said = desk.says(&["snooze", id, "--for", "2h"]);
    assert!(
        said.contains("Guest access policy, version 1 · earlier with: bellboard undo"),
        "{said}"
    );
    assert_eq!(desk.waits(), 0);
    assert!(
        desk.refused(2, &["snooze", id])
            .contains("does not wait for you")
    );
    desk.says(&["undo", id]);
    assert_eq!(desk.waits(), 1);
    let near = desk.place.json(&["snooze", id]);
    assert!(near["until"].is_string(), "{near}");
    assert_eq!(desk.waits(), 0);
    // Hidden is not settled: the decision is as open as before.
    desk.says(&["accept", id, "--undo", "0"]);
    assert_eq!(desk.state(&shape), "confirmed");
}

#[test]
fn an_id_of_nothing_and_one_of_two_are_refused() {
    let desk = Desk::open();
    let first = desk.made("shape", "One");
    desk.made("shape", "Two");
    // Ids of the same minute begin alike.
    let said = desk.refused(2, &["accept", &first[..6]]);
    assert!(
        said.contains("part of more than one id") && said.contains("One"),
        "{said}"
    );
    for item in ["ffffffff", "01890000-0000-7000-8000-000000000000", " "] {
        for command in ["accept", "reject", "done", "snooze", "undo"] {
            let said = desk.refused(2, &[command, item]);
            assert!(
                said.contains("`bellboard status` shows"),
                "{command} {item}: {said}"
            );
        }
    }
    assert_eq!(desk.waits(), 2);
}
