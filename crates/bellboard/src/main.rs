//! The binary: the hub's process and its command line, which speaks the public API only.

use std::process::ExitCode;

mod agents;
mod artifacts;
mod ask;
mod asks;
mod bells;
mod by_part;
mod cleanup;
mod cli;
mod client;
mod clock;
mod completions;
mod config;
mod counts;
mod dashboards;
mod deliveries;
mod demo;
mod doctor;
mod domains;
mod engagements;
mod log;
mod login_link;
mod mcp;
mod needs;
mod output;
mod progress;
mod redact;
mod register;
mod repos;
mod run;
mod runs;
mod session;
mod snapshot;
mod spool;
mod state;
mod status;
mod stop;
mod sync;
mod tasks;
mod token;
mod up;
mod watch;
mod when;
mod wire;
mod worker;
mod workstreams;

fn main() -> ExitCode {
    // One provider for every TLS connection of the process; a second install would be refused, and nobody tries.
    drop(rustls::crypto::ring::default_provider().install_default());
    cli::main()
}
