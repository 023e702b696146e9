//! The rules of Bellboard: pure functions and types that carry facts.
//!
//! This crate has no I/O, no async, no clock, no randomness, no SQL and no HTTP: the same input gives the same answer.
