//! Which repo of the hub a working tree is.

use anyhow::Result;
use bellboard_core::work::Slug;
use bellboard_hub::sync::checkout::Checkout;
use serde::Deserialize;
use serde_json::{Value, json};

use super::failed;
use crate::client::Client;
use crate::session::Session;
use crate::stop::Stop;
use crate::wire;

/// What is read of a repo.
#[derive(Debug, Clone, Deserialize)]
pub struct Repo {
    pub(super) id: String,
    slug: String,
    engagement_slug: String,
    #[serde(default)]
    local_path: Option<String>,
    #[serde(default)]
    pub(super) last_commit: Option<String>,
    #[serde(default)]
    last_synced_at: Value,
    #[serde(default)]
    last_sync: Value,
    #[serde(default)]
    status: String,
}

impl Repo {
    /// What a sync would answer, if the hub has exactly what this fingerprint stands for.
    pub(super) fn report_of_same(&self, fingerprint: &str, dry_run: bool) -> Option<Value> {
        let last = &self.last_sync;
        if last["fingerprint"] != fingerprint || self.status != "active" {
            return None;
        }
        Some(json!({
            "repo": self.slug,
            "synced_at": self.last_synced_at,
            "branch": last["branch"],
            "commit": last["commit"],
            "behind": last["behind"],
            "fingerprint": fingerprint,
            "dry_run": dry_run,
            "written": false,
            "files_read": last["files_read"],
            "tasks_read": last["tasks_read"],
            "created": 0,
            "updated": 0,
            "unchanged": last["tasks_read"],
            "tombstoned": 0,
            "workstreams_created": 0,
            "workstreams_updated": 0,
            "drift_count": 0,
            "drift_left": 0,
            "warning_count": 0,
            "error_count": 0,
            "drift": [],
            "warnings": [],
            "errors": [],
            "write_back": [],
        }))
    }
}

/// The repo of this id.
pub async fn of_id(client: &Client, id: &str) -> Result<Repo> {
    Ok(client.call("get_repo", json!({"slug": id})).await?)
}

/// The repos among which that of a working tree is.
pub(super) enum Repos {
    /// It was named.
    One(Box<Repo>),
    /// It is found by where it lies and what it is called.
    All(Vec<Repo>),
}

impl Repos {
    /// Asks the hub.
    pub(super) async fn named(
        session: &Session,
        named: Option<&str>,
        engagement: Option<&str>,
    ) -> Result<Self> {
        let mut input = json!({});
        if let Some(engagement) = engagement {
            input["engagement"] = json!(session.engagement(Some(engagement)).await?.engagement_id);
        }
        let Some(slug) = named else {
            return Ok(Self::All(
                wire::all(&session.client, "list_repos", input).await?,
            ));
        };
        input["slug"] = json!(slug);
        let repo: Value = session.client.call_raw("get_repo", input).await?;
        Ok(Self::One(serde_json::from_value(repo)?))
    }

    /// The repo that is named, or the one that is registered for this folder, or the one that is called like it.
    pub(super) fn of(&self, checkout: &Checkout) -> Result<&Repo, Stop> {
        let repos = match self {
            Self::One(repo) => return Ok(repo),
            Self::All(repos) => repos,
        };
        let root = checkout.root.to_string_lossy();
        let name = checkout.root.file_name();
        let name = name.map(|name| name.to_string_lossy().into_owned());
        let slug = name.as_deref().and_then(Slug::<100>::of_name);
        let lies_here = |repo: &&Repo| repo.local_path.as_deref() == Some(&*root);
        let is_called_so =
            |repo: &&Repo| slug.as_ref().is_some_and(|slug| repo.slug == slug.as_str());
        let here: Vec<&Repo> = repos.iter().filter(lies_here).collect();
        let called: Vec<&Repo> = repos.iter().filter(is_called_so).collect();
        match (here.as_slice(), called.as_slice()) {
            ([repo], _) | ([], [repo]) => Ok(repo),
            ([], []) => Err(failed(&format!(
                "no repo is registered for {root}. Register it with `bellboard register {root} --domain DOMAIN`, or name \
                 one with --repo"
            ))),
            ([one, other, ..], _) | ([], [one, other, ..]) => Err(failed(&format!(
                "more than one repo is registered for {root}, among them {} of {} and {} of {}. Name one with --repo, and \
                 its engagement with --in",
                one.slug, one.engagement_slug, other.slug, other.engagement_slug
            ))),
        }
    }
}
