//! What can be said to the hub in a story, and how stories are made up.

use proptest::prelude::*;

/// Who speaks. The owner always stays one; the others come and go.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Actor {
    Owner,
    Operator,
    Contributor,
    DomainExpert,
    Reader,
    Stranger,
}

impl Actor {
    pub const ALL: [Self; 6] = [
        Self::Owner,
        Self::Operator,
        Self::Contributor,
        Self::DomainExpert,
        Self::Reader,
        Self::Stranger,
    ];
}

/// What a start gives itself to be told apart by: one of few, so that starts meet.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Mode {
    WhileActive,
    Nonce,
    Slot,
}

/// A start.
#[derive(Debug, Clone)]
pub struct Start {
    pub mode: Mode,
    /// Which inputs, and which slot.
    pub which: u8,
    /// Of a type whose failures a later success settles; otherwise a person has to look.
    pub repeatable: bool,
    pub running: bool,
    pub heartbeat_seconds: Option<u32>,
    /// Scheduled work: nobody is told at the end.
    pub system: bool,
    /// The reporter's clock is behind by so many seconds.
    pub seconds_ago: u32,
}

/// A report.
#[derive(Debug, Clone)]
pub struct Report {
    pub sequence: Option<u32>,
    pub processed: Option<u64>,
    pub total: Option<u64>,
    pub phase: bool,
    pub seconds_ago: u32,
}

/// One line of a story. A run is named by its place among all that were started, counted round.
#[derive(Debug, Clone)]
pub enum Command {
    Start(Actor, Start),
    Report(Actor, usize, Report),
    Finish(Actor, usize, &'static str, u32),
    Verify(Actor, usize),
    Acknowledge(Actor, usize),
    Cancel(Actor, usize),
    Watch(Actor, usize),
    Unwatch(Actor, usize),
    /// Asks about a run, perhaps only for so many seconds.
    Ask(Actor, usize, Option<u32>),
    /// Answers an ask, which is named by its place among all that were asked, counted round.
    Answer(Actor, usize),
    Withdraw(Actor, usize),
    /// Says the last thing again, word for word.
    Again,
    /// The owner makes somebody a member with this one designation, or ends the membership.
    Member(Actor, Option<Actor>),
    /// The clock goes forward by so many seconds.
    Advance(u64),
    /// The loop that ends what nobody reports on any more looks once.
    LoseAbandoned,
    /// The loop that applies the fallbacks of asks looks once.
    ExpireAsks,
    /// The loop that forgets what is over looks once.
    Forget,
}

pub const OUTCOMES: [&str; 5] = [
    "succeeded",
    "partially_succeeded",
    "blocked",
    "failed",
    "cancelled",
];

/// Seconds: moments, beats and the limits of beats.
const SHORT_JUMPS: [u64; 5] = [0, 1, 31, 121, 901];
/// A day, its limit, and beyond what is kept.
const LONG_JUMPS: [u64; 3] = [86_400, 86_401, 91 * 86_400];

/// Mostly those who may do things.
fn actor() -> impl Strategy<Value = Actor> {
    prop_oneof![
        6 => Just(Actor::Operator),
        4 => Just(Actor::Contributor),
        3 => Just(Actor::Owner),
        2 => Just(Actor::DomainExpert),
        2 => Just(Actor::Reader),
        1 => Just(Actor::Stranger),
    ]
}

fn mode() -> impl Strategy<Value = Mode> {
    prop_oneof![
        3 => Just(Mode::WhileActive),
        2 => Just(Mode::Nonce),
        2 => Just(Mode::Slot),
    ]
}

/// Mostly a clock that is right.
fn seconds_ago() -> impl Strategy<Value = u32> {
    prop_oneof![3 => Just(0), 1 => 1_u32..200]
}

fn start() -> impl Strategy<Value = Start> {
    (
        mode(),
        0_u8..2,
        any::<bool>(),
        any::<bool>(),
        proptest::option::of(proptest::sample::select(vec![10_u32, 60])),
        proptest::bool::weighted(0.1),
        seconds_ago(),
    )
        .prop_map(
            |(mode, which, repeatable, running, heartbeat_seconds, system, seconds_ago)| Start {
                mode,
                which,
                repeatable,
                running,
                heartbeat_seconds,
                system,
                seconds_ago,
            },
        )
}

fn report() -> impl Strategy<Value = Report> {
    (
        proptest::option::of(1_u32..6),
        proptest::option::of(0_u64..12),
        proptest::option::of(0_u64..12),
        proptest::bool::weighted(0.2),
        seconds_ago(),
    )
        .prop_map(|(sequence, processed, total, phase, seconds_ago)| Report {
            sequence,
            processed,
            total,
            phase,
            seconds_ago,
        })
}

fn command() -> impl Strategy<Value = Command> {
    let run = || 0_usize..12;
    let jump = |jumps: &[u64]| proptest::sample::select(jumps.to_vec()).prop_map(Command::Advance);
    let time = prop_oneof![
        3 => Just(Command::LoseAbandoned),
        1 => Just(Command::ExpireAsks),
        4 => jump(&SHORT_JUMPS),
        1 => jump(&LONG_JUMPS),
    ];
    let designation = proptest::option::of(proptest::sample::select(vec![
        Actor::Operator,
        Actor::Contributor,
        Actor::DomainExpert,
        Actor::Reader,
    ]));
    let expiry = proptest::option::of(proptest::sample::select(vec![30_u32, 900]));
    prop_oneof![
        8 => (actor(), start()).prop_map(|(who, start)| Command::Start(who, start)),
        8 => (actor(), run(), report()).prop_map(|(who, run, report)| Command::Report(who, run, report)),
        8 => (actor(), run(), proptest::sample::select(OUTCOMES.to_vec()), seconds_ago())
            .prop_map(|(who, run, outcome, ago)| Command::Finish(who, run, outcome, ago)),
        2 => (actor(), run()).prop_map(|(who, run)| Command::Verify(who, run)),
        3 => (actor(), run()).prop_map(|(who, run)| Command::Acknowledge(who, run)),
        2 => (actor(), run()).prop_map(|(who, run)| Command::Cancel(who, run)),
        3 => (actor(), run()).prop_map(|(who, run)| Command::Watch(who, run)),
        1 => (actor(), run()).prop_map(|(who, run)| Command::Unwatch(who, run)),
        4 => (actor(), run(), expiry).prop_map(|(who, run, expiry)| Command::Ask(who, run, expiry)),
        3 => (actor(), run()).prop_map(|(who, ask)| Command::Answer(who, ask)),
        1 => (actor(), run()).prop_map(|(who, ask)| Command::Withdraw(who, ask)),
        4 => Just(Command::Again),
        2 => (actor(), designation).prop_map(|(who, what)| Command::Member(who, what)),
        6 => time,
        1 => Just(Command::Forget),
    ]
}

/// A story of up to sixty commands.
pub fn story() -> impl Strategy<Value = Vec<Command>> {
    proptest::collection::vec(command(), 1..=60)
}
