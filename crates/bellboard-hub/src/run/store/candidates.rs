//! The statements of lists that a rule of the core picks from: where such runs can be, newest first.

use bellboard_core::page::Cursor;

use crate::access::Reach;
use crate::db::reach::within_reach;
use crate::db::zones::run_columns;
use crate::db::{Row, Sql};
use crate::fault::Outcome;
use crate::paging::{after_or_start, count_in};
use crate::run::read::ListRuns;

/// Which runs come into question.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(in crate::run) enum Candidates {
    /// Queued and running ones.
    Active,
    /// The same, and whatever stands in needs-you.
    ActiveOrNeeded,
    /// Those that the hub gave up.
    Lost,
}

/// Columns: `run_columns!`. The `+ 0` keeps SQLite from walking all runs in the order of their time.
pub(in crate::run) async fn candidates(
    sql: &mut Sql<'_>,
    reach: &Reach,
    candidates: Candidates,
    after: Option<Cursor>,
    limit: u32,
) -> Outcome<Vec<Row>> {
    const ACTIVE: &str = concat!(
        within_reach!("select "),
        run_columns!(),
        " from reach m
          join runs x on x.engagement_id = m.engagement_id
          join engagements e on e.id = x.engagement_id
         where x.status <> 'completed' and (x.created_at + 0, x.id) < ($6, $7)
         order by x.created_at desc, x.id desc
         limit $8"
    );
    const ACTIVE_OR_NEEDED: &str = concat!(
        within_reach!(
            ", picked as (
                select x.engagement_id, x.id
                  from reach m
                  join runs x on x.engagement_id = m.engagement_id
                 where x.status <> 'completed'
                union
                select n.engagement_id, n.item_id
                  from reach m
                  join needs n on n.engagement_id = m.engagement_id
             )
             select "
        ),
        run_columns!(),
        " from picked p
          join runs x on x.engagement_id = p.engagement_id and x.id = p.id
          join engagements e on e.id = x.engagement_id
         where (x.created_at + 0, x.id) < ($6, $7)
         order by x.created_at desc, x.id desc
         limit $8"
    );
    const LOST: &str = concat!(
        within_reach!("select "),
        run_columns!(),
        " from reach m
          join runs x on x.engagement_id = m.engagement_id
          join engagements e on e.id = x.engagement_id
         where x.lost = 1 and (x.created_at, x.id) < ($6, $7)
         order by x.created_at desc, x.id desc
         limit $8"
    );
    let text = match candidates {
        Candidates::Active => ACTIVE,
        Candidates::ActiveOrNeeded => ACTIVE_OR_NEEDED,
        Candidates::Lost => LOST,
    };
    let (at, id) = after_or_start(after);
    Ok(sql
        .all(text, &reach.with([at.into(), id.into(), limit.into()]))
        .await?)
}

/// How many of the lost runs the other filters leave.
pub(in crate::run) async fn lost_total(
    sql: &mut Sql<'_>,
    reach: &Reach,
    asked: &ListRuns,
) -> Outcome<u64> {
    let row = sql
        .one(
            within_reach!(
                "select count(*)
                   from reach m
                   join runs x on x.engagement_id = m.engagement_id
                  where x.lost = 1
                    and ($6 = '' or x.status = $6) and ($7 = '' or x.outcome = $7) and ($8 = '' or x.type = $8)"
            ),
            &reach.with(super::lists::filters(asked)),
        )
        .await?;
    count_in(row.as_ref())
}
