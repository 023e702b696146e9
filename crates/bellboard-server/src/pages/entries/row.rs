//! One extension point or technical debt as a row: where it stands, what it is, where it belongs, how much it weighs.

use bellboard_core::text::humanise;
use bellboard_core::time::Timestamp;
use bellboard_hub::extension_point::ExtensionPointView;
use bellboard_hub::technical_debt::TechnicalDebtView;

use super::kind::{Kind, status_words};
use crate::pages::mark::Mark;
use crate::pages::moment::{Moment, Reading};

/// A row.
pub struct EntryRow {
    /// Unique on the page.
    pub id: String,
    /// Its page.
    pub url: String,
    /// The shape of the status.
    pub mark: Mark,
    /// The status in words.
    pub status: String,
    /// What people call it: `EP-0007`.
    pub key: String,
    /// In one line.
    pub title: String,
    /// More words; may be empty.
    pub description: String,
    /// Where in the code; may be empty.
    pub location: String,
    /// What it is about.
    pub of_type: String,
    /// "High priority", "Low severity".
    pub weight: String,
    /// It stands before all others.
    pub critical: bool,
    /// The slug of its domain.
    pub domain: String,
    /// The slug of its engagement, where the reader has several.
    pub engagement: Option<String>,
    /// The slug of the workstream that it is planned in.
    pub workstream: Option<String>,
    /// Last changed.
    pub changed: Moment,
}

impl EntryRow {
    /// The row of an extension point.
    pub fn of_point(view: ExtensionPointView, several: bool, now: Timestamp) -> Self {
        let at = if several { &view.engagement_slug } else { "" };
        Self {
            id: view.id.to_string(),
            url: Kind::ExtensionPoints.url_of(&view.ep_id, at),
            mark: mark(view.status.as_str()),
            status: status_words(view.status.as_str()),
            key: view.ep_id,
            title: view.title,
            description: view.description,
            location: view.location,
            of_type: type_words(view.extension_type.as_str()),
            weight: humanise(&format!("{} priority", view.priority)),
            critical: view.priority.as_str() == "critical",
            domain: view.domain,
            engagement: several.then_some(view.engagement_slug),
            workstream: view.workstream,
            changed: Moment::new(view.changed_at, Reading::Clock, now),
        }
    }

    /// The row of a technical debt.
    pub fn of_debt(view: TechnicalDebtView, several: bool, now: Timestamp) -> Self {
        let at = if several { &view.engagement_slug } else { "" };
        Self {
            id: view.id.to_string(),
            url: Kind::TechnicalDebts.url_of(&view.td_id, at),
            mark: mark(view.status.as_str()),
            status: status_words(view.status.as_str()),
            key: view.td_id,
            title: view.title,
            description: view.description,
            location: view.location,
            of_type: type_words(view.debt_type.as_str()),
            weight: humanise(&format!("{} severity", view.severity)),
            critical: view.severity.as_str() == "critical",
            domain: view.domain,
            engagement: several.then_some(view.engagement_slug),
            workstream: None,
            changed: Moment::new(view.changed_at, Reading::Clock, now),
        }
    }
}

/// "API", "Architecture".
pub fn type_words(word: &str) -> String {
    match word {
        "api" | "mcp" => word.to_uppercase(),
        word => humanise(word),
    }
}

/// One shape and hue for each status of both sets.
fn mark(status: &str) -> Mark {
    let (icon, hue) = match status {
        "in_progress" => ("s-run", "blue"),
        "addressed" | "resolved" => ("s-ok", "green"),
        "deferred" => ("s-ext", "dim"),
        "wont_fix" => ("s-stop", "dim"),
        _ => ("s-wait", "dim"),
    };
    Mark {
        icon,
        hue,
        word: "",
    }
}

#[cfg(test)]
mod tests {
    use bellboard_core::work::{DebtStatus, ExtensionStatus};

    use super::*;

    #[test]
    fn initials_stay_capital() {
        let words = ["api", "mcp", "dashboard"].map(type_words);
        assert_eq!(words, ["API", "MCP", "Dashboard"]);
    }

    #[test]
    fn every_status_has_a_shape_and_only_open_ones_share_theirs() {
        let points = ExtensionStatus::ALL.iter().map(|status| status.as_str());
        let debts = DebtStatus::ALL.iter().map(|status| status.as_str());
        for status in points.chain(debts) {
            let is_dashed = mark(status).icon == "s-wait";
            assert_eq!(is_dashed, status == "open", "{status}");
        }
    }
}
