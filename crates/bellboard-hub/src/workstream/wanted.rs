//! Reviews that are to be written into the files of the workstreams that they closed.

use bellboard_core::id::{EngagementId, RepoId, WorkstreamId};
use bellboard_core::time::Timestamp;
use bellboard_core::work::{ReviewLine, ReviewSection};
use serde::{Deserialize, Serialize};
use uuid::Uuid;

use super::close::ReviewedTask;
use super::store;
use crate::db::{Row, Sql};
use crate::fault::{Fault, Outcome};

/// A review as it is kept: with the wish that its file shows it, or its lines alone.
#[derive(Serialize, Deserialize)]
#[serde(untagged)]
enum Kept {
    Wanted {
        tasks: Vec<ReviewedTask>,
        write_section: bool,
    },
    Lines(Vec<ReviewedTask>),
}

/// The review as it is kept.
pub(super) fn kept(tasks: Vec<ReviewedTask>, write_section: bool) -> Outcome<String> {
    let kept = if write_section {
        Kept::Wanted {
            tasks,
            write_section,
        }
    } else {
        Kept::Lines(tasks)
    };
    serde_json::to_string(&kept).map_err(Fault::internal)
}

/// The reviews that closed workstreams of a repo, where the file is to show them, oldest first.
pub(crate) async fn wanted_sections(
    sql: &mut Sql<'_>,
    engagement: EngagementId,
    repo: RepoId,
) -> Outcome<Vec<(WorkstreamId, ReviewSection)>> {
    let mut rows = store::reviews_of_repo(sql, engagement, repo).await?;
    rows.reverse();
    let read = rows.iter().map(section);
    Ok(read
        .collect::<Outcome<Vec<_>>>()?
        .into_iter()
        .flatten()
        .collect())
}

/// Reads workstream, id, review, name and time; nothing where it is not wanted.
fn section(row: &Row) -> Outcome<Option<(WorkstreamId, ReviewSection)>> {
    let kept: Kept = serde_json::from_str(&row.text(2)?).map_err(Fault::internal)?;
    let Kept::Wanted {
        tasks,
        write_section: true,
    } = kept
    else {
        return Ok(None);
    };
    let id: Uuid = row.id(1)?;
    let section = ReviewSection {
        id,
        day: day_of(row.time(4)?),
        by: row.text(3)?,
        lines: tasks.into_iter().map(line).collect(),
    };
    Ok(Some((row.id(0)?, section)))
}

fn line(task: ReviewedTask) -> ReviewLine {
    ReviewLine {
        task: task.external_id.unwrap_or(task.title),
        as_word: task.as_word,
        because: task.reason.or(task.target),
    }
}

/// The day of a time: `2026-11-21`.
pub(crate) fn day_of(at: Timestamp) -> String {
    let text = at.to_string();
    text.split('T').next().unwrap_or_default().to_owned()
}
