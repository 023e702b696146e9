//! The guards, row by row, and what becomes of ids that stand in several places.

use super::*;
use crate::work::format::{Format, read_file};
use crate::work::status::{Priority, TaskStatus, WorkstreamStatus};
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

#[test]
fn fields_follow_the_file_and_what_it_does_not_say_stays() {
    let text = "---\nid: X\ntitle: Plan\n---\n\n## New title\n\n```task\nid: A\npriority: high\n```\n\nWords.\n";
    let files = Files::new(&[(PATH, text)]);
    let files = files.read();
    let hub = StoredTask {
        assignee: "anna".into(),
        ..stored("A", TaskStatus::Todo, 8)
    };
    let merge = merge_tasks(&checkout(&files), &[hub]);
    let fields: Vec<TaskField> = merge.drift.iter().map(|drift| drift.field).collect();
    assert_eq!(
        fields,
        [
            TaskField::Title,
            TaskField::Description,
            TaskField::Priority
        ]
    );
    let hub_id = Edit::TaskHubId {
        task: "A".into(),
        hub_id: uuid("A"),
    };
    assert_eq!(merge.write_back[&0], [hub_id]);
    let same = [StoredTask {
        title: "New title".into(),
        description: "Words.".into(),
        priority: Priority::High,
        ..stored("A", TaskStatus::Todo, 8)
    }];
    let merge = merge_tasks(&checkout(&files), &same);
    assert_eq!(
        (merge.changes.len(), merge.unchanged, merge.drift.len()),
        (0, 1, 0)
    );
}

#[test]
fn a_task_that_moved_or_got_another_id_is_the_same_task() {
    let text = plan(&[("A", TaskStatus::Todo)]);
    let archived = "workplans/archived/X.md";
    let files = Files::new(&[(archived, &text)]);
    let files = files.read();
    let merge = merge_tasks(&checkout(&files), &[stored("A", TaskStatus::Todo, 8)]);
    assert!(
        matches!(merge.changes.as_slice(), [TaskChange::Update { fields, .. }] if fields == &[TaskField::Place])
    );
    let renamed = text.replace("id: A\n", "id: A2\n");
    let files = Files::new(&[(PATH, &renamed)]);
    let files = files.read();
    let merge = merge_tasks(&checkout(&files), &[stored("A", TaskStatus::Todo, 9)]);
    let [
        TaskChange::Update {
            id, key, fields, ..
        },
    ] = merge.changes.as_slice()
    else {
        panic!("{merge:?}");
    };
    assert_eq!(
        (*id, key.as_str(), fields.as_slice()),
        (uuid("A"), "A2", &[TaskField::Id][..])
    );
    // A block that was copied, hub id and all, is a new task.
    let copied = format!("{text}{}", &renamed[renamed.find("## Task").unwrap()..]);
    let files = Files::new(&[(PATH, &copied)]);
    let files = files.read();
    let merge = merge_tasks(&checkout(&files), &[stored("A", TaskStatus::Todo, 9)]);
    assert!(
        matches!(merge.changes.as_slice(), [TaskChange::Create { key, .. }] if key == "A2"),
        "{merge:?}"
    );
}

fn said(merge: &Merge) -> Vec<String> {
    merge.duplicates.iter().map(Duplicate::what).collect()
}

fn sighting(key: &str, plan_key: &str, repo: &str, branch: Option<&str>) -> Sighting {
    Sighting {
        key: key.to_owned(),
        plan_key: plan_key.to_owned(),
        place: Place {
            repo: repo.to_owned(),
            branch: branch.map(str::to_owned),
            path: "workplans/Z.md".to_owned(),
            line: 7,
        },
    }
}

#[test]
fn an_id_in_two_places_is_an_error_that_names_both() {
    let text = plan(&[("A", TaskStatus::Done)]);
    let second = text.replace("id: X\n", "id: Y\n");
    let hub = [stored("A", TaskStatus::Todo, 9)];

    let files = Files::new(&[(PATH, &text), ("workplans/Y.md", &second)]);
    let files = files.read();
    let merge = merge_tasks(&checkout(&files), &hub);
    assert_eq!(
        said(&merge),
        ["the id A stands in hub workplans/X.md:9 and in hub workplans/Y.md:9"]
    );
    assert_eq!(merge.changes, [], "neither is taken, and it is not removed");

    let files = Files::new(&[(PATH, &text), ("workplans/archived/X.md", &text)]);
    let files = files.read();
    let merge = merge_tasks(&checkout(&files), &hub);
    assert!(said(&merge)[1].starts_with(
        "the id X stands in hub workplans/X.md:2 and in hub workplans/archived/X.md:2"
    ));
    assert_eq!(merge.changes, []);
}

#[test]
fn an_id_that_stands_elsewhere_is_an_error_that_names_both() {
    let text = plan(&[("A", TaskStatus::Done)]);
    let hub = [stored("A", TaskStatus::Todo, 9)];
    let files = Files::new(&[(PATH, &text)]);
    let files = files.read();
    let elsewhere = [sighting("A", "X", "hub", Some("old"))];
    let merge = merge_tasks(
        &Checkout {
            elsewhere: &elsewhere,
            ..checkout(&files)
        },
        &hub,
    );
    assert_eq!(said(&merge), [""; 0], "the same task on another branch");
    for (other, place) in [
        (
            sighting("A", "Q", "hub", Some("next")),
            "hub (branch next) workplans/Z.md:7",
        ),
        (sighting("A", "X", "other", None), "other workplans/Z.md:7"),
    ] {
        let elsewhere = [other];
        let merge = merge_tasks(
            &Checkout {
                elsewhere: &elsewhere,
                ..checkout(&files)
            },
            &hub,
        );
        assert_eq!(
            said(&merge),
            [format!(
                "the id A stands in hub workplans/X.md:9 and in {place}"
            )]
        );
        assert_eq!(merge.changes, []);
    }

    let in_other = StoredTask {
        repo: Some("other".into()),
        ..stored("A", TaskStatus::Todo, 3)
    };
    let merge = merge_tasks(&checkout(&files), &[in_other]);
    assert_eq!(
        said(&merge),
        ["the id A stands in hub workplans/X.md:9 and in other workplans/X.md:3"]
    );
    assert_eq!(merge.changes, []);
}

#[test]
fn a_check_list_says_less_than_the_hub_and_contradicts_nothing() {
    use TaskStatus::{Cancelled, Done, InProgress, Todo};
    let path = "specs/001-x/tasks.md";
    let files = Files::new(&[(
        path,
        "# Tasks: X\n\n- [ ] T001 A\n- [ ] T002 B\n- [ ] T003 C\n- [x] T004 D\n",
    )]);
    let files = files.read();
    let task = |id: &str, title: &str, status, line| StoredTask {
        path: Some(path.to_owned()),
        title: title.to_owned(),
        ..stored(&format!("hub:001-x/{id}"), status, line)
    };
    let hub = [
        task("T001", "A", InProgress, 3),
        task("T002", "B", Cancelled, 4),
        task("T003", "C", Done, 5),
        task("T004", "D", Todo, 6),
    ];
    let merge = merge_tasks(&checkout(&files), &hub);
    let rows: Vec<_> = merge
        .drift
        .iter()
        .map(|row| (row.task.as_str(), row.takes))
        .collect();
    assert_eq!(
        rows,
        [
            ("hub:001-x/T002", Takes::Hub),
            ("hub:001-x/T003", Takes::Hub),
            ("hub:001-x/T004", Takes::File)
        ]
    );
    assert!(merge.drift[0].reason.ends_with("has no word for cancelled"));
    assert_eq!(merge.write_back[&0], [to_status("T003", Done)]);
}

#[test]
fn a_workstream_is_neither_reopened_nor_completed_by_a_file_alone() {
    use WorkstreamStatus::{Active, Archived, Completed, Ready};
    // In the file, in the hub, open tasks, has the file changed: whose status holds.
    let rows = [
        (Active, Active, 1, true, None),
        (Active, Completed, 0, true, Some(Takes::Hub)),
        (Active, Ready, 1, true, Some(Takes::File)),
        (Active, Ready, 1, false, Some(Takes::Hub)),
        (Completed, Active, 0, true, Some(Takes::File)),
        (Completed, Active, 2, true, Some(Takes::Neither)),
        (Archived, Completed, 0, true, Some(Takes::File)),
    ];
    for (in_file, in_hub, open, has_changed, takes) in rows {
        let text = plan(&[]).replace("status: active", &format!("status: {in_file}"));
        let files = Files::new(&[(PATH, &text)]);
        let files = if has_changed {
            files
        } else {
            files.unchanged()
        };
        let files = files.read();
        let hub = StoredWorkstream {
            id: uuid("X"),
            title: "Plan".into(),
            owner: String::new(),
            description: String::new(),
            status: in_hub,
        };
        let merge = merge_workstream(&checkout(&files), &files[0], Some(&hub), open).unwrap();
        assert_eq!(
            merge.drift.first().map(|drift| drift.takes),
            takes,
            "{in_file} {in_hub} {open}"
        );
        let is_taken = matches!(merge.change, WorkstreamChange::Update { status: Some(status), .. } if status == in_file);
        assert_eq!(
            is_taken,
            takes == Some(Takes::File),
            "{in_file} {in_hub} {open}"
        );
        let writes = merge.write_back.contains(&Edit::WorkstreamStatus(in_hub));
        assert_eq!(
            writes,
            takes == Some(Takes::Hub),
            "{in_file} {in_hub} {open}"
        );
        assert!(merge.write_back.contains(&Edit::WorkstreamHubId(uuid("X"))));
    }
    let completed = plan(&[]).replace("status: active", "status: completed");
    let files = Files::new(&[(PATH, &completed), ("workplans/archived/Y.md", &plan(&[]))]);
    let files = files.read();
    let create = |file: &ReadFile<'_>, open| {
        merge_workstream(&checkout(&files), file, None, open)
            .unwrap()
            .change
    };
    assert_eq!(create(&files[0], 0), WorkstreamChange::Create(Completed));
    assert_eq!(create(&files[0], 1), WorkstreamChange::Create(Active));
    assert_eq!(create(&files[1], 1), WorkstreamChange::Create(Archived));
}
