//! What a worker really said where everybody reads safe words: kept without secrets, one row per field, for those who
//! may report.

use bellboard_core::id::{EngagementId, RunId};
use bellboard_core::time::Timestamp;
use schemars::JsonSchema;
use serde::Serialize;

use super::{OfRun, store};
use crate::access;
use crate::call::Call;
use crate::db::Sql;
use crate::fault::Outcome;
use crate::verbs::View;

/// Fields whose words were made safe, and what was said.
pub(super) type RawWords = Vec<(&'static str, String)>;

/// What was said about a run in words that not everybody reads.
#[derive(Debug, Clone, Serialize, JsonSchema)]
pub struct RunDiagnostics {
    /// The run.
    pub run_id: RunId,
    /// The last words of each field that is shown in other words, without their secrets.
    pub raw_words: Vec<RawWordsView>,
}

impl View for RunDiagnostics {}

/// The words of one field.
#[derive(Debug, Clone, Serialize, JsonSchema)]
pub struct RawWordsView {
    /// `label`, `message`, `phase` or `unit`.
    pub field: String,
    /// As they were told, without their secrets.
    pub words: String,
    /// When.
    pub at: Timestamp,
}

/// Keeps the words that were replaced. Most reports have none, and write nothing here.
pub(super) async fn keep(
    sql: &mut Sql<'_>,
    engagement: EngagementId,
    run: RunId,
    raw: &RawWords,
    at: Timestamp,
) -> Outcome<()> {
    for (field, words) in raw {
        store::keep_raw_words(sql, engagement, run, field, words, at).await?;
    }
    Ok(())
}

/// `get_run_diagnostics`.
pub async fn get_run_diagnostics(call: Call, input: OfRun) -> Outcome<RunDiagnostics> {
    let hub = call.hub.clone();
    let rows = hub
        .db()
        .read(move |sql| {
            Box::pin(async move {
                let member = access::in_engagement_of(sql, &call, input.run_id).await?;
                store::raw_words(sql, &member, input.run_id).await
            })
        })
        .await?;
    let words = rows.iter().map(|row| {
        Ok(RawWordsView {
            field: row.text(0)?,
            words: row.text(1)?,
            at: row.time(2)?,
        })
    });
    Ok(RunDiagnostics {
        run_id: input.run_id,
        raw_words: words.collect::<Outcome<_>>()?,
    })
}
