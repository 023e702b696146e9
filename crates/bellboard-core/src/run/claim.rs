//! Claims: an offered run is held by one worker for as long as its lease, and a number that rises with every claim, the
//! fence, tells that worker from the one before.
//!
//! A worker that is silent for a whole lease has lost the run, whether it is dead or only slow: what it says later carries
//! an old fence and changes nothing. Nothing here retries work; a run is offered again only where its type says that
//! doing it twice does no harm.

use std::ops::RangeInclusive;
use std::time::Duration;

use super::Status;
use super::liveness::LostReason;
use crate::time::Timestamp;

/// How long a lease may be.
pub const LEASE_SECONDS: RangeInclusive<u32> = 10..=3_600;
/// How long a lease is unless the worker says otherwise.
pub const USUAL_LEASE_SECONDS: u32 = 60;
/// A run that this many workers have dropped is not offered to a further one.
pub const MOST_CLAIMS: u32 = 5;

/// What is stored of a run's claims.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct Claim {
    /// Whether the run is there for workers to claim.
    pub offered: bool,
    /// How often it was claimed; also the number that its last worker was given.
    pub fence: u32,
    /// Until when its worker holds it; none when nobody does.
    pub lease_until: Option<Timestamp>,
    /// How long the lease of its last worker is.
    pub lease: Duration,
}

impl Claim {
    /// Whether a worker holds the run.
    pub const fn is_held(&self) -> bool {
        self.lease_until.is_some()
    }

    /// Whether the run waits for a worker.
    pub fn waits(&self, status: Status) -> bool {
        self.offered && !self.is_held() && status != Status::Completed
    }
}

/// What is being said about a run.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Saying {
    /// That the work goes on.
    Report,
    /// That it has ended.
    Finish,
}

/// Why somebody is not heard.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum Refusal {
    /// Work that nobody has claimed cannot go on.
    #[error("the run waits for a worker; claim it, and report with the fence of that claim")]
    NotClaimed,
    /// Whoever speaks does not say with which claim.
    #[error(
        "the run is a worker's, who reports with the fence of its claim; this came without one"
    )]
    NoFence,
    /// Whoever speaks no longer holds the run.
    #[error(
        "the claim with this fence has ended; the run was offered again. Stop the work: nothing of it is taken in any more"
    )]
    Lost,
}

impl Refusal {
    /// The code of the problem, for programs.
    pub const fn code(self) -> &'static str {
        match self {
            Self::NotClaimed => "not_claimed",
            Self::NoFence | Self::Lost => "claim_lost",
        }
    }
}

/// Whether somebody who tells this fence is heard. Before the first claim an end is taken from anybody who may report, as
/// of any queued run; from then on only from the last worker, and while the run goes on only as long as it is held.
pub fn hear(
    claim: &Claim,
    status: Status,
    saying: Saying,
    fence: Option<u32>,
) -> Result<(), Refusal> {
    if !claim.offered {
        return Ok(());
    }
    match (claim.fence, fence, saying) {
        (0, None, Saying::Finish) => Ok(()),
        (0, _, _) => Err(Refusal::NotClaimed),
        (_, None, _) => Err(Refusal::NoFence),
        (last, Some(told), _) if told != last => Err(Refusal::Lost),
        _ if claim.is_held() || status == Status::Completed => Ok(()),
        _ => Err(Refusal::Lost),
    }
}

/// What becomes of a run whose worker let its lease run out.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum LeaseEnd {
    /// The next worker may claim it; its status stays.
    OfferAgain,
    /// It was to end anyway, and nobody works on it any more.
    Cancel,
    /// It is completed as lost.
    Lose(LostReason),
}

/// What the rule needs to know beside the claim.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct AtLeaseEnd {
    /// Where the run is.
    pub status: Status,
    /// Whether somebody asked for it to end.
    pub cancel_requested: bool,
    /// Whether its type says that it may be done twice.
    pub repeatable: bool,
    /// Since when workers could be heard: after a time without its hub, each worker has its whole lease again.
    pub heard_since: Timestamp,
}

/// Whether the lease is over at `now`, and what follows.
pub fn lease_end(claim: &Claim, at: &AtLeaseEnd, now: Timestamp) -> Option<LeaseEnd> {
    let until = claim.lease_until?.max(at.heard_since + claim.lease);
    if now <= until || at.status == Status::Completed {
        return None;
    }
    Some(if at.cancel_requested {
        LeaseEnd::Cancel
    } else if at.repeatable && claim.fence < MOST_CLAIMS {
        LeaseEnd::OfferAgain
    } else {
        LeaseEnd::Lose(LostReason::HostLost)
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    const LEASE: Duration = Duration::from_mins(1);

    fn start() -> Timestamp {
        "2026-11-20T09:00:00Z".parse().unwrap()
    }

    fn claim(fence: u32, held: bool) -> Claim {
        Claim {
            offered: true,
            fence,
            lease_until: held.then(|| start() + LEASE),
            lease: LEASE,
        }
    }

    #[test]
    fn who_is_heard() {
        use Refusal::{Lost, NoFence, NotClaimed};
        use Saying::{Finish, Report};
        use Status::{Completed, Queued, Running};
        let table = [
            // Never claimed: nobody works on it, but whoever could not queue it may say so.
            (claim(0, false), Queued, Report, None, Err(NotClaimed)),
            (claim(0, false), Queued, Report, Some(1), Err(NotClaimed)),
            (claim(0, false), Queued, Finish, None, Ok(())),
            (claim(0, false), Queued, Finish, Some(1), Err(NotClaimed)),
            (claim(0, false), Completed, Finish, None, Ok(())),
            // Held: the last worker only.
            (claim(2, true), Queued, Report, Some(2), Ok(())),
            (claim(2, true), Running, Finish, Some(2), Ok(())),
            (claim(2, true), Running, Report, None, Err(NoFence)),
            (claim(2, true), Running, Finish, None, Err(NoFence)),
            (claim(2, true), Running, Report, Some(1), Err(Lost)),
            (claim(2, true), Running, Finish, Some(1), Err(Lost)),
            (claim(2, true), Running, Finish, Some(3), Err(Lost)),
            // Offered again: nobody, and least of all the worker that let it go.
            (claim(2, false), Running, Report, Some(2), Err(Lost)),
            (claim(2, false), Running, Finish, Some(2), Err(Lost)),
            (claim(2, false), Running, Finish, None, Err(NoFence)),
            // Ended: the last worker is told how; an earlier one that it lost the run.
            (claim(2, false), Completed, Finish, Some(2), Ok(())),
            (claim(2, false), Completed, Finish, Some(1), Err(Lost)),
            (claim(2, false), Completed, Report, None, Err(NoFence)),
        ];
        for (claim, status, saying, fence, expected) in table {
            assert_eq!(
                hear(&claim, status, saying, fence),
                expected,
                "{claim:?} {status} {saying:?} {fence:?}"
            );
        }
    }

    #[test]
    fn a_run_that_is_not_for_workers_looks_at_no_fence() {
        let claim = Claim::default();
        for fence in [None, Some(7)] {
            for saying in [Saying::Report, Saying::Finish] {
                assert_eq!(hear(&claim, Status::Running, saying, fence), Ok(()));
            }
        }
        assert!(!claim.waits(Status::Queued));
    }

    #[test]
    fn it_waits_while_nobody_holds_it_and_it_has_not_ended() {
        assert!(claim(0, false).waits(Status::Queued));
        assert!(claim(3, false).waits(Status::Running));
        assert!(!claim(1, true).waits(Status::Queued));
        assert!(!claim(1, false).waits(Status::Completed));
    }

    #[test]
    fn what_becomes_of_a_run_whose_worker_died() {
        use LeaseEnd::{Cancel, Lose, OfferAgain};
        let lost = Some(Lose(LostReason::HostLost));
        let table = [
            // (claim, status, cancel requested, repeatable) -> after the lease
            (
                claim(1, true),
                Status::Queued,
                false,
                true,
                Some(OfferAgain),
            ),
            (
                claim(1, true),
                Status::Running,
                false,
                true,
                Some(OfferAgain),
            ),
            (claim(1, true), Status::Queued, false, false, lost),
            (claim(1, true), Status::Running, false, false, lost),
            (claim(1, true), Status::Running, true, true, Some(Cancel)),
            (claim(1, true), Status::Running, true, false, Some(Cancel)),
            (
                claim(MOST_CLAIMS - 1, true),
                Status::Running,
                false,
                true,
                Some(OfferAgain),
            ),
            (claim(MOST_CLAIMS, true), Status::Running, false, true, lost),
            (claim(1, false), Status::Running, false, true, None),
            (claim(1, true), Status::Completed, false, true, None),
        ];
        for (claim, status, cancel_requested, repeatable, expected) in table {
            let at = AtLeaseEnd {
                status,
                cancel_requested,
                repeatable,
                heard_since: start(),
            };
            let until = start() + LEASE;
            assert_eq!(lease_end(&claim, &at, until), None, "not before it is over");
            let after = until + Duration::from_micros(1);
            assert_eq!(lease_end(&claim, &at, after), expected, "{claim:?} {at:?}");
        }
    }

    #[test]
    fn after_a_time_without_its_hub_a_worker_has_its_whole_lease_again() {
        let hour = Duration::from_hours(1);
        let at = AtLeaseEnd {
            status: Status::Running,
            cancel_requested: false,
            repeatable: true,
            heard_since: start() + hour,
        };
        let held = claim(1, true);
        assert_eq!(lease_end(&held, &at, start() + hour + LEASE), None);
        let after = start() + hour + LEASE + Duration::from_micros(1);
        assert_eq!(lease_end(&held, &at, after), Some(LeaseEnd::OfferAgain));
    }
}
