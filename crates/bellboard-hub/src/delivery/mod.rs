//! Deliveries: what bells send out. A row is written in the transaction of the snapshot that it tells of; it is taken with
//! a lease and a fence, sent once more for as long as the schedule allows, and what came of each try is stored under that
//! fence. So nothing is lost between a snapshot and its bell, nothing stays stuck with a hub that died, and a hub that
//! wakes up too late writes nothing.

use std::time::Duration;

use crate::db::Row;
use crate::fault::{Fault, Outcome};
use bellboard_core::id::{DashboardId, DeliveryId, EngagementId, SubscriptionId};

mod follow;
mod forget;
mod inline;
mod letter;
mod opt_in;
mod own;
mod read;
mod replay;
mod rotate;
mod secret;
mod send;
pub mod store;
mod take;
mod test;
mod view;

pub(crate) use forget::forget_settled;
pub use inline::Tries;
pub use inline::inline;
pub use letter::mail_address;
pub use opt_in::ask_to_confirm;
pub use opt_in::{BellLink, confirm_bell, end_bell, look_at_bell};
pub use read::{GetDelivery, ListDeliveries, OfDelivery, get_delivery, list_deliveries};
pub use replay::{ReplayDeliveries, ReplayedView, replay_deliveries, replay_delivery};
pub use rotate::{RotatedView, rotate_secret};
pub(crate) use send::send;
pub use send::send_due;
pub(crate) use take::{Taken, end_left_leases, take, wake_deferred};
pub use test::{OfBell, TestView, test_subscription};
pub use view::{AttemptView, DeliveryDetail, DeliveryView};

/// How long a taker has: four times as long as an exchange may take.
pub(crate) const LEASE: Duration = Duration::from_mins(1);
/// After so long of only failures a subscription is disabled.
const ONLY_FAILURES: Duration = Duration::from_hours(5 * 24);

/// Deliveries wait in two lanes, so that receivers which do not answer hold up no others: those that are tried first, and
/// those to receivers that failed before or have not answered yet.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Lane {
    /// First tries to receivers that answered the last time. What rings while an earlier one of its bell is not told yet
    /// is none of them, so that nobody walks past what piles up for others.
    Fresh,
    /// Everything else.
    Slow,
}

impl Lane {
    /// Both.
    pub(crate) const ALL: [Self; 2] = [Self::Fresh, Self::Slow];

    /// How many are under way at once on one replica, those not counted that dawdle.
    pub(crate) const fn width(self) -> usize {
        match self {
            Self::Fresh => 192,
            Self::Slow => 64,
        }
    }

    /// How many with those that dawdle. Each is an open connection; a process has 1,024 files unless somebody gave it more.
    pub(crate) const fn most(self) -> usize {
        match self {
            Self::Fresh => 384,
            Self::Slow => 128,
        }
    }

    /// Where what leaves this one goes.
    const fn other(self) -> Self {
        match self {
            Self::Fresh => Self::Slow,
            Self::Slow => Self::Fresh,
        }
    }

    /// The number in the database.
    pub(crate) const fn number(self) -> i64 {
        match self {
            Self::Fresh => 0,
            Self::Slow => 1,
        }
    }
}

/// How a subscriber is reached.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Kind {
    /// In the dashboard's thread and in the inbox.
    Persona,
    /// By HTTP.
    Webhook,
    /// By mail.
    Email,
}

impl Kind {
    /// The word in the database and on the wire.
    pub(crate) const fn as_str(self) -> &'static str {
        match self {
            Self::Persona => "persona",
            Self::Webhook => "webhook",
            Self::Email => "email",
        }
    }

    fn parse(word: &str) -> Outcome<Self> {
        [Self::Persona, Self::Webhook, Self::Email]
            .into_iter()
            .find(|kind| kind.as_str() == word)
            .ok_or_else(|| {
                Fault::internal(format!("deliveries.kind holds `{word}`, which is none"))
            })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_words_of_kinds_are_read_back() {
        for kind in [Kind::Persona, Kind::Webhook, Kind::Email] {
            assert_eq!(Kind::parse(kind.as_str()).unwrap(), kind);
        }
        for word in ["", "sms", "Webhook", "person"] {
            assert!(Kind::parse(word).is_err(), "{word}");
        }
    }

    #[test]
    fn receivers_that_failed_before_leave_room_for_first_tries() {
        let [fresh, slow] = Lane::ALL;
        assert!(fresh.width() > slow.width());
        assert!(Lane::ALL.iter().all(|lane| lane.most() > lane.width()));
        assert!(
            fresh.most() + slow.most() <= 512,
            "half of what a process may open"
        );
        assert_ne!(fresh.number(), slow.number());
    }

    #[test]
    fn a_lease_outlasts_an_exchange() {
        // An exchange over HTTP ends after 15 seconds, one with a server of mail after 30.
        assert!(LEASE >= Duration::from_secs(30) * 2);
    }
}
