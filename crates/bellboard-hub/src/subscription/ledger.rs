//! `list_ledger`: what was decided for each subscription at each snapshot, and why.

use bellboard_core::id::{DashboardId, SnapshotId, SubscriptionId};
use bellboard_core::page::{Cursor, CursorScope, Limit, Page};
use bellboard_core::time::Timestamp;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use serde_json::Value;
use uuid::Uuid;

use super::{SubscriberKind, seen_by, store};
use crate::access::{self, Member};
use crate::call::Call;
use crate::db::Row;
use crate::fault::{Fault, Outcome};
use crate::paging::{self, Flag, page_of_rows};
use crate::verbs::ObjectConcept;

/// Which decisions.
#[derive(Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct ListLedger {
    /// Of which dashboard.
    pub dashboard_id: DashboardId,
    /// Only about this subscription.
    #[serde(default)]
    pub subscription_id: Option<SubscriptionId>,
    /// Only those whose rule was met, and those that cancelled a digest.
    #[serde(default)]
    pub met: Flag,
    /// How many at most, 1 to 100; 50 when absent.
    #[serde(default)]
    pub limit: Limit,
    /// Where to go on: `next_cursor` of the page before.
    #[serde(default)]
    pub cursor: Option<String>,
}

/// What was decided for one subscription at one snapshot.
#[derive(Debug, Clone, PartialEq, Serialize, JsonSchema)]
pub struct EvaluationView {
    /// The subscription.
    pub subscription_id: SubscriptionId,
    /// The snapshot.
    pub snapshot_id: SnapshotId,
    /// The one that it was compared with; absent for a first one, and when it is not kept any more.
    pub compared_with: Option<SnapshotId>,
    /// `rang`; or met and held back: `quiet_hours`, `digest` (told later), `muted`, `throttled` (not told); or not met:
    /// `not_met`, `baseline` (nothing before it), `unchanged`; or `evened_out`: the picture is again as it was where a
    /// digest began, which is cancelled.
    pub outcome: String,
    /// Which condition, which row, which figures.
    pub why: Value,
    /// The same in one line.
    pub words: String,
    /// When.
    pub at: Timestamp,
    /// Who is told, for the pages; nobody when the subscription was removed.
    #[serde(skip)]
    pub subscriber: Option<Subscriber>,
}

/// Who is told by a subscription.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Subscriber {
    /// What kind.
    pub kind: SubscriberKind,
    /// The person's id, or the address. Who may not change the plan sees only where an address is.
    pub id: String,
    /// The person's name.
    pub name: Option<String>,
}

impl Subscriber {
    fn read(row: &Row, member: &Member) -> Outcome<Option<Self>> {
        let (Some(kind), Some(id)) = (row.opt_text(6)?, row.opt_text(7)?) else {
            return Ok(None);
        };
        let kind = SubscriberKind::parse(&kind)?;
        Ok(Some(Self {
            kind,
            id: seen_by(member, kind, id),
            name: row.opt_text(8)?,
        }))
    }
}

impl EvaluationView {
    fn read(row: &Row, member: &Member) -> Outcome<Self> {
        let mut kept: Value = serde_json::from_str(&row.text(4)?).map_err(Fault::internal)?;
        let words = kept["words"].as_str().unwrap_or_default().to_owned();
        Ok(Self {
            subscription_id: row.id(0)?,
            snapshot_id: row.id(1)?,
            compared_with: row.opt_id(2)?,
            outcome: row.text(3)?,
            why: kept["ring"].take(),
            words,
            at: row.time(5)?,
            subscriber: Subscriber::read(row, member)?,
        })
    }
}

/// `list_ledger`.
pub async fn list_ledger(call: Call, input: ListLedger) -> Outcome<Page<EvaluationView>> {
    let person = call.signed_in()?.person_id;
    let id = input.dashboard_id;
    let of = input
        .subscription_id
        .map_or(Uuid::nil(), SubscriptionId::uuid);
    let met = input.met.is_set();
    let filter = format!("{id} {of} {met}");
    let scope = CursorScope {
        list: "ledger",
        person,
        filter: &filter,
    };
    let after = paging::after(input.cursor.as_deref(), &scope);
    let limit = input.limit;
    let hub = call.hub.clone();
    let (member, found) = hub
        .db()
        .read(move |sql| {
            Box::pin(async move {
                let concept = ObjectConcept::Dashboard;
                let member = access::object(sql, &call, concept, id.uuid()).await?;
                let filters = vec![
                    member.engagement_id().into(),
                    id.into(),
                    of.into(),
                    Uuid::nil().into(),
                    met.into(),
                ];
                let found = paging::rows_of(sql, &store::LEDGER, filters, after?, limit).await?;
                Ok::<_, Fault>((member, found))
            })
        })
        .await?;
    page_of_rows(
        &found,
        limit,
        &scope,
        |row| EvaluationView::read(row, &member),
        |one| Cursor {
            at: one.at,
            id: one.subscription_id.uuid(),
        },
    )
}
