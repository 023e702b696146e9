//! Since when whoever reports could be heard: silence before that is the hub's own.

use std::time::Duration;

use bellboard_core::time::Timestamp;

/// A look that comes later than planned by more than this was held up by the machine, or the clock has jumped.
const TOLERANCE: Duration = Duration::from_secs(30);

/// Since when the hub listens without a break.
#[derive(Debug, Clone, Copy)]
pub(super) struct Hearing {
    since: Timestamp,
    looked_at: Timestamp,
}

impl Hearing {
    /// The hub listens from now on.
    pub(super) fn from(now: Timestamp) -> Self {
        Self {
            since: now,
            looked_at: now,
        }
    }

    /// A look after a planned pause. A machine that slept and a clock that was set forward begin anew: their jump is
    /// nobody's silence.
    pub(super) fn since(&mut self, now: Timestamp, pause: Duration) -> Timestamp {
        if now.saturating_since(self.looked_at) > pause + TOLERANCE {
            self.since = now;
        }
        self.looked_at = now;
        self.since
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const PAUSE: Duration = Duration::from_secs(5);

    #[test]
    fn a_clock_that_jumps_forward_is_nobodys_silence() {
        let start = Timestamp::from_micros(1_000_000_000);
        let mut hearing = Hearing::from(start);
        let next = start + PAUSE;
        assert_eq!(hearing.since(next, PAUSE), start, "on time");
        let slow = next + PAUSE + TOLERANCE;
        assert_eq!(hearing.since(slow, PAUSE), start, "a busy machine");
        let jumped = slow + Duration::from_hours(1);
        assert_eq!(hearing.since(jumped, PAUSE), jumped);
        assert_eq!(hearing.since(jumped + PAUSE, PAUSE), jumped);
        let back = jumped - Duration::from_hours(2);
        assert_eq!(
            hearing.since(back, PAUSE),
            jumped,
            "backwards ends nothing early"
        );
        assert_eq!(hearing.since(back + PAUSE, PAUSE), jumped);
    }
}
