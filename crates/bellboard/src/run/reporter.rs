//! Tells the hub, beside the running command. The start and the end go through the spool, so that they survive anything
//! that happens to us; signs of life go straight, because one that comes late is none.

use std::time::Duration;

use serde_json::{Value, json};
use tokio::sync::mpsc;

use super::end::End;
use super::found::{Counts, Finder};
use super::plan::Plan;
use crate::client::CallFault;
use crate::clock;
use crate::output::{Mark, Output};
use crate::session::Session;
use crate::spool::{self, Delivered, Fate, Line, RunSpool};
use crate::wire::Run;

/// The wait between two tries grows from the first to the last of these.
const RETRY_SECONDS: (u64, u64) = (1, 30);
/// What the command counts is told this often at most.
const BETWEEN_COUNTS: Duration = Duration::from_secs(2);
/// How long the end of the command may be held up by its last report: by a hub that answered, and by one that did not.
const LAST_WORD_SECONDS: (u64, u64) = (10, 3);

/// The code of the refusal that tells a worker that it no longer has the run.
const CLAIM_LOST: &str = "claim_lost";
/// Why its command then ends.
const LOST_WORDS: &str = "The run was taken from this worker, which was not heard for too long";

/// What the hub knows of the end.
#[derive(Debug)]
pub enum Reported {
    /// It took it; what was counted, in words.
    Now(Option<String>),
    /// It will be told by the next command that reaches it.
    Later,
    /// It refuses the run.
    Never,
}

/// Reports one run.
pub struct Reporter {
    plan: Plan,
    session: Session,
    spool: RunSpool,
    /// Lines that the spool could not take; a full disk must not silence us.
    unspooled: Vec<Line>,
    known: bool,
    warned: bool,
    refused: bool,
    /// The counts that the last sign of life told.
    told: Option<Counts>,
}

impl Reporter {
    /// A reporter whose first line, the start, is durable before the command begins.
    pub fn new(plan: Plan, session: Session, registered: Option<Box<Run>>) -> Self {
        let spool = RunSpool::of(&plan.id);
        let mut reporter = Self {
            plan,
            session,
            spool,
            unspooled: Vec::new(),
            known: false,
            warned: false,
            refused: false,
            told: None,
        };
        match registered {
            Some(_) => reporter.is_known(),
            None => reporter.keep(reporter.plan.start(clock::now())),
        }
        reporter
    }

    /// A reporter of a run that was claimed; its first line begins the run.
    pub fn of_claim(plan: Plan, session: Session) -> Self {
        let spool = RunSpool::of(&plan.id);
        let mut reporter = Self {
            plan,
            session,
            spool,
            unspooled: Vec::new(),
            known: true,
            warned: false,
            refused: false,
            told: None,
        };
        reporter.say_which("Working on");
        let begin = json!({"at": clock::now()});
        reporter.keep(reporter.plan.report("report_run", begin));
        reporter
    }

    /// What is being run.
    pub fn plan(&self) -> &Plan {
        &self.plan
    }

    /// Speaks to the person.
    pub fn output(&self) -> &Output {
        &self.session.output
    }

    /// Registers the run and gives signs of life until dropped; says once why the board wants the run to end. Every wait
    /// in here may be cut off.
    pub async fn watch(&mut self, asked: mpsc::Sender<String>) {
        let heartbeat = Duration::from_secs(self.plan.heartbeat_seconds);
        let mut retry = RETRY_SECONDS.0;
        let mut caught_up = false;
        let mut was_away = false;
        loop {
            let away = match self.deliver().await {
                Fate::Waiting(fault) => Some(fault),
                Fate::Refused(reason) => {
                    self.is_refused(&reason);
                    return std::future::pending().await;
                }
                // A start that came at once is a sign of life; one that had to wait is as old as its time says.
                Fate::Delivered(Delivered { run: Some(_), .. }) if !was_away => None,
                Fate::Delivered(_) => match self.beat().await {
                    Ok(why) => {
                        // The queue holds one, and one is enough.
                        if let Some(why) = why {
                            drop(asked.try_send(why));
                        }
                        None
                    }
                    Err(fault) => Some(Some(fault)),
                },
            };
            let Some(fault) = away else {
                if !caught_up {
                    self.session.deliver_spooled().await;
                    caught_up = true;
                }
                retry = RETRY_SECONDS.0;
                was_away = false;
                self.rest(heartbeat).await;
                continue;
            };
            was_away = true;
            if let Some(fault) = fault {
                self.is_away(&fault);
            }
            tokio::time::sleep(Duration::from_secs(retry)).await;
            retry = (retry * 2).min(RETRY_SECONDS.1);
        }
    }

    /// Waits for the next sign of life: at the latest after this long, sooner when the command has counted on.
    async fn rest(&self, heartbeat: Duration) {
        let counted_on = async {
            tokio::time::sleep(BETWEEN_COUNTS).await;
            let Some(finder) = &self.plan.finder else {
                return std::future::pending().await;
            };
            drop(finder.news().wait_for(|found| *found != self.told).await);
        };
        drop(tokio::time::timeout(heartbeat, counted_on).await);
    }

    /// The last word.
    pub async fn finish(&mut self, end: &End) -> Reported {
        if let Some(mut counts) = self.plan.finder.as_ref().and_then(Finder::report) {
            counts["at"] = json!(clock::now());
            self.keep(self.plan.report("report_run", counts));
        }
        let mut input = end.report();
        input["at"] = json!(clock::now());
        self.keep(self.plan.report("finish_run", input));
        if self.refused {
            self.put_aside();
            return Reported::Never;
        }
        let seconds = if self.known {
            LAST_WORD_SECONDS.0
        } else {
            LAST_WORD_SECONDS.1
        };
        match tokio::time::timeout(Duration::from_secs(seconds), self.deliver()).await {
            // The hub has heard it and keeps another end.
            Ok(Fate::Delivered(Delivered { run: None, .. })) if self.plan.claimed.is_some() => {
                Reported::Never
            }
            Ok(Fate::Delivered(told)) => Reported::Now(told.run.as_deref().and_then(counted)),
            Ok(Fate::Refused(reason)) => {
                self.is_refused(&reason);
                self.put_aside();
                Reported::Never
            }
            Ok(Fate::Waiting(fault)) => {
                if let Some(fault) = fault {
                    self.is_away(&fault);
                }
                Reported::Later
            }
            Err(_) => Reported::Later,
        }
    }

    /// Sends what waits: the file first, then what the file could not take.
    async fn deliver(&mut self) -> Fate {
        let (client, config) = (&self.session.client, &self.session.config);
        let mut told = match spool::deliver_one(client, config, &self.spool).await {
            Fate::Delivered(told) => told,
            other => return other,
        };
        if !self.unspooled.is_empty() {
            match spool::deliver_lines(client, config, &self.unspooled).await {
                Fate::Delivered(more) => told.extend(more),
                other => return other,
            }
            self.unspooled.clear();
        }
        if told.run.is_some() {
            self.is_known();
        }
        for remark in &told.remarks {
            self.session.output.warn(remark);
        }
        Fate::Delivered(told)
    }

    /// A sign of life; why the command should end, if it should.
    async fn beat(&mut self) -> Result<Option<String>, CallFault> {
        let finder = self.plan.finder.as_ref();
        self.told = finder.and_then(|finder| *finder.news().borrow());
        let counts = finder.and_then(Finder::report).unwrap_or(json!({}));
        let beat = self.plan.report("report_run", counts).input;
        match self.session.client.call_raw("report_run", beat).await {
            Ok(answer) => Ok(why_it_should_end(&answer)),
            Err(CallFault::Refused(problem)) if problem.code == CLAIM_LOST => {
                Ok(Some(LOST_WORDS.to_owned()))
            }
            // A refusal means that the run was removed, or that we may not report on it any more. The command goes on,
            // and its end is reported all the same.
            Err(CallFault::Refused(_)) => Ok(None),
            Err(away) => Err(away),
        }
    }

    fn keep(&mut self, line: Line) {
        if !self.unspooled.is_empty() {
            return self.unspooled.push(line);
        }
        if let Err(error) = self.spool.append(&line) {
            self.session.output.warn(&format!(
                "Reports cannot be kept in {}: {error}.",
                self.spool.path().display()
            ));
            self.unspooled.push(line);
        }
    }

    fn is_known(&mut self) {
        if !self.known {
            self.known = true;
            self.say_which("Watching as");
        }
    }

    fn say_which(&self, words: &str) {
        let short = crate::runs::short_id(&self.plan.id);
        self.session.output.say(
            Mark::Note,
            &format!(
                "{words} run {short} · {}",
                self.session.page_of_run(&self.plan.id)
            ),
        );
    }

    fn is_away(&mut self, fault: &CallFault) {
        if self.warned {
            return;
        }
        self.warned = true;
        let fate = "The command runs all the same; its reports are kept and delivered later.";
        self.session.output.warn(&match fault {
            CallFault::Unreachable { url, cause } => {
                format!("Bellboard at {url} cannot be reached: {cause}. {fate}")
            }
            other => format!("{other} {fate}"),
        });
    }

    fn is_refused(&mut self, reason: &str) {
        if !self.refused {
            self.refused = true;
            self.session.output.warn(&format!(
                "The command runs, but the hub does not take it: {reason}"
            ));
        }
    }

    fn put_aside(&self) {
        if let Ok(kept) = self.spool.put_aside() {
            self.session
                .output
                .warn(&format!("Its reports are kept in {}.", kept.display()));
        }
    }
}

/// "512 of 512 policies", when something was counted.
fn counted(run: &Run) -> Option<String> {
    let count = |name: &str| run.summary_counts.get(name).and_then(Value::as_u64);
    let unit = run.context["progress"]["unit"].as_str().unwrap_or("items");
    match (count("processed"), count("total")) {
        (Some(processed), Some(total)) => Some(format!("{processed} of {total} {unit}")),
        (Some(processed), None) => Some(format!("{processed} {unit}")),
        _ => None,
    }
}

/// Why the command should end, out of the answer to a report: somebody asked for it, or the hub does not let the run be
/// done. That the run is over is no reason: a hub that gave it up as lost did not see that the command lives.
fn why_it_should_end(answer: &Value) -> Option<String> {
    let run = &answer["run"];
    if answer["cancel_requested"] != json!(true) {
        return None;
    }
    if !run["cancel_requested_at"].is_null() {
        let who = run["cancel_requested_by"].as_str().unwrap_or("Somebody");
        return Some(format!("{who} asked on the board that this ends"));
    }
    (run["outcome"] == "blocked").then(|| {
        let why = run["failures"][0]["message"].as_str();
        format!("The hub blocked this: {}", why.unwrap_or("it may not run"))
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_a_request_or_a_block_ends_the_command() {
        let requested = "2026-11-20T17:40:00.000000Z";
        let table = [
            (json!({"cancel_requested": false, "run": {}}), None),
            // Given up as lost, or ended by another hand.
            (
                json!({"cancel_requested": true, "run": {
                    "status": "completed", "outcome": "failed", "cancel_requested_at": null,
                }}),
                None,
            ),
            (
                json!({"cancel_requested": true, "run": {
                    "status": "running", "cancel_requested_at": requested, "cancel_requested_by": "Jonas",
                }}),
                Some("Jonas asked on the board that this ends"),
            ),
            (
                json!({"cancel_requested": true, "run": {
                    "status": "completed", "outcome": "blocked",
                    "failures": [{"code": "scope_denied", "message": "Whoever started this has left"}],
                }}),
                Some("The hub blocked this: Whoever started this has left"),
            ),
        ];
        for (answer, why) in table {
            assert_eq!(why_it_should_end(&answer).as_deref(), why, "{answer}");
        }
    }
}
