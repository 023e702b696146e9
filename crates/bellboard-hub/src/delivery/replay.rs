//! `replay_delivery` and `replay_deliveries`: what was given up is tried again, with the same id and the same bytes.

use bellboard_core::id::{DashboardId, EngagementId};
use bellboard_core::membership::{Capability, holders};
use bellboard_core::text::Bounded;
use bellboard_core::time::Timestamp;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use uuid::Uuid;

use super::own::require_nobody_left;
use super::{DeliveryView, Kind, OfDelivery, read, store};
use crate::access;
use crate::call::Call;
use crate::db::{Row, Sql};
use crate::event::{self, HintKind};
use crate::fault::{Fault, Outcome};
use crate::verbs::View;

/// Deliveries that one call replays, at most.
const MOST: u32 = 1_000;

/// Which deliveries.
#[derive(Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct ReplayDeliveries {
    /// Those that were written at this time or later.
    pub from: Timestamp,
    /// And before this time; now when absent.
    #[serde(default)]
    pub to: Option<Timestamp>,
    /// Only of this dashboard.
    #[serde(default)]
    pub dashboard_id: Option<DashboardId>,
    /// The engagement, by id or slug; your only one when absent.
    #[serde(default)]
    pub engagement: Option<Bounded<50>>,
}

/// How many are tried again.
#[derive(Debug, Serialize, JsonSchema)]
pub struct ReplayedView {
    /// How many this call put back, at most 1,000.
    pub replayed: u64,
    /// Whether it put back as many as it may, so that others may be left: call again while it is true.
    pub more: bool,
}

impl View for ReplayedView {}

/// `replay_delivery`.
pub async fn replay_delivery(call: Call, input: OfDelivery) -> Outcome<DeliveryView> {
    let hub = call.hub.clone();
    let view = hub
        .db()
        .write(move |sql| {
            Box::pin(async move {
                let (member, row) = read::one(sql, &call, input.delivery_id).await?;
                let engagement = member.engagement_id();
                require_replayable(sql, engagement, &row).await?;
                if !store::replay(sql, engagement, input.delivery_id, call.now).await? {
                    return Err(Fault::conflict(
                        "not_given_up",
                        format!(
                            "This delivery is {}. Only what is dead or cancelled is replayed.",
                            row.text(8)?
                        ),
                    ));
                }
                let (kind, object) = (HintKind::DeliveryChanged, input.delivery_id.uuid());
                event::store::append(sql, engagement, kind, object, call.now).await?;
                let row = store::one(sql, engagement, input.delivery_id).await?;
                DeliveryView::read(&row.ok_or_else(Fault::not_found)?)
            })
        })
        .await?;
    hub.tries().wake();
    Ok(view)
}

/// Refuses what nobody would send, whatever became of it before: the row of [`store::one`] tells.
async fn require_replayable(sql: &mut Sql<'_>, engagement: EngagementId, row: &Row) -> Outcome<()> {
    if row.bool(9)? {
        return Err(Fault::conflict(
            "not_given_up",
            "This delivery is a test. Tests are not replayed: send the bell another one.",
        ));
    }
    // Whoever made the bell stands beside it.
    if row.opt_id::<Uuid>(16)?.is_none() {
        return Err(Fault::conflict(
            "bell_removed",
            "The bell of this delivery was removed, so nothing more is sent for it. Make the bell anew.",
        ));
    }
    if row.opt_time(18)?.is_some() {
        return Err(Fault::conflict(
            "bell_disabled",
            "The bell is switched off. Send it a test: when that arrives, the bell is on again and this can be replayed.",
        ));
    }
    let (kind, people) = (
        Kind::parse(&row.text(6)?)?,
        (row.opt_id(16)?, row.opt_id(17)?),
    );
    require_nobody_left(sql, engagement, kind, people).await
}

/// `replay_deliveries`: the dead letters of a time, of your own bells, or of all where you manage the engagement.
pub async fn replay_deliveries(call: Call, input: ReplayDeliveries) -> Outcome<ReplayedView> {
    let hub = call.hub.clone();
    let to = input.to.unwrap_or(call.now);
    if input.from >= to {
        return Err(Fault::invalid(
            "from",
            "Must be earlier than `to`, and than now.",
        ));
    }
    let replayed = hub
        .db()
        .write(move |sql| {
            Box::pin(async move {
                let member = access::chosen(sql, &call, input.engagement.as_deref()).await?;
                let manages = holders(Capability::Manage).meets(member.designations());
                let dead = store::Dead {
                    from: input.from,
                    to,
                    dashboard: input.dashboard_id.map_or(Uuid::nil(), DashboardId::uuid),
                    everybody: manages,
                };
                let replayed = store::replay_dead(sql, &member, &dead, call.now, MOST).await?;
                if replayed > 0 {
                    let engagement = member.engagement_id();
                    let of = input
                        .dashboard_id
                        .map_or(engagement.uuid(), DashboardId::uuid);
                    let kind = HintKind::DeliveryChanged;
                    event::store::append(sql, engagement, kind, of, call.now).await?;
                }
                Ok::<_, Fault>(replayed)
            })
        })
        .await?;
    hub.tries().wake();
    Ok(ReplayedView {
        replayed,
        more: replayed == u64::from(MOST),
    })
}
