//! Home: what is running, what needs me, what just finished, in one call per zone over every engagement that the caller
//! belongs to. Paths, names and shapes are fixed by the requirement page *home*.

use bellboard_core::artifact::ContentKind;
use bellboard_core::id::EngagementId;
use bellboard_core::page::{Cursor, CursorScope, Limit, Page};
use bellboard_core::time::Timestamp;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use uuid::Uuid;

use crate::access::Reach;
use crate::call::{Call, Caller, PersonKind};
use crate::db::{Row, Sql};
use crate::fault::Outcome;
use crate::paging::{self, page_of};
use crate::person::NoInput;
use crate::run::RunView;
use crate::verbs::View;

mod actions;
mod kinds;
mod snooze;
pub mod store;
mod summary;

use self::actions::About;
pub use kinds::Kinds;
pub use snooze::{SnoozeNeed, SnoozeView, UnsnoozeNeed, snooze_need, unsnooze_need};
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
    /// The JSON to send; null when nothing is sent.
    pub body: Option<serde_json::Value>,
    /// Whether `note` must be added to it.
    pub needs_note: bool,
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
    /// The run itself, when it is one, for the pages of this hub.
    #[serde(skip)]
    pub run: Option<RunView>,
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
        |found| found.runs.iter().map(|row| active_item(row, now)).collect(),
        |item| Cursor {
            at: item.started_at,
            id: item.item_id,
        },
    )
    .await
}

/// `list_needs_you`.
pub async fn list_needs_you(call: Call, input: ZoneInput) -> Outcome<Page<NeedsYouItem>> {
    let (caller, now) = (call.signed_in()?.clone(), call.now);
    page(
        call,
        input,
        Zone::NeedsYou,
        |found| {
            let rows = found.runs.iter();
            rows.map(|row| needs_you_item(row, &caller, now)).collect()
        },
        |item| Cursor {
            at: item.created_at,
            id: item.item_id,
        },
    )
    .await
}

/// `list_recent`.
pub async fn list_recent(call: Call, input: ZoneInput) -> Outcome<Page<RecentItem>> {
    let now = call.now;
    let place = |item: &RecentItem| Cursor {
        at: item.completed_at,
        id: item.artifact_id,
    };
    page(
        call,
        input,
        Zone::Recent,
        |found| {
            let runs = found.runs.iter().map(|row| recent_run(row, now));
            let artifacts = found.artifacts.iter().map(recent_artifact);
            let mut items = runs.chain(artifacts).collect::<Outcome<Vec<_>>>()?;
            items.sort_by_key(|item| std::cmp::Reverse((item.completed_at, item.artifact_id)));
            Ok(items)
        },
        place,
    )
    .await
}

/// `get_badge`.
pub async fn get_badge(call: Call, _: NoInput) -> Outcome<BadgeView> {
    let reach = Reach::of(&call, None)?;
    let now = call.now;
    let needs_you = call
        .hub
        .db()
        .read(move |sql| Box::pin(async move { store::waiting(sql, &reach, "", now).await }))
        .await?;
    Ok(BadgeView { needs_you })
}

/// What a zone's statements found; recent reads two tables, and no more of each than a page holds.
struct Found {
    runs: Vec<Row>,
    artifacts: Vec<Row>,
    total: u64,
}

async fn find(
    sql: &mut Sql<'_>,
    reach: &Reach,
    zone: Zone,
    asked: &store::Asked<'_>,
) -> Outcome<Found> {
    let artifacts = match zone {
        Zone::Recent => store::recent_artifacts(sql, reach, asked).await?,
        Zone::Active | Zone::NeedsYou => Vec::new(),
    };
    Ok(Found {
        runs: store::page(sql, reach, zone, asked).await?,
        artifacts,
        total: match zone {
            Zone::NeedsYou => store::waiting(sql, reach, asked.kinds, asked.now).await?,
            Zone::Active | Zone::Recent => store::total(sql, reach, zone, asked.kinds).await?,
        },
    })
}

async fn page<T>(
    call: Call,
    input: ZoneInput,
    zone: Zone,
    items: impl Fn(&Found) -> Outcome<Vec<T>>,
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
    let (limit, now) = (input.limit, call.now);
    let pattern = kinds.as_pattern().to_owned();
    let found = call
        .hub
        .db()
        .read(move |sql| {
            Box::pin(async move {
                let asked = store::Asked {
                    after,
                    limit: limit.get() + 1,
                    kinds: &pattern,
                    now,
                };
                find(sql, &reach, zone, &asked).await
            })
        })
        .await?;
    Ok(page_of(items(&found)?, limit, found.total, &scope, place))
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

fn recent_run(row: &Row, now: Timestamp) -> Outcome<RecentItem> {
    let run = RunView::read(row, now)?;
    Ok(RecentItem {
        engagement_id: run.engagement_id,
        engagement_name: run.engagement_name.clone(),
        artifact_kind: "run".to_owned(),
        artifact_id: run.id.uuid(),
        artifact_label: run.label.clone(),
        completed_at: run.completed_at.unwrap_or(run.created_at),
        download_url: None,
        run: Some(run),
    })
}

fn recent_artifact(row: &Row) -> Outcome<RecentItem> {
    let artifact_id: Uuid = row.id(3)?;
    let has_files = row.text(7)? != ContentKind::InlineDict.as_str();
    Ok(RecentItem {
        engagement_id: row.id(0)?,
        engagement_name: row.text(1)?,
        artifact_kind: row.text(4)?,
        artifact_id,
        artifact_label: row.text(5)?,
        completed_at: row.time(6)?,
        download_url: has_files.then(|| format!("/artifacts/{artifact_id}/download")),
        run: None,
    })
}

fn needs_you_item(row: &Row, caller: &Caller, now: Timestamp) -> Outcome<NeedsYouItem> {
    let (engagement_id, kind, item_id) = (row.id(0)?, row.text(3)?, row.id(4)?);
    let is_agent = caller.kind == PersonKind::Agent;
    let options = row.opt_text(10)?;
    let about = About {
        kind: &kind,
        item_id,
        engagement_id,
        version: row.opt_int(8)?,
        options: options.and_then(|json| serde_json::from_str(&json).ok()),
        may_answer: !is_agent,
        may_decide: !is_agent || row.opt_id(9)? != Some(caller.person_id),
        now,
    };
    Ok(NeedsYouItem {
        engagement_id,
        engagement_name: row.text(1)?,
        engagement_slug: row.text(2)?,
        actions: actions::actions(&about),
        item_kind: kind,
        item_id,
        item_label: row.text(5)?,
        detail: row.text(6)?,
        created_at: row.time(7)?,
    })
}
