//! What was sent for bells: the list with what was given up, one delivery with every try, and trying again.

mod one;
mod replay;

use askama::Template;
use axum::Router;
use axum::extract::Query;
use axum::response::Response;
use axum::routing::{get, post};
use bellboard_hub::dashboard::{self, OfDashboard};
use bellboard_hub::delivery::{self, DeliveryView, ListDeliveries};
use bellboard_hub::fault::Fault;
use serde::Deserialize;

use super::assets::Asset;
use super::mark::Mark;
use super::moment::{Moment, Reading};
use super::shell::{Here, Shell};
use super::tag::EngagementTag;
use super::visit::{Engagements, Visit};
use super::words::counted;
use super::{render, strip};
use crate::app::App;
use crate::problem::Problem;

/// The pages of deliveries.
pub fn router() -> Router<App> {
    Router::new()
        .route("/ui/deliveries", get(show))
        .route(
            "/ui/deliveries/replay",
            get(replay::back).post(replay::many),
        )
        .route("/ui/deliveries/{delivery_id}", get(one::show))
        .route("/ui/deliveries/{delivery_id}/replay", post(replay::one))
}

/// What the list is to show.
#[derive(Debug, Default, Clone, Deserialize)]
#[serde(default)]
pub struct DeliveriesQuery {
    /// One status.
    pub status: String,
    /// The id of one dashboard.
    pub d: String,
    /// The slug of one engagement.
    pub e: String,
    /// Where to go on.
    pub before: String,
    /// How many are tried again, after that was asked for.
    pub replayed: Option<u64>,
    /// Whether others may be left.
    pub more: bool,
}

#[derive(Template)]
#[template(path = "deliveries.html")]
struct DeliveriesPage {
    shell: Shell,
    lede: String,
    told: Option<String>,
    wrong: Option<String>,
    statuses: Vec<StatusChoice>,
    query: DeliveriesQuery,
    dashboard: Option<String>,
    rows: Vec<DeliveryRow>,
    /// What was given up can be tried again from here, all at once.
    may_replay: bool,
    older_url: Option<String>,
}

struct StatusChoice {
    value: &'static str,
    words: &'static str,
    chosen: bool,
}

/// One delivery as a row.
#[derive(Debug)]
pub struct DeliveryRow {
    /// Its id.
    pub id: String,
    /// How it stands.
    pub mark: Mark,
    /// What changed.
    pub title: String,
    /// Where it goes.
    pub to: String,
    /// How often it was tried, and what is next.
    pub tries: String,
    /// When it is tried next.
    pub next: Option<Moment>,
    /// When it was written.
    pub at: Moment,
    /// It was given up and can be tried again, which a test and what is left of a bell cannot.
    pub may_replay: bool,
    /// Where it belongs.
    pub engagement: EngagementTag,
}

/// Each status with its shape, hue and words.
const STATUSES: [(&str, &str, &str, &str); 6] = [
    ("waiting", "s-wait", "dim", "Waiting"),
    ("sending", "s-run", "blue", "Being sent"),
    ("delivered", "s-ok", "green", "Delivered"),
    ("deferred", "s-ext", "dim", "Until it can be sent"),
    ("dead", "s-bad", "red", "Given up"),
    ("cancelled", "s-stop", "dim", "Cancelled"),
];

/// Answers `/ui/deliveries`.
pub async fn show(visit: Visit, Query(query): Query<DeliveriesQuery>) -> Result<Response, Problem> {
    page(&visit, query, None).await
}

/// The list, perhaps with why nothing was tried again.
async fn page(
    visit: &Visit,
    query: DeliveriesQuery,
    wrong: Option<String>,
) -> Result<Response, Problem> {
    let dashboard = dashboard_of(visit, &query.d).await?;
    let slug = dashboard.as_ref().map_or(&query.e, |(_, slug)| slug);
    let engagements = visit.engagements(Some(slug)).await?;
    let input = ListDeliveries {
        status: (!query.status.is_empty())
            .then(|| query.status.parse())
            .transpose()
            .map_err(|_| Fault::not_found())?,
        dashboard_id: query.d.parse().ok(),
        engagement: engagements.scope_name(),
        cursor: (!query.before.is_empty()).then(|| query.before.clone()),
        ..ListDeliveries::default()
    };
    let call = visit.call("list_deliveries");
    let list = delivery::list_deliveries(call, input).await?;
    let strip = strip::load(visit, None).await?;
    let shell = visit
        .shell("Deliveries", Here::Bells, strip.counts(), &engagements)
        .with_strip(strip);
    let mut items = list.items.iter();
    let has_dead = items.any(|one| one.status == "dead" && one.has_bell);
    render(&DeliveriesPage {
        shell,
        lede: lede(list.total_count, query.is_filtered()),
        told: query.replayed.map(|many| replayed_words(many, query.more)),
        wrong,
        statuses: statuses(&query.status),
        dashboard: dashboard.map(|(title, _)| title),
        may_replay: has_dead && (engagements.scope().is_some() || engagements.total() == 1),
        older_url: list.next_cursor.map(|before| {
            DeliveriesQuery {
                before,
                replayed: None,
                more: false,
                ..query.clone()
            }
            .url()
        }),
        rows: list
            .items
            .into_iter()
            .map(|view| DeliveryRow::new(view, visit, &engagements))
            .collect(),
        query,
    })
}

/// The title of the dashboard that the list is narrowed to, and the slug of its engagement.
async fn dashboard_of(visit: &Visit, id: &str) -> Result<Option<(String, String)>, Problem> {
    if id.is_empty() {
        return Ok(None);
    }
    let dashboard_id = id.parse().map_err(|_| Fault::not_found())?;
    let call = visit.call("get_dashboard");
    let found = dashboard::get_dashboard(call, OfDashboard { dashboard_id }).await?;
    Ok(Some((found.title, found.engagement_slug)))
}

fn lede(total: u64, filtered: bool) -> String {
    match (total, filtered) {
        (0, false) => "Nothing has been sent yet.".to_owned(),
        (many, true) => format!("{}.", counted(many, "delivery matches", "deliveries match")),
        (many, false) => format!("{}.", counted(many, "delivery", "deliveries")),
    }
}

fn replayed_words(many: u64, more: bool) -> String {
    if many == 0 {
        return "Nothing that can be sent again was given up in that time.".to_owned();
    }
    let tried = counted(many, "delivery is tried", "deliveries are tried");
    let left = if more {
        " Others of that time may be left: try all again once more."
    } else {
        ""
    };
    format!("{tried} again.{left}")
}

fn statuses(chosen: &str) -> Vec<StatusChoice> {
    STATUSES
        .into_iter()
        .map(|(value, _, _, words)| StatusChoice {
            value,
            words,
            chosen: value == chosen,
        })
        .collect()
}

/// One shape and hue for each status.
pub fn mark_of(status: &str) -> Mark {
    let found = STATUSES.into_iter().find(|(value, ..)| *value == status);
    let (_, icon, hue, word) = found.unwrap_or(STATUSES[5]);
    Mark { icon, hue, word }
}

impl DeliveriesQuery {
    fn is_filtered(&self) -> bool {
        [&self.status, &self.d, &self.e]
            .iter()
            .any(|value| !value.is_empty())
    }

    /// The address of the list. Its values hold no reserved characters, or they were refused or not found before.
    pub fn url(&self) -> String {
        let replayed = self.replayed.map(|many| many.to_string());
        let pairs = [
            ("status", self.status.as_str()),
            ("d", &self.d),
            ("e", &self.e),
            ("before", &self.before),
            ("replayed", replayed.as_deref().unwrap_or_default()),
            ("more", if self.more { "true" } else { "" }),
        ];
        let kept: Vec<String> = pairs
            .into_iter()
            .filter(|(_, value)| !value.is_empty())
            .map(|(name, value)| format!("{name}={value}"))
            .collect();
        if kept.is_empty() {
            return "/ui/deliveries".to_owned();
        }
        format!("/ui/deliveries?{}", kept.join("&"))
    }
}

impl DeliveryRow {
    /// The delivery as a row.
    pub fn new(view: DeliveryView, visit: &Visit, engagements: &Engagements) -> Self {
        let clock = |at| Moment::new(at, Reading::Clock, visit.now);
        let is_mine = view.kind == "persona" && view.target == visit.caller.person_id.to_string();
        let how = match view.kind.as_str() {
            "persona" => "in Bellboard",
            "webhook" => "by webhook",
            _ => "by mail",
        };
        let to = match (view.kind.as_str(), is_mine) {
            ("persona", true) => format!("To you {how}"),
            ("persona", false) => format!("To somebody {how}"),
            _ => format!("To {} {how}", view.target),
        };
        let title = view
            .dashboard_title
            .unwrap_or_else(|| "A dashboard".to_owned());
        Self {
            mark: mark_of(&view.status),
            title: if view.is_test {
                format!("Test: {title}")
            } else {
                title
            },
            to,
            tries: match view.attempts {
                0 => "not tried yet".to_owned(),
                1 => "1 try".to_owned(),
                many => format!("{many} tries"),
            },
            next: view.next_attempt_at.map(clock),
            at: clock(view.created_at),
            may_replay: view.has_bell && matches!(view.status.as_str(), "dead" | "cancelled"),
            engagement: engagements.tag_of(view.engagement_id, ""),
            id: view.id.to_string(),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_status_has_its_own_shape() {
        let icons: std::collections::BTreeSet<_> = STATUSES
            .iter()
            .map(|(status, ..)| mark_of(status).icon)
            .collect();
        assert_eq!(icons.len(), STATUSES.len());
        assert_eq!(mark_of("dead").word, "Given up");
    }

    #[test]
    fn the_address_keeps_what_was_chosen() {
        assert_eq!(DeliveriesQuery::default().url(), "/ui/deliveries");
        let query = DeliveriesQuery {
            status: "dead".to_owned(),
            replayed: Some(3),
            more: true,
            ..DeliveriesQuery::default()
        };
        assert_eq!(
            query.url(),
            "/ui/deliveries?status=dead&replayed=3&more=true"
        );
        assert_eq!(lede(1, true), "1 delivery matches.");
        assert_eq!(
            [(0, false), (1, false), (1_000, true)].map(|(many, more)| replayed_words(many, more)),
            [
                "Nothing that can be sent again was given up in that time.",
                "1 delivery is tried again.",
                "1000 deliveries are tried again. Others of that time may be left: try all again once more.",
            ]
        );
    }
}
