//! The secrets of subscriptions: what signs a webhook's messages, and what the links in mails are made from. Both are
//! sealed with the hub's key, so that the database alone neither signs nor confirms anything.

use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use bellboard_core::delivery::WebhookSecret;
use bellboard_core::id::{EngagementId, SubscriptionId};
use bellboard_core::time::Timestamp;
use sha2::{Digest as _, Sha256};

use crate::Hub;
use crate::fault::{Fault, Outcome};
use crate::seal::{InputKey, Sealed};

/// What the links in the mails to a new address are made from.
pub(super) struct Seed {
    /// For the column `secret`.
    pub(super) sealed: Vec<u8>,
    /// For the column `confirm_hash`.
    pub(super) confirm_hash: [u8; 32],
    /// For the column `unsubscribe_hash`.
    pub(super) unsubscribe_hash: [u8; 32],
}

/// A fresh one.
pub(super) fn new_seed(
    hub: &Hub,
    engagement: EngagementId,
    subscription: SubscriptionId,
) -> Outcome<Seed> {
    let bytes = hub.world().secret_bytes();
    Ok(Seed {
        sealed: seal(hub, engagement, subscription, &bytes)?,
        confirm_hash: hash_of(&token(&bytes, Link::Confirm)),
        unsubscribe_hash: hash_of(&token(&bytes, Link::Unsubscribe)),
    })
}

/// A fresh secret of a webhook: its text, and the same sealed.
pub(super) fn new_webhook_secret(
    hub: &Hub,
    engagement: EngagementId,
    subscription: SubscriptionId,
) -> Outcome<(String, Vec<u8>)> {
    let bytes = hub.world().secret_bytes();
    let secret = WebhookSecret::from_bytes(&bytes).map_err(Fault::internal)?;
    let text = secret.reveal();
    let sealed = seal(hub, engagement, subscription, text.as_bytes())?;
    Ok((text, sealed))
}

fn key(hub: &Hub) -> Outcome<&InputKey> {
    hub.input_key().ok_or_else(|| {
        Fault::invalid(
            "subscriber_kind",
            "This hub has no key to keep secrets with: start it with --key-file. Personas can be told without one.",
        )
    })
}

fn seal(
    hub: &Hub,
    engagement: EngagementId,
    subscription: SubscriptionId,
    bytes: &[u8],
) -> Outcome<Vec<u8>> {
    let owner = [engagement.uuid(), subscription.uuid()];
    Ok(key(hub)?.seal(&owner, &hub.world().secret_bytes(), bytes))
}

fn open(
    hub: &Hub,
    engagement: EngagementId,
    subscription: SubscriptionId,
    sealed: &[u8],
) -> Result<Vec<u8>, Sealed> {
    let key = hub.input_key().ok_or(Sealed::OtherKey)?;
    key.open(&[engagement.uuid(), subscription.uuid()], sealed)
}

/// A subscription's secrets as they are stored.
#[derive(Debug, Clone, Default)]
pub(super) struct Kept {
    pub(super) secret: Option<Vec<u8>>,
    pub(super) former: Option<Vec<u8>>,
    pub(super) former_until: Option<Timestamp>,
}

/// The secrets that sign at this moment, the newest first; none when the hub's key does not open them.
pub(super) fn live(
    hub: &Hub,
    engagement: EngagementId,
    subscription: SubscriptionId,
    kept: &Kept,
    now: Timestamp,
) -> Vec<WebhookSecret> {
    let former = kept
        .former
        .as_ref()
        .filter(|_| kept.former_until.is_some_and(|until| now < until));
    kept.secret
        .iter()
        .chain(former)
        .filter_map(|sealed| open(hub, engagement, subscription, sealed).ok())
        .filter_map(|text| String::from_utf8(text).ok()?.parse().ok())
        .collect()
}

/// Which link of a mail.
#[derive(Debug, Clone, Copy)]
pub(super) enum Link {
    Confirm,
    Unsubscribe,
}

/// The token of a link in a mail; none when the hub's key does not open the seed.
pub(super) fn link_token(
    hub: &Hub,
    engagement: EngagementId,
    subscription: SubscriptionId,
    kept: &Kept,
    link: Link,
) -> Option<String> {
    let sealed = kept.secret.as_ref()?;
    let seed = open(hub, engagement, subscription, sealed).ok()?;
    Some(token(&seed, link))
}

/// The same on every mail, so that the link of an old one still works.
fn token(seed: &[u8], link: Link) -> String {
    let purpose = match link {
        Link::Confirm => "bellboard.mail.confirm",
        Link::Unsubscribe => "bellboard.mail.unsubscribe",
    };
    let mut hash = Sha256::new();
    hash.update(seed);
    hash.update(purpose);
    URL_SAFE_NO_PAD.encode(hash.finalize())
}

/// What is stored of a token.
fn hash_of(token: &str) -> [u8; 32] {
    Sha256::digest(token).into()
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeSet;

    use super::*;

    #[test]
    fn the_links_of_a_mail_differ_and_stay_the_same() {
        let mut tokens = BTreeSet::new();
        for seed in [[1; 32], [2; 32]] {
            for link in [Link::Confirm, Link::Unsubscribe] {
                assert_eq!(token(&seed, link), token(&seed, link));
                tokens.insert(token(&seed, link));
            }
        }
        assert_eq!(tokens.len(), 4);
        for one in &tokens {
            assert_eq!(one.len(), 43);
            let is_plain = |c: char| c.is_ascii_alphanumeric() || c == '-' || c == '_';
            assert!(one.chars().all(is_plain), "{one} needs no escaping");
        }
    }

    #[test]
    fn what_is_stored_of_a_token_is_not_the_token() {
        let one = token(&[1; 32], Link::Confirm);
        let other = token(&[1; 32], Link::Unsubscribe);
        assert_eq!(hash_of(&one), hash_of(&one));
        assert_ne!(hash_of(&one), hash_of(&other));
        assert!(!hash_of(&one).starts_with(one.as_bytes().get(..8).unwrap_or_default()));
    }
}
