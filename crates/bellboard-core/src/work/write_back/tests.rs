//! What is edited, what is added, and what is refused, line by line.

use super::*;

const PATH: &str = "workplans/X.md";

fn to(task: &str, status: TaskStatus) -> Edit {
    Edit::TaskStatus {
        task: task.to_owned(),
        status,
    }
}

fn hub_id() -> Uuid {
    "01939f2e-6f3a-7c41-9b1d-2f8a54c0e9d7".parse().unwrap()
}

/// The lines that went and came.
fn changed(before: &str, after: &str) -> (Vec<String>, Vec<String>) {
    let old: Vec<&str> = before.split_inclusive('\n').collect();
    let new: Vec<&str> = after.split_inclusive('\n').collect();
    let head = old.iter().zip(&new).take_while(|(a, b)| a == b).count();
    let tails = old[head..].iter().rev().zip(new[head..].iter().rev());
    let tail = tails.take_while(|(a, b)| a == b).count();
    let owned = |lines: &[&str]| lines.iter().map(|line| (*line).to_owned()).collect();
    (
        owned(&old[head..old.len() - tail]),
        owned(&new[head..new.len() - tail]),
    )
}

#[test]
fn the_line_of_the_status_changes_and_no_other() {
    let rows = [
        (
            "id: A\nstatus: todo  # see B\n",
            "status: todo  # see B\n",
            "status: done  # see B\n",
        ),
        (
            "id: A\nstatus: \"in-progress\"\n",
            "status: \"in-progress\"\n",
            "status: \"done\"\n",
        ),
        (
            "status : 'wait'\nid: A\n",
            "status : 'wait'\n",
            "status : 'done'\n",
        ),
        (
            "  id: A\n  Status:   todo\n",
            "  Status:   todo\n",
            "  Status:   done\n",
        ),
        (
            "id: A\nstatus:\npriority: low\n",
            "status:\n",
            "status: done\n",
        ),
        (
            "id: A\nstatus: # later\n",
            "status: # later\n",
            "status: done # later\n",
        ),
        ("id: A\nstatus: ~\n", "status: ~\n", "status: done\n"),
        (
            "{id: A, status: todo, priority: low}\n",
            "{id: A, status: todo, priority: low}\n",
            "{id: A, status: done, priority: low}\n",
        ),
        (
            "{ id: \"A\" }\n",
            "{ id: \"A\" }\n",
            "{ id: \"A\", status: done }\n",
        ),
    ];
    for (block, old, new) in rows {
        for end in ["\n", "\r\n"] {
            let text =
                format!("---\nid: X\ntitle: T\n---\n## A\n```task\n{block}```\n\nstatus: todo\n")
                    .replace('\n', end);
            let after = write_back(PATH, &text, &[to("A", TaskStatus::Done)])
                .unwrap_or_else(|e| panic!("{block}: {e}"));
            let lines = (vec![old.replace('\n', end)], vec![new.replace('\n', end)]);
            assert_eq!(changed(&text, &after), lines, "{block}");
        }
    }
}

#[test]
fn a_missing_field_becomes_one_line() {
    let rows = [
        ("```task\nid: A\n```\n", "status: done\n"),
        ("```task\r\nid: A # x\r\n```\r\n", "status: done\r\n"),
        ("- item\n  ~~~task\n  id: A\n  ~~~\n", "  status: done\n"),
        ("1. item\n\n\t```task\n\tid: A\n\t```\n", "\tstatus: done\n"),
    ];
    for (block, line) in rows {
        let text = format!("---\nid: X\ntitle: T\n---\n## A\n{block}Rest.\n");
        let after = write_back(PATH, &text, &[to("A", TaskStatus::Done)]).unwrap();
        assert_eq!(
            changed(&text, &after),
            (vec![], vec![line.to_owned()]),
            "{block}"
        );
    }
    let text = "---\r\nid: X\r\ntitle: T\r\n---\r\n## A\r\n```task\r\nid: A";
    let after = write_back(PATH, text, &[to("A", TaskStatus::Done)]).unwrap();
    assert_eq!(after, format!("{text}\r\nstatus: done"));
}

#[test]
fn several_edits_at_once() {
    let text = "---\nid: X\ntitle: T\nstatus: ready\n---\n## A\n```task\nid: A\n```\n## B\n```task\nid: B\nstatus: todo\nstate_hub_task_id: \"\"\n```\n";
    let edits = [
        Edit::WorkstreamStatus(WorkstreamStatus::Active),
        Edit::WorkstreamHubId(hub_id()),
        Edit::TaskHubId {
            task: "A".into(),
            hub_id: hub_id(),
        },
        to("A", TaskStatus::Blocked),
        Edit::TaskHubId {
            task: "B".into(),
            hub_id: hub_id(),
        },
        to("B", TaskStatus::InProgress),
    ];
    let after = write_back(PATH, text, &edits).unwrap();
    let expected = "---\nid: X\nstate_hub_workstream_id: 01939f2e-6f3a-7c41-9b1d-2f8a54c0e9d7\ntitle: T\nstatus: active\n---\n## A\n```task\nid: A\n\
        state_hub_task_id: 01939f2e-6f3a-7c41-9b1d-2f8a54c0e9d7\nstatus: blocked\n```\n## B\n```task\nid: B\nstatus: in_progress\n\
        state_hub_task_id: \"01939f2e-6f3a-7c41-9b1d-2f8a54c0e9d7\"\n```\n";
    assert_eq!(after, expected);
    assert_eq!(
        write_back(PATH, &after, &edits).unwrap(),
        after,
        "what is said already is not touched"
    );
}

#[test]
fn the_other_formats() {
    let list = "specs/001-x/tasks.md";
    let text = "# Tasks: X\n\n- [ ] T001 A\n- [X] T002 B\n";
    let after = write_back(
        list,
        text,
        &[to("T001", TaskStatus::Done), to("T002", TaskStatus::Todo)],
    )
    .unwrap();
    assert_eq!(after, "# Tasks: X\n\n- [x] T001 A\n- [ ] T002 B\n");
    let beads = ".beads/issues.jsonl";
    let text = "{\"id\": \"a\" , \"status\" : \"open\",\"x\":\"status\"}\r\n{\"id\":\"b\"}";
    let after = write_back(
        beads,
        text,
        &[to("a", TaskStatus::Done), to("b", TaskStatus::Blocked)],
    )
    .unwrap();
    assert_eq!(
        after,
        "{\"id\": \"a\" , \"status\" : \"closed\",\"x\":\"status\"}\r\n{\"id\":\"b\",\"status\":\"blocked\"}"
    );
    let backlog = "backlog/tasks/task-1 - A.md";
    let text = "---\nid: task-1\nstatus: 'To Do'\n---\n";
    let after = write_back(backlog, text, &[to("task-1", TaskStatus::InProgress)]).unwrap();
    assert_eq!(after, "---\nid: task-1\nstatus: 'In Progress'\n---\n");
}

fn refusal(path: &str, text: &str, edit: Edit) -> WriteBackRefusal {
    write_back(path, text, &[edit]).expect_err(text)
}

fn plan(block: &str) -> String {
    format!("---\nid: X\ntitle: T\n---\n## A\n```task\n{block}```\n")
}

#[test]
fn what_cannot_be_edited_within_its_line_is_refused() {
    use WriteBackRefusal::{NoPlan, NoTask, NotExactly, NotOneLine};
    let done = || to("A", TaskStatus::Done);
    assert_eq!(refusal("README.md", "", done()), NoPlan);
    assert_eq!(refusal(PATH, "---\nid: [\n---\n", done()), NoPlan);
    let other = to("B", TaskStatus::Done);
    assert_eq!(refusal(PATH, &plan("id: A\n"), other), NoTask("B".into()));
    for block in [
        "id: A\nstatus: >-\n  todo\n",
        "id: A\nstatus:\n  todo\n",
        "id: >-\n  A\n",
    ] {
        assert_eq!(
            refusal(PATH, &plan(block), done()),
            NotOneLine("status"),
            "{block}"
        );
    }
    let both = [done(), to("A", TaskStatus::Blocked)];
    let text = plan("id: A\nstatus: todo\n");
    assert_eq!(write_back(PATH, &text, &both), Err(NotExactly));
}

#[test]
fn what_a_format_cannot_say_is_refused() {
    use WriteBackRefusal::{NoPlace, NoWord};
    let status = TaskStatus::Cancelled;
    let list = "specs/1/tasks.md";
    let beads = ".beads/issues.jsonl";
    let format = Format::SpecKit;
    let said = refusal(list, "- [ ] T1 a\n", to("T1", status));
    assert_eq!(said, NoWord { format, status });
    let format = Format::Beads;
    let said = refusal(beads, "{\"id\":\"a\"}", to("a", status));
    assert_eq!(said, NoWord { format, status });
    let edit = Edit::TaskHubId {
        task: "T1".into(),
        hub_id: hub_id(),
    };
    let said = refusal(list, "- [ ] T1 a\n", edit);
    assert_eq!(said, NoPlace("state_hub_task_id"));
    let edit = Edit::WorkstreamHubId(hub_id());
    let said = refusal("workplans/ADHOC-1.md", "# T\n", edit);
    assert_eq!(said, NoPlace("state_hub_workstream_id"));
}

#[test]
fn what_can_be_made_is_made_beside_what_cannot() {
    use WriteBackRefusal::{NoPlan, NoTask, NotOneLine};
    let block =
        |id: &str, status: &str| format!("## {id}\n```task\nid: {id}\nstatus: {status}\n```\n");
    let mut text = "---\nid: X\ntitle: T\n---\n".to_owned();
    for number in 0..40 {
        let status = if number == 7 { ">-\n  todo" } else { "todo" };
        text += &block(&format!("T{number}"), status);
    }
    let mut edits: Vec<Edit> = (0..40)
        .map(|number| to(&format!("T{number}"), TaskStatus::Done))
        .collect();
    edits.push(to("GONE", TaskStatus::Done));
    let (after, refused) = write_back_some(PATH, &text, &edits);
    assert_eq!(
        refused,
        [(7, NotOneLine("status")), (40, NoTask("GONE".into()))]
    );
    assert_eq!(after.matches("status: done\n").count(), 39);
    assert_eq!(after.replace("status: done\n", "status: todo\n"), text);
    // Two words for one task spoil only each other.
    let both = [
        to("T1", TaskStatus::Done),
        to("T2", TaskStatus::Blocked),
        to("T2", TaskStatus::Done),
        to("T3", TaskStatus::Done),
    ];
    let (after, refused) = write_back_some(PATH, &text, &both);
    assert!(refused.is_empty(), "one after the other: {refused:?}");
    assert_eq!(after.matches("status: done\n").count(), 3);
    let (same, refused) = write_back_some("README.md", "x", &both[..1]);
    assert_eq!((same.as_str(), refused), ("x", vec![(0, NoPlan)]));
}
