//! The statements of engagements and memberships.

use bellboard_core::id::{EngagementId, PersonId};
use bellboard_core::membership::Designations;
use bellboard_core::page::Cursor;
use bellboard_core::time::Timestamp;

use super::EngagementView;
use crate::access::{Member, Reach};
use crate::db::reach::within_reach;
use crate::db::{Row, Sql};
use crate::fault::Outcome;
use crate::paging::{after_or_start, count_in};

/// Whether the slug was free.
pub(super) async fn insert(sql: &mut Sql<'_>, engagement: &EngagementView) -> Outcome<bool> {
    let made = sql
        .execute(
            "insert into engagements (id, slug, name, demo, created_at) values ($1, $2, $3, $4, $5)
             on conflict do nothing",
            &[
                engagement.id.into(),
                engagement.slug.clone().into(),
                engagement.name.clone().into(),
                engagement.demo.into(),
                engagement.created_at.into(),
            ],
        )
        .await?;
    Ok(made == 1)
}

/// Columns: id, slug, name, demo, created_at.
pub(super) async fn one(sql: &mut Sql<'_>, engagement: EngagementId) -> Outcome<Option<Row>> {
    let row = sql
        .one(
            "select id, slug, name, demo, created_at from engagements where id = $1",
            &[engagement.into()],
        )
        .await?;
    Ok(row)
}

/// Takes the row's lock until the transaction ends, so that changes to the owners happen one after the other.
pub(crate) async fn lock(sql: &mut Sql<'_>, engagement: EngagementId) -> Outcome<()> {
    sql.execute(
        "update engagements set demo = demo where id = $1",
        &[engagement.into()],
    )
    .await?;
    Ok(())
}

/// Removes the engagement and everything that belongs to it.
pub(super) async fn delete(sql: &mut Sql<'_>, member: &Member) -> Outcome<()> {
    const STATEMENTS: [&str; 47] = [
        "delete from notifications where engagement_id = $1",
        "delete from zone_counts where engagement_id = $1",
        "delete from needs where engagement_id = $1",
        "delete from snoozes where engagement_id = $1",
        "delete from decisions where engagement_id = $1",
        "delete from asks where engagement_id = $1",
        "delete from artifact_files where engagement_id = $1",
        "delete from artifact_versions where engagement_id = $1",
        "delete from artifacts where engagement_id = $1",
        "delete from contents where engagement_id = $1",
        "delete from run_events where engagement_id = $1",
        "delete from run_raw_words where engagement_id = $1",
        "delete from run_watchers where engagement_id = $1",
        "delete from run_inputs where engagement_id = $1",
        "delete from idempotency_keys where engagement_id = $1",
        "delete from run_types where engagement_id = $1",
        "delete from runs where engagement_id = $1",
        "delete from workplan_files where engagement_id = $1",
        "delete from closure_reviews where engagement_id = $1",
        "delete from cleanup_tasks where engagement_id = $1",
        "delete from cleanups where engagement_id = $1",
        "delete from technical_debts where engagement_id = $1",
        "delete from extension_points where engagement_id = $1",
        "delete from progress_events where engagement_id = $1",
        "delete from plan_decisions where engagement_id = $1",
        "delete from dependencies where engagement_id = $1",
        "delete from tasks where engagement_id = $1",
        "delete from workstreams where engagement_id = $1",
        "delete from topics where engagement_id = $1",
        "delete from repos where engagement_id = $1",
        "delete from slug_aliases where engagement_id = $1",
        "delete from domains where engagement_id = $1",
        "delete from comment_mentions where engagement_id = $1",
        "delete from comments where engagement_id = $1",
        "delete from delivery_attempts where engagement_id = $1",
        "delete from deliveries where engagement_id = $1",
        "delete from delivery_bodies where engagement_id = $1",
        "delete from bell_evaluations where engagement_id = $1",
        "delete from subscriptions where engagement_id = $1",
        "delete from missed_snapshots where engagement_id = $1",
        "delete from snapshots where engagement_id = $1",
        "delete from dashboard_pictures where engagement_id = $1",
        "delete from dashboard_rows where engagement_id = $1",
        "delete from dashboards where engagement_id = $1",
        "delete from token_engagements where engagement_id = $1",
        "delete from memberships where engagement_id = $1",
        "delete from engagements where id = $1",
    ];
    for statement in STATEMENTS {
        sql.execute(statement, &[member.engagement_id().into()])
            .await?;
    }
    Ok(())
}

/// Columns: engagement_id, slug, name, designations, demo, created_at of the membership, how many things wait there.
pub(super) async fn memberships(
    sql: &mut Sql<'_>,
    reach: &Reach,
    after: Option<Cursor>,
    limit: u32,
    now: Timestamp,
) -> Outcome<Vec<Row>> {
    let (at, id) = after_or_start(after);
    let rows = sql
        .all(
            within_reach!(
                "select m.engagement_id, e.slug, e.name, m.designations, e.demo, o.created_at,
                        cast(coalesce((select sum(c.held) from zone_counts c
                                        where c.engagement_id = m.engagement_id and c.zone = 'needs_you'
                                          and (m.designations & c.audience) <> 0), 0)
                           + (select count(*) from needs x
                               where x.for_person = $1 and x.engagement_id = m.engagement_id
                                 and m.designations <> 16)
                           - (select count(*) from snoozes z
                                join needs x on x.engagement_id = z.engagement_id and x.kind = z.kind
                                            and x.item_id = z.item_id
                               where z.person_id = $1 and z.engagement_id = m.engagement_id and z.until_at > $9
                                 and (case when x.for_person is null then (m.designations & x.audience) <> 0
                                           else x.for_person = $1 and m.designations <> 16 end)) as bigint)
                   from reach m
                   join memberships o on o.engagement_id = m.engagement_id and o.person_id = $1
                   join engagements e on e.id = m.engagement_id
                  where (o.created_at, o.engagement_id) < ($6, $7)
                  order by o.created_at desc, o.engagement_id desc
                  limit $8"
            ),
            &reach.with([at.into(), id.into(), limit.into(), now.into()]),
        )
        .await?;
    Ok(rows)
}

/// The same columns for the engagement of this slug.
pub(super) async fn membership_called(
    sql: &mut Sql<'_>,
    reach: &Reach,
    slug: &str,
    now: Timestamp,
) -> Outcome<Option<Row>> {
    let row = sql
        .one(
            within_reach!(
                "select m.engagement_id, e.slug, e.name, m.designations, e.demo, o.created_at,
                        cast(coalesce((select sum(c.held) from zone_counts c
                                        where c.engagement_id = m.engagement_id and c.zone = 'needs_you'
                                          and (m.designations & c.audience) <> 0), 0)
                           + (select count(*) from needs x
                               where x.for_person = $1 and x.engagement_id = m.engagement_id
                                 and m.designations <> 16)
                           - (select count(*) from snoozes z
                                join needs x on x.engagement_id = z.engagement_id and x.kind = z.kind
                                            and x.item_id = z.item_id
                               where z.person_id = $1 and z.engagement_id = m.engagement_id and z.until_at > $7
                                 and (case when x.for_person is null then (m.designations & x.audience) <> 0
                                           else x.for_person = $1 and m.designations <> 16 end)) as bigint)
                   from reach m
                   join memberships o on o.engagement_id = m.engagement_id and o.person_id = $1
                   join engagements e on e.id = m.engagement_id
                  where e.slug = $6"
            ),
            &reach.with([slug.into(), now.into()]),
        )
        .await?;
    Ok(row)
}

pub(super) async fn memberships_total(sql: &mut Sql<'_>, reach: &Reach) -> Outcome<u64> {
    let row = sql
        .one(
            within_reach!("select count(*) from reach m"),
            &reach.with([]),
        )
        .await?;
    count_in(row.as_ref())
}

/// Columns: person_id, name, kind, designations, created_at of the membership.
pub(super) async fn members(
    sql: &mut Sql<'_>,
    member: &Member,
    after: Option<Cursor>,
    limit: u32,
) -> Outcome<Vec<Row>> {
    let (at, id) = after_or_start(after);
    let rows = sql
        .all(
            "select p.id, p.name, p.kind, m.designations, m.created_at
               from memberships m
               join people p on p.id = m.person_id
              where m.engagement_id = $1 and (m.created_at, m.person_id) < ($2, $3)
              order by m.created_at desc, m.person_id desc
              limit $4",
            &[
                member.engagement_id().into(),
                at.into(),
                id.into(),
                limit.into(),
            ],
        )
        .await?;
    Ok(rows)
}

pub(super) async fn members_total(sql: &mut Sql<'_>, member: &Member) -> Outcome<u64> {
    let row = sql
        .one(
            "select count(*) from memberships where engagement_id = $1",
            &[member.engagement_id().into()],
        )
        .await?;
    count_in(row.as_ref())
}

/// One member. Columns as in `members`.
pub(super) async fn member(
    sql: &mut Sql<'_>,
    by: &Member,
    person: PersonId,
) -> Outcome<Option<Row>> {
    let row = sql
        .one(
            "select p.id, p.name, p.kind, m.designations, m.created_at
               from memberships m
               join people p on p.id = m.person_id
              where m.engagement_id = $1 and m.person_id = $2",
            &[by.engagement_id().into(), person.into()],
        )
        .await?;
    Ok(row)
}

/// Columns: id, owner_id.
pub(super) async fn person(sql: &mut Sql<'_>, person: PersonId) -> Outcome<Option<Row>> {
    let row = sql
        .one(
            "select id, owner_id from people where id = $1",
            &[person.into()],
        )
        .await?;
    Ok(row)
}

pub(super) async fn put_member(
    sql: &mut Sql<'_>,
    engagement: EngagementId,
    person: PersonId,
    designations: Designations,
    now: Timestamp,
) -> Outcome<()> {
    sql.execute(
        "insert into memberships (engagement_id, person_id, designations, created_at) values ($1, $2, $3, $4)
         on conflict (engagement_id, person_id) do update set designations = excluded.designations",
        &[
            engagement.into(),
            person.into(),
            i64::from(designations.bits()).into(),
            now.into(),
        ],
    )
    .await?;
    Ok(())
}

pub(super) async fn delete_member(sql: &mut Sql<'_>, by: &Member, person: PersonId) -> Outcome<()> {
    sql.execute(
        "delete from memberships where engagement_id = $1 and person_id = $2",
        &[by.engagement_id().into(), person.into()],
    )
    .await?;
    Ok(())
}

/// Ends the memberships of the agents that somebody answers for.
pub(super) async fn delete_agents_of(
    sql: &mut Sql<'_>,
    by: &Member,
    owner: PersonId,
) -> Outcome<()> {
    sql.execute(
        "delete from memberships
          where engagement_id = $1 and person_id in (select id from people where owner_id = $2)",
        &[by.engagement_id().into(), owner.into()],
    )
    .await?;
    Ok(())
}

/// The people whose designations contain `owner`, which is the first bit of the set.
pub(super) async fn human_owners(
    sql: &mut Sql<'_>,
    engagement: EngagementId,
) -> Outcome<Vec<PersonId>> {
    let rows = sql
        .all(
            "select m.person_id
               from memberships m
               join people p on p.id = m.person_id
              where m.engagement_id = $1 and m.designations % 2 = 1 and p.kind = 'human'
              order by m.person_id",
            &[engagement.into()],
        )
        .await?;
    Ok(rows.iter().map(|row| row.id(0)).collect::<Result<_, _>>()?)
}
