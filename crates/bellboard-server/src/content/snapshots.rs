//! A snapshot goes down as JSON, as CSV that no spreadsheet runs, or as a page that stands on its own.

use std::fmt::Write as _;

use axum::extract::rejection::QueryRejection;
use axum::extract::{Path, Query, State};
use axum::http::{HeaderValue, header};
use axum::response::{IntoResponse, Response};
use bellboard_core::dashboard::{Cell, Picture};
use bellboard_hub::fault::Fault;
use bellboard_hub::snapshot::{self, OfSnapshot, SnapshotDetail};
use serde::Deserialize;

use super::download::attachment;
use super::{Named, call_as};
use crate::app::App;
use crate::guard::Told;
use crate::problem::Problem;
use crate::session::Visitor;

/// Whoever may see a snapshot may download it.
const DOWNLOAD_AS: &str = "get_snapshot";
/// What is shown runs nothing here.
const SANDBOX: HeaderValue =
    HeaderValue::from_static("sandbox; default-src 'none'; style-src 'unsafe-inline'");

/// Characters of a dashboard's title in the name of a file, at most.
const STEM_AT_MOST: usize = 60;
const STYLE: &str = "<style>\n\
    body{font:15px/1.5 system-ui,sans-serif;margin:2rem;color:#1c1a17;background:#fff}\n\
    table{border-collapse:collapse}th,td{padding:.25rem .75rem;border-bottom:1px solid #ccc;text-align:left}\n\
    td.n{text-align:right;font-variant-numeric:tabular-nums}\n\
    @media(prefers-color-scheme:dark){body{color:#efece6;background:#131210}}\n</style>";

/// In which form.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "snake_case")]
enum Form {
    #[default]
    Json,
    Csv,
    Html,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct Wish {
    #[serde(default)]
    form: Form,
}

/// A snapshot as an attachment.
pub(super) async fn download(
    State(app): State<App>,
    visitor: Visitor,
    path: Named,
    wish: Result<Query<Wish>, QueryRejection>,
) -> Response {
    let person = visitor.0.as_ref().map(|caller| caller.person_id);
    let answer = answer(&app, visitor, path, wish).await;
    let mut response = answer.unwrap_or_else(IntoResponse::into_response);
    let verb = "download_snapshot";
    response.extensions_mut().insert(Told { verb, person });
    response
}

async fn answer(
    app: &App,
    visitor: Visitor,
    path: Named,
    wish: Result<Query<Wish>, QueryRejection>,
) -> Result<Response, Problem> {
    // An address that is no text names nothing.
    let Path(id) = path.map_err(|_| Fault::not_found())?;
    let snapshot_id = id
        .parse()
        .map_err(|fault| Fault::invalid("snapshot_id", format!("{fault}")))?;
    let call = call_as(app, visitor.0, DOWNLOAD_AS);
    call.signed_in()?;
    let Query(wish) = wish.map_err(|refused| {
        Problem::invalid("form", format!("Say ?form=json, csv or html: {refused}."))
    })?;
    let detail = snapshot::get_snapshot(call, OfSnapshot { snapshot_id }).await?;
    let title = detail.dashboard_title.as_str();
    let (kind, ending, text) = match wish.form {
        Form::Json => {
            let json = serde_json::to_string(&detail).map_err(Fault::internal)?;
            ("application/json", "json", json)
        }
        Form::Csv => (
            "text/csv; charset=utf-8",
            "csv",
            csv(detail.materialized_data.picture()),
        ),
        Form::Html => ("text/html; charset=utf-8", "html", html(&detail)),
    };
    let name = format!("{}-{}.{ending}", stem(title), detail.snapshot.number);
    let headers = [
        (header::CONTENT_TYPE, HeaderValue::from_static(kind)),
        (header::CONTENT_DISPOSITION, attachment(&name)),
        (header::CONTENT_SECURITY_POLICY, SANDBOX),
    ];
    Ok((headers, text).into_response())
}

/// What files are called after this title: its letters and digits.
fn stem(title: &str) -> String {
    let letters = title.chars().take(STEM_AT_MOST);
    let spaced: String = letters
        .map(|c| if c.is_alphanumeric() { c } else { ' ' })
        .collect();
    let words: Vec<&str> = spaced.split_whitespace().collect();
    if words.is_empty() {
        return "snapshot".to_owned();
    }
    words.join("-")
}

/// RFC 4180, with a header. A missing cell and a null one are empty; a text that a spreadsheet would run begins with an
/// apostrophe.
fn csv(picture: &Picture) -> String {
    let mut text = String::new();
    let names: Vec<String> = picture
        .columns()
        .iter()
        .map(|column| field(column.name()))
        .collect();
    text.push_str(&names.join(","));
    text.push_str("\r\n");
    for row in picture.rows() {
        let cells: Vec<String> = row.cells().map(csv_cell).collect();
        text.push_str(&cells.join(","));
        text.push_str("\r\n");
    }
    text
}

fn csv_cell(cell: Cell<'_>) -> String {
    match cell {
        Cell::Missing | Cell::Null => String::new(),
        Cell::Text(text) => field(text),
        // Numbers, times and truth values are written by us and are never formulas.
        Cell::Bool(truth) => truth.to_string(),
        Cell::Number(number) => number.to_string(),
        Cell::Time(time) => time.to_string(),
    }
}

fn field(text: &str) -> String {
    let runs = text.starts_with(['=', '+', '-', '@', '\t', '\r']);
    let safe = if runs {
        format!("'{text}")
    } else {
        text.to_owned()
    };
    if safe.contains(['"', ',', '\n', '\r']) {
        format!("\"{}\"", safe.replace('"', "\"\""))
    } else {
        safe
    }
}

/// A page without scripts and without anything from elsewhere.
fn html(detail: &SnapshotDetail) -> String {
    let (snapshot, picture) = (&detail.snapshot, detail.materialized_data.picture());
    let title = escaped(&detail.dashboard_title);
    let mut page =
        String::from("<!doctype html>\n<html lang=\"en\"><head><meta charset=\"utf-8\">");
    let _infallible = writeln!(
        page,
        "<title>{title}</title>\n{STYLE}</head><body>\n<h1>{title}</h1>\n<p>Snapshot {}, taken at {} by {}. {} of {} rows.</p>\n<table><thead><tr><th scope=\"col\">#</th>",
        snapshot.number,
        snapshot.captured_at,
        escaped(&snapshot.taken_by_name),
        snapshot.row_count,
        snapshot.matched,
    );
    for column in picture.columns() {
        let _infallible = write!(page, "<th scope=\"col\">{}</th>", escaped(column.name()));
    }
    page.push_str("</tr></thead><tbody>\n");
    for row in picture.rows() {
        let _infallible = write!(page, "<tr><td class=\"n\">{}</td>", row.rank());
        for cell in row.cells() {
            html_cell(&mut page, cell);
        }
        page.push_str("</tr>\n");
    }
    page.push_str("</tbody></table>\n</body></html>\n");
    page
}

fn html_cell(page: &mut String, cell: Cell<'_>) {
    let _infallible = match cell {
        Cell::Missing | Cell::Null => write!(page, "<td></td>"),
        Cell::Number(number) => write!(page, "<td class=\"n\">{number}</td>"),
        Cell::Text(text) => write!(page, "<td>{}</td>", escaped(text)),
        other => write!(page, "<td>{other}</td>"),
    };
}

fn escaped(text: &str) -> String {
    let mut safe = String::with_capacity(text.len());
    for c in text.chars() {
        match c {
            '&' => safe.push_str("&amp;"),
            '<' => safe.push_str("&lt;"),
            '>' => safe.push_str("&gt;"),
            '"' => safe.push_str("&quot;"),
            '\'' => safe.push_str("&#39;"),
            other => safe.push(other),
        }
    }
    safe
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_a_spreadsheet_would_run_is_defused() {
        for (text, written) in [
            ("=1+1", "'=1+1"),
            ("+1", "'+1"),
            ("-1", "'-1"),
            ("@x", "'@x"),
            ("\t=1", "'\t=1"),
            ("a,b", "\"a,b\""),
            ("say \"hi\"", "\"say \"\"hi\"\"\""),
            ("=cmd|' /C calc'!A0,", "\"'=cmd|' /C calc'!A0,\""),
            ("plain", "plain"),
        ] {
            assert_eq!(field(text), written);
        }
    }

    #[test]
    fn a_file_is_called_after_the_title_and_leads_nowhere() {
        for (title, name) in [
            ("Hypothesis <board>", "Hypothesis-board"),
            ("../../etc: passwd", "etc-passwd"),
            ("Größe 2", "Größe-2"),
            ("…", "snapshot"),
        ] {
            assert_eq!(stem(title), name);
        }
        assert_eq!(stem(&"x".repeat(200)).len(), 60);
    }

    #[test]
    fn text_of_other_people_makes_no_markup() {
        assert_eq!(escaped("<b a='\"'>&"), "&lt;b a=&#39;&quot;&#39;&gt;&amp;");
    }
}
