//! Sync: planned work is read from the files of a repository into the hub, and never the other way round unless asked.
//!
//! The hub itself never opens a path that a caller names: the command line reads a working tree and posts what it found.
//! The rule stands in core (`work/merge.rs`); here the facts for it are read and what it decides is written, in one
//! transaction for a repo, or for a few that were sent together.

mod apply;
pub mod checkout;
mod facts;
mod input;
mod plans;
mod report;
mod store;
mod write_back;

use std::collections::BTreeMap;
use std::sync::{Arc, LazyLock};
use std::thread::available_parallelism;

use bellboard_core::id::RepoId;
use bellboard_core::text::Bounded;
use bellboard_core::work::{Checkout, ReadFile, WorkstreamChange, merge_tasks};
use tokio::sync::Semaphore;
use uuid::Uuid;

use crate::access::{self, Found};
use crate::call::Call;
use crate::db::Sql;
use crate::event::{self, HintKind};
use crate::fault::{Fault, Outcome, again};
use crate::verbs::WorkConcept;
use apply::{Decided, Writer};
use facts::{Facts, Repo};
use input::{MAX_REPOS, PlanText};
use write_back::WriteBack;

pub use input::{SkippedFile, SyncFile, SyncHead, SyncRepo, SyncRepos};
pub use report::{HeldBack, SyncProblem, SyncReport, SyncReports, WriteBackFile};

/// How a sync is to be done.
struct Asked {
    head: SyncHead,
    fingerprint: Option<Bounded<64>>,
    force: bool,
    dry_run: bool,
    write_back: bool,
    decisions: Option<String>,
}

/// What was posted of one repo, for as many tries as it takes.
struct Posted {
    repo: Uuid,
    asked: Asked,
    files: Vec<PlanText>,
    /// Where it stands in the input, when it came with others.
    place: Option<String>,
}

/// How often a sync is tried that meets others.
const TRIES: u32 = 4;

/// `sync_repo`.
pub async fn sync_repo(call: Call, input: SyncRepo) -> Outcome<SyncReport> {
    let mut reports = sync_all(call, vec![(None, input)]).await?;
    let only = reports.pop();
    only.ok_or_else(|| Fault::internal("a repo was synced without a report"))
}

/// `sync_repos`.
pub async fn sync_repos(call: Call, input: SyncRepos) -> Outcome<SyncReports> {
    let count = input.repos.len();
    if count == 0 || count > MAX_REPOS {
        let detail = format!("From 1 to {MAX_REPOS} repos are synced at once; these are {count}.");
        return Err(Fault::invalid("repos", detail));
    }
    let mut repos = Vec::with_capacity(count);
    for (at, mut repo) in input.repos.into_iter().enumerate() {
        repo.engagement = repo.engagement.or_else(|| input.engagement.clone());
        repos.push((Some(format!("repos[{at}]")), repo));
    }
    let items = sync_all(call, repos).await?;
    Ok(SyncReports { items })
}

/// Syncs all of them or, if one is refused, none; the reports come in the order of the repos.
async fn sync_all(call: Call, repos: Vec<(Option<String>, SyncRepo)>) -> Outcome<Vec<SyncReport>> {
    let found = find(&call, &repos).await?;
    let posted = beside(move || {
        let each = repos.into_iter().zip(found);
        let read = each.map(|((place, repo), id)| Posted::read(place, repo, id));
        read.collect::<Outcome<Vec<_>>>()
    });
    let posted = Arc::new(posted.await??);
    let synced = if posted.iter().all(|one| one.asked.dry_run) {
        let (db, posted) = (call.hub.db().clone(), posted.clone());
        db.read_consistent(move |sql| Box::pin(sync_each(sql, call, posted)))
            .await?
    } else {
        written(&call, &posted).await?
    };
    // The texts are made where they hold nobody up.
    beside(move || {
        let each = synced.into_iter().zip(posted.iter());
        each.map(|(synced, posted)| synced.told(posted)).collect()
    })
    .await
}

/// Works on texts where it holds nobody up, on no more threads than there are cores: others would only take turns with
/// the writer, each with memory of its own.
async fn beside<T: Send + 'static>(work: impl FnOnce() -> T + Send + 'static) -> Outcome<T> {
    static CORES: LazyLock<Semaphore> =
        LazyLock::new(|| Semaphore::new(available_parallelism().map_or(1, usize::from)));
    let _turn = CORES.acquire().await.map_err(Fault::internal)?;
    let done = tokio::task::spawn_blocking(work);
    done.await.map_err(Fault::internal)
}

/// Whoever may not sync is told so before their files are read.
async fn find(call: &Call, repos: &[(Option<String>, SyncRepo)]) -> Outcome<Vec<Uuid>> {
    let names: Vec<_> = repos
        .iter()
        .map(|(place, repo)| (place.clone(), repo.slug.clone(), repo.engagement.clone()))
        .collect();
    let acting = call.clone();
    let found = call.hub.db().read(move |sql| {
        Box::pin(async move {
            let mut found = Vec::with_capacity(names.len());
            for (place, slug, engagement) in &names {
                let engagement = engagement.as_deref();
                let one = access::work(sql, &acting, WorkConcept::Repo, slug, engagement).await;
                found.push(one.map_err(|fault| fault.within(place.as_deref()))?.id);
            }
            Ok(found)
        })
    });
    found.await
}

/// Syncs, again if need be.
async fn written(call: &Call, posted: &Arc<Vec<Posted>>) -> Outcome<Vec<Synced>> {
    // Another repo brought the same id at the same moment; the next time it is seen there.
    again(TRIES, || {
        let (acting, posted) = (call.clone(), posted.clone());
        let db = call.hub.db();
        db.write(move |sql| Box::pin(sync_each(sql, acting, posted)))
    })
    .await
}

impl Posted {
    fn place(&self) -> Option<&str> {
        self.place.as_deref()
    }

    fn read(place: Option<String>, input: SyncRepo, repo: Uuid) -> Outcome<Self> {
        let files = input::read(input.files, &input.skipped);
        Ok(Self {
            repo,
            asked: Asked {
                head: input.head,
                fingerprint: input.fingerprint,
                force: input.force,
                dry_run: input.dry_run,
                write_back: input.write_back,
                decisions: input.decisions,
            },
            files: files.map_err(|fault| fault.within(place.as_deref()))?,
            place,
        })
    }
}

/// What a sync found and did, and what the files should say now.
struct Synced {
    report: SyncReport,
    back: WriteBack,
}

impl Synced {
    fn told(mut self, posted: &Posted) -> SyncReport {
        let decisions = posted.asked.decisions.as_deref();
        write_back::tell(&posted.files, decisions, &self.back, &mut self.report);
        self.report.cut()
    }
}

/// All of them are held first, in the order of their ids, so that two callers with the same repos do not wait for each
/// other in a circle.
async fn sync_each(
    sql: &mut Sql<'_>,
    call: Call,
    posted: Arc<Vec<Posted>>,
) -> Outcome<Vec<Synced>> {
    let mut held = BTreeMap::new();
    let mut order: Vec<&Posted> = posted.iter().collect();
    order.sort_by_key(|one| one.repo);
    for one in order {
        let found = hold(sql, &call, one).await;
        held.insert(one.repo, found.map_err(|fault| fault.within(one.place()))?);
    }
    let mut synced = Vec::with_capacity(posted.len());
    for one in posted.iter() {
        let done = sync_in(sql, &call, &held[&one.repo], one).await;
        synced.push(done.map_err(|fault| fault.within(one.place()))?);
    }
    Ok(synced)
}

/// Asked again: the membership may have ended meanwhile.
async fn hold(sql: &mut Sql<'_>, call: &Call, posted: &Posted) -> Outcome<Found> {
    let name = posted.repo.to_string();
    let found = access::work(sql, call, WorkConcept::Repo, &name, None).await?;
    if !posted.asked.dry_run {
        let repo = RepoId::from_uuid(found.id);
        store::hold(sql, found.member.engagement_id(), repo).await?;
    }
    Ok(found)
}

async fn sync_in(
    sql: &mut Sql<'_>,
    call: &Call,
    found: &Found,
    posted: &Posted,
) -> Outcome<Synced> {
    let (engagement, id) = (found.member.engagement_id(), RepoId::from_uuid(found.id));
    let repo = Repo::load(sql, engagement, id).await?;
    let by = Writer {
        hub: &call.hub,
        member: &found.member,
        now: call.now,
    };
    sync(sql, by, repo, &posted.asked, &posted.files).await
}

/// Compares, writes unless only asked, and tells.
async fn sync(
    sql: &mut Sql<'_>,
    by: Writer<'_>,
    repo: Repo,
    asked: &Asked,
    files: &[PlanText],
) -> Outcome<Synced> {
    let facts = Facts::load(sql, repo, files).await?;
    let read: Vec<ReadFile<'_>> = files.iter().map(|file| read_file(&facts, file)).collect();
    let holds_last_sync = facts.repo.last_commit.as_deref().is_none_or(|last| {
        let held = asked.head.holds_commit.as_deref();
        held == Some(last)
    });
    let mut elsewhere = facts.elsewhere.clone();
    if !holds_last_sync && !asked.force {
        elsewhere.extend(facts.on_last_branch());
    }
    let checkout = Checkout {
        repo: &facts.repo.slug,
        is_behind: asked.head.behind > 0 || asked.head.under_way.is_some(),
        holds_last_sync,
        is_forced: asked.force,
        files: &read,
        elsewhere: &elsewhere,
    };
    let tasks = merge_tasks(&checkout, &facts.tasks);
    let plans = plans::merge_plans(&checkout, &facts, &tasks);
    let mut report = SyncReport::of_files((&facts.repo.slug, by.now), &asked.head, files);
    report.dry_run = asked.dry_run;
    report.take(&tasks);
    for plan in &plans {
        report.drift.extend(plan.merge.drift.iter().cloned());
        match plan.merge.change {
            WorkstreamChange::Create(_) => report.workstreams_created += 1,
            WorkstreamChange::Update { .. } => report.workstreams_updated += 1,
            WorkstreamChange::Keep => {}
        }
    }
    let decided = Decided {
        facts: &facts,
        files,
        checkout: &checkout,
        tasks: &tasks,
        plans: &plans,
    };
    let mut ids = None;
    if !asked.dry_run && !checkout.is_behind {
        let written = apply::apply(sql, by, decided).await?;
        report.warnings.extend(written.warnings.iter().cloned());
        report.written = true;
        ids = Some(written);
    }
    let back = if asked.write_back {
        write_back::collect(sql, decided, ids.as_ref()).await?
    } else {
        WriteBack::default()
    };
    if report.written {
        report.fingerprint = asked.fingerprint.as_deref().map(str::to_owned);
        record(sql, by, &checkout, &facts.repo, &report).await?;
    } else if let Some(held_back) = HeldBack::of(&asked.head, by.now).filter(|_| !asked.dry_run) {
        hold_back(sql, by, &facts.repo, &held_back).await?;
    }
    Ok(Synced { report, back })
}

fn read_file<'a>(facts: &Facts, file: &'a PlanText) -> ReadFile<'a> {
    let known = facts.hashes.get(&file.path);
    ReadFile {
        path: &file.path,
        format: file.format,
        reading: &file.reading,
        is_unchanged: known.is_some_and(|known| *known == file.hash),
    }
}

/// Keeps with the repo that a sync wrote nothing, beside what the last one left.
async fn hold_back(
    sql: &mut Sql<'_>,
    by: Writer<'_>,
    repo: &Repo,
    held_back: &HeldBack,
) -> Outcome<()> {
    let report = held_back.beside(repo.last_sync.as_deref())?;
    store::keep_report(sql, (repo.engagement, repo.id), &report).await?;
    let kind = HintKind::WorkChanged;
    event::store::append(sql, repo.engagement, kind, repo.id.uuid(), by.now).await
}

/// Keeps the report with the repo. The commit moves on only with working trees that hold the last one, so that a branch
/// beside it does not become the measure.
async fn record(
    sql: &mut Sql<'_>,
    by: Writer<'_>,
    checkout: &Checkout<'_>,
    repo: &Repo,
    report: &SyncReport,
) -> Outcome<()> {
    let place = (repo.engagement, repo.id);
    let moves_on = checkout.holds_last_sync || checkout.is_forced;
    let commit = report.commit.as_deref().filter(|_| moves_on);
    store::record(sql, place, commit, &report.kept()?, by.now).await?;
    if report.changes() {
        let kind = HintKind::WorkChanged;
        event::store::append(sql, repo.engagement, kind, repo.id.uuid(), by.now).await?;
    }
    Ok(())
}
