//! The statement that replaces the rows of a dashboard.

use bellboard_core::id::DashboardId;
use bellboard_core::time::Timestamp;

use crate::access::Member;
use crate::db::Sql;
use crate::fault::Outcome;
use crate::snapshot::push::Came;

/// The rows that came stand in place of those before.
pub(in crate::snapshot) async fn replace_rows(
    sql: &mut Sql<'_>,
    member: &Member,
    dashboard: DashboardId,
    came: &Came,
    now: Timestamp,
) -> Outcome<()> {
    sql.execute(
        "insert into dashboard_rows (engagement_id, dashboard_id, format, bytes, content_hash, row_count, fields, pushed_by,
                                     pushed_by_name, pushed_at)
         values ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10)
         on conflict (engagement_id, dashboard_id)
         do update set format = excluded.format, bytes = excluded.bytes, content_hash = excluded.content_hash,
                       row_count = excluded.row_count, fields = excluded.fields, pushed_by = excluded.pushed_by,
                       pushed_by_name = excluded.pushed_by_name, pushed_at = excluded.pushed_at",
        &[
            member.engagement_id().into(),
            dashboard.into(),
            came.format.as_str().into(),
            came.bytes.as_slice().into(),
            came.digest.into(),
            came.count.into(),
            came.fields.as_str().into(),
            member.person_id().into(),
            member.name().into(),
            now.into(),
        ],
    )
    .await?;
    Ok(())
}
