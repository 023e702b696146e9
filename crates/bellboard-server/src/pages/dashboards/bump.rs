//! How the first ranks moved over several snapshots: a line for each row from snapshot to snapshot, and the same as a table.

use std::collections::{HashMap, HashSet};

use askama::Template;
use bellboard_core::dashboard::{Picture, compute_diff};
use bellboard_core::text::sanitise;

use crate::pages::moment::Moment;

/// So many ranks are shown.
const RANKS: u32 = 10;
/// The height of a rank, and the width from snapshot to snapshot.
const ROW: u32 = 36;
const STEP: u32 = 100;
/// Characters of a row's name, at most.
const NAME_AT_MOST: usize = 80;

/// The figure with its table.
#[derive(Debug, Template)]
#[template(path = "dashboard_bump.html")]
pub struct Bump {
    times: Vec<Moment>,
    first: Vec<String>,
    last: Vec<String>,
    lines: Vec<Line>,
    ticks: Vec<u32>,
    width: u32,
    height: u32,
    rows: Vec<RankRow>,
}

impl askama::filters::HtmlSafe for Bump {}

#[derive(Debug, PartialEq, Eq)]
struct Line {
    class: &'static str,
    path: String,
}

/// The ranks of one row, none where it was not among the first.
#[derive(Debug, PartialEq, Eq)]
struct RankRow {
    name: String,
    ranks: Vec<Option<u32>>,
}

impl Bump {
    /// Of these pictures, the oldest first.
    pub fn new(pictures: &[(Moment, &Picture)]) -> Self {
        let first_ranks: Vec<HashMap<&str, u32>> = pictures
            .iter()
            .map(|(_, picture)| {
                let rows = picture.primary_rows().take(RANKS as usize);
                rows.map(|(rank, id)| (id, rank)).collect()
            })
            .collect();
        let most = first_ranks.iter().map(HashMap::len).max().unwrap_or(0);
        let steps = u32::try_from(pictures.len().saturating_sub(1)).unwrap_or(0);
        let names = |picture: Option<&(Moment, &Picture)>| {
            picture.map_or_else(Vec::new, |(_, picture)| {
                let rows = picture.rows().take(RANKS as usize);
                rows.map(|row| sanitise(row.label(), NAME_AT_MOST))
                    .collect()
            })
        };
        Self {
            times: pictures.iter().map(|(at, _)| at.clone()).collect(),
            first: names(pictures.first()),
            last: names(pictures.last()),
            lines: lines(pictures, &first_ranks),
            ticks: (0..=steps).map(|step| step * STEP).collect(),
            width: steps * STEP,
            height: u32::try_from(most).unwrap_or(RANKS) * ROW,
            rows: rank_rows(pictures, &first_ranks),
        }
    }
}

/// From snapshot to snapshot; those of rows that were pushed by others below the rest.
fn lines(pictures: &[(Moment, &Picture)], ranks: &[HashMap<&str, u32>]) -> Vec<Line> {
    let mut pushed = Vec::new();
    let mut rest = Vec::new();
    for (step, pair) in (0u32..).zip(pictures.windows(2)) {
        let (before, after) = (&ranks[step as usize], &ranks[step as usize + 1]);
        let diff = compute_diff(pair[0].1, pair[1].1);
        let own: HashSet<&str> = diff.row_value_deltas.iter().map(|row| &*row.id).collect();
        let (left, right) = (step * STEP, (step + 1) * STEP);
        for (id, from) in in_order(before) {
            let y = middle(from);
            let Some(to) = after.get(id) else {
                rest.push(line("go", format!("M{left} {y}h24")));
                continue;
            };
            let end = middle(*to);
            let half = left + STEP / 2;
            let path = format!("M{left} {y}C{half} {y} {half} {end} {right} {end}");
            if own.contains(id) {
                rest.push(line("mv", path));
            } else {
                pushed.push(line("pu", path));
            }
        }
        for (_, to) in in_order(after).filter(|(id, _)| !before.contains_key(id)) {
            let y = middle(to);
            rest.push(line("nw", format!("M{} {y}h24", right - 24)));
            rest.push(line("nd", format!("M{} {y}h.01", right - 26)));
            rest.push(line("ni", format!("M{} {y}h.01", right - 26)));
        }
    }
    pushed.append(&mut rest);
    pushed
}

fn in_order<'p>(ranks: &HashMap<&'p str, u32>) -> impl Iterator<Item = (&'p str, u32)> {
    let mut rows: Vec<(&str, u32)> = ranks.iter().map(|(id, rank)| (*id, *rank)).collect();
    rows.sort_by_key(|(_, rank)| *rank);
    rows.into_iter()
}

/// Every row that was among the first at some time, in the order of the newest, then of those before.
fn rank_rows(pictures: &[(Moment, &Picture)], ranks: &[HashMap<&str, u32>]) -> Vec<RankRow> {
    let mut seen = HashSet::new();
    let mut rows = Vec::new();
    for (_, picture) in pictures.iter().rev() {
        for row in picture.rows().take(RANKS as usize) {
            if seen.insert(row.id()) {
                rows.push(RankRow {
                    name: sanitise(row.label(), NAME_AT_MOST),
                    ranks: ranks.iter().map(|at| at.get(row.id()).copied()).collect(),
                });
            }
        }
    }
    rows
}

fn middle(rank: u32) -> u32 {
    (rank - 1) * ROW + ROW / 2
}

fn line(class: &'static str, path: String) -> Line {
    Line { class, path }
}

#[cfg(test)]
mod tests {
    use bellboard_core::dashboard::{RowsFormat, RowsReader, ViewSpec};
    use serde_json::{Value, json};

    use super::*;
    use crate::pages::moment::Reading;

    fn picture(rows: &[(&str, u32)]) -> Picture {
        let rows: Vec<Value> = rows
            .iter()
            .map(|(id, score)| json!({"id": id, "score": score}))
            .collect();
        let text = Value::from(rows).to_string();
        let rows = RowsReader::read(RowsFormat::Json, text.as_bytes()).unwrap();
        let order = json!([{"field": "score", "direction": "desc"}]);
        let spec = json!({"source": "pushed", "id_field": "id", "order_by": order});
        ViewSpec::parse(&spec, None).unwrap().answer(&rows).unwrap()
    }

    #[test]
    fn lines_go_from_snapshot_to_snapshot_and_the_table_says_the_same() {
        let now = "2026-11-20T17:00:00Z".parse().unwrap();
        let pictures = [
            picture(&[("a", 3), ("b", 2)]),
            picture(&[("b", 4), ("a", 3)]),
            picture(&[("b", 4), ("c", 1)]),
        ];
        let timed: Vec<_> = pictures
            .iter()
            .map(|picture| (Moment::new(now, Reading::Clock, now), picture))
            .collect();
        let bump = Bump::new(&timed);
        assert_eq!((bump.width, bump.height), (200, 72));
        let drawn: Vec<_> = bump
            .lines
            .iter()
            .map(|line| (line.class, line.path.as_str()))
            .collect();
        assert_eq!(
            drawn,
            [
                ("pu", "M0 18C50 18 50 54 100 54"),
                ("pu", "M100 18C150 18 150 18 200 18"),
                ("mv", "M0 54C50 54 50 18 100 18"),
                ("go", "M100 54h24"),
                ("nw", "M176 54h24"),
                ("nd", "M174 54h.01"),
                ("ni", "M174 54h.01"),
            ]
        );
        let said: Vec<_> = bump
            .rows
            .iter()
            .map(|row| (row.name.as_str(), row.ranks.as_slice()))
            .collect();
        assert_eq!(
            said,
            [
                ("b", &[Some(2), Some(1), Some(1)][..]),
                ("c", &[None, None, Some(2)][..]),
                ("a", &[Some(1), Some(2), None][..]),
            ]
        );
    }
}
