//! When a bell that rings is let through: at once, later, or not at all. Everything here is a question of time, and the
//! time, like the zone, is handed in.

use std::time::Duration;

use jiff::civil::{Date, Time};
use jiff::tz::TimeZone;

use crate::time::Timestamp;

/// How a subscription wants its bells. Without any of it every bell is let through at once.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Pacing {
    /// No bell until then.
    pub muted_until: Option<Timestamp>,
    /// Not more often than once in this span.
    pub at_most_every: Option<Duration>,
    /// Bells of these hours wait for their end.
    pub quiet_hours: Option<QuietHours>,
    /// Bells are gathered and told together, at whole multiples of this span since 1970 in UTC: a day is midnight UTC.
    pub digest: Option<Duration>,
}

/// Hours in which nobody wants to hear a bell, by the clock on the wall.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct QuietHours {
    from: Time,
    to: Time,
    zone: TimeZone,
}

/// Why hours are refused.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum QuietHoursFault {
    /// No time of day.
    #[error("must be two times of day such as 22:00 and 07:00")]
    NoTime,
    /// Both ends are the same.
    #[error("begin and end must differ; mute the bell instead")]
    Empty,
}

impl QuietHours {
    /// From one time of day to another, `22:00` to `07:00` say, in a zone that the caller has looked up.
    pub fn parse(from: &str, to: &str, zone: TimeZone) -> Result<Self, QuietHoursFault> {
        let (from, to) = (time_of_day(from)?, time_of_day(to)?);
        if from == to {
            return Err(QuietHoursFault::Empty);
        }
        Ok(Self { from, to, zone })
    }

    /// The end of the quiet hours in which this time lies; none outside of them. The end itself is not quiet.
    pub fn end_after(&self, now: Timestamp) -> Option<Timestamp> {
        let local = civil(now).to_zoned(self.zone.clone());
        let (date, time) = (local.date(), local.time());
        let (is_quiet, day) = if self.from < self.to {
            (self.from <= time && time < self.to, Some(date))
        } else if time >= self.from {
            (true, date.tomorrow().ok())
        } else {
            (time < self.to, Some(date))
        };
        if is_quiet {
            self.end_on(day?).filter(|end| *end > now)
        } else {
            None
        }
    }

    fn end_on(&self, day: Date) -> Option<Timestamp> {
        // A time that the clock leaves out is the one it goes on with; of one that comes twice the first is meant.
        let end = day.to_datetime(self.to).to_zoned(self.zone.clone()).ok()?;
        Some(Timestamp::from_micros(end.timestamp().as_microsecond()))
    }
}

/// `HH:MM`.
fn time_of_day(text: &str) -> Result<Time, QuietHoursFault> {
    let parts = text
        .split_once(':')
        .filter(|(hour, minute)| hour.len() == 2 && minute.len() == 2);
    let (hour, minute) = parts.ok_or(QuietHoursFault::NoTime)?;
    let number = |text: &str| {
        let is_number = text.bytes().all(|byte| byte.is_ascii_digit());
        text.parse::<i8>()
            .ok()
            .filter(|_| is_number)
            .ok_or(QuietHoursFault::NoTime)
    };
    Time::new(number(hour)?, number(minute)?, 0, 0).map_err(|_| QuietHoursFault::NoTime)
}

fn civil(at: Timestamp) -> jiff::Timestamp {
    jiff::Timestamp::from_microsecond(at.micros()).unwrap_or_default()
}

/// What becomes of a bell.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Release {
    /// It is told at once.
    Now,
    /// It is told then, with the others that wait.
    At(Timestamp, HeldBack),
    /// It is not told; the ledger says why.
    Never(HeldBack),
}

/// What holds a bell back.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum HeldBack {
    /// The subscription is muted.
    Muted,
    /// Another bell rang too short a time ago.
    Throttled,
    /// It is quiet now.
    Quiet,
    /// Bells are gathered.
    Digest,
}

impl HeldBack {
    /// The word in the ledger.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Muted => "muted",
            Self::Throttled => "throttled",
            Self::Quiet => "quiet_hours",
            Self::Digest => "digest",
        }
    }
}

/// What becomes of a bell that rings now. `last_rung` is when the subscription's last bell was let through, now or later: the
/// span in which no other follows begins when that one is told.
pub fn pace(pacing: &Pacing, last_rung: Option<Timestamp>, now: Timestamp) -> Release {
    if pacing.muted_until.is_some_and(|until| now < until) {
        return Release::Never(HeldBack::Muted);
    }
    let (at, why) = told_at(pacing, now);
    let too_soon = |(every, last): (Duration, Timestamp)| {
        let (last, _) = told_at(pacing, last);
        // What is gathered with the last one is told with it.
        let is_joined = pacing.digest.is_some() && at == last;
        at < last + every && !is_joined
    };
    if pacing.at_most_every.zip(last_rung).is_some_and(too_soon) {
        return Release::Never(HeldBack::Throttled);
    }
    why.map_or(Release::Now, |why| Release::At(at, why))
}

/// When a bell of this moment is told, and what it waits for.
fn told_at(pacing: &Pacing, rung: Timestamp) -> (Timestamp, Option<HeldBack>) {
    let gathered = pacing.digest.and_then(|every| next_multiple(every, rung));
    let (at, why) = gathered.map_or((rung, None), |at| (at, Some(HeldBack::Digest)));
    let quiet = pacing
        .quiet_hours
        .as_ref()
        .and_then(|hours| hours.end_after(at));
    match quiet {
        Some(end) => (end, why.or(Some(HeldBack::Quiet))),
        None => (at, why),
    }
}

/// The next multiple of a span since 1970 that is later than this; none for a span of nothing.
fn next_multiple(every: Duration, now: Timestamp) -> Option<Timestamp> {
    let every = i64::try_from(every.as_micros())
        .ok()
        .filter(|every| *every > 0)?;
    let passed = now.micros().rem_euclid(every);
    Some(Timestamp::from_micros(
        now.micros().saturating_add(every - passed),
    ))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn at(text: &str) -> Timestamp {
        text.parse().unwrap()
    }

    /// A zone of fixed rules, so that the test needs no database of zones: Berlin since 1996.
    fn berlin() -> TimeZone {
        TimeZone::posix("CET-1CEST,M3.5.0,M10.5.0/3").unwrap()
    }

    fn night() -> QuietHours {
        QuietHours::parse("22:00", "07:00", berlin()).unwrap()
    }

    #[test]
    fn quiet_hours_go_over_midnight_by_the_clock_on_the_wall() {
        let rows = [
            ("2026-11-20T20:59:59Z", None),
            ("2026-11-20T21:00:00Z", Some("2026-11-21T06:00:00Z")),
            ("2026-11-21T03:00:00Z", Some("2026-11-21T06:00:00Z")),
            ("2026-11-21T06:00:00Z", None),
            ("2026-07-01T19:59:59Z", None),
            ("2026-07-01T20:00:00Z", Some("2026-07-02T05:00:00Z")),
            ("2026-03-28T22:00:00Z", Some("2026-03-29T05:00:00Z")),
            ("2026-10-24T21:00:00Z", Some("2026-10-25T06:00:00Z")),
        ];
        for (now, end) in rows {
            assert_eq!(night().end_after(at(now)), end.map(at), "{now}");
        }
        let noon = QuietHours::parse("12:00", "13:00", TimeZone::UTC).unwrap();
        assert_eq!(
            noon.end_after(at("2026-11-20T12:30:00Z")),
            Some(at("2026-11-20T13:00:00Z"))
        );
        assert_eq!(noon.end_after(at("2026-11-20T13:00:00Z")), None);
    }

    #[test]
    fn an_end_that_the_clock_leaves_out_comes_when_it_goes_on() {
        let hours = QuietHours::parse("22:00", "02:30", berlin()).unwrap();
        assert_eq!(
            hours.end_after(at("2026-03-29T00:30:00Z")),
            Some(at("2026-03-29T01:30:00Z"))
        );
    }

    #[test]
    fn what_are_no_hours_is_refused() {
        for (from, to) in [
            ("", "07:00"),
            ("22", "07:00"),
            ("24:00", "07:00"),
            ("22:00", "7:00"),
            ("+1:00", "07:00"),
        ] {
            assert_eq!(
                QuietHours::parse(from, to, berlin()),
                Err(QuietHoursFault::NoTime),
                "{from} {to}"
            );
        }
        assert_eq!(
            QuietHours::parse("07:00", "07:00", berlin()),
            Err(QuietHoursFault::Empty)
        );
    }

    #[test]
    fn a_bell_is_let_through_held_or_dropped() {
        let now = at("2026-11-20T12:10:00Z");
        let plain = Pacing::default();
        assert_eq!(pace(&plain, Some(now), now), Release::Now);

        let muted = Pacing {
            muted_until: Some(at("2026-11-20T13:00:00Z")),
            ..plain.clone()
        };
        assert_eq!(pace(&muted, None, now), Release::Never(HeldBack::Muted));
        assert_eq!(pace(&muted, None, at("2026-11-20T13:00:00Z")), Release::Now);

        let rare = Pacing {
            at_most_every: Some(Duration::from_hours(6)),
            ..plain.clone()
        };
        assert_eq!(pace(&rare, None, now), Release::Now);
        assert_eq!(
            pace(&rare, Some(at("2026-11-20T06:10:01Z")), now),
            Release::Never(HeldBack::Throttled)
        );
        assert_eq!(
            pace(&rare, Some(at("2026-11-20T06:10:00Z")), now),
            Release::Now
        );

        let quiet = Pacing {
            quiet_hours: Some(night()),
            ..plain.clone()
        };
        assert_eq!(pace(&quiet, None, now), Release::Now);
        let morning = at("2026-11-21T06:00:00Z");
        assert_eq!(
            pace(&quiet, None, at("2026-11-20T22:00:00Z")),
            Release::At(morning, HeldBack::Quiet)
        );

        let digest = Pacing {
            digest: Some(Duration::from_hours(1)),
            ..plain.clone()
        };
        assert_eq!(
            pace(&digest, None, now),
            Release::At(at("2026-11-20T13:00:00Z"), HeldBack::Digest)
        );
        let both = Pacing {
            digest: Some(Duration::from_hours(1)),
            ..quiet
        };
        assert_eq!(
            pace(&both, None, at("2026-11-20T20:30:00Z")),
            Release::At(morning, HeldBack::Digest)
        );

        let nothing = Pacing {
            digest: Some(Duration::ZERO),
            ..plain
        };
        assert_eq!(pace(&nothing, None, now), Release::Now);
        assert_eq!(HeldBack::Quiet.as_str(), "quiet_hours");
    }

    #[test]
    fn the_span_without_another_begins_when_the_last_one_is_told() {
        let rare = Pacing {
            at_most_every: Some(Duration::from_hours(6)),
            ..Pacing::default()
        };
        let throttled = Release::Never(HeldBack::Throttled);
        let night = Pacing {
            quiet_hours: Some(night()),
            ..rare.clone()
        };
        // The bell of 23:00 in Berlin is told at 07:00.
        let last = Some(at("2026-11-20T22:00:00Z"));
        for now in ["2026-11-21T04:30:00Z", "2026-11-21T11:59:59Z"] {
            assert_eq!(pace(&night, last, at(now)), throttled, "{now}");
        }
        let noon = at("2026-11-21T12:00:00Z");
        assert_eq!(pace(&night, last, noon), Release::Now);

        let gathered = Pacing {
            digest: Some(Duration::from_hours(1)),
            ..rare
        };
        let last = Some(at("2026-11-20T12:10:00Z"));
        let joined = Release::At(at("2026-11-20T13:00:00Z"), HeldBack::Digest);
        assert_eq!(pace(&gathered, last, at("2026-11-20T12:50:00Z")), joined);
        for (now, becomes) in [
            ("2026-11-20T17:59:59Z", throttled),
            (
                "2026-11-20T18:00:00Z",
                Release::At(at("2026-11-20T19:00:00Z"), HeldBack::Digest),
            ),
        ] {
            assert_eq!(pace(&gathered, last, at(now)), becomes, "{now}");
        }
    }
}
