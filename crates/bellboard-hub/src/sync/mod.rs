//! Sync: planned work is read from the files of a repository into the hub, and never the other way round unless asked.
//!
//! The hub itself never opens a path that a caller names: the command line reads a working tree and posts what it found.

pub mod checkout;
