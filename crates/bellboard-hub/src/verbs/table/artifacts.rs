//! Artifacts, and the decisions about them.

use bellboard_core::membership::Capability::{Decide, Report, View};

use crate::verbs::entry::Access::{Artifact, Engagement, SignedIn};
use crate::verbs::tool::{self, NO_TOOL};
use crate::{artifact, decision};

verbs! {
    create_artifact: Post "/engagements/{engagement_id}/artifacts", Engagement(Report), tool::CREATE_ARTIFACT, true,
        artifact::create_artifact, artifact::CreateArtifact => artifact::ArtifactMade,
        "Puts something that was made before those who may decide about it.";
    list_artifacts: Get "/artifacts", SignedIn, NO_TOOL, false,
        artifact::list_artifacts, artifact::ListArtifacts => bellboard_core::page::Page<artifact::ArtifactView>,
        "What was made, over every engagement that you belong to, by the newest version, newest first.";
    get_artifact: Get "/artifacts/{artifact_id}", Artifact(View), tool::GET_ARTIFACT, false,
        artifact::get_artifact, artifact::GetArtifact => artifact::ArtifactView,
        "One artifact with what is in it; with `wait_seconds` it answers as soon as a decision is in effect.";
    add_artifact_version: Post "/artifacts/{artifact_id}/versions", Artifact(Report), tool::ADD_ARTIFACT_VERSION, true,
        artifact::add_artifact_version, artifact::AddArtifactVersion => artifact::ArtifactMade,
        "Puts a new version of an artifact before those who may decide; it waits again.";
    list_artifact_versions: Get "/artifacts/{artifact_id}/versions", Artifact(View), NO_TOOL, false,
        artifact::list_artifact_versions, artifact::PageOfArtifact => bellboard_core::page::Page<artifact::ArtifactVersionView>,
        "The versions of an artifact, newest first.";
    list_artifact_decisions: Get "/artifacts/{artifact_id}/decisions", Artifact(View), NO_TOOL, false,
        artifact::list_artifact_decisions, artifact::PageOfArtifact => bellboard_core::page::Page<decision::DecisionView>,
        "Who decided what about an artifact and when, newest first, also what was undone.";
    decide_artifact: Post "/artifacts/{artifact_id}/decide", Artifact(Decide), NO_TOOL, false,
        artifact::decide_artifact, artifact::DecideArtifact => decision::DecisionView,
        "Decides about the newest version of an artifact. Whoever comes second is told who decided what and when.";
    decide_batch: Post "/me/decisions", SignedIn, NO_TOOL, false,
        decision::decide_batch, decision::DecideBatch => decision::BatchView,
        "Makes many decisions in one call, each on its own: one that is refused spoils no other.";
    undo_artifact: Post "/artifacts/{artifact_id}/undo", Artifact(Decide), NO_TOOL, false,
        artifact::undo_artifact, artifact::OfArtifact => decision::DecisionView,
        "Takes a decision back before it is in effect.";
}
