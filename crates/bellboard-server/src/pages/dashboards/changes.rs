//! What differs between two snapshots of a dashboard: the pair to choose, one sentence, the figure, and every other value
//! that changed.

use askama::Template;
use axum::extract::{Path, Query};
use axum::response::Response;
use bellboard_core::dashboard::{Diff, Picture, compute_diff};
use bellboard_core::id::{DashboardId, SnapshotId};
use bellboard_core::text::{humanise, sanitise, small_first};
use bellboard_hub::dashboard::DashboardView;
use bellboard_hub::fault::Fault;
use bellboard_hub::snapshot::{self, OfSnapshot, SnapshotDetail, SnapshotView};
use serde::Deserialize;

use super::figure::{Figure, value_column};
use super::list::newest;
use super::place::{Head, Place, Tab, changes_url};
use super::ribbon::Ribbon;
use super::table::{Shown, digits_of};
use crate::pages::assets::Asset;
use crate::pages::chart::{number_words, share_words};
use crate::pages::comments::Thread;
use crate::pages::moment::{Moment, Reading};
use crate::pages::render;
use crate::pages::shell::Shell;
use crate::pages::visit::Visit;
use crate::pages::words::counted;
use crate::problem::Problem;

/// So many values are told one by one.
const VALUES_TOLD: usize = 60;
/// Characters of a row's name, at most.
const NAME_AT_MOST: usize = 80;

/// Which two snapshots; the newest and the one before when nothing is said.
#[derive(Debug, Default, Clone, Deserialize)]
#[serde(default)]
pub struct ChangesQuery {
    /// The earlier one.
    pub a: String,
    /// The later one.
    pub b: String,
    /// What was just done.
    pub did: String,
}

#[derive(Template)]
#[template(path = "dashboard_changes.html")]
struct ChangesPage {
    shell: Shell,
    head: Head,
    id: DashboardId,
    taken: bool,
    /// Without two snapshots there is nothing to compare.
    compared: Option<Compared>,
    /// The reason is that the retention removed the one before.
    forgotten: bool,
    ribbon: Option<Ribbon>,
    command: String,
    thread: Thread,
}

/// The snapshots that a page is about.
enum Pair {
    /// The earlier one first.
    Two(Box<(SnapshotDetail, SnapshotDetail)>),
    /// There is none yet, or only a first one.
    TooFew,
    /// The one before was removed by the retention.
    Forgotten,
}

struct Compared {
    earlier: Vec<Choice>,
    later: Vec<Choice>,
    before_url: Option<String>,
    after_url: Option<String>,
    sentence: String,
    rang: Option<String>,
    metric: Option<String>,
    columns: Option<String>,
    figure: Option<Figure>,
    values: Vec<ValueLine>,
    more_values: Option<String>,
    json_url: String,
}

/// A snapshot to choose.
struct Choice {
    id: SnapshotId,
    at: Moment,
    more: String,
    chosen: bool,
}

/// A value that changed beside the one in the figure.
struct ValueLine {
    row: String,
    column: String,
    was: Shown,
    now: Shown,
    change: String,
}

/// Answers `/ui/dashboards/{dashboard_id}/changes`.
pub async fn show(
    visit: Visit,
    Path(id): Path<String>,
    Query(query): Query<ChangesQuery>,
) -> Result<Response, Problem> {
    let place = Place::load(&visit, &id).await?;
    page(&visit, &place, &query).await
}

/// The page of this pair.
pub async fn page(visit: &Visit, place: &Place, query: &ChangesQuery) -> Result<Response, Problem> {
    let view = &place.view;
    let kept = newest(visit, view).await?;
    let found = pair(visit, view.id, query, &kept).await?;
    let forgotten = matches!(found, Pair::Forgotten);
    let two = match found {
        Pair::Two(two) => Some(two),
        Pair::TooFew | Pair::Forgotten => None,
    };
    let ids: Vec<SnapshotId> = two
        .iter()
        .flat_map(|two| {
            let (a, b) = &**two;
            [a.snapshot.id, b.snapshot.id]
        })
        .collect();
    render(&ChangesPage {
        shell: place.shell(visit, Tab::Changes).await?,
        head: place.head(visit, Tab::Changes),
        id: view.id,
        taken: query.did == "taken",
        ribbon: (!kept.is_empty()).then(|| Ribbon::new(&kept, &ids)),
        command: command(place, &ids),
        thread: place.thread(visit).await?,
        compared: two.map(|two| {
            let (a, b) = *two;
            Compared::new(visit, view, (&a, &b), &kept)
        }),
        forgotten,
    })
}

/// The line for a terminal that tells the same.
fn command(place: &Place, pair: &[SnapshotId]) -> String {
    let diff = place.command("diff");
    match pair {
        [a, b] => format!("{diff} --from {a} --to {b}"),
        _ => diff,
    }
}

/// The snapshots that are asked for, the earlier first.
async fn pair(
    visit: &Visit,
    board: DashboardId,
    query: &ChangesQuery,
    kept: &[SnapshotView],
) -> Result<Pair, Problem> {
    let later = match query.b.as_str() {
        "" => match kept.first() {
            Some(newest) => newest.id,
            None => return Ok(Pair::TooFew),
        },
        named => read_id(named)?,
    };
    let later = load(visit, board, later).await?;
    let earlier = match query.a.as_str() {
        "" => match later.snapshot.previous_id {
            Some(before) => before,
            None if later.snapshot.number > 1 => return Ok(Pair::Forgotten),
            None => return Ok(Pair::TooFew),
        },
        named => read_id(named)?,
    };
    let earlier = load(visit, board, earlier).await?;
    let two = if earlier.snapshot.number > later.snapshot.number {
        (later, earlier)
    } else {
        (earlier, later)
    };
    Ok(Pair::Two(Box::new(two)))
}

/// A snapshot of this dashboard.
async fn load(
    visit: &Visit,
    board: DashboardId,
    snapshot_id: SnapshotId,
) -> Result<SnapshotDetail, Problem> {
    let of = OfSnapshot { snapshot_id };
    let found = snapshot::get_snapshot(visit.call("get_snapshot"), of).await?;
    if found.snapshot.dashboard_id == board {
        Ok(found)
    } else {
        Err(Fault::not_found().into())
    }
}

fn read_id(text: &str) -> Result<SnapshotId, Problem> {
    Ok(text.parse().map_err(|_| Fault::not_found())?)
}

impl Compared {
    fn new(
        visit: &Visit,
        view: &DashboardView,
        (a, b): (&SnapshotDetail, &SnapshotDetail),
        kept: &[SnapshotView],
    ) -> Self {
        let order = view.view_spec_json.order_by.iter();
        let ordered_by: Vec<&str> = order.map(|one| one.field.as_str()).collect();
        let (before, after) = (a.materialized_data.picture(), b.materialized_data.picture());
        let diff = compute_diff(before, after);
        let column = value_column(after, &ordered_by);
        let next_id = b.next_id;
        let (a, b) = (&a.snapshot, &b.snapshot);
        let (values, more_values) = value_lines(visit, (before, after), &diff, column);
        let at = |one: &SnapshotView| Moment::new(one.captured_at, Reading::Clock, visit.now);
        let url = |b: SnapshotId| changes_url(a.dashboard_id, b);
        // Where a pair lies further back than the newest, the earlier one is the one before.
        let mut known = kept.iter().chain([a]);
        let one_before = known.find(|one| Some(one.id) == b.previous_id);
        Self {
            earlier: choices(visit, kept, a),
            later: choices(visit, kept, b),
            before_url: one_before
                .filter(|one| one.previous_id.is_some())
                .map(|one| url(one.id)),
            after_url: next_id.map(url),
            sentence: diff.sentence(before, after),
            rang: (b.rang > 0 && b.previous_id == Some(a.id))
                .then(|| format!("rang {}", counted(b.rang, "bell", "bells"))),
            metric: metric_words(after, &diff),
            columns: column_words(&diff),
            figure: (before.shown() + after.shown() > 0).then(|| {
                Figure::new(
                    (before, after),
                    &diff,
                    column,
                    (view.title.clone(), at(a), at(b)),
                )
            }),
            values,
            more_values: more_words(more_values),
            json_url: format!(
                "/api/dashboard/{}/diff?a={}&b={}",
                a.dashboard_id, a.id, b.id
            ),
        }
    }
}

/// The newest snapshots and the chosen one, the newest first.
fn choices(visit: &Visit, kept: &[SnapshotView], chosen: &SnapshotView) -> Vec<Choice> {
    let is_listed = kept.iter().any(|one| one.id == chosen.id);
    let listed = kept.iter().chain((!is_listed).then_some(chosen));
    listed
        .map(|one| Choice {
            id: one.id,
            at: Moment::new(one.captured_at, Reading::Clock, visit.now),
            more: format!(" · {}", one.number),
            chosen: one.id == chosen.id,
        })
        .collect()
}

/// The values that changed in other columns than that of the figure, and how many more there are.
fn value_lines(
    visit: &Visit,
    (a, b): (&Picture, &Picture),
    diff: &Diff,
    column: Option<&str>,
) -> (Vec<ValueLine>, usize) {
    let names = &diff.columns.after;
    let cells = diff.row_value_deltas.iter().flat_map(|row| {
        let cells = row.cells.iter();
        cells.map(move |cell| (row, cell, names[cell.column as usize].as_str()))
    });
    let others: Vec<_> = cells.filter(|(_, _, name)| Some(*name) != column).collect();
    let digits = |picture: &Picture, name: &str| picture.column(name).map_or(0, digits_of);
    let lines = others.iter().take(VALUES_TOLD).map(|(row, cell, name)| {
        let digits = digits(a, name).max(digits(b, name));
        let labelled = b.rows().nth(row.rank_after as usize - 1);
        ValueLine {
            row: sanitise(labelled.map_or(&row.id, |one| one.label()), NAME_AT_MOST),
            column: humanise(name),
            was: Shown::new(cell.before.get(), digits, visit.now),
            now: Shown::new(cell.after.get(), digits, visit.now),
            change: cell.share().map_or_else(String::new, share_words),
        }
    });
    (lines.collect(), others.len().saturating_sub(VALUES_TOLD))
}

/// "61 more values changed."
fn more_words(more: usize) -> Option<String> {
    let values = counted(more as u64, "more value", "more values");
    (more > 0).then(|| format!("{values} changed."))
}

/// "Mean of score: 0.71, was 0.69 (+2.8 %)."
fn metric_words(b: &Picture, diff: &Diff) -> Option<String> {
    let (was, is) = (diff.primary_metric.before?, diff.primary_metric.after?);
    let metric = &b.primary_metric().metric;
    if was == is {
        return None;
    }
    let of = metric.field.as_ref().map_or_else(
        || "Rows that match".to_owned(),
        |field| {
            format!(
                "{} of {}",
                humanise(metric.measure.as_str()),
                small_first(&humanise(field))
            )
        },
    );
    Some(format!(
        "{of}: {}, was {} ({}).",
        number_words(is),
        number_words(was),
        share_words(was.share_to(is))
    ))
}

/// "New columns: size. Columns that are gone: weight."
fn column_words(diff: &Diff) -> Option<String> {
    let new: Vec<String> = diff
        .columns
        .new_or_of_another_kind()
        .map(humanise)
        .collect();
    let gone: Vec<String> = diff.columns.removed().map(humanise).collect();
    let parts = [("New columns", new), ("Columns that are gone", gone)];
    let said: Vec<String> = parts
        .into_iter()
        .filter(|(_, names)| !names.is_empty())
        .map(|(words, names)| format!("{words}: {}.", names.join(", ")))
        .collect();
    (!said.is_empty()).then(|| said.join(" "))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn further_values_are_counted() {
        assert_eq!(more_words(0), None);
        for (more, words) in [
            (1, "1 more value changed."),
            (2, "2 more values changed."),
            (79_940, "79\u{202f}940 more values changed."),
        ] {
            assert_eq!(more_words(more).as_deref(), Some(words));
        }
    }
}
