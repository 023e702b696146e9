//! What runs and agents make, and what people decide about it.

mod changes;

pub use changes::{Change, Changes, LINES_AT_MOST, Sign, changes};
