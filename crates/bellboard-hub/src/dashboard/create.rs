//! `create_dashboard`.

use bellboard_core::dashboard::{SnapshotPolicy, SourceField, ViewSpec};
use bellboard_core::id::DashboardId;
use bellboard_core::text::{Bounded, Multiline};
use schemars::JsonSchema;
use serde::Deserialize;
use serde_json::Value;

use super::{
    DashboardMetadata, DashboardView, KEEP_DAYS, KeepDays, MetadataInput, load, refused, store,
};
use crate::access::{self, Member};
use crate::call::Call;
use crate::db::Sql;
use crate::event::{self, HintKind};
use crate::fault::{Fault, Outcome};

/// Dashboards in use, per engagement: the timer looks at each of them.
const MOST_IN_USE: u64 = 500;

/// A new dashboard.
#[derive(Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct CreateDashboard {
    /// What people call it, at most 200 characters.
    pub title: Bounded<200>,
    /// More words, at most 4000 characters.
    #[serde(default)]
    pub description: Option<Multiline<4000>>,
    /// The question: which rows, which columns, in which order, how many, and the one number.
    #[schemars(with = "ViewSpec")]
    pub view_spec_json: Value,
    /// When snapshots are taken, and for how long they are kept.
    #[serde(default)]
    pub metadata: MetadataInput,
    /// The engagement, by id or slug; your only one when absent.
    #[serde(default)]
    pub engagement: Option<Bounded<50>>,
}

/// `create_dashboard`.
pub async fn create_dashboard(call: Call, input: CreateDashboard) -> Outcome<DashboardView> {
    let hub = call.hub.clone();
    hub.db()
        .write(move |sql| {
            Box::pin(async move {
                let member = access::chosen(sql, &call, input.engagement.as_deref()).await?;
                let view_spec_json = question(&input.view_spec_json, None)?;
                require_room(sql, &member).await?;
                let metadata = input.metadata;
                let mut new = DashboardView {
                    id: DashboardId::from_uuid(call.new_id()),
                    engagement_id: member.engagement_id(),
                    engagement_slug: String::new(),
                    title: input.title.into_string(),
                    description: input
                        .description
                        .map(Multiline::into_string)
                        .unwrap_or_default(),
                    view_spec_json,
                    metadata: DashboardMetadata {
                        snapshot_policy: metadata.snapshot_policy.unwrap_or(SnapshotPolicy::Manual),
                        zone: metadata.zone.unwrap_or_default(),
                        keep_days: metadata.keep_days.map_or(KEEP_DAYS, KeepDays::get),
                    },
                    next_due_at: None,
                    pushed: None,
                    last_snapshot: None,
                    subscriptions: 0,
                    created_by_name: member.name().to_owned(),
                    created_at: call.now,
                    changed_at: call.now,
                    archived_at: None,
                    new: true,
                };
                new.next_due_at = new.next_due_after(call.now);
                keep(sql, &call, &member, &new).await
            })
        })
        .await
}

/// Reads a question; every fault of it is named with its path.
pub(super) fn question(value: &Value, pushed: Option<&[SourceField]>) -> Outcome<ViewSpec> {
    ViewSpec::parse(value, pushed)
        .map_err(|faults| refused("view_spec_json", &faults).with_code("invalid_view_spec"))
}

async fn require_room(sql: &mut Sql<'_>, member: &Member) -> Outcome<()> {
    if store::in_use(sql, member).await? < MOST_IN_USE {
        return Ok(());
    }
    Err(Fault::conflict(
        "too_many_dashboards",
        format!(
            "This engagement has {MOST_IN_USE} dashboards in use. Archive one that nobody needs."
        ),
    ))
}

async fn keep(
    sql: &mut Sql<'_>,
    call: &Call,
    member: &Member,
    new: &DashboardView,
) -> Outcome<DashboardView> {
    store::insert(sql, member, new).await?;
    let (engagement, kind) = (new.engagement_id, HintKind::DashboardChanged);
    event::store::append(sql, engagement, kind, new.id.uuid(), call.now).await?;
    let made = load(sql, engagement, new.id).await?;
    Ok(DashboardView { new: true, ..made })
}
