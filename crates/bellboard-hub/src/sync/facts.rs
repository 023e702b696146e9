//! What the hub knows about a repo's plans, as the rule of sync in core takes it.

use std::collections::{BTreeMap, BTreeSet};

use bellboard_core::id::{EngagementId, RepoId, WorkstreamId};
use bellboard_core::time::Timestamp;
use bellboard_core::work::{
    EntryStatus, Format, Place, Priority, Sighting, StoredTask, StoredWorkstream, TaskStatus,
    WorkstreamStatus,
};
use serde::Deserialize;
use uuid::Uuid;

use super::input::PlanText;
use super::store::{self, Home};
use crate::db::{Row, Sql};
use crate::fault::{Fault, Outcome};

/// The repo that is synced.
#[derive(Debug, Clone)]
pub(super) struct Repo {
    pub(super) engagement: EngagementId,
    pub(super) id: RepoId,
    pub(super) slug: String,
    pub(super) home: Home,
    pub(super) last_commit: Option<String>,
    /// The report that stays with it.
    pub(super) last_sync: Option<String>,
    /// The branch of that commit, where it is known.
    last_branch: Option<String>,
    /// The slugs that it had before.
    former_slugs: Vec<String>,
}

/// What is read of the report that stays with a repo.
#[derive(Deserialize)]
struct LastSync {
    branch: Option<String>,
    commit: Option<String>,
}

/// A workstream of a file, as it is stored.
pub(super) struct KnownWorkstream {
    pub(super) stored: StoredWorkstream,
    pub(super) path: Option<String>,
    pub(super) hash: Option<Vec<u8>>,
    pub(super) completed_at: Option<Timestamp>,
}

/// Everything that a sync compares with.
pub(super) struct Facts {
    pub(super) repo: Repo,
    /// The tasks of the repo, and those of others that have a key which stands in its files.
    pub(super) tasks: Vec<StoredTask>,
    /// The workstream of each of them.
    pub(super) workstream_of: BTreeMap<Uuid, WorkstreamId>,
    /// The repo's workstreams by their keys.
    pub(super) workstreams: BTreeMap<String, KnownWorkstream>,
    /// Plans of other repos with keys that stand in the files.
    pub(super) elsewhere: Vec<Sighting>,
    /// How many open tasks each workstream has that stand in no file of the repo.
    pub(super) open_made_here: BTreeMap<Uuid, u64>,
    /// The files of the last sync with the hashes of their texts.
    pub(super) hashes: BTreeMap<String, Vec<u8>>,
}

impl Repo {
    pub(super) async fn load(
        sql: &mut Sql<'_>,
        engagement: EngagementId,
        id: RepoId,
    ) -> Outcome<Self> {
        let row = store::repo(sql, engagement, id).await?;
        let row = row.ok_or_else(Fault::not_found)?;
        let former = store::former_slugs(sql, engagement, id).await?;
        let former_slugs = former.iter().map(|row| row.text(0));
        let last_commit = row.opt_text(4)?;
        let last_sync = row.opt_text(5)?;
        let last: Option<LastSync> = last_sync
            .as_deref()
            .and_then(|text| serde_json::from_str(text).ok());
        // A branch beside may have been synced since; its name is not that of the commit.
        let last = last.filter(|last| last.commit == last_commit);
        let repo = Self {
            engagement,
            id,
            home: (row.id(0)?, row.opt_id(1)?),
            slug: row.text(2)?,
            last_commit,
            last_branch: last.and_then(|last| last.branch),
            last_sync,
            former_slugs: former_slugs.collect::<Result<_, _>>()?,
        };
        if EntryStatus::parse(&row.text(3)?) == Some(EntryStatus::Archived) {
            let detail = format!("The repo `{}` is archived, so it is not synced.", repo.slug);
            return Err(Fault::conflict("repo_archived", detail));
        }
        Ok(repo)
    }
}

impl Repo {
    /// A stored key as the files of today make it: where a repo's slug stands before it, that of today.
    fn key_today(&self, key: String, repo: Option<&str>, path: Option<&str>) -> String {
        let is_own = repo == Some(self.slug.as_str());
        let has_slug = path
            .and_then(Format::of)
            .is_some_and(|format| format != Format::Workplan);
        if !is_own || !has_slug {
            return key;
        }
        let rest = |former: &String| key.strip_prefix(former.as_str())?.strip_prefix(':');
        match self.former_slugs.iter().find_map(rest) {
            Some(rest) => format!("{}:{rest}", self.slug),
            None => key,
        }
    }
}

impl Facts {
    pub(super) async fn load(sql: &mut Sql<'_>, repo: Repo, files: &[PlanText]) -> Outcome<Self> {
        let (engagement, id) = (repo.engagement, repo.id);
        let mut facts = Self {
            tasks: Vec::new(),
            workstream_of: BTreeMap::new(),
            workstreams: BTreeMap::new(),
            elsewhere: Vec::new(),
            open_made_here: BTreeMap::new(),
            hashes: BTreeMap::new(),
            repo,
        };
        for row in store::tasks(sql, engagement, id).await? {
            facts.add_task(&row)?;
        }
        for row in store::workstreams(sql, engagement, id).await? {
            facts.add_workstream(&row)?;
        }
        for row in store::open_made_here(sql, engagement, id).await? {
            let open = u64::try_from(row.int(1)?).unwrap_or(0);
            facts.open_made_here.insert(row.id(0)?, open);
        }
        for row in store::files(sql, engagement, id).await? {
            facts.hashes.insert(row.text(0)?, row.blob(1)?);
        }
        facts.look_elsewhere(sql, files).await?;
        Ok(facts)
    }

    /// The tasks of the repo's own files at the last sync, for a working tree of a branch beside it: an id that stands in
    /// another plan there is one id on two branches.
    pub(super) fn on_last_branch(&self) -> impl Iterator<Item = Sighting> {
        let known = self.workstreams.iter();
        let plans: BTreeMap<Uuid, &String> =
            known.map(|(key, known)| (known.stored.id, key)).collect();
        let own = self.tasks.iter().filter(|task| {
            !task.is_removed && task.repo.as_deref() == Some(self.repo.slug.as_str())
        });
        own.filter_map(move |task| {
            let plan = self.workstream_of.get(&task.id)?;
            Some(Sighting {
                key: task.key.clone(),
                plan_key: (*plans.get(&plan.uuid())?).clone(),
                place: Place {
                    repo: self.repo.slug.clone(),
                    branch: self.repo.last_branch.clone(),
                    path: task.path.clone()?,
                    line: task.line?,
                },
            })
        })
    }

    /// Looks up the keys that stand in the files and are not this repo's own.
    async fn look_elsewhere(&mut self, sql: &mut Sql<'_>, files: &[PlanText]) -> Outcome<()> {
        let (tasks, plans) = keys_of(&self.repo.slug, files);
        let own: BTreeSet<&str> = self.tasks.iter().map(|task| task.key.as_str()).collect();
        let new: Vec<&str> = tasks
            .iter()
            .map(String::as_str)
            .filter(|key| !own.contains(key))
            .collect();
        for row in store::tasks_of_keys(sql, self.repo.engagement, &new).await? {
            self.add_task(&row)?;
        }
        let new: Vec<&str> = plans
            .iter()
            .map(String::as_str)
            .filter(|key| !self.workstreams.contains_key(*key))
            .collect();
        for row in store::workstreams_of_keys(sql, self.repo.engagement, &new).await? {
            self.add_workstream(&row)?;
        }
        Ok(())
    }

    fn add_task(&mut self, row: &Row) -> Outcome<()> {
        let id: Uuid = row.id(0)?;
        let (status, priority) = (row.text(7)?, row.text(8)?);
        let (repo, path) = (row.opt_text(2)?, row.opt_text(3)?);
        let key = row.text(1)?;
        self.tasks.push(StoredTask {
            id,
            key: self.repo.key_today(key, repo.as_deref(), path.as_deref()),
            repo,
            path,
            line: row.opt_int(4)?.and_then(|line| u32::try_from(line).ok()),
            title: row.text(5)?,
            description: row.text(6)?,
            status: TaskStatus::parse(&status).ok_or_else(|| no_word("tasks.status", &status))?,
            priority: Priority::parse(&priority)
                .ok_or_else(|| no_word("tasks.priority", &priority))?,
            assignee: row.text(9)?,
            is_removed: row.bool(10)?,
        });
        self.workstream_of.insert(id, row.id(11)?);
        Ok(())
    }

    /// A workstream of this repo, or one that was made in the hub, is known; one of another repo is seen elsewhere.
    fn add_workstream(&mut self, row: &Row) -> Outcome<()> {
        let (key, path, status) = (row.text(1)?, row.opt_text(3)?, row.text(7)?);
        let repo = row.opt_text(2)?;
        let key = self.repo.key_today(key, repo.as_deref(), path.as_deref());
        if let Some(repo) = repo.filter(|repo| *repo != self.repo.slug) {
            self.elsewhere.push(Sighting {
                plan_key: key.clone(),
                key,
                place: Place {
                    repo,
                    branch: None,
                    path: path.unwrap_or_default(),
                    line: 1,
                },
            });
            return Ok(());
        }
        let stored = StoredWorkstream {
            id: row.id(0)?,
            title: row.text(4)?,
            owner: row.text(5)?,
            description: row.text(6)?,
            status: WorkstreamStatus::parse(&status)
                .ok_or_else(|| no_word("workstreams.status", &status))?,
        };
        let known = KnownWorkstream {
            stored,
            path,
            hash: row.opt_blob(8)?,
            completed_at: row.opt_time(9)?,
        };
        self.workstreams.insert(key, known);
        Ok(())
    }
}

/// The keys of the tasks and of the plans that stand in the files.
fn keys_of(repo: &str, files: &[PlanText]) -> (BTreeSet<String>, BTreeSet<String>) {
    let (mut tasks, mut plans) = (BTreeSet::new(), BTreeSet::new());
    for file in files {
        let Some(plan) = &file.reading.plan else {
            continue;
        };
        let key = |task| file.format.external_id(repo, &plan.workstream.id, task);
        tasks.extend(plan.tasks.iter().map(|task| key(Some(task.id.as_str()))));
        plans.insert(key(None));
    }
    (tasks, plans)
}

fn no_word(column: &str, word: &str) -> Fault {
    Fault::internal(format!(
        "{column} holds `{word}`, which is no word of its set"
    ))
}
