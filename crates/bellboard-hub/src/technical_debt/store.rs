//! The statements of technical debts.

use bellboard_core::id::{EngagementId, TechnicalDebtId};
use bellboard_core::time::Timestamp;

use super::TechnicalDebtView;
use crate::db::reach::within_reach;
use crate::db::{Row, Sql};
use crate::domain::store::of_domain;
use crate::fault::Outcome;
use crate::paging::List;

macro_rules! technical_debt_columns {
    () => {
        "x.engagement_id, e.slug, x.id, x.td_id, x.domain_id, d.slug, x.title, x.type, x.status, x.severity, x.location,
         x.description, x.created_at, x.changed_at"
    };
}

/// What the row is joined with.
macro_rules! technical_debt_joins {
    () => {
        " join engagements e on e.id = x.engagement_id
          join domains d on d.engagement_id = x.engagement_id and d.id = x.domain_id"
    };
}

/// Whether the key was free.
pub(super) async fn insert(sql: &mut Sql<'_>, new: &TechnicalDebtView) -> Outcome<bool> {
    let made = sql
        .execute(
            "insert into technical_debts (engagement_id, id, td_id, domain_id, title, type, status, severity, location,
                                           description, created_at, changed_at)
             values ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12)
             on conflict do nothing",
            &[
                new.engagement_id.into(),
                new.id.into(),
                new.td_id.as_str().into(),
                new.domain_id.into(),
                new.title.as_str().into(),
                new.debt_type.as_str().into(),
                new.status.as_str().into(),
                new.severity.as_str().into(),
                new.location.as_str().into(),
                new.description.as_str().into(),
                new.created_at.into(),
                new.changed_at.into(),
            ],
        )
        .await?;
    Ok(made == 1)
}

pub(super) async fn update(
    sql: &mut Sql<'_>,
    after: &TechnicalDebtView,
    now: Timestamp,
) -> Outcome<()> {
    sql.execute(
        "update technical_debts
            set domain_id = $3, title = $4, type = $5, status = $6, severity = $7, location = $8, description = $9,
                changed_at = $10
          where engagement_id = $1 and id = $2",
        &[
            after.engagement_id.into(),
            after.id.into(),
            after.domain_id.into(),
            after.title.as_str().into(),
            after.debt_type.as_str().into(),
            after.status.as_str().into(),
            after.severity.as_str().into(),
            after.location.as_str().into(),
            after.description.as_str().into(),
            now.into(),
        ],
    )
    .await?;
    Ok(())
}

/// Columns: `technical_debt_columns!`.
pub(super) async fn one(
    sql: &mut Sql<'_>,
    engagement: EngagementId,
    id: TechnicalDebtId,
) -> Outcome<Option<Row>> {
    let row = sql
        .one(
            concat!(
                "select ",
                technical_debt_columns!(),
                " from technical_debts x",
                technical_debt_joins!(),
                " where x.engagement_id = $1 and x.id = $2"
            ),
            &[engagement.into(), id.into()],
        )
        .await?;
    Ok(row)
}

/// Last changed first; an empty word asks for all. Columns: `technical_debt_columns!`.
pub(super) const LIST: List = List {
    page: concat!(
        within_reach!("select "),
        technical_debt_columns!(),
        " from reach m
          join technical_debts x on x.engagement_id = m.engagement_id",
        technical_debt_joins!(),
        " where ",
        of_domain!("x"),
        " and ($8 = '' or x.status = $8) and ($9 = '' or x.type = $9)
          and (x.changed_at, x.id) < ($10, $11)
         order by x.changed_at desc, x.id desc
         limit $12"
    ),
    total: concat!(
        within_reach!(
            "select count(*)
               from reach m
               join technical_debts x on x.engagement_id = m.engagement_id
              where "
        ),
        of_domain!("x"),
        " and ($8 = '' or x.status = $8) and ($9 = '' or x.type = $9)"
    ),
};
