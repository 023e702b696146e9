//! Search over what a person sees: engagements, runs and artifacts by their label. The same list stands on its page and
//! in the command palette. It looks through what is newest, so that its cost does not grow with history.

use askama::Template;
use axum::extract::Query;
use axum::response::Response;
use bellboard_core::page::Limit;
use bellboard_hub::artifact::{self, ListArtifacts};
use bellboard_hub::run::{self, ListRuns};
use serde::Deserialize;

use super::assets::Asset;
use super::mark::Mark;
use super::rows::{mark_of, run_url};
use super::shell::{Here, Shell};
use super::visit::{Engagements, Visit};
use super::{render, strip};
use crate::problem::Problem;

/// How many are read at once.
const PAGE: u32 = 100;

/// So many runs and so many artifacts are looked through at most: no index knows a part of a name.
const LOOKED_THROUGH: usize = 500;

/// How many of them are shown.
const FOUND_AT_MOST: usize = 20;

/// No label is longer.
const WORDS_AT_MOST: usize = 200;

/// What to look for.
#[derive(Debug, Default, Deserialize)]
pub struct SearchQuery {
    #[serde(default)]
    q: String,
}

/// One thing that was found.
#[derive(Debug)]
struct Finding {
    mark: Mark,
    label: String,
    url: String,
    /// What it is and where.
    place: String,
}

/// What was found; inside the page and alone for the palette.
#[derive(Debug, Template)]
#[template(path = "found.html")]
struct Found {
    words: String,
    looked_through: usize,
    findings: Vec<Finding>,
}

impl askama::filters::HtmlSafe for Found {}

#[derive(Template)]
#[template(path = "search.html")]
struct SearchPage {
    shell: Shell,
    words: String,
    found: Found,
}

/// Answers `/ui/search`.
pub async fn show(visit: Visit, Query(query): Query<SearchQuery>) -> Result<Response, Problem> {
    let engagements = visit.engagements(None).await?;
    let found = find(&visit, &engagements, &query.q).await?;
    let strip = strip::load(&visit, None).await?;
    let shell = visit
        .shell("Search", Here::Elsewhere, strip.counts(), &engagements)
        .with_strip(strip);
    render(&SearchPage {
        shell,
        words: found.words.clone(),
        found,
    })
}

/// Answers `/_ui/found`: the list alone.
pub async fn part(visit: Visit, Query(query): Query<SearchQuery>) -> Result<Response, Problem> {
    let engagements = visit.engagements(None).await?;
    render(&find(&visit, &engagements, &query.q).await?)
}

async fn find(visit: &Visit, engagements: &Engagements, words: &str) -> Result<Found, Problem> {
    let words: String = words.trim().chars().take(WORDS_AT_MOST).collect();
    let sought = words.to_lowercase();
    let mut findings = Vec::new();
    if !sought.is_empty() {
        let places = engagements.listed().map(|membership| Finding {
            mark: mark_of_kind("home", "Engagement"),
            label: membership.engagement_name.clone(),
            url: format!("/ui/engagements/{}", membership.engagement_slug),
            place: "engagement".to_owned(),
        });
        findings.extend(places.filter(|finding| is_named(&finding.label, &sought)));
        artifacts(visit, &sought, &mut findings).await?;
        runs(visit, &sought, &mut findings).await?;
        findings.truncate(FOUND_AT_MOST);
    }
    Ok(Found {
        words,
        looked_through: LOOKED_THROUGH,
        findings,
    })
}

fn is_named(label: &str, sought: &str) -> bool {
    label.to_lowercase().contains(sought)
}

/// Reads on until enough is found.
async fn artifacts(
    visit: &Visit,
    sought: &str,
    findings: &mut Vec<Finding>,
) -> Result<(), Problem> {
    let (mut seen, mut cursor) = (0, None);
    while seen < LOOKED_THROUGH && findings.len() < FOUND_AT_MOST {
        let input = ListArtifacts {
            limit: Limit::new(PAGE).unwrap_or_default(),
            cursor,
            ..ListArtifacts::default()
        };
        let page = artifact::list_artifacts(visit.call("list_artifacts"), input).await?;
        seen += page.items.len();
        let named = page
            .items
            .into_iter()
            .filter(|one| is_named(&one.label, sought));
        findings.extend(named.map(|artifact| Finding {
            mark: super::artifact::mark_of(artifact.kind, artifact.state),
            url: super::artifact::url_of(artifact.id),
            place: format!(
                "{}, {}",
                artifact.kind.with_number(artifact.number),
                artifact.engagement_name
            ),
            label: artifact.label,
        }));
        cursor = page.next_cursor;
        if cursor.is_none() {
            break;
        }
    }
    Ok(())
}

/// The same with runs.
async fn runs(visit: &Visit, sought: &str, findings: &mut Vec<Finding>) -> Result<(), Problem> {
    let (mut seen, mut cursor) = (0, None);
    while seen < LOOKED_THROUGH && findings.len() < FOUND_AT_MOST {
        let input = ListRuns {
            limit: Limit::new(PAGE).unwrap_or_default(),
            cursor,
            ..ListRuns::default()
        };
        let page = run::list_runs(visit.call("list_runs"), input).await?;
        seen += page.items.len();
        let named = page
            .items
            .into_iter()
            .filter(|one| is_named(&one.label, sought));
        findings.extend(named.map(|run| Finding {
            mark: mark_of(&run),
            url: run_url(run.id),
            place: format!("run, {}", run.engagement_name),
            label: run.label,
        }));
        cursor = page.next_cursor;
        if cursor.is_none() {
            break;
        }
    }
    Ok(())
}

fn mark_of_kind(icon: &'static str, word: &'static str) -> Mark {
    Mark {
        icon,
        hue: "dim",
        word,
    }
}
