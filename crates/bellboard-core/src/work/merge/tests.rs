//! The tests of the rule of sync: its guards here, what else files say and where ids stand beside.

mod fields;
mod places;

use super::*;
use crate::work::format::{Format, read_file};
use crate::work::status::{Priority, TaskStatus};
use crate::work::write_back::Edit;

/// Files as they lie in a checkout.
struct Files(Vec<(String, Reading, bool)>);

impl Files {
    fn new(files: &[(&str, &str)]) -> Self {
        let read = files.iter().map(|(path, text)| {
            let reading = read_file(path, text.as_bytes()).unwrap();
            ((*path).to_owned(), reading, false)
        });
        Self(read.collect())
    }

    fn unchanged(mut self) -> Self {
        for file in &mut self.0 {
            file.2 = true;
        }
        self
    }

    fn read(&self) -> Vec<ReadFile<'_>> {
        let files = self.0.iter().map(|(path, reading, is_unchanged)| ReadFile {
            path,
            format: Format::of(path).unwrap(),
            reading,
            is_unchanged: *is_unchanged,
        });
        files.collect()
    }
}

fn checkout<'a>(files: &'a [ReadFile<'a>]) -> Checkout<'a> {
    Checkout {
        repo: "hub",
        is_behind: false,
        holds_last_sync: true,
        is_forced: false,
        files,
        elsewhere: &[],
    }
}

const PATH: &str = "workplans/X.md";

fn plan(tasks: &[(&str, TaskStatus)]) -> String {
    let blocks = tasks.iter().map(|(id, status)| {
        format!(
            "## Task {id}\n\n```task\nid: {id}\nstatus: {status}\nstate_hub_task_id: {}\n```\n\n",
            uuid(id)
        )
    });
    let blocks: Vec<String> = blocks.collect();
    format!(
        "---\nid: X\ntitle: Plan\nstatus: active\n---\n\n{}",
        blocks.concat()
    )
}

fn uuid(id: &str) -> Uuid {
    let number = id
        .bytes()
        .fold(0_u128, |sum, byte| sum * 256 + u128::from(byte));
    Uuid::from_u128(number)
}

fn stored(id: &str, status: TaskStatus, line: u32) -> StoredTask {
    StoredTask {
        id: uuid(id),
        key: id.to_owned(),
        repo: Some("hub".to_owned()),
        path: Some(PATH.to_owned()),
        line: Some(line),
        title: format!("Task {id}"),
        description: String::new(),
        status,
        priority: Priority::Medium,
        assignee: String::new(),
        is_removed: false,
    }
}

fn to_status(id: &str, status: TaskStatus) -> Edit {
    Edit::TaskStatus {
        task: id.to_owned(),
        status,
    }
}

#[test]
fn no_file_lowers_a_status_and_the_newer_side_holds() {
    use TaskStatus::{Blocked, Cancelled, Done, InProgress, Todo};
    // In the file, in the hub, has the file changed, forced: whose status holds.
    let rows = [
        (Todo, Todo, true, false, None),
        (Todo, InProgress, true, false, Some(Takes::Hub)),
        (Todo, Done, true, false, Some(Takes::Hub)),
        (InProgress, Cancelled, true, false, Some(Takes::Hub)),
        (Blocked, Done, false, false, Some(Takes::Hub)),
        (Todo, Done, true, true, Some(Takes::File)),
        (InProgress, Todo, true, false, Some(Takes::File)),
        (Done, InProgress, true, false, Some(Takes::File)),
        (Done, InProgress, false, false, Some(Takes::Hub)),
        (InProgress, Blocked, true, false, Some(Takes::File)),
        (InProgress, Blocked, false, false, Some(Takes::Hub)),
        (Done, Cancelled, true, false, Some(Takes::File)),
        (Done, Cancelled, false, false, Some(Takes::Hub)),
        (Done, Cancelled, false, true, Some(Takes::File)),
    ];
    for (in_file, in_hub, has_changed, is_forced, takes) in rows {
        let row = format!("{in_file} {in_hub} {has_changed} {is_forced}");
        let files = Files::new(&[(PATH, &plan(&[("A", in_file)]))]);
        let files = if has_changed {
            files
        } else {
            files.unchanged()
        };
        let files = files.read();
        let merge = merge_tasks(
            &Checkout {
                is_forced,
                ..checkout(&files)
            },
            &[stored("A", in_hub, 9)],
        );
        assert_eq!(merge.drift.first().map(|drift| drift.takes), takes, "{row}");
        assert!(
            merge.drift.iter().all(|drift| !drift.reason.is_empty()),
            "{row}"
        );
        let is_taken = merge.changes.iter().any(|change| {
            matches!(change, TaskChange::Update { fields, .. } if fields == &[TaskField::Status])
        });
        assert_eq!(is_taken, takes == Some(Takes::File), "{row}");
        let edits = merge.write_back.get(&0).cloned().unwrap_or_default();
        let edit = (takes == Some(Takes::Hub)).then(|| to_status("A", in_hub));
        assert_eq!(edits, Vec::from_iter(edit), "{row}");
    }
}

#[test]
fn a_checkout_behind_its_remote_writes_nothing_forced_or_not() {
    use TaskStatus::{Done, Todo};
    let files = Files::new(&[(PATH, &plan(&[("A", Todo), ("B", Done), ("NEW", Todo)]))]);
    let files = files.read();
    let hub = [
        stored("A", Done, 9),
        stored("B", Todo, 17),
        stored("GONE", Todo, 25),
    ];
    for is_forced in [false, true] {
        let behind = Checkout {
            is_behind: true,
            is_forced,
            ..checkout(&files)
        };
        let merge = merge_tasks(&behind, &hub);
        assert_eq!((merge.changes.len(), merge.write_back.len()), (0, 0));
        let rows: Vec<&str> = merge
            .drift
            .iter()
            .map(|drift| drift.task.as_str())
            .collect();
        assert_eq!(rows, ["A", "B", "GONE", "NEW"]);
        for row in &merge.drift {
            assert!(
                row.takes == Takes::Neither && row.reason.contains("behind its remote"),
                "{row:?}"
            );
        }
        let workstream = merge_workstream(&behind, &files[0], None, 3).unwrap();
        assert_eq!(workstream.change, WorkstreamChange::Keep);
    }
}

#[test]
fn what_was_removed_comes_back_from_no_old_branch() {
    let files = Files::new(&[(PATH, &plan(&[("A", TaskStatus::Todo)]))]);
    let files = files.read();
    let removed = StoredTask {
        is_removed: true,
        ..stored("A", TaskStatus::Todo, 9)
    };
    let merge = merge_tasks(&checkout(&files), std::slice::from_ref(&removed));
    assert_eq!(merge.changes, []);
    assert!(
        merge.drift[0]
            .reason
            .contains("an old branch does not bring it back")
    );
    let forced = Checkout {
        is_forced: true,
        ..checkout(&files)
    };
    let merge = merge_tasks(&forced, &[removed]);
    let [TaskChange::Update { fields, .. }] = merge.changes.as_slice() else {
        panic!("{merge:?}");
    };
    assert_eq!(fields, &[TaskField::Existence]);
}

#[test]
fn a_task_that_left_its_file_is_removed_only_when_everything_was_read() {
    let whole = plan(&[("A", TaskStatus::Todo)]);
    let broken = whole.replace("id: A\n", "id: [A\n");
    let other = "---\nid: Y\n";
    let hub = [
        stored("A", TaskStatus::Todo, 9),
        stored("B", TaskStatus::Done, 20),
    ];
    let gone = |files: &[(&str, &str)], holds_last_sync| {
        let files = Files::new(files);
        let files = files.read();
        let merge = merge_tasks(
            &Checkout {
                holds_last_sync,
                ..checkout(&files)
            },
            &hub,
        );
        let is_removal = |change: &&TaskChange| matches!(change, TaskChange::Remove { .. });
        merge.changes.iter().filter(is_removal).count()
    };
    assert_eq!(gone(&[(PATH, &whole)], true), 1);
    assert_eq!(gone(&[(PATH, &whole)], false), 0);
    assert_eq!(gone(&[], true), 2, "the file itself is gone");
    assert_eq!(gone(&[(PATH, &broken)], true), 0);
    assert_eq!(gone(&[(PATH, &whole), ("workplans/Y.md", other)], true), 0);
    let made_in_the_hub = StoredTask {
        path: None,
        ..stored("C", TaskStatus::Todo, 1)
    };
    let brought_by_a_branch_beside = StoredTask {
        line: None,
        ..stored("D", TaskStatus::Todo, 1)
    };
    let files = Files::new(&[(PATH, &whole)]);
    let files = files.read();
    let hub = [made_in_the_hub, brought_by_a_branch_beside];
    let merge = merge_tasks(&checkout(&files), &hub);
    assert!(matches!(
        merge.changes.as_slice(),
        [TaskChange::Create { .. }]
    ));
}
