//! The bells of the reader over all dashboards.

use askama::Template;
use axum::extract::Query;
use axum::response::Response;
use bellboard_core::page::Limit;
use bellboard_hub::paging::PageInput;
use bellboard_hub::subscription;
use serde::Deserialize;

use super::listed::BellRow;
use crate::pages::assets::Asset;
use crate::pages::shell::{Here, Shell};
use crate::pages::tag::EngagementTag;
use crate::pages::visit::Visit;
use crate::pages::words::counted;
use crate::pages::{render, strip};
use crate::problem::Problem;

/// Which part of the list.
#[derive(Debug, Default, Deserialize)]
#[serde(default)]
pub struct MineQuery {
    /// Where to go on.
    before: String,
}

#[derive(Template)]
#[template(path = "my_bells.html")]
struct MyBellsPage {
    shell: Shell,
    lede: String,
    rows: Vec<MyBell>,
    older_url: Option<String>,
}

struct MyBell {
    row: BellRow,
    dashboard: String,
    url: String,
    engagement: EngagementTag,
}

/// Answers `/ui/bells`.
pub async fn show(visit: Visit, Query(query): Query<MineQuery>) -> Result<Response, Problem> {
    let input = PageInput {
        limit: Limit::default(),
        cursor: (!query.before.is_empty()).then_some(query.before),
    };
    let call = visit.call("list_subscriptions");
    let page = subscription::own_subscriptions(call, input).await?;
    let engagements = visit.engagements(None).await?;
    let strip = strip::load(&visit, None).await?;
    let shell = visit
        .shell("Bells", Here::Bells, strip.counts(), &engagements)
        .with_strip(strip);
    let rows = page.items.into_iter().map(|own| MyBell {
        url: format!("/ui/dashboards/{}/bells", own.subscription.dashboard_id),
        row: BellRow::new(&own.subscription, &visit, None, own.dashboard_archived_at),
        dashboard: own.dashboard_title,
        engagement: EngagementTag::new(&own.engagement_name),
    });
    render(&MyBellsPage {
        shell,
        lede: match page.total_count {
            0 => "No bell rings for you.".to_owned(),
            many => format!(
                "{} for you or that you made.",
                counted(many, "bell that is", "bells that are")
            ),
        },
        rows: rows.collect(),
        older_url: page
            .next_cursor
            .map(|before| format!("/ui/bells?before={before}")),
    })
}
