//! Check lists of spec-kit: `specs/NNN-feature/tasks.md`.
//!
//! Assumed shape, as its template writes it: a heading `# Tasks: Feature`, phases as headings of the second level, and
//! list items `- [ ] T001 [P] [US1] Words`, where `[P]` says that it can run beside others and `[US1]` names a story.
//! A box is empty or ticked, so the format knows two statuses. Items without an id are notes: they are counted in one
//! warning and not read. The feature's folder is the plan.

use std::ops::Range;
use std::rc::Rc;

use pulldown_cmark::{Event, HeadingLevel, Options, Parser, Tag, TagEnd};

use super::plan::{
    FieldPlaces, Lines, MAX_TASKS, MAX_TITLE, Plan, PlannedTask, PlannedWorkstream, Problems,
    Reading, ValuePlace, each_id_once, is_id, title_or_id,
};
use super::status::TaskStatus;
use super::workplan::front_bounds;
use crate::text::sanitise;

/// A list item with a box.
struct Item {
    starts: usize,
    /// The bytes of the box, and whether it is ticked.
    mark: Option<(Range<usize>, bool)>,
    words: String,
    is_complete: bool,
}

#[derive(Default)]
struct List {
    title: String,
    phase: Rc<str>,
    items: Vec<Item>,
    found: Vec<(Item, Rc<str>)>,
    heading: Option<(HeadingLevel, String)>,
    quotations: usize,
}

pub(super) fn read(path: &str, text: &str) -> Reading {
    let lines = Lines::new(text);
    let mut problems = Problems::new(&lines);
    let begins = match front_bounds(text) {
        Some(Ok((_, body))) => body,
        Some(Err(_)) | None => 0,
    };
    let mut list = List::default();
    let events = Parser::new_ext(&text[begins..], Options::ENABLE_TASKLISTS).into_offset_iter();
    for (event, bytes) in events {
        list.take(event, begins + bytes.start..begins + bytes.end);
    }
    let (tasks, is_whole) = tasks(&list, &lines, &mut problems);
    let folder = path.rsplit('/').nth(1).unwrap_or_default();
    let title = list
        .title
        .strip_prefix("Tasks:")
        .unwrap_or(&list.title)
        .trim();
    let plan = is_id(folder).then(|| Plan {
        workstream: PlannedWorkstream {
            id: folder.to_owned(),
            title: title_or_id(title, folder),
            status: None,
            is_archived: false,
            domain: None,
            topic_slug: None,
            owner: None,
            description: String::new(),
            hub_id: None,
            line: 1,
            place: FieldPlaces::default(),
        },
        tasks,
        is_whole,
    });
    if plan.is_none() {
        problems.error(
            0,
            "the folder's name is no id",
            "name it with one word, such as `001-photo-albums`",
        );
    }
    Reading {
        plan,
        problems: problems.into_list(),
    }
}

impl List {
    fn take(&mut self, event: Event<'_>, bytes: Range<usize>) {
        match event {
            Event::Start(Tag::BlockQuote(_)) => self.quotations += 1,
            Event::End(TagEnd::BlockQuote(_)) => self.quotations -= 1,
            Event::Start(Tag::Heading { level, .. }) => self.heading = Some((level, String::new())),
            Event::End(TagEnd::Heading(_)) => self.close_heading(),
            Event::Start(Tag::Item) => self.items.push(Item {
                starts: bytes.start,
                mark: None,
                words: String::new(),
                is_complete: false,
            }),
            Event::End(TagEnd::Item) => {
                if let Some(item) = self.items.pop()
                    && self.quotations == 0
                    && (item.mark.is_some() || item.words.starts_with('['))
                {
                    self.found.push((item, self.phase.clone()));
                }
            }
            Event::TaskListMarker(is_ticked) => {
                if let Some(item) = self.items.last_mut() {
                    item.mark = Some((bytes, is_ticked));
                }
            }
            Event::Text(words) | Event::Code(words) => self.push(&words),
            Event::SoftBreak | Event::HardBreak => self.push(" "),
            Event::End(TagEnd::Paragraph) | Event::Start(Tag::List(_) | Tag::CodeBlock(_)) => {
                if let Some(item) = self.items.last_mut() {
                    item.is_complete = true;
                }
            }
            _ => {}
        }
    }

    fn push(&mut self, words: &str) {
        if let Some((_, heading)) = &mut self.heading {
            heading.push_str(words);
        } else if let Some(item) = self.items.last_mut().filter(|item| !item.is_complete) {
            item.words.push_str(words);
        }
    }

    fn close_heading(&mut self) {
        if let Some((level, words)) = self.heading.take() {
            if level == HeadingLevel::H1 && self.title.is_empty() {
                self.title = words;
            } else {
                self.phase = sanitise(&words, MAX_TITLE).into();
            }
        }
    }
}

fn tasks(list: &List, lines: &Lines, problems: &mut Problems<'_>) -> (Vec<PlannedTask>, bool) {
    let mut found: Vec<&(Item, Rc<str>)> = list.found.iter().collect();
    found.sort_by_key(|(item, _)| item.starts);
    let mut is_whole = true;
    let mut tasks: Vec<PlannedTask> = Vec::new();
    let mut without_id: Vec<usize> = Vec::new();
    for (item, phase) in found {
        let id = item.words.split_whitespace().next().unwrap_or_default();
        let Some((mark, is_ticked)) = &item.mark else {
            if let Some(id) = odd_mark(&item.words) {
                is_whole = false;
                problems.error(
                    item.starts,
                    format!("the box of {id} is neither empty nor ticked"),
                    "write `[ ]` or `[x]`",
                );
            }
            continue;
        };
        if !is_task_id(id) {
            without_id.push(item.starts);
            continue;
        }
        if tasks.len() == MAX_TASKS {
            is_whole = false;
            problems.error(
                item.starts,
                format!("more than {MAX_TASKS} tasks; from here on they are not read"),
                "split the feature",
            );
            break;
        }
        let line = lines.of(item.starts);
        tasks.push(task(id, item, (mark, *is_ticked), phase, line));
    }
    if let Some(at) = without_id.first() {
        problems.warning(
            *at,
            format!(
                "items of a check list without an id are not read; this is the first of {}",
                without_id.len()
            ),
            "begin them with an id such as T001 if they are tasks",
        );
    }
    let (once, each_once) = each_id_once(tasks, problems);
    (once, is_whole && each_once)
}

fn task(
    id: &str,
    item: &Item,
    (mark, is_ticked): (&Range<usize>, bool),
    phase: &str,
    line: u32,
) -> PlannedTask {
    let mut words = item.words.trim_start()[id.len()..].trim();
    while let Some((tag, rest)) = words
        .strip_prefix('[')
        .and_then(|rest| rest.split_once(']'))
    {
        if tag.len() > 8 || rest.trim().is_empty() {
            break;
        }
        words = rest.trim_start();
    }
    PlannedTask {
        id: id.to_owned(),
        title: title_or_id(words, id),
        description: phase.to_owned(),
        status: if is_ticked {
            TaskStatus::Done
        } else {
            TaskStatus::Todo
        },
        priority: None,
        assignee: None,
        hub_id: None,
        line,
        place: FieldPlaces {
            status: Some(ValuePlace {
                key: mark.start..mark.start,
                value: mark.clone(),
            }),
            ..FieldPlaces::default()
        },
    }
}

/// `T001`, `T012a`, `T1.2`.
fn is_task_id(word: &str) -> bool {
    let digits = word.strip_prefix('T').unwrap_or_default();
    digits.starts_with(|c: char| c.is_ascii_digit())
        && digits
            .chars()
            .all(|c| c.is_ascii_alphanumeric() || matches!(c, '.' | '-'))
        && is_id(word)
}

/// The id in `[~] T001 words`.
fn odd_mark(words: &str) -> Option<&str> {
    let (mark, rest) = words.trim_start().strip_prefix('[')?.split_once(']')?;
    let id = rest.split_whitespace().next()?;
    (mark.chars().count() <= 1 && is_task_id(id)).then_some(id)
}

#[cfg(test)]
mod tests {
    use super::*;
    use TaskStatus::{Done, Todo};

    const PATH: &str = "specs/001-albums/tasks.md";

    fn said(reading: &Reading) -> Vec<String> {
        let problems = reading.problems.iter();
        problems
            .map(|p| format!("{}: {}", p.line, p.what))
            .collect()
    }

    #[test]
    fn a_check_list_as_the_template_writes_it() {
        let text = "---\ndescription: \"x\"\n---\n\n# Tasks: Photo albums\n\n## Phase 1: Setup\n\n- [ ] T001 Create the project\n\
            - [x] T002 [P] [US1] Set up `lint` in [tools]/x.py\n  - [X] T003 Nested\n\n    more words\n\n## Phase 2\n* [ ] **T004** Bold\n\
            1. [x] T005 Numbered\n   over two lines\n\n```\n- [ ] T009 Example\n```\n<!-- - [ ] T010 Comment -->\n> - [ ] T011 Quoted\n";
        for text in [text.to_owned(), text.replace('\n', "\r\n")] {
            let reading = read(PATH, &text);
            assert_eq!(said(&reading), [""; 0]);
            let plan = reading.plan.unwrap();
            assert_eq!(
                (plan.workstream.id.as_str(), plan.workstream.title.as_str()),
                ("001-albums", "Photo albums")
            );
            let tasks = plan.tasks.iter();
            let tasks: Vec<_> = tasks
                .map(|t| (t.id.as_str(), t.title.as_str(), t.status, t.line))
                .collect();
            assert_eq!(
                tasks,
                [
                    ("T001", "Create the project", Todo, 9),
                    ("T002", "Set up lint in [tools]/x.py", Done, 10),
                    ("T003", "Nested", Done, 11),
                    ("T004", "Bold", Todo, 16),
                    ("T005", "Numbered over two lines", Done, 17),
                ]
            );
            assert_eq!(plan.tasks[3].description, "Phase 2");
            for task in &plan.tasks {
                let mark = task.place.status.clone().unwrap().value;
                assert!(matches!(&text[mark], "[ ]" | "[x]" | "[X]"));
            }
        }
    }

    #[test]
    fn what_is_not_read_is_said() {
        let text = "# Tasks: X\n\n- [ ] T001 A\n- [~] T002 B\n- [ ] no id\n- [ ] TXXX sample\n- [ ] T003 C\n- [x] T003 D\n- plain\n";
        let reading = read(PATH, text);
        assert_eq!(
            said(&reading),
            [
                "4: the box of T002 is neither empty nor ticked",
                "5: items of a check list without an id are not read; this is the first of 2",
                "8: the id T003 is used twice, first on line 7; neither is read",
            ]
        );
        let plan = reading.plan.unwrap();
        assert!(!plan.is_whole);
        assert_eq!(plan.tasks.len(), 1);
    }

    #[test]
    fn an_id_twice_on_what_counts_as_one_line_is_twice_all_the_same() {
        let reading = read(
            PATH,
            "# Tasks: X\n\n- [ ] T001 A\r- [ ] T001 B\r- [ ] T001 C\n",
        );
        assert!(reading.plan.unwrap().tasks.is_empty());
        assert_eq!(reading.problems.len(), 2);
    }
}
