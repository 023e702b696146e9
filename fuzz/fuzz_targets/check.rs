//! What holds of every input.
#![allow(dead_code, reason = "each target uses its part")]

use bellboard_core::work::{
    Edit, MAX_DESCRIPTION, MAX_PROBLEMS, MAX_TITLE, ReviewSection, TaskStatus, WorkstreamStatus,
    read_file, with_review_section, write_back, write_back_some,
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

/// Writes back a status of each of the first tasks, an id and the workstream's status: one line changes, and no byte
/// beside it; then all of it at once. `choice` says which status, so that one input reads its file a few times only.
pub fn editing(path: &str, text: &str, choice: u8) {
    let Some(plan) = read_file(path, text.as_bytes()).and_then(|reading| reading.plan) else {
        return;
    };
    let mut edits = vec![Edit::WorkstreamStatus(WorkstreamStatus::Blocked)];
    for (at, task) in plan.tasks.iter().take(4).enumerate() {
        edits.push(Edit::TaskStatus {
            task: task.id.clone(),
            status: TaskStatus::ALL[(usize::from(choice) + at) % TaskStatus::ALL.len()],
        });
    }
    if let Some(task) = plan.tasks.first() {
        edits.push(Edit::TaskHubId {
            task: task.id.clone(),
            hub_id: "01939f2e-6f3a-7c41-9b1d-2f8a54c0e9d7"
                .parse()
                .expect("an id"),
        });
    }
    for edit in &edits {
        one_line(path, text, edit.clone());
    }
    let (after, refused) = write_back_some(path, text, &edits);
    assert!(refused.len() <= edits.len());
    if refused.len() == edits.len() {
        assert_eq!(after, text);
    }
    below(path, text);
}

/// Adds a review: everything before stays, and it comes once.
fn below(path: &str, text: &str) {
    let review = ReviewSection {
        id: "01939f2e-6f3a-7c41-9b1d-2f8a54c0e9d7"
            .parse()
            .expect("an id"),
        day: "2026-11-21".to_owned(),
        by: "Anna".to_owned(),
        lines: Vec::new(),
    };
    let Ok(after) = with_review_section(path, text, &review) else {
        return;
    };
    assert!(after.starts_with(text));
    let again = with_review_section(path, &after, &review);
    assert_eq!(again.as_deref(), Ok(after.as_str()));
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
