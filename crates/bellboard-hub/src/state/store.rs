//! The statements of the summary. Each begins with the reach; `$6` says whether one domain was asked for, `$7` which.

use bellboard_core::id::DomainId;
use uuid::Uuid;

use super::Scope;
use crate::db::reach::within_reach;
use crate::db::{Row, Sql, Value};
use crate::fault::{Fault, Outcome};

/// Domains at most.
pub(super) const MOST_DOMAINS: u32 = 200;
/// Dependencies at most, of all open workstreams together.
pub(super) const MOST_DEPENDENCIES: u32 = 2_000;

/// A workstream that is not closed, as the partial index over them says it.
macro_rules! is_open {
    ($row:literal) => {
        concat!(
            $row,
            ".status in ('proposed', 'ready', 'active', 'blocked', 'backlog')"
        )
    };
}

/// The first task of the workstream `w` that fits.
macro_rules! first_task {
    ($fits:literal) => {
        concat!(
            " join tasks t on t.id = (select f.id from tasks f
                                       where f.engagement_id = w.engagement_id and f.workstream_id = w.id
                                         and f.rank < 2 and f.removed_at is null and ",
            $fits,
            "                          order by f.position, f.id
                                       limit 1)"
        )
    };
}

fn parameters(scope: &Scope) -> Vec<Value> {
    let domain = scope.domain.map_or(Uuid::nil(), DomainId::uuid);
    scope
        .reach
        .with([scope.domain.is_some().into(), domain.into()])
}

/// The rows of one of the statements below; `$8` is how many at most.
pub(super) async fn rows(
    sql: &mut Sql<'_>,
    text: &'static str,
    scope: &Scope,
    limit: u32,
) -> Outcome<Vec<Row>> {
    let mut parameters = parameters(scope);
    parameters.push(limit.into());
    Ok(sql.all(text, &parameters).await?)
}

/// Columns: domains, repos, topics, open workstreams, tasks to do, in progress and blocked, open decisions, extension
/// points, technical debts.
pub(super) async fn totals(sql: &mut Sql<'_>, scope: &Scope) -> Outcome<Row> {
    let row = sql
        .one(
            concat!(
                within_reach!(
                    ", open_tasks as (
                        select t.status
                          from reach m
                          join tasks t on t.engagement_id = m.engagement_id
                          join workstreams w on w.engagement_id = t.engagement_id and w.id = t.workstream_id
                         where t.rank < 2 and t.removed_at is null and ($6 = 0 or w.domain_id = $7) and "
                ),
                is_open!("w"),
                ")
                select (select count(*) from reach m join domains x on x.engagement_id = m.engagement_id
                         where x.status = 'active' and ($6 = 0 or x.id = $7)),
                       (select count(*) from reach m join repos x on x.engagement_id = m.engagement_id
                         where x.status = 'active' and ($6 = 0 or x.domain_id = $7)),
                       (select count(*) from reach m join topics x on x.engagement_id = m.engagement_id
                         where x.status = 'active' and ($6 = 0 or x.domain_id = $7)),
                       (select count(*) from reach m join workstreams x on x.engagement_id = m.engagement_id
                         where ($6 = 0 or x.domain_id = $7) and ",
                is_open!("x"),
                "),
                       (select count(*) from open_tasks where status = 'todo'),
                       (select count(*) from open_tasks where status = 'in_progress'),
                       (select count(*) from open_tasks where status = 'blocked'),
                       (select count(*)
                          from reach m
                          join plan_decisions p on p.engagement_id = m.engagement_id
                          join asks a on a.engagement_id = p.engagement_id and a.id = p.ask_id
                          left join workstreams w on w.engagement_id = p.engagement_id and w.id = p.workstream_id
                          left join topics t on t.engagement_id = p.engagement_id and t.id = p.topic_id
                          left join repos r on r.engagement_id = p.engagement_id and r.id = p.repo_id
                         where a.state = 'open'
                           and ($6 = 0 or w.domain_id = $7 or t.domain_id = $7 or r.domain_id = $7)),
                       (select count(*) from reach m join extension_points x on x.engagement_id = m.engagement_id
                         where $6 = 0 or x.domain_id = $7),
                       (select count(*) from reach m join technical_debts x on x.engagement_id = m.engagement_id
                         where $6 = 0 or x.domain_id = $7)"
            ),
            &parameters(scope),
        )
        .await?;
    row.ok_or_else(|| Fault::internal("counting gave no row"))
}

/// Columns: slug, name, slug of the engagement, repos, active workstreams, extension points, technical debts.
pub(super) const DOMAINS: &str = within_reach!(
        "select d.slug, d.name, e.slug,
                (select count(*) from repos x
                  where x.engagement_id = d.engagement_id and x.domain_id = d.id and x.status = 'active'),
                (select count(*) from workstreams x
                  where x.engagement_id = d.engagement_id and x.domain_id = d.id and x.status = 'active'),
                (select count(*) from extension_points x
                  where x.engagement_id = d.engagement_id and x.domain_id = d.id),
                (select count(*) from technical_debts x
                  where x.engagement_id = d.engagement_id and x.domain_id = d.id)
           from reach m
           join domains d on d.engagement_id = m.engagement_id
           join engagements e on e.id = d.engagement_id
          where ($6 = 0 and d.status = 'active') or ($6 = 1 and d.id = $7)
          order by d.slug, e.slug
          limit $8"
    );

/// The nearest deadline first. Columns: ask_id, title, slug of the engagement, slug of the workstream, deadline,
/// escalated_at.
pub(super) const OPEN_DECISIONS: &str = within_reach!(
        "select p.ask_id, a.title, e.slug, w.slug, p.deadline, p.escalated_at
           from reach m
           join plan_decisions p on p.engagement_id = m.engagement_id
           join asks a on a.engagement_id = p.engagement_id and a.id = p.ask_id
           join engagements e on e.id = p.engagement_id
           left join workstreams w on w.engagement_id = p.engagement_id and w.id = p.workstream_id
           left join topics t on t.engagement_id = p.engagement_id and t.id = p.topic_id
           left join repos r on r.engagement_id = p.engagement_id and r.id = p.repo_id
          where a.state = 'open' and ($6 = 0 or w.domain_id = $7 or t.domain_id = $7 or r.domain_id = $7)
          order by case when p.deadline is null then 1 else 0 end, p.deadline, p.ask_id
          limit $8"
    );

/// Last changed first. Columns: id, external_id, title, slug of the engagement, slug of the workstream, blocking_reason.
pub(super) const BLOCKED_TASKS: &str = concat!(
    within_reach!(
        "select t.id, t.external_id, t.title, e.slug, w.slug, t.blocking_reason
               from reach m
               join tasks t on t.engagement_id = m.engagement_id
               join workstreams w on w.engagement_id = t.engagement_id and w.id = t.workstream_id
               join engagements e on e.id = t.engagement_id
              where t.status = 'blocked' and t.rank < 2 and t.removed_at is null
                and ($6 = 0 or w.domain_id = $7) and "
    ),
    is_open!("w"),
    " order by t.changed_at desc, t.id desc
          limit $8"
);

/// Last changed first. Columns: id, slug, title, slug of the engagement, slug of the domain, status, tasks done, tasks open.
pub(super) const OPEN_WORKSTREAMS: &str = concat!(
    within_reach!(
        "select w.id, w.slug, w.title, e.slug, d.slug, w.status,
                    (select count(*) from tasks t
                      where t.engagement_id = w.engagement_id and t.workstream_id = w.id
                        and t.status = 'done' and t.removed_at is null),
                    (select count(*) from tasks t
                      where t.engagement_id = w.engagement_id and t.workstream_id = w.id
                        and t.rank < 2 and t.removed_at is null)
               from reach m
               join workstreams w on w.engagement_id = m.engagement_id
               join domains d on d.engagement_id = w.engagement_id and d.id = w.domain_id
               join engagements e on e.id = w.engagement_id
              where ($6 = 0 or w.domain_id = $7) and "
    ),
    is_open!("w"),
    " order by w.changed_at desc, w.id desc
          limit $8"
);

/// What open workstreams wait for and what waits for them. Columns: id that waits, its slug, id waited for, its slug.
pub(super) const DEPENDENCIES: &str = concat!(
    within_reach!(
        "select a.id, a.slug, b.id, b.slug
               from reach m
               join dependencies x on x.engagement_id = m.engagement_id
               join workstreams a on a.engagement_id = x.engagement_id and a.id = x.workstream_id
               join workstreams b on b.engagement_id = x.engagement_id and b.id = x.depends_on_id
              where ($6 = 0 or a.domain_id = $7 or b.domain_id = $7) and ("
    ),
    is_open!("a"),
    " or ",
    is_open!("b"),
    ") order by a.slug, b.slug
           limit $8"
);

/// Newest first. Columns: id, type, summary, author_name, happened_at.
pub(super) const RECENT_EVENTS: &str = within_reach!(
    "select p.id, p.type, p.summary, p.author_name, p.happened_at
           from reach m
           join progress_events p on p.engagement_id = m.engagement_id
          where $6 = 0 or p.domain_id = $7
          order by p.happened_at desc, p.id desc
          limit $8"
);

/// Workstreams about which a decision was made, the newest first, with their first open task. Columns: title of the
/// decision, slug of the engagement, slug of the workstream, id of the task, title of the task.
pub(super) const AFTER_DECISIONS: &str = concat!(
    within_reach!(
        "select a.title, e.slug, w.slug, t.id, t.title
               from reach m
               join plan_decisions p on p.engagement_id = m.engagement_id
               join asks a on a.engagement_id = p.engagement_id and a.id = p.ask_id
               join workstreams w on w.engagement_id = p.engagement_id and w.id = p.workstream_id
               join engagements e on e.id = p.engagement_id"
    ),
    first_task!("f.status <> ''"),
    " where a.state = 'answered' and a.closed_at is not null and ($6 = 0 or w.domain_id = $7) and ",
    is_open!("w"),
    " order by a.closed_at desc, a.id desc
          limit $8"
);

/// Workstreams that waited for others which are all closed, last changed first, with the first task that nobody has begun.
/// Columns: slug of the engagement, slug of the workstream, id of the task, title of the task.
pub(super) const AFTER_DEPENDENCIES: &str = concat!(
        within_reach!(
            "select e.slug, w.slug, t.id, t.title
               from reach m
               join workstreams w on w.engagement_id = m.engagement_id
               join engagements e on e.id = w.engagement_id"
        ),
        first_task!("f.status = 'todo'"),
        " where ($6 = 0 or w.domain_id = $7)
            and exists (select 1 from dependencies x
                         where x.engagement_id = w.engagement_id and x.workstream_id = w.id)
            and not exists (select 1 from dependencies x
                              join workstreams b on b.engagement_id = x.engagement_id and b.id = x.depends_on_id
                             where x.engagement_id = w.engagement_id and x.workstream_id = w.id and ",
        is_open!("b"),
        ") and ",
        is_open!("w"),
        " order by w.changed_at desc, w.id desc
          limit $8"
    );
