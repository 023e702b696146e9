//! The bells of a dashboard as a list: who is told, of what, and how it stands.

use bellboard_core::page::Limit;
use bellboard_core::text::capital_first;
use bellboard_core::time::Timestamp;
use bellboard_hub::engagement::MembershipView;
use bellboard_hub::subscription::{self, ListSubscriptions, SubscriberKind, SubscriptionView};

use super::words::{rule_words, span_words};
use crate::pages::dashboards::Place;
use crate::pages::mark::Mark;
use crate::pages::moment::{Moment, Reading};
use crate::pages::visit::Visit;
use crate::problem::Problem;

/// So many bells stand on one page.
const LISTED: u32 = 50;

/// The bells of a dashboard.
#[derive(Debug)]
pub struct Listed {
    /// The newest first.
    pub rows: Vec<BellRow>,
    /// How many the dashboard has.
    pub total: u64,
    /// Where older ones are.
    pub older_url: Option<String>,
}

/// One bell.
#[derive(Debug)]
pub struct BellRow {
    /// Its id.
    pub id: String,
    /// How it stands.
    pub mark: Mark,
    /// Who is told.
    pub who: String,
    /// "by webhook".
    pub how: &'static str,
    /// "Rings when …".
    pub rule: String,
    /// How it is paced, and what it is compared with, in one sentence.
    pub notes: Option<String>,
    /// When it rang last.
    pub rang: Option<Moment>,
    /// Until when it is muted.
    pub muted: Option<Moment>,
    /// Why it is off.
    pub trouble: Option<String>,
    /// Where its forms go.
    pub url: String,
    /// The reader may change it.
    pub yours: bool,
    /// It signs with a secret.
    pub is_webhook: bool,
}

impl Listed {
    /// The bells that the reader may see; `before` says where to go on, and is empty for the newest.
    pub async fn load(visit: &Visit, place: &Place, before: &str) -> Result<Self, Problem> {
        let input = ListSubscriptions {
            dashboard_id: place.view.id,
            limit: Limit::new(LISTED).unwrap_or_default(),
            cursor: (!before.is_empty()).then(|| before.to_owned()),
        };
        let call = visit.call("list_subscriptions");
        let page = subscription::list_subscriptions(call, input).await?;
        Ok(Self {
            rows: page
                .items
                .iter()
                .map(|view| {
                    let archived = place.view.archived_at;
                    BellRow::new(view, visit, place.engagements.scope(), archived)
                })
                .collect(),
            total: page.total_count,
            older_url: page.next_cursor.map(|before| {
                let id = place.view.id;
                format!("/ui/dashboards/{id}/bells?before={before}")
            }),
        })
    }
}

impl BellRow {
    /// The bell as a row, with what the reader is where it hangs, and since when its dashboard is out of use.
    pub fn new(
        view: &SubscriptionView,
        visit: &Visit,
        at: Option<&MembershipView>,
        archived: Option<Timestamp>,
    ) -> Self {
        let clock = |at| Moment::new(at, Reading::Clock, visit.now);
        let muted = view.muted_until.filter(|until| *until > visit.now);
        Self {
            id: view.id.to_string(),
            mark: mark(view, archived, muted),
            who: who_words(&view.subscriber_id, view.subscriber_name.as_deref(), visit),
            how: how_words(view.subscriber_kind),
            rule: rule_words(&view.threshold_json),
            notes: notes(view),
            rang: view.last_rang_at.map(clock),
            muted: muted.map(clock),
            trouble: match archived {
                Some(_) => None,
                None => trouble(view, visit),
            },
            url: format!("/ui/dashboards/{}/bells/{}", view.dashboard_id, view.id),
            yours: at.is_some_and(|at| view.is_in_hand_of(visit.caller.person_id, at.designations)),
            is_webhook: view.subscriber_kind == SubscriberKind::Webhook,
        }
    }
}

/// "You", or the name, or the address.
pub fn who_words(id: &str, name: Option<&str>, visit: &Visit) -> String {
    if id == visit.caller.person_id.to_string() {
        return "You".to_owned();
    }
    name.unwrap_or(id).to_owned()
}

/// "by mail".
pub const fn how_words(kind: SubscriberKind) -> &'static str {
    match kind {
        SubscriberKind::Person => "in Bellboard",
        SubscriberKind::Webhook => "by signed webhook",
        SubscriberKind::Email => "by mail",
    }
}

/// One shape and hue for each state of a bell.
fn mark(view: &SubscriptionView, archived: Option<Timestamp>, muted: Option<Timestamp>) -> Mark {
    let (icon, hue, word) = if archived.is_some() {
        ("s-stop", "dim", "Dashboard archived")
    } else if view.disabled_at.is_some() {
        ("s-bad", "red", "Off")
    } else if is_unconfirmed(view) {
        ("s-wait", "dim", "Waiting for a yes")
    } else if muted.is_some() {
        ("pause", "dim", "Muted")
    } else if view.failing_since.is_some() {
        ("s-mute", "amber", "Nothing arrives")
    } else {
        ("bell", "dim", "Listening")
    };
    Mark { icon, hue, word }
}

fn is_unconfirmed(view: &SubscriptionView) -> bool {
    view.subscriber_kind == SubscriberKind::Email && view.confirmed_at.is_none()
}

fn trouble(view: &SubscriptionView, visit: &Visit) -> Option<String> {
    if view.disabled_at.is_some() {
        let why = view.disabled_reason.as_deref();
        let why = capital_first(why.unwrap_or("nothing arrived"));
        // An address that has not said yes, or says it no more, gets no tests.
        let way_back = if is_unconfirmed(view) {
            "Only the link in the first mail to it switches it on."
        } else {
            "A test that arrives switches it on again."
        };
        return Some(format!("{why}. {way_back}"));
    }
    let words = match view.subscriber_kind {
        SubscriberKind::Email if !visit.sends_mail() => {
            if is_unconfirmed(view) {
                "This hub sends no mail yet; the mail that asks whether the address wants bells waits."
            } else {
                "This hub sends no mail yet; what it would send waits."
            }
        }
        SubscriberKind::Email if is_unconfirmed(view) => {
            "A mail asks whether the address wants bells; none are sent before."
        }
        _ if view.failing_since.is_some() => "What is sent does not arrive; it is tried again.",
        _ => return None,
    };
    Some(words.to_owned())
}

fn notes(view: &SubscriptionView) -> Option<String> {
    use bellboard_core::dashboard::Baseline;

    let mut notes = Vec::new();
    if view.baseline == Baseline::LastNotified {
        notes.push("compared with the last one that rang".to_owned());
    }
    if let Some(seconds) = view.at_most_every_seconds {
        notes.push(format!("at most once per {}", span_words(seconds)));
    }
    if let Some(quiet) = &view.quiet_hours {
        notes.push(format!(
            "quiet from {} to {} {}",
            quiet.from,
            quiet.to,
            quiet.zone.as_str()
        ));
    }
    if let Some(seconds) = view.digest_seconds {
        notes.push(format!("told together, every {}", span_words(seconds)));
    }
    let said = capital_first(&notes.join(", "));
    (!notes.is_empty()).then(|| format!("{said}."))
}
