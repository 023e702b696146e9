//! What every handler of this server is given, and the settings that a deployment chooses.

use std::sync::Arc;

use bellboard_hub::Hub;

use crate::live::Live;

/// Choices of a deployment; the defaults fit one machine on loopback.
#[derive(Debug, Clone)]
pub struct Settings {
    /// The address that people type, such as `https://board.example.com`; with `https` the cookies are for TLS only.
    pub public_url: Option<String>,
    /// Further names under which the hub may be asked for, as `name` or `name:port`. Loopback names always pass.
    pub hosts: Vec<String>,
    /// Connections at once; one more is answered 503 and closed.
    pub max_connections: usize,
    /// Event streams at once; one more is answered 503.
    pub max_streams: usize,
    /// An event stream that is further behind than this many batches reads the table instead.
    pub kept_signals: usize,
}

impl Default for Settings {
    fn default() -> Self {
        Self {
            public_url: None,
            hosts: Vec::new(),
            max_connections: 25_000,
            max_streams: 20_000,
            kept_signals: 1_024,
        }
    }
}

/// The hub behind this server, its settings and its live streams. Cheap to clone; every clone is the same server.
#[derive(Clone)]
pub struct App(Arc<Inner>);

struct Inner {
    hub: Hub,
    settings: Settings,
    live: Live,
}

impl App {
    /// A server over this hub.
    pub fn new(hub: Hub, settings: Settings) -> Self {
        let live = Live::new(settings.max_streams, settings.kept_signals);
        Self(Arc::new(Inner {
            hub,
            settings,
            live,
        }))
    }

    /// The hub that is served.
    pub fn hub(&self) -> &Hub {
        &self.0.hub
    }

    /// The choices of this deployment.
    pub fn settings(&self) -> &Settings {
        &self.0.settings
    }

    /// The event streams that are open.
    pub fn live(&self) -> &Live {
        &self.0.live
    }

    /// Whether browsers reach the hub over TLS, so that cookies may be bound to it.
    pub fn behind_tls(&self) -> bool {
        let url = self.0.settings.public_url.as_deref();
        url.is_some_and(|url| url.starts_with("https://"))
    }
}
