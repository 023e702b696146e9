//! Runs from their start to what follows from their end.

mod acknowledge;
mod finish;
mod listing;
mod report;
mod start;
