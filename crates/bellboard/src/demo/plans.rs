//! The planned work of the demo: domains with their repos, topics, workstreams and tasks, extension points and technical
//! debts, told once, as files and agents would have told them.

use serde_json::{Value, json};

use super::cast::{ASTER, HARBOUR, NORTHRAIL, PAPERBOAT};
use super::stage::Actor;
use crate::client::CallFault;
use crate::wire::Page;

/// One call: the verb, and what it is sent.
type Step = (&'static str, Value);

/// Tells the plans of one place, where none have been told.
pub async fn tell(actor: &Actor, place: usize) -> Result<(), CallFault> {
    let known = json!({"engagement": actor.engagement_id, "status": "all", "limit": 1});
    let known: Page<Value> = actor.client.call("list_domains", known).await?;
    if known.total_count > 0 {
        return Ok(());
    }
    for (verb, mut input) in steps(place) {
        input["engagement"] = json!(actor.engagement_id);
        actor.client.call_raw(verb, input).await?;
    }
    if place == NORTHRAIL {
        decide(actor).await?;
    }
    Ok(())
}

fn steps(place: usize) -> Vec<Step> {
    match place {
        NORTHRAIL => [northrail(), northrail_tasks(), northrail_entries()].concat(),
        PAPERBOAT => paperboat(),
        ASTER => aster(),
        HARBOUR => harbour(),
        _ => Vec::new(),
    }
}

fn northrail() -> Vec<Step> {
    vec![
        domain("timetables", "Timetables", "timetable and signalling tools"),
        local("timetables", "timetable-core"),
        remote("timetables", "signal-sim", "northrail"),
        remote("timetables", "timetable-web", "northrail"),
        local("timetables", "line-data"),
        topic("timetables", "winter-timetable", "Winter timetable"),
        sync(1, WINTER_BEFORE),
        // What the hub knows better than the file is left as it is, and told.
        (
            "update_task",
            json!({"task_id": "NR-WP-0007-T02", "status": "done"}),
        ),
        sync(2, WINTER_NOW),
        (
            "create_workstream",
            json!({
                "domain": "timetables", "topic": "winter-timetable", "slug": "line-five", "title": "Open line 5",
                "status": "active", "owner": "Mara", "due_date": "2026-12-13",
                "description": "Line 5 runs from the harbour to the airport. Its first train leaves with the winter timetable.",
            }),
        ),
        waits("line-five", "nr-wp-0007"),
        workstream(
            "timetables",
            "signal-replay",
            "Replay signals from the log",
            "proposed",
        ),
        waits("signal-replay", "line-five"),
        workstream(
            "timetables",
            "old-formats",
            "Read the formats of before 2019",
            "backlog",
        ),
        domain("custodian", "Custodian", "the hub itself"),
        remote("custodian", "state-hub", "custodian"),
        local("custodian", "workplans"),
        workstream(
            "custodian",
            "archive-rules",
            "Rules for the archive",
            "active",
        ),
        domain("old-signals", "Old signals", "replaced by Timetables"),
        ("archive_domain", json!({"slug": "old-signals"})),
    ]
}

fn northrail_tasks() -> Vec<Step> {
    vec![
        task("line-five", "Survey the stops", json!({"status": "done"})),
        task(
            "line-five",
            "Take the running times from the test runs",
            json!({"status": "done"}),
        ),
        task(
            "line-five",
            "Set the connections at Harbour East",
            json!({"status": "in_progress", "assignee": "repository-keeper"}),
        ),
        task(
            "line-five",
            "Check the platform lengths",
            json!({"priority": "high"}),
        ),
        task(
            "line-five",
            "Print the posters",
            json!({"status": "blocked", "blocking_reason": "The printer waits for the final times"}),
        ),
        task(
            "line-five",
            "Publish the feed",
            json!({
                "needs_human": true,
                "intervention_note": "The national feed asks for a signature that only a person can give",
            }),
        ),
        task(
            "archive-rules",
            "Write down what is kept, and how long",
            json!({"status": "done"}),
        ),
        ("close_workstream", json!({"slug": "archive-rules"})),
        task(
            "old-formats",
            "Collect one file of each format",
            json!({"priority": "low"}),
        ),
    ]
}

fn northrail_entries() -> Vec<Step> {
    vec![
        point(
            "EP-0007",
            "timetables",
            "Another exporter for national feeds",
            json!({
                "type": "integration", "priority": "high", "workstream": "line-five", "status": "in_progress",
                "location": "crates/export/src/lib.rs",
            }),
        ),
        point(
            "EP-0011",
            "timetables",
            "Rules for connections as data",
            json!({
                "type": "schema",
                "description": "A connection is a rule in code today. As data, planners could change it themselves.",
            }),
        ),
        point(
            "EP-0004",
            "custodian",
            "Summaries by topic",
            json!({"type": "api", "status": "deferred", "priority": "low"}),
        ),
        debt(
            "TD-0019",
            "timetables",
            "Two ways to read a stop list",
            json!({
                "type": "design", "severity": "high", "status": "in_progress", "location": "crates/import/src/stops.rs",
            }),
        ),
        debt(
            "TD-0023",
            "timetables",
            "No test for the change to summer time",
            json!({
                "type": "test", "severity": "critical", "location": "crates/core/src/clock.rs",
            }),
        ),
        debt(
            "TD-0008",
            "custodian",
            "The archive keeps secrets of former members",
            json!({
                "type": "security", "severity": "medium", "status": "resolved",
            }),
        ),
    ]
}

fn paperboat() -> Vec<Step> {
    vec![
        domain("renders", "Renders", "reports and renders"),
        remote("renders", "render-farm", "paperboat"),
        remote("renders", "templates", "paperboat"),
        topic("renders", "board-pack", "Board pack"),
        workstream(
            "renders",
            "fourth-quarter",
            "Board pack of the fourth quarter",
            "active",
        ),
        task(
            "fourth-quarter",
            "Collect the figures",
            json!({"status": "done"}),
        ),
        task(
            "fourth-quarter",
            "Lay out the appendix",
            json!({"status": "done"}),
        ),
        task(
            "fourth-quarter",
            "Render both files",
            json!({"status": "in_progress"}),
        ),
        task("fourth-quarter", "Send them to the board", json!({})),
        point(
            "EP-0002",
            "renders",
            "Renders as e-books",
            json!({"type": "other"}),
        ),
        debt(
            "TD-0003",
            "renders",
            "Fonts are fetched on every render",
            json!({"type": "performance", "severity": "low"}),
        ),
    ]
}

fn aster() -> Vec<Step> {
    vec![domain("ledger", "Ledger", "bookkeeping")]
}

fn harbour() -> Vec<Step> {
    vec![
        domain("reviews", "Reviews", "what is looked at every quarter"),
        local("reviews", "review-notes"),
        workstream(
            "reviews",
            "sign-in-review",
            "Review of sign-ins, October",
            "ready",
        ),
        task(
            "sign-in-review",
            "Close the gaps of 2 days",
            json!({"priority": "high"}),
        ),
        task("sign-in-review", "Read the 31 findings", json!({})),
    ]
}

/// A decision of the plan that was made before anybody looked.
async fn decide(actor: &Actor) -> Result<(), CallFault> {
    let asked = json!({
        "engagement": actor.engagement_id,
        "title": "Does line 5 wait for the ferry?",
        "workstream": "line-five",
        "context": "The last ferry of the evening comes 4 minutes after the last train.",
        "options": [{"key": "wait", "label": "It waits 5 minutes"}, {"key": "leave", "label": "It leaves on time"}],
    });
    let asked = actor.client.call_raw("create_decision", asked).await?;
    let made = json!({
        "ask_id": asked["ask_id"],
        "option": "wait",
        "rationale": "Nobody should spend the night at the quay",
        "undo_seconds": 0,
    });
    actor.reviewer.call_raw("resolve_decision", made).await?;
    Ok(())
}

/// The plan file of the repository, as it was when it was first read.
const WINTER_BEFORE: [&str; 4] = ["done", "in_progress", "todo", "todo"];
/// The same two commits later; the hub has heard since that the second task is done.
const WINTER_NOW: [&str; 4] = ["done", "in_progress", "in_progress", "todo"];

/// Reads the plan file of `timetable-core` with these statuses, at its commit of this number.
fn sync(number: u32, statuses: [&str; 4]) -> Step {
    let titles = [
        "Read the new stop list",
        "Compare it with last winter",
        "Move the night trains",
        "Check every connection",
    ];
    let mut text = "---\nid: NR-WP-0007\ntype: workplan\ntitle: Winter timetable\n\
                    status: active\nowner: Mara\ntopic_slug: winter-timetable\n---\n\n# Winter timetable\n"
        .to_owned();
    for ((number, title), status) in (1..).zip(titles).zip(statuses) {
        let block = format!(
            "\n## {title}\n\n```task\nid: NR-WP-0007-T0{number}\nstatus: {status}\npriority: medium\n```\n"
        );
        text.push_str(&block);
    }
    let commit = |number: u32| format!("{:07x}c0ffee", 0x4a_11_c3 + number * 7_919);
    let head = json!({
        "branch": "main",
        "commit": commit(number),
        "holds_commit": (number > 1).then(|| commit(number - 1)),
    });
    let file = json!({"path": "workplans/NR-WP-0007-winter-timetable.md", "text": text});
    (
        "sync_repo",
        json!({"slug": "timetable-core", "head": head, "files": [file]}),
    )
}

fn domain(slug: &str, name: &str, description: &str) -> Step {
    (
        "create_domain",
        json!({"slug": slug, "name": name, "description": description}),
    )
}

fn local(domain: &str, name: &str) -> Step {
    let path = format!("/srv/git/{name}");
    (
        "create_repo",
        json!({"domain": domain, "name": name, "slug": name, "local_path": path}),
    )
}

fn remote(domain: &str, name: &str, owner: &str) -> Step {
    let url = format!("https://git.example.com/{owner}/{name}");
    (
        "create_repo",
        json!({"domain": domain, "name": name, "slug": name, "remote_url": url}),
    )
}

fn topic(domain: &str, slug: &str, title: &str) -> Step {
    (
        "create_topic",
        json!({"domain": domain, "slug": slug, "title": title}),
    )
}

fn workstream(domain: &str, slug: &str, title: &str, status: &str) -> Step {
    (
        "create_workstream",
        json!({"domain": domain, "slug": slug, "title": title, "status": status}),
    )
}

fn waits(workstream: &str, depends_on: &str) -> Step {
    (
        "create_dependency",
        json!({"workstream": workstream, "depends_on": depends_on}),
    )
}

fn task(workstream: &str, title: &str, more: Value) -> Step {
    (
        "create_task",
        with(json!({"workstream": workstream, "title": title}), more),
    )
}

fn point(key: &str, domain: &str, title: &str, more: Value) -> Step {
    (
        "create_extension_point",
        with(
            json!({"ep_id": key, "domain": domain, "title": title}),
            more,
        ),
    )
}

fn debt(key: &str, domain: &str, title: &str, more: Value) -> Step {
    (
        "create_technical_debt",
        with(
            json!({"td_id": key, "domain": domain, "title": title}),
            more,
        ),
    )
}

fn with(mut input: Value, more: Value) -> Value {
    if let (Some(fields), Value::Object(more)) = (input.as_object_mut(), more) {
        fields.extend(more);
    }
    input
}

#[cfg(test)]
mod tests {
    use bellboard_hub::verbs;

    use super::*;

    #[test]
    fn every_step_is_a_verb_and_exactly_one_task_waits_for_a_person() {
        let all: Vec<Step> = (0..5).flat_map(steps).collect();
        for (verb, _) in &all {
            assert!(verbs::find(verb).is_some(), "{verb}");
        }
        let flagged = all
            .iter()
            .filter(|(_, input)| input["needs_human"] == json!(true));
        assert_eq!(flagged.count(), 1);
    }

    #[test]
    fn the_file_is_a_plan_and_says_less_than_the_hub_knows() {
        let (_, input) = sync(2, WINTER_NOW);
        let text = input["files"][0]["text"].as_str().unwrap();
        let path = input["files"][0]["path"].as_str().unwrap();
        let reading = bellboard_core::work::read_file(path, text.as_bytes()).unwrap();
        assert_eq!(reading.problems, []);
        assert_eq!(reading.plan.unwrap().tasks.len(), 4);
        assert!(text.contains("NR-WP-0007-T02\nstatus: in_progress"));
        assert_ne!(input["head"]["commit"], input["head"]["holds_commit"]);
    }
}
