//! The statements of running runs that fell silent and stand in needs-you for it.

use std::time::Duration;

use bellboard_core::id::{EngagementId, RunId};
use bellboard_core::page::Cursor;
use bellboard_core::run::liveness::{LivenessPolicy, MISSED_BEATS};
use bellboard_core::time::Timestamp;

use super::lists::after_or_beginning;
use crate::access::Member;
use crate::db::zones::run_columns;
use crate::db::{Row, Sql};
use crate::fault::Outcome;
use crate::run::view::RunView;

/// Running runs that nobody was told of and that were silent for longer than their patience, longest silent first. It
/// looks at running runs only, and the rule of the core has the last word on each. Columns: `run_columns!`.
pub(in crate::run) async fn fallen_silent(
    sql: &mut Sql<'_>,
    now: Timestamp,
    general: &LivenessPolicy,
    after: Option<Cursor>,
    limit: u32,
) -> Outcome<Vec<Row>> {
    let (at, id) = after_or_beginning(after);
    let micros = |span: Duration| i64::try_from(span.as_micros()).unwrap_or(i64::MAX);
    let rows = sql
        .all(
            concat!(
                "select ",
                run_columns!(),
                " from runs x
                  join engagements e on e.id = x.engagement_id
                 where x.status = 'running' and x.silent_need = 0 and x.open_asks = 0
                   and x.heard_at + case when x.heartbeat_micros is not null then x.heartbeat_micros * $1
                                         when x.silent_after_micros is not null then x.silent_after_micros
                                         when x.last_seen_at > x.created_at then cast($2 as bigint)
                                         else cast($3 as bigint) end < $4
                   and (x.heard_at, x.id) > ($5, $6)
                 order by x.heard_at, x.id
                 limit $7"
            ),
            &[
                i64::from(MISSED_BEATS).into(),
                micros(general.silent_after_heartbeat).into(),
                micros(general.silent_after_never).into(),
                now.into(),
                at.into(),
                id.into(),
                limit.into(),
            ],
        )
        .await?;
    Ok(rows)
}

/// Remembers that needs-you holds it; `false` when it was heard or changed since it was read. The version counts on, so
/// that a report on its way reads the mark.
pub(in crate::run) async fn mark_silent(
    sql: &mut Sql<'_>,
    member: &Member,
    read: &RunView,
) -> Outcome<bool> {
    let marked = sql
        .execute(
            "update runs set silent_need = 1, version = version + 1
              where engagement_id = $1 and id = $2 and version = $3 and heard_at = $4 and silent_need = 0",
            &[
                member.engagement_id().into(),
                read.id.into(),
                read.version.into(),
                read.heard_at.into(),
            ],
        )
        .await?;
    Ok(marked == 1)
}

/// Forgets it again, in the transaction that has written the run already; whether needs-you held it.
pub(in crate::run) async fn unmark_silent(
    sql: &mut Sql<'_>,
    engagement: EngagementId,
    run: RunId,
) -> Outcome<bool> {
    let unmarked = sql
        .execute(
            "update runs set silent_need = 0 where engagement_id = $1 and id = $2 and silent_need = 1",
            &[engagement.into(), run.into()],
        )
        .await?;
    Ok(unmarked == 1)
}
