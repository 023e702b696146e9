//! What holds of every input.
#![allow(dead_code, reason = "each target uses its part")]

use bellboard_core::work::{
    Edit, MAX_DESCRIPTION, MAX_PROBLEMS, MAX_TITLE, TaskStatus, WorkstreamStatus, read_file,
    write_back,
};

/// Reads the bytes, and looks at the bounds of what was read.
pub fn reading(path: &str, bytes: &[u8]) {
    let reading = read_file(path, bytes).expect("the path has a format");
    assert!(reading.problems.len() <= MAX_PROBLEMS);
    let lines = bytes.split(|byte| *byte == b'\n').count();
    for problem in &reading.problems {
        assert!(
            problem.line >= 1 && problem.line as usize <= lines,
            "{problem:?}"
        );
        assert!(problem.what.chars().count() < 500);
    }
    let Some(plan) = reading.plan else {
        return;
    };
    let mut ids: Vec<&str> = plan.tasks.iter().map(|task| task.id.as_str()).collect();
    ids.sort_unstable();
    ids.dedup();
    assert_eq!(ids.len(), plan.tasks.len());
    for task in &plan.tasks {
        assert!(!task.title.is_empty() && task.title.chars().count() <= MAX_TITLE);
        assert!(task.description.chars().count() <= MAX_DESCRIPTION);
    }
}

/// Writes every status of every task back, one at a time: one line changes, and no byte beside it.
pub fn editing(path: &str, text: &str) {
    let Some(plan) = read_file(path, text.as_bytes()).and_then(|reading| reading.plan) else {
        return;
    };
    for task in plan.tasks.iter().take(4) {
        for status in TaskStatus::ALL {
            let edit = Edit::TaskStatus {
                task: task.id.clone(),
                status: *status,
            };
            one_line(path, text, edit);
        }
        let edit = Edit::TaskHubId {
            task: task.id.clone(),
            hub_id: "01939f2e-6f3a-7c41-9b1d-2f8a54c0e9d7"
                .parse()
                .expect("an id"),
        };
        one_line(path, text, edit);
    }
    one_line(
        path,
        text,
        Edit::WorkstreamStatus(WorkstreamStatus::Blocked),
    );
}

fn one_line(path: &str, text: &str, edit: Edit) {
    let Ok(after) = write_back(path, text, &[edit]) else {
        return;
    };
    let old: Vec<&str> = text.split_inclusive('\n').collect();
    let new: Vec<&str> = after.split_inclusive('\n').collect();
    let head = old.iter().zip(&new).take_while(|(a, b)| a == b).count();
    let tails = old[head..].iter().rev().zip(new[head..].iter().rev());
    let tail = tails.take_while(|(a, b)| a == b).count();
    let went = old.len() - tail - head;
    let came = new.len() - tail - head;
    assert!(
        went <= 1 && came <= 1 + usize::from(head + went == old.len()),
        "{went} {came}"
    );
}
