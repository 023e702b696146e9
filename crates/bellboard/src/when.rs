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
}
