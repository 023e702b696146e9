//! The three zones of home: what needs you, what is active, what just finished. Each zone is one template, rendered
//! inside the page and alone as a live fragment.

use askama::Template;

use super::mark::Mark;
use super::moment::Moment;
use super::needs::NeedCard;
use super::progress::ProgressCell;
use super::tag::EngagementTag;

/// One thing that waits for the person.
#[derive(Debug)]
pub struct NeedRow {
    /// Identifies the row in the page.
    pub id: String,
    /// What kind of thing it is, as shape and word.
    pub mark: Mark,
    /// The instruction.
    pub title: String,
    /// Where to look at it.
    pub url: String,
    /// Whose it is.
    pub engagement: EngagementTag,
    /// Why it waits.
    pub why: Option<String>,
    /// Since when.
    pub age: Moment,
}

/// "Needs you".
#[derive(Debug, Template)]
#[template(path = "zone_needs.html")]
pub struct NeedsZone {
    /// The newest rows.
    pub rows: Vec<NeedCard>,
    /// All that wait, also beyond the rows.
    pub total: u64,
    /// Where the form returns to.
    pub back: String,
}

/// One run that is queued or at work.
#[derive(Debug)]
pub struct ActiveRow {
    /// Identifies the row in the page.
    pub id: String,
    /// Its state.
    pub mark: Mark,
    /// Its label.
    pub name: String,
    /// Its page.
    pub url: String,
    /// How long it has been so.
    pub age: Moment,
    /// Its progress.
    pub progress: ProgressCell,
}

/// "Active".
#[derive(Debug, Template)]
#[template(path = "zone_active.html")]
pub struct ActiveZone {
    /// The newest rows.
    pub rows: Vec<ActiveRow>,
    /// All that are active, also beyond the rows.
    pub total: u64,
    /// In how many milliseconds the first of them falls silent.
    pub look_in: Option<u64>,
    /// The list that shows all of them.
    pub all_url: String,
}

/// One run that has ended.
#[derive(Debug)]
pub struct RecentRow {
    /// Identifies the row in the page.
    pub id: String,
    /// How it ended.
    pub mark: Mark,
    /// Its label.
    pub name: String,
    /// Its page.
    pub url: String,
    /// Whose it is.
    pub engagement: EngagementTag,
    /// A measured fact: "312 items", "exit 128".
    pub fact: Option<String>,
    /// When it ended.
    pub ended: Moment,
    /// How long it took.
    pub took: Option<String>,
}

/// "Recent".
#[derive(Debug, Template)]
#[template(path = "zone_recent.html")]
pub struct RecentZone {
    /// The newest rows.
    pub rows: Vec<RecentRow>,
    /// All that ever ended, also beyond the rows.
    pub total: u64,
    /// The list that shows all of them.
    pub all_url: String,
}

impl NeedsZone {
    fn can_snooze(&self) -> bool {
        self.rows.iter().any(|card| card.snooze)
    }

    fn more(&self) -> u64 {
        self.total.saturating_sub(self.rows.len() as u64)
    }
}

impl ActiveZone {
    fn more(&self) -> u64 {
        self.total.saturating_sub(self.rows.len() as u64)
    }
}

impl RecentZone {
    fn more(&self) -> u64 {
        self.total.saturating_sub(self.rows.len() as u64)
    }
}

impl askama::filters::HtmlSafe for NeedsZone {}
impl askama::filters::HtmlSafe for ActiveZone {}
impl askama::filters::HtmlSafe for RecentZone {}

#[cfg(test)]
mod tests;
