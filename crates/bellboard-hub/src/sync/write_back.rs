//! The text that files should have: ids that the hub gave, statuses of which the hub knows better, reviews that closed
//! workstreams, and decisions that were made.

use std::collections::BTreeMap;
use std::fmt::Write as _;

use bellboard_core::work::{
    DECISIONS_FILE, Edit, Format, MadeDecision, ReviewSection, WriteBackRefusal, with_decisions,
    with_review_section, write_back_some,
};
use sha2::{Digest as _, Sha256};

use super::apply::{Decided, Written};
use super::input::PlanText;
use super::plans::planned;
use super::report::{SyncProblem, SyncReport, WriteBackFile};
use crate::db::Sql;
use crate::fault::Outcome;
use crate::plan_decision::made_for_file;
use crate::workstream::wanted_sections;

/// Of so many values that a file does not take it is told.
const TOLD_OF_A_FILE: usize = 200;

/// What files should say beyond what they say, as far as the database knows. The texts are made of it when nobody waits
/// for the database any more.
#[derive(Default)]
pub(super) struct WriteBack {
    edits: BTreeMap<usize, Vec<Edit>>,
    reviews: Vec<(usize, ReviewSection)>,
    decisions: Vec<MadeDecision>,
}

/// Collects it. A working tree that is behind is told of no review and no decision, which a newer one may have already.
pub(super) async fn collect(
    sql: &mut Sql<'_>,
    decided: Decided<'_>,
    written: Option<&Written>,
) -> Outcome<WriteBack> {
    let mut back = WriteBack {
        edits: edits(decided, written),
        ..WriteBack::default()
    };
    if !decided.checkout.is_behind {
        let repo = &decided.facts.repo;
        back.reviews = reviews(sql, decided).await?;
        back.decisions = made_for_file(sql, repo.engagement, repo.id).await?;
    }
    Ok(back)
}

/// The reviews that closed workstreams, each with the place of its file.
async fn reviews(sql: &mut Sql<'_>, decided: Decided<'_>) -> Outcome<Vec<(usize, ReviewSection)>> {
    let repo = &decided.facts.repo;
    let mut files = BTreeMap::new();
    for plan in decided.plans {
        let known = decided.facts.workstreams.get(&plan.key);
        if let Some(known) = known.filter(|_| has_room(decided.files[plan.file].format)) {
            files.insert(known.stored.id, plan.file);
        }
    }
    let wanted = wanted_sections(sql, repo.engagement, repo.id).await?;
    let placed = wanted.into_iter().filter_map(|(workstream, section)| {
        let file = files.get(&workstream.uuid())?;
        Some((*file, section))
    });
    Ok(placed.collect())
}

/// Whether a file of this format is one plan with words below it.
const fn has_room(format: Format) -> bool {
    matches!(format, Format::Workplan | Format::SpecKit)
}

/// Adds every file that should say something else, and what could not be written.
pub(super) fn tell(
    files: &[PlanText],
    decisions: Option<&str>,
    back: &WriteBack,
    report: &mut SyncReport,
) {
    for (at, edits) in &back.edits {
        let file = &files[*at];
        let (text, refused) = write_back_some(&file.path, &file.text, edits);
        let refused = refused.iter().take(TOLD_OF_A_FILE);
        let told = refused.map(|(_, refusal)| not_written(&file.path, refusal));
        report.warnings.extend(told);
        report.should_say(file, text);
    }
    for (at, section) in &back.reviews {
        let file = &files[*at];
        match with_review_section(&file.path, report.says(file), section) {
            Ok(text) => report.should_say(file, text),
            Err(refusal) => report.warnings.push(not_written(&file.path, &refusal)),
        }
    }
    if let Some(text) = decisions {
        tell_decisions(text, &back.decisions, report);
    }
}

/// The decisions that were made and do not stand in the file.
fn tell_decisions(text: &str, made: &[MadeDecision], report: &mut SyncReport) {
    match with_decisions(text, made) {
        Ok(after) if after == text => {}
        Ok(after) => report.write_back.push(WriteBackFile {
            path: DECISIONS_FILE.to_owned(),
            old_hash: hexadecimal(&Sha256::digest(text)),
            text: after,
        }),
        Err(refusal) => report.warnings.push(not_written(DECISIONS_FILE, &refusal)),
    }
}

impl SyncReport {
    /// The text that a file has, or is to have.
    fn says<'a>(&'a self, file: &'a PlanText) -> &'a str {
        let told = self.write_back.iter().find(|told| told.path == file.path);
        told.map_or(&file.text, |told| &told.text)
    }

    fn should_say(&mut self, file: &PlanText, text: String) {
        if text == self.says(file) {
            return;
        }
        self.write_back.retain(|told| told.path != file.path);
        self.write_back.push(WriteBackFile {
            path: file.path.clone(),
            old_hash: hexadecimal(&file.hash),
            text,
        });
    }
}

fn not_written(path: &str, refusal: &WriteBackRefusal) -> SyncProblem {
    SyncProblem {
        path: path.to_owned(),
        line: 1,
        reason: format!("not written back: {refusal}"),
        way_out: "Write it by hand, or leave the file as it is.".to_owned(),
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

fn hexadecimal(bytes: &[u8]) -> String {
    bytes.iter().fold(String::new(), |mut text, byte| {
        // Writing to a string does not fail.
        let _ = write!(text, "{byte:02x}");
        text
    })
}
