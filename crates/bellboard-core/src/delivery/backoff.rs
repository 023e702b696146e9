//! What follows from one try: done, tried again and when, or given up.

use std::time::Duration;

use crate::time::Timestamp;

/// The waits after the first try and each one that follows, of the requirement page.
const WAITS: [Duration; 9] = [
    Duration::from_secs(5),
    Duration::from_mins(5),
    Duration::from_mins(30),
    Duration::from_hours(2),
    Duration::from_hours(5),
    Duration::from_hours(10),
    Duration::from_hours(14),
    Duration::from_hours(20),
    Duration::from_hours(24),
];

/// Tries of one delivery, at most.
pub const MOST_ATTEMPTS: u32 = 10;

const _: () = assert!(
    MOST_ATTEMPTS as usize == WAITS.len() + 1,
    "after the last try there is no wait"
);

/// A receiver cannot put us off for longer.
const RETRY_AFTER_AT_MOST: Duration = Duration::from_hours(24);

/// What the other side said.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Answer {
    /// A status, and the words of its `Retry-After`, if there are any.
    Status(u16, Option<String>),
    /// Nothing usable: refused, reset, timed out, no name, a broken answer.
    Failed,
    /// The address may not be spoken to.
    Forbidden,
}

/// What follows from a try.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Attempted {
    /// It arrived.
    Delivered,
    /// It is tried again at this time.
    Again(Timestamp),
    /// It is not tried again: a dead letter.
    Dead,
    /// The receiver is gone (410): the subscription is disabled, and this is a dead letter.
    Gone,
}

/// What follows from the try of this number, counted from 1. `jitter` is a share from 0 to 1 that the caller drew: waits
/// are lengthened by up to a tenth of it, so that receivers who failed together are not asked together.
pub fn after_attempt(number: u32, answer: &Answer, now: Timestamp, jitter: f64) -> Attempted {
    let wanted = match answer {
        Answer::Status(200..=299, _) => return Attempted::Delivered,
        Answer::Status(410, _) => return Attempted::Gone,
        Answer::Status(_, retry_after) => retry_after
            .as_deref()
            .and_then(|text| RetryAfter::parse(text, now)),
        Answer::Failed | Answer::Forbidden => None,
    };
    let place = usize::try_from(number)
        .unwrap_or(usize::MAX)
        .saturating_sub(1);
    let Some(wait) = WAITS.get(place) else {
        return Attempted::Dead;
    };
    let wait = wait.mul_f64(1.0 + jitter.clamp(0.0, 1.0) / 10.0);
    let asked = wanted.map_or(Duration::ZERO, |RetryAfter(asked)| asked);
    Attempted::Again(now + wait.max(asked))
}

/// How long the receiver asks us to wait, at most a day.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct RetryAfter(pub Duration);

impl RetryAfter {
    /// Reads the header (RFC 9110, 10.2.3): seconds, or a date in one of its three forms. A date that is past asks for
    /// no wait, and what cannot be read is none.
    pub fn parse(text: &str, now: Timestamp) -> Option<Self> {
        let text = text.trim();
        if !text.is_empty() && text.bytes().all(|byte| byte.is_ascii_digit()) {
            // More digits than a number holds is longer than a day too.
            let seconds = text.parse().unwrap_or(u64::MAX);
            return Some(Self(Duration::from_secs(seconds).min(RETRY_AFTER_AT_MOST)));
        }
        let until = http_date(text, now)?;
        Some(Self(until.saturating_since(now).min(RETRY_AFTER_AT_MOST)))
    }
}

/// `Sun, 06 Nov 1994 08:49:37 GMT`, `Sunday, 06-Nov-94 08:49:37 GMT` or `Sun Nov  6 08:49:37 1994`.
fn http_date(text: &str, now: Timestamp) -> Option<Timestamp> {
    let words: Vec<&str> = text.split_ascii_whitespace().collect();
    let (day, month, year, time) = match words.as_slice() {
        [_, day, month, year, time, "GMT"] | [_, month, day, time, year] => {
            (*day, *month, year.parse().ok()?, *time)
        }
        [_, date, time, "GMT"] => {
            let mut parts = date.split('-');
            let (day, month, year) = (parts.next()?, parts.next()?, parts.next()?);
            (day, month, near_year(year.parse().ok()?, now), *time)
        }
        _ => return None,
    };
    let mut clock = time.split(':').map(|part| part.parse::<i8>().ok());
    let (hour, minute, second) = (clock.next()??, clock.next()??, clock.next()??);
    let date = jiff::civil::Date::new(year, month_number(month)?, day.parse().ok()?).ok()?;
    // A leap second is read as the second before it.
    let time = jiff::civil::Time::new(hour, minute, second.min(59), 0).ok()?;
    let at = date
        .to_datetime(time)
        .to_zoned(jiff::tz::TimeZone::UTC)
        .ok()?;
    Some(Timestamp::from_micros(at.timestamp().as_microsecond()))
}

/// A year of two digits is the one nearest to now.
fn near_year(year: i16, now: Timestamp) -> i16 {
    let now = jiff::Timestamp::from_microsecond(now.micros()).unwrap_or_default();
    let now = now.to_zoned(jiff::tz::TimeZone::UTC).year();
    let this_century = now - now % 100 + year;
    match this_century - now {
        51.. => this_century - 100,
        ..-50 => this_century + 100,
        _ => this_century,
    }
}

fn month_number(word: &str) -> Option<i8> {
    const MONTHS: [&str; 12] = [
        "Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec",
    ];
    let place = MONTHS.iter().position(|month| *month == word)?;
    i8::try_from(place + 1).ok()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn now() -> Timestamp {
        "1994-11-06T08:49:00Z".parse().unwrap()
    }

    fn status(code: u16) -> Attempted {
        after_attempt(1, &Answer::Status(code, None), now(), 0.0)
    }

    #[test]
    fn the_outcome_of_every_class_of_status() {
        let again = Attempted::Again(now() + Duration::from_secs(5));
        for code in [200, 201, 202, 204, 299] {
            assert_eq!(status(code), Attempted::Delivered, "{code}");
        }
        for code in [
            100, 199, 300, 301, 302, 304, 307, 308, 400, 401, 404, 408, 429, 499, 500, 502, 503,
            599, 999,
        ] {
            assert_eq!(status(code), again, "{code}");
        }
        assert_eq!(status(410), Attempted::Gone);
        assert_eq!(after_attempt(1, &Answer::Failed, now(), 0.0), again);
        assert_eq!(after_attempt(1, &Answer::Forbidden, now(), 0.0), again);
    }

    #[test]
    fn the_schedule_is_that_of_the_requirement_page() {
        let hours = |hours: u64| hours * 3_600;
        let waits = [
            5,
            300,
            1_800,
            hours(2),
            hours(5),
            hours(10),
            hours(14),
            hours(20),
            hours(24),
        ];
        for (number, seconds) in (1..).zip(waits) {
            let expected = Attempted::Again(now() + Duration::from_secs(seconds));
            assert_eq!(
                after_attempt(number, &Answer::Failed, now(), 0.0),
                expected,
                "{number}"
            );
        }
        for number in [MOST_ATTEMPTS, MOST_ATTEMPTS + 1, u32::MAX] {
            assert_eq!(
                after_attempt(number, &Answer::Failed, now(), 0.0),
                Attempted::Dead
            );
        }
        let late = after_attempt(2, &Answer::Failed, now(), 1.0);
        assert_eq!(late, Attempted::Again(now() + Duration::from_secs(330)));
        assert_eq!(after_attempt(2, &Answer::Failed, now(), 9.0), late);
        assert_eq!(
            after_attempt(MOST_ATTEMPTS, &Answer::Status(204, None), now(), 0.0),
            Attempted::Delivered
        );
    }

    #[test]
    fn retry_after_is_honoured_in_all_its_forms() {
        let rows = [
            ("0", Some(0)),
            ("120", Some(120)),
            (" 120 ", Some(120)),
            ("99999999999999999999999", Some(86_400)),
            ("Sun, 06 Nov 1994 08:49:37 GMT", Some(37)),
            ("Sunday, 06-Nov-94 08:49:37 GMT", Some(37)),
            ("Sun Nov  6 08:49:37 1994", Some(37)),
            ("Sun, 06 Nov 1994 08:48:00 GMT", Some(0)),
            ("Sun, 06 Nov 2044 08:48:00 GMT", Some(86_400)),
            ("Sunday, 06-Nov-45 08:49:37 GMT", Some(0)),
            ("", None),
            ("-1", None),
            ("1.5", None),
            ("soon", None),
            ("Sun, 31 Feb 1994 08:49:37 GMT", None),
            ("Sun, 06 Nov 1994 25:49:37 GMT", None),
            ("Sun, 06 Nov 1994 08:49:37 CET", None),
        ];
        for (text, seconds) in rows {
            let expected = seconds.map(|seconds| RetryAfter(Duration::from_secs(seconds)));
            assert_eq!(RetryAfter::parse(text, now()), expected, "{text}");
        }
        let busy = |number, text: &str| {
            after_attempt(
                number,
                &Answer::Status(503, Some(text.to_owned())),
                now(),
                0.0,
            )
        };
        assert_eq!(
            busy(1, "60"),
            Attempted::Again(now() + Duration::from_mins(1))
        );
        assert_eq!(
            busy(2, "60"),
            Attempted::Again(now() + Duration::from_mins(5))
        );
        assert_eq!(
            busy(1, "nonsense"),
            Attempted::Again(now() + Duration::from_secs(5))
        );
        assert_eq!(busy(MOST_ATTEMPTS, "60"), Attempted::Dead);
    }
}
