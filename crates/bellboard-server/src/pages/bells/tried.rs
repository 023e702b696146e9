//! What a rule would have done: the sentence that says how often, what was looked at and what is missing, the picture, and
//! the rings with their reasons.

use askama::Template;
use bellboard_core::dashboard::{Baseline, Rung};
use bellboard_core::time::Timestamp;
use bellboard_hub::dashboard::DashboardView;
use bellboard_hub::subscription::{
    self, MissingSpan, PreviewPoint, PreviewRing, PreviewSubscription, PreviewView,
};
use serde_json::Value;

use super::chart::{Chart, Drawn};
use super::ladder::Ladder;
use super::rule::{Condition, Kind};
use super::words::{field_words, plain};
use crate::pages::moment::{Moment, Reading};
use crate::pages::visit::Visit;
use crate::pages::words::counted;
use crate::problem::Problem;

/// So many rings are listed; the others are counted.
const RINGS_LISTED: usize = 12;
/// So many snapshots stand in the table beside the picture.
const FIGURES_LISTED: usize = 48;

/// The back-test of a rule as the page shows it.
#[derive(Debug, Template)]
#[template(path = "bell_tried.html")]
pub struct Tried {
    times: String,
    /// Whether older snapshots were too much to try.
    is_cut: bool,
    coverage: Vec<String>,
    chart: Option<Chart>,
    caption: String,
    rings: Vec<RingRow>,
    more_rings: Option<String>,
    measured: Option<String>,
    figures: Vec<FigureRow>,
    with_order: bool,
}

impl askama::filters::HtmlSafe for Tried {}

#[derive(Debug)]
struct RingRow {
    at: Moment,
    words: String,
    url: String,
}

#[derive(Debug)]
struct FigureRow {
    at: Moment,
    size: Option<String>,
    reordered: bool,
    rang: bool,
}

/// What the picture measures.
struct Measured {
    kind: Option<Kind>,
    words: String,
    threshold: Option<f64>,
}

/// Tries a rule on the last 30 days. `main` is the condition that the ladder is about.
pub async fn tried(
    visit: &Visit,
    dashboard: &DashboardView,
    rule: &Value,
    baseline: Baseline,
    main: Option<&Condition>,
) -> Result<(Tried, Ladder), Problem> {
    let input = PreviewSubscription {
        dashboard_id: dashboard.id,
        threshold_json: rule.clone(),
        baseline: Some(baseline),
        days: None,
    };
    let call = visit.call("preview_subscription");
    let view = subscription::preview_subscription(call, input).await?;
    let with_order = rule.to_string().contains("top_n_reordering");
    let ladder = Ladder::new(&view, main);
    Ok((Tried::new(visit, dashboard, view, main, with_order), ladder))
}

impl Tried {
    fn new(
        visit: &Visit,
        dashboard: &DashboardView,
        view: PreviewView,
        main: Option<&Condition>,
        with_order: bool,
    ) -> Self {
        let measured = Measured::of(main, &view.ladder);
        let clock = |at| Moment::new(at, Reading::Clock, visit.now);
        let rang: Vec<Timestamp> = view.rings.iter().map(|ring| ring.captured_at).collect();
        let drawn = Drawn {
            points: &view.points,
            rings: &rang,
            missing: &view.missing,
            threshold: measured.threshold,
            scale: measured.scale(),
            with_order,
            now: visit.now,
        };
        let times = times_words(view.rings.len());
        let chart = Chart::new(&drawn, measured.title(), finding(&view, &times));
        let cut_at = chart.as_ref().and_then(|chart| chart.cut_at.clone());
        let figures = figures(&view.points, &rang, &measured, &clock);
        let more = view.rings.len().saturating_sub(RINGS_LISTED);
        Self {
            coverage: coverage(&view, dashboard, visit.now),
            caption: measured.caption(with_order, cut_at.as_deref(), !view.missing.is_empty()),
            chart,
            times,
            is_cut: view.left_out > 0,
            more_rings: (more > 0).then(|| counted(more as u64, "earlier ring", "earlier rings")),
            rings: view
                .rings
                .into_iter()
                .rev()
                .take(RINGS_LISTED)
                .map(|ring| RingRow::new(ring, dashboard, &clock))
                .collect(),
            measured: measured.heading(),
            figures,
            with_order,
        }
    }
}

/// "3 times", "once", "never".
fn times_words(rings: usize) -> String {
    match rings {
        0 => "not once".to_owned(),
        1 => "once".to_owned(),
        many => counted(many as u64, "time", "times"),
    }
}

/// What was looked at and what is missing, one sentence each.
fn coverage(view: &PreviewView, dashboard: &DashboardView, now: Timestamp) -> Vec<String> {
    let gone = view.expected - view.checked;
    let checked = view.checked as u64;
    let mut said = vec![match (checked, gone) {
        (0, _) => {
            "No snapshot has been taken in this time, so there is nothing to check.".to_owned()
        }
        (_, 0) => format!(
            "{} checked with the same code that rings.",
            counted(checked, "snapshot was", "snapshots were")
        ),
        _ => format!(
            "{checked} of {} snapshots were checked with the same code that rings.",
            view.expected
        ),
    }];
    if view.left_out > 0 {
        let words = counted(
            view.left_out,
            "older one is too much to try, and was left out.",
            "older ones are too much to try, and were left out.",
        );
        said.push(words);
    }
    let is_young = view.first_at.is_some_and(|first| {
        now.saturating_since(first) < std::time::Duration::from_hours(24 * 29)
    });
    if let Some(first) = view.first_at.filter(|_| is_young) {
        let first = Moment::new(first, Reading::Clock, now);
        said.push(format!("The first is of {} UTC.", first.words()));
    }
    if let Some(last) = view.missing.last() {
        said.push(missing_words(gone as u64, view.missing.len(), last, now));
    }
    if view.compared == 0 && dashboard.archived_at.is_none() {
        said.push("From the second one on there is something to compare.".to_owned());
    }
    said
}

fn missing_words(gone: u64, spans: usize, last: &MissingSpan, now: Timestamp) -> String {
    let clock = |at| Moment::new(at, Reading::Clock, now).words().to_owned();
    let when = if last.count == 1 {
        format!("at {} UTC", clock(last.from))
    } else {
        format!("from {} to {} UTC", clock(last.from), clock(last.to))
    };
    let are = counted(gone, "is missing", "are missing");
    match spans {
        1 => format!("{are}: none was taken {when}."),
        _ => format!("{are}, the last ones {when}."),
    }
}

/// What the picture shows, for those who do not see it.
fn finding(view: &PreviewView, times: &str) -> String {
    let rings = view.rings.iter().rev().take(RINGS_LISTED);
    let when: Vec<String> = rings.map(|ring| clock_utc(ring.captured_at)).collect();
    let mut said = format!("The rule would have rung {times}");
    if !when.is_empty() {
        said.push_str(": ");
        said.push_str(&when.join(", "));
    }
    said.push('.');
    let gone = (view.expected - view.checked) as u64;
    if gone > 0 {
        said.push(' ');
        said.push_str(&counted(
            gone,
            "snapshot is missing.",
            "snapshots are missing.",
        ));
    }
    said
}

fn clock_utc(at: Timestamp) -> String {
    // Seen from no day in particular, so that every one of them is named.
    let elsewhere = at + std::time::Duration::from_hours(48);
    Moment::new(at, Reading::Clock, elsewhere)
        .words()
        .to_owned()
}

fn figures(
    points: &[PreviewPoint],
    rang: &[Timestamp],
    measured: &Measured,
    clock: &impl Fn(Timestamp) -> Moment,
) -> Vec<FigureRow> {
    let newest = points.iter().rev().take(FIGURES_LISTED);
    newest
        .map(|point| FigureRow {
            at: clock(point.captured_at),
            size: point.seen.measure.map(|size| measured.figure(size)),
            reordered: point.seen.reordered,
            rang: rang.binary_search(&point.captured_at).is_ok(),
        })
        .collect()
}

impl RingRow {
    fn new(
        ring: PreviewRing,
        dashboard: &DashboardView,
        clock: &impl Fn(Timestamp) -> Moment,
    ) -> Self {
        Self {
            at: clock(ring.captured_at),
            words: ring.words,
            url: change_url(dashboard.id, ring.compared_with, ring.snapshot_id),
        }
    }
}

/// The page that shows what differs between two snapshots.
pub fn change_url(
    dashboard: impl std::fmt::Display,
    from: impl std::fmt::Display,
    to: impl std::fmt::Display,
) -> String {
    format!("/ui/dashboards/{dashboard}?a={from}&b={to}")
}

impl Measured {
    fn of(main: Option<&Condition>, ladder: &[Rung]) -> Self {
        let own = ladder.iter().find(|rung| rung.own);
        let kind = main.map(|main| main.kind);
        let has_size = kind.is_some_and(|kind| kind != Kind::Order);
        let share = kind.is_some_and(Kind::is_share);
        let scale = if share { 100.0 } else { 1.0 };
        Self {
            words: match (kind, main) {
                (Some(Kind::Value), Some(main)) => field_words(&main.field),
                (Some(Kind::New), _) => "new rows".to_owned(),
                (Some(Kind::Gone), _) => "rows that are gone".to_owned(),
                (Some(Kind::Metric), _) => "main figure".to_owned(),
                _ => "order".to_owned(),
            },
            threshold: own
                .filter(|_| has_size)
                .map(|own| plain(own.threshold * scale)),
            kind,
        }
    }

    fn is_share(&self) -> bool {
        self.kind.is_some_and(Kind::is_share)
    }

    fn scale(&self) -> f64 {
        if self.is_share() { 100.0 } else { 1.0 }
    }

    /// The head of its column; an order has no size.
    fn heading(&self) -> Option<String> {
        match self.kind? {
            Kind::Value => Some(format!("Largest change of {}", self.words)),
            Kind::Metric => Some("Change of the main figure".to_owned()),
            Kind::New | Kind::Gone => Some(bellboard_core::text::capital_first(&self.words)),
            Kind::Order => None,
        }
    }

    fn title(&self) -> String {
        match self.kind {
            Some(Kind::Value) => format!(
                "Largest change of {} in each snapshot, in per cent",
                self.words
            ),
            Some(Kind::Metric) => {
                "Change of the main figure in each snapshot, in per cent".to_owned()
            }
            Some(Kind::New | Kind::Gone) => format!("Number of {} in each snapshot", self.words),
            Some(Kind::Order) | None => "Snapshots in which it would have rung".to_owned(),
        }
    }

    fn caption(&self, with_order: bool, cut_at: Option<&str>, with_gaps: bool) -> String {
        let mut said = String::new();
        if self.threshold.is_some() {
            let lane = if with_order { "Upper lane: " } else { "" };
            let title = self.title();
            said.push_str(lane);
            said.push_str(&if lane.is_empty() {
                title
            } else {
                bellboard_core::text::small_first(&title)
            });
            said.push('.');
        }
        if with_order {
            said.push_str(" Lower lane: the order changed, tall where it rang.");
        }
        if let Some(top) = cut_at {
            said.extend([" What is above ", top, " is cut."]);
        }
        if with_gaps {
            said.push_str(" Hatched: no snapshots.");
        }
        said.push_str(" Times in the picture are UTC.");
        said.trim_start().to_owned()
    }

    fn figure(&self, size: f64) -> String {
        match (size.is_finite(), self.is_share()) {
            (false, _) => "from 0".to_owned(),
            (true, true) => format!("{} %", plain((size * 1e4).round() / 100.0)),
            (true, false) => plain(size).to_string(),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn at(text: &str) -> Timestamp {
        text.parse().unwrap()
    }

    #[test]
    fn missing_snapshots_are_told_with_their_hours() {
        let now = at("2026-11-20T17:00:00Z");
        let span = |from: &str, to: &str, count| MissingSpan {
            from: at(from),
            to: at(to),
            count,
        };
        let night = span("2026-11-03T02:00:00Z", "2026-11-03T13:00:00Z", 12);
        assert_eq!(
            missing_words(12, 1, &night, now),
            "12 are missing: none was taken from 3 Nov 02:00 to 3 Nov 13:00 UTC."
        );
        let hour = span("2026-11-20T02:00:00Z", "2026-11-20T02:00:00Z", 1);
        assert_eq!(
            missing_words(1, 1, &hour, now),
            "1 is missing: none was taken at 02:00 UTC."
        );
        assert_eq!(
            missing_words(13, 2, &hour, now),
            "13 are missing, the last ones at 02:00 UTC."
        );
    }

    #[test]
    fn rings_are_counted_in_words() {
        assert_eq!([0, 1, 3].map(times_words), ["not once", "once", "3 times"]);
    }

    #[test]
    fn a_size_reads_in_its_unit() {
        let of = |kind| Measured {
            kind: Some(kind),
            words: if kind == Kind::New {
                "new rows".to_owned()
            } else {
                "score".to_owned()
            },
            threshold: Some(10.0),
        };
        assert_eq!(of(Kind::Value).figure(0.10512), "10.51 %");
        assert_eq!(of(Kind::Value).figure(f64::INFINITY), "from 0");
        assert_eq!(of(Kind::New).figure(3.0), "3");
        assert_eq!(
            of(Kind::Value).caption(true, Some("40"), true),
            "Upper lane: largest change of score in each snapshot, in per cent. \
             Lower lane: the order changed, tall where it rang. What is above 40 is cut. \
             Hatched: no snapshots. Times in the picture are UTC."
        );
        assert_eq!(
            of(Kind::New).caption(false, None, false),
            "Number of new rows in each snapshot. Times in the picture are UTC."
        );
    }
}
