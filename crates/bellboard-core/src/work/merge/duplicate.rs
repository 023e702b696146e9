//! Ids that stand in several places: each is told with two of them, and none is taken from a file, because nobody knows
//! which is meant.

use std::collections::BTreeMap;
use std::fmt;

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use super::{Checkout, Seen, StoredTask};
use crate::work::format::Format;

/// Where something was read.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize, JsonSchema)]
pub struct Place {
    /// The slug of the repository.
    pub repo: String,
    /// The branch, where it is another than the one that is synced.
    pub branch: Option<String>,
    /// The file.
    pub path: String,
    /// The line.
    pub line: u32,
}

impl fmt::Display for Place {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}", self.repo)?;
        if let Some(branch) = &self.branch {
            write!(f, " (branch {branch})")?;
        }
        write!(f, " {}:{}", self.path, self.line)
    }
}

/// A task or a plan in another repository or on another branch.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Sighting {
    /// The external id of the task, or of the plan.
    pub key: String,
    /// The external id of the plan.
    pub plan_key: String,
    /// Where.
    pub place: Place,
}

/// One id in two places.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct Duplicate {
    /// The external id of the task, or of the plan.
    pub key: String,
    /// One place, in the checkout that is synced.
    pub here: Place,
    /// The other.
    pub there: Place,
}

impl Duplicate {
    /// What is wrong, with both places.
    pub fn what(&self) -> String {
        format!(
            "the id {} stands in {} and in {}",
            self.key, self.here, self.there
        )
    }

    /// What to do about it.
    pub const WAY_OUT: &'static str =
        "give one of the two another id; until then neither is taken from a file";
}

/// One row for each id of the checkout that stands elsewhere too.
pub(super) fn find(
    checkout: &Checkout<'_>,
    all_seen: &[Seen<'_>],
    stored: &[StoredTask],
) -> Vec<Duplicate> {
    let mut found: BTreeMap<String, Duplicate> = BTreeMap::new();
    let mut here: BTreeMap<&str, Place> = BTreeMap::new();
    let plans = plans(checkout);
    let tasks = all_seen.iter().map(|seen| {
        let place = place(checkout, seen.file, seen.task.line);
        (seen.key.as_str(), seen.plan_key.as_str(), place)
    });
    let plan_rows = plans
        .iter()
        .map(|(key, place)| (key.as_str(), key.as_str(), place.clone()));
    let rows: Vec<(&str, &str, Place)> = plan_rows.chain(tasks).collect();
    let mut add = |key: &str, here: Place, there: Place| {
        let row = Duplicate {
            key: key.to_owned(),
            here,
            there,
        };
        found.entry(key.to_owned()).or_insert(row);
    };
    for (key, _, place) in &rows {
        match here.get(key) {
            Some(first) if first != place => add(key, first.clone(), place.clone()),
            Some(_) => {}
            None => drop(here.insert(key, place.clone())),
        }
    }
    let mut elsewhere: BTreeMap<&str, Vec<&Sighting>> = BTreeMap::new();
    for sighting in checkout.elsewhere {
        elsewhere.entry(&sighting.key).or_default().push(sighting);
    }
    for (key, plan_key, place) in &rows {
        let others = elsewhere.get(key).into_iter().flatten();
        let other = others
            .into_iter()
            .find(|other| other.place.repo != checkout.repo || other.plan_key != *plan_key);
        if let Some(other) = other {
            add(key, place.clone(), other.place.clone());
        }
    }
    for task in stored.iter().filter(|task| !task.is_removed) {
        let repo = task.repo.as_deref().filter(|repo| *repo != checkout.repo);
        if let (Some(repo), Some(path), Some(place)) =
            (repo, &task.path, here.get(task.key.as_str()))
        {
            let there = Place {
                repo: repo.to_owned(),
                branch: None,
                path: path.clone(),
                line: task.line.unwrap_or(1),
            };
            add(&task.key, place.clone(), there);
        }
    }
    found.into_values().collect()
}

/// The plans of the checkout, in formats in which each file is one.
fn plans(checkout: &Checkout<'_>) -> Vec<(String, Place)> {
    let files = checkout.files.iter().enumerate();
    let own = files.filter(|(_, file)| matches!(file.format, Format::Workplan | Format::SpecKit));
    let plans = own.filter_map(|(at, file)| {
        let workstream = &file.reading.plan.as_ref()?.workstream;
        let key = file.format.external_id(checkout.repo, &workstream.id, None);
        Some((key, place(checkout, at, workstream.line)))
    });
    plans.collect()
}

fn place(checkout: &Checkout<'_>, file: usize, line: u32) -> Place {
    Place {
        repo: checkout.repo.to_owned(),
        branch: None,
        path: checkout.files[file].path.to_owned(),
        line,
    }
}
