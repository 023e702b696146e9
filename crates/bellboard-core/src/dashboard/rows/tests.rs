//! What rows are taken and which are refused, and with which words.

use proptest::prelude::*;

use super::*;
use crate::dashboard::{CellKind, Number};

fn read(format: RowsFormat, text: &str) -> Result<Rows, RowsFault> {
    RowsReader::read(format, text.as_bytes())
}

fn refusal(format: RowsFormat, text: &str) -> String {
    read(format, text).unwrap_err().to_string()
}

fn whole(number: i64) -> Cell<'static> {
    Cell::Number(Number::Whole(number))
}

#[test]
fn the_three_forms_say_the_same() {
    let json = r#"[{"id":"a","score":1,"open":true},{"id":"b,\"x\"","score":null,"open":false}]"#;
    let ndjson = "{\"id\":\"a\",\"score\":1,\"open\":true}\n\n{\"id\":\"b,\\\"x\\\"\",\"score\":null,\"open\":false}";
    let csv = "\u{FEFF}id,score,open\r\na,1,true\r\n\"b,\"\"x\"\"\",,false\r\n";
    let rows = read(RowsFormat::Json, json).unwrap();
    assert_eq!(read(RowsFormat::Ndjson, ndjson).unwrap(), rows);
    assert_eq!(read(RowsFormat::Csv, csv).unwrap(), rows);
    assert_eq!(rows.count(), 2);
    assert_eq!(rows.column("id").unwrap().cell(1), Cell::Text("b,\"x\""));
    assert_eq!(rows.column("score").unwrap().cell(0), whole(1));
    assert_eq!(rows.column("score").unwrap().cell(1), Cell::Null);
    assert_eq!(rows.column("open").unwrap().kind(), CellKind::Bool);
}

#[test]
fn a_field_that_a_row_lacks_is_missing_and_not_null() {
    let rows = read(
        RowsFormat::Json,
        r#"[{"id":1},{"id":2,"x":null},{"x":5,"id":3}]"#,
    )
    .unwrap();
    let x: Vec<Cell<'_>> = rows.column("x").unwrap().cells().collect();
    assert_eq!(x, [Cell::Missing, Cell::Null, whole(5)]);
    assert_eq!(
        rows.ids("id").unwrap().iter().collect::<Vec<_>>(),
        ["1", "2", "3"]
    );
}

#[test]
fn the_columns_keep_the_order_in_which_they_came() {
    let rows = read(RowsFormat::Json, r#"[{"z":1,"a":2},{"m":3,"z":1}]"#).unwrap();
    let names: Vec<&str> = rows.columns().iter().map(Column::name).collect();
    assert_eq!(names, ["z", "a", "m"]);
}

#[test]
fn what_is_wrong_in_json_is_named_with_row_and_column() {
    let json = |text: &str| refusal(RowsFormat::Json, text);
    let rows = [
        ("", "must be a JSON array of objects; this is empty"),
        ("{}", "must be a JSON array of objects: [{...}, {...}]"),
        ("[1]", "row 1: must be an object"),
        (
            "[{\"a\":1} {\"a\":1}]",
            "row 2: a comma or ] must stand before it",
        ),
        (
            "[{\"a\":1}",
            "row 2: the array ends in the middle; close it with ]",
        ),
        ("[{\"a\":1},]", "row 2: must be an object"),
        ("[] x", "something follows after the array"),
        (
            "[{\"a\":1},{\"a\":\"x\"}]",
            "row 2, column `a`: the rows before hold number here, this is text; a column holds one kind",
        ),
        (
            "[{\"a\":1,\"a\":2}]",
            "row 1, column `a`: stands twice in the row",
        ),
    ];
    for (text, refused) in rows {
        assert_eq!(json(text), refused, "{text}");
    }
    for (text, begins) in [
        (
            "[{\"a\":1},{\"score\":NaN}]",
            "row 2, column `score`: no JSON that a row can be: ",
        ),
        (
            "[{\"score\":[1]}]",
            "row 1, column `score`: no JSON that a row can be: a cell holds no list",
        ),
        (
            "[{\"score\":{\"x\":1}}]",
            "row 1, column `score`: no JSON that a row can be: a cell holds no object",
        ),
        (
            "[{\"n\":18446744073709551615}]",
            "row 1, column `n`: no JSON that a row can be: numbers lie between",
        ),
        (
            "[{\"n\":1e300}]",
            "row 1, column `n`: no JSON that a row can be: numbers lie between",
        ),
        (
            "[{\"\":1}]",
            "row 1, column `1`: a column's name is 1 to 100",
        ),
    ] {
        let refused = json(text);
        assert!(refused.starts_with(begins), "{text}: {refused}");
    }
    assert_eq!(
        refusal(RowsFormat::Ndjson, "{\"a\":1}\n[2]"),
        "row 2: each line must be a JSON object"
    );
    assert!(refusal(RowsFormat::Ndjson, "{\"a\":1}{\"a\":1}").starts_with("row 1: no JSON"));
}

#[test]
fn a_broken_quote_is_refused_with_row_and_column() {
    let rows = [
        (
            "id,name\n1,\"a\n2,b",
            "row 1, column `name`: a quote is opened and never closed",
        ),
        (
            "id,name\n1,a\n2,b\"c\n",
            "row 2, column `name`: a quote within a cell; put the cell in quotes and double the quote",
        ),
        (
            "id,name\n1,\"a\"b\n",
            "row 1, column `name`: after a closing quote only a comma or the line's end may follow",
        ),
        (
            "id,\"na",
            "column `2`: in the header: a quote is opened and never closed",
        ),
        (
            "id,name\n1\n",
            "row 1, column `name`: the row has 1 cells, the header 2",
        ),
        (
            "id,name\n1,2,3\n",
            "row 1, column `3`: the row has 3 cells, the header 2",
        ),
        (
            "id,name\r1,2\n",
            "column `3`: in the header: a carriage return stands alone; lines end with a line feed",
        ),
        ("id,id\n", "column `id`: the header names this column twice"),
        (
            "id,\n",
            "column `2`: a column's name is 1 to 100 characters without controls",
        ),
        (
            "",
            "must begin with a header that names the columns; this is empty",
        ),
        (
            "id,score\na,1\nb,NaN\n",
            "row 2, column `score`: NaN is no number; leave the cell empty",
        ),
        (
            "id,score\na,1\nb,-inf\n",
            "row 2, column `score`: -inf is no number; leave the cell empty",
        ),
    ];
    for (text, refused) in rows {
        assert_eq!(refusal(RowsFormat::Csv, text), refused, "{text}");
    }
    let not_text = RowsReader::read(RowsFormat::Csv, b"id,name\n1,\xFF\n").unwrap_err();
    assert_eq!(not_text.to_string(), "row 1, column `name`: is not UTF-8");
}

#[test]
fn a_header_that_begins_like_the_byte_order_mark_is_read_whole() {
    for (text, first) in [
        ("ｉｄ,score\na,1\n", "ｉｄ"),
        ("\u{FEFF}ｉｄ,score\na,1\n", "ｉｄ"),
        ("\u{FEFF}id,score\na,1\n", "id"),
        // Two bytes of the mark, then another one.
        ("\u{FEC0},score\na,1\n", "\u{FEC0}"),
    ] {
        for cut in 1..=4 {
            let mut reader = RowsReader::new(RowsFormat::Csv);
            for piece in text.as_bytes().chunks(cut) {
                reader.push(piece).unwrap();
            }
            let rows = reader.finish().unwrap();
            let names: Vec<&str> = rows.columns().iter().map(Column::name).collect();
            assert_eq!(names, [first, "score"], "cut by {cut}");
        }
    }
    for half in [&b"\xEF"[..], b"\xEF\xBB", b"\xEF\xBBid\na\n"] {
        let refused = RowsReader::read(RowsFormat::Csv, half).unwrap_err();
        assert_eq!(
            refused.to_string(),
            "column `1`: in the header: is not UTF-8"
        );
    }
    let nothing = RowsReader::read(RowsFormat::Csv, b"\xEF\xBB\xBF").unwrap_err();
    assert_eq!(
        nothing.to_string(),
        "must begin with a header that names the columns; this is empty"
    );
}

#[test]
fn csv_cells_are_what_they_read_as() {
    let csv = "n,zip,flag,text,none\n1,007,true,a,\n-2.5,010,false,1,\n,,,\"\",\n";
    let rows = read(RowsFormat::Csv, csv).unwrap();
    let kinds: Vec<CellKind> = rows.columns().iter().map(Column::kind).collect();
    assert_eq!(
        kinds,
        [
            CellKind::Number,
            CellKind::Text,
            CellKind::Bool,
            CellKind::Text,
            CellKind::Empty
        ]
    );
    assert_eq!(rows.column("text").unwrap().cell(2), Cell::Text(""));
    assert_eq!(rows.column("zip").unwrap().cell(2), Cell::Null);
    assert_eq!(read(RowsFormat::Csv, "id").unwrap().count(), 0);
}

#[test]
fn ids_in_csv_are_those_that_were_written() {
    let identified = |text: &str| {
        let reader = RowsReader::new(RowsFormat::Csv).identified_by("id");
        reader.all(text.as_bytes()).unwrap()
    };
    for (ids, kind) in [
        (["1.10", "1.20"], CellKind::Text),
        (["1.10", "2.0-rc1"], CellKind::Text),
        (["1.1", "1.10"], CellKind::Text),
        (["7e2", "700"], CellKind::Text),
        (["-0", "0"], CellKind::Text),
        (["true", "false"], CellKind::Text),
        (["1", "nan"], CellKind::Text),
        (["700", "1.5"], CellKind::Number),
    ] {
        let [first, second] = ids;
        let rows = identified(&format!("id,n\n{first},1.10\n{second},7e2\n"));
        let read = rows.ids("id").unwrap();
        assert_eq!(read.iter().collect::<Vec<_>>(), ids);
        assert_eq!(rows.column("id").unwrap().kind(), kind, "{ids:?}");
        assert_eq!(rows.column("n").unwrap().cell(1), whole(700));
    }
}

#[test]
fn rows_without_id_and_doubled_ids_are_named() {
    let ids = |text: &str| {
        let rows = read(RowsFormat::Json, text).unwrap();
        rows.ids("id")
            .map(|ids| ids.len())
            .map_err(|fault| fault.to_string())
    };
    let refused = |text: &str| ids(text).unwrap_err();
    assert_eq!(ids("[]"), Ok(0));
    assert_eq!(
        refused(r#"[{"x":1}]"#),
        "row 1, column `id`: every row needs an id, and none has this column"
    );
    assert_eq!(
        refused(r#"[{"id":"a"},{"x":1}]"#),
        "row 2, column `id`: has no id; every row needs one"
    );
    assert_eq!(
        refused(r#"[{"id":"a"},{"id":""}]"#),
        "row 2, column `id`: has no id; every row needs one"
    );
    assert_eq!(
        refused(r#"[{"id":"a"},{"id":"b"},{"id":"a"}]"#),
        "row 3, column `id`: the id `a` is also that of row 1; every row needs its own"
    );
    assert_eq!(
        refused(r#"[{"id":true}]"#),
        "row 1, column `id`: an id is a text or a number"
    );
    let long = format!(r#"[{{"id":"{}"}}]"#, "x".repeat(1_001));
    assert!(refused(&long).ends_with("an id has at most 1000 bytes, this has 1001"));
}

#[test]
fn the_limits_hold() {
    let mut rows = RowsBuilder::default();
    let names: Vec<String> = (0..=COLUMNS_AT_MOST)
        .map(|place| format!("c{place}"))
        .collect();
    let fault = rows
        .push(names.iter().map(|name| (name.as_str(), Cell::Null)))
        .unwrap_err();
    assert_eq!(
        fault.to_string(),
        "row 1, column `c10000`: at most 10000 columns, this is one more"
    );

    let mut rows = RowsBuilder::default();
    rows.push(names[1..].iter().map(|name| (name.as_str(), Cell::Null)))
        .unwrap();
    let refused = (0..CELLS_AT_MOST).find_map(|_| rows.push([("c1", Cell::Null)]).err());
    assert_eq!(
        refused.unwrap().to_string(),
        "row 1001: at most 10000000 cells, rows times columns"
    );

    let mut rows = RowsBuilder::default();
    let refused = (0..=ROWS_AT_MOST).find_map(|_| rows.push([]).err());
    assert_eq!(
        refused.unwrap().to_string(),
        "row 100001: at most 100000 rows"
    );

    let text = "x".repeat(CELL_BYTES_AT_MOST + 1);
    let fault = RowsBuilder::default()
        .push([("a", Cell::Text(&text))])
        .unwrap_err();
    assert_eq!(
        fault.to_string(),
        "row 1, column `a`: a cell has at most 65536 bytes, this has 65537"
    );
    let csv = refusal(RowsFormat::Csv, &format!("a\n{text}"));
    assert_eq!(csv, "row 1, column `a`: a cell has at most 65536 bytes");

    let mut reader = RowsReader::new(RowsFormat::Json);
    let spaces = vec![b' '; PUSHED_BYTES_AT_MOST / 2];
    reader.push(&spaces).unwrap();
    reader.push(&spaces).unwrap();
    assert_eq!(
        reader.push(b"[").unwrap_err().to_string(),
        "at most 67108864 bytes at once"
    );

    let mut reader = RowsReader::new(RowsFormat::Ndjson);
    let long = vec![b'{'; 3 * 1024 * 1024];
    reader.push(&long).unwrap();
    assert_eq!(
        reader.push(&long).unwrap_err().to_string(),
        "row 1: a row has at most 4194304 bytes"
    );
}

#[test]
fn media_types_name_the_format() {
    assert_eq!(
        RowsFormat::of_media_type("Text/CSV; charset=utf-8"),
        Some(RowsFormat::Csv)
    );
    assert_eq!(
        RowsFormat::of_media_type("application/x-ndjson"),
        Some(RowsFormat::Ndjson)
    );
    assert_eq!(RowsFormat::of_media_type("text/html"), None);
}

proptest! {
    #[test]
    fn where_the_pieces_are_cut_does_not_matter(
        text in r#"[\[\]{}",:a1é\\\n\r ]{0,60}"#,
        cut in 1usize..7,
    ) {
        let json = r#"[{"id":"a\"]}","n":[],"#.to_owned() + &text;
        let valid = r#"[{"id":"é\"]},{","n":1.5},{"id":"b\\","n":null}] "#;
        for (format, text) in [
            (RowsFormat::Json, text.as_str()),
            (RowsFormat::Json, json.as_str()),
            (RowsFormat::Json, valid),
            (RowsFormat::Ndjson, text.as_str()),
            (RowsFormat::Csv, text.as_str()),
        ] {
            let mut reader = RowsReader::new(format);
            let pieces = text.as_bytes().chunks(cut).try_for_each(|piece| reader.push(piece));
            let in_pieces = pieces.and_then(|()| reader.finish());
            prop_assert_eq!(in_pieces, RowsReader::read(format, text.as_bytes()));
        }
        prop_assert!(RowsReader::read(RowsFormat::Json, valid.as_bytes()).is_ok());
    }

    #[test]
    fn csv_of_any_texts_is_read_back(texts in prop::collection::vec("[a-z,\"\n é]{1,8}", 1..6)) {
        let quoted: Vec<String> = texts.iter().map(|text| format!("\"{}\"", text.replace('"', "\"\""))).collect();
        let rows = read(RowsFormat::Csv, &format!("t\n{}\n", quoted.join("\n"))).unwrap();
        let read_back: Vec<Cell<'_>> = rows.columns()[0].cells().collect();
        prop_assert_eq!(read_back, texts.iter().map(|text| Cell::Text(text)).collect::<Vec<_>>());
    }
}
