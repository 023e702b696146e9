//! `bellboard dashboards show`: what a dashboard answered last, as a table.

use anyhow::Result;
use bellboard_core::text::sanitise;
use serde_json::{Value, json};

use super::find;
use crate::output::{Form, Mark, counted, print_json, print_plain};
use crate::session::Session;

/// Rows that a person is shown; programs get all.
const SHOWN: usize = 40;
/// Characters of a cell that a person is shown.
const WIDEST: usize = 28;

pub(super) async fn run(reference: &str, session: &Session) -> Result<u8> {
    let dashboard = find(reference, session).await?;
    let output = &session.output;
    let Some(last) = &dashboard.last_snapshot else {
        let words = format!(
            "{} has no snapshot yet. Take one: bellboard dashboards snapshot {}",
            dashboard.title, dashboard.id
        );
        output.say(Mark::Note, &words);
        return Ok(0);
    };
    let input = json!({ "snapshot_id": last.id });
    let snapshot = session.client.call_raw("get_snapshot", input).await?;
    if output.form == Form::Json {
        print_json(&snapshot)?;
        return Ok(0);
    }
    let data = &snapshot["materialized_data"];
    let columns = data["columns"].as_array().map_or(&[][..], Vec::as_slice);
    let names: Vec<&str> = columns
        .iter()
        .filter_map(|one| one["name"].as_str())
        .collect();
    let rows = data["rows"].as_array().map_or(&[][..], Vec::as_slice);
    if output.form == Form::Plain {
        print_plain(&names)?;
        for row in rows {
            let cells: Vec<String> = names.iter().map(|name| words(&row[*name])).collect();
            print_plain(&cells.iter().map(String::as_str).collect::<Vec<_>>())?;
        }
        return Ok(0);
    }
    let count = counted(rows.len() as u64, "row", "rows");
    output.data(&output.heading(&format!("{} · {count}", dashboard.title)))?;
    for line in table(&names, &rows[..rows.len().min(SHOWN)]) {
        output.data(&output.fit(&line))?;
    }
    if rows.len() > SHOWN {
        let more = counted((rows.len() - SHOWN) as u64, "more row", "more rows");
        let words = format!("{more}: --plain or --json shows all");
        output.say(Mark::Note, &words);
    }
    Ok(0)
}

fn words(cell: &Value) -> String {
    match cell {
        Value::Null => String::new(),
        Value::String(text) => text.clone(),
        other => other.to_string(),
    }
}

/// The rows in columns of equal width, numbers to the right.
fn table(names: &[&str], rows: &[Value]) -> Vec<String> {
    let clean = |text: &str| sanitise(text, usize::MAX);
    let cut = |text: &str| clean(text).chars().take(WIDEST).collect::<String>();
    let width = |name: &str| {
        let cells = rows
            .iter()
            .map(|row| cut(&words(&row[name])).chars().count());
        cells
            .chain([clean(name).chars().count()])
            .max()
            .unwrap_or(0)
    };
    let widths: Vec<usize> = names.iter().map(|name| width(name)).collect();
    let line = |cells: Vec<(String, bool)>| {
        let cells: Vec<String> = cells
            .into_iter()
            .zip(&widths)
            .map(|((text, is_number), width)| {
                if is_number {
                    format!("{text:>width$}")
                } else {
                    format!("{text:<width$}")
                }
            })
            .collect();
        cells.join("  ").trim_end().to_owned()
    };
    let head = line(names.iter().map(|name| (clean(name), false)).collect());
    let body = rows.iter().map(|row| {
        let cells = names.iter().map(|name| {
            let cell = &row[*name];
            (cut(&words(cell)), cell.is_number())
        });
        line(cells.collect())
    });
    std::iter::once(head).chain(body).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_table_keeps_its_columns_and_puts_numbers_to_the_right() {
        let rows = [
            json!({"id": "a", "score": 5}),
            json!({"id": "longer", "score": 1234}),
            json!({"id": null}),
        ];
        assert_eq!(
            table(&["id", "score"], &rows),
            ["id      score", "a           5", "longer   1234", ""]
        );
    }

    #[test]
    fn no_text_of_a_row_leaves_its_cell() {
        let rows = [json!({"i\td": "a\n\u{1b}[2Jb\u{202e}c", "n": 1})];
        assert_eq!(table(&["i\td", "n"], &rows), ["i d       n", "a [2Jb c  1"]);
    }
}
