//! The figures of dashboards: how fast two pictures are compared (S4), many rules judged (S5), a rule tried on the past
//! (S9). `cargo xtask bench` builds and starts this program; it prints one line for each figure, at three sizes.

use std::convert::Infallible;
use std::ffi::OsStr;
use std::hash::{BuildHasher as _, RandomState};
use std::hint::black_box;
use std::process::{Command, ExitCode};
use std::time::{Duration, Instant};

use bellboard_core::dashboard::{
    Baseline, Cell, History, Number, Picture, RowsBuilder, Summary, Threshold, ViewSpec, back_test,
    compute_diff, evaluate_all, summarise,
};
use serde_json::json;

/// What others take for the same work.
const BESIDE: &str = include_str!("beside.py");
/// The Python that has the packages which S4 is compared with.
const PYTHON: &str = "BELLBOARD_BENCH_PYTHON";
/// Each figure is the best of so many tries: the machine's other work only ever makes one longer. Others are tried as often.
const TRIES_AT_LEAST: u32 = 7;
const TRIES_AT_MOST: u32 = 60;
/// Beyond the least, tries begin within this time.
const TRYING: Duration = Duration::from_secs(2);

/// A seeded source of numbers (SplitMix64).
struct Draw(u64);

impl Draw {
    fn below(&mut self, bound: u64) -> u64 {
        self.0 = self.0.wrapping_add(0x9E37_79B9_7F4A_7C15);
        let mut z = self.0;
        z = (z ^ (z >> 30)).wrapping_mul(0xBF58_476D_1CE4_E5B9);
        z = (z ^ (z >> 27)).wrapping_mul(0x94D0_49BB_1331_11EB);
        (z ^ (z >> 31)) % bound
    }

    fn number(&mut self) -> Number {
        Number::Whole(self.below(1_000_000).cast_signed())
    }
}

fn main() -> ExitCode {
    let figures: Vec<String> = std::env::args().skip(1).collect();
    let wants = |figure: &str| figures.is_empty() || figures.iter().any(|name| name == figure);
    let mut held = true;
    if wants("S4") {
        held &= diffs();
        held &= others();
    }
    if wants("S5") {
        held &= rules();
    }
    if wants("S9") {
        held &= past();
    }
    if held {
        ExitCode::SUCCESS
    } else {
        ExitCode::FAILURE
    }
}

#[expect(clippy::disallowed_methods, reason = "a measurement reads the clock")]
fn best(mut work: impl FnMut()) -> Duration {
    let begun = Instant::now();
    let (mut tries, mut best) = (0, Duration::MAX);
    while tries < TRIES_AT_LEAST || (tries < TRIES_AT_MOST && begun.elapsed() < TRYING) {
        let from = Instant::now();
        work();
        best = best.min(from.elapsed());
        tries += 1;
    }
    best
}

/// A row of eight columns: the id, a name, six numbers.
type NamedRow = (String, String, [Number; 6]);

fn table(draw: &mut Draw, rows: usize) -> Vec<NamedRow> {
    let row = |place: usize| {
        let numbers = std::array::from_fn(|_| draw.number());
        (
            format!("row-{place:07}"),
            format!("The row of number {place}"),
            numbers,
        )
    };
    (0..rows).map(row).collect()
}

fn picture(rows: &[NamedRow]) -> Picture {
    ordered(rows, "score")
}

fn ordered(rows: &[NamedRow], field: &str) -> Picture {
    const NAMES: [&str; 6] = ["score", "b", "c", "d", "e", "f"];
    let spec = json!({
        "source": "pushed", "id_field": "id", "order_by": [{"field": field, "direction": "desc"}],
        "primary_metric": {"measure": "sum", "field": "score"},
    });
    let mut spec = ViewSpec::parse(&spec, None).expect("the question is right");
    spec.limit = 100_000;
    let mut builder = RowsBuilder::default();
    for (id, name, numbers) in rows {
        let cells = NAMES
            .iter()
            .zip(numbers)
            .map(|(name, number)| (*name, Cell::Number(*number)));
        let texts = [("id", Cell::Text(id)), ("name", Cell::Text(name))];
        builder
            .push(texts.into_iter().chain(cells))
            .expect("the rows are right");
    }
    spec.answer(&builder.finish()).expect("the rows are right")
}

/// A tenth of the rows gets another number in a column, the order's own among them; one in a hundred is new, one gone.
fn changed(draw: &mut Draw, rows: &[NamedRow]) -> Vec<NamedRow> {
    let mut rows = rows.to_vec();
    for row in &mut rows {
        match draw.below(100) {
            0 => row.0.push('x'),
            1..=10 => row.2[usize::try_from(draw.below(6)).unwrap_or(0)] = draw.number(),
            _ => {}
        }
    }
    rows
}

fn diffs() -> bool {
    let mut held = true;
    for rows in [1_000, 10_000, 100_000] {
        let mut draw = Draw(4);
        let before = table(&mut draw, rows);
        let after = changed(&mut draw, &before);
        // The column `b` has nothing to do with the score, so that no two rows stand beside each other as before.
        for (scene, field) in [("", "score"), (" in an order of its own", "b")] {
            let (a, b) = (picture(&before), ordered(&after, field));
            let hasher = RandomState::new();
            let hashing = best(|| {
                for (_, id) in a.primary_rows().chain(b.primary_rows()) {
                    black_box(hasher.hash_one(id));
                }
            });
            let diffing = best(|| {
                black_box(compute_diff(&a, &b));
            });
            let ratio = diffing.as_secs_f64() / hashing.as_secs_f64();
            let is_judged = rows == 100_000 && scene.is_empty();
            let verdict = judged(is_judged, ratio <= 3.0, &mut held);
            println!(
                "S4 diff, {rows} rows x 8{scene}: {diffing:.2?}, hashing the ids of both {hashing:.2?}, {ratio:.2} x {verdict}"
            );
        }
    }
    held
}

/// The same work as other programs do it, side by side on the same rows: a full join of polars, and the daff package.
fn others() -> bool {
    let Some(python) = std::env::var_os(PYTHON) else {
        println!("S4 beside polars and daff: left out, {PYTHON} names no Python that has them");
        return true;
    };
    let mut held = true;
    for (other, rows, least) in [("polars", 100_000, 2.0), ("daff", 20_000, 1_000.0)] {
        let mut draw = Draw(4);
        let before = table(&mut draw, rows);
        let after = changed(&mut draw, &before);
        let (a, b) = (picture(&before), picture(&after));
        let ours = best(|| {
            black_box(compute_diff(&a, &b));
        });
        let diff = compute_diff(&a, &b);
        let found = [
            diff.id_set_added.len(),
            diff.id_set_removed.len(),
            diff.row_value_deltas.len(),
        ];
        let (took, theirs) = asked(&python, other, [&before, &after]);
        // daff guesses which rows belong together, so that it finds a renamed row where others find one gone and one new.
        assert!(other == "daff" || theirs == found, "{theirs:?} {found:?}");
        let ratio = took.as_secs_f64() / ours.as_secs_f64();
        let verdict = judged(true, ratio >= least, &mut held);
        println!(
            "S4 beside {other}, {rows} rows x 8: {ours:.2?}, {other} {took:.2?}, {ratio:.2} x faster {verdict}"
        );
    }
    held
}

/// How long another program takes, and how many rows it finds new, gone and changed.
fn asked(python: &OsStr, other: &str, tables: [&[NamedRow]; 2]) -> (Duration, [usize; 3]) {
    let folder = std::env::temp_dir();
    let paths = ["before", "after"]
        .map(|name| folder.join(format!("bellboard-bench-{}-{name}.csv", std::process::id())));
    for (path, rows) in paths.iter().zip(tables) {
        let lines = rows.iter().map(|(id, name, numbers)| {
            let numbers = numbers.map(|number| number.to_string());
            format!("{id},{name},{}\n", numbers.join(","))
        });
        let text: Vec<String> = lines.collect();
        let text = format!("id,name,score,b,c,d,e,f\n{}", text.concat());
        std::fs::write(path, text).expect("there is room for a table");
    }
    let said = Command::new(python)
        .args(["-c", BESIDE])
        .args(&paths)
        .arg(other)
        .output()
        .expect("Python starts");
    for path in &paths {
        let _perhaps_not_there = std::fs::remove_file(path);
    }
    let words = String::from_utf8_lossy(&said.stdout);
    let numbers: Vec<u64> = words
        .split_whitespace()
        .filter_map(|word| word.parse().ok())
        .collect();
    let [took, rest @ ..] = numbers.as_slice() else {
        panic!("{other}: {}", String::from_utf8_lossy(&said.stderr));
    };
    let count = |place: usize| usize::try_from(rest[place]).expect("a count of rows");
    (Duration::from_micros(*took), [count(0), count(1), count(2)])
}

fn rules() -> bool {
    let mut draw = Draw(5);
    let before = table(&mut draw, 1_000);
    let after = changed(&mut draw, &before);
    let summary = summarise(&picture(&before), &picture(&after));
    let mut held = true;
    for count in [1_000u32, 10_000, 100_000] {
        let rule = |number: u32| {
            let share = f64::from(number + 1) / 1_000.0;
            let rule = json!({"or": [
                {"and": [{"value_delta_pct": share, "on_field": "score"}, {"set_added_min": number % 40 + 1}]},
                {"not": {"top_n_reordering": number % 100 + 1}},
            ]});
            Threshold::from_stored(&rule).expect("the rule is right")
        };
        let rules: Vec<(u64, Threshold)> = (0..count)
            .map(|number| (u64::from(number), rule(number)))
            .collect();
        let judging = best(|| {
            black_box(evaluate_all(
                rules.iter().map(|(key, rule)| (*key, rule)),
                Some(&summary),
            ));
        });
        let equal = best(|| {
            black_box(evaluate_all(
                rules.iter().map(|(_, rule)| (7u64, rule)),
                Some(&summary),
            ));
        });
        let each = judging.as_secs_f64() * 1e6 / f64::from(count);
        let verdict = judged(count == 100_000, each <= 1.0, &mut held);
        println!(
            "S5 {count} different rules: {each:.3} microseconds each; equal ones {equal:.2?} in all {verdict}"
        );
    }
    held
}

/// Pictures as they are kept: texts, each read back once in a test of a rule.
struct Kept {
    texts: Vec<String>,
    read: Vec<Option<Picture>>,
}

impl Kept {
    fn picture(&mut self, place: usize) -> &Picture {
        let text = &self.texts[place];
        self.read[place].get_or_insert_with(|| {
            Picture::from_canonical(text).expect("the kept text is a picture")
        })
    }
}

impl History for Kept {
    type Fault = Infallible;

    fn snapshots(&self) -> usize {
        self.texts.len()
    }

    fn summary(&mut self, from: usize, to: usize) -> Result<Summary, Infallible> {
        self.picture(from);
        self.picture(to);
        let read = |place: usize| self.read[place].as_ref().expect("both were read");
        Ok(summarise(read(from), read(to)))
    }
}

fn past() -> bool {
    let rule = json!({"value_delta_pct": 0.5, "on_field": "score"});
    let rule = Threshold::from_stored(&rule).expect("the rule is right");
    let mut held = true;
    for snapshots in [72, 240, 720] {
        let mut draw = Draw(9);
        let mut rows = table(&mut draw, 200);
        let mut texts = Vec::new();
        for _ in 0..snapshots {
            texts.push(picture(&rows).canonical());
            rows = changed(&mut draw, &rows);
        }
        let mut kept = Kept {
            read: Vec::new(),
            texts,
        };
        for baseline in [Baseline::Previous, Baseline::LastNotified] {
            let mut rings = 0;
            let took = best(|| {
                kept.read = vec![None; snapshots];
                let Ok(tried) = back_test(&mut kept, &rule, baseline);
                rings = tried.rings.len();
            });
            let verdict = judged(
                snapshots == 720,
                took <= Duration::from_millis(200),
                &mut held,
            );
            println!(
                "S9 back-test, {snapshots} snapshots of 200 rows, {baseline}: {took:.2?}, {rings} rings {verdict}"
            );
        }
    }
    held
}

/// Only the size that the figure names is judged; the others show how it grows.
fn judged(is_judged: bool, holds: bool, held: &mut bool) -> &'static str {
    match (is_judged, holds) {
        (false, _) => "",
        (true, true) => "PASS",
        (true, false) => {
            *held = false;
            "FAIL"
        }
    }
}
