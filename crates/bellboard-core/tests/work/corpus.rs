//! What is read of each file, and that a status written back changes exactly its line.

use std::fmt::Write as _;

use bellboard_core::work::{
    Edit, Format, Reading, TaskStatus, WorkstreamStatus, WriteBackRefusal, write_back,
};

use crate::support::{Change, change, corpus, plans, reading};

fn told(path: &str, reading: &Reading) -> String {
    let mut told = format!("{path}\n");
    if let Some(plan) = &reading.plan {
        let workstream = &plan.workstream;
        let status = workstream.status.map_or("-", WorkstreamStatus::as_str);
        let whole = if plan.is_whole { "" } else { ", not whole" };
        let archived = if workstream.is_archived {
            ", archived"
        } else {
            ""
        };
        writeln!(
            told,
            "  {} {:?} {status}{archived}{whole}",
            workstream.id, workstream.title
        )
        .unwrap();
        let facts = [
            &workstream.domain,
            &workstream.topic_slug,
            &workstream.owner,
        ];
        if facts.iter().any(|fact| fact.is_some()) {
            writeln!(told, "    domain, topic, owner: {facts:?}").unwrap();
        }
        if !workstream.description.is_empty() {
            writeln!(told, "    {:?}", workstream.description).unwrap();
        }
        for task in &plan.tasks {
            write!(
                told,
                "  {}: {} {} {:?}",
                task.line, task.id, task.status, task.title
            )
            .unwrap();
            let priority = task.priority.map(|priority| priority.to_string());
            let hub_id = task.hub_id.map(|id| id.to_string());
            for fact in [priority, task.assignee.clone(), hub_id]
                .into_iter()
                .flatten()
            {
                write!(told, " {fact:?}").unwrap();
            }
            told.push('\n');
            if !task.description.is_empty() {
                writeln!(told, "    {:?}", task.description).unwrap();
            }
        }
    }
    for problem in &reading.problems {
        let (line, weight) = (problem.line, problem.weight);
        writeln!(
            told,
            "  {weight} on line {line}: {}; {}",
            problem.what, problem.way_out
        )
        .unwrap();
    }
    told
}

#[test]
fn each_file_says_what_it_says() {
    for format in Format::ALL {
        let files = corpus().iter();
        let files = files.filter(|(path, _)| Format::of(path) == Some(*format));
        let told: Vec<String> = files
            .map(|(path, bytes)| told(path, &reading(path, bytes)))
            .collect();
        insta::assert_snapshot!(format.as_str(), told.join("\n"));
    }
}

#[test]
fn the_corpus_is_large_and_no_path_in_it_is_without_a_format() {
    let files = corpus();
    assert!(files.len() >= 50, "{}", files.len());
    for (path, _) in files {
        assert!(Format::of(path).is_some(), "{path}");
    }
    assert!(plans().len() >= 40, "{}", plans().len());
}

/// Statuses that are written in a way that is not edited within its line.
const NOT_ON_ONE_LINE: [&str; 1] = ["NK-WP-0019-T02"];

#[test]
fn a_status_that_is_written_back_changes_exactly_its_line() {
    let mut edited = 0;
    for (path, text, plan) in plans() {
        let format = Format::of(path).unwrap();
        for (at, task) in plan.tasks.iter().enumerate() {
            for status in TaskStatus::ALL
                .iter()
                .filter(|status| **status != task.status)
            {
                let edit = Edit::TaskStatus {
                    task: task.id.clone(),
                    status: *status,
                };
                let after = match write_back(path, text, &[edit]) {
                    Ok(after) => after,
                    Err(refusal) => {
                        check_refusal(format, &task.id, *status, &refusal);
                        continue;
                    }
                };
                let Change { line, went, came } = change(text, &after);
                check_lines(path, &went, &came);
                assert!(
                    line >= task.line as usize,
                    "{path}: line {line} is above {}",
                    task.id
                );
                let again = reading(path, after.as_bytes()).plan.unwrap();
                assert_eq!(again.tasks[at].status, *status, "{path}: {}", task.id);
                edited += 1;
            }
        }
    }
    assert!(edited > 200, "{edited} edits");
}

/// One line became another, or one came; where the last line had no end, it got one.
fn check_lines(path: &str, went: &[String], came: &[String]) {
    match (went, came) {
        ([_] | [], [_]) => {}
        ([last], [same, _]) => assert_eq!(same.trim_end(), last, "{path}"),
        _ => panic!("{path}: {went:?} became {came:?}"),
    }
}

fn check_refusal(format: Format, task: &str, status: TaskStatus, refusal: &WriteBackRefusal) {
    match refusal {
        WriteBackRefusal::NoWord { .. } => assert_eq!(format.word_for(status), None, "{task}"),
        WriteBackRefusal::NotOneLine("status") => {
            assert!(NOT_ON_ONE_LINE.contains(&task), "{task}");
        }
        refusal => panic!("{task} to {status}: {refusal}"),
    }
}

#[test]
fn ids_and_the_status_of_the_plan_are_one_line_each() {
    let hub_id = "01939f2e-6f3a-7c41-9b1d-2f8a54c0ffff".parse().unwrap();
    for (path, text, plan) in plans() {
        if Format::of(path) != Some(Format::Workplan) {
            continue;
        }
        let mut edits: Vec<Edit> = plan
            .tasks
            .iter()
            .map(|task| Edit::TaskHubId {
                task: task.id.clone(),
                hub_id,
            })
            .collect();
        if !path.contains("ADHOC-2026-11-20") {
            edits.push(Edit::WorkstreamHubId(hub_id));
            edits.push(Edit::WorkstreamStatus(WorkstreamStatus::Blocked));
        }
        for edit in edits {
            let after = write_back(path, text, std::slice::from_ref(&edit));
            let after = after.unwrap_or_else(|refusal| panic!("{path}: {edit:?}: {refusal}"));
            let Change { went, came, .. } = change(text, &after);
            check_lines(path, &went, &came);
        }
    }
}
