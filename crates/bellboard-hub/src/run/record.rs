//! The one road on which a run changes: read it, ask the rule, write it with everything that follows from the change, in
//! one transaction. A writer who lost the race for a row reads again and asks the rule again.

use bellboard_core::id::{EngagementId, NotificationId, PersonId, RunId};
use bellboard_core::membership::{Capability, holders};
use bellboard_core::run::Outcome as RunOutcome;
use bellboard_core::run::lifecycle::is_follow_up;
use bellboard_core::run::liveness::LostReason;
use bellboard_core::run::{Grade, Status};
use bellboard_core::time::Timestamp;
use uuid::Uuid;

use super::store;
use super::view::RunView;
use crate::access::Member;
use crate::ask;
use crate::db::Sql;
use crate::event::{self, HintKind};
use crate::fault::{Fault, Outcome};
use crate::home::store::Need;
use crate::home::{self, Zone};
use crate::notification::{self, NewNotification, Place};
use crate::world::World;

/// How often a writer reads again before it gives up. Of any number of racing writers one wins each round, so this is
/// reached only when more writers than this meet at one run at once.
pub(super) const ROUNDS: usize = 200;

/// Who is said to have dealt with a failure that a later success has settled.
const SETTLED_BY: &str = "A later success";

/// What becomes of a row: the fields that a report or a finish may change.
#[derive(Debug, Clone)]
pub(super) struct Change {
    pub(super) status: Status,
    pub(super) outcome: Option<RunOutcome>,
    pub(super) grade: Option<Grade>,
    pub(super) lost: bool,
    pub(super) counts: String,
    pub(super) failures: String,
    pub(super) context: String,
    pub(super) sequence: i64,
    pub(super) started_at: Option<Timestamp>,
    pub(super) completed_at: Option<Timestamp>,
    pub(super) last_seen_at: Timestamp,
    pub(super) heard_at: Timestamp,
    /// Who told the end, when it was a person.
    pub(super) finished_by: Option<PersonId>,
}

impl Change {
    /// What makes the stored row this run. Of the run as it was read, a change that so far changes nothing.
    pub(super) fn to(run: &RunView) -> Outcome<Self> {
        Ok(Self {
            status: run.status,
            outcome: run.outcome,
            grade: run.grade,
            lost: run.lost,
            counts: json(&run.summary_counts)?,
            failures: json(&run.failures)?,
            context: json(&run.context)?,
            sequence: run.sequence,
            started_at: run.started_at,
            completed_at: run.completed_at,
            last_seen_at: run.last_seen_at,
            heard_at: run.heard_at,
            finished_by: None,
        })
    }
}

/// One entry of "What happened".
pub(crate) struct RunEvent {
    pub(crate) kind: &'static str,
    pub(crate) summary: String,
    pub(crate) diagnostics: Option<String>,
    pub(crate) at: Timestamp,
}

/// The run, which the proof says the caller may see.
pub(super) async fn load(
    sql: &mut Sql<'_>,
    member: &Member,
    run: RunId,
    now: Timestamp,
) -> Outcome<RunView> {
    let row = store::one(sql, member, run)
        .await?
        .ok_or_else(Fault::not_found)?;
    RunView::read(&row, now)
}

/// Everything that follows from the end of a run: counts, the need, the one notification, the hints.
pub(super) async fn settle_end(
    sql: &mut Sql<'_>,
    world: &dyn World,
    run: &RunView,
    outcome: RunOutcome,
    reason: Option<LostReason>,
    at: Timestamp,
) -> Outcome<()> {
    let id = run.id.uuid();
    let engagement = run.engagement_id;
    // Hints are forgotten by their age: an end that is told late is still news.
    let now = world.now();
    if let Some(subject) = subject_of(run) {
        sql.hold(subject_number(engagement, subject)).await?;
    }
    home::store::count(sql, engagement, Zone::Active, &run.item_kind, id, -1).await?;
    home::store::count(sql, engagement, Zone::Recent, "run", id, 1).await?;
    super::silent::no_longer_silent(sql, run, now).await?;
    if run.claimable {
        store::end_claim(sql, engagement, run.id).await?;
    }
    if run.waiting_for.is_some() {
        ask::withdraw_of_run(sql, world, engagement, run.id).await?;
    }
    let words = ending_words(outcome, reason);
    if is_follow_up(outcome) {
        let detail = first_failure(run).unwrap_or_else(|| words.to_owned());
        await_a_look(sql, world, run, &detail, at).await?;
    }
    if outcome == RunOutcome::Succeeded {
        settle_earlier(sql, world, run, at).await?;
    }
    let watchers = super::store::watchers(sql, engagement, run.id).await?;
    for person in run.initiator_id.into_iter().chain(watchers) {
        let follow_up = is_follow_up(outcome);
        let notification = NewNotification {
            id: NotificationId::from_uuid(world.new_id()),
            engagement_id: engagement,
            subject_id: id,
            place: Place::run(run.id),
            person_id: person,
            kind: if follow_up {
                "run_follow_up"
            } else {
                "run_finished"
            },
            title: format!("{}: {words}", run.label),
            detail: if follow_up {
                "Finished, needs a look."
            } else {
                "Done, nothing to do."
            }
            .to_owned(),
            created_at: at,
        };
        notification::store::insert(sql, &notification).await?;
    }
    event::store::append(sql, engagement, HintKind::RunEnded, id, now).await
}

/// Puts a failure into needs-you, unless it is told after a later success that has settled it already.
async fn await_a_look(
    sql: &mut Sql<'_>,
    world: &dyn World,
    run: &RunView,
    detail: &str,
    at: Timestamp,
) -> Outcome<()> {
    let (engagement, id) = (run.engagement_id, run.id.uuid());
    let subject = subject_of(run);
    if let Some(subject) = subject
        && store::has_succeeded_since(sql, engagement, subject, at).await?
    {
        return settle(sql, world, run.engagement_id, run.id, at).await;
    }
    let need = Need {
        kind: run.run_type.needs_you_kind(),
        item_id: id,
        label: &run.label,
        detail,
        subject,
        created_at: at,
        audience: holders(Capability::Decide),
        for_person: None,
    };
    home::store::need(sql, engagement, &need).await?;
    event::store::append(sql, engagement, HintKind::NeedsYouChanged, id, world.now()).await
}

/// A success settles the earlier failures of the same subject, and their pages say by what.
async fn settle_earlier(
    sql: &mut Sql<'_>,
    world: &dyn World,
    success: &RunView,
    at: Timestamp,
) -> Outcome<()> {
    let Some(subject) = subject_of(success) else {
        return Ok(());
    };
    let engagement = success.engagement_id;
    let begun_at = success.started_at.unwrap_or(success.created_at);
    let settled = home::store::settle_subject(sql, engagement, subject, begun_at).await?;
    for item in settled {
        settle(sql, world, engagement, RunId::from_uuid(item), at).await?;
        event::store::append(
            sql,
            engagement,
            HintKind::NeedsYouChanged,
            item,
            world.now(),
        )
        .await?;
    }
    Ok(())
}

/// What a success of the run would settle the failures of, if a success settles them at all.
fn subject_of(run: &RunView) -> Option<&[u8]> {
    run.subject.as_deref().filter(|_| !run.manual_review)
}

/// The number that whoever ends a run of the subject holds, so that of a failure and a success that end at the same
/// moment one sees the other. Subjects that share a number by chance only wait for each other.
fn subject_number(engagement: EngagementId, subject: &[u8]) -> i64 {
    let word = |bytes: &[u8]| {
        let first: Vec<u8> = bytes.iter().copied().take(8).collect();
        i64::from_be_bytes(first.try_into().unwrap_or_default())
    };
    word(&engagement.uuid().as_bytes()[8..]) ^ word(subject)
}

/// Says on a failed run that a later success has settled it.
async fn settle(
    sql: &mut Sql<'_>,
    world: &dyn World,
    engagement: EngagementId,
    run: RunId,
    at: Timestamp,
) -> Outcome<()> {
    store::settle(sql, engagement, run, SETTLED_BY, at).await?;
    let event = RunEvent {
        kind: "settled",
        summary: "Settled by a later success".to_owned(),
        diagnostics: None,
        at,
    };
    store::insert_event(sql, engagement, run, world.new_id(), SETTLED_BY, &event).await
}

/// Adds an entry to "What happened".
pub(super) async fn note(
    sql: &mut Sql<'_>,
    run: &RunView,
    actor: &str,
    id: Uuid,
    event: RunEvent,
) -> Outcome<()> {
    store::insert_event(sql, run.engagement_id, run.id, id, actor, &event).await
}

/// Adds an entry that another concept has to tell, and a hint. Nothing happens to a run that was forgotten meanwhile.
pub(crate) async fn tell(
    sql: &mut Sql<'_>,
    world: &dyn World,
    engagement: EngagementId,
    run: RunId,
    actor: &str,
    event: &RunEvent,
) -> Outcome<()> {
    if !store::is_here(sql, engagement, run).await? {
        return Ok(());
    }
    store::insert_event(sql, engagement, run, world.new_id(), actor, event).await?;
    event::store::append(
        sql,
        engagement,
        HintKind::RunProgress,
        run.uuid(),
        world.now(),
    )
    .await
}

/// How an ending reads.
pub(super) fn ending_words(outcome: RunOutcome, reason: Option<LostReason>) -> &'static str {
    match (reason, outcome) {
        (Some(reason), _) => reason.message(),
        (None, RunOutcome::Succeeded) => "finished",
        (None, RunOutcome::PartiallySucceeded) => "finished with follow-up",
        (None, RunOutcome::Blocked) => "blocked",
        (None, RunOutcome::Failed) => "failed",
        (None, RunOutcome::Cancelled) => "cancelled",
    }
}

fn first_failure(run: &RunView) -> Option<String> {
    run.failures
        .as_slice()
        .first()
        .map(|failure| failure.message.to_string())
}

pub(super) fn json<T: serde::Serialize>(value: &T) -> Outcome<String> {
    serde_json::to_string(value).map_err(Fault::internal)
}

/// The answer to a writer who met others at the same row too often.
pub(crate) fn too_busy() -> Fault {
    Fault::from(crate::db::DbFault::Conflict)
}

/// A time told by a reporter: not before 1 January 2020 and not more than five minutes ahead of the hub's clock.
pub(super) fn reported_time(
    field: &str,
    told: Option<Timestamp>,
    now: Timestamp,
) -> Outcome<Timestamp> {
    const EARLIEST: i64 = 1_577_836_800_000_000;
    const AHEAD: std::time::Duration = std::time::Duration::from_mins(5);
    match told {
        None => Ok(now),
        Some(at) if at.micros() < EARLIEST || at > now + AHEAD => Err(Fault::invalid(
            field,
            format!(
                "{at} cannot be right; the hub's clock shows {now}. Check the clock of the reporting machine."
            ),
        )),
        Some(at) => Ok(at.min(now)),
    }
}
