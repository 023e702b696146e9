//! What every handler of this server is given, and the settings that a deployment chooses.

use std::sync::Arc;

use bellboard_hub::Hub;
use bellboard_hub::verbs::Verb;
use tokio::sync::{Semaphore, SemaphorePermit};

use crate::live::Live;
use crate::request::Limits;

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

/// How many MiB of bodies with the files of repositories are held at once; one more waits for its turn.
const LARGE_BODIES: usize = 128;

const MIB: u64 = 1024 * 1024;

/// The hub behind this server, its settings and its live streams. Cheap to clone; every clone is the same server.
#[derive(Clone)]
pub struct App(Arc<Inner>);

struct Inner {
    hub: Hub,
    settings: Settings,
    live: Live,
    large_bodies: Semaphore,
}

impl App {
    /// A server over this hub.
    pub fn new(hub: Hub, settings: Settings) -> Self {
        let live = Live::new(settings.max_streams, settings.kept_signals);
        Self(Arc::new(Inner {
            hub,
            settings,
            live,
            large_bodies: Semaphore::new(LARGE_BODIES),
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

    /// Room for a body of so many bytes at most, to be held until it is answered. Only those of verbs that take files need
    /// any, and those that do not say how long they are need the most.
    pub async fn room_for(&self, verb: &Verb, bytes: Option<u64>) -> Option<SemaphorePermit<'_>> {
        if !verb.takes_files() {
            return None;
        }
        let most = Limits::of(verb).body as u64;
        let bytes = bytes.unwrap_or(most).min(most);
        let mib = u32::try_from(bytes.div_ceil(MIB)).unwrap_or(u32::MAX);
        // Nobody closes it, so there always comes a turn.
        self.0.large_bodies.acquire_many(mib.max(1)).await.ok()
    }

    /// Whether browsers reach the hub over TLS, so that cookies may be bound to it.
    pub fn behind_tls(&self) -> bool {
        let url = self.0.settings.public_url.as_deref();
        url.is_some_and(|url| url.starts_with("https://"))
    }
}
