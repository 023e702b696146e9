//! What the commands that look show, in every form.

use std::fmt::Write as _;

use serde_json::Value;

use crate::place::{Hub, Place, Said, settled};

/// A hub with one run of each ending that the command line can bring about.
fn told() -> (Place, Hub) {
    let place = Place::new();
    let hub = Hub::start(&place);
    let script = "bellboard progress 512/512 --unit policies";
    assert_eq!(
        place
            .run([
                "run",
                "--quiet",
                "--label",
                "Compare baseline",
                "--",
                "sh",
                "-c",
                script
            ])
            .code,
        0
    );
    assert_eq!(
        place
            .run([
                "run",
                "--quiet",
                "--label",
                "Sync repositories",
                "--",
                "sh",
                "-c",
                "exit 128"
            ])
            .code,
        128
    );
    (place, hub)
}

#[test]
fn status_and_lists_read_like_this() {
    let (place, hub) = told();
    let show = |arguments: &[&str]| {
        let said = place.run(arguments);
        assert_eq!(said.code, 0, "{arguments:?}: {}", said.err);
        settled(&said.out, &hub.url)
    };
    let mut all = String::new();
    for arguments in [
        &["status"][..],
        &["status", "--short"],
        &["runs", "list"],
        &["engagements", "list"],
    ] {
        writeln!(
            all,
            "$ bellboard {}
{}",
            arguments.join(" "),
            show(arguments)
        )
        .unwrap();
    }
    let id = place.runs()[0]["id"].as_str().unwrap().to_owned();
    write!(
        all,
        "$ bellboard runs show [id]
{}",
        show(&["runs", "show", &id[28..]])
    )
    .unwrap();
    insta::assert_snapshot!("looks", all.replace(&host(), "[host]"));
}

fn host() -> String {
    rustix::system::uname()
        .nodename()
        .to_string_lossy()
        .into_owned()
}

#[test]
fn help_begins_with_three_examples() {
    let place = Place::new();
    let mut all = String::new();
    for words in [
        &["--help"][..],
        &["run", "--help"],
        &["progress", "--help"],
        &["ask", "--help"],
        &["runs", "--help"],
        &["up", "--help"],
    ] {
        let said = place.run(words);
        assert_eq!(said.code, 0);
        writeln!(
            all,
            "$ bellboard {}
{}",
            words.join(" "),
            said.out
        )
        .unwrap();
    }
    insta::assert_snapshot!("help", all);
}

#[test]
fn an_unknown_command_suggests_the_near_one() {
    let place = Place::new();
    let said = place.run(["statsu"]);
    assert_eq!(said.code, 2);
    assert!(said.err.contains("'status'"), "{}", said.err);
}

#[test]
fn json_is_the_api_s_own() {
    let (place, _hub) = told();
    let status = place.json(&["status"]);
    for zone in ["needs_you", "active", "recent"] {
        assert!(
            status[zone]["items"].is_array() && status[zone]["total_count"].is_u64(),
            "{status:#}"
        );
    }
    assert_eq!(
        status["needs_you"]["items"][0]["item_kind"],
        "run_follow_up"
    );
    let id = place.runs()[0]["id"].as_str().unwrap().to_owned();
    assert_eq!(
        place.json(&["runs", "show", &id])["label"],
        "Sync repositories"
    );
    let watched = place.run(["runs", "watch", &id, "--json"]);
    assert_eq!(watched.code, 1, "watching tells whether it succeeded");
    let lines: Vec<Value> = watched
        .out
        .lines()
        .map(|line| serde_json::from_str(line).unwrap())
        .collect();
    assert_eq!(lines.len(), 1);
    assert_eq!(lines[0]["outcome"], "failed");
}

#[test]
fn plain_lines_are_tab_separated_and_whole() {
    let (place, _hub) = told();
    let said = place.run(["runs", "list", "--plain"]);
    let lines: Vec<Vec<&str>> = said
        .out
        .lines()
        .map(|line| line.split('\t').collect())
        .collect();
    assert_eq!(lines.len(), 2);
    assert_eq!(
        &lines[0][1..6],
        [
            "completed",
            "failed",
            "command",
            "My work",
            "Sync repositories"
        ]
    );
    assert_eq!(place.run(["status", "--plain"]).out.lines().count(), 3);
}

#[test]
fn a_terminal_without_utf8_gets_ascii() {
    let (place, _hub) = told();
    for variables in [
        [("LC_ALL", "C"), ("TERM", "xterm")],
        [("LC_ALL", "C.UTF-8"), ("TERM", "dumb")],
    ] {
        let said = Said::of(
            place
                .bellboard(["status"])
                .envs(variables)
                .output()
                .unwrap(),
        );
        assert!(said.out.is_ascii(), "{}", said.out);
        assert!(said.out.contains(" ! MW"), "{}", said.out);
    }
}

#[test]
fn narrow_terminals_lose_names_and_never_numbers() {
    let (place, _hub) = told();
    let said = Said::of(
        place
            .bellboard(["status"])
            .env("COLUMNS", "48")
            .output()
            .unwrap(),
    );
    assert!(
        said.out.lines().all(|line| line.chars().count() <= 90),
        "{}",
        said.out
    );
    assert!(said.out.contains("Finished"), "{}", said.out);
}

#[test]
fn whoever_is_not_signed_in_hears_how_to() {
    let place = Place::new();
    let hub = Hub::start(&place);
    let other = Place::new();
    let said = Said::of(
        other
            .bellboard(["status"])
            .env("BELLBOARD_URL", &hub.url)
            .output()
            .unwrap(),
    );
    assert_eq!(said.code, 4);
    assert!(
        said.err.contains("You are not signed in to http://"),
        "{}",
        said.err
    );
    let said = Said::of(
        other
            .bellboard(["status"])
            .env("BELLBOARD_URL", &hub.url)
            .env("BELLBOARD_TOKEN", "bbp_wrong")
            .output()
            .unwrap(),
    );
    assert_eq!(said.code, 4);
}

#[test]
fn a_hub_that_is_away_ends_with_69() {
    let place = Place::new();
    let hub = Hub::start(&place);
    hub.stop();
    let said = place.run(["status"]);
    assert_eq!(said.code, 69);
    assert!(
        said.err
            .contains("cannot be reached: connection refused. Start it with `bellboard up`"),
        "{}",
        said.err
    );
    assert_eq!(place.run(["doctor"]).code, 69);
}

#[test]
fn tokens_and_links_are_made_for_others() {
    let place = Place::new();
    let hub = Hub::start(&place);
    let secret = place
        .run(["token", "create", "CI", "--in", "my-work", "--quiet"])
        .out
        .trim()
        .to_owned();
    assert!(secret.starts_with("bbp_"), "{secret}");
    let other = Place::new();
    let as_token = |arguments: &[&str]| {
        let mut command = other.bellboard(arguments);
        Said::of(
            command
                .env("BELLBOARD_URL", &hub.url)
                .env("BELLBOARD_TOKEN", &secret)
                .output()
                .unwrap(),
        )
    };
    assert_eq!(as_token(&["run", "--", "true"]).code, 0);
    assert_eq!(place.only_run()["outcome"], "succeeded");
    assert_eq!(place.run(["token", "revoke", "CI"]).code, 0);
    assert_eq!(as_token(&["status"]).code, 4, "from the next request on");

    assert_eq!(
        place
            .run(["agents", "create", "findings-writer", "--in", "my-work"])
            .code,
        0
    );
    let secret = place
        .run(["token", "create", "Agent", "--agent", "findings-writer"])
        .out;
    assert!(secret.starts_with("bba_"), "{secret}");
    let link = place.run(["login-link"]);
    assert!(
        link.out.starts_with(&format!("{}/login?link=", hub.url)),
        "{}",
        link.out
    );
}

#[test]
fn a_pipe_that_closes_is_no_error() {
    let (place, _hub) = told();
    let mut command = std::process::Command::new("sh");
    let environment = place.bellboard(["unused"]);
    for (name, value) in environment.get_envs() {
        command.env(name, value.unwrap());
    }
    let said = Said::of(
        command
            .args([
                "-c",
                "bellboard runs list --plain | head -1; bellboard openapi | head -c 10",
            ])
            .output()
            .unwrap(),
    );
    assert_eq!(said.err, "");
}

#[test]
fn scripts_complete_and_the_document_prints() {
    let place = Place::new();
    for shell in ["bash", "zsh", "fish", "powershell"] {
        let said = place.run(["completions", shell]);
        assert!(said.code == 0 && said.out.contains("bellboard"), "{shell}");
    }
    let document: Value = serde_json::from_str(&place.run(["openapi"]).out).unwrap();
    assert!(document["openapi"].as_str().unwrap().starts_with("3.1"));
}
