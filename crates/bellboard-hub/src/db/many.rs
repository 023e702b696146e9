//! Statements about several rows or keys. Each has few texts however many they are, so that it is planned once: a snapshot
//! with a thousand subscribers must not take a thousand ways to the database.

use super::{DbFault, Sql, Value};

/// So many keys one statement takes.
pub(crate) const MANY: usize = 20;

/// So many rows the texts of an insert take.
const ROWS: [usize; 3] = [100, 10, 1];

/// The texts that insert rows into a table, a hundred, ten or one at once.
pub(crate) struct Inserts([String; 3]);

impl Inserts {
    /// `insert` says into which columns, and `columns` how many they are.
    pub(crate) fn new(insert: &str, columns: usize) -> Self {
        Self(ROWS.map(|rows| text(insert, columns, rows)))
    }

    /// Inserts the rows, but those that are there.
    pub(crate) async fn insert(
        &'static self,
        sql: &mut Sql<'_>,
        mut rows: &[Vec<Value>],
    ) -> Result<(), DbFault> {
        for (text, at_once) in self.0.iter().zip(ROWS) {
            let (these, rest) = rows.split_at(rows.len() / at_once * at_once);
            let sets: Vec<Vec<Value>> = these.chunks(at_once).map(<[_]>::concat).collect();
            if !sets.is_empty() {
                sql.execute_each(text, &sets).await?;
            }
            rows = rest;
        }
        Ok(())
    }
}

/// `insert into ... values ($1, $2), ($3, $4), ...` for so many rows of so many columns.
fn text(insert: &str, columns: usize, rows: usize) -> String {
    let values: Vec<String> = (0..rows)
        .map(|row| format!("({})", numbers(row * columns + 1, columns)))
        .collect();
    format!(
        "{insert} values {} on conflict do nothing",
        values.join(", ")
    )
}

/// The numbers of [`MANY`] keys, from this one on: `$3, $4, ...`.
pub(crate) fn many_from(first: usize) -> String {
    numbers(first, MANY)
}

fn numbers(first: usize, count: usize) -> String {
    let numbers: Vec<String> = (first..first + count)
        .map(|number| format!("${number}"))
        .collect();
    numbers.join(", ")
}

/// Exactly [`MANY`] values: where there are fewer keys, they come again. None for none.
pub(crate) fn repeated<T: Copy + Into<Value>>(keys: &[T]) -> impl Iterator<Item = Value> {
    keys.iter().copied().cycle().take(MANY).map(Into::into)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_value_has_a_number_of_its_own() {
        assert_eq!(
            text("insert into t (a, b)", 2, 2),
            "insert into t (a, b) values ($1, $2), ($3, $4) on conflict do nothing"
        );
        assert!(many_from(3).starts_with("$3, $4, "));
        assert!(many_from(3).ends_with(&format!(", ${}", MANY + 2)));
    }

    #[test]
    fn few_keys_come_again_until_every_number_has_one() {
        let values: Vec<Value> = repeated(&["a", "b", "c"]).collect();
        assert_eq!(values.len(), MANY);
        assert_eq!(values[..4], ["a", "b", "c", "a"].map(Value::from));
        let none: [i64; 0] = [];
        assert_eq!(repeated(&none).count(), 0);
    }
}
