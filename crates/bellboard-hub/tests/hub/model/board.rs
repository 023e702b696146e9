//! The pure model of runs and asks: what the hub must answer, told in the smallest words. No clock, no database, no rule of the
//! product is called here, so that a mistake there is not repeated here.

use std::collections::{BTreeMap, BTreeSet};

use bellboard_core::time::Timestamp;
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

    fn hear_of_ask(&mut self, who: Actor, said: &Said) -> Result<Value, Refused> {
        match said {
            Said::Ask(run, expires, id) => {
                may(&self.members, who, &WORKERS)?;
                self.ask(who, *run, *expires, *id)
            }
            Said::Answer(ask) => {
                may(&self.members, who, &DECIDERS)?;
                // Everybody answers the same, so whoever has answered says only what stands.
                if self.asks[ask].answered_by == Some(who) {
                    return Ok(self.picture_of_ask(*ask));
                }
                let answered = self.close(*ask, "answered")?;
                self.asks
                    .get_mut(ask)
                    .expect("looked for before")
                    .answered_by = Some(who);
                Ok(answered)
            }
            Said::Withdraw(ask) => {
                may(&self.members, who, &WORKERS)?;
                if self.asks[ask].by != who && self.members[&who] != Actor::Owner {
                    return Err(("not_yours", None));
                }
                self.close(*ask, "withdrawn")
            }
            _ => Err(("not_about_an_ask", None)),
        }
    }

    fn ask(
        &mut self,
        by: Actor,
        run: Uuid,
        expires: Option<u32>,
        id: Uuid,
    ) -> Result<Value, Refused> {
        let goes_on = |run: &Run| run.status != "completed";
        if !self.runs.get(&run).is_some_and(goes_on) {
            return Err(("invalid_input", None));
        }
        let ask = Ask {
            run,
            by,
            expires: expires.map(|seconds| self.now + i64::from(seconds) * SECOND),
            state: "open",
            answered_by: None,
        };
        self.asks.insert(id, ask);
        Ok(self.picture_of_ask(id))
    }

    fn close(&mut self, id: Uuid, to: &'static str) -> Result<Value, Refused> {
        let ask = &self.asks[&id];
        match ask.state {
            "answered" => return Err(("already_answered", None)),
            "withdrawn" => return Err(("ask_withdrawn", None)),
            "expired" => return Err(("ask_expired", None)),
            _ if ask.expires.is_some_and(|at| at <= self.now) => return Err(("ask_expired", None)),
            _ => {}
        }
        self.closed(id, to);
        Ok(self.picture_of_ask(id))
    }

    /// The run of the ask counts as heard of, if it goes on.
    fn closed(&mut self, id: Uuid, to: &'static str) {
        let now = self.now;
        let ask = self.asks.get_mut(&id).expect("looked for before");
        ask.state = to;
        let run = self.runs.get_mut(&ask.run);
        if let Some(run) = run.filter(|run| run.status != "completed") {
            run.heard = run.heard.max(now);
            run.seen = run.seen.max(now);
        }
    }

    /// Nobody waits for the answers any more.
    fn withdraw_of(&mut self, run: Uuid) {
        let now = self.now;
        for ask in self.asks.values_mut() {
            let is_due = ask.expires.is_some_and(|at| at <= now);
            if ask.run == run && ask.state == "open" && !is_due {
                ask.state = "withdrawn";
            }
        }
    }

    /// The loop applies the fallbacks of what nobody answered in time.
    pub fn expire_asks(&mut self) {
        let now = self.now;
        let is_due = |ask: &Ask| ask.state == "open" && ask.expires.is_some_and(|at| at <= now);
        let due = self.asks.iter().filter(|(_, ask)| is_due(ask));
        let due: Vec<Uuid> = due.map(|(id, _)| *id).collect();
        for id in due {
            self.closed(id, "expired");
        }
    }

    /// An ask as everybody must see it.
    pub fn picture_of_ask(&self, id: Uuid) -> Value {
        let ask = &self.asks[&id];
        json!({"ask": id, "run": ask.run, "state": ask.state, "closed": ask.state != "open"})
    }

    /// The asks that nobody has closed.
    pub fn open_asks(&self) -> impl Iterator<Item = Uuid> {
        let open = self.asks.iter().filter(|(_, ask)| ask.state == "open");
        open.map(|(id, _)| *id)
    }

    fn waits(&self, run: Uuid) -> bool {
        self.open_asks().any(|ask| self.asks[&ask].run == run)
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

    fn start(&mut self, who: Actor, id: Uuid, start: &Start, told: Option<i64>) -> Value {
        let same = (start.mode, start.which, start.repeatable);
        let meets = |run: &Run| run.start == same && start.mode != Mode::Nonce;
        let active = |run: &Run| meets(run) && run.status != "completed";
        let used = |run: &Run| meets(run) && start.mode == Mode::Slot;
        let find = |found: &dyn Fn(&Run) -> bool| {
            let mut runs = self.runs.iter();
            runs.find(|(_, run)| found(run)).map(|(id, _)| *id)
        };
        let there = self.runs.contains_key(&id).then_some(id);
        if let Some(there) = there.or_else(|| find(&active)).or_else(|| find(&used)) {
            return json!({"created": false, "run": self.picture(there)});
        }
        let began = told.unwrap_or(self.now);
        let run = Run {
            start: same,
            initiator: (!start.system).then_some(who),
            started_by: who,
            finished_by: None,
            heartbeat: start
                .heartbeat_seconds
                .map(|every| i64::from(every) * SECOND),
            status: if start.running { "running" } else { "queued" },
            outcome: None,
            grade: None,
            lost: false,
            counts: [None, None],
            sequence: 0,
            created: began,
            started: start.running.then_some(began),
            completed: None,
            seen: began,
            heard: self.now,
            cancel_requested: false,
            acknowledged: false,
            watchers: BTreeSet::new(),
        };
        self.runs.insert(id, run);
        json!({"created": true, "run": self.picture(id)})
    }

    fn report(&mut self, id: Uuid, report: &Report, told: Option<i64>) -> Value {
        let now = self.now;
        let at = told.unwrap_or(now);
        let members = self.members.clone();
        let run = self.run(id);
        let repeated = report.sequence.is_some_and(|one| one <= run.sequence);
        let mut changed = !repeated && run.status != "completed";
        if changed && run.status == "queued" {
            let may_start = |who: Actor| members.get(&who).is_some_and(|is| WORKERS.contains(is));
            if run.initiator.is_none_or(may_start) {
                run.status = "running";
                run.started = Some(at.max(run.created));
            } else {
                let at = at.max(run.created);
                self.end(id, "blocked", "observed", at);
                changed = false;
            }
        }
        let run = self.run(id);
        if changed {
            for (held, said) in run.counts.iter_mut().zip([report.processed, report.total]) {
                *held = (*held).max(said);
            }
            run.sequence = report.sequence.unwrap_or(run.sequence);
            run.seen = run.seen.max(at);
            run.heard = now;
        }
        let stop = run.cancel_requested || run.outcome == Some("blocked");
        json!({"changed": changed, "cancel_requested": stop, "run": self.picture(id)})
    }

    fn finish(
        &mut self,
        who: Actor,
        id: Uuid,
        outcome: &'static str,
        told: Option<i64>,
    ) -> Result<Value, Refused> {
        let at = told.unwrap_or(self.now);
        let run = self.run(id);
        let (mut changed, mut late) = (false, false);
        match (run.status, run.outcome) {
            ("completed", _) if run.lost => late = true,
            ("completed", stands) if stands == Some(outcome) => {}
            ("completed", stands) => return Err(("already_completed", stands)),
            ("queued", _) if outcome.ends_with("succeeded") => return Err(("not_started", None)),
            _ => changed = true,
        }
        if changed {
            let at = at.max(run.started.unwrap_or(run.created));
            run.seen = run.seen.max(at);
            run.finished_by = Some(who);
            self.end(id, outcome, "claimed", at);
        }
        Ok(json!({"changed": changed, "late": late, "run": self.picture(id)}))
    }

    /// The one end of a run, with everything that follows from it.
    fn end(&mut self, id: Uuid, outcome: &'static str, grade: &'static str, at: i64) {
        let run = self.run(id);
        run.status = "completed";
        run.outcome = Some(outcome);
        run.grade = Some(grade);
        run.completed = Some(at);
        let run = run.clone();
        self.withdraw_of(id);
        let (_, which, repeatable) = run.start;
        let subject = repeatable.then_some(which);
        let still = |who: &&Actor| self.members.contains_key(who);
        let told: Vec<Actor> = run.watchers.iter().filter(still).copied().collect();
        self.rung
            .extend(told.into_iter().chain(run.initiator).map(|who| (id, who)));
        if FOLLOW_UPS.contains(&outcome) {
            let settled = subject.is_some()
                && self.runs.values().any(|other| {
                    let (_, which, repeatable) = other.start;
                    repeatable.then_some(which) == subject
                        && other.outcome == Some("succeeded")
                        && other.started.unwrap_or(other.created) >= at
                });
            if settled {
                self.run(id).acknowledged = true;
            } else {
                self.needs.insert(id, (at, subject));
            }
        }
        if outcome == "succeeded" && subject.is_some() {
            let settled = |(_, (ended, of)): &(&Uuid, &(i64, Option<u8>))| {
                *of == subject && *ended <= run.started.unwrap_or(run.created)
            };
            let settled: Vec<Uuid> = self
                .needs
                .iter()
                .filter(settled)
                .map(|(id, _)| *id)
                .collect();
            for id in settled {
                self.needs.remove(&id);
                self.run(id).acknowledged = true;
            }
        }
    }

    fn verify(&mut self, who: Actor, id: Uuid) -> Result<Value, Refused> {
        let run = self.run(id);
        if run.status != "completed" {
            return Err(("not_completed", None));
        }
        if run.started_by == who || run.finished_by == Some(who) {
            return Err(("own_run", None));
        }
        run.grade = Some("verified");
        Ok(self.picture(id))
    }

    fn acknowledge(&mut self, id: Uuid) -> Result<Value, Refused> {
        let run = self.run(id);
        match run.outcome {
            None => return Err(("not_completed", None)),
            Some(outcome) if !FOLLOW_UPS.contains(&outcome) => return Err(("no_follow_up", None)),
            Some(_) => run.acknowledged = true,
        }
        self.needs.remove(&id);
        Ok(self.picture(id))
    }

    fn cancel(&mut self, id: Uuid) -> Result<Value, Refused> {
        let run = self.run(id);
        if run.status == "completed" {
            return Err(("already_completed", run.outcome));
        }
        run.cancel_requested = true;
        Ok(self.picture(id))
    }

    fn watch(&mut self, who: Actor, id: Uuid) -> Result<Value, Refused> {
        let run = self.run(id);
        if run.status == "completed" {
            return Err(("already_completed", None));
        }
        if run.initiator != Some(who) {
            run.watchers.insert(who);
        }
        Ok(json!({"watching": true}))
    }

    /// The loop ends what was silent for longer than its limit.
    pub fn lose_abandoned(&mut self) {
        let now = self.now;
        let is_lost = |run: &Run| {
            let limit = match run.heartbeat {
                Some(every) if run.status == "running" => (3 * every).max(120 * SECOND),
                _ => DAY,
            };
            run.status != "completed" && now - run.heard > limit
        };
        let silent: Vec<Uuid> = self
            .runs
            .iter()
            .filter(|(id, run)| is_lost(run) && !self.waits(**id))
            .map(|(id, _)| *id)
            .collect();
        for id in silent {
            self.run(id).lost = true;
            self.end(id, "failed", "observed", now);
        }
    }

    /// The loop forgets what ended ninety days ago and waits for nobody.
    pub fn forget(&mut self) {
        let (now, needs) = (self.now, self.needs.clone());
        self.runs.retain(|id, run| {
            needs.contains_key(id) || run.completed.is_none_or(|at| at >= now - 90 * DAY)
        });
        self.rung.retain(|(run, _)| self.runs.contains_key(run));
    }

    /// A run as everybody must see it now.
    pub fn picture(&self, id: Uuid) -> Value {
        let run = &self.runs[&id];
        let named =
            |key: &str, count: Option<u64>| count.map(|count| (key.to_owned(), json!(count)));
        let [processed, total] = run.counts;
        let counts: serde_json::Map<_, _> = [named("processed", processed), named("total", total)]
            .into_iter()
            .flatten()
            .collect();
        json!({
            "id": id,
            "status": run.status,
            "outcome": run.outcome,
            "grade": run.grade,
            "liveness": self.liveness(id, run),
            "summary_counts": counts,
            "created_at": Timestamp::from_micros(run.created),
            "started_at": run.started.map(Timestamp::from_micros),
            "completed_at": run.completed.map(Timestamp::from_micros),
            "cancel_requested": run.cancel_requested,
            "acknowledged": run.acknowledged,
        })
    }

    fn liveness(&self, id: Uuid, run: &Run) -> &'static str {
        let patience = match (run.status, run.heartbeat) {
            ("queued", _) => 900 * SECOND,
            (_, Some(every)) => 3 * every,
            _ if run.seen > run.created => 600 * SECOND,
            _ => 6 * 3_600 * SECOND,
        };
        let heard = run.seen.max(run.started.unwrap_or(run.created));
        match run.status {
            "completed" if run.lost => "lost",
            "completed" => "finished",
            _ if self.waits(id) => "waiting",
            _ if self.now - heard > patience => "stale",
            _ => "fresh",
        }
    }

    pub fn active(&self) -> usize {
        self.runs
            .values()
            .filter(|run| run.outcome.is_none())
            .count()
    }

    /// The promises that hold whatever is said: the model itself must keep them.
    pub fn keeps_its_promises_since(&self, before: &Self) -> Result<(), String> {
        let mut identities = BTreeSet::new();
        let mut slots = BTreeSet::new();
        for (id, run) in &self.runs {
            let (mode, ..) = run.start;
            let is_ended = run.status == "completed";
            let holds = [
                (
                    "a known word",
                    ["queued", "running", "completed"].contains(&run.status),
                ),
                (
                    "an outcome at the end and not before",
                    is_ended == run.outcome.is_some(),
                ),
                (
                    "no bell before the end",
                    is_ended || !self.rung.iter().any(|(of, _)| of == id),
                ),
                (
                    "the initiator is told",
                    !is_ended
                        || run
                            .initiator
                            .is_none_or(|who| self.rung.contains(&(*id, who))),
                ),
                (
                    "one active run of an identity",
                    is_ended || mode == Mode::Nonce || identities.insert(run.start),
                ),
                (
                    "one run of a slot, ever",
                    mode != Mode::Slot || slots.insert(run.start),
                ),
            ];
            let mut holds = holds.to_vec();
            if let Some(was) = before.runs.get(id) {
                let rank = |status| {
                    ["queued", "running", "completed"]
                        .iter()
                        .position(|one| *one == status)
                };
                holds.extend([
                    ("forwards only", rank(was.status) <= rank(run.status)),
                    (
                        "an outcome stands",
                        was.outcome.is_none() || was.outcome == run.outcome,
                    ),
                    (
                        "counts never fall",
                        was.counts
                            .iter()
                            .zip(&run.counts)
                            .all(|(was, is)| was <= is),
                    ),
                    ("who began it stays", was.initiator == run.initiator),
                ]);
            }
            if let Some((promise, _)) = holds.iter().find(|(_, held)| !held) {
                return Err(format!("{promise}: {id} {run:?}"));
            }
        }
        Ok(())
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
