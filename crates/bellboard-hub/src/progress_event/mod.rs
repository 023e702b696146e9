//! What happened to the work, in words: every change of the catalogue and of the planned work adds a line, and people and
//! agents add their own. Lines are only ever added.

use std::borrow::Cow;

use bellboard_core::id::{DomainId, ProgressEventId, RunId, TaskId, WorkstreamId};
use bellboard_core::time::Timestamp;
use uuid::Uuid;

use crate::access::Member;
use crate::call::Call;
use crate::db::Sql;
use crate::event::{self, HintKind};
use crate::fault::Outcome;

mod add;
mod list;
pub mod store;
mod view;

pub use add::{AddProgress, add_progress};
pub use list::{ListProgress, list_progress};
pub use view::ProgressEventView;

/// A line about to be written.
#[derive(Debug, Clone, Default)]
pub(crate) struct Happened {
    /// `domain_created` and the like.
    pub(crate) what: Cow<'static, str>,
    /// In words.
    pub(crate) summary: String,
    /// To which domain.
    pub(crate) domain: Option<DomainId>,
    /// To which workstream.
    pub(crate) workstream: Option<WorkstreamId>,
    /// To which task.
    pub(crate) task: Option<TaskId>,
    /// In which run.
    pub(crate) run: Option<RunId>,
}

/// Writes the line and the hint of a change to `object`, in the transaction of that change.
pub(crate) async fn changed(
    sql: &mut Sql<'_>,
    call: &Call,
    member: &Member,
    object: Uuid,
    happened: &Happened,
) -> Outcome<ProgressEventId> {
    let id = ProgressEventId::from_uuid(call.new_id());
    record(sql, member, (id, call.now), object, happened).await?;
    Ok(id)
}

/// The same for what belongs to a domain and to no workstream.
pub(crate) async fn changed_in(
    sql: &mut Sql<'_>,
    call: &Call,
    member: &Member,
    (domain, object): (DomainId, Uuid),
    (what, summary): (&'static str, String),
) -> Outcome<()> {
    let happened = Happened {
        what: what.into(),
        summary,
        domain: Some(domain),
        ..Happened::default()
    };
    changed(sql, call, member, object, &happened).await?;
    Ok(())
}

/// The same outside of a call, for the loops of the hub.
pub(crate) async fn record(
    sql: &mut Sql<'_>,
    member: &Member,
    (id, now): (ProgressEventId, Timestamp),
    object: Uuid,
    happened: &Happened,
) -> Outcome<()> {
    store::insert(sql, member, (id, now), happened).await?;
    let engagement = member.engagement_id();
    event::store::append(sql, engagement, HintKind::WorkChanged, object, now).await
}
