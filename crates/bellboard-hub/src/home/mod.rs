//! Home: what is running, what needs me, what just finished, in one call per zone over every engagement that the caller
//! belongs to. Paths, names and shapes are fixed by the requirement page *home*.

use bellboard_core::id::EngagementId;
use bellboard_core::page::{Cursor, CursorScope, Limit, Page};
use bellboard_core::time::Timestamp;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use uuid::Uuid;

use crate::access::Reach;
use crate::call::Call;
use crate::db::Row;
use crate::fault::{Fault, Outcome};
use crate::paging::{self, page_of};
use crate::person::NoInput;
use crate::run::RunView;
use crate::verbs::View;

mod kinds;
pub mod store;
mod summary;

pub use kinds::Kinds;
pub use summary::{ActivitySummaryView, get_activity_summary};

/// Which part of a zone.
#[derive(Debug, Default, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, default)]
pub struct ZoneInput {
    /// How many at most, 1 to 100; 50 when absent.
    pub limit: Limit,
    /// Where to go on: `next_cursor` of the page before.
    pub cursor: Option<String>,
    /// Only these kinds, joined by commas.
    pub kind: Option<String>,
    /// Only this engagement.
    pub engagement: Option<EngagementId>,
}

/// Something that is running or queued.
#[derive(Debug, Clone, Serialize, JsonSchema)]
pub struct ActiveItem {
    /// Where.
    pub engagement_id: EngagementId,
    /// Its name.
    pub engagement_name: String,
    /// `shape_production`, `render_production`, `composition`, `external_polling` or `run`.
    pub item_kind: String,
    /// The run.
    pub item_id: Uuid,
    /// What a person reads.
    pub item_label: String,
    /// When it started, or when it was queued.
    pub started_at: Timestamp,
    /// What may be said of its progress: the label of the progress contract.
    pub progress_hint: Option<String>,
    /// The run itself, for the pages and the command line of this hub.
    #[serde(skip)]
    pub run: RunView,
}

/// Something that waits for the caller.
#[derive(Debug, Clone, Serialize, JsonSchema)]
pub struct NeedsYouItem {
    /// Where.
    pub engagement_id: EngagementId,
    /// Its name.
    pub engagement_name: String,
    /// `run_follow_up`, `external_failure` and the other kinds of the zone.
    pub item_kind: String,
    /// What waits.
    pub item_id: Uuid,
    /// What a person reads.
    pub item_label: String,
    /// Why it waits.
    pub detail: String,
    /// Since when it waits.
    pub created_at: Timestamp,
    /// What can be done about it.
    pub actions: Vec<Action>,
    /// The engagement's slug, for the pages.
    #[serde(skip)]
    pub engagement_slug: String,
}

/// One thing that can be done, through the verb of this name.
#[derive(Debug, Clone, Serialize, JsonSchema)]
pub struct Action {
    /// The verb's name.
    pub verb: String,
    /// What a button says.
    pub label: String,
    /// The HTTP method.
    pub method: String,
    /// The path, filled in.
    pub path: String,
}

/// Something that finished.
#[derive(Debug, Clone, Serialize, JsonSchema)]
pub struct RecentItem {
    /// Where.
    pub engagement_id: EngagementId,
    /// Its name.
    pub engagement_name: String,
    /// `run`, `render`, `review_report` or `transformed_artifact`.
    pub artifact_kind: String,
    /// What finished.
    pub artifact_id: Uuid,
    /// What a person reads.
    pub artifact_label: String,
    /// When.
    pub completed_at: Timestamp,
    /// Where its content is, if it has any to download.
    pub download_url: Option<String>,
    /// The run itself, for the pages and the command line of this hub.
    #[serde(skip)]
    pub run: RunView,
}

/// One number: how many things need the caller.
#[derive(Debug, Clone, Serialize, JsonSchema)]
pub struct BadgeView {
    /// How many.
    pub needs_you: u64,
}

impl View for BadgeView {}

/// The three zones; the word is their name in the counts.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Zone {
    /// Queued and running.
    Active,
    /// Waiting for somebody.
    NeedsYou,
    /// Finished.
    Recent,
}

impl Zone {
    /// The zone's name in the counts and in cursors.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Active => "active",
            Self::NeedsYou => "needs_you",
            Self::Recent => "recent",
        }
    }
}

/// `list_active`.
pub async fn list_active(call: Call, input: ZoneInput) -> Outcome<Page<ActiveItem>> {
    let now = call.now;
    page(
        call,
        input,
        Zone::Active,
        |row| active_item(row, now),
        |item| Cursor {
            at: item.started_at,
            id: item.item_id,
        },
    )
    .await
}

/// `list_needs_you`.
pub async fn list_needs_you(call: Call, input: ZoneInput) -> Outcome<Page<NeedsYouItem>> {
    page(call, input, Zone::NeedsYou, needs_you_item, |item| Cursor {
        at: item.created_at,
        id: item.item_id,
    })
    .await
}

/// `list_recent`.
pub async fn list_recent(call: Call, input: ZoneInput) -> Outcome<Page<RecentItem>> {
    let now = call.now;
    page(
        call,
        input,
        Zone::Recent,
        |row| recent_item(row, now),
        |item| Cursor {
            at: item.completed_at,
            id: item.artifact_id,
        },
    )
    .await
}

/// `get_badge`.
pub async fn get_badge(call: Call, _: NoInput) -> Outcome<BadgeView> {
    let reach = Reach::of(&call, None)?;
    let needs_you = call
        .hub
        .db()
        .read(move |sql| {
            Box::pin(async move { store::total(sql, &reach, Zone::NeedsYou, "").await })
        })
        .await?;
    Ok(BadgeView { needs_you })
}

async fn page<T>(
    call: Call,
    input: ZoneInput,
    zone: Zone,
    item: impl Fn(&Row) -> Outcome<T>,
    place: impl Fn(&T) -> Cursor,
) -> Outcome<Page<T>> {
    let reach = Reach::of(&call, input.engagement)?;
    let kinds = Kinds::parse(zone, input.kind.as_deref())?;
    let engagement = input
        .engagement
        .map(|id| id.to_string())
        .unwrap_or_default();
    let filter = format!("{}{engagement}", kinds.as_pattern());
    let person = call.signed_in()?.person_id;
    let scope = CursorScope {
        list: zone.as_str(),
        person,
        filter: &filter,
    };
    let after = paging::after(input.cursor.as_deref(), &scope)?;
    let limit = input.limit;
    let pattern = kinds.as_pattern().to_owned();
    let (rows, total) = call
        .hub
        .db()
        .read(move |sql| {
            Box::pin(async move {
                let rows = store::page(sql, &reach, zone, after, limit.get() + 1, &pattern).await?;
                Ok::<_, Fault>((rows, store::total(sql, &reach, zone, &pattern).await?))
            })
        })
        .await?;
    let items = rows.iter().map(item).collect::<Outcome<Vec<_>>>()?;
    Ok(page_of(items, limit, total, &scope, place))
}

fn active_item(row: &Row, now: Timestamp) -> Outcome<ActiveItem> {
    let run = RunView::read(row, now)?;
    Ok(ActiveItem {
        engagement_id: run.engagement_id,
        engagement_name: run.engagement_name.clone(),
        item_kind: run.item_kind.clone(),
        item_id: run.id.uuid(),
        item_label: run.label.clone(),
        started_at: run.started_at.unwrap_or(run.created_at),
        progress_hint: Some(run.progress.label.clone()),
        run,
    })
}

fn recent_item(row: &Row, now: Timestamp) -> Outcome<RecentItem> {
    let run = RunView::read(row, now)?;
    Ok(RecentItem {
        engagement_id: run.engagement_id,
        engagement_name: run.engagement_name.clone(),
        artifact_kind: "run".to_owned(),
        artifact_id: run.id.uuid(),
        artifact_label: run.label.clone(),
        completed_at: run.completed_at.unwrap_or(run.created_at),
        download_url: None,
        run,
    })
}

fn needs_you_item(row: &Row) -> Outcome<NeedsYouItem> {
    let item_id: Uuid = row.id(4)?;
    Ok(NeedsYouItem {
        engagement_id: row.id(0)?,
        engagement_name: row.text(1)?,
        engagement_slug: row.text(2)?,
        item_kind: row.text(3)?,
        item_id,
        item_label: row.text(5)?,
        detail: row.text(6)?,
        created_at: row.time(7)?,
        actions: vec![
            Action {
                verb: "get_run".to_owned(),
                label: "Review".to_owned(),
                method: "GET".to_owned(),
                path: format!("/runs/{item_id}"),
            },
            Action {
                verb: "acknowledge_run".to_owned(),
                label: "Done".to_owned(),
                method: "POST".to_owned(),
                path: format!("/runs/{item_id}/acknowledge"),
            },
        ],
    })
}
