//! The pure model of runs and asks: what the hub must answer, told in the smallest words. No clock, no database, no rule of the
//! product is called here, so that a mistake there is not repeated here.

mod asks;
mod pictures;
mod promises;
mod runs;

use std::collections::{BTreeMap, BTreeSet};

use serde_json::{Value, json};
use uuid::Uuid;

use super::command::{Actor, Mode, Report, Start};

const SECOND: i64 = 1_000_000;
const DAY: i64 = 86_400 * SECOND;

/// One thing that somebody says, with every id and time in it.
#[derive(Debug, Clone)]
pub enum Said {
    Start(Uuid, Start, Option<i64>),
    Report(Uuid, Report, Option<i64>),
    Finish(Uuid, &'static str, Option<i64>),
    Verify(Uuid),
    Acknowledge(Uuid),
    Cancel(Uuid),
    Watch(Uuid),
    Unwatch(Uuid),
    Member(Actor, Option<Actor>),
    /// About a run, until when, and the id that the hub gave it.
    Ask(Uuid, Option<u32>, Uuid),
    Answer(Uuid),
    Withdraw(Uuid),
}

/// A refusal: its code, and the outcome that it names.
pub type Refused = (&'static str, Option<&'static str>);

/// One run of the model.
#[derive(Debug, Clone, PartialEq)]
pub struct Run {
    start: (Mode, u8, bool),
    initiator: Option<Actor>,
    started_by: Actor,
    finished_by: Option<Actor>,
    heartbeat: Option<i64>,
    status: &'static str,
    outcome: Option<&'static str>,
    grade: Option<&'static str>,
    lost: bool,
    counts: [Option<u64>; 2],
    sequence: u32,
    created: i64,
    started: Option<i64>,
    completed: Option<i64>,
    seen: i64,
    heard: i64,
    cancel_requested: bool,
    acknowledged: bool,
    watchers: BTreeSet<Actor>,
}

/// One ask of the model.
#[derive(Debug, Clone, PartialEq)]
pub struct Ask {
    run: Uuid,
    by: Actor,
    expires: Option<i64>,
    state: &'static str,
    answered_by: Option<Actor>,
}

/// Everything that the model knows of one engagement.
#[derive(Debug, Clone)]
pub struct Board {
    pub now: i64,
    members: BTreeMap<Actor, Actor>,
    pub runs: BTreeMap<Uuid, Run>,
    pub rung: BTreeSet<(Uuid, Actor)>,
    /// What waits for a look: when it ended, and what settles it.
    pub needs: BTreeMap<Uuid, (i64, Option<u8>)>,
    pub asks: BTreeMap<Uuid, Ask>,
}

impl Board {
    /// Everybody but the stranger belongs, as what they are called.
    pub fn new(now: i64) -> Self {
        let belong = Actor::ALL.into_iter().filter(|who| *who != Actor::Stranger);
        Self {
            now,
            members: belong.map(|who| (who, who)).collect(),
            runs: BTreeMap::new(),
            rung: BTreeSet::new(),
            needs: BTreeMap::new(),
            asks: BTreeMap::new(),
        }
    }

    /// What the hub must answer, and what is so afterwards.
    pub fn hear(&mut self, who: Actor, said: &Said) -> Result<Value, Refused> {
        if let Said::Member(whom, what) = said {
            return self.member(*whom, *what);
        }
        let known = match said {
            Said::Start(..) | Said::Member(..) | Said::Ask(..) => true,
            Said::Answer(ask) | Said::Withdraw(ask) => self.asks.contains_key(ask),
            Said::Report(run, ..)
            | Said::Finish(run, ..)
            | Said::Verify(run)
            | Said::Acknowledge(run)
            | Said::Cancel(run)
            | Said::Watch(run)
            | Said::Unwatch(run) => self.runs.contains_key(run),
        };
        if !known {
            return Err(("not_found", None));
        }
        let work = &WORKERS[..];
        match said {
            Said::Start(id, start, told) => {
                may(&self.members, who, work)?;
                Ok(self.start(who, *id, start, *told))
            }
            Said::Report(run, report, told) => {
                may(&self.members, who, work)?;
                Ok(self.report(*run, report, *told))
            }
            Said::Finish(run, outcome, told) => {
                may(&self.members, who, work)?;
                self.finish(who, *run, outcome, *told)
            }
            Said::Verify(run) => {
                may(&self.members, who, &DECIDERS)?;
                self.verify(who, *run)
            }
            Said::Acknowledge(run) => {
                may(&self.members, who, &DECIDERS)?;
                self.acknowledge(*run)
            }
            Said::Cancel(run) => {
                may(&self.members, who, work)?;
                self.cancel(*run)
            }
            Said::Watch(run) => {
                may(&self.members, who, &LOOKERS)?;
                self.watch(who, *run)
            }
            Said::Unwatch(run) => {
                may(&self.members, who, &LOOKERS)?;
                self.run(*run).watchers.remove(&who);
                Ok(json!({"watching": false}))
            }
            Said::Ask(..) | Said::Answer(_) | Said::Withdraw(_) => self.hear_of_ask(who, said),
            Said::Member(..) => Ok(Value::Null),
        }
    }

    fn run(&mut self, run: Uuid) -> &mut Run {
        self.runs.get_mut(&run).expect("looked for before")
    }

    fn member(&mut self, whom: Actor, what: Option<Actor>) -> Result<Value, Refused> {
        match what {
            _ if whom == Actor::Owner => return Err(("last_owner", None)),
            Some(what) => drop(self.members.insert(whom, what)),
            None => drop(self.members.remove(&whom).ok_or(("not_found", None))?),
        }
        Ok(Value::Null)
    }
}

/// Whether somebody who is this here may do what takes one of these.
fn may(members: &BTreeMap<Actor, Actor>, who: Actor, least: &[Actor]) -> Result<(), Refused> {
    match members.get(&who) {
        None => Err(("not_found", None)),
        Some(is) if least.contains(is) => Ok(()),
        Some(_) => Err(("capability_denied", None)),
    }
}

const WORKERS: [Actor; 3] = [Actor::Owner, Actor::Operator, Actor::Contributor];
const DECIDERS: [Actor; 4] = [
    Actor::Owner,
    Actor::Operator,
    Actor::Contributor,
    Actor::DomainExpert,
];
const LOOKERS: [Actor; 5] = [
    Actor::Owner,
    Actor::Operator,
    Actor::Contributor,
    Actor::DomainExpert,
    Actor::Reader,
];
const FOLLOW_UPS: [&str; 3] = ["partially_succeeded", "blocked", "failed"];
