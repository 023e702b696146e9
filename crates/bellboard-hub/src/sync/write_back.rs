//! The text that files should have: ids that the hub gave, and statuses of which the hub knows better.

use std::collections::BTreeMap;
use std::fmt::Write as _;

use bellboard_core::work::{Edit, write_back};

use super::apply::{Decided, Written};
use super::input::PlanText;
use super::plans::planned;
use super::report::{SyncProblem, SyncReport, WriteBackFile};

/// How many values of a file are tried one by one when they cannot be written together.
const TRIED_ONE_BY_ONE: usize = 200;

/// Adds every file that should say something else, and what could not be written.
pub(super) fn tell(decided: Decided<'_>, written: Option<&Written>, report: &mut SyncReport) {
    for (at, edits) in edits(decided, written) {
        let file = &decided.files[at];
        let text = edited(file, &edits, &mut report.warnings);
        if text != file.text {
            report.write_back.push(WriteBackFile {
                path: file.path.clone(),
                old_hash: hexadecimal(&file.hash),
                text,
            });
        }
    }
}

/// What each file should say, by its place.
fn edits(decided: Decided<'_>, written: Option<&Written>) -> BTreeMap<usize, Vec<Edit>> {
    let mut edits = decided.tasks.write_back.clone();
    for plan in decided.plans {
        let of_file = edits.entry(plan.file).or_default();
        of_file.extend(plan.merge.write_back.iter().cloned());
        let is_new = !decided.facts.workstreams.contains_key(&plan.key);
        let id = written.and_then(|written| written.workstreams.get(&plan.key));
        if let Some(id) = id.filter(|_| is_new && decided.files[plan.file].format.keeps_hub_ids()) {
            of_file.push(Edit::WorkstreamHubId(id.uuid()));
        }
    }
    let new = written.map_or(&[][..], |written| &written.tasks);
    for (file, task, id) in new {
        let said = planned(decided.checkout, *file, *task);
        if let Some(said) = said.filter(|_| decided.files[*file].format.keeps_hub_ids()) {
            edits.entry(*file).or_default().push(Edit::TaskHubId {
                task: said.id.clone(),
                hub_id: *id,
            });
        }
    }
    edits
}

/// The text with all edits made, or with those that can be made one by one.
fn edited(file: &PlanText, edits: &[Edit], warnings: &mut Vec<SyncProblem>) -> String {
    if let Ok(text) = write_back(&file.path, &file.text, edits) {
        return text;
    }
    let mut text = file.text.clone();
    for edit in edits.iter().take(TRIED_ONE_BY_ONE) {
        match write_back(&file.path, &text, std::slice::from_ref(edit)) {
            Ok(edited) => text = edited,
            Err(refusal) => warnings.push(SyncProblem {
                path: file.path.clone(),
                line: 1,
                reason: format!("not written back: {refusal}"),
                way_out: "Write it by hand, or leave the file as it is.".to_owned(),
            }),
        }
    }
    text
}

fn hexadecimal(bytes: &[u8]) -> String {
    bytes.iter().fold(String::new(), |mut text, byte| {
        // Writing to a string does not fail.
        let _ = write!(text, "{byte:02x}");
        text
    })
}
