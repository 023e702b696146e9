//! One extension point or technical debt: what is known of it, and for those who plan the form that changes it; and the
//! form that writes a new one down.

use askama::Template;
use axum::extract::{Path, Query, State};
use axum::response::{IntoResponse, Response};
use axum::{Extension, Form};
use bellboard_core::text::Bounded;
use bellboard_hub::extension_point::{self, GetExtensionPoint};
use bellboard_hub::fault::Fault;
use bellboard_hub::technical_debt::{self, GetTechnicalDebt};
use serde::Deserialize;

use super::form::{EntryForm, Fields, Refused};
use super::kind::Kind;
use super::row::EntryRow;
use super::{EntriesQuery, page};
use crate::app::App;
use crate::guard::RequestId;
use crate::pages::actions::{act, go_back};
use crate::pages::assets::Asset;
use crate::pages::domain_filter::{self, DomainOption, Found};
use crate::pages::planning::may_plan_in;
use crate::pages::shell::Shell;
use crate::pages::visit::{Engagements, Visit};
use crate::pages::{render, strip};
use crate::problem::Problem;

/// What the page is to show.
#[derive(Debug, Default, Clone, Deserialize)]
#[serde(default)]
pub struct EntryQuery {
    /// The slug of its engagement, where the reader has several.
    at: String,
    /// What was just done.
    did: String,
}

#[derive(Template)]
#[template(path = "entry.html")]
struct EntryPage {
    shell: Shell,
    kind: Kind,
    row: EntryRow,
    topic: String,
    at: String,
    told: Option<&'static str>,
    form: Option<Fields>,
}

/// One entry as it stands.
struct Entry {
    row: EntryRow,
    typed: EntryForm,
}

/// Answers `/ui/extension-points/{key}` and `/ui/technical-debt/{key}`.
pub async fn show(
    visit: Visit,
    Extension(kind): Extension<Kind>,
    Path(key): Path<String>,
    Query(query): Query<EntryQuery>,
) -> Result<Response, Problem> {
    entry_page(&visit, kind, &key, &query, None).await
}

/// Writes down a new one.
pub async fn create(
    State(app): State<App>,
    Extension(request_id): Extension<RequestId>,
    visit: Visit,
    Extension(kind): Extension<Kind>,
    Form(form): Form<EntryForm>,
) -> Result<Response, Problem> {
    let (verb, _) = kind.verbs();
    let input = form.as_new(kind);
    match act(&app, &request_id, visit.again(), verb, input).await {
        Ok(_) => Ok(go_back(&after(kind, form.key.trim(), &form.at, "made"))),
        Err(problem) if problem.status.is_client_error() => {
            let refused = form.refused(&problem);
            let page = page(&visit, kind, EntriesQuery::default(), Some(refused)).await?;
            Ok((problem.status, page).into_response())
        }
        Err(problem) => Err(problem),
    }
}

/// Changes one.
pub async fn save(
    State(app): State<App>,
    Extension(request_id): Extension<RequestId>,
    visit: Visit,
    Extension(kind): Extension<Kind>,
    Path(key): Path<String>,
    Form(form): Form<EntryForm>,
) -> Result<Response, Problem> {
    let (_, verb) = kind.verbs();
    let input = form.as_change(kind, &key);
    match act(&app, &request_id, visit.again(), verb, input).await {
        Ok(_) => Ok(go_back(&after(kind, &key, &form.at, "changed"))),
        Err(problem) if problem.status.is_client_error() => {
            let query = EntryQuery {
                at: form.at.clone(),
                ..EntryQuery::default()
            };
            // What the reader may not see is not there for the form either.
            let refused = form.refused(&problem);
            let page = entry_page(&visit, kind, &key, &query, Some(refused)).await?;
            Ok((problem.status, page).into_response())
        }
        Err(problem) => Err(problem),
    }
}

/// Its page, which says what was done.
fn after(kind: Kind, key: &str, at: &str, did: &str) -> String {
    let address = kind.url_of(key, at);
    let joint = if at.is_empty() { '?' } else { '&' };
    format!("{address}{joint}did={did}")
}

async fn entry_page(
    visit: &Visit,
    kind: Kind,
    key: &str,
    query: &EntryQuery,
    refused: Option<Refused>,
) -> Result<Response, Problem> {
    let entry = load(visit, kind, key, &query.at).await?;
    let engagements = visit.engagements(Some(&entry.typed.at)).await?;
    let form = if engagements.scope().is_some_and(may_plan_in) {
        let domains = domains(visit, &engagements, &entry.typed.domain).await?;
        let (typed, wrong) = match refused {
            Some(refused) => (refused.typed, Some(refused.words)),
            None => (entry.typed.clone(), None),
        };
        Some(Fields::of(kind, typed, &domains, wrong))
    } else {
        None
    };
    let strip = strip::load(visit, None).await?;
    let shell = visit
        .shell(&entry.row.title, kind.here(), strip.counts(), &engagements)
        .with_strip(strip)
        .of_domain(Some(&entry.row.domain));
    render(&EntryPage {
        shell,
        kind,
        topic: entry.typed.topic,
        at: entry.typed.at,
        row: entry.row,
        told: match query.did.as_str() {
            "made" => Some("Written down."),
            "changed" => Some("Changed."),
            _ => None,
        },
        form,
    })
}

async fn load(visit: &Visit, kind: Kind, key: &str, at: &str) -> Result<Entry, Problem> {
    let not_found = |_| Problem::from(Fault::not_found());
    let named: Bounded<100> = key.parse().map_err(not_found)?;
    let engagement = (!at.is_empty()).then(|| at.parse()).transpose();
    let engagement: Option<Bounded<50>> = engagement.map_err(not_found)?;
    Ok(match kind {
        Kind::ExtensionPoints => {
            let input = GetExtensionPoint {
                ep_id: named,
                engagement,
            };
            let call = visit.call("get_extension_point");
            let view = extension_point::get_extension_point(call, input).await?;
            Entry {
                typed: EntryForm::of_point(&view),
                row: EntryRow::of_point(view, true, visit.now),
            }
        }
        Kind::TechnicalDebts => {
            let input = GetTechnicalDebt {
                td_id: named,
                engagement,
            };
            let call = visit.call("get_technical_debt");
            let view = technical_debt::get_technical_debt(call, input).await?;
            Entry {
                typed: EntryForm::of_debt(&view),
                row: EntryRow::of_debt(view, true, visit.now),
            }
        }
    })
}

/// The domains to choose from, with the one that it belongs to, even when that is archived.
async fn domains(
    visit: &Visit,
    engagements: &Engagements,
    current: &str,
) -> Result<Vec<DomainOption>, Problem> {
    let place = engagements.scope_name();
    match domain_filter::load(visit, place.as_ref(), current).await? {
        Found::Here(filter) => Ok(filter.options),
        // Somebody renamed it this very moment; the page is asked for again.
        Found::Moved(_) => Err(Fault::not_found().into()),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_form_leads_to_the_page_of_what_it_made() {
        let made = after(Kind::ExtensionPoints, "EP-1", "", "made");
        assert_eq!(made, "/ui/extension-points/EP-1?did=made");
        let changed = after(Kind::TechnicalDebts, "TD-1", "aster", "changed");
        assert_eq!(changed, "/ui/technical-debt/TD-1?at=aster&did=changed");
    }
}
