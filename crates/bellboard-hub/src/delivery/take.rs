//! Takes deliveries that are due, for a lease.

use bellboard_core::id::PersonId;

use super::store;
use super::{
    DashboardId, DeliveryId, EngagementId, Kind, LEASE, Lane, Outcome, Row, SubscriptionId,
};
use crate::Hub;
use crate::db::Engine;

/// A delivery that this hub may send until its lease is over.
#[derive(Debug, Clone)]
pub(crate) struct Taken {
    pub(super) engagement: EngagementId,
    pub(super) id: DeliveryId,
    pub(super) fence: i64,
    pub(super) kind: Kind,
    pub(super) target: String,
    /// Tries that ended before this one.
    pub(super) attempts: i64,
    pub(super) subscription: Option<SubscriptionId>,
    pub(super) dashboard: Option<DashboardId>,
}

/// Takes at most so many of a lane. What a dead hub left is taken too, in the slow lane. They are looked for where nobody
/// waits to write: however much waits, whoever writes waits only for what is taken.
pub(crate) async fn take(hub: &Hub, lane: Lane, limit: usize) -> Outcome<Vec<Taken>> {
    hub.tries().give_way().await;
    let now = hub.now();
    let limit = u32::try_from(limit).unwrap_or(u32::MAX);
    let looking = hub.db().read(move |sql| {
        Box::pin(async move {
            // What was left comes first: however much is due, it does not wait for ever.
            let mut found = match lane {
                Lane::Fresh => Vec::new(),
                Lane::Slow => store::left(sql, now, limit).await?,
            };
            let room = limit.saturating_sub(u32::try_from(found.len()).unwrap_or(limit));
            if room > 0 {
                found.extend(store::due(sql, lane, now, room).await?);
            }
            Outcome::Ok(found)
        })
    });
    let found = looking.await?;
    if found.is_empty() {
        return Ok(Vec::new());
    }
    hub.db()
        .write(move |sql| {
            Box::pin(async move {
                let rows = store::take(sql, &found, now, now + LEASE).await?;
                let taken: Vec<Taken> = rows.iter().map(Taken::read).collect::<Outcome<_>>()?;
                store::begin_attempts(sql, &taken, now).await?;
                Ok(taken)
            })
        })
        .await
}

/// Ends the leases that a dead hub left on SQLite: a file has one hub, which has taken nothing yet when it starts. On
/// PostgreSQL nobody knows who is dead, so leases end by themselves.
pub(crate) async fn end_left_leases(hub: &Hub) -> Outcome<()> {
    if hub.db().engine() == Engine::Postgres {
        return Ok(());
    }
    let now = hub.now();
    hub.db()
        .write(move |sql| Box::pin(async move { store::end_leases(sql, now).await }))
        .await
}

/// What an earlier hub could not send is due again, as this one may have the key or the way out that was missing; mail only
/// if this one has a server of mail.
pub(crate) async fn wake_deferred(hub: &Hub) -> Outcome<()> {
    const BATCH: u32 = 500;
    let Some(outgoing) = hub.outgoing() else {
        return Ok(());
    };
    let has_mail = outgoing.has_mail();
    loop {
        let now = hub.now();
        let woken = hub
            .db()
            .write(move |sql| {
                Box::pin(async move { store::wake_deferred(sql, has_mail, now, BATCH).await })
            })
            .await?;
        if woken < u64::from(BATCH) {
            return Ok(());
        }
    }
}

impl Taken {
    fn read(row: &Row) -> Outcome<Self> {
        Ok(Self {
            engagement: row.id(0)?,
            id: row.id(1)?,
            fence: row.int(2)?,
            kind: Kind::parse(&row.text(3)?)?,
            target: row.text(4)?,
            attempts: row.int(5)?,
            subscription: row.opt_id(6)?,
            dashboard: row.opt_id(7)?,
        })
    }

    /// The person that a persona's delivery is for.
    pub(super) fn person(&self) -> Option<PersonId> {
        self.target.parse().ok()
    }
}
