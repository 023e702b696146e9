//! The top line of home: the answer before anything else. It counts only what was counted.

use std::time::Duration;

use askama::Template;
use bellboard_core::text::grouped;
use bellboard_core::time::Timestamp;

use super::moment::{Moment, Reading};
use super::words::counted;

/// How far back "finished since" looks.
const LOOK_BACK: Duration = Duration::from_hours(24);

/// What the answer is made of.
#[derive(Debug)]
pub struct AnswerFacts<'a> {
    /// All that waits for the person.
    pub needs_you: u64,
    /// All runs that are queued or at work.
    pub active: u64,
    /// When the newest ended runs ended, newest first.
    pub ended: &'a [Timestamp],
    /// There are ended runs beyond those.
    pub more_ended: bool,
    /// How many engagements were looked at, or the one by name.
    pub scope: Scope<'a>,
    /// The newest change that is known.
    pub last_change: Option<Timestamp>,
    /// The time of the page.
    pub now: Timestamp,
}

/// Which engagements the answer covers.
#[derive(Clone, Copy, Debug)]
pub enum Scope<'a> {
    /// All of the person's.
    All(u64),
    /// One.
    One(&'a str),
}

/// The answer line with its second line; also a live fragment.
#[derive(Debug, Template)]
#[template(path = "answer.html")]
pub struct Answer {
    needs: String,
    active: String,
    finished: String,
    since: Moment,
    scope: String,
    last_change: Option<Moment>,
    needs_you: u64,
    active_count: u64,
    finished_count: u64,
}

impl askama::filters::HtmlSafe for Answer {}

impl Answer {
    /// The answer to `facts`.
    ///
    /// When every known end lies within the last 24 hours and there are more, the line says since when the known ones
    /// are: that is still exactly true.
    pub fn new(facts: &AnswerFacts<'_>) -> Self {
        let edge = Timestamp::from_micros(
            facts
                .now
                .micros()
                .saturating_sub(i64::try_from(LOOK_BACK.as_micros()).unwrap_or(i64::MAX)),
        );
        let within = facts.ended.iter().filter(|at| **at >= edge).count();
        let since = match facts.ended.last() {
            Some(oldest) if facts.more_ended && within == facts.ended.len() => *oldest,
            _ => edge,
        };
        let finished_count = within as u64;
        Self {
            needs: needs_words(facts.needs_you),
            active: active_words(facts.active),
            finished: finished_words(finished_count),
            since: Moment::new(since, Reading::Since, facts.now),
            scope: match facts.scope {
                Scope::All(1) => "In 1 engagement.".to_owned(),
                Scope::All(count) => format!("Across {} engagements.", grouped(count)),
                Scope::One(name) => format!("In {name}."),
            },
            last_change: facts
                .last_change
                .map(|at| Moment::new(at, Reading::Ago, facts.now)),
            needs_you: facts.needs_you,
            active_count: facts.active,
            finished_count,
        }
    }
}

fn needs_words(count: u64) -> String {
    match count {
        0 => "Nothing needs you.".to_owned(),
        _ => format!("{} you.", counted(count, "thing needs", "things need")),
    }
}

fn active_words(count: u64) -> String {
    match count {
        0 => "Nothing is active".to_owned(),
        _ => counted(count, "is active", "are active"),
    }
}

fn finished_words(count: u64) -> String {
    match count {
        0 => "nothing finished".to_owned(),
        _ => format!("{} finished", grouped(count)),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn at(text: &str) -> Timestamp {
        text.parse().expect("a time of this test")
    }

    fn line(needs_you: u64, active: u64, ended: &[&str], more_ended: bool) -> String {
        let ended: Vec<Timestamp> = ended.iter().map(|text| at(text)).collect();
        let answer = Answer::new(&AnswerFacts {
            needs_you,
            active,
            ended: &ended,
            more_ended,
            scope: Scope::All(5),
            last_change: None,
            now: at("2026-11-20T17:40:00Z"),
        });
        format!(
            "{} {}, {} since {}.",
            answer.needs,
            answer.active,
            answer.finished,
            answer.since.words()
        )
    }

    #[test]
    fn the_line_counts_the_last_day_only() {
        assert_eq!(
            line(
                3,
                5,
                &[
                    "2026-11-20T17:31:00Z",
                    "2026-11-20T15:31:00Z",
                    "2026-11-01T12:00:00Z"
                ],
                true
            ),
            "3 things need you. 5 are active, 2 finished since yesterday 17:40."
        );
    }

    #[test]
    fn a_full_page_of_ends_says_since_when() {
        assert_eq!(
            line(
                1,
                1,
                &["2026-11-20T17:31:00Z", "2026-11-20T15:31:00Z"],
                true
            ),
            "1 thing needs you. 1 is active, 2 finished since 15:31."
        );
    }

    #[test]
    fn nothing_is_said_as_nothing() {
        assert_eq!(
            line(0, 0, &[], false),
            "Nothing needs you. Nothing is active, nothing finished since yesterday 17:40."
        );
    }
}
