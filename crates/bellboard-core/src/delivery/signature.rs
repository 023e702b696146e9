//! Signatures of webhooks by the Standard Webhooks rules, version 1: HMAC-SHA256 over `id.timestamp.body`, so that the
//! libraries which receivers have already verify them. While a secret is rotated both live ones sign.

use std::fmt;
use std::str::FromStr;
use std::time::Duration;

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use hmac::{Hmac, KeyInit as _, Mac as _};
use sha2::Sha256;

use crate::time::Timestamp;

/// What every secret begins with.
const PREFIX: &str = "whsec_";
/// What stands before each signature.
const VERSION: &str = "v1,";
/// Bytes of a secret.
const BYTES: std::ops::RangeInclusive<usize> = 24..=64;
/// How far the receiver's clock may be from ours.
const TOLERANCE: Duration = Duration::from_mins(5);

/// The secret that a webhook's receiver shares with us: 24 to 64 bytes, written `whsec_` and base64.
#[derive(Clone, PartialEq, Eq)]
pub struct WebhookSecret(Vec<u8>);

/// Why a text is no secret. It never repeats the text.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("must be whsec_ and 24 to 64 bytes in base64")]
pub struct SecretFault;

/// Why a message is not taken for one of ours.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum NotSigned {
    /// No signature is right.
    #[error("no signature of the message is right")]
    Wrong,
    /// Older or newer than five minutes.
    #[error("the message is older or newer than five minutes")]
    OutOfTime,
}

impl WebhookSecret {
    /// A secret of these bytes.
    pub fn from_bytes(bytes: &[u8]) -> Result<Self, SecretFault> {
        if BYTES.contains(&bytes.len()) {
            Ok(Self(bytes.to_vec()))
        } else {
            Err(SecretFault)
        }
    }

    /// The text that is shown once.
    pub fn reveal(&self) -> String {
        format!("{PREFIX}{}", STANDARD.encode(&self.0))
    }

    /// The bytes, for the store's seal.
    pub fn as_bytes(&self) -> &[u8] {
        &self.0
    }

    fn mac(&self, id: &str, seconds: i64, body: &[u8]) -> Hmac<Sha256> {
        let mut mac =
            Hmac::<Sha256>::new_from_slice(&self.0).expect("HMAC takes keys of any length");
        mac.update(format!("{id}.{seconds}.").as_bytes());
        mac.update(body);
        mac
    }
}

impl fmt::Debug for WebhookSecret {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("WebhookSecret(hidden)")
    }
}

impl FromStr for WebhookSecret {
    type Err = SecretFault;

    fn from_str(text: &str) -> Result<Self, SecretFault> {
        let encoded = text.strip_prefix(PREFIX).ok_or(SecretFault)?;
        let bytes = STANDARD.decode(encoded).map_err(|_| SecretFault)?;
        Self::from_bytes(&bytes)
    }
}

/// The three headers of a signed message.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Signature {
    /// `webhook-id`: the same on every try.
    pub id: String,
    /// `webhook-timestamp`: seconds since 1970, of this try.
    pub timestamp: String,
    /// `webhook-signature`: one signature for each live secret.
    pub signature: String,
}

/// Signs a message with every live secret, the newest first. The id is ours, and holds no dot.
pub fn sign(secrets: &[WebhookSecret], id: &str, now: Timestamp, body: &[u8]) -> Signature {
    let seconds = now.micros().div_euclid(1_000_000);
    let signatures = secrets.iter().map(|secret| {
        let bytes = secret.mac(id, seconds, body).finalize().into_bytes();
        format!("{VERSION}{}", STANDARD.encode(bytes))
    });
    Signature {
        id: id.to_owned(),
        timestamp: seconds.to_string(),
        signature: signatures.collect::<Vec<_>>().join(" "),
    }
}

/// What a receiver does: takes a message when one of its signatures is right for the secret, compared in constant time.
pub fn verify(
    secret: &WebhookSecret,
    signed: &Signature,
    now: Timestamp,
    body: &[u8],
) -> Result<(), NotSigned> {
    let seconds: i64 = signed.timestamp.parse().map_err(|_| NotSigned::Wrong)?;
    let sent = Timestamp::from_micros(seconds.saturating_mul(1_000_000));
    if sent.saturating_since(now).max(now.saturating_since(sent)) > TOLERANCE {
        return Err(NotSigned::OutOfTime);
    }
    let is_right = |signature: &str| {
        let bytes = signature
            .strip_prefix(VERSION)
            .and_then(|text| STANDARD.decode(text).ok());
        bytes.is_some_and(|bytes| {
            secret
                .mac(&signed.id, seconds, body)
                .verify_slice(&bytes)
                .is_ok()
        })
    };
    if signed.signature.split(' ').any(is_right) {
        Ok(())
    } else {
        Err(NotSigned::Wrong)
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn now() -> Timestamp {
        Timestamp::from_micros(1_614_265_330_000_000)
    }

    fn secret(byte: u8) -> WebhookSecret {
        WebhookSecret::from_bytes(&[byte; 24]).unwrap()
    }

    /// The example of the Standard Webhooks libraries, computed by them.
    #[test]
    fn a_third_party_verifies_the_signature() {
        let secret: WebhookSecret = "whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw".parse().unwrap();
        let signed = sign(
            std::slice::from_ref(&secret),
            "msg_p5jXN8AQM9LWM0D4loKWxJek",
            now(),
            br#"{"test": 2432232314}"#,
        );
        assert_eq!(signed.timestamp, "1614265330");
        assert_eq!(
            signed.signature,
            "v1,g0hM9SsE+OTPJTGt/tmIKtSyZlE3uFJELVlNIOLJ1OE="
        );
        assert_eq!(secret.reveal(), "whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw");
    }

    #[test]
    fn both_secrets_are_live_during_a_rotation() {
        let (old, new) = (secret(1), secret(2));
        let signed = sign(&[new.clone(), old.clone()], "msg_1", now(), b"{}");
        assert_eq!(verify(&old, &signed, now(), b"{}"), Ok(()));
        assert_eq!(verify(&new, &signed, now(), b"{}"), Ok(()));
        assert_eq!(
            verify(&secret(3), &signed, now(), b"{}"),
            Err(NotSigned::Wrong)
        );
        let alone = sign(std::slice::from_ref(&new), "msg_1", now(), b"{}");
        assert_eq!(verify(&old, &alone, now(), b"{}"), Err(NotSigned::Wrong));
    }

    #[test]
    fn an_old_message_is_refused() {
        let signed = sign(&[secret(1)], "msg_1", now(), b"{}");
        let later = |seconds| now() + Duration::from_secs(seconds);
        assert_eq!(verify(&secret(1), &signed, later(300), b"{}"), Ok(()));
        assert_eq!(
            verify(&secret(1), &signed, later(301), b"{}"),
            Err(NotSigned::OutOfTime)
        );
        assert_eq!(
            verify(&secret(1), &signed, now() - Duration::from_secs(301), b"{}"),
            Err(NotSigned::OutOfTime)
        );
    }

    #[test]
    fn what_is_no_secret_is_refused_and_a_secret_is_not_printed() {
        for text in [
            "",
            "whsec_",
            "whsec_AAAA",
            "MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw",
            "whsec_!!!",
        ] {
            assert_eq!(text.parse::<WebhookSecret>(), Err(SecretFault), "{text}");
        }
        assert_eq!(WebhookSecret::from_bytes(&[0; 65]), Err(SecretFault));
        assert_eq!(format!("{:?}", secret(7)), "WebhookSecret(hidden)");
        assert_eq!(secret(7).as_bytes(), [7; 24]);
    }

    proptest! {
        #[test]
        fn what_was_tampered_with_is_refused(
            body in prop::collection::vec(any::<u8>(), 1..200),
            key in prop::collection::vec(any::<u8>(), 24..=64),
            at in any::<prop::sample::Index>(),
        ) {
            let secret = WebhookSecret::from_bytes(&key).unwrap();
            let signed = sign(std::slice::from_ref(&secret), "msg_x", now(), &body);
            prop_assert_eq!(verify(&secret, &signed, now(), &body), Ok(()));
            let mut other = body.clone();
            other[at.index(body.len())] ^= 1;
            prop_assert_eq!(verify(&secret, &signed, now(), &other), Err(NotSigned::Wrong));
            let renamed = Signature { id: "msg_y".to_owned(), ..signed.clone() };
            prop_assert_eq!(verify(&secret, &renamed, now(), &body), Err(NotSigned::Wrong));
            let redated = Signature { timestamp: "1614265331".to_owned(), ..signed };
            prop_assert_eq!(verify(&secret, &redated, now(), &body), Err(NotSigned::Wrong));
        }
    }
}
