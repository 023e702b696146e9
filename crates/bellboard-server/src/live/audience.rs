//! Who may still be told what. All streams of one credential share one audience. It looks at the credential and the
//! memberships again when something may have been taken away here, and every four seconds for what happened elsewhere.

use std::collections::{HashMap, HashSet};
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex, PoisonError, RwLock, Weak};
use std::time::Duration;

use bellboard_core::id::EngagementId;
use bellboard_core::time::Timestamp;
use bellboard_hub::access::{self, Reach};
use bellboard_hub::call::Credential;
use bellboard_hub::fault::Fault;
use bellboard_hub::session;

use crate::app::App;

/// Revocation on another replica must be heeded within five seconds.
const TRUST: Duration = Duration::from_secs(4);
/// Fewer audiences than this are never worth a search for those without a stream.
const FEW: usize = 64;

/// Every audience that has a stream.
#[derive(Default)]
pub struct Audiences(Mutex<Register>);

#[derive(Default)]
struct Register {
    by_secret: HashMap<String, Weak<Audience>>,
    /// How many entries there were after the last search for those without a stream.
    kept: usize,
}

/// The streams of one credential.
pub struct Audience {
    secret: String,
    credential: Credential,
    seen: RwLock<Option<Arc<Seen>>>,
    doubted: AtomicBool,
    looking: tokio::sync::Mutex<()>,
}

/// What was found at one look.
pub struct Seen {
    /// The engagements whose hints may be carried; `None` when the credential is no longer good.
    pub engagements: Option<HashSet<EngagementId>>,
    at: Timestamp,
}

impl Audiences {
    /// The audience of this credential. A new one has seen nothing yet: its first stream looks.
    pub fn enter(&self, secret: &str, credential: &Credential) -> Arc<Audience> {
        let mut register = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some(audience) = register.by_secret.get(secret).and_then(Weak::upgrade) {
            return audience;
        }
        if register.by_secret.len() >= FEW.max(2 * register.kept) {
            register
                .by_secret
                .retain(|_, audience| audience.strong_count() > 0);
            register.kept = register.by_secret.len();
        }
        let audience = Arc::new(Audience {
            secret: secret.to_owned(),
            credential: credential.clone(),
            seen: RwLock::new(None),
            doubted: AtomicBool::new(false),
            looking: tokio::sync::Mutex::new(()),
        });
        let entry = Arc::downgrade(&audience);
        register.by_secret.insert(secret.to_owned(), entry);
        audience
    }

    /// Those for whom this holds look again before they carry anything more.
    pub fn doubt(&self, concerns: impl Fn(&Audience) -> bool) {
        let register = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        let concerned = register
            .by_secret
            .values()
            .filter_map(Weak::upgrade)
            .filter(|audience| concerns(audience));
        for audience in concerned {
            audience.doubted.store(true, Ordering::SeqCst);
        }
    }
}

impl Audience {
    /// Whether this is how they proved who they are.
    pub fn is_by_secret(&self, secret: &str) -> bool {
        self.secret == secret
    }

    /// Whether they came with the token of this id.
    pub fn is_by_token(&self, token: &str) -> bool {
        matches!(&self.credential, Credential::Token { id, .. } if id.to_string() == token)
    }

    fn last_seen(&self) -> Option<Arc<Seen>> {
        self.seen
            .read()
            .unwrap_or_else(PoisonError::into_inner)
            .clone()
    }

    /// What holds now, or what held a moment ago and nobody doubts.
    pub async fn seen(&self, app: &App) -> Result<Arc<Seen>, Fault> {
        match self.trusted(app) {
            Some(seen) => Ok(seen),
            // Boxed, so that the thousands of streams that need no look stay small.
            None => Box::pin(self.look(app)).await,
        }
    }

    fn trusted(&self, app: &App) -> Option<Arc<Seen>> {
        let seen = self.last_seen()?;
        let fresh = app.hub().now().saturating_since(seen.at) < TRUST;
        (fresh && !self.doubted.load(Ordering::SeqCst)).then_some(seen)
    }

    /// Looks at the credential and its memberships, once for all streams that ask at the same time.
    async fn look(&self, app: &App) -> Result<Arc<Seen>, Fault> {
        let _one_at_a_time = self.looking.lock().await;
        if let Some(seen) = self.trusted(app) {
            return Ok(seen);
        }
        // Both before the look: a doubt or a change in between leads to one look more and never to one less.
        self.doubted.store(false, Ordering::SeqCst);
        let at = app.hub().now();
        let found = self.find(app).await;
        if found.is_err() {
            self.doubted.store(true, Ordering::SeqCst);
        }
        let seen = Arc::new(Seen {
            engagements: found?,
            at,
        });
        *self.seen.write().unwrap_or_else(PoisonError::into_inner) = Some(Arc::clone(&seen));
        Ok(seen)
    }

    async fn find(&self, app: &App) -> Result<Option<HashSet<EngagementId>>, Fault> {
        let Some(caller) = session::recognise(app.hub(), &self.secret).await? else {
            return Ok(None);
        };
        let engagements = access::engagements_in(app.hub(), Reach::of_caller(&caller)).await?;
        Ok(Some(engagements.into_iter().collect()))
    }
}
