//! `start_run`: of two starts with the same identity one makes the run and the other is handed it. The promise is a
//! unique index; this file only says what is the same.

use bellboard_core::id::{EngagementId, PersonId, RunId};
use bellboard_core::membership::allows;
use bellboard_core::run::declaration::Declaration;
use bellboard_core::run::identity::{IdentityMode, identity};
use bellboard_core::run::{RunType, Status};
use bellboard_core::text::Bounded;
use bellboard_core::time::Timestamp;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use serde_json::{Map, Value};

use super::raw_words::{self, RawWords};
use super::record::{RunEvent, json, note, reported_time};
use super::start_words::{self, context, label, subject};
use super::view::RunView;
use super::{inputs, store};
use crate::Hub;
use crate::access::{self, Member};
use crate::call::Call;
use crate::db::Sql;
use crate::event::{self, HintKind};
use crate::fault::{Fault, Outcome};
use crate::home::{self, Zone};
use crate::idempotency::{self, Answered};
use crate::run_type::{self, capability_name};
use crate::verbs::View;

/// The context of a run is at most this long as JSON.
pub(super) const CONTEXT_BYTES: usize = 64 * 1024;
/// The longest label.
pub(super) const LABEL_CHARACTERS: usize = 200;
/// The promised interval between signs of life lies in these bounds.
const HEARTBEAT_SECONDS: std::ops::RangeInclusive<u32> = 1..=86_400;
/// The run that a start met may end before it is read; then the start tries again, this often.
const ROUNDS: usize = 5;

/// The status that a run may start in.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum StartStatus {
    /// Asked for; somebody will begin it.
    #[default]
    Queued,
    /// Already begun.
    Running,
}

/// Who is said to have started a run.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum Initiator {
    /// Scheduled work: nobody in particular, and nobody is told at the end.
    System,
}

/// A start.
#[derive(Debug, Clone, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct StartRun {
    /// The engagement.
    pub engagement_id: EngagementId,
    /// The dotted type, such as `baseline.capture`.
    #[serde(rename = "type")]
    pub run_type: RunType,
    /// What a person reads, at most 200 characters; the type's label when absent.
    #[serde(default)]
    pub label: Option<Bounded<LABEL_CHARACTERS>>,
    /// What the work is done on; hashed into the identity and stored for `claimable` runs only.
    #[serde(default)]
    pub inputs: Value,
    /// What the work is done for, at most 200 characters: a later success for the same target settles an earlier failure.
    /// When absent, the inputs stand for it.
    #[serde(default)]
    pub target: Option<Bounded<200>>,
    /// What makes two starts the same; `while_active` when absent.
    #[serde(default)]
    pub identity_mode: IdentityMode,
    /// The schedule slot, for the mode `slot`: `2026-11-20T09:00Z`.
    #[serde(default)]
    pub slot: Option<Bounded<100>>,
    /// `queued` or `running`; `queued` when absent.
    #[serde(default)]
    pub status: StartStatus,
    /// Trigger, target, links: a JSON object of at most 64 KiB.
    #[serde(default)]
    pub context: Map<String, Value>,
    /// Seconds between the signs of life that the reporter promises, 1 to 86400.
    #[serde(default)]
    pub heartbeat_seconds: Option<u32>,
    /// When the work really began, if it is reported later.
    #[serde(default)]
    pub started_at: Option<Timestamp>,
    /// An id chosen by the reporter (UUIDv7), so that a start sent twice is one start.
    #[serde(default)]
    pub id: Option<RunId>,
    /// `system` for scheduled work; the caller when absent.
    #[serde(default)]
    pub initiator: Option<Initiator>,
    /// Whether the run is offered to a worker that claims it. Its inputs are kept, encrypted, until its end.
    #[serde(default)]
    pub claimable: bool,
}

/// The run that the caller now has, made by this call or found.
#[derive(Debug, Clone, Serialize, JsonSchema)]
pub struct RunStarted {
    /// Whether this call made it.
    pub created: bool,
    /// The run.
    pub run: RunView,
}

impl View for RunStarted {
    fn created(&self) -> bool {
        self.created
    }
}

/// A run about to be stored.
pub(super) struct NewRun {
    pub(super) id: RunId,
    pub(super) initiator_id: Option<PersonId>,
    pub(super) initiator_name: String,
    pub(super) run_type: RunType,
    pub(super) label: String,
    pub(super) status: Status,
    pub(super) identity: [u8; 32],
    pub(super) identity_mode: IdentityMode,
    pub(super) context: String,
    pub(super) heartbeat_micros: Option<i64>,
    pub(super) created_at: Timestamp,
    pub(super) started_at: Option<Timestamp>,
    pub(super) last_seen_at: Timestamp,
    pub(super) heard_at: Timestamp,
    pub(super) subject: Option<Vec<u8>>,
    pub(super) declaration: Declaration,
    pub(super) claimable: bool,
    /// What was said where the label or the context now holds something safe.
    pub(super) raw: RawWords,
}

/// `start_run`.
pub async fn start_run(call: Call, input: StartRun) -> Outcome<RunStarted> {
    check(&call.hub, &input)?;
    let hub = call.hub.clone();
    hub.db()
        .write(move |sql| {
            Box::pin(async move {
                let member = access::in_engagement(sql, &call, input.engagement_id).await?;
                let declaration = run_type::declaration(sql, &member, &input.run_type).await?;
                require(&member, &declaration)?;
                if input.claimable {
                    require_registered(sql, &member, &input.run_type).await?;
                }
                if let Answered::Before { run, created } =
                    idempotency::take(sql, &call, &member).await?
                {
                    let run = super::record::load(sql, &member, run, call.now).await?;
                    return Ok(RunStarted { created, run });
                }
                let new = new_run(&call, &member, &input, declaration)?;
                let started = insert_or_find(sql, &call, &member, &new).await?;
                if started.created && input.claimable {
                    offer(sql, &call, &member, new.id, &input.inputs).await?;
                }
                let (run, created) = (started.run.id, started.created);
                idempotency::remember(sql, &call, &member, run, created).await?;
                Ok(started)
            })
        })
        .await
}

fn check(hub: &Hub, input: &StartRun) -> Outcome<()> {
    start_words::check(input)?;
    if input.claimable {
        check_offer(hub, input)?;
    }
    if input.identity_mode == IdentityMode::Slot && input.slot.is_none() {
        return Err(Fault::invalid(
            "slot",
            "The identity mode `slot` needs a slot, such as 2026-11-20T09:00Z.",
        ));
    }
    if let Some(seconds) = input.heartbeat_seconds
        && !HEARTBEAT_SECONDS.contains(&seconds)
    {
        return Err(Fault::invalid(
            "heartbeat_seconds",
            format!("1 to 86400 seconds; this says {seconds}."),
        ));
    }
    if let Some(id) = input.id
        && id.uuid().get_version_num() != 7
    {
        return Err(Fault::invalid(
            "id",
            "An id chosen by the reporter is a UUIDv7.",
        ));
    }
    let length = json(&input.context)?.len();
    if length > CONTEXT_BYTES {
        return Err(Fault::invalid(
            "context",
            format!("At most {CONTEXT_BYTES} bytes of JSON; this has {length}."),
        ));
    }
    Ok(())
}

/// What goes without saying for a run that somebody else will begin.
fn check_offer(hub: &Hub, input: &StartRun) -> Outcome<()> {
    if input.status != StartStatus::Queued {
        return Err(Fault::invalid(
            "status",
            "A run that is offered to workers is queued until one of them begins it. Leave `status` out.",
        ));
    }
    if input.heartbeat_seconds.is_some() {
        return Err(Fault::invalid(
            "heartbeat_seconds",
            "Whoever claims the run says how often it will be heard, with the lease. Leave this out.",
        ));
    }
    inputs::check(hub, input)
}

/// Workers wait for types that somebody has declared; a mistyped one would wait for ever.
async fn require_registered(sql: &mut Sql<'_>, member: &Member, run_type: &RunType) -> Outcome<()> {
    if run_type::is_registered(sql, member, run_type).await? {
        return Ok(());
    }
    Err(Fault::invalid(
        "type",
        format!(
            "Nobody has declared the type `{run_type}`, so no worker can be meant. Declare it with put_run_type, or leave `claimable` out."
        ),
    ))
}

/// Keeps the inputs and wakes the workers.
async fn offer(
    sql: &mut Sql<'_>,
    call: &Call,
    member: &Member,
    run: RunId,
    inputs: &Value,
) -> Outcome<()> {
    inputs::keep(sql, &call.hub, member, run, inputs).await?;
    event::store::append(
        sql,
        member.engagement_id(),
        HintKind::RunOffered,
        run.uuid(),
        call.now,
    )
    .await
}

fn new_run(
    call: &Call,
    member: &Member,
    input: &StartRun,
    declaration: Declaration,
) -> Outcome<NewRun> {
    let id = input.id.unwrap_or_else(|| RunId::from_uuid(call.new_id()));
    let began = reported_time("started_at", input.started_at, call.now)?;
    let (status, started_at) = match input.status {
        StartStatus::Queued => (Status::Queued, None),
        StartStatus::Running => (Status::Running, Some(began)),
    };
    let system = input.initiator == Some(Initiator::System);
    let slot = input.slot.as_ref().map(Bounded::as_str);
    let (label, mut raw) = label(input, &declaration);
    let context = context(input, &declaration, &mut raw);
    Ok(NewRun {
        id,
        initiator_id: (!system).then(|| member.person_id()),
        initiator_name: if system {
            "System".to_owned()
        } else {
            member.name().to_owned()
        },
        label,
        status,
        identity: identity(
            member.engagement_id(),
            &input.run_type,
            input.identity_mode,
            &input.inputs,
            slot,
            id.uuid(),
        ),
        identity_mode: input.identity_mode,
        context: json(&context)?,
        heartbeat_micros: input
            .heartbeat_seconds
            .map(|seconds| i64::from(seconds) * 1_000_000),
        run_type: input.run_type.clone(),
        created_at: began,
        started_at,
        last_seen_at: began,
        heard_at: call.now,
        subject: subject(input),
        declaration,
        claimable: input.claimable,
        raw,
    })
}

/// A type may ask for more than the right to start runs.
fn require(member: &Member, declaration: &Declaration) -> Outcome<()> {
    if allows(member.designations(), declaration.capability) {
        return Ok(());
    }
    Err(Fault::forbidden(
        "capability_denied",
        format!(
            "Runs of this type ask for the capability `{}`, which your designations do not give. An owner can change them.",
            capability_name(declaration.capability)
        ),
    ))
}

async fn insert_or_find(
    sql: &mut Sql<'_>,
    call: &Call,
    member: &Member,
    new: &NewRun,
) -> Outcome<RunStarted> {
    for _ in 0..ROUNDS {
        if store::insert(sql, member, new).await? {
            return created(sql, call, member, new).await;
        }
        if let Some(row) = store::same(sql, member, new).await? {
            let run = RunView::read(&row, call.now)?;
            return Ok(RunStarted {
                created: false,
                run,
            });
        }
        if store::id_is_taken(sql, member, new.id).await? {
            return Err(Fault::conflict(
                "id_taken",
                "Another run has this id. Leave `id` out, or choose a fresh UUIDv7.",
            ));
        }
    }
    Err(super::record::too_busy())
}

async fn created(
    sql: &mut Sql<'_>,
    call: &Call,
    member: &Member,
    new: &NewRun,
) -> Outcome<RunStarted> {
    let run = super::record::load(sql, member, new.id, call.now).await?;
    home::store::count(
        sql,
        member.engagement_id(),
        Zone::Active,
        &run.item_kind,
        new.id.uuid(),
        1,
    )
    .await?;
    let event = RunEvent {
        kind: if new.status == Status::Queued {
            "queued"
        } else {
            "started"
        },
        summary: if new.status == Status::Queued {
            "Queued"
        } else {
            "Started"
        }
        .to_owned(),
        diagnostics: None,
        at: new.created_at,
    };
    note(sql, &run, member.name(), call.new_id(), event).await?;
    raw_words::keep(sql, run.engagement_id, run.id, &new.raw, new.created_at).await?;
    event::store::append(
        sql,
        member.engagement_id(),
        HintKind::RunStarted,
        new.id.uuid(),
        call.now,
    )
    .await?;
    Ok(RunStarted { created: true, run })
}
