//! The zones as HTML: filled, cut off, and empty.

use bellboard_core::run::{Outcome, Status};
use bellboard_core::time::Timestamp;

use super::*;
use crate::pages::mark::{MarkFacts, WaitsFor, mark};
use crate::pages::moment::Reading;
use crate::pages::needs::Way;

fn now() -> Timestamp {
    "2026-11-20T17:42:00Z".parse().unwrap()
}

fn moment(text: &str, reading: Reading) -> Moment {
    Moment::new(text.parse().unwrap(), reading, now())
}

fn need(id: &str) -> NeedCard {
    let row = NeedRow {
        id: id.to_owned(),
        mark: Mark {
            icon: "s-flag",
            hue: "amber",
            word: "",
        },
        title: "Follow-up: <gaps>".to_owned(),
        url: format!("/ui/runs/{id}"),
        engagement: EngagementTag::new("Harbour Clinics"),
        why: Some("2 of 31 days have gaps".to_owned()),
        age: moment("2026-11-20T17:39:00Z", Reading::Age),
    };
    NeedCard {
        row,
        kind: "run_follow_up".to_owned(),
        place: "7".to_owned(),
        version: None,
        ways: vec![Way {
            act: "done".to_owned(),
            label: "Done".to_owned(),
            needs_note: false,
            key: "E",
        }],
        look: Some(("Review", format!("/ui/runs/{id}"))),
        snooze: true,
        detail: None,
    }
}

#[test]
fn needs_you() {
    let zone = NeedsZone {
        rows: vec![need("1")],
        total: 1,
        back: "/".to_owned(),
    };
    insta::assert_snapshot!(zone.to_string());
}

#[test]
fn needs_you_says_how_many_wait_below() {
    let zone = NeedsZone {
        rows: vec![need("1"), need("2")],
        total: 18_424,
        back: "/".to_owned(),
    };
    let html = zone.to_string();
    assert!(
        html.contains("18\u{202f}422 older wait below these."),
        "{html}"
    );
}

#[test]
fn recent() {
    let ended = MarkFacts {
        status: Status::Completed,
        outcome: Some(Outcome::Failed),
        lost: false,
        silent: false,
        waits_for: WaitsFor::Nobody,
    };
    let zone = RecentZone {
        rows: vec![RecentRow {
            id: "1".to_owned(),
            mark: mark(ended),
            name: "Sync repositories".to_owned(),
            url: "/ui/runs/1".to_owned(),
            engagement: EngagementTag::new("Northrail"),
            fact: Some("remote refused, exit 128".to_owned()),
            ended: moment("2026-11-20T16:58:00Z", Reading::Clock),
            took: Some("41 s".to_owned()),
        }],
        total: 1,
        all_url: "/ui/runs?show=ended".to_owned(),
    };
    insta::assert_snapshot!(zone.to_string());
}

#[test]
fn empty_zones_say_what_is_true_and_one_way_forward() {
    let needs = NeedsZone {
        rows: Vec::new(),
        total: 0,
        back: "/".to_owned(),
    };
    let active = ActiveZone {
        rows: Vec::new(),
        total: 0,
        look_in: None,
        all_url: "/ui/runs?show=now".to_owned(),
    };
    let recent = RecentZone {
        rows: Vec::new(),
        total: 0,
        all_url: "/ui/runs?show=ended".to_owned(),
    };
    insta::assert_snapshot!(format!("{needs}\n{active}\n{recent}"));
}
