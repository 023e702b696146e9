//! What is said to the hub, in its own words.

use bellboard_core::time::Timestamp;
use serde_json::{Value, json};

use super::super::board::Said;
use super::super::command::{Actor, Mode};
use super::Telling;

impl Telling<'_> {
    /// The verb and its input.
    pub(super) fn request(&self, said: &Said) -> (&'static str, Value) {
        let at = |micros: &Option<i64>| micros.map(Timestamp::from_micros);
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
}
