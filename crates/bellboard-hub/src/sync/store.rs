//! The statements of sync: what it compares with, and what stays with the repo.

use std::sync::LazyLock;

use bellboard_core::id::{DomainId, EngagementId, RepoId, TopicId};
use bellboard_core::time::Timestamp;
use uuid::Uuid;

use crate::db::many::{MANY, many_from, repeated};
use crate::db::{Engine, Row, Sql, Value};
use crate::fault::Outcome;

/// Of a task: id, key, repo's slug, file, line, title, description, status, priority, assignee, whether it is removed,
/// workstream.
macro_rules! task_columns {
    () => {
        "t.id, t.external_id, r.slug, t.file_path, t.file_line, t.title, t.description, t.status, t.priority,
         t.assignee, case when t.removed_at is null then 0 else 1 end, t.workstream_id"
    };
}

/// Of a workstream: id, its id in the file, repo's slug, file, title, owner, description, status, hash of the file,
/// time of completion.
macro_rules! workstream_columns {
    () => {
        "w.id, w.file_id, r.slug, w.file_path, w.title, w.owner, w.description, w.status, w.file_hash,
         w.completed_at"
    };
}

/// What stands after `task_columns!` or `workstream_columns!` before its condition.
macro_rules! of_table {
    ($table:literal, $as:literal) => {
        concat!(
            " from ",
            $table,
            " ",
            $as,
            " left join repos r on r.engagement_id = ",
            $as,
            ".engagement_id and r.id = ",
            $as,
            ".repo_id"
        )
    };
}

/// The repo as it is while the transaction holds it: domain_id, topic_id, slug, status, last_commit, last_sync.
pub(super) async fn repo(
    sql: &mut Sql<'_>,
    engagement: EngagementId,
    repo: RepoId,
) -> Outcome<Option<Row>> {
    let row = sql
        .one(
            "select domain_id, topic_id, slug, status, last_commit, last_sync from repos where engagement_id = $1 and id = $2",
            &[engagement.into(), repo.into()],
        )
        .await?;
    Ok(row)
}

/// The slugs that a repo had before.
pub(super) async fn former_slugs(
    sql: &mut Sql<'_>,
    engagement: EngagementId,
    repo: RepoId,
) -> Outcome<Vec<Row>> {
    let rows = sql
        .all(
            "select slug from slug_aliases where engagement_id = $1 and concept = 'repo' and object_id = $2",
            &[engagement.into(), repo.into()],
        )
        .await?;
    Ok(rows)
}

/// Two syncs of one repo go one after the other, as they do on SQLite by themselves.
pub(super) async fn hold(sql: &mut Sql<'_>, engagement: EngagementId, repo: RepoId) -> Outcome<()> {
    if sql.engine() == Engine::Sqlite {
        return Ok(());
    }
    sql.execute(
        "update repos set changed_at = changed_at where engagement_id = $1 and id = $2",
        &[engagement.into(), repo.into()],
    )
    .await?;
    Ok(())
}

/// Columns: `task_columns!`.
pub(super) async fn tasks(
    sql: &mut Sql<'_>,
    engagement: EngagementId,
    repo: RepoId,
) -> Outcome<Vec<Row>> {
    let rows = sql
        .all(
            concat!(
                "select ",
                task_columns!(),
                of_table!("tasks", "t"),
                " where t.engagement_id = $1 and t.repo_id = $2 and t.external_id is not null"
            ),
            &[engagement.into(), repo.into()],
        )
        .await?;
    Ok(rows)
}

/// The tasks of these keys, whatever their repo. Columns: `task_columns!`.
pub(super) async fn tasks_of_keys(
    sql: &mut Sql<'_>,
    engagement: EngagementId,
    keys: &[&str],
) -> Outcome<Vec<Row>> {
    static TEXT: LazyLock<String> = LazyLock::new(|| {
        let columns = concat!("select ", task_columns!(), of_table!("tasks", "t"));
        let keys = many_from(2);
        format!("{columns} where t.engagement_id = $1 and t.external_id in ({keys})")
    });
    of_keys(sql, &TEXT, engagement, keys).await
}

/// Columns: `workstream_columns!`.
pub(super) async fn workstreams(
    sql: &mut Sql<'_>,
    engagement: EngagementId,
    repo: RepoId,
) -> Outcome<Vec<Row>> {
    let rows = sql
        .all(
            concat!(
                "select ",
                workstream_columns!(),
                of_table!("workstreams", "w"),
                // Not `is not null`, for which SQLite would read every workstream of the engagement.
                " where w.engagement_id = $1 and w.repo_id = $2 and coalesce(w.file_id, '') <> ''"
            ),
            &[engagement.into(), repo.into()],
        )
        .await?;
    Ok(rows)
}

/// The workstreams of these keys, whatever their repo. Columns: `workstream_columns!`.
pub(super) async fn workstreams_of_keys(
    sql: &mut Sql<'_>,
    engagement: EngagementId,
    keys: &[&str],
) -> Outcome<Vec<Row>> {
    static TEXT: LazyLock<String> = LazyLock::new(|| {
        let columns = concat!(
            "select ",
            workstream_columns!(),
            of_table!("workstreams", "w")
        );
        let keys = many_from(2);
        format!("{columns} where w.engagement_id = $1 and w.file_id in ({keys})")
    });
    of_keys(sql, &TEXT, engagement, keys).await
}

/// What a statement about some keys of an engagement finds for all of these.
async fn of_keys(
    sql: &mut Sql<'_>,
    text: &'static str,
    engagement: EngagementId,
    keys: &[&str],
) -> Outcome<Vec<Row>> {
    let mut rows = Vec::new();
    for some in keys.chunks(MANY) {
        let parameters: Vec<Value> = std::iter::once(engagement.into())
            .chain(repeated(some))
            .collect();
        rows.extend(sql.all(text, &parameters).await?);
    }
    Ok(rows)
}

/// Open tasks of the repo's workstreams that no file of the repo has: workstream, how many.
pub(super) async fn open_made_here(
    sql: &mut Sql<'_>,
    engagement: EngagementId,
    repo: RepoId,
) -> Outcome<Vec<Row>> {
    let rows = sql
        .all(
            // A cross join, so that SQLite begins with the workstreams of the repo and not with every open task.
            "select t.workstream_id, count(*)
               from workstreams w
              cross join tasks t
              where t.engagement_id = w.engagement_id and t.workstream_id = w.id
                and w.engagement_id = $1 and w.repo_id = $2 and t.rank < 2 and t.removed_at is null
                and (t.repo_id is null or t.repo_id <> $2 or t.external_id is null)
              group by t.workstream_id",
            &[engagement.into(), repo.into()],
        )
        .await?;
    Ok(rows)
}

/// The files of the last sync: path, hash.
pub(super) async fn files(
    sql: &mut Sql<'_>,
    engagement: EngagementId,
    repo: RepoId,
) -> Outcome<Vec<Row>> {
    let rows = sql
        .all(
            "select path, hash from workplan_files where engagement_id = $1 and repo_id = $2",
            &[engagement.into(), repo.into()],
        )
        .await?;
    Ok(rows)
}

/// What a slug, or a former one, leads to; `concept` is `domain` or `topic`.
pub(super) async fn named(
    sql: &mut Sql<'_>,
    engagement: EngagementId,
    concept: &'static str,
    slug: &str,
) -> Outcome<Option<Uuid>> {
    let text = if concept == "domain" {
        "select id from domains where engagement_id = $1 and slug = $2
         union all
         select object_id from slug_aliases where engagement_id = $1 and concept = 'domain' and slug = $2"
    } else {
        "select id from topics where engagement_id = $1 and slug = $2
         union all
         select object_id from slug_aliases where engagement_id = $1 and concept = 'topic' and slug = $2"
    };
    let row = sql.one(text, &[engagement.into(), slug.into()]).await?;
    Ok(row.map(|row| row.id(0)).transpose()?)
}

/// Whether a workstream has the slug, or had it.
pub(super) async fn slug_is_taken(
    sql: &mut Sql<'_>,
    engagement: EngagementId,
    slug: &str,
) -> Outcome<bool> {
    let rows = sql
        .all(
            "select id from workstreams where engagement_id = $1 and slug = $2
             union all
             select object_id from slug_aliases where engagement_id = $1 and concept = 'workstream' and slug = $2",
            &[engagement.into(), slug.into()],
        )
        .await?;
    Ok(!rows.is_empty())
}

/// Whether anything has the id, in whatever engagement.
pub(super) async fn workstream_is_there(sql: &mut Sql<'_>, id: Uuid) -> Outcome<bool> {
    let row = sql
        .one("select 1 from workstreams where id = $1", &[id.into()])
        .await?;
    Ok(row.is_some())
}

/// Which of these ids a task has, in whatever engagement.
pub(super) async fn tasks_there(sql: &mut Sql<'_>, ids: &[Uuid]) -> Outcome<Vec<Uuid>> {
    static TEXT: LazyLock<String> =
        LazyLock::new(|| format!("select id from tasks where id in ({})", many_from(1)));
    let mut there = Vec::new();
    for some in ids.chunks(MANY) {
        let parameters: Vec<Value> = repeated(some).collect();
        for row in sql.all(&TEXT, &parameters).await? {
            there.push(row.id(0)?);
        }
    }
    Ok(there)
}

/// What stays with the repo; `commit` is none where the last one is to stay.
pub(super) async fn record(
    sql: &mut Sql<'_>,
    (engagement, repo): (EngagementId, RepoId),
    commit: Option<&str>,
    report: &str,
    now: Timestamp,
) -> Outcome<()> {
    sql.execute(
        "update repos set last_synced_at = $3, last_commit = coalesce($4, last_commit), last_sync = $5
          where engagement_id = $1 and id = $2",
        &[
            engagement.into(),
            repo.into(),
            now.into(),
            commit.into(),
            report.into(),
        ],
    )
    .await?;
    Ok(())
}

/// Another report stays with the repo; when and from which commit it was last synced stays too.
pub(super) async fn keep_report(
    sql: &mut Sql<'_>,
    (engagement, repo): (EngagementId, RepoId),
    report: &str,
) -> Outcome<()> {
    sql.execute(
        "update repos set last_sync = $3 where engagement_id = $1 and id = $2",
        &[engagement.into(), repo.into(), report.into()],
    )
    .await?;
    Ok(())
}

/// The domain and topic of something new are those of its repo unless its file names others.
pub(super) type Home = (DomainId, Option<TopicId>);
