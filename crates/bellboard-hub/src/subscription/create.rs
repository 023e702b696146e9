//! `create_subscription`.

use bellboard_core::dashboard::{Baseline, Threshold};
use bellboard_core::delivery::WebhookSecret;
use bellboard_core::id::{DashboardId, PersonId, SubscriptionId};
use bellboard_core::membership::{Capability, Designation, allows};
use bellboard_core::text::{Bounded, capital_first};
use bellboard_core::time::Timestamp;
use schemars::JsonSchema;
use serde::Deserialize;
use serde_json::Value;

use super::{
    PaceSeconds, QuietHoursInput, SubscriberKind, SubscriptionView, load, not_yours, store,
    target::{self, Target},
};
use crate::access::{self, Member};
use crate::call::Call;
use crate::dashboard::{self, DashboardView, refused};
use crate::db::Sql;
use crate::delivery;
use crate::event::{self, HintKind};
use crate::fault::{Fault, Outcome};
use crate::outgoing::REFUSED;
use crate::snapshot::SnapshotView;
use crate::verbs::ObjectConcept;

/// Subscriptions of one dashboard, at most.
const MOST: u64 = 100_000;

/// A new subscription.
#[derive(Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct CreateSubscription {
    /// The dashboard.
    pub dashboard_id: DashboardId,
    /// `persona` (a person or an agent), `webhook` or `email`.
    pub subscriber_kind: SubscriberKind,
    /// The person's id, or the address.
    pub subscriber_id: Bounded<2000>,
    /// The rule: beyond which difference the bell rings.
    #[schemars(with = "Threshold")]
    pub threshold_json: Value,
    /// Which snapshot a new one is compared with: the one before it (`previous`, when absent), or the last one that rang
    /// (`last_notified`), which catches slow drift.
    #[serde(default)]
    pub baseline: Option<Baseline>,
    /// No bell sooner than so many seconds after the last.
    #[serde(default)]
    pub at_most_every_seconds: Option<PaceSeconds>,
    /// No bell until then.
    #[serde(default)]
    pub muted_until: Option<Timestamp>,
    /// Bells of these hours wait for their end.
    #[serde(default)]
    pub quiet_hours: Option<QuietHoursInput>,
    /// Bells are gathered and told together, at whole multiples of so many seconds.
    #[serde(default)]
    pub digest_seconds: Option<PaceSeconds>,
}

/// `create_subscription`.
pub async fn create_subscription(
    call: Call,
    input: CreateSubscription,
) -> Outcome<SubscriptionView> {
    let hub = call.hub.clone();
    if input.subscriber_kind == SubscriberKind::Webhook {
        require_reachable(&call, input.dashboard_id, &input.subscriber_id).await?;
    }
    hub.db()
        .write(move |sql| {
            Box::pin(async move {
                let dashboard = input.dashboard_id;
                let concept = ObjectConcept::Dashboard;
                let member = access::object(sql, &call, concept, dashboard.uuid()).await?;
                let target = target::checked(input.subscriber_kind, &input.subscriber_id)?;
                require_may_subscribe(sql, &member, target.person).await?;
                // Held, so that the snapshot it begins with is the newest.
                let engagement = member.engagement_id();
                dashboard::store::hold(sql, engagement, dashboard).await?;
                let dashboard = dashboard::load(sql, engagement, dashboard).await?;
                dashboard.require_in_use()?;
                let new = fit(sql, &call, &member, &dashboard, (input, target)).await?;
                keep(sql, &call, &member, new).await
            })
        })
        .await
}

/// Refuses an address that the hub may not speak to, with one reason for all of them. It is asked outside of the writing
/// transaction, because names are resolved for it, and again whenever something is sent. Who may not subscribe an address
/// has none resolved.
async fn require_reachable(call: &Call, dashboard: DashboardId, url: &str) -> Outcome<()> {
    let asking = call.clone();
    call.hub
        .db()
        .read(move |sql| {
            Box::pin(async move {
                let concept = ObjectConcept::Dashboard;
                let member = access::object(sql, &asking, concept, dashboard.uuid()).await?;
                require_may_subscribe(sql, &member, None).await
            })
        })
        .await?;
    let target = target::checked(SubscriberKind::Webhook, url)?;
    match call.hub.outgoing() {
        Some(outgoing) if !outgoing.admits(&target.address).await => Err(Fault::invalid(
            "subscriber_id",
            format!("{}.", capital_first(REFUSED)),
        )
        .with_code("address_refused")),
        _ => Ok(()),
    }
}

/// A rule, held to the fields that the dashboard shows; every fault of it is named with its path.
pub(super) fn rule(value: &Value, dashboard: &DashboardView) -> Outcome<Threshold> {
    Threshold::parse(value, &dashboard.shown_fields())
        .map_err(|faults| refused("threshold_json", &faults).with_code("invalid_threshold"))
}

/// The person themselves, the owner of an agent, or an owner of the engagement subscribes a person; whoever may change the
/// plan, an address.
async fn require_may_subscribe(
    sql: &mut Sql<'_>,
    member: &Member,
    person: Option<PersonId>,
) -> Outcome<()> {
    let Some(person) = person else {
        if allows(member.designations(), Capability::Plan) {
            return Ok(());
        }
        return Err(Fault::forbidden(
            "not_yours",
            "You may subscribe yourself and your agents. Who may change the plan here may subscribe addresses.",
        ));
    };
    let me = member.person_id();
    let is_owner = member.designations().contains(Designation::Owner);
    if !is_owner && person != me && !store::is_owned_by(sql, person, me).await? {
        return Err(not_yours());
    }
    if store::is_member(sql, member.engagement_id(), person).await? {
        return Ok(());
    }
    Err(Fault::invalid(
        "subscriber_id",
        "This person does not belong to the engagement, and would be told what they may not see. Add them first.",
    ))
}

/// The subscription as it is to be kept, with the secret of a webhook.
async fn fit(
    sql: &mut Sql<'_>,
    call: &Call,
    member: &Member,
    dashboard: &DashboardView,
    (input, target): (CreateSubscription, Target),
) -> Outcome<SubscriptionView> {
    let threshold_json = rule(&input.threshold_json, dashboard)?;
    if let Some(hours) = &input.quiet_hours {
        hours.parsed()?;
    }
    if store::how_many(sql, dashboard.engagement_id, dashboard.id).await? >= MOST {
        return Err(Fault::conflict(
            "too_many_subscriptions",
            format!("A dashboard has at most {MOST} subscriptions. End one that nobody needs."),
        ));
    }
    let newest = crate::snapshot::store::newest(sql, dashboard.engagement_id, dashboard.id).await?;
    let newest = newest.as_ref().map(SnapshotView::read).transpose()?;
    let is_webhook = input.subscriber_kind == SubscriberKind::Webhook;
    Ok(SubscriptionView {
        id: SubscriptionId::from_uuid(call.new_id()),
        engagement_id: dashboard.engagement_id,
        dashboard_id: dashboard.id,
        subscriber_kind: input.subscriber_kind,
        subscriber_id: target.address,
        subscriber_name: None,
        threshold_json,
        baseline: input.baseline.unwrap_or(Baseline::Previous),
        at_most_every_seconds: input.at_most_every_seconds.map(PaceSeconds::get),
        muted_until: input.muted_until,
        quiet_hours: input.quiet_hours,
        digest_seconds: input.digest_seconds.map(PaceSeconds::get),
        confirmed_at: None,
        created_by: member.person_id(),
        created_by_name: member.name().to_owned(),
        created_at: call.now,
        changed_at: call.now,
        disabled_at: None,
        disabled_reason: None,
        last_rang_at: None,
        failing_since: None,
        secret: is_webhook.then(|| new_secret(call)).transpose()?,
        person_id: target.person,
        baseline_snapshot_id: newest.map(|newest| newest.id),
        new: true,
    })
}

fn new_secret(call: &Call) -> Outcome<String> {
    let bytes = call.hub.world().secret_bytes();
    let secret = WebhookSecret::from_bytes(&bytes).map_err(Fault::internal)?;
    Ok(secret.reveal())
}

async fn keep(
    sql: &mut Sql<'_>,
    call: &Call,
    member: &Member,
    new: SubscriptionView,
) -> Outcome<SubscriptionView> {
    let sealed = match &new.secret {
        None => None,
        Some(secret) => Some(sealed(call, &new, secret)?),
    };
    if !store::insert(sql, &new, sealed).await? {
        return Err(Fault::conflict(
            "already_subscribed",
            "There is a subscription of the same subscriber with the same rule already. Change that one.",
        ));
    }
    if new.subscriber_kind == SubscriberKind::Email {
        let about = (new.id, new.dashboard_id);
        delivery::ask_to_confirm(sql, call, member, about, &new.subscriber_id).await?;
    }
    let place = (new.engagement_id, new.dashboard_id);
    let kind = HintKind::DashboardChanged;
    event::store::append(sql, place.0, kind, place.1.uuid(), call.now).await?;
    let made = load(sql, place, new.id).await?;
    Ok(SubscriptionView {
        new: true,
        secret: new.secret,
        ..made.shown_to(member)
    })
}

/// The secret as it lies in the database: whoever has that alone signs nothing.
fn sealed(call: &Call, new: &SubscriptionView, secret: &str) -> Outcome<Vec<u8>> {
    let key = call.hub.input_key().ok_or_else(|| {
        Fault::unavailable(
            "secrets_unavailable",
            "This hub was started without a key to keep secrets with. Start it with --key-file.",
        )
    })?;
    let owner = [new.engagement_id.uuid(), new.id.uuid()];
    let random = call.hub.world().secret_bytes();
    Ok(key.seal(&owner, &random, secret.as_bytes()))
}
