//! The outside world as the hub sees it: the time and fresh identities are handed in, so that a test owns its clock
//! and nothing in the hub reads a global one.

use std::sync::Arc;
use std::sync::atomic::{AtomicI64, Ordering};

use bellboard_core::time::Timestamp;
use uuid::Uuid;

/// Tells the time and makes ids and secrets. One per hub.
pub trait World: Send + Sync {
    /// The present moment, UTC, in microseconds.
    fn now(&self) -> Timestamp;

    /// A fresh UUIDv7 whose time part is the present moment.
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
        id_at(self.now(), &self.secret_bytes())
    }

    fn secret_bytes(&self) -> [u8; 32] {
        random_bytes()
    }
}

/// A world for tests: its clock stands still until it is moved.
#[derive(Debug)]
pub struct FixedWorld(AtomicI64);

impl FixedWorld {
    /// A world whose clock shows this moment.
    pub fn at(now: Timestamp) -> Arc<Self> {
        Arc::new(Self(AtomicI64::new(now.micros())))
    }

    /// Moves the clock forward.
    pub fn advance(&self, by: std::time::Duration) {
        let micros = i64::try_from(by.as_micros()).unwrap_or(i64::MAX);
        self.0.fetch_add(micros, Ordering::SeqCst);
    }
}

impl World for FixedWorld {
    fn now(&self) -> Timestamp {
        Timestamp::from_micros(self.0.load(Ordering::SeqCst))
    }

    fn new_id(&self) -> Uuid {
        id_at(self.now(), &random_bytes())
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

/// A UUIDv7 (RFC 9562) of this moment: 48 bits of milliseconds, the rest from `random`.
fn id_at(now: Timestamp, random: &[u8; 32]) -> Uuid {
    let millis = u64::try_from(now.micros() / 1_000).unwrap_or(0);
    let mut tail = [0; 10];
    tail.copy_from_slice(&random[..10]);
    uuid::Builder::from_unix_timestamp_millis(millis, &tail).into_uuid()
}
