//! Taking a snapshot: the picture is made outside of the writing transaction; in it the snapshot is compared with the one
//! before, kept, and every subscription is evaluated, so that a bell and its snapshot are one truth.

use bellboard_core::content::ContentDigest;
use bellboard_core::dashboard::{MetricChange, Picture, Summary, ViewSpec, summarise};
use bellboard_core::id::{DashboardId, EngagementId, PersonId, SnapshotId};
use bellboard_core::time::Timestamp;
use sha2::{Digest as _, Sha256};

use super::{Reason, SnapshotDetail, SnapshotView, load, store};
use crate::Hub;
use crate::access::{self, Member};
use crate::call::Call;
use crate::dashboard::{self, DashboardView, OfDashboard, source};
use crate::db::Sql;
use crate::delivery;
use crate::event::{self, HintKind};
use crate::fault::{Fault, Outcome, again};
use crate::subscription;
use crate::verbs::ObjectConcept;

/// How often a picture is made that others overtake.
pub(super) const TURNS: u32 = 8;

/// A snapshot that is about to be kept.
pub(super) struct NewSnapshot<'a> {
    pub(super) engagement: EngagementId,
    pub(super) dashboard: DashboardId,
    pub(super) id: SnapshotId,
    pub(super) number: i64,
    pub(super) digest: [u8; 32],
    pub(super) captured_at: Timestamp,
    pub(super) taken_by: Option<PersonId>,
    pub(super) taken_by_name: &'a str,
    pub(super) reason: Reason,
    pub(super) due_at: Option<Timestamp>,
    pub(super) previous: Option<SnapshotId>,
    pub(super) unchanged: bool,
    pub(super) summary: Option<&'a Summary>,
}

/// A snapshot that was kept a moment ago, for those who are told of it.
pub(crate) struct Taken<'a> {
    pub(crate) hub: &'a Hub,
    pub(crate) dashboard: &'a DashboardView,
    pub(crate) snapshot: &'a SnapshotView,
    pub(crate) picture: &'a Picture,
    /// What differs from the one before; none for the first.
    pub(crate) summary: Option<&'a Summary>,
}

/// A picture that was made for a snapshot.
#[derive(Clone)]
pub(super) struct Prepared {
    pub(super) spec: ViewSpec,
    pub(super) picture: Picture,
    text: String,
    digest: [u8; 32],
    /// Where the dashboard stood before its rows were read; none when they are replaced together with the snapshot.
    stood: Option<Standing>,
}

impl Prepared {
    /// A picture of rows that are replaced in the transaction that keeps it.
    pub(super) fn of(spec: ViewSpec, picture: Picture) -> Self {
        let text = picture.canonical();
        let digest = Sha256::digest(text.as_bytes()).into();
        Self {
            spec,
            picture,
            text,
            digest,
            stood: None,
        }
    }

    /// Whether another picture was kept, or other rows were pushed, since this one was made. Kept behind them it would be
    /// the newest without being what the dashboard shows, and bells would ring there and back.
    async fn is_overtaken(
        &self,
        sql: &mut Sql<'_>,
        place: (EngagementId, DashboardId),
        newest: Option<&SnapshotView>,
    ) -> Outcome<bool> {
        let Some(stood) = &self.stood else {
            return Ok(false);
        };
        let stands = Standing::load(sql, place).await?;
        // Those who take the same picture at once are in nobody's way.
        let shows_the_same = newest.is_some_and(|newest| newest.digest == self.digest);
        let went_on = stands.newest != stood.newest && !shows_the_same;
        Ok(went_on || stands.rows != stood.rows)
    }
}

/// How far a dashboard has come.
#[derive(Clone, Default)]
struct Standing {
    /// The number of its newest snapshot.
    newest: Option<i64>,
    /// The format and the hash of the rows that were pushed last.
    rows: (Option<String>, Option<Vec<u8>>),
}

impl Standing {
    async fn load(sql: &mut Sql<'_>, place: (EngagementId, DashboardId)) -> Outcome<Self> {
        let Some(row) = store::standing(sql, place).await? else {
            return Ok(Self::default());
        };
        Ok(Self {
            newest: row.opt_int(0)?,
            rows: (row.opt_text(1)?, row.opt_blob(2)?),
        })
    }
}

/// Who takes a snapshot, and why.
pub(super) struct Asked<'a> {
    pub(super) hub: &'a Hub,
    /// None for the timer.
    pub(super) member: Option<&'a Member>,
    pub(super) reason: Reason,
    pub(super) due_at: Option<Timestamp>,
    pub(super) now: Timestamp,
}

/// `take_snapshot`.
pub async fn take_snapshot(call: Call, input: OfDashboard) -> Outcome<SnapshotDetail> {
    let id = input.dashboard_id;
    let (snapshot, picture) = again(TURNS, || take_once(&call, id)).await?;
    tell(&call.hub, &snapshot).await;
    Ok(SnapshotDetail {
        new: true,
        ..SnapshotDetail::of(snapshot, picture)
    })
}

/// Makes the picture and keeps it, unless others overtake it.
async fn take_once(call: &Call, id: DashboardId) -> Outcome<(SnapshotView, Picture)> {
    let _first = call.hub.tries().write_first();
    let asking = call.clone();
    let prepared = call
        .hub
        .db()
        .read_consistent(move |sql| {
            Box::pin(async move {
                let concept = ObjectConcept::Dashboard;
                let member = access::object(sql, &asking, concept, id.uuid()).await?;
                prepare(sql, member.engagement_id(), id, asking.now).await
            })
        })
        .await?;
    let (kept, acting) = (prepared.clone(), call.clone());
    let taken = call
        .hub
        .db()
        .write(move |sql| {
            Box::pin(async move {
                let concept = ObjectConcept::Dashboard;
                let member = access::object(sql, &acting, concept, id.uuid()).await?;
                let asked = Asked {
                    hub: &acting.hub,
                    member: Some(&member),
                    reason: Reason::Manual,
                    due_at: None,
                    now: acting.now,
                };
                let dashboard = held(sql, member.engagement_id(), id).await?;
                record(sql, &asked, &dashboard, &kept).await
            })
        })
        .await?;
    Ok((taken.ok_or_else(busy)?, prepared.picture))
}

/// Makes the picture of a dashboard at this moment. Its rows come with several statements, which must see one state of the
/// database.
pub(super) async fn prepare(
    sql: &mut Sql<'_>,
    engagement: EngagementId,
    id: DashboardId,
    now: Timestamp,
) -> Outcome<Prepared> {
    // Of the same state as the rows: what is written behind it is noticed.
    let stood = Standing::load(sql, (engagement, id)).await?;
    let dashboard = dashboard::load(sql, engagement, id).await?;
    dashboard.require_in_use()?;
    let spec = dashboard.view_spec_json;
    let rows = source::rows(sql, (engagement, id), &spec, now).await?;
    let picture = spec
        .answer(&rows)
        .map_err(|fault| source::refused(&fault))?;
    Ok(Prepared {
        stood: Some(stood),
        ..Prepared::of(spec, picture)
    })
}

/// The dashboard, held until the transaction ends: its snapshots come one after the other.
pub(super) async fn held(
    sql: &mut Sql<'_>,
    engagement: EngagementId,
    id: DashboardId,
) -> Outcome<DashboardView> {
    dashboard::store::hold(sql, engagement, id).await?;
    let dashboard = dashboard::load(sql, engagement, id).await?;
    dashboard.require_in_use()?;
    Ok(dashboard)
}

/// Keeps the picture as the newest snapshot of a dashboard that is held, and tells whom it concerns; none when another
/// replica has taken this hour. What was overtaken is refused as busy, and nothing is kept.
pub(super) async fn record(
    sql: &mut Sql<'_>,
    asked: &Asked<'_>,
    dashboard: &DashboardView,
    prepared: &Prepared,
) -> Outcome<Option<SnapshotView>> {
    if dashboard.view_spec_json != prepared.spec {
        return Err(busy());
    }
    let (engagement, id) = (dashboard.engagement_id, dashboard.id);
    let newest = store::newest(sql, engagement, id).await?;
    let newest = newest.as_ref().map(SnapshotView::read).transpose()?;
    let place = (engagement, id);
    if prepared.is_overtaken(sql, place, newest.as_ref()).await? {
        return Err(busy());
    }
    let summary = match &newest {
        None => None,
        Some(before) if before.digest == prepared.digest => {
            Some(nothing_changed(&prepared.picture))
        }
        Some(before) => Some(summarise(
            &picture_of(sql, before).await?,
            &prepared.picture,
        )),
    };
    let new = NewSnapshot {
        engagement,
        dashboard: id,
        id: SnapshotId::from_uuid(asked.hub.world().new_id()),
        number: number_after(newest.as_ref())?,
        digest: prepared.digest,
        captured_at: moment_after(newest.as_ref(), asked.now),
        taken_by: asked.member.map(Member::person_id),
        taken_by_name: asked.member.map_or("Timer", Member::name),
        reason: asked.reason,
        due_at: asked.due_at,
        previous: newest.as_ref().map(|before| before.id),
        unchanged: summary.as_ref().is_some_and(|summary| summary.unchanged),
        summary: summary.as_ref(),
    };
    store::keep_picture(sql, &new, &prepared.text, &prepared.picture).await?;
    if !store::insert(sql, &new).await? {
        return Ok(None);
    }
    let snapshot = load(sql, engagement, new.id).await?;
    let taken = Taken {
        hub: asked.hub,
        dashboard,
        snapshot: &snapshot,
        picture: &prepared.picture,
        summary: summary.as_ref(),
    };
    let rang = subscription::ring(sql, &taken).await?;
    let kind = HintKind::SnapshotTaken;
    event::store::append(sql, engagement, kind, id.uuid(), asked.now).await?;
    Ok(Some(SnapshotView { rang, ..snapshot }))
}

/// Waits a short time until its bells are told.
pub(super) async fn tell(hub: &Hub, snapshot: &SnapshotView) {
    if snapshot.rang > 0 {
        delivery::inline(hub, snapshot.engagement_id, snapshot.id).await;
    }
}

/// What a kept snapshot shows.
pub(crate) async fn picture_of(sql: &mut Sql<'_>, snapshot: &SnapshotView) -> Outcome<Picture> {
    let place = (snapshot.engagement_id, snapshot.dashboard_id);
    let row = store::picture_by_hash(sql, place, &snapshot.digest).await?;
    let row = row.ok_or_else(|| {
        let hash = ContentDigest::from_bytes(snapshot.digest).hex();
        Fault::internal(format!("the picture {hash} is not kept"))
    })?;
    Picture::from_canonical(&row.text(0)?).map_err(Fault::internal)
}

/// The summary of two equal pictures.
pub(crate) fn nothing_changed(picture: &Picture) -> Summary {
    let value = picture.primary_metric().value;
    Summary {
        unchanged: true,
        primary_metric: MetricChange {
            before: value,
            after: value,
        },
        ..Summary::default()
    }
}

fn number_after(newest: Option<&SnapshotView>) -> Outcome<i64> {
    let newest = newest.map_or(0, |before| before.number);
    i64::try_from(newest + 1).map_err(Fault::internal)
}

/// Snapshots of one dashboard have times of their own, in the order of their numbers, also when the clock stands or is set
/// back.
fn moment_after(newest: Option<&SnapshotView>, now: Timestamp) -> Timestamp {
    newest.map_or(now, |before| {
        now.max(Timestamp::from_micros(before.captured_at.micros() + 1))
    })
}

fn busy() -> Fault {
    Fault::busy("The dashboard was changed at this moment. Nothing was kept; try again.")
}
