//! Claims against a small model of them: three agents and a person do whatever they like with two tasks while the clock
//! goes on, and each answer must be what the model says.

use std::time::Duration;

use bellboard_hub::call::Caller;
use serde_json::{Value, json};

use super::{domain, task, workstream};
use crate::dice::Dice;
use crate::fixture::{HubFixture, Stage};

on_each_engine!(what_many_do_with_two_tasks_is_as_the_model_says);

const STORIES: u64 = 12;
const STEPS: usize = 60;
const LEASE_SECONDS: u64 = 60;
const AGENTS: usize = 3;

/// One task as the model has it.
#[derive(Debug, Clone)]
struct Modelled {
    key: String,
    status: &'static str,
    /// Who claimed it last, and until which second; none when it was given back or closed.
    claim: Option<(usize, u64)>,
    fence: u64,
}

/// What somebody does.
#[derive(Debug, Clone, Copy)]
enum Deed {
    Claim,
    Begin,
    Finish,
    Release,
    Reopen,
}

impl Deed {
    const ALL: [Self; 5] = [
        Self::Claim,
        Self::Begin,
        Self::Finish,
        Self::Release,
        Self::Reopen,
    ];

    const fn verb(self) -> &'static str {
        match self {
            Self::Claim => "claim_task",
            Self::Release => "release_task",
            Self::Begin | Self::Finish | Self::Reopen => "update_task",
        }
    }

    const fn status(self) -> Option<&'static str> {
        match self {
            Self::Begin => Some("in_progress"),
            Self::Finish => Some("done"),
            Self::Reopen => Some("todo"),
            Self::Claim | Self::Release => None,
        }
    }
}

impl Modelled {
    fn holder(&self, now: u64) -> Option<usize> {
        let held = self.claim.filter(|(_, until)| *until > now);
        held.map(|(who, _)| who)
    }

    fn is_closed(&self) -> bool {
        self.status == "done"
    }

    fn is_ready(&self, now: u64) -> bool {
        let lapsed = self.claim.is_some();
        let begun_and_left = self.status == "in_progress" && lapsed;
        (self.status == "todo" || begun_and_left) && self.holder(now).is_none()
    }

    /// Whether `who` may speak of it: with a fence for that claim only, without one when nobody else has it. The last
    /// player is a human, who may speak always.
    fn hears(&self, who: usize, fence: Option<u64>, now: u64) -> Result<(), &'static str> {
        if let Some(fence) = fence {
            let theirs = self.claim.is_some_and(|(by, _)| by == who);
            return (theirs && fence == self.fence)
                .then_some(())
                .ok_or("task_claim_lost");
        }
        let by_another = self.holder(now).is_some_and(|holder| holder != who);
        if by_another && who < AGENTS {
            return Err("task_claimed");
        }
        Ok(())
    }

    /// What becomes of it, or the code of the refusal.
    fn after(
        &self,
        deed: Deed,
        who: usize,
        fence: Option<u64>,
        now: u64,
    ) -> Result<Self, &'static str> {
        let mut after = self.clone();
        match deed {
            Deed::Claim => {
                if fence.is_some() {
                    self.hears(who, fence, now)?;
                }
                match self.holder(now) {
                    Some(holder) if holder != who => return Err("task_claimed"),
                    _ if self.is_closed() => return Err("task_closed"),
                    Some(_) => {}
                    None => after.fence += 1,
                }
                after.claim = Some((who, now + LEASE_SECONDS));
            }
            Deed::Release => {
                match self.hears(who, fence, now) {
                    Err("task_claim_lost") if self.claim.is_none() => return Ok(after),
                    heard => heard?,
                }
                if self.claim.is_some() {
                    after.claim = None;
                    if self.status == "in_progress" {
                        after.status = "todo";
                    }
                }
            }
            Deed::Begin | Deed::Finish | Deed::Reopen => {
                self.hears(who, fence, now)?;
                after.status = deed.status().unwrap_or(self.status);
                if after.is_closed() {
                    after.claim = None;
                }
            }
        }
        Ok(after)
    }
}

/// The tasks, those who act, and the clock.
struct Game {
    stage: Stage,
    players: Vec<Caller>,
    tasks: Vec<Modelled>,
    now: u64,
}

impl Game {
    async fn of(fixture: HubFixture) -> Self {
        let stage = fixture.stage().await;
        domain(&stage, "railiance").await;
        workstream(&stage, "railiance", "lay").await;
        let mut players = Vec::new();
        for number in 0..AGENTS {
            let name = format!("Agent {number}");
            let agent = stage.fixture.agent(&stage.owner, &name).await;
            let place = stage.engagement;
            stage
                .fixture
                .join(&stage.owner, place, &agent, &["contributor"])
                .await;
            players.push(agent);
        }
        players.push(stage.operator.clone());
        Self {
            stage,
            players,
            tasks: Vec::new(),
            now: 0,
        }
    }

    /// Fresh tasks for a new story; those of the last one are closed.
    async fn begin(&mut self, story: u64) {
        for old in &self.tasks {
            let close = json!({"task_id": old.key, "status": "cancelled"});
            self.stage
                .fixture
                .ok(&self.stage.owner, "update_task", close)
                .await;
        }
        self.tasks.clear();
        for number in 0..2 {
            let key = format!("T-{story}-{number}");
            task(&self.stage, "lay", &key).await;
            self.tasks.push(Modelled {
                key,
                status: "todo",
                claim: None,
                fence: 0,
            });
        }
    }

    async fn step(&mut self, dice: &mut Dice, story: u64, step: usize) {
        if dice.throw(4) == 0 {
            let seconds = u64::try_from(1 + dice.throw(50)).unwrap();
            self.stage
                .fixture
                .world
                .advance(Duration::from_secs(seconds));
            self.now += seconds;
        }
        let which = dice.throw(2);
        let who = dice.throw(4);
        let deed = *dice.pick(&Deed::ALL);
        let before = self.tasks[which].clone();
        // The fence of now, one that is over, or none.
        let fence = match dice.throw(3) {
            0 => None,
            1 => Some(before.fence),
            _ => Some(before.fence.saturating_sub(1)),
        };
        let place = format!(
            "story {story} step {step}: {who} {deed:?} {fence:?} on {before:?} at {}",
            self.now
        );
        let expected = before.after(deed, who, fence, self.now);
        let mut input = json!({"task_id": before.key, "claim_fence": fence});
        if let Some(status) = deed.status() {
            input["status"] = json!(status);
        }
        if matches!(deed, Deed::Claim) {
            input["lease_seconds"] = json!(LEASE_SECONDS);
        }
        let told = self
            .stage
            .fixture
            .call(&self.players[who], deed.verb(), input)
            .await;
        match (&expected, &told) {
            (Ok(after), Ok(shown)) => self.check_shown(deed, after, shown, &place),
            (Err(code), Err(fault)) => assert_eq!(fault.code, *code, "{place}"),
            (expected, told) => panic!("{place}: {expected:?} was expected, {told:?} came"),
        }
        if let Ok(after) = expected {
            self.tasks[which] = after;
        }
        self.check_ready(&place).await;
    }

    fn check_shown(&self, deed: Deed, after: &Modelled, shown: &Value, place: &str) {
        let task = if matches!(deed, Deed::Claim) {
            assert_eq!(shown["claim_fence"], after.fence, "{place}");
            &shown["task"]
        } else {
            shown
        };
        assert_eq!(task["status"], after.status, "{place}");
        let holder = after.holder(self.now);
        let name = holder.map(|who| self.players[who].name.clone());
        assert_eq!(task["claimed_by_name"], json!(name), "{place}");
    }

    async fn check_ready(&self, place: &str) {
        let listed = self
            .stage
            .fixture
            .ok(&self.stage.reader, "list_ready_tasks", json!({}))
            .await;
        let mut listed = super::keys(&listed);
        listed.sort_unstable();
        let ready = self.tasks.iter().filter(|task| task.is_ready(self.now));
        let expected: Vec<&str> = ready.map(|task| task.key.as_str()).collect();
        assert_eq!(listed, expected, "{place}");
    }
}

async fn what_many_do_with_two_tasks_is_as_the_model_says(fixture: HubFixture) {
    let mut game = Game::of(fixture).await;
    for story in 0..STORIES {
        let mut dice = Dice::new(20_261_121 + story);
        game.begin(story).await;
        for step in 0..STEPS {
            game.step(&mut dice, story, step).await;
        }
    }
}
