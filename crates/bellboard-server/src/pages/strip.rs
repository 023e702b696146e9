//! The activity strip at the foot of every page but home: what went wrong first, then what is at work. It leaves out
//! the run whose page it stands on, so that one screen tells each truth once.

use std::time::Duration;

use askama::Template;
use bellboard_core::id::RunId;
use bellboard_core::page::{Limit, Page};
use bellboard_core::run::lifecycle::is_follow_up;
use bellboard_core::time::Timestamp;
use bellboard_hub::home::{self, ActiveItem, NeedsYouItem, RecentItem, ZoneInput};

use super::mark::Mark;
use super::notifications::unread;
use super::rows::{active_chip, ended_chip, look_in, need_chip};
use super::shell::Counts;
use super::visit::Visit;
use crate::problem::Problem;

/// One run in the strip.
#[derive(Debug)]
pub struct Chip {
    /// Its state.
    pub mark: Mark,
    /// `you`, `bad`, `ok` or nothing.
    pub tone: &'static str,
    /// Its label.
    pub name: String,
    /// Its page.
    pub url: String,
    /// The presenter's words, or how it ended.
    pub words: String,
    /// Done and total, for counted work.
    pub bar: Option<(u64, u64)>,
}

/// How many chips stand in the strip; the rest is a number.
const CHIPS_AT_MOST: usize = 4;

/// How many of each zone are read for it: one more than shown, because the page's own run is left out.
const CHIPS_READ: u32 = 5;

/// How long a run that ended clean stays in the strip.
const ENDED_SHOWN: Duration = Duration::from_secs(10);

/// The strip.
#[derive(Debug, Template)]
#[template(path = "strip.html")]
pub struct Strip {
    chips: Vec<Chip>,
    more: u64,
    counts: Counts,
    look_in: Option<u64>,
}

impl askama::filters::HtmlSafe for Strip {}

impl Strip {
    /// The first of `chips`, out of `total` in all.
    pub fn new(mut chips: Vec<Chip>, total: u64, counts: Counts) -> Self {
        chips.truncate(CHIPS_AT_MOST);
        let more = total.saturating_sub(chips.len() as u64);
        Self {
            chips,
            more,
            counts,
            look_in: None,
        }
    }

    /// The counts of both zones, which the strip had to read anyway.
    pub fn counts(&self) -> Counts {
        self.counts
    }
}

/// What the strip shows on this page, and the counts that the navigation needs anyway.
pub async fn load(visit: &Visit, leave_out: Option<RunId>) -> Result<Strip, Problem> {
    let first = || ZoneInput {
        limit: Limit::new(CHIPS_READ).unwrap_or_default(),
        ..ZoneInput::default()
    };
    let (needs, active, recent, unread) = tokio::try_join!(
        async { Ok(home::list_needs_you(visit.call("list_needs_you"), first()).await?) },
        async { Ok(home::list_active(visit.call("list_active"), first()).await?) },
        async { Ok(home::list_recent(visit.call("list_recent"), first()).await?) },
        unread(visit),
    )?;
    let counts = Counts {
        needs_you: needs.total_count,
        active: active.total_count,
        unread,
    };
    Ok(strip(
        &Zones {
            needs,
            active,
            recent,
        },
        leave_out,
        counts,
        visit.now,
    ))
}

/// The newest of each zone.
struct Zones {
    needs: Page<NeedsYouItem>,
    active: Page<ActiveItem>,
    recent: Page<RecentItem>,
}

/// What waits for somebody first, then what is at work, then what has just ended and needs nothing.
fn strip(zones: &Zones, here: Option<RunId>, counts: Counts, now: Timestamp) -> Strip {
    let elsewhere = |id| here.is_none_or(|run| run.uuid() != id);
    let needs = zones.needs.items.iter();
    let active = zones.active.items.iter();
    let ended: Vec<(&RecentItem, Duration)> = zones
        .recent
        .items
        .iter()
        .filter(|item| elsewhere(item.artifact_id))
        .filter_map(|item| Some((item, still_shown(item, now)?)))
        .collect();
    let chips: Vec<Chip> = needs
        .filter(|item| elsewhere(item.item_id))
        .map(need_chip)
        .chain(
            active
                .clone()
                .filter(|item| elsewhere(item.item_id))
                .map(active_chip),
        )
        .chain(ended.iter().filter_map(|(item, _)| ended_chip(item)))
        .collect();
    let read = (zones.needs.items.len() + zones.active.items.len() + ended.len()) as u64;
    let left_out = read.saturating_sub(chips.len() as u64);
    let total = (counts.needs_you + counts.active + ended.len() as u64).saturating_sub(left_out);
    let silent = active.filter_map(|item| look_in(&item.run, now));
    let gone = ended
        .iter()
        .filter_map(|(_, left)| u64::try_from(left.as_millis()).ok());
    Strip {
        look_in: silent.chain(gone).min(),
        ..Strip::new(chips, total, counts)
    }
}

/// How much longer a run that just ended and needs nobody is shown; `None` for any other.
fn still_shown(item: &RecentItem, now: Timestamp) -> Option<Duration> {
    if item.run.as_ref()?.outcome.is_none_or(is_follow_up) {
        return None;
    }
    let left = ENDED_SHOWN.checked_sub(now.saturating_since(item.completed_at))?;
    (!left.is_zero()).then_some(left)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn chip(name: &str, bar: Option<(u64, u64)>) -> Chip {
        Chip {
            mark: Mark {
                icon: "s-run",
                hue: "blue",
                word: "Running",
            },
            tone: "",
            name: name.to_owned(),
            url: format!("/ui/runs/{name}"),
            words: "214 of 512 policies".to_owned(),
            bar,
        }
    }

    fn chips(count: usize) -> Vec<Chip> {
        (0..count)
            .map(|at| chip(&format!("run{at}"), None))
            .collect()
    }

    #[test]
    fn four_chips_and_the_rest_as_a_number() {
        let html = Strip::new(chips(6), 9, Counts::default()).to_string();
        assert_eq!(html.matches("/ui/runs/").count(), CHIPS_AT_MOST, "{html}");
        assert!(html.contains("5 more"), "{html}");
        let html = Strip::new(chips(2), 2, Counts::default()).to_string();
        assert!(!html.contains("more"), "{html}");
    }

    #[test]
    fn an_idle_hub_says_so() {
        let html = Strip::new(Vec::new(), 0, Counts::default()).to_string();
        assert!(
            html.contains("Nothing else is running and nothing needs you."),
            "{html}"
        );
    }

    #[test]
    fn a_bar_stands_for_counted_work_only_and_names_escape() {
        let counted = chip("<compare>", Some((214, 512)));
        let html = Strip::new(vec![counted, chip("plain", None)], 2, Counts::default()).to_string();
        assert_eq!(html.matches("<progress ").count(), 1, "{html}");
        assert!(html.contains("aria-label=\"&#60;compare&#62;\""), "{html}");
    }
}
