//! What changed, in one plain line: who leads, and how many rows changed, came and went.

use super::super::picture::Picture;
use super::{Diff, RankChange, Summary};
use crate::text::{grouped, humanise, sanitise, small_first};

/// Characters of a row's name in a sentence, at most.
pub(super) const NAME_AT_MOST: usize = 60;

impl Diff {
    /// `TREM2 switch took the lead from third. 3 rows changed score, 2 are new, 2 are gone.` The pictures are those of
    /// which this is the diff; they know what the rows are called.
    pub fn sentence(&self, a: &Picture, b: &Picture) -> String {
        if self.summary.unchanged {
            return "Nothing changed.".to_owned();
        }
        let parts: Vec<String> = [self.lead(a, b), self.counts()]
            .into_iter()
            .flatten()
            .collect();
        if parts.is_empty() {
            return self.rest();
        }
        parts.join(" ")
    }

    /// Who leads now, or who moved most of the first ones.
    fn lead(&self, a: &Picture, b: &Picture) -> Option<String> {
        let first = self
            .top_n_changes
            .iter()
            .find(|change| change.rank_after == Some(1));
        if let Some(first) = first {
            let name = called(b, 0);
            let gone = self
                .id_set_removed
                .first()
                .filter(|row| row.rank == 1)
                .map(|_| called(a, 0));
            return Some(match (first.rank_before, gone) {
                (None, _) => format!("{name} is new and leads."),
                (Some(_), Some(gone)) if !first.changed_itself => {
                    format!("{name} leads, because {gone} is gone.")
                }
                (Some(rank), _) => format!("{name} took the lead from {}.", ordinal(rank)),
            });
        }
        let moved = self
            .top_n_changes
            .iter()
            .filter(|change| change.changed_itself);
        let most = moved
            .max_by_key(|change| places(change))
            .filter(|change| places(change) > 0)?;
        let (before, after) = (most.rank_before?, most.rank_after?);
        let verb = if after < before { "rose" } else { "fell" };
        let name = called(b, after as usize - 1);
        Some(format!(
            "{name} {verb} from {} to {}.",
            ordinal(before),
            ordinal(after)
        ))
    }

    /// How many changed, came and went.
    fn counts(&self) -> Option<String> {
        let (changed, added, removed) = (
            self.row_value_deltas.len() as u64,
            self.id_set_added.len() as u64,
            self.id_set_removed.len() as u64,
        );
        counts(changed, self.only_column(), added, removed)
    }

    /// The column's name, when all cells that differ are of one.
    fn only_column(&self) -> Option<&str> {
        let mut columns = self
            .row_value_deltas
            .iter()
            .flat_map(|row| row.cells.iter().map(|cell| cell.column));
        let first = columns.next()?;
        let is_only = columns.all(|column| column == first);
        self.columns
            .after
            .get(first as usize)
            .filter(|_| is_only)
            .map(String::as_str)
    }

    /// What is left to say when no row changed, came, went or moved within the first ones.
    fn rest(&self) -> String {
        match (self.primary_metric.before, self.primary_metric.after) {
            _ if self.columns.differ() => "The columns changed.".to_owned(),
            _ if self.summary.order.is_some() => {
                "Only the order below the first ones changed.".to_owned()
            }
            (Some(before), Some(after)) if before != after => {
                let (before, after) = (before.words(), after.words());
                format!(
                    "The rows are the same; the number of all that match went from {before} to {after}."
                )
            }
            _ => "The rows are the same; the question or what is not shown changed.".to_owned(),
        }
    }
}

impl Summary {
    /// `3 rows changed, 2 are new, 2 are gone.`: what the figures alone can say, without the names of rows.
    pub fn sentence(&self) -> String {
        if self.unchanged {
            return "Nothing changed.".to_owned();
        }
        let (changed, added, removed) = (self.rows_changed, self.added.count, self.removed.count);
        counts(changed.into(), None, added.into(), removed.into()).unwrap_or_else(|| {
            // The figures do not tell columns, so that the words leave room for them.
            if self.order.is_some() {
                "The order changed.".to_owned()
            } else {
                "The same rows stand there; the columns, the question or what is not shown changed."
                    .to_owned()
            }
        })
    }
}

/// `3 rows changed score, 2 are new, 2 are gone.`
fn counts(changed: u64, field: Option<&str>, added: u64, removed: u64) -> Option<String> {
    let mut parts: Vec<String> = Vec::new();
    let rows = |count: u64| match count {
        1 => "1 row".to_owned(),
        count => format!("{} rows", grouped(count)),
    };
    let be = |count: u64| if count == 1 { "is" } else { "are" };
    if changed > 0 {
        let field = field.map_or(String::new(), |name| {
            let words = humanise(name);
            words.split(' ').fold(String::new(), |field, word| {
                format!("{field} {}", small_first(word))
            })
        });
        parts.push(format!("{} changed{field}", rows(changed)));
    }
    for (count, word) in [(added, "new"), (removed, "gone")] {
        if count > 0 {
            let subject = if parts.is_empty() {
                rows(count)
            } else {
                grouped(count)
            };
            parts.push(format!("{subject} {} {word}", be(count)));
        }
    }
    (!parts.is_empty()).then(|| format!("{}.", parts.join(", ")))
}

fn called(picture: &Picture, place: usize) -> String {
    sanitise(picture.label_of(place), NAME_AT_MOST)
}

fn places(change: &RankChange) -> u32 {
    match (change.rank_before, change.rank_after) {
        (Some(before), Some(after)) => before.abs_diff(after),
        _ => 0,
    }
}

fn ordinal(rank: u32) -> String {
    const WORDS: [&str; 10] = [
        "first", "second", "third", "fourth", "fifth", "sixth", "seventh", "eighth", "ninth",
        "tenth",
    ];
    let word = (rank as usize)
        .checked_sub(1)
        .and_then(|place| WORDS.get(place));
    word.map_or_else(|| format!("place {rank}"), |word| (*word).to_owned())
}
