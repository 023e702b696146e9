//! One run as it is shown: the same struct for JSON, MCP and HTML, with the progress contract's answer in it, so that no
//! surface derives anything by itself.

use std::time::Duration;

use bellboard_core::id::{EngagementId, PersonId, RunId};
use bellboard_core::run::claim::Claim;
use bellboard_core::run::identity::IdentityMode;
use bellboard_core::run::lifecycle::State;
use bellboard_core::run::liveness::{
    Liveness, LivenessPolicy, SignsOfLife, fresh_until, kept_until, liveness,
};
use bellboard_core::run::progress::{PhaseStep, Progress, ProgressFacts, progress};
use bellboard_core::run::{Failures, Grade, Outcome, RunType, Status, SummaryCounts};
use bellboard_core::time::Timestamp;
use schemars::JsonSchema;
use serde::Serialize;
use serde_json::{Map, Value};

use super::verify::EvidenceView;
use crate::db::Row;
use crate::fault::{Fault, Outcome as HubOutcome};
use crate::verbs::View;

/// A run and what may be said of it at this moment.
#[derive(Debug, Clone, Serialize, JsonSchema)]
#[expect(
    clippy::struct_excessive_bools,
    reason = "each is a column of its own and none follows from another"
)]
pub struct RunView {
    /// The run.
    pub id: RunId,
    /// Where.
    pub engagement_id: EngagementId,
    /// Its name.
    pub engagement_name: String,
    /// Its slug.
    pub engagement_slug: String,
    /// Who started it; absent for scheduled work.
    pub initiator_id: Option<PersonId>,
    /// Their name at that moment, or `System`.
    pub initiator_name: String,
    /// The dotted type.
    #[serde(rename = "type")]
    pub run_type: RunType,
    /// What a person reads.
    pub label: String,
    /// `queued`, `running` or `completed`.
    pub status: Status,
    /// How it ended; absent until it has.
    pub outcome: Option<Outcome>,
    /// How the outcome is known.
    pub grade: Option<Grade>,
    /// What makes two starts the same.
    pub identity_mode: IdentityMode,
    /// What was counted.
    pub summary_counts: SummaryCounts,
    /// What went wrong, at most twenty entries.
    pub failures: Failures,
    /// What the reporter told beside the counts.
    pub context: Map<String, Value>,
    /// When it was asked for, as its reporter told.
    pub created_at: Timestamp,
    /// When the work began.
    pub started_at: Option<Timestamp>,
    /// When it ended.
    pub completed_at: Option<Timestamp>,
    /// The last sign of life.
    pub last_seen_at: Timestamp,
    /// Seconds between signs of life, if the reporter promised any.
    pub heartbeat_seconds: Option<u64>,
    /// When somebody dealt with its follow-up.
    pub acknowledged_at: Option<Timestamp>,
    /// Who did.
    pub acknowledged_by: Option<String>,
    /// When somebody asked for it to end; the reporter sees it in its next answer.
    pub cancel_requested_at: Option<Timestamp>,
    /// Who asked.
    pub cancel_requested_by: Option<String>,
    /// Whether it is there for workers to claim.
    pub claimable: bool,
    /// The worker that holds it, or held it in the end.
    pub claimed_by: Option<String>,
    /// The evidence of another party, when the grade is `verified`.
    pub evidence: Option<EvidenceView>,
    /// `fresh`, `stale`, `waiting` (for a person), `lost` or `finished`, derived from the times.
    pub liveness: Liveness,
    /// What may be said of its progress.
    pub progress: Progress,
    /// The kind that it has in the active zone.
    #[serde(skip)]
    pub item_kind: String,
    #[serde(skip)]
    pub(crate) signs_of_life: SignsOfLife,
    #[serde(skip)]
    pub(crate) policy: LivenessPolicy,
    /// The phases that its type declared when it was started.
    #[serde(skip)]
    pub(crate) phases: Vec<PhaseStep>,
    /// Whether a person must look at a failure; otherwise a later success of the same subject settles it.
    #[serde(skip)]
    pub(crate) manual_review: bool,
    /// Type and target as one hash.
    #[serde(skip)]
    pub(crate) subject: Option<Vec<u8>>,
    /// The question that it waits with for a person.
    #[serde(skip)]
    pub(crate) waiting_for: Option<String>,
    /// Whether needs-you holds it because it fell silent.
    #[serde(skip)]
    pub(crate) silent_need: bool,
    /// When the hub last received anything about it.
    #[serde(skip)]
    pub(crate) heard_at: Timestamp,
    /// Whose call started it, also when nobody in particular is said to have.
    #[serde(skip)]
    pub(crate) started_by: Option<PersonId>,
    /// Who of its workers is heard, and until when it is held.
    #[serde(skip)]
    pub(crate) claim: Claim,
    #[serde(skip)]
    pub(crate) lost: bool,
    #[serde(skip)]
    pub(crate) sequence: i64,
    #[serde(skip)]
    pub(crate) version: i64,
}

impl View for RunView {}

impl RunView {
    /// Whether the hub ended the run because nothing was heard any more.
    pub fn lost(&self) -> bool {
        self.lost
    }

    /// Whether it ended in a way that wants a look and nobody has acknowledged it yet.
    pub fn needs_a_look(&self) -> bool {
        self.acknowledged_at.is_none()
            && self
                .outcome
                .is_some_and(bellboard_core::run::lifecycle::is_follow_up)
    }

    /// The last moment at which it is not yet stale, if nothing more is heard of it; a page looks again after it.
    pub fn fresh_until(&self) -> Option<Timestamp> {
        fresh_until(&self.signs_of_life, &self.policy)
    }

    /// The last moment at which the hub does not yet give it up as lost, if nothing more is heard of it.
    pub fn kept_until(&self) -> Option<Timestamp> {
        kept_until(&self.signs_received(), &self.policy)
    }

    /// Whether this person started it, and so cannot be the one who verifies it.
    pub fn is_started_by(&self, person: PersonId) -> bool {
        [self.initiator_id, self.started_by].contains(&Some(person))
    }

    /// Reads `run_columns!` in their order and asks the rules what may be said at this moment.
    pub(crate) fn read(row: &Row, now: Timestamp) -> HubOutcome<Self> {
        let stored = Stored::read(row)?;
        let signs = stored.signs_of_life();
        let claim = claim(row)?;
        let said = progress(&stored.facts(signs, &claim), now);
        let alive = liveness(&signs, &stored.policy, now);
        Ok(Self {
            engagement_id: row.id(0)?,
            engagement_name: row.text(1)?,
            engagement_slug: row.text(2)?,
            id: row.id(3)?,
            initiator_id: row.opt_id(4)?,
            initiator_name: row.text(5)?,
            label: row.text(7)?,
            grade: row.opt_text(10)?.as_deref().and_then(Grade::parse),
            identity_mode: known(&row.text(12)?, IdentityMode::parse)?,
            failures: from_json(&row.text(14)?)?,
            heartbeat_seconds: stored.heartbeat.map(|interval| interval.as_secs()),
            sequence: row.int(17)?,
            acknowledged_at: row.opt_time(22)?,
            acknowledged_by: row.opt_text(23)?,
            item_kind: row.text(24)?,
            cancel_requested_at: row.opt_time(26)?,
            cancel_requested_by: row.opt_text(27)?,
            evidence: row.opt_text(28)?.as_deref().map(from_json).transpose()?,
            manual_review: row.bool(33)?,
            subject: row.opt_blob(34)?,
            started_by: row.opt_id(35)?,
            heard_at: row.time(36)?,
            claimable: claim.offered,
            claimed_by: row.opt_text(39)?,
            claim,
            policy: stored.policy,
            phases: stored.phases,
            waiting_for: stored.waiting_for,
            silent_need: row.bool(43)?,
            version: stored.version,
            signs_of_life: signs,
            lost: stored.lost,
            run_type: stored.run_type,
            status: stored.status,
            outcome: stored.outcome,
            summary_counts: stored.counts,
            context: stored.context,
            created_at: stored.created_at,
            started_at: stored.started_at,
            completed_at: stored.completed_at,
            last_seen_at: stored.last_seen_at,
            liveness: alive,
            progress: said,
        })
    }

    /// The signs of life as the loop weighs them that ends abandoned runs: a report counts when it comes, not only at
    /// the time that it tells of.
    pub(crate) fn signs_received(&self) -> SignsOfLife {
        SignsOfLife {
            last_seen_at: Some(self.last_seen_at.max(self.heard_at)),
            ..self.signs_of_life
        }
    }

    /// Asks the rules again, after a field was changed that they look at.
    pub(crate) fn weigh(&mut self, now: Timestamp) {
        let signs = SignsOfLife {
            status: self.status,
            started_at: self.started_at,
            last_seen_at: Some(self.last_seen_at),
            ever_heartbeat: self.last_seen_at > self.created_at,
            completed_at: self.completed_at,
            lost: self.lost,
            waits_for_person: self.waiting_for.is_some(),
            ..self.signs_of_life
        };
        let facts = ProgressFacts {
            status: self.status,
            outcome: self.outcome,
            lost: self.lost,
            counts: &self.summary_counts,
            progress: self.context.get("progress"),
            waiting_for: self.waiting_for.as_deref(),
            waits_for_worker: self.claim.waits(self.status),
            signs,
            phases: &self.phases,
            policy: self.policy,
        };
        let said = progress(&facts, now);
        self.progress = said;
        self.liveness = liveness(&signs, &self.policy, now);
        self.signs_of_life = signs;
    }

    /// What the transition rule needs to know.
    pub(crate) fn state(&self) -> State {
        State {
            status: self.status,
            outcome: self.outcome,
            lost: self.lost,
        }
    }
}

/// The columns that the rules look at.
struct Stored {
    run_type: RunType,
    status: Status,
    outcome: Option<Outcome>,
    lost: bool,
    counts: SummaryCounts,
    context: Map<String, Value>,
    heartbeat: Option<Duration>,
    created_at: Timestamp,
    started_at: Option<Timestamp>,
    completed_at: Option<Timestamp>,
    last_seen_at: Timestamp,
    version: i64,
    policy: LivenessPolicy,
    phases: Vec<PhaseStep>,
    waiting_for: Option<String>,
}

impl Stored {
    fn read(row: &Row) -> HubOutcome<Self> {
        let micros = row
            .opt_int(16)?
            .and_then(|micros| u64::try_from(micros).ok());
        Ok(Self {
            run_type: known(&row.text(6)?, |text| text.parse().ok())?,
            status: known(&row.text(8)?, Status::parse)?,
            outcome: row.opt_text(9)?.as_deref().and_then(Outcome::parse),
            lost: row.bool(11)?,
            counts: SummaryCounts::from_stored(&row.text(13)?),
            // Whatever is in it: progress falls to the next mode, and no reader meets a fault over it.
            context: serde_json::from_str(&row.text(15)?).unwrap_or_default(),
            heartbeat: micros.map(Duration::from_micros),
            created_at: row.time(18)?,
            started_at: row.opt_time(19)?,
            completed_at: row.opt_time(20)?,
            last_seen_at: row.time(21)?,
            version: row.int(25)?,
            policy: policy(row)?,
            phases: row
                .opt_text(32)?
                .as_deref()
                .map_or(Ok(Vec::new()), from_json)?,
            waiting_for: row.opt_text(42)?,
        })
    }

    fn signs_of_life(&self) -> SignsOfLife {
        SignsOfLife {
            status: self.status,
            created_at: self.created_at,
            started_at: self.started_at,
            last_seen_at: Some(self.last_seen_at),
            heartbeat_interval: self.heartbeat,
            // Nothing but a report moves the last sign of life beyond the start.
            ever_heartbeat: self.last_seen_at > self.created_at,
            completed_at: self.completed_at,
            lost: self.lost,
            waits_for_person: self.waiting_for.is_some(),
        }
    }

    fn facts(&self, signs: SignsOfLife, claim: &Claim) -> ProgressFacts<'_> {
        ProgressFacts {
            status: self.status,
            outcome: self.outcome,
            lost: self.lost,
            counts: &self.counts,
            progress: self.context.get("progress"),
            waiting_for: self.waiting_for.as_deref(),
            waits_for_worker: claim.waits(self.status),
            signs,
            phases: &self.phases,
            policy: self.policy,
        }
    }
}

fn claim(row: &Row) -> HubOutcome<Claim> {
    let lease = row.opt_int(41)?.unwrap_or(0);
    Ok(Claim {
        offered: row.bool(37)?,
        fence: u32::try_from(row.int(38)?).map_err(Fault::internal)?,
        lease_until: row.opt_time(40)?,
        lease: Duration::from_micros(u64::try_from(lease).unwrap_or(0)),
    })
}

/// The policy that the run has carried since its start; the general one where it has none.
fn policy(row: &Row) -> HubOutcome<LivenessPolicy> {
    let general = LivenessPolicy::default();
    let span = |column| -> HubOutcome<Option<Duration>> {
        let micros = row
            .opt_int(column)?
            .and_then(|micros| u64::try_from(micros).ok());
        Ok(micros.map(Duration::from_micros))
    };
    let silent = span(30)?;
    Ok(LivenessPolicy {
        queued_stale_after: span(29)?.unwrap_or(general.queued_stale_after),
        silent_after_heartbeat: silent.unwrap_or(general.silent_after_heartbeat),
        silent_after_never: silent.unwrap_or(general.silent_after_never),
        abandon_after: span(31)?.unwrap_or(general.abandon_after),
    })
}

fn known<T>(text: &str, parse: impl Fn(&str) -> Option<T>) -> HubOutcome<T> {
    parse(text)
        .ok_or_else(|| Fault::internal(format!("the database holds the unknown word `{text}`")))
}

fn from_json<T: serde::de::DeserializeOwned>(text: &str) -> HubOutcome<T> {
    serde_json::from_str(text).map_err(Fault::internal)
}
