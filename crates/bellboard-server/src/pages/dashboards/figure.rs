//! The figure of a change: the old order at the left, the new one as a table at the right, and a line for each row between
//! them. Whoever changed itself is told from whom others pushed; rows that stayed are folded when there are many.

mod fold;
mod lines;
mod values;

use askama::Template;
use bellboard_core::dashboard::{Column, Diff, Picture};
use bellboard_core::text::{humanise, sanitise};

use self::fold::{Kept, Place, Side};
use self::lines::{Line, lines};
use self::values::{Bar, Values};
use crate::pages::dashboards::table::holds_figures;
use crate::pages::moment::Moment;
use crate::pages::words::{counted, figure as grouped};

/// The height of a row; the lines end in the middle of theirs.
const ROW: usize = 36;
/// Characters of a row's name, at most.
const NAME_AT_MOST: usize = 80;
/// So many rows that are gone are named below the figure.
const GONE_NAMED: usize = 12;

/// The figure.
#[derive(Debug, Template)]
#[template(path = "dashboard_figure.html")]
pub struct Figure {
    old: Vec<OldLine>,
    new: Vec<NewLine>,
    lines: Vec<Line>,
    height: usize,
    value_head: Option<String>,
    gone: Vec<String>,
    more_gone: u64,
    left_out: u64,
    title: String,
    a_at: Moment,
    b_at: Moment,
}

impl askama::filters::HtmlSafe for Figure {}

/// A line of the old order.
#[derive(Debug)]
enum OldLine {
    Row { rank: u32, name: String, gone: bool },
    Fold,
}

/// A line of the new table.
#[derive(Debug)]
enum NewLine {
    Row(Box<NewRow>),
    Fold(String),
}

#[derive(Debug)]
struct NewRow {
    rank: u32,
    name: String,
    moved: Moved,
    /// It changed itself.
    own: bool,
    was: Option<String>,
    now: Option<String>,
    change: String,
    bar: Option<Bar>,
}

/// How far a row moved.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Moved {
    Up(u32),
    Down(u32),
    Stayed,
    New,
}

impl Figure {
    /// What became of `a`; the figures are those of the column of this name. Last the title of the dashboard and
    /// the times of both.
    pub fn new(
        (a, b): (&Picture, &Picture),
        diff: &Diff,
        column: Option<&str>,
        (title, a_at, b_at): (String, Moment, Moment),
    ) -> Self {
        let kept = Kept::new(a, b, diff);
        let values = Values::new(a, b, &kept, column);
        let old = kept.side(Side::Old);
        let new = kept.side(Side::New);
        let gone = &diff.id_set_removed;
        Self {
            lines: lines(&old, &new, &kept),
            height: old.len().max(new.len()) * ROW,
            old: old.iter().map(|place| old_line(a, place, &kept)).collect(),
            new: new
                .iter()
                .map(|place| new_line(b, place, &kept, &values))
                .collect(),
            value_head: values.head(),
            gone: gone
                .iter()
                .take(GONE_NAMED)
                .map(|row| called(a, row.rank))
                .collect(),
            more_gone: gone.len().saturating_sub(GONE_NAMED) as u64,
            left_out: kept.left_out as u64,
            title,
            a_at,
            b_at,
        }
    }

    /// "260 more rows changed, moved, came or went without a line here."
    fn left_out_words(&self) -> String {
        let rows = counted(self.left_out, "more row", "more rows");
        format!("{rows} changed, moved, came or went without a line here.")
    }
}

fn old_line(a: &Picture, place: &Place, kept: &Kept<'_>) -> OldLine {
    match place {
        Place::Row(id, rank) => OldLine::Row {
            rank: *rank,
            name: called(a, *rank),
            gone: !kept.after.contains_key(id),
        },
        Place::Fold(_) => OldLine::Fold,
    }
}

fn new_line(b: &Picture, place: &Place, kept: &Kept<'_>, values: &Values<'_>) -> NewLine {
    let (id, rank) = match place {
        Place::Row(id, rank) => (*id, *rank),
        Place::Fold(ids) => return NewLine::Fold(fold_words(ids, kept)),
    };
    let before = kept.before.get(id).copied();
    NewLine::Row(Box::new(NewRow {
        rank,
        name: called(b, rank),
        moved: match before {
            None => Moved::New,
            Some(was) if was > rank => Moved::Up(was - rank),
            Some(was) if was < rank => Moved::Down(rank - was),
            Some(_) => Moved::Stayed,
        },
        own: before.is_none() || kept.own.contains(id),
        was: values.was(before),
        now: values.now(rank),
        change: values.change(before, rank),
        bar: values.bar(before, rank),
    }))
}

/// "18 rows did not move", or what else is true of all that are folded.
fn fold_words(ids: &[&str], kept: &Kept<'_>) -> String {
    let count = ids.len() as u64;
    let rows = match count {
        1 => "1 row".to_owned(),
        count => format!("{} rows", grouped(count)),
    };
    let changed = ids.iter().filter(|id| kept.is_seed(id)).count();
    let stayed = |id: &&&str| kept.before.get(**id) == kept.after.get(**id);
    if changed > 0 {
        format!("{rows}, {} of them changed", grouped(changed as u64))
    } else if ids.iter().filter(stayed).count() == ids.len() {
        format!("{rows} did not move")
    } else {
        format!("{rows} did not change")
    }
}

fn called(picture: &Picture, rank: u32) -> String {
    let row = picture.rows().nth(rank as usize - 1);
    sanitise(row.map_or("", |row| row.label()), NAME_AT_MOST)
}

/// The column whose figures stand beside the rows: that of the order, else that of the one number, else the first one.
pub fn value_column<'p>(b: &'p Picture, ordered_by: &[&str]) -> Option<&'p str> {
    let numeric = |name: &str| b.column(name).filter(|column| holds_figures(b, column));
    let metric = b.primary_metric().metric.field.as_deref();
    let mut wished = ordered_by.iter().copied().chain(metric);
    let first = || b.columns().iter().find(|column| holds_figures(b, column));
    let column = wished.find_map(numeric).or_else(first);
    column.map(Column::name)
}

/// "Score was".
fn head_words(column: &str) -> String {
    format!("{} was", humanise(column))
}

#[cfg(test)]
mod tests;
