//! What whoever reads a mail decides, without an account: whether bells may come to their address at all, and that no more
//! are to come. The link is the proof; looking at it changes nothing.

use std::time::Duration;

use bellboard_core::id::{DashboardId, DeliveryId, SubscriptionId};
use sha2::{Digest as _, Sha256};

use super::letter::confirm_body;
use super::secret;
use super::store::{self, NewDelivery};
use crate::Hub;
use crate::access::Member;
use crate::call::Call;
use crate::db::Sql;
use crate::fault::{Fault, Outcome};

/// Mails that ask one address within a day and an engagement, at most: each promises that no other need be answered.
const QUESTIONS_A_DAY: i64 = 3;
const A_DAY: Duration = Duration::from_hours(24);

/// Makes the links of a new address and queues the mail that asks it, in the transaction that makes its subscription. Refused
/// while too many such mails went there and nobody answered, or wait.
pub async fn ask_to_confirm(
    sql: &mut Sql<'_>,
    call: &Call,
    member: &Member,
    (subscription, dashboard): (SubscriptionId, DashboardId),
    address: &str,
) -> Outcome<()> {
    let engagement = member.engagement_id();
    let question = hash_of(&confirm_body());
    let place = (engagement, address);
    let asked = store::asked(sql, place, question, call.now - A_DAY).await?;
    if asked >= QUESTIONS_A_DAY && !store::is_confirmed(sql, place).await? {
        return Err(Fault::conflict(
            "not_confirmed",
            format!(
                "{asked} mails that ask this address whether it wants bells went out within a day, or wait, and none was \
                 answered with yes. Let whoever reads it answer one that names a bell of yours, or try again a day later."
            ),
        ));
    }
    let seed = secret::new_seed(&call.hub, engagement, subscription)?;
    store::keep_seed(sql, engagement, subscription, &seed).await?;
    let delivery = NewDelivery {
        engagement,
        id: DeliveryId::from_uuid(call.new_id()),
        subscription,
        dashboard,
        kind: "email",
        target: address,
        body: &confirm_body(),
        now: call.now,
    };
    store::queue(sql, &delivery).await?;
    call.hub.tries().wake();
    Ok(())
}

/// Which bell a link in a mail is about.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct BellLink {
    /// The dashboard's title.
    pub dashboard_title: String,
    /// The address that the bell is for.
    pub address: String,
}

/// What a link is about; 404 for one that is none of ours. It changes nothing.
pub async fn look_at_bell(hub: &Hub, token: &str) -> Outcome<BellLink> {
    let hash = hash_of(token);
    let row = hub
        .db()
        .read(move |sql| Box::pin(async move { store::linked(sql, hash).await }))
        .await?;
    let row = row.ok_or_else(Fault::not_found)?;
    Ok(BellLink {
        dashboard_title: row.text(0)?,
        address: row.text(1)?,
    })
}

/// The address wants bells. Confirming twice is confirming once.
pub async fn confirm_bell(hub: &Hub, token: &str) -> Outcome<BellLink> {
    let (hash, now) = (hash_of(token), hub.now());
    let link = look_at_bell(hub, token).await?;
    hub.db()
        .write(move |sql| Box::pin(async move { store::confirm(sql, hash, now).await }))
        .await?;
    Ok(link)
}

/// The address wants no more bells. What waits for it is not sent.
pub async fn end_bell(hub: &Hub, token: &str) -> Outcome<BellLink> {
    let (hash, now) = (hash_of(token), hub.now());
    let link = look_at_bell(hub, token).await?;
    hub.db()
        .write(move |sql| {
            Box::pin(async move {
                for row in store::end(sql, hash, now).await? {
                    store::cancel_waiting(sql, row.id(0)?, row.id(1)?, "cancelled", now).await?;
                }
                Ok::<_, Fault>(())
            })
        })
        .await?;
    Ok(link)
}

fn hash_of(token: &str) -> [u8; 32] {
    Sha256::digest(token).into()
}
