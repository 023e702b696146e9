//! Runs from their start to what follows from their end.

mod acknowledge;
mod authority;
mod cancel;
mod claim;
mod claim_inputs;
mod expiry;
mod finish;
mod listing;
mod lost;
mod report;
mod start;
mod verify;
mod watch;
mod words;
