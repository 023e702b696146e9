//! The snapshots of a dashboard: a strip with one mark for each, two to pick and compare, downloads, the hours without one,
//! and how the order moved over the newest.

use askama::Template;
use axum::extract::{Path, Query};
use axum::response::Response;
use bellboard_core::id::{DashboardId, SnapshotId};
use bellboard_core::page::Limit;
use bellboard_hub::snapshot::{
    self, ListMissed, ListSnapshots, MissedView, OfSnapshot, Reason, SnapshotDetail, SnapshotView,
};
use serde::Deserialize;

use super::bump::Bump;
use super::place::{Head, Place, Tab, changes_url, url_of};
use super::ribbon::{RIBBON, Ribbon};
use crate::pages::assets::Asset;
use crate::pages::chart::number_words;
use crate::pages::moment::{Moment, Reading};
use crate::pages::render;
use crate::pages::shell::Shell;
use crate::pages::visit::Visit;
use crate::pages::words::{counted, figure};
use crate::problem::Problem;

/// So many snapshots stand in the figure of the order.
const IN_THE_FIGURE: usize = 8;
/// The fewest that show how an order moved.
const FEWEST: usize = 3;
/// So many hours without a snapshot are named.
const MISSED_NAMED: u32 = 12;

/// Where to go on.
#[derive(Debug, Default, Clone, Deserialize)]
#[serde(default)]
pub struct SnapshotsQuery {
    before: String,
}

#[derive(Template)]
#[template(path = "dashboard_snapshots.html")]
struct SnapshotsPage {
    shell: Shell,
    head: Head,
    id: DashboardId,
    said: String,
    ribbon: Option<Ribbon>,
    rows: Vec<SnapshotRow>,
    bump: Option<Bump>,
    missed: Vec<MissedLine>,
    missed_words: String,
    older_url: Option<String>,
    command: String,
}

struct SnapshotRow {
    id: SnapshotId,
    number: String,
    at: Moment,
    why: String,
    rows: String,
    metric: String,
    change: String,
    url: Option<String>,
    rang: Option<String>,
    /// It is one of the pair that is chosen at first.
    from: bool,
    to: bool,
}

struct MissedLine {
    due: Moment,
    reason: String,
}

/// Answers `/ui/dashboards/{dashboard_id}/snapshots`.
pub async fn show(
    visit: Visit,
    Path(id): Path<String>,
    Query(query): Query<SnapshotsQuery>,
) -> Result<Response, Problem> {
    let place = Place::load(&visit, &id).await?;
    let view = &place.view;
    let input = ListSnapshots {
        dashboard_id: view.id,
        limit: Limit::new(RIBBON).unwrap_or_default(),
        cursor: (!query.before.is_empty()).then(|| query.before.clone()),
    };
    let page = snapshot::list_snapshots(visit.call("list_snapshots"), input).await?;
    let first_page = query.before.is_empty();
    let bump = if first_page && page.items.len() >= FEWEST {
        Some(bump(&visit, &page.items).await?)
    } else {
        None
    };
    let (missed, missed_words) = if first_page {
        missed(&visit, view.id).await?
    } else {
        (Vec::new(), String::new())
    };
    let rows = page.items.iter().enumerate();
    let rows = rows.map(|(at, one)| SnapshotRow::new(&visit, one, (at == 1, at == 0)));
    let older = |before: String| format!("{}?before={before}", url_of(view.id, Tab::Snapshots));
    render(&SnapshotsPage {
        shell: place.shell(&visit, Tab::Snapshots).await?,
        head: place.head(&visit, Tab::Snapshots),
        id: view.id,
        said: format!(
            "{}, kept for {}.",
            counted(page.total_count, "snapshot", "snapshots"),
            counted(u64::from(view.metadata.keep_days), "day", "days")
        ),
        ribbon: (!page.items.is_empty()).then(|| Ribbon::new(&page.items, &[])),
        rows: rows.collect(),
        bump,
        missed,
        missed_words,
        older_url: page.next_cursor.map(older),
        command: place.command(if place.may_take() { "snapshot" } else { "diff" }),
    })
}

impl SnapshotRow {
    fn new(visit: &Visit, one: &SnapshotView, (from, to): (bool, bool)) -> Self {
        Self {
            id: one.id,
            number: figure(one.number),
            at: Moment::new(one.captured_at, Reading::Clock, visit.now),
            why: match one.reason {
                Reason::Manual => format!("taken by {}", one.taken_by_name),
                Reason::Timer => "taken by the timer".to_owned(),
                Reason::Push => format!("{} pushed rows", one.taken_by_name),
            },
            rows: figure(one.row_count),
            metric: one.primary_metric.map_or_else(String::new, number_words),
            change: match &one.changes {
                Some(summary) => summary.sentence(),
                None => "The first that is kept.".to_owned(),
            },
            url: one
                .previous_id
                .map(|_| changes_url(one.dashboard_id, one.id)),
            rang: (one.rang > 0).then(|| format!("rang {}", counted(one.rang, "bell", "bells"))),
            from,
            to,
        }
    }
}

/// How the order moved over the newest that differ; over the newest at all where too few do.
async fn bump(visit: &Visit, newest: &[SnapshotView]) -> Result<Bump, Problem> {
    let differing = newest.iter().filter(|one| !one.unchanged);
    let mut chosen: Vec<&SnapshotView> = differing.take(IN_THE_FIGURE).collect();
    if chosen.len() < FEWEST {
        chosen = newest.iter().take(IN_THE_FIGURE).collect();
    }
    let mut loaded: Vec<SnapshotDetail> = Vec::with_capacity(chosen.len());
    for one in chosen.into_iter().rev() {
        let of = OfSnapshot {
            snapshot_id: one.id,
        };
        loaded.push(snapshot::get_snapshot(visit.call("get_snapshot"), of).await?);
    }
    let pictures: Vec<_> = loaded
        .iter()
        .map(|one| {
            let at = Moment::new(one.snapshot.captured_at, Reading::Clock, visit.now);
            (at, one.materialized_data.picture())
        })
        .collect();
    Ok(Bump::new(&pictures))
}

async fn missed(visit: &Visit, id: DashboardId) -> Result<(Vec<MissedLine>, String), Problem> {
    let input = ListMissed {
        dashboard_id: id,
        limit: Limit::new(MISSED_NAMED).unwrap_or_default(),
        cursor: None,
    };
    let page = snapshot::list_missed_snapshots(visit.call("list_missed_snapshots"), input).await?;
    let words = missed_words(&page.items, page.next_cursor.is_some());
    let lines = page.items.into_iter().map(|one| MissedLine {
        due: Moment::new(one.due_at, Reading::Clock, visit.now),
        reason: one.reason,
    });
    Ok((lines.collect(), words))
}

/// "3 snapshots are missing. They were due and were not taken; none is made up."
fn missed_words(missed: &[MissedView], more: bool) -> String {
    let count = missed.len() as u64;
    let many = if more {
        format!("More than {} snapshots are missing", figure(count))
    } else if count == 1 {
        "1 snapshot is missing".to_owned()
    } else {
        format!("{} snapshots are missing", figure(count))
    };
    format!("{many}. What was due and not taken is not made up.")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_missing_is_counted() {
        let now = "2026-11-03T02:00:00Z".parse().unwrap();
        let one = MissedView {
            due_at: now,
            noticed_at: now,
            reason: "the server was off".to_owned(),
        };
        let said = |count: usize, more| missed_words(&vec![one.clone(); count], more);
        assert!(said(1, false).starts_with("1 snapshot is missing. "));
        assert!(said(12, false).starts_with("12 snapshots are missing. "));
        assert!(said(12, true).starts_with("More than 12 snapshots are missing. "));
    }
}
