//! Tells a story to the hub and to the model, line by line, and compares.

use std::collections::{BTreeMap, BTreeSet};
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
use super::command::{Actor, Command, Mode};
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

    fn request(&self, said: &Said) -> (&'static str, Value) {
        let at = |micros: &Option<i64>| micros.map(bellboard_core::time::Timestamp::from_micros);
        match said {
            Said::Start(id, start, told) => {
                let mode = match start.mode {
                    Mode::WhileActive => "while_active",
                    Mode::Nonce => "nonce",
                    Mode::Slot => "slot",
                };
                let mut input = json!({
                    "engagement_id": self.engagement,
                    "id": id,
                    "type": if start.repeatable { "baseline.capture" } else { "nightly.sync" },
                    "inputs": {"which": start.which},
                    "identity_mode": mode,
                    "status": if start.running { "running" } else { "queued" },
                    "heartbeat_seconds": start.heartbeat_seconds,
                    "started_at": at(told),
                });
                if start.mode == Mode::Slot {
                    input["slot"] = json!(format!("slot {}", start.which));
                }
                if start.system {
                    input["initiator"] = json!("system");
                }
                ("start_run", input)
            }
            Said::Report(run, report, told) => {
                let phase = report.phase.then(|| json!({"label": "collecting"}));
                let input = json!({"run_id": run, "sequence": report.sequence, "processed": report.processed,
                    "total": report.total, "phase": phase, "at": at(told)});
                ("report_run", input)
            }
            Said::Finish(run, outcome, told) => (
                "finish_run",
                json!({"run_id": run, "outcome": outcome, "at": at(told)}),
            ),
            Said::Verify(run) => ("verify_run", json!({"run_id": run, "note": "I looked."})),
            Said::Acknowledge(run) => ("acknowledge_run", json!({"run_id": run})),
            Said::Cancel(run) => ("cancel_run", json!({"run_id": run})),
            Said::Watch(run) => ("watch_run", json!({"run_id": run})),
            Said::Unwatch(run) => ("unwatch_run", json!({"run_id": run})),
            Said::Ask(run, expires, _) => {
                let fallback = expires.map(|_| json!({"option": "no"}));
                let option = |key: &str| json!({"key": key, "label": key});
                let input = json!({"engagement_id": self.engagement, "run_id": run, "title": "Go on?",
                    "options": [option("yes"), option("no")], "expires_in_seconds": expires, "fallback": fallback});
                ("create_ask", input)
            }
            Said::Answer(ask) => ("answer_ask", json!({"ask_id": ask, "option": "yes"})),
            Said::Withdraw(ask) => ("withdraw_ask", json!({"ask_id": ask})),
            Said::Member(whom, what) => {
                let mut input = json!({"engagement_id": self.engagement,
                    "person_id": self.player.caller(*whom).person_id});
                let Some(what) = what else {
                    return ("delete_member", input);
                };
                let name = match what {
                    Actor::Owner | Actor::Operator => "operator",
                    Actor::Contributor => "contributor",
                    Actor::DomainExpert => "domain_expert",
                    Actor::Reader | Actor::Stranger => "reader",
                };
                input["designations"] = json!([name]);
                ("put_member", input)
            }
        }
    }

    /// How many of everything there are, and that the kept counts of home are what a count finds.
    async fn tallies(&self) -> Told {
        let row = self
            .fixture()
            .rows(
                "select (select count(*) from notifications where engagement_id = $1),
                        (select count(*) from needs where engagement_id = $1),
                        (select count(*) from runs where engagement_id = $1 and status <> 'completed'),
                        (select count(*) from runs where engagement_id = $1 and status = 'completed'),
                        (select cast(coalesce(sum(held), 0) as bigint) from zone_counts
                          where engagement_id = $1 and zone = 'needs_you'),
                        (select cast(coalesce(sum(held), 0) as bigint) from zone_counts
                          where engagement_id = $1 and zone = 'active'),
                        (select cast(coalesce(sum(held), 0) as bigint) from zone_counts
                          where engagement_id = $1 and zone = 'recent')",
                vec![self.engagement.into()],
            )
            .await
            .remove(0);
        let found: Vec<i64> = (0..7)
            .map(|column| row.int(column).expect("a count"))
            .collect();
        let board = &self.board;
        let needs = board.needs.len() + board.open_asks().count();
        let active = board.active();
        let ended = board.runs.len() - active;
        let expected = [board.rung.len(), needs, active, ended, needs, active, ended]
            .map(|many| i64::try_from(many).expect("a small number"));
        same(
            "bells, needs, active, ended, and the zones needs you, active, recent",
            &found,
            &expected.to_vec(),
        )
    }

    /// Everything that is stored at the end of the story.
    async fn everything(&self) -> Told {
        let board = &self.board;
        for run in board.runs.keys() {
            let input = json!({"run_id": run});
            let shown = self
                .fixture()
                .call(&self.player.stage.owner, "get_run", input)
                .await;
            same(
                "the run",
                &seen(&shown.map_err(ours)?),
                &board.picture(*run),
            )?;
        }
        let people: BTreeMap<Uuid, Actor> = Actor::ALL
            .into_iter()
            .map(|who| (self.player.caller(who).person_id.uuid(), who))
            .collect();
        let bells = "select subject_id, person_id from notifications where engagement_id = $1";
        let rows = self
            .fixture()
            .rows(bells, vec![self.engagement.into()])
            .await;
        let rung: Vec<(Uuid, Actor)> = rows
            .iter()
            .map(|row| {
                (
                    row.id(0).expect("an id"),
                    people[&row.id::<Uuid>(1).expect("an id")],
                )
            })
            .collect();
        let once: BTreeSet<(Uuid, Actor)> = rung.iter().copied().collect();
        same("one bell each", &rung.len(), &once.len())?;
        same("who was told", &once, &board.rung)?;
        let waits = "select item_id from needs where engagement_id = $1";
        let rows = self
            .fixture()
            .rows(waits, vec![self.engagement.into()])
            .await;
        let waits: BTreeSet<Uuid> = rows.iter().map(|row| row.id(0).expect("an id")).collect();
        let expected = board.needs.keys().copied().chain(board.open_asks());
        same("what waits", &waits, &expected.collect())?;
        self.every_ask().await?;
        let ends = "select count(*) from run_events where engagement_id = $1 and kind in ('ended', 'lost', 'denied')";
        let ends = self
            .fixture()
            .count(ends, vec![self.engagement.into()])
            .await;
        let ended = board.runs.len() - board.active();
        self.player.ends.fetch_add(ended, Ordering::Relaxed);
        same("one end each", &usize::try_from(ends).unwrap_or(0), &ended)
    }
}

impl Telling<'_> {
    /// Each ask is as it should be, each run knows how many of its own are open, and each answer was recorded once.
    async fn every_ask(&self) -> Told {
        let board = &self.board;
        for ask in board.asks.keys() {
            let input = json!({"ask_id": ask});
            let owner = &self.player.stage.owner;
            let shown = self.fixture().call(owner, "get_ask", input).await;
            let shown = seen(&shown.map_err(ours)?);
            same("the ask", &shown, &board.picture_of_ask(*ask))?;
        }
        let engagement = || vec![self.engagement.into()];
        let miscounted = "select count(*) from runs r
             where r.engagement_id = $1
               and r.open_asks <> (select count(*) from asks a
                                    where a.engagement_id = r.engagement_id and a.run_id = r.id and a.closed_at is null)";
        let miscounted = self.fixture().count(miscounted, engagement()).await;
        same("runs that wait for another number", &miscounted, &0)?;
        let decisions = "select count(*) from decisions where engagement_id = $1";
        let decisions = self.fixture().count(decisions, engagement()).await;
        let closed = |ask: &&Uuid| {
            let state = board.picture_of_ask(**ask)["state"].clone();
            state == "answered" || state == "withdrawn"
        };
        let closed = board.asks.keys().filter(closed).count();
        same(
            "one decision each",
            &usize::try_from(decisions).unwrap_or(0),
            &closed,
        )
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
