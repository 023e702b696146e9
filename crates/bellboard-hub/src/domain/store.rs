//! The statements of domains.

use bellboard_core::id::{DomainId, EngagementId};
use uuid::Uuid;

use super::{DomainView, OfDomain};
use crate::access::Reach;
use crate::db::reach::within_reach;
use crate::db::{Row, Sql};
use crate::fault::{Fault, Outcome};
use crate::paging::List;
use crate::verbs::WorkConcept;

/// More names than this are not listed in one refusal.
const NAMED: u32 = 50;

macro_rules! domain_columns {
    () => {
        "d.engagement_id, e.slug, d.id, d.slug, d.name, d.description, d.status, d.created_at, d.changed_at"
    };
}

/// How much belongs to the domain `d`: topics, workstreams, extension points, technical debts, repos.
macro_rules! domain_counts {
    () => {
        "(select count(*) from topics x where x.engagement_id = d.engagement_id and x.domain_id = d.id),
         (select count(*) from workstreams x where x.engagement_id = d.engagement_id and x.domain_id = d.id),
         (select count(*) from extension_points x where x.engagement_id = d.engagement_id and x.domain_id = d.id),
         (select count(*) from technical_debts x where x.engagement_id = d.engagement_id and x.domain_id = d.id),
         (select count(*) from repos x where x.engagement_id = d.engagement_id and x.domain_id = d.id)"
    };
}

pub(super) async fn insert(sql: &mut Sql<'_>, domain: &DomainView) -> Outcome<()> {
    sql.execute(
        "insert into domains (engagement_id, id, slug, name, description, status, created_at, changed_at)
         values ($1, $2, $3, $4, $5, $6, $7, $8)",
        &[
            domain.engagement_id.into(),
            domain.id.into(),
            domain.slug.as_str().into(),
            domain.name.as_str().into(),
            domain.description.as_str().into(),
            domain.status.as_str().into(),
            domain.created_at.into(),
            domain.changed_at.into(),
        ],
    )
    .await?;
    Ok(())
}

/// Columns: `domain_columns!`.
pub(crate) async fn one(
    sql: &mut Sql<'_>,
    engagement: EngagementId,
    domain: DomainId,
) -> Outcome<Option<Row>> {
    let row = sql
        .one(
            concat!(
                "select ",
                domain_columns!(),
                " from domains d
                  join engagements e on e.id = d.engagement_id
                 where d.engagement_id = $1 and d.id = $2"
            ),
            &[engagement.into(), domain.into()],
        )
        .await?;
    Ok(row)
}

pub(super) async fn update(sql: &mut Sql<'_>, domain: &DomainView) -> Outcome<()> {
    sql.execute(
        "update domains set slug = $3, name = $4, description = $5, status = $6, changed_at = $7
          where engagement_id = $1 and id = $2",
        &[
            domain.engagement_id.into(),
            domain.id.into(),
            domain.slug.as_str().into(),
            domain.name.as_str().into(),
            domain.description.as_str().into(),
            domain.status.as_str().into(),
            domain.changed_at.into(),
        ],
    )
    .await?;
    Ok(())
}

/// Newest first; an empty status asks for all. Columns: `domain_columns!`, then `domain_counts!`.
pub(super) const LIST: List = List {
    page: concat!(
        within_reach!("select "),
        domain_columns!(),
        ", ",
        domain_counts!(),
        " from reach m
          join domains d on d.engagement_id = m.engagement_id
          join engagements e on e.id = d.engagement_id
         where ($6 = '' or d.status = $6) and (d.created_at, d.id) < ($7, $8)
         order by d.created_at desc, d.id desc
         limit $9"
    ),
    total: within_reach!(
        "select count(*)
           from reach m
           join domains d on d.engagement_id = m.engagement_id
          where $6 = '' or d.status = $6"
    ),
};

/// Columns: `domain_counts!`.
pub(super) async fn counts(
    sql: &mut Sql<'_>,
    engagement: EngagementId,
    domain: DomainId,
) -> Outcome<Option<Row>> {
    let row = sql
        .one(
            concat!(
                "select ",
                domain_counts!(),
                " from domains d where d.engagement_id = $1 and d.id = $2"
            ),
            &[engagement.into(), domain.into()],
        )
        .await?;
    Ok(row)
}

/// The slugs of topics that keep a domain in use.
pub(super) async fn active_topics(
    sql: &mut Sql<'_>,
    engagement: EngagementId,
    domain: DomainId,
) -> Outcome<Vec<String>> {
    let rows = sql
        .all(
            "select slug from topics
              where engagement_id = $1 and domain_id = $2 and status = 'active'
              order by slug limit $3",
            &[engagement.into(), domain.into(), NAMED.into()],
        )
        .await?;
    Ok(rows
        .iter()
        .map(|row| row.text(0))
        .collect::<Result<_, _>>()?)
}

/// The slugs of the domains in use.
pub(super) async fn active_slugs(sql: &mut Sql<'_>, reach: &Reach) -> Outcome<Vec<String>> {
    let rows = sql
        .all(
            within_reach!(
                "select distinct d.slug
                   from reach m
                   join domains d on d.engagement_id = m.engagement_id
                  where d.status = 'active'
                  order by d.slug
                  limit $6"
            ),
            &reach.with([NAMED.into()]),
        )
        .await?;
    Ok(rows
        .iter()
        .map(|row| row.text(0))
        .collect::<Result<_, _>>()?)
}

/// The domain that something belongs to.
pub(crate) async fn domain_of(
    sql: &mut Sql<'_>,
    engagement: EngagementId,
    concept: WorkConcept,
    id: Uuid,
) -> Outcome<Option<DomainId>> {
    let text = match concept {
        WorkConcept::Repo => "select domain_id from repos where engagement_id = $1 and id = $2",
        WorkConcept::Topic => "select domain_id from topics where engagement_id = $1 and id = $2",
        WorkConcept::Workstream => {
            "select domain_id from workstreams where engagement_id = $1 and id = $2"
        }
        other => {
            let words = other.words();
            return Err(Fault::internal(format!("the domain of a {words}")));
        }
    };
    let row = sql.one(text, &[engagement.into(), id.into()]).await?;
    Ok(row.map(|row| row.id(0)).transpose()?)
}

/// Whether a row belongs to the domain of the filter: `$6` is its slug, a former one or empty, `$7` its id or nil.
macro_rules! of_domain {
    ($row:literal) => {
        concat!(
            "($6 = '' or ",
            $row,
            ".domain_id in (select o.id from domains o where o.slug = $6 or o.id = $7
                             union all
                            select a.object_id from slug_aliases a where a.concept = 'domain' and a.slug = $6))"
        )
    };
}

pub(crate) use of_domain;

/// Whether the filter leads to any domain in reach.
pub(super) async fn is_there(sql: &mut Sql<'_>, reach: &Reach, of: &OfDomain) -> Outcome<bool> {
    let row = sql
        .one(
            within_reach!(
                "select 1
                   from reach m
                  where exists (select 1 from domains o
                                 where o.engagement_id = m.engagement_id and (o.slug = $6 or o.id = $7))
                     or exists (select 1 from slug_aliases a
                                 where a.engagement_id = m.engagement_id and a.concept = 'domain' and a.slug = $6)
                  limit 1"
            ),
            &reach.with(of.values()),
        )
        .await?;
    Ok(row.is_some())
}
