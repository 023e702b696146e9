//! What the model knows of runs.

use std::collections::BTreeSet;

use serde_json::{Value, json};
use uuid::Uuid;

use super::{Actor, Board, DAY, FOLLOW_UPS, Mode, Refused, Report, Run, SECOND, Start, WORKERS};

impl Board {
    pub(super) fn start(
        &mut self,
        who: Actor,
        id: Uuid,
        start: &Start,
        told: Option<i64>,
    ) -> Value {
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

    pub(super) fn report(&mut self, id: Uuid, report: &Report, told: Option<i64>) -> Value {
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

    pub(super) fn finish(
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

    pub(super) fn verify(&mut self, who: Actor, id: Uuid) -> Result<Value, Refused> {
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

    pub(super) fn acknowledge(&mut self, id: Uuid) -> Result<Value, Refused> {
        let run = self.run(id);
        match run.outcome {
            None => return Err(("not_completed", None)),
            Some(outcome) if !FOLLOW_UPS.contains(&outcome) => return Err(("no_follow_up", None)),
            Some(_) => run.acknowledged = true,
        }
        self.needs.remove(&id);
        Ok(self.picture(id))
    }

    pub(super) fn cancel(&mut self, id: Uuid) -> Result<Value, Refused> {
        let run = self.run(id);
        if run.status == "completed" {
            return Err(("already_completed", run.outcome));
        }
        run.cancel_requested = true;
        Ok(self.picture(id))
    }

    pub(super) fn watch(&mut self, who: Actor, id: Uuid) -> Result<Value, Refused> {
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
}
