//! Waiting for an answer, through a hub that goes away and comes back. What was asked stands in its database; whoever waits
//! looks again, and loses nothing.

use std::time::{Duration, Instant};

use serde_json::{Value, json};

use crate::client::CallFault;
use crate::clock;
use crate::output::Mark;
use crate::session::Session;

/// For how many seconds one look waits; the hub waits for a little less.
const LOOK_SECONDS: u32 = 30;
/// A look that brought nothing is not repeated sooner: a hub that ends answers at once.
const SHORTEST_LOOK: Duration = Duration::from_secs(1);
/// How soon an absent hub is tried again at first, and at the slowest.
const PAUSES: [Duration; 2] = [Duration::from_millis(250), Duration::from_secs(10)];
/// A hub that is away for longer is given up.
const LONGEST_ABSENCE: Duration = Duration::from_hours(24);
/// The whole of an exchange: the hub's wait, and time to answer.
const EXCHANGE: Duration = Duration::from_secs(45);

/// Whether the hub is away, and since when.
pub struct Absence<'a> {
    session: &'a Session,
    since: Option<Instant>,
    pause: Duration,
}

impl<'a> Absence<'a> {
    /// The hub is there.
    pub fn new(session: &'a Session) -> Self {
        Self {
            session,
            since: None,
            pause: PAUSES[0],
        }
    }

    /// Calls a verb that may be said twice until the hub answers. A refusal is an answer.
    pub async fn outlasting(&mut self, verb: &str, input: &Value) -> Result<Value, CallFault> {
        let client = self.session.client.within(EXCHANGE);
        loop {
            match client.call_raw(verb, input.clone()).await {
                Err(fault @ CallFault::Unreachable { .. }) => self.sit_out(fault).await?,
                answer => {
                    self.end();
                    return answer;
                }
            }
        }
    }

    /// Pauses before the next try, each time longer; said once.
    async fn sit_out(&mut self, fault: CallFault) -> Result<(), CallFault> {
        let now = clock::steady();
        let since = *self.since.get_or_insert_with(|| {
            let words = format!("{fault} Waiting for it.");
            self.session.output.warn(&words);
            now
        });
        if now.duration_since(since) > LONGEST_ABSENCE {
            return Err(fault);
        }
        // Many who wait for one hub must not all knock at the same moment.
        let chance = u32::from(clock::new_id().as_bytes()[15]);
        tokio::time::sleep(self.pause + self.pause * chance / 512).await;
        self.pause = (self.pause * 2).min(PAUSES[1]);
        Ok(())
    }

    fn end(&mut self) {
        if self.since.take().is_some() {
            let words = "Bellboard is back. Waiting for the answer.";
            self.session.output.say(Mark::Note, words);
        }
        self.pause = PAUSES[0];
    }
}

/// The ask, once it is closed.
pub async fn for_answer(id: &str, absence: &mut Absence<'_>) -> Result<Value, CallFault> {
    let input = json!({"ask_id": id, "wait_seconds": LOOK_SECONDS});
    loop {
        let begun = clock::steady();
        let view = absence.outlasting("get_ask", &input).await?;
        if view["closed"] == json!(true) {
            return Ok(view);
        }
        let looked = clock::steady().duration_since(begun);
        tokio::time::sleep(SHORTEST_LOOK.saturating_sub(looked)).await;
    }
}
