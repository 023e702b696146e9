//! The rules of Bellboard: pure functions and types that carry facts.
//!
//! This crate has no I/O, no async, no clock, no randomness, no SQL and no HTTP: the same input gives the same answer.
//! Input is parsed, not validated: whoever holds a [`text::Bounded`] or a [`run::SummaryCounts`] need not check it again.

pub mod artifact;
pub mod ask;
pub mod content;
pub mod dashboard;
pub mod delivery;
pub mod id;
pub mod membership;
pub mod number;
pub mod page;
pub mod run;
pub mod text;
pub mod time;
mod vocabulary;
pub mod work;
