//! `bellboard ask`: a question goes out, a person answers, and the answer comes back to whoever called.

mod refused;

use std::io::{BufRead as _, BufReader, Read as _};
use std::process::{Child, Stdio};

use reqwest::Method;
use serde_json::{Value, json};

use crate::desk::Desk;
use crate::place::{Said, until};

const OPTIONS: [&str; 4] = ["--option", "yes=Delete them", "--option", "no=Keep them"];

impl Desk {
    fn asks(&self) -> Vec<Value> {
        let asks = self.get("/api/asks");
        asks["items"].as_array().unwrap().clone()
    }

    fn answer(&self, ask: &Value, words: &Value) {
        self.settle(ask, "answer", words);
    }

    fn settle(&self, ask: &Value, what: &str, words: &Value) {
        let path = format!("/api/asks/{}/{what}", ask["id"].as_str().unwrap());
        self.say(&path, words);
    }

    /// Asks and waits; comes back when the hub has the question.
    fn waiting(&self, arguments: &[&str]) -> (Waiting, Value) {
        let known = self.asks().len();
        let words = ["ask", "Delete 14 rows?", "--wait"];
        let mut process = self
            .place
            .bellboard([&words, arguments].concat())
            .stdout(Stdio::piped())
            .stderr(Stdio::piped())
            .spawn()
            .unwrap();
        // It says what it asked before it waits.
        let mut err = BufReader::new(process.stderr.take().unwrap());
        let mut said = String::new();
        err.read_line(&mut said).unwrap();
        assert!(said.contains("/ui/asks/"), "{said}");
        let asks = self.asks();
        assert_eq!(asks.len(), known + 1);
        (Waiting { process, err }, asks[0].clone())
    }
}

struct Waiting {
    process: Child,
    err: BufReader<std::process::ChildStderr>,
}

impl Waiting {
    fn end(mut self) -> Said {
        let (mut out, mut err) = (String::new(), String::new());
        let mut stdout = self.process.stdout.take().unwrap();
        stdout.read_to_string(&mut out).unwrap();
        self.err.read_to_string(&mut err).unwrap();
        let code = self.process.wait().unwrap().code().unwrap_or(-1);
        Said { code, out, err }
    }
}

#[test]
fn the_chosen_key_is_printed_and_who_chose_it_is_said() {
    let desk = Desk::open();
    let more = [
        "--detail",
        "They are older than a year.",
        "--needs-note",
        "no",
    ];
    let (waiting, ask) = desk.waiting(&[&OPTIONS[..], &more].concat());
    assert_eq!(ask["detail"], "They are older than a year.");
    assert_eq!(ask["options"][1]["needs_note"], true);
    desk.answer(
        &ask,
        &json!({"option": "no", "note": "The audit reads them"}),
    );
    let said = waiting.end();
    assert_eq!((said.code, said.out.as_str()), (0, "no\n"), "{}", said.err);
    let words = "answered: Keep them. The audit reads them";
    assert!(said.err.contains(words), "{}", said.err);

    let (waiting, ask) = desk.waiting(&[&OPTIONS[..], &["--json"]].concat());
    desk.answer(&ask, &json!({"option": "yes"}));
    let said = waiting.end();
    let view: Value = serde_json::from_str(&said.out).unwrap();
    assert_eq!((said.code, &view["answer"]["option"]), (0, &"yes".into()));

    let (waiting, ask) = desk.waiting(&[&OPTIONS[..], &["--plain"]].concat());
    desk.answer(&ask, &json!({"option": "yes"}));
    assert_eq!(waiting.end().out, "yes\tanswered\tDelete them\t\n");
}

#[test]
fn the_values_of_a_form_are_printed_as_json() {
    let desk = Desk::open();
    let form = json!({
        "type": "object",
        "properties": {"rows": {"type": "integer", "minimum": 1}, "why": {"type": "string"}},
        "required": ["rows"],
    });
    let (waiting, ask) = desk.waiting(&["--form", &form.to_string()]);
    desk.answer(&ask, &json!({"values": {"rows": 14, "why": "Größe\nzwei"}}));
    let said = waiting.end();
    assert_eq!(said.code, 0, "{}", said.err);
    let values: Value = serde_json::from_str(&said.out).unwrap();
    assert_eq!(values, json!({"rows": 14, "why": "Größe\nzwei"}));
}

/// What the hub says to an answer that it refuses: status, code and field.
fn refused_answer(desk: &Desk, ask: &Value, words: &Value) -> (u16, String, Value) {
    let path = format!("/api/asks/{}/answer", ask["id"].as_str().unwrap());
    let (status, problem) = desk.runtime.block_on(async {
        let answer = desk.client.request(Method::POST, &path).json(words);
        let answer = answer.send().await.unwrap();
        (answer.status(), answer.json::<Value>().await.unwrap())
    });
    assert!(!problem["detail"].as_str().unwrap().is_empty());
    let code = problem["code"].as_str().unwrap().to_owned();
    (status.as_u16(), code, problem["field"].clone())
}

#[test]
fn what_was_withdrawn_ends_with_1_and_what_expired_with_its_fallback() {
    let desk = Desk::open();
    let (waiting, ask) = desk.waiting(&OPTIONS);
    desk.settle(&ask, "withdraw", &json!({"note": "No need"}));
    let said = waiting.end();
    assert_eq!((said.code, said.out.as_str()), (1, ""), "{}", said.err);
    assert!(
        said.err.contains("was withdrawn; there is no answer"),
        "{}",
        said.err
    );

    let soon = ["--expires", "1s", "--fallback", "no"];
    let (waiting, ask) = desk.waiting(&[&OPTIONS[..], &soon].concat());
    let said = waiting.end();
    let told = refused_answer(&desk, &ask, &json!({"option": "yes"}));
    assert_eq!((told.0, told.1.as_str()), (409, "ask_expired"));
    assert_eq!((said.code, said.out.as_str()), (0, "no\n"), "{}", said.err);
    let words = "Nobody answered in time; the fallback holds: Keep them";
    assert!(said.err.contains(words), "{}", said.err);
}

#[test]
fn without_a_wait_the_address_is_printed_and_the_key_leads_back() {
    let desk = Desk::open();
    let words = ["ask", "Delete 14 rows?", "--key", "rows-14"];
    let said = desk.place.run([&words[..], &OPTIONS].concat());
    assert_eq!(said.code, 0, "{}", said.err);
    let ask = desk.asks().remove(0);
    let path = format!("/ui/asks/{}\n", ask["id"].as_str().unwrap());
    assert!(said.out.ends_with(&path), "{}", said.out);
    let again = desk.place.json(&[&words[..], &OPTIONS].concat());
    assert_eq!(again["id"], ask["id"]);
    desk.answer(&ask, &json!({"option": "yes"}));
    let said = desk.place.run([&words[..], &OPTIONS, &["--wait"]].concat());
    assert_eq!((said.code, said.out.as_str()), (0, "yes\n"), "{}", said.err);
    assert_eq!(desk.asks().len(), 1);
}

#[test]
fn asks_are_listed_and_withdrawn() {
    let desk = Desk::open();
    let ask = |title: &str| {
        let said = desk.place.run([&["ask", title][..], &OPTIONS].concat());
        assert_eq!(said.code, 0, "{}", said.err);
        desk.asks().remove(0)
    };
    let (first, second) = (ask("Delete 14 rows?"), ask("Move on?"));
    desk.answer(&first, &json!({"option": "yes"}));
    let listed = desk.place.run(["asks", "list"]).out;
    for words in [
        "Delete 14 rows?",
        ": Delete them",
        "Move on?",
        "for: Whoever may decide",
    ] {
        assert!(listed.contains(words), "{words}: {listed}");
    }
    let open = desk.place.json(&["asks", "list", "--state", "open"]);
    assert_eq!(open["total_count"], 1);
    assert_eq!(open["items"][0]["id"], second["id"]);
    let plain = desk
        .place
        .run(["asks", "list", "--plain", "--state", "answered"]);
    let columns: Vec<&str> = plain.out.trim_end().split('\t').collect();
    assert_eq!(columns[0], first["id"].as_str().unwrap());
    assert_eq!(columns[1], "answered");

    let end = second["id"].as_str().unwrap().get(28..).unwrap();
    for wrong in ["", "ffffffff"] {
        let said = desk.place.run(["asks", "withdraw", wrong]);
        assert_eq!(said.code, 2, "{wrong}: {}", said.err);
    }
    let said = desk
        .place
        .run(["asks", "withdraw", end, "--note", "Found it"]);
    assert_eq!(said.code, 0, "{}", said.err);
    assert!(said.err.contains("Withdrew “Move on?”"), "{}", said.err);
    assert_eq!(desk.asks()[0]["state"], "withdrawn");
    // What is closed is named by its whole id only, and is refused by the hub.
    let said = desk
        .place
        .run(["asks", "withdraw", first["id"].as_str().unwrap()]);
    assert_eq!(said.code, 1, "{}", said.err);
    assert!(said.err.contains("has answered already"), "{}", said.err);
    let none = desk.place.run(["asks", "list", "--state", "open"]);
    assert!(none.out.contains("No asks match."), "{}", none.out);
}

#[test]
fn a_question_is_for_whoever_was_named() {
    let desk = Desk::open();
    let ask = |whom: &str| {
        let words = ["ask", "Delete 14 rows?", "--for", whom];
        desk.place.run([&words[..], &OPTIONS].concat())
    };
    assert_eq!(ask("domain-expert").code, 0);
    assert_eq!(desk.asks()[0]["for"], "Domain experts");
    let path = format!("/api/engagements/{}/members", desk.client.engagement);
    let members = desk.get(&path);
    let name = members["items"][0]["name"].as_str().unwrap();
    assert_eq!(ask(&name.to_uppercase()).code, 0);
    assert_eq!(desk.asks()[0]["for"], name);
    let said = ask("nobody");
    assert_eq!(said.code, 2);
    assert!(
        said.err.contains("--for nobody: nobody here"),
        "{}",
        said.err
    );
    assert_eq!(desk.asks().len(), 2);
}

#[test]
fn a_wrapped_command_asks_for_its_run_which_says_that_it_waits() {
    let desk = Desk::open();
    let words = [
        "run",
        "--label",
        "Clean up",
        "--",
        "bellboard",
        "ask",
        "Delete 14 rows?",
        "--wait",
    ];
    let wrapped = desk
        .place
        .bellboard([&words[..], &OPTIONS].concat())
        .stdout(Stdio::piped())
        .stderr(Stdio::piped())
        .spawn()
        .unwrap();
    let ask = until("it asks", || desk.asks().pop());
    let run = desk.place.only_run();
    assert_eq!(ask["run_id"], run["id"]);
    let waits = "Waiting for a person: Delete 14 rows?";
    assert_eq!(run["progress"]["label"], waits);
    let id = run["id"].as_str().unwrap();
    for look in [&["status"][..], &["runs", "show", id], &["runs", "list"]] {
        let said = desk.place.run(look);
        let (mark, cut) = ("○", &waits[..28]);
        let words = said.out.contains(mark) && said.out.contains(cut);
        assert!(words && !said.out.contains('●'), "{look:?}: {}", said.out);
    }
    desk.answer(&ask, &json!({"option": "yes"}));
    let said = Said::of(wrapped.wait_with_output().unwrap());
    assert_eq!((said.code, said.out.as_str()), (0, "yes\n"), "{}", said.err);
    assert_eq!(desk.place.only_run()["outcome"], "succeeded");
    let shown = desk.place.run(["runs", "show", id]).out;
    assert!(
        shown.contains("Answered “Delete 14 rows?”: Delete them"),
        "{shown}"
    );

    // A question of what has ended already still reaches somebody.
    let late = desk
        .place
        .bellboard([&["ask", "Still there?"][..], &OPTIONS].concat())
        .env("BELLBOARD_RUN", id)
        .output()
        .unwrap();
    let said = Said::of(late);
    assert!(
        said.code == 0 && said.err.contains("has ended"),
        "{}",
        said.err
    );
    assert_eq!(desk.asks()[0]["run_id"], Value::Null);
}
