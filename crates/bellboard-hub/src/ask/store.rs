//! The statements of asks. State and answer are written by one statement only: [`advance`].

use bellboard_core::ask::State;
use bellboard_core::id::{AskId, DecisionId, EngagementId, PersonId, RunId};
use bellboard_core::page::Cursor;
use bellboard_core::time::Timestamp;
use uuid::Uuid;

use super::create::NewAsk;
use super::read::ListAsks;
use super::view::AskView;
use crate::access::{Member, Reach};
use crate::db::reach::within_reach;
use crate::db::{Row, Sql, Value};
use crate::fault::Outcome;
use crate::paging::{after_or_start, count_in};

/// The columns of an ask `a` with its engagement `e`, its person `p` and its decision `d`, as [`AskView`] reads them.
macro_rules! ask_columns {
    () => {
        "a.engagement_id, e.name, e.slug, a.id, a.state, a.version, a.title, a.detail, a.options, a.form, a.asked_by,
         a.asked_by_name, a.run_id, a.for_person, p.name, a.audience, a.expires_at, a.fallback, a.answer, a.created_at,
         a.closed_at, d.note, d.decided_by, d.decided_by_name, d.decided_at, d.effective_at"
    };
}

/// What stands after an ask `a` so that its columns can be read.
macro_rules! ask_joins {
    () => {
        " join engagements e on e.id = a.engagement_id
          left join people p on p.id = a.for_person
          left join decisions d on d.engagement_id = a.engagement_id and d.id = a.decision_id"
    };
}

/// In a list, the column of what the reader is in the engagement of each ask.
pub(super) const DESIGNATIONS: usize = 26;

/// What becomes of an ask.
pub(super) struct Moved<'a> {
    pub(super) state: State,
    pub(super) answer: Option<&'a str>,
    pub(super) decision: Option<DecisionId>,
    pub(super) closed_at: Option<Timestamp>,
}

/// Whether the ask was stored; not when its key is used.
pub(super) async fn insert(sql: &mut Sql<'_>, member: &Member, new: &NewAsk<'_>) -> Outcome<bool> {
    let made = sql
        .execute(
            "insert into asks (engagement_id, id, state, version, title, detail, options, form, asked_by, asked_by_name,
                    run_id, for_person, audience, expires_at, fallback, key, created_at)
             values ($1, $2, 'open', 1, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13, $14, $15)
             on conflict do nothing",
            &[
                member.engagement_id().into(),
                new.id.into(),
                new.input.title.as_str().into(),
                new.input.detail.as_deref().unwrap_or_default().into(),
                new.options.clone().into(),
                new.form.clone().into(),
                member.person_id().into(),
                member.name().into(),
                new.input.run_id.into(),
                new.for_person.into(),
                i64::from(new.audience.bits()).into(),
                new.expires_at.into(),
                new.fallback.clone().into(),
                new.input.key.as_deref().into(),
                new.now.into(),
            ],
        )
        .await?;
    Ok(made == 1)
}

/// Columns: `ask_columns!`.
pub(super) async fn one(
    sql: &mut Sql<'_>,
    engagement: EngagementId,
    ask: AskId,
) -> Outcome<Option<Row>> {
    let row = sql
        .one(
            concat!(
                "select ",
                ask_columns!(),
                " from asks a",
                ask_joins!(),
                " where a.engagement_id = $1 and a.id = $2"
            ),
            &[engagement.into(), ask.into()],
        )
        .await?;
    Ok(row)
}

/// The ask of the caller under their key. Columns: `ask_columns!`.
pub(super) async fn of_key(sql: &mut Sql<'_>, member: &Member, key: &str) -> Outcome<Option<Row>> {
    let row = sql
        .one(
            concat!(
                "select ",
                ask_columns!(),
                " from asks a",
                ask_joins!(),
                " where a.engagement_id = $1 and a.asked_by = $2 and a.key = $3"
            ),
            &[
                member.engagement_id().into(),
                member.person_id().into(),
                key.into(),
            ],
        )
        .await?;
    Ok(row)
}

/// Whether the ask was ever given to somebody else than whom it was asked of.
pub(super) async fn was_delegated(sql: &mut Sql<'_>, ask: &AskView) -> Outcome<bool> {
    let row = sql
        .one(
            "select 1
               from decisions
              where engagement_id = $1 and object_id = $2 and decision = 'delegate' and answer is null
              limit 1",
            &[ask.engagement_id.into(), ask.id.into()],
        )
        .await?;
    Ok(row.is_some())
}

/// The one statement that moves an ask from state to state. It succeeds only on the version that the move was decided on.
pub(super) async fn advance(sql: &mut Sql<'_>, read: &AskView, to: &Moved<'_>) -> Outcome<bool> {
    let moved = sql
        .execute(
            "update asks
                set state = $4, answer = $5, decision_id = $6, closed_at = $7, version = version + 1
              where engagement_id = $1 and id = $2 and version = $3",
            &[
                read.engagement_id.into(),
                read.id.into(),
                read.version.into(),
                to.state.as_str().into(),
                to.answer.into(),
                to.decision.into(),
                to.closed_at.into(),
            ],
        )
        .await?;
    Ok(moved == 1)
}

/// Gives an open ask to one person, or back to whoever may decide; `false` when it changed since it was read.
pub(super) async fn delegate(
    sql: &mut Sql<'_>,
    read: &AskView,
    person: Option<PersonId>,
) -> Outcome<bool> {
    let given = sql
        .execute(
            "update asks set for_person = $4, version = version + 1
              where engagement_id = $1 and id = $2 and version = $3",
            &[
                read.engagement_id.into(),
                read.id.into(),
                read.version.into(),
                person.into(),
            ],
        )
        .await?;
    Ok(given == 1)
}

/// Closes an answered ask when its answer is in effect; whether it was open to that.
pub(super) async fn close(
    sql: &mut Sql<'_>,
    engagement: EngagementId,
    ask: AskId,
    at: Timestamp,
) -> Outcome<bool> {
    let closed = sql
        .execute(
            "update asks set closed_at = $3
              where engagement_id = $1 and id = $2 and state = 'answered' and closed_at is null",
            &[engagement.into(), ask.into(), at.into()],
        )
        .await?;
    Ok(closed == 1)
}

/// Open asks whose time is over, the longest over first, from one of them on. Columns: engagement_id, id, expires_at.
pub(super) async fn due(
    sql: &mut Sql<'_>,
    now: Timestamp,
    (at, id): (Timestamp, Uuid),
    limit: u32,
) -> Outcome<Vec<Row>> {
    let rows = sql
        .all(
            "select engagement_id, id, expires_at
               from asks
              where state = 'open' and expires_at is not null and expires_at <= $1 and (expires_at, id) > ($2, $3)
              order by expires_at, id
              limit $4",
            &[now.into(), at.into(), id.into(), limit.into()],
        )
        .await?;
    Ok(rows)
}

/// The open asks for one person, in one order for everybody who takes several.
pub(super) async fn open_for(
    sql: &mut Sql<'_>,
    member: &Member,
    person: PersonId,
) -> Outcome<Vec<AskId>> {
    let rows = sql
        .all(
            "select id from asks where engagement_id = $1 and for_person = $2 and state = 'open' order by id",
            &[member.engagement_id().into(), person.into()],
        )
        .await?;
    Ok(rows.iter().map(|row| row.id(0)).collect::<Result<_, _>>()?)
}

/// The open asks of one run, in the same order.
pub(super) async fn open_of(
    sql: &mut Sql<'_>,
    engagement: EngagementId,
    run: RunId,
) -> Outcome<Vec<AskId>> {
    let rows = sql
        .all(
            "select id from asks where engagement_id = $1 and run_id = $2 and state = 'open' order by id",
            &[engagement.into(), run.into()],
        )
        .await?;
    Ok(rows.iter().map(|row| row.id(0)).collect::<Result<_, _>>()?)
}

/// Holds somebody's membership until the transaction ends.
pub(super) async fn hold_membership(
    sql: &mut Sql<'_>,
    member: &Member,
    person: PersonId,
) -> Outcome<()> {
    sql.execute(
        "update memberships set designations = designations where engagement_id = $1 and person_id = $2",
        &[member.engagement_id().into(), person.into()],
    )
    .await?;
    Ok(())
}

/// What somebody is in the engagement. Columns: kind of person, designations.
pub(super) async fn answerer(
    sql: &mut Sql<'_>,
    member: &Member,
    person: PersonId,
) -> Outcome<Option<Row>> {
    let row = sql
        .one(
            "select p.kind, m.designations
               from memberships m
               join people p on p.id = m.person_id
              where m.engagement_id = $1 and m.person_id = $2",
            &[member.engagement_id().into(), person.into()],
        )
        .await?;
    Ok(row)
}

/// Newest first. Columns: `ask_columns!`, designations of the reader.
pub(super) async fn list(
    sql: &mut Sql<'_>,
    reach: &Reach,
    asked: &ListAsks,
    after: Option<Cursor>,
    limit: u32,
) -> Outcome<Vec<Row>> {
    let (at, id) = after_or_start(after);
    let [state, of_run, run] = filters(asked);
    let rows = sql
        .all(
            concat!(
                within_reach!("select "),
                ask_columns!(),
                ", m.designations
                  from reach m
                  join asks a on a.engagement_id = m.engagement_id",
                ask_joins!(),
                " where ($6 = '' or a.state = $6) and ($7 = 0 or a.run_id = $8)
                   and (a.created_at, a.id) < ($9, $10)
                 order by a.created_at desc, a.id desc
                 limit $11"
            ),
            &reach.with([state, of_run, run, at.into(), id.into(), limit.into()]),
        )
        .await?;
    Ok(rows)
}

/// How many a list holds.
pub(super) async fn list_total(sql: &mut Sql<'_>, reach: &Reach, asked: &ListAsks) -> Outcome<u64> {
    let row = sql
        .one(
            within_reach!(
                "select count(*)
                   from reach m
                   join asks a on a.engagement_id = m.engagement_id
                  where ($6 = '' or a.state = $6) and ($7 = 0 or a.run_id = $8)"
            ),
            &reach.with(filters(asked)),
        )
        .await?;
    count_in(row.as_ref())
}

/// An empty text, or no run, asks for all.
fn filters(asked: &ListAsks) -> [Value; 3] {
    [
        asked.state.map_or("", State::as_str).into(),
        asked.run_id.is_some().into(),
        asked.run_id.map_or(Uuid::nil(), RunId::uuid).into(),
    ]
}
