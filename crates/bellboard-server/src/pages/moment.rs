//! One point in time as the pages show it: a `<time>` element whose text is right without JavaScript (UTC) and which the
//! browser may show in its own zone. The exact instant is always in `datetime` and `title`.

use askama::Template;
use bellboard_core::time::{Timestamp, elapsed_words};
use std::time::Duration;

/// How the text of a `<time>` reads, for the server now and for the browser later (`data-as`).
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Reading {
    /// "17:39", or "8 Nov 14:00" on another day.
    Clock,
    /// "17:42:14", for what happens within a minute.
    Exact,
    /// "yesterday 17:40", for the edge of "the last 24 hours".
    Since,
    /// "6 min": how long since then.
    Age,
    /// "6 min ago".
    Ago,
}

impl Reading {
    fn key(self) -> &'static str {
        match self {
            Self::Clock => "clock",
            Self::Exact => "exact",
            Self::Since => "since",
            Self::Age => "age",
            Self::Ago => "ago",
        }
    }
}

/// A rendered instant.
#[derive(Clone, Debug, Template)]
#[template(
    source = r#"<time datetime="{{ iso }}" data-as="{{ reading.key() }}" title="{{ iso }}">{{ text }}</time>"#,
    ext = "html"
)]
pub struct Moment {
    iso: String,
    reading: Reading,
    text: String,
}

impl askama::filters::HtmlSafe for Moment {}

impl Moment {
    /// The instant `at` as read at `now`.
    pub fn new(at: Timestamp, reading: Reading, now: Timestamp) -> Self {
        let iso = seconds_iso(at);
        let text = match reading {
            Reading::Clock => clock_words(&iso, &seconds_iso(now)),
            Reading::Exact => iso[11..19].to_owned(),
            Reading::Since => since_words(&iso, at, now),
            Reading::Age => elapsed_words(now.saturating_since(at)),
            Reading::Ago => format!("{} ago", elapsed_words(now.saturating_since(at))),
        };
        Self { iso, reading, text }
    }

    /// The words alone.
    pub fn words(&self) -> &str {
        &self.text
    }

    /// The exact instant, where no element of its own can say it.
    pub fn iso(&self) -> &str {
        &self.iso
    }
}

/// RFC 3339 to the second; a page has no use for microseconds.
pub fn seconds_iso(at: Timestamp) -> String {
    let full = at.to_string();
    match full.split_once('.') {
        Some((seconds, _)) => format!("{seconds}Z"),
        None => full,
    }
}

/// "17:39" on the same UTC day, "8 Nov 14:00" in the same year, "8 Nov 2025 14:00" before.
fn clock_words(iso: &str, now_iso: &str) -> String {
    if iso[..10] == now_iso[..10] {
        iso[11..16].to_owned()
    } else if iso[..4] == now_iso[..4] {
        format!("{} {}", day_words(iso), &iso[11..16])
    } else {
        format!("{} {} {}", day_words(iso), &iso[..4], &iso[11..16])
    }
}

/// "17:40" today, "yesterday 17:40", else the clock words.
fn since_words(iso: &str, at: Timestamp, now: Timestamp) -> String {
    const DAY: Duration = Duration::from_hours(24);
    let now_iso = seconds_iso(now);
    let next_day = seconds_iso(at + DAY);
    if iso[..10] != now_iso[..10] && next_day[..10] == now_iso[..10] {
        format!("yesterday {}", &iso[11..16])
    } else {
        clock_words(iso, &now_iso)
    }
}

/// "8 Nov" from the date part of an RFC 3339 text.
fn day_words(iso: &str) -> String {
    const MONTHS: [&str; 12] = [
        "Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec",
    ];
    let month = iso[5..7].parse::<usize>().unwrap_or(1).clamp(1, 12);
    format!(
        "{} {}",
        iso[8..10].trim_start_matches('0'),
        MONTHS[month - 1]
    )
}

#[cfg(test)]
mod tests {
    use super::*;

    fn at(text: &str) -> Timestamp {
        text.parse().expect("a time of this test")
    }

    fn words(then: &str, reading: Reading) -> String {
        let now = at("2026-11-20T17:42:14Z");
        Moment::new(at(then), reading, now).words().to_owned()
    }

    #[test]
    fn a_clock_names_the_day_only_when_it_is_another() {
        assert_eq!(words("2026-11-20T07:05:00Z", Reading::Clock), "07:05");
        assert_eq!(words("2026-11-08T14:00:00Z", Reading::Clock), "8 Nov 14:00");
        assert_eq!(
            words("2025-12-31T23:59:59Z", Reading::Clock),
            "31 Dec 2025 23:59"
        );
    }

    #[test]
    fn an_undo_time_is_told_to_the_second() {
        assert_eq!(words("2026-11-20T17:42:22Z", Reading::Exact), "17:42:22");
    }

    #[test]
    fn since_says_yesterday() {
        assert_eq!(
            words("2026-11-19T17:42:14Z", Reading::Since),
            "yesterday 17:42"
        );
        assert_eq!(words("2026-11-20T03:00:00Z", Reading::Since), "03:00");
        assert_eq!(words("2026-11-01T03:00:00Z", Reading::Since), "1 Nov 03:00");
    }

    #[test]
    fn ages_never_run_backwards() {
        assert_eq!(words("2026-11-20T17:36:14Z", Reading::Ago), "6 min ago");
        assert_eq!(words("2026-11-20T18:00:00Z", Reading::Age), "0 s");
    }

    #[test]
    fn the_exact_instant_is_in_the_element() {
        let moment = Moment::new(
            at("2026-11-20T17:36:14.000001Z"),
            Reading::Clock,
            at("2026-11-20T17:42:14Z"),
        );
        assert_eq!(
            moment.to_string(),
            r#"<time datetime="2026-11-20T17:36:14Z" data-as="clock" title="2026-11-20T17:36:14Z">17:36</time>"#
        );
    }
}
