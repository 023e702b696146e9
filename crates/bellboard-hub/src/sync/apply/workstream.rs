//! Writes what the rule of sync decided about workstreams.

use bellboard_core::id::{DomainId, TopicId, WorkstreamId};
use bellboard_core::work::{Slug, WorkstreamChange, WorkstreamStatus};

use super::super::facts::{Facts, KnownWorkstream};
use super::super::input::PlanText;
use super::super::plans::PlanMerge;
use super::super::report::SyncProblem;
use super::super::store::{self as found, Home};
use super::{Decided, NewWorkstream, WorkstreamRow, Writer, Written, id_of, store};
use crate::db::Sql;
use crate::fault::{Fault, Outcome};

/// What becomes of the workstream of one file, and its id.
pub(super) async fn write(
    sql: &mut Sql<'_>,
    by: Writer<'_>,
    decided: Decided<'_>,
    plan: &PlanMerge,
    written: &mut Written,
) -> Outcome<WorkstreamId> {
    let file = &decided.files[plan.file];
    let said = file.reading.plan.as_ref();
    let said = &said
        .ok_or_else(|| Fault::internal("a file without a plan has a workstream"))?
        .workstream;
    let place = (decided.facts.repo.engagement, decided.facts.repo.id);
    let known = decided.facts.workstreams.get(&plan.key);
    let completed_before = known.and_then(|known| known.completed_at);
    let row = |title, owner, description, status: WorkstreamStatus| WorkstreamRow {
        key: &plan.key,
        title,
        owner,
        description,
        status: status.as_str(),
        completed_at: status.completed_at(completed_before, by.now),
        format: file.format.as_str(),
        path: &file.path,
        hash: file.hash,
    };
    match (&plan.merge.change, known) {
        (WorkstreamChange::Create(status), _) => {
            let owner = said.owner.as_deref().unwrap_or_default();
            let row = row(&said.title, owner, &said.description, *status);
            make_workstream(sql, by, decided.facts, (file, row), written).await
        }
        (
            WorkstreamChange::Update {
                title,
                owner,
                description,
                status,
            },
            Some(known),
        ) => {
            let id = WorkstreamId::from_uuid(known.stored.id);
            let row = row(
                title.as_deref().unwrap_or(&known.stored.title),
                owner.as_deref().unwrap_or(&known.stored.owner),
                description.as_deref().unwrap_or(&known.stored.description),
                status.unwrap_or(known.stored.status),
            );
            store::update_workstream(sql, place, id, &row, by.now).await?;
            written.touched.entry(id).or_default();
            Ok(id)
        }
        (_, Some(known)) => {
            let id = WorkstreamId::from_uuid(known.stored.id);
            if has_moved(known, file) {
                let stored = &known.stored;
                let row = row(&stored.title, &stored.owner, "", stored.status);
                store::place_workstream(sql, place.0, id, &row).await?;
            }
            Ok(id)
        }
        (_, None) => Err(Fault::internal(format!(
            "{} is not known and not new",
            plan.key
        ))),
    }
}

/// A new workstream, under the id that its file keeps if there is one.
async fn make_workstream(
    sql: &mut Sql<'_>,
    by: Writer<'_>,
    facts: &Facts,
    (file, row): (&PlanText, WorkstreamRow<'_>),
    written: &mut Written,
) -> Outcome<WorkstreamId> {
    let said = file.reading.plan.as_ref();
    let kept = said.and_then(|plan| plan.workstream.hub_id);
    let mut id = kept.unwrap_or_else(|| id_of((facts.repo.engagement, "workstream", row.key)));
    if found::workstream_is_there(sql, id).await? {
        id = by.hub.world().new_id();
    }
    let id = WorkstreamId::from_uuid(id);
    let (domain, topic) = home(sql, facts, file, written).await?;
    let new = NewWorkstream {
        id,
        domain,
        topic,
        slug: free_slug(sql, facts, row.key).await?,
        row,
    };
    let place = (facts.repo.engagement, facts.repo.id);
    store::insert_workstream(sql, place, &new, by.now).await?;
    written.touched.entry(id).or_default();
    Ok(id)
}

fn has_moved(known: &KnownWorkstream, file: &PlanText) -> bool {
    known.path.as_deref() != Some(&file.path) || known.hash.as_deref() != Some(&file.hash)
}

/// The domain and the topic that a file names, where there are such; else those of its repo.
async fn home(
    sql: &mut Sql<'_>,
    facts: &Facts,
    file: &PlanText,
    written: &mut Written,
) -> Outcome<Home> {
    let (mut domain, mut topic) = facts.repo.home;
    let Some(plan) = &file.reading.plan else {
        return Ok((domain, topic));
    };
    let said = &plan.workstream;
    let mut unknown = |what: &str, slug: &str| {
        written.warnings.push(SyncProblem {
            path: file.path.clone(),
            line: said.line,
            reason: format!("there is no {what} `{slug}`, so that of the repo is taken"),
            way_out: format!("Make the {what}, or name one that is there."),
        });
    };
    if let Some(slug) = &said.domain {
        match found::named(sql, facts.repo.engagement, "domain", slug).await? {
            Some(id) => domain = DomainId::from_uuid(id),
            None => unknown("domain", slug),
        }
    }
    if let Some(slug) = &said.topic_slug {
        match found::named(sql, facts.repo.engagement, "topic", slug).await? {
            Some(id) => topic = Some(TopicId::from_uuid(id)),
            None => unknown("topic", slug),
        }
    }
    Ok((domain, topic))
}

/// A slug made of the key; a number follows where somebody has it.
async fn free_slug(sql: &mut Sql<'_>, facts: &Facts, key: &str) -> Outcome<String> {
    const ROOM_FOR_A_NUMBER: usize = 94;
    let slug = Slug::<ROOM_FOR_A_NUMBER>::of_name(key);
    let slug = slug.map_or_else(|| format!("{}-plan", facts.repo.slug), Slug::into_string);
    let mut tried = slug.clone();
    for number in 2..1_000 {
        if !found::slug_is_taken(sql, facts.repo.engagement, &tried).await? {
            return Ok(tried);
        }
        tried = format!("{slug}-{number}");
    }
    Err(Fault::conflict(
        "slug_taken",
        format!("All slugs made of `{key}` are taken."),
    ))
}
