//! What the model knows of asks.

use serde_json::{Value, json};
use uuid::Uuid;

use super::{Actor, Ask, Board, DECIDERS, Refused, Run, SECOND, Said, WORKERS, may};

impl Board {
    pub(super) fn hear_of_ask(&mut self, who: Actor, said: &Said) -> Result<Value, Refused> {
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
    pub(super) fn withdraw_of(&mut self, run: Uuid) {
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

    pub(super) fn waits(&self, run: Uuid) -> bool {
        self.open_asks().any(|ask| self.asks[&ask].run == run)
    }
}
