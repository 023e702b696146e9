//! The progress contract as one table of data. Each row says what is stored of a run and how long ago it was, and what
//! everybody must read: core's function, the API, the pages, the command line and the tools, word for word alike.
//!
//! Rows are put straight into the store, because writers are refused what no reader may stumble over.

mod row;

use bellboard_hub::db::Value as Parameter;
use serde_json::{Value, json};
use uuid::Uuid;

use self::row::{Row, now};
use crate::house::House;

const TABLE: &str = include_str!("progress.json");

#[test]
fn one_table_speaks_for_every_surface() {
    let rows: Vec<Row> = serde_json::from_str(TABLE).unwrap();
    assert!(rows.len() >= 60, "only {} rows", rows.len());
    for mode in ["none", "activity", "phased", "composite", "counted"] {
        let rows = rows.iter().filter(|row| row.shown["mode"] == mode);
        assert!(rows.count() >= 5, "{mode}");
    }
    let house = House::open(now());
    for row in &rows {
        let expected = row.expected();
        assert_eq!(row.by_core(), expected, "core: {}", row.is);
        let run = store(&house, row);
        api(&house, &run, row, &expected);
        let mut again = start_of(row);
        again["id"] = json!(run);
        again["engagement_id"] = json!(house.engagement);
        let tool = house.tool("start_run", &again);
        assert_eq!(tool["created"], false, "{}", row.is);
        assert_eq!(tool["run"]["progress"], expected, "the tool: {}", row.is);
        command_line(&house, &run, row);
        page(&house, &run, row);
        clear(&house);
    }
}

fn start_of(row: &Row) -> Value {
    json!({"type": row.run_type(), "label": LABEL, "identity_mode": "nonce", "status": "running"})
}

/// Starts a run as anybody would, and makes its row what no writer could.
fn store(house: &House, row: &Row) -> String {
    let path = format!("/api/engagements/{}/runs", house.engagement);
    let run = house.post(&path, &start_of(row))["run"]["id"].clone();
    let run = run.as_str().unwrap().to_owned();
    let id: Uuid = run.parse().unwrap();
    let times = row.times();
    let parameters: Vec<Parameter> = vec![
        id.into(),
        row.status().as_str().into(),
        row.word("outcome").map(str::to_owned).into(),
        row.lost().into(),
        row.stored_counts().into(),
        row.stored_context().into(),
        row.heartbeat()
            .map(|every| i64::try_from(every.as_micros()).unwrap())
            .into(),
        times.created.into(),
        times.started.into(),
        times.completed.into(),
        times.last_seen.into(),
    ];
    let changed = house.execute(
        "update runs set status = $2, outcome = $3, lost = $4, summary_counts = $5, context = $6,
                heartbeat_micros = $7, created_at = $8, active_at = $8, started_at = $9, completed_at = $10,
                last_seen_at = $11, heard_at = $11
          where id = $1",
        parameters,
    );
    assert_eq!(changed, 1);
    run
}

/// What the run is called, everywhere.
const LABEL: &str = "Nightly work";

fn clear(house: &House) {
    for sql in [
        "delete from runs",
        "delete from run_events",
        "delete from zone_counts",
    ] {
        house.execute(sql, Vec::new());
    }
}

fn api(house: &House, run: &str, row: &Row, expected: &Value) {
    let shown = house.get(&format!("/api/runs/{run}"));
    assert_eq!(&shown["progress"], expected, "get_run: {}", row.is);
    let listed = house.get("/api/runs");
    let listed = &listed["items"][0];
    assert_eq!(&listed["progress"], expected, "list_runs: {}", row.is);
    assert_eq!(
        shown["liveness"] == "stale",
        row.stale(),
        "the liveness: {}",
        row.is
    );
    if row.is_active() {
        let active = house.get("/api/me/dashboard/active");
        let hint = &active["items"][0]["progress_hint"];
        assert_eq!(hint, row.label(), "list_active: {}", row.is);
    }
}

/// `runs show` says the label, a bar for counted work only, and everything else that is known; `status` the label.
fn command_line(house: &House, run: &str, row: &Row) {
    let shown = house.prints(&["runs", "show", run]);
    let mut lines = shown.lines().skip(1).take_while(|line| !line.is_empty());
    let label = lines.next().unwrap().trim_start();
    assert_eq!(label, row.label(), "runs show: {}", row.is);
    if row.shown["mode"] == "counted" {
        let bar = lines.next().unwrap().trim_start();
        let is_bar = bar.chars().all(|one| !one.is_ascii_alphanumeric());
        assert!(is_bar, "no bar: {}: {bar}", row.is);
    }
    let rest: Vec<&str> = lines.map(str::trim_start).collect();
    let said = [row.shown.get("detail"), row.shown.get("guidance")];
    let said: Vec<&str> = said
        .into_iter()
        .flatten()
        .filter_map(Value::as_str)
        .collect();
    assert_eq!(rest, said, "runs show: {}", row.is);

    let status = house.prints(&["status"]);
    let line = status.lines().find(|line| line.contains(LABEL));
    let line = line.unwrap_or_else(|| panic!("{}: {status}", row.is));
    let (_, about) = line.split_once(LABEL).unwrap();
    let about = match about.rsplit_once("  ") {
        Some((about, _age)) => about.trim(),
        None => about,
    };
    if row.shown["mode"] == "counted" {
        assert!(about.ends_with(&format!("  {}", row.label())), "{line}");
    } else {
        assert_eq!(about, row.label(), "status: {}", row.is);
    }
}

/// The run's page and its row of home.
fn page(house: &House, run: &str, row: &Row) {
    let page = house.page(&format!("/ui/runs/{run}"));
    if !row.is_active() {
        assert!(!page.contains("<div class=\"pg\">"), "{}", row.is);
        let head = between(&page, "<div class=\"head\">", "<div class=\"cols\">");
        assert!(!page.contains("<progress"), "{}", row.is);
        let words = text(head);
        assert!(
            words.contains(row.label()),
            "the page of {}: {words}",
            row.is
        );
        return;
    }
    let home = house.page("/");
    let li = format!("<li id=\"act-{run}\"");
    for (name, html) in [
        ("run", page.as_str()),
        ("home", between(&home, &li, "</li>")),
    ] {
        let what = format!("the {name} page of {}", row.is);
        picture(html, row, &what);
    }
}

/// One picture of progress: the sentence, what stands below it, and a bar for counted work only.
fn picture(html: &str, row: &Row, what: &str) {
    let (_, cell) = html.split_once("<div class=\"pg\">").unwrap();
    let (figure, rest) = cell
        .split_once("<p class=\"t row\"><span class=\"grow\">")
        .unwrap();
    let (sentence, rest) = rest.split_once("</span>").unwrap();
    // An engagement's tag may stand beside it.
    let (_, rest) = rest.split_once("</p>").unwrap();
    let sentence = text(sentence);
    let detail = row
        .shown
        .get("detail")
        .and_then(Value::as_str)
        .unwrap_or_default();
    // A page keeps the sentence about the last sign of life fresh by itself, so it stands beside the label.
    let (beside, below) = match detail.strip_prefix("Last sign of life ") {
        Some(_) => detail
            .split_once(". ")
            .unwrap_or((detail.trim_end_matches('.'), "")),
        None => ("", detail),
    };
    let expected = match row.shown.get("guidance").and_then(Value::as_str) {
        Some(guidance) => guidance.to_owned(),
        None if beside.is_empty() => row.label().to_owned(),
        None => format!("{}. {beside}", row.label()),
    };
    assert_eq!(sentence, expected, "{what}");
    let why = rest.strip_prefix("<p class=\"why row\"><span class=\"grow\">");
    let why = why.and_then(|why| why.split_once("</span>"));
    assert_eq!(
        why.map_or_else(String::new, |(why, _)| text(why)),
        below,
        "{what}"
    );

    let bars = figure.matches("<progress").count();
    assert_eq!(bars, usize::from(row.shown["mode"] == "counted"), "{what}");
    if bars == 1 {
        let attribute = |name: &str| text(between(figure, &format!(" {name}=\""), "\""));
        assert_eq!(
            attribute("value"),
            row.shown["processed"].to_string(),
            "{what}"
        );
        assert_eq!(attribute("max"), row.shown["total"].to_string(), "{what}");
        assert_eq!(attribute("aria-valuetext"), row.label(), "{what}");
        assert_eq!(attribute("aria-label"), LABEL, "{what}");
    }
    assert!(!figure.contains('%'), "{what}");
}

fn between<'h>(html: &'h str, from: &str, to: &str) -> &'h str {
    let (_, rest) = html
        .split_once(from)
        .unwrap_or_else(|| panic!("no {from} in {html}"));
    rest.split_once(to)
        .unwrap_or_else(|| panic!("no {to} after {from}"))
        .0
}

/// What a person reads of this HTML.
fn text(html: &str) -> String {
    let mut text = String::new();
    let mut rest = html;
    while let Some((before, tag)) = rest.split_once('<') {
        text.push_str(before);
        rest = tag.split_once('>').map_or("", |(_, after)| after);
    }
    text.push_str(rest);
    for (entity, letter) in [
        ("&#60;", "<"),
        ("&#62;", ">"),
        ("&#34;", "\""),
        ("&#39;", "'"),
        ("&#38;", "&"),
    ] {
        text = text.replace(entity, letter);
    }
    text
}
