//! The statements of comments.

use bellboard_core::id::{CommentId, EngagementId, PersonId};
use bellboard_core::page::Cursor;
use bellboard_core::time::Timestamp;

use super::{CommentType, Subject};
use crate::db::reach::belongs;
use crate::db::{Row, Sql};
use crate::fault::Outcome;
use crate::paging::{List, count_in};

/// A comment about to be stored.
pub(super) struct NewComment<'a> {
    pub(super) engagement: EngagementId,
    pub(super) id: CommentId,
    pub(super) subject: Subject,
    pub(super) parent: Option<CommentId>,
    pub(super) comment_type: CommentType,
    pub(super) body: &'a str,
    pub(super) author: Option<PersonId>,
    pub(super) author_name: &'a str,
    pub(super) now: Timestamp,
}

pub(super) async fn insert(sql: &mut Sql<'_>, comment: &NewComment<'_>) -> Outcome<()> {
    sql.execute(
        "insert into comments (engagement_id, id, subject_kind, subject_id, parent_id, comment_type, body, author_id,
                               author_name, created_at)
         values ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10)",
        &[
            comment.engagement.into(),
            comment.id.into(),
            comment.subject.kind.as_str().into(),
            comment.subject.id.into(),
            comment.parent.into(),
            comment.comment_type.as_str().into(),
            comment.body.into(),
            comment.author.into(),
            comment.author_name.into(),
            comment.now.into(),
        ],
    )
    .await?;
    Ok(())
}

pub(super) async fn mention(
    sql: &mut Sql<'_>,
    engagement: EngagementId,
    comment: CommentId,
    person: PersonId,
) -> Outcome<()> {
    sql.execute(
        "insert into comment_mentions (engagement_id, comment_id, person_id) values ($1, $2, $3) on conflict do nothing",
        &[engagement.into(), comment.into(), person.into()],
    )
    .await?;
    Ok(())
}

macro_rules! comment_columns {
    () => {
        "c.engagement_id, c.id, c.subject_kind, c.subject_id, c.parent_id, c.comment_type, c.body, c.author_id,
         c.author_name, c.created_at"
    };
}

/// Newest first. Columns: `comment_columns!`.
pub(super) const LIST: List = List {
    page: concat!(
        "select ",
        comment_columns!(),
        " from comments c
          where c.engagement_id = $1 and c.subject_kind = $2 and c.subject_id = $3
            and (c.created_at, c.id) < ($4, $5)
          order by c.created_at desc, c.id desc
          limit $6"
    ),
    total: "select count(*) from comments where engagement_id = $1 and subject_kind = $2 and subject_id = $3",
};

/// One comment. Columns: `comment_columns!`.
pub(super) async fn one(
    sql: &mut Sql<'_>,
    engagement: EngagementId,
    id: CommentId,
) -> Outcome<Option<Row>> {
    let row = sql
        .one(
            concat!(
                "select ",
                comment_columns!(),
                " from comments c where c.engagement_id = $1 and c.id = $2"
            ),
            &[engagement.into(), id.into()],
        )
        .await?;
    Ok(row)
}

/// Who is mentioned in the comments between two ids, both of them included: those of one page. Columns: comment_id,
/// person_id, name.
pub(super) async fn mentions(
    sql: &mut Sql<'_>,
    engagement: EngagementId,
    subject: Subject,
    (first, last): (Cursor, Cursor),
) -> Outcome<Vec<Row>> {
    let rows = sql
        .all(
            "select m.comment_id, m.person_id, p.name
               from comments c
               join comment_mentions m on m.engagement_id = c.engagement_id and m.comment_id = c.id
               join people p on p.id = m.person_id
              where c.engagement_id = $1 and c.subject_kind = $2 and c.subject_id = $3
                and (c.created_at, c.id) >= ($4, $5) and (c.created_at, c.id) <= ($6, $7)
              order by m.comment_id, p.name, m.person_id",
            &[
                engagement.into(),
                subject.kind.as_str().into(),
                subject.id.into(),
                first.at.into(),
                first.id.into(),
                last.at.into(),
                last.id.into(),
            ],
        )
        .await?;
    Ok(rows)
}

/// Whether somebody belongs to an engagement at this moment; an agent only while its owner does.
pub(crate) async fn belongs(
    sql: &mut Sql<'_>,
    engagement: EngagementId,
    person: PersonId,
) -> Outcome<bool> {
    let row = sql
        .one(
            concat!(
                "select count(*) from engagements e where e.id = $1 and ",
                belongs!("e.id", "$2")
            ),
            &[engagement.into(), person.into()],
        )
        .await?;
    Ok(count_in(row.as_ref())? > 0)
}

/// What people call the thing that a thread is about.
pub(super) async fn title_of(
    sql: &mut Sql<'_>,
    engagement: EngagementId,
    subject: Subject,
) -> Outcome<String> {
    let text = match subject.kind {
        super::SubjectKind::Dashboard => {
            "select title from dashboards where engagement_id = $1 and id = $2"
        }
        super::SubjectKind::Run => "select label from runs where engagement_id = $1 and id = $2",
        super::SubjectKind::Artifact => {
            "select label from artifacts where engagement_id = $1 and id = $2"
        }
    };
    let row = sql
        .one(text, &[engagement.into(), subject.id.into()])
        .await?;
    Ok(row.map(|row| row.text(0)).transpose()?.unwrap_or_default())
}

/// Removes the thread of something that is forgotten.
pub(crate) async fn delete_thread(
    sql: &mut Sql<'_>,
    engagement: EngagementId,
    subject: Subject,
) -> Outcome<()> {
    const STATEMENTS: [&str; 3] = [
        "delete from notifications
          where engagement_id = $1 and concept = $2 and object_id = $3",
        "delete from comment_mentions
          where engagement_id = $1
            and comment_id in (select id from comments
                                where engagement_id = $1 and subject_kind = $2 and subject_id = $3)",
        "delete from comments where engagement_id = $1 and subject_kind = $2 and subject_id = $3",
    ];
    for statement in STATEMENTS {
        sql.execute(
            statement,
            &[
                engagement.into(),
                subject.kind.as_str().into(),
                subject.id.into(),
            ],
        )
        .await?;
    }
    Ok(())
}
