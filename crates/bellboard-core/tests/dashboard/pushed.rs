//! Rows from outside: the same rows in every form and in pieces of every size.

use bellboard_core::dashboard::{Cell, Number, Rows, RowsFault, RowsFormat, RowsReader};
use proptest::prelude::*;
use serde_json::{Value, json};

use crate::support::{Scores, rows, scores};

/// The rows, written in each form.
fn written(scores: &Scores) -> [(RowsFormat, String); 3] {
    let objects: Vec<Value> = scores
        .iter()
        .map(|(id, score)| json!({"id": id, "score": score}))
        .collect();
    let lines: Vec<String> = objects.iter().map(|object| format!("{object}\n")).collect();
    let cells: Vec<String> = scores
        .iter()
        .map(|(id, score)| format!("{id},{score}\n"))
        .collect();
    [
        (RowsFormat::Json, Value::from(objects).to_string()),
        (RowsFormat::Ndjson, lines.concat()),
        (RowsFormat::Csv, format!("id,score\n{}", cells.concat())),
    ]
}

fn in_pieces(format: RowsFormat, text: &str, size: usize) -> Result<Rows, RowsFault> {
    let mut reader = RowsReader::new(format);
    for piece in text.as_bytes().chunks(size) {
        reader.push(piece)?;
    }
    reader.finish()
}

proptest! {
    #[test]
    fn each_form_brings_the_same_rows(scores in scores()) {
        prop_assume!(!scores.is_empty());
        let expected = rows(&scores);
        for (format, text) in written(&scores) {
            let read = RowsReader::read(format, text.as_bytes());
            prop_assert_eq!(read.as_ref(), Ok(&expected), "{}", format);
        }
    }

    #[test]
    fn pieces_of_any_size_make_the_same_rows(scores in scores(), size in 1_usize..40) {
        for (format, text) in written(&scores) {
            prop_assert_eq!(in_pieces(format, &text, size), RowsReader::read(format, text.as_bytes()), "{}", format);
        }
    }

    #[test]
    fn what_is_cut_off_in_the_middle_is_never_taken_for_an_array(scores in scores(), cut in 1_usize..200) {
        let [(format, text), ..] = written(&scores);
        prop_assume!(cut < text.len());
        prop_assert!(RowsReader::read(format, &text.as_bytes()[..cut]).is_err());
    }

    #[test]
    fn whole_numbers_stay_as_they_are(number in any::<i64>()) {
        let text = format!("[{{\"id\": \"a\", \"n\": {number}}}]");
        let read = RowsReader::read(RowsFormat::Json, text.as_bytes()).unwrap();
        let cell = read.column("n").unwrap().cell(0);
        prop_assert_eq!(cell, Cell::Number(Number::Whole(number)));
    }

    #[test]
    fn an_id_that_stands_twice_is_named_with_both_rows(scores in scores(), pick in any::<prop::sample::Index>()) {
        prop_assume!(!scores.is_empty());
        let again = pick.index(scores.len());
        let twice = scores.iter().chain(scores.iter().nth(again));
        let fault = rows(twice).ids("id").unwrap_err();
        prop_assert_eq!(fault.row, Some(scores.len() + 1));
        prop_assert_eq!(fault.column.as_deref(), Some("id"));
        let first = format!("row {}", again + 1);
        prop_assert!(fault.detail.contains(&first), "{}", fault);
    }
}
