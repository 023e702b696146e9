//! The command line as people use it: the real binary, a real hub on SQLite in a folder of its own, real commands.

mod ask;
mod chance;
mod client;
mod content;
mod contract;
mod database;
mod demo;
mod ends;
mod host_loss;
mod house;
mod kill;
mod look;
mod mcp;
mod place;
mod progress;
mod replicas;
mod runs;
mod signals;
mod spool;
mod terminal;
mod truth;
mod up;
mod waiting;
mod words;
mod worker;
mod wrap;
