//! The statements of decisions of the plan.

use bellboard_core::id::{AskId, EngagementId, RepoId, TopicId, WorkstreamId};
use bellboard_core::time::Timestamp;
use uuid::Uuid;

use super::read::Filter;
use crate::access::Reach;
use crate::db::reach::within_reach;
use crate::db::{Row, Sql, Value};
use crate::fault::Outcome;
use crate::paging::List;

/// What a decision is about.
#[derive(Debug, Clone, Copy, Default)]
pub(super) struct About {
    pub(super) workstream: Option<WorkstreamId>,
    pub(super) topic: Option<TopicId>,
    pub(super) repo: Option<RepoId>,
}

macro_rules! decision_columns {
    () => {
        "p.engagement_id, e.slug, p.ask_id, a.title, p.context, a.state, a.options, a.closed_at, a.answer, d.note,
         d.decided_by, d.decided_by_name, d.decided_at, p.deadline, p.escalated_at, w.slug, t.slug, r.slug,
         p.append_to_file, a.asked_by_name, p.created_at, coalesce(w.domain_id, t.domain_id, r.domain_id), p.workstream_id"
    };
}

/// What a decision's row is joined with.
macro_rules! decision_joins {
    () => {
        " join engagements e on e.id = p.engagement_id
          join asks a on a.engagement_id = p.engagement_id and a.id = p.ask_id
          left join decisions d on d.engagement_id = a.engagement_id and d.id = a.decision_id
          left join workstreams w on w.engagement_id = p.engagement_id and w.id = p.workstream_id
          left join topics t on t.engagement_id = p.engagement_id and t.id = p.topic_id
          left join repos r on r.engagement_id = p.engagement_id and r.id = p.repo_id"
    };
}

/// Which rows a list holds.
macro_rules! filtered {
    () => {
        // The column comes first, so that PostgreSQL knows what the parameter is.
        "(p.workstream_id = $6 or $6 = $8) and (p.topic_id = $7 or $7 = $8)
         and ($9 = ''
              or ($9 = 'resolved' and a.state = 'answered' and a.closed_at is not null)
              or ($9 = 'withdrawn' and a.state in ('withdrawn', 'expired'))
              or ($9 = 'open' and a.state in ('open', 'answered') and a.closed_at is null and p.escalated_at is null)
              or ($9 = 'escalated' and a.state in ('open', 'answered') and a.closed_at is null
                  and p.escalated_at is not null))"
    };
}

/// The plan's side of an ask.
pub(super) struct NewDecision<'a> {
    pub(super) ask: AskId,
    pub(super) about: About,
    pub(super) context: &'a str,
    pub(super) deadline: Option<Timestamp>,
    pub(super) append_to_file: bool,
    pub(super) now: Timestamp,
}

pub(super) async fn insert(
    sql: &mut Sql<'_>,
    engagement: EngagementId,
    new: &NewDecision<'_>,
) -> Outcome<()> {
    sql.execute(
        "insert into plan_decisions (engagement_id, ask_id, workstream_id, topic_id, repo_id, context, deadline,
                                     append_to_file, created_at)
         values ($1, $2, $3, $4, $5, $6, $7, $8, $9)",
        &[
            engagement.into(),
            new.ask.into(),
            new.about.workstream.into(),
            new.about.topic.into(),
            new.about.repo.into(),
            new.context.into(),
            new.deadline.into(),
            new.append_to_file.into(),
            new.now.into(),
        ],
    )
    .await?;
    Ok(())
}

/// Columns: `decision_columns!`.
pub(super) async fn one(
    sql: &mut Sql<'_>,
    engagement: EngagementId,
    ask: AskId,
) -> Outcome<Option<Row>> {
    let row = sql
        .one(
            concat!(
                "select ",
                decision_columns!(),
                " from plan_decisions p",
                decision_joins!(),
                " where p.engagement_id = $1 and p.ask_id = $2"
            ),
            &[engagement.into(), ask.into()],
        )
        .await?;
    Ok(row)
}

/// Newest first. Columns: `decision_columns!`.
pub(super) const LIST: List = List {
    page: concat!(
        within_reach!("select "),
        decision_columns!(),
        " from reach m
          join plan_decisions p on p.engagement_id = m.engagement_id",
        decision_joins!(),
        " where ",
        filtered!(),
        " and (p.created_at, p.ask_id) < ($10, $11)
         order by p.created_at desc, p.ask_id desc
         limit $12"
    ),
    total: concat!(
        within_reach!(
            "select count(*)
               from reach m
               join plan_decisions p on p.engagement_id = m.engagement_id
               join asks a on a.engagement_id = p.engagement_id and a.id = p.ask_id
              where "
        ),
        filtered!()
    ),
};

/// Those in effect that are to be added to the file of this repo, newest first. Columns: `decision_columns!`.
pub(super) async fn made_for_file(
    sql: &mut Sql<'_>,
    engagement: EngagementId,
    repo: RepoId,
) -> Outcome<Vec<Row>> {
    let rows = sql
        .all(
            concat!(
                "select ",
                decision_columns!(),
                " from plan_decisions p",
                decision_joins!(),
                " where p.engagement_id = $1 and p.append_to_file = 1 and coalesce(p.repo_id, w.repo_id) = $2
                    and a.state = 'answered' and a.closed_at is not null
                  order by a.closed_at desc, p.ask_id desc
                  limit 1000"
            ),
            &[engagement.into(), repo.into()],
        )
        .await?;
    Ok(rows)
}

pub(super) fn filters(reach: &Reach, filter: &Filter) -> Vec<Value> {
    reach.with([
        filter.workstream.into(),
        filter.topic.into(),
        Uuid::nil().into(),
        filter
            .status
            .map_or("", super::DecisionStatus::as_str)
            .into(),
    ])
}

/// Says that it must not wait any longer; whether it was open and nobody had said so.
pub(super) async fn escalate(
    sql: &mut Sql<'_>,
    engagement: EngagementId,
    ask: AskId,
    now: Timestamp,
) -> Outcome<bool> {
    let done = sql
        .execute(
            "update plan_decisions set escalated_at = $3
              where engagement_id = $1 and ask_id = $2 and escalated_at is null
                and exists (select 1 from asks a
                             where a.engagement_id = plan_decisions.engagement_id and a.id = plan_decisions.ask_id
                               and a.state = 'open')",
            &[engagement.into(), ask.into(), now.into()],
        )
        .await?;
    Ok(done == 1)
}

/// Open decisions whose deadline is over, the longest over first. Columns: engagement_id, ask_id.
pub(super) async fn due(sql: &mut Sql<'_>, now: Timestamp, limit: u32) -> Outcome<Vec<Row>> {
    let rows = sql
        .all(
            "select p.engagement_id, p.ask_id
               from plan_decisions p
               join asks a on a.engagement_id = p.engagement_id and a.id = p.ask_id
              where p.deadline is not null and p.escalated_at is null and p.deadline <= $1 and a.state = 'open'
              order by p.deadline
              limit $2",
            &[now.into(), limit.into()],
        )
        .await?;
    Ok(rows)
}

/// Keeps why it was decided so.
pub(super) async fn keep_rationale(
    sql: &mut Sql<'_>,
    engagement: EngagementId,
    ask: AskId,
    rationale: Option<&str>,
) -> Outcome<()> {
    sql.execute(
        "update plan_decisions set rationale = $3 where engagement_id = $1 and ask_id = $2",
        &[engagement.into(), ask.into(), rationale.into()],
    )
    .await?;
    Ok(())
}
