//! The hub's log: on stderr, for the operator. What people need to know is said elsewhere.

use std::io::{self, IsTerminal as _};

use tracing_subscriber::EnvFilter;

use crate::config::variable;

/// Without `BELLBOARD_LOG`: what needs the operator. The server's remark on missing TLS is no news on loopback.
const DEFAULT_FILTER: &str = "warn,bellboard_server::accept=error";

/// Starts the log: `BELLBOARD_LOG` filters it (`info,bellboard_hub=debug`), `BELLBOARD_LOG_FORMAT=json` makes it JSON.
pub fn start() {
    let filter = variable("BELLBOARD_LOG").unwrap_or_else(|| DEFAULT_FILTER.to_owned());
    let log = tracing_subscriber::fmt()
        .with_env_filter(EnvFilter::new(filter))
        .with_writer(io::stderr)
        .with_ansi(io::stderr().is_terminal());
    if variable("BELLBOARD_LOG_FORMAT").as_deref() == Some("json") {
        log.json().init();
    } else {
        log.init();
    }
}
