//! What was decided for the bells of a dashboard at each snapshot: rang or not, and why.

use askama::Template;
use axum::extract::{Path, Query};
use axum::response::Response;
use bellboard_core::page::Limit;
use bellboard_hub::paging::Flag;
use bellboard_hub::subscription::{self, EvaluationView, ListLedger};
use serde::Deserialize;

use super::listed::{how_words, who_words};
use super::tried::change_url;
use crate::pages::assets::Asset;
use crate::pages::dashboards::{Head, Place, Tab};
use crate::pages::mark::Mark;
use crate::pages::moment::{Moment, Reading};
use crate::pages::render;
use crate::pages::shell::Shell;
use crate::pages::visit::Visit;
use crate::problem::Problem;

/// So many lines stand on the page of the bells, and on a page of their own.
pub const LINES: u32 = 12;
const LINES_OF_A_PAGE: u32 = 50;

/// Which decisions.
#[derive(Debug, Default, Clone, Deserialize)]
#[serde(default)]
pub struct LedgerQuery {
    /// `met`: only those whose rule was met.
    which: String,
    /// Where to go on.
    before: String,
}

#[derive(Template)]
#[template(path = "bell_ledger.html")]
struct LedgerPage {
    shell: Shell,
    head: Head,
    id: String,
    met: bool,
    lines: Vec<LedgerLine>,
    older_url: Option<String>,
}

/// One decision.
#[derive(Debug)]
pub struct LedgerLine {
    /// How it came out.
    pub mark: Mark,
    /// For whom; nothing for a bell that is gone.
    pub who: Option<String>,
    /// Why.
    pub words: String,
    /// When.
    pub at: Moment,
    /// What changed.
    pub url: Option<String>,
}

/// Answers `/ui/dashboards/{dashboard_id}/ledger`.
pub async fn show(
    visit: Visit,
    Path(id): Path<String>,
    Query(query): Query<LedgerQuery>,
) -> Result<Response, Problem> {
    let place = Place::load(&visit, &id).await?;
    let met = query.which == "met";
    let (lines, next) = load(&visit, &place, LINES_OF_A_PAGE, &query).await?;
    let which = if met { "which=met&" } else { "" };
    render(&LedgerPage {
        shell: place.shell(&visit, Tab::Bells).await?,
        head: place.head(&visit, Tab::Bells),
        id: place.view.id.to_string(),
        met,
        lines,
        older_url: next.map(|before| {
            format!(
                "/ui/dashboards/{}/ledger?{which}before={before}",
                place.view.id
            )
        }),
    })
}

/// The newest decisions, and whether there are more.
pub async fn newest(visit: &Visit, place: &Place) -> Result<(Vec<LedgerLine>, bool), Problem> {
    let query = LedgerQuery::default();
    let (lines, next) = load(visit, place, LINES, &query).await?;
    Ok((lines, next.is_some()))
}

async fn load(
    visit: &Visit,
    place: &Place,
    limit: u32,
    query: &LedgerQuery,
) -> Result<(Vec<LedgerLine>, Option<String>), Problem> {
    let input = ListLedger {
        dashboard_id: place.view.id,
        subscription_id: None,
        met: Flag::from(query.which == "met"),
        limit: Limit::new(limit).unwrap_or_default(),
        cursor: (!query.before.is_empty()).then(|| query.before.clone()),
    };
    let page = subscription::list_ledger(visit.call("list_ledger"), input).await?;
    let lines = page
        .items
        .into_iter()
        .map(|one| LedgerLine::new(one, place, visit));
    Ok((lines.collect(), page.next_cursor))
}

impl LedgerLine {
    fn new(view: EvaluationView, place: &Place, visit: &Visit) -> Self {
        let (icon, hue, word) = outcome(&view.outcome);
        let is_met = !matches!(view.outcome.as_str(), "baseline" | "unchanged" | "not_met");
        let compared = view.compared_with.filter(|_| is_met);
        Self {
            mark: Mark { icon, hue, word },
            who: view.subscriber.map(|told| {
                let who = who_words(&told.id, told.name.as_deref(), visit);
                format!("{who} {}", how_words(told.kind))
            }),
            words: view.words,
            at: Moment::new(view.at, Reading::Clock, visit.now),
            url: compared.map(|from| change_url(place.view.id, from, view.snapshot_id)),
        }
    }
}

/// One shape and word for each outcome; amber only where it rang.
fn outcome(word: &str) -> (&'static str, &'static str, &'static str) {
    match word {
        "rang" => ("bell", "amber", "Rang"),
        "quiet_hours" => ("s-wait", "dim", "Held until the quiet hours end"),
        "digest" => ("s-wait", "dim", "Gathered for a digest"),
        "muted" => ("pause", "dim", "Met, but muted"),
        "throttled" => ("s-stop", "dim", "Met, but too soon after the last"),
        "evened_out" => ("pause", "dim", "Again as before its digest"),
        "baseline" => ("words", "dim", "First snapshot"),
        "unchanged" => ("words", "dim", "Nothing changed"),
        _ => ("words", "dim", "Not met"),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_what_rang_is_amber_and_every_outcome_has_its_words() {
        let all = [
            "rang",
            "quiet_hours",
            "digest",
            "muted",
            "throttled",
            "evened_out",
            "baseline",
            "unchanged",
            "not_met",
        ];
        let words: std::collections::BTreeSet<_> = all.map(|word| outcome(word).2).into();
        assert_eq!(words.len(), all.len());
        let amber = all.iter().filter(|word| outcome(word).1 == "amber");
        assert_eq!(amber.collect::<Vec<_>>(), [&"rang"]);
    }
}
