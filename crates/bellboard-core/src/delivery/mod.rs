//! Deliveries: how a message is signed, when it is tried again, and when a bell is let through. The source is the
//! requirement page *dashboards*, Delivery; the hub sends, this says what and when.

mod address;
mod backoff;
mod mail;
mod message;
mod pacing;
mod signature;

pub use address::{AllowList, Network, NetworkFault, Standing};
pub use backoff::{Answer, Attempted, MOST_ATTEMPTS, RetryAfter, after_attempt};
pub use mail::{MailAddress, MailFault};
pub use message::BellWords;
pub use pacing::{HeldBack, Pacing, QuietHours, QuietHoursFault, Release, pace};
pub use signature::{NotSigned, SecretFault, Signature, WebhookSecret, sign, verify};
