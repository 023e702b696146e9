//! `update_subscription`: how its bells are paced, and muting it.

use bellboard_core::dashboard::Baseline;
use bellboard_core::delivery::{Pacing, Release, pace};
use bellboard_core::id::{DashboardId, SubscriptionId};
use bellboard_core::time::Timestamp;
use schemars::JsonSchema;
use serde::Deserialize;

use super::{PaceSeconds, QuietHoursInput, SubscriptionView, load, store};
use crate::access;
use crate::call::Call;
use crate::change::Change;
use crate::dashboard;
use crate::db::Sql;
use crate::event::{self, HintKind};
use crate::fault::Outcome;
use crate::verbs::ObjectConcept;

/// What is to be different; what is absent stays.
#[derive(Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct UpdateSubscription {
    /// The dashboard.
    pub dashboard_id: DashboardId,
    /// The subscription.
    pub subscription_id: SubscriptionId,
    /// Which snapshot a new one is compared with.
    #[serde(default)]
    pub baseline: Option<Baseline>,
    /// No bell sooner than so many seconds after the last; null for no such rule.
    #[serde(default)]
    pub at_most_every_seconds: Change<PaceSeconds>,
    /// No bell until then, nor what waits now and would be told before; null to hear it again.
    #[serde(default)]
    pub muted_until: Change<Timestamp>,
    /// Bells of these hours wait for their end; null for none.
    #[serde(default)]
    pub quiet_hours: Change<QuietHoursInput>,
    /// Bells are gathered and told together, at whole multiples of so many seconds; null for at once.
    #[serde(default)]
    pub digest_seconds: Change<PaceSeconds>,
}

/// `update_subscription`.
pub async fn update_subscription(
    call: Call,
    input: UpdateSubscription,
) -> Outcome<SubscriptionView> {
    let hub = call.hub.clone();
    let changed: Outcome<SubscriptionView> = hub
        .db()
        .write(move |sql| {
            Box::pin(async move {
                let concept = ObjectConcept::Dashboard;
                let of = input.dashboard_id.uuid();
                let member = access::object(sql, &call, concept, of).await?;
                let place = (member.engagement_id(), input.dashboard_id);
                let id = input.subscription_id;
                // The dashboard comes first, as wherever both are held: a snapshot that is being taken has read this bell as
                // it was, and what it writes for it is there before this goes on.
                dashboard::store::hold(sql, place.0, place.1).await?;
                store::hold(sql, place.0, id).await?;
                let before = load(sql, place, id).await?;
                before.require_theirs(sql, &member).await?;
                let after = laid_over(before.clone(), input);
                after.pacing()?;
                if after != before {
                    store::update(sql, &after, call.now).await?;
                    silence(sql, &call, &after).await?;
                    let is_gathered_anew = after.digest_seconds != before.digest_seconds;
                    if is_gathered_anew || after.quiet_hours != before.quiet_hours {
                        retime(sql, &call, &after).await?;
                    }
                    let kind = HintKind::DashboardChanged;
                    event::store::append(sql, place.0, kind, of, call.now).await?;
                }
                Ok(load(sql, place, id).await?.shown_to(&member))
            })
        })
        .await;
    hub.tries().wake();
    changed
}

fn laid_over(mut after: SubscriptionView, input: UpdateSubscription) -> SubscriptionView {
    let seconds = |seconds: PaceSeconds| Some(seconds.get());
    after.baseline = input.baseline.unwrap_or(after.baseline);
    after.at_most_every_seconds =
        input
            .at_most_every_seconds
            .over(after.at_most_every_seconds, None, seconds);
    after.muted_until = input.muted_until.over(after.muted_until, None, Some);
    after.quiet_hours = input.quiet_hours.over(after.quiet_hours, None, Some);
    after.digest_seconds = input
        .digest_seconds
        .over(after.digest_seconds, None, seconds);
    after
}

/// A mute also silences what waits, for another try or another start of the hub too. Who was not told of it is told from
/// what they know; what was tried may have arrived.
async fn silence(sql: &mut Sql<'_>, call: &Call, after: &SubscriptionView) -> Outcome<()> {
    let Some(until) = after.muted_until.filter(|until| *until > call.now) else {
        return Ok(());
    };
    let place = (after.engagement_id, after.id);
    let silenced = store::silence(sql, place, until, call.now).await?;
    if silenced.is_empty() {
        return Ok(());
    }
    // From the newest back, as far as nothing between them was told: each is the last of which the bell knows, by its
    // snapshot, or by its moment where the next one was compared with a later snapshot.
    let (mut known, mut rang) = (after.baseline_snapshot_id, after.last_rang_at);
    for one in silenced.iter().filter(|one| !one.was_tried) {
        if known == Some(one.snapshot) || rang == Some(one.created_at) {
            known = one.compared_with.or(known);
            rang = one.rang_before;
        }
    }
    store::give_back(sql, place, known, rang).await?;
    let (kind, dashboard) = (HintKind::DeliveryChanged, after.dashboard_id.uuid());
    event::store::append(sql, after.engagement_id, kind, dashboard, call.now).await
}

/// What waits is told when it would be told if it rang now, or at the end of the mute: another digest or other quiet hours
/// hold for it too, and later bells join it there.
async fn retime(sql: &mut Sql<'_>, call: &Call, after: &SubscriptionView) -> Outcome<()> {
    let heard = after
        .muted_until
        .map_or(call.now, |until| until.max(call.now));
    // It rang already: neither a mute nor a bell before it takes that back.
    let pacing = Pacing {
        muted_until: None,
        at_most_every: None,
        ..after.pacing()?
    };
    let at = match pace(&pacing, None, heard) {
        Release::At(at, _) => at,
        Release::Now | Release::Never(_) => heard,
    };
    if !store::retime(sql, after, (at, call.now)).await? {
        return Ok(());
    }
    let (kind, dashboard) = (HintKind::DeliveryChanged, after.dashboard_id.uuid());
    event::store::append(sql, after.engagement_id, kind, dashboard, call.now).await
}
