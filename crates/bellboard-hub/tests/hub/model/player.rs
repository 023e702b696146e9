//! Tells a story to the hub and to the model, line by line, and compares.

mod request;
mod stored;

use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::Duration;

use bellboard_core::time::Timestamp;
use bellboard_hub::ask::expire_due;
use bellboard_hub::call::Caller;
use bellboard_hub::fault::Fault;
use bellboard_hub::run::{forget_expired, lose_abandoned};
use bellboard_hub::world::World as _;
use proptest::test_runner::TestCaseError;
use serde_json::{Value, json};
use uuid::Uuid;

use super::board::{Board, Said};
use super::command::{Actor, Command};
use crate::fixture::{HubFixture, Stage, id_in};

/// The people, who are the same in every story; each story has an engagement of its own.
pub struct Player {
    stage: Stage,
    stories: AtomicUsize,
    commands: AtomicUsize,
    refusals: AtomicUsize,
    ends: AtomicUsize,
}

/// One story while it is told.
struct Telling<'p> {
    player: &'p Player,
    engagement: Uuid,
    board: Board,
    /// Every run that was started, in that order.
    runs: Vec<Uuid>,
    /// Every ask, in the order in which they were made.
    asks: Vec<Uuid>,
    last: Option<(Actor, Said)>,
}

type Told<T = ()> = Result<T, TestCaseError>;

impl Player {
    pub async fn new(fixture: HubFixture) -> Self {
        Self {
            stage: fixture.stage().await,
            stories: AtomicUsize::new(0),
            commands: AtomicUsize::new(0),
            refusals: AtomicUsize::new(0),
            ends: AtomicUsize::new(0),
        }
    }

    /// How much was told. Stories in which nothing happens prove nothing.
    pub fn told(&self) -> String {
        let (commands, refusals, ends) = (
            self.commands.load(Ordering::Relaxed),
            self.refusals.load(Ordering::Relaxed),
            self.ends.load(Ordering::Relaxed),
        );
        assert!(ends > commands / 50, "only {ends} runs ended");
        format!("{commands} commands, {refusals} refusals, {ends} runs ended")
    }

    pub async fn play(&self, story: &[Command]) -> Told {
        let stage = &self.stage;
        let name = format!("Story {}", self.stories.fetch_add(1, Ordering::Relaxed));
        let engagement = stage.fixture.engagement(&stage.owner, &name).await;
        for (who, what) in [
            (Actor::Operator, "operator"),
            (Actor::Contributor, "contributor"),
            (Actor::DomainExpert, "domain_expert"),
            (Actor::Reader, "reader"),
        ] {
            let whom = self.caller(who);
            stage
                .fixture
                .join(&stage.owner, engagement, whom, &[what])
                .await;
        }
        let mut telling = Telling {
            player: self,
            engagement,
            board: Board::new(stage.fixture.world.now().micros()),
            runs: Vec::new(),
            asks: Vec::new(),
            last: None,
        };
        for (line, command) in story.iter().enumerate() {
            let before = telling.board.clone();
            let told = telling.command(command).await;
            told.and_then(|()| {
                let kept = telling.board.keeps_its_promises_since(&before);
                kept.map_err(TestCaseError::fail)
            })
            .map_err(|fault| TestCaseError::fail(format!("line {line}, {command:?}: {fault}")))?;
            telling.tallies().await.map_err(|fault| {
                TestCaseError::fail(format!("after line {line}, {command:?}: {fault}"))
            })?;
            self.commands.fetch_add(1, Ordering::Relaxed);
        }
        telling.everything().await
    }

    fn caller(&self, who: Actor) -> &Caller {
        let stage = &self.stage;
        match who {
            Actor::Owner => &stage.owner,
            Actor::Operator => &stage.operator,
            Actor::Contributor => &stage.contributor,
            Actor::DomainExpert => &stage.domain_expert,
            Actor::Reader => &stage.reader,
            Actor::Stranger => &stage.stranger,
        }
    }
}

impl Telling<'_> {
    fn fixture(&self) -> &HubFixture {
        &self.player.stage.fixture
    }

    async fn command(&mut self, command: &Command) -> Told {
        let ago =
            |seconds: u32| (seconds > 0).then(|| self.board.now - i64::from(seconds) * 1_000_000);
        let run = |place: &usize| {
            let many = self.runs.len();
            (many > 0).then(|| self.runs[place % many])
        };
        let ask = |place: &usize| {
            let many = self.asks.len();
            (many > 0).then(|| self.asks[place % many])
        };
        let said = match command {
            Command::Ask(who, place, expires) => {
                run(place).map(|run| (*who, Said::Ask(run, *expires, Uuid::nil())))
            }
            Command::Answer(who, place) => ask(place).map(|ask| (*who, Said::Answer(ask))),
            Command::Withdraw(who, place) => ask(place).map(|ask| (*who, Said::Withdraw(ask))),
            Command::Start(who, start) => {
                let id = self.fixture().world.new_id();
                Some((*who, Said::Start(id, start.clone(), ago(start.seconds_ago))))
            }
            Command::Report(who, place, report) => run(place).map(|run| {
                (
                    *who,
                    Said::Report(run, report.clone(), ago(report.seconds_ago)),
                )
            }),
            Command::Finish(who, place, outcome, seconds) => {
                run(place).map(|run| (*who, Said::Finish(run, outcome, ago(*seconds))))
            }
            Command::Verify(who, place) => run(place).map(|run| (*who, Said::Verify(run))),
            Command::Acknowledge(who, place) => {
                run(place).map(|run| (*who, Said::Acknowledge(run)))
            }
            Command::Cancel(who, place) => run(place).map(|run| (*who, Said::Cancel(run))),
            Command::Watch(who, place) => run(place).map(|run| (*who, Said::Watch(run))),
            Command::Unwatch(who, place) => run(place).map(|run| (*who, Said::Unwatch(run))),
            Command::Member(whom, what) => Some((Actor::Owner, Said::Member(*whom, *what))),
            Command::Again => self.last.clone(),
            Command::Advance(seconds) => {
                self.fixture().world.advance(Duration::from_secs(*seconds));
                self.board.now = self.fixture().world.now().micros();
                None
            }
            Command::LoseAbandoned => {
                lose_abandoned(&self.fixture().hub, Timestamp::MIN)
                    .await
                    .map_err(ours)?;
                self.board.lose_abandoned();
                None
            }
            Command::ExpireAsks => {
                expire_due(&self.fixture().hub).await.map_err(ours)?;
                self.board.expire_asks();
                None
            }
            Command::Forget => {
                forget_expired(&self.fixture().hub).await.map_err(ours)?;
                self.board.forget();
                None
            }
        };
        match said {
            Some((who, said)) => self.say(who, said).await,
            None => Ok(()),
        }
    }

    /// Says it to both, and compares the answers.
    async fn say(&mut self, who: Actor, mut said: Said) -> Told {
        let (verb, input) = self.request(&said);
        let caller = self.player.caller(who);
        let answer = self.fixture().call(caller, verb, input.clone()).await;
        if let (Said::Ask(.., id), Ok(shown)) = (&mut said, &answer) {
            *id = id_in(&shown["id"]);
            self.asks.push(*id);
        }
        let expected = self.board.hear(who, &said);
        if let (Said::Start(id, ..), Ok(_)) = (&said, &expected)
            && self.board.runs.contains_key(id)
            && !self.runs.contains(id)
        {
            self.runs.push(*id);
        }
        let is_member = matches!(said, Said::Member(..));
        self.last = Some((who, said));
        let heard = match &answer {
            Ok(_) if is_member => Ok(Value::Null),
            Ok(shown) => Ok(seen(shown)),
            Err(fault) => {
                self.player.refusals.fetch_add(1, Ordering::Relaxed);
                Err((
                    fault.code,
                    fault.extra.get("outcome").and_then(Value::as_str),
                ))
            }
        };
        same(&format!("{verb} {input} by {who:?}"), &heard, &expected)
    }
}

/// What the model speaks of, out of an answer.
fn seen(shown: &Value) -> Value {
    if let Some(run) = shown.get("run") {
        let mut seen = json!({"run": seen(run)});
        for flag in ["created", "changed", "late", "cancel_requested"] {
            if let Some(value) = shown.get(flag) {
                seen[flag] = value.clone();
            }
        }
        return seen;
    }
    let Some(id) = shown.get("id") else {
        return shown.clone();
    };
    let field = |name: &str| shown[name].clone();
    if shown.get("may_answer").is_some() {
        let (ask, run) = (id_in(id), id_in(&shown["run_id"]));
        return json!({"ask": ask, "run": run, "state": field("state"), "closed": field("closed")});
    }
    json!({
        "id": id_in(id),
        "status": field("status"),
        "outcome": field("outcome"),
        "grade": field("grade"),
        "liveness": field("liveness"),
        "summary_counts": field("summary_counts"),
        "created_at": field("created_at"),
        "started_at": field("started_at"),
        "completed_at": field("completed_at"),
        "cancel_requested": !shown["cancel_requested_at"].is_null(),
        "acknowledged": !shown["acknowledged_at"].is_null(),
    })
}

fn ours(fault: Fault) -> TestCaseError {
    TestCaseError::fail(format!("{fault:?}"))
}

fn same<T: PartialEq + std::fmt::Debug>(what: &str, found: &T, expected: &T) -> Told {
    if found == expected {
        return Ok(());
    }
    Err(TestCaseError::fail(format!(
        "{what}:\n  found    {found:?}\n  expected {expected:?}"
    )))
}
