//! Runs from their start to what follows from their end.

mod acknowledge;
mod authority;
mod cancel;
pub mod claim;
mod claim_inputs;
mod expiry;
mod finish;
mod listing;
mod lost;
mod rare;
mod report;
mod silent;
mod start;
mod twice;
mod verify;
mod watch;
mod words;
