//! `decide_artifact` and `undo_artifact`. Of any number who decide at once one does, and the others are told who did.

use bellboard_core::artifact::{Decision, Kind, Move, Note, Refusal, transition};
use bellboard_core::id::{ArtifactId, DecisionId};
use bellboard_core::text::{Multiline, capital_first, sanitise};
use schemars::JsonSchema;
use serde::Deserialize;

use super::create::{VersionNumber, await_decision, expect_version, settle, tell, version_changed};
use super::view::ArtifactView;
use super::{OfArtifact, read, store};
use crate::access::{self, Member};
use crate::call::{Call, PersonKind};
use crate::db::Sql;
use crate::decision::{self, Concept, DecisionView, Made, Released, UndoTime, already_decided};
use crate::event::{self, HintKind};
use crate::fault::{Fault, Outcome};
use crate::run::{self, RunEvent};
use crate::world::World;

/// How often somebody who was outrun looks again. The second look finds a decision, unless that was taken back at once.
const ROUNDS: usize = 20;
/// A note is shown in one line of a run's history, cut after this many characters.
const NOTE_CHARACTERS: usize = 200;

/// A decision.
#[derive(Debug, Clone, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct DecideArtifact {
    /// The artifact.
    pub artifact_id: ArtifactId,
    /// What is decided; `decisions_allowed` of the artifact says what can be.
    pub decision: Decision,
    /// Why, at most 2000 characters. Rejecting and returning need it.
    #[serde(default)]
    pub note: Option<Multiline<2000>>,
    /// The version that was looked at.
    pub expected_version: VersionNumber,
    /// For how many seconds it can be undone before anybody is told, 0 to 60; 0 when absent.
    #[serde(default)]
    pub undo_seconds: UndoTime,
}

/// `decide_artifact`.
pub async fn decide_artifact(call: Call, input: DecideArtifact) -> Outcome<DecisionView> {
    let hub = call.hub.clone();
    hub.db()
        .write(move |sql| {
            Box::pin(async move {
                let member =
                    access::in_engagement_of_artifact(sql, &call, input.artifact_id).await?;
                refuse_own_work(sql, &call, &member, input.artifact_id).await?;
                for _ in 0..ROUNDS {
                    if let Some(decision) = try_decide(sql, &call, &member, &input).await? {
                        return Ok(decision);
                    }
                }
                Err(run::too_busy())
            })
        })
        .await
}

/// An agent that could wave its own work through would need no person at all, and two agents of one owner neither.
async fn refuse_own_work(
    sql: &mut Sql<'_>,
    call: &Call,
    member: &Member,
    artifact: ArtifactId,
) -> Outcome<()> {
    let caller = call.signed_in()?;
    let is_agent = caller.kind == PersonKind::Agent;
    if is_agent && store::has_made(sql, member, artifact, caller.owner_id).await? {
        return Err(Fault::forbidden(
            "own_work",
            "An agent does not decide about what it made itself, or what another agent of its owner made. Somebody else has to.",
        ));
    }
    Ok(())
}

/// One round; `None` when somebody else changed the row meanwhile.
async fn try_decide(
    sql: &mut Sql<'_>,
    call: &Call,
    member: &Member,
    input: &DecideArtifact,
) -> Outcome<Option<DecisionView>> {
    let artifact = read::load(sql, member, input.artifact_id).await?;
    expect_version(&artifact, input.expected_version)?;
    let note = input.note.as_deref();
    let what = Move::Decide(input.decision, note.map_or(Note::Absent, |_| Note::Given));
    let to = match transition(artifact.kind, artifact.state, what) {
        Ok(to) => to,
        Err(refusal) => {
            return match same_again(&artifact, member, input) {
                Some(stands) => Ok(Some(stands.clone())),
                None => Err(refused(&artifact, input.decision, refusal)),
            };
        }
    };
    let id = DecisionId::from_uuid(call.new_id());
    if !store::advance(sql, member, &artifact, to, Some(id)).await? {
        return Ok(None);
    }
    let made = Made {
        id,
        concept: Concept::Artifact,
        object: artifact.id.uuid(),
        version: artifact.version,
        decision: input.decision.as_str(),
        from_state: artifact.state.as_str(),
        to_state: to.as_str(),
        note,
        answer: None,
        undo: input.undo_seconds,
    };
    let decision = decision::record(sql, call.now, member, &made).await?;
    settle(sql, &artifact).await?;
    tell(sql, call, &artifact).await?;
    if decision.released {
        let now = Released::at_once(artifact.engagement_id, &made, &decision);
        released(sql, call.hub.world(), &now).await?;
    }
    Ok(Some(decision))
}

/// The decision that stands, when it is this very one: whoever got no answer sends it again, and is answered as the first
/// time.
fn same_again<'a>(
    artifact: &'a ArtifactView,
    member: &Member,
    input: &DecideArtifact,
) -> Option<&'a DecisionView> {
    artifact.decision.as_ref().filter(|stands| {
        stands.decided_by == member.person_id()
            && stands.decision == input.decision.as_str()
            && stands.note.as_deref() == input.note.as_deref()
    })
}

fn refused(artifact: &ArtifactView, decision: Decision, refusal: Refusal) -> Fault {
    match (refusal, &artifact.decision) {
        (Refusal::AlreadyDecided, Some(stands)) => already_decided("already_decided", stands),
        (Refusal::NoteMissing, _) => Fault::invalid(
            "note",
            format!("To {decision} something needs a note: say what has to be different."),
        )
        .with_code("note_missing"),
        (Refusal::NotOfThisKind, _) => {
            Fault::invalid("decision", not_of_this_kind(artifact.kind, decision))
        }
        (refusal, _) => Fault::internal(format!(
            "artifact {} in {} refuses {decision} with {refusal:?}",
            artifact.id, artifact.state
        )),
    }
}

fn not_of_this_kind(kind: Kind, decision: Decision) -> String {
    let known: Vec<&str> = kind.decisions().map(Decision::as_str).collect();
    if known.is_empty() {
        format!("Nothing is decided about a {kind}; it is there to be used.")
    } else {
        format!(
            "A {kind} knows no `{decision}`. What can be decided about it: {}.",
            known.join(", ")
        )
    }
}

/// `undo_artifact`: nobody was told yet, so nothing has to be taken back but the decision.
pub async fn undo_artifact(call: Call, input: OfArtifact) -> Outcome<DecisionView> {
    let hub = call.hub.clone();
    hub.db()
        .write(move |sql| {
            Box::pin(async move {
                let member =
                    access::in_engagement_of_artifact(sql, &call, input.artifact_id).await?;
                let artifact = read::load(sql, &member, input.artifact_id).await?;
                let to = transition(artifact.kind, artifact.state, Move::Undo)
                    .map_err(|_| not_decided(&artifact))?;
                let id = artifact.id.uuid();
                let undone = decision::undo(sql, &call, &member, Concept::Artifact, id).await?;
                if !store::advance(sql, &member, &artifact, to, None).await? {
                    let now = read::load(sql, &member, artifact.id).await?;
                    return Err(version_changed(&now));
                }
                await_decision(sql, &artifact).await?;
                tell(sql, &call, &artifact).await?;
                Ok(undone)
            })
        })
        .await
}

fn not_decided(artifact: &ArtifactView) -> Fault {
    Fault::conflict(
        "not_decided",
        format!(
            "Nothing is decided about version {} of this artifact, so there is nothing to undo.",
            artifact.version
        ),
    )
}

/// What follows from a decision once it is in effect: the run that made the artifact is told, and whoever waits is woken.
pub(crate) async fn released(
    sql: &mut Sql<'_>,
    world: &dyn World,
    released: &Released,
) -> Outcome<()> {
    let engagement = released.engagement;
    let Some((kind, number, run)) =
        store::maker(sql, engagement, released.object, released.version).await?
    else {
        // Its retention ended in the meantime.
        return Ok(());
    };
    if let Some(run) = run {
        let done = Decision::parse(&released.decision).map_or("decided", Decision::done);
        let what = format!("{} {}", capital_first(done), kind.with_number(number));
        let summary = match &released.note {
            Some(note) => format!("{what}: {}", sanitise(note, NOTE_CHARACTERS)),
            None => what,
        };
        let event = RunEvent {
            kind: "decided",
            summary,
            diagnostics: None,
            at: released.at,
        };
        run::tell(
            sql,
            world,
            engagement,
            run,
            &released.decided_by_name,
            &event,
        )
        .await?;
    }
    event::store::append(
        sql,
        engagement,
        HintKind::ArtifactChanged,
        released.object,
        released.at,
    )
    .await
}
