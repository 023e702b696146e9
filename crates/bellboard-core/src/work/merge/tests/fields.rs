//! What a file says beside the status of its tasks: their fields, boxes that are empty or ticked, the workstream.

use super::super::{
    ReadFile, StoredTask, StoredWorkstream, Takes, TaskField, WorkstreamChange, merge_tasks,
    merge_workstream,
};
use super::{Files, PATH, checkout, plan, stored, to_status, uuid};
use crate::work::status::{Priority, TaskStatus, WorkstreamStatus};
use crate::work::write_back::Edit;

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
