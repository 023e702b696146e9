//! The statements of a person's settings; they belong to the person and to no engagement.

use bellboard_core::id::PersonId;
use bellboard_core::time::Timestamp;

use super::SettingsView;
use crate::db::{Row, Sql};
use crate::fault::Outcome;

/// Columns: theme, single_keys, undo_seconds.
pub(super) async fn one(sql: &mut Sql<'_>, person: PersonId) -> Outcome<Option<Row>> {
    let row = sql
        .one(
            "select theme, single_keys, undo_seconds from person_settings where person_id = $1",
            &[person.into()],
        )
        .await?;
    Ok(row)
}

pub(super) async fn put(
    sql: &mut Sql<'_>,
    person: PersonId,
    settings: SettingsView,
    now: Timestamp,
) -> Outcome<()> {
    sql.execute(
        "insert into person_settings (person_id, theme, single_keys, undo_seconds, changed_at) values ($1, $2, $3, $4, $5)
         on conflict (person_id) do update
            set theme = excluded.theme, single_keys = excluded.single_keys,
                undo_seconds = excluded.undo_seconds, changed_at = excluded.changed_at",
        &[
            person.into(),
            settings.theme.as_str().into(),
            settings.single_keys.into(),
            i64::from(settings.undo_seconds.get()).into(),
            now.into(),
        ],
    )
    .await?;
    Ok(())
}
