//! Workplans as people write them, and what is said about those that are broken.

use super::*;
use crate::work::plan::Weight;
use crate::work::status::{Priority, TaskStatus, WorkstreamStatus};
use TaskStatus::{Blocked, Cancelled, Done, InProgress, Todo};

const PATH: &str = "workplans/CUST-WP-0005.md";
const FRONT: &str =
    "---\nid: CUST-WP-0005\ntype: workplan\ntitle: Domains\nstatus: active\n---\n\n# Domains\n\n";

fn with_front(body: &str) -> Reading {
    read(PATH, &format!("{FRONT}{body}"))
}

fn tasks_of(reading: &Reading) -> Vec<(&str, &str, TaskStatus, u32)> {
    let tasks = reading.plan.iter().flat_map(|plan| &plan.tasks);
    tasks
        .map(|task| {
            (
                task.id.as_str(),
                task.title.as_str(),
                task.status,
                task.line,
            )
        })
        .collect()
}

fn said(reading: &Reading) -> Vec<String> {
    let problems = reading.problems.iter();
    problems
        .map(|p| format!("{}: {} | {}", p.line, p.what, p.way_out))
        .collect()
}

#[test]
fn a_plan_with_all_its_fields() {
    let text = "---\nid: CUST-WP-0005\ntype: workplan\ntitle: \"Domains: dynamic\"\ndomain: custodian\nstatus: ready\n\
        owner: claude\ntopic_slug: hub\nstate_hub_workstream_id: 01939f2e-6f3a-7c41-9b1d-2f8a54c0e9d7\n---\n\n# Heading\n\nWhat it is about.\n\n\
        ## T01 — Make domains rows\n\n```task\nid: CUST-WP-0005-T01\nstatus: done\npriority: high\nassignee: anna\n\
        state_hub_task_id: \"01939f2e-6f3a-7c41-9b1d-2f8a54c0e9d8\"\n```\n\nWords about it.\n\n#### Notes\n\nMore.\n\n## Next\n\nElse.\n";
    let reading = read(PATH, text);
    assert_eq!(said(&reading), [""; 0]);
    let plan = reading.plan.unwrap();
    let workstream = &plan.workstream;
    assert_eq!(workstream.title, "Domains: dynamic");
    assert_eq!(workstream.status, Some(WorkstreamStatus::Ready));
    assert_eq!(workstream.domain.as_deref(), Some("custodian"));
    assert_eq!(workstream.topic_slug.as_deref(), Some("hub"));
    assert_eq!(workstream.owner.as_deref(), Some("claude"));
    assert_eq!(workstream.description, "What it is about.");
    assert!(workstream.hub_id.is_some() && !workstream.is_archived && plan.is_whole);
    let task = &plan.tasks[0];
    assert_eq!((task.title.as_str(), task.line), ("Make domains rows", 18));
    assert_eq!(
        (task.status, task.priority),
        (TaskStatus::Done, Some(Priority::High))
    );
    assert_eq!(task.assignee.as_deref(), Some("anna"));
    assert_eq!(task.description, "Words about it.\n\n#### Notes\n\nMore.");
    assert!(task.hub_id.is_some());
}

#[test]
fn fences_of_every_kind_and_no_examples() {
    let body = "## A\n~~~ task\nid: A\n~~~\n## B\n`````Task\nid: B\nstatus: wait\n`````\n\
        ## Example\n````markdown\n```task\nid: EXAMPLE\n```\n````\n<!--\n```task\nid: COMMENT\n```\n-->\n\n    ```task\n    id: CODE\n    ```\n\n\
        - In a list\n  ```task\n  id: C\n  status: in-progress\n  ```\n- ```task\n  id: D\n  title: Own title\n  ```\n\n\
        1. One\n\n\t```task\n\tid: E\n\tstatus: done\n\t```\n\n## F\n```task\nid: F\nstatus: cancel";
    let reading = with_front(body);
    assert_eq!(said(&reading), [""; 0]);
    assert_eq!(
        tasks_of(&reading),
        [
            ("A", "A", Todo, 11),
            ("B", "B", Blocked, 15),
            ("C", "In a list", InProgress, 36),
            ("D", "Own title", Todo, 40),
            ("E", "One", Done, 47),
            ("F", "F", Cancelled, 53),
        ]
    );
}

#[test]
fn line_ends_marks_and_spellings() {
    let text = format!(
        "\u{FEFF}{FRONT}## T1. Über\n\n```task\nID: X-T1\nStatus: \"In Progress\" # now\n```\n"
    );
    for text in [text.clone(), text.replace('\n', "\r\n")] {
        let reading = read(PATH, &text);
        assert_eq!(said(&reading), [""; 0]);
        assert_eq!(
            tasks_of(&reading),
            [("X-T1", "Über", TaskStatus::InProgress, 12)]
        );
    }
}

#[test]
fn one_bad_block_hides_no_other() {
    let body = "## A\n```task\nid: A\n```\n## B\n```task\nstatus: todo\n```\n## C\n```task\nid: C\nstatus: doing\n```\n\
        ## D\n```task\nid: [D\n```\n## E\n```task\nid: E\npriority: urgent\n```\n## F\n```task\nid: two words\n```\n\
        > ```task\n> id: Q\n> ```\n\n## G\n```task\n```\n## H\n```task\nid: H\n\tstatus: todo\n```\n";
    let reading = with_front(body);
    assert_eq!(
        tasks_of(&reading)
            .iter()
            .map(|task| task.0)
            .collect::<Vec<_>>(),
        ["A", "E"]
    );
    assert!(!reading.plan.as_ref().unwrap().is_whole);
    assert_eq!(
        said(&reading),
        [
            "15: this task block has no id | add a line such as `id: CUST-WP-0005-T01`",
            "21: `doing` is no task status | write one of todo, in_progress, blocked, done, cancelled",
            "25: this task block cannot be read: unclosed bracket '[' | write each field as `name: value` on a line of its own",
            "30: `urgent` is no priority | write one of low, medium, high, critical",
            "34: `two words` is no id | use one word without spaces, at most 120 characters",
            "36: a task block in a quotation is not read | take the `>` away if it is a task",
            "41: this task block has no id | add a line such as `id: CUST-WP-0005-T01`",
            "46: this task block cannot be read: a tab indents this line, and YAML takes only spaces there | write each field as \
             `name: value` on a line of its own",
        ]
    );
}

#[test]
fn an_id_that_stands_twice_is_read_from_neither_place() {
    let reading = with_front(
        "## A\n```task\nid: A\n```\n## A again\n```task\nid: A\nstatus: done\n```\n## B\n```task\nid: B\n```\n",
    );
    assert_eq!(tasks_of(&reading).len(), 1);
    assert!(!reading.plan.as_ref().unwrap().is_whole);
    assert_eq!(
        said(&reading),
        [
            "15: the id A is used twice, first on line 11; neither is read | give one of the two another id"
        ]
    );
}

#[test]
fn front_matter_that_is_broken_leaves_no_plan_and_still_names_the_blocks() {
    let block = "## A\n```task\nstatus: todo\n```\n";
    let rows = [
        ("---\nid: X\n", "1: the front matter is never closed"),
        (
            "---\nid: [X\n---\n",
            "2: the front matter cannot be read: unclosed bracket",
        ),
        ("---\ntitle: X\n---\n", "2: the front matter has no id"),
        ("---\nid: a b\n---\n", "2: `a b` is no id"),
        (
            "---\nid: X\nid: Y\n---\n",
            "3: the front matter cannot be read: this field is written twice: id",
        ),
        ("", "1: there are task blocks and no front matter"),
    ];
    for (front, problem) in rows {
        let reading = read(PATH, &format!("{front}{block}"));
        assert_eq!(reading.plan, None, "{front}");
        let said = said(&reading);
        assert!(said[0].starts_with(problem), "{said:?}");
        assert!(
            front.len() == 11 || said.iter().any(|line| line.contains("has no id |")),
            "{said:?}"
        );
        assert!(
            reading
                .problems
                .iter()
                .all(|problem| problem.weight == Weight::Error)
        );
    }
}

#[test]
fn an_unknown_status_of_the_plan_leaves_the_rest_standing() {
    let reading = read(
        PATH,
        "---\nid: X\ntitle: Y\nstatus: doing\n---\n## A\n```task\nid: A\n```\n",
    );
    assert_eq!(reading.plan.as_ref().unwrap().workstream.status, None);
    assert_eq!(reading.plan.as_ref().unwrap().tasks.len(), 1);
    assert_eq!(
        said(&reading),
        [
            "4: `doing` is no workstream status | write one of proposed, ready, active, blocked, backlog, completed, archived"
        ]
    );
}

#[test]
fn files_that_are_no_plan_say_nothing() {
    for text in [
        "",
        "# Notes\n\nWords.\n",
        "---\ntype: note\n---\n```task\nid: A\n```\n",
    ] {
        assert_eq!(read(PATH, text), Reading::nothing(), "{text:?}");
    }
}

#[test]
fn ad_hoc_and_archived_plans_are_known_by_their_path() {
    let reading = read(
        "workplans/ADHOC-2026-11-21.md",
        "## Fix it\n```task\nid: AH-1\n```\n",
    );
    let workstream = &reading.plan.as_ref().unwrap().workstream;
    assert_eq!(workstream.id, "ADHOC-2026-11-21");
    assert_eq!(
        said(&reading).len(),
        1,
        "it has no title: {:?}",
        said(&reading)
    );
    let archived = read(
        "workplans/archived/X.md",
        &format!("{FRONT}Nothing left.\n"),
    );
    assert!(archived.plan.unwrap().workstream.is_archived);
}

#[test]
fn titles_lose_the_id_that_they_begin_with() {
    let rows = [
        ("## T01: Do it", "Do it"),
        ("## X-T01 — Do it", "Do it"),
        ("## T012 is another", "T012 is another"),
        ("## `T01` **Do** it", "Do it"),
        ("## X-T01", "X-T01"),
        ("Do it\n-----", "Do it"),
        ("##", "X-T01"),
    ];
    for (heading, title) in rows {
        let reading = with_front(&format!("{heading}\n```task\nid: X-T01\n```\n"));
        assert_eq!(tasks_of(&reading)[0].1, title, "{heading}");
    }
}

#[test]
fn two_tasks_below_one_heading_share_its_words_and_not_each_others() {
    let reading =
        with_front("## Both\nBefore.\n```task\nid: A\n```\nOf A.\n```task\nid: B\n```\nOf B.\n");
    let plan = reading.plan.unwrap();
    let words: Vec<&str> = plan
        .tasks
        .iter()
        .map(|task| task.description.as_str())
        .collect();
    assert_eq!(words, ["Before.\n\nOf A.", "Of B."]);
}

#[test]
fn a_heading_of_which_nothing_can_be_shown_is_no_title() {
    for heading in ["## \t\u{0}", "## \u{1}", "## \u{202e}\u{2066}"] {
        let reading = with_front(&format!("{heading}\n```task\nid: A\n```\n"));
        assert_eq!(tasks_of(&reading), [("A", "A", Todo, 11)], "{heading:?}");
    }
    let front = "---\nid: X\n---\n# \u{202e}\n```task\nid: A\ntitle: B\n```\n";
    let plan = read(PATH, front).plan.unwrap();
    assert_eq!(plan.workstream.title, "X");
}
