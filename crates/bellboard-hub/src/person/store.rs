//! The statements of people.

use bellboard_core::id::PersonId;
use bellboard_core::page::Cursor;

use super::NewPerson;
use crate::db::{Row, Sql};
use crate::fault::Outcome;
use crate::paging::{after_or_start, count_in};

pub(super) async fn insert(sql: &mut Sql<'_>, person: &NewPerson) -> Outcome<()> {
    sql.execute(
        "insert into people (id, kind, name, owner_id, hub_owner, created_at) values ($1, $2, $3, $4, $5, $6)",
        &[
            person.id.into(),
            person.kind.as_str().into(),
            person.name.clone().into(),
            person.owner_id.into(),
            person.hub_owner.into(),
            person.created_at.into(),
        ],
    )
    .await?;
    Ok(())
}

/// Stores the founder only while the hub is empty. That two first starts at once make one founder is the promise of the
/// unique index `people_founder`.
pub(super) async fn insert_first(sql: &mut Sql<'_>, person: &NewPerson) -> Outcome<bool> {
    let made = sql
        .execute(
            "insert into people (id, kind, name, hub_owner, created_at)
             select $1, $2, $3, 1, $4 where not exists (select 1 from people)
             on conflict do nothing",
            &[
                person.id.into(),
                person.kind.as_str().into(),
                person.name.clone().into(),
                person.created_at.into(),
            ],
        )
        .await?;
    Ok(made == 1)
}

pub(super) async fn hub_owner(sql: &mut Sql<'_>) -> Outcome<Option<PersonId>> {
    let row = sql
        .one(
            "select id from people where hub_owner = 1 order by created_at, id limit 1",
            &[],
        )
        .await?;
    Ok(row
        .map(|row| row.id(0))
        .transpose()?
        .map(PersonId::from_uuid))
}

/// Columns: id, name, kind, owner_id, created_at.
pub(super) async fn agents(
    sql: &mut Sql<'_>,
    owner: PersonId,
    after: Option<Cursor>,
    limit: u32,
) -> Outcome<Vec<Row>> {
    let (at, id) = after_or_start(after);
    let rows = sql
        .all(
            "select id, name, kind, owner_id, created_at
               from people
              where owner_id = $1 and (created_at, id) < ($2, $3)
              order by created_at desc, id desc
              limit $4",
            &[owner.into(), at.into(), id.into(), limit.into()],
        )
        .await?;
    Ok(rows)
}

pub(super) async fn agents_total(sql: &mut Sql<'_>, owner: PersonId) -> Outcome<u64> {
    let row = sql
        .one(
            "select count(*) from people where owner_id = $1",
            &[owner.into()],
        )
        .await?;
    count_in(row.as_ref())
}

/// Whether this is an agent that the human answers for.
pub(crate) async fn is_agent_of(
    sql: &mut Sql<'_>,
    agent: PersonId,
    owner: PersonId,
) -> Outcome<bool> {
    let row = sql
        .one(
            "select 1 from people where id = $1 and owner_id = $2 and kind = 'agent'",
            &[agent.into(), owner.into()],
        )
        .await?;
    Ok(row.is_some())
}

/// Whether this is a human; agents do not sign in with links.
pub(super) async fn is_human(sql: &mut Sql<'_>, person: PersonId) -> Outcome<bool> {
    let row = sql
        .one(
            "select 1 from people where id = $1 and kind = 'human'",
            &[person.into()],
        )
        .await?;
    Ok(row.is_some())
}
