//! The hub itself: a database, the outside world and the live feed, shared by every call and loop.

use std::sync::Arc;

use bellboard_core::time::Timestamp;

use crate::call::{Call, Caller};
use crate::content::Contents;
use crate::db::Db;
use crate::delivery::Tries;
use crate::event::Feed;
use crate::fault::{Fault, Outcome};
use crate::outgoing::Outgoing;
use crate::seal::InputKey;
use crate::verbs::Verb;
use crate::world::World;

/// Cheap to clone; every clone is the same hub.
#[derive(Clone)]
pub struct Hub(Arc<Inner>);

struct Inner {
    db: Db,
    world: Arc<dyn World>,
    feed: Feed,
    tries: Tries,
    keeps: Keeps,
}

/// What a hub is given beside its database to keep things and to reach others; what is absent, it refuses to do.
#[derive(Debug, Default)]
pub struct Keeps {
    /// Seals the inputs of offered runs.
    pub input_key: Option<InputKey>,
    /// Where the content of artifacts lies.
    pub contents: Option<Contents>,
    /// The ways out to other machines.
    pub outgoing: Option<Outgoing>,
    /// The address that people type, without a slash at its end: links in messages begin with it.
    pub public_url: Option<String>,
}

impl Hub {
    /// A hub over a database whose schema is current ([`Db::migrate`]). It keeps no inputs of runs and no content.
    pub fn new(db: Db, world: Arc<dyn World>) -> Self {
        Self::with(db, world, Keeps::default())
    }

    /// The same with what it keeps outside of the database.
    pub fn with(db: Db, world: Arc<dyn World>, keeps: Keeps) -> Self {
        Self(Arc::new(Inner {
            tries: Tries::over(db.engine()),
            db,
            world,
            feed: Feed::default(),
            keeps,
        }))
    }

    /// The same with the key that seals the inputs of offered runs.
    pub fn with_input_key(db: Db, world: Arc<dyn World>, input_key: Option<InputKey>) -> Self {
        let keeps = Keeps {
            input_key,
            ..Keeps::default()
        };
        Self::with(db, world, keeps)
    }

    /// What seals the inputs of offered runs.
    pub(crate) fn input_key(&self) -> Option<&InputKey> {
        self.0.keeps.input_key.as_ref()
    }

    /// Where the content of artifacts lies.
    pub fn contents(&self) -> Outcome<&Contents> {
        self.0.keeps.contents.as_ref().ok_or_else(|| {
            Fault::unavailable(
                "content_unavailable",
                "This hub was started without a place for content. Start it with --content.",
            )
        })
    }

    /// The ways out to other machines; without any, nothing leaves the hub.
    pub fn outgoing(&self) -> Option<&Outgoing> {
        self.0.keeps.outgoing.as_ref()
    }

    /// What links in messages begin with.
    pub fn public_url(&self) -> &str {
        self.0.keeps.public_url.as_deref().unwrap_or_default()
    }

    /// The database; statements live in `store.rs` files only.
    pub fn db(&self) -> &Db {
        &self.0.db
    }

    /// The clock and the source of ids.
    pub fn world(&self) -> &dyn World {
        self.0.world.as_ref()
    }

    /// The live feed of hints.
    pub fn feed(&self) -> &Feed {
        &self.0.feed
    }

    /// How the loop that sends is woken.
    pub(crate) fn tries(&self) -> &Tries {
        &self.0.tries
    }

    /// The present moment, from the hub's own clock.
    pub fn now(&self) -> Timestamp {
        self.0.world.now()
    }

    /// One call of one verb at the present moment.
    pub fn call(&self, caller: Option<Caller>, verb: &'static Verb) -> Call {
        Call {
            hub: self.clone(),
            caller,
            verb,
            now: self.now(),
            keyed: None,
        }
    }
}
