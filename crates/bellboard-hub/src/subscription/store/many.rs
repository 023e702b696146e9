//! Several rows in one statement: a snapshot with a thousand subscribers must not take a thousand ways to the database.

/// So many rows one statement takes.
pub(super) const ROWS: usize = 20;

/// `insert into ... values ($1, $2), ($3, $4), ...` for so many rows of so many columns.
pub(super) fn text(insert: &str, columns: usize, rows: usize) -> String {
    let row = |row: usize| {
        let numbers: Vec<String> = (1..=columns)
            .map(|column| format!("${}", row * columns + column))
            .collect();
        format!("({})", numbers.join(", "))
    };
    let values: Vec<String> = (0..rows).map(row).collect();
    format!(
        "{insert} values {} on conflict do nothing",
        values.join(", ")
    )
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
    }
}
