//! The list of dashboards: what changed last in each, its newest snapshots as a ribbon, and how many bells hang on it.

use askama::Template;
use axum::extract::Query;
use axum::response::Response;
use bellboard_core::dashboard::Summary;
use bellboard_core::id::SnapshotId;
use bellboard_core::page::Limit;
use bellboard_core::time::Timestamp;
use bellboard_hub::dashboard::{self, DashboardView, ListDashboards};
use bellboard_hub::fault::FaultKind;
use bellboard_hub::paging::Flag;
use bellboard_hub::snapshot::{self, GetDiff, ListSnapshots, SnapshotView};
use serde::Deserialize;
use serde_json::json;

use super::place::{Tab, changes_url, policy_words, url_of};
use super::ribbon::{RIBBON, Ribbon};
use crate::pages::assets::Asset;
use crate::pages::moment::{Moment, Reading};
use crate::pages::planning;
use crate::pages::shell::{Here, Shell};
use crate::pages::tag::EngagementTag;
use crate::pages::visit::{Engagements, Visit};
use crate::pages::words::counted;
use crate::pages::{render, strip};
use crate::problem::Problem;

/// So many dashboards stand on one page.
const LISTED: u32 = 20;
/// Of pictures of more rows the list tells only how many changed, and reads neither.
const NAMED_ROWS: u64 = 1_000;

/// What the list is to show.
#[derive(Debug, Default, Clone, Deserialize)]
#[serde(default)]
pub struct DashboardsQuery {
    /// The slug of one engagement.
    e: String,
    /// `1` for those out of use.
    archived: String,
    /// Where to go on.
    before: String,
}

#[derive(Template)]
#[template(path = "dashboards.html")]
struct DashboardsPage {
    shell: Shell,
    lede: String,
    in_use_url: String,
    archived_url: String,
    archived: bool,
    rows: Vec<Row>,
    older_url: Option<String>,
    new_url: Option<String>,
}

struct Row {
    id: String,
    title: String,
    url: String,
    engagement: Option<EngagementTag>,
    policy: String,
    change: Option<(String, Moment)>,
    never: &'static str,
    ribbon: Option<Ribbon>,
    bells: String,
}

/// The newest snapshot that shows something else than the one before.
struct LastChange {
    snapshot_id: SnapshotId,
    words: String,
    at: Timestamp,
}

/// Answers `/ui/dashboards`.
pub async fn show(visit: Visit, Query(query): Query<DashboardsQuery>) -> Result<Response, Problem> {
    let engagements = visit.engagements(Some(&query.e)).await?;
    let archived = query.archived == "1";
    let input = ListDashboards {
        engagement: engagements.scope_name(),
        archived: flag(archived)?,
        limit: Limit::new(LISTED).unwrap_or_default(),
        cursor: (!query.before.is_empty()).then(|| query.before.clone()),
    };
    let page = dashboard::list_dashboards(visit.call("list_dashboards"), input).await?;
    let several = engagements.total() > 1;
    let mut rows = Vec::with_capacity(page.items.len());
    for view in page.items {
        rows.push(row(&visit, view, &engagements, several).await?);
    }
    let strip = strip::load(&visit, None).await?;
    let shell = visit
        .shell("Dashboards", Here::Dashboards, strip.counts(), &engagements)
        .with_strip(strip);
    let here = |archived: &str, before: &str| query.url(archived, before);
    render(&DashboardsPage {
        shell,
        lede: lede(page.total_count, archived),
        in_use_url: here("", ""),
        archived_url: here("1", ""),
        older_url: page
            .next_cursor
            .map(|before| here(&query.archived, &before)),
        new_url: (!planning::places(&engagements, None).is_empty()).then(|| query.new_url()),
        archived,
        rows,
    })
}

fn flag(set: bool) -> Result<Flag, Problem> {
    serde_json::from_value(json!(set))
        .map_err(|fault| Problem::invalid("archived", fault.to_string()))
}

fn lede(total: u64, archived: bool) -> String {
    let counted = counted(total, "dashboard", "dashboards");
    if archived {
        format!("{counted} out of use. What they kept stays readable.")
    } else {
        format!("{counted}. Each is a saved question; a bell rings only when its answer changes.")
    }
}

async fn row(
    visit: &Visit,
    view: DashboardView,
    engagements: &Engagements,
    several: bool,
) -> Result<Row, Problem> {
    let snapshots = newest(visit, &view).await?;
    let change = last_change(visit, &view, &snapshots).await?;
    let tag = several.then(|| engagements.tag_of(view.engagement_id, &view.engagement_slug));
    Ok(Row {
        id: view.id.to_string(),
        url: change.as_ref().map_or_else(
            || url_of(view.id, Tab::Now),
            |last| changes_url(view.id, last.snapshot_id),
        ),
        title: view.title,
        engagement: tag,
        policy: policy_words(&view.metadata.snapshot_policy),
        change: change.map(|last| {
            let at = Moment::new(last.at, Reading::Clock, visit.now);
            (last.words, at)
        }),
        never: match snapshots.len() {
            0 => "No snapshot yet.",
            1 => "One snapshot; nothing to compare it with yet.",
            _ => "No change in the newest snapshots.",
        },
        ribbon: (!snapshots.is_empty()).then(|| Ribbon::new(&snapshots, &[])),
        bells: counted(view.subscriptions, "bell", "bells"),
    })
}

/// The newest snapshots, as many as stand in a ribbon.
pub async fn newest(visit: &Visit, view: &DashboardView) -> Result<Vec<SnapshotView>, Problem> {
    let input = ListSnapshots {
        dashboard_id: view.id,
        limit: Limit::new(RIBBON).unwrap_or_default(),
        cursor: None,
    };
    let page = snapshot::list_snapshots(visit.call("list_snapshots"), input).await?;
    Ok(page.items)
}

/// The newest change among these, in a sentence.
async fn last_change(
    visit: &Visit,
    view: &DashboardView,
    snapshots: &[SnapshotView],
) -> Result<Option<LastChange>, Problem> {
    let found = snapshots.iter().find_map(|one| {
        let summary = one.changes.as_ref().filter(|_| !one.unchanged)?;
        Some((one, summary))
    });
    let Some((changed, summary)) = found else {
        return Ok(None);
    };
    Ok(Some(LastChange {
        snapshot_id: changed.id,
        words: sentence(visit, view, changed, summary).await?,
        at: changed.captured_at,
    }))
}

async fn sentence(
    visit: &Visit,
    view: &DashboardView,
    changed: &SnapshotView,
    summary: &Summary,
) -> Result<String, Problem> {
    if changed.row_count > NAMED_ROWS || changed.previous_id.is_none() {
        return Ok(summary.sentence());
    }
    let input = GetDiff {
        dashboard_id: view.id,
        a: changed.previous_id,
        b: Some(changed.id),
        top_n: None,
    };
    match snapshot::get_dashboard_diff(visit.call("get_dashboard_diff"), input).await {
        Ok(diff) => Ok(diff.sentence),
        // The one before was removed by the retention.
        Err(fault) if fault.kind == FaultKind::Invalid => Ok(summary.sentence()),
        Err(fault) => Err(fault.into()),
    }
}

impl DashboardsQuery {
    fn new_url(&self) -> String {
        if self.e.is_empty() {
            return "/ui/dashboards/new".to_owned();
        }
        format!("/ui/dashboards/new?e={}", self.e)
    }

    fn url(&self, archived: &str, before: &str) -> String {
        let pairs = [
            ("e", self.e.as_str()),
            ("archived", archived),
            ("before", before),
        ];
        let kept: Vec<String> = pairs
            .into_iter()
            .filter(|(_, value)| !value.is_empty())
            .map(|(name, value)| format!("{name}={value}"))
            .collect();
        if kept.is_empty() {
            return "/ui/dashboards".to_owned();
        }
        format!("/ui/dashboards?{}", kept.join("&"))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_address_keeps_what_was_chosen() {
        let query = DashboardsQuery {
            e: "aster".to_owned(),
            ..DashboardsQuery::default()
        };
        assert_eq!(query.url("1", ""), "/ui/dashboards?e=aster&archived=1");
        assert_eq!(DashboardsQuery::default().url("", ""), "/ui/dashboards");
    }

    #[test]
    fn the_lede_counts() {
        assert!(lede(1, false).starts_with("1 dashboard. "));
        assert!(lede(3, true).starts_with("3 dashboards out of use."));
    }
}
