//! How a figure is told: samples become percentiles, percentiles become one line with its ratio and its verdict.

use std::fmt::Write;
use std::process::ExitCode;
use std::time::{Duration, Instant};

/// The one place that looks at the machine's clock.
pub fn now() -> Instant {
    #[expect(
        clippy::disallowed_methods,
        reason = "a benchmark measures the real time"
    )]
    Instant::now()
}

/// Times of one kind of request.
#[derive(Debug, Default, Clone)]
pub struct Samples(Vec<Duration>);

impl Samples {
    pub fn add(&mut self, time: Duration) {
        self.0.push(time);
    }

    pub fn append(&mut self, more: Self) {
        self.0.extend(more.0);
    }

    pub fn p50(&self) -> Duration {
        self.percentile(50)
    }

    pub fn p99(&self) -> Duration {
        self.percentile(99)
    }

    pub fn best(&self) -> Duration {
        self.0.iter().min().copied().unwrap_or_default()
    }

    pub fn worst(&self) -> Duration {
        self.0.iter().max().copied().unwrap_or_default()
    }

    pub fn len(&self) -> u64 {
        self.0.len() as u64
    }

    /// The nearest rank: so many of a hundred took at most this long.
    fn percentile(&self, percent: usize) -> Duration {
        let mut sorted = self.0.clone();
        sorted.sort_unstable();
        let rank = (sorted.len() * percent).div_ceil(100);
        sorted
            .get(rank.saturating_sub(1))
            .copied()
            .unwrap_or_default()
    }
}

/// What came out.
#[derive(Debug, Default)]
pub struct Report {
    passed: u32,
    failed: u32,
}

/// One line being written.
pub struct Line<'r> {
    report: &'r mut Report,
    text: String,
    holds: bool,
}

impl Report {
    /// Begins a line: `S1 sqlite active page 1`.
    pub fn line(&mut self, name: impl std::fmt::Display) -> Line<'_> {
        Line {
            report: self,
            text: name.to_string(),
            holds: true,
        }
    }

    /// The count that ends the output.
    pub fn close(self) -> ExitCode {
        println!("{} figures reached, {} missed", self.passed, self.failed);
        if self.failed == 0 {
            ExitCode::SUCCESS
        } else {
            ExitCode::FAILURE
        }
    }
}

impl Line<'_> {
    /// Adds what was measured, without judging it.
    pub fn tell(&mut self, words: impl std::fmt::Display) {
        let _infallible = write!(self.text, " | {words}");
    }

    /// Adds a number that must be at least the figure.
    pub fn at_least(&mut self, name: &str, measured: f64, figure: f64, unit: &str) {
        let (shown, wanted) = (number(measured), number(figure));
        self.tell(format_args!("{name} {shown}{unit} (at least {wanted})"));
        self.holds &= measured >= figure;
    }

    /// Adds a number that must be at most the figure.
    pub fn at_most(&mut self, name: &str, measured: f64, figure: f64, unit: &str) {
        let (shown, wanted) = (number(measured), number(figure));
        self.tell(format_args!("{name} {shown}{unit} (at most {wanted})"));
        self.holds &= measured <= figure;
    }

    /// Prints the line without a verdict, with the reason.
    pub fn end_unjudged(self, why: &str) {
        println!("{} | not judged: {why}", self.text);
    }

    /// Prints the line with its verdict.
    pub fn end(self) {
        if self.holds {
            self.report.passed += 1;
        } else {
            self.report.failed += 1;
        }
        let verdict = if self.holds { "PASS" } else { "FAIL" };
        println!("{} | {verdict}", self.text);
    }
}

/// A remark that is no figure, such as how long the data took to make.
pub fn remark(words: impl std::fmt::Display) {
    println!("   {words}");
}

/// A count or a number of bytes to divide by.
#[expect(
    clippy::cast_precision_loss,
    reason = "what is measured here stays far below 2^52"
)]
pub fn float(number: u64) -> f64 {
    number as f64
}

/// `412 us`, `3.4 ms`, `12.0 s`.
pub fn time(time: Duration) -> String {
    let micros = time.as_secs_f64() * 1e6;
    match micros {
        ..1_000.0 => format!("{micros:.0} us"),
        ..1_000_000.0 => format!("{:.2} ms", micros / 1e3),
        _ => format!("{:.1} s", micros / 1e6),
    }
}

/// `10 k`, `1 M`.
pub fn count(count: u64) -> String {
    match count {
        0..1_000 => count.to_string(),
        1_000..1_000_000 => format!("{} k", count / 1_000),
        _ => format!("{} M", count / 1_000_000),
    }
}

/// How many times longer the first is.
pub fn ratio(longer: Duration, shorter: Duration) -> f64 {
    longer.as_secs_f64() / shorter.as_secs_f64().max(1e-9)
}

/// A number with as many digits as somebody would read.
fn number(number: f64) -> String {
    if number.abs() >= 100.0 {
        format!("{number:.0}")
    } else {
        format!("{number:.2}")
            .trim_end_matches('0')
            .trim_end_matches('.')
            .to_owned()
    }
}
