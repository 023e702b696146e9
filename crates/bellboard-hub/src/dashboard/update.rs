//! `update_dashboard`.

use std::collections::BTreeSet;

use bellboard_core::dashboard::{FAULTS_AT_MOST, Faults, Threshold, ViewSpec};
use bellboard_core::id::DashboardId;
use bellboard_core::text::{Bounded, Multiline, sanitise};
use schemars::JsonSchema;
use serde::Deserialize;
use serde_json::Value;

use super::create::question;
use super::{DashboardView, MetadataInput, load, refused, store};
use crate::access;
use crate::call::Call;
use crate::change::Change;
use crate::db::Sql;
use crate::event::{self, HintKind};
use crate::fault::{Fault, Outcome};
use crate::snapshot::miss_due;
use crate::verbs::ObjectConcept;

/// What is to be different; what is absent stays.
#[derive(Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct UpdateDashboard {
    /// The dashboard.
    pub dashboard_id: DashboardId,
    /// What people call it, at most 200 characters.
    #[serde(default)]
    pub title: Option<Bounded<200>>,
    /// More words; null for none.
    #[serde(default)]
    pub description: Change<Multiline<4000>>,
    /// Another question. The next snapshot is compared with the one before as always.
    #[serde(default)]
    #[schemars(with = "Option<ViewSpec>")]
    pub view_spec_json: Option<Value>,
    /// When snapshots are taken, and for how long they are kept.
    #[serde(default)]
    pub metadata: MetadataInput,
}

/// `update_dashboard`.
pub async fn update_dashboard(call: Call, input: UpdateDashboard) -> Outcome<DashboardView> {
    let hub = call.hub.clone();
    hub.db()
        .write(move |sql| {
            Box::pin(async move {
                let id = input.dashboard_id;
                let concept = ObjectConcept::Dashboard;
                let member = access::object(sql, &call, concept, id.uuid()).await?;
                let engagement = member.engagement_id();
                store::hold(sql, engagement, id).await?;
                let before = load(sql, engagement, id).await?;
                before.require_in_use()?;
                let mut after = laid_over(before.clone(), input)?;
                let has_other_times = !after.metadata.has_times_of(&before.metadata);
                if has_other_times {
                    after.next_due_at = after.next_due_after(call.now);
                }
                if after == before {
                    return Ok(after);
                }
                require_bells_see(sql, &before, &after).await?;
                if has_other_times {
                    miss_due(sql, &before, call.now).await?;
                }
                store::update(sql, &after, call.now).await?;
                let kind = HintKind::DashboardChanged;
                event::store::append(sql, engagement, kind, id.uuid(), call.now).await?;
                load(sql, engagement, id).await
            })
        })
        .await
}

/// Refuses a question that no longer shows a field which a bell watches: the bell would be silent for good, and nobody
/// would be told.
async fn require_bells_see(
    sql: &mut Sql<'_>,
    before: &DashboardView,
    after: &DashboardView,
) -> Outcome<()> {
    let (was, is) = (&before.view_spec_json, &after.view_spec_json);
    if was == is {
        return Ok(());
    }
    let mut dropped: BTreeSet<String> = BTreeSet::new();
    for row in store::rules_of_bells(sql, after.engagement_id, after.id).await? {
        let rule: Threshold = serde_json::from_str(&row.text(0)?).map_err(Fault::internal)?;
        let fields = rule.fields();
        let fields = fields.filter(|field| was.shows(field) && !is.shows(field));
        dropped.extend(fields.map(str::to_owned));
    }
    let faults = dropped.iter().take(FAULTS_AT_MOST).flat_map(|field| {
        let detail = format!(
            "bells of this dashboard watch `{}`; keep the column, or delete those bells first",
            sanitise(field, 40)
        );
        Faults::one("columns", detail).0
    });
    let faults = Faults(faults.collect());
    if faults.0.is_empty() {
        return Ok(());
    }
    Err(refused("view_spec_json", &faults).with_code("invalid_view_spec"))
}

/// Whether this is the question that is kept. It may stay as it is, whatever rows were pushed since it was made.
fn is_as_kept(value: &Value, kept: &ViewSpec) -> bool {
    ViewSpec::from_stored(value).is_ok_and(|said| said == *kept)
}

/// The dashboard as it is to be.
fn laid_over(mut after: DashboardView, input: UpdateDashboard) -> Outcome<DashboardView> {
    if let Some(value) = &input.view_spec_json
        && !is_as_kept(value, &after.view_spec_json)
    {
        let pushed = after.pushed.as_ref().map(|pushed| pushed.fields.as_slice());
        after.view_spec_json = question(value, pushed)?;
    }
    if let Some(title) = input.title {
        after.title = title.into_string();
    }
    let described = std::mem::take(&mut after.description);
    after.description = input
        .description
        .over(described, String::new(), Multiline::into_string);
    let metadata = input.metadata;
    if let Some(policy) = metadata.snapshot_policy {
        after.metadata.snapshot_policy = policy;
    }
    if let Some(zone) = metadata.zone {
        after.metadata.zone = zone;
    }
    if let Some(days) = metadata.keep_days {
        after.metadata.keep_days = days.get();
    }
    Ok(after)
}
