//! The statements of the inbox.

use bellboard_core::id::NotificationId;
use bellboard_core::page::Cursor;
use bellboard_core::time::Timestamp;

use super::NewNotification;
use crate::access::Reach;
use crate::db::reach::within_reach;
use crate::db::{Row, Sql};
use crate::fault::Outcome;
use crate::paging::{after_or_start, count_in};

/// Stores one ring; a second of the same for the same person is not stored.
pub(crate) async fn insert(sql: &mut Sql<'_>, notification: &NewNotification) -> Outcome<()> {
    sql.execute(
        "insert into notifications (engagement_id, subject_id, person_id, id, kind, title, detail, created_at, concept,
                                    object_id)
         values ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10)
         on conflict do nothing",
        &[
            notification.engagement_id.into(),
            notification.subject_id.into(),
            notification.person_id.into(),
            notification.id.into(),
            notification.kind.into(),
            notification.title.clone().into(),
            notification.detail.clone().into(),
            notification.created_at.into(),
            notification.place.concept.into(),
            notification.place.object_id.into(),
        ],
    )
    .await?;
    Ok(())
}

/// Columns: id, engagement_id, engagement name, kind, object_id, title, detail, created_at, read_at, concept.
pub(super) async fn list(
    sql: &mut Sql<'_>,
    reach: &Reach,
    unread: bool,
    after: Option<Cursor>,
    limit: u32,
) -> Outcome<Vec<Row>> {
    let (at, id) = after_or_start(after);
    let rows = sql
        .all(
            within_reach!(
                "select n.id, n.engagement_id, e.name, n.kind, n.object_id, n.title, n.detail, n.created_at, n.read_at,
                        n.concept
                   from notifications n
                   join reach m on m.engagement_id = n.engagement_id
                   join engagements e on e.id = n.engagement_id
                  where n.person_id = $1 and (n.created_at, n.id) < ($6, $7) and ($9 = 0 or n.read_at is null)
                  order by n.created_at desc, n.id desc
                  limit $8"
            ),
            &reach.with([at.into(), id.into(), limit.into(), unread.into()]),
        )
        .await?;
    Ok(rows)
}

pub(super) async fn total(sql: &mut Sql<'_>, reach: &Reach, unread: bool) -> Outcome<u64> {
    let row = sql
        .one(
            within_reach!(
                "select count(*)
                   from notifications n
                   join reach m on m.engagement_id = n.engagement_id
                  where n.person_id = $1 and ($6 = 0 or n.read_at is null)"
            ),
            &reach.with([unread.into()]),
        )
        .await?;
    count_in(row.as_ref())
}

/// Keeps the first reading; whether there is such a notification for this person.
pub(super) async fn read(
    sql: &mut Sql<'_>,
    reach: &Reach,
    id: NotificationId,
    now: Timestamp,
) -> Outcome<bool> {
    let found = sql
        .execute(
            within_reach!(
                "update notifications set read_at = coalesce(read_at, $7)
                  where id = $6 and person_id = $1 and engagement_id in (select engagement_id from reach)"
            ),
            &reach.with([id.into(), now.into()]),
        )
        .await?;
    Ok(found == 1)
}

pub(super) async fn read_all(sql: &mut Sql<'_>, reach: &Reach, now: Timestamp) -> Outcome<()> {
    sql.execute(
        within_reach!(
            "update notifications set read_at = $6
              where person_id = $1 and read_at is null and engagement_id in (select engagement_id from reach)"
        ),
        &reach.with([now.into()]),
    )
    .await?;
    Ok(())
}
