//! What becomes of ids that moved or stand in several places.

use super::super::{
    Checkout, Duplicate, Merge, Place, Sighting, StoredTask, TaskChange, TaskField, merge_tasks,
};
use super::{Files, PATH, checkout, plan, stored, uuid};
use crate::work::status::TaskStatus;

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
