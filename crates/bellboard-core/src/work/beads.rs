//! Issues of beads: `.beads/issues.jsonl`, one JSON object on each line.
//!
//! Assumed shape: `id` (`bd-a1b2`), `title`, `description`, `status` (`open`, `in_progress`, `blocked`, `deferred`,
//! `hooked`, `pinned`, `closed`, `tombstone`), `priority` (0 to 4, 0 before all), `assignee`. What else stands in a line
//! is not looked at and survives. A tombstone is an issue that was removed, so it is no task. All issues of a
//! repository are one plan, `beads`.

use std::borrow::Cow;
use std::collections::BTreeMap;
use std::fmt;
use std::ops::Range;

use serde::Deserialize;
use serde::de::{Deserializer, Error as _, MapAccess, Visitor};
use serde_json::value::RawValue;

use super::plan::{
    FieldPlaces, Lines, MAX_DESCRIPTION, MAX_NAME, MAX_TASKS, Plan, PlannedTask, PlannedWorkstream,
    Problems, Reading, ValuePlace, each_id_once, is_id, prose, title_or_id,
};
use super::status::{Priority, TaskStatus};
use super::workplan::BYTE_ORDER_MARK;
use crate::text::sanitise;

/// The plan that all issues of a repository belong to.
const PLAN: &str = "beads";
/// The words of `status`.
const STATUSES: &str = "open, in_progress, blocked, deferred, closed";

pub(super) fn read(text: &str) -> Reading {
    let lines = Lines::new(text);
    let mut problems = Problems::new(&lines);
    let mut is_whole = true;
    let mut tasks = Vec::new();
    let mut at = 0;
    for line in text.split_inclusive('\n') {
        let mark = if at == 0 && line.starts_with(BYTE_ORDER_MARK) {
            BYTE_ORDER_MARK.len()
        } else {
            0
        };
        let starts = at + mark;
        at += line.len();
        let line = &line[mark..];
        if line.trim().is_empty() {
            continue;
        }
        match issue(line, starts, lines.of(starts)) {
            Ok(None) => {}
            Ok(Some(_)) if tasks.len() == MAX_TASKS => {
                problems.error(
                    starts,
                    format!("more than {MAX_TASKS} issues; from here on they are not read"),
                    "take closed issues out of the file",
                );
                is_whole = false;
                break;
            }
            Ok(Some(task)) => tasks.push(task),
            Err((what, way_out)) => {
                problems.error(starts, what, way_out);
                is_whole = false;
            }
        }
    }
    let (tasks, each_once) = each_id_once(tasks, &mut problems);
    Reading {
        plan: Some(Plan {
            workstream: PlannedWorkstream {
                id: PLAN.to_owned(),
                title: "Beads".to_owned(),
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
            is_whole: is_whole && each_once,
        }),
        problems: problems.into_list(),
    }
}

type Refusal = (String, String);

fn issue(line: &str, starts: usize, number: u32) -> Result<Option<PlannedTask>, Refusal> {
    let object: Object<'_> = serde_json::from_str(line.trim_end()).map_err(|fault| {
        let said = fault.to_string();
        let said = said.split(" at line ").next().unwrap_or(&said);
        (
            format!(
                "this line is no JSON object that can be read: {}",
                sanitise(said, 120)
            ),
            "write one object on one line, each field once".to_owned(),
        )
    })?;
    let id = object.text("id").filter(|id| is_id(id));
    let id = id.ok_or_else(|| {
        let way_out = "add `\"id\":\"…\"` with one word".to_owned();
        ("this issue has no id".to_owned(), way_out)
    })?;
    let word = object.text("status").unwrap_or_else(|| "open".to_owned());
    let status = match word.as_str() {
        "open" | "deferred" | "pinned" => TaskStatus::Todo,
        "in_progress" | "hooked" => TaskStatus::InProgress,
        "blocked" => TaskStatus::Blocked,
        "closed" => TaskStatus::Done,
        "tombstone" => return Ok(None),
        _ => {
            let what = format!("`{}` is no status of beads", sanitise(&word, 60));
            return Err((what, format!("write one of {STATUSES}")));
        }
    };
    let priority = match object.raw("priority") {
        Some("0") => Some(Priority::Critical),
        Some("1") => Some(Priority::High),
        Some("2") => Some(Priority::Medium),
        Some("3" | "4") => Some(Priority::Low),
        _ => None,
    };
    let title = object.text("title").unwrap_or_default();
    let description = object.text("description").unwrap_or_default();
    let assignee = object
        .text("assignee")
        .map(|name| sanitise(&name, MAX_NAME));
    Ok(Some(PlannedTask {
        title: title_or_id(&title, &id),
        description: prose(&description, MAX_DESCRIPTION),
        status,
        priority,
        assignee: assignee.filter(|name| !name.is_empty()),
        hub_id: None,
        line: number,
        place: FieldPlaces {
            status: object.place("status", line, starts),
            hub_id: None,
            after: object.place("id", line, starts),
            is_flow: true,
        },
        id,
    }))
}

/// The fields of one object, each with the text that it has in the file.
struct Object<'a>(Vec<(Cow<'a, str>, &'a RawValue)>);

impl Object<'_> {
    fn raw(&self, key: &str) -> Option<&str> {
        let field = self.0.iter().find(|(name, _)| name == key);
        field.map(|(_, value)| value.get())
    }

    fn text(&self, key: &str) -> Option<String> {
        serde_json::from_str(self.raw(key)?).ok()
    }

    /// Where the value stands: it is a part of the line, so the distance of the two is its place.
    fn place(&self, key: &str, line: &str, starts: usize) -> Option<ValuePlace> {
        let raw = self.raw(key)?;
        let from = (raw.as_ptr() as usize).checked_sub(line.as_ptr() as usize)?;
        let value: Range<usize> = starts + from..starts + from + raw.len();
        Some(ValuePlace {
            key: value.start..value.start,
            value,
        })
    }
}

impl<'de> Deserialize<'de> for Object<'de> {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        deserializer.deserialize_map(ObjectVisitor)
    }
}

struct ObjectVisitor;

/// A key that is borrowed where the file writes it without escapes.
#[derive(Deserialize)]
struct Key<'a>(#[serde(borrow)] Cow<'a, str>);

impl<'de> Visitor<'de> for ObjectVisitor {
    type Value = Object<'de>;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("an object")
    }

    fn visit_map<A: MapAccess<'de>>(self, mut map: A) -> Result<Object<'de>, A::Error> {
        let mut fields: BTreeMap<Cow<'de, str>, &'de RawValue> = BTreeMap::new();
        while let Some((Key(key), value)) = map.next_entry::<Key<'de>, &'de RawValue>()? {
            if fields.contains_key(&key) {
                let key = sanitise(&key, 60);
                return Err(A::Error::custom(format!(
                    "this field is written twice: {key}"
                )));
            }
            fields.insert(key, value);
        }
        Ok(Object(fields.into_iter().collect()))
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use TaskStatus::{Done, InProgress, Todo};

    #[test]
    fn issues_with_what_else_stands_in_them() {
        let text = "\u{FEFF}{\"id\":\"bd-1\",\"title\":\"One\",\"status\":\"closed\",\"priority\":0,\"x\":{\"status\":\"open\"}}\r\n\n\
            { \"status\" : \"hooked\", \"id\":\"bd-2\",\"assignee\":\"anna\",\"description\":\"a\\nb\",\"priority\":3}\n\
            {\"id\":\"bd-3\",\"status\":\"tombstone\"}\n{\"id\":\"bd-4\"}";
        let reading = read(text);
        assert_eq!(reading.problems, []);
        let plan = reading.plan.unwrap();
        let tasks: Vec<_> = plan
            .tasks
            .iter()
            .map(|t| (t.id.as_str(), t.status, t.priority, t.line))
            .collect();
        assert_eq!(
            tasks,
            [
                ("bd-1", Done, Some(Priority::Critical), 1),
                ("bd-2", InProgress, Some(Priority::Low), 3),
                ("bd-4", Todo, None, 5),
            ]
        );
        let status = |at: usize| {
            plan.tasks[at]
                .place
                .status
                .clone()
                .map(|place| &text[place.value])
        };
        assert_eq!(
            (status(0), status(1), status(2)),
            (Some("\"closed\""), Some("\"hooked\""), None)
        );
        assert_eq!(plan.tasks[1].description, "a\nb");
        assert!(plan.is_whole);
    }

    #[test]
    fn a_bad_line_hides_no_other() {
        let text = "{\"id\":\"a\"}\n{\"id\":\n[1]\n{\"title\":\"x\"}\n{\"id\":\"b\",\"status\":\"odd\"}\n{\"id\":\"c\",\"id\":\"d\"}\n\
            {\"id\":\"e\"}\n{\"id\":\"e\"}\n{\"id\":\"f\"} {\"id\":\"g\"}\n";
        let reading = read(text);
        let said: Vec<_> = reading
            .problems
            .iter()
            .map(|p| format!("{}: {}", p.line, p.what))
            .collect();
        assert_eq!(
            said,
            [
                "2: this line is no JSON object that can be read: EOF while parsing a value",
                "3: this line is no JSON object that can be read: invalid type: sequence, expected an object",
                "4: this issue has no id",
                "5: `odd` is no status of beads",
                "6: this line is no JSON object that can be read: this field is written twice: id",
                "8: the id e is used twice, first on line 7; neither is read",
                "9: this line is no JSON object that can be read: trailing characters",
            ]
        );
        let plan = reading.plan.unwrap();
        assert_eq!(plan.tasks.len(), 1);
        assert!(!plan.is_whole);
    }
}
