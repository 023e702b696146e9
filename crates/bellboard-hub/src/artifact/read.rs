//! Reading artifacts: one, perhaps with a wait for its decision, many, and what came before.

use bellboard_core::artifact::{ContentKind, Kind, State, changes};
use bellboard_core::id::{ArtifactId, EngagementId, PersonId, RunId};
use bellboard_core::page::{Cursor, CursorScope, Limit, Page};
use bellboard_core::time::Timestamp;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use serde_json::{Map, Value, json};
use uuid::Uuid;

use super::view::{ArtifactView, FileView, word};
use super::{PageOfArtifact, store};
use crate::access::{self, Member, Reach};
use crate::call::Call;
use crate::db::{Row, Sql};
use crate::decision::{self, DecisionView};
use crate::fault::{Fault, Outcome};
use crate::paging::{self, page_of_rows};
use crate::session;
use crate::waiting::{Seen, WaitSeconds, until};

/// Which artifact, and how long to wait for a decision.
#[derive(Debug, Clone, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct GetArtifact {
    /// The artifact.
    pub artifact_id: ArtifactId,
    /// For how many seconds to wait until a decision about the newest version is in effect, or a newer version is there;
    /// 0 to 30, of which at most 25 are waited. 0 when absent.
    #[serde(default)]
    pub wait_seconds: WaitSeconds,
}

/// Which artifacts.
#[derive(Debug, Default, Clone, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, default)]
pub struct ListArtifacts {
    /// Only of this engagement.
    pub engagement: Option<EngagementId>,
    /// Only of this kind.
    pub kind: Option<Kind>,
    /// Only in this state.
    pub state: Option<State>,
    /// Only what this run made.
    pub run_id: Option<RunId>,
    /// How many at most, 1 to 100; 50 when absent.
    pub limit: Limit,
    /// Where to go on: `next_cursor` of the page before.
    pub cursor: Option<String>,
}

/// One version of an artifact.
#[derive(Debug, Clone, Serialize, JsonSchema)]
pub struct ArtifactVersionView {
    /// Its number, from 1.
    pub version: i64,
    /// How its content is kept.
    pub content_kind: ContentKind,
    /// What was new in it; may be empty.
    pub note: String,
    /// The run that made it.
    pub run_id: Option<RunId>,
    /// Who made it.
    pub made_by: PersonId,
    /// Who made it, by their name at that moment.
    pub made_by_name: String,
    /// When.
    pub made_at: Timestamp,
    /// Its place among versions of the same moment.
    #[serde(skip)]
    place: Uuid,
}

/// `get_artifact`.
pub async fn get_artifact(call: Call, input: GetArtifact) -> Outcome<ArtifactView> {
    let first = look(call.clone(), input.artifact_id).await?;
    if input.wait_seconds.get() == 0 {
        return Ok(first);
    }
    if is_settled(&first, first.version) {
        session::prove_again(&call).await?;
        return Ok(first);
    }
    let (id, version) = (input.artifact_id, first.version);
    until(&call, input.wait_seconds, id.uuid(), |present| async move {
        let artifact = look(present, id).await?;
        Ok(if is_settled(&artifact, version) {
            Seen::Happened(artifact)
        } else {
            Seen::NotYet(artifact)
        })
    })
    .await
}

/// Whether there is nothing to wait for: a decision about this version is in effect, the version is no longer the newest,
/// or nobody decides about this kind.
fn is_settled(artifact: &ArtifactView, version: i64) -> bool {
    artifact.version != version
        || artifact.kind.decisions().next().is_none()
        || artifact
            .decision
            .as_ref()
            .is_some_and(|decision| decision.released)
}

async fn look(call: Call, id: ArtifactId) -> Outcome<ArtifactView> {
    let hub = call.hub.clone();
    hub.db()
        .read_consistent(move |sql| {
            Box::pin(async move {
                let member = access::in_engagement_of_artifact(sql, &call, id).await?;
                let artifact = load(sql, &member, id).await?;
                whole(sql, &member, artifact).await
            })
        })
        .await
}

/// The artifact, which the proof says the caller may see, without what is in it.
pub(super) async fn load(
    sql: &mut Sql<'_>,
    member: &Member,
    id: ArtifactId,
) -> Outcome<ArtifactView> {
    let row = store::one(sql, member, id).await?;
    ArtifactView::read(&row.ok_or_else(Fault::not_found)?)
}

/// The same with what is in its newest version, and what is new there.
pub(super) async fn whole(
    sql: &mut Sql<'_>,
    member: &Member,
    mut artifact: ArtifactView,
) -> Outcome<ArtifactView> {
    let newest = version(sql, member, artifact.id, artifact.version).await?;
    let base = match store::last_taken(sql, member, &artifact).await? {
        Some(taken) => Some(taken),
        None => (artifact.version > 1).then(|| artifact.version - 1),
    };
    let before = match base {
        Some(number) => Some(version(sql, member, artifact.id, number).await?),
        None => None,
    };
    let was = before.as_ref().map(Version::compared);
    artifact.changes = Some(changes(was.as_ref(), &newest.compared()));
    artifact.note = newest.note;
    artifact.content = newest.content;
    artifact.files = newest.files;
    Ok(artifact)
}

/// What is in a version.
struct Version {
    note: String,
    content: Option<Value>,
    files: Vec<FileView>,
}

impl Version {
    /// What two versions are compared by: the content, or what is known of each file.
    fn compared(&self) -> Value {
        match &self.content {
            Some(content) => content.clone(),
            None => self
                .files
                .iter()
                .map(|file| {
                    let start = &file.digest.hex()[..12];
                    (
                        file.name.clone(),
                        json!(format!("{} bytes, {start}", file.size)),
                    )
                })
                .collect::<Map<_, _>>()
                .into(),
        }
    }
}

async fn version(
    sql: &mut Sql<'_>,
    member: &Member,
    id: ArtifactId,
    number: i64,
) -> Outcome<Version> {
    let row = store::version(sql, member, id, number).await?;
    let row =
        row.ok_or_else(|| Fault::internal(format!("artifact {id} lacks version {number}")))?;
    let content = row
        .opt_text(1)?
        .map(|text| serde_json::from_str(&text).map_err(Fault::internal))
        .transpose()?;
    let files = store::files(sql, member, id, number).await?;
    Ok(Version {
        note: row.text(0)?,
        content,
        files: files
            .iter()
            .map(|row| FileView::read(row, id, number))
            .collect::<Outcome<_>>()?,
    })
}

/// `list_artifacts`: by their newest version, newest first, over every engagement of the caller.
pub async fn list_artifacts(call: Call, input: ListArtifacts) -> Outcome<Page<ArtifactView>> {
    let reach = Reach::of(&call, input.engagement)?;
    let filter = filter_text(&input);
    let scope = CursorScope {
        list: "artifacts",
        person: call.signed_in()?.person_id,
        filter: &filter,
    };
    let after = paging::after(input.cursor.as_deref(), &scope)?;
    let limit = input.limit;
    let found = call
        .hub
        .db()
        .read(move |sql| {
            Box::pin(async move {
                let rows = store::list(sql, &reach, &input, after, limit.get() + 1).await?;
                Ok::<_, Fault>((rows, store::list_total(sql, &reach, &input).await?))
            })
        })
        .await?;
    page_of_rows(&found, limit, &scope, ArtifactView::read, |artifact| {
        Cursor {
            at: artifact.made_at,
            id: artifact.id.uuid(),
        }
    })
}

fn filter_text(input: &ListArtifacts) -> String {
    let words = [
        input.engagement.map(|id| id.to_string()),
        input.kind.map(|kind| kind.to_string()),
        input.state.map(|state| state.to_string()),
        input.run_id.map(|run| run.to_string()),
    ];
    words.map(Option::unwrap_or_default).join("|")
}

/// `list_artifact_versions`: newest first.
pub async fn list_artifact_versions(
    call: Call,
    input: PageOfArtifact,
) -> Outcome<Page<ArtifactVersionView>> {
    let filter = input.artifact_id.to_string();
    let scope = CursorScope {
        list: "artifact.versions",
        person: call.signed_in()?.person_id,
        filter: &filter,
    };
    let after = paging::after(input.cursor.as_deref(), &scope)?;
    let limit = input.limit;
    let hub = call.hub.clone();
    let found = hub
        .db()
        .read_consistent(move |sql| {
            Box::pin(async move {
                let id = input.artifact_id;
                let member = access::in_engagement_of_artifact(sql, &call, id).await?;
                let rows = store::versions(sql, &member, id, after, limit.get() + 1).await?;
                Ok::<_, Fault>((rows, store::versions_total(sql, &member, id).await?))
            })
        })
        .await?;
    page_of_rows(&found, limit, &scope, version_view, |version| Cursor {
        at: version.made_at,
        id: version.place,
    })
}

fn version_view(row: &Row) -> Outcome<ArtifactVersionView> {
    let version = row.int(0)?;
    Ok(ArtifactVersionView {
        version,
        content_kind: word(row, 1, ContentKind::parse)?,
        note: row.text(2)?,
        run_id: row.opt_id(3)?,
        made_by: row.id(4)?,
        made_by_name: row.text(5)?,
        made_at: row.time(6)?,
        place: store::place_of(version),
    })
}

/// `list_artifact_decisions`: every decision about any version, also those that were taken back, newest first.
pub async fn list_artifact_decisions(
    call: Call,
    input: PageOfArtifact,
) -> Outcome<Page<DecisionView>> {
    let about = decision::Object::Artifact(input.artifact_id);
    decision::list_about(call, about, input.limit, input.cursor.as_deref()).await
}
