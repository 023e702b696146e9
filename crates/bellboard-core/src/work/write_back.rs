//! Writes statuses and ids back into a file by editing its text: the value's own bytes, or one added line.
//!
//! Nothing is written out from what was read, so order, comments and spacing survive byte for byte. After the edit the
//! text is read again, and it must say what it said before with exactly the new values; otherwise it is refused.

use std::ops::Range;

use uuid::Uuid;

use super::format::{Format, read_file};
use super::plan::{FieldPlaces, Plan, PlannedTask, ValuePlace};
use super::status::{TaskStatus, WorkstreamStatus};

/// One value that a file shall say.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Edit {
    /// Where a task is.
    TaskStatus {
        /// The task's id as the file writes it.
        task: String,
        /// The new status.
        status: TaskStatus,
    },
    /// The hub's id of a task.
    TaskHubId {
        /// The task's id as the file writes it.
        task: String,
        /// The hub's id.
        hub_id: Uuid,
    },
    /// Where the workstream is.
    WorkstreamStatus(WorkstreamStatus),
    /// The hub's id of the workstream.
    WorkstreamHubId(Uuid),
}

/// Why a file is left as it is.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum WriteBackRefusal {
    /// It is no plan, or cannot be read.
    #[error("the file holds no plan that can be read; correct what is wrong with it first")]
    NoPlan,
    /// No task of that id can be read in it.
    #[error("no task {0} can be read in the file")]
    NoTask(String),
    /// The format cannot say it.
    #[error("{format} has no word for {status}; change it in the hub only")]
    NoWord {
        /// The format.
        format: Format,
        /// What it cannot say.
        status: TaskStatus,
    },
    /// There is no field and no line after which one could be added.
    #[error("there is no place for `{0}`; give the file front matter with a line `id: …`")]
    NoPlace(&'static str),
    /// The value is written over several lines, or in a way that cannot be edited within its line.
    #[error("`{0}` is written in a way that is not edited; write `{0}: value` on one line")]
    NotOneLine(&'static str),
    /// What is added at the end would be part of what stands before it.
    #[error("a fence, a comment or the like is not closed before its end; close it first")]
    NotClosed,
    /// The file would say something else than it should.
    #[error("the file would not say exactly the new values; change it by hand")]
    NotExactly,
}

/// What takes the place of some bytes.
struct Splice {
    bytes: Range<usize>,
    text: String,
}

/// The text with the edits made. What the file says already is not touched.
pub fn write_back(path: &str, text: &str, edits: &[Edit]) -> Result<String, WriteBackRefusal> {
    let format = Format::of(path).ok_or(WriteBackRefusal::NoPlan)?;
    let before = read_file(path, text.as_bytes()).ok_or(WriteBackRefusal::NoPlan)?;
    let mut plan = before.plan.ok_or(WriteBackRefusal::NoPlan)?;
    let mut splices = Vec::new();
    for edit in edits {
        splices.extend(splice(format, text, &mut plan, edit)?);
    }
    let edited = spliced(text, splices)?;
    let after = read_file(path, edited.as_bytes()).ok_or(WriteBackRefusal::NoPlan)?;
    let is_no_worse = after.problems.len() <= before.problems.len();
    let says = after.plan.as_ref().map(without_places);
    if is_no_worse && says == Some(without_places(&plan)) {
        Ok(edited)
    } else {
        Err(WriteBackRefusal::NotExactly)
    }
}

/// How often edits are tried together that cannot be made all at once; each try reads the whole file twice.
const TRIES: u32 = 32;

/// The text with those of the edits made that can be made, and of each of the others its place and why not.
pub fn write_back_some(
    path: &str,
    text: &str,
    edits: &[Edit],
) -> (String, Vec<(usize, WriteBackRefusal)>) {
    let plan = read_file(path, text.as_bytes()).and_then(|reading| reading.plan);
    let Some((format, mut plan)) = Format::of(path).zip(plan) else {
        let refused = (0..edits.len()).map(|at| (at, WriteBackRefusal::NoPlan));
        return (text.to_owned(), refused.collect());
    };
    let (mut possible, mut refused) = (Vec::new(), Vec::new());
    for (at, edit) in edits.iter().enumerate() {
        match splice(format, text, &mut plan, edit) {
            Ok(_) => possible.push(at),
            Err(refusal) => refused.push((at, refusal)),
        }
    }
    let (mut text, mut tries) = (text.to_owned(), TRIES);
    let mut waiting = vec![possible];
    while let Some(mut group) = waiting.pop() {
        let some: Vec<Edit> = group.iter().map(|at| edits[*at].clone()).collect();
        let outcome = if tries > 0 {
            write_back(path, &text, &some)
        } else {
            Err(WriteBackRefusal::NotExactly)
        };
        tries = tries.saturating_sub(1);
        match outcome {
            Ok(after) => text = after,
            // One of them spoils the others: it is in one of the halves.
            Err(_) if group.len() > 1 && tries > 0 => {
                let rest = group.split_off(group.len() / 2);
                waiting.extend([rest, group]);
            }
            Err(refusal) => refused.extend(group.into_iter().map(|at| (at, refusal.clone()))),
        }
    }
    refused.sort_by_key(|(at, _)| *at);
    (text, refused)
}

/// The change in the text, which the plan is told too; `None` when the file says it already.
fn splice(
    format: Format,
    text: &str,
    plan: &mut Plan,
    edit: &Edit,
) -> Result<Option<Splice>, WriteBackRefusal> {
    match edit {
        Edit::TaskStatus { task, status } => {
            let task = find(plan, task)?;
            if task.status == *status {
                return Ok(None);
            }
            task.status = *status;
            let word = format.word_for(*status);
            let status = *status;
            let word = word.ok_or(WriteBackRefusal::NoWord { format, status })?;
            let place = task.place.status.as_ref();
            value(format, text, "status", word, place, &task.place).map(Some)
        }
        Edit::TaskHubId { task, hub_id } => {
            let task = find(plan, task)?;
            if task.hub_id == Some(*hub_id) {
                return Ok(None);
            }
            task.hub_id = Some(*hub_id);
            let place = task.place.hub_id.as_ref();
            id(
                format,
                text,
                "state_hub_task_id",
                *hub_id,
                place,
                &task.place,
            )
            .map(Some)
        }
        Edit::WorkstreamStatus(status) => {
            let workstream = &mut plan.workstream;
            if workstream.status == Some(*status) {
                return Ok(None);
            }
            if format != Format::Workplan {
                return Err(WriteBackRefusal::NoPlace("status"));
            }
            workstream.status = Some(*status);
            let place = workstream.place.status.as_ref();
            value(
                format,
                text,
                "status",
                status.as_str(),
                place,
                &workstream.place,
            )
            .map(Some)
        }
        Edit::WorkstreamHubId(hub_id) => {
            let workstream = &mut plan.workstream;
            if workstream.hub_id == Some(*hub_id) {
                return Ok(None);
            }
            workstream.hub_id = Some(*hub_id);
            let place = workstream.place.hub_id.as_ref();
            let name = "state_hub_workstream_id";
            id(format, text, name, *hub_id, place, &workstream.place).map(Some)
        }
    }
}

fn find<'a>(plan: &'a mut Plan, id: &str) -> Result<&'a mut PlannedTask, WriteBackRefusal> {
    let found = plan.tasks.iter_mut().find(|task| task.id == id);
    found.ok_or_else(|| WriteBackRefusal::NoTask(id.to_owned()))
}

fn id(
    format: Format,
    text: &str,
    name: &'static str,
    hub_id: Uuid,
    place: Option<&ValuePlace>,
    places: &FieldPlaces,
) -> Result<Splice, WriteBackRefusal> {
    if !format.keeps_hub_ids() {
        return Err(WriteBackRefusal::NoPlace(name));
    }
    value(format, text, name, &hub_id.to_string(), place, places)
}

fn value(
    format: Format,
    text: &str,
    name: &'static str,
    word: &str,
    place: Option<&ValuePlace>,
    places: &FieldPlaces,
) -> Result<Splice, WriteBackRefusal> {
    let after = || places.after.as_ref().ok_or(WriteBackRefusal::NoPlace(name));
    match (format, place) {
        (Format::SpecKit, Some(place)) => Ok(replace(place, word.to_owned())),
        (Format::SpecKit, None) => Err(WriteBackRefusal::NoPlace(name)),
        (Format::Beads, Some(place)) => Ok(replace(place, format!("\"{word}\""))),
        (Format::Beads, None) => Ok(insert(
            after()?.value.end,
            format!(",\"{name}\":\"{word}\""),
        )),
        (Format::Workplan | Format::Backlog, Some(place)) => in_yaml(text, name, word, place),
        (Format::Workplan | Format::Backlog, None) => {
            new_in_yaml(text, name, word, after()?, places)
        }
    }
}

fn replace(place: &ValuePlace, text: String) -> Splice {
    Splice {
        bytes: place.value.clone(),
        text,
    }
}

const fn insert(at: usize, text: String) -> Splice {
    Splice {
        bytes: at..at,
        text,
    }
}

/// The value of a field, in the quotation marks that it has. Where nothing was written, the word follows the colon.
fn in_yaml(
    text: &str,
    name: &'static str,
    word: &str,
    place: &ValuePlace,
) -> Result<Splice, WriteBackRefusal> {
    let written = &text[place.value.clone()];
    let key_line = text[place.key.end..].lines().next().unwrap_or_default();
    let is_on_key_line = place.value.end <= place.key.end + key_line.len();
    if written.is_empty() || !is_on_key_line {
        let colon = key_line.find(':').filter(|_| written.is_empty());
        let colon = colon.ok_or(WriteBackRefusal::NotOneLine(name))?;
        return Ok(insert(place.key.end + colon + 1, format!(" {word}")));
    }
    let quote = written.chars().next().filter(|c| matches!(c, '"' | '\''));
    let quote = quote.map_or_else(String::new, |quote| quote.to_string());
    Ok(replace(place, format!("{quote}{word}{quote}")))
}

/// A further field: on a line of its own below the one that it follows, with the same indent and line end, or beside
/// it between braces.
fn new_in_yaml(
    text: &str,
    name: &'static str,
    word: &str,
    after: &ValuePlace,
    places: &FieldPlaces,
) -> Result<Splice, WriteBackRefusal> {
    if text[after.key.start..after.value.end].contains('\n') {
        return Err(WriteBackRefusal::NotOneLine(name));
    }
    if places.is_flow {
        return Ok(insert(after.value.end, format!(", {name}: {word}")));
    }
    let line_start = text[..after.key.start].rfind('\n').map_or(0, |at| at + 1);
    let indent = &text[line_start..after.key.start];
    if !indent.chars().all(|c| matches!(c, ' ' | '\t')) {
        return Err(WriteBackRefusal::NotOneLine(name));
    }
    let Some(line_end) = text[after.key.start..].find('\n') else {
        let first_end = text.find('\n').unwrap_or_default();
        let is_crlf = text[..first_end].ends_with('\r');
        let end = if is_crlf { "\r\n" } else { "\n" };
        return Ok(insert(text.len(), format!("{end}{indent}{name}: {word}")));
    };
    let next_line = after.key.start + line_end + 1;
    let is_crlf = text[..next_line].ends_with("\r\n");
    let end = if is_crlf { "\r\n" } else { "\n" };
    Ok(insert(next_line, format!("{indent}{name}: {word}{end}")))
}

fn spliced(text: &str, mut splices: Vec<Splice>) -> Result<String, WriteBackRefusal> {
    splices.sort_by_key(|splice| (splice.bytes.start, splice.bytes.end));
    let mut edited = String::with_capacity(text.len() + 64 * splices.len());
    let mut at = 0;
    for splice in splices {
        let before = text.get(at..splice.bytes.start);
        edited.push_str(before.ok_or(WriteBackRefusal::NotExactly)?);
        edited.push_str(&splice.text);
        at = splice.bytes.end;
    }
    edited.push_str(text.get(at..).ok_or(WriteBackRefusal::NotExactly)?);
    Ok(edited)
}

/// The plan without where in the file it stands.
fn without_places(plan: &Plan) -> Plan {
    let mut plan = plan.clone();
    plan.workstream.line = 0;
    plan.workstream.place = FieldPlaces::default();
    for task in &mut plan.tasks {
        task.line = 0;
        task.place = FieldPlaces::default();
    }
    plan
}

#[cfg(test)]
mod tests;
