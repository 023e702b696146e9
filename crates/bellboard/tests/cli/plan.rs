//! Planned work from the terminal: tasks are taken, updated and flagged, workstreams closed, what is stale cleaned up.

use serde_json::{Value, json};

use crate::desk::Desk;

/// A hub with a plan.
fn planned() -> Desk {
    let desk = Desk::open();
    desk.say(
        "/api/domains",
        &json!({"slug": "railiance", "name": "Railiance"}),
    );
    for slug in ["lay", "later"] {
        let words = json!({"domain": "railiance", "slug": slug, "title": format!("Plan {slug}"), "status": "active"});
        desk.say("/api/workstreams", &words);
    }
    for (key, priority) in [("T-1", "low"), ("T-2", "critical"), ("T-3", "medium")] {
        let words = json!({"workstream": "lay", "external_id": key, "title": format!("Do {key}"), "priority": priority});
        desk.say("/api/tasks", &words);
    }
    desk
}

#[test]
fn a_task_is_taken_done_and_given_back() {
    let desk = planned();
    let ready = desk.good(&["tasks", "ready", "--plain"]).out;
    let keys: Vec<&str> = ready
        .lines()
        .map(|line| line.split('\t').nth(1).unwrap())
        .collect();
    assert_eq!(keys, ["T-2", "T-3", "T-1"]);
    let shown = desk.good(&["tasks", "ready", "--limit", "1"]);
    assert!(
        shown.out.contains("T-2") && shown.out.contains("lay · critical"),
        "{}",
        shown.out
    );
    assert!(shown.err.contains("3 in all"), "{}", shown.err);

    let claimed = desk.good(&["tasks", "claim", "T-2", "--lease", "600", "--json"]);
    let claimed: Value = serde_json::from_str(&claimed.out).unwrap();
    assert_eq!(claimed["claim_fence"], 1);
    let begun = [
        "tasks",
        "update",
        "T-2",
        "--fence",
        "1",
        "--status",
        "in-progress",
    ];
    assert!(desk.good(&begun).err.contains("T-2, in_progress"));
    let lost = desk.refused(
        1,
        &["tasks", "update", "T-2", "--fence", "7", "--status", "done"],
    );
    assert!(lost.contains("claim again"), "{lost}");
    assert!(
        desk.good(&["tasks", "release", "T-2"])
            .err
            .contains("T-2, todo")
    );
    let changed = [
        "tasks",
        "update",
        "T-2",
        "--status",
        "blocked",
        "--reason",
        "No rails",
        "--assignee",
        "Olive",
    ];
    desk.good(&changed);
    let seen = desk.get("/api/tasks/T-2");
    assert_eq!(
        (&seen["blocking_reason"], &seen["assignee"]),
        (&json!("No rails"), &json!("Olive"))
    );
    let refused = desk.refused(1, &["tasks", "claim", "T-2"]);
    assert!(refused.contains("No rails"), "{refused}");
    let listed = desk
        .good(&["tasks", "list", "--status", "blocked", "--plain"])
        .out;
    assert_eq!(listed.lines().count(), 1);
    assert!(
        desk.refused(1, &["tasks", "claim", "T-9"])
            .contains("nothing here")
    );
}

#[test]
fn a_flagged_task_waits_for_a_person_who_says_done() {
    let desk = planned();
    desk.good(&["tasks", "flag", "T-1", "--note", "Sign the permit"]);
    let status = desk.place.json(&["status"]);
    let need = &status["needs_you"]["items"][0];
    assert_eq!(
        (&need["item_kind"], &need["detail"]),
        (&json!("task_needs_human"), &json!("Sign the permit"))
    );
    let shown = desk.good(&["status"]).out;
    assert!(
        shown.contains("Help with task: Do T-1") && shown.contains("done ID"),
        "{shown}"
    );
    let id = need["item_id"].as_str().unwrap();
    let said = desk.good(&["done", id, "--note", "Signed"]);
    assert!(
        said.err.contains("Helped: Help with task: Do T-1"),
        "{}",
        said.err
    );
    assert_eq!(desk.place.json(&["status"])["needs_you"]["total_count"], 0);
    assert_eq!(desk.get("/api/tasks/T-1")["needs_human"], false);
    let line = desk.get("/api/progress?task=T-1&limit=5");
    let lines: Vec<&str> = line["items"]
        .as_array()
        .unwrap()
        .iter()
        .map(|line| line["summary"].as_str().unwrap())
        .collect();
    assert!(lines.contains(&"Signed"), "{lines:?}");
}

#[test]
fn a_workstream_is_closed_with_a_review_of_every_open_task() {
    let desk = planned();
    let listed = desk.good(&["workstreams", "list"]).out;
    assert!(listed.contains("0 of 3 done, 3 todo"), "{listed}");
    let shown = desk.good(&["workstreams", "show", "lay"]).out;
    assert!(shown.contains("T-3  todo  Do T-3"), "{shown}");
    let refused = desk.refused(1, &["workstreams", "close", "lay", "--done", "T-1"]);
    assert!(refused.contains("T-2, T-3"), "{refused}");
    let bad = desk
        .place
        .run(["workstreams", "close", "lay", "--cancel", "T-1"]);
    assert_eq!(bad.code, 2, "{}", bad.err);
    let close = [
        "workstreams",
        "close",
        "lay",
        "--done",
        "T-1",
        "--cancel",
        "T-2=No longer wanted",
        "--carry",
        "T-3=later",
        "--write-section",
    ];
    let said = desk.good(&close);
    assert!(
        said.err.contains("Completed lay: 1 of 2 done, 1 cancelled"),
        "{}",
        said.err
    );
    assert!(said.err.contains("read from no file"), "{}", said.err);
    assert_eq!(desk.get("/api/tasks/T-3")["workstream"], "later");
}

#[test]
fn what_is_stale_is_cleaned_up_and_taken_back() {
    let desk = planned();
    let nothing = desk.good(&["cleanup-stale"]);
    assert!(nothing.err.contains("No open task"), "{}", nothing.err);
    desk.runtime.block_on(async {
        let archive = desk
            .client
            .request(reqwest::Method::PATCH, "/api/workstreams/lay")
            .json(&json!({"status": "archived"}));
        assert!(archive.send().await.unwrap().status().is_success());
    });
    let dry = desk.good(&["cleanup-stale", "--dry-run"]);
    assert_eq!(dry.out.lines().count(), 3);
    assert!(
        dry.err.contains("3 tasks would be cancelled"),
        "{}",
        dry.err
    );
    assert_eq!(desk.get("/api/tasks/T-1")["status"], "todo");
    let done = desk.good(&["cleanup-stale", "--plain"]);
    assert!(done.out.contains("T-1\ttodo\tlay\tDo T-1"), "{}", done.out);
    assert_eq!(desk.get("/api/tasks/T-1")["status"], "cancelled");
    let undone = desk.good(&["cleanup-stale", "undo"]);
    assert!(undone.err.contains("Restored 3 tasks."), "{}", undone.err);
    assert_eq!(desk.get("/api/tasks/T-1")["status"], "todo");
    let again = desk.refused(1, &["cleanup-stale", "undo"]);
    assert!(again.contains("not undone"), "{again}");
}

/// A second engagement has tasks and workstreams of the same names.
fn beside(desk: &Desk) {
    desk.say("/api/engagements", &json!({"name": "Aster Bank"}));
    let there = |mut what: Value| {
        what["engagement"] = json!("aster-bank");
        what
    };
    let domain = json!({"slug": "markets", "name": "Markets"});
    desk.say("/api/domains", &there(domain));
    let lay =
        json!({"domain": "markets", "slug": "lay", "title": "Plan other", "status": "active"});
    desk.say("/api/workstreams", &there(lay));
    let task = json!({"workstream": "lay", "external_id": "T-1", "title": "Do other"});
    desk.say("/api/tasks", &there(task));
}

#[test]
fn an_engagement_is_meant_by_what_one_would_type_or_by_the_configuration() {
    let desk = planned();
    beside(&desk);
    for named in ["aster-bank", "Aster Bank", "aster"] {
        for list in ["ready", "list"] {
            let out = desk.good(&["tasks", list, "--in", named, "--plain"]).out;
            assert!(out.ends_with("lay\tDo other\n"), "{named}: {out}");
            assert_eq!(out.lines().count(), 1, "{named}: {out}");
        }
        let shown = desk.good(&["workstreams", "show", "lay", "--in", named]);
        assert!(shown.out.contains("Plan other"), "{named}: {}", shown.out);
        let listed = desk.good(&["workstreams", "list", "--in", named, "--plain"]);
        assert_eq!(listed.out.lines().count(), 1, "{named}: {}", listed.out);
        let stale = desk.good(&["cleanup-stale", "--dry-run", "--in", named]);
        assert!(stale.err.contains("No open task"), "{named}: {}", stale.err);
    }
    // There are two, and whoever does not say which means the one of the configuration.
    desk.good(&["tasks", "claim", "T-1"]);
    let claimed = |engagement: &str| {
        let task = desk.get(&format!("/api/tasks/T-1?engagement={engagement}"));
        !task["claimed_by"].is_null()
    };
    assert!(claimed("my-work") && !claimed("aster-bank"));
    let meant = |arguments: &[&str]| {
        let mut command = desk.place.bellboard(arguments);
        command.env("BELLBOARD_ENGAGEMENT", "Aster Bank");
        let output = command.output().unwrap();
        assert!(output.status.success(), "{arguments:?}: {output:?}");
        String::from_utf8(output.stdout).unwrap()
    };
    meant(&["tasks", "flag", "T-1", "--note", "Look"]);
    let flagged = desk.get("/api/tasks/T-1?engagement=aster-bank");
    assert_eq!(flagged["needs_human"], true);
    assert!(meant(&["workstreams", "show", "lay"]).contains("Plan other"));
    meant(&["workstreams", "close", "lay", "--done", "T-1"]);
    meant(&["cleanup-stale"]);
    let other = desk.get("/api/workstreams/lay?engagement=my-work");
    assert_eq!(other["status"], "active");
    for command in [
        &["tasks", "list", "--in", "nowhere"][..],
        &["tasks", "claim", "T-1", "--in", "nowhere"],
        &["workstreams", "list", "--in", "nowhere"],
        &["workstreams", "show", "lay", "--in", "nowhere"],
        &["cleanup-stale", "--in", "nowhere"],
    ] {
        let said = desk.place.run(command);
        assert_eq!(said.code, 2, "{command:?}: {}", said.err);
        assert!(said.err.contains("Yours are: "), "{}", said.err);
    }
}

#[test]
fn a_workstream_is_shown_to_programs_line_by_line() {
    let desk = planned();
    let waits = json!({"workstream": "lay", "depends_on": "later"});
    desk.say("/api/dependencies", &waits);
    let out = desk.good(&["workstreams", "show", "lay", "--plain"]).out;
    let lines: Vec<Vec<&str>> = out.lines().map(|line| line.split('\t').collect()).collect();
    assert_eq!(
        lines[0],
        [
            "workstream",
            "lay",
            "active",
            "",
            "0 of 3 done, 3 todo",
            "railiance",
            "Plan lay"
        ]
    );
    assert_eq!(lines[1], ["depends_on", "later"]);
    let mut tasks: Vec<&[&str]> = lines[2..].iter().map(|line| &line[2..]).collect();
    tasks.sort_unstable();
    assert_eq!(
        tasks,
        [
            ["T-1", "todo", "low", "Do T-1"],
            ["T-2", "todo", "critical", "Do T-2"],
            ["T-3", "todo", "medium", "Do T-3"],
        ]
    );
    assert!(
        lines[2..]
            .iter()
            .all(|line| line[0] == "task" && line[1].len() == 36)
    );
    let out = desk.good(&["workstreams", "show", "later", "--plain"]).out;
    assert!(out.ends_with("\nblocks\tlay\n"), "{out}");
}
