//! The replay: line by line, in order, until the file is empty or the hub is away again.

use std::time::Duration;

use serde::de::DeserializeOwned;
use serde_json::{Value, json};

use super::file::{Line, RunSpool};
use crate::client::{CallFault, Client, Problem};
use crate::config::Config;
use crate::session::{EngagementFault, resolve_engagement};
use crate::wire::{Finished, Run, Started};

/// What became of the reports of one run.
#[derive(Debug)]
pub enum Fate {
    /// The hub has them all.
    Delivered(Delivered),
    /// Another hub's, or the hub is away: they wait.
    Waiting(Option<CallFault>),
    /// The hub refuses the run for good; the reason.
    Refused(String),
}

/// What the hub said to reports that it took.
#[derive(Debug, Default)]
pub struct Delivered {
    /// The run as it answered last, if anything was sent.
    pub run: Option<Box<Run>>,
    /// What a person should know: a single report that it refused, an end that came too late.
    pub remarks: Vec<String>,
}

impl Delivered {
    fn of(run: Run) -> Self {
        Self {
            run: Some(Box::new(run)),
            remarks: Vec::new(),
        }
    }

    fn remark(words: String) -> Self {
        Self {
            run: None,
            remarks: vec![words],
        }
    }

    /// Adds what was said later.
    pub fn extend(&mut self, later: Self) {
        self.run = later.run.or(self.run.take());
        self.remarks.extend(later.remarks);
    }
}

/// What became of every spool on this machine.
#[derive(Debug, Default)]
pub struct Delivery {
    /// How many runs are wholly told.
    pub delivered: usize,
    /// What a person should know.
    pub remarks: Vec<String>,
    /// Why something goes on waiting.
    pub away: Option<CallFault>,
}

/// Delivers every spool that is for this hub, for so long. A hub that is away, or does not know us, ends it; a spool that
/// alone cannot be delivered does not.
pub async fn deliver_all(client: &Client, config: &Config, patience: Duration) -> Delivery {
    let mut delivery = Delivery::default();
    let all = async {
        for spool in RunSpool::all() {
            match deliver_one(client, config, &spool).await {
                Fate::Delivered(delivered) => {
                    delivery.delivered += 1;
                    delivery.remarks.extend(delivered.remarks);
                }
                Fate::Refused(reason) => delivery.remarks.push(refuse(&spool, &reason)),
                Fate::Waiting(None) => {}
                Fate::Waiting(Some(fault)) => {
                    let ends_it = !matches!(fault, CallFault::Refused(_));
                    if !ends_it {
                        delivery.remarks.push(waits(&spool, &fault));
                    }
                    delivery.away = Some(fault);
                    if ends_it {
                        break;
                    }
                }
            }
        }
    };
    // What is not through by then waits for the next command; a replay can be cut off anywhere.
    drop(tokio::time::timeout(patience, all).await);
    match delivery.delivered {
        0 => {}
        1 => delivery
            .remarks
            .push("Delivered the reports of 1 run that had waited for the hub.".to_owned()),
        count => delivery.remarks.push(format!(
            "Delivered the reports of {count} runs that had waited for the hub."
        )),
    }
    delivery
}

/// Says that one spool cannot be delivered at this moment.
fn waits(spool: &RunSpool, fault: &CallFault) -> String {
    let cause = fault.to_string();
    format!(
        "The reports of a run wait in {}: {}.",
        spool.path().display(),
        cause.trim_end_matches('.')
    )
}

/// Puts a refused spool aside and says so.
fn refuse(spool: &RunSpool, reason: &str) -> String {
    match spool.put_aside() {
        Ok(kept) => format!(
            "The hub refuses the reports of a run: {reason} They are kept in {}.",
            kept.display()
        ),
        Err(error) => format!("The hub refuses the reports of a run: {reason} ({error})"),
    }
}

/// Delivers one spool and removes it.
pub async fn deliver_one(client: &Client, config: &Config, spool: &RunSpool) -> Fate {
    let waiting = |error: std::io::Error| {
        Fate::Waiting(Some(CallFault::Refused(Problem {
            detail: error.to_string(),
            ..Problem::default()
        })))
    };
    let mut reader = match spool.reader() {
        Ok(Some(reader)) => reader,
        Ok(None) => return Fate::Delivered(Delivered::default()),
        Err(error) => return waiting(error),
    };
    let mut all = Delivered::default();
    loop {
        let lines = match reader.read_more() {
            Ok(lines) => lines,
            Err(error) => return waiting(error),
        };
        match deliver_lines(client, config, &lines).await {
            Fate::Delivered(delivered) => all.extend(delivered),
            other => return other,
        }
        match spool.remove_if_read(&reader) {
            Ok(true) => return Fate::Delivered(all),
            Ok(false) => {}
            Err(error) => return waiting(error),
        }
    }
}

/// Delivers these lines, in order.
pub async fn deliver_lines(client: &Client, config: &Config, lines: &[Line]) -> Fate {
    let mut all = Delivered::default();
    for line in lines {
        if line.hub != client.url() {
            return Fate::Waiting(None);
        }
        match deliver_line(client, config, line).await {
            Ok(delivered) => all.extend(delivered),
            Err(LineFault::Later(fault)) => return Fate::Waiting(Some(*fault)),
            Err(LineFault::Never(reason)) => return Fate::Refused(reason),
        }
    }
    Fate::Delivered(all)
}

enum LineFault {
    Later(Box<CallFault>),
    Never(String),
}

async fn deliver_line(
    client: &Client,
    config: &Config,
    line: &Line,
) -> Result<Delivered, LineFault> {
    match line.verb.as_str() {
        "start_run" => deliver_start(client, config, line).await,
        "report_run" => deliver_report(client, line).await,
        "finish_run" => deliver_finish(client, line).await,
        other => Err(LineFault::Never(format!("`{other}` is no report."))),
    }
}

async fn deliver_report(client: &Client, line: &Line) -> Result<Delivered, LineFault> {
    match call_with_times::<Value>(client, &line.verb, line.input.clone()).await {
        Ok(_) => Ok(Delivered::default()),
        // A single report that cannot be taken is worth less than the end of the run behind it.
        Err(CallFault::Refused(problem)) if matches!(problem.status, 409 | 422) => Ok(
            Delivered::remark(format!("The hub refused a report: {problem}")),
        ),
        Err(fault) => Err(for_good_or_later(fault)),
    }
}

/// An end is never lost over what is told beside it: refused words are left out, then everything but the end itself.
async fn deliver_finish(client: &Client, line: &Line) -> Result<Delivered, LineFault> {
    let mut answer = call_with_times(client, &line.verb, line.input.clone()).await;
    let mut remarks = Vec::new();
    for plainer in [without_words, bare] {
        match &answer {
            Err(CallFault::Refused(problem)) if problem.status == 422 => {
                remarks.push(format!("The hub refused a part of an end: {problem}"));
                answer = call_with_times(client, &line.verb, plainer(&line.input)).await;
            }
            _ => break,
        }
    }
    let mut delivered = finished(answer)?;
    delivered.remarks.extend(remarks);
    Ok(delivered)
}

/// An end whose failures are told by their codes alone.
fn without_words(input: &Value) -> Value {
    let mut plainer = input.clone();
    plainer["tail"] = Value::Null;
    plainer["message"] = Value::Null;
    for failure in plainer["failures"].as_array_mut().into_iter().flatten() {
        failure["message"] = failure["code"].clone();
    }
    plainer
}

/// The end and nothing else.
fn bare(input: &Value) -> Value {
    let kept = ["run_id", "fence", "outcome", "grade", "exit_code", "at"];
    kept.iter()
        .filter(|name| !input[**name].is_null())
        .map(|name| ((*name).to_owned(), input[*name].clone()))
        .collect::<serde_json::Map<_, _>>()
        .into()
}

fn finished(answer: Result<Finished, CallFault>) -> Result<Delivered, LineFault> {
    match answer {
        Ok(Finished { run, late: false }) => Ok(Delivered::of(run)),
        Ok(Finished { run, late: true }) => Ok(Delivered::remark(format!(
            "The hub had given `{}` up as lost; how it ended is kept beside that.",
            run.label
        ))),
        // Another hand ended it meanwhile: what stands, stands.
        Err(CallFault::Refused(problem)) if problem.status == 409 => Ok(Delivered::remark(
            format!("The hub keeps another end: {problem}"),
        )),
        Err(fault) => Err(for_good_or_later(fault)),
    }
}

async fn deliver_start(
    client: &Client,
    config: &Config,
    line: &Line,
) -> Result<Delivered, LineFault> {
    let mut input = line.input.clone();
    let named = line.engagement.as_deref().or(config.engagement.as_deref());
    let engagement = resolve_engagement(client, named)
        .await
        .map_err(|fault| match fault {
            EngagementFault::Call(fault) => for_good_or_later(fault),
            EngagementFault::Unclear(message) => LineFault::Never(message),
        })?;
    input["engagement_id"] = json!(engagement.engagement_id);
    let started: Started = call_with_times(client, "start_run", input.clone())
        .await
        .map_err(for_good_or_later)?;
    if input["id"] == json!(started.run.id) {
        return Ok(Delivered::of(started.run));
    }
    // Another run with this key was active. This one ran all the same, while nobody could be asked, so it is told.
    input["identity_mode"] = json!("nonce");
    let started: Started = call_with_times(client, "start_run", input)
        .await
        .map_err(for_good_or_later)?;
    Ok(Delivered::of(started.run))
}

/// Calls with the times that were written down; a hub whose clock disagrees with ours by too much tells its own.
async fn call_with_times<T: DeserializeOwned>(
    client: &Client,
    verb: &str,
    mut input: Value,
) -> Result<T, CallFault> {
    let answer = client.call(verb, input.clone()).await;
    let Err(CallFault::Refused(problem)) = &answer else {
        return answer;
    };
    match problem.field.as_deref() {
        Some(field @ ("started_at" | "at")) if !input[field].is_null() => {
            input[field] = Value::Null;
            client.call(verb, input).await
        }
        _ => answer,
    }
}

fn for_good_or_later(fault: CallFault) -> LineFault {
    match fault {
        CallFault::Refused(problem) if is_for_good(problem.status) => {
            LineFault::Never(problem.to_string())
        }
        other => LineFault::Later(Box::new(other)),
    }
}

/// Whether the same request would be refused tomorrow too. Too slow, the wrong door and too often pass by themselves,
/// and so does what is the hub's own fault.
fn is_for_good(status: u16) -> bool {
    (400..500).contains(&status) && !matches!(status, 408 | 421 | 425 | 429)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_passes_by_itself_is_not_refused_for_good() {
        for status in [400, 403, 404, 409, 413, 422] {
            assert!(is_for_good(status), "{status}");
        }
        for status in [0, 408, 421, 425, 429, 500, 501, 502, 503, 504, 507] {
            assert!(!is_for_good(status), "{status}");
        }
    }

    #[test]
    fn an_end_can_be_told_in_plainer_words() {
        let input = json!({
            "run_id": "r", "outcome": "failed", "grade": "observed", "exit_code": 1, "at": "now",
            "counts": {"processed": 3}, "message": "m", "tail": "t",
            "failures": [{"code": "exit.1", "message": "words", "count": 1}],
        });
        let plainer = without_words(&input);
        assert_eq!(
            (&plainer["tail"], &plainer["message"]),
            (&Value::Null, &Value::Null)
        );
        assert_eq!(
            plainer["failures"],
            json!([{"code": "exit.1", "message": "exit.1", "count": 1}])
        );
        assert_eq!(plainer["counts"], input["counts"]);
        assert_eq!(
            bare(&input),
            json!({"run_id": "r", "outcome": "failed", "grade": "observed", "exit_code": 1, "at": "now"})
        );
        let of_a_claim = json!({"run_id": "r", "fence": 2, "outcome": "failed", "tail": "t"});
        assert_eq!(
            bare(&of_a_claim),
            json!({"run_id": "r", "fence": 2, "outcome": "failed"}),
            "without its fence a claimed run's end would be refused"
        );
    }
}
