//! The demo: it lives, it does not double, and one command removes it.

use std::collections::BTreeSet;

use crate::place::{Hub, Place, until};

/// How many engagements are marked as demo.
fn demos(place: &Place) -> usize {
    let all = place.json(&["engagements", "list"]);
    all["items"]
        .as_array()
        .unwrap()
        .iter()
        .filter(|one| one["demo"] == true)
        .count()
}

/// Every status with every mode of progress that is to be seen now.
fn ways(place: &Place) -> BTreeSet<String> {
    let runs = place.runs();
    let words = runs.iter().map(|run| {
        [
            run["status"].as_str().unwrap(),
            run["progress"]["mode"].as_str().unwrap(),
        ]
        .join(" ")
    });
    words.collect()
}

#[test]
fn the_demo_lives_starts_twice_and_goes() {
    let place = Place::new();
    let hub = Hub::start_with(&place, "0", &["--demo"]);
    until("five engagements", || (demos(&place) == 5).then_some(()));
    let wanted = [
        "completed none",
        "queued activity",
        "running activity",
        "running composite",
        "running counted",
        "running phased",
    ];
    until("every way of progress", || {
        let ways = ways(&place);
        wanted.iter().all(|way| ways.contains(*way)).then_some(())
    });
    assert!(
        place
            .runs()
            .iter()
            .any(|run| run["progress"]["stale"] == true),
        "one is silent"
    );
    let started = place.runs().len();
    let port = hub.stop();
    let hub = Hub::start_with(&place, &port, &["--demo"]);
    assert!(hub.link.is_some(), "people come to look");
    until("it plays again", || {
        (place.runs().len() > started).then_some(())
    });
    assert_eq!(demos(&place), 5);

    assert_eq!(
        place
            .run(["run", "--quiet", "--label", "Mine", "--", "true"])
            .code,
        0
    );
    let said = place.run(["demo", "remove"]);
    assert!(
        said.err.contains("Removed 5 demo engagements"),
        "{}",
        said.err
    );
    assert_eq!(place.only_run()["label"], "Mine");
    assert!(
        place
            .run(["demo", "remove"])
            .err
            .contains("There is no demo here")
    );
}

#[test]
fn a_demo_run_counts() {
    let place = Place::new();
    let _hub = Hub::start(&place);
    let said = place.run(["demo", "count", "--to", "3", "--pause-ms", "10"]);
    assert_eq!(said.code, 0, "{}", said.err);
    assert_eq!(place.only_run()["summary_counts"]["processed"], 3);
}
