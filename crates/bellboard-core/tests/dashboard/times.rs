//! When snapshots are due, and when bells are heard.

use std::time::Duration;

use bellboard_core::dashboard::{MISSED_AT_MOST, SnapshotPolicy};
use bellboard_core::delivery::{HeldBack, Pacing, QuietHours, Release, pace};
use bellboard_core::time::Timestamp;
use jiff::tz::TimeZone;
use proptest::prelude::*;

const MINUTE: i64 = 60_000_000;

/// Some time in the years that matter.
fn times() -> impl Strategy<Value = Timestamp> {
    (1_600_000_000_000_000_i64..2_000_000_000_000_000).prop_map(Timestamp::from_micros)
}

fn every(minutes: i64) -> SnapshotPolicy {
    format!("every:{minutes}m").parse().expect("it is a policy")
}

fn hours(from: u32, to: u32) -> QuietHours {
    let (from, to) = (format!("{from:02}:00"), format!("{to:02}:30"));
    QuietHours::parse(&from, &to, TimeZone::UTC).expect("they are hours")
}

proptest! {
    #[test]
    fn the_next_due_time_is_the_next_multiple(now in times(), minutes in 1_i64..2_000) {
        let next = every(minutes).next_due(now, &TimeZone::UTC).unwrap();
        prop_assert!(next > now);
        prop_assert_eq!(next.micros() % (minutes * MINUTE), 0);
        prop_assert!(next.micros() - now.micros() <= minutes * MINUTE);
    }

    #[test]
    fn hourly_is_every_sixty_minutes(now in times()) {
        let hourly: SnapshotPolicy = "hourly".parse().unwrap();
        prop_assert_eq!(hourly.next_due(now, &TimeZone::UTC), every(60).next_due(now, &TimeZone::UTC));
    }

    #[test]
    fn due_times_come_once_each_in_order(now in times(), minutes in 1_i64..90, away in 0_i64..3_000) {
        let last = Timestamp::from_micros(now.micros() - away * MINUTE);
        let due = every(minutes).due_between(last, now, &TimeZone::UTC);
        let span = minutes * MINUTE;
        let all = now.micros().div_euclid(span) - last.micros().div_euclid(span);
        prop_assert_eq!(due.len(), usize::try_from(all).unwrap().min(MISSED_AT_MOST));
        prop_assert!(due.iter().all(|at| last < *at && *at <= now));
        for pair in due.windows(2) {
            prop_assert_eq!(pair[1].micros() - pair[0].micros(), span);
        }
    }

    #[test]
    fn a_policy_comes_back_from_its_words(minutes in 1_i64..40_000) {
        let policy = every(minutes);
        prop_assert_eq!(policy.to_string().parse::<SnapshotPolicy>(), Ok(policy));
    }

    #[test]
    fn quiet_hours_end_when_they_are_over(now in times(), from in 0_u32..24, to in 0_u32..24) {
        let hours = hours(from, to);
        if let Some(end) = hours.end_after(now) {
            prop_assert!(end > now);
            prop_assert!(end.micros() - now.micros() <= 24 * 60 * MINUTE);
            prop_assert_eq!(hours.end_after(end), None);
        }
    }

    #[test]
    fn a_muted_bell_is_never_heard_and_is_heard_after_it(now in times(), minutes in 1_i64..1_000) {
        let until = Timestamp::from_micros(now.micros() + minutes * MINUTE);
        let muted = Pacing { muted_until: Some(until), ..Pacing::default() };
        prop_assert_eq!(pace(&muted, None, now), Release::Never(HeldBack::Muted));
        prop_assert_eq!(pace(&muted, None, until), Release::Now);
    }

    #[test]
    fn a_seldom_bell_is_heard_again_when_the_span_is_over(now in times(), every in 1_u64..1_000, ago in 0_i64..1_000) {
        let last = Timestamp::from_micros(now.micros() - ago * MINUTE);
        let seldom = Pacing { at_most_every: Some(Duration::from_mins(every)), ..Pacing::default() };
        let heard = pace(&seldom, Some(last), now) == Release::Now;
        prop_assert_eq!(heard, u64::try_from(ago).unwrap() >= every);
    }

    #[test]
    fn what_is_held_back_is_told_later_and_not_in_quiet_hours(
        now in times(), from in 0_u32..24, to in 0_u32..24, gathered in prop::option::of(1_u64..600),
    ) {
        let pacing = Pacing {
            quiet_hours: Some(hours(from, to)),
            digest: gathered.map(Duration::from_mins),
            ..Pacing::default()
        };
        match pace(&pacing, None, now) {
            Release::Now => {
                prop_assert_eq!(gathered, None);
                prop_assert_eq!(hours(from, to).end_after(now), None);
            }
            Release::At(at, why) => {
                prop_assert!(at > now);
                prop_assert_eq!(hours(from, to).end_after(at), None);
                prop_assert_eq!(why == HeldBack::Digest, gathered.is_some());
            }
            Release::Never(why) => prop_assert!(false, "{}", why.as_str()),
        }
    }
}
