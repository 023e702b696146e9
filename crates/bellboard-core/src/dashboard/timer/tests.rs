//! When snapshots are due, over hours, spans, cron lines and the two nights on which clocks are changed.

use super::*;

fn at(text: &str) -> Timestamp {
    text.parse().unwrap()
}

fn policy(text: &str) -> SnapshotPolicy {
    text.parse().unwrap()
}

/// Berlin since 1996, by its rules, so that no database of zones is needed.
fn berlin() -> TimeZone {
    TimeZone::posix("CET-1CEST,M3.5.0,M10.5.0/3").unwrap()
}

fn next(text: &str, after: &str) -> String {
    let due = policy(text).next_due(at(after), &berlin()).unwrap();
    due.to_string().replace(".000000", "")
}

#[test]
fn hours_and_spans_are_aligned() {
    assert_eq!(
        next("hourly", "2026-11-20T17:00:00Z"),
        "2026-11-20T18:00:00Z"
    );
    assert_eq!(
        next("hourly", "2026-11-20T17:59:59.999999Z"),
        "2026-11-20T18:00:00Z"
    );
    assert_eq!(
        next("every:15m", "2026-11-20T17:14:00Z"),
        "2026-11-20T17:15:00Z"
    );
    assert_eq!(
        next("every:1d", "2026-11-20T17:14:00Z"),
        "2026-11-21T00:00:00Z"
    );
    assert_eq!(
        next("every:6h", "1969-12-31T23:00:00Z"),
        "1970-01-01T00:00:00Z"
    );
    assert_eq!(
        policy("manual").next_due(at("2026-11-20T17:00:00Z"), &berlin()),
        None
    );
    assert_eq!(policy("hourly").next_due(Timestamp::MAX, &berlin()), None);
}

#[test]
fn cron_goes_by_the_clock_on_the_wall() {
    let rows = [
        (
            "cron:0 7 * * mon-fri",
            "2026-11-20T05:00:00Z",
            "2026-11-20T06:00:00Z",
        ),
        (
            "cron:0 7 * * MON-FRI",
            "2026-11-20T06:00:00Z",
            "2026-11-23T06:00:00Z",
        ),
        (
            "cron:*/15 9-17 * * *",
            "2026-11-20T08:01:00Z",
            "2026-11-20T08:15:00Z",
        ),
        (
            "cron:5/20 * * * *",
            "2026-11-20T08:26:00Z",
            "2026-11-20T08:45:00Z",
        ),
        (
            "cron:0 0 1 jan,jul *",
            "2026-11-20T08:00:00Z",
            "2026-12-31T23:00:00Z",
        ),
        (
            "cron:0 0 29 2 *",
            "2026-11-20T08:00:00Z",
            "2028-02-28T23:00:00Z",
        ),
        (
            "cron:0 12 * * 7",
            "2026-11-20T08:00:00Z",
            "2026-11-22T11:00:00Z",
        ),
        (
            "cron:0 12 13 * fri",
            "2026-11-20T12:00:00Z",
            "2026-11-27T11:00:00Z",
        ),
        (
            "cron:0 12 13 * fri",
            "2026-12-11T12:00:00Z",
            "2026-12-13T11:00:00Z",
        ),
        (
            "cron:0 12 13 * *",
            "2026-11-20T12:00:00Z",
            "2026-12-13T11:00:00Z",
        ),
    ];
    for (line, after, due) in rows {
        assert_eq!(next(line, after), due, "{line}");
    }
}

#[test]
fn the_nights_on_which_clocks_are_changed() {
    // 02:30 is left out on 29 March: the clock goes on at 03:30.
    assert_eq!(
        next("cron:30 2 * * *", "2026-03-28T12:00:00Z"),
        "2026-03-29T01:30:00Z"
    );
    assert_eq!(
        next("cron:30 2 * * *", "2026-03-29T01:30:00Z"),
        "2026-03-30T00:30:00Z"
    );
    // 02:30 comes twice on 25 October and counts once.
    assert_eq!(
        next("cron:30 2 * * *", "2026-10-24T12:00:00Z"),
        "2026-10-25T00:30:00Z"
    );
    assert_eq!(
        next("cron:30 2 * * *", "2026-10-25T00:30:00Z"),
        "2026-10-26T01:30:00Z"
    );
}

#[test]
fn missed_times_are_listed_and_bounded() {
    let due = policy("hourly").due_between(
        at("2026-11-20T02:00:00Z"),
        at("2026-11-20T05:30:00Z"),
        &berlin(),
    );
    let expected = [
        "2026-11-20T03:00:00Z",
        "2026-11-20T04:00:00Z",
        "2026-11-20T05:00:00Z",
    ]
    .map(at);
    assert_eq!(due, expected);
    let year = policy("hourly").due_between(
        at("2025-11-20T02:00:00Z"),
        at("2026-11-20T02:00:00Z"),
        &berlin(),
    );
    assert_eq!(year.len(), MISSED_AT_MOST);
    assert_eq!(
        policy("manual").due_between(Timestamp::MIN, Timestamp::MAX, &berlin()),
        []
    );
}

#[test]
fn a_policy_is_written_as_it_is_read() {
    for text in ["manual", "hourly", "every:15m", "cron:0 7 * * mon-fri"] {
        assert_eq!(policy(text).to_string(), text);
        let json = serde_json::to_string(&policy(text)).unwrap();
        assert_eq!(
            serde_json::from_str::<SnapshotPolicy>(&json).unwrap(),
            policy(text)
        );
    }
    assert_eq!(policy("every:6h").to_string(), "every:360m");
    assert_eq!(policy("every:6h").words(), "every 6 h");
    assert_eq!(policy("cron:  0   7 * * 1 ").to_string(), "cron:0 7 * * 1");
    assert_eq!(policy("hourly").words(), "every hour");
}

#[test]
fn what_is_no_policy_is_refused_with_a_way_out() {
    let rows = [
        (
            "daily",
            "must be manual, hourly, every:15m or cron: and five fields, such as cron:0 7 * * mon-fri",
        ),
        (
            "every:15",
            "every: takes a span such as every:15m, every:6h or every:1d",
        ),
        (
            "every:1.5h",
            "every: takes a span such as every:15m, every:6h or every:1d",
        ),
        (
            "every:é",
            "every: takes a span such as every:15m, every:6h or every:1d",
        ),
        ("every:0m", "every: takes 1m to 31d"),
        ("every:32d", "every: takes 1m to 31d"),
        (
            "cron:* * * *",
            "cron: takes five fields: minute, hour, day of the month, month, day of the week",
        ),
        (
            "cron:60 * * * *",
            "cron: the minute takes 0 to 59, lists, ranges and steps such as */15, 1-5 or 1,3",
        ),
        (
            "cron:* 5-2 * * *",
            "cron: the hour takes 0 to 23, lists, ranges and steps such as */15, 1-5 or 1,3",
        ),
        (
            "cron:* * * foo *",
            "cron: the month takes 1 to 12, lists, ranges and steps such as */15, 1-5 or 1,3",
        ),
        (
            "cron:*/0 * * * *",
            "cron: the minute takes 0 to 59, lists, ranges and steps such as */15, 1-5 or 1,3",
        ),
        ("cron:0 0 31 2 *", "cron: no day is ever like that"),
    ];
    for (text, fault) in rows {
        assert_eq!(
            text.parse::<SnapshotPolicy>().unwrap_err().to_string(),
            fault,
            "{text}"
        );
    }
}
