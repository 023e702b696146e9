//! Ringing: every subscription of a dashboard is evaluated at every new snapshot, in the snapshot's own transaction. Equal
//! rules are judged once; each decision goes into the ledger, and each bell that is let through becomes one delivery.

use std::collections::HashMap;

use bellboard_core::dashboard::{
    Baseline, Ring, Silence, Summary, Threshold, evaluate_all, ring as decide_with_reasons,
    summarise,
};
use bellboard_core::delivery::{Release, pace};
use bellboard_core::id::{DeliveryId, SnapshotId, SubscriptionId};
use bellboard_core::time::Timestamp;
use serde_json::json;

use super::SubscriptionView;
use super::message::Messages;
use super::store::{self, EVENED_OUT, NewDelivery, NewEvaluation, RANG, WaitingDigest};
use crate::db::Sql;
use crate::event::{self, HintKind};
use crate::fault::{Fault, Outcome};
use crate::snapshot::{SnapshotView, Taken, nothing_changed, picture_of};

/// A subscription with what its snapshot is compared with.
struct Listener {
    subscription: SubscriptionView,
    key: Vec<u8>,
    compared_with: Option<SnapshotId>,
}

impl Listener {
    /// Whether its bells are told together.
    const fn gathers(&self) -> bool {
        self.subscription.digest_seconds.is_some()
    }
}

/// Evaluates every subscription of the dashboard; how many bells rang.
pub(crate) async fn ring(sql: &mut Sql<'_>, taken: &Taken<'_>) -> Outcome<u64> {
    let listeners = listeners(sql, taken).await?;
    if listeners.is_empty() {
        return Ok(0);
    }
    let summaries = summaries(sql, taken, &listeners).await?;
    let mut groups: HashMap<Option<SnapshotId>, Vec<&Listener>> = HashMap::new();
    for listener in &listeners {
        groups
            .entry(listener.compared_with)
            .or_default()
            .push(listener);
    }
    let mut told = Told::new(taken);
    if listeners.iter().any(Listener::gathers) {
        told.digests = store::waiting_digests(sql, taken.snapshot).await?;
    }
    for (compared_with, group) in groups {
        let summary = compared_with.and_then(|id| summaries.get(&id));
        let rules = group
            .iter()
            .map(|one| (one.key.as_slice(), &one.subscription.threshold_json));
        let evaluated = evaluate_all(rules, summary);
        let mut reasons: Vec<Decided> = Vec::with_capacity(evaluated.verdicts.len());
        for (listener, place) in group.iter().zip(evaluated.of) {
            let rule = &listener.subscription.threshold_json;
            // The first who has a rule comes when the rule is first met: why is asked once for all who share it.
            if place == reasons.len() {
                reasons.push(Decided::of(rule, summary)?);
            }
            // Equal rules may be written in another order, and reasons name places.
            if reasons[place].rule == rule {
                told.decide(sql, listener, &reasons[place]).await?;
            } else {
                let decided = Decided::of(rule, summary)?;
                told.decide(sql, listener, &decided).await?;
            }
        }
    }
    told.keep(sql).await?;
    let rang = told.evaluations.iter().filter(|one| one.outcome == RANG);
    Ok(rang.count() as u64)
}

/// The subscriptions that listen now, and what each compares with.
async fn listeners(sql: &mut Sql<'_>, taken: &Taken<'_>) -> Outcome<Vec<Listener>> {
    let dashboard = taken.dashboard;
    let rows = store::listening(sql, dashboard.engagement_id, dashboard.id).await?;
    rows.iter()
        .map(|row| {
            let subscription = SubscriptionView::read(row)?;
            let compared_with = match subscription.baseline {
                Baseline::Previous => taken.snapshot.previous_id,
                Baseline::LastNotified => subscription.baseline_snapshot_id,
            };
            Ok(Listener {
                key: row.blob(23)?,
                subscription,
                compared_with,
            })
        })
        .collect()
}

/// What differs from each snapshot that somebody compares with. One that is not kept any more is as if there were none.
async fn summaries(
    sql: &mut Sql<'_>,
    taken: &Taken<'_>,
    listeners: &[Listener],
) -> Outcome<HashMap<SnapshotId, Summary>> {
    let mut known = HashMap::new();
    // However many snapshots show one picture, it is read and compared once.
    let unchanged = (taken.snapshot.digest, nothing_changed(taken.picture));
    let mut by_picture: HashMap<[u8; 32], Summary> = HashMap::from([unchanged]);
    if let (Some(previous), Some(summary)) = (taken.snapshot.previous_id, taken.summary) {
        known.insert(previous, summary.clone());
    }
    for listener in listeners {
        let Some(id) = listener.compared_with.filter(|id| !known.contains_key(id)) else {
            continue;
        };
        let engagement = taken.dashboard.engagement_id;
        let Some(row) = crate::snapshot::store::one(sql, engagement, id).await? else {
            continue;
        };
        let before = SnapshotView::read(&row)?;
        let summary = match by_picture.get(&before.digest) {
            Some(summary) => summary.clone(),
            None => summarise(&picture_of(sql, &before).await?, taken.picture),
        };
        by_picture.insert(before.digest, summary.clone());
        known.insert(id, summary);
    }
    Ok(known)
}

/// What a rule says.
struct Decided<'r> {
    rule: &'r Threshold,
    ring: Ring,
    /// As the ledger keeps it.
    why: String,
}

impl<'r> Decided<'r> {
    fn of(rule: &'r Threshold, summary: Option<&Summary>) -> Outcome<Self> {
        let ring = decide_with_reasons(rule, summary);
        let ring_json = serde_json::to_value(&ring).map_err(Fault::internal)?;
        let why = json!({ "ring": ring_json, "words": ring.words() }).to_string();
        Ok(Self { rule, ring, why })
    }
}

/// What became of the digest that waits when its bell rings again.
enum Joined {
    /// None waits any more: the bell is told by itself.
    Nothing,
    /// It tells of the newest snapshot.
    Renewed,
    /// It is cancelled: the picture is again as it was where the digest began.
    EvenedOut,
}

/// The decisions of one snapshot, to be kept together.
struct Told<'a> {
    taken: &'a Taken<'a>,
    messages: Messages,
    /// What waits to be told together, by subscription.
    digests: HashMap<SubscriptionId, WaitingDigest>,
    evaluations: Vec<NewEvaluation>,
    deliveries: Vec<NewDelivery>,
    /// Whether anybody is told, now or later, or not any more.
    tells: bool,
}

impl<'a> Told<'a> {
    fn new(taken: &'a Taken<'a>) -> Self {
        Self {
            taken,
            messages: Messages::default(),
            digests: HashMap::new(),
            evaluations: Vec::new(),
            deliveries: Vec::new(),
            tells: false,
        }
    }

    /// The moment of the snapshot.
    fn now(&self) -> Timestamp {
        self.taken.snapshot.captured_at
    }

    async fn decide(
        &mut self,
        sql: &mut Sql<'_>,
        listener: &Listener,
        decided: &Decided<'_>,
    ) -> Outcome<()> {
        let subscription = &listener.subscription;
        let outcome = match &decided.ring {
            Ring::Silent(Silence::First) => "baseline",
            Ring::Silent(Silence::Unchanged) => "unchanged",
            Ring::Silent(Silence::NotMet(_)) => {
                self.unless_evened_out(sql, subscription, "not_met").await?
            }
            Ring::Rings(_) => {
                let pacing = subscription.pacing()?;
                let now = self.now();
                match pace(&pacing, subscription.last_rang_at, now) {
                    Release::Now => self.deliver(sql, listener, (now, RANG)).await?,
                    Release::At(at, held) => {
                        self.deliver(sql, listener, (at, held.as_str())).await?
                    }
                    Release::Never(held) => {
                        self.unless_evened_out(sql, subscription, held.as_str())
                            .await?
                    }
                }
            }
        };
        // What is not kept any more was nothing to compare with.
        let is_first = matches!(decided.ring, Ring::Silent(Silence::First));
        self.evaluations.push(NewEvaluation {
            subscription: subscription.id,
            compared_with: listener.compared_with.filter(|_| !is_first),
            outcome,
            why: decided.why.clone(),
        });
        Ok(())
    }

    /// One bell: a delivery of its own, or the newest state of the digest that waits already. What the ledger says of it is
    /// what was wished, unless the digest is cancelled.
    async fn deliver(
        &mut self,
        sql: &mut Sql<'_>,
        listener: &Listener,
        (at, outcome): (Timestamp, &'static str),
    ) -> Outcome<&'static str> {
        let subscription = &listener.subscription;
        let Some(compared_with) = listener.compared_with else {
            return Ok(outcome);
        };
        self.tells = true;
        match self.join_digest(sql, subscription).await? {
            Joined::Nothing => {}
            Joined::Renewed => return Ok(outcome),
            Joined::EvenedOut => return Ok(EVENED_OUT),
        }
        let body = self.messages.body(sql, self.taken, compared_with).await?;
        self.deliveries.push(NewDelivery {
            id: DeliveryId::from_uuid(self.taken.hub.world().new_id()),
            subscription: subscription.id,
            compared_with,
            kind: subscription.subscriber_kind,
            target: subscription.subscriber_id.clone(),
            body,
            is_digest: listener.gathers(),
            rang_before: subscription.last_rang_at,
            at,
        });
        Ok(outcome)
    }

    /// A digest that still waits tells of the newest snapshot instead, from where it began. When that shows the same, there
    /// is nothing to tell: an unchanged picture rings nothing.
    async fn join_digest(
        &mut self,
        sql: &mut Sql<'_>,
        subscription: &SubscriptionView,
    ) -> Outcome<Joined> {
        if self.evens_out(sql, subscription).await? {
            return Ok(Joined::EvenedOut);
        }
        let Some(waiting) = self.digests.get(&subscription.id) else {
            return Ok(Joined::Nothing);
        };
        let snapshot = self.taken.snapshot;
        let body = self.messages.body(sql, self.taken, waiting.began).await?;
        let renewed = (snapshot.id, body);
        let engagement = snapshot.engagement_id;
        let is_renewed = store::renew_digest(sql, engagement, waiting.delivery, renewed).await?;
        Ok(if is_renewed {
            Joined::Renewed
        } else {
            Joined::Nothing
        })
    }

    /// What the ledger says of a picture that is not told, unless it cancels a digest.
    async fn unless_evened_out(
        &mut self,
        sql: &mut Sql<'_>,
        subscription: &SubscriptionView,
        outcome: &'static str,
    ) -> Outcome<&'static str> {
        let evens_out = self.evens_out(sql, subscription).await?;
        Ok(if evens_out { EVENED_OUT } else { outcome })
    }

    /// Cancels the digest that waits when the picture is again as it was where that began; whether this did.
    async fn evens_out(
        &mut self,
        sql: &mut Sql<'_>,
        subscription: &SubscriptionView,
    ) -> Outcome<bool> {
        let (snapshot, waiting) = (self.taken.snapshot, self.digests.get(&subscription.id));
        let Some(waiting) = waiting.filter(|waiting| waiting.began_with == snapshot.digest) else {
            return Ok(false);
        };
        if !store::cancel_digest(sql, snapshot, waiting).await? {
            return Ok(false);
        }
        let place = (snapshot.engagement_id, subscription.id);
        // This one shows what its subscriber knows.
        store::give_back(sql, place, Some(snapshot.id), waiting.rang_before).await?;
        self.tells = true;
        Ok(true)
    }

    async fn keep(&mut self, sql: &mut Sql<'_>) -> Outcome<()> {
        let (dashboard, snapshot) = (self.taken.dashboard, self.taken.snapshot);
        let (engagement, at) = (dashboard.engagement_id, self.now());
        store::insert_evaluations(sql, snapshot, &self.evaluations).await?;
        if self.evaluations.iter().any(|one| one.outcome == "baseline") {
            store::begin_baselines(sql, snapshot).await?;
        }
        if !self.tells {
            return Ok(());
        }
        // Whoever ends a try of one of them has ended it by now, or waits until these are there and sees them.
        store::mark_rung(sql, snapshot).await?;
        let slow = store::slow(sql, snapshot).await?;
        store::insert_deliveries(sql, snapshot, &self.deliveries, &slow).await?;
        let kind = HintKind::DeliveryChanged;
        event::store::append(sql, engagement, kind, dashboard.id.uuid(), at).await
    }
}

/// Only so that a rule is known by its hash everywhere.
pub(super) fn key_of(rule: &Threshold) -> [u8; 32] {
    *rule.hash().as_bytes()
}
