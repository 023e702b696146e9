//! The lists of extension points and of technical debts: narrowed to a domain and a status, last changed first.

mod row;

use askama::Template;
use axum::extract::Query;
use axum::response::{IntoResponse, Redirect, Response};
use bellboard_core::text::humanise;
use bellboard_core::work::{DebtStatus, ExtensionStatus};
use bellboard_hub::extension_point::{self, ListExtensionPoints};
use bellboard_hub::technical_debt::{self, ListTechnicalDebts};
use serde::Deserialize;

use self::row::EntryRow;
use super::assets::Asset;
use super::domain_filter::{self, DomainFilter, Found};
use super::shell::{Here, Shell};
use super::visit::{Engagements, Visit};
use super::words::counted;
use super::{render, strip};
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

/// Which of the two lists.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Kind {
    ExtensionPoints,
    TechnicalDebts,
}

#[derive(Template)]
#[template(path = "entries.html")]
struct EntriesPage {
    shell: Shell,
    kind: Kind,
    lede: String,
    filter: DomainFilter,
    statuses: Vec<StatusChoice>,
    e: String,
    rows: Vec<EntryRow>,
    filtered: bool,
    older_url: Option<String>,
}

struct StatusChoice {
    value: &'static str,
    words: String,
    chosen: bool,
}

/// One page of rows, how many there are in all, and where the next page begins.
struct Listed {
    rows: Vec<EntryRow>,
    total: u64,
    next: Option<String>,
}

/// Answers `/ui/extension-points`.
pub async fn extension_points(
    visit: Visit,
    Query(query): Query<EntriesQuery>,
) -> Result<Response, Problem> {
    page(&visit, Kind::ExtensionPoints, query).await
}

/// Answers `/ui/technical-debt`.
pub async fn technical_debts(
    visit: Visit,
    Query(query): Query<EntriesQuery>,
) -> Result<Response, Problem> {
    page(&visit, Kind::TechnicalDebts, query).await
}

async fn page(visit: &Visit, kind: Kind, query: EntriesQuery) -> Result<Response, Problem> {
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

impl Kind {
    const fn title(self) -> &'static str {
        match self {
            Self::ExtensionPoints => "Extension points",
            Self::TechnicalDebts => "Technical debt",
        }
    }

    const fn here(self) -> Here {
        match self {
            Self::ExtensionPoints => Here::ExtensionPoints,
            Self::TechnicalDebts => Here::TechnicalDebts,
        }
    }

    const fn path(self) -> &'static str {
        match self {
            Self::ExtensionPoints => "/ui/extension-points",
            Self::TechnicalDebts => "/ui/technical-debt",
        }
    }

    /// How to write the first one down.
    const fn command(self) -> &'static str {
        match self {
            Self::ExtensionPoints => "POST /extension-points",
            Self::TechnicalDebts => "POST /technical-debt",
        }
    }

    fn lede(self, query: &EntriesQuery, total: u64) -> String {
        let (one, many) = match self {
            Self::ExtensionPoints => ("extension point", "extension points"),
            Self::TechnicalDebts => ("technical debt", "technical debts"),
        };
        let counted = counted(total, one, many);
        match (query.is_filtered(), total) {
            (true, 1) => format!("{counted} matches."),
            (true, _) => format!("{counted} match."),
            (false, _) => format!("{counted} in all."),
        }
    }

    fn statuses(self, chosen: &str) -> Vec<StatusChoice> {
        let words: Vec<&'static str> = match self {
            Self::ExtensionPoints => ExtensionStatus::ALL
                .iter()
                .map(|one| one.as_str())
                .collect(),
            Self::TechnicalDebts => DebtStatus::ALL.iter().map(|one| one.as_str()).collect(),
        };
        words
            .into_iter()
            .map(|value| StatusChoice {
                value,
                words: status_words(value),
                chosen: value == chosen,
            })
            .collect()
    }

    async fn list(
        self,
        visit: &Visit,
        query: &EntriesQuery,
        engagements: &Engagements,
    ) -> Result<Listed, Problem> {
        let engagement = engagements.scope_name();
        let domain = query.domain.trim().parse().ok();
        let several = engagements.total() > 1;
        match self {
            Self::ExtensionPoints => {
                let input = ListExtensionPoints {
                    domain,
                    status: read_status(&query.status, ExtensionStatus::read)?,
                    engagement,
                    cursor: query.cursor(),
                    ..ListExtensionPoints::default()
                };
                let call = visit.call("list_extension_points");
                let page = extension_point::list_extension_points(call, input).await?;
                let row = |one| EntryRow::of_point(one, several, visit.now);
                Ok(Listed {
                    rows: page.items.into_iter().map(row).collect(),
                    total: page.total_count,
                    next: page.next_cursor,
                })
            }
            Self::TechnicalDebts => {
                let input = ListTechnicalDebts {
                    domain,
                    status: read_status(&query.status, DebtStatus::read)?,
                    engagement,
                    cursor: query.cursor(),
                    ..ListTechnicalDebts::default()
                };
                let call = visit.call("list_technical_debts");
                let page = technical_debt::list_technical_debts(call, input).await?;
                let row = |one| EntryRow::of_debt(one, several, visit.now);
                Ok(Listed {
                    rows: page.items.into_iter().map(row).collect(),
                    total: page.total_count,
                    next: page.next_cursor,
                })
            }
        }
    }
}

/// "Won't fix", "In progress".
fn status_words(word: &str) -> String {
    match word {
        "wont_fix" => "Won’t fix".to_owned(),
        word => humanise(word),
    }
}

fn read_status<T>(
    text: &str,
    read: impl FnOnce(&str, &str) -> Result<T, bellboard_core::work::UnknownWord>,
) -> Result<Option<T>, Problem> {
    if text.is_empty() {
        return Ok(None);
    }
    let word = read("status", text);
    let word = word.map_err(|unknown| Problem::invalid("status", unknown.to_string()))?;
    Ok(Some(word))
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

    #[test]
    fn a_status_is_one_of_its_set() {
        let read = |text| read_status(text, ExtensionStatus::read);
        assert_eq!(read("").unwrap(), None);
        assert_eq!(read("wont_fix").unwrap(), Some(ExtensionStatus::WontFix));
        let refused = read("resolved").unwrap_err();
        assert_eq!(refused.field.as_deref(), Some("status"));
        assert!(refused.detail.contains("addressed"), "{}", refused.detail);
        assert_eq!(status_words("in_progress"), "In progress");
        assert_eq!(status_words("wont_fix"), "Won’t fix");
    }

    #[test]
    fn the_count_is_a_sentence() {
        let one_domain = EntriesQuery {
            domain: "rail".to_owned(),
            ..EntriesQuery::default()
        };
        let kind = Kind::ExtensionPoints;
        assert_eq!(kind.lede(&one_domain, 1), "1 extension point matches.");
        assert_eq!(kind.lede(&one_domain, 0), "0 extension points match.");
        assert_eq!(
            Kind::TechnicalDebts.lede(&EntriesQuery::default(), 7),
            "7 technical debts in all."
        );
    }
}
