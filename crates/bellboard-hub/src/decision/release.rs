//! Releases what follows from decisions whose undo time is over: whoever made the thing learns of it. One decision, one
//! transaction; where replicas meet, the guarded statement lets one of them win.

use bellboard_core::id::{DecisionId, EngagementId};
use bellboard_core::time::Timestamp;
use uuid::Uuid;

use super::{Concept, DecisionView, Made, store};
use crate::Hub;
use crate::artifact;
use crate::ask;
use crate::db::{Row, Sql};
use crate::fault::Outcome;

/// How many decisions one look takes.
const BATCH: u32 = 100;

/// A decision that is in effect from this transaction on.
pub(crate) struct Released {
    pub(crate) engagement: EngagementId,
    pub(crate) object: Uuid,
    pub(crate) version: i64,
    pub(crate) decision: String,
    pub(crate) decided_by_name: String,
    pub(crate) note: Option<String>,
    pub(crate) at: Timestamp,
}

impl Released {
    /// A decision without undo time: it is in effect at once.
    pub(crate) fn at_once(engagement: EngagementId, made: &Made<'_>, view: &DecisionView) -> Self {
        Self {
            engagement,
            object: made.object,
            version: made.version,
            decision: made.decision.to_owned(),
            decided_by_name: view.decided_by_name.clone(),
            note: made.note.map(str::to_owned),
            at: view.effective_at,
        }
    }
}

/// Releases every decision that is due; how many this call released. One that cannot be released is logged and holds up no
/// other; the fault is told at the end.
pub async fn release_due(hub: &Hub) -> Outcome<u64> {
    let mut released = 0;
    let mut fault = None;
    let mut after = (Timestamp::MIN, Uuid::nil());
    loop {
        let now = hub.now();
        let due = hub
            .db()
            .read(move |sql| Box::pin(async move { store::due(sql, now, after, BATCH).await }))
            .await?;
        for row in &due {
            let decision: Uuid = row.id(1)?;
            after = (row.time(2)?, decision);
            match release_one(hub, row, now).await {
                Ok(done) => released += u64::from(done),
                Err(failed) if failed.is_of_the_database() => return Err(failed),
                Err(failed) => {
                    tracing::error!(%decision, fault = %failed, "a decision could not be released");
                    fault = Some(failed);
                }
            }
        }
        if due.len() < BATCH as usize {
            return fault.map_or(Ok(released), Err);
        }
    }
}

async fn release_one(hub: &Hub, due: &Row, now: Timestamp) -> Outcome<bool> {
    let (engagement, id): (EngagementId, DecisionId) = (due.id(0)?, due.id(1)?);
    let acting = hub.clone();
    hub.db()
        .write(move |sql| {
            Box::pin(async move {
                let Some(row) = store::release(sql, engagement, id, now).await? else {
                    return Ok(false);
                };
                let released = Released {
                    engagement,
                    object: row.id(1)?,
                    version: row.int(2)?,
                    decision: row.text(3)?,
                    decided_by_name: row.text(4)?,
                    note: row.opt_text(5)?,
                    at: now,
                };
                follow(sql, &acting, Concept::parse(&row.text(0)?)?, &released).await?;
                Ok(true)
            })
        })
        .await
}

/// What follows from a decision, told by its concept.
async fn follow(
    sql: &mut Sql<'_>,
    hub: &Hub,
    concept: Concept,
    released: &Released,
) -> Outcome<()> {
    match concept {
        Concept::Artifact => artifact::released(sql, hub.world(), released).await,
        Concept::Ask => ask::released(sql, hub.world(), released).await,
    }
}
