//! Plans put together by chance, and edits by chance: no byte outside the edited line changes.

use bellboard_core::work::{Edit, TaskStatus, write_back};
use proptest::prelude::*;

use crate::support::{change, reading};

const PATH: &str = "workplans/X.md";

/// Words and marks that stand between tasks, some of which look like tasks.
fn between() -> impl Strategy<Value = String> {
    let shown = "````md\n```task\nid: SHOWN\nstatus: todo\n```\n````\n";
    prop_oneof![
        Just("Words.\n".to_owned()),
        Just("status: todo\n".to_owned()),
        Just("---\n".to_owned()),
        Just("- [ ] status: todo\n\n".to_owned()),
        Just("<!-- status: todo -->\n\n".to_owned()),
        Just("    indented\n\n".to_owned()),
        Just(shown.to_owned()),
        "[a-zäöü🚆`*_\\[\\]()#>|~ :-]{0,40}\n\n",
    ]
}

/// How one task is written: fence, indent, lines in which `ID` and `STATUS` stand for its values.
fn block() -> impl Strategy<Value = String> {
    let lines = prop_oneof![
        Just("id: ID\nstatus: STATUS\n"),
        Just("status:   STATUS   # now\nid: ID # here\n"),
        Just("id: 'ID'\nstatus: \"STATUS\"\npriority: low\n"),
        Just("# first\nid: ID\n\npriority: high\n"),
        Just("{id: ID, status: STATUS}\n"),
        Just("{id: ID}\n"),
        Just("Status : 'STATUS'\nID: ID\nnotes: [status, todo]\n"),
        Just("id: ID\nstatus:\n"),
    ];
    let fence = prop_oneof![Just("```"), Just("~~~"), Just("`````")];
    let indent = prop_oneof![
        Just(("", "")),
        Just(("- Item\n\n", "  ")),
        Just(("1. Item\n\n", "\t"))
    ];
    (lines, fence, indent).prop_map(|(lines, fence, (item, indent))| {
        let text = format!("{fence}task\n{lines}{fence}\n");
        let lines = text
            .split_inclusive('\n')
            .map(|line| format!("{indent}{line}"));
        format!("{item}{}\n", lines.collect::<Vec<_>>().concat())
    })
}

fn status() -> impl Strategy<Value = TaskStatus> {
    prop::sample::select(TaskStatus::ALL)
}

prop_compose! {
    /// A plan of a few tasks, `T0` to `T4`, and its line ends.
    fn plan()(
        tasks in prop::collection::vec((between(), block(), status()), 1..5),
        last in between(),
        is_crlf in any::<bool>(),
        has_mark in any::<bool>(),
    ) -> String {
        let blocks = tasks.iter().enumerate().map(|(at, (words, block, status))| {
            let block = block.replace("STATUS", status.as_str()).replace(": ID", &format!(": T{at}"));
            format!("{words}\n## Task {at}\n\n{}", block.replace("'ID'", &format!("'T{at}'")))
        });
        let blocks: Vec<String> = blocks.collect();
        let mark = if has_mark { "\u{FEFF}" } else { "" };
        let text = format!("{mark}---\nid: X\ntitle: T\n---\n{}\n## End\n{last}", blocks.concat());
        if is_crlf { text.replace('\n', "\r\n") } else { text }
    }
}

proptest! {
    #[test]
    fn no_byte_outside_the_line_changes(text in plan(), which in any::<prop::sample::Index>(), status in status()) {
        let Some(plan) = reading(PATH, text.as_bytes()).plan else {
            return Ok(());
        };
        if plan.tasks.is_empty() {
            return Ok(());
        }
        let task = which.get(&plan.tasks);
        let edit = Edit::TaskStatus { task: task.id.clone(), status };
        let after = write_back(PATH, &text, &[edit]);
        prop_assert!(after.is_ok(), "{after:?}");
        let after = after.unwrap();
        if task.status == status {
            prop_assert_eq!(&after, &text);
            return Ok(());
        }
        let change = change(&text, &after);
        prop_assert!(change.went.len() <= 1 && change.came.len() == 1, "{:?} {:?}", change.went, change.came);
        let came = change.came[0].as_bytes();
        prop_assert_eq!(came.ends_with(b"\r\n"), text.contains("\r\n"));
        if let Some(went) = change.went.first() {
            // Within the line only the status changes, or it is added.
            let went = went.as_bytes();
            let head = went.iter().zip(came).take_while(|(a, b)| a == b).count();
            let tails = went[head..].iter().rev().zip(came[head..].iter().rev());
            let tail = tails.take_while(|(a, b)| a == b).count();
            let said = std::str::from_utf8(&went[head..went.len() - tail]).unwrap();
            let says = std::str::from_utf8(&came[head..came.len() - tail]).unwrap();
            prop_assert!(task.status.as_str().contains(said), "{said:?}");
            prop_assert!(format!(", status: {status}").contains(says), "{says:?}");
        }
        let again = reading(PATH, after.as_bytes()).plan.unwrap();
        let before: Vec<_> = plan.tasks.iter().filter(|other| other.id != task.id).map(|t| (&t.id, t.status)).collect();
        let now: Vec<_> = again.tasks.iter().filter(|other| other.id != task.id).map(|t| (&t.id, t.status)).collect();
        prop_assert_eq!(before, now);
    }

    #[test]
    fn a_plan_that_is_put_together_is_read_whole(text in plan()) {
        let reading = reading(PATH, text.as_bytes());
        let errors: Vec<_> = reading.problems.iter().map(|problem| &problem.what).collect();
        prop_assert!(reading.plan.is_some(), "{errors:?}");
    }
}
