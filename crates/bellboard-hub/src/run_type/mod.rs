//! The registry of run types: what is declared about a type, for one engagement or for the whole hub. A type that nobody
//! declared works too; a run carries the declaration that held when it was started.

use std::time::Duration;

use bellboard_core::id::EngagementId;
use bellboard_core::membership::Capability;
use bellboard_core::run::RunType;
use bellboard_core::run::declaration::Declaration;
use bellboard_core::run::liveness::LivenessPolicy;
use bellboard_core::run::progress::PhaseStep;
use bellboard_core::text::Bounded;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use crate::access::{self, Member};
use crate::call::Call;
use crate::db::{Row, Sql};
use crate::fault::{Fault, Outcome};
use crate::verbs::View;

mod list;
pub mod store;

pub use list::{ListRunTypes, Only, RunTypesView, list_run_types};

const DAY_SECONDS: u64 = 86_400;
/// No span of a policy is longer than this.
const LONGEST_SECONDS: u64 = 366 * DAY_SECONDS;
const MOST_PHASES: usize = 20;

/// Which type, and where.
#[derive(Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct OfRunType {
    /// The engagement, in the path only; without one the question is about the whole hub.
    #[serde(default)]
    pub engagement_id: Option<EngagementId>,
    /// The dotted type.
    #[serde(rename = "type")]
    pub run_type: RunType,
}

/// One phase of a type.
#[derive(Debug, Clone, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct PhaseInput {
    /// For programs, at most 80 characters.
    pub key: Bounded<80>,
    /// For people, at most 80 characters.
    pub label: Bounded<80>,
}

/// What is declared about a type. What is left out is as for every type.
#[derive(Debug, Clone, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct PutRunType {
    /// The engagement, in the path only; without one the declaration is for the whole hub.
    #[serde(default)]
    pub engagement_id: Option<EngagementId>,
    /// The dotted type.
    #[serde(rename = "type")]
    pub run_type: RunType,
    /// What people read, at most 100 characters; made from the type when absent.
    #[serde(default)]
    pub label: Option<Bounded<100>>,
    /// What a member must be allowed to do in order to start one; `start_runs` when absent.
    #[serde(default)]
    pub capability: Option<Capability>,
    /// The phases in order, at most twenty.
    #[serde(default)]
    pub phases: Vec<PhaseInput>,
    /// A queued run is stale after this many seconds; 900 when absent.
    #[serde(default)]
    pub queued_stale_seconds: Option<u64>,
    /// A running run is stale after this many silent seconds.
    #[serde(default)]
    pub silent_after_seconds: Option<u64>,
    /// The hub completes a silent run as lost after this many seconds; 86400 when absent.
    #[serde(default)]
    pub abandon_after_seconds: Option<u64>,
    /// Whether a person must look at every failure.
    #[serde(default)]
    pub manual_review: bool,
    /// How many days a completed run is kept; 90 when absent.
    #[serde(default)]
    pub retention_days: Option<u64>,
}

/// What holds for a type.
#[derive(Debug, Clone, Serialize, JsonSchema)]
pub struct RunTypeView {
    /// The dotted type.
    #[serde(rename = "type")]
    pub run_type: RunType,
    /// Whether anybody declared it, or Bellboard knows it.
    pub registered: bool,
    /// What people read.
    pub label: String,
    /// What a member must be allowed to do in order to start one.
    pub capability: Capability,
    /// The phases in order.
    pub phases: Vec<PhaseStep>,
    /// A queued run is stale after this many seconds.
    pub queued_stale_seconds: u64,
    /// A running run is stale after this many silent seconds, once it has sent a sign of life.
    pub silent_after_seconds: u64,
    /// The hub completes a silent run as lost after this many seconds.
    pub abandon_after_seconds: u64,
    /// Whether a person must look at every failure.
    pub manual_review: bool,
    /// How many days a completed run is kept.
    pub retention_days: u64,
}

impl View for RunTypeView {}

impl RunTypeView {
    fn of(run_type: RunType, registered: bool, declared: &Declaration) -> Self {
        Self {
            run_type,
            registered,
            label: declared.label.clone(),
            capability: declared.capability,
            phases: declared.phases.clone(),
            queued_stale_seconds: declared.policy.queued_stale_after.as_secs(),
            silent_after_seconds: declared.policy.silent_after_heartbeat.as_secs(),
            abandon_after_seconds: declared.policy.abandon_after.as_secs(),
            manual_review: declared.manual_review,
            retention_days: declared.retention.as_secs() / DAY_SECONDS,
        }
    }
}

/// `get_run_type`: what holds for the whole hub.
pub async fn get_run_type(call: Call, input: OfRunType) -> Outcome<RunTypeView> {
    call.signed_in()?;
    hub_wide(input.engagement_id)?;
    call.hub
        .db()
        .read(move |sql| Box::pin(async move { view(sql, None, input.run_type).await }))
        .await
}

/// `get_engagement_run_type`: what holds in one engagement.
pub async fn get_engagement_run_type(call: Call, input: OfRunType) -> Outcome<RunTypeView> {
    let engagement = in_path(input.engagement_id)?;
    let hub = call.hub.clone();
    hub.db()
        .read(move |sql| {
            Box::pin(async move {
                access::in_engagement(sql, &call, engagement).await?;
                view(sql, Some(engagement), input.run_type).await
            })
        })
        .await
}

/// `put_run_type`: declares a type for the whole hub.
pub async fn put_run_type(call: Call, input: PutRunType) -> Outcome<RunTypeView> {
    call.hub_owner()?;
    hub_wide(input.engagement_id)?;
    let declared = declaration_in(&input)?;
    let now = call.now;
    call.hub
        .db()
        .write(move |sql| {
            Box::pin(async move {
                store::put(sql, None, &input.run_type, &declared, now).await?;
                view(sql, None, input.run_type).await
            })
        })
        .await
}

/// `put_engagement_run_type`: declares a type for one engagement; it goes before the hub's declaration.
pub async fn put_engagement_run_type(call: Call, input: PutRunType) -> Outcome<RunTypeView> {
    let engagement = in_path(input.engagement_id)?;
    let declared = declaration_in(&input)?;
    let hub = call.hub.clone();
    hub.db()
        .write(move |sql| {
            Box::pin(async move {
                access::in_engagement(sql, &call, engagement).await?;
                store::put(sql, Some(engagement), &input.run_type, &declared, call.now).await?;
                view(sql, Some(engagement), input.run_type).await
            })
        })
        .await
}

fn hub_wide(engagement: Option<EngagementId>) -> Outcome<()> {
    match engagement {
        None => Ok(()),
        Some(_) => Err(Fault::invalid(
            "engagement_id",
            "Name the engagement in the path: /engagements/{engagement_id}/run-types/{type}.",
        )),
    }
}

fn in_path(engagement: Option<EngagementId>) -> Outcome<EngagementId> {
    engagement.ok_or_else(|| Fault::invalid("engagement_id", "The engagement is missing."))
}

async fn view(
    sql: &mut Sql<'_>,
    engagement: Option<EngagementId>,
    run_type: RunType,
) -> Outcome<RunTypeView> {
    let stored = stored(sql, engagement, &run_type).await?;
    let registered = stored.is_some() || Declaration::built_in(&run_type).is_some();
    let declared = stored.unwrap_or_else(|| Declaration::known_or_general(&run_type));
    Ok(RunTypeView::of(run_type, registered, &declared))
}

/// What holds for a type where a member acts: the engagement's declaration, the hub's, the built-in one, or the general
/// rule for types that nobody declared.
pub(crate) async fn declaration(
    sql: &mut Sql<'_>,
    member: &Member,
    run_type: &RunType,
) -> Outcome<Declaration> {
    let stored = stored(sql, Some(member.engagement_id()), run_type).await?;
    Ok(stored.unwrap_or_else(|| Declaration::known_or_general(run_type)))
}

/// Whether anybody declared the type where a member acts, or Bellboard knows it.
pub(crate) async fn is_registered(
    sql: &mut Sql<'_>,
    member: &Member,
    run_type: &RunType,
) -> Outcome<bool> {
    Ok(Declaration::built_in(run_type).is_some()
        || stored(sql, Some(member.engagement_id()), run_type)
            .await?
            .is_some())
}

async fn stored(
    sql: &mut Sql<'_>,
    engagement: Option<EngagementId>,
    run_type: &RunType,
) -> Outcome<Option<Declaration>> {
    store::nearest(sql, engagement, run_type)
        .await?
        .map(|row| read(&row))
        .transpose()
}

fn read(row: &Row) -> Outcome<Declaration> {
    let general = LivenessPolicy::default();
    let seconds = |column| -> Outcome<Option<Duration>> {
        let seconds = row
            .opt_int(column)?
            .and_then(|seconds| u64::try_from(seconds).ok());
        Ok(seconds.map(Duration::from_secs))
    };
    let silent = seconds(4)?;
    Ok(Declaration {
        label: row.text(0)?,
        capability: serde_json::from_value(row.text(1)?.into()).map_err(Fault::internal)?,
        phases: serde_json::from_str(&row.text(2)?).map_err(Fault::internal)?,
        policy: LivenessPolicy {
            queued_stale_after: seconds(3)?.unwrap_or(general.queued_stale_after),
            silent_after_heartbeat: silent.unwrap_or(general.silent_after_heartbeat),
            silent_after_never: silent.unwrap_or(general.silent_after_never),
            abandon_after: seconds(5)?.unwrap_or(general.abandon_after),
        },
        manual_review: row.bool(6)?,
        retention: Duration::from_secs(DAY_SECONDS * u64::try_from(row.int(7)?).unwrap_or(0)),
    })
}

fn declaration_in(input: &PutRunType) -> Outcome<Declaration> {
    check(input)?;
    let general = Declaration::of_unknown(&input.run_type);
    let seconds = |told: Option<u64>, general: Duration| told.map_or(general, Duration::from_secs);
    let policy = general.policy;
    Ok(Declaration {
        label: input
            .label
            .as_ref()
            .map_or(general.label, ToString::to_string),
        capability: input.capability.unwrap_or(general.capability),
        phases: input
            .phases
            .iter()
            .map(|phase| PhaseStep {
                key: phase.key.to_string(),
                label: phase.label.to_string(),
            })
            .collect(),
        policy: LivenessPolicy {
            queued_stale_after: seconds(input.queued_stale_seconds, policy.queued_stale_after),
            silent_after_heartbeat: seconds(
                input.silent_after_seconds,
                policy.silent_after_heartbeat,
            ),
            silent_after_never: seconds(input.silent_after_seconds, policy.silent_after_never),
            abandon_after: seconds(input.abandon_after_seconds, policy.abandon_after),
        },
        manual_review: input.manual_review,
        retention: input.retention_days.map_or(general.retention, |days| {
            Duration::from_secs(days * DAY_SECONDS)
        }),
    })
}

fn check(input: &PutRunType) -> Outcome<()> {
    let spans = [
        (
            "queued_stale_seconds",
            input.queued_stale_seconds,
            LONGEST_SECONDS,
        ),
        (
            "silent_after_seconds",
            input.silent_after_seconds,
            LONGEST_SECONDS,
        ),
        (
            "abandon_after_seconds",
            input.abandon_after_seconds,
            LONGEST_SECONDS,
        ),
        ("retention_days", input.retention_days, 3_660),
    ];
    for (field, told, most) in spans {
        if let Some(number) = told
            && !(1..=most).contains(&number)
        {
            return Err(Fault::invalid(
                field,
                format!("1 to {most}; this says {number}."),
            ));
        }
    }
    if input.phases.len() > MOST_PHASES {
        return Err(Fault::invalid(
            "phases",
            format!(
                "At most {MOST_PHASES} phases; this has {}.",
                input.phases.len()
            ),
        ));
    }
    let mut keys: Vec<&str> = input
        .phases
        .iter()
        .map(|phase| phase.key.as_str())
        .collect();
    keys.sort_unstable();
    match keys.windows(2).find(|pair| pair[0] == pair[1]) {
        Some(pair) => Err(Fault::invalid(
            "phases",
            format!("The key `{}` stands twice.", pair[0]),
        )),
        None => Ok(()),
    }
}

/// The capability as the API writes it.
pub(crate) fn capability_name(capability: Capability) -> String {
    serde_json::to_value(capability)
        .ok()
        .and_then(|value| value.as_str().map(str::to_owned))
        .unwrap_or_default()
}
