//! The timer: takes the snapshots that are due, each once over all replicas, and records those that were missed. A missed
//! hour is never made up.

use std::collections::{BTreeSet, HashSet};

use bellboard_core::dashboard::MISSED_AT_MOST;
use bellboard_core::id::{DashboardId, EngagementId};
use bellboard_core::membership::{Capability, allows};
use bellboard_core::page::{Cursor, CursorScope, Limit, Page};
use bellboard_core::time::Timestamp;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use uuid::Uuid;

use super::take::{Asked, Prepared, TURNS, prepare, record};
use super::{Reason, store};
use crate::Hub;
use crate::access::{self, Reach, designations};
use crate::call::Call;
use crate::dashboard::{self, DashboardView};
use crate::db::{Row, Sql};
use crate::fault::{Outcome, again};
use crate::paging::{self, page_of_rows};
use crate::person::NoInput;
use crate::verbs::{ObjectConcept, View};

/// So many dashboards are looked at in one round.
const ROUND: u32 = 200;

/// What a round of the timer did.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, JsonSchema)]
pub struct DueView {
    /// Snapshots that were taken.
    pub taken: u64,
    /// Hours that nobody took, now on record as missing.
    pub missed: u64,
}

impl View for DueView {}

/// Which hours.
#[derive(Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct ListMissed {
    /// Of which dashboard.
    pub dashboard_id: DashboardId,
    /// How many at most, 1 to 100; 50 when absent.
    #[serde(default)]
    pub limit: Limit,
    /// Where to go on: `next_cursor` of the page before.
    #[serde(default)]
    pub cursor: Option<String>,
}

/// An hour without a snapshot.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, JsonSchema)]
pub struct MissedView {
    /// When it was due.
    pub due_at: Timestamp,
    /// When the hub noticed.
    pub noticed_at: Timestamp,
    /// Why there is none.
    pub reason: String,
}

/// A dashboard whose time has come.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
struct Due {
    engagement: EngagementId,
    dashboard: DashboardId,
    at: Timestamp,
}

impl Due {
    fn read(row: &Row) -> Outcome<Self> {
        Ok(Self {
            engagement: row.id(0)?,
            dashboard: row.id(1)?,
            at: row.time(2)?,
        })
    }
}

/// Takes every snapshot that is due in the whole hub.
pub async fn take_due(hub: &Hub) -> Outcome<DueView> {
    let now = hub.now();
    let mut done = DueView::default();
    let mut tried = HashSet::new();
    loop {
        let rows = hub
            .db()
            .read(move |sql| Box::pin(async move { store::due(sql, now, ROUND).await }))
            .await?;
        let due = rows.iter().map(Due::read).collect::<Outcome<Vec<_>>>()?;
        let fresh: Vec<Due> = due.into_iter().filter(|one| tried.insert(*one)).collect();
        if fresh.is_empty() {
            return Ok(done);
        }
        for one in fresh {
            take_one(hub, one, now, &mut done).await;
        }
    }
}

/// `take_due_snapshots`: the same where the caller may report, for those who have a timer of their own.
pub async fn take_due_snapshots(call: Call, _: NoInput) -> Outcome<DueView> {
    let (hub, now) = (call.hub.clone(), call.now);
    let reach = Reach::of(&call, None)?;
    let mut done = DueView::default();
    // What others have to take stays due, and keeps nobody from what comes behind it.
    let mut behind = (
        Timestamp::from_micros(i64::MIN),
        DashboardId::from_uuid(Uuid::nil()),
    );
    loop {
        let rows = hub
            .db()
            .read(move |sql| {
                Box::pin(async move { store::due_within(sql, &reach, behind, now, ROUND).await })
            })
            .await?;
        for row in &rows {
            let due = Due::read(row)?;
            behind = (due.at, due.dashboard);
            if allows(designations(row.int(3)?)?, Capability::Report) {
                take_one(&hub, due, now, &mut done).await;
            }
        }
        if rows.len() < ROUND as usize {
            return Ok(done);
        }
    }
}

/// One that fails does not keep the others from being taken.
async fn take_one(hub: &Hub, due: Due, now: Timestamp, done: &mut DueView) {
    match again(TURNS, || take(hub, due, now)).await {
        Ok(taken) => {
            done.taken += taken.taken;
            if taken.taken > 0 {
                hub.tries().wake();
            }
            done.missed += taken.missed;
        }
        Err(fault) => {
            tracing::warn!(dashboard = %due.dashboard, %fault, "a snapshot that is due could not be taken");
        }
    }
}

async fn take(hub: &Hub, due: Due, now: Timestamp) -> Outcome<DueView> {
    let _first = hub.tries().write_first();
    let prepared = hub
        .db()
        .read_consistent(move |sql| {
            Box::pin(async move { prepare(sql, due.engagement, due.dashboard, now).await })
        })
        .await;
    let prepared = match prepared {
        // What keeps the hub from reading keeps it from writing: the hour stays due.
        Err(fault) if !fault.is_refusal() => return Err(fault),
        other => other,
    };
    let writing = hub.clone();
    hub.db()
        .write(move |sql| Box::pin(async move { settle(sql, &writing, due, now, prepared).await }))
        .await
}

/// Takes the newest due time and records the earlier ones as missed. Exactly one replica moves the dashboard on.
async fn settle(
    sql: &mut Sql<'_>,
    hub: &Hub,
    due: Due,
    now: Timestamp,
    prepared: Outcome<Prepared>,
) -> Outcome<DueView> {
    let (engagement, id) = (due.engagement, due.dashboard);
    dashboard::store::hold(sql, engagement, id).await?;
    let dashboard = dashboard::load(sql, engagement, id).await?;
    if dashboard.next_due_at != Some(due.at) {
        return Ok(DueView::default());
    }
    let (mut times, behind) = due_times(&dashboard, due.at, now);
    let next = behind.or_else(|| dashboard.next_due_after(now));
    store::next_due(sql, engagement, id, next).await?;
    // When one list does not hold them all, these were missed, and the next round goes on behind them.
    let newest = if behind.is_some() { None } else { times.pop() };
    for time in &times {
        let reason = "Nobody was there to take it.";
        store::miss(sql, (engagement, id), *time, now, reason).await?;
    }
    let mut done = DueView {
        taken: 0,
        missed: times.len() as u64,
    };
    let Some(newest) = newest else {
        return Ok(done);
    };
    let prepared = match prepared {
        Ok(prepared) => prepared,
        Err(fault) => {
            store::miss(sql, (engagement, id), newest, now, &fault.to_string()).await?;
            done.missed += 1;
            return Ok(done);
        }
    };
    let asked = Asked {
        hub,
        member: None,
        reason: Reason::Timer,
        due_at: Some(newest),
        now,
    };
    let snapshot = record(sql, &asked, &dashboard, &prepared).await?;
    done.taken = u64::from(snapshot.is_some());
    Ok(done)
}

/// The times that are due by now, the first of them at `from`. After a long absence there are more than one list holds: then
/// also the first one behind them.
fn due_times(
    dashboard: &DashboardView,
    from: Timestamp,
    now: Timestamp,
) -> (Vec<Timestamp>, Option<Timestamp>) {
    let metadata = &dashboard.metadata;
    let (policy, zone) = (&metadata.snapshot_policy, metadata.zone.get());
    let just_before = Timestamp::from_micros(from.micros() - 1);
    let times = policy.due_between(just_before, now, &zone);
    let last = times.last().filter(|_| times.len() >= MISSED_AT_MOST);
    let behind = last.and_then(|last| policy.next_due(*last, &zone));
    let behind = behind.filter(|next| *next <= now);
    (times, behind)
}

/// Records as missed what is due by now and was not taken, before a dashboard that is held gets other times.
pub(crate) async fn miss_due(
    sql: &mut Sql<'_>,
    dashboard: &DashboardView,
    now: Timestamp,
) -> Outcome<()> {
    let place = (dashboard.engagement_id, dashboard.id);
    let reason = "Other times were set before anybody took it.";
    let mut next = dashboard.next_due_at.filter(|at| *at <= now);
    while let Some(from) = next {
        let (times, behind) = due_times(dashboard, from, now);
        for time in times {
            store::miss(sql, place, time, now, reason).await?;
        }
        next = behind;
    }
    Ok(())
}

/// `list_missed_snapshots`.
pub async fn list_missed_snapshots(call: Call, input: ListMissed) -> Outcome<Page<MissedView>> {
    let person = call.signed_in()?.person_id;
    let id = input.dashboard_id;
    let filter = id.to_string();
    let scope = CursorScope {
        list: "missed_snapshots",
        person,
        filter: &filter,
    };
    let after = paging::after(input.cursor.as_deref(), &scope);
    let limit = input.limit;
    let hub = call.hub.clone();
    let found = hub
        .db()
        .read(move |sql| {
            Box::pin(async move {
                let concept = ObjectConcept::Dashboard;
                let member = access::object(sql, &call, concept, id.uuid()).await?;
                let place = (member.engagement_id(), id);
                store::missed(sql, place, after?, limit.get() + 1).await
            })
        })
        .await?;
    page_of_rows(
        &found,
        limit,
        &scope,
        |row| {
            Ok(MissedView {
                due_at: row.time(0)?,
                noticed_at: row.time(1)?,
                reason: row.text(2)?,
            })
        },
        |one| Cursor {
            at: one.due_at,
            id: Uuid::nil(),
        },
    )
}

/// Forgets snapshots and missed hours whose time is over; how many.
pub async fn forget_expired(hub: &Hub) -> Outcome<u64> {
    let now = hub.now();
    let mut forgotten = 0;
    loop {
        let gone: Outcome<u64> = hub
            .db()
            .write(move |sql| Box::pin(async move { forget(sql, now).await }))
            .await;
        match gone? {
            0 => return Ok(forgotten),
            some => forgotten += some,
        }
    }
}

/// Forgets some of them; how many. Their dashboards are held first, in the order of their ids: a snapshot that is being taken
/// may show one of their pictures again, and is seen only when it is committed.
async fn forget(sql: &mut Sql<'_>, now: Timestamp) -> Outcome<u64> {
    let missed = store::forget_missed(sql, now).await?;
    let mut held: BTreeSet<(DashboardId, EngagementId)> = BTreeSet::new();
    for row in &store::expired(sql, now).await? {
        held.insert((row.id(1)?, row.id(0)?));
    }
    if held.is_empty() {
        return Ok(missed);
    }
    for (dashboard, engagement) in &held {
        dashboard::store::hold(sql, *engagement, *dashboard).await?;
    }
    let mut forgotten = missed;
    // Asked again: what was needed or forgotten while these were waited for is left alone.
    for row in &store::expired(sql, now).await? {
        let (engagement, id): (EngagementId, DashboardId) = (row.id(0)?, row.id(1)?);
        if held.contains(&(id, engagement)) {
            store::remove(sql, (engagement, id), row.id(2)?, &row.blob(3)?).await?;
            forgotten += 1;
        }
    }
    Ok(forgotten)
}
