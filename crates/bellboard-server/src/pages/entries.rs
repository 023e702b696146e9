//! The lists of extension points and of technical debts: narrowed to a domain and a status, last changed first.

mod form;
mod kind;
mod one;
mod row;

use askama::Template;
use axum::extract::Query;
use axum::response::{IntoResponse, Redirect, Response};
use axum::routing::get;
use axum::{Extension, Router};
use serde::Deserialize;

use self::form::Fields;
use self::kind::{Choice, Kind, Listed};
use self::row::EntryRow;
use super::assets::Asset;
use super::domain_filter::{self, DomainFilter, Found};
use super::shell::Shell;
use super::visit::Visit;
use super::{render, strip};
use crate::app::App;
use crate::problem::Problem;

/// What a list is to show.
#[derive(Debug, Default, Clone, Deserialize)]
#[serde(default)]
pub struct EntriesQuery {
    /// The slug of one domain.
    domain: String,
    /// One status.
    status: String,
    /// The slug of one engagement.
    e: String,
    /// Where to go on.
    before: String,
}

#[derive(Template)]
#[template(path = "entries.html")]
struct EntriesPage {
    shell: Shell,
    kind: Kind,
    lede: String,
    filter: DomainFilter,
    statuses: Vec<Choice>,
    e: String,
    rows: Vec<EntryRow>,
    filtered: bool,
    older_url: Option<String>,
    /// The form for a new one, where the reader may plan.
    new: Option<Fields>,
}

/// The pages of extension points and those of technical debts, which are the same but for their kind.
pub fn router() -> Router<App> {
    Router::new()
        .merge(router_of(Kind::ExtensionPoints))
        .merge(router_of(Kind::TechnicalDebts))
}

fn router_of(kind: Kind) -> Router<App> {
    let path_of_one = format!("{}/{{key}}", kind.path());
    Router::new()
        .route(kind.path(), get(show).post(one::create))
        .route(&path_of_one, get(one::show).post(one::save))
        .layer(Extension(kind))
}

/// Answers `/ui/extension-points` and `/ui/technical-debt`.
async fn show(
    visit: Visit,
    Extension(kind): Extension<Kind>,
    Query(query): Query<EntriesQuery>,
) -> Result<Response, Problem> {
    page(&visit, kind, query, None).await
}

/// The list, perhaps with the form for a new entry that was refused.
async fn page(
    visit: &Visit,
    kind: Kind,
    query: EntriesQuery,
    refused: Option<form::Refused>,
) -> Result<Response, Problem> {
    let engagements = visit.engagements(Some(&query.e)).await?;
    let place = engagements.scope_name();
    let filter = match domain_filter::load(visit, place.as_ref(), &query.domain).await? {
        Found::Here(filter) => filter,
        Found::Moved(domain) => {
            let today = EntriesQuery { domain, ..query };
            return Ok(Redirect::permanent(&today.url(kind)).into_response());
        }
    };
    let listed = if filter.unknown {
        Listed {
            rows: Vec::new(),
            total: 0,
            next: None,
        }
    } else {
        kind.list(visit, &query, &engagements).await?
    };
    let strip = strip::load(visit, None).await?;
    let known = (!filter.unknown).then_some(filter.asked.as_str());
    let shell = visit
        .shell(kind.title(), kind.here(), strip.counts(), &engagements)
        .with_strip(strip)
        .of_domain(known);
    render(&EntriesPage {
        shell,
        lede: kind.lede(&query, listed.total),
        statuses: kind.statuses(&query.status),
        older_url: listed.next.map(|before| {
            let older = EntriesQuery {
                before,
                ..query.clone()
            };
            older.url(kind)
        }),
        new: Fields::new(kind, &engagements, &filter, refused),
        rows: listed.rows,
        filtered: query.is_filtered(),
        e: query.e,
        filter,
        kind,
    })
}

impl EntriesQuery {
    fn is_filtered(&self) -> bool {
        [&self.domain, &self.status, &self.e, &self.before]
            .iter()
            .any(|value| !value.is_empty())
    }

    /// The address of the list. Its values hold no reserved characters, or they were refused or not found before.
    fn url(&self, kind: Kind) -> String {
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
        format!("{}?{}", kind.path(), kept.join("&"))
    }

    fn cursor(&self) -> Option<String> {
        (!self.before.is_empty()).then(|| self.before.clone())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_address_keeps_what_was_chosen() {
        let query = EntriesQuery {
            domain: "rail".to_owned(),
            status: "open".to_owned(),
            ..EntriesQuery::default()
        };
        assert_eq!(
            query.url(Kind::TechnicalDebts),
            "/ui/technical-debt?domain=rail&status=open"
        );
        assert!(query.is_filtered() && !EntriesQuery::default().is_filtered());
    }
}
