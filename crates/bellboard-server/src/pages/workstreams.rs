//! The workstreams: a list narrowed to a domain and a status, and the page of one with its tasks and the review that
//! closes it.

mod bar;
mod close;
mod detail;
mod tasks;

use askama::Template;
use axum::extract::Query;
use axum::response::{IntoResponse, Redirect, Response};
use bellboard_core::text::humanise;
use bellboard_core::work::{WorkstreamLabel, WorkstreamStatus};
use bellboard_hub::workstream::{self, ListWorkstreams, WorkstreamView};
use serde::Deserialize;
use serde_json::json;

use self::bar::TaskBar;
pub use self::close::{back, close};
pub use self::detail::{of_task, show as show_one};
use super::assets::Asset;
use super::domain_filter::{self, DomainFilter, Found};
use super::mark::Mark;
use super::moment::{Moment, Reading};
use super::shell::{Here, Shell};
use super::visit::{Engagements, Visit};
use super::words::counted;
use super::{render, strip};
use crate::problem::Problem;

/// What the list is to show.
#[derive(Debug, Default, Clone, Deserialize)]
#[serde(default)]
pub struct WorkstreamsQuery {
    /// The slug of one domain.
    domain: String,
    /// One status, `open` or `all`; `open` when empty.
    status: String,
    /// The slug of one engagement.
    e: String,
    /// Where to go on.
    before: String,
}

#[derive(Template)]
#[template(path = "workstreams.html")]
struct WorkstreamsPage {
    shell: Shell,
    lede: String,
    filter: DomainFilter,
    statuses: Vec<StatusChoice>,
    e: String,
    rows: Vec<Row>,
    filtered: bool,
    older_url: Option<String>,
}

struct StatusChoice {
    value: &'static str,
    words: String,
    chosen: bool,
}

struct Row {
    id: String,
    title: String,
    slug: String,
    url: String,
    mark: Mark,
    label: Option<&'static str>,
    bar: TaskBar,
    domain: String,
    engagement: Option<String>,
    changed: Moment,
}

/// Answers `/ui/workstreams`.
pub async fn show(
    visit: Visit,
    Query(query): Query<WorkstreamsQuery>,
) -> Result<Response, Problem> {
    let engagements = visit.engagements(Some(&query.e)).await?;
    let place = engagements.scope_name();
    let filter = match domain_filter::load(&visit, place.as_ref(), &query.domain).await? {
        Found::Here(filter) => filter,
        Found::Moved(domain) => {
            let today = WorkstreamsQuery { domain, ..query };
            return Ok(Redirect::permanent(&today.url()).into_response());
        }
    };
    let (rows, total, next) = if filter.unknown {
        (Vec::new(), 0, None)
    } else {
        list(&visit, &query, &engagements).await?
    };
    let strip = strip::load(&visit, None).await?;
    let known = (!filter.unknown).then_some(filter.asked.as_str());
    let shell = visit
        .shell(
            "Workstreams",
            Here::Workstreams,
            strip.counts(),
            &engagements,
        )
        .with_strip(strip)
        .of_domain(known);
    render(&WorkstreamsPage {
        shell,
        lede: query.lede(total),
        statuses: statuses(query.status()),
        older_url: next.map(|before| {
            let older = WorkstreamsQuery {
                before,
                ..query.clone()
            };
            older.url()
        }),
        rows,
        filtered: query.is_filtered(),
        e: query.e,
        filter,
    })
}

async fn list(
    visit: &Visit,
    query: &WorkstreamsQuery,
    engagements: &Engagements,
) -> Result<(Vec<Row>, u64, Option<String>), Problem> {
    let status = serde_json::from_value(json!(query.status()));
    let status = status.map_err(|fault| Problem::invalid("status", fault.to_string()))?;
    let input = ListWorkstreams {
        domain: query.domain.trim().parse().ok(),
        status,
        engagement: engagements.scope_name(),
        cursor: (!query.before.is_empty()).then(|| query.before.clone()),
        ..ListWorkstreams::default()
    };
    let page = workstream::list_workstreams(visit.call("list_workstreams"), input).await?;
    let several = engagements.total() > 1;
    let rows = page
        .items
        .into_iter()
        .map(|one| Row::new(one, several, visit));
    Ok((rows.collect(), page.total_count, page.next_cursor))
}

impl Row {
    fn new(view: WorkstreamView, several: bool, visit: &Visit) -> Self {
        Self {
            id: view.id.to_string(),
            url: url_of(&view, several),
            mark: workstream_mark(view.status),
            label: view.label.map(label_words),
            bar: TaskBar::new(view.tasks),
            domain: view.domain_slug,
            engagement: several.then_some(view.engagement_slug),
            changed: Moment::new(view.last_activity_at, Reading::Clock, visit.now),
            title: view.title,
            slug: view.slug,
        }
    }
}

/// Its page; with the engagement where the reader has several, so that it names one only.
fn url_of(view: &WorkstreamView, several: bool) -> String {
    let at = if several {
        view.engagement_slug.as_str()
    } else {
        ""
    };
    detail::address(&view.slug, at, &[])
}

/// One shape and hue for each status; no two that are open share theirs.
fn workstream_mark(status: WorkstreamStatus) -> Mark {
    let (icon, hue, word) = match status {
        WorkstreamStatus::Proposed => ("words", "dim", "Proposed"),
        WorkstreamStatus::Ready => ("s-wait", "dim", "Ready"),
        WorkstreamStatus::Active => ("s-run", "blue", "Active"),
        WorkstreamStatus::Blocked => ("s-ext", "dim", "Blocked"),
        WorkstreamStatus::Backlog => ("doc", "dim", "Backlog"),
        WorkstreamStatus::Completed => ("s-ok", "green", "Completed"),
        WorkstreamStatus::Archived => ("s-stop", "dim", "Archived"),
    };
    Mark { icon, hue, word }
}

/// What a workstream looks like now, and by which rule.
const fn label_words(label: WorkstreamLabel) -> &'static str {
    match label {
        WorkstreamLabel::Finished => "no open task",
        WorkstreamLabel::Stalled => "no change for 7 days",
        WorkstreamLabel::Dormant => "not begun for 7 days",
    }
}

impl WorkstreamsQuery {
    fn status(&self) -> &str {
        if self.status.is_empty() {
            "open"
        } else {
            &self.status
        }
    }

    fn is_filtered(&self) -> bool {
        let narrowed = [&self.domain, &self.e, &self.before];
        self.status() != "open" || narrowed.iter().any(|value| !value.is_empty())
    }

    fn lede(&self, total: u64) -> String {
        let counted = counted(total, "workstream", "workstreams");
        match (self.is_filtered(), total) {
            (true, 1) => format!("{counted} matches."),
            (true, _) => format!("{counted} match."),
            (false, _) => format!("{counted} open."),
        }
    }

    /// The address of the list. Its values hold no reserved characters, or they were refused or not found before.
    fn url(&self) -> String {
        let pairs = [
            ("domain", &self.domain),
            ("status", &self.status),
            ("e", &self.e),
            ("before", &self.before),
        ];
        let kept: Vec<String> = pairs
            .into_iter()
            .filter(|(_, value)| !value.is_empty())
            .map(|(name, value)| format!("{name}={value}"))
            .collect();
        format!("/ui/workstreams?{}", kept.join("&"))
    }
}

fn statuses(chosen: &str) -> Vec<StatusChoice> {
    let words = WorkstreamStatus::ALL.iter().map(|one| one.as_str());
    ["open", "all"]
        .into_iter()
        .chain(words)
        .map(|value| StatusChoice {
            value,
            words: match value {
                "all" => "Every status".to_owned(),
                word => humanise(word),
            },
            chosen: value == chosen,
        })
        .collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_address_keeps_what_was_chosen() {
        let query = WorkstreamsQuery {
            domain: "rail".to_owned(),
            status: "active".to_owned(),
            ..WorkstreamsQuery::default()
        };
        assert_eq!(query.url(), "/ui/workstreams?domain=rail&status=active");
        assert_eq!(query.lede(1), "1 workstream matches.");
        let plain = WorkstreamsQuery::default();
        assert_eq!(
            (plain.status(), &*plain.lede(3)),
            ("open", "3 workstreams open.")
        );
        let chosen: Vec<_> = statuses("open")
            .into_iter()
            .filter(|choice| choice.chosen)
            .map(|choice| choice.words)
            .collect();
        assert_eq!(chosen, ["Open"]);
    }

    #[test]
    fn every_status_has_its_own_shape() {
        let marks = WorkstreamStatus::ALL
            .iter()
            .map(|status| workstream_mark(*status));
        let icons: std::collections::BTreeSet<_> = marks.map(|mark| mark.icon).collect();
        assert_eq!(icons.len(), WorkstreamStatus::ALL.len());
    }
}
