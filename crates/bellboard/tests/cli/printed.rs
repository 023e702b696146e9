//! Lines for the terminal that pages print: each is taken from its page and given to a shell.

use bellboard_hub::world::{RealWorld, World as _};
use serde_json::{Value, json};

use crate::house::House;

/// The lines that a page offers to copy, as a reader sees them.
fn lines(page: &str) -> Vec<String> {
    let boxes = page.split("<div class=\"cli\"><code>").skip(1);
    boxes
        .map(|rest| read(rest.split_once("</code>").unwrap().0))
        .collect()
}

/// Text out of HTML.
fn read(html: &str) -> String {
    assert!(!html.contains('<'), "{html}");
    let mut text = html.to_owned();
    for (written, read) in [
        ("&#34;", "\""),
        ("&#39;", "'"),
        ("&#60;", "<"),
        ("&#62;", ">"),
        ("&quot;", "\""),
        ("&lt;", "<"),
        ("&gt;", ">"),
        ("&#38;", "&"),
        ("&amp;", "&"),
    ] {
        text = text.replace(written, read);
    }
    text
}

/// A dashboard with two snapshots, one of whose columns a shell would stumble over; its id.
fn board(house: &House) -> String {
    let column = "it's \"so\" & $more";
    let spec = json!({
        "source": "pushed", "id_field": "id", "columns": ["id", column],
        "order_by": [{"field": column, "direction": "desc"}],
    });
    let wish = json!({"title": "Scores", "view_spec_json": spec});
    let made = house.post("/api/dashboards", &wish);
    let id = made["id"].as_str().unwrap().to_owned();
    for value in [30, 60] {
        let rows = json!([{"id": "a", column: value}]);
        house.post(&format!("/api/dashboard/{id}/rows"), &rows);
    }
    id
}

#[test]
fn the_lines_of_the_bell_page_try_the_rule_and_save_it() {
    let house = House::open(RealWorld.now());
    let id = board(&house);
    let bells = format!("/ui/dashboards/{id}/bells");
    for (asked, rule, baseline, times) in [
        (
            String::new(),
            json!({"value_delta_pct": 0.1, "on_field": "it's \"so\" & $more"}),
            "previous",
            "once in 2",
        ),
        (
            "?match=any&baseline=last_notified&kind-0=order&on-0=1&n-0=3&kind-1=new&on-1=1&n-1=2"
                .to_owned(),
            json!({"or": [{"top_n_reordering": 3}, {"set_added_min": 2}]}),
            "last_notified",
            "0 times in 2",
        ),
    ] {
        let page = house.page(&format!("{bells}{asked}"));
        let [test, add] = lines(&page).try_into().unwrap();
        let tried = house.line(&test);
        assert_eq!(tried.code, 0, "{test}: {}", tried.err);
        let said = format!("Would have rung {times} snapshots");
        assert!(tried.err.contains(&said), "{test}: {}", tried.err);
        let before = subscriptions(&house, &id).len();
        let added = house.line(&format!("{add} --json"));
        assert_eq!(added.code, 0, "{add}: {}", added.err);
        let bell: Value = serde_json::from_str(&added.out).unwrap();
        assert_eq!(bell["threshold_json"], rule, "{add}");
        assert_eq!(bell["baseline"], baseline, "{add}");
        assert_eq!(subscriptions(&house, &id).len(), before + 1);
    }
}

#[test]
fn the_lines_of_a_dashboard_show_it_compare_it_and_keep_it() {
    let house = House::open(RealWorld.now());
    let id = board(&house);
    for (tab, word) in [
        ("", "show"),
        ("/changes", "diff"),
        ("/snapshots", "snapshot"),
    ] {
        let page = house.page(&format!("/ui/dashboards/{id}{tab}"));
        let [line]: [String; 1] = lines(&page).try_into().unwrap();
        let begins = format!("bellboard dashboards {word} {id}");
        assert!(line.starts_with(&begins), "{line}");
        assert_eq!(line.contains(" --from "), word == "diff", "{line}");
        let done = house.line(&line);
        assert_eq!(done.code, 0, "{line}: {}", done.err);
        let said = format!("{}{}", done.out, done.err);
        assert!(said.contains("Scores"), "{line}: {said}");
    }
}

/// Asks the command line about a line without doing it: what it does not know stands before `--help` and is refused.
fn explain(house: &House, line: &str) {
    let asked = match line.split_once(" -- ") {
        Some((own, child)) => format!("{own} --help -- {child}"),
        None => format!("{line} --help"),
    };
    let said = house.line(&asked);
    assert_eq!(said.code, 0, "{line}: {}", said.err);
    assert!(
        said.out.contains("Usage: bellboard"),
        "{line}: {}",
        said.out
    );
}

#[test]
fn every_line_that_an_empty_page_offers_is_one_of_the_command_line() {
    let house = House::open(RealWorld.now());
    for (path, most) in [
        ("/ui/runs", "bellboard run -- make test"),
        ("/ui/notifications", "bellboard run -- make test"),
        ("/ui/workstreams", "bellboard sync"),
        ("/ui/domains", "bellboard domains add SLUG NAME"),
        ("/ui/settings", "bellboard agents create my-agent"),
    ] {
        let lines = lines(&house.page(path));
        assert!(lines.iter().any(|line| line == most), "{path}: {lines:?}");
        for line in lines {
            explain(&house, &line);
        }
    }
    let wrong = house.line("bellboard bells test Scores --rules '{}' --help");
    assert_eq!(wrong.code, 2, "a wrong flag is noticed: {}", wrong.out);
}

#[test]
fn the_line_of_a_run_shows_it() {
    let house = House::open(RealWorld.now());
    let path = format!("/api/engagements/{}/runs", house.engagement);
    let start = json!({"type": "baseline.capture", "label": "Capture", "identity_mode": "nonce", "status": "running"});
    let run = house.post(&path, &start)["run"]["id"].clone();
    let run = run.as_str().unwrap();
    let [watch] = lines(&house.page(&format!("/ui/runs/{run}")))
        .try_into()
        .unwrap();
    assert_eq!(watch, format!("bellboard runs watch {run}"));
    explain(&house, &watch);
    house.post(
        &format!("/api/runs/{run}/finish"),
        &json!({"outcome": "succeeded"}),
    );
    let [show] = lines(&house.page(&format!("/ui/runs/{run}")))
        .try_into()
        .unwrap();
    let shown = house.line(&show);
    assert_eq!(shown.code, 0, "{show}: {}", shown.err);
    assert!(shown.out.contains("Capture"), "{}", shown.out);
}

fn subscriptions(house: &House, dashboard: &str) -> Vec<Value> {
    let list = house.get(&format!("/api/dashboard/{dashboard}/subscriptions"));
    list["items"].as_array().unwrap().clone()
}
