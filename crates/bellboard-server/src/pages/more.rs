//! What the tabs of a phone have no room for: every other page, and the engagements.

use askama::Template;
use axum::response::Response;

use super::assets::Asset;
use super::shell::{Here, Shell};
use super::visit::Visit;
use super::{render, strip};
use crate::problem::Problem;

/// The page whose unread lines are counted.
const INBOX: &str = "/ui/notifications";

#[derive(Template)]
#[template(path = "more.html")]
struct MorePage {
    shell: Shell,
    pages: [Link; 7],
}

struct Link {
    icon: &'static str,
    words: &'static str,
    url: &'static str,
    unread: u64,
}

/// Answers `/ui/more`.
pub async fn show(visit: Visit) -> Result<Response, Problem> {
    let engagements = visit.engagements(None).await?;
    let strip = strip::load(&visit, None).await?;
    let unread = strip.counts().unread;
    let shell = visit
        .shell("More", Here::More, strip.counts(), &engagements)
        .with_strip(strip);
    let pages = [
        ("bell", "Notifications", INBOX),
        ("grid", "Domains", "/ui/domains"),
        ("work", "Workstreams", "/ui/workstreams"),
        ("ext", "Extension points", "/ui/extension-points"),
        ("debt", "Tech debt", "/ui/technical-debt"),
        ("find", "Search", "/ui/search"),
        ("gear", "Settings", "/ui/settings"),
    ];
    render(&MorePage {
        shell,
        pages: pages.map(|(icon, words, url)| Link {
            icon,
            words,
            url,
            unread: if url == INBOX { unread } else { 0 },
        }),
    })
}
