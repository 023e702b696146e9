//! Stores what came of a try and what follows from it: done, again later, given up, or the end of the bell.

use std::sync::Arc;

use bellboard_core::delivery::{Answer, Attempted, BellWords, after_attempt};
use bellboard_core::id::{NotificationId, PersonId};
use bellboard_core::text::sanitise;
use bellboard_core::time::Timestamp;

use super::letter::TITLE_AT_MOST;
use super::store::{self, Ended};
use super::{Kind, Lane, ONLY_FAILURES, Taken};
use crate::Hub;
use crate::comment::{self, Bell, Subject, SubjectKind};
use crate::db::Sql;
use crate::event::{self, HintKind};
use crate::fault::{Outcome, again};
use crate::notification::{self, NewNotification, Place};
use crate::outgoing::Sent;

/// How often it is tried to store what another change may be in the way of.
const TURNS: u32 = 4;

/// What a try was.
#[derive(Debug)]
pub(super) enum Tried {
    /// It is told inside of the hub, in the transaction that stores it.
    Told(BellWords),
    /// It was sent, and this came back.
    Sent(Sent),
    /// It cannot be sent until somebody changes how this hub is started.
    Deferred(&'static str),
    /// It must not be sent any more.
    Cancelled(&'static str),
}

/// Whether its subscription has another delivery that is due.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum More {
    Due,
    None,
}

/// What is stored of a try.
struct Verdict {
    status: &'static str,
    outcome: &'static str,
    next_attempt_at: Option<Timestamp>,
    /// `Some(true)` when it arrived, `Some(false)` when it did not.
    arrived: Option<bool>,
    /// Why the bell ends with this try.
    ends_bell: Option<&'static str>,
}

impl Verdict {
    fn settled(status: &'static str, outcome: &'static str, arrived: Option<bool>) -> Self {
        Self {
            status,
            outcome,
            next_attempt_at: None,
            arrived,
            ends_bell: None,
        }
    }
}

/// Stores it, under the taker's fence, and again when another change was in its way: what was sent and is not stored would be
/// sent again.
pub(super) async fn store(hub: &Hub, taken: Taken, tried: Tried) -> Outcome<More> {
    let _turn = hub.tries().turn_to_store().await;
    let what = Arc::new((taken, tried));
    again(TURNS, || store_now(hub, &what)).await
}

async fn store_now(hub: &Hub, what: &Arc<(Taken, Tried)>) -> Outcome<More> {
    let (acting, what) = (hub.clone(), Arc::clone(what));
    hub.db()
        .write(move |sql| Box::pin(async move { end(sql, &acting, &what.0, &what.1).await }))
        .await
}

async fn end(sql: &mut Sql<'_>, hub: &Hub, taken: &Taken, tried: &Tried) -> Outcome<More> {
    let now = hub.now();
    let verdict = verdict(taken, tried, now, share(hub));
    let sent = match tried {
        Tried::Sent(sent) => Some(sent),
        _ => None,
    };
    let ended = Ended {
        engagement: taken.engagement,
        id: taken.id,
        fence: taken.fence,
        status: verdict.status,
        next_attempt_at: verdict.next_attempt_at,
        settled_at: (!matches!(verdict.status, "waiting" | "deferred")).then_some(now),
        counts: verdict.arrived.is_some(),
        outcome: verdict.outcome,
        status_code: sent.and_then(store::status_code),
        excerpt: sent.and_then(|sent| sent.excerpt.as_deref()),
        reason: match tried {
            Tried::Deferred(reason) | Tried::Cancelled(reason) => Some(reason),
            Tried::Sent(sent) => sent.reason,
            Tried::Told(_) => None,
        },
        now,
    };
    if !store::end_attempt(sql, &ended).await? {
        tracing::info!(delivery = %taken.id, "another hub has this delivery now; what came of this try is not stored");
        return Ok(More::None);
    }
    if let (Tried::Told(words), Some(person), Some(dashboard)) =
        (tried, taken.person(), taken.dashboard)
    {
        let bell = Bell {
            engagement: taken.engagement,
            dashboard,
            person,
            title: &words.title,
            detail: &words.sentence,
            body: &words.markdown(),
            now,
        };
        comment::ring(sql, hub.world(), &bell).await?;
    }
    let kind = HintKind::DeliveryChanged;
    event::store::append(sql, taken.engagement, kind, taken.id.uuid(), now).await?;
    fare(sql, hub, taken, &verdict, now).await?;
    more(sql, taken, now).await
}

/// Asked when it is noted how the subscription fares: whoever writes a bell of it waits for that, or was waited for. Of a try
/// that was cancelled or deferred nothing is noted; a bell that is written meanwhile is found by the loop, within a second.
async fn more(sql: &mut Sql<'_>, taken: &Taken, now: Timestamp) -> Outcome<More> {
    let Some(subscription) = taken.subscription else {
        return Ok(More::None);
    };
    let is_due = store::more_due(sql, taken.engagement, subscription, now).await?;
    Ok(if is_due { More::Due } else { More::None })
}

/// A share from 0 to 1 that nobody can foresee.
fn share(hub: &Hub) -> f64 {
    let [a, b, c, d, ..] = hub.world().secret_bytes();
    f64::from(u32::from_be_bytes([a, b, c, d])) / f64::from(u32::MAX)
}

fn verdict(taken: &Taken, tried: &Tried, now: Timestamp, share: f64) -> Verdict {
    let sent = match tried {
        Tried::Told(_) => return Verdict::settled("delivered", "delivered", Some(true)),
        Tried::Deferred(_) => return Verdict::settled("deferred", "deferred", None),
        Tried::Cancelled(_) => return Verdict::settled("cancelled", "cancelled", None),
        Tried::Sent(sent) => sent,
    };
    let outcome = match sent.answer {
        Answer::Forbidden => "refused",
        Answer::Failed | Answer::Status(..) => "failed",
    };
    // A server of mail that refuses for good says 5xx; a webhook's 5xx passes.
    let is_final = taken.kind == Kind::Email && matches!(sent.answer, Answer::Status(500.., _));
    let number = u32::try_from(taken.attempts + 1).unwrap_or(u32::MAX);
    match after_attempt(number, &sent.answer, now, share) {
        Attempted::Delivered => Verdict::settled("delivered", "delivered", Some(true)),
        Attempted::Gone => Verdict {
            ends_bell: Some("the receiver said that it is gone (410)"),
            ..Verdict::settled("dead", "gone", Some(false))
        },
        Attempted::Again(at) if !is_final => Verdict {
            next_attempt_at: Some(at),
            ..Verdict::settled("waiting", outcome, Some(false))
        },
        Attempted::Again(_) | Attempted::Dead => Verdict::settled("dead", outcome, Some(false)),
    }
}

/// Notes how the subscription fares, and ends it when its receiver is gone or fails for too long.
async fn fare(
    sql: &mut Sql<'_>,
    hub: &Hub,
    taken: &Taken,
    verdict: &Verdict,
    now: Timestamp,
) -> Outcome<()> {
    let (Some(subscription), Some(arrived)) = (taken.subscription, verdict.arrived) else {
        return Ok(());
    };
    let failing = (!arrived).then_some(now);
    let Some(row) = store::fares(sql, taken.engagement, subscription, failing).await? else {
        return Ok(());
    };
    let lane = if arrived { Lane::Fresh } else { Lane::Slow };
    store::change_lane(sql, taken.engagement, subscription, lane).await?;
    let since = row.opt_time(0)?;
    let too_long = since.is_some_and(|since| now.saturating_since(since) >= ONLY_FAILURES);
    let too_long = too_long.then_some("nothing has arrived for five days");
    let Some(reason) = verdict.ends_bell.or(too_long) else {
        return Ok(());
    };
    let engagement = taken.engagement;
    if !store::disable(sql, engagement, subscription, reason, now).await? {
        return Ok(());
    }
    store::cancel_waiting(sql, engagement, subscription, "dead", now).await?;
    let bell = store::subscription(sql, engagement, row.id(2)?, subscription).await?;
    let bell = match bell {
        Some(bell) => format!("A bell of {}", sanitise(&bell.text(8)?, TITLE_AT_MOST)),
        None => "A bell".to_owned(),
    };
    let owner: PersonId = row.id(1)?;
    let place = Subject {
        kind: SubjectKind::Dashboard,
        id: row.id(2)?,
    };
    let notification = NewNotification {
        id: NotificationId::from_uuid(hub.world().new_id()),
        engagement_id: engagement,
        subject_id: taken.id.uuid(),
        place: Place::of(place),
        person_id: owner,
        kind: "bell_disabled",
        title: format!("{bell} was switched off: {reason}"),
        detail: "What was not delivered is kept. Send a test: when it arrives, the bell is on again, and the rest can be replayed."
            .to_owned(),
        created_at: now,
    };
    notification::store::insert(sql, &notification).await
}

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use uuid::Uuid;

    use super::*;

    fn taken(kind: Kind, attempts: i64) -> Taken {
        Taken {
            engagement: Uuid::from_u128(1).into(),
            id: Uuid::from_u128(2).into(),
            fence: 1,
            kind,
            target: "https://hooks.example/".to_owned(),
            attempts,
            subscription: None,
            dashboard: None,
        }
    }

    fn now() -> Timestamp {
        Timestamp::from_micros(1_795_196_400_000_000)
    }

    fn said(code: u16) -> Tried {
        Tried::Sent(Sent {
            answer: Answer::Status(code, None),
            excerpt: None,
            reason: None,
        })
    }

    fn judged(kind: Kind, attempts: i64, tried: &Tried) -> Verdict {
        verdict(&taken(kind, attempts), tried, now(), 0.0)
    }

    #[test]
    fn what_a_try_becomes() {
        let told = Tried::Told(BellWords {
            title: "Targets changed".to_owned(),
            sentence: "One is new.".to_owned(),
            link: String::new(),
        });
        let rows = [
            (&told, "delivered", "delivered", Some(true)),
            (&said(200), "delivered", "delivered", Some(true)),
            (&said(299), "delivered", "delivered", Some(true)),
            (&said(301), "waiting", "failed", Some(false)),
            (&said(404), "waiting", "failed", Some(false)),
            (&said(410), "dead", "gone", Some(false)),
            (&said(503), "waiting", "failed", Some(false)),
            (
                &Tried::Sent(Sent::failed("no answer")),
                "waiting",
                "failed",
                Some(false),
            ),
            (
                &Tried::Sent(Sent::forbidden()),
                "waiting",
                "refused",
                Some(false),
            ),
            (&Tried::Deferred("no way"), "deferred", "deferred", None),
            (&Tried::Cancelled("gone"), "cancelled", "cancelled", None),
        ];
        for (tried, status, outcome, arrived) in rows {
            let verdict = judged(Kind::Webhook, 0, tried);
            assert_eq!(verdict.status, status, "{tried:?}");
            assert_eq!(verdict.outcome, outcome, "{tried:?}");
            assert_eq!(verdict.arrived, arrived, "{tried:?}");
            let is_tried_again = verdict.next_attempt_at.is_some();
            assert_eq!(is_tried_again, status == "waiting", "{tried:?}");
        }
    }

    #[test]
    fn only_what_is_gone_ends_its_bell_at_once() {
        for code in [200, 301, 404, 429, 500, 503] {
            let verdict = judged(Kind::Webhook, 0, &said(code));
            assert_eq!(verdict.ends_bell, None, "{code}");
        }
        let verdict = judged(Kind::Webhook, 0, &said(410));
        assert!(verdict.ends_bell.is_some_and(|why| why.contains("410")));
        assert_eq!(
            judged(Kind::Webhook, 0, &Tried::Sent(Sent::forbidden())).ends_bell,
            None
        );
    }

    #[test]
    fn tries_are_counted_from_those_that_ended() {
        let first = judged(Kind::Webhook, 0, &said(500));
        assert_eq!(first.next_attempt_at, Some(now() + Duration::from_secs(5)));
        let second = judged(Kind::Webhook, 1, &said(500));
        assert_eq!(second.next_attempt_at, Some(now() + Duration::from_mins(5)));
        let ninth = judged(Kind::Webhook, 8, &said(500));
        assert_eq!(
            ninth.next_attempt_at,
            Some(now() + Duration::from_hours(24))
        );
        for ended in [9, 10, 1_000] {
            let last = judged(Kind::Webhook, ended, &said(500));
            assert_eq!(last.status, "dead", "{ended}");
            assert_eq!(last.next_attempt_at, None, "{ended}");
        }
        let late = judged(Kind::Webhook, 9, &said(200));
        assert_eq!(late.status, "delivered");
    }

    #[test]
    fn a_server_of_mail_that_refuses_for_good_is_not_asked_again() {
        for (code, status) in [
            (250, "delivered"),
            (421, "waiting"),
            (450, "waiting"),
            (451, "waiting"),
            (452, "waiting"),
            (500, "dead"),
            (550, "dead"),
            (554, "dead"),
        ] {
            assert_eq!(judged(Kind::Email, 0, &said(code)).status, status, "{code}");
        }
        assert_eq!(judged(Kind::Webhook, 0, &said(554)).status, "waiting");
        let unreachable = Tried::Sent(Sent::failed("no connection"));
        assert_eq!(judged(Kind::Email, 0, &unreachable).status, "waiting");
    }
}
