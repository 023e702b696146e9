//! The statements of the home zones. The pages themselves are in `db/zones.rs`, once per engine; the counts are kept here
//! in the transaction of every change, so that no count scans history.

use bellboard_core::id::{EngagementId, PersonId};
use bellboard_core::membership::Designations;
use bellboard_core::page::Cursor;
use bellboard_core::time::Timestamp;
use uuid::Uuid;

use super::Zone;
use crate::access::Reach;
use crate::db::reach::within_reach;
use crate::db::{Engine, Row, Sql, Value, zones};
use crate::fault::Outcome;
use crate::paging::{after_or_start, count_in};

mod snoozes;

pub(crate) use snoozes::forget_snoozes;
pub(super) use snoozes::{hold_need, snooze, unsnooze, waits_for};

/// Over how many rows one count is spread on PostgreSQL, where writers of one engagement would wait for each other.
const SLOTS: u128 = 8;
/// The audience of what is not narrowed: everybody but those who only read.
const EVERYBODY: i64 = 15;

/// Which rows of a zone.
pub(super) struct Asked<'a> {
    pub(super) after: Option<Cursor>,
    pub(super) limit: u32,
    pub(super) kinds: &'a str,
    pub(super) now: Timestamp,
}

/// One page of runs, or of what waits; columns as `db/zones.rs` says.
pub(super) async fn page(
    sql: &mut Sql<'_>,
    reach: &Reach,
    zone: Zone,
    asked: &Asked<'_>,
) -> Outcome<Vec<Row>> {
    let engine = sql.engine();
    let text = match zone {
        Zone::Active => zones::active(engine),
        Zone::NeedsYou => zones::needs_you(engine),
        Zone::Recent => zones::recent(engine),
    };
    let mut values = reach.with(place(asked));
    if zone == Zone::NeedsYou {
        values.push(asked.now.into());
    }
    Ok(sql.all(text, &values).await?)
}

/// The part of recent that is artifacts. Columns: engagement_id, its name, its slug, id, kind, label, made_at,
/// content_kind.
pub(super) async fn recent_artifacts(
    sql: &mut Sql<'_>,
    reach: &Reach,
    asked: &Asked<'_>,
) -> Outcome<Vec<Row>> {
    let text = zones::recent_artifacts(sql.engine());
    Ok(sql.all(text, &reach.with(place(asked))).await?)
}

fn place(asked: &Asked<'_>) -> [Value; 4] {
    let (at, id) = after_or_start(asked.after);
    [at.into(), id.into(), asked.limit.into(), asked.kinds.into()]
}

/// How many active or recent holds for this reach; what waits is counted by [`waiting`].
pub(crate) async fn total(
    sql: &mut Sql<'_>,
    reach: &Reach,
    zone: Zone,
    kinds: &str,
) -> Outcome<u64> {
    let row = sql
        .one(
            within_reach!(
                "select cast(coalesce(sum(c.held), 0) as bigint)
                   from reach m
                   join zone_counts c on c.engagement_id = m.engagement_id
                  where c.zone = $6
                    and ($7 = '' or $7 like '%,' || c.kind || ',%')"
            ),
            &reach.with([zone.as_str().into(), kinds.into()]),
        )
        .await?;
    count_in(row.as_ref())
}

/// How many wait for the person: the counts of the audiences that they belong to, and what is for them alone, without
/// what they do not want to see now.
pub(crate) async fn waiting(
    sql: &mut Sql<'_>,
    reach: &Reach,
    kinds: &str,
    now: Timestamp,
) -> Outcome<u64> {
    let row = sql
        .one(
            concat!(
                within_reach!(
                    "select cast(coalesce(
                        (select sum(c.held)
                           from reach m
                           join zone_counts c on c.engagement_id = m.engagement_id
                          where c.zone = 'needs_you' and (m.designations & c.audience) <> 0
                            and ($6 = '' or $6 like '%,' || c.kind || ',%')), 0)
                      + (select count(*)
                           from reach m
                           join needs x on x.for_person = $1 and x.engagement_id = m.engagement_id
                          where m.designations <> 16 and ($6 = '' or $6 like '%,' || x.kind || ',%'))
                      - (select count(*)
                           from reach m
                           join snoozes z on z.person_id = $1 and z.engagement_id = m.engagement_id
                           join needs x on x.engagement_id = z.engagement_id and x.kind = z.kind
                                       and x.item_id = z.item_id
                          where z.until_at > $7 and ($6 = '' or $6 like '%,' || x.kind || ',%') and "
                ),
                zones::for_me!(),
                ") as bigint)"
            ),
            &reach.with([kinds.into(), now.into()]),
        )
        .await?;
    count_in(row.as_ref())
}

/// What is active, and what waits for the person, by kind: the same numbers as [`total`] and [`waiting`] give for all kinds
/// together. Columns: zone, kind, how many.
pub(super) async fn counts(sql: &mut Sql<'_>, reach: &Reach, now: Timestamp) -> Outcome<Vec<Row>> {
    let rows = sql
        .all(
            concat!(
                within_reach!(
                    "select w.zone, w.kind, cast(sum(w.held) as bigint)
                       from (select c.zone, c.kind, c.held
                               from reach m
                               join zone_counts c on c.engagement_id = m.engagement_id
                              where c.zone = 'active'
                                 or (c.zone = 'needs_you' and (m.designations & c.audience) <> 0)
                              union all
                             select 'needs_you', x.kind, 1
                               from reach m
                               join needs x on x.for_person = $1 and x.engagement_id = m.engagement_id
                              where m.designations <> 16
                              union all
                             select 'needs_you', x.kind, -1
                               from reach m
                               join snoozes z on z.person_id = $1 and z.engagement_id = m.engagement_id
                               join needs x on x.engagement_id = z.engagement_id and x.kind = z.kind
                                           and x.item_id = z.item_id
                              where z.until_at > $6 and "
                ),
                zones::for_me!(),
                ") w
                      group by w.zone, w.kind"
            ),
            &reach.with([now.into()]),
        )
        .await?;
    Ok(rows)
}

/// Moves the count of a zone and kind by `change`, in the transaction of what changed.
pub(crate) async fn count(
    sql: &mut Sql<'_>,
    engagement: EngagementId,
    zone: Zone,
    kind: &str,
    of: Uuid,
    change: i64,
) -> Outcome<()> {
    let held = Held {
        zone,
        kind,
        audience: EVERYBODY,
        of,
    };
    add(sql, engagement, &held, change).await
}

/// Which of the rows of a count is that of this item. Who settles several takes them in this order.
pub(crate) fn slot_of(item: Uuid) -> i64 {
    i64::try_from(item.as_u128() % SLOTS).unwrap_or(0)
}

/// What is counted.
struct Held<'a> {
    zone: Zone,
    kind: &'a str,
    audience: i64,
    of: Uuid,
}

async fn add(
    sql: &mut Sql<'_>,
    engagement: EngagementId,
    held: &Held<'_>,
    change: i64,
) -> Outcome<()> {
    let slot = match sql.engine() {
        Engine::Sqlite => 0,
        Engine::Postgres => slot_of(held.of),
    };
    sql.execute(
        "insert into zone_counts (engagement_id, zone, kind, audience, slot, held) values ($1, $2, $3, $4, $5, $6)
         on conflict (engagement_id, zone, kind, audience, slot)
         do update set held = zone_counts.held + excluded.held",
        &[
            engagement.into(),
            held.zone.as_str().into(),
            held.kind.into(),
            held.audience.into(),
            slot.into(),
            change.into(),
        ],
    )
    .await?;
    Ok(())
}

/// What follows when a need is gone: nobody's putting off outlives it, and the count of its audience falls; those for one
/// person are counted with the person.
async fn gone(sql: &mut Sql<'_>, engagement: EngagementId, row: &Row) -> Outcome<()> {
    let item: Uuid = row.id(1)?;
    sql.execute(
        "delete from snoozes where engagement_id = $1 and kind = $2 and item_id = $3",
        &[engagement.into(), row.text(0)?.into(), item.into()],
    )
    .await?;
    if row.opt_id::<PersonId>(3)?.is_some() {
        return Ok(());
    }
    let held = Held {
        zone: Zone::NeedsYou,
        kind: &row.text(0)?,
        audience: row.int(2)?,
        of: item,
    };
    add(sql, engagement, &held, -1).await
}

/// Something that is about to wait for somebody.
pub(crate) struct Need<'a> {
    pub(crate) kind: &'a str,
    pub(crate) item_id: Uuid,
    pub(crate) label: &'a str,
    pub(crate) detail: &'a str,
    /// What a later success of settles it; `None` when only a person can.
    pub(crate) subject: Option<&'a [u8]>,
    pub(crate) created_at: Timestamp,
    /// Who may act, unless it is for one person.
    pub(crate) audience: Designations,
    pub(crate) for_person: Option<PersonId>,
}

/// Puts something into needs-you, once.
pub(crate) async fn need(
    sql: &mut Sql<'_>,
    engagement: EngagementId,
    need: &Need<'_>,
) -> Outcome<()> {
    let made = sql
        .execute(
            "insert into needs (engagement_id, kind, item_id, label, detail, subject, created_at, audience, for_person)
             values ($1, $2, $3, $4, $5, $6, $7, $8, $9)
             on conflict do nothing",
            &[
                engagement.into(),
                need.kind.into(),
                need.item_id.into(),
                need.label.into(),
                need.detail.into(),
                need.subject.into(),
                need.created_at.into(),
                i64::from(need.audience.bits()).into(),
                need.for_person.into(),
            ],
        )
        .await?;
    if made == 1 && need.for_person.is_none() {
        let held = Held {
            zone: Zone::NeedsYou,
            kind: need.kind,
            audience: need.audience.bits().into(),
            of: need.item_id,
        };
        add(sql, engagement, &held, 1).await?;
    }
    Ok(())
}

/// Takes out what a success of the same subject has settled: everything of it that failed before the success was begun;
/// what it was.
pub(crate) async fn settle_subject(
    sql: &mut Sql<'_>,
    engagement: EngagementId,
    subject: &[u8],
    begun_at: Timestamp,
) -> Outcome<Vec<Uuid>> {
    let mut rows = sql
        .all(
            "delete from needs
              where engagement_id = $1 and subject = $2 and created_at <= $3
             returning needs.kind, needs.item_id, needs.audience, needs.for_person",
            &[engagement.into(), subject.into(), begun_at.into()],
        )
        .await?;
    // Everybody takes the slots of a count in the same order, so that two who settle never wait for each other.
    rows.sort_by_key(|row| row.id::<Uuid>(1).map_or(0, slot_of));
    for row in &rows {
        gone(sql, engagement, row).await?;
    }
    Ok(rows.iter().map(|row| row.id(1)).collect::<Result<_, _>>()?)
}

/// Takes something out of needs-you; whether it was there.
pub(crate) async fn settle(
    sql: &mut Sql<'_>,
    engagement: EngagementId,
    kind: &str,
    item: Uuid,
) -> Outcome<bool> {
    let taken = sql
        .one(
            "delete from needs
              where engagement_id = $1 and kind = $2 and item_id = $3
             returning needs.kind, needs.item_id, needs.audience, needs.for_person",
            &[engagement.into(), kind.into(), item.into()],
        )
        .await?;
    if let Some(row) = &taken {
        gone(sql, engagement, row).await?;
    }
    Ok(taken.is_some())
}
