//! Subscriptions: who is told of a dashboard, and beyond which threshold. People read *bell*.

use std::time::Duration;

use bellboard_core::dashboard::{Baseline, Threshold};
use bellboard_core::delivery::{Pacing, QuietHours};
use bellboard_core::id::{DashboardId, EngagementId, PersonId, SnapshotId, SubscriptionId};
use bellboard_core::membership::{Capability, Designation, Designations, allows};
use bellboard_core::number::Whole;
use bellboard_core::time::Timestamp;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use crate::access::Member;
use crate::dashboard::ZoneName;
use crate::db::{Row, Sql};
use crate::fault::{Fault, Outcome};
use crate::verbs::View;

mod change;
mod create;
mod delete;
mod history;
mod ledger;
mod message;
mod own;
mod preview;
mod read;
mod ringing;
pub mod store;
mod target;

pub use change::{UpdateSubscription, update_subscription};
pub use create::{CreateSubscription, create_subscription};
pub use delete::{OfSubscription, delete_subscription};
pub use ledger::{EvaluationView, ListLedger, Subscriber, list_ledger};
pub use own::{OwnSubscription, own_subscriptions};
pub use preview::{
    MissingSpan, PreviewPoint, PreviewRing, PreviewSubscription, PreviewView, preview_subscription,
};
pub use read::{ListSubscriptions, list_subscriptions};
pub(crate) use ringing::ring;

/// How many seconds lie between two bells at least, or are gathered into one: a minute to a month.
pub type PaceSeconds = Whole<60, 2_678_400>;

/// What kind of subscriber.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum SubscriberKind {
    /// A person of the hub, human or agent.
    #[serde(rename = "persona")]
    Person,
    /// An address of the web that is posted to.
    Webhook,
    /// An address of mail.
    Email,
}

impl SubscriberKind {
    /// The word in the database and on the wire.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Person => "persona",
            Self::Webhook => "webhook",
            Self::Email => "email",
        }
    }

    fn parse(word: &str) -> Outcome<Self> {
        [Self::Person, Self::Webhook, Self::Email]
            .into_iter()
            .find(|kind| kind.as_str() == word)
            .ok_or_else(|| Fault::internal(format!("subscriptions.subscriber_kind holds `{word}`")))
    }
}

/// Hours in which no bell is to be heard.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct QuietHoursInput {
    /// When they begin: `22:00`.
    pub from: String,
    /// When they end: `07:00`. The end itself is not quiet.
    pub to: String,
    /// Whose clock: `Europe/Berlin`.
    pub zone: ZoneName,
}

impl QuietHoursInput {
    fn parsed(&self) -> Outcome<QuietHours> {
        QuietHours::parse(&self.from, &self.to, self.zone.get())
            .map_err(|fault| Fault::invalid("quiet_hours", fault.to_string()))
    }
}

/// A subscription.
#[derive(Debug, Clone, PartialEq, Serialize, JsonSchema)]
pub struct SubscriptionView {
    /// Its id.
    pub id: SubscriptionId,
    /// Where.
    pub engagement_id: EngagementId,
    /// Of which dashboard.
    pub dashboard_id: DashboardId,
    /// `persona`, `webhook` or `email`.
    pub subscriber_kind: SubscriberKind,
    /// The person's id, or the address. Who may not change the plan sees only where an address is.
    pub subscriber_id: String,
    /// The person's name.
    pub subscriber_name: Option<String>,
    /// The rule.
    pub threshold_json: Threshold,
    /// Which snapshot a new one is compared with.
    pub baseline: Baseline,
    /// No bell sooner than so many seconds after the last.
    pub at_most_every_seconds: Option<u32>,
    /// No bell until then.
    pub muted_until: Option<Timestamp>,
    /// Bells of these hours wait for their end.
    pub quiet_hours: Option<QuietHoursInput>,
    /// Bells are gathered and told together, at whole multiples of so many seconds.
    pub digest_seconds: Option<u32>,
    /// When somebody said that the address of mail is theirs; nothing is sent there before.
    pub confirmed_at: Option<Timestamp>,
    /// Who made it.
    pub created_by_name: String,
    /// When it was made.
    pub created_at: Timestamp,
    /// When it was last changed.
    pub changed_at: Timestamp,
    /// When it was switched off because nothing arrived.
    pub disabled_at: Option<Timestamp>,
    /// Why.
    pub disabled_reason: Option<String>,
    /// When a bell was last let through.
    pub last_rang_at: Option<Timestamp>,
    /// Since when nothing arrives.
    pub failing_since: Option<Timestamp>,
    /// What a webhook's messages are signed with; shown this once.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub secret: Option<String>,
    #[serde(skip)]
    person_id: Option<PersonId>,
    #[serde(skip)]
    baseline_snapshot_id: Option<SnapshotId>,
    #[serde(skip)]
    created_by: PersonId,
    #[serde(skip)]
    new: bool,
}

impl View for SubscriptionView {
    fn created(&self) -> bool {
        self.new
    }
}

impl SubscriptionView {
    /// Reads `subscription_columns!`.
    fn read(row: &Row) -> Outcome<Self> {
        let seconds = |column| -> Outcome<Option<u32>> {
            let seconds = row.opt_int(column)?;
            seconds
                .map(|seconds| u32::try_from(seconds).map_err(Fault::internal))
                .transpose()
        };
        let quiet = row.opt_text(11)?;
        let baseline = row.text(7)?;
        Ok(Self {
            engagement_id: row.id(0)?,
            id: row.id(1)?,
            dashboard_id: row.id(2)?,
            subscriber_kind: SubscriberKind::parse(&row.text(3)?)?,
            subscriber_id: row.text(4)?,
            subscriber_name: row.opt_text(5)?,
            threshold_json: serde_json::from_str(&row.text(6)?).map_err(Fault::internal)?,
            baseline: Baseline::parse(&baseline).ok_or_else(|| {
                Fault::internal(format!("subscriptions.baseline holds `{baseline}`"))
            })?,
            baseline_snapshot_id: row.opt_id(8)?,
            at_most_every_seconds: seconds(9)?,
            muted_until: row.opt_time(10)?,
            quiet_hours: quiet
                .map(|json| serde_json::from_str(&json).map_err(Fault::internal))
                .transpose()?,
            digest_seconds: seconds(12)?,
            confirmed_at: row.opt_time(13)?,
            created_by: row.id(14)?,
            created_by_name: row.text(15)?,
            created_at: row.time(16)?,
            changed_at: row.time(17)?,
            disabled_at: row.opt_time(18)?,
            disabled_reason: row.opt_text(19)?,
            last_rang_at: row.opt_time(20)?,
            failing_since: row.opt_time(21)?,
            person_id: row.opt_id(22)?,
            secret: None,
            new: false,
        })
    }

    /// Whether this person may change or end it without being asked who owns an agent.
    pub fn is_in_hand_of(&self, person: PersonId, designations: Designations) -> bool {
        let is_owner = designations.contains(Designation::Owner);
        is_owner || self.created_by == person || self.person_id == Some(person)
    }

    /// How its bells are paced.
    fn pacing(&self) -> Outcome<Pacing> {
        let span =
            |seconds: Option<u32>| seconds.map(|seconds| Duration::from_secs(seconds.into()));
        Ok(Pacing {
            muted_until: self.muted_until,
            at_most_every: span(self.at_most_every_seconds),
            quiet_hours: self
                .quiet_hours
                .as_ref()
                .map(QuietHoursInput::parsed)
                .transpose()?,
            digest: span(self.digest_seconds),
        })
    }

    /// The same as this member may see it.
    fn shown_to(mut self, member: &Member) -> Self {
        self.subscriber_id = seen_by(member, self.subscriber_kind, self.subscriber_id);
        self
    }

    /// Whether this member may change or end it: the person themselves, an agent's owner, who made it, or an owner of the
    /// engagement.
    async fn require_theirs(&self, sql: &mut Sql<'_>, member: &Member) -> Outcome<()> {
        let me = member.person_id();
        if self.is_in_hand_of(me, member.designations()) {
            return Ok(());
        }
        match self.person_id {
            Some(person) if store::is_owned_by(sql, person, me).await? => Ok(()),
            _ => Err(not_yours()),
        }
    }
}

/// The subscriber as this member may see it: an address that leads into somebody's systems is not for those who look on.
fn seen_by(member: &Member, kind: SubscriberKind, id: String) -> String {
    if kind == SubscriberKind::Person || allows(member.designations(), Capability::Plan) {
        id
    } else {
        target::veiled(kind, &id)
    }
}

/// A subscription of somebody else.
fn not_yours() -> Fault {
    Fault::forbidden(
        "not_yours",
        "Only the person themselves, the owner of the agent, or an owner of the engagement may do this.",
    )
}

/// The subscription, which the proof says the caller may see.
async fn load(
    sql: &mut Sql<'_>,
    (engagement, dashboard): (EngagementId, DashboardId),
    id: SubscriptionId,
) -> Outcome<SubscriptionView> {
    let row = store::one(sql, engagement, id).await?;
    let found = SubscriptionView::read(&row.ok_or_else(Fault::not_found)?)?;
    if found.dashboard_id == dashboard {
        Ok(found)
    } else {
        Err(Fault::not_found())
    }
}
