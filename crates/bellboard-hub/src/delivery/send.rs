//! Sends one delivery that was taken: asks again whether it may be sent, tries, and stores what came of it.

use bellboard_core::delivery::{BellWords, sign};
use bellboard_core::id::PersonId;
use bellboard_core::time::Timestamp;

use super::follow::{self, More, Tried};
use super::secret::{self, Kept};
use super::{DeliveryId, EngagementId, Kind, Lane, Taken, letter, store, take};
use crate::Hub;
use crate::comment;
use crate::db::{Row, Sql};
use crate::fault::Outcome;
use crate::outgoing::{Posting, Sent};

/// What a sender knows of a delivery at the moment of sending.
#[derive(Debug, Clone)]
pub(super) struct Facts {
    pub(super) body: String,
    pub(super) dashboard_title: String,
    pub(super) kept: Kept,
    confirmed: bool,
    created_by: Option<PersonId>,
    disabled: bool,
}

impl Facts {
    /// What is known of a test, which is sent by whoever asks for it.
    pub(super) fn of_test(body: &str, dashboard_title: &str, kept: Kept) -> Self {
        Self {
            body: body.to_owned(),
            dashboard_title: dashboard_title.to_owned(),
            kept,
            confirmed: true,
            created_by: None,
            disabled: false,
        }
    }

    fn read(row: &Row) -> Outcome<Self> {
        Ok(Self {
            body: row.text(0)?,
            dashboard_title: row.opt_text(1)?.unwrap_or_default(),
            kept: Kept {
                secret: row.opt_blob(4)?,
                former: row.opt_blob(5)?,
                former_until: row.opt_time(6)?,
            },
            confirmed: row.opt_time(7)?.is_some(),
            created_by: row.opt_id(8)?,
            disabled: row.opt_time(9)?.is_some(),
        })
    }
}

/// Sends everything that is due now, one after the other; how many tries that were. The loop does the same side by side.
pub async fn send_due(hub: &Hub) -> Outcome<u64> {
    let mut tried = 0;
    loop {
        let mut taken = take(hub, Lane::Fresh, 50).await?;
        taken.extend(take(hub, Lane::Slow, 50).await?);
        if taken.is_empty() {
            return Ok(tried);
        }
        for one in taken {
            send(hub, one).await;
            tried += 1;
        }
    }
}

/// Sends a taken delivery. A fault is logged: the lease ends, and another try follows.
pub(crate) async fn send(hub: &Hub, taken: Taken) {
    let id = taken.id;
    let stored = try_once(hub, taken).await;
    hub.tries().end();
    match stored {
        // While it was under way no other of its subscription was taken.
        Ok(More::Due) => hub.tries().wake(),
        Ok(More::None) => {}
        Err(fault) => {
            tracing::warn!(delivery = %id, %fault, "a delivery could not be tried to its end");
        }
    }
}

async fn try_once(hub: &Hub, taken: Taken) -> Outcome<More> {
    let facts = match look(hub, &taken).await? {
        Ok(facts) => facts,
        Err(reason) => return follow::store(hub, taken, Tried::Cancelled(reason)).await,
    };
    let tried = match taken.kind {
        Kind::Persona => match BellWords::of(&facts.dashboard_title, &facts.body) {
            Some(words) => Tried::Told(words),
            None => Tried::Cancelled("the message cannot be read"),
        },
        Kind::Webhook => match post(hub, &taken, &facts).await {
            Some(sent) => Tried::Sent(sent),
            None => Tried::Deferred(
                "this hub has no way out, or another key than the bell's secret was sealed with",
            ),
        },
        Kind::Email => letter::mail(hub, &taken, &facts).await,
    };
    follow::store(hub, taken, tried).await
}

/// What is to be sent, or why it must not be sent any more.
async fn look(hub: &Hub, taken: &Taken) -> Outcome<Result<Facts, &'static str>> {
    let _turn = hub.tries().turn_to_look().await;
    let Some(facts) = facts_of(hub, taken).await? else {
        return Ok(Err("the bell was removed"));
    };
    Ok(match refusal(hub, taken, &facts).await? {
        Some(reason) => Err(reason),
        None => Ok(facts),
    })
}

async fn facts_of(hub: &Hub, taken: &Taken) -> Outcome<Option<Facts>> {
    let (engagement, id) = (taken.engagement, taken.id);
    let row = hub
        .db()
        .read(move |sql| Box::pin(async move { store::facts(sql, engagement, id).await }))
        .await?;
    let row = row.filter(|row| row.opt_id::<uuid::Uuid>(2).is_ok_and(|id| id.is_some()));
    row.map(|row| Facts::read(&row)).transpose()
}

/// Why it must not be sent any more: whoever made the bell, or is told, may have left since it rang.
async fn refusal(hub: &Hub, taken: &Taken, facts: &Facts) -> Outcome<Option<&'static str>> {
    if facts.disabled {
        return Ok(Some("the bell is disabled"));
    }
    if taken.kind == Kind::Email && !facts.confirmed && !letter::asks_to_confirm(&facts.body) {
        return Ok(Some("the address was not confirmed"));
    }
    let (engagement, kind) = (taken.engagement, taken.kind);
    let people = (facts.created_by, taken.person());
    hub.db()
        .read(move |sql| Box::pin(async move { left(sql, engagement, kind, people).await }))
        .await
}

/// Why nothing is sent for a bell of this kind: who made it, or the person whom it is for, has left. The people are these two.
pub(super) async fn left(
    sql: &mut Sql<'_>,
    engagement: EngagementId,
    kind: Kind,
    (maker, person): (Option<PersonId>, Option<PersonId>),
) -> Outcome<Option<&'static str>> {
    if !belongs(sql, engagement, maker).await? {
        return Ok(Some(
            "whoever made the bell does not belong to the engagement any more",
        ));
    }
    if kind == Kind::Persona && !belongs(sql, engagement, person).await? {
        return Ok(Some(
            "whom the bell is for does not belong to the engagement any more",
        ));
    }
    Ok(None)
}

async fn belongs(
    sql: &mut Sql<'_>,
    engagement: EngagementId,
    person: Option<PersonId>,
) -> Outcome<bool> {
    match person {
        Some(person) => comment::store::belongs(sql, engagement, person).await,
        None => Ok(false),
    }
}

async fn post(hub: &Hub, taken: &Taken, facts: &Facts) -> Option<Sent> {
    let subscription = taken.subscription?;
    let outgoing = hub.outgoing()?;
    let now = hub.now();
    let secrets = secret::live(hub, taken.engagement, subscription, &facts.kept, now);
    if secrets.is_empty() {
        return None;
    }
    let posting = signed(taken.id, &taken.target, &facts.body, &secrets, now);
    Some(outgoing.post(posting).await)
}

/// A webhook's message, with the id that stays over all tries.
pub(super) fn signed(
    id: DeliveryId,
    url: &str,
    body: &str,
    secrets: &[bellboard_core::delivery::WebhookSecret],
    now: Timestamp,
) -> Posting {
    let signature = sign(secrets, &id.to_string(), now, body.as_bytes());
    Posting {
        url: url.to_owned(),
        headers: vec![
            ("content-type", "application/json".to_owned()),
            ("webhook-id", signature.id),
            ("webhook-timestamp", signature.timestamp),
            ("webhook-signature", signature.signature),
        ],
        body: body.as_bytes().to_vec(),
    }
}
