//! Sections below everything else of a file: the review that closed a workstream, and decisions that were made. What
//! stands in the file stays byte for byte; each section ends with a mark by which it is known, so that it comes once.

use std::collections::BTreeSet;

use pulldown_cmark::{Event, Parser, Tag};
use uuid::Uuid;

use super::closure::ClosingWord;
use super::format::read_file;
use super::status::TaskStatus;
use super::write_back::WriteBackRefusal;
use crate::text::sanitise;

/// The file of a repository to which decisions are added.
pub const DECISIONS_FILE: &str = "DECISIONS.md";
/// How the file begins where there is none.
const DECISIONS_TITLE: &str = "# Decisions";
/// The heading of a review.
const REVIEW: &str = "## Closure Review";
/// A rationale is no longer than this, so no file is filled with one.
const QUOTED_LINES: usize = 100;

/// A review of the tasks that were open when a workstream was closed.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ReviewSection {
    /// By which it is known in the file.
    pub id: Uuid,
    /// The day, as `2026-11-21`.
    pub day: String,
    /// Who reviewed.
    pub by: String,
    /// What became of each task.
    pub lines: Vec<ReviewLine>,
}

/// One line of it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ReviewLine {
    /// The task's id in the file, or its title.
    pub task: String,
    /// What became of it.
    pub as_word: ClosingWord,
    /// The reason, or the workstream that took it.
    pub because: Option<String>,
}

/// A decision that was made.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct MadeDecision {
    /// By which it is known in the file.
    pub id: Uuid,
    /// The question.
    pub title: String,
    /// The day, as `2026-11-21`.
    pub day: String,
    /// Who decided.
    pub by: String,
    /// What was decided.
    pub answer: String,
    /// Why; may be empty.
    pub rationale: String,
}

/// The plan's text with the review at its end, or as it is if the review stands there. Refused when the file would then
/// say other tasks than before, as below a fence that nobody closed.
pub fn with_review_section(
    path: &str,
    text: &str,
    review: &ReviewSection,
) -> Result<String, WriteBackRefusal> {
    let (before, faults) = tasks_of(path, text).ok_or(WriteBackRefusal::NoPlan)?;
    let after = with_sections(text, &[(review.id, review_lines(review))])?;
    match tasks_of(path, &after) {
        Some((now, more)) if now == before && more <= faults => Ok(after),
        _ => Err(WriteBackRefusal::NotExactly),
    }
}

/// The tasks that a file says, and how much is wrong with it.
fn tasks_of(path: &str, text: &str) -> Option<(Vec<(String, TaskStatus)>, usize)> {
    let reading = read_file(path, text.as_bytes())?;
    let tasks = reading.plan?.tasks.into_iter();
    let tasks = tasks.map(|task| (task.id, task.status)).collect();
    Some((tasks, reading.problems.len()))
}

/// The text of `DECISIONS.md` with those of the decisions at its end that it does not hold yet, in this order. An empty
/// text becomes a file with a title.
pub fn with_decisions(text: &str, made: &[MadeDecision]) -> Result<String, WriteBackRefusal> {
    let sections: Vec<_> = made
        .iter()
        .map(|made| (made.id, decision_lines(made)))
        .collect();
    if text.is_empty() && !sections.is_empty() {
        return with_sections(&format!("{DECISIONS_TITLE}\n"), &sections);
    }
    with_sections(text, &sections)
}

fn review_lines(review: &ReviewSection) -> Vec<String> {
    let said = review.lines.iter().map(|line| {
        let because = line.because.as_deref().map(one_line);
        let because = because.map_or_else(String::new, |because| format!(": {because}"));
        format!("- {} {}{because}", one_line(&line.task), line.as_word)
    });
    let mut lines = vec![
        REVIEW.to_owned(),
        String::new(),
        format!(
            "Reviewed on {} by {}.",
            one_line(&review.day),
            one_line(&review.by)
        ),
        String::new(),
    ];
    lines.extend(said);
    if review.lines.is_empty() {
        lines.push("No task was open.".to_owned());
    }
    lines
}

fn decision_lines(made: &MadeDecision) -> Vec<String> {
    let mut lines = vec![
        format!("## {}", one_line(&made.title)),
        String::new(),
        format!(
            "{}, {}: {}",
            one_line(&made.day),
            one_line(&made.by),
            one_line(&made.answer)
        ),
    ];
    let why = made.rationale.trim();
    if !why.is_empty() {
        lines.push(String::new());
        let quoted = why.lines().take(QUOTED_LINES);
        lines.extend(quoted.map(|line| format!("> {}", one_line(line)).trim_end().to_owned()));
    }
    lines
}

/// The text with the sections at its end that are not there yet; unchanged if all are.
fn with_sections(text: &str, sections: &[(Uuid, Vec<String>)]) -> Result<String, WriteBackRefusal> {
    let missing: Vec<_> = sections
        .iter()
        .filter(|(id, _)| !text.contains(&id.to_string()))
        .collect();
    if missing.is_empty() {
        return Ok(text.to_owned());
    }
    let end = if text.contains("\r\n") { "\r\n" } else { "\n" };
    let mut after = text.to_owned();
    if !after.is_empty() && !after.ends_with('\n') {
        after.push_str(end);
    }
    let mut begins = BTreeSet::new();
    for (id, lines) in &missing {
        if !after.is_empty() {
            after.push_str(end);
        }
        begins.insert(after.len());
        after.push_str(&lines.join(end));
        let id = id.to_string();
        after.push_str(&[end, end, "<!-- bellboard: ", &id, " -->", end].concat());
    }
    // Within a fence or a comment that nobody closed there are no headings.
    for (event, bytes) in Parser::new(&after).into_offset_iter() {
        if matches!(event, Event::Start(Tag::Heading { .. })) {
            begins.remove(&bytes.start);
        }
    }
    if begins.is_empty() {
        Ok(after)
    } else {
        Err(WriteBackRefusal::NotClosed)
    }
}

/// Words that cannot begin a block of their own in the file.
fn one_line(text: &str) -> String {
    sanitise(text, 300).replace('`', "'").replace('<', "‹")
}

#[cfg(test)]
mod tests {
    use super::*;

    fn id(number: u128) -> Uuid {
        Uuid::from_u128(number)
    }

    fn review(lines: &[ReviewLine]) -> ReviewSection {
        ReviewSection {
            id: id(7),
            day: "2026-11-21".into(),
            by: "Anna".into(),
            lines: lines.to_vec(),
        }
    }

    fn made(number: u128, rationale: &str) -> MadeDecision {
        MadeDecision {
            id: id(number),
            title: "Which gauge?".into(),
            day: "2026-11-21".into(),
            by: "Olive".into(),
            answer: "Wide".into(),
            rationale: rationale.into(),
        }
    }

    #[test]
    fn the_review_stands_below_everything_else_and_makes_no_task() {
        let text = "---\nid: X\ntitle: T\n---\n## A\n```task\nid: A\n```\nLast.";
        let lines = [
            ReviewLine {
                task: "A".into(),
                as_word: ClosingWord::Cancelled,
                because: Some("no\n```task\nid: Z\n```".into()),
            },
            ReviewLine {
                task: "B".into(),
                as_word: ClosingWord::Done,
                because: None,
            },
        ];
        let path = "workplans/X.md";
        for text in [
            text.to_owned(),
            text.replace('\n', "\r\n"),
            format!("{text}\n"),
        ] {
            let after = with_review_section(path, &text, &review(&lines)).unwrap();
            assert!(after.starts_with(&text));
            let reading = read_file(path, after.as_bytes()).unwrap();
            assert_eq!(reading.plan.unwrap().tasks.len(), 1);
            assert_eq!(reading.problems, []);
            let again = with_review_section(path, &after, &review(&lines));
            assert_eq!(again, Ok(after), "it comes once");
        }
        let short = "---\nid: X\ntitle: T\n---\n";
        let after = with_review_section(path, short, &review(&lines[1..])).unwrap();
        let section = "\n## Closure Review\n\nReviewed on 2026-11-21 by Anna.\n\n- B done\n\n\
                       <!-- bellboard: 00000000-0000-0000-0000-000000000007 -->\n";
        assert_eq!(after, format!("{short}{section}"));
        let open_fence = "---\nid: X\ntitle: T\n---\n## A\n```task\nid: A";
        let refused = with_review_section(path, open_fence, &review(&lines));
        assert_eq!(refused, Err(WriteBackRefusal::NotClosed));
        let no_plan = with_review_section("README.md", "", &review(&lines));
        assert_eq!(no_plan, Err(WriteBackRefusal::NoPlan));
    }

    #[test]
    fn decisions_are_added_once_and_in_order() {
        let first = with_decisions("", &[made(1, "Faster.\n\n## And\n```\n<!-- cheaper")]).unwrap();
        assert_eq!(
            first,
            "# Decisions\n\n## Which gauge?\n\n2026-11-21, Olive: Wide\n\n> Faster.\n>\n> ## And\n> '''\n> ‹!-- cheaper\n\n\
             <!-- bellboard: 00000000-0000-0000-0000-000000000001 -->\n"
        );
        let both = with_decisions(&first, &[made(1, "Faster."), made(2, " ")]).unwrap();
        let second = "\n## Which gauge?\n\n2026-11-21, Olive: Wide\n\n\
                      <!-- bellboard: 00000000-0000-0000-0000-000000000002 -->\n";
        assert_eq!(both, format!("{first}{second}"));
        let same = with_decisions(&both, &[made(1, ""), made(2, "")]);
        assert_eq!(same, Ok(both), "nothing is said twice");
        assert_eq!(with_decisions("", &[]), Ok(String::new()));
        let ours = "My own words";
        let after = with_decisions(ours, &[made(1, "")]).unwrap();
        assert!(after.starts_with("My own words\n\n## Which gauge?\n"));
    }

    #[test]
    fn below_what_nobody_closed_nothing_is_added() {
        for open in ["```\ncode", "<!-- not yet", "~~~md\n", "<pre>\n"] {
            let refused = with_decisions(open, &[made(1, "")]);
            assert_eq!(refused, Err(WriteBackRefusal::NotClosed), "{open}");
        }
    }
}
