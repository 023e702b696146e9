//! Kills the hub in the middle of the load: after a number of acknowledgements, and then a moment more, while the other
//! reporters wait for answers.

use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::mpsc::{Receiver, SyncSender, sync_channel};
use std::thread::{self, JoinHandle};
use std::time::Duration;

use rustix::process::Signal;

use crate::place::{Hub, signal};

/// Counts acknowledgements down.
pub struct Fuse {
    left: AtomicU64,
    burnt: SyncSender<()>,
}

impl Fuse {
    fn new(length: u64) -> (Arc<Self>, Receiver<()>) {
        let (burnt, is_burnt) = sync_channel(1);
        let left = AtomicU64::new(length);
        (Arc::new(Self { left, burnt }), is_burnt)
    }

    /// A fuse that leads nowhere.
    pub fn harmless() -> Arc<Self> {
        Self::new(u64::MAX).0
    }

    /// Kills the hub with SIGKILL when the fuse has burnt down. The thread answers whether it came to that.
    pub fn light(hub: &Hub, length: u64, moment: Duration) -> (Arc<Self>, JoinHandle<bool>) {
        let (fuse, is_burnt) = Self::new(length);
        let process = hub.process_id();
        let killer = thread::spawn(move || {
            let burnt = is_burnt.recv().is_ok();
            if burnt {
                thread::park_timeout(moment);
                signal(process, Signal::KILL);
            }
            burnt
        });
        (fuse, killer)
    }

    /// One acknowledgement more.
    pub fn burn(&self) {
        if self.left.fetch_sub(1, Ordering::Relaxed) == 1 {
            // The killer takes one word and goes; there is nothing to tell it twice.
            let _told = self.burnt.try_send(());
        }
    }
}
