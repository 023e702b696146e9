//! The person's inbox: runs that ended, comments that mention them, bells that rang.

use askama::Template;
use axum::extract::Query;
use axum::response::Response;
use bellboard_hub::notification::{self, ListNotifications, NotificationView};
use bellboard_hub::person::NoInput;
use serde::Deserialize;

use super::assets::Asset;
use super::moment::{Moment, Reading};
use super::rows::{artifact_url, run_url};
use super::shell::{Here, Shell};
use super::tag::EngagementTag;
use super::visit::Visit;
use super::{render, strip};
use crate::problem::Problem;

/// Which part of the inbox.
#[derive(Debug, Default, Deserialize)]
pub struct InboxQuery {
    /// Where to go on.
    #[serde(default)]
    before: Option<String>,
}

#[derive(Template)]
#[template(path = "notifications.html")]
struct NotificationsPage {
    shell: Shell,
    unread: u64,
    rows: Vec<InboxRow>,
    older_url: Option<String>,
}

struct InboxRow {
    id: String,
    unread: bool,
    follow_up: bool,
    icon: &'static str,
    hue: &'static str,
    title: String,
    detail: Option<String>,
    url: String,
    engagement: EngagementTag,
    at: Moment,
}

/// Answers `/ui/notifications`.
pub async fn show(visit: Visit, Query(query): Query<InboxQuery>) -> Result<Response, Problem> {
    let input = ListNotifications {
        cursor: query.before.filter(|cursor| !cursor.is_empty()),
        ..ListNotifications::default()
    };
    let inbox = notification::list_notifications(visit.call("list_notifications"), input).await?;
    let engagements = visit.engagements(None).await?;
    let strip = strip::load(&visit, None).await?;
    let counts = strip.counts();
    let shell = visit
        .shell("Notifications", Here::Notifications, counts, &engagements)
        .with_strip(strip);
    render(&NotificationsPage {
        shell,
        unread: counts.unread,
        rows: inbox.items.iter().map(|view| row(view, &visit)).collect(),
        older_url: inbox
            .next_cursor
            .map(|cursor| format!("/ui/notifications?before={cursor}")),
    })
}

/// How many notifications the person has not read.
pub async fn unread(visit: &Visit) -> Result<u64, Problem> {
    let count = notification::get_unread_count(visit.call("get_unread_count"), NoInput {}).await?;
    Ok(count.unread)
}

fn row(view: &NotificationView, visit: &Visit) -> InboxRow {
    let (icon, hue) = match view.kind.as_str() {
        "run_finished" | "run_follow_up" => shape(&view.title),
        "bell_disabled" => ("s-bad", "red"),
        _ => ("s-flag", "amber"),
    };
    InboxRow {
        id: view.id.to_string(),
        unread: view.read_at.is_none(),
        follow_up: view.kind != "run_finished",
        icon,
        hue,
        title: view.title.clone(),
        detail: (!view.detail.is_empty()).then(|| view.detail.clone()),
        url: url_of(&view.concept, &view.kind, view.object_id),
        engagement: EngagementTag::new(&view.engagement_name),
        at: Moment::new(view.created_at, Reading::Clock, visit.now),
    }
}

/// The page that a notification is about. What a bell rang for stands in the changes of its dashboard.
fn url_of(concept: &str, kind: &str, id: impl std::fmt::Display) -> String {
    match (concept, kind) {
        ("artifact", _) => artifact_url(id),
        ("dashboard", "snapshot_alert") => format!("/ui/dashboards/{id}/changes"),
        ("dashboard", _) => format!("/ui/dashboards/{id}"),
        _ => run_url(id),
    }
}

/// The shape and the hue of an end, by the words that close the title: those of its run's page.
fn shape(title: &str) -> (&'static str, &'static str) {
    match title.rsplit_once(": ").map(|(_, ending)| ending) {
        Some("finished") => ("s-ok", "green"),
        Some("cancelled") => ("s-stop", "dim"),
        Some("finished with follow-up" | "blocked") => ("s-flag", "amber"),
        _ => ("s-bad", "red"),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_notification_leads_to_what_it_tells_of() {
        for (concept, kind, url) in [
            ("run", "run_finished", "/ui/runs/1"),
            ("artifact", "mentioned", "/ui/artifacts/1"),
            ("dashboard", "mentioned", "/ui/dashboards/1"),
            ("dashboard", "snapshot_alert", "/ui/dashboards/1/changes"),
        ] {
            assert_eq!(url_of(concept, kind, 1), url, "{concept} {kind}");
        }
    }

    #[test]
    fn an_end_has_the_shape_of_its_runs_page() {
        for (title, expected) in [
            ("Build: the docs: finished", ("s-ok", "green")),
            ("Build: cancelled", ("s-stop", "dim")),
            ("Build: finished with follow-up", ("s-flag", "amber")),
            ("Build: blocked", ("s-flag", "amber")),
            ("Build: failed", ("s-bad", "red")),
            ("Build: Stopped reporting", ("s-bad", "red")),
        ] {
            assert_eq!(shape(title), expected, "{title}");
        }
    }
}
