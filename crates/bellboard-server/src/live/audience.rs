//! Who may still be told what. All streams of one credential share one audience; it looks at the credential and the
//! memberships again when something may have been taken away here, and every four seconds for what happened elsewhere.

use std::collections::{HashMap, HashSet};
use std::sync::{Arc, Mutex, PoisonError, RwLock, Weak};
use std::time::Duration;

use bellboard_core::id::EngagementId;
use bellboard_core::time::Timestamp;
use bellboard_hub::access::{self, Reach};
use bellboard_hub::call::Caller;
use bellboard_hub::fault::Fault;

use crate::app::App;

/// Revocation on another replica must be heeded within five seconds.
const TRUST: Duration = Duration::from_secs(4);

/// Every audience that has a stream.
#[derive(Default)]
pub struct Audiences(Mutex<HashMap<String, Weak<Audience>>>);

/// The streams of one credential.
pub struct Audience {
    secret: String,
    seen: RwLock<Arc<Seen>>,
    looking: tokio::sync::Mutex<()>,
}

/// What was found at one look.
pub struct Seen {
    /// The engagements whose hints may be carried; `None` when the credential is no longer good.
    pub engagements: Option<HashSet<EngagementId>>,
    at: Timestamp,
    generation: u64,
}

impl Audiences {
    /// The audience of this credential, which was just found good.
    pub async fn enter(
        &self,
        app: &App,
        secret: &str,
        caller: Caller,
    ) -> Result<Arc<Audience>, Fault> {
        if let Some(audience) = self.find(secret) {
            return Ok(audience);
        }
        let seen = look_for(app, Some(caller)).await?;
        let mut map = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        map.retain(|_, audience| audience.strong_count() > 0);
        let audience = Arc::new(Audience {
            secret: secret.to_owned(),
            seen: RwLock::new(Arc::new(seen)),
            looking: tokio::sync::Mutex::new(()),
        });
        map.insert(secret.to_owned(), Arc::downgrade(&audience));
        Ok(audience)
    }

    fn find(&self, secret: &str) -> Option<Arc<Audience>> {
        let map = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        map.get(secret)?.upgrade()
    }
}

impl Audience {
    /// What holds now; `None` when somebody must look first ([`Audience::look`]).
    pub fn trusted(&self, app: &App) -> Option<Arc<Seen>> {
        let seen = Arc::clone(&self.seen.read().unwrap_or_else(PoisonError::into_inner));
        let fresh = app.hub().now().saturating_since(seen.at) < TRUST;
        (fresh && seen.generation == app.live().generation()).then_some(seen)
    }

    /// Looks at the credential and its memberships again, once for all streams that ask at the same time.
    pub async fn look(&self, app: &App) -> Result<Arc<Seen>, Fault> {
        let _one_at_a_time = self.looking.lock().await;
        if let Some(seen) = self.trusted(app) {
            return Ok(seen);
        }
        let caller = bellboard_hub::session::authenticate(app.hub(), &self.secret).await?;
        let seen = Arc::new(look_for(app, caller).await?);
        *self.seen.write().unwrap_or_else(PoisonError::into_inner) = Arc::clone(&seen);
        Ok(seen)
    }
}

async fn look_for(app: &App, caller: Option<Caller>) -> Result<Seen, Fault> {
    // Read before the look: a change in between leads to one look more and never to one less.
    let (at, generation) = (app.hub().now(), app.live().generation());
    let engagements = match caller {
        Some(caller) => {
            let engagements = access::engagements_in(app.hub(), Reach::of_caller(&caller)).await?;
            Some(engagements.into_iter().collect())
        }
        None => None,
    };
    Ok(Seen {
        engagements,
        at,
        generation,
    })
}
