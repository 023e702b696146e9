//! Times and durations in words. A time is told on the reader's own clock.

use std::time::Duration;

use bellboard_core::time::Timestamp;
use jiff::tz::TimeZone;

const MINUTE: u64 = 60;
const HOUR: u64 = 60 * MINUTE;
const DAY: u64 = 24 * HOUR;

/// How long something took: "0.4 s", "12 s", "6 min 12 s", "1 h 4 min", "2 d 3 h".
pub fn lasted(duration: Duration) -> String {
    let seconds = duration.as_secs();
    match seconds {
        0 => format!("0.{} s", duration.subsec_millis() / 100),
        1..MINUTE => format!("{seconds} s"),
        MINUTE..HOUR => two(seconds / MINUTE, "min", seconds % MINUTE, "s"),
        HOUR..DAY => two(seconds / HOUR, "h", seconds % HOUR / MINUTE, "min"),
        _ => two(seconds / DAY, "d", seconds % DAY / HOUR, "h"),
    }
}

fn two(large: u64, large_unit: &str, small: u64, small_unit: &str) -> String {
    if small == 0 {
        return format!("{large} {large_unit}");
    }
    format!("{large} {large_unit} {small} {small_unit}")
}

/// "17:39" today, "yesterday 17:40", "8 Nov 14:00" otherwise.
pub fn clock_words(moment: Timestamp, now: Timestamp) -> String {
    clock_words_in(moment, now, &TimeZone::system())
}

/// The same of a moment in an answer of the hub.
pub fn words(moment: &serde_json::Value) -> String {
    let parsed: Option<Timestamp> = moment.as_str().and_then(|text| text.parse().ok());
    parsed.map_or_else(String::new, |moment| {
        clock_words(moment, crate::clock::now())
    })
}

fn clock_words_in(moment: Timestamp, now: Timestamp, zone: &TimeZone) -> String {
    let (Some(moment), Some(now)) = (zoned(moment, zone), zoned(now, zone)) else {
        return moment.to_string();
    };
    let clock = moment.strftime("%H:%M");
    if moment.date() == now.date() {
        return clock.to_string();
    }
    if now
        .date()
        .yesterday()
        .is_ok_and(|yesterday| yesterday == moment.date())
    {
        return format!("yesterday {clock}");
    }
    if moment.year() == now.year() {
        moment.strftime("%-d %b %H:%M")
    } else {
        moment.strftime("%-d %b %Y %H:%M")
    }
    .to_string()
}

/// "30m", "2h", "3d".
pub fn parse_span(text: &str) -> Result<Duration, String> {
    let seconds = text.char_indices().last().and_then(|(at, unit)| {
        let each = match unit {
            's' => 1,
            'm' => MINUTE,
            'h' => HOUR,
            'd' => DAY,
            _ => return None,
        };
        text[..at].trim_end().parse::<u64>().ok()?.checked_mul(each)
    });
    seconds
        .filter(|seconds| *seconds > 0)
        .map(Duration::from_secs)
        .ok_or_else(|| "a whole number and s, m, h or d, such as 2h".to_owned())
}

/// A moment as people write it on their own clock: "17:40" is the next one, "2026-11-30" begins that day.
pub fn parse_moment(text: &str, now: Timestamp) -> Option<Timestamp> {
    parse_moment_in(text, now, &TimeZone::system())
}

fn parse_moment_in(text: &str, now: Timestamp, zone: &TimeZone) -> Option<Timestamp> {
    if let Ok(moment) = text.parse::<Timestamp>() {
        return Some(moment);
    }
    let here = |moment: jiff::civil::DateTime| {
        let moment = moment.to_zoned(zone.clone()).ok()?;
        Some(Timestamp::from_micros(moment.timestamp().as_microsecond()))
    };
    if let Ok(moment) = text.parse::<jiff::civil::DateTime>() {
        return here(moment);
    }
    let clock = jiff::civil::Time::strptime("%H:%M", text).ok()?;
    let today = zoned(now, zone)?.date();
    let next = here(today.to_datetime(clock))?;
    if next > now {
        return Some(next);
    }
    here(today.tomorrow().ok()?.to_datetime(clock))
}

fn zoned(moment: Timestamp, zone: &TimeZone) -> Option<jiff::Zoned> {
    jiff::Timestamp::from_microsecond(moment.micros())
        .ok()
        .map(|moment| moment.to_zoned(zone.clone()))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn durations_have_at_most_two_units() {
        let table = [
            (0, "0.0 s"),
            (400, "0.4 s"),
            (12_000, "12 s"),
            (372_000, "6 min 12 s"),
            (3_600_000, "1 h"),
            (3_840_000, "1 h 4 min"),
            (183_600_000, "2 d 3 h"),
        ];
        for (millis, words) in table {
            assert_eq!(lasted(Duration::from_millis(millis)), words);
        }
    }

    #[test]
    fn a_time_says_its_day_only_when_it_is_another() {
        let now: Timestamp = "2026-11-20T17:40:00.000000Z".parse().unwrap();
        let table = [
            ("2026-11-20T07:05:00.000000Z", "07:05"),
            ("2026-11-19T17:40:00.000000Z", "yesterday 17:40"),
            ("2026-11-08T14:00:00.000000Z", "8 Nov 14:00"),
            ("2025-11-08T14:00:00.000000Z", "8 Nov 2025 14:00"),
        ];
        for (moment, words) in table {
            assert_eq!(
                clock_words_in(moment.parse().unwrap(), now, &TimeZone::UTC),
                words
            );
        }
    }

    #[test]
    fn a_span_is_a_number_with_its_unit() {
        for (text, seconds) in [("45s", 45), ("30m", 1_800), ("2 h", 7_200), ("3d", 259_200)] {
            assert_eq!(parse_span(text), Ok(Duration::from_secs(seconds)), "{text}");
        }
        for text in [
            "",
            "2",
            "h",
            "-2h",
            "1.5h",
            "2w",
            "0s",
            "2ü",
            "99999999999999999999d",
        ] {
            assert!(parse_span(text).is_err(), "{text}");
        }
    }

    #[test]
    fn a_moment_is_read_on_the_clock_of_its_reader() {
        let now: Timestamp = "2026-11-20T16:40:00.000000Z".parse().unwrap();
        let zone = TimeZone::fixed(jiff::tz::offset(1));
        let table = [
            ("17:41", "2026-11-20T16:41:00Z"),
            ("17:40", "2026-11-21T16:40:00Z"),
            ("2026-11-30", "2026-11-29T23:00:00Z"),
            ("2026-11-30T08:00", "2026-11-30T07:00:00Z"),
            ("2026-11-30 08:00", "2026-11-30T07:00:00Z"),
            ("2026-11-30T08:00:00Z", "2026-11-30T08:00:00Z"),
        ];
        for (text, moment) in table {
            let expected: Timestamp = moment.parse().unwrap();
            assert_eq!(parse_moment_in(text, now, &zone), Some(expected), "{text}");
        }
        for text in ["", "soon", "25:00", "2026-13-01", "30.11.2026"] {
            assert_eq!(parse_moment_in(text, now, &zone), None, "{text}");
        }
    }
}
