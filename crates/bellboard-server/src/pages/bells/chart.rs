//! The picture of a back-test: one stem for each snapshot, the threshold across it, rings in amber with their times, the
//! order in a lane of its own, and hatching where snapshots are missing. What it shows stands in words beside it.

use std::fmt::Write as _;

use askama::Template;
use bellboard_core::time::Timestamp;
use bellboard_hub::subscription::{MissingSpan, PreviewPoint};

use super::words::plain;
use crate::pages::moment::{Moment, Reading};

/// The picture's own measures; it is drawn to fit its frame.
const LEFT: f64 = 34.0;
const RIGHT: f64 = 1060.0;
const TOP: f64 = 14.0;
const FLOOR: f64 = 150.0;
/// A lane below, where the rule names an order.
const LANE: f64 = 180.0;
/// Stems that stand closer are one, the highest: more than there are points of the picture nobody sees.
const STEM_WIDTH: f64 = 1.5;
/// A label has so much room.
const LABEL_WIDTH: f64 = 92.0;
/// So many rings are labelled, the newest; a noisier rule is told by its figures.
const LABELS_AT_MOST: usize = 8;
/// The picture reaches up to so many times the threshold at most; what is higher is cut.
const TIMES_THRESHOLD: f64 = 4.0;
/// Spans between the marks below the picture, in seconds.
const TICKS: [i64; 13] = [
    1, 5, 15, 60, 300, 900, 3_600, 10_800, 43_200, 86_400, 345_600, 864_000, 2_592_000,
];

/// What is drawn.
#[derive(Debug)]
pub struct Drawn<'a> {
    /// What the rule looked at, the oldest first.
    pub points: &'a [PreviewPoint],
    /// When it would have rung.
    pub rings: &'a [Timestamp],
    /// When snapshots are missing.
    pub missing: &'a [MissingSpan],
    /// The threshold in the unit of the picture; none for a rule without a size.
    pub threshold: Option<f64>,
    /// What the sizes are multiplied with: 100 for per cent.
    pub scale: f64,
    /// The rule names an order.
    pub with_order: bool,
    /// The time of the page.
    pub now: Timestamp,
}

/// The picture.
#[derive(Debug, Template)]
#[template(path = "bell_chart.html")]
pub struct Chart {
    title: String,
    finding: String,
    height: f64,
    grid: Vec<Line>,
    gaps: Vec<(f64, f64)>,
    stems: String,
    hits: Vec<Hit>,
    lane: Option<(f64, String)>,
    lane_hits: Vec<f64>,
    ticks: Vec<(f64, String)>,
    /// Something was higher than the picture.
    pub cut_at: Option<String>,
}

impl askama::filters::HtmlSafe for Chart {}

/// A line across with its figure.
#[derive(Debug, PartialEq)]
struct Line {
    y: f64,
    figure: String,
    own: bool,
}

#[derive(Debug)]
struct Hit {
    x: f64,
    y: f64,
    label: Option<Label>,
}

#[derive(Debug)]
struct Label {
    x: f64,
    anchor: &'static str,
    words: String,
}

/// Where times and sizes lie.
struct Scales {
    from: i64,
    span: f64,
    top: f64,
}

impl Chart {
    /// The picture; none before there are two snapshots.
    pub fn new(drawn: &Drawn<'_>, title: String, finding: String) -> Option<Self> {
        let scales = Scales::of(drawn)?;
        let own = drawn.threshold;
        let hits = hits(drawn, &scales);
        let floor = if drawn.with_order { LANE } else { FLOOR };
        let highest = highest(drawn);
        Some(Self {
            title,
            finding,
            height: floor + 20.0,
            grid: if own.is_some() {
                grid(&scales, own)
            } else {
                Vec::new()
            },
            gaps: drawn.missing.iter().map(|gap| scales.gap(gap)).collect(),
            stems: if own.is_some() {
                stems(drawn, &scales)
            } else {
                String::new()
            },
            lane: drawn
                .with_order
                .then(|| (LANE, order_marks(drawn, &scales))),
            lane_hits: if drawn.with_order {
                lane_hits(drawn, &scales)
            } else {
                Vec::new()
            },
            ticks: ticks(drawn, &scales),
            cut_at: (highest > scales.top).then(|| plain(scales.top).to_string()),
            hits,
        })
    }
}

fn highest(drawn: &Drawn<'_>) -> f64 {
    let sizes = drawn.points.iter().filter_map(|point| point.seen.measure);
    sizes.fold(0.0, f64::max) * drawn.scale
}

impl Scales {
    fn of(drawn: &Drawn<'_>) -> Option<Self> {
        let first = drawn.points.first()?.captured_at.micros();
        let first = drawn
            .missing
            .first()
            .map_or(first, |gap| gap.from.micros().min(first));
        let last = drawn.points.last()?.captured_at.micros();
        if drawn.points.len() < 2 || last <= first {
            return None;
        }
        let bound = drawn.threshold.unwrap_or(1.0);
        // A label stands above the highest.
        let top = (highest(drawn) * 1.15).clamp(bound * 1.5, bound * TIMES_THRESHOLD);
        Some(Self {
            from: first,
            span: micros(last - first),
            top: step(top) * (top / step(top)).ceil(),
        })
    }

    fn x(&self, at: Timestamp) -> f64 {
        let passed = micros(at.micros() - self.from) / self.span;
        round(LEFT + passed.clamp(0.0, 1.0) * (RIGHT - LEFT))
    }

    fn y(&self, size: f64) -> f64 {
        round(FLOOR - (size / self.top).min(1.0) * (FLOOR - TOP))
    }

    /// Where hatching begins, and how wide it is; a single hour is seen too.
    fn gap(&self, gap: &MissingSpan) -> (f64, f64) {
        let (from, to) = (self.x(gap.from), self.x(gap.to));
        (from, round((to - from).max(2.0)))
    }
}

/// A tenth of the picture's own measure is finer than any screen.
fn round(number: f64) -> f64 {
    (number * 10.0).round() / 10.0
}

#[expect(
    clippy::cast_precision_loss,
    reason = "a span of some hundred days in microseconds lies far below 2^53"
)]
fn micros(span: i64) -> f64 {
    span as f64
}

/// The distance of the lines across: 1, 2 or 5 times a power of ten, so that there are about four.
fn step(top: f64) -> f64 {
    let rough = top / 4.0;
    let power = 10.0_f64.powf(rough.log10().floor());
    let times = [1.0, 2.0, 5.0, 10.0];
    let fits = times
        .into_iter()
        .find(|times| rough <= times * power * 1.001);
    plain(fits.unwrap_or(10.0) * power)
}

/// The lines across; the threshold's own figure keeps its neighbours away.
fn grid(scales: &Scales, own: Option<f64>) -> Vec<Line> {
    let step = step(scales.top);
    let mut lines: Vec<Line> = (0_i32..=8)
        .map(|times| plain(f64::from(times) * step))
        .take_while(|size| *size <= scales.top * 1.001)
        .map(|size| Line {
            y: scales.y(size),
            figure: size.to_string(),
            own: false,
        })
        .collect();
    if let Some(own) = own {
        let y = scales.y(own);
        lines.retain(|line| (line.y - y).abs() > 12.0);
        lines.push(Line {
            y,
            figure: plain(own).to_string(),
            own: true,
        });
    }
    lines
}

/// One path over all stems that did not ring.
fn stems(drawn: &Drawn<'_>, scales: &Scales) -> String {
    let mut path = String::new();
    let mut last: Option<(f64, f64)> = None;
    let mut draw = |(x, y): (f64, f64)| {
        if y < FLOOR {
            let _ = write!(path, "M{x} {FLOOR}V{y}");
        }
    };
    for point in drawn.points {
        let Some(size) = point.seen.measure else {
            continue;
        };
        let (x, y) = (scales.x(point.captured_at), scales.y(size * drawn.scale));
        match last {
            Some((before, highest)) if x - before < STEM_WIDTH => {
                last = Some((before, y.min(highest)));
            }
            Some(done) => {
                draw(done);
                last = Some((x, y));
            }
            None => last = Some((x, y)),
        }
    }
    last.into_iter().for_each(draw);
    path
}

/// Short marks where the order differs.
fn order_marks(drawn: &Drawn<'_>, scales: &Scales) -> String {
    let mut path = String::new();
    let mut last = f64::NEG_INFINITY;
    for point in drawn.points.iter().filter(|point| point.seen.reordered) {
        let x = scales.x(point.captured_at);
        if x - last >= STEM_WIDTH {
            let _ = write!(path, "M{x} {LANE}v-6");
            last = x;
        }
    }
    path
}

/// The same for those that rang.
fn lane_hits(drawn: &Drawn<'_>, scales: &Scales) -> Vec<f64> {
    let rang = rang(drawn).filter(|point| point.seen.reordered);
    rang.map(|point| scales.x(point.captured_at)).collect()
}

fn rang<'a>(drawn: &'a Drawn<'_>) -> impl Iterator<Item = &'a PreviewPoint> {
    let points = drawn.points.iter();
    points.filter(|point| drawn.rings.binary_search(&point.captured_at).is_ok())
}

/// The rings; the newest are named first, as far as there is room.
fn hits(drawn: &Drawn<'_>, scales: &Scales) -> Vec<Hit> {
    let mut free = f64::INFINITY;
    let mut labels = 0;
    let mut hits: Vec<Hit> = Vec::new();
    let rang: Vec<&PreviewPoint> = rang(drawn).collect();
    for point in rang.into_iter().rev() {
        let x = scales.x(point.captured_at);
        let size = point.seen.measure.filter(|_| drawn.threshold.is_some());
        let has_room = labels < LABELS_AT_MOST && x + LABEL_WIDTH / 2.0 <= free;
        let label = has_room.then(|| {
            labels += 1;
            free = x - LABEL_WIDTH / 2.0;
            label(x, point.captured_at, drawn.now)
        });
        hits.push(Hit {
            x,
            y: size.map_or(FLOOR - 20.0, |size| scales.y(size * drawn.scale)),
            label,
        });
    }
    hits.reverse();
    hits
}

fn label(x: f64, at: Timestamp, now: Timestamp) -> Label {
    let (x, anchor) = if x > RIGHT - LABEL_WIDTH / 2.0 {
        (RIGHT + 8.0, "end")
    } else if x < LEFT + LABEL_WIDTH / 2.0 {
        (LEFT, "start")
    } else {
        (x, "middle")
    };
    Label {
        x,
        anchor,
        words: Moment::new(at, Reading::Clock, now).words().to_owned(),
    }
}

/// Round times below the picture.
fn ticks(drawn: &Drawn<'_>, scales: &Scales) -> Vec<(f64, String)> {
    let seconds = scales.span / 1e6;
    let widest = |step: &&i64| seconds / micros(**step) <= 9.0;
    let step = TICKS.iter().find(widest).unwrap_or(&TICKS[12]) * 1_000_000;
    let first = scales.from.div_euclid(step) + 1;
    let times = (first..)
        .map(|number| Timestamp::from_micros(number * step))
        .take_while(|at| micros(at.micros() - scales.from) <= scales.span);
    let is_day = step >= 86_400_000_000;
    times
        .map(|at| (scales.x(at), tick_words(at, is_day, drawn.now)))
        .filter(|(x, _)| *x < RIGHT - 30.0 && *x > LEFT + 20.0)
        .collect()
}

fn tick_words(at: Timestamp, is_day: bool, now: Timestamp) -> String {
    let words = Moment::new(at, Reading::Clock, now).words().to_owned();
    match words.rsplit_once(' ') {
        Some((day, _)) if is_day => day.to_owned(),
        _ if is_day => "today".to_owned(),
        _ => words,
    }
}

#[cfg(test)]
mod tests {
    use bellboard_core::dashboard::Seen;

    use super::*;

    fn at(hour: i64) -> Timestamp {
        let start: Timestamp = "2026-11-01T00:00:00Z".parse().unwrap();
        Timestamp::from_micros(start.micros() + hour * 3_600_000_000)
    }

    fn points(sizes: &[f64]) -> Vec<PreviewPoint> {
        let sizes = sizes.iter().zip(0..);
        sizes
            .map(|(size, hour)| PreviewPoint {
                captured_at: at(hour),
                seen: Seen {
                    measure: Some(*size),
                    reordered: hour % 2 == 1,
                },
            })
            .collect()
    }

    fn drawn(points: &[PreviewPoint], rings: &[Timestamp], missing: &[MissingSpan]) -> String {
        let drawn = Drawn {
            points,
            rings,
            missing,
            threshold: Some(10.0),
            scale: 100.0,
            with_order: true,
            now: at(100),
        };
        let chart = Chart::new(&drawn, "Sizes".to_owned(), "One <ring>.".to_owned());
        chart.map_or_else(String::new, |chart| chart.to_string())
    }

    #[test]
    fn every_ring_is_a_labelled_mark_at_its_place() {
        let points = points(&[0.0, 0.02, 0.15, 0.01, 0.0]);
        let html = drawn(&points, &[at(2)], &[]);
        for piece in [
            "<title id=\"bt-t\">Sizes</title>",
            "One &#60;ring&#62;.",
            "M547 150V48",
            "1 Nov 02:00",
            "<path class=\"th\" d=\"M34 82H1060\"/>",
        ] {
            assert!(html.contains(piece), "{piece}: {html}");
        }
        assert_eq!(html.matches("class=\"rgd\"").count(), 1, "{html}");
        // The order differed at the second and the fourth.
        assert!(html.contains("M290.5 180v-6M803.5 180v-6"), "{html}");
    }

    #[test]
    fn what_is_missing_is_hatched_and_nothing_is_drawn_of_one_snapshot() {
        let gap = MissingSpan {
            from: at(2),
            to: at(3),
            count: 2,
        };
        let html = drawn(&points(&[0.0, 0.05, 0.2, 0.0, 0.1]), &[], &[gap]);
        assert!(
            html.contains("x=\"547\" y=\"14\" width=\"256.5\""),
            "{html}"
        );
        assert_eq!(drawn(&points(&[0.3]), &[], &[]), "");
        assert_eq!(drawn(&[], &[], &[]), "");
    }

    #[test]
    fn what_is_higher_than_the_picture_is_cut_and_told() {
        let points = points(&[0.0, f64::INFINITY, 9.0, 0.1]);
        let drawn = Drawn {
            points: &points,
            rings: &[],
            missing: &[],
            threshold: Some(10.0),
            scale: 100.0,
            with_order: false,
            now: at(100),
        };
        let chart = Chart::new(&drawn, String::new(), String::new()).unwrap();
        assert_eq!(chart.cut_at.as_deref(), Some("40"));
        assert!(chart.stems.contains("V14"), "{}", chart.stems);
    }

    #[test]
    fn the_lines_across_stand_at_round_figures() {
        for (top, expected) in [
            (20.0, 5.0),
            (40.0, 10.0),
            (0.3, 0.1),
            (4.0, 1.0),
            (7.5, 2.0),
        ] {
            assert!((step(top) - expected).abs() < 1e-9, "{top}: {}", step(top));
        }
    }

    #[test]
    fn many_stems_are_drawn_as_what_can_be_told_apart() {
        let many = points(&vec![0.05; 9_000]);
        let html = drawn(&many, &[], &[]);
        assert!(html.len() < 30_000, "{}", html.len());
    }

    fn plain_drawn(points: &[PreviewPoint]) -> Drawn<'_> {
        Drawn {
            points,
            rings: &[],
            missing: &[],
            threshold: Some(10.0),
            scale: 100.0,
            with_order: false,
            now: at(740),
        }
    }

    #[test]
    fn the_marks_below_are_round_times_and_leave_room_for_each_other() {
        for (hours, first, most) in [
            (3, "1 Nov 01:00", 9),
            (30, "1 Nov 12:00", 9),
            (720, "7 Nov", 9),
        ] {
            let points = points(&vec![0.01; hours]);
            let drawn = plain_drawn(&points);
            let scales = Scales::of(&drawn).unwrap();
            let ticks = ticks(&drawn, &scales);
            assert!(
                ticks.iter().any(|(_, words)| words == first),
                "{hours}: {ticks:?}"
            );
            assert!((1..=most).contains(&ticks.len()), "{hours}: {ticks:?}");
            let places: Vec<f64> = ticks.iter().map(|(x, _)| *x).collect();
            assert!(
                places.windows(2).all(|pair| pair[1] - pair[0] > 80.0),
                "{hours}: {places:?}"
            );
        }
    }

    #[test]
    fn a_noisy_rule_is_labelled_at_its_newest_rings_only() {
        let points = points(&[0.2; 400]);
        let rings: Vec<Timestamp> = points.iter().map(|point| point.captured_at).collect();
        let drawn = Drawn {
            rings: &rings,
            ..plain_drawn(&points)
        };
        let scales = Scales::of(&drawn).unwrap();
        let hits = hits(&drawn, &scales);
        assert_eq!(hits.len(), 400);
        let labelled: Vec<&Hit> = hits.iter().filter(|hit| hit.label.is_some()).collect();
        assert_eq!(labelled.len(), LABELS_AT_MOST);
        assert!(hits.last().unwrap().label.is_some(), "the newest is named");
        assert_eq!(hits.last().unwrap().label.as_ref().unwrap().anchor, "end");
        assert!(
            labelled
                .windows(2)
                .all(|pair| pair[1].x - pair[0].x >= LABEL_WIDTH / 2.0)
        );
    }

    #[test]
    fn a_rule_about_the_order_alone_has_its_lane_and_no_sizes() {
        let mut points = points(&[0.0; 6]);
        for point in &mut points {
            point.seen.measure = None;
        }
        let rings = [at(1), at(3)];
        let drawn = Drawn {
            rings: &rings,
            threshold: None,
            with_order: true,
            ..plain_drawn(&points)
        };
        let chart = Chart::new(&drawn, "Rings".to_owned(), String::new()).unwrap();
        assert!(chart.grid.is_empty() && chart.stems.is_empty() && chart.cut_at.is_none());
        assert_eq!(chart.lane_hits.len(), 2);
        let html = chart.to_string();
        assert_eq!(html.matches("v-12").count(), 2, "{html}");
        assert_eq!(html.matches("class=\"rgd\"").count(), 2, "{html}");
    }
}
