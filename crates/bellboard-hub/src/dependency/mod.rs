//! Dependencies: what waits for what. No workstream waits for itself, directly or through others; whoever would close
//! such a circle is told its path.

use bellboard_core::id::WorkstreamId;
use bellboard_core::page::{Cursor, CursorScope, Limit, Page};
use bellboard_core::text::Bounded;
use bellboard_core::time::Timestamp;
use bellboard_core::work::cycle_with;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use uuid::Uuid;

use crate::access::{self, Member};
use crate::call::Call;
use crate::db::{Row, Sql};
use crate::domain;
use crate::engagement;
use crate::fault::{Fault, Outcome};
use crate::paging::{self, page_of};
use crate::progress_event::{self, Happened};
use crate::verbs::{View, WorkConcept};

pub mod store;

/// What is to wait for what, or no longer.
#[derive(Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct OfDependency {
    /// The workstream that waits, by slug or id.
    pub workstream: Bounded<100>,
    /// The workstream that it waits for, by slug or id.
    pub depends_on: Bounded<100>,
    /// The engagement, by id or slug; that of the workstream when absent.
    #[serde(default)]
    pub engagement: Option<Bounded<50>>,
}

/// Which dependencies.
#[derive(Debug, Default, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, default)]
pub struct ListDependencies {
    /// Only what this workstream waits for and what waits for it, by slug or id.
    pub workstream: Option<Bounded<100>>,
    /// Only of this engagement, by id or slug.
    pub engagement: Option<Bounded<50>>,
    /// How many at most, 1 to 100; 50 when absent.
    pub limit: Limit,
    /// Where to go on: `next_cursor` of the page before.
    pub cursor: Option<String>,
}

/// One workstream waits for another.
#[derive(Debug, Clone, PartialEq, Serialize, JsonSchema)]
pub struct DependencyView {
    /// The slug of the engagement.
    pub engagement_slug: String,
    /// The slug of the workstream that waits.
    pub workstream: String,
    /// The workstream that waits.
    pub workstream_id: WorkstreamId,
    /// The slug of the workstream that it waits for.
    pub depends_on: String,
    /// The workstream that it waits for.
    pub depends_on_id: WorkstreamId,
    /// Whether the wait is over, because that one is closed.
    pub cleared: bool,
    /// Since when.
    pub created_at: Timestamp,
    #[serde(skip)]
    new: bool,
}

impl View for DependencyView {
    fn created(&self) -> bool {
        self.new
    }
}

/// What became of a dependency.
#[derive(Debug, Clone, PartialEq, Serialize, JsonSchema)]
pub struct DependencyRemoved {
    /// The slug of the workstream that waited.
    pub workstream: String,
    /// The slug of what it waited for.
    pub depends_on: String,
    /// Whether there was such a dependency.
    pub removed: bool,
}

impl View for DependencyRemoved {}

impl DependencyView {
    /// Reads `dependency_columns!`.
    fn read(row: &Row) -> Outcome<Self> {
        Ok(Self {
            engagement_slug: row.text(0)?,
            workstream_id: row.id(1)?,
            workstream: row.text(2)?,
            depends_on_id: row.id(3)?,
            depends_on: row.text(4)?,
            cleared: row.bool(5)?,
            created_at: row.time(6)?,
            new: false,
        })
    }
}

/// Both ends, named and found.
struct Ends {
    member: Member,
    waits: WorkstreamId,
    for_what: WorkstreamId,
}

async fn ends(sql: &mut Sql<'_>, call: &Call, input: &OfDependency) -> Outcome<Ends> {
    let (concept, name) = (WorkConcept::Workstream, &input.workstream);
    let reach = access::reach_chosen(sql, call, input.engagement.as_deref()).await?;
    let found = access::named(sql, call, &reach, concept, name).await?;
    let found = found.ok_or_else(|| access::nothing_named(concept, "workstream", name))?;
    let (member, named) = (found.member, ("depends_on", Some(&*input.depends_on)));
    let for_what = access::referred(sql, call, &member, concept, named).await?;
    Ok(Ends {
        member,
        waits: WorkstreamId::from_uuid(found.id),
        for_what: for_what.ok_or_else(Fault::not_found)?,
    })
}

/// `create_dependency`. The same again is answered as it is.
pub async fn create_dependency(call: Call, input: OfDependency) -> Outcome<DependencyView> {
    let hub = call.hub.clone();
    hub.db()
        .write(move |sql| {
            Box::pin(async move {
                let ends = ends(sql, &call, &input).await?;
                let engagement = ends.member.engagement_id();
                // One after the other, so that two who add an edge each never close a circle together.
                engagement::store::lock(sql, engagement).await?;
                refuse_a_circle(sql, &ends).await?;
                let pair = (ends.waits, ends.for_what);
                let new = store::insert(sql, engagement, pair, call.now).await?;
                let row = store::one(sql, engagement, pair).await?;
                let made = DependencyView::read(&row.ok_or_else(Fault::not_found)?)?;
                if new {
                    let words = format!("{} waits for {} now", made.workstream, made.depends_on);
                    tell(sql, &call, &ends, "dependency_created", words).await?;
                }
                Ok(DependencyView { new, ..made })
            })
        })
        .await
}

async fn refuse_a_circle(sql: &mut Sql<'_>, ends: &Ends) -> Outcome<()> {
    if ends.waits == ends.for_what {
        return Err(Fault::invalid(
            "depends_on",
            "A workstream does not wait for itself. Name another.",
        ));
    }
    let engagement = ends.member.engagement_id();
    let edges = store::edges(sql, engagement).await?;
    let Some(way) = cycle_with(edges, ends.waits.uuid(), ends.for_what.uuid()) else {
        return Ok(());
    };
    let mut slugs = Vec::with_capacity(way.len());
    for id in way {
        slugs.push(store::slug_of(sql, engagement, id).await?);
    }
    let mut fault = Fault::conflict(
        "dependency_cycle",
        format!(
            "They would wait for each other: {}. Remove one of these first.",
            slugs.join(" -> ")
        ),
    )
    .with("cycle", slugs);
    fault.field = Some("depends_on".to_owned());
    Err(fault)
}

/// `delete_dependency`. What is not there is answered so.
pub async fn delete_dependency(call: Call, input: OfDependency) -> Outcome<DependencyRemoved> {
    let hub = call.hub.clone();
    hub.db()
        .write(move |sql| {
            Box::pin(async move {
                let ends = ends(sql, &call, &input).await?;
                let engagement = ends.member.engagement_id();
                let view = DependencyRemoved {
                    workstream: store::slug_of(sql, engagement, ends.waits.uuid()).await?,
                    depends_on: store::slug_of(sql, engagement, ends.for_what.uuid()).await?,
                    removed: store::delete(sql, engagement, (ends.waits, ends.for_what)).await?,
                };
                if view.removed {
                    let (waits, for_what) = (&view.workstream, &view.depends_on);
                    let words = format!("{waits} waits no longer for {for_what}");
                    tell(sql, &call, &ends, "dependency_deleted", words).await?;
                }
                Ok(view)
            })
        })
        .await
}

async fn tell(
    sql: &mut Sql<'_>,
    call: &Call,
    ends: &Ends,
    what: &'static str,
    summary: String,
) -> Outcome<()> {
    let (engagement, concept) = (ends.member.engagement_id(), WorkConcept::Workstream);
    let happened = Happened {
        what: what.into(),
        summary,
        domain: domain::store::domain_of(sql, engagement, concept, ends.waits.uuid()).await?,
        workstream: Some(ends.waits),
        ..Happened::default()
    };
    progress_event::changed(sql, call, &ends.member, ends.waits.uuid(), &happened).await?;
    Ok(())
}

/// `list_dependencies`: newest first.
pub async fn list_dependencies(
    call: Call,
    input: ListDependencies,
) -> Outcome<Page<DependencyView>> {
    let person = call.signed_in()?.person_id;
    let filter = format!(
        "{} {}",
        input.engagement.as_deref().unwrap_or_default(),
        input.workstream.as_deref().unwrap_or_default(),
    );
    let scope = CursorScope {
        list: "dependencies",
        person,
        filter: &filter,
    };
    let after = paging::after(input.cursor.as_deref(), &scope)?;
    let limit = input.limit;
    let hub = call.hub.clone();
    let (found, total) = hub
        .db()
        .read_consistent(move |sql| {
            Box::pin(async move {
                let reach = access::reach_named(sql, &call, input.engagement.as_deref()).await?;
                let (concept, name) = (WorkConcept::Workstream, input.workstream.as_deref());
                let about: Uuid = access::filter_by(sql, &call, &reach, concept, name).await?;
                let rows = store::list(sql, &reach, about, after, limit.get() + 1).await?;
                let found = rows.iter().map(DependencyView::read);
                let found = found.collect::<Outcome<Vec<_>>>()?;
                Ok::<_, Fault>((found, store::list_total(sql, &reach, about).await?))
            })
        })
        .await?;
    Ok(page_of(found, limit, total, &scope, |dependency| Cursor {
        at: dependency.created_at,
        id: dependency.workstream_id.uuid(),
    }))
}
