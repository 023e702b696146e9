//! What people and agents say about dashboards, runs and artifacts.

use bellboard_core::membership::Capability::View;

use crate::comment;
use crate::verbs::ObjectConcept::Dashboard;
use crate::verbs::entry::Access::{Artifact, Object, Run};
use crate::verbs::tool::NO_TOOL;

verbs! {
    list_dashboard_comments: Get "/dashboard/{dashboard_id}/comments", Object(Dashboard, View), NO_TOOL, false,
        comment::list_dashboard_comments, comment::ListDashboardComments => bellboard_core::page::Page<comment::CommentView>,
        "What was said about a dashboard, and the bells that rang in its thread, newest first.";
    add_dashboard_comment: Post "/dashboard/{dashboard_id}/comments", Object(Dashboard, View), NO_TOOL, true,
        comment::add_dashboard_comment, comment::AddDashboardComment => comment::CommentView,
        "Says something about a dashboard; whoever is mentioned is told.";
    list_run_comments: Get "/runs/{run_id}/comments", Run(View), NO_TOOL, false,
        comment::list_run_comments, comment::ListRunComments => bellboard_core::page::Page<comment::CommentView>,
        "What was said about a run, newest first.";
    add_run_comment: Post "/runs/{run_id}/comments", Run(View), NO_TOOL, true,
        comment::add_run_comment, comment::AddRunComment => comment::CommentView,
        "Says something about a run; whoever is mentioned is told.";
    list_artifact_comments: Get "/artifacts/{artifact_id}/comments", Artifact(View), NO_TOOL, false,
        comment::list_artifact_comments, comment::ListArtifactComments => bellboard_core::page::Page<comment::CommentView>,
        "What was said about an artifact, newest first.";
    add_artifact_comment: Post "/artifacts/{artifact_id}/comments", Artifact(View), NO_TOOL, true,
        comment::add_artifact_comment, comment::AddArtifactComment => comment::CommentView,
        "Says something about an artifact; whoever is mentioned is told.";
}
