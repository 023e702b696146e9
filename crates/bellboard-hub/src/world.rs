//! The outside world as the hub sees it: the time and fresh identities are handed in, so that a test owns its clock
//! and nothing in the hub reads a global one.

use std::sync::Arc;
use std::sync::atomic::{AtomicI64, AtomicU64, Ordering};

use bellboard_core::time::Timestamp;
use uuid::Uuid;

/// Tells the time and makes ids and secrets. One per hub.
pub trait World: Send + Sync {
    /// The present moment, UTC, in microseconds.
    fn now(&self) -> Timestamp;

    /// A fresh UUIDv7 of the present moment, greater than every one that this world made before: lists tell entries of
    /// the same time apart by their ids.
    fn new_id(&self) -> Uuid;

    /// Thirty-two unpredictable bytes for a secret.
    fn secret_bytes(&self) -> [u8; 32];
}

/// The world of a running hub: the machine's clock and its source of randomness.
#[derive(Debug, Default)]
pub struct RealWorld;

impl World for RealWorld {
    fn now(&self) -> Timestamp {
        #[expect(
            clippy::disallowed_methods,
            reason = "the one place that reads the machine's clock"
        )]
        let now = std::time::SystemTime::now();
        let since = now
            .duration_since(std::time::UNIX_EPOCH)
            .unwrap_or(std::time::Duration::ZERO);
        Timestamp::from_micros(i64::try_from(since.as_micros()).unwrap_or(i64::MAX))
    }

    fn new_id(&self) -> Uuid {
        static LAST: AtomicU64 = AtomicU64::new(0);
        id_after(&LAST, self.now(), &self.secret_bytes())
    }

    fn secret_bytes(&self) -> [u8; 32] {
        random_bytes()
    }
}

/// A world for tests: its clock stands still until it is moved.
#[derive(Debug)]
pub struct FixedWorld {
    micros: AtomicI64,
    last_id: AtomicU64,
}

impl FixedWorld {
    /// A world whose clock shows this moment.
    pub fn at(now: Timestamp) -> Arc<Self> {
        Arc::new(Self {
            micros: AtomicI64::new(now.micros()),
            last_id: AtomicU64::new(0),
        })
    }

    /// Moves the clock forward.
    pub fn advance(&self, by: std::time::Duration) {
        let micros = i64::try_from(by.as_micros()).unwrap_or(i64::MAX);
        self.micros.fetch_add(micros, Ordering::SeqCst);
    }
}

impl World for FixedWorld {
    fn now(&self) -> Timestamp {
        Timestamp::from_micros(self.micros.load(Ordering::SeqCst))
    }

    fn new_id(&self) -> Uuid {
        id_after(&self.last_id, self.now(), &random_bytes())
    }

    fn secret_bytes(&self) -> [u8; 32] {
        random_bytes()
    }
}

fn random_bytes() -> [u8; 32] {
    let mut bytes = [0; 32];
    #[expect(
        clippy::disallowed_methods,
        reason = "the one place that asks the machine for randomness"
    )]
    getrandom::fill(&mut bytes).expect("the operating system gives randomness, or nothing is safe");
    bytes
}

/// A UUIDv7 (RFC 9562): 48 bits of milliseconds, 12 bits of their fraction (its section 6.2, method 3), the rest from
/// `random`. Time and fraction are one number that only rises; ids made within a quarter of a microsecond count on.
fn id_after(last: &AtomicU64, now: Timestamp, random: &[u8; 32]) -> Uuid {
    let micros = u64::try_from(now.micros()).unwrap_or(0);
    let moment = ((micros / 1_000) << 12) | ((micros % 1_000) * 4_096 / 1_000);
    let before = last
        .fetch_update(Ordering::Relaxed, Ordering::Relaxed, |last| {
            Some(moment.max(last + 1))
        })
        .unwrap_or(moment);
    let moment = moment.max(before + 1);
    let mut tail = [0; 10];
    tail.copy_from_slice(&random[..10]);
    let [.., high, low] = moment.to_be_bytes();
    tail[0] = high & 0x0f;
    tail[1] = low;
    uuid::Builder::from_unix_timestamp_millis(moment >> 12, &tail).into_uuid()
}

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use super::*;

    #[test]
    fn ids_rise_while_the_clock_stands_moves_and_falls_back() {
        let world = FixedWorld::at(Timestamp::from_micros(1_795_196_400_000_123));
        let mut last = world.new_id();
        assert_eq!(last.get_version_num(), 7);
        for round in 0..10_000_u64 {
            match round % 1_000 {
                0 => world.advance(Duration::from_micros(1)),
                500 => {
                    world.micros.fetch_sub(700, Ordering::SeqCst);
                }
                _ => {}
            }
            let next = world.new_id();
            assert!(next > last, "{next} after {last}");
            last = next;
        }
        let (seconds, _) = last.get_timestamp().unwrap().to_unix();
        assert_eq!(seconds, 1_795_196_400);
    }
}
