//! Sync: planned work is read from the files of a repository into the hub, and never the other way round unless asked.
//!
//! The hub itself never opens a path that a caller names: the command line reads a working tree and posts what it found.
//! The rule stands in core (`work/merge.rs`); here the facts for it are read and what it decides is written, in one
//! transaction for a repo.

mod apply;
pub mod checkout;
mod facts;
mod input;
mod plans;
mod report;
mod store;
mod write_back;

use std::sync::Arc;

use bellboard_core::id::RepoId;
use bellboard_core::text::Bounded;
use bellboard_core::work::{Checkout, ReadFile, WorkstreamChange, merge_tasks};
use uuid::Uuid;

use crate::access;
use crate::call::Call;
use crate::db::Sql;
use crate::event::{self, HintKind};
use crate::fault::{Fault, Outcome};
use crate::verbs::WorkConcept;
use apply::{Decided, Writer};
use facts::{Facts, Repo};
use input::PlanText;
use write_back::WriteBack;

pub use input::{SkippedFile, SyncFile, SyncHead, SyncRepo};
pub use report::{HeldBack, SyncProblem, SyncReport, WriteBackFile};

/// How a sync is to be done.
struct Asked {
    head: SyncHead,
    fingerprint: Option<Bounded<64>>,
    force: bool,
    dry_run: bool,
    write_back: bool,
    decisions: Option<String>,
}

/// What was posted, for as many tries as it takes.
struct Posted {
    asked: Asked,
    files: Vec<PlanText>,
}

/// How often a sync is tried that meets others.
const TRIES: u32 = 4;

/// The code of what meets others.
const BUSY: &str = "busy";

/// `sync_repo`.
pub async fn sync_repo(call: Call, input: SyncRepo) -> Outcome<SyncReport> {
    let hub = call.hub.clone();
    let (slug, engagement) = (input.slug, input.engagement);
    // Whoever may not sync is told so before their files are read.
    let first = call.clone();
    let found = hub
        .db()
        .read(move |sql| {
            Box::pin(async move {
                let engagement = engagement.as_deref();
                access::work(sql, &first, WorkConcept::Repo, &slug, engagement).await
            })
        })
        .await?;
    let asked = Asked {
        head: input.head,
        fingerprint: input.fingerprint,
        force: input.force,
        dry_run: input.dry_run,
        write_back: input.write_back,
        decisions: input.decisions,
    };
    let (files, skipped) = (input.files, input.skipped);
    let files = tokio::task::spawn_blocking(move || input::read(files, &skipped));
    let files = files.await.map_err(Fault::internal)??;
    let posted = Arc::new(Posted { asked, files });
    let synced = if posted.asked.dry_run {
        let posted = posted.clone();
        hub.db()
            .read_consistent(move |sql| Box::pin(sync_in(sql, call, found.id, posted)))
            .await?
    } else {
        written(&call, found.id, &posted).await?
    };
    // The texts are made where they hold nobody up.
    let told = tokio::task::spawn_blocking(move || synced.told(&posted));
    told.await.map_err(Fault::internal)
}

/// Syncs, again if need be.
async fn written(call: &Call, repo: Uuid, posted: &Arc<Posted>) -> Outcome<Synced> {
    let mut tries = 1;
    loop {
        let (acting, posted) = (call.clone(), posted.clone());
        let done = call
            .hub
            .db()
            .write(move |sql| Box::pin(sync_in(sql, acting, repo, posted)))
            .await;
        match done {
            // Another repo brought the same id at the same moment; the next time it is seen there.
            Err(fault) if fault.code == BUSY && tries < TRIES => tries += 1,
            done => return done,
        }
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

async fn sync_in(
    sql: &mut Sql<'_>,
    call: Call,
    repo: Uuid,
    posted: Arc<Posted>,
) -> Outcome<Synced> {
    let Posted { asked, files } = &*posted;
    // Asked again: the membership may have ended meanwhile.
    let name = repo.to_string();
    let found = access::work(sql, &call, WorkConcept::Repo, &name, None).await?;
    let (engagement, id) = (found.member.engagement_id(), RepoId::from_uuid(found.id));
    if !asked.dry_run {
        store::hold(sql, engagement, id).await?;
    }
    let repo = Repo::load(sql, engagement, id).await?;
    let by = Writer {
        hub: &call.hub,
        member: &found.member,
        now: call.now,
    };
    sync(sql, by, repo, asked, files).await
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
