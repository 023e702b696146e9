//! What tells extension points from technical debts on the pages: their words, their addresses, their verbs.

use bellboard_core::text::humanise;
use bellboard_core::work::{
    DebtSeverity, DebtStatus, DebtType, ExtensionStatus, ExtensionType, Priority,
};
use bellboard_hub::extension_point::{self, ListExtensionPoints};
use bellboard_hub::technical_debt::{self, ListTechnicalDebts};

use super::EntriesQuery;
use super::row::{EntryRow, type_words};
use crate::pages::shell::Here;
use crate::pages::visit::{Engagements, Visit};
use crate::pages::words::counted;
use crate::problem::Problem;

/// Which of the two lists.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Kind {
    /// What may be extended.
    ExtensionPoints,
    /// What has to be put right.
    TechnicalDebts,
}

/// One word of a set, to choose.
#[derive(Debug, PartialEq, Eq)]
pub struct Choice {
    /// The word of the API.
    pub value: &'static str,
    /// The same for people.
    pub words: String,
    /// It is chosen.
    pub chosen: bool,
}

/// One page of rows, how many there are in all, and where the next page begins.
pub struct Listed {
    /// The rows.
    pub rows: Vec<EntryRow>,
    /// How many in all.
    pub total: u64,
    /// The cursor of the next page.
    pub next: Option<String>,
}

impl Kind {
    /// What one is called.
    pub const fn one(self) -> &'static str {
        match self {
            Self::ExtensionPoints => "extension point",
            Self::TechnicalDebts => "technical debt",
        }
    }

    /// The field in which the API has its key.
    pub const fn key_field(self) -> &'static str {
        match self {
            Self::ExtensionPoints => "ep_id",
            Self::TechnicalDebts => "td_id",
        }
    }

    /// The field in which the API has how much it weighs.
    pub const fn weight_field(self) -> &'static str {
        match self {
            Self::ExtensionPoints => "priority",
            Self::TechnicalDebts => "severity",
        }
    }

    /// The verbs that write a new one down and change one.
    pub const fn verbs(self) -> (&'static str, &'static str) {
        match self {
            Self::ExtensionPoints => ("create_extension_point", "update_extension_point"),
            Self::TechnicalDebts => ("create_technical_debt", "update_technical_debt"),
        }
    }

    /// The heading of the list.
    pub const fn title(self) -> &'static str {
        match self {
            Self::ExtensionPoints => "Extension points",
            Self::TechnicalDebts => "Technical debt",
        }
    }

    /// Which link of the navigation it is.
    pub const fn here(self) -> Here {
        match self {
            Self::ExtensionPoints => Here::ExtensionPoints,
            Self::TechnicalDebts => Here::TechnicalDebts,
        }
    }

    /// The address of the list.
    pub const fn path(self) -> &'static str {
        match self {
            Self::ExtensionPoints => "/ui/extension-points",
            Self::TechnicalDebts => "/ui/technical-debt",
        }
    }

    /// The address of one; with its engagement where the reader has several.
    pub fn url_of(self, key: &str, at: &str) -> String {
        let at = if at.is_empty() {
            String::new()
        } else {
            format!("?at={at}")
        };
        format!("{}/{key}{at}", self.path())
    }

    /// How a program writes the first one down.
    pub const fn command(self) -> &'static str {
        match self {
            Self::ExtensionPoints => "POST /extension-points",
            Self::TechnicalDebts => "POST /technical-debt",
        }
    }

    /// How many there are, as a sentence.
    pub fn lede(self, query: &EntriesQuery, total: u64) -> String {
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

    /// The statuses to choose from.
    pub fn statuses(self, chosen: &str) -> Vec<Choice> {
        match self {
            Self::ExtensionPoints => choices(ExtensionStatus::ALL, ExtensionStatus::as_str, chosen),
            Self::TechnicalDebts => choices(DebtStatus::ALL, DebtStatus::as_str, chosen),
        }
    }

    /// The types to choose from.
    pub fn types(self, chosen: &str) -> Vec<Choice> {
        let mut types = match self {
            Self::ExtensionPoints => choices(ExtensionType::ALL, ExtensionType::as_str, chosen),
            Self::TechnicalDebts => choices(DebtType::ALL, DebtType::as_str, chosen),
        };
        for choice in &mut types {
            choice.words = type_words(choice.value);
        }
        types
    }

    /// The priorities or severities to choose from.
    pub fn weights(self, chosen: &str) -> Vec<Choice> {
        match self {
            Self::ExtensionPoints => choices(Priority::ALL, Priority::as_str, chosen),
            Self::TechnicalDebts => choices(DebtSeverity::ALL, DebtSeverity::as_str, chosen),
        }
    }

    /// One page of the list.
    pub async fn list(
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

fn choices<T: Copy>(all: &[T], word: fn(T) -> &'static str, chosen: &str) -> Vec<Choice> {
    let words = all.iter().map(|one| word(*one));
    words
        .map(|value| Choice {
            value,
            words: status_words(value),
            chosen: value == chosen,
        })
        .collect()
}

/// "Won't fix", "In progress".
pub fn status_words(word: &str) -> String {
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
