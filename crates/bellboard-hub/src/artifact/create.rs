//! `create_artifact` and `add_artifact_version`: something was made, and whoever may decide is asked.

use bellboard_core::artifact::{ContentKind, Kind, Move, transition};
use bellboard_core::id::{ArtifactId, EngagementId, RunId};
use bellboard_core::membership::{Capability, holders};
use bellboard_core::number::Whole;
use bellboard_core::text::{Bounded, Multiline};
use bellboard_core::time::Timestamp;
use schemars::JsonSchema;
use serde::Deserialize;

use super::content::{Content, ContentInput, keep_files};
use super::view::{ArtifactMade, ArtifactView};
use super::{read, store};
use crate::access::{self, Member};
use crate::call::Call;
use crate::db::Sql;
use crate::event::{self, HintKind};
use crate::fault::{Fault, Outcome};
use crate::home::{self, Zone};
use crate::run;

/// A number can be taken by somebody else meanwhile; then the next one is tried, this often.
const ROUNDS: usize = 200;

/// The number of a version.
pub type VersionNumber = Whole<1, { u32::MAX }>;

/// Something was made.
#[derive(Debug, Clone, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct CreateArtifact {
    /// The engagement.
    pub engagement_id: EngagementId,
    /// What it is.
    pub kind: Kind,
    /// What a person reads, at most 200 characters.
    pub label: Bounded<200>,
    /// What it is about, at most 2000 characters.
    #[serde(default)]
    pub detail: Option<Multiline<2000>>,
    /// The run that made it; it is told what was decided.
    #[serde(default)]
    pub run_id: Option<RunId>,
    /// What is in it.
    pub content: ContentInput,
    /// How the content is kept; follows from the content when absent. Only `multi_file` for a single file has to be said.
    #[serde(default)]
    pub content_kind: Option<ContentKind>,
    /// What is new in this version, at most 2000 characters.
    #[serde(default)]
    pub note: Option<Multiline<2000>>,
    /// When it may be forgotten; never when absent. What waits for somebody is kept.
    #[serde(default)]
    pub expires_at: Option<Timestamp>,
}

/// It was made anew.
#[derive(Debug, Clone, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct AddArtifactVersion {
    /// The artifact.
    pub artifact_id: ArtifactId,
    /// What is in the new version.
    pub content: ContentInput,
    /// How the content is kept; follows from the content when absent.
    #[serde(default)]
    pub content_kind: Option<ContentKind>,
    /// What is new in this version, at most 2000 characters.
    #[serde(default)]
    pub note: Option<Multiline<2000>>,
    /// The run that made the version; that of the version before when absent.
    #[serde(default)]
    pub run_id: Option<RunId>,
    /// The version that this one follows.
    pub expected_version: VersionNumber,
}

/// A version about to be stored.
pub(super) struct NewVersion<'a> {
    pub(super) artifact: ArtifactId,
    pub(super) version: i64,
    pub(super) content: &'a Content,
    pub(super) note: &'a str,
    pub(super) run_id: Option<RunId>,
    pub(super) made_at: Timestamp,
}

/// `create_artifact`.
pub async fn create_artifact(call: Call, mut input: CreateArtifact) -> Outcome<ArtifactMade> {
    let content = Content::parse(take(&mut input.content), input.content_kind)?;
    if input.expires_at.is_some_and(|at| at <= call.now) {
        return Err(Fault::invalid(
            "expires_at",
            format!("Must lie ahead; the hub's clock shows {}.", call.now),
        ));
    }
    let hub = call.hub.clone();
    hub.db()
        .write(move |sql| {
            Box::pin(async move {
                let member = access::in_engagement(sql, &call, input.engagement_id).await?;
                require_run(sql, &member, input.run_id).await?;
                let id = ArtifactId::from_uuid(call.new_id());
                insert(sql, &call, &member, id, &input, &content).await?;
                let version = NewVersion {
                    artifact: id,
                    version: 1,
                    content: &content,
                    note: input.note.as_deref().unwrap_or_default(),
                    run_id: input.run_id,
                    made_at: call.now,
                };
                store::insert_version(sql, &member, &version).await?;
                keep_files(sql, &call, &member, id, 1, &content).await?;
                let artifact = read::load(sql, &member, id).await?;
                if artifact.kind.is_recent() {
                    let (engagement, kind) = (artifact.engagement_id, artifact.kind.as_str());
                    home::store::count(sql, engagement, Zone::Recent, kind, id.uuid(), 1).await?;
                }
                await_decision(sql, &artifact).await?;
                tell(sql, &call, &artifact).await?;
                let artifact = read::whole(sql, &member, artifact).await?;
                Ok(ArtifactMade { artifact })
            })
        })
        .await
}

/// `add_artifact_version`: whatever was decided about the version before, this one waits again.
pub async fn add_artifact_version(
    call: Call,
    mut input: AddArtifactVersion,
) -> Outcome<ArtifactMade> {
    let content = Content::parse(take(&mut input.content), input.content_kind)?;
    let hub = call.hub.clone();
    hub.db()
        .write(move |sql| {
            Box::pin(async move {
                let member =
                    access::in_engagement_of_artifact(sql, &call, input.artifact_id).await?;
                require_run(sql, &member, input.run_id).await?;
                for _ in 0..ROUNDS {
                    if let Some(made) = try_add(sql, &call, &member, &input, &content).await? {
                        return Ok(made);
                    }
                }
                Err(run::too_busy())
            })
        })
        .await
}

/// One round; `None` when somebody else changed the artifact meanwhile.
async fn try_add(
    sql: &mut Sql<'_>,
    call: &Call,
    member: &Member,
    input: &AddArtifactVersion,
    content: &Content,
) -> Outcome<Option<ArtifactMade>> {
    let before = read::load(sql, member, input.artifact_id).await?;
    expect_version(&before, input.expected_version)?;
    refuse_while_undoable(&before, call.now)?;
    let state = transition(before.kind, before.state, Move::Renew)
        .map_err(|refusal| Fault::internal(format!("a new version: {refusal:?}")))?;
    let version = NewVersion {
        artifact: before.id,
        version: before.version + 1,
        content,
        note: input.note.as_deref().unwrap_or_default(),
        run_id: input.run_id.or(before.run_id),
        made_at: call.now,
    };
    if !store::renew(sql, member, &version, before.state, state).await? {
        return Ok(None);
    }
    store::insert_version(sql, member, &version).await?;
    keep_files(sql, call, member, before.id, version.version, content).await?;
    let artifact = read::load(sql, member, before.id).await?;
    settle(sql, &artifact).await?;
    await_decision(sql, &artifact).await?;
    tell(sql, call, &artifact).await?;
    let artifact = read::whole(sql, member, artifact).await?;
    Ok(Some(ArtifactMade { artifact }))
}

/// Refuses a new version while whoever decided about the present one can still take that back: they were promised the
/// time, and a new version would leave nothing to go back to.
fn refuse_while_undoable(artifact: &ArtifactView, now: Timestamp) -> Outcome<()> {
    match &artifact.decision {
        Some(decision) if !decision.released && now < decision.effective_at => {
            Err(Fault::conflict(
                "not_yet_in_effect",
                format!(
                    "{} has decided about version {} and can take it back until {}. Send the new version after that.",
                    decision.decided_by_name, artifact.version, decision.effective_at
                ),
            )
            .with("effective_at", decision.effective_at.to_string()))
        }
        _ => Ok(()),
    }
}

/// The content out of an input that lives on.
fn take(content: &mut ContentInput) -> ContentInput {
    ContentInput {
        inline: content.inline.take(),
        files: content.files.take(),
    }
}

async fn require_run(sql: &mut Sql<'_>, member: &Member, run: Option<RunId>) -> Outcome<()> {
    match run {
        Some(run) if !run::store::is_here(sql, member.engagement_id(), run).await? => {
            Err(Fault::invalid(
                "run_id",
                "There is no such run in this engagement. Leave `run_id` out, or name one of its runs.",
            ))
        }
        _ => Ok(()),
    }
}

async fn insert(
    sql: &mut Sql<'_>,
    call: &Call,
    member: &Member,
    id: ArtifactId,
    input: &CreateArtifact,
    content: &Content,
) -> Outcome<()> {
    for _ in 0..ROUNDS {
        if store::insert(sql, member, id, input, content.kind(), call.now).await? {
            return Ok(());
        }
    }
    Err(run::too_busy())
}

/// Puts the newest version into needs-you, since it came.
pub(super) async fn await_decision(sql: &mut Sql<'_>, artifact: &ArtifactView) -> Outcome<()> {
    let Some(kind) = artifact.kind.needs_you_kind() else {
        return Ok(());
    };
    let label = artifact.kind.question(&artifact.label, artifact.version);
    let need = home::store::Need {
        kind,
        item_id: artifact.id.uuid(),
        label: &label,
        detail: &artifact.detail,
        subject: None,
        created_at: artifact.made_at,
        audience: holders(Capability::Decide),
        for_person: None,
    };
    home::store::need(sql, artifact.engagement_id, &need).await
}

/// Takes it out of needs-you.
pub(super) async fn settle(sql: &mut Sql<'_>, artifact: &ArtifactView) -> Outcome<()> {
    if let Some(kind) = artifact.kind.needs_you_kind() {
        home::store::settle(sql, artifact.engagement_id, kind, artifact.id.uuid()).await?;
    }
    Ok(())
}

/// Hints that the artifact, and what waits, have changed.
pub(super) async fn tell(sql: &mut Sql<'_>, call: &Call, artifact: &ArtifactView) -> Outcome<()> {
    let (engagement, id) = (artifact.engagement_id, artifact.id.uuid());
    event::store::append(sql, engagement, HintKind::ArtifactChanged, id, call.now).await?;
    if artifact.kind.needs_you_kind().is_some() {
        event::store::append(sql, engagement, HintKind::NeedsYouChanged, id, call.now).await?;
    }
    Ok(())
}

/// Refuses who speaks of another version than the newest.
pub(super) fn expect_version(artifact: &ArtifactView, expected: VersionNumber) -> Outcome<()> {
    if artifact.version == i64::from(expected.get()) {
        Ok(())
    } else {
        Err(version_changed(artifact))
    }
}

pub(super) fn version_changed(artifact: &ArtifactView) -> Fault {
    Fault::conflict(
        "version_changed",
        format!(
            "The newest version is {}, which {} made at {}. Look at it, and say `expected_version`: {}.",
            artifact.version, artifact.made_by_name, artifact.made_at, artifact.version
        ),
    )
    .with("version", artifact.version)
}
