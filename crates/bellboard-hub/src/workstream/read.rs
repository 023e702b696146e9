//! Reading workstreams: one with its neighbours, and many.

use bellboard_core::id::WorkstreamId;
use bellboard_core::page::{Cursor, CursorScope, Limit, Page};
use bellboard_core::text::Bounded;
use bellboard_core::work::WorkstreamStatus;
use schemars::JsonSchema;
use serde::Deserialize;
use uuid::Uuid;

use super::{WorkstreamDetail, WorkstreamView, load, store};
use crate::access::{self, Reach};
use crate::call::Call;
use crate::db::Sql;
use crate::domain::OfDomain;
use crate::fault::Outcome;
use crate::paging::{self, page_of_rows};
use crate::verbs::WorkConcept;
use crate::words::WhichWords;

/// Which workstreams.
#[derive(Debug, Default, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, default)]
pub struct ListWorkstreams {
    /// Only of this domain, by slug or id.
    pub domain: Option<Bounded<100>>,
    /// Only about this topic, by slug or id.
    pub topic: Option<Bounded<100>>,
    /// Only of this repo, by slug or id.
    pub repo: Option<Bounded<100>>,
    /// Only in this status; `open` for those that are not closed; `all` when absent.
    pub status: WhichWords<WorkstreamStatus>,
    /// Only of this engagement, by id or slug.
    pub engagement: Option<Bounded<50>>,
    /// How many at most, 1 to 100; 50 when absent.
    pub limit: Limit,
    /// Where to go on: `next_cursor` of the page before.
    pub cursor: Option<String>,
}

/// Which workstream.
#[derive(Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct GetWorkstream {
    /// The workstream, by slug or id.
    pub slug: Bounded<100>,
    /// The engagement, by id or slug, where the slug alone names several.
    #[serde(default)]
    pub engagement: Option<Bounded<50>>,
}

/// What a list holds; nil for anything.
#[derive(Debug)]
pub(super) struct Filter {
    pub(super) domain: OfDomain,
    pub(super) topic: Uuid,
    pub(super) repo: Uuid,
    pub(super) status: WhichWords<WorkstreamStatus>,
}

/// `list_workstreams`: last changed first.
pub async fn list_workstreams(call: Call, input: ListWorkstreams) -> Outcome<Page<WorkstreamView>> {
    let person = call.signed_in()?.person_id;
    let now = call.now;
    let named = |name: &Option<Bounded<100>>| name.as_deref().unwrap_or_default().to_owned();
    let filter = format!(
        "{} {} {} {} {}",
        input.engagement.as_deref().unwrap_or_default(),
        named(&input.domain),
        named(&input.topic),
        named(&input.repo),
        input.status.pattern(),
    );
    let scope = CursorScope {
        list: "workstreams",
        person,
        filter: &filter,
    };
    let after = paging::after(input.cursor.as_deref(), &scope)?;
    let limit = input.limit;
    let hub = call.hub.clone();
    let found = hub
        .db()
        .read(move |sql| {
            Box::pin(async move {
                let reach = access::reach_named(sql, &call, input.engagement.as_deref()).await?;
                let which = chosen(sql, &call, &reach, input).await?;
                let filters = store::filters(&reach, &which);
                paging::rows_of(sql, &store::LIST, filters, after, limit).await
            })
        })
        .await?;
    page_of_rows(
        &found,
        limit,
        &scope,
        |row| WorkstreamView::read(row, now),
        |workstream| Cursor {
            at: workstream.changed_at,
            id: workstream.id.uuid(),
        },
    )
}

async fn chosen(
    sql: &mut Sql<'_>,
    call: &Call,
    reach: &Reach,
    input: ListWorkstreams,
) -> Outcome<Filter> {
    let (topic, repo) = (input.topic.as_deref(), input.repo.as_deref());
    Ok(Filter {
        domain: OfDomain::named(sql, reach, input.domain.as_deref()).await?,
        topic: access::filter_by(sql, call, reach, WorkConcept::Topic, topic).await?,
        repo: access::filter_by(sql, call, reach, WorkConcept::Repo, repo).await?,
        status: input.status,
    })
}

/// `get_workstream`.
pub async fn get_workstream(call: Call, input: GetWorkstream) -> Outcome<WorkstreamDetail> {
    let hub = call.hub.clone();
    hub.db()
        .read(move |sql| {
            Box::pin(async move {
                let (concept, engagement) = (WorkConcept::Workstream, input.engagement.as_deref());
                let found = access::work(sql, &call, concept, &input.slug, engagement).await?;
                let engagement = found.member.engagement_id();
                let id = WorkstreamId::from_uuid(found.id);
                Ok(WorkstreamDetail {
                    workstream: load(sql, engagement, id, call.now).await?,
                    depends_on: store::depends_on(sql, engagement, id).await?,
                    blocks: store::blocks(sql, engagement, id).await?,
                })
            })
        })
        .await
}
