//! The edge of the process: the machine's clock and fresh ids, read in this file and nowhere else in the binary.

use std::time::Instant;

use bellboard_core::time::Timestamp;
use bellboard_hub::world::{RealWorld, World as _};
use uuid::Uuid;

/// The present moment, UTC.
pub fn now() -> Timestamp {
    RealWorld.now()
}

/// A point on the clock that never jumps, for durations.
#[expect(
    clippy::disallowed_methods,
    reason = "the binary's one place that reads the machine's clock"
)]
pub fn steady() -> Instant {
    Instant::now()
}

/// A fresh UUIDv7.
pub fn new_id() -> Uuid {
    RealWorld.new_id()
}
